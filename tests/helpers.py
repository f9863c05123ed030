"""Small authorities that run in a fraction of a second."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario


def load_script(name: str, path: Path) -> ModuleType:
    """A script of the repository, which is in no package, as a module of this name."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def small(**values: Any) -> Scenario:
    """Two localities, two programmes (one cut by both patches), no liaison post; dotted keys as in ``with_values``.

    Much happens and programmes see most of it, so that a run of few families meets every stage.
    """
    scenario = Scenario.model_validate(
        {
            "name": "small",
            "title": "A small authority",
            "time": {"warm_up_months": 2, "years": 1},
            "population": {"children": 2500, "deprived_share": 0.5},
            "trouble": {"rate": 0.6},
            "localities": {"North": {"share": 2.0, "posts": 2}, "South": {"share": 1.0, "posts": 1}},
            "programmes": {
                "Hill": {
                    "children_under_five": 120,
                    "localities": {"North": 1.0},
                    "studied": True,
                    "workers": 3,
                    "reach": 0.8,
                },
                "Dale": {
                    "children_under_five": 120,
                    "localities": {"North": 0.4, "South": 0.6},
                    "workers": 3,
                    "reach": 0.8,
                },
            },
            "practice": {"detection": 0.8},
            "protection": {"threshold": 3.2, "routing": 0.9},
        }
    )
    return scenario.with_values(**values)


def post(kind: str = "outposted_social_worker", **values: Any) -> dict[str, Any]:
    """One liaison post as a scenario writes it."""
    return {"kind": kind, **values}


def run(scenario: Scenario, seed: int = 1, replicate: int = 0) -> ReferralModel:
    """A run to its end."""
    return ReferralModel(scenario, rng=seed, replicate=replicate).run()


def ever_in(model: ReferralModel, *areas: int) -> np.ndarray:
    """Flags of the families who live in some programmes' areas on any day, shape (families,)."""
    rows = np.arange(len(model.families))
    inside = np.zeros(len(rows), dtype=bool)
    for day in range(model.calendar.days):
        inside |= np.isin(model.state.residence.at(rows, day)[1], areas)
    return inside


def digest(table: pd.DataFrame) -> str:
    """SHA-256 over the columns of a table in their order, their names included; floats rounded to six places."""
    hashed = hashlib.sha256()
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_float_dtype(column):
            words = [f"{value:.6f}" for value in (column.astype(float).round(6) + 0.0).tolist()]
        else:
            words = [str(value) for value in column.tolist()]
        hashed.update("\x1f".join([str(name), *words, "\x1e"]).encode())
    return hashed.hexdigest()


def same_columns(one: Any, other: Any, but: tuple[str, ...] = ()) -> None:
    """Fail unless two dataclasses of arrays (families, potential signs) are equal, array by array, bit for bit."""
    assert type(one) is type(other)
    for field in dataclasses.fields(one):
        if field.name not in but:
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def same_rows(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Fail unless two tables are equal in all columns, bit for bit; their row labels do not count."""
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True), check_exact=True)
