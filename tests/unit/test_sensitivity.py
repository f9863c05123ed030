"""Sensitivity of functions whose effects and indices are known."""

import numpy as np
import pandas as pd
import pytest

from referral_sim.answers import sensitivity
from referral_sim.answers.sensitivity import SensitivityError
from referral_sim.experiment.variants import Variable

pytest.importorskip("sklearn")
pytest.importorskip("SALib")
A, B, C = 2.0, 1.0, 3.0
NAMES = ["a.x", "b.x", "c.x", "d.x"]
UNIFORM = [Variable(name, "uncertainties", "uniform", 0.0, 1.0) for name in NAMES]


def toy(shares):
    """A x1 + B x2 + C x1 x2 of variables from -1 to 1; the third and fourth do nothing."""
    x = 2.0 * shares - 1.0
    return A * x[:, 0] + B * x[:, 1] + C * x[:, 0] * x[:, 1]


def of(table, index):
    return table[table["index"] == index].set_index("variable")


def test_sobol_indices_of_a_toy_lie_within_their_intervals():
    random = np.random.default_rng(2)
    shares = random.random((200, 4))
    found, explained = sensitivity.sobol_indices(
        shares, toy(shares) + random.normal(0.0, 0.5, 200), UNIFORM, chance=0.25
    )
    whole = A**2 / 3 + B**2 / 3 + C**2 / 9
    first, total = of(found, "first"), of(found, "total")
    for name, size in (("a.x", A), ("b.x", B)):
        alone, all_ = size**2 / 3 / whole, (size**2 / 3 + C**2 / 9) / whole
        assert first.loc[name, "value"] == pytest.approx(alone, abs=0.04)
        assert total.loc[name, "value"] == pytest.approx(all_, abs=0.04)
        assert first.loc[name, "low"] - 0.02 < alone < first.loc[name, "high"] + 0.02
    assert total.loc[["c.x", "d.x"], "high"].max() < 0.05
    assert explained > 0.95
    assert list(dict.fromkeys(found["variable"]))[:2] == ["a.x", "b.x"]


def test_variables_of_few_values_are_steps():
    kinds = [UNIFORM[0], Variable("b.x", "levers", "categorical", values=("low", "high"))]
    shares = np.random.default_rng(3).random((80, 2))
    values = 2.0 * shares[:, 0] + (shares[:, 1] >= 0.5)
    found, explained = sensitivity.sobol_indices(shares, values, kinds)
    whole = 4.0 / 12.0 + 1.0 / 4.0
    assert of(found, "first")["value"].to_dict() == pytest.approx(
        {"a.x": 4 / 12 / whole, "b.x": 0.25 / whole}, abs=0.03
    )
    assert explained > 0.99


def test_points_without_a_result_are_left_out_and_too_many_refused():
    shares = np.random.default_rng(4).random((120, 4))
    values = toy(shares)
    values[:6] = np.nan
    found, _ = sensitivity.sobol_indices(shares, values, UNIFORM)
    assert of(found, "first").loc["a.x", "value"] == pytest.approx(A**2 / 3 / (5 / 3 + 1), abs=0.04)
    values[:30] = np.nan
    with pytest.raises(
        SensitivityError, match="90 of 120 points have a result; 40 or more are needed, and 90% of them"
    ):
        sensitivity.sobol_indices(shares, values, UNIFORM)


def test_an_emulator_that_is_no_stand_in_is_refused():
    """A checkerboard of a hundred fields in each direction, which no few runs can learn."""
    shares = np.random.default_rng(5).random((300, 3))
    values = np.prod(np.sign(np.sin(100.0 * np.pi * shares)), axis=1)
    with pytest.raises(SensitivityError, match="the emulator explains"):
        sensitivity.sobol_indices(shares, values, UNIFORM[:3])


def test_elementary_effects_of_a_toy():
    shares = sensitivity.morris_shares(4, 20, seed=3)
    found = sensitivity.elementary_effects(shares, toy(shares), NAMES)
    size, spread = (of(found, index)["value"] for index in ("size", "spread"))
    assert shares.shape == (20 * 5, 4)
    assert size["c.x"] == size["d.x"] == spread["c.x"] == 0.0
    assert spread["a.x"] > 1.0  # it depends on b
    # Effect of a over its whole range is 2 (A + C x2), whose absolute mean over x2 = -1, -1/3, 1/3, 1 is 2 * 2.5.
    assert size["a.x"] == pytest.approx(2 * 2.5, abs=1.2)
    low, high = of(found, "size").loc["a.x", ["low", "high"]]
    assert low < 2 * 2.5 < high
    linear = sensitivity.elementary_effects(shares, -3.0 * shares[:, 2], NAMES)
    assert of(linear, "mean").loc["c.x", "value"] == pytest.approx(-3.0)
    assert of(linear, "size").loc["c.x", "value"] == pytest.approx(3.0)
    assert linear["variable"].iloc[0] == "c.x"


def test_a_trajectory_with_a_gap_is_left_out_as_a_whole():
    shares = sensitivity.morris_shares(2, 20)
    values = 4.0 * shares[:, 0]
    values[[0, 1]] = np.nan, 1e9  # both of the first trajectory
    found = sensitivity.elementary_effects(shares, values, NAMES[:2])
    assert of(found, "size").loc["a.x", "value"] == pytest.approx(4.0)
    values[::9] = np.nan
    with pytest.raises(SensitivityError, match="trajectories have all their runs"):
        sensitivity.elementary_effects(shares, values, NAMES[:2])


def test_what_never_varies_is_refused():
    shares = sensitivity.morris_shares(2, 8)
    with pytest.raises(SensitivityError, match="the same at every point"):
        sensitivity.elementary_effects(shares, np.ones(len(shares)), NAMES[:2])


def test_a_design_has_values_within_the_plan():
    kinds = [Variable("a.x", "levers", "uniform", 10.0, 20.0), Variable("b.x", "levers", "integers", 1, 3)]
    shares = sensitivity.morris_shares(2, 30)
    design, places = sensitivity.morris_design(kinds, shares)
    assert len(places) == len(shares) == 90
    assert len({tuple(point.values()) for point in design.points}) == len(design.points) < 90
    assert [design.points[place]["a.x"] for place in places] == pytest.approx(list(10.0 + 10.0 * shares[:, 0]))
    assert {point["b.x"] for point in design.points} <= {1, 2, 3}


def test_outcomes_by_point_are_means_of_all_replicates_and_effects_are_paired():
    rows = [
        {"scenario": "s", "policies": policies, "point": point, "replicate": k, "status": "done",
         "value": 10.0 * point + k + (5.0 if policies == "p" else 0.0)}
        for policies in ("none", "p") for point in range(3) for k in range(2)
    ]  # fmt: skip
    table = pd.DataFrame(rows).assign(run=lambda t: [f"r{n}" for n in range(len(t))])
    outcomes = table[["run", "value"]].assign(measure="referrals", group="all")
    table.loc[5, "status"] = "failed"  # point 2 without, replicate 1
    found = sensitivity.by_point(table.drop(columns="value"), outcomes, "referrals", "all", 3, 2)
    bare, effect = found["s, policies none"], found["effect of p in s"]
    assert bare[0][:2].tolist() == [0.5, 10.5]
    assert np.isnan(bare[0][2])
    assert effect[0][:2].tolist() == [5.0, 5.0]
    assert np.isnan(effect[0][2])
    assert (bare[1], effect[1]) == (0.25, 0.0)
