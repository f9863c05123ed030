"""The table that routes cases names every step, and says beside each what the stage may send cases on to."""

import inspect
import re

from helpers import small
from referral_sim.model import BUSINESS, LANES, ReferralModel
from referral_sim.pathway.steps import Step, due, worked
from referral_sim.records.casebook import NOT_OF_CASES
from referral_sim.records.work_queue import WorkQueue


def lines_of_table():
    """What the line of each route says: attributes of the model that it leads to, and the steps that may follow."""
    text = inspect.getsource(ReferralModel._routes)
    for key, stage, follow in re.findall(r"^ +([\w.]+(?:\(\"\w+\"\))?): ([\w.]+),(?:  # ([A-Z_, ]+))?$", text, re.M):
        yield key, stage, set(follow.split(", ")) - {""}


def test_every_step_lane_and_business_has_its_route():
    routes = ReferralModel(small(), rng=1).routes
    assert routes.keys() >= set(Step)
    assert set(LANES) == set(WorkQueue.LANES)
    assert routes.keys() - set(Step) == {
        *(worked(lane) for lane in LANES),
        *(due(business) for business in (*BUSINESS, "panel", "desk")),
    }
    assert not NOT_OF_CASES & set(BUSINESS)


def test_the_table_says_what_each_stage_sends_cases_on_to():
    routes = ReferralModel(small(), rng=1).routes
    lines = list(lines_of_table())
    assert len(lines) == len(routes)
    for (key, _, follow), stage in zip(lines, routes.values(), strict=True):
        assert set(re.findall(r"Next\(Step\.(\w+)", inspect.getsource(stage))) == follow, key
