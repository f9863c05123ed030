"""Makes the runs of a study: ``python -m referral_sim.dashboard.worker FOLDER THERE``, started by :mod:`.studies`.

THERE is how many runs the study has already. The process holds the study's lock as long as it lives, and says so by a
line on stdout; what it prints later goes to stderr. The first run of each scenario is made in this process, so that
something is there soon; then as many at once as there are cores. Last come a few replicates with months and events, in
which families can be followed.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from ..experiment.executors import Executor, R, T, TaskResult

PLAN, STORE, DETAILS, REQUEST = "plan.yaml", "store", "details", "study.json"
DETAILED = 4
"""Replicates that are kept with their events: two draws of parameters, each met twice."""
STARTED, ENDED, LOCK = "started.json", "ended.json", "lock"
FINISHED, STOPPED, FAILED = "finished", "stopped", "failed"
SOONEST = 0.5
"""Seconds between two writings of the store at first; later a tenth of the time that has passed."""
_PATIENCE = 2.0
"""Seconds in which a look at the lock by somebody else is over."""


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
    from ..experiment.draws import shipped_draws
    from ..experiment.executors import usable_cores
    from ..experiment.jobs import Job, run_jobs, take_tables
    from ..experiment.parquet_store import ParquetStore
    from ..experiment.plan import runs_of
    from ..experiment.plan_file import load_plan
    from ..experiment.process_executor import ProcessExecutor
    from ..experiment.running import sweep_runs
    from ..folders.write_folder import checked_folder, write_folder

    os.chdir(folder)  # the plan names its scenario file beside it
    plan = load_plan(PLAN)
    if json.loads(Path(REQUEST).read_text("utf-8"))["asked"]["draws"]:
        plan = replace(plan, draws=shipped_draws([variant.base for variant in plan.variants]))
    store = ParquetStore(STORE)
    began = written = time.monotonic()
    workers = usable_cores()
    executor = FirstHere(len(plan.variants), ProcessExecutor(workers))
    for _ in sweep_runs(plan, executor=executor, store=store, order=lambda run: run.replicate):
        now = time.monotonic()
        if now - written > max(SOONEST, (now - began) / 10):
            store.flush()
            written = now
    if not Path(DETAILS).exists():
        firsts = sorted((run for run in runs_of(plan) if run.replicate < DETAILED), key=lambda run: run.replicate)
        jobs = [Job(run.variant.at(run.point), plan.seed, run.replicate, take_tables) for run in firsts]
        results = sorted(run_jobs(jobs, workers), key=lambda result: jobs.index(result.task))
        scenarios = [job.scenario for job in jobs if job.replicate == 0]
        asked = {"seed": plan.seed, "replicates": min(DETAILED, plan.replicates)}
        write_folder(checked_folder(Path(DETAILS)), scenarios, results, asked)


def write_end(folder: Path, how: str, message: str = "") -> None:
    """Write down how the making of a study's runs has ended.

    Args:
        folder: of the study.
        how: finished, stopped or failed.
        message: what went wrong, if anything.
    """
    (folder / ENDED).write_text(json.dumps({"how": how, "message": message}) + "\n", encoding="utf-8")


def main() -> int:
    """Make the study of the folder named on the command line, and say in it how that ended."""
    for sign in (signal.SIGINT, signal.SIGTERM):  # whoever started the server may have let it ignore Ctrl-C
        signal.signal(sign, signal.default_int_handler)
    folder = Path(sys.argv[1]).resolve()
    try:
        with FileLock(folder / LOCK, timeout=_PATIENCE):
            return _make_with_lock(folder, int(sys.argv[2]))
    except Timeout:  # somebody else makes them
        return 1


def _make_with_lock(folder: Path, there: int) -> int:
    how, message = FINISHED, ""
    try:
        (folder / ENDED).unlink(missing_ok=True)
        began = {"pid": os.getpid(), "time": time.time(), "already": there}
        (folder / STARTED).write_text(json.dumps(began) + "\n", encoding="utf-8")
        print("started", flush=True)  # noqa: T201
        os.dup2(2, 1)
        make(folder)
    except KeyboardInterrupt:
        how = STOPPED
    except Exception as error:
        traceback.print_exc()
        how, message = FAILED, " ".join(f"{type(error).__name__}: {error}".split())
    write_end(folder, how, message)
    return 0 if how == FINISHED else 1


if __name__ == "__main__":
    sys.exit(main())
