"""A YAML file as a tree of plain values that knows where each of them was written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | float | bool | dt.date | None
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A single value."""

    value: Scalar
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A mapping.

    Attributes:
        entries: key -> node.
        keys: key -> where the key itself is written; empty for defaults.
        place: where the mapping starts; None for defaults.
        implied: made from a dotted key: it changes what it names and replaces nothing.
        fresh: takes the place of what is there instead of joining it.
    """

    entries: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    place: Place | None = None
    implied: bool = False
    fresh: bool = False

    def without(self, *keys: str) -> Branch:
        """The same mapping, some keys left out."""
        entries = {key: node for key, node in self.entries.items() if key not in keys}
        return replace(self, entries=entries)


Node: TypeAlias = Leaf | Items | Branch


def from_plain(value: Any) -> Node:
    """A tree without places, from what ``Scenario.model_dump()`` gives: the defaults."""
    if isinstance(value, Mapping):
        return Branch({str(key): from_plain(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return Items(tuple(from_plain(item) for item in value))
    return Leaf(value)


def to_plain(node: Node) -> Any:
    """Plain dicts, lists and values; a part that an alias shares is made once and shared."""
    return _to_plain(node, {})


def _to_plain(node: Node, made: dict[int, Any]) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if id(node) not in made:
        made[id(node)] = (
            {key: _to_plain(child, made) for key, child in node.entries.items()}
            if isinstance(node, Branch)
            else [_to_plain(child, made) for child in node.items]
        )
    return made[id(node)]


def nested(path: Sequence[str], node: Node, place: Place) -> Branch:
    """A tree that gives a value at a path and says nothing of what stands beside it.

    Args:
        path: at least one key.
        node: what stands at the path.
        place: where the whole is written.
    """
    for part in reversed(path):
        node = Branch({part: node}, {part: place}, place, implied=True)
    assert isinstance(node, Branch)
    return node


def child_of(node: Node | None, part: str | int) -> Node | None:
    """The node under a key or a list position, or None."""
    if isinstance(node, Branch):
        return node.entries.get(str(part))
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None


def steps(root: Node, path: Sequence[str | int]) -> Iterator[tuple[Node, Place | None]]:
    """Each node on a path that exists, from the root down, with the place of the key that names it."""
    node: Node | None = root
    key_place: Place | None = None
    for part in (*path, None):
        if node is None:
            return
        yield node, key_place
        if part is None:
            return
        key_place = node.keys.get(str(part)) if isinstance(node, Branch) else None
        node = child_of(node, part)


def node_at(root: Node, path: Sequence[str | int]) -> Node | None:
    """The node at a path, or None."""
    found = list(steps(root, path))
    return found[-1][0] if len(found) == len(path) + 1 else None


def place_of(root: Node, path: Sequence[str | int], *, key: bool = False) -> Place | None:
    """Where the deepest part of a path that was written stands.

    Args:
        root: the tree.
        path: the key path; the part of it that exists counts.
        key: the place of the key instead of the value, where the whole path exists.
    """
    place: Place | None = None
    for depth, (node, key_place) in enumerate(steps(root, path)):
        by_key = isinstance(node, Branch) or (key and depth == len(path))
        here = (key_place or node.place) if by_key else (node.place or key_place)
        place = here or place
    return place
