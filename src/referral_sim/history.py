"""What the model keeps of each day: backlog, thresholds, views, leavers. Columns, filled as the days pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .pathway.stages import Stage

if TYPE_CHECKING:
    from .model import ReferralModel


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

    def write(self, model: ReferralModel) -> None:
        """Write down today."""
        day = model.day
        self.backlog[day] = backlog = [team.backlog_days for team in model.teams]
        self.threshold[day] = threshold = model.thresholds.tolist()
        self.leavers[day] = of_post = model.staff.posts.leavers
        trust = team_trust = gap = NAN
        if model.programmes:
            views = [p.team_trust for p in model.programmes]
            self.trust_team[day] = views
            team_trust = sum(views) / len(views)
        workers = len(model.sslp_posts)
        if workers:
            of_worker = model.worker_views.trust[model.sslp_posts]
            trust = float(of_worker.sum()) / workers
            gaps = model.threshold_gaps()
            gap = float(gaps.sum()) / workers
            for columns, values in ((self.trust_sslp, of_worker), (self.gap, gaps)):
                total = np.bincount(model.worker_programme, weights=values, minlength=len(model.programmes))
                columns[day] = total / model.worker_count
            self.workers[day] = np.nan_to_num(model.worker_count)
        self.views[day] = trust, team_trust, gap
        teams = max(len(backlog), 1)
        leavers = int(of_post[model.staff.intake].sum())
        self.today = (sum(backlog) / teams, sum(threshold) / teams, trust, team_trust, gap, leavers)


def _today(index: int) -> Any:
    return lambda m: m.history.today[index]


# What ``model.datacollector`` collects each day; counts run from the first day of the warm-up.
REPORTERS: dict[str, Any] = {
    "date": lambda m: m.calendar.date(m.day).isoformat(),
    "contacts": lambda m: m.log.counts[Stage.CONTACT],
    "referrals": lambda m: m.log.counts[Stage.REFERRAL],
    "registrations": lambda m: m.log.counts[Stage.REGISTRATION],
    "on_register": lambda m: m.log.counts[Stage.REGISTRATION] - m.log.counts[Stage.DEREGISTRATION],
    "backlog_days": _today(0),
    "applied_threshold": _today(1),
    "trust_sslp": _today(2),
    "trust_team": _today(3),
    "threshold_gap": _today(4),
    "leavers_intake": _today(5),
}
