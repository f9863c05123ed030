"""Directions of staff who change sides, of an exodus, of vacancies and of a dated threshold (MODEL K1, K3, K4, R2)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from directions import busy, by_month, difference, events, measured, models, queueing, ratio
from helpers import same_rows
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario

SHOCK_DAY = dt.date(2005, 6, 1)
CHANGE_DAY = dt.date(2005, 8, 1)
TEN = {"localities": {"Central": {"posts": 10}}}
MORE = range(11, 15)
"""Seeds of what is seen in few cases."""


# -- K4 -----------------------------------------------------------------------------------------------------------


def moving(to_programmes: float = 0.0, to_teams: float = 0.0, **values: Any) -> Scenario:
    """Programmes and teams whose staff change, and new people of whom a share comes from the other side."""
    settings: dict[str, Any] = {
        "workforce__sslp_turnover": 2.0,
        "workforce__sslp_vacancy_days": 20.0,
        "workforce__turnover": 0.05,
        "workforce__vacancy_days": 60.0,
        "practice__threshold_gap": 0.6,
        "collaboration__informal_links": 0.0,
        "workforce__moves_to_programmes": to_programmes,
        "workforce__moves_to_teams": to_teams,
    }
    return queueing(**(TEN | settings | values))


def test_K4_new_programme_workers_from_the_team_are_its_loss() -> None:
    """Programmes that take on the team's people raise its turnover and its backlog."""
    short = {"workforce__vacancy_days": 200.0, "localities": {"Central": {"posts": 7}}}
    strangers, colleagues = moving(), moving(to_programmes=1.0, **short)
    slow = moving(**short)
    assert measured(strangers, "staff_moves").sum() == 0
    assert measured(colleagues, "staff_moves").min() > 5
    assert difference(slow, colleagues, "turnover_intake") > 0.5
    assert difference(slow, colleagues, "backlog_days") > 0.5
    for model in models(colleagues):
        gone = model.state.posts.leavers[model.state.posts.intake].sum()
        assert gone >= len(model.state.staff_moves)
        assert all(towards for *_, towards in model.state.staff_moves)


def test_K4_they_bring_what_they_know() -> None:
    """Who comes from the team knows its threshold and how harm is judged, and brings trust with them."""
    strangers, colleagues = moving(), moving(to_programmes=1.0)
    assert difference(strangers, colleagues, "threshold_gap") < -0.1
    assert difference(strangers, colleagues, "trust_sslp") > 0.02
    assert difference(strangers, colleagues, "trust_team") > 0.01
    training = [
        np.mean([m.state.workers.training[m.state.workers.there].mean() for m in models(s)])
        for s in (strangers, colleagues)
    ]
    assert training[1] > training[0] + 0.2


def test_K4_trust_comes_from_knowing_somebody_on_the_other_side() -> None:
    """With the step of trust at nothing, moves leave the teams' trust to what referrals bring."""
    still = {"relationships__team_right": 0.0, "relationships__team_wrong": 0.0, "relationships__moved_colleague": 0.0}
    cold, warm = moving(1.0, **still), moving(1.0, **(still | {"relationships__moved_colleague": 0.1}))
    assert difference(moving(**still), cold, "trust_team") == 0.0
    assert difference(cold, warm, "trust_team") > 0.1
    assert difference(cold, warm, "trust_sslp") > 0.02


def test_K4_programme_workers_who_join_the_team_are_the_programmes_loss() -> None:
    """Towards the team, programmes lose workers; trust rises on both sides all the same."""
    leaving = {"workforce__turnover": 1.0, "workforce__sslp_turnover": 0.0, "workforce__sslp_vacancy_days": 300.0}
    strangers, colleagues = moving(**leaving), moving(to_teams=1.0, **leaving)
    assert measured(colleagues, "staff_moves").min() > 2
    assert all(not towards for m in models(colleagues) for *_, towards in m.state.staff_moves)
    lost = [
        sum(int(m.state.posts.leavers[m.state.workers.there].sum()) for m in models(s)) for s in (strangers, colleagues)
    ]
    assert lost[0] == 0
    assert lost[1] == sum(len(m.state.staff_moves) for m in models(colleagues))
    assert difference(strangers, colleagues, "trust_team") > 0.005
    assert difference(strangers, colleagues, "trust_sslp") > 0.005
    staff = [np.mean([len(m.programmes[0].staff) for m in models(s)]) for s in (strangers, colleagues)]
    assert staff[1] < staff[0] - 1


def test_K4_nobody_moves_where_nobody_comes() -> None:
    """Where no post falls vacant, the shares of movers change nothing."""
    settled = {"workforce__turnover": 0.0, "workforce__sslp_turnover": 0.0}
    same_rows(events(moving(**settled)), events(moving(1.0, 1.0, **settled)))


def test_K4_people_move_between_a_team_and_the_programmes_of_its_patch() -> None:
    """A programme takes on people of the team of its own patch, and loses them to it, not to the other team."""
    two = {
        "localities": {"North": {"posts": 6}, "South": {"posts": 6}},
        "programmes": {"Hill": {"children_under_five": 300, "localities": {"South": 1.0}}},
        "workforce__turnover": 0.0,
        "workforce__vacancy": 0.0,
    }
    gone = np.zeros(2, dtype=int)
    for model in models(moving(to_programmes=1.0, **two)):
        gone += [int(model.state.posts.leavers[team.posts].sum()) for team in model.teams]
    assert gone[0] == 0 < gone[1]


def test_K4_who_leaves_on_the_day_they_came_takes_nobody_along() -> None:
    """Newcomers who are gone again in an exodus of the same day have not come from a programme."""
    monday = dt.date(2005, 4, 4)
    filling = moving(to_teams=1.0, workforce__vacancy=1.0, workforce__vacancy_days=2.0, workforce__sslp_turnover=0.0)
    gone = filling.with_values(workforce__shock={"on": monday, "share": 1.0})
    came = [[m.state.staff_moves for m in models(s)] for s in (filling, gone)]
    assert any(day == 1 for moved in came[0] for day, *_ in moved)
    assert not any(day == 1 for moved in came[1] for day, *_ in moved)


# -- K3: an exodus on one day -------------------------------------------------------------------------------------


def exodus(share: float, vacancy_days: float, **values: Any) -> Scenario:
    """A team that has just the hours it needs; on one day some leave, and posts stay empty for so long."""
    return queueing(
        **TEN,
        time__years=1,
        workforce__turnover=0.1,
        workforce__vacancy_days=vacancy_days,
        workforce__moves_to_programmes=0.0,
        workforce__moves_to_teams=0.0,
        workforce__shock={"on": SHOCK_DAY, "share": share},
        collaboration__informal_links=0.0,
        collaboration__feedback=1.0,
        practice__threshold_gap=-0.3,
        relationships__refused=0.2,
        relationships__gap_learning=0.0,
        **values,
    )


def refused(scenario: Scenario, since: dt.date, until: dt.date) -> float:
    """Of a programme's referrals decided between two dates on families without an open case: share not assessed."""
    rows = events(scenario, seeds=MORE)  # refusals are few
    sent = rows.query("stage == 'programme_concern' and outcome == 'referred'")[["run", "case"]]
    new = rows.query("stage == 'contact_decision' and outcome not in ['to_open_case', 'joined']").merge(sent)
    new = new[new["date"].between(pd.Timestamp(since), pd.Timestamp(until))]
    assessed = rows.query("stage == 'referral' and outcome == 'initial_assessment'")[["run", "case"]]
    return 1.0 - len(new.merge(assessed)) / len(new)


def test_K3_an_exodus_empties_the_posts_on_its_day() -> None:
    """On the day the given share of the holders leaves, and no more than usual before or after."""
    for model in models(exodus(0.5, 400.0)):
        leavers = model.state.history.leavers[:, model.state.posts.intake].sum(axis=1)
        day = model.calendar.day_on_or_after(SHOCK_DAY)
        assert leavers[day] - leavers[day - 1] == pytest.approx(5, abs=3)
        assert leavers[day - 1] <= 2
    (whole, *_) = models(exodus(1.0, 400.0))
    day = whole.calendar.day_on_or_after(SHOCK_DAY)
    stepped = ReferralModel(exodus(1.0, 400.0), rng=11)
    for _ in range(day + 1):
        stepped.step()
    assert stepped.teams[0].in_post == 0
    before = [t[t["date"] < pd.Timestamp(SHOCK_DAY)] for t in map(events, (exodus(0.0, 400.0), exodus(0.5, 400.0)))]
    fixed = ["run", "case", "stage", "outcome", "date", "level"]
    same_rows(*(b[fixed] for b in before))


def test_K3_no_share_is_no_exodus() -> None:
    """A date without a share leaves everything as it was."""
    same_rows(events(exodus(0.0, 60.0)), events(exodus(0.0, 60.0).with_values(workforce__shock={})))


def test_K3_an_exodus_runs_round_the_loop() -> None:
    """Backlog rises on the heels of it, the applied threshold with it, then refusals; trust falls only afterwards."""
    calm, shock = exodus(0.0, 400.0), exodus(0.8, 400.0)
    change = {
        m: by_month(shock, m, seeds=MORE) - by_month(calm, m, seeds=MORE)
        for m in ("backlog_days", "applied_threshold", "trust_sslp")
    }
    assert change["backlog_days"][:"2005-05"].abs().max() == 0.0
    assert change["backlog_days"]["2005-06":"2005-08"].min() > 4
    assert change["applied_threshold"]["2005-06":"2005-09"].min() > 0.4
    after = (dt.date(2005, 6, 1), dt.date(2005, 12, 31))
    assert refused(shock, *after) > refused(calm, *after) + 0.05
    trust = change["trust_sslp"]
    assert trust[:"2005-05"].abs().max() == 0.0
    assert trust["2006-01":].max() < -0.05  # of four seeds together
    assert trust["2006-03"] < trust["2005-06"] - 0.03
    contacts = by_month(shock, "sslp_contacts", seeds=MORE) - by_month(calm, "sslp_contacts", seeds=MORE)
    assert contacts["2005-10":].sum() < 0


def test_K3_posts_that_are_filled_soon_let_the_team_recover() -> None:
    """Posts filled within weeks leave no backlog by winter; posts that stay empty for a year do."""
    late = slice("2005-10", "2005-12")
    backlog = {
        days: (by_month(exodus(0.8, days), "backlog_days") - by_month(exodus(0.0, days), "backlog_days"))[late].mean()
        for days in (30.0, 400.0)
    }
    assert abs(backlog[30.0]) < 1
    assert backlog[400.0] > 5


def test_K3_backlog_drives_out_who_stayed() -> None:
    """After an exodus more leave where overload drives people out."""
    base = {"front_door__backlog_shift": 0.0}
    left = {
        slope: difference(
            exodus(0.0, 400.0, workforce__workload_turnover=slope, **base),
            exodus(0.8, 400.0, workforce__workload_turnover=slope, **base),
            "turnover_intake",
        )
        for slope in (0.0, 0.5)
    }
    assert left[0.5] > left[0.0] + 0.05


# -- K1: Little's law ---------------------------------------------------------------------------------------------


def vacant(scenario: Scenario) -> float:
    """Mean share of the intake posts that are empty over a run."""
    shares = []
    for seed in (1, 2):
        model = ReferralModel(scenario, rng=seed)
        while model.running:
            model.step()
            shares.append(1.0 - model.state.posts.filled[model.state.posts.intake].mean())
    return float(np.mean(shares))


@pytest.mark.parametrize(("vacancy", "turnover"), [(0.1, 0.5), (0.3, 0.5), (0.2, 1.5)])
def test_K1_posts_stay_empty_for_as_long_as_the_vacancy_rate_implies(vacancy: float, turnover: float) -> None:
    """Without other values the share of empty posts stays what it was on the first day."""
    many = Scenario().with_values(
        population__children=100,
        time__warm_up_months=0,
        time__years=2,
        localities={"Central": {"posts": 400}},
        workforce__vacancy=vacancy,
        workforce__turnover=turnover,
        workforce__agency=0.0,
        workforce__moves_to_programmes=0.0,
    )
    assert vacant(many) == pytest.approx(vacancy, abs=0.02)
    assert vacant(many.with_values(workforce__vacancy_days=10.0)) < vacancy - 0.04
    assert vacant(many.with_values(workforce__agency=1.0)) < vacancy - 0.04


# -- R2, pattern 10: a threshold that changes on a day -------------------------------------------------------------


def raised(by: float = 1.0, **values: Any) -> Scenario:
    """Hours without limit, answers to every referral; the threshold moves on the first of August."""
    settings = {
        "time__years": 1,
        "collaboration__informal_links": 0.0,
        "collaboration__feedback": 1.0,
        "relationships__refused": 0.2,
        "front_door__threshold_change": {"on": CHANGE_DAY, "by": by},
    }
    return busy(**(settings | values))


def test_R2_the_threshold_changes_on_its_day() -> None:
    """From that day, and not before, teams apply the new threshold; a rise of nothing is none."""
    for model in models(raised()):
        threshold, day = model.state.history.threshold[:, 0], model.calendar.day_on_or_after(CHANGE_DAY)
        assert set(threshold[:day]) == {3.0}
        assert set(threshold[day:]) == {4.0}
    same_rows(events(raised(0.0)), events(raised().with_values(front_door__threshold_change={})))
    before = [t[t["date"] < pd.Timestamp(CHANGE_DAY)] for t in map(events, (raised(0.0), raised()))]
    fixed = ["run", "case", "stage", "outcome", "date", "level"]
    same_rows(*(b[fixed] for b in before))


def test_R2_a_raised_threshold_reopens_the_gap_and_workers_learn_it() -> None:
    """What workers believe is wrong by as much as the threshold rose; answers to their referrals close it again."""
    gap = by_month(raised(), "threshold_gap") - by_month(raised(0.0), "threshold_gap")
    assert gap[:"2005-07"].abs().max() == 0.0
    assert gap["2005-08"] < -1.2  # of two seeds together
    assert gap["2006-03"] > 0.5 * gap["2005-08"]
    deaf = raised(collaboration__feedback=0.0)
    assert by_month(deaf, "threshold_gap")["2006-03"] < by_month(raised(), "threshold_gap")["2006-03"] - 0.3


def test_R2_who_comes_after_the_change_starts_from_the_new_threshold() -> None:
    """Newcomers are told the threshold of their day: turnover does not bring the old one back."""
    settled = raised(relationships__gap_learning=0.0, practice__threshold_gap=0.0, practice__threshold_gap_spread=0.0)
    changing = settled.with_values(workforce__sslp_turnover=5.0, workforce__sslp_vacancy_days=5.0)
    assert by_month(settled, "threshold_gap")["2006-03"] == pytest.approx(-2.0)  # of two seeds together
    assert by_month(changing, "threshold_gap")["2006-03"] > -0.3


def test_R2_a_raised_threshold_leaves_the_gravest_and_costs_trust_later() -> None:
    """Pattern 10: fewer referrals, of graver need; programme workers' trust and what they bring fall afterwards."""
    same, up = raised(0.0), raised()
    referrals = [by_month(s, "referrals")["2005-08":].sum() for s in (same, up)]
    assert referrals[1] < 0.8 * referrals[0]
    rows = [events(s, "referral") for s in (same, up)]
    need = [r.loc[r["date"] >= pd.Timestamp(CHANGE_DAY), "level"].mean() for r in rows]
    assert need[1] > need[0] + 0.3
    trust = by_month(up, "trust_sslp") - by_month(same, "trust_sslp")
    assert trust["2006-01":].max() < -0.04
    assert trust["2005-08"] > trust["2006-03"]
    unlearning = {"relationships__gap_learning": 0.0}  # beliefs stay: what is brought falls through trust alone
    brought = [by_month(raised(by, **unlearning), "sslp_contacts")["2005-11":].sum() for by in (0.0, 1.0)]
    assert brought[1] < 0.95 * brought[0]


def test_C2_yardsticks_do_not_move_with_a_threshold_that_lets_nobody_in_or_out() -> None:
    """What a referral or a need is held against is the scenario's yardstick, whatever the threshold of the day."""
    referrals = events(raised(), "referral")
    children = referrals["children"].groupby(referrals["run"])
    right = (referrals["children"] * (referrals["level"] >= 3.0)).groupby(referrals["run"]).sum() / children.sum()
    np.testing.assert_allclose(measured(raised(), "referrals_of_need"), right)


def test_R2_a_lowered_threshold_does_the_opposite() -> None:
    """A fall lets more in and opens the gap the other way."""
    same, down = raised(0.0), raised(-0.5)
    assert by_month(down, "referrals")["2005-08":].sum() > 1.1 * by_month(same, "referrals")["2005-08":].sum()
    assert (by_month(down, "threshold_gap") - by_month(same, "threshold_gap"))["2005-08"] > 0.5
    assert ratio(same, down, "initial_assessments") > 1.1
