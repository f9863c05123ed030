"""How much trouble there is, how much of it anybody brings, and how that compares with the register (MODEL W9)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..records.burden import GRAVE, TROUBLED
from ..records.stages import Stage
from ..world.troubles import KINDS, tier
from .daily_means import Row, ratio
from .event_rows import EventRows, Flags, children_there, registered_at_the_end, signs_of

BROUGHT = (Stage.CONTACT, Stage.PROGRAMME_CONCERN, Stage.TAKEN_TO_LIAISON, Stage.PANEL, Stage.OTHER_OFFICE)


def unseen_rows(rows: EventRows) -> Iterator[Row]:
    """Measures of the unseen part, group by group."""
    burden, groups = rows.burden, rows.homes
    months = burden.here.astype(float)
    lived = groups.add(months)
    for measure, amount in (("families_in_trouble", burden.troubled), ("families_in_grave_trouble", burden.grave)):
        for group, above, below in zip(
            groups.names, groups.add(amount.astype(float)).tolist(), lived.tolist(), strict=True
        ):
            yield measure, group, ratio(above * 1000.0, below)
    people = children_there(rows)
    harmed, base, on_register = (
        groups.add((people & some).sum(axis=1)).tolist() for some in (burden.harmed, people, _on_register(rows))
    )
    for group, count, children, seen in zip(groups.names, harmed, base, on_register, strict=True):
        yield "children_harmed", group, ratio(count * 1e4, children)
        yield "harmed_for_each_registered", group, ratio(count, seen)
    yield from _brought(rows)


def _on_register(rows: EventRows) -> Flags:
    """Children on the register at some time of the year: at its end, put on it or taken off in it; (families, 4)."""
    found = registered_at_the_end(rows)
    of_register = (rows.of(Stage.REGISTRATION) | rows.of(Stage.DEREGISTRATION)) & rows.reported
    at, child = np.nonzero(rows.concerned & of_register[:, None])
    found[rows.family[at], child] = True
    return found


def _brought(rows: EventRows) -> Iterator[Row]:
    """Shares of the year's signs, and of the families in trouble, that anybody brought to an agency."""
    state, signs = rows.state, rows.state.signs
    mine = signs_of(rows)
    brought = np.zeros(len(signs), dtype=bool)
    brought[rows.case[np.isin(rows.stage, [int(stage) for stage in BROUGHT])]] = True
    level = state.cases.level[mine]
    shown = np.flatnonzero(np.isfinite(level) & (signs.trouble[mine] >= 0))
    by, level = brought[mine][shown], level[shown]
    yield "signs_brought", "all", ratio(int(by.sum()), len(by))
    for n in (1, 2, 3, 4):
        of_tier = tier(level) == n
        yield "signs_brought", f"tier:{n}", ratio(int(by[of_tier].sum()), int(of_tier.sum()))
    kind = signs.kind[mine][shown]
    for code, name in enumerate(KINDS):
        of_kind = kind == code
        if of_kind.any():
            yield "signs_brought", f"kind:{name}", ratio(int(by[of_kind].sum()), int(of_kind.sum()))
    seen = np.zeros(len(state.families), dtype=bool)
    seen[signs.family[mine][brought[mine]]] = True
    highest = rows.burden.highest
    in_trouble, grave = highest >= TROUBLED, highest >= GRAVE
    for group, chosen in (("all", in_trouble), ("tier:3", in_trouble & ~grave), ("tier:4", grave)):
        yield "families_in_trouble_brought", group, ratio(int((seen & chosen).sum()), int(chosen.sum()))
