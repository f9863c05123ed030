"""Worked examples of panels, other parts and other professionals (MODEL L0, L4-L11): values computed by hand."""

import datetime as dt
import math

import numpy as np
import pytest

from helpers import post
from referral_sim.records.casebook import SOURCE_CODE
from referral_sim.records.hours import Agency, Work
from referral_sim.records.stages import Stage
from referral_sim.scenario.fields import ConcernKind, Source
from referral_sim.world.signs import DAY_CARE
from referral_sim.world.streams import Chance, rotated
from referral_sim.world.troubles import KINDS
from worked import cases_of, in_trouble, lasting_need, model_on, outcomes, rows

SCHOOL = SOURCE_CODE[Source.SCHOOL]
NEIGHBOUR = SOURCE_CODE[Source.FAMILY_OR_FRIEND]
DEVIATE = 0.5513288954217921
PANEL = {"panel": {"kind": "family_support_panel"}}


def part(kind, **values):
    return {"parts": {"Part": {"kind": kind, **values}}}


def worked_out(trust, day=5, **values):
    """What the parts come to at Hill with a mutual trust."""
    model = model_on(day, **values)
    model.parts.work_out(np.array(trust))
    return model.state.parts


# -- panels (L6, F5) ---------------------------------------------------------------------------------------------


def test_a_panel_meets_every_so_many_days_from_its_first_and_not_on_the_day_it_is_asked():
    for day, following in ((0, 10), (5, 10), (9, 10), (10, 20)):
        model = model_on(day, parts=PANEL, collaboration__panel__meeting_days=10)
        assert model.panels.panels[0].next_meeting() == following


def test_a_panel_has_places_for_its_share_of_the_under_fives():
    model = model_on(
        parts={"panel": {"kind": "family_support_panel", "strength": 0.5}}, collaboration__panel__places=8.0
    )
    young = model.state.families.children_at(0.0, 5.0).sum()
    assert model.panels.panels[0].places == pytest.approx(0.5 * 8.0 * young / 1000.0)


def test_what_a_panel_does_with_a_family_follows_the_need_that_it_finds():
    model = model_on(
        parts=PANEL,
        collaboration__panel__passes_up=0.3,
        collaboration__panel__lowest_need=2.0,
        collaboration__panel__judgement_noise=0.3,
        collaboration__panel__package_days=150,
    )
    state, (panel,) = model.state, model.panels.panels
    panel.places = 1
    state.teams.applied_threshold[:] = 3.0
    cases = cases_of(state, 6)
    family = state.cases.family[cases]
    lasting_need(state, cases, 3.3, 3.3, 1.99, 2.0, 2.0, 3.29)
    state.signs.chances[Chance.PANEL_JUDGEMENT][cases] = 0.5
    state.cases.contact_day[cases[1]] = 2  # the front door has seen it: it is not passed up again
    state.cases.source[cases] = SCHOOL
    panel.meets(cases)
    assert list(outcomes(state, Stage.PANEL).values()) == [
        "PASSED_UP", "SUPPORTED", "ADVICE", "NO_CAPACITY", "NO_CAPACITY", "NO_CAPACITY",
    ]  # fmt: skip
    assert state.take_arrivals().tolist() == [cases[0]]
    assert state.cases.source[cases[0]] == SCHOOL
    # Working day 5 is Tuesday 8 February 2005, offset 7; 150 days on is Friday 8 July.
    assert state.cases.package_until[family].tolist() == [-1, 157, -1, -1, -1, -1]
    assert state.cases.package_from[family[1]] == 2, "the first panel after the two programmes"
    panel.meets(cases[1:2])
    assert outcomes(state, Stage.PANEL)[cases[1]] == "SUPPORTED", "a family with a plan has its plan"
    assert panel.supported == 1


def test_a_panels_plan_offers_all_kinds_of_help_at_its_own_strength():
    model = model_on(parts=PANEL, collaboration__panel__effect=1.5, help__works=0.4, help__hardness=0.6)
    state, (panel,) = model.state, model.panels.panels
    panel.places = 4
    cases = cases_of(state, 2)
    state.signs.chances[Chance.PANEL_JUDGEMENT][cases] = 0.5
    # Violence is met in full by the domestic violence service: 0.4 x 1.5 x exp(-0.6 x 0.5) = 0.4445 at need 2.5.
    trouble = in_trouble(
        state, cases, 1.5, 1.5, resists=[0.444, 0.445], kind=KINDS.index(ConcernKind.DOMESTIC_VIOLENCE)
    )
    panel.meets(cases)
    assert np.isinf(state.troubles.turned[trouble]).all()
    panel.works()
    assert state.troubles.turned[trouble].tolist() == [state.offset, np.inf]
    # Six hours for each case on the agenda, and six a month for each plan.
    used = state.hours.used(0, 1)
    assert used[Agency.PARTNERS, Work.PANEL] == used[Agency.PARTNERS, Work.PACKAGE] == 12.0


def test_a_panels_plan_that_ends_makes_room_for_another():
    model = model_on(parts=PANEL, collaboration__panel__package_days=14)
    state, (panel,) = model.state, model.panels.panels
    panel.places = 1
    cases = cases_of(state, 2)
    lasting_need(state, cases, 2.5, 2.5)
    state.signs.chances[Chance.PANEL_JUDGEMENT][cases] = 0.5
    panel.meets(cases)
    while state.offset < 21.0:  # offset 7 and 14 days
        state.begin_day()
    model._packages_end(state.due("package_ends"))
    assert panel.supported == 0
    panel.meets(cases[1:])
    assert [outcome for _, outcome, *_ in rows(state, Stage.PANEL)] == ["SUPPORTED", "NO_CAPACITY", "SUPPORTED"]


def test_a_family_may_refuse_a_panels_plan_and_takes_no_place():
    model = model_on(parts=PANEL, families__refusal=0.5)
    state, (panel,) = model.state, model.panels.panels
    panel.places = 4
    cases = cases_of(state, 2)
    lasting_need(state, cases, 2.5, 2.5)
    state.wariness.own[state.cases.family[cases]] = 0.4
    state.signs.chances[Chance.PANEL_JUDGEMENT][cases] = 0.5
    # 1 - 0.5 x 0.4 = 0.8, and a panel's offer reads the third number: 0.79 and 0.81 less 0.236.
    state.signs.chances[Chance.ACCEPTS][cases] = [0.553, 0.573]
    panel.meets(cases)
    assert list(outcomes(state, Stage.PANEL).values()) == ["SUPPORTED", "REFUSED"]
    assert panel.supported == 1


def test_a_panel_reads_need_with_its_error():
    model = model_on(parts=PANEL, collaboration__panel__judgement_noise=0.3, collaboration__panel__lowest_need=2.0)
    (case,) = cases_of(model.state, 1)
    lasting_need(model.state, np.array([case]), 2.1)
    model.state.signs.chances[Chance.PANEL_JUDGEMENT][case] = 1 - math.e / (1 + math.e)
    model.panels.panels[0].meets(np.array([case]))
    assert 2.1 - 0.3 * DEVIATE < 2.0
    assert outcomes(model.state, Stage.PANEL) == {case: "ADVICE"}


def test_a_worker_takes_to_the_panel_what_can_wait():
    model = model_on(parts={"panel": {"kind": "family_support_panel", "strength": 0.8}},
                     collaboration__panel__programmes=0.5, collaboration__panel__passes_up=0.3)  # fmt: skip
    (case,) = cases_of(model.state, 1, area=0)
    u = model.state.signs.chances[Chance.TO_PANEL]
    for value, perceived, expected in ((0.39, 3.29, True), (0.41, 3.29, False), (0.0, 3.31, False)):
        u[case] = value
        assert model.panels.from_worker(case, perceived, 3.0) == expected


def test_the_front_door_passes_its_share_on_with_the_second_number_and_nothing_twice():
    model = model_on(parts=PANEL, collaboration__panel__front_door=0.4)
    cases = cases_of(model.state, 3)
    # The second number is the first and 0.618, without its whole part: 0.7 gives 0.318, 0.8 gives 0.418.
    model.state.signs.chances[Chance.TO_PANEL][cases] = [0.7, 0.8, 0.7]
    assert rotated(np.array([0.7, 0.8]), 1) == pytest.approx([0.318034, 0.418034], abs=1e-6)
    may = np.array([True, True, False])
    assert model.panels.from_front_door(cases, may).tolist() == [True, False, False]
    model.panels.take(cases[:1])
    assert not model.panels.from_front_door(cases, may).any()


def test_professionals_take_to_a_panel_what_lies_between_its_need_and_the_threshold():
    model = model_on(parts=PANEL, collaboration__panel__professionals=0.3, collaboration__panel__lowest_need=2.0)
    state = model.state
    state.teams.applied_threshold[:] = 3.0
    cases = cases_of(state, 6)
    level = np.array([2.5, 2.5, 1.9, 3.0, 2.5, 2.5])
    source = np.array([SCHOOL, SCHOOL, SCHOOL, SCHOOL, NEIGHBOUR, SCHOOL])
    state.signs.chances[Chance.TO_PANEL][cases] = [0.29, 0.31, 0.0, 0.0, 0.0, 0.0]
    state.signs.kind[cases[5]] = DAY_CARE
    model.partners.bring(cases, source, level)
    assert state.agenda.waiting("panel").tolist() == [cases[0]]
    assert state.take_arrivals().tolist() == cases[1:].tolist()


def test_some_professionals_ask_the_liaison_worker_first_who_sends_on_what_crosses_the_threshold():
    model = model_on(liaison={"Out": post(programmes=["Hill"])},
                     collaboration__practices__outposted_social_worker__filters=0.4,
                     collaboration__practices__outposted_social_worker__judgement_noise=0.2)  # fmt: skip
    state, hill = model.state, model.programmes[0]
    state.posts.filled[model.liaison[0].post] = True
    state.programmes.filtering[0] = hill.filtering
    assert hill.filtering == pytest.approx(0.4)
    state.teams.applied_threshold[:] = 3.0
    cases = cases_of(state, 4, area=0, youngest_below=4.0)
    state.signs.chances[Chance.ADVICE][cases] = 0.5
    state.signs.chances[Chance.TO_LIAISON][cases] = [0.39, 0.39, 0.41, 0.0]
    source = np.array([SCHOOL, SCHOOL, SCHOOL, NEIGHBOUR])
    model.partners.bring(cases, source, np.array([3.0, 2.9, 2.9, 2.9]))
    assert list(outcomes(state, Stage.TAKEN_TO_LIAISON).items()) == [
        (cases[0], "ADVISED_TO_REFER"), (cases[1], "SUPPORTED"),
    ]  # fmt: skip
    assert state.take_arrivals().tolist() == cases[[0, 2, 3]].tolist()
    assert state.cases.carried[cases].tolist() == [True, False, False, False]


# -- other parts (L4, L5, L7-L11) --------------------------------------------------------------------------------


def test_a_part_works_by_its_strength_and_several_combine_like_independent_chances():
    visits = {"One": {"kind": "planned_visits", "strength": 0.5}, "Two": {"kind": "training"}}
    found = worked_out([0.5, 0.5], parts=visits,
                       collaboration__effects__planned_visits__contact=0.6,
                       collaboration__effects__training__contact=0.2)  # fmt: skip
    assert found.contact == pytest.approx([1.0 - (1.0 - 0.3) * (1.0 - 0.2)] * 2)  # 0.44


def test_a_part_serves_the_programmes_it_names_between_its_days():
    values = part("planned_visits", programmes=["Dale"], start=dt.date(2005, 2, 8), end=dt.date(2005, 2, 10))
    # Working day 5 is Tuesday 8 February.
    for day, there in ((4, False), (5, True), (7, True), (8, False)):
        found = worked_out([0.5, 0.5], day, **values)
        assert (found.contact[1] > 0) == there
        assert found.contact[0] == 0.0


def test_a_part_that_needs_trust_helps_above_it_and_wears_trust_away_below():
    effect = {
        "collaboration__effects__co_location__trust_needed": 0.5,
        "collaboration__effects__co_location__trust": 0.05,
        "collaboration__effects__co_location__feedback": 0.4,
        "collaboration__effects__co_location__onward": 1.6,
        "collaboration__effects__co_location__deters": 0.1,
    }
    found = worked_out([0.6, 0.4], **part("co_location"), **effect)
    # 0.1 above what is needed is half of the 0.2 at which it helps in full; 0.1 below wears away by half.
    assert found.feedback == pytest.approx([0.2, 0.0])
    assert found.onward == pytest.approx([1.3, 1.0])
    assert found.trust == pytest.approx([0.025, -0.025])
    assert found.deters == pytest.approx([0.1, 0.1]), "users stay away however the sides get on"


def test_a_slow_part_has_half_of_its_effect_after_its_months():
    values = {
        "collaboration__effects__strategic_commitment__lasting_trust": 0.4,
        "collaboration__effects__strategic_commitment__months": 12.0,
    }
    begun = {"parts": {"Part": {"kind": "strategic_commitment", "start": dt.date(2005, 2, 1)}}}
    assert worked_out([0.5, 0.5], 0, **values, **begun).lasting_trust == pytest.approx([0.0, 0.0])
    # Working day 5 is 7 calendar days on: 0.4 (1 - 2^(-7 / 365.25)).
    assert worked_out([0.5, 0.5], 5, **values, **begun).lasting_trust == pytest.approx(
        [0.4 * (1 - 2 ** (-7 / 365.25))] * 2
    )
    assert worked_out([0.5, 0.5], 5, **values, **part("strategic_commitment")).lasting_trust == pytest.approx(
        [0.4, 0.4]
    )


def test_a_common_assessment_asks_for_need_chance_and_consent():
    model = model_on(**part("common_assessment", strength=0.5), collaboration__common_assessment__programmes=0.6,
                     collaboration__common_assessment__consent=0.85)  # fmt: skip
    state, hill = model.state, model.programmes[0]
    cases = cases_of(state, 4, area=0)
    state.cases.level[cases] = 2.5
    state.signs.chances[Chance.COMMON_ASSESSMENT][cases] = [0.29, 0.31, 0.0, 0.0]
    state.signs.chances[Chance.CONSENT][cases] = [0.84, 0.0, 0.86, 0.0]
    found = [hill.assesses(int(case), need) for case, need in zip(cases, (2.0, 2.0, 2.0, 1.99), strict=True)]
    assert found == [True, False, False, False]
    assert outcomes(state, Stage.COMMON_ASSESSMENT) == {cases[0]: "COMPLETED", cases[2]: "NO_CONSENT"}


def test_a_worker_knows_of_an_open_case_through_shared_information():
    model = model_on(practice__consult_band=0.0)
    state, hill = model.state, model.programmes[0]
    state.parts.knows_open_cases[0] = 0.8
    (case,) = cases_of(state, 1, area=0)
    state.cases.level[case] = 3.0
    family = state.cases.family[case]
    for u, open_case, expected in ((0.79, case, True), (0.81, case, False), (0.0, -1, False)):
        state.signs.chances[Chance.KNOWS_OPEN_CASE][case] = u
        state.cases.open_case[family] = open_case
        assert hill.workers[0].looks_into(int(case)).known_open == expected
