"""The commands about scenario files: what they print, where, and with which exit status."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from referral_sim.cli import app
from referral_sim.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[2]
INVALID = "tests/scenarios/invalid"
BASE = "tests/scenarios/valid/two-programmes.yaml"


@pytest.fixture(autouse=True)
def _in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_validate_good_file() -> None:
    result = run("validate", BASE)
    scenario = load_scenario(BASE)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{BASE}: ok (two-programmes, {scenario.content_hash()[:12]})",
        "  link worker: in 1 of 2 programmes (Sunny Lane)",
    ]
    assert result.stderr == ""


@pytest.mark.parametrize("name", ["too-high", "several", "binary", "missing-file", "circular-a", "line-end-in-key"])
def test_validate_faulty_file(name: str) -> None:
    result = run("validate", f"{INVALID}/{name}.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (ROOT / INVALID / f"{name}.expected").read_text("utf-8")


def test_validate_reports_all_files() -> None:
    result = run("validate", f"{INVALID}/too-high.yaml", BASE, f"{INVALID}/empty.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith(f"{BASE}: ok (")
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        f"{INVALID}/too-high.yaml",
        f"{INVALID}/empty.yaml",
    ]


def test_validate_needs_a_file() -> None:
    assert run("validate").exit_code == 2


def test_show_json_and_nothing_else() -> None:
    result = run("show", BASE, "--set", "front_door.threshold=3.5", "--json")
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    scenario = load_scenario(BASE, ["front_door.threshold=3.5"])
    assert set(shown) == {"scenario", "hash", "values", "indicators"}
    assert (shown["scenario"], shown["hash"]) == ("two-programmes", scenario.content_hash())
    values = {row["key"]: row for row in shown["values"]}
    assert all(set(row) == {"key", "value", "unit", "from", "source"} for row in shown["values"])
    assert values["front_door.threshold"] == {
        "key": "front_door.threshold",
        "value": 3.5,
        "unit": "tiers",
        "from": "--set",
        "source": "",
    }
    assert values["localities.North.posts"]["from"] == f"{BASE}:7"
    assert values["workforce.turnover"]["from"] == "default"
    assert values["workforce.turnover"]["source"] == "HL1267: 11%"


def test_shown_values_make_the_same_scenario(tmp_path: Path) -> None:
    values = json.loads(run("show", BASE, "--json").stdout)["values"]
    path = tmp_path / "again.yaml"
    path.write_text("name: again\n")
    overrides = [f"{row['key']}={json.dumps(row['value'])}" for row in values]
    dates = ("reporting_year_start", ".start", ".end")
    overrides = [o.replace('"', "") if o.partition("=")[0].endswith(dates) else o for o in overrides]
    assert load_scenario(path, overrides) == load_scenario(BASE)


def test_show_table() -> None:
    result = run("show", BASE)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    door = lines[[line.strip() for line in lines].index("front_door") :]
    (threshold,) = [line.split("  ") for line in door if line.startswith("  threshold ")][:1]
    assert [cell.strip() for cell in threshold if cell.strip()] == [
        "threshold", "3.0 tiers", "default (report Ch. 2, Midtown: level three)",
    ]  # fmt: skip
    north = lines[[line.strip() for line in lines].index("localities.North") :]
    assert f"{BASE}:7" in next(line for line in north if line.startswith("  posts "))
    assert len(lines) > len(Scenario.model_fields)


def test_show_prints_markup_as_text(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text('name: a\ntitle: "[bold]x[/nothing] [red]"\ndescription: "\\e[31m line\\n two"\n')
    result = run("show", str(path))
    assert result.exit_code == 0
    assert "[bold]x[/nothing] [red]" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\\x1b[31m line\\n two" in result.stdout


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_show_faults_on_standard_error(option: tuple[str, ...]) -> None:
    result = run("show", BASE, "--set", "front_door.threshold=9", "--set", "x=1", *option)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert [line.split(" ")[1] for line in result.stderr.splitlines()] == ["x:", "front_door.threshold:"]


def test_scenarios_lists_what_comes_with_the_package() -> None:
    result = run("scenarios", "--json")
    assert result.exit_code == 0
    listed = json.loads(result.stdout)
    assert list(listed) == ["presets", "policies", "continuum", "indicators", "programmes"]
    presets = {row["name"]: row for row in listed["presets"]}
    assert {"midtown", "city-borough", "east-borough", "southshire", "england-average"} <= set(presets)
    assert presets["midtown"]["authority"] == "midtown"
    assert all(set(row) == {"name", "title", "description", "authority"} for row in presets.values())
    for kind in ("policies", "continuum", "programmes"):
        assert listed[kind]
        assert all(set(row) == {"name", "title", "description"} for row in listed[kind])
    names = {row["name"] for kind in ("policies", "continuum") for row in listed[kind]}
    assert len(names) == len(listed["policies"]) + len(listed["continuum"])
    assert {"no-change", "maximum-collaboration"} <= names
    training = next(row for row in listed["indicators"] if row["name"] == "training")
    assert {"key": "practice.training", "at_0": 0.2, "at_4": 0.8} in training["moves"]
    table = run("scenarios")
    assert table.exit_code == 0
    assert all(row["name"] in table.stdout for rows in listed.values() for row in rows)


def test_narrow_encodings_and_odd_file_names(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("name: Café\ntitle: 児童\n", encoding="utf-8")
    code = "from referral_sim.cli import main; main()"
    for arguments in (["validate", str(path)], ["show", str(path)], ["validate", b"\xff.yaml"]):
        command = [sys.executable, "-X", "utf8=0", "-c", code, *arguments]
        environment = {"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert b"Traceback" not in done.stderr
        assert done.returncode == (2 if arguments[1] == b"\xff.yaml" else 0)


def test_registering_loads_no_models() -> None:
    code = (
        "import sys, referral_sim.cli.scenario_commands;"
        "sys.exit(any(name in sys.modules for name in ('pydantic', 'ruamel.yaml', 'mesa', 'numpy')))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0
