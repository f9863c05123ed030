"""Figures of runs, comparisons and sweeps: rates beside published ones, differences, responses, series by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, MonthLocator
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from ..experiment.responses import Response
from ..measures.frames import WARM_UP
from ..measures.key_measures import key_differences
from ..measures.table import FUNNEL, KEY_MEASURES, WORKLOAD_LOOP, Headings, unit_of
from ..measures.wording import (
    SummaryRow,
    digits_of_difference,
    full_label,
    group_label,
    measure_label,
    number,
    series_label,
    significant,
)
from .style import (
    GREY,
    MARKERS,
    add_heading,
    axes,
    draw_empty,
    draw_intervals,
    finish,
    finish_grid,
    hatch_bars,
    key_label,
    name_rows,
    require_columns,
    rows_height,
    text,
    wrapped,
)

_INTERVALS = ("low_50", "high_50", "low_90", "high_90")
_RECORDED_AND_TRUE = {"referral_source_recorded": "as recorded", "referral_source_true": "in truth"}


def profile(
    table: pd.DataFrame,
    measures: str | Sequence[str] = ("referrals", "registrations"),
    order: Sequence[str] | None = None,
    **seaborn: Any,
) -> sns.FacetGrid:
    """Measures of several scenarios: mean and 90% band of simulated years, beside each published series.

    Args:
        table: columns scenario, measure, group, mean, low, high, and series and published (tuples), as
            :func:`~referral_sim.experiment.authority_results.beside_published` gives all but the first.
        measures: which measures of the whole authority; a facet each.
        order: scenarios, from above.
        seaborn: for :class:`seaborn.FacetGrid`, such as ``col_wrap`` or ``sharex``.
    """
    require_columns(table, "scenario", "measure", "group", "mean", "low", "high", "series", "published")
    asked = [measures] if isinstance(measures, str) else list(measures)
    rows = table[table["measure"].isin(asked) & (table["group"] == "all")].astype({"measure": str})
    names = list(dict.fromkeys(rows["scenario"]) if order is None else order)
    rows = rows[rows["scenario"].isin(names)]
    rows = rows.assign(y=[float(names.index(n)) for n in rows["scenario"]], of=rows["measure"].map(measure_label))
    facets = {"col": "of", "col_order": [measure_label(m) for m in asked], "sharex": False} | seaborn
    grid = sns.FacetGrid(rows, **facets)
    beside = rows.explode(["series", "published"]).dropna(subset="series").astype({"published": float})
    beside = beside.assign(y=beside["y"] + 0.3, series=[f"published, {series_label(s)}" for s in beside["series"]])
    published = list(dict.fromkeys(beside["series"]))
    looks = {
        "hue_order": published, "style_order": published, "markers": list(MARKERS[1 : len(published) + 1]),
        "palette": sns.color_palette("Greys_r", len(published)), "edgecolor": mpl.rcParams["axes.edgecolor"],
    }  # fmt: skip
    for what, ax in grid.axes_dict.items():
        mine, known = (part[part["of"] == what] for part in (rows, beside))
        draw_intervals(ax, mine, ("low", "high"), 9.0, color="C0", alpha=0.3)
        sns.scatterplot(mine, x="mean", y="y", s=36, label="simulated: mean, and 90% of years", ax=ax)
        if len(known):
            sns.scatterplot(known, x="published", y="y", hue="series", style="series", s=36, ax=ax, **looks)
        name_rows(ax, [wrapped(n) for n in names])
        ax.set(xlabel="", ylabel="", xlim=(0, None))
    return finish_grid(
        grid,
        rows_height(2.2 * len(names), 1.3),
        "Simulated beside published" if published else "Simulated",
        unit_of(asked[0]),
    )


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


def monthly(
    table: pd.DataFrame,
    measures: str | Sequence[str] = "referrals",
    dates: Mapping[str, Iterable[dt.date]] | None = None,
    **seaborn: Any,
) -> Any:
    """Measures month by month: middle and 90% band over the replicates; a facet a scenario, and a row a measure.

    The warm-up is shaded and named.

    Args:
        table: columns scenario, replicate, month, year, measure, group, value, unit, as ``monthly.parquet`` has them.
        measures: which measures of the whole authority; those that the table has not are left out.
        dates: scenario -> the dates on which it becomes another (T3), each a dotted line in the scenario's facets.
        seaborn: for :func:`seaborn.relplot`: ``hue="scenario", col=None`` puts all into one facet, ``errorbar`` is of
            the replicates.

    Returns:
        The grid.
    """
    require_columns(table, "scenario", "replicate", "month", "year", "measure", "group", "value", "unit")
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
    for (row, column, _), part in grid.facet_data() if dates else ():
        for date in sorted({date for name in part["scenario"].unique() for date in (dates or {}).get(str(name), ())}):
            drawn = grid.facet_axis(row, column, modify_state=False)
            drawn.axvline(pd.Timestamp(date), color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, linestyle=":")
    facets_of = grid.axes_dict or dict.fromkeys([""], grid.axes.flat[0])
    for key, ax in facets_of.items():
        _shade_warm_up(ax, rows, key[1] if isinstance(key, tuple) else key)
    for ax in grid.axes.flat:  # as many months have their name as there is room for
        named = 1 if len(grid.figure.axes) > 6 else (1, 7)
        ax.xaxis.set_major_locator(MonthLocator(bymonth=named if rows["month"].nunique() > 12 else (1, 4, 7, 10)))
        ax.xaxis.set_minor_locator(MonthLocator(bymonth=(1, 4, 7, 10)))
        ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator(), show_offset=False))
    return grid


def _shade_warm_up(ax: Axes, rows: pd.DataFrame, scenario: str) -> None:
    """Shade and name the months before the first reporting year, of one scenario or of all that share the facet."""
    mine = rows[rows["scenario"] == scenario] if (rows["scenario"] == scenario).any() else rows
    warm_up = mine["year"] == WARM_UP
    if not warm_up.any():
        return
    begins, ends = mine.loc[warm_up, "month"].min(), mine.loc[~warm_up, "month"].min()
    ax.axvspan(begins, ends, color=GREY, alpha=0.25, linewidth=0.0, zorder=0)
    size = mpl.rcParams["ytick.labelsize"]
    ax.text(begins, 0.97, " warm-up", fontsize=size, va="top", transform=ax.get_xaxis_transform())


def workload_and_trust(
    table: pd.DataFrame, dates: Mapping[str, Iterable[dt.date]] | None = None, **seaborn: Any
) -> Any:
    """Backlog, applied threshold and trust month by month, one below the other, scenarios side by side.

    Work that waits raises the threshold that teams apply, and refusals cost the trust of programme workers.

    Args:
        table: as for :func:`monthly`.
        dates: as for :func:`monthly`.
        seaborn: as for :func:`monthly`.
    """
    return monthly(table, WORKLOAD_LOOP, dates, **seaborn)


def differences(table: pd.DataFrame, measures: Headings = KEY_MEASURES, hue: str | None = None) -> sns.FacetGrid:
    """Paired differences with their 50% (thick) and 90% (thin) intervals, a facet for each unit.

    Args:
        table: columns measure, group, base, value, n, difference, standard_error, low_50, high_50, low_90 and high_90
            of one scenario, as ``summary.parquet`` of a comparison has them.
        measures: heading (the unit) -> measures and groups below it. What never happens in both scenarios is left out.
        hue: a column whose values get lines of their own below each other, such as ``scenario`` where the table holds
            several. Without it, means and intervals are written beside the lines.
    """
    asked = [hue] if hue else []
    require_columns(
        table, "measure", "group", "base", "value", "n", "difference", "standard_error", *_INTERVALS, *asked
    )
    names = [text(name) for name in dict.fromkeys(table[hue])] if hue else [""]
    parts = [part for _, part in table.groupby(hue, sort=False, observed=True)] if hue else [table]
    found = [
        {**row, "unit": unit, "label": wrapped(full_label(row["measure"], row["group"]), 46), "hue": name}
        for name, part in zip(names, parts, strict=True)
        for unit, rows in key_differences(part, measures)
        for row in rows
    ]
    rows = pd.DataFrame(found or [{"unit": "", "label": ""}])
    labels = {unit: list(dict.fromkeys(part["label"])) for unit, part in rows.groupby("unit", sort=False)}
    labels = {unit: labels[unit] for unit in [*measures, ""] if unit in labels}
    lines = {unit: len(of_unit) * (1.0 + 0.6 * (len(names) - 1)) for unit, of_unit in labels.items()}
    grid = sns.FacetGrid(
        rows, row="unit", row_order=labels, sharex=False, sharey=False,
        gridspec_kws={"height_ratios": [n + 0.6 for n in lines.values()]},
    )  # fmt: skip
    for unit, ax in grid.axes_dict.items():
        if not found:
            draw_empty(ax)
            continue
        mine = rows[rows["unit"] == unit]
        shifts = {name: 0.7 * ((place + 0.5) / len(names) - 0.5) for place, name in enumerate(names)}
        mine = mine.assign(y=mine["label"].map(labels[unit].index) + mine["hue"].map(shifts))
        for place, name in enumerate(names):
            _draw_differences(mine[mine["hue"] == name], ax, f"C{place}", MARKERS[place % len(MARKERS)], name)
        if hue is None:
            _write_differences(mine, ax)
        ax.axvline(0.0, color=mpl.rcParams["axes.edgecolor"], linewidth=0.8, linestyle="--", zorder=0)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.set(xlabel="", ylabel="")
        name_rows(ax, labels[unit])
    if hue is not None and found:
        next(iter(grid.axes_dict.values())).legend()
    return finish_grid(grid, rows_height(sum(lines.values()) + 2.6 * len(labels), 0.3), "Paired differences of years")


def _draw_differences(rows: pd.DataFrame, ax: Axes, colour: str, marker: str, name: str) -> None:
    draw_intervals(ax, rows, ("low_90", "high_90"), 1.2, color=colour)
    draw_intervals(ax, rows, ("low_50", "high_50"), 4.5, color=colour)
    sns.scatterplot(
        rows, x="difference", y="y", color="white", edgecolor=colour, marker=marker, s=25, linewidth=0.8, zorder=3,
        label=name or None, legend=False, ax=ax,
    )  # fmt: skip


def _write_differences(rows: pd.DataFrame, ax: Axes) -> None:
    size, beside = mpl.rcParams["ytick.labelsize"], ax.get_yaxis_transform()
    for row in rows.to_dict("records"):
        ax.text(1.02, row["y"], _in_figures(row), fontsize=size, va="center", transform=beside)


def _in_figures(row: SummaryRow) -> str:
    """Mean and 90% interval, with the digits of the console's table."""
    mean, low, high = (number(row[c], digits_of_difference(row), True) for c in ("difference", "low_90", "high_90"))
    return f"{mean} ({low} to {high})"


def response(
    table: pd.DataFrame, levers: Sequence[str] = (), outcome: str = "outcome", **seaborn: Any
) -> sns.FacetGrid:
    """What an outcome does along one lever (mean and 90% of runs), or over two (means, as a heat map).

    Args:
        table: one row a run: columns of the levers, value, and what ``seaborn`` names.
        levers: one or two columns, keys of a scenario. At each of their values all else must be the same: means over
            runs that differ in other ways too say nothing of the lever.
        outcome: what the value is, with its unit.
        seaborn: with one lever for :func:`seaborn.relplot`, such as ``hue``, ``col``, ``errorbar`` or, for points
            without a line, ``kind="scatter"``; with two, ``col`` gives a heat map to each of its values, and the rest
            is for :func:`seaborn.heatmap`.

    Raises:
        ValueError: for none, or more than two levers.
    """
    named = [name for name in (seaborn.get("hue"), seaborn.get("col")) if name]
    require_columns(table, "value", *levers, *named)
    if len(levers) not in (1, 2):
        raise ValueError(f"give one lever or two, not {len(levers)}")
    table = table.assign(**{name: table[name].map(text) for name in named})
    if len(levers) == 2:
        return _heat_maps(table, levers, outcome, **seaborn)
    kind = seaborn.get("kind", "line")
    lines = {"errorbar": ("pi", 90), "err_kws": {"linewidth": 0.0}, "style": seaborn.get("hue")}
    lines |= {"markers": True} if "hue" in seaborn else {"marker": "o"}
    grid = sns.relplot(table, x=levers[0], y="value", **((lines if kind == "line" else {}) | {"kind": kind} | seaborn))
    grid.set_axis_labels("", "")
    spread = ": mean, and 90% of runs" if kind == "line" and "errorbar" not in seaborn else ""
    return finish_grid(grid, 3.2, f"Response{spread}", wrapped(key_label(levers[0]), 70), wrapped(outcome, 34))


def response_of(one: Response, titles: Mapping[str, str] | None = None, **options: Any) -> sns.FacetGrid:
    """A response of a sweep, under the name of its measure: a line or a heat map for each case, or a point a run.

    Args:
        one: what to draw.
        titles: case -> what it is called, where that is not its name.
        options: as :func:`response` takes them.
    """
    cases = one.runs.assign(case=[(titles or {}).get(case, case) for case in one.runs["case"]])
    looks = {"col" if len(one.levers) == 2 else "hue": "case"} if cases["case"].nunique() > 1 else {}
    if not one.crossed:
        looks["kind"] = "scatter"
    label = measure_label(one.measure)
    found = response(cases, one.levers, f"{label}, {one.unit}", **(looks | options))
    grid: sns.FacetGrid = add_heading(found, ", ".join(filter(None, [label, one.year])))
    return grid


def _heat_maps(
    table: pd.DataFrame, levers: Sequence[str], outcome: str, col: str | None = None, **seaborn: Any
) -> sns.FacetGrid:
    grid = sns.FacetGrid(table, col=col, col_wrap=2 if col else None, sharex=False, sharey=False)
    parts = table.groupby(col, sort=False) if col else [("", table)]
    means = {name: part.pivot_table(values="value", index=levers[0], columns=levers[1]) for name, part in parts}
    asked = {
        "fmt": "", "cmap": mpl.rcParams["image.cmap"], "cbar": False,
        "vmin": min(float(part.to_numpy().min()) for part in means.values()),
        "vmax": max(float(part.to_numpy().max()) for part in means.values()),
    } | seaborn  # fmt: skip
    for ax, part in zip(grid.axes.flat, means.values(), strict=True):
        drawn = part.rename(index="{:g}".format, columns="{:g}".format).iloc[::-1]
        sns.heatmap(drawn, ax=ax, **({"annot": drawn.map(significant)} | asked))
        ax.tick_params(rotation=0)
        ax.set(xlabel="", ylabel="")
    x, y = wrapped(key_label(levers[1]), 36 if col else 70), wrapped(key_label(levers[0]), 32)
    height = 0.8 + 2.4 * -(-len(means) // (2 if col else 1))
    return finish_grid(grid, height, wrapped(f"{outcome}: means of runs", 90), x, y)
