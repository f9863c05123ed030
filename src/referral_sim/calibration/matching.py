"""History matching (Craig et al. 1997; Andrianakis et al. 2015)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .calibration_file import Calibration, Floats, Space
from .emulator import Emulators

LIMIT = 3.0
"""A point is ruled out when a fitted figure lies more than three standard deviations off (Pukelsheim 1994)."""
_TRIED = 100_000


@dataclass(frozen=True)
class Box:
    """The part of the cube that is left, shape (coordinates,) each."""

    low: Floats
    high: Floats

    @property
    def volume(self) -> float:
        """Share of the cube."""
        return float(np.prod(self.high - self.low))

    def inside(self, shares: Floats) -> Floats:
        """Points of the unit cube put into the box."""
        return self.low + shares * (self.high - self.low)


def whole_cube(space: Space) -> Box:
    """The whole cube."""
    return Box(np.zeros(space.size), np.ones(space.size))


def latin_hypercube(rng: np.random.Generator, points: int, box: Box) -> Floats:
    """A Latin hypercube in a box, shape (points, coordinates)."""
    from scipy.stats import qmc

    return box.inside(np.asarray(qmc.LatinHypercube(len(box.low), rng=rng).random(points)))


def implausibility(emulators: Emulators, scenario: str, shares: Floats) -> Floats:
    """Largest distance of a fitted figure from the published one, in standard deviations, shape (points,)."""
    targets = emulators.targets[scenario]
    fitted = [j for j, t in enumerate(targets) if t.role == "fit"]
    if not fitted:
        return np.zeros(len(shares))
    mean = emulators.means(scenario, shares, fitted)
    wanted = np.array([targets[j].point for j in fitted])
    variance = np.array([targets[j].variance() for j in fitted]) + emulators.by_scenario[scenario].error[fitted]
    return np.asarray((np.abs(mean - wanted) / np.sqrt(variance)).max(axis=1))


def history_match(
    calibration: Calibration, emulators: Emulators, box: Box, rng: np.random.Generator
) -> tuple[Box, pd.DataFrame]:
    """Rule out what is implausible: the smallest box round the rest, and how much of the space each scenario leaves.

    Returns:
        The box, and one row a scenario: scenario, left (share of the box's points that stay).
    """
    space = emulators.space
    low, high = box.low.copy(), box.high.copy()
    rows = []
    for scenario in calibration.scenarios:
        shares = box.inside(rng.random((_TRIED, space.size)))
        stays = implausibility(emulators, scenario, shares) < LIMIT
        rows.append({"scenario": scenario, "left": float(stays.mean())})
        if stays.sum() < 20:  # nothing fits: the report says so, and the box stays as it is
            continue
        columns = space.columns(scenario)
        ends = np.quantile(shares[stays][:, columns], [0.005, 0.995], axis=0)
        low[columns], high[columns] = np.maximum(low[columns], ends[0]), np.minimum(high[columns], ends[1])
    crossed = low >= high  # scenarios that want different values of a shared parameter
    low[crossed], high[crossed] = box.low[crossed], box.high[crossed]
    return Box(low, high), pd.DataFrame(rows)
