"""Directions of the programmes and of the posts between agencies (MODEL S1-S5, L0-L3, L8)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from directions import (
    FULL,
    HILL,
    authority,
    busy,
    by_month,
    difference,
    events,
    measured,
    models,
    outcomes,
    ratio,
    users,
    with_post,
    wrong,
)
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario

OUTPOSTED, LINK, ASSISTANT = "outposted_social_worker", "link_worker", "social_work_assistant"


def no_links(**values: Any) -> Scenario:
    """A busy programme whose workers know nobody in the team."""
    return busy(collaboration__informal_links=0.0, **values)


def even_views(**values: Any) -> Scenario:
    """Workers who all know the threshold, trust fully and share all that they judge grave."""
    same = {
        "practice__threshold_gap": 0.0,
        "practice__threshold_gap_spread": 0.0,
        "practice__trust": 1.0,
        "practice__trust_spread": 0.0,
        "practice__sharing": 1.0,
    }
    return no_links(**(same | values))


# -- S1 -----------------------------------------------------------------------------------------------------------


def test_S1_reach_brings_concerns_to_the_programme() -> None:
    """A programme that more families use hears of more concerns; one that nobody uses hears of none."""
    few, many = authority(programmes__Hill__reach=0.2), authority(programmes__Hill__reach=0.8)
    assert ratio(few, many, "sslp_concerns") > 2.0
    assert users(many) > 3 * users(few)
    empty = authority(programmes__Hill__reach=0.0, collaboration__knows_programmes=0.0)
    assert measured(empty, "sslp_concerns").sum() == 0


def test_S1_the_hard_to_reach_stay_away() -> None:
    """Where families in need stay away, the programme's users and the concerns it sees are less grave."""
    even = busy(programmes__Hill__reach=0.6)
    shy = busy(programmes__Hill__reach=0.6, programmes__Hill__reach_slope=-2.0)
    need = {}
    for name, scenario in (("even", even), ("shy", shy)):
        need[name] = np.mean([m.families.baseline[m.cases.user].mean() for m in models(scenario)])
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
    knows, overrates = (no_links(practice__threshold_gap=gap, relationships__gap_learning=0.0) for gap in (0.0, 1.0))
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
    silent, talking = (no_links(practice__informal_share=s, practice__escalation_share=0.0) for s in (0.0, 1.0))
    assert measured(silent, "sslp_informal_tellings").sum() == 0 < measured(silent, "sslp_held_back").sum()
    assert measured(talking, "sslp_held_back").sum() == 0 < measured(talking, "sslp_informal_tellings").sum()


def test_S3_what_is_told_without_detail_weighs_less() -> None:
    """Partial information makes a concern look slighter, so that fewer such contacts become referrals."""
    share = []
    for weight in (0.0, 2.0):
        rows = events(no_links(practice__informal_share=1.0, front_door__partial_information=weight))
        told = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "told_informally")]
        told = told.merge(rows[rows["stage"] == "contact_decision"], on=["run", "case"], suffixes=("", "_then"))
        share.append((told["outcome_then"] == "referral").mean())
    assert share[1] < 0.75 * share[0]


def test_S3_the_weekly_meeting_corrects_errors() -> None:
    """Talking a doubtful case over in the referral meeting removes error of judgement."""
    settings = {"practice__judgement_noise": 1.2, "practice__consult_band": 3.0}
    alone, together = (even_views(practice__meeting_gain=gain, **settings) for gain in (0.0, 1.0))
    errors = [wrong(events(s, "programme_concern"), "referred", "supported") for s in (alone, together)]
    assert errors[1] < 0.5 * errors[0]


# -- S4 -----------------------------------------------------------------------------------------------------------


def test_S4_packages_lower_later_concerns_and_referrals() -> None:
    """Support brings need down while it lasts, so that less happens later and less of it goes to social services."""
    none, strong = (busy(practice__package_relief=r, practice__package_days=300) for r in (0.0, 1.5))
    assert ratio(none, strong, "sslp_concerns") < 0.9
    assert ratio(none, strong, "referrals", HILL) < 0.98
    short, long = (busy(practice__package_relief=1.5, practice__package_days=d) for d in (20, 300))
    assert ratio(short, long, "referrals", HILL) < 0.99


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


def test_S4_what_is_held_back_comes_back_worse() -> None:
    """Concerns that a programme held back return through other sources, graver than they were."""
    settings = {"practice__sharing": 0.0, "practice__informal_share": 0.0, "practice__escalation_days": 30.0}
    never, always = (no_links(practice__escalation_share=s, **settings) for s in (0.0, 1.0))
    rows = events(always)
    back = rows[rows["stage"] == "held_back_returns"]
    assert len(events(never, "held_back_returns")) == 0 < len(back)
    first = rows[rows["stage"] == "programme_concern"]
    both = back.merge(first, on=["run", "case"], suffixes=("", "_first"))
    assert (both["level"] - both["level_first"]).mean() > 0.05
    assert (both["day"] > both["day_first"]).all()
    assert "sslp" not in set(back["source"])
    assert ratio(never, always, "contacts", HILL) > 1.1


def test_S4_escalation_makes_it_worse() -> None:
    """The more a held-back concern escalates, the graver it is when it returns."""
    settings = {"practice__sharing": 0.0, "practice__escalation_share": 1.0, "practice__escalation_days": 30.0}
    calm, worse = (no_links(practice__escalation=e, **settings) for e in (0.0, 1.0))
    levels = [events(s, "held_back_returns")["level"].mean() for s in (calm, worse)]
    assert levels[1] > levels[0] + 0.2


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


# -- L0 -----------------------------------------------------------------------------------------------------------


def test_L0_informal_links_bring_consultations() -> None:
    """Without a post, workers ask whom they know; the more they know, the more they ask, and the more they learn."""
    nobody, somebody = no_links(), busy(collaboration__informal_links=0.8)
    assert measured(nobody, "consultations").sum() == 0
    assert measured(somebody, "consultations").min() > 10
    assert difference(nobody, somebody, "trust_sslp") > 0.02
    wide = {"practice__threshold_gap": 0.8}
    assert ratio(no_links(**wide), busy(collaboration__informal_links=0.8, **wide), "threshold_gap") < 0.9


def test_L0_links_work_only_where_there_is_trust() -> None:
    """Workers who distrust social services do not ring up even those they know."""
    wary, trusting = (busy(collaboration__informal_links=0.4, practice__trust=t) for t in (0.1, 0.9))
    assert ratio(wary, trusting, "consultations") > 1.5


# -- L1 -----------------------------------------------------------------------------------------------------------


def test_L1_an_outposted_worker_is_consulted_and_carries_referrals() -> None:
    """A social worker in the programme is asked for advice, carries referrals and makes joint visits."""
    without, post = no_links(), with_post(no_links())
    assert measured(without, "consultations").sum() == 0
    assert measured(post, "consultations").min() > 20
    carried = [sum(int(m.cases.carried.sum()) for m in models(s)) for s in (without, post)]
    assert carried[0] == 0 < carried[1]
    assert measured(without, "joint_visits").sum() == 0 < measured(post, "joint_visits").sum()
    assert ratio(without, post, "sslp_contacts") > 1.2


def test_L1_outreach_brings_in_families_who_stay_away() -> None:
    """The out-posted worker brings in hard-to-reach families, who then use the programme."""
    half = authority(programmes__Hill__reach=0.3)
    assert users(with_post(half)) > users(half) + 15
    none = half.with_values(collaboration__practices__outposted_social_worker__outreach=0.0)
    more = half.with_values(collaboration__practices__outposted_social_worker__outreach=6.0)
    assert users(with_post(more)) > users(with_post(half)) > users(with_post(none))
    assert ratio(with_post(none), with_post(more), "sslp_concerns") > 1.05


def test_L1_referrals_go_on_to_the_programme() -> None:
    """A social worker who knows the programme from inside has social services send more families there."""
    assert ratio(busy(), with_post(busy()), "social_services_referrals_to_sslp") > 1.3


def test_L1_workers_learn_the_threshold_and_trust_more() -> None:
    """Daily contact brings the believed threshold close to the true one and raises trust on both sides."""
    without, post = no_links(practice__threshold_gap=0.8), with_post(no_links(practice__threshold_gap=0.8))
    gaps = [np.abs(measured(s, "threshold_gap")).mean() for s in (without, post)]
    assert gaps[1] < 0.6 * gaps[0]
    assert difference(without, post, "trust_sslp") > 0.1


def test_L1_advice_makes_decisions_sounder() -> None:
    """With advice at hand fewer concerns are misjudged than by workers alone."""
    settings = {"practice__judgement_noise": 1.2, "practice__consult_band": 3.0, "practice__meeting_gain": 0.0}
    alone, advised = even_views(**settings), with_post(even_views(**settings))
    errors = [wrong(events(s, "programme_concern"), "referred", "supported") for s in (alone, advised)]
    assert errors[1] < 0.6 * errors[0]


def test_L1_more_time_helps_more() -> None:
    """A whole post is easier to reach than a tenth of one; a post spread over its programmes is thinner in each."""
    tenth, whole = with_post(no_links(), time=0.05), with_post(no_links(), time=1.0)
    assert ratio(tenth, whole, "consultations") > 1.5


def test_L1_carried_referrals_are_better_understood() -> None:
    """A referral that is brought in person is misread less than one that is sent."""
    key = "collaboration__practices__outposted_social_worker__carries"
    errors = []
    for carries in (False, True):
        rows = events(with_post(no_links(**{key: carries})))
        rows = rows[rows["source"] == "sslp"]
        brought = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "referred")]
        judged = brought.merge(rows[rows["stage"] == "contact_decision"], on=["run", "case"], suffixes=("", "_seen"))
        errors.append((judged["level_seen"] - judged["level"]).std())
    assert errors[1] < 0.97 * errors[0]


def test_L1_only_the_programmes_it_serves() -> None:
    """A post that serves one of two programmes leaves the other's consultations at none."""
    two = {name: FULL | {"children_under_five": 300} for name in ("Hill", "Vale")}
    post = with_post(no_links(programmes=two), programmes=("Hill",))
    assert measured(post, "consultations", HILL).min() > 5
    assert measured(post, "consultations", "programme:Vale").sum() == 0


def test_L1_a_post_where_nobody_comes_changes_nothing() -> None:
    """A null effect comes out: without users, outreach and referrals on, the post leaves every case as it was."""
    empty = authority(
        programmes__Hill__reach=0.0,
        collaboration__knows_programmes=0.0,
        collaboration__practices__outposted_social_worker__outreach=0.0,
    )
    pd.testing.assert_frame_equal(events(empty), events(with_post(empty)))
    for a, b in zip(models(empty), models(with_post(empty)), strict=True):
        pd.testing.assert_frame_equal(a.measures(), b.measures())


# -- L2 -----------------------------------------------------------------------------------------------------------


def test_L2_a_link_worker_works_from_the_day_the_post_starts() -> None:
    """Before its first day the post changes nothing; afterwards programmes consult and referrals flow both ways."""
    october = dt.date(2005, 10, 1)
    plain = no_links(time__reporting_months=12)
    without, post = plain, with_post(plain, LINK, start=october)
    rows = [events(s) for s in (without, post)]
    before = [r[r["date"] < pd.Timestamp(october)].drop(columns="recorded_source") for r in rows]
    fixed = ["case", "family", "date", "stage", "outcome", "level"]
    pd.testing.assert_frame_equal(*(b[fixed].sort_values(["date", "case", "stage"], ignore_index=True) for b in before))
    months = by_month(post, "consultations")
    assert months[:"2005-09"].sum() == 0
    assert (months["2005-10":] > 0).all()
    onward = [by_month(s, "social_services_referrals_to_sslp")["2005-10":].sum() for s in (without, post)]
    assert onward[1] > 1.15 * onward[0]


def test_L2_a_post_ends_on_its_last_day() -> None:
    """After its last day nobody asks any more."""
    post = with_post(no_links(time__reporting_months=12), LINK, end=dt.date(2005, 9, 30))
    months = by_month(post, "consultations")
    assert months[:"2005-09"].sum() > 0
    assert months["2005-10":].sum() == 0


def test_L2_a_post_that_ended_before_the_run_never_works() -> None:
    """A post whose last day lies before the run leaves no trace in it."""
    model = ReferralModel(with_post(no_links(), LINK, end=dt.date(2005, 1, 31)), rng=11)
    model.step()
    assert not model.liaison[0].present


def test_L2_feedback_of_a_link_worker_raises_trust() -> None:
    """A link worker who tells programmes what became of their referrals raises trust more than one who does not."""
    kind = "collaboration__practices__link_worker__feedback"
    shared = {"collaboration__feedback": 0.0, "relationships__silence": 0.2, "relationships__refused": 0.0}
    silent, telling = (with_post(no_links(**{kind: f}, **shared), LINK) for f in (0.0, 1.0))
    assert difference(silent, telling, "trust_sslp") > 0.02


# -- L3 -----------------------------------------------------------------------------------------------------------


def advice_errors(scenario: Scenario) -> float:
    return wrong(events(scenario, "consultation"), "advised_to_refer", "advised_to_support")


def test_L3_an_assistant_judges_worse() -> None:
    """Unqualified assistants advise wrongly more often than out-posted social workers."""
    qualified, assistant = with_post(even_views()), with_post(even_views(), ASSISTANT)
    assert advice_errors(assistant) > 1.3 * advice_errors(qualified)


def test_L3_an_assistant_brings_less_than_a_social_worker() -> None:
    """An assistant's post moves trust, the threshold gap and outreach in the same direction, but less."""
    plain = no_links(practice__threshold_gap=0.8)
    worker, assistant = with_post(plain), with_post(plain, ASSISTANT)
    trust = [measured(s, "trust_sslp").mean() for s in (plain, assistant, worker)]
    assert trust[0] < trust[1] < trust[2] - 0.03
    gaps = [np.abs(measured(s, "threshold_gap")).mean() for s in (worker, assistant, plain)]
    assert gaps[0] < gaps[1] < gaps[2]
    half = authority(
        programmes__Hill__reach=0.3,
        collaboration__practices__outposted_social_worker__turnover=0.0,
        collaboration__practices__social_work_assistant__turnover=0.0,
    )
    assert users(half) < users(with_post(half, ASSISTANT)) < users(with_post(half))


def test_L3_turnover_leaves_the_post_empty_and_its_effect_is_lost() -> None:
    """Where assistants keep leaving, the post stands empty and much of what it did is lost."""
    key = "collaboration__practices__social_work_assistant__"
    year = {"time__reporting_months": 12}
    stays = with_post(no_links(**year), ASSISTANT)
    leaves = with_post(no_links(**{f"{key}turnover": 5.0, f"{key}vacancy_days": 300.0} | year), ASSISTANT)
    assert ratio(stays, leaves, "consultations") < 0.8
    assert difference(stays, leaves, "trust_sslp") < -0.005
    asked = [m.monthly().query("measure == 'consultations' and group == 'all'")["value"] for m in models(leaves)]
    assert any((months == 0).any() for months in asked)
    gone = [int(w.model.posts.leavers[w.post]) for m in models(leaves) for w in m.liaison]
    assert sum(gone) >= 2


# -- L8 -----------------------------------------------------------------------------------------------------------


def test_L8_feedback_raises_trust_and_closes_the_gap() -> None:
    """Referrers who hear what became of a referral trust more and learn where the threshold lies."""
    never, always = (no_links(practice__threshold_gap=0.6, collaboration__feedback=f) for f in (0.0, 1.0))
    assert difference(never, always, "trust_sslp") > 0.03
    gaps = [np.abs(measured(s, "threshold_gap")).mean() for s in (never, always)]
    assert gaps[1] < 0.8 * gaps[0]


def test_L8_the_posts_feedback_reaches_referrals_it_carries() -> None:
    """An out-posted worker who reports back raises trust more than one who does not."""
    key = "collaboration__practices__outposted_social_worker__feedback"
    shared = {"collaboration__feedback": 0.0, "relationships__silence": 0.2}
    silent, telling = (with_post(no_links(**{key: f}, **shared)) for f in (0.0, 1.0))
    assert difference(silent, telling, "trust_sslp") > 0.02
