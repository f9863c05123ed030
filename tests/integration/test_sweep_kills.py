"""Kill -9 at any moment: nothing lost but what was not written, nothing doubled, nobody left behind."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.running import sweep
from referral_sim.experiment.stores import MemoryStore
from sweeps import COMMAND, ROOT, children, gone, kill, once_each, plan_file, same_tables

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
REPLICATES = 40
RUNS = 3 * REPLICATES
TEXT = f"""scenario: tiny.yaml
levers: {{front_door.threshold: [2, 3, 4]}}
design: {{kind: grid}}
replicates: {REPLICATES}
seed: 5
"""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    store = MemoryStore()
    for _ in sweep(plan_file(tmp_path_factory.mktemp("oracle"), TEXT), store=store):
        pass
    return store


def start(folder, *words):
    code = (
        "import referral_sim.experiment.parquet_store as p; p.ParquetStore.__init__.__defaults__ = (7, 0.3);"
        "from referral_sim.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "sweep", "plan.yaml", "--out", "s", "--workers", "2", *words]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(folder):
    process = start(folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err


def shards(folder):
    return len(list((folder / "s" / "runs").glob("[0-9]*.parquet")))


def wait_for(process, ready, seconds=300.0):
    """Wait until something holds or a process has ended; says whether the process is still there."""
    until = time.monotonic() + seconds
    while process.poll() is None and not ready() and time.monotonic() < until:
        time.sleep(0.02)
    return process.poll() is None


def kill_at_random(folder, rng, kills):
    """Start the sweep again and again and kill it, or its workers, until so many kills have hit something alive.

    A quarter of them come while processes start, the others while runs are made. The plan grows when all is done.
    Returns how many replicates it has come to.
    """
    replicates, done = REPLICATES, 0
    while done < kills:
        plan_file(folder, TEXT.replace(f"replicates: {REPLICATES}", f"replicates: {replicates}"))
        before = shards(folder)
        process = start(folder)
        try:
            if rng.random() < 0.75:
                wait_for(process, lambda before=before: shards(folder) > before)
                time.sleep(rng.uniform(0.0, 0.4))
            else:
                time.sleep(rng.uniform(0.0, 4.0))
            below = children(process.pid)
            if rng.random() < 0.5 and below:
                kill(rng.choice(below))
                done += 1
                time.sleep(rng.uniform(0.0, 0.5))
            below += children(process.pid)
            done += process.poll() is None
            kill(process.pid)
        finally:
            kill(process.pid)
            process.communicate()
        assert gone(below) == [], "no process may outlive the sweep"
        if (folder / "s" / "manifest.json").exists():
            held = ParquetStore(folder / "s")
            count = len(held.status())
            once_each(held, count)  # every file can be read, and holds whole runs
            replicates += REPLICATES * (count == 3 * replicates)
    return replicates


def killed_and_finished(folder, seed, kills):
    replicates = kill_at_random(folder, random.Random(seed), kills)
    finish(folder)
    once_each(ParquetStore(folder / "s"), 3 * replicates)
    whole = MemoryStore()
    for _ in sweep(folder / "plan.yaml", store=whole):
        pass
    same_tables(ParquetStore(folder / "s"), whole)


@pytest.mark.long
def test_killed_a_few_times_and_finished(tmp_path):
    killed_and_finished(tmp_path, 1, 3)


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12])
def test_killed_twenty_times_and_finished(tmp_path, seed):
    killed_and_finished(tmp_path, seed, 20)


def test_a_worker_killed_costs_nothing(tmp_path, oracle):
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        plan_file(folder, TEXT)
        process = start(folder)
        wait_for(process, lambda folder=folder: shards(folder) > 0)
        below = children(process.pid)
        for pid in below[-1:]:  # one: a run whose process dies twice is given up, and that is another test
            kill(pid)
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        same_tables(ParquetStore(folder / "s"), oracle)
        if below:  # on a busy machine the sweep may have ended before the kill
            break
    assert below


def interrupted(folder, how):
    """A sweep that was interrupted: its exit status, what it said, and which of its processes are left."""
    plan_file(folder, TEXT)
    process = start(folder)
    wait_for(process, lambda: len(ParquetStore(folder / "s").status()) >= 10)
    below = children(process.pid)
    with contextlib.suppress(ProcessLookupError):  # it may have ended
        if how is signal.SIGINT:
            os.killpg(process.pid, how)  # a terminal's Ctrl-C goes to the workers as well
        else:
            process.send_signal(how)
    _, err = process.communicate(timeout=300)
    return process.returncode, err, gone(below)


@pytest.mark.long
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
        "from referral_sim.experiment import ProcessExecutor; from sweeps import stuck\n"
        "list(ProcessExecutor(1).run(stuck, [1]))"
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
