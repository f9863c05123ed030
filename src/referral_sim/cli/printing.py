"""What commands print on stdout: JSON, and tables as wide as the terminal or a width of their own in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 200


def print_json(data: Any) -> None:
    """Print data as JSON in ASCII, two spaces a level; NaN is refused."""
    typer.echo(json.dumps(data, indent=2, allow_nan=False))


def print_text(text: str) -> None:
    """Print a line as it is; what the terminal's encoding lacks is written as escapes."""
    typer.echo(_printable(text))


def console(pipe_width: int | None = None) -> Console:
    """The console on stdout.

    Args:
        pipe_width: columns where stdout is no terminal; as the environment says if not given.
    """
    from rich.console import Console

    found = Console()
    return found if pipe_width is None or found.is_terminal else Console(width=pipe_width)


def print_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; cells are plain text, so brackets in them are not taken for markup."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ..scenario.errors import visible

    def cell(text: str) -> Text:
        return Text(_printable(visible(text)), overflow="fold")

    table = Table(box=box.SIMPLE_HEAD)
    for position, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(cell(text) for text in row))
    screen = console(_PIPE_WIDTH)
    screen.print(cell(title))
    screen.print(table)


def _printable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
