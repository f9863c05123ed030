"""Measures, groups, series and numbers in words, the same on the console, in figures, on pages and in reports."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from .table import MEASURES

SummaryRow: TypeAlias = dict[Any, Any]
"""A row of a summary of measures or differences: column -> value."""
MOST_DIGITS = 4
"""Most digits after the point of a difference, which has no more than two digits of its standard error."""
PARAMETER_COLUMN = "Param."
"""Heading of the shares of :func:`parameter_share_in_words`, in tables of replicates under draws."""
PARAMETER_NOTE = f"{PARAMETER_COLUMN}: share of the variance that goes with the parameters' draws; the rest is chance."
MILESTONE_LABELS = {
    "found": "found by any agency",
    "contact": "brought to social services",
    "referral": "referred",
    "initial_assessment": "assessed",
    "help": "helped",
    "registration": "registered",
}
"""What it means that a family reached a milestone."""

_SERIES = {
    "graph_6_1": "Graph 6.1",
    "graph_6_2": "Graph 6.2",
    "overview_paragraph": "overview",
    "table_6_3": "Table 6.3",
    "dfes_return": "DfES",
    "derived": "derived",
}

_GROUPS = {
    "source:nspcc": "NSPCC",
    "source:sslp": "Sure Start programme",
    "source:other_local_authority_department": "other department of the authority",
    "source:accident_and_emergency": "accident and emergency",
    "ethnic:white": "White families",
    "ethnic:asian": "Asian families",
    "ethnic:black": "Black families",
    "ethnic:mixed": "mixed heritage",
    "ethnic:other": "other ethnic groups",
}


def measure_label(measure: str) -> str:
    """A measure in plain words; a name that is not in the table without its underscores."""
    return MEASURES[measure].label if measure in MEASURES else _plain(measure).capitalize()


def series_label(series: str) -> str:
    """A published series in a word or two."""
    return _SERIES.get(series) or _plain(series)


def group_label(group: str) -> str:
    """A group in plain words: "source:health_visitor" gives "health visitor"; names that users gave stay.

    A group of two kinds is read in their order: "ethnic:asian/source:nspcc" gives "Asian families, NSPCC".
    """
    if group in _GROUPS:
        return _GROUPS[group]
    kind, _, name = group.partition(":")
    if kind == "ethnic" and "/" in name:
        return ", ".join(map(group_label, group.split("/")))
    if kind == "series":
        return measure_label(name)
    if kind in ("source", "category"):
        return _plain(name)
    return f"{_plain(kind)} {name}".strip()


def _plain(name: str) -> str:
    return name.replace("_", " ")


def full_label(measure: str, group: str) -> str:
    """The measure in plain words, and its group where that is not all."""
    label = measure_label(measure)
    return label if group == "all" else f"{label}: {group_label(group)}"


def heading_of(measure: str, unit: str, group: str) -> str:
    """The unit, above measures of the whole authority; a measure and its unit, above its groups."""
    return unit[:1].upper() + unit[1:] if group == "all" else f"{measure_label(measure)} ({unit})"


def label_under_heading(measure: str, group: str) -> str:
    """What a row shows under its heading: the measure of the whole authority, or the group of a measure."""
    return measure_label(measure) if group == "all" else group_label(group)


def digits_for(value: float) -> int:
    """Digits after the point for a figure of this size: three significant, two for a share of 0.1 or more."""
    size = abs(value) if math.isfinite(value) else 1.0
    return 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.1 or size == 0 else 3


def digits_of_difference(row: SummaryRow) -> int:
    """Digits after the point for a difference: those of the level, and more where its standard error allows."""
    digits, error = digits_for(row["base"] or row["value"]), row["standard_error"]
    return max(digits, min(MOST_DIGITS, digits + 2, 1 - math.floor(math.log10(error)))) if error > 0.0 else digits


def number(value: float, digits: int, sign: bool = False) -> str:
    """A figure with that many digits after the point; "-" where there is none; ``sign``: + before gains."""
    if not math.isfinite(value):
        return "-"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"


def interval(low: float, high: float, digits: int, sign: bool = False) -> str:
    """Both ends of an interval; "-" where there is none."""
    return f"{number(low, digits, sign)} to {number(high, digits, sign)}" if math.isfinite(low) else "-"


def significant(value: float, digits: int = 3) -> str:
    """A figure of any size to so many significant digits; "-" where there is none, "never" where it is infinite."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "never"
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if "e+" in text else text


def percent(share: float | None) -> str:
    """A share in whole per cent; "-" where there is none."""
    return "-" if share is None or math.isnan(share) else f"{share:.0%}"


def parameter_share_in_words(row: SummaryRow) -> str:
    """How much of a band is parameter, in per cent; "-" where too few replicates tell."""
    return percent(row["parameter_share"])


def gain_in_words(gain: float) -> str:
    """The gain over independent seeds; "exact" where the difference never varies."""
    if math.isinf(gain):
        return "exact"
    return "-" if math.isnan(gain) else f"{gain:,.0f}" if gain >= 9.95 else f"{gain:.1f}"


def families_in_words(row: SummaryRow) -> str:
    """A count of families: mean, and 90% interval where there is one."""
    mean = f"{row['families']:,.0f}" if row["families"] >= 9.95 else f"{row['families']:.1f}"
    return f"{mean} ({row['low']:,.0f} to {row['high']:,.0f})" if math.isfinite(row["low"]) else mean
