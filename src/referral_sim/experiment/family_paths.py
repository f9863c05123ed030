"""What became of each family, in so few numbers that a worker process can send it, and how two scenarios differ in it.

A potential sign has the same number in every scenario with the same world, so the signs of the reporting year
are the same set in both. A family's path is what came of those signs, whenever it came, up to the end of the run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..measures.event_rows import EventRows, Flags
from ..records.stages import Outcome, Stage
from ..state import State

Days = NDArray[np.int32]
MILESTONES = ("found", "contact", "referral", "initial_assessment", "help", "registration")
CHANGES = ("newly", "no_longer", "earlier", "later")
PATH = ("changed", "unchanged")
PLACES = ("all", "programme_areas", "elsewhere")
COUNTED = ["milestone", "change", "place", "families"]


@dataclass(frozen=True)
class Paths:
    """The families of whom an agency heard through a sign of the reporting year.

    Attributes:
        family: their numbers, rising, shape (families found,).
        first: working day on which each first reached each of :data:`MILESTONES`, -1 for never, shape (families
            found, 6). *found*: an agency decided on it. *help*: a package, a panel's support, a plan or a
            registration. The others are the stages of that name.
        in_area: whether each lived in a programme's area when it was first heard of, shape (families found,).
    """

    family: NDArray[np.int32]
    first: Days
    in_area: NDArray[np.bool_]


def paths_of(state: State) -> Paths:
    """The paths of a run that has ended."""
    rows = EventRows(state)
    year = rows.case >= int(state.signs.first_of_day[state.calendar.first_reported])
    reached: dict[str, Flags] = {
        "found": np.ones(len(rows.case), dtype=bool),
        "contact": rows.of(Stage.CONTACT),
        "referral": rows.of(Stage.REFERRAL),
        "initial_assessment": rows.of(Stage.INITIAL_ASSESSMENT),
        "help": rows.of(Stage.PACKAGE)
        | rows.of(Stage.PANEL, (Outcome.SUPPORTED,))
        | rows.of(Stage.PLAN_START)
        | rows.of(Stage.REGISTRATION),
        "registration": rows.of(Stage.REGISTRATION),
    }
    mine = np.flatnonzero(year)
    family, first_row = np.unique(rows.family[mine], return_index=True)
    first = np.full((len(family), len(MILESTONES)), -1, dtype=np.int32)
    for column, milestone in enumerate(MILESTONES):
        at = np.flatnonzero(year & reached[milestone])
        who, earliest = np.unique(rows.family[at], return_index=True)  # the log is in the order of days
        first[np.searchsorted(family, who), column] = rows.day[at[earliest]]
    return Paths(family.astype(np.int32), first, rows.groups.area[mine[first_row]] >= 0)


def world_fingerprint(state: State) -> str:
    """A fingerprint of the families and potential signs of a run: equal where both are the same, one by one."""
    families, signs = state.families, state.signs
    hashed = hashlib.blake2b(digest_size=16)
    together = state.troubles.all_children
    for column in (families.births, signs.family, signs.child, signs.offset, signs.kind, signs.shows, together):
        hashed.update(np.ascontiguousarray(column).tobytes())
        hashed.update(b"|")
    hashed.update(state.calendar.dates.tobytes())
    return hashed.hexdigest()


def count_changes(base: Paths, other: Paths) -> pd.DataFrame:
    """Families whose path differs between two scenarios with the same world, counted by how.

    Args:
        base: what happened without.
        other: what happened with.

    Returns:
        Columns milestone, change, place, families; one row a combination. For each milestone: ``newly`` (reached with
        and not without), ``no_longer`` (the other way round), ``earlier`` and ``later`` (reached in both, on another
        day). Milestone ``path`` counts families once: ``changed`` (any milestone differs) and ``unchanged`` (found in
        both, all milestones on the same days). Place is ``all``, ``programme_areas`` (living in a programme's area in
        either scenario) or ``elsewhere``.
    """
    family = np.union1d(base.family, other.family)
    before, after = _spread(base, family), _spread(other, family)
    inside = np.zeros(len(family), dtype=bool)
    for one in (base, other):
        inside[np.searchsorted(family, one.family)] |= one.in_area
    was, now = before >= 0, after >= 0
    moved = was & now
    of_milestone = (now & ~was, was & ~now, moved & (after < before), moved & (after > before))
    changed = (before != after).any(axis=1)
    rows: list[tuple[str, str, str, int]] = []
    for place, chosen in zip(PLACES, (np.ones(len(family), dtype=bool), inside, ~inside), strict=True):
        for column, milestone in enumerate(MILESTONES):
            rows += [
                (milestone, change, place, int((flags[:, column] & chosen).sum()))
                for change, flags in zip(CHANGES, of_milestone, strict=True)
            ]
        rows += [
            ("path", change, place, int((flags & chosen).sum()))
            for change, flags in zip(PATH, (changed, ~changed), strict=True)
        ]
    return pd.DataFrame(rows, columns=COUNTED)


def _spread(paths: Paths, family: NDArray[np.int32]) -> Days:
    """First days of more families than were found; -1 for the others, shape (families, milestones)."""
    first = np.full((len(family), len(MILESTONES)), -1, dtype=np.int32)
    first[np.searchsorted(family, paths.family)] = paths.first
    return first
