"""What a sweep's tables say, as the profiles and comparisons that ``run`` and ``compare`` give of the same runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

from ..experiment.authority_results import AuthorityResult, authority_result
from ..experiment.comparison import Comparison, pair_of, same_world
from ..experiment.executors import DONE
from ..scenario import Scenario

Cases: TypeAlias = Mapping[tuple[str, str], Scenario]
"""(scenario without policies, policies) -> the scenario under them, in the plan's order."""
Measures: TypeAlias = Mapping[tuple[str, str], pd.DataFrame]
"""The same keys -> replicate (numbered through the points), measure, unit, group, value of the runs that are done."""


def profiles_of_sweep(
    cases: Cases, measures: Measures, plan: Mapping[str, Any], drawn: bool
) -> tuple[AuthorityResult, ...]:
    """One profile a case; none where runs were made at several points."""
    if plan["variables"]:
        return ()
    return tuple(authority_result(one, plan["seed"], measures[key], drawn) for key, one in cases.items())


def comparisons_of_sweep(
    cases: Cases, measures: Measures, plan: Mapping[str, Any], drawn: bool
) -> tuple[Comparison, ...]:
    """Cases against each other, run by run at each point.

    Under several alternatives of policies, each scenario's alternatives against its first; else the scenarios against
    the first. Replicates are numbered through the points, so that a pair is one point and replicate.
    """
    scenarios = list(dict.fromkeys(scenario for scenario, _ in cases))
    several = len({policies for _, policies in cases}) > 1
    families = [[key for key in cases if key[0] == name] for name in scenarios] if several else [list(cases)]
    found = []
    for first, *others in families:
        base, frame = cases[first], measures[first]
        pairs = tuple(
            pair_of(base, cases[key], (frame, measures[key]), same_world(base, cases[key], plan["seed"]), drawn)
            for key in others
        )
        if pairs:
            found.append(Comparison(base, pairs, plan["seed"], plan["replicates"], ()))
    return tuple(found)


def failures_of_sweep(runs: pd.DataFrame) -> tuple[str, ...]:
    """One line a run that is not done."""
    rows = runs[runs["status"] != DONE].to_dict("records")
    return tuple(
        f"scenario {row['scenario']}, policies {row['policies']}, point {row['point']}, seed {row['seed']}, "
        f"replicate {row['replicate']}: {row['status']}: {row['reason']}"
        for row in rows
    )


def measures_of_sweep(cases: Cases, tables: Mapping[str, pd.DataFrame]) -> Measures:
    """Measures of each case's runs, taken from the tables ``runs`` and ``outcomes`` once."""
    return {case: _measures(tables, case) for case in cases}


def _measures(tables: Mapping[str, pd.DataFrame], case: tuple[str, str]) -> pd.DataFrame:
    """Measures of a case's runs: replicate (numbered through the points), measure, unit, group, value."""
    runs = tables["runs"]
    mine = runs[(runs["scenario"] == case[0]) & (runs["policies"] == case[1]) & (runs["status"] == DONE)]
    most = int(runs["replicate"].max()) + 1 if len(runs) else 1
    number = (mine["point"] * most + mine["replicate"]).rename("replicate")
    found = tables["outcomes"].merge(pd.DataFrame({"run": mine["run"], "replicate": number}), on="run")
    found = found.sort_values("replicate", kind="stable", ignore_index=True)
    return found[["replicate", "measure", "unit", "group", "value"]]
