"""Figures of runs: rates beside published ones, the funnel, sources, series by month, the workload loop."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from ..measures.table import unit_of
from ..measures.wording import group_label, measure_label, series_label
from .style import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    ORANGE,
    axes,
    legend,
    months,
    named,
    need,
    nothing,
    panels,
    text,
    wrapped,
)  # fmt: skip

FUNNEL = (
    "contacts", "referrals", "initial_assessments", "core_assessments", "section_47_enquiries", "conferences",
    "registrations",
)  # fmt: skip
LOOP = ("backlog_days", "applied_threshold", "trust_sslp")
_PUBLISHED = (("D", ORANGE), ("^", "white"), ("s", GREY), ("v", BLACK))
_TWO = ("referral_source_recorded", "referral_source_true")


def profile(table: pd.DataFrame, ax: Axes | None = None, measure: str = "referrals") -> Axes:
    """A measure of several scenarios: mean and 90% band of simulated years, beside each published series.

    Args:
        table: columns scenario, measure, group, mean, low, high, and series and published (tuples), as
            :func:`~referral_sim.experiment.compare` gives them.
        ax: where to draw; a new figure if not given.
        measure: which measure of the whole authority.
    """
    need(table, "scenario", "measure", "group", "mean", "low", "high", "series", "published")
    rows = table[(table["measure"] == measure) & (table["group"] == "all")].to_dict("records")
    ax = axes(ax, 1.3 + 0.45 * len(rows))
    seen: list[str] = []
    for place, row in enumerate(rows):
        label = "simulated: mean, and 90% of years" if place == 0 else None
        ax.barh([place], [row["high"] - row["low"]], 0.36, row["low"], color=BLUE, alpha=0.3, linewidth=0)
        ax.plot([row["mean"]], [place], "o", color=BLUE, markersize=6, label=label, linestyle="none")
        for series, value in zip(row["series"], row["published"], strict=True):
            new = None if series in seen else f"published, {series_label(series)}"
            seen += [] if series in seen else [series]
            marker, colour = _PUBLISHED[seen.index(series) % len(_PUBLISHED)]
            ax.plot(
                [value], [place + 0.3], marker, color=colour, markeredgecolor=BLACK, linestyle="none", label=new,
                markersize=6,
            )  # fmt: skip
    ax.set_yticks(range(len(rows)), [wrapped(row["scenario"]) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left=0)
    named(ax, f"{measure_label(measure)}: simulated beside published", unit_of(measure), "")
    legend(ax)
    return ax


def funnel(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """From contact to registration: means over replicates, on a scale on which each tick is a like step.

    Args:
        table: columns scenario, measure, group, mean; one or more scenarios.
        ax: where to draw.
    """
    need(table, "scenario", "measure", "group", "mean")
    ax = axes(ax, 3.4)
    whole = table[table["group"] == "all"]
    there = set(whole.loc[whole["mean"] > 0.0, "measure"].astype(str))
    stages = [m for m in FUNNEL if m in there]
    for number, (name, part) in enumerate(whole.groupby("scenario", sort=False, observed=True)):
        by = part.astype({"measure": str}).set_index("measure")["mean"]
        mine = [m for m in stages if m in by.index and by[m] > 0.0]
        ax.plot(
            [by[m] for m in mine], [stages.index(m) for m in mine], marker=MARKERS[number % 6],
            linestyle=LINES[number % 4], color=COLOURS[number % 6], label=text(name), markersize=5, linewidth=1.2,
        )  # fmt: skip
    named(ax, "From contact to registration", f"{unit_of('contacts')} (logarithmic scale)")
    if not stages:
        return nothing(ax)
    ax.set_yticks(range(len(stages)), [measure_label(m) for m in stages])
    ax.set_ylim(len(stages) - 0.6, -0.4)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="x", color=GREY, alpha=0.3, linewidth=0.5)
    legend(ax)
    return ax


def sources(table: pd.DataFrame, ax: Axes | None = None, most: int = 12) -> Axes:
    """Who brought referrals, as recorded and in truth, of one scenario.

    Args:
        table: columns measure, group, mean; measures ``referral_source_recorded`` and ``referral_source_true``.
        ax: where to draw.
        most: how many sources, the largest first; a programme's are shown whatever their size.
    """
    need(table, "measure", "group", "mean")
    wide = table[table["measure"].isin(_TWO)].astype({"measure": str, "group": str})
    wide = wide.pivot(index="group", columns="measure", values="mean").reindex(columns=list(_TWO)).fillna(0.0)
    order = wide.max(axis=1).sort_values(ascending=False, kind="stable").index
    kept = list(order[:most])
    kept += [g for g in ("source:sslp",) if g in order and g not in kept]
    wide = wide.loc[kept]
    ax = axes(ax, 1.2 + 0.27 * len(wide))
    if wide.empty:
        named(ax, "Sources of referral")
        return nothing(ax)
    for shift, (name, colour, hatch, label) in enumerate(
        zip(_TWO, (BLUE, ORANGE), ("", "////"), ("as recorded", "in truth"), strict=True)
    ):
        places = [i + 0.4 * shift - 0.2 for i in range(len(wide))]
        ax.barh(places, wide[name], 0.38, color=colour, hatch=hatch, edgecolor=BLACK, linewidth=0.4, label=label)
    ax.set_yticks(range(len(wide)), [wrapped(group_label(g), 40) for g in wide.index])
    ax.set_ylim(len(wide) - 0.5, -0.5)
    named(ax, "Sources of referral", "share of referrals", "")
    legend(ax)
    return ax


def monthly(table: pd.DataFrame, ax: Axes | None = None, measure: str = "referrals") -> Axes:
    """A measure month by month: middle and 90% band over the replicates, a line a scenario.

    Args:
        table: columns scenario, replicate, month, measure, group, value, unit, as ``monthly.parquet`` has them.
        ax: where to draw.
        measure: which measure of the whole authority.
    """
    need(table, "scenario", "replicate", "month", "measure", "group", "value", "unit")
    ax = axes(ax, 3.2)
    rows = table[(table["measure"] == measure) & (table["group"] == "all")]
    for number, (name, part) in enumerate(rows.groupby("scenario", sort=False, observed=True)):
        _band(ax, part, COLOURS[number % 6], LINES[number % 4], text(name))
    unit = str(rows["unit"].iloc[0]) if len(rows) else ""
    ax.set_ylim(bottom=0)
    named(ax, f"{measure_label(measure)} by month: middle, and 90% of replicates", "", text(unit))
    legend(ax)
    return ax


def loop(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Backlog, applied threshold and trust of one scenario month by month, one below the other.

    Work that waits raises the threshold that teams apply, and refusals cost the trust of programme workers.

    Args:
        table: as for :func:`monthly`.
        ax: where to draw; it holds a panel for each of the three that the table has.
    """
    need(table, "replicate", "month", "measure", "group", "value", "unit")
    rows = table[(table["group"] == "all") & table["measure"].isin(LOOP)].astype({"measure": str})
    there = [name for name in LOOP if name in set(rows["measure"])]
    ax = axes(ax, 1.0 + 1.15 * len(there))
    for number, (name, panel) in enumerate(zip(there, panels(ax, [1.0] * len(there), 0.38), strict=True)):
        _band(panel, rows[rows["measure"] == name], COLOURS[number], LINES[number], "")
        panel.set_title(f"{measure_label(name)}, {unit_of(name)}", fontsize=8, loc="left")
        panel.margins(y=0.15)
        if number < len(there) - 1:
            panel.tick_params(labelbottom=False)
    named(ax, "Backlog, threshold and trust by month: middle, and 90% of replicates")
    return ax


def _band(ax: Axes, part: pd.DataFrame, colour: str, line: str, label: str) -> None:
    wide = part.pivot(index="month", columns="replicate", values="value").sort_index()
    ends = wide.quantile([0.05, 0.5, 0.95], axis=1)
    x = range(len(wide))
    ax.fill_between(x, ends.loc[0.05], ends.loc[0.95], color=colour, alpha=0.18, linewidth=0)
    ax.plot(x, ends.loc[0.5], color=colour, linestyle=line, label=label or None, linewidth=1.4)
    months(ax, list(wide.index))
