"""What a reader is warned of, and how a change is told from chance."""

import math

import pandas as pd
import pytest

from referral_sim import load_scenario
from referral_sim.experiment.draws import load_draws
from referral_sim.experiment.rest import changes_on_a_date, moving_series, not_at_rest
from referral_sim.folders.result_warnings import outside_calibration
from referral_sim.folders.scenario_changes import changes, preset_of, scenario_text


def drifts(values, series="contacts", year="2005-06"):
    """Changes of one series, a replicate each."""
    return pd.DataFrame({
        "replicate": range(len(values)), "year": year, "measure": "drift", "unit": "share", "group": f"series:{series}",
        "value": values,
    })  # fmt: skip


def test_a_series_moves_if_its_change_exceeds_3_percent_and_what_chance_makes_of_it():
    # Mean 0.04, standard deviation 0.02, so a standard error of 0.0089; t of 4 degrees of freedom is 2.78 at 2.5%.
    (moving,) = moving_series(drifts([0.02, 0.06, 0.02, 0.06, 0.04]).assign(replicate=range(5)))
    assert (moving.series, moving.change) == ("contacts", pytest.approx(0.04))
    assert moving.error == pytest.approx(0.02 / math.sqrt(5))
    assert not moving_series(drifts([0.0, 0.08, 0.0, 0.08])), "0.04, but a standard error of 0.023"
    assert not moving_series(drifts([0.11, 0.13])), "12 standard errors; t of 1 degree of freedom is 12.7 at 2.5%"
    assert moving_series(drifts([0.111, 0.129])), "13.3 standard errors"
    two = pd.concat([drifts([0.111, 0.129]), drifts([0.0, 0.0], "on_register")])
    assert not moving_series(two), "of two series one is told more easily by chance: t is 25.5 at 1.25%"
    assert not moving_series(drifts([0.029, 0.029, 0.029])), "too small to matter"
    assert not moving_series(drifts([0.5])), "one replicate has no error"
    assert not moving_series(drifts([float("nan")] * 3)), "the run-in is too short"


def test_what_moves_is_told_in_one_line_the_most_first_in_the_last_year():
    city = load_scenario("city-borough", ["time.years=2"])
    table = pd.concat([
        drifts([0.3] * 4, year="2005-06"), drifts([0.05] * 4, year="2006-07"),
        drifts([-0.1, -0.12] * 2, "on_register", "2006-07"), drifts([0.0] * 4, "trust_sslp", "2006-07"),
    ])  # fmt: skip
    assert not_at_rest(city, table) == (
        "city-borough is not at rest though nothing in it changes: on the register -11% (standard error 0.6 points), "
        "contacts +5% (standard error 0.0 points) from the last twelve months of the run-in to 2006-07"
    )
    assert not_at_rest(city, table[table["group"] == "series:trust_sslp"]) == ""


@pytest.mark.parametrize(
    ("start", "told"), [("2003-01-06", True), ("2004-04-01", True), ("2004-04-02", False), ("2006-03-31", False)]
)
def test_a_scenario_that_changes_on_a_date_is_not_meant_to_rest(start, told):
    dated = load_scenario("city-borough", ["parts.visits.kind=planned_visits", f"parts.visits.start={start}"])
    assert changes_on_a_date(dated) is not told
    assert bool(not_at_rest(dated, drifts([0.3, 0.3]))) is told


def test_a_value_outside_the_calibration_is_named_with_its_range():
    midtown = load_scenario("midtown", ["trouble.rate=0.9"])
    (said,) = (line for line in outside_calibration(midtown) if line.startswith("trouble.rate"))
    rates = load_draws("shipped").table["trouble.rate"]
    assert f"trouble.rate is 0.9, outside the calibrated range ({rates.min():.3g} to {rates.max():.3g})" in said
    assert not any(line.startswith("trouble.rate") for line in outside_calibration(load_scenario("midtown")))


def test_changes_are_told_with_unit_and_source():
    midtown = load_scenario("midtown")
    assert preset_of(midtown) == midtown
    assert changes(midtown, midtown) == ()
    (one,) = changes(midtown, load_scenario("midtown", ["front_door.threshold=3.5"]))
    assert (one.key, one.before, one.after, one.unit) == ("front_door.threshold", "3", "3.5", "tiers")
    assert one.source
    added = changes(midtown, load_scenario("midtown+link-worker-everywhere"))
    assert ("liaison.Link worker SSLP 1.time", "", "0.5") in [(c.key, c.before, c.after) for c in added]


@pytest.mark.parametrize("name", ["midtown", "southshire", "east-borough+family-support-panel"])
def test_a_scenario_as_text_is_the_same_scenario(name, tmp_path):
    one = load_scenario(name)
    (tmp_path / "again.yaml").write_text(scenario_text(one), "utf-8")
    assert load_scenario(tmp_path / "again.yaml").content_hash() == one.content_hash()
