"""Differences between two scenarios over replicates that share their chances, and what can be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .intervals import KEYS, intervals

LEVELS = (50, 90)
DIFFERENCES = ["replicate", *KEYS, "base", "value", "difference"]
INTERVALS = ["low_50", "high_50", "low_90", "high_90"]
SUMMARY = [*KEYS, "base", "value", "difference", "standard_error", *INTERVALS, "rises", "gain", "n"]


def differences(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The difference of each measure in each replicate that both scenarios have.

    Args:
        base: columns replicate, measure, unit, group, value; one row a measure and group in each replicate.
        other: the same of the other scenario.

    Returns:
        Columns replicate, measure, unit, group, base, value (of the other) and difference (value less base), in the
        row's unit; by replicate, then in the order of ``base``, then what ``other`` alone has. NaN where one of the two
        has no value.

    Raises:
        ValueError: if a replicate has a measure and group twice.
    """
    by = ["replicate", *KEYS]
    for frame in (base, other):
        twice = frame.duplicated(["replicate", "measure", "group"])
        if twice.any():
            first = frame[twice].iloc[0]
            raise ValueError(f"replicate {first['replicate']} has {first['measure']} of {first['group']} twice")
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
    """What the differences say of each measure and group.

    Args:
        table: what :func:`differences` returns; rows without a difference are left out of everything below.

    Returns:
        One row a measure and group, in their order, with measure, unit, group and, in the row's unit, base and value
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
        blank = pd.DataFrame(index=order, columns=[c for c in SUMMARY if c not in KEYS], dtype=float)
        return blank.assign(n=0).reset_index()[SUMMARY]
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
    return found.reset_index()[SUMMARY]


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


def beyond_chance(row: Mapping[str, Any], level: float = 0.95) -> bool:
    """Whether a mean difference can be told from none: its interval by Student's t does not hold 0.

    Args:
        row: difference, standard_error and n of one measure, as :func:`summarise_differences` gives them.
        level: of the interval. Of many measures with no difference, one less ``level`` are beyond it all the same.
    """
    if row["n"] < 2:
        return False
    from scipy.stats import t

    margin = float(t.ppf(0.5 + level / 2.0, row["n"] - 1)) * row["standard_error"]
    return bool(abs(row["difference"]) > margin)
