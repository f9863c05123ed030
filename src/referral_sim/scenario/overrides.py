"""For rooms that have not moved to ``keys`` yet."""

from .keys import parse_key
from .reader import SET as LABEL

__all__ = ["LABEL", "split_key"]


def split_key(key: str) -> tuple[tuple[str, ...], str]:
    """The parts of a dotted key, and what is wrong with it."""
    try:
        return parse_key(key), ""
    except ValueError as error:
        return (), str(error)
