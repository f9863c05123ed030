"""Hours counted once more: from the queues every day, from what runs when a month is over, and from the event table."""

from collections import defaultdict

import numpy as np
import pytest

from helpers import small
from referral_sim.model import ReferralModel

LANES = {
    "screening": "contact", "urgent": "initial_assessment", "initial": "initial_assessment", "core": "core_assessment",
    "enquiry": "section_47_enquiry", "conference": "conference",
}  # fmt: skip
EVERYTHING = {
    "localities": {"North": {"share": 2.0, "posts": 12}, "South": {"posts": 8}}, "trouble__rate": 0.8,
    "assessment__complex_need": 3.0, "protection__partners_share": 0.25,
    "parts": {
        "Panel": {"kind": "family_support_panel"}, "Common assessment": {"kind": "common_assessment", "strength": 0.8},
        "Visits": {"kind": "planned_visits"},
    },
    "family_support__posts": 6.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def counted():
    """The model after its run, and hours of the reporting year by agency and work."""
    model, found = ReferralModel(small(**EVERYTHING), rng=5), defaultdict(float)
    each, rules, state = model.scenario.hours, model.scenario.family_support, model.state
    reported = model.calendar.first_reported
    while model.running:
        before = [{name: lane.worked for name, lane in team.queue.lanes.items()} for team in model.teams]
        over = state.day >= 0 and model.calendar.month[state.day + 1] != model.calendar.month[state.day]
        model.step()
        if state.day < reported:
            continue
        for team, worked in zip(model.teams, before, strict=True):
            for name, lane in team.queue.lanes.items():
                found["intake", LANES[name]] += lane.worked - worked[name]
        if over:
            book, families = state.cases, np.arange(len(state.families))
            for team in model.family_support:
                here = state.families.locality == team.index
                plan = families[here & (book.plan_case >= 0) & (book.register_case < 0)]
                on_register = families[here & (book.register_case >= 0)]
                days = [state.offset - model.calendar.offsets[book.helped[f]] for f in (*plan, *on_register)]
                asked = {
                    "plan": len(plan) * rules.plan_hours, "registration": len(on_register) * rules.register_hours,
                    "handover": sum(d <= 30.4375 for d in days) * rules.handover_hours,
                }  # fmt: skip
                share = min(team.hours_a_month / sum(asked.values()), 1.0) if any(asked.values()) else 0.0
                assert team.attention == pytest.approx(share or 1.0)
                for work, hours in asked.items():
                    found["family_support", work] += share * hours
            # Packages end at the day's end, after the month's work.
            found["partners", "package"] += each.package_month * sum(panel.supported for panel in model.panels.panels)
    rows = model.events()
    rows = rows[rows["reported"]]
    for stage, agency, work, hours in (
        ("joint_visit", "programmes", "joint_visit", each.joint_visit),
        ("joint_visit", "intake", "joint_visit", each.joint_visit),
        ("consultation", "programmes", "consultation", each.consultation),
        ("panel", "partners", "panel", each.panel_case),
        ("section_47_enquiry", "partners", "section_47_enquiry", 0.25 * model.scenario.protection.enquiry_hours),
    ):
        found[agency, work] += hours * float((rows["stage"] == stage).sum())
    return model, found


def test_hours_are_those_of_what_was_done(counted):
    model, expected = counted
    measures = model.measures()
    found = measures[measures["measure"] == "hours_used"].set_index("group")["value"]
    for (agency, work), hours in expected.items():
        got = found.get(f"agency:{agency}/work:{work}", 0.0)
        if (agency, work) == ("partners", "package"):
            assert got == pytest.approx(hours, rel=0.2)  # a plan may end on the day
        else:
            assert got == pytest.approx(hours), (agency, work)
        assert hours > 0.0, (agency, work)


def test_hours_add_up(counted):
    model, _ = counted
    found = model.measures().query("measure == 'hours_used'").set_index("group")["value"]
    agencies = found[[g for g in found.index if g.startswith("agency:") and "/" not in g]]
    assert agencies.sum() == pytest.approx(found["all"])
    for group, hours in agencies.items():
        parts = found[[g for g in found.index if g.startswith(f"{group}/")]]
        assert parts.sum() == pytest.approx(hours)


def test_programmes_use_no_hours_that_they_do_not_have(counted):
    model, _ = counted
    found = model.measures().query("measure == 'hours_used'").set_index("group")["value"]
    weeks = 365.25 / 7.0
    paid = sum(len(p.workers) for p in model.programmes) * model.scenario.practice.contact_hours * weeks
    assert 0.0 < found["agency:programmes"] <= paid * 1.05
    assert found["agency:programmes/work:families"] > 0.0
