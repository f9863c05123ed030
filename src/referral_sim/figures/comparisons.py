"""Figures of comparisons and sweeps."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ..results.labels import RATES, measure_label
from .style import BLACK, BLUE, axes, named, need


def differences(table: pd.DataFrame, ax: Axes | None = None, measures: tuple[str, ...] = RATES) -> Axes:
    """Paired differences with their 50% (thick) and 90% (thin) intervals.

    Args:
        table: columns measure, group, difference, low_50, high_50, low_90, high_90 of one scenario, as
            ``summary.parquet`` of a comparison has them.
        ax: where to draw.
        measures: which, of the whole authority; they should share a unit.
    """
    need(table, "measure", "group", "difference", "low_50", "high_50", "low_90", "high_90", "unit")
    ax = axes(ax)
    whole = table[table["group"] == "all"]
    rows = [r for m in measures for r in whole[whole["measure"] == m].to_dict("records")]
    for place, row in enumerate(rows):
        ax.plot([row["low_90"], row["high_90"]], [place, place], color=BLUE, linewidth=1.2)
        ax.plot([row["low_50"], row["high_50"]], [place, place], color=BLUE, linewidth=4.5)
        ax.plot([row["difference"]], [place], "o", color="white", markeredgecolor=BLACK, markersize=5)
    ax.axvline(0.0, color=BLACK, linewidth=0.8, linestyle="--")
    ax.set_yticks(range(len(rows)), [measure_label(str(r["measure"])) for r in rows])
    ax.invert_yaxis()
    unit = str(rows[0]["unit"]) if rows else ""
    named(ax, "What changes: mean, 50% and 90% of paired years", f"difference, {unit}", "")
    return ax


def response(table: pd.DataFrame, ax: Axes | None = None, levers: tuple[str, ...] = ()) -> Axes:
    """What an outcome does along one lever (mean and 90% of runs), or over two (means, as a map).

    Args:
        table: one row a run: columns of the levers, and value.
        ax: where to draw.
        levers: one or two columns.

    Raises:
        ValueError: for none, or more than two levers.
    """
    need(table, "value", *levers)
    if len(levers) not in (1, 2):
        raise ValueError(f"give one lever or two, not {len(levers)}")
    ax = axes(ax)
    if len(levers) == 1:
        values = table.groupby(levers[0])["value"]
        low, mean, high = values.quantile(0.05), values.mean(), values.quantile(0.95)
        ax.fill_between(mean.index, low, high, color=BLUE, alpha=0.18, linewidth=0)
        ax.plot(mean.index, mean, "o-", color=BLUE)
        named(ax, "Response: mean and 90% of runs", levers[0], "outcome")
        return ax
    means = table.groupby(list(levers))["value"].mean().unstack()
    image = ax.imshow(means.to_numpy(), cmap="cividis", aspect="auto", origin="lower")
    ax.figure.colorbar(image, ax=ax, label="outcome, mean of runs")
    ax.set_xticks(range(len(means.columns)), [f"{v:g}" for v in means.columns])
    ax.set_yticks(range(len(means.index)), [f"{v:g}" for v in means.index])
    named(ax, "Response", levers[1], levers[0])
    return ax
