"""A plan's YAML file into a checked plan, or every fault with its place."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, PlainValidator, WrapValidator, field_validator, model_validator

from ..measures.table import MEASURES
from ..scenario import ScenarioError
from ..scenario.documents import Document
from ..scenario.errors import Fault, clipped, did_you_mean
from ..scenario.faults import FileModel, check, described, limited, read_file
from ..scenario.fields import CheckError, Problem
from ..scenario.keys import Key, key_text, parse_key
from ..scenario.library import CONTINUUM, POLICIES, SCENARIOS, LibraryFolder, NotFoundError, find
from .jobs import OutcomeSelector
from .plan import Plan
from .variants import (
    BASE,
    ExperimentDesign,
    Point,
    ScenarioVariant,
    Value,
    Variable,
    read_variant,
    refusal,
    type_of,
)

GROUPS = ("all", "locality:NAME", "programme:NAME", "source:NAME", "category:NAME", "tier:N")
IN_PYTHON = "plan"
"""What messages call a plan that has no file."""
MOST_REPLICATES = 1_000_000
MOST_POINTS = 1_000_000
MOST_RUNS = 1_000_000
HIGHEST_SEED = 2**32 - 1
_MOST_TRIED = 1000

T = TypeVar("T")
Law = Literal["uniform", "loguniform", "normal", "triangular", "integers", "categorical"]
Kind = Literal["grid", "list", "latin-hypercube", "sobol"]
Role = Literal["levers", "uncertainties"]
_NEEDS: dict[str, tuple[str, ...]] = {
    "uniform": ("range",),
    "loguniform": ("range",),
    "normal": ("mean", "sd"),
    "triangular": ("range", "mode"),
    "integers": ("range",),
    "categorical": ("values",),
}
_TAKES = {**_NEEDS, "normal": ("mean", "sd", "range")}


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    return clipped(str(value)) if isinstance(value, list) else described(value)


def _each(given: Any, what: str, check: Callable[[Any, Sequence[Any]], T]) -> tuple[T, ...]:
    """The items of a list that is not empty, or what is wrong with each of them.

    Args:
        given: what a file has.
        what: it must be.
        check: gives what an item stands for; is given the item and those before it.
    """
    if not isinstance(given, list) or not given:
        raise ValueError(f"must be {what}, not {'empty' if given == [] else described(given)}")
    found: list[T] = []
    wrong: list[Problem] = []
    for place, item in enumerate(given):
        try:
            found.append(check(item, found))
        except CheckError as error:
            wrong += [Problem((place, *one.key), one.message) for one in error.problems]
        except ValueError as error:
            wrong.append(Problem((place,), str(error)))
    if wrong:
        raise CheckError(wrong)
    return tuple(found)


def _list_of(what: str, check: Callable[[Any, Sequence[Any]], Any]) -> PlainValidator:
    """For a field: a list that is not empty, of items as ``check`` gives them."""
    return PlainValidator(partial(_each, what=what, check=check))


def _value(value: Any, before: Sequence[Value] = ()) -> Value:
    """A value of the same kind as those before it, and none of them."""
    if not isinstance(value, (bool, str)) and not _is_number(value):
        raise ValueError(f"must be a number, a word, true or false, not {described(value)}")
    found: Value = value
    if found in before:
        raise ValueError(f"{found!r} is given twice")
    if before and type_of(found) is not type_of(before[0]):
        raise ValueError(f"values must be of one kind: {_shown([*before, found])}")
    return found


def _range(given: Any) -> tuple[float, float]:
    if not isinstance(given, list) or len(given) != 2 or not all(map(_is_number, given)):
        raise ValueError(f"must be [lowest, highest], two numbers, not {_shown(given)}")
    low, high = given
    if low >= high:
        raise ValueError(f"the first must be less than the second, not {_shown(given)}")
    return low, high


class VariableEntry(FileModel):
    """How a variable is distributed: its law, and what this law takes."""

    distribution: Law | None = None
    range: Annotated[tuple[float, float] | None, PlainValidator(_range)] = None
    values: Annotated[tuple[Value, ...], _list_of("a list of values", _value)] = ()
    mean: float | None = None
    sd: float | None = None
    mode: float | None = None

    @property
    def law(self) -> str:
        """The distribution, which need not be written where values or a range say it."""
        return self.distribution or ("categorical" if "values" in self.model_fields_set else "uniform")

    @field_validator("sd")
    @classmethod
    def _above_nothing(cls, value: float) -> float:
        if value <= 0:
            raise ValueError(f"must be above 0, not {described(value)}")
        return value

    @model_validator(mode="after")
    def _fits_its_law(self) -> VariableEntry:
        law = self.law
        given = {name for name in self.model_fields_set - {"distribution"} if getattr(self, name) is not None}
        takes = _TAKES[law]
        wrong = [
            Problem((name,), f"{law} has no {name}; it takes {', '.join(takes)}")
            for name in type(self).model_fields
            if name in given and name not in takes
        ]
        wrong += [Problem((), f"{law} needs {name}") for name in _NEEDS[law] if name not in given]
        if not wrong and self.range is not None:
            low, high = self.range
            if law == "loguniform" and low <= 0:
                wrong.append(Problem(("range",), f"loguniform needs numbers above 0, not {_shown([low, high])}"))
            elif law == "integers" and not (isinstance(low, int) and isinstance(high, int)):
                wrong.append(Problem(("range",), f"integers needs whole numbers, not {_shown([low, high])}"))
            elif self.mode is not None and not low <= self.mode <= high:
                wrong.append(Problem(("mode",), f"must lie between {low:g} and {high:g}"))
        if wrong:
            raise CheckError(wrong)
        return self

    def variable(self, key: str, role: Role) -> Variable:
        """The variable of a key."""
        low, high = self.range or (None, None)
        more = {name: value for name in ("mean", "sd", "mode") if (value := getattr(self, name)) is not None}
        return Variable(key, role, self.law, low, high, values=self.values, **more)


def _entry(given: Any, read: Callable[[Any], VariableEntry]) -> VariableEntry:
    """A variable's entry; a list is short for its values."""
    if isinstance(given, list):
        return VariableEntry.model_construct(_fields_set={"values"}, values=_each(given, "a list of values", _value))
    if isinstance(given, Mapping):
        return read(given)
    raise ValueError(f"must be a list of values, or a mapping with range or values, not {described(given)}")


VariableOrValues = Annotated[VariableEntry, WrapValidator(_entry)]


def _point(given: Any, before: Sequence[Any]) -> dict[str, Value]:
    if not isinstance(given, Mapping):
        raise ValueError(f"must be a mapping of keys to values, not {described(given)}")
    found: dict[str, Value] = {}
    wrong = []
    for key, item in given.items():
        try:
            found[key] = _value(item)
        except ValueError as error:
            wrong.append(Problem((key,), str(error)))
    if wrong:
        raise CheckError(wrong)
    return found


class DesignEntry(FileModel):
    """How the points are chosen among the values."""

    kind: Kind = Field(description=f"one of {', '.join(get_args(Kind))}")
    size: int | None = Field(None, ge=1, le=MOST_POINTS)
    points: Annotated[tuple[dict[str, Value], ...], _list_of("a list of mappings of keys to values", _point)] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> DesignEntry:
        wanted = {"grid": None, "list": "points"}.get(self.kind, "size")
        given = self.model_fields_set - {"kind"}
        wrong = [Problem((name,), f"{self.kind} has no {name}") for name in sorted(given) if name != wanted]
        if wanted is not None and wanted not in given:
            wrong.append(Problem((), f"{self.kind} needs {wanted}"))
        size = self.size or 1
        if self.kind == "sobol" and size & (size - 1):
            near = 2 ** round(math.log2(size))
            wrong.append(Problem(("size",), f"sobol needs a power of 2, such as {near}, not {size}"))
        if wrong:
            raise CheckError(wrong)
        return self


def _outcome(item: Any, before: Sequence[OutcomeSelector]) -> OutcomeSelector:
    if not isinstance(item, str):
        raise ValueError(f"must hold MEASURE or MEASURE/GROUP, not {described(item)}")
    measure, slash, group = item.partition("/")
    found = OutcomeSelector(measure, group if slash else None)
    if measure not in MEASURES:
        hint = did_you_mean(measure, MEASURES) or "; docs/columns.md lists them"
        raise ValueError(f"there is no measure {measure!r}{hint}")
    if slash and not _is_group(group):
        hint = did_you_mean(group, [g.partition(":")[0] for g in GROUPS])
        raise ValueError(f"{group!r} is no group; write one of {', '.join(GROUPS)}{hint}")
    if found in before:
        raise ValueError(f"{item} is given twice")
    return found


def _is_group(text: str) -> bool:
    kind, colon, name = text.partition(":")
    return text == "all" or bool(colon and name and kind in {g.partition(":")[0] for g in GROUPS[1:]})


def _name(given: Any, before: Sequence[str] = (), library: LibraryFolder = SCENARIOS) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError(f"must be the name of a {library.word} or of a file, not {described(given)}")
    return given


def _alternative(item: Any, before: Sequence[Any]) -> tuple[str, ...]:
    """Names of policies; the scenario without any has none."""
    check = partial(_name, library=POLICIES)
    if item == []:
        raise ValueError(f"an alternative without policies is written {BASE}")
    if isinstance(item, list):
        return _each(item, "a list of policies", check)
    return () if item == BASE else (check(item),)


class PlanFile(FileModel):
    """The plan of a sweep, as its file has it."""

    scenario: Annotated[str | None, PlainValidator(_name)] = None
    scenarios: Annotated[tuple[str, ...], _list_of("a list", _name)] = ()
    policies: Annotated[tuple[tuple[str, ...], ...], _list_of("a list of alternatives", _alternative)] = ((),)
    levers: dict[str, VariableOrValues] = Field(default_factory=dict)
    uncertainties: dict[str, VariableOrValues] = Field(default_factory=dict)
    outcomes: Annotated[tuple[OutcomeSelector, ...], _list_of("a list of measures", _outcome)] = ()
    design: DesignEntry | None = None
    replicates: int = Field(10, ge=1, le=MOST_REPLICATES)
    seed: int = Field(1, ge=0, le=HIGHEST_SEED)

    @model_validator(mode="after")
    def _names_scenarios_once(self) -> PlanFile:
        given = {"scenario", "scenarios"} & self.model_fields_set
        if len(given) == 1:
            return self
        message = "give scenario or scenarios, not both" if given else "give scenario: NAME, or scenarios"
        raise CheckError([Problem((), message, tuple((name,) for name in sorted(given)))])


def load_plan(source: str | os.PathLike[str] | Mapping[str, Any]) -> Plan:
    """Read a plan (docs/sweeps.md has the format).

    Args:
        source: path of its file, or a mapping of what would stand in it; numpy numbers and arrays will do.

    Raises:
        ScenarioError: with every fault of the plan, and of the scenarios and policies that it names.
    """
    if not isinstance(source, Mapping):
        return _plan(*read_file(source, PlanFile, "plan"))
    values = json.loads(json.dumps(dict(source), default=_from_python))
    document = Document(IN_PYTHON, values, {}, quoted=True)
    try:
        file, faults = check(document, PlanFile, "plan")
        if file is None:
            raise ScenarioError(limited(faults))
        return _plan(file, document)
    except ScenarioError as error:
        raise ScenarioError(
            replace(fault, line=0, column=0) if fault.file == IN_PYTHON else fault for fault in error.faults
        ) from None


def _from_python(value: Any) -> Any:
    """A value that JSON has no word for: numpy's become Python's, all else is text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _plan(file: PlanFile, document: Document) -> Plan:
    """The plan that a file describes, or every fault of it."""
    faults: list[Fault] = []
    names: dict[Key, str] = {("scenarios", number): name for number, name in enumerate(file.scenarios)}
    if file.scenario is not None:
        names = {("scenario",): file.scenario}
    variants = read_variants(names, document, faults, _found_alternatives(file, document, faults))
    variables, keys = _variables(file, document, faults)
    design = _design(file, variables, keys, document, faults)
    plan = Plan(
        document.label, tuple(variants), tuple(variables), design, file.outcomes, file.replicates, file.seed
    )  # fmt: skip
    if not faults and (runs := _runs(plan)) > MOST_RUNS:
        faults.append(document.fault(("replicates",), f"this plan has {runs} runs; at most {MOST_RUNS} are allowed"))
    if not faults:
        _try_values(plan, keys, document, faults)
    if faults:
        raise ScenarioError(limited(faults))
    return plan


def _source(name: str, folder: Path, library: LibraryFolder) -> str:
    """A name of the package, or the path of a file that is there, seen from a folder."""
    where = find(name, folder, library)
    return name if where.folder is None else where.label


def read_variants(
    names: Mapping[Key, str],
    document: Document,
    faults: list[Fault],
    alternatives: Sequence[tuple[Sequence[str], Key]] = (((), ()),),
) -> list[ScenarioVariant]:
    """One variant a scenario and alternative; what cannot be read is a fault at the place that names it.

    Args:
        names: key in the document -> the preset or path that stands there.
        document: a plan of runs.
        faults: takes the faults.
        alternatives: policies of each, and the key under which they stand.
    """
    found: list[ScenarioVariant] = []
    sources: dict[str, str] = {}
    for key, name in names.items():
        try:
            source = _source(name, document.folder or Path(), SCENARIOS)
        except NotFoundError as error:
            faults.append(document.fault(key, str(error)))
            continue
        for policies, at in alternatives:
            try:
                variant = read_variant(source, policies)
            except ScenarioError as error:
                _name_faults(error, source, at if policies else key, document, faults)
                if not policies:
                    break
                continue
            if variant.scenario in sources:
                what = "is given twice" if sources[variant.scenario] == source else "has the name of another"
                faults.append(document.fault(key, f"{variant.scenario!r} {what}"))
                break
            if any((v.source, v.policies) == (source, variant.policies) for v in found):
                faults.append(document.fault(at, f"the alternative {variant.policies} is given twice"))
                continue
            found.append(variant)
        sources |= {variant.scenario: source for variant in found if variant.source == source}
    return found


def _found_alternatives(file: PlanFile, document: Document, faults: list[Fault]) -> list[tuple[tuple[str, ...], Key]]:
    """The sources of each alternative's policies, and its key; those that are not there are faults."""
    folder = document.folder or Path()
    found: list[tuple[tuple[str, ...], Key]] = []
    for number, names in enumerate(file.policies):
        sources: list[str] = []
        for place, name in enumerate(names):
            try:
                sources.append(name if name in CONTINUUM.files() else _source(name, folder, POLICIES))
            except NotFoundError as error:
                faults.append(document.fault(("policies", number, place), str(error)))
        if len(sources) == len(names):
            found.append((tuple(sources), ("policies", number)))
    return found


def _name_faults(
    error: ScenarioError, source: str, key: Sequence[str | int], document: Document, faults: list[Fault]
) -> None:
    """Faults of a scenario under policies; those that only name what was asked for stand where the plan asks."""
    for fault in error.faults:
        if fault.file in ("--policy", "--set") or (fault.file == source and (fault.line, fault.column) == (1, 1)):
            faults.append(document.fault_at(document.place(key), (fault.key,) if fault.key else (), fault.message))
        elif fault not in faults:
            faults.append(fault)


def _variables(
    file: PlanFile, document: Document, faults: list[Fault]
) -> tuple[list[Variable], dict[str, tuple[str, str]]]:
    """Levers and uncertainties in the order of the file, and the key under which each stands there."""
    found: list[Variable] = []
    keys: dict[str, tuple[str, str]] = {}
    roles: tuple[Role, ...] = get_args(Role)
    for role in roles:
        for written, entry in getattr(file, role).items():
            try:
                key = key_text(parse_key(written))
            except ValueError as error:
                faults.append(document.fault((role, written), str(error), of_key=True))
                continue
            if key in keys:
                line = document.place(keys[key], of_key=True).line
                message = f"this key is given twice, first in line {line}"
                faults.append(document.fault((role, written), message, of_key=True))
                continue
            keys[key] = (role, written)
            found.append(entry.variable(key, role))
    return found, keys


def _design(
    file: PlanFile,
    variables: Sequence[Variable],
    keys: Mapping[str, tuple[str, str]],
    document: Document,
    faults: list[Fault],
) -> ExperimentDesign:
    """The design; its faults name what the kind needs."""
    entry = file.design
    if entry is None:
        if variables:
            kinds = ", ".join(get_args(Kind))
            faults.append(document.fault((), f"levers and uncertainties need a design: {{kind: one of {kinds}}}"))
        return ExperimentDesign("grid")
    if not file.levers and not file.uncertainties:
        faults.append(document.fault(("design",), "there are no levers or uncertainties for it", of_key=True))
    if entry.kind == "grid":
        _check_grid(variables, keys, document, faults)
    points = _placed_points(entry.points, variables, document, faults)
    return ExperimentDesign(entry.kind, entry.size or 0, points)


def _check_grid(
    variables: Sequence[Variable], keys: Mapping[str, tuple[str, str]], document: Document, faults: list[Fault]
) -> None:
    for variable in variables:
        if variable.distribution not in ("integers", "categorical"):
            message = f"a grid needs values, or integers, not {variable.distribution}"
            faults.append(document.fault_at(document.place(("design",)), keys[variable.key], message))
    count = _points_of_grid(variables)
    if count > MOST_POINTS:
        message = f"this grid has {count} points; at most {MOST_POINTS} are allowed"
        faults.append(document.fault(("design",), message))


def _points_of_grid(variables: Iterable[Variable]) -> int:
    return math.prod(
        int(v.high or 0) - int(v.low or 0) + 1 if v.distribution == "integers" else max(len(v.values), 1)
        for v in variables
    )


def _runs(plan: Plan) -> int:
    """How many runs a plan asks for, without making a list of them."""
    design = plan.design
    points = {"list": len(design.points), "grid": _points_of_grid(plan.variables)}.get(design.kind, design.size)
    return len(plan.variants) * (points if plan.variables else 1) * plan.replicates


def _placed_points(
    points: Sequence[Mapping[str, Any]], variables: Sequence[Variable], document: Document, faults: list[Fault]
) -> tuple[Point, ...]:
    by_key = {variable.key: variable for variable in variables}
    found: list[Point] = []
    for number, given in enumerate(points):
        at = ("design", "points", number)
        point: dict[str, Value] = {}
        clean = True
        for written, value in given.items():
            try:
                key = key_text(parse_key(written))
            except ValueError:
                key = written
            if key not in by_key:
                hint = did_you_mean(key, by_key) or f"; they are {', '.join(by_key)}"
                message = f"{key} is no lever or uncertainty of this plan{hint}"
                faults.append(document.fault_at(document.place((*at, written), of_key=True), at, message))
                clean = False
            elif not _allows(by_key[key], value):
                message = f"{value!r} is not among its {_allowed(by_key[key])}"
                faults.append(document.fault((*at, written), message))
                clean = False
            else:
                point[key] = value
        missing = [key for key in by_key if key not in point]
        if clean and missing:
            faults.append(document.fault(at, f"gives no value of {', '.join(missing)}"))
        elif clean and point in found:
            faults.append(document.fault(at, "this point is given twice"))
        found.append(point)
    return tuple(found)


def _allows(variable: Variable, value: Value) -> bool:
    if variable.values:
        return any(value == one and type_of(value) is type_of(one) for one in variable.values)
    if isinstance(value, (bool, str)) or (variable.distribution == "integers" and not isinstance(value, int)):
        return False
    return (variable.low is None or variable.low <= value) and (variable.high is None or value <= variable.high)


def _allowed(variable: Variable) -> str:
    if variable.values:
        return f"values {', '.join(map(repr, variable.values))}"
    return f"{variable.distribution} between {variable.low} and {variable.high}"


def _try_values(plan: Plan, keys: Mapping[str, tuple[str, str]], document: Document, faults: list[Fault]) -> None:
    """Lay values of each variable over each variant, by themselves; and the points of a list, all together."""
    for variable in plan.variables:
        for variant in plan.variants:
            tried: list[Point] = [{variable.key: value} for value in variable.samples()]
            message = refusal(variant, tried, variable.key)
            if message:
                several = len(plan.variants) > 1
                under = f" (in {variant.scenario}, policies {variant.policies})" if several else ""
                faults.append(document.fault(keys[variable.key], message + under, of_key=True))
                break
    if faults:
        return
    for number, point in enumerate(plan.design.points[:_MOST_TRIED]):
        refusals = (refusal(variant, [point], next(iter(point))) for variant in plan.variants)
        message = next((m for m in refusals if m), "")
        if message:
            faults.append(document.fault(("design", "points", number), message))
