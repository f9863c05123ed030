"""The runs of a calibration, kept in stores, one folder a stage and scenario; and what is read off them beside targets.

Besides the figures that are fitted to or held out, runs under the posterior say what the report's study of files would
have read (Table 6.6).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from ..experiment.atomic_write import write_whole
from ..experiment.authority_results import PUBLISHED_YEAR
from ..experiment.executors import Executor
from ..experiment.jobs import Job, OutcomeSelector, run_jobs
from ..experiment.parquet_store import ParquetStore
from ..experiment.plan import Plan
from ..experiment.running import sweep_runs
from ..experiment.variants import ExperimentDesign, ScenarioVariant, read_variant
from ..file_study import Assumptions, NotStudiedError, StudyDesign, check_scenario, file_study, list_files
from .calibration_file import Calibration, Floats, Space

Progress: TypeAlias = Callable[[str], None]
"""Takes one line of progress."""
SAMPLES = 20
"""Samples of files that are drawn from each run."""
ROWS = ("any", "from_programme", "to_programme", "joint_work")
"""Columns of Table 6.6."""
COLUMNS = ("scenario", "row", "files", "published", "low", "mid", "high", "at_most", "at_least", "inside")


class StageRuns(NamedTuple):
    """Runs of one stage of a calibration.

    Attributes:
        shares: their points in the cube, shape (points, coordinates).
        outcomes: scenario -> values of its targets in their order, on the measures' own scale, shape (points, targets);
            NaN where a run failed.
    """

    shares: Floats
    outcomes: dict[str, Floats]


class CalibrationRuns:
    """Makes and reads runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        folder: where the stores are.
        executor: who makes the runs.
        progress: takes one line of progress.
    """

    def __init__(
        self,
        calibration: Calibration,
        space: Space,
        folder: Path,
        executor: Executor,
        progress: Progress = lambda line: None,
    ) -> None:
        self.calibration, self.space, self.folder = calibration, space, folder
        self.executor, self.progress = executor, progress

    def run(self, stage: str, shares: Floats) -> StageRuns:
        """Runs at points of the cube, of every scenario.

        Args:
            stage: name of the stage; runs that its folder has are not made again.
            shares: shape (points, coordinates).
        """
        scenarios = self.calibration.scenarios
        return StageRuns(shares, {s: self._run_one(stage, s, shares) for s in scenarios})

    def _run_one(self, stage: str, scenario: str, shares: Floats) -> Floats:
        targets = [t for t in self.calibration.targets if t.scenario == scenario]
        outcomes = list(dict.fromkeys(OutcomeSelector(t.measure, t.group) for t in targets))
        found = self._made(stage, scenario, shares, outcomes)
        return np.stack([found[t.measure, t.group] for t in targets], axis=1)

    def seed(self, stage: str, scenario: str) -> int:
        """A seed for each stage and scenario, so that no two share their chances."""
        words = list(f"{stage}/{scenario}".encode())
        return int(np.random.SeedSequence([self.calibration.seed, *words]).generate_state(1)[0])

    def _made(
        self,
        stage: str,
        scenario: str,
        shares: Floats,
        outcomes: Sequence[OutcomeSelector],
    ) -> dict[tuple[str, str], Floats]:
        points = self.space.points(scenario, shares)
        plan = Plan(
            file=f"{stage}/{scenario}",
            variants=(read_variant(self.calibration.sources[scenario]),),
            variables=tuple(self.space.coordinates[i].parameter.prior for i in self.space.columns(scenario)),
            design=ExperimentDesign("list", points=tuple(points)),
            outcomes=tuple(outcomes),
            replicates=1,
            seed=self.seed(stage, scenario),
            independent_points=True,
        )
        store = ParquetStore(self.folder / stage / scenario)
        made = failed = 0
        for finished in sweep_runs(plan, executor=self.executor, store=store):
            made += 1
            failed += finished.status != "done"
        if made:
            self.progress(f"{stage}: {scenario}: {made} runs" + (f", {failed} failed" if failed else ""))
        return _values(ParquetStore(self.folder / stage / scenario), len(points), outcomes)


def _values(store: ParquetStore, points: int, outcomes: Sequence[OutcomeSelector]) -> dict[tuple[str, str], Floats]:
    rows = store.outcomes().to_pandas().merge(store.runs().select(["run", "point"]).to_pandas(), on="run")
    rows = rows[rows["year"] == PUBLISHED_YEAR]  # what was published is of this year alone
    found = {(o.measure, o.group or "all"): np.full(points, np.nan) for o in outcomes}
    for key, part in rows.groupby(["measure", "group"]):
        if key in found:
            found[key][part["point"].to_numpy()] = part["value"].to_numpy(dtype=float)
    return found


# -- Table 6.6, held out -----------------------------------------------------------------------------------------------


def table_6_6(runs: CalibrationRuns, shares: Floats) -> pd.DataFrame:
    """What the study would have read in its files, beside what it printed; one run a draw, ``SAMPLES`` samples a run.

    Runs that were made before are not made again: their table stands beside the other runs.

    Args:
        runs: of the calibration.
        shares: draws of the posterior, shape (draws, coordinates).

    Returns:
        One row a studied authority and column of Table 6.6 (``ROWS``): scenario, row, files (read), published, low,
        mid, high (90% interval of the simulated studies, in files), at_most and at_least (share of the simulated
        studies that come to the published figure or less, or more), inside (whether the figure lies in the interval).
        Empty if no scenario is of an authority that was studied.

    Raises:
        RuntimeError: if a run fails.
    """
    parts = [pd.DataFrame(columns=list(COLUMNS))]
    for scenario in runs.calibration.scenarios:
        variant = read_variant(runs.calibration.sources[scenario])
        try:
            design = check_scenario(variant.base)
        except NotStudiedError:
            continue  # nobody read files there
        path = runs.folder / "files" / f"{scenario}.csv"
        if not path.exists():
            _write(path, _studied(runs, variant, design, shares))
        parts.append(pd.read_csv(path))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _studied(runs: CalibrationRuns, variant: ScenarioVariant, design: StudyDesign, shares: Floats) -> pd.DataFrame:
    scenario = variant.scenario
    seed = runs.seed("files", scenario)
    points = runs.space.points(scenario, shares)
    jobs = [Job(variant.at(point), seed, i, list_files) for i, point in enumerate(points)]
    listings = []
    for result in run_jobs(jobs, executor=runs.executor):
        if result.value is None:
            raise RuntimeError(f"files of {scenario}: {result.failure}")
        listings.append(result.value)
    study = file_study(listings, design, Assumptions(), SAMPLES * len(listings))
    runs.progress(f"files: {scenario}: {len(listings)} runs")
    rows = []
    for figure in study.cells:
        printed, low, high = figure.published, figure.low, figure.high
        if figure.table != "6.6" or figure.row not in ROWS or printed is None or low is None or high is None:
            continue
        rows.append(
            (
                scenario, figure.row, design.files, printed, low, figure.median, high, figure.at_most, figure.at_least,
                low <= printed <= high,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _write(path: Path, table: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as part:
        table.to_csv(part, index=False)
