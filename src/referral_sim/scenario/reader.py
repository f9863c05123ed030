"""Scenario files, presets and overrides, read into a checked scenario."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .check import MOST_FAULTS, examine, placed
from .errors import Fault, ScenarioError, key_text
from .laying import Move
from .levels import POLICY_LABEL, build_levels
from .merge import merged
from .model import Scenario
from .outline import Shape, leaf_paths, shape_at
from .overrides import LABEL, read_overrides
from .sources import read_chain, split_policies
from .tree import Branch, Place, node_at

Policies = Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Value:
    """One value of a scenario and where it comes from.

    Attributes:
        key: dotted path.
        value: as in JSON.
        unit: in words.
        origin: ``file:line``, ``policy NAME:line``, ``--policy``, ``--set`` or ``default``.
        source: the published place that a default rests on, or "assumed"; empty where a file gives the value.
    """

    key: str
    value: Any
    unit: str
    origin: str
    source: str


@dataclass(frozen=True)
class Moved:
    """One parameter that the score of an indicator moved.

    Attributes:
        indicator: its name.
        score: from 0 to 4.
        key: dotted path of the parameter; for a kind of part, of the strength of the part that every programme gets.
        before: the value without the score; for a kind of part the greatest strength of such parts, 0 if none.
        after: the value that the score stands for.
        origin: where the score is written, as in :class:`Value`.
        overruled: where the scenario's own value comes from if it is another in the end; empty otherwise.
    """

    indicator: str
    score: float
    key: str
    before: Any
    after: float
    origin: str
    overruled: str


@dataclass(frozen=True)
class Resolved:
    """A scenario with the origin of each of its values, in the order of the sections, and what scores moved."""

    scenario: Scenario
    values: tuple[Value, ...]
    moved: tuple[Moved, ...]

    def origins(self) -> dict[str, str]:
        """Key path -> where the value comes from, as in :class:`Value`."""
        return {value.key: value.origin for value in self.values}


def load_scenario(source: str | os.PathLike[str], overrides: Sequence[str] = (), policies: Policies = ()) -> Scenario:
    """Read a scenario.

    Args:
        source: the name of a preset, or the path of a YAML file, and then any policies, each after a ``+``:
            ``east-borough+family-support-panel``; a path object is always a file.
        overrides: ``key.path=value`` each, later over earlier, all over the file and the policies.
        policies: names of policies or paths of their files, over the file; they become part of name and title.

    Raises:
        ScenarioError: with every fault that was found.
    """
    return _load(source, overrides, policies)[0]


def resolve(source: str | os.PathLike[str], overrides: Sequence[str] = (), policies: Policies = ()) -> Resolved:
    """Read a scenario like :func:`load_scenario` and say where each value comes from.

    Raises:
        ScenarioError: with every fault that was found.
    """
    scenario, tree, moves = _load(source, overrides, policies)
    values = tuple(_values(scenario, tree))
    return Resolved(scenario, values, tuple(_moved(moves, values)))


def _load(
    source: str | os.PathLike[str], overrides: Sequence[str], policies: Policies
) -> tuple[Scenario, Branch, list[Move]]:
    source, named = split_policies(source)
    policies = [*named, *policies]
    chain = read_chain(source)
    sets, set_faults = read_overrides(overrides)
    levels = build_levels(chain.layers, policies, sets)
    tree, removals = merged([layer for group in levels.groups for layer in group])
    faults = [*chain.faults, *set_faults, *levels.faults]
    whole = not faults and chain.complete
    if whole:
        faults += removals
    result = examine(tree)
    if isinstance(result, list):
        # Where something could not be read, checks between keys would complain about what is missing.
        findings = [f for f in result if (whole and not removals) or f.what != "check"]
        faults += placed(findings, tree, levels.groups)
    if faults or not isinstance(result, Scenario):
        raise ScenarioError(_limited(faults))
    return result, tree, levels.moves


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


def _moved(moves: Sequence[Move], values: Sequence[Value]) -> list[Moved]:
    final = {value.key: value for value in values}
    found = []
    for move in moves:
        last = final.get(move.key)
        overruled = "taken out" if last is None else "" if last.value == move.after else last.origin
        origin = _written(move.origin)
        found.append(Moved(move.indicator, move.score, move.key, move.before, move.after, origin, overruled))
    return found


def _origin(tree: Branch, path: Sequence[str]) -> str:
    """Where the value at a path was written; ``default`` if only a mapping above it was."""
    node = node_at(tree, path)
    return "default" if node is None or node.place is None else _written(node.place)


def _written(place: Place) -> str:
    return place.file if place.file in (LABEL, POLICY_LABEL) else f"{place.file}:{place.line}"
