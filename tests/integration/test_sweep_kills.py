"""Kill -9 at any moment: nothing lost but what was not written, nothing doubled, nobody left behind.

KILLS=100 python -m pytest -m long tests/integration/test_sweep_kills.py -k finished
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.running import sweep_runs
from referral_sim.experiment.stores import MemoryStore
from sweeps import COMMAND, ROOT, Gate, children, gone, kill, once_each, plan_file, same_tables

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
KILLS = int(os.environ.get("KILLS", "20"))
REPLICATES = 20
RUNS = 3 * REPLICATES
HELD = 30
SURE = HELD - 2 - 6  # finished runs that are in the store: not the two of the workers, and six may wait for a seventh
TEXT = f"""scenario: tiny.yaml
levers: {{front_door.threshold: [2, 3, 4]}}
design: {{kind: grid}}
replicates: {REPLICATES}
seed: 5
"""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    store = MemoryStore()
    for _ in sweep_runs(plan_file(tmp_path_factory.mktemp("oracle"), TEXT), store=store):
        pass
    return store


def start(folder, gate=None):
    code = (  # what runs in a shell's background is deaf to Ctrl-C, and so is what it starts
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import referral_sim.experiment.parquet_store as p; p.ParquetStore.__init__.__defaults__ = (7, 0.3);"
        "from referral_sim.cli import main; main()"
    )
    code = code if gate is None else gate.code() + code
    command = [sys.executable, "-c", code, "sweep", "plan.yaml", "--out", "s", "--workers", "2"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(folder):
    process = start(folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out, err


def wait_for(process, ready):
    """Wait until something holds or a process has ended; says whether the process is still there."""
    while process.poll() is None and not ready():
        time.sleep(0.005)
    return process.poll() is None


def kill_at_random(folder, rng, kills):
    """Start the sweep again and again and kill it, or its workers, until so many kills have hit something alive.

    A quarter of them come while processes start, the others after some more runs were made. The plan grows when all
    is done. Returns how many replicates it has come to.
    """
    replicates, done = REPLICATES, 0
    gate = Gate(folder / "gate", 10**9)  # never closed: it counts the runs
    while done < kills:
        plan_file(folder, TEXT.replace(f"replicates: {REPLICATES}", f"replicates: {replicates}"))
        process = start(folder, gate)
        try:
            made = len(gate.makers())
            if rng.random() < 0.75:
                more = rng.randint(1, 30)
                wait_for(process, lambda made=made, more=more: len(gate.makers()) >= made + more)
            else:
                count = rng.randint(0, 3)
                wait_for(process, lambda pid=process.pid, count=count: len(children(pid)) >= count)
            below = children(process.pid)
            if rng.random() < 0.5 and below:
                kill(rng.choice(below))
                done += 1
                made = len(gate.makers())
                wait_for(process, lambda made=made: len(gate.makers()) > made)
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


@pytest.mark.long
def test_killed_again_and_again_and_finished(tmp_path):
    replicates = kill_at_random(tmp_path, random.Random(11), KILLS)
    finish(tmp_path)
    once_each(ParquetStore(tmp_path / "s"), 3 * replicates)
    whole = MemoryStore()
    for _ in sweep_runs(tmp_path / "plan.yaml", store=whole):
        pass
    same_tables(ParquetStore(tmp_path / "s"), whole)


def caught(folder):
    """A sweep that is held in the middle: its process, its gate, and the processes below it."""
    plan_file(folder, TEXT)
    gate = Gate(folder / "gate", HELD)
    process = start(folder, gate)
    assert wait_for(process, lambda: len(gate.waiting()) == 2)  # both workers have a run that they do not give back
    assert wait_for(process, lambda: len(ParquetStore(folder / "s").status()) >= SURE)
    return process, gate, children(process.pid)


@pytest.mark.long
def test_a_worker_killed_costs_nothing(tmp_path, oracle):
    process, gate, _ = caught(tmp_path)
    before = gate.makers()
    kill(before[-1])  # one: a run whose process dies twice is given up, and that is another test
    gate.open()
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert before[-1] not in gate.makers()[len(before) :], "others made the rest"
    same_tables(ParquetStore(tmp_path / "s"), oracle)


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_finished_and_ends_with_130(tmp_path, oracle, how):
    process, _, below = caught(tmp_path)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # a terminal's Ctrl-C goes to the workers as well
    else:
        process.send_signal(how)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted; the same command goes on"
    assert "Traceback" not in err
    assert gone(below) == []
    held = len(ParquetStore(tmp_path / "s").status())
    assert SURE <= held < RUNS
    _, err = finish(tmp_path)
    assert f"{held} are there already" in err
    same_tables(ParquetStore(tmp_path / "s"), oracle)


def test_a_worker_stuck_in_compiled_code_does_not_outlive_its_parent(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from referral_sim.experiment import ProcessExecutor; from tasks import stuck\n"
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


def test_ctrl_c_that_another_thread_took_is_heard():
    """The system may give a signal to any thread: the main one then sleeps on while it waits for a worker."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "import signal, threading\n"
        "from referral_sim.experiment import ProcessExecutor; from tasks import stuck\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # what starts tests may ignore it
        "def take():\n"
        "    sys.stdin.readline()\n"
        "    signal.pthread_kill(threading.get_ident(), signal.SIGINT)\n"
        "threading.Thread(target=take).start()\n"
        "list(ProcessExecutor(1).run(stuck, [1]))"
    )
    pipe = subprocess.PIPE
    process = subprocess.Popen([COMMAND[0], "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout.readline() == "stuck\n"
        _, err = process.communicate("go\n", timeout=120)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in err
