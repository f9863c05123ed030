"""The posterior: emulators, sampling noise and discrepancy in a likelihood, and an ensemble that walks over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import emcee
import numpy as np
from scipy.optimize import minimize
from scipy.special import logit

from .calibration_file import Calibration, Floats
from .emulator import Emulators

_JUMP = 1.8
"""Size of a differential step; at ter Braak's 2.38 one step in eight is accepted, at this one in four."""
_FLATTEST = 0.1
"""Least curvature of a start, in logits: about that of the prior, where the figures say nothing."""
_TRIES = 3
"""Points from which the mode is looked for."""
_WIDTH = 1e-3
"""Step of the differences that give slopes, in logits."""


@dataclass(frozen=True)
class FittedFigures:
    """Figures to fit to, of one scenario.

    Attributes:
        figures: their places among the emulator's figures.
        values: on the figures' scales.
        variance: of each: sampling, discrepancy and the emulator's error.
    """

    figures: list[int]
    values: Floats
    variance: Floats


def published_figures(
    calibration: Calibration, emulators: Emulators, discrepancy_factor: float = 1.0
) -> dict[str, FittedFigures]:
    """The published figures with the role ``fit``.

    Args:
        calibration: what is asked.
        emulators: of its scenarios.
        discrepancy_factor: how many times its size the discrepancy is taken (its standard deviation).
    """
    found = {}
    for scenario in calibration.scenarios:
        targets = emulators.targets[scenario]
        places = [j for j, t in enumerate(targets) if t.role == "fit"]
        variance = (
            np.array([targets[j].variance(discrepancy_factor) for j in places])
            + emulators.by_scenario[scenario].error[places]
        )
        found[scenario] = FittedFigures(places, np.array([targets[j].point for j in places]), variance)
    return found


def simulated_figures(emulators: Emulators, outcomes: dict[str, Floats], place: int) -> dict[str, FittedFigures]:
    """One run of each scenario in the place of the published figures: chance of a run, and no discrepancy."""
    found = {}
    for scenario, observed in outcomes.items():
        targets, emulator = emulators.targets[scenario], emulators.by_scenario[scenario]
        places = [j for j, t in enumerate(targets) if t.role == "fit" and np.isfinite(observed[place, j])]
        found[scenario] = FittedFigures(
            places, observed[place, places], emulator.noise[places] + emulator.error[places]
        )
    return found


@dataclass(frozen=True)
class Posterior:
    """Draws from a posterior.

    Attributes:
        shares: points of the cube, shape (draws, coordinates).
        mode: the most probable point, by the density over logits of the coordinates, shape (coordinates,): on this
            scale a coordinate of which the figures say nothing is most probable in the middle of its prior.
        steps: steps of each walker that were kept.
        autocorrelation: the longest integrated time over the coordinates, in steps.
        independent: what the steps of all walkers are worth in independent draws, by that time.
        accepted: mean share of steps that moved.
    """

    shares: Floats
    mode: Floats
    steps: int
    autocorrelation: float
    independent: float
    accepted: float


def log_likelihood(emulators: Emulators, observed: dict[str, FittedFigures], shares: Floats) -> Floats:
    """Log likelihood at points of the cube, shape (points,)."""
    total = np.zeros(len(shares))
    for scenario, seen in observed.items():
        if seen.figures:
            miss = emulators.means(scenario, shares, seen.figures) - seen.values
            total -= 0.5 * (miss**2 / seen.variance).sum(axis=1)
    return total


def sample(
    emulators: Emulators,
    observed: dict[str, FittedFigures],
    seed: int,
    draws: int,
    steps: int,
) -> Posterior:
    """Draw from the posterior, with the prior uniform in the cube.

    An ensemble (emcee; Foreman-Mackey et al. 2013) with differential evolution (ter Braak 2006) and stretch moves
    (Goodman and Weare 2010) walks over the logits of the coordinates, where there is no edge to fall from; the
    first quarter of the steps is thrown away. emcee's snooker move is not used: it draws too narrow (its step
    grows with the distance, which its acceptance does not allow for).

    Args:
        emulators: of the scenarios.
        observed: what to fit to.
        seed: of all chance.
        draws: how many, spread evenly over what is kept.
        steps: of each walker.
    """
    size = emulators.space.size
    rng = np.random.default_rng(np.random.SeedSequence([seed, size]))
    walkers = 4 * size + 20

    def log_posterior(logits: Floats) -> Floats:
        # The prior is uniform; the logit stretches it by 1 / (u (1 - u)).
        prior = -(np.logaddexp(0.0, logits) + np.logaddexp(0.0, -logits)).sum(axis=1)
        return np.asarray(prior + log_likelihood(emulators, observed, _from_logits(logits)))

    mode, start = _start(log_posterior, size, rng, walkers)
    moves = [(emcee.moves.DEMove(gamma0=_JUMP / np.sqrt(2.0 * size)), 0.8), (emcee.moves.StretchMove(), 0.2)]
    sampler = emcee.EnsembleSampler(walkers, size, log_posterior, moves=moves, vectorize=True)
    chance = np.random.RandomState(int(rng.integers(2**31))).get_state()
    sampler.run_mcmc(emcee.State(start, random_state=chance), steps, progress=False)
    kept = steps - steps // 4
    chain = _from_logits(sampler.get_chain(discard=steps // 4, flat=True))
    time = float(np.max(sampler.get_autocorr_time(discard=steps // 4, tol=0)))
    places = np.linspace(0, len(chain) - 1, draws).astype(int)
    order = rng.permutation(draws)
    independent = walkers * kept / time if time > 0 else 0.0
    shares = chain[places][order]
    return Posterior(shares, _from_logits(mode), kept, time, independent, float(np.mean(sampler.acceptance_fraction)))


def halfway(mode: Floats, shares: Floats) -> Floats:
    """Points half-way, in logits, between the mode and others of the cube, shape as ``shares``."""
    return _from_logits(0.5 * (logit(mode) + logit(shares)))


def _from_logits(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _start(
    log_posterior: Callable[[Floats], Floats], size: int, rng: np.random.Generator, walkers: int
) -> tuple[Floats, Floats]:
    """The mode, and walkers round it as a normal law of its curvature has them (Laplace), in logits.

    Shapes (size,) and (walkers, size).
    """
    ends = np.concatenate([np.eye(size), -np.eye(size)]) * _WIDTH

    def slopes(points: Floats) -> Floats:
        """Gradients by central differences, shape (points, size)."""
        found = log_posterior((points[:, None, :] + ends).reshape(-1, size)).reshape(len(points), 2, size)
        return np.asarray((found[:, 0] - found[:, 1]) / (2.0 * _WIDTH))

    crowd = rng.logistic(size=(4000, size))
    best = crowd[np.argsort(-log_posterior(crowd))[:_TRIES]]
    ways = [
        minimize(lambda z: -log_posterior(z[None])[0], z, jac=lambda z: -slopes(z[None])[0], method="BFGS")
        for z in best
    ]
    mode = min(ways, key=lambda way: float(way.fun)).x
    at_ends = slopes(mode + ends)
    curvature = -(at_ends[:size] - at_ends[size:]) / (2.0 * _WIDTH)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    widths = 1.0 / np.sqrt(np.maximum(values, _FLATTEST))
    return mode, np.asarray(mode + (rng.standard_normal((walkers, size)) * widths) @ vectors.T)
