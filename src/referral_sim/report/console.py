"""Results as tables for a terminal, from 80 columns, with or without colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..comparison import Profile
from ..evidence import Contradiction, Published, contradictions
from ..results.labels import RATES, SHARES, SOURCES, group_label, measure_label, series_label
from ..scenario.errors import visible

Row = dict[Any, Any]
WORTH_A_LINE = 0.03


def show_profiles(console: Console, profiles: Iterable[Profile], everything: bool = False) -> None:
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
        for heading, under in groupby(rows, key=lambda f: heading_of(f.measure, f.unit, f.group)):
            grid.add_row(heading)
            for f in under:
                value = Text(number(f.value, digits_for(f.value)))
                grid.add_row(row_label(f.measure, f.group), value, Text(visible(f.source)))
        console.print(grid)
        _notes(console, [c for c in doubts if authority in c.authorities])


def digits_for(value: float) -> int:
    """Digits after the point for a figure of this size: three significant, two for a share of 0.1 or more."""
    size = abs(value) if math.isfinite(value) else 1.0
    return 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.1 or size == 0 else 3


def number(value: float, digits: int, sign: bool = False) -> str:
    """A figure with that many digits after the point; "-" where there is none; ``sign``: + before gains."""
    if not math.isfinite(value):
        return "-"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"


def _show(console: Console, profile: Profile, everything: bool) -> None:
    first, second, rest = profile_blocks(profile.rows)
    used = second if everything or not len(second) else second[second.apply(_is_telling, axis=1)]
    shown = [first, used, *([rest] if everything else [])]
    columns = ("Simulated", "90% interval", "Published", "Difference")
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
    if len(used) < len(second):
        say_line(
            console, "Sources of 3% or more that Table 6.3 has a figure for; --all shows all, by truth and record."
        )
    published = {m for block in shown for m, p in zip(block["measure"], block["published"], strict=True) if p}
    doubts = contradictions(profile.authority) if profile.authority else ()
    _notes(console, [c for c in doubts if published.intersection(c.measures)])


def profile_blocks(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rates and shares of the whole, in the labels' order; sources, largest first; the rest as it comes."""
    order = {m: i for i, m in enumerate(RATES + SHARES)}
    is_first = rows["measure"].isin(order) & (rows["group"] == "all")
    is_second = rows["measure"].isin(SOURCES) & rows["group"].str.startswith("source:")
    first = rows[is_first].sort_values("measure", key=lambda m: m.map(order), kind="stable")
    second = rows[is_second].sort_values("mean", ascending=False, kind="stable")
    second = second.sort_values("measure", key=lambda m: m.map(SOURCES.index), kind="stable")
    return first, second, rows[~is_first & ~is_second]


def _is_telling(row: pd.Series[Any]) -> bool:
    """A source that was published and matters, in the simulation or in the publication."""
    return bool(row["published"]) and (row["mean"] >= WORTH_A_LINE or max(row["published"]) >= WORTH_A_LINE)


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
    grid.add_column(first, min_width=20, overflow="fold")
    for name in numbers:
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column(last)
    return grid


def _add_block(grid: Table, block: pd.DataFrame) -> None:
    rows = block.to_dict("records")
    for heading, under in groupby(rows, key=lambda row: heading_of(row["measure"], row["unit"], row["group"])):
        grid.add_row(heading)
        for row in under:
            _add_row(grid, row)


@dataclass(frozen=True)
class Beside:
    """A row of a profile as text, with as many digits as the figure bears; "-" where there is no number.

    Attributes:
        mean: simulated.
        spread: where 90% of single years lie.
        published: for each published series its label, value, the simulated mean less it, and whether the spread holds
            it (None where there is no spread).
    """

    mean: str
    spread: str
    published: tuple[tuple[str, str, str, bool | None], ...]


def beside(row: Row) -> Beside:
    """The numbers of one row of a profile, as every table shows them."""
    simulated = row["mean"] if math.isfinite(row["mean"]) else 0.0
    digits = digits_for(simulated or max(row["published"], default=0.0))
    columns = (row["series"], row["published"], row["difference"], row["inside"])
    return Beside(
        number(row["mean"], digits),
        f"{number(row['low'], digits)} to {number(row['high'], digits)}" if row["n"] > 1 else "-",
        tuple(
            (series_label(series), number(value, digits), number(difference, digits, sign=True), inside)
            for series, value, difference, inside in zip(*columns, strict=True)
        ),
    )


def _add_row(grid: Table, row: Row) -> None:
    """The simulated figure and beside it the published one; two published series get a line each, below."""
    label, cells = row_label(row["measure"], row["group"]), beside(row)
    figures = [
        (Padding(Text(series), (0, 0, 0, 4)), Text(value), Text(difference), _verdict(inside))
        for series, value, difference, inside in cells.published
    ]
    if len(figures) == 1:
        grid.add_row(label, Text(cells.mean), Text(cells.spread), *figures[0][1:])
        return
    grid.add_row(label, Text(cells.mean), Text(cells.spread))
    for name, *rest in figures:
        grid.add_row(name, "", "", *rest)


def _verdict(inside: bool | None) -> Text:
    if inside is None:
        return Text("-")
    return Text("inside", style="green") if inside else Text("outside", style="yellow")


def heading_of(measure: str, unit: str, group: str) -> Text:
    """The unit, above measures of the whole authority; a measure and its unit, above its groups."""
    text = unit[:1].upper() + unit[1:] if group == "all" else f"{measure_label(measure)} ({unit})"
    return Text(visible(text), style="italic")


def row_label(measure: str, group: str) -> Padding:
    """What one row shows, under its heading; lines that wrap stay under it."""
    text = measure_label(measure) if group == "all" else group_label(group)
    return Padding(Text(visible(text)), (0, 0, 0, 2))


def _notes(console: Console, doubts: Iterable[Contradiction]) -> None:
    for doubt in doubts:
        say_line(console, f"Note: {doubt.text}")
    console.print()


def say_line(console: Console, text: str, style: str = "dim") -> None:
    """Print a sentence below a table."""
    console.print(Text(text, style=style))
