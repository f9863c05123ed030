"""Overrides, ``key.path=value``, as trees like those of files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .errors import Fault, clipped, key_text
from .tree import Branch, Node, Place
from .yaml_text import DEEPEST, read_yaml

LABEL = "--set"
_PART = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<plain>[^.="']?[^.=]*))""")


def read_overrides(overrides: Sequence[str]) -> tuple[list[Branch], list[Fault]]:
    """Read overrides.

    Args:
        overrides: each ``key.path=value``; a part of the path with a dot in it stands in quotes. The value is
            YAML: a scalar, ``[a, list]`` or ``{a: mapping}``.

    Returns:
        One tree an override that could be read, in their order, and the faults. Places are in the file
        ``--set``, line 1, at the position in the override's text.
    """
    layers: list[Branch] = []
    faults: list[Fault] = []
    for text in overrides:
        tree, more = _read(text)
        layers += [tree] if tree is not None else []
        faults += more
    return layers, faults


def _read(text: str) -> tuple[Branch | None, list[Fault]]:
    parts, value_at, message = _split(text)
    if message:
        return None, [Fault(LABEL, 1, value_at + 1, "", message)]
    path = tuple(part for part, _ in parts)
    if len(parts) > DEEPEST:
        return None, [Fault(LABEL, 1, 1, "", f"a key has no more than {DEEPEST} parts, not {len(parts)}")]
    value = text[value_at:]

    def locate(line: int, column: int, index: int) -> Place:
        return Place(LABEL, 1, value_at + index + 1)

    node, faults = read_yaml(value, locate)
    faults = [Fault(f.file, f.line, f.column, _join(path, f.key), f.message) for f in faults]
    if node is None and not faults:
        message = f"no value after '='; for none write {key_text(path)}=null"
        faults = [Fault(LABEL, 1, value_at + 1, key_text(path), message)]
    if node is None:
        return None, faults
    tree: Node = node
    for part, column in reversed(parts):
        place = Place(LABEL, 1, column + 1)
        tree = Branch({part: tree}, {part: place}, place, implied=True)
    return (tree if isinstance(tree, Branch) else None), faults


def split_key(key: str) -> tuple[tuple[str, ...], str]:
    """The parts of a dotted key, and what is wrong with it, if anything; a part with a dot in it stands in quotes."""
    parts, end, message = _split(f"{key}=")
    faulty = message or end != len(key) + 1
    return tuple(part for part, _ in parts), f"write a dotted key, not {clipped(key)!r}" if faulty else ""


def _join(path: tuple[str, ...], rest: str) -> str:
    return f"{key_text(path)}.{rest}" if rest else key_text(path)


def _split(text: str) -> tuple[list[tuple[str, int]], int, str]:
    """The parts of the key with their positions, the position of the value, and what is wrong, if any."""
    parts: list[tuple[str, int]] = []
    at = 0
    if any("\ud800" <= c <= "\udfff" for c in text):
        return parts, 0, "this is not UTF-8 text"
    while True:
        match = _PART.match(text, at)
        found = match.group("double", "single", "plain") if match else (None, None, None)
        part = next((word for word in found if word is not None), "").strip()
        start = at + len(text[at:]) - len(text[at:].lstrip())
        end = match.end() if match else at
        while text[end : end + 1].isspace():
            end += 1
        if not part or text[end : end + 1] not in (".", "=", ""):
            return parts, min(start, len(text)), f"write KEY.PATH=VALUE, not {clipped(text)!r}"
        parts.append((part, start))
        if text[end : end + 1] == "=":
            return parts, end + 1, ""
        if end >= len(text):
            return (
                parts,
                len(text),
                f"no '=' in {clipped(text)!r}; write {key_text([p for p, _ in parts])}=VALUE",
            )
        at = end + 1
