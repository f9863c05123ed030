"""Replicates of scenarios, here or in worker processes. A run depends on (scenario, seed, replicate) alone."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from ..model import ReferralModel
from ..scenario import Scenario
from .executors import Executor, Here
from .processes import Processes


@dataclass(frozen=True)
class Job:
    """One run to be made.

    Attributes:
        scenario, seed, replicate: what the run depends on.
        summary: takes something small from the finished run, in the process that made it; what it gives stands in
            the result in place of the measures. A function at the top of a module, so that it can be sent there.
    """

    scenario: Scenario
    seed: int
    replicate: int
    summary: Callable[[ReferralModel], Any] | None = None


@dataclass(frozen=True)
class RunResult:
    """One run that was made, or failed.

    Attributes:
        job: what was asked for.
        measures: measure, value, unit, group; empty if the run failed, or the job has a summary.
        monthly: month, measure, value, unit, group; None unless tables were asked for.
        events: one row a case stage; None unless tables were asked for.
        failure: the traceback of a run that failed, else None.
        seconds: how long the run took.
        summary: what the job's summary gave; None without one, or if the run failed.
    """

    job: Job
    measures: pd.DataFrame
    monthly: pd.DataFrame | None
    events: pd.DataFrame | None
    failure: str | None
    seconds: float
    summary: Any = None


def run_job(job: Job, keep_tables: bool = False) -> RunResult:
    """Make one run; a failure is a result like any other."""
    started = time.perf_counter()
    try:
        model = ReferralModel(job.scenario, rng=job.seed, replicate=job.replicate).run()
        monthly = model.monthly() if keep_tables else None
        events = model.events() if keep_tables else None
        measures = model.measures() if job.summary is None else no_measures()
        summary = None if job.summary is None else job.summary(model)
        model.release()
    except Exception:
        return RunResult(job, no_measures(), None, None, traceback.format_exc(), time.perf_counter() - started)
    return RunResult(job, measures, monthly, events, None, time.perf_counter() - started, summary)


def no_measures() -> pd.DataFrame:
    """A frame of measures without rows."""
    return pd.DataFrame({"measure": [], "value": [], "unit": [], "group": []})


def run_replicates(jobs: Iterable[Job], workers: int = 1, keep_tables: bool = False) -> Iterator[RunResult]:
    """Run jobs and yield each as it ends.

    Args:
        jobs: what to run.
        workers: processes; with 1 all runs are made here, in order. Results come in any order with more. A run whose
            process dies is tried once more.
        keep_tables: also keep monthly series and events (large).

    Raises:
        ValueError: if ``workers`` is below 1.
        WorkersError: if worker processes cannot be started.
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}")
    jobs = list(jobs)
    executor: Executor = Here() if workers == 1 or len(jobs) < 2 else Processes(workers)
    for end in executor.run(partial(run_job, keep_tables=keep_tables), jobs):
        lost = RunResult(end.task, no_measures(), None, None, f"no result: {end.reason}", end.seconds)
        yield lost if end.value is None else end.value
