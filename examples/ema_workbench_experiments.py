"""Levers and uncertainties explored with the EMA workbench.

python examples/ema_workbench_experiments.py [SCENARIO] [SCENARIOS] [POLICIES]
"""

import sys

from ema_workbench import Model, RealParameter, ScalarOutcome, perform_experiments

from referral_sim import simulate

# The workbench wants plain names; the keys of a scenario have dots.
UNCERTAINTIES = {"rate": ("trouble.rate", 0.12, 0.4), "turnover": ("workforce.turnover", 0.05, 0.4)}
LEVERS = {"threshold": ("front_door.threshold", 2.5, 3.5)}
KEYS = {name: key for name, (key, _, _) in (UNCERTAINTIES | LEVERS).items()}


def main(scenario: str = "midtown", scenarios: str = "5", policies: str = "2") -> None:
    def run(**values: float) -> dict[str, float]:
        point = {KEYS[name]: value for name, value in values.items()}
        return simulate(scenario, replicates=1, draws="none", **point).means

    model = Model("referrals", function=run)
    model.uncertainties = [RealParameter(name, low, high) for name, (_, low, high) in UNCERTAINTIES.items()]
    model.levers = [RealParameter(name, low, high) for name, (_, low, high) in LEVERS.items()]
    model.outcomes = [ScalarOutcome("referrals"), ScalarOutcome("registrations")]
    experiments, outcomes = perform_experiments(model, scenarios=int(scenarios), policies=int(policies))
    print(experiments[list(KEYS)].assign(**outcomes).round(3).to_string(index=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
