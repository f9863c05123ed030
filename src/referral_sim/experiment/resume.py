"""Whether a plan goes on what a store holds, and if not, why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..scenario.errors import clipped
from ..scenario.keys import differing_keys, get_value, key_text
from .model_version import model_version, versions
from .plan import Plan


class OtherPlanError(Exception):
    """The store holds the runs of a plan that this one does not go on; the text names each difference."""

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("\n".join(differences))


def record_of(plan: Plan) -> dict[str, Any]:
    """What a store says of its runs: the plan, its scenarios value by value, the model, versions."""
    cases = [
        {
            "scenario": variant.scenario,
            "policies": variant.policies,
            "hash": variant.base.content_hash(),
            "values": variant.base.model_dump(mode="json"),
        }
        for variant in plan.variants
    ]
    return {"model": model_version(), "file": plan.file, "plan": plan.record(), "cases": cases, "versions": versions()}


def differences(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What keeps a plan from going on what a store holds; a plan that only grew has nothing.

    Args:
        held: the record in the store.
        wanted: :func:`record_of` the plan.
    """
    old, new = held["plan"], wanted["plan"]
    found = []
    for name, before, after in (
        ("model", held["model"], wanted["model"]),
        ("seed", old["seed"], new["seed"]),
        ("outcomes", old["outcomes"], new["outcomes"]),
        ("design.kind", old["design"]["kind"], new["design"]["kind"]),
        ("draws", old.get("draws", "none"), new.get("draws", "none")),
    ):
        if before != after:
            found.append(_says(name, before, after))
    for name in ("scenarios", "policies"):
        found += _gone(name, old[name], new[name])
    hashes = {(case["scenario"], case["policies"]): case for case in wanted["cases"]}
    for case in held["cases"]:
        same = hashes.get((case["scenario"], case["policies"]))
        if same is not None and same["hash"] != case["hash"]:
            found.append(_other_values(case, same))
    found += _variables(old, new)
    if new["replicates"] < old["replicates"]:
        found.append(_says("replicates", old["replicates"], new["replicates"]))
    return found + (_designs(old["design"], new["design"]) if not found else [])


def _says(name: str, before: Any, after: Any) -> str:
    return f"{name}: the folder has {_text(before)}, the plan {_text(after)}"


def _text(value: Any) -> str:
    return clipped(value if isinstance(value, str) else json.dumps(value), 100)


def _gone(name: str, before: Iterable[Any], after: Iterable[Any]) -> list[str]:
    there = list(after)
    return [f"{name}: the folder has {_text(one)}, the plan does not" for one in before if one not in there]


def _other_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    keys = differing_keys(before["values"], after["values"])
    old, new = (get_value(case["values"], keys[0]) if keys else None for case in (before, after))
    what = _says(key_text(keys[0]), old, new) if keys else "its content is another"
    more = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
    policies = "" if before["policies"] == "none" else f" under {before['policies']}"
    return f"scenario {before['scenario']}{policies}: {what}{more}"


def _variables(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = old["variables"], new["variables"]
    found = [f"{key}: the folder varies it, the plan does not" for key in before if key not in after]
    found += [f"{key}: the plan varies it, the folder does not" for key in after if key not in before]
    drawn = new["design"]["kind"] in ("latin-hypercube", "sobol")
    if drawn and not found and list(before) != list(after):
        found.append(_says("order of levers and uncertainties", list(before), list(after)))
    for key in before:
        if key not in after or before[key] == after[key]:
            continue
        if drawn or _kind(before[key]) != _kind(after[key]) or before[key]["role"] != after[key]["role"]:
            found.append(_says(key, before[key], after[key]))
        elif new["design"]["kind"] == "grid":
            found += _gone(key, _values(before[key]), _values(after[key]))
    return found


def _values(variable: Mapping[str, Any]) -> list[Any]:
    low, high = variable.get("range", (0, -1))
    return list(variable.get("values") or range(int(low), int(high) + 1))


def _kind(variable: Mapping[str, Any]) -> str:
    """The type of its column in the table of runs."""
    first = (variable.get("values") or [0.0])[0]
    if variable["distribution"] == "integers":
        return "whole number"
    return type(first).__name__ if isinstance(first, (bool, str)) else "number"


def _designs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    if old["kind"] == "list":
        points = [json.dumps(point, sort_keys=True) for point in new.get("points", ())]
        gone = [point for point in old.get("points", ()) if json.dumps(point, sort_keys=True) not in points]
        more = f" (and {len(gone) - 1} more such points)" if len(gone) > 1 else ""
        return [f"design.points: the folder has {_text(gone[0])}, the plan does not{more}"] if gone else []
    before, after = old.get("size", 0), new.get("size", 0)
    if before != after and (old["kind"] != "sobol" or after < before):
        why = "; a Latin hypercube of another size has other points" if old["kind"] == "latin-hypercube" else ""
        return [_says("design.size", before, after) + why]
    return []
