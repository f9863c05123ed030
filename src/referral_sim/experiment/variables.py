"""The parts of a plan's file that say what varies: levers, uncertainties, design."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Literal

from ..scenario.errors import Fault, clipped, key_text
from ..scenario.nearest import did_you_mean
from ..scenario.overrides import split_key
from ..scenario.tree import Branch, Items, Leaf, Node, Place, to_plain
from ..scenario.wording import described
from .plan import Design, Point, Value, Variable

KINDS = ("grid", "list", "latin-hypercube", "sobol")
MOST_POINTS = 1_000_000
# distribution -> keys that must be there, keys that may
_SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uniform": (("range",), ()),
    "loguniform": (("range",), ()),
    "normal": (("mean", "sd"), ("range",)),
    "triangular": (("range", "mode"), ()),
    "integers": (("range",), ()),
    "categorical": (("values",), ()),
}
_ALL = ("distribution", "range", "values", "mean", "sd", "mode")


class Reader:
    """What was wrong so far in one plan, and how single values are read.

    Attributes:
        file: what messages call the plan.
        faults: in the order in which they were found.
    """

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file, self.faults = file, list(faults)

    def fault(self, place: Place | None, path: Sequence[str], message: str) -> None:
        """Note a fault."""
        at = place or Place(self.file, 1, 1)
        key = ".".join(part if "." in part else key_text((part,)) for part in path)
        self.faults.append(Fault(at.file, at.line, at.column, key, message))

    def known(self, branch: Branch, path: Sequence[str], allowed: Sequence[str]) -> None:
        """Note every key that may not be there."""
        for key, place in branch.keys.items():
            if key not in allowed:
                hint = did_you_mean(key, allowed) or f" (allowed: {', '.join(allowed)})"
                self.fault(place, (*path, key), f"unknown key{hint}")

    def whole(self, branch: Branch, path: Sequence[str], default: int, low: int, high: int) -> int:
        """A whole number under the last key of the path."""
        node = branch.entries.get(path[-1])
        if node is None and path[-1] not in branch.keys:
            return default
        value = node.value if isinstance(node, Leaf) else None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        place = node.place if node is not None else branch.keys[path[-1]]
        self.fault(place, path, f"must be a whole number between {low} and {high}, not {described(node)}")
        return default

    def number(self, branch: Branch, path: Sequence[str]) -> float | None:
        """A finite number under the last key of the path, or None after a fault."""
        node = branch.entries.get(path[-1])
        value = _number(node)
        if value is None:
            self.fault(node.place if node else branch.place, path, f"must be a number, not {described(node)}")
        return value


def _number(node: Node | None) -> float | None:
    value = node.value if isinstance(node, Leaf) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def read_variables(reader: Reader, tree: Branch) -> tuple[list[Variable], dict[str, Place]]:
    """Levers and uncertainties in the order of the file, and where each key stands."""
    found: list[Variable] = []
    places: dict[str, Place] = {}
    roles: tuple[Literal["levers"], Literal["uncertainties"]] = ("levers", "uncertainties")
    for role in roles:
        node = tree.entries.get(role)
        if node is None:
            continue
        if not isinstance(node, Branch):
            reader.fault(node.place, (role,), f"must be a mapping of keys, not {described(node)}")
            continue
        for written, entry in node.entries.items():
            parts, wrong = split_key(written)
            key = key_text(parts)
            if wrong or key in places:
                message = wrong or f"this key is given twice, first in line {places[key].line}"
                reader.fault(node.keys[written], (role, written), message)
                continue
            places[key] = node.keys[written]
            variable = read_variable(reader, role, key, entry)
            if variable is not None:
                found.append(variable)
    return found, places


def read_variable(reader: Reader, role: Literal["levers", "uncertainties"], key: str, node: Node) -> Variable | None:
    """One variable from its list of values or its mapping; None after a fault."""
    path = (role, key)
    if isinstance(node, Items):  # short for values
        values = _values(reader, path, node)
        return Variable(key, role, "categorical", values=values) if values else None
    if not isinstance(node, Branch):
        message = f"must be a list of values, or a mapping with range or values, not {described(node)}"
        reader.fault(node.place, path, message)
        return None
    reader.known(node, path, _ALL)
    law = _law(reader, path, node)
    if law is None:
        return None
    must, may = _SHAPES[law]
    clean = True
    for name in _ALL[1:]:
        there = name in node.entries
        if there and name not in (*must, *may):
            reader.fault(node.keys[name], (*path, name), f"{law} has no {name}; it takes {', '.join((*must, *may))}")
            clean = False
        if not there and name in must:
            reader.fault(node.place, path, f"{law} needs {name}")
            clean = False
    return _made(reader, path, node, law) if clean else None


def _law(reader: Reader, path: tuple[Literal["levers", "uncertainties"], str], node: Branch) -> str | None:
    given = node.entries.get("distribution")
    if given is None and "distribution" not in node.keys:
        return "categorical" if "values" in node.entries else "uniform"
    value = given.value if isinstance(given, Leaf) else None
    if isinstance(value, str) and value in _SHAPES:
        return value
    hint = did_you_mean(value, _SHAPES) if isinstance(value, str) else ""
    message = f"must be one of {', '.join(_SHAPES)}, not {described(given)}{hint}"
    reader.fault(given.place if given else node.place, (*path, "distribution"), message)
    return None


def _made(
    reader: Reader, path: tuple[Literal["levers", "uncertainties"], str], node: Branch, law: str
) -> Variable | None:
    role, key = path
    if law == "categorical":
        values = _values(reader, (*path, "values"), node.entries["values"])
        return Variable(key, role, law, values=values) if values else None
    before = len(reader.faults)
    ends = _range(reader, path, node, law) if "range" in node.entries else (None, None)
    more = {name: reader.number(node, (*path, name)) for name in ("mean", "sd", "mode") if name in node.entries}
    if len(reader.faults) > before:
        return None
    low, high = ends
    sd, mode = more.get("sd"), more.get("mode")
    if sd is not None and sd <= 0:
        reader.fault(node.entries["sd"].place, (*path, "sd"), f"must be above 0, not {sd:g}")
    elif mode is not None and low is not None and high is not None and not low <= mode <= high:
        reader.fault(node.entries["mode"].place, (*path, "mode"), f"must lie between {low:g} and {high:g}")
    else:
        given: dict[str, Any] = {name: value for name, value in more.items() if value is not None}
        return Variable(key, role, law, low, high, **given)
    return None


def _range(reader: Reader, path: tuple[str, ...], node: Branch, law: str) -> tuple[float | None, float | None]:
    given, path = node.entries["range"], (*path, "range")
    ends = [_number(item) for item in given.items] if isinstance(given, Items) else []
    low, high = ends if len(ends) == 2 else (None, None)
    if low is None or high is None:
        reader.fault(given.place, path, f"must be [lowest, highest], two numbers, not {_shown(given)}")
    elif low >= high:
        reader.fault(given.place, path, f"the first must be less than the second, not {_shown(given)}")
    elif law == "loguniform" and low <= 0:
        reader.fault(given.place, path, f"loguniform needs numbers above 0, not {_shown(given)}")
    elif law == "integers" and not (isinstance(low, int) and isinstance(high, int)):
        reader.fault(given.place, path, f"integers needs whole numbers, not {_shown(given)}")
    else:
        return low, high
    return None, None


def _shown(node: Node) -> str:
    return clipped(str(to_plain(node))) if isinstance(node, Items) else described(node)


def _values(reader: Reader, path: tuple[str, ...], node: Node) -> tuple[Value, ...]:
    """Values of one kind, each once; empty after a fault."""
    if not isinstance(node, Items) or not node.items:
        reader.fault(
            node.place, path, f"must be a list of values, not {'empty' if isinstance(node, Items) else described(node)}"
        )
        return ()
    found: list[Value] = []
    for item in node.items:
        value = _value(reader, path, item)
        if value is None:
            return ()
        if value in found:
            reader.fault(item.place, path, f"{value!r} is given twice")
            return ()
        if found and _kind(found[0]) is not _kind(value):
            reader.fault(item.place, path, f"values must be of one kind: {_shown(node)}")
            return ()
        found.append(value)
    return tuple(found)


def _value(reader: Reader, path: tuple[str, ...], item: Node) -> Value | None:
    value = item.value if isinstance(item, Leaf) else None
    fine = isinstance(value, (bool, str)) or _number(item) is not None
    if value is None or isinstance(value, dt.date) or not fine:
        reader.fault(item.place, path, f"must be a number, a word, true or false, not {described(item)}")
        return None
    return value


def _kind(value: Value) -> type:
    return type(value) if isinstance(value, (bool, str)) else float


def read_design(reader: Reader, tree: Branch, variables: Sequence[Variable]) -> Design:
    """The design; its faults name what the kind needs."""
    node = tree.entries.get("design")
    varies = any(
        isinstance(n, Branch) and n.entries for n in (tree.entries.get(r) for r in ("levers", "uncertainties"))
    )
    if node is None:
        if varies:
            message = f"levers and uncertainties need a design: {{kind: one of {', '.join(KINDS)}}}"
            reader.fault(tree.place, (), message)
        return Design("grid")
    if not isinstance(node, Branch):
        reader.fault(node.place, ("design",), f"must be a mapping such as {{kind: grid}}, not {described(node)}")
        return Design("grid")
    reader.known(node, ("design",), ("kind", "size", "points"))
    given = node.entries.get("kind")
    kind = given.value if isinstance(given, Leaf) else None
    if not isinstance(kind, str) or kind not in KINDS:
        hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        message = f"must be one of {', '.join(KINDS)}, not {described(given)}{hint}"
        reader.fault(given.place if given else node.place, ("design", "kind"), message)
        return Design("grid")
    if not varies:
        reader.fault(node.place, ("design",), "there are no levers or uncertainties for it")
    wanted = {"grid": None, "list": "points"}.get(kind, "size")
    for name in ("size", "points"):
        if name in node.entries and name != wanted:
            reader.fault(node.keys[name], ("design", name), f"{kind} has no {name}")
    if wanted is not None and wanted not in node.entries:
        reader.fault(node.place, ("design",), f"{kind} needs {wanted}")
        return Design(kind)
    if kind == "grid":
        return _grid(reader, node, variables)
    if kind == "list":
        return Design(kind, points=_points(reader, node.entries["points"], variables))
    size = reader.whole(node, ("design", "size"), 1, 1, MOST_POINTS)
    if kind == "sobol" and size & (size - 1):
        near = 2 ** round(math.log2(size))
        reader.fault(
            node.entries["size"].place, ("design", "size"), f"sobol needs a power of 2, such as {near}, not {size}"
        )
    return Design(kind, size)


def _grid(reader: Reader, node: Branch, variables: Sequence[Variable]) -> Design:
    count = 1
    for variable in variables:
        if variable.distribution not in ("integers", "categorical"):
            message = f"a grid needs values, or integers, not {variable.distribution}"
            reader.fault(node.place, (variable.role, variable.key), message)
        elif variable.distribution == "integers":
            count *= int(variable.high or 0) - int(variable.low or 0) + 1
        else:
            count *= len(variable.values)
    if count > MOST_POINTS:
        reader.fault(node.place, ("design",), f"this grid has {count} points; at most {MOST_POINTS} are allowed")
    return Design("grid")


def _points(reader: Reader, node: Node, variables: Sequence[Variable]) -> tuple[Point, ...]:
    if not isinstance(node, Items) or not node.items:
        reader.fault(node.place, ("design", "points"), "must be a list of mappings of keys to values")
        return ()
    by_key = {variable.key: variable for variable in variables}
    found: list[Point] = []
    for number, item in enumerate(node.items):
        path = ("design", "points", str(number))
        if not isinstance(item, Branch):
            reader.fault(item.place, path, f"must be a mapping of keys to values, not {described(item)}")
            continue
        point: dict[str, Value] = {}
        for written, entry in item.entries.items():
            key = key_text(split_key(written)[0])
            if key not in by_key:
                hint = did_you_mean(key, by_key) or f"; they are {', '.join(by_key)}"
                reader.fault(item.keys[written], path, f"{key} is no lever or uncertainty of this plan{hint}")
                continue
            value = _value(reader, (*path, key), entry)
            if value is not None and not _allows(by_key[key], value):
                reader.fault(entry.place, (*path, key), f"{value!r} is not among its {_allowed(by_key[key])}")
            elif value is not None:
                point[key] = value
        missing = [key for key in by_key if key not in item.entries and key not in point]
        if missing and len(point) == len(item.entries):
            reader.fault(item.place, path, f"gives no value of {', '.join(missing)}")
        elif point in found:
            reader.fault(item.place, path, "this point is given twice")
        found.append(point)
    return tuple(found)


def _allows(variable: Variable, value: Value) -> bool:
    if variable.values:
        return any(value == one and _kind(value) is _kind(one) for one in variable.values)
    if isinstance(value, (bool, str)) or (variable.distribution == "integers" and not isinstance(value, int)):
        return False
    return (variable.low is None or variable.low <= value) and (variable.high is None or value <= variable.high)


def _allowed(variable: Variable) -> str:
    if variable.values:
        return f"values {', '.join(map(repr, variable.values))}"
    return f"{variable.distribution} between {variable.low} and {variable.high}"
