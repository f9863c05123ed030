"""results/levers: every key of a scenario stands in the table, and none moves nothing without its reason."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import load_script
from referral_sim.scenario.scenario import declared_at, leaf_keys

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report():
    return load_script("levers_report", ROOT / "experiments" / "levers" / "report.py")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(ROOT / "results" / "levers" / "tables" / "levers.csv", keep_default_na=False)


def test_every_key_of_the_authority_with_everything_stands_in_the_table(report, table):
    keys = {".".join(key) for key in leaf_keys(report.base().model_dump())}
    assert set(table["key"]) == keys, "keys have come or gone: make the table again (make results-levers)"


def test_what_moves_nothing_or_was_not_moved_has_a_reason(table):
    without = table[(table["state"] != "alive") & (table["reason"] == "")]
    assert without.empty, sorted(without["key"])


def test_each_range_of_a_share_a_number_a_switch_and_what_is_not_given(report):
    def ends(key, value):
        return report.ends(key, value, declared_at(tuple(key.split("."))))

    assert ends("practice.sharing", 0.5) == [0.2, 0.8]
    assert ends("practice.sharing", 0.9) == [pytest.approx(0.6), 1.0]
    assert ends("front_door.threshold", 3.0) == [1.5, 6.0]
    assert ends("workforce.unlimited", False) == [True]
    assert ends("help.fits.advice.neglect", 0.3) == [1.0]
    assert ends("parts.feedback.localities", ()) == [("North",)]
