"""A kind of worker of one's own: somebody who goes along with the family.

    python examples/own_worker.py [SCENARIO] [SEED]

``GoesAlong`` takes the place of every programme worker. What others would hold back such a worker refers where the
family is not wary of social services. Everything else, chances included, is as it was: the difference is the worker's.
"""

import sys

from referral_sim import ReferralModel
from referral_sim.agents import SSLPWorker
from referral_sim.records.stages import Outcome


class GoesAlong(SSLPWorker):
    """Holds nothing back about families who trust social services."""

    least_wary = 0.3  # wariness, 0 to 1, below which a family comes along

    def decide(self, concern):
        decision = super().decide(concern)
        family = self.model.family(int(self.state.cases.family[concern.case]))
        if decision == Outcome.HELD_BACK and family.wariness < self.least_wary:
            return Outcome.REFERRED
        return decision


def main(scenario: str = "midtown", seed: str = "1") -> None:
    for kind in (SSLPWorker, GoesAlong):
        model = ReferralModel(scenario, rng=int(seed), agents=[kind]).run()
        values = model.measures().query("group == 'all'").set_index("measure")["value"]
        brought, held = values["sslp_contacts"], values["sslp_held_back"]
        print(f"{kind.__name__:12}{brought:8.0f} contacts from programmes{held:8.0f} concerns held back")


if __name__ == "__main__":
    main(*sys.argv[1:])
