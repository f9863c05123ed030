"""What the page shows, as tables of text: labels and numbers as the command line prints them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from ..comparison.profile import Profile
from ..comparison.scenarios import Pair
from ..report.comparison_table import Cells, all_blocks, cells_of, short_label, telling_blocks
from ..report.console import beside, digits_for, heading_of, number, profile_blocks
from ..results.labels import group_label, measure_label
from ..scenario import Scenario

Row = dict[Any, Any]
BASE, OTHER = "Baseline", "Alternative"
KEY = (
    ("referrals", "all"),
    ("registrations", "all"),
    ("needs_unreached", "all"),
    ("days_to_help", "all"),
    ("backlog_days", "all"),
    ("referral_source_true", "source:sslp"),
)
"""What stands first on the page: measure and group."""
STAGES = (
    "contacts", "referrals", "initial_assessments", "core_assessments", "section_47_enquiries", "conferences",
    "registrations", "deregistrations",
)  # fmt: skip
PROGRAMMES = (
    "sslp_concerns", "sslp_contacts", "sslp_referrals_to_social_services", "sslp_informal_tellings", "sslp_held_back",
    "social_services_referrals_to_sslp", "packages_started", "panel_cases", "panel_cases_passed_up", "consultations",
    "joint_visits",
)  # fmt: skip
WORKLOAD = (
    "initial_assessments_in_time", "core_assessments_in_time", "backlog_days", "applied_threshold", "turnover_intake",
    "trust_sslp", "trust_team",
)  # fmt: skip


def rows_of(pair: Pair, wanted: Iterable[tuple[str, str]]) -> list[Row]:
    """The rows of a pair's summary for measures and groups, in their order; those that are not there are left out."""
    found = {(row["measure"], row["group"]): row for row in pair.summary.to_dict("records")}
    return [found[key] for key in wanted if key in found]


def headline(pair: Pair) -> list[tuple[str, str, Cells]]:
    """Label, unit and numbers of what stands first."""
    return [(short_label(row), row["unit"], cells_of(row)) for row in rows_of(pair, KEY)]


def sentences(pair: Pair) -> list[str]:
    """What changes, one sentence a measure of those that stand first."""
    return [sentence(row) for row in rows_of(pair, KEY)]


def sentence(row: Row) -> str:
    """What a row of a summary of differences says, in plain words."""
    label, cells = short_label(row), cells_of(row)
    if not row["n"]:
        return f"{label}: there is nothing to compare."
    if cells.difference.strip("+-0.") == "":
        return f"{label}: no difference."
    size = cells.difference.lstrip("+-")
    way = "up" if row["difference"] > 0 else "down"
    said = f"{label}: {way} by {size} ({row['unit']}) on average"
    if cells.most == "-":
        return f"{said}; one simulated year says nothing of the spread."
    said += f"; nine years in ten lie between {cells.most.replace(' to ', ' and ')}."
    if row["low_90"] > 0.0 or row["high_90"] < 0.0:
        return f"{said} Nearly every year goes that way."
    if abs(row["difference"]) < 2.0 * row["standard_error"]:
        return f"{said} This many runs cannot tell it from no change."
    return f"{said} In a single year chance may hide it."


def differences_tables(pair: Pair, everything: bool) -> list[tuple[str, pd.DataFrame]]:
    """Differences under their headings; all measures and groups, or those that tell most."""
    blocks = all_blocks(pair.summary) if everything else telling_blocks(pair.summary)
    return [(heading, differences_frame(rows, everything)) for heading, rows in blocks]


def differences_frame(rows: Sequence[Row], grouped: bool = False, unit: bool = False) -> pd.DataFrame:
    """One line a row of a summary of differences.

    Args:
        rows: of the summary.
        grouped: the heading above names the measure, so a line names its group alone.
        unit: give each line its unit.
    """
    table = []
    for row in rows:
        cells = cells_of(row)
        label = group_label(row["group"]) if grouped and row["group"] != "all" else short_label(row)
        table.append(
            {
                "Measure": label,
                **({"Unit": row["unit"]} if unit else {}),
                BASE: cells.base,
                OTHER: cells.value,
                "Difference": cells.difference,
                "Half of years": cells.half,
                "Nine years in ten": cells.most,
                "Share of years with a rise": cells.rises,
            }
        )
    return pd.DataFrame(table)


def of_measures(pair: Pair, measures: Sequence[str]) -> pd.DataFrame:
    """Differences of measures of the whole authority that one of the two scenarios has, each with its unit."""
    rows = [row for row in rows_of(pair, ((m, "all") for m in measures)) if row["base"] or row["value"]]
    return differences_frame(rows, unit=True)


def published_tables(base: Profile, other: Profile) -> list[tuple[str, pd.DataFrame]]:
    """Both scenarios beside the published figures: rates and shares of the whole authority, under their units."""
    rows = profile_blocks(base.rows)[0].to_dict("records")
    there = {(row["measure"], row["group"]): row for row in other.rows.to_dict("records")}
    return [
        (heading, pd.DataFrame([_beside(row, there.get((row["measure"], row["group"]))) for row in under]))
        for heading, under in groupby(rows, key=lambda r: heading_of(r["measure"], r["unit"], r["group"]).plain)
    ]


def _beside(row: Row, other: Row | None) -> dict[str, str]:
    mine = beside(row)
    theirs = beside(other) if other is not None else None
    outside = {None: "", True: " (inside)", False: " (outside)"}
    return {
        "Measure": measure_label(row["measure"]),
        "Published": "; ".join(f"{value}, {series}{outside[ok]}" for series, value, _, ok in mine.published) or "-",
        BASE: mine.mean,
        f"{BASE}, nine years in ten": mine.spread,
        OTHER: theirs.mean if theirs else "-",
        f"{OTHER}, nine years in ten": theirs.spread if theirs else "-",
    }


def sources_table(base: Profile, other: Profile) -> pd.DataFrame:
    """Who brings referrals: shares as recorded and in truth, of both scenarios, the largest first."""
    parts = {
        f"{name}, {how}": _shares(profile, measure)
        for name, profile in ((BASE, base), (OTHER, other))
        for how, measure in (("recorded", "referral_source_recorded"), ("in truth", "referral_source_true"))
    }
    table = pd.DataFrame(parts)
    table = table.loc[table.max(axis=1).sort_values(ascending=False, kind="stable").index]
    shown = table.map(lambda value: number(value, max(digits_for(value), 2)))
    return pd.DataFrame({"Source": [group_label(g) for g in table.index]} | {c: shown[c].tolist() for c in shown})


def _shares(profile: Profile, measure: str) -> pd.Series[float]:
    rows = profile.rows[profile.rows["measure"] == measure]
    return pd.Series(rows["mean"].to_numpy(dtype=float), index=rows["group"].astype(str).to_numpy())


def limits(scenario: Scenario) -> tuple[int, int]:
    """Working days that an initial and a core assessment may take."""
    return scenario.assessment.initial_deadline, scenario.assessment.core_deadline


def together(profiles: Mapping[str, Profile]) -> pd.DataFrame:
    """Rows of several profiles under one another, with the column scenario: what figures of several take."""
    return pd.concat([one.rows.assign(scenario=name) for name, one in profiles.items()], ignore_index=True)
