"""Which potential signs show today, and who notices them (MODEL W8, W9, N1-N6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..records.casebook import NO_CASES, NOBODY, POLICE, SOURCES, TWELVE_MONTHS, Rows
from ..scenario.fields import ConcernKind, Source
from ..state import State
from ..world.families import GROUPS, Floats, Ints
from ..world.signs import show_chance
from ..world.streams import Chance, Numbers
from ..world.troubles import KINDS

USUAL_NEED = 3.0  # need at which a source's chance is its weight x visibility
SURE = 0.98  # no sign is noticed for certain
SCHOOL_AGE = 5.0
UNDER_FIVE_ONLY = (Source.HEALTH_VISITOR,)
UNDER_ONE_ONLY = (Source.MIDWIFE,)
FROM_FIVE = (Source.SCHOOL, Source.EDUCATION_SERVICES)


class Described(NamedTuple):
    """Signs as a source meets them; all of shape (signs,).

    Attributes:
        kind, group: indices into :class:`ConcernKind` and :class:`~referral_sim.scenario.fields.EthnicGroup`.
        age: of the child concerned, in years. youngest, oldest: of the family's children.
        level: need, in tiers.
        forward: factor on the chance that the family itself brings it (F7).
        known: factor on all chances; above 1 where social services heard of the family lately.
    """

    kind: Ints
    group: Ints
    age: Numbers
    youngest: Numbers
    oldest: Numbers
    level: Numbers
    forward: Numbers
    known: Numbers


class Noticed(NamedTuple):
    """What shows today; all of shape (signs,).

    Attributes:
        cases: case numbers. level: need, in tiers.
        source: who notices each outside the programmes, as an index into :class:`Source`; -1 for nobody.
    """

    cases: Rows
    level: Floats
    source: Ints


NOTHING = Noticed(NO_CASES, np.zeros(0), NO_CASES)


class Detection:
    """Lets potential signs show and finds who notices them.

    Args:
        state: the run.
        comes_forward: factor on the chance that each of some families brings its trouble itself; takes their rows (F7).

    Attributes:
        weights: chance of each source at need 3, shape (kinds, sources).
        slopes: log chance of each source for a tier, shape (sources,).
        others: factor on each source but the family itself by ethnic group, shape (groups, sources) (N6).
    """

    def __init__(self, state: State, comes_forward: Callable[[Rows], Floats]) -> None:
        self.state, self._comes_forward = state, comes_forward
        self.rules = rules = state.scenario.noticing
        weights = np.zeros((len(KINDS), len(SOURCES)))
        for kind, row in rules.by_kind.items():
            for source, weight in row.items():
                weights[KINDS.index(kind), SOURCES.index(source)] = weight * rules.authority_mix.get(source, 1.0)
        weights[KINDS.index(ConcernKind.DOMESTIC_VIOLENCE), POLICE] *= rules.police_notification
        self.weights: Floats = weights * rules.visibility
        self.slopes: Floats = np.array([rules.level_slope.get(source, 0.0) for source in SOURCES])
        self.others: Floats = np.ones((len(GROUPS), len(SOURCES)))
        self.others *= np.array([rules.referred_by_others.get(group, 1.0) for group in GROUPS])[:, None]
        self._own = SOURCES.index(Source.SELF_OR_CARER)
        self.others[:, self._own] = 1.0
        self._school = [SOURCES.index(source) for source in FROM_FIVE]
        self._under_five = [SOURCES.index(source) for source in UNDER_FIVE_ONLY]
        self._under_one = [SOURCES.index(source) for source in UNDER_ONE_ONLY]

    def today(self) -> Noticed:
        """Which potential signs show today, and who notices them."""
        state, signs, book = self.state, self.state.signs, self.state.cases
        cases = np.arange(signs.first_of_day[state.day], signs.first_of_day[state.day + 1])
        if not len(cases):
            return NOTHING
        level = state.troubles.level(signs.family[cases], state.offset)
        shows = signs.shows[cases] < show_chance(state.scenario, level)
        shows &= state.offset < state.families.leaves[signs.family[cases]]  # nobody was removed before the time
        of_trouble = np.flatnonzero(signs.trouble[cases] >= 0)
        shows[of_trouble] &= state.troubles.can_show(signs.trouble[cases[of_trouble]], state.offset)
        cases, level = cases[shows], level[shows]
        book.level[cases] = level
        u = state.chance(Chance.NOTICED, cases), state.chance(Chance.SOURCE, cases)
        return Noticed(cases, level, self.source(self._described(cases, level), u))

    def _described(self, cases: Rows, level: Floats) -> Described:
        state, signs = self.state, self.state.signs
        family = signs.family[cases]
        heard = state.day - state.cases.heard[family] <= TWELVE_MONTHS
        return Described(
            signs.kind[cases], state.families.group[family], signs.child_age[cases], signs.youngest[cases],
            signs.oldest[cases], level, self._comes_forward(family), np.where(heard, self.rules.repeat_visibility, 1.0),
        )  # fmt: skip

    def chances(self, sign: Described) -> Floats:
        """Chance of each source to bring each sign, shape (signs, sources); together at most 0.98 (N1, N4-N6, W9).

        visibility x weight x exp(slope x (need - 3)), with the factors of the family and of who its children are.
        """
        chance = self.weights[sign.kind] * self.others[sign.group]
        chance *= np.exp(self.slopes * (np.asarray(sign.level)[:, None] - USUAL_NEED))
        chance[:, self._own] *= sign.forward
        at_school = np.where(sign.oldest >= SCHOOL_AGE, self.rules.siblings, 0.0)
        at_school = np.where(sign.age >= SCHOOL_AGE, 1.0, at_school)
        chance[:, self._school] *= at_school[:, None]
        chance[:, self._under_five] *= (sign.youngest < SCHOOL_AGE)[:, None]
        chance[:, self._under_one] *= (sign.youngest < 1.0)[:, None]
        chance *= np.asarray(sign.known)[:, None]
        total = chance.sum(axis=1, keepdims=True)
        return np.asarray(chance * np.minimum(1.0, SURE / np.maximum(total, SURE)))

    def source(self, sign: Described, u: tuple[Numbers, Numbers]) -> Ints:
        """The source that notices each sign, or -1.

        Args:
            sign: what there is to notice.
            u: uniform numbers for "noticed" and for "by whom", each of shape (signs,).
        """
        steps = np.cumsum(self.chances(sign), axis=1)
        total = steps[:, -1]
        by = (steps <= (u[1] * total)[:, None]).sum(axis=1)
        return np.where(u[0] < total, np.minimum(by, len(SOURCES) - 1), NOBODY)
