"""Worked examples of signs and who notices them (MODEL W4, W8, W9, D1, N1-N6): expected values are computed by hand."""

import math

import numpy as np
import pytest

from helpers import small
from referral_sim.pathway.detection import Described, Detection
from referral_sim.records.casebook import POLICE, SOURCE_CODE
from referral_sim.scenario.fields import ConcernKind, EthnicGroup, Source
from referral_sim.state import State
from referral_sim.world.calendar import DAYS_A_YEAR
from referral_sim.world.families import GROUPS
from referral_sim.world.signs import DAY_CARE, DOMESTIC_VIOLENCE, NO_TROUBLE, show_chance
from referral_sim.world.streams import Chance, logistic_noise, logistic_one
from referral_sim.world.troubles import KINDS
from worked import in_trouble, lasting_need, model_on, state_on

NEGLECT = KINDS.index(ConcernKind.NEGLECT)
ASIAN = GROUPS.index(EthnicGroup.ASIAN)
WHITE = GROUPS.index(EthnicGroup.WHITE)
SCHOOL, EDUCATION, SELF, FRIEND, VISITOR, MIDWIFE = (
    SOURCE_CODE[source]
    for source in (
        Source.SCHOOL, Source.EDUCATION_SERVICES, Source.SELF_OR_CARER, Source.FAMILY_OR_FRIEND, Source.HEALTH_VISITOR,
        Source.MIDWIFE,
    )
)  # fmt: skip
CERTAIN = 4.5  # standard errors


def forward(family):
    return np.ones(len(family))


def rules_of(weights, kind=ConcernKind.NEGLECT, **values):
    plain = {
        "noticing__by_kind": {kind: weights}, "noticing__authority_mix": {}, "noticing__level_slope": {},
        "noticing__referred_by_others": {}, "noticing__visibility": 0.1, "noticing__siblings": 0.5,
    }  # fmt: skip
    return Detection(state_on(**(plain | values)), forward)


def sign(age=8.0, **what):
    """One sign: of neglect of the only child of a White family at need 3, if nothing else is said."""
    usual = {"kind": NEGLECT, "group": WHITE, "age": age, "youngest": age, "oldest": age, "level": 3.0, "forward": 1.0,
             "known": 1.0}  # fmt: skip
    return Described(**{name: np.array([value]) for name, value in (usual | what).items()})


def chances(rules, **what):
    """Source -> chance, of those that have one."""
    row = rules.chances(sign(**what))[0]
    return {int(at): pytest.approx(row[at]) for at in np.flatnonzero(row)}


# -- the chance of a source ----------------------------------------------------------------------------------------


def test_a_sources_chance_is_visibility_times_weight_at_need_three_and_chances_add_up():
    rules = rules_of({Source.SCHOOL: 1.0, Source.SELF_OR_CARER: 3.0})
    assert chances(rules) == {SCHOOL: 0.1, SELF: 0.3}
    by = [rules.source(sign(), (np.array([0.399]), np.array([u])))[0] for u in np.linspace(0.0005, 0.9995, 1000)]
    assert (by.count(SCHOOL), by.count(SELF)) == (250, 750)
    assert rules.source(sign(), (np.array([0.401]), np.array([0.5]))).tolist() == [-1]


def test_each_source_comes_by_a_slope_of_its_own():
    slopes = {Source.SCHOOL: 0.5, Source.HOSPITAL: 1.0}
    rules = rules_of(
        {Source.SCHOOL: 1.0, Source.HOSPITAL: 1.0, Source.SELF_OR_CARER: 1.0}, noticing__level_slope=slopes
    )
    hospital = SOURCE_CODE[Source.HOSPITAL]
    assert chances(rules, level=4.0) == {
        SCHOOL: 0.1 * math.exp(0.5), hospital: 0.1 * math.exp(1.0), SELF: 0.1,
    }  # fmt: skip
    assert chances(rules, level=2.0) == {
        SCHOOL: 0.1 * math.exp(-0.5), hospital: 0.1 * math.exp(-1.0), SELF: 0.1,
    }  # fmt: skip


def test_no_sign_is_noticed_for_certain():
    rules = rules_of({Source.SCHOOL: 10.0, Source.SELF_OR_CARER: 30.0})
    # 1.0 and 3.0 are too much: together 0.98, in their shares.
    assert chances(rules) == {SCHOOL: 0.245, SELF: 0.735}
    assert rules.source(sign(), (np.array([0.981]), np.array([0.5]))).tolist() == [-1]


def test_an_authoritys_factor_weighs_one_source_and_no_other():
    rules = rules_of({Source.SCHOOL: 1.0, Source.SELF_OR_CARER: 3.0}, noticing__authority_mix={Source.SCHOOL: 2.0})
    assert chances(rules) == {SCHOOL: 0.2, SELF: 0.3}


def test_the_police_notify_their_share_of_violence():
    weights = {Source.POLICE: 2.0, Source.SCHOOL: 1.0}
    values = {"noticing__police_notification": 0.5, "noticing__authority_mix": {Source.POLICE: 1.5}}
    rules = rules_of(weights, ConcernKind.DOMESTIC_VIOLENCE, **values)
    assert chances(rules, kind=DOMESTIC_VIOLENCE) == {POLICE: 0.1 * 2.0 * 1.5 * 0.5, SCHOOL: 0.1}
    assert chances(rules_of(weights, **values)) == {POLICE: 0.1 * 2.0 * 1.5, SCHOOL: 0.1}, "of violence alone"


def test_schools_notice_pupils_and_half_as_much_their_younger_brothers_and_sisters():
    rules = rules_of({Source.SCHOOL: 1.0, Source.EDUCATION_SERVICES: 2.0})
    assert chances(rules, age=5.0) == {SCHOOL: 0.1, EDUCATION: 0.2}
    assert chances(rules, age=3.0, oldest=5.0) == {SCHOOL: 0.05, EDUCATION: 0.1}
    assert chances(rules, age=3.0, oldest=4.9) == {}
    assert chances(rules, age=9.0, youngest=1.0, oldest=9.0) == {SCHOOL: 0.1, EDUCATION: 0.2}


def test_health_visitors_see_families_with_a_child_below_five_and_midwives_below_one():
    rules = rules_of({Source.HEALTH_VISITOR: 1.0, Source.MIDWIFE: 2.0, Source.SELF_OR_CARER: 1.0})
    assert chances(rules, age=8.0, youngest=0.9) == {VISITOR: 0.1, MIDWIFE: 0.2, SELF: 0.1}
    assert chances(rules, age=8.0, youngest=1.0) == {VISITOR: 0.1, SELF: 0.1}
    assert chances(rules, age=8.0, youngest=5.0) == {SELF: 0.1}


def test_others_bring_families_of_a_group_less_and_that_is_no_matter_of_the_families_own():
    rules = rules_of(
        {Source.SCHOOL: 1.0, Source.FAMILY_OR_FRIEND: 1.0, Source.SELF_OR_CARER: 1.0},
        noticing__referred_by_others={EthnicGroup.ASIAN: 0.6},
    )
    assert chances(rules, group=ASIAN) == {SCHOOL: 0.06, FRIEND: 0.06, SELF: 0.1}
    assert chances(rules, group=WHITE) == {SCHOOL: 0.1, FRIEND: 0.1, SELF: 0.1}


def test_only_the_familys_own_chance_follows_how_it_comes_forward():
    rules = rules_of({Source.SCHOOL: 1.0, Source.FAMILY_OR_FRIEND: 1.0, Source.SELF_OR_CARER: 2.0})
    assert chances(rules, forward=0.25) == {SCHOOL: 0.1, FRIEND: 0.1, SELF: 0.05}


def test_more_is_noticed_of_a_known_family_by_everybody():
    rules = rules_of({Source.SCHOOL: 1.0, Source.SELF_OR_CARER: 3.0})
    assert chances(rules, known=1.5) == {SCHOOL: 0.15, SELF: 0.45}


# -- what shows today ----------------------------------------------------------------------------------------------


def test_trouble_shows_the_more_the_graver_need_is_up_to_four():
    scenario = small(signs__slope=0.5)
    need = np.array([2.0, 3.0, 4.0, 5.5])
    assert show_chance(scenario, need) == pytest.approx([math.exp(-1.0), math.exp(-0.5), 1.0, 1.0])


def sign_today(**values):
    """A state, its rules and the first sign of trouble of the day."""
    state = state_on(**values)
    today = np.arange(state.signs.first_of_day[state.day], state.signs.first_of_day[state.day + 1])
    case = today[state.signs.trouble[today] >= 0][:1]
    assert len(case)
    return state, Detection(state, forward), case


def test_a_sign_shows_at_todays_need_and_its_level_is_noted():
    state, rules, case = sign_today(signs__slope=0.5)
    in_trouble(state, case, 2.0)
    for shows, found in ((math.exp(-0.5) - 0.001, True), (math.exp(-0.5) + 0.001, False)):
        state.cases.level[case] = np.nan
        state.signs.shows[case] = shows
        assert (case[0] in rules.today().cases) == found
        assert np.isfinite(state.cases.level[case[0]]) == found
    state.signs.shows[case] = 0.0
    seen = rules.today()
    assert seen.level[seen.cases == case[0]] == pytest.approx([3.0])
    assert state.cases.level[case] == pytest.approx([3.0])


def test_help_that_turned_the_trouble_hides_a_sign_that_would_have_shown():
    state, rules, case = sign_today(signs__slope=0.5)
    in_trouble(state, case, 2.0, onset=-200.0, start=-200.0)
    state.signs.shows[case] = 0.5
    assert case[0] in rules.today().cases  # exp(-0.5) = 0.607 at need 3
    # A half-life after it was turned need is 2, and the chance exp(-1) = 0.368.
    in_trouble(state, case, 2.0, onset=-200.0, start=-200.0, turned=state.offset - 90.0)
    assert case[0] not in rules.today().cases


def test_a_trouble_that_help_turned_shows_no_more_once_it_has_receded_by_half_whatever_need_is():
    state, rules, case = sign_today(trouble__recovery_half_life=30.0)
    state.signs.shows[case] = 0.0
    began = {"baseline": 4.0, "onset": -200.0, "start": -200.0}
    for days, found in ((29.0, True), (31.0, False)):
        in_trouble(state, case, 1.0, turned=state.offset - days, **began)
        assert (case[0] in rules.today().cases) == found
    # One that ended by itself that long ago has no signs drawn; what is drawn may show.
    in_trouble(state, case, 1.0, **began)
    assert case[0] in rules.today().cases


def test_nothing_shows_of_a_family_that_has_left():
    state, rules, case = sign_today()
    state.signs.shows[case] = 0.0
    state.families.leaves[state.signs.family[case]] = state.offset
    assert case[0] not in rules.today().cases


def test_a_family_heard_of_within_twelve_months_is_noticed_more():
    state, rules, case = sign_today(
        noticing__repeat_visibility=2.0, noticing__visibility=0.1, noticing__siblings=1.0, signs__slope=0.0,
        noticing__by_kind={ConcernKind.NEGLECT: {Source.FAMILY_OR_FRIEND: 1.0}}, noticing__level_slope={},
        noticing__referred_by_others={}, noticing__authority_mix={},
    )  # fmt: skip
    family = state.signs.family[case]
    state.signs.kind[case], state.signs.shows[case] = NEGLECT, 0.0
    state.signs.chances[Chance.NOTICED][case] = 0.15
    for heard, source in ((state.day - 253, FRIEND), (state.day - 254, -1), (state.day, FRIEND)):
        state.cases.heard[family] = heard
        seen = rules.today()
        assert seen.source[seen.cases == case[0]].tolist() == [source]


def test_what_families_do_reaches_those_who_notice():
    state, _, case = sign_today()
    asked = []
    rules = Detection(state, lambda family: asked.append(family.tolist()) or np.ones(len(family)))
    state.signs.shows[case] = 0.0
    seen = rules.today()
    assert asked == [state.signs.family[seen.cases].tolist()]


def test_a_model_asks_its_families_whether_they_come_forward():
    model = model_on(noticing__by_kind={ConcernKind.NEGLECT: {Source.SELF_OR_CARER: 1.0}}, noticing__visibility=0.9,
                     noticing__authority_mix={}, noticing__level_slope={}, signs__slope=0.0)  # fmt: skip
    state = model.state
    first, last = state.signs.first_of_day[5:7]
    cases = np.arange(first, last)
    state.signs.kind[cases] = NEGLECT
    state.signs.chances[Chance.NOTICED][cases] = 0.5
    assert (model.detection.today().source == SELF).all()
    state.wariness.own[:] = 0.5  # 0.9 x 0.5 = 0.45
    assert (model.detection.today().source == -1).all()


# -- drawing -------------------------------------------------------------------------------------------------------


def state_of(**values):
    return State(small(**values), seed=2)


def test_signs_come_at_their_rate_from_the_onset_to_the_half_life_after_the_end():
    state = state_of(signs__rate=12.0, signs__slope=0.0, population__mobility=0.0, population__children=10_000)
    signs, troubles = state.signs, state.troubles
    mine = signs.trouble >= 0
    of = signs.trouble[mine]
    half = state.scenario.trouble.recovery_half_life
    assert (signs.offset[mine] >= np.floor(np.maximum(troubles.onset[of], 0.0))).all()
    assert (signs.offset[mine] <= troubles.end[of] + half).all()
    days = np.clip(np.minimum(troubles.end + half, state.calendar.length) - np.maximum(troubles.onset, 0.0), 0.0, None)
    # Children who come of age meanwhile, and the last free days, take a little away.
    expected = 12.0 * days.sum() / DAYS_A_YEAR
    assert 0.95 * expected < mine.sum() < expected + CERTAIN * math.sqrt(expected)
    np.testing.assert_array_equal(signs.family[mine], troubles.family[of])
    np.testing.assert_array_equal(signs.kind[mine], troubles.kind[of])


def test_signs_that_would_not_show_if_nobody_helped_are_left_out_and_all_others_show():
    some, every = (state_of(signs__slope=slope) for slope in (0.8, 0.0))  # the same signs; without a slope all show
    could = np.flatnonzero(every.signs.trouble >= 0)
    met = every.calendar.met(every.signs.offset[could])
    need = every.troubles.level(every.signs.family[could], met)
    would = could[every.signs.shows[could] < show_chance(some.scenario, need)]
    assert 0 < len(would) < 0.6 * len(could)
    kept = some.signs.trouble >= 0
    for name in ("trouble", "offset", "shows"):
        np.testing.assert_array_equal(getattr(some.signs, name)[kept], getattr(every.signs, name)[would])


def test_day_care_is_asked_for_at_its_rate_for_children_below_five_and_apart_from_trouble():
    state = state_of(day_care__requests=200.0, population__children=20_000, population__mobility=0.0)
    signs = state.signs
    asked = signs.kind == DAY_CARE
    assert (signs.trouble[asked] == NO_TROUBLE).all()
    assert (signs.trouble[~asked] >= 0).all()
    assert signs.child_age[asked].max() <= 5.0 + 4 / DAYS_A_YEAR
    assert (signs.shows[asked] == 0.0).all(), "a request is made whatever need there is"
    young = state.families.children_at(state.calendar.length / 2, 5.0).sum()
    expected = 0.2 * young * state.calendar.length / DAYS_A_YEAR
    assert abs(asked.sum() - expected) < CERTAIN * math.sqrt(expected) + 0.02 * expected


def test_day_care_shows_at_any_need():
    state = state_on(day_care__requests=1000.0, signs__slope=3.0)
    first, last = state.signs.first_of_day[5:7]
    case = np.arange(first, last)[state.signs.kind[first:last] == DAY_CARE][:1]
    lasting_need(state, case, 1.0)
    assert case[0] in Detection(state, forward).today().cases


# -- errors of judgement -------------------------------------------------------------------------------------------


def test_errors_of_judgement_are_logistic_with_standard_deviation_one():
    u = np.array([0.5, math.e / (1 + math.e), 1 / (1 + math.e)])
    assert logistic_noise(u) == pytest.approx([0.0, math.sqrt(3) / math.pi, -math.sqrt(3) / math.pi])
    assert logistic_one(u[1]) == pytest.approx(math.sqrt(3) / math.pi)
    grid = (np.arange(100_000) + 0.5) / 100_000
    assert logistic_noise(grid).std() == pytest.approx(1.0, abs=0.01)
    assert np.abs(logistic_noise(np.array([0.0, 1.0]))).max() == pytest.approx(4.0, abs=0.05)
