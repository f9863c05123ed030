"""Which rows of a summary tell most, and in which order: what tables, figures and reports show first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .table import KEY_MEASURES, RATES, SHARES, SOURCES, Headings
from .wording import SummaryRow

SMALLEST_SHARE_SHOWN = 0.03
"""Share from which a source of referral gets a line."""


def key_differences(summary: pd.DataFrame, wanted: Headings = KEY_MEASURES) -> list[tuple[str, list[SummaryRow]]]:
    """The rows of a summary of differences under each heading that has any.

    Args:
        summary: measure, group, base, value, n and what else there is, one row a measure and group.
        wanted: what to look for, under headings; what neither scenario has is left out.
    """
    found = {(row["measure"], row["group"]): row for row in summary.to_dict("records")}
    blocks = []
    for heading, keys in wanted.items():
        rows = [found[key] for key in keys if key in found and _happens(found[key])]
        if rows:
            blocks.append((heading, rows))
    return blocks


def _happens(row: SummaryRow) -> bool:
    """Whether there is anything to show: not a flow that neither scenario has."""
    return bool(row["n"]) and not (row["base"] == 0.0 and row["value"] == 0.0)


def in_reading_order(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rates and shares of the whole authority; sources, largest first; the rest as it comes.

    Args:
        rows: measure, group, mean and what else there is, one row a measure and group, as a scenario beside its
            published figures has them.
    """
    order = {m: i for i, m in enumerate(RATES + SHARES)}
    is_first = rows["measure"].isin(order) & (rows["group"] == "all")
    is_second = rows["measure"].isin(SOURCES) & rows["group"].str.startswith("source:")
    first = rows[is_first].sort_values("measure", key=lambda m: m.map(order), kind="stable")
    second = rows[is_second].sort_values("mean", ascending=False, kind="stable")
    second = second.sort_values("measure", key=lambda m: m.map(SOURCES.index), kind="stable")
    return first, second, rows[~is_first & ~is_second]


def main_sources(sources: pd.DataFrame) -> pd.DataFrame:
    """The sources that were published and matter, in the simulation or in the publication."""
    return sources[sources.apply(_matters, axis=1)] if len(sources) else sources


def _matters(row: pd.Series[Any]) -> bool:
    least = SMALLEST_SHARE_SHOWN
    return bool(row["published"]) and (row["mean"] >= least or max(row["published"]) >= least)
