"""The tab for somebody who must decide: four questions about a finished study, in short, each with its command."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ..folders.read_folder import Results
from ..report.decide_parts import DecidePart, decide_parts
from .studies import Study
from .widgets import escaped, show_blocks, show_figure

WAITS = "This is worked out when all simulated years are finished."


def show_decide(study: Study, found: Results, titles: Mapping[str, str], whole: bool) -> None:
    """Show when an alternative helps, who would notice, what to find out and what it costs.

    Args:
        study: the study.
        found: its results, of one reporting year.
        titles: name of an alternative's scenario -> its title.
        whole: whether all its runs are there.
    """
    if not whole:
        st.info(WAITS)
        return
    year = found.profiles[0].years[-1]
    for part in _parts(str(study.store), len(found.tables["runs"]), year, found, titles):
        st.markdown(f"**{escaped(part.question)}**")
        if part.reason:
            st.info(escaped(part.reason))
        for grid in part.grids:
            st.markdown(escaped(grid.caption))
            show_blocks(grid, "*")
            st.caption(escaped(" ".join(grid.notes)))
        if part.answer is not None:
            show_figure(f"decide-{part.answer.figure}-{year}", found, part.draw, part.question)
        st.caption("All of it, without this page:")
        st.code(part.command, language=None, wrap_lines=True)


@st.cache_resource(max_entries=12, show_spinner="Working it out")
def _parts(store: str, runs: int, year: str, _found: Results, _titles: Mapping[str, str]) -> list[DecidePart]:
    return list(decide_parts(_found, store, _titles))
