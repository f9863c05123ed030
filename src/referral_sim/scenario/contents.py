"""What comes with the package, as lists show it: presets, policies, points of the continuum, indicators, programmes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import Fault, ScenarioError
from .keys import key_text
from .library import CONTINUUM, POLICIES, PROGRAMMES, SCENARIOS
from .named_layers import NamedLayer, Span, indicators, read_policy, read_programme
from .reader import load_scenario


@dataclass(frozen=True)
class Entry:
    """Something that comes with the package, as a list shows it.

    Attributes:
        name: what to write for it.
        title: for people.
        description: what it asks, assumes or describes.
    """

    name: str
    title: str
    description: str


@dataclass(frozen=True)
class Preset(Entry):
    """A preset as a list shows it.

    Attributes:
        authority: the authority of the report whose figures stand beside it, if any.
    """

    authority: str | None


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
    found = ((name, load_scenario(name)) for name in SCENARIOS.files())
    return [Preset(name, one.title, " ".join(one.description.split()), one.authority) for name, one in found]


def list_policies() -> list[Entry]:
    """The policies in alphabetical order, without the points of the continuum.

    Raises:
        ScenarioError: if a policy has a fault.
    """
    names = [name for name in POLICIES.files() if name not in CONTINUUM.files()]
    return _entries(read_policy(name, None) for name in names)


def list_continuum() -> list[Entry]:
    """The points of the continuum of engagement, in alphabetical order.

    Raises:
        ScenarioError: if one of them has a fault.
    """
    return _entries(read_policy(name, None, CONTINUUM) for name in CONTINUUM.files())


def list_programmes() -> list[Entry]:
    """The described programmes, in alphabetical order.

    Raises:
        ScenarioError: if one of them has a fault.
    """
    return _entries(read_programme(name, None) for name in PROGRAMMES.files())


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


def _entries(read: Iterable[tuple[NamedLayer[Any] | None, list[Fault]]]) -> list[Entry]:
    found = []
    for layer, faults in read:
        if layer is None:
            raise ScenarioError(faults)
        found.append(Entry(layer.name, layer.title, layer.description))
    return found
