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
from .counts import Flags, Rows, children, homes
from .daily_means import Row, mean, ratio, span_counts, span_rows
from .groups import Codes, Groups
from .table import MEASURES, RATE

CATEGORIES = (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE)
STUDY_FROM, STUDY_TO = (10, 1), (3, 31)


def year_rows(model: State) -> Iterator[Row]:
    """All measures of a finished run, group by group."""
    rows = Rows(model)
    people = children(model)
    yield from _counts(rows, people)
    yield from _ratios(rows)
    yield from _sources(rows)
    yield from _need(rows)
    yield from _programme_areas(rows)
    yield from _state(model)


def _each(measure: str, groups: Groups, values: NDArray[np.float64]) -> Iterator[Row]:
    """One row a group."""
    for group, value in zip(groups.names, values.tolist(), strict=True):
        yield measure, group, value


def _counts(rows: Rows, people: Codes) -> Iterator[Row]:
    model, groups = rows.model, rows.groups
    years, of_group = model.calendar.years_reported, homes(model).add(people)
    counted = {measure: groups.count(chosen & rows.reported) for measure, chosen in rows.counted().items()}
    rates = [measure for measure in counted if MEASURES[measure].unit == RATE]
    for measure in rates:
        counts = counted.pop(measure)
        for group, count, base in zip(groups.names, counts.tolist(), of_group.tolist(), strict=True):
            yield measure, group, ratio(count * 1e4 / years, base)
    on_register = np.flatnonzero(model.cases.register_case >= 0)
    stock = Groups.of_families(model, on_register, model.day).add(np.ones(len(on_register)))
    for group, count, base in zip(groups.names, stock.tolist(), of_group.tolist(), strict=True):
        yield "on_register", group, ratio(count * 1e4, base)
    for measure, counts in counted.items():
        for group, count in zip(groups.names, counts.tolist(), strict=True):
            yield measure, group, count / years


def _ratios(rows: Rows) -> Iterator[Row]:
    model, said, groups = rows.model, rows.reported, rows.groups
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
    limits = model.scenario.assessment
    for measure, mine, limit in (
        ("initial_assessments_in_time", initial, limits.initial_deadline),
        ("core_assessments_in_time", core, limits.core_deadline),
    ):
        yield from _each(measure, groups, groups.means(rows.elapsed <= limit, mine))
    again = _spread(rows.within_12_months(referrals), referrals)
    yield from _each("re_referred_within_12_months", groups, groups.means(again, referrals & said))
    before = _spread(rows.days_since_previous(registrations) >= 0, registrations)
    first = rows.family == rows.row  # of who moved in later nothing is known
    before |= first & model.families.registered_before[rows.row]
    yield from _each("re_registered", groups, groups.means(before, registrations & said))


def _spread(flags: Flags, chosen: Flags) -> Flags:
    """Flags of the chosen rows, among all rows."""
    found = np.zeros(len(chosen), dtype=bool)
    found[chosen] = flags
    return found


def _sources(rows: Rows) -> Iterator[Row]:
    mine = rows.of(Stage.REFERRAL) & rows.reported
    total = int(mine.sum())
    true = np.bincount(rows.model.cases.source[rows.case[mine]], minlength=len(SOURCES))
    recorded = rows.recorded()
    on_record = np.bincount(recorded[mine], minlength=len(RECORDED_SOURCES))
    in_study = mine & study_rows(rows)
    study = np.bincount(recorded[in_study], minlength=len(RECORDED_SOURCES))
    known = int(study[:-1].sum())
    for name, n in zip(SOURCES, true.tolist(), strict=True):
        yield "referral_source_true", f"source:{name}", ratio(n, total)
    ethnic = rows.groups.ethnic[mine] * len(SOURCES) + rows.model.cases.source[rows.case[mine]]
    by_both = np.bincount(ethnic, minlength=len(GROUPS) * len(SOURCES)).reshape(len(GROUPS), len(SOURCES))
    for community, of_group in zip(GROUPS, by_both.tolist(), strict=True):
        for name, n in zip(SOURCES, of_group, strict=True):
            yield "referral_source_by_ethnic_group", f"ethnic:{community}/source:{name}", ratio(n, sum(of_group))
    for code, n, s in zip(RECORDED_SOURCES, on_record.tolist(), study.tolist(), strict=True):
        yield "referral_source_recorded", f"source:{code}", ratio(n, total)
        # Table 6.3 gives shares of the referrals whose source is known.
        if code != RECORDED_SOURCES[-1]:
            yield "study_source_recorded", f"source:{code}", ratio(int(s), known)


def study_window(model: State) -> tuple[int, int]:
    """First working day of the report's half year, October to March, and the first one after it."""
    start = dt.date(model.calendar.report_start.year, *STUDY_FROM)
    after = dt.date(start.year + 1, *STUDY_TO) + dt.timedelta(days=1)
    return model.calendar.day_on_or_after(start), model.calendar.day_on_or_after(after)


def studied_areas(model: State) -> Flags:
    """Which programmes' areas the report studied, shape (programmes + 1,); the last, for no area, is False."""
    return np.array([spec.studied for spec in model.programmes.specs] + [False])


def study_rows(rows: Rows) -> Flags:
    """Rows that the report's lists would hold: under-fives in studied areas, October to March (Appendix B)."""
    model = rows.model
    first, last = study_window(model)
    window = (rows.day >= first) & (rows.day < last)
    return np.asarray(window & studied_areas(model)[rows.groups.area] & (model.concerns.child_age[rows.case] < 5.0))


def _need(rows: Rows) -> Iterator[Row]:
    model = rows.model
    mine = rows.of(Stage.REFERRAL) & rows.reported
    level = rows.level[mine]
    tiers = np.bincount(tier(level), minlength=5)
    for n in (1, 2, 3, 4):
        yield "referral_need_tier", f"tier:{n}", ratio(int(tiers[n]), len(level))
    groups = rows.groups
    yield from _each("need_at_referral", groups, groups.means(rows.level, mine))
    waited = model.cases.troubled_days[rows.case]
    yield from _each("days_to_referral", groups, groups.means(waited, mine & np.isfinite(waited)))
    right = rows.level >= model.teams.official_threshold[rows.day]
    yield from _each("referrals_right", groups, groups.means(right, mine))
    registered = rows.outcome[rows.of(Stage.REGISTRATION) & rows.reported]
    for category in CATEGORIES:
        share = ratio(int((registered == category).sum()), len(registered))
        yield "registration_category", f"category:{label(category)}", share


def _programme_areas(rows: Rows) -> Iterator[Row]:
    model = rows.model
    mine = rows.of(Stage.REFERRAL) & rows.reported
    yield "referrals_from_sslp_areas", "all", mean(rows.groups.area[mine] >= 0)
    young = mine & (model.concerns.child_age[rows.case] < 5.0)
    studied = studied_areas(model)
    inside, under_five = studied[homes(model).area], children(model, 5.0)
    theirs = studied[rows.groups.area]
    within = ratio(int((young & theirs).sum()), int(under_five[inside].sum()))
    outside = ratio(int((young & ~theirs).sum()), int(under_five[~inside].sum()))
    yield "sslp_area_referral_ratio", "all", ratio(within, outside)


def _state(model: State) -> Iterator[Row]:
    """What only a model can see."""
    first, end, years = model.calendar.first_reported, model.day + 1, model.calendar.years_reported
    reached, groups = _reached(model)
    yield from _each("needs_unreached", groups, groups.means(~reached, np.ones(len(reached), dtype=bool)))
    helped = np.array([row for row in model.help_waits if row[1] >= first], dtype=np.int64).reshape(-1, 3)
    family, day, wait = helped.T
    groups = Groups(model, *model.residence.at(family, day), model.families.group[family])
    yield from _each("days_to_help", groups, groups.means(wait, np.ones(len(wait), dtype=bool)))
    yield from span_rows(model, first, end, years)
    for measure, group, count in span_counts(model, first, end):
        yield measure, group, count / years


def _reached(model: State) -> tuple[Flags, Groups]:
    """Of the families with a concern in the year at or above its day's threshold: who had any help; their groups.

    A family counts where it lived on the day of its first such concern.
    """
    book, concerns, home = model.cases, model.concerns, model.residence
    first = int(concerns.first_of_day[model.calendar.first_reported])
    days = np.searchsorted(model.calendar.offsets, concerns.offset[first:])
    days = np.minimum(days, model.calendar.days - 1)  # what arises on free days at the very end is never decided
    grave = first + np.flatnonzero(np.nan_to_num(book.level[first:]) >= model.teams.official_threshold[days])
    family, at = np.unique(home.occupant[grave], return_index=True)
    row, departure = concerns.family[grave[at]], home.departure[family]
    left = departure >= 0  # what the row holds is another family's
    helped = book.helped[row]
    helped[left] = model.cases.helped_before_leaving[departure[left]]
    running = ((book.plan_case[row] >= 0) | (book.register_case[row] >= 0)) & ~left
    recent = helped >= model.calendar.first_reported
    there = model.residence.at(row, days[grave[at] - first])
    return np.asarray((helped > LONG_AGO) & (recent | running)), Groups(model, *there, model.families.group[row])
