"""Whose hours are used for what: hours by agency and stage, month by month (MODEL K5)."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Agency(StrEnum):
    """Who works."""

    INTAKE = "intake"
    FAMILY_SUPPORT = "family_support"
    PROGRAMMES = "programmes"
    LIAISON = "liaison"
    PARTNERS = "partners"


class Work(StrEnum):
    """What the hours are used for."""

    CONTACT = "contact"
    INITIAL_ASSESSMENT = "initial_assessment"
    CORE_ASSESSMENT = "core_assessment"
    ENQUIRY = "section_47_enquiry"
    CONFERENCE = "conference"
    HANDOVER = "handover"
    PLAN = "plan"
    REGISTRATION = "registration"
    FAMILIES = "families"
    PACKAGE = "package"
    CONSULTATION = "consultation"
    COMMON_ASSESSMENT = "common_assessment"
    JOINT_VISIT = "joint_visit"
    PANEL = "panel"


# What the work in each lane of an intake team is for.
OF_LANE = {
    "screening": Work.CONTACT, "urgent": Work.INITIAL_ASSESSMENT, "initial": Work.INITIAL_ASSESSMENT,
    "core": Work.CORE_ASSESSMENT, "enquiry": Work.ENQUIRY, "conference": Work.CONFERENCE,
}  # fmt: skip


class Hours:
    """Hours used in each month of the run.

    Args:
        months: of the run.

    Attributes:
        month: months from the start to today.
    """

    def __init__(self, months: int) -> None:
        self.month = 0
        self._months = months
        self._used: dict[tuple[Agency, Work], NDArray[np.float64]] = {}

    def spend(self, agency: Agency, work: Work, hours: float) -> None:
        """Somebody of an agency works so many hours this month."""
        if hours:
            self._of(agency, work)[self.month] += hours

    def _of(self, agency: Agency, work: Work) -> NDArray[np.float64]:
        return self._used.setdefault((agency, work), np.zeros(self._months))

    def used(self, first: int, end: int) -> dict[tuple[Agency, Work], float]:
        """Hours from one month to the one before another, by agency and what they were for, in a fixed order."""
        found = {pair: self._used.get(pair) for pair in ((a, w) for a in Agency for w in Work)}
        return {pair: float(months[first:end].sum()) for pair, months in found.items() if months is not None}
