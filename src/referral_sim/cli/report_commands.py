"""``referral-sim plot`` and ``referral-sim report``: folders of results as figures, and as one page to pass on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .app import FAILED, app, examples, fail, require


class PictureFormat(StrEnum):
    """Format of the figures."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


@app.command(
    "plot",
    short_help="Draw the figures of a folder of results.",
    epilog=examples("run midtown -o results/mine", "plot results/mine", "plot results/mine -f pdf -o figures"),
)
def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What --out of run, compare, sweep or calibrate has written.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Where to; DIR/figures if not given. Files there are replaced."
        ),
    ] = None,
    format_: Annotated[PictureFormat, typer.Option("--format", "-f", help="Of the figures.")] = PictureFormat.SVG,
) -> None:
    """Draw what DIR has tables for, and say where each figure is."""
    from ..folders.read_folder import open_results

    results = open_results(folder)
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
                fail([f"--out: {target}: {error.strerror}"], FAILED)
            typer.echo(f"written to {file}")


@app.command(
    "report",
    short_help="Write folders of results as one HTML page.",
    epilog=examples(
        "compare midtown -p family-support-panel -o results/panel",
        "report results/panel",
        "report results/panel results/mine -o both.html",
    ),
)
def report(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="What --out of run, compare, sweep or calibrate has written; or a folder with patterns.json, which "
            "holds what patterns --json has printed.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE.html",
            help="Where to; report.html in the first DIR if not given. It is replaced.",
        ),
    ] = None,
) -> None:
    """Write what was asked, what came out and how sure it is, with figures and tables, as one page (extra report).

    The page holds all it shows: no script, and nothing is loaded from elsewhere.
    """
    require(["jinja2"], "report needs {missing}", "report")
    if out is not None and out.is_dir():
        fail([f"--out: {out} is a folder; name a file"])
    if out is not None and not out.parent.is_dir():
        fail([f"--out: {out.parent}: there is no such folder"])
    from matplotlib import use

    from ..experiment.atomic_write import write_whole
    from ..report.html import render

    use("agg")  # no windows
    target = out or folders[0] / "report.html"
    page = render(folders)
    try:
        with write_whole(target) as part:
            part.write_text(page, "utf-8")
    except OSError as error:
        fail([f"--out: {target}: {error.strerror}"], FAILED)
    typer.echo(f"written to {target}")
