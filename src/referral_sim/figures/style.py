"""What all figures share: a page's width, colours, panels, text as text, and how a figure becomes a file."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..scenario.errors import visible

BLUE, ORANGE, GREEN, PINK, GREY, BLACK = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#999999", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, PINK, BLACK, GREY)
MARKERS = ("o", "s", "D", "^", "v", "P")
LINES = ("-", "--", "-.", ":")
WIDTH = 6.3
"""Inches: the text width of a page."""
SMALL = 7.0
"""Points: the smallest text of a figure."""
_FILE = {
    "svg.hashsalt": "referral-sim",
    # Text stays text: a tenth of the size, can be searched, copied and read aloud. Viewers without the font take the
    # next one of their own; all of these are narrower.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "path.simplify_threshold": 0.5,
    "hatch.linewidth": 0.6,
}


def axes(ax: Axes | None, height: float = 3.6) -> Axes:
    """The given axes, or new ones on a figure of a page's width; pyplot is not touched."""
    if ax is None:
        ax = Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
    return _bare(ax)


def _bare(ax: Axes) -> Axes:
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8)
    return ax


def panels(ax: Axes, heights: Sequence[float], gap: float) -> list[Axes]:
    """Panels one above the other within the axes, which then show nothing but their title.

    Args:
        ax: the axes that hold the panels.
        heights: relative heights, from above.
        gap: between two panels, in the same unit.
    """
    ax.axis("off")
    whole = sum(heights) + gap * (len(heights) - 1)
    found, top = [], 1.0
    for height in heights:
        found.append(_bare(ax.inset_axes((0.0, top - height / whole, 1.0, height / whole))))
        top -= (height + gap) / whole
    return found


def text(words: object) -> str:
    """Words that a user may have given, as text: no control characters, and a dollar begins no formula."""
    return visible(str(words)).replace("$", r"\$")


def wrapped(words: object, width: int = 26) -> str:
    """Words as text, on as many lines as they need."""
    return "\n".join(textwrap.wrap(text(words), width, break_long_words=len(str(words)) > 2 * width) or [""])


def named(ax: Axes, title: str, x: str = "", y: str = "") -> None:
    """Title and labels in the size of a page."""
    # Panels have a title of their own, below that of the axes that hold them.
    ax.set_title(title, fontsize=9, loc="left", pad=22.0 if ax.child_axes else 6.0)
    ax.set_xlabel(x, fontsize=8)
    ax.set_ylabel(y, fontsize=8)


def titled(ax: Axes, of: object) -> Axes:
    """The figure with what it is of (a scenario's name, as text) above its title."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.suptitle(wrapped(of, 80), fontsize=9, fontweight="bold", x=0.01, ha="left")
    return ax


def legend(ax: Axes, handles: Sequence[Any] = ()) -> None:
    """A legend between title and figure, if there is something to tell apart."""
    there = list(handles) or ax.get_legend_handles_labels()[0]
    if not there:
        return
    longest = max(len(str(h.get_label())) for h in there)
    columns = max(1, min(len(there), 100 // (longest + 8)))
    ax.legend(
        handles=there, fontsize=SMALL, frameon=False, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns,
        borderaxespad=0.2, columnspacing=1.4, handlelength=2.2,
    )  # fmt: skip
    lines = math.ceil(len(there) / columns)
    ax.set_title(ax.get_title(loc="left"), fontsize=9, loc="left", pad=8.0 + 11.0 * lines)


def nothing(ax: Axes) -> Axes:
    """Say that there is nothing to show, in place of data."""
    ax.axis("off")
    ax.text(0.0, 0.5, "nothing to show: it never happened", fontsize=8, va="center", transform=ax.transAxes)
    return ax


def months(ax: Axes, names: Sequence[object], every: int = 3) -> None:
    """Months on the x axis, every third named."""
    ax.set_xticks(range(0, len(names), every), [str(m) for m in names][::every], rotation=45, ha="right")
    ax.set_xlim(-0.5, max(len(names) - 0.5, 0.5))


def need(table: object, *columns: str) -> None:
    """Raise unless a table has these columns.

    Raises:
        ValueError: naming what is missing.
    """
    there = getattr(table, "columns", ())
    missing = [c for c in columns if c not in there]
    if missing:
        raise ValueError(f"the table lacks the column {', '.join(missing)}")


def picture(ax: Axes, kind: str = "svg") -> bytes:
    """The whole figure of some axes as a file: the same axes give the same bytes.

    Args:
        ax: any axes of the figure.
        kind: ``svg``, ``png`` or ``pdf``.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    about: dict[str, dict[str, Any]] = {
        "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
        "pdf": dict.fromkeys(("CreationDate", "Creator", "Producer")),
        "png": {"Software": None},
    }
    made = io.BytesIO()
    with mpl.rc_context(_FILE):
        figure.savefig(made, format=kind, dpi=150, metadata=about[kind])
    return made.getvalue()
