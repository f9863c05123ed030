"""A family that somebody has opened a file on (MODEL W1, W2, S5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from ..scenario.fields import EthnicGroup
from ..world.families import GROUPS
from ..world.need import tier

if TYPE_CHECKING:
    from ..model import ReferralModel


class Family(mesa.Agent):  # type: ignore[misc]
    """A window on one row of the families' columns; made when its case is opened or a service offered."""

    model: ReferralModel

    def __init__(self, model: ReferralModel, number: int) -> None:
        super().__init__(model)
        self.number = number

    @property
    def need(self) -> float:
        """Need today, in tiers."""
        return self.model.need.one(self.number, self.model.offset)

    @property
    def tier(self) -> int:
        """Tier of today's need, 1 to 4."""
        return int(tier(np.array([self.need]))[0])

    @property
    def ethnic_group(self) -> EthnicGroup:
        """Ethnic group."""
        return GROUPS[int(self.model.families.group[self.number])]

    @property
    def locality(self) -> str:
        """Name of the patch the family lives in."""
        return self.model.places[int(self.model.families.locality[self.number])]

    @property
    def programme(self) -> str | None:
        """Name of the programme in whose area the family lives."""
        area = int(self.model.families.area[self.number])
        return None if area < 0 else self.model.programmes[area].name

    @property
    def on_register(self) -> bool:
        """A child of the family is on the child protection register."""
        return bool(self.model.cases.register_case[self.number] >= 0)

    @property
    def open_case(self) -> int | None:
        """Number of the case that social services have open."""
        case = int(self.model.cases.open_case[self.number])
        return None if case < 0 else case

    def takes_up(self, chance: float, accompanied: bool) -> bool:
        """Whether the family takes up a programme that it was referred to (S5).

        Args:
            chance: the case's uniform number for this decision.
            accompanied: somebody takes them along the first time.
        """
        practice = self.model.scenario.practice
        return chance < (practice.take_up_accompanied if accompanied else practice.take_up)
