"""A scenario as a list of edits: what each layer says of one key, laid over the defaults in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from .declared_keys import DeclaredKey, declared
from .documents import Document, Place, Written
from .errors import Fault, clipped, did_you_mean
from .keys import Key
from .scenario import Scenario, declared_at

REMOVE = object()
"""The value of an edit that takes an entry out of a mapping of names."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a layer says of one key.

    Attributes:
        key: from the top of the scenario.
        value: a plain value, which replaces what is there, or ``REMOVE``.
        written: where it says so.
        opens: the key is a mapping whose entries follow as edits of their own and join those that there are.
        inner: places of what stands inside the value, by key.
    """

    key: Key
    value: Any
    written: Written
    opens: bool = False
    inner: tuple[tuple[Key, Written], ...] = ()


def edits_of(document: Document, start: Key = (), at: Key = (), dotted: int = 0) -> Iterator[Edit]:
    """What a mapping of a file says, one edit a value, as deep as mappings of a scenario join.

    Sections and tables join what is there; mappings of names do too, and ``null`` takes an entry out of them. A list
    and a mapping of shares are one value.

    Args:
        document: the file.
        start: key of the mapping in the file.
        at: key of the same mapping in a scenario.
        dotted: how many parts a dotted key has that the document was made from; it changes what it names only.
    """

    def walk(values: dict[str, Any], key: Key, here: DeclaredKey | None) -> Iterator[Edit]:
        for name, value in values.items():
            below = (*key, name)
            path = (*at, *below)
            written = document.written[(*start, *below)]
            child = here.child(name) if here is not None else None
            joins = len(below) < dotted or (child is not None and (child.merges or child.removable))
            if value is None and here is not None and here.removable:
                yield Edit(path, REMOVE, written)
            elif isinstance(value, dict) and joins:
                yield Edit(path, {}, written, opens=True)
                yield from walk(value, below, child)
            else:
                yield Edit(path, value, written, inner=tuple(inside(value, below)))

    def inside(value: Any, key: Key) -> Iterator[tuple[Key, Written]]:
        parts: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, dict):
            parts = value.items()
        elif isinstance(value, list):
            parts = enumerate(value)
        for part, item in parts:
            yield (*at, *key, part), document.written[(*start, *key, part)]
            yield from inside(item, (*key, part))

    values = document.at(start)
    if isinstance(values, dict):
        yield from walk(values, (), declared_at(at))


def single_edit(key: Key, value: Any, place: Place) -> list[Edit]:
    """Edits that change one value and leave everything beside it as it is."""
    return [*opening_edits(key[:-1], place), Edit(key, value, Written(place, place))]


def opening_edits(key: Key, place: Place) -> list[Edit]:
    """Edits after which there are mappings at a key and above it."""
    return [Edit(key[:end], {}, Written(place, place), opens=True) for end in range(1, len(key) + 1)]


@dataclass
class MergedScenario(Document):
    """The defaults with edits over them; a key that is not in ``written`` has its default.

    Attributes:
        faults: entries taken out that were not there.
    """

    faults: list[Fault] = field(default_factory=list)

    def copy(self) -> MergedScenario:
        """The same, to be changed apart."""
        return replace(self, values=_copied(self.values), written=dict(self.written), faults=list(self.faults))

    def apply(self, edits: Iterable[Edit]) -> None:
        """Carry edits out, each over what was there before."""
        for edit in edits:
            self._apply(edit)

    def names(self, section: str) -> list[str]:
        """The names in a mapping of names."""
        there = self.values.get(section)
        return list(there) if isinstance(there, dict) else []

    def single_value(self, key: Sequence[str]) -> Any:
        """A value that is no list or mapping: as written, or the default of what is written above it; else None."""
        value = self.values
        for end, part in enumerate(key):
            if isinstance(value, dict) and part not in value:
                here = declared_at(key[:end])
                value = here.model().model_dump(mode="json") if here is not None and here.model is not None else None
            value = value.get(part) if isinstance(value, dict) else None
        return None if isinstance(value, (dict, list, tuple)) else value

    def _apply(self, edit: Edit) -> None:
        *path, last = edit.key
        node = self.values
        for part in path:
            node = node[part]
        there = node.get(last)
        if edit.value is REMOVE:
            if last not in node:
                self.faults.append(self._nothing_to_remove(edit, node))
                return
            del node[last]
            self._forget(edit.key)
        elif not edit.opens:
            if isinstance(there, (dict, list)):
                self._forget(edit.key)
            node[last] = _copied(edit.value)
        elif not isinstance(there, dict) or (edit.key in _names_keys() and edit.key not in self.written):
            node[last] = {}  # mappings of names start empty as soon as somebody gives them
        for key, written in ((edit.key, edit.written), *edit.inner):
            self.written.pop(key, None)
            self.written[key] = written

    def _forget(self, key: Key) -> None:
        for below in [one for one in self.written if len(one) > len(key) and one[: len(key)] == key]:
            del self.written[below]

    def _nothing_to_remove(self, edit: Edit, entries: Iterable[str]) -> Fault:
        names = list(entries)
        near = did_you_mean(str(edit.key[-1]), names)
        there = f"there are {clipped(', '.join(names), 100)}" if names else "there is none yet"
        message = f"is empty, which takes an entry out, but {there}{near}; for an entry of defaults write {{}}"
        return self.fault_at(edit.written.key or edit.written.value, edit.key, message)


def merged(edits: Iterable[Edit] = ()) -> MergedScenario:
    """The defaults with edits over them."""
    found = MergedScenario("defaults", _copied(_defaults()), {}, quoted=True)
    found.apply(edits)
    return found


@cache
def _defaults() -> dict[str, Any]:
    values: dict[str, Any] = _plain(Scenario().model_dump())
    return values


@cache
def _names_keys() -> frozenset[Key]:
    return frozenset((name,) for name, child in declared(Scenario).children.items() if child.removable)


def _plain(value: Any) -> Any:
    return {str(key): _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def _copied(value: Any) -> Any:
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value
