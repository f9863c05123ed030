"""What only the model can see of a span of days: backlog, thresholds, trust, turnover, who was brought in."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..records.hours import Agency
from ..state import State

Row = tuple[str, str, float]


def ratio(above: float, below: float) -> float:
    """A quotient; NaN of nothing."""
    return above / below if below else float("nan")


def mean(values: np.ndarray) -> float:
    """A mean; NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def span_rows(state: State, first: int, end: int, years: float) -> Iterator[Row]:
    """Means over some working days, and leavers a post a year in them.

    Args:
        state: of a run that has ended.
        first: the first working day.
        end: the working day after the last.
        years: length of the span.

    Yields:
        Measure, group, value.
    """
    history, days = state.history, slice(first, end)
    for measure, of_team in (("backlog_days", history.backlog), ("applied_threshold", history.threshold)):
        yield measure, "all", mean(of_team[days].ravel())
        for index, name in enumerate(state.places):
            yield measure, f"locality:{name}", mean(of_team[days, index])
    views = (history.trust_sslp, history.trust_team, history.gap)
    for column, (measure, of_programme) in enumerate(
        zip(("trust_sslp", "trust_team", "threshold_gap"), views, strict=True)
    ):
        yield measure, "all", mean(history.views[days, column])
        for index, name in enumerate(state.programmes.names):
            yield measure, f"programme:{name}", mean(of_programme[days, index])
    yield from _turnover(state, first, end, years)


def span_counts(state: State, first: int, end: int) -> Iterator[Row]:
    """Families whom liaison workers brought in, and workers who changed sides, on the working days of a span."""
    brought = [(p, n) for day, p, n in state.brought_in if first <= day < end]
    yield "families_brought_in", "all", float(sum(n for _, n in brought))
    for index, name in enumerate(state.programmes.names):
        yield "families_brought_in", f"programme:{name}", float(sum(n for p, n in brought if p == index))
    yield "staff_moves", "all", float(sum(first <= day < end for day, _, _ in state.staff_moves))


def hours_rows(state: State, first: int, end: int, years: float) -> Iterator[Row]:
    """Hours a year of a span of working days, of all agencies, of each, and of each by what they were used for (K5)."""
    month = state.calendar.month
    used = state.hours.used(int(month[first]), int(month[end - 1]) + 1)
    yield "hours_used", "all", math.fsum(used.values()) / years
    for agency in Agency:
        yield "hours_used", f"agency:{agency}", math.fsum(h for (a, _), h in used.items() if a == agency) / years
    for (agency, work), hours in used.items():
        yield "hours_used", f"agency:{agency}/work:{work}", hours / years


def _turnover(state: State, first: int, end: int, years: float) -> Iterator[Row]:
    leavers, staff = state.history.leavers, state.posts
    gone = leavers[end - 1] - (leavers[first - 1] if first else 0)
    yield "turnover_intake", "all", ratio(float(gone[staff.intake].sum()) / years, len(staff.intake))
    for name, posts in staff.of_team.items():
        yield "turnover_intake", f"locality:{name}", ratio(float(gone[posts].sum()) / years, len(posts))
    # Programmes open and lose posts when they become centres: the posts are those that there were, day by day.
    there = state.history.workers[first:end].mean(axis=0)
    left = [float(gone[posts].sum()) / years for posts in staff.of_programme.values()]
    yield "turnover_sslp", "all", ratio(math.fsum(left), float(there.sum()))
    for index, name in enumerate(state.programmes.names):
        yield "turnover_sslp", f"programme:{name}", ratio(left[index], there[index])
    liaison = state.liaison
    days = np.maximum(np.minimum(liaison.last_day + 1, end) - np.maximum(liaison.first_day, first), 0)
    yield "turnover_liaison", "all", ratio(float(gone[liaison.posts].sum()) / years, int(days.sum()) / (end - first))
