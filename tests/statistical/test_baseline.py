"""The presets are the centre of the shipped draws, and stand beside the published figures as that centre does."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import load_script

FOLDER = Path(__file__).parents[2] / "experiments" / "baseline"
# Known not to come out (results/baseline): found, not mended by hand.
DOES_NOT_COME_OUT: set[tuple[str, str, str]] = set()


@pytest.fixture(scope="module")
def centre():
    return load_script("baseline_centre", FOLDER / "centre.py")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_script("baseline_check", FOLDER / "check.py").check(10)


@pytest.mark.xfail(reason="the shipped draws wait for the whole calibration (docs/calibration.md)")
def test_presets_are_the_centre_of_the_draws(centre):
    draws = pd.read_parquet(centre.DRAWS)
    for (preset, key), value in centre.centre(draws).items():
        assert centre.value_of(preset, key) == pytest.approx(value, rel=1e-3), (preset, key)


@pytest.mark.xfail(strict=False, reason="the presets wait for the whole calibration (docs/calibration.md)")
@pytest.mark.long
def test_published_figures_come_out_or_are_known_not_to(table):
    outside = table[~table["within"]]
    named = set(outside[["preset", "measure", "group"]].itertuples(index=False, name=None))
    assert named <= DOES_NOT_COME_OUT, outside.to_string()


@pytest.mark.long
def test_referral_rates_stand_in_the_published_order(table):
    authorities = ["midtown", "city-borough", "east-borough", "southshire"]
    rates = table[table["measure"] == "referrals"].set_index("preset")["simulated"]
    assert list(rates[authorities].sort_values(ascending=False).index) == authorities
