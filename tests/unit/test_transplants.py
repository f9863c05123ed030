"""City Borough's arrangement in the others: how pairs are summed up, and what is said of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import load_script

FOLDER = Path(__file__).parents[2] / "experiments" / "transplants"


@pytest.fixture(scope="module")
def script():
    return load_script("transplants", FOLDER / "report.py")


def test_pairs_are_summed_up_with_the_error_of_the_likelier_direction(script):
    rows = pd.DataFrame({"referrals": [-3.0, -1.0, -1.0, 2.0, np.nan], "registrations": [1.0, 1.0, 1.0, 1.0, 1.0]})
    found = script.summary(rows).set_index("measure")
    referrals, registrations = found.loc["referrals"], found.loc["registrations"]
    assert (referrals["pairs"], referrals["falls"], referrals["rises"], referrals["mid"]) == (4, 0.75, 0.25, -1.0)
    assert referrals["error"] == pytest.approx((0.75 * 0.25 / 4) ** 0.5)
    assert registrations["rises"] == 1.0
    assert (1.0 - registrations["error"]) ** 5 == pytest.approx(0.05)  # five of five by chance in one of twenty


def told(script, drawn, prior, measure="referrals"):
    names = ("low", "mid", "high", "rises", "falls")
    about = {"authority": "midtown", "measure": measure, "pairs": 20, "error": 0.03}
    rows = [
        about | {"distribution": name} | dict(zip(names, values, strict=True))
        for name, values in (("draws", drawn), ("priors", prior))
    ]
    (line,) = script.sentences(pd.DataFrame(rows))
    return line


@pytest.mark.parametrize(
    ("drawn", "prior", "said"),
    [
        ((-9, -5, -1, 0.0, 1.0), (-40, -6, -1, 0.0, 1.0), ("lower with probability 1.00", "was there before", "21%")),
        ((-9, -5, -1, 0.0, 1.0), (-9, 0, 9, 0.5, 0.5), ("comes from the published figures", "44% of the priors'")),
        (
            (-4, 1, 5, 0.6, 0.4),
            (-5, 1, 5, 0.6, 0.4),
            ("higher with probability 0.60", "is open", "rests on the priors"),
        ),
    ],
)
def test_the_words_say_which_way_how_much_and_what_it_rests_on(script, drawn, prior, said):
    line = told(script, drawn, prior)
    assert line.startswith("- **Referrals, midtown**")
    for part in said:
        assert part in line


def test_unmet_need_is_told_in_days_for_families(script):
    line = told(script, (-300, -200, -100, 0, 1), (-500, 0, 500, 0.5, 0.5), "days_of_unmet_need")
    assert "between -300 and -100 days a year for 1,000 families" in line
