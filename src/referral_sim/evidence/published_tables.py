"""The published tables as they were printed, and figures that nobody printed but that follow from printed ones.

Nothing is changed, corrected or filled in; the docstring of each derived figure gives its formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

import pandas as pd

AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire", "england")
"""Every authority with a published figure: the four of the report, and England."""

TABLES = {
    "authorities": "the four authorities: people, ages, arrangements (report Ch. 2 and 3)",
    "rates_2006": "referrals and registrations per 10,000 children, year to 31 March 2006 (report Ch. 3)",
    "table_6_1_referrals": "referrals listed, October 2005 to March 2006, in and outside the studied areas",
    "table_6_2_files": "files sampled inside and outside those areas (Table 6.2 and Appendix Table 1)",
    "table_6_3_sources": "listed referrals from the studied areas by recorded source; empty: suppressed",
    "table_6_3_totals": "printed totals of Table 6.3, and referrals that had no source; empty: not stated",
    "table_6_4_sources_in_files": "sampled files by source, per cent; rows beyond doubt only; empty: below 1",
    "table_6_6_involvement": "sampled files with involvement of the programme, by kind",
    "appendix_d_programmes": "children aged 0-4 in the eight programmes A-H; empty: not given",
    "england_2006": "England, year to 31 March 2006 (DfES return); shares, or counts",
    "intervals": "5th to 95th percentile of derived figures and of the shares of Table 6.3 (evidence/intervals.py)",
    "context": "figures from elsewhere for priors and checks, each with its source",
}
"""Name of each table and what it holds."""


@dataclass(frozen=True)
class Authority:
    """One of the report's four authorities. Shares are of all its people; None: not given."""

    id: str
    name: str
    kind: str
    population: int
    share_0_19: float | None
    share_0_15: float | None
    share_0_4: float | None
    share_minority_ethnic: float
    share_asian: float | None
    engagement: str
    engagement_rank: int
    programmes: int
    programmes_studied: int
    intake_teams: int
    workers_per_team_low: int | None
    workers_per_team_high: int | None
    note: str


@cache
def _read(name: str) -> pd.DataFrame:
    with (files(__package__) / "tables" / f"{name}.csv").open(encoding="utf-8") as source:
        return pd.read_csv(source, keep_default_na=False, na_values=[""])


def table(name: str) -> pd.DataFrame:
    """A published table as a frame of its own (changing it changes nothing else).

    Args:
        name: a key of :data:`TABLES`, which says what the table holds and what an empty cell (NaN) means.

    Returns:
        The rows of the file in tidy form: ids in text columns, figures in number columns.

    Raises:
        KeyError: if there is no such table.
    """
    if name not in TABLES:
        raise KeyError(f"there is no table {name!r}; there are {', '.join(TABLES)}")
    return _read(name).copy()


@cache
def authorities() -> dict[str, Authority]:
    """The report's four authorities by id, in the report's order (Ch. 2: Midtown first)."""
    found = {}
    for row in _read("authorities").to_dict("records"):
        values: dict[str, Any] = {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for key in ("workers_per_team_low", "workers_per_team_high"):  # floats, as a column with gaps is read
            values[key] = None if values[key] is None else int(values[key])
        values["id"] = values.pop("authority")
        found[str(values["id"])] = Authority(**values)
    return found


def england(measure: str) -> float:
    """One figure of the DfES return for England, year to 31 March 2006.

    Args:
        measure: a value of the column ``measure`` of the table ``england_2006``.

    Raises:
        KeyError: if the return has no such measure.
    """
    rows = _read("england_2006")
    found = rows.loc[rows["measure"] == measure, "value"]
    if found.empty:
        raise KeyError(measure)
    return float(found.iloc[0])


# -- derived figures ---------------------------------------------------------------------------------------------------


def children_under_18(authority: str) -> float:
    """Children under 18 living in one of the four authorities (about 72,600, 31,100, 50,700 and 292,500).

    ``population x (share_0_4 + (share_0_19 - share_0_4) x 13 / 15)``, ages 5-19 taken as uniform by
    year of age; where only 0-15 is known (Southshire), ``population x share_0_15 x 18 / 16``. Shares:
    report Ch. 2 (Census 2001).

    Raises:
        KeyError: if the authority is none of the four.
    """
    place = authorities()[authority]
    if place.share_0_19 is not None and place.share_0_4 is not None:
        return place.population * (place.share_0_4 + (place.share_0_19 - place.share_0_4) * 13 / 15)
    if place.share_0_15 is None:
        raise KeyError(f"{authority}: no share of the population by age")
    return place.population * place.share_0_15 * 18 / 16


def mean_programme_size() -> float:
    """Mean number of children aged 0-4 in a programme (about 689): seven of the eight in Appendix D."""
    return float(table("appendix_d_programmes")["children_0_4"].mean())


def sslp_area_referral_ratio(authority: str) -> float | None:
    """Referral rate of children under five in the studied programme areas, relative to those elsewhere.

    ``(inside / outside) / (p / (1 - p))``, where ``inside`` and ``outside`` are the referrals of
    Table 6.1 and ``p`` is the share of the authority's under-fives who live in the studied areas:
    ``programmes studied x mean programme size / (population x share_0_4)``. Each programme is taken to
    be of mean size (Appendix D), as its own is not published.

    Midtown 3.3, City Borough 1.2, East Borough 2.8 (2.7 if its shares are first rounded to 29% and 13%).

    Returns:
        The ratio, or None where Table 6.1 or the age shares do not have what it needs (Southshire).

    Raises:
        KeyError: if the authority is none of the four.
    """
    place = authorities()[authority]
    lists = table("table_6_1_referrals").set_index("authority")
    inside, outside = float(lists["inside"][authority]), float(lists["outside"][authority])
    if place.share_0_4 is None or isnan(outside):
        return None
    share = place.programmes_studied * mean_programme_size() / (place.population * place.share_0_4)
    return (inside / outside) / (share / (1 - share))


def england_ratios() -> dict[str, float]:
    """Assessments and registrations for each referral in England, year to 31 March 2006 (DfES return).

    Returns:
        Measure name to ratio: initial assessments 300,200, core assessments 84,800 and registrations
        31,500, each over 569,300 referrals (0.53, 0.15, 0.055).
    """
    counts = ("initial_assessments", "core_assessments", "registrations")
    return {f"{count}_per_referral": england(count) / england("referrals") for count in counts}
