"""The report: one HTML page that holds all it shows, made of folders of results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from .. import __version__
from ..experiment.authority_results import PUBLISHED_YEAR, AuthorityResult
from ..experiment.comparison import Comparison, Pair
from ..figures.gallery import figures_of
from ..figures.run_figures import differences
from ..figures.style import project_theme, to_bytes
from ..folders.read_folder import PATTERNS, FolderKind, Results, ResultsError, open_results, read_patterns
from ..folders.result_warnings import warnings_of
from ..folders.scenario_changes import changes, preset_of, scenario_text
from ..measures.table import Headings
from ..measures.wording import SummaryRow
from ..scenario.errors import visible
from . import grids
from .answers import comparison_answer, in_authority, profiles_answer
from .decide_parts import DecidePart, decide_parts
from .grids import Grid, words
from .patterns_table import judged_table
from .sentences import alternative_title, how_complete, how_sure, over_points, question_of, title_of

MOST = 2_400_000
"""Characters that figures may take; the rest of them is left to ``referral-sim plot``."""
MOST_ON_PAPER = 20
"""Values of a table of the appendix that are printed."""
_ENDS = ("prior_low", "prior_high", "posterior_low", "posterior_mid", "posterior_high", "contraction")
PICTURE: Headings = {
    "Children a year": (
        ("contacts", "all"), ("referrals", "all"), ("initial_assessments", "all"), ("registrations", "all"),
    ),
    "Families or packages a year": (
        ("sslp_referrals_to_social_services", "all"), ("social_services_referrals_to_sslp", "all"),
        ("packages_started", "all"),
    ),
}  # fmt: skip
"""What the picture of page one shows of a comparison."""
IN_TABLES = ("differences", "funnel")
"""Figures that the page leaves out, for a table of it shows the same."""
STANDARD_ERROR = "SE: standard error of the mean difference."
FAMILIES = "Mean and 90% of single years. A family may change because teams' hours were used otherwise."
DECIDE = "To decide: when it helps, who would notice, what to find out, what it costs"
NEEDS_DRAWS = (
    "This part needs runs under draws of the parameters, that is of what is not known of them: make the comparison "
    "again with --draws."
)
_FOUND = ("target", "role", "published", "low", "mid", "high", "z")
TABLES: dict[str, tuple[str, ...]] = {
    "parameters": ("parameter", "unit", *_ENDS),
    "predictions": _FOUND,
    "ridges": ("one", "other", "correlation"),
    "coverage": ("level", "coverage", "se"),
    "recovery": ("parameter", "coverage_90", "contraction", "correlation"),
    "left_out": (*_FOUND, "inside"),
    "table_6_6": ("scenario", "row", "files", "published", "low", "mid", "high", "at_most", "at_least", "inside"),
}
"""Tables of a calibration that the report shows, in this order, and their columns that fit a page."""


@dataclass(frozen=True)
class PageFigure:
    """A figure as it stands in the page."""

    caption: str
    svg: Markup


@dataclass
class Fold:
    """What stands below page one under a heading: folded on a screen; on paper whole, or left out."""

    heading: str
    sentences: Sequence[str] = ()
    tables: list[Grid] = field(default_factory=list)
    figures: list[PageFigure] = field(default_factory=list)
    on_paper: bool = True


@dataclass
class PageSection:
    """What the page says of one folder.

    Attributes:
        title: the question, in words.
        question: of whom and of when it is asked.
        answer: tables with the answer; their notes say how sure it is, and for whom.
        sentences: the answer where it is no table.
        partial: that results are partial; empty where they are whole.
        picture: the one picture of page one.
        warnings: what must be known before anything is concluded.
        folds: all else.
        results: the folder.
        appendix: keys that were changed, names and hashes.
        files: names of what the folder holds.
        scenario_files: title and text of each scenario.
    """

    title: str
    question: Sequence[str]
    answer: Sequence[Grid]
    sentences: Sequence[str]
    partial: str
    picture: PageFigure | None
    warnings: Sequence[str]
    folds: Sequence[Fold]
    results: Results
    appendix: Sequence[Grid]
    files: Sequence[str]
    scenario_files: Sequence[tuple[str, str]]


def render(folders: Sequence[Path]) -> str:
    """The page of one or more folders.

    Args:
        folders: of ``run``, ``compare``, ``sweep`` or ``calibrate``; or with a file ``patterns.json`` that holds what
            ``referral-sim patterns --json`` has printed.

    Returns:
        HTML text, the same for the same folders. It asks for nothing from outside.

    Raises:
        ResultsError: if a folder is none of these.
    """
    opened, patterns = [], []
    for folder in map(Path, folders):
        if folder.is_dir() and (folder / PATTERNS).is_file():
            patterns.append(judged_table(read_patterns(folder), f"Patterns, from {folder / PATTERNS}"))
            if not _holds_results(folder):
                continue
        opened.append(open_results(folder))
    with project_theme():
        parts = [_part(results, number) for number, results in enumerate(opened)]
    environment = Environment(
        autoescape=True, loader=FunctionLoader(_template), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["visible"] = lambda text: visible(str(text))
    return environment.get_template("report.html").render(
        parts=parts, patterns=patterns, version=__version__, most=MOST_ON_PAPER
    )  # fmt: skip


def _template(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text("utf-8")


def _holds_results(folder: Path) -> bool:
    try:
        open_results(folder)
    except ResultsError:
        return False
    return True


def _part(results: Results, number: int) -> PageSection:
    drawn = _drawn(results, number)
    picture = next(drawn, None)
    warnings = [_titled(line, results) for line in warnings_of(results)]
    published = [line for line in warnings if line.startswith("Published figures")]
    folds = [
        Fold("More on how sure this is", () if _is_calibration(results) else list(how_sure(results))),
        *_folds(results),
        *_decide(results, number),
        Fold("What contradicts the published figures", published),
        Fold("More figures", figures=list(drawn), on_paper=not (results.comparisons and results.draws)),
    ]
    for fold in folds:
        fold.tables = [_for_page(grid, results) for grid in fold.tables]
    return PageSection(
        title=title_of(results),
        question=list(question_of(results)),
        answer=[_for_page(grid, results) for grid in _answer(results)],
        sentences=list(how_sure(results)) if _is_calibration(results) else [],
        partial=how_complete(results),
        picture=picture,
        warnings=[line for line in warnings if line not in published],
        folds=[fold for fold in folds if fold.sentences or fold.tables or fold.figures],
        results=results,
        appendix=list(_appendix(results)),
        files=sorted(p.name for p in results.path.iterdir() if not p.name.startswith(".")),
        scenario_files=[(s.title or s.name, scenario_text(s)) for s in results.scenarios],
    )


def _is_calibration(results: Results) -> bool:
    return results.kind is FolderKind.CALIBRATION


def _titled(line: str, results: Results) -> str:
    """A warning or note that begins with a scenario's name, with its title in place of the name."""
    for one in sorted(results.scenarios, key=lambda s: -len(s.name)):
        begins = re.match(rf"(Published figures of )?{re.escape(one.name)}(?=[ :])", line)
        if begins:
            return f"{begins[1] or ''}{one.title or one.name}{line[begins.end() :]}"
    return line


def _for_page(grid: Grid, results: Results) -> Grid:
    """A table whose notes say titles, and no options of commands."""
    notes = (_titled(re.sub(r"; --[^;]*\.$", ".", note), results) for note in grid.notes)
    return replace(grid, notes=tuple(notes))


def _drawn(results: Results, number: int) -> Iterator[PageFigure]:
    """The figures as they stand in the page, first the one of page one."""
    room = MOST
    others = (one for one in figures_of(results) if not one.name.startswith(IN_TABLES))
    found = chain(_changes_figures(results), ((one.caption, one.drawn) for one in others))
    for place, (caption, drawn) in enumerate(found):
        svg = inline(to_bytes(drawn), f"f{number}-{place}-", caption)
        if len(svg) <= room:
            room -= len(svg)
            yield PageFigure(caption, svg)


def _changes_figures(results: Results) -> Iterator[tuple[str, Any]]:
    """What alternatives change a year in the authority, a figure a comparison."""
    for comparison in results.comparisons:
        tables = []
        for pair in (pair for pair in comparison.pairs if pair.replicates):
            rows = pair.of_year().summary.to_dict("records")
            children = comparison.base.population.children
            if pair.scenario.population.children == children:
                rows = [_in_authority(row, children) for row in rows]
            tables.append(pd.DataFrame(rows).assign(alternative=alternative_title(comparison, pair)))
        if tables:
            caption = (
                "What changes in a year in this authority. Points: means; thick and thin lines: 50% and 90% of single "
                "years. Right of the dashed line it rises, left of it it falls."
            )
            yield caption, differences(pd.concat(tables), PICTURE, hue="alternative" if len(tables) > 1 else None)


def _in_authority(row: SummaryRow, children: int) -> SummaryRow:
    factor, unit = in_authority(row, children)
    sizes = ("base", "value", "difference", "standard_error", "low_50", "high_50", "low_90", "high_90")
    return {**row, "unit": unit, **{name: factor * row[name] for name in sizes}}


def inline(svg: bytes, prefix: str, label: str) -> Markup:
    """A figure's SVG as an element of the page: ids of its own, nothing that reaches out of it.

    Args:
        svg: as :func:`~referral_sim.figures.style.to_bytes` gives it.
        prefix: put before every id, so that figures of one page do not take each other's shapes.
        label: read aloud in place of the figure.
    """
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'\sid="', f' id="{prefix}', text)
    text = re.sub(r'href="#', f'href="#{prefix}', text)
    text = text.replace("url(#", f"url(#{prefix}")
    return Markup(text.replace("<svg", Markup('<svg role="img" aria-label="{}"').format(label), 1))


def _answer(results: Results) -> list[Grid]:
    if over_points(results):
        return list(islice(grids.response_tables(results.tables), 1))
    compared = [(comparison, pair) for comparison, pair in _pairs(results) if pair.replicates]
    if not compared:
        profiles = [one for one in results.profiles if one.replicates]
        return [profiles_answer(profiles)] if profiles else []
    answers = [comparison_answer(*one) for one in compared]
    if len(answers) == 1:
        return [replace(answers[0], caption=f"In {compared[0][1].years[-1]}")]
    said = answers[-1].notes  # what is said of all of them stands below the last
    return [replace(one, notes=tuple(n for n in one.notes if n not in said)) for one in answers[:-1]] + answers[-1:]


def _pairs(results: Results) -> Iterator[tuple[Comparison, Pair]]:
    for comparison in results.comparisons:
        for pair in comparison.pairs:
            yield comparison, pair


def _folds(results: Results) -> Iterator[Fold]:
    compared = [(comparison, pair) for comparison, pair in _pairs(results) if pair.replicates]
    for comparison, pair in compared:
        heading = f"All key measures: {alternative_title(comparison, pair)}"
        yield Fold(heading, tables=list(_of_pair(comparison, pair)), on_paper=len(compared) == 1)
    bases = {comparison.base.name for comparison in results.comparisons}
    for profile in (p for p in results.profiles if p.replicates):
        title = profile.title or profile.scenario
        if profile.scenario in bases:
            yield Fold(f"{title} beside what was published", tables=[profiles_answer([profile])])
        elif not bases:
            yield Fold(f"{title} in a year", tables=list(_of_profile(profile)))
    if over_points(results):
        yield Fold("Along each lever", tables=list(islice(grids.response_tables(results.tables), 1, None)))
    if _is_calibration(results):
        kept = ((name, columns) for name, columns in TABLES.items() if name in results.tables)
        tables = [grids.plain_table(results.tables[name].filter(columns), _plain(name)) for name, columns in kept]
        yield Fold("Tables", tables=tables)


def _decide(results: Results, number: int) -> Iterator[Fold]:
    """What a comparison says to somebody who must decide; its figures stand on the screen alone."""
    if not results.comparisons or over_points(results):
        return
    if not results.draws:
        yield Fold(DECIDE, [NEEDS_DRAWS])
        return
    parts = list(decide_parts(results, str(results.path)))
    refused = [f"{part.question} {part.reason} ({part.command})" for part in parts if part.reason]
    yield Fold(DECIDE, refused, tables=[grid for part in parts for grid in _with_command(part)])
    figures = [
        PageFigure(part.question, inline(to_bytes(part.draw()), f"f{number}-decide-{place}-", part.question))
        for place, part in enumerate(parts)
        if part.answer is not None
    ]
    yield Fold("Figures to decide by", figures=figures, on_paper=False)


def _with_command(part: DecidePart) -> Iterator[Grid]:
    """The tables of a question, the first under its words, and below the last the command that makes it again."""
    for place, grid in enumerate(part.grids):
        caption = grid.caption if place else f"{part.question} {grid.caption}"
        more = (f"All of it: {part.command}",) if place == len(part.grids) - 1 else ()
        yield replace(grid, caption=caption, notes=(*grid.notes, *more))


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _of_pair(comparison: Comparison, pair: Pair) -> Iterator[Grid]:
    several = len(pair.years) > 1
    if several:
        yield replace(grids.effects_table(comparison, pair), caption="Year by year")
    grid = grids.differences_table(comparison, pair.of_year()).without("Unit", "Other")
    yield _captioned(grid, "Differences" + (f", {pair.years[-1]}" if several else ""), STANDARD_ERROR)
    if not pair.families.empty:
        yield _captioned(grids.families_table(pair), "Families whose path changed", FAMILIES)


def _of_profile(profile: AuthorityResult) -> Iterator[Grid]:
    several = len(profile.years) > 1
    if several:
        yield replace(grids.years_table(profile), caption="Year by year")
    beside = profile.beside_published()
    of_year = f", {beside.years[0]}" if several else ""
    caption = "Simulated beside published" if PUBLISHED_YEAR in beside.years else "Simulated"
    yield replace(grids.published_table(beside), caption=f"{caption}{of_year}")


def _appendix(results: Results) -> Iterator[Grid]:
    """Names and hashes of the scenarios, and the keys that each has otherwise than its base or preset."""
    rows = tuple(words(s.title or s.name, s.name, s.authority or "-", s.content_hash()[:12]) for s in results.scenarios)
    if rows:
        yield Grid("Scenarios", ("Scenario", "Name", "Authority", "Hash of its values"), rows)
    bases = {pair.scenario.name: c.base for c in results.comparisons for pair in c.pairs}
    for one in results.scenarios:
        base = bases.get(one.name) or preset_of(one)
        found = changes(base, one) if base is not None else ()
        if base is not None and found:
            yield grids.changes_table(found, f"{one.name}: values changed against {base.name}")


def _captioned(grid: Grid, caption: str, *notes: str) -> Grid:
    return replace(grid, caption=caption, notes=(*grid.notes, *notes))
