"""What families decide, and a family that somebody has opened a file on (MODEL W1, W7, N2, S5, F7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mesa
import numpy as np

from ..records.casebook import Rows
from ..scenario.fields import EthnicGroup
from ..state import State
from ..world.calendar import DAYS_A_YEAR
from ..world.families import GROUPS, Floats, Ints
from ..world.streams import Numbers
from ..world.troubles import tier
from .actor import Actor

EVERYBODY: tuple[str, ...] = ("comes_forward", "accepts", "takes_up", "uses", "stays")


class Family(Actor):
    """A window on one row of the families' columns; made when its case is opened or a service offered.

    What a family decides are chances; the rules are those of :class:`FamilyDecisions`, over all families at once. A
    subclass that has a method of its own for one of them is asked family by family in its place.
    """

    def __init__(self, model: mesa.Model, state: State, number: int) -> None:
        super().__init__(model, state)
        self.number = number

    @property
    def need(self) -> float:
        """Need today, in tiers."""
        return self.state.troubles.level_of(self.number, self.state.offset)

    @property
    def tier(self) -> int:
        """Tier of today's need, 1 to 4."""
        return int(tier(np.array([self.need]))[0])

    @property
    def wariness(self) -> float:
        """How wary the family is of social services today, 0 to 1."""
        return float(self.state.wariness.now(np.array([self.number]))[0])

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

    def goes(self) -> None:
        """The family leaves the authority tomorrow, and what is on its way for it ends; nothing if it has left."""
        if self.state.families.leaves[self.number] > self.state.offset:
            self.state.removed.append(self.number)

    # -- decisions ----------------------------------------------------------------------------------------------------

    def comes_forward(self) -> float:
        """Factor on the chance that the family itself brings what troubles it (N2)."""
        return float(FamilyDecisions.come_forward(self.state, self._row)[0])

    def accepts(self) -> float:
        """Chance that the family accepts a plan or a package that it is offered."""
        return float(FamilyDecisions.accept(self.state, self._row)[0])

    def takes_up(self, accompanied: bool) -> float:
        """Chance that the family takes up a programme that it was referred to (S5); ``accompanied`` the first time."""
        return float(FamilyDecisions.take_up(self.state, self._row, np.array([accompanied]))[0])

    def uses(self, chance: float) -> float:
        """Chance that the family uses the programme of its area, which it would use with some chance if not wary."""
        return float(FamilyDecisions.use(self.state, self._row, np.array([chance]))[0])

    def stays(self, days: float) -> float:
        """Chance that the family keeps its support package for some more days."""
        return float(FamilyDecisions.stay(self.state, self._row, days)[0])

    @property
    def _row(self) -> Rows:
        return np.array([self.number])


class FamilyDecisions:
    """What families decide, written once for all of them (F7).

    Args:
        state: the run.
        agent: gives the agent of a family by its row.
        kind: class of the agents; where it has a decision of its own, agents are asked.
    """

    def __init__(self, state: State, agent: Callable[[int], Family], kind: type[Family] = Family) -> None:
        self.state, self._agent = state, agent
        self._own = {name for name in EVERYBODY if getattr(kind, name) is not getattr(Family, name)}

    # Each rule is a function of the state and of rows of families, and gives chances of their shape.

    @staticmethod
    def come_forward(state: State, family: Rows) -> Floats:
        """1 less wariness (N2)."""
        return np.asarray(1.0 - state.wariness.now(family))

    @staticmethod
    def accept(state: State, family: Rows) -> Floats:
        """1 less refusal x wariness."""
        return np.asarray(1.0 - state.scenario.families.refusal * state.wariness.now(family))

    @staticmethod
    def take_up(state: State, family: Rows, accompanied: np.ndarray) -> Floats:
        """The usual share (S5), with the same refusal as other offers, relative to a family of no wariness."""
        practice = state.scenario.practice
        usual = np.where(accompanied, practice.take_up_accompanied, practice.take_up)
        return np.asarray(usual * FamilyDecisions.accept(state, family))

    @staticmethod
    def use(state: State, family: Rows, chance: Floats) -> Floats:
        """The chance by need (S1), less avoidance x wariness."""
        return np.asarray(chance * (1.0 - state.scenario.families.avoidance * state.wariness.now(family)))

    @staticmethod
    def stay(state: State, family: Rows, days: float) -> Floats:
        """exp(-withdrawal x wariness x time)."""
        rate = state.scenario.families.withdrawal * state.wariness.now(family)
        return np.asarray(np.exp(-rate * days / DAYS_A_YEAR))

    # What the stages ask.

    def comes_forward(self, family: Rows) -> Floats:
        """Factor on the chance that families themselves bring what troubles them, shape as ``family`` (N2)."""
        return self._chances("comes_forward", self.come_forward, family)

    def accepts(self, family: Rows, u: Numbers) -> np.ndarray:
        """Which families accept a plan or package; ``u`` are the cases' uniform numbers, shape as ``family``."""
        return np.asarray(u < self._chances("accepts", self.accept, family))

    def takes_up(self, family: Rows, u: Numbers, accompanied: np.ndarray) -> np.ndarray:
        """Which families take up a programme (S5); all arguments of one shape."""
        return np.asarray(u < self._chances("takes_up", self.take_up, family, accompanied))

    def uses(self, family: Rows, area: Ints) -> np.ndarray:
        """Which families use the programme of the area they live in; ``area`` is its index, -1 for none (S1)."""
        return np.asarray(self.state.families.use[family] < self.use_chances(family, area))

    def use_chances(self, family: Rows, area: Ints) -> Floats:
        """Chance that families use the programme of the area they live in, shape as ``family``; 0 outside."""
        state = self.state
        chance = np.zeros(len(family))
        inside = np.flatnonzero(area >= 0)
        chance[inside] = state.programmes.use_chance(area[inside], state.families.baseline[family[inside]])
        return self._chances("uses", self.use, family, chance)

    def stays(self, family: Rows, u: Numbers, days: float) -> np.ndarray:
        """Which families keep their support packages for some more days; ``u`` of the shape of ``family``."""
        return np.asarray(u < self._chances("stays", self.stay, family, days))

    def _chances(self, name: str, rule: Callable[..., Floats], family: Rows, *given: Any) -> Floats:
        """The chances that a rule gives, or the families' own agents where their class has that decision.

        Args:
            name: of the decision.
            rule: takes the state, the families and ``given``.
            family: rows of families.
            given: what the decision depends on besides, one for all or of the shape of ``family``.
        """
        if name not in self._own:
            return rule(self.state, family, *given)
        columns = [np.broadcast_to(one, family.shape).tolist() for one in given]
        each = zip(family.tolist(), *columns, strict=True)
        return np.array([getattr(self._agent(number), name)(*values) for number, *values in each], dtype=float)
