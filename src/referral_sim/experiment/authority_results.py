"""One authority's simulated measures over its replicates, beside what was published about it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..evidence import Published, published
from ..measures.groups import with_group_parts
from .rest import not_at_rest
from .shown import answer_html, plotted
from .summaries import KEYS, SUMMARY, finite_or_none, in_year, summarise, with_orders, with_parameter_share, years_of

if TYPE_CHECKING:
    from ..scenario import Scenario

_IN_JSON = (*KEYS, "mean", "low", "high", "parameter_share")
PUBLISHED_YEAR = "2005-06"
"""The year of the published figures; they stand beside no other."""
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
        not_at_rest: what moves in it though nothing changes, in one line; empty if nothing does.
        measures: what ``rows`` sum up: replicate, year, measure, unit, group and value; empty where it is not kept.
    """

    scenario: str
    title: str
    authority: str | None
    seed: int
    replicates: int
    rows: pd.DataFrame
    not_at_rest: str = ""
    measures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["replicate", *KEYS, "value"]))

    def to_frame(self) -> pd.DataFrame:
        """The measures of all replicates, one row each: scenario, replicate, year, measure, unit, group, value.

        After ``group`` stand group_kind and group_name ("locality" and "North" of "locality:North"; "all" and "" of
        the whole authority). Scenario, year and measure are ordered categories.
        """
        found = self.measures[["replicate", *KEYS, "value"]].reset_index(drop=True)
        found.insert(0, "scenario", self.scenario)
        return with_orders(with_group_parts(found))

    @property
    def means(self) -> dict[str, float]:
        """Means over the replicates, as a design of experiments (SALib, EMA workbench) takes them.

        ``referrals`` is that of the whole authority, ``referrals/locality:North`` that of a group; NaN for a share or
        mean of nothing. With more than one reporting year, each name ends in its year: ``referrals/2006-07``.
        """
        table = self.measures.groupby(["year", "measure", "group"], sort=False, observed=True)["value"].mean()
        several = len(self.years) > 1
        keys = table.index.to_frame().itertuples(index=False, name=None)
        names = (m + (f"/{g}" if g != "all" else "") + (f"/{y}" if several else "") for y, m, g in keys)
        return dict(zip(names, table.tolist(), strict=True))

    def plot(self, measures: str | Sequence[str] = ("referrals", "registrations"), **seaborn: Any) -> Any:
        """Mean and 90% band of simulated years, beside each published series, a facet a measure.

        Returns:
            What :func:`referral_sim.figures.profile` draws.
        """
        rows = self.beside_published().rows
        return plotted("profile", rows.assign(scenario=self.title or self.scenario), measures, **seaborn)

    def __repr__(self) -> str:
        """What was run; ``to_frame()`` and ``rows`` have the numbers."""
        return (
            f"<AuthorityResult of {self.scenario!r}, {self.replicates} replicates, seed {self.seed}, "
            f"{', '.join(self.years)}>"
        )

    def _repr_html_(self) -> str:
        """What ``referral-sim run`` says first, for a notebook."""
        return answer_html("profiles_answer", [self]) if self.replicates else ""

    @property
    def years(self) -> tuple[str, ...]:
        """Its reporting years, in order."""
        return years_of(self.rows)

    def of_year(self, year: str | None = None) -> AuthorityResult:
        """What it gave in one reporting year, the last if none is named."""
        return replace(self, rows=in_year(self.rows, year), measures=in_year(self.measures, year))

    def beside_published(self) -> AuthorityResult:
        """What it gave in the year of the published figures, or in its last year where that is not reported."""
        return self.of_year(PUBLISHED_YEAR if PUBLISHED_YEAR in self.years else None)


def beside_published(summary: pd.DataFrame, authority: str | None) -> pd.DataFrame:
    """Put the published figures beside the simulated ones of their own year, 2005-06.

    Args:
        summary: what :func:`summarise` returns.
        authority: id of an authority; None, or one without published figures, gives empty comparisons.

    Returns:
        The rows of ``summary`` and, after those of that year, one for each published figure that was not simulated
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
    years = years_of(summary) or (PUBLISHED_YEAR,)
    for year in years:
        of_year = figures if year == PUBLISHED_YEAR else {}
        for row in summary[summary["year"] == year].to_dict("records"):
            rows.append(_beside(row, of_year.pop((row["measure"], row["group"]), [])))
        for (measure, group), rest in of_year.items():
            nothing = {"mean": math.nan, "low": math.nan, "high": math.nan, "n": 0}
            rows.append(
                _beside({"year": year, "measure": measure, "unit": rest[0].unit, "group": group, **nothing}, rest)
            )
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
    restless = not_at_rest(scenario, measures)
    return AuthorityResult(
        scenario.name, scenario.title, scenario.authority, seed, replicates, rows, restless, measures
    )


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

    Each object has scenario, authority, seed, replicates and measures; a measure has year, measure, unit,
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
                **{key: finite_or_none(row[key]) for key in _IN_JSON if key in row},
                "published": [
                    {"series": series, "value": value}
                    for series, value in zip(row["series"], row["published"], strict=True)
                ],
            }
            for row in result.rows.to_dict("records")
        ],
    }
