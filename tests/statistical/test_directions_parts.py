"""Directions of the parts of a collaboration besides posts and panels (MODEL L0, L4, L5, L7-L9, L11)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from directions import (
    FULL,
    HILL,
    busy,
    by_month,
    difference,
    even_views,
    events,
    measured,
    models,
    no_links,
    outcomes,
    ratio,
    users,
    with_part,
    wrong,
)
from helpers import same_rows
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario
from referral_sim.scenario.fields import PartKind

START, END = dt.date(2005, 8, 1), dt.date(2005, 9, 30)
KINDS = [str(kind) for kind in PartKind]
TRUSTING = {"practice__trust": 0.8, "practice__trust_spread": 0.0, "front_door__trust_in_programmes": 0.8}
WARY = {"practice__trust": 0.2, "practice__trust_spread": 0.0, "front_door__trust_in_programmes": 0.2}
WARY |= {"relationships__team_right": 0.0, "relationships__team_wrong": 0.0}  # good referrals would win the team over
TWO = {
    "programmes": {name: FULL | {"children_under_five": 300, "localities": {name: 1.0}} for name in ("Hill", "Vale")},
    "localities": {"Hill": {"posts": 5}, "Vale": {"posts": 5}},
}
VALE = "programme:Vale"


def gap(scenario: Scenario) -> float:
    """Mean distance of the believed from the applied threshold."""
    return float(np.abs(measured(scenario, "threshold_gap")).mean())


# -- every part ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_no_strength_is_no_part(kind: str) -> None:
    """At strength 0 every kind of part leaves every row as it was; at full strength none does."""
    without = no_links(practice__threshold_gap=0.4)
    same_rows(events(without), events(with_part(without, kind, strength=0.0)))
    if kind not in ("training",):  # nobody comes who could be inducted, but beliefs and training move
        assert len(events(without)) != len(events(with_part(without, kind)))
    assert not events(without).equals(events(with_part(without, kind)))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_has_not_begun_or_has_ended_does_nothing(kind: str) -> None:
    """Up to its first day the rows are those without it; a part that ended before the run leaves no trace."""
    without, dated = no_links(), with_part(no_links(), kind, start=START)
    tables = [events(s) for s in (without, dated)]
    before = [t[t["date"] < pd.Timestamp(START)].drop(columns="recorded_source") for t in tables]
    fixed = ["case", "family", "date", "stage", "outcome", "level", "run"]
    before = [
        b.loc[~(b["stage"] == "waiting"), fixed].sort_values(["run", "date", "case", "stage"], ignore_index=True)
        for b in before
    ]
    pd.testing.assert_frame_equal(*before)
    assert not tables[0][fixed].equals(tables[1][fixed])
    same_rows(events(without), events(with_part(without, kind, end=dt.date(2005, 3, 31))))


@pytest.mark.parametrize("where", [{"programmes": ("Hill",)}, {"localities": ("Hill",)}], ids=["name", "locality"])
def test_a_part_serves_its_programmes_only(where: dict[str, Any]) -> None:
    """Named by itself or by its locality, a programme has the part and its neighbour has not."""
    plain = no_links(**TWO)
    for kind, measure, least in (("planned_visits", "consultations", 5), ("planned_visits", "trust_sslp", 0.03)):
        part = with_part(plain, kind, **where)
        assert difference(plain, part, measure, HILL) > least
        assert difference(plain, part, measure, VALE) == 0.0
    everywhere = with_part(plain, "planned_visits")
    assert difference(plain, everywhere, "consultations", VALE) > 5


def test_half_a_part_does_less_than_a_whole_one() -> None:
    """Strength lies between nothing and all."""
    plain = no_links()
    asked = [measured(s, "consultations").sum() for s in (plain, with_part(plain, "planned_visits", strength=0.4))]
    assert asked[0] < asked[1] < 0.7 * measured(with_part(plain, "planned_visits"), "consultations").sum()


def test_two_parts_do_more_than_one() -> None:
    """Parts add up like independent chances: more than each alone, and no more than certainty."""
    plain = no_links(**TRUSTING)
    one = with_part(plain, "planned_visits")
    both = plain.with_values(parts={"A": {"kind": "planned_visits"}, "B": {"kind": "co_location"}})
    assert ratio(one, both, "consultations") > 1.1
    model = ReferralModel(both, rng=11)
    assert model.state.parts.contact[0] == pytest.approx(1 - 0.5 * (1 - 0.7))


# -- L0 -----------------------------------------------------------------------------------------------------------


def test_L0_links_may_be_closer_at_one_programme() -> None:
    """A part of informal links raises what the authority has elsewhere, and still rests on the worker's trust."""
    plain = no_links(**TWO)
    closer = with_part(plain, "informal_links", programmes=("Hill",), strength=0.6)
    assert measured(plain, "consultations").sum() == 0
    assert measured(closer, "consultations", HILL).min() > 5
    assert measured(closer, "consultations", VALE).sum() == 0
    many = busy(collaboration__informal_links=0.8)
    same_rows(events(many), events(with_part(many, "informal_links", strength=0.5)))
    wary, trusting = (with_part(no_links(practice__trust=t), "informal_links", strength=0.4) for t in (0.1, 0.9))
    assert ratio(wary, trusting, "consultations") > 1.5


def test_L0_links_may_be_given_other_effects() -> None:
    """Whatever effect a scenario gives to a kind of part, it has: links that carry answers raise trust."""
    silent = no_links(collaboration__feedback=0.0, relationships__silence=0.2)
    linked = with_part(silent, "informal_links", strength=0.5)
    telling = linked.with_values(collaboration__effects__informal_links__feedback=1.0)
    assert difference(linked, telling, "trust_sslp") > 0.03


# -- L4 -----------------------------------------------------------------------------------------------------------


def test_L4_where_there_is_trust_sharing_a_building_helps() -> None:
    """Above the trust that it needs, co-location brings consultations, visits, more trust and referrals on."""
    apart, together = no_links(**TRUSTING), with_part(no_links(**TRUSTING), "co_location")
    assert measured(apart, "consultations").sum() == 0 < measured(together, "consultations").min()
    assert measured(apart, "joint_visits").sum() == 0 < measured(together, "joint_visits").min()
    assert difference(apart, together, "trust_sslp") > 0.03
    assert difference(apart, together, "trust_team") > 0.01
    assert ratio(apart, together, "social_services_referrals_to_sslp") > 1.2
    assert gap(together) < 0.6 * gap(apart)


def test_L4_without_trust_it_wears_trust_away() -> None:
    """Below that level nobody is consulted for sitting next door, and trust goes down on both sides."""
    apart, together = no_links(**WARY), with_part(no_links(**WARY), "co_location")
    assert measured(together, "consultations").sum() == 0
    assert difference(apart, together, "trust_sslp") < -0.01
    assert difference(apart, together, "trust_team") < -0.03
    needless = together.with_values(collaboration__effects__co_location__trust_needed=0.0)
    assert difference(apart, needless, "trust_sslp") > 0.03
    assert measured(needless, "consultations").min() > 5


def test_L4_it_helps_by_how_far_trust_lies_above_what_it_needs() -> None:
    """A little above the level it helps a little: in proportion, up to a fifth of the scale above."""
    model = ReferralModel(with_part(no_links(**TRUSTING), "co_location"), rng=11)
    at = model.programmes[0]
    for trust, share in ((0.3, 0.0), (0.5, 0.0), (0.6, 0.5), (0.7, 1.0), (1.0, 1.0)):
        model.state.workers.trust[[w.post for w in at.workers]] = trust
        at.team_trust = trust
        model.parts.work_out(np.array([p.mutual_trust for p in model.programmes]))
        assert model.state.parts.contact[0] == pytest.approx(0.7 * share)
        assert np.sign(model.state.parts.trust[0]) == np.sign(round(trust - 0.5, 9))


def test_L4_it_deters_users_who_come_back_when_it_ends() -> None:
    """Some families stay away from a centre that they share with social services; they return afterwards."""
    apart = no_links(**WARY)
    keeps = with_part(apart, "co_location")
    assert users(keeps) == pytest.approx(0.9 * users(apart), rel=0.03)
    assert ratio(apart, keeps, "sslp_concerns") < 0.95
    ended = with_part(apart, "co_location", end=END)
    assert users(ended) == pytest.approx(users(apart), rel=0.01)
    change = by_month(ended, "sslp_concerns") / by_month(apart, "sslp_concerns")
    assert change[:"2005-09"].mean() < 0.96
    assert change["2005-10":].mean() > change[:"2005-09"].mean() + 0.02
    begun = with_part(apart, "co_location", start=START)
    assert by_month(begun, "sslp_concerns")[:"2005-07"].equals(by_month(apart, "sslp_concerns")[:"2005-07"])
    welcome = keeps.with_values(collaboration__effects__co_location__deters=0.0)
    assert users(welcome) == pytest.approx(users(apart), rel=0.01)


def test_L4_without_trust_it_does_less_than_planned_visits_with_it() -> None:
    """Pattern 8: a shared building and little trust, against visits in the diary and good relations."""
    wary, trusting = no_links(**WARY), no_links(**TRUSTING)
    building, visits = with_part(wary, "co_location"), with_part(trusting, "planned_visits")
    for measure in ("consultations", "joint_visits", "trust_sslp", "sslp_contacts"):
        assert difference(trusting, visits, measure) > difference(wary, building, measure), measure


# -- L5 -----------------------------------------------------------------------------------------------------------


def test_L5_planned_visits_bring_trust_knowledge_and_referrals_on() -> None:
    """Visits in the diary bring consultations, trust on both sides, a smaller gap and more families sent on."""
    without = no_links(practice__threshold_gap=0.8, trouble__rate=0.9)
    visits = with_part(without, "planned_visits")
    assert measured(visits, "consultations").min() > 20
    assert measured(visits, "joint_visits").min() > 0
    assert difference(without, visits, "trust_sslp") > 0.05
    assert difference(without, visits, "trust_team") > 0.03
    assert gap(visits) < 0.6 * gap(without)
    assert ratio(without, visits, "social_services_referrals_to_sslp") > 1.1
    assert ratio(without, visits, "sslp_contacts") > 1.1


def test_L5_meetings_alone_bring_trust_and_knowledge() -> None:
    """Without a consultation, visit or answer through them, meetings still move trust and beliefs month by month."""
    bare = {f"collaboration__effects__planned_visits__{name}": 0.0 for name in ("contact", "feedback", "joint_visits")}
    without = no_links(practice__threshold_gap=0.8, **bare)
    visits = with_part(without, "planned_visits")
    assert measured(visits, "consultations").sum() == 0
    assert difference(without, visits, "trust_sslp") > 0.02
    assert difference(without, visits, "trust_team") > 0.01
    assert gap(visits) < 0.8 * gap(without)


def test_L5_they_need_no_trust_to_begin_with() -> None:
    """Planned visits help where trust is low, which co-location does not."""
    assert difference(no_links(**WARY), with_part(no_links(**WARY), "planned_visits"), "trust_sslp") > 0.03


def test_L5_visits_work_between_their_dates() -> None:
    """Consultations through visits begin with them and end with them; trust then fades back."""
    dated = with_part(no_links(), "planned_visits", start=START, end=END)
    months = by_month(dated, "consultations")
    assert months[:"2005-07"].sum() == 0
    assert (months["2005-08":"2005-09"] > 0).all()
    assert months["2005-10":].sum() == 0
    more = by_month(dated, "trust_sslp") - by_month(no_links(), "trust_sslp")
    assert more["2005-07"] == 0.0
    assert more["2005-10"] > 0.02
    assert more["2005-11"] < more["2005-10"]


# -- L7 -----------------------------------------------------------------------------------------------------------


def decisions(scenario: Scenario) -> float:
    return wrong(events(scenario, "programme_concern"), "referred", "supported")


def test_L7_training_makes_decisions_sounder() -> None:
    """Workers who are trained together with social workers misjudge fewer concerns, the more so as time passes."""
    settings = {"practice__judgement_noise": 1.5, "practice__training": 0.2, "practice__meeting_gain": 0.0}
    settings["collaboration__effects__training__contact"] = 0.0
    untrained = even_views(**settings)
    trained = with_part(untrained, "training")
    quick = trained.with_values(collaboration__effects__training__learning=0.5)
    assert decisions(quick) < decisions(trained) < decisions(untrained)
    assert decisions(quick) < 0.85 * decisions(untrained)
    views = [m.state.workers.training[m.state.workers.there].mean() for s in (untrained, trained) for m in models(s)]
    assert min(views[2:]) > max(views[:2]) + 0.2


def test_L7_training_closes_the_gap() -> None:
    """Where thresholds are talked about, workers come to know them."""
    without = no_links(practice__threshold_gap=0.8, collaboration__effects__training__contact=0.0)
    assert gap(with_part(without, "training")) < 0.9 * gap(without)


def test_L7_new_workers_are_inducted() -> None:
    """Where staff keep changing, induction keeps training up; without it learning goes with those who leave."""
    changing = no_links(
        workforce__sslp_turnover=4.0, workforce__sslp_vacancy_days=5.0, collaboration__effects__training__learning=0.0
    )
    inducted = with_part(changing, "training")
    bare = inducted.with_values(collaboration__effects__training__induction=0.0)
    training = [
        np.mean([m.state.workers.training[m.state.workers.there].mean() for m in models(s)]) for s in (bare, inducted)
    ]
    assert training[1] == pytest.approx(training[0] + 0.3 * (1 - training[0]), abs=1e-6)
    later = with_part(changing, "training", start=dt.date(2005, 7, 1))
    fresh = ReferralModel(later, rng=11)
    assert fresh.state.workers.training[fresh.state.workers.there].mean() == pytest.approx(training[0], abs=0.06)
    end = np.mean([m.state.workers.training[m.state.workers.there].mean() for m in models(later)])
    assert end > training[0] + 0.1


# -- L8 -----------------------------------------------------------------------------------------------------------


def test_L8_an_agreement_on_feedback_raises_trust() -> None:
    """Where it is agreed that referrers hear what became of a referral, they trust more and learn the threshold."""
    never = {"collaboration__feedback": 0.0, "relationships__silence": 0.2, "practice__threshold_gap": 0.6}
    silent = no_links(**never)
    told = with_part(silent, "feedback")
    assert difference(silent, told, "trust_sslp") > 0.05
    assert gap(told) < 0.8 * gap(silent)
    assert ratio(silent, told, "sslp_contacts") > 1.1
    half = with_part(silent, "feedback", strength=0.5)
    assert measured(silent, "trust_sslp").mean() < measured(half, "trust_sslp").mean()
    assert measured(half, "trust_sslp").mean() < measured(told, "trust_sslp").mean()


# -- L9 -----------------------------------------------------------------------------------------------------------


def refused_tellings(scenario: Scenario) -> float:
    """Share of what was told informally that came to no referral, of those on families without an open case."""
    rows = events(scenario)
    told = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "told_informally")]
    answer = rows[(rows["stage"] == "contact_decision") & ~rows["outcome"].isin(["to_open_case", "joined"])]
    decided = told.merge(answer, on=["run", "case"], suffixes=("", "_then"))
    return float((decided["outcome_then"] != "referral").mean())


def test_L9_shared_information_supplies_what_an_informal_word_leaves_out() -> None:
    """Where systems are shared, a word without detail is refused less often."""
    alone = {f"collaboration__effects__shared_information__{name}": 0.0 for name in ("sharing", "knows_open_cases")}
    vague = no_links(front_door__partial_information=1.5, practice__informal_share=1.0, practice__sharing=0.2, **alone)
    shared = with_part(vague, "shared_information")
    assert refused_tellings(shared) < refused_tellings(vague) - 0.05
    assert outcomes(vague, "programme_concern")["told_informally"] > 100


def test_L9_workers_share_more() -> None:
    """A protocol on information raises what is referred formally and lowers what is told informally or held back."""
    alone = {"collaboration__effects__shared_information__knows_open_cases": 0.0, "practice__sharing": 0.3}
    without = no_links(**alone)
    shared = with_part(without, "shared_information")
    assert ratio(without, shared, "sslp_contacts") > 1.2
    assert ratio(without, shared, "sslp_held_back") < 0.95
    willing = no_links(**(alone | {"practice__sharing": 1.0, "practice__trust": 1.0, "practice__trust_spread": 0.0}))
    assert difference(willing, with_part(willing, "shared_information"), "sslp_contacts") == 0.0


def test_L9_concerns_in_open_families_go_to_the_open_case() -> None:
    """A programme that knows of a family's open case takes the concern there; it is no new referral."""
    without, shared = no_links(), with_part(no_links(), "shared_information")
    assert outcomes(without, "programme_concern")["told_open_case"] == 0
    assert outcomes(shared, "programme_concern")["told_open_case"] > 20
    rows = events(shared)
    told = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "told_open_case")]
    then = told.merge(rows[rows["stage"] == "contact_decision"], on=["run", "case"], suffixes=("", "_then"))
    assert (then["outcome_then"] == "to_open_case").mean() > 0.95
    blind = shared.with_values(collaboration__effects__shared_information__knows_open_cases=0.0)
    assert outcomes(blind, "programme_concern")["told_open_case"] == 0


# -- L11 ----------------------------------------------------------------------------------------------------------


def test_L11_commitment_sets_the_level_that_trust_returns_to() -> None:
    """Seats on each other's boards hold trust up on both sides: newcomers start higher, impressions fade to it."""
    changing = no_links(workforce__sslp_turnover=3.0, relationships__forgetting=0.3)
    committed = with_part(changing, "strategic_commitment")
    assert difference(changing, committed, "trust_sslp") > 0.1
    assert difference(changing, committed, "trust_team") > 0.02
    model = ReferralModel(committed, rng=11)
    assert model.programmes[0].trust_level == pytest.approx(0.5 + 0.4 * 0.5)
    assert ratio(changing, committed, "sslp_contacts") > 1.1
    known = no_links(collaboration__knows_programmes=0.4)
    assert ratio(known, with_part(known, "strategic_commitment"), "social_services_referrals_to_sslp") > 1.05


@pytest.mark.long
def test_L11_it_is_slow_to_begin() -> None:
    """From its first day it grows, half of it within a year; what was there before the run is there in full."""
    without = no_links(relationships__forgetting=0.5, time__years=1)
    long_there = with_part(without, "strategic_commitment")
    new = with_part(without, "strategic_commitment", start=dt.date(2005, 4, 1))
    more = [by_month(s, "trust_sslp") - by_month(without, "trust_sslp") for s in (new, long_there)]
    assert more[0].iloc[1] < 0.3 * more[1].iloc[1]
    assert more[0].iloc[-1] > 3 * max(more[0].iloc[1], 0.005)
    model = ReferralModel(new, rng=11).run()
    assert model.state.parts.lasting_trust[0] == pytest.approx(0.4 * 0.5, abs=0.03)
    quick = new.with_values(collaboration__effects__strategic_commitment__months=0.0)
    assert difference(new, quick, "trust_sslp") > 0.02
