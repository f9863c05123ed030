"""Which figures the results of a folder allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from ..experiment.authority_results import AuthorityResult
from ..experiment.flows import flows as flow_table
from ..measures.wording import measure_label
from ..results.reading import Results
from ..results.responses import responses
from .calibrations import contraction, coverage, posteriors, predictions, ridges, sensitivity, waves
from .comparisons import differences, response
from .flow import flows
from .runs import funnel, loop, monthly, profile, sources
from .style import titled

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
                    "line it rises, left it falls. Points: means; thick and thin: 50% and 90% of single years."
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


def _of_profile(number: int, one: AuthorityResult, results: Results) -> Iterator[Drawn]:
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
    for one in responses(results.tables["runs"], results.tables["outcomes"]):
        label, several = measure_label(one.measure), one.runs["case"].nunique() > 1
        hue = "case" if several and len(one.levers) == 1 else None
        ax = response(one.runs, levers=one.levers, outcome=f"{label}, {one.unit}", hue=hue)
        caption = "Mean and 90% of the runs at each value, whatever the other levers."
        if len(one.levers) == 2:
            caption = "Means of the runs at each pair of values" + (", all cases together." if several else ".")
        name = "-".join(["response", one.measure, *(one.levers if len(one.levers) == 1 else ())])
        yield Drawn(name, caption, titled(ax, label))


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
