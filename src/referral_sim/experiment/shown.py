"""How results show themselves: by figures and tables of rooms further down, which are loaded by name when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def plotted(figure: str, *tables: Any, **options: Any) -> Any:
    """What a function of :mod:`referral_sim.figures` draws; runs alone never load matplotlib."""
    return getattr(import_module("referral_sim.figures"), figure)(*tables, **options)


def answer_html(answer: str, *of: Any) -> str:
    """A table of :mod:`referral_sim.report.answers` as HTML for a notebook; empty where it has nothing to say."""
    grid = getattr(import_module("referral_sim.report.answers"), answer)(*of)
    return "" if grid is None else str(grid._repr_html_())
