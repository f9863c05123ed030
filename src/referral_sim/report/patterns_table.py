"""The twelve patterns as a table for people and as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from ..experiment.summaries import finite_or_none
from ..measures.wording import significant
from ..patterns import Check, Pattern
from .console import show_grid
from .grids import Grid, GridCell, between, words

ENOUGH = 20  # Student's t is then within 7% of the normal quantile
SIGNS = {True: "holds", False: "FAILS", None: ""}


def show_patterns(console: Console, patterns: Sequence[Pattern], replicates: int, seed: int) -> None:
    """Print each pattern with its checks, then a line for each: holds or not."""
    for pattern in patterns:
        show_grid(console, checks_table(pattern))
        if pattern.reason:
            console.print(Text(f"   {pattern.reason}", style="italic"))
        console.print()
    rows = tuple(words(p.number, p.name, _holds(p.holds, p.shown_only, " (shown; need not hold)")) for p in patterns)
    caption = f"Patterns over {replicates} replicates, seed {seed}"
    show_grid(console, Grid(caption, ("", "pattern", "holds?"), rows), style="italic", first_width=2)
    narrow = "" if replicates >= ENOUGH else f" With fewer than {ENOUGH} replicates they are too narrow."
    console.print(Text(f"Intervals are of the mean over the replicates (1.96 standard errors).{narrow}"))


def checks_table(pattern: Pattern) -> Grid:
    """The checks of a pattern."""
    rows = tuple(
        (*words(c.what, c.expected), _number(c.observed), _interval(c), *words(c.unit, SIGNS[c.holds]))
        for c in pattern.checks
    )
    columns = ("what", "predicted", "observed", "95% interval", "unit", "holds?")
    return Grid(f"{pattern.number}. {pattern.name}: {pattern.predicted}", columns, rows)


def judged_table(found: Iterable[Mapping[str, Any]], caption: str) -> Grid:
    """The headline of each pattern, from what :func:`patterns_as_data` gives."""
    rows = tuple(
        (
            *words(p["pattern"], p["name"], p["predicted"], p["what"]),
            *(_number(p[key]) for key in ("observed", "low", "high")),
            *words(p["unit"], _holds(p["holds"], p["shown_only"], " (need not)")),
        )
        for p in found
    )
    columns = ("", "Pattern", "Predicted", "What was looked at", "Observed", "Low", "High", "Unit", "Holds?")
    return Grid(caption, columns, rows, ("Low and high: 95% interval of the mean. One that fails is shown failing.",))


def _holds(holds: bool | None, shown_only: bool, need_not: str) -> str:
    return SIGNS[holds] + (need_not if shown_only else "")


def _number(value: float | None) -> GridCell:
    return GridCell("-") if value is None else GridCell(significant(value), value)


def _interval(check: Check) -> GridCell:
    return GridCell("") if check.low == check.high else between(_number(check.low), _number(check.high))


def patterns_as_data(patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """The patterns as JSON values; a number that is not finite is null."""
    return [
        {
            "pattern": pattern.number,
            "name": pattern.name,
            "predicted": pattern.predicted,
            "what": pattern.headline.what,
            "observed": finite_or_none(pattern.headline.observed),
            "low": finite_or_none(pattern.headline.low),
            "high": finite_or_none(pattern.headline.high),
            "unit": pattern.headline.unit,
            "holds": pattern.holds,
            "shown_only": pattern.shown_only,
            "reason": pattern.reason,
            "checks": [
                {
                    "what": c.what,
                    "predicted": c.expected,
                    "observed": finite_or_none(c.observed),
                    "low": finite_or_none(c.low),
                    "high": finite_or_none(c.high),
                    "unit": c.unit,
                    "holds": c.holds,
                }
                for c in pattern.checks
            ],
        }
        for pattern in patterns
    ]
