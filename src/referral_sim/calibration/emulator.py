"""Emulators: cheap stand-ins for the model, a quadratic surface and a Gaussian process for what it leaves over."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import BayesianRidge
from sklearn.preprocessing import PolynomialFeatures

from .inputs import Calibration
from .space import Floats, Space
from .targets import Target, scaled

LENGTHS = (0.7, 1.2, 2.0)
"""Length scales tried, in units of the cube; one serves all figures of a scenario."""
_LEAST = 0.02
_FOLDS = 5
_SUBSET = 240


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

    Each is a quadratic in the coordinates (Bayesian ridge regression) plus a zero-mean Gaussian process with a
    squared exponential kernel for the residuals; a process that takes less than 2% of them is left out.

    Args:
        shares: points of the runs, shape (points, coordinates of the scenario).
        outcomes: on the scale of each figure, shape (points, figures); rows with NaN are left out of their figure.

    Attributes:
        fits: how good each is.
    """

    def __init__(self, shares: Floats, outcomes: Floats) -> None:
        self._x = shares
        self._features = PolynomialFeatures(2)
        phi = self._features.fit_transform(shares)
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
            if share >= _LEAST:
                self._alpha[:, j] = _solve(shares, left[:, j], known[:, j], signal, noise, length)
            ratio = signal / noise if share >= _LEAST else None
            missed = _cross_validated(phi, shares, outcomes[:, j], known[:, j], ratio, length)
            chance = noise if share >= _LEAST else surface.noise
            spread = float(np.var(outcomes[known[:, j], j])) or 1.0
            error = max(missed - chance, chance * surface.used / known[:, j].sum())
            fits.append(Fit(chance, error, 1.0 - missed / spread, share if share >= _LEAST else 0.0))
        self.fits = fits
        self._with = np.flatnonzero([f.process > 0 for f in fits])

    def __call__(self, shares: Floats) -> Floats:
        """Means at points, shape (points, figures)."""
        mean: Floats = self._features.transform(shares) @ self._weights
        if self._with.size:
            mean[:, self._with] += _kernel(shares, self._x, self._length) @ self._alpha[:, self._with]
        return mean

    @property
    def noise(self) -> Floats:
        """Variance of a run by chance, shape (figures,)."""
        return np.array([f.noise for f in self.fits])

    @property
    def error(self) -> Floats:
        """Variance of the means, shape (figures,)."""
        return np.array([f.error for f in self.fits])


class _Surface:
    def __init__(self, phi: Floats, y: Floats) -> None:
        ridge = BayesianRidge(fit_intercept=True).fit(phi[:, 1:], y)
        self.weights = np.concatenate([[ridge.intercept_], ridge.coef_])
        self.noise = 1.0 / float(ridge.alpha_)
        values = np.linalg.svd(phi[:, 1:] - phi[:, 1:].mean(axis=0), compute_uv=False) ** 2
        self.used = 1.0 + float(np.sum(values / (values + ridge.lambda_ / ridge.alpha_)))  # degrees of freedom


def _kernel(a: Floats, b: Floats, length: float) -> Floats:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(np.exp(-0.5 * np.maximum(squares, 0.0) / length**2))


def _processes(x: Floats, left: Floats) -> tuple[float, list[tuple[float, float]]]:
    """The length scale likeliest for all figures together, and each figure's variance of signal and of noise."""
    x, left = x[:_SUBSET], left[:_SUBSET]
    best: tuple[float, float, list[tuple[float, float]]] | None = None
    for length in LENGTHS:
        total, found = 0.0, []
        for j in range(left.shape[1]):
            size = float(left[:, j].std()) or 1.0
            kernel = ConstantKernel(0.2, (1e-4, 10.0)) * RBF(length, "fixed") + WhiteKernel(0.8, (1e-4, 10.0))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                process = GaussianProcessRegressor(kernel).fit(x, left[:, j] / size)
            total += float(process.log_marginal_likelihood_value_)
            signal, noise = np.exp(process.kernel_.theta)
            found.append((float(signal) * size**2, float(noise) * size**2))
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

    def means(self, scenario: str, shares: Floats) -> Floats:
        """Means of a scenario's figures at points of the whole cube, shape (points, figures)."""
        return self.by_scenario[scenario](shares[:, self.space.columns(scenario)])


def emulate(calibration: Calibration, space: Space, runs: list[tuple[Floats, dict[str, Floats]]]) -> Emulators:
    """Fit emulators to runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        runs: points of the whole cube and outcomes by scenario, as :meth:`.bank.Bank.run` gives them, a stage each.
    """
    shares = np.concatenate([x for x, _ in runs])
    targets = {s: [t for t in calibration.targets if t.scenario == s] for s in calibration.scenarios}
    found = {}
    for scenario, figures in targets.items():
        raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
        columns = [scaled(raw[:, j], t.scale) for j, t in enumerate(figures)]
        found[scenario] = Emulator(shares[:, space.columns(scenario)], np.stack(columns, axis=1))
    return Emulators(space, targets, found)
