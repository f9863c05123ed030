"""The right side of the page: what came out of a study, one tab a question."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from ..experiment.profile import Profile
from ..experiment.scenarios import Pair
from ..measures.table import unit_of
from ..report.sentences import how_sure, sentences_of_pair
from ..results.doubts import doubts_of
from ..results.reading import Results
from . import cases, files, saved, shared, tables
from .studies import FINISHED, RUNNING, Progress, Study

SUMMARY, WHO, STAGES, LOAD, CASES, ALL, COMPARE, TAKE = (
    "Summary", "Who refers", "Path of cases", "Workload", "Single cases", "All figures", "Compare studies", "Take away",
)  # fmt: skip

_NOTHING = "The first figures come as soon as one simulated year of each scenario is finished."


def tabs(study: Study, now: Progress) -> None:
    """Draw the tabs; only the open one is filled."""
    found = shared.results(study, now)
    views: dict[str, Callable[[Results, Pair], None]] = {
        SUMMARY: _summary,
        WHO: _who,
        STAGES: _stages,
        LOAD: _load,
        CASES: lambda found, pair: _cases(study, now),
        ALL: _all,
        COMPARE: lambda found, pair: saved.compare(study.folder.parent, study),
        TAKE: lambda found, pair: _take(study, found),
    }
    for name, tab in zip(views, st.tabs(list(views), key=f"tabs:{study.id}", on_change="rerun"), strict=True):
        if not tab.open:
            continue
        with tab:
            if found is None:
                st.info(_NOTHING if now.state == RUNNING else f"{_NOTHING} Press Go on.")
            else:
                views[name](found, found.comparisons[0].pairs[0])


def _sides(found: Results) -> tuple[Profile, Profile]:
    base, other = found.profiles
    return base, other


def _summary(found: Results, pair: Pair) -> None:
    cells = tables.headline(pair)
    for start in range(0, len(cells), 3):
        for column, (label, unit, one) in zip(st.columns(3), cells[start : start + 3], strict=False):
            column.metric(
                shared.escaped(label),
                one.value,
                one.difference if one.differs else "no difference",
                delta_color="off",
                delta_arrow="auto" if one.differs else "off",
                border=True,
                help=shared.escaped(f"{unit}. Large: the alternative. Below: its difference from the baseline."),
            )
            column.caption(shared.escaped(f"{unit}; baseline {one.base}; nine years in ten: {one.most}"))
    st.markdown("**In words**")
    st.markdown("\n".join(f"- {shared.escaped(line)}" for line in sentences_of_pair(pair)))
    doubts = doubts_of(found)
    with st.expander(f"Before you conclude anything ({len(doubts)})"):
        st.markdown("\n".join(f"- {shared.escaped(line)}" for line in (*doubts, *how_sure(found))))
    _difference_figure(found, pair)
    with st.expander("The figures behind this"):
        _differences(pair, everything=False)


def _difference_figure(found: Results, pair: Pair) -> None:
    from ..figures import differences

    alt = "Differences with the bands in which half, and nine in ten, of simulated years lie"
    shared.figure("differences", found, partial(differences, pair.summary), alt)


def _differences(pair: Pair, everything: bool) -> None:
    for heading, frame in tables.differences_tables(pair, everything):
        st.markdown(f"**{shared.escaped(heading)}**")
        shared.table(frame)
    st.caption(
        "Difference: mean over the simulated years. Bands: where single years lie, not the error of the mean. "
        f"{pair.replicates} pairs of years."
    )


def _who(found: Results, pair: Pair) -> None:
    from ..figures import sources

    base, other = _sides(found)
    st.markdown(
        "Records of the time have no code for programmes: unless the alternative gives them one, what programmes bring "
        "stands under other sources. In truth: who really brought the referral."
    )
    for column, (name, profile) in zip(st.columns(2), ((tables.BASE, base), (tables.OTHER, other)), strict=True):
        with column:
            st.markdown(f"**{name}**")
            alt = f"Shares of referrals by source, as recorded and in truth: {name}"
            shared.figure(f"sources-{name}", found, partial(sources, profile.rows), alt)
    st.markdown("**Shares of referrals, mean of the simulated years**")
    shared.table(tables.sources_table(base, other))


def _stages(found: Results, pair: Pair) -> None:
    from ..figures import flows

    base, other = _sides(found)
    each = tables.flow_tables({tables.BASE: base, tables.OTHER: other}, found.scenarios)
    st.markdown("Where cases go in a year, and how many. Widths are cases; grey is what is left of a place's cases.")
    shown = st.segmented_control(
        "Scenario", list(each), default=tables.OTHER, required=True, key="flows", label_visibility="collapsed"
    )
    shared.figure(f"flows-{shown}", found, partial(flows, each[shown]), f"Flow of cases between agencies: {shown}")
    with st.expander("The flows in figures"):
        shared.table(tables.flows_together(each))
    st.markdown(f"**How many reach each stage, {unit_of('contacts')}**")
    shared.table(tables.of_measures(pair, tables.STAGES))
    st.markdown("**Between programmes and social services**")
    shared.table(tables.of_measures(pair, tables.PROGRAMMES))


def _load(found: Results, pair: Pair) -> None:
    initial, core = tables.limits(pair.scenario)
    st.markdown(
        f"The limits of the time: {initial} working days for an initial assessment, {core} for a core assessment. "
        "Shares count what was completed; under a heavy backlog they can rise while service gets worse, so read them "
        "beside the backlog."
    )
    shared.table(tables.of_measures(pair, tables.WORKLOAD))
    st.markdown("**Beside what was published**")
    for heading, frame in tables.published_tables(*_sides(found)):
        st.markdown(f"*{shared.escaped(heading)}*")
        shared.table(frame)


def _cases(study: Study, now: Progress) -> None:
    found = shared.details(study)
    if found is None or found.events is None:
        waits = now.state in (RUNNING, FINISHED)
        st.info(
            "Single cases can be followed when the runs are finished; they are written last."
            if waits
            else "Single cases can be followed when all runs are finished: press Go on."
        )
        return
    events = _events(str(found.events))
    st.markdown("One simulated year of both scenarios. A number is the same concern of the same family in both.")
    left, right = st.columns(2)
    way = left.selectbox("Cases that were", [*cases.WAYS, cases.DIFFERS], key=f"way:{study.id}")
    numbers = cases.chosen(events, way)
    if not numbers:
        st.info("There is no such case in this year.")
        return
    names = cases.titles(events, numbers)
    case = right.selectbox("Case", numbers, format_func=names.__getitem__, key=f"case:{study.id}:{way}")
    base, other = (one.name for one in found.scenarios)
    followed = cases.follow(events, case, (base, other))
    st.markdown(" · ".join(f"{label}: **{shared.escaped(text)}**" for label, text in followed.facts.items()))
    if not followed.same:
        st.warning("The two scenarios have other families, so this number is not the same concern in both.")
    for column, (name, scenario) in zip(st.columns(2), ((tables.BASE, base), (tables.OTHER, other)), strict=True):
        with column:
            st.markdown(f"**{name}**")
            stages = followed.stages[scenario]
            if len(stages):
                shared.table(stages)
            else:
                st.caption("No agency heard of it.")


@st.cache_resource(max_entries=4, show_spinner="Reading the cases")
def _events(path: str) -> pd.DataFrame:
    return cases.read_events(Path(path))


def _all(found: Results, pair: Pair) -> None:
    st.caption("Every measure and group, of baseline and alternative.")
    _differences(pair, everything=True)


def _take(study: Study, found: Results) -> None:
    name = f"study-{study.id}"
    st.markdown("**Tables, report and scenario**")
    columns = st.columns(5)
    for column, label, ending, make in (
        (columns[0], "Differences (CSV)", "csv", lambda: files.csv(files.differences(found))),
        (columns[1], "Profiles (CSV)", "profiles.csv", lambda: files.csv(files.profiles(found))),
        (columns[2], "Workbook (XLSX)", "xlsx", lambda: files.workbook(study, found)),
        (columns[3], "Scenario (YAML)", "yaml", lambda: study.scenario_text),
    ):
        kind = files.MEDIA[ending.rpartition(".")[2]]
        file = "alternative.yaml" if ending == "yaml" else f"{name}.{ending}"
        column.download_button(label, make, file, kind, on_click="ignore", width="stretch")
    if files.has_report():
        columns[4].download_button(
            "Report (HTML)",
            lambda: files.report(study),
            f"{name}.html",
            files.MEDIA["html"],
            on_click="ignore",
            width="stretch",
        )
    st.markdown("**The same figures without this page**")
    st.markdown("Save the scenario as alternative\\.yaml and, in its folder, type:")
    st.code(study.command, language=None)
    st.markdown("The scenario:")
    st.code(study.scenario_text, language="yaml")
    st.caption("All runs of this study are in a sweep's folder, which `referral-sim export` and DuckDB can read:")
    st.code(f"referral-sim export {study.store}", language=None)
