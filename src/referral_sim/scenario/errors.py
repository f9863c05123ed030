"""What is wrong with a scenario, one line a fault, in the form that compilers use and editors can follow."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where.

    Attributes:
        file: the file as the user named it, ``preset NAME``, or ``--set`` for an override.
        line: line in the file, from 1; 0 where values have no places, as those that Python gives.
        column: column in the line (for ``--set``: in the override's text), from 1.
        key: dotted path of the key, empty where the fault belongs to the whole file.
        message: what is wrong and what is allowed.
    """

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        place = f":{self.line}:{self.column}" if self.line else ""
        return visible(f"{self.file}{place}: {key}{self.message}")


class ScenarioError(Exception):
    """A scenario cannot be used; carries every fault that was found.

    Args:
        faults: at least one fault, in any order.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(
            sorted(faults, key=lambda f: (f.file, f.line, f.column, f.key, f.message))
        )
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def visible(text: str) -> str:
    """The text on one line: line ends, control characters and lone surrogates are written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def clipped(text: str, length: int = 60) -> str:
    """The text, cut to ``length`` characters with dots where it is longer."""
    return text if len(text) <= length else text[: length - 3] + "..."


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option most like a word, or None if none is like it; case, ``-`` and blanks do not count."""
    plain = {_plain(option): option for option in options}
    close = difflib.get_close_matches(_plain(word[:100]), plain, n=1, cutoff=0.6)
    return plain[close[0]] if close else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing."""
    close = nearest(word, options)
    return f" (did you mean {close!r}?)" if close is not None else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
