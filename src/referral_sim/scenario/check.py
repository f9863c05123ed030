"""A merged tree held against the models: the scenario, or every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError, model_validator

from .errors import Fault, key_text
from .merge import merged
from .model import Scenario, _cross_faults
from .outline import shape_at
from .tree import Branch, Items, Node, Path, Place, child_of, node_at, place_of, to_plain
from .wording import unknown_key, wrong_name, wrong_value

MOST_FAULTS = 100
_KEY = "[key]"
_WORD = re.compile(r"'([^']+)'|([A-Za-z_]\w*(?:\.\w+)*)")


class _Parts(Scenario):
    """A scenario whose sections are checked, but not yet against each other, to list all cross faults."""

    @model_validator(mode="after")
    def _fits_together(self) -> _Parts:
        return self


@dataclass(frozen=True)
class Finding:
    """One thing wrong, before its place is known.

    Attributes:
        what: "key" (a key that may not be there), "value" (of one key) or "check" (between keys).
        path: the key path.
        message: in words.
    """

    what: Literal["key", "value", "check"]
    path: Path
    message: str


def examine(tree: Branch) -> Scenario | list[Finding]:
    """The scenario that a merged tree describes, or what is wrong with it (the first hundred findings and one more)."""
    plain = to_plain(tree)
    try:
        parts = _Parts.model_validate(plain)
    except ValidationError as error:
        return _findings(error, tree)
    cross = _cross_faults(parts)
    if cross:
        return [Finding("check", *_own_key((), message, tree)) for message in cross[:MOST_FAULTS]]
    return Scenario.model_validate(plain)


def _findings(error: ValidationError, tree: Branch) -> list[Finding]:
    details = error.errors(include_url=False, include_input=False)
    bad_keys = {item["loc"][:-1] for item in details if item["loc"][-1:] == (_KEY,)}
    found = []
    for item in details[: MOST_FAULTS * 2]:
        path: Path = item["loc"]
        if item["type"] == "extra_forbidden":
            found.append(Finding("key", path, unknown_key(path)))
        elif path[-1:] == (_KEY,):
            path = path[:-1]
            found.append(Finding("key", path, wrong_name(path) if _is_free(path) else unknown_key(path)))
        elif any(path[: len(bad)] == bad for bad in bad_keys):
            continue
        elif item["type"] in ("value_error", "assertion_error"):
            message = str(item.get("ctx", {}).get("error", item["msg"]))
            found.append(Finding("check", *_own_key(path, message, tree)))
        else:
            node = node_at(tree, path)
            found.append(Finding("value", path, wrong_value(item["type"], path, node, item["msg"])))
    return found[: MOST_FAULTS + 1]


def _is_free(path: Path) -> bool:
    parent = shape_at(path[:-1])
    return parent is not None and parent.kind == "names"


def _own_key(path: Path, message: str, tree: Branch) -> tuple[Path, str]:
    """The key path that a message of a validator begins with, below ``path``, and the rest of the message."""
    node = node_at(tree, path)
    rest = message
    while True:
        shape = shape_at(path)
        known = list(shape.children) if shape is not None else []
        known += list(node.entries) if isinstance(node, Branch) else []
        fits = [k for k in known if rest.startswith(k) and rest[len(k) : len(k) + 1] in (".", ":", " ", ",")]
        if not fits:
            return path, rest
        key = max(fits, key=len)
        after = rest[len(key) :]
        if after.startswith(","):
            return (*path, key), rest
        path, node = (*path, key), child_of(node, key)
        rest = after.lstrip(".: ")
        if after.startswith(" "):
            return path, f"the shares {rest}" if rest.startswith("add to") else rest


def placed(findings: Sequence[Finding], tree: Branch, layers: Sequence[Sequence[Branch]]) -> list[Fault]:
    """Faults with their places.

    Args:
        findings: what is wrong with ``tree``.
        tree: all layers merged.
        layers: the layers in groups that belong together: one a file, and all overrides.
    """
    faults = []
    history = _history(layers) if any(f.what == "check" for f in findings) else []
    for finding in findings:
        if finding.what == "check":
            place = _blamed(finding, history, layers)
        else:
            place = place_of(tree, finding.path, key=finding.what == "key")
        place = place or place_of(tree, finding.path) or Place("defaults", 1, 1)
        faults.append(Fault(place.file, place.line, place.column, key_text(finding.path), finding.message))
    return faults


def _history(layers: Sequence[Sequence[Branch]]) -> list[set[Path]]:
    """For each number of layers, from none, the paths at which checks between keys fail."""
    failing = []
    for count in range(len(layers)):
        result = examine(merged([tree for group in layers[:count] for tree in group])[0])
        found = result if isinstance(result, list) else []
        failing.append({finding.path for finding in found if finding.what == "check"})
    return failing


def _blamed(finding: Finding, history: Sequence[set[Path]], layers: Sequence[Sequence[Branch]]) -> Place | None:
    """Where the layer that broke a check says so.

    That layer is the last one before which the check did not fail. In it, the place is the faulty key itself,
    or a key that the message names, or the nearest section above, or the layer's beginning.
    """
    guilty = len(layers) - 1
    while guilty > 0 and finding.path in history[guilty]:
        guilty -= 1
    group = list(reversed(layers[guilty])) if layers else []
    for tree in group:
        node = node_at(tree, finding.path)
        if node is not None:
            return _named_inside(tree, finding, node) or place_of(tree, finding.path)
    for tree in group:
        place = _mentioned(tree, finding)
        if place is not None:
            return place
    places = (place_of(tree, finding.path) for tree in group)
    return next((place for place in places if place is not None), None)


def _named_inside(tree: Branch, finding: Finding, node: Node) -> Place | None:
    """The key or list item under a node that the message quotes."""
    for word in _WORD.findall(finding.message):
        if not word[0]:
            continue
        if isinstance(node, Branch) and word[0] in node.keys:
            return node.keys[word[0]]
        for position, item in enumerate(node.items if isinstance(node, Items) else ()):
            if to_plain(item) == word[0]:
                return place_of(tree, (*finding.path, position))
    return None


def _mentioned(tree: Branch, finding: Finding) -> Place | None:
    """The place of the first key of this layer that the message names, by its path or by itself."""
    for quoted, word in _WORD.findall(finding.message):
        parts = tuple((quoted or word).split("."))
        for start in range(len(finding.path), -1, -1):
            path = (*finding.path[:start], *parts)
            if node_at(tree, path) is not None:
                return place_of(tree, path, key=True)
        place = _anywhere(tree, quoted or word)
        if place is not None:
            return place
    return None


def _anywhere(node: Node, key: str) -> Place | None:
    if not isinstance(node, Branch):
        return None
    if key in node.keys:
        return node.keys[key]
    found = (_anywhere(child, key) for child in node.entries.values())
    return next((place for place in found if place is not None), None)
