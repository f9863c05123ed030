"""Strategy discussion, section 47 enquiry, conference, register (MODEL A2, A4-A6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..records.casebook import Rows
from ..records.hours import Agency, Work
from ..records.stages import Outcome, Stage
from ..scenario.fields import ConcernKind
from ..state import State
from ..world.families import Floats
from ..world.streams import Chance, Numbers, rotated
from ..world.troubles import KINDS
from .steps import Moves, Next, Step

REVIEW_SLOPE = 0.35

# Category of registration by kind of concern: neglect unless the kind says otherwise; domestic violence is
# registered as emotional abuse. About 43% neglect in England in 2006 (context: register).
_CATEGORY = {
    ConcernKind.PHYSICAL_HARM: Outcome.PHYSICAL_ABUSE,
    ConcernKind.SEXUAL_HARM: Outcome.SEXUAL_ABUSE,
    ConcernKind.EMOTIONAL_HARM: Outcome.EMOTIONAL_ABUSE,
    ConcernKind.DOMESTIC_VIOLENCE: Outcome.EMOTIONAL_ABUSE,
}
CATEGORY = np.array([int(_CATEGORY.get(kind, Outcome.NEGLECT)) for kind in KINDS])


def review_ends(u: Numbers, found: Floats, half: float) -> NDArray[np.bool_]:
    """Whether reviews end what they review: by half where they find ``half``, less often above, more often below."""
    return np.asarray(u < 1.0 / (1.0 + np.exp((found - half) / REVIEW_SLOPE)))


class ChildProtection:
    """The road from feared harm to the register and off it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.rules = state.scenario.protection

    def discuss(self, cases: Rows, found: Floats) -> Moves:
        """Strategy discussions; most lead to a section 47 enquiry (A2)."""
        enquire = self.state.chance(Chance.ENQUIRY, cases) < self.rules.enquiry_share
        outcome = np.where(enquire, int(Outcome.SECTION_47_ENQUIRY), int(Outcome.CHILD_IN_NEED))
        self.state.log.add(Stage.STRATEGY_DISCUSSION, cases, outcome, found)
        return [Next(Step.OFFER_PLAN, cases[~enquire]), Next(Step.ENQUIRE, cases[enquire])]

    def begin_enquiry(self, cases: Rows) -> Moves:
        """Section 47 enquiries begin, with a core assessment as their means (A3)."""
        state, book = self.state, self.state.cases
        family = book.family[cases]
        book.open_case[family] = cases
        book.enquiry_case[family] = cases
        book.strategy_day[cases] = state.day
        state.log.add(Stage.SECTION_47_ENQUIRY, cases)
        self._give_work("enquiry", Work.ENQUIRY, cases, self.rules.enquiry_hours)
        return [Next(Step.CORE, cases)]

    def enquiry_worked(self, cases: Rows) -> None:
        """The hours of enquiries are done; they end after their usual length at the earliest."""
        end = np.maximum(self.state.cases.strategy_day[cases] + self.rules.enquiry_days, self.state.day)
        self.state.agenda.add_each("enquiry", end, cases)

    def finish_enquiry(self, cases: Rows) -> Moves:
        """Outcomes of enquiries: a conference, or a plan for a child in need (A4)."""
        state, book = self.state, self.state.cases
        go_on = state.chance(Chance.SUBSTANTIATED, cases) < self.rules.substantiated
        outcome = np.where(go_on, int(Outcome.CONFERENCE), int(Outcome.CHILD_IN_NEED))
        state.log.add(Stage.SECTION_47_OUTCOME, cases, outcome, elapsed=state.day - book.strategy_day[cases])
        self._leave_road(cases[~go_on])
        self._give_work("conference", Work.CONFERENCE, cases[go_on], self.rules.conference_hours)
        return [Next(Step.OFFER_PLAN, cases[~go_on])]

    def _give_work(self, lane: str, work: Work, cases: Rows, hours: float) -> None:
        """Work for the intake teams, less what other agencies' members of one team do of it (A10)."""
        share = self.rules.partners_share
        self.state.give_work(lane, cases, hours * (1.0 - share))
        self.state.hours.spend(Agency.PARTNERS, work, len(cases) * hours * share)

    def conference_prepared(self, cases: Rows) -> None:
        """Conferences are prepared; they meet on their day at the earliest."""
        day = np.maximum(self.state.cases.strategy_day[cases] + self.rules.conference_days, self.state.day)
        self.state.agenda.add_each("conference", day, cases)

    def hold_conference(self, cases: Rows) -> Moves:
        """Conferences register children at continuing risk (A5); who is not registered may get a plan, or keeps it."""
        state, book = self.state, self.state.cases
        harm = state.troubles.harm_of(book.family[cases], state.offset)
        yes = ~review_ends(state.chance(Chance.REGISTERED, cases), harm, self.rules.continuing_harm)
        outcome = np.where(yes, int(Outcome.REGISTERED), int(Outcome.NOT_REGISTERED))
        state.log.add(Stage.CONFERENCE, cases, outcome, elapsed=state.day - book.strategy_day[cases])
        self._leave_road(cases[~yes])
        return [
            Next(Step.OFFER_PLAN, cases[~yes]),
            Next(Step.STEP_UP, cases[yes]),
            Next(Step.REGISTER, cases[yes]),
        ]

    def register(self, cases: Rows) -> None:
        """Children are registered, with a category; the first review is set (A5)."""
        state, book = self.state, self.state.cases
        family = book.family[cases]
        state.log.add(Stage.REGISTRATION, cases, CATEGORY[book.kind[cases]])
        self._leave_road(cases)
        book.register_case[family] = cases
        book.registered[family] = state.day
        state.help_begins(family)
        first = state.calendar.day_after_months(state.day, self.rules.first_review_months)
        state.agenda.add("register_review", first, cases)

    def _leave_road(self, cases: Rows) -> None:
        self.state.cases.enquiry_case[self.state.cases.family[cases]] = -1

    def review(self, cases: Rows) -> Moves:
        """Reviews at three months and then every six: registration goes on or ends (A6, A10).

        A review asks for the harm, not for all need, and change must have lasted: the graver of today and of some time
        ago counts. Where harm is grave, proceedings may take the children into care. Where nobody in the family is
        under 18 any more, registration ends.
        """
        state, book, rules = self.state, self.state.cases, self.rules
        family = book.family[cases]
        need = state.troubles.level(family, state.offset)
        harm = state.troubles.harm_of(family, state.offset)
        counts = np.maximum(harm, state.troubles.harm_of(family, state.offset - rules.change_lasts_days))
        of_age = np.isinf(state.families.ages(family, state.offset)[0])
        u = rotated(state.chance(Chance.PROCEEDINGS, cases), book.reviews[cases])
        care = ~of_age & (harm >= rules.proceedings_harm) & (u < rules.proceedings)
        u = rotated(state.chance(Chance.REVIEW, cases), book.reviews[cases])
        ends = of_age | care | review_ends(u, counts, rules.continuing_harm)
        book.reviews[cases] += 1
        state.log.add(Stage.REGISTER_REVIEW, cases, np.where(ends, int(Outcome.ENDS), int(Outcome.REMAINS)), need)
        again = state.calendar.day_after_months(state.day, rules.review_months)
        state.agenda.add("register_review", again, cases[~ends])
        off, left = cases[ends], family[ends]
        book.register_case[left] = -1
        down = ~(of_age | care)[ends] & (need[ends] >= state.scenario.plans.closing_need)
        fate = np.where(down, int(Outcome.STEPPED_DOWN), int(Outcome.NONE))
        fate[care[ends]] = int(Outcome.TAKEN_INTO_CARE)
        fate[of_age[ends]] = int(Outcome.CAME_OF_AGE)
        state.log.add(Stage.DEREGISTRATION, off, fate, elapsed=state.day - book.registered[left])
        book.reviews[off] = 0
        book.open_case[family[ends & ~care]] = -1  # social services go on looking after children in care
        state.help_ends(left[~down])
        return [Next(Step.BEGIN_PLAN, off[down])]
