"""``like`` in a programme: a described programme whose values the entry starts from."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from .check import examine, placed
from .errors import Fault, key_text
from .library import PROGRAMMES
from .merge import merged
from .nearest import did_you_mean
from .sources import NotFoundError, find, parse
from .tree import Branch, Leaf, Place, nested
from .wording import described

KEYS = ("title", "description", "programme")


@dataclass(frozen=True)
class Likeness:
    """A described programme.

    Attributes:
        name: what to write after ``like``.
        title: for people.
        description: where it was and what is known of it.
        values: the keys of a programme that it gives.
    """

    name: str
    title: str
    description: str
    values: Branch


def read_likeness(source: str | os.PathLike[str], folder: Path | None) -> tuple[Likeness | None, list[Fault]]:
    """Read the file of a described programme.

    Args:
        source: a name of the package, or a path.
        folder: what a relative path starts from; None looks in the package only.

    Raises:
        NotFoundError: if there is no such thing or it cannot be read.
    """
    found = find(source, folder, PROGRAMMES)
    tree, faults = parse(found, PROGRAMMES.word)
    if tree is None:
        return None, faults

    def fault(place: Place | None, key: str, message: str) -> None:
        at = place or Place(found.label, 1, 1)
        faults.append(Fault(at.file, at.line, at.column, key, message))

    for key in tree.entries:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or f" (allowed: {', '.join(KEYS)})"
            fault(tree.keys[key], key, f"unknown key of a described programme{hint}")
    texts = {}
    for key in ("title", "description"):
        node = tree.entries.get(key, Leaf(""))
        texts[key] = " ".join(node.value.split()) if isinstance(node, Leaf) and isinstance(node.value, str) else ""
        if not isinstance(node, Leaf) or not isinstance(node.value, str):
            fault(node.place, key, f"must be text, not {described(node)}")
    values = tree.entries.get("programme", Branch())
    if not isinstance(values, Branch):
        fault(values.place, "programme", f"must be a mapping of keys, not {described(values)}")
        return None, faults
    stood_in = merged([nested(("programmes", "Example"), values, Place(found.label, 1, 1))])[0]
    result = examine(stood_in)
    wrong = [f for f in result if f.what != "check"] if isinstance(result, list) else []
    faults += placed(wrong, stood_in, [])
    return (None if faults else Likeness(Path(source).stem, texts["title"], texts["description"], values)), faults


def with_likes(tree: Branch, folder: Path | None) -> tuple[Branch, list[Fault]]:
    """A layer in which each programme that says ``like`` has that programme's values below its own.

    Args:
        tree: the layer.
        folder: what a relative path starts from; None looks in the package only.
    """
    programmes = tree.entries.get("programmes")
    if not isinstance(programmes, Branch):
        return tree, []
    entries, faults = dict(programmes.entries), []
    for name, node in programmes.entries.items():
        if not isinstance(node, Branch) or "like" not in node.entries:
            continue
        wanted, own = node.entries["like"], node.without("like")
        entries[name] = own
        key, place = key_text(("programmes", name, "like")), wanted.place or node.keys["like"]
        if not isinstance(wanted, Leaf) or not isinstance(wanted.value, str) or not wanted.value:
            message = f"must be the name of a described programme or of a file, not {described(wanted)}"
            faults.append(Fault(place.file, place.line, place.column, key, message))
            continue
        try:
            likeness, more = read_likeness(wanted.value, folder)
        except NotFoundError as error:
            more, likeness = [Fault(place.file, place.line, place.column, key, str(error))], None
        faults += more
        if likeness is not None:
            below = likeness.values
            entries[name] = replace(own, entries={**below.entries, **own.entries}, keys={**below.keys, **own.keys})
    return replace(tree, entries={**tree.entries, "programmes": replace(programmes, entries=entries)}), faults
