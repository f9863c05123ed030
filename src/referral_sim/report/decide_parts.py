"""What a comparison says to somebody who must decide, in short: four questions for the page and the dashboard."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..answers.costs import EVERYBODY
from ..answers.exploration import NO_POLICY
from ..answers.study_power import MOST
from ..answers.value_of_information import ALL
from ..experiment.draws import DrawsError
from ..figures import answer_figures
from ..figures.style import key_label
from ..folders.read_folder import Results
from ..measures.wording import digits_for, full_label, measure_label, percent, significant
from .decisions import (
    SEEN,
    UNMET,
    WORSE,
    Decision,
    DecisionError,
    what_it_costs,
    what_to_find_out,
    when_it_helps,
    who_would_notice,
)
from .grids import Grid, GridCell, GridRow, figure, span, words
from .sentences import alternative_title

FIRST = 3
"""Variables, parameters and figures that are named; the commands name all."""
Titles = Mapping[str, str]
"""Name of a scenario -> what a table calls it."""


@dataclass(frozen=True)
class DecidePart:
    """One question and its answer.

    Attributes:
        question: in words.
        command: makes the whole answer.
        reason: why it cannot be answered, a sentence; empty where it is.
        grids: the answer in short.
        answer: the whole of it, with titles in place of names in what its figure is given.
    """

    question: str
    command: str
    reason: str = ""
    grids: tuple[Grid, ...] = ()
    answer: Decision | None = None

    def draw(self) -> Any:
        """The figure of the answer, a grid of seaborn."""
        assert self.answer is not None
        return getattr(answer_figures, self.answer.figure)(*self.answer.drawn)


def decide_parts(results: Results, folder: str, titles: Titles | None = None) -> Iterator[DecidePart]:
    """The four questions, each with its answer or the reason why there is none.

    Args:
        results: comparisons; the first and third question need draws of parameters.
        folder: what the commands call the folder of the results.
        titles: name of a scenario -> what to call it; the titles of the alternatives if not given.
    """
    several = len(results.comparisons) > 1
    called = titles or {
        pair.scenario.name: (several and pair.scenario.title) or alternative_title(comparison, pair)
        for comparison in results.comparisons
        for pair in comparison.pairs
    }
    for question, command, ask, show in QUESTIONS:
        line = shlex.join(["referral-sim", command, folder])
        try:
            answer = ask(results)
        except (DecisionError, DrawsError) as error:
            yield DecidePart(question, line, f"Cannot be said here: {error}.")
            continue
        drawn = tuple(_titled(one, called) if isinstance(one, pd.DataFrame) else one for one in answer.drawn)
        answer = Decision(answer.tables, answer.note, answer.frames, answer.figure, drawn)
        yield DecidePart(question, line, "", tuple(show(answer, called)), answer)


def _titled(table: pd.DataFrame, titles: Titles) -> pd.DataFrame:
    """A table with titles in place of the names with which texts of its columns begin."""

    def titled(text: str) -> str:
        for name in sorted(titles, key=len, reverse=True):
            if text == name or text.startswith(f"{name}:"):
                return titles[name] + text.removeprefix(name)
        return text

    there = [name for name in ("of", "scenario", "policies") if name in table]
    return table.assign(**{name: table[name].map(titled) for name in there})


# -- when it helps, when it fails -------------------------------------------------------------------------------------


def _helps(answer: Decision, titles: Titles) -> Iterator[Grid]:
    regret = answer.frames["regret"]
    first = regret.iloc[0]
    fails = answer.frames["fails"]
    worse = fails[fails["happens"] == WORSE].set_index(["scenario", "policies"])["share"]
    label, least = measure_label(UNMET), float(first["matters_from"])
    rows = tuple(
        (
            GridCell(_title(titles, one["scenario"], one["policies"])),
            *(figure(one[name], sign=name != "most_regret") for name in ("mean", "worst", "most_regret")),
            *(_share(share) for share in (one["satisfied"], worse.get((one["scenario"], one["policies"]), math.nan))),
        )
        for one in regret.to_dict("records")
    )
    columns = ("Alternative", "Mean benefit", "Worst", "Largest regret", "Helps in", "Makes it worse in")
    yield Grid(
        "Over the draws of the parameters",
        columns,
        rows,
        (
            f"Benefit: fewer {label[:1].lower()}{label[1:]}, {first['unit']}, over {first['futures']} draws. It helps, "
            f"or makes it worse, from {significant(least)}. Regret: how much more the best choice for a draw would "
            "have given.",
        ),
    )
    yield Grid(
        "What its effect depends on, and where it fails",
        ("Alternative", "Which", "Values", "Coverage", "Density"),
        tuple(
            row
            for key in dict.fromkeys(zip(fails["scenario"], fails["policies"], strict=True))
            for row in _fate(answer, key, titles)
        ),
        (
            "In brackets: share of what the variables explain (extra trees). Boxes by PRIM. Coverage: share of such "
            "draws that lie in the box; density: share of the box's draws that are such.",
        ),
    )


def _share(share: float) -> GridCell:
    return GridCell(percent(share), share) if math.isfinite(share) else GridCell("-")


def _title(titles: Titles, scenario: str, policies: str) -> str:
    """What an alternative is called; a sweep names it by its policies alone."""
    if policies == NO_POLICY:
        return "nothing changed"
    return titles.get(policies) or titles.get(f"{scenario}+{policies}") or policies


def _fate(answer: Decision, key: tuple[str, str], titles: Titles) -> Iterator[GridRow]:
    """What the effect of an alternative depends on, and where it fails.

    Args:
        answer: of :func:`~.decisions.when_it_helps`.
        key: scenario and policies.
        titles: name of a scenario -> what to call it.
    """
    scores, fails, limits = (_of(answer.frames[one], key) for one in ("scores", "fails", "boxes"))
    strongest = [f"{key_label(v)} ({percent(s)})" for v, s in zip(scores["variable"], scores["score"], strict=True)]
    said = "; ".join(strongest[:FIRST]) or "its effect is the same under every draw"
    yield (*words(_title(titles, *key), "depends most on", said), GridCell("-"), GridCell("-"))
    for happens, share in zip(fails["happens"], fails["share"], strict=True):
        if not 0.0 < share < 1.0:
            continue  # there is nothing that tells such draws apart
        mine = limits[(limits["happens"] == happens) & (limits["method"] == "prim")]
        which = f"{happens} ({percent(share)} of draws)"
        if mine.empty:
            yield (*words("", which, "no box says more than chance"), GridCell("-"), GridCell("-"))
        else:
            text = "; ".join(map(_limit, mine.to_dict("records")))
            yield (*words("", which, text), _share(mine["coverage"].iloc[0]), _share(mine["density"].iloc[0]))


def _of(frame: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
    return frame[(frame["scenario"] == key[0]) & (frame["policies"] == key[1])]


def _limit(row: Mapping[Any, Any]) -> str:
    values = row["values"] or f"{significant(row['lowest'])} to {significant(row['highest'])}"
    return f"{key_label(row['variable'])}: {values}"


# -- who would notice -------------------------------------------------------------------------------------------------


def _notices(answer: Decision, titles: Titles) -> Iterator[Grid]:
    studies = answer.frames["studies"]
    rows, last = [], ""
    for one in studies.to_dict("records"):
        name = one["scenario"]
        effect = figure(one["effect"], sign=True) if name != last else GridCell("")
        needed = figure(one["needed"], 0) if math.isfinite(one["needed"]) else GridCell(f"more than {MOST:,}")
        chance = figure(one["chance"], 2), span(one["low"], one["high"], 2)
        rows.append(
            (*words(titles.get(name, name) if name != last else ""), effect, *words(one["design"]), *chance, needed)
        )
        last = name
    first = studies.iloc[0]
    columns = ("Alternative", "Effect", "Study", "Chance to see it", "90% interval", "Authorities needed")
    note = (
        f"{measure_label(SEEN)}, {first['unit']}. A study of {first['authorities']} authorities and {first['years']} "
        "years of published statistics; needed: for a chance of 0.8. A chance near 0.05 is that of a false alarm."
    )
    yield Grid("A study's chance to see the effect", columns, tuple(rows), (note,))


# -- what to find out next --------------------------------------------------------------------------------------------


def _finds_out(answer: Decision, titles: Titles) -> Iterator[Grid]:
    values, narrows = answer.frames["values"], answer.frames["narrowed"]
    unit, best = values["unit"].iloc[0], values["decision"].iloc[0]
    rows: list[GridRow] = [words(f"Knowing the parameter would be worth ({unit})")]
    for one in _first(values, "group", "value"):
        digits = digits_for(one["value"])
        label = one["group"] if one["group"] == ALL else key_label(one["group"])
        rows.append((*words(label), figure(one["value"], digits), figure(one["standard_error"], digits)))
    for name in dict.fromkeys(narrows["scenario"]):
        part = narrows[narrows["scenario"] == name]
        rows.append(words(f"{titles.get(name, name)}: a figure, if published, would explain of its effect's variance"))
        for one in _first(part, "figure", "explained"):
            label = one["figure"] if one["figure"] == ALL else full_label(one["figure"], "all")
            rows.append((*words(label), _share(one["explained"]), GridCell("-")))
    note = (
        f"As much as is known now, this is best by {measure_label(UNMET).lower()}: "
        f"{titles.get(best, 'to change nothing')}; a policy counts as worth its cost from the smallest difference that "
        "matters. A value within two standard errors of 0 is not told from 0."
    )
    yield Grid("What to find out first", ("What", "Value or share", "Standard error"), tuple(rows), (note,))


def _first(table: pd.DataFrame, column: str, size: str) -> list[dict[Any, Any]]:
    """The first rows that are of any size, and that of all together."""
    together = table[column] == ALL
    there = table[~together & (table[size] > 0.0)]
    return [*there.head(FIRST).to_dict("records"), *table[together].to_dict("records")]


# -- what it costs ----------------------------------------------------------------------------------------------------


def _costs(answer: Decision, titles: Titles) -> Iterator[Grid]:
    table, days = answer.frames["costs"], answer.frames["a_day"].set_index("scenario")
    rows: list[GridRow] = []
    for name in dict.fromkeys(table["scenario"]):
        part = table[table["scenario"] == name]
        if len(days) > 1:
            rows.append(words(titles.get(name, name)))
        for one in part.to_dict("records"):
            label = one["what"].replace("_", " ") if one["what"] != EVERYBODY else EVERYBODY
            change = figure(one["difference"], 0, True), span(one["low"], one["high"], 0, True)
            rows.append((*words(label.capitalize()), figure(one["base"], 0), *change))
        avoided, each = days["avoided"][name], days["for_each"][name]
        label = "Days of unmet need avoided a year" if avoided > 0.0 else "Days of unmet need added a year"
        rows.append((*words(label), GridCell("-"), figure(abs(avoided), 0), GridCell("-")))
        if math.isfinite(each):
            ends = days["low"][name], days["high"][name]
            between = span(*ends, digits_for(each), True) if all(map(math.isfinite, ends)) else GridCell("not sure")
            rows.append((*words("Hours for each day avoided"), GridCell("-"), figure(each, sign=True), between))
    note = (
        "Hours worked; prices of your own make them costs. Intervals: 90% of years; for each day avoided: 95% of means."
    )
    yield Grid("Hours a year", ("What", "Now", "Change", "Interval"), tuple(rows), (note,))


QUESTIONS: Sequence[tuple[str, str, Callable[[Results], Decision], Callable[[Decision, Titles], Iterator[Grid]]]] = (
    ("When does it help, and when does it fail?", "explore", when_it_helps, _helps),
    ("Who would notice?", "power", who_would_notice, _notices),
    ("What is worth finding out first?", "voi", what_to_find_out, _finds_out),
    ("What does it cost?", "costs", what_it_costs, _costs),
)
"""Question, the command that answers it in full, what answers it here, and the tables that say it in short."""
