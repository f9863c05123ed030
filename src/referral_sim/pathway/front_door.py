"""Contact and referral: the front door of social services (MODEL F1-F6, A9, L8, R1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..world.concerns import DAY_CARE, DOMESTIC_VIOLENCE, KINDS
from ..world.families import Floats
from ..world.streams import Chance
from .casebook import POLICE, SSLP
from .events import Rows
from .stages import Outcome, Stage

if TYPE_CHECKING:
    from ..model import ReferralModel

TWELVE_MONTHS = 253  # working days
GRAVE = 0.5

Flags = NDArray[np.bool_]


class FrontDoor:
    """The authority's rules on contacts, applied to all of a day's contacts at once.

    Attributes:
        official_threshold: what the authority has set for each working day, in tiers, shape (days,); backlog may raise
            what a team applies (F3).
    """

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        self.rules = model.scenario.front_door
        kinds = model.scenario.concerns.kinds
        self.harm = np.array([kinds[k].harm if k in kinds else 0.0 for k in KINDS])
        self.official_threshold: Floats = np.full(model.calendar.days, self.rules.threshold)
        change = self.rules.threshold_change
        if change.on is not None:
            self.official_threshold[model.calendar.day_on_or_after(change.on) :] += change.by

    # -- arriving -----------------------------------------------------------------------------------------------

    def receive(self, cases: Rows) -> None:
        """Contacts arrive: answered by administrators or the county desk, or put to their team (F1, F4)."""
        model, book = self.model, self.model.cases
        if not self.rules.day_care_gateway:
            elsewhere = (book.kind[cases] == DAY_CARE) & (
                model.concerns.chances[Chance.OTHER_OFFICE][cases] < self.rules.day_care_elsewhere
            )
            model.log.add(Stage.OTHER_OFFICE, cases[elsewhere], level=book.level[cases[elsewhere]])
            cases = cases[~elsewhere]
        if not len(cases):
            return
        family = book.family[cases]
        book.contact_day[cases] = model.day
        book.since_heard[cases] = model.day - book.heard[family]
        book.heard[family] = model.day
        model.log.add(Stage.CONTACT, cases, level=book.level[cases])
        desk = self.rules.county_desk
        if desk.enabled or self.rules.administrators_answer:
            cases = self._answer_simple(cases)
        if desk.enabled and desk.delay_days:
            model.agenda.add("desk", model.day + desk.delay_days, cases)
        else:
            self.to_teams(cases)

    def _answer_simple(self, cases: Rows) -> Rows:
        """Simple enquiries end with administrators (Midtown) or at the county desk (Southshire); the rest go on."""
        book = self.model.cases
        simple = (book.level[cases] < self.rules.simple_enquiry) & (self.harm[book.kind[cases]] < GRAVE)
        simple &= book.open_case[book.family[cases]] < 0
        if not self.rules.administrators_answer:
            simple &= self.model.concerns.chances[Chance.DESK][cases] < self.rules.county_desk.signposts
        if self.rules.day_care_gateway:
            simple &= book.kind[cases] != DAY_CARE
        answered = cases[simple]
        fate = Outcome.ANSWERED_BY_ADMINISTRATOR if self.rules.administrators_answer else Outcome.SIGNPOSTED_AT_DESK
        self._decided(answered, np.full(len(answered), int(fate)), book.level[answered])
        self._answer_programmes(answered, np.zeros(len(answered), dtype=bool))
        return cases[~simple]

    def to_teams(self, cases: Rows) -> None:
        """Put contacts into the screening lanes of their teams."""
        self.model.give_work("screening", cases, self.rules.contact_hours)

    # -- deciding -----------------------------------------------------------------------------------------------

    def decide(self, cases: Rows) -> None:
        """The teams decide on the contacts that they have screened today."""
        if not len(cases):
            return
        model, book = self.model, self.model.cases
        family = book.family[cases]
        place = model.families.locality[family]
        threshold = model.thresholds[place]
        seen = self.perceived(cases, place)
        known = book.open_case[family] >= 0
        leader = leaders(family, seen)
        joins = ~known & (leader != np.arange(len(cases)))
        is_day_care = (book.kind[cases] == DAY_CARE) & self.rules.day_care_gateway
        referral = (seen >= threshold - self.rules.referral_margin) | is_day_care
        if self.rules.repeat_call_is_referral:
            referral |= book.since_heard[cases] <= self.rules.repeat_call_days
        below = ~known & ~joins & (seen < threshold)
        onward = self._onward(cases, below)
        to_panel = model.panels.from_front_door(cases, below & ~onward & ~is_day_care)
        referral &= ~known & ~joins & ~to_panel
        assess = referral & (seen >= threshold)
        fate = np.where(onward, int(Outcome.REFERRED_TO_PROGRAMME), int(Outcome.ADVICE))
        fate[to_panel] = int(Outcome.TO_PANEL)
        fate[referral] = int(Outcome.REFERRAL)
        fate[known] = int(Outcome.TO_OPEN_CASE)
        fate[joins] = int(Outcome.JOINED)
        self._decided(cases, fate, seen)
        if known.any():
            model.assessments.concern_in_open_case(cases[known], seen[known])
        if referral.any():
            then = np.where(onward, int(Outcome.REFERRED_TO_PROGRAMME), int(Outcome.NO_FURTHER_ACTION))
            then[assess] = int(Outcome.INITIAL_ASSESSMENT)
            self._refer(cases[referral], then[referral], seen[referral])
        self._send_on(cases[onward])
        model.panels.take(cases[to_panel])
        accepted = assess | known | is_day_care
        self._answer_programmes(cases, accepted[leader])

    def perceived(self, cases: Rows, place: Rows) -> Floats:
        """How grave the team takes a contact to be, in tiers: true need, error, and what it makes of the source."""
        model, book, rules = self.model, self.model.cases, self.rules
        noise = model.noises[place] * (1.0 - rules.carried_information * book.carried[cases])
        noise = noise * (1.0 - model.scenario.collaboration.common_assessment.information * book.assessed[cases])
        noise = noise * model.concerns.screening_error[cases]
        source = book.source[cases]
        seen = book.level[cases] + noise + rules.repeat_weight * (book.since_heard[cases] <= TWELVE_MONTHS)
        seen = seen - rules.police_discount * ((source == POLICE) & (book.kind[cases] == DOMESTIC_VIOLENCE))
        from_programme = np.flatnonzero(source == SSLP)
        if len(from_programme):
            posts = book.worker[cases[from_programme]].tolist()
            whose = [model.worker_of_post[post].programme for post in posts]
            trust = np.array([programme.team_trust for programme in whose])
            seen[from_programme] += rules.trust_weight * (trust - 0.5)
            known = model.arrangements.completes[[programme.index for programme in whose]]
            seen[from_programme] -= rules.partial_information * (1.0 - known) * book.partial[cases[from_programme]]
        return np.asarray(seen)

    def _refer(self, cases: Rows, outcome: NDArray[np.int64], seen: Floats) -> None:
        """Record referrals: to initial assessment, on to the programme, or no further action."""
        model, book = self.model, self.model.cases
        book.referral_day[cases] = model.day
        begun = book.trouble[book.family[cases]]
        waited = model.offset - model.calendar.offsets[np.maximum(begun, 0)]
        book.troubled_days[cases] = np.where(begun >= 0, waited, np.nan)
        assess = outcome == Outcome.INITIAL_ASSESSMENT
        model.log.add(Stage.REFERRAL, cases, outcome, book.level[cases], model.day - book.contact_day[cases])
        model.assessments.start(cases[assess], seen[assess])

    def _decided(self, cases: Rows, fate: NDArray[np.int64], level: Floats) -> None:
        waited = self.model.day - self.model.cases.contact_day[cases]
        self.model.cases.decided[cases] = True
        self.model.log.add(Stage.CONTACT_DECISION, cases, fate, level, waited)

    # -- on to the programme, back to the programme -----------------------------------------------------------------

    def _onward(self, cases: Rows, may: Flags) -> Flags:
        """Which cases social services refer on to the family's programme (A9)."""
        model, book = self.model, self.model.cases
        area = model.families.area[book.family[cases]]
        may = may & (area >= 0) & (book.source[cases] != SSLP)
        if not may.any():
            return may
        chance = model.onward_chances()[area]
        eligible = model.concerns.youngest[cases] < model.age_limits[area]
        return np.asarray(may & eligible & (model.concerns.chances[Chance.ONWARD][cases] < chance))

    def consider_programme(self, cases: Rows) -> None:
        """At assessment or plan: refer on those families whom the team thinks of the programme for (A9)."""
        self._send_on(cases[self._onward(cases, np.ones(len(cases), dtype=bool))])

    def _send_on(self, cases: Rows) -> None:
        for case in cases.tolist():
            programme = self.model.programmes[int(self.model.families.area[self.model.cases.family[case]])]
            self.model.log.one(Stage.REFERRAL_TO_PROGRAMME, case, programme.accepts(case))

    def _answer_programmes(self, cases: Rows, accepted: Flags) -> None:
        """The programme worker hears what became of the referral, or does not (L8, R1)."""
        book = self.model.cases
        for at in np.flatnonzero(book.source[cases] == SSLP).tolist():
            case = int(cases[at])
            worker = self.model.worker_of_post[int(book.worker[case])]
            programme = worker.programme
            chances = self.model.concerns.chances[:, case]
            if book.partial[case]:
                continue  # a word without a record asks for no answer
            told = [p.practice.feedback for p in programme.liaison if p.present]
            rules, parts = self.model.scenario.collaboration, self.model.arrangements
            told.append(rules.common_assessment.feedback if book.assessed[case] else 0.0)
            hears = max([*told, rules.feedback, float(parts.feedback[programme.index])])
            sees = self.model.scenario.relationships.sees_acceptance if accepted[at] else 0.0
            if chances[Chance.FEEDBACK] < 1.0 - (1.0 - hears) * (1.0 - sees):
                worker.hears(bool(accepted[at]), int(self.model.day - book.contact_day[case]))
            else:
                worker.hears_nothing()
            visits = float(parts.joint_visits[programme.index])
            visits = max([visits, *(p.practice.joint_visits for p in programme.liaison if p.present)])
            if accepted[at] and chances[Chance.JOINT_VISIT] < visits:
                self.model.log.one(Stage.JOINT_VISIT, case)
                worker.works_together()
                step = self.model.scenario.relationships.joint_visit
                programme.team_trust += step * (1.0 - programme.team_trust)


def leaders(family: Rows, seen: Floats) -> Rows:
    """For each of a day's contacts, the gravest one on the same family, which the others join; shape (contacts,)."""
    own = np.arange(len(family))
    if len(set(family.tolist())) == len(family):
        return own
    order = np.lexsort((own, -seen, family))
    first = np.r_[True, family[order][1:] != family[order][:-1]]
    found = np.empty(len(family), dtype=np.int64)
    found[order] = order[np.maximum.accumulate(np.where(first, own, 0))]
    return found


def first_of_family(family: Rows) -> Flags:
    """True for the first of some contacts on each family."""
    if len(set(family.tolist())) == len(family):
        return np.ones(len(family), dtype=bool)
    first = np.zeros(len(family), dtype=bool)
    first[np.unique(family, return_index=True)[1]] = True
    return first
