"""For files of plans and calibrations until they are read by pydantic models."""

from .documents import decode
from .errors import Fault
from .library import FoundFile, NotFoundError, find
from .tree import Branch, tree_of

__all__ = ["NotFoundError", "find", "parse"]


def parse(source: FoundFile, word: str) -> tuple[Branch | None, list[Fault]]:
    """The tree of a file, or None with the reason."""
    document, faults = decode(source.data, source.label, word)
    tree = tree_of(document) if document is not None else None
    return (tree if isinstance(tree, Branch) else None), faults
