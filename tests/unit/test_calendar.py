"""Working days in England, months and deadlines."""

import datetime as dt

import numpy as np
import pytest

from referral_sim.scenario.population import Time
from referral_sim.world.calendar import Calendar, add_months, bank_holidays


def calendar(start="2005-04-01", warm_up=0, years=1):
    day = dt.date.fromisoformat(start)
    return Calendar(Time(reporting_year_start=day, warm_up_months=warm_up, years=years))


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
    assert (np.datetime64(date) in calendar(warm_up=6, years=2).dates) is works


@pytest.mark.parametrize(
    ("date", "works"),
    [
        ("1995-05-01", True),  # moved to the fiftieth anniversary of the end of the war
        ("1995-05-08", False),
        ("1997-05-05", False),  # early May
        ("1999-01-01", False),
        ("1999-12-27", False),  # in place of Christmas Day, a Saturday
        ("1999-12-28", False),  # in place of Boxing Day, a Sunday
        ("1999-12-31", False),  # the millennium
        ("2000-01-03", False),  # in place of New Year's Day, a Saturday
        ("2000-01-04", True),
        ("2002-05-27", True),  # spring moved to the golden jubilee
        ("2002-06-03", False),
        ("2002-06-04", False),
        ("2011-04-28", True),
        ("2011-04-29", False),  # a royal wedding
        ("2012-05-28", True),  # spring moved to the diamond jubilee
        ("2012-06-04", False),
        ("2012-06-05", False),
        ("2020-05-04", True),  # early May moved to the anniversary of the end of the war
        ("2020-05-08", False),
        ("2022-05-30", True),  # spring moved to the platinum jubilee
        ("2022-06-02", False),
        ("2022-06-03", False),
        ("2022-09-19", False),  # the Queen's funeral
        ("2023-05-01", False),
        ("2023-05-08", False),  # the coronation
        ("2025-12-26", False),
        ("2030-04-19", False),  # Good Friday
        ("2030-04-22", False),
        ("2030-12-24", True),
    ],
)
def test_known_days_of_other_years(date, works):
    run = calendar(f"{max(int(date[:4]), 1997)}-01-01", warm_up=36)
    assert (np.datetime64(date) in run.dates) is works


def test_every_year_from_1997_to_2030_has_eight_bank_holidays_and_those_that_were_added():
    added = {1999: 1, 2002: 1, 2011: 1, 2012: 1, 2022: 2, 2023: 1}
    days = bank_holidays(1997, 2030)
    for year in range(1997, 2031):
        assert sum(day.year == year and day.weekday() < 5 for day in days) == 8 + added.get(year, 0), year


def test_a_deadline_over_the_millennium_counts_working_days():
    run = calendar("1999-04-01")
    # Seven working days after Wednesday 22 December 1999: 23, 24, 29, 30 December, 4, 5, 6 January.
    asked = run.day_on_or_after(dt.date(1999, 12, 22))
    assert run.date(asked + 7) == dt.date(2000, 1, 6)


def test_the_last_run_that_is_allowed_has_bank_holidays_to_its_end():
    run = calendar("2089-12-01", years=10)
    assert run.end == dt.date(2099, 12, 1)
    assert np.datetime64("2099-08-31") not in run.dates  # the last Monday of August
    for start in ("1996-04-01", "2090-04-01"):
        with pytest.raises(ValueError, match="between 1997 and 2089"):
            calendar(start)


def test_working_days_of_the_reporting_year():
    year = calendar()
    # 365 days from a Friday to a Friday: 261 weekdays, less six bank holidays (Easter fell outside).
    assert year.days == 255
    assert year.length == 365
    assert year.date(0) == dt.date(2005, 4, 1)
    assert year.date(year.days - 1) == dt.date(2006, 3, 31)
    assert year.end == dt.date(2006, 4, 1)
    assert [one.name for one in year.years] == ["2005-06"]
    assert (np.diff(year.offsets) > 0).all()
    assert year.offsets[-1] == 364


def test_years_follow_one_another_and_are_named_as_in_england():
    run = calendar("1998-04-01", warm_up=3, years=3)
    assert [year.name for year in run.years] == ["1998-99", "1999-00", "2000-01"]
    assert [run.date(year.first) for year in run.years] == [dt.date(y, m, d) for y, m, d in
                                                           ((1998, 4, 1), (1999, 4, 1), (2000, 4, 3))]  # fmt: skip
    assert [year.end for year in run.years] == [run.years[1].first, run.years[2].first, run.days]
    assert [(year.start, year.stop) for year in run.years] == [(90, 455), (455, 821), (821, 1186)]
    assert run.years[1].middle == (455 + 821) / 2
    assert run.years[1].holds(np.array([run.years[1].first - 1, run.years[1].first, run.years[1].end])).tolist() == [
        False, True, False
    ]  # fmt: skip
    assert [year.name for year in calendar("2005-01-01", years=2).years] == ["2005", "2006"]
    assert calendar("2005-07-01").years[0].name == "2005-06"


def test_a_run_across_a_leap_year():
    leap = calendar("2008-01-01")
    assert leap.length == 366
    assert leap.days == 254  # 262 weekdays less eight bank holidays
    assert np.datetime64("2008-02-29") in leap.dates
    assert leap.date(leap.day_after_months(leap.day_on_or_after(dt.date(2008, 1, 31)), 1)) == dt.date(2008, 2, 29)
    assert calendar("2007-04-01", warm_up=12, years=2).length == 365 + 366 + 365


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
    run = calendar(years=2)
    october = run.day_on_or_after(dt.date(2005, 10, 14))
    assert run.date(run.day_after_months(october, 6)) == dt.date(2006, 4, 18)  # Good Friday to the Tuesday after
    june = run.day_on_or_after(dt.date(2005, 6, 24))
    assert run.date(run.day_after_months(june, 6)) == dt.date(2005, 12, 28)  # Christmas Eve, a Saturday
    last = run.days - 1
    assert run.day_after_months(last, 3) == run.days, "after the run"


def test_months_and_offsets_fit_the_dates():
    run = calendar(warm_up=5)
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
