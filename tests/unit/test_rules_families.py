"""Worked examples of what families decide and learn (MODEL N2, S5, F7): expected values are computed by hand."""

import math

import numpy as np
import pytest

from helpers import small
from referral_sim.agents.family import EVERYBODY, Family, FamilyDecisions
from referral_sim.model import ReferralModel
from referral_sim.records.stages import Stage
from referral_sim.records.wariness import Wariness
from referral_sim.scenario.fields import EthnicGroup
from referral_sim.world.families import GROUPS
from worked import PLAIN, cases_of, in_trouble, model_on, outcomes, rows, state_on

ASIAN, WHITE = GROUPS.index(EthnicGroup.ASIAN), GROUPS.index(EthnicGroup.WHITE)
LEARNS = {"families__helped": 0.2, "families__let_down": 0.15, "families__neighbours": 0.0}


def wariness(wary=(), group=WHITE, area=-1, locality=0, own=None, **values):
    """The wariness of some families, the first rows of a state, whose columns are set."""
    state = state_on(0, **values)
    rows = np.arange(len(wary))
    state.families.group[:] = WHITE
    state.families.wary[rows], state.families.group[rows] = wary, group
    state.families.area[rows], state.families.locality[rows] = area, locality
    made = Wariness(state.scenario, state.families)
    if own is not None:
        made.own[rows] = own
    return made, rows


# -- wariness (N2, F7) -------------------------------------------------------------------------------------------


def test_wariness_begins_with_stigma_a_groups_ratio_and_the_familys_own_number():
    made, rows = wariness([0.0, 0.5, 0.9, 0.5, 0.9], [WHITE, WHITE, WHITE, ASIAN, ASIAN],
                          families__stigma=0.4, families__wariness={EthnicGroup.ASIAN: 2.0})  # fmt: skip
    # 0.4 x (0.5 + wary), twice that for Asian families, at most 1.
    assert made.now(rows) == pytest.approx([0.2, 0.4, 0.56, 0.8, 1.0])


def test_without_stigma_nobody_is_wary():
    made, rows = wariness([0.1, 0.9], families__stigma=0.0)
    assert not made.now(rows).any()


def test_help_that_helped_takes_a_step_of_wariness_and_an_assessment_for_nothing_adds_one():
    made, rows = wariness([0.5, 0.5, 0.5], own=[0.5, 0.5, 0.5], **LEARNS)
    made.helped(rows[:1])
    made.let_down(rows[1:2])
    # 0.5 x (1 - 0.2), and 0.15 of the way from 0.5 to 1.
    assert made.now(rows) == pytest.approx([0.4, 0.575, 0.5])


def test_neighbours_share_steps_like_the_familys_own_among_them():
    made, rows = wariness([0.5] * 4, own=[0.5] * 4, area=[1, 1, 0, -1],
                          **(LEARNS | {"families__neighbours": 2.0}))  # fmt: skip
    neighbours = int((made._families.area == 1).sum())
    made.helped(rows[:1])
    # The step is -0.1; two such steps are shared out among all who live in the area.
    assert made.talk[2 + 1] == pytest.approx(-0.2 / neighbours)
    assert made.now(rows) == pytest.approx([0.4 - 0.2 / neighbours, 0.5 - 0.2 / neighbours, 0.5, 0.5])


def test_neighbours_outside_the_areas_are_those_of_the_locality_who_live_in_none():
    made, rows = wariness([0.5] * 4, own=[0.5] * 4, area=[-1, -1, -1, 0], locality=[1, 1, 0, 1],
                          **(LEARNS | {"families__neighbours": 1.0}))  # fmt: skip
    families = made._families
    neighbours = int((families.here_at(0.0) & (families.area < 0) & (families.locality == 1)).sum())
    made.let_down(rows[:1])
    step = 0.15 * 0.5
    assert made.now(rows) == pytest.approx([0.5 + step + step / neighbours, 0.5 + step / neighbours, 0.5, 0.5])


def test_what_was_learned_fades_by_its_share_each_month():
    made, rows = wariness([0.5, 0.5], own=[0.4, 0.2], area=[0, 0], families__stigma=0.3, families__wariness={},
                          families__forgetting=0.1)  # fmt: skip
    made.talk[2] = 0.05
    made.month_passes()
    # A tenth of the way back to 0.3, and a tenth of what neighbours say is forgotten.
    assert made.own[rows] == pytest.approx([0.39, 0.21])
    assert made.talk[2] == pytest.approx(0.045)


def test_wariness_stays_between_none_and_all():
    made, rows = wariness([0.5, 0.5], own=[0.02, 0.98], area=[0, 1])
    made.talk[2:4] = [-0.1, 0.1]
    assert made.now(rows).tolist() == [0.0, 1.0]


def test_help_that_turned_nothing_teaches_nothing():
    state = state_on(**LEARNS, help__works=0.5, help__hardness=0.0)
    cases = cases_of(state, 2)
    family = state.cases.family[cases]
    in_trouble(state, cases, 1.0, 1.0, resists=[0.49, 0.51])
    state.wariness.own[family] = 0.5
    state.help_works(family, np.ones(10))
    assert state.wariness.now(family) == pytest.approx([0.4, 0.5])


def test_help_ends_only_where_no_other_help_runs():
    state = state_on(help__relapse=1.0)
    cases = cases_of(state, 4)
    book, family = state.cases, state.cases.family[cases]
    trouble = in_trouble(state, cases, *[1.0] * 4, turned=state.offset, returns=0.0)
    book.plan_case[family[0]] = cases[0]
    book.register_case[family[1]] = cases[1]
    book.package_until[family[2]] = int(state.offset) + 1
    state.help_ends(family)
    assert state.troubles.turned[trouble].tolist() == [state.offset] * 3 + [np.inf]


# -- decisions (N2, S1, S5, F7) ------------------------------------------------------------------------------------


def decisions(*wary, **values):
    state = state_on(**values)
    rows = np.arange(len(wary))
    state.wariness.own[rows] = wary
    state.wariness.talk[:] = 0.0
    return FamilyDecisions(state, lambda number: pytest.fail("nobody need be asked")), rows


def test_families_come_forward_as_far_as_they_are_not_wary():
    made, rows = decisions(0.0, 0.3, 1.0)
    assert made.comes_forward(rows) == pytest.approx([1.0, 0.7, 0.0])


def test_families_refuse_what_they_are_offered_by_their_wariness():
    made, rows = decisions(0.0, 0.5, 0.5, 1.0, 1.0, families__refusal=0.4)
    u = np.array([0.999, 0.79, 0.81, 0.59, 0.61])  # 1, 1 - 0.4 x 0.5 = 0.8, and 0.6
    assert made.accepts(rows, u).tolist() == [True, True, False, True, False]


def test_families_take_a_programme_up_more_often_when_somebody_goes_along_and_less_when_wary():
    made, rows = decisions(0.0, 0.0, 0.5, 0.5, practice__take_up=0.5, practice__take_up_accompanied=0.8,
                           families__refusal=0.4)  # fmt: skip
    along = np.array([False, True, False, True])
    # 0.5 and 0.8, times 1 - 0.4 x 0.5 = 0.8 for the wary.
    expected = np.array([0.5, 0.8, 0.4, 0.64])
    assert made.takes_up(rows, expected - 0.001, along).all()
    assert not made.takes_up(rows, expected + 0.001, along).any()


def test_families_outside_the_areas_use_no_programme():
    made, rows = decisions(0.0, 0.0, programmes__Hill__reach=0.8, programmes__Hill__reach_slope=0.0)
    made.state.families.use[rows] = 0.0
    assert made.use_chances(rows, np.array([0, -1])) == pytest.approx([0.8, 0.0])
    assert made.uses(rows, np.array([0, -1])).tolist() == [True, False]


def test_families_stay_with_their_packages_by_their_wariness_and_the_time():
    made, rows = decisions(0.5, 0.5, 0.0, families__withdrawal=2.0)
    # exp(-2 x 0.5 x 73.05 / 365.25) = exp(-0.2) = 0.8187
    assert made.stays(rows, np.array([0.818, 0.820, 0.999]), 73.05).tolist() == [True, False, True]


class Own(Family):
    """A family with decisions of its own."""

    def comes_forward(self):
        return 0.25

    def accepts(self):
        return 0.25

    def takes_up(self, accompanied):
        return 0.75 if accompanied else 0.25

    def uses(self, chance):
        return chance / 2

    def stays(self, days):
        return 0.25 if days > 10 else 1.0


def test_a_familys_own_decisions_take_the_place_of_the_rules_one_by_one():
    model = ReferralModel(small(**(PLAIN | {"programmes__Hill__reach": 0.8, "programmes__Hill__reach_slope": 0.0})),
                          rng=3, agents=[Own])  # fmt: skip
    made, rows = model.decisions, np.arange(2)
    low_and_high = np.array([0.24, 0.26])
    assert made.comes_forward(rows).tolist() == [0.25, 0.25]
    assert made.accepts(rows, low_and_high).tolist() == [True, False]
    assert made.takes_up(rows, np.array([0.26, 0.74]), np.array([False, True])).tolist() == [False, True]
    assert made.use_chances(rows, np.array([0, -1])) == pytest.approx([0.4, 0.0])
    assert made.stays(rows, low_and_high, 11.0).tolist() == [True, False]
    assert made.stays(rows, low_and_high, 9.0).all()


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_a_decision_of_its_own_is_asked_of_each_family(name):
    asked = []
    kind = type("One", (Family,), {name: lambda self, *given: asked.append(self.number) or 0.5})
    model = ReferralModel(small(**PLAIN), rng=3)
    made = FamilyDecisions(model.state, lambda number: kind(model, model.state, number), kind)
    rows, u, area = np.arange(3), np.full(3, 0.4), np.full(3, 0)
    for asks, calls in (
        ("comes_forward", lambda: made.comes_forward(rows)), ("accepts", lambda: made.accepts(rows, u)),
        ("takes_up", lambda: made.takes_up(rows, u, np.zeros(3, dtype=bool))),
        ("uses", lambda: made.use_chances(rows, area)), ("stays", lambda: made.stays(rows, u, 30.0)),
    ):  # fmt: skip
        asked.clear()
        calls()
        assert asked == ([0, 1, 2] if asks == name else [])


def test_an_agent_of_a_family_says_what_the_columns_say():
    model = model_on(families__refusal=0.5, families__avoidance=0.5, families__withdrawal=1.0,
                     practice__take_up=0.5, practice__take_up_accompanied=0.8)  # fmt: skip
    state = model.state
    (case,) = cases_of(state, 1, area=0)
    number = int(state.cases.family[case])
    in_trouble(state, np.array([case]), 1.5)
    state.wariness.own[number] = 0.4
    family = model.family(number)
    assert (family.need, family.tier, family.wariness) == (2.5, 2, 0.4)
    assert family.comes_forward() == pytest.approx(0.6)
    assert family.accepts() == pytest.approx(0.8)
    assert (family.takes_up(False), family.takes_up(True)) == (pytest.approx(0.4), pytest.approx(0.64))
    assert family.uses(0.5) == pytest.approx(0.4)
    assert family.stays(365.25) == pytest.approx(math.exp(-0.4))
    assert family.programme == "Hill"
    assert family.open_case is None
    assert not family.on_register


def test_a_family_that_is_removed_leaves_the_next_day_once_and_stays_away():
    model = model_on(workforce__unlimited=False)
    state = model.state
    (case,) = cases_of(state, 1, area=0)
    number = int(state.cases.family[case])
    state.give_work("core", np.array([case]), 1000.0)
    state.cases.plan_case[number] = state.cases.open_case[number] = case
    state.families.leaves[number] = state.calendar.offsets[state.day + 1]  # it would have left that day anyway
    agent = model.family(number)
    agent.remove()
    model.step()
    assert state.families.leaves[number] == state.offset
    assert state.families.area[number] == -1
    assert state.cases.plan_case[number] == -1
    assert not any(case in queue.lanes["core"].waiting() for queue in state.queues), "nobody works on it any more"
    assert outcomes(state, Stage.PLAN_END) == {case: "MOVED_AWAY"}
    assert len(rows(state, Stage.PLAN_END)) == 1


def test_a_family_that_was_removed_does_not_come_back_by_a_move_that_it_would_have_made():
    model = model_on(population__mobility=3.0, population__leave_authority=0.0, trouble__rate=0.01)
    state, home = model.state, model.state.residence
    later = home.mover[(home.to_day > state.day + 1) & (home.to_day < state.day + 12)]
    _, area = home.at(later, state.day + 12)
    numbers = np.unique(later[area >= 0])[:5]
    assert len(numbers) == 5
    for number in numbers.tolist():
        model.family(number).remove()
    for _ in range(12):
        model.step()
    assert (state.families.area[numbers] == -1).all()
    assert not state.cases.user[numbers].any()
    assert not np.isin(numbers, model.programmes[0].homes).any()
