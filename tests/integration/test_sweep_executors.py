"""Who makes runs: each task ends once, whatever happens to it, and nothing is left behind."""

import math
import multiprocessing
import subprocess
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from referral_sim.experiment import process_executor
from referral_sim.experiment.executors import SerialExecutor
from referral_sim.experiment.process_executor import ProcessExecutor
from sweeps import MAIN, gone, kill, plan_file
from tasks import dies_once, double, troubled

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory, reads /proc")


def pids():
    return [process.pid for process in multiprocessing.active_children()]


@pytest.mark.parametrize(
    "executor", [SerialExecutor(), ProcessExecutor(1), ProcessExecutor(3)], ids=["here", "one", "three"]
)
def test_every_task_ends_once(executor):
    ends = list(executor.run(double, range(20)))
    assert sorted((e.task, e.value, e.status, e.reason) for e in ends) == [(n, 2 * n, "done", "") for n in range(20)]
    assert list(executor.run(double, [])) == []
    assert pids() == []


def test_tasks_are_taken_as_there_is_room_for_them():
    taken = []

    def tasks():
        for n in range(1000):
            taken.append(n)
            yield n

    ends = ProcessExecutor(2).run(double, tasks())
    next(ends)
    assert len(taken) <= 8
    ends.close()
    assert pids() == [], "closing the iterator ends the processes"


def test_a_task_that_raises_is_an_end_like_any_other():
    for executor in (SerialExecutor(), ProcessExecutor(2)):
        ends = {e.task: e for e in executor.run(troubled, ["a", "raise", "b"])}
        assert {task: e.status for task, e in ends.items()} == {"a": "done", "raise": "failed", "b": "done"}
        assert ends["raise"].reason == "ValueError: no families here"
        assert "in troubled" in ends["raise"].traceback


def test_what_cannot_travel_is_a_failure():
    (end,) = ProcessExecutor(1).run(troubled, ["odd"])
    assert end.status == "failed"
    assert "pickle" in end.reason.lower()


def test_a_task_over_its_time_is_ended_and_the_others_go_on(monkeypatch):
    now, ends = 0.0, {}  # the clock stands still until nothing but the task that hangs is left
    monkeypatch.setattr(process_executor, "time", SimpleNamespace(monotonic=lambda: now))
    for end in ProcessExecutor(2, limit_seconds=0.5).run(troubled, ["hang", "a", "b", "c"]):
        ends[end.task] = end
        now = 0.5 if len(ends) == 3 else 0.0
    assert {task: e.status for task, e in ends.items()} == {"hang": "timeout", "a": "done", "b": "done", "c": "done"}
    assert ends["hang"].reason == "took longer than 0.5 seconds"
    assert ends["hang"].seconds == 0.5
    assert pids() == []


@pytest.mark.long
@linux
def test_a_task_over_its_memory_is_ended_and_the_others_go_on():
    ends = {e.task: e for e in ProcessExecutor(1, limit_memory=200).run(troubled, ["a", "eat", "b"])}
    assert {task: e.status for task, e in ends.items()} == {"a": "done", "eat": "memory", "b": "done"}
    (end,) = ProcessExecutor(1, limit_memory=1000).run(troubled, ["eat"])
    assert end.status == "done", "the limit is what was asked for"


@pytest.mark.long
@linux
def test_a_dead_process_costs_its_task_an_attempt(tmp_path):
    ends = {e.task: e for e in ProcessExecutor(2).run(dies_once, [str(tmp_path / name) for name in "abc"])}
    assert [e.status for e in ends.values()] == ["done"] * 3
    ends = {e.task: e for e in ProcessExecutor(2).run(troubled, ["a", "die", "b"])}
    assert {task: e.status for task, e in ends.items()} == {"a": "done", "die": "lost", "b": "done"}
    assert ends["die"].reason == "the worker process died 2 times (signal 9)"


@pytest.mark.long
@linux
def test_processes_killed_at_any_time_lose_nothing():
    ends = []
    for end in ProcessExecutor(2).run(double, range(300)):
        ends.append(end.task)
        if len(ends) % 60 == 0:
            for pid in pids():
                kill(pid)
    assert sorted(ends) == list(range(300))
    assert gone(pids()) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("function", "argument", "why"),
    [(sys.exit, 3, "status 3"), (import_module, "not_there", "ModuleNotFoundError: No")],
)
def test_processes_that_cannot_start_are_said_in_one_line(capfd, function, argument, why):
    with pytest.raises(RuntimeError, match=rf"end before they are ready \({why}"):
        list(ProcessExecutor(2).run(Unloadable(function, argument), [1, 2, 3]))
    assert "Traceback" not in capfd.readouterr().err


class Unloadable:
    """Travels, and cannot be unpacked there."""

    def __init__(self, *how):
        self.how = how

    def __reduce__(self):
        return (self.how[0], self.how[1:])


def test_processes_import_nothing_from_the_current_folder(tmp_path):
    for name in ("random", "struct", "pickle", "threading", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(77)")
    plan_file(tmp_path)
    script = tmp_path / "bin" / "referral-sim"  # as the installed command is: its folder, and not the current one
    script.parent.mkdir()
    script.write_text(f"if __name__ == '__main__':\n    {MAIN}\n")
    words = [sys.executable, str(script), "run", "tiny.yaml", "--replicates", "2", "--workers", "2"]
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": 0},
        {"limit_seconds": 0},
        {"limit_seconds": math.inf},
        {"limit_seconds": math.nan},
        {"limit_memory": 0},
        {"limit_memory": 10**15},
    ],
)
def test_limits_are_checked(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ProcessExecutor(**{"workers": 1, **wrong})
