"""All stages of a calibration, in order; what its folder has is not made again."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc
from threadpoolctl import threadpool_limits

from ..experiment.draws import FILE, write_draws
from ..experiment.executors import Executor
from ..experiment.export import frame_without_formulas
from ..experiment.manifest import MANIFEST, described, write_manifest
from ..experiment.model_version import model_version, versions
from . import checks
from .calibration_file import Calibration, Space
from .calibration_report import CalibrationResult, report
from .calibration_runs import CalibrationRuns, Progress, StageRuns, table_6_6
from .emulator import Emulators, emulate
from .posterior import FittedFigures, Posterior, halfway, published_figures, sample

WIDER = 2.0
"""Times the discrepancy at which a wave's points are drawn, so that they surround what is looked for."""


class OtherCalibrationError(ValueError):
    """The folder holds another calibration."""


def calibrate(
    calibration: Calibration,
    out: Path,
    executor: Executor,
    progress: Progress = lambda line: None,
) -> CalibrationResult:
    """Make the runs and the inference, and write tables and draws to a folder.

    Args:
        calibration: what is asked.
        out: folder of the calibration; one that this calibration began is gone on with.
        executor: who makes runs and fits.
        progress: takes one line of progress.

    Returns:
        What came of it. The same calibration gives the same result.

    Raises:
        OtherCalibrationError: if the folder was made from other files or by another model.
    """
    _own(out, calibration)
    with threadpool_limits(1):  # sums of several threads are not the same on every machine
        return _calibrate(calibration, out, executor, progress)


def _calibrate(calibration: Calibration, out: Path, executor: Executor, progress: Progress) -> CalibrationResult:
    space = Space(calibration.parameters, calibration.scenarios)
    runs = CalibrationRuns(calibration, space, out / "bank", executor, progress)
    result = CalibrationResult()
    began = time.monotonic()

    def stage(name: str) -> None:
        progress(f"[{time.monotonic() - began:5.0f} s] {name}")

    emulators, waves, centre = _waves(calibration, runs, result, stage)
    stage("posterior")
    posterior = _posterior(calibration, emulators, result)
    size = calibration.size
    stage("checks on what was left out")
    observed = published_figures(calibration, emulators)
    result.tables["left_out"] = checks.left_out(calibration, emulators, observed)
    if size.files:
        result.tables["table_6_6"] = table_6_6(runs, posterior.shares[: size.files])
    stage("coverage on simulated figures")
    curve, each = checks.coverage(calibration, space, waves, centre, executor)
    result.tables["coverage"], result.tables["recovery"] = curve, each
    stage("done")
    _write(out, result)
    return result


def _rng(calibration: Calibration, part: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([calibration.seed, part]))


def _own(out: Path, calibration: Calibration) -> None:
    path = out / "calibration.json"
    mine = {"digest": calibration.digest, "model": model_version()}
    if path.exists():
        try:
            held = dict(json.loads(path.read_text("utf-8")))
        except (OSError, TypeError, ValueError, RecursionError):
            raise OtherCalibrationError(f"{path} is damaged; name a new folder") from None
        for key, what in (("digest", "other files of parameters, targets or plan"), ("model", "another model")):
            if held.get(key) != mine[key]:
                raise OtherCalibrationError(f"{out} was made with {what}; name a new folder")
    elif out.exists() and any(out.iterdir()):
        raise OtherCalibrationError(f"{out} is not empty and holds no calibration; name a new or an empty folder")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**mine, "versions": versions()}, indent=2) + "\n", "utf-8")


def _waves(
    calibration: Calibration, runs: CalibrationRuns, result: CalibrationResult, stage: Progress
) -> tuple[Emulators, list[StageRuns], StageRuns | None]:
    """The emulators after the last run, the waves, and the runs round the mode.

    The first wave is spread over the prior. Each later one is drawn from the posterior so far, at twice the
    discrepancy: near the figures the emulators have to be right. In so many dimensions no draw lies near the mode, so
    that it gets runs of its own.
    """
    space, size, seed = runs.space, calibration.size, calibration.seed
    stage("wave 1")
    first = qmc.LatinHypercube(space.size, rng=_rng(calibration, 1)).random(size.waves[0])
    made = [runs.run("wave-1", np.asarray(first))]
    emulators = emulate(calibration, space, made)
    result.tables["sensitivity"] = checks.sensitivity(emulators, seed)
    result.tables["prior_predictive"] = checks.unreachable(calibration, emulators, made)
    for number, points in enumerate(size.waves[1:], start=2):
        stage(f"wave {number}")
        wide = published_figures(calibration, emulators, WIDER)
        made.append(runs.run(f"wave-{number}", sample(emulators, wide, seed + number, points, size.steps // 2).shares))
        emulators = emulate(calibration, space, made)
    centre = None
    if size.centre:
        stage("runs round the mode")
        found = sample(emulators, published_figures(calibration, emulators), seed, size.centre, size.steps // 2)
        centre = runs.run("centre", halfway(found.mode, found.shares))
        emulators = emulate(calibration, space, made, centre)
    result.tables["emulators"] = checks.emulators_table(emulators)
    return emulators, made, centre


def _posterior(calibration: Calibration, emulators: Emulators, result: CalibrationResult) -> Posterior:
    """The posterior at 0, 1 and 2 times the discrepancy, and with the other series of registrations."""
    draws, seed, steps = calibration.size.draws, calibration.seed, calibration.size.steps
    found = {
        times: sample(emulators, published_figures(calibration, emulators, times), seed, draws, steps)
        for times in (1.0, 0.0, 2.0)
    }
    main = found[1.0]
    space = emulators.space
    result.draws = pd.DataFrame(space.values(main.shares), columns=space.names)
    result.tables["prior"] = prior_values(space, draws)
    result.tables["parameters"] = checks.parameters_table(emulators, main)
    result.tables["ridges"] = checks.ridges(emulators, main.shares)
    result.tables["predictions"] = checks.predicted(calibration, emulators, main.shares, seed=seed)
    result.tables["discrepancy"] = pd.concat(
        [checks.parameters_table(emulators, p).assign(times=t) for t, p in sorted(found.items())],
        ignore_index=True,
    )
    result.tables["predictions_by_discrepancy"] = pd.concat(
        [checks.predicted(calibration, emulators, p.shares, t, seed).assign(times=t) for t, p in sorted(found.items())],
        ignore_index=True,
    )
    other = _other_series(calibration, emulators)
    fitted_to_other = sample(emulators, other, seed, draws, steps)
    result.tables["other_series"] = checks.parameters_table(emulators, fitted_to_other)
    reached = result.tables["prior_predictive"]
    result.misfits = _misfits(result.tables["predictions"], reached)
    result.notes |= {
        "steps": main.steps,
        "autocorrelation": main.autocorrelation,
        "independent": main.independent,
        "accepted": main.accepted,
    }
    return main


def prior_values(space: Space, count: int) -> pd.DataFrame:
    """Values of each parameter at ``count`` equal steps of its prior's probability; rows hold no joint draws."""
    steps = np.tile(((np.arange(count) + 0.5) / count)[:, np.newaxis], space.size)
    return pd.DataFrame(space.values(steps), columns=space.names)


def _misfits(predictions: pd.DataFrame, reached: pd.DataFrame) -> list[str]:
    fitted = predictions[predictions["role"] == "fit"]
    far = fitted[fitted["z"].abs() > checks.FAR]
    lines = [f"{r['target']}: published {r['published']:g}, z {r['z']:.1f}" for r in far.to_dict("records")]
    never = reached[(reached["role"] == "fit") & ~reached["reached"]]
    return lines + [
        f"{r['target']}: published {r['published']:g}, runs of the prior give {r['lowest']:g} to {r['highest']:g}"
        for r in never.to_dict("records")
    ]


def _other_series(calibration: Calibration, emulators: Emulators) -> dict[str, FittedFigures]:
    """The fitted figures with each replaced by a held-out one of the same measure and group, where there is one."""
    found = published_figures(calibration, emulators)
    for scenario, seen in found.items():
        targets = emulators.targets[scenario]
        for place, j in enumerate(seen.figures):
            for other in targets:
                same = (other.measure, other.group) == (targets[j].measure, targets[j].group)
                if same and other.role == "held-out":
                    seen.values[place] = other.point
    return found


def _write(out: Path, result: CalibrationResult) -> None:
    (out / "tables").mkdir(exist_ok=True)
    files = {}
    for name, table in result.tables.items():
        file = out / "tables" / f"{name}.csv"
        frame_without_formulas(table).to_csv(file, index=False, float_format="%.6g")
        files[f"tables/{name}.csv"] = described(file, len(table))
    draws = result.draws.copy()
    draws.insert(0, "draw", np.arange(len(draws)))
    files[FILE] = write_draws(out, draws, {"notes": result.notes, "misfits": result.misfits})
    (out / "README.md").write_text(report(result), "utf-8")
    write_manifest(out / MANIFEST, {"versions": versions(), "files": files})
