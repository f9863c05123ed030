"""Runs of a scenario, and of a plan: what it asks for and a store does not have yet, made by an executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import pandas as pd

from ..scenario import Scenario, ScenarioError
from ..scenario.faults import keys_of
from ..scenario.reader import scenario_with
from .authority_results import AuthorityResult, authority_result
from .comparison import Source
from .draws import Draws, chosen_draws, under_draws
from .estimate import trials
from .executors import Executor, SerialExecutor, TaskResult
from .jobs import BranchedJob, Job, RunsFailedError, branched, run_jobs, take_measures
from .parquet_store import ParquetStore
from .plan import Plan, PlannedRun
from .plan_file import load_plan
from .resume import ready
from .stores import FinishedRun, MemoryStore, Store
from .sweep_results import SweepResults

Announce: TypeAlias = Callable[[list[PlannedRun], list[FinishedRun]], None]


def sweep(
    plan: Plan | str | os.PathLike[str] | Mapping[str, Any],
    *,
    out: str | os.PathLike[str] | None = None,
    workers: int = 1,
    draws: Draws | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    retry_failed: bool = False,
    watch: Callable[[int, int], None] | None = None,
) -> SweepResults:
    """Make the runs that a plan asks for.

    Args:
        plan: a plan, the path of its file, or a mapping of what would stand in that.
        out: the folder that keeps the runs, as ``referral-sim sweep --out`` does: runs that it has are not made again;
            in memory if not given.
        workers: processes; the result does not depend on their number.
        draws: of parameters, that replicates run under: a calibration's folder, ``shipped``, ``none``, or what
            :func:`~.draws.load_draws` gives. If not given, calibrated authorities run under the shipped draws. A
            plan that has draws keeps them.
        executor: who makes the runs in place of ``workers``, such as a :class:`~.dask_executor.DaskExecutor`.
        retry_failed: make the runs again that the folder has as failed, over a limit or lost.
        watch: called with runs done and runs to be made.

    Returns:
        The runs and their outcomes; one that failed is a row of ``runs`` with its reason.

    Raises:
        ScenarioError: if the plan has faults.
        DrawsError: if the draws cannot be used.
        OtherPlanError: if the folder holds runs of a plan that this one does not go on.
        StoreError: if the folder cannot be used or written; what it had written before stays.
        ValueError: if ``workers`` is below 1.
    """
    if not isinstance(plan, Plan):
        plan = load_plan(plan)
    if plan.draws is None:
        plan = replace(plan, draws=chosen_draws(draws, [variant.base for variant in plan.variants]))
    if executor is None and workers != 1:
        from .process_executor import ProcessExecutor

        executor = ProcessExecutor(workers)
    store = MemoryStore() if out is None else ParquetStore(out)
    left = len(ready(plan, store)) if watch is not None else 0
    for done, _ in enumerate(sweep_runs(plan, executor=executor, store=store, retry_failed=retry_failed), 1):
        if watch is not None:
            watch(done, max(left, done))
    return SweepResults(plan, store.runs().to_pandas(), store.outcomes().to_pandas())


def sweep_runs(
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
    scenario: Source,
    *,
    replicates: int = 10,
    seed: int = 1,
    workers: int = 1,
    draws: Draws | str | os.PathLike[str] | None = None,
    **changes: Any,
) -> AuthorityResult:
    """Run a scenario a few times, and set what comes of it beside what was published of its authority.

    Args:
        scenario: a scenario, a preset's name or a file; ``NAME+POLICY`` is understood.
        replicates: runs, 1 or more.
        seed: of all runs.
        workers: processes; the result does not depend on their number.
        draws: of parameters, that replicates run under: a calibration's folder, ``shipped``, ``none``, or what
            :func:`~.draws.load_draws` gives. If not given, calibrated authorities run under the shipped draws.
        changes: values of the scenario to replace, by dotted key: ``**{"front_door.threshold": 2.5}``; numpy numbers
            will do.

    Returns:
        The result; ``means`` has what a design of experiments asks for.

    Raises:
        ScenarioError: if the scenario cannot be read, or does not allow a value.
        DrawsError: if the draws cannot be used.
        RunsFailedError: if a run fails.
        ValueError: if there are no replicates, or ``workers`` is below 1.
    """
    if replicates < 1:
        raise ValueError(f"replicates must be 1 or more, not {replicates}")
    found = scenario_with(scenario, changes)
    chosen = chosen_draws(draws, [found])
    scenario_of = under_draws(chosen, [found], keys_of(changes))
    tables: dict[int, pd.DataFrame] = {}
    for result in run_jobs([Job(scenario_of(found, k), seed, k) for k in range(replicates)], workers):
        if result.value is None:
            raise RunsFailedError(f"{found.name}, replicate {result.task.replicate}: {result.failure}")
        tables[result.task.replicate] = result.value.assign(replicate=result.task.replicate)
    measures = pd.concat([tables[k] for k in range(replicates)], ignore_index=True)
    return authority_result(found, seed, measures, chosen is not None)
