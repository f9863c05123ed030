"""Who would notice an effect: power of studies of published statistics, and how wrong what they find can be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POWER, SIZE = 0.8, 0.05
MOST = 1_000_000
"""Authorities beyond which none are named: as good as never."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """What an authority's figure varies by when nothing is done, in the unit of the figure.

    Attributes:
        within: standard deviation from year to year in one authority.
        between: standard deviation between authorities of their means over the years.
    """

    within: float
    between: float = 0.0


@dataclass(frozen=True)
class PublishedStudy:
    """How authorities are compared. ``authorities`` is the number in all; ``years`` what each design says it is."""

    authorities: int
    years: int

    name = ""
    at_least = 2

    def standard_error(self, noise: Noise) -> float:
        """Standard error of the estimated effect, in the unit of the noise."""
        raise NotImplementedError


class CrossSection(PublishedStudy):
    """Half the authorities have the policy and half have not; each one's mean over some years.

    Variance 4 (between^2 + within^2 / years) / authorities.
    """

    name = "with and without"

    def standard_error(self, noise: Noise) -> float:
        """See the class."""
        return math.sqrt(4.0 * (noise.between**2 + noise.within**2 / self.years) / self.authorities)


class BeforeAndAfter(PublishedStudy):
    """Half get the policy; each one's mean of some years after less that of as many before it.

    Variance 8 within^2 / (years authorities): what differs between authorities cancels.
    """

    name = "before and after"

    def standard_error(self, noise: Noise) -> float:
        """See the class."""
        return math.sqrt(8.0 * noise.within**2 / self.years / self.authorities)


class SteppedWedge(PublishedStudy):
    """All authorities get the policy, a group of them at the end of each year but the last, in an order drawn by lot.

    The variance is that of Hussey and Hughes (2007, Contemporary Clinical Trials 28: 182-191, equation 7), with a fixed
    effect of each year and a random one of each authority.
    """

    name = "stepped wedge"
    at_least = 2

    def standard_error(self, noise: Noise) -> float:
        """See the class."""
        x = self.treated()
        clusters, periods = x.shape
        sigma, tau = noise.within**2, noise.between**2
        u, w, v = x.sum(), (x.sum(axis=0) ** 2).sum(), (x.sum(axis=1) ** 2).sum()
        below = (clusters * u - w) * sigma + (u**2 + clusters * periods * u - periods * w - clusters * v) * tau
        return math.sqrt(clusters * sigma * (sigma + periods * tau) / below) if below > 0.0 else math.inf

    def treated(self) -> Floats:
        """Which authority has the policy in which year, 0 or 1, shape (authorities, years)."""
        steps = self.years - 1
        starts = 1 + np.arange(self.authorities) * steps // self.authorities
        return (np.arange(self.years)[None, :] >= starts[:, None]).astype(float)


DESIGNS: tuple[type[PublishedStudy], ...] = (CrossSection, BeforeAndAfter, SteppedWedge)


def power_of(effect: float, error: float, size: float = SIZE) -> float:
    """Chance that a two-sided test finds an effect that is estimated with a standard error; normal approximation."""
    reach = NormalDist().inv_cdf(1.0 - size / 2.0)
    if error == 0.0:
        return 1.0 if effect else size
    normal, shift = NormalDist(), effect / error
    return normal.cdf(-reach - shift) + 1.0 - normal.cdf(reach - shift)


def smallest_effect(error: float, power: float = POWER, size: float = SIZE) -> float:
    """The smallest effect that a study of this standard error finds with the wanted chance."""
    return (NormalDist().inv_cdf(1.0 - size / 2.0) + NormalDist().inv_cdf(power)) * error


def authorities_needed(
    effect: float, noise: Noise, design: type[PublishedStudy], years: int, power: float = POWER, size: float = SIZE
) -> float:
    """The fewest authorities in all with which a design finds an effect, infinite beyond :data:`MOST`.

    Args:
        effect: in the unit of the noise.
        noise: what a figure varies by.
        design: how authorities are compared.
        years: years of the design.
        power: wanted chance to find it, above ``size`` and below 1.
        size: chance of a false alarm.
    """
    most = MOST if design is not SteppedWedge else 5_000
    low, high = design.at_least, design.at_least

    def finds(count: int) -> bool:
        return power_of(effect, design(count, years).standard_error(noise), size) >= power

    while not finds(high):
        low, high = high, 2 * high
        if high > most:
            return math.inf
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle + 1, high)
    return float(high)


def study_table(
    effects: Floats, noise: Noise, designs: Iterable[PublishedStudy], power: float = POWER, size: float = SIZE
) -> pd.DataFrame:
    """What studies of some designs would make of an effect.

    Args:
        effects: the effect under each draw of the parameters, in the unit of the noise.
        noise: what a figure varies by.
        designs: the studies.
        power: wanted chance to find it.
        size: chance of a false alarm when there is no effect.

    Returns:
        One row a design: design, authorities, years, error (standard error), smallest (effect found with the wanted
        chance), chance (to find the effect, the mean over the draws: the assurance of O'Hagan and others 2005), low and
        high (its 5th and 95th percentile over the draws), needed (authorities for the wanted chance at the mean effect,
        and so many years), wrong_sign and times_too_large (of an effect that is found: the chance that its sign is
        wrong, and how many times too large it is in the mean; Gelman and Carlin 2014).

    Raises:
        ValueError: if there are no effects, or a number is out of its range.
    """
    if not len(effects) or not np.isfinite(effects).all():
        raise ValueError("effects must be one or more finite numbers")
    if not 0.0 < size < power < 1.0:
        raise ValueError(f"size {size:g} and power {power:g} must rise between 0 and 1")
    if noise.within <= 0.0 or noise.between < 0.0:
        raise ValueError(f"noise must be above 0 within authorities and not below 0 between them, not {noise}")
    rows = []
    for one in designs:
        if one.authorities < one.at_least or one.years < (3 if isinstance(one, SteppedWedge) else 1):
            raise ValueError(f"{one.name}: {one.authorities} authorities and {one.years} years are too few")
        error = one.standard_error(noise)
        chances = np.array([power_of(float(e), error, size) for e in effects])
        low, high = np.quantile(chances, [0.05, 0.95])
        mean = float(np.mean(effects))
        rows.append(
            {"design": one.name, "authorities": one.authorities, "years": one.years, "error": error,
             "smallest": smallest_effect(error, power, size), "chance": float(chances.mean()), "low": float(low),
             "high": float(high), "needed": authorities_needed(mean, noise, type(one), one.years, power, size),
             **found_and_wrong(mean, error, size)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def found_and_wrong(effect: float, error: float, size: float = SIZE) -> dict[str, float]:
    """Of estimates that are told from 0: the chance of a wrong sign, and their mean size over that of the effect.

    With e = effect / error, c the critical value, phi and Phi the normal density and distribution: wrong sign
    Phi(-c - |e|) / power; exaggeration (phi(c - |e|) + phi(c + |e|) + |e| (1 - Phi(c - |e|)) - |e| Phi(-c - |e|)) /
    (|e| power) (Gelman and Carlin 2014, Perspectives on Psychological Science 9: 641-651).
    """
    normal = NormalDist()
    c, e = normal.inv_cdf(1.0 - size / 2.0), abs(effect) / error if error else math.inf
    if e == 0.0:
        return {"wrong_sign": 0.5, "times_too_large": math.inf}
    if math.isinf(e):
        return {"wrong_sign": 0.0, "times_too_large": 1.0}
    right, wrong = 1.0 - normal.cdf(c - e), normal.cdf(-c - e)
    size_found = normal.pdf(c - e) + normal.pdf(c + e) + e * right - e * wrong
    return {"wrong_sign": wrong / (right + wrong), "times_too_large": size_found / (e * (right + wrong))}
