"""Pattern 12: is the effect of the programmes on an authority's referral rate there, and could statistics find it?"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ..scenario import Scenario, load_scenario
from .results import Check, Pattern, Results, Values, interval, shown

RATE = "referrals"
POWER, SIZE = 0.8, 0.05
# Carpenter and others compared authority statistics of a few years; ten authorities and three years stand for that.
AUTHORITIES, YEARS = 10, 3


def needs() -> dict[str, Scenario]:
    """The average authority with its programmes, without them, and with an identifier of programmes on record."""
    average = load_scenario("england-average")
    return {
        "england-average": average,
        "england-average, no programmes": average.with_values(programmes={}),
        "england-average, identifier": average.with_values(recording__sslp_identifier=True),
    }


def authorities_needed(effect: float, noise: float, years: int) -> float:
    """Authorities with programmes, and as many without, that find an effect in 80 of 100 studies.

    Difference of means of two groups, each authority's rate averaged over ``years`` before and after the programmes
    began; normal approximation, two-sided 5%: n = 2 x (2 noise^2 / years) x ((z_0.975 + z_0.8) / effect)^2.

    Args:
        effect: change of the rate, in the unit of ``noise``.
        noise: standard deviation of one authority's rate from year to year.
        years: years before and years after.
    """
    if effect == 0.0:
        return math.inf
    z = NormalDist().inv_cdf(1.0 - SIZE / 2.0) + NormalDist().inv_cdf(POWER)
    return 2.0 * (2.0 * noise**2 / years) * (z / effect) ** 2


def power_of(effect: float, noise: float, authorities: int, years: int) -> float:
    """Chance that such a study of some authorities and years finds the effect; see :func:`authorities_needed`."""
    error = math.sqrt(2.0 * 2.0 * noise**2 / years / authorities)
    reach = NormalDist().inv_cdf(1.0 - SIZE / 2.0)
    shift = effect / error if error else math.inf * np.sign(effect)
    normal = NormalDist()
    return normal.cdf(-reach - shift) + 1.0 - normal.cdf(reach - shift)


def too_small_to_find(results: Results) -> Pattern:
    """The effect is there, and authority-level statistics of a few years would not find it."""
    having, without = (results.of(n, RATE) for n in ("england-average", "england-average, no programmes"))
    effect = having - without
    mean, low, high = interval(effect)
    there = Check(
        "effect of the programmes on the referral rate, same families", "not 0", mean, low, high,
        "per 10,000 children under 18 a year", bool(low > 0.0 or high < 0.0),
    )  # fmt: skip
    noise = float(without.std(ddof=1))
    power = [power_of(e, noise, AUTHORITIES, YEARS) for e in (mean, low, high)]
    found = Check(
        f"chance to find it in {AUTHORITIES} authorities and {YEARS} years before and after, without an identifier",
        "below 0.8", power[0], min(power), max(power), "chance", power[0] < POWER,
    )  # fmt: skip
    lines = [
        _single(f"authorities needed with {years} years before and after", effect, noise, years) for years in (1, 3, 10)
    ]
    seen = results.of("england-average, identifier", "referral_source_recorded", "source:sslp")
    blind = results.of("england-average", "referral_source_recorded", "source:sslp")
    counted = results.of("england-average, identifier", "sslp_referrals_to_social_services")
    checks = (
        there,
        found,
        shown("noise: standard deviation of a year's referral rate", np.array([noise]), there.unit),
        shown("effect, relative to the rate", effect / without.mean(), "share"),
        *lines,
        shown("share of the referrals on record as from a programme, without an identifier", blind, "share"),
        shown("the same with an identifier", seen, "share"),
        shown("authority-years until one such referral is on record in 80 of 100 studies, with an identifier",
              _years_to_see_one(counted), "authority-years"),
    )  # fmt: skip
    return Pattern(
        12, "Too small to find", "programmes change the referral rate, and statistics of a few years cannot tell",
        checks,
        "noise is that of chance alone; differences between authorities and trends would add to it. With an "
        "identifier the programmes' own referrals can be counted, but not those that they spared",
    )  # fmt: skip


def _single(what: str, effect: Values, noise: float, years: int) -> Check:
    mean, low, high = interval(effect)
    needed = authorities_needed(mean, noise, years)
    ends = [authorities_needed(e, noise, years) for e in (low, high)]
    return Check(what, "", needed, min([needed, *ends]), max([needed, *ends]), "authorities in each group", None)


def _years_to_see_one(counted: Values) -> Values:
    """Authority-years until a Poisson count of this mean is above 0 with the wanted chance."""
    mean = float(counted.mean())
    return np.array([math.inf if mean <= 0.0 else -math.log(1.0 - POWER) / mean])
