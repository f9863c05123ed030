"""The smallest difference of a measure that matters, and the verdict on a difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .table import CALENDAR_DAYS, CHANGE, FAMILY_RATE, MEASURES, RATE, RATIO, SHARE, TIERS

SMALLEST_OF_UNIT: Mapping[str, float] = {
    RATE: 5.0, FAMILY_RATE: 3.0, SHARE: 0.02, RATIO: 0.05, CHANGE: 0.05, TIERS: 0.1, CALENDAR_DAYS: 7.0,
    "days": 1.0, "days a year for 1,000 families": 500.0, "hours a year": 1000.0, "leavers a post a year": 0.05,
    "per 1,000 families in the year": 3.5, "per 1,000 families at a month's end": 1.4,
    "per 10,000 children under 18 in the year": 5.0,
}  # fmt: skip
"""In the unit; a convention of ours, not a finding. A child protection conference weighs more than a contact.

The two of 1,000 families say the same as 500 days of unmet need: these are the days of 500 / 365 = 1.4 families at
every month's end, and of 3.5 families in the year, who live so for some 140 days in the presets. Children in the year
weigh as those referred.
"""
SMALLEST_OF_MEASURE: Mapping[str, float] = {
    "section_47_enquiries": 2.0, "conferences": 1.0, "registrations": 1.0, "deregistrations": 1.0, "on_register": 1.0,
    "families_registered": 0.5, "families_on_register": 0.5,
}  # fmt: skip
"""Where a measure's own differs from its unit's."""
SMALLEST_COUNT = 10.0
"""Of what is counted in a year, such as families or visits, and of all other units."""


class Verdict(StrEnum):
    """What is said of a difference, given the smallest that matters."""

    MATTERS = "matters"
    TOO_SMALL = "too small to matter"
    CANNOT_TELL = "cannot tell"


def smallest_that_matters(measure: str, unit: str, own: Mapping[str, float] | None = None) -> float:
    """The smallest difference of a measure that matters, in its unit.

    Args:
        measure: name of the measure.
        unit: its unit.
        own: measure -> the smallest that matters to the user, in place of ours.

    Raises:
        ValueError: if ``own`` names no measure, or a difference is not above 0.
    """
    for name, value in (own or {}).items():
        if name not in MEASURES:
            raise ValueError(f"there is no measure {name!r}")
        if not (math.isfinite(value) and value > 0.0):
            raise ValueError(f"the smallest difference of {name} that matters must be above 0, not {value:g}")
    if own and measure in own:
        return own[measure]
    return SMALLEST_OF_MEASURE.get(measure, SMALLEST_OF_UNIT.get(unit, SMALLEST_COUNT))


def verdict(row: Mapping[Any, Any], smallest: float) -> Verdict:
    """The verdict on a difference, by its 90% interval of paired years.

    It matters where the whole interval lies at or beyond the smallest difference that matters, on one side; it is too
    small to matter where the whole interval lies within it (the two one-sided tests of Schuirmann 1987); else the runs
    cannot tell. Under draws of parameters the interval holds what is not known of them.

    Args:
        row: low_90, high_90 and n of one measure, as :func:`~..experiment.summaries.summarise_differences` gives them.
        smallest: the smallest difference that matters, in the row's unit, above 0.
    """
    low, high = row["low_90"], row["high_90"]
    if low >= smallest or high <= -smallest:
        return Verdict.MATTERS
    if -smallest < low and high < smallest:
        return Verdict.TOO_SMALL
    return Verdict.CANNOT_TELL
