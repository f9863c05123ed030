"""Directions of relationships, workforce and recording (MODEL R1-R3, K1-K3, O1)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from directions import (
    FULL,
    HILL,
    busy,
    by_month,
    difference,
    events,
    measured,
    models,
    outcomes,
    queueing,
    ratio,
    with_post,
)
from referral_sim.scenario import Scenario

STILL = {
    f"relationships__{name}": 0.0
    for name in (
        "accepted",
        "refused",
        "silence",
        "delay",
        "forgetting",
        "gap_learning",
        "team_right",
        "team_wrong",
        "joint_visit",
    )
}


def still(**values: Any) -> Scenario:
    """A busy programme where no experience changes anybody's mind, apart from what the values switch on."""
    return busy(**(STILL | {"collaboration__informal_links": 0.0} | values))


# -- R1 -----------------------------------------------------------------------------------------------------------


def test_R1_nothing_moves_trust_when_all_steps_are_nothing() -> None:
    """With every step at nothing, trust stays where it began on both sides."""
    for model in models(still()):
        views = model.state.history.views
        assert np.ptp(views[:, 0]) == pytest.approx(0.0, abs=1e-12)
        assert np.ptp(views[:, 1]) == pytest.approx(0.0, abs=1e-12)


def test_R1_acceptance_raises_trust_and_refusal_lowers_it() -> None:
    """A worker who hears that a referral was accepted trusts more; one who hears that it was refused, less."""
    heard = {"collaboration__feedback": 1.0, "practice__threshold_gap": -1.0, "practice__judgement_noise": 1.2}
    base, refusing = still(**heard), still(relationships__refused=0.2, **heard)
    assert difference(base, still(relationships__accepted=0.2, **heard), "trust_sslp") > 0.03
    assert difference(base, refusing, "trust_sslp") < -0.04
    stricter = still(
        relationships__refused=0.2, front_door__threshold=4.0, **(heard | {"practice__threshold_gap": -2.0})
    )
    assert difference(refusing, stricter, "trust_sslp") < -0.02


def test_R1_silence_lowers_trust() -> None:
    """A worker who never hears what became of a referral trusts less."""
    never = {"collaboration__feedback": 0.0}
    assert difference(still(**never), still(relationships__silence=0.2, **never), "trust_sslp") < -0.05


def slow(**values: Any) -> Scenario:
    """A team so short of hours that decisions take more than a week."""
    return queueing(
        localities={"Central": {"posts": 1}},
        front_door__contact_hours=1.0,
        collaboration__informal_links=0.0,
        collaboration__feedback=1.0,
        **(STILL | values),
    )


def test_R1_delay_lowers_trust() -> None:
    """An answer that takes more than a week costs trust; a quick answer does not."""
    assert difference(slow(), slow(relationships__delay=0.3), "trust_sslp") < -0.05
    quick = still(collaboration__feedback=1.0)
    assert difference(quick, quick.with_values(relationships__delay=0.3), "trust_sslp") == 0.0


def test_R1_the_teams_trust_follows_what_referrals_turn_out_to_be() -> None:
    """Referrals that assessment bears out raise the team's trust in the programme; the others lower it."""
    assert difference(still(), still(relationships__team_right=0.1), "trust_team") > 0.05
    low = {"front_door__threshold": 2.0}
    assert difference(still(**low), still(relationships__team_wrong=0.1, **low), "trust_team") < -0.05
    settings = {"relationships__team_right": 0.1, "relationships__team_wrong": 0.1}
    poor = still(practice__judgement_noise=2.0, practice__threshold_gap=-0.5, **settings, **low)
    good = still(practice__judgement_noise=0.2, practice__threshold_gap=1.0, **settings, **low)
    assert difference(poor, good, "trust_team") > 0.04


def test_R1_joint_visits_raise_trust_on_both_sides() -> None:
    """Working together on a visit raises the worker's trust and the team's."""
    key = "collaboration__practices__outposted_social_worker__"
    visits = {f"{key}joint_visits": 1.0, f"{key}trust_gain": 0.0}
    apart, together = (with_post(still(relationships__joint_visit=j, **visits)) for j in (0.0, 0.2))
    assert difference(apart, together, "trust_sslp") > 0.03
    assert difference(apart, together, "trust_team") > 0.1


def test_R1_consultation_raises_trust() -> None:
    """Being able to ask somebody raises a worker's trust, in a post's case and in that of informal links."""
    key = "collaboration__practices__outposted_social_worker__trust_gain"
    cold, warm = (with_post(still(**{key: gain})) for gain in (0.0, 0.1))
    assert difference(cold, warm, "trust_sslp") > 0.05
    links = {"collaboration__informal_links": 0.8}
    cold, warm = (still(**(links | {"collaboration__informal_trust_gain": gain})) for gain in (0.0, 0.1))
    assert difference(cold, warm, "trust_sslp") > 0.05


def test_R1_trust_comes_back_as_referrals() -> None:
    """What lowers workers' trust lowers what they bring to social services afterwards."""
    never = {"collaboration__feedback": 0.0}
    assert ratio(still(**never), still(relationships__silence=0.3, **never), "sslp_contacts") < 0.85


def test_R1_a_worker_who_is_not_told_may_see_that_a_family_was_taken_on() -> None:
    """Seeing an acceptance spares the silence and raises trust; of a refusal there is nothing to see."""
    quiet = {"collaboration__feedback": 0.0, "relationships__silence": 0.1, "relationships__accepted": 0.1}
    none, half, all_ = (still(relationships__sees_acceptance=s, **quiet) for s in (0.0, 0.5, 1.0))
    assert difference(none, half, "trust_sslp") > 0.05
    assert difference(half, all_, "trust_sslp") > 0.05
    mild, harsh = (still(relationships__sees_acceptance=1.0, relationships__refused=r, **quiet) for r in (0.0, 0.3))
    assert difference(mild, harsh, "trust_sslp") == 0.0


def test_R1_colleagues_take_over_what_one_worker_learns() -> None:
    """The more colleagues hear at the meeting, the further one answer moves them all: up, down and in the gap."""
    heard = {"collaboration__feedback": 1.0, "relationships__accepted": 0.05}
    alone, together = (still(relationships__colleagues=c, **heard) for c in (0.0, 1.0))
    assert difference(alone, together, "trust_sslp") > 0.05
    silent = {"collaboration__feedback": 0.0, "relationships__silence": 0.05}
    alone, together = (still(relationships__colleagues=c, **silent) for c in (0.0, 1.0))
    assert difference(alone, together, "trust_sslp") < -0.05
    wide = {"collaboration__feedback": 1.0, "relationships__gap_learning": 0.1, "practice__threshold_gap": 0.6}
    alone, together = (still(relationships__colleagues=c, **wide) for c in (0.0, 1.0))
    assert ratio(alone, together, "threshold_gap") < 0.8


# -- R2 -----------------------------------------------------------------------------------------------------------


def test_R2_consultation_closes_the_gap() -> None:
    """Workers who consult learn where the threshold lies, the more so the better the adviser knows it."""
    key = "collaboration__practices__link_worker__threshold_knowledge"
    blank, knowing = (with_post(still(practice__threshold_gap=0.8, **{key: k}), "link_worker") for k in (0.0, 0.9))
    assert ratio(blank, knowing, "threshold_gap") < 0.7
    months = by_month(knowing, "threshold_gap")
    assert months.iloc[-1] < 0.7 * months.iloc[0]


def test_R2_answered_referrals_close_the_gap() -> None:
    """Each answer to a referral teaches where the threshold lies."""
    heard = {"collaboration__feedback": 1.0, "practice__threshold_gap": 0.6}
    assert ratio(still(**heard), still(relationships__gap_learning=0.4, **heard), "threshold_gap") < 0.8


def test_R2_the_gap_reopens_when_the_threshold_moves() -> None:
    """When backlog raises the threshold that is applied, what workers believe is wrong again."""
    exact = {"practice__threshold_gap": 0.0, "practice__threshold_gap_spread": 0.0}
    firm, moving = (slow(front_door__backlog_shift=s, **exact) for s in (0.0, 0.05))
    assert np.allclose(measured(firm, "threshold_gap"), 0.0)
    assert measured(moving, "threshold_gap").max() < -0.3
    asked = with_post(moving.with_values(collaboration__informal_knowledge=0.0))
    assert np.abs(measured(asked, "threshold_gap")).mean() < 0.8 * np.abs(measured(moving, "threshold_gap")).mean()


# -- R3 -----------------------------------------------------------------------------------------------------------


def test_R3_old_impressions_fade_towards_the_organisation() -> None:
    """What workers have come to think fades to their organisation's level: it holds trust up or down."""
    risen = {"relationships__accepted": 0.3, "collaboration__feedback": 1.0}
    assert difference(still(**risen), still(relationships__forgetting=0.5, **risen), "trust_sslp") < -0.02
    fallen = {"relationships__silence": 0.3, "collaboration__feedback": 0.0}
    assert difference(still(**fallen), still(relationships__forgetting=0.5, **fallen), "trust_sslp") > 0.05


def test_R3_successors_start_near_the_organisations_level() -> None:
    """When workers leave, what they had learnt goes: trust and threshold gap go back to where newcomers begin."""
    learnt = with_post(still(practice__threshold_gap=1.2, time__years=1))
    leaving = learnt.with_values(workforce__sslp_turnover=5.0, workforce__sslp_vacancy_days=5.0)
    assert difference(learnt, leaving, "trust_sslp") < -0.03
    assert difference(learnt, leaving, "threshold_gap") > 0.1
    fallen = still(relationships__silence=0.3, collaboration__feedback=0.0)
    renewed = fallen.with_values(workforce__sslp_turnover=4.0, workforce__sslp_vacancy_days=5.0)
    assert difference(fallen, renewed, "trust_sslp") > 0.03


def test_R3_a_newcomers_trust_is_the_organisations() -> None:
    """Raising the organisation's level raises the trust of those who come."""
    low, high = (still(practice__trust=t, workforce__sslp_turnover=3.0) for t in (0.3, 0.7))
    assert difference(low, high, "trust_sslp") == pytest.approx(0.4, abs=0.05)


def two_programmes(key: str, hill: float, **values: Any) -> Scenario:
    """Two programmes alike, but for one value of Hill's; nothing that happens moves anybody's trust."""
    each = FULL | {"children_under_five": 400}
    return still(programmes={"Hill": each | {key: hill}, "Vale": each}, **values)


def test_R3_a_programme_may_have_its_own_level_of_trust() -> None:
    """A programme's own level is where its workers begin and return to, and what they share; the other's stays."""
    low, high = (two_programmes("trust", level) for level in (0.2, 0.9))
    assert difference(low, high, "trust_sslp", HILL) == pytest.approx(0.7, abs=0.1)
    assert ratio(low, high, "sslp_contacts", HILL) > 1.5
    assert difference(low, high, "trust_sslp", "programme:Vale") == 0.0
    fallen = {"relationships__silence": 0.3, "collaboration__feedback": 0.0, "relationships__forgetting": 0.5}
    low, high = (two_programmes("trust", level, **fallen) for level in (0.2, 0.9))
    months = [models(s)[0].state.history.views[-20:, 0].mean() for s in (low, high)]
    assert months[1] > months[0] + 0.1


def test_R1_the_teams_may_trust_one_programme_more_than_another() -> None:
    """What a trusted programme brings weighs more at the front door; the other's referrals are met as before."""
    doubtful = {"front_door__trust_weight": 2.0, "front_door__referral_margin": 0.2, "practice__threshold_gap": -1.0}
    low, high = (two_programmes("team_trust", level, **doubtful) for level in (0.1, 0.9))
    assert difference(low, high, "trust_team", HILL) == pytest.approx(0.8)
    assert difference(low, high, "trust_team", "programme:Vale") == 0.0
    taken = [
        measured(s, "sslp_referrals_to_social_services", HILL).sum() / measured(s, "sslp_contacts", HILL).sum()
        for s in (low, high)
    ]
    assert taken[1] > taken[0] + 0.1


# -- K1 -----------------------------------------------------------------------------------------------------------


def core_in_time(scenario: Scenario) -> float:
    """Share of the core assessments of all seeds that ended within the limit."""
    return float((events(scenario, "core_assessment")["working_days"] <= 35).mean())


def test_K1_vacancies_build_a_backlog() -> None:
    """Empty posts leave work undone and late where the threshold is held; agency staff make up for some of them."""
    team = {
        "localities": {"Central": {"posts": 6}},
        "workforce__vacancy_days": 500.0,
        "front_door__backlog_shift": 0.0,
    }
    full, empty = (queueing(workforce__vacancy=v, **team) for v in (0.0, 0.6))
    assert difference(full, empty, "backlog_days") > 3
    covered = queueing(workforce__vacancy=0.6, **(team | {"workforce__agency": 1.0}))
    assert difference(empty, covered, "backlog_days") < -2
    assert core_in_time(empty) < core_in_time(full) - 0.2
    waits = [events(s, "core_assessment")["working_days"].mean() for s in (full, empty)]
    assert waits[1] > waits[0] + 10


def test_K1_turnover_costs_experience_and_judgement() -> None:
    """Where staff keep leaving, the team is less experienced and misreads more contacts."""
    team = {"workforce__unlimited": True, "workforce__vacancy_days": 5.0, "workforce__starting_experience": 15.0}
    team["front_door__referral_margin"] = 0.0
    stays, leaves = (
        queueing(workforce__turnover=t, front_door__judgement_noise=2.0, front_door__experience_gain=1.0, **team)
        for t in (0.0, 4.0)
    )
    noise = [np.mean([t.judgement_noise for m in models(s) for t in m.teams]) for s in (stays, leaves)]
    assert noise[1] > 1.3 * noise[0]
    assert difference(stays, leaves, "turnover_intake") > 2
    assert difference(stays, leaves, "referrals_of_need") < -0.01


def test_K1_experience_grows_while_people_stay() -> None:
    """A team that keeps its people judges better at the end of the run than on the first day."""
    team = {"workforce__unlimited": True, "workforce__starting_experience": 0.0, "front_door__experience_gain": 1.0}
    model = models(queueing(**team))[0]
    fresh = model.scenario.front_door.judgement_noise
    assert model.teams[0].judgement_noise < 0.9 * fresh


# -- K2 -----------------------------------------------------------------------------------------------------------


def test_K2_recording_takes_hours() -> None:
    """The more of the day recording takes, the longer the queue and the later the assessments."""
    team = {"localities": {"Central": {"posts": 6}}, "front_door__backlog_shift": 0.0, "time__years": 1}
    light, heavy = (queueing(workforce__recording=r, **team) for r in (0.1, 0.7))
    assert difference(light, heavy, "backlog_days") > 3
    assert difference(light, heavy, "initial_assessments_in_time") < -0.05
    assert ratio(light, heavy, "core_assessments") < 0.7
    short = queueing(workforce__recording=0.1, workforce__hours_per_day=2.0, **team)
    assert difference(light, short, "backlog_days") > 3


# -- K3 -----------------------------------------------------------------------------------------------------------


def loop(vacancy: float, *, runs: bool) -> Scenario:
    """A team with some posts empty from the first day; the loop runs, or its slopes are at nothing."""
    slopes = {"front_door__backlog_shift": 0.05, "workforce__workload_turnover": 0.2}
    if not runs:
        slopes = dict.fromkeys(slopes, 0.0)
    return queueing(
        localities={"Central": {"posts": 10}},
        workforce__vacancy=vacancy,
        workforce__vacancy_days=400.0,
        workforce__turnover=0.1,
        collaboration__feedback=1.0,
        collaboration__informal_links=0.0,
        relationships__refused=0.2,
        relationships__delay=0.0,
        relationships__forgetting=0.0,
        relationships__gap_learning=0.0,
        **slopes,
    )


def refused(scenario: Scenario) -> float:
    """Share of the formal contacts from programmes that came to no assessment."""
    rows = events(scenario, "referral")
    mine = rows[rows["source"] == "sslp"]
    return float((mine["outcome"] != "initial_assessment").mean())


def test_K3_a_shock_to_the_workforce_runs_round_the_loop() -> None:
    """Empty posts raise backlog, backlog the threshold, the threshold refusals, and refusals lower trust later."""
    calm, shock = loop(0.0, runs=True), loop(0.85, runs=True)
    assert difference(calm, shock, "backlog_days") > 5
    assert difference(calm, shock, "applied_threshold") > 0.1
    assert refused(shock) > refused(calm) + 0.05
    trust = [by_month(s, "trust_sslp") for s in (calm, shock)]
    late = (trust[1] - trust[0]).iloc[-3:].mean()
    first = (trust[1] - trust[0]).iloc[0]
    assert late < -0.02
    assert late < first


def test_K3_workload_raises_turnover() -> None:
    """Backlog makes people leave, which makes backlog: with the slope at nothing fewer leave."""
    calm, driven = (
        loop(0.85, runs=True).with_values(workforce__workload_turnover=slope, workforce__turnover=0.3)
        for slope in (0.0, 0.5)
    )
    assert difference(calm, driven, "turnover_intake") > 0.3
    assert difference(calm, driven, "backlog_days") > 10


def test_K3_the_loop_can_be_off() -> None:
    """With both slopes at nothing the same shock makes a queue and stops there: threshold and turnover stand still."""
    calm, shock = loop(0.0, runs=False), loop(0.85, runs=False)
    assert difference(calm, shock, "backlog_days") > 5
    assert difference(calm, shock, "applied_threshold") == 0.0
    assert abs(refused(shock) - refused(calm)) < 0.05
    on = difference(loop(0.0, runs=True), loop(0.85, runs=True), "trust_sslp")
    off = difference(calm, shock, "trust_sslp")
    assert off > on + 0.01


# -- O1 -----------------------------------------------------------------------------------------------------------


def test_O1_programmes_show_as_a_source_only_with_an_identifier() -> None:
    """Without a code for programmes their referrals hide under other names; with one they stand under their own."""
    hidden, shown = (busy(recording__sslp_identifier=i) for i in (False, True))
    group = "source:sslp"
    for scenario in (hidden, shown):
        assert measured(scenario, "referral_source_true", group).min() > 0.01
    assert measured(hidden, "referral_source_recorded", group).sum() == 0.0
    assert measured(shown, "referral_source_recorded", group).min() > 0.01
    for scenario, seen in ((hidden, False), (shown, True)):
        rows = events(scenario, "referral")
        assert (rows["recorded_source"] == "sslp").any() == seen
        mine = rows.loc[rows["source"] == "sslp", "recorded_source"]
        assert ("other" in set(mine)) != seen
    names = ["case", "stage", "outcome", "day"]
    assert events(hidden)[names].equals(events(shown)[names])


def test_O1_what_is_not_recorded_is_counted_as_such() -> None:
    """The share of referrals without a recorded source follows the scenario."""
    few, many = (busy(recording__not_recorded=n) for n in (0.0, 0.3))
    group = "source:not_recorded"
    assert measured(few, "referral_source_recorded", group).sum() == 0.0
    assert measured(many, "referral_source_recorded", group).mean() == pytest.approx(0.3, abs=0.05)
    assert outcomes(few, "referral").equals(outcomes(many, "referral"))
