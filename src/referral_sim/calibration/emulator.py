"""Emulators: cheap stand-ins for the model, a surface and a Gaussian process for what it leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import ARDRegression

from .calibration_file import Calibration, Floats, Space, Target, figures_on_scale
from .calibration_runs import StageRuns

LENGTHS = (0.5, 0.8, 1.2, 2.0)
"""Length scales tried, in units of the cube; one serves all figures of a scenario."""
SHARES = (0.0, 0.03, 0.06, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
"""Shares of signal tried in what the surface leaves over; at 0 there is no process."""
_FOLDS = 5
_DROPPED = 1e4
"""Precision of a term's weight at which it is dropped."""


@dataclass(frozen=True)
class Fit:
    """How good the emulator of one figure is, on the figure's scale.

    Attributes:
        noise: variance of one run by chance.
        error: variance of the emulator's mean.
        explained: share of the variance of runs that it explains, by five-fold cross-validation.
        process: share of what the surface leaves over that the Gaussian process takes; 0 where it was left out.
    """

    noise: float
    error: float
    explained: float
    process: float


class Emulator:
    """Emulates figures of one scenario together.

    Each is a Gaussian process with a mean: a quadratic in the coordinates, with the third and fourth power of each
    (sparse Bayesian regression, MacKay 1994), and for what that leaves over a squared exponential kernel. Where the
    likelihood gives the process no share of it, the mean stands alone.

    Args:
        shares: points of the runs, shape (points, coordinates of the scenario).
        outcomes: on the scale of each figure, shape (points, figures); rows with NaN are left out of their figure.

    Attributes:
        fits: how good each is.
    """

    def __init__(self, shares: Floats, outcomes: Floats) -> None:
        self._x = shares
        self._pairs = np.triu_indices(shares.shape[1])
        phi = self._features(shares)
        known = np.isfinite(outcomes)
        surfaces = [_Surface(phi[known[:, j]], outcomes[known[:, j], j]) for j in range(outcomes.shape[1])]
        self._weights = np.stack([s.weights for s in surfaces], axis=1)
        left = np.where(known, outcomes - phi @ self._weights, 0.0)
        length, processes = _processes(shares, left)
        self._length = length
        self._alpha = np.zeros_like(outcomes)
        fits = []
        for j, (surface, (signal, noise)) in enumerate(zip(surfaces, processes, strict=True)):
            share = signal / max(signal + noise, 1e-300)
            if share > 0:
                self._alpha[:, j] = _solve(shares, left[:, j], known[:, j], signal, noise, length)
            ratio = signal / noise if share > 0 else None
            missed = _cross_validated(phi, shares, outcomes[:, j], known[:, j], ratio, length)
            chance = noise if share > 0 else surface.noise
            spread = float(np.var(outcomes[known[:, j], j])) or 1.0
            error = max(missed - chance, chance * surface.used / known[:, j].sum())
            fits.append(Fit(chance, error, 1.0 - missed / spread, share))
        self.fits = fits

    def __call__(self, shares: Floats, figures: Sequence[int] | None = None) -> Floats:
        """Means at points, of all figures or of those given, shape (points, figures)."""
        chosen = slice(None) if figures is None else list(figures)
        mean: Floats = self._features(shares) @ self._weights[:, chosen]
        alpha = self._alpha[:, chosen]
        if alpha.any():
            mean += _kernel(shares, self._x, self._length) @ alpha
        return mean

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


def _kernel(a: Floats, b: Floats, length: float) -> Floats:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(squares, 0.0) / length**2))


def _processes(x: Floats, left: Floats) -> tuple[float, list[tuple[float, float]]]:
    """The length scale likeliest for all figures together, and each figure's variance of signal and of noise.

    The likelihood of every share of signal follows from one eigendecomposition of the kernel (Rasmussen and Williams
    2006, 5.4.1, with the total variance at its maximum).
    """
    best: tuple[float, float, list[tuple[float, float]]] | None = None
    for length in LENGTHS:
        values, vectors = np.linalg.eigh(_kernel(x, x, length))
        squares = (vectors.T @ left) ** 2
        total, found = 0.0, []
        for j in range(left.shape[1]):
            heights = []
            for share in SHARES:
                weights = share * np.maximum(values, 0.0) + (1.0 - share)
                size = float((squares[:, j] / weights).mean())
                heights.append((-0.5 * (len(x) * np.log(max(size, 1e-300)) + np.log(weights).sum()), share, size))
            height, share, size = max(heights)
            total += height
            found.append((share * size, (1.0 - share) * size))
        if best is None or total > best[0]:
            best = (total, length, found)
    assert best is not None
    return best[1], best[2]


def _solve(x: Floats, left: Floats, known: NDArray[np.bool_], signal: float, noise: float, length: float) -> Floats:
    alpha = np.zeros(len(x))
    inner = _kernel(x[known], x[known], length)
    inner[np.diag_indices_from(inner)] += noise / signal
    alpha[known] = np.linalg.solve(inner, left[known])
    return alpha


def _cross_validated(
    phi: Floats, x: Floats, y: Floats, known: NDArray[np.bool_], ratio: float | None, length: float
) -> float:
    """Mean squared error of each run as the others foretell it."""
    fold = np.arange(len(y)) % _FOLDS
    missed = []
    for k in range(_FOLDS):
        train, test = known & (fold != k), known & (fold == k)
        surface = _Surface(phi[train], y[train])
        mean = phi[test] @ surface.weights
        if ratio is not None:
            left = y - phi @ surface.weights
            alpha = _solve(x, left, train, ratio, 1.0, length)
            mean = mean + _kernel(x[test], x, length) @ alpha
        missed.append((y[test] - mean) ** 2)
    return float(np.concatenate(missed).mean())


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


def emulate(calibration: Calibration, space: Space, runs: list[StageRuns]) -> Emulators:
    """Fit emulators to runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        runs: of the stages whose runs they are fitted to.
    """
    shares = np.concatenate([x for x, _ in runs])
    targets = {s: [t for t in calibration.targets if t.scenario == s] for s in calibration.scenarios}
    found = {}
    for scenario, figures in targets.items():
        raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
        found[scenario] = Emulator(shares[:, space.columns(scenario)], figures_on_scale(raw, figures))
    return Emulators(space, targets, found)
