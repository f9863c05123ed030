"""What ``run``, ``compare`` and ``sweep`` say first: one short table, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd

from ..experiment.authority_results import PUBLISHED_YEAR, AuthorityResult
from ..experiment.comparison import Comparison, Pair
from ..experiment.executors import DONE
from ..experiment.family_paths import PLACES
from ..experiment.responses import FEW
from ..experiment.summaries import in_year
from ..experiment.variants import BASE
from ..measures.key_measures import key_differences
from ..measures.table import FAMILY_RATE, IN_SENTENCES, RATE
from ..measures.what_matters import Verdict
from ..measures.wording import SummaryRow, digits_for, families_in_words, measure_label, number
from .grids import UNDER_HEADING, Grid, GridCell, GridRow, figure, pair_title, span, words

ASKED_FIRST = ("referrals", "registrations")
"""Measures that stand beside their published figures in the answer of ``run``."""
COUNTED_AS = {RATE: "children a year", FAMILY_RATE: "families a year"}
"""Unit of a rate per 10,000 children under 18 -> its unit as a count of one authority."""
A_YEAR = " a year"
"""What the heading of a table says of all its units that end so."""
UNDER_DRAWS = "under draws of the parameters (what is not known of them) and chance"
CHANCE_ALONE = "under chance alone: what is not known of the parameters comes on top"


def profiles_answer(profiles: Sequence[AuthorityResult], year: str | None = None) -> Grid:
    """Referrals and registrations of each scenario beside what was published, in one table.

    Args:
        profiles: one or more, each with a run or more.
        year: the reporting year to show; if not given that of the published figures, or the last.
    """
    chosen = [one.beside_published() if year is None else one.of_year(year) for one in profiles]
    rows = tuple(row for one in chosen for row in _first_rates(one))
    years = list(dict.fromkeys(name for one in chosen for name in one.years))
    caption = f"Per 10,000 children under 18, {' and '.join(years)}"
    columns = ("Authority", "A year", "Simulated", "90% interval", "Published", "Inside?")
    return Grid(caption, columns, rows, tuple(_notes_on_profiles(chosen, years)))


def _first_rates(profile: AuthorityResult) -> Iterator[GridRow]:
    found = {(row["measure"], row["group"]): row for row in profile.rows.to_dict("records")}
    name = profile.title or profile.scenario
    for row in (found[measure, "all"] for measure in ASKED_FIRST if (measure, "all") in found):
        digits = digits_for(row["mean"] if row["n"] else max(row["published"], default=0.0))
        published = ", ".join(number(value, digits) for value in row["published"]) or "-"
        between = span(row["low"], row["high"], digits) if row["n"] > 1 else GridCell("-")
        label = measure_label(row["measure"])
        yield (*words(name, label), figure(row["mean"], digits), between, *words(published, _where(row["inside"])))
        name = ""


def _where(inside: Sequence[bool | None]) -> str:
    """Whether published figures lie inside the interval, in a word."""
    known = [one for one in inside if one is not None]
    if not known:
        return "-"
    if len(set(known)) == 1:
        return "inside" if known[0] else "outside"
    return f"{sum(known)} of {len(known)}"


def _notes_on_profiles(profiles: Sequence[AuthorityResult], years: Sequence[str]) -> Iterator[str]:
    judged = [ok for one in profiles for of_row in one.rows["inside"] for ok in of_row if ok is not None]
    if judged:
        of_whom = "of these authorities" if len(profiles) > 1 else "of this authority"
        yield f"Of all {len(judged)} published figures {of_whom}, {sum(judged)} lie inside the 90% interval."
    elif PUBLISHED_YEAR not in years:
        yield f"Figures were published for {PUBLISHED_YEAR} alone, and stand beside no other year."
    runs = sorted({one.replicates for one in profiles})
    if runs[-1] <= 1:
        yield f"One simulated year, seed {profiles[0].seed}: it has no interval; --replicates 20 gives one."
        return
    drawn = any("parameter_share" in one.rows for one in profiles)
    count = f"{runs[0]}" if runs[0] == runs[-1] else f"{runs[0]} to {runs[-1]}"
    yield (
        f"90% interval: nine in ten of {count} simulated years (seed {profiles[0].seed}), "
        f"{UNDER_DRAWS if drawn else CHANCE_ALONE}."
    )


# -- one scenario against another -------------------------------------------------------------------------------------


def comparison_answer(comparison: Comparison, pair: Pair, year: str | None = None, more: Sequence[str] = ()) -> Grid:
    """What one scenario changes against the base in a year, sorted by verdict; for whom, and how sure.

    Rates per 10,000 children under 18 become children or families of the authority, where both scenarios have the same
    number of children. What is too small to matter is named in a note.

    Args:
        comparison: which it belongs to.
        pair: what to show, of all reporting years.
        year: the reporting year to show; the last if not given.
        more: measures to show besides the headline measures.
    """
    mine = pair.of_year(year)
    shown = mine.years[0] if mine.years else ""
    children = _children(comparison, pair)
    wanted = tuple((measure, "all") for measure in dict.fromkeys((*IN_SENTENCES, *more)))
    found = [row for _, rows in key_differences(mine.summary, {"": wanted}) for row in rows]
    several = len(pair.years) > 1
    rows: list[GridRow] = []
    for verdict in (Verdict.MATTERS, Verdict.CANNOT_TELL):
        under = [row for row in found if row["verdict"] == verdict]
        rows += [words(verdict.value.capitalize())] if under else []
        for row in under:
            since = words(_since(pair, row, shown) or "-") if several else ()
            rows.append((*_change(row, children), *since))
    small = [measure_label(row["measure"]) for row in found if row["verdict"] == Verdict.TOO_SMALL]
    notes = [f"Too small to matter ({len(small)}): {', '.join(small)}."] if small else []
    notes += _notes_on_pair(comparison, pair)
    caption = pair_title(comparison, pair) + (f", {shown}" if several else "")
    columns = (
        "What changes in a year",
        "Now",
        "Change",
        "90% interval",
        "Matters from",
        *(("Since",) if several else ()),
    )
    return Grid(caption, columns, tuple(rows), tuple(notes))


def _children(comparison: Comparison, pair: Pair) -> int | None:
    """Children under 18 of the authority; None where the two scenarios have other numbers of them."""
    base, other = (one.population.children for one in (comparison.base, pair.scenario))
    return base if base == other else None


def in_authority(row: SummaryRow, children: int | None) -> tuple[float, str]:
    """What a measure's numbers are multiplied with to be those of an authority a year, and their unit then.

    Args:
        row: with unit; a rate per 10,000 children under 18 becomes a count, all else stays as it is.
        children: children under 18 of the authority; if None, rates stay too.
    """
    counted = COUNTED_AS.get(row["unit"])
    return (1.0, row["unit"]) if counted is None or children is None else (children / 10_000.0, counted)


def _change(row: SummaryRow, children: int | None) -> GridRow:
    factor, unit = in_authority(row, children)
    base, difference, low, high, smallest = (
        factor * row[name] for name in ("base", "difference", "low_90", "high_90", "smallest")
    )
    digits = digits_for(max(abs(difference), abs(low), abs(high)) if math.isfinite(low) else difference)
    label = GridCell(f"{measure_label(row['measure'])} ({unit.removesuffix(A_YEAR)})", indent=UNDER_HEADING)
    interval = span(low, high, digits, True) if math.isfinite(low) else GridCell("-")
    return (label, figure(base), figure(difference, digits, True), interval, figure(smallest))


def _since(pair: Pair, row: SummaryRow, shown: str) -> str:
    """The first of the years up to the one shown in all of which a difference matters; empty if it does not in that."""
    mine = pair.summary[(pair.summary["measure"] == row["measure"]) & (pair.summary["group"] == row["group"])]
    verdicts = dict(zip(mine["year"].astype(str), mine["verdict"], strict=True))
    first = ""
    for year in reversed(pair.years[: pair.years.index(shown) + 1]):
        if verdicts.get(year) != Verdict.MATTERS:
            break
        first = year
    return first


def _notes_on_pair(comparison: Comparison, pair: Pair) -> Iterator[str]:
    if pair.same_world and len(pair.families):
        changed = {
            row["place"]: families_in_words(row) if row["families"] else "none"
            for row in pair.families.to_dict("records")
            if (row["milestone"], row["change"]) == ("path", "changed")
        }
        everywhere, inside, elsewhere = (changed[place] for place in PLACES)
        over = "" if len(pair.years) == 1 else f" over the {len(pair.years)} reporting years"
        yield (
            f"For whom: {everywhere} families go another way{over}: {inside} in the programmes' areas, {elsewhere} "
            "elsewhere."
        )
    else:
        yield "For whom: cannot be said, for the two scenarios do not have the same families."
    drawn = "parameter_share" in pair.summary
    yield (
        f"How sure: 90% interval: nine in ten of {pair.replicates} pairs of simulated years (seed {comparison.seed}), "
        f"{UNDER_DRAWS if drawn else CHANCE_ALONE}."
    )
    yield (
        "Matters: the whole interval lies at or beyond 'Matters from', the smallest difference that matters; "
        "--matters MEASURE=SIZE changes it."
    )


# -- a sweep ----------------------------------------------------------------------------------------------------------


def points_answer(runs: pd.DataFrame, outcomes: pd.DataFrame, levers: Sequence[str]) -> Grid | None:
    """Means of the headline measures for each case and setting of the levers; None where there are more than 12.

    Uncertainties are averaged over, as the plan draws them.

    Args:
        runs: one row a run, as a sweep keeps them.
        outcomes: run, year, measure, group, value, unit.
        levers: columns of ``runs``.
    """
    done = runs[runs["status"] == DONE]
    by = ["scenario", "policies", *levers]
    whole = outcomes[outcomes["group"] == "all"].merge(done[["run", *by]], on="run")
    whole = in_year(whole.sort_values("year", kind="stable"))
    there = list(dict.fromkeys(whole["measure"]))
    measures = [one for one in ASKED_FIRST if one in there] or there[: len(ASKED_FIRST)]
    settings = done.groupby(by, sort=False, observed=True)["run"].count().reset_index()
    if not measures or not 0 < len(settings) <= FEW:
        return None
    means = whole.groupby([*by, "measure"], observed=True)["value"].mean()
    rows: list[GridRow] = []
    for *setting, count in settings.itertuples(index=False, name=None):
        scenario, policies, *values = setting
        case = scenario if policies == BASE else f"{scenario} under {policies}"
        mine = (figure(float(means.get((*setting, measure), math.nan))) for measure in measures)
        rows.append((*words(case, *(f"{v:g}" if isinstance(v, float) else v for v in values)), *mine, *words(count)))
    units = ", ".join(dict.fromkeys(whole[whole["measure"].isin(measures)]["unit"]))
    short = [lever.rpartition(".")[2] for lever in levers]
    names = short if len(set(short)) == len(short) else levers
    columns = ("Case", *names, *map(measure_label, measures), "Runs")
    return Grid(f"Means of the runs of each setting ({units}; {whole['year'].iloc[0]})", columns, tuple(rows))
