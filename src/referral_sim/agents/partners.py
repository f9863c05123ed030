"""Professionals outside the programmes, who may use the common assessment and the panel (MODEL L6, L10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..pathway.casebook import SOURCES
from ..pathway.events import Rows
from ..pathway.stages import Outcome, Stage
from ..scenario.fields import Source
from ..world.concerns import DAY_CARE
from ..world.families import Floats
from ..world.streams import Chance

if TYPE_CHECKING:
    from ..model import ReferralModel

# Professionals who work with children: they may be trained in the common assessment and sit on a panel.
PROFESSIONALS = frozenset(
    {
        Source.COMMUNITY_NURSE, Source.EDUCATION_SERVICES, Source.GENERAL_PRACTITIONER, Source.HEALTH_VISITOR,
        Source.HOSPITAL, Source.HOUSING_DEPARTMENT, Source.MIDWIFE, Source.OCCUPATIONAL_THERAPY,
        Source.OTHER_DEPARTMENT, Source.SCHOOL,
    }
)  # fmt: skip
TIER_TWO = 2.0


class Partners:
    """What other professionals do with a concern before they take it to social services."""

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        self._is_professional = np.array([source in PROFESSIONALS for source in SOURCES])

    def bring(self, cases: Rows, source: Rows, level: Floats) -> None:
        """Take noticed concerns to social services, or some of the professionals' to the panel.

        Args:
            cases: case numbers, shape (cases,).
            source: who noticed each, as indices into :class:`Source`.
            level: need, in tiers.
        """
        model = self.model
        if not len(cases):
            return
        if model.panels.panels or model.arrangements.common_assessment_at.any():
            professional = self._is_professional[source] & (level >= TIER_TWO)
            professional &= model.cases.kind[cases] != DAY_CARE  # a request has an office of its own (F6)
            self._assess(cases[professional], level[professional])
            to_panel = professional & self._to_panel(cases, level)
            model.cases.source[cases[to_panel]] = source[to_panel]
            model.panels.take(cases[to_panel])
            cases, source, level = cases[~to_panel], source[~to_panel], level[~to_panel]
        if model.filtering.any():
            sent = self._past_liaison(cases, source, level)
            cases, source = cases[sent], source[sent]
        model.bring(cases, source)

    def _past_liaison(self, cases: Rows, source: Rows, level: Floats) -> np.ndarray:
        """Some professionals take a concern to the programme's liaison worker first; True for what goes on (L1)."""
        model = self.model
        area = model.families.area[model.cases.family[cases]]
        asks = self._is_professional[source] & (area >= 0) & (model.concerns.kind[cases] != DAY_CARE)
        asks &= model.concerns.youngest[cases] < model.age_limits[area]
        asks &= model.concerns.chances[Chance.TO_LIAISON][cases] < model.filtering[area]
        goes_on = np.ones(len(cases), dtype=bool)
        for at in np.flatnonzero(asks).tolist():
            goes_on[at] = model.programmes[area[at]].filter(int(cases[at]), int(source[at]), float(level[at]))
        return goes_on

    def _assess(self, cases: Rows, level: Floats) -> None:
        """Some complete a common assessment first."""
        model = self.model
        place = model.families.locality[model.cases.family[cases]]
        share = model.arrangements.common_assessment_at[place]
        share = share * model.scenario.collaboration.common_assessment.professionals
        done = model.concerns.chances[Chance.COMMON_ASSESSMENT][cases] < share
        complete(model, cases[done], level[done])

    def _to_panel(self, cases: Rows, level: Floats) -> np.ndarray:
        """Concerns below the threshold, as these professionals know it, that go to a panel instead."""
        model = self.model
        family = model.cases.family[cases]
        below = level < model.thresholds[model.families.locality[family]]
        below &= level >= model.scenario.collaboration.panel.lowest_need
        share = model.panels.strength(family) * model.scenario.collaboration.panel.professionals
        return np.asarray(below & (model.concerns.chances[Chance.TO_PANEL][cases] < share))


def complete(model: ReferralModel, cases: Rows, level: Floats) -> None:
    """Complete a common assessment for cases whose families agree to it (L10)."""
    if not len(cases):
        return
    agreed = model.concerns.chances[Chance.CONSENT][cases] < model.scenario.collaboration.common_assessment.consent
    model.cases.assessed[cases[agreed]] = True
    outcome = np.where(agreed, int(Outcome.COMPLETED), int(Outcome.NO_CONSENT))
    model.log.add(Stage.COMMON_ASSESSMENT, cases, outcome, level)
