"""Worked examples of teams and posts (MODEL F3, F4, K1-K4): every expected value is computed by hand."""

import datetime as dt

import numpy as np
import pytest

from referral_sim.agents.staff import MOVES, SHOCK
from referral_sim.records.posts import DRAWS, TRAITS, Posts, PostTerms
from referral_sim.world.streams import Stream
from worked import model_on

YEAR = 365.25
TIMED = {"workforce__unlimited": False}


def one_post(turnover=0.2, vacancy_days=100.0, agency=0.0, **draws):
    """A post that is held, and whose holder leaves when the hazard reaches ln 2."""
    posts = Posts(1, 0, 4.0)
    post = posts.add(PostTerms(Stream.INTAKE_POST, turnover, vacancy_days, 0.0, agency), "Office/0")
    posts.open()
    posts._limit[post] = np.log(2.0)
    posts._chances[post, posts._next[post] : DRAWS] = draws.get("next", 0.5)
    return posts, post


def test_a_holder_leaves_when_the_hazard_that_they_lived_through_reaches_their_limit():
    # ln 2 at 0.2 leavers a year is reached after 3.4657 years, 1,265.9 days.
    posts, post = one_post(turnover=0.2)
    assert posts.advance(1265.0) == ([], [])
    assert posts.advance(1266.0) == ([post], [])
    assert posts.leavers[post] == 1
    assert not posts.filled[post]


def test_overload_brings_leaving_forward_by_as_much_as_it_raises_turnover():
    posts, post = one_post(turnover=0.2)
    posts.pressure[post] = 2.0
    assert posts.advance(632.0) == ([], [])
    assert posts.advance(633.0) == ([post], [])


def test_an_empty_post_is_filled_after_an_exponential_wait():
    # With u = 0.5 the wait is 100 ln 2 = 69.3 days.
    posts, post = one_post(vacancy_days=100.0)
    posts.vacate(post, 10.0)
    assert posts.advance(79.0) == ([], [])
    assert posts.advance(80.0) == ([], [post])
    assert posts.since[post] == 80.0


def test_agency_staff_cover_a_post_within_a_fortnight():
    posts, post = one_post(vacancy_days=100.0, agency=0.51)
    posts.vacate(post, 10.0)
    assert posts.advance(23.0) == ([], [])
    assert posts.advance(24.0) == ([], [post])


def test_traits_belong_to_the_holder():
    posts, post = one_post()
    first = [posts.trait(post, which) for which in range(TRAITS)]
    posts.vacate(post, 1.0)
    second = [posts.trait(post, which) for which in range(TRAITS)]
    assert first == posts._chances[post, DRAWS : DRAWS + TRAITS].tolist()
    assert second == posts._chances[post, DRAWS + TRAITS : DRAWS + 2 * TRAITS].tolist()


def test_a_team_has_the_hours_of_those_in_post_less_leave_and_recording():
    model = model_on(workforce__hours_per_day=7.0, workforce__leave=0.2, workforce__recording=0.5, **TIMED)
    team = model.teams[0]
    model.state.posts.filled[team.posts] = [True, False]
    team.staff_changed()
    team.begin_day()
    assert team.hours_today == pytest.approx(7.0 * 0.8 * 0.5)


def test_backlog_raises_the_applied_threshold_up_to_a_limit():
    model = model_on(
        front_door__threshold=3.0, front_door__backlog_shift=0.1, front_door__backlog_shift_limit=0.5, **TIMED
    )
    team = model.teams[0]
    team.staff_changed()
    team.begin_day()
    assert team.applied_threshold == 3.0
    for days, expected in ((2.0, 3.2), (8.0, 3.5)):
        lane = team.queue.lanes["initial"]
        lane.arrived = lane.worked + days * team.hours_today
        team.begin_day()
        assert team.backlog_days == pytest.approx(days)
        assert team.applied_threshold == pytest.approx(expected)


def test_a_team_without_anybody_has_the_longest_backlog():
    model = model_on(**TIMED)
    team = model.teams[0]
    model.state.posts.filled[team.posts] = False
    team.staff_changed()
    team.queue.lanes["initial"].add([1], 2.0)
    team.begin_day()
    assert team.hours_today == 0.0
    assert team.backlog_days == 250.0


def test_experience_takes_error_away_over_five_years():
    model = model_on(front_door__judgement_noise=0.5, front_door__experience_gain=0.4)
    team, posts = model.teams[0], model.state.posts
    posts.filled[team.posts] = True
    # One with 2.5 years and one with 10, which count as 5: a mean of 3.75, three quarters of what five years take away.
    posts.since[team.posts] = model.state.offset - np.array([2.5, 10.0]) * YEAR
    team.staff_changed()
    assert team.judgement_noise == pytest.approx(0.5 * (1.0 - 0.4 * 0.75))


def test_the_authority_changes_its_threshold_on_a_day():
    model = model_on(front_door__threshold=3.0, front_door__threshold_change={"on": dt.date(2005, 2, 9), "by": -0.5})
    # Working day 6 is Wednesday 9 February.
    assert [model.state.teams.official_on(day) for day in (-1, 5, 6, 7)] == [3.0, 3.0, 2.5, 2.5]


def test_overload_drives_people_out_faster():
    model = model_on(workforce__workload_turnover=0.08, workforce__turnover=0.0, **TIMED)
    team = model.teams[0]
    team.staff_changed()
    team.begin_day()
    team.queue.lanes["initial"].arrived = 5.0 * team.hours_today
    model.staff.begin_day()
    assert model.state.posts.pressure[team.posts] == pytest.approx([1.0 + 0.08 * 5.0] * 2)


def test_an_exodus_takes_those_whose_number_lies_below_its_share():
    model = model_on(5, workforce__shock={"on": dt.date(2005, 2, 8), "share": 0.5}, workforce__turnover=0.0,
                     workforce__vacancy=0.0, workforce__moves_to_teams=0.0)  # fmt: skip
    posts = model.state.posts
    intake = posts.intake
    posts.filled[intake] = True
    posts._chances[intake[:, None], DRAWS + SHOCK] = np.array([[0.49], [0.51], [0.0]])
    model.staff.begin_day()
    assert posts.filled[intake].tolist() == [False, True, False]


def test_a_new_worker_from_the_team_knows_its_threshold_and_leaves_a_gap_there():
    model = model_on(workforce__moves_to_programmes=0.05, relationships__moved_colleague=0.1)
    state, team = model.state, model.teams[0]
    hill = model.programmes[0]
    worker = hill.workers[0]
    state.posts.filled[team.posts] = True
    state.teams.applied_threshold[:] = 3.25
    for other in hill.workers:
        other.trust = 0.5
    hill.team_trust = 0.4
    state.posts._chances[worker.post, DRAWS + MOVES] = 0.051
    model.staff._from_team(worker)
    assert state.posts.filled[team.posts].all()
    state.posts._chances[worker.post, DRAWS + MOVES] = 0.049
    model.staff._from_team(worker)
    assert state.posts.filled[team.posts].sum() == 1
    assert (worker.believed_threshold, worker.training) == (3.25, 1.0)
    assert [w.trust for w in hill.workers] == pytest.approx([0.55] * 3)
    assert hill.team_trust == pytest.approx(0.46)
    assert state.staff_moves == [(5, 0, True)]


def test_a_new_worker_begins_near_the_organisations_level():
    model = model_on(practice__trust=0.6, practice__trust_spread=0.15, practice__threshold_gap=-0.5,
                     practice__threshold_gap_spread=0.4, practice__training=0.5, front_door__threshold=3.0)  # fmt: skip
    worker = model.programmes[0].workers[0]
    chances = model.state.posts._chances[worker.post]
    # Medians give the level itself; training is even between 0.3 and 0.7.
    chances[DRAWS : DRAWS + 3] = [0.5, 0.5, 0.75]
    worker.takes_post()
    assert worker.trust == pytest.approx(0.6)
    assert worker.believed_threshold == pytest.approx(2.5)
    assert worker.training == pytest.approx(0.6)
    # A logit of 1 is 0.5513 standard deviations.
    chances[DRAWS : DRAWS + 2] = np.e / (1 + np.e)
    worker.takes_post()
    assert worker.trust == pytest.approx(0.6 + 0.15 * 0.5513289)
    assert worker.believed_threshold == pytest.approx(2.5 + 0.4 * 0.5513289)
