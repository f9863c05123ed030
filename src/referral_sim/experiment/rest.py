"""Whether a scenario is at rest: whether its main series stay where they are when nothing in it changes (MODEL T1)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pandas as pd

from ..measures.drift import RUN_IN_MONTHS
from ..measures.wording import measure_label
from ..scenario import Scenario
from ..scenario.population import add_months
from .summaries import in_year, years_of

MOVES = 0.03
"""Share of its level from which a change of a series is told."""
BY_CHANCE = 0.05
"""Chance that of all main series at rest any is told of."""


@dataclass(frozen=True)
class MovingSeries:
    """A series that moves.

    Attributes:
        series: name of its measure.
        change: from the last twelve months of the run-in to the last reporting year, as a share of its level.
        error: standard error of the change, from the replicates.
    """

    series: str
    change: float
    error: float


def changes_on_a_date(scenario: Scenario) -> bool:
    """Whether something in a scenario begins or ends within the last year of its run-in or the reported time."""
    time = scenario.time
    since = add_months(time.reporting_year_start, -RUN_IN_MONTHS)
    return any(since < date < time.end for date in _dates(scenario.model_dump(exclude={"time"})))


def _dates(value: Any) -> Iterator[dt.date]:
    """All dates within a value."""
    if isinstance(value, dt.date):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_dates, value.values()))
    elif isinstance(value, (list, tuple)):
        yield from chain.from_iterable(map(_dates, value))


def moving_series(measures: pd.DataFrame) -> list[MovingSeries]:
    """The main series that move though nothing in the scenario changes, the one that moves most first.

    Each replicate gives the change of each series (measure ``drift``: the last reporting year against the last twelve
    months of the run-in, so that seasons fall out). A series moves if the mean change exceeds 3% of its level, and what
    chance makes of it: Student's t over the replicates, at 5% for all series together (Bonferroni). So few replicates
    tell of large changes alone.

    Args:
        measures: replicate, year, measure, group, value, of one scenario.
    """
    from scipy.special import stdtrit  # takes a moment to load, and is needed once there are results

    rows = in_year(measures[measures["measure"] == "drift"]).dropna(subset="value")
    of_series = rows.groupby("group", sort=False, observed=True)["value"]
    found = []
    for group, values in of_series:
        if len(values) < 2:
            continue
        change, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
        beyond = float(stdtrit(len(values) - 1, 1.0 - BY_CHANCE / 2.0 / of_series.ngroups))
        if abs(change) > MOVES and abs(change) > beyond * error:
            found.append(MovingSeries(str(group).partition(":")[2], change, error))
    return sorted(found, key=lambda one: -abs(one.change))


def not_at_rest(scenario: Scenario, measures: pd.DataFrame) -> str:
    """What moves in a scenario that is not at rest, and by how much, in one line; empty where nothing can be told.

    Nothing is told of a scenario in which something begins or ends on a date in the time that is looked at: it is not
    meant to rest.

    Args:
        scenario: which.
        measures: of its replicates, as for :func:`moving_series`.
    """
    if measures.empty or changes_on_a_date(scenario):
        return ""
    moving = moving_series(measures)
    if not moving:
        return ""
    told = ", ".join(_told(moving))
    return (
        f"{scenario.name} is not at rest though nothing in it changes: {told} from the last twelve months of the "
        f"run-in to {years_of(measures)[-1]}"
    )


def _told(moving: list[MovingSeries]) -> Iterator[str]:
    for one in moving:
        label = measure_label(one.series)
        yield f"{label[:1].lower()}{label[1:]} {one.change:+.0%} (standard error {100 * one.error:.1f} points)"
