"""Helpers of the worked examples: a state on one day, a handful of cases on it, and what a rule did with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers import small
from referral_sim.model import ReferralModel
from referral_sim.records.stages import Outcome, Stage
from referral_sim.state import State

PLAIN: dict[str, Any] = {
    "population__mobility": 0.0,
    "workforce__unlimited": True,
    "programmes__Hill__reach": 1.0,
}


def state_on(day: int = 5, **values: Any) -> State:
    """The small authority on a working day on which nothing has happened yet."""
    state = State(small(**(PLAIN | values)), seed=3)
    while state.day < day:
        state.begin_day()
    return state


def model_on(day: int = 5, **values: Any) -> ReferralModel:
    """The same with agents and stages; the days before were empty."""
    model = ReferralModel(small(**(PLAIN | values)), rng=3)
    while model.state.day < day:
        model.state.begin_day()
    return model


def cases_of(state: State, number: int, area: int | None = None, youngest_below: float = np.inf) -> np.ndarray:
    """Cases of as many different families, all of kind 0; of families of one programme's area where one is given."""
    family = state.concerns.family
    chosen = state.concerns.youngest < youngest_below
    if area is not None:
        chosen &= state.families.area[family] == area
    cases = np.flatnonzero(chosen)
    first = np.unique(family[cases], return_index=True)[1]
    found = np.sort(cases[first])[:number]
    assert len(found) == number
    state.concerns.kind[found] = 0
    return found


def one_family(state: State, number: int) -> np.ndarray:
    """So many cases of one family."""
    family, counts = np.unique(state.concerns.family, return_counts=True)
    found = np.flatnonzero(state.concerns.family == family[np.argmax(counts >= number)])[:number]
    state.concerns.kind[found] = 0
    return found


def lasting_need(state: State, cases: np.ndarray, *need: float) -> None:
    """Give the families of some cases a lasting need, in tiers, and nothing else."""
    family = state.cases.family[cases]
    state.need.baseline[family] = need
    state.need.forget(family)


def rows(state: State, stage: Stage) -> list[tuple[int, str, float, int]]:
    """(case, outcome, level, elapsed) of all rows of a stage, in their order; the level to six digits."""
    log = state.log.columns()
    here = np.flatnonzero(log["stage"] == int(stage))
    return [
        (
            int(log["case"][at]),
            Outcome(int(log["outcome"][at])).name,
            round(float(log["level"][at]), 6),
            int(log["elapsed"][at]),
        )
        for at in here
    ]


def outcomes(state: State, stage: Stage) -> dict[int, str]:
    """Case -> outcome of the rows of a stage."""
    return {case: outcome for case, outcome, *_ in rows(state, stage)}


def sent(moves: Any, step: str) -> list[int]:
    """The cases that a stage sends on to a step."""
    return [case for move in moves or () if move.step == step for case in move.cases.tolist()]
