"""YAML text (1.2) as plain values, each with the place where it was written; what cannot be read becomes a fault."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from .errors import Fault, clipped
from .keys import Key, get_value, key_text

DEEPEST = 30
_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + word for word in ("str", "int", "float", "bool", "null", "timestamp", "value")}
_MERGE = _TAG + "merge"
_OTHER_VERSION = re.compile(r"^%YAML\s(?!\s*1\.2\s)", re.MULTILINE)
_DATE = _TAG + "timestamp"
_UNREADABLE = object()

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


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Written:
    """Where a value and the key that names it are written.

    Attributes:
        value: where the value begins.
        key: where its key begins; None for an item of a list and for the whole document.
    """

    value: Place
    key: Place | None = None


@dataclass
class Document:
    """Plain values and where each of them was written.

    Attributes:
        label: what messages call the file.
        values: mappings with text as keys, lists and single values.
        written: key -> where it was written, in the order of writing.
        unreadable: keys whose values are left out of ``values``, because they are faulty YAML.
        folder: where the relative paths in it start; None for files of the package.
        quoted: messages put a part of a key in quotes that holds a dot; files whose keys are dotted keys themselves
            go without.
    """

    label: str
    values: Any
    written: dict[Key, Written]
    unreadable: set[Key] = field(default_factory=set)
    folder: Path | None = None
    quoted: bool = False

    def place(self, key: Sequence[str | int], *, of_key: bool = False) -> Place:
        """Where a value stands, or as much of its key as was written.

        Args:
            key: from the top of the document.
            of_key: the place of the key instead of the value's; that of a mapping is always its key's.
        """
        for end in range(len(key), -1, -1):
            found = self.written.get(tuple(key[:end]))
            if found is not None:
                whole = end == len(key)
                by_key = (of_key or not whole) or isinstance(self.at(key), dict)
                return found.key if by_key and found.key is not None else found.value
        return Place(self.label, 1, 1)

    def last_place(self, keys: Iterable[Key]) -> Place | None:
        """The place of the key that was written last, of those that were written at all."""
        order = {key: number for number, key in enumerate(self.written)}
        found = [(order[key], key) for key in keys if key in order]
        return self.place(max(found)[1], of_key=True) if found else None

    def at(self, key: Sequence[str | int]) -> Any:
        """The value under a key, or None."""
        return get_value(self.values, key)

    def fault(self, key: Sequence[str | int], message: str, *, of_key: bool = False) -> Fault:
        """A fault of the value under a key, or with ``of_key`` of the key itself, at the place where it stands."""
        return self.fault_at(self.place(key, of_key=of_key), key, message)

    def fault_at(self, place: Place, key: Sequence[str | int], message: str) -> Fault:
        """A fault at a place; a position at the end of the key is left out, for the place says which item it is."""
        parts = list(key)
        while parts and isinstance(parts[-1], int):
            parts.pop()
        text = key_text(parts) if self.quoted else ".".join(p if "." in p else key_text((p,)) for p in map(str, parts))
        return Fault(place.file, place.line, place.column, text, message)


Locate = Callable[[int, int, int], Place]


def read_document(text: str, label: str) -> tuple[Document | None, list[Fault]]:
    """Read the text of a YAML file.

    Args:
        text: one YAML document.
        label: what messages call the file.

    Returns:
        The document, None if the text is empty or not YAML, and the faults; faulty values are left out of it.
    """
    return read_yaml(text, label, lambda line, column, _index: Place(label, line + 1, column + 1))


def decode(data: bytes, label: str, word: str) -> tuple[Document | None, list[Fault]]:
    """Read the bytes of a file that must hold a mapping.

    Args:
        data: the whole file.
        label: what messages call the file.
        word: what messages call such a file: scenario, policy, plan.

    Returns:
        The document, None if there is no mapping in the file, and the faults.
    """

    def fault(message: str, line: int = 1, column: int = 1) -> tuple[None, list[Fault]]:
        return None, [Fault(label, line, column, "", message)]

    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return fault("this file is UTF-16 text; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return fault(f"this is not UTF-8 text (byte 0x{data[error.start]:02x})", line, column)
    document, faults = read_document(text, label)
    if document is not None and isinstance(document.values, dict):
        return document, faults
    if faults:
        return None, faults
    if document is None or document.values is None:
        example = "name" if word == "scenario" else "title"
        return fault(f"this file is empty; a {word} needs at least one key, such as {example}")
    what = "a list" if isinstance(document.values, list) else "a single value"
    return fault(f"a {word} is a mapping of keys, not {what}")


def read_yaml(text: str, label: str, locate: Locate) -> tuple[Document | None, list[Fault]]:
    """Read a YAML text that may stand inside another one.

    Args:
        text: one YAML document.
        label: what messages call the file.
        locate: makes a place of (line from 0, column from 0, position in the text from 0).

    Returns:
        The document, None if the text is empty or not YAML, and the faults.
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
    values = builder.value(node, None, ())
    if values is _UNREADABLE:
        return None, builder.faults
    return Document(label, values, builder.written, builder.unreadable), builder.faults


def _fault(place: Place, key: Key, message: str) -> Fault:
    return Fault(place.file, place.line, place.column, key_text(key), message)


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
    """Turns composed YAML nodes into plain values, and notes the place of each.

    Attributes:
        written: key -> where it is written.
        unreadable: keys of values that have a fault.
        faults: what was wrong.
    """

    def __init__(self, constructor: Any, locate: Locate) -> None:
        self.written: dict[Key, Written] = {}
        self.unreadable: set[Key] = set()
        self.faults: list[Fault] = []
        self._constructor = constructor
        self._locate = locate
        self._anchors: set[int] = set()

    def value(self, node: Any, key_place: Place | None, key: Key) -> Any:
        """The plain value of a node, or ``_UNREADABLE`` after a fault."""
        if node.anchor is not None:
            return self._anchored(node, key)
        if len(key) > DEEPEST:
            return self._fault(node, key, f"nested more than {DEEPEST} deep")
        self.written[key] = Written(self._place(node), key_place)
        if isinstance(node, ScalarNode):
            return self._scalar(node, key)
        if str(node.tag) != _TAG + ("map" if isinstance(node, MappingNode) else "seq"):
            return self._fault(node, key, f"the tag {_tag_text(node)} is not allowed; write a plain value")
        if isinstance(node, SequenceNode):
            return self._items(node, key)
        return self._mapping(node, key)

    def _items(self, node: Any, key: Key) -> list[Any]:
        found: list[Any] = []
        for item in node.value:
            value = self.value(item, None, (*key, len(found)))
            if value is not _UNREADABLE:
                found.append(value)
        return found

    def _mapping(self, node: Any, key: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = self._key(key_node, key)
            if name is None:
                continue
            value = self.value(value_node, self._place(key_node), (*key, name))
            if value is not _UNREADABLE:
                found[name] = value
        return found

    def _key(self, node: Any, path: Key) -> str | None:
        if str(node.tag) == _MERGE:
            self._fault(node, path, "merge keys (<<) are not read; write the keys out")
            return None
        if not isinstance(node, ScalarNode):
            self._fault(node, path, "a key must be text, not a list or mapping")
            return None
        if node.anchor is not None:
            self._anchored(node, path)
            return None
        if str(node.tag) not in (_TAG + "str", _TAG + "value"):
            what = f"not {clipped(node.value)}; write it in quotes" if node.value else "not empty"
            self._fault(node, path, f"a key must be text, {what}")
            return None
        key = str(node.value)
        if _has_surrogates(key):
            self._fault(node, path, "a key holds half of a character pair (\\ud800 to \\udfff)")
            return None
        first = self.written.get((*path, key))
        if first is not None and first.key is not None:
            message = f"this key is given twice, first in line {first.key.line}"
            if first.key.line == self._place(node).line:
                message += f", column {first.key.column}"
            self._fault(node, (*path, key), message)
            return None
        return key

    def _scalar(self, node: Any, key: Key) -> Any:
        tag = str(node.tag)
        if tag not in _SCALARS:
            return self._fault(node, key, f"the tag {_tag_text(node)} is not allowed; write a plain value")
        if tag in (_TAG + "str", _TAG + "value"):
            if _has_surrogates(node.value):
                return self._fault(node, key, "the text holds half of a character pair (\\ud800 to \\udfff)")
            return str(node.value)
        try:
            value = self._constructor.yaml_constructors[tag](self._constructor, node)
        except (ValueError, OverflowError, KeyError, IndexError, AttributeError, TypeError, YAMLError):
            word = clipped(str(node.value), 40)
            what = "is not a date of the calendar" if tag == _DATE else "cannot be read as a number"
            return self._fault(node, key, f"{word} {what}")
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            value = value.replace(tzinfo=None)
        return value

    def _anchored(self, node: Any, key: Key) -> Any:
        """Refuse a value that aliases may name, once for all of them."""
        self.unreadable.add(key)
        if id(node) in self._anchors:
            return _UNREADABLE
        self._anchors.add(id(node))
        name = clipped(str(node.anchor), 30)
        message = f"anchors (&{name}) and aliases (*{name}) are not read; write the value out"
        return self._fault(node, key, message)

    def _place(self, node: Any) -> Place:
        mark = node.start_mark
        return self._locate(mark.line, mark.column, mark.index)

    def _fault(self, node: Any, key: Key, message: str) -> Any:
        """Note a fault; the value is left out of what is read."""
        self.faults.append(_fault(self._place(node), key, message))
        self.unreadable.add(key)
        return _UNREADABLE


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)


def _tag_text(node: Any) -> str:
    return clipped(str(node.tag).replace(_TAG, "!!"))
