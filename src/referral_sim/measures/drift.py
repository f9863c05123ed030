"""How far the main series have moved since the last twelve months of the run-in (MODEL T1)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..records.stages import Stage
from ..scenario.population import add_months
from .daily_means import Row, mean
from .event_rows import EventRows
from .table import DRIFTING

RUN_IN_MONTHS = 12
LEAST_BACKLOG = 0.5
"""Days of work; a backlog below it is none, whatever it was before."""


def drift_rows(rows: EventRows) -> Iterator[Row]:
    """One row a main series: its change from the last twelve months of the run-in to the year.

    The change is (now - before) / ((now + before) / 2), of flows and of the register for each child that there is in
    the middle of either span, and of means over the days. With nothing changed it is 0 but for chance, whose size the
    replicates tell: the mean over both spans stands below, so that chance alone moves it neither way. NaN where the
    run-in is shorter than twelve months, or there is nothing in both.
    """
    calendar = rows.state.calendar
    begins = add_months(calendar.report_start, -RUN_IN_MONTHS)
    known = begins >= calendar.start
    before = calendar.day_on_or_after(begins), calendar.years[0].first
    now = rows.year.first, rows.year.end
    middles = ((begins - calendar.start).days + calendar.years[0].start) / 2.0, rows.year.middle
    people = [float(rows.state.families.children_at(max(middle, 0.0)).sum()) for middle in middles]
    for name, days, each_child in _series(rows):
        values = [mean(days[first:end]) for first, end in (before, now)]
        if each_child:
            values = [value / count if count else float("nan") for value, count in zip(values, people, strict=True)]
        yield "drift", f"series:{name}", _change(name, *values) if known else float("nan")


def _change(name: str, before: float, now: float) -> float:
    if name == "backlog_days" and max(before, now) < LEAST_BACKLOG:
        return 0.0
    middle = (now + before) / 2.0
    return (now - before) / middle if middle else float("nan")


def _series(rows: EventRows) -> Iterator[tuple[str, NDArray[np.float64], bool]]:
    """Each main series by working day, and whether it is told for each child there is."""
    days, history, counted = rows.state.calendar.days, rows.state.history, rows.counted
    by_day = {"backlog_days": history.backlog.mean(axis=1), "trust_sslp": history.views[:, 0],
              "trust_team": history.views[:, 1]}  # fmt: skip
    for name in DRIFTING:
        if name in by_day:
            yield name, by_day[name], False
        elif name == "on_register":
            yield name, _on_register(rows), True
        else:
            yield name, np.bincount(rows.day, counted[name], minlength=days).astype(float), True


def _on_register(rows: EventRows) -> NDArray[np.float64]:
    """Families on the register at the end of each day: those of the last day, less who came and plus who went since."""
    days = rows.state.calendar.days
    came, went = (
        np.bincount(rows.day[rows.of(stage)], minlength=days) for stage in (Stage.REGISTRATION, Stage.DEREGISTRATION)
    )
    change = np.cumsum(came - went)
    last = int((rows.state.cases.register_case >= 0).sum())
    return np.asarray(last + change - change[-1], dtype=np.float64)
