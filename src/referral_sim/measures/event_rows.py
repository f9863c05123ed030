"""Counting rows of the event log: which rows a measure counts, and for which group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..recording import recorded_source
from ..records.casebook import SSLP
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.streams import Chance
from .groups import Codes, Groups
from .table import MEASURES

Flags = NDArray[np.bool_]


class EventRows:
    """The event log of one run with what tables need beside it.

    Attributes:
        case, day, stage, outcome, level, elapsed: columns of the log, shape (rows,).
        row: row of the family in the families' columns. family: its number, which no other family has.
        groups: locality and programme area of the family on the row's day, and its ethnic group.
        reported: in the reporting year, shape (rows,).
    """

    def __init__(self, state: State) -> None:
        self.state = state
        columns = state.log.columns()
        self.case: Codes = np.asarray(columns["case"], dtype=np.int64)
        self.day: Codes = np.asarray(columns["day"], dtype=np.int64)
        self.stage: Codes = np.asarray(columns["stage"], dtype=np.int64)
        self.outcome: Codes = np.asarray(columns["outcome"], dtype=np.int64)
        self.level: NDArray[np.float64] = np.asarray(columns["level"], dtype=np.float64)
        self.elapsed: Codes = np.asarray(columns["elapsed"], dtype=np.int64)
        self.row: Codes = state.concerns.family[self.case]
        self.family: Codes = state.residence.occupant[self.case]
        locality, area = state.residence.at(self.row, self.day)
        self.groups = Groups(state, locality, area, state.families.group[self.row])
        self.reported: Flags = self.day >= state.calendar.first_reported

    def of(self, stage: Stage, outcomes: tuple[Outcome, ...] = ()) -> Flags:
        """Rows of a stage, of all outcomes or of those named."""
        chosen = self.stage == stage
        if outcomes:
            chosen &= np.isin(self.outcome, [int(o) for o in outcomes])
        return np.asarray(chosen)

    def counted(self) -> dict[str, Flags]:
        """The rows that each counted measure counts, in the whole run: measure -> flags, shape (rows,)."""
        found = {one.name: self.of(*one.counts) for one in MEASURES.values() if one.counts}
        found["sslp_referrals_to_social_services"] = found["referrals"] & self.from_programmes()
        return found

    def recorded(self) -> Codes:
        """Recorded source of each row's case, as an index into ``RECORDED_SOURCES``; only referrals have one."""
        source = self.state.cases.source[self.case]
        u = self.state.concerns.chances[Chance.RECORDED][self.case]
        return recorded_source(self.state.scenario, source, u, self.state.cases.profession[self.case])

    def within_12_months(self, mine: Flags) -> Flags:
        """For some rows, in time order: whether the family has an earlier one within 365 calendar days."""
        gap = self.days_since_previous(mine)
        return (gap >= 0) & (gap <= 365)

    def days_since_previous(self, mine: Flags) -> Codes:
        """Calendar days since the family's previous row among some rows; -1 for its first. Shape (chosen rows,)."""
        at = np.flatnonzero(mine)
        when = self.state.calendar.offsets[self.day[at]]
        order = np.lexsort((at, self.family[at]))
        family, sorted_when = self.family[at][order], when[order]
        gap = np.full(len(at), -1, dtype=np.int64)
        same = family[1:] == family[:-1]
        gap[1:][same] = (sorted_when[1:] - sorted_when[:-1])[same]
        back = np.empty(len(at), dtype=np.int64)
        back[order] = gap
        return back

    def from_programmes(self) -> Flags:
        """Rows whose case a programme brought formally."""
        book = self.state.cases
        return np.asarray((book.source[self.case] == SSLP) & ~book.partial[self.case])


def children(state: State, below: float = 18.0) -> Codes:
    """Children of each family below an age, in the middle of the reporting year, shape (families,)."""
    return state.families.children_at(_middle(state), below)


def homes(state: State) -> Groups:
    """Where all families live in the middle of the reporting year, and their ethnic groups."""
    day = min(state.calendar.day_of_offset(_middle(state)), state.calendar.days - 1)
    return Groups.of_families(state, np.arange(len(state.families)), day)


def _middle(state: State) -> float:
    """The middle of the reporting year as an offset in calendar days."""
    return ((state.calendar.report_start - state.calendar.start).days + state.calendar.length) / 2.0
