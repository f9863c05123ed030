"""Which figures the results of a folder allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from ..comparison.flows import flows as flow_table
from ..comparison.profile import Profile
from ..results.labels import measure_label
from ..results.reading import Results
from ..sweep.stores import TAKEN
from .calibrations import contraction, coverage, posteriors, predictions, ridges, sensitivity, waves
from .comparisons import differences, response
from .flow import flows
from .runs import funnel, loop, monthly, profile, sources
from .style import titled

FEW = 12
"""Values of a lever up to which a response is drawn over it."""
METHODS = {"parameters": "emulators", "neural": "neural network"}


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
    for number, comparison in enumerate(results.comparisons):
        for place, pair in enumerate(comparison.pairs):
            if pair.replicates:
                ax = titled(differences(pair.summary), f"{pair.scenario.name} against {comparison.base.name}")
                caption = (
                    "Scenario less base, year by year on the same families with the same chances. Right of the dashed "
                    "line it rises, left it falls; the intervals are of single years, not of the mean."
                )
                yield Drawn(f"differences-{number + 1}-{place + 1}", caption, ax)
    if results.profiles:
        yield from _of_profiles(results)
    if results.monthly is not None and len(results.monthly):
        yield from _of_months(results.monthly)
    if "outcomes" in results.tables:
        yield from _of_sweep(results)
    if "parameters" in results.tables:
        yield from _of_calibration(results)


def _of_profiles(results: Results) -> Iterator[Drawn]:
    profiles = [p for p in results.profiles if p.replicates]
    if not profiles:
        return
    table = pd.concat([p.rows.assign(scenario=p.scenario) for p in profiles], ignore_index=True)
    caption = "Bands hold 90% of simulated years; where the report prints two figures for one rate, both are shown."
    for measure in ("referrals", "registrations"):
        yield Drawn(f"profile-{measure}", caption, profile(table, measure=measure))
    caption = "Means over the replicates. Each step to the left is a case that goes no further."
    yield Drawn("funnel", caption, funnel(table))
    for number, one in enumerate(profiles):
        yield from _of_profile(number + 1, one, results)


def _of_profile(number: int, one: Profile, results: Results) -> Iterator[Drawn]:
    children = {s.name: s.population.children for s in results.scenarios}[one.scenario]
    table = flow_table(one.rows, children)
    if len(table):
        caption = (
            "Widths are cases a year, means over the replicates; blue (orange for programmes) is counted, grey is what "
            "is left of a place's cases."
        )
        yield Drawn(f"flows-{number}", caption, titled(flows(table), one.scenario))
    caption = "Who brought referrals: what the authority's records say, and what happened."
    yield Drawn(f"sources-{number}", caption, titled(sources(one.rows), one.scenario))


def _of_months(table: pd.DataFrame) -> Iterator[Drawn]:
    caption = "The middle and 90% of the replicates in each month; the warm-up comes before the reporting year."
    for measure in ("referrals", "registrations"):
        yield Drawn(f"monthly-{measure}", caption, monthly(table, measure=measure))
    for number, (name, part) in enumerate(table.groupby("scenario", sort=False, observed=True)):
        caption = "Work that waits raises the threshold that teams apply; what is refused costs trust."
        yield Drawn(f"loop-{number + 1}", caption, titled(loop(part), str(name)))


def _of_sweep(results: Results) -> Iterator[Drawn]:
    runs, outcomes = results.tables["runs"], results.tables["outcomes"]
    keys = [c for c in runs.columns if c not in TAKEN and pd.api.types.is_numeric_dtype(runs[c])]
    whole = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    whole = whole.assign(case=_cases(whole))
    few = [key for key in keys if 1 < whole[key].nunique() <= FEW][:2]
    for measure, part in whole.groupby("measure", sort=False):
        what = f"{measure_label(str(measure))}, {part['unit'].iloc[0]}"
        for lever in few:
            ax = response(part, levers=(lever,), outcome=what, hue="case" if part["case"].nunique() > 1 else None)
            caption = "Mean and 90% of the runs at each value, whatever the other levers."
            yield Drawn(f"response-{measure}-{lever}", caption, titled(ax, measure_label(str(measure))))
        if len(few) == 2:
            ax = response(part, levers=(few[0], few[1]), outcome=what)
            yield Drawn(f"response-{measure}", "Means of the runs.", titled(ax, measure_label(str(measure))))


def _cases(table: pd.DataFrame) -> pd.Series:
    """Scenario of each run, with its policies where it has any."""
    laid = table["policies"].where(table["policies"] == "none", table["scenario"] + "+" + table["policies"])
    return laid.where(table["policies"] != "none", table["scenario"])


def _of_calibration(results: Results) -> Iterator[Drawn]:
    tables = results.tables
    methods = {METHODS[name]: tables[name] for name in METHODS if name in tables}
    caption = (
        "Grey: the prior's 90% interval, from its lower to its upper end; lines: what the published figures leave."
    )
    yield Drawn("posteriors", caption, posteriors(methods))
    several = (
        ("parameters", contraction, "One less the variance of the posterior over that of the prior."),
        ("predictions", predictions, "Held-out figures were not fitted to."),
        ("coverage", coverage, "On simulated figures whose parameters are known."),
        ("ridges", ridges, "Draws in which one is high have the other high (right) or low (left)."),
        ("waves", waves, "History matching: what is left is not ruled out by any figure that was fitted to."),
        ("screening", sensitivity, "Mean absolute effect over the prior's range, on runs with a common seed."),
    )
    for name, function, caption in several:
        if name in tables and len(tables[name]):
            yield Drawn(name, caption, function(tables[name]))
