"""What every store does; the one in memory is what the others are held to."""

import json
import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from referral_sim.experiment import atomic_write, parquet_store
from referral_sim.experiment.executors import TaskResult
from referral_sim.experiment.manifest import write_manifest
from referral_sim.experiment.parquet_store import ParquetStore
from referral_sim.experiment.plan import PlannedRun
from referral_sim.experiment.stores import MemoryStore, StoreError, run_columns
from referral_sim.experiment.variants import ScenarioVariant, Variable
from referral_sim.scenario import load_scenario
from sweeps import once_each, rows, same_tables

VARIABLES = (
    Variable("front_door.threshold", "levers", "uniform", 2.0, 4.0),
    Variable("localities.North.posts", "uncertainties", "integers", 1, 3),
    Variable("x.word", "levers", "categorical", values=("a", "b")),
    Variable("x.switch", "levers", "categorical", values=(True, False)),
)
COLUMNS = run_columns(VARIABLES)
CASE = ScenarioVariant("tiny", "none", "", (), load_scenario("midtown"), True)
RECORD = {"plan": {"seed": 1}, "text": "é"}


def finished(number, status="done"):
    point = {
        "front_door.threshold": 2.0 + number / 3,
        "localities.North.posts": 2,
        "x.word": "a",
        "x.switch": number % 2 == 0,
    }
    run = PlannedRun(f"{number:032x}", CASE, number, point, 7, number % 3)
    if status != "done":
        return TaskResult(run, None, status, "ValueError: no", "Traceback ...\n  é", 0.25)
    values = [0.1 * number, float("nan"), 1e-300]
    columns = {
        "year": ["2005-06"] * 3,
        "measure": ["a", "b", "b"],
        "group": ["all", "all", "tier:1"],
        "value": values,
        "unit": ["u"] * 3,
    }
    return TaskResult(run, pd.DataFrame(columns), status, seconds=0.5)


@pytest.fixture(params=["memory", "parquet"])
def reopen(request, tmp_path):
    """Opens the store again and again, as later processes would."""
    memory = MemoryStore()
    return lambda **options: memory if request.param == "memory" else ParquetStore(tmp_path / "s", **options)


@pytest.fixture
def store(reopen):
    made = reopen()
    made.begin(RECORD, COLUMNS, {})
    return made


def test_a_new_store_is_empty(reopen):
    store = reopen()
    assert store.record() is None
    assert store.status() == {}
    assert len(store.runs()) == len(store.outcomes()) == 0


def test_what_is_added_is_there_now_and_later(store, reopen):
    for number in range(5):
        store.add(finished(number, "failed" if number == 3 else "done"))
    oracle = MemoryStore()
    oracle.begin(RECORD, COLUMNS, {})
    for number in reversed(range(5)):
        oracle.add(finished(number, "failed" if number == 3 else "done"))
    same_tables(store, oracle)
    store.close()
    later = reopen()
    assert later.record() == RECORD
    assert later.status() == {f"{n:032x}": "failed" if n == 3 else "done" for n in range(5)}
    same_tables(later, oracle)
    once_each(later, 5)
    assert later.runs().schema.names == COLUMNS.names
    assert later.runs().schema.types == COLUMNS.types
    row = sorted(later.runs().to_pylist(), key=lambda r: r["run"])[3]
    assert (row["status"], row["reason"], row["traceback"]) == ("failed", "ValueError: no", "Traceback ...\n  é")
    assert (row["front_door.threshold"], row["x.switch"], row["seed"], row["seconds"]) == (3.0, False, 7, 0.25)
    values = {(r["measure"], r["group"]): r["value"] for r in later.outcomes().to_pylist() if r["run"] == f"{2:032x}"}
    assert values == {("a", "all"): 0.2, ("b", "all"): None, ("b", "tier:1"): 1e-300}


def test_a_store_goes_on(store, reopen):
    store.add(finished(1))
    store.close()
    later = reopen()
    later.begin({"plan": {"seed": 1, "more": True}}, COLUMNS, {})
    later.add(finished(2))
    later.close()
    last = reopen()
    assert set(last.status()) == {f"{n:032x}" for n in (1, 2)}
    assert last.record() == {"plan": {"seed": 1, "more": True}}
    once_each(last, 2)


def test_points_get_their_new_numbers(store, reopen):
    for number in range(3):
        store.add(finished(number))
    store.close()
    later = reopen()
    later.begin(RECORD, COLUMNS, {f"{0:032x}": 10, f"{1:032x}": 1, f"{2:032x}": 12})
    assert {r["run"]: r["point"] for r in later.runs().to_pylist()} == {
        f"{0:032x}": 10, f"{1:032x}": 1, f"{2:032x}": 12,
    }  # fmt: skip
    later.close()
    assert sorted(r["point"] for r in reopen().runs().to_pylist()) == [1, 10, 12]


def test_failed_runs_can_be_forgotten(store, reopen):
    for number in range(6):
        store.add(finished(number, "done" if number % 2 else "timeout"))
    store.flush()
    assert store.forget_failed() == 3
    assert store.forget_failed() == 0
    store.add(finished(0))
    store.close()
    assert reopen().status() == {f"{n:032x}": "done" for n in (0, 1, 3, 5)}
    once_each(reopen(), 4)


# -- the folder ------------------------------------------------------------------------------------------------------


def folder_store(folder, **options):
    made = ParquetStore(folder, **options)
    made.begin(RECORD, COLUMNS, {})
    return made


def test_files_are_whole_shards_of_zstd_and_nothing_else(tmp_path):
    store = folder_store(tmp_path / "s", most_runs=2)
    for number in range(5):
        store.add(finished(number))
    store.close()
    names = sorted(str(p.relative_to(tmp_path / "s")) for p in (tmp_path / "s").rglob("*") if p.is_file())
    shards = [f"{folder}/00000{n}.parquet" for folder in ("outcomes", "runs") for n in (1, 2, 3)]
    assert names == sorted([".lock", "manifest.json", *shards])
    assert pq.ParquetFile(tmp_path / "s/runs/000001.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_runs_are_written_in_time(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(parquet_store.time, "monotonic", lambda: now[0])
    store = folder_store(tmp_path / "s", longest_seconds=2.0)
    store.add(finished(1))
    now[0] += 1.9
    store.add(finished(2))
    assert ParquetStore(tmp_path / "s").status() == {}
    now[0] += 0.2
    store.add(finished(3))
    assert len(ParquetStore(tmp_path / "s").status()) == 3
    store.add(finished(4))
    assert len(ParquetStore(tmp_path / "s").status()) == 3
    store.add(replace(finished(5), seconds=2.0))
    assert len(ParquetStore(tmp_path / "s").status()) == 5, "a run that took so long waits for no other"
    store.close()


def test_what_a_killed_process_left_does_not_count(tmp_path, monkeypatch):
    store = folder_store(tmp_path / "s", most_runs=1)
    store.add(finished(1))

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(parquet_store, "write_manifest", killed)
    with pytest.raises(KeyboardInterrupt):  # before the manifest names the files
        store.add(finished(2))
    monkeypatch.undo()
    assert len(list((tmp_path / "s").rglob("000002.parquet"))) == 2
    (tmp_path / "s/runs/.000003.parquet.part").write_bytes(b"torn")
    later = ParquetStore(tmp_path / "s")
    assert set(later.status()) == {f"{1:032x}"}
    assert {r["run"] for r in later.outcomes().to_pylist()} == {f"{1:032x}"}
    store._lock.release()
    later.begin(RECORD, COLUMNS, {})
    later.add(finished(2))
    later.close()
    once_each(ParquetStore(tmp_path / "s"), 2)
    assert not list((tmp_path / "s").rglob("*.part"))


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def piped(path):
    path.unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)


@pytest.mark.parametrize("table", ["runs", "outcomes"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "is missing, which manifest.json names"),
        (flipped, "is damaged: its checksum is not the one in manifest.json"),
        (lambda path: os.truncate(path, 100), "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (lambda path: shutil.copy(path.with_name("000001.parquet"), path), "is damaged"),
        (piped, "is missing"),
    ],
    ids=["missing", "one bit", "cut", "empty", "another file", "a pipe"],
)
def test_damaged_files_are_never_read_and_their_runs_are_made_again(tmp_path, table, damage, said):
    store = folder_store(tmp_path / "s", most_runs=1)
    for number in (1, 2, 3):
        store.add(finished(number))
    store.close()
    damage(tmp_path / "s" / table / "000002.parquet")
    hurt = ParquetStore(tmp_path / "s")
    for read in (hurt.runs, hurt.outcomes):
        with pytest.raises(StoreError, match=rf"^\S+{table}/000002.parquet {said}"):
            read()
    assert set(hurt.status()) == {f"{n:032x}" for n in (1, 3)}
    hurt.begin(RECORD, COLUMNS, {})
    assert hurt.damage() == []
    hurt.add(finished(2))
    hurt.close()
    once_each(ParquetStore(tmp_path / "s"), 3)


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_keeps_what_was_written(tmp_path, monkeypatch, call):
    store = folder_store(tmp_path / "s", most_runs=2)
    store.add(finished(1))
    store.add(finished(2))
    real = getattr(atomic_write.os, call)

    def full(*args):
        raise OSError(28, "No space left on device")

    store.add(finished(3))
    monkeypatch.setattr(atomic_write.os, call, full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device; 2 finished runs are not in it"):
        store.add(finished(4))
    with pytest.raises(StoreError, match="No space left"):
        store.close()
    assert not list((tmp_path / "s").rglob("*.part"))
    monkeypatch.setattr(atomic_write.os, call, real)
    once_each(ParquetStore(tmp_path / "s"), 2)
    again = folder_store(tmp_path / "s")
    again.add(finished(5))
    again.close()
    once_each(ParquetStore(tmp_path / "s"), 3)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_files_are_on_the_disk_before_they_are_moved_in_and_the_manifest_comes_last(tmp_path, monkeypatch):
    store = folder_store(tmp_path / "s")
    done = []

    def sync(number):
        path = str(Path(f"/proc/self/fd/{number}").readlink()).removeprefix(str(tmp_path / "s"))
        done.append(re.sub(r"[.][0-9a-f]{12}[.]part$", ".UNIQUE.part", path))

    def replace(part, path):
        done.append(f"move {path.relative_to(tmp_path / 's')}")
        real(part, path)

    real = os.replace
    done.clear()
    monkeypatch.setattr(atomic_write.os, "fsync", sync)
    monkeypatch.setattr(atomic_write.os, "replace", replace)
    store.add(finished(1))
    store.close()
    assert done == [
        "/outcomes/.000001.parquet.UNIQUE.part", "move outcomes/000001.parquet", "/outcomes",
        "/runs/.000001.parquet.UNIQUE.part", "move runs/000001.parquet", "/runs",
        "/.manifest.json.UNIQUE.part", "move manifest.json", "",
    ]  # fmt: skip


def test_a_disk_that_is_full_for_a_while_loses_nothing(tmp_path, monkeypatch):
    store = folder_store(tmp_path / "s", longest_seconds=0.05)
    real = atomic_write.os.replace

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_write.os, "replace", full)
    store.add(finished(1))  # it took longer than that, so the store tries
    assert ParquetStore(tmp_path / "s").status() == {}
    monkeypatch.setattr(atomic_write.os, "replace", real)
    store.add(finished(2))
    assert len(ParquetStore(tmp_path / "s").status()) == 2
    monkeypatch.setattr(atomic_write.os, "replace", full)
    store.add(finished(3))
    with pytest.raises(StoreError, match="No space left on device; 2 finished runs are not in it"):
        store.add(finished(4))
    monkeypatch.setattr(atomic_write.os, "replace", real)
    store.close()
    once_each(ParquetStore(tmp_path / "s"), 4)


def test_two_at_once_are_refused(tmp_path):
    store = folder_store(tmp_path / "s")
    with pytest.raises(StoreError, match="another sweep is writing to"):
        folder_store(tmp_path / "s")
    store.close()
    folder_store(tmp_path / "s").close()


def test_other_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not empty and holds no sweep"):
        ParquetStore(tmp_path)
    with pytest.raises(StoreError, match="is not a folder"):
        ParquetStore(tmp_path / "mine.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"format": 4, "sweep": {}}, "has format 4; this version, .*, reads format 3 only"),
        ({"format": "new", "sweep": {}}, "has format 'new'; this version"),
        ({"format": 2, "sweep": {"versions": {"referral-sim": "0.0.9"}}}, "format 2, written by referral-sim 0.0.9;"),
        ({"format": 3, "sweep": {}}, "is damaged: its own checksum does not fit"),
        ({"sweep": {}}, "is no manifest of results"),
        ([], "is no manifest of results"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path, manifest, message):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=message):
        ParquetStore(tmp_path)


def test_a_folder_of_another_kind_is_no_sweep(tmp_path):
    write_manifest(tmp_path / "manifest.json", {"scenarios": [], "files": {}})
    with pytest.raises(StoreError, match="another kind of folder"):
        ParquetStore(tmp_path)


def test_tables_compare_bit_for_bit():
    one, other = MemoryStore(), MemoryStore()
    for store in (one, other):
        store.begin(RECORD, COLUMNS, {})
        store.add(finished(3))
    same_tables(one, other)
    near = finished(3)
    near.value.loc[0, "value"] += 1e-16
    assert near.value["value"][0] != finished(3).value["value"][0]
    other.add(near)
    assert rows(one.outcomes()) != rows(other.outcomes())


def test_a_folder_left_by_a_sweep_that_was_killed_at_its_start_can_be_used(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "outcomes").mkdir()
    assert ParquetStore(tmp_path).record() is None
    (tmp_path / "runs" / "mine.txt").touch()
    with pytest.raises(StoreError, match="holds no sweep"):
        ParquetStore(tmp_path)
