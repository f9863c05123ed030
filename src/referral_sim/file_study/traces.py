"""What a file shows of a programme: the rule by which a simulated file is read (MODEL O2).

A file is a family's file at social services. It is read as the researchers read theirs, with their template in mind
(report, Appendices B and C: who referred, who else was involved, what came of it). :data:`TRACES` is the rule, one
line for each kind of event that leaves something on paper; a stage that the model gains later is one line more. A line
says:

- at which stage of the event log the trace arises, in any case of the family, up to the last day of the half year, and
  in which of the stage's rows;
- what it counts as in Table 6.6: a referral from the programme, a referral to it, or other joint work;
- whether it counts in the half year only. What came before is still in the file, and shows joint work;
- which of the :class:`~referral_sim.file_study.assumptions.Assumptions` says how often it was written down;
  without one, always.

The columns of Table 6.6 follow: a file shows *any involvement* if it has a trace, and *work without a referral* if it
has traces of joint work alone. A file with referrals in both directions counts in both columns; the report's columns
happen to add up.

What is decided here and could have been decided otherwise: a referral counts as the programme's if the programme truly
and formally brought it, whatever source the system holds, as files were read and lists were not believed; and only if
it is on the list. An earlier one, one for an older child, and a formal contact that did not become a new referral,
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

from ..measures.counts import Flags, Rows
from ..measures.groups import Codes
from ..records.casebook import SSLP
from ..records.stages import Stage

NEVER = np.iinfo(np.int64).max


class Shows(StrEnum):
    """What a trace counts as in Table 6.6."""

    FROM_PROGRAMME = "from_programme"
    TO_PROGRAMME = "to_programme"
    JOINT_WORK = "joint_work"


@dataclass(frozen=True)
class Scene:
    """A finished run as the researchers meet it.

    Attributes:
        rows: the event log.
        first, after: first working day of the half year, and the first one after it.
        on_list: rows that the list of referrals has, shape (rows,).
        listed: working day of each family's first listed referral, shape (families,); :data:`NEVER` without one.
    """

    rows: Rows
    first: int
    after: int
    on_list: Flags
    listed: Codes


@dataclass(frozen=True)
class Trace:
    """One line of the rule.

    Attributes:
        stage: where it arises.
        shows: what it counts as.
        when: which rows of the log may leave it, shape (rows,); all if not given.
        half_year: counts only in the half year.
        noted: name of the assumption that gives its chance of being written down; always written down if not given.
    """

    stage: Stage
    shows: Shows
    when: Callable[[Scene], Flags] | None = None
    half_year: bool = False
    noted: str | None = None


def formal(scene: Scene) -> Flags:
    """Rows whose case the programme brought formally."""
    return scene.rows.from_programmes()


def known(scene: Scene) -> Flags:
    """Rows whose case the programme brought formally, in a way that the file cannot but show: by a liaison worker."""
    model = scene.rows.model
    return np.asarray(formal(scene) & (model.cases.carried[scene.rows.case] | model.scenario.recording.sslp_identifier))


def hidden(scene: Scene) -> Flags:
    """Rows whose case a programme worker brought formally, who may stand in the file by profession alone."""
    return np.asarray(formal(scene) & ~known(scene))


def listed_known(scene: Scene) -> Flags:
    """Listed referrals from the programme that the file cannot but show."""
    return np.asarray(scene.on_list & known(scene))


def listed_hidden(scene: Scene) -> Flags:
    """Listed referrals of programme workers who may stand there by profession alone."""
    return np.asarray(scene.on_list & hidden(scene))


def listed_informal(scene: Scene) -> Flags:
    """Listed referrals that began with an informal word from the programme."""
    book, case = scene.rows.model.cases, scene.rows.case
    return np.asarray(scene.on_list & (book.source[case] == SSLP) & book.partial[case])


def served_by_post(scene: Scene) -> Flags:
    """Rows of families whose programme a liaison post served that day, held or not (who held it is not kept)."""
    rows = scene.rows
    served = np.zeros(len(rows.case), dtype=bool)
    posts = rows.model.liaison
    for programmes, first, last in zip(posts.programmes, posts.first_day, posts.last_day, strict=True):
        mine = np.isin(rows.groups.area, programmes)
        served |= mine & (rows.day >= first) & (rows.day <= last)
    return served


def still_running(scene: Scene) -> Flags:
    """Rows of packages that run on the day of the family's first listed referral or later."""
    rows, calendar = scene.rows, scene.rows.model.calendar
    ends = calendar.offsets[rows.day] + rows.model.scenario.practice.package_days
    listed = scene.listed[rows.family]
    return np.asarray((listed != NEVER) & (ends > calendar.offsets[np.where(listed == NEVER, 0, listed)]))


def family_uses(scene: Scene) -> Flags:
    """Rows of families who use the programme by the end of the run."""
    return np.asarray(scene.rows.model.cases.user[scene.rows.row])


TRACES: tuple[Trace, ...] = (
    Trace(Stage.REFERRAL, Shows.FROM_PROGRAMME, listed_known),
    Trace(Stage.REFERRAL, Shows.FROM_PROGRAMME, listed_hidden, noted="profession_tells"),
    Trace(Stage.REFERRAL, Shows.FROM_PROGRAMME, listed_informal, noted="informal_noted"),
    Trace(Stage.REFERRAL_TO_PROGRAMME, Shows.TO_PROGRAMME, half_year=True),
    Trace(Stage.REFERRAL_TO_PROGRAMME, Shows.JOINT_WORK),
    Trace(Stage.CONTACT, Shows.JOINT_WORK, known),
    Trace(Stage.CONTACT, Shows.JOINT_WORK, hidden, noted="profession_tells"),
    Trace(Stage.JOINT_VISIT, Shows.JOINT_WORK),
    Trace(Stage.TAKEN_TO_LIAISON, Shows.JOINT_WORK, served_by_post, noted="consultation_noted"),
    Trace(Stage.CONSULTATION, Shows.JOINT_WORK, served_by_post, noted="consultation_noted"),
    Trace(Stage.PACKAGE, Shows.JOINT_WORK, still_running, noted="package_noted"),
    Trace(Stage.INITIAL_ASSESSMENT, Shows.JOINT_WORK, family_uses, noted="use_noted"),
)


def traced(scene: Scene, families: Codes) -> Flags:
    """Which traces each file could show if all were written down.

    Args:
        scene: the run.
        families: whose files, shape (files,).

    Returns:
        Shape (files, traces), in the order of :data:`TRACES`.
    """
    rows = scene.rows
    found = np.zeros((len(families), len(TRACES)), dtype=bool)
    for column, trace in enumerate(TRACES):
        mine = rows.of(trace.stage) & (rows.day < scene.after)
        if trace.half_year:
            mine &= rows.day >= scene.first
        if trace.when is not None:
            mine &= trace.when(scene)
        found[:, column] = np.isin(families, rows.family[mine])
    return found
