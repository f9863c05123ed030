"""A plan's YAML file into a checked plan, or every fault with its place."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from ..measures.table import MEASURES
from ..scenario import ScenarioError
from ..scenario.documents import Place
from ..scenario.errors import Fault, clipped, did_you_mean
from ..scenario.keys import key_text
from ..scenario.library import CONTINUUM, POLICIES, SCENARIOS, LibraryFolder, NotFoundError, find
from ..scenario.tree import Branch, Items, Leaf, Node, described, parse, split_key, to_plain
from .jobs import OutcomeSelector
from .plan import Plan
from .variables import ExperimentDesign, Point, Value, Variable
from .variants import BASE, ScenarioVariant, fault_of_value, read_variant

PLANS = LibraryFolder("plan", "plans", ("no-plans-come-with-the-package",))
KEYS = (
    "scenario", "scenarios", "policies", "levers", "uncertainties", "outcomes", "design", "replicates", "seed",
)  # fmt: skip
GROUPS = ("all", "locality:NAME", "programme:NAME", "source:NAME", "category:NAME", "tier:N")
MOST_REPLICATES = 1_000_000
HIGHEST_SEED = 2**32 - 1
_MOST_TRIED = 1000


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


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """Read a plan (docs/sweeps.md has the format).

    Raises:
        ScenarioError: with every fault of the plan, and of the scenarios and policies that it names.
    """
    try:
        source = find(Path(path), Path(), PLANS)
    except NotFoundError as error:
        raise ScenarioError([Fault(os.fspath(path), 1, 1, "", str(error).replace("file or plan", "file"))]) from None
    tree, faults = parse(source, "plan")
    if tree is None:
        raise ScenarioError(faults)
    reader = Reader(source.label, faults)
    plan = _read(reader, tree, source.folder or Path())
    if reader.faults:
        raise ScenarioError(reader.faults)
    return plan


def _read(reader: Reader, tree: Branch, folder: Path) -> Plan:
    reader.known(tree, (), KEYS)
    cases = _cases(reader, tree, folder)
    variables, places = read_variables(reader, tree)
    design = read_design(reader, tree, variables)
    plan = Plan(
        reader.file,
        tuple(cases),
        tuple(variables),
        design,
        tuple(_outcomes(reader, tree.entries.get("outcomes"))),
        reader.whole(tree, ("replicates",), 10, 1, MOST_REPLICATES),
        reader.whole(tree, ("seed",), 1, 0, HIGHEST_SEED),
    )
    if not reader.faults:
        _try_values(reader, plan, places)
    return plan


def _cases(reader: Reader, tree: Branch, folder: Path) -> list[ScenarioVariant]:
    """One case a scenario and alternative; what cannot be read is a fault at the place that names it."""
    alternatives = _alternatives(reader, tree.entries.get("policies"), folder)
    found: list[ScenarioVariant] = []
    names: dict[str, str] = {}
    for source, place in _scenarios(reader, tree, folder):
        for laid, at in alternatives:
            try:
                case = read_variant(source, laid)
            except ScenarioError as error:
                _named_faults(reader, error, source, at if laid else place)
                if not laid:
                    break
                continue
            if case.scenario in names:
                what = "is given twice" if names[case.scenario] == source else "has the name of another"
                reader.fault(place, ("scenarios",), f"{case.scenario!r} {what}")
                break
            if any((c.source, c.policies) == (source, case.policies) for c in found):
                reader.fault(at, ("policies",), f"the alternative {case.policies} is given twice")
                continue
            found.append(case)
        names |= {case.scenario: source for case in found if case.source == source}
    return found


def _named_faults(reader: Reader, error: ScenarioError, source: str, place: Place) -> None:
    """Faults of a scenario under policies; those that only name what was asked for stand where the plan asks."""
    for fault in error.faults:
        if fault.file in ("--policy", "--set") or (fault.file == source and (fault.line, fault.column) == (1, 1)):
            reader.fault(place, (fault.key,) if fault.key else (), fault.message)
        elif fault not in reader.faults:
            reader.faults.append(fault)


def _scenarios(reader: Reader, tree: Branch, folder: Path) -> list[tuple[str, Place]]:
    one, several = tree.entries.get("scenario"), tree.entries.get("scenarios")
    start = tree.place or Place(reader.file, 1, 1)
    if (one is None) == (several is None):
        message = "give scenario or scenarios, not both" if one is not None else "give scenario: NAME, or scenarios"
        reader.fault(tree.keys.get("scenarios", start), (), message)
        return []
    if one is not None:
        items: Sequence[Node] = [one]
    elif isinstance(several, Items) and several.items:
        items = several.items
    else:
        reader.fault(several.place if several else start, ("scenarios",), f"must be a list, not {described(several)}")
        return []
    key = "scenario" if one is not None else "scenarios"
    found = []
    for item in items:
        source = read_source(reader, item, key, folder, SCENARIOS)
        if source is not None:
            found.append((source, item.place or start))
    return found


def read_source(reader: Reader, item: Node, key: str, folder: Path, library: LibraryFolder) -> str | None:
    """A name of the package, or the path of a file that is there, seen from the plan's folder."""
    if not isinstance(item, Leaf) or not isinstance(item.value, str) or not item.value:
        reader.fault(item.place, (key,), f"must be the name of a {library.word} or of a file, not {described(item)}")
        return None
    try:
        where = find(item.value, folder, library)
    except NotFoundError as error:
        reader.fault(item.place, (key,), str(error))
        return None
    return item.value if where.folder is None else where.label


def _alternatives(reader: Reader, node: Node | None, folder: Path) -> list[tuple[tuple[str, ...], Place]]:
    """Policies of each alternative; the scenario without any is the empty one."""
    start = Place(reader.file, 1, 1)
    if node is None:
        return [((), start)]
    if not isinstance(node, Items) or not node.items:
        reader.fault(node.place, ("policies",), f"must be a list of alternatives, not {described(node)}")
        return [((), start)]
    found: list[tuple[tuple[str, ...], Place]] = []
    for item in node.items:
        place = item.place or start
        if isinstance(item, Leaf) and item.value == BASE:
            found.append(((), place))
            continue
        if isinstance(item, Items) and not item.items:
            reader.fault(place, ("policies",), f"an alternative without policies is written {BASE}")
            continue
        names = [_policy(reader, one, folder) for one in (item.items if isinstance(item, Items) else (item,))]
        laid = tuple(name for name in names if name is not None)
        if len(laid) == len(names):
            found.append((laid, place))
    return found


def _policy(reader: Reader, item: Node, folder: Path) -> str | None:
    if isinstance(item, Leaf) and item.value in CONTINUUM.files():
        return str(item.value)
    return read_source(reader, item, "policies", folder, POLICIES)


def _outcomes(reader: Reader, node: Node | None) -> list[OutcomeSelector]:
    if node is None:
        return []
    if not isinstance(node, Items) or not node.items:
        reader.fault(node.place, ("outcomes",), f"must be a list of measures, not {described(node)}")
        return []
    found: list[OutcomeSelector] = []
    for item in node.items:
        if not isinstance(item, Leaf) or not isinstance(item.value, str):
            reader.fault(item.place, ("outcomes",), f"must hold MEASURE or MEASURE/GROUP, not {described(item)}")
            continue
        measure, slash, group = item.value.partition("/")
        if measure not in MEASURES:
            hint = did_you_mean(measure, MEASURES) or "; docs/columns.md lists them"
            reader.fault(item.place, ("outcomes",), f"there is no measure {measure!r}{hint}")
        elif slash and not _is_group(group):
            hint = did_you_mean(group, [g.partition(":")[0] for g in GROUPS])
            reader.fault(item.place, ("outcomes",), f"{group!r} is no group; write one of {', '.join(GROUPS)}{hint}")
        elif OutcomeSelector(measure, group if slash else None) in found:
            reader.fault(item.place, ("outcomes",), f"{item.value} is given twice")
        else:
            found.append(OutcomeSelector(measure, group if slash else None))
    return found


def _is_group(text: str) -> bool:
    kind, colon, name = text.partition(":")
    return text == "all" or bool(colon and name and kind in {g.partition(":")[0] for g in GROUPS[1:]})


def _try_values(reader: Reader, plan: Plan, places: dict[str, Place]) -> None:
    """Lay values of each variable over each case, by themselves; and the points of a list, all together."""
    for variable in plan.variables:
        for case in plan.variants:
            message = next((m for v in variable.samples() if (m := _wrong(case, {variable.key: v}, variable.key))), "")
            if message:
                under = "" if len(plan.variants) == 1 else f" (in {case.scenario}, policies {case.policies})"
                place = places.get(variable.key)
                reader.fault(place, (variable.role, variable.key), message + under)
                break
    if reader.faults:
        return
    for number, point in enumerate(plan.design.points[:_MOST_TRIED]):
        for case in plan.variants:
            key = next(iter(point))
            message = _wrong(case, dict(point), key)
            if message:
                place = places.get(f"design.points.{number}")
                reader.fault(place, ("design", "points", str(number)), message)
                break


def _wrong(case: ScenarioVariant, point: dict[str, Any], key: str) -> str:
    try:
        case.at(point)
    except ScenarioError as error:
        return fault_of_value(error, key)
    return ""


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


def read_design(reader: Reader, tree: Branch, variables: Sequence[Variable]) -> ExperimentDesign:
    """The design; its faults name what the kind needs."""
    node = tree.entries.get("design")
    varies = any(
        isinstance(n, Branch) and n.entries for n in (tree.entries.get(r) for r in ("levers", "uncertainties"))
    )
    if node is None:
        if varies:
            message = f"levers and uncertainties need a design: {{kind: one of {', '.join(KINDS)}}}"
            reader.fault(tree.place, (), message)
        return ExperimentDesign("grid")
    if not isinstance(node, Branch):
        reader.fault(node.place, ("design",), f"must be a mapping such as {{kind: grid}}, not {described(node)}")
        return ExperimentDesign("grid")
    reader.known(node, ("design",), ("kind", "size", "points"))
    given = node.entries.get("kind")
    kind = given.value if isinstance(given, Leaf) else None
    if not isinstance(kind, str) or kind not in KINDS:
        hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        message = f"must be one of {', '.join(KINDS)}, not {described(given)}{hint}"
        reader.fault(given.place if given else node.place, ("design", "kind"), message)
        return ExperimentDesign("grid")
    if not varies:
        reader.fault(node.place, ("design",), "there are no levers or uncertainties for it")
    wanted = {"grid": None, "list": "points"}.get(kind, "size")
    for name in ("size", "points"):
        if name in node.entries and name != wanted:
            reader.fault(node.keys[name], ("design", name), f"{kind} has no {name}")
    if wanted is not None and wanted not in node.entries:
        reader.fault(node.place, ("design",), f"{kind} needs {wanted}")
        return ExperimentDesign(kind)
    if kind == "grid":
        return _grid(reader, node, variables)
    if kind == "list":
        return ExperimentDesign(kind, points=_points(reader, node.entries["points"], variables))
    size = reader.whole(node, ("design", "size"), 1, 1, MOST_POINTS)
    if kind == "sobol" and size & (size - 1):
        near = 2 ** round(math.log2(size))
        reader.fault(
            node.entries["size"].place, ("design", "size"), f"sobol needs a power of 2, such as {near}, not {size}"
        )
    return ExperimentDesign(kind, size)


def _grid(reader: Reader, node: Branch, variables: Sequence[Variable]) -> ExperimentDesign:
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
    return ExperimentDesign("grid")


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
