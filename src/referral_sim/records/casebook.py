"""Records of cases: the case table, what is due on which day, and the log of what happened."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..scenario.fields import Source
from ..world.signs import PotentialSigns
from .stages import Outcome, Stage

Rows = NDArray[np.int64]

SOURCES = tuple(Source)
SOURCE_CODE = {source: code for code, source in enumerate(SOURCES)}
SSLP = SOURCE_CODE[Source.SSLP]
POLICE = SOURCE_CODE[Source.POLICE]
NOBODY = -1
LONG_AGO = -100_000
TWELVE_MONTHS = 253  # working days
NOT_OF_CASES = frozenset({"package_ends"})  # business whose entries are rows of families
FIRST_ROOM = 1024  # rows of an event log
OF_TODAY = ("stage", "case", "outcome")
NO_CASES: Rows = np.zeros(0, dtype=np.int64)
NO_CASES.setflags(write=False)


class Casebook:
    """State of cases and families.

    A case is a potential sign that somebody took to an agency; its number is the row's index.
    Columns of cases have shape (potential signs,):

        source: true source (index into :class:`Source`), -1 before anybody brought it.
        level: need in tiers when it showed; NaN for what did not show.
        partial: told without detail. carried: brought by an out-posted worker.
        assessed: with a common assessment.
        since_heard: working days from the family's last contact to this one.
        decided: the contact was decided on.
        contact_day, referral_day, core_day, strategy_day: working days, -1 before; core_day is -2 once it is over.
        troubled_days: calendar days from the onset of the trouble that showed to the referral; NaN without one.
        profession: uniform number that gives the profession of the programme worker who brought it, else NaN.
        worker: number of the programme worker who brought it, -1 for none.
        reviews: reviews held so far on this case's registration or plan.
        considered: how often social services have thought of the programme for it (A9).
        offered: how often a programme has offered the family a place on its account (S5).

    Columns of families have shape (families,):

        open_case: case that social services have open, -1 for none.
        plan_case, register_case: case whose plan or registration runs, -1 for none.
        enquiry_case: case between strategy discussion and the end of the protection road, -1 for none.
        heard, registered: working day of the last contact and registration; long ago if none.
        user: uses the programme of its area.
        helped: working day on which help began last; the last one of a plan for a family that left with one.
        package_until: offset on which the support package ends that the family has, -1 for none.
        package_from: index of the programme that gives it, or of a panel after all programmes; -1 for none.
    """

    # The columns of families, each with what it holds of a family of whom nothing is known.
    OF_FAMILIES: ClassVar[dict[str, int | bool]] = {
        "open_case": NOBODY, "plan_case": NOBODY, "register_case": NOBODY, "enquiry_case": NOBODY,
        "heard": LONG_AGO, "registered": LONG_AGO, "helped": LONG_AGO, "user": False, "package_until": NOBODY,
        "package_from": NOBODY,
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
    package_until: Rows
    package_from: Rows

    def __init__(self, signs: PotentialSigns, families: int) -> None:
        cases = len(signs)
        self.family: Rows = signs.family
        self.kind: Rows = signs.kind
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
        self.considered = np.zeros(cases, dtype=np.int16)
        self.offered = np.zeros(cases, dtype=np.int16)
        for name, unknown in self.OF_FAMILIES.items():
            setattr(self, name, np.full(families, unknown, dtype=bool if isinstance(unknown, bool) else np.int64))

    def close(self, family: Rows) -> None:
        """Nothing runs any more for families who leave the authority (W5); who was heard of, or helped, stays."""
        for name in (*self.OPEN, "user"):
            getattr(self, name)[family] = self.OF_FAMILIES[name]

    def has_package(self, family: Rows, offset: float) -> NDArray[np.bool_]:
        """Whether some families have a support package on a calendar day, its last included; shape as ``family``."""
        return np.asarray(self.package_until[family] >= offset)

    def with_plans(self) -> tuple[Rows, Rows]:
        """Rows of the families who are on the register, and of those who have a plan without it."""
        registered = self.register_case >= 0
        return np.flatnonzero(registered), np.flatnonzero((self.plan_case >= 0) & ~registered)

    def packages_of(self, giver: int, offset: float) -> Rows:
        """Rows of the families whose package some programme or panel (``package_from``) gives beyond a calendar day."""
        given = np.flatnonzero(self.package_from == giver)
        return given[self.package_until[given] > offset]

    def has_help(self, offset: float, family: Rows) -> NDArray[np.bool_]:
        """Whether some families have a package, a plan or a registration on a calendar day; shape as ``family``."""
        has = (self.plan_case[family] >= 0) | (self.register_case[family] >= 0)
        return np.asarray(has | self.has_package(family, offset))

    def is_known(self, offset: float, day: int, family: Rows) -> NDArray[np.bool_]:
        """Which of some families an agency knows, shape as ``family``.

        Social services heard of them in the last twelve months, a programme has them as users, or somebody helps them;
        the day is given as an offset in calendar days and as a working day.
        """
        known = (day - self.heard[family] <= TWELVE_MONTHS) | self.user[family]
        return np.asarray(known | self.has_help(offset, family))

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


def _days() -> dict[int, list[int]]:
    return defaultdict(list)


class Agenda:
    """What is due on which working day, by kind of business; what lies after the run is kept for the last day.

    Attributes:
        gone: cases of families that left the authority: what is due on them falls silent (W5).
    """

    # Business with cases that social services do not have open: before a panel.
    KNOWN_HERE_ALONE = ("panel",)

    def __init__(self) -> None:
        self.gone: set[int] = set()
        self._due: dict[str, dict[int, list[int]]] = defaultdict(_days)

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
    """Append-only columns: case, day, stage, outcome, level (tiers), elapsed (working days)."""

    def __init__(self) -> None:
        self._count = self._day = self._day_begun = 0
        whole = dict.fromkeys(("case", "day", "stage", "outcome", "elapsed"), np.int64)
        self._columns = {name: np.zeros(FIRST_ROOM, dtype) for name, dtype in {**whole, "level": np.float64}.items()}

    def begin_day(self, day: int) -> None:
        """All rows added from now on carry this working day."""
        self._day, self._day_begun = day, self._count

    def of_today(self) -> tuple[Rows, Rows, Rows]:
        """Stage, case and outcome of the rows that were added since the day began, each of shape (rows,)."""
        stage, case, outcome = (self._columns[name][self._day_begun : self._count] for name in OF_TODAY)
        return stage, case, outcome

    def add(
        self,
        stage: Stage,
        cases: Rows,
        outcome: NDArray[np.int64] | int = int(Outcome.NONE),
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
        if not len(cases):
            return
        begin, self._count = self._count, self._count + len(cases)
        columns, at = self._columns, slice(begin, self._count)
        while self._count > len(columns["case"]):
            for name, column in columns.items():
                columns[name] = np.concatenate([column, np.zeros_like(column)])
        columns["case"][at] = cases
        columns["day"][at] = self._day
        columns["stage"][at] = int(stage)
        columns["outcome"][at] = outcome
        columns["level"][at] = level
        columns["elapsed"][at] = elapsed

    def one(self, stage: Stage, case: int, outcome: Outcome = Outcome.NONE, level: float = np.nan) -> None:
        """Add one row."""
        self.add(stage, np.array([case]), int(outcome), level)

    def __len__(self) -> int:
        return self._count

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """All rows as arrays of one length, in the order in which they happened."""
        return {name: column[: self._count] for name, column in self._columns.items()}
