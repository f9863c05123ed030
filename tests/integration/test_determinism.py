"""A run is a function of (scenario, seed, replicate) and of nothing else."""

import copy
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import digest, post, run, same_rows, small
from referral_sim.experiment import executors, process_executor
from referral_sim.experiment.executors import SerialExecutor
from referral_sim.experiment.jobs import Job, run_jobs, take_tables
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario


def scenario():
    return small(liaison={"Out": post(programmes=["Hill"]), "Link": post("link_worker")})


def tables(model):
    return model.events(), model.measures(), model.monthly()


def test_same_scenario_seed_and_replicate_give_the_same_tables():
    one, other = run(scenario(), 5, 2), run(scenario(), 5, 2)
    assert len(one.events()) > 500
    for a, b in zip(tables(one), tables(other), strict=True):
        same_rows(a, b)
    assert digest(one.events()) == digest(other.events())


def test_hash_seed_does_not_matter():
    code = "import sys; sys.path.append('..'); from helpers import *; from test_determinism import scenario; "
    code += "print(digest(run(scenario(), 3).events()))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "4242")
    ]
    printed = [process.communicate(timeout=60)[0].strip() for process in runs]
    assert printed == [digest(run(scenario(), 3).events())] * 2


def test_models_stepped_in_turn_equal_models_run_one_after_the_other():
    first, second = scenario(), small(front_door__threshold=2.5)
    a, b = ReferralModel(first, rng=1), ReferralModel(second, rng=2)
    while a.running or b.running:
        a.step()
        b.step()
    for stepped, alone in ((a, run(first, 1)), (b, run(second, 2))):
        for one, other in zip(tables(stepped), tables(alone), strict=True):
            same_rows(one, other)


def test_other_users_of_global_randomness_change_nothing():
    random.seed(1)
    one = digest(run(small()).events())
    random.seed(2)
    state = random.getstate()
    other = digest(run(small()).events())
    assert one == other
    assert random.getstate() == state, "the run must not draw from or seed the global generator"


def test_seed_and_replicate_matter_and_zero_is_a_seed():
    runs = {
        (seed, replicate): digest(run(small(), seed, replicate).events()) for seed in (0, 1, 2) for replicate in (0, 1)
    }
    assert len(set(runs.values())) == len(runs)
    assert ReferralModel(small(), rng=0).seed == 0
    assert digest(run(small(), 0).events()) == runs[0, 0]


def test_no_seed_draws_one_that_repeats_the_run():
    drawn = ReferralModel(small()).run()
    assert isinstance(drawn.seed, int)
    assert drawn.seed >= 0
    assert digest(run(small(), drawn.seed).events()) == digest(drawn.events())
    assert ReferralModel(small()).seed != drawn.seed


@pytest.mark.parametrize("name", ["rng", "replicate"])
@pytest.mark.parametrize(
    ("value", "error"), [(-1, ValueError), (1.0, TypeError), (True, TypeError), ("1", TypeError), ([1], TypeError)]
)
def test_bad_seeds_and_replicates_are_refused(name, value, error):
    with pytest.raises(error, match=f"{name} must be"):
        ReferralModel(small(), **{"rng": 1, name: value})


def test_numpy_integers_are_seeds():
    assert digest(run(small(), np.int64(3)).events()) == digest(run(small(), 3).events())


def test_scenario_is_the_same_after_the_run():
    before = scenario()
    dump, key = copy.deepcopy(before.model_dump()), before.content_hash()
    model = run(before)
    assert model.scenario is before
    assert before.model_dump() == dump
    assert before.content_hash() == key
    assert before == Scenario.model_validate(dump)
    assert Scenario.model_validate(dump).content_hash() == key
    assert small(front_door__threshold=3.1).content_hash() != key


def made(jobs, workers):
    found = list(run_jobs(jobs, workers=workers))
    return {(r.task.scenario.name, r.task.seed, r.task.replicate): r for r in found}


def test_workers_do_not_matter_and_a_failed_run_is_a_result():
    broken = Job(small(name="broken"), -1, 0, take_tables)
    jobs = [Job(scenario(), seed, replicate, take_tables) for seed in (1, 2) for replicate in (0, 1)]
    jobs.insert(1, broken)
    here, spread = made(jobs, 1), made(jobs, 2)
    assert sorted(here) == sorted(spread)
    assert len(here) == len(jobs)
    for key, one in here.items():
        other = spread[key]
        if key[0] == "broken":
            for result in (one, other):
                assert result.failure is not None
                assert result.failure.startswith("Traceback")
                assert "ValueError: rng must be 0 or more" in result.failure
                assert (result.status, result.value) == ("failed", None)
                assert result.reason.startswith("ValueError: rng must be 0 or more")
            continue
        assert one.failure is None, one.failure
        assert other.failure is None, other.failure
        for table in ("measures", "monthly", "events"):
            same_rows(one.value[table], other.value[table])
    same_rows(here["small", 2, 1].value["measures"], run(scenario(), 2, 1).measures())


def test_a_job_takes_its_measures_unless_asked_otherwise_and_workers_are_checked():
    (result,) = run_jobs([Job(small(), 1, 0)])
    assert list(result.value.columns) == ["year", "measure", "value", "unit", "group", "group_kind", "group_name"]
    same_rows(result.value, run(small(), 1).measures())
    assert list(run_jobs([], workers=2)) == []
    with pytest.raises(ValueError, match="workers must be 1 or more"):
        list(run_jobs([Job(small(), 1, 0)], workers=0))


def test_a_run_says_how_long_it_took(monkeypatch):
    times = iter([5.0, 7.5])
    monkeypatch.setattr(executors, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    (result,) = run_jobs([Job(small(), 1, 0)])
    assert result.seconds == 2.5


def test_no_more_workers_than_runs(monkeypatch):
    asked = []
    monkeypatch.setattr(process_executor, "ProcessExecutor", lambda count: asked.append(count) or SerialExecutor())
    jobs = [Job(small(), 1, replicate, len_of_log) for replicate in range(2)]
    assert [result.task.replicate for result in run_jobs(jobs, workers=64)] == [0, 1]
    assert asked == [2]
    assert [result.task.replicate for result in run_jobs(jobs[:1], workers=64)] == [0]
    assert asked == [2], "one run is made here"


def len_of_log(model):
    return len(model.state.log)
