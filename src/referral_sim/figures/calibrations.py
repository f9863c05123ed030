"""Figures of a calibration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from ..measures.wording import group_label, measure_label, series_label
from .style import BLACK, BLUE, COLOURS, GREY, LINES, MARKERS, ORANGE, SMALL, axes, legend, named, need, text, wrapped

_TARGET = re.compile(r"(.*): (\w+)(?:/([^()]+))?(?: \((.*)\))?")
"""Scenario, measure, group and series of a target's name."""
_ENDS = ("prior_low", "prior_high", "posterior_low", "posterior_mid", "posterior_high")


def _names(ax: Axes, names: Sequence[str], size: float = SMALL) -> None:
    """Names on the y axis, the first on top."""
    ax.set_yticks(range(len(names)), names, fontsize=size)
    ax.set_ylim(len(names) - 0.4, -0.6)


def posteriors(tables: Mapping[str, pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Posterior intervals within those of the prior, a row a parameter; two methods below each other.

    Each row runs from the lower to the upper end of the prior's 90% interval, so that parameters of any unit stand
    beside each other; values in their units are in the table.

    Args:
        tables: method -> columns parameter, prior_low, prior_high, posterior_low, posterior_mid, posterior_high (90%
            intervals), as ``tables/parameters.csv`` and ``tables/neural.csv`` have them.
        ax: where to draw.
    """
    for table in tables.values():
        need(table, "parameter", *_ENDS)
    first = next(iter(tables.values()))
    names = [text(p) for p in first["parameter"]]
    ax = axes(ax, 1.1 + 0.2 * len(names))
    ax.barh(range(len(names)), 1.0, 0.72, color=GREY, alpha=0.25, linewidth=0, label="prior, 90%")
    step = 0.36 / max(len(tables) - 1, 1)
    for number, (method, table) in enumerate(tables.items()):
        rows = table.set_index("parameter").reindex(first["parameter"])
        low, mid, high = ((rows[c] - rows["prior_low"]) / (rows["prior_high"] - rows["prior_low"]) for c in _ENDS[2:])
        y = [i + (number * step - 0.18 if len(tables) > 1 else 0.0) for i in range(len(names))]
        ax.hlines(y, low, high, color=COLOURS[number], linewidth=1.8, linestyles=LINES[number % 4])
        ax.plot(
            mid, y, MARKERS[number], color=COLOURS[number], markersize=4, linestyle="none",
            label=f"{text(method)}: middle, and 90%",
        )  # fmt: skip
    _names(ax, names)
    ax.set_xticks([0.0, 0.5, 1.0], ["lower end", "middle", "upper end"])
    named(ax, "What the figures leave of the priors", "place within the prior's 90% interval")
    legend(ax)
    return ax


def contraction(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How much the published figures say about each parameter, most first.

    Args:
        table: columns parameter and contraction, as ``tables/parameters.csv`` has them.
        ax: where to draw.
    """
    need(table, "parameter", "contraction")
    ax = axes(ax, 0.9 + 0.16 * len(table))
    rows = table.sort_values("contraction", ascending=False, kind="stable")
    ax.barh(range(len(rows)), rows["contraction"].clip(lower=0.0), color=BLUE)
    _names(ax, [text(p) for p in rows["parameter"]])
    ax.set_xlim(0.0, 1.0)
    named(ax, "What the figures say about each parameter", "contraction (0: nothing, 1: all)")
    return ax


def predictions(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How far each published figure lies from its prediction.

    Args:
        table: columns target, role and z, as ``tables/predictions.csv`` has them.
        ax: where to draw.
    """
    need(table, "target", "role", "z")
    names = [wrapped(_target(name), 70) for name in table["target"]]
    ax = axes(ax, 1.1 + 0.175 * len(table))
    for role, colour, marker in (("fit", BLUE, "o"), ("held-out", ORANGE, "D")):
        chosen = table.reset_index(drop=True).query("role == @role")
        ax.plot(
            chosen["z"], chosen.index, marker, color=colour, markeredgecolor=BLACK, linestyle="none", markersize=4.5,
            label={"fit": "fitted", "held-out": "held out"}[role],
        )  # fmt: skip
    for edge in (-3.0, 3.0):
        ax.axvline(edge, color=BLACK, linewidth=0.8, linestyle="--")
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    _names(ax, names, SMALL - 1.0)
    named(ax, "Published less predicted", "standard deviations of the prediction (dashed: 3)")
    legend(ax)
    return ax


def _target(name: object) -> str:
    """A target in plain words: "midtown: referrals (graph_6_1)" gives "midtown: Referrals (Graph 6.1)"."""
    found = _TARGET.fullmatch(str(name))
    if found is None:
        return str(name)
    scenario, measure, group, series = found.groups()
    what = group_label(group) if group else measure_label(measure)
    return f"{scenario}: {what}" + (f" ({series_label(series)})" if series else "")


def coverage(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Coverage of central intervals on simulated figures against their level.

    Args:
        table: columns level and coverage, as ``tables/coverage.csv`` has them.
        ax: where to draw.
    """
    need(table, "level", "coverage")
    ax = axes(ax)
    ax.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle="--", label="as it should be")
    ax.plot(table["level"], table["coverage"], "o-", color=BLUE, label="simulated figures")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    named(ax, "Coverage of the posterior's intervals", "level of the interval", "share of true values inside")
    legend(ax)
    return ax


def ridges(table: pd.DataFrame, ax: Axes | None = None, most: int = 20) -> Axes:
    """Pairs of parameters that the figures tell apart only together, strongest first.

    Args:
        table: columns one, other and correlation (of ranks, over the draws), as ``tables/ridges.csv`` has them.
        ax: where to draw.
        most: how many pairs.
    """
    need(table, "one", "other", "correlation")
    rows = table.sort_values("correlation", key=lambda c: -c.abs(), kind="stable").head(most)
    ax = axes(ax, 1.0 + 0.3 * max(len(rows), 1))
    ax.barh(range(len(rows)), rows["correlation"], 0.6, color=BLUE)
    pairs = [f"{text(one)}\n{text(other)}" for one, other in zip(rows["one"], rows["other"], strict=True)]
    ax.set_yticks(range(len(rows)), pairs, fontsize=SMALL)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.axvline(0.0, color=BLACK, linewidth=0.8)
    ax.set_xlim(-1.0, 1.0)
    named(ax, "Parameters told apart only together", "rank correlation over the draws")
    return ax


def waves(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of the space that the published figures have not ruled out after each wave, a bar a scenario.

    Args:
        table: columns wave, scenario and left, as ``tables/waves.csv`` has them.
        ax: where to draw.
    """
    need(table, "wave", "scenario", "left")
    wide = table.pivot(index="scenario", columns="wave", values="left")
    wide = wide.reindex(list(dict.fromkeys(table["scenario"])))
    ax = axes(ax, 1.1 + 0.42 * len(wide))
    for shift, (wave, hatch) in enumerate(zip(wide.columns, ("", "////", "xx", ".."), strict=False)):
        places = [i + 0.4 * shift - 0.2 for i in range(len(wide))]
        bars = ax.barh(
            places, wide[wave], 0.38, color=COLOURS[shift], hatch=hatch, edgecolor=BLACK, linewidth=0.4,
            label=f"after wave {wave}",
        )  # fmt: skip
        ax.bar_label(bars, [f"{v:.2g}" for v in wide[wave]], fontsize=SMALL, padding=2)
    ax.set_yticks(range(len(wide)), [wrapped(s) for s in wide.index])
    ax.set_ylim(len(wide) - 0.4, -0.6)
    ax.set_xlim(0.0, 1.08)
    named(ax, "Space left by the published figures", "share of the space that was searched in the wave")
    legend(ax)
    return ax


def sensitivity(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How much each parameter moves each published figure over the prior's range, as a map.

    Args:
        table: columns target, parameter and in_sd (mean absolute effect, in standard deviations of the figure), as
            ``tables/screening.csv`` has them.
        ax: where to draw.
    """
    need(table, "target", "parameter", "in_sd")
    wide = table.pivot(index="target", columns="parameter", values="in_sd")
    wide = wide.reindex(list(dict.fromkeys(table["target"])))[list(dict.fromkeys(table["parameter"]))]
    ax = axes(ax, 1.9 + 0.165 * len(wide))
    most = 10.0
    image = ax.imshow(wide.clip(upper=most), cmap="cividis", aspect="auto", vmin=0.0, vmax=most, interpolation="none")
    bar = ax.figure.colorbar(image, ax=ax, extend="max")
    bar.set_label("standard deviations of the figure", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    ax.set_yticks(range(len(wide)), [wrapped(_target(t), 64) for t in wide.index], fontsize=SMALL - 1.5)
    ax.set_xticks(range(wide.shape[1]), [text(p) for p in wide.columns], fontsize=SMALL - 1.0, rotation=90)
    named(ax, "Sensitivity of the figures")
    return ax
