"""Which figures the results of a folder allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..experiment.flows import flows as flow_table
from ..experiment.responses import responses
from ..folders.read_folder import Results
from . import calibration_figures as calibrated
from . import run_figures as runs
from .flow_figure import flows
from .style import add_heading
from .year_figures import effects_by_year

MOST_FACETS = 6
"""Scenarios that share a figure; more of them get another one."""


@dataclass(frozen=True)
class CaptionedFigure:
    """One figure.

    Attributes:
        name: stem for a file; made of numbers and measures, never of what a user named.
        caption: what a reader must know, one or two sentences.
        drawn: the Axes, or a grid of seaborn.
    """

    name: str
    caption: str
    drawn: Any


def figures_of(results: Results) -> Iterator[CaptionedFigure]:
    """Every figure that the results allow, in the order to read them."""
    titles = _titles(results)
    for number, comparison in enumerate(results.comparisons):
        for place, pair in enumerate(comparison.pairs):
            if pair.replicates:
                heading = f"{titles[pair.scenario.name]}, against {titles[comparison.base.name]}"
                last = f", {pair.years[-1]}" if len(pair.years) > 1 else ""
                drawn = add_heading(runs.differences(pair.of_year().summary), heading + last)
                caption = (
                    "Scenario less base, year by year on the same families with the same chances. Right of the dashed "
                    "line it rises, left it falls. Points: means; thick and thin: 50% and 90% of single years."
                )
                yield CaptionedFigure(f"differences-{number + 1}-{place + 1}", caption, drawn)
                if last:
                    caption = (
                        "Scenario less base in each reporting year: means, and 90% of single years. Above the dashed "
                        "line it rises."
                    )
                    drawn = add_heading(effects_by_year(pair.summary), heading)
                    yield CaptionedFigure(f"effects-by-year-{number + 1}-{place + 1}", caption, drawn)
    if any(p.replicates for p in results.profiles):
        yield from _of_profiles(results, titles)
    if results.monthly is not None and len(results.monthly):
        dates = {titles[s.name]: [one.on for one in s.dated] for s in results.scenarios}
        monthly = results.monthly
        yield from _of_months(monthly.assign(scenario=monthly["scenario"].astype(str).map(titles)), dates)
    if "outcomes" in results.tables:
        yield from _of_sweep(results, titles)
    if "parameters" in results.tables:
        yield from _of_calibration(results)


def _titles(results: Results) -> dict[str, str]:
    """Name -> title of each scenario; the name where it has no title, or shares it."""
    named = [s.title for s in results.scenarios]
    return {s.name: s.title if s.title and named.count(s.title) == 1 else s.name for s in results.scenarios}


def _of_profiles(results: Results, titles: Mapping[str, str]) -> Iterator[CaptionedFigure]:
    profiles = [p.beside_published() for p in results.profiles if p.replicates]
    table = pd.concat([p.rows.assign(scenario=titles[p.scenario]) for p in profiles], ignore_index=True)
    caption = "Bands hold 90% of simulated years; where the report prints two figures for one rate, both are shown."
    yield CaptionedFigure("profile", caption, runs.profile(table))
    caption = "Means over the replicates. Each step to the left is a case that goes no further."
    yield CaptionedFigure("funnel", caption, runs.funnel(table))
    caption = "Who brought referrals: what the authority's records say, and what happened."
    for name, part in _shared("sources", table):
        yield CaptionedFigure(name, caption, runs.sources(part))
    caption = (
        "Widths are cases a year, means over the replicates; blue (orange for programmes) is counted, grey is what "
        "is left of a place's cases."
    )
    children = {s.name: s.population.children for s in results.scenarios}
    for number, one in enumerate(profiles):
        found = flow_table(one.rows, children[one.scenario])
        if len(found):
            yield CaptionedFigure(f"flows-{number + 1}", caption, add_heading(flows(found), titles[one.scenario]))


def _of_months(table: pd.DataFrame, dates: Mapping[str, Sequence[dt.date]]) -> Iterator[CaptionedFigure]:
    caption = (
        "The middle and 90% of the replicates in each month; shaded: the warm-up, before the first reporting year."
    )
    if any(dates.values()):
        caption += " Dotted lines: a policy begins, moves on or ends."
    for measure in ("referrals", "registrations"):
        for name, part in _shared(f"monthly-{measure}", table):
            yield CaptionedFigure(name, caption, runs.monthly(part, measure, dates))
    caption = "Work that waits raises the threshold that teams apply; what is refused costs trust."
    for name, part in _shared("workload-and-trust", table):
        yield CaptionedFigure(name, caption, runs.workload_and_trust(part, dates))


def _shared(name: str, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and table of each figure that scenarios share."""
    scenarios = list(dict.fromkeys(table["scenario"]))
    for number, first in enumerate(range(0, len(scenarios), MOST_FACETS)):
        part = table[table["scenario"].isin(scenarios[first : first + MOST_FACETS])]
        yield (f"{name}-{number + 1}" if len(scenarios) > MOST_FACETS else name), part


def _of_sweep(results: Results, titles: Mapping[str, str]) -> Iterator[CaptionedFigure]:
    tables = results.tables["runs"], results.tables["outcomes"]
    for one in (*responses(*tables), *responses(*tables, crossed=False)):
        levers, year = one.levers, [one.year] if one.year else []
        if len(levers) == 2:
            caption = "Means of the runs at each pair of values."
        elif one.crossed:
            caption = "Mean and 90% of the runs at each value; at each, the other levers have the same values."
        else:
            caption = (
                "A point a run. The points of the plan differ in other values too, so no line is drawn through them."
            )
        name = "-".join(["response", one.measure, *year, *(levers if len(levers) == 1 else ())])
        yield CaptionedFigure(name, caption, runs.response_of(one, titles))


def _of_calibration(results: Results) -> Iterator[CaptionedFigure]:
    tables = results.tables
    caption = (
        "Grey: the prior's 90% interval, from its lower to its upper end; lines: what the published figures leave."
    )
    yield CaptionedFigure("posteriors", caption, calibrated.posteriors({"posterior": tables["parameters"]}))
    if "draws" in tables:
        caption = "Grey: the prior; line: the posterior, the draws that runs are made under."
        yield CaptionedFigure("densities", caption, calibrated.densities(tables["draws"], tables.get("prior")))
        tied = list(dict.fromkeys(tables["ridges"][["one", "other"]].to_numpy().ravel())) if "ridges" in tables else []
        if tied:
            caption = "The parameters that are tied most closely; contours of the draws."
            yield CaptionedFigure("pairs", caption, calibrated.pairs(tables["draws"], tied[:4]))
    several = (
        ("parameters", calibrated.contraction, "One less the variance of the posterior over that of the prior."),
        ("predictions", calibrated.predictions, "Held-out figures were not fitted to."),
        ("coverage", calibrated.coverage, "On simulated figures whose parameters are known."),
        ("ridges", calibrated.ridges, "Draws in which one is high have the other high (right) or low (left)."),
        (
            "sensitivity",
            calibrated.sensitivity,
            "Mean absolute effect over the prior's range, by the emulators of the first wave.",
        ),
    )
    for name, function, caption in several:
        if name in tables and len(tables[name]):
            yield CaptionedFigure(name, caption, function(tables[name]))
