"""Table 6.6, held out: the report's study of files, repeated on runs under draws of the posterior."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..experiment.jobs import Job, run_jobs
from ..experiment.variants import read_variant
from ..file_study import Assumptions, NotStudiedError, StudyDesign, check_scenario, file_study, list_files
from .bank import Bank
from .space import Floats

SAMPLES = 20
"""Samples of files that are drawn from each run."""
ROWS = ("any", "from_programme", "to_programme", "joint_work")
COLUMNS = ("scenario", "row", "files", "published", "low", "mid", "high", "at_most", "at_least", "inside")


def table_6_6(bank: Bank, shares: Floats) -> pd.DataFrame:
    """What the study would have read in its files, beside what it printed; one run a draw, ``SAMPLES`` samples a run.

    Runs that were made before are not made again: their table stands beside the bank's other runs.

    Args:
        bank: of the calibration.
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
    for scenario in bank.calibration.scenarios:
        case = read_variant(bank.calibration.sources[scenario], ())
        try:
            design = check_scenario(case.base)
        except NotStudiedError:
            continue  # nobody read files there
        path = bank.folder / "files" / f"{scenario}.csv"
        if not path.exists():
            _write(path, _studied(bank, scenario, design, shares))
        parts.append(pd.read_csv(path))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _studied(bank: Bank, scenario: str, design: StudyDesign, shares: Floats) -> pd.DataFrame:
    case = read_variant(bank.calibration.sources[scenario], ())
    seed = bank.seed("files", scenario)
    points = bank.space.points(scenario, shares)
    jobs = [Job(case.at(point), seed, i, list_files) for i, point in enumerate(points)]
    listings = []
    for result in run_jobs(jobs, executor=bank.executor):
        if result.value is None:
            raise RuntimeError(f"files of {scenario}: {result.failure}")
        listings.append(result.value)
    study = file_study(listings, design, Assumptions(), SAMPLES * len(listings))
    bank.tell(f"files: {scenario}: {len(listings)} runs")
    rows = []
    for cell in study.cells:
        if cell.table != "6.6" or cell.row not in ROWS or None in (cell.published, cell.low, cell.high):
            continue
        inside = cell.low <= cell.published <= cell.high  # type: ignore[operator]
        rows.append(
            (
                scenario, cell.row, design.files, cell.published, cell.low, cell.median, cell.high, cell.at_most,
                cell.at_least, inside,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _write(path: Path, table: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part")
    table.to_csv(whole, index=False)
    whole.replace(path)
