"""Time of one run, warm-up and reporting year, one process, beside a numpy task timed in the same breath.

    python benchmarks/speed.py [--rounds N]

Prints, for each preset: median seconds, seconds per million children, and the ratio to the reference task (sorting
two million numbers), which travels better between machines than seconds. The last line holds the cost of a child in
Midtown against one in Southshire: near 1 means that cost grows with population alone.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from referral_sim import ReferralModel, load_scenario

LIMITS = {"midtown": 0.6, "southshire": 2.0}


def reference() -> float:
    """Seconds for a fixed numpy task."""
    numbers = np.random.default_rng(0).random(2_000_000)
    started = time.perf_counter()
    np.sort(numbers)
    return time.perf_counter() - started


def one_run(name: str, seed: int) -> float:
    """Seconds for one run with its measures."""
    scenario = load_scenario(name)
    started = time.perf_counter()
    model = ReferralModel(scenario, rng=seed).run()
    model.measures()
    took = time.perf_counter() - started
    model.release()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    names = ("midtown", "city-borough", "east-borough", "southshire")
    for name in names:
        one_run(name, 0)  # imports, caches
    seconds: dict[str, list[float]] = {name: [] for name in names}
    ratios: dict[str, list[float]] = {name: [] for name in names}
    for seed in range(rounds):
        for name in names:
            before = reference()
            took = one_run(name, seed)
            seconds[name].append(took)
            ratios[name].append(took / ((before + reference()) / 2.0))
    per_child = {}
    print(f"{'preset':14}{'children':>10}{'seconds':>9}{'min':>7}{'max':>7}{'limit':>7}{'x sort of 2M':>14}")
    for name in names:
        children = load_scenario(name).population.children
        took = statistics.median(seconds[name])
        per_child[name] = took / children
        limit = f"{LIMITS[name]:.1f}" if name in LIMITS else "-"
        low, high = min(seconds[name]), max(seconds[name])
        ratio = statistics.median(ratios[name])
        print(f"{name:14}{children:10d}{took:9.3f}{low:7.2f}{high:7.2f}{limit:>7}{ratio:14.2f}")
    print(f"cost of a child, Midtown over Southshire: {per_child['midtown'] / per_child['southshire']:.2f}")


if __name__ == "__main__":
    main()
