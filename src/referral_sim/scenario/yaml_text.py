"""YAML text (1.2) into a tree with places; every way in which it can be unreadable becomes a fault."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from .errors import Fault, clipped, key_text
from .tree import Branch, Items, Leaf, Node, Path, Place

DEEPEST = 30
_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + word for word in ("str", "int", "float", "bool", "null", "timestamp", "value")}
_MERGE = _TAG + "merge"
_OTHER_VERSION = re.compile(r"^%YAML\s(?!\s*1\.2\s)", re.MULTILINE)
_DATE = _TAG + "timestamp"

# What ruamel.yaml says, and what to say instead.
_PLAINER = (
    ("found character '\\t'", "a tab character; indent with spaces"),
    ("mapping values are not allowed", "no colon expected here; check the indentation, or quote the text"),
    ("found another document", "a second document begins here; a scenario is one document"),
    ("found undefined alias", "this alias (*name) has no anchor (&name) before it"),
    ("found unexpected end of stream", "a quotation mark is not closed"),
    ("'<stream end>'", "the text ends inside a bracket"),
    ("could not find expected ':'", "a key without a colon"),
    ("expected <block end>", "not indented like the lines before it"),
    ("that cannot start any token", "this character cannot begin a value; put the text in quotes"),
)  # fmt: skip

Locate = Callable[[int, int, int], Place]


def read_yaml(text: str, locate: Locate) -> tuple[Node | None, list[Fault]]:
    """Read one YAML document.

    Args:
        text: the document.
        locate: makes a place of (line from 0, column from 0, position in the text from 0).

    Returns:
        The tree (None if the text is empty or not YAML) and the faults; the tree leaves faulty entries out.
    """
    directive = _OTHER_VERSION.search(text)
    if directive is not None:
        message = "scenarios are read as YAML 1.2, in which 'yes' is a text; leave this line out"
        return None, [_fault(_locate_index(text[: directive.start()], locate), (), message)]
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    try:
        node = yaml.compose(io.StringIO(text))
    except MarkedYAMLError as error:
        return None, [_syntax_fault(error, locate)]
    except ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        message = f"character #x{ord(text[len(before)]):04x} is not allowed in a scenario"
        return None, [_fault(_locate_index(before, locate), (), message)]
    except RecursionError:
        return None, [_fault(_too_deep(text, locate), (), f"nested more than {DEEPEST} deep")]
    except (YAMLError, ValueError, AttributeError, IndexError, KeyError, TypeError) as error:
        return None, [_fault(locate(0, 0, 0), (), f"not valid YAML: {clipped(str(error), 100)}")]
    if node is None:
        return None, []
    builder = _Builder(yaml.constructor, locate)
    tree = builder.node(node, (), 0)
    return tree, builder.faults


def _fault(place: Place, path: Path, message: str) -> Fault:
    return Fault(place.file, place.line, place.column, key_text(path), message)


def _syntax_fault(error: MarkedYAMLError, locate: Locate) -> Fault:
    problem = " ".join(str(error.problem or error.context or "cannot be read").split())
    mark = error.problem_mark or error.context_mark
    if "unexpected end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark
    place = locate(mark.line, mark.column, mark.index) if mark is not None else locate(0, 0, 0)
    message = next((ours for theirs, ours in _PLAINER if theirs in problem), "")
    message = message or f"not valid YAML: {clipped(problem, 100)}"
    return _fault(place, (), message)


def _locate_index(before: str, locate: Locate) -> Place:
    lines = before.splitlines() if not before.endswith("\n") else [*before.splitlines(), ""]
    return locate(max(len(lines) - 1, 0), len(lines[-1]) if lines else 0, len(before))


def _too_deep(text: str, locate: Locate) -> Place:
    """Where the nesting passes the limit; reads events, which needs no recursion."""
    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
            kind = type(event).__name__
            depth += kind in ("MappingStartEvent", "SequenceStartEvent")
            depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
            if depth > DEEPEST:
                return locate(event.start_mark.line, event.start_mark.column, event.start_mark.index)
    except (YAMLError, RecursionError):
        pass
    return locate(0, 0, 0)


class _Builder:
    """Turns composed YAML nodes into a tree; a node that several aliases share is turned once."""

    def __init__(self, constructor: Any, locate: Locate) -> None:
        self.faults: list[Fault] = []
        self._constructor = constructor
        self._locate = locate
        self._made: dict[int, tuple[Node | None, int]] = {}
        self._open: set[int] = set()
        self._height = 0

    def node(self, node: Any, path: Path, depth: int) -> Node | None:
        """The tree of a node, or None after a fault. Leaves its height in ``_height``."""
        known = self._made.get(id(node))
        if known is not None:
            made, self._height = known
            if depth + self._height > DEEPEST:
                return self._fault(node, path, f"nested more than {DEEPEST} deep")
            return made
        if id(node) in self._open:
            return self._fault(node, path, "an alias refers to the value that it stands in")
        if depth > DEEPEST:
            return self._fault(node, path, f"nested more than {DEEPEST} deep")
        self._open.add(id(node))
        self._height = 0
        result = self._node(node, path, depth)
        self._open.discard(id(node))
        self._made[id(node)] = (result, self._height)
        return result

    def _node(self, node: Any, path: Path, depth: int) -> Node | None:
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        expected = "map" if isinstance(node, MappingNode) else "seq"
        if str(node.tag) != _TAG + expected:
            return self._fault(node, path, f"the tag {_tag_text(node)} is not allowed; write a plain value")
        if isinstance(node, SequenceNode):
            return self._items(node, path, depth)
        return self._branch(node, path, depth)

    def _items(self, node: Any, path: Path, depth: int) -> Items:
        found: list[Node] = []
        height = 0
        for position, item in enumerate(node.value):
            made = self.node(item, (*path, position), depth + 1)
            height = max(height, self._height + 1)
            if made is not None:
                found.append(made)
        self._height = height
        return Items(tuple(found), self._place(node))

    def _branch(self, node: Any, path: Path, depth: int) -> Branch:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        merged: list[Branch] = []
        height = 0
        for key_node, value_node in node.value:
            if str(key_node.tag) == _MERGE:
                merged += self._merged(value_node, path, depth)
                height = max(height, self._height + 1)
                continue
            key = self._key(key_node, path, keys)
            if key is None:
                continue
            keys[key] = self._place(key_node)
            made = self.node(value_node, (*path, key), depth + 1)
            height = max(height, self._height + 1)
            if made is not None:
                entries[key] = made
        for other in merged:
            for key, made in other.entries.items():
                if key not in keys:
                    keys[key], entries[key] = other.keys[key], made
        self._height = height
        return Branch(entries, keys, self._place(node))

    def _key(self, node: Any, path: Path, seen: dict[str, Place]) -> str | None:
        if not isinstance(node, ScalarNode):
            self._fault(node, path, "a key must be text, not a list or mapping")
            return None
        if str(node.tag) not in (_TAG + "str", _TAG + "value"):
            what = f"not {clipped(node.value)}; write it in quotes" if node.value else "not empty"
            self._fault(node, path, f"a key must be text, {what}")
            return None
        key = str(node.value)
        if _has_surrogates(key):
            self._fault(node, path, "a key holds half of a character pair (\\ud800 to \\udfff)")
            return None
        if key in seen:
            message = f"this key is given twice, first in line {seen[key].line}"
            if seen[key].line == self._place(node).line:
                message += f", column {seen[key].column}"
            self._fault(node, (*path, key), message)
            return None
        return key

    def _merged(self, node: Any, path: Path, depth: int) -> Iterable[Branch]:
        """The mappings that a merge key (``<<``) takes in, the most important first."""
        parts = node.value if isinstance(node, SequenceNode) else [node]
        found: list[Branch] = []
        height = 0
        for part in parts:
            made = self.node(part, path, depth)
            height = max(height, self._height)
            if isinstance(made, Branch):
                found.append(made)
            elif made is not None:
                self._fault(part, path, "a merge key (<<) takes a mapping or a list of mappings")
        self._height = height
        return found

    def _scalar(self, node: Any, path: Path) -> Node | None:
        tag = str(node.tag)
        if tag not in _SCALARS:
            return self._fault(node, path, f"the tag {_tag_text(node)} is not allowed; write a plain value")
        if tag in (_TAG + "str", _TAG + "value"):
            if _has_surrogates(node.value):
                return self._fault(node, path, "the text holds half of a character pair (\\ud800 to \\udfff)")
            return Leaf(str(node.value), self._place(node))
        try:
            value = self._constructor.yaml_constructors[tag](self._constructor, node)
        except (ValueError, OverflowError, KeyError, IndexError, AttributeError, TypeError, YAMLError):
            word = clipped(str(node.value), 40)
            what = "is not a date of the calendar" if tag == _DATE else "cannot be read as a number"
            return self._fault(node, path, f"{word} {what}")
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.replace(tzinfo=None)
        return Leaf(value, self._place(node))

    def _place(self, node: Any) -> Place:
        mark = node.start_mark
        return self._locate(mark.line, mark.column, mark.index)

    def _fault(self, node: Any, path: Path, message: str) -> Node | None:
        """Note a fault; the value is left out of the tree, so this returns None."""
        self._height = 0
        self.faults.append(_fault(self._place(node), path, message))
        return None


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def _tag_text(node: Any) -> str:
    return clipped(str(node.tag).replace(_TAG, "!!"))
