"""The left side of the page: authority, policies, levers, runs, the button that starts them, and saved studies."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ..scenario import Scenario, ScenarioError, load_scenario
from . import levers as known
from .levers import LEVERS, Lever, Setting
from .request import (
    LONGEST_TITLE,
    MOST_REPLICATES,
    MOST_YEARS,
    RequestError,
    StudyRequest,
    authorities,
    faults_in_words,
    policies,
    read_seed,
)
from .studies import Study, create, date_of, delete, find, list_studies, start
from .widgets import escaped

_AT = "at:"


def show_controls(home: Path, study: Study | None) -> None:
    """Draw the controls; they begin with what the study on the right asks."""
    _request(home, study)
    _saved_studies(home, study)


def _request(home: Path, study: Study | None) -> None:
    state = st.session_state
    if state.get("filled_from") != (study.id if study else "") or "authority" not in state:
        _fill(study.request if study else StudyRequest("city-borough"))
        state["filled_from"] = study.id if study else ""
    titles, known_policies = authorities(), policies()
    st.selectbox("Authority", list(titles), format_func=titles.__getitem__, key="authority")
    st.multiselect(
        "Policies of the alternative",
        list(known_policies),
        format_func=lambda name: known_policies[name][0],
        key="policies",
        placeholder="Choose one or more",
        select_all=False,
        wrap=True,
    )
    for name in state["policies"]:
        st.caption(escaped(known_policies[name][1]))
    base, under = _scenarios(state["authority"], tuple(state["policies"]))
    st.multiselect(
        "Levers of the alternative",
        list(LEVERS),
        format_func=lambda key: LEVERS[key].title,
        key="levers",
        placeholder="Choose what to move",
        select_all=False,
        wrap=True,
    )
    for key in state["levers"]:
        _lever(LEVERS[key], base, under or base)
    st.text_input("Name of the alternative (optional)", key="title", max_chars=LONGEST_TITLE)
    left, right = st.columns(2)
    left.number_input(
        "Simulated years",
        min_value=2,
        max_value=MOST_REPLICATES,
        step=1,
        key="replicates",
        help="Runs of baseline and of alternative. With fewer than 20 the ends of the bands are rough.",
    )
    right.text_input("Seed", key="seed", help="The same seed gives the same numbers again.")
    st.number_input(
        "Reporting years",
        min_value=1,
        max_value=MOST_YEARS,
        step=1,
        key="years",
        help="Years that each run is followed, one after the other. Results come year by year.",
    )
    st.button("Run", key="run", type="primary", on_click=_run, args=(home,), width="stretch")
    for line in state.get("wrong", ()):  # until a button is pressed again: a study that runs draws the page anew
        st.error(escaped(line))


def _fill(request: StudyRequest) -> None:
    state = st.session_state
    state["authority"] = request.authority if request.authority in authorities() else "city-borough"
    state["policies"] = [name for name in request.policies if name in policies()]
    state["levers"] = [key for key in request.levers if key in LEVERS]
    for key in state["levers"]:
        state[_AT + key] = request.levers[key]
    state["title"], state["replicates"], state["seed"] = request.title, request.replicates, str(request.seed)
    state["years"] = request.years


def _scenarios(authority: str, policies: tuple[str, ...]) -> tuple[Scenario, Scenario | None]:
    """The authority as it is and under policies; policies that do not go together are said."""
    base = _loaded(authority, ())
    try:
        return base, _loaded(authority, policies)
    except ScenarioError as error:
        for line in faults_in_words(error):
            st.error(escaped(line))
        return base, None


@st.cache_resource(max_entries=100, show_spinner=False)
def _loaded(authority: str, policies: tuple[str, ...]) -> Scenario:
    return load_scenario(authority, (), policies)


def _lever(lever: Lever, base: Scenario, under: Scenario) -> None:
    """One lever: its value, unit, evidence and calibrated range, and a warning outside that range."""
    key = _AT + lever.key
    before, now = known.settings(base)[lever.key], known.settings(under)[lever.key]
    if key not in st.session_state:
        st.session_state[key] = now
    if lever.is_switch:
        value: Setting = st.toggle(lever.label.capitalize(), key=key, help=lever.declared.meaning)
    else:
        near = lever.within(st.session_state[key])
        if near != st.session_state[key]:  # else left alone: what is written here would undo a move made meanwhile
            st.session_state[key] = near
        low, high, step = (int(x) if lever.is_whole else float(x) for x in (lever.low, lever.high, lever.step))
        value = st.slider(
            f"{lever.label[:1].upper()}{lever.label[1:]} ({lever.declared.unit})",
            low,
            high,
            step=step,
            key=key,
            help=lever.declared.meaning,
            format="%d" if lever.is_whole else "%.2f",
        )
    about = [f"As it is {known.shown(before)}" + (f", under the policies {known.shown(now)}" if now != before else "")]
    ends = known.calibrated_range(lever, base)
    if ends is not None:
        about.append(f"calibrated range {known.shown(ends[0])} to {known.shown(ends[1])}")
    about.append(f"evidence: {known.evidence(lever, base.name)}")
    st.caption(escaped("; ".join(about)))
    warning = known.warning_outside_range(lever, value, base)
    if warning:
        st.warning(escaped(warning))


def _run(home: Path) -> None:
    """Make a study of what is asked and start it; what is wrong with it is shown beside the button."""
    state = st.session_state
    state["wrong"] = ()
    try:
        seed = read_seed(state["seed"])
        values = {key: state[_AT + key] for key in state["levers"]}
        runs = int(state["replicates"] or 0)
        title = state["title"].strip()
        followed = int(state["years"] or 0)
        request = StudyRequest(state["authority"], tuple(state["policies"]), values, runs, seed, title, followed)
        study = create(home, request)
        start(study)
    except RequestError as error:
        state["wrong"] = error.lines
        return
    state["filled_from"] = study.id
    st.query_params["study"] = study.id


def _saved_studies(home: Path, study: Study | None) -> None:
    there = list_studies(home)
    with st.expander(f"Saved studies ({len(there)})", expanded=study is None):
        if not there:
            st.caption("None yet.")
            return
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
