"""A folder of results gives back what the command that wrote it has printed."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from referral_sim import cli
from referral_sim.experiment.authority_results import to_json
from referral_sim.experiment.comparison import comparison_to_json
from referral_sim.experiment.manifest import write_manifest
from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.folders.read_folder import FolderKind, ResultsError, open_results
from referral_sim.measures.table_columns import TABLES
from referral_sim.records.stages import Stage, label
from sweeps import SCENARIO, plan_file, same_tables

ALTERNATIVES = """scenario: tiny.yaml
policies: [none, vacancies-40]
replicates: 3
seed: 5
"""


@pytest.fixture
def call(capsys):
    def run(*words, status=0):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        assert end.value.code == status, err
        return out

    return run


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


MANY = ("--replicates", 3, "--seed", 5, "--workers", 1)


def described(folder):
    """Fail unless every field of every Parquet file below a folder says what it is, and numbers in which unit."""
    paths = sorted(folder.rglob("*.parquet"))
    assert paths
    for path in paths:
        name = path.stem if path.stem in TABLES else path.parent.name
        columns = [column.name for column in TABLES[name] if column.name not in ("scenario", "replicate")]
        there = [field.name for field in pq.read_schema(path) if field.name not in ("scenario", "replicate")]
        assert [one for one in there if "." not in one] == columns
        for field in pq.read_schema(path):
            assert field.metadata, (path.name, field.name)
            assert field.metadata[b"description"], (path.name, field.name)
            assert b"unit" in field.metadata or str(field.type) not in ("float", "double"), (path.name, field.name)


def test_runs(call, tiny, tmp_path):
    printed = call("run", tiny, *MANY, "--json", "--out", tmp_path / "r")
    found = open_results(tmp_path / "r")
    assert (found.kind, found.seed, found.replicates) == (FolderKind.RUNS, 5, 3)
    assert to_json(found.profiles) + "\n" == printed
    assert found.command == f"referral-sim run {tiny} --replicates 3 --seed 5 --workers 1 --json --out {tmp_path / 'r'}"
    assert set(found.monthly["scenario"]) == {"tiny"}
    assert len(pd.read_parquet(found.events)) > 0
    described(tmp_path / "r")
    said = pq.read_schema(tmp_path / "r" / "measures.parquet").field("measure").metadata
    assert said[b"referrals"] == b"Referrals (per 10,000 children under 18 a year)"
    events = pd.read_parquet(found.events)
    assert events["stage"].cat.ordered
    assert list(events["stage"].cat.categories) == [label(stage) for stage in Stage]
    call("export", tmp_path / "r", "--format", "parquet", "--out", tmp_path / "e")
    described(tmp_path / "e")
    assert not found.comparisons


def test_a_comparison(call, tiny, tmp_path):
    printed = call("compare", tiny, "--policy", "vacancies-40", *MANY, "--json", "--out", tmp_path / "c")
    found = open_results(tmp_path / "c")
    assert found.kind is FolderKind.COMPARISON
    described(tmp_path / "c")
    assert comparison_to_json(found.comparisons[0]) + "\n" == printed
    alone = json.loads(call("run", tiny, *MANY, "--json"))[0]
    assert json.loads(to_json(found.profiles[:1]))[0] == alone
    assert [p.scenario for p in found.profiles] == ["tiny", "tiny+vacancies-40"]


def test_a_sweep_says_what_run_and_compare_say(call, tiny, tmp_path):
    call("sweep", plan_file(tmp_path, ALTERNATIVES), "--out", tmp_path / "s", "--workers", 1)
    found = open_results(tmp_path / "s")
    assert found.kind is FolderKind.SWEEP
    described(tmp_path / "s")
    assert json.loads(to_json(found.profiles[:1])) == json.loads(call("run", tiny, *MANY, "--json"))
    (comparison,) = found.comparisons
    compared = json.loads(call("compare", tiny, "--policy", "vacancies-40", *MANY, "--json"))
    mine = json.loads(comparison_to_json(comparison))
    assert compared["comparisons"][0].pop("families")
    assert mine["comparisons"][0].pop("families") == []
    assert mine == compared


def test_a_sweep_over_points_has_no_profiles_and_pairs_within_points(call, tiny, tmp_path):
    plan = ALTERNATIVES + "levers: {front_door.threshold: [2.0, 4.0]}\ndesign: {kind: grid}\n"
    call("sweep", plan_file(tmp_path, plan), "--out", tmp_path / "s", "--workers", 1)
    found = open_results(tmp_path / "s")
    assert found.profiles == ()
    assert found.comparisons[0].pairs[0].replicates == 6


def test_scenarios_of_a_sweep_without_policies_meet_the_first(call, tiny, tmp_path):
    (tmp_path / "other.yaml").write_text("extends: tiny.yaml\nname: other\npopulation: {children: 600}\n")
    plan = "scenarios: [tiny.yaml, other.yaml]\nreplicates: 2\n"
    call("sweep", plan_file(tmp_path, plan), "--out", tmp_path / "s", "--workers", 1)
    (comparison,) = open_results(tmp_path / "s").comparisons
    assert (comparison.base.name, comparison.pairs[0].scenario.name) == ("tiny", "other")
    assert not comparison.pairs[0].same_world
    assert "another world" in comparison.pairs[0].warnings[0]


def test_a_calibration(tmp_path):
    from pathlib import Path

    found = open_results(Path(__file__).parents[2] / "results" / "calibration")
    assert found.kind is FolderKind.CALIBRATION
    assert {"parameters", "predictions", "coverage"} <= set(found.tables)


def test_what_is_no_folder_of_results_is_named(call, tiny, tmp_path):
    with pytest.raises(ResultsError, match="there is no such folder"):
        open_results(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="holds nothing that run, compare, sweep or calibrate writes"):
        open_results(tmp_path)
    call("run", tiny, *MANY, "--out", tmp_path / "r")
    manifest = tmp_path / "r" / "manifest.json"
    held = json.loads(manifest.read_text())
    held.pop("checksum")
    manifest.write_text(json.dumps({**held, "format": 99}))
    with pytest.raises(ResultsError, match=r"format 99, written by referral-sim .*; this version, .*, reads format 3"):
        open_results(tmp_path / "r")
    manifest.write_text(json.dumps({**held, "seed": 6}))
    with pytest.raises(ResultsError, match="is damaged: its own checksum does not fit"):
        open_results(tmp_path / "r")
    write_manifest(manifest, {**held, "seed": None, "scenarios": [{"values": {"name": 3}}]})
    with pytest.raises(ResultsError, match="cannot be read"):
        open_results(tmp_path / "r")
    manifest.write_text("{")
    with pytest.raises(ResultsError, match="no manifest of results"):
        open_results(tmp_path / "r")
    manifest.unlink()
    with pytest.raises(ResultsError, match=r"manifest.json is missing, without which no file"):
        open_results(tmp_path / "r")


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_file_that_is_missing_or_changed_is_named_and_nothing_is_read(call, tiny, tmp_path, command):
    policy = ("--policy", "vacancies-40") if command == "compare" else ()
    call(command, tiny, *policy, *MANY, "--out", tmp_path / "r")
    files = sorted((tmp_path / "r").glob("*.parquet"))
    assert len(files) == (3 if command == "run" else 4)
    for file, other in zip(files, files[1:] + files[:1], strict=True):
        whole = file.read_bytes()
        for bad in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:100], b"", other.read_bytes(), whole + whole):
            file.write_bytes(bad)
            with pytest.raises(ResultsError, match=f"{file.name} is damaged"):
                open_results(tmp_path / "r")
        file.unlink()
        with pytest.raises(ResultsError, match=f"{file.name} is missing"):
            open_results(tmp_path / "r")
        file.write_bytes(whole)
    (tmp_path / "r" / "more.parquet").write_bytes(b"of somebody else")
    call("export", tmp_path / "r", "--out", tmp_path / "x")
    assert {p.stem for p in (tmp_path / "x").iterdir()} == {p.stem for p in files}


@pytest.mark.long
def test_the_command_of_a_sweep_makes_again_what_is_missing(call, tmp_path):
    words = ("sweep", plan_file(tmp_path, ALTERNATIVES), "--workers", 1, "--out")
    for out in ("s", "whole"):
        call(*words, tmp_path / out)
    file = tmp_path / "s" / "outcomes" / "000001.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    for reader in ("export", "report", "plot"):
        call(reader, tmp_path / "s", status=2)
    assert not (tmp_path / "s" / "export").exists()
    call(*words, tmp_path / "s")
    same_tables(ParquetStore(tmp_path / "s"), ParquetStore(tmp_path / "whole"))
    call(*words, tmp_path / "s")
    (tmp_path / "s" / "manifest.json").write_bytes(b"{}")
    call(*words, tmp_path / "s", status=2)
