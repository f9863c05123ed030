"""Figures of runs: rates beside published ones, the funnel, sources, series by month, the workload loop."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ..measures.names import unit_of
from ..results.labels import group_label, measure_label, series_label
from .style import BLACK, BLUE, COLOURS, LINES, MARKERS, ORANGE, axes, legend, named, need

FUNNEL = (
    "contacts", "referrals", "initial_assessments", "core_assessments", "section_47_enquiries", "conferences",
    "registrations",
)  # fmt: skip
LOOP = ("backlog_days", "applied_threshold", "trust_sslp")


def profile(table: pd.DataFrame, ax: Axes | None = None, measure: str = "referrals") -> Axes:
    """A measure of several scenarios, simulated beside published.

    Args:
        table: columns scenario, measure, group, mean, low, high, and series and published (tuples), as
            :func:`~referral_sim.comparison.compare` gives them.
        ax: where to draw; a new figure if not given.
        measure: which measure of the whole authority.
    """
    need(table, "scenario", "measure", "group", "mean", "low", "high", "series", "published")
    ax = axes(ax)
    rows = table[(table["measure"] == measure) & (table["group"] == "all")].to_dict("records")
    seen: list[str] = []
    for place, row in enumerate(rows):
        off = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        label = "simulated, 90% of years" if place == 0 else None
        ax.errorbar([row["mean"]], [place], xerr=off, fmt="o", color=BLUE, capsize=4, label=label)
        for series, value in zip(row["series"], row["published"], strict=True):
            label = None if series in seen else f"published, {series_label(series)}"
            seen += [] if series in seen else [series]
            marker = MARKERS[1 + seen.index(series) % 5]
            ax.plot([value], [place + 0.2], marker, color=ORANGE, markeredgecolor=BLACK, linestyle="none", label=label)
    ax.set_yticks(range(len(rows)), [str(row["scenario"]) for row in rows])
    ax.invert_yaxis()
    ax.set_xlim(left=0)
    named(ax, f"{measure_label(measure)}: simulated beside published", unit_of(measure), "")
    legend(ax)
    return ax


def funnel(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """From contact to registration: means over replicates, on a scale of powers of ten.

    Args:
        table: columns scenario, measure, group, mean; one or more scenarios.
        ax: where to draw.
    """
    need(table, "scenario", "measure", "group", "mean")
    ax = axes(ax)
    whole = table[table["group"] == "all"]
    for number, (name, part) in enumerate(whole.groupby("scenario", sort=False, observed=True)):
        by = part.set_index("measure")["mean"]
        stages = [m for m in FUNNEL if m in by.index]
        ax.plot(
            [by[m] for m in stages], range(len(stages)), marker=MARKERS[number % 6], linestyle=LINES[number % 4],
            color=COLOURS[number % 6], label=str(name),
        )  # fmt: skip
        ax.set_yticks(range(len(stages)), [measure_label(m) for m in stages])
    ax.set_xscale("log")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()
    named(ax, "From contact to registration", unit_of("contacts"), "")
    legend(ax)
    return ax


def sources(table: pd.DataFrame, ax: Axes | None = None, most: int = 12) -> Axes:
    """Who brought referrals, as recorded and in truth, of one scenario.

    Args:
        table: columns measure, group, mean; measures ``referral_source_recorded`` and ``referral_source_true``.
        ax: where to draw.
        most: how many sources, the largest first.
    """
    need(table, "measure", "group", "mean")
    ax = axes(ax, 4.2)
    wide = table[table["measure"].isin(["referral_source_recorded", "referral_source_true"])]
    wide = wide.astype({"measure": str, "group": str})
    wide = wide.pivot(index="group", columns="measure", values="mean").fillna(0.0)
    wide = wide.loc[wide.max(axis=1).sort_values(ascending=False).index[:most]]
    for shift, (name, colour, hatch, label) in enumerate(
        (("referral_source_recorded", BLUE, "", "as recorded"), ("referral_source_true", ORANGE, "///", "in truth"))
    ):
        places = [i + 0.4 * shift - 0.2 for i in range(len(wide))]
        ax.barh(places, wide[name], 0.38, color=colour, hatch=hatch, edgecolor=BLACK, linewidth=0.4, label=label)
    ax.set_yticks(range(len(wide)), [group_label(g) for g in wide.index])
    ax.invert_yaxis()
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
    ax = axes(ax)
    rows = table[(table["measure"] == measure) & (table["group"] == "all")]
    for number, (name, part) in enumerate(rows.groupby("scenario", sort=False, observed=True)):
        wide = part.pivot(index="month", columns="replicate", values="value").sort_index()
        ends = wide.quantile([0.05, 0.5, 0.95], axis=1)
        x = range(len(wide))
        colour = COLOURS[number % 6]
        ax.fill_between(x, ends.loc[0.05], ends.loc[0.95], color=colour, alpha=0.18, linewidth=0)
        ax.plot(x, ends.loc[0.5], color=colour, linestyle=LINES[number % 4], label=str(name))
        ax.set_xticks(list(x)[::3], [str(m) for m in wide.index][::3], rotation=45, ha="right")
    unit = str(rows["unit"].iloc[0]) if len(rows) else ""
    named(ax, f"{measure_label(measure)} by month (middle, and 90% of replicates)", "", unit)
    legend(ax)
    return ax


def loop(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Backlog, applied threshold and trust month by month of one scenario, each between its least and its most.

    Args:
        table: as for :func:`monthly`.
        ax: where to draw.
    """
    need(table, "month", "measure", "group", "value")
    ax = axes(ax)
    rows = table[(table["group"] == "all") & table["measure"].isin(LOOP)].astype({"measure": str})
    means = rows.groupby(["month", "measure"], observed=True)["value"].mean().unstack("measure")
    for number, name in enumerate(n for n in LOOP if n in means):
        low, high = means[name].min(), means[name].max()
        y = (means[name] - low) / ((high - low) or 1.0)
        label = f"{measure_label(name)}\n({low:.2f} to {high:.2f} {unit_of(name)})"
        (line,) = ax.plot(range(len(means)), y, color=COLOURS[number], linestyle=LINES[number], label=label)
        line.set(marker=MARKERS[number], markersize=3)
    ax.set_xticks(list(range(len(means)))[::3], [str(m) for m in means.index][::3], rotation=45, ha="right")
    named(ax, "Backlog, threshold and trust", "", "place between its least and its most")
    legend(ax)
    return ax
