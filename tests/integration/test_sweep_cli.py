"""The commands sweep, export and run --point: what they say, write and end with."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pyarrow.parquet as pq
import pytest

from referral_sim import cli
from referral_sim.cli.printing import RunCounter
from referral_sim.experiment import atomic_write, parquet_store
from referral_sim.experiment.estimate import duration, size
from referral_sim.experiment.parquet_store import ParquetStore
from sweeps import COMMAND, PLAN, once_each, plan_file, rows

SUM = "12 runs: 1 scenario x 1 alternative x 4 points x 3 replicates"


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with the whole plan, made by the command in a process of its own, and what it said."""
    folder = tmp_path_factory.mktemp("whole")
    plan_file(folder)
    words = [*COMMAND, "sweep", "plan.yaml", "--out", "s", "--workers", "2"]
    return folder, subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of it."""
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_sweep_says_how_much_it_will_be_and_what_came_of_it(whole):
    _, ended = whole
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[0].startswith("Means of the runs of each setting (per 10,000 children under 18 ")
    shown = [line.split() for line in ended.stdout.splitlines()[3:]]
    assert [(row[0], row[1], row[-1]) for row in shown] == [("tiny", "2", "6"), ("tiny", "3", "6")]
    tables = {name: getattr(ParquetStore(whole[0] / "s"), name)().to_pandas() for name in ("runs", "outcomes")}
    found = tables["outcomes"].query("measure == 'referrals' and group == 'all'").merge(tables["runs"], on="run")
    means = found.groupby("front_door.threshold")["value"].mean()
    assert [float(row[2]) for row in shown] == pytest.approx(list(means), rel=0.01)
    lines = ended.stderr.splitlines()
    assert lines[0] == SUM
    assert re.fullmatch(r"about \d+ s with 2 workers, and \d+ kB of disk", lines[1])
    more = lines[2:-2]  # there only where the runs take more than ten seconds
    assert all(re.fullmatch(r"\d+ of 11 runs finished, 0 failed, [\d.]+ a second(, .* left)?", line) for line in more)
    assert lines[-2] == "12 runs done, in s"
    assert lines[-1].startswith("Next: 'referral-sim report s' ")


def test_the_same_command_finds_nothing_to_do(whole, folder, call):
    before = sorted(p.name for p in (folder / "s").rglob("*"))
    status, out, err = call("sweep", "plan.yaml", "--out", "s")
    assert (status, out) == (0, whole[1].stdout), "the result again"
    assert err.splitlines()[:-1] == [SUM, "12 are there already", "12 runs done, in s"]
    assert sorted(p.name for p in (folder / "s").rglob("*")) == before


def test_dry_run_leaves_nothing(call, tmp_path):
    plan_file(tmp_path)
    status, out, err = call("sweep", "plan.yaml", "--out", "s", "--dry-run", "--workers", "1")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == SUM
    assert re.fullmatch(r"about \d+ s with 1 worker, and \d+ kB of disk", out.splitlines()[1])
    assert not (tmp_path / "s").exists()


def test_any_run_repeats_alone_bit_for_bit(folder, call):
    store = ParquetStore(folder / "s")
    row = next(r for r in store.runs().to_pylist() if (r["point"], r["replicate"]) == (3, 2))
    kept = {
        (r["measure"], r["group"]): (r["value"], r["unit"])
        for r in store.outcomes().to_pylist()
        if r["run"] == row["run"]
    }
    for words in (["--point", 3, "--replicate", 2], ["--run", row["run"]], ["--run", row["run"][:10]]):
        status, out, err = call("run", "plan.yaml", *words, "--json")
        assert (status, err) == (0, "")
        (found,) = json.loads(out)
        assert {(r["measure"], r["group"]): (r["value"], r["unit"]) for r in found["outcomes"]} == kept
        assert (found["run"], found["seed"], found["status"]) == (row["run"], 5, "done")
        assert found["values"] == {"front_door.threshold": 3.0, "programmes.Hill.reach": 0.9}
    assert row["run"] in call("run", "plan.yaml", "--point", 3, "--replicate", 2)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "plan.yaml", "--point", 4], "--point 4 --replicate 0: the plan has points 0 to 3, replicates 0 to 2"),
        (["run", "plan.yaml", "--point", 1, "--replicate", 3], "--point 1 --replicate 3: the plan has points 0 to 3"),
        (["run", "plan.yaml", "--run", "zz"], "--run: no run of this plan has an id that begins with 'zz'"),
        (["run", "plan.yaml", "--run", ""], "--run: 12 runs of this plan have an id that begins with ''"),
        (["run", "plan.yaml", "midtown", "--point", 1], "--point goes with one plan"),
        (
            ["sweep", "plam.yaml", "--out", "s"],
            "plam.yaml:1:1: there is no file 'plam.yaml' (did you mean 'plan.yaml'",
        ),
        (["sweep", "plan.yaml"], "--out"),
        (["sweep", "plan.yaml", "--out", "plan.yaml"], "--out: plan.yaml is not a folder"),
        (["sweep", "plan.yaml", "--out", "."], "--out: . is not empty and holds no sweep"),
        (["sweep", "plan.yaml", "--out", "plan.yaml/s"], "--out: plan.yaml/s cannot be "),
        (["sweep", "plan.yaml", "--out", "s", "--workers", "0"], "--workers"),
        (
            ["sweep", "plan.yaml", "--out", "s", "--limit-seconds", "0"],
            "--limit-seconds must be above 0 and at most 1,000,000, not 0",
        ),
        (["sweep", "plan.yaml", "--out", "s", "--executor", "dask"], "--executor dask needs --address"),
        (["sweep", "plan.yaml", "--out", "s", "--address", "tcp://x:1"], "--address belongs to --executor dask"),
        (["export", "s"], "s: there is no such folder"),
        (["export", "s", "--out", "x.csv"], "--out: x.csv names a file; name a folder"),
        (["export", "s", "--format", "xls"], "--format"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(call, tmp_path, words, said):
    plan_file(tmp_path)
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.yaml", "tiny.yaml"], "nothing half-written"


def test_a_plan_that_does_not_fit_is_refused(folder, call):
    plan_file(folder, PLAN.replace("seed: 5", "seed: 6"))
    before = {p.name: p.read_bytes() for p in (folder / "s").rglob("*") if p.is_file()}
    for more in ([], ["--dry-run"]):
        status, out, err = call("sweep", "plan.yaml", "--out", "s", *more)
        assert (status, out, err) == (2, "", "seed: the folder has 5, the plan 6\n")
    assert {p.name: p.read_bytes() for p in (folder / "s").rglob("*") if p.is_file()} == before


def test_a_folder_of_another_format_is_refused_by_name(folder, call):
    manifest = folder / "s" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 3', '"format": 9'))
    for words in (["sweep", "plan.yaml", "--out", "s"], ["export", "s"]):
        status, _, err = call(*words)
        assert status == 2
        assert "has format 9, written by referral-sim" in err


def test_failed_runs_are_named_and_the_status_is_1(call, tmp_path):
    text = """scenario: tiny.yaml
levers: {population.deprived_share: [0.3, 0.9], programmes.Hill.children_under_five: [10, 40]}
design: {kind: grid}
replicates: 1
"""
    plan_file(tmp_path, text)
    for again in (False, True):
        status, out, err = call("sweep", "plan.yaml", "--out", "s", "--workers", 1)
        assert status == 1
        assert sum(line.startswith("tiny") for line in out.splitlines()) == 3, "the points whose runs are done"
        named = [line for line in err.splitlines() if line.startswith("run failed: ")]
        assert len(named) == (0 if again else 1)
        assert err.splitlines()[-2] == "3 runs done, 1 failed, in s; --retry-failed makes the failed ones again"
        if not again:
            assert "scenario tiny, policies none, point 1, seed 1, replicate 0: ScenarioError: " in named[0]
            id_ = named[0].rsplit(" ", 1)[1].rstrip(")")
            status, _, err = call("run", "plan.yaml", "--run", id_)
            assert status == 1
            assert "their areas hold 40 children" in err
    status, _, err = call("sweep", "plan.yaml", "--out", "s", "--workers", 1, "--retry-failed")
    assert status == 1
    assert "run failed: " in err
    once_each(ParquetStore(tmp_path / "s"), 4)


@pytest.mark.long
def test_a_full_disk_is_said_and_what_was_written_stays(call, tmp_path, monkeypatch):
    plan_file(tmp_path)
    monkeypatch.setattr(parquet_store.ParquetStore.__init__, "__defaults__", (4, 60.0))
    real, moved = atomic_write.os.replace, []

    def replace(part, path):
        moved.append(path)
        if len(moved) > 7:  # the manifest; two shards of two files, each committed by the manifest
            raise OSError(28, "No space left on device")
        real(part, path)

    monkeypatch.setattr(atomic_write.os, "replace", replace)
    status, out, err = call("sweep", "plan.yaml", "--out", "s", "--workers", 1)
    assert (status, out) == (1, "")
    assert "--out: s cannot be written: No space left on device" in err
    assert "Traceback" not in err
    once_each(ParquetStore(tmp_path / "s"), 8)
    monkeypatch.setattr(atomic_write.os, "replace", real)
    assert call("sweep", "plan.yaml", "--out", "s", "--workers", 1)[0] == 0
    once_each(ParquetStore(tmp_path / "s"), 12)


@pytest.mark.parametrize("format_", ["csv", "parquet", "xlsx"])
def test_export_writes_the_tables_sorted(folder, call, format_):
    if format_ == "xlsx":
        pytest.importorskip("openpyxl")
    status, out, err = call("export", "s", "--format", format_, "--out", "e")
    assert (status, out) == (0, "")
    files = sorted(p.name for p in (folder / "e").iterdir())
    assert files == (["sweep.xlsx"] if format_ == "xlsx" else [f"outcomes.{format_}", f"runs.{format_}"])
    assert err.count("written to") == len(files)
    if format_ == "xlsx":
        about, runs, outcomes = pd.read_excel(folder / "e/sweep.xlsx", sheet_name=None).values()
        assert dict(about.to_numpy())["seed"] == 5
    else:
        read = pd.read_csv if format_ == "csv" else pd.read_parquet
        runs, outcomes = (read(folder / f"e/{name}.{format_}") for name in ("runs", "outcomes"))
    assert list(zip(runs["point"], runs["replicate"], strict=True)) == [(n, k) for n in range(4) for k in range(3)]
    stored = ParquetStore(folder / "s").outcomes().to_pandas()
    assert list(dict.fromkeys(outcomes["run"])) == list(runs["run"])
    keys = ["run", "measure", "group"]
    one, other = (t.set_index(keys)["value"].sort_index() for t in (outcomes, stored))
    pd.testing.assert_series_equal(one, other, check_exact=format_ != "xlsx")
    if format_ == "parquet":
        assert rows(pq.read_table(folder / "e/outcomes.parquet")) == rows(ParquetStore(folder / "s").outcomes())


def test_pandas_opens_the_folders(folder):
    assert len(pd.read_parquet(folder / "s/runs")) == 12
    assert set(pd.read_parquet(folder / "s/outcomes").columns) == {"run", "year", "measure", "group", "value", "unit"}


# -- words -----------------------------------------------------------------------------------------------------------


class Terminal:
    def __init__(self, terminal):
        self.terminal, self.text = terminal, ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return self.terminal


def test_progress_is_lines_without_a_terminal():
    stream = Terminal(False)
    with RunCounter(stream, every=0.0) as progress:
        progress.ended(good=True)  # the one that was timed
        progress.start(3)
        for good in (True, False, True):
            progress.ended(good=good)
    lines = stream.text.splitlines()
    assert len(lines) == 3
    assert re.fullmatch(r"1 of 3 runs finished, 0 failed, \S+ a second, \d+ s left", lines[0])
    assert re.fullmatch(r"2 of 3 runs finished, 1 failed, \S+ a second", lines[2])


def test_progress_is_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal(True)
    with RunCounter(stream) as progress:
        progress.start(3)
        for good in (True, False, True):
            progress.ended(good=good)
    assert "2 of 3 runs finished, 1 failed" in stream.text
    assert "━" in stream.text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273600, "3 d 4 h")]
)
def test_durations_in_words(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(10, "1 kB"), (12345, "12 kB"), (3_400_000, "3.4 MB"), (2e9, "2.0 GB")])
def test_sizes_in_words(count, text):
    assert size(count) == text
