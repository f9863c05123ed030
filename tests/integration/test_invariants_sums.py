"""What must add up in every run: hours, the register, months, places, days."""

import numpy as np
import pandas as pd
import pytest

from generated import BANK_HOLIDAYS, of, waiting
from referral_sim.measures.table import FAMILY_RATE, MEASURES, RATE

RATES = (RATE, FAMILY_RATE)

# -- nothing is lost, nothing happens twice ---------------------------------------------------------------------------


def test_hours_worked_are_there_and_add_up(story):
    model, staff = story.model, story.scenario.workforce
    front, assess, protect = story.scenario.front_door, story.scenario.assessment, story.scenario.protection
    initial = assess.initial_hours + front.referral_hours
    saved = story.scenario.collaboration.common_assessment.saves_work * assess.initial_hours
    each = {
        "screening": front.contact_hours, "urgent": initial, "initial": initial, "enquiry": protect.enquiry_hours,
        "conference": protect.conference_hours, "core": assess.core_hours,
    }  # fmt: skip
    asked = work_of(model, story.events, each, saved)
    for team, hours in zip(model.teams, story.hours, strict=True):
        queue = team.queue
        assert queue.hours_available == pytest.approx(hours)
        assert queue.hours_worked <= queue.hours_available + 1e-6
        assert queue.hours_worked == pytest.approx(sum(lane.worked for lane in queue.lanes.values()))
        came = sum(lane.arrived for lane in queue.lanes.values())
        assert queue.hours_worked == pytest.approx(came - queue.backlog, abs=1e-6)
        for name, lane in queue.lanes.items():
            pieces = len(lane.waiting())
            least = each[name] - (saved if name in ("urgent", "initial") else 0.0)  # with a common assessment
            assert (pieces - 1) * least - 1e-6 <= lane.backlog <= pieces * each[name] + 1e-6
            came += lane.dropped
        if staff.unlimited:  # only what came after the day's work waits, for the next morning
            assert (model.state.history.backlog == 0).all()
            assert not len(queue.lanes["screening"].waiting())
        assert came == pytest.approx(asked[team.index], abs=1e-6)


def work_of(model, events, each, saved):
    """Hours that the rows ask of each team: the team of the patch in which the family lives that day."""
    desk = model.scenario.front_door.county_desk
    delay = desk.delay_days if desk.enabled else 0
    left = events[events["outcome"] == "moved_away"].groupby("case")["day"].first()
    simple = of(events, "contact_decision", "answered_by_administrator", "signposted_at_desk")
    at_desk = waiting(events, "at_desk")
    contacts = events[(events["stage"] == "contact") & ~events["case"].isin({**simple, **at_desk})]
    contacts = contacts.assign(day=contacts["day"] + delay)
    contacts = contacts[~(contacts["case"].map(left) <= contacts["day"])]
    asks = {
        ("referral", "initial_assessment"): "initial",
        ("section_47_enquiry", "none"): "enquiry",
        ("section_47_outcome", "conference"): "conference",
    }
    asked = np.zeros(len(model.teams))

    def give(rows, lane):
        place, _ = model.state.residence.at(model.signs.family[rows["case"]], rows["day"].to_numpy())
        np.add.at(asked, place, each[lane])

    give(contacts, "screening")
    for (stage, outcome), lane in asks.items():
        give(events[(events["stage"] == stage) & (events["outcome"] == outcome)], lane)
    cores = (events["stage"] == "initial_assessment") & (events["outcome"] == "core_assessment")
    give(events[cores | (events["stage"] == "section_47_enquiry")], "core")
    initial = (events["stage"] == "referral") & (events["outcome"] == "initial_assessment")
    assessed = of(events, "common_assessment", "completed")
    shorter = events[initial & events["case"].isin(assessed)]
    place, _ = model.state.residence.at(model.signs.family[shorter["case"]], shorter["day"].to_numpy())
    np.add.at(asked, place, -saved)
    return asked


def test_the_register_is_what_came_less_what_went(story):
    model, ends, events = story.model, story.register, story.events
    assert story.open == ends, "who is on the register has an open case"
    months = events["date"].dt.strftime("%Y-%m")
    came, went = (
        events[events["stage"] == stage].groupby(months).size().reindex(list(ends), fill_value=0)
        for stage in ("registration", "deregistration")
    )
    assert (came - went).cumsum().to_dict() == ends
    last = list(ends.values())[-1]
    assert waiting(events, "on_register").total() == last
    measures = story.measures.set_index(["year", "measure", "group"])["value"]
    for number, year in enumerate(model.calendar.years):
        stock = ends[str(model.calendar.date(year.end - 1))[:7]]
        rate, (fewest, most) = measures[year.name, "families_on_register", "all"], children(model, number)
        assert stock * 1e4 / most <= rate <= stock * 1e4 / fewest if fewest else np.isnan(rate)


def children(model, number):
    """Children under 18 halfway through a reporting year, by their birthdays: at least and at most so many."""
    first, end = (pd.Timestamp(model.calendar.report_start) + pd.DateOffset(years=number + n) for n in (0, 1))
    day = pd.Timedelta(days=1)
    middle, start = first + (end - first) / 2, pd.Timestamp(model.calendar.start)
    families, after = model.families, (middle - start) / day
    here = (families.arrives <= after + 1) & (families.leaves >= after - 1)
    surely = (families.arrives <= after - 1) & (families.leaves >= after + 1)
    births, surely = families.births[here], np.repeat(surely[here, None], 4, axis=1)
    child = np.abs(births) < 36_525  # the rest are no children
    births, surely = births[child], surely[child]
    born = pd.Series(start + pd.to_timedelta(births, unit="D"))
    born_by, grown_up = born - middle, born + pd.DateOffset(years=18) - middle
    least, most = ((born_by <= days) & (grown_up > -days) for days in (-day, day))
    return int((least & surely).sum()), int(most.sum())


def test_monthly_counts_add_to_the_year(story):
    model, monthly = story.model, story.monthly
    counted = [one for one in MEASURES.values() if one.counts]
    for number, name in enumerate(story.scenario.time.year_names):
        first = pd.Timestamp(model.calendar.report_start) + pd.DateOffset(years=number)
        months = [(first + pd.DateOffset(months=n)).strftime("%Y-%m") for n in range(12)]
        mine = monthly[monthly["month"].isin(months)]
        assert set(mine["year"]) == {name}
        year = mine.groupby(["measure", "group"])["value"].sum()
        measures = story.measures[story.measures["year"] == name].set_index(["measure", "group"])["value"]
        people = set()
        for measure in (one.name for one in counted if one.unit not in RATES):
            assert measures[measure, "all"] == pytest.approx(year[measure, "all"])
        for measure in (one.name for one in counted if one.unit in RATES):
            if year[measure, "all"]:
                people.add(round(year[measure, "all"] * 1e4 / measures[measure, "all"], 6))
            places = [year[measure, f"locality:{place}"] for place in story.scenario.localities]
            assert sum(places) == year[measure, "all"]
        fewest, most = children(model, number)
        assert all(fewest <= count <= most for count in people)
        assert len(people) <= 1, "all rates are of the same children"
    assert (monthly["year"] == "warm-up").sum() == (monthly["month"] < str(model.calendar.report_start)[:7]).sum()
    assert monthly["month"].nunique() == story.scenario.time.warm_up_months + 12 * story.scenario.time.years
    assert not monthly.duplicated(["month", "measure", "group"]).any()


def test_packages_never_exceed_the_room_there_is(story):
    model, events = story.model, story.events
    packages = events[events["stage"] == "package"]
    for name, days in packages.groupby("programme_area", observed=True)["day"]:
        for day, begun in days.value_counts().items():
            before = story.packages[name][day - 1] if day else set()
            stay = before & set(np.flatnonzero(model.families.leaves > model.calendar.offsets[day]).tolist())
            assert len(stay) + begun <= story.room[name][day]


def test_packages_run_to_their_end_unless_the_family_leaves_them(story):
    """A package takes its place until the end of the first working day at or after its last."""
    model, events, rules = story.model, story.events, story.scenario
    for row in events[events["stage"] == "package"].itertuples():
        days = story.packages[row.programme_area]
        end = np.searchsorted(model.calendar.offsets, model.calendar.offsets[row.day] + rules.practice.package_days)
        held = [row.family in families for families in days[row.day : end]]
        if not all(held):
            gone = row.day + held.index(False)
            left = model.families.leaves[row.family] <= model.calendar.offsets[gone]
            new_month = model.calendar.month[gone] != model.calendar.month[gone - 1]
            assert left or (new_month and rules.families.withdrawal > 0.0)
        elif end < model.calendar.days:
            assert row.family not in days[end] or (events["day"] == end)[events["family"] == row.family].any()


def test_need_never_falls_below_one(story):
    events = story.events
    assert story.need
    for need in story.need:
        assert (need >= 1.0).all()
        assert np.isfinite(need).all()
    true = events["stage"].isin(["contact", "referral", "programme_concern", "consultation"])
    true |= events["stage"].isin(["register_review", "plan_review"])
    assert (events.loc[true, "level"] >= 1.0).all()


# -- days -------------------------------------------------------------------------------------------------------------


CLOCKS = {
    "contact_decision": ("contact",),
    "referral": ("contact",),
    "initial_assessment": ("referral",),
    "section_47_outcome": ("strategy_discussion",),
    "conference": ("strategy_discussion",),
    "core_assessment": ("initial_assessment", "strategy_discussion"),
    "deregistration": ("registration",),
}


def test_elapsed_days_are_working_days_in_england(story):
    model, events = story.model, story.events
    dates = events["date"].to_numpy().astype("datetime64[D]")
    assert np.is_busday(dates, holidays=BANK_HOLIDAYS).all()
    assert (dates >= np.datetime64(model.calendar.start)).all()
    assert (dates < np.datetime64(model.calendar.end)).all()
    np.testing.assert_array_equal(events["reported"], dates >= np.datetime64(story.scenario.time.reporting_year_start))
    started = {}
    for case, stage, date, elapsed in zip(events["case"], events["stage"], dates, events["working_days"], strict=True):
        if stage not in CLOCKS:
            assert elapsed is pd.NA, stage
        else:
            # A core assessment starts with the last of the stages that can open it.
            begin = max(started[case, opener] for opener in CLOCKS[stage] if (case, opener) in started)
            assert elapsed == np.busday_count(begin, date, holidays=BANK_HOLIDAYS), (case, stage)
        started.setdefault((case, stage), date)


# -- tables -----------------------------------------------------------------------------------------------------------


def test_measures_are_unique_and_shares_are_shares(story):
    measures = story.measures
    assert list(measures.columns) == ["year", "measure", "value", "unit", "group", "group_kind", "group_name"]
    assert not measures.duplicated(["year", "measure", "group"]).any()
    shares = measures.loc[measures["unit"] == "share", "value"].dropna()
    assert shares.between(0.0, 1.0).all()
    rest = measures.loc[~measures["unit"].isin(["share", "tiers", "relative change"]), "value"].dropna()
    assert (rest >= 0).all()
    assert np.isfinite(rest).all()
    for family in ("referral_source_true", "referral_source_recorded", "referral_need_tier", "registration_category"):
        for _, parts in measures[measures["measure"] == family].groupby("year")["value"]:
            assert parts.isna().all() or parts.sum() == pytest.approx(1.0)


def test_trust_and_beliefs_stay_within_bounds(story):
    model = story.model
    trust = model.state.history.views[:, :2]
    assert ((trust >= 0) & (trust <= 1) | np.isnan(trust)).all()
    assert np.isnan(trust).all() == (not story.scenario.programmes)
