"""Who makes runs: a protocol, what it yields, and the plainest executor that keeps it, in this process."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DONE = "done"


class WorkersError(RuntimeError):
    """Worker processes cannot be started or reached; the text says why."""


@dataclass(frozen=True)
class TaskResult(Generic[T, R]):
    """A task that has ended, well or not.

    Attributes:
        task: what was asked for.
        value: what the function returned; None unless done.
        status: ``done``; ``failed`` (it raised), ``timeout`` or ``memory`` (over a limit), ``lost`` (its process died).
        reason: one line; empty if done.
        traceback: of a function that raised; else empty.
        seconds: how long it took, in its own process; until it was ended, for a task over the limit.
    """

    task: T
    value: R | None
    status: str = DONE
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0

    @property
    def failure(self) -> str | None:
        """Why there is no value, at length: the traceback, or the reason where nothing was raised; None if done."""
        if self.status == DONE:
            return None
        return self.traceback or f"no result: {self.reason}"


class Executor(Protocol):
    """Applies a function of a module to tasks, and says of each how it ended.

    Tasks are taken one by one as there is room for them, never all at once. They end in any order. What a function
    raises is a result like any other. When the iterator is closed, whatever runs is stopped and nothing is left behind.
    """

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """Yield the result of each task as it ends."""
        ...


class SerialExecutor:
    """Makes runs in this process, one after the other, in the order of the tasks."""

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """Yield the result of each task as it ends."""
        for task in tasks:
            yield attempt(function, task)


def attempt(function: Callable[[T], R], task: T) -> TaskResult[T, R]:
    """Apply a function to a task in this process."""
    started = time.perf_counter()
    try:
        value = function(task)
    except MemoryError as error:
        traceback.clear_frames(error.__traceback__)  # lets go of what took the memory
        return TaskResult(task, None, "memory", "out of memory", seconds=time.perf_counter() - started)
    except Exception as error:
        reason, text = reason_of(error)
        return TaskResult(task, None, "failed", reason, text, time.perf_counter() - started)
    return TaskResult(task, value, seconds=time.perf_counter() - started)


def reason_of(error: BaseException) -> tuple[str, str]:
    """One line and the whole traceback of an exception that is being handled."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__, traceback.format_exc()


def usable_cores() -> int:
    """Cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
