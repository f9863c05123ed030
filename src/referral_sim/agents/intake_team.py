"""An intake team: its staff, its work, the threshold it applies (MODEL F3, F4, K1-K3, R1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from ..pathway.work_queue import WorkQueue
from ..world.calendar import DAYS_A_YEAR

if TYPE_CHECKING:
    from ..model import ReferralModel

LONGEST_BACKLOG = 250.0
SEASONED = 5.0


class IntakeTeam(mesa.Agent):  # type: ignore[misc]
    """The team that takes the contacts of one locality.

    The rules on a contact are the authority's and stand in :mod:`referral_sim.pathway.front_door`; the team gives
    them its own threshold, its own error of judgement and its own hours.

    Attributes:
        name, index: the locality's name and place in the scenario's order.
        posts: numbers of its posts, shape (posts,).
        queue: its work.
        applied_threshold: what it applies today, in tiers (F3).
        judgement_noise: error of its reading of a contact, in tiers.
        backlog_days: days of full work waiting.
    """

    model: ReferralModel

    def __init__(self, model: ReferralModel, name: str, index: int, posts: list[int]) -> None:
        super().__init__(model)
        self.name, self.index = name, index
        self.posts: NDArray[np.int64] = np.array(posts, dtype=np.int64)
        self.queue = WorkQueue()
        rules, staff = model.scenario.front_door, model.scenario.workforce
        self.applied_threshold = rules.threshold
        self.judgement_noise = rules.judgement_noise
        self.backlog_days = 0.0
        self._hours_each = staff.hours_per_day * (1.0 - staff.leave) * (1.0 - staff.recording)
        self._in_post = -1
        self.hours_today = 0.0

    @property
    def in_post(self) -> int:
        """Posts held today."""
        return int(self.model.posts.filled[self.posts].sum())

    @property
    def own_threshold(self) -> float:
        """The threshold that the authority has set for today, in tiers; backlog may raise what is applied (F3)."""
        door, day = self.model.front_door, self.model.day
        return float(door.official_threshold[day]) if day >= 0 else door.rules.threshold

    def staff_changed(self) -> None:
        """Somebody left or came: hours and experience are counted anew (K1)."""
        posts = self.model.posts
        rules = self.model.scenario.front_door
        held = self.posts[posts.filled[self.posts]]
        self._in_post = len(held)
        years = np.clip((self.model.offset - posts.since[held]) / DAYS_A_YEAR, 0.0, SEASONED)
        seasoned = float(years.mean()) / SEASONED if self._in_post else 0.0
        self.judgement_noise = rules.judgement_noise * (1.0 - rules.experience_gain * seasoned)

    def begin_day(self) -> None:
        """Count today's hours and set today's threshold by the backlog (F3, K2)."""
        if self._in_post < 0:
            self.staff_changed()
        rules, threshold = self.model.scenario.front_door, self.own_threshold
        self.applied_threshold = threshold
        if self.model.scenario.workforce.unlimited:
            self.hours_today = np.inf
            return
        self.hours_today = self._in_post * self._hours_each
        backlog = self.queue.backlog
        if backlog <= 0.0:
            self.backlog_days = 0.0
        elif self.hours_today <= 0.0:
            self.backlog_days = LONGEST_BACKLOG
        else:
            self.backlog_days = min(backlog / self.hours_today, LONGEST_BACKLOG)
        shift = min(rules.backlog_shift * self.backlog_days, rules.backlog_shift_limit)
        self.applied_threshold = threshold + shift
