"""What all figures share."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK, GREY, BLACK = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#999999", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, PINK, BLACK, GREY)
MARKERS = ("o", "s", "D", "^", "v", "P")
LINES = ("-", "--", "-.", ":")
WIDTH = 6.3
"""Inches: the text width of a page."""


def axes(ax: Axes | None, height: float = 3.6) -> Axes:
    """The given axes, or new ones on a figure of a page's width; pyplot is not touched."""
    if ax is None:
        ax = Figure(figsize=(WIDTH, height), layout="constrained").add_subplot()
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(labelsize=8)
    return ax


def named(ax: Axes, title: str, x: str, y: str) -> None:
    """Title and labels in the size of a page."""
    ax.set_title(title, fontsize=9, loc="left")
    ax.set_xlabel(x, fontsize=8)
    ax.set_ylabel(y, fontsize=8)


def legend(ax: Axes) -> None:
    """A legend beside the figure, if there is something to tell apart."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def need(table: object, *columns: str) -> None:
    """Raise unless a table has these columns.

    Raises:
        ValueError: naming what is missing.
    """
    there = getattr(table, "columns", ())
    missing = [c for c in columns if c not in there]
    if missing:
        raise ValueError(f"the table lacks the column {', '.join(missing)}")


def titled(ax: Axes, name: str) -> Axes:
    """The figure's title with a name that a user may have given, as text: a dollar begins no formula."""
    ax.set_title(f"{name}: {ax.get_title(loc='left')}".replace("$", r"\$"), fontsize=9, loc="left")
    return ax
