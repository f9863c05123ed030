"""One run: what it depends on, and what is taken from it. Every command makes its runs by :func:`run_jobs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from ..model import ReferralModel, steps_of
from ..scenario import Scenario
from .executors import DONE, Executor, SerialExecutor, TaskResult, reason_of


class RunsFailedError(RuntimeError):
    """Runs that are needed did not end; the message names the first."""


@dataclass(frozen=True)
class OutcomeSelector:
    """One outcome to keep of a run: a measure, of one group or (None) of all its groups."""

    measure: str
    group: str | None = None

    def __str__(self) -> str:
        return self.measure if self.group is None else f"{self.measure}/{self.group}"


def take_measures(model: ReferralModel, outcomes: tuple[OutcomeSelector, ...] = ()) -> pd.DataFrame:
    """Measures by reporting year: year, measure, value, unit, group; of some outcomes only, if any are given."""
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


@dataclass(frozen=True, eq=False)
class BranchedJob:
    """Runs of one seed and replicate whose scenarios have the same history until the first of their dates.

    Attributes:
        jobs: the runs; the common part is made once.
    """

    jobs: tuple[Job, ...]


JobResult: TypeAlias = TaskResult[Job, Any]
"""A run that has ended; its value is what the job's ``take`` gave."""


def branched(jobs: Iterable[Job]) -> list[Job | BranchedJob]:
    """Jobs, those together that have a history in common; in the order of the first of each."""
    jobs = list(jobs)
    if not any(job.scenario.dated for job in jobs):
        return list(jobs)
    groups: dict[tuple[str, int, int], list[Job]] = {}
    for job in jobs:
        groups.setdefault((job.scenario.history_hash(), job.seed, job.replicate), []).append(job)
    return [BranchedJob(tuple(group)) if len(group) > 1 else group[0] for group in groups.values()]


def run_job(job: Job | BranchedJob) -> Any:
    """Make one run in this process, and return what its ``take`` gives; of runs that branch, a result for each."""
    if isinstance(job, Job):
        model = ReferralModel(job.scenario, rng=job.seed, replicate=job.replicate).run()
        taken = job.take(model)
        model.release()
        return taken
    first = job.jobs[0]
    model = ReferralModel(first.scenario, rng=first.seed, replicate=first.replicate)
    results: dict[int, TaskResult[None, Any]] = {}
    _grow(model, dict(enumerate(job.jobs)), results)
    return [results[number] for number in range(len(job.jobs))]


def _grow(model: ReferralModel, jobs: dict[int, Job], results: dict[int, TaskResult[None, Any]]) -> None:
    """Go on with a model to the day before its runs differ, and from there with a copy of it for each.

    Args:
        model: whose history all the runs have.
        jobs: the runs by number.
        results: where what came of each is put.
    """
    try:
        day, parts = _parting(model, jobs)
        while model.running and model.day < day - 1:
            model.step()
    except MemoryError:
        raise
    except Exception as error:
        reason, text = reason_of(error)
        results |= {number: TaskResult(None, None, "failed", reason, text) for number in jobs}
        model.release()
        return
    if len(parts) == 1:
        for number, job in jobs.items():
            model.go_on_as(job.scenario)
            results[number] = _taken(model, job)
        model.release()
        return
    *others, last = parts
    for part in others:
        _grow(model.branch(next(iter(part.values())).scenario), part, results)
    model.go_on_as(next(iter(last.values())).scenario)
    _grow(model, last, results)


def _parting(model: ReferralModel, jobs: dict[int, Job]) -> tuple[int, list[dict[int, Job]]]:
    """The first working day on which some runs differ, the day after the last if they do not, and who goes together."""
    calendar = model.calendar
    steps = {number: steps_of(job.scenario, calendar) for number, job in jobs.items()}
    for day in sorted({day for one in steps.values() for day in one if day > model.day}):
        parts: dict[str | None, dict[int, Job]] = {}
        for number, job in jobs.items():
            parts.setdefault(steps[number].get(day), {})[number] = job
        if len(parts) > 1:
            return day, list(parts.values())
    return calendar.days + 1, [jobs]


def _taken(model: ReferralModel, job: Job) -> TaskResult[None, Any]:
    """What a run takes from its finished model."""
    try:
        return TaskResult(None, job.take(model))
    except MemoryError:
        raise
    except Exception as error:
        reason, text = reason_of(error)
        return TaskResult(None, None, "failed", reason, text)


def run_jobs(
    jobs: Iterable[Job | BranchedJob], workers: int = 1, *, executor: Executor | None = None
) -> Iterator[JobResult]:
    """Make runs, and yield the result of each as it ends; a run that fails is a result like any other.

    Runs that branch end together; where their process dies or is over a limit, each is made alone.

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
        jobs = branched(job for task in jobs for job in (task.jobs if isinstance(task, BranchedJob) else (task,)))
        workers = min(workers, len(jobs))
        executor = SerialExecutor()
        if workers > 1:
            from .process_executor import ProcessExecutor

            executor = ProcessExecutor(workers)
    alone: list[Job | BranchedJob] = []
    for result in executor.run(run_job, jobs):
        if isinstance(result.task, Job):
            yield result  # type: ignore[misc]
        elif result.status == DONE:
            seconds = result.seconds / len(result.task.jobs)
            for job, one in zip(result.task.jobs, result.value or (), strict=True):
                yield TaskResult(job, one.value, one.status, one.reason, one.traceback, seconds)
        else:
            alone += result.task.jobs
    if alone:
        yield from executor.run(run_job, alone)  # type: ignore[misc]
