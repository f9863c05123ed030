"""Figures of a calibration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from ..measures.table import MEASURES
from ..measures.wording import group_label, measure_label, series_label
from .style import (
    GREY,
    MARKERS,
    axes,
    draw_intervals,
    finish,
    finish_grid,
    key_label,
    name_rows,
    require_columns,
    rows_height,
    text,
    wrapped,
)

_TARGET = re.compile(r"(.*): (\w+)(?:/([^()]+))?(?: \((.*)\))?")
"""Scenario, measure, group and series of a target's name."""
_ENDS = ("posterior_low", "posterior_mid", "posterior_high")


def posteriors(tables: Mapping[str, pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Posterior intervals within those of the prior, a row a parameter; two answers below each other.

    Each row runs from the lower to the upper end of the prior's 90% interval, so that parameters of any unit stand
    beside each other; values in their units are in the table, and in :func:`densities`.

    Args:
        tables: name of the answer -> columns parameter, prior_low, prior_high, posterior_low, posterior_mid,
            posterior_high (90% intervals), as ``tables/parameters.csv`` has them.
        ax: where to draw.
    """
    names = next(iter(tables.values()))["parameter"]
    step, parts, drawn = 0.36 / max(len(tables) - 1, 1), [], axes(ax, rows_height(1.9 * len(names)))
    drawn.barh(range(len(names)), 1.0, 0.72, color=GREY, alpha=0.25, linewidth=0, label="prior, 90%")
    for number, (method, table) in enumerate(tables.items()):
        require_columns(table, "parameter", "prior_low", "prior_high", *_ENDS)
        rows = table.set_index("parameter").reindex(names)
        places = {c: (rows[c] - rows["prior_low"]) / (rows["prior_high"] - rows["prior_low"]) for c in _ENDS}
        shift = number * step - 0.18 if len(tables) > 1 else 0.0
        rows = pd.DataFrame(places).assign(y=[i + shift for i in range(len(names))])
        draw_intervals(drawn, rows, ("posterior_low", "posterior_high"), 1.8, color=f"C{number}")
        parts.append(rows.assign(method=f"{text(method)}: middle, and 90%"))
    markers = list(MARKERS[: len(tables)])
    sns.scatterplot(
        pd.concat(parts), x="posterior_mid", y="y", hue="method", style="method", markers=markers, ax=drawn
    )  # fmt: skip
    name_rows(drawn, [wrapped(key_label(n), 60) for n in names])
    drawn.set_xticks([0.0, 0.5, 1.0], ["lower end", "middle", "upper end"])
    return finish(drawn, ax, "What the figures leave of the priors", "place within the prior's 90% interval")


def densities(draws: pd.DataFrame, prior: pd.DataFrame | None = None, order: Sequence[str] | None = None) -> Any:
    """Density of each parameter's draws, with the prior's behind it; a facet a parameter.

    Args:
        draws: one column a parameter, one row a draw of the posterior, as ``draws.parquet`` has them.
        prior: values of the prior in the same columns, as ``tables/prior.csv`` has them.
        order: parameters, in the order of the facets; all columns of ``draws`` if not given.

    Returns:
        The grid.
    """
    names = [c for c in draws.columns if c != "draw"] if order is None else list(order)
    require_columns(draws, *names)
    grid = sns.FacetGrid(draws[names].melt(var_name="of"), col="of", col_wrap=3, sharex=False, sharey=False)
    for name, ax in grid.axes_dict.items():
        if prior is not None:
            sns.kdeplot(prior[name], color=GREY, fill=True, cut=0, gridsize=80, linewidth=0.0, label="prior", ax=ax)
        sns.kdeplot(draws[name], cut=0, gridsize=80, label="posterior", ax=ax)
        ax.set(xlabel="", ylabel="", yticks=[])
        ax.legend()
    finish_grid(
        grid, 0.6 + 1.25 * -(-len(names) // 3), "What the figures say of each parameter", "in its unit", "density"
    )
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(key_label(name), 36), fontsize=mpl.rcParams["ytick.labelsize"])
    return grid


def pairs(draws: pd.DataFrame, parameters: Sequence[str], **seaborn: Any) -> Any:
    """Parameters two by two: contours of their joint density, and each one's own on the diagonal.

    Args:
        draws: one column a parameter, one row a draw, as ``draws.parquet`` has them.
        parameters: which, some four or five.
        seaborn: for :func:`seaborn.pairplot`, such as ``hue`` or ``kind``.

    Returns:
        The grid.
    """
    require_columns(draws, *parameters)
    names = {name: wrapped(key_label(name), 24) for name in parameters}
    asked = {"kind": "kde", "diag_kind": "kde", "corner": True, "plot_kws": {"levels": 5, "cut": 0}} | seaborn
    grid = sns.pairplot(draws.rename(columns=names), vars=list(names.values()), diag_kws={"cut": 0}, **asked)
    return finish_grid(grid, 0.95 * mpl.rcParams["figure.figsize"][0], "Parameters two by two")


def contraction(table: pd.DataFrame, ax: Axes | None = None, **seaborn: Any) -> Axes:
    """How much the published figures say about each parameter, most first.

    Args:
        table: columns parameter and contraction, as ``tables/parameters.csv`` has them.
        ax: where to draw.
        seaborn: for :func:`seaborn.barplot`.
    """
    require_columns(table, "parameter", "contraction")
    rows = table.sort_values("contraction", ascending=False, kind="stable")
    rows = rows.assign(
        parameter=[wrapped(key_label(n), 60) for n in rows["parameter"]],
        contraction=rows["contraction"].clip(lower=0.0),
    )
    drawn = axes(ax, rows_height(1.6 * len(rows)))
    sns.barplot(rows, x="contraction", y="parameter", ax=drawn, **({"saturation": 1.0} | seaborn))
    drawn.set_xlim(0.0, 1.0)
    return finish(drawn, ax, "What the figures say about each parameter", "contraction (0: nothing, 1: all)")


def predictions(table: pd.DataFrame) -> sns.FacetGrid:
    """Predictions beside the published figures: middle and 90% interval, a facet a measure or unit.

    Args:
        table: columns target, measure, role, published, low, mid and high, as ``tables/predictions.csv`` has them.

    Returns:
        The grid.
    """
    require_columns(table, "target", "measure", "role", "published", "low", "mid", "high")
    several = table["measure"].map(table["measure"].value_counts()) > 1
    facet = table["measure"].map(measure_label).where(several, table["measure"].map(_unit))
    rows = table.assign(facet=facet, role=table["role"].replace({"fit": "fitted to", "held-out": "held out"}))
    counts = rows.groupby("facet", sort=False).size()
    rows = rows.assign(y=rows.groupby("facet").cumcount())
    grid = sns.FacetGrid(
        rows, row="facet", row_order=counts.index, sharex=False, sharey=False,
        gridspec_kws={"height_ratios": [n + 0.6 for n in counts]},
    )  # fmt: skip
    for name, ax in grid.axes_dict.items():
        mine = rows[rows["facet"] == name]
        for place, role in enumerate(("fitted to", "held out")):
            part, label = mine[mine["role"] == role], f"predicted, {role}: middle, and 90%"
            draw_intervals(ax, part, ("low", "high"), 4.5, color=f"C{place}", alpha=0.4)
            sns.scatterplot(part, x="mid", y="y", color=f"C{place}", marker=MARKERS[place], label=label, ax=ax)
        sns.scatterplot(
            mine, x="published", y="y", color="black", marker="|", s=70, linewidth=2, label="published", ax=ax
        )
        name_rows(ax, [_target(target, what=not several[place]) for place, target in mine["target"].items()])
        ax.set(xlabel="", ylabel="")
    height = rows_height(len(rows) + 2.2 * len(counts), 0.6)
    finish_grid(grid, height, "Predictions beside the published figures")
    for name, ax in grid.axes_dict.items():
        ax.set_title(wrapped(name, 40))
    return grid


def _unit(measure: str) -> str:
    unit = MEASURES[measure].unit if measure in MEASURES else ""
    return unit[:1].upper() + unit[1:]


def _target(name: object, what: bool = True) -> str:
    """A target in plain words: "midtown: referrals (graph_6_1)" gives "midtown: Referrals (Graph 6.1)".

    Without ``what`` the measure is left out, and a group stays.
    """
    found = _TARGET.fullmatch(str(name))
    if found is None:
        return str(name)
    scenario, measure, group, series = found.groups()
    of = group_label(group) if group else measure_label(measure) if what else ""
    return ": ".join(filter(None, [scenario, of])) + (f" ({series_label(series)})" if series else "")


def coverage(table: pd.DataFrame, ax: Axes | None = None, **seaborn: Any) -> Axes:
    """Coverage of central intervals on simulated figures against their level.

    Args:
        table: columns level and coverage, as ``tables/coverage.csv`` has them.
        ax: where to draw.
        seaborn: for :func:`seaborn.lineplot`.
    """
    require_columns(table, "level", "coverage")
    drawn = axes(ax, 3.6)
    drawn.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="as it should be")
    asked = {"marker": "o", "label": "simulated figures"} | seaborn
    sns.lineplot(table, x="level", y="coverage", ax=drawn, **asked)
    drawn.set(xlim=(0, 1), ylim=(0, 1))
    title, y = "Coverage of the posterior's intervals", "share of true values inside"
    return finish(drawn, ax, title, "level of the interval", y)


def ridges(table: pd.DataFrame, most: int = 20, ax: Axes | None = None, **seaborn: Any) -> Axes:
    """Pairs of parameters that the figures tell apart only together, strongest first.

    Args:
        table: columns one, other and correlation (of ranks, over the draws), as ``tables/ridges.csv`` has them.
        most: how many pairs.
        ax: where to draw.
        seaborn: for :func:`seaborn.barplot`.
    """
    require_columns(table, "one", "other", "correlation")
    rows = table.sort_values("correlation", key=lambda c: -c.abs(), kind="stable").head(most)
    rows = rows.assign(
        pair=[
            "\n".join(wrapped(key_label(n), 60) for n in both) for both in zip(rows["one"], rows["other"], strict=True)
        ]
    )
    drawn = axes(ax, rows_height(2.6 * len(rows)))
    sns.barplot(rows, x="correlation", y="pair", ax=drawn, **({"saturation": 1.0, "width": 0.6} | seaborn))
    drawn.axvline(0.0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8)
    drawn.set_xlim(-1.0, 1.0)
    return finish(drawn, ax, "Parameters told apart only together", "rank correlation over the draws")


def sensitivity(table: pd.DataFrame, most: float = 10.0, ax: Axes | None = None, **seaborn: Any) -> Axes:
    """How much each parameter moves each published figure over the prior's range, as a heat map.

    Args:
        table: columns target, parameter and in_sd (mean absolute effect, in standard deviations of the figure), as
            ``tables/sensitivity.csv`` has them.
        most: effects of this size and more have one colour.
        ax: where to draw.
        seaborn: for :func:`seaborn.heatmap`.
    """
    require_columns(table, "target", "parameter", "in_sd")
    wide = table.pivot(index="target", columns="parameter", values="in_sd").clip(upper=most)
    wide = wide.reindex(list(dict.fromkeys(table["target"])))[list(dict.fromkeys(table["parameter"]))]
    wide = wide.rename(
        index=lambda name: wrapped(_target(name), 40), columns=lambda name: wrapped(key_label(name), 60)
    ).T
    key = {"label": "standard deviations of the figure", "location": "top", "extend": "max", "shrink": 0.5}
    asked = {"vmin": 0.0, "vmax": most, "cmap": mpl.rcParams["image.cmap"], "cbar_kws": key} | seaborn
    drawn = axes(ax, rows_height(1.6 * len(wide), 3.4))
    sns.heatmap(wide, xticklabels=True, yticklabels=True, ax=drawn, **asked)
    drawn.tick_params(labelsize=mpl.rcParams["ytick.labelsize"] - 1.5)
    drawn.set_xticks(drawn.get_xticks(), list(wide.columns), rotation=60, ha="right", rotation_mode="anchor")
    return finish(drawn, ax, "Sensitivity of the figures")
