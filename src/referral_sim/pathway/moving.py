"""What a move means for the agencies: cases pass to another team, or end with the family's stay (MODEL W5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..world.families import Floats, Ints
from .casebook import LONG_AGO
from .events import Rows
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel


class Moving:
    """Carries out the moves of each day.

    All that the world decides is worked out before the first day: on a day only a few entries change.

    Attributes:
        helped: working day on which help last ran for the family of each departure, shape (departures,).
    """

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        home, families, days = model.residence, model.families, np.arange(model.calendar.days + 1)
        family, day = home.mover, home.to_day
        place, area = home.at(family, day)
        was_place, was_area = home.at(family, day - 1)
        self._family, self._place, self._further = family, place, home.further_after_moves()
        self._moved = np.searchsorted(day, days).tolist()
        other_team, other_area = np.flatnonzero(place != was_place), np.flatnonzero(area != was_area)
        self._passed_on = family[other_team]
        self._passed = np.searchsorted(day[other_team], days).tolist()
        self._changing, self._area = family[other_area], area[other_area]
        self._chance = _use_chance(model, self._changing, self._area)
        self._changed = np.searchsorted(day[other_area], days).tolist()
        self._leaving, gone = home.departing, home.departure_day
        self._left = np.searchsorted(gone, days).tolist()
        self._use = home.new_use
        self._uses = self._use < _use_chance(model, self._leaving, home.at(self._leaving, gone)[1])
        self.helped = np.full(len(gone), LONG_AGO)
        ends = home.departure[home.occupant]
        left = np.flatnonzero(ends >= 0)
        self._cases = left[np.argsort(ends[left], kind="stable")]
        self._first_case = np.searchsorted(ends[self._cases], np.arange(len(gone) + 1)).tolist()
        self._rings = bool((families.further >= 0).any())

    def begin_day(self) -> None:
        """Families move within the authority, leave it, and others move in."""
        day, book, families = self.model.day, self.model.cases, self.model.families
        a, b = self._moved[day], self._moved[day + 1]
        if a < b:
            families.locality[self._family[a:b]] = self._place[a:b]
            if self._rings:
                families.further[self._family[a:b]] = self._further[a:b]
            family = self._passed_on[self._passed[day] : self._passed[day + 1]]
            if (book.open_case[family] >= 0).any():
                self.model.log.add(Stage.MOVE, np.array(sorted(self._open_cases(family))), Outcome.MOVED_WITHIN)
            a, b = self._changed[day], self._changed[day + 1]
            if a < b:
                family = self._changing[a:b]
                families.area[family] = self._area[a:b]
                book.user[family] = families.use[family] < self._chance[a:b]
        a, b = self._left[day], self._left[day + 1]
        if a < b:
            self._leave(a, b)

    def _open_cases(self, family: Rows) -> set[int]:
        """All cases that social services have open in some families."""
        book = self.model.cases
        columns = (book.open_case, book.plan_case, book.register_case, book.enquiry_case)
        return {case for column in columns for case in column[family].tolist() if case >= 0}

    def _leave(self, a: int, b: int) -> None:
        """Some families leave the authority; the rows stand for others from now on, of whom nothing is known."""
        model, book, need = self.model, self.model.cases, self.model.need
        family, cases = self._leaving[a:b], self._cases[self._first_case[a] : self._first_case[b]]
        self.helped[a:b] = book.helped[family]
        pending = (book.contact_day[cases] >= 0) & ~book.decided[cases]
        pending |= book.core_day[cases] >= 0
        waits = [model.agenda.among(business, cases).tolist() for business in ("held_back", "panel")]
        ended = self._open_cases(family).union(cases[pending].tolist(), *waits)
        if ended:
            self.helped[a:b][(book.plan_case[family] >= 0) | (book.register_case[family] >= 0)] = model.day
            self._end(family, ended)
        model.agenda.gone.update(cases.tolist())
        book.forget(family)
        need.forget(family)
        model.families.use[family] = self._use[a:b]
        book.user[family] = self._uses[a:b]
        for number in model.files.keys() & family.tolist():  # their agents are windows on rows of others now
            model.files.pop(number).remove()

    def _end(self, family: Rows, ended: set[int]) -> None:
        """End what is on its way in families that leave: each case once, the register and plans with their rows."""
        model, book = self.model, self.model.cases
        registered, plans = (column[family][column[family] >= 0] for column in (book.register_case, book.plan_case))
        since = model.day - book.registered[book.family[registered]]
        model.log.add(Stage.DEREGISTRATION, registered, Outcome.MOVED_AWAY, elapsed=since)
        model.log.add(Stage.PLAN_END, plans, Outcome.MOVED_AWAY)
        model.log.add(Stage.MOVE, np.array(sorted(ended)), Outcome.MOVED_AWAY)
        for team in model.teams:
            for lane in team.queue.lanes.values():
                if lane.waits:
                    lane.drop(ended)


def _use_chance(model: ReferralModel, family: Rows, area: Ints) -> Floats:
    """Chance that families use the programme of the area they come to live in (S1), 0 outside; shape (families,)."""
    chance = np.zeros(len(family))
    for programme in model.programmes:
        mine = area == programme.index
        chance[mine] = programme.use_chance(family[mine])
    return chance
