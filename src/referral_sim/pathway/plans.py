"""Plans for children in need: begun, reviewed, closed, stepped up or down (MODEL A7)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..records.casebook import Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.streams import Chance, Numbers, rotated
from .protection import review_ends
from .steps import Flags, Moves, Next, Step


class ChildInNeedPlans:
    """A plan holds a family's case open while family support works with it.

    Args:
        state: the run.
        accepts: which families accept a plan; takes their rows and their cases' uniform numbers (F7).
    """

    def __init__(self, state: State, accepts: Callable[[Rows, Numbers], Flags]) -> None:
        self.state, self._accepts = state, accepts
        self.rules = state.scenario.plans

    def offer(self, cases: Rows) -> Moves:
        """Offer plans to children found in need; a family that has one keeps it, one without closes."""
        book = self.state.cases
        family = book.family[cases]
        has = book.plan_case[family] >= 0
        book.open_case[family[has]] = book.plan_case[family[has]]
        offered = ~has & (self.state.chance(Chance.PLAN_OFFERED, cases) < self.rules.offered)
        offered[offered] = self._accepts(family[offered], self.state.chance(Chance.ACCEPTS, cases[offered]))
        closes = ~has & ~offered & (book.core_day[cases] < 0)  # a core assessment that runs holds the case open
        book.open_case[family[closes]] = -1
        return [Next(Step.BEGIN_PLAN, cases[offered])]

    def begin(self, cases: Rows) -> None:
        """Plans begin."""
        state, book = self.state, self.state.cases
        family = book.family[cases]
        book.open_case[family] = cases
        book.plan_case[family] = cases
        state.log.add(Stage.PLAN_START, cases)
        state.help_begins(family)
        review = state.calendar.day_after_months(state.day, self.rules.review_months)
        state.agenda.add("plan_review", review, cases)

    def review(self, cases: Rows) -> Moves | None:
        """Reviews every six months: the plan goes on or ends (A7)."""
        state, book = self.state, self.state.cases
        cases = cases[book.plan_case[book.family[cases]] == cases]  # the others were stepped up meanwhile
        if not len(cases):
            return None
        family = book.family[cases]
        need = state.troubles.level(family, state.offset)
        u = rotated(state.chance(Chance.PLAN_REVIEW, cases), book.reviews[cases])
        ends = review_ends(u, need, self.rules.closing_need) & (book.enquiry_case[family] < 0)
        book.reviews[cases] += 1
        state.log.add(Stage.PLAN_REVIEW, cases, np.where(ends, int(Outcome.ENDS), int(Outcome.REMAINS)), need)
        again = state.calendar.day_after_months(state.day, self.rules.review_months)
        state.agenda.add("plan_review", again, cases[~ends])
        self._end(cases[ends], Outcome.ENDS)
        book.open_case[family[ends]] = -1
        state.help_ends(family[ends])
        return [Next(Step.CONSIDER_PROGRAMME, cases[ends])]

    def step_up(self, cases: Rows) -> None:
        """Registration takes the place of the plans that the families of some cases have."""
        running = self.state.cases.plan_case[self.state.cases.family[cases]]
        self._end(running[running >= 0], Outcome.STEPPED_UP)

    def _end(self, cases: Rows, how: Outcome) -> None:
        book = self.state.cases
        self.state.log.add(Stage.PLAN_END, cases, int(how))
        book.plan_case[book.family[cases]] = -1
