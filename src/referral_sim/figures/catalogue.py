"""Which figures the results of a folder allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from ..comparison.profile import Profile
from ..results.reading import Results
from ..sweep.stores import TAKEN
from .calibrations import contraction, coverage, predictions
from .comparisons import differences, response
from .runs import funnel, loop, monthly, profile, sources
from .style import titled

FEW = 12
"""Values of a lever up to which a response is drawn over it."""


@dataclass(frozen=True)
class Drawn:
    """One figure.

    Attributes:
        name: stem for a file; made of numbers and measures, never of what a user named.
        caption: what a reader must know, one or two sentences.
        ax: the axes.
    """

    name: str
    caption: str
    ax: Axes


def figures_of(results: Results) -> Iterator[Drawn]:
    """Every figure that the results allow, in the order to read them."""
    if results.profiles:
        yield from _of_profiles(results.profiles)
    if results.monthly is not None:
        yield from _of_months(results.monthly)
    for number, comparison in enumerate(results.comparisons):
        for place, pair in enumerate(comparison.pairs):
            ax = titled(differences(pair.summary), f"{pair.scenario.name} against {comparison.base.name}")
            yield Drawn(f"differences-{number + 1}-{place + 1}", "Paired differences of single years.", ax)
    if "outcomes" in results.tables:
        yield from _of_sweep(results)
    draw = {"parameters": contraction, "predictions": predictions, "coverage": coverage}
    for name, function in draw.items():
        if name in results.tables:
            yield Drawn(name, "", function(results.tables[name]))


def _of_profiles(profiles: tuple[Profile, ...]) -> Iterator[Drawn]:
    table = pd.concat([p.rows.assign(scenario=p.scenario) for p in profiles], ignore_index=True)
    for measure in ("referrals", "registrations"):
        yield Drawn(
            f"profile-{measure}", "Simulated years beside the published rates.", profile(table, measure=measure)
        )
    yield Drawn("funnel", "Means over the replicates.", funnel(table))
    for number, one in enumerate(profiles):
        ax = titled(sources(one.rows), one.scenario)
        yield Drawn(f"sources-{number + 1}", "Who brought referrals, as recorded and in truth.", ax)


def _of_months(table: pd.DataFrame) -> Iterator[Drawn]:
    yield Drawn("monthly-referrals", "Middle and 90% of the replicates.", monthly(table))
    for number, (name, part) in enumerate(table.groupby("scenario", sort=False, observed=True)):
        ax = titled(loop(part), str(name))
        yield Drawn(f"loop-{number + 1}", "Means over the replicates.", ax)


def _of_sweep(results: Results) -> Iterator[Drawn]:
    runs, outcomes = results.tables["runs"], results.tables["outcomes"]
    keys = [c for c in runs.columns if c not in TAKEN and pd.api.types.is_numeric_dtype(runs[c])]
    levers = [key for key in keys if runs[key].nunique() > 1][:2]
    whole = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    few = [lever for lever in levers if whole[lever].nunique() <= FEW]
    for measure, part in whole.groupby("measure", sort=False):
        for lever in few:
            ax = titled(response(part, levers=(lever,)), str(measure))
            yield Drawn(f"response-{measure}-{lever}", "Runs of all cases together.", ax)
        if len(few) == 2:
            ax = titled(response(part, levers=(few[0], few[1])), str(measure))
            yield Drawn(f"response-{measure}", "Means of all cases together.", ax)
