"""The case table: what is known of each case and of each family, in columns."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..scenario.fields import Source
from ..world.concerns import PotentialConcerns
from .events import Rows

SOURCES = tuple(Source)
SOURCE_CODE = {source: code for code, source in enumerate(SOURCES)}
SSLP = SOURCE_CODE[Source.SSLP]
POLICE = SOURCE_CODE[Source.POLICE]
NOBODY = -1
LONG_AGO = -100_000
NOT_OF_CASES = frozenset({"package_ends", "panel_plan_ends"})  # business whose entries are no case numbers


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
    """

    def __init__(self, concerns: PotentialConcerns, families: int) -> None:
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
        self.open_case = np.full(families, -1, dtype=np.int64)
        self.plan_case = np.full(families, -1, dtype=np.int64)
        self.register_case = np.full(families, -1, dtype=np.int64)
        self.enquiry_case = np.full(families, -1, dtype=np.int64)
        self.heard = np.full(families, LONG_AGO, dtype=np.int64)
        self.registered = np.full(families, LONG_AGO, dtype=np.int64)
        self.user = np.zeros(families, dtype=bool)
        self.helped = np.full(families, LONG_AGO, dtype=np.int64)
        self.trouble = np.full(families, -1, dtype=np.int64)

    def forget(self, family: Rows) -> None:
        """Nothing is known of families whose rows stand for others from now on (W5); each column has its line here."""
        self.open_case[family] = -1
        self.plan_case[family] = -1
        self.register_case[family] = -1
        self.enquiry_case[family] = -1
        self.heard[family] = LONG_AGO
        self.registered[family] = LONG_AGO
        self.user[family] = False
        self.helped[family] = LONG_AGO
        self.trouble[family] = -1


class Agenda:
    """What is due on which working day, by kind of business; what lies after the run is kept for the last day.

    Attributes:
        gone: cases of families that left the authority: what is due on them falls silent (W5).
    """

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

    def among(self, business: str, cases: Rows) -> Rows:
        """Those of some cases that are on the agenda, in order."""
        due = self._due[business]
        found = set(cases.tolist()).intersection(chain.from_iterable(due.values())) if due and len(cases) else ()
        return np.array(sorted(found), dtype=np.int64)


NO_CASES: Rows = np.zeros(0, dtype=np.int64)
NO_CASES.setflags(write=False)
