"""The report: one HTML page that holds all it shows, made of folders of results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from .. import __version__
from ..experiment.flows import flows
from ..figures.gallery import figures_of
from ..figures.style import project_theme, to_bytes
from ..folders.read_folder import PATTERNS, FolderKind, Results, ResultsError, open_results, read_patterns
from ..folders.result_warnings import warnings_of
from ..folders.scenario_changes import changes, preset_of, scenario_text
from ..scenario.errors import visible
from . import grids
from .grids import Grid, words
from .patterns_table import judged_table
from .sentences import how_sure, question_of, sentences_of_pair, sentences_of_profile, title_of

MOST = 2_400_000
"""Characters that figures may take; the rest of them is left to ``referral-sim plot``."""
_ENDS = ("prior_low", "prior_high", "posterior_low", "posterior_mid", "posterior_high", "contraction")
FAMILIES = "Mean and 90% of single years. A family may change because teams' hours were used otherwise."
_FOUND = ("target", "role", "published", "low", "mid", "high", "z")
TABLES: dict[str, tuple[str, ...]] = {
    "parameters": ("parameter", "unit", *_ENDS),
    "predictions": _FOUND,
    "ridges": ("one", "other", "correlation"),
    "waves": ("wave", "scenario", "left"),
    "coverage": ("level", "coverage", "se"),
    "recovery": ("parameter", "coverage_90", "contraction", "correlation"),
    "left_out": (*_FOUND, "inside"),
    "table_6_6": ("scenario", "row", "files", "published", "low", "mid", "high", "at_most", "at_least", "inside"),
    "transplant": ("scenario", "measure", "distribution", "low", "mid", "high", "rises", "falls", "error"),
}
"""Tables of a calibration that the report shows, in this order, and their columns that fit a page."""


@dataclass(frozen=True)
class PageFigure:
    """A figure as it stands in the page."""

    name: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class Paragraph:
    """Sentences under a heading."""

    heading: str
    sentences: Sequence[str]


@dataclass
class PageSection:
    """What the page says of one folder."""

    title: str
    question: str
    scenarios: Grid | None
    changed: list[Grid]
    unchanged: list[str]
    findings: list[Paragraph]
    sure: list[str]
    warnings: Sequence[str]
    results: Results
    figures: list[PageFigure] = field(default_factory=list)
    left_out: int = 0
    tables: list[Grid] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    scenario_files: list[tuple[str, str]] = field(default_factory=list)


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
    room = [MOST]
    parts = [_part(results, number, room) for number, results in enumerate(opened)]
    environment = Environment(
        autoescape=True, loader=FunctionLoader(_template), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["visible"] = lambda text: visible(str(text))
    return environment.get_template("report.html").render(parts=parts, patterns=patterns, version=__version__)


def _template(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text("utf-8")


def _holds_results(folder: Path) -> bool:
    try:
        open_results(folder)
    except ResultsError:
        return False
    return True


def _part(results: Results, number: int, room: list[int]) -> PageSection:
    part = PageSection(
        title=title_of(results),
        question=question_of(results),
        scenarios=_scenarios(results),
        changed=[],
        unchanged=[],
        findings=list(_findings(results)),
        sure=list(how_sure(results)),
        warnings=warnings_of(results),
        results=results,
        files=sorted(p.name for p in results.path.iterdir() if not p.name.startswith(".")),
        scenario_files=[(s.name, scenario_text(s)) for s in results.scenarios],
    )
    _changed(results, part)
    part.tables += _tables(results)
    with project_theme():
        for place, figure in enumerate(figures_of(results)):
            svg = inline(to_bytes(figure.drawn), f"f{number}-{place}-", figure.caption)
            if len(svg) > room[0]:
                part.left_out += 1
                continue
            room[0] -= len(svg)
            part.figures.append(PageFigure(figure.name, figure.caption, svg))
    return part


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


def _scenarios(results: Results) -> Grid | None:
    if not results.scenarios:
        return None
    rows = tuple(
        words(s.title or s.name, s.name, s.authority or "-", f"{s.population.children:,}", s.content_hash()[:12])
        for s in results.scenarios
    )
    columns = ("Scenario", "Name", "Authority", "Children under 18", "Hash of its values")
    return Grid("Scenarios", columns, rows)


def _changed(results: Results, part: PageSection) -> None:
    """What each scenario says otherwise than its preset, or than the base that it is compared with."""
    bases = {pair.scenario.name: c.base for c in results.comparisons for pair in c.pairs}
    for one in results.scenarios:
        base = bases.get(one.name) or preset_of(one)
        if base is None:
            continue
        found = changes(base, one)
        if found:
            part.changed.append(grids.changes_table(found, f"{one.name}: values changed against {base.name}"))
        else:
            part.unchanged.append(f"{one.name} has the values of the preset {base.name}.")


def _findings(results: Results) -> Iterator[Paragraph]:
    for comparison in results.comparisons:
        for pair in comparison.pairs:
            for year in pair.years if pair.replicates else ():
                title = grids.pair_title(comparison, pair) + (f", {year}" if len(pair.years) > 1 else "")
                yield Paragraph(title, list(sentences_of_pair(pair.of_year(year))))
    # An alternative is not meant to meet what was published.
    others = {pair.scenario.name for c in results.comparisons for pair in c.pairs}
    for profile in (p for p in results.profiles if p.scenario not in others):
        sentences = list(sentences_of_profile(profile.beside_published()))
        if sentences:
            yield Paragraph(f"{profile.title or profile.scenario}, beside what was published", sentences)


def _tables(results: Results) -> Iterator[Grid]:
    for comparison in results.comparisons:
        for pair in comparison.pairs:
            title = grids.pair_title(comparison, pair)
            if pair.replicates and len(pair.years) > 1:
                yield grids.effects_table(comparison, pair)
            if pair.replicates:
                grid = grids.differences_table(comparison, pair.of_year()).without("Unit", "Other")
                caption = f"{title}: differences" + (f", {pair.years[-1]}" if len(pair.years) > 1 else "")
                yield _captioned(grid, caption, "SE: standard error of the mean difference.")
            if pair.replicates and not pair.families.empty:
                yield _captioned(grids.families_table(pair), f"{title}: families whose path changed", FAMILIES)
    children = {s.name: s.population.children for s in results.scenarios}
    for profile in results.profiles:
        if profile.replicates:
            several = len(profile.years) > 1
            if several:
                yield grids.years_table(profile)
            beside = profile.beside_published()
            grid = grids.published_table(beside)
            if several:
                grid = replace(grid, caption=f"{grid.caption}, {beside.years[0]}")
            yield _captioned(grid, f"{grid.caption}: simulated beside published")
            table = flows(beside.rows, children[profile.scenario])
            if len(table):
                yield grids.flows_table(table, grid.caption)
    if results.kind is FolderKind.SWEEP:
        yield from grids.response_tables(results.tables)
    if results.kind is FolderKind.CALIBRATION:
        for name, columns in TABLES.items():
            if name in results.tables:
                yield grids.plain_table(results.tables[name][list(columns)], f"{name}.csv")


def _captioned(grid: Grid, caption: str, *notes: str) -> Grid:
    return replace(grid, caption=caption, notes=(*grid.notes, *notes))
