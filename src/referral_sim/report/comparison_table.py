"""A comparison of scenarios as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import pandas as pd
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..experiment.comparison import Comparison, Pair
from ..experiment.family_paths import CHANGES, MILESTONES, PATH
from ..measures.key_measures import key_differences
from ..measures.wording import (
    MILESTONE_LABELS,
    PARAMETER_COLUMN,
    PARAMETER_NOTE,
    SummaryRow,
    digits_for,
    digits_of_difference,
    families_in_words,
    full_label,
    gain_in_words,
    number,
    parameter_share_in_words,
)
from ..scenario.errors import visible
from .console import heading_text, make_grid, row_label, say_line

WIDE = 100
"""Columns from which a terminal has room for the 50% interval and the standard error."""


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
    drawn = "parameter_share" in pair.summary
    names = (
        "Base",
        "Difference",
        "SE",
        "50% interval",
        "90% interval",
        *((PARAMETER_COLUMN,) if drawn else ()),
        "Rises",
    )
    grid = make_grid(visible(title), [n for n in names if wide or n not in ("SE", "50% interval")], "Gain")
    blocks = _all_blocks(pair.summary) if everything else _telling_blocks(pair.summary)
    for heading, rows in blocks:
        grid.add_row(heading)
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
    if drawn:
        say_line(console, PARAMETER_NOTE)


def _telling_blocks(summary: pd.DataFrame) -> list[tuple[Text, list[SummaryRow]]]:
    return [(Text(heading, style="italic"), rows) for heading, rows in key_differences(summary)]


def _all_blocks(summary: pd.DataFrame) -> list[tuple[Text, list[SummaryRow]]]:
    rows = summary.to_dict("records")
    grouped = groupby(rows, key=lambda row: heading_text(row["measure"], row["unit"], row["group"]))
    return [(heading, list(under)) for heading, under in grouped]


def _add_measure(grid: Table, row: SummaryRow, wide: bool, everything: bool) -> None:
    label = row_label(row["measure"], row["group"]) if everything else _short_label(row)
    if not row["n"]:
        grid.add_row(label, "-")
        return
    digits, fine = digits_for(row["base"] or row["value"]), digits_of_difference(row)

    def span(percent: int) -> Text:
        low, high = row[f"low_{percent}"], row[f"high_{percent}"]
        return Text(f"{number(low, fine, True)} to {number(high, fine, True)}" if math.isfinite(low) else "-")

    cells = [Text(number(row["base"], digits)), Text(number(row["difference"], fine, True))]
    if wide:
        cells += [Text(number(row["standard_error"], fine)), span(50)]
    cells.append(span(90))
    if "parameter_share" in row:
        cells.append(Text(parameter_share_in_words(row)))
    grid.add_row(label, *cells, Text(number(row["rises"], 2)), Text(gain_in_words(row["gain"])))


def _short_label(row: SummaryRow) -> Padding:
    """The measure, and its group where that is not all."""
    return Padding(Text(full_label(row["measure"], row["group"])), (0, 0, 0, 2))


def _show_families(console: Console, pair: Pair, everything: bool) -> None:
    for place in ("all", "programme_areas", "elsewhere") if everything else ("all",):
        rows = pair.families[pair.families["place"] == place]
        found = {(row["milestone"], row["change"]): row for row in rows.to_dict("records")}
        where = {"all": "", "programme_areas": ", in programmes' areas", "elsewhere": ", elsewhere"}[place]
        grid = make_grid(f"Families whose path changed{where}", _HEADINGS, "", "Families")
        for milestone in MILESTONES:
            cells = [Text(families_in_words(found[milestone, change])) for change in CHANGES]
            grid.add_row(Padding(Text(MILESTONE_LABELS[milestone]), (0, 0, 0, 2)), *cells)
        console.print()
        console.print(grid)
        changed, same = (families_in_words(found["path", one]) for one in PATH)
        say_line(
            console,
            f"In all {changed} families changed; {same} were found in both and did not.",
            "",
        )
    say_line(
        console,
        "Mean and 90% interval of single years. Counted is what came of the year's concerns, up to the end of the run. "
        "A family may change because teams' hours were used otherwise; --set workforce.unlimited=true takes that out.",
    )


_HEADINGS: Sequence[str] = ("Newly", "No longer", "Earlier", "Later")
