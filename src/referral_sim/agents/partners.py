"""Professionals outside the programmes, who may use the common assessment and the panel (MODEL L6, L10)."""

from __future__ import annotations

import numpy as np

from ..records.casebook import SOURCES, Rows
from ..scenario.fields import Source
from ..state import State
from ..world.families import Floats
from ..world.signs import DAY_CARE
from ..world.streams import Chance
from .panel import Panels
from .parts import TIER_TWO, complete_assessment
from .programme import SureStartProgramme

# Professionals who work with children: they may be trained in the common assessment and sit on a panel.
PROFESSIONALS = frozenset(
    {
        Source.COMMUNITY_NURSE, Source.EDUCATION_SERVICES, Source.GENERAL_PRACTITIONER, Source.HEALTH_VISITOR,
        Source.HOSPITAL, Source.HOUSING_DEPARTMENT, Source.MIDWIFE, Source.OCCUPATIONAL_THERAPY,
        Source.OTHER_DEPARTMENT, Source.SCHOOL,
    }
)  # fmt: skip


class Partners:
    """What other professionals do with a concern before they take it to social services."""

    def __init__(self, state: State, panels: Panels, programmes: list[SureStartProgramme]) -> None:
        self.state, self.panels, self.programmes = state, panels, programmes
        self._is_professional = np.array([source in PROFESSIONALS for source in SOURCES])

    def bring(self, cases: Rows, source: Rows, level: Floats) -> None:
        """Take noticed concerns to social services, or some of the professionals' to the panel.

        Args:
            cases: case numbers, shape (cases,).
            source: who noticed each, as indices into :class:`Source`.
            level: need, in tiers.
        """
        state = self.state
        if not len(cases):
            return
        if self.panels.panels or state.parts.common_assessment_at.any():
            professional = self._is_professional[source] & (level >= TIER_TWO)
            professional &= state.cases.kind[cases] != DAY_CARE  # a request has an office of its own (F6)
            self._assess(cases[professional], level[professional])
            to_panel = professional & self._to_panel(cases, level)
            if to_panel.any():
                state.cases.source[cases[to_panel]] = source[to_panel]
                self.panels.take(cases[to_panel])
                cases, source, level = cases[~to_panel], source[~to_panel], level[~to_panel]
        if state.programmes.filtering.any():
            sent = self._past_liaison(cases, source, level)
            cases, source = cases[sent], source[sent]
        state.bring(cases, source)

    def _past_liaison(self, cases: Rows, source: Rows, level: Floats) -> np.ndarray:
        """Some professionals take a concern to the programme's liaison worker first; True for what goes on (L1)."""
        state = self.state
        area = state.families.area[state.cases.family[cases]]
        asks = self._is_professional[source] & (area >= 0) & (state.signs.kind[cases] != DAY_CARE)
        asks &= state.signs.youngest[cases] < state.programmes.age_limit[area]
        asks &= state.chance(Chance.TO_LIAISON, cases) < state.programmes.filtering[area]
        goes_on = np.ones(len(cases), dtype=bool)
        for at in np.flatnonzero(asks).tolist():
            goes_on[at] = self.programmes[area[at]].filter(int(cases[at]), int(source[at]), float(level[at]))
        return goes_on

    def _assess(self, cases: Rows, level: Floats) -> None:
        """Some complete a common assessment first."""
        state = self.state
        place = state.families.locality[state.cases.family[cases]]
        share = state.parts.common_assessment_at[place]
        share = share * state.scenario.collaboration.common_assessment.professionals
        done = state.chance(Chance.COMMON_ASSESSMENT, cases) < share
        complete_assessment(state, cases[done], level[done])

    def _to_panel(self, cases: Rows, level: Floats) -> np.ndarray:
        """Concerns below the threshold, as these professionals know it, that go to a panel instead."""
        state = self.state
        family = state.cases.family[cases]
        below = level < state.teams.applied_threshold[state.families.locality[family]]
        below &= level >= state.scenario.collaboration.panel.lowest_need
        share = self.panels.strength(family) * state.scenario.collaboration.panel.professionals
        return np.asarray(below & (state.chance(Chance.TO_PANEL, cases) < share))
