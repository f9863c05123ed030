"""Directions of the programmes (MODEL S1-S5)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import numpy as np

from directions import (
    FULL,
    HILL,
    LASTING,
    afterwards,
    authority,
    busy,
    difference,
    even_views,
    events,
    measured,
    models,
    no_links,
    outcomes,
    ratio,
    users,
    with_post,
    wrong,
)
from referral_sim.scenario import Scenario

# -- S1 -----------------------------------------------------------------------------------------------------------


def test_S1_reach_brings_concerns_to_the_programme() -> None:
    """A programme that more families use hears of more concerns; one that nobody uses hears of none."""
    few, many = authority(programmes__Hill__reach=0.2), authority(programmes__Hill__reach=0.8)
    assert ratio(few, many, "sslp_concerns") > 2.0
    assert users(many) > 3 * users(few)
    empty = authority(programmes__Hill__reach=0.0, collaboration__knows_programmes=0.0, practice__outreach=0.0)
    assert measured(empty, "sslp_concerns").sum() == 0


def test_S1_the_hard_to_reach_stay_away() -> None:
    """Where families in need stay away, the programme's users and the concerns it sees are less grave."""
    even = busy(programmes__Hill__reach=0.6)
    shy = busy(programmes__Hill__reach=0.6, programmes__Hill__reach_slope=-2.0)
    need = {}
    for name, scenario in (("even", even), ("shy", shy)):
        need[name] = np.mean([m.families.baseline[m.state.cases.user].mean() for m in models(scenario)])
    assert need["shy"] < need["even"] - 0.2
    levels = [events(s, "programme_concern")["level"].mean() for s in (even, shy)]
    assert levels[1] < levels[0] - 0.1
    assert ratio(even, shy, "sslp_concerns") < 0.7


# -- S2 -----------------------------------------------------------------------------------------------------------


def test_S2_detection_finds_more() -> None:
    """Workers who notice more bring more concerns up."""
    assert ratio(busy(practice__detection=0.2), busy(practice__detection=0.8), "sslp_concerns") > 1.8


def test_S2_training_improves_judgement() -> None:
    """Trained workers misread fewer concerns: fewer slight ones referred, fewer grave ones kept."""
    settings = {"practice__judgement_noise": 1.2, "practice__consult_band": 0.0}
    raw, trained = even_views(practice__training=0.0, **settings), even_views(practice__training=1.0, **settings)
    errors = [wrong(events(s, "programme_concern"), "referred", "supported") for s in (raw, trained)]
    assert errors[1] < 0.85 * errors[0]
    blind, sharp = even_views(practice__judgement_noise=2.0), even_views(practice__judgement_noise=0.0)
    errors = [wrong(events(s, "programme_concern"), "referred", "supported") for s in (blind, sharp)]
    assert errors[1] < 0.5 * errors[0]


def test_S2_a_threshold_believed_too_high_holds_referrals_back() -> None:
    """Workers who think social services want graver cases than they do refer less."""
    knows, overrates = (no_links(practice__threshold_gap=gap, relationships__gap_learning=0.0) for gap in (0.0, 1.5))
    assert ratio(knows, overrates, "sslp_contacts") < 0.75
    assert difference(knows, overrates, "threshold_gap") > 0.3


def test_S2_willingness_to_share_raises_referrals() -> None:
    """Workers who share information refer more and hold back less; so do those who trust social services."""
    close, open_ = no_links(practice__sharing=0.2), no_links(practice__sharing=0.9)
    assert ratio(close, open_, "sslp_contacts") > 2.0
    assert ratio(close, open_, "sslp_held_back") < 0.8
    wary, trusting = no_links(practice__trust=0.1), no_links(practice__trust=0.9)
    assert ratio(wary, trusting, "sslp_contacts") > 1.5


# -- S3 -----------------------------------------------------------------------------------------------------------


def test_S3_every_decision_occurs() -> None:
    """A programme may support, refer, tell informally, hold back, or have no room."""
    seen = outcomes(busy(programmes__Hill__packages_per_worker=4), "programme_concern")
    assert seen[["supported", "referred", "told_informally", "held_back", "no_capacity"]].min() >= 5
    advice = outcomes(with_post(busy()), "consultation")
    assert advice[["advised_to_refer", "advised_to_support"]].min() >= 5


def test_S3_the_doubtful_cases_are_consulted_on() -> None:
    """The wider the band of doubt, the more is asked; without doubt nobody asks."""
    sure, unsure = (with_post(no_links(practice__consult_band=width)) for width in (0.0, 1.5))
    narrow = with_post(no_links(practice__consult_band=0.4))
    assert measured(sure, "consultations").sum() == 0
    assert ratio(narrow, unsure, "consultations") > 1.5


def test_S3_sharing_turns_holding_back_into_referring() -> None:
    """What is judged grave is referred in the measure in which workers share; the rest is told or held back."""
    close, open_ = (outcomes(no_links(practice__sharing=s), "programme_concern") for s in (0.1, 1.0))
    assert open_["referred"] > 2 * close["referred"]
    assert open_["held_back"] < close["held_back"]
    assert open_["told_informally"] < close["told_informally"]


def test_S3_informal_telling_takes_the_place_of_holding_back() -> None:
    """The larger the share told without a record, the less is held back; referrals stay as they are."""
    silent, talking = (no_links(practice__informal_share=s, practice__informal_first=0.0) for s in (0.0, 1.0))
    assert measured(silent, "sslp_informal_tellings").sum() == 0 < measured(silent, "sslp_held_back").sum()
    assert measured(talking, "sslp_held_back").sum() == 0 < measured(talking, "sslp_informal_tellings").sum()


def test_S3_what_is_told_without_detail_weighs_less() -> None:
    """Partial information makes a concern look slighter, so that fewer such contacts become referrals."""
    share = []
    for weight in (0.0, 2.0):
        rows = events(no_links(practice__informal_share=1.0, front_door__partial_information=weight))
        told = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "told_informally")]
        answers = rows[(rows["stage"] == "contact_decision") & ~rows["outcome"].isin(["to_open_case", "joined"])]
        told = told.merge(answers, on=["run", "case"], suffixes=("", "_then"))
        share.append((told["outcome_then"] == "referral").mean())
    assert share[1] < 0.75 * share[0]


def test_S3_the_weekly_meeting_corrects_errors() -> None:
    """Talking a doubtful case over in the referral meeting removes error of judgement."""
    settings = {"practice__judgement_noise": 1.2, "practice__consult_band": 3.0}
    alone, together = (even_views(practice__meeting_gain=gain, **settings) for gain in (0.0, 1.0))
    errors = [wrong(events(s, "programme_concern"), "referred", "supported") for s in (alone, together)]
    assert errors[1] < 0.5 * errors[0]


# -- S4 -----------------------------------------------------------------------------------------------------------


def test_S4_packages_lower_later_concerns_and_contacts() -> None:
    """Support turns trouble, so that less shows afterwards, less gravely, and less of it goes to social services."""
    settings = LASTING | {"practice__threshold_gap": 2.0, "relationships__gap_learning": 0.0}
    none, strong = (busy(practice__package_effect=r, practice__package_days=300, **settings) for r in (0.0, 5.0))
    shown = [afterwards(s, ("package", "accepted"), "programme_concern") for s in (none, strong)]
    assert shown[1].attrs["each"] < 0.85 * shown[0].attrs["each"]
    assert shown[1].mean() < shown[0].mean() - 0.2
    brought = [afterwards(s, ("package", "accepted"), "contact") for s in (none, strong)]
    assert brought[1].attrs["each"] < 0.7 * brought[0].attrs["each"]
    assert ratio(none, strong, "referrals", HILL) < 0.98


def test_S4_trouble_comes_back_when_packages_end_too_soon() -> None:
    """What a short package turned grows again more often than what a long one did."""
    settings = LASTING | {"practice__threshold_gap": 2.0, "practice__package_effect": 5.0, "help__relapse": 1.0}
    short, long = (no_links(practice__package_days=d, **settings) for d in (20, 200))
    shown = [afterwards(s, ("package", "accepted"), "programme_concern").mean() for s in (short, long)]
    assert shown[0] > shown[1] + 0.1


def test_S4_capacity_is_finite() -> None:
    """A programme with few places turns families away; with none it supports nobody."""
    none, few, many = (busy(programmes__Hill__packages_per_worker=n) for n in (0, 3, 50))
    assert measured(none, "packages_started").sum() == 0
    turned = [outcomes(s, "programme_concern")["no_capacity"] for s in (none, few, many)]
    assert turned[0] > 1.2 * turned[1] > 1.2 * turned[2]
    assert turned[2] == 0
    for model in models(few):
        assert all(p.packages <= p.capacity for p in model.programmes)
    hands = busy(programmes__Hill__packages_per_worker=3, programmes__Hill__workers=20)
    assert ratio(few, hands, "packages_started") > 1.3


# -- S5 -----------------------------------------------------------------------------------------------------------


def test_S5_the_age_limit_bounds_who_is_served() -> None:
    """A lower age limit leaves out families with older children, among concerns seen and among referrals accepted."""
    settings = {"collaboration__knows_programmes": 0.8, "practice__take_up": 1.0}
    two, five = (busy(programmes={"Hill": FULL | {"age_limit": a}}, **settings) for a in (2.0, 5.0))
    assert ratio(two, five, "sslp_concerns") > 1.3
    assert ratio(two, five, "social_services_referrals_taken_up") > 1.2
    for scenario, limit in ((two, 2.0), (five, 5.0)):
        for stage in ("programme_concern", "referral_to_programme"):
            rows = events(scenario, stage)
            assert rows.loc[~rows["outcome"].eq("outside_age"), "youngest"].max() < limit


def taken(scenario: Scenario) -> float:
    """Share of the families referred to programmes who took it up."""
    rows = events(scenario, "referral_to_programme")
    return float((rows["outcome"] == "accepted").mean())


def test_S5_families_take_up_in_the_measure_set() -> None:
    """The readier families are to go where they are sent, the more of the referrals to programmes end in support."""
    few, many = (busy(collaboration__knows_programmes=0.5, practice__take_up=t) for t in (0.2, 0.9))
    assert taken(many) > taken(few) + 0.4
    assert ratio(few, many, "social_services_referrals_taken_up") > 1.8
    assert outcomes(few, "referral_to_programme")["not_taken_up"] > 0


def test_S5_accompanied_families_take_up_more() -> None:
    """Families whom a worker takes along accept more often than those sent by themselves."""
    settings = {"collaboration__knows_programmes": 0.3, "practice__take_up": 0.2, "practice__take_up_accompanied": 0.95}
    alone, along = (
        with_post(busy(collaboration__practices__outposted_social_worker__accompanies=a, **settings))
        for a in (0.0, 1.0)
    )
    assert taken(along) > taken(alone) + 0.4


def test_S5_a_full_programme_accepts_nobody() -> None:
    """A referral to a programme without room ends there."""
    full = busy(programmes__Hill__packages_per_worker=0, collaboration__knows_programmes=0.5)
    assert outcomes(full, "referral_to_programme")["no_capacity"] > 10
    assert measured(full, "social_services_referrals_taken_up").sum() == 0
