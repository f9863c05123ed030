"""Emulators: cheap stand-ins for the model, a polynomial for each figure.

A Gaussian process for what the polynomial leaves over was tried: on the runs of this model the likelihood gave it no
share of any figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import ARDRegression

from .calibration_file import Calibration, Floats, Space, Target, figures_on_scale
from .calibration_runs import StageRuns

FOLDS = 5
"""Parts into which runs are divided for cross-validation."""
LEAST = 40
"""Runs that an emulator needs."""
_DROPPED = 1e4
"""Precision of a term's weight at which it is dropped."""


@dataclass(frozen=True)
class Fit:
    """How good the emulator of one figure is, on the figure's scale.

    Attributes:
        noise: variance of one run by chance.
        error: variance of the emulator's mean.
        explained: share of the variance of runs that it explains, by cross-validation.
    """

    noise: float
    error: float
    explained: float


class Emulator:
    """Emulates figures of one scenario together.

    Each is a quadratic in the coordinates with the third and fourth power of each; terms that say nothing drop out
    (sparse Bayesian regression, MacKay 1994).

    Args:
        shares: points of the runs, shape (points, coordinates of the scenario).
        outcomes: on the scale of each figure, shape (points, figures); rows with NaN are left out of their figure.

    Attributes:
        fits: how good each is.
    """

    def __init__(self, shares: Floats, outcomes: Floats) -> None:
        self._pairs = np.triu_indices(shares.shape[1])
        phi = self._features(shares)
        weights, self.fits = [], []
        for y in outcomes.T:
            known = np.isfinite(y)
            surface, missed = _Surface(phi[known], y[known]), _cross_validated(phi[known], y[known])
            spread = float(np.var(y[known])) or 1.0
            error = max(missed - surface.noise, surface.noise * surface.used / known.sum())
            weights.append(surface.weights)
            self.fits.append(Fit(surface.noise, error, 1.0 - missed / spread))
        self._weights = np.stack(weights, axis=1)

    def __call__(self, shares: Floats, figures: Sequence[int] | None = None) -> Floats:
        """Means at points, of all figures or of those given, shape (points, figures)."""
        chosen = slice(None) if figures is None else list(figures)
        return np.asarray(self._features(shares) @ self._weights[:, chosen])

    def _features(self, shares: Floats) -> Floats:
        x = 2.0 * shares - 1.0
        squares = x * x
        one = np.ones((len(x), 1))
        first, second = self._pairs
        return np.concatenate([one, x, x[:, first] * x[:, second], squares * x, squares * squares], axis=1)

    @property
    def noise(self) -> Floats:
        """Variance of a run by chance, shape (figures,)."""
        return np.array([f.noise for f in self.fits])

    @property
    def error(self) -> Floats:
        """Variance of the means, shape (figures,)."""
        return np.array([f.error for f in self.fits])


class _Surface:
    """A polynomial whose terms each have a prior width of their own, so that those that say nothing drop out."""

    def __init__(self, phi: Floats, y: Floats) -> None:
        size = float(y.std()) or 1.0  # the regression's own priors are for figures of size 1
        ard = ARDRegression(max_iter=60, threshold_lambda=_DROPPED).fit(phi[:, 1:], y / size)
        self.weights = np.concatenate([[ard.intercept_], ard.coef_]) * size
        self.noise = size**2 / float(ard.alpha_)
        kept = ard.lambda_ < _DROPPED
        self.used = 1.0 + float(kept.sum() - (ard.lambda_[kept] * np.diag(ard.sigma_)).sum())  # degrees of freedom


def _cross_validated(phi: Floats, y: Floats) -> float:
    """Mean squared error of each run as the others foretell it."""
    fold = np.arange(len(y)) % FOLDS
    missed = [y[fold == k] - phi[fold == k] @ _Surface(phi[fold != k], y[fold != k]).weights for k in range(FOLDS)]
    return float((np.concatenate(missed) ** 2).mean())


@dataclass(frozen=True)
class Emulators:
    """Emulators of all scenarios, and which figure of each stands where.

    Attributes:
        space: of the parameters.
        targets: scenario -> its targets, in the order of the emulator's figures.
        by_scenario: scenario -> emulator.
    """

    space: Space
    targets: dict[str, list[Target]]
    by_scenario: dict[str, Emulator]

    def means(self, scenario: str, shares: Floats, figures: Sequence[int] | None = None) -> Floats:
        """Means of a scenario's figures, or of those given, at points of the whole cube, shape (points, figures)."""
        return self.by_scenario[scenario](shares[:, self.space.columns(scenario)], figures)


def emulate(
    calibration: Calibration,
    space: Space,
    runs: list[StageRuns],
    keeps: Callable[[str, Floats], NDArray[np.bool_]] | None = None,
) -> Emulators:
    """Fit emulators to runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        runs: of the stages whose runs they are fitted to.
        keeps: which of some points count for a scenario, shape (points,) of truth values; all, if None, or if fewer
            than ``LEAST`` do.
    """
    shares = np.concatenate([x for x, _ in runs])
    targets = {s: [t for t in calibration.targets if t.scenario == s] for s in calibration.scenarios}
    found = {}
    for scenario, figures in targets.items():
        raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
        kept = np.ones(len(shares), bool) if keeps is None else keeps(scenario, shares)
        if kept.sum() < LEAST:  # nothing fits: the report says so
            kept[:] = True
        found[scenario] = Emulator(shares[kept][:, space.columns(scenario)], figures_on_scale(raw[kept], figures))
    return Emulators(space, targets, found)
