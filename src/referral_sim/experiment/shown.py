"""How results show themselves: figures and tables are made in rooms above this one, which the package hands in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ROOMS: dict[str, Callable[[], Any]] = {}


def shown_by(figures: Callable[[], Any], answers: Callable[[], Any]) -> None:
    """Say where figures and tables come from.

    Args:
        figures: gives :mod:`referral_sim.figures`, which loads matplotlib; asked when something is first drawn.
        answers: gives :mod:`referral_sim.report.answers`, likewise.
    """
    _ROOMS.update(figures=figures, answers=answers)


def plotted(figure: str, *tables: Any, **options: Any) -> Any:
    """What a function of :mod:`referral_sim.figures` draws."""
    return getattr(_ROOMS["figures"](), figure)(*tables, **options)


def answer_html(answer: str, *of: Any) -> str:
    """A table of :mod:`referral_sim.report.answers` as HTML for a notebook; empty where it has nothing to say."""
    grid = getattr(_ROOMS["answers"](), answer)(*of)
    return "" if grid is None else str(grid._repr_html_())
