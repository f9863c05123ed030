"""The centre of the shipped draws, and where the presets' values lie among them.

    python experiments/baseline/centre.py            # write the table of docs/calibration.md
    python experiments/baseline/centre.py --write    # put the centre into the presets, then the table

The centre is the posterior's mode as `referral-sim calibrate` finds it (column `mode` of results/calibration/tables/
parameters.csv): the most probable point, which lies on the ridges that tie parameters together. Where a ridge is
curved, a mean of draws does not: Midtown's referrals came out a tenth too high there. Nothing is moved from the mode.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from referral_sim.calibration.calibration_file import Coordinate, Space, load_calibration
from referral_sim.scenario import load_scenario

ROOT = Path(__file__).parents[2]
PRESETS = ROOT / "scenarios" / "authorities"
SHARED = "baseline"
DRAWS = ROOT / "scenarios" / "draws" / "draws.parquet"
PARAMETERS = ROOT / "results" / "calibration" / "tables" / "parameters.csv"
PLAN = ROOT / "scenarios" / "plans" / "calibration" / "plan.yaml"
PAGE = ROOT / "docs" / "calibration.md"
BEGIN, END = "<!-- centre:begin -->", "<!-- centre:end -->"


@cache
def coordinates() -> tuple[Coordinate, ...]:
    """The calibrated parameters of the shipped plan."""
    calibration = load_calibration(PLAN)
    return Space(calibration.parameters, calibration.scenarios).coordinates


def on_scale(coordinate: Coordinate, values: Any) -> Any:
    """Values on the scale of the parameter's prior."""
    return np.log(values) if coordinate.parameter.prior.distribution == "loguniform" else values


def mean(coordinate: Coordinate, draws: pd.DataFrame) -> float:
    """The mean of the draws on the scale of the prior, in the parameter's unit."""
    found = float(on_scale(coordinate, draws[coordinate.name].to_numpy()).mean())
    return float(np.exp(found)) if coordinate.parameter.prior.distribution == "loguniform" else found


def centre(parameters: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The posterior's mode, by preset and key, to four figures, from the calibration's table of parameters."""
    mode = parameters.set_index("parameter")["mode"]
    return {(c.scenario or SHARED, c.parameter.key): float(f"{mode[c.name]:.4g}") for c in coordinates()}


def write(values: dict[tuple[str, str], float]) -> None:
    """Put values into the presets, keeping their comments."""
    yaml = YAML()
    yaml.width = 120
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    for preset in {p for p, _ in values}:
        path = PRESETS / f"{preset}.yaml"
        tree = yaml.load(path)
        for (owner, key), value in values.items():
            if owner != preset:
                continue
            *sections, last = key.split(".")
            node = tree
            for part in sections:
                node = node.setdefault(part, {})
            node[last] = value
        yaml.dump(tree, path)


def value_of(scenario: str, key: str) -> float:
    """A preset's value."""
    node: Any = load_scenario(scenario).model_dump()
    for part in key.split("."):
        node = node[part]
    return float(node)


def places(draws: pd.DataFrame) -> pd.DataFrame:
    """Where each preset's value lies among the draws.

    Returns:
        One row a calibrated parameter: parameter, preset (its value), mean and median of the posterior, sds (preset
        less mean, in standard deviations of the posterior on the prior's scale), quantile (share of draws below).
    """
    rows = []
    for c in coordinates():
        x = draws[c.name].to_numpy()
        y, value = on_scale(c, x), value_of(c.scenario or SHARED, c.parameter.key)
        off = float((on_scale(c, value) - y.mean()) / y.std())
        rows.append((c.name, value, mean(c, draws), float(np.median(x)), off, float((x < value).mean())))
    return pd.DataFrame(rows, columns=["parameter", "preset", "mean", "median", "sds", "quantile"])


def distance(draws: pd.DataFrame) -> tuple[float, float]:
    """How far the presets lie from the mean in all parameters together (Mahalanobis, by the draws' covariance).

    Returns:
        The square of the distance, and the share of draws that lie nearer.
    """
    own = coordinates()
    points = np.stack([on_scale(c, draws[c.name].to_numpy()) for c in own], axis=1)
    preset = np.array([on_scale(c, value_of(c.scenario or SHARED, c.parameter.key)) for c in own])
    precision = np.linalg.inv(np.cov(points.T))
    off = np.concatenate([preset[None], points]) - points.mean(axis=0)
    squares = np.einsum("pi,ij,pj->p", off, precision, off)
    return float(squares[0]), float((squares[1:] < squares[0]).mean())


def together(draws: pd.DataFrame) -> str:
    """The distance in words."""
    square, nearer = distance(draws)
    count = len(coordinates())
    return (
        f"Taken together the presets lie {np.sqrt(square / count):.2f} standard deviations from the mean in each "
        f"direction of the posterior (root mean square over its {count}; a draw lies 1.0 from it); {nearer:.0%} of the "
        "draws lie nearer."
    )


def markdown(table: pd.DataFrame) -> str:
    """The table as the page shows it."""
    lines = [
        "| parameter | preset | posterior mean | posterior median | preset less mean, in sd | quantile |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {r.parameter} | {r.preset:.4g} | {r.mean:.3g} | {r.median:.3g} | {r.sds:+.2f} | {r.quantile:.2f} |"
        for r in table.itertuples()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the centre into the presets")
    draws = pd.read_parquet(DRAWS)
    if parser.parse_args().write:
        write(centre(pd.read_csv(PARAMETERS)))
    text = PAGE.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    table = markdown(places(draws)) + "\n\n" + together(draws)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")
    print(table)


if __name__ == "__main__":
    main()
