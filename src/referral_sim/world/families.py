"""The families of an authority: children, places, areas, lasting need (MODEL W1, W2, S6). Columns, one row a family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from ..scenario.fields import EthnicGroup
from .calendar import DAYS_A_YEAR, Calendar
from .streams import Stream, generator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CHILDREN = 4
NEVER = 1e9
GROUPS = tuple(EthnicGroup)
HIGHEST_NEED = 5.0


@dataclass(frozen=True)
class Families:
    """Columns of the families; every array has one entry a family unless said otherwise.

    ``locality``, ``area``, ``further`` and ``use`` are today's: the model changes them in place when families move
    (W5) and programmes become children's centres (S6). All others stay as they were drawn.

    Attributes:
        births: day of birth of each child as an offset from the run's start, shape (families, 4); 1e9 for no child.
        locality: index of the intake team's patch.
        area: index of the programme in whose area the family lives, -1 for none.
        further: index of the programme that takes the family in as a children's centre (S6), -1 for none.
        rank: deprivation of the first place, 0 (most deprived) to 1, uniform.
        which: uniform number of the first place that chooses among its locality's programmes.
        deprived: lives in an area like the most deprived fifth of England.
        group: index into :class:`EthnicGroup`.
        baseline: lasting need, in tiers (1 and above).
        registered_before: a registration before the run began (initial condition).
        use: uniform number that decides whether the family uses its programme (S1).
        outreach: uniform number that orders families for outreach.
    """

    births: Floats
    locality: Ints
    area: Ints
    further: Ints
    rank: Floats
    which: Floats
    deprived: NDArray[np.bool_]
    group: Ints
    baseline: Floats
    registered_before: NDArray[np.bool_]
    use: Floats
    outreach: Floats

    def __len__(self) -> int:
        return len(self.locality)

    def youngest_age(self, family: Ints, offset: Floats | float) -> Floats:
        """Age in years of the youngest child born by a day; infinite for a family without one."""
        age = np.asarray(offset)[..., None] - self.births[family]
        age = np.where((age < 0) | (age > 18 * DAYS_A_YEAR), np.inf, age)
        return np.asarray(age.min(axis=-1) / DAYS_A_YEAR)

    def youngest_age_of(self, family: int, offset: float) -> float:
        """The same for one family, without the cost of an array."""
        ages = (offset - born for born in self.births[family].tolist())
        return min((age for age in ages if 0 <= age <= 18 * DAYS_A_YEAR), default=np.inf) / DAYS_A_YEAR

    def children_at(self, offset: float, below: float = 18.0) -> Ints:
        """Children of each family who are born and below an age (years) on a day, shape (families,)."""
        age = offset - self.births
        return np.asarray(((age >= 0) & (age < below * DAYS_A_YEAR)).sum(axis=1))


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
    """Draw the families. Depends on the world's settings and the seed alone (W4).

    Ages are uniform within 0-4 and within 5-17. Children who will be born during the run are drawn with the
    others, so that the number of children stays level while the older ones come of age.
    """
    people = scenario.population
    rng = generator(seed, replicate, Stream.FAMILIES)
    sizes = np.array([people.one_child, people.two_children, people.three_children])
    sizes = np.append(sizes, max(0.0, 1.0 - sizes.sum()))
    ahead = calendar.length / DAYS_A_YEAR
    young, old = people.children * people.share_under_five / 5.0, people.children * (1 - people.share_under_five) / 13.0
    total = young * (5.0 + ahead) + old * 13.0
    count = round(total / float(sizes @ np.arange(1, 5)))
    size = 1 + np.searchsorted(np.cumsum(sizes)[:3], rng.random(count), side="right")
    births = _births(rng, size, ahead, young / old if old else np.inf)
    place = np.searchsorted(_steps([p.share for p in scenario.localities.values()]), rng.random(count), side="right")
    rank, which = rng.random(count), rng.random(count)
    deprived = rank < people.deprived_share
    area, further = Areas(scenario).of(rank, which, place)
    group = _groups(scenario, deprived, rng.random(count))
    need_rng = generator(seed, replicate, Stream.NEED)
    need = scenario.need
    excess = need.median_excess * np.exp(need.spread * need_rng.standard_normal(count))
    baseline = np.minimum(1.0 + excess * need_gradient(scenario, rank), HIGHEST_NEED)
    before = (need_rng.random(count) < need.previously_registered) & (baseline >= 2.0)
    return Families(
        births, place, area, further, rank, which, deprived, group, baseline, before,
        use=rng.random(count), outreach=rng.random(count),
    )  # fmt: skip


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


def _births(rng: np.random.Generator, size: Ints, ahead: float, young_to_old: float) -> Floats:
    """Days of birth: ages by the authority's distribution, brothers and sisters some two to four years apart.

    Brothers and sisters are placed on the scale of the distribution's own quantiles, around the clock, so that every
    child has the authority's ages.
    """
    count = len(size)
    young_years = 5.0 + ahead
    young = 1.0 if np.isinf(young_to_old) else young_to_old * young_years / (young_to_old * young_years + 13.0)
    gaps = (2.0 + 2.0 * rng.random((count, MOST_CHILDREN - 1))) / (18.0 + ahead)
    older = np.where(rng.random((count, MOST_CHILDREN - 1)) < 0.5, 1.0, -1.0)
    first = rng.random(count)
    quantile = np.column_stack([first, first[:, None] + older * np.cumsum(gaps, axis=1)]) % 1.0
    ages = np.interp(quantile, [0.0, young, 1.0], [-ahead, 5.0, 18.0])
    return np.where(np.arange(MOST_CHILDREN) < size[:, None], -ages * DAYS_A_YEAR, NEVER)


def _groups(scenario: Scenario, deprived: NDArray[np.bool_], u: Floats) -> Ints:
    people = scenario.population
    elsewhere = [people.ethnic_groups.get(g, 0.0) for g in GROUPS]
    mix = people.ethnic_groups_deprived
    there = [mix.get(g, 0.0) for g in GROUPS] if mix is not None else elsewhere
    a = np.searchsorted(_steps(elsewhere), u, side="right")
    b = np.searchsorted(_steps(there), u, side="right")
    return np.where(deprived, b, a)
