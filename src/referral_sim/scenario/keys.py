"""Dotted keys: ``front_door.threshold``, ``programmes."St. Mary's".reach``; read, written, followed, compared.

Everything that takes a key from a user, or looks for the value under one, does it with these functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from .errors import clipped

Key: TypeAlias = tuple[str | int, ...]
"""The parts of a key from the top; a whole number is a position in a list."""

_PLAIN_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_' -]{0,63}")
_PART = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<plain>[^.="']?[^.=]*))""")
_MISSING = object()


def parse_key(text: str) -> tuple[str, ...]:
    """The parts of a dotted key; a part with a dot in it stands in quotes.

    Raises:
        ValueError: if the text is no dotted key.
    """
    parts, end, wrong = split_assignment(f"{text}=")
    if wrong or end != len(text) + 1:
        raise ValueError(f"write a dotted key, not {clipped(text)!r}")
    return tuple(part for part, _ in parts)


def key_text(key: Sequence[str | int]) -> str:
    """A key as text: ``programmes."St. Mary's".reach``; parts that hold dots or the like get quotes."""
    return ".".join(p if _PLAIN_PART.fullmatch(p) else f'"{clipped(p)}"' for p in map(str, key))


def get_value(values: Any, key: Sequence[str | int], default: Any = None) -> Any:
    """The value under a key of nested mappings and lists, or ``default`` where there is none."""
    for part in key:
        if isinstance(values, Mapping):
            values = values.get(part, _MISSING)
        elif isinstance(values, (list, tuple)) and isinstance(part, int) and 0 <= part < len(values):
            values = values[part]
        else:
            return default
        if values is _MISSING:
            return default
    return values


def set_value(values: dict[str, Any], key: Sequence[str], value: Any) -> None:
    """Write a value under a key; mappings on the way are made where there are none."""
    *path, last = key
    for part in path:
        inner = values.get(part)
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    values[last] = value


def flatten(values: Mapping[str, Any], key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each single value of nested mappings with its key, in order; a list and an empty mapping are single values."""
    for part, value in values.items():
        here = (*key, str(part))
        if isinstance(value, Mapping) and value:
            yield from flatten(value, here)
        else:
            yield here, value


def differing_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Keys of the single values that are not the same in both, or stand in one only; those of ``one`` first."""
    first, second = dict(flatten(one)), dict(flatten(other))
    return [key for key in {**first, **second} if first.get(key, _MISSING) != second.get(key, _MISSING)]


def split_assignment(text: str) -> tuple[list[tuple[str, int]], int, str]:
    """The parts of the key in ``key.path=value`` with their positions, the value's position, and what is wrong.

    Returns:
        Parts, each with its position in the text from 0; where the value begins, or the mistake stands; what is
        wrong in words, empty if nothing is.
    """
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
            wanted = key_text([part for part, _ in parts])
            return parts, len(text), f"no '=' in {clipped(text)!r}; write {wanted}=VALUE"
        at = end + 1
