"""The flow of cases between agencies, drawn as bands whose widths are cases."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from .style import GREY, finish_grid, require_columns, wrapped

TITLES = {
    "referrals": "From agencies to registration",
    "programmes": "At programmes and panels (widths on a scale of their own)",
}
WIDTH = 6.3
"""Inches: the text width of a page."""
SMALL = 7.0
"""Points: the size of names, for which places are put far enough from each other."""
_PROGRAMMES = "Sure Start programmes"
_NODE, _LEFT, _RIGHT = 0.08, 1.28, 0.88
"""Inches: width of a place, and room for the names of the first places and beside the last ones."""
_LINE, _GAP = 0.115, 0.09
"""Inches: a line of text, and the least room between two places."""
_ROW = 0.4


def flows(table: pd.DataFrame) -> Any:
    """Where cases go: bands from place to place, as wide as their cases, a facet for each part of the table.

    The first colour of the theme (the second for programmes) is what a measure counts, grey what is left of a place's
    cases.

    Args:
        table: columns part, source, target, cases, made_of, as :func:`~referral_sim.experiment.flows.flows` gives
            them.

    Returns:
        The :class:`seaborn.FacetGrid`.
    """
    require_columns(table, "part", "source", "target", "cases", "made_of")
    parts = {part: table[table["part"] == part] for part in dict.fromkeys(table["part"])}
    rows = [max(_deepest(part), 4) for part in parts.values()]
    grid = sns.FacetGrid(table, row="part", sharex=False, sharey=False, gridspec_kws={"height_ratios": rows})
    for part, ax, row in zip(parts.values(), grid.axes.flat, rows, strict=True):
        _Drawing(part, row * _ROW).draw(ax)
    finish_grid(grid, 0.5 + _ROW * (sum(rows) + 0.8 * len(rows)), "Flow of cases in a year")
    for name, ax in grid.axes_dict.items():
        ax.set_title(TITLES.get(name, name))
    return grid


def _columns(table: pd.DataFrame) -> dict[str, int]:
    """Column of each place: one more than the furthest of those that lead to it."""
    found = dict.fromkeys([*table["source"], *table["target"]], 0)
    for _ in range(len(found)):
        for source, target in zip(table["source"], table["target"], strict=True):
            found[target] = max(found[target], found[source] + 1)
    return found


def _deepest(table: pd.DataFrame) -> int:
    columns = list(_columns(table).values())
    return max(columns.count(c) for c in columns)


class _Drawing:
    """Where each place and band stands, in inches from the upper left corner of a panel."""

    def __init__(self, table: pd.DataFrame, height: float) -> None:
        self.table, self.height = table, height
        self.column = _columns(table)
        ends = [table.groupby(end)["cases"].sum() for end in ("source", "target")]
        self.size = {place: max(float(end.get(place, 0.0)) for end in ends) for place in self.column}
        self.last = max(self.column.values())
        step = (WIDTH - _LEFT - _RIGHT - _NODE) / self.last
        self.x = {c: _LEFT + step * c for c in range(self.last + 1)}
        letters = {c: int((step - _NODE - 0.05) / 0.057) for c in range(self.last)} | {self.last: 16, 0: 22}
        self.words = {p: f"{wrapped(p, letters[c])}\n{self.size[p]:,.0f}" for p, c in self.column.items()}
        self.scale = min(self._fitting(c) for c in range(self.last + 1))
        self.top = self._tops()

    def _room(self, place: str, scale: float) -> float:
        return max(self.size[place] * scale, _LINE * (1 + self.words[place].count("\n")))

    def _fitting(self, column: int) -> float:
        """Inches a case at which the places of a column, and their names, fit."""
        places = [p for p, c in self.column.items() if c == column]
        low, high = 0.0, self.height / max(self.size[p] for p in places)
        for _ in range(40):
            middle = (low + high) / 2.0
            needed = sum(self._room(p, middle) for p in places) + _GAP * (len(places) - 1)
            low, high = (middle, high) if needed <= self.height else (low, middle)
        return low

    def _tops(self) -> dict[str, float]:
        below = dict.fromkeys(range(self.last + 1), 0.0)
        found = {}
        for place, column in self.column.items():
            room = self._room(place, self.scale)
            found[place] = below[column] + (room - self.size[place] * self.scale) / 2.0
            below[column] += room + _GAP
        return found

    def draw(self, ax: Axes) -> None:
        out, into = dict(self.top), dict(self.top)
        for row in self.table.to_dict("records"):
            source, target, width = row["source"], row["target"], row["cases"] * self.scale
            start = (self.x[self.column[source]] + _NODE, out[source])
            end = (self.x[self.column[target]], into[target])
            colour = GREY if " - " in row["made_of"] else "C1" if source == _PROGRAMMES else "C0"
            ax.add_patch(_band(start, end, width, colour))
            out[source] += width
            into[target] += width
        for place, top in self.top.items():
            height, x = max(self.size[place] * self.scale, 0.012), self.x[self.column[place]]
            ax.add_patch(Rectangle((x, top), _NODE, height, facecolor=mpl.rcParams["text.color"], linewidth=0))
            first = self.column[place] == 0
            ax.text(
                x - 0.05 if first else x + _NODE + 0.05, top + height / 2.0, self.words[place], fontsize=SMALL,
                va="center", ha="right" if first else "left", linespacing=1.0,
            )  # fmt: skip
        ax.set_xlim(0.0, WIDTH)
        ax.set_ylim(self.height, 0.0)
        ax.axis("off")


def _band(start: tuple[float, float], end: tuple[float, float], width: float, colour: str) -> PathPatch:
    (x0, y0), (x1, y1) = start, end
    half = (x0 + x1) / 2.0
    points = [(x0, y0), (half, y0), (half, y1), (x1, y1), (x1, y1 + width), (half, y1 + width), (half, y0 + width)]
    points += [(x0, y0 + width), (x0, y0)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(Path(points, codes), facecolor=colour, alpha=0.4, edgecolor=colour, linewidth=0.5)
