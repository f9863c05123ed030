"""Programme areas: which families live in which, and whom a children's centre takes besides (MODEL W1, S6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Areas:
    """The rule that says in which programme's area a family lives.

    In each locality the families of the lowest deprivation rank live in an area, as many as its programmes need
    (Ch. 5e: an area may lie in several localities). Those of the next ranks are taken by the programmes that become
    children's centres. To which programme a family belongs is drawn, so that all of a locality are equally deprived.
    """

    def __init__(self, scenario: Scenario) -> None:
        people, programmes = scenario.population, list(scenario.programmes.values())
        places = list(scenario.localities)
        patch = np.array([p.share for p in scenario.localities.values()])
        patch = patch / patch.sum() if patch.sum() else patch
        children = people.children * people.share_under_five * patch
        lies_in = np.array([[(p.localities or {places[0]: 1.0}).get(x, 0.0) for p in programmes] for x in places])
        lies_in = lies_in.reshape(len(places), len(programmes))
        size = np.array([p.children_under_five for p in programmes], dtype=float)
        centre = np.array([p.centre.children_under_five if p.centre else 0.0 for p in programmes], dtype=float)
        self._base: Floats = lies_in * size
        self._further: Floats = lies_in * np.maximum(centre - size, 0.0)
        whole = np.where(children > 0, children, np.inf)
        self._inner = np.minimum(self._base.sum(axis=1) / whole, people.deprived_share)
        self._outer = np.minimum(self._inner + self._further.sum(axis=1) / whole, 1.0)

    def of(self, rank: Floats, which: Floats, locality: Ints) -> tuple[Ints, Ints]:
        """Areas of some families.

        Args:
            rank: deprivation ranks, 0 (most deprived) to 1, shape (families,).
            which: uniform numbers that choose among a locality's programmes, shape (families,).
            locality: indices of the localities, shape (families,).

        Returns:
            Index of the programme in whose area each family lives, and of the one that takes it in as a children's
            centre; -1 for none, never both, each of shape (families,).
        """
        area, further = np.full(len(rank), -1), np.full(len(rank), -1)
        for place, (base, later) in enumerate(zip(self._base, self._further, strict=True)):
            inner, outer = self._inner[place], self._outer[place]
            if outer <= 0.0:
                continue
            here = np.flatnonzero((locality == place) & (rank < outer))
            inside = rank[here] < inner
            area[here[inside]] = _choose(base, which[here[inside]])
            further[here[~inside]] = _choose(later, which[here[~inside]])
        return area, further


def _choose(weights: Floats, u: Floats) -> Ints:
    """An index for each uniform number, by the weights."""
    return np.searchsorted(np.cumsum(weights[:-1]) / max(weights.sum(), 1e-300), u, side="right")
