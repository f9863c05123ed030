"""The presets' rates beside the published ones.

    python experiments/baseline/check.py        # 20 replicates of each; writes results/baseline

The presets' values are the centre of the shipped calibration's draws (`centre.py`), and nothing is moved afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import cache
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.calibration.calibration_file import load_calibration
from referral_sim.evidence import published
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.scenario import load_scenario

PLAN = Path(__file__).parents[2] / "scenarios" / "plans" / "calibration" / "plan.yaml"
FOLDER = RESULTS / "baseline"
AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire")
AVERAGE = "england-average"
SEED = 1
# ADCS estimate of contacts, 2007-08 (context, a wide prior): for want of any other figure on contacts.
REFERRALS_PER_CONTACT = 0.39
# 569,300 referrals (DfES return 2005-06) among 11 million children, per 10,000.
ENGLAND_REFERRALS = 518.0


@cache
def fitted() -> frozenset[tuple[str, str, str]]:
    """What the shipped calibration is fitted to, by (preset, measure, group)."""
    targets = load_calibration(PLAN).targets
    return frozenset((t.scenario, t.measure, t.group) for t in targets if t.role == "fit")


def targets() -> dict[tuple[str, str, str], float]:
    """What is published, by (preset, measure, group). The series of registrations is that of Graph 6.2."""
    found: dict[tuple[str, str, str], float] = {}
    for name in (*AUTHORITIES, "england"):
        for row in published(name):
            if row.measure != "registrations" or row.series == "graph_6_2":
                found[AVERAGE if name == "england" else name, row.measure, row.group] = row.value
    found[AVERAGE, "referrals", "all"] = ENGLAND_REFERRALS
    found[AVERAGE, "referrals_per_contact", "all"] = REFERRALS_PER_CONTACT
    return found


def simulate(replicates: int) -> pd.Series:
    """Means over replicates by (preset, measure, group), of the presets without draws."""
    jobs = [Job(load_scenario(name), SEED, r) for name in (*AUTHORITIES, AVERAGE) for r in range(replicates)]
    parts = []
    for result in run_jobs(jobs, workers=os.cpu_count() or 1):
        if result.failure:
            raise SystemExit(result.failure)
        parts.append(result.value.assign(preset=result.task.scenario.name, replicate=result.task.replicate))
    return pd.concat(parts).groupby(["preset", "measure", "group"])["value"].mean()


def tolerance(measure: str, group: str) -> tuple[str, float]:
    """What counts as close: (kind, size)."""
    if measure == "study_source_recorded":
        return "points", 0.05
    if measure == "referrals":
        return "relative", 0.05
    return "relative", 0.10 if measure == "registrations" else 0.15


def check(replicates: int) -> pd.DataFrame:
    """The published figures beside means over replicates."""
    simulated, rows = simulate(replicates), []
    for (preset, measure, group), target in targets().items():
        if (preset, measure, group) not in simulated.index:
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
        role = "fitted" if (preset, measure, group) in fitted() else "check"
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
    parser.add_argument("--replicates", type=int, default=20)
    replicates = parser.parse_args().replicates
    table = check(replicates)
    write_results(table, replicates)
    print(table.round(3).to_string(index=False))


def write_results(table: pd.DataFrame, replicates: int, version: str = "", date: str | None = None) -> None:
    """The table of the check and its page, in results/baseline."""
    write_table(FOLDER, "check", table.round(4))
    text = (
        "[What was asked, and how to read it](../../experiments/baseline/README.md). Means over "
        f'{replicates} replicates of the presets, without draws. "Check" means that nothing was fitted to the '
        f"figure.\n\n{markdown(table)}"
    )
    command = f"python experiments/baseline/check.py --replicates {replicates}"
    write_readme(
        FOLDER, "The presets beside the published figures", text, command, version or version_line(), SEED, date
    )


if __name__ == "__main__":
    main()
