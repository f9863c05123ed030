"""Pattern 12: is the effect of the programmes on an authority's referral rate there, and could statistics find it?"""

from __future__ import annotations

import math

import numpy as np

from ..answers.study_power import POWER, BeforeAndAfter, Noise, authorities_needed, power_of
from ..scenario import Scenario, load_scenario
from .judging import Check, Pattern, PatternRuns, Values, figure_only, interval

RATE = "referrals"
STUDY = BeforeAndAfter
# Carpenter and others compared authority statistics of a few years; ten authorities and three years stand for that.
AUTHORITIES, YEARS = 10, 3
YEARS_SHOWN = (1, 3, 10)
AVERAGE = "england-average"


def scenarios() -> dict[str, Scenario]:
    """The average authority with its programmes, without them, and with an identifier of programmes on record."""
    average = load_scenario(AVERAGE)
    return {
        AVERAGE: average,
        f"{AVERAGE}, no programmes": average.with_values(programmes={}),
        f"{AVERAGE}, identifier": average.with_values(recording__sslp_identifier=True),
    }


def in_each_group(effect: float, noise: float, years: int) -> float:
    """Authorities with programmes, and as many without, that find an effect in 80 of 100 studies."""
    both = authorities_needed(effect, Noise(noise), STUDY, years)
    return math.ceil(both / 2.0) if math.isfinite(both) else both


def power_in(effect: float, noise: float, authorities: int, years: int) -> float:
    """Chance that a study of so many authorities in each group finds the effect."""
    return power_of(effect, STUDY(2 * authorities, years).standard_error(Noise(noise)))


def too_small_to_find(runs: PatternRuns) -> Pattern:
    """The effect is there, authority-level statistics of a few years would not find it, and what a code would change.

    Without an identifier a study has the referral rate alone. With one it can take out the referrals on record as from
    a programme, and look for the effect on all others: what programmes bring no longer hides what they spare.
    """
    rate, bare = runs.of(AVERAGE, RATE), runs.of(f"{AVERAGE}, no programmes", RATE)
    coded = f"{AVERAGE}, identifier"
    seen = runs.of(coded, "referral_source_recorded", "source:sslp")
    blind = runs.of(AVERAGE, "referral_source_recorded", "source:sslp")
    others = runs.of(coded, RATE) * (1.0 - seen)  # nobody's record names a programme where there is none
    effects = {"without": rate - bare, "with": others - bare}
    noise = float(bare.std(ddof=1))
    per_year = "per 10,000 children under 18 a year"
    there, found = _there(effects["without"], per_year), _chance("without", effects["without"], noise, POWER)
    checks = (
        there,
        found,
        figure_only("noise: standard deviation of a year's referral rate", np.array([noise]), per_year),
        figure_only("effect, relative to the rate", effects["without"] / bare.mean(), "share"),
        *_needed("without", effects["without"], noise),
        figure_only("share of the referrals on record as from a programme, without an identifier", blind, "share"),
        figure_only("the same, with an identifier", seen, "share"),
        figure_only("effect on the referrals on record as from others, with an identifier", effects["with"], per_year),
        _chance("with", effects["with"], noise),
        *_needed("with", effects["with"], noise),
        figure_only(
            "authority-years until a programme's referral is on record in 80 of 100 studies, with an identifier",
            _years_to_see_one(runs.of(coded, "sslp_referrals_to_social_services")), "authority-years",
        ),
    )  # fmt: skip
    return Pattern(
        12, "Too small to find", "programmes change the referral rate, and statistics of a few years cannot tell",
        checks,
        "noise is that of chance alone; differences between authorities and trends would add to it, so that more "
        "authorities would be needed. Programmes bring some referrals and spare others. Without an identifier only the "
        "difference can be seen; with one, what they bring is counted, and what they spare is sought among the rest",
    )  # fmt: skip


def _there(effect: Values, unit: str) -> Check:
    mean, low, high = interval(effect)
    what = "effect of the programmes on the referral rate, same families"
    return Check(what, "not 0", mean, low, high, unit, bool(low > 0.0 or high < 0.0))


def _chance(how: str, effect: Values, noise: float, below: float | None = None) -> Check:
    """Chance to find the effect; a prediction only where it must lie below something."""
    ends = interval(effect)
    power = [power_in(e, noise, AUTHORITIES, YEARS) for e in ends]
    low, high = sorted(power[1:])
    if ends[1] < 0.0 < ends[2]:
        low = power_in(0.0, noise, AUTHORITIES, YEARS)
    what = f"chance to find it in {AUTHORITIES} authorities and {YEARS} years before and after, {how} an identifier"
    expected, holds = ("", None) if below is None else (f"below {below:g}", power[0] < below)
    return Check(what, expected, power[0], low, high, "chance", holds)


def _needed(how: str, effect: Values, noise: float) -> list[Check]:
    """Authorities that it takes with some years; without limit if the effect may be none."""
    mean, low, high = interval(effect)
    lines = []
    for years in YEARS_SHOWN:
        needed, *ends = (in_each_group(e, noise, years) for e in (mean, low, high))
        ends.sort()
        most = math.inf if low < 0.0 < high else ends[1]
        what = f"authorities needed with {years} year{'s' * (years > 1)} before and after, {how} an identifier"
        lines.append(Check(what, "", needed, ends[0], most, "authorities in each group", None))
    return lines


def _years_to_see_one(counted: Values) -> Values:
    """Authority-years until a Poisson count of this mean is above 0 with the wanted chance."""
    mean = float(counted.mean())
    return np.array([math.inf if mean <= 0.0 else -math.log(1.0 - POWER) / mean])
