"""The posterior: emulators, sampling noise and discrepancy in a likelihood, and an ensemble that walks over it."""

from __future__ import annotations

from dataclasses import dataclass

import emcee
import numpy as np

from .emulator import Emulators
from .inputs import Calibration
from .matching import Box
from .space import Floats


@dataclass(frozen=True)
class Observed:
    """Figures to fit to, of one scenario.

    Attributes:
        figures: their places among the emulator's figures.
        values: on the figures' scales.
        variance: of each: sampling, discrepancy and the emulator's error.
    """

    figures: list[int]
    values: Floats
    variance: Floats


def published(calibration: Calibration, emulators: Emulators, times: float = 1.0) -> dict[str, Observed]:
    """The published figures with the role ``fit``.

    Args:
        calibration: what is asked.
        emulators: of its scenarios.
        times: how many times its size the discrepancy is taken (its standard deviation).
    """
    found = {}
    for scenario in calibration.scenarios:
        targets = emulators.targets[scenario]
        places = [j for j, t in enumerate(targets) if t.role == "fit"]
        variance = (
            np.array([targets[j].variance(times) for j in places]) + emulators.by_scenario[scenario].error[places]
        )
        found[scenario] = Observed(places, np.array([targets[j].point for j in places]), variance)
    return found


def simulated(emulators: Emulators, outcomes: dict[str, Floats], place: int) -> dict[str, Observed]:
    """One run of each scenario in the place of the published figures: chance of a run, and no discrepancy."""
    found = {}
    for scenario, observed in outcomes.items():
        targets, emulator = emulators.targets[scenario], emulators.by_scenario[scenario]
        places = [j for j, t in enumerate(targets) if t.role == "fit" and np.isfinite(observed[place, j])]
        found[scenario] = Observed(places, observed[place, places], emulator.noise[places] + emulator.error[places])
    return found


@dataclass(frozen=True)
class Posterior:
    """Draws from a posterior.

    Attributes:
        shares: points of the cube, shape (draws, coordinates).
        steps: steps of each walker that were kept.
        autocorrelation: the longest integrated time over the coordinates, in steps.
        accepted: mean share of steps that moved.
    """

    shares: Floats
    steps: int
    autocorrelation: float
    accepted: float


def log_likelihood(emulators: Emulators, observed: dict[str, Observed], shares: Floats) -> Floats:
    """Log likelihood at points of the cube, shape (points,)."""
    total = np.zeros(len(shares))
    for scenario, seen in observed.items():
        if seen.figures:
            miss = emulators.means(scenario, shares, seen.figures) - seen.values
            total -= 0.5 * (miss**2 / seen.variance).sum(axis=1)
    return total


def sample(
    emulators: Emulators, observed: dict[str, Observed], box: Box, seed: int, draws: int, steps: int = 2400
) -> Posterior:
    """Draw from the posterior, with the prior uniform in a box of the cube.

    An affine-invariant ensemble (emcee; Foreman-Mackey et al. 2013) with differential evolution moves (ter Braak
    2006); the first half of the steps is thrown away.

    Args:
        emulators: of the scenarios.
        observed: what to fit to.
        box: support of the prior.
        seed: of all chance.
        draws: how many, spread evenly over what is kept.
        steps: of each walker.
    """
    size = len(box.low)
    rng = np.random.default_rng(np.random.SeedSequence([seed, size]))
    walkers = 2 * size + 10

    def log_posterior(shares: Floats) -> Floats:
        inside = ((shares >= box.low) & (shares <= box.high)).all(axis=1)
        found = np.full(len(shares), -np.inf)
        if inside.any():
            found[inside] = log_likelihood(emulators, observed, shares[inside])
        return found

    first = _start(log_posterior, box, rng, walkers)
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.1)]
    sampler = emcee.EnsembleSampler(walkers, size, log_posterior, moves=moves, vectorize=True)
    start = emcee.State(first, random_state=np.random.RandomState(int(rng.integers(2**31))).get_state())
    sampler.run_mcmc(start, steps, progress=False)
    chain = sampler.get_chain(discard=steps // 2, flat=True)
    time = float(np.max(sampler.get_autocorr_time(discard=steps // 2, tol=0)))
    places = np.linspace(0, len(chain) - 1, draws).astype(int)
    order = rng.permutation(draws)
    return Posterior(chain[places][order], steps - steps // 2, time, float(np.mean(sampler.acceptance_fraction)))


def _start(log_posterior: object, box: Box, rng: np.random.Generator, walkers: int) -> Floats:
    """Walkers where the posterior is not negligible: a population that keeps its best while it spreads and shrinks."""
    assert callable(log_posterior)
    crowd = box.inside(rng.random((60 * walkers, len(box.low))))
    edge = 1e-6 * (box.high - box.low)
    for _ in range(12):
        best = crowd[np.argsort(-log_posterior(crowd))[: 2 * walkers]]
        spread = best.std(axis=0) + 1e-3 * (box.high - box.low)
        steps = rng.standard_normal((8 * walkers, len(spread))) * spread
        children = best[rng.integers(len(best), size=8 * walkers)] + 0.6 * steps
        crowd = np.concatenate([best, np.clip(children, box.low + edge, box.high - edge)])
    chosen = best[rng.permutation(len(best))[:walkers]] + 0.2 * steps[:walkers]
    return np.asarray(np.clip(chosen, box.low + edge * rng.random(), box.high - edge * rng.random()))
