"""Worker processes on this machine.

The pool of the standard library gives up all its runs when one of its processes dies, and so does Pebble's when one is
killed while it takes or sends what its processes share a pipe for. Here every process has a pipe of its own: a dead
process costs its own run one attempt, a run over a limit costs its process, and processes end when who started them is
gone.
"""

from __future__ import annotations

import contextlib
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

ATTEMPTS = 2
"""How often a run is tried whose process dies."""
FALSE_STARTS = 5
"""How many processes in a row may die before they are ready."""
LOOKS_UP = 1.0
"""Seconds after which a wait for workers is broken off: Ctrl-C that another thread took does not wake the main one."""
MOST_SECONDS, MOST_MEGABYTES = 1_000_000, 10_000_000
"""The largest limits of a run: eleven days, and ten terabytes."""
_MEGABYTE = 1_000_000


class ProcessExecutor:
    """Makes runs in processes of their own (spawn).

    Args:
        workers: how many processes.
        limit_seconds: a run that takes longer is stopped.
        limit_memory: megabytes that a run may take beyond what its process has when it is ready; Linux only.

    Raises:
        ValueError: if a number is too small or too large, or memory cannot be limited here.
    """

    def __init__(self, workers: int, limit_seconds: float | None = None, limit_memory: int | None = None) -> None:
        if workers < 1:
            raise ValueError(f"workers must be 1 or more, not {workers}")
        if limit_seconds is not None and not 0 < limit_seconds <= MOST_SECONDS:
            raise ValueError(f"limit_seconds must be above 0 and at most {MOST_SECONDS:,}, not {limit_seconds}")
        if limit_memory is not None and not 1 <= limit_memory <= MOST_MEGABYTES:
            raise ValueError(f"limit_memory must be from 1 to {MOST_MEGABYTES:,}, not {limit_memory}")
        if limit_memory is not None and not sys.platform.startswith("linux"):
            raise ValueError("the memory of a run can be limited on Linux only")
        self.workers = workers
        self.limit_seconds = limit_seconds
        self.limit_memory = limit_memory

    def run(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[TaskResult[T, R]]:
        """Yield the result of each task as it ends.

        Raises:
            WorkersError: if processes die before they are ready, again and again.
        """
        pool: _Pool[T, R] = _Pool(self, pickle.dumps(function), iter(tasks))
        try:
            yield from pool.results()
        finally:
            pool.stop()


@dataclass(eq=False)
class _Worker(Generic[T]):
    """One process.

    Attributes:
        process: the process.
        pipe: our end; closed when the process is done with, which ends the process even if nobody can kill it.
        ready: it has loaded the function.
        task: what it works on.
        attempt: which attempt at the task this is; 0 while it has none.
        since: when it got the task.
    """

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: T | None = None
    attempt: int = 0
    since: float = 0.0

    def end(self) -> None:
        if self.process.pid is not None:
            self.process.kill()
            self.process.join()
        self.pipe.close()

    def result(self, status: str, reason: str) -> TaskResult[T, Any]:
        assert self.task is not None
        return TaskResult(self.task, None, status, reason, seconds=time.monotonic() - self.since)


class _Pool(Generic[T, R]):
    """The processes of one call of ``run``, and the tasks that they have not had yet."""

    def __init__(self, executor: ProcessExecutor, function: bytes, tasks: Iterator[T]) -> None:
        self._executor, self._function, self._tasks = executor, function, tasks
        self._waiting: deque[tuple[T, int]] = deque()
        self._workers: list[_Worker[T]] = []
        self._false_starts, self._why = 0, ""

    def results(self) -> Iterator[TaskResult[T, R]]:
        while True:
            self._give()
            if not self._workers:
                return
            heard = wait([worker.pipe for worker in self._workers], timeout=self._patience())
            for worker in [w for w in self._workers if w.pipe in heard]:
                result = self._hear(worker)
                if result is not None:
                    yield result
            yield from self._late()

    def stop(self) -> None:
        for worker in self._workers:
            if worker.process.pid is not None:
                worker.process.kill()
        while self._workers:
            self._workers[-1].end()
            self._workers.pop()

    def _have(self, count: int) -> bool:
        """Whether so many tasks wait to be given; takes no more of them than that."""
        while len(self._waiting) < count:
            try:
                self._waiting.append((next(self._tasks), 1))
            except StopIteration:
                return False
        return True

    def _give(self) -> None:
        """Give tasks to whom is idle, start processes while there is more to do, end them when there is not."""
        for worker in [w for w in self._workers if w.ready and not w.attempt]:
            if not self._have(1):
                self._drop(worker)
                continue
            worker.task, worker.attempt = self._waiting.popleft()
            worker.since = time.monotonic()
            with contextlib.suppress(OSError):  # it is dead; its pipe will say so
                worker.pipe.send(worker.task)
        starting = [w for w in self._workers if not w.ready]
        while len(self._workers) < self._executor.workers and self._have(len(starting) + 1):
            starting.append(self._start())
        if not self._have(1):
            for worker in starting:
                self._drop(worker)

    def _start(self) -> _Worker[T]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        by_main = threading.current_thread() is threading.main_thread()
        given = (theirs, self._function, self._executor.limit_memory, by_main)
        worker: _Worker[T] = _Worker(context.Process(target=_serve, args=given, daemon=True), ours)
        try:
            with _signals_wait(), _safe_path():  # no process starts that nobody knows, nor hears of Ctrl-C too early
                self._workers.append(worker)
                worker.process.start()
                theirs.close()
        except (OSError, MemoryError) as error:
            raise WorkersError(f"worker processes cannot be started ({reason_of(error)[0]})") from None
        return worker

    def _drop(self, worker: _Worker[T]) -> None:
        worker.end()
        self._workers.remove(worker)

    def _patience(self) -> float:
        """Seconds until the next run is over its limit, or until it is time to look up."""
        limit = self._executor.limit_seconds
        since = [w.since for w in self._workers if w.attempt]
        left = LOOKS_UP if limit is None or not since else max(min(since) + limit - time.monotonic(), 0.0)
        return min(left, LOOKS_UP)

    def _hear(self, worker: _Worker[T]) -> TaskResult[T, R] | None:
        try:
            answer: TaskResult[None, R] | str | None = worker.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return self._died(worker)
        if answer is None:
            worker.ready, self._false_starts = True, 0
            return None
        if isinstance(answer, str):  # it cannot get ready, and ends
            self._why = answer
            return None
        result: TaskResult[T, R] = replace(answer, task=worker.task)  # type: ignore[assignment, arg-type]
        worker.task, worker.attempt = None, 0
        if result.status == "memory":
            self._drop(worker)
        return result

    def _died(self, worker: _Worker[T]) -> TaskResult[T, R] | None:
        self._drop(worker)
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"status {code}"
        if not worker.attempt:
            self._false_starts += not worker.ready
            if self._false_starts >= FALSE_STARTS:
                raise WorkersError(f"worker processes end before they are ready ({self._why or how})")
            return None
        if worker.attempt < ATTEMPTS:
            assert worker.task is not None
            self._waiting.append((worker.task, worker.attempt + 1))
            return None
        return worker.result("lost", f"the worker process died {ATTEMPTS} times ({how})")

    def _late(self) -> Iterator[TaskResult[T, R]]:
        limit = self._executor.limit_seconds
        for worker in [w for w in self._workers if limit is not None and w.attempt]:
            assert limit is not None
            if time.monotonic() - worker.since >= limit and not worker.pipe.poll():  # or it has just ended
                self._drop(worker)
                yield worker.result("timeout", f"took longer than {limit:g} seconds")


@contextlib.contextmanager
def _safe_path() -> Iterator[None]:
    """Let processes started inside import nothing from the current folder before they have this process's path."""
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for what is inside.

    They are blocked, where the platform can, so that a process started inside does not hear of them before it can. To
    block them is not enough here: any other thread of this process may take a signal (numpy and pyarrow have some), and
    Python then calls the handler in the main thread at once. So the handlers, too, are only called afterwards.
    """
    came: list[int] = []
    inside = True

    def afterwards(handler: Callable[[int, Any], Any]) -> Callable[[int, Any], None]:
        def handle(number: int, frame: Any) -> None:
            if inside:
                came.append(number)
            else:
                handler(number, frame)

        return handle

    try:
        with contextlib.ExitStack() as undone:
            if threading.current_thread() is threading.main_thread():  # no other may set handlers
                for number in (signal.SIGINT, signal.SIGTERM):
                    before = signal.getsignal(number)
                    if callable(before):
                        signal.signal(number, afterwards(before))
                        undone.callback(signal.signal, number, before)
            if hasattr(signal, "pthread_sigmask"):
                mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
                undone.callback(signal.pthread_sigmask, signal.SIG_SETMASK, mask)
            try:
                yield
            finally:
                inside = False
    finally:
        for late in came:
            signal.raise_signal(late)


def _serve(pipe: Connection, function: bytes, limit_memory: int | None, started_by_main: bool) -> None:
    """What a worker process does: wait for a task, work, answer; until nobody is there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # it began with the signals that waited for its start
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    if started_by_main:
        _end_with_starting_thread()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        made: Callable[[Any], Any] = pickle.loads(function)
        if limit_memory is not None:
            _limit(limit_memory)
    except Exception as error:  # no memory for the libraries, say
        with contextlib.suppress(OSError):
            pipe.send(reason_of(error)[0])
        os._exit(1)
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            result = replace(attempt(made, pipe.recv()), task=None)
            try:
                answer = ForkingPickler.dumps(result)
            except Exception as error:  # what the function returned cannot travel
                reason, text = reason_of(error)
                result = replace(result, value=None, status="failed", reason=reason, traceback=text)
                answer = ForkingPickler.dumps(result)
            pipe.send_bytes(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _end_with_starting_thread() -> None:
    """Let the kernel end this process when the thread that started it ends; Linux only.

    A thread that waits for the parent's end never gets its turn in a process that is stuck in compiled code. The kernel
    needs none, but takes the end of the thread that started us for the end of the parent.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _limit(megabytes: int) -> None:
    """Let this process take so much more private memory than it has now; beyond that, Python raises MemoryError."""
    if sys.platform.startswith("linux"):
        import resource

        status = Path("/proc/self/status").read_text(encoding="ascii")
        now = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (now + megabytes * _MEGABYTE, hard))
