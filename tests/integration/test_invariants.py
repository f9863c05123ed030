"""What holds in every run, whatever the scenario: nobody is lost, nothing happens twice, hours and stocks add up."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from generated import FEW, Watched, of, waiting
from helpers import small
from referral_sim.agents import SSLPWorker
from referral_sim.model import ReferralModel
from referral_sim.pathway.steps import Next, worked
from referral_sim.records.casebook import SOURCE_CODE
from referral_sim.records.stages import FIRST_STAGES, FOLLOWS, SIDE_STAGES, Outcome, Stage
from referral_sim.scenario.fields import Source

# -- nothing is lost, nothing happens twice ---------------------------------------------------------------------------


def test_every_stage_that_begins_ends_or_waits(story):
    events = story.events
    left = of(events, "move", "moved_away")
    cut_short = Counter()

    def ends(begun, *after):
        """Every case that began a stage came to one of what may follow, or its family left before."""
        finished = sum(after, Counter())
        assert not finished - begun
        assert set(begun - finished) <= set(left)
        cut_short.update(begun - finished)

    decided, contacts = of(events, "contact_decision"), of(events, "contact")
    ends(contacts, decided, waiting(events, "at_desk", "in_screening"))
    assert of(events, "referral") == of(events, "contact_decision", "referral")
    begun = of(events, "referral", "initial_assessment")
    ends(begun, of(events, "initial_assessment"), waiting(events, "in_initial_assessment"))
    enquiries = of(events, "section_47_enquiry")
    assert enquiries == of(events, "strategy_discussion", "section_47_enquiry")
    ends(enquiries, of(events, "section_47_outcome"), waiting(events, "in_enquiry"))
    conferences = of(events, "section_47_outcome", "conference")
    ends(conferences, of(events, "conference"), waiting(events, "awaiting_conference"))
    registered = of(events, "registration")
    assert registered == of(events, "conference", "registered")
    assert registered == of(events, "deregistration") + waiting(events, "on_register")
    off = of(events, "deregistration", "moved_away")
    assert of(events, "deregistration") == of(events, "register_review", "ends") + off
    cores = of(events, "initial_assessment", "core_assessment") + enquiries
    ends(cores, of(events, "core_assessment"), waiting(events, "in_core_assessment"))
    assert of(events, "plan_start") == of(events, "plan_end") + waiting(events, "on_plan")
    assert of(events, "plan_end", "ends") == of(events, "plan_review", "ends")
    assert of(events, "plan_end", "stepped_up").total() <= registered.total()
    stepped_down = of(events, "deregistration", "stepped_down")
    assert not stepped_down - of(events, "plan_start")
    passed_on = of(events, "programme_concern", "referred", "told_informally", "told_open_case")
    passed_on += of(events, "panel", "passed_up")
    assert not set(passed_on) - set(contacts)
    assert not set(of(events, "programme_concern", "held_back")) & set(contacts), "only another sign shows it again"
    # What ends because the family leaves was on its way, and ends once.
    assert set(left.values()) <= {1}
    to_panel = of(events, "programme_concern", "to_panel") + of(events, "contact_decision", "to_panel")
    cut_short.update(to_panel - of(events, "panel") - waiting(events, "before_panel"))
    ended = set(cut_short) | set(off) | set(of(events, "plan_end", "moved_away"))
    assert ended <= set(left)
    begun = {*contacts, *of(events, "programme_concern"), *of(events, "taken_to_liaison")}
    in_care = set(of(events, "deregistration", "taken_into_care"))  # their case stays open
    by_others = set(left) - ended - in_care  # another professional had brought it to a panel, which leaves no row
    assert by_others <= story.to_panel - begun
    assert not set(left) & set(of(events, "waiting"))


def test_no_case_acts_after_its_family_left(story):
    model, events = story.model, story.events
    for family, rows in events.groupby("family"):
        arrives, leaves = model.families.arrives[family], model.families.leaves[family]
        offset = model.calendar.offsets[rows["day"]]
        ending = rows["outcome"] == "moved_away"
        assert (offset >= arrives).all()
        assert (offset[~ending] < leaves).all()
        assert (offset[ending] == leaves).all()
    assert (events["family"] == model.signs.family[events["case"]]).all()
    ended = events[events["case"].isin(events.loc[events["outcome"] == "moved_away", "case"])]
    assert (ended.drop_duplicates("case", keep="last")["stage"] == "move").all()
    after = events.loc[events["stage"] == "deregistration"].set_index("case")["outcome"]
    reviewed = set(of(events, "register_review", "ends"))
    assert all((came_to == "moved_away") == (case not in reviewed) for case, came_to in after.items())


REPEAT = {
    Stage.REGISTER_REVIEW, Stage.PLAN_REVIEW, Stage.REFERRAL_TO_PROGRAMME, Stage.PACKAGE, Stage.WAITING, Stage.MOVE,
}  # fmt: skip


def test_stages_of_a_case_follow_one_another_as_they_may(story):
    events = story.events
    stage = [Stage[str(name).upper()] for name in events["stage"]]
    outcome = [Outcome[str(name).upper()] for name in events["outcome"]]
    roads, seen = defaultdict(list), Counter()
    for case, at, came_to in zip(events["case"].tolist(), stage, outcome, strict=True):
        seen[case, at] += 1
        if at not in SIDE_STAGES:
            roads[case].append((at, came_to))
    assert {at for (_, at), times in seen.items() if times > 1} <= REPEAT
    beside = {case for case, _ in seen} - set(roads)  # others take a concern to a panel and nowhere else
    ends = {*waiting(events, "before_panel"), *of(events, "move", "moved_away")}
    assert beside <= story.to_panel & ends, "a side stage belongs to a case on the road"
    for case, road in roads.items():
        assert road[0][0] in FIRST_STAGES, (case, road)
        for here, (after, _) in pairwise(road):
            assert after in FOLLOWS.get(here, frozenset()), (case, here, after)
    assert len(set(zip(events["case"], events["stage"], events["outcome"], events["day"], strict=True))) == len(events)
    assert events["day"].is_monotonic_increasing


def test_packages_follow_a_decision_of_the_programme(story):
    events = story.events
    supported, accepted = of(events, "programme_concern", "supported"), of(events, "referral_to_programme", "accepted")
    filtered = of(events, "taken_to_liaison", "supported")
    assert not of(events, "package") - (supported + accepted + filtered)
    inside = events["stage"].isin(["package", "referral_to_programme", "programme_concern", "consultation"])
    assert events.loc[inside, "programme_area"].notna().all()
    brought = of(events, "programme_concern") + of(events, "panel", "passed_up")
    assert not of(events, "joint_visit") - brought, "who brought it visits, also where the family has moved meanwhile"


def test_a_contact_goes_to_an_open_case_only_where_there_is_one(story):
    events = story.events
    to_open = events[(events["stage"] == "contact_decision") & (events["outcome"] == "to_open_case")]
    opened = events[(events["stage"] == "referral") & (events["outcome"] == "initial_assessment")]
    first = opened.groupby("family")["day"].min()
    assert (to_open["family"].map(first) <= to_open["day"]).all()


def test_contacts_on_one_family_on_one_day_join_the_one_that_is_decided(story):
    events = story.events
    decided = events[events["stage"] == "contact_decision"].groupby(["family", "day"])["outcome"]
    for _, outcomes in decided:
        came_to = Counter(outcomes.tolist())
        for simple in ("answered_by_administrator", "signposted_at_desk"):  # ends before it reaches a team
            came_to.pop(simple, None)
        known = came_to.pop("to_open_case", 0)
        if came_to:
            assert not known, "the family was known, then every contact of the day goes to its case"
            assert came_to.total() - came_to.pop("joined", 0) == 1


def on_one_day(levels, sources, **values):
    """Two contacts on one family of a programme's area, screened on one day; the model and the cases."""
    model = ReferralModel(small(front_door__judgement_noise=0.0, **values), rng=1)
    model.step()
    book, programme = model.state.cases, model.programmes[0]
    family, first = next(
        (family, rows[:2])
        for family in programme.homes.tolist()
        if book.open_case[family] < 0 and len(rows := np.flatnonzero(model.signs.family == family)) > 1
    )
    book.source[first] = [SOURCE_CODE[source] for source in sources]
    book.level[first], book.contact_day[first], book.worker[first] = levels, model.day, programme.workers[0].post
    return model, family, first


@pytest.mark.parametrize("levels", [(5.5, 1.2), (1.2, 5.5)], ids=["graver first", "graver second"])
def test_a_grave_contact_counts_though_a_light_one_came_the_same_day(levels):
    model, family, cases = on_one_day(levels, [Source.HEALTH_VISITOR, Source.SCHOOL])
    model.follow([Next(worked("screening"), cases)])
    assert model.state.cases.open_case[family] >= 0


@pytest.mark.parametrize("accepted", [True, False])
def test_a_programme_hears_what_became_of_the_contact_that_its_own_joined(accepted, monkeypatch):
    heard = []
    monkeypatch.setattr(SSLPWorker, "hears", lambda worker, accepted, days: heard.append(accepted))
    level = 5.5 if accepted else 1.2
    model, family, cases = on_one_day((level, level), [Source.HEALTH_VISITOR, Source.SSLP], collaboration__feedback=1.0)
    model.follow([Next(worked("screening"), cases)])
    assert (model.state.cases.open_case[family] >= 0) == accepted
    assert heard == [accepted]


# -- hours ------------------------------------------------------------------------------------------------------------


def test_the_applied_threshold_rises_with_backlog_and_no_further_than_its_limit(story):
    rules, model, history = story.scenario.front_door, story.model, story.model.state.history
    change = rules.threshold_change
    own = np.full(model.calendar.days, rules.threshold)
    if change.on is not None:
        own[[model.calendar.date(day) >= change.on for day in range(model.calendar.days)]] += change.by
    waits, risen = history.backlog, history.threshold - own[:, None]
    assert (waits >= 0).all()
    assert (np.abs(risen[waits == 0]) < 1e-9).all(), "no backlog, no rise"
    assert (risen >= -1e-9).all()
    assert (risen <= rules.backlog_shift_limit + 1e-9).all()
    order = np.argsort(waits.ravel(), kind="stable")
    assert (np.diff(risen.ravel()[order]) >= -1e-9).all(), "the longer the wait, the higher"
    below = (waits > 0) & (risen < rules.backlog_shift_limit - 1e-9)
    assert risen[below] / waits[below] == pytest.approx(rules.backlog_shift), "tiers a day of backlog"


# -- what the generated scenarios meet --------------------------------------------------------------------------------


@pytest.mark.long
def test_together_the_scenarios_meet_every_stage_and_outcome():
    """What never happens in them, no invariant holds of."""
    met = Counter()
    for number in FEW:
        met.update(zip(*(Watched(number).events[column].astype(str) for column in ("stage", "outcome")), strict=True))
    expected = {(stage.name.lower(), outcome.name.lower()) for stage, outcome in FOLLOWS}
    assert not expected - set(met)
    outcomes, stages = {outcome for _, outcome in met}, {stage for stage, _ in met}
    assert stages == {stage.name.lower() for stage in Stage}
    # The age is asked twice on one day: only a birthday in between comes to the first.
    rare = {"outside_age", "came_of_age"}
    assert outcomes | rare == {outcome.name.lower() for outcome in Outcome}
