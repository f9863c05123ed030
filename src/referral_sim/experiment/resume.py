"""Which runs of a plan a store does not have yet; whether the plan goes on what the store holds, and if not, why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..scenario.errors import clipped
from ..scenario.keys import differing_keys, get_value, key_text
from .model_version import model_version, versions
from .plan import Plan, PlannedRun, runs_of
from .stores import Store, run_columns
from .variants import Variable


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


def ready(plan: Plan, store: Store) -> list[PlannedRun]:
    """Make a store ready for a plan, and say which runs are left to do.

    Raises:
        OtherPlanError, StoreError: as :func:`sweep` does.
    """
    record = check_fit(plan, store)
    runs = list(runs_of(plan))
    there = store.status()
    strange = set(there) - {run.id for run in runs}
    if strange:
        raise OtherPlanError([f"points: the folder has {len(strange)} runs that the plan does not ask for"])
    store.begin(record, run_columns(plan.columns), {run.id: run.number for run in runs})
    # Read again: until begin had the store to itself, another process may have written to it.
    there = store.status()
    return [run for run in runs if run.id not in there]


def check_fit(plan: Plan, store: Store) -> Mapping[str, Any]:
    """The record of a plan, if it goes on what the store holds.

    Raises:
        OtherPlanError: if it does not.
    """
    record, held = record_of(plan), store.record()
    wrong = [] if held is None else differences(held, record)
    if wrong:
        raise OtherPlanError(wrong)
    return record


def differences(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What keeps a plan from going on what a store holds; a plan that only grew has nothing.

    Args:
        held: the record in the store.
        wanted: :func:`record_of` the plan.
    """
    old, new = held["plan"], wanted["plan"]
    must_equal = (
        ("model", held["model"], wanted["model"]),
        ("seed", old["seed"], new["seed"]),
        ("outcomes", old["outcomes"], new["outcomes"]),
        ("design.kind", old["design"]["kind"], new["design"]["kind"]),
        ("draws", old.get("draws", "none"), new.get("draws", "none")),
    )
    found = [_says(name, before, after) for name, before, after in must_equal if before != after]
    for name in ("scenarios", "policies"):
        found += _gone(name, old[name], new[name])
    cases = {(case["scenario"], case["policies"]): case for case in wanted["cases"]}
    for case in held["cases"]:
        same = cases.get((case["scenario"], case["policies"]), case)
        found += [_other_values(case, same)] if same["hash"] != case["hash"] else []
    found += _variables(old, new)
    if new["replicates"] < old["replicates"]:
        found.append(_says("replicates", old["replicates"], new["replicates"]))
    return found or _designs(old["design"], new["design"])


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
    records, others = old["variables"], new["variables"]
    found = [f"{key}: the folder varies it, the plan does not" for key in records if key not in others]
    found += [f"{key}: the plan varies it, the folder does not" for key in others if key not in records]
    drawn = new["design"]["kind"] in ("latin-hypercube", "sobol")
    if drawn and not found and list(records) != list(others):
        found.append(_says("order of levers and uncertainties", list(records), list(others)))
    for key in [key for key in records if key in others and records[key] != others[key]]:
        before, after = (Variable.from_record(key, one[key]) for one in (records, others))
        if drawn or (before.value_type, before.role) != (after.value_type, after.role):
            found.append(_says(key, records[key], others[key]))
        elif new["design"]["kind"] == "grid":
            found += _gone(key, before.every(), after.every())
    return found


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
