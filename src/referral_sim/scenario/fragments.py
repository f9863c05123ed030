"""Fragments: what can be laid over any scenario, policies and points of the continuum, and their files."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from .check import examine, placed
from .errors import Fault, clipped, key_text
from .fields import PartKind
from .library import POLICIES, Shelf
from .merge import merged
from .nearest import did_you_mean
from .outline import outline, shape_at
from .overrides import split_key
from .sources import find, parse
from .tree import Branch, Items, Leaf, Node, Place
from .wording import described, unknown_key

PROGRAMME, LOCALITY = "{programme}", "{locality}"
EACH = {"each_programme": PROGRAMME, "each_centre": PROGRAMME, "each_locality": LOCALITY}
TREES = ("set", *EACH)
AMOUNTS = ("change", "scale")
KEYS = ("title", "description", "replaces", "indicators", "everywhere", *TREES, *AMOUNTS)
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Amount:
    """A number made from one that is there.

    Attributes:
        path: the key that gets it; ``{programme}`` and ``{locality}`` stand for every one.
        of: the key that it is made from, mostly the same.
        factor: what that number is multiplied by.
        plus: what is added.
        place: where it is written.
    """

    path: tuple[str, ...]
    of: tuple[str, ...]
    factor: float
    plus: float
    place: Place


@dataclass(frozen=True)
class Fragment:
    """A policy as its file says it, checked but not yet laid over a scenario.

    Attributes:
        name: the file's name without its ending.
        label: what messages call it: ``policy NAME``, or the path of the user's file.
        identity: the same for the same file, however it was named.
        title: for people.
        description: what it asks or assumes.
        replaces: mappings of names that are emptied first, and where that is written.
        everywhere: kinds of part that all programmes get, with their strengths.
        trees: ``set``, ``each_programme``, ``each_locality`` and ``each_centre``, as far as given.
        amounts: numbers made from those that are there.
        indicators: scores of the good-practice indicators, unchecked.
    """

    name: str
    label: str
    identity: str
    title: str
    description: str
    replaces: Mapping[str, Place]
    everywhere: Mapping[str, Leaf]
    trees: Mapping[str, Branch]
    amounts: tuple[Amount, ...]
    indicators: Node | None


def read_fragment(
    source: str | os.PathLike[str], folder: Path | None, shelf: Shelf = POLICIES
) -> tuple[Fragment | None, list[Fault]]:
    """Read a policy and check it as far as that needs no scenario.

    Args:
        source: a name of the package, or the path of a YAML file.
        folder: what a relative path starts from; None looks in the package only.
        shelf: policies, or the points of the continuum alone.

    Returns:
        The fragment, None if it has faults, and the faults.

    Raises:
        NotFoundError: if there is no such thing or it cannot be read.
    """
    found = find(source, folder, shelf)
    tree, faults = parse(found, shelf.word)
    if tree is None:
        return None, faults
    name = found.identity.removeprefix(f"{shelf.word} ") if found.folder is None else Path(source).stem
    reading = _Reading(tree, Place(found.label, 1, 1))
    identity = f"policy {name}" if found.folder is None else found.identity
    fragment = reading.fragment(name, found.label, identity)
    faults += reading.faults
    return (None if faults else fragment), faults


class _Reading:
    """One file's tree on its way to a fragment; collects what is wrong."""

    def __init__(self, tree: Branch, start: Place) -> None:
        self.tree = tree
        self.start = start
        self.faults: list[Fault] = []
        for key in tree.entries:
            if key not in KEYS:
                hint = did_you_mean(key, KEYS) or f" (allowed: {', '.join(KEYS)})"
                self.fault(tree.keys[key], key, f"unknown key of a policy{hint}")

    def fragment(self, name: str, label: str, identity: str) -> Fragment:
        title = self.text("title", needed=True)
        return Fragment(
            name, label, identity, title, self.text("description"), self.replaces(), self.everywhere(), self.trees(),
            self.amounts(), self.tree.entries.get("indicators"),
        )  # fmt: skip

    def fault(self, place: Place | None, key: str, message: str) -> None:
        at = place or self.start
        self.faults.append(Fault(at.file, at.line, at.column, key, message))

    def text(self, key: str, needed: bool = False) -> str:
        node = self.tree.entries.get(key)
        if node is None and not needed:
            return ""
        if not isinstance(node, Leaf) or not isinstance(node.value, str):
            what = "is missing; give it a few words" if node is None else f"must be text, not {described(node)}"
            self.fault(node.place if node is not None else None, key, what)
            return ""
        return " ".join(node.value.split())

    def mapping(self, key: str) -> Branch:
        node = self.tree.entries.get(key)
        if node is not None and not isinstance(node, Branch):
            self.fault(node.place, key, f"must be a mapping of keys, not {described(node)}")
        return node if isinstance(node, Branch) else Branch()

    def replaces(self) -> dict[str, Place]:
        node = self.tree.entries.get("replaces")
        allowed = [key for key, shape in outline().children.items() if shape.removable]
        found = {}
        if node is not None and not isinstance(node, Items):
            self.fault(node.place, "replaces", f"must be a list of {', '.join(allowed)}, not {described(node)}")
        for item in node.items if isinstance(node, Items) else ():
            word = item.value if isinstance(item, Leaf) and isinstance(item.value, str) else None
            if word not in allowed:
                hint = did_you_mean(word or "", allowed)
                self.fault(item.place, "replaces", f"only {', '.join(allowed)}, not {described(item)}{hint}")
            else:
                found[word] = item.place or self.start
        return found

    def everywhere(self) -> dict[str, Leaf]:
        found = {}
        kinds = [str(kind) for kind in PartKind]
        given = self.mapping("everywhere")
        for kind, node in given.entries.items():
            if kind not in kinds:
                hint = did_you_mean(kind, kinds) or f" (the kinds are {', '.join(kinds)})"
                self.fault(given.keys[kind], f"everywhere.{key_text([kind])}", f"unknown kind of part{hint}")
            elif not isinstance(node, Leaf) or not is_number(node.value) or not 0.0 <= node.value <= 1.0:
                self.fault(node.place, f"everywhere.{kind}", f"must be a share between 0 and 1, not {described(node)}")
            else:
                found[kind] = node
        return found

    def trees(self) -> dict[str, Branch]:
        found = {key: self.mapping(key) for key in TREES if key in self.tree.entries}
        for key, tree in found.items():
            stood_in = merged([substituted(tree, EACH[key], "Example") if key in EACH else tree])[0]
            result = examine(stood_in)
            wrong = [f for f in result if f.what != "check"] if isinstance(result, list) else []
            self.faults += placed(wrong, stood_in, [])
        return found

    def amounts(self) -> tuple[Amount, ...]:
        found = []
        for word in AMOUNTS:
            given = self.mapping(word)
            for key, node in given.entries.items():
                made = self.amount(word, key, node, given.keys[key])
                found += [made] if made is not None else []
        return tuple(found)

    def amount(self, word: str, key: str, node: Node, place: Place) -> Amount | None:
        of: Node | None = None
        by: Node | None = node
        if word == "scale" and isinstance(node, Branch):
            of, by = node.entries.get("of"), node.entries.get("by")
            for other in sorted(node.entries.keys() - {"of", "by"}):
                self.fault(node.keys[other], f"scale.{key}.{other}", "unknown key (allowed: of, by)")
        path = source = self.path(key, place)
        if of is not None:
            source = self.path(of.value if isinstance(of, Leaf) else None, of.place or place)
        if not isinstance(by, Leaf) or not is_number(by.value):
            self.fault(by.place if by is not None else place, f"{word}.{key}", f"must be a number, not {described(by)}")
            return None
        if path is None or source is None:
            return None
        factor, plus = (by.value, 0.0) if word == "scale" else (1.0, by.value)
        return Amount(path, source, float(factor), float(plus), by.place or place)

    def path(self, key: object, place: Place) -> tuple[str, ...] | None:
        parts, message = split_key(key) if isinstance(key, str) else ((), "write a dotted key")
        for end in range(1, len(parts) + 1):
            if not message and shape_at(parts[:end]) is None:
                message = unknown_key(parts[:end])
        shape = shape_at(parts)
        if not message and (shape is None or shape.kind != "value"):
            message = "is a section, a list or a mapping, no number"
        if message:
            self.fault(place, clipped(str(key)), message)
            return None
        return parts


def substituted(node: Branch, word: str, name: str) -> Branch:
    """The tree with a name in place of ``{programme}`` or ``{locality}``, in keys and texts."""
    made = _substituted(node, word, name, {})
    assert isinstance(made, Branch)
    return made


def _substituted(node: Node, word: str, name: str, made: dict[int, Node]) -> Node:
    if id(node) in made:  # a part that an alias shares
        return made[id(node)]
    new: Node = node
    if isinstance(node, Leaf) and isinstance(node.value, str):
        new = Leaf(named(node.value, word, name), node.place)
    elif isinstance(node, Items):
        new = Items(tuple(_substituted(item, word, name, made) for item in node.items), node.place)
    elif isinstance(node, Branch):
        new = Branch(
            {named(key, word, name): _substituted(child, word, name, made) for key, child in node.entries.items()},
            {named(key, word, name): place for key, place in node.keys.items()},
            node.place,
        )
    made[id(node)] = new
    return new


def named(text: str, word: str, name: str) -> str:
    """A text with a name in place of ``{programme}`` or ``{locality}``, short enough to be a name itself."""
    return shortened(text.replace(word, name), _LONGEST_NAME) if word in text else text


def shortened(text: str, most: int) -> str:
    """The text, or where it is too long its beginning and six digits that stand for the whole of it."""
    if len(text) <= most:
        return text
    return f"{text[: most - 7]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of a file is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too long for arithmetic
        return False
