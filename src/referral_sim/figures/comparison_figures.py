"""Figures of comparisons and sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..measures.key_measures import key_differences
from ..measures.table import KEY_MEASURES, Headings
from ..measures.wording import SummaryRow, digits_of_difference, full_label, number
from .style import (
    axes,
    draw_empty,
    draw_intervals,
    finish,
    finish_grid,
    name_rows,
    require_columns,
    rows_height,
    text,
    wrapped,
)

_INTERVALS = ("low_50", "high_50", "low_90", "high_90")


def differences(table: pd.DataFrame, measures: Headings = KEY_MEASURES) -> Any:
    """Paired differences with their 50% (thick) and 90% (thin) intervals, a facet for each unit.

    Args:
        table: columns measure, group, base, value, n, difference, standard_error, low_50, high_50, low_90 and high_90
            of one scenario, as ``summary.parquet`` of a comparison has them.
        measures: heading (the unit) -> measures and groups below it. What never happens in both scenarios is left out.

    Returns:
        The grid.
    """
    require_columns(table, "measure", "group", "base", "value", "n", "difference", "standard_error", *_INTERVALS)
    blocks = key_differences(table, measures)
    rows = pd.DataFrame([{**row, "unit": unit, "y": y} for unit, some in blocks for y, row in enumerate(some)])
    if rows.empty:
        rows = pd.DataFrame({"unit": [""]})
    counts = rows.groupby("unit", sort=False).size()
    grid = sns.FacetGrid(
        rows, row="unit", sharex=False, sharey=False, gridspec_kws={"height_ratios": [n + 0.6 for n in counts]}
    )
    for unit, ax in grid.axes_dict.items():
        if blocks:
            _draw_differences(rows[rows["unit"] == unit], ax)
        else:
            draw_empty(ax)
    return finish_grid(grid, rows_height(len(rows) + 2.6 * len(counts), 0.3), "Paired differences of years")


def _draw_differences(rows: pd.DataFrame, ax: Axes) -> None:
    draw_intervals(ax, rows, ("low_90", "high_90"), 1.2, color="C0")
    draw_intervals(ax, rows, ("low_50", "high_50"), 4.5, color="C0")
    edge = mpl.rcParams["axes.edgecolor"]
    sns.scatterplot(rows, x="difference", y="y", color="white", edgecolor=edge, s=25, linewidth=0.8, zorder=3, ax=ax)
    size, beside = mpl.rcParams["ytick.labelsize"], ax.get_yaxis_transform()
    for row in rows.to_dict("records"):
        ax.text(1.02, row["y"], _in_figures(row), fontsize=size, va="center", transform=beside)
    ax.axvline(0.0, color=edge, linewidth=0.8, linestyle="--", zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set(xlabel="", ylabel="")
    name_rows(ax, [wrapped(full_label(m, g), 46) for m, g in zip(rows["measure"], rows["group"], strict=True)])


def _in_figures(row: SummaryRow) -> str:
    """Mean and 90% interval, with the digits of the console's table."""
    mean, low, high = (number(row[c], digits_of_difference(row), True) for c in ("difference", "low_90", "high_90"))
    return f"{mean} ({low} to {high})"


def response(
    table: pd.DataFrame,
    levers: Sequence[str] = (),
    outcome: str = "outcome",
    hue: str | None = None,
    ax: Axes | None = None,
    **seaborn: Any,
) -> Axes:
    """What an outcome does along one lever (mean and 90% of runs), or over two (means, as a heat map).

    Args:
        table: one row a run: columns of the levers, value and ``hue``.
        levers: one or two columns.
        outcome: what the value is, with its unit.
        hue: a column whose values get a line each, with one lever.
        ax: where to draw.
        seaborn: for :func:`seaborn.lineplot`, such as ``errorbar``, or :func:`seaborn.heatmap`.

    Raises:
        ValueError: for none, or more than two levers.
    """
    require_columns(table, "value", *levers, *([hue] if hue else []))
    if len(levers) not in (1, 2):
        raise ValueError(f"give one lever or two, not {len(levers)}")
    drawn, label = axes(ax, 4.2 if len(levers) == 2 else 3.2), wrapped(outcome, 56)
    if len(levers) == 2:
        means = table.pivot_table(values="value", index=levers[0], columns=levers[1])
        means = means.rename(index="{:g}".format, columns="{:g}".format).iloc[::-1]
        key = {"label": label, "location": "top", "shrink": 0.6}
        asked = {"annot": True, "fmt": ".3g", "cmap": mpl.rcParams["image.cmap"], "cbar_kws": key} | seaborn
        sns.heatmap(means, ax=drawn, **asked)
        drawn.tick_params(axis="y", rotation=0)
        return finish(drawn, ax, "Response: means of runs", text(levers[1]), text(levers[0]))
    if hue is not None:
        table = table.assign(**{hue: table[hue].map(text)})
    asked = {"style": hue, "markers": hue is not None, "errorbar": ("pi", 90), "err_kws": {"linewidth": 0.0}} | seaborn
    sns.lineplot(table, x=levers[0], y="value", hue=hue, marker=None if hue else "o", ax=drawn, **asked)
    title = "Response" if "errorbar" in seaborn else "Response: mean, and 90% of runs"
    return finish(drawn, ax, title, text(levers[0]), label)
