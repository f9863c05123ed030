"""What one run gives the study: the lists of an authority, and what each file on them could show (MODEL O2).

A file is a child's file at social services, with the papers of its family in it. It is read as the researchers read
theirs, with their template in mind (report, Appendices B and C: who referred, who else was involved, what came of it).
:data:`TRACES` is the rule, one line for each kind of event that leaves something on paper; a stage that the model gains
later is one line more. A line says:

- at which stage of the event log the trace arises, in any case of the family, up to the last day of the half year, and
  in which of the stage's rows; a listed referral leaves one in the files of the children whom it is about;
- what it counts as in Table 6.6: a referral from the programme, a referral to it, or other joint work;
- whether it counts in the half year only. What came before is still in the file, and shows joint work;
- which of the :class:`~referral_sim.file_study.study_design.Assumptions` says how often it was written down;
  without one, always.

The columns of Table 6.6 follow: a file shows *any involvement* if it has a trace, and *work without a referral* if it
has traces of joint work alone. A file with referrals in both directions counts in both columns; the report's columns
happen to add up.

What is decided here and could have been decided otherwise: a referral counts as the programme's if the programme truly
and formally brought it, whatever source the system holds, as files were read and lists were not believed; and only if
it is on the list. An earlier one, one for a brother or sister, and a formal contact that did not become a new referral,
because a case was open or advice was enough, show joint work. A referral to the programme counts even if the family
did not go. A consultation leaves paper only where a liaison post served the family's programme that day; talk between
people who know each other does not. A support package counts if it ran on the day of the family's first listed
referral or later in the half year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ..measures.event_rows import EventRows, Flags
from ..measures.groups import Codes
from ..measures.year import studied_areas, study_children, study_window
from ..model import ReferralModel
from ..recording import recorded_source
from ..records.casebook import SSLP
from ..records.stages import Stage
from ..world.families import MOST_CHILDREN
from ..world.streams import Chance

Floats = NDArray[np.float64]
NEVER = np.iinfo(np.int64).max

# -- the rule by which a file is read ----------------------------------------------------------------------------------


class Involvement(StrEnum):
    """What a trace counts as in Table 6.6."""

    FROM_PROGRAMME = "from_programme"
    TO_PROGRAMME = "to_programme"
    JOINT_WORK = "joint_work"


@dataclass(frozen=True)
class StudyPeriod:
    """A finished run as the researchers meet it.

    Attributes:
        rows: the event log.
        first, after: first working day of the half year, and the first one after it.
        lines: children whom the list of referrals has, by row, shape (rows, 4).
        on_list: rows that the list of referrals has, of any child, shape (rows,).
        listed: working day of each family's first listed referral, shape (families,); :data:`NEVER` without one.
    """

    rows: EventRows
    first: int
    after: int
    lines: Flags
    on_list: Flags
    listed: Codes


@dataclass(frozen=True)
class Trace:
    """One line of the rule.

    Attributes:
        stage: where it arises.
        involvement: what it counts as.
        when: which rows of the log may leave it, shape (rows,); all if not given.
        half_year: counts only in the half year.
        of_child: stands only in the files of the children whom the list has for the row.
        noted: name of the assumption that gives its chance of being written down; always written down if not given.
    """

    stage: Stage
    involvement: Involvement
    when: Callable[[StudyPeriod], Flags] | None = None
    half_year: bool = False
    of_child: bool = False
    noted: str | None = None


def formal(period: StudyPeriod) -> Flags:
    """Rows whose case the programme brought formally."""
    return period.rows.from_programmes()


def shown_by_liaison(period: StudyPeriod) -> Flags:
    """Rows whose case the programme brought formally, in a way that the file cannot but show: by a liaison worker."""
    model = period.rows.state
    return np.asarray(
        formal(period) & (model.cases.carried[period.rows.case] | model.scenario.recording.sslp_identifier)
    )


def shown_by_profession(period: StudyPeriod) -> Flags:
    """Rows whose case a programme worker brought formally, who may stand in the file by profession alone."""
    return np.asarray(formal(period) & ~shown_by_liaison(period))


def listed_shown_by_liaison(period: StudyPeriod) -> Flags:
    """Listed referrals from the programme that the file cannot but show."""
    return np.asarray(period.on_list & shown_by_liaison(period))


def listed_shown_by_profession(period: StudyPeriod) -> Flags:
    """Listed referrals of programme workers who may stand there by profession alone."""
    return np.asarray(period.on_list & shown_by_profession(period))


def listed_informal(period: StudyPeriod) -> Flags:
    """Listed referrals that began with an informal word from the programme."""
    book, case = period.rows.state.cases, period.rows.case
    return np.asarray(period.on_list & (book.source[case] == SSLP) & book.partial[case])


def served_by_post(period: StudyPeriod) -> Flags:
    """Rows of families whose programme a liaison post served that day, held or not (who held it is not kept)."""
    rows = period.rows
    served = np.zeros(len(rows.case), dtype=bool)
    posts = rows.state.liaison
    for programmes, first, last in zip(posts.programmes, posts.first_day, posts.last_day, strict=True):
        mine = np.isin(rows.groups.area, programmes)
        served |= mine & (rows.day >= first) & (rows.day <= last)
    return served


def still_running(period: StudyPeriod) -> Flags:
    """Rows of packages that run on the day of the family's first listed referral or later."""
    rows, calendar = period.rows, period.rows.state.calendar
    ends = calendar.offsets[rows.day] + rows.state.scenario.practice.package_days
    listed = period.listed[rows.family]
    return np.asarray((listed != NEVER) & (ends > calendar.offsets[np.where(listed == NEVER, 0, listed)]))


def family_uses(period: StudyPeriod) -> Flags:
    """Rows of families who use the programme by the end of the run."""
    return np.asarray(period.rows.state.cases.user[period.rows.family])


TRACES: tuple[Trace, ...] = (
    Trace(Stage.REFERRAL, Involvement.FROM_PROGRAMME, listed_shown_by_liaison, of_child=True),
    Trace(
        Stage.REFERRAL, Involvement.FROM_PROGRAMME, listed_shown_by_profession, of_child=True, noted="profession_tells"
    ),
    Trace(Stage.REFERRAL, Involvement.FROM_PROGRAMME, listed_informal, of_child=True, noted="informal_noted"),
    Trace(Stage.REFERRAL_TO_PROGRAMME, Involvement.TO_PROGRAMME, half_year=True),
    Trace(Stage.REFERRAL_TO_PROGRAMME, Involvement.JOINT_WORK),
    Trace(Stage.CONTACT, Involvement.JOINT_WORK, shown_by_liaison),
    Trace(Stage.CONTACT, Involvement.JOINT_WORK, shown_by_profession, noted="profession_tells"),
    Trace(Stage.JOINT_VISIT, Involvement.JOINT_WORK),
    Trace(Stage.TAKEN_TO_LIAISON, Involvement.JOINT_WORK, served_by_post, noted="consultation_noted"),
    Trace(Stage.CONSULTATION, Involvement.JOINT_WORK, served_by_post, noted="consultation_noted"),
    Trace(Stage.PACKAGE, Involvement.JOINT_WORK, still_running, noted="package_noted"),
    Trace(Stage.INITIAL_ASSESSMENT, Involvement.JOINT_WORK, family_uses, noted="use_noted"),
)


def possible_traces(period: StudyPeriod, families: Codes, places: Codes) -> Flags:
    """Which traces each file could show if all were written down.

    Args:
        period: the run.
        families: families of the children whose files these are, shape (files,).
        places: the children's places among their family's, shape (files,).

    Returns:
        Shape (files, traces), in the order of :data:`TRACES`.
    """
    rows = period.rows
    found = np.zeros((len(families), len(TRACES)), dtype=bool)
    for column, trace in enumerate(TRACES):
        mine = rows.of(trace.stage) & (rows.day < period.after)
        if trace.half_year:
            mine &= rows.day >= period.first
        if trace.when is not None:
            mine &= trace.when(period)
        if trace.of_child:
            at, place = np.nonzero(period.lines & mine[:, None])
            found[:, column] = np.isin(child_number(families, places), child_number(rows.family[at], place))
        else:
            found[:, column] = np.isin(families, rows.family[mine])
    return found


def child_number(family: Codes, place: Codes) -> Codes:
    """One number for each child, from its family's row and its place among the family's."""
    return np.asarray(family * MOST_CHILDREN + place)


# -- the lists ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listing:
    """What one run gives the study; small enough to be sent between processes.

    A *line* is a child under five from a studied area in a referral of the half year, in time order: brothers and
    sisters referred together are so many lines. A *file* is a child with a line; the file is drawn by its first one.

    Attributes:
        seed, replicate: of the run.
        referrals: children under five referred in the half year, in the whole authority.
        any_age_inside, any_age: children of all ages referred, in the studied areas and in the whole authority.
        files_outside: children under five with a referral outside the studied areas.
        recorded, identified: sources on record, and as they would be with a code for programmes, shape (lines,);
            indices into ``RECORDED_SOURCES``.
        source: true sources, shape (lines,); indices into ``Source``.
        need: need at referral in tiers, shape (lines,).
        formal: the programme brought it formally, shape (lines,). informal: it told social services informally.
        first_line: line by which each file is drawn, shape (files,).
        traces: what the files could show, shape (files, traces); see :func:`possible_traces`.
    """

    seed: int
    replicate: int
    referrals: int
    any_age_inside: int
    any_age: int
    files_outside: int
    recorded: Codes
    identified: Codes
    source: Codes
    need: Floats
    formal: Flags
    informal: Flags
    first_line: Codes
    traces: Flags


def list_files(model: ReferralModel) -> Listing:
    """The lists of one finished run; a summary for :class:`~referral_sim.experiment.jobs.Job`."""
    state = model.state
    rows, book = EventRows(state).of_year(0), state.cases
    first, after = study_window(rows)
    referral = rows.of(Stage.REFERRAL) & (rows.day >= first) & (rows.day < after)
    young = rows.concerned_under_five & referral[:, None]
    inside = studied_areas(state)[rows.groups.area]
    lines = study_children(rows) & referral[:, None]
    line, place = np.nonzero(lines)
    case, family = rows.case[line], rows.family[line]
    _, first_line = np.unique(child_number(family, place), return_index=True)
    listed = np.full(int(rows.family.max(initial=0)) + 1, NEVER, dtype=np.int64)
    np.minimum.at(listed, family, rows.day[line])
    outside, outside_place = np.nonzero(young & ~inside[:, None])
    with_code = model.scenario.with_values(recording__sslp_identifier=True)
    draw = state.signs.chances[Chance.RECORDED][case]
    source = book.source[case].astype(np.int64)
    period = StudyPeriod(rows, first, after, lines, np.asarray(lines.any(axis=1)), listed)
    return Listing(
        seed=model.seed,
        replicate=model.replicate,
        referrals=int(young.sum()),
        any_age_inside=int(rows.children[referral & inside].sum()),
        any_age=int(rows.children[referral].sum()),
        files_outside=len(np.unique(child_number(rows.family[outside], outside_place))),
        recorded=rows.recorded()[line],
        identified=recorded_source(with_code, source, draw, book.profession[case]),
        source=source,
        need=rows.level[line],
        formal=(source == SSLP) & ~book.partial[case],
        informal=(source == SSLP) & book.partial[case],
        first_line=first_line.astype(np.int64),
        traces=possible_traces(period, family[first_line], place[first_line]),
    )
