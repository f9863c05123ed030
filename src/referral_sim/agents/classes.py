"""Which classes a model's agents are of: those of this package, or a modeller's own in their place."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..scenario.fields import LiaisonKind
from .family import Family
from .intake_team import IntakeTeam
from .liaison import CLASSES, LiaisonWorker
from .panel import FamilySupportPanel
from .programme import SSLPWorker, SureStartProgramme

REPLACEABLE = (SSLPWorker, SureStartProgramme, IntakeTeam, FamilySupportPanel, Family, LiaisonWorker)


@dataclass
class AgentClasses:
    """The class of each kind of agent."""

    worker: type[SSLPWorker] = SSLPWorker
    programme: type[SureStartProgramme] = SureStartProgramme
    team: type[IntakeTeam] = IntakeTeam
    panel: type[FamilySupportPanel] = FamilySupportPanel
    family: type[Family] = Family
    liaison: dict[LiaisonKind, type[LiaisonWorker]] = field(default_factory=lambda: dict(CLASSES))


def chosen_classes(own: Iterable[type]) -> AgentClasses:
    """The classes of a model's agents, with a modeller's own in the place of those that they derive from.

    Args:
        own: subclasses of the package's agents. One of a single kind of liaison worker takes the place of that kind,
            one of :class:`LiaisonWorker` itself that of all kinds.

    Raises:
        TypeError: if a class derives from none of them, or two would take the same place.
    """
    names = {SSLPWorker: "worker", SureStartProgramme: "programme", IntakeTeam: "team"}
    names |= {FamilySupportPanel: "panel", Family: "family"}
    chosen, taken = AgentClasses(), set[str]()
    for one in own:
        places = [name for base, name in names.items() if isinstance(one, type) and issubclass(one, base)]
        if isinstance(one, type) and issubclass(one, LiaisonWorker):
            kinds = [kind for kind, base in CLASSES.items() if issubclass(one, base)] or list(CLASSES)
            chosen.liaison |= dict.fromkeys(kinds, one)
            places = [str(kind) for kind in kinds]
        elif places:
            setattr(chosen, places[0], one)
        else:
            known = ", ".join(base.__name__ for base in REPLACEABLE)
            raise TypeError(f"{one!r} derives from no agent of this model ({known})")
        if taken & set(places):
            raise TypeError(f"{one.__name__} would take the place of an agent that another class has taken already")
        taken |= set(places)
    return chosen


def import_classes(names: Sequence[str]) -> list[type]:
    """The classes that a scenario names by their dotted names.

    Raises:
        ImportError: if there is no such module or class.
    """
    found = []
    for name in names:
        module, _, attribute = name.rpartition(".")
        try:
            found.append(getattr(importlib.import_module(module), attribute))
        except (ImportError, AttributeError, ValueError) as error:
            raise ImportError(f"agents: there is no class {name!r} that could be imported ({error})") from error
    return found
