"""An authority of one's own from the counts of its return."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from referral_sim.calibration import own_authority
from referral_sim.calibration.emulator import Emulator
from referral_sim.calibration.own_authority import calibrate_own, read_return, scenario_text
from referral_sim.cli import app
from referral_sim.experiment.draws import load_draws
from referral_sim.experiment.executors import SerialExecutor
from referral_sim.scenario import ScenarioError, load_scenario

RETURN = "figure,value\nchildren,20000\nreferrals,1000\nregistrations,60\non_register,40\n"


def written(folder: Path, text: str = RETURN) -> Path:
    path = folder / "My Place.csv"
    path.write_text(text, "utf-8")
    return path


def test_counts_become_rates_per_10_000_children(tmp_path):
    given = read_return(written(tmp_path))
    assert given.name == "my-place"
    found = {t.measure: (t.value, t.numerator, t.role) for t in given.targets}
    assert found == {
        "referrals": (500.0, 1000, "fit"), "registrations": (30.0, 60, "fit"), "on_register": (20.0, 40, "held-out"),
    }  # fmt: skip


def test_the_template_can_be_read():
    given = read_return(Path(__file__).parents[2] / "scenarios" / "authority-return.csv")
    assert set(given.counts) >= {"referrals", "registrations"}
    assert "share_under_five" not in given.population, "what is left empty is not said"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("referrals", "referal", ":3:1: referal: is no figure of a return (did you mean 'referrals'?)"),
        ("1000", "many", ":3:1: referrals: must be a number of 0 or more, not 'many'"),
        ("1000", "-1", ":3:1: referrals: must be a number of 0 or more, not '-1'"),
        ("on_register,40", "share_under_five,27", ":5:1: share_under_five: must be a share from 0 to 1, not '27'"),
        ("on_register,40", "referrals,40", ":5:1: referrals: is given twice"),
        ("registrations,60\n", "", ":1:1: registrations: must be there and above 0"),
    ],
)
def test_faults_of_a_return_are_named(tmp_path, old, new, message):
    path = written(tmp_path, RETURN.replace(old, new))
    with pytest.raises(ScenarioError) as error:
        read_return(path)
    assert message in str(error.value)
    result = CliRunner().invoke(app, ["calibrate", str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_scenario_has_posts_and_programmes_by_its_children(tmp_path):
    path = tmp_path / "my-place.yaml"
    path.write_text(scenario_text(read_return(written(tmp_path))), "utf-8")
    scenario = load_scenario(path)
    assert scenario.population.children == 20_000
    assert scenario.localities["All"].posts == 5  # 20 for 73,000
    assert len(scenario.programmes) == 1  # 3 for 73,000


def test_own_values_are_those_that_give_the_counts(tmp_path):
    """Roots of the rates that are straight lines: 10 + 20 u of the first value, 3 + 4 v of the second."""
    rng = np.random.default_rng(3)
    x = rng.random((120, 3))
    y = np.stack([10.0 + 20.0 * x[:, 1], 3.0 + 4.0 * x[:, 2]], axis=1) + 0.05 * rng.standard_normal((120, 2))
    targets = read_return(written(tmp_path)).targets[:2]
    targets = [t.model_copy(update={"discrepancy": 0.02}) for t in targets]
    found = own_authority._own_values(Emulator(x, y), np.full((400, 1), 0.5), targets, rng)
    assert found.mean(axis=0) == pytest.approx([(500.0**0.5 - 10.0) / 20.0, (30.0**0.5 - 3.0) / 4.0], abs=0.02)
    # Standard deviation of a root: chance (rate / (4 count)) and half the discrepancy of the root, together.
    chance = [(500.0 / 4000.0) ** 0.5, (30.0 / 240.0) ** 0.5]
    both = [np.hypot(chance[0], 0.01 * 500.0**0.5) / 20.0, np.hypot(chance[1], 0.01 * 30.0**0.5) / 4.0]
    assert found.std(axis=0) == pytest.approx(both, rel=0.15)


@pytest.mark.long
def test_draws_give_what_was_returned(tmp_path):
    """Draws bring the returned rates back, and are the same again."""
    path = tmp_path / "my-place.yaml"
    path.write_text(scenario_text(read_return(written(tmp_path))), "utf-8")
    scenario = load_scenario(path)
    found = calibrate_own(read_return(written(tmp_path)), scenario, SerialExecutor(), runs=40)
    figures = found.figures.set_index("measure")
    assert (figures["low"] < figures["returned"]).loc[["referrals", "registrations"]].all()
    assert (figures["returned"] < figures["high"]).loc[["referrals", "registrations"]].all()
    shared = [c for c in load_draws("shipped").table if "/" not in c]
    assert list(found.draws) == ["draw", *shared, "my-place/noticing.visibility", "my-place/protection.routing"]
    again = calibrate_own(read_return(written(tmp_path)), scenario, SerialExecutor(), runs=40)
    pd.testing.assert_frame_equal(again.draws, found.draws, check_exact=True)
