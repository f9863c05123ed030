"""Cases that end before their road does: the family moves (MODEL W5), or the run ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from ..records.casebook import Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.families import Floats, Ints
from .steps import Flags

# Where a case waits on the last day, by the lane, the business or the column of families that holds it.
WAITS_FOR = {
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
    """Carries out the moves of each day: families come; cases pass to another team, or end with a family's stay.

    All that the world decides is worked out before the first day: on a day only a few entries change.

    Args:
        state: the run.
        uses: which of some families use the programme of the area they come to live in (S1, F7); takes rows of families
            and indices of areas, -1 for none.
    """

    def __init__(self, state: State, uses: Callable[[Rows, Ints], Flags]) -> None:
        self.state, self._uses = state, uses
        home, families, days = state.residence, state.families, np.arange(state.calendar.days + 1)
        family, day = home.mover, home.to_day
        place, area = home.at(family, day)
        was_place, was_area = home.at(family, day - 1)
        self._family, self._place, self._further = family, place, home.further_at(family, day)
        self._moved = np.searchsorted(day, days).tolist()
        other_team, other_area = np.flatnonzero(place != was_place), np.flatnonzero(area != was_area)
        self._passed_on = family[other_team]
        self._passed = np.searchsorted(day[other_team], days).tolist()
        self._changing, self._area = family[other_area], area[other_area]
        self._changed = np.searchsorted(day[other_area], days).tolist()
        self._coming, came = self._dated(families.arrives)
        self._came = np.searchsorted(came, days).tolist()
        self._new_place, self._new_area = home.at(self._coming, came)
        self._new_further = home.further_at(self._coming, came)
        self._leaving, gone = self._dated(families.leaves)
        self._left = np.searchsorted(gone, days).tolist()
        self._cases = np.argsort(state.signs.family, kind="stable")
        self._family_of_case = state.signs.family[self._cases]

    def _dated(self, offset: Floats) -> tuple[Rows, Ints]:
        """Rows and working days of what happens to families during the run, in order of days."""
        calendar = self.state.calendar
        rows = np.flatnonzero((offset > 0.0) & (offset < calendar.length))
        day = np.searchsorted(calendar.offsets, offset[rows])
        order = np.argsort(day, kind="stable")
        return rows[order], day[order]

    def begin_day(self) -> Rows:
        """Families move within the authority, leave it, and others move in.

        Returns:
            The rows of the families that leave today.
        """
        state, book, families = self.state, self.state.cases, self.state.families
        day = state.day
        a, b = self._moved[day], self._moved[day + 1]
        if a < b:
            at = a + self._stays(self._family[a:b])
            families.locality[self._family[at]] = self._place[at]
            families.further[self._family[at]] = self._further[at]
            family = self._passed_on[self._passed[day] : self._passed[day + 1]]
            if (book.open_case[family] >= 0).any():
                state.log.add(Stage.MOVE, np.array(sorted(book.open_of(family))), Outcome.MOVED_WITHIN)
            a, b = self._changed[day], self._changed[day + 1]
            if a < b:
                at = a + self._stays(self._changing[a:b])
                family, area = self._changing[at], self._area[at]
                families.area[family] = area
                book.user[family] = self._uses(family, area)
        a, b = self._left[day], self._left[day + 1]
        left = np.unique(np.append(self._leaving[a:b], state.removed).astype(np.int64))
        if len(left):
            families.leaves[left] = np.minimum(families.leaves[left], state.offset)
            state.removed.clear()
            self._leave(left)
        a, b = self._came[day], self._came[day + 1]
        if a < b:
            at = a + self._stays(self._coming[a:b])
            family, area = self._coming[at], self._new_area[at]
            families.locality[family], families.area[family] = self._new_place[at], area
            families.further[family] = self._new_further[at]
            book.user[family] = self._uses(family, area)
        return left

    def _stays(self, family: Rows) -> Rows:
        """Places of those among some families who have not left: somebody may have removed one before its time."""
        return np.flatnonzero(self.state.families.leaves[family] > self.state.offset)

    def _leave(self, family: Rows) -> None:
        """Some families leave the authority; nothing that waits for them is done."""
        state, book = self.state, self.state.cases
        first = np.searchsorted(self._family_of_case, [family, family + 1])
        cases = np.concatenate([self._cases[a:b] for a, b in first.T.tolist()])
        ended = book.open_of(family) | book.undecided(cases) | state.agenda.known_here_alone(cases)
        if ended:
            with_plan = family[(book.plan_case[family] >= 0) | (book.register_case[family] >= 0)]
            book.helped[with_plan] = state.day
            self._end(family, ended)
        state.agenda.gone.update(cases.tolist())
        book.close(family)
        state.families.area[family] = state.families.further[family] = -1

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
