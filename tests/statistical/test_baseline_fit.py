"""The presets still fit what they were fitted to: 10 replicates of each authority (experiments/baseline)."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import load_script

PLACE = Path(__file__).parents[2] / "experiments" / "baseline" / "fit.py"
# Checked, not fitted; known not to come out (experiments/baseline/README.md).
DOES_NOT_COME_OUT = {
    ("midtown", "sslp_area_referral_ratio", "all"),
    ("city-borough", "sslp_area_referral_ratio", "all"),
    ("baseline", "referrals_per_contact", "all"),
}


NOT_CALIBRATED = pytest.mark.xfail(
    strict=False,
    reason="the model has a new centre: its presets were fitted with one replicate a round, to plausible values; the "
    "calibration of the new model comes next (experiments/baseline/README.md)",
)


@pytest.fixture(scope="module")
def module():
    return load_script("baseline_fit", PLACE)


@pytest.fixture(scope="module")
def table(module) -> pd.DataFrame:
    return module.check(10)


def of_knobs(module) -> set[tuple[str, str, str]]:
    return {(knob.preset, knob.measure, knob.group) for knob in module.knobs()}


def named(rows: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(rows[["preset", "measure", "group"]].itertuples(index=False, name=None))


@NOT_CALIBRATED
@pytest.mark.long
def test_every_figure_that_a_value_is_fitted_to_is_within_its_tolerance(module, table):
    fitted = table[table["role"] == "fitted"]
    assert named(fitted) == of_knobs(module)
    assert fitted["within"].all(), fitted[~fitted["within"]].to_string()


@NOT_CALIBRATED
@pytest.mark.long
def test_every_published_figure_is_checked_and_within_or_known_not_to_come_out(module, table):
    kept = {
        (preset, measure, group)
        for preset, measure, group in module.targets()
        if measure != "study_source_recorded" or group in ("source:police", "source:self_or_carer")
    }
    checks = table[table["role"] == "check"]
    assert named(checks) == kept - of_knobs(module)
    assert named(checks[~checks["within"]]) == DOES_NOT_COME_OUT


@pytest.mark.long
def test_referral_rates_stand_in_the_published_order(table):
    authorities = ["midtown", "city-borough", "east-borough", "southshire"]
    rates = table[table["measure"] == "referrals"].set_index("preset")["simulated"]
    assert list(rates[authorities].sort_values(ascending=False).index) == authorities
