"""Morris screening with SALib: which numbers move referrals most.

    python examples/salib_morris.py [SCENARIO] [TRAJECTORIES]

All runs have one seed, so a difference between two of them is the numbers' doing.
"""

import sys

import numpy as np
from SALib import ProblemSpec

from referral_sim import simulate

KEYS = {
    "front_door.threshold": [2.5, 3.5],
    "trouble.rate": [0.12, 0.4],
    "workforce.turnover": [0.05, 0.4],
}


def main(scenario: str = "midtown", trajectories: str = "4") -> None:
    def referrals(points: np.ndarray) -> np.ndarray:
        runs = (simulate(scenario, replicates=1, draws="none", **dict(zip(KEYS, row, strict=True))) for row in points)
        return np.array([run.means["referrals"] for run in runs])

    problem = ProblemSpec({"names": list(KEYS), "bounds": list(KEYS.values()), "outputs": ["referrals"]})
    problem.sample_morris(int(trajectories), num_levels=4, seed=1).evaluate(referrals).analyze_morris(seed=1)
    print(f"{'key':24}{'mean |effect|':>15}{'sd':>10}")
    for key, effect, spread in zip(KEYS, problem.analysis["mu_star"], problem.analysis["sigma"], strict=True):
        print(f"{key:24}{effect:15.2f}{spread:10.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
