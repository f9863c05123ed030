"""Runs scenarios side by side under common random numbers and compares the others with the first."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from ..measures.groups import with_group_parts
from ..measures.table import IN_SENTENCES
from ..measures.what_matters import Verdict
from ..scenario import Fault, Scenario, ScenarioError, load_scenario
from ..scenario.errors import clipped, did_you_mean
from ..scenario.faults import keys_of
from ..scenario.library import POLICIES, SCENARIOS
from ..scenario.reader import scenario_with
from ..state import State
from .draws import Draws, chosen_draws, under_draws
from .family_paths import COUNTED, Paths, count_changes, paths_of, world_fingerprint
from .jobs import Job, JobResult, run_jobs
from .rest import not_at_rest
from .shown import answer_html, plotted
from .summaries import (
    differences,
    finite_or_none,
    in_year,
    summarise_changes,
    summarise_differences,
    with_orders,
    with_parameter_share,
    with_verdicts,
    years_of,
)

if TYPE_CHECKING:
    from ..model import ReferralModel

REPLICATES = 20
"""Fewer leave an end of the 90% interval to the outermost year alone."""
COUNTS = ["replicate", *COUNTED]
Source: TypeAlias = Scenario | str | os.PathLike[str]
"""A scenario, the name of a preset, or a file; a name may have policies after a plus."""


@dataclass(frozen=True)
class ComparedRun:
    """What a comparison keeps of one run.

    Attributes:
        measures: year, measure, value, unit, group.
        paths: what became of the families.
        world: fingerprint of families and potential signs.
    """

    measures: pd.DataFrame
    paths: Paths
    world: str


@dataclass(frozen=True)
class Pair:
    """One scenario against the base.

    Attributes:
        scenario: the other.
        differences: per replicate, as :func:`~referral_sim.experiment.summaries.differences` returns.
        summary: as :func:`~.summaries.with_verdicts` returns; ``gain`` is NaN where the worlds differ.
        changes: replicate, milestone, change, place, families; empty where the worlds differ.
        families: ``changes`` over the replicates, as :func:`~.summaries.summarise_changes` returns.
        same_world: all replicates met the same families and potential signs as the base's.
        replicates: replicates that ended in both scenarios.
        warnings: what a reader must know, one sentence each.
    """

    scenario: Scenario
    differences: pd.DataFrame
    summary: pd.DataFrame
    changes: pd.DataFrame
    families: pd.DataFrame
    same_world: bool
    replicates: int
    warnings: tuple[str, ...]

    @property
    def years(self) -> tuple[str, ...]:
        """The reporting years, in order."""
        return years_of(self.summary)

    def of_year(self, year: str | None = None) -> Pair:
        """The differences of one reporting year, the last if none is named; families stay those of all years."""
        return replace(self, differences=in_year(self.differences, year), summary=in_year(self.summary, year))


@dataclass(frozen=True)
class Comparison:
    """Scenarios against a base.

    Attributes:
        base: what the others are compared with.
        pairs: one for each other scenario, in the order asked for.
        seed: seed of all runs; replicate k of every scenario has this seed and number.
        replicates: runs of each scenario that were asked for.
        failures: runs that failed, by replicate and then scenario.
    """

    base: Scenario
    pairs: tuple[Pair, ...]
    seed: int
    replicates: int
    failures: tuple[JobResult, ...]

    def to_frame(self) -> pd.DataFrame:
        """The summaries of all pairs, one below the other.

        Columns scenario, those of ``Pair.summary``, and group_kind and group_name after ``group`` ("locality" and
        "North" of "locality:North"; "all" and "" of the whole authority). Scenarios, years, measures and verdicts are
        ordered categories.
        """
        found = pd.concat([pair.summary.assign(scenario=pair.scenario.name) for pair in self.pairs], ignore_index=True)
        found.insert(0, "scenario", found.pop("scenario"))
        return with_orders(with_group_parts(found))

    def plot(self, year: str | None = None) -> Any:
        """The paired differences of the key measures with their intervals, a facet a unit.

        Args:
            year: the reporting year to draw; the last if not given.

        Returns:
            What :func:`referral_sim.figures.differences` draws.
        """
        table = in_year(self.to_frame(), year)
        if len(self.pairs) == 1:
            return plotted("differences", table)
        return plotted("differences", table, hue="scenario")

    def _repr_html_(self) -> str:
        """What ``referral-sim compare`` says first, a table a scenario, for a notebook."""
        return "\n".join(answer_html("comparison_answer", self, pair) for pair in self.pairs if pair.replicates)

    def __repr__(self) -> str:
        """What was compared, and the headline measures by verdict; ``to_frame()`` has the numbers."""
        lines = [f"  {pair.scenario.name}: {_by_verdict(pair.of_year().summary)}" for pair in self.pairs]
        return (
            "\n".join([f"<Comparison with {self.base.name!r}, {self.replicates} replicates, seed {self.seed}", *lines])
            + ">"
        )


def _by_verdict(summary: pd.DataFrame) -> str:
    """How many headline measures of the whole authority have which verdict, in words."""
    mine = summary[summary["measure"].isin(IN_SENTENCES) & (summary["group"] == "all")]
    counts = mine["verdict"].astype(str).value_counts()
    said = ", ".join(f"{one.value} {counts.get(one.value, 0)}" for one in Verdict)
    return f"{len(mine)} headline measures: {said}"


def take_compared(model: ReferralModel) -> ComparedRun:
    """What a comparison keeps of a finished run."""
    return ComparedRun(model.measures(), paths_of(model.state), world_fingerprint(model.state))


def compare(
    base: Source,
    *others: Source,
    replicates: int = REPLICATES,
    seed: int = 1,
    workers: int = 1,
    draws: Draws | str | os.PathLike[str] | None = None,
    matters: Mapping[str, float] | None = None,
    watch: Callable[[int, int], None] | None = None,
    under: Callable[[Scenario, int], Scenario] | None = None,
    **changes: Any,
) -> Comparison:
    """Run scenarios under common random numbers and compare each with the first.

    Args:
        base: what the others are compared with: a scenario, a preset's name or a file; ``NAME+POLICY`` is understood.
        others: one or more, each under a name of its own. The name of a policy is the base under it.
        replicates: runs of each scenario, 2 or more.
        seed: seed of all runs.
        workers: processes; the result does not depend on their number.
        draws: of parameters, that replicates run under: a calibration's folder, ``shipped``, ``none``, or what
            :func:`~.draws.load_draws` gives. If not given, calibrated authorities run under the shipped draws.
            ``summary`` then has the column parameter_share.
        matters: measure -> smallest difference that matters, in place of the table's own.
        watch: called with runs done and runs in all.
        under: gives the scenario that a replicate runs, in place of ``draws``.
        changes: values of all scenarios to replace, by dotted key: ``**{"front_door.threshold": 2.5}``.

    Returns:
        The comparison; a replicate that failed in one of two scenarios is missing in their pair.

    Raises:
        ScenarioError: if a scenario cannot be read, or does not allow a value.
        DrawsError: if the draws cannot be used.
        ValueError: if there is no other scenario, two have the same name, there are fewer than 2 replicates,
            ``workers`` is below 1, or a policy is named and the base has no name to read it by.
    """
    alternatives = [_alternative(base, other, changes) for other in others]
    base = scenario_with(base, changes)
    scenarios = {s.name: s for s in (base, *alternatives)}
    if not others:
        raise ValueError("give one or more scenarios to compare with the base")
    if len(scenarios) < 1 + len(others):
        raise ValueError("every scenario of a comparison needs a name of its own")
    if replicates < 2:
        raise ValueError(f"replicates must be 2 or more, not {replicates}")
    if under is None:
        chosen = chosen_draws(draws, list(scenarios.values()))
        under = None if chosen is None else under_draws(chosen, scenarios.values(), keys_of(changes))
    scenario_of = under or (lambda scenario, replicate: scenario)
    jobs = [Job(scenario_of(s, k), seed, k, take_compared) for k in range(replicates) for s in scenarios.values()]
    kept = {other.name: _Kept(under is not None, matters) for other in alternatives}
    failures: dict[tuple[int, str], JobResult] = {}
    begun: dict[int, dict[str, JobResult]] = {}
    for done, result in enumerate(run_jobs(jobs, min(workers, len(jobs))), 1):
        if watch is not None:
            watch(done, len(jobs))
        replicate, name = result.task.replicate, result.task.scenario.name
        results = begun.setdefault(replicate, {})
        results[name] = result
        if result.failure is not None:
            failures[replicate, name] = result
        if len(results) == len(scenarios):  # what families did is let go of as soon as all have done it
            for other in alternatives:
                kept[other.name].add(replicate, results[base.name].value, results[other.name].value)
            del begun[replicate]
    order = list(scenarios)
    failed = sorted(failures, key=lambda key: (key[0], order.index(key[1])))
    pairs = tuple(kept[other.name].pair(base, other) for other in alternatives)
    return Comparison(base, pairs, seed, replicates, tuple(failures[key] for key in failed))


def _alternative(base: Source, other: Source, changes: Mapping[str, Any]) -> Scenario:
    """What a base is compared with: the base under a policy, if it has the name of one."""
    if not isinstance(other, str) or other not in POLICIES.files():
        names = [*SCENARIOS.files(), *POLICIES.files()]
        if isinstance(other, str) and "+" not in other and other not in names and not Path(other).exists():
            message = f"there is no file, preset or policy {clipped(other)!r}{did_you_mean(other, names)}"
            raise ScenarioError([Fault("compare", 0, 0, "", message)])
        return scenario_with(other, changes)
    if isinstance(base, Scenario):
        raise ValueError(f"{other} is a policy: name the base, or give load_scenario(NAME, policies=[{other!r}])")
    return load_scenario(base, changes, [other])


class _Kept:
    """What is kept of one scenario and the base while replicates come in, in any order."""

    def __init__(self, split: bool = False, matters: Mapping[str, float] | None = None) -> None:
        self._split, self._matters = split, matters
        self.base: dict[int, pd.DataFrame] = {}
        self.other: dict[int, pd.DataFrame] = {}
        self.changes: dict[int, pd.DataFrame] = {}
        self.same_world = True

    def add(self, replicate: int, base: ComparedRun | None, other: ComparedRun | None) -> None:
        if base is None or other is None:
            return
        self.base[replicate] = base.measures.assign(replicate=replicate)
        self.other[replicate] = other.measures.assign(replicate=replicate)
        if base.world == other.world:
            self.changes[replicate] = count_changes(base.paths, other.paths).assign(replicate=replicate)
        else:
            self.same_world = False

    def pair(self, base: Scenario, other: Scenario) -> Pair:
        nothing = pd.DataFrame({name: [] for name in ("year", "measure", "value", "unit", "group", "replicate")})
        one, two = (pd.concat([kept[k] for k in sorted(kept)] or [nothing]) for kept in (self.base, self.other))
        counts = [self.changes[k] for k in sorted(self.changes)] if self.same_world else []
        return pair_of(base, other, (one, two), self.same_world, self._split, counts, self._matters)


def pair_of(
    base: Scenario,
    other: Scenario,
    measures: tuple[pd.DataFrame, pd.DataFrame],
    same_world: bool,
    drawn: bool = False,
    counts: Sequence[pd.DataFrame] = (),
    matters: Mapping[str, float] | None = None,
) -> Pair:
    """What runs of two scenarios say of one against the other.

    Args:
        base: what the other is compared with.
        other: the other.
        measures: of base and other, each replicate, year, measure, unit, group, value.
        same_world: whether all replicates met the same families and potential signs.
        drawn: replicates ran under draws of parameters; ``summary`` then has the column parameter_share.
        counts: families whose path changed, a frame a replicate, as :func:`~.family_paths.count_changes` gives with the
            column replicate; none where paths were not kept.
        matters: measure -> smallest difference that matters, in place of the table's own.

    Raises:
        ValueError: if a replicate has a measure and group of a year twice, or ``matters`` is no measure and size.
    """
    table = differences(*measures)
    summary = with_verdicts(summarise_differences(table), matters)
    if drawn:
        summary = with_parameter_share(summary, table, "difference")
    changes = pd.concat(counts, ignore_index=True)[COUNTS] if counts else pd.DataFrame(columns=COUNTS)
    changes = changes.astype({"replicate": "int32", "families": "int64"})
    if not same_world:
        summary = summary.assign(gain=math.nan)
    replicates = int(table["replicate"].nunique())
    restless = filter(None, (not_at_rest(one, mine) for one, mine in zip((base, other), measures, strict=True)))
    said = (*_warnings(base, other, replicates, same_world), *restless)
    return Pair(other, table, summary, changes, summarise_changes(changes), same_world, replicates, said)


def same_world(base: Scenario, other: Scenario, seed: int) -> bool:
    """Whether replicate 0 of two scenarios meets the same families and potential signs. Draws both, runs neither."""
    return _world(base.model_dump_json(), seed) == _world(other.model_dump_json(), seed)


@lru_cache(maxsize=64)
def _world(scenario: str, seed: int) -> str:
    return world_fingerprint(State(Scenario.model_validate_json(scenario), seed, 0))


def _warnings(base: Scenario, other: Scenario, replicates: int, same_world: bool) -> Iterator[str]:
    if _values_alone(base) == _values_alone(other):
        yield f"{other.name} has the same values as {base.name}: every difference is 0 because nothing was changed"
    if not same_world:
        yield (
            f"{other.name} has another world than {base.name} (other families or potential signs): replicates are "
            "not paired, intervals hold the chance of other families too, and changed families cannot be counted"
        )
    if replicates < REPLICATES:
        yield (
            f"{other.name}: {replicates} replicates; the ends of a 90% interval rest on the outermost years alone "
            f"with fewer than {REPLICATES}"
        )


def _values_alone(scenario: Scenario) -> str:
    """Hash of what a run depends on, without what only names it."""
    names: dict[str, Any] = {"name": "", "title": "", "description": "", "authority": None}
    return scenario.model_copy(update=names).content_hash()


def comparison_to_json(comparison: Comparison) -> str:
    """A comparison as JSON text.

    An object with base, seed, replicates, failures (scenario, replicate, reason) and comparisons, a list with one
    object a scenario: scenario, title, replicates, same_world, warnings, measures (the columns of ``Pair.summary``)
    and families (the columns of ``Pair.families``). A number that is not known or not finite is null.
    """
    return json.dumps(
        {
            "base": comparison.base.name,
            "seed": comparison.seed,
            "replicates": comparison.replicates,
            "failures": [
                {"scenario": r.task.scenario.name, "replicate": r.task.replicate, "reason": r.failure}
                for r in comparison.failures
            ],
            "comparisons": [
                {
                    "scenario": pair.scenario.name,
                    "title": pair.scenario.title,
                    "replicates": pair.replicates,
                    "same_world": pair.same_world,
                    "warnings": list(pair.warnings),
                    "measures": _records(pair.summary),
                    "families": _records(pair.families),
                }
                for pair in comparison.pairs
            ],
        },
        indent=2,
        allow_nan=False,
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): finite_or_none(v) for k, v in row.items()} for row in frame.to_dict("records")]
