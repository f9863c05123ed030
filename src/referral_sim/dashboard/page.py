"""The page: a request on the left, a study on the right.

A script that Streamlit runs by itself, once for each visit and each change; so its imports name the package.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from referral_sim.dashboard.controls import show_controls
from referral_sim.dashboard.request import RequestError, title_of, title_of_authority
from referral_sim.dashboard.saved import show_about, show_saved
from referral_sim.dashboard.studies import (
    HOME,
    RUNNING,
    Study,
    StudyProgress,
    date_of,
    find,
    first,
    progress,
    start,
    stop,
)
from referral_sim.dashboard.views import show_tabs
from referral_sim.dashboard.widgets import STYLE, escaped
from referral_sim.dashboard.worker import FAILED, FINISHED, STOPPED
from referral_sim.experiment.estimate import duration

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
    """Draw the page for the study that its address names; its last element says how often it has been drawn."""
    st.session_state["drawing"] = st.session_state.get("drawing", 0) + 1
    st.set_page_config(page_title="referral-sim", layout="wide", initial_sidebar_state=SIDEBAR)
    st.html(STYLE)
    study, wrong = _study()
    with st.sidebar:
        differs = show_controls(home(), study)
        show_saved(home(), study)
    st.markdown("#### What would a policy change?")
    st.caption(PURPOSE)
    for line in wrong:
        st.error(escaped(line))
    if differs:
        st.warning("Changed on the left, not run yet: what is shown here is the study as it was run.")
    if study is not None:
        _show_study(study)
    st.html(f'<span data-drawing="{st.session_state["drawing"]}"></span>')


def _study() -> tuple[Study | None, tuple[str, ...]]:
    """The study of the address, or else the newest."""
    wanted = st.query_params.get("study")
    try:
        if wanted is None:
            study = first(home())
            st.query_params["study"] = study.id
            return study, ()
        return find(home(), wanted), ()
    except RequestError as error:
        return None, error.lines


def _show_study(study: Study) -> None:
    st.markdown(f"##### {escaped(study.title)}")
    request = study.request
    st.caption(
        f"Baseline: {escaped(title_of_authority(request))} as it is. {request.replicates} simulated years of each, "
        f"seed {request.seed}, draws of parameters {'on' if request.draws else 'off'}; all meet the same "
        f"families with the same troubles. Begun {date_of(study)}."
    )
    titles = [f"{number + 1}. {title_of(request, number)}" for number in range(len(request.alternatives))]
    st.markdown(f"{'Alternatives' if len(titles) > 1 else 'Alternative'}: {escaped('; '.join(titles))}")
    show_about(study)
    now = progress(study)
    often = 0.5 if now.done < 2 else 1.0  # seconds
    st.fragment(run_every=often if now.state == RUNNING else None)(_progress)(study, now)
    show_tabs(study, now)


def _progress(study: Study, drawn: StudyProgress) -> None:
    """How far the runs are, and the button that stops them; redraws the page when there is more to see."""
    now = progress(study)
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
            st.error(escaped(now.message))
    with button:
        if now.state == RUNNING:
            st.button("Stop", key="stop", on_click=stop, args=(study,), width="stretch")
        elif now.state in (STOPPED, FAILED):
            st.button("Go on", key="go_on", on_click=start, args=(study,), width="stretch")


if __name__ == "__main__":
    show()
