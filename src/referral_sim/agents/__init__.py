"""Who decides: families, programmes and their workers, liaison workers, intake teams, panels. Mesa agents."""

from .family import Family
from .intake_team import IntakeTeam
from .liaison import LiaisonWorker, LinkWorker, OutpostedSocialWorker, SocialWorkAssistant
from .panel import FamilySupportPanel
from .programme import SSLPWorker, SureStartProgramme

__all__ = [
    "Family",
    "FamilySupportPanel",
    "IntakeTeam",
    "LiaisonWorker",
    "LinkWorker",
    "OutpostedSocialWorker",
    "SSLPWorker",
    "SocialWorkAssistant",
    "SureStartProgramme",
]
