"""A worker of a Sure Start Local Programme and the decision on a concern (MODEL S2, S3, R1, R2, R3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from ..pathway.stages import Outcome, Stage
from ..world.concerns import DAY_CARE
from ..world.streams import Chance, logistic_one

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .programme import SureStartProgramme


class Views:
    """What the programme workers of a run think of social services, in columns: one entry a post.

    Attributes:
        trust: 0 to 1. believed: threshold, in tiers. training: 0 to 1. NaN stands at the posts of other agencies.
    """

    def __init__(self, posts: int) -> None:
        self.trust = np.full(posts, np.nan)
        self.believed = np.full(posts, np.nan)
        self.training = np.full(posts, np.nan)


class SSLPWorker(mesa.Agent):  # type: ignore[misc]
    """Somebody who sees families in a programme.

    Attributes:
        profession_chance: uniform number that decides the worker's profession.
    """

    model: ReferralModel

    def __init__(self, model: ReferralModel, programme: SureStartProgramme, post: int) -> None:
        super().__init__(model)
        self.programme = programme
        self.post = post
        self._views = model.worker_views
        self.takes_post()

    def takes_post(self) -> None:
        """Somebody new takes the post and starts near the organisation's level (R3)."""
        practice, posts = self.model.scenario.practice, self.model.posts
        opinion, belief = logistic_one(posts.trait(self.post, 0)), logistic_one(posts.trait(self.post, 1))
        self.trust = min(1.0, max(0.0, self.programme.trust_level + practice.trust_spread * opinion))
        gap = practice.threshold_gap + practice.threshold_gap_spread * belief
        self.believed_threshold = self.model.teams[self.programme.main_locality].own_threshold + gap
        self.profession_chance = posts.trait(self.post, 3)
        training = min(1.0, max(0.0, practice.training + 0.4 * (posts.trait(self.post, 2) - 0.5)))
        induction = float(self.model.arrangements.induction[self.programme.index])
        self._views.training[self.post] = training + induction * (1.0 - training)

    def comes_from_team(self) -> None:
        """The new worker was a social worker of the area: knows its threshold, and how harm is judged (K4)."""
        self.believed_threshold = self.programme.applied_threshold
        self._views.training[self.post] = 1.0

    @property
    def training(self) -> float:
        """Training, 0 to 1; full training halves the error of judgement (S2, L7)."""
        return float(self._views.training[self.post])

    @property
    def trust(self) -> float:
        """Trust in social services, 0 to 1 (R1)."""
        return float(self._views.trust[self.post])

    @trust.setter
    def trust(self, value: float) -> None:
        self._views.trust[self.post] = value

    @property
    def believed_threshold(self) -> float:
        """Where the worker believes social services' threshold to be, in tiers (R2)."""
        return float(self._views.believed[self.post])

    @believed_threshold.setter
    def believed_threshold(self, value: float) -> None:
        self._views.believed[self.post] = value

    @property
    def profession(self) -> str:
        """The worker's role, as social services would record it (S2, O1)."""
        mix = self.model.scenario.recording.sslp_recorded_as
        steps = np.cumsum(list(mix.values()))[:-1]
        return str(list(mix)[int(np.searchsorted(steps, self.profession_chance, side="right"))])

    @property
    def present(self) -> bool:
        """Somebody holds the post."""
        return bool(self.model.posts.filled[self.post])

    @property
    def threshold_gap(self) -> float:
        """Believed less applied threshold, in tiers (R2)."""
        return self.believed_threshold - self.programme.applied_threshold

    # -- the decision -------------------------------------------------------------------------------------------

    def decide(self, case: int) -> Outcome:
        """Decide on a concern seen in a family (S3) and carry the decision out."""
        model, practice = self.model, self.model.scenario.practice
        chance = model.concerns.chances[:, case]
        level = float(model.cases.level[case])
        noise = (
            practice.judgement_noise * (1.0 - 0.5 * self.training) * logistic_one(float(chance[Chance.SSLP_JUDGEMENT]))
        )
        perceived = level + noise
        adviser = False
        if abs(perceived - self.believed_threshold) <= practice.consult_band:
            adviser = self.programme.consult(self, case)
            if adviser:
                perceived = level + self.programme.adviser_noise * logistic_one(float(chance[Chance.ADVICE]))
                advised = perceived >= self.believed_threshold
                advice = Outcome.ADVISED_TO_REFER if advised else Outcome.ADVISED_TO_SUPPORT
                model.log.one(Stage.CONSULTATION, case, advice, level)
            else:
                perceived = level + noise * (1.0 - practice.meeting_gain)
        outcome = self._choose(case, perceived, adviser)
        model.log.one(Stage.PROGRAMME_CONCERN, case, outcome, level)
        if outcome in (Outcome.REFERRED, Outcome.TOLD_INFORMALLY, Outcome.TOLD_OPEN_CASE):
            self.programme.pass_on(case, self, outcome)
        elif outcome == Outcome.TO_PANEL:
            self.programme.to_panel(case, self)
        elif outcome == Outcome.HELD_BACK:
            self._hold_back(case)
        return outcome

    def _choose(self, case: int, perceived: float, advised: bool) -> Outcome:
        """Support here, refer, tell informally, or hold back."""
        practice, chance = self.model.scenario.practice, self.model.concerns.chances[:, case]
        if self.model.concerns.kind[case] == DAY_CARE:
            asks = self.model.scenario.front_door.day_care_gateway and (
                chance[Chance.SHARES] < practice.day_care_referral
            )
            return Outcome.REFERRED if asks else self.programme.support(case)
        parts, mine = self.model.arrangements, self.programme.index
        if chance[Chance.KNOWS_OPEN_CASE] < parts.knows_open_cases[mine] and self.programme.has_open_case(case):
            return Outcome.TOLD_OPEN_CASE
        assessed = self.programme.assesses(case, perceived)
        if perceived < self.believed_threshold:
            return self.programme.below_threshold(case, assessed)
        if self.model.panels.from_worker(case, perceived, self.believed_threshold):
            return Outcome.TO_PANEL
        willing = practice.sharing + float(parts.sharing[mine]) * (1.0 - practice.sharing)
        shares = willing if advised else willing * self.trust
        if chance[Chance.SHARES] < shares:
            return Outcome.REFERRED
        return Outcome.TOLD_INFORMALLY if chance[Chance.TELLS] < practice.informal_share else Outcome.HELD_BACK

    def _hold_back(self, case: int) -> None:
        """A concern held back may come back, worse, through another source (S4)."""
        model, practice = self.model, self.model.scenario.practice
        chance = model.concerns.chances[:, case]
        if chance[Chance.COMES_BACK] < practice.escalation_share:
            wait = -np.log1p(-float(chance[Chance.COMES_BACK_WHEN])) * practice.escalation_days
            model.agenda.add("held_back", model.calendar.day_of_offset(model.offset + 1 + wait), np.array([case]))

    # -- what the worker learns ---------------------------------------------------------------------------------

    def consulted(self, trust_gain: float, knowledge: float) -> None:
        """A consultation brings trust and closes the gap (R1, R2)."""
        self.trust += trust_gain * (1.0 - self.trust)
        self.believed_threshold -= knowledge * self.threshold_gap

    def hears(self, accepted: bool, days: int) -> None:
        """The answer to a referral (R1, R2, L8); ``days`` are working days from contact to decision."""
        rules = self.model.scenario.relationships
        self._learns(rules.accepted if accepted else -rules.refused, rules.gap_learning)
        if days > 5:
            self._learns(-rules.delay, 0.0)

    def hears_nothing(self) -> None:
        """No answer ever comes (R1, Ch. 1.5a)."""
        self._learns(-self.model.scenario.relationships.silence, 0.0)

    def _learns(self, step: float, knowledge: float) -> None:
        """A step of trust, up or down, and of the threshold gap; colleagues hear of it at the weekly meeting."""
        share = self.model.scenario.relationships.colleagues
        for worker in self.programme.workers if share > 0.0 else [self]:
            much = 1.0 if worker is self else share
            room = 1.0 - worker.trust if step > 0.0 else worker.trust
            worker.trust += much * step * room
            if knowledge:
                worker.believed_threshold -= much * knowledge * worker.threshold_gap

    def works_together(self) -> None:
        """A joint visit with a social worker (R1)."""
        self.trust += self.model.scenario.relationships.joint_visit * (1.0 - self.trust)
