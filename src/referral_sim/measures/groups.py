"""The groups that tables count by: everybody, localities, programme areas, ethnic groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..state import State
from ..world.families import GROUPS

Codes = NDArray[np.int64]
Amounts = NDArray[np.float64]
Values = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.int8] | NDArray[np.bool_]


def with_group_parts(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns group_kind and group_name after ``group``: "locality" and "North" of "locality:North".

    Of the whole authority they are "all" and "".
    """
    kinds = {group: str(group).partition(":") for group in table["group"].unique()}
    at = list(table.columns).index("group") + 1
    found = table.copy()
    for column, part in (("group_name", 2), ("group_kind", 0)):
        found.insert(at, column, table["group"].map({group: parts[part] for group, parts in kinds.items()}))
    return found


class Groups:
    """Counts things by group.

    Attributes:
        names: ``all``, ``locality:NAME``, ``programme:NAME`` and ``ethnic:NAME``, in the order of all counts.
        locality, area, ethnic: indices of each thing's locality, programme area (-1 for none) and ethnic group, shape
            (things,).
    """

    def __init__(self, state: State, locality: Codes, area: Codes, ethnic: Codes) -> None:
        self.locality, self.area, self.ethnic = locality, area, ethnic
        self._sizes = len(state.places), len(state.programmes.names), len(GROUPS)
        self.names = ["all", *(f"locality:{name}" for name in state.places)]
        self.names += [f"programme:{name}" for name in state.programmes.names]
        self.names += [f"ethnic:{group}" for group in GROUPS]

    @classmethod
    def of_families(cls, state: State, rows: Codes, day: int) -> Groups:
        """The groups of families, by where they live on a working day; ``rows`` are those of their columns."""
        return cls(state, *state.residence.at(rows, day), state.families.group[rows])

    def count(self, chosen: NDArray[np.bool_], period: Codes | None = None, periods: int = 1) -> Codes:
        """How many of the chosen things there are in each group.

        Args:
            chosen: flags, shape (things,).
            period: period of each thing, 0 to ``periods`` - 1, shape (things,); all in one if not given.
            periods: number of periods.

        Returns:
            Shape (groups,), or (periods, groups) where periods are given.
        """
        return self._sum(np.flatnonzero(chosen), None, period, periods).astype(np.int64)

    def add(
        self,
        amounts: Values,
        chosen: NDArray[np.bool_] | None = None,
        period: Codes | None = None,
        periods: int = 1,
    ) -> Amounts:
        """Sum of the things' amounts (shape (things,)) in each group, of all or of the chosen; as :meth:`count`."""
        at = np.flatnonzero(amounts if chosen is None else (amounts != 0) & chosen)  # most add nothing
        return self._sum(at, amounts[at].astype(float), period, periods)

    def means(self, amounts: Values, chosen: NDArray[np.bool_]) -> Amounts:
        """Mean of the chosen things' amounts (both of shape (things,)) in each group, shape (groups,); NaN of none."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.add(amounts, chosen) / self.count(chosen))

    def _sum(self, at: Codes, amounts: Amounts | None, period: Codes | None, periods: int) -> Amounts:
        """Sums of amounts, or numbers, of the things at some places, shape (groups,) or (periods, groups)."""
        when = np.zeros(len(at), dtype=np.int64) if period is None else period[at]
        parts = [np.bincount(when, amounts, minlength=periods)[:, None]]
        for codes, size in zip((self.locality, self.area, self.ethnic), self._sizes, strict=True):
            code = codes[at]
            inside = code >= 0
            weights = None if amounts is None else amounts[inside]
            summed = np.bincount(when[inside] * size + code[inside], weights, minlength=periods * size)
            parts.append(summed.reshape(periods, size))
        sums = np.concatenate(parts, axis=1)
        return np.asarray(sums[0] if period is None else sums, dtype=np.float64)
