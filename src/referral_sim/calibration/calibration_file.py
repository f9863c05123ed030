"""What a calibration is asked: parameters with priors, targets with their sampling noise, and how much work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..experiment.plan_file import HIGHEST_SEED, PLANS, Reader, read_source, read_variable
from ..experiment.variables import Variable
from ..experiment.variants import ScenarioVariant, fault_of_value, read_variant
from ..measures.table import MEASURES
from ..scenario import ScenarioError
from ..scenario.errors import Fault
from ..scenario.library import SCENARIOS
from ..scenario.nearest import did_you_mean
from ..scenario.sources import NotFoundError, find, parse
from ..scenario.tree import Branch, Items, Leaf, Node
from ..scenario.wording import described
from .targets import Target, read_target

SIZES = {
    "trajectories": (4, 2),
    "wave_1": (200, 20),
    "wave_2": (240, 20),
    "check": (200, 5),
    "draws": (400, 20),
    "files": (20, 0),
    "transplants": (40, 0),
    "steps": (6000, 400),
}
"""How much of each kind of work: (if not given, at least)."""
KEYS = ("parameters", "targets", "scenarios", "seed", "size", "transplant")


@dataclass(frozen=True)
class Parameter:
    """An uncertain parameter.

    Attributes:
        key: dotted key of the scenario.
        prior: its prior distribution.
        unit: in words.
        source: where the prior comes from.
        own: scenarios that each have a value of their own; empty for one that all share.
    """

    key: str
    prior: Variable
    unit: str
    source: str
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calibration:
    """What is asked.

    Attributes:
        file: what messages call the plan.
        parameters: shared ones first.
        targets: fitted and held out.
        scenarios: names of the scenarios.
        sources: name -> preset or path, as the sweep reads it.
        seed: of all runs and of the inference.
        size: how much of each kind of work (``SIZES`` has the names).
        transplant: policy put into the other scenarios, and the scenario that it was taken from; or None.
        digest: of the three files' texts.
    """

    file: str
    parameters: tuple[Parameter, ...]
    targets: tuple[Target, ...]
    scenarios: tuple[str, ...]
    sources: dict[str, str]
    seed: int
    size: dict[str, int]
    transplant: tuple[str, str] | None
    digest: str

    def fitted(self, scenario: str | None = None) -> list[Target]:
        """Targets that are fitted to, of one scenario or of all, in the order of the scenarios."""
        names = self.scenarios if scenario is None else (scenario,)
        return [t for name in names for t in self.targets if t.scenario == name and t.role == "fit"]


def load_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read the plan of a calibration, and the files of parameters and targets that it names.

    Raises:
        ScenarioError: with every fault and its place.
    """
    texts: list[str] = []
    reader, tree, folder = _parsed(Path(path), Path(), texts)
    reader.known(tree, (), KEYS)
    cases = _cases(reader, tree, folder)
    scenarios = list(cases)
    seed = reader.whole(tree, ("seed",), 1, 0, HIGHEST_SEED)
    size = {k: default for k, (default, _) in SIZES.items()}
    given = tree.entries.get("size")
    if isinstance(given, Branch):
        reader.known(given, ("size",), tuple(SIZES))
        size = {k: reader.whole(given, ("size", k), d, least, 100_000) for k, (d, least) in SIZES.items()}
    parameters: list[Parameter] = []
    targets: list[Target] = []
    faults = list(reader.faults)
    for name, read in (("parameters", _parameters), ("targets", _targets)):
        file = _word(reader, tree, name)
        if file is None:
            continue
        inner, branch, _ = _parsed(Path(file), folder, texts)
        found = list(read(inner, branch, scenarios))
        faults += inner.faults
        (parameters if name == "parameters" else targets).extend(found)  # type: ignore[arg-type]
    transplant = _transplant(reader, tree)
    faults = [*reader.faults, *(f for f in faults if f not in reader.faults)]
    for p in parameters:
        faults += _refused(reader.file, p, [case for name, case in cases.items() if not p.own or name in p.own])
    if not faults and not any(t.role == "fit" for t in targets):
        faults.append(Fault(reader.file, 1, 1, "targets", "none has the role fit"))
    if faults:
        raise ScenarioError(faults)
    parameters.sort(key=lambda p: bool(p.own))
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
    sources = {name: case.source for name, case in cases.items()}
    return Calibration(
        reader.file, tuple(parameters), tuple(targets), tuple(scenarios), sources, seed, size, transplant, digest
    )


def _cases(reader: Reader, tree: Branch, folder: Path) -> dict[str, ScenarioVariant]:
    """The scenarios by name."""
    node = tree.entries.get("scenarios")
    if not isinstance(node, Items) or not node.items:
        reader.fault(node.place if node else tree.place, ("scenarios",), f"must be a list, not {described(node)}")
        return {}
    found: dict[str, ScenarioVariant] = {}
    for item in node.items:
        source = read_source(reader, item, "scenarios", folder, SCENARIOS)
        if source is None:
            continue
        try:
            case = read_variant(source, ())
        except ScenarioError as error:
            reader.faults += error.faults
            continue
        if case.scenario in found:
            reader.fault(item.place, ("scenarios",), f"{case.scenario!r} has the name of another")
        found[case.scenario] = case
    return found


def _refused(file: str, parameter: Parameter, cases: list[ScenarioVariant]) -> list[Fault]:
    """Faults of values of the prior that a scenario does not allow; of the first such scenario."""
    for case in cases:
        for value in parameter.prior.samples():
            try:
                case.at({parameter.key: value})
            except ScenarioError as error:
                message = f"{fault_of_value(error, parameter.key)} (in {case.scenario})"
                return [Fault(file, 1, 1, parameter.key, message)]
    return []


def _parsed(path: Path, folder: Path, texts: list[str]) -> tuple[Reader, Branch, Path]:
    try:
        source = find(path, folder, PLANS)
    except NotFoundError as error:
        raise ScenarioError([Fault(os.fspath(path), 1, 1, "", str(error).replace("file or plan", "file"))]) from None
    tree, faults = parse(source, "calibration")
    if tree is None:
        raise ScenarioError(faults)
    where = source.folder or Path()
    texts.append((where / path.name).read_text("utf-8"))
    return Reader(source.label, faults), tree, where


def _word(reader: Reader, tree: Branch, key: str) -> str | None:
    node = tree.entries.get(key)
    if isinstance(node, Leaf) and isinstance(node.value, str):
        return node.value
    reader.fault(node.place if node else tree.place, (key,), f"must be the path of a file, not {described(node)}")
    return None


def _words(reader: Reader, tree: Branch, key: str) -> list[str]:
    node = tree.entries.get(key)
    items = node.items if isinstance(node, Items) else []
    found = [i.value for i in items if isinstance(i, Leaf) and isinstance(i.value, str)]
    if not found or len(found) != len(items):
        reader.fault(node.place if node else tree.place, (key,), f"must be a list of names, not {described(node)}")
    return found


def _transplant(reader: Reader, tree: Branch) -> tuple[str, str] | None:
    node = tree.entries.get("transplant")
    if node is None:
        return None
    values = [node.entries.get(k) for k in ("policy", "from")] if isinstance(node, Branch) else []
    words = [v.value for v in values if isinstance(v, Leaf) and isinstance(v.value, str)]
    if len(words) != 2:
        reader.fault(node.place, ("transplant",), "must be {policy: NAME, from: SCENARIO}")
        return None
    return words[0], words[1]


def _parameters(reader: Reader, tree: Branch, scenarios: list[str]) -> Iterator[Parameter]:
    for key, node in tree.entries.items():
        if not isinstance(node, Branch) or "prior" not in node.entries:
            reader.fault(node.place, (key,), "must be a mapping with prior, unit and source")
            continue
        reader.known(node, (key,), ("prior", "unit", "source", "own"))
        prior = read_variable(reader, "uncertainties", key, node.entries["prior"])
        own: tuple[str, ...] = ()
        given = node.entries.get("own")
        if isinstance(given, Leaf) and given.value is True:
            own = tuple(scenarios)
        elif given is not None:
            own = tuple(_words(reader, node, "own"))
            for name in set(own) - set(scenarios):
                hint = did_you_mean(name, scenarios) or f"; they are {', '.join(scenarios)}"
                reader.fault(given.place, (key, "own"), f"{name!r} is no scenario of this calibration{hint}")
        words = {k: _text(node.entries.get(k)) for k in ("unit", "source")}
        if prior is not None:
            yield Parameter(key, prior, words["unit"], words["source"], own)


def _targets(reader: Reader, tree: Branch, scenarios: list[str]) -> Iterator[Target]:
    seen: set[tuple[Any, ...]] = set()
    for name, node in tree.entries.items():
        if not isinstance(node, Items):
            reader.fault(node.place, (name,), f"must be a list of figures, not {described(node)}")
            continue
        if name not in scenarios:
            hint = did_you_mean(name, scenarios) or f"; they are {', '.join(scenarios)}"
            reader.fault(tree.keys[name], (name,), f"is no scenario of this calibration{hint}")
        for number, item in enumerate(node.items):
            target = read_target(reader, (name, str(number)), item, MEASURES)
            if target is None:
                continue
            mark = (name, target.measure, target.group, target.series)
            if mark in seen:
                reader.fault(item.place, (name, str(number)), "this figure is given twice")
            seen.add(mark)
            yield target


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, Leaf) else ""
