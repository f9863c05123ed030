"""Checks of a calibration: predictions beside targets, coverage on simulated data, authorities left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ..experiment.executors import Executor
from .calibration_file import Calibration, Floats, Space, Target, figures_on_scale, scaled, unscaled
from .calibration_runs import StageRuns
from .emulator import Emulators, emulate
from .posterior import FittedFigures, Posterior, sample, simulated_figures

T = TypeVar("T")
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
FAR = 3.0
"""A target beyond this many standard deviations does not fit."""
_DRAWS = 300
_FOLDS = 5
"""Parts into which the simulated truths are divided; each meets emulators that have not seen it."""


def predicted(
    calibration: Calibration, emulators: Emulators, shares: Floats, discrepancy_factor: float = 1.0, seed: int = 1
) -> pd.DataFrame:
    """What draws predict of each target: emulator, chance of the published count and discrepancy together.

    Args:
        calibration: what is asked.
        emulators: of its scenarios.
        shares: draws, shape (draws, coordinates).
        discrepancy_factor: how many times its size the discrepancy is taken.
        seed: of the chance.

    Returns:
        One row a target: target, scenario, measure, group, role, published, low, mid, high (90% interval, in the
        measure's unit), z (published less middle, in standard deviations of the prediction, on the figure's scale).
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 7]))
    rows = []
    for scenario in calibration.scenarios:
        mean, emulator = emulators.means(scenario, shares), emulators.by_scenario[scenario]
        for j, target in enumerate(emulators.targets[scenario]):
            # A figure without a known count has the chance that a simulated year has.
            chance = target.sampling or (emulator.noise[j] if target.denominator is None else 0.0)
            variance = chance + (discrepancy_factor * target.error) ** 2 + emulator.error[j]
            y = mean[:, j] + np.sqrt(variance) * rng.standard_normal(len(shares))
            low, mid, high = unscaled(np.quantile(y, [0.05, 0.5, 0.95]), target.scale)
            z = (target.point - y.mean()) / max(y.std(), 1e-12)
            rows.append((*_named(target), target.value, low, mid, high, z))
    return pd.DataFrame(
        rows, columns=["target", "scenario", "measure", "group", "role", "published", "low", "mid", "high", "z"]
    )


def _named(target: Target) -> tuple[str, str, str, str, str]:
    return target.name, target.scenario, target.measure, target.group, target.role


def unreachable(calibration: Calibration, emulators: Emulators, runs: list[StageRuns]) -> pd.DataFrame:
    """Prior-predictive check: fitted targets that no run of the prior comes near.

    Args:
        calibration: what is asked.
        emulators: only for the order of targets.
        runs: of the first wave.

    Returns:
        One row a target: target, published, lowest and highest simulated, below (share of runs below it), reached.
        A target is reached when it lies within the runs, or within three standard deviations of their ends.
    """
    rows = []
    for scenario in calibration.scenarios:
        raw = np.concatenate([outcomes[scenario] for _, outcomes in runs])
        for j, target in enumerate(emulators.targets[scenario]):
            y = raw[:, j][np.isfinite(raw[:, j])]
            on_scale, reach = scaled(y, target.scale), FAR * np.sqrt(target.variance())
            reached = on_scale.min() - reach <= target.point <= on_scale.max() + reach
            rows.append((target.name, target.role, target.value, y.min(), y.max(), (y < target.value).mean(), reached))
    return pd.DataFrame(rows, columns=["target", "role", "published", "lowest", "highest", "below", "reached"])


def sensitivity(emulators: Emulators, seed: int = 1) -> pd.DataFrame:
    """How much each parameter moves each figure over its prior, by the emulators.

    Args:
        emulators: fitted to runs over the whole prior.
        seed: of the points.

    Returns:
        One row a target and parameter: target, parameter, effect (mean absolute difference of the figure between the
        parameter's 95th and 5th percentile, the others drawn from the prior; on the figure's scale), in_sd (the same in
        standard deviations of the figure's own error).
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 17]))
    space, rows = emulators.space, []
    others = rng.random((_DRAWS, space.size))
    for scenario, targets in emulators.targets.items():
        errors = np.sqrt([t.variance() or 1.0 for t in targets])
        for i in space.columns(scenario):
            ends = [others.copy() for _ in range(2)]
            for end, at in zip(ends, (0.05, 0.95), strict=True):
                end[:, i] = at
            low, high = (emulators.means(scenario, end) for end in ends)
            effects = np.abs(high - low).mean(axis=0)
            key = space.coordinates[i].parameter.key
            rows += [(t.name, key, e, e / sd) for t, e, sd in zip(targets, effects, errors, strict=True)]
    return pd.DataFrame(rows, columns=["target", "parameter", "effect", "in_sd"])


def emulators_table(emulators: Emulators) -> pd.DataFrame:
    """How good each emulator is.

    Returns:
        One row a target: target, role, explained (share of the variance of runs, by cross-validation), noise_sd and
        error_sd (of a run by chance, and of the emulator's mean, on the figure's scale).
    """
    rows = [
        (target.name, target.role, fit.explained, fit.noise**0.5, fit.error**0.5)
        for scenario, targets in emulators.targets.items()
        for target, fit in zip(targets, emulators.by_scenario[scenario].fits, strict=True)
    ]
    return pd.DataFrame(rows, columns=["target", "role", "explained", "noise_sd", "error_sd"])


def parameters_table(emulators: Emulators, posterior: Posterior) -> pd.DataFrame:
    """Prior and posterior of each coordinate.

    Returns:
        One row a coordinate: parameter, unit, source, prior_low, prior_high, posterior_low, posterior_mid,
        posterior_high (90% intervals, in the unit), mode (the most probable point), contraction (1 less the variance
        of the posterior over that of the prior, on the cube).
    """
    space, shares = emulators.space, posterior.shares
    ends = space.values(np.stack([np.full(space.size, u) for u in (0.05, 0.95)]))
    quantiles = space.values(np.quantile(shares, [0.05, 0.5, 0.95], axis=0))
    contraction = 1.0 - 12.0 * shares.var(axis=0)
    return pd.DataFrame(
        {
            "parameter": space.names,
            "unit": [c.parameter.unit for c in space.coordinates],
            "source": [c.parameter.source for c in space.coordinates],
            "prior_low": ends[0],
            "prior_high": ends[1],
            "posterior_low": quantiles[0],
            "posterior_mid": quantiles[1],
            "posterior_high": quantiles[2],
            "mode": space.values(posterior.mode[None])[0],
            "contraction": contraction,
        }
    )


def ridges(emulators: Emulators, shares: Floats, least: float = 0.4) -> pd.DataFrame:
    """Pairs of parameters that the figures tell apart together only: rank correlation at or above ``least``."""
    names = emulators.space.names
    ranks = pd.DataFrame(shares).corr("spearman").to_numpy()
    rows = [
        (names[i], names[j], float(ranks[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if abs(ranks[i, j]) >= least
    ]
    found = pd.DataFrame(rows, columns=["one", "other", "correlation"])
    return found.sort_values("correlation", key=abs, ascending=False, ignore_index=True)


def coverage(
    calibration: Calibration,
    space: Space,
    waves: list[StageRuns],
    centre: StageRuns | None,
    executor: Executor,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulation-based calibration (Talts et al. 2018): fit to simulated figures whose parameters are known.

    The truths are the runs of the later waves (of the first, if there is one alone), where the calibration has to be
    right. Each is fitted to by emulators that have not seen it: the runs are divided into parts, and those of a part
    meet the emulators of all other runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        waves: the runs.
        centre: runs round the mode, which are no truths: they are too like each other.
        executor: who makes the fits.

    Returns:
        Columns level, coverage (share of true values inside the central interval, over all coordinates and runs) and
        se (its standard error, over the runs); and one row a coordinate: parameter, coverage_90, contraction (mean over
        the fits), correlation of the true value with the posterior's mean.

    Raises:
        RuntimeError: if a fit fails.
    """
    first, known = (waves[:1], waves[1:]) if len(waves) > 1 else ([], waves)
    shares = np.concatenate([x for x, _ in known])
    raw = {s: np.concatenate([outcomes[s] for _, outcomes in known]) for s in calibration.scenarios}
    part = np.arange(len(shares)) % _FOLDS
    parts = [
        (calibration, space, [*first, StageRuns(shares[part != k], {s: y[part != k] for s, y in raw.items()})], centre)
        for k in range(_FOLDS)
    ]
    emulators = _all_made(executor, fit_emulators, parts)
    on_scale = {s: figures_on_scale(raw[s], emulators[0].targets[s]) for s in raw}
    steps = calibration.size.steps // 4
    draws = _all_made(
        executor,
        one_fit,
        [
            (emulators[k], simulated_figures(emulators[k], on_scale, i), calibration.seed + i, steps)
            for i, k in enumerate(part)
        ],
    )
    ranks = np.array([(d < x).mean(axis=0) for d, x in zip(draws, shares, strict=True)])
    means, spreads = np.array([d.mean(axis=0) for d in draws]), np.array([d.var(axis=0) for d in draws])
    off = np.abs(ranks - 0.5) * 2.0
    within = [(off <= level).mean(axis=1) for level in LEVELS]  # of each run, over the coordinates
    curve = pd.DataFrame(
        {
            "level": LEVELS,
            "coverage": [float(w.mean()) for w in within],
            "se": [float(w.std(ddof=1)) / len(w) ** 0.5 for w in within],
        }
    )
    each = pd.DataFrame(
        {
            "parameter": space.names,
            "coverage_90": (off <= 0.9).mean(axis=0),
            "contraction": 1.0 - 12.0 * spreads.mean(axis=0),
            "correlation": [float(np.corrcoef(shares[:, i], means[:, i])[0, 1]) for i in range(space.size)],
        }
    )
    return curve, each


def _all_made(executor: Executor, function: Callable[[Any], T], tasks: list[Any]) -> list[T]:
    """What a function gives for tasks, in their order."""
    place = {id(task): i for i, task in enumerate(tasks)}
    found: dict[int, T] = {}
    for end in executor.run(function, tasks):
        if end.value is None:
            raise RuntimeError(f"a fit to simulated figures failed: {end.reason}")
        found[place[id(end.task)]] = end.value
    return [found[i] for i in range(len(tasks))]


def fit_emulators(task: tuple[Calibration, Space, list[StageRuns], StageRuns | None]) -> Emulators:
    """The emulators of one part of :func:`coverage`; a plain function so that a process can make it."""
    with threadpool_limits(1):
        return emulate(*task)


def one_fit(task: tuple[Emulators, dict[str, FittedFigures], int, int]) -> Floats:
    """One fit of :func:`coverage`; a plain function so that a process can make it."""
    emulators, observed, seed, steps = task
    with threadpool_limits(1):
        return sample(emulators, observed, seed, _DRAWS, steps).shares


def left_out(calibration: Calibration, emulators: Emulators, observed: dict[str, FittedFigures]) -> pd.DataFrame:
    """Each scenario predicted from the others.

    The left-out one keeps its structure and its population. Shared parameters come from the others' posterior. Its own
    come from the spread of the others' own values in each draw (a t distribution round their mean; from the prior where
    fewer than two others have one).

    Returns:
        The columns of :func:`predicted` for the left-out scenario, and inside (whether the published figure lies in
        the 90% interval).
    """
    space, seed = emulators.space, calibration.seed
    rng = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    count, steps = calibration.size.draws, calibration.size.steps * 2 // 3
    parts = []
    for scenario in calibration.scenarios:
        others = {s: seen for s, seen in observed.items() if s != scenario}
        draws = sample(emulators, others, seed, count, steps).shares
        for i, coordinate in enumerate(space.coordinates):
            if coordinate.scenario == scenario:
                same = [
                    j
                    for j, c in enumerate(space.coordinates)
                    if c.parameter.key == coordinate.parameter.key and c.scenario != scenario
                ]
                draws[:, i] = from_other_scenarios(draws[:, same], rng) if len(same) > 1 else rng.random(len(draws))
        found = predicted(calibration, emulators, draws, seed=seed)
        parts.append(found[found["scenario"] == scenario])
    table = pd.concat(parts, ignore_index=True)
    return table.assign(inside=(table["low"] <= table["published"]) & (table["published"] <= table["high"]))


def from_other_scenarios(others: Floats, rng: np.random.Generator) -> Floats:
    """Values of a scenario of its own, from the spread of the others' in each draw, shape (draws,).

    Args:
        others: the others' own values on the cube, shape (draws, other scenarios).
        rng: of the chance.
    """
    count = others.shape[1]
    spread = others.std(axis=1, ddof=1) * np.sqrt(1.0 + 1.0 / count)
    return np.asarray(np.clip(others.mean(axis=1) + spread * rng.standard_t(count - 1, len(others)), 0.001, 0.999))
