"""The virtual file study as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from ..file_study import FileStudy, StudyFigure
from ..measures.wording import group_label, percent
from ..scenario.errors import visible
from .console import show_grid, show_line
from .grids import UNDER_HEADING, Grid, GridCell, between

ROWS = {
    "inside": "Studied areas",
    "total": "Whole authority",
    "share": "Studied areas, share",
    "files_inside": "Studied areas",
    "files_outside": "Elsewhere",
    "not_recorded": "not recorded, of all",
    "files": "Files studied",
    "any": "Any SSLP involvement",
    "from_programme": "Referred by SSLP",
    "to_programme": "Referred to SSLP",
    "joint_work": "Other joint work",
    "sslp_source": "Source is the SSLP",
}
BY_DESIGN = ("files", "files_inside", "files_outside")
SMALLEST_SHARE = 0.005
"""Share from which a source gets a row."""
IN_TRUTH = "In truth"


def show_file_study(console: Console, study: FileStudy, title: str, seed: int, notes: Sequence[str]) -> None:
    """Print the study's tables, as published and as simulated studies give them, and what it would have missed.

    Args:
        console: where to print.
        study: what was found.
        title: of the scenario, for people.
        seed: of its runs.
        notes: what is wrong with the published figures.
    """
    console.print(Text(f"{visible(title)}: the file study repeated on simulated files", style="bold"))
    drawn = "by recorded source" if study.design.purposive else "at random, as the authority picked them arbitrarily"
    show_line(
        console,
        f"{study.runs} runs with seed {seed}; {study.samples} samples of {study.design.files} files, drawn {drawn}.",
    )
    console.print()
    by_table = {
        name: [c for c in study.cells if c.table == name] for name in dict.fromkeys(c.table for c in study.cells)
    }
    sources = [c for c in by_table["6.3"] if c.unit == "share" and _largest(c) >= SMALLEST_SHARE]
    sources.sort(key=lambda c: (c.row == "not_recorded", -_largest(c)))
    shown = [*by_table["6.6"], *by_table["6.4"]]
    for grid in (
        study_table("Table 6.1. Referrals listed, October to March, children under five", by_table["6.1"]),
        study_table("Table 6.1 again, as if the lists held children of all ages", by_table["6.1 all ages"]),
        study_table("Table 6.2. Files drawn", by_table["6.2"], "Listed"),
        study_table("Table 6.3. Recorded sources of the list from studied areas, under five", sources, IN_TRUTH),
        study_table(
            "Table 6.6, and the programme's row of Table 6.4. What the files drawn show", shown, IN_TRUTH, exactly=True
        ),
    ):
        show_grid(console, grid, style="italic", first_width=20)
        console.print()
    _explain(console, study)
    _show_missed(console, study)
    for note in notes:
        show_line(console, f"Note: {note}")
    assumed = ", ".join(f"{name} {value:g}" for name, value in study.assumptions.model_dump().items())
    show_line(console, f"Assumed of the study (--assume): {assumed}.")


def _largest(cell: StudyFigure) -> float:
    return max(cell.published or 0.0, cell.median or 0.0, cell.truth or 0.0)


def study_table(title: str, cells: Iterable[StudyFigure], truth: str = "", exactly: bool = False) -> Grid:
    """Figures of simulated studies beside the printed ones.

    Args:
        title: what they are.
        cells: the figures, a row each.
        truth: heading of what truly happened; that column is left out if this is empty.
        exactly: give the chance of just the printed figure too.
    """
    rows = []
    for cell in cells:
        label = ROWS.get(cell.row) or group_label(f"source:{cell.row}")
        chances = (cell.at_most, cell.at_least, *((cell.exactly,) if exactly else ()))
        rows.append(
            (
                GridCell(label, indent=UNDER_HEADING),
                _figure(cell, cell.published),
                _figure(cell, cell.median),
                _interval(cell),
                *(GridCell("-") if cell.row in BY_DESIGN else _chance(c, cell.studies) for c in chances),
                *((_truth(cell),) if truth else ()),
            )
        )
    columns = ("", "Published", "Median", "90% interval", "P(<=)", "P(>=)", *(("P(=)",) if exactly else ()))
    return Grid(title, (*columns, *((truth,) if truth else ())), tuple(rows))


def _figure(cell: StudyFigure, value: float | None) -> GridCell:
    return GridCell(percent(value) if cell.unit == "share" else "-" if value is None else f"{value:.0f}", value)


def _interval(cell: StudyFigure) -> GridCell:
    return GridCell("-") if cell.low is None else between(_figure(cell, cell.low), _figure(cell, cell.high))


def _truth(cell: StudyFigure) -> GridCell:
    if cell.truth is None or cell.unit == "share" or cell.truth_share is None:
        return _figure(cell, cell.truth)
    return GridCell(f"{cell.truth:.0f} ({percent(cell.truth_share)})", cell.truth)


def _chance(value: float | None, studies: int) -> GridCell:
    if value is None:
        return GridCell("-")
    if value == 0.0:
        return GridCell(f"<{max(1.0 / studies, 0.01):.2f}", value)
    return GridCell(f"{max(value, 0.01):.2f}" if value >= 0.005 else "<0.01", value)


def _explain(console: Console, study: FileStudy) -> None:
    errors = {
        what: max((c.error for c in study.cells if c.error is not None and c.table in tables), default=None)
        for what, tables in {"lists": ("6.1", "6.1 all ages", "6.3"), "files": ("6.4", "6.6")}.items()
    }
    lists, files = (f"{e:.2f}" if e is not None else "unknown with one run" for e in errors.values())
    show_line(
        console,
        "P(<=), P(>=), P(=): share of the simulated studies with the published figure or less, or more, or just it; "
        f"one study a run for lists, one a sample for files. Largest standard error: lists {lists}, files {files}.",
    )
    show_line(
        console,
        "Table 6.3 is in shares of the referrals with a source, as printed. In truth: who brought them; or how many "
        "of all listed files (share) had it, written down or not. Medians of the runs.",
    )
    console.print()


def _show_missed(console: Console, study: FileStudy) -> None:
    missed, of_these = study.missed_referrals, "Studies of the other runs that saw none"
    lines: list[tuple[str, str]] = [
        (f"Listed referrals that a programme brought {how}", f"{median:.0f} ({low:.0f} to {high:.0f})")
        for how, (median, low, high) in (("formally", missed.formal), ("by informal word", missed.informal))
    ]
    lines.append(("Runs in which it brought none formally", percent(missed.truth_none)))
    if missed.missed is not None:
        error = "" if missed.missed_error is None else f", standard error {percent(missed.missed_error)}"
        lines += [
            (of_these, f"{percent(missed.missed)}{error}"),
            ("  a simple random sample of that size", percent(missed.missed_at_random)),
            ("  a list by source with a code for programmes", percent(missed.missed_with_code)),
        ]
    console.print(Text("Referrals from programmes that such a study would not have seen", style="italic"))
    for what, value in lines:
        console.print(Text(f"  {what}: {value}"))
    console.print()
