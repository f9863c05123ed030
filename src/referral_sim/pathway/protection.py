"""Strategy discussion, section 47 enquiry, conference, register (MODEL A2, A4-A6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..scenario.fields import Kind
from ..world.concerns import KINDS
from ..world.families import Floats
from ..world.streams import Chance, rotated
from .events import Rows
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel

REVIEW_SLOPE = 0.35

# Category of registration by kind of concern: neglect unless the kind says otherwise; domestic violence is
# registered as emotional abuse. About 43% neglect in England in 2006 (context: register).
_CATEGORY = {
    Kind.PHYSICAL_HARM: Outcome.PHYSICAL_ABUSE,
    Kind.SEXUAL_HARM: Outcome.SEXUAL_ABUSE,
    Kind.EMOTIONAL_HARM: Outcome.EMOTIONAL_ABUSE,
    Kind.DOMESTIC_VIOLENCE: Outcome.EMOTIONAL_ABUSE,
}
CATEGORY = np.array([int(_CATEGORY.get(kind, Outcome.NEGLECT)) for kind in KINDS])


def review_ends(u: Floats, need: Floats, half: float) -> NDArray[np.bool_]:
    """Whether reviews end what they review: with chance one half at need ``half``, less above it, more below."""
    return np.asarray(u < 1.0 / (1.0 + np.exp((need - half) / REVIEW_SLOPE)))


class Protection:
    """The road from feared harm to the register and off it."""

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        self.rules = model.scenario.protection

    def discuss(self, cases: Rows, found: Floats) -> None:
        """Strategy discussions; most lead to a section 47 enquiry, with a core assessment as its means (A2, A3)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        enquire = model.concerns.chances[Chance.ENQUIRY][cases] < self.rules.enquiry_share
        outcome = np.where(enquire, int(Outcome.SECTION_47_ENQUIRY), int(Outcome.CHILD_IN_NEED))
        model.log.add(Stage.STRATEGY_DISCUSSION, cases, outcome, found)
        model.plans.offer(cases[~enquire])
        started = cases[enquire]
        if not len(started):
            return
        family = book.family[started]
        book.open_case[family] = started
        book.enquiry_case[family] = started
        book.strategy_day[started] = model.day
        model.log.add(Stage.SECTION_47_ENQUIRY, started)
        model.give_work("enquiry", started, self.rules.enquiry_hours)
        model.assessments.start_core(started)

    def enquiry_worked(self, cases: Rows) -> None:
        """The hours of enquiries are done; they end after their usual length at the earliest."""
        if len(cases):
            end = np.maximum(self.model.cases.strategy_day[cases] + self.rules.enquiry_days, self.model.day)
            self.model.agenda.add_each("enquiry", end, cases)

    def finish_enquiry(self, cases: Rows) -> None:
        """Outcomes of enquiries: a conference, or a plan for a child in need (A4)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        go_on = model.concerns.chances[Chance.SUBSTANTIATED][cases] < self.rules.substantiated
        outcome = np.where(go_on, int(Outcome.CONFERENCE), int(Outcome.CHILD_IN_NEED))
        model.log.add(Stage.SECTION_47_OUTCOME, cases, outcome, elapsed=model.day - book.strategy_day[cases])
        self._leave_road(cases[~go_on])
        going = cases[go_on]
        model.give_work("conference", going, self.rules.conference_hours)

    def conference_prepared(self, cases: Rows) -> None:
        """Conferences are prepared; they meet on their day at the earliest."""
        if len(cases):
            day = np.maximum(self.model.cases.strategy_day[cases] + self.rules.conference_days, self.model.day)
            self.model.agenda.add_each("conference", day, cases)

    def hold_conference(self, cases: Rows) -> None:
        """Conferences register children, with a category, or do not (A4, A5)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        yes = model.concerns.chances[Chance.REGISTERED][cases] < self.rules.registered
        outcome = np.where(yes, int(Outcome.REGISTERED), int(Outcome.NOT_REGISTERED))
        model.log.add(Stage.CONFERENCE, cases, outcome, elapsed=model.day - book.strategy_day[cases])
        self._leave_road(cases[~yes])
        registered = cases[yes]
        if not len(registered):
            return
        family = book.family[registered]
        model.plans.step_up(family)
        model.log.add(Stage.REGISTRATION, registered, CATEGORY[book.kind[registered]])
        book.enquiry_case[family] = -1
        book.register_case[family] = registered
        book.registered[family] = model.day
        model.need.plan_relief[family] = self.rules.plan_relief
        model.helps(family)
        first = model.calendar.day_after_months(model.day, self.rules.first_review_months)
        model.agenda.add("register_review", first, registered)

    def _leave_road(self, cases: Rows) -> None:
        """Cases that leave the protection road short of the register get a plan, or keep the one they have."""
        self.model.cases.enquiry_case[self.model.cases.family[cases]] = -1
        self.model.plans.offer(cases)

    def review(self, cases: Rows) -> None:
        """Reviews at three months and then every six: registration goes on or ends (A6)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        family = book.family[cases]
        need = model.need.now(family, model.offset)
        u = rotated(model.concerns.chances[Chance.REVIEW][cases], book.reviews[cases])
        ends = review_ends(u, need, self.rules.deregistration_need)
        book.reviews[cases] += 1
        model.log.add(Stage.REGISTER_REVIEW, cases, np.where(ends, int(Outcome.ENDS), int(Outcome.REMAINS)), need)
        again = model.calendar.day_after_months(model.day, self.rules.review_months)
        model.agenda.add("register_review", again, cases[~ends])
        off = cases[ends]
        if not len(off):
            return
        book.register_case[book.family[off]] = -1
        model.need.plan_relief[book.family[off]] = 0.0
        down = need[ends] >= model.scenario.plans.closing_need
        fate = np.where(down, int(Outcome.STEPPED_DOWN), int(Outcome.NONE))
        model.log.add(Stage.DEREGISTRATION, off, fate, elapsed=model.day - book.registered[book.family[off]])
        book.reviews[off] = 0
        book.open_case[book.family[off]] = -1
        model.plans.begin(off[down])
