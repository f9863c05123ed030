"""A scenario's values written out, as Python or as JSON, give the same scenario again; so does a manifest."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pydantic
import pytest

from referral_sim import Job, Scenario, cli, load_scenario, run_jobs
from referral_sim.experiment.jobs import take_tables
from referral_sim.folders.write_folder import write_folder
from referral_sim.scenario import list_presets

UNDER_POLICIES = [
    "east-borough+link-worker-everywhere",
    "midtown+co-location-with-trust+vacancies-25",
    "southshire+city-borough-model",
]

ONE = """\
name: one
time: {warm_up_months: 1, years: 1}
population: {children: 2500, deprived_share: 0.5}
trouble: {rate: 0.3}
localities: {North: {posts: 2}}
programmes:
  Hill: {children_under_five: 120, reach: 0.8}
  Dale: {children_under_five: 120, reach: 0.8}
liaison:
  Link worker: {kind: link_worker, programmes: [Dale], start: 2005-05-01}
"""


@pytest.mark.parametrize("name", [*(preset.name for preset in list_presets()), *UNDER_POLICIES])
def test_values_written_out_give_the_same_scenario(name: str) -> None:
    scenario = load_scenario(name)
    copies = {
        "JSON": Scenario.model_validate_json(scenario.model_dump_json()),
        "JSON of values": Scenario.model_validate_json(json.dumps(scenario.model_dump(mode="json"))),
        "Python": Scenario.model_validate(scenario.model_dump()),
    }
    for mode, copy in copies.items():
        assert copy == scenario, mode
        assert copy.content_hash() == scenario.content_hash(), mode


def test_these_scenarios_hold_what_json_has_no_type_for() -> None:
    """Else the test above would pass without a date or a list of names below a table."""
    scenarios = [load_scenario(preset.name) for preset in list_presets()]
    assert any(post.start is not None and post.programmes for s in scenarios for post in s.liaison.values())
    assert any(part.start is not None for s in scenarios for part in s.parts.values())


@pytest.mark.parametrize("wrong", [{"Hill", "Dale"}, "Hill", {"Hill": 1}, ["Hill", 3], [None]])
def test_names_that_a_post_serves_are_a_list_of_text(wrong: object) -> None:
    with pytest.raises(pydantic.ValidationError, match=r"liaison.Post.programmes"):
        Scenario.model_validate({"liaison": {"Post": {"programmes": wrong}}})


def test_a_run_repeats_from_its_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/columns.md promises, on a scenario with a dated post that serves some programmes."""
    plan = tmp_path / "one.yaml"
    plan.write_text(ONE, encoding="utf-8")
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as end:
        cli.main(["run", str(plan), "--replicates", "2", "--seed", "5", "--workers", "1", "--out", str(out)])
    assert end.value.code == 0
    capsys.readouterr()

    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    kept = manifest["scenarios"][0]
    scenario = Scenario.model_validate_json(json.dumps(kept["values"]))
    assert scenario.content_hash() == kept["hash"]
    again = tmp_path / "again"
    results = list(run_jobs([Job(scenario, manifest["seed"], 1, take_tables)]))
    write_folder(again, [scenario], results, {"seed": manifest["seed"], "replicates": 1})
    for name in ("measures", "monthly", "events"):
        table = pq.read_table(out / f"{name}.parquet")
        rows = [row for row in table.to_pylist() if row["replicate"] == 1]
        assert len(rows) > 20
        assert repr(pq.read_table(again / f"{name}.parquet").to_pylist()) == repr(rows), name  # repr: NaN is NaN
