"""How the study was made in each authority, and what it printed."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from ..evidence import authorities, table
from ..measures.year import STUDY_FROM, STUDY_TO
from ..scenario import Scenario

ARBITRARY = ("southshire",)
"""Where the authority picked the files and the researchers could not aim the sample (Ch. 3, on Table 6.4)."""


class StudyError(ValueError):
    """A scenario that the study cannot be made on; the message is one line."""


@dataclass(frozen=True)
class Design:
    """The study in one authority.

    Attributes:
        authority: its id.
        files: files read in the studied areas (Table 6.6; Table 6.2 differs for Southshire).
        files_outside: files read outside them; None where there was no such sample.
        purposive: drawn by recorded source, with "other" and health visitors over-represented.
        list_6_1: Table 6.1: referrals "inside", in "total", and the "share"; NaN where missing.
        sources: Table 6.3: source -> listed referrals; NaN where the row is suppressed. Empty where missing.
        sources_total: printed total of Table 6.3, the divisor of its percentages; NaN where missing.
        without_source: listed referrals that had no source at all, by the note to Table 6.3.
        sslp_in_files: Table 6.4: sampled files that came from a programme (the percentage times the files).
        involvement: Table 6.6: "any", "from_programme", "to_programme", "joint_work" -> files.
    """

    authority: str
    files: int
    files_outside: int | None
    purposive: bool
    list_6_1: dict[str, float]
    sources: dict[str, float]
    sources_total: float
    without_source: float
    sslp_in_files: float
    involvement: dict[str, float]


def design_of(authority: str | None) -> Design:
    """The study as it was made in an authority.

    Raises:
        StudyError: if the report has no file study of it.
    """
    there = tuple(authorities())
    if authority not in there:
        what = "no authority" if authority is None else f"authority {authority!r}"
        raise StudyError(f"the scenario has {what}; the report studied files in {', '.join(there)}")
    totals = _row("table_6_3_totals", authority)
    lists, involved = _row("table_6_1_referrals", authority), _row("table_6_6_involvement", authority)
    rows = table("table_6_3_sources").query("authority == @authority").to_dict("records")
    in_files = table("table_6_4_sources_in_files").query("authority == @authority and source == 'sslp'")
    files, outside = int(involved["files_studied"]), involved["files_outside"]
    without = totals.get("without_source", math.nan)
    return Design(
        authority=authority,
        files=files,
        files_outside=None if math.isnan(outside) else int(outside),
        purposive=authority not in ARBITRARY,
        list_6_1={
            "inside": lists["inside"],
            "total": lists["total"],
            "share": lists["inside"] / lists["total"],
        },
        sources={str(row["source"]): float(row["referrals"]) for row in rows},
        sources_total=totals.get("printed_total", math.nan),
        without_source=0.0 if math.isnan(without) else without,
        sslp_in_files=float(round(in_files["percent"].tolist()[0] / 100.0 * files)),
        involvement={
            "any": involved["any_involvement"],
            "from_programme": involved["sslp_to_social_services"],
            "to_programme": involved["social_services_to_sslp"],
            "joint_work": involved["ongoing_work_only"],
        },
    )


def _row(name: str, authority: str) -> dict[str, float]:
    """An authority's figures in a published table; empty if it has no row there."""
    frame = table(name)
    rows: list[dict[Any, Any]] = frame[frame["authority"] == authority].to_dict("records")
    return {str(k): float(v) for row in rows for k, v in row.items() if isinstance(v, (int, float))}


def check_scenario(scenario: Scenario) -> Design:
    """The design for a scenario, if the study can be made on it.

    Raises:
        StudyError: if its authority was not studied, no programme is marked ``studied``, or its reporting period does
            not hold October to March.
    """
    design = design_of(scenario.authority)
    if not any(p.studied for p in scenario.programmes.values()):
        raise StudyError("no programme of the scenario is marked `studied: true`, so there is no area to list")
    first = dt.date(scenario.time.reporting_year_start.year, *STUDY_FROM)
    last = dt.date(first.year + 1, *STUDY_TO)
    begins, ends = scenario.time.reporting_year_start, scenario.time.end - dt.timedelta(days=1)
    if begins > first or ends < last:
        raise StudyError(
            f"the reporting period, {begins} to {ends}, does not hold the study's half year, {first} to {last}"
        )
    return design
