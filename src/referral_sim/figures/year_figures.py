"""Figures over several reporting years: what a scenario changes in each of them."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns

from ..measures.key_measures import key_differences
from ..measures.table import IN_SENTENCES
from ..measures.wording import measure_label
from .style import draw_empty, finish_grid, require_columns, wrapped

PER_LINE = 3


def effects_by_year(table: pd.DataFrame) -> Any:
    """Paired differences of the headline measures year by year: means, and 90% of single years; a facet a measure.

    Args:
        table: columns year, measure, unit, group, base, value, n, difference, low_90 and high_90 of one scenario, as
            ``summary.parquet`` of a comparison has them. What never happens in both scenarios is left out.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    require_columns(table, "year", "measure", "unit", "group", "base", "value", "n", "difference", "low_90", "high_90")
    there = {row["measure"] for _, rows in key_differences(table) for row in rows if row["group"] == "all"}
    shown = [measure for measure in IN_SENTENCES if measure in there]
    rows = table[(table["group"] == "all") & table["measure"].isin(shown)].astype({"measure": str})
    labels = {m: wrapped(f"{measure_label(m)}, {u}", 22) for m, u in zip(rows["measure"], rows["unit"], strict=True)}
    years = list(dict.fromkeys(table["year"]))
    rows = rows.assign(place=rows["year"].map(years.index), what=rows["measure"].map(labels))
    if rows.empty:
        rows = pd.DataFrame({"what": [""]})
    grid = sns.FacetGrid(
        rows, col="what", col_order=[labels[m] for m in shown] or [""], col_wrap=PER_LINE, sharey=False
    )
    edge = mpl.rcParams["axes.edgecolor"]
    for what, ax in grid.axes_dict.items():
        if not shown:
            draw_empty(ax)
            continue
        mine = rows[rows["what"] == what]
        ax.fill_between(mine["place"], mine["low_90"], mine["high_90"], color="C0", alpha=0.3, linewidth=0.0)
        sns.lineplot(mine, x="place", y="difference", marker="o", errorbar=None, ax=ax)
        ax.axhline(0.0, color=edge, linewidth=0.8, linestyle="--", zorder=0)
        ax.set_xticks(range(len(years)), years, rotation=45 if len(years) > 3 else 0)
        ax.set(xlabel="", ylabel="")
    lines = -(-len(grid.axes_dict) // PER_LINE)
    finish_grid(grid, 0.7 + 1.9 * lines, "Paired differences, year by year")
    for what, ax in grid.axes_dict.items():
        ax.set_title(what)
    return grid
