"""Makes the runs of a study: ``python -m referral_sim.dashboard.making FOLDER``, started by :mod:`.studies`.

The first run of each scenario is made in this process, so that something is there soon; then as many at once as there
are cores. Last comes one replicate with months and events, in which single cases can be followed.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ..experiment.executors import Executor, R, T, TaskResult, usable_cores
from ..experiment.variants import ScenarioVariant
from .studies import DETAILS, ENDED, FAILED, FINISHED, PLAN, STOPPED, STORE

SOONEST = 0.5
"""Seconds between two writings of the store at first; later a tenth of the time that has passed."""


class FirstHere:
    """Makes the first tasks in this process and the others elsewhere.

    Args:
        count: how many are made here.
        others: who makes the others.
    """

    def __init__(self, count: int, others: Executor) -> None:
        self._count, self._others = count, others

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """As :class:`~referral_sim.experiment.executors.Executor` says."""
        from ..experiment.executors import SerialExecutor

        left = iter(tasks)
        yield from SerialExecutor().run(function, itertools.islice(left, self._count))
        yield from self._others.run(function, left)


def make(folder: Path) -> None:
    """Make the runs that a study's store does not have, then its details."""
    from ..experiment.parquet_store import ParquetStore
    from ..experiment.plan_file import load_plan
    from ..experiment.process_executor import ProcessExecutor
    from ..experiment.running import sweep

    os.chdir(folder)  # the plan names its scenario file beside it
    plan = load_plan(PLAN)
    store = ParquetStore(STORE)
    began = written = time.monotonic()
    workers = usable_cores()
    executor = FirstHere(len(plan.variants), ProcessExecutor(workers))
    for _ in sweep(plan, executor=executor, store=store, order=lambda run: run.replicate):
        now = time.monotonic()
        if now - written > max(SOONEST, (now - began) / 10):
            store.flush()
            written = now
    if not Path(DETAILS).exists():
        _details(plan.variants, plan.seed, workers)


def _details(variants: Sequence[ScenarioVariant], seed: int, workers: int) -> None:
    from ..experiment.jobs import Job, run_jobs, take_tables
    from ..results.folders import checked_folder, write_folder

    scenarios = [variant.base for variant in variants]
    found = {
        result.task.scenario.name: result
        for result in run_jobs([Job(s, seed, 0, take_tables) for s in scenarios], workers)
    }
    results = [found[s.name] for s in scenarios]
    write_folder(checked_folder(Path(DETAILS)), scenarios, results, {"seed": seed, "replicates": 1})


def main() -> int:
    """Make the study of the folder named on the command line, and say in it how that ended."""
    for sign in (signal.SIGINT, signal.SIGTERM):  # whoever started the server may have let it ignore Ctrl-C
        signal.signal(sign, signal.default_int_handler)
    folder = Path(sys.argv[1]).resolve()
    how, message = FINISHED, ""
    try:
        make(folder)
    except KeyboardInterrupt:
        how = STOPPED
    except Exception as error:
        traceback.print_exc()
        how, message = FAILED, " ".join(f"{type(error).__name__}: {error}".split())
    (folder / ENDED).write_text(json.dumps({"how": how, "message": message}) + "\n", encoding="utf-8")
    return 0 if how == FINISHED else 1


if __name__ == "__main__":
    sys.exit(main())
