"""Layers of a scenario laid over one another: the defaults, each file of the chain, the overrides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from .errors import Fault, clipped, key_text
from .model import Scenario
from .nearest import did_you_mean
from .outline import Shape, outline
from .tree import Branch, Leaf, Node, Path, Place, from_plain


@cache
def defaults() -> Branch:
    """The tree of all defaults, without places."""
    tree = from_plain(Scenario().model_dump())
    assert isinstance(tree, Branch)
    return tree


def merged(layers: Iterable[Branch]) -> tuple[Branch, list[Fault]]:
    """Lay trees over the defaults, later over earlier.

    Sections and tables take the keys that a layer gives and keep the others. Mappings of names start empty as
    soon as a layer gives them; ``null`` takes an entry out. Every other value is replaced as a whole.

    Returns:
        The tree, in which a node without a place is a default, and faults: entries taken out that were not
        there.
    """
    faults: list[Fault] = []
    tree: Node = defaults()
    for layer in layers:
        tree = _over(tree, layer, outline(), (), faults)
    assert isinstance(tree, Branch)
    return tree, faults


def _over(base: Node | None, top: Node, shape: Shape | None, path: Path, faults: list[Fault]) -> Node:
    if not isinstance(top, Branch):
        return top
    removable = shape is not None and shape.removable
    joins = isinstance(base, Branch) and (top.implied or (shape is not None and shape.merges))
    if top.fresh or (removable and base is not None and base.place is None):
        joins = False
    if not joins and not removable and not top.implied and not top.fresh:
        return top
    start = base if joins and isinstance(base, Branch) else Branch()
    entries, keys = dict(start.entries), dict(start.keys)
    for key, node in top.entries.items():
        keys[key] = top.keys[key]
        if removable and isinstance(node, Leaf) and node.value is None:
            if entries.pop(key, None) is None:
                faults.append(_nothing_to_remove((*path, key), top.keys[key], entries))
            del keys[key]
            continue
        below = shape.child(key) if shape is not None else None
        entries[key] = _over(entries.get(key), node, below, (*path, key), faults)
    return Branch(entries, keys, top.place)


def _nothing_to_remove(path: Path, place: Place, entries: Iterable[str]) -> Fault:
    names = list(entries)
    near = did_you_mean(str(path[-1]), names)
    there = f"there are {clipped(', '.join(names), 100)}" if names else "there is none yet"
    message = f"is empty, which takes an entry out, but {there}{near}; for an entry of defaults write {{}}"
    return Fault(place.file, place.line, place.column, key_text(path), message)
