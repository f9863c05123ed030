"""What the page shows, as tables of text: labels and numbers as the command line prints them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Pair
from ..experiment.flows import flows
from ..measures.key_measures import in_reading_order, key_differences
from ..measures.table import HEADLINES
from ..measures.wording import (
    SummaryRow,
    digits_for,
    digits_of_difference,
    full_label,
    group_label,
    heading_of,
    label_under_heading,
    measure_label,
    number,
    series_label,
)
from ..scenario import Scenario

BASE, OTHER = "Baseline", "Alternative"


@dataclass(frozen=True)
class Cells:
    """A row of a summary of differences as text, with as many digits as it bears; "-" where there is no number.

    Attributes:
        base, value: means of baseline and alternative.
        difference: mean difference, with its sign.
        half, most: where 50% and 90% of single years lie, with signs.
        rises: share of years with a rise.
    """

    base: str
    value: str
    difference: str
    half: str
    most: str
    rises: str

    @property
    def differs(self) -> bool:
        """Whether the difference shows in the digits that it bears."""
        return self.difference.strip("+-0.") != ""


def cells_of(row: SummaryRow) -> Cells:
    """The numbers of a row of a summary of differences, with the digits of every other table."""
    if not row["n"]:
        return Cells("-", "-", "-", "-", "-", "-")
    digits, fine = digits_for(row["base"] or row["value"]), digits_of_difference(row)

    def span(percent: int) -> str:
        low, high = row[f"low_{percent}"], row[f"high_{percent}"]
        return f"{number(low, fine, True)} to {number(high, fine, True)}" if math.isfinite(low) else "-"

    base, value = (number(row[name], digits) for name in ("base", "value"))
    return Cells(base, value, number(row["difference"], fine, True), span(50), span(90), number(row["rises"], 2))


def rows_of(pair: Pair, wanted: Iterable[tuple[str, str]]) -> list[SummaryRow]:
    """The rows of a pair's summary for measures and groups, in their order; those that are not there are left out."""
    found = {(row["measure"], row["group"]): row for row in pair.summary.to_dict("records")}
    return [found[key] for key in wanted if key in found]


def headline(pair: Pair) -> list[tuple[str, str, Cells]]:
    """Label, unit and numbers of what stands first."""
    return [(full_label(row["measure"], row["group"]), row["unit"], cells_of(row)) for row in rows_of(pair, HEADLINES)]


def differences_tables(pair: Pair, everything: bool) -> list[tuple[str, pd.DataFrame]]:
    """Differences under their headings; all measures and groups, or those that tell most."""
    if not everything:
        return [(heading, differences_frame(rows)) for heading, rows in key_differences(pair.summary)]
    rows = pair.summary.to_dict("records")
    blocks = groupby(rows, key=lambda row: heading_of(row["measure"], row["unit"], row["group"]))
    return [(heading, differences_frame(list(under), grouped=True)) for heading, under in blocks]


def differences_frame(rows: Sequence[SummaryRow], grouped: bool = False, unit: bool = False) -> pd.DataFrame:
    """One line a row of a summary of differences.

    Args:
        rows: of the summary.
        grouped: the heading above names the measure, so a line names its group alone.
        unit: give each line its unit.
    """
    table = []
    for row in rows:
        cells = cells_of(row)
        label = (label_under_heading if grouped else full_label)(row["measure"], row["group"])
        table.append(
            {
                "Measure": label,
                **({"Unit": row["unit"]} if unit else {}),
                BASE: cells.base,
                OTHER: cells.value,
                "Difference": cells.difference,
                "Half of years": cells.half,
                "Nine years in ten": cells.most,
                "Share of years up": cells.rises,
            }
        )
    return pd.DataFrame(table)


def of_measures(pair: Pair, measures: Sequence[str]) -> pd.DataFrame:
    """Differences of measures of the whole authority that one of the two scenarios has; with units if they differ."""
    rows = [row for row in rows_of(pair, ((m, "all") for m in measures)) if row["base"] or row["value"]]
    return differences_frame(rows, unit=len({row["unit"] for row in rows}) > 1)


def published_tables(base: AuthorityResult, other: AuthorityResult) -> list[tuple[str, pd.DataFrame]]:
    """Both scenarios beside the published figures: rates and shares of the whole authority, under their units."""
    rows = in_reading_order(base.rows)[0].to_dict("records")
    there = {(row["measure"], row["group"]): row for row in other.rows.to_dict("records")}
    return [
        (heading, pd.DataFrame([_beside(row, there.get((row["measure"], row["group"]))) for row in under]))
        for heading, under in groupby(rows, key=lambda r: heading_of(r["measure"], r["unit"], r["group"]))
    ]


def _beside(row: SummaryRow, other: SummaryRow | None) -> dict[str, str]:
    digits = digits_for(row["mean"] if row["n"] else max(row["published"], default=0.0))
    outside = {None: "", True: ", inside", False: ", outside"}
    figures = zip(row["series"], row["published"], row["inside"], strict=True)
    published = [f"{number(value, digits)} ({series_label(series)}{outside[ok]})" for series, value, ok in figures]
    mine, theirs = ((number(one["mean"], digits), _spread(one, digits)) if one else ("-", "-") for one in (row, other))
    return {
        "Measure": measure_label(row["measure"]),
        "Published": "; ".join(published) or "-",
        BASE: mine[0],
        f"{BASE}, nine years in ten": mine[1],
        OTHER: theirs[0],
        f"{OTHER}, nine years in ten": theirs[1],
    }


def _spread(row: SummaryRow, digits: int) -> str:
    return f"{number(row['low'], digits)} to {number(row['high'], digits)}" if row["n"] > 1 else "-"


def sources_table(base: AuthorityResult, other: AuthorityResult) -> pd.DataFrame:
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


def _shares(profile: AuthorityResult, measure: str) -> pd.Series[float]:
    rows = profile.rows[profile.rows["measure"] == measure]
    return pd.Series(rows["mean"].to_numpy(dtype=float), index=rows["group"].astype(str).to_numpy())


def limits(scenario: Scenario) -> tuple[int, int]:
    """Working days that an initial and a core assessment may take."""
    return scenario.assessment.initial_deadline, scenario.assessment.core_deadline


def together(profiles: Mapping[str, AuthorityResult]) -> pd.DataFrame:
    """Rows of several profiles under one another, with the column scenario: what figures of several take."""
    return pd.concat([one.rows.assign(scenario=name) for name, one in profiles.items()], ignore_index=True)


def flow_tables(profiles: Mapping[str, AuthorityResult], scenarios: Iterable[Scenario]) -> dict[str, pd.DataFrame]:
    """The flow of cases of each scenario, as :func:`~referral_sim.experiment.flows.flows` gives it."""
    children = [one.population.children for one in scenarios]
    return {name: flows(one.rows, count) for (name, one), count in zip(profiles.items(), children, strict=True)}


def flows_together(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The flows of several scenarios side by side: From, To, and cases a year of each."""
    keys = ["part", "source", "target"]
    columns = {name: table.set_index(keys)["cases"] for name, table in found.items()}
    table = pd.DataFrame(columns).reindex(pd.MultiIndex.from_frame(pd.concat(found.values())[keys].drop_duplicates()))
    shown = {name: [number(v, digits_for(v)) for v in table[name]] for name in found}
    places = {"From": table.index.get_level_values("source"), "To": table.index.get_level_values("target")}
    return pd.DataFrame(places | shown)
