"""The right side of the page: what came out of a study, one tab a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Pair
from ..folders.read_folder import Results, ResultsError
from ..folders.result_warnings import warnings_of
from ..measures.key_measures import SMALLEST_SHARE_SHOWN
from ..measures.table import PROGRAMMES, STAGES, WORKLOAD, unit_of
from ..measures.wording import full_label
from ..report.grids import Grid, both_beside_published, differences_of, flows_side_by_side, sources_table
from . import changed_families, charts, downloads
from .answer import AnswerRow, answer_of, frame_of, how_complete, readings, side_by_side
from .archive import export_study, may_be_exported
from .decide import show_decide
from .levers import LEVERS
from .request import baseline_name, name_of, title_of, title_of_authority
from .studies import RUNNING, Study, StudyProgress, date_of, list_studies, progress
from .widgets import escaped, results_of, show_blocks, show_figure, show_table
from .worker import FINISHED

BASE = "Baseline"
COLUMNS = {
    "Measure": "Measure",
    "Base": BASE,
    "Other": "Alternative",
    "Difference": "Difference",
    "90% interval": "Nine years in ten",
}
"""Columns of a table of differences that the page shows -> what it calls them."""
_NOTHING = "The first figures come as soon as one simulated year of each scenario is finished."


@dataclass(frozen=True)
class Shown:
    """What a tab shows.

    Attributes:
        study: the study.
        found: its results, of one reporting year.
        number: of the alternative that is looked at, from 0.
        partial: what to say of results that are not whole; empty where they are.
    """

    study: Study
    found: Results
    number: int
    partial: str

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Each alternative against the baseline."""
        return self.found.comparisons[0].pairs

    @property
    def pair(self) -> Pair:
        """The alternative that is looked at against the baseline."""
        return self.pairs[self.number]

    @property
    def sides(self) -> tuple[AuthorityResult, AuthorityResult]:
        """The profiles of the baseline and of the alternative that is looked at."""
        return self.found.profiles[0], self.found.profiles[1 + self.number]

    @property
    def answers(self) -> list[tuple[str, list[AnswerRow]]]:
        """Title and answer of each alternative."""
        return [(title_of(self.study.request, n), answer_of(pair)) for n, pair in enumerate(self.pairs)]


def show_tabs(study: Study, now: StudyProgress) -> None:
    """Draw the tabs; only the open one is filled."""
    found = results_of(study, now)
    partial_ = how_complete(now, found, study) if found else ""
    if partial_:
        st.warning(f"{partial_}. Figures below will still move.")
    views: dict[str, tuple[Callable[[Shown], None], bool]] = {  # view, and whether it looks at one alternative
        "Answer": (_answer, False),
        "For whom": (partial(_whom, now=now), True),
        "Who refers": (_who, True),
        "Path of cases": (_stages, True),
        "Workload": (_load, True),
        "Decide": (_decide, False),
        "All figures": (_all, True),
        "Compare studies": (_compare, False),
        "Take away": (_take, False),
    }
    for name, tab in zip(views, st.tabs(list(views), key=f"tabs:{study.id}", on_change="rerun"), strict=True):
        if not tab.open:
            continue
        view, of_one = views[name]
        with tab:
            if found is None:
                st.info(_NOTHING if now.state == RUNNING else f"{_NOTHING} Press Go on.")
            else:
                number = _chosen_alternative(study, name) if of_one else 0
                view(Shown(study, _of_year(found, name, study.id), number, partial_))


def _chosen_alternative(study: Study, tab: str) -> int:
    count = len(study.request.alternatives)
    if count == 1:
        return 0
    return st.selectbox(
        "Alternative",
        range(count),
        format_func=lambda n: f"{n + 1}. {title_of(study.request, n)}",
        key=f"alternative:{study.id}:{tab}",
    )


def _of_year(found: Results, tab: str, study: str) -> Results:
    """The results of one reporting year, which the tab lets choose where there are several."""
    comparison = found.comparisons[0]
    years, year = comparison.pairs[0].years, None
    if len(years) > 1:
        year = st.segmented_control("Year", years, default=years[-1], required=True, key=f"year:{study}:{tab}")
    shown = replace(comparison, pairs=tuple(pair.of_year(year) for pair in comparison.pairs))
    return replace(found, comparisons=(shown,), profiles=tuple(one.of_year(year) for one in found.profiles))


def _answer(shown: Shown) -> None:
    answers = shown.answers
    for number, (title, rows) in enumerate(answers, 1):
        heading = f"{number}. {title}" if len(answers) > 1 else title
        st.markdown(f"**{escaped(heading)}**: what changes in this authority")
        show_table(frame_of(rows))
    st.info(" ".join(map(escaped, readings(shown.found))))
    if len(answers) > 1:
        st.markdown("**Side by side**")
        show_table(side_by_side(answers))
    _over_range(shown)
    units = dict.fromkeys(row.unit for _, rows in answers for row in rows if row.unit.endswith("a year"))
    charts.show_differences(answers, list(units))
    doubts = warnings_of(shown.found)
    if doubts:
        st.markdown("**To know before anything is concluded**")
        st.markdown("\n".join(f"- {escaped(_with_title(line, shown.study))}" for line in doubts))


def _with_title(line: str, study: Study) -> str:
    """A line with the titles of alternatives in place of their scenarios' names."""
    for number in range(len(study.request.alternatives)):
        line = line.replace(name_of(study.request, number), f"“{title_of(study.request, number)}”")
    return line.replace(f"{baseline_name(study.request)} ", "The baseline ", 1)


def _over_range(shown: Shown) -> None:
    """Where the alternatives differ in one lever alone: what it does over its range."""
    alternatives = shown.study.request.alternatives
    keys = {tuple(one.levers) for one in alternatives}
    alike = len({(one.policies, one.scenario) for one in alternatives}) == 1
    if len(alternatives) < 2 or not alike or len(keys) != 1 or len(next(iter(keys))) != 1:
        return
    (key,) = next(iter(keys))
    lever = LEVERS[key]
    labels = list(dict.fromkeys(row.measure for _, rows in shown.answers for row in rows))
    measure = st.selectbox("Over the range of the lever", labels, key=f"range:{shown.study.id}")
    found = [
        (float(one.levers[key]), row)
        for one, (_, rows) in zip(alternatives, shown.answers, strict=True)
        for row in rows
        if row.measure == measure
    ]
    charts.show_range(f"{lever.label} ({lever.declared.unit})", sorted(found, key=lambda point: point[0]))


def differences_frame(pair: Pair, measures: Sequence[str]) -> pd.DataFrame:
    """Differences of measures of the whole authority that one of the two scenarios has; with units if they differ."""
    grid = differences_of(pair, [(measure, "all") for measure in measures])
    there = tuple(row for row in grid.rows if any(cell.value != 0.0 for cell in row[2:4]))
    frame = replace(grid, rows=there).frame({**COLUMNS, "Unit": "Unit"})
    if frame["Unit"].nunique() > 1:
        frame["Measure"] += ", " + frame["Unit"]
    return frame.drop(columns="Unit")


def _whom(shown: Shown, now: StudyProgress) -> None:
    study = shown.study
    if not (study.details / changed_families.EVENTS).is_file():
        waits = now.state in (RUNNING, FINISHED)
        st.info(
            "Families can be looked at when the runs are finished; they are written last."
            if waits
            else "Families can be looked at when all runs are finished: press Go on."
        )
        return
    if not shown.pair.same_world:
        st.warning("The two scenarios have other families, so paths cannot be set beside each other.")
        return
    try:
        events = _events(str(study.details))
    except ResultsError as error:
        st.error(escaped(str(error)))
        return
    base, other = shown.found.comparisons[0].base.name, shown.pair.scenario.name
    found = _changes(str(study.details), base, other)
    years = found["replicate"].nunique()
    st.markdown(
        f"Families whose path changed: mean of the first {years} simulated years, all reporting years together."
    )
    left, right = st.columns(2)
    dimension = left.selectbox(
        "Told apart by",
        list(changed_families.DIMENSIONS),
        format_func=changed_families.DIMENSIONS.__getitem__,
        key=f"by:{study.id}",
    )
    table = changed_families.by_group(found, dimension)
    headings = {
        "group": changed_families.DIMENSIONS[dimension],
        "heard_of": "Heard of by an agency",
        **changed_families.WAYS,
    }
    show_table(table.rename(columns=headings).map(lambda v: v if isinstance(v, str) else number_of_families(v)))
    st.markdown("**One family under both**")
    way = right.selectbox(
        "Families that were",
        list(changed_families.WAYS),
        format_func=changed_families.WAYS.__getitem__,
        key=f"way:{study.id}",
    )
    names = changed_families.chosen(found, way)
    if not names:
        st.info("There is no such family in these years.")
        return
    key = f"family:{study.id}:{shown.number}:{way}"
    followed = changed_families.follow(
        events, st.selectbox("Family", names, format_func=names.__getitem__, key=key), (base, other)
    )
    st.markdown(" · ".join(f"{escaped(label)}: **{escaped(text)}**" for label, text in followed.facts.items()))
    timelines = dict(zip((BASE, title_of(study.request, shown.number)), followed.timelines.values(), strict=True))
    charts.show_timelines(timelines)
    for column, (name, rows) in zip(st.columns(2), timelines.items(), strict=True):
        with column:
            st.markdown(f"**{escaped(name)}**")
            if len(rows):
                dates = [f"{date:%d\N{NO-BREAK SPACE}%b\N{NO-BREAK SPACE}%Y}" for date in rows["Date"]]
                show_table(rows.assign(Date=dates))
            else:
                st.caption("No agency heard of it.")


def number_of_families(mean: float) -> str:
    """A mean number of families as text."""
    return f"{mean:,.0f}" if mean >= 100.0 else f"{mean:.1f}"


@st.cache_resource(max_entries=4, show_spinner="Reading the cases")
def _events(path: str) -> pd.DataFrame:
    return changed_families.read_events(Path(path))


@st.cache_resource(max_entries=12, show_spinner="Following the families")
def _changes(path: str, base: str, other: str) -> pd.DataFrame:
    return changed_families.changes(_events(path), base, other)


def _who(shown: Shown) -> None:
    base, other = shown.sides
    st.markdown(
        "Records of the time have no code for programmes: unless the alternative gives them one, what programmes bring "
        "stands under other sources. In truth: who really brought the referral."
    )
    grid = sources_table({BASE: base, "Alternative": other})
    numbers = {name: [cell.value for cell in grid.column(name)] for name in grid.columns[1:]}
    table = pd.DataFrame({"Source": [cell.text for cell in grid.column("Source")], **numbers})
    large = table[table.iloc[:, 1:].max(axis=1) >= SMALLEST_SHARE_SHOWN]
    charts.show_shares(
        large[["Source", *(name for name in numbers if name.endswith("in truth"))]], "Share of referrals",
        "Shares of referrals by source, in truth",
    )  # fmt: skip
    st.markdown("**Shares of referrals, mean of the simulated years**")
    show_table(grid.frame())


def _stages(shown: Shown) -> None:
    from ..experiment.flows import flows as flow_table
    from ..figures import flows

    scenarios = (shown.found.comparisons[0].base, shown.pair.scenario)
    sides = zip((BASE, "Alternative"), shown.sides, scenarios, strict=True)
    each = {name: flow_table(one.rows, scenario.population.children) for name, one, scenario in sides}
    st.markdown("Where cases go in a year, and how many. Widths are cases; grey is what is left of a place's cases.")
    which = st.segmented_control(
        "Scenario", list(each), default="Alternative", required=True, key="flows", label_visibility="collapsed"
    )
    name = f"flows-{which}-{shown.number}"
    show_figure(name, shown.found, partial(flows, each[which]), f"Flow of cases between agencies: {which}")
    with st.expander("The flows in figures"):
        show_table(flows_side_by_side(each).frame())
    st.markdown(f"**How many reach each stage, {unit_of('contacts')}**")
    show_table(differences_frame(shown.pair, STAGES))
    st.markdown("**Between programmes and social services**")
    show_table(differences_frame(shown.pair, PROGRAMMES))


def _load(shown: Shown) -> None:
    limits = shown.pair.scenario.assessment
    st.markdown(
        f"The limits of the time: {limits.initial_deadline} working days for an initial assessment, "
        f"{limits.core_deadline} for a core assessment. "
        "Shares count what was completed; under a heavy backlog they can rise while service gets worse, so read them "
        "beside the backlog."
    )
    show_table(differences_frame(shown.pair, WORKLOAD))
    published = only_published(both_beside_published(*shown.sides, (BASE, "Alternative")))
    if published.rows:
        st.markdown("**Beside what was published** for 2005\\-06")
        show_blocks(published, "*")


def only_published(grid: Grid) -> Grid:
    """The rows of a table beside published figures for which something was published, under their headings."""
    place = grid.columns.index("Published")
    kept = [row for row in grid.rows if len(row) == 1 or row[place].text not in ("", "-")]
    last = [*kept[1:], ()]
    return replace(
        grid, rows=tuple(row for row, after in zip(kept, last, strict=False) if len(row) > 1 or len(after) > 1)
    )


def _decide(shown: Shown) -> None:
    titles = {pair.scenario.name: title_of(shown.study.request, n) for n, pair in enumerate(shown.pairs)}
    show_decide(shown.study, shown.found, titles, not shown.partial)


def _all(shown: Shown) -> None:
    """Every measure and group, to be searched and sorted."""
    wanted = st.text_input("Search", key=f"search:{shown.study.id}", placeholder="referrals, District 04, ...")
    table = every_figure(shown.pair, wanted)
    st.dataframe(
        table,
        hide_index=True,
        height=460,
        column_config={
            name: st.column_config.NumberColumn(format="%.4g") for name in table.columns if table[name].dtype == float
        },
    )
    st.caption(
        f"{len(table)} of {len(shown.pair.summary)} measures and groups, in all digits. Difference: mean of "
        f"{shown.pair.replicates} pairs of simulated years. 5% to 95%: where nine single years in ten lie."
    )


def every_figure(pair: Pair, wanted: str = "") -> pd.DataFrame:
    """Every measure and group that has all words of a search, with its difference and verdict.

    Args:
        pair: of one reporting year.
        wanted: words to look for.
    """
    rows = pair.summary
    names = [full_label(m, g) for m, g in zip(rows["measure"], rows["group"], strict=True)]
    table = pd.DataFrame(
        {
            "Measure": names,
            "Difference": rows["difference"].to_numpy(),
            "5%": rows["low_90"].to_numpy(),
            "95%": rows["high_90"].to_numpy(),
            "Verdict": rows["verdict"].to_numpy(),
            BASE: rows["base"].to_numpy(),
            "Alternative": rows["value"].to_numpy(),
            "Unit": rows["unit"].to_numpy(),
        }
    )
    words = wanted.lower().split()
    there = [
        all(word in f"{name} {unit}".lower() for word in words) for name, unit in zip(names, rows["unit"], strict=True)
    ]
    return table[there].reset_index(drop=True)


def _compare(shown: Shown) -> None:
    """What several studies change, side by side, each against its own baseline."""
    study = shown.study
    by_id = {one.id: one for one in list_studies(study.folder.parent)}
    chosen = st.multiselect(
        "Studies to set beside each other",
        list(by_id),
        default=[study.id] if study.id in by_id else [],
        format_func=lambda id_: f"{by_id[id_].title} ({date_of(by_id[id_])})",
        key=f"compared:{study.id}",
        select_all=False,
    )
    answers = []
    for one in (by_id[id_] for id_ in chosen):
        now = progress(one)
        found = results_of(one, now)
        if found is None:
            st.info(escaped(f"{one.title}: no runs of all scenarios are finished yet."))
            continue
        said = how_complete(now, found, one)
        for number, pair in enumerate(found.comparisons[0].pairs):
            title = f"{one.name or title_of_authority(one.request)}: {title_of(one.request, number)}"
            answers.append((f"{title} ({said})" if said else title, answer_of(pair.of_year())))
    if answers:
        show_table(side_by_side(answers))
        st.caption("Mean difference from its own baseline, and in brackets where nine simulated years in ten lie.")
        if len({(by_id[id_].request.authority, by_id[id_].request.seed) for id_ in chosen}) > 1:
            st.warning("These studies have different authorities or seeds, so they did not meet the same families.")


def _take(shown: Shown) -> None:
    study, found, said = shown.study, shown.found, shown.partial
    name = f"study-{study.id}{'-partial' if said else ''}"
    st.markdown("**Tables, report and files**")
    makes: Mapping[str, tuple[str, Callable[[], str | bytes]]] = {
        "Differences (CSV)": ("csv", lambda: downloads.csv(downloads.differences(found, said))),
        "Profiles (CSV)": ("profiles.csv", lambda: downloads.csv(downloads.profiles(found, said))),
        "Workbook (XLSX)": ("xlsx", lambda: downloads.workbook(study, found, said)),
        "Report (HTML)": ("html", lambda: downloads.report(study, said)),
        "Scenario files (ZIP)": ("scenarios.zip", lambda: downloads.scenario_files(study)),
        "Whole study (ZIP)": ("zip", lambda: export_study(study)),
    }
    columns = st.columns(3)
    for place, (label, (ending, make)) in enumerate(makes.items()):
        kind = downloads.MEDIA[ending.rpartition(".")[2]]
        blocked = label.startswith("Whole") and not may_be_exported(study)
        columns[place % 3].download_button(
            label, make, f"{name}.{ending}", kind, on_click="ignore", width="stretch", disabled=blocked
        )
    st.caption("The whole study is what “Import a study” on the left takes, once its runs are finished or stopped.")
    st.markdown("**The same figures without this page**")
    st.markdown("Unpack the scenario files and, in their folder, type:")
    st.code(study.command, language=None, wrap_lines=True)
    st.caption("All runs of this study are in a sweep's folder, which `referral-sim export` and DuckDB can read:")
    st.code(f"referral-sim export {study.store}", language=None, wrap_lines=True)
