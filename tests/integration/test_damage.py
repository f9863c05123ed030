"""Damaged files: each is either read right, or is said in clear lines with exit status 2.

DAMAGED_FILES=10000 python -m pytest -m long tests/integration/test_damage.py
"""

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from referral_sim import cli
from referral_sim.experiment.draws import load_draws, write_draws
from referral_sim.experiment.manifest import MANIFEST
from sweeps import plan_file

ROOT = Path(__file__).parents[2]
TEXTS = sorted([*ROOT.glob("scenarios/**/*.yaml"), *ROOT.glob("tests/scenarios/valid/*.yaml")])
COUNT = int(os.environ.get("DAMAGED_FILES", "200"))
WORDS = [
    b"null",
    b"[]",
    b"{}",
    b"1e999",
    b".nan",
    b"-1",
    b"yes",
    b"!!python/object:os.system",
    b"&a *a",
    b"\xff",
    b"\0",
]
MANY = ("--replicates", "2", "--workers", "1")


def damaged(data, chance):
    """Other bytes made from some bytes: bits flipped, cut, doubled, swapped, words put in."""
    at, to = sorted(chance.randrange(len(data) + 1) for _ in range(2)) if data else (0, 0)
    kind = chance.choice(["flip", "cut", "empty", "double", "lose", "swap", "word", "noise"])
    if kind == "flip" and data:
        at = min(at, len(data) - 1)
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    made = {
        "cut": data[:at],
        "empty": b"",
        "double": data[:to] + data[at:],
        "lose": data[:at] + data[to:],
        "swap": data[to:] + data[at:to] + data[:at],
        "word": data[:at] + chance.choice(WORDS) + data[to if chance.random() < 0.3 else at :],
        "noise": data[:at] + chance.randbytes(chance.randrange(1, 60)) + data[at:],
    }
    return made.get(kind, data)


def other_value(data, chance):
    """JSON with one value of another kind in it."""
    found = json.loads(data)
    inside = found
    while True:
        key = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if not isinstance(inside[key], (dict, list)) or not inside[key] or chance.random() < 0.2:
            break
        inside = inside[key]
    inside[key] = chance.choice([None, [], {}, "text", -1, 1e308, True, {"a": [1]}])
    return json.dumps(found).encode()


def damage_folder(folder, chance):
    """Something happens to one file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    file, other = chance.choice(files), chance.choice(files)
    kind = chance.choice(["bytes", "bytes", "bytes", "remove", "copy", "folder", "rename", "more", "value", "link"])
    if kind in ("remove", "folder", "link"):
        file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "link":
        file.symlink_to(file.name)
    elif kind == "copy":
        shutil.copyfile(other, file) if other != file else None
    elif kind == "rename":
        file.rename(file.with_name(f"{chance.randrange(10**6):06d}.parquet"))
    elif kind == "more":
        shutil.copy(file, file.with_name(f"{chance.randrange(10**6):06d}.parquet"))
    elif kind == "value" and (folder / MANIFEST).exists():
        (folder / MANIFEST).write_bytes(other_value((folder / MANIFEST).read_bytes(), chance))
    elif kind == "bytes":
        file.write_bytes(damaged(file.read_bytes(), chance))


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Runs a command; what it has to say comes back, and it ends with 0 or 2 and without a traceback."""
    monkeypatch.chdir(tmp_path)

    def run(*words, note=""):
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert end.value.code in (0, 2), (note, err)
        assert "Traceback" not in out + err, (note, err)
        if end.value.code == 2:
            assert out == "", note
            assert err.strip(), note
        return end.value.code, err

    return run


@pytest.fixture
def folders(call, tmp_path):
    """A folder of each command, and what export writes of it."""
    plan = plan_file(tmp_path)
    made = {"run": ("run", "tiny.yaml"), "compare": ("compare", "tiny.yaml", "-p", "vacancies-40")}
    for name, words in made.items():
        assert call(*words, *MANY, "--out", name)[0] == 0
    assert call("sweep", plan, "--workers", 1, "--out", "sweep")[0] == 0
    return {name: (tmp_path / name, exported(call, tmp_path / name)) for name in (*made, "sweep")}


def exported(call, folder, note=""):
    """What export writes of a folder, or None where it refuses and writes nothing."""
    out = folder.with_name("exported")
    shutil.rmtree(out, ignore_errors=True)
    status, err = call("export", folder, "--out", out, note=note)
    if status == 2:
        assert len(err.splitlines()) == 1, (note, err)
        assert not out.exists(), note
        return None
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.long
def test_a_damaged_folder_of_results_is_refused_or_gives_what_it_gave(call, folders, tmp_path):
    refused = 0
    for number in range(COUNT):
        chance = random.Random(number)
        name = chance.choice(sorted(folders))
        folder, whole = folders[name]
        hurt = tmp_path / "hurt"
        shutil.rmtree(hurt, ignore_errors=True)
        shutil.copytree(folder, hurt)
        damage_folder(hurt, chance)
        found = exported(call, hurt, (number, name))
        assert found in (None, whole), (number, name)
        refused += found is None
        if name == "sweep" and found is None and (tmp_path / "hurt" / MANIFEST).is_file() and number % 5 == 0:
            status, _ = call("sweep", "plan.yaml", "--workers", 1, "--out", hurt, note=number)
            if status == 0:
                again = exported(call, hurt, number)
                assert again is not None, number
                assert again["outcomes.csv"] == whole["outcomes.csv"], number
    assert refused > COUNT // 2


@pytest.mark.long
def test_a_damaged_scenario_policy_or_plan_is_read_or_refused(call, tmp_path):
    statuses = set()
    for number in range(COUNT):
        chance = random.Random(number)
        source = chance.choice(TEXTS)
        path = tmp_path / "mine.yaml"
        data = damaged(source.read_bytes(), chance)
        path.write_bytes(damaged(data, chance) if chance.random() < 0.3 else data)
        statuses.add(call("validate", path, note=(number, source.name))[0])
    assert statuses == {0, 2}


@pytest.mark.long
def test_damaged_draws_are_refused_or_are_what_they_were(call, tmp_path):
    plan_file(tmp_path)
    whole = load_draws("shipped").table
    home = tmp_path / "whole"
    home.mkdir()
    write_draws(home, whole)
    words = ("run", "tiny.yaml", "--replicates", "1", "--workers", "1", "--draws", "hurt", "--json")
    for number in range(COUNT // 4):
        hurt = tmp_path / "hurt"
        shutil.rmtree(hurt, ignore_errors=True)
        shutil.copytree(home, hurt)
        file = hurt / random.Random(number).choice(["draws.parquet", "draws.parquet", "draws.json"])
        file.write_bytes(damaged(file.read_bytes(), random.Random(number)))
        if call(*words, note=number)[0] == 0 and (hurt / "draws.json").exists():
            assert load_draws(hurt).table.equals(whole), number
