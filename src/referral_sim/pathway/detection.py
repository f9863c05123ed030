"""Which potential concerns happen, what they do to need, and who notices them (MODEL W2-W4, N1-N3, S4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..records.casebook import NO_CASES, NOBODY, POLICE, SOURCE_CODE, SOURCES, TWELVE_MONTHS, Rows
from ..records.stages import Stage
from ..scenario.fields import ConcernKind, Source
from ..state import State
from ..world.concerns import KINDS
from ..world.families import GROUPS, Floats, Ints
from ..world.streams import Chance, Numbers
from .steps import Moves

TROUBLE = 2.0  # need from which a family is in trouble that somebody could help with: tier 2
AGE_BANDS = (1.0, 5.0, 11.0)
UNDER_FIVE_ONLY = (Source.HEALTH_VISITOR,)
UNDER_ONE_ONLY = (Source.MIDWIFE,)
FROM_FIVE = (Source.SCHOOL, Source.EDUCATION_SERVICES)


class Described(NamedTuple):
    """Concerns as a source meets them; all of shape (concerns,).

    Attributes:
        kind, group: indices into :class:`ConcernKind` and :class:`~referral_sim.scenario.fields.EthnicGroup`.
        age: of the child, in years. level: need, in tiers.
    """

    kind: Ints
    age: Numbers
    group: Ints
    level: Numbers


class Noticed(NamedTuple):
    """What happens today; all of shape (concerns,).

    Attributes:
        cases: case numbers. level: need after the event, in tiers.
        source: who notices each outside the programmes, as an index into :class:`Source`; -1 for nobody.
    """

    cases: Rows
    level: Floats
    source: Ints


NOTHING = Noticed(NO_CASES, np.zeros(0), NO_CASES)


class Detection:
    """Lets potential concerns happen and finds who notices them.

    The weights of the sources for each kind of concern, age of child and ethnic group are worked out once.

    Attributes:
        strength: sum of the weights, shape (kinds, age bands, groups).
        steps: cumulative weights as parts of 1, shape (kinds, age bands, groups, sources).
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.rules = state.scenario.noticing
        weights = np.zeros((len(KINDS), len(AGE_BANDS) + 1, len(GROUPS), len(SOURCES)))
        mix = self.rules.authority_mix
        for kind, row in self.rules.by_kind.items():
            for source, weight in row.items():
                weights[KINDS.index(kind), :, :, SOURCES.index(source)] = weight * mix.get(source, 1.0)
        for source in FROM_FIVE:
            weights[:, :2, :, SOURCES.index(source)] = 0.0
        for source in UNDER_FIVE_ONLY:
            weights[:, 2:, :, SOURCES.index(source)] = 0.0
        for source in UNDER_ONE_ONLY:
            weights[:, 1:, :, SOURCES.index(source)] = 0.0
        wary = np.array([self.rules.wariness.get(group, 1.0) for group in GROUPS])
        comes_forward = np.clip(1.0 - self.rules.stigma * wary, 0.0, 1.0)
        weights[:, :, :, SOURCES.index(Source.SELF_OR_CARER)] *= comes_forward
        domestic = KINDS.index(ConcernKind.DOMESTIC_VIOLENCE)
        weights[domestic, :, :, POLICE] *= self.rules.police_notification
        self.strength = weights.sum(axis=-1)
        whole = np.where(self.strength > 0, self.strength, 1.0)[..., None]
        self.steps = np.cumsum(weights, axis=-1) / whole
        self.steps[..., -1] = np.inf

    def today(self) -> Noticed:
        """Which potential concerns happen today, what they do to need, and who notices (W2-W4, N1-N3)."""
        state, concerns, book = self.state, self.state.concerns, self.state.cases
        rules = state.scenario.concerns
        cases = np.arange(concerns.first_of_day[state.day], concerns.first_of_day[state.day + 1])
        if not len(cases):
            return NOTHING
        family = concerns.family[cases]
        before = state.need.now(family, state.offset)
        above = before - state.families.baseline[family]
        happens = state.chance(Chance.OCCURS, cases) * rules.headroom < np.exp(rules.need_sensitivity * above)
        cases, family, before = cases[happens], family[happens], before[happens]
        if not len(cases):
            return NOTHING
        state.need.shock(family, concerns.severity[cases], state.offset)
        level = state.need.now(family, state.offset)
        book.level[cases] = level
        begins = (level >= TROUBLE) & ((book.trouble[family] < 0) | (before < TROUBLE))
        book.trouble[family[begins]] = state.day
        return Noticed(cases, level, self._who_notices(cases, family, level))

    def held_back_returns(self, cases: Rows) -> Moves | None:
        """What a programme held back comes back worse, through another source (S4)."""
        state, book = self.state, self.state.cases
        family = book.family[cases]
        state.need.shock(family, np.full(len(cases), state.scenario.practice.escalation), state.offset)
        level = np.maximum(state.need.now(family, state.offset), book.level[cases])
        book.level[cases] = level
        state.log.add(Stage.HELD_BACK_RETURNS, cases, level=level)
        u = state.chance(Chance.COMES_BACK_SOURCE, cases)
        source = self.source(self._described(cases, level), (np.zeros(len(cases)), u))
        book.worker[cases] = NOBODY
        state.bring(cases, np.where(source < 0, SOURCE_CODE[Source.OTHER], source))
        return None

    def _who_notices(self, cases: Rows, family: Rows, level: Floats) -> Ints:
        """The source that notices each of today's concerns, or -1; a family heard of lately is seen more."""
        state = self.state
        u: Numbers = state.chance(Chance.NOTICED, cases)
        if self.rules.repeat_visibility != 1.0:
            heard = state.day - state.cases.heard[family] <= TWELVE_MONTHS
            u = np.where(heard, u / self.rules.repeat_visibility, u)
        return self.source(self._described(cases, level), (u, state.chance(Chance.SOURCE, cases)))

    def _described(self, cases: Rows, level: Floats) -> Described:
        concerns = self.state.concerns
        group = self.state.families.group[concerns.family[cases]]
        return Described(concerns.kind[cases], concerns.child_age[cases], group, level)

    def source(self, case: Described, u: tuple[Numbers, Numbers]) -> Ints:
        """The source that notices each concern, or -1.

        Args:
            case: what there is to notice.
            u: uniform numbers for "noticed" and for "by whom", each of shape (concerns,); noticing that is
                ``repeat_visibility`` times as likely is asked for by dividing the first by it.
        """
        kind, age, group, level = case
        band = np.searchsorted(AGE_BANDS, age, side="right")
        rate = self.rules.visibility * np.exp(self.rules.visibility_slope * (level - 2.0))
        row = (kind * self.strength.shape[1] + band) * self.strength.shape[2] + group
        noticed = u[0] < 1.0 - np.exp(-rate * self.strength.ravel()[row])
        source = np.full(len(noticed), NOBODY)
        at = np.flatnonzero(noticed)
        steps = self.steps.reshape(-1, self.steps.shape[-1])
        source[at] = (steps[row[at]] <= u[1][at, None]).sum(axis=1)
        return source
