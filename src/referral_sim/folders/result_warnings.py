"""What a reader of results must be warned of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import pandas as pd

from ..evidence import contradictions
from ..experiment.comparison import REPLICATES
from ..experiment.draws import SHIPPED, Draws, DrawsError, load_draws
from ..measures.table import SETTLED
from ..measures.wording import digits_for, measure_label, number
from ..scenario import Scenario
from ..scenario.keys import get_value, parse_key
from .read_folder import FolderKind, Results

MOVING = 0.05
"""Share of its level by which a series may change between the last two quarters of the warm-up."""
QUARTER = 3
MOST = 5
"""Failed runs that are named one by one."""


def warnings_of(results: Results) -> tuple[str, ...]:
    """What must be known before anything is concluded from results, one sentence each.

    Failed runs; fewer than 20 replicates; for a comparison what it warned of itself; values outside the range of the
    calibration that comes with the package; series that had not settled when the reporting year began; published
    figures that contradict each other.
    """
    found = [f"A run failed and is left out: {line}." for line in results.failures[:MOST]]
    if len(results.failures) > MOST:
        found.append(f"{len(results.failures) - MOST} more runs failed and are left out.")
    said = [w for c in results.comparisons for p in c.pairs for w in p.warnings]
    found += [f"{w}." for w in dict.fromkeys(said)]
    if results.kind is FolderKind.RUNS:
        found += _few(results)
    outside: dict[str, list[str]] = {}
    for scenario in results.scenarios:
        for line in outside_calibration(scenario):
            outside.setdefault(line, []).append(scenario.name)
    found += [f"{_several(names)}: {line}" for line, names in outside.items()]
    for scenario in results.scenarios:
        if results.monthly is not None:
            part = results.monthly[results.monthly["scenario"] == scenario.name]
            found += [f"{scenario.name}: {line}" for line in unsettled(scenario, part)]
    authorities = dict.fromkeys(s.authority for s in results.scenarios if s.authority)
    found += [f"Published figures of {a}: {c.text}" for a in authorities for c in contradictions(a)]
    return tuple(dict.fromkeys(found))


def _several(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _few(results: Results) -> Iterator[str]:
    for one in results.profiles:
        if one.replicates < REPLICATES:
            yield (
                f"{one.scenario}: {one.replicates} replicate{'' if one.replicates == 1 else 's'}; the ends of a 90% "
                f"interval rest on the outermost years alone with fewer than {REPLICATES}."
            )


def outside_calibration(scenario: Scenario) -> list[str]:
    """Values of a scenario that lie outside the draws of the calibration that comes with the package.

    Where a parameter is the authority's own, its own draws count. A value outside was not found to go with the
    published figures; it may still be what somebody wants to ask.
    """
    draws = _shipped()
    if draws is None:
        return []
    values = scenario.model_dump(mode="json")
    found = []
    for key, column in draws.columns(scenario).items():
        value = get_value(values, parse_key(key))
        low, high = float(draws.table[column].min()), float(draws.table[column].max())
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and not low <= value <= high:
            found.append(f"{key} is {value:g}, outside the calibrated range ({low:.3g} to {high:.3g}).")
    return found


@cache
def _shipped() -> Draws | None:
    try:
        return load_draws(SHIPPED)
    except DrawsError:
        return None


def unsettled(scenario: Scenario, monthly: pd.DataFrame) -> list[str]:
    """Series of a scenario that were still moving when its reporting year began.

    The last quarter (three months) of the warm-up is set against the quarter before it, replicate by replicate. A
    series of :data:`~referral_sim.measures.table.SETTLED` has not settled if the mean changes by more than 5% of its
    level and by more than two standard errors. Rates move with the seasons too, by less than that in the presets.

    Args:
        scenario: which.
        monthly: its months: replicate, month (``YYYY-MM``), measure, group, value.
    """
    start = scenario.time.reporting_year_start.strftime("%Y-%m")
    whole = monthly[(monthly["group"] == "all") & (monthly["month"].astype(str) < start)]
    months = sorted(set(whole["month"].astype(str)))
    if len(months) < 2 * QUARTER:
        return [
            f"A warm-up of {scenario.time.warm_up_months} months is too short to tell whether it "
            "had settled when the reporting year began."
        ]
    quarter = {month: i // QUARTER for i, month in enumerate(months[-2 * QUARTER :])}
    rows = whole[whole["month"].astype(str).isin(quarter)]
    rows = rows.assign(quarter=rows["month"].astype(str).map(quarter), measure=rows["measure"].astype(str))
    wide = rows.groupby(["measure", "replicate", "quarter"], observed=True)["value"].mean().unstack("quarter")
    found: list[str] = []
    for measure in SETTLED:
        quarters = wide[wide.index.get_level_values("measure") == measure]
        if len(quarters):
            found += _moving(measure, quarters)
    return found


def _moving(measure: str, quarters: pd.DataFrame) -> Iterator[str]:
    change = quarters[1] - quarters[0]
    before, after, n = float(quarters[0].mean()), float(quarters[1].mean()), len(change)
    error = float(change.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    if abs(after - before) > MOVING * abs(before) and abs(after - before) > 2.0 * error:
        digits = digits_for(before)
        yield (
            f"{measure_label(measure)} had not settled when the reporting year began: "
            f"{number(before, digits)}, then {number(after, digits)} in the last two quarters of the warm-up."
        )
