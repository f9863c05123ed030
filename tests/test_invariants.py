"""What holds in every run, whatever the scenario: nobody is lost, nothing happens twice, hours and stocks add up."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from generated import BANK_HOLIDAYS, every, of, waiting
from helpers import run, small
from referral_sim.agents import SSLPWorker
from referral_sim.measures.counts import COUNTED, FLOWS
from referral_sim.model import ReferralModel
from referral_sim.pathway.casebook import SOURCE_CODE
from referral_sim.pathway.stages import FIRST_STAGES, FOLLOWS, SIDE_STAGES, Outcome, Stage
from referral_sim.scenario.fields import Source

# -- nothing is lost, nothing happens twice ---------------------------------------------------------------------------


@every()
def test_every_stage_that_begins_ends_or_waits(scenario, seed):
    events = run(scenario, seed).events()
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
    returned = of(events, "held_back_returns")
    brought = {case for case in contacts if case in passed_on or case in returned}
    assert brought == set(passed_on) | set(returned)
    held = of(events, "programme_concern", "held_back")
    ends(held, returned, waiting(events, "held"))  # in these scenarios all come back
    # What ends because the family leaves was on its way, and ends once.
    assert set(left.values()) <= {1}
    to_panel = of(events, "programme_concern", "to_panel") + of(events, "contact_decision", "to_panel")
    cut_short.update(to_panel - of(events, "panel") - waiting(events, "before_panel"))
    ended = set(cut_short) | set(off) | set(of(events, "plan_end", "moved_away"))
    assert ended <= set(left)
    first_rows = events["case"].value_counts()  # another professional had brought it to a panel, which leaves no row
    assert all(first_rows[case] == 1 for case in set(left) - ended)
    assert not set(left) & set(of(events, "waiting"))


@every()
def test_no_case_acts_after_its_family_left(scenario, seed):
    model = run(scenario, seed)
    events, home = model.events(), model.residence
    for family, rows in events.groupby("family"):
        departure = home.departure[family]
        last = home.departure_day[departure] if departure >= 0 else model.calendar.days
        ending = rows["outcome"] == "moved_away"
        assert (rows.loc[~ending, "day"] < last).all()
        assert (rows.loc[ending, "day"] == last).all()
        came = family - len(model.families)
        if came >= 0:
            assert (rows["day"] >= home.departure_day[came]).all()
        assert rows["case"].map(model.concerns.family.__getitem__).nunique() == 1
    ended = events[events["case"].isin(events.loc[events["outcome"] == "moved_away", "case"])]
    assert (ended.drop_duplicates("case", keep="last")["stage"] == "move").all()
    after = events.loc[events["stage"] == "deregistration"].set_index("case")["outcome"]
    reviewed = set(of(events, "register_review", "ends"))
    assert all((came_to == "moved_away") == (case not in reviewed) for case, came_to in after.items())


REPEAT = {
    Stage.REGISTER_REVIEW, Stage.PLAN_REVIEW, Stage.REFERRAL_TO_PROGRAMME, Stage.PACKAGE, Stage.WAITING, Stage.MOVE,
}  # fmt: skip


@every()
def test_stages_of_a_case_follow_one_another_as_they_may(scenario, seed):
    events = run(scenario, seed).events()
    stage = [Stage[str(name).upper()] for name in events["stage"]]
    outcome = [Outcome[str(name).upper()] for name in events["outcome"]]
    roads, seen = defaultdict(list), Counter()
    for case, at, came_to in zip(events["case"].tolist(), stage, outcome, strict=True):
        seen[case, at] += 1
        if at not in SIDE_STAGES:
            roads[case].append((at, came_to))
    assert {at for (_, at), times in seen.items() if times > 1} <= REPEAT
    at_once = set(waiting(events, "before_panel"))  # other professionals take a concern to the panel and nowhere else
    assert {case for case, _ in seen} - at_once == set(roads) - at_once, "a side stage belongs to a case on the road"
    for case, road in roads.items():
        assert road[0][0] in FIRST_STAGES, (case, road)
        for here, (after, _) in pairwise(road):
            assert after in FOLLOWS.get(here, frozenset()), (case, here, after)
    assert len(set(zip(events["case"], events["stage"], events["outcome"], events["day"], strict=True))) == len(events)
    assert events["day"].is_monotonic_increasing


@every()
def test_packages_follow_a_decision_of_the_programme(scenario, seed):
    events = run(scenario, seed).events()
    supported, accepted = of(events, "programme_concern", "supported"), of(events, "referral_to_programme", "accepted")
    filtered = of(events, "taken_to_liaison", "supported")
    assert not of(events, "package") - (supported + accepted + filtered)
    inside = events["stage"].isin(
        ["package", "referral_to_programme", "programme_concern", "consultation", "joint_visit"]
    )
    assert events.loc[inside, "programme_area"].notna().all()


@every()
def test_a_contact_goes_to_an_open_case_only_where_there_is_one(scenario, seed):
    model = run(scenario, seed)
    events = model.events()
    to_open = events[(events["stage"] == "contact_decision") & (events["outcome"] == "to_open_case")]
    opened = events[(events["stage"] == "referral") & (events["outcome"] == "initial_assessment")]
    first = opened.groupby("family")["day"].min()
    assert (to_open["family"].map(first) <= to_open["day"]).all()


@every()
def test_contacts_on_one_family_on_one_day_join_the_one_that_is_decided(scenario, seed):
    events = run(scenario, seed).events()
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
    book, programme = model.cases, model.programmes[0]
    family, first = next(
        (family, rows[:2])
        for family in programme.homes.tolist()
        if book.open_case[family] < 0 and len(rows := np.flatnonzero(model.concerns.family == family)) > 1
    )
    book.source[first] = [SOURCE_CODE[source] for source in sources]
    book.level[first], book.contact_day[first], book.worker[first] = levels, model.day, programme.workers[0].post
    return model, family, first


@pytest.mark.parametrize("levels", [(5.5, 1.2), (1.2, 5.5)], ids=["graver first", "graver second"])
def test_a_grave_contact_counts_though_a_light_one_came_the_same_day(levels):
    model, family, cases = on_one_day(levels, [Source.HEALTH_VISITOR, Source.SCHOOL])
    model.front_door.decide(cases)
    assert model.cases.open_case[family] >= 0


@pytest.mark.parametrize("accepted", [True, False])
def test_a_programme_hears_what_became_of_the_contact_that_its_own_joined(accepted, monkeypatch):
    heard = []
    monkeypatch.setattr(SSLPWorker, "hears", lambda worker, accepted, days: heard.append(accepted))
    level = 5.5 if accepted else 1.2
    model, family, cases = on_one_day((level, level), [Source.HEALTH_VISITOR, Source.SSLP], collaboration__feedback=1.0)
    model.front_door.decide(cases)
    assert (model.cases.open_case[family] >= 0) == accepted
    assert heard == [accepted]


# -- hours ------------------------------------------------------------------------------------------------------------


def paid_hours(team, rules):
    """Hours of the day, from the scenario's words."""
    if rules.unlimited:
        return np.inf
    return team.in_post * rules.hours_per_day * (1 - rules.leave) * (1 - rules.recording)


@every()
def test_hours_worked_are_there_and_add_up(scenario, seed):
    model, staff = ReferralModel(scenario, rng=seed), scenario.workforce
    available = np.zeros(len(model.teams))
    while model.running:
        model.step()
        available += [paid_hours(team, staff) for team in model.teams]
    front, assess, protect = scenario.front_door, scenario.assessment, scenario.protection
    initial = assess.initial_hours + front.referral_hours
    saved = scenario.collaboration.common_assessment.saves_work * assess.initial_hours
    each = {
        "screening": front.contact_hours, "urgent": initial, "initial": initial, "enquiry": protect.enquiry_hours,
        "conference": protect.conference_hours, "core": assess.core_hours,
    }  # fmt: skip
    asked = work_of(model, model.events(), each, saved)
    for team, hours in zip(model.teams, available, strict=True):
        queue = team.queue
        assert queue.hours_available == pytest.approx(hours)
        assert queue.hours_worked <= queue.hours_available + 1e-6
        assert queue.hours_worked == pytest.approx(sum(lane.worked for lane in queue.lanes.values()))
        came = sum(lane.arrived for lane in queue.lanes.values())
        assert queue.hours_worked == pytest.approx(came - queue.backlog, abs=1e-6)
        for name, lane in queue.lanes.items():
            pieces = len(lane.waiting())
            least = each[name] - (saved if name in ("urgent", "initial") else 0.0)  # with a common assessment
            assert (pieces - 1) * least - 1e-6 <= lane.backlog <= pieces * each[name] + 1e-6
            came += lane.dropped
        if staff.unlimited:  # only what came after the day's work waits, for the next morning
            assert (model.history.backlog == 0).all()
            assert not len(queue.lanes["screening"].waiting())
        assert came == pytest.approx(asked[team.index], abs=1e-6)


def work_of(model, events, each, saved):
    """Hours that the rows ask of each team: the team of the patch in which the family lives that day."""
    desk = model.scenario.front_door.county_desk
    delay = desk.delay_days if desk.enabled else 0
    left = events[events["outcome"] == "moved_away"].groupby("case")["day"].first()
    simple = of(events, "contact_decision", "answered_by_administrator", "signposted_at_desk")
    at_desk = waiting(events, "at_desk")
    contacts = events[(events["stage"] == "contact") & ~events["case"].isin({**simple, **at_desk})]
    contacts = contacts.assign(day=contacts["day"] + delay)
    contacts = contacts[~(contacts["case"].map(left) <= contacts["day"])]
    asks = {
        ("referral", "initial_assessment"): "initial",
        ("section_47_enquiry", "none"): "enquiry",
        ("section_47_outcome", "conference"): "conference",
    }
    asked = np.zeros(len(model.teams))

    def give(rows, lane):
        place, _ = model.residence.at(model.concerns.family[rows["case"]], rows["day"].to_numpy())
        np.add.at(asked, place, each[lane])

    give(contacts, "screening")
    for (stage, outcome), lane in asks.items():
        give(events[(events["stage"] == stage) & (events["outcome"] == outcome)], lane)
    cores = (events["stage"] == "initial_assessment") & (events["outcome"] == "core_assessment")
    give(events[cores | (events["stage"] == "section_47_enquiry")], "core")
    initial = (events["stage"] == "referral") & (events["outcome"] == "initial_assessment")
    assessed = of(events, "common_assessment", "completed")
    shorter = events[initial & events["case"].isin(assessed)]
    place, _ = model.residence.at(model.concerns.family[shorter["case"]], shorter["day"].to_numpy())
    np.add.at(asked, place, -saved)
    return asked


@every(10)
def test_the_applied_threshold_rises_with_backlog_and_no_further_than_its_limit(scenario, seed):
    model = run(scenario, seed)
    rules, history = scenario.front_door, model.history
    risen = np.minimum(rules.backlog_shift * history.backlog, rules.backlog_shift_limit)
    change = rules.threshold_change
    dates = np.array([model.calendar.date(day) for day in range(model.calendar.days)])
    own = rules.threshold + (0.0 if change.on is None else change.by * (dates >= change.on))
    np.testing.assert_allclose(history.threshold, np.broadcast_to(own, len(dates))[:, None] + risen)
    assert (history.backlog >= 0).all()


# -- stocks -----------------------------------------------------------------------------------------------------------


@every()
def test_the_register_is_what_came_less_what_went(scenario, seed):
    model, ends = ReferralModel(scenario, rng=seed), {}
    while model.running:
        model.step()
        on = int((model.cases.register_case >= 0).sum())
        assert on == sum(1 for f in np.flatnonzero(model.cases.register_case >= 0) if model.cases.open_case[f] >= 0)
        ends[model.calendar.month_name(model.calendar.month[model.day])] = on
    monthly, events = model.monthly(), model.events()
    whole = monthly[monthly["group"] == "all"]
    pivot = whole[whole["measure"].isin(["registrations", "deregistrations"])].pivot_table(
        index="month", columns="measure", values="value"
    )
    assert (pivot["registrations"] - pivot["deregistrations"]).cumsum().to_dict() == ends
    last = list(ends.values())[-1]
    assert waiting(events, "on_register").total() == last
    assert model.datacollector.get_model_vars_dataframe()["on_register"].iloc[-1] == last
    measures = model.measures()
    rate = measures[(measures["measure"] == "on_register") & (measures["group"] == "all")]["value"].item()
    people = children(model)
    assert rate == pytest.approx(last * 1e4 / people) if people else np.isnan(rate)


def children(model):
    """Children under 18 halfway through the reporting year, counted from the days of birth."""
    middle = ((model.calendar.report_start - model.calendar.start).days + model.calendar.length) / 2
    age = (middle - model.families.births) / 365.25
    return int(((age >= 0) & (age < 18)).sum())


@every()
def test_monthly_counts_add_to_the_year(scenario, seed):
    model = run(scenario, seed)
    monthly, measures = model.monthly(), model.measures().set_index(["measure", "group"])["value"]
    first = str(model.calendar.report_start)[:7]
    year = monthly[monthly["month"] >= first].groupby(["measure", "group"])["value"].sum()
    years, people = scenario.time.reporting_months / 12, children(model)
    for measure in FLOWS:
        assert measures[measure, "all"] * years == pytest.approx(year[measure, "all"])
    for measure in COUNTED:
        if people:
            assert measures[measure, "all"] * people * years / 1e4 == pytest.approx(year[measure, "all"])
        places = [year[measure, f"locality:{name}"] for name in scenario.localities]
        assert sum(places) == year[measure, "all"]
    assert monthly["month"].nunique() == scenario.time.warm_up_months + scenario.time.reporting_months
    assert not monthly.duplicated(["month", "measure", "group"]).any()


@every()
def test_packages_never_exceed_the_room_there_is(scenario, seed):
    model = ReferralModel(scenario, rng=seed)
    room = defaultdict(dict)
    while model.running:
        model.step()
        for programme in model.programmes:
            staff = sum(bool(model.posts.filled[worker.post]) for worker in programme.workers)
            room[programme.name][model.day] = staff * programme.spec.packages_per_worker
    events = model.events()
    packages = events[events["stage"] == "package"]
    for name, days in packages.groupby("programme_area", observed=True)["day"]:
        start = days.to_numpy()
        # A package takes its place until the end of the first working day at or after its last.
        until = model.calendar.offsets[start] + scenario.practice.package_days
        end = np.searchsorted(model.calendar.offsets, until)
        for at, day in enumerate(start.tolist()):
            running = int(((start[: at + 1] <= day) & (end[: at + 1] >= day)).sum())
            assert running <= room[name][day]


@every()
def test_need_never_falls_below_one(scenario, seed):
    model, everybody = ReferralModel(scenario, rng=seed), None
    while model.running:
        model.step()
        if model.day % 20 == 0:
            everybody = np.arange(len(model.families))
            need = model.need.now(everybody, model.offset)
            assert (need >= 1.0).all()
            assert np.isfinite(need).all()
    events = model.events()
    true = events["stage"].isin(["contact", "referral", "programme_concern", "consultation", "held_back_returns"])
    true |= events["stage"].isin(["register_review", "plan_review"])
    assert (events.loc[true, "level"] >= 1.0).all()


# -- days -------------------------------------------------------------------------------------------------------------


CLOCKS = {
    "contact_decision": ("contact",),
    "referral": ("contact",),
    "initial_assessment": ("referral",),
    "section_47_outcome": ("strategy_discussion",),
    "conference": ("strategy_discussion",),
    "core_assessment": ("initial_assessment", "strategy_discussion"),
    "deregistration": ("registration",),
}


@every()
def test_elapsed_days_are_working_days_in_england(scenario, seed):
    model = run(scenario, seed)
    events = model.events()
    dates = events["date"].to_numpy().astype("datetime64[D]")
    assert np.is_busday(dates, holidays=BANK_HOLIDAYS).all()
    assert (dates >= np.datetime64(model.calendar.start)).all()
    assert (dates < np.datetime64(model.calendar.end)).all()
    np.testing.assert_array_equal(events["reported"], dates >= np.datetime64(scenario.time.reporting_year_start))
    started = {}
    for case, stage, date, elapsed in zip(events["case"], events["stage"], dates, events["working_days"], strict=True):
        if stage not in CLOCKS:
            assert elapsed is pd.NA, stage
        else:
            # A core assessment starts with the last of the stages that can open it.
            begin = max(started[case, opener] for opener in CLOCKS[stage] if (case, opener) in started)
            assert elapsed == np.busday_count(begin, date, holidays=BANK_HOLIDAYS), (case, stage)
        started.setdefault((case, stage), date)


# -- tables -----------------------------------------------------------------------------------------------------------


@every()
def test_measures_are_unique_and_shares_are_shares(scenario, seed):
    measures = run(scenario, seed).measures()
    assert list(measures.columns) == ["measure", "value", "unit", "group"]
    assert not measures.duplicated(["measure", "group"]).any()
    shares = measures.loc[measures["unit"] == "share", "value"].dropna()
    assert shares.between(0.0, 1.0).all()
    rest = measures.loc[~measures["unit"].isin(["share", "tiers"]), "value"].dropna()
    assert (rest >= 0).all()
    assert np.isfinite(rest).all()
    for family in ("referral_source_true", "referral_source_recorded", "referral_need_tier", "registration_category"):
        parts = measures.loc[measures["measure"] == family, "value"]
        assert parts.isna().all() or parts.sum() == pytest.approx(1.0)


@every(10)
def test_trust_and_beliefs_stay_within_bounds(scenario, seed):
    model = run(scenario, seed)
    trust = model.history.views[:, :2]
    assert ((trust >= 0) & (trust <= 1) | np.isnan(trust)).all()
    assert np.isnan(trust).all() == (not scenario.programmes)
