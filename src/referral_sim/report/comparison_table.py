"""A comparison of scenarios as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..comparison.paths import CHANGES, MILESTONES
from ..comparison.scenarios import Comparison, Pair
from ..results.labels import group_label, measure_label
from ..scenario.errors import visible
from .console import digits_for, heading_of, make_grid, number, row_label, say_line

Row = dict[Any, Any]
WIDE = 100
"""Columns from which a terminal has room for the 50% interval and the standard error."""
FINEST = 4
"""Most digits after the point of a difference, which has no more than two digits of its standard error."""

# What the short table shows: heading -> (measure, group); the measures under a heading share its unit.
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


def show_comparison(console: Console, comparison: Comparison, everything: bool = False) -> None:
    """Print two tables for each scenario: differences of measures, and families whose path changed.

    Args:
        console: where to print; below 100 columns the 50% interval and the standard error are left out.
        comparison: what to print.
        everything: print every measure and group, and where the changed families live.
    """
    for pair in comparison.pairs:
        if not pair.replicates:
            continue
        _show_measures(console, comparison, pair, everything)
        if pair.same_world:
            _show_families(console, pair, everything)
        console.print()


def _show_measures(console: Console, comparison: Comparison, pair: Pair, everything: bool) -> None:
    wide = console.width >= WIDE
    title = f"{pair.scenario.title or pair.scenario.name}, against {comparison.base.title or comparison.base.name}"
    names = ("Base", "Difference", "SE", "50% interval", "90% interval", "Rises")
    grid = make_grid(visible(title), [n for n in names if wide or n not in ("SE", "50% interval")], "Gain")
    blocks = all_blocks(pair.summary) if everything else telling_blocks(pair.summary)
    for heading, rows in blocks:
        grid.add_row(Text(heading, style="italic"))
        for row in rows:
            _add_measure(grid, row, wide, everything)
    console.print(grid)
    say_line(
        console,
        f"{visible(pair.scenario.name)}: {pair.replicates} replicates in pairs, seed {comparison.seed}.",
        "",
    )
    less = "" if wide else " A wider terminal shows the 50% interval and the standard error of the mean (SE) too."
    say_line(
        console,
        "Difference: mean over the replicates. Intervals: single years, not the mean's error. Rises: share of "
        "replicates in which it rises, ties counted half. Gain: variance with independent seeds over the variance "
        f"here; 'exact' where the difference never varies.{less}",
    )


def telling_blocks(summary: pd.DataFrame) -> list[tuple[str, list[Row]]]:
    """The rows of a summary of differences that the short table shows, under their headings.

    Args:
        summary: as :func:`~referral_sim.comparison.paired.summarise_differences` returns.
    """
    found = {(row["measure"], row["group"]): row for row in summary.to_dict("records")}
    blocks = []
    for heading, wanted in TELLING.items():
        rows = [found[key] for key in wanted if key in found and _happens(found[key])]
        if rows:
            blocks.append((heading, rows))
    return blocks


def _happens(row: Row) -> bool:
    """Whether there is anything to show: not a flow that neither scenario has."""
    return bool(row["n"]) and not (row["base"] == 0.0 and row["value"] == 0.0)


def all_blocks(summary: pd.DataFrame) -> list[tuple[str, list[Row]]]:
    """All rows of a summary of differences, under their headings."""
    rows = summary.to_dict("records")
    grouped = groupby(rows, key=lambda row: heading_of(row["measure"], row["unit"], row["group"]).plain)
    return [(heading, list(under)) for heading, under in grouped]


@dataclass(frozen=True)
class Cells:
    """A row of a summary of differences as text, with as many digits as it bears; "-" where there is no number.

    Attributes:
        base, value: means of the two scenarios.
        difference: mean difference, with its sign.
        error: standard error of that mean.
        half, most: where 50% and 90% of single years lie, with signs.
        rises: share of replicates with a rise.
        gain: variance with independent seeds over the variance here.
    """

    base: str
    value: str
    difference: str
    error: str
    half: str
    most: str
    rises: str
    gain: str


def cells_of(row: Row) -> Cells:
    """The numbers of one row of a summary of differences, as every table shows them."""
    if not row["n"]:
        return Cells(*["-"] * 8)
    digits = digits_for(row["base"] or row["value"])
    error = row["standard_error"]
    fine = max(digits, min(FINEST, digits + 2, 1 - math.floor(math.log10(error)))) if error > 0.0 else digits

    def span(percent: int) -> str:
        low, high = row[f"low_{percent}"], row[f"high_{percent}"]
        return f"{number(low, fine, True)} to {number(high, fine, True)}" if math.isfinite(low) else "-"

    return Cells(
        number(row["base"], digits),
        number(row["value"], digits),
        number(row["difference"], fine, True),
        number(error, fine),
        span(50),
        span(90),
        number(row["rises"], 2),
        _gain(row["gain"]),
    )


def _add_measure(grid: Table, row: Row, wide: bool, everything: bool) -> None:
    text = row_label(row["measure"], row["group"]) if everything else _indented(short_label(row))
    if not row["n"]:
        grid.add_row(text, "-")
        return
    cells = cells_of(row)
    middle = (cells.error, cells.half) if wide else ()
    grid.add_row(text, *map(Text, (cells.base, cells.difference, *middle, cells.most, cells.rises, cells.gain)))


def short_label(row: Row) -> str:
    """The measure, and its group where that is not all."""
    text = measure_label(row["measure"])
    return text if row["group"] == "all" else f"{text}: {group_label(row['group'])}"


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))


def _gain(gain: float) -> str:
    if math.isinf(gain):
        return "exact"
    return "-" if math.isnan(gain) else f"{gain:,.0f}" if gain >= 9.95 else f"{gain:.1f}"


def _show_families(console: Console, pair: Pair, everything: bool) -> None:
    for place in ("all", "programme_areas", "elsewhere") if everything else ("all",):
        rows = pair.families[pair.families["place"] == place]
        found = {(row["milestone"], row["change"]): row for row in rows.to_dict("records")}
        where = {"all": "", "programme_areas": ", in programmes' areas", "elsewhere": ", elsewhere"}[place]
        grid = make_grid(f"Families whose path changed{where}", _HEADINGS, "", "Families")
        for milestone in MILESTONES:
            cells = [Text(_count(found[milestone, change])) for change in CHANGES]
            grid.add_row(Padding(Text(FAMILIES[milestone]), (0, 0, 0, 2)), *cells)
        console.print()
        console.print(grid)
        changed, same = found["path", "changed"], found["path", "unchanged"]
        say_line(
            console,
            f"In all {_count(changed)} families changed; {_count(same)} were found in both and did not.",
            "",
        )
    say_line(
        console,
        "Mean and 90% interval of single years. Counted is what came of the year's concerns, up to the end of the run. "
        "A family may change because teams' hours were used otherwise; --set workforce.unlimited=true takes that out.",
    )


_HEADINGS: Sequence[str] = ("Newly", "No longer", "Earlier", "Later")


def _count(row: Row) -> str:
    mean = f"{row['families']:,.0f}" if row["families"] >= 9.95 else f"{row['families']:.1f}"
    return f"{mean} ({row['low']:,.0f} to {row['high']:,.0f})" if math.isfinite(row["low"]) else mean
