"""Potential concerns, drawn before the first day, each with its own row of chances (MODEL W3, W4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario
from ..scenario.fields import ConcernKind
from .calendar import DAYS_A_YEAR, Calendar
from .families import NEVER, Families, Floats, Ints
from .streams import Chance, Stream, generator, logistic_noise

KINDS = tuple(ConcernKind)
DAY_CARE = KINDS.index(ConcernKind.DAY_CARE)
DOMESTIC_VIOLENCE = KINDS.index(ConcernKind.DOMESTIC_VIOLENCE)
GREATEST_SHOCK = 3.0


@dataclass(frozen=True)
class PotentialConcerns:
    """What could happen, in order of time; every array has one entry a potential concern unless said otherwise.

    A row's index is the number of the case that may come of it, in every scenario.

    Attributes:
        family: index of the family.
        offset: calendar day from the run's start.
        kind: index into :class:`ConcernKind`.
        severity: rise in need that the event brings, in tiers.
        child_age: age in years of the child concerned.
        youngest: age in years of the family's youngest child that day.
        chances: uniform numbers, shape (number of :class:`Chance`, potential concerns), float32.
        screening_error, finding_error: standard deviates of the errors of judgement at screening and at the
            initial assessment.
        first_of_day: index of the first row on or after each working day's window, shape (working days + 1,).
    """

    family: Ints
    offset: Ints
    kind: Ints
    severity: Floats
    child_age: NDArray[np.float32]
    youngest: Floats
    chances: NDArray[np.float32]
    screening_error: Floats
    finding_error: Floats
    first_of_day: Ints

    def __len__(self) -> int:
        return len(self.family)


def draw_concerns(
    scenario: Scenario, calendar: Calendar, families: Families, seed: int, replicate: int
) -> PotentialConcerns:
    """Draw every concern that could happen under any policy: a Poisson number for each child at the highest rate.

    The model keeps a row with probability exp(sensitivity x (need - lasting need)) / headroom, at most 1. What
    happens on a day without work is met on the next working day.
    """
    spec = scenario.concerns
    rng = generator(seed, replicate, Stream.CONCERNS)
    owner, slot = np.nonzero(families.births < NEVER)
    born = families.births[owner, slot]
    need_rate = np.exp(spec.need_sensitivity * (families.baseline - 1.0))[owner]
    expected = spec.rate * spec.headroom * need_rate * calendar.length / DAYS_A_YEAR
    number = rng.poisson(expected)
    child = np.repeat(np.arange(len(owner)), number)
    offset = rng.integers(0, max(calendar.length, 1), size=len(child), dtype=np.int32)
    age = (offset - born[child]) / DAYS_A_YEAR
    here = (age >= 0.0) & (age < 18.0)
    child, offset, age = child[here], offset[here], age[here]
    order = np.argsort(offset.astype(np.int16 if calendar.length < 32_000 else np.int32), kind="stable")
    child, offset, age = child[order], offset[order], age[order]
    kind, severity = _kind_and_severity(scenario, rng, len(child))
    family, day = owner[child], offset.astype(np.int64)
    youngest = families.youngest_age(family, offset.astype(float))
    chances = generator(seed, replicate, Stream.CHANCES).random((len(Chance), len(child)), dtype=np.float32)
    edges = np.searchsorted(day, calendar.offsets, side="right")
    first = np.concatenate([[0], edges])
    errors = logistic_noise(chances[Chance.SCREENING]), logistic_noise(chances[Chance.INITIAL_FINDING])
    return PotentialConcerns(
        family, day, kind, severity, age.astype(np.float32), youngest, chances, *errors, first_of_day=first
    )


def _kind_and_severity(scenario: Scenario, rng: np.random.Generator, count: int) -> tuple[Ints, Floats]:
    specs = scenario.concerns.kinds
    shares = np.array([specs[k].share if k in specs else 0.0 for k in KINDS])
    means = np.array([specs[k].severity if k in specs else 0.0 for k in KINDS])
    bounds = np.cumsum(shares / shares.sum())[:-1]
    kind = np.searchsorted(bounds, rng.random(count), side="right")
    severity = np.minimum(rng.standard_exponential(count) * means[kind], GREATEST_SHOCK)
    return kind, severity


def harm_of_kinds(scenario: Scenario) -> Floats:
    """Chance that each kind of concern may be significant harm, in the order of :data:`KINDS`, shape (kinds,)."""
    kinds = scenario.concerns.kinds
    return np.array([kinds[k].harm if k in kinds else 0.0 for k in KINDS])
