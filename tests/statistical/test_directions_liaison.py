"""Directions of the posts between agencies (MODEL L0-L3, L8)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from directions import (
    ASSISTANT,
    FULL,
    HILL,
    LINK,
    authority,
    busy,
    by_month,
    difference,
    even_views,
    events,
    measured,
    models,
    no_links,
    ratio,
    users,
    with_post,
    wrong,
)
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario

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
    carried = [sum(int(m.state.cases.carried.sum()) for m in models(s)) for s in (without, post)]
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
    without = busy(trouble__rate=0.9)
    assert ratio(without, with_post(without), "social_services_referrals_to_sslp") > 1.2


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


def filtering(share: float, **values: Any) -> Scenario:
    """An out-posted worker to whom a share of other professionals' concerns about a programme's area come first."""
    key = "collaboration__practices__outposted_social_worker__"
    rules = {"filters": share, "outreach": 0.0, "onward": 1.0, "joint_visits": 0.0, "judgement_noise": 0.1}
    few_users = no_links(programmes__Hill__reach=0.1, **{key + name: value for name, value in rules.items()})
    return with_post(few_users, **values)


def test_L1_a_filtering_post_sees_what_others_would_have_sent_in() -> None:
    """The larger the share that comes to the post first, the more it sees, of its area and from professionals alone."""
    none, some, most = (events(filtering(share), "taken_to_liaison") for share in (0.0, 0.3, 0.8))
    assert len(none) == 0
    assert len(some) > 60
    assert len(most) > 1.8 * len(some)
    assert set(most["programme_area"]) == {"Hill"}
    assert not set(most["source"]) & {"sslp", "police", "self_or_carer", "family_or_friend", "anonymous"}
    thin = events(filtering(0.8, time=0.05), "taken_to_liaison")
    assert len(thin) < 0.5 * len(most)


def test_L1_filtering_keeps_from_the_front_door_what_is_below_the_threshold() -> None:
    """What crosses the threshold is sent on at once; the rest is supported and no longer comes as a contact."""
    none, most = filtering(0.0), filtering(0.8)
    taken = events(most, "taken_to_liaison")
    sent = taken["outcome"] == "advised_to_refer"
    assert sent.sum() > 50
    assert (~sent).sum() > 30
    assert taken["level"][sent].mean() > taken["level"][~sent].mean() + 0.5
    contacts = events(most, "contact")
    assert len(contacts.merge(taken[sent], on=["run", "case", "day"])) == sent.sum()
    assert len(contacts.merge(taken[~sent], on=["run", "case"])) == 0
    assert ratio(none, most, "packages_started", HILL) > 1.3
    professionals = set(taken["source"])
    counts = []
    for rows in (events(none, "contact"), contacts):
        counts.append((rows["source"].isin(professionals) & (rows["programme_area"] == "Hill")).sum())
    assert counts[1] < counts[0] - 30


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
        practice__outreach=0.0,
    )
    pd.testing.assert_frame_equal(events(empty), events(with_post(empty)))
    for a, b in zip(models(empty), models(with_post(empty)), strict=True):
        one, two = (m.measures().set_index("measure").drop(index="turnover_liaison") for m in (a, b))  # the post's own
        pd.testing.assert_frame_equal(one, two)


# -- L2 -----------------------------------------------------------------------------------------------------------


def test_L2_a_link_worker_works_from_the_day_the_post_starts() -> None:
    """Before its first day the post changes nothing; afterwards programmes consult and referrals flow both ways."""
    october = dt.date(2005, 10, 1)
    plain = no_links(time__years=1)
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
    post = with_post(no_links(time__years=1), LINK, end=dt.date(2005, 9, 30))
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
    year = {"time__years": 1}
    stays = with_post(no_links(**year), ASSISTANT)
    leaves = with_post(no_links(**{f"{key}turnover": 5.0, f"{key}vacancy_days": 300.0} | year), ASSISTANT)
    assert ratio(stays, leaves, "consultations") < 0.8
    assert difference(stays, leaves, "trust_sslp") < -0.005
    asked = [m.monthly().query("measure == 'consultations' and group == 'all'")["value"] for m in models(leaves)]
    assert any((months == 0).any() for months in asked)
    gone = [int(w.state.posts.leavers[w.post]) for m in models(leaves) for w in m.liaison]
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
