"""Exploration of points whose answer was planted."""

import numpy as np
import pandas as pd
import pytest

from referral_sim.answers.exploration import (
    ExplorationError,
    boxes,
    effects_of,
    effects_under_draws,
    feature_scores,
    regrets,
)

pytest.importorskip("sklearn")
pytest.importorskip("ema_workbench")
POINTS = 600


@pytest.fixture(scope="module")
def points() -> pd.DataFrame:
    random = np.random.default_rng(3)
    found = pd.DataFrame(random.random((POINTS, 4)), columns=["a.x", "b.x", "c.x", "d.x"])
    return found.assign(**{"e.word": random.choice(["one", "two", "three"], POINTS)})


@pytest.fixture(scope="module")
def planted(points) -> np.ndarray:
    """It happens where a is above 0.6 and b below 0.5, and nowhere else."""
    return ((points["a.x"] > 0.6) & (points["b.x"] < 0.5)).to_numpy()


@pytest.mark.parametrize("method", ["prim", "cart"])
def test_a_planted_box_is_found(points, planted, method):
    found = boxes(points, planted)
    found = found[found["method"] == method].set_index("variable")
    assert set(found.index) == {"a.x", "b.x"}
    assert found.loc["a.x", "lowest"] == pytest.approx(0.6, abs=0.05)
    assert found.loc["b.x", "highest"] == pytest.approx(0.5, abs=0.05)
    assert found["coverage"].min() > 0.9
    assert found["density"].min() > 0.9
    assert found["mass"].iloc[0] == pytest.approx(planted.mean(), abs=0.03)


def test_a_box_of_words_names_them(points):
    found = boxes(points, (points["e.word"] == "two").to_numpy())
    prim = found[found["method"] == "prim"]
    assert list(prim["variable"]) == ["e.word"]
    assert list(prim["values"]) == ["two"]
    assert list(prim["density"]) == [1.0]


def test_what_is_chance_alone_gives_no_good_box(points):
    happens = np.random.default_rng(4).random(POINTS) < 0.3
    found = boxes(points, happens)
    assert not (found["density"] > 0.75).any()


def test_scores_name_what_counts(points):
    found = feature_scores(points, 3.0 * points["a.x"].to_numpy() + points["b.x"].to_numpy())
    assert list(found["variable"][:2]) == ["a.x", "b.x"]
    assert found["score"].sum() == pytest.approx(1.0)
    assert found["score"][0] > 0.7


def sweep(effect: dict[str, list[float]], replicates: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs of one scenario at points; without a policy the value is 100 x point + replicate: pairing takes it out."""
    rows = [
        (f"{policy}-{point}-{k}", "done", "midtown", policy, point, k, point / 10.0, 100.0 * point + k + gains[point])
        for policy, gains in {"none": [0.0] * len(effect["some"]), **effect}.items()
        for point in range(len(gains))
        for k in range(replicates)
    ]
    names = ["run", "status", "scenario", "policies", "point", "replicate", "front_door.threshold", "value"]
    runs = pd.DataFrame(rows, columns=names)
    return runs.drop(columns="value"), runs[["run", "value"]].assign(measure="referrals", group="all")


def test_an_effect_is_of_one_point_and_its_own_base():
    found = effects_of(*sweep({"some": [1.0, -2.0, 0.0]}), "referrals")
    assert list(found["effect"]) == [1.0, -2.0, 0.0]
    assert list(found["front_door.threshold"]) == [0.0, 0.1, 0.2]
    assert set(found["n"]) == {2}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r, o: (r.assign(status=["failed"] + ["done"] * (len(r) - 1)), o), "1 of 12 runs failed"),
        (lambda r, o: (r.drop(index=11), o), "some points lack runs"),
        (lambda r, o: (r, o.drop(index=3)), "1 of 12 runs have no referrals"),
        (lambda r, o: (r[r["policies"] != "none"], o), "the same runs under none"),
    ],
)
def test_a_design_with_holes_is_refused(spoil, said):
    with pytest.raises(ExplorationError, match=said):
        effects_of(*spoil(*sweep({"some": [1.0, -2.0, 0.0]})), "referrals")


def drawn(gains: dict[str, list[float]], draws: list[float]) -> pd.DataFrame:
    """Effects of alternatives; two replicates follow each other under each draw of a.x, and b.x is fixed."""
    values = pd.DataFrame({"a.x": [draw for draw in draws for _ in range(2)], "b.x": 1.0})
    return effects_under_draws({name: pd.Series(gain) for name, gain in gains.items()}, values, "midtown")


def test_a_future_of_a_comparison_is_a_draw_and_its_effect_the_mean_of_two_pairs():
    nan = float("nan")
    found = drawn({"some": [1.0, 3.0, -2.0, 0.0, 5.0, 7.0], "other": [0.0, 2.0, 1.0, 1.0, nan, 4.0]}, [0.2, 0.8, 0.5])
    assert list(found.columns) == ["scenario", "policies", "future", "a.x", "effect", "n"]
    table = found.set_index(["policies", "a.x"])
    assert table["effect"]["some"].to_dict() == {0.2: 2.0, 0.8: -1.0, 0.5: 7.0}
    assert table["effect"]["other"].to_dict() == {0.2: 1.0, 0.8: 1.0, 0.5: 4.0}
    assert table["n"]["some"].to_dict() == {0.2: 2, 0.8: 2, 0.5: 1}  # the pair that other has not is left out of both
    assert set(found["scenario"]) == {"midtown"}
    assert regrets(found, True).set_index("policies")["most_regret"].to_dict() == {
        "some": 2.0,
        "other": 3.0,
        "none": 7.0,
    }


def test_draws_that_are_met_again_are_one_future():
    assert drawn({"some": [1.0, 1.0, 5.0, 5.0, 3.0, 3.0]}, [0.2, 0.8, 0.2])["effect"].tolist() == [2.0, 5.0]


@pytest.mark.parametrize(
    ("gains", "draws", "said"),
    [([1.0, 2.0, 3.0, 4.0], [0.5, 0.5], "the draws vary nothing"), ([np.nan] * 4, [0.5, 0.6], "no replicate has")],
)
def test_a_comparison_without_draws_or_differences_is_refused(gains, draws, said):
    with pytest.raises(ExplorationError, match=said):
        drawn({"some": gains}, draws)


def test_regret_by_hand():
    """Benefits of three futures: some 3, -1, 0; other 1, 1, 1; none 0. The best are 3, 1, 1."""
    found = regrets(effects_of(*sweep({"some": [3.0, -1.0, 0.0], "other": [1.0, 1.0, 1.0]}), "referrals"), True)
    table = found.set_index("policies")
    assert list(table.index) == ["some", "other", "none"] or list(table.index) == ["other", "some", "none"]
    assert table.loc["some", "most_regret"] == 2.0  # 1 - (-1) in the second future
    assert table.loc["other", "most_regret"] == 2.0  # 3 - 1 in the first
    assert table.loc["none", "most_regret"] == 3.0
    assert table.loc["other", "mean_regret"] == pytest.approx(2.0 / 3.0)
    assert table.loc["some", "satisfied"] == pytest.approx(2.0 / 3.0)
    assert table.loc["some", "worst"] == -1.0


def test_less_can_be_better():
    found = regrets(effects_of(*sweep({"some": [-3.0, -1.0]}), "referrals"), more_is_better=False)
    assert found.set_index("policies").loc["some", "mean"] == 2.0


@pytest.mark.parametrize("happens", [np.ones(POINTS, bool), np.zeros(POINTS, bool)])
def test_what_happens_everywhere_or_nowhere_has_no_box(points, happens):
    with pytest.raises(ExplorationError, match="the same at every point"):
        boxes(points, happens)
