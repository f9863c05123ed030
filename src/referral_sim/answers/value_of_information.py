"""What knowing more would be worth to a decision: expected value of partial perfect and of sample information.

By regression on draws (Strong, Oakley and Brennan 2014, Medical Decision Making 34: 311-326; of sample information,
Strong and others 2015, 35: 570-583): one run a draw is enough, for the regression takes the mean over everything that
stays unknown, chance among it. The regression is additive in cubic splines, with products of the parameters of a group,
and its coefficients have a normal prior whose width the data set (Bayesian ridge), so that their errors are known. One
thread works it out: several would change the last digits, and gain little on matrices of this size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

KNOTS = 4
SAMPLES = 400
"""Draws of the regressions' coefficients, for the Monte Carlo error."""
FEWEST = 40
"""Draws of parameters below which nothing is said."""
ALL = "all together"

Floats = NDArray[np.float64]


def value_of_information(
    benefits: pd.DataFrame, known: pd.DataFrame, groups: Mapping[str, Sequence[str]] | None = None, seed: int = 1
) -> pd.DataFrame:
    """Expected value of knowing some quantities before a decision is taken.

    Args:
        benefits: one row a draw, one column a decision: its benefit, more being better, with chance in it or without.
        known: one row a draw, in the same order: what could be known, such as a parameter (value of partial perfect
            information) or a figure that somebody could publish (value of sample information).
        groups: name -> columns of ``known`` that would be known together; each column alone if not given. All columns
            together are always added, as :data:`ALL`.
        seed: of the draws of coefficients.

    Returns:
        One row a group, in descending order of value: group, value (in the unit of ``benefits``), standard_error (Monte
        Carlo, of the regression's coefficients), share (of the value of knowing all together; NaN where that is 0) and
        decision (what would be chosen without knowing more).

    Raises:
        ValueError: if the rows do not match, there are fewer than :data:`FEWEST` of them or fewer than two decisions,
            a number is not finite, or a group names a column that is not there.
    """
    _check(benefits, known, groups)
    wanted = dict(groups) if groups is not None else {str(name): [str(name)] for name in known.columns}
    wanted[ALL] = list(map(str, known.columns))
    best = str(benefits.mean().idxmax())
    gains = benefits.sub(benefits[best], axis=0).drop(columns=best).to_numpy(dtype=float)
    random = np.random.default_rng(seed)
    rows = []
    for name, columns in wanted.items():
        value, error = _value(gains, known[list(columns)].to_numpy(dtype=float), random)
        rows.append((name, value, error))
    found = pd.DataFrame(rows, columns=["group", "value", "standard_error"])
    whole = float(found.set_index("group")["value"][ALL])
    found["share"] = found["value"] / whole if whole > 0.0 else np.nan
    found["decision"] = best
    return found.sort_values("value", ascending=False, kind="stable", ignore_index=True)


def _check(benefits: pd.DataFrame, known: pd.DataFrame, groups: Mapping[str, Sequence[str]] | None) -> None:
    if len(benefits) != len(known):
        raise ValueError(f"there are {len(benefits)} rows of benefits and {len(known)} of what could be known")
    if len(benefits) < FEWEST:
        raise ValueError(f"{len(benefits)} draws are too few; {FEWEST} or more are needed")
    if benefits.shape[1] < 2:
        raise ValueError("a decision needs two alternatives or more")
    for name, frame in (("benefits", benefits), ("what could be known", known)):
        if not np.isfinite(frame.to_numpy(dtype=float)).all():
            raise ValueError(f"{name} holds a number that is not finite")
    for group, columns in (groups or {}).items():
        missing = [name for name in columns if name not in known.columns]
        if missing or not columns:
            raise ValueError(f"group {group!r}: there is no column {', '.join(missing) or 'in it'}")


def _value(gains: Floats, known: Floats, random: np.random.Generator) -> tuple[float, float]:
    """Value of knowing some columns, and its standard error.

    The value is the mean over draws of the best expected gain over the decision that is best now, given what is known,
    less the best expected gain now. Both take the regression's means, so that the value of knowing nothing is 0.
    """
    from sklearn.linear_model import BayesianRidge
    from threadpoolctl import threadpool_limits

    terms = _terms(known)
    mean = np.zeros((len(gains), gains.shape[1] + 1))  # the last column: the decision that is best now
    spread = np.zeros((SAMPLES, *mean.shape))
    with threadpool_limits(1):
        for at, gain in enumerate(gains.T):
            scale = float(gain.std()) or 1.0
            fitted = BayesianRidge().fit(terms, gain / scale)
            mean[:, at] = scale * fitted.predict(terms)
            off = random.multivariate_normal(np.zeros(terms.shape[1]), fitted.sigma_, SAMPLES, method="eigh")
            spread[:, :, at] = scale * off @ (terms - terms.mean(axis=0)).T
    value = float(mean.max(axis=1).mean() - mean.mean(axis=0).max())
    sampled = mean + spread
    values = sampled.max(axis=2).mean(axis=1) - sampled.mean(axis=1).max(axis=1)
    return max(value, 0.0), float(values.std(ddof=1))


def _terms(known: Floats) -> Floats:
    """Standardised splines of each column, and the products of two columns by their ranks, shape (draws, terms)."""
    from scipy.stats import rankdata
    from sklearn.preprocessing import SplineTransformer

    varies = known[:, known.std(axis=0) > 0.0]
    if not varies.shape[1]:
        return np.zeros((len(known), 1))
    level = rankdata(varies, axis=0) / len(varies) - 0.5
    splines = SplineTransformer(n_knots=KNOTS, degree=3, include_bias=False).fit_transform(level)
    first, second = np.triu_indices(level.shape[1], k=1)
    terms = np.hstack([splines, level[:, first] * level[:, second]])
    spread = terms.std(axis=0)
    terms = terms[:, spread > 1e-12]
    return np.asarray((terms - terms.mean(axis=0)) / terms.std(axis=0))


def narrowed(effect: pd.Series, known: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """How much of what is not known of an effect each of some figures would take away, if somebody published it.

    A preposterior analysis: figures are simulated under each draw, with their chance, and the effect of a policy under
    the same draw is regressed on them. The share of variance that a figure explains, by five-fold cross-validation, is
    by how much it would narrow the answer.

    Args:
        effect: one row a draw: the effect, such as a paired difference. Its own chance cannot be narrowed.
        known: one row a draw, in the same order: a column a figure.
        seed: of the folds.

    Returns:
        figure and explained (share of the effect's variance, not below 0), in descending order; :data:`ALL` is the
        share that all figures together explain.

    Raises:
        ValueError: as :func:`value_of_information`.
    """
    from sklearn.linear_model import BayesianRidge
    from sklearn.model_selection import KFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    _check(pd.DataFrame({"effect": effect, "none": 0.0}), known, None)
    folds = KFold(5, shuffle=True, random_state=seed)
    target = effect.to_numpy(dtype=float)
    rows = []
    for name, columns in {**{str(c): [c] for c in known.columns}, ALL: list(known.columns)}.items():
        terms = _terms(known[columns].to_numpy(dtype=float))
        with threadpool_limits(1):
            predicted = cross_val_predict(BayesianRidge(), terms, target, cv=folds)
        explained = 1.0 - float(((target - predicted) ** 2).mean()) / float(target.var()) if target.var() else 0.0
        rows.append((name, max(explained, 0.0)))
    found = pd.DataFrame(rows, columns=["figure", "explained"])
    return found.sort_values("explained", ascending=False, kind="stable", ignore_index=True)
