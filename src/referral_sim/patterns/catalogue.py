"""The twelve patterns: what each needs to have run, and how it is judged (MODEL, patterns)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..scenario import Scenario
from . import areas, arrangements, power, published_levels, shortfalls
from .results import Pattern, Results


@dataclass(frozen=True)
class Rule:
    """How a pattern is shown.

    Attributes:
        number: 1 to 12.
        needs: sets of runs by name, as scenarios.
        judge: what makes the pattern of the results of these sets.
    """

    number: int
    needs: Callable[[], Mapping[str, Scenario]]
    judge: Callable[[Results], Pattern]


RULES: tuple[Rule, ...] = (
    Rule(1, published_levels.authorities, published_levels.referral_rates),
    Rule(2, published_levels.authorities, published_levels.registrations),
    Rule(3, published_levels.authorities, published_levels.files),
    Rule(4, published_levels.authorities, published_levels.sources),
    Rule(5, areas.needs, areas.area_ratios),
    Rule(6, shortfalls.early_runs, shortfalls.need_at_referral),
    Rule(7, arrangements.link_worker_runs, arrangements.link_worker),
    Rule(8, arrangements.midtown_runs, arrangements.co_location),
    Rule(9, arrangements.assistant_runs, arrangements.assistants),
    Rule(10, arrangements.threshold_runs, arrangements.raised_threshold),
    Rule(11, shortfalls.england, shortfalls.funnel),
    Rule(12, power.needs, power.too_small_to_find),
)
