"""Helpers of the worked examples: a state on one day, a handful of cases on it, and what a rule did with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers import small
from referral_sim.model import ReferralModel
from referral_sim.records.stages import Outcome, Stage
from referral_sim.state import State

LONG_OVER = -1e6  # an offset
PLAIN: dict[str, Any] = {
    "population__mobility": 0.0,
    "workforce__unlimited": True,
    "programmes__Hill__reach": 1.0,
    "families__stigma": 0.0,
    "collaboration__nearness": 0.0,
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
    """Cases of trouble of one child in as many different families, all of kind 0; in one programme's area if given."""
    signs = state.signs
    family = signs.family
    chosen = (signs.youngest < youngest_below) & (signs.trouble >= 0) & state.families.here_at(0.0)[family]
    if area is not None:
        chosen &= state.families.area[family] == area
    cases = np.flatnonzero(chosen)
    first = np.unique(family[cases], return_index=True)[1]
    found = np.sort(cases[first])[:number]
    assert len(found) == number
    signs.kind[found] = 0
    state.troubles.all_children[signs.trouble[found]] = False
    return found


def one_family(state: State, number: int) -> np.ndarray:
    """So many cases of one family."""
    family, counts = np.unique(state.signs.family, return_counts=True)
    found = np.flatnonzero(state.signs.family == family[np.argmax(counts >= number)])[:number]
    state.signs.kind[found] = 0
    return found


def no_trouble(state: State, family: np.ndarray) -> None:
    """All trouble of some families is long over."""
    some = np.flatnonzero(np.isin(state.troubles.family, family))
    state.troubles.growth[some] = 0.0
    state.troubles.end[some] = state.troubles.stop[some] = LONG_OVER


def lasting_need(state: State, cases: np.ndarray, *need: float) -> None:
    """Give the families of some cases a lasting need, in tiers, and no trouble."""
    family = state.cases.family[cases]
    state.troubles.baseline[family] = need
    no_trouble(state, family)


def in_trouble(state: State, cases: np.ndarray, *size: float, baseline: float = 1.0, **columns: Any) -> np.ndarray:
    """Give the families of some cases one trouble each that stands still and nothing else; returns the troubles.

    Args:
        state: the run.
        cases: cases of different families.
        size: of each trouble, in tiers.
        baseline: lasting need of the families.
        columns: other columns of the troubles; if not given they began ten days ago, end after the run, and neither
            resist help nor come back.
    """
    lasting_need(state, cases, *([baseline] * len(cases)))
    here, trouble = state.troubles, state.signs.trouble[cases]
    began = state.offset - 10.0
    usual = {"onset": began, "start": began, "growth": 0.0, "end": 1e6, "turned": np.inf, "kind": 0, "tries": 0}
    for name, value in (usual | {"resists": 0.0, "returns": 0.999} | columns | {"size": size}).items():
        getattr(here, name)[trouble] = value
    here.stop[trouble] = np.minimum(here.end[trouble], here.turned[trouble])
    return trouble


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


def all_accept(family: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Every family accepts what it is offered."""
    return np.ones(len(family), dtype=bool)


def sent(moves: Any, step: str) -> list[int]:
    """The cases that a stage sends on to a step."""
    return [case for move in moves or () if move.step == step for case in move.cases.tolist()]
