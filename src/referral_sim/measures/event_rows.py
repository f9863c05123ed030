"""Counting rows of the event log: which rows a measure counts, how many children they concern, for which group."""

from __future__ import annotations

from copy import copy
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..recording import recorded_source
from ..records.burden import Burden
from ..records.casebook import SSLP
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.calendar import DAYS_A_YEAR
from ..world.families import MOST_CHILDREN
from ..world.streams import Chance
from .groups import Amounts, Codes, Groups, Values
from .table import MEASURES

Flags = NDArray[np.bool_]
OF_A_REGISTRATION = (int(Stage.REGISTER_REVIEW), int(Stage.DEREGISTRATION))


class EventRows:
    """The event log of one run with what tables need beside it.

    Attributes:
        case, day, stage, outcome, level, elapsed: columns of the log, shape (rows,).
        family: row of the family, shape (rows,).
        offset: day on which it is said whom the row concerns, as an offset in calendar days, shape (rows,): its own,
            or that of the registration for what becomes of one.
        groups: locality and programme area of the family on the row's day, and its ethnic group.
        number, year: which reporting year is counted, from 0, and what it is; the last, if nothing else was asked for.
        reported: in that year, shape (rows,).
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
        self.family: Codes = state.signs.family[self.case]
        locality, area = state.residence.at(self.family, self.day)
        self.groups = Groups(state, locality, area, state.families.group[self.family])
        self.offset: Amounts = state.calendar.offsets[self._registration_day()].astype(float)
        self._turn_to(len(state.calendar.years) - 1)

    def _turn_to(self, number: int) -> None:
        self.number, self.year = number, self.state.calendar.years[number]
        self.__dict__.pop("homes", None)  # those of another year
        self.reported: Flags = self.year.holds(self.day)

    def of_year(self, number: int) -> EventRows:
        """The same rows, of which those of one reporting year count."""
        rows = copy(self)
        rows._turn_to(number)
        return rows

    @property
    def burden(self) -> Burden:
        """What families lived through in the year."""
        return self.state.burdens[self.number]

    @cached_property
    def homes(self) -> Groups:
        """Where all families live in the middle of the year, and their ethnic groups."""
        state = self.state
        return Groups.of_families(state, np.arange(len(state.families)), state.calendar.day_of_offset(self.year.middle))

    # -- children -----------------------------------------------------------------------------------------------------

    @cached_property
    def concerned(self) -> Flags:
        """Which children each row concerns, shape (rows, 4), by their places among the family's (C1)."""
        return self.state.children_concerned(self.case, self.offset)

    @cached_property
    def children(self) -> Codes:
        """How many children each row concerns, at least 1, shape (rows,)."""
        return np.asarray(self.concerned.sum(axis=1))

    @cached_property
    def concerned_under_five(self) -> Flags:
        """Which children below five each row concerns, shape (rows, 4)."""
        age = self.offset[:, None] - self.state.families.births[self.family]
        return np.asarray(self.concerned & (age < 5.0 * DAYS_A_YEAR))

    def share(self, values: Values, mine: Flags) -> Amounts:
        """Mean over the children of some rows, of values of shape (rows,); shape (groups,), NaN of none."""
        return self.share_of(self.children * values, mine)

    def share_of(self, some: Values, mine: Flags) -> Amounts:
        """Share of the children of some rows, ``some`` being how many of each, shape (rows,); as :meth:`share`."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.groups.add(some, mine) / self.groups.add(self.children, mine))

    def _registration_day(self) -> Codes:
        """The day of each row, or of the case's registration: who was registered is on the register to its end."""
        day = self.day.copy()
        of_register = np.isin(self.stage, OF_A_REGISTRATION) | self.of(Stage.WAITING, (Outcome.ON_REGISTER,))
        begun = self.of(Stage.REGISTRATION)
        at = np.flatnonzero(begun | of_register)
        at = at[np.argsort(self.case[at], kind="stable")]
        last = np.maximum.accumulate(np.where(begun[at], np.arange(len(at)), -1))
        known = last >= 0
        known[known] = self.case[at[last[known]]] == self.case[at[known]]
        day[at[known]] = self.day[at[last[known]]]
        return day

    # -- which rows ---------------------------------------------------------------------------------------------------

    def of(self, stage: Stage, outcomes: tuple[Outcome, ...] = ()) -> Flags:
        """Rows of a stage, of all outcomes or of those named."""
        chosen = self.stage == stage
        if outcomes:
            chosen &= np.isin(self.outcome, [int(o) for o in outcomes])
        return np.asarray(chosen)

    @cached_property
    def contacts(self) -> Flags:
        """Contacts but for those that turned out to be calls about an open case, which are counted apart."""
        contact, decision = self.of(Stage.CONTACT), self.of(Stage.CONTACT_DECISION)
        at = np.flatnonzero(contact | decision)
        at = at[np.argsort(self.case[at], kind="stable")]
        then = at[1:]  # what is decided on a contact is the next of these rows of its case
        calls = contact[at[:-1]] & (self.case[at[:-1]] == self.case[then]) & decision[then]
        calls &= self.outcome[then] == Outcome.TO_OPEN_CASE
        contact[at[:-1][calls]] = False
        return contact

    @cached_property
    def counted(self) -> dict[str, NDArray[np.int8]]:
        """What each row adds to each counted measure, in the whole run: measure -> number, shape (rows,).

        The children that it concerns, or 1 where families, cases or anything else are counted; 0 for other rows.
        """
        contacts, children = self.contacts, self.children.astype(np.int8)  # small, for there are many of these
        found = {}
        for one in MEASURES.values():
            if one.counts:
                chosen = contacts if one.counts[0] == Stage.CONTACT else self.of(*one.counts)
                found[one.name] = chosen * children if one.of_children else chosen.astype(np.int8)
        chosen = self.of(Stage.REFERRAL) & self.from_programmes()
        found["sslp_referrals_to_social_services"] = chosen.astype(np.int8)
        return found

    def recorded(self) -> Codes:
        """Recorded source of each row's case, as an index into ``RECORDED_SOURCES``; only referrals have one."""
        source = self.state.cases.source[self.case]
        u = self.state.signs.chances[Chance.RECORDED][self.case]
        return recorded_source(self.state.scenario, source, u, self.state.cases.profession[self.case])

    def within_12_months(self, mine: Flags) -> Codes:
        """How many children of some rows were in an earlier one of these within 365 calendar days, shape (rows,)."""
        gap = self.days_since_previous(mine)
        return np.asarray(((gap >= 0) & (gap <= 365)).sum(axis=1))

    def days_since_previous(self, mine: Flags) -> Codes:
        """Calendar days since a child was last in one of some rows, shape (rows, 4).

        -1 for its first, and where a row is none of these or does not concern the child.
        """
        at, child = np.nonzero(self.concerned & mine[:, None])
        when = self.state.calendar.offsets[self.day[at]]
        order = np.lexsort((at, child, self.family[at]))
        at, child, when = at[order], child[order], when[order]
        same = (self.family[at[1:]] == self.family[at[:-1]]) & (child[1:] == child[:-1])
        gap = np.full(self.concerned.shape, -1, dtype=np.int64)
        gap[at[1:][same], child[1:][same]] = (when[1:] - when[:-1])[same]
        return gap

    def from_programmes(self) -> Flags:
        """Rows whose case a programme brought formally."""
        book = self.state.cases
        return np.asarray((book.source[self.case] == SSLP) & ~book.partial[self.case])


def children(rows: EventRows, below: float = 18.0) -> Codes:
    """Children of each family below an age, in the middle of the year, shape (families,)."""
    return rows.state.families.children_at(rows.year.middle, below)


def children_there(rows: EventRows) -> Flags:
    """Which children of each family live here, below 18, in the middle of the year, shape (families, 4)."""
    families, middle = rows.state.families, rows.year.middle
    here = families.here_at(middle)[:, None]
    return np.asarray(families.are_children(np.arange(len(families)), middle) & here)


def registered_at_the_end(rows: EventRows) -> Flags:
    """Which children of each family are on the register at the year's end, shape (families, 4)."""
    state, burden = rows.state, rows.burden
    found = np.zeros((len(state.families), MOST_CHILDREN), dtype=bool)
    now = np.flatnonzero(burden.register_case >= 0)
    found[now] = state.children_registered(burden.register_case[now], burden.registered[now])
    return found


def signs_of(rows: EventRows) -> slice:
    """The potential signs that are met on the working days of the year."""
    first_of_day = rows.state.signs.first_of_day
    return slice(int(first_of_day[rows.year.first]), int(first_of_day[rows.year.end]))
