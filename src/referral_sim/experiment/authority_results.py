"""One authority's simulated measures over its replicates, beside what was published about it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..evidence import Published, published
from .draws import parameter_share
from .intervals import KEYS, intervals

if TYPE_CHECKING:
    from ..scenario import Scenario

SUMMARY = [*KEYS, "mean", "low", "high", "n"]
COMPARISON = [*SUMMARY, "series", "published", "difference", "inside"]


@dataclass(frozen=True)
class AuthorityResult:
    """What one scenario gave.

    Attributes:
        scenario: its name.
        title: its name for people.
        authority: id of the authority whose published figures stand beside it, or None.
        seed: seed of its runs.
        replicates: runs that the figures rest on; less than asked for where runs failed.
        rows: the frame that :func:`beside_published` returns.
    """

    scenario: str
    title: str
    authority: str | None
    seed: int
    replicates: int
    rows: pd.DataFrame


def summarise(measures: pd.DataFrame, level: float = 0.9) -> pd.DataFrame:
    """Mean and interval of each measure over the replicates.

    The interval is the spread of single simulated years: at level 0.9 from the 5th to the 95th
    percentile of the replicates, with linear interpolation between them. It is not the error of the
    mean, and does not shrink as replicates are added.

    Args:
        measures: columns replicate, measure, unit, group, value; one row a measure and group in each
            replicate. A value of NaN (a share of nothing) is left out of its measure's mean and
            interval.
        level: part of the replicates that the interval holds, above 0 and below 1.

    Returns:
        Columns measure, unit, group, mean, low, high (all in ``unit``) and n, the replicates that had a
        value. One row a measure and group, in the order in which the lowest replicate has them; the
        same for any order of replicates.

    Raises:
        ValueError: if a column is missing, a replicate has a measure and group twice, or the level is
            not a part.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}, it must lie between 0 and 1")
    missing = [c for c in ("replicate", *KEYS, "value") if c not in measures.columns]
    if missing:
        raise ValueError(f"measures lack the column {', '.join(missing)}")
    if measures.empty:
        return pd.DataFrame(columns=SUMMARY)
    twice = measures.duplicated(["replicate", "measure", "group"])
    if twice.any():
        first = measures[twice].iloc[0]
        raise ValueError(f"replicate {first['replicate']} has {first['measure']} of {first['group']} twice")
    ordered = measures.sort_values("replicate", kind="stable")
    return intervals(ordered, KEYS, level=level).reset_index()[SUMMARY]


def beside_published(summary: pd.DataFrame, authority: str | None) -> pd.DataFrame:
    """Put the published figures beside the simulated ones.

    Args:
        summary: what :func:`summarise` returns.
        authority: id of an authority; None, or one without published figures, gives empty comparisons.

    Returns:
        The rows of ``summary`` and, after them, one for each published figure that was not simulated
        (mean and interval NaN, n 0), with four more columns, each a tuple with one entry a published
        series (empty where nothing was published): series (name), published (value), difference
        (simulated mean minus published), both in the row's unit, and inside (whether the published
        value lies in the interval, ends included; None where fewer than two replicates have a value, as
        one year has no spread).

    Raises:
        ValueError: if a published figure's unit is not that of the simulated measure.
    """
    figures: dict[tuple[str, str], list[Published]] = {}
    for figure in published(authority) if authority is not None else ():
        figures.setdefault((figure.measure, figure.group), []).append(figure)
    rows = []
    for row in summary.to_dict("records"):
        rows.append(_beside(row, figures.pop((row["measure"], row["group"]), [])))
    for (measure, group), rest in figures.items():
        nothing = {"mean": math.nan, "low": math.nan, "high": math.nan, "n": 0}
        rows.append(_beside({"measure": measure, "unit": rest[0].unit, "group": group, **nothing}, rest))
    return pd.DataFrame(rows, columns=COMPARISON)


def authority_result(scenario: Scenario, seed: int, measures: pd.DataFrame, drawn: bool = False) -> AuthorityResult:
    """What the runs of one scenario gave, beside what was published of its authority.

    Args:
        scenario: which.
        seed: of its runs.
        measures: as for :func:`summarise`; no rows if every run failed.
        drawn: replicates ran under draws of parameters; the rows then have the column parameter_share.

    Raises:
        ValueError: as :func:`summarise` and :func:`beside_published` do.
    """
    rows = beside_published(summarise(measures), scenario.authority)
    if drawn:
        rows = with_parameter_share(rows, measures)
    replicates = int(measures["replicate"].nunique())
    return AuthorityResult(scenario.name, scenario.title, scenario.authority, seed, replicates, rows)


def with_parameter_share(rows: pd.DataFrame, measures: pd.DataFrame, value: str = "value") -> pd.DataFrame:
    """Add to each measure how much of its variance goes with the draws of parameters.

    Args:
        rows: one row a measure and group.
        measures: the replicates that they come from, with columns replicate, measure, unit, group and ``value``.
        value: the column to split.

    Returns:
        The rows with the column parameter_share, as :func:`~referral_sim.experiment.draws.parameter_share` gives it.
    """
    found = {
        key: parameter_share(part.set_index("replicate")[value].sort_index())
        for key, part in measures.groupby(KEYS, sort=False, observed=True)
    }
    shares = [found.get(key, math.nan) for key in rows[KEYS].itertuples(index=False, name=None)]
    return rows.assign(parameter_share=shares)


def _beside(row: dict[Any, Any], figures: list[Published]) -> dict[Any, Any]:
    for figure in figures:
        if figure.unit != row["unit"]:
            raise ValueError(f"{figure.measure} is simulated {row['unit']!r} but published {figure.unit!r}")
    blank = row["n"] < 2
    return {
        **row,
        "series": tuple(f.series for f in figures),
        "published": tuple(f.value for f in figures),
        "difference": tuple(row["mean"] - f.value for f in figures),
        "inside": tuple(None if blank else row["low"] <= f.value <= row["high"] for f in figures),
    }


def to_json(results: Iterable[AuthorityResult]) -> str:
    """The results as JSON text: a list with one object a scenario.

    Each object has scenario, authority, seed, replicates and measures; a measure has measure, unit,
    group, mean, low, high and published, a list of objects with series and value. A number that is not
    known is null.
    """
    return json.dumps([_as_object(r) for r in results], indent=2, allow_nan=False)


def _as_object(result: AuthorityResult) -> dict[str, Any]:
    return {
        "scenario": result.scenario,
        "authority": result.authority,
        "seed": int(result.seed),
        "replicates": int(result.replicates),
        "measures": [
            {
                "measure": row["measure"],
                "unit": row["unit"],
                "group": row["group"],
                "mean": _number(row["mean"]),
                "low": _number(row["low"]),
                "high": _number(row["high"]),
                **({"parameter_share": _number(row["parameter_share"])} if "parameter_share" in row else {}),
                "published": [
                    {"series": series, "value": _number(value)}
                    for series, value in zip(row["series"], row["published"], strict=True)
                ],
            }
            for row in result.rows.to_dict("records")
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
