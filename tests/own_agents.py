"""Kinds of agents that a modeller might write; a module of its own, so that scenarios and copies find them by name."""

from referral_sim.agents import (
    Family,
    FamilySupportPanel,
    IntakeTeam,
    LinkWorker,
    OutpostedSocialWorker,
    SSLPWorker,
    SureStartProgramme,
)
from referral_sim.records.stages import Outcome


class Silent(SSLPWorker):
    """Keeps everything to themselves."""

    def decide(self, concern):
        return Outcome.HELD_BACK


class AlsoSilent(SSLPWorker):
    """Would take the same place."""


class Team(IntakeTeam):
    """Asks for a tier more."""

    @property
    def own_threshold(self):
        return super().own_threshold + 1.0


class Proud(Family):
    """Accepts nothing, and takes nothing up."""

    def accepts(self):
        return 0.0

    def takes_up(self, accompanied):
        return 0.0


class Nowhere(OutpostedSocialWorker):
    """Can never be asked."""

    @property
    def availability(self):
        return 0.0


class Anywhere(OutpostedSocialWorker):
    """Would take the same place."""


def _alike(kind):
    return type(f"Own{kind.__name__}", (kind,), {})


ALIKE = [_alike(kind) for kind in (SSLPWorker, SureStartProgramme, IntakeTeam, FamilySupportPanel, LinkWorker, Family)]
