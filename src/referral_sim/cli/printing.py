"""What commands print: on stdout JSON and tables, and on stderr how runs are getting on.

Tables are as wide as the terminal; in a pipe they have 80 columns, or as many as COLUMNS says. Runs are counted by a
bar on a terminal, elsewhere by a line now and then, or not at all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

EVERY = 10.0
"""Seconds between two lines on how runs are getting on."""
_WIDEST, _HEADING = 40, 26
"""Columns that the first cell of a row, and a heading, may widen a table's first column to; longer ones are folded."""
_DRAWN = 0.1
"""Seconds between two drawings of the bar."""


def print_json(data: Any) -> None:
    """Print data as JSON in ASCII, two spaces a level; NaN is refused."""
    typer.echo(json.dumps(data, indent=2, allow_nan=False))


def print_text(text: str) -> None:
    """Print a line as it is; what the terminal's encoding lacks is written as escapes."""
    typer.echo(_printable(text))


def console() -> Console:
    """The console on stdout."""
    from rich.console import Console

    return Console()


def print_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table; cells are plain text, so brackets in them are not taken for markup, and long ones are folded.

    Args:
        title: what stands above it.
        headings: of the columns.
        rows: cells; a row of one cell is a heading within the table.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ..scenario.errors import visible

    def cell(text: str, style: str = "") -> Text:
        return Text(_printable(visible(text)), overflow="fold", style=style)

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    there = [tuple(row) for row in rows]
    wide = min(_WIDEST, max((len(row[0]) if len(row) > 1 else min(_HEADING, len(row[0])) for row in there), default=1))
    for position, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", width=wide if position == 0 else None)
    for row in there:
        first, *others = row
        table.add_row(*((cell(first), *map(cell, others)) if others else (cell(first, "italic"),)))
    screen = console()
    screen.print(cell(title, "bold"))
    screen.print(table)


def under_sections(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows that begin with a dotted key, each under a heading of the section that it stands in."""
    from ..scenario.keys import key_text, parse_key

    section = ""
    for key, *others in rows:
        *above, last = parse_key(key)
        if (here := key_text(above)) != section:
            section = here
            if here:
                yield (here,)
        yield (("  " if here else "") + key_text([last]), *others)


def _printable(text: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class RunCounter:
    """Counts runs as they end, and says so on a stream.

    Args:
        stream: usually stderr.
        every: seconds between lines where the stream is no terminal; without it nothing is said there, nor of runs that
            end in less time.
    """

    def __init__(self, stream: TextIO, every: float | None = None) -> None:
        self._stream, self._every = stream, every
        self._bar: Progress | None = None
        self._total = self._good = self._bad = 0
        self._started = self._said = 0.0
        self._counting = self._spoke = False

    def __enter__(self) -> RunCounter:
        return self

    def start(self, total: int) -> None:
        """Begin to count towards a total; what ended before does not count, but if it failed."""
        self._total, self._good = total, 0
        self._started = self._said = time.monotonic()
        self._counting = total > 0
        if self._counting and self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
            # Drawn as runs end: a thread that draws would be one more that is alive when the interpreter goes.
            self._bar = Progress(*columns, console=Console(file=self._stream), transient=True, auto_refresh=False)
            self._bar.add_task(self._text(), total=total)
            self._bar.start()

    def watch(self, done: int, total: int) -> None:
        """A run has ended: how many are done, of how many in all."""
        if total != self._total:
            self.start(total)
        self._good = done - 1
        self.ended(good=True)

    def ended(self, *, good: bool) -> None:
        """A run has ended."""
        self._good += good
        self._bad += not good
        if not self._counting:
            return
        now, last = time.monotonic(), self._good + self._bad == self._total
        if self._bar is not None:
            due = now - self._said >= _DRAWN or last
            self._said = now if due else self._said
            self._bar.update(self._bar.task_ids[0], advance=1, description=self._text(), refresh=due)
        elif self._every is not None and (now - self._said >= self._every or (last and self._spoke)):
            self._said, self._spoke = now, True
            self._stream.write(self._text() + self._left() + "\n")
            self._stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _text(self) -> str:
        seconds = time.monotonic() - self._started
        rate = (self._good + self._bad) / seconds if seconds > 0 else 0.0
        words = f"{self._good} of {self._total} runs finished, {self._bad} failed"
        return words + (f", {rate:.3g} a second" if rate else "")

    def _left(self) -> str:
        from ..experiment.estimate import duration

        done = self._good + self._bad
        left = self._total - done
        return f", {duration((time.monotonic() - self._started) / done * left)} left" if left > 0 and done else ""
