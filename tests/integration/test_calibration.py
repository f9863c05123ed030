"""Calibrations of tiny scenarios from beginning to end, and their files' faults."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from calibrations import IMPOSSIBLE, PARAMETERS, PLAN, TARGETS, calibration_files
from referral_sim.calibration.calibration_file import load_calibration
from referral_sim.cli import app
from referral_sim.scenario import ScenarioError


def calibrate(path, out):
    return CliRunner().invoke(app, ["calibrate", str(path), "--out", str(out), "--workers", "2"])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    return folder, calibrate(calibration_files(folder), folder / "out")


def table(folder, name):
    return pd.read_csv(folder / "out" / "tables" / f"{name}.csv")


@pytest.mark.long
def test_it_ends_well_and_leaves_draws_tables_and_a_report(made):
    folder, result = made
    assert result.exit_code == 0, result.stderr
    draws = pd.read_parquet(folder / "out" / "draws.parquet")
    own = [f"{name}/front_door.referral_margin" for name in ("one", "two")]
    assert list(draws.columns) == ["draw", "trouble.rate", *own]
    assert len(draws) == 40
    assert draws["trouble.rate"].between(0.2, 0.8).all()
    report = (folder / "out" / "README.md").read_text("utf-8")
    for heading in ("Parameters", "Ridges", "Discrepancy", "Sensitivity", "Coverage", "Held out"):
        assert f"## {heading}" in report


@pytest.mark.long
def test_the_calibrated_model_gives_the_figures_it_was_fitted_to(made):
    found = table(made[0], "predictions")
    fitted = found[found["role"] == "fit"]
    assert len(fitted) == 3
    assert (fitted["z"].abs() < 2.0).all()
    assert set(found["role"]) == {"fit", "held-out"}
    # Fewer referrals of the same troubles: a higher bar.
    margins = table(made[0], "parameters").set_index("parameter")["posterior_mid"]
    assert margins["two/front_door.referral_margin"] < margins["one/front_door.referral_margin"]


@pytest.mark.long
def test_the_same_command_makes_no_run_again_and_gives_the_same(made):
    folder, _ = made
    before = (folder / "out" / "draws.parquet").read_bytes()
    result = calibrate(folder / "plan.yaml", folder / "out")
    assert result.exit_code == 0
    assert not re.search(r": \d+ runs", result.stderr)
    assert (folder / "out" / "draws.parquet").read_bytes() == before


@pytest.mark.long
def test_a_folder_of_another_calibration_is_refused(made):
    folder, _ = made
    text = PLAN.replace("seed: 3", "seed: 4")
    path = folder / "other.yaml"
    path.write_text(text, "utf-8")
    result = calibrate(path, folder / "out")
    assert result.exit_code == 2
    assert "was made with other files" in result.stderr
    assert json.loads((folder / "out" / "calibration.json").read_text("utf-8"))["digest"]


@pytest.mark.long
def test_an_impossible_target_is_noticed(tmp_path):
    path = calibration_files(tmp_path, targets=TARGETS + IMPOSSIBLE)
    result = calibrate(path, tmp_path / "out")
    assert result.exit_code == 3
    lines = [line for line in result.stderr.splitlines() if line.startswith("does not fit:")]
    assert any("two: registrations" in line and "z " in line for line in lines)
    assert any("two: registrations" in line and "runs of the prior" in line for line in lines)
    report = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "**The fit is poor:**" in report


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        ("targets", "measure: contacts", "measure: contact", "did you mean 'contacts'"),
        ("targets", "role: held-out, denominator", "role: heldout, denominator", "did you mean 'held-out'"),
        ("targets", "two:", "too:", "did you mean 'two'"),
        ("targets", "numerator: 345", "numerator: -1", "must not be negative"),
        ("targets", "value: 6000", "valu: 6000", "did you mean 'value'"),
        ("parameters", "trouble.rate", "trouble.rat", "trouble.rat"),
        ("parameters", "range: [0.2, 0.8]", "range: [0.8, 0.2]", "the first must be less than the second"),
        ("parameters", "own: true", "own: [on]", "did you mean 'one'"),
        ("plan", "targets: targets.yaml", "targets: none.yaml", "none.yaml"),
        ("plan", "waves: [30, 30]", "waves: [30, 1]", "must be a whole number between 20"),
        ("plan", "two.yaml", "tow.yaml", "tow.yaml"),
        ("plan", "seed: 3", "sed: 3", "did you mean 'seed'"),
    ],
)
def test_faults_are_named(tmp_path, part, old, new, message):
    texts = {"targets": TARGETS, "parameters": PARAMETERS, "plan": PLAN}
    assert old in texts[part]
    texts[part] = texts[part].replace(old, new)
    path = calibration_files(tmp_path, **texts)
    with pytest.raises(ScenarioError) as error:
        load_calibration(path)
    assert message in str(error.value)
    result = calibrate(path, tmp_path / "out")
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_shipped_plan_can_be_read():
    calibration = load_calibration(Path(__file__).parents[2] / "scenarios" / "plans" / "calibration" / "plan.yaml")
    assert 12 <= len(calibration.parameters) <= 20
    assert {t.role for t in calibration.targets} == {"fit", "held-out"}
    doubted = [t for t in calibration.targets if t.measure == "registrations"]
    assert all(t.contradiction for t in doubted)


def test_the_small_plan_asks_the_same_with_fewer_runs():
    folder = Path(__file__).parents[2] / "scenarios" / "plans" / "calibration"
    whole, small = (load_calibration(folder / name) for name in ("plan.yaml", "small.yaml"))
    assert small.targets == whole.targets
    assert small.parameters == whole.parameters
    assert sum(small.size.waves) < sum(whole.size.waves)
