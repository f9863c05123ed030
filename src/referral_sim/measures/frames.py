"""The tables that users get, as pandas frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..recording import RECORDED_SOURCES
from ..records.casebook import SOURCES
from ..records.stages import Outcome, Stage, label
from ..scenario.fields import EthnicGroup
from ..state import State
from ..world.troubles import KINDS
from .daily_means import span_counts, span_rows
from .event_rows import EventRows
from .groups import with_group_parts
from .table import MEASURES, unit_of
from .year import year_rows

WARM_UP = "warm-up"
"""What stands for the reporting year of a month before the first."""


def measure_table(state: State) -> pd.DataFrame:
    """Measures, one block of rows a reporting year: year (such as "2005-06"), measure, value, unit, and the group.

    The group is text ("locality:North") and, in two more columns, kind and name (docs/columns.md).

    Raises:
        RuntimeError: if the run has not ended.
    """
    _ended(state)
    all_rows = EventRows(state)
    _ = all_rows.counted  # worked out here, once for all years
    names = [year.name for year in state.calendar.years]
    of_years = [list(year_rows(all_rows.of_year(number))) for number in range(len(names))]
    rows = [row for some in of_years for row in some]
    return with_group_parts(
        pd.DataFrame(
            {
                "year": [name for name, some in zip(names, of_years, strict=True) for _ in some],
                "measure": [m for m, _, _ in rows],
                "value": [v for _, _, v in rows],
                "unit": [unit_of(m) for m, _, _ in rows],
                "group": [g for _, g, _ in rows],
            }
        )
    )


def monthly_table(state: State) -> pd.DataFrame:
    """Every month of the run: month (YYYY-MM), year (or "warm-up"), measure, value, unit, group, its kind and name."""
    _ended(state)
    rows = EventRows(state)
    months = int(state.calendar.month[-1]) + 1
    month = state.calendar.month[rows.day]
    names = [state.calendar.month_name(m) for m in range(months)]
    out: list[tuple[str, str, float, str, str]] = []
    counted = rows.counted
    for measure, number in counted.items():
        counts = rows.groups.add(number, None, month, months)
        for name, of_month in zip(names, counts.tolist(), strict=True):
            groups = zip(rows.groups.names, of_month, strict=True)
            out += [(name, measure, float(n), MEASURES[measure].monthly, group) for group, n in groups]
    referred = counted["referrals"]
    some = referred > 0
    with np.errstate(invalid="ignore"):
        need = rows.groups.add(rows.level * referred, some, month, months) / np.array(
            rows.groups.add(referred, some, month, months)
        )
    for name, of_month in zip(names, need.tolist(), strict=True):
        groups = zip(rows.groups.names, of_month, strict=True)
        out += [(name, "need_at_referral", v, MEASURES["need_at_referral"].monthly, group) for group, v in groups]
    first = np.searchsorted(state.calendar.month, np.arange(months)).tolist()
    for name, begin, end in zip(names, first, [*first[1:], state.calendar.days], strict=True):
        of_span = [*span_rows(state, begin, end, 1.0 / 12.0), *span_counts(state, begin, end)]
        out += [(name, m, v, MEASURES[m].monthly, group) for m, group, v in of_span]
    table = pd.DataFrame(out, columns=["month", "measure", "value", "unit", "group"])
    of_month = dict(zip(names, _years_of_months(state, first), strict=True))
    table.insert(1, "year", table["month"].map(of_month))
    return with_group_parts(table)


def _years_of_months(state: State, first: Sequence[int]) -> list[str]:
    """The reporting year of each month, or "warm-up" before the first, by the first working day of the month."""
    years = state.calendar.years
    return [next((year.name for year in years if year.first <= day < year.end), WARM_UP) for day in first]


def event_table(state: State) -> pd.DataFrame:
    """One row a case stage, in the order in which they happened (columns: docs/columns.md)."""
    rows, signs = EventRows(state), state.signs
    source = state.cases.source[rows.case]
    referred = state.cases.referral_day[rows.case] >= 0
    recorded = np.where(referred, rows.recorded(), -1)
    programme_names = state.programmes.names
    return pd.DataFrame(
        {
            "case": rows.case,
            "family": rows.family,
            "date": state.calendar.dates[rows.day].astype("datetime64[s]"),
            "day": rows.day,
            "stage": _labels(rows.stage, Stage).as_ordered(),
            "outcome": _labels(rows.outcome, Outcome),
            "level": rows.level,
            "working_days": pd.arrays.IntegerArray(rows.elapsed.copy(), rows.elapsed < 0),
            "kind": _words(signs.kind[rows.case], [str(k) for k in KINDS]),
            "source": _words(source, [str(s) for s in SOURCES]),
            "recorded_source": _words(recorded, list(RECORDED_SOURCES)),
            "locality": _words(rows.groups.locality, state.places),
            "programme_area": _words(rows.groups.area, programme_names),
            "ethnic_group": _words(rows.groups.ethnic, [str(g) for g in EthnicGroup]),
            "child_age": signs.child_age[rows.case],
            "children": rows.children,
            "reported": rows.day >= state.calendar.first_reported,
        }
    )


def _words(codes: NDArray[np.integer], names: Sequence[str]) -> pd.Categorical:
    """Codes as words; -1 is missing."""
    return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(list(names), dtype=object))


def _labels(codes: NDArray[np.integer], kinds: type[Stage] | type[Outcome]) -> pd.Categorical:
    """Stages or outcomes by their numbers, which need not follow one another, as words."""
    position = np.full(max(kinds) + 1, -1)
    position[[int(kind) for kind in kinds]] = np.arange(len(kinds))
    return _words(position[codes], [label(kind) for kind in kinds])


def _ended(state: State) -> None:
    if not state.ended:
        raise RuntimeError("the run has not ended; call model.run(), or model.step() until model.running is False")
