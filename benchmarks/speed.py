"""Time of one run, warm-up and reporting year, one process, beside a numpy task timed in the same breath.

    python benchmarks/speed.py [--rounds N]

Prints, for each preset: median seconds, and the ratio to the reference task (sorting two million numbers), which
travels better between machines than seconds. The last lines hold the cost of a child in Midtown against one in
Southshire, and against one in a Midtown with four times the families, programmes' areas, workers and posts: near 1
means that cost grows with population alone; what lies above is the fixed cost of a working day (and, between
authorities, that Midtown's children are referred 1.6 times as often).
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from referral_sim import ReferralModel, Scenario, load_scenario

LIMITS = {"midtown": 0.6, "southshire": 2.0}


def reference() -> float:
    """Seconds for a fixed numpy task."""
    numbers = np.random.default_rng(0).random(2_000_000)
    started = time.perf_counter()
    np.sort(numbers)
    return time.perf_counter() - started


def fourfold(name: str) -> Scenario:
    """A preset with four times as much of everything."""
    tree = load_scenario(name).model_dump()
    tree["population"]["children"] *= 4
    for place in tree["localities"].values():
        place["posts"] *= 4
    for programme in tree["programmes"].values():
        programme["children_under_five"] *= 4
        programme["workers"] *= 4
    return Scenario.model_validate(tree)


def one_run(scenario: Scenario, seed: int) -> float:
    """Seconds for one run with its measures."""
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
    scenarios = {name: load_scenario(name) for name in names} | {"midtown x 4": fourfold("midtown")}
    for scenario in scenarios.values():
        one_run(scenario, 0)  # imports, caches
    seconds: dict[str, list[float]] = {name: [] for name in scenarios}
    ratios: dict[str, list[float]] = {name: [] for name in scenarios}
    for seed in range(rounds):
        for name, scenario in scenarios.items():
            before = reference()
            took = one_run(scenario, seed)
            seconds[name].append(took)
            ratios[name].append(took / ((before + reference()) / 2.0))
    per_child = {}
    print(f"{'preset':14}{'children':>10}{'seconds':>9}{'min':>7}{'max':>7}{'limit':>7}{'x sort of 2M':>14}")
    for name, scenario in scenarios.items():
        children = scenario.population.children
        took = statistics.median(seconds[name])
        per_child[name] = took / children
        limit = f"{LIMITS[name]:.1f}" if name in LIMITS else "-"
        low, high = min(seconds[name]), max(seconds[name])
        ratio = statistics.median(ratios[name])
        print(f"{name:14}{children:10d}{took:9.3f}{low:7.2f}{high:7.2f}{limit:>7}{ratio:14.2f}")
    for other in ("southshire", "midtown x 4"):
        print(f"cost of a child, midtown over {other}: {per_child['midtown'] / per_child[other]:.2f}")


if __name__ == "__main__":
    main()
