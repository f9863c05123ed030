"""``referral-sim report``: folders of results as one page to read, print and pass on."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from .run_commands import FAILED, refuse_if


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report", short_help="Write folders of results as one HTML page.")(report)


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
        typer.Option(metavar="FILE.html", help="Where to; report.html in the first DIR if not given. It is replaced."),
    ] = None,
) -> None:
    """Write what was asked, what came out and how sure it is, with figures and tables, as one page (extra report).

    The page holds all it shows: no script, and nothing is loaded from elsewhere.
    """
    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    refuse_if([f"report needs {', '.join(missing)}: pip install 'referral-sim[report]'"] if missing else [])
    target = out or folders[0] / "report.html"
    if out is not None:
        refuse_if([f"--out: {out} is a folder; name a file"] if out.is_dir() else [])
        refuse_if([] if out.parent.is_dir() else [f"--out: {out.parent}: there is no such folder"])
    from ..report.html import render
    from ..results.reading import ResultsError

    try:
        page = render(folders)
    except ResultsError as error:
        refuse_if([str(error)])
        raise
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        part.write_text(page, "utf-8")
        part.replace(target)
    except OSError as error:
        typer.echo(f"--out: {target}: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"written to {target}")
