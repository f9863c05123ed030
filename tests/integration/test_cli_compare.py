"""The command compare: what reaches stdout, stderr, the folder and the exit status; and NAME+POLICY."""

import json

import pandas as pd
import pytest

from helpers import small
from referral_sim import cli, load_scenario
from referral_sim.experiment import comparison as room
from referral_sim.folders.read_folder import open_results
from referral_sim.scenario import ScenarioError

LOOK = room.take_compared
FEW = ("--replicates", 2, "--workers", 1)


@pytest.fixture
def call(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "small.yaml"
    tree = small().model_dump(mode="json", exclude_unset=True)
    del tree["time"]["reporting_year_start"]  # a date in JSON is text; this one is the default
    path.write_text(json.dumps(tree))
    return path


def test_a_policy_against_the_scenario_itself(call, base):
    status, out, err = call("compare", base, "--policy", "outposted-half-posts-everywhere", *FEW)
    assert status == 0
    title = "A small authority + half an out-posted social worker in every programme, against A small authority"
    assert " ".join(out.split()).startswith(title)
    words = " ".join(out.split())
    assert "For whom: " in words
    assert "nine in ten of 2 pairs of simulated years (seed 1), under chance alone" in words
    assert "Families whose path changed" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert err.splitlines()[0] == (
        "warning: small+outposted-half-posts-everywhere: 2 replicates; the ends of a 90% interval rest on the "
        "outermost years alone with fewer than 20"
    )


def test_several_policies_are_one_scenario_and_plus_makes_one_each(call, base):
    together = ("--policy", "no-liaison", "--policy", "threshold-up-a-tier")
    found = json.loads(call("compare", base, *together, "--json", *FEW)[1])
    assert [c["scenario"] for c in found["comparisons"]] == ["small+no-liaison+threshold-up-a-tier"]
    each = (f"{base}+no-liaison", f"{base}+threshold-up-a-tier")
    found = json.loads(call("compare", base, *each, "--json", *FEW)[1])
    assert (found["base"], len(found["comparisons"])) == ("small", 2)
    assert [c["scenario"] for c in found["comparisons"]] == ["small+no-liaison", "small+threshold-up-a-tier"]


def test_set_and_seed_reach_every_scenario(call, base, monkeypatch):
    seen = []

    def look(model):
        seen.append((model.scenario.name, model.seed, model.replicate, model.scenario.front_door.threshold))
        return LOOK(model)

    monkeypatch.setattr(room, "take_compared", look)
    words = ("--policy", "no-change", "--seed", 0, "--set", "front_door.threshold=3.25")
    status, out, err = call("compare", base, *words, "--json", *FEW)
    assert status == 0
    assert sorted(seen) == [(name, 0, k, 3.25) for name in ("small", "small+no-change") for k in (0, 1)]
    warnings = json.loads(out)["comparisons"][0]["warnings"]
    assert {f"warning: {w}" for w in warnings} <= set(err.splitlines())
    assert "same values" in warnings[0]


@pytest.mark.long
def test_output_is_the_same_for_any_number_of_workers(call, base):
    """All but how the runs are getting on, which a slow machine is told and a quick one is not."""
    words = ("compare", base, "--policy", "outposted-half-posts-everywhere", "--json", "--replicates", 3)
    one, two = (call(*words, "--workers", workers) for workers in (1, 2))
    assert one[:2] == two[:2]
    assert _warnings(one[2]) == _warnings(two[2]) != []


def test_out_holds_the_tables_and_how_they_came_about(call, base, tmp_path):
    out = tmp_path / "new" / "folder"
    words = ("compare", base, f"{base}+outposted-half-posts-everywhere", f"{base}+no-change")
    status, said, err = call(*words, "--out", out, *FEW)
    assert f"'referral-simreport{out}'makesapage" in "".join(said.split()), "wherever the line is broken"
    assert status == 0
    assert f"written to {out}" in err
    assert [p.name for p in out.parent.iterdir()] == ["folder"], "nothing is left beside it"
    assert sorted(p.name for p in out.iterdir()) == [
        "changes.parquet", "differences.parquet", "families.parquet", "manifest.json", "summary.parquet",
    ]  # fmt: skip
    tables = {name: pd.read_parquet(out / f"{name}.parquet") for name in ("differences", "changes", "summary")}
    for table in tables.values():
        assert list(table["scenario"].unique()) == ["small+outposted-half-posts-everywhere", "small+no-change"]
    assert set(tables["differences"]["replicate"]) == set(tables["changes"]["replicate"]) == {0, 1}
    assert list(tables["differences"].columns) == [
        "scenario", "replicate", "year", "measure", "unit", "group", "base", "value", "difference",
    ]  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["base"], manifest["seed"], manifest["replicates"]) == ("small", 1, 2)
    assert [s["name"] for s in manifest["scenarios"]][:2] == ["small", "small+outposted-half-posts-everywhere"]
    assert (len(manifest["warnings"]), manifest["failures"]) == (3, [])
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    status, text, err = call(*words, "--out", out, *FEW)
    assert (status, text) == (2, "")
    assert "is not empty" in err
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_a_failed_run_is_said_and_the_rest_is_shown(call, base, monkeypatch):
    def look(model):
        if model.replicate == 1:
            raise ValueError("no families")
        return LOOK(model)

    monkeypatch.setattr(room, "take_compared", look)
    status, out, err = call("compare", base, "--policy", "no-change", "--replicates", 3, "--workers", 1)
    assert status == 1
    assert "run failed: scenario small, seed 1, replicate 1: ValueError: no families" in err
    assert "2 pairs" in " ".join(out.split())
    monkeypatch.setattr(room, "take_compared", lambda model: 1 / 0)
    status, out, err = call("compare", base, "--policy", "no-change", "--json", *FEW)
    assert status == 1
    assert json.loads(out)["comparisons"][0]["measures"] == []
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "SCENARIO"),
        (["midtown"], "name a second scenario, or give --policy"),
        (["midtown", "midtown"], "nothing to compare it with"),
        (["midtown", "southshire", "--policy", "no-change"], "--policy goes with one scenario"),
        (["midtown", "midtown+no-chang"], "no file or policy 'no-chang' (did you mean 'no-change'?)"),
        (["midtwn", "midtown"], "did you mean 'midtown'?"),
        (["midtown", "--policy", "no-change", "--set", "front_dor.threshold=3"], "did you mean 'front_door'?"),
        (["midtown", "southshire", "--replicates", "1"], "--replicates"),
        (["midtown", "southshire", "--workers", "0"], "--workers"),
        (["midtown", "southshire", "--seed", "-1"], "--seed"),
        (["midtown", "southshire", "--out", __file__], "is not a folder"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_runs(call, monkeypatch, words, part):
    monkeypatch.setattr(room, "run_jobs", lambda *args, **kwargs: pytest.fail("it ran"))
    status, out, err = call("compare", *words)
    assert (status, out) == (2, "")
    assert part in err
    assert "Traceback" not in err


# -- NAME+POLICY ---------------------------------------------------------------------------------------------------


def test_a_name_may_carry_policies():
    one = load_scenario("midtown+no-liaison+threshold-up-a-tier")
    other = load_scenario("midtown", policies=["no-liaison", "threshold-up-a-tier"])
    assert one.content_hash() == other.content_hash()
    both = load_scenario("midtown+no-liaison", policies=["threshold-up-a-tier"])
    assert both.content_hash() == one.content_hash()


def test_a_plus_in_a_files_own_name_is_no_policy(base, tmp_path):
    for name in ("a+b.yaml", "c+no-liaison"):
        (tmp_path / name).write_text(base.read_text())
        assert load_scenario(str(tmp_path / name)).name == "small"
    found = load_scenario(f"{tmp_path / 'a+b.yaml'}+no-liaison")
    assert found.name == "small+no-liaison"
    with pytest.raises(ScenarioError, match="there is no file or preset"):
        load_scenario(str(tmp_path / "not+here" / "no.yaml"))


@pytest.mark.parametrize("name", ["midtown+", "+no-liaison", "midtown++no-liaison", "+"])
def test_a_plus_without_a_name_is_no_scenario(name):
    with pytest.raises(ScenarioError, match="there is no file or preset"):
        load_scenario(name)


def test_a_policy_twice_is_refused():
    with pytest.raises(ScenarioError, match="applied once"):
        load_scenario("midtown+no-liaison", policies=["no-liaison"])


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("referals=3", "there is no measure 'referals' (did you mean 'referrals'?)"),
        ("referrals", "write MEASURE=SIZE"),
        ("referrals=-1", "a number above 0 (per 10,000 children under 18 a year), not '-1'"),
        ("referrals=many", "a number above 0"),
    ],
)
def test_a_size_that_cannot_matter_is_refused_before_anything_runs(call, base, asked, part):
    status, out, err = call("compare", base, "--policy", "no-change", "--matters", asked, *FEW)
    assert (status, out) == (2, "")
    assert err.startswith(f"--matters {asked}: ")
    assert part in err
    assert len(err.splitlines()) == 1


def test_sizes_that_matter_are_kept_with_the_results(call, base, tmp_path):
    words = ("compare", base, "--policy", "threshold-up-a-tier", "--matters", "joint_visits=1e9", *FEW)
    status, out, _ = call(*words, "--matters", "referrals=0.001", "--out", tmp_path / "out")
    assert status == 0
    answer = " ".join(out.split())
    assert answer.index("Matters") < answer.index("Referrals (children)")
    (comparison,) = open_results(tmp_path / "out").comparisons
    summary = comparison.pairs[0].summary.set_index(["measure", "group"])
    assert summary.loc[("referrals", "all"), "smallest"] == 0.001
    assert summary.loc[("referrals", "all"), "verdict"] == "matters"
    assert summary.loc[("joint_visits", "all"), "verdict"] == "too small to matter"
    written = pd.read_parquet(tmp_path / "out" / "summary.parquet")
    assert list(written["verdict"]) == list(summary["verdict"])


def test_overwrite_replaces_results_and_nothing_else(call, base, tmp_path):
    words = ("compare", base, "--policy", "no-change", *FEW, "--out", tmp_path / "out")
    assert call(*words)[0] == 0
    before = (tmp_path / "out" / "manifest.json").read_text()
    assert call(*words, "--overwrite", "--seed", 5)[0] == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["seed"] == 5 != json.loads(before)["seed"]
    assert [path.name for path in tmp_path.iterdir() if path.name != base.name] == ["out"], "nothing is left beside it"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    status, out, err = call(*words[:-1], tmp_path / "mine", "--overwrite")
    assert (status, out) == (2, "")
    assert "holds no results" in err
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def _warnings(text):
    return [line for line in text.splitlines() if line.startswith("warning: ")]
