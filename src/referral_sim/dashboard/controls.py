"""The left side of the page: authority, alternatives, runs, the button that starts them, and files."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import streamlit as st

from ..scenario import Scenario, ScenarioError
from . import levers as known
from . import uploads
from .levers import LEVERS, Lever, Setting
from .request import (
    LONGEST_TITLE,
    MOST_ALTERNATIVES,
    MOST_REPLICATES,
    MOST_YEARS,
    Alternative,
    RequestError,
    StudyRequest,
    authorities,
    check_request,
    faults_in_words,
    policies,
    read_seed,
    scenario_of,
    without_idle_levers,
)
from .studies import Study, create, start
from .widgets import escaped

_FIRST = StudyRequest("city-borough", (Alternative(),))
_AS_IT_IS = "The authority as it is"


def show_controls(home: Path, study: Study | None) -> bool:
    """Draw the controls; they begin with what the study on the right asks.

    Returns:
        Whether they ask something else than this study.
    """
    state = st.session_state
    if state.get("filled_from") != (study.id if study else "") or "authority" not in state:
        _fill(study.request if study else _FIRST)
        state["filled_from"] = study.id if study else ""
    files = state["files"]
    mine = [name for name in files if not uploads.is_policy(files[name])]
    st.selectbox("Authority", [*authorities(), *mine], format_func=_title_of_authority, key="authority")
    for number in range(state["count"]):
        _alternative(number)
    more, less = st.columns(2)
    full, single = state["count"] >= MOST_ALTERNATIVES, state["count"] <= 1
    more.button("Add one more", key="more", on_click=_count, args=(1,), disabled=full, width="stretch")
    less.button("Remove last", key="less", on_click=_count, args=(-1,), disabled=single, width="stretch")
    _range()
    _runs()
    _files()
    st.button("Run", key="run", type="primary", on_click=_run, args=(home,), width="stretch")
    for line in state.get("wrong", ()):  # until a button is pressed again: a study that runs draws the page anew
        st.error(escaped(line))
    return study is not None and _differs(study.request)


def _fill(request: StudyRequest) -> None:
    state = st.session_state
    state["files"] = {**state.get("files", {}), **request.files}
    state["authority"] = request.authority
    state["count"] = max(len(request.alternatives), 1)
    for number, one in enumerate(request.alternatives or (Alternative(),)):
        _fill_alternative(number, one)
    state["replicates"], state["seed"], state["years"] = request.replicates, str(request.seed), request.years
    state["draws"] = request.draws


def _fill_alternative(number: int, one: Alternative) -> None:
    state, of = st.session_state, f"-{number + 1}"
    state["policies" + of], state["levers" + of] = list(one.policies), list(one.levers)
    state["scenario" + of], state["title" + of] = one.scenario, one.title
    for key in [name for name in state if str(name).startswith(f"at{of}:")]:
        del state[key]
    for key, value in one.levers.items():
        state[f"at{of}:{key}"] = value


def _count(by: int) -> None:
    state = st.session_state
    state["count"] += by
    if by > 0:
        _fill_alternative(state["count"] - 1, Alternative())


def _title_of_authority(name: str) -> str:
    return authorities().get(name) or uploads.title_of(name, st.session_state["files"])


def _title_of_policy(name: str) -> str:
    found = policies().get(name)
    return found[0] if found else uploads.title_of(name, st.session_state["files"])


def _alternative(number: int) -> None:
    state, of = st.session_state, f"-{number + 1}"
    files = state["files"]
    mine = [name for name, text in files.items() if uploads.is_policy(text)]
    scenarios = [name for name in files if name not in mine]
    with st.expander(f"Alternative {number + 1}", expanded=number == state["count"] - 1, key=f"alternative{of}"):
        if scenarios:
            st.selectbox(
                "Begins as",
                ["", *scenarios],
                format_func=lambda name: uploads.title_of(name, files) if name else _AS_IT_IS,
                key="scenario" + of,
            )
        st.multiselect(
            "Policies",
            [*policies(), *mine],
            format_func=_title_of_policy,
            key="policies" + of,
            placeholder="Choose one or more",
            select_all=False,
            wrap=True,
        )
        for name in state["policies" + of]:
            if name in policies():
                st.caption(escaped(policies()[name][1]))
        base, under = _scenarios(number)
        st.multiselect(
            "Levers",
            list(LEVERS),
            format_func=lambda key: LEVERS[key].title,
            key="levers" + of,
            placeholder="Choose what to move",
            select_all=False,
            wrap=True,
        )
        if base is not None:
            for key in state["levers" + of]:
                _lever(f"at{of}:{key}", LEVERS[key], base, under or base)
        st.text_input("Name (optional)", key="title" + of, max_chars=LONGEST_TITLE)


def _scenarios(number: int) -> tuple[Scenario | None, Scenario | None]:
    """The baseline, and an alternative before its levers; policies that do not go together are said."""
    asked = _alternatives(levers=False)
    try:
        base = scenario_of(asked)
    except ScenarioError as error:
        for line in faults_in_words(error):
            st.error(escaped(line))
        return None, None
    try:
        return base, scenario_of(asked, number)
    except ScenarioError as error:
        for line in faults_in_words(error):
            st.error(escaped(line))
        return base, None


def _lever(at: str, lever: Lever, base: Scenario, under: Scenario) -> None:
    """One lever: its value, unit, evidence and calibrated range, and a warning outside that range."""
    before, now = known.settings(base)[lever.key], known.settings(under)[lever.key]
    if at not in st.session_state:
        st.session_state[at] = now
    value: Setting
    if lever.is_switch:
        value = st.toggle(lever.label.capitalize(), key=at, help=lever.declared.meaning)
    else:
        near = lever.within(st.session_state[at])
        if near != st.session_state[at]:  # else left alone: what is written here would undo a move made meanwhile
            st.session_state[at] = near
        low, high, step = (int(x) if lever.is_whole else float(x) for x in (lever.low, lever.high, lever.step))
        value = st.slider(
            f"{lever.label[:1].upper()}{lever.label[1:]} ({lever.declared.unit})",
            low,
            high,
            step=step,
            key=at,
            help=lever.declared.meaning,
            format="%d" if lever.is_whole else "%.2f",
        )
    about = [f"As it is {known.shown(before)}" + (f", under the policies {known.shown(now)}" if now != before else "")]
    if value == now:
        about.insert(0, "Not moved: this changes nothing")
    ends = known.calibrated_range(lever, base)
    if ends is not None:
        about.append(f"calibrated range {known.shown(ends[0])} to {known.shown(ends[1])}")
    about.append(f"evidence: {known.evidence(lever, base)}")
    st.caption(escaped("; ".join(about)))
    warning = known.warning_outside_range(lever, value, base)
    if warning:
        st.warning(escaped(warning))


def _range() -> None:
    """A lever over a range: it makes the alternatives, one for each value."""
    with st.expander("One lever over a range", key="range"):
        movable = [key for key, lever in LEVERS.items() if not lever.is_switch]
        key = st.selectbox("Lever", movable, format_func=lambda one: LEVERS[one].title, key="range_lever")
        lever = LEVERS[key]
        low, high, step = (int(x) if lever.is_whole else float(x) for x in (lever.low, lever.high, lever.step))
        st.slider("From and to", low, high, (low, high), step=step, key=f"range_ends:{key}")
        st.slider("Values", 3, MOST_ALTERNATIVES, 5, key="range_values")
        st.caption("These take the place of the alternatives above, which keep the policies of the first.")
        st.button("Set as alternatives", key="range_set", on_click=_lay_range, args=(key,), width="stretch")


def _lay_range(key: str) -> None:
    state, lever = st.session_state, LEVERS[key]
    low, high = state[f"range_ends:{key}"]
    values = known.spread(lever, low, high, state["range_values"])
    first = _alternatives(levers=False).alternatives[0]
    state["count"] = len(values)
    for number, value in enumerate(values):
        _fill_alternative(number, Alternative(first.policies, {key: value}, "", first.scenario))


def _runs() -> None:
    left, right = st.columns(2)
    left.number_input(
        "Simulated years",
        min_value=2,
        max_value=MOST_REPLICATES,
        step=1,
        key="replicates",
        help="Runs of the baseline and of each alternative. With fewer than 20 the ends of the bands are rough.",
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
    st.toggle(
        "Draws of parameters",
        key="draws",
        help="On: every two simulated years have other values of the calibrated parameters, so that bands hold what is "
        "not known of them as well as chance. They change nothing in an authority that is not calibrated.",
    )


def _files() -> None:
    """Files of one's own: uploaded here, used above, kept in the studies that use them."""
    state = st.session_state
    with st.expander(f"Files of your own ({len(state['files'])})", key="own_files"):
        given = st.file_uploader(
            "Scenario or policy (YAML)", ["yaml", "yml"], key="upload", max_upload_size=1, on_change=_take_upload
        )
        if given is None:
            st.caption("A file is offered above once it has no faults.")
        for line in state.get("upload_faults", ()):
            st.error(escaped(line))
        for name, text in state["files"].items():
            st.download_button(name, text, name, "application/yaml", key=f"own:{name}", on_click="ignore")


def _take_upload() -> None:
    state = st.session_state
    given, state["upload_faults"] = state["upload"], []
    if given is None:
        return
    text, wrong = uploads.decoded(given.getvalue())
    name = uploads.harmless_name(given.name)
    wrong = wrong or uploads.faults(name, text, state["files"])
    if wrong:
        state["upload_faults"] = wrong
    else:
        state["files"] = {**state["files"], name: text}


def _alternatives(levers: bool) -> StudyRequest:
    """Authority and alternatives as the controls have them.

    Args:
        levers: whether with levers.
    """
    state = st.session_state
    found = []
    for number in range(state["count"]):
        of = f"-{number + 1}"
        values = {key: state[f"at{of}:{key}"] for key in state.get("levers" + of, ()) if f"at{of}:{key}" in state}
        found.append(
            Alternative(
                tuple(state.get("policies" + of, ())),
                values if levers else {},
                state.get("title" + of, "").strip(),
                state.get("scenario" + of, ""),
            )
        )
    return StudyRequest(state["authority"], tuple(found), files=state["files"])


def asked() -> StudyRequest:
    """What the controls ask, without levers that stand where they were.

    Raises:
        RequestError: if it cannot be asked.
    """
    state = st.session_state
    request = dataclasses.replace(
        _alternatives(levers=True),
        replicates=int(state["replicates"] or 0),
        seed=read_seed(state["seed"]),
        years=int(state["years"] or 0),
        draws=bool(state["draws"]),
    )
    named = {request.authority, *(n for one in request.alternatives for n in (one.scenario, *one.policies))}
    files = uploads.needed(named, request.files)
    try:
        return without_idle_levers(dataclasses.replace(request, files=files))
    except ScenarioError as error:
        raise RequestError(faults_in_words(error)) from None


def _differs(shown: StudyRequest) -> bool:
    try:
        return asked() != shown
    except RequestError:
        return True


def _run(home: Path) -> None:
    """Make a study of what is asked and start it; what is wrong with it is shown beside the button."""
    state = st.session_state
    state["wrong"] = ()
    try:
        request = asked()
        check_request(request)
        study = create(home, request)
        start(study)
    except RequestError as error:
        state["wrong"] = error.lines
        return
    state["filled_from"] = study.id
    st.query_params["study"] = study.id
