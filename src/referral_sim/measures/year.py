"""The measures of the reporting year, as (measure, group, value) rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..pathway.casebook import LONG_AGO, SOURCES
from ..pathway.stages import Outcome, Stage, label
from ..recording import RECORDED_SOURCES
from ..world.families import GROUPS
from ..world.need import tier
from .counts import COUNTED, FLOWS, Flags, Rows, children, homes
from .groups import Codes, Groups

if TYPE_CHECKING:
    from ..model import ReferralModel

Row = tuple[str, str, float]
CATEGORIES = (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE)
STUDY_FROM, STUDY_TO = (10, 1), (3, 31)


def year_rows(model: ReferralModel) -> Iterator[Row]:
    """All measures of a finished run, group by group."""
    rows = Rows(model)
    people = children(model)
    yield from _counts(rows, people)
    yield from _ratios(rows)
    yield from _sources(rows)
    yield from _need(rows)
    yield from _programme_areas(rows)
    yield from _state(model)


def _ratio(above: float, below: float) -> float:
    return above / below if below else float("nan")


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _counts(rows: Rows, people: Codes) -> Iterator[Row]:
    model, groups = rows.model, rows.groups
    years, of_group = model.calendar.years_reported, homes(model).add(people)
    for measure, (stage, outcomes) in COUNTED.items():
        counts = groups.count(rows.of(stage, outcomes) & rows.reported)
        for group, count, base in zip(groups.names, counts.tolist(), of_group.tolist(), strict=True):
            yield measure, group, _ratio(count * 1e4 / years, base)
    on_register = np.flatnonzero(model.cases.register_case >= 0)
    stock = Groups.of_families(model, on_register, model.day).add(np.ones(len(on_register)))
    for group, count, base in zip(groups.names, stock.tolist(), of_group.tolist(), strict=True):
        yield "on_register", group, _ratio(count * 1e4, base)
    flows = {name: rows.of(stage, outcomes) & rows.reported for name, (stage, outcomes) in FLOWS.items()}
    flows["sslp_referrals_to_social_services"] = rows.of(Stage.REFERRAL) & rows.reported & rows.from_programmes()
    for measure, chosen in flows.items():
        for group, count in zip(groups.names, groups.count(chosen).tolist(), strict=True):
            yield measure, group, count / years


def _ratios(rows: Rows) -> Iterator[Row]:
    model, said = rows.model, rows.reported
    referrals = rows.of(Stage.REFERRAL)
    initial, core = rows.of(Stage.INITIAL_ASSESSMENT) & said, rows.of(Stage.CORE_ASSESSMENT) & said
    registrations = rows.of(Stage.REGISTRATION)
    count = int((referrals & said).sum())
    yield "referrals_per_contact", "all", _ratio(count, int((rows.of(Stage.CONTACT) & said).sum()))
    yield "initial_assessments_per_referral", "all", _ratio(int(initial.sum()), count)
    yield "core_assessments_per_referral", "all", _ratio(int(core.sum()), count)
    yield "registrations_per_referral", "all", _ratio(int((registrations & said).sum()), count)
    limits = model.scenario.assessment
    for measure, mine, limit in (
        ("initial_assessments_in_time", initial, limits.initial_deadline),
        ("core_assessments_in_time", core, limits.core_deadline),
    ):
        in_time, all_of_them = rows.groups.count(mine & (rows.elapsed <= limit)), rows.groups.count(mine)
        for group, some, whole in zip(rows.groups.names, in_time.tolist(), all_of_them.tolist(), strict=True):
            yield measure, group, _ratio(some, whole)
    again = rows.within_12_months(referrals)[said[referrals]]
    yield "re_referred_within_12_months", "all", _mean(again)
    before = rows.days_since_previous(registrations) >= 0
    first = rows.family[registrations] == rows.row[registrations]  # of who moved in later nothing is known
    before |= first & model.families.registered_before[rows.row[registrations]]
    yield "re_registered", "all", _mean(before[said[registrations]])


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
        yield "referral_source_true", f"source:{name}", _ratio(n, total)
    ethnic = rows.groups.ethnic[mine] * len(SOURCES) + rows.model.cases.source[rows.case[mine]]
    by_both = np.bincount(ethnic, minlength=len(GROUPS) * len(SOURCES)).reshape(len(GROUPS), len(SOURCES))
    for community, of_group in zip(GROUPS, by_both.tolist(), strict=True):
        for name, n in zip(SOURCES, of_group, strict=True):
            yield "referral_source_by_ethnic_group", f"ethnic:{community}/source:{name}", _ratio(n, sum(of_group))
    for code, n, s in zip(RECORDED_SOURCES, on_record.tolist(), study.tolist(), strict=True):
        yield "referral_source_recorded", f"source:{code}", _ratio(n, total)
        # Table 6.3 gives shares of the referrals whose source is known.
        if code != RECORDED_SOURCES[-1]:
            yield "study_source_recorded", f"source:{code}", _ratio(int(s), known)


def study_window(model: ReferralModel) -> tuple[int, int]:
    """First working day of the report's half year, October to March, and the first one after it."""
    start = dt.date(model.calendar.report_start.year, *STUDY_FROM)
    after = dt.date(start.year + 1, *STUDY_TO) + dt.timedelta(days=1)
    return model.calendar.day_on_or_after(start), model.calendar.day_on_or_after(after)


def studied_areas(model: ReferralModel) -> Flags:
    """Which programmes' areas the report studied, shape (programmes + 1,); the last, for no area, is False."""
    return np.array([p.spec.studied for p in model.programmes] + [False])


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
        yield "referral_need_tier", f"tier:{n}", _ratio(int(tiers[n]), len(level))
    sums, counts = rows.groups.add(np.where(mine, rows.level, 0.0)), rows.groups.count(mine)
    for group, above, count in zip(rows.groups.names, sums.tolist(), counts.tolist(), strict=True):
        yield "need_at_referral", group, _ratio(above, count)
    waited = model.cases.troubled_days[rows.case[mine]]
    yield "days_to_referral", "all", _mean(waited[np.isfinite(waited)])
    yield "referrals_right", "all", _mean(level >= model.front_door.official_threshold[rows.day[mine]])
    registered = rows.outcome[rows.of(Stage.REGISTRATION) & rows.reported]
    for category in CATEGORIES:
        share = _ratio(int((registered == category).sum()), len(registered))
        yield "registration_category", f"category:{label(category)}", share


def _programme_areas(rows: Rows) -> Iterator[Row]:
    model = rows.model
    mine = rows.of(Stage.REFERRAL) & rows.reported
    yield "referrals_from_sslp_areas", "all", _mean(rows.groups.area[mine] >= 0)
    young = mine & (model.concerns.child_age[rows.case] < 5.0)
    studied = studied_areas(model)
    inside, under_five = studied[homes(model).area], children(model, 5.0)
    theirs = studied[rows.groups.area]
    within = _ratio(int((young & theirs).sum()), int(under_five[inside].sum()))
    outside = _ratio(int((young & ~theirs).sum()), int(under_five[~inside].sum()))
    yield "sslp_area_referral_ratio", "all", _ratio(within, outside)


def _state(model: ReferralModel) -> Iterator[Row]:
    """What only a model can see."""
    reached, ethnic = _reached(model)
    yield "needs_unreached", "all", _mean(~reached)
    for code, community in enumerate(GROUPS):
        yield "needs_unreached", f"ethnic:{community}", _mean(~reached[ethnic == code])
    first = model.calendar.first_reported
    waits = [wait for _, day, wait in model.help_waits if day >= first]
    yield "days_to_help", "all", _mean(np.array(waits, dtype=float))
    history = model.history
    for index, name in enumerate(model.places):
        yield "backlog_days", f"locality:{name}", _mean(history.backlog[first : model.day + 1, index])
        yield "applied_threshold", f"locality:{name}", _mean(history.threshold[first : model.day + 1, index])
    yield "backlog_days", "all", _mean(history.backlog[first : model.day + 1].ravel())
    yield "applied_threshold", "all", _mean(history.threshold[first : model.day + 1].ravel())
    for measure, index in (("trust_sslp", 0), ("trust_team", 1), ("threshold_gap", 2)):
        yield measure, "all", _mean(history.views[first : model.day + 1, index])
    for programme in model.programmes:
        days, group = slice(first, model.day + 1), f"programme:{programme.name}"
        yield "trust_sslp", group, _mean(history.trust_sslp[days, programme.index])
        yield "trust_team", group, _mean(history.trust_team[days, programme.index])
        brought = sum(n for day, p, n in model.brought_in if p == programme.index and day >= first)
        yield "families_brought_in", group, brought / model.calendar.years_reported
    brought = sum(n for day, _, n in model.brought_in if day >= first)
    yield "families_brought_in", "all", brought / model.calendar.years_reported
    moved = sum(day >= first for day, _, _ in model.staff.moved)
    yield "staff_moves", "all", moved / model.calendar.years_reported
    posts = sum(len(team.posts) for team in model.teams)
    gone = history.leavers[model.day] - (history.leavers[first - 1] if first else 0)
    yield "turnover_intake", "all", _ratio(float(gone) / model.calendar.years_reported, posts)


def _reached(model: ReferralModel) -> tuple[Flags, Codes]:
    """Of the families with a concern in the year at or above its day's threshold: who had any help; their groups."""
    book, concerns, home = model.cases, model.concerns, model.residence
    first = int(concerns.first_of_day[model.calendar.first_reported])
    days = np.searchsorted(model.calendar.offsets, concerns.offset[first:])
    days = np.minimum(days, model.calendar.days - 1)  # what arises on free days at the very end is never decided
    grave = first + np.flatnonzero(np.nan_to_num(book.level[first:]) >= model.front_door.official_threshold[days])
    family, at = np.unique(home.occupant[grave], return_index=True)
    row, departure = concerns.family[grave[at]], home.departure[family]
    left = departure >= 0  # what the row holds is another family's
    helped = book.helped[row]
    helped[left] = model.moving.helped[departure[left]]
    running = ((book.plan_case[row] >= 0) | (book.register_case[row] >= 0)) & ~left
    recent = helped >= model.calendar.first_reported
    return np.asarray((helped > LONG_AGO) & (recent | running)), model.families.group[row]
