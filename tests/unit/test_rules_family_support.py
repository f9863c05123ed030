"""Worked examples of the teams after the front door and of hours (MODEL A10, K5): values computed by hand."""

import numpy as np
import pytest

from referral_sim.records.hours import Agency, Hours, Work
from referral_sim.scenario.fields import ConcernKind
from referral_sim.world.troubles import KINDS
from worked import cases_of, in_trouble, model_on

NEGLECT = KINDS.index(ConcernKind.NEGLECT)
LIMITED = {"workforce__unlimited": False, "family_support__handover_days": 14, "family_support__joint_gain": 0.0}


def on_plan(model, number, days=30, column="plan_case", **values):
    """Families of one team with a plan since some days, each with neglect of 2.0 tiers at need 3.0."""
    state, book = model.state, model.state.cases
    cases = cases_of(state, number)
    family = book.family[cases]
    state.families.locality[:] = 1
    state.families.locality[family] = 0
    getattr(book, column)[family] = cases
    day = state.calendar.day_of_offset(state.offset - days)
    assert state.calendar.offsets[day] == state.offset - days
    book.helped[family] = day
    return family, in_trouble(state, cases, *[2.0] * number, kind=NEGLECT, **values)


def test_a_months_work_on_a_plan_turns_trouble_by_its_effect():
    model = model_on(day=40, workforce__unlimited=True, plans__effect=0.5, help__works=0.5, help__hardness=0.6,
                     family_support__joint_gain=0.0, family_support__plan_hours=4.0)  # fmt: skip
    # Social work meets neglect by 0.8: 0.5 x 0.8 x 0.5 x exp(-0.6 x 1.0) = 0.1098 at need 3.0.
    _, trouble = on_plan(model, 2, days=35, resists=[0.109, 0.110])
    model.family_support[0].month_passes(*model.state.cases.with_plans())
    assert model.state.troubles.turned[trouble].tolist() == [model.state.offset, np.inf]
    used = model.state.hours.used(0, 12)
    assert used[Agency.FAMILY_SUPPORT, Work.PLAN] == 8.0
    assert (Agency.FAMILY_SUPPORT, Work.HANDOVER) not in used


def test_a_protection_plan_has_an_effect_and_hours_of_its_own():
    model = model_on(day=40, workforce__unlimited=True, protection__plan_effect=1.5, help__works=0.5,
                     help__hardness=0.6, family_support__joint_gain=0.0,
                     family_support__register_hours=12.0)  # fmt: skip
    # 0.5 x 0.8 x 1.5 x exp(-0.6 x 1.0) = 0.3293 at need 3.0.
    family, trouble = on_plan(model, 2, days=35, column="register_case", resists=[0.329, 0.330])
    model.state.cases.plan_case[family] = 0  # a plan beside the register is no second work
    model.family_support[0].month_passes(*model.state.cases.with_plans())
    assert model.state.troubles.turned[trouble].tolist() == [model.state.offset, np.inf]
    assert model.state.hours.used(0, 12) == {(Agency.FAMILY_SUPPORT, Work.REGISTRATION): 24.0}


def test_nobody_works_on_a_plan_before_it_is_handed_over():
    model = model_on(day=40, workforce__unlimited=True, family_support__handover_days=14, help__works=1.0,
                     help__hardness=0.0, plans__effect=2.0, family_support__handover_hours=3.0)  # fmt: skip
    _, trouble = on_plan(model, 1, days=14)
    model.family_support[0].month_passes(*model.state.cases.with_plans())
    assert np.isinf(model.state.troubles.turned[trouble]).all()
    assert model.state.hours.used(0, 12)[Agency.FAMILY_SUPPORT, Work.HANDOVER] == 3.0, "begun within the month"


def test_a_team_with_half_of_the_hours_helps_half_as_much():
    model = model_on(day=40, **LIMITED, plans__effect=0.5, help__works=0.5, help__hardness=0.6,
                     family_support__plan_hours=4.0)  # fmt: skip
    team = model.family_support[0]
    _, trouble = on_plan(model, 2, days=35, resists=[0.0548, 0.0550])
    team.hours_a_month = 4.0  # of the eight that two plans ask for: half of 0.1098
    team.month_passes(*model.state.cases.with_plans())
    assert team.attention == 0.5
    assert model.state.troubles.turned[trouble].tolist() == [model.state.offset, np.inf]
    assert model.state.hours.used(0, 12)[Agency.FAMILY_SUPPORT, Work.PLAN] == 4.0


def test_a_team_that_is_gone_helps_nobody():
    model = model_on(day=40, workforce__unlimited=True, plans__effect=5.0, help__works=1.0, help__hardness=0.0)
    _, trouble = on_plan(model, 1, days=35)
    model.family_support[0].remove()
    model.family_support[0].month_passes(*model.state.cases.with_plans())
    assert np.isinf(model.state.troubles.turned[trouble]).all()
    assert model.state.hours.used(0, 12) == {}


def test_hours_of_a_team_follow_its_posts_the_children_and_what_vacancies_leave():
    model = model_on(
        family_support__posts=10.0, workforce__hours_per_day=7.0, workforce__leave=0.2, workforce__recording=0.5,
        workforce__vacancy=0.25, workforce__agency=0.5, workforce__agency_work=0.8,
    )  # fmt: skip
    scenario = model.scenario
    share = [place.share for place in scenario.localities.values()]
    posts = 10.0 * scenario.population.children * share[0] / sum(share) / 10_000.0
    # 7 x 0.8 x 0.5 = 2.8 hours a day for 21 days; a quarter of the posts is empty, half of that covered at 0.8: 0.85.
    assert model.family_support[0].hours_a_month == pytest.approx(posts * 2.8 * 21 * 0.85)


def test_a_programme_that_takes_part_makes_a_plan_work_better_by_trust():
    model = model_on(day=40, workforce__unlimited=True, plans__effect=0.5, help__works=0.5, help__hardness=0.6,
                     family_support__joint_gain=0.5, family_support__joint_hours=2.0)  # fmt: skip
    hill = model.programmes[0]
    family, trouble = on_plan(model, 3, days=35, resists=[0.136, 0.138, 0.136])
    state = model.state
    state.families.area[family] = hill.index
    state.cases.user[family] = [True, True, False]
    hill.team_trust = 0.5
    for worker in hill.workers:
        worker.trust = 0.5
    model.family_support[0].month_passes(*model.state.cases.with_plans())
    # 0.10976 x (1 + 0.5 x 0.5) = 0.1372 with the programme; 0.1098 for the family who does not use it.
    assert state.troubles.turned[trouble].tolist() == [state.offset, np.inf, np.inf]
    assert state.hours.used(0, 12)[Agency.PROGRAMMES, Work.PLAN] == 4.0


def test_a_programme_gives_plans_at_most_half_of_its_hours():
    model = model_on(practice__contact_hours=10.0)
    hill = model.programmes[0]
    month = 3 * 10.0 * 365.25 / 7.0 / 12.0  # three workers: 130.4 hours
    assert hill.takes_part(month / 4) == 1.0
    assert hill.takes_part(month / 2) == pytest.approx(0.5), "a quarter is left of its half"
    assert hill.takes_part(5.0) == 0.0
    assert model.state.hours.used(0, 1)[Agency.PROGRAMMES, Work.PLAN] == pytest.approx(month / 2)


def test_hours_are_kept_by_month_agency_and_work():
    hours = Hours(3)
    hours.spend(Agency.INTAKE, Work.CONTACT, 2.0)
    hours.month = 2
    hours.spend(Agency.INTAKE, Work.CONTACT, 3.0)
    hours.spend(Agency.LIAISON, Work.CONSULTATION, 0.0)
    assert hours.used(0, 3) == {(Agency.INTAKE, Work.CONTACT): 5.0}
    assert hours.used(1, 3) == {(Agency.INTAKE, Work.CONTACT): 3.0}


def test_agency_staff_do_less_until_a_worker_of_ones_own_comes():
    model = model_on(workforce__unlimited=False, workforce__agency_work=0.8, workforce__vacancy=0.0,
                     workforce__hours_per_day=7.4, workforce__leave=0.15, workforce__recording=0.35)  # fmt: skip
    team, posts = model.teams[0], model.state.posts
    posts.filled[team.posts] = True
    posts.by_agency[team.posts] = False
    posts.by_agency[team.posts[0]] = True
    team.staff_changed()
    team.begin_day()
    # One hour of 7.4 x 0.85 x 0.65 = 4.0885 counts 0.8 for the one of the agency.
    assert team.hours_today == pytest.approx((len(team.posts) - 0.2) * 4.0885)
