"""What holds in every run of panels, packages and staff who change sides, whatever the scenario."""

import numpy as np

from generated import of, waiting
from referral_sim.agents.partners import PROFESSIONALS
from referral_sim.records.casebook import SOURCES


def test_what_is_taken_to_a_panel_is_decided_there_or_waits(story):
    model, events = story.model, story.events
    decided, waits = of(events, "panel"), waiting(events, "before_panel")
    assert not decided & waits
    taken = of(events, "programme_concern", "to_panel") + of(events, "contact_decision", "to_panel")
    taken += of(events, "referral", "to_panel")
    left = of(events, "move", "moved_away")
    assert set(taken - (decided + waits)) <= set(left), "nobody is lost on the way, but who moved away"
    by_others = sorted((decided + waits) - taken)
    assert {SOURCES[source] for source in model.state.cases.source[by_others]} <= PROFESSIONALS
    assert not of(events, "contact_decision", "to_panel") & of(events, "panel", "passed_up"), "none goes round"
    assert not of(events, "referral", "to_panel") & of(events, "panel", "passed_up"), "none goes round"
    up = of(events, "panel", "passed_up")
    rows = events[events["case"].isin(up) & events["stage"].isin(["panel", "contact"])]
    assert len(rows) == 2 * len(up)
    assert (rows.groupby("case")["day"].nunique() == 1).all()
    if not any(part.kind == "family_support_panel" and part.strength > 0 for part in story.scenario.parts.values()):
        assert not taken
        assert not by_others


def test_panels_meet_on_their_days_and_between_their_dates(story):
    model = story.model
    met = sorted(set(story.events.query("stage == 'panel'")["day"]))
    every_so_often = story.scenario.collaboration.panel.meeting_days
    for day in met:
        panels = [p for p in model.panels.panels if p.first_day < day <= p.last_day + every_so_often]
        assert any((day - p.first_day) % every_so_often == 0 for p in panels), day


def test_panels_support_no_more_than_they_have_places_for(story):
    model = story.model
    assert all(0 <= supported <= places for supported, places in story.panels)
    events = story.events
    supported = of(events, "panel", "supported").total()
    places = sum(panel.places for panel in model.panels.panels)
    longest = story.scenario.collaboration.panel.package_days
    if longest >= model.calendar.length:  # then no place is free again; others already had a programme's package
        assert supported <= places + of(events, "package").total()


def test_every_package_and_place_is_freed_when_it_ends(story):
    model, book = story.model, story.model.state.cases
    has = np.flatnonzero(book.package_from >= 0)
    given = np.bincount(book.package_from[has], minlength=len(model.programmes) + len(model.panels.panels)).tolist()
    packages = [programme.packages for programme in model.programmes]
    assert given == packages + [panel.supported for panel in model.panels.panels]
    assert (book.package_until[has] > model.state.offset).all()
    assert set(has.tolist()) <= set(model.state.agenda.waiting("package_ends").tolist())
    assert ((book.package_until >= 0) == (book.package_from >= 0)).all()
    assert model.families.here_at(model.state.offset)[has].all()
    late = [
        business for business, days in model.state.agenda._due.items() if min(days, default=10**9) < model.calendar.days
    ]
    assert not late, "nothing that was due is left"


def test_who_changes_sides_leaves_a_post_and_takes_one(story):
    model = story.model
    rules, leavers = story.scenario.workforce, model.state.posts.leavers
    towards = sum(to_programme for *_, to_programme in model.state.staff_moves)
    away = len(model.state.staff_moves) - towards
    assert towards <= leavers[model.state.posts.intake].sum()
    assert away <= leavers[model.state.workers.there].sum()
    if not rules.moves_to_programmes:
        assert not towards
    if not rules.moves_to_teams:
        assert not away
