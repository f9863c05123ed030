"""Figures of a calibration."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .style import BLACK, BLUE, GREY, ORANGE, axes, legend, named, need


def contraction(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How much the published figures say about each parameter, most first.

    Args:
        table: columns parameter and contraction, as ``tables/parameters.csv`` has them.
        ax: where to draw.
    """
    need(table, "parameter", "contraction")
    ax = axes(ax, 0.9 + 0.19 * len(table))
    rows = table.sort_values("contraction", ascending=False)
    ax.barh(range(len(rows)), rows["contraction"].clip(lower=0.0), color=BLUE)
    ax.set_yticks(range(len(rows)), rows["parameter"].astype(str))
    ax.tick_params(axis="y", labelsize=7)
    ax.invert_yaxis()
    ax.set_xlim(0.0, 1.0)
    named(ax, "What the figures say about each parameter", "contraction (0: nothing, 1: all)", "")
    return ax


def predictions(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How far each published figure lies from its prediction.

    Args:
        table: columns target, role and z, as ``tables/predictions.csv`` has them.
        ax: where to draw.
    """
    need(table, "target", "role", "z")
    ax = axes(ax, 0.9 + 0.17 * len(table))
    for role, colour, marker in (("fit", BLUE, "o"), ("held-out", ORANGE, "D")):
        chosen = table.reset_index(drop=True).query("role == @role")
        ax.plot(
            chosen["z"], chosen.index, marker, color=colour, markeredgecolor=BLACK, linestyle="none",
            label={"fit": "fitted", "held-out": "held out"}[role],
        )  # fmt: skip
    for edge in (-3.0, 3.0):
        ax.axvline(edge, color=BLACK, linewidth=0.8, linestyle="--")
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    ax.set_yticks(range(len(table)), table["target"].astype(str))
    ax.tick_params(axis="y", labelsize=6)
    ax.invert_yaxis()
    named(ax, "Published less predicted", "standard deviations of the prediction", "")
    legend(ax)
    return ax


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
