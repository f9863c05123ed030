"""What came out and how sure it is, as sentences made from the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pandas as pd

from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Pair
from ..experiment.summaries import beyond_chance
from ..folders.read_folder import FolderKind, Results
from ..measures.key_measures import in_reading_order, key_differences
from ..measures.table import IN_SENTENCES, MEASURES
from ..measures.wording import (
    SummaryRow,
    digits_for,
    digits_of_difference,
    full_label,
    measure_label,
    number,
    series_label,
    with_unit,
)


def sentences_of_profile(profile: AuthorityResult) -> Iterator[str]:
    """A sentence for each rate and share of the whole authority that was published."""
    first, _, _ = in_reading_order(profile.rows)
    for row in first.to_dict("records"):
        if row["published"] and row["n"]:
            yield _beside(row)


def _beside(row: SummaryRow) -> str:
    digits = digits_for(row["mean"])
    text = f"{measure_label(row['measure'])}: {with_unit(number(row['mean'], digits), row['unit'])}"
    if row["n"] > 1:
        text += f" in the mean, 90% of years between {number(row['low'], digits)} and {number(row['high'], digits)}"
    figures = []
    for series, value, inside in zip(row["series"], row["published"], row["inside"], strict=True):
        where = "" if inside is None else ", inside" if inside else ", outside"
        figures.append(f"{number(value, digits)} ({series_label(series)}{where})")
    return f"{text}. Published: {' and '.join(figures)}."


def sentences_of_pair(pair: Pair) -> Iterator[str]:
    """What a scenario changes against the base in the headlines; then what it leaves as far as can be told."""
    rows = list(chain.from_iterable(rows for _, rows in key_differences(pair.summary)))
    first = [row for row in rows if row["measure"] in IN_SENTENCES and row["group"] == "all"]
    yield from (changed(row) for row in first if beyond_chance(row))
    yield from (unchanged(row) for row in first if not beyond_chance(row))
    told = sum(map(beyond_chance, rows))
    yield f"Of the {len(rows)} measures in the table below, {told} differ by more than chance."


def changed(row: SummaryRow) -> str:
    """A difference that can be told from chance."""
    fine, one = digits_of_difference(row), MEASURES[row["measure"]].singular
    falls = row["difference"] < 0.0
    verb = ("falls" if one else "fall") if falls else ("rises" if one else "rise")
    years = (1.0 - row["rises"] if falls else row["rises"]) * row["n"]
    count = f"{years:.0f}" if abs(years - round(years)) < 1e-9 else f"{years:.1f} (ties counted half)"
    size = with_unit(number(abs(row["difference"]), fine), row["unit"])
    low, high = (number(row[end], fine) for end in ("low_90", "high_90"))
    return (
        f"{full_label(row['measure'], row['group'])} {verb} by {size} (90% of paired years between {low} and {high}); "
        f"{'it' if one else 'they'} {verb} in {count} of {row['n']} years."
    )


def unchanged(row: SummaryRow) -> str:
    """A difference that cannot be told from chance."""
    name, fine = full_label(row["measure"], row["group"]), digits_of_difference(row)
    if row["difference"] == 0.0 and row["standard_error"] == 0.0:
        return f"{name}: no change in any year."
    low, high = (number(row[end], fine, True) for end in ("low_90", "high_90"))
    mean = with_unit(number(row["difference"], fine, True), row["unit"])
    return f"{name}: no change can be told from chance (mean {mean}; 90% of paired years between {low} and {high})."


def how_sure(results: Results) -> Iterator[str]:
    """What the intervals hold and what they do not."""
    if results.kind is FolderKind.CALIBRATION:
        yield from _of_calibration(results)
        return
    pairs = [pair for comparison in results.comparisons for pair in comparison.pairs]
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
            "A change is told from chance where the 95% interval of the mean (Student's t) does not hold 0; of twenty "
            "measures that do not change, about one is told so all the same."
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
    """What a folder holds, in a few words."""
    names = [s.title or s.name for s in results.scenarios]
    if results.kind is FolderKind.COMPARISON:
        return f"{names[0]}: what changes under {_listed([s.title or s.name for s in results.scenarios[1:]])}"
    if results.kind is FolderKind.CALIBRATION:
        return "A calibration"
    return f"{'A sweep' if results.kind is FolderKind.SWEEP else 'Simulated years'}: {_listed(names)}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def question_of(results: Results) -> str:
    """The question that a folder's runs answer, in a sentence."""
    many = f"{_years(str(results.replicates))} each, seed {results.seed}"
    if results.kind is FolderKind.COMPARISON:
        return f"Whether anything changes against {results.scenarios[0].name} ({many})."
    if results.kind is FolderKind.SWEEP:
        return f"What comes out at the points of a plan ({many})."
    if results.kind is FolderKind.CALIBRATION:
        return "Which values of the parameters go with the published figures."
    return f"What a year brings in each of these authorities ({many})."
