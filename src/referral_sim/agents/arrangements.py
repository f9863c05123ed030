"""The parts of a collaboration and what they do at each programme today (MODEL L0, L4, L5, L7-L9, L11)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from ..scenario.fields import PartKind
from ..scenario.programmes import Arrangement, Part, PartEffect
from ..world.calendar import DAYS_A_YEAR, Calendar
from ..world.families import Floats

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .programme import SureStartProgramme

ONE_DAY = dt.timedelta(days=1)
FULL_HELP = 0.2  # mutual trust above what is needed at which a part helps fully
CHANCES: tuple[str, ...] = (
    "contact", "feedback", "joint_visits", "knowledge", "learning", "induction", "sharing", "completes",
    "knows_open_cases", "deters", "lasting_trust",
)  # fmt: skip
AS_TRUSTED = frozenset({"contact", "feedback", "joint_visits", "knowledge", "onward"})


def days_of(spec: Arrangement, calendar: Calendar) -> tuple[int, int]:
    """First and last working day of an arrangement; before the run is day 0, after it the number of days."""
    first = 0 if spec.start is None else calendar.day_on_or_after(spec.start)
    last = calendar.days if spec.end is None else calendar.day_on_or_after(spec.end + ONE_DAY) - 1
    return first, last


def served(spec: Arrangement, model: ReferralModel) -> list[SureStartProgramme]:
    """The programmes of an arrangement: those named, those of the localities named, or all."""
    if not spec.programmes and not spec.localities:
        return list(model.programmes)
    places = {model.places.index(name) for name in spec.localities}
    return [p for p in model.programmes if p.name in spec.programmes or p.main_locality in places]


class Arrangements:
    """What the parts that run today come to, in columns of shape (programmes,).

    Chances of several parts combine like independent chances. A part that needs trust helps in proportion to the
    trust above that level, and wears trust away below it (L4).

    Attributes:
        contact: chance that a worker who wants to consult finds somebody of the team through a part (L4, L5).
        informal_links: the same through acquaintance (L0).
        feedback, joint_visits, knowledge, learning, induction, sharing, completes, knows_open_cases, deters,
            lasting_trust: as in :class:`~referral_sim.scenario.programmes.PartEffect`.
        onward: factor on the chance of a referral on to the programme (A9).
        trust: step of both sides' trust each month; below 0, trust wears away.
        common_assessment: strength of the Common Assessment Framework at each programme (L10).
        common_assessment_at: the same for other professionals at each locality, shape (localities,).
    """

    contact: Floats
    feedback: Floats
    joint_visits: Floats
    knowledge: Floats
    learning: Floats
    induction: Floats
    sharing: Floats
    completes: Floats
    knows_open_cases: Floats
    deters: Floats
    lasting_trust: Floats
    onward: Floats
    trust: Floats
    informal_links: Floats
    common_assessment: Floats
    common_assessment_at: Floats

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        rules = model.scenario.collaboration
        self._parts: list[tuple[Part, PartEffect, list[int], tuple[int, int]]] = [
            (part, rules.effects[part.kind], [p.index for p in served(part, model)], days_of(part, model.calendar))
            for part in model.scenario.parts.values()
        ]
        self.change_days = {day for *_, (first, last) in self._parts for day in (first, last + 1)} | {0}
        self.month_passes()

    def month_passes(self) -> None:
        """Work out what the parts come to, by what runs today and how far the sides trust each other."""
        model, count = self.model, len(self.model.programmes)
        trust = np.array([p.mutual_trust for p in model.programmes])
        base = model.scenario.collaboration
        missing = {name: np.ones(count) for name in CHANCES}
        self.onward, self.trust = np.ones(count), np.zeros(count)
        self.informal_links = np.full(count, base.informal_links)
        self.common_assessment = np.zeros(count)
        self.common_assessment_at = np.zeros(len(model.places))
        for part, effect, at, (first, last) in self._parts:
            if not first <= max(model.day, 0) <= last:
                continue
            strength = part.strength * self._grown(part, effect)
            if part.kind == PartKind.INFORMAL_LINKS:
                self.informal_links[at] = np.maximum(self.informal_links[at], strength * effect.contact)
            if part.kind == PartKind.COMMON_ASSESSMENT:
                self.common_assessment[at] = np.maximum(self.common_assessment[at], strength)
                places = self._places(part)
                self.common_assessment_at[places] = np.maximum(self.common_assessment_at[places], strength)
            above = np.ones(len(at))
            if effect.trust_needed > 0.0:
                above = np.clip((trust[at] - effect.trust_needed) / FULL_HELP, -1.0, 1.0)
            helps = np.maximum(above, 0.0)
            for name in CHANCES:
                if name == "contact" and part.kind == PartKind.INFORMAL_LINKS:
                    continue  # it depends on the worker's own trust
                size = getattr(effect, name)
                if size:
                    missing[name][at] *= 1.0 - strength * size * (helps if name in AS_TRUSTED else 1.0)
            self.onward[at] *= 1.0 + strength * helps * (effect.onward - 1.0)
            self.trust[at] += strength * effect.trust * above
        for name in CHANCES:
            setattr(self, name, 1.0 - missing[name])

    def _places(self, part: Part) -> list[int]:
        """The localities of a part for those who are not of a programme; none if it names programmes alone."""
        if part.localities:
            return [self.model.places.index(name) for name in part.localities]
        return [] if part.programmes else list(range(len(self.model.places)))

    def _grown(self, part: Part, effect: PartEffect) -> float:
        """How far a slow part has grown since its start, 0 to 1; one that began before the run is there in full."""
        if part.start is None or effect.months <= 0.0:
            return 1.0
        days = self.model.offset - (part.start - self.model.calendar.start).days
        return float(1.0 - 2.0 ** (-max(days, 0.0) / (effect.months * DAYS_A_YEAR / 12.0)))
