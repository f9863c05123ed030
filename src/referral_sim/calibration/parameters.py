"""Uncertain parameters: how their file gives them, and the space that they span.

The space has one coordinate a shared parameter, and one a scenario for a parameter of which each has its own; all on
the scale from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PlainValidator

from ..experiment.plan_file import VariableOrValues
from ..experiment.variables import Point, Variable
from ..scenario.faults import FileModel, described

Floats = NDArray[np.float64]


def _own(given: Any) -> bool | list[str]:
    if given is True or (isinstance(given, list) and given and all(isinstance(name, str) for name in given)):
        return given
    raise ValueError(f"must be true or a list of names of scenarios, not {described(given)}")


class ParameterEntry(FileModel):
    """An uncertain parameter in its file; ``own``: all scenarios, or those named, have a value of their own."""

    prior: VariableOrValues = Field(description="a distribution, such as {range: [0, 1]}")
    unit: str = ""
    source: str = ""
    own: Annotated[bool | list[str], PlainValidator(_own)] = False


@dataclass(frozen=True)
class UncertainParameter:
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

    Args:
        parameters: all of them.
        scenarios: names of the scenarios.

    Attributes:
        coordinates: in their order.
    """

    def __init__(self, parameters: Sequence[UncertainParameter], scenarios: Sequence[str]) -> None:
        shared = [Coordinate(p) for p in parameters if not p.own]
        own = [Coordinate(p, s) for s in scenarios for p in parameters if s in p.own]
        self.coordinates = (*shared, *own)
        self._columns = {
            s: np.array([i for i, c in enumerate(self.coordinates) if c.scenario in ("", s)]) for s in scenarios
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
