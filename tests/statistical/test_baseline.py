"""The presets are the centre of the shipped draws, and stand beside the published figures as that centre does."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import load_script

FOLDER = Path(__file__).parents[2] / "experiments" / "baseline"
# Known not to come out at the centre of the draws (results/baseline, docs/calibration.md): found, not mended by hand.
# City Borough's police and school (of 5 runs; of 20 they come out) lie at the edge.
DOES_NOT_COME_OUT = {
    ("midtown", "registrations", "all"),
    ("midtown", "sslp_area_referral_ratio", "all"),
    ("midtown", "study_source_recorded", "source:health_visitor"),
    ("midtown", "study_source_recorded", "source:other_local_authority_department"),
    ("city-borough", "study_source_recorded", "source:police"),
    ("city-borough", "study_source_recorded", "source:school"),
    ("east-borough", "sslp_area_referral_ratio", "all"),
    ("east-borough", "study_source_recorded", "source:family_or_friend"),
    ("east-borough", "study_source_recorded", "source:other"),
    ("east-borough", "study_source_recorded", "source:other_local_authority_department"),
    ("england-average", "referrals", "all"),
    ("england-average", "referrals_per_contact", "all"),
}


@pytest.fixture(scope="module")
def centre():
    return load_script("baseline_centre", FOLDER / "centre.py")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_script("baseline_check", FOLDER / "check.py").check(5)


def test_presets_are_the_centre_of_the_draws(centre):
    for (preset, key), value in centre.centre(pd.read_csv(centre.PARAMETERS)).items():
        assert centre.value_of(preset, key) == pytest.approx(value, rel=1e-3), (preset, key)


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


def test_families_that_come_back_are_counted_by_hand():
    """Four families referred in the first nine months; one comes back twice, one too late, one was there before."""
    check = load_script("baseline_check", FOLDER / "check.py")
    days = {
        1: ["2005-05-02", "2005-06-01", "2007-08-01"],
        2: ["2005-05-02", "2007-08-03"],
        3: ["2005-01-10", "2005-06-01"],
    }
    days |= {4: ["2005-12-30"], 5: ["2006-01-02", "2006-02-01"]}
    rows = [(family, pd.Timestamp(day)) for family, those in days.items() for day in those]
    found = check.come_back(pd.DataFrame(rows, columns=["family", "date"]), pd.Timestamp("2005-04-01"))
    assert found == {"again": 0.25, "concentration": 0.0}  # 8.5% of four families is none
