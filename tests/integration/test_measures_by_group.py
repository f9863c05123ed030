"""Measures by group and month where posts come and go; all others are counted once more in test_recount."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from helpers import post, small
from referral_sim import ReferralModel
from referral_sim.measures.groups import Groups


@pytest.fixture(scope="module")
def model() -> ReferralModel:
    posts = {"Link": post("link_worker", programmes=["Hill"]), "Aide": post("social_work_assistant")}
    moves = {"population__mobility": 0.3, "workforce__turnover": 1.5, "workforce__sslp_turnover": 1.0}
    moves |= {"workforce__moves_to_programmes": 0.5}
    return ReferralModel(small(liaison=posts, time__warm_up_months=8, **moves), rng=5).run()


@pytest.fixture(scope="module")
def measures(model) -> "pd.Series[float]":
    return model.measures().set_index(["measure", "group"])["value"]


def test_counts_that_need_more_than_a_stage_add_to_the_year(model, measures):
    monthly = model.monthly()
    year = monthly[monthly["month"] >= str(model.calendar.report_start)[:7]]
    sums = year.groupby(["measure", "group"])["value"].sum()
    for measure in ("sslp_referrals_to_social_services", "families_brought_in", "staff_moves"):
        found = measures[measure]
        assert found["all"] > 0
        assert sums[measure].to_dict() == pytest.approx(found.to_dict())


def test_leavers_of_a_liaison_post_are_over_the_time_that_it_was_there():
    late = {"Aide": post("social_work_assistant", start=dt.date(2006, 1, 1))}
    rules = {"collaboration__practices__social_work_assistant__turnover": 5.0}
    model = ReferralModel(small(liaison=late, time__warm_up_months=0, time__years=1, **rules), rng=7).run()
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
    grown = small(programmes__Hill__centre=opens, time__warm_up_months=0, time__years=1)
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
