"""Trouble and its course, need as a sum, help and relapse (MODEL W7, S8): expected values are computed by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import small
from referral_sim.scenario.fields import ConcernKind, HelpKind
from referral_sim.world.calendar import DAYS_A_YEAR, Calendar
from referral_sim.world.families import draw_families
from referral_sim.world.troubles import KINDS, Troubles, draw_troubles, fit_of, harm_of_kinds, tier

VIOLENCE, NEGLECT = KINDS.index(ConcernKind.DOMESTIC_VIOLENCE), KINDS.index(ConcernKind.NEGLECT)
FITS = np.ones(len(KINDS))
CERTAIN = 4.5  # standard errors


def troubles(*rows, baseline=(1.0,), **values):
    """Troubles of families: each row names what is other than a trouble of family 0 that stands still at 1 tier."""
    usual = {"family": 0, "kind": NEGLECT, "child": 0, "onset": 0.0, "size": 1.0, "growth": 0.0, "end": 1e6,
             "resists": 0.0, "returns": 0.999, "harm": False, "road": 0.0,
             "all_children": False}  # fmt: skip
    columns = {name: np.array([{**usual, **row}[name] for row in rows]) for name in usual}
    return Troubles(small(**values), np.array(baseline, dtype=float), columns, len(baseline))


def turn(some, number, day):
    """Help turned a trouble on a day."""
    some.turned[number] = day
    some.stop[number] = np.minimum(some.end[number], day)


def sizes(some, *days, number=0):
    return [float(some.size_at(np.array([number]), float(day))[0]) for day in days]


# -- the course --------------------------------------------------------------------------------------------------


def test_a_trouble_that_is_left_grows_to_its_end_and_then_recedes_by_half_lives():
    one = troubles({"onset": 10.0, "size": 0.5, "growth": 0.01, "end": 110.0}, trouble__recovery_half_life=90.0)
    assert sizes(one, 9, 10, 60, 110) == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert sizes(one, 200, 290) == pytest.approx([0.75, 0.375])


def test_no_trouble_grows_beyond_the_greatest_and_it_recedes_from_there():
    one = troubles({"size": 1.0, "growth": 0.1, "end": 100.0}, trouble__greatest=2.0, trouble__recovery_half_life=30.0)
    assert sizes(one, 5, 10, 50, 100, 130) == pytest.approx([1.5, 2.0, 2.0, 2.0, 1.0])


def test_a_turned_trouble_stops_growing_and_recedes_from_the_day_on_which_it_turned():
    one = troubles({"size": 0.5, "growth": 0.01, "end": 110.0}, trouble__recovery_half_life=30.0)
    turn(one, 0, 50.0)
    assert sizes(one, 40, 50, 80, 140) == pytest.approx([0.9, 1.0, 0.5, 0.125])


def test_a_trouble_that_ended_before_it_could_be_turned_recedes_from_its_end():
    one = troubles({"size": 1.0, "end": 20.0}, trouble__recovery_half_life=30.0)
    turn(one, 0, 50.0)
    assert sizes(one, 50) == pytest.approx([0.5])


def test_trouble_can_show_until_it_has_receded_by_half_whether_it_ended_or_help_turned_it():
    two = troubles({"end": 100.0}, {"end": 500.0}, trouble__recovery_half_life=90.0)
    turn(two, 1, 50.0)
    for day, shows in ((50.0, [True, True]), (140.0, [True, True]), (141.0, [True, False]), (191.0, [False, False])):
        assert two.can_show(np.array([0, 1]), day).tolist() == shows


def test_need_is_lasting_need_and_all_troubles_together_up_to_six_tiers():
    rows = [{"size": 1.0}, {"size": 0.5, "onset": 20.0}, {"family": 1, "size": 2.9}, {"family": 1, "size": 2.9}]
    some = troubles(*rows, baseline=(1.2, 1.5, 1.7))
    assert some.level(np.array([0, 1, 2]), 10.0) == pytest.approx([2.2, 6.0, 1.7])
    assert some.level(np.array([2, 0, 0]), np.array([20.0, 19.0, 20.0])) == pytest.approx([1.7, 2.2, 2.7])
    assert some.level_of(0, 20.0) == pytest.approx(2.7)


def test_everywhere_says_who_is_troubled_by_what_may_be_harm_of_some_size():
    rows = [{"size": 0.4, "harm": True}, {"size": 0.9}, {"family": 1, "size": 0.2, "harm": True}, {"family": 2}]
    need, alone, harmed = troubles(*rows, baseline=(1.0, 1.0, 1.0, 1.4)).everywhere(5.0, 0.25)
    assert need == pytest.approx([2.3, 1.2, 2.0, 1.4])
    assert alone == pytest.approx(need), "nobody has helped"
    assert harmed.any(axis=1).tolist() == [True, False, False, False]
    assert harmed[0].tolist() == [True, False, False, False], "the child whom it began with"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.floats(-200, 50), st.floats(0, 3), st.floats(0, 0.05), st.floats(1, 300)), min_size=1, max_size=6
    ),
    st.floats(1.0, 4.0),
    st.floats(0.0, 200.0),
)
def test_need_is_the_sum_of_closed_forms(rows, baseline, day):
    made = [{"onset": a, "size": b, "growth": c, "end": a + d} for a, b, c, d in sorted(rows)]
    some = troubles(*made, baseline=(baseline,), trouble__greatest=3.0, trouble__recovery_half_life=90.0)
    total = 0.0
    for onset, size, growth, length in rows:
        if day >= onset:
            grown = min(size + growth * min(day - onset, length), 3.0)
            total += grown * 0.5 ** (max(day - onset - length, 0.0) / 90.0)
    assert some.level_of(0, day) == pytest.approx(min(baseline + total, 6.0))


def test_tiers_are_the_whole_part_of_need_up_to_four():
    need = np.array([1.0, 1.999, 2.0, 2.999, 3.0, 3.999, 4.0, 9.5])
    assert tier(need).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


# -- help --------------------------------------------------------------------------------------------------------


def helped(some, family=0, day=30.0, fit=FITS):
    return bool(some.help(np.array([family]), day, fit)[0])


def test_help_turns_trouble_by_its_fit_and_the_less_the_graver_need_is():
    # At need 2.0 and below 0.5 x fit 0.8; at need 3.5 exp(-0.6 x 1.5) = 0.4066 of it.
    for size, chance in ((0.5, 0.4), (1.0, 0.4), (2.5, 0.4 * 0.40657)):
        for u, turns in ((chance - 0.001, True), (chance + 0.001, False)):
            one = troubles({"size": size, "resists": u}, help__works=0.5, help__hardness=0.6)
            assert helped(one, fit=0.8 * FITS) == turns
            assert one.turned[0] == (30.0 if turns else np.inf)


def test_the_hardness_of_a_trouble_is_the_whole_familys_need():
    # Two troubles of one tier on a lasting need of 1.5: need 3.5, not 2.5.
    some = troubles({"resists": 0.202}, {"resists": 0.204}, baseline=(1.5,), help__works=0.5, help__hardness=0.6)
    assert helped(some)
    assert some.turned.tolist() == [30.0, np.inf]


def test_each_kind_is_met_by_its_own_fit():
    fit = np.zeros(len(KINDS))
    fit[VIOLENCE] = 1.0
    some = troubles({"kind": NEGLECT}, {"kind": VIOLENCE}, help__works=0.5)
    assert helped(some, fit=fit)
    assert some.turned.tolist() == [np.inf, 30.0]


def test_each_try_has_a_number_of_its_own():
    # 0.5, then 0.5 + 0.618 = 0.118 without its whole part, then 0.736, then 0.354.
    one = troubles({"resists": 0.5}, help__works=0.4, help__hardness=0.0)
    assert not helped(one)
    assert helped(one)
    assert one.tries[0] == 2
    other = troubles({"resists": 0.5}, help__works=0.1, help__hardness=0.0)
    assert [helped(other) for _ in range(4)] == [False] * 4
    assert other.tries[0] == 4


def test_help_tries_what_runs_today_and_nothing_else():
    rows = [{"onset": 31.0}, {"end": 30.0}, {"end": 30.5}, {"family": 1}]
    some = troubles(*rows, baseline=(1.0, 1.0), help__works=1.0, help__hardness=0.0)
    turn(some, 3, 10.0)
    assert some.help(np.array([1, 0]), 30.0, FITS).tolist() == [False, True]
    assert some.turned.tolist() == [np.inf, np.inf, 30.0, 10.0]
    assert some.tries.tolist() == [0, 0, 1, 0]


def test_help_may_meet_each_family_with_a_strength_of_its_own():
    some = troubles({"resists": 0.3}, {"resists": 0.3, "family": 1}, baseline=(1.0, 1.0), help__works=0.5)
    assert some.help(np.array([0, 1]), 30.0, np.array([[0.5], [0.7]]) * FITS).tolist() == [False, True]


def test_harm_is_what_trouble_that_may_be_harm_adds():
    some = troubles({"size": 1.0}, {"size": 0.5}, {"size": 0.25, "family": 1}, baseline=(2.0, 1.0))
    some.growth[:] = 0.0
    some.harm[:] = [True, False, True]
    assert some.harm_of(np.array([1, 0]), 5.0).tolist() == [0.25, 1.0]


def test_help_says_since_when_the_oldest_trouble_runs_that_is_neither_over_nor_turned():
    rows = [{"onset": -30.0, "end": 5.0}, {"onset": -20.0}, {"onset": -10.0}, {"onset": 10.0}, {"family": 1}]
    some = troubles(*rows, baseline=(1.0, 1.0), help__works=0.0)
    assert some.began(np.array([0]), 4.0).tolist() == [-30.0]
    assert some.began(np.array([0]), 5.0).tolist() == [-20.0]
    turn(some, [1, 4], 5.0)
    since = some.began(np.array([1, 0]), 6.0)
    assert np.isnan(since[0])
    assert since[1] == -10.0


def test_help_that_does_not_work_changes_nothing_whatever_its_fit():
    some = troubles({"resists": 0.0}, {"resists": 0.0, "kind": VIOLENCE}, help__works=0.0)
    assert not helped(some, fit=5.0 * FITS)
    some.help_ends(np.array([0]), 60.0)
    assert np.isinf(some.turned).all()
    assert sizes(some, 60.0) == [1.0]


def test_the_fit_of_several_services_is_the_best_of_them_times_their_effect():
    rows = {
        HelpKind.PARENTING: {ConcernKind.NEGLECT: 0.8, ConcernKind.DOMESTIC_VIOLENCE: 0.2},
        HelpKind.ADVICE: {ConcernKind.NEGLECT: 0.3, ConcernKind.DOMESTIC_VIOLENCE: 0.5},
    }
    scenario = small(help__fits=rows)
    found = fit_of(scenario, [HelpKind.PARENTING, HelpKind.ADVICE], 0.5)
    assert found[NEGLECT] == pytest.approx(0.4)
    assert found[VIOLENCE] == pytest.approx(0.25)
    assert found.sum() == pytest.approx(0.65), "what is not said is not met"
    assert not fit_of(scenario, [], 1.0).any()
    assert not fit_of(scenario, [HelpKind.SOCIAL_WORK], 1.0).any()


# -- when help ends ------------------------------------------------------------------------------------------------


def turned(returns, day=0.0, **row):
    one = troubles({"returns": returns, "onset": -50.0, "size": 2.0, **row}, help__relapse=0.6,
                   trouble__recovery_half_life=30.0)  # fmt: skip
    turn(one, 0, day)
    return one


def test_a_turned_trouble_comes_back_the_likelier_the_more_of_it_is_left():
    # On the day itself 0.6; a half-life later 0.3; two later 0.15.
    for day, chance in ((0.0, 0.6), (30.0, 0.3), (60.0, 0.15)):
        for u, comes in ((chance - 0.001, True), (chance + 0.001, False)):
            one = turned(u)
            one.help_ends(np.array([0]), day)
            assert np.isinf(one.turned[0]) == comes


def test_what_comes_back_grows_from_what_is_left_at_its_own_pace_to_its_own_end():
    one = turned(0.0, growth=0.01, end=130.0)  # 2.0 and 50 days of growth are 2.5 on the day on which it turned
    one.help_ends(np.array([0]), 30.0)
    assert sizes(one, 30, 80, 130, 160) == pytest.approx([1.25, 1.75, 2.25, 1.125])
    assert (one.start[0], one.onset[0]) == (30.0, -50.0)


def test_what_has_ended_by_itself_does_not_come_back():
    one = turned(0.0, end=20.0)
    one.help_ends(np.array([0]), 20.0)
    assert one.turned[0] == 0.0


def test_what_comes_back_after_another_try_is_another_draw():
    one = turned(0.5)
    one.tries[0] = 1  # 0.118
    one.help_ends(np.array([0]), 30.0)
    assert np.isinf(one.turned[0])


def test_trouble_of_other_families_stays_turned():
    some = troubles({}, {"family": 1}, baseline=(1.0, 1.0), help__relapse=1.0)
    some.returns[:] = 0.0
    turn(some, [0, 1], 5.0)
    some.help_ends(np.array([1]), 5.0)
    assert some.turned.tolist() == [5.0, np.inf]


# -- drawing -------------------------------------------------------------------------------------------------------


def drawn(**values):
    scenario = small(**values)
    calendar = Calendar(scenario.time)
    families = draw_families(scenario, calendar, 1, 0)
    return SimpleNamespace(
        calendar=calendar, families=families, all=draw_troubles(scenario, calendar, families, 1, 0), scenario=scenario
    )


def near(flags, share):
    assert abs(flags.mean() - share) < CERTAIN * np.sqrt(share * (1 - share) / len(flags)), (flags.mean(), share)


def test_trouble_begins_at_its_rate_for_each_child_and_more_often_with_lasting_need():
    world = drawn(population__children=20_000, trouble__rate=0.5, trouble__need_sensitivity=0.4)
    families, during = world.families, world.all.onset >= 0
    lived = np.clip(world.calendar.length - np.maximum(families.births, 0.0), 0.0, None)
    lived = np.where(families.births < 1e9, np.minimum(lived, families.births + 18 * DAYS_A_YEAR), 0.0)
    expected = (lived.clip(0.0) / DAYS_A_YEAR).sum(axis=1) * 0.5 * np.exp(0.4 * (families.baseline - 1.0))
    found = np.bincount(world.all.family[during], minlength=len(families))
    for mine in (families.baseline < 1.3, families.baseline > 2.0):
        assert abs(found[mine].sum() - expected[mine].sum()) < CERTAIN * np.sqrt(expected[mine].sum())


def test_kinds_sizes_growth_and_lengths_are_the_scenarios():
    world = drawn(population__children=20_000, trouble__rate=0.5, trouble__growth=0.7, trouble__growth_spread=0.5,
                  trouble__short_days=80.0, trouble__lasting_share=0.1, trouble__lasting_days=400.0)  # fmt: skip
    some, specs = world.all, world.scenario.trouble.kinds
    during = some.onset >= 0  # what began earlier is there only if it lasted
    near(some.kind[during] == NEGLECT, specs[ConcernKind.NEGLECT].share)
    mine = some.size[during & (some.kind == NEGLECT)]
    near(mine < specs[ConcernKind.NEGLECT].severity * np.log(2), 0.5)
    growth = some.growth[during] * DAYS_A_YEAR
    near(growth < 0.7, 0.5)
    near(growth < 0.7 * np.exp(0.5), 0.8413447)
    length = (some.end - some.onset)[during]
    near(length > 160.0, 0.9 * np.exp(-2.0) + 0.1 * np.exp(-0.4))
    assert some.size.max() <= world.scenario.trouble.greatest
    near(some.harm[during & (some.kind == NEGLECT)], specs[ConcernKind.NEGLECT].harm)
    assert harm_of_kinds(world.scenario)[NEGLECT] == specs[ConcernKind.NEGLECT].harm


def test_some_troubles_of_a_kind_concern_all_children_of_the_family_and_the_others_one():
    some = drawn(population__children=20_000, trouble__rate=0.5, trouble__kinds__neglect__all_children=0.3).all
    near(some.all_children[some.kind == NEGLECT], 0.3)
    assert some.concerns_all.tolist() == [*some.all_children.tolist(), False], "the last is for what is no trouble"


def test_trouble_is_as_frequent_on_the_first_day_as_on_the_last():
    world = drawn(population__children=20_000, trouble__rate=0.5, time__warm_up_months=24, time__years=1)
    rows = np.arange(len(world.families))
    need = [world.all.level(rows, day)[world.families.children_at(day) > 0] for day in (0.0, world.calendar.length)]
    first, last = (level.mean() for level in need)
    error = np.sqrt(sum(level.var() / len(level) for level in need))
    assert abs(first - last) < CERTAIN * error
    assert (first - 1.0) > 5 * CERTAIN * error, "there is trouble to see"


def test_without_history_no_trouble_is_there_on_the_first_day():
    world = drawn(trouble__history_years=0.0, trouble__lasting_share=0.0)
    assert (world.all.onset >= 0).all()


def test_troubles_stand_in_the_order_of_families_and_of_time():
    some = drawn().all
    assert (np.diff(some.family) >= 0).all()
    assert (np.diff(some.onset)[np.diff(some.family) == 0] >= 0).all()
    assert (some.end + 6 * some.rules.recovery_half_life >= 0).all(), "what has gone is left out"
