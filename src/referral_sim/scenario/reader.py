"""Scenario files, presets, policies and overrides, read one way down into a checked scenario.

Files and what they name become layers, each layer a list of edits; the edits are laid over the defaults in their
order, and what comes of it is checked once. Layers count in this order, a later one over an earlier one: for each
file, the one that extends nothing first, its point of the continuum, its policies, its scores, its own keys; then the
policies of the command line; then the scores and the keys of the overrides.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .dated import PolicyDates, dated_values, fixed_differences
from .declared_keys import DeclaredKey
from .documents import DEEPEST, Document, Place, Written, decode, read_yaml
from .errors import Fault, ScenarioError
from .faults import VALUES, check, described, key_of, limited, plain
from .keys import Key, get_value, key_text, split_assignment
from .library import CONTINUUM, POLICIES, FoundFile, LibraryFolder, NotFoundError, find, split_policies
from .merge import Edit, MergedScenario, edits_of, merged, single_edit
from .named_layers import (
    Move,
    NamedKeys,
    Policy,
    expand_policy,
    expand_scores,
    read_policy,
    read_programme,
    shortened,
)
from .scenario import Scenario, declared_at, leaf_keys

Policies = Sequence[str | os.PathLike[str]]
SET, POLICY = "--set", "--policy"
"""What messages call an override and a policy of the command line."""
DATE_OPTIONS = {
    "begins": "--begins",
    "ends": "--ends",
    "phase_in_months": "--phase-in",
    "phase_in_programmes_months": "--phase-in-programmes",
}
"""What messages call the dates of a policy that the command line gives."""
FROM_FIRST_DAY = PolicyDates()
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Value:
    """One value of a scenario and where it comes from.

    Attributes:
        key: dotted path.
        value: as in JSON.
        unit: in words.
        origin: ``file:line``, ``policy NAME:line``, ``--policy``, ``--set`` or ``default``.
        source: the published place that a default rests on, or "assumed"; empty where a file gives the value.
    """

    key: str
    value: Any
    unit: str
    origin: str
    source: str


@dataclass(frozen=True)
class Moved:
    """One parameter that the score of an indicator moved, and what became of it.

    Attributes:
        indicator: its name.
        score: from 0 to 4.
        key: dotted path of the parameter; for a kind of part, of the strength of the part that every programme gets.
        before: the value without the score; for a kind of part the greatest strength of such parts, 0 if none.
        after: the value that the score stands for.
        origin: where the score is written, as in :class:`Value`.
        overruled: where the scenario's own value comes from if it is another in the end; empty otherwise.
    """

    indicator: str
    score: float
    key: str
    before: Any
    after: float
    origin: str
    overruled: str


@dataclass(frozen=True)
class Resolved:
    """A scenario with the origin of each of its values, in the order of the sections, and what scores moved."""

    scenario: Scenario
    values: tuple[Value, ...]
    moved: tuple[Moved, ...]

    def origins(self) -> dict[str, str]:
        """Key path -> where the value comes from, as in :class:`Value`."""
        return {value.key: value.origin for value in self.values}


def load_scenario(
    source: str | os.PathLike[str] | FoundFile,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    policies: Policies = (),
    *,
    dates: PolicyDates = FROM_FIRST_DAY,
    allow_code: bool = False,
) -> Scenario:
    """Read a scenario.

    Args:
        source: the name of a preset, or the path of a YAML file, and then any policies, each after a ``+``:
            ``east-borough+family-support-panel``; a path object is always a file. A text that is no file comes as a
            :class:`~.library.FoundFile`.
        overrides: dotted key -> value, or ``key.path=value`` each; later over earlier, all over the file and the
            policies.
        policies: names of policies or paths of their files, over the file, later over earlier; they become part of
            name and title.
        dates: when these policies, and those after a ``+``, are in force; over what their files say.
        allow_code: the file may name classes of agents, whose code runs with a model of it (``agents``).

    Raises:
        ScenarioError: with every fault that was found.
    """
    if not isinstance(overrides, Mapping):
        return _load(source, overrides, policies, dates, allow_code)[0]
    try:
        return _load(source, _assignments(overrides), policies, dates, allow_code)[0]
    except ScenarioError as error:
        raise ScenarioError(
            replace(fault, file=VALUES, line=0, column=0) if fault.file == SET else fault for fault in error.faults
        ) from None


def scenario_with(
    source: Scenario | str | os.PathLike[str], values: Mapping[str, Any], *, allow_code: bool = False
) -> Scenario:
    """A scenario, or what :func:`load_scenario` reads under its name, with values of one's own.

    Raises:
        ScenarioError: with every fault that was found.
    """
    if isinstance(source, Scenario):
        return source.with_values(**values) if values else source
    return load_scenario(source, values, allow_code=allow_code)


def _assignments(values: Mapping[str, Any]) -> list[str]:
    """Values that Python gives as the command line writes them; JSON is YAML, and its numbers come back bit for bit."""
    found = []
    for name, value in values.items():
        try:
            key = key_text(key_of(name))
        except ValueError as error:
            raise ScenarioError([Fault(SET, 0, 0, name, str(error))]) from None
        written = str(value) if isinstance(value, dt.date) else json.dumps(plain(value), default=str)
        found.append(f"{key}={written}")
    return found


def resolve(
    source: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    policies: Policies = (),
    *,
    dates: PolicyDates = FROM_FIRST_DAY,
) -> Resolved:
    """Read a scenario like :func:`load_scenario` and say where each value comes from.

    Raises:
        ScenarioError: with every fault that was found.
    """
    scenario, tree, moves = _load(source, overrides, policies, dates)
    values = tuple(_values(scenario, tree))
    return Resolved(scenario, values, tuple(_moved(moves, values)))


def _load(
    source: str | os.PathLike[str] | FoundFile,
    overrides: Sequence[str],
    policies: Policies,
    dates: PolicyDates = FROM_FIRST_DAY,
    allow_code: bool = False,
) -> tuple[Scenario, MergedScenario, list[Move]]:
    more: list[str] = []
    if not isinstance(source, FoundFile):
        source, more = split_policies(source)
    chain = read_chain(source)
    faults = chain.faults
    reading = _Reading(faults)
    layers = [reading.file_layer(document) for document in chain.documents]
    layers.append(reading.policy_layer([*more, *policies], dates))
    layers.append(reading.override_layer(overrides))
    tree, moves = _merge_layers(layers, faults)
    whole = chain.complete and not faults
    if whole:
        faults += tree.faults
    # Where something could not be read, checks between keys would complain about what is missing.
    scenario, wrong = check(tree, Scenario, between_keys=whole and not tree.faults)
    faults += wrong
    if scenario is not None and scenario.agents and not allow_code:
        faults += [tree.fault(("agents", at), code_refused([name])) for at, name in enumerate(scenario.agents)]
    if faults or scenario is None:
        raise ScenarioError(limited(faults))
    if any(not one.from_first_day(scenario.time) for layer in layers for _, one in layer.dated()):
        scenario, tree = _with_dates(layers, scenario)
    return scenario, tree, moves


def _with_dates(layers: Sequence[Layer], whole: Scenario) -> tuple[Scenario, MergedScenario]:
    """The scenario of the first day, without the policies that begin later, and from each date on what they make of it.

    Args:
        layers: of the scenario.
        whole: the scenario with all policies in force.
    """
    dated = [(policy, at) for layer in layers for policy, at in layer.dated() if not at.from_first_day(whole.time)]
    faults: list[Fault] = []
    for policy, at in dated:
        for name, message in at.faults(whole.time, len(whole.programmes)):
            by_option = getattr(at, name) is not None and getattr(at, name) != getattr(policy.file, name)
            place = Place(DATE_OPTIONS[name], 1, 1) if by_option else policy.document.place((name,), of_key=True)
            faults.append(policy.document.fault_at(place, (name,), message))
    if faults:
        raise ScenarioError(limited(faults))
    said = "; ".join(dict.fromkeys(at.in_words() for _, at in dated))
    trees = []
    for count in range(len(dated) + 1):
        trees.append(_merge_layers(layers, faults, {policy.identity for policy, _ in dated[count:]})[0])
        named = single_edit(("name",), whole.name, Place(POLICY, 1, 1))
        named += single_edit(("title",), f"{whole.title} ({said})", Place(POLICY, 1, 1))
        trees[-1].apply(named)
    scenarios = [check(tree, Scenario) for tree in trees]
    faults += [fault for _, wrong in scenarios for fault in wrong]
    steps = [one.model_dump(mode="json") for one, _ in scenarios if one is not None]
    for (policy, _), before, after in zip(dated, steps, steps[1:], strict=False):
        place = policy.document.place(("begins",), of_key=True)
        for text, why in fixed_differences(before, after):
            faults.append(Fault(place.file, place.line, place.column, text, why))
    if faults:
        raise ScenarioError(limited(faults))
    values = dated_values([(at, steps[n], steps[n + 1]) for n, (_, at) in enumerate(dated)])
    first = trees[0]
    first.apply(single_edit(("dated",), [one.model_dump() for one in values], dated[0][0].document.place(())))
    scenario, wrong = check(first, Scenario)
    if scenario is None:
        raise ScenarioError(limited(wrong))
    return scenario, first


def code_refused(names: Sequence[str]) -> str:
    """Why classes that a scenario names are refused where nobody has allowed their code to run, and how to allow it."""
    what = "names a class" if len(names) == 1 else "name classes"
    return (
        f"{', '.join(map(repr, names))} {what}, whose code would run; no command runs code that a scenario names. If "
        "you trust it, run the scenario in Python: ReferralModel(FILE, rng=SEED, allow_code=True).run().measures()"
    )


# --- files ------------------------------------------------------------------------------------------------------------


@dataclass
class Chain:
    """The files of a scenario, the one that extends nothing first, and what was wrong with them.

    Attributes:
        documents: one a file.
        faults: what was found while reading.
        complete: every file of the chain could be read.
    """

    documents: list[Document] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    complete: bool = False


def read_chain(source: str | os.PathLike[str] | FoundFile) -> Chain:
    """Read a scenario file and everything that it extends."""
    chain = Chain()
    seen: dict[str, str] = {}
    wanted: str | os.PathLike[str] | FoundFile | None = source
    folder: Path | None = Path()
    at = Fault(source.label if isinstance(source, FoundFile) else os.fspath(source), 1, 1, "", "")
    while wanted is not None:
        try:
            found = wanted if isinstance(wanted, FoundFile) else find(wanted, folder)
            _refuse_circle(found, seen)
        except NotFoundError as error:
            chain.faults.append(replace(at, message=str(error)))
            return chain
        seen[found.identity] = found.label
        document, more = decode(found.data, found.label, "scenario")
        chain.faults += more
        if document is None:
            return chain
        document.folder, document.quoted = found.folder, True
        chain.documents.insert(0, document)
        named, wrong = _named_key(document, "extends")
        chain.faults += wrong
        if wrong:
            return chain
        wanted, folder, at = named.extends, found.folder, document.fault(("extends",), "")
    chain.complete = True
    return chain


def _refuse_circle(found: FoundFile, seen: dict[str, str]) -> None:
    if found.identity in seen:
        labels = list(seen.values())
        circle = labels[list(seen).index(found.identity) :]
        message = f"the files extend each other in a circle: {' -> '.join([*circle, found.label])}"
        raise NotFoundError(message)


def _named_key(document: Document, key: str) -> tuple[NamedKeys, list[Fault]]:
    """What stands under one of the keys that only name something, and what is wrong with it."""
    given = {key: document.values[key]} if key in document.values else {}
    alone = Document(document.label, given, document.written, quoted=True)
    named, faults = check(alone, NamedKeys)
    return named or NamedKeys(), faults


# --- layers -----------------------------------------------------------------------------------------------------------


@dataclass
class Layer:
    """One file, all policies of the command line, or all overrides.

    Attributes:
        policies: its point of the continuum and its policies, in the order in which they count.
        scores: scores of indicators, each with the document that gives them.
        own: the keys that it gives itself.
        renamed: name and title say which policies there are.
        dates: when its policies are in force, over what their files say.
    """

    policies: list[Policy] = field(default_factory=list)
    scores: list[tuple[dict[str, float], Document]] = field(default_factory=list)
    own: list[Edit] = field(default_factory=list)
    renamed: bool = False
    dates: PolicyDates = FROM_FIRST_DAY

    def dated(self) -> list[tuple[Policy, PolicyDates]]:
        """Each policy and when it is in force: what its file says, and the command line over it."""
        return [(policy, self.dates.over(policy.file.dates)) for policy in self.policies]


def _merge_layers(
    layers: Sequence[Layer], faults: list[Fault], without: Collection[str] = ()
) -> tuple[MergedScenario, list[Move]]:
    """All layers over the defaults, and what scores moved; without the policies of some identities.

    A policy reads the values of the whole scenario, those that later layers give themselves included.
    """
    tree = merged()
    moves: list[Move] = []
    for at, layer in enumerate(layers):
        if layer.policies:
            later = [edit for other in layers[at:] for edit in other.own]
        for policy in layer.policies:
            if policy.identity in without:
                continue
            whole = tree.copy()
            whole.apply(later)
            expanded = expand_policy(policy, tree, whole)
            tree.apply(expanded.edits)
            moves += expanded.moves
            faults += expanded.faults
        for scores, document in layer.scores:
            expanded = expand_scores(scores, document, tree)
            tree.apply(expanded.edits)
            moves += expanded.moves
        tree.apply(_renaming(tree, layer.policies) if layer.renamed else layer.own)
    return tree, moves


def _renaming(tree: MergedScenario, policies: Sequence[Policy]) -> list[Edit]:
    """Name and title of a scenario under policies of the command line, so that it can stand beside its base."""
    place = Place(POLICY, 1, 1)
    edits: list[Edit] = []
    name, title = tree.values["name"], tree.values["title"]
    if policies and isinstance(name, str):
        text = "+".join([name, *(policy.name for policy in policies)])
        edits += single_edit(("name",), shortened(text, _LONGEST_NAME), place)
    if policies and isinstance(title, str):
        edits += single_edit(("title",), " + ".join([title, *(policy.title for policy in policies)]), place)
    return edits


class _Reading:
    """What is named on the way down, and what is wrong with it.

    Attributes:
        faults: in the order in which they are found.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self._applied: dict[str, str] = {}

    def file_layer(self, document: Document) -> Layer:
        """The layer of a scenario file."""
        layer = Layer()
        for key, library in (("continuum", CONTINUUM), ("policies", POLICIES)):
            named, wrong = _named_key(document, key)
            self.faults += wrong
            given = named.policies if key == "policies" else [named.continuum] if named.continuum else []
            for position, source in enumerate(given):
                place = document.place((key, position) if key == "policies" else (key,))
                folder = document.folder if library is POLICIES else None
                self._add_policy(layer, source, folder, library, document.fault_at(place, (key,), ""))
        self._add_scores(layer, document)
        layer.own = self._own_edits(document, 0)
        return layer

    def policy_layer(self, policies: Policies, dates: PolicyDates) -> Layer:
        """The layer of the policies of the command line."""
        layer = Layer(renamed=True, dates=dates)
        for source in policies:
            self._add_policy(layer, source, Path(), POLICIES, Fault(POLICY, 1, 1, "", ""))
        return layer

    def override_layer(self, overrides: Sequence[str]) -> Layer:
        """The layer of ``key.path=value``, later over earlier."""
        layer = Layer()
        for text in overrides:
            document, depth, faults = read_override(text)
            self.faults += faults
            if document is not None and "indicators" in document.values:
                self._add_scores(layer, document)
            elif document is not None:
                layer.own += self._own_edits(document, depth)
        return layer

    def _add_policy(
        self, layer: Layer, source: str | os.PathLike[str], folder: Path | None, library: LibraryFolder, at: Fault
    ) -> None:
        """Read a policy; a fault of its name stands where it is named, ``at``."""
        policy = None
        try:
            policy, faults = read_policy(source, folder, library)
        except NotFoundError as error:
            faults = [replace(at, message=str(error))]
        if policy is not None and policy.identity in self._applied:
            before = self._applied[policy.identity]
            message = f"{policy.document.label} is here already{before}; a policy is applied once"
            faults.append(replace(at, message=message))
        elif policy is not None:
            self._applied[policy.identity] = f" ({at.file}:{at.line})" if at.file != POLICY else ""
            layer.policies.append(policy)
        self.faults += faults

    def _add_scores(self, layer: Layer, document: Document) -> None:
        named, wrong = _named_key(document, "indicators")
        self.faults += wrong
        if named.indicators:
            layer.scores.append((named.indicators, document))

    def _own_edits(self, document: Document, dotted: int) -> list[Edit]:
        """The keys that a file or an override gives itself, with the values of described programmes under theirs."""
        values = dict(document.values)
        if not dotted:
            values = {key: value for key, value in values.items() if key not in Scenario.file_keys}
        programmes = values.get("programmes")
        likes: dict[Key, Any] = {}
        if isinstance(programmes, dict):
            likes = {("programmes", n): p["like"] for n, p in programmes.items() if isinstance(p, dict) and "like" in p}
        edits: list[Edit] = []
        own = Document(document.label, values, document.written, quoted=True)
        for edit in edits_of(own, dotted=dotted):
            if edit.key[:-1] in likes and edit.key[-1] == "like":
                continue
            edits.append(edit)
            if edit.key in likes and edit.opens:
                edits += self._programme_edits(document, edit.key, likes[edit.key])
        return edits

    def _programme_edits(self, document: Document, key: Key, source: object) -> list[Edit]:
        """The values of the described programme that an entry names under ``like``."""
        named = (*key, "like")
        if not isinstance(source, str) or not source:
            message = f"must be the name of a described programme or of a file, not {described(source)}"
            self.faults.append(document.fault(named, message))
            return []
        try:
            found, faults = read_programme(source, document.folder)
        except NotFoundError as error:
            found, faults = None, [document.fault(named, str(error))]
        self.faults += faults
        return list(edits_of(found.document, ("programme",), key)) if found is not None else []


# --- overrides --------------------------------------------------------------------------------------------------------


def read_override(text: str) -> tuple[Document | None, int, list[Fault]]:
    """Read ``key.path=value``.

    Args:
        text: a part of the path with a dot in it stands in quotes. The value is YAML: a scalar, ``[a, list]`` or
            ``{a: mapping}``.

    Returns:
        What a file with this one value would hold, None if it cannot be read; the number of parts of the key; the
        faults. Places are in the file ``--set``, line 1, at the position in the text.
    """
    parts, start, message = split_assignment(text)
    if message:
        return None, 0, [Fault(SET, 1, start + 1, "", message)]
    if len(parts) > DEEPEST:
        return None, 0, [Fault(SET, 1, 1, "", f"a key has no more than {DEEPEST} parts, not {len(parts)}")]
    key = tuple(part for part, _ in parts)
    document, faults = read_yaml(text[start:], SET, lambda _line, _column, index: Place(SET, 1, start + index + 1))
    faults = [Fault(f.file, f.line, f.column, f"{key_text(key)}.{f.key}".rstrip("."), f.message) for f in faults]
    if document is None and not faults:
        message = f"no value after '='; for none write {key_text(key)}=null"
        faults = [Fault(SET, 1, start + 1, key_text(key), message)]
    if document is None:
        return None, 0, faults
    values = document.values
    written: dict[Key, Written] = {}
    for end, (_, column) in enumerate(parts, start=1):
        place = Place(SET, 1, column + 1)
        written[key[:end]] = Written(place, place)
    written[key] = Written(document.written[()].value, written[key].key)
    written |= {(*key, *below): at for below, at in document.written.items() if below}
    for part in reversed(key):
        values = {part: values}
    return Document(SET, values, written, folder=Path(), quoted=True), len(key), faults


# --- what came of it --------------------------------------------------------------------------------------------------


def _values(scenario: Scenario, tree: MergedScenario) -> list[Value]:
    dumped = scenario.model_dump(mode="json")
    values = []
    for key in leaf_keys(dumped):
        here = declared_at(key) or DeclaredKey("value")
        written = tree.written.get(key)
        origin = "default" if written is None else _written(written.value)
        source = here.source if origin == "default" else ""
        values.append(Value(key_text(key), get_value(dumped, key), here.unit, origin, source))
    return values


def _moved(moves: Sequence[Move], values: Sequence[Value]) -> list[Moved]:
    final = {value.key: value for value in values}
    found = []
    for move in moves:
        last = final.get(move.key)
        overruled = "taken out" if last is None else "" if last.value == move.after else last.origin
        origin = _written(move.place)
        found.append(Moved(move.indicator, move.score, move.key, move.before, move.after, origin, overruled))
    return found


def _written(place: Place) -> str:
    return place.file if place.file in (SET, POLICY) else f"{place.file}:{place.line}"
