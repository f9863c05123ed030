"""The tables of the report: rows of words and numbers, each number with the value that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from ..experiment.authority_results import AuthorityResult
from ..experiment.comparison import Pair
from ..experiment.family_paths import CHANGES, MILESTONES, PATH
from ..measures.key_measures import in_reading_order, key_differences, main_sources
from ..measures.wording import (
    MILESTONE_LABELS,
    PARAMETER_COLUMN,
    PARAMETER_NOTE,
    SummaryRow,
    digits_for,
    digits_of_difference,
    families_in_words,
    full_label,
    gain_in_words,
    heading_of,
    label_under_heading,
    measure_label,
    number,
    parameter_share_in_words,
    series_label,
)
from ..results.changes import Change
from ..results.responses import along, responses

ROUNDED = "{:.4g}"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and the number that the text rounds (None: words)."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes:
        caption: what it shows.
        columns: headings.
        rows: cells; a row of one cell is a heading within the table.
        note: what must be known to read it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def headings(self) -> tuple[tuple[str, bool], ...]:
        """The columns, and whether each holds numbers."""
        whole = [row for row in self.rows if len(row) == len(self.columns)]
        return tuple((c, any(row[i].value is not None for row in whole)) for i, c in enumerate(self.columns))


def words(*texts: object) -> tuple[Cell, ...]:
    """Cells of words."""
    return tuple(Cell(str(text)) for text in texts)


def figure(value: float, digits: int | None = None, sign: bool = False) -> Cell:
    """A cell of a number."""
    return Cell(number(value, digits_for(value) if digits is None else digits, sign), float(value))


def of_profile(profile: AuthorityResult) -> Grid:
    """The console's table of a scenario beside its published figures."""
    first, second, _ = in_reading_order(profile.rows)
    rows: list[tuple[Cell, ...]] = []
    for block in (first, main_sources(second)):
        records = block.to_dict("records")
        for heading, under in groupby(records, key=lambda r: heading_of(r["measure"], r["unit"], r["group"])):
            rows.append(words(heading))
            for row in under:
                rows += _profile_rows(row)
    drawn = "parameter_share" in profile.rows
    mine = ("Measure", "Simulated", "5%", "95%", *((PARAMETER_COLUMN,) if drawn else ()))
    columns = (*mine, "Published", "Series", "Difference", "Inside?")
    note = f"Replicates: {profile.replicates}, seed {profile.seed}. 5% and 95%: percentiles of single simulated years."
    note += f" {PARAMETER_NOTE}" if drawn else ""
    return Grid(f"{profile.title or profile.scenario}: simulated beside published", columns, tuple(rows), note)


def _profile_rows(row: SummaryRow) -> Iterator[tuple[Cell, ...]]:
    digits = digits_for(row["mean"] if row["n"] else max(row["published"], default=0.0))
    label = Cell(label_under_heading(row["measure"], row["group"]))
    mine = (*(figure(row[c], digits) for c in ("mean", "low", "high")), *_share(row))
    beside = [
        (figure(value, digits), Cell(series_label(series)), figure(difference, digits, True), _verdict(inside))
        for series, value, difference, inside in zip(
            row["series"], row["published"], row["difference"], row["inside"], strict=True
        )
    ]
    yield (label, *mine, *(beside[0] if beside else words("", "", "", "")))
    for more in beside[1:]:
        yield (*words("", *("" for _ in mine)), *more)


def _share(row: SummaryRow) -> tuple[Cell, ...]:
    """How much of a band is parameter, under draws."""
    return (Cell(parameter_share_in_words(row), float(row["parameter_share"])),) if "parameter_share" in row else ()


def _verdict(inside: bool | None) -> Cell:
    return Cell("-" if inside is None else "inside" if inside else "outside")


def of_pair(pair: Pair, title: str) -> Grid:
    """The console's table of differences."""
    rows: list[tuple[Cell, ...]] = []
    for heading, under in key_differences(pair.summary):
        rows.append(words(heading))
        rows += [_pair_row(row) for row in under]
    drawn = "parameter_share" in pair.summary
    ends = ("25%", "75%", "5%", "95%", *((PARAMETER_COLUMN,) if drawn else ()))
    columns = ("Measure", "Base", "Difference", "SE", *ends, "Rises", "Gain")
    note = (
        f"Replicates in pairs: {pair.replicates}. Difference: mean over the replicates; SE: its standard error; "
        "percentiles of single years' differences; Rises: share of replicates in which it rises, ties counted half; "
        "Gain: variance with independent seeds over the variance here." + (f" {PARAMETER_NOTE}" if drawn else "")
    )
    return Grid(f"{title}: differences", columns, tuple(rows), note)


def _pair_row(row: SummaryRow) -> tuple[Cell, ...]:
    fine = digits_of_difference(row)
    return (
        Cell(full_label(row["measure"], row["group"])),
        figure(row["base"], digits_for(row["base"] or row["value"])),
        figure(row["difference"], fine, True),
        figure(row["standard_error"], fine),
        *(figure(row[end], fine, True) for end in ("low_50", "high_50", "low_90", "high_90")),
        *_share(row),
        figure(row["rises"], 2),
        Cell(gain_in_words(row["gain"])),
    )


def of_families(pair: Pair, title: str) -> Grid:
    """The console's table of families whose path changed."""
    whole = pair.families[pair.families["place"] == "all"]
    found = {(row["milestone"], row["change"]): row for row in whole.to_dict("records")}
    rows = tuple(
        (Cell(MILESTONE_LABELS[m]), *(Cell(families_in_words(found[m, c]), found[m, c]["families"]) for c in CHANGES))
        for m in MILESTONES
    )
    changed, same = (families_in_words(found["path", one]) for one in PATH)
    note = (
        f"In all {changed} families changed; {same} were found in both and did not. Mean and 90% of single years. A "
        "family may change because teams' hours were used otherwise."
    )
    columns = ("Families", "Newly", "No longer", "Earlier", "Later")
    return Grid(f"{title}: families whose path changed", columns, rows, note)


def of_flows(table: pd.DataFrame, title: str) -> Grid:
    """The numbers of the diagram of flows."""
    rows = tuple(
        (*words(r["source"], r["target"]), *(figure(r[c]) for c in ("cases", "low", "high")), Cell(r["made_of"]))
        for r in table.to_dict("records")
    )
    columns = ("From", "To", "Cases a year", "5%", "95%", "Made of the measures")
    return Grid(f"{title}: flow of cases", columns, rows, "What is a difference or product of means has no interval.")


def of_changes(found: tuple[Change, ...], caption: str) -> Grid:
    """Values that were changed."""
    rows = tuple(words(c.key, c.before or "-", c.after or "-", c.unit, c.source) for c in found)
    return Grid(caption, ("Key", "Before", "Here", "Unit", "Source of the default"), rows)


def of_responses(tables: Mapping[str, pd.DataFrame]) -> Iterator[Grid]:
    """Mean and 90% of a sweep's runs at each value of each lever."""
    for one in responses(tables["runs"], tables["outcomes"]):
        by = ("case", *one.levers)
        found = along(one.runs, by)
        rows = tuple(
            (*(Cell(f"{r[c]:g}" if isinstance(r[c], float) else str(r[c])) for c in by),
             *(figure(r[c]) for c in ("mean", "low", "high")), Cell(str(r["n"])))
            for r in found.to_dict("records")
        )  # fmt: skip
        what = f"{measure_label(one.measure)}, {one.unit}"
        yield Grid(what, ("Case", *one.levers, "Mean", "5%", "95%", "Runs"), rows)


def of_table(table: pd.DataFrame, caption: str) -> Grid:
    """A table as it is, numbers to four digits."""
    return Grid(caption, tuple(map(str, table.columns)), tuple(_plain(row) for row in table.itertuples(index=False)))


def _plain(row: Any) -> tuple[Cell, ...]:
    return tuple(
        Cell(ROUNDED.format(v), float(v)) if isinstance(v, float) else Cell("" if v is None else str(v)) for v in row
    )
