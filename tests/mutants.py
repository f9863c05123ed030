"""Small wrong changes in the rules, one at a time: which of them do the tests notice?

    python tests/mutants.py              # all; takes an hour or more
    python tests/mutants.py review desk  # those whose name holds one of these words
    python tests/mutants.py --list       # only look whether every text to be changed is still there

Each change is made in a copy of ``src`` alone; then the tests of the rules run, the quickest first, up to the first
that fails. The golden digests are left out: they notice any change, and are stored anew with each meant one. A change
that no test notices survives. At least 85 in 100 should be noticed; SURVIVORS says of each of the others why it may
live.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
# The tests of what the rules do, the quickest and sharpest first.
TESTS = (
    "unit/test_rule*.py", "unit/test_work_queue.py", "unit/test_troubles.py", "unit/test_calendar.py",
    "unit/test_recording.py", "unit/test_families.py", "integration/test_chances.py", "integration/test_theory.py",
    "integration/test_recount.py", "integration/test_measures_by_group.py", "integration/test_mesa_host.py",
    "integration/test_centres.py", "integration/test_edges.py", "integration/test_moves.py",
    "unit/test_policy_dates.py", "integration/test_dates.py", "unit/test_doubts.py", "integration/test_results.py", "integration/test_invariants*.py", "statistical/test_invariances.py", "statistical/test_directions_*.py",
    "integration/test_common_random_numbers.py",
)  # fmt: skip
TIMEOUT = 1800  # seconds: a change that makes a run go round for ever is noticed too


class Mutant(NamedTuple):
    """A wrong change: what is wrong with it, and the text that it replaces in a file of the package."""

    name: str
    file: str
    old: str
    new: str


F, A, P, L = "pathway/front_door.py", "pathway/assessment.py", "pathway/protection.py", "pathway/plans.py"
D, U = "pathway/detection.py", "pathway/unfinished.py"
T, S, Y, W = "world/troubles.py", "world/signs.py", "agents/family.py", "records/wariness.py"
B, N, X = "records/burden.py", "measures/unseen.py", "agents/family_support.py"
PROGRAMME, EXCHANGE, PANEL, TEAM = (
    "agents/programme.py",
    "agents/exchange.py",
    "agents/panel.py",
    "agents/intake_team.py",
)
STAFF, PARTS, PARTNERS, LIAISON = "agents/staff.py", "agents/parts.py", "agents/partners.py", "agents/liaison.py"
MUTANTS = [
    # -- front door
    Mutant("contact: the last contact is counted before this one", F,
           "book.since_heard[cases] = state.day - book.heard[family]\n        book.heard[family] = state.day",
           "book.heard[family] = state.day\n        book.since_heard[cases] = state.day - book.heard[family]"),
    Mutant("contact: 12 months are 365 working days", "records/casebook.py", "TWELVE_MONTHS = 253", "TWELVE_MONTHS = 365"),
    Mutant("desk: simple enquiries of families with an open case end there too", F,
           "        simple &= book.open_case[book.family[cases]] < 0\n", ""),
    Mutant("desk: what may be harm is a simple enquiry", F, " & (self._harm[book.kind[cases]] < GRAVE)", ""),
    Mutant("desk: contacts wait a day longer", F, "state.day + desk.delay_days", "state.day + desk.delay_days + 1"),
    Mutant("decision: the margin lies above the threshold", F,
           "(seen >= threshold - self.rules.referral_margin)", "(seen >= threshold + self.rules.referral_margin)"),
    Mutant("decision: a contact that joins another leads it", F, "order = np.lexsort((own, -seen, family))",
           "order = np.lexsort((own, seen, family))"),
    Mutant("decision: a contact of the same day on a known family joins", F,
           "joins = ~known & (leader", "joins = (leader"),
    Mutant("decision: an assessed case is not told to have been accepted", F,
           "accepted = assess | known | is_day_care", "accepted = known | is_day_care"),
    Mutant("decision: repeated calls count from outside the days", F,
           "book.since_heard[cases] <= self.rules.repeat_call_days", "book.since_heard[cases] > self.rules.repeat_call_days"),
    Mutant("perceived: what was carried is judged with full error", F,
           "(1.0 - rules.carried_information * book.carried[cases])", "1.0"),
    Mutant("perceived: the police are believed more", F,
           "seen = seen - rules.police_discount", "seen = seen + rules.police_discount"),
    Mutant("perceived: trust counts from nothing", F, "state.programmes.team_trust[whose] - 0.5", "state.programmes.team_trust[whose]"),
    Mutant("onward: families of any age are sent on", F, "        may = may & (state.signs.youngest[cases] < state.programmes.age_limit[area])\n", ""),
    Mutant("onward: families that a programme brought are sent back", F,
           " & (area >= 0) & (book.source[cases] != SSLP)", " & (area >= 0)"),
    # -- assessment
    Mutant("assessment: urgent work waits with the rest", A,
           'state.give_work("urgent", cases[urgent & mine], hours)', 'state.give_work("initial", cases[urgent & mine], hours)'),
    Mutant("assessment: urgent cases take their usual time", A,
           "np.minimum(self._usual_days(cases), max(self.rules.urgent_days, 1))", "self._usual_days(cases)"),
    Mutant("assessment: time counts from the day the work is done", A,
           "np.maximum(self.state.cases.referral_day[cases] + days, self.state.day)", "self.state.day + days"),
    Mutant("assessment: a common assessment saves hours but no days", A,
           "days = np.where(done, np.ceil(days * self._left_to_do).astype(np.int64), days)", "pass"),
    Mutant("assessment: a complex need asks for no core assessment", A, "Next(Step.CORE, cases[complex_need]),\n            ", ""),
    Mutant("assessment: harm is feared without regard to the kind", A,
           "(seen >= self.state.scenario.protection.threshold) & self._may_be_harm[cases]",
           "seen >= self.state.scenario.protection.threshold"),
    Mutant("core: an ended core assessment leaves the case open", A, "        book.open_case[family[over]] = -1\n", ""),
    Mutant("core: it closes the case of a family on a plan", A,
           "(book.open_case[family] == cases) & (book.plan_case[family] < 0)", "(book.open_case[family] == cases)"),
    Mutant("open case: a concern in a case without a plan goes to protection", A,
           " & (book.enquiry_case[family] < 0) & (book.plan_case[family] >= 0)", " & (book.enquiry_case[family] < 0)"),
    # -- protection
    Mutant("enquiry: it reads the chance of the conference", P, "Chance.SUBSTANTIATED", "Chance.REGISTERED"),
    Mutant("enquiry: it is made where it should not be", P,
           "state.chance(Chance.ENQUIRY, cases) < self.rules.enquiry_share", "state.chance(Chance.ENQUIRY, cases) > self.rules.enquiry_share"),
    Mutant("conference: it meets when prepared, not on its day", P,
           "np.maximum(self.state.cases.strategy_day[cases] + self.rules.conference_days, self.state.day)",
           "np.maximum(self.state.cases.strategy_day[cases], self.state.day)"),
    Mutant("conference: who is not registered stays on the road", P,
           "        self._leave_road(cases[~yes])\n        return [", "        return ["),
    Mutant("register: the first review comes when the later ones do", P, "self.rules.first_review_months", "self.rules.review_months"),
    Mutant("review: every review draws the same number", P,
           "rotated(state.chance(Chance.REVIEW, cases), book.reviews[cases])", "rotated(state.chance(Chance.REVIEW, cases), 0)"),
    Mutant("review: all who leave the register get a plan", P,
           "& (need[ends] >= state.scenario.plans.closing_need)", "& (need[ends] >= 0.0)"),
    Mutant("review: the higher the need the sooner it ends", P, "np.exp((found - half)", "np.exp((half - found)"),
    Mutant("category: domestic violence is neglect", P, "    ConcernKind.DOMESTIC_VIOLENCE: Outcome.EMOTIONAL_ABUSE,\n", ""),
    # -- after the front door
    Mutant("review: new change is enough", P, "counts = np.maximum(harm, state.troubles.harm_of(family, state.offset - rules.change_lasts_days))", "counts = harm"),
    Mutant("review: need decides and not harm", P, "harm = state.troubles.harm_of(family, state.offset)\n        counts", "harm = need\n        counts"),
    Mutant("review: nobody is taken into care", P, "care = ~of_age & (harm >= rules.proceedings_harm) & (u < rules.proceedings)", "care = np.zeros(len(cases), dtype=bool)"),
    Mutant("review: care closes the case", P, "book.open_case[family[ends & ~care]] = -1", "book.open_case[family[ends]] = -1"),
    Mutant("review: nobody comes of age", P, "of_age = np.isinf(state.families.ages(family, state.offset)[0])", "of_age = np.zeros(len(cases), dtype=bool)"),
    Mutant("conference: the graver the harm the fewer are registered", P, "yes = ~review_ends(", "yes = review_ends("),
    Mutant("enquiry: partners do nothing", P, "hours * (1.0 - share))", "hours)"),
    Mutant("family support: attention does not count", X, "strength = np.full(len(family), self.attention)", "strength = np.ones(len(family))"),
    Mutant("family support: work begins before the handover", X, "> rules.handover_days]", "> -1.0]"),
    Mutant("family support: a plan and a registration are the same", X, "(registered, self._on_register)", "(registered, self._on_plan)"),
    Mutant("family support: joint work without trust", X, "part * rules.joint_gain * programme.mutual_trust", "part * rules.joint_gain"),
    Mutant("family support: families of all programmes", X, "np.flatnonzero(area == programme.index)", "np.flatnonzero(area >= -1)"),
    Mutant("family support: vacancies do not count", X, " * each * covered", " * each"),
    Mutant("programme: other work takes no time from families", PROGRAMME, "practice.contact_hours - self._used / WEEKS_A_MONTH", "practice.contact_hours"),
    Mutant("programme: those without a young child take time too", PROGRAMME, "young = int((youngest < state.programmes.age_limit[self.index]).sum())", "young = len(users)"),
    Mutant("programme: plans may take all hours", PROGRAMME, "MOST_OTHER_WORK * self.hours_a_month - self._used", "self.hours_a_month - self._used"),
    Mutant("programme: packages have all hours", PROGRAMME, "share = 1.0 if wanted <= there else there / wanted", "share = 1.0"),
    Mutant("agency: they do as much", TEAM, "(1.0 - self.state.scenario.workforce.agency_work)", "0.0"),
    # -- yardsticks
    Mutant("yardstick: the authority's threshold", "records/burden.py", "in (self._yardstick, TROUBLED, GRAVE)", "in (2.0, TROUBLED, GRAVE)"),
    Mutant("yardstick: a package is no help", "records/casebook.py", "has | self.has_package(family, offset)", "has"),
    Mutant("yardstick: users are unknown", "records/casebook.py", "<= TWELVE_MONTHS) | self.user[family]\n", "<= TWELVE_MONTHS)\n"),
    Mutant("yardstick: once heard of, a family is known for ever", "records/casebook.py", "(day - self.heard[family] <= TWELVE_MONTHS)", "(self.heard[family] > LONG_AGO)"),
    Mutant("yardstick: help counts in the course without help", T, "self.onset[tried], self.end[tried], offset)", "self.onset[tried], self.stop[tried], offset)"),
    Mutant("children: every trouble concerns one", "world/troubles.py", "np.append(columns[\"all_children\"], False).astype(bool)", "np.append(columns[\"all_children\"], False).astype(bool) & False"),
    Mutant("children: brothers and sisters are repeats", "measures/event_rows.py", " & (child[1:] == child[:-1])", ""),
    # -- plans
    Mutant("plan: a family that has one gets another", L, "offered = ~has & (", "offered = ("),
    Mutant("plan: it ends during an enquiry", L, " & (book.enquiry_case[family] < 0)", ""),
    Mutant("plan: nobody thinks of the programme at its end", L, "[Next(Step.CONSIDER_PROGRAMME, cases[ends])]", "[]"),
    # -- moves
    Mutant("move: work on families who left is done", U, "            queue.drop(ended)\n", "            pass\n"),
    # -- programmes and workers
    Mutant("worker: training makes judgement worse", PROGRAMME, "(1.0 - 0.5 * self.training)", "(1.0 + 0.5 * self.training)"),
    Mutant("worker: the clear cases are consulted on", PROGRAMME,
           "if abs(perceived - self.believed_threshold) > practice.consult_band", "if abs(perceived - self.believed_threshold) < practice.consult_band"),
    Mutant("worker: advice is as uncertain as one's own view", PROGRAMME,
           "perceived = level + found.noise * logistic_one", "perceived = level + practice.judgement_noise * logistic_one"),
    Mutant("worker: a consultation widens the gap", PROGRAMME,
           "        self.believed_threshold -= knowledge * self.threshold_gap\n\n    def hears(",
           "        self.believed_threshold += knowledge * self.threshold_gap\n\n    def hears("),
    Mutant("worker: a refusal raises trust", PROGRAMME, "else -rules.refused", "else rules.refused"),
    Mutant("worker: a new worker believes what the team applies", PROGRAMME,
           "self.believed_threshold = programme.official_threshold + gap", "self.believed_threshold = programme.applied_threshold"),
    Mutant("programme: empty posts carry packages", PROGRAMME, "return len(self.staff) * self.spec", "return len(self.workers) * self.spec"),
    Mutant("programme: there is always one place more", PROGRAMME, "if self.packages >= self.capacity:", "if self.packages > self.capacity:"),
    Mutant("programme: an answer is seen where nobody was accepted", PROGRAMME,
           "rules.relationships.sees_acceptance if accepted else 0.0", "rules.relationships.sees_acceptance"),
    Mutant("programme: the teams' trust falls when a referral was right", PROGRAMME,
           "self.team_trust += rules.team_right * (1.0 - self.team_trust)", "self.team_trust -= rules.team_right * self.team_trust"),
    Mutant("exchange: an informal word is answered", EXCHANGE, "if not book.partial[case]:", "if True:"),
    # -- others
    Mutant("liaison: time does not thin out", LIAISON, "(1.0 - self.practice.availability) ** min(self.time_each, 4.0)", "(1.0 - self.practice.availability)"),
    Mutant("team: posts stand empty and work", TEAM, "self._in_post = len(held)", "self._in_post = len(self.posts)"),
    Mutant("team: a backlog has no limit", TEAM, "min(rules.backlog_shift * days, rules.backlog_shift_limit)", "rules.backlog_shift * days"),
    Mutant("team: experience makes judgement worse", TEAM, "(1.0 - rules.experience_gain * seasoned)", "(1.0 + rules.experience_gain * seasoned)"),
    Mutant("panel: it passes up what it has from the front door", PANEL, " and not heard:", ":"),
    Mutant("panel: it meets on the day a case comes", PANEL,
           "return self.state.day + 1 + (-(self.state.day + 1 - self.first_day))", "return self.state.day + (-(self.state.day - self.first_day))"),
    Mutant("panel: the front door reads the chance of whoever brought it", PANEL,
           "rotated(self.state.chance(Chance.TO_PANEL, cases), 1)", "self.state.chance(Chance.TO_PANEL, cases)"),
    Mutant("partners: consent is not asked", PARTS, "state.cases.assessed[cases[agreed]] = True", "state.cases.assessed[cases] = True"),
    Mutant("partners: the panel takes what lies above the threshold", PARTNERS,
           "below = level < state.teams", "below = level >= state.teams"),
    Mutant("staff: an exodus takes nobody", STAFF, "            posts.vacate(post, self.state.offset)\n        return going", "            pass\n        return going"),
    Mutant("staff: overload drives nobody out", STAFF, "1.0 + slope * min(", "1.0 + 0.0 * min("),
    Mutant("posts: an agency covers every empty post", "records/posts.py", "np.where(covered, np.minimum(wait, FORTNIGHT), wait)", "np.minimum(wait, FORTNIGHT)"),
    Mutant("queue: last come, first served", "records/work_queue.py", "return self._cases[start:stop], used", "return self._cases[start:stop][::-1], used"),
    # -- trouble, help
    Mutant("trouble: it grows beyond the greatest", T, "np.minimum(size + growth * (np.minimum(offset, stop) - start), self.rules.greatest)",
           "size + growth * (np.minimum(offset, stop) - start)"),
    Mutant("trouble: it grows after its end", T, "growth * (np.minimum(offset, stop) - start)", "growth * (offset - start)"),
    Mutant("trouble: it recedes half as fast", T, "np.minimum(stop - offset, 0.0) / self.rules.recovery_half_life)", "np.minimum(stop - offset, 0.0) / self.rules.recovery_half_life / 2.0)"),
    Mutant("trouble: it is there before it begins", T, "        grown[start > offset] = 0.0\n", ""),
    Mutant("trouble: need has no limit", T, "np.minimum(lasting + np.bincount(at, sizes, minlength=len(lasting)), HIGHEST_NEED)", "lasting + np.bincount(at, sizes, minlength=len(lasting))"),
    Mutant("trouble: what lasts is as frequent as what does not", T, "rng.random(len(child)) < rules.lasting_share", "rng.random(len(child)) < 0.5"),
    Mutant("trouble: lasting need brings no more of it", T, "np.exp(rules.need_sensitivity * (families.baseline[owner] - 1.0))", "np.ones(len(owner))"),
    Mutant("trouble: history is left out", T, "before = rules.history_years * DAYS_A_YEAR", "before = 0.0"),
    Mutant("trouble: any size may be harm", T, "self.harm & (sizes >= least)", "self.harm & (sizes > 0.0)"),
    Mutant("help: fit does not matter", T, "self.help_rules.works * fits[at, self.kind[trouble]]", "self.help_rules.works * np.minimum(fits.max(), 1.0)"),
    Mutant("help: grave trouble turns as easily", T, "np.exp(-self.help_rules.hardness * np.maximum(need[at] - EASY, 0.0))", "1.0"),
    Mutant("help: it is easier and easier below need 2", T, "np.maximum(need[at] - EASY, 0.0)", "(need[at] - EASY)"),
    Mutant("help: every try draws the same number", T, "rotated(self.resists[trouble], self.tries[trouble])", "rotated(self.resists[trouble], 0)"),
    Mutant("help: it turns what is over", T, "np.asarray((self.start[trouble] <= offset) & (offset < self.stop[trouble]))", "np.asarray(self.start[trouble] <= offset)"),
    Mutant("help: the wait counts from what is newest", T, "since = np.full(len(family), np.inf)\n        np.minimum.at", "since = np.full(len(family), -np.inf)\n        np.maximum.at"),
    Mutant("help: the best service is as good as all together", T, ".max(axis=0))", ".sum(axis=0))"),
    Mutant("relapse: all comes back that may", T, "self.help_rules.relapse * left", "self.help_rules.relapse"),
    Mutant("relapse: what has ended comes back", T, "(self.turned[trouble] <= offset) & (offset < self.end[trouble])", "self.turned[trouble] <= offset"),
    Mutant("relapse: it begins again from its first size", T, "        self.size[again] = self.size_at(again, offset)\n", ""),
    Mutant("help ends: though a plan runs", "records/casebook.py", "has = (self.plan_case[family] >= 0) | (self.register_case[family] >= 0)", "has = self.register_case[family] >= 0"),
    Mutant("help: success teaches nothing", "state.py", "            self.wariness.helped(families[turned])\n", "            pass\n"),
    Mutant("register: help goes on for ever", P, "        state.help_ends(left[~down])\n", ""),
    Mutant("register: help ends where a plan follows", P, "state.help_ends(left[~down])", "state.help_ends(left)"),
    Mutant("plan: help goes on for ever", L, "        state.help_ends(family[ends])\n", ""),
    Mutant("plan: nobody refuses", L, "        offered[offered] = self._accepts(family[offered], self.state.chance(Chance.ACCEPTS, cases[offered]))\n", ""),
    Mutant("plan: a family that refuses it stays open", L, "        book.open_case[family[closes]] = -1\n", ""),
    Mutant("assessment: the level at referral decides, not today's need", A, "found = state.troubles.level(family, state.offset) + rules", "found = book.level[cases] + rules"),
    Mutant("assessment: nobody is let down", A, "            state.wariness.let_down(family[nothing])\n", "            pass\n"),
    Mutant("assessment: cases not in need stay open", A, "            Next(Step.CLOSE, cases[nothing]),\n", ""),
    Mutant("referral: the wait counts from the contact", F, "state.offset - state.troubles.onset[trouble[of_trouble]]", "state.offset - state.signs.offset[cases[of_trouble]]"),
    Mutant("onward: each consideration draws the same number", F, "        book.considered[cases[may]] += 1\n", ""),
    # -- signs, who notices
    Mutant("signs: they show at any need", S, "np.exp(scenario.signs.slope * np.minimum(need - SHOWS_MOST, 0.0))", "np.ones_like(need)"),
    Mutant("signs: they end with the trouble", S, "fades = troubles.end + scenario.trouble.recovery_half_life", "fades = troubles.end"),
    Mutant("signs: those of families who have left show", D, "        shows &= state.offset < state.families.leaves[signs.family[cases]]  # nobody was removed before the time\n", ""),
    Mutant("signs: they show as if nobody had helped", D, "shows = signs.shows[cases] < show_chance(state.scenario, level)", "shows = signs.shows[cases] < 2.0"),
    Mutant("signs: what lasting need and its own trouble do not show never shows", "world/signs.py", "    kept[unsettled] = shows[unsettled] < show_chance(scenario, troubles.level(family[unsettled], met[unsettled]))\n", ""),
    Mutant("help: what would be alone is what is", T, "sizes[tried] = self._course(first, growth, self.onset[tried], self.end[tried], offset)", "sizes[tried] = sizes[tried]"),
    Mutant("signs: a trouble that has gone shows while need is great", D, "        shows[of_trouble] &= state.troubles.can_show(signs.trouble[cases[of_trouble]], state.offset)\n", ""),
    Mutant("day care: children of any age are asked for", S, "young = (age >= 0.0) & (age < 5.0)", "young = (age >= 0.0) & (age < 18.0)"),
    Mutant("detection: families heard of are not watched", D, "np.where(heard, self.rules.repeat_visibility, 1.0)", "np.ones(len(family))"),
    Mutant("detection: all sources are alike in how grave they find it", D, "        chance *= np.exp(self.slopes * (np.asarray(sign.level)[:, None] - USUAL_NEED))\n", ""),
    Mutant("detection: some signs are noticed for certain", D, "np.minimum(1.0, SURE / np.maximum(total, SURE))", "1.0"),
    Mutant("detection: wary families come forward", D, "        chance[:, self._own] *= sign.forward\n", ""),
    Mutant("detection: schools see no brothers and sisters", D, "np.where(sign.oldest >= SCHOOL_AGE, self.rules.siblings, 0.0)", "0.0"),
    Mutant("detection: schools see children of all ages", D, "        chance[:, self._school] *= at_school[:, None]\n", ""),
    Mutant("detection: health visitors see all families", D, "        chance[:, self._under_five] *= (sign.youngest < SCHOOL_AGE)[:, None]\n", ""),
    Mutant("detection: midwives see all families", D, "        chance[:, self._under_one] *= (sign.youngest < 1.0)[:, None]\n", ""),
    Mutant("detection: others bring all groups alike", D, "self.weights[sign.kind] * self.others[sign.group]", "self.weights[sign.kind] * 1.0"),
    Mutant("detection: how others refer a group keeps families back too", D, "        self.others[:, self._own] = 1.0\n", ""),
    # -- families
    Mutant("family: wariness makes families come forward", Y, "return np.asarray(1.0 - state.wariness.now(family))", "return np.asarray(1.0 + state.wariness.now(family))"),
    Mutant("family: refusal knows no wariness", Y, "1.0 - state.scenario.families.refusal * state.wariness.now(family)", "1.0 - state.scenario.families.refusal + 0.0 * state.wariness.now(family)"),
    Mutant("family: nobody avoids a programme", Y, "chance * (1.0 - state.scenario.families.avoidance * state.wariness.now(family))", "chance"),
    Mutant("family: withdrawal knows no time", Y, "np.exp(-rate * days / DAYS_A_YEAR)", "np.exp(-rate)"),
    Mutant("family: who goes along does not count", Y, "np.where(accompanied, practice.take_up_accompanied, practice.take_up)", "practice.take_up"),
    Mutant("wariness: help makes warier", W, "-self.rules.helped * self.own[family]", "self.rules.helped * self.own[family]"),
    Mutant("wariness: a step up has no room to mind", W, "self.rules.let_down * (1.0 - self.own[family])", "np.full(len(family), self.rules.let_down)"),
    Mutant("wariness: each neighbour takes the whole step", W, "self.rules.neighbours * step / self._neighbours[place]", "self.rules.neighbours * step"),
    Mutant("wariness: what was learned is never forgotten", W, "        self.own += self.rules.forgetting * (self._first - self.own)\n", ""),
    Mutant("wariness: neighbours never fall silent", W, "        self.talk *= 1.0 - self.rules.forgetting\n", ""),
    Mutant("wariness: all groups are alike", W, "rules.stigma * ratio * (0.5 + families.wary)", "rules.stigma * (0.5 + families.wary)"),
    Mutant("wariness: areas and localities are one place", W, "np.where(area >= 0, self._localities + area, self._families.locality[family])", "self._families.locality[family]"),
    Mutant("population: on balance nobody goes or comes", "world/families.py", "    if net:\n", "    if False:\n"),
    Mutant("population: growth shrinks it", "world/families.py", "net = decline - people.growth", "net = decline + people.growth"),
    Mutant("newcomers: they have the need of who left", "world/moves.py", '            "baseline": need, "registered_before": registered,', '            "registered_before": registered,'),
    Mutant("newcomers: they are as wary as who left", "world/moves.py", ' "wary": wary,', ""),
    # -- programmes and packages
    Mutant("programme: it notices without hours", PROGRAMME, "practice.detection * (1.0 - math.exp(-hours / practice.hours_to_notice))", "practice.detection"),
    Mutant("programme: training makes it notice less", PROGRAMME, "(1.0 + practice.training_notices * (2.0 * training - 1.0))", "(1.0 - practice.training_notices * (2.0 * training - 1.0))"),
    Mutant("programme: what is grave is noticed no more", EXCHANGE, "        chance = chance * np.exp(state.scenario.practice.detection_slope * (level - USUAL_NEED))\n", ""),
    Mutant("exchange: the youngest child's age is not asked", EXCHANGE, "        seen &= state.signs.youngest[cases] < state.programmes.age_limit[area]\n", ""),
    Mutant("exchange: who does not use a programme is seen there", EXCHANGE, "may & state.cases.user[family] & (area >= 0)", "may & (area >= 0)"),
    Mutant("worker: nobody has a quiet word first", PROGRAMME, "Outcome.TOLD_INFORMALLY if tells < practice.informal_first * self.trust else Outcome.REFERRED", "Outcome.REFERRED"),
    Mutant("worker: the quiet word asks no trust", PROGRAMME, "tells < practice.informal_first * self.trust", "tells < practice.informal_first"),
    Mutant("worker: trust counts after advice too", PROGRAMME, "shares = willing if concern.advised else willing * self.trust", "shares = willing * self.trust"),
    Mutant("worker: any post carries, whoever advised", PROGRAMME, "[concern.adviser] if concern.adviser is not None else self.liaison", "self.liaison"),
    Mutant("programme: informal words are carried", PROGRAMME, "cases.carried[case] = formal and carried", "cases.carried[case] = carried"),
    Mutant("programme: acquaintance knows no distance", PROGRAMME, " * worker.trust * 2.0 * self._nearness", " * worker.trust * 2.0"),
    Mutant("nearness: the larger the patch the nearer", "records/columns.py", "size**-scenario.collaboration.nearness", "size**scenario.collaboration.nearness"),
    Mutant("programme: a family with a package takes another place", PROGRAMME, "        if state.cases.has_package(family, state.offset)[0]:\n            return Outcome.SUPPORTED\n        if self.packages", "        if self.packages"),
    Mutant("programme: nobody refuses a package", PROGRAMME, "        if not (agreed or self.decisions.accepts(family, u)[0]):\n            return Outcome.REFUSED\n", ""),
    Mutant("programme: a package brings no help", PROGRAMME, "        state.help_works(families, share * self._fit)\n", ""),
    Mutant("programme: places are never given back", PROGRAMME, "        self.packages -= 1\n", "        pass\n"),
    Mutant("programme: who takes an offer up does not use it", PROGRAMME, "        book.user[family] = True\n", ""),
    Mutant("programme: each offer draws the same number", PROGRAMME, "        book.offered[cases] += 1\n", ""),
    Mutant("programme: distrust deters nobody", PROGRAMME, "        user[homes[(use[homes] >= now) & (use[homes] < before)]] = False\n", ""),
    Mutant("outreach: families without need are brought in", PROGRAMME, "away[state.troubles.level(away, state.offset) >= NEED_OF_HELP][:families]", "away[:families]"),
    Mutant("outreach: parts of families are lost", PROGRAMME, "        whole = math.floor(self._owed)\n        self._owed -= whole", "        whole = math.floor(self._owed)\n        self._owed = 0.0"),
    Mutant("outreach: training does not count", PROGRAMME, "sum(0.5 + worker.training for worker in self.staff)", "len(self.staff)"),
    Mutant("packages: they end twice", "model.py", "        family = np.unique(family)\n", ""),
    Mutant("packages: they end whenever they are looked at", "model.py", "((book.package_until[family] <= now) | gone)", "True"),
    Mutant("packages: what they turned never comes back", "model.py", "        self.state.help_ends(family)\n", ""),
    Mutant("packages: nobody withdraws", "model.py", "        self._families_withdraw()\n", ""),
    Mutant("packages: families withdraw the less the warier", "model.py", "family[~self.decisions.stays(family, u, DAYS_A_MONTH)]", "family[self.decisions.stays(family, u, DAYS_A_MONTH)]"),
    Mutant("parts: slow ones never deter more than on their first day", "model.py", "grows\n        self._parts_change()", "grows\n        self._parts_work()"),
    Mutant("packages: who is brought in last leaves first", "model.py", "rotated(state.families.withdrawal[family], month)", "rotated(state.families.outreach[family], month)"),
    Mutant("panel: there is a place more", PANEL, "if self.supported + 1 > self.places:", "if self.supported > self.places:"),
    Mutant("panel: its plan brings no help", PANEL, "        state.help_works(families, self._fit)\n", ""),
    Mutant("panel: places are never given back", PANEL, "        self.supported -= 1\n", "        pass\n"),
    Mutant("staff: programmes notice for a month with workers who are gone", STAFF, "            programme.staff_changed()\n", "            pass\n"),
    # -- what is unseen
    Mutant("burden: families who are not here count", B, "np.where(here, need, 0.0), np.where(here, alone, 0.0)", "need, alone"),
    Mutant("burden: grave trouble is all trouble", B, "self.grave[grave] += 1", "self.grave[troubled] += 1"),
    Mutant("burden: harm counts at any need", B, "self.harmed[troubled] |= harmed[troubled]", "self.harmed |= harmed"),
    Mutant("unseen: the warm-up counts", "measures/event_rows.py", "slice(int(first_of_day[rows.year.first]), ", "slice(0, "),
    Mutant("unseen: day care counts as a sign", N, "np.flatnonzero(np.isfinite(level) & (signs.trouble[mine] >= 0))", "np.flatnonzero(np.isfinite(level))"),
    Mutant("unseen: what did not show counts", N, "np.flatnonzero(np.isfinite(level) & (signs.trouble[mine] >= 0))", "np.flatnonzero(signs.trouble[mine] >= 0)"),
    Mutant("unseen: who left the register in the year is forgotten", N, "    found[rows.family[at], child] = True\n", ""),
    Mutant("unseen: rates are of families, not of months lived here", N, "lived = groups.add(months)", "lived = groups.add(np.ones(len(months)))"),
    # -- recording, measures
    Mutant("recording: a programme stands under its own name", "recording.py", "if not rules.sslp_identifier:", "if rules.sslp_identifier:"),
    Mutant("recording: the profession changes from case to case", "recording.py", "rest = np.where(np.isnan(profession), rest, profession)", "pass"),
    Mutant("measure: rates are of everybody, not of the group", "measures/year.py", "            yield measure, group, ratio(count * 1e4, base)\n    on_register", "            yield measure, group, ratio(count * 1e4, of_group[0])\n    on_register"),
    Mutant("measure: a referral counts as a repeat after 13 months", "measures/event_rows.py", "(gap >= 0) & (gap <= 365)", "(gap >= 0) & (gap <= 395)"),
    Mutant("measure: limits are missed on their last day", "measures/year.py", "rows.share(rows.elapsed <= limit, mine)", "rows.share(rows.elapsed < limit, mine)"),
    Mutant("measure: informal tellings are formal", "measures/event_rows.py", " & ~book.partial[self.case])", ")"),
    Mutant("years: all years count their last day twice", "world/calendar.py", "(day >= self.first) & (day < self.end)", "(day >= self.first) & (day <= self.end)"),
    Mutant("years: stocks are those of the end of the run", "measures/year.py", "np.flatnonzero(rows.burden.register_case >= 0)", "np.flatnonzero(state.cases.register_case >= 0)"),
    Mutant("years: published figures stand beside all", "experiment/authority_results.py", "figures if year == PUBLISHED_YEAR else {}", "dict(figures)"),
    Mutant("drift: of the last year before, whatever its length", "measures/drift.py", "add_months(calendar.report_start, -RUN_IN_MONTHS)", "calendar.start"),
    Mutant("drift: relative to before alone", "measures/drift.py", "middle = (now + before) / 2.0", "middle = before"),
    Mutant("drift: whoever left the register is on it", "measures/drift.py", "np.cumsum(came - went)", "np.cumsum(came)"),
    Mutant("rest: chance is told", "experiment/rest.py", " and abs(change) > beyond * error", ""),
    Mutant("rest: what begins on a date is told", "experiment/rest.py", "measures.empty or changes_on_a_date(scenario)", "measures.empty"),
    Mutant("measure: the half year ends in February", "measures/year.py", "(10, 1), (3, 31)", "(10, 1), (2, 28)"),
    Mutant("measure: leavers of the warm-up count", "measures/daily_means.py", "gone = leavers[end - 1] - (leavers[first - 1] if first else 0)", "gone = leavers[end - 1]"),
    # -- dates
    Mutant("dates: what is phased in begins with nothing", "scenario/dated.py", "(k + 1) / months", "k / months"),
    Mutant("dates: a programme more has begun", "scenario/dated.py", "1.0, k + 1)", "1.0, k + 2)"),
    Mutant("dates: a policy is in force on the day of its end", "scenario/dated.py", "or day < dates.ends)", "or day <= dates.ends)"),
    Mutant("dates: nothing is in proportion", "scenario/dated.py", "value = one + (other - one) * share", "value = other"),
    Mutant("dates: a day late", "model.py", "{self.calendar.day_on_or_after(on): scenario", "{self.calendar.day_on_or_after(on) + 1: scenario"),
    Mutant("dates: posts that begin serve nobody", "model.py", "            self.liaison.append(post)\n        self._join_liaison()\n", "            self.liaison.append(post)\n"),
    Mutant("dates: front doors go on as before", "model.py", "        self._build_stages()\n        for name", "        for name"),
]  # fmt: skip
SURVIVORS: dict[str, str] = {}  # name of a change that no test notices -> why it may live


def missing(source: Path) -> list[str]:
    """Mutants whose text is not there, or stands there more than once, and names that stand twice."""
    found = []
    for mutant in MUTANTS:
        count = (source / "referral_sim" / mutant.file).read_text(encoding="utf-8").count(mutant.old)
        if count != 1:
            found.append(f"{mutant.name}: the text stands {count} times in {mutant.file}")
    names = [mutant.name for mutant in MUTANTS]
    found += [f"{name}: the name stands twice" for name in set(names) if names.count(name) > 1]
    return found + [f"{name}: there is no such mutant" for name in SURVIVORS if name not in names]


def tried(mutant: Mutant | None, folder: Path) -> str:
    """The test that notices a mutant, or nothing; without one, the test that fails on the code as it is."""
    source = folder / "src"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "scenarios").unlink(missing_ok=True)
    (folder / "scenarios").symlink_to(ROOT / "scenarios", target_is_directory=True)
    if mutant is not None:
        file = source / "referral_sim" / mutant.file
        file.write_text(file.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
    tests = [str(path) for pattern in TESTS for path in sorted((ROOT / "tests").glob(pattern))]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=no", *tests]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"took longer than {TIMEOUT} seconds"
    if done.returncode == 0:
        return ""
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].partition(" ")[2].partition(" - ")[0] if failed else done.stdout[-500:] + done.stderr[-500:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="words of the names of those to try")
    parser.add_argument("--list", action="store_true", help="look whether every text is there, and try none")
    asked = parser.parse_args()
    if faults := missing(ROOT / "src"):
        print(*faults, sep="\n")
        return 1
    chosen = [m for m in MUTANTS if not asked.words or any(word in m.name for word in asked.words)]
    if asked.list:
        print(*(f"{m.file}: {m.name}" for m in chosen), f"{len(chosen)} mutants", sep="\n")
        return 0
    lives, began = [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if failed := tried(None, Path(folder)):
            print(f"the code as it is fails {failed}")
            return 1
        for mutant in chosen:
            by = tried(mutant, Path(folder))
            if not by:
                lives.append(mutant.name)
            reason = f" ({SURVIVORS[mutant.name]})" if mutant.name in SURVIVORS and not by else ""
            print(f"{'killed' if by else 'SURVIVED'}  {mutant.name}{reason}  {by}", flush=True)
    killed = len(chosen) - len(lives)
    print(f"{killed} of {len(chosen)} killed ({killed / len(chosen):.0%}) in {time.monotonic() - began:.0f} s")
    return int(any(name not in SURVIVORS for name in lives))


if __name__ == "__main__":
    raise SystemExit(main())
