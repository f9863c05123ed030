"""Figures of runs: rates beside published ones, the funnel, sources, series by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, MonthLocator
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ..measures.table import FUNNEL, WORKLOAD_LOOP, unit_of
from ..measures.wording import group_label, measure_label, series_label
from .style import (
    MARKERS,
    axes,
    draw_empty,
    draw_intervals,
    finish,
    finish_grid,
    hatch_bars,
    name_rows,
    require_columns,
    rows_height,
    text,
    wrapped,
)

_RECORDED_AND_TRUE = {"referral_source_recorded": "as recorded", "referral_source_true": "in truth"}


def profile(
    table: pd.DataFrame, measure: str = "referrals", order: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """A measure of several scenarios: mean and 90% band of simulated years, beside each published series.

    Args:
        table: columns scenario, measure, group, mean, low, high, and series and published (tuples), as
            :func:`~referral_sim.experiment.compare` gives them.
        measure: which measure of the whole authority.
        order: scenarios, from above.
        ax: where to draw.
    """
    require_columns(table, "scenario", "measure", "group", "mean", "low", "high", "series", "published")
    rows = table[(table["measure"] == measure) & (table["group"] == "all")]
    names = list(rows["scenario"] if order is None else order)
    rows = rows[rows["scenario"].isin(names)]
    rows = rows.assign(y=[float(names.index(n)) for n in rows["scenario"]])
    beside = rows.explode(["series", "published"]).dropna(subset="series").astype({"published": float})
    beside = beside.assign(y=beside["y"] + 0.3, series=[f"published, {series_label(s)}" for s in beside["series"]])
    drawn = axes(ax, rows_height(2.2 * len(names)))
    draw_intervals(drawn, rows, ("low", "high"), 9.0, color="C0", alpha=0.3)
    sns.scatterplot(rows, x="mean", y="y", s=36, label="simulated: mean, and 90% of years", ax=drawn)
    if series := beside["series"].nunique():
        sns.scatterplot(
            beside, x="published", y="y", hue="series", style="series", markers=list(MARKERS[1 : series + 1]), s=36,
            palette=sns.color_palette("Greys_r", series), edgecolor=mpl.rcParams["axes.edgecolor"], ax=drawn,
        )  # fmt: skip
    name_rows(drawn, [wrapped(n) for n in names])
    drawn.set_xlim(left=0)
    return finish(drawn, ax, f"{measure_label(measure)}: simulated beside published", unit_of(measure))


def funnel(table: pd.DataFrame, hue: str = "scenario", ax: Axes | None = None, **seaborn: Any) -> Axes:
    """From contact to registration: means over replicates, on a scale on which each tick is a like step.

    Args:
        table: columns scenario, measure, group, mean; one or more scenarios.
        hue: a column whose values get a line each.
        ax: where to draw.
        seaborn: for :func:`seaborn.lineplot`.
    """
    require_columns(table, hue, "measure", "group", "mean")
    rows = table[(table["group"] == "all") & table["measure"].isin(FUNNEL) & (table["mean"] > 0.0)]
    stages = [m for m in FUNNEL if m in set(rows["measure"])]
    rows = rows.assign(stage=rows["measure"].astype(str).map(stages.index), **{hue: rows[hue].map(text)})
    drawn = axes(ax, 3.4)
    if not stages:
        draw_empty(drawn)
        return finish(drawn, ax, "From contact to registration")
    asked = {"style": hue, "markers": True, "orient": "y", "estimator": None} | seaborn
    sns.lineplot(rows, x="mean", y="stage", hue=hue, ax=drawn, **asked)
    name_rows(drawn, [measure_label(m) for m in stages])
    drawn.set_xscale("log")
    drawn.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    drawn.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    drawn.xaxis.set_minor_formatter(NullFormatter())
    drawn.grid(axis="x", alpha=0.3, linewidth=0.5)
    unit = f"{unit_of('contacts')} (logarithmic scale)"
    return finish(drawn, ax, "From contact to registration", unit)


def sources(table: pd.DataFrame, most: int = 12, **seaborn: Any) -> Any:
    """Who brought referrals, as recorded and in truth; a facet a scenario.

    Args:
        table: columns measure, group, mean; measures ``referral_source_recorded`` and ``referral_source_true``. A
            column scenario, if there is one, tells several apart.
        most: how many sources, the largest first; a programme's are shown whatever their size.
        seaborn: for :func:`seaborn.catplot`, such as ``order`` (of the labels of groups) or ``col_wrap``.

    Returns:
        The grid.
    """
    require_columns(table, "measure", "group", "mean")
    by = [c for c in ("scenario",) if c in table.columns]
    rows = table[table["measure"].isin(_RECORDED_AND_TRUE)].astype({"measure": str, "group": str})
    wide = rows.pivot(index=[*by, "group"], columns="measure", values="mean")
    wide = wide.reindex(columns=list(_RECORDED_AND_TRUE)).fillna(0.0).rename(columns=_RECORDED_AND_TRUE)
    rows = wide.melt(ignore_index=False, var_name="kind", value_name="mean").reset_index()
    largest = rows.groupby("group")["mean"].max().sort_values(ascending=False, kind="stable").index
    shown = [g for place, g in enumerate(largest) if place < most or g == "source:sslp"]
    facets: dict[str, Any] = {}
    if by:
        scenarios = list(dict.fromkeys(table["scenario"]))
        facets = {"col": "scenario", "col_order": scenarios, "col_wrap": min(len(scenarios), 2)}
    grid = sns.catplot(
        rows.assign(source=rows["group"].map(group_label)), kind="bar", x="mean", y="source", hue="kind",
        **({"order": [group_label(g) for g in shown], "errorbar": None, "saturation": 1.0} | facets | seaborn),
    )  # fmt: skip
    hatch_bars(grid.figure)
    grid.set_axis_labels("", "")
    lines = -(-len(grid.axes.flat) // facets.get("col_wrap", 1))
    height = lines * rows_height(1.25 * len(shown), 0.6)
    return finish_grid(grid, height, "Sources of referral", "share of referrals")


def monthly(table: pd.DataFrame, measures: str | Sequence[str] = "referrals", **seaborn: Any) -> Any:
    """Measures month by month: middle and 90% band over the replicates; a facet a scenario, and a row a measure.

    Args:
        table: columns scenario, replicate, month, measure, group, value, unit, as ``monthly.parquet`` has them.
        measures: which measures of the whole authority; those that the table has not are left out.
        seaborn: for :func:`seaborn.relplot`: ``hue="scenario", col=None`` puts all into one facet, ``errorbar`` is of
            the replicates.

    Returns:
        The grid.
    """
    require_columns(table, "scenario", "replicate", "month", "measure", "group", "value", "unit")
    asked = [measures] if isinstance(measures, str) else list(measures)
    labels = {name: f"{measure_label(name)}, {unit_of(name)}" for name in asked}
    rows = table[(table["group"] == "all") & table["measure"].isin(asked)].astype({"measure": str})
    rows = rows.assign(
        month=pd.to_datetime(rows["month"].astype(str), format="%Y-%m"), measure=rows["measure"].map(labels)
    )
    there = [label for label in labels.values() if label in set(rows["measure"])]
    facets: dict[str, Any] = {"col": "scenario", "style": seaborn.get("hue"), "facet_kws": {"sharey": "row"}}
    if len(asked) > 1:
        facets |= {"row": "measure", "row_order": there}
    elif seaborn.get("col", "scenario"):
        facets |= {"col_wrap": 2, "facet_kws": {"sharey": False}}
    band = {"estimator": "median", "errorbar": ("pi", 90), "err_kws": {"linewidth": 0.0}}
    grid = sns.relplot(rows, kind="line", x="month", y="value", **(facets | band | seaborn))
    grid.set_axis_labels("", "")
    spread = "" if {"estimator", "errorbar"} & set(seaborn) else ": middle, and 90% of replicates"
    if len(asked) > 1:
        for ax, label in zip(grid.axes[:, 0], there, strict=True):
            ax.set_ylabel(wrapped(label, 20))
        finish_grid(grid, 0.7 + 1.25 * len(there), f"Month by month{spread}")
    else:
        unit = text(rows["unit"].iloc[0]) if len(rows) else ""
        lines = -(-len(grid.axes.flat) // 2)
        finish_grid(
            grid, 0.7 + 1.5 * lines if lines > 1 else 3.2, f"{measure_label(asked[0])} by month{spread}", y=unit
        )
        grid.set(ylim=(0, None))
    for ax in grid.axes.flat:  # as many months have their name as there is room for
        named = 1 if len(grid.figure.axes) > 6 else (1, 7)
        ax.xaxis.set_major_locator(MonthLocator(bymonth=named if rows["month"].nunique() > 12 else (1, 4, 7, 10)))
        ax.xaxis.set_minor_locator(MonthLocator(bymonth=(1, 4, 7, 10)))
        ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator(), show_offset=False))
    return grid


def workload_and_trust(table: pd.DataFrame, **seaborn: Any) -> Any:
    """Backlog, applied threshold and trust month by month, one below the other, scenarios side by side.

    Work that waits raises the threshold that teams apply, and refusals cost the trust of programme workers.

    Args:
        table: as for :func:`monthly`.
        seaborn: as for :func:`monthly`.
    """
    return monthly(table, WORKLOAD_LOOP, **seaborn)
