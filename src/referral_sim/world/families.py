"""The families of an authority: children, places, areas, lasting need (MODEL W1, W2, W10, S6). One row a family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ..scenario import Scenario
from ..scenario.fields import EthnicGroup
from .calendar import BEYOND, DAYS_A_YEAR, Calendar
from .streams import Stream, generator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CHILDREN = 4
NEVER = BEYOND  # when what does not happen happens
GROUPS = tuple(EthnicGroup)
HIGHEST_LASTING_NEED = 4.0
COMING_OF_AGE = 18.0
GAP = (2.0, 4.0)
"""Years between the births of brothers and sisters, uniform between these (assumed)."""
OLDEST_FIRST_CHILD = COMING_OF_AGE + (MOST_CHILDREN - 1) * GAP[1]


@dataclass(frozen=True)
class Families:
    """Columns of the families; every array has one entry a family unless said otherwise.

    All families have a row who live in the authority at some time of the run. ``locality``, ``area`` and ``further``
    are today's: the model changes them in place when families come, move and leave (W5) and programmes become
    children's centres (S6). All others stay as they were drawn.

    Attributes:
        arrives, leaves: first day here and first day gone, as offsets from the run's start; -1e9 and 1e9 for those who
            are here from the beginning, and to the end.
        births: day of birth of each child as an offset from the run's start, shape (families, 4); 1e9 for no child. In
            a run it lies in memory child by child, because rules ask all families for the youngest of a few.
        locality: index of the intake team's patch.
        area: index of the programme in whose area the family lives, -1 for none and for who is not here.
        further: index of the programme that takes the family in as a children's centre (S6), -1 for none.
        rank: deprivation of the first place, 0 (most deprived) to 1, uniform.
        which: uniform number of the first place that chooses among its locality's programmes.
        deprived: lives in an area like the most deprived fifth of England.
        group: index into :class:`EthnicGroup`.
        baseline: lasting need, in tiers (1 and above).
        registered_before: offset of the last registration before the run, or before the family came; -1e9 for none.
        use: uniform number that decides whether the family uses its programme (S1).
        outreach: uniform number that orders families for outreach.
        wary: uniform number that makes a family more or less wary than others of its group (F7).
        withdrawal: uniform number that decides in which months the family leaves a support package (F7).
    """

    arrives: Floats
    leaves: Floats
    births: Floats
    locality: Ints
    area: Ints
    further: Ints
    rank: Floats
    which: Floats
    deprived: NDArray[np.bool_]
    group: Ints
    baseline: Floats
    registered_before: Floats
    use: Floats
    outreach: Floats
    wary: Floats
    withdrawal: Floats

    def __len__(self) -> int:
        return len(self.locality)

    def ages(self, family: Ints, offset: Floats | float) -> tuple[Floats, Floats]:
        """Ages in years of the youngest and the oldest child below 18 on a day; infinite and -infinite for none."""
        age = (offset - self.births.T.take(family, axis=1)) / DAYS_A_YEAR
        child = (age >= 0.0) & (age < COMING_OF_AGE)
        youngest, oldest = np.where(child, age, np.inf).min(axis=0), np.where(child, age, -np.inf).max(axis=0)
        return np.asarray(youngest), np.asarray(oldest)

    def youngest_age_of(self, family: int, offset: float) -> float:
        """The same for one family, without the cost of an array."""
        ages = (offset - born for born in self.births[family].tolist())
        return min((age for age in ages if 0 <= age <= 18 * DAYS_A_YEAR), default=np.inf) / DAYS_A_YEAR

    def children_at(self, offset: float, below: float = 18.0) -> Ints:
        """Children of each family who are here, born and below an age (years) on a day, shape (families,)."""
        age = offset - self.births.T  # child by child, as they lie in memory
        children = ((age >= 0) & (age < below * DAYS_A_YEAR)).sum(axis=0)
        return np.asarray(np.where(self.here_at(offset), children, 0))

    def are_children(self, family: Ints, offset: Floats | float) -> NDArray[np.bool_]:
        """Which of some families' children are born and below 18 on a day, shape (families, 4).

        ``offset`` is one day for all or one each.
        """
        age = np.asarray(offset)[..., None] - self.births[family]
        return np.asarray((age >= 0.0) & (age < COMING_OF_AGE * DAYS_A_YEAR))

    def here_at(self, offset: float) -> NDArray[np.bool_]:
        """Which families live in the authority on a day, shape (families,)."""
        return np.asarray((self.arrives <= offset) & (offset < self.leaves))


class Areas:
    """The rule that says in which programme's area a family lives.

    In each locality the families of the lowest deprivation rank live in an area, as many as its programmes need
    (Ch. 5e: an area may lie in several localities). Those of the next ranks are taken by the programmes that become
    children's centres. To which programme a family belongs is drawn, so that all of a locality are equally deprived.
    """

    def __init__(self, scenario: Scenario) -> None:
        people, programmes = scenario.population, list(scenario.programmes.values())
        places = list(scenario.localities)
        patch = np.array([p.share for p in scenario.localities.values()])
        patch = patch / patch.sum() if patch.sum() else patch
        children = people.children * people.share_under_five * patch
        lies_in = np.array([[(p.localities or {places[0]: 1.0}).get(x, 0.0) for p in programmes] for x in places])
        lies_in = lies_in.reshape(len(places), len(programmes))
        size = np.array([p.children_under_five for p in programmes], dtype=float)
        centre = np.array([p.centre.children_under_five if p.centre else 0.0 for p in programmes], dtype=float)
        self._base: Floats = lies_in * size
        self._further: Floats = lies_in * np.maximum(centre - size, 0.0)
        whole = np.where(children > 0, children, np.inf)
        self._inner = np.minimum(self._base.sum(axis=1) / whole, people.deprived_share)
        self._outer = np.minimum(self._inner + self._further.sum(axis=1) / whole, 1.0)

    def of(self, rank: Floats, which: Floats, locality: Ints) -> tuple[Ints, Ints]:
        """Areas of some families.

        Args:
            rank: deprivation ranks, 0 (most deprived) to 1, shape (families,).
            which: uniform numbers that choose among a locality's programmes, shape (families,).
            locality: indices of the localities, shape (families,).

        Returns:
            Index of the programme in whose area each family lives, and of the one that takes it in as a children's
            centre; -1 for none, never both, each of shape (families,).
        """
        area, further = np.full(len(rank), -1), np.full(len(rank), -1)
        for place, (base, later) in enumerate(zip(self._base, self._further, strict=True)):
            inner, outer = self._inner[place], self._outer[place]
            if outer <= 0.0:
                continue
            here = np.flatnonzero((locality == place) & (rank < outer))
            inside = rank[here] < inner
            area[here[inside]] = _choose(base, which[here[inside]])
            further[here[~inside]] = _choose(later, which[here[~inside]])
        return area, further


def _choose(weights: Floats, u: Floats) -> Ints:
    """An index for each uniform number, by the weights."""
    return np.searchsorted(np.cumsum(weights[:-1]) / max(weights.sum(), 1e-300), u, side="right")


def draw_families(scenario: Scenario, calendar: Calendar, seed: int, replicate: int) -> Families:
    """Draw the families who live here on the first day, are founded here, or come or go on balance. World only (W4).

    Ages follow the density exp(-d x age), with d from the share of children under five. So that numbers, ages and sizes
    of families stay level, families leave on balance at the rate d less the growth, or come where it is below 0 (W10):
    a population that is young for its births is one that families leave, as inner London's did. Children who will be
    born during the run are drawn with the others. Families who come in exchange for others are drawn with the moves.
    """
    people = scenario.population
    rng = generator(seed, replicate, Stream.FAMILIES)
    sizes = np.array([people.one_child, people.two_children, people.three_children])
    sizes = np.append(sizes, max(0.0, 1.0 - sizes.sum()))
    ahead = calendar.length / DAYS_A_YEAR
    decline = decline_with_age(people.share_under_five)
    net = decline - people.growth
    each = _mass(decline, 0.0, COMING_OF_AGE) / _mass(decline, -ahead, OLDEST_FIRST_CHILD)
    later = _mass(decline, *GAP) / (GAP[1] - GAP[0])  # of a child each, how many of the next there are at one time
    drawn = people.children / (each * float(np.cumsum(sizes[::-1])[::-1] @ later ** np.arange(MOST_CHILDREN)))
    drawn *= np.exp(max(-net, 0.0) * ahead)
    size, births = _births(rng, sizes, round(drawn), ahead, decline)
    count = len(size)
    place = np.searchsorted(_steps([p.share for p in scenario.localities.values()]), rng.random(count), side="right")
    rank, which = rng.random(count), rng.random(count)
    deprived = rank < people.deprived_share
    area, further = Areas(scenario).of(rank, which, place)
    group = groups_of(scenario, deprived, rng.random(count))
    use, outreach, wary, stay, withdrawal = rng.random((5, count))
    arrives, leaves = _net_moves(net, calendar, stay)
    need_rng = generator(seed, replicate, Stream.NEED)
    baseline = lasting_need(scenario, rank, need_rng.standard_normal(count))
    before = earlier_registration(scenario, baseline, need_rng.random(count), 0.0)
    return Families(
        arrives,
        leaves,
        births,
        place,
        area,
        further,
        rank,
        which,
        deprived,
        group,
        baseline,
        before,
        use,
        outreach,
        wary,
        withdrawal,
    )


def decline_with_age(share_under_five: float) -> float:
    """The d of a population of density exp(-d x age) from 0 to 18 years with a share under five, per year of age.

    The share is (1 - exp(-5 d)) / (1 - exp(-18 d)); shares beyond those of d from -1 to 1 are taken as these.
    """

    def share(d: float) -> float:
        return _mass(d, 0.0, 5.0) / _mass(d, 0.0, COMING_OF_AGE)

    if not share(-1.0) < share_under_five < share(1.0):
        return 1.0 if share_under_five >= share(1.0) else -1.0
    return float(brentq(lambda d: share(d) - share_under_five, -1.0, 1.0, xtol=1e-12))


def _mass(d: float, low: float, high: float) -> float:
    """Integral of exp(-d x age) between two ages."""
    return high - low if abs(d) < 1e-9 else float((np.exp(-d * low) - np.exp(-d * high)) / d)


def _net_moves(net: float, calendar: Calendar, u: Floats) -> tuple[Floats, Floats]:
    """When families come and go on balance: exponential times at a rate a year; below 0 they come."""
    arrives, leaves = np.full(len(u), -NEVER), np.full(len(u), NEVER)
    if net:
        wait = -np.log1p(-u) / abs(net) * DAYS_A_YEAR
        if net > 0.0:
            leaves = calendar.met(wait)
        else:
            day = calendar.length - wait
            arrives = np.where(day <= 0.0, -NEVER, calendar.met(day))
    return arrives, leaves


def lasting_need(scenario: Scenario, rank: Floats, deviate: Floats) -> Floats:
    """Lasting need of families by the deprivation rank of their place, in tiers, shape as ``rank`` (W2).

    1 + median excess x exp(spread x deviate) x need gradient, lognormal above 1, at most 4; ``deviate`` is standard
    normal.
    """
    need = scenario.need
    excess = need.median_excess * np.exp(need.spread * deviate)
    return np.asarray(np.minimum(1.0 + excess * need_gradient(scenario, rank), HIGHEST_LASTING_NEED))


def earlier_registration(scenario: Scenario, need: Floats, u: Floats, came: Floats | float) -> Floats:
    """Offset of the last registration of families before the run or before they came, -1e9 for none, shape as ``u``.

    Registrations are a Poisson process of ``need.earlier_registrations`` x exp(sensitivity (lasting need - 1)) a year,
    as trouble is, so that the time since the last is exponential; children who were born by then were registered.
    """
    if scenario.need.earlier_registrations == 0.0:
        return np.full(len(u), -NEVER)
    rate = scenario.need.earlier_registrations * np.exp(scenario.trouble.need_sensitivity * (need - 1.0))
    return np.maximum(came + np.log1p(-u) / rate * DAYS_A_YEAR, -NEVER)


def need_gradient(scenario: Scenario, rank: Floats) -> Floats:
    """Factor on lasting need above 1 by deprivation rank (W2), shape as ``rank``.

    ``need.deprivation_ratio`` at rank 0, 1 from ``population.deprived_share`` on, and evenly in between.
    """
    share = scenario.population.deprived_share
    if share <= 0.0:
        return np.ones_like(rank)
    return 1.0 + (scenario.need.deprivation_ratio - 1.0) * np.maximum(1.0 - rank / share, 0.0)


def _steps(shares: list[float]) -> Floats:
    """Upper bounds of all but the last share, as parts of 1."""
    weights = np.asarray(shares, dtype=float)
    return np.cumsum(weights / weights.sum())[:-1] if weights.sum() else np.zeros(max(len(shares) - 1, 0))


def _births(rng: np.random.Generator, sizes: Floats, drawn: int, ahead: float, decline: float) -> tuple[Ints, Floats]:
    """Numbers and days of birth of the children of families, but of those whose last child came of age before the run.

    First children's ages on the first day follow exp(-d x age), from those not yet born at the run's end to those whose
    youngest brother or sister may be a child; each further child is two to four years younger. So every child has
    the authority's ages, and brothers and sisters are the same at any time of the run.

    Args:
        rng: where chance comes from.
        sizes: shares of families of one to four children.
        drawn: how many families to draw.
        ahead: length of the run in years.
        decline: d.
    """
    size = 1 + np.searchsorted(_steps(sizes.tolist()), rng.random(drawn), side="right")
    quantile = rng.random(drawn)
    if abs(decline) < 1e-9:
        first = -ahead + quantile * (OLDEST_FIRST_CHILD + ahead)
    else:
        most, least = np.exp(decline * ahead), np.exp(-decline * OLDEST_FIRST_CHILD)
        first = -np.log(most - quantile * (most - least)) / decline
    gaps = GAP[0] + (GAP[1] - GAP[0]) * rng.random((drawn, MOST_CHILDREN - 1))
    ages = first[:, None] - np.column_stack([np.zeros(drawn), np.cumsum(gaps, axis=1)])
    there = ages[np.arange(drawn), size - 1] < COMING_OF_AGE
    size, ages = size[there], ages[there]
    return size, np.where(np.arange(MOST_CHILDREN) < size[:, None], -ages * DAYS_A_YEAR, NEVER)


def groups_of(scenario: Scenario, deprived: NDArray[np.bool_], u: Floats) -> Ints:
    """Ethnic groups of families by whether they live in a deprived area, from uniform numbers, shape as ``u``."""
    people = scenario.population
    elsewhere = [people.ethnic_groups.get(g, 0.0) for g in GROUPS]
    mix = people.ethnic_groups_deprived
    there = [mix.get(g, 0.0) for g in GROUPS] if mix is not None else elsewhere
    a = np.searchsorted(_steps(elsewhere), u, side="right")
    b = np.searchsorted(_steps(there), u, side="right")
    return np.where(deprived, b, a)
