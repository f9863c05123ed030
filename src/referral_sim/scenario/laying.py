"""Fragments and indicator scores laid over a scenario: what they come to as ordinary layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .collaboration import Part
from .errors import Fault, clipped, key_text
from .fragments import EACH, LOCALITY, PROGRAMME, Amount, Fragment, is_number, named, substituted
from .indicators import Score, read_scores
from .outline import Shape, outline, shape_at
from .tree import Branch, Leaf, Node, Place, nested, node_at, to_plain


@dataclass(frozen=True)
class Ground:
    """What a fragment is laid over.

    Attributes:
        under: the scenario as far as it comes before the fragment.
        values: the whole scenario without the fragment, from which numbers are read.
        programmes: names of the programmes there are in the end.
        centres: those of them that become children's centres.
        localities: names of the localities there are in the end.
    """

    under: Branch
    values: Branch
    programmes: tuple[str, ...]
    centres: tuple[str, ...]
    localities: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """One parameter that an indicator's score moved.

    Attributes:
        indicator: its name.
        score: from 0 to 4.
        key: dotted path of the parameter; for a kind of part, of the strength of the part that every programme gets.
        before: the value without the score; for a kind of part the greatest strength of such parts, 0 if none.
        after: the value that the score stands for.
        origin: where the score is written.
    """

    indicator: str
    score: float
    key: str
    before: Any
    after: float
    origin: Place


@dataclass(frozen=True)
class Laid:
    """What a fragment, or the scores of a file, come to over one scenario.

    Attributes:
        layers: to be merged in this order.
        reads: keys whose values it reads.
        moves: what its scores moved.
        faults: why it cannot be laid, if anything.
    """

    layers: tuple[Branch, ...]
    reads: tuple[tuple[str, ...], ...] = ()
    moves: tuple[Move, ...] = ()
    faults: tuple[Fault, ...] = ()


def ground(under: Branch, values: Branch, whole: Branch) -> Ground:
    """The ground for fragments.

    Args:
        under: the scenario as far as it comes before them.
        values: the whole scenario without them.
        whole: the whole scenario with what is known of them; its names count.
    """
    programmes = _names(whole, "programmes")
    centres = (name for name in programmes if isinstance(node_at(whole, ("programmes", name, "centre")), Branch))
    return Ground(under, values, programmes, tuple(centres), _names(whole, "localities"))


def _names(tree: Branch, key: str) -> tuple[str, ...]:
    node = tree.entries.get(key)
    return tuple(node.entries) if isinstance(node, Branch) else ()


def lay(fragment: Fragment, over: Ground) -> Laid:
    """The layers of a fragment: what it empties, its scores, parts for all, trees, and numbers made from others."""
    layers = [nested((name,), Branch(place=place, fresh=True), place) for name, place in fragment.replaces.items()]
    scores, faults = read_scores(fragment.indicators, Place(fragment.label, 1, 1))
    left = {key: node for key, node in over.under.entries.items() if key not in fragment.replaces}
    under = Branch(left, over.under.keys, over.under.place)
    scored = lay_scores(scores, under)
    layers += scored.layers
    layers += [_part_for_all(kind, leaf, under)[0] for kind, leaf in fragment.everywhere.items()]
    for key, tree in fragment.trees.items():
        if key in EACH:
            layers += [substituted(tree, EACH[key], name) for name in _each(key, over)]
        else:
            layers.append(tree)
    reads = []
    for amount in fragment.amounts:
        for path, of in _everyone(amount, over):
            node, fault = _made(amount, path, of, over.values)
            reads += [path, of]
            layers += [nested(path, node, amount.place)] if node is not None else []
            faults += [fault] if fault is not None else []
    return Laid(tuple(layers), tuple(reads), scored.moves, tuple(faults))


def _each(key: str, over: Ground) -> tuple[str, ...]:
    return {"each_programme": over.programmes, "each_centre": over.centres, "each_locality": over.localities}[key]


def _everyone(amount: Amount, over: Ground) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The keys of an amount, once for each programme or locality that they name."""
    pairs = [(amount.path, amount.of)]
    for word, names in ((PROGRAMME, over.programmes), (LOCALITY, over.localities)):
        if any(word in part for part in (*amount.path, *amount.of)):
            pairs = [
                (tuple(named(part, word, name) for part in path), tuple(named(part, word, name) for part in of))
                for path, of in pairs
                for name in names
            ]
    yield from pairs


def _made(
    amount: Amount, path: tuple[str, ...], of: tuple[str, ...], values: Branch
) -> tuple[Leaf | None, Fault | None]:
    start = value_at(values, of)
    if not is_number(start):
        what = "has no number" if start is None else f"is {clipped(str(start))}, no number"
        message = f"{key_text(of)} {what} in this scenario that could be changed"
        return None, Fault(amount.place.file, amount.place.line, amount.place.column, key_text(path), message)
    made = round(start * amount.factor + amount.plus, 10)
    whole = isinstance(start, int) and is_number(made) and (amount.factor != 1.0 or made == int(made))
    return Leaf(round(made) if whole else made, amount.place), None


def lay_scores(scores: Sequence[Score], under: Branch) -> Laid:
    """The layers of indicator scores, with what each moved.

    Args:
        scores: checked scores of one file.
        under: the scenario as far as it comes before them.
    """
    layers, moves = [], []
    for score in scores:
        name, said = score.indicator.name, score.indicator
        for path, span in said.moves.items():
            after = score.between(span)
            layers.append(nested(path, Leaf(after, score.place), score.place))
            moves.append(Move(name, score.value, key_text(path), value_at(under, path), after, score.place))
        for kind, span in said.everywhere.items():
            after = score.between(span)
            layer, part, before = _part_for_all(kind, Leaf(after, score.place), under)
            layers.append(layer)
            key = key_text(("parts", part, "strength"))
            moves.append(Move(name, score.value, key, before, after, score.place))
    return Laid(tuple(layers), (), tuple(moves))


def _part_for_all(kind: str, strength: Leaf, under: Branch) -> tuple[Branch, str, float]:
    """One part of a kind for all programmes in place of the parts of that kind that there are.

    Returns:
        The layer, the part's name, and the greatest strength of the parts that it takes the place of.
    """
    there = under.entries.get("parts")
    entries = there.entries if isinstance(there, Branch) else {}
    same = {name: _part(node) for name, node in entries.items()}
    same = {name: part for name, part in same.items() if part["kind"] == kind}
    name = kind.replace("_", " ").capitalize()
    while name in entries and name not in same:
        name += " for all"
    place = strength.place or Place("", 1, 1)
    values: dict[str, Node] = {"kind": Leaf(kind, place), "strength": strength}
    made: dict[str, Node] = {old: Leaf(None, place) for old in same if old != name}
    made[name] = Branch(values, dict.fromkeys(values, place), place, fresh=True)
    layer = nested(("parts",), Branch(made, dict.fromkeys(made, place), place, implied=True), place)
    return layer, name, max((_number(part["strength"]) for part in same.values()), default=0.0)


def _part(node: Node) -> Mapping[str, Any]:
    said = to_plain(node)
    return {**Part().model_dump(mode="json"), **(said if isinstance(said, dict) else {})}


def _number(value: object) -> float:
    return float(value) if is_number(value) else 0.0


def value_at(tree: Branch, path: Sequence[str]) -> Any:
    """The single value at a path: as written, or the default of what is written above it; None where nothing is."""
    node = node_at(tree, path)
    if node is not None:
        return node.value if isinstance(node, Leaf) else None
    for end in range(len(path) - 1, 0, -1):
        shape = shape_at(path[:end])
        if shape is not None and shape.model is not None and isinstance(node_at(tree, path[:end]), Branch):
            value: Any = shape.model().model_dump(mode="json")
            for part in path[end:]:
                value = value.get(part) if isinstance(value, dict) else None
            return value
    return None


def conflict(one: Laid, other: Laid) -> tuple[tuple[str, ...], str] | None:
    """The first key on which two fragments for the same scenario disagree, and how; None if their order is the same."""
    first, second = _Effect(one), _Effect(other)
    for a, b in ((first, second), (second, first)):
        for path, value in b.writes.items():
            for end in range(len(path) + 1):
                if path[:end] in a.emptied and a.writes.get(path, a) != value:
                    return path, "one takes out what the other puts there"
                if path[:end] in a.reads:
                    return path, "one changes a value that the other gives"
                if path[:end] in a.writes and (end < len(path) or a.writes[path] != value):
                    return path, "each gives another value"
    return None


class _Effect:
    """What layers write, what they empty and what they read, by key path."""

    def __init__(self, laid: Laid) -> None:
        self.writes: dict[tuple[str, ...], Any] = {}
        self.emptied: set[tuple[str, ...]] = set()
        self.reads = set(laid.reads)
        for layer in laid.layers:
            self._walk(layer, outline(), ())

    def _walk(self, node: Node, shape: Shape | None, path: tuple[str, ...]) -> None:
        joins = isinstance(node, Branch) and (
            node.implied or node.fresh or (shape is not None and (shape.merges or shape.removable or not path))
        )
        if not isinstance(node, Branch) or not joins:
            self.writes[path] = to_plain(node)
            return
        if node.fresh:
            self.emptied.add(path)
        for key, child in node.entries.items():
            self._walk(child, shape.child(key) if shape is not None else None, (*path, key))
