"""Each chance of a case decides one thing: a recorder writes down which rule reads which chance of which case."""

import dataclasses
import datetime as dt
import json
import sys
from collections import defaultdict

import numpy as np
import pytest

from golden import FULL
from referral_sim import state
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario
from referral_sim.world.streams import Chance

EVERY = -1  # stands for all cases of the run
# What reads a number that another rule may have read, and makes a number of its own of it before it decides.
OF_ITS_OWN = {
    (Chance.TO_PANEL, "Panels.from_front_door"), (Chance.ACCEPTS, "SureStartProgramme.support"),
    (Chance.ACCEPTS, "FamilySupportPanel._support"),
}  # fmt: skip


class Recorder:
    """Who read what: (chance, case) -> names of the functions that asked for it."""

    def __init__(self):
        self.readers = defaultdict(set)

    def note(self, which, cases):
        frame = sys._getframe(2)
        while frame.f_code.co_qualname == "State.chance" or "<" in frame.f_code.co_qualname:
            frame = frame.f_back
        name = frame.f_code.co_qualname
        for case in np.atleast_1d(cases).tolist():
            self.readers[Chance(which), case].add(name)


class Watched(np.ndarray):
    """The chances of all cases, shape (chances, cases), that tell a recorder what is read of them."""

    def __getitem__(self, key):
        plain = self.view(np.ndarray)
        if isinstance(key, tuple):
            every, case = key
            assert every == slice(None), "a rule asks for all chances of one case or for one chance of some cases"
            return OfCase(self.recorder, plain[:, case], int(case))
        row = plain[key].view(OfChance)
        row.recorder, row.which = self.recorder, int(key)
        return row


class OfChance(np.ndarray):
    """One chance of all cases."""

    def __getitem__(self, cases):
        self.recorder.note(self.which, cases)
        return self.view(np.ndarray)[cases]

    def __array_ufunc__(self, ufunc, method, *inputs, **rest):
        self.recorder.note(self.which, EVERY)
        plain = [one.view(np.ndarray) if isinstance(one, OfChance) else one for one in inputs]
        return getattr(ufunc, method)(*plain, **rest)


class OfCase:
    """All chances of one case."""

    def __init__(self, recorder, values, case):
        self.recorder, self.values, self.case = recorder, values, case

    def __getitem__(self, which):
        self.recorder.note(which, self.case)
        return self.values[which]


@pytest.fixture(scope="module")
def recorded():
    """A year in which everything happens; the run, and who read which chance of which case."""
    recorder, draw = Recorder(), state.draw_signs

    def watched(*arguments):
        signs = draw(*arguments)
        chances = signs.chances.view(Watched)
        chances.recorder = recorder
        return dataclasses.replace(signs, chances=chances)

    values = {
        "population__mobility": 0.3, "workforce__unlimited": True, "trouble__rate": 1.2, "practice__sharing": 0.5,
        "collaboration__knows_programmes": 0.5, "front_door__threshold_change": {"on": dt.date(2005, 9, 1), "by": -0.4},
        "collaboration__panel__front_door": 0.8, "front_door__day_care_gateway": False,
        "collaboration__practices__outposted_social_worker__filters": 0.5,
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "draw_signs", watched)
        model = ReferralModel(Scenario.model_validate_json(json.dumps(FULL)).with_values(**values), rng=4).run()
        model.events()
    return model, recorder.readers


def test_no_chance_of_a_case_is_read_by_two_rules(recorded):
    _, readers = recorded
    of_all = {which: names for (which, case), names in readers.items() if case == EVERY}
    twice = defaultdict(int)
    for (which, _), names in readers.items():
        others = {name for name in names | of_all.get(which, set()) if (which, name) not in OF_ITS_OWN}
        if len(others) > 1:
            twice[which.name, " and ".join(sorted(others))] += 1
    assert not twice


def test_every_chance_is_read(recorded):
    """A rule that reads another's number by mistake leaves its own unread, or reads it with the other."""
    _, readers = recorded
    drawn_before = {Chance.SCREENING, Chance.INITIAL_FINDING}  # made into errors of judgement before the first day
    assert {which for which, _ in readers} == set(Chance) - drawn_before


def test_a_rule_reads_only_what_it_decides(recorded):
    """Where two chances are read by one rule, the rule takes two decisions; no rule takes four."""
    _, readers = recorded
    of_rule = defaultdict(set)
    for (which, _), names in readers.items():
        for name in names:
            of_rule[name].add(which.name)
    assert max(len(chances) for name, chances in of_rule.items() if not name.endswith("__init__")) <= 2
    assert len(of_rule) > 20


def test_watching_changes_nothing(recorded):
    model, _ = recorded
    again = ReferralModel(model.scenario, rng=4).run()
    assert model.events().equals(again.events())
