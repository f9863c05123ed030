"""The measures of the reporting year, as (measure, group, value) rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..recording import RECORDED_SOURCES
from ..records.casebook import LONG_AGO, SOURCES
from ..records.stages import Outcome, Stage, label
from ..state import State
from ..world.families import GROUPS
from ..world.need import tier
from .daily_means import Row, mean, ratio, span_counts, span_rows
from .event_rows import EventRows, Flags, children, homes
from .groups import Codes, Groups
from .table import MEASURES, RATE

CATEGORIES = (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE)
STUDY_FROM, STUDY_TO = (10, 1), (3, 31)


def year_rows(state: State) -> Iterator[Row]:
    """All measures of a finished run, group by group."""
    rows = EventRows(state)
    people = children(state)
    yield from _counts(rows, people)
    yield from _ratios(rows)
    yield from _sources(rows)
    yield from _need(rows)
    yield from _programme_areas(rows)
    yield from _state(state)


def rows_by_group(measure: str, groups: Groups, values: NDArray[np.float64]) -> Iterator[Row]:
    """One row a group."""
    for group, value in zip(groups.names, values.tolist(), strict=True):
        yield measure, group, value


def _counts(rows: EventRows, people: Codes) -> Iterator[Row]:
    state, groups = rows.state, rows.groups
    years, of_group = state.calendar.years_reported, homes(state).add(people)
    counted = {measure: groups.count(chosen & rows.reported) for measure, chosen in rows.counted().items()}
    rates = [measure for measure in counted if MEASURES[measure].unit == RATE]
    for measure in rates:
        counts = counted.pop(measure)
        for group, count, base in zip(groups.names, counts.tolist(), of_group.tolist(), strict=True):
            yield measure, group, ratio(count * 1e4 / years, base)
    on_register = np.flatnonzero(state.cases.register_case >= 0)
    stock = Groups.of_families(state, on_register, state.day).add(np.ones(len(on_register)))
    for group, count, base in zip(groups.names, stock.tolist(), of_group.tolist(), strict=True):
        yield "on_register", group, ratio(count * 1e4, base)
    for measure, counts in counted.items():
        for group, count in zip(groups.names, counts.tolist(), strict=True):
            yield measure, group, count / years


def _ratios(rows: EventRows) -> Iterator[Row]:
    state, said, groups = rows.state, rows.reported, rows.groups
    referrals = rows.of(Stage.REFERRAL)
    initial, core = rows.of(Stage.INITIAL_ASSESSMENT) & said, rows.of(Stage.CORE_ASSESSMENT) & said
    registrations = rows.of(Stage.REGISTRATION)
    counts = {
        "referral": groups.count(referrals & said),
        "contact": groups.count(rows.of(Stage.CONTACT) & said),
    }
    for measure, counted, per in (
        ("referrals_per_contact", referrals & said, "contact"),
        ("initial_assessments_per_referral", initial, "referral"),
        ("core_assessments_per_referral", core, "referral"),
        ("registrations_per_referral", registrations & said, "referral"),
    ):
        for group, above, below in zip(groups.names, groups.count(counted).tolist(), counts[per].tolist(), strict=True):
            yield measure, group, ratio(above, below)
    limits = state.scenario.assessment
    for measure, mine, limit in (
        ("initial_assessments_in_time", initial, limits.initial_deadline),
        ("core_assessments_in_time", core, limits.core_deadline),
    ):
        yield from rows_by_group(measure, groups, groups.means(rows.elapsed <= limit, mine))
    again = to_all_rows(rows.within_12_months(referrals), referrals)
    yield from rows_by_group("re_referred_within_12_months", groups, groups.means(again, referrals & said))
    before = to_all_rows(rows.days_since_previous(registrations) >= 0, registrations)
    first = rows.family == rows.row  # of who moved in later nothing is known
    before |= first & state.families.registered_before[rows.row]
    yield from rows_by_group("re_registered", groups, groups.means(before, registrations & said))


def to_all_rows(flags: Flags, chosen: Flags) -> Flags:
    """Flags of the chosen rows, among all rows."""
    found = np.zeros(len(chosen), dtype=bool)
    found[chosen] = flags
    return found


def _sources(rows: EventRows) -> Iterator[Row]:
    mine = rows.of(Stage.REFERRAL) & rows.reported
    total = int(mine.sum())
    true = np.bincount(rows.state.cases.source[rows.case[mine]], minlength=len(SOURCES))
    recorded = rows.recorded()
    on_record = np.bincount(recorded[mine], minlength=len(RECORDED_SOURCES))
    in_study = mine & study_rows(rows)
    study = np.bincount(recorded[in_study], minlength=len(RECORDED_SOURCES))
    known = int(study[:-1].sum())
    for name, n in zip(SOURCES, true.tolist(), strict=True):
        yield "referral_source_true", f"source:{name}", ratio(n, total)
    ethnic = rows.groups.ethnic[mine] * len(SOURCES) + rows.state.cases.source[rows.case[mine]]
    by_both = np.bincount(ethnic, minlength=len(GROUPS) * len(SOURCES)).reshape(len(GROUPS), len(SOURCES))
    for community, of_group in zip(GROUPS, by_both.tolist(), strict=True):
        for name, n in zip(SOURCES, of_group, strict=True):
            yield "referral_source_by_ethnic_group", f"ethnic:{community}/source:{name}", ratio(n, sum(of_group))
    for code, n, s in zip(RECORDED_SOURCES, on_record.tolist(), study.tolist(), strict=True):
        yield "referral_source_recorded", f"source:{code}", ratio(n, total)
        # Table 6.3 gives shares of the referrals whose source is known.
        if code != RECORDED_SOURCES[-1]:
            yield "study_source_recorded", f"source:{code}", ratio(int(s), known)


def study_window(state: State) -> tuple[int, int]:
    """First working day of the report's half year, October to March, and the first one after it."""
    start = dt.date(state.calendar.report_start.year, *STUDY_FROM)
    after = dt.date(start.year + 1, *STUDY_TO) + dt.timedelta(days=1)
    return state.calendar.day_on_or_after(start), state.calendar.day_on_or_after(after)


def studied_areas(state: State) -> Flags:
    """Which programmes' areas the report studied, shape (programmes + 1,); the last, for no area, is False."""
    return np.array([spec.studied for spec in state.programmes.specs] + [False])


def study_rows(rows: EventRows) -> Flags:
    """Rows that the report's lists would hold: under-fives in studied areas, October to March (Appendix B)."""
    state = rows.state
    first, last = study_window(state)
    window = (rows.day >= first) & (rows.day < last)
    return np.asarray(window & studied_areas(state)[rows.groups.area] & (state.concerns.child_age[rows.case] < 5.0))


def _need(rows: EventRows) -> Iterator[Row]:
    state = rows.state
    mine = rows.of(Stage.REFERRAL) & rows.reported
    level = rows.level[mine]
    tiers = np.bincount(tier(level), minlength=5)
    for n in (1, 2, 3, 4):
        yield "referral_need_tier", f"tier:{n}", ratio(int(tiers[n]), len(level))
    groups = rows.groups
    yield from rows_by_group("need_at_referral", groups, groups.means(rows.level, mine))
    waited = state.cases.troubled_days[rows.case]
    yield from rows_by_group("days_to_referral", groups, groups.means(waited, mine & np.isfinite(waited)))
    right = rows.level >= state.teams.official_threshold[rows.day]
    yield from rows_by_group("referrals_right", groups, groups.means(right, mine))
    registered = rows.outcome[rows.of(Stage.REGISTRATION) & rows.reported]
    for category in CATEGORIES:
        share = ratio(int((registered == category).sum()), len(registered))
        yield "registration_category", f"category:{label(category)}", share


def _programme_areas(rows: EventRows) -> Iterator[Row]:
    state = rows.state
    mine = rows.of(Stage.REFERRAL) & rows.reported
    yield "referrals_from_sslp_areas", "all", mean(rows.groups.area[mine] >= 0)
    young = mine & (state.concerns.child_age[rows.case] < 5.0)
    studied = studied_areas(state)
    inside, under_five = studied[homes(state).area], children(state, 5.0)
    theirs = studied[rows.groups.area]
    within = ratio(int((young & theirs).sum()), int(under_five[inside].sum()))
    outside = ratio(int((young & ~theirs).sum()), int(under_five[~inside].sum()))
    yield "sslp_area_referral_ratio", "all", ratio(within, outside)


def _state(state: State) -> Iterator[Row]:
    """What only the model can see."""
    first, end, years = state.calendar.first_reported, state.day + 1, state.calendar.years_reported
    reached, groups = _reached(state)
    yield from rows_by_group("needs_unreached", groups, groups.means(~reached, np.ones(len(reached), dtype=bool)))
    helped = np.array([row for row in state.help_waits if row[1] >= first], dtype=np.int64).reshape(-1, 3)
    family, day, wait = helped.T
    groups = Groups(state, *state.residence.at(family, day), state.families.group[family])
    yield from rows_by_group("days_to_help", groups, groups.means(wait, np.ones(len(wait), dtype=bool)))
    yield from span_rows(state, first, end, years)
    for measure, group, count in span_counts(state, first, end):
        yield measure, group, count / years


def _reached(state: State) -> tuple[Flags, Groups]:
    """Of the families with a concern in the year at or above its day's threshold: who had any help; their groups.

    A family counts where it lived on the day of its first such concern.
    """
    book, concerns, home = state.cases, state.concerns, state.residence
    first = int(concerns.first_of_day[state.calendar.first_reported])
    days = np.searchsorted(state.calendar.offsets, concerns.offset[first:])
    days = np.minimum(days, state.calendar.days - 1)  # what arises on free days at the very end is never decided
    grave = first + np.flatnonzero(np.nan_to_num(book.level[first:]) >= state.teams.official_threshold[days])
    family, at = np.unique(home.occupant[grave], return_index=True)
    row, departure = concerns.family[grave[at]], home.departure[family]
    left = departure >= 0  # what the row holds is another family's
    helped = book.helped[row]
    helped[left] = state.cases.helped_before_leaving[departure[left]]
    running = ((book.plan_case[row] >= 0) | (book.register_case[row] >= 0)) & ~left
    recent = helped >= state.calendar.first_reported
    there = state.residence.at(row, days[grave[at] - first])
    return np.asarray((helped > LONG_AGO) & (recent | running)), Groups(state, *there, state.families.group[row])
