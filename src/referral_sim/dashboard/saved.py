"""Saved studies on the page: opened, named, noted, deleted, exported and imported."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from .archive import LARGEST_MEGABYTES, import_study
from .request import LONGEST_TITLE, RequestError
from .studies import LONGEST_NOTE, Study, date_of, delete, describe, find, list_studies
from .widgets import escaped


def show_saved(home: Path, study: Study | None) -> None:
    """Draw the list of studies, and what can be done with one."""
    there = list_studies(home)
    with st.expander(f"Saved studies ({len(there)})", expanded=study is None, key="saved_studies"):
        if there:
            by_id = {one.id: one for one in there}
            st.selectbox(
                "Study",
                list(by_id),
                format_func=lambda id_: f"{by_id[id_].title} ({date_of(by_id[id_])})",
                key="saved",
                label_visibility="collapsed",
            )
            left, right = st.columns(2)
            left.button("Open", on_click=_open, key="open", width="stretch")
            right.button("Delete", on_click=_delete, args=(home,), key="delete", width="stretch")
        else:
            st.caption("None yet.")
        st.file_uploader(
            "Import a study (ZIP)",
            ["zip"],
            key="import",
            max_upload_size=LARGEST_MEGABYTES,
            on_change=_import,
            args=(home,),
        )
        for line in st.session_state.get("import_faults", ()):
            st.error(escaped(line))


def show_about(study: Study) -> None:
    """Draw a study's note, and where its name and note are changed."""
    if study.note:
        st.markdown(escaped(study.note))
    with st.expander("Name and note", key=f"about:{study.id}"):
        name, note = f"name:{study.id}", f"note:{study.id}"
        st.text_input("Name of the study", study.name, key=name, max_chars=LONGEST_TITLE)
        st.text_area("Note", study.note, key=note, max_chars=LONGEST_NOTE)
        st.button("Keep", key="keep", on_click=_describe, args=(study, name, note))


def _describe(study: Study, name: str, note: str) -> None:
    state = st.session_state
    try:
        describe(study, state[name], state[note])
    except RequestError as error:
        state["wrong"] = error.lines


def _open() -> None:
    st.session_state["wrong"] = ()
    st.query_params["study"] = st.session_state["saved"]


def _delete(home: Path) -> None:
    chosen = st.session_state["saved"]
    st.session_state["wrong"] = ()
    try:
        delete(find(home, chosen))
    except (RequestError, OSError) as error:
        st.session_state["wrong"] = str(error).splitlines()
    if st.query_params.get("study") == chosen:
        del st.query_params["study"]


def _import(home: Path) -> None:
    state = st.session_state
    given, state["import_faults"] = state["import"], ()
    if given is None:
        return
    try:
        study = import_study(home, given.getvalue())
    except RequestError as error:
        state["import_faults"] = error.lines
    else:
        st.query_params["study"] = study.id
