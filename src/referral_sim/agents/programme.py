"""A Sure Start Local Programme: who uses it, what it offers, whom it can ask (MODEL S1, S3-S5, L0-L3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from ..pathway.casebook import SSLP
from ..pathway.events import Rows
from ..pathway.stages import Outcome, Stage
from ..world.families import Floats
from ..world.streams import Chance, logistic_one
from .liaison import NEED_OF_HELP
from .partners import TIER_TWO, complete
from .sslp_worker import SSLPWorker

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .liaison import LiaisonWorker


class SureStartProgramme(mesa.Agent):  # type: ignore[misc]
    """A programme with its workers.

    Attributes:
        name, index: name in the scenario and place in its order.
        homes: families who live in the area today, shape (families of the area,).
        posts: numbers of its workers' posts, with those that it opens as a children's centre (S6).
        workers: the workers of the posts there are. liaison: the posts that serve it.
        team_trust: the intake teams' trust in the programme, 0 to 1 (R1).
        packages: support packages that run today.
    """

    model: ReferralModel

    def __init__(self, model: ReferralModel, name: str, index: int) -> None:
        super().__init__(model)
        self.name, self.index = name, index
        self.spec = model.scenario.programmes[name]
        self.team_trust = self._team_level
        self.posts: list[int] = []
        self.workers: list[SSLPWorker] = []
        self.liaison: list[LiaisonWorker] = []
        self.packages = 0
        self.adviser_noise = model.scenario.collaboration.informal_noise
        self._carrier: LiaisonWorker | None = None
        self._deterred = 0.0
        where = np.bincount(model.families.locality[self.homes], minlength=len(model.places))
        self.main_locality = int(where.argmax())

    @property
    def homes(self) -> Rows:
        """Families who live in the area today."""
        return np.flatnonzero(self.model.families.area == self.index)

    def use_chance(self, families: Rows) -> Floats:
        """Chance that families who come to live in the area use the programme (S1), shape (families,)."""
        need = self.model.families.baseline[families]
        odds = np.log(max(self.spec.reach, 1e-9) / max(1.0 - self.spec.reach, 1e-9))
        return np.asarray(1.0 / (1.0 + np.exp(-(odds + self.spec.reach_slope * (need - 1.0)))))

    def users_among(self, families: Rows) -> Rows:
        """Those of some families who use the programme without being brought to it (S1)."""
        return np.asarray(families[self.model.families.use[families] < self.use_chance(families)])

    def deter(self, share: float) -> None:
        """From today this share of the users stays away, those least drawn to the programme first (L4)."""
        homes, user = self.homes, self.model.cases.user
        use, chance = self.model.families.use[homes], self.use_chance(homes)
        before, now = chance * (1.0 - self._deterred), chance * (1.0 - share)
        user[homes[(use >= now) & (use < before)]] = False
        user[homes[(use >= before) & (use < now)]] = True
        self._deterred = share

    # -- trust --------------------------------------------------------------------------------------------------

    @property
    def mutual_trust(self) -> float:
        """Mean of the workers' trust in social services and the teams' trust in the programme (R1)."""
        posts = [worker.post for worker in self.workers]
        workers = float(self.model.worker_views.trust[posts].mean()) if posts else self.team_trust
        return (workers + self.team_trust) / 2.0

    @property
    def trust_level(self) -> float:
        """The organisation's level, to which the workers' trust returns (R3, L11)."""
        level = self.model.scenario.practice.trust if self.spec.trust is None else self.spec.trust
        return level + float(self.model.arrangements.lasting_trust[self.index]) * (1.0 - level)

    @property
    def _team_level(self) -> float:
        level = self.spec.team_trust
        return self.model.scenario.front_door.trust_in_programmes if level is None else level

    def both_trust_more(self, step: float) -> None:
        """Both sides' trust moves towards full trust, or with a step below 0 towards none."""
        views = self.model.worker_views.trust
        for post in (worker.post for worker in self.workers):
            views[post] += step * (1.0 - views[post] if step > 0.0 else views[post])
        self.team_trust += step * (1.0 - self.team_trust if step > 0.0 else self.team_trust)

    def month_passes(self) -> None:
        """Impressions fade towards the organisation's level; what the agencies do together sets new ones (R1-R3)."""
        model, parts, mine = self.model, self.model.arrangements, self.index
        views, posts = model.worker_views, [worker.post for worker in self.workers]
        fade = model.scenario.relationships.forgetting
        views.trust[posts] += fade * (self.trust_level - views.trust[posts])
        level = self._team_level
        level += float(parts.lasting_trust[mine]) * (1.0 - level)
        self.team_trust += fade * (level - self.team_trust)
        self.both_trust_more(float(parts.trust[mine]))
        views.believed[posts] += parts.knowledge[mine] * (self.applied_threshold - views.believed[posts])
        views.training[posts] += parts.learning[mine] * (1.0 - views.training[posts])

    @property
    def applied_threshold(self) -> float:
        """The threshold that the team of most of the area applies today, in tiers."""
        return self.model.teams[self.main_locality].applied_threshold

    @property
    def staff(self) -> list[SSLPWorker]:
        """Workers in post today."""
        return [worker for worker in self.workers if worker.present]

    # -- concerns -----------------------------------------------------------------------------------------------

    def notices(self, case: int, level: float) -> bool:
        """Whether it notices a concern in a family who uses it (S2)."""
        practice, noticing = self.model.scenario.practice, self.model.scenario.noticing
        seen = practice.detection * math.exp(noticing.visibility_slope * (level - 2.0))
        return bool(self.model.concerns.chances[Chance.SSLP_NOTICES][case] < min(seen, 0.98)) and bool(self.staff)

    def consider(self, case: int) -> Outcome:
        """Give a concern to the worker who saw it."""
        staff = self.staff
        which = int(self.model.concerns.chances[Chance.SSLP_WORKER][case] * len(self.workers)) % len(staff)
        return staff[which].decide(case)

    def consult(self, worker: SSLPWorker, case: int) -> bool:
        """Ask the liaison worker, or somebody one knows in the team (L0-L3); True if there was advice."""
        u = float(self.model.concerns.chances[Chance.CONSULTS][case])
        self._carrier = None
        for post in self.liaison:
            if not post.present:
                continue
            if u < post.availability:
                self.adviser_noise = post.practice.judgement_noise
                self._carrier = post
                worker.consulted(post.practice.trust_gain, post.practice.threshold_knowledge)
                return True
            u = (u - post.availability) / (1.0 - post.availability)
        links, parts = self.model.scenario.collaboration, self.model.arrangements
        acquaintance = min(float(parts.informal_links[self.index]) * worker.trust * 2.0, 1.0)
        if u < 1.0 - (1.0 - acquaintance) * (1.0 - float(parts.contact[self.index])):
            self.adviser_noise = links.informal_noise
            worker.consulted(links.informal_trust_gain, links.informal_knowledge)
            return True
        return False

    def filter(self, case: int, source: int, level: float) -> bool:
        """The liaison worker looks at what another professional brought; True if it is for social services (L1)."""
        model = self.model
        post = max((p for p in self.liaison if p.present), key=lambda p: p.filters)
        chance = model.concerns.chances[:, case]
        seen = level + post.practice.judgement_noise * logistic_one(float(chance[Chance.ADVICE]))
        model.cases.source[case] = source
        if seen >= self.applied_threshold:
            model.cases.carried[case] = post.practice.carries
            model.log.one(Stage.TAKEN_TO_LIAISON, case, Outcome.ADVISED_TO_REFER, level)
            return True
        model.log.one(Stage.TAKEN_TO_LIAISON, case, self.support(case), level)
        return False

    @property
    def filtering(self) -> float:
        """Share of other professionals' concerns that come to a liaison worker of the programme first today."""
        return max((post.filters for post in self.liaison if post.present), default=0.0)

    def pass_on(self, case: int, worker: SSLPWorker, how: Outcome) -> None:
        """Take a concern to social services: a referral, or a word without a record (S3)."""
        cases = self.model.cases
        carrier = self._carrier if self._carrier is not None and self._carrier.practice.carries else None
        if carrier is None:
            carrier = next((p for p in self.liaison if p.present and p.practice.carries), None)
        formal = how != Outcome.TOLD_INFORMALLY
        cases.partial[case] = not formal
        cases.carried[case] = formal and carrier is not None
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self._carrier = None
        self.model.bring(np.array([case]), SSLP)

    def has_open_case(self, case: int) -> bool:
        """Whether social services work with the family of a case."""
        return bool(self.model.cases.open_case[self.model.cases.family[case]] >= 0)

    def assesses(self, case: int, perceived: float) -> bool:
        """Complete a common assessment for a concern of tier 2 and above (L10); True if there is one."""
        model = self.model
        share = float(model.arrangements.common_assessment[self.index])
        share *= model.scenario.collaboration.common_assessment.programmes
        if perceived >= TIER_TWO and model.concerns.chances[Chance.COMMON_ASSESSMENT][case] < share:
            complete(model, np.array([case]), model.cases.level[[case]])
        return bool(model.cases.assessed[case])

    def below_threshold(self, case: int, assessed: bool) -> Outcome:
        """What is no matter for social services: the panel where an assessment opens it, or support here (S3, L6)."""
        has_panel = bool(self.model.panels.strength(self.model.cases.family[[case]])[0] > 0.0)
        if assessed and has_panel:
            return Outcome.TO_PANEL
        outcome = self.support(case)
        return Outcome.TO_PANEL if outcome == Outcome.NO_CAPACITY and has_panel else outcome

    def to_panel(self, case: int, worker: SSLPWorker) -> None:
        """Take a concern to the family support panel (L6)."""
        cases = self.model.cases
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self._carrier = None
        self.model.panels.from_programme(np.array([case]))

    # -- support ------------------------------------------------------------------------------------------------

    @property
    def capacity(self) -> int:
        """Packages that the workers in post can carry."""
        return len(self.staff) * self.spec.packages_per_worker

    def support(self, case: int) -> Outcome:
        """Give a family a package if there is room (S4)."""
        model = self.model
        family = int(model.concerns.family[case])
        if model.need.package_until[family] > model.offset:
            return Outcome.SUPPORTED
        if self.packages >= self.capacity:
            return Outcome.NO_CAPACITY
        practice = model.scenario.practice
        self.packages += 1
        until = model.offset + practice.package_days
        model.need.support(family, practice.package_relief, until)
        model.agenda.add("package_ends", model.calendar.day_of_offset(until), np.array([self.index]))
        model.log.one(Stage.PACKAGE, case, Outcome.ACCEPTED)
        model.helps(np.array([family]))
        return Outcome.SUPPORTED

    def accepts(self, case: int) -> Outcome:
        """Answer a referral from social services: boundary is given, age and room are asked (S5, A9)."""
        model = self.model
        family, chance = int(model.concerns.family[case]), model.concerns.chances[:, case]
        if model.families.youngest_age_of(family, model.offset) >= model.age_limits[self.index]:
            return Outcome.OUTSIDE_AGE
        helper = next((p for p in self.liaison if p.present and p.practice.accompanies > 0), None)
        accompanied = helper is not None and chance[Chance.ACCOMPANIED] < helper.practice.accompanies
        if not model.family(family).takes_up(float(chance[Chance.TAKE_UP]), bool(accompanied)):
            return Outcome.NOT_TAKEN_UP
        if self.support(case) == Outcome.NO_CAPACITY:
            return Outcome.NO_CAPACITY
        model.cases.user[family] = True
        return Outcome.ACCEPTED

    def onward_chance(self) -> float:
        """Chance that social services think of this programme for an eligible family (A9)."""
        links = [post.practice.onward for post in self.liaison if post.present]
        chance = self.model.scenario.collaboration.knows_programmes * max(links, default=1.0)
        return min(1.0, chance * (0.5 + self.team_trust) * float(self.model.arrangements.onward[self.index]))

    def reach_out(self, families: int) -> None:
        """Bring in some families in need who stay away (S1, L1)."""
        if families <= 0:
            return
        model, homes = self.model, self.homes
        away = homes[~model.cases.user[homes]]
        away = away[np.argsort(model.families.outreach[away], kind="stable")]
        away = away[model.families.youngest_age(away, model.offset) < model.age_limits[self.index]]
        brought = away[model.need.now(away, model.offset) >= NEED_OF_HELP][:families]
        model.cases.user[brought] = True
        model.brought_in.append((model.day, self.index, len(brought)))
