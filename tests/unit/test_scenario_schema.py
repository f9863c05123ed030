"""The JSON Schema and the parameter table say what the models say."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from referral_sim.scenario import Scenario, json_schema
from referral_sim.scenario.fields import ConcernKind
from referral_sim.scenario.scenario import leaf_keys
from referral_sim.scenario.schema import parameter_table, parameter_table_markdown, schema_text, write

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"

# Faults between keys, and files that no schema sees: everything else the schema must refuse.
BEYOND_A_SCHEMA = {
    *("shares-do-not-add", "share-of-group-out-of-bounds", "kinds-do-not-add", "families-add-to-more"),
    *(
        "weight-out-of-bounds",
        "sslp-as-weight",
        "not-first-of-month",
        "no-such-locality",
        "no-such-programme",
    ),
    *(
        "programme-named-twice",
        "anchors",
        "post-ends-before-it-starts",
        "no-patch",
        "too-many-under-fives",
        "deadlines-cross",
    ),
    *("inherited-programme-removed", "inherited-too-many-under-fives", "inherited-urgent-days"),
    *("remove-what-is-not-there", "extends-missing-preset", "extends-missing-file", "extends-itself"),
    *("circular-a", "circular-b", "circular-c", "date-in-quotes", "date-with-time"),
    *("not-a-number", "huge-whole-number", "half-character", "old-yaml", "utf-16"),
    *("day-care-as-trouble", "fit-above-one", "wariness-out-of-bounds"),
    *("history-shorter-than-lasting", "lasting-shorter-than-short"),
}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("JSON has no such keys")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def read(path: Path) -> Any:
    return plain(YAML(typ="safe", pure=True).load(path.read_bytes()))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_committed_schema_is_the_models_schema() -> None:
    committed = (ROOT / "docs" / "scenario.schema.json").read_text("utf-8")
    assert committed == schema_text(), "run: python -m referral_sim.scenario.schema > docs/scenario.schema.json"


def test_module_prints_the_schema() -> None:
    command = [sys.executable, "-m", "referral_sim.scenario.schema"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout == schema_text()
    assert run.stderr == ""


@pytest.mark.parametrize(
    "path",
    [
        *sorted((SCENARIOS / "valid").glob("*.yaml")),
        *sorted((ROOT / "scenarios/authorities").glob("*.yaml")),
    ],
    ids=lambda path: path.stem,
)
def test_good_files_pass(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(read(path))] == []


def test_faulty_files_fail(validator: jsonschema.Draft202012Validator) -> None:
    passed, seen = set(), 0
    for path in sorted((SCENARIOS / "invalid").glob("*.yaml")):
        if "alias" in path.stem:
            continue  # a plain reader writes them out, to a list of thousands of millions
        try:
            data = read(path)
        except Exception:  # not YAML, or not the plain YAML that a schema sees
            continue
        seen += 1
        if validator.is_valid(data):
            passed.add(path.stem)
    assert seen >= 35
    assert passed <= BEYOND_A_SCHEMA, sorted(passed - BEYOND_A_SCHEMA)


@pytest.mark.parametrize("path", [("localities",), ("programmes",), ("liaison",), ("parts",)])
def test_null_takes_out_named_entries_only(path: tuple[str], validator: jsonschema.Draft202012Validator) -> None:
    assert validator.is_valid({path[0]: {"North": None}})
    assert not validator.is_valid({path[0]: None})
    assert not validator.is_valid({path[0]: {"a/b": {}}})
    assert not validator.is_valid({"trouble": {"kinds": {"neglect": None}}})


def test_schema_keeps_units_sources_bounds_and_defaults() -> None:
    schema = json_schema()
    threshold = schema["$defs"]["FrontDoor"]["properties"]["threshold"]
    assert threshold["unit"] == "tiers"
    assert threshold["source"].startswith("report Ch. 2")
    assert (threshold["minimum"], threshold["maximum"], threshold["default"]) == (
        1.0,
        6.0,
        Scenario().front_door.threshold,
    )
    kinds = schema["$defs"]["Trouble"]["properties"]["kinds"]
    assert kinds["default"]["neglect"]["share"] == Scenario().trouble.kinds[ConcernKind.NEGLECT].share
    assert "extends" in schema["properties"]
    assert "required" not in schema
    text = json.dumps(schema)
    assert '"named"' not in text
    assert '"merges"' not in text
    for name, part in schema["$defs"].items():
        assert part.get("additionalProperties", False) is False, name
        assert "required" not in part, name


def test_parameter_table_has_every_value_once() -> None:
    rows = parameter_table()
    keys = [row.key for row in rows]
    assert len(set(keys)) == len(keys)
    for path in leaf_keys(Scenario().model_dump(mode="json")):
        key = ".".join(path)
        if path[0] not in ("localities", "programmes", "liaison", "parts"):
            assert key in keys
    for name in ("localities.NAME.posts", "programmes.NAME.reach", "liaison.NAME.kind", "parts.NAME.strength"):
        assert name in keys
    assert all(row.meaning and row.unit and row.source for row in rows)


def test_parameter_table_row() -> None:
    row = {row.key: row for row in parameter_table()}["front_door.threshold"]
    assert (row.default, row.unit, row.low, row.high) == (Scenario().front_door.threshold, "tiers", 1.0, 6.0)
    assert row.source.startswith("report Ch. 2, Midtown")
    lines = parameter_table_markdown().splitlines()
    assert len(lines) == len(parameter_table()) + 2
    assert any(
        line.startswith(f"| `front_door.threshold` | {row.default:g} | tiers | 1 to 6 | need from which")
        for line in lines
    )
    assert {line.replace("\\|", "").count("|") for line in lines} == {7}


def test_write_makes_both_files(tmp_path: Path) -> None:
    schema, table = write(tmp_path)
    assert json.loads(schema.read_text("utf-8")) == json_schema()
    assert table.read_text("utf-8") == parameter_table_markdown()
