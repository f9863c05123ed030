"""What the outcomes of a sweep do along its levers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ..measures.table import RATES
from .stores import TAKEN
from .summaries import years_of

FEW = 12
"""Values of a lever up to which a response is told at each, and measures up to which all are told."""


@dataclass(frozen=True)
class Response:
    """The runs behind one response.

    Attributes:
        measure, unit: what came out.
        year: in which reporting year; empty where there is one alone.
        levers: one or two columns of ``runs``.
        runs: one row a run that ended: columns of the levers, case (scenario and policies) and value.
        crossed: at each value of the levers, all other columns of the plan have the same values.
    """

    measure: str
    unit: str
    levers: tuple[str, ...]
    runs: pd.DataFrame
    year: str = ""
    crossed: bool = True


def responses(runs: pd.DataFrame, outcomes: pd.DataFrame, crossed: bool = True) -> Iterator[Response]:
    """The responses of a sweep: each outcome of the whole authority along each of the first two levers, and over both.

    Levers are columns of numbers with 2 to 12 values. Of a sweep that kept more than 12 measures, the rates are told.

    Args:
        runs: one row a run, as a sweep keeps them.
        outcomes: run, year, measure, group, value, unit.
        crossed: give the responses along levers at each of whose values all else in the plan is the same, so that means
            at a value are of the lever; if False those along single levers where that is not so.
    """
    columns = [c for c in runs.columns if c not in TAKEN and runs[c].nunique() > 1]
    keys = [c for c in columns if pd.api.types.is_numeric_dtype(runs[c])]
    whole = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    laid = whole["scenario"] + "+" + whole["policies"]
    whole = whole.assign(case=laid.where(whole["policies"] != "none", whole["scenario"]))
    levers = [key for key in keys if 1 < whole[key].nunique() <= FEW][:2]
    asked = [(lever,) for lever in levers] + ([tuple(levers)] if len(levers) == 2 else [])
    asked = [some for some in asked if _is_crossed(runs, some, columns) is crossed and (crossed or len(some) == 1)]
    if whole["measure"].nunique() > FEW:
        whole = whole[whole["measure"].isin(RATES)]
    several = len(years_of(whole)) > 1
    for (measure, year), part in whole.groupby(["measure", "year"], sort=False):
        for some in asked:
            runs_of, unit = part[[*some, "case", "value"]], str(part["unit"].iloc[0])
            yield Response(str(measure), unit, some, runs_of, str(year) if several else "", crossed)


def _is_crossed(runs: pd.DataFrame, levers: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether all combinations of the levers' values are there, each with the same values of all other columns."""
    others = [c for c in columns if c not in levers]
    settings = runs.groupby(list(levers))
    met = {frozenset(part[others].itertuples(index=False, name=None)) for _, part in settings}
    return len(met) == 1 and settings.ngroups == math.prod(runs[lever].nunique() for lever in levers)
