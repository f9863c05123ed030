"""Who notices a concern (MODEL N1-N3)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..scenario import Scenario
from ..scenario.fields import Kind, Source
from ..world.concerns import KINDS
from ..world.families import GROUPS, Ints
from ..world.streams import Numbers
from .casebook import NOBODY, POLICE, SOURCES

AGE_BANDS = (1.0, 5.0, 11.0)
UNDER_FIVE_ONLY = (Source.HEALTH_VISITOR,)
UNDER_ONE_ONLY = (Source.MIDWIFE,)
FROM_FIVE = (Source.SCHOOL, Source.EDUCATION_SERVICES)


class Described(NamedTuple):
    """Concerns as a source meets them; all of shape (concerns,).

    Attributes:
        kind, group: indices into :class:`Kind` and :class:`~referral_sim.scenario.fields.EthnicGroup`.
        age: of the child, in years. level: need, in tiers.
    """

    kind: Ints
    age: Numbers
    group: Ints
    level: Numbers


class Noticing:
    """Weights of the sources for each kind of concern, age of child and ethnic group, worked out once.

    Attributes:
        strength: sum of the weights, shape (kinds, age bands, groups).
        steps: cumulative weights as parts of 1, shape (kinds, age bands, groups, sources).
    """

    def __init__(self, scenario: Scenario) -> None:
        self.rules = scenario.noticing
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
        domestic = KINDS.index(Kind.DOMESTIC_VIOLENCE)
        weights[domestic, :, :, POLICE] *= self.rules.police_notification
        self.strength = weights.sum(axis=-1)
        whole = np.where(self.strength > 0, self.strength, 1.0)[..., None]
        self.steps = np.cumsum(weights, axis=-1) / whole
        self.steps[..., -1] = np.inf

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
