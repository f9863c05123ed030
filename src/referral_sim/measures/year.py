"""The measures of one reporting year, as (measure, group, value) rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..recording import RECORDED_SOURCES
from ..records.casebook import SOURCES
from ..records.stages import Outcome, Stage, label
from ..state import State
from ..world.families import GROUPS
from ..world.troubles import tier
from .daily_means import Row, hours_rows, ratio, span_counts, span_rows
from .drift import drift_rows
from .event_rows import EventRows, Flags, children, registered_at_the_end
from .groups import Codes, Groups
from .table import FAMILY_RATE, MEASURES, RATE
from .unseen import unseen_rows
from .yardsticks import yardstick_rows

CATEGORIES = (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE)
STUDY_FROM, STUDY_TO = (10, 1), (3, 31)


def year_rows(rows: EventRows) -> Iterator[Row]:
    """All measures of a year of a finished run, group by group."""
    yield from _counts(rows, children(rows))
    yield from _ratios(rows)
    yield from _sources(rows)
    yield from _need(rows)
    yield from _programme_areas(rows)
    yield from unseen_rows(rows)
    yield from yardstick_rows(rows)
    yield from _state(rows)
    yield from drift_rows(rows)


def rows_by_group(measure: str, groups: Groups, values: NDArray[np.float64]) -> Iterator[Row]:
    """One row a group."""
    for group, value in zip(groups.names, values.tolist(), strict=True):
        yield measure, group, value


def _counts(rows: EventRows, people: Codes) -> Iterator[Row]:
    state, groups = rows.state, rows.groups
    of_group = rows.homes.add(people)
    counted = {measure: groups.add(number, rows.reported) for measure, number in rows.counted.items()}
    rates = [measure for measure in counted if MEASURES[measure].unit in (RATE, FAMILY_RATE)]
    for measure in rates:
        counts = counted.pop(measure)
        for group, count, base in zip(groups.names, counts.tolist(), of_group.tolist(), strict=True):
            yield measure, group, ratio(count * 1e4, base)
    on_register = np.flatnonzero(rows.burden.register_case >= 0)
    there = Groups.of_families(state, on_register, rows.year.end - 1)
    for measure, stock in (
        ("on_register", there.add(registered_at_the_end(rows)[on_register].sum(axis=1))),
        ("families_on_register", there.add(np.ones(len(on_register)))),
    ):
        for group, count, base in zip(groups.names, stock.tolist(), of_group.tolist(), strict=True):
            yield measure, group, ratio(count * 1e4, base)
    for measure, counts in counted.items():
        for group, count in zip(groups.names, counts.tolist(), strict=True):
            yield measure, group, float(count)


def _ratios(rows: EventRows) -> Iterator[Row]:
    state, said, groups = rows.state, rows.reported, rows.groups
    referrals = rows.of(Stage.REFERRAL)
    initial, core = rows.of(Stage.INITIAL_ASSESSMENT) & said, rows.of(Stage.CORE_ASSESSMENT) & said
    registrations = rows.of(Stage.REGISTRATION)
    counts = {
        "referral": groups.add(rows.children, referrals & said),
        "contact": groups.add(rows.children, rows.contacts & said),
    }
    for measure, counted, per in (
        ("referrals_per_contact", referrals & said, "contact"),
        ("initial_assessments_per_referral", initial, "referral"),
        ("core_assessments_per_referral", core, "referral"),
        ("registrations_per_referral", registrations & said, "referral"),
    ):
        number = groups.add(rows.children, counted)
        for group, above, below in zip(groups.names, number.tolist(), counts[per].tolist(), strict=True):
            yield measure, group, ratio(above, below)
    limits = state.scenario.assessment
    for measure, mine, limit in (
        ("initial_assessments_in_time", initial, limits.initial_deadline),
        ("core_assessments_in_time", core, limits.core_deadline),
    ):
        yield from rows_by_group(measure, groups, rows.share(rows.elapsed <= limit, mine))
    again = rows.within_12_months(referrals)
    yield from rows_by_group("re_referred_within_12_months", groups, rows.share_of(again, referrals & said))
    before = rows.days_since_previous(registrations) >= 0
    before |= _registered_before(state)[rows.family] & rows.concerned
    yield from rows_by_group("re_registered", groups, rows.share_of(before.sum(axis=1), registrations & said))


def _registered_before(state: State) -> Flags:
    """Which children were registered before the run, or before they came to live here, shape (families, 4)."""
    families = state.families
    return np.asarray(families.births <= families.registered_before[:, None])


def _sources(rows: EventRows) -> Iterator[Row]:
    mine = rows.of(Stage.REFERRAL) & rows.reported
    people = rows.children[mine]
    total = int(people.sum())
    true = np.bincount(rows.state.cases.source[rows.case[mine]], people, minlength=len(SOURCES))
    recorded = rows.recorded()
    on_record = np.bincount(recorded[mine], people, minlength=len(RECORDED_SOURCES))
    listed = study_children(rows).sum(axis=1)
    study = np.bincount(recorded[mine], listed[mine], minlength=len(RECORDED_SOURCES))
    known = float(study[:-1].sum())
    for name, n in zip(SOURCES, true.tolist(), strict=True):
        yield "referral_source_true", f"source:{name}", ratio(n, total)
    ethnic = rows.groups.ethnic[mine] * len(SOURCES) + rows.state.cases.source[rows.case[mine]]
    by_both = np.bincount(ethnic, people, minlength=len(GROUPS) * len(SOURCES)).reshape(len(GROUPS), len(SOURCES))
    for community, of_group in zip(GROUPS, by_both.tolist(), strict=True):
        for name, n in zip(SOURCES, of_group, strict=True):
            yield "referral_source_by_ethnic_group", f"ethnic:{community}/source:{name}", ratio(n, sum(of_group))
    for code, n, s in zip(RECORDED_SOURCES, on_record.tolist(), study.tolist(), strict=True):
        yield "referral_source_recorded", f"source:{code}", ratio(n, total)
        # Table 6.3 gives shares of the referrals whose source is known.
        if code != RECORDED_SOURCES[-1]:
            yield "study_source_recorded", f"source:{code}", ratio(s, known)


def study_window(rows: EventRows) -> tuple[int, int]:
    """First working day of the year's half year, October to March, as the report's; and the first one after it."""
    state = rows.state
    start = dt.date(rows.year.begins.year, *STUDY_FROM)
    after = dt.date(start.year + 1, *STUDY_TO) + dt.timedelta(days=1)
    return state.calendar.day_on_or_after(start), state.calendar.day_on_or_after(after)


def studied_areas(state: State) -> Flags:
    """Which programmes' areas the report studied, shape (programmes + 1,); the last, for no area, is False."""
    return np.array([spec.studied for spec in state.programmes.specs] + [False])


def study_children(rows: EventRows) -> Flags:
    """Children whom the report's lists would hold: under-fives in studied areas, October to March (Appendix B).

    Shape (rows, 4), by the children's places among the family's.
    """
    state = rows.state
    first, last = study_window(rows)
    chosen = (rows.day >= first) & (rows.day < last) & studied_areas(state)[rows.groups.area]
    return np.asarray(chosen[:, None] & rows.concerned_under_five)


def _need(rows: EventRows) -> Iterator[Row]:
    state = rows.state
    mine = rows.of(Stage.REFERRAL) & rows.reported
    tiers = np.bincount(tier(rows.level[mine]), rows.children[mine], minlength=5)
    for n in (1, 2, 3, 4):
        yield "referral_need_tier", f"tier:{n}", ratio(float(tiers[n]), float(tiers.sum()))
    groups = rows.groups
    yield from rows_by_group("need_at_referral", groups, rows.share(rows.level, mine))
    waited = state.cases.troubled_days[rows.case]
    yield from rows_by_group("days_to_referral", groups, rows.share(waited, mine & np.isfinite(waited)))
    in_need = rows.level >= state.scenario.yardstick.need
    yield from rows_by_group("referrals_of_need", groups, rows.share(in_need, mine))
    registered = rows.of(Stage.REGISTRATION) & rows.reported
    for category in CATEGORIES:
        chosen = registered & (rows.outcome == category)
        share = ratio(int(rows.children[chosen].sum()), int(rows.children[registered].sum()))
        yield "registration_category", f"category:{label(category)}", share


def _programme_areas(rows: EventRows) -> Iterator[Row]:
    state = rows.state
    mine = rows.of(Stage.REFERRAL) & rows.reported
    people = rows.children * mine
    yield "referrals_from_sslp_areas", "all", ratio(int(people[rows.groups.area >= 0].sum()), int(people.sum()))
    young = rows.concerned_under_five.sum(axis=1) * mine
    studied = studied_areas(state)
    inside, under_five = studied[rows.homes.area], children(rows, 5.0)
    theirs = studied[rows.groups.area]
    within = ratio(int(young[theirs].sum()), int(under_five[inside].sum()))
    outside = ratio(int(young[~theirs].sum()), int(under_five[~inside].sum()))
    yield "sslp_area_referral_ratio", "all", ratio(within, outside)


def _state(rows: EventRows) -> Iterator[Row]:
    """What only the model can see."""
    state, first, end = rows.state, rows.year.first, rows.year.end
    helped = np.array([row for row in state.help_waits if first <= row[1] < end], dtype=np.int64).reshape(-1, 3)
    family, day, wait = helped.T
    groups = Groups(state, *state.residence.at(family, day), state.families.group[family])
    yield from rows_by_group("days_to_help", groups, groups.means(wait, np.ones(len(wait), dtype=bool)))
    yield from span_rows(state, first, end, 1.0)
    yield from hours_rows(state, first, end, 1.0)
    yield from span_counts(state, first, end)
