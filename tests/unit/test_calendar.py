"""Working days in England, months and deadlines."""

import datetime as dt

import numpy as np
import pytest

from referral_sim.scenario.population import Time
from referral_sim.world.calendar import Calendar, add_months, bank_holidays


def calendar(start="2005-04-01", warm_up=0, months=12):
    day = dt.date.fromisoformat(start)
    return Calendar(Time(reporting_year_start=day, warm_up_months=warm_up, reporting_months=months))


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("2005-03-25", False),  # Good Friday
        ("2005-03-28", False),  # Easter Monday
        ("2005-03-24", True),
        ("2005-05-02", False),
        ("2005-05-30", False),
        ("2005-08-29", False),
        ("2005-12-23", True),
        ("2005-12-24", False),  # a Saturday
        ("2005-12-26", False),  # Boxing Day
        ("2005-12-27", False),  # in place of Christmas Day, a Sunday
        ("2005-12-28", True),
        ("2006-01-02", False),  # in place of New Year's Day, a Sunday
        ("2006-01-03", True),
        ("2006-03-17", True),  # a holiday elsewhere in the United Kingdom
        ("2006-04-14", False),  # Good Friday
        ("2006-04-17", False),  # Easter Monday
    ],
)
def test_known_days(date, works):
    assert (np.datetime64(date) in calendar(warm_up=6, months=14).dates) is works


def test_working_days_of_the_reporting_year():
    year = calendar()
    # 365 days from a Friday to a Friday: 261 weekdays, less six bank holidays (Easter fell outside).
    assert year.days == 255
    assert year.length == 365
    assert year.date(0) == dt.date(2005, 4, 1)
    assert year.date(year.days - 1) == dt.date(2006, 3, 31)
    assert year.end == dt.date(2006, 4, 1)
    assert year.years_reported == 1.0
    assert (np.diff(year.offsets) > 0).all()
    assert year.offsets[-1] == 364


def test_a_run_across_a_leap_year():
    leap = calendar("2008-01-01")
    assert leap.length == 366
    assert leap.days == 254  # 262 weekdays less eight bank holidays
    assert np.datetime64("2008-02-29") in leap.dates
    assert leap.date(leap.day_after_months(leap.day_on_or_after(dt.date(2008, 1, 31)), 1)) == dt.date(2008, 2, 29)
    assert calendar("2007-04-01", warm_up=12, months=24).length == 365 + 366 + 365


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2005-01-31", 1, "2005-02-28"),
        ("2004-01-31", 1, "2004-02-29"),
        ("2005-03-31", -1, "2005-02-28"),
        ("2005-08-31", 6, "2006-02-28"),
        ("2005-12-15", 1, "2006-01-15"),
        ("2005-01-15", -1, "2004-12-15"),
        ("2005-10-31", 13, "2006-11-30"),
        ("2004-02-29", 12, "2005-02-28"),
        ("2005-11-30", 1, "2005-12-30"),
        ("2005-06-07", 0, "2005-06-07"),
        ("2005-12-31", -120, "1995-12-31"),
    ],
)
def test_add_months(day, months, later):
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)


def test_months_count_whole_months_wherever_there_is_such_a_day():
    for month in range(-30, 31):
        there = add_months(dt.date(2005, 4, 28), month)
        assert there.day == 28
        assert add_months(there, -month) == dt.date(2005, 4, 28)


@pytest.mark.parametrize("warm_up", [0, 1, 6, 12, 120])
def test_first_reported_day(warm_up):
    run = calendar(warm_up=warm_up)
    assert run.date(run.first_reported) == dt.date(2005, 4, 1)
    assert run.start == add_months(dt.date(2005, 4, 1), -warm_up)
    assert (run.first_reported == 0) == (warm_up == 0)
    assert run.month[run.first_reported] == warm_up


def test_a_year_that_starts_on_a_holiday_is_reported_from_its_first_working_day():
    run = calendar("2006-01-01", warm_up=2)
    assert run.date(run.first_reported) == dt.date(2006, 1, 3)
    assert run.day_on_or_after(dt.date(2006, 1, 1)) == run.first_reported


def test_reviews_fall_on_the_working_day_at_or_after_their_date():
    run = calendar(months=24)
    october = run.day_on_or_after(dt.date(2005, 10, 14))
    assert run.date(run.day_after_months(october, 6)) == dt.date(2006, 4, 18)  # Good Friday to the Tuesday after
    june = run.day_on_or_after(dt.date(2005, 6, 24))
    assert run.date(run.day_after_months(june, 6)) == dt.date(2005, 12, 28)  # Christmas Eve, a Saturday
    last = run.days - 1
    assert run.day_after_months(last, 3) == run.days, "after the run"


def test_months_and_offsets_fit_the_dates():
    run = calendar(warm_up=5, months=12)
    for day in range(run.days):
        date = run.date(day)
        assert run.month_name(run.month[day]) == date.strftime("%Y-%m")
        assert run.start + dt.timedelta(days=int(run.offsets[day])) == date
        assert run.day_on_or_after(date) == run.day_of_offset(float(run.offsets[day])) == day
    assert run.day_of_offset(run.offsets[3] + 0.5) == 4
    assert run.day_on_or_after(dt.date(1990, 1, 1)) == 0
    assert run.day_on_or_after(dt.date(2100, 1, 1)) == run.days


def test_bank_holidays_are_those_of_england():
    days = bank_holidays(2005, 2006)
    assert sum(day.weekday() < 5 for day in days) == 16, "eight a year; what falls on a weekend is replaced"
    assert dt.date(2005, 8, 29) in days
    assert dt.date(2005, 8, 1) not in days, "Scotland's"
    assert {day.year for day in days} == {2005, 2006}
