"""Move the presets' values from the centre of the shipped calibration as far as the published figures ask, not farther.

    python experiments/baseline/fit.py              # fit from the values that stand in the presets, and write them
    python experiments/baseline/fit.py --check      # fit nothing; run 20 replicates and write the table of results

Each value is moved in small steps by the one figure that it governs most (a stochastic approximation): the
referral margin by the referral rate, routing by registrations, and so on; `knobs` lists them all. The random
numbers are the same in every round, so that a round differs from the last by its settings alone.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.evidence import published
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.scenario import load_scenario

HERE = Path(__file__).parent
PRESETS = HERE.parents[1] / "scenarios" / "authorities"
FOLDER = RESULTS / "baseline"
AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire")
SEED = 2006
CHECK_SEED = 1  # the closing check meets other families than the fit did
SHARED = "baseline"
# Small authorities need more replicates a round for the same precision, and cost less.
MORE = {"southshire": 1, "midtown": 2, "england-average": 2, "east-borough": 3, "city-borough": 8}
AVERAGE = "england-average"  # its own values are fitted to England's funnel; the four together fit the shared ones
ENOUGH = 0.5  # a value stays where it is while its figure misses by less than this share of the tolerance


# East Borough recorded no self-referral among 125. A share cannot be fitted to nothing on the scale of odds; the
# fit aims at half a case.
HALF_A_CASE = 0.5 / 126
# ADCS estimate of contacts, 2007-08 (context, a wide prior): a target for want of any other figure on contacts.
REFERRALS_PER_CONTACT = 0.39
# 569,300 referrals (DfES return 2005-06) among 11 million children, per 10,000.
ENGLAND_REFERRALS = 518.0


@dataclass(frozen=True)
class Knob:
    """A value, the figure it is fitted to, and how a miss moves it."""

    preset: str
    key: str
    measure: str
    group: str
    move: Callable[[float, float, float], float]  # (value, simulated, target) -> new value
    low: float
    high: float


def steeper(gain: float) -> Callable[[float, float, float], float]:
    """Add ``gain`` tiers (or days) for each unit of log(target / simulated)."""
    return lambda x, sim, target: x + gain * math.log(target / max(sim, 1e-6))


def in_ratio(power: float) -> Callable[[float, float, float], float]:
    """Multiply by the ratio of target to simulated, damped."""
    return lambda x, sim, target: x * (target / max(sim, 1e-6)) ** power


def in_odds(power: float) -> Callable[[float, float, float], float]:
    """Multiply by the ratio of the odds, damped."""

    def move(x: float, sim: float, target: float) -> float:
        sim = min(max(sim, HALF_A_CASE), 0.9999)
        return x * ((target / (1 - target)) / (sim / (1 - sim))) ** power

    return move


def by_difference(gain: float) -> Callable[[float, float, float], float]:
    """Add ``gain`` times the difference."""
    return lambda x, sim, target: x + gain * (target - sim)


def knobs() -> list[Knob]:
    """Every fitted value."""
    out = [
        Knob(SHARED, "front_door.referral_margin", "initial_assessments_per_referral", "all", steeper(-0.5), -1.0, 3.5),
        Knob(SHARED, "assessment.complex_need", "core_assessments_per_referral", "all", steeper(-0.5), 3.0, 9.0),
        Knob(SHARED, "assessment.initial_days", "initial_assessments_in_time", "all", by_difference(-5.0), 1.0, 20.0),
        Knob(SHARED, "assessment.core_days", "core_assessments_in_time", "all", by_difference(-25.0), 5.0, 60.0),
        Knob(SHARED, "protection.continuing_harm", "on_register", "all", steeper(-0.5), 0.2, 3.0),
        Knob(SHARED, "trouble.need_sensitivity", "re_registered", "all", steeper(0.3), 0.2, 1.6),
    ]
    for name in (AVERAGE, *AUTHORITIES):
        registered = "registrations_per_referral" if name == AVERAGE else "registrations"
        out += [
            Knob(name, "noticing.visibility", "referrals", "all", in_ratio(0.8), 0.001, 1.0),
            Knob(name, "protection.routing", registered, "all", in_ratio(0.8), 0.02, 1.0),
        ]
        if name not in ("southshire", AVERAGE):  # their sources are not in Table 6.3
            mix = "noticing.authority_mix."
            group = "source:"
            out += [
                Knob(name, mix + s, "study_source_recorded", group + s, in_odds(0.6), 0.02, 40.0)
                for s in ("police", "self_or_carer")
            ]
    return out


def targets() -> dict[tuple[str, str, str], float]:
    """What is fitted to, by (preset, measure, group). The series of registrations is that of Graph 6.2."""
    found: dict[tuple[str, str, str], float] = {}
    for name in (*AUTHORITIES, "england"):
        for row in published(name):
            if row.measure == "registrations" and row.series != "graph_6_2":
                continue
            for preset in (SHARED, AVERAGE) if name == "england" else (name,):
                found[preset, row.measure, row.group] = row.value
    found["east-borough", "study_source_recorded", "source:self_or_carer"] = HALF_A_CASE
    found[AVERAGE, "referrals", "all"] = ENGLAND_REFERRALS
    found[SHARED, "referrals_per_contact", "all"] = REFERRALS_PER_CONTACT
    return found


def simulate(replicates: int, more: dict[str, int] | None = None, seed: int = SEED) -> pd.Series:
    """Means over replicates by (preset, measure, group); ``baseline`` is the mean of the four by their children."""
    times = more or MORE
    scenarios = {name: load_scenario(name) for name in times}
    jobs = [Job(scenarios[name], seed, r) for name in times for r in range(replicates * times[name])]
    parts = []
    for result in run_jobs(jobs, workers=os.cpu_count() or 1):
        if result.failure:
            raise SystemExit(result.failure)
        parts.append(result.value.assign(preset=result.task.scenario.name, replicate=result.task.replicate))
    means = pd.concat(parts).groupby(["preset", "measure", "group"])["value"].mean()
    if not set(AUTHORITIES) <= set(times):
        return means
    weights = pd.Series({n: float(scenarios[n].population.children) for n in AUTHORITIES})
    wide = means.unstack("preset")[list(AUTHORITIES)].dropna()
    shared = (wide * weights).sum(axis=1) / weights.sum()
    return pd.concat([means, pd.concat({SHARED: shared}, names=["preset"])])


def read(preset: str, key: str) -> float:
    node = YAML().load(PRESETS / f"{preset}.yaml")
    for part in key.split("."):
        node = node[part]
    return float(node)


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
                node = node[part]
            node[last] = float(f"{value:.4g}")
        yaml.dump(tree, path)


def fit(rounds: int, replicates: int, only: str | None) -> None:
    wanted = targets()
    for number in range(rounds):
        simulated = simulate(replicates, {only: MORE[only]} if only else None)
        moved, worst = {}, 0.0
        for knob in (k for k in knobs() if only in (None, k.preset)):
            where = (knob.preset, knob.measure, knob.group)
            x, sim, target = read(knob.preset, knob.key), float(simulated[where]), wanted[where]
            kind, size = tolerance(knob.measure, knob.group)
            miss = sim - target if kind == "points" else sim / target - 1.0
            if abs(miss) > ENOUGH * size:
                moved[knob.preset, knob.key] = min(max(knob.move(x, sim, target), knob.low), knob.high)
            worst = max(worst, abs(sim - target) / max(target, 0.1))
            print(f"{knob.preset:14}{knob.key:36}{x:8.4g} {knob.measure:34}{sim:9.4g} (target {target:.4g})")
        write(moved)
        print(f"-- round {number + 1}: {len(moved)} values moved, worst miss {worst:.1%}", flush=True)
        if not moved:
            break


def tolerance(measure: str, group: str) -> tuple[str, float]:
    """What counts as close: (kind, size)."""
    if measure == "study_source_recorded":
        return "points", 0.05
    if measure == "referrals":
        return "relative", 0.05
    return "relative", 0.10 if measure == "registrations" else 0.15


def check(replicates: int) -> pd.DataFrame:
    """The fitted figures over many replicates, beside their targets."""
    simulated, rows = simulate(replicates, dict.fromkeys(MORE, 1), CHECK_SEED), []
    for (preset, measure, group), target in targets().items():
        if (preset, measure, group) not in simulated.index:
            continue
        if measure == "study_source_recorded" and group not in ("source:police", "source:self_or_carer"):
            continue
        sim = float(simulated[preset, measure, group])
        kind, size = tolerance(measure, group)
        miss = sim - target if kind == "points" else sim / target - 1.0
        within = abs(miss) <= size
        if measure == "sslp_area_referral_ratio":  # derived, with an interval of its own
            (derived,) = published(preset, measure)
            assert derived.low is not None
            assert derived.high is not None
            within = derived.low <= sim <= derived.high
            kind, size = f"{derived.low:g} to {derived.high:g}", float("nan")
        fitted = any((k.preset, k.measure, k.group) == (preset, measure, group) for k in knobs())
        role = "fitted" if fitted else "check"
        rows.append((preset, measure, group, sim, target, miss, kind, size, role, within))
    names = ["preset", "measure", "group", "simulated", "target", "miss", "kind", "tolerance", "role", "within"]
    return pd.DataFrame(rows, columns=names)


def markdown(table: pd.DataFrame) -> str:
    """The table as the README shows it."""
    lines = ["| preset | measure | simulated | target | miss | allowed | role | |", "|---|---|--:|--:|--:|--:|---|---|"]
    for row in table.itertuples():
        name = row.measure if row.group == "all" else f"{row.measure}, {row.group}"
        unit = " points" if row.kind == "points" else "%"
        allowed = f"{row.tolerance * 100:.0f}{unit}" if row.kind in ("points", "relative") else row.kind
        lines.append(
            f"| {row.preset} | {name} | {row.simulated:.4g} | {row.target:.4g} | {row.miss * 100:+.1f}{unit} "
            f"| {allowed} | {row.role} | {'within' if row.within else '**outside**'} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fit nothing")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--replicates", type=int, default=4, help="replicates a round")
    parser.add_argument("--only", choices=[AVERAGE, *AUTHORITIES], help="fit the own values of one preset")
    parser.add_argument("--final", type=int, default=20, help="replicates of the closing check")
    options = parser.parse_args()
    if not options.check:
        fit(options.rounds, options.replicates, options.only)
    table = check(options.final)
    write_results(table, options.final)
    print(table.round(3).to_string(index=False))


def write_results(table: pd.DataFrame, replicates: int, version: str = "", date: str | None = None) -> None:
    """The table of the check and its page, in results/baseline."""
    write_table(FOLDER, "fit", table.round(4))
    text = (
        "[What was asked, and how to read it](../../experiments/baseline/README.md). Means over "
        f'{replicates} replicates with another seed than the fit\'s. "Check" means that nothing was fitted to the '
        f"figure.\n\n{markdown(table)}"
    )
    command = f"python experiments/baseline/fit.py --check --final {replicates}"
    write_readme(FOLDER, "The presets' fitted values", text, command, version or version_line(), CHECK_SEED, date)


if __name__ == "__main__":
    main()
