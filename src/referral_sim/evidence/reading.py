"""Readers of the published tables; nothing is changed, corrected or filled in here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
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
