"""Directions of the family support panel and the common assessment (MODEL L6, L10, F5)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from directions import (
    FULL,
    HILL,
    LASTING,
    afterwards,
    by_month,
    difference,
    events,
    measured,
    models,
    no_links,
    outcomes,
    queueing,
    ratio,
    with_part,
)
from helpers import same_rows
from referral_sim.agents.partners import PROFESSIONALS
from referral_sim.scenario import Scenario

PANEL, ASSESSMENT = "family_support_panel", "common_assessment"
START, END = dt.date(2005, 7, 1), dt.date(2005, 9, 30)
NOBODY = {f"collaboration__panel__{who}": 0.0 for who in ("programmes", "professionals", "front_door")}
QUIET = {  # a panel without what its members do for each other
    f"collaboration__effects__{PANEL}__{name}": value
    for name, value in {"contact": 0.0, "feedback": 0.0, "onward": 1.0, "trust": 0.0}.items()
}
ROOM = {"collaboration__panel__places": 500.0}
TWO = {
    "programmes": {name: FULL | {"children_under_five": 300, "localities": {name: 1.0}} for name in ("Hill", "Vale")},
    "localities": {"Hill": {"posts": 5}, "Vale": {"posts": 5}},
}
ALL_COMPLETE = {f"collaboration__common_assessment__{who}": 1.0 for who in ("programmes", "professionals", "consent")}


def plain(**values: Any) -> Scenario:
    """A busy programme without links, in an authority whose panel, if it gets one, does panel work and no more."""
    return no_links(**(QUIET | ROOM | values))


def brought_by(who: str, **values: Any) -> tuple[Scenario, Scenario]:
    """The authority without a panel, and with one to which only one of its sources brings anything, and brings all."""
    only = NOBODY | {f"collaboration__panel__{who}": 1.0} | values
    return plain(**only), with_part(plain(**only), PANEL)


# -- L6 -----------------------------------------------------------------------------------------------------------


def test_L6_a_panel_to_which_nobody_brings_anything_changes_nothing() -> None:
    """With all its sources at nothing, and programmes with room for all, a panel leaves every row as it was."""
    same_rows(events(plain(**NOBODY)), events(with_part(plain(**NOBODY), PANEL)))


def test_L6_professionals_take_work_below_the_threshold_there() -> None:
    """What schools, health and others take to the panel is no contact, and it lies below the threshold."""
    without, panel = brought_by("professionals")
    cases = events(panel, "panel")
    assert len(cases) > 50
    assert set(cases["source"]) <= {str(source) for source in PROFESSIONALS}
    assert ratio(without, panel, "contacts") < 0.95
    assert ratio(without, panel, "referrals") < 0.95
    assert measured(panel, "panel_cases_supported").min() > 20
    gone = events(without, "contact").merge(cases[["run", "case"]])
    assert gone["level"].between(2.0, 3.0).mean() > 0.95  # but for families whom the panel's plans helped before


def test_L6_workers_take_there_what_they_would_refer_and_can_wait() -> None:
    """A programme's worker takes to the panel part of what would be referred; what is grave goes to social services."""
    without, panel = brought_by("programmes")
    taken = events(panel, "programme_concern").query("outcome == 'to_panel'")
    assert len(taken) > 20
    assert ratio(without, panel, "sslp_contacts") < 0.95
    assert set(events(panel, "panel")["source"]) == {"sslp"}
    before = events(without, "programme_concern").merge(taken[["run", "case"]])
    assert before["outcome"].isin(["referred", "told_informally", "held_back"]).mean() > 0.9
    referred = events(panel, "programme_concern").query("outcome == 'referred'")
    assert taken["level"].mean() < referred["level"].mean() - 0.3


def test_L6_teams_pass_on_contacts_below_the_threshold() -> None:
    """At the front door contacts below the threshold go to the panel instead of ending with advice (F5)."""
    without, panel = brought_by("front_door")
    decided = outcomes(panel, "contact_decision")
    assert decided["to_panel"] > 50
    assert decided["advice"] == 0 < outcomes(without, "contact_decision")["advice"]
    assert outcomes(panel, "referral")["to_panel"] == 0  # what a panel takes is no referral
    assert outcomes(panel, "referral")["no_further_action"] == 0
    assert difference(without, panel, "days_to_help") < -1
    assert difference(without, panel, "days_of_unmet_need") < 0.0
    assert outcomes(panel, "panel")["passed_up"] == 0  # the front door has decided on it


def test_L6_the_front_door_chooses_anew_among_what_was_not_taken_to_the_panel() -> None:
    """A programme's referral that its worker did not take to the panel may still be passed on to it."""
    half = {f"collaboration__panel__{who}": 0.5 for who in ("programmes", "professionals", "front_door")}
    low = {"practice__threshold_gap": -0.8, "practice__judgement_noise": 1.0, "collaboration__panel__passes_up": 3.0}
    rows = events(with_part(plain(**half, **low), PANEL)).query("source == 'sslp'")
    decided = rows.query("stage == 'contact_decision' or stage == 'referral'")["outcome"].value_counts()
    assert decided["to_panel"] > 0.2 * (decided["to_panel"] + decided["advice"] + decided["no_further_action"])
    assert decided["to_panel"] > 3


def test_L6_half_a_panel_gets_less() -> None:
    """Strength scales what is brought and how many are supported."""
    shares = [with_part(plain(collaboration__panel__places=20.0), PANEL, strength=s) for s in (0.3, 1.0)]
    assert ratio(*shares, "panel_cases") > 1.5
    assert ratio(*shares, "panel_cases_supported") > 1.5


def test_L6_places_are_finite() -> None:
    """When all places are taken the panel has nothing to give; with room for all nobody meets that answer."""
    few, many = (with_part(plain(collaboration__panel__places=p), PANEL) for p in (3.0, 500.0))
    none = with_part(plain(collaboration__panel__places=0.0), PANEL)
    assert outcomes(many, "panel")["no_capacity"] == 0
    assert outcomes(few, "panel")["no_capacity"] > 50
    supported = [measured(s, "panel_cases_supported").sum() for s in (none, few, many)]
    assert supported[0] < supported[1] < 0.5 * supported[2]
    new = [int((events(s, "panel")["outcome"] == "supported").sum()) for s in (none, few)]
    assert new[0] < new[1]


def test_L6_support_lowers_need() -> None:
    """A family support plan turns trouble: fewer of the family's troubles come to anybody, and at less need."""
    bare, helpful = (
        with_part(plain(collaboration__panel__effect=effect, collaboration__panel__front_door=1.0, **LASTING), PANEL)
        for effect in (0.0, 3.0)
    )
    without, with_it = (afterwards(s, ("panel", "supported"), "contact") for s in (bare, helpful))
    assert with_it.attrs["each"] < 0.85 * without.attrs["each"]
    assert with_it.mean() < without.mean() - 0.3


def test_L6_risk_is_passed_up() -> None:
    """What the panel takes to be risk comes to social services as a contact, the less the more risk it works with."""
    sharp = {"collaboration__panel__judgement_noise": 0.1}
    careful, bold = (brought_by("professionals", collaboration__panel__passes_up=p, **sharp)[1] for p in (-0.3, 1.0))
    up = events(careful).query("stage == 'panel' and outcome == 'passed_up'")
    assert len(up) > 10
    later = up.merge(events(careful, "contact"), on=["run", "case"], suffixes=("", "_then"))
    assert len(later) == len(up)
    shares = [outcomes(s, "panel")["passed_up"] / len(events(s, "panel")) for s in (careful, bold)]
    assert shares[1] < shares[0]
    kept = events(careful).query("stage == 'panel' and outcome == 'supported'")
    assert up["level"].mean() > kept["level"].mean() + 0.3


def test_L6_it_takes_what_programmes_have_no_room_for() -> None:
    """A programme whose packages are all taken brings the family to the panel."""
    full = plain(programmes__Hill__packages_per_worker=1, **NOBODY)
    panel = with_part(full, PANEL)
    empty = [events(s).query("outcome == 'no_capacity' and kind != 'day_care_request'") for s in (full, panel)]
    assert len(empty[0]) > 50
    assert len(empty[1].query("stage == 'programme_concern'")) == 0
    assert outcomes(panel, "programme_concern")["to_panel"] > 50


def test_L6_it_works_between_its_dates() -> None:
    """Before its first day nobody is brought; what was brought by its last day is still decided at the next meeting."""
    dated = with_part(plain(), PANEL, start=START, end=END)
    for stage in ("programme_concern", "contact_decision"):
        taken = events(dated, stage).query("outcome == 'to_panel'")["date"]
        assert taken.min() >= pd.Timestamp(START)
        assert taken.max() <= pd.Timestamp(END)
    met = events(dated, "panel")["date"]
    assert met.min() > pd.Timestamp(START)
    assert met.max() <= pd.Timestamp(END) + pd.Timedelta(days=16)
    assert outcomes(dated, "waiting")["before_panel"] == 0


def test_L6_one_panel_may_follow_another() -> None:
    """Families for whom two panels stand belong to the one that meets; when it ends, to the next."""
    first, second = {"kind": PANEL, "end": END}, {"kind": PANEL, "start": END + dt.timedelta(days=1)}
    both = plain().with_values(parts={"First": first, "Second": second})
    months = by_month(both, "panel_cases")
    assert (months["2005-05":] > 0).all()
    assert months["2005-11":].mean() > 0.5 * months["2005-05":"2005-09"].mean()


def test_L6_it_serves_its_own_families() -> None:
    """A panel of one locality takes that locality's families; one of a programme takes its area's."""
    place = with_part(plain(**TWO), PANEL, localities=("Hill",))
    assert set(events(place, "panel")["locality"]) == {"Hill"}
    assert events(place, "panel")["programme_area"].isna().any()
    area = with_part(plain(**TWO), PANEL, programmes=("Hill",))
    assert set(events(area, "panel")["programme_area"]) == {"Hill"}
    assert measured(area, "panel_cases", HILL).min() > 5


def test_L6_meetings_keep_their_days() -> None:
    """The panel decides on its meeting days alone; the rarer they are, the longer a family waits."""
    often, seldom = (with_part(plain(collaboration__panel__meeting_days=d), PANEL) for d in (5, 20))
    for scenario, days in ((often, 5), (seldom, 20)):
        assert (events(scenario, "panel")["day"] % days == 0).all()
    assert difference(often, seldom, "days_to_help") > 0.5


# -- L10 ----------------------------------------------------------------------------------------------------------


def alone(**values: Any) -> Scenario:
    """No links, and a common assessment without what its training does for knowledge and sharing."""
    bare = {f"collaboration__effects__{ASSESSMENT}__{name}": 0.0 for name in ("sharing", "knowledge")}
    return no_links(**(bare | values))


def test_L10_assessments_are_completed_where_families_consent() -> None:
    """Programmes and other professionals complete them; where the family does not agree there is none."""
    without, common = alone(), with_part(alone(), ASSESSMENT)
    assert measured(without, "common_assessments").sum() == 0
    rows = events(common, "common_assessment")
    assert (rows["outcome"] == "completed").mean() == pytest.approx(0.85, abs=0.03)
    never = with_part(alone(collaboration__common_assessment__consent=0.0), ASSESSMENT)
    assert outcomes(never, "common_assessment")["completed"] == 0
    same = [events(s).query("stage != 'common_assessment'") for s in (without, never)]
    same_rows(*same)
    assert ratio(with_part(alone(), ASSESSMENT, strength=0.3), common, "common_assessments") > 2


@pytest.mark.parametrize(("who", "sources"), [("programmes", {"sslp"}), ("professionals", PROFESSIONALS)])
def test_L10_each_side_can_be_without_it(who: str, sources: set[str]) -> None:
    """Where only one side is trained, only that side completes any."""
    other = "professionals" if who == "programmes" else "programmes"
    one = with_part(alone(**{f"collaboration__common_assessment__{other}": 0.0}), ASSESSMENT)
    rows = events(one)
    done = rows[rows["stage"] == "common_assessment"]
    assert len(done) > 50
    by_programme = rows[rows["stage"] == "programme_concern"].merge(done[["run", "case"]])
    assert (len(by_programme) == len(done)) == (who == "programmes")
    if who == "professionals":
        assert set(done["source"]) <= {str(source) for source in sources}


def test_L10_the_front_door_reads_an_assessed_case_better() -> None:
    """A completed assessment removes part of the error with which a contact is read."""
    base = {"front_door__judgement_noise": 1.0} | ALL_COMPLETE
    errors = []
    for information in (0.0, 0.8):
        scenario = with_part(alone(collaboration__common_assessment__information=information, **base), ASSESSMENT)
        rows = events(scenario)
        known = rows.query("stage == 'common_assessment' and outcome == 'completed'")[["run", "case"]]
        seen = rows.query("stage == 'contact_decision'").merge(known)
        true = rows.query("stage == 'contact'")[["run", "case", "level"]]
        both = seen.merge(true, on=["run", "case"], suffixes=("", "_true"))
        assert len(both) > 100
        errors.append((both["level"] - both["level_true"]).std())
    assert errors[1] < 0.6 * errors[0]


def test_L10_it_saves_part_of_an_initial_assessment() -> None:
    """It stands in for part of an initial assessment: less waits, and the assessment ends sooner."""
    short = queueing(
        localities={"Central": {"posts": 4}}, collaboration__informal_links=0.0, front_door__backlog_shift=0.0
    )
    settings = ALL_COMPLETE | {"collaboration__common_assessment__information": 0.0}
    again, accepted = (
        with_part(short.with_values(collaboration__common_assessment__saves_work=s, **settings), ASSESSMENT)
        for s in (0.0, 0.6)
    )
    assert difference(again, accepted, "backlog_days") < -2
    unlimited = [s.with_values(workforce__unlimited=True) for s in (again, accepted)]
    took = [events(s, "initial_assessment")["working_days"].mean() for s in unlimited]
    assert took[1] < 0.95 * took[0]


def test_L10_a_lead_professional_hears_what_became_of_it() -> None:
    """The lead professional that it names is answered, where others hear nothing: trust rises."""
    silent = {"collaboration__feedback": 0.0, "relationships__silence": 0.2} | ALL_COMPLETE
    untold, told = (
        with_part(alone(collaboration__common_assessment__feedback=f, **silent), ASSESSMENT) for f in (0.0, 1.0)
    )
    assert difference(untold, told, "trust_sslp") > 0.05


def test_L10_it_opens_the_panel() -> None:
    """Below the threshold an assessed family goes to the panel; without the assessment to the programme's support."""
    panel = {"Panel": {"kind": PANEL}}
    without = alone(**QUIET, **ROOM, **NOBODY).with_values(parts=panel)
    common = without.with_values(parts=panel | {"Assessment": {"kind": ASSESSMENT}})
    assert outcomes(without, "programme_concern")["to_panel"] == 0
    taken = events(common, "programme_concern").query("outcome == 'to_panel'")
    assert len(taken) > 30
    assessed = events(common, "common_assessment").query("outcome == 'completed'")
    assert len(taken.merge(assessed[["run", "case"]])) == len(taken)
    assert ratio(without, common, "packages_started") < 0.95


def test_L10_it_works_between_its_dates_and_where_it_is_used() -> None:
    """None is completed before it begins or after it ends, nor by a programme or at a locality that is not in it."""
    dated = with_part(alone(), ASSESSMENT, start=START, end=END)
    months = by_month(dated, "common_assessments")
    assert months[:"2005-06"].sum() == 0 == months["2005-10":].sum()
    assert (months["2005-07":"2005-09"] > 0).all()
    here = with_part(alone(**TWO), ASSESSMENT, localities=("Hill",))
    assert set(events(here, "common_assessment")["locality"]) == {"Hill"}
    mine = with_part(alone(**TWO), ASSESSMENT, programmes=("Hill",))
    assert set(events(mine, "common_assessment")["programme_area"]) == {"Hill"}
    assert len(models(mine)) == 2


def test_L10_its_training_raises_sharing_and_knowledge() -> None:
    """Partners who are trained for it share more and know the threshold better."""
    nobody = ALL_COMPLETE | {f"collaboration__common_assessment__{who}": 0.0 for who in ("programmes", "professionals")}
    without = no_links(practice__threshold_gap=0.8, practice__sharing=0.4, **nobody)
    common = with_part(without, ASSESSMENT)
    assert ratio(without, common, "threshold_gap") < 0.97
    assert ratio(without, common, "sslp_contacts") > 1.05
