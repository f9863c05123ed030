"""``referral-sim plot``: figures of a folder of results."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_commands import FAILED, refuse_if

if TYPE_CHECKING:
    from ..results.reading import Results


class Picture(StrEnum):
    """Format of the figures."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("plot", short_help="Draw the figures of a folder of results.")(plot)


def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What --out of run, compare, sweep or calibrate has written.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; DIR/figures if not given. Files there are replaced.")
    ] = None,
    format_: Annotated[Picture, typer.Option("--format", help="Of the figures.")] = Picture.SVG,
) -> None:
    """Draw what DIR has tables for, and say where each figure is."""
    results = opened(folder)
    from matplotlib import use

    from ..figures.gallery import figures_of
    from ..figures.style import project_theme, to_bytes

    use("agg")  # no windows
    target = out or folder / "figures"
    with project_theme():
        for figure in figures_of(results):
            file = target / f"{figure.name}.{format_.value}"
            try:
                target.mkdir(parents=True, exist_ok=True)
                file.write_bytes(to_bytes(figure.drawn, format_.value))
            except OSError as error:
                typer.echo(f"--out: {target}: {error.strerror}", err=True)
                raise typer.Exit(FAILED) from None
            typer.echo(f"written to {file}")


def opened(folder: Path) -> Results:
    """The results in a folder; one that holds none ends the command with status 2."""
    from ..results.reading import ResultsError, open_results

    try:
        return open_results(folder)
    except ResultsError as error:
        refuse_if([str(error)])
        raise
