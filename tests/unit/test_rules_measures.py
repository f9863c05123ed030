"""Worked examples of how the year is counted: rows of the log written by hand, and values computed by hand."""

import datetime as dt

import numpy as np
import pytest

from referral_sim.measures.daily_means import span_rows
from referral_sim.measures.drift import drift_rows
from referral_sim.measures.event_rows import EventRows, children
from referral_sim.measures.year import _counts, _ratios, study_window
from referral_sim.recording import RECORDED_SOURCES, recorded_source
from referral_sim.records.casebook import SSLP
from referral_sim.records.stages import Outcome, Stage
from referral_sim.scenario.fields import Source
from worked import cases_of, one_family, state_on

LONG = {"time__warm_up_months": 14, "time__years": 1}


def counted(state, people=None):
    state.burdens[-1].close(state.cases)
    rows = EventRows(state)
    found = [*_counts(rows, children(rows) if people is None else people), *_ratios(rows)]
    return {(measure, group): value for measure, group, value in found}


def case_in(state, locality):
    cases = cases_of(state, 60)
    return cases[state.families.locality[state.cases.family[cases]] == locality]


def test_a_rate_is_of_the_children_of_its_own_group_in_a_year():
    state = state_on(60)
    north, south = case_in(state, 0)[:3], case_in(state, 1)[:1]
    state.log.add(Stage.REFERRAL, np.concatenate([north, south]), int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    found, rows = counted(state), EventRows(state)
    base = dict(zip(rows.homes.names, rows.homes.add(children(rows)), strict=True))
    for group, number in (("all", 4), ("locality:North", 3), ("locality:South", 1)):
        assert found["referrals", group] == pytest.approx(number * 1e4 / base[group])


def test_what_happened_in_the_warm_up_is_not_counted():
    state = state_on(5)
    state.log.add(Stage.REFERRAL, cases_of(state, 2), int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    assert counted(state)["referrals", "all"] == 0.0


def test_each_year_counts_its_own_days_and_the_stock_at_its_own_end():
    state = state_on(60, time__years=2)
    cases, year = cases_of(state, 6), state.calendar.years
    state.log.add(Stage.REFERRAL, cases[:1], int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    state.cases.register_case[state.cases.family[cases[:3]]] = cases[:3]
    while state.day < year[1].first - 1:
        state.begin_day()
    state.log.add(Stage.REFERRAL, cases[1:3], int(Outcome.NO_FURTHER_ACTION), 3.0, 0)  # the last day of the first year
    state.burdens[0].close(state.cases)
    state.begin_day()
    state.log.add(Stage.REFERRAL, cases[3:], int(Outcome.NO_FURTHER_ACTION), 3.0, 0)  # the first of the second
    state.cases.register_case[state.cases.family[cases[:2]]] = -1
    while not state.ended:
        state.begin_day()
    state.burdens[1].close(state.cases)
    for number, (referred, registered) in enumerate([(3, 3), (3, 1)]):
        rows = EventRows(state).of_year(number)
        found = {(measure, group): value for measure, group, value in _counts(rows, children(rows))}
        base = children(rows).sum()
        assert found["referrals", "all"] == pytest.approx(referred * 1e4 / base)
        assert found["on_register", "all"] == pytest.approx(registered * 1e4 / base)


def test_an_assessment_is_in_time_on_the_last_day_of_its_limit():
    state = state_on(60, assessment__initial_deadline=7, assessment__core_deadline=35)
    cases = cases_of(state, 4)
    state.log.add(Stage.INITIAL_ASSESSMENT, cases, int(Outcome.NOT_IN_NEED), 2.0, np.array([1, 6, 7, 8]))
    state.log.add(Stage.CORE_ASSESSMENT, cases, elapsed=np.array([35, 36, 37, 38]))
    found = counted(state)
    assert found["initial_assessments_in_time", "all"] == pytest.approx(3 / 4)
    assert found["core_assessments_in_time", "all"] == pytest.approx(1 / 4)


def test_a_referral_is_a_repeat_within_365_calendar_days_of_the_familys_last():
    for days, again in ((365, True), (366, False)):
        state = state_on(3, **LONG)
        first, second = one_family(state, 2)
        state.signs.child[second] = state.signs.child[first]
        state.troubles.all_children[state.signs.trouble[[first, second]]] = False
        begun = state.offset
        state.log.add(Stage.REFERRAL, np.array([first]), int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
        while state.offset < begun + days:
            state.begin_day()
        state.calendar.offsets[state.day] = int(begun) + days  # as if that were a working day
        state.log.add(Stage.REFERRAL, np.array([second]), int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
        assert EventRows(state).within_12_months(np.array([True, True])).tolist() == [0, int(again)]


def test_children_are_counted_and_families_beside_them():
    state = state_on(60)
    everybody = np.arange(len(state.families))
    three = everybody[state.families.are_children(everybody, state.offset).sum(axis=1) == 3]
    of = np.flatnonzero(np.isin(state.signs.family, three) & (state.signs.trouble >= 0))
    cases = of[np.unique(state.signs.family[of], return_index=True)[1]][:2]
    state.troubles.all_children[state.signs.trouble[cases]] = [True, False]
    state.log.add(Stage.REFERRAL, cases, int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    rows = EventRows(state)
    found, base = counted(state), rows.homes.add(children(rows))[0]
    # Trouble of all three children of one family, and of one child of another: four children of two families.
    assert rows.children.tolist() == [3, 1]
    assert found["referrals", "all"] == pytest.approx(4 * 1e4 / base)
    assert found["families_referred", "all"] == pytest.approx(2 * 1e4 / base)


def test_a_child_is_referred_again_only_if_it_was_among_the_children_before():
    state = state_on(60, **LONG)
    first, second = one_family(state, 2)
    state.troubles.all_children[state.signs.trouble[[first, second]]] = False
    state.signs.child[[first, second]] = [0, 1]
    state.log.add(Stage.REFERRAL, np.array([first, second]), int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    assert EventRows(state).within_12_months(np.array([True, True])).tolist() == [0, 0], "another child"


def test_a_word_without_a_record_is_no_referral_of_a_programme():
    state = state_on(60)
    cases = cases_of(state, 3)
    state.cases.source[cases] = [SSLP, SSLP, 0]
    state.cases.partial[cases] = [False, True, False]
    state.log.add(Stage.REFERRAL, cases, int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    assert EventRows(state).from_programmes().tolist() == [True, False, False]
    assert counted(state)["sslp_referrals_to_social_services", "all"] == 1.0


def test_the_half_year_of_the_file_study_runs_from_october_to_the_end_of_march():
    state = state_on(0, **LONG)
    first, after = study_window(EventRows(state))
    # 1 October 2005 was a Saturday; 31 March 2006 a Friday and the last day of the run.
    assert str(state.calendar.date(first)) == "2005-10-03"
    assert str(state.calendar.date(after - 1)) == "2006-03-31"


def test_leavers_of_the_warm_up_are_none_of_the_years():
    state = state_on(60)
    leavers, posts = state.history.leavers, state.posts.of_team["North"]
    first, end = state.calendar.first_reported, 61
    for of_days in (state.history.backlog, state.history.threshold, state.history.trust_sslp, state.history.trust_team,
                    state.history.gap, state.history.views, state.history.workers):  # fmt: skip
        of_days[:] = 1
    leavers[:] = 0
    leavers[10:, posts[0]] = 3  # three in the warm-up
    leavers[first + 5 :, posts[0]] = 4  # and one in the year
    found = {(measure, group): value for measure, group, value in span_rows(state, first, end, 0.5)}
    assert found["turnover_intake", "locality:North"] == pytest.approx(1 / 0.5 / len(posts))


def test_a_worker_is_recorded_under_the_same_profession_every_time():
    state = state_on(0, recording__not_recorded=0.0, recording__sslp_identifier=False,
                     recording__sslp_recorded_as={Source.OTHER: 0.5, Source.HEALTH_VISITOR: 0.5})  # fmt: skip
    source = np.full(4, SSLP, dtype=np.int16)
    profession = np.array([0.2, 0.2, 0.8, 0.8])
    found = recorded_source(state.scenario, source, np.array([0.1, 0.9, 0.1, 0.9]), profession)
    assert [RECORDED_SOURCES[code] for code in found] == ["other", "other", "health_visitor", "health_visitor"]


def drifting(state):
    return {group.partition(":")[2]: value for _, group, value in drift_rows(EventRows(state))}


def test_the_drift_is_the_change_since_the_run_ins_last_twelve_months_by_the_mean_of_both():
    state = state_on(0, **LONG)  # a run-in of fourteen months: the first two do not count
    calendar, history = state.calendar, state.history
    begins = calendar.day_on_or_after(dt.date(2004, 4, 1))
    first, end = calendar.years[0].first, calendar.years[0].end
    cases = cases_of(state, 40)
    history.backlog[:], history.views[:] = 9.0, 0.5
    history.backlog[begins:first], history.backlog[first:] = 1.0, 3.0
    history.views[first:, 1] = 0.7
    for day, come in ((0, cases[:9]), (begins, cases[9:13]), (first - 1, cases[13:14]), (first, cases[14:22])):
        while state.day < day:
            state.begin_day()
        state.log.add(Stage.PROGRAMME_CONCERN, come, int(Outcome.HELD_BACK))
        if day == begins:
            state.log.add(Stage.REGISTRATION, come[:2], int(Outcome.NEGLECT))
        if day == first:
            state.log.add(Stage.DEREGISTRATION, cases[9:10])
    state.cases.register_case[state.cases.family[cases[10]]] = cases[10]
    while not state.ended:
        state.begin_day()
    found, births = drifting(state), state.families
    there = [births.children_at(middle).sum() for middle in ((60 + 60 + 365) / 2, calendar.years[0].middle)]
    days = first - begins, end - first
    # Five programme concerns in the twelve months before, eight in the year.
    before, now = 5 / days[0] / there[0], 8 / days[1] / there[1]
    assert found["sslp_concerns"] == pytest.approx((now - before) / ((now + before) / 2))
    # Two families on the register for the whole of the twelve months, then one.
    before, now = 2 / there[0], 1 / there[1]
    assert found["on_register"] == pytest.approx((now - before) / ((now + before) / 2))
    assert found["backlog_days"] == pytest.approx((3.0 - 1.0) / 2.0)
    assert found["trust_sslp"] == 0.0
    assert found["trust_team"] == pytest.approx(0.2 / 0.6)
    assert np.isnan(found["contacts"]), "none before and none now"


def test_a_backlog_below_half_a_day_is_none_and_a_short_run_in_tells_nothing():
    state = state_on(0, **LONG)
    state.history.backlog[:] = 0.1
    state.history.backlog[-100:] = 0.49
    assert drifting(state)["backlog_days"] == 0.0
    short = state_on(0, **(LONG | {"time__warm_up_months": 11}))
    short.history.backlog[:] = 2.0
    assert np.isnan(drifting(short)["backlog_days"])
