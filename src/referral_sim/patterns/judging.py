"""What a pattern is, what is checked of it, and what the runs gave."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]
STANDARD_ERRORS = 1.96  # half-width of a 95% interval of a mean


@dataclass(frozen=True)
class Check:
    """One thing that a pattern says, held against the runs.

    Attributes:
        what: what was looked at. expected: what was predicted of it, in words.
        observed: mean over the replicates, in ``unit``.
        low, high: 95% interval of that mean: 1.96 standard errors over the replicates.
        holds: whether the prediction came out; None where nothing is predicted and the figure is shown only.
    """

    what: str
    expected: str
    observed: float
    low: float
    high: float
    unit: str
    holds: bool | None


@dataclass(frozen=True)
class Pattern:
    """One of the twelve patterns.

    Attributes:
        number, name: as in the model description. predicted: what must come out.
        checks: what was checked; the first is the pattern's own figure.
        reason: why it fails, as far as that is known, or what else a reader should know; may be empty.
        shown_only: the pattern is shown with how far off it is, and need not hold.
    """

    number: int
    name: str
    predicted: str
    checks: tuple[Check, ...]
    reason: str = ""
    shown_only: bool = False

    @property
    def holds(self) -> bool:
        """Every check that predicts something came out."""
        return all(check.holds is not False for check in self.checks)

    @property
    def headline(self) -> Check:
        """The first check that failed, or else the first of all."""
        return next((c for c in self.checks if c.holds is False), self.checks[0])


class PatternRuns:
    """Measures of sets of runs by name; replicate k of every set has the same seed and replicate number.

    Args:
        frames: name -> one row a replicate, one column for each (measure, group).
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    def of(self, name: str, measure: str, group: str = "all") -> Values:
        """A measure in one set of runs, shape (replicates,).

        Raises:
            KeyError: if there is no such set, measure or group.
        """
        return self._frames[name][(measure, group)].to_numpy(dtype=float)

    def groups(self, name: str, measure: str, prefix: str) -> list[str]:
        """The groups of a measure whose name begins with a prefix."""
        columns = self._frames[name].columns.to_frame(index=False).to_numpy()
        return [str(g) for m, g in columns if m == measure and str(g).startswith(prefix)]


def interval(values: Values) -> tuple[float, float, float]:
    """Mean of some replicates and its 95% interval; values that are not a number are left out."""
    there = values[np.isfinite(values)]
    if not len(there):
        return math.nan, math.nan, math.nan
    mean = float(there.mean())
    if len(there) < 2:
        return mean, mean, mean
    half = float(STANDARD_ERRORS * there.std(ddof=1) / math.sqrt(len(there)))
    return mean, mean - half, mean + half


def above(what: str, expected: str, values: Values, unit: str, least: float = 0.0) -> Check:
    """A check that a mean lies above a value: the whole interval must."""
    mean, low, high = interval(values)
    return Check(what, expected, mean, low, high, unit, bool(low > least or (low == high and mean > least)))


def below(what: str, expected: str, values: Values, unit: str, most: float = 0.0) -> Check:
    """A check that a mean lies below a value: the whole interval must."""
    mean, low, high = interval(values)
    return Check(what, expected, mean, low, high, unit, bool(high < most or (low == high and mean < most)))


def within(what: str, values: Values, unit: str, between: tuple[float, float]) -> Check:
    """A check that a mean lies between two values."""
    mean, low, high = interval(values)
    return Check(
        what, f"{between[0]:.4g} to {between[1]:.4g}", mean, low, high, unit, bool(between[0] <= mean <= between[1])
    )


def near(what: str, values: Values, unit: str, published: float, tolerance: float) -> Check:
    """A check that a mean lies within a tolerance, as a part of the published value, of it."""
    mean, low, high = interval(values)
    expected = f"{published:.4g} within {tolerance:.0%}"
    return Check(what, expected, mean, low, high, unit, bool(abs(mean - published) <= tolerance * abs(published)))


def figure_only(what: str, values: Values, unit: str, expected: str = "") -> Check:
    """A figure that is shown beside the checks and predicts nothing."""
    mean, low, high = interval(values)
    return Check(what, expected, mean, low, high, unit, None)
