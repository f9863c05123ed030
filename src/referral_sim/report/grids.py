"""The tables that people get, as grids of cells: the console prints them, the page and the dashboard show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from typing import Any

import pandas as pd

from ..evidence import Published
from ..experiment.authority_results import PUBLISHED_YEAR, AuthorityResult
from ..experiment.comparison import Comparison, Pair
from ..experiment.family_paths import CHANGES, MILESTONES, PATH
from ..experiment.responses import responses
from ..experiment.summaries import intervals
from ..folders.scenario_changes import Change
from ..measures.key_measures import in_reading_order, key_differences, main_sources
from ..measures.table import Key
from ..measures.what_matters import Verdict
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
    group_label,
    heading_of,
    label_under_heading,
    measure_label,
    number,
    parameter_share_in_words,
    series_label,
    significant,
)

UNDER_HEADING, UNDER_ROW = 2, 4
"""Columns by which a label stands to the right on the console."""
BLANK = ("", "-")


@dataclass(frozen=True)
class GridCell:
    """One cell.

    Attributes:
        text: what it shows.
        value: the number that the text rounds; None for words.
        ends: both ends, where the cell is an interval.
        indent: columns to the right, where it is the label of a row.
    """

    text: str
    value: float | None = None
    ends: tuple[GridCell, GridCell] | None = None
    indent: int = 0


GridRow = tuple[GridCell, ...]


@dataclass(frozen=True)
class Grid:
    """One table.

    Attributes:
        caption: what it shows.
        columns: names of the columns.
        rows: cells; a row of one cell is a heading within the table.
        notes: what must be known to read it, one sentence or more each.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[GridRow, ...]:
        """The rows without headings."""
        return tuple(row for row in self.rows if len(row) > 1)

    def column(self, name: str) -> tuple[GridCell, ...]:
        """The cells of a column.

        Raises:
            ValueError: if there is no such column.
        """
        place = self.columns.index(name)
        return tuple(row[place] for row in self.lines)

    def holds_numbers(self, name: str) -> bool:
        """Whether a column holds numbers or intervals, or nothing that would be words."""
        cells = self.column(name)
        return any(c.value is not None or c.ends for c in cells) or all(c.text in BLANK for c in cells)

    def holds_intervals(self, name: str) -> bool:
        """Whether a column holds intervals."""
        return any(cell.ends for cell in self.column(name))

    @property
    def width(self) -> int:
        """Columns of a page that gives each end of an interval one of its own."""
        return len(self.columns) + sum(map(self.holds_intervals, self.columns))

    def without(self, *names: str) -> Grid:
        """The same table without some columns; a name that it has not got is no fault."""
        kept = [i for i, name in enumerate(self.columns) if name not in names]
        rows = tuple(tuple(row[i] for i in kept) if len(row) > 1 else row for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows)

    def blocks(self) -> Iterator[tuple[str, Grid]]:
        """Each heading (empty before the first) and the rows under it."""
        heading, rows = "", list[GridRow]()
        for row in (*self.rows, ()):
            if len(row) > 1:
                rows.append(row)
                continue
            if rows:
                yield heading, replace(self, rows=tuple(rows))
            heading, rows = (row[0].text if row else ""), []

    def frame(self, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
        """The texts as a frame, without headings.

        Args:
            columns: name of a column -> what it is called in the frame, for those to take, in their order; all if not
                given.
        """
        wanted = columns or {name: name for name in self.columns}
        return pd.DataFrame({name: [c.text for c in self.column(key)] for key, name in wanted.items()})

    def _repr_html_(self) -> str:
        """The table and its notes for a notebook."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        lines = [f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>"]
        for row in self.rows:
            across = f' colspan="{len(self.columns)}"' if len(row) == 1 else ""
            lines.append("<tr>" + "".join(f"<td{across}>{escape(cell.text)}</td>" for cell in row) + "</tr>")
        return "\n".join([*lines, "</tbody></table>", *(f"<p>{escape(note)}</p>" for note in self.notes)])


def words(*texts: object) -> GridRow:
    """Cells of words."""
    return tuple(GridCell(str(text)) for text in texts)


def figure(value: float, digits: int | None = None, sign: bool = False) -> GridCell:
    """A cell of a number."""
    return GridCell(number(value, digits_for(value) if digits is None else digits, sign), float(value))


def span(low: float, high: float, digits: int, sign: bool = False) -> GridCell:
    """A cell of an interval."""
    ends = figure(low, digits, sign), figure(high, digits, sign)
    return GridCell("-") if "-" in (ends[0].text, ends[1].text) else between(*ends)


def between(low: GridCell, high: GridCell) -> GridCell:
    """A cell of an interval with these ends."""
    return GridCell(f"{low.text} to {high.text}", ends=(low, high))


def _blocks(rows: Iterable[SummaryRow]) -> Iterator[tuple[str, list[SummaryRow]]]:
    """Rows under their headings: the unit of measures of the whole authority, or the measure of groups."""
    for heading, under in groupby(rows, key=lambda row: heading_of(row["measure"], row["unit"], row["group"])):
        yield heading, list(under)


def _share(row: SummaryRow) -> GridRow:
    """How much of a band is parameter, under draws."""
    if "parameter_share" not in row:
        return ()
    return (GridCell(parameter_share_in_words(row), float(row["parameter_share"])),)


# -- simulated beside published ---------------------------------------------------------------------------------------


def rows_to_show(profile: AuthorityResult, everything: bool) -> list[pd.DataFrame]:
    """Rates and shares of the whole authority, then the sources that were published and matter; or all there is."""
    first, second, rest = in_reading_order(profile.rows)
    return [first, second, rest] if everything else [first, main_sources(second)]


def published_table(profile: AuthorityResult, everything: bool = False) -> Grid:
    """A scenario beside its published figures; two published series get a row each, below.

    Args:
        profile: what to show, of one reporting year.
        everything: every measure and group, and not what tells most alone.
    """
    rows: list[GridRow] = []
    for part in rows_to_show(profile, everything):
        for heading, under in _blocks(part.to_dict("records")):
            rows.append(words(heading))
            for row in under:
                rows += _beside_published(row)
    drawn = "parameter_share" in profile.rows
    beside = (PARAMETER_COLUMN, "Published", "Series", "Diff.") if drawn else ("Published", "Series", "Difference")
    runs = "1 replicate" if profile.replicates == 1 else f"{profile.replicates} replicates"
    notes = [f"{profile.scenario}: {runs}, seed {profile.seed}."]
    if profile.replicates > 1:
        notes.append("The interval is the spread of single years (5th to 95th percentile), not the mean's error.")
    if drawn:
        notes.append(PARAMETER_NOTE)
    columns = ("Measure", "Simulated", "90% interval", *beside, "Inside?")
    return Grid(profile.title or profile.scenario, columns, tuple(rows), tuple(notes))


def years_table(profile: AuthorityResult, everything: bool = False) -> Grid:
    """A scenario year by year: means over the replicates; what was published stands beside its own year.

    Args:
        profile: what to show.
        everything: every measure and group, and not what tells most alone.
    """
    found = {(r["year"], r["measure"], r["group"]): r for r in profile.rows.to_dict("records")}
    with_published = PUBLISHED_YEAR in profile.years
    rows: list[GridRow] = []
    for part in rows_to_show(profile.beside_published(), everything):
        for heading, under in _blocks(part.to_dict("records")):
            rows.append(words(heading))
            for row in under:
                key = row["measure"], row["group"]
                label = GridCell(label_under_heading(*key), indent=UNDER_HEADING)
                cells = [figure(found[year, *key]["mean"], _digits_beside(row)) if (year, *key) in found
                         else GridCell("-") for year in profile.years]  # fmt: skip
                published = "; ".join(number(value, _digits_beside(row)) for value in row["published"])
                rows.append((label, *cells, *((GridCell(published or "-"),) if with_published else ())))
    runs = "1 replicate" if profile.replicates == 1 else f"{profile.replicates} replicates"
    notes = (f"{profile.scenario}: {runs}, seed {profile.seed}. Means; --year shows one year with its intervals.",)
    published_column = (f"Published {PUBLISHED_YEAR}",) if with_published else ()
    columns = ("Measure", *profile.years, *published_column)
    return Grid(f"{profile.title or profile.scenario}, year by year", columns, tuple(rows), notes)


def _beside_published(row: SummaryRow) -> Iterator[GridRow]:
    digits = _digits_beside(row)
    label = GridCell(label_under_heading(row["measure"], row["group"]), indent=UNDER_HEADING)
    mine = (figure(row["mean"], digits), _years(row, digits), *_share(row))
    beside = [
        (
            figure(value, digits),
            GridCell(series_label(series)),
            figure(difference, digits, True),
            GridCell("-" if inside is None else "inside" if inside else "outside"),
        )
        for series, value, difference, inside in zip(
            row["series"], row["published"], row["difference"], row["inside"], strict=True
        )
    ]
    if len(beside) == 1:
        yield (label, *mine, *beside[0])
        return
    yield (label, *mine, *words("", "", "", ""))
    for cells in beside:
        yield (GridCell(cells[1].text, indent=UNDER_ROW), *words(*("" for _ in mine)), *cells)


def _digits_beside(row: SummaryRow) -> int:
    """Digits of a row beside its published figures: those of its mean, or of what was published where that is 0."""
    simulated = row["mean"] if row["n"] else 0.0
    return digits_for(simulated or max(row["published"], default=0.0))


def _years(row: SummaryRow, digits: int) -> GridCell:
    """Where nine years in ten lie; "-" of one year."""
    return span(row["low"], row["high"], digits) if row["n"] > 1 else GridCell("-")


def both_beside_published(base: AuthorityResult, other: AuthorityResult, names: tuple[str, str]) -> Grid:
    """Rates and shares of two scenarios beside what was published of the first.

    Args:
        base: what to show first.
        other: what to show beside it.
        names: what to call them in the columns.
    """
    there = {(row["measure"], row["group"]): row for row in other.rows.to_dict("records")}
    outside = {None: "", True: ", inside", False: ", outside"}
    rows: list[GridRow] = []
    for heading, under in _blocks(in_reading_order(base.rows)[0].to_dict("records")):
        rows.append(words(heading))
        for row in under:
            digits = _digits_beside(row)
            figures = zip(row["series"], row["published"], row["inside"], strict=True)
            said = [f"{number(value, digits)} ({series_label(series)}{outside[ok]})" for series, value, ok in figures]
            sides = [
                cell
                for one in (row, there.get((row["measure"], row["group"])))
                for cell in ((figure(one["mean"], digits), _years(one, digits)) if one else words("-", "-"))
            ]
            label = GridCell(measure_label(row["measure"]), indent=UNDER_HEADING)
            rows.append((label, GridCell("; ".join(said) or "-"), *sides))
    columns = tuple(column for name in names for column in (name, f"{name}, nine years in ten"))
    return Grid("Beside what was published", ("Measure", "Published", *columns), tuple(rows))


def sources_table(profiles: Mapping[str, AuthorityResult]) -> Grid:
    """Who brings referrals: shares as recorded and in truth, of several scenarios, the largest first."""
    parts = {}
    for name, profile in profiles.items():
        for how, measure in (("recorded", "referral_source_recorded"), ("in truth", "referral_source_true")):
            mine = profile.rows[profile.rows["measure"] == measure]
            parts[f"{name}, {how}"] = pd.Series(
                mine["mean"].to_numpy(dtype=float), index=mine["group"].astype(str).to_numpy()
            )
    shares = pd.DataFrame(parts)
    shares = shares.loc[shares.max(axis=1).sort_values(ascending=False, kind="stable").index]
    rows = tuple(
        (GridCell(group_label(str(group))), *(figure(v, max(digits_for(v), 2)) for v in values))
        for group, *values in shares.itertuples(name=None)
    )
    return Grid("Shares of referrals, mean of the simulated years", ("Source", *parts), rows)


def evidence_table(figures: Iterable[Published], title: str) -> Grid:
    """The published figures of one authority."""
    rows: list[GridRow] = []
    for heading, under in groupby(figures, key=lambda f: heading_of(f.measure, f.unit, f.group)):
        rows.append(words(heading))
        rows += [
            (
                GridCell(label_under_heading(f.measure, f.group), indent=UNDER_HEADING),
                figure(f.value),
                GridCell("" if f.low is None or f.high is None else f"{figure(f.low).text} to {figure(f.high).text}"),
                GridCell(f.source),
            )
            for f in under
        ]
    return Grid(title, ("Measure", "Published", "5% to 95%", "Source"), tuple(rows))


# -- differences ------------------------------------------------------------------------------------------------------


def pair_title(comparison: Comparison, pair: Pair) -> str:
    """What is compared with what."""
    return f"{pair.scenario.title or pair.scenario.name}, against {comparison.base.title or comparison.base.name}"


def differences_table(comparison: Comparison, pair: Pair, everything: bool = False) -> Grid:
    """Differences of measures between two scenarios.

    Its columns are Measure, Unit, Base, Other, Difference, SE, 50% interval, 90% interval, Param. (under draws alone),
    Rises and Gain.

    Args:
        comparison: which it belongs to.
        pair: what to show, of one reporting year.
        everything: every measure and group, and not the key measures alone.
    """
    if everything:
        rows = _differences(_blocks(pair.summary.to_dict("records")), label_under_heading)
    else:
        rows = _differences(key_differences(pair.summary), full_label)
    notes = [
        f"{pair.scenario.name}: {pair.replicates} replicates in pairs, seed {comparison.seed}.",
        "Difference: mean over the replicates. Intervals: single years, not the mean's error. Rises: share of "
        "replicates in which it rises, ties counted half. Gain: variance with independent seeds over the variance "
        "here; 'exact' where the difference never varies.",
        *((PARAMETER_NOTE,) if "parameter_share" in pair.summary else ()),
    ]
    return Grid(pair_title(comparison, pair), _columns(pair), rows, tuple(notes))


def effects_table(comparison: Comparison, pair: Pair, everything: bool = False) -> Grid:
    """Differences between two scenarios, year by year.

    Args:
        comparison: which it belongs to.
        pair: what to show, of all reporting years.
        everything: every measure and group, and not the key measures alone.
    """
    found = {(r["year"], r["measure"], r["group"]): r for r in pair.summary.to_dict("records")}
    keys = {(measure, group): None for _, measure, group in found}
    first = [next(found[year, *key] for year in pair.years if (year, *key) in found) for key in keys]
    if everything:
        blocks = [(heading, under, label_under_heading) for heading, under in _blocks(first)]
    else:
        sizes = pair.summary.assign(base=pair.summary["base"].abs(), value=pair.summary["value"].abs())
        happens = sizes.groupby(["measure", "group"], sort=False)[["n", "base", "value"]].max().reset_index()
        blocks = [(heading, under, full_label) for heading, under in key_differences(happens)]
    rows: list[GridRow] = []
    for heading, under, labelled in blocks:
        rows.append(words(heading))
        for row in under:
            key = row["measure"], row["group"]
            label = GridCell(labelled(*key), indent=UNDER_HEADING)
            rows.append((label, *(_effect(found.get((year, *key))) for year in pair.years)))
    notes = (
        f"{pair.scenario.name}: {pair.replicates} replicates in pairs, seed {comparison.seed}. Mean differences.",
        "*: matters (the whole 90% interval lies at or beyond the smallest difference that matters). --year shows one "
        "year with its intervals.",
    )
    return Grid(f"{pair_title(comparison, pair)}, year by year", ("Measure", *pair.years), tuple(rows), notes)


def _effect(row: SummaryRow | None) -> GridCell:
    """A mean difference, with a star where it matters."""
    if row is None or not row["n"]:
        return GridCell("-")
    cell = figure(row["difference"], digits_of_difference(row), True)
    return replace(cell, text=cell.text + ("*" if row["verdict"] == Verdict.MATTERS else ""))


def differences_of(pair: Pair, keys: Iterable[Key], caption: str = "") -> Grid:
    """Differences of some measures and groups, in the order asked for and without headings.

    Args:
        pair: what to show, of one reporting year; what its summary has not got is left out.
        keys: measures and groups.
        caption: of the table.
    """
    found = {(row["measure"], row["group"]): row for row in pair.summary.to_dict("records")}
    rows = _differences([("", [found[key] for key in keys if key in found])], full_label)
    return Grid(caption, _columns(pair), rows)


def _columns(pair: Pair) -> tuple[str, ...]:
    drawn = (PARAMETER_COLUMN,) if "parameter_share" in pair.summary else ()
    mine = ("Measure", "Unit", "Base", "Other", "Difference", "SE", "50% interval", "90% interval")
    return (*mine, *drawn, "Rises", "Gain")


def _differences(
    blocks: Iterable[tuple[str, Sequence[SummaryRow]]], labelled: Callable[[str, str], str]
) -> tuple[GridRow, ...]:
    rows: list[GridRow] = []
    for heading, under in blocks:
        rows += [words(heading)] if heading else []
        for row in under:
            label = GridCell(labelled(row["measure"], row["group"]), indent=UNDER_HEADING)
            rows.append((label, GridCell(row["unit"]), *_difference(row)))
    return tuple(rows)


def _difference(row: SummaryRow) -> GridRow:
    if not row["n"]:
        return words("-", "-", "-", *("" for _ in _share(row)), "-", "-", "-", "-", "-")
    digits, fine = digits_for(row["base"] or row["value"]), digits_of_difference(row)
    return (
        figure(row["base"], digits),
        figure(row["value"], digits),
        figure(row["difference"], fine, True),
        figure(row["standard_error"], fine),
        span(row["low_50"], row["high_50"], fine, True),
        span(row["low_90"], row["high_90"], fine, True),
        *_share(row),
        figure(row["rises"], 2),
        GridCell(gain_in_words(row["gain"])),
    )


def families_table(pair: Pair, place: str = "all") -> Grid:
    """Families whose path changed.

    Args:
        pair: what to show; its scenarios share a world.
        place: where the families live: all, programme_areas or elsewhere.
    """
    mine = pair.families[pair.families["place"] == place]
    found = {(row["milestone"], row["change"]): row for row in mine.to_dict("records")}
    rows = tuple(
        (
            GridCell(MILESTONE_LABELS[milestone], indent=UNDER_HEADING),
            *(
                GridCell(families_in_words(found[milestone, change]), found[milestone, change]["families"])
                for change in CHANGES
            ),
        )
        for milestone in MILESTONES
    )
    where = {"all": "", "programme_areas": ", in programmes' areas", "elsewhere": ", elsewhere"}[place]
    changed, same = (families_in_words(found["path", one]) for one in PATH)
    note = f"In all {changed} families changed; {same} were found in both and did not."
    columns = ("Families", "Newly", "No longer", "Earlier", "Later")
    return Grid(f"Families whose path changed{where}", columns, rows, (note,))


# -- flows, changes of scenarios, sweeps, calibrations ----------------------------------------------------------------


def flows_side_by_side(found: Mapping[str, pd.DataFrame]) -> Grid:
    """Cases a year of several scenarios, flow by flow."""
    keys = ["part", "source", "target"]
    columns = {name: table.set_index(keys)["cases"] for name, table in found.items()}
    table = pd.DataFrame(columns).reindex(pd.MultiIndex.from_frame(pd.concat(found.values())[keys].drop_duplicates()))
    rows = tuple(
        (*words(source, target), *(figure(v) for v in values)) for (_, source, target), *values in table.itertuples()
    )
    return Grid("Cases a year", ("From", "To", *found), rows)


def changes_table(found: Iterable[Change], caption: str) -> Grid:
    """Values that were changed."""
    rows = tuple(words(c.key, c.before or "-", c.after or "-", c.unit, c.source) for c in found)
    return Grid(caption, ("Key", "Before", "Here", "Unit", "Source of the default"), rows)


def response_tables(tables: Mapping[str, pd.DataFrame]) -> Iterator[Grid]:
    """Mean and 90% of a sweep's runs at each value of each lever."""
    for one in responses(tables["runs"], tables["outcomes"]):
        by = ("case", *one.levers)
        rows = tuple(
            (
                *words(*(f"{r[c]:g}" if isinstance(r[c], float) else r[c] for c in by)),
                *(figure(r[c]) for c in ("mean", "low", "high")),
                GridCell(str(r["n"])),
            )
            for r in intervals(one.runs, by).sort_index().reset_index().to_dict("records")
        )
        caption = f"{measure_label(one.measure)}, {one.unit}" + (f", {one.year}" if one.year else "")
        yield Grid(caption, ("Case", *one.levers, "Mean", "5%", "95%", "Runs"), rows)


def plain_table(table: pd.DataFrame, caption: str) -> Grid:
    """A table as it is, numbers to four digits."""
    rows = tuple(tuple(map(_plain, row)) for row in table.itertuples(index=False, name=None))
    return Grid(caption, tuple(map(str, table.columns)), rows)


def _plain(value: Any) -> GridCell:
    if isinstance(value, float):
        return GridCell(significant(value, 4), value)
    return GridCell("" if value is None else str(value))
