"""What varies in a plan: levers, uncertainties, and the design that chooses points among their values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal, TypeAlias

import numpy as np

Value: TypeAlias = float | int | bool | str
Point: TypeAlias = Mapping[str, Value]
"""Values of levers and uncertainties by dotted key."""

_DESIGN = 0x5EED
"""Last part of the key of a design's generator, which no run uses (a run's key is (replicate, stream))."""


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
    shares = _sample(kind, len(variables), design.size, seed)
    return [{v.key: v.at(float(u)) for v, u in zip(variables, row, strict=True)} for row in shares]


def _sample(kind: str, dimensions: int, size: int, seed: int) -> Any:
    from scipy.stats import qmc  # half a second, and only these designs need it

    rng = np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(_DESIGN,))))
    if kind == "sobol":
        return qmc.Sobol(dimensions, scramble=True, rng=rng).random(size)
    return qmc.LatinHypercube(dimensions, rng=rng).random(size)
