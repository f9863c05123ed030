"""For files of plans until they are read by pydantic models."""

from dataclasses import dataclass

from .documents import Document
from .faults import check
from .keys import Key, parse_key
from .scenario import Scenario
from .tree import Branch, to_plain


@dataclass(frozen=True)
class Finding:
    """One thing wrong, before its place is known."""

    path: Key
    message: str


def examine(tree: Branch) -> Scenario | list[Finding]:
    """The scenario that values describe, or what is wrong with them."""
    found, faults = check(Document("values", to_plain(tree), {}, quoted=True), Scenario)
    return found if found is not None else [Finding(parse_key(f.key) if f.key else (), f.message) for f in faults]
