"""What all agents of this model share (MODEL: agents that act)."""

from __future__ import annotations

import mesa

from ..state import State


class Actor(mesa.Agent):  # type: ignore[misc]
    """Somebody who acts when something comes to them, in the order of a day that ``ReferralModel.step`` gives.

    Who is removed (``agent.remove()``) acts no more from then on.

    Attributes:
        gone: the agent has been removed.
    """

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
