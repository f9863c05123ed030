"""The page: what is asked on the left, the study on the right."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from ..experiment.format import duration
from . import ask, outcome, saved, shared
from .asked import StudyError
from .settings import HOME
from .studies import FAILED, FINISHED, RUNNING, STOPPED, Progress, Study, date_of, find, first, start, stop
from .studies import progress as progress_of

SIDEBAR = 350
"""Pixels."""
PURPOSE = (
    "Simulated authorities, for planning and research. Not for decisions about individual children: no family here is "
    "a real one."
)


def home() -> Path:
    """The folder of studies."""
    return Path(os.environ.get(HOME) or Path.home() / "referral-sim-studies")


def show() -> None:
    """Draw the page for the study that its address names."""
    st.set_page_config(page_title="referral-sim", layout="wide", initial_sidebar_state=SIDEBAR)
    st.html(shared.STYLE)
    study, wrong = _study()
    with st.sidebar:
        ask.panel(home(), study)
        saved.panel(home(), study)
    st.markdown("#### What would a policy change?")
    st.caption(PURPOSE)
    for line in wrong:
        st.error(shared.escaped(line))
    if study is not None:
        _show_study(study)


def _study() -> tuple[Study | None, tuple[str, ...]]:
    """The study of the address, or else the newest."""
    asked = st.query_params.get("study")
    try:
        if asked is None:
            study = first(home())
            st.query_params["study"] = study.id
            return study, ()
        return find(home(), asked), ()
    except StudyError as error:
        return None, error.lines


def _show_study(study: Study) -> None:
    st.markdown(f"##### {shared.escaped(study.title)}")
    authority = shared.titles()[study.asked.authority]
    st.caption(
        f"Against {shared.escaped(authority)} as it is. {study.asked.replicates} simulated years of each, seed "
        f"{study.asked.seed}; both meet the same families with the same troubles. Begun {date_of(study)}."
    )
    now = progress_of(study)
    often = 0.5 if now.done < 2 else 1.0  # seconds
    st.fragment(run_every=often if now.state == RUNNING else None)(_progress)(study, now)
    outcome.tabs(study, now)


def _progress(study: Study, drawn: Progress) -> None:
    """How far the runs are, and the button that stops them; redraws the page when there is more to see."""
    now = progress_of(study)
    if drawn.state == RUNNING and (now.state != RUNNING or now.done >= max(drawn.done * 1.4, drawn.done + 2)):
        st.rerun()
    if now.state == FINISHED and not now.failed:
        return
    bar, button = st.columns([6, 1], vertical_alignment="center")
    done = now.done + now.failed
    failed = f", {now.failed} failed" if now.failed else ""
    left = f", about {duration(now.left)} left" if now.left is not None else ""
    words = {
        RUNNING: f"{now.done} of {now.total} runs finished{failed}{left}. You may close this page: the runs go on.",
        STOPPED: f"Stopped. {now.done} of {now.total} runs finished{failed}.",
        FAILED: f"The runs ended early: {now.done} of {now.total} finished{failed}.",
        FINISHED: f"{now.done} of {now.total} runs finished{failed}.",
    }[now.state]
    with bar:
        st.progress(min(done / now.total, 1.0), text=words)
        if now.message:
            st.error(shared.escaped(now.message))
    with button:
        if now.state == RUNNING:
            st.button("Stop", key="stop", on_click=stop, args=(study,), width="stretch")
        elif now.state in (STOPPED, FAILED):
            st.button("Go on", key="go_on", on_click=start, args=(study,), width="stretch")
