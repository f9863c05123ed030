"""Worker processes on this machine.

The pool of the standard library gives up all its runs when one of its processes dies. Here a dead process costs its own
run one attempt, a run over a limit costs its process, and processes end when who started them is gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, Generic

from .executors import R, T, TaskResult, WorkersError, attempt, reason_of
from .uninterrupted import uninterrupted

ATTEMPTS = 2
"""How often a run is tried whose process dies."""
_STARTS = 5
"""How many processes in a row may die before they are ready."""
_MEGABYTE = 1_000_000
_PR_SET_PDEATHSIG = 1


class ProcessExecutor:
    """Makes runs in processes of their own (spawn).

    Args:
        workers: how many processes.
        limit_seconds: a run that takes longer is stopped.
        limit_memory: megabytes that a run may take beyond what its process has when it is ready; Linux only.

    Raises:
        ValueError: if a number is too small, or memory cannot be limited here.
    """

    def __init__(self, workers: int, limit_seconds: float | None = None, limit_memory: int | None = None) -> None:
        if workers < 1:
            raise ValueError(f"workers must be 1 or more, not {workers}")
        if limit_seconds is not None and not limit_seconds > 0:
            raise ValueError(f"limit_seconds must be above 0, not {limit_seconds}")
        if limit_memory is not None and limit_memory < 1:
            raise ValueError(f"limit_memory must be 1 or more, not {limit_memory}")
        if limit_memory is not None and not sys.platform.startswith("linux"):
            raise ValueError("the memory of a run can be limited on Linux only")
        self.workers = workers
        self.limit_seconds = limit_seconds
        self.limit_memory = limit_memory

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """Yield each task as it ends.

        Raises:
            WorkersError: if processes die before they are ready, again and again.
        """
        pool: _Pool[T, R] = _Pool(self, pickle.dumps(function), iter(tasks))
        try:
            yield from pool.ends()
        finally:
            pool.stop()


@dataclass(eq=False)
class _Worker(Generic[T]):
    """One process.

    Attributes:
        process: the process.
        pipe: our end; closed when the process is done with.
        ready: it has loaded the function.
        task: what it works on.
        attempt: which attempt at the task this is.
        since: when it got the task.
    """

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: T | None = None
    attempt: int = 0
    since: float = 0.0

    @property
    def busy(self) -> bool:
        return self.attempt > 0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class _Pool(Generic[T, R]):
    def __init__(self, asked: ProcessExecutor, function: bytes, tasks: Iterator[T]) -> None:
        self._asked, self._function, self._tasks = asked, function, tasks
        self._waiting: deque[tuple[T, int]] = deque()
        self._workers: list[_Worker[T]] = []
        self._false_starts = 0

    def ends(self) -> Iterator[TaskResult[T, R]]:
        while True:
            self._give()
            if not self._workers:
                return
            signs = [worker.pipe for worker in self._workers]
            heard = wait(signs, timeout=self._patience())
            for worker in [w for w in self._workers if w.pipe in heard]:
                end = self._hear(worker)
                if end is not None:
                    yield end
            yield from self._late()

    def stop(self) -> None:
        with uninterrupted():
            for worker in self._workers:
                worker.process.kill()
            for worker in self._workers:
                worker.kill()
            self._workers = []

    def _filled(self, count: int) -> bool:
        """So many tasks wait to be given; takes no more of them than that."""
        while len(self._waiting) < count:
            try:
                self._waiting.append((next(self._tasks), 1))
            except StopIteration:
                return False
        return True

    def _give(self) -> None:
        """Give tasks to whom is idle, start processes while there is more to do, end them when there is not."""
        for worker in [w for w in self._workers if w.ready and not w.busy]:
            if not self._filled(1):
                self._drop(worker)
                continue
            worker.task, worker.attempt = self._waiting.popleft()
            worker.since = time.monotonic()
            with contextlib.suppress(OSError):  # it is dead; its pipe will say so
                worker.pipe.send(worker.task)
        starting = [w for w in self._workers if not w.ready]
        while len(self._workers) < self._asked.workers and self._filled(len(starting) + 1):
            with uninterrupted():  # no process is started that nobody knows
                self._workers.append(self._start())
            starting.append(self._workers[-1])
        if not self._filled(1):
            for worker in starting:
                self._drop(worker)

    def _start(self) -> _Worker[T]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        by_main = threading.current_thread() is threading.main_thread()
        given = (theirs, self._function, self._asked.limit_memory, by_main)
        process = context.Process(target=_serve, args=given, daemon=True)
        with _ctrl_c_waits():  # and is never delivered to the process, which takes this over
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _drop(self, worker: _Worker[T]) -> None:
        worker.kill()
        self._workers.remove(worker)

    def _patience(self) -> float | None:
        """Seconds until the next run is over its limit."""
        if self._asked.limit_seconds is None:
            return None
        ends = [w.since + self._asked.limit_seconds for w in self._workers if w.busy]
        return max(min(ends) - time.monotonic(), 0.0) if ends else None

    def _hear(self, worker: _Worker[T]) -> TaskResult[T, R] | None:
        try:
            word: TaskResult[None, R] | None = worker.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return self._died(worker)
        if word is None:
            worker.ready, self._false_starts = True, 0
            return None
        task = worker.task
        worker.task, worker.attempt = None, 0
        if word.status == "memory":
            self._drop(worker)
        return TaskResult(task, word.value, word.status, word.reason, word.traceback, word.seconds)  # type: ignore[arg-type]

    def _died(self, worker: _Worker[T]) -> TaskResult[T, R] | None:
        self._drop(worker)
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        if not worker.busy:
            self._false_starts += not worker.ready
            if self._false_starts >= _STARTS:
                raise WorkersError(f"worker processes end before they are ready ({how})")
            return None
        assert worker.task is not None
        if worker.attempt < ATTEMPTS:
            self._waiting.append((worker.task, worker.attempt + 1))
            return None
        reason = f"the worker process died {ATTEMPTS} times ({how})"
        return TaskResult(worker.task, None, "lost", reason, seconds=time.monotonic() - worker.since)

    def _late(self) -> Iterator[TaskResult[T, R]]:
        limit = self._asked.limit_seconds
        if limit is None:
            return
        for worker in [w for w in self._workers if w.busy and time.monotonic() - w.since >= limit]:
            if worker.pipe.poll():
                continue  # it has just ended
            self._drop(worker)
            took = time.monotonic() - worker.since
            assert worker.task is not None
            yield TaskResult(worker.task, None, "timeout", f"took longer than {limit:g} seconds", seconds=took)


@contextlib.contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, function: bytes, limit_memory: int | None, started_by_main: bool) -> None:
    """What a worker process does: wait for a task, work, answer; until nobody is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if started_by_main and sys.platform.startswith("linux"):
        # The thread below never gets its turn in a process that is stuck in compiled code. The kernel needs none, but
        # takes the end of the thread that started us for the end of the parent.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    made: Callable[[Any], Any] = pickle.loads(function)
    if limit_memory is not None:
        _limit(limit_memory)
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            end = replace(attempt(made, pipe.recv()), task=None)
            try:
                answer = ForkingPickler.dumps(end)
            except Exception as error:  # what the function returned cannot travel
                reason, text = reason_of(error)
                answer = ForkingPickler.dumps(replace(end, value=None, status="failed", reason=reason, traceback=text))
            pipe.send_bytes(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _limit(megabytes: int) -> None:
    """Let this process take so much more private memory than it has now; beyond that, Python raises MemoryError."""
    import resource

    status = Path("/proc/self/status").read_text(encoding="ascii")
    now = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (now + megabytes * _MEGABYTE, hard))
