"""The layers of a scenario in the order in which they count, with all that its files only name written out.

For each file, the one that extends nothing first: its point of the continuum, its policies, its scores, its own keys.
Then the policies of the command line, the scores of the overrides, and the overrides.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Fault, clipped, key_text
from .fragments import Fragment, read_fragment, shortened
from .indicators import read_scores
from .laying import Laid, Move, conflict, ground, lay, lay_scores
from .library import CONTINUUM, POLICIES, Shelf
from .likes import with_likes
from .merge import merged
from .nearest import did_you_mean
from .overrides import LABEL
from .sources import Layer, NotFoundError
from .tree import Branch, Items, Leaf, Node, Place, nested, node_at
from .wording import described

POLICY_LABEL = "--policy"
NAMED = ("continuum", "policies", "indicators")
_LONGEST_NAME = 100
Wanted = tuple[str | os.PathLike[str], Place]


@dataclass
class Level:
    """One file, all policies of the command line, or all overrides.

    Attributes:
        own: trees of the keys that it gives itself.
        folder: what the relative paths in it start from; None for files of the package.
        continuum: the point of the continuum that it names, if it does.
        policies: the policies that it names.
        scores: what it says under ``indicators``, once for each tree that does.
    """

    own: list[Branch]
    folder: Path | None
    continuum: list[Wanted] = field(default_factory=list)
    policies: list[Wanted] = field(default_factory=list)
    scores: list[Node] = field(default_factory=list)


@dataclass
class Levels:
    """What the levels came to.

    Attributes:
        groups: layers to be merged in their order; those of one file, policy or set of scores are one group.
        moves: what indicator scores moved.
        faults: what was wrong with anything named.
    """

    groups: list[list[Branch]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def tree(self, *more: Branch) -> Branch:
        """All groups merged, and more layers over them."""
        return merged([*(layer for group in self.groups for layer in group), *more])[0]


def build_levels(files: Sequence[Layer], policies: Sequence[str | os.PathLike[str]], sets: Sequence[Branch]) -> Levels:
    """Write out everything that is only named.

    Args:
        files: the files of a scenario, the one that extends nothing first.
        policies: names or paths from the command line.
        sets: one tree an override.
    """
    found = Levels()
    levels = [_level(layer, found.faults) for layer in files]
    start = Place(POLICY_LABEL, 1, 1)
    if policies:
        levels.append(Level([], Path(), policies=[(policy, start) for policy in policies]))
    if sets:
        levels.append(_overrides(sets, found.faults))
    seen: dict[str, str] = {}
    for at, level in enumerate(levels):
        rest = [tree for later in levels[at:] for tree in later.own]
        _lay_all(found, _fragments(level, level.continuum, CONTINUUM, seen, found.faults), rest)
        fragments = _fragments(level, level.policies, POLICIES, seen, found.faults)
        _lay_all(found, fragments, rest)
        for node in level.scores:
            scores, faults = read_scores(node, start)
            found.faults += faults
            laid = lay_scores(scores, found.tree()) if scores else Laid(())
            found.groups += [list(laid.layers)] if laid.layers else []
            found.moves += laid.moves
        if level.own:
            found.groups.append(level.own)
        elif fragments:
            found.groups.append(_renamed(found.tree(), [fragment for fragment, _ in fragments], start))
    return found


def _level(layer: Layer, faults: list[Fault]) -> Level:
    tree, more = with_likes(layer.tree, layer.folder)
    faults += more
    level = Level([tree.without(*NAMED)], layer.folder)
    level.scores = [node for node in [tree.entries.get("indicators")] if node is not None]
    point = tree.entries.get("continuum")
    if isinstance(point, Leaf) and isinstance(point.value, str) and point.value:
        level.continuum = [(point.value, point.place or tree.keys["continuum"])]
    elif point is not None:
        known = ", ".join(CONTINUUM.files())
        faults.append(_fault(point.place, "continuum", f"must be one of {known}, not {described(point)}"))
    named = tree.entries.get("policies")
    if named is not None and not isinstance(named, Items):
        message = f"must be a list of names of policies or of files, not {described(named)}"
        if isinstance(named, Leaf) and isinstance(named.value, str):
            message += f"; write [{clipped(named.value, 40)}]"
        faults.append(_fault(named.place, "policies", message))
    for item in named.items if isinstance(named, Items) else ():
        if isinstance(item, Leaf) and isinstance(item.value, str) and item.value:
            level.policies.append((item.value, item.place or tree.keys["policies"]))
        else:
            message = f"must hold names of policies or of files, not {described(item)}"
            faults.append(_fault(item.place, "policies", message))
    return level


def _overrides(sets: Sequence[Branch], faults: list[Fault]) -> Level:
    """The level of all overrides; what stands at the top of a file only is left to be called unknown."""
    level = Level([], Path())
    for tree in sets:
        like, more = with_likes(tree, level.folder)
        faults += more
        if "indicators" in tree.entries:
            level.scores.append(tree.entries["indicators"])
        else:
            level.own.append(like)
    return level


def _fragments(
    level: Level, wanted: Sequence[Wanted], shelf: Shelf, seen: dict[str, str], faults: list[Fault]
) -> list[tuple[Fragment, Place]]:
    """The fragments that a level names, without those that cannot be read or are there already."""
    found = []
    key = "continuum" if shelf is CONTINUUM else "policies"
    for source, place in wanted:
        key_here = "" if place.file == POLICY_LABEL else key
        try:
            if shelf is CONTINUUM and source not in shelf.files():
                raise NotFoundError(_no_point(str(source)))
            fragment, more = read_fragment(source, level.folder, shelf)
        except NotFoundError as error:
            faults.append(_fault(place, key_here, str(error)))
            continue
        faults += more
        if fragment is None:
            continue
        if fragment.identity in seen:
            message = f"{fragment.label} is here already{seen[fragment.identity]}; a policy is applied once"
            faults.append(_fault(place, key_here, message))
            continue
        seen[fragment.identity] = "" if place.file == POLICY_LABEL else f" ({place.file}:{place.line})"
        found.append((fragment, place))
    return found


def _no_point(word: str) -> str:
    known = CONTINUUM.files()
    hint = did_you_mean(word, known) or f"; they are {', '.join(known)}"
    return f"there is no {CONTINUUM.word} {clipped(word)!r}{hint}"


def _lay_all(found: Levels, fragments: Sequence[tuple[Fragment, Place]], rest: Sequence[Branch]) -> None:
    """Lay fragments that stand side by side; those that disagree are refused.

    They are laid twice: the second time over the names of programmes and localities that the first left.
    """
    if not fragments:
        return
    under, values = found.tree(), found.tree(*rest)
    first = [lay(fragment, ground(under, values, values)) for fragment, _ in fragments]
    whole = found.tree(*(layer for laid in first for layer in laid.layers), *rest)
    second = [lay(fragment, ground(under, values, whole)) for fragment, _ in fragments]
    for position, (fragment, place) in enumerate(fragments):
        laid = second[position]
        found.faults += laid.faults
        found.moves += laid.moves
        found.groups += [list(laid.layers)] if laid.layers else []
        for (other, _), before in zip(fragments[:position], second, strict=False):
            clash = conflict(before, laid)
            if clash is not None:
                path, how = clash
                message = f"policies {other.name!r} and {fragment.name!r} do not go together: {how}"
                found.faults.append(Fault(place.file, place.line, place.column, key_text(path), message))


def _renamed(tree: Branch, fragments: Sequence[Fragment], place: Place) -> list[Branch]:
    """Name and title of a scenario under policies of the command line, so that it can stand beside its base."""
    layers = []
    for key, join in (("name", "+"), ("title", " + ")):
        node = node_at(tree, (key,))
        if isinstance(node, Leaf) and isinstance(node.value, str):
            words = [getattr(fragment, key) for fragment in fragments]
            text = join.join([node.value, *words])
            layers.append(nested((key,), Leaf(shortened(text, _LONGEST_NAME) if key == "name" else text, place), place))
    return layers


def _fault(place: Place | None, key: str, message: str) -> Fault:
    at = place or Place(LABEL, 1, 1)
    return Fault(at.file, at.line, at.column, key, message)
