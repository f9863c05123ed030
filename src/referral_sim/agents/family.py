"""A family that somebody has opened a file on (MODEL W1, W2, S5)."""

from __future__ import annotations

import mesa
import numpy as np

from ..scenario.fields import EthnicGroup
from ..state import State
from ..world.families import GROUPS
from ..world.need import tier


class Family(mesa.Agent):  # type: ignore[misc]
    """A window on one row of the families' columns; made when its case is opened or a service offered."""

    def __init__(self, model: mesa.Model, state: State, number: int) -> None:
        super().__init__(model)
        self.state = state
        self.number = number

    @property
    def need(self) -> float:
        """Need today, in tiers."""
        return self.state.need.one(self.number, self.state.offset)

    @property
    def tier(self) -> int:
        """Tier of today's need, 1 to 4."""
        return int(tier(np.array([self.need]))[0])

    @property
    def ethnic_group(self) -> EthnicGroup:
        """Ethnic group."""
        return GROUPS[int(self.state.families.group[self.number])]

    @property
    def locality(self) -> str:
        """Name of the patch the family lives in."""
        return self.state.places[int(self.state.families.locality[self.number])]

    @property
    def programme(self) -> str | None:
        """Name of the programme in whose area the family lives."""
        area = int(self.state.families.area[self.number])
        return None if area < 0 else self.state.programmes.names[area]

    @property
    def on_register(self) -> bool:
        """A child of the family is on the child protection register."""
        return bool(self.state.cases.register_case[self.number] >= 0)

    @property
    def open_case(self) -> int | None:
        """Number of the case that social services have open."""
        case = int(self.state.cases.open_case[self.number])
        return None if case < 0 else case

    def takes_up(self, chance: float, accompanied: bool) -> bool:
        """Whether the family takes up a programme that it was referred to (S5).

        Args:
            chance: the case's uniform number for this decision.
            accompanied: somebody takes them along the first time.
        """
        practice = self.state.scenario.practice
        return chance < (practice.take_up_accompanied if accompanied else practice.take_up)
