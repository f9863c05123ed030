"""The posts between programmes and social services (MODEL L1-L3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from ..scenario.fields import LiaisonKind
from ..scenario.programmes import LiaisonPost
from .arrangements import days_of, served

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .programme import SureStartProgramme

HALF_TIME = 0.5
NEED_OF_HELP = 2.0


class LiaisonWorker(mesa.Agent):  # type: ignore[misc]
    """A post-holder whom programme workers can ask, and who may carry referrals and bring families in.

    Attributes:
        name: the post's name in the scenario.
        programmes: the programmes the post serves.
        practice: what this kind of post does (:class:`~referral_sim.scenario.programmes.LiaisonPractice`).
    """

    model: ReferralModel

    def __init__(self, model: ReferralModel, name: str, spec: LiaisonPost, post: int) -> None:
        super().__init__(model)
        self.name, self.spec, self.post = name, spec, post
        self.practice = model.scenario.collaboration.practices[spec.kind]
        self.programmes: list[SureStartProgramme] = served(spec, model)
        self.first_day, self.last_day = days_of(spec, model.calendar)
        self._owed = 0.0
        for programme in self.programmes:
            programme.liaison.append(self)

    @property
    def present(self) -> bool:
        """The post exists today and somebody holds it."""
        return self.first_day <= self.model.day <= self.last_day and bool(self.model.posts.filled[self.post])

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

    def month_passes(self) -> None:
        """Bring families in who stay away (L1, S1): those in need first, as many as the month's time allows."""
        if not self.present:
            return
        for programme in self.programmes:
            self._owed += self.practice.outreach * self.time_each
            whole = math.floor(self._owed)
            self._owed -= whole
            programme.reach_out(whole)


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
