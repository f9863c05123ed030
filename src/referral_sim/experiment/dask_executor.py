"""Runs on a Dask cluster (extra ``distributed``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .executors import R, T, TaskResult, WorkersError, attempt
from .model_version import model_version


class ClusterError(WorkersError):
    """The cluster cannot be used; the text says why."""


class OtherModelError(RuntimeError):
    """A worker of the cluster has another version of the model than who asked it."""


class DaskExecutor:
    """Makes runs on the workers of a Dask cluster, each of which must have the same model as this process.

    A run whose worker dies is given to another; after some such deaths (the cluster's ``allowed-failures``) it is lost.

    Args:
        address: of the scheduler, as in ``tcp://host:8786``.
        timeout: seconds to wait for the scheduler's answer.

    Raises:
        ClusterError: if Dask is not installed or no scheduler answers there.
    """

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ClusterError('needs Dask: pip install "referral-sim[distributed]"') from None
        try:
            self._client: Any = Client(address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(f"no scheduler answers at {address}: {error}") from error

    def workers(self) -> int:
        """How many runs the cluster makes at once now."""
        return sum(self._client.nthreads().values())

    def close(self) -> None:
        """Let go of the cluster; it goes on."""
        self._client.close()

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """Yield the result of each task as it ends; a worker with another model fails its tasks.

        Raises:
            ClusterError: if the scheduler goes away.
        """
        from distributed import CancelledError, KilledWorker, as_completed

        waiting = iter(tasks)
        asked: dict[str, T] = {}
        model = model_version()

        def given() -> Any:
            for task in waiting:
                future = self._client.submit(attempt_with, model, function, task, pure=False)
                asked[future.key] = task
                return future
            return None

        first = [future for _ in range(2 * max(self.workers(), 1)) if (future := given()) is not None]
        ends = as_completed(first, loop=self._client.loop)
        try:
            for future in ends:
                task = asked.pop(future.key)
                try:
                    end: TaskResult[T, R] = future.result()
                    yield TaskResult(task, end.value, end.status, end.reason, end.traceback, end.seconds)
                except CancelledError as error:
                    raise ClusterError("the scheduler is gone, or gave the runs up") from error
                except KilledWorker as error:
                    yield TaskResult(task, None, "lost", f"{type(error).__name__}: {' '.join(str(error).split())}")
                future.release()
                more = given()
                if more is not None:
                    ends.add(more)
        finally:
            self._client.cancel(list(ends.futures))


def attempt_with(model: str, function: Callable[[T], R], task: T) -> TaskResult[T, R]:
    """What a worker of the cluster does with a task: apply the function, if its model is the one asked for."""
    return attempt(_refuse if model_version() != model else function, task)


def _refuse(task: Any) -> Any:
    raise OtherModelError(f"the worker has model {model_version()}, not that of the process that asks it")
