"""Measures by group and month are what the event table and the agents' days say, counted another way."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from helpers import post, small
from referral_sim import ReferralModel
from referral_sim.measures.groups import Groups

KINDS = {"locality": "locality", "programme": "programme_area", "ethnic": "ethnic_group"}


@pytest.fixture(scope="module")
def model() -> ReferralModel:
    posts = {"Link": post("link_worker", programmes=["Hill"]), "Aide": post("social_work_assistant")}
    moves = {"population__mobility": 0.3, "workforce__turnover": 1.5, "workforce__sslp_turnover": 1.0}
    return ReferralModel(small(liaison=posts, time__warm_up_months=8, **moves), rng=5).run()


@pytest.fixture(scope="module")
def measures(model) -> "pd.Series[float]":
    return model.measures().set_index(["measure", "group"])["value"]


def groups_of(rows: pd.DataFrame):
    """Each group's name with its rows."""
    yield "all", rows
    for kind, column in KINDS.items():
        for name in rows[column].cat.categories:
            yield f"{kind}:{name}", rows[rows[column] == name]


def mean_of(rows: pd.DataFrame, values: "pd.Series[float]") -> float:
    return float(values[rows.index].mean()) if len(rows) else np.nan


@pytest.mark.parametrize(
    ("measure", "above", "below"),
    [
        ("referrals_per_contact", "referral", "contact"),
        ("initial_assessments_per_referral", "initial_assessment", "referral"),
        ("core_assessments_per_referral", "core_assessment", "referral"),
        ("registrations_per_referral", "registration", "referral"),
    ],
)
def test_ratios_of_a_group_are_its_rows(model, measures, measure, above, below):
    rows = model.events()
    for group, mine in groups_of(rows[rows["reported"]]):
        count = (mine["stage"] == below).sum()
        expected = (mine["stage"] == above).sum() / count if count else np.nan
        assert measures[measure, group] == pytest.approx(expected, nan_ok=True), group


def test_means_of_a_groups_referrals_are_over_its_rows(model, measures):
    rows = model.events()
    referrals = rows[(rows["stage"] == "referral")]
    days = pd.to_datetime(referrals["date"])
    back = days.groupby(referrals["family"]).diff().dt.days
    again = (back <= 365).astype(float)
    right = (referrals["level"] >= 3.0).astype(float)  # the threshold of this authority, as long as it stands
    assert (model.state.teams.official_threshold == 3.0).all()
    waited = pd.Series(model.state.cases.troubled_days[referrals["case"]], index=referrals.index)
    for group, mine in groups_of(referrals[referrals["reported"]]):
        assert measures["re_referred_within_12_months", group] == pytest.approx(mean_of(mine, again), nan_ok=True)
        assert measures["referrals_right", group] == pytest.approx(mean_of(mine, right), nan_ok=True)
        assert measures["need_at_referral", group] == pytest.approx(mean_of(mine, mine["level"]), nan_ok=True)
        assert measures["days_to_referral", group] == pytest.approx(mean_of(mine, waited), nan_ok=True)
    assert 0.0 < measures["re_referred_within_12_months", "programme:Hill"] < 1.0


def test_who_was_registered_before_is_counted_where_the_family_lives(model, measures):
    rows = model.events()
    registered = rows[rows["stage"] == "registration"]
    earlier = registered.duplicated("family")
    first = registered["family"] < len(model.families)
    known = np.zeros(len(registered), dtype=bool)
    known[first] = model.families.registered_before[registered["family"][first]]
    before = (earlier | known).astype(float)
    for group, mine in groups_of(registered[registered["reported"]]):
        assert measures["re_registered", group] == pytest.approx(mean_of(mine, before), nan_ok=True)


@pytest.mark.parametrize("measure", ["needs_unreached", "days_to_help"])
def test_the_whole_is_the_mean_of_its_parts(measures, measure):
    """Localities part the families between them, and so do ethnic groups; so the whole lies between their values."""
    for kind in ("locality", "ethnic"):
        parts = measures[measure][[g for g in measures[measure].index if g.startswith(f"{kind}:")]]
        assert parts.min() <= measures[measure, "all"] <= parts.max()
        assert parts.min() < parts.max()


def test_need_of_a_month_is_the_mean_of_its_referrals(model):
    rows = model.events()
    referrals = rows[rows["stage"] == "referral"]
    monthly = model.monthly()
    need = monthly[monthly["measure"] == "need_at_referral"].set_index(["month", "group"])["value"]
    for month, of_month in referrals.groupby(referrals["date"].dt.strftime("%Y-%m")):
        for group, mine in groups_of(of_month):
            assert need[month, group] == pytest.approx(mean_of(mine, mine["level"]), nan_ok=True)


def test_counts_that_need_more_than_a_stage_add_to_the_year(model, measures):
    monthly = model.monthly()
    year = monthly[monthly["month"] >= str(model.calendar.report_start)[:7]]
    sums = year.groupby(["measure", "group"])["value"].sum()
    for measure in ("sslp_referrals_to_social_services", "families_brought_in", "staff_moves"):
        found = measures[measure] * model.calendar.years_reported
        assert found["all"] > 0
        assert sums[measure].to_dict() == pytest.approx(found.to_dict())


def test_what_is_seen_every_day_is_a_mean_over_the_days_of_a_month(model):
    monthly = model.monthly().set_index(["measure", "group", "month"])["value"]
    june = [i for i, day in enumerate(model.calendar.dates) if str(day)[:7] == "2005-06"]
    history = model.state.history
    for index, name in enumerate(model.state.places):
        assert monthly["backlog_days", f"locality:{name}", "2005-06"] == pytest.approx(
            history.backlog[june, index].mean()
        )
    for programme in model.programmes:
        group = f"programme:{programme.name}"
        for measure, columns in (
            ("trust_sslp", history.trust_sslp), ("trust_team", history.trust_team), ("threshold_gap", history.gap)
        ):  # fmt: skip
            assert monthly[measure, group, "2005-06"] == pytest.approx(columns[june, programme.index].mean())
    workers = {w.programme.name: [] for w in model.worker_of_post.values()}
    for worker in model.worker_of_post.values():
        workers[worker.programme.name].append(worker.threshold_gap)
    assert history.gap[model.day] == pytest.approx([np.mean(workers[p.name]) for p in model.programmes])


def test_turnover_is_leavers_over_posts(model, measures):
    first, years = model.calendar.first_reported, model.calendar.years_reported
    gone = model.state.posts.leavers - model.state.history.leavers[first - 1]
    assert gone[model.state.posts.intake].sum() > 0
    for name, posts in model.state.posts.of_team.items():
        assert measures["turnover_intake", f"locality:{name}"] == pytest.approx(gone[posts].sum() / years / len(posts))
    for name, posts in model.state.posts.of_programme.items():
        assert measures["turnover_sslp", f"programme:{name}"] == pytest.approx(gone[posts].sum() / years / len(posts))
    whole = [p for posts in model.state.posts.of_programme.values() for p in posts]
    assert measures["turnover_sslp", "all"] == pytest.approx(gone[whole].sum() / years / len(whole))
    liaison = [p.post for p in model.liaison]
    assert measures["turnover_liaison", "all"] == pytest.approx(gone[liaison].sum() / years / len(liaison))


def test_leavers_of_a_liaison_post_are_over_the_time_that_it_was_there():
    late = {"Aide": post("social_work_assistant", start=dt.date(2006, 1, 1))}
    rules = {"collaboration__practices__social_work_assistant__turnover": 5.0}
    model = ReferralModel(small(liaison=late, time__warm_up_months=0, time__reporting_months=12, **rules), rng=7).run()
    measures = model.measures().set_index(["measure", "group"])["value"]
    (aide,) = model.liaison
    there = (model.calendar.days - aide.first_day) / model.calendar.days
    assert 0.2 < there < 0.3
    assert model.state.posts.leavers[aide.post] > 0
    assert measures["turnover_liaison", "all"] == pytest.approx(model.state.posts.leavers[aide.post] / there)
    nobody = ReferralModel(small(time__warm_up_months=0), rng=3).run().measures().set_index(["measure", "group"])
    assert np.isnan(nobody["value"]["turnover_liaison", "all"])


def test_posts_that_a_centre_opens_count_from_the_day_they_are_there():
    opens = {"start": dt.date(2005, 10, 1), "workers_kept": 2.0, "children_under_five": 150}
    grown = small(programmes__Hill__centre=opens, time__warm_up_months=0, time__reporting_months=12)
    model = ReferralModel(grown.with_values(workforce__sslp_turnover=3.0), rng=2).run()
    hill = model.programmes[0].index
    assert set(model.state.history.workers[:, hill]) == {3.0, 6.0}
    measures = model.measures().set_index(["measure", "group"])["value"]
    mean = model.state.history.workers[:, hill].mean()
    gone = model.state.posts.leavers[model.state.posts.of_programme["Hill"]].sum()
    assert measures["turnover_sslp", "programme:Hill"] == pytest.approx(gone / mean)


def test_sums_of_chosen_things_by_period_and_group(model):
    groups = Groups(model.state, np.array([0, 1, 0]), np.array([-1, 1, 1]), np.array([0, 0, 2]))
    chosen, period = np.array([True, False, True]), np.array([1, 0, 1])
    sums = groups.add(np.array([2.0, 5.0, 7.0]), chosen, period, 2)
    assert sums[0].sum() == 0.0
    found = dict(zip(groups.names, sums[1].tolist(), strict=True))
    assert found["all"] == found["locality:North"] == 9.0
    assert (found["programme:Hill"], found["programme:Dale"], found["locality:South"]) == (0.0, 7.0, 0.0)
    means = dict(zip(groups.names, groups.means(np.array([2.0, 5.0, 7.0]), chosen).tolist(), strict=True))
    assert means["all"] == 4.5
    assert np.isnan(means["locality:South"])
