"""A team's work: hours that arrive, hours that there are, first come, first served within each lane."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .casebook import Rows

EPSILON = 1e-9


class Lane:
    """Work of one kind, done in the order in which it came.

    A piece of work is done when the hours worked in the lane reach its mark: the hours of all work that came
    before it, and its own. One walk a day finds what is done; no piece is looked at twice.

    Attributes:
        arrived, worked, dropped: hours that came in and stand or were worked, hours worked, hours taken out undone.
        waits: there is work to do.
    """

    def __init__(self) -> None:
        self._cases: list[int] = []
        self._marks: list[float] = []
        self._next = 0
        self.arrived = 0.0
        self.worked = 0.0
        self.dropped = 0.0
        self.waits = False

    @property
    def backlog(self) -> float:
        """Hours of work that have come and are not yet done."""
        return self.arrived - self.worked

    def add(self, cases: list[int], hours: float) -> None:
        """Let a piece of work of so many hours come in for each of some cases."""
        arrived, marks = self.arrived, self._marks
        for _ in cases:
            arrived += hours
            marks.append(arrived)
        self.arrived = arrived
        self._cases += cases
        self.waits = self.waits or bool(cases)

    def work(self, hours: float) -> tuple[list[int], float]:
        """Work for at most so many hours.

        Returns:
            The cases whose work is now done, and the hours used.
        """
        start, count = self._next, len(self._marks)
        used = min(hours, self.arrived - self.worked)
        self.worked += used
        stop, reached, marks = start, self.worked + EPSILON, self._marks
        while stop < count and marks[stop] <= reached:
            stop += 1
        self._next = stop
        self.waits = stop < count
        return self._cases[start:stop], used

    def drop(self, gone: set[int]) -> None:
        """Take the work on some cases out of the lane; hours already spent on it are spent."""
        start = self._next
        cases, marks = self._cases[start:], self._marks[start:]
        if gone.isdisjoint(cases):
            return
        del self._cases[start:], self._marks[start:]
        out, before = 0.0, self.worked
        for case, mark in zip(cases, marks, strict=True):
            if case in gone:
                out += max(mark - before, 0.0)
            else:
                self._cases.append(case)
                self._marks.append(mark - out)
            before = max(mark, before)
        self.waits = len(self._cases) > start
        self.dropped += out
        self.arrived = self.arrived - out if self.waits else self.worked

    def waiting(self) -> Rows:
        """Cases whose work is not done, in order."""
        return np.array(self._cases[self._next :], dtype=np.int64)


class WorkQueue:
    """A team's lanes in the order in which they are served each day.

    Attributes:
        hours_available, hours_worked: sums over the run.
        today: hours worked today, by lane.
    """

    LANES = ("screening", "urgent", "enquiry", "conference", "initial", "core")

    def __init__(self) -> None:
        self.lanes = {name: Lane() for name in self.LANES}
        self.hours_available = 0.0
        self.hours_worked = 0.0
        self.today: dict[str, float] = {}

    @property
    def backlog(self) -> float:
        """Hours of work waiting in all lanes."""
        return math.fsum(lane.backlog for lane in self.lanes.values())

    def work(self, hours: float) -> dict[str, list[int]]:
        """Spend a day's hours, lane by lane; returns the cases done in each lane."""
        left, done = hours, {}
        self.today.clear()
        for name, lane in self.lanes.items():
            if lane.waits:
                done[name], used = lane.work(left)
                left -= used
                self.hours_worked += used
                self.today[name] = used
        self.hours_available += hours
        return done

    def drop(self, gone: set[int]) -> None:
        """Take the work on some cases out of all lanes."""
        for lane in self.lanes.values():
            if lane.waits:
                lane.drop(gone)

    def contents(self) -> Iterator[tuple[str, Rows]]:
        """The cases whose work is not done, by lane."""
        for name, lane in self.lanes.items():
            yield name, lane.waiting()
