"""Programmes that become children's centres (MODEL S6)."""

import datetime as dt

import numpy as np
import pytest

from directions import FULL, HILL, authority, busy, by_month, events, measured, models, ratio, with_post
from helpers import run, same_columns, same_rows, small
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario, ScenarioError

STILL = {"population__mobility": 0.0}
LARGE = {"children_under_five": 1500, "age_limit": 5.0, "workers_kept": 2.0}  # as many for each family


def centre(base, **values):
    """A scenario whose programme Hill becomes a centre."""
    return base.with_values(programmes__Hill__centre=values)


def test_no_centre_and_a_centre_after_the_run_are_the_same():
    base = small(**STILL)
    late = centre(base, start=dt.date(2005, 9, 30), workers_kept=3.0, keeps_posts=False)
    one, other = run(base, 3), run(late, 3)
    before = one.calendar.day_on_or_after(dt.date(2005, 9, 30))
    rows = [model.events() for model in (one, other)]
    same_rows(*(table[(table["day"] < before) & (table["stage"] != "waiting")] for table in rows))


def test_the_area_grows_by_the_most_deprived_who_are_in_no_area():
    base = ReferralModel(small(**STILL, population__children=20_000), rng=3)
    grown = ReferralModel(
        small(**STILL, population__children=20_000, programmes__Hill__centre={"children_under_five": 600}), rng=3
    )
    same_columns(base.families, grown.families, but=("area", "further"))
    old, new = base.families, grown.families
    assert (new.area[old.area >= 0] == old.area[old.area >= 0]).all(), "base areas of all programmes stay"
    added = (new.area == 0) & (old.area < 0)
    here = new.here_at(0.0)
    young = new.children_at(grown.calendar.length / 2, 5.0)
    assert young[new.area == 0].sum() == pytest.approx(600, rel=0.12)
    assert (new.locality[added] == 0).all()
    outside = (new.area < 0) & (new.locality == 0) & here
    assert new.rank[added].max() < new.rank[outside].min()


def test_growth_goes_beyond_the_deprived_places_and_ends_with_the_families_there_are():
    values = {"population__children": 10_000, "population__deprived_share": 0.1, **STILL}
    base = small(**values)
    some, all_of_them = (ReferralModel(centre(base, children_under_five=n), rng=3).families for n in (600, 10_000))
    assert (~some.deprived[some.area == 0]).any()
    assert (all_of_them.area[(all_of_them.locality == 0) & all_of_them.here_at(0.0)] >= 0).all()
    assert (
        all_of_them.area[all_of_them.locality == 1]
        == ReferralModel(base, rng=3).families.area[all_of_them.locality == 1]
    ).all()


def test_a_smaller_centre_keeps_the_area():
    base = ReferralModel(small(**STILL), rng=3)
    same_columns(base.families, ReferralModel(centre(small(**STILL), children_under_five=10), rng=3).families)


def test_two_centres_share_the_growth_evenly():
    programmes = {
        name: {"children_under_five": 300, "centre": {"children_under_five": 900}} for name in ("Hill", "Dale")
    }
    model = ReferralModel(small(population__children=20_000, programmes=programmes, **STILL), rng=3)
    ranks = [model.families.rank[model.families.area == index] for index in (0, 1)]
    assert len(ranks[0]) == pytest.approx(len(ranks[1]), rel=0.12)
    assert ranks[0].mean() == pytest.approx(ranks[1].mean(), abs=0.02)


@pytest.mark.long
def test_a_larger_centre_sees_more_concerns_from_its_first_day():
    plain = authority(time__years=1)
    start = dt.date(2005, 10, 1)
    large = centre(plain, start=start, **LARGE)
    assert ratio(plain, large, "sslp_concerns", HILL) > 1.15
    before, after = (by_month(s, "sslp_concerns", HILL) for s in (plain, large))
    assert (before[:"2005-09"] == after[:"2005-09"]).all()
    assert after["2005-10":].sum() > 1.3 * before["2005-10":].sum()
    from_the_start = centre(plain, **LARGE)
    assert ratio(plain, from_the_start, "sslp_concerns", HILL) > ratio(plain, large, "sslp_concerns", HILL) + 0.1


def test_a_child_older_than_before_is_let_in():
    plain = busy()
    older = centre(plain, children_under_five=0, age_limit=9.0, start=dt.date(2005, 8, 1))
    assert events(plain, "programme_concern")["youngest"].max() < 5.0
    rows = events(older, "programme_concern")
    old = rows[rows["youngest"] >= 5.0]
    assert len(old) > 10
    assert old["youngest"].max() < 9.0
    assert old["date"].min() >= np.datetime64("2005-08-01")
    onward = events(older, "referral_to_programme")
    assert (onward["youngest"] >= 5.0).any()


def test_posts_that_are_lost_end_their_consultations():
    start = dt.date(2005, 8, 1)
    base = with_post(busy(collaboration__informal_links=0.0))
    kept, lost = (centre(base, start=start, children_under_five=0, keeps_posts=k) for k in (True, False))
    months = [by_month(s, "consultations") for s in (kept, lost)]
    assert months[1][:"2005-07"].sum() > 5
    assert (months[0][:"2005-07"] == months[1][:"2005-07"]).all()
    assert months[0]["2005-08":].sum() > 5
    assert months[1]["2005-08":].sum() == 0


def test_a_post_that_serves_another_programme_too_goes_on():
    two = {name: FULL | {"children_under_five": 300} for name in ("Hill", "Vale")}
    base = with_post(busy(collaboration__informal_links=0.0, programmes=two))
    lost = centre(base, start=dt.date(2005, 8, 1), children_under_five=0, keeps_posts=False)
    assert by_month(lost, "consultations", "programme:Vale")["2005-08":].sum() > 0


@pytest.mark.parametrize(("kept", "posts"), [(0.5, 2), (1.0, 3), (2.0, 6), (0.0, 0)])
def test_workers_posts_are_lost_or_opened_on_the_day(kept, posts):
    start = dt.date(2005, 5, 4)
    scenario = centre(small(**STILL, workforce__sslp_turnover=0.0), start=start, workers_kept=kept)
    model = ReferralModel(scenario, rng=3)
    hill, day = model.programmes[0], model.calendar.day_on_or_after(start)
    while model.day < day - 1:
        model.step()
    assert len(hill.staff) == 3
    assert len(model.state.workers.there) == 6
    model.step()
    assert len(hill.staff) == posts
    assert hill.capacity == posts * hill.spec.packages_per_worker
    assert len(model.state.workers.there) == 3 + posts
    assert np.isfinite(model.state.workers.trust[model.state.workers.there]).all()
    model.run()
    assert np.isfinite(model.state.history.views[:, 1:]).all()
    assert np.isnan(model.state.history.trust_sslp[day:, 0]).all() == (posts == 0)


def test_nobody_leaves_a_post_before_it_is_there_or_after_it_is_gone():
    start = dt.date(2005, 5, 4)
    for kept in (0.0, 2.0):
        scenario = centre(small(**STILL, workforce__sslp_turnover=5.0), start=start, workers_kept=kept)
        model = ReferralModel(scenario, rng=3)
        hill, day = model.programmes[0], model.calendar.day_on_or_after(start)
        posts = hill.posts[:3] if kept == 0.0 else hill.posts[3:]
        while model.day < day - 1:
            model.step()
        before = model.state.posts.leavers[posts].sum()
        model.run()
        after = model.state.posts.leavers[posts].sum()
        assert (before == 0, after == before) == ((False, True) if kept == 0.0 else (True, False))


def test_fewer_workers_support_fewer_families():
    plain = busy(programmes={"Hill": FULL | {"packages_per_worker": 2}})
    half = centre(plain, children_under_five=0, workers_kept=0.3)
    assert ratio(plain, half, "packages_started") < 0.7


def test_rates_of_a_centre_are_of_the_children_it_has_in_the_middle_of_the_year():
    plain = authority()
    early, late = (centre(plain, start=start, **LARGE) for start in (dt.date(2005, 5, 2), dt.date(2005, 11, 1)))
    for model in models(late):
        middle = model.calendar.years[0].middle
        people = model.families.children_at(middle)
        rows = np.arange(len(people))
        home = model.state.residence.at(rows, model.calendar.day_of_offset(middle))[1]
        rows = model.events().query("stage == 'referral' and reported and programme_area == 'Hill'")
        rate = rows["children"].sum() * 1e4 / people[home == 0].sum()
        table = model.measures().set_index(["measure", "group"])["value"]
        assert table["referrals", HILL] == pytest.approx(rate)
    assert measured(early, "referrals", HILL).mean() < measured(late, "referrals", HILL).mean()


def test_a_centre_that_starts_after_the_run_is_a_fault():
    with pytest.raises(ScenarioError, match=r"programmes\.Hill\.centre\.start: 2006-12-01 lies after the run"):
        Scenario().with_values(programmes={"Hill": {"centre": {"start": dt.date(2006, 12, 1)}}})
