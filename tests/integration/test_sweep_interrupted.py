"""Ctrl-C and SIGTERM at the worst moments of a sweep: what was begun is ended, and nothing is left."""

import multiprocessing
import os
import signal
import threading

import pytest

from referral_sim.experiment import atomic_write
from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.plan_file import load_plan
from referral_sim.experiment.process_executor import ProcessExecutor
from referral_sim.experiment.running import sweep_runs
from sweeps import gone, once_each, plan_file
from tasks import double

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def taken_for_ctrl_c():
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_a_file_is_written_costs_no_run(tmp_path, monkeypatch, number):
    plan = load_plan(plan_file(tmp_path))
    real, moved = os.replace, []

    def replace(part, path):
        moved.append(path)
        real(part, path)
        if len(moved) == 5:  # after two manifests, between the two files of the second shard
            os.kill(os.getpid(), number)

    monkeypatch.setattr(atomic_write.os, "replace", replace)
    made = []
    ends = sweep_runs(plan, store=ParquetStore(tmp_path / "s", most_runs=2, longest_seconds=60))
    with pytest.raises(KeyboardInterrupt):
        made.extend(finished.task.id for finished in ends)
    assert [path.name for path in moved[-4:]] == ["000002.parquet"] * 3 + ["manifest.json"], (
        "both files of the shard again, and the manifest"
    )
    assert len(made) == 3, "the fourth was kept, and the sweep ended with it"
    once_each(ParquetStore(tmp_path / "s"), 4)
    assert len(list(sweep_runs(plan, store=ParquetStore(tmp_path / "s")))) == 8


@pytest.fixture
def another_thread():
    """A thread that does nothing, and takes the signals which the main thread has blocked."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.usefixtures("another_thread")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_a_process_is_started_leaves_none_behind(monkeypatch, number):
    context = multiprocessing.get_context("spawn")
    real, started = context.Process.start, []

    def start(self):
        real(self)
        os.kill(os.getpid(), number)
        while number in signal.sigpending():  # until the other thread has it
            pass
        started.append(self.pid)

    monkeypatch.setattr(context.Process, "start", start)
    with pytest.raises(KeyboardInterrupt):
        list(ProcessExecutor(2).run(double, range(4)))
    assert len(started) == 1, "the signal waited for the start, and the start of another for it"
    assert multiprocessing.active_children() == []
    assert gone(started) == []
    assert signal.getsignal(number) is signal.default_int_handler


def test_the_store_leaves_no_thread_behind(tmp_path):
    before = set(threading.enumerate())
    ends = sweep_runs(plan_file(tmp_path), store=ParquetStore(tmp_path / "s", longest_seconds=60))
    next(ends)
    assert set(threading.enumerate()) <= before
    ends.close()
