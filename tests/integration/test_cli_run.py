"""The commands run and evidence: what reaches stdout, stderr, the folder and the exit status."""

import json
import random
import sys
import types
from dataclasses import dataclass, field

import pandas as pd
import pyarrow.parquet as pq
import pytest

from referral_sim import cli
from referral_sim.experiment.executors import TaskResult
from referral_sim.folders import result_warnings  # noqa: F401 - it must know the true jobs, and tests replace them
from referral_sim.folders import write_folder as folders

PER_YEAR = "per 10,000 children under 18 a year"
RUNNER = "referral_sim.experiment.jobs"


@dataclass(frozen=True, eq=False)
class Job:
    scenario: object
    seed: int
    replicate: int
    take: str


@dataclass
class Runner:
    """Stands in for the simulation: figures that follow from the job, given back in some other order."""

    fail: set = field(default_factory=set)
    interrupt: bool = False
    die_after: int | None = None
    calls: list = field(default_factory=list)

    def __call__(self, jobs, workers):
        self.calls.append((list(jobs), workers))
        shuffled = list(jobs)
        random.Random(workers).shuffle(shuffled)
        for i, job in enumerate(shuffled):
            if self.die_after is not None and i >= self.die_after:
                yield TaskResult(job, None, "lost", "the worker process died 2 times (signal 9)")
                continue
            if self.interrupt:
                raise KeyboardInterrupt
            yield self.result(job)

    def result(self, job):
        if (job.scenario.name, job.replicate) in self.fail:
            text = "Traceback (most recent call last):\n  ...\nValueError: no families\n"
            return TaskResult(job, None, "failed", "ValueError: no families", text)
        value = 600.0 + job.replicate + job.seed
        measures = pd.DataFrame(
            {"year": "2005-06", "measure": ["referrals", "joint_visits"], "unit": [PER_YEAR, "visits a year"],
             "group": "all", "value": [value, 7.0]}
        )  # fmt: skip
        monthly = pd.DataFrame(
            {
                "month": ["2005-04"],
                "year": "2005-06",
                "measure": "referrals",
                "group": "all",
                "value": value,
                "unit": "n",
            }
        )
        # A column empty in one replicate and text in another, and categories that differ between them.
        fates = [None, None] if job.replicate == 0 else ["declined", "assessed"]
        stages = pd.Categorical(["contact", f"stage {job.replicate}"])
        events = pd.DataFrame({"case": [1, 2], "stage": stages, "fate": fates})
        tables = {"measures": measures, "monthly": monthly, "events": events}
        return TaskResult(job, tables if job.take == "tables" else measures)


@pytest.fixture
def runner(monkeypatch):
    fake = types.ModuleType(RUNNER)
    fake.Job, fake.run_jobs, fake.take_measures, fake.take_tables = Job, Runner(), "measures", "tables"
    monkeypatch.setitem(sys.modules, RUNNER, fake)
    return fake.run_jobs


@pytest.fixture
def call(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


def test_run_shows_simulated_beside_published(runner, call):
    status, out, err = call("run", "midtown", "southshire", "--replicates", 3, "--seed", 0)
    assert (status, err) == (0, "")
    assert out.index("Midtown") < out.index("Southshire")
    lines = [x.split() for x in out.splitlines() if " Referrals " in x]
    assert lines[0] == ["Midtown", "Referrals", "601", "600", "to", "602", "628", "outside"]
    assert lines[1][-2:] == ["383", "outside"]
    assert "3 simulated years (seed 0)" in out
    assert "Joint visits" not in out
    jobs, _ = runner.calls[0]
    assert [(j.scenario.name, j.seed, j.replicate) for j in jobs] == [
        (name, 0, replicate) for name in ("midtown", "southshire") for replicate in range(3)
    ]
    assert {j.take for j in jobs} == {"measures"}


def test_defaults_are_seed_1_and_10_replicates(runner, call):
    assert call("run", "midtown")[0] == 0
    jobs, workers = runner.calls[0]
    assert [(j.seed, j.replicate) for j in jobs] == [(1, r) for r in range(10)]
    assert 1 <= workers <= 10


def test_all_shows_the_rest(runner, call):
    assert "Joint visits" in call("run", "midtown", "--all")[1]


def test_set_changes_every_scenario(runner, call):
    assert call("run", "midtown", "southshire", "--set", "front_door.threshold=3.25", "--replicates", 1)[0] == 0
    assert {j.scenario.front_door.threshold for j in runner.calls[0][0]} == {3.25}


def test_json_is_all_that_stdout_holds(runner, call):
    status, out, err = call("run", "midtown", "city-borough", "--json", "--replicates", 2, "--seed", 5)
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert [(o["scenario"], o["authority"], o["seed"], o["replicates"]) for o in found] == [
        ("midtown", "midtown", 5, 2),
        ("city-borough", "city-borough", 5, 2),
    ]
    assert found[0]["measures"][0]["mean"] == 605.5
    assert found[0]["measures"][0]["published"] == [{"series": "graph_6_1", "value": 628.0}]


@pytest.mark.parametrize("words", [["--json"], ["--all"]])
def test_output_is_the_same_for_any_number_of_workers(runner, call, words):
    outputs = {call("run", "midtown", "southshire", *words, "--workers", n) for n in (1, 2, 5)}
    assert len(outputs) == 1
    assert [w for _, w in runner.calls] == [1, 2, 5]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--seed", "-1"], "--seed"),
        (["--seed", str(2**32)], "--seed"),
        (["--seed", "one"], "--seed"),
        (["--replicates", "0"], "--replicates"),
        (["--workers", "0"], "--workers"),
        (["--bogus"], "--bogus"),
        (["--out"], "--out"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(runner, call, words, part):
    status, out, err = call("run", "midtown", *words)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert part in err
    assert runner.calls == []


def test_highest_seed_is_allowed(runner, call):
    assert call("run", "midtown", "--seed", 2**32 - 1, "--replicates", 1)[0] == 0


def test_no_scenario_and_no_command_are_said(runner, call):
    status, _, err = call("run")
    assert status == 2
    assert len(err.splitlines()) == 1
    status, _, err = call("ran")
    assert status == 2
    assert "ran" in err
    status, out, _ = call()
    assert status == 0
    assert "run" in out


def test_all_faults_of_all_scenarios_are_said_before_anything_runs(runner, call, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\nfront_door: {threshold: high}\n")
    status, out, err = call("run", "midtown", bad, "no-such-preset", "--out", tmp_path / "out")
    assert (status, out) == (2, "")
    assert "front_door.threshold" in err
    assert "no-such-preset" in err
    assert "Traceback" not in err
    assert runner.calls == []
    assert not (tmp_path / "out").exists()


def test_the_same_scenario_twice_runs_once_and_a_clash_of_names_is_refused(runner, call, tmp_path):
    status, _, err = call("run", "midtown", "midtown", "--replicates", 1)
    assert (status, len(runner.calls[0][0])) == (0, 1)
    assert "run once" in err
    other = tmp_path / "other.yaml"
    other.write_text("name: midtown\n")
    status, _, err = call("run", "midtown", other)
    assert status == 2
    assert "named 'midtown'" in err
    assert len(runner.calls) == 1


def test_a_failed_run_is_named_and_the_others_are_reported(runner, call, tmp_path):
    runner.fail = {("midtown", 1)}
    status, out, err = call("run", "midtown", "--replicates", 3, "--out", tmp_path / "out")
    assert status == 1
    assert "run failed: scenario midtown, seed 1, replicate 1: ValueError: no families" in err
    assert "2 simulated years (seed 1)" in out
    measures = pd.read_parquet(tmp_path / "out" / "measures.parquet")
    assert sorted(set(measures["replicate"])) == [0, 2]
    failures = json.loads((tmp_path / "out" / "manifest.json").read_text())["failures"]
    assert [(f["scenario"], f["seed"], f["replicate"]) for f in failures] == [("midtown", 1, 1)]
    assert "ValueError: no families" in failures[0]["traceback"]


def test_a_scenario_of_which_every_run_failed(runner, call, tmp_path):
    runner.fail = {("midtown", 0)}
    status, out, _ = call("run", "midtown", "southshire", "--replicates", 1, "--json")
    assert status == 1
    found = json.loads(out)
    assert [(o["scenario"], o["replicates"]) for o in found] == [("midtown", 0), ("southshire", 1)]
    assert {m["mean"] for m in found[0]["measures"]} == {None}
    runner.fail |= {("southshire", 0)}
    status, out, _ = call("run", "midtown", "southshire", "--replicates", 1, "--out", tmp_path / "out")
    assert (status, out) == (1, "")
    assert len(pd.read_parquet(tmp_path / "out" / "events.parquet")) == 0


def test_a_worker_that_dies_costs_only_what_was_not_finished(runner, call):
    runner.die_after = 2
    status, out, err = call("run", "midtown", "--replicates", 5)
    assert status == 1
    assert "2 simulated years" in out
    assert len(err.splitlines()) == 3
    assert "no result: the worker process died 2 times (signal 9)" in err


def test_out_holds_the_tables_and_how_they_came_about(runner, call, tmp_path):
    out = tmp_path / "new" / "folder"
    words = ("run", "southshire", "midtown", "--replicates", 2, "--workers", 2, "--draws", "none")
    assert call(*words, "--out", out)[0] == 0
    assert {j.take for j in runner.calls[0][0]} == {"tables"}, "events are kept for the folder"
    assert sorted(p.name for p in out.iterdir()) == [
        "events.parquet",
        "manifest.json",
        "measures.parquet",
        "monthly.parquet",
    ]
    assert [p.name for p in out.parent.iterdir()] == ["folder"], "nothing is left beside it"
    events = pd.read_parquet(out / "events.parquet")
    keys = [("southshire", 0), ("southshire", 0), ("southshire", 1), ("southshire", 1)]
    assert list(zip(events["scenario"], events["replicate"], strict=True))[:4] == keys
    assert list(events["stage"][:4]) == ["contact", "stage 0", "contact", "stage 1"]
    assert list(events["fate"][2:4]) == ["declined", "assessed"]
    assert events["fate"][:2].isna().all()
    for name in ("measures", "monthly", "events"):
        file = pq.ParquetFile(out / f"{name}.parquet")
        assert file.schema_arrow.names[:2] == ["scenario", "replicate"]
        column = file.metadata.row_group(0).column(0)
        assert column.compression == "ZSTD"
        assert any("DICTIONARY" in e for e in column.encodings)
        text = [f.type for f in file.schema_arrow if "string" in str(f.type)]
        assert len(text) >= 3
        assert {str(t) for t in text} == {"dictionary<values=string, indices=int32, ordered=0>"}
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["format"], manifest["seed"], manifest["replicates"]) == (3, 1, 2)
    assert set(manifest["versions"]) == {"referral-sim", "python", "numpy", "pandas", "mesa"}
    assert [s["name"] for s in manifest["scenarios"]] == ["southshire", "midtown"]
    plan = runner.calls[0][0][0].scenario
    assert manifest["scenarios"][0]["hash"] == plan.content_hash()
    assert manifest["scenarios"][0]["values"]["front_door"]["threshold"] == plan.front_door.threshold
    assert manifest["failures"] == []


def test_the_folder_is_the_same_for_any_number_of_workers(runner, call, tmp_path):
    for n in (1, 3):
        call("run", "southshire", "midtown", "--replicates", 3, "--workers", n, "--out", tmp_path / str(n))
    for name in ("measures", "monthly", "events"):
        one, other = ((tmp_path / n / f"{name}.parquet").read_bytes() for n in ("1", "3"))
        assert one == other
    manifests = [json.loads((tmp_path / n / "manifest.json").read_text()) for n in ("1", "3")]
    assert all(m.pop("created") and m.pop("checksum") for m in manifests)
    assert [m.pop("command").split()[-4:-2] for m in manifests] == [["--workers", "1"], ["--workers", "3"]]
    assert manifests[0] == manifests[1]


def test_an_empty_folder_is_used_and_a_full_one_refused(runner, call, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    assert call("run", "midtown", "--replicates", 1, "--out", out)[0] == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    status, text, err = call("run", "midtown", "--replicates", 1, "--out", out)
    assert (status, text) == (2, "")
    assert "is not empty" in err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert len(runner.calls) == 1


def test_a_folder_that_cannot_be_made_is_refused_before_anything_runs(runner, call, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "below", tmp_path / ("x" * 300)):
        status, text, err = call("run", "midtown", "--out", out)
        assert (status, text) == (2, "")
        assert err.startswith("--out: ")
        assert len(err.splitlines()) == 1
    assert runner.calls == []
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert file.read_text() == "mine"


def test_a_broken_write_leaves_nothing_and_still_shows_results(runner, call, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.Path, "write_text", full)
    status, out, err = call("run", "midtown", "--replicates", 1, "--out", tmp_path / "out")
    assert status == 1
    assert "No space left" in err
    assert "Referrals" in out
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_with_130_without_a_traceback(runner, call, tmp_path):
    runner.interrupt = True
    status, out, err = call("run", "midtown", "--out", tmp_path / "out")
    assert (status, out, err) == (130, "", "interrupted\n")
    assert list(tmp_path.iterdir()) == []


SMALL = """name: small
authority: east-borough
population: {children: 2500, deprived_share: 0.35}
localities: {A: {posts: 2}}
programmes: {Docks: {children_under_five: 200, localities: {A: 1.0}, studied: true}}
time: {warm_up_months: 1}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_a_real_run_measures_what_was_published(call, small):
    status, out, _ = call("run", small, "--replicates", 2, "--workers", 1, "--json")
    assert status == 0
    measures = {(m["measure"], m["group"]): m for m in json.loads(out)[0]["measures"]}
    for key in [("referrals", "all"), ("registrations", "all"), ("sslp_area_referral_ratio", "all")]:
        assert measures[key]["published"]
        assert measures[key]["mean"] is not None
    referrals = measures["referrals", "all"]
    assert referrals["low"] <= referrals["mean"] <= referrals["high"]
    assert referrals["mean"] > 0


def test_real_runs_are_the_same_in_one_process_and_in_two(call, small, tmp_path):
    found = []
    for n in (1, 2):
        out = tmp_path / str(n)
        found.append(call("run", small, "--replicates", 3, "--workers", n, "--json", "--out", out)[:2])
        found[-1] += tuple((out / f"{name}.parquet").read_bytes() for name in ("measures", "monthly", "events"))
    assert found[0] == found[1]
    assert found[0][0] == 0
    events = pd.read_parquet(tmp_path / "1" / "events.parquet")
    assert set(events["scenario"]) == {"small"}
    assert set(events["replicate"]) == {0, 1, 2}


def test_a_seed_repeats_and_another_differs(call, small):
    words = ["run", small, "--replicates", 1, "--json", "--seed"]
    one, again, other = (json.loads(call(*words, seed)[1])[0]["measures"] for seed in (0, 0, 1))
    assert one == again
    assert one != other
