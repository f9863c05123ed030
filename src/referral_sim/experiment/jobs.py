"""One run: what it depends on, and what is taken from it. Every command makes its runs by :func:`run_jobs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from ..model import ReferralModel
from ..scenario import Scenario
from .executors import Executor, SerialExecutor, TaskResult


@dataclass(frozen=True)
class OutcomeSelector:
    """One outcome to keep of a run: a measure, of one group or (None) of all its groups."""

    measure: str
    group: str | None = None

    def __str__(self) -> str:
        return self.measure if self.group is None else f"{self.measure}/{self.group}"


def take_measures(model: ReferralModel, outcomes: tuple[OutcomeSelector, ...] = ()) -> pd.DataFrame:
    """Measures of the reporting year: measure, value, unit, group; of some outcomes only, if any are given."""
    table = model.measures()
    if not outcomes:
        return table
    whole = {o.measure for o in outcomes if o.group is None}
    single = {(o.measure, o.group) for o in outcomes}
    chosen = [m in whole or (m, g) in single for m, g in zip(table["measure"], table["group"], strict=True)]
    return table[chosen].reset_index(drop=True)


def take_tables(model: ReferralModel) -> dict[str, pd.DataFrame]:
    """The whole tables of a run (large): measures, monthly, and events with one row a case stage."""
    return {"measures": model.measures(), "monthly": model.monthly(), "events": model.events()}


@dataclass(frozen=True, eq=False)
class Job:
    """One run to be made.

    Attributes:
        scenario, seed, replicate: what the run depends on.
        take: takes from the finished model what is wanted of the run, in the process that made it. A function at the
            top of a module, or a :func:`functools.partial` of one, so that it can be sent there.
    """

    scenario: Scenario
    seed: int
    replicate: int
    take: Callable[[ReferralModel], Any] = take_measures


JobResult: TypeAlias = TaskResult[Job, Any]
"""A run that has ended; its value is what the job's ``take`` gave."""


def run_job(job: Job) -> Any:
    """Make one run in this process, and return what its ``take`` gives."""
    model = ReferralModel(job.scenario, rng=job.seed, replicate=job.replicate).run()
    taken = job.take(model)
    model.release()
    return taken


def run_jobs(jobs: Iterable[Job], workers: int = 1, *, executor: Executor | None = None) -> Iterator[JobResult]:
    """Make runs, and yield the result of each as it ends; a run that fails is a result like any other.

    Args:
        jobs: what to run.
        workers: processes. With 1 all runs are made here, in order; with more, results come in any order, and a run
            whose process dies is tried once more.
        executor: who makes the runs instead; it takes jobs one by one, as there is room for them.

    Raises:
        ValueError: if ``workers`` is below 1.
        WorkersError: if worker processes cannot be started.
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}")
    if executor is None:
        jobs = list(jobs)
        workers = min(workers, len(jobs))
        executor = SerialExecutor()
        if workers > 1:
            from .process_executor import ProcessExecutor

            executor = ProcessExecutor(workers)
    yield from executor.run(run_job, jobs)
