"""The points of a plan."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .plan import Plan, Point

_DESIGN = 0x5EED
"""Last part of the key of a design's generator, which no run uses (a run's key is (replicate, stream))."""


def points_of(plan: Plan) -> list[Point]:
    """The points in their order; their numbers are their places from 0.

    A grid runs through the values of the last variable first. A Latin hypercube has one value in each of ``size``
    slices of every variable; a Sobol sequence (scrambled) begins with the same points whatever its size. Both are
    drawn by :mod:`scipy.stats.qmc` from the plan's seed.
    """
    kind, variables = plan.design.kind, plan.variables
    if kind == "list":
        return [{variable.key: point[variable.key] for variable in variables} for point in plan.design.points]
    if kind == "grid" or not variables:
        keys = [variable.key for variable in variables]
        return [dict(zip(keys, values, strict=True)) for values in itertools.product(*(v.every() for v in variables))]
    shares = _sample(kind, len(variables), plan.design.size, plan.seed)
    return [{v.key: v.at(float(u)) for v, u in zip(variables, row, strict=True)} for row in shares]


def _sample(kind: str, dimensions: int, size: int, seed: int) -> Any:
    from scipy.stats import qmc  # half a second, and only these designs need it

    rng = np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=(_DESIGN,))))
    if kind == "sobol":
        return qmc.Sobol(dimensions, scramble=True, rng=rng).random(size)
    return qmc.LatinHypercube(dimensions, rng=rng).random(size)
