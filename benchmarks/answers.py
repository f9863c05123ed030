"""How long ``explore`` (5,000 runs), ``voi`` (2,000 draws) and ``power`` (one policy) take, runs left out.

    python benchmarks/answers.py

Tables are made up, with as many columns as the shipped draws have parameters. Asked are 20, 60 and 180 seconds on two
quiet cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from referral_sim.answers.exploration import boxes, feature_scores, regrets
from referral_sim.answers.study_power import DESIGNS, Noise, study_table
from referral_sim.answers.value_of_information import value_of_information

PARAMETERS = 29
RUNS, DRAWS = 5_000, 2_000


def explore(random: np.random.Generator) -> None:
    points = pd.DataFrame(random.random((RUNS // 2, PARAMETERS)), columns=[f"p{n}.x" for n in range(PARAMETERS)])
    effect = points["p0.x"] * points["p1.x"] - 0.3 + random.normal(0.0, 0.05, len(points))
    rows = pd.DataFrame({"scenario": "s", "policies": "p", "future": range(len(points)), "effect": effect})
    regrets(rows, more_is_better=True)
    feature_scores(points, effect.to_numpy())
    boxes(points, effect.to_numpy() < 0.0)


def voi(random: np.random.Generator) -> None:
    known = pd.DataFrame(random.random((DRAWS, PARAMETERS)), columns=[f"p{n}.x" for n in range(PARAMETERS)])
    gain = known["p0.x"] - 0.5 + random.normal(0.0, 0.5, DRAWS)
    value_of_information(pd.DataFrame({"none": 0.0, "policy": gain}), known)


def power(random: np.random.Generator) -> None:
    study_table(random.normal(-5.0, 2.0, DRAWS), Noise(12.0, 100.0), [one(20, 3) for one in DESIGNS])


def main() -> None:
    answers: tuple[tuple[Callable[[np.random.Generator], None], float], ...] = (
        (explore, 20.0),
        (voi, 60.0),
        (power, 180.0),
    )
    for answer, asked in answers:
        began, used = time.perf_counter(), time.process_time()
        answer(np.random.default_rng(1))
        passed, worked = time.perf_counter() - began, time.process_time() - used
        print(f"{answer.__name__:8}{passed:7.1f} s ({worked:.1f} s of processor; asked: {asked:.0f} s)")


if __name__ == "__main__":
    main()
