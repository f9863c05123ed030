"""Figures of comparisons and sweeps."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..measures.key_measures import key_differences
from ..measures.table import KEY_MEASURES, Headings
from ..measures.wording import SummaryRow, digits_of_difference, full_label, number
from ..results.responses import along
from .style import (
    BLACK,
    BLUE,
    COLOURS,
    LINES,
    MARKERS,
    SMALL,
    axes,
    legend,
    named,
    need,
    nothing,
    panels,
    text,
    wrapped,
)

_INTERVALS = ("low_50", "high_50", "low_90", "high_90")


def differences(table: pd.DataFrame, ax: Axes | None = None, measures: Headings = KEY_MEASURES) -> Axes:
    """Paired differences with their 50% (thick) and 90% (thin) intervals, a panel for each unit.

    Args:
        table: columns measure, group, base, value, n, difference, standard_error, low_50, high_50, low_90 and high_90
            of one scenario, as ``summary.parquet`` of a comparison has them.
        ax: where to draw; it holds a panel for each heading that the table has rows of.
        measures: heading (the unit) -> measures and groups below it. What never happens in both scenarios is left out.
    """
    need(table, "measure", "group", "base", "value", "n", "difference", "standard_error", *_INTERVALS)
    blocks = key_differences(table, measures)
    counts = [len(rows) for _, rows in blocks]
    ax = axes(ax, 0.6 + 0.19 * sum(counts) + 0.55 * len(counts))
    if not blocks:
        named(ax, "Paired differences of years")
        return nothing(ax)
    heights = [0.19 * n + 0.12 for n in counts]
    for (heading, rows), panel in zip(blocks, panels(ax, heights, 0.43), strict=True):
        _intervals(panel, rows)
        panel.set_title(heading, fontsize=8, loc="left")
    named(ax, "Paired differences of years")
    return ax


def _intervals(ax: Axes, rows: Sequence[SummaryRow]) -> None:
    for place, row in enumerate(rows):
        ax.plot([row["low_90"], row["high_90"]], [place, place], color=BLUE, linewidth=1.2)
        ax.plot([row["low_50"], row["high_50"]], [place, place], color=BLUE, linewidth=4.5)
        ax.plot([row["difference"]], [place], "o", color="white", markeredgecolor=BLACK, markersize=5)
        ax.text(1.02, place, _in_figures(row), fontsize=SMALL, va="center", transform=ax.get_yaxis_transform())
    ax.axvline(0.0, color=BLACK, linewidth=0.8, linestyle="--")
    ax.xaxis.set_major_locator(MaxNLocator(5))
    names = [wrapped(full_label(row["measure"], row["group"]), 46) for row in rows]
    ax.set_yticks(range(len(rows)), names, fontsize=SMALL)
    ax.set_ylim(len(rows) - 0.4, -0.6)


def _in_figures(row: SummaryRow) -> str:
    """Mean and 90% interval, with the digits of the console's table."""
    mean, low, high = (number(row[c], digits_of_difference(row), True) for c in ("difference", "low_90", "high_90"))
    return f"{mean} ({low} to {high})"


def response(
    table: pd.DataFrame,
    ax: Axes | None = None,
    levers: tuple[str, ...] = (),
    outcome: str = "outcome",
    hue: str | None = None,
) -> Axes:
    """What an outcome does along one lever (mean and 90% of runs), or over two (means, as a map).

    Args:
        table: one row a run: columns of the levers, value and ``hue``.
        ax: where to draw.
        levers: one or two columns.
        outcome: what the value is, with its unit.
        hue: a column whose values get a line each, with one lever.

    Raises:
        ValueError: for none, or more than two levers.
    """
    need(table, "value", *levers, *([hue] if hue else []))
    if len(levers) not in (1, 2):
        raise ValueError(f"give one lever or two, not {len(levers)}")
    ax = axes(ax, 3.2)
    if len(levers) == 2:
        return _map(table, ax, levers, outcome)
    parts = [("", table)] if hue is None else list(table.groupby(hue, sort=False, observed=True))
    for n, (name, part) in enumerate(parts):
        found = along(part, levers)
        x, colour = found[levers[0]], COLOURS[n % 6]
        ax.fill_between(x, found["low"], found["high"], color=colour, alpha=0.18, linewidth=0)
        ax.plot(
            x, found["mean"], marker=MARKERS[n % 6], linestyle=LINES[n % 4], color=colour, markersize=5,
            label=text(name) or None,
        )  # fmt: skip
    named(ax, "Response: mean, and 90% of runs", text(levers[0]), wrapped(outcome, 56))
    legend(ax)
    return ax


def _map(table: pd.DataFrame, ax: Axes, levers: tuple[str, ...], outcome: str) -> Axes:
    """Means over two levers, each cell with its number."""
    means = along(table, levers).pivot(index=levers[0], columns=levers[1], values="mean")
    cells = means.to_numpy()
    image = ax.imshow(cells, cmap="cividis", aspect="auto", origin="lower")
    key = ax.figure.colorbar(image, ax=ax)
    key.set_label(wrapped(outcome, 56), fontsize=8)
    key.ax.tick_params(labelsize=8)
    middle = (float(means.min().min()) + float(means.max().max())) / 2.0
    for i, row in enumerate(cells):
        for j, value in enumerate(row):
            ax.text(
                j, i, f"{value:.3g}", ha="center", va="center", fontsize=SMALL,
                color="white" if value < middle else BLACK,
            )  # fmt: skip
    ax.set_xticks(range(len(means.columns)), [f"{v:g}" for v in means.columns])
    ax.set_yticks(range(len(means.index)), [f"{v:g}" for v in means.index])
    named(ax, "Response: means of runs", text(levers[1]), text(levers[0]))
    return ax
