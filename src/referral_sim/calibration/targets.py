"""A published figure as a target: on which scale it is compared, and how far chance alone moves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from ..measures.table import MEASURES, SHARE, unit_of
from ..scenario.errors import did_you_mean
from ..scenario.faults import FileModel

DISCREPANCY = {"root": 0.10, "arcsine": 0.05}
"""Standard deviation of the model's own error where a target gives none: 10% of a rate, some 5 points of a share."""


def _measure(name: str) -> str:
    if name not in MEASURES:
        raise ValueError(f"there is no measure {name!r}{did_you_mean(name, MEASURES)}")
    return name


def _not_negative(value: float) -> float:
    if value < 0:
        raise ValueError(f"must not be negative, and is {value:g}")
    return value


NotNegative = Annotated[float, AfterValidator(_not_negative)]


class TargetEntry(FileModel):
    """A published figure as its file gives it.

    Attributes:
        measure: simulated measure that it stands beside.
        group: of the measure.
        value: as published.
        role: ``fit`` or ``held-out``.
        numerator: count that it rests on, where known.
        denominator: what it was counted among, where known.
        discrepancy: standard deviation of the model's error: relative for a rate or ratio, on the arcsine scale for a
            share; ``DISCREPANCY`` if not given.
        stock_or_flow: what was counted.
        window: the days it covers.
        source: table or paragraph.
        contradiction: what disagrees with it; empty if nothing is known.
        series: which of several printed versions.
    """

    measure: Annotated[str, AfterValidator(_measure)]
    group: str = "all"
    value: float
    role: Literal["fit", "held-out"]
    numerator: NotNegative | None = None
    denominator: NotNegative | None = None
    discrepancy: NotNegative | None = None
    stock_or_flow: Literal["stock", "flow"] = "flow"
    window: str = ""
    source: str = ""
    contradiction: str = ""
    series: str = ""


class Target(TargetEntry):
    """A published figure of a scenario.

    Attributes:
        scenario: whose.
    """

    scenario: str

    @property
    def name(self) -> str:
        """What tables call it."""
        where = "" if self.group == "all" else f"/{self.group}"
        return f"{self.scenario}: {self.measure}{where}" + (f" ({self.series})" if self.series else "")

    @property
    def scale(self) -> str:
        """``arcsine`` for shares, ``root`` for the rest: chance has one size on these, and 0 is allowed."""
        return "arcsine" if unit_of(self.measure) == SHARE else "root"

    @property
    def point(self) -> float:
        """The published value on the scale of comparison."""
        return float(scaled(np.array([self.value]), self.scale)[0])

    @property
    def sampling(self) -> float:
        """Variance of the published figure by chance, on the scale of comparison.

        A share of n: 1 / (4 n) on the arcsine scale; a rate or ratio that rests on a count: its value / (4 count) on
        the scale of roots, that is 1 / 4 for the root of a Poisson count (Anscombe 1948, leading terms). 0 where no
        count is known.
        """
        if self.scale == "arcsine":
            return 0.25 / self.denominator if self.denominator else 0.0
        return 0.25 * self.value / self.numerator if self.numerator else 0.0

    def variance(self, discrepancy_factor: float = 1.0) -> float:
        """Sampling and discrepancy together, with the discrepancy's standard deviation so many times its size."""
        return self.sampling + (discrepancy_factor * self.error) ** 2

    @property
    def error(self) -> float:
        """Standard deviation of the model's error on the scale of comparison."""
        # The derivative of the root: a relative error of d is one of d x root / 2.
        discrepancy = DISCREPANCY[self.scale] if self.discrepancy is None else self.discrepancy
        return discrepancy if self.scale == "arcsine" else 0.5 * discrepancy * self.point


def scaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """Values on the scale of comparison: root, or arcsine of the root; NaN stays."""
    if scale == "arcsine":
        return np.arcsin(np.sqrt(np.clip(values, 0.0, 1.0)))
    return np.sqrt(values)


def figures_on_scale(outcomes: NDArray[np.float64], targets: Sequence[Target]) -> NDArray[np.float64]:
    """Outcomes on the scales of their targets; both of shape (points, targets)."""
    return np.stack([scaled(outcomes[:, j], target.scale) for j, target in enumerate(targets)], axis=1)


def unscaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """The inverse of :func:`scaled`."""
    if scale == "arcsine":
        return np.asarray(np.sin(np.clip(values, 0.0, math.pi / 2)) ** 2)
    return np.maximum(values, 0.0) ** 2
