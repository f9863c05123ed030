"""What branching saves: one run, ten policies that begin with the reporting year branched, and the same as whole runs.

    python benchmarks/branching.py [--preset NAME] [--rounds N] [--warm-up MONTHS]

One process. Prints median seconds and the ratio of the ten branched runs to one run, which is asked to be 4 or less.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from referral_sim import Scenario, load_scenario
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.scenario.dated import PolicyDates

MOST = 4.0
THRESHOLDS = (-0.5, -0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4, 0.5)


def policies(base: Scenario) -> list[Scenario]:
    """Ten thresholds that begin with the reporting year."""
    on = PolicyDates(base.time.reporting_year_start).begins
    found = []
    for by in THRESHOLDS:
        step = {"on": on, "values": {"front_door.threshold": base.front_door.threshold + by}}
        found.append(base.with_values(name=f"by {by:+g}", dated=[step]))
    return found


def seconds(scenarios: Sequence[Scenario], together: bool) -> float:
    """For the runs of some scenarios, branched or each alone."""
    began = time.perf_counter()
    jobs = [Job(one, 1, 0) for one in scenarios]
    for some in [jobs] if together else [[job] for job in jobs]:
        for result in run_jobs(some):
            assert result.failure is None, result.failure
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="midtown")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, help="months; the preset's if not given")
    parser.add_argument("--skip-whole", action="store_true", help="do not make the ten whole runs beside")
    options = parser.parse_args()
    changes = [] if options.warm_up is None else [f"time.warm_up_months={options.warm_up}"]
    base = load_scenario(options.preset, changes)
    ten = policies(base)
    seconds([base], together=False)
    alone = [] if options.skip_whole else ten
    rounds = [(seconds([base], False), seconds(ten, True), seconds(alone, False)) for _ in range(options.rounds)]
    one, branched, whole = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{base.name}, {base.time.warm_up_months} months of warm-up: one run {one:.2f} s")
    print(
        f"ten policies over the reporting year: branched {branched:.2f} s" + (f", whole {whole:.2f} s" if alone else "")
    )
    print(f"branched / one: {branched / one:.2f} (asked: {MOST:g} or less)")


if __name__ == "__main__":
    main()
