"""The command that shows the twelve patterns."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ..experiment.executors import usable_cores
from .options import AsJson, Seed, Workers
from .run_commands import FAILED, REFUSED

COUNT = 12


def patterns(
    only: Annotated[
        str, typer.Option(metavar="N,N", help="Numbers of the patterns to show, 1 to 12; all if not given.")
    ] = "",
    replicates: Annotated[int, typer.Option(min=2, help="Runs of each scenario.")] = 40,
    seed: Seed = 1,
    as_json: AsJson = False,
    workers: Workers = None,
) -> None:
    """Run what the twelve patterns need and show each: predicted, observed, holds or not.

    All twelve with 40 replicates take about a quarter of an hour on two cores.
    """
    numbers = _numbers(only)
    from ..patterns import RunsFailedError, run_patterns

    try:
        with bar() as watch:
            found = run_patterns(numbers, replicates, seed, workers or usable_cores(), watch)
    except RunsFailedError as error:
        typer.echo(f"run failed: {error}", err=True)
        raise typer.Exit(FAILED) from None
    from ..report.patterns_table import patterns_as_data, show_patterns

    if as_json:
        sys.stdout.write(json.dumps(patterns_as_data(found), indent=2) + "\n")
        return
    from rich.console import Console

    console = Console()
    show_patterns(console if console.is_terminal else Console(width=150), found, replicates, seed)


def _numbers(text: str) -> list[int]:
    """Numbers of patterns from text like ``3,5``."""
    if not text:
        return list(range(1, COUNT + 1))
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.isdecimal() or not 1 <= int(part) <= COUNT]
    if wrong:
        typer.echo(f"--only: {wrong[0]!r} is not a pattern; give numbers from 1 to {COUNT}, such as 3,5", err=True)
        raise typer.Exit(REFUSED)
    return [int(part) for part in parts]


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while runs come in, if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Simulating", total=None)

        def watch(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield watch


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("patterns")(patterns)
