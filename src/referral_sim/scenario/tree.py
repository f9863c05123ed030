"""A document as a tree with places, for plan files alone, which are not read by a pydantic model yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

from .documents import Document, Place, decode
from .errors import Fault
from .faults import described as described_value
from .keys import Key, parse_key
from .library import FoundFile

Scalar: TypeAlias = str | int | float | bool | dt.date | None
Path: TypeAlias = tuple[str | int, ...]


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


def tree_of(document: Document, key: Key = ()) -> Node:
    """The tree of a document, or of the value under a key of it."""
    value, written = document.at(key), document.written.get(key)
    place = written.value if written is not None else None
    if isinstance(value, dict):
        entries = {name: tree_of(document, (*key, name)) for name in value}
        keys = {name: document.place((*key, name), of_key=True) for name in value}
        return Branch(entries, keys, place)
    if isinstance(value, list):
        return Items(tuple(tree_of(document, (*key, position)) for position in range(len(value))), place)
    return Leaf(value, place)


def parse(source: FoundFile, word: str) -> tuple[Branch | None, list[Fault]]:
    """The tree of a file, or None with the reason."""
    document, faults = decode(source.data, source.label, word)
    tree = tree_of(document) if document is not None else None
    return (tree if isinstance(tree, Branch) else None), faults


def described(node: Node | None) -> str:
    """A value in words."""
    return described_value(to_plain(node) if node is not None else None)


def split_key(key: str) -> tuple[tuple[str, ...], str]:
    """The parts of a dotted key, and what is wrong with it."""
    try:
        return parse_key(key), ""
    except ValueError as error:
        return (), str(error)
