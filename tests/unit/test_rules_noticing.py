"""Worked examples of what happens and who notices it (MODEL W2-W4, N1-N3): expected values are computed by hand."""

import math

import numpy as np
import pytest

from referral_sim.pathway.detection import Described, Detection
from referral_sim.records.casebook import POLICE, SOURCE_CODE
from referral_sim.scenario.fields import ConcernKind, Source
from referral_sim.world.concerns import DOMESTIC_VIOLENCE, KINDS
from referral_sim.world.need import tier
from referral_sim.world.streams import Chance, logistic_noise, logistic_one
from worked import state_on

NEGLECT = KINDS.index(ConcernKind.NEGLECT)
TWO_SOURCES = {ConcernKind.NEGLECT: {Source.SCHOOL: 1.0, Source.SELF_OR_CARER: 3.0}}


def noticed(rules, u_noticed, u_source, kind=NEGLECT, age=8.0, group=0, level=2.0):
    case = Described(np.array([kind]), np.array([age]), np.array([group]), np.array([level]))
    return int(rules.source(case, (np.array([u_noticed]), np.array([u_source])))[0])


def rules_of(**values):
    return Detection(
        state_on(noticing__by_kind=TWO_SOURCES, noticing__stigma=0.0, noticing__authority_mix={}, **values)
    )


def test_the_chance_to_be_noticed_follows_weight_and_need():
    rules = rules_of(noticing__visibility=0.25, noticing__visibility_slope=0.5)
    # Weights 1 + 3 at need 2: 1 - exp(-0.25 x 4) = 0.632; at need 3 the rate is exp(0.5) as much: 0.808.
    for level, chance in ((2.0, 1 - math.exp(-1.0)), (3.0, 1 - math.exp(-math.exp(0.5)))):
        assert noticed(rules, chance - 1e-6, 0.0, level=level) >= 0
        assert noticed(rules, chance + 1e-6, 0.0, level=level) == -1


def test_who_notices_is_drawn_by_weight():
    rules = rules_of()
    shares = {}
    for u in np.linspace(0.0005, 0.9995, 1000):
        found = noticed(rules, 0.0, u)
        shares[found] = shares.get(found, 0) + 1
    assert shares == {SOURCE_CODE[Source.SCHOOL]: 250, SOURCE_CODE[Source.SELF_OR_CARER]: 750}


def test_schools_see_children_from_five_and_health_visitors_those_below():
    weights = {ConcernKind.NEGLECT: {Source.SCHOOL: 1.0, Source.HEALTH_VISITOR: 1.0, Source.MIDWIFE: 1.0}}
    rules = Detection(state_on(noticing__by_kind=weights, noticing__authority_mix={}))
    seen = {
        age: {noticed(rules, 0.0, u, age=age) for u in np.linspace(0.01, 0.99, 99)} for age in (0.5, 3.0, 5.0, 17.0)
    }
    school, visitor, midwife = (SOURCE_CODE[s] for s in (Source.SCHOOL, Source.HEALTH_VISITOR, Source.MIDWIFE))
    assert seen == {0.5: {visitor, midwife}, 3.0: {visitor}, 5.0: {school}, 17.0: {school}}


def test_stigma_keeps_families_from_coming_forward():
    rules = Detection(state_on(noticing__by_kind=TWO_SOURCES, noticing__authority_mix={}, noticing__stigma=0.5,
                               noticing__wariness={}, noticing__visibility=0.25))  # fmt: skip
    assert rules.strength[NEGLECT, 2, 0] == pytest.approx(1.0 + 3.0 * 0.5)


def test_an_authoritys_mix_weighs_its_sources_and_notification_the_police():
    weights = {ConcernKind.DOMESTIC_VIOLENCE: {Source.POLICE: 2.0, Source.SCHOOL: 1.0}}
    rules = Detection(state_on(noticing__by_kind=weights, noticing__authority_mix={Source.SCHOOL: 4.0},
                               noticing__police_notification=0.5))  # fmt: skip
    assert rules.strength[DOMESTIC_VIOLENCE, 2, 0] == pytest.approx(2.0 * 0.5 + 1.0 * 4.0)
    steps = rules.steps[DOMESTIC_VIOLENCE, 2, 0]
    below = steps[POLICE - 1] if POLICE else 0.0
    assert steps[POLICE] - below == pytest.approx(0.2)


def test_more_happens_to_a_family_that_is_above_its_lasting_need():
    state = state_on(day=5, concerns__headroom=4.0, concerns__need_sensitivity=1.0)
    rules = Detection(state)
    first, last = state.concerns.first_of_day[5], state.concerns.first_of_day[6]
    case = int(first)
    assert last > first, "the day needs a potential concern"
    family = state.concerns.family[case]
    state.concerns.chances[Chance.OCCURS][first:last] = 0.99
    for above, chance in ((0.0, 1 / 4), (1.0, math.e / 4)):
        state.need.forget(np.array([family]))
        state.need.excess[family], state.need.since[family] = above, state.offset
        state.need.baseline[family] = 1.5
        for u, happens in ((chance - 0.001, True), (chance + 0.001, False)):
            state.concerns.chances[Chance.OCCURS][case] = u
            saved = state.need.excess[family]
            assert (case in rules.today().cases) == happens
            state.need.excess[family] = saved


def test_what_happens_raises_need_and_begins_trouble_at_tier_two():
    state = state_on(day=5, concerns__headroom=1.0)
    rules = Detection(state)
    case = int(state.concerns.first_of_day[5])
    family = state.concerns.family[case]
    state.concerns.chances[Chance.OCCURS][case] = 0.0
    state.need.baseline[family] = 1.5
    state.concerns.severity[case] = 0.4
    rules.today()
    assert state.cases.level[case] == pytest.approx(1.9)
    assert state.cases.trouble[family] == -1
    state.concerns.severity[case] = 0.6
    rules.today()
    assert state.cases.level[case] == pytest.approx(2.5)
    assert state.cases.trouble[family] == 5


def test_a_family_heard_of_within_the_year_is_seen_more():
    state = state_on(day=5, noticing__repeat_visibility=2.0, noticing__visibility=0.25, noticing__visibility_slope=0.0,
                     noticing__by_kind=TWO_SOURCES, noticing__stigma=0.0, noticing__authority_mix={})  # fmt: skip
    rules = Detection(state)
    case = np.array([state.concerns.first_of_day[5]])
    family = state.concerns.family[case]
    state.concerns.kind[case], state.concerns.child_age[case] = NEGLECT, 8.0
    chance = 1 - math.exp(-1.0)
    state.concerns.chances[Chance.NOTICED][case] = 1.5 * chance
    level = np.array([2.0])
    state.cases.heard[family] = 5 - 253
    assert rules._who_notices(case, family, level)[0] >= 0
    state.cases.heard[family] = 5 - 254
    assert rules._who_notices(case, family, level)[0] == -1


def test_tiers_begin_at_their_whole_numbers():
    assert tier(np.array([1.0, 1.99, 2.0, 2.99, 3.0, 4.0, 7.0])).tolist() == [1, 1, 2, 2, 3, 4, 4]


def test_errors_of_judgement_are_logistic_with_standard_deviation_one():
    u = np.array([0.5, math.e / (1 + math.e), 1 / (1 + math.e)])
    assert logistic_noise(u) == pytest.approx([0.0, math.sqrt(3) / math.pi, -math.sqrt(3) / math.pi])
    assert logistic_one(u[1]) == pytest.approx(math.sqrt(3) / math.pi)
    grid = (np.arange(100_000) + 0.5) / 100_000
    assert logistic_noise(grid).std() == pytest.approx(1.0, abs=0.01)
    assert np.abs(logistic_noise(np.array([0.0, 1.0]))).max() == pytest.approx(4.0, abs=0.05)
