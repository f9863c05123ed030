"""What every folder of ``results/`` has: tables as CSV, figures as SVG, and a README that names all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from referral_sim.experiment.model_version import model_version, versions
from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.gallery import figures_of
from referral_sim.folders.read_folder import Results

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results"


def version_line(known: Mapping[str, str] | None = None) -> str:
    """The versions that numbers depend on, those of this run if none are given."""
    found = {**versions(), "model": model_version()} if known is None else known
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def write_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """A table as ``tables/NAME.csv``; entries of several values are joined by a semicolon."""
    flat = table.map(lambda v: ";".join(map(str, v)) if isinstance(v, tuple) else v)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    flat.to_csv(folder / "tables" / f"{name}.csv", index=False, float_format="%.8g", lineterminator="\n")


def write_figures(folder: Path, results: Results, wanted: tuple[str, ...] = ("",)) -> None:
    """The figures of results whose names begin as wanted, in place of those that are there."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for old in (folder / "figures").glob("*.svg"):
        old.unlink()
    with project_theme():
        for figure in figures_of(results):
            svg = to_bytes(figure.drawn)
            if figure.name.startswith(wanted):
                (folder / "figures" / f"{figure.name}.svg").write_bytes(svg)


def write_readme(
    folder: Path, title: str, text: str, command: str, version: str, seed: int, date: str | None = None
) -> None:
    """The page of a folder: what it is, what made it, and every file in it.

    Args:
        folder: in ``results/``.
        title: of the page.
        text: Markdown below the title.
        command: what makes the folder again.
        version: of what the numbers depend on.
        seed: of the runs.
        date: when they were made; today if not given.
    """
    lines = [f"# {title}", "", text, "", "| | |", "|---|---|", f"| command | `{command}` |", f"| version | {version} |"]
    lines += [
        f"| seed | {seed} |",
        f"| date | {date or dt.datetime.now(dt.UTC).date().isoformat()} |",
        "",
        "Files:",
        "",
    ]
    files = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    lines += [f"- [{name}]({name})" for name in files if name != "README.md"]
    (folder / "README.md").write_text("\n".join(lines) + "\n", "utf-8")
