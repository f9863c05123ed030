"""The plan of a sweep: which cases, which points, how many replicates, what is kept of each run; and its runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .draws import Draws, kept_by
from .jobs import OutcomeSelector
from .model_version import model_version
from .variants import ExperimentDesign, Point, ScenarioVariant, Variable, points_of


@dataclass(frozen=True)
class Plan:
    """A sweep, checked.

    Attributes:
        file: what messages call the plan.
        variants: scenarios times alternatives, scenario by scenario.
        variables: levers, then uncertainties.
        design: how the points are chosen.
        outcomes: what is kept; empty for all measures.
        replicates: runs of each variant at each point, with the replicate numbers 0 and up.
        seed: of all runs (common random numbers) and of the design.
        independent_points: give each point replicates of its own, so that points differ by chance as well; what is
            learnt from many points together then does not rest on the chances of one year.
        draws: what replicates run under beside the point, which counts over it; see :mod:`.draws`.
    """

    file: str
    variants: tuple[ScenarioVariant, ...]
    variables: tuple[Variable, ...] = ()
    design: ExperimentDesign = field(default_factory=lambda: ExperimentDesign("grid"))
    outcomes: tuple[OutcomeSelector, ...] = ()
    replicates: int = 10
    seed: int = 1
    independent_points: bool = False
    draws: Draws | None = None

    @property
    def columns(self) -> tuple[Variable, ...]:
        """Variables, and what the draws vary besides: the columns of the table of runs."""
        mine = {variable.key for variable in self.variables}
        drawn = () if self.draws is None else self.draws.variables(variant.base for variant in self.variants)
        return (*self.variables, *(variable for variable in drawn if variable.key not in mine))

    def record(self) -> dict[str, Any]:
        """The plan as JSON, for a manifest."""
        design: dict[str, Any] = {"kind": self.design.kind}
        design |= {"size": self.design.size} if self.design.size else {}
        design |= {"points": [dict(point) for point in self.design.points]} if self.design.points else {}
        return {
            "scenarios": list(dict.fromkeys(variant.scenario for variant in self.variants)),
            "policies": list(dict.fromkeys(variant.policies for variant in self.variants)),
            "variables": {variable.key: variable.record() for variable in self.variables},
            "outcomes": [str(outcome) for outcome in self.outcomes] or "all",
            "design": design,
            "replicates": self.replicates,
            "seed": self.seed,
            **({"independent_points": True} if self.independent_points else {}),
            **({} if self.draws is None else {"draws": self.draws.digest}),
        }


@dataclass(frozen=True)
class PlannedRun:
    """One run that a plan asks for; it becomes a job when its scenario is wanted.

    Attributes:
        id: 32 hexadecimal digits; the same for the same model, scenario with policies, point, seed and replicate.
        variant: scenario and policies.
        number: place of the point in the plan's design, from 0.
        point: values of levers and uncertainties.
        seed: of the run.
        replicate: which replicate of the seed, from 0.
    """

    id: str
    variant: ScenarioVariant
    number: int
    point: Point
    seed: int
    replicate: int


def runs_of(plan: Plan, points: list[Point] | None = None) -> Iterator[PlannedRun]:
    """All runs, variant by variant, point by point, the replicates of a point one after the other."""
    points = points_of(plan.design, plan.variables, plan.seed) if points is None else points
    model = model_version()
    for variant in plan.variants:
        base = variant.base.content_hash()
        kept = kept_by(variant) if plan.draws is not None else frozenset()
        for number, point in enumerate(points):
            start = _start(model, base, point, plan.seed)
            first = number * plan.replicates if plan.independent_points else 0
            for replicate in range(first, first + plan.replicates):
                at = point
                if plan.draws is not None:
                    at = {**plan.draws.values(variant.base, replicate, kept), **point}
                    start = _start(model, base, at, plan.seed)
                id_ = hashlib.sha256(f"{start}{replicate}".encode()).hexdigest()[:32]
                yield PlannedRun(id_, variant, number, at, plan.seed, replicate)


def _start(model: str, base: str, point: Point, seed: int) -> str:
    return json.dumps([model, base, sorted(point.items()), seed])


def place_of_run(run: PlannedRun) -> dict[str, Any]:
    """What names a run to people: scenario, policies, point, seed, replicate."""
    return {
        "scenario": run.variant.scenario,
        "policies": run.variant.policies,
        "point": run.number,
        "seed": run.seed,
        "replicate": run.replicate,
    }


def place_in_words(place: Mapping[Any, Any]) -> str:
    """What :func:`place_of_run` gives, or a row of the table of runs has, in a line."""
    return ", ".join(f"{name} {place[name]}" for name in ("scenario", "policies", "point", "seed", "replicate"))
