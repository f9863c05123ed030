"""The model is known by what a few short runs give: a rewriting keeps its version, another rule changes it."""

import json
import re

import pytest

from referral_sim import ReferralModel
from referral_sim.experiment.draws import doubts, load_draws
from referral_sim.experiment.model_version import SHORT_RUNS, model_version
from referral_sim.records.stages import Stage
from referral_sim.scenario import Scenario


@pytest.fixture
def again():
    """The version, worked out anew."""
    yield lambda: model_version.__wrapped__()
    model_version.cache_clear()


def test_the_shipped_draws_are_of_this_model():
    draws = load_draws("shipped")
    assert draws.model == model_version(), (
        "a rule has changed, and the shipped draws were fitted with the one before: make them again (make draws), or, "
        "where the change does not touch what they were fitted to, set model in scenarios/draws/draws.json"
    )
    assert doubts(draws) == []


def test_the_version_is_that_of_the_package_and_of_the_numbers(again, monkeypatch):
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\+[0-9a-f]{12}", model_version())
    assert again() == model_version()
    real = ReferralModel.measures

    def measured(factor):
        return lambda self: real(self).assign(value=lambda table: table["value"] * factor)

    monkeypatch.setattr(ReferralModel, "measures", measured(1.0 + 1e-13))
    assert again() == model_version(), "the last bits of another library do not count"
    monkeypatch.setattr(ReferralModel, "measures", measured(1.0 + 1e-6))
    assert again() != model_version()


def test_another_event_log_is_another_version(again, monkeypatch):
    real, before = ReferralModel.events, model_version()
    monkeypatch.setattr(ReferralModel, "events", lambda self: real(self).iloc[:-1])
    assert again() != before


def test_the_short_runs_meet_every_stage(again):
    met = set()
    for values in SHORT_RUNS:
        model = ReferralModel(Scenario.model_validate_json(json.dumps(values)), rng=1).run()
        met |= set(model.events()["stage"].astype(str))
    assert met == {stage.name.lower() for stage in Stage}
