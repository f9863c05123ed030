"""Which word was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
