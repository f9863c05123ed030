"""What came out and how sure it is, as sentences made from the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ..experiment.authority_results import PUBLISHED_YEAR
from ..experiment.comparison import Comparison, Pair
from ..folders.read_folder import FolderKind, Results
from ..measures.wording import (
    SummaryRow,
)
from ..scenario import Scenario


def how_sure(results: Results) -> Iterator[str]:
    """What the intervals hold and what they do not."""
    if results.kind is FolderKind.CALIBRATION:
        yield from _of_calibration(results)
        return
    pairs = _pairs(results)
    ended = sorted({p.replicates for p in results.profiles} | {p.replicates for p in pairs})
    runs = "" if not ended else f"{ended[0]}" if ended[0] == ended[-1] else f"{ended[0]} to {ended[-1]}"
    if over_points(results):
        yield (
            f"The figures rest on {runs or 'the'} runs of each case over all points of the plan, seed {results.seed}. "
            "Intervals hold what the levers do as well as chance, and depend on the values that the plan gives them."
        )
    elif runs:
        yield (
            f"The figures rest on {_years(runs)} of each scenario, seed {results.seed}. Intervals are the "
            "spread of single years (5th to 95th percentile), as an authority would live through them; they are not "
            "the error of the mean and do not shrink with more replicates."
        )
    if results.draws:
        yield (
            f"Replicates run under draws of a calibration ({results.draws}): intervals hold both chance and what is "
            "not known of the parameters."
        )
    elif not over_points(results):
        yield (
            "All runs have the same parameters: intervals hold chance alone. What is not known of the parameters comes "
            "on top."
        )
    if pairs and all(pair.same_world for pair in pairs):
        yield "Scenarios are compared on the same families with the same chances, year by year."
    if pairs:
        yield (
            "A difference matters where its whole 90% interval lies at or beyond the smallest difference that matters, "
            "and is too small to matter where all of it lies within; else the runs cannot tell. What the smallest is, "
            "is a convention: it may be set for each measure."
        )
        yield "A difference is what the model's rules make of the assumptions. It is no evidence that they are right."


def _years(number: str) -> str:
    return f"{number} simulated year{'' if number == '1' else 's'}"


def over_points(results: Results) -> bool:
    """Whether a sweep's runs have several values of its levers."""
    return results.kind is FolderKind.SWEEP and not results.profiles


def _of_calibration(results: Results) -> Iterator[str]:
    table = results.tables.get("predictions")
    if table is not None:
        for role, word in (("fit", "fitted to"), ("held-out", "held out")):
            mine = table[table["role"] == role]
            inside = int(((mine["low"] <= mine["published"]) & (mine["published"] <= mine["high"])).sum())
            yield f"Of {len(mine)} published figures {word}, {inside} lie in the 90% interval of their prediction."
    curve = results.tables.get("coverage")
    if curve is not None:
        row = _nearest(curve, 0.9)
        yield (
            f"On simulated figures, intervals of {row['level']:.0%} hold the true value in {row['coverage']:.0%} of "
            "cases."
        )


def _nearest(table: pd.DataFrame, level: float) -> SummaryRow:
    return dict(table.iloc[int((table["level"] - level).abs().argmin())])


def title_of(results: Results) -> str:
    """The question that a folder's runs answer, in words, as a heading."""
    if results.comparisons and not over_points(results):
        return " ".join(map(_what_would_change, results.comparisons))
    if results.kind is FolderKind.CALIBRATION:
        return "Which values of the parameters go with the published figures?"
    names = listed([s.title or s.name for s in results.scenarios])
    if over_points(results):
        return f"What comes out over a range of values in {names}?"
    return f"What does a year bring in {names}?"


def _what_would_change(comparison: Comparison) -> str:
    base = comparison.base.title or comparison.base.name
    others = [alternative_title(comparison, pair) for pair in comparison.pairs]
    return f"{base}: what would change with {listed(others, 'or')}?"


def alternative_title(comparison: Comparison, pair: Pair) -> str:
    """The title of an alternative, without that of its base where it begins with it."""
    base, other = (one.title or one.name for one in (comparison.base, pair.scenario))
    return other.removeprefix(f"{base} + ")


def listed(words: Sequence[str], joined_by: str = "and") -> str:
    """Words as a list in a sentence."""
    return f" {joined_by} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def question_of(results: Results) -> Iterator[str]:
    """Of whom and of when the question is asked, a sentence each."""
    for place in dict.fromkeys((s.title or s.name, s.population.children) for s in _bases(results)):
        yield f"{place[0]} has {place[1]:,} children under 18."
    years = list(dict.fromkeys(year for one in results.profiles for year in one.years))
    if years:
        yield f"Reported: {listed(years)}."
    if years and PUBLISHED_YEAR not in years and any(s.authority for s in results.scenarios):
        yield f"Figures were published for {PUBLISHED_YEAR} alone; none stand beside these years."


def _bases(results: Results) -> Sequence[Scenario]:
    return [c.base for c in results.comparisons] or results.scenarios


def _pairs(results: Results) -> list[Pair]:
    return [pair for comparison in results.comparisons for pair in comparison.pairs]


def how_complete(results: Results) -> str:
    """How many of the simulated years that were asked for there are; empty where all are."""
    done = [p.replicates for p in results.profiles] + [p.replicates for p in _pairs(results)]
    if over_points(results) or not done or results.replicates is None or min(done) >= results.replicates:
        return ""
    return f"Partial results: {min(done)} of {results.replicates} simulated years are there."
