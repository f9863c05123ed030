"""One process for a long time: memory stays level, and clocks that jump change nothing.

RUNS_IN_A_ROW=2000 python -m pytest -m long tests/integration/test_long_sessions.py
"""

import gc
import itertools
import os
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

from helpers import small
from referral_sim import ReferralModel
from referral_sim.experiment.running import sweep_runs
from referral_sim.experiment.stores import MemoryStore
from sweeps import SCENARIO, plan_file, same_tables

RUNS = int(os.environ.get("RUNS_IN_A_ROW", "300"))
LEVEL = 8.0  # MB: a world of the tiny authority is some 2 MB, so that four that are not let go are noticed
CODE = """
import gc, sys
from referral_sim import ReferralModel, load_scenario

def held():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

scenario, runs = load_scenario(sys.argv[1]), int(sys.argv[2])
marks = []
for seed in range(runs):
    ReferralModel(scenario, seed=seed).run().measures()
    if seed + 1 in (runs // 3, runs):
        marks.append(held())
print(*marks)
"""


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_level_over_many_runs_in_one_process(tmp_path):
    scenario = tmp_path / "tiny.yaml"
    scenario.write_text(SCENARIO, "utf-8")
    said = subprocess.run([sys.executable, "-c", CODE, scenario, str(RUNS)], capture_output=True, text=True, check=True)
    third, all_of_them = map(float, said.stdout.split())
    assert all_of_them - third < LEVEL


def test_a_released_model_gives_its_memory_back_at_once():
    model = ReferralModel(small(), seed=1).run()
    held = [
        weakref.ref(one) for one in (model.state.families, model.state.troubles, model.state.signs, model.state.cases)
    ]
    gc.disable()
    try:
        model.release()
        assert [one() for one in held] == [None] * len(held)
    finally:
        gc.enable()


def test_clocks_that_jump_change_nothing(tmp_path: Path, monkeypatch):
    plan = plan_file(tmp_path)
    steady, jumping = MemoryStore(), MemoryStore()
    for _ in sweep_runs(plan, store=steady):
        pass
    jumps = itertools.cycle([0.0, 4e9, 1e9, -5.0])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    monkeypatch.setattr(time, "monotonic", lambda: next(jumps))
    monkeypatch.setattr(time, "perf_counter", lambda: next(jumps))
    for _ in sweep_runs(plan, store=jumping):
        pass
    same_tables(steady, jumping)
