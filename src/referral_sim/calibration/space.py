"""The space of parameters: one coordinate a shared parameter, and one a scenario for an own one, all on 0-1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..experiment.variables import Point
from .calibration_file import Calibration, UncertainParameter

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coordinate:
    """One coordinate: a parameter, and whose it is ("" if shared)."""

    parameter: UncertainParameter
    scenario: str = ""

    @property
    def name(self) -> str:
        """``KEY``, or ``SCENARIO/KEY`` for an own one."""
        return f"{self.scenario}/{self.parameter.key}" if self.scenario else self.parameter.key


class Space:
    """Where the inference works: the unit cube, each coordinate the share of its prior below the value.

    On this scale every prior is uniform. A scenario sees the shared coordinates and its own.

    Attributes:
        coordinates: in their order.
    """

    def __init__(self, calibration: Calibration) -> None:
        shared = [Coordinate(p) for p in calibration.parameters if not p.own]
        own = [Coordinate(p, s) for s in calibration.scenarios for p in calibration.parameters if s in p.own]
        self.coordinates = (*shared, *own)
        self._columns = {
            s: np.array([i for i, c in enumerate(self.coordinates) if c.scenario in ("", s)])
            for s in calibration.scenarios
        }

    @property
    def size(self) -> int:
        """How many coordinates."""
        return len(self.coordinates)

    @property
    def names(self) -> list[str]:
        """Names of the coordinates."""
        return [c.name for c in self.coordinates]

    def columns(self, scenario: str) -> NDArray[np.intp]:
        """Places of the coordinates that a scenario sees."""
        return self._columns[scenario]

    def values(self, shares: Floats) -> Floats:
        """Values of parameters at points of the cube, shape (points, coordinates)."""
        found = [[float(c.parameter.prior.at(float(u))) for u in shares[:, i]] for i, c in enumerate(self.coordinates)]
        return np.array(found).T

    def points(self, scenario: str, shares: Floats) -> list[Point]:
        """Points of a scenario's plan at points of the whole cube, shape (points, coordinates)."""
        columns = self.columns(scenario)
        values = self.values(shares)[:, columns]
        keys = [self.coordinates[i].parameter.key for i in columns]
        return [dict(zip(keys, row, strict=True)) for row in values.tolist()]
