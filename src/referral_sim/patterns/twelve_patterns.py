"""The twelve patterns: which scenarios each needs, the runs of all of them, and the judging (MODEL, patterns)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..experiment.authority_results import PUBLISHED_YEAR
from ..experiment.jobs import Job, JobResult, RunsFailedError, run_jobs
from ..experiment.summaries import in_year
from ..file_study import chances_to_see, design_of, list_files
from ..measures.table import PATTERN_MONTHS
from ..model import ReferralModel
from ..scenario import Scenario
from . import area_ratios, posts_and_thresholds, power, published_levels, shown_only
from .judging import Pattern, PatternRuns

REPLICATES = 40


@dataclass(frozen=True)
class Rule:
    """How a pattern is shown.

    Attributes:
        number: 1 to 12.
        scenarios: makes the scenarios that must be run, by name.
        judge: what makes the pattern of the runs of these scenarios.
        reads_files: whether it needs the simulated files of the runs.
    """

    number: int
    scenarios: Callable[[], Mapping[str, Scenario]]
    judge: Callable[[PatternRuns], Pattern]
    reads_files: bool = False


RULES: tuple[Rule, ...] = (
    Rule(1, published_levels.authority_scenarios, published_levels.referral_rates),
    Rule(2, published_levels.authority_scenarios, published_levels.registrations),
    Rule(3, published_levels.authority_scenarios, published_levels.files, reads_files=True),
    Rule(4, published_levels.authority_scenarios, published_levels.sources),
    Rule(5, area_ratios.scenarios, area_ratios.area_ratios),
    Rule(6, shown_only.early_referral_scenarios, shown_only.need_at_referral, reads_files=True),
    Rule(7, posts_and_thresholds.link_worker_scenarios, posts_and_thresholds.link_worker),
    Rule(8, posts_and_thresholds.midtown_scenarios, posts_and_thresholds.co_location),
    Rule(9, posts_and_thresholds.assistant_scenarios, posts_and_thresholds.assistants),
    Rule(10, posts_and_thresholds.threshold_scenarios, posts_and_thresholds.raised_threshold),
    Rule(11, shown_only.england_scenarios, shown_only.funnel),
    Rule(12, power.scenarios, power.too_small_to_find),
)


def take_measures(model: ReferralModel) -> pd.Series:
    """All measures of a finished run by (measure, group), and some monthly ones with the group ``month:YYYY-MM``."""
    measures = in_year(model.measures(), PUBLISHED_YEAR).set_index(["measure", "group"])["value"]
    monthly = model.monthly()
    monthly = monthly[monthly["measure"].isin(PATTERN_MONTHS) & (monthly["group"] == "all")]
    series = monthly.assign(group="month:" + monthly["month"]).set_index(["measure", "group"])["value"]
    taken: pd.Series = pd.concat([measures, series])
    return taken


def take_measures_and_files(model: ReferralModel) -> pd.Series:
    """The same, the chances that the report's file study of such a run would have seen referrals, and need listed."""
    listing = list_files(model)
    chances = chances_to_see(listing, design_of(model.scenario.authority))
    found = {f"study_{way}": value for way, value in chances.items()}
    found["study_need_at_referral"] = float(listing.need.mean()) if len(listing.need) else math.nan
    files = pd.Series({(measure, "all"): value for measure, value in found.items()})
    both: pd.Series = pd.concat([take_measures(model), files])
    return both


def run_patterns(
    numbers: Iterable[int] = range(1, 13),
    replicates: int = REPLICATES,
    seed: int = 1,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Pattern]:
    """Run and judge patterns.

    Args:
        numbers: which of the twelve.
        replicates: runs of each scenario, 2 or more for an interval.
        seed: seed of all runs; replicate k has the same families in every scenario that shares a world.
        workers: processes.
        progress: called with runs done and runs in all.

    Returns:
        The patterns in their order.

    Raises:
        ValueError: if a number is not 1 to 12 or there are fewer than 2 replicates.
        RunsFailedError: if a run fails.
    """
    wanted = set(numbers)
    if not wanted <= {rule.number for rule in RULES}:
        raise ValueError(f"patterns have the numbers 1 to {len(RULES)}, not {sorted(wanted)}")
    if replicates < 2:
        raise ValueError(f"replicates must be 2 or more, not {replicates}")
    rules = [rule for rule in RULES if rule.number in wanted]
    by_rule = {rule.number: rule.scenarios() for rule in rules}
    needed = {name: scenario for scenarios in by_rule.values() for name, scenario in scenarios.items()}
    studied = {s.content_hash() for rule in rules if rule.reads_files for s in by_rule[rule.number].values()}
    jobs = [
        Job(s, seed, k, take_measures_and_files if s.content_hash() in studied else take_measures)
        for s in _once(needed.values())
        for k in range(replicates)
    ]
    done: list[JobResult] = []
    for result in run_jobs(jobs, workers=workers):
        if result.failure is not None:
            raise RunsFailedError(f"{result.task.scenario.name}, replicate {result.task.replicate}: {result.failure}")
        done.append(result)
        if progress is not None:
            progress(len(done), len(jobs))
    runs = PatternRuns(_frames(needed, done))
    return [rule.judge(runs) for rule in rules]


def _once(scenarios: Iterable[Scenario]) -> Sequence[Scenario]:
    """Scenarios with the same values once."""
    return list({s.content_hash(): s for s in scenarios}.values())


def _frames(needed: dict[str, Scenario], done: Sequence[JobResult]) -> dict[str, pd.DataFrame]:
    by_hash: dict[str, dict[int, pd.Series]] = {}
    for result in done:
        assert result.value is not None
        by_hash.setdefault(result.task.scenario.content_hash(), {})[result.task.replicate] = result.value
    frames = {}
    for name, scenario in needed.items():
        rows = by_hash[scenario.content_hash()]
        frames[name] = pd.DataFrame([rows[k] for k in sorted(rows)])
    return frames
