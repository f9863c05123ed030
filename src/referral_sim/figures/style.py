"""What all figures share: the project's theme, titles and keys, text as text, and how a figure becomes a file."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import AbstractContextManager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from ..scenario.errors import visible
from ..scenario.keys import parse_key
from ..scenario.scenario import declared_at

GREY = "#999999"
THEME: dict[str, Any] = {
    "axes.prop_cycle": cycler(color=("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#000000", GREY)),
    "image.cmap": "cividis",
    "figure.figsize": (6.3, 3.2),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "figure.titlesize": 9.0,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 5.0,
    "hatch.linewidth": 0.6,
    "path.simplify_threshold": 0.5,
}
"""The width of a page, and the colours of Okabe and Ito (2008), which are told apart in grey too."""
MARKERS = ("o", "D", "^", "s", "v", "P")


def project_theme() -> AbstractContextManager[None]:
    """The project's theme, for as long as the context lasts; without it figures take the user's own."""
    return mpl.rc_context(THEME)


def axes(ax: Axes | None, height: float) -> Axes:
    """The given axes, or new ones on a figure of their own, as wide as the theme's and as high as is said (inches)."""
    size = mpl.rcParams["figure.figsize"][0], height
    return plt.subplots(figsize=size, layout="constrained")[1] if ax is None else ax


def finish(drawn: Axes, ax: Axes | None, title: str, x: str = "", y: str = "") -> Axes:
    """The axes with title and labels; on a figure of ours (``ax`` is None) with its key below it."""
    drawn.set(title=title, xlabel=x, ylabel=y)
    if ax is None:
        _keys_below(drawn.figure)
    return drawn


def finish_grid(grid: Any, height: float, title: str, x: str = "", y: str = "") -> Any:
    """A grid of seaborn as wide as the theme's figures and as high as is said, with titles, labels and its key below.

    A facet has the name of its column, or of its row where there are no columns.
    """
    columns = grid.axes.shape[1] if grid.axes.ndim == 2 else 2
    for key, ax in getattr(grid, "axes_dict", {}).items():
        row, name = key if isinstance(key, tuple) else (None, key)
        ax.set_title(wrapped(name, 60 // columns) if row is None or row == grid.row_names[0] else "")
    grid.figure.set_layout_engine("constrained")
    grid.figure.set_size_inches(mpl.rcParams["figure.figsize"][0], height)
    grid.figure.suptitle(title, x=0.01, ha="left")
    if x:
        grid.set_xlabels(x)
    if y:
        grid.set_ylabels(y)
    _keys_below(grid.figure)
    return grid


def _keys_below(figure: Any) -> None:
    found = [*figure.legends, *(ax.get_legend() for ax in figure.axes)]
    keys: dict[str, Any] = {}
    for key in found:
        if key is not None:
            keys |= zip([t.get_text() for t in key.get_texts()], key.legend_handles, strict=True)
            key.remove()
    if keys:
        letters = figure.get_figwidth() / (0.58 * _inches("legend.fontsize"))
        columns = max(1, min(len(keys), int(letters / (max(map(len, keys)) + 6))))
        figure.legend(keys.values(), keys.keys(), loc="outside lower left", ncols=columns)


def add_heading(drawn: Any, of: object) -> Any:
    """The figure with what it is of (a scenario's name, as text) above its title."""
    title = drawn.figure.get_suptitle()
    drawn.figure.suptitle("\n".join(filter(None, [wrapped(of, 80), title])), x=0.01, ha="left", fontweight="bold")
    return drawn


def rows_height(rows: float, around: float = 1.0) -> float:
    """Inches for so many rows of the theme's text, and so much around them."""
    return around + 1.9 * _inches("ytick.labelsize") * max(rows, 2)


def _inches(size: str) -> float:
    return float(FontProperties(size=mpl.rcParams[size]).get_size_in_points()) / 72.0


def name_rows(ax: Axes, names: list[str]) -> None:
    """Names on the y axis, the first on top."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(max(len(names), 1) - 0.4, -0.6)


def draw_intervals(ax: Axes, rows: pd.DataFrame, ends: tuple[str, str], width: float, **line: Any) -> None:
    """Intervals whose ends a table holds, as lines at its column ``y``; seaborn would want the replicates."""
    ax.hlines(rows["y"], rows[ends[0]], rows[ends[1]], linewidth=width, **line)


def hatch_bars(figure: Any) -> None:
    """Tell the bars of a second hue apart without colour too, in the key as well."""
    keys = [*figure.legends, *(key for ax in figure.axes if (key := ax.get_legend()) is not None)]
    for bars in [*zip(*(ax.containers for ax in figure.axes), strict=True)][1:2]:
        for bar in [patch for each in bars for patch in each] + [key.legend_handles[1] for key in keys]:
            bar.set(hatch="////", edgecolor=mpl.rcParams["axes.edgecolor"], linewidth=0.4)


def text(words: object) -> str:
    """Words that a user may have given, as text: no control characters, and a dollar begins no formula."""
    return visible(str(words)).replace("$", r"\$")


def wrapped(words: object, width: int = 26) -> str:
    """Words as text, on as many lines as they need."""
    return "\n".join(textwrap.wrap(text(words), width, break_long_words=len(str(words)) > 2 * width) or [""])


def key_label(column: str) -> str:
    """What a key of a scenario means, in plain words; a column that is no key stays as it is.

    The scenario of ``midtown/noticing.visibility``, a column of draws, and names in the key stand before it.
    """
    scenario, _, key = column.rpartition("/")
    try:
        found = declared_at(parse_key(key))
    except ValueError:
        found = None
    if found is None or not found.meaning:
        return column
    meaning = re.sub(r" \([^)]*\)|;.*", "", found.meaning)
    parts = parse_key(key)
    above = [declared_at(parts[:place]) for place in range(len(parts))]
    names = [p.replace("_", " ") for p, one in zip(parts, above, strict=True) if one and one.kind in ("names", "table")]
    place = ", ".join(filter(None, [scenario, *names]))
    return f"{place}: {meaning}" if place else meaning


def draw_empty(ax: Axes) -> None:
    """Say that there is nothing to show, in place of data."""
    ax.axis("off")
    ax.text(0.0, 0.5, "nothing to show: it never happened", va="center", transform=ax.transAxes)


def require_columns(table: object, *columns: str) -> None:
    """Raise unless a table has these columns.

    Raises:
        ValueError: naming what is missing.
    """
    there = getattr(table, "columns", ())
    missing = [c for c in columns if c not in there]
    if missing:
        raise ValueError(f"the table lacks the column {', '.join(missing)}")


def to_bytes(drawn: Any, kind: str = "svg") -> bytes:
    """The whole figure as a file, after which pyplot shows it no more: the same axes give the same bytes.

    Args:
        drawn: Axes, or a grid of seaborn.
        kind: ``svg``, ``png`` or ``pdf``.
    """
    about: dict[str, dict[str, Any]] = {
        "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
        "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
        "png": {"Software": None},
    }
    made = io.BytesIO()
    # Text stays text: a tenth of the size, can be searched, copied and read aloud.
    with mpl.rc_context({"svg.hashsalt": "referral-sim", "svg.fonttype": "none"}):
        drawn.figure.savefig(made, format=kind, dpi=150, metadata=about[kind])
    plt.close(drawn.figure)
    return made.getvalue()
