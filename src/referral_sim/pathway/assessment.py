"""Initial and core assessments (MODEL A1, A3) and what they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..world.families import Floats, Ints
from ..world.streams import Chance, Numbers
from .casebook import SSLP
from .events import Rows
from .front_door import first_of_family
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel


DONE = -2


def working_days(u: Numbers, median: float, spread: float) -> Ints:
    """Log-logistic lengths in whole working days, at least 1; ``spread`` is the scale of the log."""
    p = np.clip(u, 7e-4, 1 - 7e-4)
    return np.maximum(np.ceil(median * (p / (1.0 - p)) ** (spread * 0.5513)), 1.0).astype(np.int64)


class Assessments:
    """Starts assessments, finishes them when their work and their time are done, and acts on what they find."""

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        self.rules = rules = model.scenario.assessment
        # What each case would need if it came here, worked out for all potential concerns at once.
        chances = model.concerns.chances
        self._initial_days = working_days(chances[Chance.INITIAL_TIME], rules.initial_days, rules.initial_days_spread)
        self._core_days = working_days(chances[Chance.CORE_TIME], rules.core_days, rules.core_days_spread)
        self._left_to_do = 1.0 - model.scenario.collaboration.common_assessment.saves_work
        self._may_be_harm = chances[Chance.HARM] < model.front_door.harm[model.concerns.kind]
        self._routed = chances[Chance.ROUTED] < model.scenario.protection.routing

    def start(self, cases: Rows, seen: Floats) -> None:
        """Begin initial assessments; those where significant harm is feared go into the urgent lane (A1)."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        book.open_case[book.family[cases]] = cases
        model.open_files(book.family[cases])
        urgent = self.feared_harm(cases, seen)
        opening = model.scenario.front_door.referral_hours
        done = book.assessed[cases]
        for mine, share in ((~done, 1.0), (done, self._left_to_do)):
            if mine.any():
                hours = opening + share * self.rules.initial_hours
                model.give_work("urgent", cases[urgent & mine], hours)
                model.give_work("initial", cases[~urgent & mine], hours)

    def feared_harm(self, cases: Rows, seen: Floats) -> np.ndarray:
        """Where the level seen and the kind of concern make one fear significant harm."""
        return np.asarray((seen >= self.model.scenario.protection.threshold) & self._may_be_harm[cases])

    def initial_worked(self, cases: Rows, urgent: bool) -> None:
        """The hours of initial assessments are done; they end when visits and checks are done too."""
        if not len(cases):
            return
        days = self._initial_days[cases]
        done = self.model.cases.assessed[cases]
        if done.any():
            days = np.where(done, np.ceil(days * self._left_to_do).astype(np.int64), days)
        if urgent:
            days = np.minimum(days, max(self.rules.urgent_days, 1))
        end = np.maximum(self.model.cases.referral_day[cases] + days, self.model.day)
        self.model.agenda.add_each("initial", end, cases)

    def finish_initial(self, cases: Rows) -> None:
        """Outcomes of initial assessments: not in need, child in need, need of protection (A1)."""
        if not len(cases):
            return
        model, book, rules = self.model, self.model.cases, self.rules
        family = book.family[cases]
        found = model.need.now(family, model.offset) + rules.assessed_noise * model.concerns.finding_error[cases]
        protect = self.feared_harm(cases, found) & self.routed(cases)
        in_need = ~protect & (found >= rules.in_need)
        complex_need = in_need & (found >= rules.complex_need)
        outcome = np.full(len(cases), int(Outcome.NOT_IN_NEED))
        outcome[in_need] = int(Outcome.CHILD_IN_NEED)
        outcome[complex_need] = int(Outcome.CORE_ASSESSMENT)
        outcome[protect] = int(Outcome.STRATEGY_DISCUSSION)
        model.log.add(Stage.INITIAL_ASSESSMENT, cases, outcome, found, model.day - book.referral_day[cases])
        self._judge_programmes(cases, found >= rules.in_need)
        self.start_core(cases[complex_need])
        model.plans.offer(cases[in_need])
        closed = cases[~protect & ~in_need]
        book.open_case[book.family[closed]] = -1
        model.front_door.consider_programme(cases[~protect])
        model.protection.discuss(cases[protect], found[protect])

    def routed(self, cases: Rows) -> np.ndarray:
        """Which grave cases this authority routes down the protection road (A5)."""
        return np.asarray(self._routed[cases])

    def concern_in_open_case(self, cases: Rows, seen: Floats) -> None:
        """A concern about a family with an open case: where it is grave, the open case goes to protection (F2, A2)."""
        book = self.model.cases
        family = book.family[cases]
        free = (book.register_case[family] < 0) & (book.enquiry_case[family] < 0) & (book.plan_case[family] >= 0)
        grave = free & self.feared_harm(cases, seen) & self.routed(cases) & first_of_family(family)
        self.model.protection.discuss(cases[grave], seen[grave])

    def start_core(self, cases: Rows) -> None:
        """Begin core assessments (A3)."""
        if not len(cases):
            return
        self.model.cases.core_day[cases] = self.model.day
        self.model.give_work("core", cases, self.rules.core_hours)

    def core_worked(self, cases: Rows) -> None:
        """The hours of core assessments are done; they end when their time is over too."""
        if not len(cases):
            return
        end = np.maximum(self.model.cases.core_day[cases] + self._core_days[cases], self.model.day)
        self.model.agenda.add_each("core", end, cases)

    def finish_core(self, cases: Rows) -> None:
        """Core assessments end; what follows was decided with the enquiry or the plan."""
        if not len(cases):
            return
        book = self.model.cases
        self.model.log.add(Stage.CORE_ASSESSMENT, cases, elapsed=self.model.day - book.core_day[cases])
        book.core_day[cases] = DONE
        family = book.family[cases]
        over = (book.open_case[family] == cases) & (book.plan_case[family] < 0)
        over &= (book.register_case[family] < 0) & (book.enquiry_case[family] < 0)
        book.open_case[family[over]] = -1

    def _judge_programmes(self, cases: Rows, borne_out: np.ndarray) -> None:
        """A team's trust in a programme follows what its referrals turn out to be (R1)."""
        book, rules = self.model.cases, self.model.scenario.relationships
        for at in np.flatnonzero(book.source[cases] == SSLP).tolist():
            programme = self.model.worker_of_post[int(book.worker[cases[at]])].programme
            if borne_out[at]:
                programme.team_trust += rules.team_right * (1.0 - programme.team_trust)
            else:
                programme.team_trust -= rules.team_wrong * programme.team_trust
