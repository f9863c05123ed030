"""City Borough's arrangement put into Midtown and East Borough, under the draws and under the priors.

    python experiments/transplants/report.py                # 200 pairs of runs an authority: half an hour on two cores
    python experiments/transplants/report.py --pairs 20     # quick, to try it

Writes results/transplants.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, ROOT, version_line, write_readme, write_table

from referral_sim.calibration.calibration_file import Space, load_calibration
from referral_sim.calibration.calibration_report import markdown_table
from referral_sim.experiment.draws import SHIPPED, Draws, load_draws, under_draws, write_draws
from referral_sim.experiment.executors import usable_cores
from referral_sim.experiment.jobs import Job, OutcomeSelector, run_jobs, take_measures
from referral_sim.experiment.summaries import REPLICATES_PER_DRAW
from referral_sim.measures.table import MEASURES, SHARE
from referral_sim.scenario import load_scenario

FOLDER = RESULTS / "transplants"
PLAN = ROOT / "scenarios" / "plans" / "calibration" / "plan.yaml"
POLICY, INTO, SEED, PAIRS = "city-borough-model", ("midtown", "east-borough"), 2006, 200
OF_THE_PRIOR = 4
"""One pair under the priors for so many under the draws."""
QUESTION = ("referrals", "registrations", "need_at_referral", "days_of_unmet_need")
"""What the study's question is of."""
EFFECTS = (*QUESTION, "sslp_referrals_to_social_services")
SURE = 0.9
"""A direction counts as known when at least this share of the pairs has it."""
NARROWER = 0.8
"""The figures count as saying something of the size when their band is at most this share of the priors'."""
TEXT = """What would happen if the others worked as City Borough did?
([Question and method](../../experiments/transplants/README.md).) Differences of single years, the same families and the
same chances with and without, one pair a draw. In brackets the standard error of a probability; where all pairs go one
way, the 95% bound.

{sentences}

What a post or a panel does in the model is assumed (`collaboration`), is no calibrated parameter, and is the same under
draws and priors. So these answers rest on assumptions by more than the comparison of the two shows.

All of it in numbers, in the measures' units; `rises` and `falls` are shares of the pairs, `error` the standard error of
the larger.

{table}"""


def of_the_priors(count: int, folder: Path) -> Draws:
    """Draws from the priors of the shipped calibration, each parameter by itself."""
    calibration = load_calibration(PLAN)
    space = Space(calibration.parameters, calibration.scenarios)
    shares = np.random.default_rng(np.random.SeedSequence([SEED, 5])).random((count, space.size))
    write_draws(folder, pd.DataFrame(space.values(shares), columns=space.names))
    return load_draws(str(folder))


def effects(authority: str, draws: Draws, pairs: int, workers: int) -> pd.DataFrame:
    """Differences with less without the policy, one row a pair, one column a measure of ``EFFECTS``.

    Raises:
        RuntimeError: if a run fails.
    """
    base, other = load_scenario(authority), load_scenario(authority, policies=[POLICY])
    take = partial(take_measures, outcomes=tuple(OutcomeSelector(measure, "all") for measure in EFFECTS))
    laid = under_draws(draws, (base, other))
    sides = {
        Job(laid(scenario, REPLICATES_PER_DRAW * k), SEED, k, take): (side, k)
        for k in range(pairs)
        for side, scenario in enumerate((base, other))
    }
    found = np.full((2, pairs, len(EFFECTS)), np.nan)
    for result in run_jobs(list(sides), workers):
        if result.value is None:
            raise RuntimeError(f"{result.task.scenario.name}: {result.failure}")
        found[sides[result.task]] = result.value.set_index("measure")["value"].reindex(EFFECTS)
    return pd.DataFrame(found[1] - found[0], columns=list(EFFECTS))


def summary(differences: pd.DataFrame) -> pd.DataFrame:
    """How differences are spread.

    Args:
        differences: one row a pair, one column a measure.

    Returns:
        One row a measure: measure, pairs, low, mid, high (90% interval of the difference of single years), rises (share
        of pairs above 0), falls, error (of the larger of the two: its standard error, or how far below 1 it may be with
        95% confidence where all pairs go one way).
    """
    rows = []
    for measure in differences:
        y = differences[measure].dropna()
        low, mid, high = np.quantile(y, [0.05, 0.5, 0.95])
        rises, falls = float((y > 0).mean()), float((y < 0).mean())
        most = max(rises, falls)
        error = (most * (1.0 - most) / len(y)) ** 0.5 if most < 1.0 else 1.0 - 0.05 ** (1.0 / len(y))
        rows.append((measure, len(y), low, mid, high, rises, falls, error))
    return pd.DataFrame(rows, columns=["measure", "pairs", "low", "mid", "high", "rises", "falls", "error"])


def sentences(table: pd.DataFrame) -> list[str]:
    """A sentence or two for each authority and measure of the study's question, in Markdown.

    Args:
        table: as :func:`summary` gives it, with authority and distribution (draws or priors).

    Returns:
        The probability that the measure changes and which way, its band, what the priors alone say, and what follows
        for how much rests on them.
    """
    found = {(r["authority"], r["measure"], r["distribution"]): r for r in table.to_dict("records")}
    return [
        _sentence(authority, measure, found[authority, measure, "draws"], found[authority, measure, "priors"])
        for authority in dict.fromkeys(table["authority"])
        for measure in QUESTION
        if (authority, measure, "draws") in found
    ]


def _sentence(authority: str, name: str, drawn: Mapping[Any, Any], prior: Mapping[Any, Any]) -> str:
    measure = MEASURES[name]
    unit, size = ("percentage points", 100.0) if measure.unit == SHARE else (measure.unit, 1.0)
    way, key = ("lower", "falls") if drawn["falls"] >= drawn["rises"] else ("higher", "rises")
    chance, before = float(drawn[key]), float(prior[key])
    width = (drawn["high"] - drawn["low"]) / max(prior["high"] - prior["low"], 1e-12)

    def signed(value: float) -> str:
        return f"{value * size:+.{measure.digits}f}"

    return (
        f"- **{measure.label}, {authority}**: {way} with probability {chance:.3f} ({drawn['error']:.3f}; "
        f"{drawn['pairs']} pairs); middle {signed(drawn['mid'])}, 90% of single years between {signed(drawn['low'])} "
        f"and {signed(drawn['high'])} {unit}. With the priors alone: {way} with probability {before:.2f}, between "
        f"{signed(prior['low'])} and {signed(prior['high'])}. {_verdict(chance, before, width)}"
    )


def _verdict(chance: float, before: float, width: float) -> str:
    if chance < SURE:
        direction = "The direction is open"
    elif before >= SURE:
        direction = "The direction was there before any figure: it rests on the model and the priors"
    else:
        direction = "The direction comes from the published figures"
    if width <= NARROWER:
        return f"{direction}; the figures narrow the band to {width:.0%} of the priors'."
    return f"{direction}; the size rests on the priors (the band is {width:.0%} of theirs)."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="pairs of runs under the draws")
    parser.add_argument("--workers", type=int, default=usable_cores(), metavar="N")
    asked = parser.parse_args()
    kept = RESULTS / "large" / "transplants"
    kept.mkdir(parents=True, exist_ok=True)
    few = max(asked.pairs // OF_THE_PRIOR, 3)
    parts = []
    for authority in INTO:
        for name, draws, pairs in (
            ("draws", load_draws(SHIPPED), asked.pairs),
            ("priors", of_the_priors(few, kept), few),
        ):
            found = summary(effects(authority, draws, pairs, asked.workers))
            parts.append(found.assign(authority=authority, distribution=name))
            print(f"{authority}, {name}: {pairs} pairs", file=sys.stderr, flush=True)
    table = pd.concat(parts, ignore_index=True)
    table = table[["authority", "distribution", *table.columns.drop(["authority", "distribution"])]]
    write_table(FOLDER, "transplants", table)
    text = TEXT.format(sentences="\n".join(sentences(table)), table=markdown_table(table))
    pairs = "" if asked.pairs == PAIRS else f" --pairs {asked.pairs}"
    command = "make results-transplants" if not pairs else f"python experiments/transplants/report.py{pairs}"
    write_readme(FOLDER, "City Borough's arrangement in the others", text, command, version_line(), SEED)


if __name__ == "__main__":
    main()
