"""The plan of a sweep: which cases, which points, how many replicates, and what is kept of each run."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import ValidationError

from ..scenario import Scenario, ScenarioError, load_scenario, resolve
from ..scenario.check import examine
from ..scenario.errors import Fault, key_text
from ..scenario.library import CONTINUUM, POLICIES
from ..scenario.overrides import LABEL, split_key
from ..scenario.tree import from_plain

if TYPE_CHECKING:
    from .draws import Draws

Value: TypeAlias = float | int | bool | str
Point: TypeAlias = Mapping[str, Value]
"""Values of levers and uncertainties by dotted key."""

BASE = "none"
"""How a plan and the tables call the alternative without any policy."""


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

    def record(self) -> dict[str, Any]:
        """What says the same in JSON, without what does not count."""
        found: dict[str, Any] = {"role": self.role, "distribution": self.distribution}
        if self.values:
            return found | {"values": list(self.values)}
        more = {"normal": ("mean", "sd"), "triangular": ("mode",)}.get(self.distribution, ())
        return found | {"range": [self.low, self.high]} | {name: getattr(self, name) for name in more}


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
class Outcome:
    """One outcome to keep: a measure, of one group or (None) of all its groups."""

    measure: str
    group: str | None = None

    def __str__(self) -> str:
        return self.measure if self.group is None else f"{self.measure}/{self.group}"


@dataclass(frozen=True)
class Design:
    """How the points are chosen: kind is grid, list, latin-hypercube or sobol."""

    kind: str
    size: int = 0
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Case:
    """A scenario under one alternative of policies.

    Attributes:
        scenario: name of the scenario without the policies.
        policies: names of the policies joined by ``+``, or ``none``.
        source: preset or path that the scenario was read from; empty for a scenario that came as an object.
        laid: policies as :func:`~referral_sim.scenario.load_scenario` takes them.
        base: the scenario under the policies, before any point.
        plain: no policy, score or point of the continuum reads other values, so that a point may be written over
            ``base`` and comes to the same.
    """

    scenario: str
    policies: str
    source: str
    laid: tuple[str, ...]
    base: Scenario
    plain: bool

    def kept(self) -> frozenset[str]:
        """Keys that draws leave alone: those that the policies or the scenario's own file changed."""
        from .draws import kept_keys

        return kept_keys(self.base, load_scenario(self.source) if self.source else self.base)

    def at(self, point: Point) -> Scenario:
        """The scenario with the values of a point, laid over it like ``--set``.

        Raises:
            ScenarioError: if the values are not allowed, alone or together; places are in ``--set``.
        """
        if not point:
            return self.base
        tree, known = _written_over(self.base, point)
        if self.plain and known:
            with contextlib.suppress(ValidationError):
                return Scenario.model_validate(tree)
        if self.source:  # the reader knows what else follows from a value, and says what is wrong with one
            return load_scenario(self.source, [override(key, value) for key, value in point.items()], self.laid)
        found = examine(from_plain(tree))  # type: ignore[arg-type]
        if isinstance(found, Scenario):
            return found
        raise ScenarioError(Fault(LABEL, 1, 1, key_text(finding.path), finding.message) for finding in found)


def read_case(source: str, laid: Sequence[str] = ()) -> Case:
    """A case from its sources.

    Raises:
        ScenarioError: with every fault of the scenario and the policies.
    """
    resolved = resolve(source, (), laid)
    name = load_scenario(source).name if laid else resolved.scenario.name
    label = resolved.scenario.name.removeprefix(f"{name}+") if laid else BASE
    words = tuple(f"{shelf.word} " for shelf in (CONTINUUM, POLICIES))
    plain = not laid and not resolved.moved and not any(v.origin.startswith(words) for v in resolved.values)
    return Case(name, label, source, tuple(laid), resolved.scenario, plain)


def override(key: str, value: Value) -> str:
    """One value as ``--set`` takes it; JSON is YAML, and its numbers come back bit for bit."""
    return f"{key}={json.dumps(value)}"


def _written_over(base: Scenario, point: Point) -> tuple[dict[str, Any], bool]:
    """The values of a scenario with those of a point in their places, and whether each stands for a single value."""
    tree: dict[str, Any] = base.model_dump()
    known = True
    for key, value in point.items():
        *path, last = split_key(key)[0]
        node = tree
        for part in path:
            inner = node.get(part)
            known &= isinstance(inner, dict)
            node = node.setdefault(part, {}) if isinstance(inner, dict) or part not in node else {}
        known &= last in node and not isinstance(node[last], (dict, list, tuple))
        node[last] = value
    return tree, known


@dataclass(frozen=True)
class Plan:
    """A sweep, checked.

    Attributes:
        file: what messages call the plan.
        cases: scenarios times alternatives, scenario by scenario.
        variables: levers, then uncertainties.
        design: how the points are chosen.
        outcomes: what is kept; empty for all measures.
        replicates: runs of each case at each point, with the replicate numbers 0 and up.
        seed: of all runs (common random numbers) and of the design.
        apart: give each point replicates of its own, so that points differ by chance as well; what is learnt from
            many points together then does not rest on the chances of one year.
        draws: what replicates run under beside the point, which counts over it; see :mod:`.draws`.
    """

    file: str
    cases: tuple[Case, ...]
    variables: tuple[Variable, ...] = ()
    design: Design = field(default_factory=lambda: Design("grid"))
    outcomes: tuple[Outcome, ...] = ()
    replicates: int = 10
    seed: int = 1
    apart: bool = False
    draws: Draws | None = None

    @property
    def columns(self) -> tuple[Variable, ...]:
        """Variables, and what the draws vary besides: the columns of the table of runs."""
        mine = {variable.key for variable in self.variables}
        drawn = () if self.draws is None else self.draws.variables(case.base for case in self.cases)
        return (*self.variables, *(variable for variable in drawn if variable.key not in mine))

    def record(self) -> dict[str, Any]:
        """The plan as JSON, for a manifest."""
        design: dict[str, Any] = {"kind": self.design.kind}
        design |= {"size": self.design.size} if self.design.size else {}
        design |= {"points": [dict(point) for point in self.design.points]} if self.design.points else {}
        return {
            "scenarios": list(dict.fromkeys(case.scenario for case in self.cases)),
            "policies": list(dict.fromkeys(case.policies for case in self.cases)),
            "variables": {variable.key: variable.record() for variable in self.variables},
            "outcomes": [str(outcome) for outcome in self.outcomes] or "all",
            "design": design,
            "replicates": self.replicates,
            "seed": self.seed,
            **({"apart": True} if self.apart else {}),
            **({} if self.draws is None else {"draws": self.draws.digest}),
        }


def fault_of_value(error: ScenarioError, key: str) -> str:
    """What a scenario's fault says of one value that was laid over it, without the place of ``--set``."""
    own: list[Fault] = [fault for fault in error.faults if fault.file == LABEL] or list(error.faults)
    first = own[0]
    same = first.key in ("", key, key_text(split_key(key)[0]))
    return first.message if same else f"{first.key}: {first.message}"
