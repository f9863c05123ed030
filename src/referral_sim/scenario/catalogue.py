"""The presets that come with the package."""

from __future__ import annotations

from dataclasses import dataclass

from .library import SCENARIOS
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


def list_presets() -> list[Preset]:
    """The presets in alphabetical order; they are read and checked, not simulated.

    Raises:
        ScenarioError: if a preset has a fault.
    """
    return [_preset(name) for name in SCENARIOS.files()]


def _preset(name: str) -> Preset:
    scenario = load_scenario(name)
    return Preset(name, scenario.title, " ".join(scenario.description.split()), scenario.authority)
