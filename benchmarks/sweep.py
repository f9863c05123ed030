"""What a sweep costs beyond its runs, and what a second worker is worth.

    python benchmarks/sweep.py [--runs 400] [--rounds 1] [--many 500 5000]

Prints the time of two workers over that of one for the same Midtown runs (limit 0.56, on two free cores); the cost of
a run beyond the model's own time (limit 8 ms: wall time less the time inside the runs, one worker, its start left out);
and how much the memory of the process that fills the folder grows from few to many short runs (limit 60 MB).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from referral_sim.experiment import ParquetStore, ProcessExecutor, load_plan
from referral_sim.experiment.running import sweep_runs

SHORT = """name: short
title: Short runs
time: {warm_up_months: 0, years: 1}
population: {children: 300, deprived_share: 0.5}
"""
PEAK = """
import resource, sys
from referral_sim.experiment import ParquetStore, ProcessExecutor, load_plan
from referral_sim.experiment.running import sweep_runs
if __name__ == "__main__":
    plan, store = load_plan(sys.argv[1]), ParquetStore(sys.argv[2])
    count = sum(1 for _ in sweep_runs(plan, executor=ProcessExecutor(2), store=store))
    print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""


def timed(folder: Path, scenario: str, runs: int, workers: int) -> tuple[float, float]:
    """Wall seconds from the first run's end to the last's, and the seconds inside all runs but the first."""
    plan = folder / f"{scenario}.yaml.plan"
    plan.write_text(f"scenario: {scenario}\nreplicates: {runs + workers}\n")
    with tempfile.TemporaryDirectory(dir=folder) as out:
        inside, started = [], 0.0
        store = ParquetStore(Path(out) / "s")
        for number, finished in enumerate(sweep_runs(load_plan(plan), executor=ProcessExecutor(workers), store=store)):
            if finished.status != "done":
                raise SystemExit(finished.reason)
            if number < workers:
                started = time.perf_counter()  # the workers have started
            else:
                inside.append(finished.seconds)
        return time.perf_counter() - started, sum(inside)


def peak(folder: Path, runs: int) -> float:
    """Megabytes at most of the process that fills the folder."""
    (folder / "short.yaml").write_text(SHORT)
    plan = folder / f"short-{runs}.plan"
    plan.write_text(f"scenario: short.yaml\nreplicates: {runs}\n")
    script = folder / "peak.py"
    script.write_text(PEAK)
    command = [sys.executable, str(script), str(plan), str(folder / f"s{runs}")]
    made, most = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    if int(made) != runs:
        raise SystemExit(f"{made} runs instead of {runs}")
    return float(most)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--many", type=int, nargs=2, default=(500, 5000))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratios, costs = [], []
        for _ in range(asked.rounds):
            one, inside = timed(folder, "midtown", asked.runs, 1)
            two, _ = timed(folder, "midtown", asked.runs, 2)
            ratios.append(two / one)
            costs.append((one - inside) / asked.runs * 1000)
            print(
                f"{asked.runs} midtown runs: one worker {one:.1f} s (inside the runs {inside:.1f} s), two {two:.1f} s"
            )
        print(f"two workers over one: {statistics.median(ratios):.3f} (limit 0.56)")
        print(f"cost beyond the model's time: {statistics.median(costs):.2f} ms a run (limit 8)")
        few, many = (peak(folder, runs) for runs in asked.many)
        print(f"memory: {few:.0f} MB for {asked.many[0]} short runs, {many:.0f} MB for {asked.many[1]} (limit +60)")


if __name__ == "__main__":
    main()
