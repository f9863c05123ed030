"""Records of cases: the case table, what is due on which day, and the log of what happened."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..scenario.fields import Source
from ..world.concerns import PotentialConcerns
from .stages import Outcome, Stage

Rows = NDArray[np.int64]

SOURCES = tuple(Source)
SOURCE_CODE = {source: code for code, source in enumerate(SOURCES)}
SSLP = SOURCE_CODE[Source.SSLP]
POLICE = SOURCE_CODE[Source.POLICE]
NOBODY = -1
LONG_AGO = -100_000
TWELVE_MONTHS = 253  # working days
NOT_OF_CASES = frozenset({"package_ends", "panel_plan_ends"})  # business whose entries are no case numbers
NO_CASES: Rows = np.zeros(0, dtype=np.int64)
NO_CASES.setflags(write=False)


class Casebook:
    """State of cases and families.

    A case is a row of the potential concerns that somebody took to an agency; its number is the row's index.
    Columns of cases have shape (potential concerns,):

        source: true source (index into :class:`Source`), -1 before anybody brought it.
        level: need in tiers when it came to the agency.
        partial: told without detail. carried: brought by an out-posted worker.
        assessed: with a common assessment.
        since_heard: working days from the family's last contact to this one.
        decided: the contact was decided on.
        contact_day, referral_day, core_day, strategy_day: working days, -1 before; core_day is -2 once it is over.
        troubled_days: calendar days from the first sign of the family's trouble to the referral; NaN without one.
        profession: uniform number that gives the profession of the programme worker who brought it, else NaN.
        worker: number of the programme worker who brought it, -1 for none.
        reviews: reviews held so far on this case's registration or plan.

    Columns of families have shape (families,):

        open_case: case that social services have open, -1 for none.
        plan_case, register_case: case whose plan or registration runs, -1 for none.
        enquiry_case: case between strategy discussion and the end of the protection road, -1 for none.
        heard, registered: working day of the last contact and registration; long ago if none.
        user: uses the programme of its area.
        helped: working day on which help began last.
        trouble: working day on which the present trouble was first there to be noticed, -1 in no trouble.

    One column has an entry for each family that leaves during the run, shape (departures,):

        helped_before_leaving: working day on which help last ran for it; long ago if it never did (W5).
    """

    # The columns of families, each with what it holds of a family of whom nothing is known.
    OF_FAMILIES: ClassVar[dict[str, int | bool]] = {
        "open_case": NOBODY, "plan_case": NOBODY, "register_case": NOBODY, "enquiry_case": NOBODY,
        "heard": LONG_AGO, "registered": LONG_AGO, "helped": LONG_AGO, "user": False, "trouble": NOBODY,
    }  # fmt: skip
    # Those of them that hold cases which social services have open.
    OPEN = ("open_case", "plan_case", "register_case", "enquiry_case")

    open_case: Rows
    plan_case: Rows
    register_case: Rows
    enquiry_case: Rows
    heard: Rows
    registered: Rows
    helped: Rows
    user: NDArray[np.bool_]
    trouble: Rows

    def __init__(self, concerns: PotentialConcerns, families: int, departures: int = 0) -> None:
        cases = len(concerns)
        self.family: Rows = concerns.family
        self.kind: Rows = concerns.kind
        self.source = np.full(cases, NOBODY, dtype=np.int16)
        self.level = np.full(cases, np.nan)
        self.partial = np.zeros(cases, dtype=bool)
        self.profession = np.full(cases, np.nan)
        self.troubled_days = np.full(cases, np.nan)
        self.carried = np.zeros(cases, dtype=bool)
        self.assessed = np.zeros(cases, dtype=bool)
        self.since_heard = np.full(cases, -LONG_AGO, dtype=np.int64)
        self.decided = np.zeros(cases, dtype=bool)
        self.contact_day = np.full(cases, -1, dtype=np.int64)
        self.referral_day = np.full(cases, -1, dtype=np.int64)
        self.core_day = np.full(cases, -1, dtype=np.int64)
        self.strategy_day = np.full(cases, -1, dtype=np.int64)
        self.worker = np.full(cases, -1, dtype=np.int32)
        self.reviews = np.zeros(cases, dtype=np.int16)
        for name, unknown in self.OF_FAMILIES.items():
            setattr(self, name, np.full(families, unknown, dtype=bool if isinstance(unknown, bool) else np.int64))
        self.helped_before_leaving = np.full(departures, LONG_AGO, dtype=np.int64)

    def forget(self, family: Rows) -> None:
        """Nothing is known of families whose rows stand for others from now on (W5)."""
        for name, unknown in self.OF_FAMILIES.items():
            getattr(self, name)[family] = unknown

    def open_of(self, family: Rows) -> set[int]:
        """All cases that social services have open in some families."""
        columns = (getattr(self, name)[family].tolist() for name in self.OPEN)
        return {case for column in columns for case in column if case >= 0}

    def undecided(self, cases: Rows) -> set[int]:
        """Those of some cases that wait for a decision on a contact, or for the end of a core assessment."""
        waits = (self.contact_day[cases] >= 0) & ~self.decided[cases]
        waits |= self.core_day[cases] >= 0
        return set(cases[waits].tolist())

    def contents(self) -> Iterator[tuple[str, Rows]]:
        """The cases that the columns of families hold, by name of the column."""
        for name in self.OPEN:
            column: Rows = getattr(self, name)
            yield name, column[column >= 0]


class Agenda:
    """What is due on which working day, by kind of business; what lies after the run is kept for the last day.

    Attributes:
        gone: cases of families that left the authority: what is due on them falls silent (W5).
    """

    # Business with cases that social services do not have open: before a contact, and before a panel.
    KNOWN_HERE_ALONE = ("held_back", "panel")

    def __init__(self) -> None:
        self.gone: set[int] = set()
        self._due: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))

    def add(self, business: str, day: int, cases: Rows) -> None:
        """Put cases on the agenda of one day."""
        if len(cases):
            self._due[business][day].extend(cases.tolist())

    def add_each(self, business: str, days: NDArray[np.int64], cases: Rows) -> None:
        """Put cases on the agenda, each on a day of its own."""
        due = self._due[business]
        for day, case in zip(days.tolist(), cases.tolist(), strict=True):
            due[day].append(case)

    def due(self, business: str, day: int) -> Rows:
        """Take what is due on a day off the agenda, in the order in which it was put there."""
        cases = self._due[business].pop(day, None)
        if cases is None:
            return NO_CASES
        if not (self.gone.isdisjoint(cases) or business in NOT_OF_CASES):
            cases = [case for case in cases if case not in self.gone]
        return np.array(cases, dtype=np.int64)

    def waiting(self, business: str) -> Rows:
        """All that is still on the agenda, without taking it off, sorted."""
        silent = frozenset() if business in NOT_OF_CASES else self.gone
        everything = (case for day in self._due[business].values() for case in day)
        return np.array(sorted(case for case in everything if case not in silent), dtype=np.int64)

    def contents(self) -> Iterator[tuple[str, Rows]]:
        """The cases that are on the agenda, by kind of business."""
        for business in list(self._due):
            if business not in NOT_OF_CASES:
                yield business, self.waiting(business)

    def known_here_alone(self, cases: Rows) -> set[int]:
        """Those of some cases of which nothing but the agenda tells that somebody still waits for them."""
        some, found = set(cases.tolist()), set[int]()
        for business in self.KNOWN_HERE_ALONE if some else ():
            found |= some.intersection(itertools.chain.from_iterable(self._due[business].values()))
        return found


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
