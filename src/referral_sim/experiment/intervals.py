"""Means and intervals of groups of rows: the one way in which replicates are summed up."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

KEYS = ["measure", "unit", "group"]


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
