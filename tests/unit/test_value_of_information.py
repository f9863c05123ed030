"""Value of information on cases whose answer is known by formula."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from referral_sim.answers.value_of_information import ALL, narrowed, value_of_information

pytest.importorskip("sklearn")
DRAWS = 2000
NORMAL = NormalDist()


def unit_normal_loss(mean: float, sd: float) -> float:
    """E max(0, X) less max(0, E X) of a normal X: sd phi(m / sd) + m Phi(m / sd) - max(0, m)."""
    return sd * NORMAL.pdf(mean / sd) + mean * NORMAL.cdf(mean / sd) - max(0.0, mean)


@pytest.fixture(scope="module")
def toy() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The gain of acting is 1 + 3 a + 2 b + chance, of normal a and b; c says nothing."""
    random = np.random.default_rng(5)
    known = pd.DataFrame(random.standard_normal((DRAWS, 3)), columns=["a", "b", "c"])
    gain = 1.0 + 3.0 * known["a"] + 2.0 * known["b"] + 4.0 * random.standard_normal(DRAWS)
    return pd.DataFrame({"wait": 0.0, "act": gain}), known


@pytest.mark.parametrize(("group", "sd"), [("a", 3.0), ("b", 2.0), (ALL, math.sqrt(13.0))])
def test_a_linear_toy_gives_the_value_of_the_formula(toy, group, sd):
    found = value_of_information(*toy).set_index("group").loc[group]
    assert found["decision"] == "act"
    assert found["value"] == pytest.approx(unit_normal_loss(1.0, sd), abs=3.0 * found["standard_error"] + 0.03)
    assert 0.0 < found["standard_error"] < 0.15


def test_what_says_nothing_is_worth_nothing(toy):
    found = value_of_information(*toy).set_index("group")
    assert found["value"]["c"] < 0.01
    assert found["share"]["c"] < 0.01


def test_what_two_parameters_do_together_only_is_seen_in_their_group():
    """The gain is 4 a b of a and b uniform on -1 to 1: neither alone says anything; E max(0, 4 a b) = 4 / 2 x 1/4."""
    random = np.random.default_rng(6)
    known = pd.DataFrame(random.uniform(-1.0, 1.0, (DRAWS, 2)), columns=["a", "b"])
    benefits = pd.DataFrame({"wait": 0.0, "act": 4.0 * known["a"] * known["b"]})
    found = value_of_information(benefits, known, {"a": ["a"], "b": ["b"], "both": ["a", "b"]}).set_index("group")
    assert found["value"]["a"] < 0.06
    assert found["value"]["both"] == pytest.approx(0.5, abs=0.05)


def test_a_decision_that_never_changes_gains_nothing_by_knowing(toy):
    benefits, known = toy
    found = value_of_information(benefits.assign(act=benefits["act"] + 100.0), known)
    assert found["value"].max() < 1e-9


def test_a_figure_with_less_chance_narrows_more():
    """The effect is a; figures are a with chance of sd 0.5 and 2: they explain 1 / (1 + sd^2), 0.8 and 0.2."""
    random = np.random.default_rng(7)
    a = pd.Series(random.standard_normal(DRAWS))
    figures = pd.DataFrame({sd: a + sd * random.standard_normal(DRAWS) for sd in (0.5, 2.0)})
    found = narrowed(a, figures.rename(columns=str)).set_index("figure")["explained"]
    assert found["0.5"] == pytest.approx(0.8, abs=0.03)
    assert found["2.0"] == pytest.approx(0.2, abs=0.04)
    assert found.index[0] == ALL


def test_one_thread_works_it_out(toy, monkeypatch):
    import threadpoolctl
    from sklearn.linear_model import BayesianRidge

    threads = []

    def watched(self, *about, fit=BayesianRidge.fit):
        threads.extend(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
        return fit(self, *about)

    monkeypatch.setattr(BayesianRidge, "fit", watched)
    benefits, known = toy
    value_of_information(benefits, known)
    narrowed(benefits["act"], known)
    assert set(threads) == {1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b, k: (b[:30], k[:30]), "30 draws are too few"),
        (lambda b, k: (b[:-1], k), "1999 rows of benefits and 2000"),
        (lambda b, k: (b[["act"]], k), "two alternatives"),
        (lambda b, k: (b, k.assign(a=math.nan)), "not finite"),
    ],
)
def test_what_cannot_be_answered_is_refused(toy, change, said):
    with pytest.raises(ValueError, match=said):
        value_of_information(*change(*toy))
