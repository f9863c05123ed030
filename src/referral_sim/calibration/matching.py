"""History matching: what the emulators of earlier waves rule out (Craig et al. 1997; Andrianakis et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from .calibration_file import Floats
from .emulator import Emulators

LIMIT = 3.0
"""A point is ruled out when a fitted figure lies more than three standard deviations off (Pukelsheim 1994)."""
_TRIED = 20_000


def latin_hypercube(rng: np.random.Generator, points: int, size: int) -> Floats:
    """A Latin hypercube in the unit cube, shape (points, size)."""
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(size, rng=rng).random(points))


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


def beyond(earlier: Sequence[Emulators], scenarios: Collection[str], shares: Floats) -> Floats:
    """How far points lie beyond the limit by what earlier waves rule out, 0 where none does, shape (points,).

    Args:
        earlier: the emulators of earlier waves.
        scenarios: whose figures count.
        shares: shape (points, coordinates).
    """
    most = np.full(len(shares), LIMIT)
    for emulators in earlier:
        for scenario in scenarios:
            most = np.maximum(most, implausibility(emulators, scenario, shares))
    return most - LIMIT


def not_ruled_out(earlier: Sequence[Emulators]) -> Callable[[str, Floats], NDArray[np.bool_]]:
    """Which points the figures of a scenario leave, as a function of scenario and points."""
    return lambda scenario, shares: beyond(earlier, [scenario], shares) == 0.0


def share_left(earlier: Sequence[Emulators], scenario: str, rng: np.random.Generator) -> float:
    """Share of the prior that a scenario's figures have not ruled out."""
    shares = rng.random((_TRIED, earlier[0].space.size))
    return float(not_ruled_out(earlier)(scenario, shares).mean())
