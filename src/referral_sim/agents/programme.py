"""A Sure Start Local Programme and its workers: what they see, decide, offer and learn (MODEL S1-S6, L0-L3, R1-R3)."""

from __future__ import annotations

import math
from typing import NamedTuple

import mesa
import numpy as np

from ..records.casebook import SSLP, Rows
from ..records.hours import Agency, Work
from ..records.posts import workers_after
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.calendar import DAYS_A_YEAR
from ..world.signs import DAY_CARE
from ..world.streams import Chance, logistic_one, rotated
from ..world.troubles import fit_of
from .actor import Actor
from .liaison import LiaisonWorker
from .panel import Panels
from .parts import TIER_TWO, complete_assessment

NEED_OF_HELP = 2.0
MOST_OTHER_WORK = 0.5  # of a programme's hours, for plans of social services and what came before them
MONTHS_OF_OUTREACH = 36.0  # before the first day: half the years in which a child is young enough
WEEKS_A_MONTH = DAYS_A_YEAR / 7.0 / 12.0


class Concern(NamedTuple):
    """What a worker knows of a concern when they decide on it.

    Attributes:
        case: its number. day_care: it is a request for day care.
        level: need, in tiers. perceived: how grave the worker takes it to be, in tiers.
        advised: somebody has advised the worker. adviser: the post-holder who did, if it was one.
        known_open: the worker knows that social services work with the family.
        assessed: there is a common assessment.
    """

    case: int
    day_care: bool
    level: float
    perceived: float
    advised: bool
    adviser: LiaisonWorker | None
    known_open: bool
    assessed: bool


class Advice(NamedTuple):
    """Advice on a concern.

    Attributes:
        noise: the adviser's error of judgement, in tiers. by: the post-holder, nothing for an acquaintance.
    """

    noise: float
    by: LiaisonWorker | None


class SSLPWorker(Actor):
    """Somebody who sees families in a programme.

    Attributes:
        programme: the programme. post: number of the worker's post.
        profession_chance: uniform number that decides the worker's profession.
    """

    def __init__(self, model: mesa.Model, programme: SureStartProgramme, post: int) -> None:
        super().__init__(model, programme.state)
        self.programme, self.post = programme, post
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
        training += induction * (1.0 - training)
        if state.day < 0:  # in post before the run, and learning since (T1)
            months = -float(posts.since[self.post]) / DAYS_A_YEAR * 12.0
            training = 1.0 - (1.0 - training) * (1.0 - float(state.parts.learning[programme.index])) ** months
        state.workers.training[self.post] = training

    def comes_from_team(self) -> None:
        """The new worker was a social worker of the area: knows its threshold, and how harm is judged (K4)."""
        self.believed_threshold = self.programme.applied_threshold
        self.state.workers.training[self.post] = 1.0

    def goes(self) -> None:
        """The worker goes, and the post with them."""
        self.programme.loses(self)

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
        level, chance = float(state.cases.level[case]), state.signs.chances[:, case]
        perceived, advice = self._judges(case, level)
        day_care = bool(state.signs.kind[case] == DAY_CARE)
        known_open = not day_care and bool(
            chance[Chance.KNOWS_OPEN_CASE] < state.parts.knows_open_cases[programme.index]
            and programme.has_open_case(case)
        )
        assessed = not day_care and not known_open and programme.assesses(case, perceived)
        adviser = advice.by if advice is not None else None
        return Concern(case, day_care, level, perceived, advice is not None, adviser, known_open, assessed)

    def _judges(self, case: int, level: float) -> tuple[float, Advice | None]:
        """How grave the worker takes a concern to be, in tiers, and the advice that they got, if any (S2)."""
        practice, chance = self.state.scenario.practice, self.state.signs.chances[:, case]
        noise = (
            practice.judgement_noise * (1.0 - 0.5 * self.training) * logistic_one(float(chance[Chance.SSLP_JUDGEMENT]))
        )
        perceived = level + noise
        if abs(perceived - self.believed_threshold) > practice.consult_band:
            return perceived, None
        found = self.programme.consult(self, case)
        if found is None:
            return level + noise * (1.0 - practice.meeting_gain), None
        perceived = level + found.noise * logistic_one(float(chance[Chance.ADVICE]))
        refer = perceived >= self.believed_threshold
        advice = Outcome.ADVISED_TO_REFER if refer else Outcome.ADVISED_TO_SUPPORT
        self.state.log.one(Stage.CONSULTATION, case, advice, level)
        return perceived, found

    def decide(self, concern: Concern) -> Outcome:
        """Decide on a concern (S3); the programme carries the decision out.

        Returns:
            ``REFERRED``, ``TOLD_OPEN_CASE``, ``TOLD_INFORMALLY``, ``HELD_BACK``, ``TO_PANEL``, or ``SUPPORTED`` for
            support by the programme, if it has room.
        """
        state, programme = self.state, self.programme
        practice, chance = state.scenario.practice, state.signs.chances[:, concern.case]
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
        tells = chance[Chance.TELLS]
        if chance[Chance.SHARES] < shares:
            # Some have a quiet word first, where they trust: the formal referral waits for another sign.
            return Outcome.TOLD_INFORMALLY if tells < practice.informal_first * self.trust else Outcome.REFERRED
        return Outcome.TOLD_INFORMALLY if tells < practice.informal_share else Outcome.HELD_BACK

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


class SureStartProgramme(Actor):
    """A programme with its workers.

    Attributes:
        name, index: name in the scenario and place in its order.
        posts: numbers of its workers' posts, with those that it opens as a children's centre (S6).
        workers: the workers of the posts there are. liaison: the posts that serve it.
        panels: the panels that it may bring families to.
        packages: support packages that run today.
    """

    def __init__(
        self, model: mesa.Model, state: State, index: int, panels: Panels, worker: type[SSLPWorker] = SSLPWorker
    ) -> None:
        super().__init__(model, state)
        self.index, self.panels, self.decisions, self._worker = index, panels, panels.decisions, worker
        self.name, self.spec = state.programmes.names[index], state.programmes.specs[index]
        self.main_locality = int(state.programmes.main_locality[index])
        self.posts = state.posts.of_programme[self.name]
        self.workers: list[SSLPWorker] = []
        self.liaison: list[LiaisonWorker] = []
        self.packages = 0
        self._deterred = self._owed = self._used = 0.0
        self.follow_scenario()

    def follow_scenario(self) -> None:
        """From today the programme works as the scenario of today says (T3)."""
        state = self.state
        self.spec = state.programmes.specs[self.index]
        self._fit = fit_of(state.scenario, self.spec.services, state.scenario.practice.package_effect)
        self._nearness = float(state.programmes.nearness[self.index])

    def open(self) -> list[SSLPWorker]:
        """Let the workers of the first day begin, and the first families use the programme; returns the workers."""
        self.workers = [self._worker(self.model, self, post) for post in self.posts[: self.spec.workers]]
        self.state.cases.user[self.users_among(self.homes)] = True
        self.staff_changed()
        return self.workers

    def goes(self) -> None:
        """Its workers go; whom it helps today it helps to the end, and nobody else comes to it."""
        for worker in list(self.workers):
            worker.remove()

    def loses(self, worker: SSLPWorker) -> None:
        """A worker goes, and the post with them."""
        self.workers = [other for other in self.workers if other is not worker]
        self.state.posts.close(worker.post)
        self.state.workers.exist([post for post in self.state.workers.there.tolist() if post != worker.post])
        self.staff_changed()

    def staff_changed(self) -> None:
        """Count what the programme notices with the workers of today: by their hours and their training (S7).

        detection x (1 - exp(-hours for each family / hours_to_notice)) x (1 + training_notices x 2 (training - 0.5))

        The hours are those that other work left last month, and the families those who use the programme and have a
        child young enough for it.
        """
        state, practice, staff, homes = self.state, self.state.scenario.practice, self.staff, self.homes
        users = homes[state.cases.user[homes]]
        youngest, _ = state.families.ages(users, max(state.offset, 0.0))
        young = int((youngest < state.programmes.age_limit[self.index]).sum())
        hours = max(len(staff) * practice.contact_hours - self._used / WEEKS_A_MONTH, 0.0) / max(young, 1)
        training = math.fsum(worker.training for worker in staff) / len(staff) if staff else 0.5
        seen = practice.detection * (1.0 - math.exp(-hours / practice.hours_to_notice))
        state.programmes.notices[self.index] = seen * (1.0 + practice.training_notices * (2.0 * training - 1.0))

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
            worker.remove()
        opened = [self._worker(self.model, self, post) for post in self.posts[self.spec.workers : kept]]
        state.posts.pressure[[worker.post for worker in opened]] = 1.0
        self.workers += opened
        self.staff_changed()
        return opened

    # -- families -----------------------------------------------------------------------------------------------

    @property
    def homes(self) -> Rows:
        """Families who live in the area today, shape (families of the area,)."""
        return np.flatnonzero(self.state.families.area == self.index)

    def users_among(self, families: Rows) -> Rows:
        """Those of some families who use the programme without being brought to it (S1)."""
        return np.asarray(families[self.decisions.uses(families, np.full(len(families), self.index))])

    def deter(self, share: float) -> None:
        """From today this share of the users stays away, those least drawn to the programme first (L4)."""
        if share == self._deterred:
            return
        homes, user, use = self.homes, self.state.cases.user, self.state.families.use
        drawn = self.decisions.use_chances(homes, np.full(len(homes), self.index))
        before, now = drawn * (1.0 - self._deterred), drawn * (1.0 - share)
        user[homes[(use[homes] >= now) & (use[homes] < before)]] = False
        user[homes[(use[homes] >= before) & (use[homes] < now)]] = True
        self._deterred = share

    @property
    def outreach_a_month(self) -> float:
        """Families who stay away whom its workers in post can bring in in a month, by their training (S7)."""
        return self.state.scenario.practice.outreach * math.fsum(0.5 + worker.training for worker in self.staff)

    def own_outreach(self) -> int:
        """How many families who stay away its workers bring in this month, by their hours and training (S7)."""
        self._owed += self.outreach_a_month
        whole = math.floor(self._owed)
        self._owed -= whole
        return whole

    def reached_before(self) -> None:
        """Who was brought in during the years before the first day uses the programme already (T1)."""
        monthly = self.outreach_a_month
        monthly += math.fsum(post.practice.outreach * post.time_each for post in self.liaison if post.first_day == 0)
        self.reach_out(round(MONTHS_OF_OUTREACH * monthly))
        self.staff_changed()

    def reach_out(self, families: int) -> None:
        """Bring in families in need who stay away, at most so many (S1, L1)."""
        if families <= 0 or self.gone:
            return
        state, homes = self.state, self.homes
        away = homes[~state.cases.user[homes]]
        away = away[np.argsort(state.families.outreach[away], kind="stable")]
        youngest, _ = state.families.ages(away, state.offset)
        away = away[youngest < state.programmes.age_limit[self.index]]
        brought = away[state.troubles.level(away, state.offset) >= NEED_OF_HELP][:families]
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

    def spends(self, work: Work, hours: float) -> None:
        """Its workers use hours for something other than being with the families who come (K5)."""
        self._used += hours
        self.state.hours.spend(Agency.PROGRAMMES, work, hours)

    @property
    def hours_a_month(self) -> float:
        """Hours that its workers in post have for families in a month, other work for them included."""
        return len(self.staff) * self.state.scenario.practice.contact_hours * WEEKS_A_MONTH

    def takes_part(self, hours: float) -> float:
        """Take part in plans of social services, for so many hours this month if they leave half of the month's hours.

        Returns:
            The share of these hours that it gives, 0 to 1 (A10).
        """
        free = MOST_OTHER_WORK * self.hours_a_month - self._used
        share = min(1.0, max(0.0, free / hours)) if hours > 0.0 else 1.0
        self.spends(Work.PLAN, share * hours)
        return share

    def works_on_packages(self) -> None:
        """A month's work on the packages that run: help tries to turn what troubles their families (S4, K5)."""
        state, each = self.state, self.state.scenario.hours.package_month
        families = state.cases.packages_of(self.index, state.offset)
        there = self.hours_a_month
        wanted = len(families) * each
        share = 1.0 if wanted <= there else there / wanted
        self.spends(Work.PACKAGE, share * wanted)
        state.help_works(families, share * self._fit)

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
        self.staff_changed()
        state.hours.spend(Agency.PROGRAMMES, Work.FAMILIES, max(self.hours_a_month - self._used, 0.0))
        self._used = 0.0

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

    def consider(self, case: int) -> Outcome:
        """Let the worker who saw a concern look into it and decide, and carry the decision out."""
        staff = self.staff
        which = int(self.state.signs.chances[Chance.SSLP_WORKER][case] * len(self.workers)) % len(staff)
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
            self._pass_on(concern, worker, outcome)
        elif outcome == Outcome.TO_PANEL:
            self._take_to_panel(case, worker)
        return outcome

    def consult(self, worker: SSLPWorker, case: int) -> Advice | None:
        """Ask the liaison worker, or somebody one knows in the team (L0-L3); nothing if there was no advice."""
        u = float(self.state.signs.chances[Chance.CONSULTS][case])
        for post in self.liaison:
            if not post.present:
                continue
            if u < post.availability:
                worker.consulted(post.practice.trust_gain, post.practice.threshold_knowledge)
                self._together(Work.CONSULTATION, Agency.LIAISON)
                return Advice(post.practice.judgement_noise, post)
            u = (u - post.availability) / (1.0 - post.availability)
        links, parts = self.state.scenario.collaboration, self.state.parts
        acquaintance = min(float(parts.informal_links[self.index]) * worker.trust * 2.0 * self._nearness, 1.0)
        if u < 1.0 - (1.0 - acquaintance) * (1.0 - float(parts.contact[self.index])):
            worker.consulted(links.informal_trust_gain, links.informal_knowledge)
            self._together(Work.CONSULTATION, Agency.INTAKE)
            return Advice(links.informal_noise, None)
        return None

    def _together(self, work: Work, other: Agency) -> None:
        """Somebody of the programme and somebody of another agency give the hours that something takes (K5)."""
        hours = self.state.scenario.hours
        each = hours.consultation if work == Work.CONSULTATION else hours.joint_visit
        self.spends(work, each)
        self.state.hours.spend(other, work, each)

    def _pass_on(self, concern: Concern, worker: SSLPWorker, how: Outcome) -> None:
        """Take a concern to social services: a referral, or a word without a record (S3).

        Who advised carries a referral, if that post does such a thing; else any post-holder who does.
        """
        case, cases = concern.case, self.state.cases
        posts = [concern.adviser] if concern.adviser is not None else self.liaison
        carried = any(post.present and post.practice.carries for post in posts)
        formal = how != Outcome.TOLD_INFORMALLY
        cases.partial[case] = not formal
        cases.carried[case] = formal and carried
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self.state.bring(np.array([case]), SSLP)

    def _take_to_panel(self, case: int, worker: SSLPWorker) -> None:
        """Take a concern to the family support panel (L6)."""
        cases = self.state.cases
        cases.worker[case] = worker.post
        cases.profession[case] = worker.profession_chance
        self.panels.from_programme(np.array([case]))

    def filter(self, case: int, source: int, level: float) -> bool:
        """The liaison worker looks at what another professional brought; True if it is for social services (L1)."""
        state = self.state
        post = max((p for p in self.liaison if p.present), key=lambda p: p.filters)
        chance = state.signs.chances[:, case]
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
        here = [] if self.gone else self.liaison
        return max((post.filters for post in here if post.present), default=0.0)

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
        if perceived >= TIER_TWO and state.signs.chances[Chance.COMMON_ASSESSMENT][case] < share:
            complete_assessment(state, np.array([case]), state.cases.level[[case]])
            self.spends(Work.COMMON_ASSESSMENT, state.scenario.hours.common_assessment)
        return bool(state.cases.assessed[case])

    # -- support ------------------------------------------------------------------------------------------------

    @property
    def capacity(self) -> int:
        """Packages that the workers in post can carry."""
        return len(self.staff) * self.spec.packages_per_worker

    def package_ends(self) -> None:
        """A family has its package no more: there is room for another."""
        self.packages -= 1

    def support(self, case: int, agreed: bool = False) -> Outcome:
        """Give a family a package if there is room and it accepts, or has agreed already (S4, F7)."""
        state = self.state
        family = state.signs.family[[case]]
        if state.cases.has_package(family, state.offset)[0]:
            return Outcome.SUPPORTED
        if self.packages >= self.capacity:
            return Outcome.NO_CAPACITY
        u = rotated(state.chance(Chance.ACCEPTS, np.array([case])), 1)  # an offer of a plan uses the first
        if not (agreed or self.decisions.accepts(family, u)[0]):
            return Outcome.REFUSED
        self.packages += 1
        state.begin_package(int(family[0]), state.scenario.practice.package_days, self.index)
        state.log.one(Stage.PACKAGE, case, Outcome.ACCEPTED)
        state.help_begins(family)
        return Outcome.SUPPORTED

    # -- social services ----------------------------------------------------------------------------------------

    def onward_chance(self) -> float:
        """Chance that social services think of this programme for an eligible family (A9)."""
        if self.gone:
            return 0.0
        links = [post.practice.onward for post in self.liaison if post.present]
        chance = self.state.scenario.collaboration.knows_programmes * max(links, default=1.0)
        return min(1.0, chance * (0.5 + self.team_trust) * float(self.state.parts.onward[self.index]))

    def in_age(self, family: int) -> bool:
        """Whether a family has a child young enough for the programme today (S5)."""
        state = self.state
        return bool(state.families.youngest_age_of(family, state.offset) < state.programmes.age_limit[self.index])

    def accepts(self, case: int) -> Outcome:
        """Answer a referral of a family in age from social services: do they come, is there room (S5, A9)."""
        cases = np.array([case])
        family, book = self.state.signs.family[cases], self.state.cases
        helper = next((p for p in self.liaison if p.present and p.practice.accompanies > 0), None)
        share = helper.practice.accompanies if helper is not None else 0.0
        accompanied = self.state.chance(Chance.ACCOMPANIED, cases) < share
        u = rotated(self.state.chance(Chance.TAKE_UP, cases), book.offered[cases])
        book.offered[cases] += 1
        if not self.decisions.takes_up(family, u, accompanied)[0]:
            return Outcome.NOT_TAKEN_UP
        if (answer := self.support(case, agreed=True)) != Outcome.SUPPORTED:
            return answer
        book.user[family] = True
        return Outcome.ACCEPTED

    def hears_of(self, case: int, worker: SSLPWorker, accepted: bool) -> None:
        """The worker hears what became of a referral, or does not; the sides may visit the family together (L8, R1)."""
        state, rules = self.state, self.state.scenario
        chances, parts, mine = state.signs.chances[:, case], state.parts, self.index
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
            self._together(Work.JOINT_VISIT, Agency.INTAKE)
            worker.works_together()
            self.team_trust += rules.relationships.joint_visit * (1.0 - self.team_trust)
