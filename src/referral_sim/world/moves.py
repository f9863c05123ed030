"""Who moves house, when and where to, and who lives where on any day (MODEL W5, S6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from .calendar import DAYS_A_YEAR, Calendar
from .concerns import PotentialConcerns
from .families import Areas, Families, Floats, Ints
from .streams import Stream, generator

NOT_IN_THE_RUN = 10**9


@dataclass(frozen=True)
class Moves:
    """The moves of a run in the order of their days; every array has one entry a move.

    Attributes:
        family: row of the family that moves.
        day: working day from which it lives in the new place, the first of a week.
        away: out of the authority; another family moves in.
        locality: index of the locality it moves to (without meaning where ``away``).
        rank: uniform number of the new place's deprivation rank, within the deprived places or the others.
        which: uniform number of the new place that chooses among the locality's programmes.
        use: uniform number that decides whether the family that moves in uses its programme.
    """

    family: Ints
    day: Ints
    away: NDArray[np.bool_]
    locality: Ints
    rank: Floats
    which: Floats
    use: Floats

    def __len__(self) -> int:
        return len(self.family)


def draw_moves(scenario: Scenario, calendar: Calendar, families: int, seed: int, replicate: int) -> Moves:
    """Draw the moves of the whole run: a Poisson number, spread evenly over families and weeks.

    Depends on the world's settings and the seed alone. Families move at weekends: they live in the new place from the
    first working day of a week on. Of two moves of a family at one weekend the first drawn counts.
    """
    people = scenario.population
    rng = generator(seed, replicate, Stream.MOVES)
    count = int(rng.poisson(people.mobility * families * calendar.length / DAYS_A_YEAR))
    family = rng.integers(0, max(families, 1), size=count)
    offset = rng.integers(0, max(calendar.length, 1), size=count)
    monday = offset + -(offset + calendar.start.weekday()) % 7
    day = np.searchsorted(calendar.offsets, monday)
    numbers = rng.random((5, count))
    _, kept = np.unique(day * max(families, 1) + family, return_index=True)
    kept = kept[day[kept] < calendar.days]
    weights = np.array([p.share for p in scenario.localities.values()], dtype=float)
    steps = np.cumsum(weights[:-1]) / max(weights.sum(), 1e-300)
    locality = np.searchsorted(steps, numbers[1, kept], side="right")
    away = numbers[0, kept] < people.leave_authority
    return Moves(family[kept], day[kept], away, locality, *numbers[2:, kept])


class _Timeline:
    """The last of some dated things that happened to a family by a day."""

    def __init__(self, family: Ints, day: Ints, families: int) -> None:
        self.order = np.lexsort((day, family))
        self._stride = int(day.max(initial=0)) + 2
        self._key = family[self.order] * self._stride + day[self.order]
        self._family = family[self.order]
        self.any = np.zeros(families, dtype=bool)
        self.any[family] = True

    def last(self, family: Ints, day: Ints) -> tuple[Ints, Ints]:
        """Which of some families it happened to by a day, and the number of the last of those things."""
        at = np.flatnonzero(self.any[family])
        found = np.searchsorted(self._key, family[at] * self._stride + np.minimum(day[at], self._stride - 1), "right")
        hit = found > 0
        hit[hit] = self._family[found[hit] - 1] == family[at[hit]]
        return at[hit], self.order[found[hit] - 1]


class Residence:
    """Where every family lives on every day, and which family a row stands for, worked out before the first day.

    A move within the authority takes a family from a deprived place to another deprived place, or from one that is not
    to another that is not, in whatever locality, and by the new place's rank into a programme's area or not. So an
    area gains, on average, as many families as it loses. Lasting need stays the family's own.

    When a family leaves the authority another moves into its place: the row then stands for a family with the same
    children, place and lasting need. Both are draws from one population, so nothing but the family's history tells
    them apart. The first families have the numbers of their rows; the family that moves in with the k-th departure
    (from 0) has the number ``families + k``.

    Attributes:
        begins: working day from which each programme is a children's centre, shape (programmes,); beyond the run for
            one that never becomes one. first_days: the same as a set.
        mover, to_day: row and day of each move within the authority, in order of days, shape (moves within,).
        departing, departure_day, new_use: row, day, and the newcomers' uniform number for using the programme,
            shape (departures,).
        occupant: number of the family that each potential concern happens in, shape (potential concerns,).
        departure: departure that ends each family's stay, -1 if none does, shape (families + departures,).
    """

    def __init__(self, scenario: Scenario, calendar: Calendar, world: tuple[Families, PotentialConcerns], moves: Moves):
        families, concerns = world
        self._start = families.locality.copy(), families.area.copy(), families.further.copy()
        self.begins = centre_days(scenario, calendar)
        self.first_days = frozenset(self.begins.tolist())
        within, away = np.flatnonzero(~moves.away), np.flatnonzero(moves.away)
        self.mover, self.to_day = moves.family[within], moves.day[within]
        to = moves.locality[within]
        share, u = scenario.population.deprived_share, moves.rank[within]
        rank = np.where(families.deprived[self.mover], u * share, share + u * (1.0 - share))
        self._to = to, *Areas(scenario).of(rank, moves.which[within], to)
        self._places = _Timeline(self.mover, self.to_day, len(families))
        self.departing, self.departure_day, self.new_use = moves.family[away], moves.day[away], moves.use[away]
        self._number_families(concerns, len(families))

    def _number_families(self, concerns: PotentialConcerns, families: int) -> None:
        departures = _Timeline(self.departing, self.departure_day, families)
        met = np.searchsorted(concerns.first_of_day, np.arange(len(concerns)), side="right") - 1
        at, departure = departures.last(concerns.family, met)
        self.occupant = concerns.family.copy()
        self.occupant[at] = families + departure
        again, earlier = departures.last(self.departing, self.departure_day - 1)
        leaver = self.departing.copy()
        leaver[again] = families + earlier
        self.departure = np.full(families + len(leaver), -1)
        self.departure[leaver] = np.arange(len(leaver))

    def at(self, family: Ints, day: Ints | int) -> tuple[Ints, Ints]:
        """Where families live on working days.

        Args:
            family: rows of families.
            day: working days, one for all or of the same shape.

        Returns:
            Indices of locality and programme area (-1 for none), each of shape ``family``.
        """
        day = np.broadcast_to(np.asarray(day, dtype=np.int64), family.shape)
        locality, area, further = (start[family] for start in self._start)
        at, last = self._places.last(family, day)
        locality[at], area[at], further[at] = (to[last] for to in self._to)
        around = np.flatnonzero(further >= 0)
        begun = around[self.begins[further[around]] <= day[around]]
        area[begun] = further[begun]
        return locality, area

    def further_after_moves(self) -> Ints:
        """The programme that each move within the authority makes wait for its centre, -1 for none (S6)."""
        return self._to[2]


def settle(
    scenario: Scenario, calendar: Calendar, world: tuple[Families, PotentialConcerns], seed: int, replicate: int
) -> Residence:
    """Draw the moves of a run and work out who lives where; ``world`` are its families and potential concerns."""
    return Residence(scenario, calendar, world, draw_moves(scenario, calendar, len(world[0]), seed, replicate))


def centre_days(scenario: Scenario, calendar: Calendar) -> Ints:
    """Working day from which each programme is a children's centre (S6), shape (programmes,)."""
    days = []
    for programme in scenario.programmes.values():
        centre = programme.centre
        if centre is None:
            days.append(NOT_IN_THE_RUN)
        else:
            days.append(0 if centre.start is None else calendar.day_on_or_after(centre.start))
    return np.array(days, dtype=np.int64)
