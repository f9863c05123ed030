"""What common random numbers are worth: half an out-posted worker in every East Borough programme.

    python benchmarks/pairing.py [--replicates N] [--workers W]

Prints, for referrals and for contacts that programmes bring, the variance of the difference between the policy and
East Borough as it is: with independent seeds (the policy's runs have another seed), and with common random numbers;
and their ratio, which is asked to be 10 or more. Then the same in a world where teams have all the hours they need, so
that no family waits for another; the difference is then what the policy itself does.

The last column is a ceiling. A policy that brings in some contacts more brings in a random number of them: were they
a Poisson number with the mean that came out, the difference could not vary by less than that mean, and the gain could
not be more than the variance with independent seeds over it. Common random numbers take out what both scenarios share;
they cannot take out the chance that is in the effect. Here the policy doubles the programmes' contacts, most of the
new ones about families whom no programme had noticed without it, and how many they are varies more than a Poisson
number does; hardly any contact is lost, and hours play no part.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from referral_sim import Comparison, Scenario, compare, load_scenario
from referral_sim.experiment.jobs import Job, run_jobs

POLICY = "outposted-half-posts-everywhere"
LEAST_GAIN = 10.0
ELSEWHERE = 1000  # added to the seed of the independent runs
UNLIMITED = "workforce.unlimited=true"


def independent(scenario: Scenario, seed: int, replicates: int, workers: int) -> pd.DataFrame:
    """Measures of the whole authority under another seed, one row a replicate."""
    jobs = [Job(scenario, seed, k) for k in range(replicates)]
    frames = [
        r.value[r.value["group"] == "all"].set_index("measure")["value"].rename(r.task.replicate)
        for r in run_jobs(jobs, workers)
    ]
    return pd.DataFrame(frames).sort_index()


def counts(comparison: Comparison, measure: str, elsewhere: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Counts a year of a measure: base, policy with the same seeds, policy with others; shape (replicates,) each."""
    rows = comparison.pairs[0].differences
    rows = rows[(rows["measure"] == measure) & (rows["group"] == "all")]
    # Rates are put into counts: the ceiling compares a variance with a mean.
    people = comparison.base.population.children / 1e4 if "children" in rows["unit"].iloc[0] else 1.0
    return tuple(
        np.asarray(column, dtype=float) * people for column in (rows["base"], rows["value"], elsewhere[measure])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(f"{options.replicates} replicates; counts a year; gain asked for: {LEAST_GAIN:.0f}")
    heads = ("base", "difference", "var. indep.", "var. paired", "gain", "ceiling")
    print(f"{'':44}" + "".join(f"{head:>12}" for head in heads))
    for hours, changes in (("hours as they are", []), ("all the hours needed", [UNLIMITED])):
        base = load_scenario("east-borough", changes)
        policy = load_scenario("east-borough", changes, [POLICY])
        found = compare(base, policy, replicates=options.replicates, workers=options.workers, draws="none")
        elsewhere = independent(policy, 1 + ELSEWHERE, options.replicates, options.workers)
        for measure in ("referrals", "sslp_contacts"):
            without, paired, apart = counts(found, measure, elsewhere)
            alone, together = np.var(apart - without, ddof=1), np.var(paired - without, ddof=1)
            effect = float((paired - without).mean())
            numbers = (without.mean(), effect, alone, together, alone / together, alone / max(abs(effect), 1e-9))
            verdict = "met" if alone >= LEAST_GAIN * together else "MISSED"
            row = "".join(f"{n:12.1f}" for n in numbers)
            print(f"{f'{measure}, {hours}':44}{row}  {verdict}")


if __name__ == "__main__":
    main()
