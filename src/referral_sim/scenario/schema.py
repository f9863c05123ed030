"""JSON Schema of scenario files and the table of parameters, both made from the models."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from .declared_keys import DeclaredKey, declared
from .keys import key_text
from .library import CONTINUUM, PROGRAMMES
from .named_layers import HIGHEST, indicators
from .programmes import Programme
from .scenario import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTERNAL = ("named", "merges")


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file: the scenario and what a file only names, every key optional, no others.

    Units and sources stand beside each key as ``unit`` and ``source``. What only shows between keys (shares
    that must add to 1, names that must exist) is checked when the file is read, not by the schema.
    """
    schema: dict[str, Any] = _tidied(Scenario.model_json_schema(mode="validation"))
    for model in _models(declared(Scenario)):
        part = schema if model is Scenario else schema["$defs"][model.__name__]
        _give_defaults(part["properties"], model)
    for name, child in declared(Scenario).children.items():
        if child.removable:
            _allow_removal(schema["properties"][name])
    schema["$defs"][Programme.__name__]["properties"]["like"] = {
        "type": "string",
        "minLength": 1,
        "description": f"a described programme ({', '.join(PROGRAMMES.files())}) or a file, below the entry's own keys",
    }
    return {
        "$schema": DIALECT,
        "title": "referral-sim scenario file",
        "description": "One authority under one policy; every key may be left out.",
        "type": "object",
        "properties": {**_named_only(), **schema["properties"]},
        "additionalProperties": False,
        "$defs": schema["$defs"],
    }


def _named_only() -> dict[str, Any]:
    """Schemas of the keys that stand for values written elsewhere."""
    name = {"type": "string", "minLength": 1}
    return {
        "extends": {
            **name,
            "description": "a preset's name, or a file relative to this one, whose values this file changes",
        },
        "continuum": {
            "enum": list(CONTINUUM.files()),
            "description": "a point of the continuum of engagement, below this file's policies",
        },
        "policies": {
            "type": "array",
            "items": name,
            "description": "policies by name, or files relative to this one, below this file's indicators",
        },
        "indicators": {
            "type": "object",
            "properties": {
                one.name: {"type": "number", "minimum": 0.0, "maximum": HIGHEST, "description": one.title}
                for one in indicators().values()
            },
            "additionalProperties": False,
            "description": "scores of the good-practice indicators, below this file's own keys",
        },
    }


def _models(here: DeclaredKey) -> set[type[BaseModel]]:
    """The classes of all sections."""
    below = [*here.children.values(), *([here.item] if here.item is not None else [])]
    found = {here.model} if here.model is not None else set()
    return found.union(*(_models(item) for item in below))


def _give_defaults(properties: dict[str, Any], model: type[BaseModel]) -> None:
    """Write the defaults of tables beside them; those of a section stand at its own keys."""
    dumped = model().model_dump(mode="json")
    for name, info in model.model_fields.items():
        if info.default_factory is not None:
            properties[name]["default"] = dumped[name]
        elif "$ref" in properties[name] and isinstance(dumped[name], dict):
            properties[name].pop("default", None)


def _tidied(node: Any) -> Any:
    """Without internal marks, and with names held to their pattern."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidied(value) for key, value in node.items() if key not in _INTERNAL or isinstance(value, dict)}
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _allow_removal(schema: dict[str, Any]) -> None:
    """Let ``null`` stand for an entry that is taken out."""
    patterns = schema["patternProperties"]
    for pattern, entry in patterns.items():
        patterns[pattern] = {"anyOf": [entry, {"type": "null"}]}


@dataclass(frozen=True)
class ParameterRow:
    """A row of the parameter table.

    Attributes:
        key: dotted path; ``NAME`` stands for a name that the user chooses.
        default: the value where a scenario gives none, as in JSON.
        unit: in words.
        low: least allowed value, None where there is no bound.
        high: greatest allowed value, None where there is no bound.
        meaning: one sentence.
        source: where the default comes from.
    """

    key: str
    default: Any
    unit: str
    low: float | None
    high: float | None
    meaning: str
    source: str


def parameter_table() -> list[ParameterRow]:
    """Every value that a scenario file can give, in the order of the sections."""
    return list(_rows(declared(Scenario), Scenario().model_dump(mode="json"), ()))


def _rows(here: DeclaredKey, default: Any, path: tuple[str, ...]) -> list[ParameterRow]:
    item = here.item
    if here.kind == "names" and item is not None and item.model is not None:
        return _rows(item, item.model().model_dump(mode="json"), (*path, "NAME"))
    if here.children and isinstance(default, dict) and default:
        rows: list[ParameterRow] = []
        for key, child in here.children.items():
            if key in default:
                rows += _rows(child, default[key], (*path, key))
        return rows
    return [ParameterRow(key_text(path), default, here.unit, here.low, here.high, here.meaning, here.source)]


def parameter_table_markdown() -> str:
    """The parameter table as Markdown: one row a key, ending in a line end."""
    lines = [
        "| key | default | unit | allowed | meaning | source of the default |",
        "|---|---|---|---|---|---|",
    ]
    for row in parameter_table():
        allowed = (
            "" if row.low is None or row.high is None else f"{_plain_number(row.low)} to {_plain_number(row.high)}"
        )
        cells = (f"`{row.key}`", _cell(row.default), row.unit, allowed, row.meaning, row.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _plain_number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _plain_number(value)
    return "none" if value in ("", [], {}) else str(value)


def schema_text() -> str:
    """The schema as it is kept in ``docs/scenario.schema.json``."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """Write ``scenario.schema.json`` and ``parameters.md`` into a folder and return their paths."""
    schema, table = folder / "scenario.schema.json", folder / "parameters.md"
    schema.write_text(schema_text(), encoding="utf-8")
    table.write_text(parameter_table_markdown(), encoding="utf-8")
    return [schema, table]


if __name__ == "__main__":
    sys.stdout.write(schema_text())
