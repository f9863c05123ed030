"""The eight good-practice indicators: scores from 0 to 4 that move named parameters.

Which parameter each moves, and between which values, stands in ``scenarios/indicators.yaml`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .errors import Fault, key_text
from .fragments import is_number
from .library import library_folder
from .nearest import did_you_mean
from .overrides import split_key
from .tree import Branch, Leaf, Node, Place, to_plain
from .wording import described
from .yaml_text import read_yaml

HIGHEST = 4.0
Span = tuple[float, float]


@dataclass(frozen=True)
class Indicator:
    """One indicator of the report.

    Attributes:
        name: what to write for it.
        title: the report's heading, in short.
        description: why it moves what it moves.
        moves: key path -> (value at 0, value at 4).
        everywhere: kind of part -> (strength at 0, strength at 4) of one part for all programmes.
    """

    name: str
    title: str
    description: str
    moves: Mapping[tuple[str, ...], Span]
    everywhere: Mapping[str, Span]


@dataclass(frozen=True)
class Score:
    """A score as it was given.

    Attributes:
        indicator: what is scored.
        value: from 0 to 4.
        place: where it is written.
    """

    indicator: Indicator
    value: float
    place: Place

    def between(self, span: Span) -> float:
        """The value on the line from that at 0 to that at 4."""
        low, high = span
        return round(low + (high - low) * self.value / HIGHEST, 10)


@cache
def indicators() -> dict[str, Indicator]:
    """Name -> indicator, in the report's order."""
    text = (library_folder() / "indicators.yaml").read_text(encoding="utf-8")
    tree, faults = read_yaml(text, lambda line, column, _index: Place("indicators.yaml", line + 1, column + 1))
    assert tree is not None, faults
    assert not faults, faults
    return {name: _indicator(name, said) for name, said in to_plain(tree).items()}


def _indicator(name: str, said: Mapping[str, Any]) -> Indicator:
    spans = {split_key(key)[0]: _span(pair) for key, pair in said.get("moves", {}).items()}
    parts = {kind: _span(pair) for kind, pair in said.get("everywhere", {}).items()}
    return Indicator(name, said["title"], " ".join(said["description"].split()), spans, parts)


def _span(pair: list[float]) -> Span:
    low, high = pair
    return float(low), float(high)


def read_scores(node: Node | None, start: Place) -> tuple[list[Score], list[Fault]]:
    """The scores that a file gives under ``indicators``.

    Args:
        node: what stands there; None for nothing.
        start: a place for faults of what has none.
    """
    if node is None:
        return [], []
    if not isinstance(node, Branch):
        message = f"must be a mapping of indicators to scores from 0 to 4, not {described(node)}"
        return [], [_fault(node.place or start, ("indicators",), message)]
    known = indicators()
    scores: list[Score] = []
    faults: list[Fault] = []
    for name, item in node.entries.items():
        path, place = ("indicators", name), node.keys.get(name) or start
        if name not in known:
            hint = did_you_mean(name, known) or f" (the indicators are {', '.join(known)})"
            faults.append(_fault(place, path, f"unknown indicator{hint}"))
        elif not isinstance(item, Leaf) or not is_number(item.value) or not 0.0 <= item.value <= HIGHEST:
            faults.append(_fault(item.place or place, path, f"must be a score from 0 to 4, not {described(item)}"))
        else:
            scores.append(Score(known[name], float(item.value), item.place or place))
    return scores, faults


def _fault(place: Place, path: tuple[str, ...], message: str) -> Fault:
    return Fault(place.file, place.line, place.column, key_text(path), message)
