"""Results as tables for a terminal, from 80 columns, with or without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..evidence import Contradiction, Published, contradictions
from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Comparison, Pair
from ..experiment.family_paths import PLACES
from ..scenario.errors import visible
from .answers import comparison_answer, profiles_answer
from .grids import (
    Grid,
    GridCell,
    differences_table,
    effects_table,
    evidence_table,
    families_table,
    published_table,
    rows_to_show,
    years_table,
)

WIDE = 100
"""Columns from which a terminal has room for the 50% interval, the standard error and the gain of pairing."""
NARROW = "A wider terminal shows the 50% interval, the standard error of the mean (SE) and the gain of pairing too."
MOST_YEARS = 5
"""Years that stand side by side; more of them get a table below."""
LEAST_FIRST = 14
"""Columns that the first column of a table keeps; where numbers do not leave as much, intervals wrap."""
COLOURS = {"inside": "green", "outside": "yellow"}


def show_profiles(
    console: Console,
    profiles: Sequence[AuthorityResult],
    everything: bool = False,
    year: str | None = None,
    kept: Path | None = None,
) -> None:
    """Print referrals and registrations of all scenarios in one table, and where to look next.

    Args:
        console: where to print.
        profiles: what the scenarios gave, in the order to print; each with a run or more.
        everything: print below, one table a scenario, every measure and group, simulated beside published; of several
            years, the means of each year.
        year: print this reporting year, with its intervals.
        kept: folder that the results are kept in.
    """
    if not profiles:
        return
    show_grid(console, profiles_answer(profiles, year))
    if not everything:
        _show_next(console, kept, f"'referral-sim show {profiles[0].scenario}' prints its values and their sources")
        return
    console.print()
    for whole_time in profiles:
        if len(whole_time.years) > 1 and year is None:
            _show_years(console, years_table(whole_time, everything), whole_time.years)
            console.print()
            continue
        profile = whole_time.of_year(year)
        grid = _named(published_table(profile, everything), whole_time.years, year)
        show_grid(console, grid.without("Series"))
        shown = rows_to_show(profile, everything)
        published = {m for part in shown for m, p in zip(part["measure"], part["published"], strict=True) if p}
        known = contradictions(profile.authority) if profile.authority else ()
        _show_notes(console, [c for c in known if published.intersection(c.measures)])


def show_evidence(
    console: Console, figures: Sequence[Published], known: Sequence[Contradiction], names: dict[str, str]
) -> None:
    """Print the published figures, one table an authority, and their known contradictions below.

    Args:
        console: where to print.
        figures: published figures; those of one authority together.
        known: known contradictions.
        names: authority id to name for people.
    """
    for authority, rows in groupby(figures, key=lambda f: f.authority):
        show_grid(console, evidence_table(rows, names.get(authority, authority)), first_width=26)
        _show_notes(console, [c for c in known if authority in c.authorities])


def show_comparison(
    console: Console,
    comparison: Comparison,
    everything: bool = False,
    year: str | None = None,
    more: Sequence[str] = (),
    kept: Path | None = None,
) -> None:
    """Print what each scenario changes against the base in the headline measures, for whom, and how sure that is.

    Args:
        console: where to print; below 100 columns the 50% interval, the standard error and the gain are left out.
        comparison: what to print.
        everything: print below every measure and group, year by year, and where the changed families live.
        year: print this reporting year, with its intervals.
        more: measures to print besides the headline measures.
        kept: folder that the results are kept in.
    """
    for pair in comparison.pairs:
        if not pair.replicates:
            continue
        show_grid(console, comparison_answer(comparison, pair, year, more))
        console.print()
        if everything:
            _show_whole_pair(console, comparison, pair, year)
    if not everything:
        _show_next(console, kept, "'referral-sim diff A B' prints in which values two scenarios differ")


def _show_next(console: Console, kept: Path | None, last: str) -> None:
    """Print what one would do next."""
    if kept is None:
        page = "--out DIR keeps the results for 'referral-sim report DIR'"
    else:
        folder = f'"{kept}"' if " " in str(kept) else str(kept)
        page = f"'referral-sim report {folder}' makes a page of the results"
    show_line(console, f"Next: --all prints every measure; {page}; {last}.")


def _show_whole_pair(console: Console, comparison: Comparison, pair: Pair, year: str | None) -> None:
    """Print two tables: differences of measures, and families whose path changed."""
    narrow = console.width < WIDE
    if len(pair.years) > 1 and year is None:
        _show_years(console, effects_table(comparison, pair, everything=True), pair.years)
    else:
        grid = differences_table(comparison, pair.of_year(year), everything=True).without("Unit", "Other")
        grid = _named(grid, pair.years, year)
        show_grid(console, grid.without("SE", "50% interval", "Gain") if narrow else grid)
        if narrow:
            show_line(console, NARROW)
    if pair.same_world:
        for place in PLACES:
            console.print()
            show_grid(console, families_table(pair, place))
        show_line(
            console,
            "Mean and 90% interval of single years. Counted is what came of the years' signs of trouble, up to the "
            "end of the run. A family may change because teams' hours were used otherwise; "
            "--set workforce.unlimited=true takes that out.",
        )
    console.print()


def _named(grid: Grid, years: Sequence[str], year: str | None) -> Grid:
    """A table of one of several years says which."""
    return replace(grid, caption=f"{grid.caption}, {year}") if len(years) > 1 else grid


def _show_years(console: Console, grid: Grid, years: Sequence[str]) -> None:
    """Print a table with a column a year; of more than five years, one below the other."""
    for start in range(0, len(years), MOST_YEARS):
        there = set(years[start : start + MOST_YEARS])
        show_grid(console, grid.without(*(year for year in years if year not in there)))


def show_grid(console: Console, grid: Grid, style: str = "bold", first_width: int = 17) -> None:
    """Print a table and its notes; the first note is that of what the table rests on.

    Args:
        console: where to print.
        grid: what to print. Its first column wraps; numbers stay on one line where the first column keeps its room.
        style: of the caption.
        first_width: least width of the first column, where the others leave as much.
    """
    if grid.caption:
        console.print(Text(visible(grid.caption), style=style))
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    first, *others = grid.columns
    width = _first_width(grid, console.width, first_width)
    table.add_column(first, width=max(width, LEAST_FIRST), overflow="fold")
    for name in others:
        numbers = grid.holds_numbers(name)
        whole = numbers and width >= LEAST_FIRST
        table.add_column(name, justify="right" if numbers else "left", no_wrap=whole, overflow="fold")
    for row in grid.rows:
        if len(row) == 1:
            table.add_row(Text(visible(row[0].text), style="italic"))
        else:
            table.add_row(*map(_shown, row))
    console.print(table)
    for place, note in enumerate(grid.notes):
        show_line(console, note, "dim" if place else "")


def _first_width(grid: Grid, width: int, least: int) -> int:
    """Width of the first column: what it holds, if the others leave as much; it gives way before another is cut."""
    first, *others = grid.columns
    texts = {name: (name, *(cell.text for cell in grid.column(name))) for name in others}
    whole = sum(2 + max(map(len, those)) for those in texts.values())
    needed = sum(
        2 + max(len(part) for text in those for part in ([text] if grid.holds_numbers(name) else text.split() or [""]))
        for name, those in texts.items()
    )
    holds = max(len(first), *(row[0].indent + len(row[0].text) for row in grid.rows), 1)
    return max(min(max(holds, least), width - whole - 1), min(least, width - needed - 1), 1)


def _shown(cell: GridCell) -> RenderableType:
    text = Text(visible(cell.text), style=COLOURS.get(cell.text, ""))
    return Padding(text, (0, 0, 0, cell.indent)) if cell.indent else text


def _show_notes(console: Console, known: Iterable[Contradiction]) -> None:
    for one in known:
        show_line(console, f"Note: {one.text}")
    console.print()


def show_line(console: Console, text: str, style: str = "dim") -> None:
    """Print a sentence below a table."""
    console.print(Text(visible(text), style=style))
