"""Plans of tiny runs, and the tables of a sweep in a form that can be compared bit for bit."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from referral_sim.experiment.jobs import run_job

SCENARIO = """name: tiny
title: A tiny authority
time: {warm_up_months: 0, years: 1}
population: {children: 300, deprived_share: 0.5}
trouble: {rate: 0.5}
localities: {North: {share: 2.0, posts: 2}}
programmes: {Hill: {children_under_five: 20, workers: 2, reach: 0.8}}
"""
PLAN = """scenario: tiny.yaml
levers:
  front_door.threshold: [2.0, 3.0]
uncertainties:
  programmes.Hill.reach: {values: [0.3, 0.9]}
design: {kind: grid}
replicates: 3
seed: 5
"""
ROOT = Path(__file__).parent.parent
MAIN = "from referral_sim.cli import main; main()"
COMMAND = [sys.executable, "-c", MAIN]


def plan_file(folder: Path, text: str = PLAN, name: str = "plan.yaml") -> Path:
    """A plan beside the tiny scenario."""
    (folder / "tiny.yaml").write_text(SCENARIO, encoding="utf-8")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(table: pa.Table) -> list[str]:
    """The rows of a table but for the seconds, sorted; floats as their bits."""
    kept = table.drop_columns(["seconds"]) if "seconds" in table.column_names else table
    plain = (tuple(v.hex() if isinstance(v, float) else v for v in row.values()) for row in kept.to_pylist())
    return sorted(map(repr, plain))


def same_tables(one: Any, other: Any) -> None:
    """Fail unless two stores hold the same runs and outcomes, bit for bit, in whatever order."""
    assert rows(one.runs()) == rows(other.runs())
    assert rows(one.outcomes()) == rows(other.outcomes())


def once_each(store: Any, count: int) -> None:
    """Fail unless a store has so many runs, none twice, and outcomes of these once each."""
    runs = store.runs()["run"].to_pylist()
    assert len(runs) == len(set(runs)) == count
    keys = list(zip(*(store.outcomes()[name].to_pylist() for name in ("run", "measure", "group")), strict=True))
    assert len(keys) == len(set(keys))
    done = [r["run"] for r in store.runs().to_pylist() if r["status"] == "done"]
    assert {key[0] for key in keys} == set(done)


class Shuffled:
    """Gives an executor its tasks in another order."""

    def __init__(self, executor: Any, seed: int) -> None:
        self.executor, self.seed = executor, seed

    def run(self, function: Any, tasks: Any) -> Any:
        listed = list(tasks)
        random.Random(self.seed).shuffle(listed)
        return self.executor.run(function, listed)


def children(pid: int) -> list[int]:
    """Processes started by a process and still there, with all below them (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found += [int(entry.name), *children(int(entry.name))]
    return found


def gone(pids: list[int], seconds: float = 60.0) -> list[int]:
    """Those of some processes that are still there after waiting for their end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left = [pid for pid in pids if alive(pid)]
        if not left:
            return []
        time.sleep(0.05)
    return left


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid: int) -> None:
    """Kill -9 a process that this test run started; it may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Gate:
    """Holds the runs of a sweep, whoever makes them, when so many have been made; see :func:`held`.

    Args:
        folder: where the gate's files are.
        count: of runs made at which it closes.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "closed").write_text(str(count))

    def code(self) -> str:
        """What a process that starts a sweep runs first."""
        return (
            f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); import functools, pathlib, sweeps;"
            "import referral_sim.experiment.jobs as jobs;"
            f"jobs.run_job = functools.partial(sweeps.held, pathlib.Path({str(self.folder)!r}));"
        )

    def makers(self) -> list[int]:
        """Who made the runs so far, one process id a run."""
        return self._listed("made")

    def waiting(self) -> list[int]:
        """Who has waited at the closed gate, each with one run that was not given back."""
        return self._listed("waiting")

    def _listed(self, name: str) -> list[int]:
        file = self.folder / name
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def open(self) -> None:
        (self.folder / "closed").unlink(missing_ok=True)


def held(folder: Path, job: Any) -> Any:
    """Make a run; then wait, if the gate is closed, until it is opened. The run is not given back before."""
    value = run_job(job)
    with (folder / "made").open("a") as made:
        made.write(f"{os.getpid()}\n")
    closed = folder / "closed"
    with contextlib.suppress(FileNotFoundError):
        if len((folder / "made").read_text().split()) >= int(closed.read_text()):
            with (folder / "waiting").open("a") as waiting:
                waiting.write(f"{os.getpid()}\n")
            while closed.exists():
                time.sleep(0.01)
    return value


def hangs_when_large(begun: Path, job: Any) -> Any:
    """Make a run of a small population; one of a large one adds a line to a file and never ends."""
    if job.scenario.population.children > 1000:
        with begun.open("a") as file:
            file.write("large\n")
        threading.Event().wait()
    return run_job(job)
