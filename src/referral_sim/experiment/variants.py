"""What varies in a plan: scenarios under policies, levers and uncertainties, and the design that chooses values."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import ValidationError

from ..scenario import Scenario, ScenarioError, load_scenario, resolve
from ..scenario.documents import Document
from ..scenario.errors import Fault
from ..scenario.faults import check
from ..scenario.keys import get_value, key_text, parse_key, set_value
from ..scenario.library import CONTINUUM, POLICIES
from ..scenario.reader import SET
from ..scenario.scenario import declared_at

Value: TypeAlias = float | int | bool | str
Point: TypeAlias = Mapping[str, Value]
"""Values of levers and uncertainties by dotted key."""
BASE = "none"
"""How a plan and the tables call the alternative without any policy."""
_DESIGN = 0x5EED
"""Last part of the key of a design's generator, which no run uses (a run's key is (replicate, stream))."""


@dataclass(frozen=True)
class ScenarioVariant:
    """A scenario under one alternative of policies.

    Attributes:
        scenario: name of the scenario without the policies.
        policies: names of the policies joined by ``+``, or ``none``.
        source: preset or path that the scenario was read from; empty for a scenario that came as an object.
        policy_sources: policies as :func:`~referral_sim.scenario.load_scenario` takes them.
        base: the scenario under the policies, before any point.
        reads_no_values: no policy, score or point of the continuum reads other values, so that a point may be written
            over ``base`` and comes to the same.
    """

    scenario: str
    policies: str
    source: str
    policy_sources: tuple[str, ...]
    base: Scenario
    reads_no_values: bool

    def at(self, point: Point) -> Scenario:
        """The scenario with the values of a point, laid over it like ``--set``.

        Raises:
            ScenarioError: if the values are not allowed, alone or together; places are in ``--set``.
        """
        if not point:
            return self.base
        tree, known = _written_over(self.base, point)
        if self.reads_no_values and known:
            with contextlib.suppress(ValidationError):
                return Scenario.model_validate(tree)
        if self.source:  # the reader knows what else follows from a value, and says what is wrong with one
            return load_scenario(
                self.source, [override(key, value) for key, value in point.items()], self.policy_sources
            )
        found, faults = check(Document(SET, tree, {}, quoted=True), Scenario)
        if found is None:
            raise ScenarioError(faults)
        return found


def variant_of(scenario: Scenario) -> ScenarioVariant:
    """The variant that is a scenario as it stands."""
    return ScenarioVariant(scenario.name, BASE, "", (), scenario, True)


def read_variant(source: str, policy_sources: Sequence[str] = ()) -> ScenarioVariant:
    """A variant from its sources.

    Raises:
        ScenarioError: with every fault of the scenario and the policies.
    """
    resolved = resolve(source, (), policy_sources)
    name = load_scenario(source).name if policy_sources else resolved.scenario.name
    label = resolved.scenario.name.removeprefix(f"{name}+") if policy_sources else BASE
    words = tuple(f"{shelf.word} " for shelf in (CONTINUUM, POLICIES))
    reads = policy_sources or resolved.moved or any(v.origin.startswith(words) for v in resolved.values)
    return ScenarioVariant(name, label, source, tuple(policy_sources), resolved.scenario, not reads)


def override(key: str, value: Value) -> str:
    """One value as ``--set`` takes it; JSON is YAML, and its numbers come back bit for bit."""
    return f"{key}={json.dumps(value)}"


def _written_over(base: Scenario, point: Point) -> tuple[dict[str, Any], bool]:
    """The values of a scenario with those of a point in their places, and whether each stands for a single value."""
    tree: dict[str, Any] = base.model_dump()
    known = True
    for key, value in point.items():
        parts = parse_key(key)
        known &= not isinstance(get_value(tree, parts, default=()), (dict, list, tuple))
        set_value(tree, parts, value)
    return tree, known


def refusal(variant: ScenarioVariant, points: Iterable[Point], key: str) -> str:
    """What a variant says of a value under a key, in the first of some points that it does not allow; else empty."""
    for point in points:
        try:
            variant.at(point)
        except ScenarioError as error:
            return _fault_of_value(error, key)
    return ""


def _fault_of_value(error: ScenarioError, key: str) -> str:
    """What a scenario's fault says of one value that was laid over it, without the place of ``--set``."""
    own: list[Fault] = [fault for fault in error.faults if fault.file == SET] or list(error.faults)
    first = own[0]
    same = first.key in ("", key, key_text(parse_key(key)))
    return first.message if same else f"{first.key}: {first.message}"


@dataclass(frozen=True)
class Variable:
    """A lever (what somebody may choose) or an uncertainty (what nobody knows).

    Attributes:
        key: dotted key of the scenario.
        role: which of the two.
        distribution: one of uniform, loguniform, normal, triangular, integers, categorical.
        low: lower end; None where there is none.
        high: upper end, included.
        mean: of a normal distribution.
        sd: standard deviation of a normal distribution.
        mode: likeliest value of a triangular one.
        values: the values of a categorical one, all equally likely.
    """

    key: str
    role: Literal["levers", "uncertainties"]
    distribution: str
    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    sd: float = 0.0
    mode: float = 0.0
    values: tuple[Value, ...] = ()

    def at(self, u: float) -> Value:
        """The value at a share of the distribution.

        Args:
            u: between 0 and 1.
        """
        if self.distribution == "categorical":
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        low, high = self.low, self.high
        if self.distribution == "normal":
            law = NormalDist(self.mean, self.sd)
            first = 0.0 if low is None else law.cdf(low)
            last = 1.0 if high is None else law.cdf(high)
            share = min(max(first + u * (last - first), 1e-12), 1.0 - 1e-12)
            return _within(law.inv_cdf(share), low, high)
        assert low is not None
        assert high is not None
        if self.distribution == "integers":
            return min(int(low) + int(u * (high - low + 1)), int(high))
        if self.distribution == "loguniform":
            return _within(math.exp(math.log(low) + u * (math.log(high) - math.log(low))), low, high)
        if self.distribution == "triangular":
            return _within(_triangular(u, low, high, self.mode), low, high)
        return _within(low + u * (high - low), low, high)

    def every(self) -> tuple[Value, ...]:
        """All its values, for a grid; empty where there are infinitely many."""
        if self.distribution == "integers":
            assert self.low is not None
            assert self.high is not None
            return tuple(range(int(self.low), int(self.high) + 1))
        return self.values

    def samples(self) -> tuple[Value, ...]:
        """Values to be tried before anything runs: all of a few, or the ends and two between."""
        return self.values or tuple(self.at(u) for u in (0.0, 0.37, 0.73, 1.0))

    @property
    def value_type(self) -> type:
        """Type of its values: bool, str, int or float."""
        if self.distribution == "integers":
            return int
        return type_of(self.values[0]) if self.values else float

    def record(self) -> dict[str, Any]:
        """What says the same in JSON, without what does not count."""
        found: dict[str, Any] = {"role": self.role, "distribution": self.distribution}
        if self.values:
            return found | {"values": list(self.values)}
        more = {"normal": ("mean", "sd"), "triangular": ("mode",)}.get(self.distribution, ())
        return found | {"range": [self.low, self.high]} | {name: getattr(self, name) for name in more}

    @classmethod
    def from_record(cls, key: str, record: Mapping[str, Any]) -> Variable:
        """The variable that :meth:`record` was made from."""
        low, high = record.get("range", (None, None))
        rest = {name: value for name, value in record.items() if name not in ("range", "values")}
        return cls(key, low=low, high=high, values=tuple(record.get("values", ())), **rest)


def type_of(value: Value) -> type:
    """The type of a value that may vary: bool, str, or float for all numbers."""
    return type(value) if isinstance(value, (bool, str)) else float


def _within(value: float, low: float | None, high: float | None) -> float:
    value = value if low is None else max(value, float(low))
    return value if high is None else min(value, float(high))


def _triangular(u: float, low: float, high: float, mode: float) -> float:
    if high <= low:
        return low
    turn = (mode - low) / (high - low)
    if u <= turn:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


@dataclass(frozen=True)
class ExperimentDesign:
    """How the points are chosen: kind is grid, list, latin-hypercube or sobol."""

    kind: str
    size: int = 0
    points: tuple[Point, ...] = ()


def points_of(design: ExperimentDesign, variables: Sequence[Variable], seed: int) -> list[Point]:
    """The points in their order; their numbers are their places from 0.

    A grid runs through the values of the last variable first. A Latin hypercube has one value in each of ``size``
    slices of every variable; a Sobol sequence (scrambled) begins with the same points whatever its size. Both are
    drawn by :mod:`scipy.stats.qmc` from the seed.
    """
    kind = design.kind
    if kind == "list":
        return [{variable.key: point[variable.key] for variable in variables} for point in design.points]
    if kind == "grid" or not variables:
        keys = [variable.key for variable in variables]
        return [dict(zip(keys, values, strict=True)) for values in itertools.product(*(v.every() for v in variables))]
    shares = shares_of(design, len(variables), seed)
    return [{v.key: v.at(float(u)) for v, u in zip(variables, row, strict=True)} for row in shares]


def shares_of(design: ExperimentDesign, dimensions: int, seed: int) -> Any:
    """The random points of a design on the scale from 0 to 1, shape (points, dimensions); see :func:`points_of`."""
    from scipy.stats import qmc  # half a second, and only these designs need it

    rng = np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(_DESIGN,))))
    if design.kind == "sobol":
        return qmc.Sobol(dimensions, scramble=True, rng=rng).random(design.size)
    return qmc.LatinHypercube(dimensions, rng=rng).random(design.size)


def described_key(key: str) -> dict[str, str]:
    """What the field of a scenario's key says: description and, where it has one, unit."""
    found = declared_at(parse_key(key))
    said = {} if found is None else {"description": found.meaning, "unit": found.unit}
    return {name: text for name, text in said.items() if text}
