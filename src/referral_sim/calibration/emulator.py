"""Emulators: cheap stand-ins for the model, a Gaussian process for each figure.

Sparse polynomials of the fourth degree were used before: at runs kept back they were up to twice as far off.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from .calibration_file import Calibration, Floats, Space, Target, figures_on_scale
from .calibration_runs import StageRuns

_SIZES, _LENGTHS, _CHANCES = (1e-3, 1e3), (0.1, 50.0), (1e-4, 1.0)
"""Where the process's variance, lengths and noise are looked for; at the longest a parameter says nothing."""
_AT_ONCE = 2048
"""Points whose distances are held at once."""


@dataclass(frozen=True)
class Fit:
    """How good the emulator of one figure is, on the figure's scale.

    Attributes:
        noise: variance of one run by chance.
        error: variance of the emulator's mean.
        explained: share of the variance of runs that it explains, each left out in turn.
    """

    noise: float
    error: float
    explained: float


class Emulator:
    """Emulates figures of one scenario together, each by a Gaussian process (Rasmussen and Williams 2006).

    The kernel is squared-exponential with a length for each coordinate, and chance is white noise; their sizes are at
    the maximum of the marginal likelihood.

    Args:
        shares: points of the runs, shape (points, coordinates of the scenario).
        outcomes: on the scale of each figure, shape (points, figures); rows with NaN are left out of their figure.
        near: runs over which the error is measured, shape (points,) of truth values; all, if None.

    Attributes:
        fits: how good each is.
    """

    def __init__(self, shares: Floats, outcomes: Floats, near: NDArray[np.bool_] | None = None) -> None:
        self._processes, self.fits = [], []
        for y in outcomes.T:
            known = np.isfinite(y)
            process = _Process(shares[known], y[known])
            self._processes.append(process)
            self.fits.append(process.fit(None if near is None else near[known]))

    def __call__(self, shares: Floats, figures: Sequence[int] | None = None) -> Floats:
        """Means at points, of all figures or of those given, shape (points, figures)."""
        chosen = range(len(self._processes)) if figures is None else figures
        return np.stack([self._processes[j](shares) for j in chosen], axis=1)

    @property
    def noise(self) -> Floats:
        """Variance of a run by chance, shape (figures,)."""
        return np.array([f.noise for f in self.fits])

    @property
    def error(self) -> Floats:
        """Variance of the means, shape (figures,)."""
        return np.array([f.error for f in self.fits])


class _Process:
    """A Gaussian process of one figure: scikit-learn fits it; means are worked out here, fast enough for a sampler."""

    def __init__(self, shares: Floats, y: Floats) -> None:
        size = ConstantKernel(1.0, _SIZES) * RBF(np.full(shares.shape[1], 2.0), _LENGTHS)
        kernel = size + WhiteKernel(0.1, _CHANCES)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a bound: the coordinate says nothing
            fitted = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0).fit(shares, y)
        self._spread = float(y.std()) or 1.0
        inverse = cho_solve((fitted.L_, True), np.eye(len(y)))
        self._unexpected = np.ravel(fitted.alpha_) / np.diag(inverse) * self._spread
        """Each run less what the others foretell of it (Rasmussen and Williams 2006, 5.4.2)."""
        self.noise = float(fitted.kernel_.k2.noise_level) * self._spread**2
        self._doubt = self._spread**2 / np.diag(inverse) - self.noise
        """Variance of the mean at each run, without it."""
        self._size = float(fitted.kernel_.k1.k1.constant_value) * self._spread**2
        self._lengths = np.atleast_1d(fitted.kernel_.k1.k2.length_scale)
        self._points = shares / self._lengths
        self._squares = (self._points**2).sum(axis=1)
        self._weights = np.ravel(fitted.alpha_) * self._size / self._spread
        self._level = float(y.mean())

    def fit(self, near: NDArray[np.bool_] | None) -> Fit:
        """How good it is: the error is the larger of what it says itself and what it is off beyond chance."""
        missed = self._unexpected**2
        here = slice(None) if near is None or not near.any() else near
        error = max(float(missed[here].mean()) - self.noise, float(self._doubt[here].mean()))
        return Fit(self.noise, error, 1.0 - float(missed.mean()) / self._spread**2)

    def __call__(self, shares: Floats) -> Floats:
        return np.concatenate([self._means(shares[i : i + _AT_ONCE]) for i in range(0, max(len(shares), 1), _AT_ONCE)])

    def _means(self, shares: Floats) -> Floats:
        x = shares / self._lengths
        apart = (x**2).sum(axis=1)[:, None] + self._squares - 2.0 * x @ self._points.T
        return np.asarray(np.exp(-0.5 * apart) @ self._weights + self._level)


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
    calibration: Calibration, space: Space, waves: list[StageRuns], centre: StageRuns | None = None
) -> Emulators:
    """Fit emulators to all runs; their error is that at the runs of the later waves, as far from the figures as draws.

    Args:
        calibration: what is asked.
        space: of its parameters.
        waves: the runs; of the first alone, if there is one.
        centre: runs round the mode, if there are any, where an error would be smaller than at most draws.
    """
    runs = [*waves, *([] if centre is None else [centre])]
    shares = np.concatenate([x for x, _ in runs])
    wave = np.repeat(np.arange(len(runs)), [len(x) for x, _ in runs])
    near = (wave > 0) & (wave < len(waves)) if len(waves) > 1 else wave == 0
    targets = {s: [t for t in calibration.targets if t.scenario == s] for s in calibration.scenarios}
    found = {}
    for scenario, figures in targets.items():
        raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
        found[scenario] = Emulator(shares[:, space.columns(scenario)], figures_on_scale(raw, figures), near)
    return Emulators(space, targets, found)
