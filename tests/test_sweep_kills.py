"""Kill -9 at any moment: nothing lost but what was not written, nothing doubled, nobody left behind."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from referral_sim.sweep.parquet_store import ParquetStore
from referral_sim.sweep.running import sweep
from referral_sim.sweep.stores import MemoryStore
from sweeps import COMMAND, ROOT, children, gone, kill, once_each, plan_file, same_tables

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
TEXT = "scenario: tiny.yaml\nlevers: {front_door.threshold: [2, 3, 4]}\ndesign: {kind: grid}\nreplicates: 40\nseed: 5\n"
RUNS = 120


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    store = MemoryStore()
    for _ in sweep(plan_file(tmp_path_factory.mktemp("oracle"), TEXT), store=store):
        pass
    return store


def start(folder, *words):
    code = (
        "import referral_sim.sweep.parquet_store as p; p.ParquetStore.__init__.__defaults__ = (7, 0.3);"
        "from referral_sim.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "sweep", "plan.yaml", "--out", "s", "--workers", "2", *words]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(folder):
    process = start(folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


def kill_at_random(folder, rng, kills):
    """Start the sweep again and again and kill it, or its workers, until so many kills are done."""
    done = 0
    while done < kills:
        process = start(folder)
        try:
            time.sleep(rng.uniform(0.0, 6.0))
            below = children(process.pid)
            workers = [pid for pid in below if pid != process.pid]
            if rng.random() < 0.5 and workers:
                kill(rng.choice(workers))
                done += 1
                time.sleep(rng.uniform(0.0, 1.0))
            below += children(process.pid)
            kill(process.pid)
            done += 1
        finally:
            kill(process.pid)
            process.communicate()
        assert gone(below) == [], "no process may outlive the sweep"
        if (folder / "s" / "manifest.json").exists():
            held = ParquetStore(folder / "s")
            once_each(held, len(held.status()))  # every file can be read, and holds whole runs


def test_killed_a_few_times_and_finished(tmp_path, oracle):
    plan_file(tmp_path, TEXT)
    kill_at_random(tmp_path, random.Random(1), 3)
    finish(tmp_path)
    once_each(ParquetStore(tmp_path / "s"), RUNS)
    same_tables(ParquetStore(tmp_path / "s"), oracle)


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12])
def test_killed_twenty_times_and_finished(tmp_path, oracle, seed):
    plan_file(tmp_path, TEXT)
    kill_at_random(tmp_path, random.Random(seed), 20)
    finish(tmp_path)
    once_each(ParquetStore(tmp_path / "s"), RUNS)
    same_tables(ParquetStore(tmp_path / "s"), oracle)


def test_a_worker_killed_costs_nothing(tmp_path, oracle):
    plan_file(tmp_path, TEXT)
    process = start(tmp_path)
    while not ParquetStore(tmp_path / "s").status() and process.poll() is None:
        time.sleep(0.02)
    below = children(process.pid)
    assert below
    kill(below[-1])  # once: a run whose process dies twice is given up, and that is another test
    _, err = process.communicate()
    assert process.returncode == 0, err
    same_tables(ParquetStore(tmp_path / "s"), oracle)


def interrupted(folder, how):
    """A sweep that was interrupted: its exit status, what it said, and which of its processes are left."""
    plan_file(folder, TEXT)
    process = start(folder)
    until = time.monotonic() + 60
    while len(ParquetStore(folder / "s").status()) < 10 and time.monotonic() < until:
        time.sleep(0.02)
    below = children(process.pid)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # a terminal's Ctrl-C goes to the workers as well
    else:
        process.send_signal(how)
    _, err = process.communicate(timeout=30)
    return process.returncode, err, gone(below)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_finished_and_ends_with_130(tmp_path, oracle, how):
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        status, err, left = interrupted(folder, how)
        held = len(ParquetStore(folder / "s").status())
        if held < RUNS:  # on a busy machine all runs may have ended before the signal came
            break
    assert status == 130
    assert err.splitlines()[-1] == "interrupted; the same command goes on"
    assert "Traceback" not in err
    assert left == []
    assert 10 <= held < RUNS
    _, err = finish(folder)
    assert f"{held} are there already" in err
    same_tables(ParquetStore(folder / "s"), oracle)


def test_a_worker_stuck_in_compiled_code_does_not_outlive_its_parent(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from referral_sim.sweep.processes import Processes; from sweeps import stuck\n"
        "list(Processes(1).run(stuck, [1]))"
    )
    process = subprocess.Popen([COMMAND[0], "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "stuck\n"
    below = children(process.pid)
    assert below
    kill(process.pid)
    process.wait()
    process.stdout.close()
    left = gone(below)
    for pid in left:
        kill(pid)
    assert left == []
