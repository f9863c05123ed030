"""How wary families are of social services, and how they learn (MODEL N2, F7)."""

from __future__ import annotations

import numpy as np

from ..scenario import Scenario
from ..world.families import GROUPS, Families, Floats
from .casebook import Rows


class Wariness:
    """The wariness of every family: what it had at first, what it learned itself, and what its neighbours say.

    wariness = stigma x ratio of the group x (0.5 + wary), between 0 and 1, then moved towards 0 or 1 by steps.

    Attributes:
        own: of each family, 0 to 1, shape (families,).
        talk: what neighbours' steps come to in each place, to be added, shape (places,). A place is a programme's area,
            or what is left of a locality.
    """

    def __init__(self, scenario: Scenario, families: Families) -> None:
        self.rules = rules = scenario.families
        self._families = families
        ratio = np.array([rules.wariness.get(group, 1.0) for group in GROUPS])[families.group]
        self._first: Floats = np.clip(rules.stigma * ratio * (0.5 + families.wary), 0.0, 1.0)
        self.own: Floats = self._first.copy()
        self._localities = len(scenario.localities)
        self.talk: Floats = np.zeros(self._localities + len(scenario.programmes))
        living = np.bincount(self._place(np.flatnonzero(families.here_at(0.0))), minlength=len(self.talk))
        self._neighbours = np.maximum(living, 1)

    def now(self, family: Rows) -> Floats:
        """Wariness of some families today, 0 to 1, shape as ``family``."""
        return np.minimum(np.maximum(self.own[family] + self.talk[self._place(family)], 0.0), 1.0)

    def helped(self, family: Rows) -> None:
        """Help turned the trouble of families, none named twice: they are less wary, and their neighbours a little."""
        self._step(family, -self.rules.helped * self.own[family])

    def let_down(self, family: Rows) -> None:
        """An assessment brought families nothing: they are warier, and their neighbours a little."""
        self._step(family, self.rules.let_down * (1.0 - self.own[family]))

    def month_passes(self) -> None:
        """What was learned fades."""
        self.own += self.rules.forgetting * (self._first - self.own)
        self.talk *= 1.0 - self.rules.forgetting

    def _step(self, family: Rows, step: Floats) -> None:
        self.own[family] += step
        place = self._place(family)
        np.add.at(self.talk, place, self.rules.neighbours * step / self._neighbours[place])

    def _place(self, family: Rows) -> Rows:
        area = self._families.area[family]
        return np.asarray(np.where(area >= 0, self._localities + area, self._families.locality[family]))
