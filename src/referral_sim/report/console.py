"""Results as tables for a terminal, from 80 columns, with or without colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..evidence import Contradiction, Published, contradictions
from ..experiment.authority_results import AuthorityResult
from ..measures.key_measures import in_reading_order, main_sources
from ..measures.wording import (
    PARAMETER_COLUMN,
    PARAMETER_NOTE,
    SummaryRow,
    digits_for,
    heading_of,
    label_under_heading,
    number,
    parameter_share_in_words,
    series_label,
)
from ..scenario.errors import visible


def show_profiles(console: Console, profiles: Iterable[AuthorityResult], everything: bool = False) -> None:
    """Print one table a scenario, simulated beside published.

    First the rates and shares of the whole authority, then the sources of referral that have a published figure and
    matter; all sources and all other measures and groups only if ``everything``.

    Args:
        console: where to print.
        profiles: what the scenarios gave, in the order to print.
        everything: print every measure and group.
    """
    for profile in profiles:
        _show(console, profile, everything)


def show_evidence(
    console: Console, figures: Sequence[Published], doubts: Sequence[Contradiction], names: dict[str, str]
) -> None:
    """Print the published figures, one table an authority, and their known contradictions below.

    Args:
        console: where to print.
        figures: published figures; those of one authority together.
        doubts: known contradictions.
        names: authority id to name for people.
    """
    for authority, rows in groupby(figures, key=lambda f: f.authority):
        grid = make_grid(visible(names.get(authority, authority)), ("Published",), "Source")
        for heading, under in groupby(rows, key=lambda f: heading_text(f.measure, f.unit, f.group)):
            grid.add_row(heading)
            for f in under:
                value = Text(number(f.value, digits_for(f.value)))
                grid.add_row(row_label(f.measure, f.group), value, Text(visible(f.source)))
        console.print(grid)
        _notes(console, [c for c in doubts if authority in c.authorities])


def _show(console: Console, profile: AuthorityResult, everything: bool) -> None:
    first, second, rest = in_reading_order(profile.rows)
    used = second if everything else main_sources(second)
    shown = [first, used, *([rest] if everything else [])]
    drawn = "parameter_share" in profile.rows
    beside = (PARAMETER_COLUMN, "Published", "Diff.") if drawn else ("Published", "Difference")  # within 80 columns
    columns = ("Simulated", "90% interval", *beside)
    grid = make_grid(visible(profile.title or profile.scenario), columns, "Inside?")
    for block in shown:
        _add_block(grid, block)
    console.print(grid)
    runs = "1 replicate" if profile.replicates == 1 else f"{profile.replicates} replicates"
    say_line(console, f"{visible(profile.scenario)}: {runs}, seed {profile.seed}.", "")
    if profile.replicates > 1:
        say_line(
            console,
            "The interval is the spread of single years (5th to 95th percentile), not the mean's error.",
        )
    if drawn:
        say_line(console, PARAMETER_NOTE)
    if len(used) < len(second):
        say_line(
            console, "Sources of 3% or more that Table 6.3 has a figure for; --all shows all, by truth and record."
        )
    published = {m for block in shown for m, p in zip(block["measure"], block["published"], strict=True) if p}
    doubts = contradictions(profile.authority) if profile.authority else ()
    _notes(console, [c for c in doubts if published.intersection(c.measures)])


def make_grid(title: str, numbers: Sequence[str], last: str, first: str = "Measure") -> Table:
    """An empty table: a column of names, columns of numbers, and a last column of words."""
    grid = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    grid.add_column(first, min_width=17, overflow="fold")
    for name in numbers:
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column(last)
    return grid


def _add_block(grid: Table, block: pd.DataFrame) -> None:
    rows = block.to_dict("records")
    for heading, under in groupby(rows, key=lambda row: heading_text(row["measure"], row["unit"], row["group"])):
        grid.add_row(heading)
        for row in under:
            _add_row(grid, row)


def _add_row(grid: Table, row: SummaryRow) -> None:
    """The simulated figure and beside it the published one; two published series get a line each, below."""
    label = row_label(row["measure"], row["group"])
    simulated = row["mean"] if math.isfinite(row["mean"]) else 0.0
    digits = digits_for(simulated or max(row["published"], default=0.0))
    spread = f"{number(row['low'], digits)} to {number(row['high'], digits)}" if row["n"] > 1 else "-"
    mine = [Text(number(row["mean"], digits)), Text(spread)]
    if "parameter_share" in row:
        mine.append(Text(parameter_share_in_words(row)))
    figures = [
        (
            Padding(Text(series_label(series)), (0, 0, 0, 4)),
            Text(number(value, digits)),
            Text(number(difference, digits, sign=True)),
            _verdict(inside),
        )
        for series, value, difference, inside in zip(
            row["series"], row["published"], row["difference"], row["inside"], strict=True
        )
    ]
    if len(figures) == 1:
        grid.add_row(label, *mine, *figures[0][1:])
        return
    grid.add_row(label, *mine)
    for name, *cells in figures:
        grid.add_row(name, *("" for _ in mine), *cells)


def _verdict(inside: bool | None) -> Text:
    if inside is None:
        return Text("-")
    return Text("inside", style="green") if inside else Text("outside", style="yellow")


def heading_text(measure: str, unit: str, group: str) -> Text:
    """What stands above the rows of a unit, or of a measure's groups."""
    return Text(visible(heading_of(measure, unit, group)), style="italic")


def row_label(measure: str, group: str) -> Padding:
    """What one row shows, under its heading; lines that wrap stay under it."""
    return Padding(Text(visible(label_under_heading(measure, group))), (0, 0, 0, 2))


def _notes(console: Console, doubts: Iterable[Contradiction]) -> None:
    for doubt in doubts:
        say_line(console, f"Note: {doubt.text}")
    console.print()


def say_line(console: Console, text: str, style: str = "dim") -> None:
    """Print a sentence below a table."""
    console.print(Text(text, style=style))
