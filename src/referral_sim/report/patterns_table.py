"""The twelve patterns as a table for people and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..patterns import Check, Pattern

ENOUGH = 20  # Student's t is then within 7% of the normal quantile
SIGNS = {True: "holds", False: "FAILS", None: ""}


def show_patterns(console: Console, patterns: Sequence[Pattern], replicates: int, seed: int) -> None:
    """Print each pattern with its checks, then a line for each: holds or not."""
    for pattern in patterns:
        console.print(Text(f"{pattern.number}. {pattern.name}: {pattern.predicted}", style="bold"))
        table = Table(box=box.SIMPLE_HEAD)
        table.add_column("what", overflow="fold", ratio=5)
        table.add_column("predicted", overflow="fold")
        for heading in ("observed", "95% interval"):
            table.add_column(heading, justify="right")
        table.add_column("unit", overflow="fold", ratio=2)
        table.add_column("")
        for c in pattern.checks:
            table.add_row(c.what, c.expected, number(c.observed), _span(c), c.unit, SIGNS[c.holds])
        console.print(table)
        if pattern.reason:
            console.print(Text(f"   {pattern.reason}", style="italic"))
            console.print()
    console.print(Text(f"Patterns over {replicates} replicates, seed {seed}", style="italic"))
    summary = Table(box=box.SIMPLE_HEAD)
    for heading in ("", "pattern", ""):
        summary.add_column(heading)
    for pattern in patterns:
        shown = " (shown; need not hold)" if pattern.shown_only else ""
        summary.add_row(str(pattern.number), pattern.name, SIGNS[pattern.holds] + shown)
    console.print(summary)
    narrow = "" if replicates >= ENOUGH else f" With fewer than {ENOUGH} replicates they are too narrow."
    console.print(Text(f"Intervals are of the mean over the replicates (1.96 standard errors).{narrow}"))


def number(value: float) -> str:
    """A number for a table, three significant digits."""
    if math.isnan(value):
        return "-"
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _span(check: Check) -> str:
    return "" if check.low == check.high else f"{number(check.low)} to {number(check.high)}"


def patterns_as_data(patterns: Sequence[Pattern]) -> list[dict[str, Any]]:
    """The patterns as JSON values; a number that is not finite is null."""
    return [
        {
            "pattern": pattern.number,
            "name": pattern.name,
            "predicted": pattern.predicted,
            "what": pattern.headline.what,
            "observed": _finite(pattern.headline.observed),
            "low": _finite(pattern.headline.low),
            "high": _finite(pattern.headline.high),
            "unit": pattern.headline.unit,
            "holds": pattern.holds,
            "shown_only": pattern.shown_only,
            "reason": pattern.reason,
            "checks": [
                {
                    "what": c.what,
                    "predicted": c.expected,
                    "observed": _finite(c.observed),
                    "low": _finite(c.low),
                    "high": _finite(c.high),
                    "unit": c.unit,
                    "holds": c.holds,
                }
                for c in pattern.checks
            ],
        }
        for pattern in patterns
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
