"""Initial and core assessments (MODEL A1, A3) and what they lead to."""

from __future__ import annotations

import numpy as np

from ..records.casebook import Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.families import Floats, Ints
from ..world.streams import Chance, Numbers
from .front_door import first_of_family
from .steps import Flags, Moves, Next, Step

DONE = -2


def working_days(u: Numbers, median: float, spread: float) -> Ints:
    """Log-logistic lengths in whole working days, at least 1; ``spread`` is the scale of the log."""
    p = np.clip(u, 7e-4, 1 - 7e-4)
    return np.maximum(np.ceil(median * (p / (1.0 - p)) ** (spread * 0.5513)), 1.0).astype(np.int64)


class Assessments:
    """Starts assessments, finishes them when their work and their time are done, and says what they found."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.rules = rules = state.scenario.assessment
        # What each case would need if it came here, worked out for all potential signs at once.
        chances = state.signs.chances
        self._initial_days = working_days(chances[Chance.INITIAL_TIME], rules.initial_days, rules.initial_days_spread)
        self._core_days = working_days(chances[Chance.CORE_TIME], rules.core_days, rules.core_days_spread)
        self._left_to_do = 1.0 - state.scenario.collaboration.common_assessment.saves_work
        # Harm, and the road that an authority takes with it, belong to the trouble: another sign is no other draw.
        trouble = state.signs.trouble
        self._may_be_harm = (trouble >= 0) & np.append(state.troubles.harm, False)[trouble]
        self._routed = np.append(state.troubles.road, 1.0)[trouble] < state.scenario.protection.routing

    def start(self, cases: Rows, seen: Floats) -> Moves:
        """Begin initial assessments; those where significant harm is feared go into the urgent lane (A1)."""
        state, book = self.state, self.state.cases
        book.open_case[book.family[cases]] = cases
        urgent = self.feared_harm(cases, seen)
        opening = state.scenario.front_door.referral_hours
        done = book.assessed[cases]
        for mine, share in ((~done, 1.0), (done, self._left_to_do)):
            if mine.any():
                hours = opening + share * self.rules.initial_hours
                state.give_work("urgent", cases[urgent & mine], hours)
                state.give_work("initial", cases[~urgent & mine], hours)
        return [Next(Step.OPEN_FILE, cases)]

    def feared_harm(self, cases: Rows, seen: Floats) -> Flags:
        """Where the level seen and the kind of concern make one fear significant harm."""
        return np.asarray((seen >= self.state.scenario.protection.threshold) & self._may_be_harm[cases])

    def routed(self, cases: Rows) -> Flags:
        """Which grave cases this authority routes down the protection road (A5)."""
        return np.asarray(self._routed[cases])

    def urgent_worked(self, cases: Rows) -> None:
        """The hours of urgent initial assessments are done; they may not take longer than the rules allow."""
        self._visits_go_on(cases, np.minimum(self._usual_days(cases), max(self.rules.urgent_days, 1)))

    def initial_worked(self, cases: Rows) -> None:
        """The hours of initial assessments are done; they end when visits and checks are done too."""
        self._visits_go_on(cases, self._usual_days(cases))

    def _usual_days(self, cases: Rows) -> Ints:
        """Working days that visits and checks take; fewer after a common assessment (L10)."""
        days = self._initial_days[cases]
        done = self.state.cases.assessed[cases]
        if done.any():
            days = np.where(done, np.ceil(days * self._left_to_do).astype(np.int64), days)
        return days

    def _visits_go_on(self, cases: Rows, days: Ints) -> None:
        end = np.maximum(self.state.cases.referral_day[cases] + days, self.state.day)
        self.state.agenda.add_each("initial", end, cases)

    def finish_initial(self, cases: Rows) -> Moves:
        """Outcomes of initial assessments: not in need, child in need, need of protection (A1)."""
        state, book, rules = self.state, self.state.cases, self.rules
        family = book.family[cases]
        found = state.troubles.level(family, state.offset) + rules.assessed_noise * state.signs.finding_error[cases]
        protect = self.feared_harm(cases, found) & self.routed(cases)
        in_need = ~protect & (found >= rules.in_need)
        complex_need = in_need & (found >= rules.complex_need)
        outcome = np.full(len(cases), int(Outcome.NOT_IN_NEED))
        outcome[in_need] = int(Outcome.CHILD_IN_NEED)
        outcome[complex_need] = int(Outcome.CORE_ASSESSMENT)
        outcome[protect] = int(Outcome.STRATEGY_DISCUSSION)
        state.log.add(Stage.INITIAL_ASSESSMENT, cases, outcome, found, state.day - book.referral_day[cases])
        if (nothing := ~protect & ~in_need).any():
            state.wariness.let_down(family[nothing])
        return [
            Next(Step.JUDGE, cases, {"borne_out": found >= rules.in_need}),
            Next(Step.CORE, cases[complex_need]),
            Next(Step.OFFER_PLAN, cases[in_need]),
            Next(Step.CLOSE, cases[nothing]),
            Next(Step.CONSIDER_PROGRAMME, cases[~protect]),
            Next(Step.DISCUSS, cases[protect], {"found": found[protect]}),
        ]

    def close(self, cases: Rows) -> None:
        """Social services close the cases of families that need nothing more of them."""
        self.state.cases.open_case[self.state.cases.family[cases]] = -1

    def concern_in_open_case(self, cases: Rows, seen: Floats) -> Moves:
        """A concern about a family with an open case: where it is grave, the open case goes to protection (F2, A2)."""
        book = self.state.cases
        family = book.family[cases]
        free = (book.register_case[family] < 0) & (book.enquiry_case[family] < 0) & (book.plan_case[family] >= 0)
        grave = free & self.feared_harm(cases, seen) & self.routed(cases) & first_of_family(family)
        return [Next(Step.DISCUSS, cases[grave], {"found": seen[grave]})]

    def start_core(self, cases: Rows) -> None:
        """Begin core assessments (A3)."""
        self.state.cases.core_day[cases] = self.state.day
        self.state.give_work("core", cases, self.rules.core_hours)

    def core_worked(self, cases: Rows) -> None:
        """The hours of core assessments are done; they end when their time is over too."""
        end = np.maximum(self.state.cases.core_day[cases] + self._core_days[cases], self.state.day)
        self.state.agenda.add_each("core", end, cases)

    def finish_core(self, cases: Rows) -> None:
        """Core assessments end; what follows was decided with the enquiry or the plan."""
        book = self.state.cases
        self.state.log.add(Stage.CORE_ASSESSMENT, cases, elapsed=self.state.day - book.core_day[cases])
        book.core_day[cases] = DONE
        family = book.family[cases]
        over = (book.open_case[family] == cases) & (book.plan_case[family] < 0)
        over &= (book.register_case[family] < 0) & (book.enquiry_case[family] < 0)
        book.open_case[family[over]] = -1
