"""The measures of the reporting year, as (measure, group, value) rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..pathway.casebook import LONG_AGO, SOURCES
from ..pathway.stages import Outcome, Stage, label
from ..recording import RECORDED_SOURCES
from ..world.need import tier
from .counts import COUNTED, FLOWS, Codes, Flags, Rows, children

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


def by_group(rows: Rows, chosen: Flags) -> Iterator[tuple[str, int]]:
    """Counts of some rows by group: all, localities, programme areas."""
    model = rows.model
    yield "all", int(chosen.sum())
    by_place = np.bincount(rows.locality[chosen], minlength=len(model.places))
    yield from ((f"locality:{name}", int(n)) for name, n in zip(model.places, by_place, strict=True))
    area = rows.area[chosen]
    by_area = np.bincount(area[area >= 0], minlength=len(model.programmes))
    yield from ((f"programme:{p.name}", int(n)) for p, n in zip(model.programmes, by_area, strict=True))


def _children_by_group(model: ReferralModel, people: Codes) -> dict[str, float]:
    out = {"all": float(people.sum())}
    by_place = np.bincount(model.families.locality, weights=people, minlength=len(model.places))
    out |= {f"locality:{n}": float(c) for n, c in zip(model.places, by_place, strict=True)}
    inside = model.families.area >= 0
    by_area = np.bincount(model.families.area[inside], weights=people[inside], minlength=len(model.programmes))
    return out | {f"programme:{p.name}": float(c) for p, c in zip(model.programmes, by_area, strict=True)}


def _counts(rows: Rows, people: Codes) -> Iterator[Row]:
    years = rows.model.calendar.years_reported
    of_group = _children_by_group(rows.model, people)
    for measure, (stage, outcomes) in COUNTED.items():
        for group, count in by_group(rows, rows.of(stage, outcomes) & rows.reported):
            yield measure, group, _ratio(count * 1e4 / years, of_group[group])
    stock = dict(by_group(rows, rows.of(Stage.REGISTRATION)))
    for group, gone in by_group(rows, rows.of(Stage.DEREGISTRATION)):
        yield "on_register", group, _ratio((stock[group] - gone) * 1e4, of_group[group])
    for measure, (stage, outcomes) in FLOWS.items():
        for group, count in by_group(rows, rows.of(stage, outcomes) & rows.reported):
            yield measure, group, count / years
    mine = rows.of(Stage.REFERRAL) & rows.reported & rows.from_programmes()
    for group, count in by_group(rows, mine):
        yield "sslp_referrals_to_social_services", group, count / years


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
        in_time = dict(by_group(rows, mine & (rows.elapsed <= limit)))
        for group, all_of_them in by_group(rows, mine):
            yield measure, group, _ratio(in_time[group], all_of_them)
    again = rows.within_12_months(referrals)[said[referrals]]
    yield "re_referred_within_12_months", "all", _mean(again)
    before = rows.days_since_previous(registrations) >= 0
    before |= model.families.registered_before[rows.family[registrations]]
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
    for name, n in zip(SOURCES, true, strict=True):
        yield "referral_source_true", f"source:{name}", _ratio(int(n), total)
    for code, n, s in zip(RECORDED_SOURCES, on_record, study, strict=True):
        yield "referral_source_recorded", f"source:{code}", _ratio(int(n), total)
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
    return np.asarray(window & studied_areas(model)[rows.area] & (model.concerns.child_age[rows.case] < 5.0))


def _need(rows: Rows) -> Iterator[Row]:
    model = rows.model
    mine = rows.of(Stage.REFERRAL) & rows.reported
    level = rows.level[mine]
    tiers = np.bincount(tier(level), minlength=5)
    for n in (1, 2, 3, 4):
        yield "referral_need_tier", f"tier:{n}", _ratio(int(tiers[n]), len(level))
    yield "need_at_referral", "all", _mean(level)
    for index, name in enumerate(model.places):
        yield "need_at_referral", f"locality:{name}", _mean(level[rows.locality[mine] == index])
    for programme in model.programmes:
        yield "need_at_referral", f"programme:{programme.name}", _mean(level[rows.area[mine] == programme.index])
    waited = model.cases.troubled_days[rows.case[mine]]
    yield "days_to_referral", "all", _mean(waited[np.isfinite(waited)])
    yield "referrals_right", "all", _mean(level >= model.scenario.front_door.threshold)
    registered = rows.outcome[rows.of(Stage.REGISTRATION) & rows.reported]
    for category in CATEGORIES:
        share = _ratio(int((registered == category).sum()), len(registered))
        yield "registration_category", f"category:{label(category)}", share


def _programme_areas(rows: Rows) -> Iterator[Row]:
    model = rows.model
    mine = rows.of(Stage.REFERRAL) & rows.reported
    yield "referrals_from_sslp_areas", "all", _mean(rows.area[mine] >= 0)
    young = mine & (model.concerns.child_age[rows.case] < 5.0)
    studied = studied_areas(model)
    inside, under_five = studied[model.families.area], children(model, 5.0)
    within = _ratio(int((young & studied[rows.area]).sum()), int(under_five[inside].sum()))
    outside = _ratio(int((young & ~studied[rows.area]).sum()), int(under_five[~inside].sum()))
    yield "sslp_area_referral_ratio", "all", _ratio(within, outside)


def _state(model: ReferralModel) -> Iterator[Row]:
    """What only a model can see."""
    yield "needs_unreached", "all", _mean(~_reached(model))
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


def _reached(model: ReferralModel) -> Flags:
    """Of the families with a concern at or above the threshold in the year: who had any help in it."""
    book, concerns = model.cases, model.concerns
    first = int(concerns.first_of_day[model.calendar.first_reported])
    level = book.level[first:]
    in_need = np.unique(concerns.family[first:][np.nan_to_num(level) >= model.scenario.front_door.threshold])
    helped = book.helped[in_need] > LONG_AGO
    recent = book.helped[in_need] >= model.calendar.first_reported
    running = (book.plan_case[in_need] >= 0) | (book.register_case[in_need] >= 0)
    return np.asarray(helped & (recent | running))
