"""The posts between programmes and social services (MODEL L1-L3)."""

from __future__ import annotations

import math

import mesa

from ..scenario.fields import LiaisonKind
from ..state import State
from .actor import Actor

HALF_TIME = 0.5


class LiaisonWorker(Actor):
    """A post-holder whom programme workers can ask, and who may carry referrals and bring families in.

    Attributes:
        name, index: the post's name in the scenario and its place there.
        post: number of the post.
        programmes: indices of the programmes that the post serves.
        practice: what this kind of post does (:class:`~referral_sim.scenario.programmes.LiaisonPractice`).
    """

    def __init__(self, model: mesa.Model, state: State, index: int) -> None:
        super().__init__(model, state)
        self.index = index
        self.name = state.liaison.names[index]
        self.post = int(state.liaison.posts[index])
        self._owed = 0.0
        self.follow_scenario()

    def follow_scenario(self) -> None:
        """From today the post is as the scenario of today has it (T3)."""
        state, index = self.state, self.index
        self.spec = state.scenario.liaison[self.name]
        self.practice = state.scenario.collaboration.practices[self.spec.kind]
        self.programmes = state.liaison.programmes[index]
        self.first_day, self.last_day = int(state.liaison.first_day[index]), int(state.liaison.last_day[index])

    @property
    def present(self) -> bool:
        """The post exists today and somebody holds it."""
        return self.first_day <= self.state.day <= self.last_day and bool(self.state.posts.filled[self.post])

    @property
    def time_each(self) -> float:
        """Time for each programme, relative to half a post for one."""
        return self.spec.time / HALF_TIME / max(1, len(self.programmes))

    @property
    def availability(self) -> float:
        """Chance that a worker who wants to ask finds the post-holder; thins out with less time (0 to 1)."""
        return float(1.0 - (1.0 - self.practice.availability) ** min(self.time_each, 4.0))

    @property
    def filters(self) -> float:
        """Share of other professionals' concerns that come to the post first; thins out with less time (0 to 1)."""
        return float(1.0 - (1.0 - self.practice.filters) ** min(self.time_each, 4.0))

    def goes(self) -> None:
        """The post is gone."""
        self.state.posts.close(self.post)

    def outreach(self) -> list[tuple[int, int]]:
        """How many families who stay away the post brings to each of its programmes this month (L1, S1).

        Returns:
            Pairs of programme and number of families, as many as the month's time allows.
        """
        if not self.present:
            return []
        brings = []
        for programme in self.programmes:
            self._owed += self.practice.outreach * self.time_each
            whole = math.floor(self._owed)
            self._owed -= whole
            brings.append((programme, whole))
        return brings


class OutpostedSocialWorker(LiaisonWorker):
    """A social worker of the area team who spends half the week in the programme (L1; City Borough)."""


class LinkWorker(LiaisonWorker):
    """A named contact in the intake team, mostly by telephone (L2; East Borough)."""


class SocialWorkAssistant(LiaisonWorker):
    """An unqualified worker in the programme (L3; Southshire)."""


CLASSES: dict[LiaisonKind, type[LiaisonWorker]] = {
    LiaisonKind.OUTPOSTED_SOCIAL_WORKER: OutpostedSocialWorker,
    LiaisonKind.LINK_WORKER: LinkWorker,
    LiaisonKind.SOCIAL_WORK_ASSISTANT: SocialWorkAssistant,
}
