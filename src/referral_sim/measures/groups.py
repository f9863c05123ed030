"""The groups that tables count by: everybody, localities, programme areas, ethnic groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..world.families import GROUPS

if TYPE_CHECKING:
    from ..model import ReferralModel

Codes = NDArray[np.int64]
Amounts = NDArray[np.float64]


class Groups:
    """Counts things by group.

    Attributes:
        names: ``all``, ``locality:NAME``, ``programme:NAME`` and ``ethnic:NAME``, in the order of all counts.
        locality, area, ethnic: indices of each thing's locality, programme area (-1 for none) and ethnic group, shape
            (things,).
    """

    def __init__(self, model: ReferralModel, locality: Codes, area: Codes, ethnic: Codes) -> None:
        self.locality, self.area, self.ethnic = locality, area, ethnic
        self._sizes = len(model.places), len(model.programmes), len(GROUPS)
        self.names = ["all", *(f"locality:{name}" for name in model.places)]
        self.names += [f"programme:{p.name}" for p in model.programmes]
        self.names += [f"ethnic:{group}" for group in GROUPS]

    @classmethod
    def of_families(cls, model: ReferralModel, rows: Codes, day: int) -> Groups:
        """The groups of families, by where they live on a working day; ``rows`` are those of their columns."""
        return cls(model, *model.residence.at(rows, day), model.families.group[rows])

    def count(self, chosen: NDArray[np.bool_], period: Codes | None = None, periods: int = 1) -> Codes:
        """How many of the chosen things there are in each group.

        Args:
            chosen: flags, shape (things,).
            period: period of each thing, 0 to ``periods`` - 1, shape (things,); all in one if not given.
            periods: number of periods.

        Returns:
            Shape (groups,), or (periods, groups) where periods are given.
        """
        at = np.flatnonzero(chosen)
        when = np.zeros(len(at), dtype=np.int64) if period is None else period[at]
        parts = [np.bincount(when, minlength=periods)[:, None]]
        for codes, size in zip((self.locality, self.area, self.ethnic), self._sizes, strict=True):
            code = codes[at]
            inside = code >= 0
            counted = np.bincount(when[inside] * size + code[inside], minlength=periods * size)
            parts.append(counted.reshape(periods, size))
        counts = np.concatenate(parts, axis=1)
        return counts[0] if period is None else counts

    def add(self, amounts: NDArray[np.number]) -> Amounts:
        """Sum of the things' amounts (shape (things,)) in each group, shape (groups,)."""
        parts = [np.array([amounts.sum()], dtype=float)]
        for codes, size in zip((self.locality, self.area, self.ethnic), self._sizes, strict=True):
            inside = codes >= 0
            parts.append(np.bincount(codes[inside], weights=amounts[inside].astype(float), minlength=size))
        return np.concatenate(parts)
