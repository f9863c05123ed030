"""Who comes, moves house and leaves, and who lives where on any day (MODEL W5, W10, S6)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from .calendar import DAYS_A_YEAR, Calendar
from .families import Areas, Families, Floats, Ints, earlier_registration, groups_of, lasting_need
from .streams import Stream, generator

NOT_IN_THE_RUN = 10**9


@dataclass(frozen=True)
class Moves:
    """The moves of a run in the order of their days; every array has one entry a move.

    Attributes:
        home: row of the first family of the home that is left.
        day: working day from which the family lives in the new place, the first of a week.
        away: out of the authority; another family moves in.
        locality: index of the locality it moves to (without meaning where ``away``).
        rank: uniform number of the new place's deprivation rank, within the deprived places or the others.
        which: uniform number of the new place that chooses among the locality's programmes.
    """

    home: Ints
    day: Ints
    away: NDArray[np.bool_]
    locality: Ints
    rank: Floats
    which: Floats

    def __len__(self) -> int:
        return len(self.home)


def draw_moves(scenario: Scenario, calendar: Calendar, families: Families, seed: int, replicate: int) -> Moves:
    """Draw the moves of the whole run: a Poisson number, spread evenly over families and weeks.

    Depends on the world's settings and the seed alone. Families move at weekends: they live in the new place from the
    first working day of a week on. Of two moves of a family at one weekend the first drawn counts.
    """
    people, count = scenario.population, len(families)
    rng = generator(seed, replicate, Stream.MOVES)
    number = int(rng.poisson(people.mobility * count * calendar.length / DAYS_A_YEAR))
    home = rng.integers(0, max(count, 1), size=number)
    offset = rng.integers(0, max(calendar.length, 1), size=number)
    monday = offset + -(offset + calendar.start.weekday()) % 7
    day = np.searchsorted(calendar.offsets, monday)
    numbers = rng.random((4, number))
    _, kept = np.unique(day * max(count, 1) + home, return_index=True)
    kept = kept[day[kept] < calendar.days]
    when = calendar.offsets[day[kept]]
    kept = kept[(families.arrives[home[kept]] < when) & (when < families.leaves[home[kept]])]
    weights = np.array([p.share for p in scenario.localities.values()], dtype=float)
    steps = np.cumsum(weights[:-1]) / max(weights.sum(), 1e-300)
    locality = np.searchsorted(steps, numbers[1, kept], side="right")
    away = numbers[0, kept] < people.leave_authority
    return Moves(home[kept], day[kept], away, locality, *numbers[2:, kept])


class _Timeline:
    """The last of some dated things that happened to a home by a day."""

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
    """Where every family lives on every day, worked out before the first day.

    A move within the authority takes a family from a deprived place to another deprived place, or from one that is not
    to another that is not, in whatever locality, and by the new place's rank into a programme's area or not. So an
    area gains, on average, as many families as it loses. Lasting need stays the family's own.

    When a family leaves the authority another moves into its home: it has children of the same ages, and a need, a
    wariness and a history of trouble of its own, of which nobody knows.

    Attributes:
        families: all families of the run: those drawn at first, then who moves in with each departure.
        home: row of the first family of each family's home, shape (families,).
        begins: working day from which each programme is a children's centre, shape (programmes,); beyond the run for
            one that never becomes one. first_days: the same as a set.
        mover, to_day: row and day of each move within the authority, in order of days, shape (moves within,).
    """

    def __init__(self, scenario: Scenario, calendar: Calendar, first: Families, moves: Moves, seeds: tuple[int, int]):
        self.begins = centre_days(scenario, calendar)
        self.first_days = frozenset(self.begins.tolist())
        within, away = np.flatnonzero(~moves.away), np.flatnonzero(moves.away)
        share, u = scenario.population.deprived_share, moves.rank[within]
        rank = np.where(first.deprived[moves.home[within]], u * share, share + u * (1.0 - share))
        to = moves.locality[within]
        self.to_day = moves.day[within]
        self._start = first.locality.copy(), first.area.copy(), first.further.copy()
        self._to = to, *Areas(scenario).of(rank, moves.which[within], to)
        self._places = _Timeline(moves.home[within], self.to_day, len(first))
        left, left_day = moves.home[away], moves.day[away]
        departures = _Timeline(left, left_day, len(first))
        self.home: Ints = np.concatenate([np.arange(len(first)), left])
        self.mover = _occupant(departures, moves.home[within], self.to_day, len(first))
        leaver = _occupant(departures, left, left_day - 1, len(first))
        self.families = self._with_newcomers(scenario, first, (left, calendar.offsets[left_day].astype(float)), seeds)
        self.families.leaves[leaver] = calendar.offsets[left_day]
        late = np.flatnonzero(self.families.arrives > 0.0)  # who is not here yet lives nowhere
        self.families.area[late] = self.families.further[late] = -1

    def _with_newcomers(
        self, scenario: Scenario, first: Families, came: tuple[Ints, Floats], seeds: tuple[int, int]
    ) -> Families:
        """The first families and those who move into the homes of others, with what is drawn of them."""
        home, day = came
        rng = generator(*seeds, Stream.NEWCOMERS)
        group, use, outreach, wary, before = rng.random((5, len(home)))
        rank, deprived = first.rank[home], first.deprived[home]
        need = lasting_need(scenario, rank, rng.standard_normal(len(home)))
        withdrawal = rng.random(len(home))
        registered = earlier_registration(scenario, need, before, day)
        new: dict[str, NDArray[np.generic]] = {
            "arrives": day, "leaves": first.leaves[home], "group": groups_of(scenario, deprived, group),
            "baseline": need, "registered_before": registered, "use": use, "outreach": outreach, "wary": wary,
            "withdrawal": withdrawal,
        }  # fmt: skip
        columns = {}
        for one in fields(Families):
            column = getattr(first, one.name)
            columns[one.name] = np.concatenate([column, new.get(one.name, column[home])])
        return Families(**columns | {"births": np.asfortranarray(columns["births"])})

    def at(self, family: Ints, day: Ints | int) -> tuple[Ints, Ints]:
        """Where families live on working days.

        Args:
            family: rows of families.
            day: working days, one for all or of the same shape.

        Returns:
            Indices of locality and programme area (-1 for none), each of shape ``family``.
        """
        locality, area, further, day = self._place(family, day)
        around = np.flatnonzero(further >= 0)
        # What begins on the first day is there before its moves.
        begun = around[self.begins[further[around]] <= np.maximum(day[around], 0)]
        area[begun] = further[begun]
        return locality, area

    def further_at(self, family: Ints, day: Ints) -> Ints:
        """The programme that families in some places on some days wait for to become a centre, -1 for none (S6)."""
        _, _, further, day = self._place(family, day)
        waits = further >= 0
        waits[waits] = self.begins[further[waits]] > day[waits]
        return np.where(waits, further, -1)

    def _place(self, family: Ints, day: Ints | int) -> tuple[Ints, Ints, Ints, Ints]:
        day = np.broadcast_to(np.asarray(day, dtype=np.int64), family.shape)
        home = self.home[family]
        locality, area, further = (start[home] for start in self._start)
        at, last = self._places.last(home, day)
        locality[at], area[at], further[at] = (to[last] for to in self._to)
        return locality, area, further, day


def _occupant(departures: _Timeline, home: Ints, day: Ints, first: int) -> Ints:
    """Row of the family that lives in some homes on some working days."""
    row = home.copy()
    at, departure = departures.last(home, day)
    row[at] = first + departure
    return row


def settle(scenario: Scenario, calendar: Calendar, first: Families, seed: int, replicate: int) -> Residence:
    """Draw the moves of a run and work out who lives where, and who comes for whom."""
    moves = draw_moves(scenario, calendar, first, seed, replicate)
    return Residence(scenario, calendar, first, moves, (seed, replicate))


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
