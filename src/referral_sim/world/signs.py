"""How trouble shows: potential signs, drawn before the first day, each with a row of chances (MODEL W4, W8, D1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from ..scenario.fields import ConcernKind
from .calendar import DAYS_A_YEAR, Calendar
from .families import COMING_OF_AGE, NEVER, Families, Floats, Ints
from .streams import Chance, Stream, generator, logistic_noise
from .troubles import KINDS, Troubles

DAY_CARE = KINDS.index(ConcernKind.DAY_CARE)
DOMESTIC_VIOLENCE = KINDS.index(ConcernKind.DOMESTIC_VIOLENCE)
SHOWS_MOST = 4.0  # need from which trouble shows as often as it can
NO_TROUBLE = -1


@dataclass(frozen=True)
class PotentialSigns:
    """What could show, in order of time; every array has one entry a potential sign unless said otherwise.

    A row's index is the number of the case that may come of it, in every scenario. A request for day care is a row of
    its own, apart from trouble.

    Attributes:
        family: row of the family.
        trouble: number of the trouble that shows, -1 for a request for day care.
        offset: calendar day from the run's start.
        kind: index into :class:`ConcernKind`.
        shows: uniform number that decides whether it shows at the need that there is.
        child: place among the family's children of the one whom the trouble began with, or day care is asked for.
        child_age: age in years of that child.
        youngest, oldest: age in years of the family's youngest and oldest child that day.
        chances: uniform numbers, shape (number of :class:`Chance`, potential signs), float32.
        screening_error, finding_error: standard deviates of the errors of judgement at screening and at the
            initial assessment.
        first_of_day: index of the first row on or after each working day's window, shape (working days + 1,).
    """

    family: Ints
    trouble: Ints
    offset: Ints
    kind: Ints
    shows: Floats
    child: Ints
    child_age: NDArray[np.float32]
    youngest: Floats
    oldest: Floats
    chances: NDArray[np.float32]
    screening_error: Floats
    finding_error: Floats
    first_of_day: Ints

    def __len__(self) -> int:
        return len(self.family)


def show_chance(scenario: Scenario, need: Floats) -> Floats:
    """Chance that a potential sign shows at a need, exp(slope x (need - 4)), at most 1; shape as ``need`` (W8)."""
    return np.asarray(np.exp(scenario.signs.slope * np.minimum(need - SHOWS_MOST, 0.0)))


def draw_signs(
    scenario: Scenario, calendar: Calendar, world: tuple[Families, Troubles], seed: int, replicate: int
) -> PotentialSigns:
    """Draw every sign that could show under any policy, and every request for day care. World only (W4).

    Signs of a trouble come at the rate of need 4 from its onset until it has receded by half. Help only lowers need, so
    a sign that would not show without help never shows, and is left out. A sign on a day without work is met on the
    next working day; one that is met when the family is not here is left out.
    """
    families, troubles = world
    rng = generator(seed, replicate, Stream.SIGNS)
    trouble, when, shows = _of_troubles(scenario, calendar, troubles, rng)
    family, slot = troubles.family[trouble], troubles.child[trouble]
    kind = troubles.kind[trouble]
    asking, asking_slot, asked = _requests(scenario, calendar, families, rng)
    family, slot = np.concatenate([family, asking]), np.concatenate([slot, asking_slot])
    trouble = np.concatenate([trouble, np.full(len(asking), NO_TROUBLE)])
    kind = np.concatenate([kind, np.full(len(asking), DAY_CARE)])
    day = np.concatenate([when, asked]).astype(np.int64)
    shows = np.concatenate([shows, np.zeros(len(asking))])
    met = calendar.met(day)
    here = (families.arrives[family] <= met) & (met < families.leaves[family])
    age = (day - families.births[family, slot]) / DAYS_A_YEAR
    at = np.flatnonzero(here & (age >= 0.0) & (age < COMING_OF_AGE))
    at = at[np.argsort(day[at], kind="stable")]
    family, day, age = family[at], day[at], age[at]
    youngest, oldest = families.ages(family, day.astype(float))
    chances = generator(seed, replicate, Stream.CHANCES).random((len(Chance), len(at)), dtype=np.float32)
    errors = logistic_noise(chances[Chance.SCREENING]), logistic_noise(chances[Chance.INITIAL_FINDING])
    first = np.concatenate([[0], np.searchsorted(day, calendar.offsets, side="right")])
    return PotentialSigns(
        family, trouble[at], day, kind[at], shows[at], slot[at], age.astype(np.float32), youngest, oldest, chances,
        *errors,
        first_of_day=first,
    )  # fmt: skip


def _of_troubles(
    scenario: Scenario, calendar: Calendar, troubles: Troubles, rng: np.random.Generator
) -> tuple[Ints, Floats, Floats]:
    """Trouble, offset and showing number of each sign that would show if nobody helped."""
    fades = troubles.end + scenario.trouble.recovery_half_life
    begins = np.maximum(troubles.onset, 0.0)
    lasts = np.maximum(np.minimum(fades, calendar.length) - begins, 0.0)
    trouble = np.repeat(np.arange(len(troubles)), rng.poisson(scenario.signs.rate * lasts / DAYS_A_YEAR))
    when = begins[trouble] + rng.random(len(trouble)) * lasts[trouble]
    shows = rng.random(len(trouble))
    family, met = troubles.family[trouble], calendar.met(np.floor(when))
    # Lasting need and this trouble alone are at most the need there is, and settle most without the family's others.
    kept = shows < show_chance(scenario, troubles.baseline[family] + troubles.size_at(trouble, met))
    unsettled = np.flatnonzero(~kept)
    kept[unsettled] = shows[unsettled] < show_chance(scenario, troubles.level(family[unsettled], met[unsettled]))
    return trouble[kept], when[kept], shows[kept]


def _requests(
    scenario: Scenario, calendar: Calendar, families: Families, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Family, child and offset of each request for sponsored day care: for a child under five, at an even rate (D1)."""
    owner, slot = np.nonzero(families.births < NEVER)
    rate = scenario.day_care.requests / 1000.0
    child = np.repeat(np.arange(len(owner)), rng.poisson(rate * calendar.length / DAYS_A_YEAR, len(owner)))
    when = rng.random(len(child)) * calendar.length
    age = (when - families.births[owner[child], slot[child]]) / DAYS_A_YEAR
    young = (age >= 0.0) & (age < 5.0)
    return owner[child[young]], slot[child[young]], when[young]
