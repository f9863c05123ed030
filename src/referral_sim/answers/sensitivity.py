"""What an outcome depends on: Morris's elementary effects from paired runs, and Sobol's indices on an emulator.

Designs, effects and indices are SALib's (Herman and Usher 2017). All work on shares: points of the unit cube, where
each variable is the share of its distribution below the value.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..experiment.executors import DONE
from ..experiment.variants import BASE, ExperimentDesign, Value, Variable

LEVELS = 4
"""Levels of a variable in Morris's design; a step goes over two thirds of its range."""
FEWEST_TRAJECTORIES = 4
FEWEST_POINTS_A_VARIABLE = 10
"""Points of a design for an emulator, a variable."""
MOST_LEFT_OUT = 0.1
"""Share of the points that may lack a result, beyond which nothing is said."""
LEAST_EXPLAINED = 0.8
"""Share of the variance that is not chance, below which an emulator is no stand-in for the model."""
RESAMPLES = 30
"""Emulators fitted to resampled points, for the intervals."""
SIZE = 1024
"""Points of each matrix of Saltelli's design (2010) on the emulator."""
COLUMNS = ["variable", "index", "value", "low", "high"]

Floats = NDArray[np.float64]


class SensitivityError(ValueError):
    """What was asked for cannot be answered from these runs; the text says why."""


def by_point(
    runs: pd.DataFrame, outcomes: pd.DataFrame, measure: str, group: str, points: int, replicates: int
) -> dict[str, tuple[Floats, float]]:
    """The outcome at each point of a sweep: of each scenario, and of each policy its effect where runs have none.

    Args:
        runs: the table of a sweep's runs: run, status, scenario, policies, point, replicate.
        outcomes: run, measure, group and value, of one reporting year.
        measure: name of the measure.
        group: group of the measure.
        points: of the design.
        replicates: at each point.

    Returns:
        Name of the outcome -> mean over the replicates at each point, NaN where one is missing, shape (points,); and
        the variance of such a mean by chance, from the replicates, 0 with one replicate.
    """
    chosen = outcomes[(outcomes["measure"] == measure) & (outcomes["group"] == group)]
    table = runs[runs["status"] == DONE].merge(chosen[["run", "value"]], on="run")
    found: dict[str, tuple[Floats, float]] = {}
    for scenario in dict.fromkeys(table["scenario"]):
        mine = table[table["scenario"] == scenario]
        wide = mine.pivot(index=["point", "replicate"], columns="policies", values="value")
        for policy in dict.fromkeys(mine["policies"]):
            effect = policy != BASE and BASE in wide
            values = wide[policy] - wide[BASE] if effect else wide[policy]
            at = values.groupby("point")
            means = at.mean().where(at.count() == replicates).reindex(range(points))
            chance = float(at.var(ddof=1).mean()) / replicates if replicates > 1 else 0.0
            name = f"effect of {policy} in {scenario}" if effect else f"{scenario}, policies {policy}"
            found[name] = (means.to_numpy(dtype=float), chance)
    return found


def on_steps(shares: Floats, variables: Sequence[Variable]) -> Floats:
    """Shares with those of a variable of few values at the middle of its value's slice.

    Args:
        shares: shape (points, variables).
        variables: in the order of the columns.
    """
    found = np.array(shares, dtype=float)
    for at, variable in enumerate(variables):
        steps = len(variable.every())
        if steps:
            found[:, at] = (np.minimum(np.floor(found[:, at] * steps), steps - 1) + 0.5) / steps
    return found


def morris_shares(count: int, trajectories: int, seed: int = 1) -> Floats:
    """Morris's design (1991): trajectories in which one variable moves at a time.

    Args:
        count: variables.
        trajectories: how many.
        seed: of the design.

    Returns:
        Shares, shape (trajectories x (count + 1), count).
    """
    from SALib.sample import morris

    return np.asarray(morris.sample(_problem(count), trajectories, num_levels=LEVELS, seed=seed))


def morris_design(variables: Sequence[Variable], shares: Floats) -> tuple[ExperimentDesign, list[int]]:
    """The points of Morris's design for a plan, whose runs must be paired: the same replicates at all points.

    Args:
        variables: in the order of the columns.
        shares: as :func:`morris_shares` gives them.

    Returns:
        The design, in which no point comes twice, and the number of each row's point in it.
    """
    numbers: dict[tuple[Value, ...], int] = {}
    rows = [tuple(v.at(float(u)) for v, u in zip(variables, row, strict=True)) for row in shares]
    places = [numbers.setdefault(row, len(numbers)) for row in rows]
    points = tuple(dict(zip((v.key for v in variables), row, strict=True)) for row in numbers)
    return ExperimentDesign("list", points=points), places


def elementary_effects(shares: Floats, values: Floats, names: Sequence[str], seed: int = 1) -> pd.DataFrame:
    """Elementary effects of each variable: what the outcome changes by for its whole range, the others staying.

    A trajectory with a point that has no value is left out as a whole.

    Args:
        shares: as :func:`morris_shares` gives them.
        values: the outcome at each point, NaN where there is none.
        names: of the variables.
        seed: of the bootstrap.

    Returns:
        variable, index, value, low and high. Index ``size`` is the mean absolute effect (Campolongo and others 2007)
        with its 95% bootstrap interval over trajectories; ``mean`` the mean effect, and ``spread`` its standard
        deviation over trajectories (large where the effect bends or depends on other variables), without intervals.
        Variables in descending order of size.

    Raises:
        SensitivityError: if too few trajectories are whole, or the outcome does not vary.
    """
    from SALib.analyze import morris

    steps = len(names) + 1
    whole = np.asarray(np.isfinite(values.reshape(-1, steps)).all(axis=1))
    if whole.sum() < FEWEST_TRAJECTORIES or 1.0 - whole.mean() > MOST_LEFT_OUT:
        raise SensitivityError(
            f"{int(whole.sum())} of {len(whole)} trajectories have all their runs; {FEWEST_TRAJECTORIES} or more are "
            f"needed, and {1.0 - MOST_LEFT_OUT:.0%} of them"
        )
    kept = np.repeat(whole, steps)
    _must_vary(values[kept])
    found = morris.analyze(_problem(len(names)), shares[kept], values[kept], num_levels=LEVELS, seed=seed)
    size, reach = np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"])
    nothing = np.full(len(names), np.nan)
    return _table(
        names,
        {
            "size": (size, np.maximum(size - reach, 0.0), size + reach),
            "mean": (np.asarray(found["mu"]), nothing, nothing),
            "spread": (np.asarray(found["sigma"]), nothing, nothing),
        },
    )


def sobol_indices(
    shares: Floats, values: Floats, variables: Sequence[Variable], chance: float = 0.0, seed: int = 1
) -> tuple[pd.DataFrame, float]:
    """Sobol's indices of the outcome's mean over chance, on an emulator that is fitted to runs at random points.

    Points without a value are left out: the emulator needs no whole design. The 95% intervals come from emulators
    fitted to resampled points, so that they hold what the runs leave open about the emulator.

    Args:
        shares: of the design, shape (points, variables).
        values: the outcome at each point, NaN where there is none.
        variables: in the order of the columns.
        chance: variance of a value by chance alone, from its replicates; 0 if not known, which counts all that the
            emulator misses against it.
        seed: of the resampling and the sampling on the emulator.

    Returns:
        variable, index, value, low and high, in descending order of the total index: ``first`` is the share of the
        variance that a variable explains alone, ``total`` with all that it does together with others; and the share of
        what is not chance that the emulator explains, by cross-validation.

    Raises:
        SensitivityError: if there are too few points, too many lack a value, the outcome does not vary, or the emulator
            explains less than :data:`LEAST_EXPLAINED`.
    """
    from SALib.sample import sobol

    from ..calibration.emulator import Emulator

    names = [variable.key for variable in variables]
    known = np.isfinite(values)
    least = FEWEST_POINTS_A_VARIABLE * len(names)
    if known.sum() < least or 1.0 - known.mean() > MOST_LEFT_OUT:
        raise SensitivityError(
            f"{int(known.sum())} of {len(known)} points have a result; {least} or more are needed, and "
            f"{1.0 - MOST_LEFT_OUT:.0%} of them"
        )
    x, y = on_steps(shares[known], variables), values[known]
    _must_vary(y)
    emulator = Emulator(x, y[:, None])
    explained = _explained(float(y.var()), emulator.fits[0].explained, chance)
    if explained < LEAST_EXPLAINED:
        raise SensitivityError(
            f"the emulator explains {explained:.0%} of what is not chance, less than {LEAST_EXPLAINED:.0%}: more "
            "replicates or points may help; Morris's effects (--method morris) need no emulator"
        )
    wide = np.asarray(sobol.sample(_problem(len(names)), SIZE, calc_second_order=False, seed=seed))
    wide = on_steps(wide, variables)
    random = np.random.default_rng(seed)
    first, total = _indices(emulator(wide)[:, 0], len(names), seed)
    resampled = []
    for _ in range(RESAMPLES):
        rows = random.integers(len(y), size=len(y))
        resampled.append(_indices(Emulator(x[rows], y[rows, None])(wide)[:, 0], len(names), seed))
    low, high = np.quantile(np.array(resampled), [0.025, 0.975], axis=0)
    table = _table(names, {"total": (total, low[1], high[1]), "first": (first, low[0], high[0])})
    return table, explained


def _explained(variance: float, of_all: float, chance: float) -> float:
    """Share of the variance that is not chance which an emulator explains, from the share of all variance."""
    real, missed = variance - chance, (1.0 - of_all) * variance - chance
    return 1.0 - min(max(missed, 0.0) / real, 1.0) if real > 0.0 else 0.0


def _indices(values: Floats, count: int, seed: int) -> tuple[Floats, Floats]:
    from SALib.analyze import sobol

    if float(values.std()) == 0.0:
        return np.zeros(count), np.zeros(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own intervals, which are not taken
        found = sobol.analyze(_problem(count), values, calc_second_order=False, num_resamples=2, seed=seed)
    return np.asarray(found["S1"]), np.asarray(found["ST"])


def _problem(count: int) -> dict[str, object]:
    return {"num_vars": count, "names": [f"x{n}" for n in range(count)], "bounds": [[0.0, 1.0]] * count}


def _must_vary(values: Floats) -> None:
    if not float(values.std()) > 0.0:
        raise SensitivityError("the result is the same at every point: there is nothing to explain")


def _table(names: Sequence[str], columns: dict[str, tuple[Floats, Floats, Floats]]) -> pd.DataFrame:
    """Value, low and high of each index and variable; variables by the first index, descending."""
    order = np.argsort(-next(iter(columns.values()))[0], kind="stable")
    rows = [
        (names[at], index, *(float(column[at]) for column in three)) for at in order for index, three in columns.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
