"""A plan's YAML file into a checked plan, or every fault with its place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..measures.table import MEASURES
from ..scenario import ScenarioError
from ..scenario.errors import Fault
from ..scenario.library import CONTINUUM, POLICIES, SCENARIOS, Shelf
from ..scenario.nearest import did_you_mean
from ..scenario.sources import NotFoundError, find, parse
from ..scenario.tree import Branch, Items, Leaf, Node, Place
from ..scenario.wording import described
from .plan import BASE, Case, Outcome, Plan, fault_of_value, read_case
from .variables import Reader, read_design, read_variables

PLANS = Shelf("plan", "plans", ("no-plans-come-with-the-package",))
KEYS = (
    "scenario", "scenarios", "policies", "levers", "uncertainties", "outcomes", "design", "replicates", "seed",
)  # fmt: skip
GROUPS = ("all", "locality:NAME", "programme:NAME", "source:NAME", "category:NAME", "tier:N")
MOST_REPLICATES = 1_000_000
HIGHEST_SEED = 2**32 - 1
_MOST_TRIED = 1000


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


def _cases(reader: Reader, tree: Branch, folder: Path) -> list[Case]:
    """One case a scenario and alternative; what cannot be read is a fault at the place that names it."""
    alternatives = _alternatives(reader, tree.entries.get("policies"), folder)
    found: list[Case] = []
    names: dict[str, str] = {}
    for source, place in _scenarios(reader, tree, folder):
        for laid, at in alternatives:
            try:
                case = read_case(source, laid)
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


def read_source(reader: Reader, item: Node, key: str, folder: Path, shelf: Shelf) -> str | None:
    """A name of the package, or the path of a file that is there, seen from the plan's folder."""
    if not isinstance(item, Leaf) or not isinstance(item.value, str) or not item.value:
        reader.fault(item.place, (key,), f"must be the name of a {shelf.word} or of a file, not {described(item)}")
        return None
    try:
        where = find(item.value, folder, shelf)
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


def _outcomes(reader: Reader, node: Node | None) -> list[Outcome]:
    if node is None:
        return []
    if not isinstance(node, Items) or not node.items:
        reader.fault(node.place, ("outcomes",), f"must be a list of measures, not {described(node)}")
        return []
    found: list[Outcome] = []
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
        elif Outcome(measure, group if slash else None) in found:
            reader.fault(item.place, ("outcomes",), f"{item.value} is given twice")
        else:
            found.append(Outcome(measure, group if slash else None))
    return found


def _is_group(text: str) -> bool:
    kind, colon, name = text.partition(":")
    return text == "all" or bool(colon and name and kind in {g.partition(":")[0] for g in GROUPS[1:]})


def _try_values(reader: Reader, plan: Plan, places: dict[str, Place]) -> None:
    """Lay values of each variable over each case, by themselves; and the points of a list, all together."""
    for variable in plan.variables:
        for case in plan.cases:
            message = next((m for v in variable.samples() if (m := _wrong(case, {variable.key: v}, variable.key))), "")
            if message:
                under = "" if len(plan.cases) == 1 else f" (in {case.scenario}, policies {case.policies})"
                place = places.get(variable.key)
                reader.fault(place, (variable.role, variable.key), message + under)
                break
    if reader.faults:
        return
    for number, point in enumerate(plan.design.points[:_MOST_TRIED]):
        for case in plan.cases:
            key = next(iter(point))
            message = _wrong(case, dict(point), key)
            if message:
                place = places.get(f"design.points.{number}")
                reader.fault(place, ("design", "points", str(number)), message)
                break


def _wrong(case: Case, point: dict[str, Any], key: str) -> str:
    try:
        case.at(point)
    except ScenarioError as error:
        return fault_of_value(error, key)
    return ""
