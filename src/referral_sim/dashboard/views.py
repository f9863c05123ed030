"""The right side of the page: what came out of a study, one tab a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Pair
from ..folders.read_folder import Results
from ..folders.result_warnings import warnings_of
from ..measures.table import HEADLINES, PROGRAMMES, STAGES, WORKLOAD, unit_of
from ..report.grids import (
    Grid,
    both_beside_published,
    differences_of,
    differences_table,
    flows_side_by_side,
    sources_table,
)
from ..report.sentences import how_sure, sentences_of_pair
from . import downloads, single_cases
from .studies import RUNNING, Study, StudyProgress, date_of, list_studies, progress
from .widgets import details_of, escaped, results_of, show_figure, show_table
from .worker import FINISHED

BASE, OTHER = "Baseline", "Alternative"
COLUMNS = {
    "Measure": "Measure",
    "Base": BASE,
    "Other": OTHER,
    "Difference": "Difference",
    "50% interval": "Half of years",
    "90% interval": "Nine years in ten",
    "Rises": "Share of years up",
}
"""Columns of a table of differences that the page shows -> what it calls them."""
_NOTHING = "The first figures come as soon as one simulated year of each scenario is finished."


def show_tabs(study: Study, now: StudyProgress) -> None:
    """Draw the tabs; only the open one is filled."""
    found = results_of(study, now)
    views: dict[str, Callable[[Results, Pair], None]] = {
        "Summary": _summary,
        "Who refers": _who,
        "Path of cases": _stages,
        "Workload": _load,
        "Single cases": lambda found, pair: _cases(study, now),
        "All figures": _all,
        "Compare studies": lambda found, pair: _compare(study),
        "Take away": lambda found, pair: _take(study, found),
    }
    for name, tab in zip(views, st.tabs(list(views), key=f"tabs:{study.id}", on_change="rerun"), strict=True):
        if not tab.open:
            continue
        with tab:
            if found is None:
                st.info(_NOTHING if now.state == RUNNING else f"{_NOTHING} Press Go on.")
            else:
                views[name](*_of_year(found, name, study.id))


def _of_year(found: Results, tab: str, study: str) -> tuple[Results, Pair]:
    """The results of one reporting year, which the tab lets choose where there are several."""
    comparison = found.comparisons[0]
    pair, year = comparison.pairs[0], None
    if len(pair.years) > 1:
        year = st.segmented_control(
            "Year", pair.years, default=pair.years[-1], required=True, key=f"year:{study}:{tab}"
        )
    shown = replace(comparison, pairs=(pair.of_year(year),))
    profiles = tuple(profile.of_year(year) for profile in found.profiles)
    return replace(found, comparisons=(shown,), profiles=profiles), shown.pairs[0]


def _sides(found: Results) -> tuple[AuthorityResult, AuthorityResult]:
    base, other = found.profiles
    return base, other


def headlines(pair: Pair) -> list[dict[Any, Any]]:
    """What stands first on the page, as texts: the columns of a table of differences, a line each."""
    return differences_of(pair.of_year(), HEADLINES).frame().to_dict("records")


def _summary(found: Results, pair: Pair) -> None:
    lines = headlines(pair)
    for start in range(0, len(lines), 3):
        for column, line in zip(st.columns(3), lines[start : start + 3], strict=False):
            unit, difference = line["Unit"], line["Difference"]
            differs = difference.strip("+-0.") != ""  # in the digits that it bears
            column.metric(
                escaped(line["Measure"]),
                line["Other"],
                difference if differs else "no difference",
                delta_color="off",
                delta_arrow="auto" if differs else "off",
                border=True,
                help=escaped(f"{unit}. Large: the alternative. Below: its difference from the baseline."),
            )
            column.caption(escaped(f"{unit}; baseline {line['Base']}; nine years in ten: {line['90% interval']}"))
    st.markdown("**In words**")
    st.markdown("\n".join(f"- {escaped(line)}" for line in sentences_of_pair(pair)))
    doubts = warnings_of(found)
    with st.expander(f"Before you conclude anything ({len(doubts)})"):
        st.markdown("\n".join(f"- {escaped(line)}" for line in (*doubts, *how_sure(found))))
    _difference_figure(found, pair)
    with st.expander("The figures behind this"):
        _differences(found, pair, everything=False)


def _difference_figure(found: Results, pair: Pair) -> None:
    from ..figures import differences

    alt = "Differences with the bands in which half, and nine in ten, of simulated years lie"
    show_figure("differences", found, partial(differences, pair.summary), alt)


def _differences(found: Results, pair: Pair, everything: bool) -> None:
    show_blocks(differences_table(found.comparisons[0], pair, everything), "**", COLUMNS)
    st.caption(
        "Difference: mean over the simulated years. Bands: where single years lie, not the error of the mean. "
        f"{pair.replicates} pairs of years."
    )


def show_blocks(grid: Grid, mark: str, columns: Mapping[str, str] | None = None) -> None:
    """Show each heading of a table and the rows under it.

    Args:
        grid: the table.
        mark: what stands around a heading in Markdown.
        columns: as :meth:`~referral_sim.report.grids.Grid.frame` takes them.
    """
    for heading, under in grid.blocks():
        st.markdown(f"{mark}{escaped(heading)}{mark}")
        show_table(under.frame(columns))


def differences_frame(pair: Pair, measures: Sequence[str]) -> pd.DataFrame:
    """Differences of measures of the whole authority that one of the two scenarios has; with units if they differ."""
    grid = differences_of(pair, [(measure, "all") for measure in measures])
    there = tuple(row for row in grid.rows if any(cell.value != 0.0 for cell in row[2:4]))
    frame = replace(grid, rows=there).frame({"Unit": "Unit", **COLUMNS})
    order = ["Measure", *(["Unit"] if frame["Unit"].nunique() > 1 else []), *list(COLUMNS.values())[1:]]
    return frame[order]


def _who(found: Results, pair: Pair) -> None:
    from ..figures import sources

    base, other = _sides(found)
    st.markdown(
        "Records of the time have no code for programmes: unless the alternative gives them one, what programmes bring "
        "stands under other sources. In truth: who really brought the referral."
    )
    for column, (name, profile) in zip(st.columns(2), ((BASE, base), (OTHER, other)), strict=True):
        with column:
            st.markdown(f"**{name}**")
            alt = f"Shares of referrals by source, as recorded and in truth: {name}"
            show_figure(f"sources-{name}", found, partial(sources, profile.rows), alt)
    st.markdown("**Shares of referrals, mean of the simulated years**")
    show_table(sources_table({BASE: base, OTHER: other}).frame())


def _stages(found: Results, pair: Pair) -> None:
    from ..experiment.flows import flows as flow_table
    from ..figures import flows

    base, other = _sides(found)
    sides = zip((BASE, OTHER), (base, other), found.scenarios, strict=True)
    each = {name: flow_table(one.rows, scenario.population.children) for name, one, scenario in sides}
    st.markdown("Where cases go in a year, and how many. Widths are cases; grey is what is left of a place's cases.")
    shown = st.segmented_control(
        "Scenario", list(each), default=OTHER, required=True, key="flows", label_visibility="collapsed"
    )
    show_figure(f"flows-{shown}", found, partial(flows, each[shown]), f"Flow of cases between agencies: {shown}")
    with st.expander("The flows in figures"):
        show_table(flows_side_by_side(each).frame())
    st.markdown(f"**How many reach each stage, {unit_of('contacts')}**")
    show_table(differences_frame(pair, STAGES))
    st.markdown("**Between programmes and social services**")
    show_table(differences_frame(pair, PROGRAMMES))


def _load(found: Results, pair: Pair) -> None:
    limits = pair.scenario.assessment
    st.markdown(
        f"The limits of the time: {limits.initial_deadline} working days for an initial assessment, "
        f"{limits.core_deadline} for a core assessment. "
        "Shares count what was completed; under a heavy backlog they can rise while service gets worse, so read them "
        "beside the backlog."
    )
    show_table(differences_frame(pair, WORKLOAD))
    st.markdown("**Beside what was published**")
    show_blocks(both_beside_published(*_sides(found), (BASE, OTHER)), "*")


def _cases(study: Study, now: StudyProgress) -> None:
    found = details_of(study)
    if found is None or found.events is None:
        waits = now.state in (RUNNING, FINISHED)
        st.info(
            "Single cases can be followed when the runs are finished; they are written last."
            if waits
            else "Single cases can be followed when all runs are finished: press Go on."
        )
        return
    events = _events(str(found.events))
    st.markdown("One simulated year of both scenarios. A number is the same sign of the same family in both.")
    left, right = st.columns(2)
    way = left.selectbox("Cases that were", [*single_cases.WAYS, single_cases.DIFFERS], key=f"way:{study.id}")
    numbers = single_cases.chosen(events, way)
    if not numbers:
        st.info("There is no such case in this year.")
        return
    names = single_cases.titles(events, numbers)
    case = right.selectbox("Case", numbers, format_func=names.__getitem__, key=f"case:{study.id}:{way}")
    base, other = (one.name for one in found.scenarios)
    followed = single_cases.follow(events, case, (base, other))
    st.markdown(" · ".join(f"{label}: **{escaped(text)}**" for label, text in followed.facts.items()))
    if not followed.same:
        st.warning("The two scenarios have other families, so this number is not the same sign in both.")
    for column, (name, scenario) in zip(st.columns(2), ((BASE, base), (OTHER, other)), strict=True):
        with column:
            st.markdown(f"**{name}**")
            stages = followed.stages[scenario]
            if len(stages):
                show_table(stages)
            else:
                st.caption("No agency heard of it.")


@st.cache_resource(max_entries=4, show_spinner="Reading the cases")
def _events(path: str) -> pd.DataFrame:
    return single_cases.read_events(Path(path))


def _all(found: Results, pair: Pair) -> None:
    st.caption("Every measure and group, of baseline and alternative.")
    _differences(found, pair, everything=True)


def _compare(study: Study) -> None:
    """What several studies change, side by side, each against its own baseline."""
    by_id = {one.id: one for one in list_studies(study.folder.parent)}
    chosen = st.multiselect(
        "Studies to set beside each other",
        list(by_id),
        default=[study.id] if study.id in by_id else [],
        format_func=lambda id_: f"{by_id[id_].title} ({date_of(by_id[id_])})",
        key=f"compared:{study.id}",
        select_all=False,
    )
    columns: dict[str, dict[str, str]] = {}
    for number, one in enumerate((by_id[id_] for id_ in chosen), 1):
        found = results_of(one, progress(one))
        if found is None:
            st.info(escaped(f"{one.title}: no runs of both scenarios are finished yet."))
            continue
        columns[f"{number}. {one.title}"] = {
            f"{line['Measure']} ({line['Unit']})": f"{line['Difference']} ({line['90% interval']})"
            for line in headlines(found.comparisons[0].pairs[0])
        }
    if columns:
        show_table(pd.DataFrame(columns).fillna("-").rename_axis("Difference from its own baseline").reset_index())
        st.caption("Mean difference, and in brackets where nine simulated years in ten lie.")
        if len({(by_id[id_].request.authority, by_id[id_].request.seed) for id_ in chosen}) > 1:
            st.warning("These studies have different authorities or seeds, so they did not meet the same families.")


def _take(study: Study, found: Results) -> None:
    name = f"study-{study.id}"
    st.markdown("**Tables, report and scenario**")
    columns = st.columns(5)
    for column, label, ending, make in (
        (columns[0], "Differences (CSV)", "csv", lambda: downloads.csv(downloads.differences(found))),
        (columns[1], "Profiles (CSV)", "profiles.csv", lambda: downloads.csv(downloads.profiles(found))),
        (columns[2], "Workbook (XLSX)", "xlsx", lambda: downloads.workbook(study, found)),
        (columns[3], "Scenario (YAML)", "yaml", lambda: study.scenario_text),
        (columns[4], "Report (HTML)", "html", lambda: downloads.report(study)),
    ):
        kind = downloads.MEDIA[ending.rpartition(".")[2]]
        file = "alternative.yaml" if ending == "yaml" else f"{name}.{ending}"
        column.download_button(label, make, file, kind, on_click="ignore", width="stretch")
    st.markdown("**The same figures without this page**")
    st.markdown("Save the scenario as alternative\\.yaml and, in its folder, type:")
    st.code(study.command, language=None)
    st.markdown("The scenario:")
    st.code(study.scenario_text, language="yaml")
    st.caption("All runs of this study are in a sweep's folder, which `referral-sim export` and DuckDB can read:")
    st.code(f"referral-sim export {study.store}", language=None)
