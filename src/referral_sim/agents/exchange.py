"""What passes between social services and the programmes (MODEL S2, A9, L8, R1)."""

from __future__ import annotations

import numpy as np

from ..pathway.detection import SURE, USUAL_NEED
from ..pathway.steps import Flags
from ..records.casebook import SSLP, Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.families import Floats
from ..world.streams import Chance
from .programme import SSLPWorker, SureStartProgramme


class Exchange:
    """Takes cases from social services to the programme or worker concerned, and concerns from families to programmes.

    Args:
        state: the run.
        programmes: in the scenario's order.
        worker_of_post: workers by the number of their post.
    """

    def __init__(
        self,
        state: State,
        programmes: list[SureStartProgramme],
        worker_of_post: dict[int, SSLPWorker],
    ) -> None:
        self.state, self.programmes, self.worker_of_post = state, programmes, worker_of_post
        self._onward: Floats = np.zeros(len(programmes))

    def begin_day(self) -> None:
        """Work out how social services think of each programme today, before anything moves trust."""
        self._onward = np.array([programme.onward_chance() for programme in self.programmes])

    def noticed(self, cases: Rows, level: Floats, may: Flags) -> Flags:
        """Concerns that a programme notices in a family it serves; it decides on them here and now (S2, S3).

        Args:
            cases: case numbers, shape (cases,).
            level: need, in tiers.
            may: which ones a programme may notice.

        Returns:
            Which ones a programme has noticed, shape (cases,).
        """
        state = self.state
        family = state.signs.family[cases]
        area = state.families.area[family]
        seen = may & state.cases.user[family] & (area >= 0)
        seen &= state.signs.youngest[cases] < state.programmes.age_limit[area]
        chance = state.programmes.notices[area]
        chance = chance * np.exp(state.scenario.practice.detection_slope * (level - USUAL_NEED))
        seen &= state.chance(Chance.SSLP_NOTICES, cases) < np.minimum(chance, SURE)
        for at in np.flatnonzero(seen).tolist():
            self.programmes[area[at]].consider(int(cases[at]))
        return seen

    def onward_chances(self) -> Floats:
        """Chance of a referral on to each programme today, shape (programmes,) (A9)."""
        return self._onward

    def send_on(self, cases: Rows) -> None:
        """Social services refer families on to the programme of their area, which answers (A9, S5)."""
        state = self.state
        for case in cases.tolist():
            family = int(state.cases.family[case])
            programme = self.programmes[int(state.families.area[family])]
            in_age = programme.in_age(family)
            answer = programme.accepts(case) if in_age else Outcome.OUTSIDE_AGE
            state.log.one(Stage.REFERRAL_TO_PROGRAMME, case, answer)

    def answer(self, cases: Rows, accepted: Flags) -> None:
        """The programme workers who brought some of these contacts hear what became of them, or do not (L8, R1)."""
        book = self.state.cases
        for at in np.flatnonzero(book.source[cases] == SSLP).tolist():
            case = int(cases[at])
            if not book.partial[case]:  # a word without a record asks for no answer
                worker = self.worker_of_post[int(book.worker[case])]
                if worker in worker.programme.workers:
                    worker.programme.hears_of(case, worker, bool(accepted[at]))

    def judge(self, cases: Rows, borne_out: Flags) -> None:
        """A team's trust in a programme follows what its referrals turn out to be (R1)."""
        book = self.state.cases
        for at in np.flatnonzero(book.source[cases] == SSLP).tolist():
            worker = self.worker_of_post[int(book.worker[cases[at]])]
            worker.programme.judged(bool(borne_out[at]))
