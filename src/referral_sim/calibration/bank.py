"""The runs of a calibration, made by the sweep and kept in its stores, one folder a stage and scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ..experiment.executors import Executor
from ..experiment.jobs import OutcomeSelector
from ..experiment.parquet_store import ParquetStore
from ..experiment.plan import Plan
from ..experiment.running import sweep
from ..experiment.variables import ExperimentDesign
from ..experiment.variants import read_variant
from .calibration_file import Calibration
from .space import Floats, Space

Told: TypeAlias = Callable[[str], None]
EFFECTS = (
    "referrals", "registrations", "need_at_referral", "needs_unreached", "sslp_referrals_to_social_services",
)  # fmt: skip


class Bank:
    """Makes and reads runs.

    Args:
        calibration: what is asked.
        space: of its parameters.
        folder: where the stores are.
        executor: who makes the runs.
        tell: takes one line of progress.
    """

    def __init__(
        self, calibration: Calibration, space: Space, folder: Path, executor: Executor, tell: Told = lambda line: None
    ) -> None:
        self.calibration, self.space, self.folder = calibration, space, folder
        self.executor, self.tell = executor, tell

    def run(self, stage: str, shares: Floats, *, common: bool = False) -> dict[str, Floats]:
        """Outcomes at points of the cube, of every scenario.

        Args:
            stage: name of the stage; runs that its folder has are not made again.
            shares: shape (points, coordinates).
            common: all points with one seed, so that they differ by their values alone; else each its own.

        Returns:
            Scenario -> values of its targets in their order, shape (points, targets); NaN where a run failed.
        """
        return {s: self.run_one(stage, s, shares, common=common) for s in self.calibration.scenarios}

    def run_one(self, stage: str, scenario: str, shares: Floats, *, common: bool = False) -> Floats:
        """As :meth:`run`, of one scenario."""
        targets = [t for t in self.calibration.targets if t.scenario == scenario]
        outcomes = list(dict.fromkeys(OutcomeSelector(t.measure, t.group) for t in targets))
        found = self._made(stage, scenario, ((),), shares, outcomes, common)
        return np.stack([found["none", t.measure, t.group] for t in targets], axis=1)

    def effects(self, stage: str, scenario: str, policy: str, shares: Floats) -> dict[str, tuple[Floats, Floats]]:
        """Each measure of ``EFFECTS`` without and with a policy, paired by point, shape (points,) each."""
        outcomes = [OutcomeSelector(m, "all") for m in EFFECTS]
        found = self._made(stage, scenario, ((), (policy,)), shares, outcomes, False)
        return {m: (found["none", m, "all"], found[policy, m, "all"]) for m in EFFECTS}

    def seed(self, stage: str, scenario: str) -> int:
        """A seed for each stage and scenario, so that no two share their chances."""
        words = list(f"{stage}/{scenario}".encode())
        return int(np.random.SeedSequence([self.calibration.seed, *words]).generate_state(1)[0])

    def _made(
        self,
        stage: str,
        scenario: str,
        alternatives: Sequence[tuple[str, ...]],
        shares: Floats,
        outcomes: Sequence[OutcomeSelector],
        common: bool,
    ) -> dict[tuple[str, str, str], Floats]:
        points = self.space.points(scenario, shares)
        plan = Plan(
            file=f"{stage}/{scenario}",
            variants=tuple(read_variant(self.calibration.sources[scenario], laid) for laid in alternatives),
            variables=tuple(self.space.coordinates[i].parameter.prior for i in self.space.columns(scenario)),
            design=ExperimentDesign("list", points=tuple(points)),
            outcomes=tuple(outcomes),
            replicates=1,
            seed=self.seed(stage, scenario),
            independent_points=not common,
        )
        store = ParquetStore(self.folder / stage / scenario)
        made = failed = 0
        for finished in sweep(plan, executor=self.executor, store=store):
            made += 1
            failed += finished.status != "done"
        if made:
            self.tell(f"{stage}: {scenario}: {made} runs" + (f", {failed} failed" if failed else ""))
        return _tables(ParquetStore(self.folder / stage / scenario), len(points), outcomes, plan)


def _tables(
    store: ParquetStore, points: int, outcomes: Sequence[OutcomeSelector], plan: Plan
) -> dict[tuple[str, str, str], Floats]:
    runs = store.runs().select(["run", "policies", "point"]).to_pandas()
    rows = store.outcomes().to_pandas().merge(runs, on="run")
    blank = np.full(points, np.nan)
    found = {(c.policies, o.measure, o.group or "all"): blank.copy() for c in plan.variants for o in outcomes}
    for (policies, measure, group), part in rows.groupby(["policies", "measure", "group"]):
        if (policies, measure, group) in found:
            found[policies, measure, group][part["point"].to_numpy()] = part["value"].to_numpy(dtype=float)
    return found
