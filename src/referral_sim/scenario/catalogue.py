"""What comes with the package, as lists show it: presets, policies, points of the continuum, indicators, programmes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import Fault, ScenarioError, key_text
from .fragments import Fragment, read_fragment
from .indicators import Span, indicators
from .library import CONTINUUM, POLICIES, PROGRAMMES, SCENARIOS, Shelf
from .likes import Likeness, read_likeness
from .reader import load_scenario


@dataclass(frozen=True)
class Preset:
    """A preset as a list shows it.

    Attributes:
        name: what to write for it, on the command line and in ``extends``.
        title: for people.
        description: what it describes.
        authority: the authority of the report whose figures stand beside it, if any.
    """

    name: str
    title: str
    description: str
    authority: str | None


@dataclass(frozen=True)
class Entry:
    """A policy, a point of the continuum, an indicator or a programme as a list shows it.

    Attributes:
        name: what to write for it.
        title: for people.
        description: what it asks, assumes or describes.
    """

    name: str
    title: str
    description: str


@dataclass(frozen=True)
class Movement:
    """What an indicator does to one parameter.

    Attributes:
        indicator: its name.
        key: dotted path of a parameter, or ``parts of kind KIND: strength``.
        at_0: the value that a score of 0 stands for.
        at_4: the value that a score of 4 stands for.
    """

    indicator: str
    key: str
    at_0: float
    at_4: float


def list_presets() -> list[Preset]:
    """The presets in alphabetical order; they are read and checked, not simulated.

    Raises:
        ScenarioError: if a preset has a fault.
    """
    return [_preset(name) for name in SCENARIOS.files()]


def list_policies() -> list[Entry]:
    """The policies in alphabetical order, without the points of the continuum.

    Raises:
        ScenarioError: if a policy has a fault.
    """
    return _entries(Shelf(POLICIES.word, POLICIES.plural, POLICIES.folders[:1]), read_fragment)


def list_continuum() -> list[Entry]:
    """The points of the continuum of engagement, in alphabetical order.

    Raises:
        ScenarioError: if one of them has a fault.
    """
    return _entries(CONTINUUM, read_fragment)


def list_programmes() -> list[Entry]:
    """The described programmes, in alphabetical order.

    Raises:
        ScenarioError: if one of them has a fault.
    """
    return _entries(PROGRAMMES, read_likeness)


def list_indicators() -> list[Entry]:
    """The good-practice indicators, in the report's order."""
    return [Entry(one.name, one.title, one.description) for one in indicators().values()]


def list_movements() -> list[Movement]:
    """What each indicator moves, and between which values."""
    found = []
    for one in indicators().values():
        spans: list[tuple[str, Span]] = [(key_text(path), span) for path, span in one.moves.items()]
        spans += [(f"parts of kind {kind}: strength", span) for kind, span in one.everywhere.items()]
        found += [Movement(one.name, key, low, high) for key, (low, high) in spans]
    return found


def _preset(name: str) -> Preset:
    scenario = load_scenario(name)
    return Preset(name, scenario.title, " ".join(scenario.description.split()), scenario.authority)


def _entries(shelf: Shelf, read: Callable[[str, None], tuple[Fragment | Likeness | None, list[Fault]]]) -> list[Entry]:
    found = []
    for name in shelf.files():
        made, faults = read(name, None)
        if made is None:
            raise ScenarioError(faults)
        found.append(Entry(made.name, made.title, made.description))
    return found
