"""How long a sweep takes and how much disk it needs, before it starts; and such numbers in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from .parquet_store import LONGEST_SECONDS, MOST_RUNS, size_of
from .plan import Plan, PlannedRun
from .stores import FinishedRun, outcome_table, run_columns, run_table

_COPIES = 200
_FILES = 9_000.0
"""Bytes of two files of a shard besides their rows."""


@dataclass(frozen=True)
class Estimate:
    """What runs will take.

    Attributes:
        runs: how many.
        seconds: with the workers asked for; None if no run could be timed.
        bytes: on disk; None likewise.
        timed: how many runs it rests on.
    """

    runs: int
    seconds: float | None
    bytes: int | None
    timed: int


def trials(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """The runs to be timed first: one a scenario."""
    return list({run.variant.scenario: run for run in reversed(runs)}.values())


def estimate(plan: Plan, runs: Sequence[PlannedRun], timed: Sequence[FinishedRun], workers: int) -> Estimate:
    """What runs will take, from runs of the same scenarios that were timed.

    Args:
        plan: what they belong to.
        runs: the runs to be made.
        timed: runs made already; those that failed tell nothing.
        workers: how many are made at once.
    """
    done: Mapping[str, list[FinishedRun]] = defaultdict(list)
    for finished in timed:
        if finished.value is not None:
            done[finished.task.variant.scenario].append(finished)
    counts = Counter(run.variant.scenario for run in runs)
    if not done:
        return Estimate(len(runs), None, None, 0)
    seconds = {name: mean(f.seconds for f in found) for name, found in done.items()}
    sizes = {name: _bytes_a_run(plan, found[0]) for name, found in done.items()}
    usual, usual_size = mean(seconds.values()), mean(sizes.values())
    took = sum(seconds.get(name, usual) * count for name, count in counts.items())
    size = sum(sizes.get(name, usual_size) * count for name, count in counts.items())
    took /= max(min(workers, len(runs)), 1)
    size += _FILES * (1.0 + max(took / LONGEST_SECONDS, len(runs) / MOST_RUNS))
    return Estimate(len(runs), took, int(size), sum(map(len, done.values())))


def _bytes_a_run(plan: Plan, finished: FinishedRun) -> float:
    """Bytes of one run in a shard of many; values are varied, for no two runs are alike."""
    assert finished.value is not None
    copies = []
    for k in range(_COPIES):
        outcomes = finished.value.assign(value=finished.value["value"] * (1.0 + k / 977.0))
        copies.append(
            replace(finished, value=outcomes, task=replace(finished.task, id=f"{k * 0x9E3779B97F4A7C15:032x}"))
        )
    tables = (outcome_table(copies), run_table(copies, run_columns(plan.columns)))
    return sum(size_of(table) for table in tables) / _COPIES


def duration(seconds: float) -> str:
    """Seconds in words, to two parts: ``45 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    left = max(round(seconds), 1)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[tuple[int, str]] = []
    for name, length in units:
        count, left = divmod(left, length)
        if count or parts:
            parts.append((count, name))
    return " ".join(f"{count} {name}" for count, name in parts[:2] if count)


def size(count: int) -> str:
    """Bytes in words: ``12 kB``, ``3.4 MB``."""
    for name, unit in (("GB", 1e9), ("MB", 1e6)):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{max(count / 1e3, 1.0):.0f} kB"
