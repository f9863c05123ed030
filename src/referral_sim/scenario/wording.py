"""For files of plans and calibrations until they are read by pydantic models."""

from .faults import described as described_value
from .tree import Node, to_plain


def described(node: Node | None) -> str:
    """A value in words."""
    return described_value(to_plain(node) if node is not None else None)
