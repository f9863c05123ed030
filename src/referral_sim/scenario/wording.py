"""What a pydantic error means, in the words of the scenario file."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import Any

from .errors import clipped
from .nearest import did_you_mean, nearest
from .outline import Shape, all_keys, outline, shape_at
from .programmes import Programme
from .tree import Branch, Items, Leaf, Node

FILE_KEYS = ("extends", "continuum", "policies", "indicators")
"""Keys of a scenario file that are no part of a scenario."""

_SINGULAR = ("share", "ratio", "rate", "factor")
_NAME_RULE = "a name has 1 to 64 letters, digits, blanks and . _ ' - and begins with a letter or digit"
_EXPECTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "date_type": "a date (YYYY-MM-DD)",
    "date_from_datetime_inexact": "a date (YYYY-MM-DD)",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
}  # fmt: skip


def described(node: Node | None) -> str:
    """A value in words: ``text 'no'``, ``3``, ``a list``, ``nothing``."""
    if isinstance(node, Branch):
        return "a mapping"
    if isinstance(node, Items):
        return "a list"
    value = node.value if node is not None else None
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"text {clipped(value, 40)!r}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return f"the time {value}"
    if isinstance(value, dt.date):
        return f"the date {value}"
    return _figure(value, "")


def wrong_value(kind: str, path: Sequence[str | int], node: Node | None, message: str) -> str:
    """What is wrong with a value.

    Args:
        kind: pydantic's error type.
        path: where the value stands.
        node: the value, None if it is not in the tree.
        message: pydantic's own words, used where there are none of ours.
    """
    shape = shape_at(path) or Shape("value")
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"must be {_bounds(shape)}, not {described(node)}"
    if kind == "finite_number" or (isinstance(node, Leaf) and _not_finite(node.value)):
        return f"must be a finite number, not {described(node)}"
    if kind == "enum":
        return f"must be {_listed(shape.choices)}, not {described(node)}{_meant(node, shape.choices)}"
    if kind == "string_pattern_mismatch":
        return f"{described(node)} is not a name; {_NAME_RULE}"
    if kind not in _EXPECTED:
        return f"{message[:1].lower()}{message[1:]}, not {described(node)}"
    if kind == "float_type" and isinstance(node, Leaf) and type(node.value) is int:  # too long for a float
        return f"must be {_bounds(shape)}, not {described(node)}"
    expected = f"one of {', '.join(shape.choices)}" if shape.choices else _EXPECTED[kind]
    if shape.kind == "names":
        expected = "a mapping of names"
    return f"must be {expected}, not {described(node)}{_how_to_write(kind, node, shape)}"


def unknown_key(path: Sequence[str | int]) -> str:
    """What is wrong with a key that nothing declares: what is near, and where else it is a key."""
    word, parent = str(path[-1]), shape_at(path[:-1]) or outline()
    if word in FILE_KEYS:
        more = "; on the command line write --policy NAME" if word in ("policies", "continuum") else ""
        return f"{word} stands at the top of a file, nowhere else{more}"
    own = [*parent.children, *(FILE_KEYS if len(path) == 1 else ())]
    if parent.model is Programme:
        own.append("like")
    hints = []
    close = nearest(word, own)
    if close is not None:
        hints.append(f"did you mean {close!r}?")
    elsewhere = [".".join(keys[:-1]) or "the top level" for keys in all_keys() if keys[-1] == word]
    elsewhere = [place for place in elsewhere if "KIND" not in place]
    if elsewhere:
        hints.append(f"it is a key of {_listed(sorted(set(elsewhere))[:4], 'and')}")
    if not hints and len(own) <= 24:
        hints.append(f"allowed: {', '.join(own)}")
    return "unknown key" + (f" ({'; '.join(hints)})" if hints else "")


def wrong_name(path: Sequence[str | int]) -> str:
    """What is wrong with a name that the user chose."""
    return f"{clipped(str(path[-1]), 40)!r} is not a name; {_NAME_RULE}"


def _bounds(shape: Shape) -> str:
    low, high = (_figure(b) if b is not None else "" for b in (shape.low, shape.high))
    if shape.unit in _SINGULAR:
        return f"a {shape.unit} between {low} and {high}"
    return f"between {low} and {high} {shape.unit}".rstrip()


def _how_to_write(kind: str, node: Node | None, shape: Shape) -> str:
    value = node.value if isinstance(node, Leaf) else None
    if kind == "string_type" and isinstance(value, (int, float, dt.date)):
        return "; write it in quotes"
    if kind in ("float_type", "int_type") and isinstance(value, str) and _is_number(value):
        return "; write it as a plain number, without quotes"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in ("yes", "on", "no", "off"):
        return f" (did you mean {'true' if value.lower() in ('yes', 'on') else 'false'}?)"
    if kind == "date_type" and isinstance(value, str) and _is_date(value):
        return "; write it without quotes"
    if kind == "tuple_type" and isinstance(value, str):
        return f"; write [{clipped(value, 40)}]"
    if shape.kind in ("section", "table") and isinstance(node, Leaf) and node.value is None:
        return "; give it keys or leave it out"
    if shape.removable and isinstance(node, Leaf) and node.value is None:
        return "; to take one entry out write its name and null"
    return ""


def _meant(node: Node | None, options: Iterable[str]) -> str:
    value = node.value if isinstance(node, Leaf) else None
    return did_you_mean(value, options) if isinstance(value, str) else ""


def _listed(words: Sequence[str], last: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _figure(value: float, separator: str = ",") -> str:
    """A number as people write it: 3,000,000; 0.5; 6."""
    try:
        if isinstance(value, float) and not value.is_integer():
            return str(value)
        text = f"{int(value):,}".replace(",", separator)
    except (ValueError, OverflowError):
        return str(value) if isinstance(value, float) else "a number of thousands of digits"
    return text if len(text) <= 24 else f"a number of {len(text.lstrip('-').replace(separator or ',', ''))} digits"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text.replace(",", "")))
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
