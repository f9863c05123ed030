"""A sweep: what a plan asks for and a store does not have yet, made by an executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any, TypeAlias

import pandas as pd

from ..scenario import Scenario, ScenarioError, load_scenario
from .estimate import trials
from .executors import Executor, SerialExecutor, TaskResult
from .jobs import BranchedJob, Job, branched, run_job, run_jobs, take_measures
from .plan import Plan, PlannedRun
from .plan_file import load_plan
from .resume import ready
from .stores import FinishedRun, MemoryStore, Store
from .variants import Point, Value, override, variant_of

Announce: TypeAlias = Callable[[list[PlannedRun], list[FinishedRun]], None]


def sweep(
    plan: Plan | str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    store: Store | None = None,
    retry_failed: bool = False,
    announce: Announce | None = None,
    order: Callable[[PlannedRun], int] | None = None,
) -> Generator[FinishedRun, None, None]:
    """Make the runs that a store does not have, keep each, and yield it.

    Args:
        plan: a plan, or the path of its file.
        executor: who makes the runs; this process if not given.
        store: who keeps them; memory, for as long as the iterator lives, if not given.
        retry_failed: make the runs again that the store has as failed, over a limit or lost.
        announce: called once, with the runs that are left and those of them that were made first, one a scenario, to
            tell how long the rest will take.
        order: runs with the lowest come first; the plan's order if not given, which is case by case.

    Yields:
        Runs as they end, in any order; runs in the store already are not among them. The store is closed when the
        iterator is, however that comes about.

    Raises:
        ScenarioError: if a plan's file has faults.
        OtherPlanError: if the store holds runs of a plan that this one does not go on.
        StoreError: if the store cannot be used or written; what it had written before stays.
    """
    if not isinstance(plan, Plan):
        plan = load_plan(plan)
    executor, store = executor or SerialExecutor(), store or MemoryStore()
    try:
        left = ready(plan, store)
        if retry_failed and store.forget_failed():
            left = ready(plan, store)
        if order is not None:
            left.sort(key=order)
        timed: list[FinishedRun] = []
        for finished in make(plan, trials(left) if announce is not None else (), executor):
            store.add(finished)
            timed.append(finished)
            yield finished
        tried = {finished.task.id for finished in timed}
        left = [run for run in left if run.id not in tried]
        if announce is not None:
            announce(left, timed)
        for finished in make(plan, left, executor):
            store.add(finished)
            yield finished
    finally:
        store.close()


def make(plan: Plan, runs: Iterable[PlannedRun], executor: Executor) -> Iterator[FinishedRun]:
    """Make runs of a plan, and yield each as it ends; those whose scenario is not allowed end first or in between."""
    take = partial(take_measures, outcomes=plan.outcomes) if plan.outcomes else take_measures
    waiting: dict[Job, PlannedRun] = {}
    refused: list[FinishedRun] = []
    last: tuple[object, ...] = ()
    scenario: Scenario | None = None
    why = ""

    def jobs() -> Iterator[Job | BranchedJob]:
        for together in _with_common_history(runs):
            yield from branched(made(together))

    def made(runs: list[PlannedRun]) -> Iterator[Job]:
        nonlocal last, scenario, why
        for run in runs:
            if last != (run.variant.scenario, run.variant.policies, run.point):
                last = (run.variant.scenario, run.variant.policies, run.point)
                try:
                    scenario, why = run.variant.at(run.point), ""
                except ScenarioError as error:
                    scenario, why = None, "ScenarioError: " + "; ".join(str(error).splitlines())
            if scenario is None:
                refused.append(TaskResult(run, None, "failed", why))
                continue
            job = Job(scenario, run.seed, run.replicate, take)
            waiting[job] = run
            yield job

    for result in run_jobs(jobs(), executor=executor):
        yield from _emptied(refused)
        run = waiting.pop(result.task)
        yield TaskResult(run, result.value, result.status, result.reason, result.traceback, result.seconds)
    yield from _emptied(refused)


def _with_common_history(runs: Iterable[PlannedRun]) -> Iterator[list[PlannedRun]]:
    """Runs of a plan, those together that a date may part: of one scenario, point and replicate."""
    runs = list(runs)
    dated = {run.variant.scenario for run in runs if run.variant.base.dated}
    groups: dict[object, list[PlannedRun]] = {}
    for run in runs:
        alike = (run.variant.scenario, run.number, run.seed, run.replicate)
        groups.setdefault(alike if run.variant.scenario in dated else run.id, []).append(run)
    yield from groups.values()


def _emptied(refused: list[FinishedRun]) -> Iterator[FinishedRun]:
    while refused:
        yield refused.pop(0)


def simulate(
    scenario: Scenario | str | os.PathLike[str],
    point: Point | None = None,
    seed: int = 1,
    replicate: int = 0,
) -> dict[str, float]:
    """One run as a plain function of numbers, for whoever brings a design of their own (SALib, EMA workbench).

    Args:
        scenario: a scenario, a preset's name or a file.
        point: values by dotted key, laid over the scenario as ``--set`` does; numpy numbers will do.
        seed: of the run.
        replicate: which replicate of the seed.

    Returns:
        Measures: ``referrals`` is that of the whole authority, ``referrals/locality:North`` that of a group; NaN for a
        share or mean of nothing. With more than one reporting year, each name ends in its year: ``referrals/2006-07``.

    Raises:
        ScenarioError: if the scenario or a value is not allowed.
    """
    values = {key: _plain(value) for key, value in (point or {}).items()}
    if isinstance(scenario, Scenario):
        found = variant_of(scenario).at(values)
    else:
        found = load_scenario(scenario, [override(key, value) for key, value in values.items()])
    table: pd.DataFrame = run_job(Job(found, seed, replicate))
    names = [m if g == "all" else f"{m}/{g}" for m, g in zip(table["measure"], table["group"], strict=True)]
    if table["year"].nunique() > 1:
        names = [f"{name}/{year}" for name, year in zip(names, table["year"], strict=True)]
    return dict(zip(names, table["value"].tolist(), strict=True))


def _plain(value: Any) -> Value:
    """A numpy number as one of Python's."""
    found: Value = value.item() if hasattr(value, "item") else value
    return found
