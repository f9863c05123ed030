"""What all agents of this model share (MODEL: agents that act)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar
from weakref import WeakKeyDictionary

import mesa

from ..state import State


class _Numbers(WeakKeyDictionary[mesa.Model, Iterator[int]]):
    """Numbers of agents, model by model, which keep no model: in Mesa 3.3 ``Agent._ids`` keeps each for ever."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return self.setdefault(model, itertools.count(1))


class Actor(mesa.Agent):  # type: ignore[misc]
    """Somebody who acts when something comes to them, in the order of a day that ``ReferralModel.step`` gives.

    Who is removed (``agent.remove()``) acts no more from then on.

    Attributes:
        gone: the agent has been removed.
    """

    _ids: ClassVar[_Numbers] = _Numbers()

    def __init__(self, model: mesa.Model, state: State) -> None:
        super().__init__(model)
        self.state, self.gone = state, False

    def step(self) -> None:
        """Say why an agent cannot be stepped by itself.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            "agents of this model have no step of their own: they act when a case comes to them, in the order of a "
            "day; call model.step() for one day"
        )

    def remove(self) -> None:
        """Leave the model; what the agent did so far stays done."""
        if not self.gone and not self.state.ended:
            self.gone = True
            self.goes()
        super().remove()

    def goes(self) -> None:
        """What ends when the agent goes before the run ends."""

    @classmethod
    def number_from(cls, model: mesa.Model, first: int) -> None:
        """The next agent of a model has this number, and those after it follow (Mesa 3.3 alone asks here)."""
        cls._ids[model] = itertools.count(first)
