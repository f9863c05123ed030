"""Worked examples of what is counted of trouble that nobody need see (MODEL W9): values are computed by hand."""

import math

import numpy as np
import pytest

from referral_sim.measures.event_rows import EventRows, children
from referral_sim.measures.unseen import unseen_rows
from referral_sim.records.burden import Burden
from referral_sim.records.stages import Outcome, Stage
from referral_sim.world.signs import DAY_CARE, NO_TROUBLE
from referral_sim.world.troubles import KINDS
from worked import cases_of, in_trouble, state_on

DAY = 60  # in the reporting year, which begins on working day 39


def test_the_burden_of_a_month_is_what_families_live_through_on_its_last_day():
    state = state_on(DAY)
    cases = cases_of(state, 6)
    rows = state.cases.family[cases]
    #                     below, too small, just harm, no harm, gone, not here yet
    trouble = in_trouble(state, cases, 1.9, 0.2, 0.25, 2.0, 2.0, 2.0)
    state.troubles.baseline[rows] = [1.0, 2.8, 2.75, 2.0, 2.0, 2.0]
    state.troubles.harm[trouble] = [True, True, True, False, True, True]
    state.families.leaves[rows[4]], state.families.arrives[rows[5]] = state.offset, state.offset + 1
    burden = Burden(state.families, 3.0)
    burden.look(state.troubles, state.cases, state.offset, state.day)
    assert burden.highest[rows] == pytest.approx([2.9, 3.0, 3.0, 4.0, 0.0, 0.0])
    assert burden.troubled[rows].tolist() == [0, 1, 1, 1, 0, 0]
    assert burden.grave[rows].tolist() == [0, 0, 0, 1, 0, 0]
    assert burden.here[rows].tolist() == [1, 1, 1, 1, 0, 0]
    assert burden.harmed[rows].any(axis=1).tolist() == [False, False, True, False, False, False]
    assert burden.harmed[rows].sum() == 1, "one child"
    in_trouble(state, cases, *[0.5] * 6)
    burden.look(state.troubles, state.cases, state.offset + 1, state.day)
    assert burden.months == 2
    assert burden.highest[rows] == pytest.approx([2.9, 3.0, 3.0, 4.0, 0.0, 1.5]), "the highest of all months"
    assert burden.troubled[rows].tolist() == [0, 1, 1, 1, 0, 0]
    assert burden.here[rows].tolist() == [2, 2, 2, 2, 0, 1]
    assert burden.harmed[rows[2]].any(), "in any month"
    state.troubles.all_children[trouble[2]], state.troubles.harm[trouble[2]] = True, True
    in_trouble(state, cases[2:3], 2.0)
    burden.look(state.troubles, state.cases, state.offset + 1, state.day)
    assert burden.harmed[rows[2]].all(), "all children of the family, born or not: who is a child is asked elsewhere"


def measures(state):
    state.burdens[0].close(state.cases)
    return {(measure, group): value for measure, group, value in unseen_rows(EventRows(state))}


def test_families_in_trouble_are_counted_for_each_month_that_families_lived_here():
    state = state_on(DAY)
    burden, north = state.burdens[0], np.flatnonzero(state.families.locality == 0)[:3]
    burden.here[north], burden.troubled[north], burden.grave[north] = [6, 4, 2], [6, 1, 0], [1, 0, 0]
    south = np.flatnonzero(state.families.locality == 1)[:1]
    burden.here[south], burden.troubled[south] = 8, 1
    found = measures(state)
    assert found["families_in_trouble", "all"] == pytest.approx(1000 * 8 / 20)
    assert found["families_in_trouble", "locality:North"] == pytest.approx(1000 * 7 / 12)
    assert found["families_in_trouble", "locality:South"] == pytest.approx(1000 * 1 / 8)
    assert found["families_in_grave_trouble", "all"] == pytest.approx(1000 * 1 / 20)


def test_children_harmed_are_held_against_those_on_the_register_at_any_time_of_the_year():
    state = state_on(5)
    cases = cases_of(state, 20)
    cases = cases[children(EventRows(state))[state.cases.family[cases]] > 0][:6]
    family, log = state.cases.family[cases], state.log
    log.add(Stage.REGISTRATION, cases[3:4], int(Outcome.NEGLECT))
    log.add(Stage.DEREGISTRATION, cases[3:4])  # in the warm-up: it does not count
    while state.day < DAY:
        state.begin_day()
    log.add(Stage.REGISTRATION, cases[:1], int(Outcome.NEGLECT))
    log.add(Stage.DEREGISTRATION, cases[1:2])
    state.cases.register_case[family[2]] = cases[2]
    state.burdens[0].harmed[family[[0, 3, 4]]] = True
    rows = EventRows(state)
    people = children(rows)[family]
    assert people.all()
    found = measures(state)
    # All children of three families; of three others one child each is on the register, whom the case concerns.
    harmed, registered = people[[0, 3, 4]].sum(), 3
    assert found["harmed_for_each_registered", "all"] == pytest.approx(harmed / registered)
    assert found["children_harmed", "all"] == pytest.approx(1e4 * harmed / rows.homes.add(children(rows))[0])


def brought(state):
    """Five cases of the year and one of the warm-up, with what became of each, and day care."""
    signs, first = state.signs, state.signs.first_of_day[state.calendar.first_reported]
    early = cases_of(state, 1)
    assert early[0] < first
    others = np.flatnonzero((signs.trouble >= 0) & (signs.family != signs.family[early]))
    late = others[others >= first]
    late = np.sort(late[np.unique(signs.family[late], return_index=True)[1]])[:6]
    state.signs.kind[late] = [0, 0, 0, 0, DAY_CARE, 1]
    state.signs.trouble[late[4]] = NO_TROUBLE
    state.cases.level[late] = [3.2, 3.5, 2.5, np.nan, 1.2, 4.5]
    state.cases.level[early] = 3.9
    return late, early


@pytest.mark.parametrize(
    "stage", [Stage.CONTACT, Stage.PROGRAMME_CONCERN, Stage.TAKEN_TO_LIAISON, Stage.PANEL, Stage.OTHER_OFFICE]
)
def test_what_is_brought_is_a_share_of_the_signs_of_trouble_that_showed_in_the_year(stage):
    state = state_on(DAY)
    late, early = brought(state)
    state.log.add(stage, late[[0, 2, 4, 5]])
    state.log.add(Stage.CONTACT, early)
    state.log.add(Stage.CONTACT_DECISION, late[[0, 1]])  # what agencies do with it brings nothing
    found = measures(state)
    # Of those that showed (3.2, 3.5, 2.5, 4.5) all but the second; day care and the warm-up do not count.
    assert found["signs_brought", "all"] == pytest.approx(3 / 4)
    assert [found["signs_brought", f"tier:{n}"] for n in (2, 3, 4)] == [1.0, 0.5, 1.0]
    assert math.isnan(found["signs_brought", "tier:1"])
    assert found["signs_brought", f"kind:{KINDS[0]}"] == pytest.approx(2 / 3)
    assert found["signs_brought", f"kind:{KINDS[1]}"] == 1.0
    assert ("signs_brought", f"kind:{KINDS[DAY_CARE]}") not in found


def test_families_in_trouble_are_brought_by_any_sign_in_the_year():
    state = state_on(DAY)
    late, early = brought(state)
    family = state.signs.family[late]
    state.burdens[0].highest[family] = [3.2, 3.0, 2.9, 4.2, 3.4, 4.0]
    state.burdens[0].highest[state.signs.family[early]] = 3.9
    state.log.add(Stage.CONTACT, late[[0, 2, 4, 5]])
    state.log.add(Stage.CONTACT, early)
    found = measures(state)
    # In tier 3: 3.2 and 3.4 (for day care) of 3.2, 3.0, 3.4, 3.9; in tier 4: 4.0 of 4.2 and 4.0.
    assert found["families_in_trouble_brought", "tier:3"] == pytest.approx(2 / 4)
    assert found["families_in_trouble_brought", "tier:4"] == pytest.approx(1 / 2)
    assert found["families_in_trouble_brought", "all"] == pytest.approx(3 / 6)
