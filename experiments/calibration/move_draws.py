"""Move the shipped draws to the presets of today, with the spread that the last calibration left them.

    python experiments/calibration/move_draws.py

A stopgap between a change of the model and the next calibration. Each column keeps its draws' distances from their
median, as ratios (of odds, for shares; as differences, for the margin), and their places together; the median becomes
the preset's value. Draws stay within the priors. What a figure under these draws says of parameters is how sure the
last calibration was, not what the figures say of this model. `protection.continuing_harm` and
`trouble.need_sensitivity`, which no calibration has seen yet, are spread evenly about the presets' values, from 0.6 and
0.67 to 1.6 and 1.5 times.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from referral_sim.experiment.draws import write_draws
from referral_sim.scenario import load_scenario

ROOT = Path(__file__).parents[2]
FOLDER, PRIORS = ROOT / "scenarios" / "draws", ROOT / "scenarios" / "plans" / "calibration" / "parameters.yaml"
GONE, NEW = "need.previously_registered", "trouble.need_sensitivity"
DIFFERENCES = {"front_door.referral_margin"}


def value_of(name: str) -> float:
    """The preset's value of a column: the authority's own, or the one that all share."""
    preset, _, key = name.rpartition("/")
    node = load_scenario(preset or "england-average").model_dump(mode="json")
    for part in key.split("."):
        node = node[part]
    return float(node)


def main() -> None:
    draws = pd.read_parquet(FOLDER / "draws.parquet")
    priors = YAML(typ="safe").load(PRIORS)
    rng = np.random.default_rng(2006)
    if GONE in draws:
        draws = draws.rename(columns={GONE: NEW})
        draws[NEW] = value_of(NEW) * np.exp(rng.uniform(-0.4, 0.4, len(draws)))
    for name in draws.columns.drop("draw"):
        low, high = priors[name.rpartition("/")[2]]["prior"]["range"]
        old, centre = draws[name], value_of(name)
        middle = float(old.median())
        if name in DIFFERENCES:
            moved = old + centre - middle
        elif high <= 1.0:
            odds, top = old / (1.0 - old), max(min(centre, 0.98), 0.01)
            odds = odds * (top / (1.0 - top)) / (middle / (1.0 - middle))
            moved = odds / (1.0 + odds)
        else:
            moved = old * centre / middle
        draws[name] = moved.clip(min(low, centre), max(high, centre))
    misfits = json.loads((FOLDER / "draws.json").read_text("utf-8"))["misfits"]
    notes = {"moved": "to the presets of this model, with the spread of the calibration before"}
    write_draws(FOLDER, draws, {"notes": notes, "misfits": misfits})


if __name__ == "__main__":
    main()
