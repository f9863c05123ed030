"""Worked examples of assessments (MODEL A1, A3): every expected value is computed by hand."""

import math

import numpy as np
import pytest

from referral_sim.pathway.assessment import DONE, Assessments, working_days
from referral_sim.pathway.steps import Step
from referral_sim.records.stages import Stage
from referral_sim.world.signs import NO_TROUBLE
from referral_sim.world.streams import Chance
from worked import cases_of, lasting_need, one_family, outcomes, rows, sent, state_on

U_AT_ONE = math.e / (1.0 + math.e)  # the uniform number whose logit is 1


def harmful(state, cases, harm=True, routed=True):
    """Cases whose trouble may be significant harm, which the authority takes down the protection road, or not."""
    trouble = state.signs.trouble[cases]
    state.troubles.harm[trouble] = harm
    state.troubles.road[trouble] = 0.0 if routed else 0.9999


def test_lengths_are_log_logistic_and_rounded_up_to_whole_days():
    # Median 5 days, scale 0.7 times sqrt(3)/pi: at logit 1, 5 exp(0.7 x 0.5513) = 7.35; at logit -1, 3.40.
    assert working_days(np.array([0.5, U_AT_ONE, 1.0 - U_AT_ONE]), 5.0, 0.7).tolist() == [5, 8, 4]
    assert working_days(np.array([0.0]), 1.0, 2.0).tolist() == [1], "a day at least"
    assert working_days(np.array([0.5]), 26.0, 0.0).tolist() == [26]


def test_feared_harm_asks_for_both_need_and_a_trouble_that_may_be_harm():
    state = state_on(protection__threshold=3.6)
    cases = cases_of(state, 5)
    state.troubles.harm[state.signs.trouble[cases]] = [True, True, False, True, True]
    state.signs.trouble[cases[4]] = NO_TROUBLE  # a request for day care is no harm, whatever else there is
    state.troubles.harm[-1] = True
    feared = Assessments(state).feared_harm(cases, np.array([3.6, 3.59, 5.0, 4.0, 5.0]))
    assert feared.tolist() == [True, False, False, True, False]


def test_an_assessment_costs_opening_and_work_in_its_lane_and_less_after_a_common_assessment():
    state = state_on(
        front_door__referral_hours=0.5,
        assessment__initial_hours=2.5,
        protection__threshold=3.6,
        collaboration__common_assessment__saves_work=0.4,
    )
    cases = cases_of(state, 3)
    state.families.locality[state.cases.family[cases]] = 0
    harmful(state, cases)
    state.cases.assessed[cases] = [False, False, True]
    moves = Assessments(state).start(cases, np.array([4.0, 3.0, 3.0]))
    lanes = state.queues[0].lanes
    assert lanes["urgent"].backlog == pytest.approx(0.5 + 2.5)
    assert lanes["initial"].backlog == pytest.approx((0.5 + 2.5) + (0.5 + 0.6 * 2.5))
    assert state.cases.open_case[state.cases.family[cases]].tolist() == cases.tolist()
    assert sent(moves, Step.OPEN_FILE) == cases.tolist()


def test_an_assessment_ends_when_its_time_is_over_and_not_before_its_work_is_done():
    state = state_on(day=9, assessment__initial_days=5.0, collaboration__common_assessment__saves_work=0.4)
    cases = cases_of(state, 3)
    state.signs.chances[Chance.INITIAL_TIME][cases] = 0.5
    state.cases.referral_day[cases] = [6, 2, 6]
    state.cases.assessed[cases] = [False, False, True]
    Assessments(state).initial_worked(cases)
    assert state.agenda.due("initial", 11).tolist() == [cases[0]]
    assert state.agenda.due("initial", 9).tolist() == cases[1:].tolist(), "day 7 is past; 0.6 x 5 = 3 days after 6 is 9"


def test_an_urgent_assessment_takes_no_longer_than_its_limit():
    state = state_on(day=6, assessment__initial_days=5.0, assessment__urgent_days=2)
    cases = cases_of(state, 1)
    state.signs.chances[Chance.INITIAL_TIME][cases] = 0.5
    state.cases.referral_day[cases] = 6
    Assessments(state).urgent_worked(cases)
    assert state.agenda.due("initial", 8).tolist() == cases.tolist()


def found_at(state, cases, *need, error=0.0):
    state.cases.referral_day[cases] = state.day - 3
    lasting_need(state, cases, *need)
    state.signs.finding_error[cases] = error


def test_what_an_assessment_finds_decides_what_follows():
    state = state_on(
        assessment__in_need=2.7,
        assessment__complex_need=4.2,
        protection__threshold=3.6,
        assessment__assessed_noise=0.25,
    )
    cases = cases_of(state, 4)
    harmful(state, cases, harm=False)
    harmful(state, cases[3:])
    found_at(state, cases, 2.69, 2.7, 4.2, 3.6)
    moves = Assessments(state).finish_initial(cases)
    assert rows(state, Stage.INITIAL_ASSESSMENT) == [
        (cases[0], "NOT_IN_NEED", 2.69, 3),
        (cases[1], "CHILD_IN_NEED", 2.7, 3),
        (cases[2], "CORE_ASSESSMENT", 4.2, 3),
        (cases[3], "STRATEGY_DISCUSSION", 3.6, 3),
    ]
    assert sent(moves, Step.CLOSE) == [cases[0]]
    assert sent(moves, Step.CORE) == [cases[2]]
    assert sent(moves, Step.OFFER_PLAN) == cases[1:3].tolist()
    assert sent(moves, Step.CONSIDER_PROGRAMME) == cases[:3].tolist()
    assert sent(moves, Step.DISCUSS) == [cases[3]]
    (judged,) = [move for move in moves if move.step == Step.JUDGE]
    assert judged.columns["borne_out"].tolist() == [False, True, True, True]


def test_an_assessment_finds_need_with_its_own_error():
    state = state_on(assessment__assessed_noise=0.25)
    cases = cases_of(state, 1)
    harmful(state, cases, harm=False)
    found_at(state, cases, 3.0, error=-2.0)
    Assessments(state).finish_initial(cases)
    assert rows(state, Stage.INITIAL_ASSESSMENT) == [(cases[0], "NOT_IN_NEED", 2.5, 3)]


def test_a_grave_case_that_is_not_routed_to_protection_is_a_child_in_need():
    state = state_on(protection__threshold=3.6, protection__routing=0.6)
    cases = cases_of(state, 2)
    harmful(state, cases)
    state.troubles.road[state.signs.trouble[cases]] = [0.59, 0.61]
    found_at(state, cases, 4.0, 4.0)
    Assessments(state).finish_initial(cases)
    assert list(outcomes(state, Stage.INITIAL_ASSESSMENT).values()) == ["STRATEGY_DISCUSSION", "CHILD_IN_NEED"]


def test_two_signs_of_one_trouble_are_both_harm_or_neither_and_take_one_road():
    state = state_on(protection__threshold=3.6, protection__routing=0.6)
    cases = one_family(state, 2)
    state.signs.trouble[cases] = state.signs.trouble[cases[0]]
    for harm, road in ((True, 0.59), (True, 0.61), (False, 0.59)):
        state.troubles.harm[state.signs.trouble[cases]] = harm
        state.troubles.road[state.signs.trouble[cases]] = road
        rules = Assessments(state)
        assert rules.feared_harm(cases, np.array([4.0, 4.0])).tolist() == [harm] * 2
        assert rules.routed(cases).tolist() == [road < 0.6] * 2


def test_an_assessment_that_brings_nothing_makes_the_family_warier():
    state = state_on(families__let_down=0.2, families__neighbours=0.0, assessment__in_need=2.7)
    cases = cases_of(state, 2)
    harmful(state, cases, harm=False)
    found_at(state, cases, 2.6, 2.8)
    Assessments(state).finish_initial(cases)
    # A fifth of the way from 0 to 1, for the family that was found not in need.
    assert state.wariness.now(state.cases.family[cases]) == pytest.approx([0.2, 0.0])


def test_closing_leaves_no_open_case():
    state = state_on()
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    state.cases.open_case[family] = cases
    Assessments(state).close(cases[:1])
    assert state.cases.open_case[family].tolist() == [-1, cases[1]]


def test_a_grave_concern_in_an_open_case_goes_to_protection_once_and_only_from_a_plan():
    state = state_on(protection__threshold=3.6)
    cases = cases_of(state, 5)
    book, family = state.cases, state.cases.family[cases]
    harmful(state, cases)
    book.plan_case[family] = cases
    book.plan_case[family[1]] = -1
    book.register_case[family[2]] = cases[2]
    book.enquiry_case[family[3]] = cases[3]
    moves = Assessments(state).concern_in_open_case(cases, np.array([3.7, 3.7, 3.7, 3.7, 3.5]))
    assert sent(moves, Step.DISCUSS) == [cases[0]]


def test_of_two_grave_concerns_on_one_family_the_first_is_discussed():
    state = state_on(protection__threshold=3.6)
    cases = one_family(state, 2)
    harmful(state, cases)
    state.cases.plan_case[state.cases.family[cases]] = cases[0]
    moves = Assessments(state).concern_in_open_case(cases, np.array([4.0, 4.0]))
    assert sent(moves, Step.DISCUSS) == [cases[0]]


def test_a_core_assessment_costs_its_hours_and_ends_when_time_and_work_are_done():
    state = state_on(day=3, assessment__core_hours=5.0, assessment__core_days=26.0)
    cases = cases_of(state, 1)
    state.families.locality[state.cases.family[cases]] = 1
    state.signs.chances[Chance.CORE_TIME][cases] = 0.5
    rules = Assessments(state)
    rules.start_core(cases)
    assert state.queues[1].lanes["core"].backlog == 5.0
    assert state.cases.core_day[cases[0]] == 3
    state.begin_day()
    rules.core_worked(cases)
    assert state.agenda.due("core", 29).tolist() == cases.tolist()


def test_a_finished_core_assessment_closes_the_case_only_where_nothing_else_holds_it_open():
    state = state_on(day=30)
    cases = cases_of(state, 5)
    book, family = state.cases, state.cases.family[cases]
    book.core_day[cases] = 4
    book.open_case[family] = cases
    book.open_case[family[4]] = 0
    book.plan_case[family[1]] = cases[1]
    book.register_case[family[2]] = cases[2]
    book.enquiry_case[family[3]] = cases[3]
    Assessments(state).finish_core(cases)
    assert [elapsed for *_, elapsed in rows(state, Stage.CORE_ASSESSMENT)] == [26] * 5
    assert book.open_case[family].tolist() == [-1, cases[1], cases[2], cases[3], 0]
    assert set(book.core_day[cases].tolist()) == {DONE}
