"""The parts of a collaboration and what they do at each programme today (MODEL L0, L4, L5, L7-L11)."""

from __future__ import annotations

import numpy as np

from ..records.casebook import Rows
from ..records.columns import PartColumns, days_of
from ..records.stages import Outcome, Stage
from ..scenario.fields import PartKind
from ..scenario.programmes import CollaborationPart, PartEffect
from ..state import State
from ..world.calendar import DAYS_A_YEAR
from ..world.families import Floats
from ..world.streams import Chance

FULL_HELP = 0.2  # mutual trust above what is needed at which a part helps fully
AS_TRUSTED = frozenset({"contact", "feedback", "joint_visits", "knowledge", "onward"})
TIER_TWO = 2.0  # need from which a common assessment is worth its while


class CollaborationParts:
    """Works out, whenever a part begins or ends and every month, what the parts come to (``state.parts``).

    Chances of several parts combine like independent chances. A part that needs trust helps in proportion to the
    trust above that level, and wears trust away below it (L4).

    Attributes:
        change_days: working days on which a part begins or has ended, and the first day.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        rules = state.scenario.collaboration
        self._parts: list[tuple[CollaborationPart, PartEffect, list[int], tuple[int, int]]] = [
            (part, rules.effects[part.kind], state.programmes.served_by(part), days_of(part, state.calendar))
            for part in state.scenario.parts.values()
        ]
        self.change_days = {day for *_, (first, last) in self._parts for day in (first, last + 1)} | {0}

    def work_out(self, mutual_trust: Floats) -> None:
        """Work out what the parts come to, by what runs today and how far the sides trust each other.

        Args:
            mutual_trust: of each programme and its teams, 0 to 1, shape (programmes,).
        """
        state, count, trust = self.state, len(mutual_trust), mutual_trust
        now, today = state.parts, max(state.day, 0)
        missing = {name: np.ones(count) for name in PartColumns.CHANCES}
        now.onward, now.trust = np.ones(count), np.zeros(count)
        now.informal_links = np.full(count, state.scenario.collaboration.informal_links)
        now.common_assessment = np.zeros(count)
        now.common_assessment_at = np.zeros(len(state.places))
        for part, effect, at, (first, last) in self._parts:
            if not first <= today <= last:
                continue
            strength = part.strength * self._grown(part, effect)
            if part.kind == PartKind.INFORMAL_LINKS:
                now.informal_links[at] = np.maximum(now.informal_links[at], strength * effect.contact)
            if part.kind == PartKind.COMMON_ASSESSMENT:
                now.common_assessment[at] = np.maximum(now.common_assessment[at], strength)
                places = self._places(part)
                now.common_assessment_at[places] = np.maximum(now.common_assessment_at[places], strength)
            above = np.ones(len(at))
            if effect.trust_needed > 0.0:
                above = np.clip((trust[at] - effect.trust_needed) / FULL_HELP, -1.0, 1.0)
            helps = np.maximum(above, 0.0)
            for name in PartColumns.CHANCES:
                if name == "contact" and part.kind == PartKind.INFORMAL_LINKS:
                    continue  # it depends on the worker's own trust
                size = getattr(effect, name)
                if size:
                    missing[name][at] *= 1.0 - strength * size * (helps if name in AS_TRUSTED else 1.0)
            now.onward[at] *= 1.0 + strength * helps * (effect.onward - 1.0)
            now.trust[at] += strength * effect.trust * above
        for name in PartColumns.CHANCES:
            setattr(now, name, 1.0 - missing[name])

    def _places(self, part: CollaborationPart) -> list[int]:
        """The localities of a part for those who are not of a programme; none if it names programmes alone."""
        if part.localities:
            return [self.state.places.index(name) for name in part.localities]
        return [] if part.programmes else list(range(len(self.state.places)))

    def _grown(self, part: CollaborationPart, effect: PartEffect) -> float:
        """How far a slow part has grown since its start, 0 to 1; one that began before the run is there in full."""
        if part.start is None or effect.months <= 0.0:
            return 1.0
        days = self.state.offset - (part.start - self.state.calendar.start).days
        return float(1.0 - 2.0 ** (-max(days, 0.0) / (effect.months * DAYS_A_YEAR / 12.0)))


def complete_assessment(state: State, cases: Rows, level: Floats) -> None:
    """Complete a common assessment for cases whose families agree to it (L10).

    Args:
        state: the run.
        cases: case numbers, shape (cases,).
        level: need, in tiers, shape (cases,).
    """
    if not len(cases):
        return
    agreed = state.chance(Chance.CONSENT, cases) < state.scenario.collaboration.common_assessment.consent
    state.cases.assessed[cases[agreed]] = True
    outcome = np.where(agreed, int(Outcome.COMPLETED), int(Outcome.NO_CONSENT))
    state.log.add(Stage.COMMON_ASSESSMENT, cases, outcome, level)
