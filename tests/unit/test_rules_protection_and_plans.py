"""Worked examples of the protection road and of plans (MODEL A2, A4-A7): every expected value is computed by hand."""

import math

import numpy as np
import pytest

from referral_sim.pathway.plans import ChildInNeedPlans
from referral_sim.pathway.protection import CATEGORY, ChildProtection, review_ends
from referral_sim.pathway.steps import Step
from referral_sim.records.stages import Outcome, Stage
from referral_sim.scenario.fields import ConcernKind
from referral_sim.world.streams import Chance, rotated
from referral_sim.world.troubles import KINDS
from worked import all_accept, cases_of, in_trouble, one_family, outcomes, rows, sent, state_on

NEGLECT = KINDS.index(ConcernKind.NEGLECT)


def test_half_of_the_reviews_end_at_their_need_and_fewer_above():
    # The logistic curve has scale 0.35 tiers: 0.35 tiers above the middle the chance is 1 / (1 + e) = 0.269.
    chance = 1.0 / (1.0 + math.e)
    need = np.array([2.8, 2.8, 3.15, 3.15, 2.45, 2.45])
    u = np.array([0.499, 0.501, chance - 0.001, chance + 0.001, 1 - chance - 0.001, 1 - chance + 0.001])
    assert review_ends(u, need, 2.8).tolist() == [True, False, True, False, True, False]


def test_each_review_has_a_number_of_its_own():
    # Steps of the golden ratio: 0.5, 0.5 + 0.618, 0.5 + 1.236, each without its whole part.
    assert rotated(np.array([0.5, 0.5, 0.5]), np.array([0, 1, 2])) == pytest.approx([0.5, 0.118034, 0.736068], abs=1e-6)


def test_a_strategy_discussion_leads_to_an_enquiry_or_to_a_plan():
    state = state_on(protection__enquiry_share=0.85)
    cases = cases_of(state, 2)
    state.signs.chances[Chance.ENQUIRY][cases] = [0.84, 0.86]
    moves = ChildProtection(state).discuss(cases, np.array([4.0, 4.1]))
    assert rows(state, Stage.STRATEGY_DISCUSSION) == [
        (cases[0], "SECTION_47_ENQUIRY", 4.0, -1),
        (cases[1], "CHILD_IN_NEED", 4.1, -1),
    ]
    assert sent(moves, Step.ENQUIRE) == [cases[0]]
    assert sent(moves, Step.OFFER_PLAN) == [cases[1]]


def test_an_enquiry_costs_its_hours_takes_its_days_and_has_a_core_assessment():
    state = state_on(day=4, protection__enquiry_hours=4.0, protection__enquiry_days=10)
    cases = cases_of(state, 1)
    family = state.cases.family[cases]
    state.families.locality[family] = 0
    rules = ChildProtection(state)
    assert sent(rules.begin_enquiry(cases), Step.CORE) == cases.tolist()
    assert state.queues[0].lanes["enquiry"].backlog == 4.0
    assert state.cases.enquiry_case[family].tolist() == state.cases.open_case[family].tolist() == cases.tolist()
    state.begin_day()
    rules.enquiry_worked(cases)
    assert state.agenda.due("enquiry", 14).tolist() == cases.tolist()


def test_an_enquiry_that_is_worked_late_ends_that_day():
    state = state_on(day=20, protection__enquiry_days=10)
    cases = cases_of(state, 1)
    state.cases.strategy_day[cases] = 4
    ChildProtection(state).enquiry_worked(cases)
    assert state.agenda.due("enquiry", 20).tolist() == cases.tolist()


def test_half_of_the_enquiries_go_on_to_a_conference():
    state = state_on(day=14, protection__substantiated=0.5, protection__conference_hours=3.0)
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    state.families.locality[family] = 0
    state.cases.strategy_day[cases] = 4
    state.cases.enquiry_case[family] = cases
    state.signs.chances[Chance.SUBSTANTIATED][cases] = [0.49, 0.51]
    moves = ChildProtection(state).finish_enquiry(cases)
    assert [(outcome, elapsed) for _, outcome, _, elapsed in rows(state, Stage.SECTION_47_OUTCOME)] == [
        ("CONFERENCE", 10), ("CHILD_IN_NEED", 10),
    ]  # fmt: skip
    assert state.queues[0].lanes["conference"].backlog == 3.0
    assert sent(moves, Step.OFFER_PLAN) == [cases[1]]
    assert state.cases.enquiry_case[family].tolist() == [cases[0], -1]


def test_a_conference_meets_fifteen_days_after_the_discussion_or_when_it_is_prepared():
    state = state_on(day=16, protection__conference_days=15)
    cases = cases_of(state, 2)
    state.cases.strategy_day[cases] = [4, 1]
    ChildProtection(state).conference_prepared(cases)
    assert state.agenda.due("conference", 19).tolist() == [cases[0]]
    assert state.agenda.due("conference", 16).tolist() == [cases[1]]


def test_a_conference_registers_by_the_harm_that_it_finds():
    state = state_on(day=19, protection__continuing_harm=1.0)
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    state.cases.strategy_day[cases] = 4
    state.cases.enquiry_case[family] = cases
    # 0.35 tiers above what half of the conferences register: 1 / (1 + 1/e) = 0.731 do.
    in_trouble(state, cases, 1.35, 1.35, harm=True)
    not_at_risk = 1.0 / (1.0 + math.e)
    state.signs.chances[Chance.REGISTERED][cases] = [not_at_risk + 0.001, not_at_risk - 0.001]
    moves = ChildProtection(state).hold_conference(cases)
    assert list(outcomes(state, Stage.CONFERENCE).values()) == ["REGISTERED", "NOT_REGISTERED"]
    assert [move.step for move in moves if len(move.cases)] == [Step.OFFER_PLAN, Step.STEP_UP, Step.REGISTER]
    assert sent(moves, Step.REGISTER) == [cases[0]]
    assert sent(moves, Step.OFFER_PLAN) == [cases[1]]
    assert state.cases.enquiry_case[family].tolist() == [cases[0], -1]


def test_a_registration_begins_help_and_its_first_review_comes_after_three_months():
    state = state_on(day=5, protection__first_review_months=3)
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    in_trouble(state, cases, 2.5, 2.5, onset=state.offset - 4.0)
    ChildProtection(state).register(cases)
    assert state.cases.register_case[family].tolist() == cases.tolist()
    assert state.cases.registered[family].tolist() == [5, 5]
    assert state.cases.helped[family].tolist() == [5, 5]
    # Working day 5 is Tuesday 8 February 2005; three months on is Sunday 8 May, so Monday the 9th: a day less than 13
    # weeks, without Good Friday, Easter Monday and the bank holiday of 2 May: 5 + 64 - 3 = 66.
    assert str(state.calendar.date(66)) == "2005-05-09"
    assert state.agenda.due("register_review", 66).tolist() == cases.tolist()
    assert sorted(state.help_waits) == sorted((int(row), 5, 4) for row in family)


def test_categories_follow_the_kind_of_concern():
    of = dict(zip(KINDS, CATEGORY.tolist(), strict=True))
    assert of[ConcernKind.PHYSICAL_HARM] == Outcome.PHYSICAL_ABUSE
    assert of[ConcernKind.SEXUAL_HARM] == Outcome.SEXUAL_ABUSE
    assert of[ConcernKind.EMOTIONAL_HARM] == of[ConcernKind.DOMESTIC_VIOLENCE] == Outcome.EMOTIONAL_ABUSE
    assert of[ConcernKind.NEGLECT] == of[ConcernKind.SUBSTANCE_MISUSE] == Outcome.NEGLECT


def test_a_review_ends_a_registration_by_the_harm_that_is_left_and_help_with_it():
    state = state_on(day=60, protection__continuing_harm=1.5, protection__proceedings=0.0,
                     plans__closing_need=2.2, help__relapse=0.5)  # fmt: skip
    cases = cases_of(state, 3)
    book, family = state.cases, state.cases.family[cases]
    # Turned today: all of it is still there, and half of such troubles come back when help ends.
    trouble = in_trouble(state, cases, 1.0, 1.0, 3.0, turned=[state.offset, state.offset, np.inf], harm=True,
                         returns=[0.49, 0.51, 0.0])  # fmt: skip
    book.register_case[family] = book.open_case[family] = cases
    book.registered[family] = 10
    state.signs.chances[Chance.REVIEW][cases] = 0.5
    moves = ChildProtection(state).review(cases)
    # At a harm of 1.5 half of the reviews end, so 0.5 ends the first two, at 1.0, and not the third, at 3.0.
    assert [(o, level) for _, o, level, _ in rows(state, Stage.REGISTER_REVIEW)] == [
        ("ENDS", 2.0), ("ENDS", 2.0), ("REMAINS", 4.0),
    ]  # fmt: skip
    assert [(o, elapsed) for _, o, _, elapsed in rows(state, Stage.DEREGISTRATION)] == [("NONE", 50), ("NONE", 50)]
    assert book.register_case[family].tolist() == [-1, -1, cases[2]]
    assert book.open_case[family].tolist() == [-1, -1, cases[2]]
    assert state.troubles.turned[trouble].tolist() == [np.inf, state.offset, np.inf]
    assert book.reviews[cases].tolist() == [0, 0, 1]
    assert sent(moves, Step.BEGIN_PLAN) == []


def reviewed(state, cases):
    """Outcomes of the review of registrations, and of their ends."""
    state.cases.register_case[state.cases.family[cases]] = cases
    ChildProtection(state).review(cases)
    return list(outcomes(state, Stage.REGISTER_REVIEW).values()), outcomes(state, Stage.DEREGISTRATION)


@pytest.mark.parametrize(
    ("at_its_end", "outcome"),
    [
        # Half-lives of 90 days since it ended: 0.6 today, and 1.2 x 2^(-30/90) = 0.95 sixty days ago, both below 1.0.
        (1.2, "ENDS"),
        # 1.8 / 2 = 0.9 today, below 1.0; sixty days ago 1.8 x 2^(-30/90) = 1.43, above it.
        (1.8, "REMAINS"),
    ],
    ids=["lasted", "is new"],
)
def test_a_registration_ends_by_change_that_has_lasted(at_its_end, outcome):
    state = state_on(
        day=60, protection__continuing_harm=1.0, protection__change_lasts_days=60, protection__proceedings=0
    )
    cases = cases_of(state, 1)
    trouble = in_trouble(state, cases, at_its_end, harm=True)
    state.troubles.start[trouble] = state.offset - 400.0
    state.troubles.stop[trouble] = state.troubles.end[trouble] = state.offset - 90.0
    state.signs.chances[Chance.REVIEW][cases] = 0.5
    assert reviewed(state, cases)[0] == [outcome]


def test_grave_harm_may_lead_to_care_which_ends_registration_and_keeps_the_case_open():
    state = state_on(
        day=60, protection__continuing_harm=0.5, protection__proceedings_harm=2.0, protection__proceedings=0.2
    )
    cases = cases_of(state, 3)
    in_trouble(state, cases, 2.0, 2.0, 1.9, harm=True)
    state.signs.chances[Chance.REVIEW][cases] = 0.5
    state.signs.chances[Chance.PROCEEDINGS][cases] = [0.19, 0.21, 0.0]
    state.cases.open_case[state.cases.family[cases]] = cases
    assert reviewed(state, cases) == (["ENDS", "REMAINS", "REMAINS"], {cases[0]: "TAKEN_INTO_CARE"})
    family = state.cases.family[cases]
    assert state.cases.plan_case[family[0]] == state.cases.register_case[family[0]] == -1
    assert state.cases.open_case[family].tolist() == cases.tolist()


def test_registration_ends_when_nobody_in_the_family_is_under_18():
    state = state_on(day=60, protection__continuing_harm=0.5, protection__proceedings=1.0)
    cases = cases_of(state, 1)
    in_trouble(state, cases, 3.0, harm=True)
    state.families.births[state.cases.family[cases]] = state.offset - 18.1 * 365.25
    assert reviewed(state, cases) == (["ENDS"], {cases[0]: "CAME_OF_AGE"})


def test_need_at_the_review_decides_whether_a_plan_follows_the_register():
    state = state_on(day=60, protection__continuing_harm=2.0, plans__closing_need=2.2, help__relapse=1.0)
    cases = cases_of(state, 2)
    trouble = in_trouble(state, cases, 1.2, 1.1, turned=state.offset, returns=0.0)
    state.signs.chances[Chance.REVIEW][cases] = 0.1
    moves = ChildProtection(state).review(cases)
    assert list(outcomes(state, Stage.DEREGISTRATION).values()) == ["STEPPED_DOWN", "NONE"]
    assert sent(moves, Step.BEGIN_PLAN) == [cases[0]]
    assert state.troubles.turned[trouble].tolist() == [state.offset, np.inf], "help goes on with the plan"


def test_later_reviews_come_six_months_on_with_another_number():
    state = state_on(day=66, protection__review_months=6, protection__continuing_harm=1.0, protection__proceedings=0.0)
    cases = cases_of(state, 1)
    in_trouble(state, cases, 1.0, harm=True, onset=-100.0, start=-100.0)
    state.cases.register_case[state.cases.family[cases]] = cases
    state.signs.chances[Chance.REVIEW][cases] = 0.9
    rules = ChildProtection(state)
    rules.review(cases)
    assert list(outcomes(state, Stage.REGISTER_REVIEW).values()) == ["REMAINS"]
    # 9 May and six months is Wednesday 9 November 2005: too far for this run, so the agenda keeps it for the last day.
    assert state.agenda.waiting("register_review").tolist() == cases.tolist()
    rules.review(cases)
    # 0.9 + 0.618 = 1.518, so 0.518, which remains; then 0.9 + 1.236 = 2.136, so 0.136, which ends.
    rules.review(cases)
    assert [outcome for _, outcome, *_ in rows(state, Stage.REGISTER_REVIEW)] == ["REMAINS", "REMAINS", "ENDS"]


# -- plans (A7) --------------------------------------------------------------------------------------------------


def test_a_plan_is_offered_to_a_share_kept_where_it_runs_and_closed_where_neither():
    state = state_on(plans__offered=0.7)
    cases = cases_of(state, 4)
    book, family = state.cases, state.cases.family[cases]
    book.open_case[family] = cases
    book.plan_case[family[2]] = 17
    book.core_day[cases[3]] = 2
    state.signs.chances[Chance.PLAN_OFFERED][cases] = [0.69, 0.71, 0.0, 0.71]
    moves = ChildInNeedPlans(state, all_accept).offer(cases)
    assert sent(moves, Step.BEGIN_PLAN) == [cases[0]]
    assert book.open_case[family].tolist() == [cases[0], -1, 17, cases[3]], "a core assessment holds the last one open"


def test_a_family_that_refuses_a_plan_has_its_case_closed_and_is_asked_only_if_it_is_offered_one():
    state = state_on(plans__offered=0.7)
    cases = cases_of(state, 3)
    book, family = state.cases, state.cases.family[cases]
    book.open_case[family] = cases
    state.signs.chances[Chance.PLAN_OFFERED][cases] = [0.69, 0.69, 0.71]
    state.signs.chances[Chance.ACCEPTS][cases] = [0.25, 0.5, 0.75]
    asked = []

    def accepts(some, u):
        asked.append((some.tolist(), u.tolist()))
        return u < 0.4

    moves = ChildInNeedPlans(state, accepts).offer(cases)
    assert asked == [(family[:2].tolist(), [0.25, 0.5])]
    assert sent(moves, Step.BEGIN_PLAN) == [cases[0]]
    assert book.open_case[family].tolist() == [cases[0], -1, -1]


def test_a_plan_begins_help_and_is_reviewed_after_its_months():
    state = state_on(day=5, plans__review_months=6)
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    in_trouble(state, cases, 2.0, 2.0)
    ChildInNeedPlans(state, all_accept).begin(cases)
    assert state.cases.helped[family].tolist() == [5, 5]
    assert [row[0] for row in rows(state, Stage.PLAN_START)] == cases.tolist()
    # 8 February and six months is Monday 8 August 2005.
    day = state.calendar.day_on_or_after(np.datetime64("2005-08-08").astype(object))
    assert str(state.calendar.date(day)) == "2005-08-08"
    assert state.agenda.due("plan_review", day).tolist() == cases.tolist()


def test_a_plan_ends_at_a_review_by_need_unless_an_enquiry_runs():
    state = state_on(day=60, plans__closing_need=2.2, help__relapse=1.0)
    cases = cases_of(state, 4)
    book, family = state.cases, state.cases.family[cases]
    trouble = in_trouble(state, cases, 0.5, 3.0, 0.5, 0.5, turned=[state.offset, np.inf, np.inf, np.inf],
                         returns=0.0)  # fmt: skip
    book.plan_case[family] = book.open_case[family] = cases
    book.enquiry_case[family[2]] = 99
    book.plan_case[family[3]] = 7  # another plan runs by now: nothing is reviewed
    state.signs.chances[Chance.PLAN_REVIEW][cases] = 0.5
    moves = ChildInNeedPlans(state, all_accept).review(cases)
    assert [(o, level) for _, o, level, _ in rows(state, Stage.PLAN_REVIEW)] == [
        ("ENDS", 1.5), ("REMAINS", 4.0), ("REMAINS", 1.5),
    ]  # fmt: skip
    assert outcomes(state, Stage.PLAN_END) == {cases[0]: "ENDS"}
    assert sent(moves, Step.CONSIDER_PROGRAMME) == [cases[0]]
    assert book.plan_case[family].tolist() == [-1, cases[1], cases[2], 7]
    # What was turned comes back where help has ended.
    assert state.troubles.turned[trouble].tolist() == [np.inf] * 4


def test_registration_takes_the_place_of_a_running_plan():
    state = state_on()
    first, second = one_family(state, 2)
    (other,) = [case for case in cases_of(state, 2) if state.cases.family[case] != state.cases.family[first]][:1]
    family = state.cases.family[[first]]
    state.cases.plan_case[family] = first
    ChildInNeedPlans(state, all_accept).step_up(np.array([second, other]))
    assert outcomes(state, Stage.PLAN_END) == {first: "STEPPED_UP"}
    assert state.cases.plan_case[family].tolist() == [-1]
