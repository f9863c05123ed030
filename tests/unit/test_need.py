"""Need: half-life, relief, several shocks in a day, tiers (MODEL W2, S4)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_sim.world.need import NeedState, tier

ALL = np.arange(3)


def state(*baseline, half_life=90.0):
    return NeedState(np.array(baseline), half_life)


def shocked(need, family, severity, offset):
    need.shock(np.array(family), np.array(severity, dtype=float), offset)


@pytest.mark.parametrize("half_life", [1.0, 90.0, 3650.0])
def test_half_of_a_shock_is_gone_after_a_half_life(half_life):
    need = state(1.5, 2.0, half_life=half_life)
    shocked(need, [0], [1.6], 10.0)
    for lives, left in ((0, 1.6), (1, 0.8), (2, 0.4), (4, 0.1), (0.5, 1.6 / 2**0.5)):
        assert need.one(0, 10.0 + lives * half_life) == pytest.approx(1.5 + left)
    assert need.one(1, 500.0) == 2.0, "a quiet family stays at its lasting need"


def test_two_shocks_on_one_family_in_a_day_add():
    need, apart = state(1.0, 1.0, 1.0), state(1.0, 1.0, 1.0)
    shocked(need, [0, 2, 0], [0.5, 0.3, 0.7], 5.0)
    for family, severity in ((0, 0.5), (2, 0.3), (0, 0.7)):
        shocked(apart, [family], [severity], 5.0)
    np.testing.assert_allclose(need.now(ALL, 5.0), [2.2, 1.0, 1.3])
    np.testing.assert_allclose(need.now(ALL, 50.0), apart.now(ALL, 50.0))


def test_shocks_on_several_days_add_what_is_left_of_each():
    need = state(1.2, half_life=30.0)
    shocked(need, [0], [1.0], 0.0)
    shocked(need, [0], [1.0], 30.0)
    shocked(need, [0], [1.0], 60.0)
    assert need.one(0, 60.0) == pytest.approx(1.2 + 1.0 + 0.5 + 0.25)
    assert need.one(0, 90.0) == pytest.approx(1.2 + 0.5 + 0.25 + 0.125)


def test_relief_of_packages_and_plans():
    need = state(3.0, 3.0, 3.0)
    need.begin_package(0, 0.5, 20.0)
    assert need.one(0, 19.9) == pytest.approx(2.5)
    assert need.one(0, 20.0) == pytest.approx(3.0), "a package ends at its offset"
    need.begin_plan(np.array([1]), 0.7)
    need.begin_plan(np.array([0]), 0.7)
    np.testing.assert_allclose(need.now(ALL, 10.0), [1.8, 2.3, 3.0])
    need.end_plan(np.arange(len(need.baseline)))
    np.testing.assert_allclose(need.now(ALL, 30.0), [3.0, 3.0, 3.0])


def test_need_never_falls_below_one_and_relief_is_not_saved_up():
    need = state(1.1)
    need.begin_package(0, 3.0, 20.0)
    assert need.one(0, 5.0) == 1.0
    assert need.one(0, 25.0) == pytest.approx(1.1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.floats(1.0, 5.0),
    st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(0.0, 3.0)), max_size=8),
    st.floats(1.0, 400.0),
    st.floats(0.0, 1.0),
)
def test_need_is_the_sum_of_what_is_left(baseline, events, half_life, relief):
    need, offset, history = state(baseline, half_life=half_life), 0.0, []
    need.begin_plan(np.array([0]), relief)
    for wait, severity in events:
        offset += wait
        history.append((offset, severity))
        shocked(need, [0], [severity], offset)
    at = offset + 7.0
    left = sum(severity * 2 ** ((then - at) / half_life) for then, severity in history)
    assert need.one(0, at) == pytest.approx(max(1.0, baseline + left - relief))
    assert need.now(np.array([0]), at)[0] == pytest.approx(need.one(0, at), rel=1e-12)


def test_tiers_are_the_whole_part_of_need_up_to_four():
    need = np.array([1.0, 1.999, 2.0, 2.999, 3.0, 3.999, 4.0, 9.5])
    assert tier(need).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
