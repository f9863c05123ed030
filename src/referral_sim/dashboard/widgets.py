"""What the parts of the page share: results and figures kept from one drawing to the next, and text made harmless."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from ..folders.read_folder import Results, ResultsError, open_results
from ..report.grids import Grid
from .studies import Study, StudyProgress

# A list keeps its height when the focus leaves it: else what lies below moves up under a pressed mouse button, and to
# let go of the button chooses the first thing that the list just opened offers.
STYLE = """<style>
[data-testid="stMultiSelect"] input {min-width: 3rem;}
.block-container {padding-top: 1.6rem; padding-bottom: 2rem; padding-left: 2.5rem; padding-right: 2.5rem;}
[data-testid="stSidebarHeader"] {height: 1.6rem; padding: 0;}
[data-testid="stTable"] td, [data-testid="stTable"] th {padding: 0.25rem 0.5rem;}
[data-testid="stTable"] {overflow-x: auto;}
[data-testid="stTable"] td:first-child {min-width: 8rem;}
[data-testid="stTable"] td:not(:first-child) {min-width: 5.2rem;}
[data-testid="stImage"] img {max-width: 950px;}
@media (max-width: 640px) {
  .block-container {padding: 3.8rem 1rem 2rem;}
  [data-testid="stTable"] td, [data-testid="stTable"] th {padding: 0.2rem 0.3rem; font-size: 0.8rem;}
}
[data-testid="stMetricLabel"] p {white-space: normal; text-overflow: clip;}
</style>"""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^=&'\"@/])")
_BREAKS = re.compile(r"[ \t\r\n\v\f]+")
_DRAWING = threading.Lock()
"""Visitors' figures are drawn one after the other: matplotlib has one theme and one current figure for all threads."""


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it is a link, a picture, a formula or a tag."""
    return _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", text).strip())


def results_of(study: Study, now: StudyProgress) -> Results | None:
    """What a study's store holds; None where there is nothing to compare yet."""
    if not now.done:
        return None
    try:
        found = _opened(str(study.store), f"{now.done}+{now.failed}")
    except ResultsError as error:
        st.error(escaped(str(error)))
        return None
    pairs = [pair for comparison in found.comparisons for pair in comparison.pairs]
    return found if pairs and all(pair.replicates for pair in pairs) else None


@st.cache_resource(max_entries=30, show_spinner=False)
def _opened(path: str, version: str) -> Results:
    return open_results(path)


def show_figure(name: str, found: Results, draw: Callable[[], Any], alt: str) -> None:
    """Show a figure; it is drawn once for the same results.

    Args:
        name: which figure.
        found: the results that it shows.
        draw: draws it.
        alt: what it shows, for those who cannot see it.
    """
    runs = len(found.tables["runs"]) if "runs" in found.tables else 0
    st.image(_picture(name, str(found.path), runs, draw), width="stretch", alt=alt)


@st.cache_data(max_entries=100, show_spinner=False)
def _picture(name: str, path: str, runs: int, _draw: Callable[[], Any]) -> str:
    """A figure as a data address: the page need not fetch it, which would fail where it is drawn anew meanwhile."""
    from ..figures import project_theme, to_bytes

    with _DRAWING, project_theme():
        return f"data:image/png;base64,{b64encode(to_bytes(_draw(), 'png')).decode()}"


def show_table(frame: pd.DataFrame, alt: str = "") -> None:
    """A table of text, as it is."""
    shown = frame.rename(columns=escaped).map(escaped) if len(frame) else frame
    st.table(shown, border="horizontal", hide_index=True, alt=alt or None)


def show_blocks(grid: Grid, mark: str) -> None:
    """Show each heading of a table and the rows under it.

    Args:
        grid: the table.
        mark: what stands around a heading in Markdown.
    """
    for heading, under in grid.blocks():
        if heading:
            st.markdown(f"{mark}{escaped(heading)}{mark}")
        show_table(under.frame())
