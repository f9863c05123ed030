"""An intake team: its staff, its work, the threshold it applies (MODEL F3, F4, K1-K3, R1)."""

from __future__ import annotations

import mesa
import numpy as np
from numpy.typing import NDArray

from ..records.work_queue import WorkQueue
from ..state import State
from ..world.calendar import DAYS_A_YEAR
from .actor import Actor

LONGEST_BACKLOG = 250.0
SEASONED = 5.0


class IntakeTeam(Actor):
    """The team that takes the contacts of one locality.

    The rules on a contact are the authority's and stand in :mod:`referral_sim.pathway.front_door`; the team gives
    them its own threshold, its own error of judgement and its own hours.

    Attributes:
        name, index: the locality's name and place in the scenario's order.
        posts: numbers of its posts, shape (posts,).
        queue: its work.
        hours_today: hours that it has today.
    """

    def __init__(self, model: mesa.Model, state: State, index: int) -> None:
        super().__init__(model, state)
        self.index = index
        self.name = state.places[index]
        self.posts: NDArray[np.int64] = np.array(state.posts.of_team[self.name], dtype=np.int64)
        self.queue: WorkQueue = state.queues[index]
        self._in_post, self._own_work = -1, 0.0
        self.follow_scenario()
        self.hours_today = 0.0

    def follow_scenario(self) -> None:
        """From today hours are those of the scenario of today (T3)."""
        staff = self.state.scenario.workforce
        self._hours_each = staff.hours_with_families

    @property
    def applied_threshold(self) -> float:
        """The threshold that the team applies today, in tiers (F3)."""
        return float(self.state.teams.applied_threshold[self.index])

    @property
    def judgement_noise(self) -> float:
        """Error of the team's reading of a contact, in tiers."""
        return float(self.state.teams.judgement_noise[self.index])

    @property
    def backlog_days(self) -> float:
        """Days of full work waiting."""
        return float(self.state.teams.backlog_days[self.index])

    @property
    def in_post(self) -> int:
        """Posts held today."""
        return int(self.state.posts.filled[self.posts].sum())

    @property
    def own_threshold(self) -> float:
        """The threshold that the authority has set for today, in tiers; backlog may raise what is applied (F3)."""
        return self.state.teams.official_on(self.state.day)

    def goes(self) -> None:
        """The posts of the team are gone; contacts of its patch wait for ever."""
        for post in self.posts.tolist():
            self.state.posts.close(post)
        self.staff_changed()

    def staff_changed(self) -> None:
        """Somebody left or came: hours and experience are counted anew (K1)."""
        posts = self.state.posts
        rules = self.state.scenario.front_door
        held = self.posts[posts.filled[self.posts]]
        self._in_post = len(held)
        self._own_work = self._in_post - (1.0 - self.state.scenario.workforce.agency_work) * posts.by_agency[held].sum()
        years = np.clip((self.state.offset - posts.since[held]) / DAYS_A_YEAR, 0.0, SEASONED)
        seasoned = float(years.mean()) / SEASONED if self._in_post else 0.0
        self.state.teams.judgement_noise[self.index] = rules.judgement_noise * (1.0 - rules.experience_gain * seasoned)

    def begin_day(self) -> None:
        """Count today's hours and set today's threshold by the backlog (F3, K2)."""
        if self._in_post < 0:
            self.staff_changed()
        columns, scenario, threshold = self.state.teams, self.state.scenario, self.own_threshold
        columns.applied_threshold[self.index] = threshold
        if scenario.workforce.unlimited and not self.gone:
            self.hours_today = np.inf
            return
        self.hours_today = float(self._own_work) * self._hours_each
        backlog = self.queue.backlog
        if backlog <= 0.0:
            days = 0.0
        elif self.hours_today <= 0.0:
            days = LONGEST_BACKLOG
        else:
            days = min(backlog / self.hours_today, LONGEST_BACKLOG)
        columns.backlog_days[self.index] = days
        rules = scenario.front_door
        columns.applied_threshold[self.index] = threshold + min(rules.backlog_shift * days, rules.backlog_shift_limit)
