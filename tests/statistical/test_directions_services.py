"""Directions of the front door (MODEL F1-F6)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from directions import (
    authority,
    busy,
    difference,
    events,
    lively,
    measured,
    outcomes,
    queueing,
    ratio,
)

# -- F1 -----------------------------------------------------------------------------------------------------------


def test_F1_a_repeated_call_may_count_as_a_referral() -> None:
    """Where a second call about a family is a referral by rule, the same contacts make more referrals."""
    plain, rule = (lively(front_door__repeat_call_is_referral=r) for r in (False, True))
    longer = rule.with_values(front_door__repeat_call_days=250)
    assert ratio(plain, rule, "referrals") > 1.003
    assert ratio(rule, longer, "referrals") > 1.02
    assert ratio(plain, longer, "contacts") == pytest.approx(1.0, abs=0.03)
    assert difference(plain, longer, "referrals_per_contact") > 0.02


def test_F1_a_family_heard_of_before_weighs_more() -> None:
    """A contact on a family heard of within the year counts for more, so more of them become referrals."""
    light, heavy = (lively(front_door__repeat_weight=w) for w in (0.0, 1.0))
    assert difference(light, heavy, "re_referred_within_12_months") > 0.003
    assert ratio(light, heavy, "referrals") > 1.02


def test_F1_administrators_answer_simple_enquiries() -> None:
    """Administrators who answer simple enquiries take them off the team; grave contacts go on as before."""
    plain, office = (authority(front_door__administrators_answer=a) for a in (False, True))
    answered = events(office, "contact_decision").query("outcome == 'answered_by_administrator'")
    assert len(answered) > 50
    assert answered["level"].max() < office.front_door.simple_enquiry
    assert outcomes(plain, "contact_decision")["answered_by_administrator"] == 0
    assert ratio(plain, office, "referrals") < 1.0
    wider = office.with_values(front_door__simple_enquiry=3.0)
    assert ratio(office, wider, "referrals") < 0.95


def test_F1_a_county_desk_signposts_and_delays() -> None:
    """A desk in front of the teams answers some simple contacts and passes the others on some days later."""
    plain = authority()
    desk = {"front_door__county_desk__enabled": True, "front_door__county_desk__delay_days": 3}
    some, most = (authority(front_door__county_desk__signposts=s, **desk) for s in (0.2, 0.9))
    counts = [outcomes(s, "contact_decision")["signposted_at_desk"] for s in (plain, some, most)]
    assert counts[0] == 0
    assert counts[2] > 2 * counts[1] > 0
    passed = events(some, "referral")["working_days"]
    assert events(plain, "referral")["working_days"].max() == 0
    assert passed.min() == 3


# -- F2 -----------------------------------------------------------------------------------------------------------


def test_F2_a_family_with_an_open_case_is_no_new_referral() -> None:
    """What comes in about a family whose case is open goes there and is not counted as a referral."""
    rows = events(lively())
    known = rows[(rows["stage"] == "contact_decision") & (rows["outcome"] == "to_open_case")]
    referred = rows[rows["stage"] == "referral"]
    assert len(known) > 50
    assert known.merge(referred, on=["run", "case"]).empty
    starts = rows[rows["stage"] == "plan_start"].groupby(["run", "family"])["day"].min()
    ends = rows[rows["stage"].isin(["plan_end", "deregistration"])].groupby(["run", "family"])["day"].min()
    spans = pd.concat({"start": starts, "end": ends}, axis=1).dropna(subset="start").reset_index()
    both = referred.merge(spans, on=["run", "family"])
    during = both[(both["day"] > both["start"]) & ~(both["day"] >= both["end"])]
    assert during.empty


def test_F2_open_cases_take_referrals_away() -> None:
    """The more families have plans and so an open case, the fewer of their later contacts are new referrals."""
    never, always = (lively(plans__offered=o, plans__effect=0.0) for o in (0.0, 1.0))
    assert ratio(never, always, "referrals") < 0.95
    counts = [outcomes(s, "contact_decision")["to_open_case"] for s in (never, always)]
    assert counts[1] > 1.5 * counts[0]


# -- F3 -----------------------------------------------------------------------------------------------------------


def test_F3_a_higher_threshold_means_fewer_assessments() -> None:
    """The higher the threshold, the fewer referrals go to assessment, and the graver they are."""
    low, high = authority(front_door__threshold=2.5), authority(front_door__threshold=3.5)
    assert ratio(low, high, "initial_assessments") < 0.7
    levels = [events(s, "referral").query("outcome == 'initial_assessment'")["level"].mean() for s in (low, high)]
    assert levels[1] > levels[0] + 0.3


def test_F3_a_wider_margin_records_more_referrals_without_assessing_more() -> None:
    """How far below its threshold a front door still records referrals decides their number, not the assessments."""
    narrow, wide = authority(front_door__referral_margin=0.2), authority(front_door__referral_margin=1.2)
    assert ratio(narrow, wide, "referrals") > 1.3
    assert ratio(narrow, wide, "initial_assessments") == pytest.approx(1.0, abs=0.03)


def test_F3_backlog_raises_the_applied_threshold() -> None:
    """A team with work piled up takes only graver cases; with the slope at nothing it holds its line."""
    firm, yielding = (queueing(front_door__backlog_shift=s) for s in (0.0, 0.05))
    assert measured(firm, "backlog_days").min() > 3
    assert np.all(measured(firm, "applied_threshold") == 3.0)
    assert difference(firm, yielding, "applied_threshold") > 0.15
    assessed = [outcomes(s, "referral")["initial_assessment"] for s in (firm, yielding)]
    assert assessed[1] < 0.85 * assessed[0]
    levels = [events(s, "referral").query("outcome == 'initial_assessment'")["level"].mean() for s in (firm, yielding)]
    assert levels[1] > levels[0] + 0.1
    capped = queueing(front_door__backlog_shift=0.05, front_door__backlog_shift_limit=0.1)
    assert 3.0 < measured(capped, "applied_threshold").max() <= 3.1


def test_F3_trust_in_programmes_gives_their_referrals_weight() -> None:
    """A team that trusts the programmes takes more of what they bring as referrals and to assessment."""
    values = {"front_door__trust_weight": 2.0, "front_door__referral_margin": 0.2}
    values |= {"relationships__team_right": 0.0, "relationships__team_wrong": 0.0}
    wary, trusting = (busy(front_door__trust_in_programmes=t, **values) for t in (0.0, 1.0))
    assert ratio(wary, trusting, "sslp_referrals_to_social_services") > 1.1
    assessed = [
        events(s, "referral").query("source == 'sslp' and outcome == 'initial_assessment'") for s in (wary, trusting)
    ]
    assert len(assessed[1]) > 1.3 * len(assessed[0])
    deaf = [s.with_values(front_door__trust_weight=0.0) for s in (wary, trusting)]
    assert ratio(*deaf, "sslp_referrals_to_social_services") == pytest.approx(1.0, abs=0.01)


# -- F4 -----------------------------------------------------------------------------------------------------------


def test_F4_a_decision_on_the_same_day_when_hours_suffice() -> None:
    """With hours enough contacts are decided on at once; with too few they wait, in the order in which they came."""
    enough, short = queueing(localities={"Central": {"posts": 60}}), queueing(localities={"Central": {"posts": 1}})
    short = short.with_values(front_door__contact_hours=1.0)
    waits = [events(s, "contact_decision")["working_days"] for s in (enough, short)]
    assert waits[0].max() == 0
    assert waits[1].mean() > 1
    assert waits[1].max() > 5
    decided = events(short, "contact_decision").query("run == 0")
    came = decided["day"] - decided["working_days"].astype(int)
    assert (came.diff().dropna() >= 0).all()


# -- F5 -----------------------------------------------------------------------------------------------------------


def test_F5_a_team_that_knows_the_programmes_sends_families_there() -> None:
    """Below the threshold a family may be sent on to its programme, if the team thinks of it."""
    never, some, often = (authority(collaboration__knows_programmes=k) for k in (0.0, 0.15, 0.6))
    assert measured(never, "social_services_referrals_to_sslp").sum() == 0
    assert ratio(some, often, "social_services_referrals_to_sslp") > 2.0
    fates = outcomes(often, "contact_decision")
    assert fates["referred_to_programme"] > 5
    assert fates["advice"] > 5
    assert fates["advice"] < outcomes(never, "contact_decision")["advice"]


# -- F6 -----------------------------------------------------------------------------------------------------------


def test_F6_a_gateway_to_day_care_adds_referrals() -> None:
    """Where the front door also decides sponsored day care, requests arrive as referrals, from programmes too."""
    elsewhere, gateway = (busy(day_care__requests=160.0, front_door__day_care_gateway=g) for g in (False, True))
    assert ratio(elsewhere, gateway, "referrals") > 1.03
    counts = [(events(s, "referral")["kind"] == "day_care_request").sum() for s in (elsewhere, gateway)]
    assert counts[1] > 5 * counts[0]
    decided = events(gateway, "contact_decision").query("kind == 'day_care_request'")
    assert not decided["outcome"].isin(["advice", "referred_to_programme"]).any()
    assert ratio(elsewhere, gateway, "sslp_contacts") > 1.1
    asks = busy(day_care__requests=160.0, front_door__day_care_gateway=True, practice__day_care_referral=0.0)
    assert ratio(asks, gateway, "sslp_contacts") > 1.1
    many = {"day_care__requests": 400.0}
    here = busy(front_door__day_care_elsewhere=0.0, **many)
    assert ratio(busy(**many), here, "contacts") > 1.02
