"""The virtual file study as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..file_study import FileStudy, StudyFigure
from ..measures.wording import group_label
from ..scenario.errors import visible

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
TELLING = 0.005


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
    _line(
        console,
        f"{study.runs} runs with seed {seed}; {study.samples} samples of {study.design.files} files, drawn {drawn}.",
    )
    console.print()
    by_table = {
        name: [c for c in study.cells if c.table == name] for name in dict.fromkeys(c.table for c in study.cells)
    }
    _show(console, "Table 6.1. Referrals listed, October to March, children under five", by_table["6.1"], False)
    _show(console, "Table 6.1 again, as if the lists held children of all ages", by_table["6.1 all ages"], False)
    _show(console, "Table 6.2. Files drawn", by_table["6.2"], True, "Listed")
    sources = [c for c in by_table["6.3"] if c.unit == "share" and _is_telling(c)]
    sources.sort(key=lambda c: (c.row == "not_recorded", -max(c.published or 0.0, c.median or 0.0, c.truth or 0.0)))
    _show(console, "Table 6.3. Recorded sources of the list from studied areas, under five", sources, True)
    _show(
        console,
        "Table 6.6, and the programme's row of Table 6.4. What the files drawn show",
        [*by_table["6.6"], *by_table["6.4"]],
        True,
        exactly=True,
    )
    _explain(console, study)
    _blindness(console, study)
    for note in notes:
        _line(console, f"Note: {note}")
    assumed = ", ".join(f"{name} {value:g}" for name, value in study.assumptions.model_dump().items())
    _line(console, f"Assumed of the study (--assume): {assumed}.")


def _is_telling(cell: StudyFigure) -> bool:
    return max(cell.published or 0.0, cell.median or 0.0, cell.truth or 0.0) >= TELLING


def _show(
    console: Console,
    title: str,
    cells: Iterable[StudyFigure],
    truth: bool,
    last: str = "In truth",
    *,
    exactly: bool = False,
) -> None:
    grid = Table(
        title=Text(title, style="italic"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    grid.add_column("", min_width=20, overflow="fold")
    tails = ("P(<=)", "P(>=)", *(["P(=)"] if exactly else []))
    for name in ("Published", "Median", "90% interval", *tails, *([last] if truth else [])):
        grid.add_column(name, justify="right", no_wrap=True)
    for cell in cells:
        spread = "-" if cell.low is None else f"{_value(cell, cell.low)} to {_value(cell, cell.high)}"
        label = ROWS.get(cell.row) or group_label(f"source:{cell.row}")
        words = [_value(cell, cell.published), _value(cell, cell.median), spread]
        chances = (cell.at_most, cell.at_least, cell.exactly)[: len(tails)]
        words += ["-" if cell.row in BY_DESIGN else _chance(c, cell.studies) for c in chances]
        words += [_truth(cell)] if truth else []
        grid.add_row(Padding(Text(label), (0, 0, 0, 2)), *(Text(w) for w in words))
    console.print(grid)
    console.print()


def _value(cell: StudyFigure, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.0f}%" if cell.unit == "share" else f"{value:.0f}"


def _truth(cell: StudyFigure) -> str:
    if cell.truth is None:
        return "-"
    if cell.unit == "share" or cell.truth_share is None:
        return _value(cell, cell.truth)
    return f"{cell.truth:.0f} ({100 * cell.truth_share:.0f}%)"


def _chance(value: float | None, studies: int) -> str:
    if value is None:
        return "-"
    if value == 0.0:
        return f"<{max(1.0 / studies, 0.01):.2f}"
    return f"{max(value, 0.01):.2f}" if value >= 0.005 else "<0.01"


def _explain(console: Console, study: FileStudy) -> None:
    errors = {
        what: max((c.error for c in study.cells if c.error is not None and c.table in tables), default=None)
        for what, tables in {"lists": ("6.1", "6.1 all ages", "6.3"), "files": ("6.4", "6.6")}.items()
    }
    lists, files = (f"{e:.2f}" if e is not None else "unknown with one run" for e in errors.values())
    _line(
        console,
        "P(<=), P(>=), P(=): share of the simulated studies with the published figure or less, or more, or just it; "
        f"one study a run for lists, one a sample for files. Largest standard error: lists {lists}, files {files}.",
    )
    _line(
        console,
        "Table 6.3 is in shares of the referrals with a source, as printed. In truth: who brought them; or how many "
        "of all listed files (share) had it, written down or not. Medians of the runs.",
    )
    console.print()


def _blindness(console: Console, study: FileStudy) -> None:
    blind, of_these = study.missed_referrals, "Studies of the other runs that saw none"
    lines: list[tuple[str, str]] = [
        (f"Listed referrals that a programme brought {how}", f"{median:.0f} ({low:.0f} to {high:.0f})")
        for how, (median, low, high) in (("formally", blind.formal), ("by informal word", blind.informal))
    ]
    lines.append(("Runs in which it brought none formally", _percent(blind.truth_none)))
    if blind.missed is not None:
        error = "" if blind.missed_error is None else f", standard error {100 * blind.missed_error:.0f}%"
        lines += [
            (of_these, f"{_percent(blind.missed)}{error}"),
            ("  a simple random sample of that size", _percent(blind.missed_at_random)),
            ("  a list by source with a code for programmes", _percent(blind.missed_with_code)),
        ]
    console.print(Text("Referrals from programmes that such a study would not have seen", style="italic"))
    for what, value in lines:
        console.print(Text(f"  {what}: {value}"))
    console.print()


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}%"


def _line(console: Console, text: str, style: str = "dim") -> None:
    console.print(Text(text, style=style))
