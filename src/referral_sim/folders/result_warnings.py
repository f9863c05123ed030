"""What a reader of results must be warned of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..evidence import contradictions
from ..experiment.comparison import REPLICATES
from ..experiment.draws import SHIPPED, Draws, DrawsError, load_draws
from ..measures.drift import RUN_IN_MONTHS
from ..scenario import Scenario
from ..scenario.keys import get_value, parse_key
from .read_folder import FolderKind, Results

MOST = 5
"""Failed runs that are named one by one."""


def warnings_of(results: Results) -> tuple[str, ...]:
    """What must be known before anything is concluded from results, one sentence each.

    Failed runs; fewer than 20 replicates; for a comparison what it warned of itself; values outside the range of the
    calibration that comes with the package; series that move though nothing in a scenario changes; published
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
        if scenario.time.warm_up_months < RUN_IN_MONTHS:
            found.append(
                f"{scenario.name}: a run-in of {scenario.time.warm_up_months} months is too short to tell whether it "
                "was at rest when the reported time began."
            )
    found += [f"{one.not_at_rest}." for one in results.profiles if one.not_at_rest]
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
