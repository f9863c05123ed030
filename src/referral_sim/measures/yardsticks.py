"""What policies are judged by: yardsticks that no policy's own definitions move (MODEL C2)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..records.burden import GRAVE, TROUBLED
from ..records.stages import Stage
from ..world.calendar import DAYS_A_MONTH
from .daily_means import Row, ratio
from .event_rows import EventRows


def yardstick_rows(rows: EventRows) -> Iterator[Row]:
    """Measures against one need that stands still (``yardstick.need``), group by group, from the months' ends."""
    state, burden, groups = rows.state, rows.burden, rows.homes
    need = state.scenario.yardstick.need
    families, lived = groups.add(burden.here > 0), groups.add(burden.here.astype(float))
    referred = np.zeros(len(state.families), dtype=bool)
    referred[rows.family[rows.of(Stage.REFERRAL) & rows.reported]] = True
    in_need = burden.highest >= need
    for measure, amount, of, size in (
        ("families_in_unmet_need", burden.unhelped > 0, families, 1000.0),
        ("days_of_unmet_need", burden.unhelped * DAYS_A_MONTH, lived / 12.0, 1000.0),
        ("grave_trouble_unknown", burden.grave_unknown, lived, 1000.0),
        ("families_in_need_referred", in_need & referred, groups.add(in_need), 1.0),
    ):
        sums = groups.add(np.asarray(amount, dtype=np.float64))
        for group, above, below in zip(groups.names, sums.tolist(), of.tolist(), strict=True):
            yield measure, group, ratio(above * size, below)
    for name, least in (("tier:3", TROUBLED), ("tier:4", GRAVE)):
        would = burden.highest_unhelped >= least
        yield "trouble_prevented", name, ratio(int((would & (burden.highest < least)).sum()), int(would.sum()))
