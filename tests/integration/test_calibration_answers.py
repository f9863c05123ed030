"""What a calibration says of files, and how it goes on after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibrations import SCENARIO, calibration_files
from referral_sim.calibration.calibration_file import Space, load_calibration
from referral_sim.calibration.calibration_runs import ROWS, CalibrationRuns, table_6_6
from referral_sim.experiment.executors import SerialExecutor

STUDIED = (
    SCENARIO.replace("warm_up_months: 0, years: 1", "warm_up_months: 0")
    .replace("reach: 0.8", "reach: 0.8, studied: true")
    .replace("name: {name}", "name: {name}\nauthority: midtown")
)


class Idle:
    """An executor that must not be asked."""

    def run(self, function, tasks):
        raise AssertionError("a run was made again")


def test_table_6_6_is_predicted_for_studied_authorities_and_made_once(tmp_path):
    path = calibration_files(tmp_path)
    (tmp_path / "one.yaml").write_text(STUDIED.format(name="one"), "utf-8")
    calibration = load_calibration(path)
    space = Space(calibration.parameters, calibration.scenarios)
    shares = np.random.default_rng(1).random((3, space.size))
    found = table_6_6(CalibrationRuns(calibration, space, tmp_path / "bank", SerialExecutor()), shares)
    assert set(found["scenario"]) == {"one"}
    assert list(found["row"]) == list(ROWS)
    assert list(found["published"]) == [7, 0, 5, 2]  # Midtown's row of the table
    assert (found["low"] <= found["mid"]).all()
    assert (found["mid"] <= found["high"]).all()
    assert (found["high"] <= found["files"]).all()
    assert (found["inside"] == found["published"].between(found["low"], found["high"])).all()
    again = table_6_6(CalibrationRuns(calibration, space, tmp_path / "bank", Idle()), shares)
    pd.testing.assert_frame_equal(again, found)


def start(path: Path, out: Path) -> subprocess.Popen[str]:
    words = ["calibrate", str(path), "--out", str(out), "--workers", "2"]
    return subprocess.Popen(
        [sys.executable, "-c", "from referral_sim.cli import main; main()", *words],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip


@pytest.mark.long
def test_a_calibration_that_was_killed_goes_on_and_comes_to_the_same(tmp_path):
    path = calibration_files(tmp_path)
    killed = start(path, tmp_path / "out")
    for line in killed.stderr:
        if line.startswith("wave-1: one: 30 runs"):
            os.killpg(killed.pid, signal.SIGKILL)
            break
    assert killed.wait() == -signal.SIGKILL
    killed.stderr.close()
    told = {}
    for out in ("out", "whole"):
        with start(path, tmp_path / out) as process:
            told[out] = process.stderr.read()
        assert process.returncode == 0, told[out]
    assert "wave-1: one:" in told["whole"]
    assert "wave-1: one:" not in told["out"]
    draws = [pd.read_parquet(tmp_path / out / "draws.parquet") for out in ("out", "whole")]
    pd.testing.assert_frame_equal(*draws, check_exact=True)
