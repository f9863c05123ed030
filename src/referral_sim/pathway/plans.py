"""Plans for children in need: begun, reviewed, closed, stepped up or down (MODEL A7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..world.streams import Chance, rotated
from .events import Rows
from .protection import review_ends
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel


class Plans:
    """A plan holds a family's case open and lowers its need while it lasts."""

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        self.rules = model.scenario.plans

    def offer(self, cases: Rows) -> None:
        """Offer plans to children found in need; a family that has one keeps it, one without closes."""
        if not len(cases):
            return
        book = self.model.cases
        family = book.family[cases]
        has = book.plan_case[family] >= 0
        book.open_case[family[has]] = book.plan_case[family[has]]
        offered = ~has & (self.model.concerns.chances[Chance.PLAN_OFFERED][cases] < self.rules.offered)
        closes = ~has & ~offered & (book.core_day[cases] < 0)  # a core assessment that runs holds the case open
        book.open_case[family[closes]] = -1
        self.begin(cases[offered])

    def begin(self, cases: Rows) -> None:
        """Plans begin."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        family = book.family[cases]
        book.open_case[family] = cases
        book.plan_case[family] = cases
        model.need.plan_relief[family] = self.rules.relief
        model.log.add(Stage.PLAN_START, cases)
        model.helps(family)
        review = model.calendar.day_after_months(model.day, self.rules.review_months)
        model.agenda.add("plan_review", review, cases)

    def review(self, cases: Rows) -> None:
        """Reviews every six months: the plan goes on or ends (A7)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        cases = cases[book.plan_case[book.family[cases]] == cases]  # the others were stepped up meanwhile
        if not len(cases):
            return
        family = book.family[cases]
        need = model.need.now(family, model.offset)
        u = rotated(model.concerns.chances[Chance.PLAN_REVIEW][cases], book.reviews[cases])
        ends = review_ends(u, need, self.rules.closing_need) & (book.enquiry_case[family] < 0)
        book.reviews[cases] += 1
        model.log.add(Stage.PLAN_REVIEW, cases, np.where(ends, int(Outcome.ENDS), int(Outcome.REMAINS)), need)
        again = model.calendar.day_after_months(model.day, self.rules.review_months)
        model.agenda.add("plan_review", again, cases[~ends])
        self._end(cases[ends], Outcome.ENDS)
        over = book.family[cases[ends]]
        book.open_case[over] = -1
        model.need.plan_relief[over] = 0.0
        model.front_door.consider_programme(cases[ends])

    def step_up(self, family: Rows) -> None:
        """Registration takes the place of a running plan."""
        running = self.model.cases.plan_case[family]
        self._end(running[running >= 0], Outcome.STEPPED_UP)

    def _end(self, cases: Rows, how: Outcome) -> None:
        book = self.model.cases
        self.model.log.add(Stage.PLAN_END, cases, int(how))
        book.plan_case[book.family[cases]] = -1
