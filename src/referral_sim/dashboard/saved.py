"""Saved studies: opening, deleting and comparing them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from . import shared, tables
from .asked import StudyError
from .studies import Study, date_of, delete, find, list_studies, progress


def panel(home: Path, study: Study | None) -> None:
    """The list of saved studies, below what is asked."""
    there = list_studies(home)
    with st.expander(f"Saved studies ({len(there)})", expanded=study is None):
        if not there:
            st.caption("None yet.")
            return
        known = {one.id: one for one in there}
        st.selectbox(
            "Study",
            list(known),
            format_func=lambda id_: f"{known[id_].title} ({date_of(known[id_])})",
            key="saved",
            label_visibility="collapsed",
        )
        left, right = st.columns(2)
        left.button("Open", on_click=_open, key="open", width="stretch")
        right.button("Delete", on_click=_delete, args=(home,), key="delete", width="stretch")


def _open() -> None:
    st.query_params["study"] = st.session_state["saved"]


def _delete(home: Path) -> None:
    chosen = st.session_state["saved"]
    try:
        delete(find(home, chosen))
    except (StudyError, OSError) as error:
        st.session_state["wrong"] = str(error).splitlines()
    if st.query_params.get("study") == chosen:
        del st.query_params["study"]


def compare(home: Path, study: Study) -> None:
    """What several studies change, side by side, each against its own baseline."""
    known = {one.id: one for one in list_studies(home)}
    chosen = st.multiselect(
        "Studies to set beside each other",
        list(known),
        default=[study.id] if study.id in known else [],
        format_func=lambda id_: f"{known[id_].title} ({date_of(known[id_])})",
        key=f"compared:{study.id}",
    )
    columns: dict[str, dict[str, str]] = {}
    for number, id_ in enumerate(chosen, 1):
        found = shared.results(known[id_], progress(known[id_]))
        if found is None:
            st.info(shared.escaped(f"{known[id_].title}: no runs of both scenarios are finished yet."))
            continue
        cells = tables.headline(found.comparisons[0].pairs[0])
        columns[f"{number}. {known[id_].title}"] = {
            f"{label} ({unit})": f"{one.difference} ({one.most})" for label, unit, one in cells
        }
    if columns:
        frame = pd.DataFrame(columns).fillna("-").rename_axis("Difference from its own baseline").reset_index()
        shared.table(frame)
        st.caption("Mean difference, and in brackets where nine simulated years in ten lie.")
        asked = [known[id_].asked for id_ in chosen]
        if len({(one.authority, one.seed) for one in asked}) > 1:
            st.warning("These studies have different authorities or seeds, so they did not meet the same families.")
