"""What the model keeps of each day: backlog, thresholds, views, leavers. Columns, filled as the days pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .pathway.stages import Stage

if TYPE_CHECKING:
    from .model import ReferralModel


class History:
    """Daily series of one run.

    Attributes:
        backlog, threshold: of each team, shape (working days, teams): days of full work waiting; tiers.
        views: mean trust of programme workers, mean trust of the teams in the programmes, mean threshold gap,
            shape (working days, 3); NaN where there is no programme.
        leavers: leavers of intake posts so far, shape (working days,).
    """

    def __init__(self, days: int, teams: int) -> None:
        self.backlog = np.zeros((days, teams))
        self.threshold = np.zeros((days, teams))
        self.views = np.full((days, 3), np.nan)
        self.leavers = np.zeros(days, dtype=np.int64)

    def write(self, model: ReferralModel) -> None:
        """Write down today."""
        day = model.day
        self.backlog[day] = [team.backlog_days for team in model.teams]
        self.threshold[day] = model.thresholds
        self.leavers[day] = model.posts.leavers[model.intake_posts].sum()
        if model.programmes:
            self.views[day, 1] = sum(p.team_trust for p in model.programmes) / len(model.programmes)
        if len(model.sslp_posts):
            self.views[day, 0] = model.worker_views.trust[model.sslp_posts].mean()
            self.views[day, 2] = model.threshold_gaps().mean()


def _team_mean(column: str) -> Any:
    return lambda m: float(getattr(m.history, column)[m.day].mean()) if m.teams else float("nan")


def _view(index: int) -> Any:
    return lambda m: float(m.history.views[m.day, index])


# What ``model.datacollector`` collects each day; counts run from the first day of the warm-up.
REPORTERS: dict[str, Any] = {
    "date": lambda m: m.calendar.date(m.day).isoformat(),
    "contacts": lambda m: m.log.counts[Stage.CONTACT],
    "referrals": lambda m: m.log.counts[Stage.REFERRAL],
    "registrations": lambda m: m.log.counts[Stage.REGISTRATION],
    "on_register": lambda m: m.log.counts[Stage.REGISTRATION] - m.log.counts[Stage.DEREGISTRATION],
    "backlog_days": _team_mean("backlog"),
    "applied_threshold": _team_mean("threshold"),
    "trust_sslp": _view(0),
    "trust_team": _view(1),
    "threshold_gap": _view(2),
    "leavers_intake": lambda m: int(m.history.leavers[m.day]),
}
