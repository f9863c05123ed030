"""Who makes runs: a protocol, and the plainest executor that keeps it, in this process."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .runs import DONE, reason_of

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Ended(Generic[T, R]):
    """A task that has ended.

    Attributes:
        task: what was asked for.
        value: what the function returned; None unless done.
        status: as in :class:`~referral_sim.experiment.runs.Finished`.
        reason: one line; empty if done.
        traceback: of the function, if it raised.
        seconds: how long the function took.
    """

    task: T
    value: R | None
    status: str = DONE
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0


class Executor(Protocol):
    """Applies a function of a module to tasks, and says of each how it ended.

    Tasks are taken one by one as there is room for them, never all at once. They end in any order. What a function
    raises is an end like any other. When the iterator is closed, whatever runs is stopped and nothing is left behind.
    """

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[Ended[T, R]]:
        """Yield each task as it ends."""
        ...


class Here:
    """Makes runs in this process, one after the other, in the order of the tasks."""

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[Ended[T, R]]:
        """Yield each task as it ends."""
        for task in tasks:
            yield attempt(function, task)


def attempt(function: Callable[[T], R], task: T) -> Ended[T, R]:
    """Apply a function to a task in this process."""
    started = time.perf_counter()
    try:
        value = function(task)
    except MemoryError as error:
        traceback.clear_frames(error.__traceback__)  # lets go of what took the memory
        return Ended(task, None, "memory", "out of memory", seconds=time.perf_counter() - started)
    except Exception as error:
        reason, text = reason_of(error)
        return Ended(task, None, "failed", reason, text, time.perf_counter() - started)
    return Ended(task, value, seconds=time.perf_counter() - started)
