"""Figures of answers: what an outcome depends on, which policy is regretted, who would notice, what to find out."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns

from .style import (
    MARKERS,
    draw_intervals,
    finish_grid,
    key_label,
    name_rows,
    require_columns,
    rows_height,
    text,
    wrapped,
)

OF = "of"
"""Column that tells the facets apart, where there are several answers in one table."""


def dependence(table: pd.DataFrame) -> Any:
    """Indices of Sobol or effects of Morris of each variable, with their 95% intervals; a facet an outcome.

    Args:
        table: variable, index, value, low and high, as :mod:`~referral_sim.answers.sensitivity` gives them, and of.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    return _dots(table, "variable", "What the outcome depends on: values, and 95% intervals", hue="index")


def regret(table: pd.DataFrame) -> Any:
    """Mean and worst benefit and the largest regret of each policy over all futures; a facet a scenario.

    Args:
        table: scenario, policies, mean, worst and most_regret, as :func:`~referral_sim.answers.exploration.regrets`
            gives them.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    kinds = {"mean": "mean benefit", "worst": "worst benefit", "most_regret": "largest regret"}
    require_columns(table, "scenario", "policies", *kinds)
    rows = table.melt(["scenario", "policies"], list(kinds), var_name="index").replace({"index": kinds})
    rows = rows.assign(of=rows["scenario"], low=rows["value"], high=rows["value"])
    return _dots(rows, "policies", "Over all futures", hue="index")


def power(table: pd.DataFrame, wanted: float) -> Any:
    """Chance of each study to see an effect, with the interval that comes from not knowing it; a facet an effect.

    Args:
        table: of, design, chance, low and high, as :func:`~referral_sim.answers.study_power.study_table` gives them.
        wanted: chance, drawn as a line.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    grid = _dots(table.rename(columns={"chance": "value"}), "design", "Chance to see the effect, and its 90% interval")
    for ax in grid.axes_dict.values():
        ax.axvline(wanted, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, linestyle="--", zorder=0)
        ax.set_xlim(-0.02, 1.02)
    return grid


def information_value(table: pd.DataFrame, unit: str = "") -> Any:
    """What knowing each quantity would be worth, with two standard errors either way.

    Args:
        table: group, value and standard_error, as
            :func:`~referral_sim.answers.value_of_information.value_of_information` gives them.
        unit: of the values.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    reach = 2.0 * table["standard_error"]
    rows = table.assign(low=(table["value"] - reach).clip(lower=0.0), high=table["value"] + reach)
    return _dots(rows, "group", "What knowing it would be worth, and two standard errors either way", unit)


def costs(plane: pd.DataFrame, curve: pd.DataFrame, unit: str = "") -> Any:
    """The cost-effectiveness plane, a point a replicate, beside the acceptability curve of each policy.

    Args:
        plane: of, cost and avoided, as :func:`~referral_sim.answers.costs.costs_of` gives them.
        curve: of, worth and chance, from the same.
        unit: of the costs.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    require_columns(plane, OF, "cost", "avoided")
    require_columns(curve, OF, "worth", "chance")
    plane, curve = (one.assign(of=one[OF].map(text)) for one in (plane, curve))
    left = plane.rename(columns={"avoided": "x", "cost": "y"}).assign(what=f"{unit} a year, by days avoided a year")
    right = curve.rename(columns={"worth": "x", "chance": "y"}).assign(what=f"chance, by {unit} that a day is worth")
    both = pd.concat([left, right], ignore_index=True)
    order = list(dict.fromkeys(both[OF]))
    grid = sns.FacetGrid(both, col="what", sharex=False, sharey=False)
    first, second = grid.axes.flat
    sns.scatterplot(left, x="x", y="y", hue=OF, hue_order=order, style=OF, style_order=order, ax=first)
    sns.lineplot(right, x="x", y="y", hue=OF, hue_order=order, style=OF, style_order=order, errorbar=None, ax=second)
    for line in (first.axhline, first.axvline):
        line(0.0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, zorder=0)
    second.set_ylim(-0.02, 1.02)
    for ax in grid.axes.flat:
        ax.set(xlabel="", ylabel="")
    return finish_grid(grid, 3.2, "What it costs to avoid unmet need; and the chance that it is worth it")


def _dots(table: pd.DataFrame, rows: str, title: str, x: str = "", hue: str | None = None) -> Any:
    """A row a name: points at ``value`` and lines from ``low`` to ``high``; kinds of a row below each other."""
    require_columns(table, rows, "value", "low", "high", *([hue] if hue else []))
    table = table if OF in table else table.assign(of="")
    names = list(dict.fromkeys(table[rows]))
    kinds = list(dict.fromkeys(table[hue])) if hue else [""]
    steps = {kind: (n - (len(kinds) - 1) / 2) * 0.6 / max(len(kinds), 2) for n, kind in enumerate(kinds)}
    places = table[rows].map(names.index) + (table[hue].map(steps) if hue else 0.0)
    table = table.assign(y=places.astype(float))
    grid = sns.FacetGrid(table, col=OF, col_wrap=1, sharex=False, aspect=2.5)  # room for long names
    for name, ax in grid.axes_dict.items():
        mine = table[table[OF] == name]
        for number, kind in enumerate(kinds):
            part = mine if hue is None else mine[mine[hue] == kind]
            draw_intervals(ax, part, ("low", "high"), 1.2, color=f"C{number}")
        if hue is None:
            sns.scatterplot(mine, x="value", y="y", ax=ax)
        else:
            markers = list(MARKERS[: len(kinds)])
            sns.scatterplot(
                mine, x="value", y="y", hue=hue, hue_order=kinds, style=hue, style_order=kinds, markers=markers, ax=ax
            )
        ax.axvline(0.0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, zorder=0)
        name_rows(ax, [wrapped(key_label(one), 44) for one in names])
        ax.set(xlabel="", ylabel="")
    height = 0.7 + len(grid.axes_dict) * rows_height(1.6 * len(names), 0.5)
    finish_grid(grid, height, title, x)
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(name, 58))
    return grid
