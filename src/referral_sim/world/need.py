"""How need rises with shocks and falls with recovery and help (MODEL W2, S4)."""

from __future__ import annotations

import numpy as np

from .families import Floats, Ints

TIERS = (2.0, 3.0, 4.0)


class NeedState:
    """The need of every family, worked out when somebody asks: a quiet family costs nothing.

    need(t) = max(1, lasting need + excess x 2^(-(t - t0) / half-life) - relief of plan - relief of package)

    Attributes:
        baseline: lasting need, shape (families,), in tiers.
        half_life: calendar days in which half of what a shock has left is gone.
        excess: what shocks have left at the last event, in tiers.
        since: offset of that event in calendar days.
    """

    def __init__(self, baseline: Floats, half_life: float) -> None:
        count = len(baseline)
        self.baseline = baseline
        self.half_life = half_life
        self.excess = np.zeros(count)
        self.since = np.zeros(count)
        self._package_relief = np.zeros(count)
        self._package_until = np.full(count, -1.0)
        self._plan_relief = np.zeros(count)

    def now(self, family: Ints, offset: float) -> Floats:
        """Need of some families on a calendar day, shape as ``family``, in tiers."""
        left = self.excess[family] * np.exp2((self.since[family] - offset) / self.half_life)
        relief = self._plan_relief[family] + self._package_relief[family] * (self._package_until[family] > offset)
        return np.asarray(np.maximum(1.0, self.baseline[family] + left - relief))

    def one(self, family: int, offset: float) -> float:
        """Need of one family on a calendar day, in tiers."""
        left = self.excess[family] * 2.0 ** ((self.since[family] - offset) / self.half_life)
        relief = self._plan_relief[family]
        if self._package_until[family] > offset:
            relief += self._package_relief[family]
        return max(1.0, float(self.baseline[family] + left - relief))

    def shock(self, family: Ints, severity: Floats, offset: float) -> None:
        """Add events to the excess of some families; a family may stand there more than once."""
        left = self.excess[family] * np.exp2((self.since[family] - offset) / self.half_life)
        self.excess[family] = left
        self.since[family] = offset
        np.add.at(self.excess, family, severity)

    def forget(self, family: Ints) -> None:
        """Begin anew for families whose rows stand for others from now on (W5): lasting need and nothing else."""
        self.excess[family] = 0.0
        self._plan_relief[family] = 0.0
        self._package_until[family] = -1.0

    def begin_plan(self, family: Ints, relief: float) -> None:
        """Begin plans that social services carry out, with a relief in tiers."""
        self._plan_relief[family] = relief

    def end_plan(self, family: Ints) -> None:
        """End the plans of some families."""
        self._plan_relief[family] = 0.0

    def has_package(self, family: int, offset: float) -> bool:
        """Whether a support package runs for a family on a calendar day."""
        return bool(self._package_until[family] > offset)

    def begin_package(self, family: int, relief: float, until: float) -> None:
        """Begin a support package, with a relief in tiers, that ends at an offset in calendar days."""
        self._package_relief[family] = relief
        self._package_until[family] = until


def tier(need: Floats) -> Ints:
    """Tier 1 to 4 of needs (report Ch. 2, Midtown, footnote 2)."""
    return np.searchsorted(TIERS, need, side="right") + 1
