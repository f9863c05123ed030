"""Who decides: families, programme workers, liaison workers, intake teams, panels. Mesa agents, one file each."""

from .family import Family
from .intake_team import IntakeTeam
from .liaison import LiaisonWorker, LinkWorker, OutpostedSocialWorker, SocialWorkAssistant
from .panel import FamilySupportPanel
from .programme import SureStartProgramme
from .sslp_worker import SSLPWorker

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
