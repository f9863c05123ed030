"""What a reader is warned of, and how a change is told from chance."""

import math

import pandas as pd
import pytest

from referral_sim import load_scenario
from referral_sim.experiment.differences import beyond_chance
from referral_sim.experiment.draws import load_draws
from referral_sim.folders.result_warnings import outside_calibration, unsettled
from referral_sim.folders.scenario_changes import changes, preset_of, scenario_text
from referral_sim.report.sentences import changed, unchanged

MONTHS = ["2004-10", "2004-11", "2004-12", "2005-01", "2005-02", "2005-03", "2005-04"]


def series(values, measure="backlog_days", spread=0.0):
    rows = [
        (k, month, measure, "all", value + spread * (k - 1.5) * (i > 2))
        for k in range(4)
        for i, (month, value) in enumerate(zip(MONTHS, values, strict=True))
    ]
    return pd.DataFrame(rows, columns=["replicate", "month", "measure", "group", "value"])


def test_a_series_that_moves_before_the_reporting_year_has_not_settled():
    midtown = load_scenario("midtown")
    assert unsettled(midtown, series([2.0] * 7)) == []
    (said,) = unsettled(midtown, series([2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 9.0]))
    assert said.startswith("Backlog had not settled when the reporting year began: 2.00, then 3.00")
    assert unsettled(midtown, series([2.0, 2.0, 2.0, 2.05, 2.05, 2.05, 9.0])) == []  # within 5%
    assert unsettled(midtown, series([2.0, 2.0, 2.0, 2.2, 2.2, 2.2, 2.0], spread=2.0)) == []  # within chance
    assert "too short to tell" in unsettled(midtown, series([2.0] * 7)[lambda t: t["month"] > "2004-12"])[0]


def test_a_value_outside_the_calibration_is_named_with_its_range():
    midtown = load_scenario("midtown", ["concerns.rate=0.9"])
    (said,) = (line for line in outside_calibration(midtown) if line.startswith("concerns.rate"))
    rates = load_draws("shipped").table["concerns.rate"]
    assert f"concerns.rate is 0.9, outside the calibrated range ({rates.min():.3g} to {rates.max():.3g})" in said
    assert not any(line.startswith("concerns.rate") for line in outside_calibration(load_scenario("midtown")))


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


ROW = {
    "measure": "referrals", "group": "all", "unit": "per 10,000", "base": 400.0, "value": 395.6, "difference": -4.4,
    "standard_error": 0.5, "low_90": -9.0, "high_90": 1.0, "rises": 0.15, "n": 100,
}  # fmt: skip


def test_sentences_say_what_the_numbers_say():
    assert changed(ROW) == (
        "Referrals fall by 4.40 per 10,000 (90% of paired years between -9.00 and 1.00); they fall in 85 of 100 years."
    )
    rising = ROW | {"measure": "backlog_days", "unit": "days", "difference": 4.4, "rises": 0.155}
    assert changed(rising).startswith("Backlog rises by 4.40 days")
    assert changed(rising).endswith("it rises in 15.5 (ties counted half) of 100 years.")
    assert unchanged(ROW).startswith("Referrals: no change can be told from chance (mean -4.40 per 10,000; 90%")
    assert unchanged(ROW | {"difference": 0.0, "standard_error": 0.0}) == "Referrals: no change in any year."


def test_a_change_is_told_from_chance_by_students_t():
    assert beyond_chance(ROW)
    assert not beyond_chance(ROW | {"difference": 0.9})
    five = ROW | {"n": 5, "difference": -1.2, "standard_error": 0.5}
    assert not beyond_chance(five)  # 2.4 standard errors; t with 4 degrees of freedom asks for 2.78
    assert beyond_chance(five | {"n": 100})
    assert not beyond_chance(ROW | {"n": 1, "standard_error": math.nan})
    assert not beyond_chance(ROW | {"difference": 0.0, "standard_error": 0.0})
