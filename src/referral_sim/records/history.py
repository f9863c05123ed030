"""What is kept of each day: backlog, thresholds, views, leavers. Columns, filled as the days pass."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from .columns import ProgrammeColumns, TeamColumns, WorkerColumns
from .posts import Posts

NAN = float("nan")


class History:
    """Daily series of one run.

    Attributes:
        backlog, threshold: of each team, shape (working days, teams): days of full work waiting; tiers.
        views: mean trust of programme workers, mean trust of the teams in the programmes, mean threshold gap,
            shape (working days, 3); NaN where there is no programme.
        trust_sslp, trust_team, gap: the same of each programme, shape (working days, programmes).
        workers: posts of workers that each programme had, shape (working days, programmes).
        leavers: leavers of each post so far, shape (working days, posts).
        today: means over teams of backlog and threshold, the three views, and leavers of intake posts so far, on the
            last day written.
    """

    def __init__(self, days: int, teams: int, programmes: int, posts: int) -> None:
        self.trust_sslp = np.full((days, programmes), NAN)
        self.trust_team = np.full((days, programmes), NAN)
        self.gap = np.full((days, programmes), NAN)
        self.workers = np.zeros((days, programmes))
        self.backlog = np.zeros((days, teams))
        self.threshold = np.zeros((days, teams))
        self.views = np.full((days, 3), np.nan)
        self.leavers = np.zeros((days, posts), dtype=np.int64)
        self.today: tuple[float, ...] = (NAN,) * 6

    def widen(self, posts: int) -> None:
        """From today there are so many posts; nobody has left the new ones so far."""
        days, there = self.leavers.shape
        self.leavers = np.hstack([self.leavers, np.zeros((days, posts - there), dtype=np.int64)])

    def write(
        self, day: int, teams: TeamColumns, programmes: ProgrammeColumns, workers: WorkerColumns, posts: Posts
    ) -> None:
        """Write down a working day as it ends."""
        self.backlog[day], self.threshold[day] = teams.backlog_days, teams.applied_threshold
        backlog, threshold = teams.backlog_days.tolist(), teams.applied_threshold.tolist()
        self.leavers[day] = posts.leavers
        trust = team_trust = gap = NAN
        if programmes.names:
            views = programmes.team_trust.tolist()
            self.trust_team[day] = programmes.team_trust
            team_trust = math.fsum(views) / len(views)
        count = len(workers.there)
        if count:
            of_worker = workers.trust[workers.there]
            trust = float(of_worker.sum()) / count
            gaps = workers.threshold_gaps(teams)
            gap = float(gaps.sum()) / count
            for columns, values in ((self.trust_sslp, of_worker), (self.gap, gaps)):
                total = np.bincount(workers.programme_there, weights=values, minlength=len(programmes.names))
                columns[day] = total / workers.count
            self.workers[day] = workers.number
        self.views[day] = trust, team_trust, gap
        number = max(len(backlog), 1)
        leavers = int(posts.leavers[posts.intake].sum())
        self.today = (math.fsum(backlog) / number, math.fsum(threshold) / number, trust, team_trust, gap, leavers)


def _date(model: Any) -> str:
    return str(model.state.calendar.date(model.state.day).isoformat())


def _children(name: str, model: Any) -> int:
    return int(getattr(model.state.children_counts, name))


def _mean(index: int, model: Any) -> float:
    return float(model.state.history.today[index])


# What ``model.datacollector`` collects each day; counts run from the first day of the warm-up. Named functions, so that
# a model can be pickled and copied.
REPORTERS: dict[str, Any] = {
    "date": _date,
    "contacts": partial(_children, "contacts"),
    "calls_about_open_cases": partial(_children, "calls"),
    "referrals": partial(_children, "referrals"),
    "registrations": partial(_children, "registrations"),
    "on_register": partial(_children, "on_register"),
    "backlog_days": partial(_mean, 0),
    "applied_threshold": partial(_mean, 1),
    "trust_sslp": partial(_mean, 2),
    "trust_team": partial(_mean, 3),
    "threshold_gap": partial(_mean, 4),
    "leavers_intake": partial(_mean, 5),
}
