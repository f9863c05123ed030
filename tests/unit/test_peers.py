"""benchmarks/peers.py: however the reduced flow is written, it is the same flow."""

import math
from pathlib import Path

import numpy as np
import pytest

from helpers import load_script, small

peers = load_script("peers", Path(__file__).parents[2] / "benchmarks" / "peers.py")
WAYS = peers.variants()
FAMILIES, PLAIN = 4_000, 20
SLOW = ("Mesa, do", "Mesa, shuffle_do")


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    """Flows of the loop that numba compiles, here as plain Python, over twenty seeds."""
    runs = [peers.looped(peers.plain_loop, FAMILIES, seed)() for seed in range(PLAIN)]
    return np.array(runs, dtype=float).mean(axis=0)


def test_the_flows_of_the_loop_follow_from_the_rates(plain):
    need = peers.needs(10 * FAMILIES, 0)
    above = [0.5 * math.erfc((peers.THRESHOLD - one) / peers.READ / math.sqrt(2.0)) for one in need]
    concerns = FAMILIES * peers.rates(need).mean()
    referrals = FAMILIES * peers.NOTICED * (peers.rates(need) * np.array(above)).mean()
    expected = concerns, peers.NOTICED * concerns, referrals
    np.testing.assert_allclose(plain[:3], expected, rtol=0.06)
    assert plain[2] * 0.95 < plain[3] <= plain[2], "nearly all who are referred are assessed in the year"


@pytest.mark.parametrize("name", sorted(WAYS))
def test_every_variant_has_the_mean_flows_of_the_loop(name, plain):
    count = 2 if name in SLOW else 10
    runs = np.array([WAYS[name](FAMILIES, seed)() for seed in range(count)], dtype=float)
    error = np.sqrt(plain / count + plain / PLAIN)
    assert (np.abs(runs.mean(axis=0) - plain) < 3.0 * error + 0.01 * plain).all(), (runs.mean(axis=0), plain)


def test_a_team_without_capacity_assesses_nobody(monkeypatch):
    monkeypatch.setattr(peers, "CAPACITY", 1e-9)
    for name in ("Mesa, do", "Mesa, events", "numpy columns"):
        flows = WAYS[name](300, 1)()
        assert flows.referrals > 0, name
        assert (flows.assessments, flows.registrations) == (0, 0), name


def test_the_whole_model_is_timed_for_the_reporting_year_alone(monkeypatch):
    monkeypatch.setattr(peers, "load_scenario", lambda name: small())
    run, families = peers.whole_year("small", 1)
    model = run.__closure__[0].cell_contents
    assert model.day == model.calendar.first_reported - 1
    assert families == model.families.here_at(model.state.offset).sum()
    run()
    assert not model.running
