"""The judging of patterns: intervals, parts of a gap, power; and the command that shows them."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from referral_sim.evidence import published
from referral_sim.patterns import judging, run_patterns
from referral_sim.patterns.area_ratios import FACTORS, area_ratios, exchanged, shares_of_gap
from referral_sim.patterns.area_ratios import scenarios as area_scenarios
from referral_sim.patterns.power import in_each_group, power_in, too_small_to_find
from referral_sim.patterns.shown_only import early_referral_scenarios, england_scenarios, funnel, need_at_referral
from referral_sim.patterns.twelve_patterns import RULES
from referral_sim.report.patterns_table import patterns_as_data, show_patterns
from referral_sim.scenario import load_scenario


def frame(**columns):
    return pd.DataFrame({(name, "all"): values for name, values in columns.items()})


def test_interval_is_the_mean_with_its_standard_error():
    mean, low, high = judging.interval(np.array([1.0, 2.0, 3.0, np.nan]))
    assert mean == 2.0
    assert high - mean == pytest.approx(1.96 / np.sqrt(3))
    assert mean - low == pytest.approx(high - mean)


@pytest.mark.parametrize(
    ("values", "up", "down"),
    [([1.0, 1.1, 0.9], True, False), ([-1.0, -1.1, -0.9], False, True), ([-3.0, 0.1, 3.0], False, False)],
)
def test_a_direction_holds_only_if_the_whole_interval_lies_there(values, up, down):
    assert judging.above("x", "up", np.array(values), "u").holds is up
    assert judging.below("x", "down", np.array(values), "u").holds is down


def test_near_is_judged_by_the_mean_and_the_stated_tolerance():
    values = np.array([100.0, 110.0])
    assert judging.near("x", values, "u", published=100.0, tolerance=0.051).holds
    assert not judging.near("x", values, "u", published=100.0, tolerance=0.049).holds


def test_a_pattern_fails_with_one_check_and_shows_that_one():
    good = judging.above("good", "up", np.ones(3), "u")
    bad = judging.below("bad", "down", np.ones(3), "u")
    pattern = judging.Pattern(1, "name", "said", (good, bad, judging.figure_only("more", np.ones(3), "u")))
    assert not pattern.holds
    assert pattern.headline is bad
    assert judging.Pattern(1, "name", "said", (good,)).holds


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
    # n = 4 x 81 / 3 x ((1.95996 + 0.84162) / 4)^2 = 52.98 by hand
    assert in_each_group(effect=4.0, noise=9.0, years=3) == 53
    assert power_in(4.0, 9.0, 53, 3) == pytest.approx(0.8, abs=0.01)
    assert power_in(0.0, 9.0, 10, 3) == pytest.approx(0.05)
    assert in_each_group(0.0, 9.0, 3) == np.inf


def pattern_12(bring: float, spare: float) -> judging.Pattern:
    """Pattern 12 where programmes bring and spare so many referrals per 10,000, and chance adds a known noise."""
    noise = np.array([-10.0, 0.0, 10.0])  # its standard deviation is 10
    bare = 400.0 + noise
    having = bare + bring - spare + np.array([0.01, -0.02, 0.01])
    code = ("referral_source_recorded", "source:sslp")
    names = ("england-average", "england-average, no programmes", "england-average, identifier")
    frames = {n: pd.DataFrame({("referrals", "all"): r}) for n, r in zip(names, (having, bare, having), strict=True)}
    frames[names[0]][code] = 0.0
    frames[names[2]][code] = bring / having
    frames[names[2]][("sslp_referrals_to_social_services", "all")] = 40.0
    return too_small_to_find(judging.PatternRuns(frames))


def test_pattern_12_answers_with_and_without_an_identifier_in_one_unit():
    checks = {c.what: c for c in pattern_12(bring=6.0, spare=10.0).checks}
    for years in (1, 3, 10):
        said = f"authorities needed with {years} year{'s' * (years > 1)} before and after, {{}} an identifier"
        without, coded = checks[said.format("without")], checks[said.format("with")]
        assert without.unit == coded.unit == "authorities in each group"
        assert without.observed == in_each_group(-4.0, 10.0, years)
        assert coded.observed == in_each_group(-10.0, 10.0, years)
        assert coded.low <= coded.observed <= coded.high
    chance = "chance to find it in 10 authorities and 3 years before and after, {} an identifier"
    assert checks[chance.format("without")].observed == pytest.approx(power_in(-4.0, 10.0, 10, 3))
    assert checks[chance.format("with")].observed == pytest.approx(power_in(-10.0, 10.0, 10, 3))
    assert checks[chance.format("with")].holds is None


def test_pattern_12_needs_no_end_of_authorities_where_there_may_be_no_effect():
    pattern = pattern_12(bring=10.0, spare=10.0)
    assert not pattern.holds
    lines = [c for c in pattern.checks if c.what.startswith("authorities needed") and "without" in c.what]
    assert [c.high for c in lines] == [np.inf] * 3


def test_pattern_6_says_what_moves_need_in_figures_of_its_rows():
    frames = {}
    for name in early_referral_scenarios():
        need = 3.4 if name.startswith("city-borough") else 3.1
        if name == "city-borough, no day care gateway":
            need = 3.65
        columns = {"need_at_referral": need, "days_to_referral": 80.0, "study_need_at_referral": 3.9}
        frames[name] = frame(**{measure: [value, value] for measure, value in columns.items()})
    pattern = need_at_referral(judging.PatternRuns(frames))
    assert not pattern.holds
    rows = {c.what: c for c in pattern.checks}
    assert rows["mean need at referral, City Borough less Midtown"].observed == pytest.approx(0.3)
    row = rows["mean need at referral: change by City Borough's day care gateway"]
    assert row.observed == pytest.approx(-0.25)
    assert row.holds is None
    assert "-0.25 by City Borough's day care gateway, +0.00 by City Borough's panel" in pattern.reason


def test_pattern_6_changes_one_thing_at_a_time():
    runs = early_referral_scenarios()
    city, midtown = runs["city-borough"], runs["midtown"]
    gateway = runs["city-borough, no day care gateway"]
    assert gateway.with_values(front_door__day_care_gateway=True) == city != gateway
    without = runs["city-borough, no panel"]
    assert set(city.parts) - set(without.parts) == {"Family support panel"}
    assert without.with_values(parts={k: p.model_dump() for k, p in city.parts.items()}) == city
    bare = runs["city-borough, no posts"]
    assert bare.with_values(liaison={k: p.model_dump() for k, p in city.liaison.items()}) == city != bare
    sources = runs["midtown, City Borough's sources"]
    assert sources.noticing.authority_mix == city.noticing.authority_mix
    assert sources.population == midtown.population


def test_pattern_11_says_where_re_registrations_come_from():
    runs = england_scenarios()
    assert [s.need.earlier_registrations > 0 for s in runs.values()] == [True, False, False]
    assert [s.time.warm_up_months for s in runs.values()] == [36, 36, 72]
    frames = {}
    for name, again in zip(runs, (0.121, 0.016, 0.081), strict=True):
        figures = {(f.measure, f.group): [f.value, f.value] for f in published("england")}
        frames[name] = pd.DataFrame(figures | {("re_registered", "all"): [again, again]})
    pattern = funnel(judging.PatternRuns(frames))
    assert [c.what for c in pattern.checks if c.holds is False] == ["re registered"]
    assert "of 0.121 the run itself makes 0.016, and 0.081 if its run-in is six years" in pattern.reason


def test_pattern_5_holds_where_the_mean_lies_in_the_interval_of_the_derived_figure():
    (midtown,) = published("midtown", "sslp_area_referral_ratio")
    for ratio, holds in ((midtown.low * 0.99, False), (midtown.low, True), (midtown.high, True), (6.0, False)):
        frames = dict.fromkeys(area_scenarios(), pd.DataFrame({("sslp_area_referral_ratio", "all"): [ratio, ratio]}))
        frames["city-borough"] = pd.DataFrame({("sslp_area_referral_ratio", "all"): [1.0, 1.0]})
        found = {check.what.split(" (")[0]: check.holds for check in area_ratios(judging.PatternRuns(frames)).checks}
        assert found["Midtown"] is holds
        assert found["City Borough"] is True


def test_every_pattern_has_one_rule():
    assert [rule.number for rule in RULES] == list(range(1, 13))


def test_a_number_that_is_no_pattern_is_refused():
    with pytest.raises(ValueError, match="1 to 12"):
        run_patterns([13])
    with pytest.raises(ValueError, match="2 or more"):
        run_patterns([1], replicates=1)


def test_patterns_as_data_have_the_promised_keys_and_are_json():
    check = judging.Check("what", "above 0", float("inf"), 0.0, 1.0, "u", True)
    data = patterns_as_data([judging.Pattern(3, "name", "said", (check,))])
    assert {"pattern", "predicted", "observed", "low", "high", "holds"} <= set(data[0])
    assert data[0]["observed"] is None
    json.dumps(data, allow_nan=False)


def test_the_table_says_the_reason_and_when_intervals_are_too_narrow():
    check = judging.below("need", "below 0", np.ones(3), "tiers")
    pattern = judging.Pattern(6, "Early", "earlier", (check,), "the margin hides it", shown_only=True)

    def printed(replicates: int) -> str:
        console = Console(width=150, file=io.StringIO())
        show_patterns(console, [pattern], replicates, seed=1)
        return console.file.getvalue()

    few, many = printed(3), printed(40)
    assert "the margin hides it" in many
    assert "FAILS (shown; need not hold)" in many
    assert "too narrow" in few
    assert "too narrow" not in many
