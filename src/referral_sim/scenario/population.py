"""The authority without its services: time, families, where they live, lasting need (MODEL Time, W1, W2, W5, W10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from .fields import CheckError, EthnicGroup, EthnicKey, Problem, Section, choice, number, proportion, shares
from .keys import Key

SHARE_TOLERANCE = 0.005
FIRST_START, LAST_START = 1997, 2089
"""Years in which the first reporting year may begin: bank holidays are known to 2099, ten years later."""
DAYS_A_YEAR = 365.25
CENSUS_2001 = "Census 2001 in the report, Ch. 2"


def check_shares(given: Mapping[Any, float], key: Key) -> None:
    """Hold shares against each other: each 0 to 1, all together 1 (within half a point).

    Args:
        given: name -> share.
        key: where they stand, from the model whose validator asks.

    Raises:
        CheckError: if they are not so.
    """
    wrong = {name: value for name, value in given.items() if not 0.0 <= value <= 1.0}
    if wrong:
        raise CheckError(
            Problem((*key, str(name)), f"is {value:g}, a share lies between 0 and 1") for name, value in wrong.items()
        )
    total = sum(given.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        raise CheckError([Problem(key, f"the shares add to {total:.3f}, they must add to 1")])


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the month's last day where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def year_name(begins: dt.date) -> str:
    """A reporting year as it is written in England: "2005-06", or "2005" where it is a calendar year."""
    return f"{begins.year}" if begins.month == 1 else f"{begins.year}-{(begins.year + 1) % 100:02d}"


class Time(Section):
    """When the run starts and which years are reported."""

    reporting_year_start: dt.date = choice(
        dt.date(2005, 4, 1), "first day of the first reporting year", "DfES return 2005-06; report Ch. 3", "date"
    )
    warm_up_months: int = number(
        36,
        "months",
        0,
        120,
        "months simulated before the first reporting year, in which what fills slowly comes to rest",
    )
    years: int = number(1, "years", 1, 10, "reporting years, one after the other; all measures are given by year")

    @property
    def start(self) -> dt.date:
        """First day of the run."""
        return add_months(self.reporting_year_start, -self.warm_up_months)

    @property
    def year_names(self) -> tuple[str, ...]:
        """The reporting years as they are written in England."""
        begins = self.reporting_year_start
        return tuple(year_name(begins.replace(year=begins.year + number)) for number in range(self.years))

    @property
    def end(self) -> dt.date:
        """First day after the run."""
        return self.reporting_year_start.replace(year=self.reporting_year_start.year + self.years)

    @model_validator(mode="after")
    def _first_of_month(self) -> Time:
        if self.reporting_year_start.day != 1:
            raise CheckError([Problem(("reporting_year_start",), "must be the first of a month")])
        if not FIRST_START <= self.reporting_year_start.year <= LAST_START:
            message = f"must lie between {FIRST_START} and {LAST_START}"
            raise CheckError([Problem(("reporting_year_start",), message)])
        return self


class Population(Section):
    """Children in families, in places (W1)."""

    children: int = number(
        60_000, "children under 18", 0, 3_000_000, "children under 18 living in the authority",
        "derived from population and age shares, authorities.csv",
    )  # fmt: skip
    share_under_five: float = proportion(0.27, "share of the children under 18 who are under five", CENSUS_2001)
    one_child: float = proportion(0.43, "share of families who have one child in all")
    two_children: float = proportion(0.39, "share of families who have two")
    three_children: float = proportion(0.13, "share of families who have three; the rest have four")
    deprived_share: float = proportion(
        0.2, "share of families living in areas like the most deprived fifth of England",
        "report Ch. 2; assumed where it gives none",
    )  # fmt: skip
    mobility: float = number(
        0.08, "moves a family a year", 0.0, 5.0, "families who move house (W5)",
        "assumed; report Ch. 2: pupil turnover of a third in some City Borough schools",
    )  # fmt: skip
    leave_authority: float = proportion(
        0.4, "share of the moves that lead out of the authority; as many families move in (W5)"
    )
    growth: float = number(
        0.0, "share a year", -0.1, 0.1, "growth of the number of children; at 0 numbers and ages stay level (W10)"
    )
    ethnic_groups: dict[EthnicKey, float] = shares(
        lambda: {EthnicGroup.WHITE: 0.87, EthnicGroup.ASIAN: 0.05, EthnicGroup.BLACK: 0.03,
                 EthnicGroup.MIXED: 0.03, EthnicGroup.OTHER: 0.02},
        "share of families", "ethnic groups outside the deprived areas", CENSUS_2001,
    )  # fmt: skip
    ethnic_groups_deprived: dict[EthnicKey, float] | None = choice(
        None, "ethnic groups in the deprived areas; the same as elsewhere if not given", unit="share of families"
    )

    @model_validator(mode="after")
    def _shares(self) -> Population:
        if self.one_child + self.two_children + self.three_children > 1.0 + SHARE_TOLERANCE:
            message = "one_child, two_children and three_children add to more than 1"
            raise CheckError([Problem(("one_child",), message, (("two_children",), ("three_children",)))])
        check_shares(self.ethnic_groups, ("ethnic_groups",))
        if self.ethnic_groups_deprived is not None:
            check_shares(self.ethnic_groups_deprived, ("ethnic_groups_deprived",))
        return self


class Need(Section):
    """A family's lasting need on the scale of the four tiers (W2; report Ch. 2, Midtown, footnote 2).

    What troubles add to it is said in `trouble`.

    Need 1.0 is a family at ease; the tier is the whole part of the need (4 and above: tier 4).
    """

    median_excess: float = number(0.2, "tiers", 0.0, 3.0, "median lasting need above 1 outside deprived areas")
    spread: float = number(0.7, "log units", 0.0, 2.0, "standard deviation of the log of the lasting need above 1")
    deprivation_ratio: float = number(
        4.0, "ratio", 0.2, 10.0,
        "lasting need above 1 in the most deprived places relative to the places that are not deprived; falls evenly "
        "between the two (need gradient)",
        "direction: report Introduction 1b; size assumed, plausible range 2-7",
    )  # fmt: skip
    earlier_registrations: float = number(
        0.003, "a year", 0.0, 1.0,
        "registrations of a family of lasting need 1.0 before the run, or before it came here; more with need, as "
        "trouble",
        "assumed; such that re-registrations neither rise nor fall in years in which nothing changes",
    )  # fmt: skip
