"""Which measures tell most, under which heading: what tables, figures and reports show first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .labels import RATES, SHARES, SOURCES, group_label, measure_label

Row = dict[Any, Any]
Headings = Mapping[str, Sequence[tuple[str, str]]]
"""Heading -> (measure, group); the measures under a heading share its unit."""
WORTH_A_LINE = 0.03
FINEST = 4
"""Most digits after the point of a difference, which has no more than two digits of its standard error."""

TELLING: dict[str, tuple[tuple[str, str], ...]] = {
    "Per 10,000 children under 18 a year": tuple(
        (m, "all")
        for m in (
            "contacts", "referrals", "initial_assessments", "section_47_enquiries", "conferences", "registrations",
        )
    ),
    "Cases or families a year": tuple(
        (m, "all")
        for m in (
            "sslp_contacts", "sslp_referrals_to_social_services", "sslp_informal_tellings", "sslp_held_back",
            "social_services_referrals_to_sslp", "packages_started", "panel_cases", "consultations", "joint_visits",
        )
    ),
    "Share": (
        ("referral_source_true", "source:sslp"), ("referral_source_recorded", "source:sslp"),
        ("referrals_from_sslp_areas", "all"), ("referrals_right", "all"), ("needs_unreached", "all"),
        ("initial_assessments_in_time", "all"), ("trust_sslp", "all"), ("trust_team", "all"),
    ),
    "Calendar days": (("days_to_referral", "all"), ("days_to_help", "all")),
    "Days of work": (("backlog_days", "all"),),
    "Tiers of need": (("need_at_referral", "all"), ("applied_threshold", "all"), ("threshold_gap", "all")),
}  # fmt: skip
FAMILIES = {
    "found": "found by any agency",
    "contact": "brought to social services",
    "referral": "referred",
    "initial_assessment": "assessed",
    "help": "helped",
    "registration": "registered",
}
"""What it means that a family reached a milestone."""


def telling_differences(summary: pd.DataFrame, wanted: Headings = TELLING) -> list[tuple[str, list[Row]]]:
    """The rows of a summary of differences under each heading that has any.

    Args:
        summary: measure, group, base, value, n and what else there is, one row a measure and group.
        wanted: what to look for; what neither scenario has is left out.
    """
    found = {(row["measure"], row["group"]): row for row in summary.to_dict("records")}
    blocks = []
    for heading, keys in wanted.items():
        rows = [found[key] for key in keys if key in found and _happens(found[key])]
        if rows:
            blocks.append((heading, rows))
    return blocks


def _happens(row: Row) -> bool:
    """Whether there is anything to show: not a flow that neither scenario has."""
    return bool(row["n"]) and not (row["base"] == 0.0 and row["value"] == 0.0)


def telling_rows(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rates and shares of the whole, in the labels' order; sources, largest first; the rest as it comes.

    Args:
        rows: what :func:`~referral_sim.experiment.compare` returns.
    """
    order = {m: i for i, m in enumerate(RATES + SHARES)}
    is_first = rows["measure"].isin(order) & (rows["group"] == "all")
    is_second = rows["measure"].isin(SOURCES) & rows["group"].str.startswith("source:")
    first = rows[is_first].sort_values("measure", key=lambda m: m.map(order), kind="stable")
    second = rows[is_second].sort_values("mean", ascending=False, kind="stable")
    second = second.sort_values("measure", key=lambda m: m.map(SOURCES.index), kind="stable")
    return first, second, rows[~is_first & ~is_second]


def telling_sources(sources: pd.DataFrame) -> pd.DataFrame:
    """The sources that were published and matter, in the simulation or in the publication."""
    return sources[sources.apply(_is_telling, axis=1)] if len(sources) else sources


def _is_telling(row: pd.Series[Any]) -> bool:
    return bool(row["published"]) and (row["mean"] >= WORTH_A_LINE or max(row["published"]) >= WORTH_A_LINE)


def name_of(measure: str, group: str) -> str:
    """The measure in plain words, and its group where that is not all."""
    label = measure_label(measure)
    return label if group == "all" else f"{label}: {group_label(group)}"


def heading_of(measure: str, unit: str, group: str) -> str:
    """The unit, above measures of the whole authority; a measure and its unit, above its groups."""
    return unit[:1].upper() + unit[1:] if group == "all" else f"{measure_label(measure)} ({unit})"


def label_under(measure: str, group: str) -> str:
    """What a row shows under its heading: the measure of the whole authority, or the group of a measure."""
    return measure_label(measure) if group == "all" else group_label(group)


def digits_for(value: float) -> int:
    """Digits after the point for a figure of this size: three significant, two for a share of 0.1 or more."""
    size = abs(value) if math.isfinite(value) else 1.0
    return 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.1 or size == 0 else 3


def digits_of_difference(row: Row) -> int:
    """Digits after the point for a difference: those of the level, and more where its standard error allows."""
    digits, error = digits_for(row["base"] or row["value"]), row["standard_error"]
    return max(digits, min(FINEST, digits + 2, 1 - math.floor(math.log10(error)))) if error > 0.0 else digits


def number(value: float, digits: int, sign: bool = False) -> str:
    """A figure with that many digits after the point; "-" where there is none; ``sign``: + before gains."""
    if not math.isfinite(value):
        return "-"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"


DRAWN = "Param."
"""Heading of the shares of :func:`share_in_words`, in tables of replicates under draws."""
DRAWN_NOTE = f"{DRAWN}: share of the variance that goes with the parameters' draws; the rest is chance."


def share_in_words(row: Row) -> str:
    """How much of a band is parameter, in per cent; "-" where too few replicates tell."""
    share = row["parameter_share"]
    return "-" if math.isnan(share) else f"{share:.0%}"


def gain_in_words(gain: float) -> str:
    """The gain over independent seeds; "exact" where the difference never varies."""
    if math.isinf(gain):
        return "exact"
    return "-" if math.isnan(gain) else f"{gain:,.0f}" if gain >= 9.95 else f"{gain:.1f}"


def families_in_words(row: Row) -> str:
    """A count of families: mean, and 90% interval where there is one."""
    mean = f"{row['families']:,.0f}" if row["families"] >= 9.95 else f"{row['families']:.1f}"
    return f"{mean} ({row['low']:,.0f} to {row['high']:,.0f})" if math.isfinite(row["low"]) else mean
