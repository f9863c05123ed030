"""Worked examples of programmes and their workers (MODEL S1-S6, L0-L3, R1-R3): expected values are computed by hand."""

import datetime as dt
import math

import numpy as np
import pytest

from helpers import post
from referral_sim.agents.programme import Advice, Concern
from referral_sim.records.casebook import SOURCE_CODE, SSLP
from referral_sim.records.hours import Agency, Work
from referral_sim.records.stages import Outcome, Stage
from referral_sim.scenario.fields import ConcernKind, Source
from referral_sim.scenario.programmes import CollaborationPart
from referral_sim.world.signs import DAY_CARE
from referral_sim.world.streams import Chance
from referral_sim.world.troubles import KINDS
from worked import cases_of, in_trouble, model_on, no_trouble, outcomes, rows

U_AT_ONE = math.e / (1.0 + math.e)  # a uniform number whose logistic deviate is 0.5513 standard deviations
DEVIATE = 0.5513288954217921
NEGLECT = KINDS.index(ConcernKind.NEGLECT)
HEALTH_VISITOR = SOURCE_CODE[Source.HEALTH_VISITOR]
DECIDES = {"practice__consult_band": 0.0, "practice__informal_first": 0.0}
NOBODY_TO_ASK = {"collaboration__informal_links": 0.0}


def hill_on(day=5, **values):
    """The model, the programme Hill and its first worker, whose beliefs are set: trust 0.5, threshold 3.0."""
    model = model_on(day, **values)
    hill = model.programmes[0]
    for worker in hill.workers:
        model.state.posts.filled[worker.post] = True
        worker.trust, worker.believed_threshold = 0.5, 3.0
        model.state.workers.training[worker.post] = 0.5
    return model, hill, hill.workers[0]


def in_area(model, number=1, **chances):
    """Cases of families who use Hill; chances by name."""
    cases = cases_of(model.state, number, area=0, youngest_below=4.0)
    model.state.cases.user[model.state.cases.family[cases]] = True
    for name, value in chances.items():
        model.state.signs.chances[Chance[name.upper()]][cases] = value
    return cases


def concern(case, level=3.5, perceived=None, **known):
    values = {"day_care": False, "advised": False, "adviser": None, "known_open": False, "assessed": False}
    return Concern(case=int(case), level=level, perceived=level if perceived is None else perceived, **(values | known))


# -- noticing (S2, S7) ---------------------------------------------------------------------------------------------


def test_a_programme_notices_more_of_what_is_grave_and_never_quite_all():
    model, hill, _ = hill_on(practice__detection_slope=0.5)
    (case,) = in_area(model)
    model.state.programmes.notices[hill.index] = 0.4
    seen = model.state.signs.chances[Chance.SSLP_NOTICES]
    hill.consider = lambda case: None
    # 0.4 at need 3; 0.4 exp(0.5) = 0.6595 at 4, 0.2426 at 2; at need 5 it would be 1.09, and 0.98 is the most.
    for level, below, above in ((3.0, 0.399, 0.401), (4.0, 0.659, 0.660), (2.0, 0.242, 0.243), (5.0, 0.979, 0.981)):
        for value, expected in ((below, True), (above, False)):
            seen[case] = value
            one = np.array([case])
            assert model.exchange.noticed(one, np.array([level]), np.array([True])).tolist() == [expected]


def test_what_a_programme_notices_follows_its_hours_for_each_family():
    model, hill, _ = hill_on(practice__detection=0.8, practice__contact_hours=20.0, practice__hours_to_notice=0.5,
                             practice__training_notices=0.5)  # fmt: skip
    state = model.state
    state.cases.user[hill.homes] = False
    youngest, _ = state.families.ages(hill.homes, state.offset)
    state.cases.user[hill.homes[youngest < 4.0][:40]] = True
    state.cases.user[hill.homes[youngest >= 5.0]] = True  # they have no child young enough
    hill.staff_changed()
    # 3 workers x 20 hours for 40 families are 1.5 hours for each: 0.8 (1 - exp(-1.5 / 0.5)) = 0.7602.
    assert state.programmes.notices[hill.index] == pytest.approx(0.8 * (1 - math.exp(-3.0)))
    state.posts.filled[hill.workers[0].post] = False
    hill.staff_changed()
    assert state.programmes.notices[hill.index] == pytest.approx(0.8 * (1 - math.exp(-2.0))), "a worker less"
    # A month of 4.348 weeks: 87 hours of other work leave 40 - 20 = 20 hours a week, half an hour for each.
    hill.spends(Work.PACKAGE, 20.0 * 365.25 / 7.0 / 12.0)
    hill.staff_changed()
    assert state.programmes.notices[hill.index] == pytest.approx(0.8 * (1 - math.exp(-1.0)))


def test_what_a_programme_notices_follows_the_training_of_who_is_in_post():
    model, hill, _ = hill_on(practice__detection=0.8, practice__contact_hours=40.0, practice__hours_to_notice=0.01,
                             practice__training_notices=0.5)  # fmt: skip
    training = model.state.workers.training
    posts = [worker.post for worker in hill.workers]
    # Hours without end: 0.8, and half as much again with full training, half less with none.
    for each, expected in (
        ((0.5, 0.5, 0.5), 0.8),
        ((1.0, 1.0, 1.0), 1.2),
        ((0.0, 0.0, 0.0), 0.4),
        ((1.0, 0.5, 0.0), 0.8),
    ):
        training[posts] = each
        hill.staff_changed()
        assert model.state.programmes.notices[hill.index] == pytest.approx(expected)
    training[posts] = [1.0, 0.0, 0.0]
    model.state.posts.filled[posts[1:]] = False
    hill.staff_changed()
    assert model.state.programmes.notices[hill.index] == pytest.approx(1.2), "who is gone does not count"


def test_nobody_in_post_notices_nothing():
    model, hill, _ = hill_on(practice__detection=1.0)
    cases = in_area(model, 1, sslp_notices=0.0)
    model.state.posts.filled[[worker.post for worker in hill.workers]] = False
    hill.staff_changed()
    assert model.state.programmes.notices[hill.index] == 0.0
    assert not model.exchange.noticed(cases, np.array([4.0]), np.array([True])).any()


def test_the_day_on_which_the_last_worker_goes_is_the_last_on_which_a_programme_notices():
    model, hill, _ = hill_on(practice__detection=1.0, workforce__turnover=0.0)
    posts = [worker.post for worker in hill.workers]
    assert model.state.programmes.notices[hill.index] > 0.0
    model.state.posts._limit[posts] = 0.0  # whoever holds the posts leaves today
    model.state.posts._chances[posts] = 0.999999  # and nobody comes for a long time
    model.staff.begin_day()
    assert not hill.staff
    assert model.state.programmes.notices[hill.index] == 0.0


def test_only_users_young_enough_in_an_area_are_seen_by_the_programme():
    model, *_ = hill_on(practice__detection=1.0, **NOBODY_TO_ASK)
    cases = in_area(model, 4, sslp_notices=0.0)
    state = model.state
    state.cases.level[cases] = 3.0
    state.cases.user[state.cases.family[cases[1]]] = False
    state.signs.youngest[cases] = [1.0, 1.0, 5.0, 1.0]
    may = np.array([True, True, True, False])
    assert model.exchange.noticed(cases, np.full(4, 3.0), may).tolist() == [True, False, False, False]


# -- making up one's mind (S2, L0-L3) ----------------------------------------------------------------------------


def test_full_training_halves_the_error_of_judgement():
    model, _, worker = hill_on(practice__judgement_noise=0.6, **DECIDES)
    (case,) = in_area(model, sslp_judgement=U_AT_ONE)
    model.state.cases.level[case] = 4.0
    for training, share in ((0.0, 1.0), (0.5, 0.75), (1.0, 0.5)):
        model.state.workers.training[worker.post] = training
        assert worker.looks_into(case).perceived == pytest.approx(4.0 + share * 0.6 * DEVIATE, abs=1e-6)


def test_who_is_near_the_threshold_takes_it_to_the_weekly_meeting():
    model, _, worker = hill_on(
        practice__judgement_noise=0.6, practice__consult_band=0.5, practice__meeting_gain=0.3, **NOBODY_TO_ASK
    )
    (case,) = in_area(model, sslp_judgement=U_AT_ONE)
    noise = 0.75 * 0.6 * DEVIATE
    model.state.cases.level[case] = 3.0
    assert worker.looks_into(case).perceived == pytest.approx(3.0 + 0.7 * noise, abs=1e-6)
    model.state.cases.level[case] = 3.5
    assert worker.looks_into(case).perceived == pytest.approx(3.5 + noise, abs=1e-6), "too far from it to ask"


def test_an_adviser_gives_their_own_reading_trust_and_the_threshold():
    practice = {"availability": 1.0, "judgement_noise": 0.2, "threshold_knowledge": 0.9, "trust_gain": 0.1}
    model, _, worker = hill_on(
        liaison={"Out": post(programmes=["Hill"])},
        collaboration__practices__outposted_social_worker__availability=practice["availability"],
        collaboration__practices__outposted_social_worker__judgement_noise=practice["judgement_noise"],
        collaboration__practices__outposted_social_worker__threshold_knowledge=practice["threshold_knowledge"],
        collaboration__practices__outposted_social_worker__trust_gain=practice["trust_gain"],
        practice__consult_band=3.0,
        front_door__threshold=3.0,
    )
    state = model.state
    state.posts.filled[model.liaison[0].post] = True
    state.teams.applied_threshold[:] = 3.0
    worker.believed_threshold = 2.0
    (case,) = in_area(model, consults=0.5, advice=U_AT_ONE)
    state.cases.level[case] = 2.5
    found = worker.looks_into(case)
    assert found.advised
    assert found.perceived == pytest.approx(2.5 + 0.2 * DEVIATE, abs=1e-6)
    assert worker.trust == pytest.approx(0.5 + 0.1 * 0.5)
    assert worker.believed_threshold == pytest.approx(2.0 + 0.9 * 1.0)
    # 2.61 lies below the threshold as the worker knows it now, 2.9.
    assert rows(state, Stage.CONSULTATION) == [(case, "ADVISED_TO_SUPPORT", 2.5, -1)]


def test_half_a_post_for_one_programme_is_found_at_its_availability_and_two_programmes_share_it():
    posts = {"One": post(programmes=["Hill"], time=0.5), "Two": post(programmes=["Hill", "Dale"], time=0.5)}
    model, *_ = hill_on(liaison=posts, collaboration__practices__outposted_social_worker__availability=0.84)
    one, two = model.liaison
    assert one.availability == pytest.approx(0.84)
    assert two.availability == pytest.approx(1.0 - 0.16**0.5)  # 0.6


def test_a_second_post_is_asked_with_what_the_first_left_of_the_chance():
    posts = {"One": post(programmes=["Hill"], time=0.5), "Two": post("link_worker", programmes=["Hill"], time=0.5)}
    model, hill, worker = hill_on(
        liaison=posts,
        collaboration__practices__outposted_social_worker__availability=0.6,
        collaboration__practices__link_worker__availability=0.5,
        collaboration__practices__outposted_social_worker__judgement_noise=0.1,
        collaboration__practices__link_worker__judgement_noise=0.2,
        **NOBODY_TO_ASK,
    )
    model.state.posts.filled[[model.liaison[0].post, model.liaison[1].post]] = True
    (case,) = in_area(model)
    u = model.state.signs.chances[Chance.CONSULTS]
    # 0.6 for the first; of the 0.4 that is left, half for the second: up to 0.8.
    first, second = (0.1, model.liaison[0]), (0.2, model.liaison[1])
    for value, error in ((0.59, first), (0.61, second), (0.79, second), (0.81, None)):
        u[case] = value
        advice = hill.consult(worker, case)
        assert (advice and (advice.noise, advice.by)) == error


def test_acquaintance_is_found_as_often_as_trust_allows():
    model, hill, worker = hill_on(collaboration__informal_links=0.4, collaboration__informal_noise=0.35)
    (case,) = in_area(model)
    u = model.state.signs.chances[Chance.CONSULTS]
    # 0.4 x 0.6 x 2 = 0.48
    for value, expected in ((0.479, Advice(0.35, None)), (0.481, None)):
        worker.trust, u[case] = 0.6, value
        assert hill.consult(worker, case) == expected


def test_acquaintance_thins_out_with_the_size_of_the_patch():
    values = {"collaboration__informal_links": 0.1, "population__children": 90_000, "trouble__rate": 0.01}
    model, hill, worker = hill_on(**values, collaboration__nearness=0.5)
    # North's patch is two thirds of 90,000 children, 60,000: (60,000 / 25,000)^-0.5 = 0.6455, so 0.1 x 2 x 0.5 of it.
    assert model.state.programmes.nearness[0] == pytest.approx((60 / 25) ** -0.5)
    (case,) = in_area(model)
    u = model.state.signs.chances[Chance.CONSULTS]
    for value, found in ((0.0645, True), (0.0646, False)):
        worker.trust, u[case] = 0.5, value
        assert (hill.consult(worker, case) is not None) == found


# -- deciding (S3) -----------------------------------------------------------------------------------------------


def test_below_the_believed_threshold_the_programme_supports():
    model, _, worker = hill_on(practice__informal_first=0.0)
    (case,) = in_area(model, shares=0.0)
    assert worker.decide(concern(case, 2.99)) == Outcome.SUPPORTED
    assert worker.decide(concern(case, 3.0)) == Outcome.REFERRED


def test_sharing_asks_for_trust_unless_somebody_advised():
    model, _, worker = hill_on(practice__sharing=0.7, practice__informal_share=0.4, practice__informal_first=0.0)
    (case,) = in_area(model, tells=0.39)
    u = model.state.signs.chances[Chance.SHARES]
    # 0.7 x trust 0.5 = 0.35 without advice, 0.7 with it.
    for value, advised, expected in (
        (0.34, False, Outcome.REFERRED),
        (0.36, False, Outcome.TOLD_INFORMALLY),
        (0.69, True, Outcome.REFERRED),
        (0.71, True, Outcome.TOLD_INFORMALLY),
    ):
        u[case] = value
        assert worker.decide(concern(case, advised=advised)) == expected


def test_what_is_not_shared_is_told_without_a_record_or_held_back():
    model, _, worker = hill_on(practice__sharing=0.0, practice__informal_share=0.4)
    (case,) = in_area(model, shares=0.5)
    for value, expected in ((0.39, Outcome.TOLD_INFORMALLY), (0.41, Outcome.HELD_BACK)):
        model.state.signs.chances[Chance.TELLS][case] = value
        assert worker.decide(concern(case)) == expected


def test_shared_information_fills_up_what_is_missing_of_willingness():
    model, hill, worker = hill_on(practice__sharing=0.6, practice__informal_first=0.0)
    model.state.parts.sharing[hill.index] = 0.5
    (case,) = in_area(model)
    # (0.6 + 0.5 x 0.4) x 0.5 = 0.4
    for value, expected in ((0.39, True), (0.41, False)):
        model.state.signs.chances[Chance.SHARES][case] = value
        assert (worker.decide(concern(case)) == Outcome.REFERRED) == expected


def test_a_request_for_day_care_is_passed_on_only_where_the_front_door_decides_it():
    for gateway, u, expected in (
        (True, 0.29, Outcome.REFERRED), (True, 0.31, Outcome.SUPPORTED), (False, 0.0, Outcome.SUPPORTED),
    ):  # fmt: skip
        model, _, worker = hill_on(front_door__day_care_gateway=gateway, practice__day_care_referral=0.3)
        (case,) = in_area(model, shares=u)
        model.state.signs.kind[case] = DAY_CARE
        assert worker.decide(concern(case, 1.0, day_care=True)) == expected


def test_a_known_open_case_is_told_whatever_its_need():
    model, _, worker = hill_on()
    (case,) = in_area(model)
    assert worker.decide(concern(case, 1.2, known_open=True)) == Outcome.TOLD_OPEN_CASE


def test_who_would_refer_has_a_quiet_word_first_as_far_as_they_trust():
    model, _, worker = hill_on(practice__informal_first=0.4, practice__informal_share=0.9, practice__sharing=1.0)
    (case,) = in_area(model, shares=0.0)
    # 0.4 x trust 0.5 = 0.2 tell informally what they would refer.
    for value, trust, expected in (
        (0.19, 0.5, Outcome.TOLD_INFORMALLY), (0.21, 0.5, Outcome.REFERRED), (0.0, 0.0001, Outcome.TOLD_INFORMALLY),
        (0.39, 1.0, Outcome.TOLD_INFORMALLY), (0.41, 1.0, Outcome.REFERRED),
    ):  # fmt: skip
        worker.trust = trust
        model.state.signs.chances[Chance.TELLS][case] = value
        assert worker.decide(concern(case)) == expected
    assert worker.decide(concern(case, 2.9)) == Outcome.SUPPORTED, "below the threshold there is nothing to tell"


def test_which_worker_saw_it_is_drawn_among_the_posts_and_falls_on_one_in_post():
    model, hill, _ = hill_on(**DECIDES)
    seen = []
    for worker in hill.workers:
        worker.looks_into = lambda case, worker=worker: seen.append(worker) or concern(case, 1.0)
    cases = in_area(model, 3, sslp_worker=[0.0, 0.34, 0.99])
    for case in cases.tolist():
        hill.consider(case)
    assert seen == hill.workers  # three posts, a third of the numbers each
    model.state.posts.filled[hill.workers[0].post] = False
    seen.clear()
    hill.consider(int(cases[2]))
    assert seen == [hill.workers[1]], "place 2 of 3 posts, counted round among the two in post"


# -- carrying out (S3, S4) ---------------------------------------------------------------------------------------


def test_a_package_takes_up_room_for_its_days_and_tries_to_turn_trouble_every_month():
    model, hill, worker = hill_on(
        programmes__Hill__packages_per_worker=1, practice__package_days=120, practice__package_effect=0.5,
        programmes__Hill__services=("parenting",), help__works=0.5, help__hardness=0.6,
    )  # fmt: skip
    state = model.state
    cases = in_area(model, 4)
    # Parenting meets neglect by 0.8: 0.5 x 0.8 x 0.5 x exp(-0.6 x 0.5) = 0.1482 at need 2.5.
    trouble = in_trouble(state, cases, *[1.5] * 4, resists=[0.147, 0.149, 0.0, 0.0], kind=NEGLECT)
    found = [hill.carry_out(worker, concern(case, 2.5), Outcome.SUPPORTED).name for case in cases.tolist()]
    assert hill.capacity == 3
    assert found == ["SUPPORTED", "SUPPORTED", "SUPPORTED", "NO_CAPACITY"]
    assert hill.packages == 3
    assert list(outcomes(state, Stage.PROGRAMME_CONCERN).values()) == found
    assert np.isinf(state.troubles.turned[trouble]).all()
    hill.works_on_packages()
    assert state.troubles.turned[trouble].tolist() == [state.offset, np.inf, state.offset, np.inf]
    assert state.hours.used(0, 1)[Agency.PROGRAMMES, Work.PACKAGE] == 3 * 6.0
    family = state.cases.family[cases]
    # Offset 7 and 120 days is Wednesday 8 June 2005, the last day of the package.
    assert state.cases.has_package(family, 127.0).tolist() == [True, True, True, False]
    assert not state.cases.has_package(family, 128.0).any()
    assert state.cases.package_from[family].tolist() == [0, 0, 0, -1]
    again = hill.carry_out(worker, concern(cases[1], 2.5), Outcome.SUPPORTED)
    assert again == Outcome.SUPPORTED
    assert hill.packages == 3, "a family with a package has its package"
    assert state.troubles.tries[trouble].tolist() == [1, 1, 1, 0]
    state.posts.filled[worker.post] = False
    assert hill.capacity == 2, "an empty post carries none"


def test_a_family_may_refuse_a_package_and_takes_no_room():
    model, hill, worker = hill_on(families__refusal=0.5)
    # 1 - 0.5 x 0.4 = 0.8, and an offer of a package reads the second number: 0.79 and 0.81 less 0.618.
    cases = in_area(model, 2, accepts=[0.171, 0.191])
    model.state.wariness.own[model.state.cases.family[cases]] = 0.4
    found = [hill.carry_out(worker, concern(case, 2.5), Outcome.SUPPORTED).name for case in cases.tolist()]
    assert found == ["SUPPORTED", "REFUSED"]
    assert hill.packages == 1
    assert model.state.cases.package_until[model.state.cases.family[cases[1]]] == -1


def on_package(model, hill, cases):
    for case in cases.tolist():
        assert hill.support(case) == Outcome.SUPPORTED


def test_a_package_that_ends_makes_room_and_what_it_turned_may_come_back():
    model, hill, _ = hill_on(practice__package_days=14, help__relapse=1.0, trouble__recovery_half_life=14.0,
                             help__works=1.0, help__hardness=0.0, practice__package_effect=5.0)  # fmt: skip
    state = model.state
    cases = in_area(model, 2)
    # Half of what was turned is left when 14 days are over: half of the troubles come back.
    trouble = in_trouble(state, cases, 2.0, 2.0, kind=NEGLECT)
    on_package(model, hill, cases)
    hill.works_on_packages()
    assert state.troubles.turned[trouble].tolist() == [7.0, 7.0]
    state.troubles.tries[trouble] = 0
    state.troubles.returns[trouble] = [0.499, 0.501]
    while state.offset < 21.0:
        state.begin_day()
    model._packages_end(state.due("package_ends"))
    assert hill.packages == 0
    family = state.cases.family[cases]
    assert state.cases.package_from[family].tolist() == [-1, -1]
    assert state.troubles.turned[trouble].tolist() == [np.inf, 7.0]
    assert state.troubles.level(family, 21.0) == pytest.approx([2.0, 2.0])
    assert state.troubles.level(family, 35.0) == pytest.approx([2.0, 1.5])


def test_a_package_does_not_end_while_it_runs_and_an_older_ones_day_does_not_end_it():
    model, hill, _ = hill_on()
    cases = in_area(model, 1)
    on_package(model, hill, cases)
    model._packages_end(model.state.cases.family[cases])
    assert hill.packages == 1
    model._packages_end(model.state.cases.family[cases[[0, 0]]])
    assert hill.packages == 1


def test_a_family_that_stands_twice_on_a_days_agenda_gives_one_place_back():
    model, hill, _ = hill_on()
    cases = in_area(model, 2)
    on_package(model, hill, cases)
    family = model.state.cases.family[cases]
    model.state.cases.package_until[family[0]] = int(model.state.offset)
    model._packages_end(family[[0, 0]])
    assert hill.packages == 1


def test_who_leaves_the_authority_gives_its_place_back():
    model, hill, _ = hill_on(help__relapse=0.0)
    cases = in_area(model, 2)
    on_package(model, hill, cases)
    family = model.state.cases.family[cases]
    model.state.families.leaves[family[0]] = model.state.offset
    model._packages_end(family)
    assert hill.packages == 1
    assert model.state.cases.package_from[family].tolist() == [-1, 0]


def test_a_package_that_follows_another_takes_no_second_place():
    model, hill, _ = hill_on(practice__package_days=14, workforce__turnover=0.0, trouble__rate=0.0001,
                             day_care__requests=0.0)  # fmt: skip
    state = model.state
    family = int(hill.homes[0])
    hill.packages += 1
    state.begin_package(family, 14, hill.index)
    again = []

    def wants_another(level, cases, may):
        del level, may
        if not state.cases.has_package(np.array([family]), state.offset)[0] and not again:
            again.append(state.offset)
            hill.packages += 1
            state.begin_package(family, 14, hill.index)
        return np.zeros(len(cases), dtype=bool)

    model.exchange.noticed = wants_another
    while not again:
        model.step()
    assert again == [22.0], "the day after the older one's last"
    assert hill.packages == 1


def test_wary_families_withdraw_from_their_packages_before_the_end():
    model, hill, _ = hill_on(families__withdrawal=2.0, families__refusal=0.0, help__relapse=0.0)
    state = model.state
    cases = in_area(model, 3)
    on_package(model, hill, cases)
    family = state.cases.family[cases]
    state.wariness.own[family] = [0.6, 0.6, 0.0]
    # A month at 2.0 x 0.6 a year: exp(-1.2 x 30.4375 / 365.25) = exp(-0.1) = 0.9048 stay; day 5 is in the first month.
    state.families.withdrawal[family] = [0.904, 0.906, 0.999]
    state.families.outreach[family] = [0.999, 0.0, 0.0]  # who is brought in first decides nothing on who leaves
    model._month_passes()
    assert state.cases.package_from[family].tolist() == [0, -1, 0]
    assert hill.packages == 2


def test_what_is_referred_or_told_comes_to_social_services_with_its_worker():
    model, hill, worker = hill_on()
    cases = in_area(model, 2)
    hill.carry_out(worker, concern(cases[0]), Outcome.REFERRED)
    hill.carry_out(worker, concern(cases[1]), Outcome.TOLD_INFORMALLY)
    book = model.state.cases
    assert model.state.take_arrivals().tolist() == cases.tolist()
    assert book.source[cases].tolist() == [SSLP, SSLP]
    assert book.partial[cases].tolist() == [False, True]
    assert book.worker[cases].tolist() == [worker.post] * 2
    assert book.carried[cases].tolist() == [False, False]


def test_a_post_that_carries_brings_formal_referrals_in_person():
    model, hill, worker = hill_on(liaison={"Out": post(programmes=["Hill"])})
    model.state.posts.filled[model.liaison[0].post] = True
    cases = in_area(model, 2)
    hill.carry_out(worker, concern(cases[0]), Outcome.REFERRED)
    hill.carry_out(worker, concern(cases[1]), Outcome.TOLD_INFORMALLY)
    assert model.state.cases.carried[cases].tolist() == [True, False]


def test_who_advised_carries_the_referral_if_that_post_does_such_a_thing():
    posts = {"Out": post(programmes=["Hill"]), "Link": post("link_worker", programmes=["Hill"])}
    model, hill, worker = hill_on(liaison=posts)
    out, link = model.liaison
    filled = model.state.posts.filled
    cases = in_area(model, 4)
    for case, adviser, out_is_there, carried in zip(
        cases.tolist(), (link, out, None, out), (True, True, True, False), (False, True, True, False), strict=True
    ):
        filled[[out.post, link.post]] = [out_is_there, True]
        hill.carry_out(worker, concern(case, adviser=adviser, advised=adviser is not None), Outcome.REFERRED)
        assert model.state.cases.carried[case] == carried


def test_the_advice_on_a_concern_names_its_own_adviser_whatever_was_asked_before():
    model, _, worker = hill_on(
        liaison={"Out": post(programmes=["Hill"])}, practice__consult_band=3.0,
        collaboration__practices__outposted_social_worker__availability=0.5, **NOBODY_TO_ASK,
    )  # fmt: skip
    model.state.posts.filled[model.liaison[0].post] = True
    cases = in_area(model, 3, consults=[0.4, 0.6, 0.4])
    model.state.cases.level[cases] = 3.0
    found = [worker.looks_into(case) for case in cases.tolist()]
    assert [one.adviser for one in found] == [model.liaison[0], None, model.liaison[0]]
    assert [one.advised for one in found] == [True, False, True]


def test_what_is_held_back_waits_for_another_sign():
    model, hill, worker = hill_on()
    (case,) = in_area(model)
    assert hill.carry_out(worker, concern(case), Outcome.HELD_BACK) == Outcome.HELD_BACK
    assert outcomes(model.state, Stage.PROGRAMME_CONCERN) == {case: "HELD_BACK"}
    assert not len(model.state.take_arrivals())
    assert not [business for business, cases in model.state.agenda.contents() if case in cases]


# -- answers (L8, R1, R2) ----------------------------------------------------------------------------------------


def test_an_answer_moves_trust_and_closes_a_part_of_the_gap():
    model, _, worker = hill_on(
        relationships__accepted=0.06, relationships__refused=0.12, relationships__gap_learning=0.2,
        relationships__delay=0.03, relationships__colleagues=0.0,
    )  # fmt: skip
    model.state.teams.applied_threshold[:] = 3.5
    worker.hears(True, 5)
    assert worker.trust == pytest.approx(0.5 + 0.06 * 0.5)
    assert worker.believed_threshold == pytest.approx(3.0 + 0.2 * 0.5)
    worker.trust = 0.5
    worker.hears(False, 5)
    assert worker.trust == pytest.approx(0.5 - 0.12 * 0.5)
    worker.trust = 0.5
    worker.hears(True, 6)
    assert worker.trust == pytest.approx(0.53 * (1.0 - 0.03)), "more than a week costs trust"


def test_silence_costs_trust_and_teaches_nothing():
    model, _, worker = hill_on(relationships__silence=0.04, relationships__colleagues=0.0)
    model.state.teams.applied_threshold[:] = 3.5
    worker.hears_nothing()
    assert worker.trust == pytest.approx(0.48)
    assert worker.believed_threshold == 3.0


def test_colleagues_take_their_share_of_what_a_worker_learns():
    model, hill, worker = hill_on(relationships__accepted=0.1, relationships__colleagues=0.4,
                                  relationships__gap_learning=0.2)  # fmt: skip
    model.state.teams.applied_threshold[:] = 3.5
    worker.hears(True, 1)
    assert [w.trust for w in hill.workers] == pytest.approx([0.55, 0.52, 0.52])
    assert [w.believed_threshold for w in hill.workers] == pytest.approx([3.1, 3.04, 3.04])


def test_whether_a_worker_hears_combines_being_told_and_seeing_for_oneself():
    model, hill, worker = hill_on(
        collaboration__feedback=0.3, relationships__sees_acceptance=0.6, relationships__colleagues=0.0,
        relationships__accepted=0.1, relationships__refused=0.1, relationships__silence=0.2,
    )  # fmt: skip
    (case,) = in_area(model)
    model.state.cases.contact_day[case] = 5
    u = model.state.signs.chances[Chance.FEEDBACK]
    # Accepted: 1 - 0.7 x 0.4 = 0.72. Refused: only by being told, 0.3.
    for value, accepted, trust in ((0.71, True, 0.55), (0.73, True, 0.4), (0.29, False, 0.45), (0.31, False, 0.4)):
        worker.trust, u[case] = 0.5, value
        hill.hears_of(case, worker, accepted)
        assert worker.trust == pytest.approx(trust)


def test_a_joint_visit_brings_both_sides_together():
    model, hill, worker = hill_on(relationships__joint_visit=0.1, relationships__accepted=0.0,
                                  relationships__refused=0.0, relationships__silence=0.0,
                                  relationships__delay=0.0)  # fmt: skip
    (case,) = in_area(model, joint_visit=0.19)
    hill.team_trust = 0.4
    model.state.parts.joint_visits[hill.index] = 0.2
    hill.hears_of(case, worker, False)
    assert rows(model.state, Stage.JOINT_VISIT) == []
    hill.hears_of(case, worker, True)
    assert [row[0] for row in rows(model.state, Stage.JOINT_VISIT)] == [case]
    assert (worker.trust, hill.team_trust) == (pytest.approx(0.55), pytest.approx(0.46))


def test_a_word_without_a_record_gets_no_answer():
    model, _, worker = hill_on(relationships__silence=0.2)
    (case,) = in_area(model)
    model.state.cases.source[case], model.state.cases.worker[case] = SSLP, worker.post
    model.state.cases.partial[case] = True
    model.exchange.answer(np.array([case]), np.array([True]))
    assert worker.trust == 0.5


def test_a_teams_trust_follows_what_its_referrals_turn_out_to_be():
    model, hill, worker = hill_on(relationships__team_right=0.03, relationships__team_wrong=0.05)
    cases = in_area(model, 2)
    model.state.cases.source[cases] = [SSLP, HEALTH_VISITOR]
    model.state.cases.worker[cases[0]] = worker.post
    hill.team_trust = 0.5
    model.exchange.judge(cases, np.array([True, True]))
    assert hill.team_trust == pytest.approx(0.515)
    hill.team_trust = 0.5
    model.exchange.judge(cases, np.array([False, False]))
    assert hill.team_trust == pytest.approx(0.475)


def test_each_month_impressions_fade_towards_the_organisations_level():
    _, hill, worker = hill_on(relationships__forgetting=0.05, practice__trust=0.7,
                                  front_door__trust_in_programmes=0.6)  # fmt: skip
    hill.team_trust = 0.4
    hill.month_passes()
    assert worker.trust == pytest.approx(0.5 + 0.05 * 0.2)
    assert hill.team_trust == pytest.approx(0.4 + 0.05 * 0.2)
    assert hill.mutual_trust == pytest.approx((0.51 + 0.41) / 2)


def test_a_part_that_teaches_closes_its_share_of_the_gap_and_trains_each_month():
    model, hill, worker = hill_on(relationships__forgetting=0.0)
    model.state.teams.applied_threshold[:] = 4.0
    model.state.parts.knowledge[hill.index] = 0.25
    model.state.parts.learning[hill.index] = 0.1
    hill.month_passes()
    assert worker.believed_threshold == pytest.approx(3.25)
    assert worker.training == pytest.approx(0.55)


# -- referrals from social services (A9, S5) ---------------------------------------------------------------------


def test_the_chance_of_a_referral_on_follows_trust_posts_and_parts():
    model, hill, _ = hill_on(liaison={"Out": post(programmes=["Hill"])}, collaboration__knows_programmes=0.1,
                             collaboration__practices__outposted_social_worker__onward=2.0)  # fmt: skip
    model.state.posts.filled[model.liaison[0].post] = True
    hill.team_trust = 0.7
    model.state.parts.onward[hill.index] = 1.5
    assert hill.onward_chance() == pytest.approx(0.1 * 2.0 * 1.2 * 1.5)
    model.state.posts.filled[model.liaison[0].post] = False
    assert hill.onward_chance() == pytest.approx(0.1 * 1.2 * 1.5)


def test_a_family_that_is_taken_along_comes_more_often_and_then_uses_the_programme():
    model, *_ = hill_on(
        liaison={"Out": post(programmes=["Hill"])}, practice__take_up=0.5, practice__take_up_accompanied=0.8,
        collaboration__practices__outposted_social_worker__accompanies=0.7,
    )  # fmt: skip
    model.state.posts.filled[model.liaison[0].post] = True
    cases = in_area(model, 4, accompanied=[0.69, 0.69, 0.71, 0.71], take_up=[0.79, 0.81, 0.49, 0.51])
    state = model.state
    state.cases.user[state.cases.family[cases]] = False
    model.exchange.send_on(cases)
    assert list(outcomes(state, Stage.REFERRAL_TO_PROGRAMME).values()) == [
        "ACCEPTED", "NOT_TAKEN_UP", "ACCEPTED", "NOT_TAKEN_UP",
    ]  # fmt: skip
    assert state.cases.user[state.cases.family[cases]].tolist() == [True, False, True, False]


def test_each_offer_on_a_case_has_a_number_of_its_own():
    model, *_ = hill_on(practice__take_up=0.5)
    cases = in_area(model, 1, take_up=0.6, accompanied=0.999)
    # 0.6 does not; 0.6 + 0.618 = 0.218 without its whole part does.
    for outcome in ("NOT_TAKEN_UP", "ACCEPTED"):
        model.exchange.send_on(cases)
        assert outcomes(model.state, Stage.REFERRAL_TO_PROGRAMME) == {cases[0]: outcome}
    assert model.state.cases.offered[cases].tolist() == [2]


# -- families (S1) -----------------------------------------------------------------------------------------------


def test_use_of_the_programme_is_logistic_in_lasting_need():
    model, hill, _ = hill_on(programmes__Hill__reach=0.5, programmes__Hill__reach_slope=1.0)
    chance = model.state.programmes.use_chance(hill.index, np.array([1.0, 2.0, 3.0]))
    assert chance == pytest.approx([0.5, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2))])
    homes = hill.homes
    model.state.families.use[homes] = 0.499
    model.state.families.baseline[homes] = 1.0
    assert len(hill.users_among(homes)) == len(homes)
    model.state.families.use[homes] = 0.501
    assert len(hill.users_among(homes)) == 0


def test_outreach_brings_in_families_in_need_in_their_order():
    model, hill, _ = hill_on()
    state, homes = model.state, hill.homes
    state.cases.user[homes] = True
    young = homes[state.families.ages(homes, state.offset)[0] < 4.0]
    away = young[:4]
    state.cases.user[away] = False
    state.families.outreach[away] = [0.4, 0.1, 0.3, 0.2]
    no_trouble(state, away)
    state.troubles.baseline[away] = [2.5, 1.9, 2.5, 2.5]
    before = len(state.brought_in)
    hill.reach_out(2)
    assert state.cases.user[away].tolist() == [False, False, True, True]
    assert state.brought_in[before:] == [(5, hill.index, 2)]


def test_who_was_brought_in_before_the_run_uses_the_programme_on_its_first_day():
    model, hill, _ = hill_on(practice__outreach=0.05, programmes__Hill__reach=0.0, practice__training=0.5)
    hours = sum(0.5 + worker.training for worker in hill.workers)
    (day, programme, number) = model.state.brought_in[0]
    assert (day, programme) == (-1, hill.index)
    # Three years of 0.05 families a worker a month, or all in need who have a young child.
    assert 0 < number <= round(36 * 0.05 * hours)


def test_packages_share_the_hours_that_there_are():
    model, hill, _ = hill_on(practice__contact_hours=1.0, hours__package_month=20.0, help__works=0.5,
                             help__hardness=0.0, programmes__Hill__services=("parenting",))  # fmt: skip
    state, cases = model.state, in_area(model, 2)
    # Three workers for an hour a week give 13.04 hours a month of the 40 that two packages ask for: 0.326 of each.
    share = 3 * 365.25 / 7 / 12 / 40
    chance = 0.5 * 0.8 * share
    trouble = in_trouble(state, cases, 1.5, 1.5, resists=[chance - 0.001, chance + 0.001], kind=NEGLECT)
    on_package(model, hill, cases)
    hill.works_on_packages()
    assert state.troubles.turned[trouble].tolist() == [state.offset, np.inf]
    assert state.hours.used(0, 1)[Agency.PROGRAMMES, Work.PACKAGE] == pytest.approx(40 * share)


def test_workers_bring_families_in_by_their_number_and_training_and_parts_of_families_add_up():
    model, hill, _ = hill_on(practice__outreach=0.25)
    training = model.state.workers.training
    posts = [worker.post for worker in hill.workers]
    training[posts] = [0.5, 1.0, 0.5]
    # 0.25 x (1.0 + 1.5 + 1.0) = 0.875 families a month: seven in eight months.
    assert [hill.own_outreach() for _ in range(8)] == [0, 1, 1, 1, 1, 1, 1, 1]
    model.state.posts.filled[posts[1:]] = False
    # 0.25 a month with one of them.
    assert [hill.own_outreach() for _ in range(4)] == [0, 0, 0, 1]


def test_a_part_deters_the_users_least_drawn_first_and_they_come_back_when_it_ends():
    model, hill, _ = hill_on(programmes__Hill__reach=0.8, programmes__Hill__reach_slope=0.0)
    state, homes = model.state, hill.homes[:3]
    state.families.use[homes] = [0.1, 0.7, 0.9]
    state.cases.user[homes] = [True, True, False]
    hill.deter(0.25)  # 0.8 x 0.75 = 0.6: who stands between 0.6 and 0.8 stays away
    assert state.cases.user[homes].tolist() == [True, False, False]
    hill.deter(0.0)
    assert state.cases.user[homes].tolist() == [True, True, False]


def test_a_slow_part_deters_as_far_as_it_has_grown_month_by_month():
    model, hill, _ = hill_on(
        programmes__Hill__reach=0.8, programmes__Hill__reach_slope=0.0, practice__outreach=0.0,
        collaboration__effects__co_location__deters=0.5,
        collaboration__effects__co_location__months=61 / 365.25 * 12,
    )  # fmt: skip
    state, homes = model.state, hill.homes[:3]
    state.families.use[homes] = [0.1, 0.7, 0.9]
    state.cases.user[homes] = [True, True, False]
    begun = state.calendar.start + dt.timedelta(days=int(state.offset) - 61)
    part = CollaborationPart(kind="co_location", start=begun)
    model.parts._parts = [(part, state.scenario.collaboration.effects[part.kind], [hill.index], (0, 1000))]
    model._month_passes()
    # Half of it is there after 61 days: 0.8 x (1 - 0.25) = 0.6.
    assert state.cases.user[homes].tolist() == [True, False, False]


def test_wary_families_keep_away_from_a_programme_that_they_would_use():
    model, hill, _ = hill_on(programmes__Hill__reach=0.8, programmes__Hill__reach_slope=0.0, families__avoidance=0.5)
    state, homes = model.state, hill.homes[:4]
    state.wariness.own[homes] = [0.5, 0.5, 0.0, 0.0]
    # 0.8 x (1 - 0.5 x 0.5) = 0.6
    state.families.use[homes] = [0.59, 0.61, 0.79, 0.81]
    assert hill.users_among(homes).tolist() == homes[[0, 2]].tolist()
