"""Cases that end before their road does: the family moves (MODEL W5), or the run ends."""

from __future__ import annotations

import itertools

import numpy as np

from ..records.casebook import Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.families import Floats, Ints

# Where a case waits on the last day, by the lane, the business or the column of families that holds it.
WAITS_FOR = {
    "held_back": Outcome.HELD,
    "panel": Outcome.BEFORE_PANEL,
    "desk": Outcome.AT_DESK,
    "screening": Outcome.IN_SCREENING,
    "urgent": Outcome.IN_INITIAL_ASSESSMENT,
    "initial": Outcome.IN_INITIAL_ASSESSMENT,
    "core": Outcome.IN_CORE_ASSESSMENT,
    "enquiry": Outcome.IN_ENQUIRY,
    "conference": Outcome.AWAITING_CONFERENCE,
    "register_case": Outcome.ON_REGISTER,
    "plan_case": Outcome.ON_PLAN,
}


class Moving:
    """Carries out the moves of each day: cases pass to another team, or end with the family's stay.

    All that the world decides is worked out before the first day: on a day only a few entries change.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        home, families, days = state.residence, state.families, np.arange(state.calendar.days + 1)
        family, day = home.mover, home.to_day
        place, area = home.at(family, day)
        was_place, was_area = home.at(family, day - 1)
        self._family, self._place, self._further = family, place, home.further_after_moves()
        self._moved = np.searchsorted(day, days).tolist()
        other_team, other_area = np.flatnonzero(place != was_place), np.flatnonzero(area != was_area)
        self._passed_on = family[other_team]
        self._passed = np.searchsorted(day[other_team], days).tolist()
        self._changing, self._area = family[other_area], area[other_area]
        self._chance = _use_chance(state, self._changing, self._area)
        self._changed = np.searchsorted(day[other_area], days).tolist()
        self._leaving, gone = home.departing, home.departure_day
        self._left = np.searchsorted(gone, days).tolist()
        self._use = home.new_use
        self._uses = self._use < _use_chance(state, self._leaving, home.at(self._leaving, gone)[1])
        ends = home.departure[home.occupant]
        left = np.flatnonzero(ends >= 0)
        self._cases = left[np.argsort(ends[left], kind="stable")]
        self._first_case = np.searchsorted(ends[self._cases], np.arange(len(gone) + 1)).tolist()
        self._rings = bool((families.further >= 0).any())

    def begin_day(self) -> Rows:
        """Families move within the authority, leave it, and others move in.

        Returns:
            The rows of the families that leave today.
        """
        state, book, families = self.state, self.state.cases, self.state.families
        day = state.day
        a, b = self._moved[day], self._moved[day + 1]
        if a < b:
            families.locality[self._family[a:b]] = self._place[a:b]
            if self._rings:
                families.further[self._family[a:b]] = self._further[a:b]
            family = self._passed_on[self._passed[day] : self._passed[day + 1]]
            if (book.open_case[family] >= 0).any():
                state.log.add(Stage.MOVE, np.array(sorted(book.open_of(family))), Outcome.MOVED_WITHIN)
            a, b = self._changed[day], self._changed[day + 1]
            if a < b:
                family = self._changing[a:b]
                families.area[family] = self._area[a:b]
                book.user[family] = families.use[family] < self._chance[a:b]
        a, b = self._left[day], self._left[day + 1]
        if a < b:
            self._leave(a, b)
        return self._leaving[a:b]

    def _leave(self, a: int, b: int) -> None:
        """Some families leave the authority; the rows stand for others from now on, of whom nothing is known."""
        state, book = self.state, self.state.cases
        family, cases = self._leaving[a:b], self._cases[self._first_case[a] : self._first_case[b]]
        helped = book.helped[family]
        ended = book.open_of(family) | book.undecided(cases) | state.agenda.known_here_alone(cases)
        if ended:
            helped[(book.plan_case[family] >= 0) | (book.register_case[family] >= 0)] = state.day
            self._end(family, ended)
        book.helped_before_leaving[a:b] = helped
        state.agenda.gone.update(cases.tolist())
        book.forget(family)
        state.need.forget(family)
        state.families.use[family] = self._use[a:b]
        book.user[family] = self._uses[a:b]

    def _end(self, family: Rows, ended: set[int]) -> None:
        """End what is on its way in families that leave: each case once, the register and plans with their rows."""
        state, book = self.state, self.state.cases
        registered, plans = (column[family][column[family] >= 0] for column in (book.register_case, book.plan_case))
        since = state.day - book.registered[book.family[registered]]
        state.log.add(Stage.DEREGISTRATION, registered, Outcome.MOVED_AWAY, elapsed=since)
        state.log.add(Stage.PLAN_END, plans, Outcome.MOVED_AWAY)
        state.log.add(Stage.MOVE, np.array(sorted(ended)), Outcome.MOVED_AWAY)
        for queue in state.queues:
            queue.drop(ended)


def _use_chance(state: State, family: Rows, area: Ints) -> Floats:
    """Chance that families use the programme of the area they come to live in (S1), 0 outside; shape (families,)."""
    chance = np.zeros(len(family))
    for programme in range(len(state.programmes.names)):
        mine = area == programme
        chance[mine] = state.programmes.use_chance(programme, state.families.baseline[family[mine]])
    return chance


def log_waiting(state: State) -> None:
    """Add a row ``waiting`` for every case that is somewhere on its way on the last day, like every other fate."""
    found: dict[Outcome, list[Rows]] = {where: [] for where in WAITS_FOR.values()}
    holders = (state.agenda.contents(), *(queue.contents() for queue in state.queues), state.cases.contents())
    for name, cases in itertools.chain(*holders):
        if name in WAITS_FOR:
            found[WAITS_FOR[name]].append(cases)
    for where, parts in found.items():
        if parts:
            state.log.add(Stage.WAITING, np.sort(np.concatenate(parts)), int(where))
