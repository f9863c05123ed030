"""The judging of patterns: intervals, parts of a gap, power; and the command that shows them."""

import json

import numpy as np
import pandas as pd
import pytest

from referral_sim.patterns import results, run_patterns
from referral_sim.patterns.areas import FACTORS, exchanged, shares_of_gap
from referral_sim.patterns.catalogue import RULES
from referral_sim.patterns.power import authorities_needed, power_of
from referral_sim.report.patterns_table import patterns_as_data
from referral_sim.scenario import load_scenario


def frame(**columns):
    return pd.DataFrame({(name, "all"): values for name, values in columns.items()})


def test_interval_is_the_mean_with_its_standard_error():
    mean, low, high = results.interval(np.array([1.0, 2.0, 3.0, np.nan]))
    assert mean == 2.0
    assert high - mean == pytest.approx(1.96 / np.sqrt(3))
    assert mean - low == pytest.approx(high - mean)


@pytest.mark.parametrize(
    ("values", "up", "down"),
    [([1.0, 1.1, 0.9], True, False), ([-1.0, -1.1, -0.9], False, True), ([-3.0, 0.1, 3.0], False, False)],
)
def test_a_direction_holds_only_if_the_whole_interval_lies_there(values, up, down):
    assert results.above("x", "up", np.array(values), "u").holds is up
    assert results.below("x", "down", np.array(values), "u").holds is down


def test_near_is_judged_by_the_mean_and_the_stated_tolerance():
    values = np.array([100.0, 110.0])
    assert results.near("x", values, "u", published=100.0, tolerance=0.051).holds
    assert not results.near("x", values, "u", published=100.0, tolerance=0.049).holds


def test_a_pattern_fails_with_one_check_and_shows_that_one():
    good = results.above("good", "up", np.ones(3), "u")
    bad = results.below("bad", "down", np.ones(3), "u")
    pattern = results.Pattern(1, "name", "said", (good, bad, results.shown("more", np.ones(3), "u")))
    assert not pattern.holds
    assert pattern.headline is bad
    assert results.Pattern(1, "name", "said", (good,)).holds


def test_parts_of_a_gap_add_to_the_whole_and_an_idle_factor_carries_nothing():
    rng = np.random.default_rng(5)
    effect = {"need gradient": rng.random(4), "reach": np.zeros(4), "filter": rng.random(4)}

    def value(some):
        together = effect["need gradient"] * effect["filter"] if {"need gradient", "filter"} <= set(some) else 0.0
        return sum((effect[f] for f in some), start=np.zeros(4)) + together

    subsets = [tuple(f for i, f in enumerate(FACTORS) if mask >> i & 1) for mask in range(8)]
    parts = shares_of_gap({some: value(some) for some in subsets})
    assert np.allclose(sum(parts.values()), value(FACTORS))
    assert np.allclose(parts["reach"], 0.0)
    shared = effect["need gradient"] * effect["filter"] / 2.0
    assert np.allclose(parts["filter"], effect["filter"] + shared)


def test_an_authority_takes_from_city_borough_what_is_exchanged_and_nothing_else():
    city, midtown = load_scenario("city-borough"), load_scenario("midtown")
    need = exchanged(midtown, city, frozenset({"need gradient"}))
    assert need.population.deprived_share == city.population.deprived_share
    assert need.parts == midtown.parts
    assert need.liaison == midtown.liaison
    reach = exchanged(midtown, city, frozenset({"reach"}))
    worker = reach.collaboration.practices["outposted_social_worker"]
    assert len(reach.liaison) == len(midtown.programmes)
    assert worker.outreach > 0
    assert worker.availability == 0
    both = exchanged(midtown, city, frozenset({"reach", "filter"}))
    assert both.collaboration == city.collaboration
    assert [(p.kind, p.strength) for p in both.parts.values()] == [(p.kind, p.strength) for p in city.parts.values()]
    assert both.parts["Family support panel"].programmes == tuple(midtown.programmes)
    only_filter = exchanged(midtown, city, frozenset({"filter"}))
    assert only_filter.collaboration.practices["outposted_social_worker"].outreach == 0
    assert only_filter.population == midtown.population


def test_power_is_80_percent_with_the_authorities_said_to_be_needed():
    needed = authorities_needed(effect=4.0, noise=9.0, years=3)
    # n = 4 x 81 / 3 x ((1.95996 + 0.84162) / 4)^2 by hand
    assert needed == pytest.approx(108.0 * (2.80158 / 4.0) ** 2, rel=1e-4)
    assert power_of(4.0, 9.0, round(needed), 3) == pytest.approx(0.8, abs=0.02)
    assert power_of(0.0, 9.0, 10, 3) == pytest.approx(0.05)
    assert authorities_needed(0.0, 9.0, 3) == np.inf


def test_every_pattern_has_one_rule():
    assert [rule.number for rule in RULES] == list(range(1, 13))


def test_a_number_that_is_no_pattern_is_refused():
    with pytest.raises(ValueError, match="1 to 12"):
        run_patterns([13])
    with pytest.raises(ValueError, match="2 or more"):
        run_patterns([1], replicates=1)


def test_patterns_as_data_have_the_promised_keys_and_are_json():
    check = results.Check("what", "above 0", float("inf"), 0.0, 1.0, "u", True)
    data = patterns_as_data([results.Pattern(3, "name", "said", (check,))])
    assert {"pattern", "predicted", "observed", "low", "high", "holds"} <= set(data[0])
    assert data[0]["observed"] is None
    json.dumps(data, allow_nan=False)
