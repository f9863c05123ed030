"""What replicates come to: means and intervals, differences between two scenarios, and what can be said of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..measures.table import MEASURES
from ..measures.what_matters import Verdict, smallest_that_matters, verdict

REPLICATES_PER_DRAW = 2
"""Replicates that meet the same draw of parameters, so that parameter and chance can be told apart."""
KEYS = ["year", "measure", "unit", "group"]
SUMMARY = [*KEYS, "mean", "low", "high", "n"]
LEVELS = (50, 90)
DIFFERENCES = ["replicate", *KEYS, "base", "value", "difference"]
INTERVALS = ["low_50", "high_50", "low_90", "high_90"]
DIFFERENCE_SUMMARY = [*KEYS, "base", "value", "difference", "standard_error", *INTERVALS, "rises", "gain", "n"]


def intervals(
    frame: pd.DataFrame, by: Sequence[str], value: str = "value", level: float = 0.9, fewest: int = 1
) -> pd.DataFrame:
    """Mean and interval of the values of each group.

    The interval is the spread of single values: at level 0.9 from their 5th to their 95th percentile, with linear
    interpolation between them. It is not the error of the mean, and does not shrink as values are added.

    Args:
        frame: one row a value; NaN is left out.
        by: columns that tell the groups apart.
        value: column of the values.
        level: part of the values that the interval holds.
        fewest: values that a group needs for an interval; with less, low and high are NaN.

    Returns:
        Columns mean, low, high and n (values that the group has), indexed by ``by`` in the order of the rows.
    """
    tail = round((1.0 - level) / 2.0, 12)  # 0.05, not 0.04999...
    values = frame.groupby(list(by), sort=False, observed=True)[value]
    n = values.count()
    low, high = values.quantile(tail), values.quantile(1.0 - tail)
    return pd.DataFrame({"mean": values.mean(), "low": low.where(n >= fewest), "high": high.where(n >= fewest), "n": n})


def summarise(measures: pd.DataFrame, level: float = 0.9) -> pd.DataFrame:
    """Mean and interval of each measure over the replicates.

    The interval is the spread of single simulated years: at level 0.9 from the 5th to the 95th
    percentile of the replicates, with linear interpolation between them. It is not the error of the
    mean, and does not shrink as replicates are added.

    Args:
        measures: columns replicate, year, measure, unit, group, value; one row a year, measure and group in each
            replicate. A value of NaN (a share of nothing) is left out of its measure's mean and
            interval.
        level: part of the replicates that the interval holds, above 0 and below 1.

    Returns:
        Columns year, measure, unit, group, mean, low, high (all in ``unit``) and n, the replicates that had a
        value. One row a year, measure and group, in the order in which the lowest replicate has them; the
        same for any order of replicates.

    Raises:
        ValueError: if a column is missing, a replicate has a measure and group of a year twice, or the level is
            not a part.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}, it must lie between 0 and 1")
    missing = [c for c in ("replicate", *KEYS, "value") if c not in measures.columns]
    if missing:
        raise ValueError(f"measures lack the column {', '.join(missing)}")
    if measures.empty:
        return pd.DataFrame(columns=SUMMARY)
    _refuse_doubles(measures)
    ordered = measures.sort_values("replicate", kind="stable")
    return intervals(ordered, KEYS, level=level).reset_index()[SUMMARY]


def _refuse_doubles(measures: pd.DataFrame) -> None:
    twice = measures.duplicated(["replicate", "year", "measure", "group"])
    if twice.any():
        first = measures[twice].iloc[0]
        raise ValueError(
            f"replicate {first['replicate']} has {first['measure']} of {first['group']} in {first['year']} twice"
        )


def differences(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The difference of each measure in each replicate that both scenarios have.

    Args:
        base: columns replicate, year, measure, unit, group, value; one row each in each replicate.
        other: the same of the other scenario.

    Returns:
        Columns replicate, year, measure, unit, group, base, value (of the other) and difference (value less base), in
        the row's unit; by replicate, then in the order of ``base``, then what ``other`` alone has. NaN where one of the
        two has no value.

    Raises:
        ValueError: if a replicate has a measure and group of a year twice.
    """
    by = ["replicate", *KEYS]
    for frame in (base, other):
        _refuse_doubles(frame)
    both = sorted(set(base["replicate"]) & set(other["replicate"]))
    wanted = pd.concat([base[KEYS], other[KEYS]]).drop_duplicates()
    index = pd.MultiIndex.from_tuples(
        [(replicate, *keys) for replicate in both for keys in wanted.itertuples(index=False, name=None)], names=by
    )
    columns = {"base": base, "value": other}
    table = pd.DataFrame({name: frame.set_index(by)["value"].reindex(index) for name, frame in columns.items()})
    table["difference"] = table["value"] - table["base"]
    return table.reset_index()[DIFFERENCES].astype({"replicate": "int32"})


def summarise_differences(table: pd.DataFrame) -> pd.DataFrame:
    """What the differences say of each measure and group in each year.

    Args:
        table: what :func:`differences` returns; rows without a difference are left out of everything below.

    Returns:
        One row a year, measure and group, in their order, with these, unit and, in the row's unit, base and value
        (means of the two scenarios), difference (mean), standard_error (of that mean), low_50, high_50, low_90,
        high_90 (percentiles 25, 75, 5 and 95 of the difference between single simulated years, with linear
        interpolation: they do not shrink as replicates are added); rises (share of replicates with a rise, ties
        counted half); gain (sum of the two scenarios' variances, which is the variance of a difference with
        independent seeds, over the variance of the paired difference: infinite where the difference never varies and
        the scenarios do, NaN where nothing varies); n (replicates with a difference). Intervals, standard error and
        gain are NaN for fewer than two replicates.
    """
    there = table[table["difference"].notna()]
    order = pd.MultiIndex.from_frame(table[KEYS].drop_duplicates())
    if there.empty:
        blank = pd.DataFrame(index=order, columns=[c for c in DIFFERENCE_SUMMARY if c not in KEYS], dtype=float)
        return blank.assign(n=0).reset_index()[DIFFERENCE_SUMMARY]
    sign = pd.Series(np.sign(there["difference"].to_numpy()), index=there.index)
    rows = there.assign(rises=0.5 + sign / 2.0).groupby(KEYS, sort=False, observed=True)
    difference, n = rows["difference"], rows["difference"].count()
    found = pd.DataFrame(
        {
            **{name: rows[name].mean() for name in ("base", "value", "difference", "rises")},
            "standard_error": difference.std(ddof=1) / np.sqrt(n),
            "gain": (rows["base"].var(ddof=1) + rows["value"].var(ddof=1)) / difference.var(ddof=1),
        }
    )
    for percent in LEVELS:
        band = intervals(there, KEYS, "difference", percent / 100.0, fewest=2)
        found[f"low_{percent}"], found[f"high_{percent}"] = band["low"], band["high"]
    found = found.reindex(order).assign(n=n.reindex(order).fillna(0).astype(int))
    return found.reset_index()[DIFFERENCE_SUMMARY]


def summarise_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Mean and 90% interval over the replicates of families counted by how their path changed.

    Args:
        changes: columns replicate, milestone, change, place, families.

    Returns:
        Columns milestone, change, place, families (mean), low, high (percentiles 5 and 95 of single years; NaN for
        fewer than two replicates) and n, in the order of the rows.
    """
    by = ["milestone", "change", "place"]
    found = intervals(changes, by, "families", fewest=2).rename(columns={"mean": "families"})
    return found.reset_index()[[*by, "families", "low", "high", "n"]]


def with_verdicts(summary: pd.DataFrame, matters: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Add to each difference the smallest that matters and the verdict.

    Args:
        summary: as :func:`summarise_differences` returns it.
        matters: measure -> smallest difference that matters, in its unit, in place of the table's own.

    Returns:
        The summary with the columns smallest (in ``unit``) and verdict (a :class:`~..measures.what_matters.Verdict`).

    Raises:
        ValueError: if ``matters`` names no measure, or a difference is not above 0.
    """
    keys = summary[["measure", "unit"]].itertuples(index=False, name=None)
    smallest = [smallest_that_matters(measure, unit, matters) for measure, unit in keys]
    rows = zip(summary.to_dict("records"), smallest, strict=True)
    return summary.assign(smallest=smallest, verdict=[str(verdict(row, least)) for row, least in rows])


def with_parameter_share(rows: pd.DataFrame, measures: pd.DataFrame, value: str = "value") -> pd.DataFrame:
    """Add to each measure how much of its variance goes with the draws of parameters.

    Args:
        rows: one row a measure and group.
        measures: the replicates that they come from, with columns replicate, year, measure, unit, group and ``value``.
        value: the column to split.

    Returns:
        The rows with the column parameter_share, as :func:`parameter_share` gives it.
    """
    found = {
        key: parameter_share(part.set_index("replicate")[value].sort_index())
        for key, part in measures.groupby(KEYS, sort=False, observed=True)
    }
    shares = [found.get(key, math.nan) for key in rows[KEYS].itertuples(index=False, name=None)]
    return rows.assign(parameter_share=shares)


def parameter_share(values: pd.Series) -> float:
    """Share of the variance of replicates that goes with the draw, by a one-way analysis of variance.

    With two replicates a draw, the mean square between draws expects chance + 2 x parameter, that within draws chance
    (random effects; Searle et al. 1992). The share is parameter / (parameter + chance), not below 0.

    Args:
        values: index replicate; a measure, or a difference of one.

    Returns:
        The share, or NaN with fewer than three whole pairs of replicates or where nothing varies.
    """
    known = values.dropna()
    pairs = known.groupby(np.asarray(known.index) // REPLICATES_PER_DRAW)
    whole = pairs.filter(lambda pair: len(pair) == REPLICATES_PER_DRAW)
    table = whole.to_numpy(dtype=float).reshape(-1, REPLICATES_PER_DRAW)
    if len(table) < 3:
        return float("nan")
    within = float(table.var(axis=1, ddof=1).mean())
    between = REPLICATES_PER_DRAW * float(table.mean(axis=1).var(ddof=1))
    parameter = max(between - within, 0.0) / REPLICATES_PER_DRAW
    return parameter / (parameter + within) if parameter + within > 0 else float("nan")


def with_orders(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with scenario, year, measure and verdict, where they have them, as ordered categories of what is there.

    Measures are in the order of their table, verdicts from what matters to what cannot be told, all else as it comes.
    """
    known: Mapping[str, Sequence[str]] = {"measure": [*MEASURES], "verdict": [*map(str, Verdict)]}
    orders = {}
    for column in ("scenario", "policies", "year", "measure", "verdict"):
        if column in rows:
            there = dict.fromkeys(rows[column])
            order = [one for one in known.get(column, ()) if one in there] or list(there)
            orders[column] = pd.Categorical(rows[column], order, ordered=True)
    return rows.assign(**orders)


def years_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """The reporting years that rows have, in their order."""
    return tuple(map(str, dict.fromkeys(rows["year"])))


def in_year(rows: pd.DataFrame, year: str | None = None) -> pd.DataFrame:
    """The rows of one reporting year, the last if none is named."""
    years = years_of(rows)
    return rows[rows["year"] == (year or years[-1])] if years else rows


def finite_or_none(value: Any) -> Any:
    """A value for JSON: None in place of a number that is not known or not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
