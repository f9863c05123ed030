"""Worked examples of contact and referral (MODEL F1-F6, A9): every expected value is computed by hand."""

import numpy as np
import pytest

from referral_sim.pathway.front_door import ContactsAndReferrals, first_of_family, leaders
from referral_sim.pathway.steps import Step
from referral_sim.records.casebook import POLICE, SOURCE_CODE, SSLP
from referral_sim.records.stages import Stage
from referral_sim.scenario.fields import Source
from referral_sim.world.signs import DAY_CARE, DOMESTIC_VIOLENCE, NO_TROUBLE
from referral_sim.world.streams import Chance
from worked import cases_of, one_family, outcomes, rows, sent, state_on

SCHOOL = SOURCE_CODE[Source.SCHOOL]


def nobody(cases, may):
    return np.zeros(len(cases), dtype=bool)


def door(state, onward=0.0, to_panel=nobody):
    programmes = len(state.programmes.names)
    return ContactsAndReferrals(state, lambda: np.full(programmes, onward), to_panel)


def contacts(state, *levels, source=SCHOOL, cases=None):
    """Contacts that the team reads without error, on families of whom nothing is known."""
    found = cases_of(state, len(levels)) if cases is None else cases
    state.cases.level[found] = levels
    state.cases.source[found] = source
    state.signs.screening_error[found] = 0.0
    state.cases.contact_day[found] = state.day
    state.cases.since_heard[found] = 100_000
    return found


# -- how grave a contact looks (F1, F3, N3, R1) ------------------------------------------------------------------


def perceived(state, cases):
    return door(state).perceived(cases, state.families.locality[state.cases.family[cases]])


def test_a_contact_is_read_with_the_teams_error():
    state = state_on(front_door__judgement_noise=0.4)
    cases = contacts(state, 3.0, 3.0)
    state.teams.judgement_noise[:] = 0.4
    state.signs.screening_error[cases] = [1.0, -0.5]
    assert perceived(state, cases) == pytest.approx([3.4, 2.8])


def test_a_referral_carried_in_person_loses_its_share_of_the_error_and_a_common_assessment_another():
    state = state_on(front_door__carried_information=0.5, collaboration__common_assessment__information=0.25)
    cases = contacts(state, 3.0, 3.0, 3.0)
    state.teams.judgement_noise[:] = 0.8
    state.signs.screening_error[cases] = 1.0
    state.cases.carried[cases] = [True, False, True]
    state.cases.assessed[cases] = [False, True, True]
    assert perceived(state, cases) == pytest.approx([3.0 + 0.8 * 0.5, 3.0 + 0.8 * 0.75, 3.0 + 0.8 * 0.5 * 0.75])


def test_a_family_heard_of_within_365_days_counts_for_more():
    state = state_on(front_door__repeat_weight=0.3)
    cases = contacts(state, 2.0, 2.0, 2.0)
    # Twelve months are counted in working days: 253, of which the last still counts.
    state.cases.since_heard[cases] = [0, 253, 254]
    assert perceived(state, cases) == pytest.approx([2.3, 2.3, 2.0])


def test_the_police_are_discounted_for_domestic_violence_alone():
    state = state_on(front_door__police_discount=0.5)
    cases = contacts(state, 3.0, 3.0, 3.0)
    state.cases.source[cases] = [POLICE, POLICE, SCHOOL]
    state.signs.kind[cases] = [DOMESTIC_VIOLENCE, 0 if DOMESTIC_VIOLENCE else 1, DOMESTIC_VIOLENCE]
    assert perceived(state, cases) == pytest.approx([2.5, 3.0, 3.0])


def test_a_programmes_contact_gets_the_benefit_of_trust_and_loses_by_a_word_without_detail():
    state = state_on(front_door__trust_weight=0.4, front_door__partial_information=0.5)
    cases = contacts(state, 3.0, 3.0, 3.0, source=SSLP)
    hill = state.posts.of_programme["Hill"][0]
    state.cases.worker[cases] = hill
    state.programmes.team_trust[:] = [0.75, 0.0]
    state.cases.partial[cases] = [False, True, True]
    state.parts.completes[:] = 0.0
    assert perceived(state, cases) == pytest.approx([3.1, 2.6, 2.6])
    state.parts.completes[:] = [0.6, 0.0]
    assert perceived(state, cases) == pytest.approx([3.1, 2.9, 2.9])


# -- deciding (F1-F5) --------------------------------------------------------------------------------------------


def test_threshold_and_margin_make_assessment_referral_and_contact():
    state = state_on(front_door__threshold=3.0, front_door__referral_margin=0.8)
    cases = contacts(state, 3.0, 2.99, 2.2, 2.19)
    moves = door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["REFERRAL", "REFERRAL", "REFERRAL", "ADVICE"]
    (refer,) = [move for move in moves if move.step == Step.REFER]
    assert refer.cases.tolist() == cases[:3].tolist()
    found = door(state).refer(refer.cases, **refer.columns)
    assert sent(found, Step.ASSESS) == [cases[0]]
    assert list(outcomes(state, Stage.REFERRAL).values()) == [
        "INITIAL_ASSESSMENT", "NO_FURTHER_ACTION", "NO_FURTHER_ACTION",
    ]  # fmt: skip


def test_each_case_is_held_against_the_threshold_of_its_own_team():
    state = state_on(front_door__referral_margin=0.0)
    cases = contacts(state, 3.0, 3.0)
    state.families.locality[state.cases.family[cases]] = [0, 1]
    state.teams.applied_threshold[:] = [2.9, 3.1]
    door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["REFERRAL", "ADVICE"]


def test_an_open_case_takes_the_concern_and_the_one_who_brought_it_counts_as_heard():
    state = state_on()
    cases = contacts(state, 1.5, 1.5)
    state.cases.open_case[state.cases.family[cases[0]]] = cases[0]
    moves = door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["TO_OPEN_CASE", "ADVICE"]
    assert sent(moves, Step.OPEN_CASE) == [cases[0]]
    (answer,) = [move for move in moves if move.step == Step.ANSWER]
    assert answer.columns["accepted"].tolist() == [True, False]


def test_contacts_of_a_day_on_one_family_join_the_gravest():
    state = state_on(front_door__threshold=3.0)
    cases = contacts(state, 2.0, 3.5, 3.5, cases=one_family(state, 3))
    moves = door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["JOINED", "REFERRAL", "JOINED"]
    (answer,) = [move for move in moves if move.step == Step.ANSWER]
    assert answer.columns["accepted"].tolist() == [True, True, True], "all are answered as the gravest was"


def test_contacts_of_a_day_on_a_family_with_an_open_case_all_go_to_that_case():
    state = state_on()
    cases = contacts(state, 2.0, 3.5, cases=one_family(state, 2))
    state.cases.open_case[state.cases.family[cases]] = cases[0]
    moves = door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["TO_OPEN_CASE", "TO_OPEN_CASE"]
    assert sent(moves, Step.OPEN_CASE) == cases.tolist()


def test_a_repeated_call_is_a_referral_only_where_the_authority_says_so():
    for rule, expected in ((True, ["REFERRAL", "ADVICE"]), (False, ["ADVICE", "ADVICE"])):
        state = state_on(front_door__repeat_call_is_referral=rule, front_door__repeat_call_days=20,
                         front_door__repeat_weight=0.0)  # fmt: skip
        cases = contacts(state, 1.0, 1.0)
        state.cases.since_heard[cases] = [20, 21]
        door(state).decide(cases)
        assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == expected


def test_day_care_is_a_referral_at_any_need_behind_the_gateway():
    state = state_on(front_door__day_care_gateway=True, front_door__threshold=3.0)
    cases = contacts(state, 1.0, 1.0)
    state.signs.kind[cases[0]] = DAY_CARE
    moves = door(state).decide(cases)
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["REFERRAL", "ADVICE"]
    (answer,) = [move for move in moves if move.step == Step.ANSWER]
    assert answer.columns["accepted"].tolist() == [True, False]


def test_what_goes_to_a_panel_is_no_referral():
    state = state_on(front_door__threshold=3.0)
    cases = contacts(state, 2.9, 2.9, 3.1)
    asked = []

    def first(cases, may):
        asked.append(may.tolist())
        return may & (np.arange(len(cases)) == 0)

    moves = door(state, to_panel=first).decide(cases)
    assert asked == [[True, True, False]], "only what lies below the threshold may go there"
    assert list(outcomes(state, Stage.CONTACT_DECISION).values()) == ["TO_PANEL", "REFERRAL", "REFERRAL"]
    assert sent(moves, Step.TO_PANEL) == [cases[0]]


# -- referring on to the programme (A9, S5) ----------------------------------------------------------------------


def test_who_is_referred_on_lives_in_an_area_is_young_and_was_not_brought_by_the_programme():
    state = state_on(front_door__threshold=3.0, front_door__referral_margin=0.5)
    cases = contacts(state, 2.0, 2.0, 2.0, 2.0, 3.0, cases=cases_of(state, 5, area=0))
    state.signs.youngest[cases] = [3.0, 3.0, 4.0, 3.0, 3.0]
    state.programmes.age_limit[:] = 4.0
    state.cases.source[cases[1]] = SSLP
    state.cases.worker[cases[1]] = state.posts.of_programme["Hill"][0]
    state.families.area[state.cases.family[cases[3]]] = -1
    state.signs.chances[Chance.ONWARD][cases] = 0.2
    moves = door(state, onward=0.3).decide(cases)
    assert sent(moves, Step.SEND_ON) == [cases[0]]
    decided = list(outcomes(state, Stage.CONTACT_DECISION).values())
    assert decided == ["REFERRED_TO_PROGRAMME", "ADVICE", "ADVICE", "ADVICE", "REFERRAL"]


def test_the_chance_of_a_referral_on_is_the_programmes_and_each_consideration_has_a_number_of_its_own():
    state = state_on()
    cases = contacts(state, 1.0, 1.0, cases=cases_of(state, 2, area=0))
    state.signs.youngest[cases] = 1.0
    state.signs.chances[Chance.ONWARD][cases] = [0.29, 0.31]
    assert sent(door(state, onward=0.3).decide(cases), Step.SEND_ON) == [cases[0]]
    assert state.cases.considered[cases].tolist() == [1, 1]
    # 0.29 + 0.618 = 0.908 and 0.31 + 0.618 = 0.928 at the second time; 0.526 and 0.546 at the third.
    for chance, sends in ((0.92, 1), (0.54, 1), (0.165, 2)):
        assert len(sent(door(state, onward=chance).consider_programme(cases), Step.SEND_ON)) == sends
    assert state.cases.considered[cases].tolist() == [4, 4], "0.144 and 0.164 at the fourth"


def test_who_cannot_be_referred_on_is_not_considered():
    state = state_on()
    cases = contacts(state, 1.0, 1.0, cases=cases_of(state, 2, area=0))
    state.signs.youngest[cases] = 1.0
    state.families.area[state.cases.family[cases[0]]] = -1
    door(state, onward=1.0).consider_programme(cases)
    assert state.cases.considered[cases].tolist() == [0, 1]


# -- arriving (F1, F4, F6) ---------------------------------------------------------------------------------------


def test_an_arrival_is_written_down_with_the_days_since_the_family_was_last_heard_of():
    state = state_on(day=7)
    cases = contacts(state, 2.0, 2.5)
    state.cases.heard[state.cases.family[cases[0]]] = 3
    moves = door(state).receive(cases)
    assert sent(moves, Step.SCREEN) == cases.tolist()
    assert state.cases.contact_day[cases].tolist() == [7, 7]
    assert state.cases.since_heard[cases[0]] == 4
    assert state.cases.since_heard[cases[1]] == 7 + 100_000
    assert state.cases.heard[state.cases.family[cases]].tolist() == [7, 7]
    assert rows(state, Stage.CONTACT) == [(cases[0], "NONE", 2.0, -1), (cases[1], "NONE", 2.5, -1)]


def test_day_care_goes_to_another_office_unless_the_front_door_decides_it():
    values = {"front_door__day_care_elsewhere": 0.9}
    for gateway, there in ((False, 1), (True, 0)):
        state = state_on(front_door__day_care_gateway=gateway, **values)
        cases = contacts(state, 1.0, 1.0, 1.0)
        state.signs.kind[cases] = [DAY_CARE, DAY_CARE, 0]
        state.signs.chances[Chance.OTHER_OFFICE][cases] = [0.89, 0.91, 0.0]
        moves = door(state).receive(cases)
        assert len(rows(state, Stage.OTHER_OFFICE)) == there
        assert sent(moves, Step.SCREEN) == cases[there:].tolist()


def test_administrators_answer_simple_enquiries_at_once():
    state = state_on(front_door__administrators_answer=True, front_door__simple_enquiry=1.8)
    door_ = door(state)
    cases = contacts(state, 1.79, 1.8, 1.0, 1.0)
    state.cases.open_case[state.cases.family[cases[2]]] = cases[2]
    door_._harm[:] = 0.0
    door_._harm[1] = 0.5
    state.signs.kind[cases[3]] = 1  # possible harm is never simple
    moves = door_.receive(cases)
    assert rows(state, Stage.CONTACT_DECISION) == [(cases[0], "ANSWERED_BY_ADMINISTRATOR", 1.79, 0)]
    assert sent(moves, Step.SCREEN) == cases[1:].tolist()
    assert sent(moves, Step.ANSWER) == [cases[0]]


def test_the_county_desk_answers_a_share_and_passes_the_rest_on_a_day_later():
    desk = {"enabled": True, "signposts": 0.3, "delay_days": 1}
    state = state_on(day=4, front_door__county_desk=desk, front_door__simple_enquiry=1.8)
    door_ = door(state)
    door_._harm[:] = 0.0
    cases = contacts(state, 1.0, 1.0, 2.0)
    state.signs.chances[Chance.DESK][cases] = [0.29, 0.31, 0.0]
    moves = door_.receive(cases)
    assert outcomes(state, Stage.CONTACT_DECISION) == {cases[0]: "SIGNPOSTED_AT_DESK"}
    assert sent(moves, Step.SCREEN) == []
    assert state.agenda.due("desk", 5).tolist() == cases[1:].tolist()


def test_screening_costs_its_hours_in_the_lane_of_the_families_team():
    state = state_on(front_door__contact_hours=0.25)
    cases = contacts(state, 1.0, 1.0, 1.0)
    state.families.locality[state.cases.family[cases]] = [0, 1, 1]
    door(state).screen(cases)
    assert [queue.lanes["screening"].backlog for queue in state.queues] == [0.25, 0.5]


def test_a_referral_notes_how_long_the_trouble_that_showed_has_lasted():
    state = state_on(day=10)
    cases = contacts(state, 3.0, 3.0)
    state.cases.contact_day[cases] = [8, 10]
    # Working day 10 is Tuesday 15 February 2005, 14 calendar days from the start; the trouble began 20 days before it.
    assert state.offset == 14.0
    state.troubles.onset[state.signs.trouble[cases[0]]] = -20.0
    state.signs.trouble[cases[1]] = NO_TROUBLE
    door(state).refer(cases, np.array([15, 15]), np.array([3.0, 3.0]))
    assert state.cases.troubled_days[cases[0]] == 34.0
    assert np.isnan(state.cases.troubled_days[cases[1]])
    assert [elapsed for *_, elapsed in rows(state, Stage.REFERRAL)] == [2, 0]


# -- contacts on one family --------------------------------------------------------------------------------------


def test_the_leader_is_the_gravest_and_the_first_of_equals():
    family = np.array([7, 3, 7, 3, 5])
    seen = np.array([1.0, 2.0, 1.5, 2.0, 0.1])
    assert leaders(family, seen).tolist() == [2, 1, 2, 1, 4]
    assert leaders(np.array([1, 2]), np.array([0.0, 0.0])).tolist() == [0, 1]


def test_the_first_contact_of_each_family():
    assert first_of_family(np.array([4, 2, 4, 2, 9])).tolist() == [True, True, False, False, True]
