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
    "unit/test_rule*.py", "unit/test_work_queue.py", "unit/test_need.py", "unit/test_calendar.py",
    "unit/test_recording.py", "unit/test_families.py", "integration/test_chances.py", "integration/test_theory.py",
    "integration/test_recount.py", "integration/test_measures_by_group.py", "integration/test_mesa_host.py",
    "integration/test_centres.py", "integration/test_edges.py", "integration/test_moves.py",
    "integration/test_invariants*.py", "statistical/test_invariances.py", "statistical/test_directions_*.py",
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
    Mutant("onward: families of any age are sent on", F, "may & eligible & (state.chance", "may & (state.chance"),
    Mutant("onward: families that a programme brought are sent back", F,
           " & (area >= 0) & (book.source[cases] != SSLP)", " & (area >= 0)"),
    Mutant("referral: the wait of a family in no trouble is counted", F,
           "np.where(begun >= 0, waited, np.nan)", "np.where(begun >= -1, waited, np.nan)"),
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
    Mutant("assessment: the level at referral decides, not today's need", A,
           "found = state.need.now(family, state.offset) + rules", "found = book.level[cases] + rules"),
    Mutant("assessment: cases not in need stay open", A, "            Next(Step.CLOSE, cases[~protect & ~in_need]),\n", ""),
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
    Mutant("register: registration brings no relief", P, "        state.need.begin_plan(family, self.rules.plan_relief)\n", ""),
    Mutant("review: every review draws the same number", P,
           "rotated(state.chance(Chance.REVIEW, cases), book.reviews[cases])", "rotated(state.chance(Chance.REVIEW, cases), 0)"),
    Mutant("review: relief goes on after the register", P, "        state.need.end_plan(left)\n", ""),
    Mutant("review: all who leave the register get a plan", P,
           "down = need[ends] >= state.scenario.plans.closing_need", "down = need[ends] >= 0.0"),
    Mutant("review: the higher the need the sooner it ends", P, "np.exp((need - half)", "np.exp((half - need)"),
    Mutant("category: domestic violence is neglect", P, "    ConcernKind.DOMESTIC_VIOLENCE: Outcome.EMOTIONAL_ABUSE,\n", ""),
    # -- plans
    Mutant("plan: a family that has one gets another", L, "offered = ~has & (", "offered = ("),
    Mutant("plan: a family that is refused one stays open", L, "        book.open_case[family[closes]] = -1\n", ""),
    Mutant("plan: relief lasts for ever", L, "        state.need.end_plan(family[ends])\n", ""),
    Mutant("plan: it ends during an enquiry", L, " & (book.enquiry_case[family] < 0)", ""),
    Mutant("plan: nobody thinks of the programme at its end", L, "[Next(Step.CONSIDER_PROGRAMME, cases[ends])]", "[]"),
    Mutant("plan: help is not noted", L, "        state.help_begins(family)\n", ""),
    # -- detection, moves
    Mutant("detection: need does not breed concerns", D, "np.exp(rules.need_sensitivity * above)", "1.0"),
    Mutant("detection: what was held back comes back no worse", D,
           "np.full(len(cases), state.scenario.practice.escalation)", "np.zeros(len(cases))"),
    Mutant("detection: a returning concern is the programme's still", D, "        book.worker[cases] = NOBODY\n", ""),
    Mutant("detection: families heard of are seen less", D, "u / self.rules.repeat_visibility", "u * self.rules.repeat_visibility"),
    Mutant("detection: schools see children of all ages", D,
           "        for source in FROM_FIVE:\n            weights[:, :2, :, SOURCES.index(source)] = 0.0\n", ""),
    Mutant("move: what is known of a family stays with its row", U, "        state.need.forget(family)\n", ""),
    Mutant("move: work on families who left is done", U, "            queue.drop(ended)\n", "            pass\n"),
    # -- programmes and workers
    Mutant("worker: training makes judgement worse", PROGRAMME, "(1.0 - 0.5 * self.training)", "(1.0 + 0.5 * self.training)"),
    Mutant("worker: the clear cases are consulted on", PROGRAMME,
           "if abs(perceived - self.believed_threshold) > practice.consult_band", "if abs(perceived - self.believed_threshold) < practice.consult_band"),
    Mutant("worker: advice is as uncertain as one's own view", PROGRAMME,
           "perceived = level + adviser_noise * logistic_one", "perceived = level + practice.judgement_noise * logistic_one"),
    Mutant("worker: trust counts after advice too", PROGRAMME,
           "shares = willing if concern.advised else willing * self.trust", "shares = willing * self.trust"),
    Mutant("worker: a consultation widens the gap", PROGRAMME,
           "        self.believed_threshold -= knowledge * self.threshold_gap\n\n    def hears(",
           "        self.believed_threshold += knowledge * self.threshold_gap\n\n    def hears("),
    Mutant("worker: a refusal raises trust", PROGRAMME, "else -rules.refused", "else rules.refused"),
    Mutant("worker: a new worker believes what the team applies", PROGRAMME,
           "self.believed_threshold = programme.official_threshold + gap", "self.believed_threshold = programme.applied_threshold"),
    Mutant("programme: a family with a package takes another place", PROGRAMME,
           "        if state.need.has_package(family, state.offset):\n            return Outcome.SUPPORTED\n        if self.packages", "        if self.packages"),
    Mutant("programme: empty posts carry packages", PROGRAMME, "return len(self.staff) * self.spec", "return len(self.workers) * self.spec"),
    Mutant("programme: there is always one place more", PROGRAMME, "if self.packages >= self.capacity:", "if self.packages > self.capacity:"),
    Mutant("programme: informal words are carried", PROGRAMME,
           "cases.carried[case] = formal and carrier is not None", "cases.carried[case] = carrier is not None"),
    Mutant("programme: what is held back waits half as long", PROGRAMME, "* practice.escalation_days", "* practice.escalation_days / 2"),
    Mutant("programme: who takes an offer up does not use it", PROGRAMME,
           "        self.state.cases.user[family.number] = True\n", ""),
    Mutant("programme: an answer is seen where nobody was accepted", PROGRAMME,
           "rules.relationships.sees_acceptance if accepted else 0.0", "rules.relationships.sees_acceptance"),
    Mutant("programme: the teams' trust falls when a referral was right", PROGRAMME,
           "self.team_trust += rules.team_right * (1.0 - self.team_trust)", "self.team_trust -= rules.team_right * self.team_trust"),
    Mutant("programme: distrust deters nobody", PROGRAMME, "        user[homes[(use >= now) & (use < before)]] = False\n", ""),
    Mutant("outreach: families without need are brought in", PROGRAMME,
           "away[state.need.now(away, state.offset) >= NEED_OF_HELP][:families]", "away[:families]"),
    Mutant("exchange: the youngest child's age is not asked", EXCHANGE,
           "        served &= state.concerns.youngest[cases] < state.programmes.age_limit[area]\n", ""),
    Mutant("exchange: an informal word is answered", EXCHANGE, "if not book.partial[case]:", "if True:"),
    # -- others
    Mutant("liaison: time does not thin out", LIAISON, "(1.0 - self.practice.availability) ** min(self.time_each, 4.0)", "(1.0 - self.practice.availability)"),
    Mutant("team: posts stand empty and work", TEAM, "self._in_post = len(held)", "self._in_post = len(self.posts)"),
    Mutant("team: a backlog has no limit", TEAM, "min(rules.backlog_shift * days, rules.backlog_shift_limit)", "rules.backlog_shift * days"),
    Mutant("team: experience makes judgement worse", TEAM, "(1.0 - rules.experience_gain * seasoned)", "(1.0 + rules.experience_gain * seasoned)"),
    Mutant("panel: it passes up what it has from the front door", PANEL, " and not heard:", ":"),
    Mutant("panel: there is a place more", PANEL, "if self.supported + 1 > self.places:", "if self.supported > self.places:"),
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
    Mutant("need: recovery takes twice as long", "world/need.py", "np.exp2((self.since[family] - offset) / self.half_life)\n        relief", "np.exp2((self.since[family] - offset) / self.half_life / 2.0)\n        relief"),
    Mutant("need: a package's relief never ends", "world/need.py", " * (self._package_until[family] > offset)", ""),
    # -- recording, measures
    Mutant("recording: a programme stands under its own name", "recording.py", "if not rules.sslp_identifier:", "if rules.sslp_identifier:"),
    Mutant("recording: the profession changes from case to case", "recording.py", "rest = np.where(np.isnan(profession), rest, profession)", "pass"),
    Mutant("measure: rates are of everybody, not of the group", "measures/year.py", "yield measure, group, ratio(count * 1e4 / years, base)", "yield measure, group, ratio(count * 1e4 / years, of_group[0])"),
    Mutant("measure: a referral counts as a repeat after 13 months", "measures/event_rows.py", "(gap >= 0) & (gap <= 365)", "(gap >= 0) & (gap <= 395)"),
    Mutant("measure: limits are missed on their last day", "measures/year.py", "groups.means(rows.elapsed <= limit, mine)", "groups.means(rows.elapsed < limit, mine)"),
    Mutant("measure: informal tellings are formal", "measures/event_rows.py", " & ~book.partial[self.case])", ")"),
    Mutant("measure: the half year ends in February", "measures/year.py", "(10, 1), (3, 31)", "(10, 1), (2, 28)"),
    Mutant("measure: help before the year counts", "measures/year.py", "(helped > LONG_AGO) & (recent | running)", "(helped > LONG_AGO)"),
    Mutant("measure: leavers of the warm-up count", "measures/daily_means.py", "gone = leavers[end - 1] - (leavers[first - 1] if first else 0)", "gone = leavers[end - 1]"),
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
