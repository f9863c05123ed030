"""A sweep: the same rows however it is made, each run once, and failures as rows."""

# ruff: noqa: E501 - a message is one line
import functools
import json
import sys
from types import SimpleNamespace

import pytest

from referral_sim.experiment import jobs, process_executor
from referral_sim.experiment.dask_executor import attempt_with
from referral_sim.experiment.executors import SerialExecutor
from referral_sim.experiment.model_version import model_version
from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.plan import runs_of
from referral_sim.experiment.plan_file import load_plan
from referral_sim.experiment.process_executor import ProcessExecutor
from referral_sim.experiment.resume import OtherPlanError
from referral_sim.experiment.running import simulate, sweep_runs
from referral_sim.experiment.stores import MemoryStore
from sweeps import PLAN, Shuffled, hangs_when_large, once_each, plan_file, same_tables
from tasks import double


@pytest.fixture
def plan(tmp_path):
    return load_plan(plan_file(tmp_path))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    """The plan's runs, made here, one after the other, into memory."""
    store = MemoryStore()
    made = list(sweep_runs(plan_file(tmp_path_factory.mktemp("oracle")), store=store))
    assert [f.status for f in made] == ["done"] * 12
    once_each(store, 12)
    return store


def changed(tmp_path, *pairs):
    text = PLAN
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return load_plan(plan_file(tmp_path, text))


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_rows_are_the_same_for_any_number_of_workers(plan, oracle, tmp_path, workers):
    store = ParquetStore(tmp_path / "s", most_runs=5)
    assert sum(1 for _ in sweep_runs(plan, executor=ProcessExecutor(workers), store=store)) == 12
    same_tables(ParquetStore(tmp_path / "s"), oracle)


def test_the_rows_are_the_same_in_any_order(plan, oracle):
    orders = []
    for seed in (1, 2):
        store = MemoryStore()
        orders.append([f.task.id for f in sweep_runs(plan, executor=Shuffled(SerialExecutor(), seed), store=store)])
        same_tables(store, oracle)
    assert orders[0] != orders[1]


def test_the_rows_are_what_simulate_gives(plan, oracle):
    for run in [run for run in runs_of(plan) if run.replicate == 2]:
        alone = simulate(plan.variants[0].source, replicates=3, seed=run.seed, **run.point).to_frame()
        mine = alone[alone["replicate"] == 2]
        kept = {(r["measure"], r["group"]): r["value"] for r in oracle.outcomes().to_pylist() if r["run"] == run.id}
        found = dict(zip(zip(mine["measure"], mine["group"], strict=True), mine["value"], strict=True))
        assert {k: v for k, v in found.items() if v == v} == {k: v for k, v in kept.items() if v is not None}


def test_a_run_once_done_is_never_done_again(plan, oracle, tmp_path):
    first = sweep_runs(plan, store=ParquetStore(tmp_path / "s"))
    made = [next(first).task.id for _ in range(5)]
    first.close()
    again = [f.task.id for f in sweep_runs(plan, store=ParquetStore(tmp_path / "s"))]
    assert len(again) == 7
    assert not set(made) & set(again)
    assert list(sweep_runs(plan, store=ParquetStore(tmp_path / "s"))) == []
    same_tables(ParquetStore(tmp_path / "s"), oracle)


@pytest.mark.long
@pytest.mark.parametrize(
    ("pairs", "more"),
    [
        ([("replicates: 3", "replicates: 5")], 8),
        ([("[2.0, 3.0]", "[2.0, 2.5, 3.0]")], 6),
        ([("values: [0.3, 0.9]", "values: [0.1, 0.3, 0.9]"), ("replicates: 3", "replicates: 4")], 12),
        ([("scenario: tiny.yaml", "scenarios: [midtown, tiny.yaml]")], 0),
        ([("seed: 5", "seed: 5\npolicies: [no-change, none]")], 12),
    ],
)
def test_a_grown_plan_goes_on(plan, tmp_path, pairs, more):
    for _ in sweep_runs(plan, store=ParquetStore(tmp_path / "s")):
        pass
    grown = changed(tmp_path, *pairs)
    if not more:  # midtown takes long; that it fits is enough
        from referral_sim.experiment.resume import ready

        store = ParquetStore(tmp_path / "s")
        assert len(ready(grown, store)) == 12
        store.close()
        return
    assert sum(1 for _ in sweep_runs(grown, store=ParquetStore(tmp_path / "s"))) == more
    whole = MemoryStore()
    for _ in sweep_runs(grown, store=whole):
        pass
    same_tables(ParquetStore(tmp_path / "s"), whole)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("seed: 5", "seed: 6")], "seed: the folder has 5, the plan 6"),
        ([("replicates: 3", "replicates: 2")], "replicates: the folder has 3, the plan 2"),
        ([("[2.0, 3.0]", "[2.5, 3.0]")], "front_door.threshold: the folder has 2.0, the plan does not"),
        ([("programmes.Hill.reach", "trouble.rate")], "programmes.Hill.reach: the folder varies it, the plan does not"),
        ([("seed: 5", "seed: 5\noutcomes: [referrals]")], 'outcomes: the folder has all, the plan ["referrals"]'),
        ([("scenario: tiny.yaml", "scenario: midtown")], "scenarios: the folder has tiny, the plan does not"),
        ([("seed: 5", "seed: 5\npolicies: [no-change]")], "policies: the folder has none, the plan does not"),
        ([("{kind: grid}", "{kind: latin-hypercube, size: 4}")], "design.kind: the folder has grid, the plan latin-hypercube"),
        ([("levers", "x"), ("uncertainties", "levers"), ("x", "uncertainties")], "front_door.threshold: the folder has"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_is_refused_with_the_difference(plan, tmp_path, pairs, said):
    store = ParquetStore(tmp_path / "s")
    store.begin(json.loads(json.dumps(record(plan))), columns(plan), {})
    store.close()
    before = (tmp_path / "s/manifest.json").read_bytes()
    with pytest.raises(OtherPlanError) as caught:
        list(sweep_runs(changed(tmp_path, *pairs), store=ParquetStore(tmp_path / "s")))
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), str(caught.value)
    assert (tmp_path / "s/manifest.json").read_bytes() == before


def record(plan):
    from referral_sim.experiment.resume import record_of

    return record_of(plan)


def columns(plan):
    from referral_sim.experiment.stores import run_columns

    return run_columns(plan.variables)


def fits(old, new):
    from referral_sim.experiment.resume import differences

    return differences(record(old), record(new))


def test_a_scenario_that_changed_is_refused_with_its_key(plan, tmp_path):
    text = (tmp_path / "tiny.yaml").read_text()
    (tmp_path / "tiny.yaml").write_text(text.replace("rate: 0.5", "rate: 0.6"))
    assert fits(plan, load_plan(tmp_path / "plan.yaml")) == [
        "scenario tiny: trouble.rate: the folder has 0.5, the plan 0.6"
    ]


def test_another_model_is_refused(plan, tmp_path, monkeypatch):
    before = record(plan)
    monkeypatch.setattr("referral_sim.experiment.resume.model_version", lambda: "0.2.0+other")
    from referral_sim.experiment.resume import differences

    assert differences(before, record(plan)) == [f"model: the folder has {model_version()}, the plan 0.2.0+other"]


@pytest.mark.parametrize(
    ("kind", "size", "fine"), [("sobol", 16, True), ("sobol", 4, False), ("latin-hypercube", 16, False)]
)
def test_drawn_designs_that_grow(tmp_path, kind, size, fine):
    pairs = [("[2.0, 3.0]", "{range: [2.0, 3.0]}"), ("{values: [0.3, 0.9]}", "{range: [0.3, 0.9]}")]
    old, new = (changed(tmp_path, *pairs, ("kind: grid", f"kind: {kind}, size: {n}")) for n in (8, size))
    assert (fits(old, new) == []) is fine
    if fine:
        assert {r.id for r in runs_of(old)} < {r.id for r in runs_of(new)}
    wider = changed(tmp_path, ("[2.0, 3.0]", "{range: [2.0, 3.5]}"), pairs[1], ("kind: grid", f"kind: {kind}, size: 8"))
    assert "front_door.threshold" in fits(old, wider)[0]


# -- failures --------------------------------------------------------------------------------------------------------


def test_points_that_are_not_allowed_together_are_failed_rows(tmp_path):
    text = """scenario: tiny.yaml
levers: {population.deprived_share: [0.3, 0.9], programmes.Hill.children_under_five: [10, 40]}
design: {kind: grid}
replicates: 2
"""
    store = MemoryStore()
    for _ in sweep_runs(plan_file(tmp_path, text), executor=ProcessExecutor(2), store=store):
        pass
    once_each(store, 8)
    bad = [r for r in store.runs().to_pylist() if r["status"] != "done"]
    assert [(r["population.deprived_share"], r["programmes.Hill.children_under_five"]) for r in bad] == [
        (0.3, 40.0)
    ] * 2
    assert all(r["status"] == "failed" and "their areas hold 40 children" in r["reason"] for r in bad)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux only")
@pytest.mark.parametrize(
    ("limits", "status", "reason"),
    [
        ({"limit_seconds": 0.5}, "timeout", "took longer than 0.5 seconds"),
        ({"limit_memory": 60}, "memory", "out of memory"),
    ],
)
def test_runs_over_a_limit_are_rows_and_can_be_made_again(tmp_path, monkeypatch, limits, status, reason):
    if status == "timeout":
        begun = tmp_path / "begun"
        begun.touch()
        clock = SimpleNamespace(monotonic=lambda: 10.0 * len(begun.read_text().split()))  # goes on when a run hangs
        monkeypatch.setattr(process_executor, "time", clock)
        monkeypatch.setattr(jobs, "run_job", functools.partial(hangs_when_large, begun))
    text = """scenario: tiny.yaml
levers: {population.children: [300, 3000000], time.warm_up_months: [0, 60]}
design:
  kind: list
  points:
    - {population.children: 300, time.warm_up_months: 0}
    - {population.children: 3000000, time.warm_up_months: 60}
replicates: 1
outcomes: [referrals]
"""
    path = plan_file(tmp_path, text)
    for _ in sweep_runs(path, executor=ProcessExecutor(1, **limits), store=ParquetStore(tmp_path / "s")):
        pass
    found = {r["population.children"]: r for r in ParquetStore(tmp_path / "s").runs().to_pylist()}
    assert (found[300]["status"], found[300]["reason"]) == ("done", "")
    assert (found[3000000]["status"], found[3000000]["reason"]) == (status, reason)
    assert found[3000000]["seed"] == 1
    assert list(sweep_runs(path, store=ParquetStore(tmp_path / "s"))) == [], "a failed run is not made again unasked"
    again = list(
        sweep_runs(path, executor=ProcessExecutor(1, **limits), store=ParquetStore(tmp_path / "s"), retry_failed=True)
    )
    assert [f.status for f in again] == [status]
    once_each(ParquetStore(tmp_path / "s"), 2)


def test_a_run_that_raises_is_a_row_with_its_reason(plan, oracle, monkeypatch):
    from referral_sim.model import ReferralModel

    real = ReferralModel.run

    def run(self):
        if self.replicate == 1:
            raise ZeroDivisionError("no posts")
        return real(self)

    monkeypatch.setattr(ReferralModel, "run", run)
    store = MemoryStore()
    made = list(sweep_runs(plan, store=store))
    assert sorted(f.status for f in made) == ["done"] * 8 + ["failed"] * 4
    row = next(r for r in store.runs().to_pylist() if r["status"] == "failed")
    assert (row["reason"], row["replicate"], row["seed"]) == ("ZeroDivisionError: no posts", 1, 5)
    assert "in run" in row["traceback"]
    assert {r["run"] for r in store.outcomes().to_pylist()} == {f.task.id for f in made if f.status == "done"}


def test_a_worker_with_another_model_says_so():
    assert attempt_with(model_version(), double, 2).value == 4
    result = attempt_with("0.0.1+other", double, 2)
    assert (result.status, result.value) == ("failed", None)
    assert result.reason.startswith(f"OtherModelError: the worker has model {model_version()}")


def test_outcomes_are_the_ones_asked_for(tmp_path):
    text = "scenario: tiny.yaml\nreplicates: 1\noutcomes: [sslp_concerns, referrals/all, 'contacts/locality:North']\n"
    store = MemoryStore()
    list(sweep_runs(plan_file(tmp_path, text), store=store))
    found = {(r["measure"], r["group"]) for r in store.outcomes().to_pylist()}
    assert found == {
        *(("sslp_concerns", group) for group in ("all", "locality:North", "programme:Hill")),
        *(("sslp_concerns", f"ethnic:{group}") for group in ("asian", "black", "mixed", "other", "white")),
        ("referrals", "all"), ("contacts", "locality:North"),
    }  # fmt: skip
