"""Figures of a country: its authorities in the order of their rates."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.ticker import MaxNLocator

from ..measures.wording import measure_label
from .style import finish_grid, require_columns, wrapped

RANKED = ("referrals", "initial_assessments", "core_assessments", "registrations", "deregistrations", "on_register")
PER_LINE = 2


def ranked(table: pd.DataFrame, national: pd.DataFrame, title: str = "", unit: str = "per 10,000 under 18") -> Any:
    """The authorities of a country, lowest first, a facet a figure, with lines at the country and at the return.

    Args:
        table: columns authority, measure and rate, as :meth:`~referral_sim.experiment.country.CountryResult.rates` or
            ``changes`` gives them.
        national: columns measure, rate and published_rate of the country, lines across each facet; without rows there
            is a line at 0.
        title: of the figure.
        unit: of the rates.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    require_columns(table, "authority", "measure", "rate")
    require_columns(national, "measure", "rate", "published_rate")
    there = [name for name in RANKED if name in set(table["measure"])]
    rows = table[table["measure"].isin(there)].dropna(subset=["rate"])
    rows = rows.assign(rank=rows.groupby("measure")["rate"].rank(method="first"))
    grid = sns.FacetGrid(rows, col="measure", col_order=there, col_wrap=PER_LINE, sharey=False)
    lines = national.set_index("measure")
    edge = mpl.rcParams["axes.edgecolor"]
    for name, ax in grid.axes_dict.items():
        sns.scatterplot(rows[rows["measure"] == name], x="rank", y="rate", s=10, linewidth=0, ax=ax)
        if name in lines.index:
            ax.axhline(lines["rate"][name], color="C0", linewidth=0.8, label="country, simulated")
            ax.axhline(lines["published_rate"][name], color="C1", linewidth=1.2, linestyle="--", label="return")
            if ax is next(iter(grid.axes_dict.values())):
                ax.legend()
        else:
            ax.axhline(0.0, color=edge, linewidth=0.8, zorder=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel="", ylabel="")
    height = 0.9 + 1.7 * -(-len(there) // PER_LINE)
    finish_grid(grid, height, title, "Authorities, lowest first", unit)
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(measure_label(name)))
    return grid
