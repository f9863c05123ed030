"""Contact and referral: the front door of social services (MODEL F1-F6, A9)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..records.casebook import POLICE, SSLP, TWELVE_MONTHS, Rows
from ..records.stages import Outcome, Stage
from ..state import State
from ..world.families import Floats
from ..world.signs import DAY_CARE, DOMESTIC_VIOLENCE
from ..world.streams import Chance, rotated
from ..world.troubles import harm_of_kinds
from .steps import Flags, Moves, Next, Step

GRAVE = 0.5


class ContactsAndReferrals:
    """The authority's rules on contacts, applied to all of a day's contacts at once.

    Args:
        state: the run.
        onward_chances: gives the chance that social services think of each programme today, shape (programmes,) (A9).
        to_panel: which of some contacts the teams pass on to a panel, of those that they may (F5).
    """

    def __init__(
        self,
        state: State,
        onward_chances: Callable[[], Floats],
        to_panel: Callable[[Rows, Flags], Flags],
    ) -> None:
        self.state = state
        self.rules = state.scenario.front_door
        self._onward_chances, self._to_panel = onward_chances, to_panel
        self._harm = harm_of_kinds(state.scenario)

    # -- arriving -----------------------------------------------------------------------------------------------

    def receive(self, cases: Rows) -> Moves | None:
        """Contacts arrive: answered by administrators or the county desk, or put to their team (F1, F4)."""
        state, book = self.state, self.state.cases
        if not self.rules.day_care_gateway:
            elsewhere = (book.kind[cases] == DAY_CARE) & (
                state.chance(Chance.OTHER_OFFICE, cases) < self.rules.day_care_elsewhere
            )
            state.log.add(Stage.OTHER_OFFICE, cases[elsewhere], level=book.level[cases[elsewhere]])
            cases = cases[~elsewhere]
        if not len(cases):
            return None
        family = book.family[cases]
        book.contact_day[cases] = state.day
        book.since_heard[cases] = state.day - book.heard[family]
        book.heard[family] = state.day
        state.log.add(Stage.CONTACT, cases, level=book.level[cases])
        desk, moves = self.rules.county_desk, Moves()
        if desk.enabled or self.rules.administrators_answer:
            simple = self._simple(cases)
            answered, cases = cases[simple], cases[~simple]
            fate = Outcome.ANSWERED_BY_ADMINISTRATOR if self.rules.administrators_answer else Outcome.SIGNPOSTED_AT_DESK
            self._decided(answered, np.full(len(answered), int(fate)), book.level[answered])
            moves.append(Next(Step.ANSWER, answered, {"accepted": np.zeros(len(answered), dtype=bool)}))
        if desk.enabled and desk.delay_days:
            state.agenda.add("desk", state.day + desk.delay_days, cases)
        else:
            moves.append(Next(Step.SCREEN, cases))
        return moves

    def _simple(self, cases: Rows) -> Flags:
        """Simple enquiries, which end with administrators (Midtown) or at the county desk (Southshire)."""
        book = self.state.cases
        simple = (book.level[cases] < self.rules.simple_enquiry) & (self._harm[book.kind[cases]] < GRAVE)
        simple &= book.open_case[book.family[cases]] < 0
        if not self.rules.administrators_answer:
            simple &= self.state.chance(Chance.DESK, cases) < self.rules.county_desk.signposts
        if self.rules.day_care_gateway:
            simple &= book.kind[cases] != DAY_CARE
        return simple

    def screen(self, cases: Rows) -> None:
        """Put contacts into the screening lanes of their teams."""
        self.state.give_work("screening", cases, self.rules.contact_hours)

    # -- deciding -----------------------------------------------------------------------------------------------

    def decide(self, cases: Rows) -> Moves:
        """The teams decide on the contacts that they have screened today."""
        state, book = self.state, self.state.cases
        family = book.family[cases]
        place = state.families.locality[family]
        threshold = state.teams.applied_threshold[place]
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
        to_panel = self._to_panel(cases, below & ~onward & ~is_day_care)
        referral &= ~known & ~joins & ~to_panel
        assess = referral & (seen >= threshold)
        fate = np.where(onward, int(Outcome.REFERRED_TO_PROGRAMME), int(Outcome.ADVICE))
        fate[to_panel] = int(Outcome.TO_PANEL)
        fate[referral] = int(Outcome.REFERRAL)
        fate[known] = int(Outcome.TO_OPEN_CASE)
        fate[joins] = int(Outcome.JOINED)
        self._decided(cases, fate, seen)
        then = np.where(onward, int(Outcome.REFERRED_TO_PROGRAMME), int(Outcome.NO_FURTHER_ACTION))
        then[assess] = int(Outcome.INITIAL_ASSESSMENT)
        accepted = assess | known | is_day_care
        return [
            Next(Step.OPEN_CASE, cases[known], {"seen": seen[known]}),
            Next(Step.REFER, cases[referral], {"outcome": then[referral], "seen": seen[referral]}),
            Next(Step.SEND_ON, cases[onward]),
            Next(Step.TO_PANEL, cases[to_panel]),
            Next(Step.ANSWER, cases, {"accepted": accepted[leader]}),
        ]

    def perceived(self, cases: Rows, place: Rows) -> Floats:
        """How grave the team takes a contact to be, in tiers: true need, error, and what it makes of the source."""
        state, book, rules = self.state, self.state.cases, self.rules
        noise = state.teams.judgement_noise[place] * (1.0 - rules.carried_information * book.carried[cases])
        noise = noise * (1.0 - state.scenario.collaboration.common_assessment.information * book.assessed[cases])
        noise = noise * state.signs.screening_error[cases]
        source = book.source[cases]
        seen = book.level[cases] + noise + rules.repeat_weight * (book.since_heard[cases] <= TWELVE_MONTHS)
        seen = seen - rules.police_discount * ((source == POLICE) & (book.kind[cases] == DOMESTIC_VIOLENCE))
        from_programme = np.flatnonzero(source == SSLP)
        if len(from_programme):
            whose = state.workers.programme[book.worker[cases[from_programme]]]
            seen[from_programme] += rules.trust_weight * (state.programmes.team_trust[whose] - 0.5)
            known = state.parts.completes[whose]
            seen[from_programme] -= rules.partial_information * (1.0 - known) * book.partial[cases[from_programme]]
        return np.asarray(seen)

    def refer(self, cases: Rows, outcome: NDArray[np.int64], seen: Floats) -> Moves:
        """Record referrals: to initial assessment, on to the programme, or no further action."""
        state, book = self.state, self.state.cases
        book.referral_day[cases] = state.day
        trouble = state.signs.trouble[cases]
        of_trouble = trouble >= 0
        book.troubled_days[cases[of_trouble]] = state.offset - state.troubles.onset[trouble[of_trouble]]
        state.log.add(Stage.REFERRAL, cases, outcome, book.level[cases], state.day - book.contact_day[cases])
        assess = outcome == Outcome.INITIAL_ASSESSMENT
        return [Next(Step.ASSESS, cases[assess], {"seen": seen[assess]})]

    def _decided(self, cases: Rows, fate: NDArray[np.int64], level: Floats) -> None:
        waited = self.state.day - self.state.cases.contact_day[cases]
        self.state.cases.decided[cases] = True
        self.state.log.add(Stage.CONTACT_DECISION, cases, fate, level, waited)

    # -- on to the programme ------------------------------------------------------------------------------------

    def consider_programme(self, cases: Rows) -> Moves:
        """At assessment or plan: refer on those families whom the team thinks of the programme for (A9)."""
        return [Next(Step.SEND_ON, cases[self._onward(cases, np.ones(len(cases), dtype=bool))])]

    def _onward(self, cases: Rows, may: Flags) -> Flags:
        """Which cases social services refer on to the family's programme (A9)."""
        state, book = self.state, self.state.cases
        area = state.families.area[book.family[cases]]
        may = may & (area >= 0) & (book.source[cases] != SSLP)
        if not may.any():
            return may
        may = may & (state.signs.youngest[cases] < state.programmes.age_limit[area])
        u = rotated(state.chance(Chance.ONWARD, cases), book.considered[cases])
        book.considered[cases[may]] += 1
        return np.asarray(may & (u < self._onward_chances()[area]))


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
