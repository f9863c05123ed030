"""The families against the scenario's shares, within what chance allows (MODEL W1, W2, W5, W10)."""

import numpy as np
import pytest

from helpers import small
from referral_sim.scenario.fields import EthnicGroup
from referral_sim.world.calendar import DAYS_A_YEAR, Calendar
from referral_sim.world.families import (
    GROUPS,
    HIGHEST_LASTING_NEED,
    NEVER,
    decline_with_age,
    draw_families,
    earlier_registration,
    need_gradient,
)
from referral_sim.world.moves import settle

CHILDREN = 40_000
CERTAIN = 4.5  # standard errors: one false alarm in some 100,000 checks


def drawn(seed=1, **values):
    scenario = small(**{"population__children": CHILDREN, **values})
    calendar = Calendar(scenario.time)
    return scenario, calendar, draw_families(scenario, calendar, seed, 0)


def share_near(flags, share):
    error = np.sqrt(max(share * (1 - share), 1e-9) / len(flags))
    assert abs(flags.mean() - share) < CERTAIN * error + 1e-12, (flags.mean(), share, error)


@pytest.fixture(scope="module")
def world():
    return drawn(time__warm_up_months=12, time__years=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_number_of_children_is_the_scenarios(seed):
    _, calendar, families = drawn(seed)
    for offset in (0.0, calendar.length / 2, float(calendar.length)):
        # Sizes and ages are drawn: the number is right within some 2.5 times the root of the number of families.
        assert abs(families.children_at(offset).sum() - CHILDREN) < 2.5 * np.sqrt(len(families)) + 0.01 * CHILDREN


@pytest.mark.parametrize("share", [0.0, 0.1, 0.27, 0.316, 0.45])
def test_share_of_under_fives(share):
    number = CHILDREN if share else CHILDREN // 10  # without any, most that are drawn are left out
    _, calendar, families = drawn(population__children=number, population__share_under_five=share, programmes={})
    middle = calendar.length / 2
    found = families.children_at(middle, 5.0).sum() / families.children_at(middle).sum()
    # Brothers and sisters are not independent: allow twice the error that independent children would have.
    error = np.sqrt(max(share * (1 - share), 1e-4) / number)
    assert found == pytest.approx(share, abs=2 * CERTAIN * error)


def test_sizes_of_families(world):
    scenario, _, families = world
    founded = families.births[:, 0] > -18 * DAYS_A_YEAR  # of older ones those with many children are left
    size = (families.births[founded] < NEVER).sum(axis=1)
    people = scenario.population
    assert size.min() == 1
    for number, share in ((1, people.one_child), (2, people.two_children), (3, people.three_children)):
        share_near(size == number, share)
    share_near(size == 4, 1 - people.one_child - people.two_children - people.three_children)


@pytest.mark.parametrize(("one", "two", "three"), [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)])
def test_families_of_one_size(one, two, three):
    values = {"population__one_child": one, "population__two_children": two, "population__three_children": three}
    _, _, families = drawn(**values)
    size = (families.births < NEVER).sum(axis=1)
    assert (size == (1 if one else 3 if three else 4)).all()


def test_children_are_born_during_the_run_and_come_of_age(world):
    _, calendar, families = world
    births = np.where(families.births < NEVER, families.births, -np.inf)
    assert births.max(axis=1).min() >= -18 * DAYS_A_YEAR - 1e-6, "a family whose last child came of age before the run"
    born = families.births[families.births < NEVER]
    assert births[:, 0].max() <= calendar.length + 1e-6
    a_year = calendar.length / DAYS_A_YEAR
    births = ((born > 0) & (born <= calendar.length)).sum() / a_year
    under_five = families.children_at(calendar.length / 2, 5.0).sum()
    assert births == pytest.approx(under_five / 5, rel=0.1)


def test_ageing_keeps_the_number_of_children_level():
    _, calendar, families = drawn(time__warm_up_months=36, time__years=2)
    offsets = np.linspace(0.0, calendar.length, 11)
    number = np.array([families.children_at(at).sum() for at in offsets])
    young = np.array([families.children_at(at, 5.0).sum() for at in offsets])
    assert number.max() / number.min() < 1.05
    assert young.max() / young.min() < 1.15
    assert number.mean() == pytest.approx(CHILDREN, rel=0.03)


@pytest.mark.parametrize("under_five", [0.15, 0.386])
def test_families_keep_their_sizes(under_five):
    """Children below 18 in a family that has one, on the first day and twelve years later, are as many on average."""
    _, calendar, families = drawn(population__share_under_five=under_five, time__years=9)
    first, last = (families.children_at(at) for at in (0.0, calendar.length))
    assert last.sum() == pytest.approx(CHILDREN, rel=0.03)
    assert last[last > 0].mean() == pytest.approx(first[first > 0].mean(), rel=0.015)


def test_brothers_and_sisters_are_two_to_four_years_apart(world):
    births = world[2].births
    births = births[births[:, 0] > -18 * DAYS_A_YEAR]  # of older families those with long gaps are left
    gaps = np.diff(births, axis=1)[births[:, 1:] < NEVER] / DAYS_A_YEAR
    assert gaps.min() >= 2.0
    assert gaps.max() <= 4.0
    assert abs(gaps.mean() - 3.0) < CERTAIN * np.sqrt(1 / 3 / len(gaps))


def test_places_deprivation_and_groups_have_their_shares(world):
    scenario, _, families = world
    share_near(families.locality == 0, 2 / 3)
    share_near(families.deprived, scenario.population.deprived_share)
    mix = scenario.population.ethnic_groups
    for code, group in enumerate(GROUPS):
        share_near(families.group == code, mix[group])
    # What is drawn apart is independent.
    share_near(families.deprived[families.locality == 1], scenario.population.deprived_share)


def test_groups_of_deprived_areas_are_their_own():
    _, _, families = drawn(population__ethnic_groups_deprived={EthnicGroup.ASIAN: 0.6, EthnicGroup.WHITE: 0.4})
    asian, white = GROUPS.index(EthnicGroup.ASIAN), GROUPS.index(EthnicGroup.WHITE)
    share_near(families.group[families.deprived] == asian, 0.6)
    share_near(families.group[families.deprived] == white, 0.4)
    share_near(families.group[~families.deprived] == asian, 0.05)


def test_lasting_need_has_its_median_and_spread():
    _, _, families = drawn(need__median_excess=0.3, need__spread=0.8, need__deprivation_ratio=2.0)
    excess = (families.baseline - 1.0) / need_gradient(drawn(need__deprivation_ratio=2.0)[0], families.rank)
    for deprived in (False, True):
        mine = excess[families.deprived == deprived]
        share_near(mine < 0.3, 0.5)
        # One standard deviation of the log above the median: 84% lie below.
        share_near(mine < 0.3 * np.exp(0.8), 0.8413447)
    assert families.baseline.max() <= HIGHEST_LASTING_NEED
    assert families.baseline.min() >= 1.0


def test_need_falls_evenly_with_the_rank_of_the_place():
    scenario, _, families = drawn(need__spread=0.0, need__median_excess=0.5, need__deprivation_ratio=3.0)
    share = scenario.population.deprived_share
    expected = np.interp(families.rank, [0.0, share], [1.0 + 0.5 * 3.0, 1.5])
    np.testing.assert_allclose(families.baseline, expected)
    assert (families.deprived == (families.rank < share)).all()
    _, _, level = drawn(need__spread=0.0, need__median_excess=0.5, population__deprived_share=0.0, programmes={})
    np.testing.assert_allclose(level.baseline, 1.5)


def test_areas_take_the_most_deprived_places_and_share_them_evenly():
    programmes = {name: {"children_under_five": 900, "localities": {"North": 1.0}} for name in ("Hill", "Dale")}
    _, _, families = drawn(programmes=programmes)
    north, inside = families.locality == 0, families.area >= 0
    assert families.rank[inside].max() < families.rank[north & ~inside].min()
    first, second = (families.rank[families.area == index].mean() for index in (0, 1))
    error = families.rank[inside].std() / np.sqrt(inside.sum() / 4)
    assert abs(first - second) < CERTAIN * error


def test_need_does_not_depend_on_the_programmes():
    more = {"Hill": {"children_under_five": 900}, "Dale": {"children_under_five": 1000, "localities": {"South": 1.0}}}
    worlds = [drawn(programmes=p)[2] for p in ({}, more, {"Dale": more["Dale"]})]
    for other in worlds[1:]:
        np.testing.assert_array_equal(worlds[0].baseline, other.baseline)
        np.testing.assert_array_equal(worlds[0].registered_before, other.registered_before)
        assert (other.area >= 0).any()


def test_no_excess_is_no_need():
    _, _, families = drawn(need__median_excess=0.0)
    assert (families.baseline == 1.0).all()


def test_a_registration_before_the_run_is_the_likelier_the_greater_the_need():
    """At 0.05 a year the last one was within ten years in 1 - exp(-0.5) = 0.393 of families of need 1.0; at one tier
    more, with a sensitivity of log 2, in 1 - exp(-1) = 0.632.
    """
    values = {"need__earlier_registrations": 0.05, "trouble__need_sensitivity": np.log(2.0)}
    _, _, families = drawn(need__median_excess=0.0, **values)
    share_near(families.registered_before > -10 * 365.25, 0.393)
    scenario = small(**values)
    u = np.random.default_rng(1).random(CHILDREN)
    share_near(earlier_registration(scenario, np.full(CHILDREN, 2.0), u, 100.0) > 100.0 - 10 * 365.25, 0.632)
    assert earlier_registration(scenario, np.full(CHILDREN, 2.0), u, 100.0).max() <= 100.0


def test_with_no_earlier_registrations_nobody_was_registered():
    _, _, families = drawn(need__earlier_registrations=0.0)
    assert (families.registered_before == -NEVER).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_areas_hold_about_the_wanted_under_fives(seed):
    programmes = {
        "Hill": {"children_under_five": 900, "localities": {"North": 1.0}},
        "Dale": {"children_under_five": 1200, "localities": {"North": 0.25, "South": 0.75}},
        "Moor": {"children_under_five": 362},
        "None": {"children_under_five": 0, "localities": {"South": 1.0}},
    }
    scenario, calendar, families = drawn(seed, programmes=programmes)
    young = families.children_at(calendar.length / 2, 5.0)
    for index, (name, spec) in enumerate(scenario.programmes.items()):
        inside = families.area == index
        wanted = spec.children_under_five
        assert young[inside].sum() == pytest.approx(wanted, abs=0.06 * wanted + CERTAIN * np.sqrt(wanted)), name
        assert families.deprived[inside].all(), "areas lie in deprived neighbourhoods"
    assert (families.locality[families.area == 0] == 0).all()
    assert (families.locality[families.area == 2] == 0).all(), "the first locality if none is given"
    dale = young[families.area == 1].sum()
    assert young[(families.area == 1) & (families.locality == 1)].sum() / dale == pytest.approx(0.75, abs=0.08)


def test_areas_that_fill_the_deprived_neighbourhoods_still_hold_what_they_should():
    deprived = CHILDREN * 0.27 * 0.5
    whole = {"children_under_five": int(deprived / 3), "localities": {"South": 1.0}}
    scenario, calendar, families = drawn(programmes={"Dale": whole})
    young = families.children_at(calendar.length / 2, 5.0)
    assert young[families.area == 0].sum() == pytest.approx(scenario.programmes["Dale"].children_under_five, rel=0.1)


def test_the_youngest_and_the_oldest_child(world):
    _, calendar, families = world
    everybody = np.arange(len(families))
    for offset in (0.0, calendar.length / 2):
        age = (offset - families.births) / DAYS_A_YEAR
        child = (age >= 0) & (age < 18)
        youngest, oldest = families.ages(everybody, offset)
        np.testing.assert_allclose(youngest, np.where(child, age, np.inf).min(axis=1))
        np.testing.assert_allclose(oldest, np.where(child, age, -np.inf).max(axis=1))
        for family in (0, 1, 2):
            assert families.youngest_age_of(family, offset) == pytest.approx(youngest[family])
    here = families.here_at(0.0)
    assert ((families.children_at(0.0, 5.0) > 0) == (here & (families.ages(everybody, 0.0)[0] < 5.0))).all()


# -- a level population (W10) ------------------------------------------------------------------------------------


def test_the_decline_with_age_gives_the_share_of_under_fives():
    # The share is (1 - exp(-5 d)) / (1 - exp(-18 d)): 5/18 for none, 0.3247... for 0.03 a year.
    assert decline_with_age(5 / 18) == pytest.approx(0.0, abs=1e-9)
    for d in (0.03, -0.05, 0.2):
        assert decline_with_age((1 - np.exp(-5 * d)) / (1 - np.exp(-18 * d))) == pytest.approx(d)
    assert (decline_with_age(0.0), decline_with_age(1.0)) == (-1.0, 1.0)


@pytest.mark.parametrize(("share", "growth"), [(0.27, 0.0), (0.33, 0.0), (0.22, 0.0), (0.27, 0.03), (0.33, -0.03)])
def test_numbers_and_ages_stay_level_or_grow_as_the_scenario_says(share, growth):
    values = {"time__warm_up_months": 36, "time__years": 3, "programmes": {}}
    _, calendar, families = drawn(**values, population__share_under_five=share, population__growth=growth)
    for offset in np.linspace(0.0, calendar.length, 7):
        number, young = families.children_at(offset).sum(), families.children_at(offset, 5.0).sum()
        wanted = CHILDREN * np.exp(growth * offset / DAYS_A_YEAR)
        assert number == pytest.approx(wanted, rel=0.03), offset
        assert young / number == pytest.approx(share, abs=0.012), offset


def test_families_leave_on_balance_where_children_are_many_for_their_age_and_come_where_they_are_few():
    for share, leave in ((0.35, True), (0.22, False)):
        _, calendar, families = drawn(population__share_under_five=share, programmes={})
        net = abs(decline_with_age(share))
        gone, came = families.leaves < NEVER, families.arrives > 0
        assert (gone.any(), came.any()) == (leave, not leave)
        moved = gone if leave else came
        share_near(moved, 1 - np.exp(-net * calendar.length / DAYS_A_YEAR))
        when = families.leaves[gone] if leave else families.arrives[came]
        on_days = np.append(calendar.offsets, NEVER)  # who would come on the free days at the very end never does
        assert np.isin(when, on_days).all(), "on a working day"


# -- who moves in (W5, W10) --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved():
    scenario, calendar, first = drawn(
        population__mobility=0.5, population__leave_authority=0.6, population__share_under_five=5 / 18
    )
    return scenario, calendar, first, settle(scenario, calendar, first, 1, 0)


def test_who_leaves_is_followed_by_a_family_with_children_of_the_same_ages_in_the_same_home(moved):
    _, _, first, home = moved
    everybody, new = home.families, np.arange(len(first), len(home.families))
    assert len(new) > 1000
    np.testing.assert_array_equal(everybody.births[new], first.births[home.home[new]])
    assert (home.home[: len(first)] == np.arange(len(first))).all()
    for stay in (everybody.arrives[new], everybody.leaves[: len(first)]):
        assert ((stay > 0) & (stay < NEVER)).any()
    # In each home one family follows another without a gap.
    order = np.lexsort((everybody.arrives, home.home))
    same = home.home[order][1:] == home.home[order][:-1]
    np.testing.assert_array_equal(everybody.leaves[order][:-1][same], everybody.arrives[order][1:][same])


def test_newcomers_have_a_need_a_group_a_wariness_and_a_history_of_their_own(moved):
    scenario, _, first, home = moved
    everybody, new = home.families, np.arange(len(first), len(home.families))
    old = home.home[new]
    for name in ("baseline", "wary", "use", "outreach"):
        mine, theirs = getattr(everybody, name)[new], getattr(first, name)[old]
        assert (mine != theirs).mean() > 0.99, name
        # The same law: need follows the place.
        spread = np.sqrt((mine.var() + theirs.var()) / len(new))
        assert abs(mine.mean() - theirs.mean()) < CERTAIN * spread, name
        if name != "baseline":
            assert abs(np.corrcoef(mine, theirs)[0, 1]) < CERTAIN / np.sqrt(len(new)), name
    share_near(everybody.group[new] == GROUPS.index(EthnicGroup.WHITE), scenario.population.ethnic_groups["white"])
    since = everybody.arrives - everybody.registered_before
    assert (since[new] > 0.0).all()
    rate = scenario.need.earlier_registrations * np.exp(
        scenario.trouble.need_sensitivity * (everybody.baseline[new] - 1.0)
    )
    share_near(since[new] <= 10 * 365.25, (1.0 - np.exp(-10.0 * rate)).mean())


def test_families_leave_at_their_share_of_the_moves(moved):
    _, calendar, first, home = moved
    number = len(home.families) - len(first)
    expected = 0.5 * 0.6 * len(first) * calendar.length / DAYS_A_YEAR
    assert abs(number - expected) < CERTAIN * np.sqrt(expected) + 0.02 * expected, "less two moves at one weekend"


def test_who_is_not_here_yet_lives_in_no_area(moved):
    _, _, first, home = moved
    assert (home.families.area[len(first) :] == -1).all()
    assert (home.families.area[: len(first)] == first.area).all()
