"""Scenario files, presets and overrides, read into a checked scenario."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .check import MOST_FAULTS, examine, placed
from .errors import Fault, ScenarioError, key_text
from .merge import merged
from .model import Scenario
from .outline import Shape, leaf_paths, shape_at
from .overrides import LABEL, read_overrides
from .sources import read_chain
from .tree import Branch, node_at


@dataclass(frozen=True)
class Value:
    """One value of a scenario and where it comes from.

    Attributes:
        key: dotted path.
        value: as in JSON.
        unit: in words.
        origin: ``file:line``, ``--set`` or ``default``.
        source: the published place that a default rests on, or "assumed"; empty where a file gives the value.
    """

    key: str
    value: Any
    unit: str
    origin: str
    source: str


@dataclass(frozen=True)
class Resolved:
    """A scenario with the origin of each of its values, in the order of the sections."""

    scenario: Scenario
    values: tuple[Value, ...]

    def origins(self) -> dict[str, str]:
        """Key path -> ``file:line``, ``--set`` or ``default``."""
        return {value.key: value.origin for value in self.values}


def load_scenario(source: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Read a scenario.

    Args:
        source: the name of a preset, or the path of a YAML file; a path object is always a file.
        overrides: ``key.path=value`` each, later over earlier, all over the file.

    Raises:
        ScenarioError: with every fault that was found.
    """
    return _load(source, overrides)[0]


def resolve(source: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Resolved:
    """Read a scenario like :func:`load_scenario` and say where each value comes from.

    Raises:
        ScenarioError: with every fault that was found.
    """
    scenario, tree = _load(source, overrides)
    return Resolved(scenario, tuple(_values(scenario, tree)))


def _load(source: str | os.PathLike[str], overrides: Sequence[str]) -> tuple[Scenario, Branch]:
    chain = read_chain(source)
    sets, set_faults = read_overrides(overrides)
    tree, removals = merged([*chain.layers, *sets])
    faults = [*chain.faults, *set_faults]
    whole = not faults and chain.complete
    if whole:
        faults += removals
    groups = [[layer] for layer in chain.layers] + ([sets] if sets else [])
    result = examine(tree)
    if isinstance(result, list):
        # Where something could not be read, checks between keys would complain about what is missing.
        findings = [f for f in result if (whole and not removals) or f.what != "check"]
        faults += placed(findings, tree, groups)
    if faults or not isinstance(result, Scenario):
        raise ScenarioError(_limited(faults))
    return result, tree


def _limited(faults: Sequence[Fault]) -> list[Fault]:
    ordered = list(ScenarioError(faults).faults)
    if len(ordered) <= MOST_FAULTS:
        return ordered
    last = ordered[MOST_FAULTS - 1]
    more = Fault(last.file, last.line, last.column, "", f"there are more faults than these {MOST_FAULTS}")
    return [*ordered[:MOST_FAULTS], more]


def _values(scenario: Scenario, tree: Branch) -> list[Value]:
    dumped = scenario.model_dump(mode="json")
    values = []
    for path in leaf_paths(dumped):
        value = dumped
        for part in path:
            value = value[part]
        shape = shape_at(path) or Shape("value")
        origin = _origin(tree, path)
        source = shape.source if origin == "default" else ""
        values.append(Value(key_text(path), value, shape.unit, origin, source))
    return values


def _origin(tree: Branch, path: Sequence[str]) -> str:
    """Where the value at a path was written; ``default`` if only a mapping above it was."""
    node = node_at(tree, path)
    place = node.place if node is not None else None
    if place is None:
        return "default"
    return LABEL if place.file == LABEL else f"{place.file}:{place.line}"
