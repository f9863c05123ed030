"""Worked examples of the yardsticks (MODEL C2): values computed by hand."""

import numpy as np
import pytest

from referral_sim.measures.event_rows import EventRows
from referral_sim.measures.yardsticks import yardstick_rows
from referral_sim.records.burden import Burden
from referral_sim.records.casebook import LONG_AGO
from referral_sim.records.stages import Outcome, Stage
from worked import cases_of, in_trouble, state_on

DAY = 60  # in the reporting year


def measures(state):
    return {(measure, group): value for measure, group, value in yardstick_rows(EventRows(state))}


def test_need_counts_as_unmet_where_nobody_helps_and_as_unknown_where_nobody_knows():
    state = state_on(DAY)
    cases, book = cases_of(state, 6), state.cases
    family = book.family[cases]
    in_trouble(state, cases, 2.0, 2.0, 2.0, 2.0, 1.9, 3.0)  # need 3.0 and, the last two, 2.9 and 4.0
    book.user[family] = False
    book.package_until[family[0]] = int(state.offset)
    book.plan_case[family[1]], book.register_case[family[2]] = cases[1], cases[2]
    burden = Burden(state.families, 3.0)
    burden.look(state.troubles, book, state.offset, DAY)
    assert burden.unhelped[family].tolist() == [0, 0, 0, 1, 0, 1]
    assert burden.grave_unknown[family].tolist() == [0, 0, 0, 0, 0, 1]
    book.heard[family[5]] = 3
    burden.look(state.troubles, book, state.offset, DAY)
    assert burden.grave_unknown[family[5]] == 1, "social services have heard of it by now"
    for heard, known in ((DAY - 253, True), (DAY - 254, False)):  # within twelve months, or before them
        book.heard[family[5]] = heard
        assert book.is_known(state.offset, DAY, family)[5] == known
    book.heard[family[5]], book.user[family[5]] = LONG_AGO, True
    burden.look(state.troubles, book, state.offset, DAY)
    assert burden.grave_unknown[family[5]] == 1, "a programme knows it"
    assert burden.unhelped[family[5]] == 3, "knowing is no help"


def test_the_need_without_help_is_that_of_troubles_that_nobody_turned():
    state = state_on(DAY, trouble__recovery_half_life=90.0)
    cases = cases_of(state, 1)
    family = state.cases.family[cases]
    trouble = in_trouble(state, cases, 1.0, onset=state.offset - 100.0, start=state.offset - 100.0, growth=0.02)
    state.troubles._first_size[trouble] = 1.0
    state.troubles.turned[trouble] = state.troubles.stop[trouble] = state.offset - 90.0
    state.troubles.tries[trouble] = 1
    # It grew by 0.2 in ten days, was turned, and is half gone; alone it would have grown by 2.0, to 3.0.
    assert state.troubles.level(family, state.offset) == pytest.approx([1.6])
    assert state.troubles.everywhere(state.offset, 0.25)[1][family] == pytest.approx([4.0])


def test_families_and_days_of_unmet_need_and_who_was_referred():
    state = state_on(DAY)
    burden, cases = state.burdens[0], cases_of(state, 4)
    rows = state.cases.family[cases]
    burden.here[rows], burden.unhelped[rows] = [12, 12, 12, 4], [6, 0, 1, 0]
    burden.highest[rows], burden.highest_unhelped[rows] = [3.0, 2.9, 5.0, 3.5], [3.0, 4.1, 5.0, 4.0]
    state.log.add(Stage.REFERRAL, cases[1:3], int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
    found = measures(state)
    assert found["families_in_unmet_need", "all"] == pytest.approx(1000 * 2 / 4)
    # Seven months of 30.4375 days, in 40 / 12 families' years.
    assert found["days_of_unmet_need", "all"] == pytest.approx(1000 * 7 * 30.4375 / (40 / 12))
    # Three families at 3.0 or above, of whom one was referred; the other referral was of a family at 2.9.
    assert found["families_in_need_referred", "all"] == pytest.approx(1 / 3)
    # All four would have come to 3, one stayed below; three would have come to 4, two stayed below.
    assert found["trouble_prevented", "tier:3"] == pytest.approx(1 / 4)
    assert found["trouble_prevented", "tier:4"] == pytest.approx(2 / 3)


def test_the_yardstick_is_the_scenarios_and_not_its_threshold():
    for need, right in ((2.0, 2.0 / 3.0), (2.6, 1.0 / 3.0)):
        state = state_on(DAY, yardstick__need=need, front_door__threshold=5.0)
        burden, cases = state.burdens[0], cases_of(state, 3)
        rows = state.cases.family[cases]
        burden.here[rows], burden.highest[rows] = 1, [1.9, 2.5, 2.6]
        state.log.add(Stage.REFERRAL, cases, int(Outcome.NO_FURTHER_ACTION), 3.0, 0)
        expected = np.array([1.9, 2.5, 2.6]) >= need
        assert expected.mean() == pytest.approx(right)
        assert measures(state)["families_in_need_referred", "all"] == 1.0
        in_trouble(state, cases, 0.9, 1.5, 1.6)
        fresh = type(burden)(state.families, need)
        fresh.look(state.troubles, state.cases, state.offset, state.day)
        assert (fresh.unhelped[rows] > 0).tolist() == expected.tolist()
