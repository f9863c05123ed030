"""The event log: one row a case stage, kept as batches of columns and joined when somebody reads it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .stages import Outcome, Stage

Rows = NDArray[np.int64]


class EventLog:
    """Append-only columns: case, day, stage, outcome, level (tiers), elapsed (working days).

    Attributes:
        counts: rows of each stage so far, by its number.
    """

    def __init__(self) -> None:
        self._day = 0
        self.counts = [0] * (max(Stage) + 1)
        self._cases: list[Rows] = []
        self._heads: list[tuple[int, int, int]] = []
        self._outcomes: list[NDArray[np.int64] | int] = []
        self._levels: list[NDArray[np.float64] | float] = []
        self._elapsed: list[NDArray[np.int64] | int] = []
        self._columns: dict[str, NDArray[np.generic]] | None = None

    def begin_day(self, day: int) -> None:
        """All rows added from now on carry this working day."""
        self._day = day

    def add(
        self,
        stage: Stage,
        cases: Rows,
        outcome: NDArray[np.int64] | int = Outcome.NONE,
        level: NDArray[np.float64] | float = np.nan,
        elapsed: NDArray[np.int64] | int = -1,
    ) -> None:
        """Add a row for each of some cases.

        Args:
            stage: the stage, the same for all.
            cases: case numbers, shape (rows,).
            outcome: one for all or one each.
            level: need in tiers where the stage reads it, else NaN.
            elapsed: working days since the stage's clock started, -1 where it has none.
        """
        if len(cases):
            self.counts[stage] += len(cases)
            self._heads.append((int(stage), self._day, len(cases)))
            self._cases.append(cases)
            self._outcomes.append(outcome)
            self._levels.append(level)
            self._elapsed.append(elapsed)
            self._columns = None

    def one(self, stage: Stage, case: int, outcome: Outcome = Outcome.NONE, level: float = np.nan) -> None:
        """Add one row."""
        self.add(stage, np.array([case]), int(outcome), level)

    def __len__(self) -> int:
        return sum(n for _, _, n in self._heads)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """All rows as arrays of one length, in the order in which they happened."""
        if self._columns is None:
            heads = np.array(self._heads, dtype=np.int64).reshape(-1, 3)
            lengths = heads[:, 2]

            stops = np.cumsum(lengths).tolist()

            def joined(parts: Sequence[Any], dtype: type) -> NDArray[np.generic]:
                """One value for all rows of a head is repeated; one value each is written over that."""
                own = [isinstance(part, np.ndarray) for part in parts]
                same = [0 if each else part for part, each in zip(parts, own, strict=True)]
                flat: NDArray[np.generic] = np.repeat(np.array(same, dtype=dtype), lengths)
                for part, stop in itertools.compress(zip(parts, stops, strict=True), own):
                    flat[stop - len(part) : stop] = part
                return flat

            self._columns = {
                "case": np.concatenate(self._cases) if self._cases else np.zeros(0, dtype=np.int64),
                "day": np.repeat(heads[:, 1], lengths),
                "stage": np.repeat(heads[:, 0], lengths),
                "outcome": joined(self._outcomes, np.int64),
                "level": joined(self._levels, np.float64),
                "elapsed": joined(self._elapsed, np.int64),
            }
        return self._columns
