"""The calendar: working days in England, months, statutory deadlines."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scenario.population import Time, add_months, year_name

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12.0
BEYOND = 1e9  # an offset after every run


@lru_cache(maxsize=32)
def bank_holidays(first_year: int, last_year: int) -> tuple[dt.date, ...]:
    """Bank holidays of England from the first to the last year, both included (library ``holidays``)."""
    import holidays

    days = holidays.country_holidays("GB", subdiv="ENG", years=range(first_year, last_year + 1))
    return tuple(sorted(days))


@dataclass(frozen=True)
class Year:
    """One reporting year of a run.

    Attributes:
        name: as it is written in England, such as "2005-06".
        begins: its first date.
        first: index of its first working day.
        end: index of the working day after its last.
        start, stop: calendar days from the start of the run to its first day and to the first day after it.
    """

    name: str
    begins: dt.date
    first: int
    end: int
    start: int
    stop: int

    @property
    def middle(self) -> float:
        """Its middle, in calendar days from the start of the run."""
        return (self.start + self.stop) / 2.0

    def holds(self, day: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether working days lie in the year, shape as ``day``."""
        return (day >= self.first) & (day < self.end)


class Calendar:
    """The working days of one run.

    A *day* is an index into the working days, 0 for the first; an *offset* counts calendar days from the start.

    Attributes:
        start, report_start, end: first day of the run, first day reported, first day after the run.
        dates: working days, ``datetime64[D]``, shape (days,).
        offsets: calendar days from the start to each working day, shape (days,).
        month: months from the start to each working day, shape (days,).
        first_reported: index of the first working day of the first reporting year.
        years: the reporting years, in order.
    """

    def __init__(self, time: Time) -> None:
        self.report_start = time.reporting_year_start
        self.start = add_months(self.report_start, -time.warm_up_months)
        self.end = time.end
        free = np.array(bank_holidays(self.start.year, self.end.year + 1), dtype="datetime64[D]")
        span = np.arange(np.datetime64(self.start), np.datetime64(self.end))
        self.dates: NDArray[np.datetime64] = span[np.is_busday(span, holidays=free)]
        self.offsets: NDArray[np.int64] = (self.dates - np.datetime64(self.start)).astype(np.int64)
        months = self.dates.astype("datetime64[M]").astype(np.int64)
        self.month: NDArray[np.int64] = months - np.datetime64(self.start, "M").astype(np.int64)
        self.length = (self.end - self.start).days
        self.days = len(self.dates)
        next_day = np.searchsorted(self.offsets, np.arange(self.length + 1))
        self._met: NDArray[np.float64] = np.append(self.offsets.astype(float), BEYOND)[next_day]
        self._python_dates: list[dt.date] = self.dates.astype(object).tolist()
        self.first_reported = int(np.searchsorted(self.dates, np.datetime64(self.report_start)))
        self.years = tuple(self._year(n) for n in range(time.years))
        self._months_later: dict[tuple[int, int], int] = {}

    def _year(self, number: int) -> Year:
        begins, ends = (self.report_start.replace(year=self.report_start.year + n) for n in (number, number + 1))
        first, end = self.day_on_or_after(begins), self.day_on_or_after(ends)
        return Year(year_name(begins), begins, first, end, (begins - self.start).days, (ends - self.start).days)

    def date(self, day: int) -> dt.date:
        """The date of a working day."""
        return self._python_dates[day]

    def day_on_or_after(self, date: dt.date) -> int:
        """The first working day on or after a date; ``days`` or more if it lies after the run."""
        return bisect_left(self._python_dates, date)

    def day_after_months(self, day: int, months: int) -> int:
        """The working day on or after the date that lies some calendar months after a working day."""
        found = self._months_later.get((day, months))
        if found is None:
            found = self.day_on_or_after(add_months(self._python_dates[day], months))
            self._months_later[day, months] = found
        return found

    def day_of_offset(self, offset: float) -> int:
        """The first working day at or after an offset in calendar days."""
        return int(np.searchsorted(self.offsets, offset))

    def month_name(self, month: int) -> str:
        """A month of the run as ``YYYY-MM``."""
        return add_months(self.start, int(month)).strftime("%Y-%m")

    def met(self, offset: NDArray[Any]) -> NDArray[np.float64]:
        """Offsets of the first working days at or after some offsets; 1e9 where there is none. Shape as ``offset``."""
        return np.asarray(self._met[np.ceil(np.clip(offset, 0.0, self.length)).astype(np.int64)])
