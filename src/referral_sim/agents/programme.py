"""A Sure Start Local Programme and its workers: what they see, decide, offer and learn (MODEL S1-S6, L0-L3, R1-R3)."""

from __future__ import annotations

import math
from typing import NamedTuple

import mesa
import numpy as np

from ..records.casebook import SSLP, Rows
from ..records.posts import workers_after
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.concerns import DAY_CARE
from ..world.streams import Chance, logistic_one
from .family import Family
from .liaison import LiaisonWorker
from .panel import Panels
from .parts import TIER_TWO, complete_assessment

NEED_OF_HELP = 2.0


class Concern(NamedTuple):
    """What a worker knows of a concern when they decide on it.

    Attributes:
        case: its number. day_care: it is a request for day care.
        level: need, in tiers. perceived: how grave the worker takes it to be, in tiers.
        advised: somebody has advised the worker.
        known_open: the worker knows that social services work with the family.
        assessed: there is a common assessment.
    """

    case: int
    day_care: bool
    level: float
    perceived: float
    advised: bool
    known_open: bool
    assessed: bool


class SSLPWorker(mesa.Agent):  # type: ignore[misc]
    """Somebody who sees families in a programme.

    Attributes:
        programme: the programme. post: number of the worker's post.
        profession_chance: uniform number that decides the worker's profession.
    """

    def __init__(self, model: mesa.Model, programme: SureStartProgramme, post: int) -> None:
        super().__init__(model)
        self.programme, self.post = programme, post
        self.state = programme.state
        self.takes_post()

    def takes_post(self) -> None:
        """Somebody new takes the post and starts near the organisation's level (R3)."""
        state, programme = self.state, self.programme
        practice, posts = state.scenario.practice, state.posts
        opinion, belief = logistic_one(posts.trait(self.post, 0)), logistic_one(posts.trait(self.post, 1))
        self.trust = min(1.0, max(0.0, programme.trust_level + practice.trust_spread * opinion))
        gap = practice.threshold_gap + practice.threshold_gap_spread * belief
        self.believed_threshold = programme.official_threshold + gap
        self.profession_chance = posts.trait(self.post, 3)
        training = min(1.0, max(0.0, practice.training + 0.4 * (posts.trait(self.post, 2) - 0.5)))
        induction = float(state.parts.induction[programme.index])
        state.workers.training[self.post] = training + induction * (1.0 - training)

    def comes_from_team(self) -> None:
        """The new worker was a social worker of the area: knows its threshold, and how harm is judged (K4)."""
        self.believed_threshold = self.programme.applied_threshold
        self.state.workers.training[self.post] = 1.0

    @property
    def training(self) -> float:
        """Training, 0 to 1; full training halves the error of judgement (S2, L7)."""
        return float(self.state.workers.training[self.post])

    @property
    def trust(self) -> float:
        """Trust in social services, 0 to 1 (R1)."""
        return float(self.state.workers.trust[self.post])

    @trust.setter
    def trust(self, value: float) -> None:
        self.state.workers.trust[self.post] = value

    @property
    def believed_threshold(self) -> float:
        """Where the worker believes social services' threshold to be, in tiers (R2)."""
        return float(self.state.workers.believed_threshold[self.post])

    @believed_threshold.setter
    def believed_threshold(self, value: float) -> None:
        self.state.workers.believed_threshold[self.post] = value

    @property
    def profession(self) -> str:
        """The worker's role, as social services would record it (S2, O1)."""
        mix = self.state.scenario.recording.sslp_recorded_as
        steps = np.cumsum(list(mix.values()))[:-1]
        return str(list(mix)[int(np.searchsorted(steps, self.profession_chance, side="right"))])

    @property
    def present(self) -> bool:
        """Somebody holds the post."""
        return bool(self.state.posts.filled[self.post])

    @property
    def threshold_gap(self) -> float:
        """Believed less applied threshold, in tiers (R2)."""
        return self.believed_threshold - self.programme.applied_threshold

    # -- a concern ----------------------------------------------------------------------------------------------

    def looks_into(self, case: int) -> Concern:
        """Make up one's mind on what one has seen (S2): ask for advice, complete a common assessment (L0-L3, L10)."""
        state, programme = self.state, self.programme
        level, chance = float(state.cases.level[case]), state.concerns.chances[:, case]
        perceived, advised = self._judges(case, level)
        day_care = bool(state.concerns.kind[case] == DAY_CARE)
        known_open = not day_care and bool(
            chance[Chance.KNOWS_OPEN_CASE] < state.parts.knows_open_cases[programme.index]
            and programme.has_open_case(case)
        )
        assessed = not day_care and not known_open and programme.assesses(case, perceived)
        return Concern(case, day_care, level, perceived, advised, known_open, assessed)

    def _judges(self, case: int, level: float) -> tuple[float, bool]:
        """How grave the worker takes a concern to be, in tiers, and whether somebody advised them (S2)."""
        practice, chance = self.state.scenario.practice, self.state.concerns.chances[:, case]
        noise = (
            practice.judgement_noise * (1.0 - 0.5 * self.training) * logistic_one(float(chance[Chance.SSLP_JUDGEMENT]))
        )
        perceived = level + noise
        if abs(perceived - self.believed_threshold) > practice.consult_band:
            return perceived, False
        adviser_noise = self.programme.consult(self, case)
        if adviser_noise is None:
            return level + noise * (1.0 - practice.meeting_gain), False
        perceived = level + adviser_noise * logistic_one(float(chance[Chance.ADVICE]))
        refer = perceived >= self.believed_threshold
        advice = Outcome.ADVISED_TO_REFER if refer else Outcome.ADVISED_TO_SUPPORT
        self.state.log.one(Stage.CONSULTATION, case, advice, level)
        return perceived, True

    def decide(self, concern: Concern) -> Outcome:
        """Decide on a concern (S3); the programme carries the decision out.

        Returns:
            ``REFERRED``, ``TOLD_OPEN_CASE``, ``TOLD_INFORMALLY``, ``HELD_BACK``, ``TO_PANEL``, or ``SUPPORTED`` for
            support by the programme, if it has room.
        """
        state, programme = self.state, self.programme
        practice, chance = state.scenario.practice, state.concerns.chances[:, concern.case]
        if concern.day_care:
            gateway = state.scenario.front_door.day_care_gateway
            asks = gateway and chance[Chance.SHARES] < practice.day_care_referral
            return Outcome.REFERRED if asks else Outcome.SUPPORTED
        if concern.known_open:
            return Outcome.TOLD_OPEN_CASE
        if concern.perceived < self.believed_threshold:
            opens = concern.assessed and programme.has_panel(concern.case)
            return Outcome.TO_PANEL if opens else Outcome.SUPPORTED
        if programme.panels.from_worker(concern.case, concern.perceived, self.believed_threshold):
            return Outcome.TO_PANEL
        willing = practice.sharing + float(state.parts.sharing[programme.index]) * (1.0 - practice.sharing)
        shares = willing if concern.advised else willing * self.trust
        if chance[Chance.SHARES] < shares:
            return Outcome.REFERRED
        return Outcome.TOLD_INFORMALLY if chance[Chance.TELLS] < practice.informal_share else Outcome.HELD_BACK

    # -- what the worker learns ---------------------------------------------------------------------------------

    def consulted(self, trust_gain: float, knowledge: float) -> None:
        """A consultation brings trust and closes the gap (R1, R2)."""
        self.trust += trust_gain * (1.0 - self.trust)
        self.believed_threshold -= knowledge * self.threshold_gap

    def hears(self, accepted: bool, days: int) -> None:
        """The answer to a referral (R1, R2, L8); ``days`` are working days from contact to decision."""
        rules = self.state.scenario.relationships
        self._learns(rules.accepted if accepted else -rules.refused, rules.gap_learning)
        if days > 5:
            self._learns(-rules.delay, 0.0)

    def hears_nothing(self) -> None:
        """No answer ever comes (R1, Ch. 1.5a)."""
        self._learns(-self.state.scenario.relationships.silence, 0.0)

    def _learns(self, step: float, knowledge: float) -> None:
        """A step of trust, up or down, and of the threshold gap; colleagues hear of it at the weekly meeting."""
        share = self.state.scenario.relationships.colleagues
        for worker in self.programme.workers if share > 0.0 else [self]:
            much = 1.0 if worker is self else share
            room = 1.0 - worker.trust if step > 0.0 else worker.trust
            worker.trust += much * step * room
            if knowledge:
                worker.believed_threshold -= much * knowledge * worker.threshold_gap

    def works_together(self) -> None:
        """A joint visit with a social worker (R1)."""
        self.trust += self.state.scenario.relationships.joint_visit * (1.0 - self.trust)


class SureStartProgramme(mesa.Agent):  # type: ignore[misc]
    """A programme with its workers.

    Attributes:
        name, index: name in the scenario and place in its order.
        posts: numbers of its workers' posts, with those that it opens as a children's centre (S6).
        workers: the workers of the posts there are. liaison: the posts that serve it.
        panels: the panels that it may bring families to.
        packages: support packages that run today.
    """

    def __init__(self, model: mesa.Model, state: State, index: int, panels: Panels) -> None:
        super().__init__(model)
        self.state, self.index, self.panels = state, index, panels
        self.name, self.spec = state.programmes.names[index], state.programmes.specs[index]
        self.main_locality = int(state.programmes.main_locality[index])
        self.posts = state.posts.of_programme[self.name]
        self.workers: list[SSLPWorker] = []
        self.liaison: list[LiaisonWorker] = []
        self.packages = 0
        self._carrier: LiaisonWorker | None = None
        self._deterred = 0.0

    def open(self) -> list[SSLPWorker]:
        """Let the workers of the first day begin, and the first families use the programme; returns the workers."""
        self.workers = [SSLPWorker(self.model, self, post) for post in self.posts[: self.spec.workers]]
        self.state.cases.user[self.users_among(self.homes)] = True
        return self.workers

    def become_centre(self) -> list[SSLPWorker]:
        """Take further families into the area, older children, and more or fewer workers' posts (S6).

        Returns:
            The workers whose posts are opened.
        """
        state, centre, families = self.state, self.spec.centre, self.state.families
        assert centre is not None
        new = np.flatnonzero((families.further == self.index) & (families.area < 0))
        families.area[new] = self.index
        state.cases.user[self.users_among(new)] = True
        state.programmes.age_limit[self.index] = centre.age_limit
        kept = workers_after(self.spec)
        for worker in self.workers[kept:]:
            state.posts.pressure[worker.post] = 0.0  # nobody leaves a post that is gone
            worker.remove()
        opened = [SSLPWorker(self.model, self, post) for post in self.posts[len(self.workers) : kept]]
        state.posts.pressure[[worker.post for worker in opened]] = 1.0
        self.workers = self.workers[:kept] + opened
        return opened

    # -- families -----------------------------------------------------------------------------------------------

    @property
    def homes(self) -> Rows:
        """Families who live in the area today, shape (families of the area,)."""
        return np.flatnonzero(self.state.families.area == self.index)

    def users_among(self, families: Rows) -> Rows:
        """Those of some families who use the programme without being brought to it (S1)."""
        need = self.state.families.baseline[families]
        chance = self.state.programmes.use_chance(self.index, need)
        return np.asarray(families[self.state.families.use[families] < chance])

    def deter(self, share: float) -> None:
        """From today this share of the users stays away, those least drawn to the programme first (L4)."""
        homes, user, families = self.homes, self.state.cases.user, self.state.families
        use, chance = families.use[homes], self.state.programmes.use_chance(self.index, families.baseline[homes])
        before, now = chance * (1.0 - self._deterred), chance * (1.0 - share)
        user[homes[(use >= now) & (use < before)]] = False
        user[homes[(use >= before) & (use < now)]] = True
        self._deterred = share

    def reach_out(self, families: int) -> None:
        """Bring in families in need who stay away, at most so many (S1, L1)."""
        if families <= 0:
            return
        state, homes = self.state, self.homes
        away = homes[~state.cases.user[homes]]
        away = away[np.argsort(state.families.outreach[away], kind="stable")]
        young = state.families.youngest_age(away, state.offset) < state.programmes.age_limit[self.index]
        away = away[young]
        brought = away[state.need.now(away, state.offset) >= NEED_OF_HELP][:families]
        state.cases.user[brought] = True
        state.brought_in.append((state.day, self.index, len(brought)))

    # -- trust --------------------------------------------------------------------------------------------------

    @property
    def team_trust(self) -> float:
        """The intake teams' trust in the programme, 0 to 1 (R1)."""
        return float(self.state.programmes.team_trust[self.index])

    @team_trust.setter
    def team_trust(self, value: float) -> None:
        self.state.programmes.team_trust[self.index] = value

    @property
    def mutual_trust(self) -> float:
        """Mean of the workers' trust in social services and the teams' trust in the programme (R1)."""
        posts = [worker.post for worker in self.workers]
        workers = float(self.state.workers.trust[posts].mean()) if posts else self.team_trust
        return (workers + self.team_trust) / 2.0

    @property
    def trust_level(self) -> float:
        """The organisation's level, to which the workers' trust returns (R3, L11)."""
        level = self.state.scenario.practice.trust if self.spec.trust is None else self.spec.trust
        return level + float(self.state.parts.lasting_trust[self.index]) * (1.0 - level)

    @property
    def _team_level(self) -> float:
        level = self.spec.team_trust
        return self.state.scenario.front_door.trust_in_programmes if level is None else level

    def both_trust_more(self, step: float) -> None:
        """Both sides' trust moves towards full trust, or with a step below 0 towards none."""
        trust = self.state.workers.trust
        for post in (worker.post for worker in self.workers):
            trust[post] += step * (1.0 - trust[post] if step > 0.0 else trust[post])
        self.team_trust += step * (1.0 - self.team_trust if step > 0.0 else self.team_trust)

    def judged(self, right: bool) -> None:
        """The teams' trust follows what the programme's referrals turn out to be (R1)."""
        rules = self.state.scenario.relationships
        if right:
            self.team_trust += rules.team_right * (1.0 - self.team_trust)
        else:
            self.team_trust -= rules.team_wrong * self.team_trust

    def month_passes(self) -> None:
        """Impressions fade towards the organisation's level; what the agencies do together sets new ones (R1-R3)."""
        state, parts, mine = self.state, self.state.parts, self.index
        views, posts = state.workers, [worker.post for worker in self.workers]
        fade = state.scenario.relationships.forgetting
        views.trust[posts] += fade * (self.trust_level - views.trust[posts])
        level = self._team_level
        level += float(parts.lasting_trust[mine]) * (1.0 - level)
        self.team_trust += fade * (level - self.team_trust)
        self.both_trust_more(float(parts.trust[mine]))
        believed = views.believed_threshold
        believed[posts] += parts.knowledge[mine] * (self.applied_threshold - believed[posts])
        views.training[posts] += parts.learning[mine] * (1.0 - views.training[posts])

    @property
    def applied_threshold(self) -> float:
        """The threshold that the team of most of the area applies today, in tiers."""
        return float(self.state.teams.applied_threshold[self.main_locality])

    @property
    def official_threshold(self) -> float:
        """The threshold that the authority has set for today, in tiers."""
        return self.state.teams.official_on(self.state.day)

    @property
    def staff(self) -> list[SSLPWorker]:
        """Workers in post today."""
        return [worker for worker in self.workers if worker.present]

    # -- concerns -----------------------------------------------------------------------------------------------

    def notices(self, case: int, level: float) -> bool:
        """Whether it notices a concern in a family who uses it (S2)."""
        practice, noticing = self.state.scenario.practice, self.state.scenario.noticing
        seen = practice.detection * math.exp(noticing.visibility_slope * (level - 2.0))
        return bool(self.state.concerns.chances[Chance.SSLP_NOTICES][case] < min(seen, 0.98)) and bool(self.staff)

    def consider(self, case: int) -> Outcome:
        """Let the worker who saw a concern look into it and decide, and carry the decision out."""
        staff = self.staff
        which = int(self.state.concerns.chances[Chance.SSLP_WORKER][case] * len(self.workers)) % len(staff)
        worker = staff[which]
        concern = worker.looks_into(case)
        return self.carry_out(worker, concern, worker.decide(concern))

    def carry_out(self, worker: SSLPWorker, concern: Concern, decision: Outcome) -> Outcome:
        """Carry out what a worker has decided on a concern (S3, S4).

        Returns:
            What came of it: the decision, or what is done instead where support has no room.
        """
        case, outcome = concern.case, decision
        if outcome == Outcome.SUPPORTED:
            outcome = self.support(case)
            if outcome == Outcome.NO_CAPACITY and not concern.day_care and self.has_panel(case):
                outcome = Outcome.TO_PANEL
        self.state.log.one(Stage.PROGRAMME_CONCERN, case, outcome, concern.level)
        if outcome in (Outcome.REFERRED, Outcome.TOLD_INFORMALLY, Outcome.TOLD_OPEN_CASE):
            self._pass_on(case, worker, outcome)
        elif outcome == Outcome.TO_PANEL:
            self._take_to_panel(case, worker)
        elif outcome == Outcome.HELD_BACK:
            self._hold_back(case)
        return outcome

    def consult(self, worker: SSLPWorker, case: int) -> float | None:
        """Ask the liaison worker, or somebody one knows in the team (L0-L3).

        Returns:
            The adviser's error of judgement, in tiers; nothing if there was no advice.
        """
        u = float(self.state.concerns.chances[Chance.CONSULTS][case])
        self._carrier = None
        for post in self.liaison:
            if not post.present:
                continue
            if u < post.availability:
                self._carrier = post
                worker.consulted(post.practice.trust_gain, post.practice.threshold_knowledge)
                return post.practice.judgement_noise
            u = (u - post.availability) / (1.0 - post.availability)
        links, parts = self.state.scenario.collaboration, self.state.parts
        acquaintance = min(float(parts.informal_links[self.index]) * worker.trust * 2.0, 1.0)
        if u < 1.0 - (1.0 - acquaintance) * (1.0 - float(parts.contact[self.index])):
            worker.consulted(links.informal_trust_gain, links.informal_knowledge)
            return links.informal_noise
        return None

    def _pass_on(self, case: int, worker: SSLPWorker, how: Outcome) -> None:
        """Take a concern to social services: a referral, or a word without a record (S3)."""
        cases = self.state.cases
        carrier = self._last_adviser_who_carries()
        if carrier is None:
            carrier = next((p for p in self.liaison if p.present and p.practice.carries), None)
        formal = how != Outcome.TOLD_INFORMALLY
        cases.partial[case] = not formal
        cases.carried[case] = formal and carrier is not None
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self.state.bring(np.array([case]), SSLP)

    def _last_adviser_who_carries(self) -> LiaisonWorker | None:
        """The post-holder who advised last, if they carry referrals; asking takes them off the list.

        A known fault, to be mended with a change of the model: the adviser is kept until something is passed on, so
        what is passed on without advice may be carried by whoever advised on an earlier concern, which was supported
        or held back; that post-holder may even be gone by then.
        """
        adviser, self._carrier = self._carrier, None
        return adviser if adviser is not None and adviser.practice.carries else None

    def _take_to_panel(self, case: int, worker: SSLPWorker) -> None:
        """Take a concern to the family support panel (L6)."""
        cases = self.state.cases
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self._carrier = None
        self.panels.from_programme(np.array([case]))

    def _hold_back(self, case: int) -> None:
        """A concern held back may come back, worse, through another source (S4)."""
        state, practice = self.state, self.state.scenario.practice
        chance = state.concerns.chances[:, case]
        if chance[Chance.COMES_BACK] < practice.escalation_share:
            wait = -np.log1p(-float(chance[Chance.COMES_BACK_WHEN])) * practice.escalation_days
            state.agenda.add("held_back", state.calendar.day_of_offset(state.offset + 1 + wait), np.array([case]))

    def filter(self, case: int, source: int, level: float) -> bool:
        """The liaison worker looks at what another professional brought; True if it is for social services (L1)."""
        state = self.state
        post = max((p for p in self.liaison if p.present), key=lambda p: p.filters)
        chance = state.concerns.chances[:, case]
        seen = level + post.practice.judgement_noise * logistic_one(float(chance[Chance.ADVICE]))
        state.cases.source[case] = source
        if seen >= self.applied_threshold:
            state.cases.carried[case] = post.practice.carries
            state.log.one(Stage.TAKEN_TO_LIAISON, case, Outcome.ADVISED_TO_REFER, level)
            return True
        state.log.one(Stage.TAKEN_TO_LIAISON, case, self.support(case), level)
        return False

    @property
    def filtering(self) -> float:
        """Share of other professionals' concerns that come to a liaison worker of the programme first today."""
        return max((post.filters for post in self.liaison if post.present), default=0.0)

    def has_open_case(self, case: int) -> bool:
        """Whether social services work with the family of a case."""
        return bool(self.state.cases.open_case[self.state.cases.family[case]] >= 0)

    def has_panel(self, case: int) -> bool:
        """Whether there is a panel for the family of a case today (L6)."""
        return bool(self.panels.strength(self.state.cases.family[[case]])[0] > 0.0)

    def assesses(self, case: int, perceived: float) -> bool:
        """Complete a common assessment for a concern of tier 2 and above (L10); True if there is one."""
        state = self.state
        share = float(state.parts.common_assessment[self.index])
        share *= state.scenario.collaboration.common_assessment.programmes
        if perceived >= TIER_TWO and state.concerns.chances[Chance.COMMON_ASSESSMENT][case] < share:
            complete_assessment(state, np.array([case]), state.cases.level[[case]])
        return bool(state.cases.assessed[case])

    # -- support ------------------------------------------------------------------------------------------------

    @property
    def capacity(self) -> int:
        """Packages that the workers in post can carry."""
        return len(self.staff) * self.spec.packages_per_worker

    def support(self, case: int) -> Outcome:
        """Give a family a package if there is room (S4)."""
        state = self.state
        family = int(state.concerns.family[case])
        if state.need.has_package(family, state.offset):
            return Outcome.SUPPORTED
        if self.packages >= self.capacity:
            return Outcome.NO_CAPACITY
        practice = state.scenario.practice
        self.packages += 1
        until = state.offset + practice.package_days
        state.need.begin_package(family, practice.package_relief, until)
        state.agenda.add("package_ends", state.calendar.day_of_offset(until), np.array([self.index]))
        state.log.one(Stage.PACKAGE, case, Outcome.ACCEPTED)
        state.help_begins(np.array([family]))
        return Outcome.SUPPORTED

    # -- social services ----------------------------------------------------------------------------------------

    def onward_chance(self) -> float:
        """Chance that social services think of this programme for an eligible family (A9)."""
        links = [post.practice.onward for post in self.liaison if post.present]
        chance = self.state.scenario.collaboration.knows_programmes * max(links, default=1.0)
        return min(1.0, chance * (0.5 + self.team_trust) * float(self.state.parts.onward[self.index]))

    def in_age(self, family: int) -> bool:
        """Whether a family has a child young enough for the programme today (S5)."""
        state = self.state
        return bool(state.families.youngest_age_of(family, state.offset) < state.programmes.age_limit[self.index])

    def accepts(self, case: int, family: Family) -> Outcome:
        """Answer a referral of a family in age from social services: do they come, is there room (S5, A9)."""
        chance = self.state.concerns.chances[:, case]
        helper = next((p for p in self.liaison if p.present and p.practice.accompanies > 0), None)
        accompanied = helper is not None and chance[Chance.ACCOMPANIED] < helper.practice.accompanies
        if not family.takes_up(float(chance[Chance.TAKE_UP]), bool(accompanied)):
            return Outcome.NOT_TAKEN_UP
        if self.support(case) == Outcome.NO_CAPACITY:
            return Outcome.NO_CAPACITY
        self.state.cases.user[family.number] = True
        return Outcome.ACCEPTED

    def hears_of(self, case: int, worker: SSLPWorker, accepted: bool) -> None:
        """The worker hears what became of a referral, or does not; the sides may visit the family together (L8, R1)."""
        state, rules = self.state, self.state.scenario
        chances, parts, mine = state.concerns.chances[:, case], state.parts, self.index
        told = [p.practice.feedback for p in self.liaison if p.present]
        told.append(rules.collaboration.common_assessment.feedback if state.cases.assessed[case] else 0.0)
        hears = max([*told, rules.collaboration.feedback, float(parts.feedback[mine])])
        sees = rules.relationships.sees_acceptance if accepted else 0.0
        if chances[Chance.FEEDBACK] < 1.0 - (1.0 - hears) * (1.0 - sees):
            worker.hears(accepted, int(state.day - state.cases.contact_day[case]))
        else:
            worker.hears_nothing()
        visits = float(parts.joint_visits[mine])
        visits = max([visits, *(p.practice.joint_visits for p in self.liaison if p.present)])
        if accepted and chances[Chance.JOINT_VISIT] < visits:
            state.log.one(Stage.JOINT_VISIT, case)
            worker.works_together()
            self.team_trust += rules.relationships.joint_visit * (1.0 - self.team_trust)
