"""Runs on a Dask cluster (extra ``distributed``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .executors import Ended, R, T, attempt
from .processes import WorkersError


class ClusterError(WorkersError):
    """The cluster cannot be used; the text says why."""


class OnDask:
    """Makes runs on the workers of a Dask cluster, each of which must have the same version of this package.

    A run whose worker dies is given to another; after some such deaths (the cluster's ``allowed-failures``) it is lost.

    Args:
        address: of the scheduler, as in ``tcp://host:8786``.

    Raises:
        ClusterError: if Dask is not installed or no scheduler answers there.
    """

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ClusterError("needs Dask: pip install 'referral-sim[distributed]'") from None
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

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[Ended[T, R]]:
        """Yield each task as it ends.

        Raises:
            ClusterError: if the scheduler goes away.
        """
        from distributed import CancelledError, KilledWorker, as_completed

        waiting = iter(tasks)
        asked: dict[str, T] = {}

        def given() -> Any:
            for task in waiting:
                future = self._client.submit(attempt, function, task, pure=False)
                asked[future.key] = task
                return future
            return None

        first = [future for _ in range(2 * max(self.workers(), 1)) if (future := given()) is not None]
        ends = as_completed(first, loop=self._client.loop)
        try:
            for future in ends:
                task = asked.pop(future.key)
                try:
                    end: Ended[T, R] = future.result()
                    yield Ended(task, end.value, end.status, end.reason, end.traceback, end.seconds)
                except CancelledError as error:
                    raise ClusterError("the scheduler is gone, or gave the runs up") from error
                except KilledWorker as error:
                    yield Ended(task, None, "lost", f"{type(error).__name__}: {' '.join(str(error).split())}")
                future.release()
                more = given()
                if more is not None:
                    ends.add(more)
        finally:
            self._client.cancel(list(ends.futures))
