"""Directions of social services: front door, assessment, protection, plans (MODEL F1-F6, A1-A9)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from directions import (
    HILL,
    authority,
    busy,
    difference,
    events,
    measured,
    models,
    outcomes,
    queueing,
    ratio,
)
from referral_sim.scenario import Scenario


def lively(**values: Any) -> Scenario:
    """A small authority for a whole year, with more going on, so that the rarer stages come often enough."""
    return authority(**({"concerns__rate": 0.25, "time__reporting_months": 12} | values))


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
    never, always = (lively(plans__offered=o, plans__relief=0.0) for o in (0.0, 1.0))
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
    elsewhere, gateway = (busy(front_door__day_care_gateway=g) for g in (False, True))
    assert ratio(elsewhere, gateway, "referrals") > 1.03
    counts = [(events(s, "referral")["kind"] == "day_care_request").sum() for s in (elsewhere, gateway)]
    assert counts[1] > 5 * counts[0]
    decided = events(gateway, "contact_decision").query("kind == 'day_care_request'")
    assert not decided["outcome"].isin(["advice", "referred_to_programme"]).any()
    assert ratio(elsewhere, gateway, "sslp_contacts") > 1.1
    asks = busy(front_door__day_care_gateway=True, practice__day_care_referral=0.0)
    assert ratio(asks, gateway, "sslp_contacts") > 1.1
    here = busy(front_door__day_care_elsewhere=0.0)
    assert ratio(elsewhere, here, "contacts") > 1.02


# -- A1 -----------------------------------------------------------------------------------------------------------


def test_A1_slower_assessments_miss_the_limit() -> None:
    """The longer visits and checks take, the fewer initial assessments end within seven working days."""
    quick, slow = authority(assessment__initial_days=3.0), authority(assessment__initial_days=9.0)
    assert difference(quick, slow, "initial_assessments_in_time") < -0.3
    longer = authority(assessment__initial_deadline=15)
    assert difference(authority(), longer, "initial_assessments_in_time") > 0.05


def test_A1_feared_harm_is_seen_within_a_day() -> None:
    """Where significant harm is feared the assessment is done within a day, whatever the others take."""
    urgent, patient = (authority(assessment__initial_days=6.0, assessment__urgent_days=d) for d in (1, 7))
    share = [(events(s, "initial_assessment")["working_days"] <= 1).mean() for s in (urgent, patient)]
    assert share[0] > share[1] + 0.1
    grave = [
        events(s, "initial_assessment").query("outcome == 'strategy_discussion'")["working_days"].mean()
        for s in (urgent, patient)
    ]
    assert grave[0] < grave[1] - 1


def test_A1_urgent_work_goes_first() -> None:
    """In a team with a queue the urgent assessments overtake the others."""
    rows = events(queueing(), "initial_assessment")
    grave = rows["outcome"] == "strategy_discussion"
    assert rows.loc[grave, "working_days"].mean() < rows.loc[~grave, "working_days"].mean() - 3


def test_A1_the_need_that_counts_decides_who_is_in_need() -> None:
    """The higher the need from which a child counts as in need, the fewer do, and the fewer plans begin."""
    low, high = authority(assessment__in_need=2.2), authority(assessment__in_need=3.4)
    found = [outcomes(s, "initial_assessment") for s in (low, high)]
    assert found[1]["child_in_need"] < 0.7 * found[0]["child_in_need"]
    assert found[1]["not_in_need"] > 1.5 * found[0]["not_in_need"]
    assert len(events(high, "plan_start")) < 0.8 * len(events(low, "plan_start"))


# -- A2-A5 --------------------------------------------------------------------------------------------------------


def test_A2_the_threshold_of_harm_decides_on_enquiries() -> None:
    """The graver need must be before harm is feared, the fewer strategy discussions and enquiries there are."""
    low, high = lively(protection__threshold=3.2), lively(protection__threshold=4.4)
    assert ratio(low, high, "section_47_enquiries") < 0.7
    assert len(events(high, "strategy_discussion")) < 0.7 * len(events(low, "strategy_discussion"))


def test_A2_the_share_of_discussions_that_lead_to_enquiries() -> None:
    """Strategy discussions lead to enquiries in the share set; the rest get a child-in-need plan."""
    few, many = (lively(protection__enquiry_share=s) for s in (0.4, 1.0))
    assert ratio(few, many, "section_47_enquiries") > 1.8
    assert outcomes(many, "strategy_discussion")["child_in_need"] == 0
    assert outcomes(few, "strategy_discussion")["child_in_need"] > 10


def test_A3_a_longer_limit_is_kept_more_often() -> None:
    """42 working days instead of 35 leave more core assessments in time; slower ones leave fewer."""
    plain = lively()
    assert difference(plain, lively(assessment__core_deadline=42), "core_assessments_in_time") > 0.04
    assert difference(plain, lively(assessment__core_days=34.0), "core_assessments_in_time") < -0.15


def test_A3_complex_need_brings_core_assessments() -> None:
    """The lower the need that counts as complex, the more core assessments; referrals stay as they are."""
    high, low = lively(assessment__complex_need=5.0), lively(assessment__complex_need=3.2)
    assert ratio(high, low, "core_assessments") > 1.4
    assert ratio(high, low, "referrals") == pytest.approx(1.0, abs=0.02)


def test_A4_substantiated_enquiries_go_to_conference() -> None:
    """The more enquiries bear out the fear, the more conferences are held for about the same number of enquiries."""
    few, many = (lively(protection__substantiated=s) for s in (0.3, 0.9))
    assert ratio(few, many, "conferences") > 2.0
    assert ratio(few, many, "section_47_enquiries") == pytest.approx(1.0, abs=0.25)


def test_A5_routing_moves_registrations_and_leaves_referrals() -> None:
    """Authorities differ in what share of the same cases they take down this road, without differing in referrals."""
    few, many = (lively(protection__routing=r) for r in (0.3, 0.9))
    assert ratio(few, many, "registrations") > 2.0
    assert ratio(few, many, "referrals") == pytest.approx(1.0, abs=0.04)
    assert ratio(lively(protection__registered=0.4), lively(protection__registered=1.0), "registrations") > 1.8


def test_A5_the_category_follows_the_kind_of_concern() -> None:
    """Each registration has a category, and what happened decides which."""
    rows = events(lively(protection__routing=1.0), "registration")
    category = rows.groupby("kind", observed=True)["outcome"].agg(lambda names: set(names))
    assert category["physical_harm"] == {"physical_abuse"}
    assert category["sexual_harm"] == {"sexual_abuse"}
    assert category["neglect"] == {"neglect"}
    assert category["domestic_violence"] == {"emotional_abuse"}
    table = {str(k): v.model_dump() for k, v in Scenario().concerns.kinds.items()}
    table["physical_harm"]["share"] += table["poverty_or_housing"]["share"]
    table["poverty_or_housing"]["share"] = 0.0
    harm = lively(concerns__kinds=table)
    assert difference(lively(), harm, "registration_category", "category:physical_abuse") > 0.05


# -- A6, A7 -------------------------------------------------------------------------------------------------------


def gaps(scenario: Scenario, start: str, review: str) -> list[pd.Series]:
    """Calendar days from a start to the first review, and from each review to the next, by case."""
    rows = events(scenario)
    first = rows[rows["stage"] == start].groupby(["run", "case"])["date"].first()
    reviews = rows[rows["stage"] == review]
    opening = reviews.groupby(["run", "case"])["date"].first() - first
    later = reviews.groupby(["run", "case"])["date"].diff()
    return [gap.dropna().dt.days for gap in (opening, later)]


def test_A6_reviews_at_three_months_and_then_every_six() -> None:
    """The first review comes after three months and the later ones every six, as the scenario sets it."""
    opening, later = gaps(lively(), "registration", "register_review")
    assert 88 <= opening.min() <= opening.max() <= 102
    assert len(later) > 5
    assert 180 <= later.min() <= later.max() <= 194
    opening, _ = gaps(lively(protection__first_review_months=5), "registration", "register_review")
    assert 150 <= opening.min() <= opening.max() <= 164


def test_A6_children_come_off_the_register_when_need_has_fallen() -> None:
    """The higher the need at which registration still ends, the more children leave the register."""
    strict, lenient = (lively(protection__deregistration_need=n) for n in (2.0, 4.0))
    assert ratio(strict, lenient, "deregistrations") > 1.5
    assert ratio(strict, lenient, "on_register") < 0.8
    without, with_plan = (lively(protection__plan_relief=r) for r in (0.0, 2.0))
    assert ratio(without, with_plan, "deregistrations") > 1.2


def test_A7_plans_are_offered_reviewed_and_closed() -> None:
    """Plans begin in the share offered, are reviewed every six months, and end where need has fallen."""
    few, many = lively(plans__offered=0.2), lively(plans__offered=1.0)
    assert len(events(many, "plan_start")) > 2 * len(events(few, "plan_start"))
    opening, _ = gaps(lively(), "plan_start", "plan_review")
    assert opening.min() >= 180
    assert opening.quantile(0.9) <= 194
    early, _ = gaps(lively(plans__review_months=3), "plan_start", "plan_review")
    assert 88 <= early.min() < early.median() <= 102
    strict, lenient = (outcomes(lively(plans__closing_need=n), "plan_review") for n in (1.5, 4.0))
    assert lenient["ends"] > 1.5 * strict["ends"]
    assert strict["remains"] > 1.5 * lenient["remains"]


def test_A7_registration_steps_up_and_down() -> None:
    """Registration takes the place of a plan, and a plan may follow when registration ends."""
    rows = events(lively(protection__deregistration_need=4.0, plans__closing_need=2.0))
    assert (rows.query("stage == 'plan_end'")["outcome"] == "stepped_up").any()
    off = rows.query("stage == 'deregistration' and outcome == 'stepped_down'")
    plans = rows.query("stage == 'plan_start'")
    assert len(off) > 5
    assert len(off.merge(plans, on=["run", "case", "day"])) == len(off)


# -- A8, A9 -------------------------------------------------------------------------------------------------------


def test_A8_re_referral_comes_out_of_lasting_trouble() -> None:
    """No share of re-referrals is set: it comes out, and it is higher where trouble lasts and breeds more."""
    quick, lasting = (lively(need__recovery_half_life=h) for h in (20.0, 365.0))
    assert measured(quick, "re_referred_within_12_months").min() > 0.0
    assert difference(quick, lasting, "re_referred_within_12_months") > 0.02
    even, breeding = (lively(concerns__need_sensitivity=s) for s in (0.0, 0.9))
    assert difference(even, breeding, "re_referred_within_12_months") > 0.04


def test_A8_re_registration_comes_out_of_lasting_trouble() -> None:
    """Re-registration comes out too: nobody was registered before the run, yet families return where need breeds more
    trouble, and where children leave the register with need still high.
    """
    values = {
        "need__previously_registered": 0.0,
        "protection__routing": 1.0,
        "time__reporting_months": 18,
        "concerns__rate": 0.4,
    }
    early = values | {"protection__deregistration_need": 5.0}
    even, breeding = (authority(concerns__need_sensitivity=s, **early) for s in (0.0, 0.9))
    assert difference(even, breeding, "re_registered") > 0.08
    late = authority(concerns__need_sensitivity=0.9, protection__deregistration_need=2.5, **values)
    assert difference(late, breeding, "re_registered") > 0.08
    past = authority(need__previously_registered=0.5)
    assert difference(authority(need__previously_registered=0.0), past, "re_registered") > 0.1


def test_A9_only_eligible_families_are_referred_on() -> None:
    """From contact, assessment and plan, families inside the boundary with a young child are sent on, no others."""
    rows = events(busy(collaboration__knows_programmes=0.5, time__reporting_months=12))
    sent = rows[rows["stage"] == "referral_to_programme"]
    assert len(sent) > 50
    assert sent["programme_area"].notna().all()
    assert sent["youngest"].max() < 5.0
    for stage in ("contact_decision", "initial_assessment", "plan_review"):
        same_day = sent.merge(rows[rows["stage"] == stage], on=["run", "case", "day"])
        assert len(same_day) > 3, stage
    knows, knows_not = busy(collaboration__knows_programmes=0.5), busy(collaboration__knows_programmes=0.05)
    assert ratio(knows_not, knows, "social_services_referrals_to_sslp", HILL) > 3.0


def test_A9_a_team_that_trusts_the_programme_sends_more() -> None:
    """The team's trust in a programme makes it think of the programme more often."""
    still = {"relationships__team_right": 0.0, "relationships__team_wrong": 0.0, "collaboration__knows_programmes": 0.3}
    wary, trusting = (busy(front_door__trust_in_programmes=t, **still) for t in (0.0, 1.0))
    assert ratio(wary, trusting, "social_services_referrals_to_sslp") > 1.5
    assert all(p.team_trust == 1.0 for m in models(trusting) for p in m.programmes)
