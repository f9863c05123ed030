"""What an outcome of a sweep does along its levers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ..measures.table import RATES
from .intervals import intervals
from .stores import TAKEN

FEW = 12
"""Values of a lever up to which a response is told at each, and measures up to which all are told."""


@dataclass(frozen=True)
class Response:
    """The runs behind one response.

    Attributes:
        measure, unit: what came out.
        levers: one or two columns of ``runs``.
        runs: one row a run that ended: columns of the levers, case (scenario and policies) and value.
    """

    measure: str
    unit: str
    levers: tuple[str, ...]
    runs: pd.DataFrame


def responses(runs: pd.DataFrame, outcomes: pd.DataFrame) -> Iterator[Response]:
    """The responses of a sweep: each outcome of the whole authority along each of the first two levers, and over both.

    Levers are columns of numbers with 2 to 12 values. Of a sweep that kept more than 12 measures, the rates are told.

    Args:
        runs: one row a run, as a sweep keeps them.
        outcomes: run, measure, group, value, unit.
    """
    keys = [c for c in runs.columns if c not in TAKEN and pd.api.types.is_numeric_dtype(runs[c])]
    whole = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    laid = whole["scenario"] + "+" + whole["policies"]
    whole = whole.assign(case=laid.where(whole["policies"] != "none", whole["scenario"]))
    levers = [key for key in keys if 1 < whole[key].nunique() <= FEW][:2]
    asked = [(lever,) for lever in levers] + ([tuple(levers)] if len(levers) == 2 else [])
    if whole["measure"].nunique() > FEW:
        whole = whole[whole["measure"].isin(RATES)]
    for measure, part in whole.groupby("measure", sort=False):
        for some in asked:
            yield Response(str(measure), str(part["unit"].iloc[0]), some, part[[*some, "case", "value"]])


def along(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Mean and 90% of the runs at each value.

    Args:
        table: columns ``by`` and value, one row a run.
        by: columns to tell apart.

    Returns:
        Columns ``by``, mean, low, high (percentiles 5 and 95 of the runs) and n, in the order of ``by``.
    """
    return intervals(table, by).sort_index().reset_index()
