"""Helpers of the direction tests: a small authority, runs with the same seeds, and what changes between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario

SEEDS = (11, 12)
HILL = "programme:Hill"
OUTPOSTED, LINK, ASSISTANT = "outposted_social_worker", "link_worker", "social_work_assistant"
FULL = {"children_under_five": 820, "reach": 0.9, "reach_slope": 0.0, "packages_per_worker": 50}
# Fewer troubles, of which many last, and help that turns most of them.
LASTING = {
    "trouble__rate": 0.1, "trouble__lasting_share": 0.4, "trouble__lasting_days": 900.0,
    "help__works": 0.9, "help__hardness": 0.1,
}  # fmt: skip


@dataclass(frozen=True)
class _Run:
    digest: str
    seed: int
    scenario: Scenario = field(compare=False)


def authority(**values: Any) -> Scenario:
    """A small authority with one programme and all hours it needs: one year, no warm-up.

    What the directions rest on is set here, so that they hold whatever the defaults are fitted to.

    Args:
        values: dotted keys as in ``with_values``.
    """
    small = Scenario().with_values(
        name="small",
        time__warm_up_months=0,
        time__years=1,
        population__children=15_000,
        need__median_excess=0.35,
        need__deprivation_ratio=3.0,
        practice__hours_to_notice=0.02,  # workers have time for all families,
        hours=dict.fromkeys(("consultation", "joint_visit", "common_assessment", "package_month", "panel_case"), 0.0),
        family_support__joint_hours=0.0,  # and nothing else that they do takes of it
        relationships__refused=0.06,  # each worker learns from answers alone, and as much from good ones as from bad
        relationships__silence=0.03,
        relationships__sees_acceptance=0.0,
        relationships__colleagues=0.0,
        relationships__forgetting=0.1,
        collaboration__practices__outposted_social_worker__filters=0.0,
        collaboration__practices__social_work_assistant__filters=0.0,
        programmes={"Hill": {"children_under_five": 700}},
        workforce__unlimited=True,
    )
    return small.with_values(**values)


def busy(**values: Any) -> Scenario:
    """The same with a programme that most families use, that sees most and has room for all."""
    much = authority(
        population__children=8_000,
        population__deprived_share=0.4,
        programmes={"Hill": FULL},
        practice__detection=0.9,
        need__deprivation_ratio=4.0,
        workforce__sslp_turnover=0.0,
        collaboration__practices__outposted_social_worker__turnover=0.0,
        collaboration__practices__link_worker__turnover=0.0,
        collaboration__practices__social_work_assistant__turnover=0.0,
    )
    return much.with_values(**values)


def queueing(**values: Any) -> Scenario:
    """The same with a team whose hours are counted: three posts, all filled, nobody leaves."""
    settings = {
        "workforce__unlimited": False,
        "workforce__vacancy": 0.0,
        "workforce__turnover": 0.0,
        "workforce__agency": 0.0,
        "localities": {"Central": {"posts": 3}},
    }
    return busy(**(settings | values))


def with_post(scenario: Scenario, kind: str = "outposted_social_worker", **values: Any) -> Scenario:
    """A scenario with one liaison post; the values are those of the post."""
    return scenario.with_values(liaison={"Post": {"kind": kind, **values}})


def with_part(scenario: Scenario, kind: str, **values: Any) -> Scenario:
    """A scenario with one part of a collaboration and no other; the values are those of the part."""
    return scenario.with_values(parts={"Part": {"kind": kind, **values}})


@lru_cache(maxsize=24)
def _finished(run: _Run) -> ReferralModel:
    return ReferralModel(run.scenario, rng=run.seed).run()


def models(scenario: Scenario, seeds: Iterable[int] = SEEDS) -> list[ReferralModel]:
    """Finished runs of a scenario, one a seed; the seeds are the same for all scenarios."""
    return [_finished(_Run(scenario.content_hash(), seed, scenario)) for seed in seeds]


def measured(scenario: Scenario, measure: str, group: str = "all") -> np.ndarray:
    """A measure, one value a seed: the mean of the reporting years."""
    tables = [model.measures() for model in models(scenario)]
    values = [t.loc[(t["measure"] == measure) & (t["group"] == group), "value"].mean() for t in tables]
    return np.array(values, dtype=float)


def difference(before: Scenario, after: Scenario, measure: str, group: str = "all") -> float:
    """Mean change of a measure from one scenario to another, in the measure's unit."""
    return float((measured(after, measure, group) - measured(before, measure, group)).mean())


def ratio(before: Scenario, after: Scenario, measure: str, group: str = "all") -> float:
    """A measure under the second scenario relative to the first, over all seeds."""
    return float(measured(after, measure, group).sum() / measured(before, measure, group).sum())


def by_month(scenario: Scenario, measure: str, group: str = "all", seeds: Iterable[int] = SEEDS) -> pd.Series:
    """Monthly values of a measure, added over the seeds."""
    tables = pd.concat([model.monthly() for model in models(scenario, seeds)])
    mine = tables[(tables["measure"] == measure) & (tables["group"] == group)]
    return mine.groupby("month")["value"].sum()


def events(scenario: Scenario, stage: str | None = None, seeds: Iterable[int] = SEEDS) -> pd.DataFrame:
    """Rows of the event table of all seeds, of all stages or of one; ``youngest`` and ``run`` are added."""
    frames = []
    for number, model in enumerate(models(scenario, seeds)):
        rows = model.events()
        rows["run"] = number
        rows["youngest"] = model.signs.youngest[rows["case"]]
        frames.append(rows)
    table = pd.concat(frames, ignore_index=True)
    return table if stage is None else table[table["stage"] == stage].reset_index(drop=True)


def outcomes(scenario: Scenario, stage: str) -> pd.Series:
    """How often a stage came to each outcome, over all seeds; 0 for those that never came."""
    return events(scenario, stage)["outcome"].value_counts()


def afterwards(
    scenario: Scenario, help_begins: tuple[str, str], stage: str, days: int = 120, first: int = 22
) -> pd.Series:
    """Need at a stage on families some time after help for them began, one row each time.

    Args:
        scenario: what is run.
        help_begins: stage and outcome with which help began.
        stage: the later stage.
        days: working days to the last day that counts.
        first: working days to the first that counts: help tries to turn trouble once a month.

    Returns:
        The series, and in its ``attrs["each"]`` how many there were for each family helped.
    """
    helped = events(scenario, help_begins[0]).query("outcome == @help_begins[1]").drop_duplicates(["run", "family"])
    both = helped.merge(events(scenario, stage), on=["run", "family"], suffixes=("", "_then"))
    levels = both.loc[(both["day_then"] - both["day"]).between(first, days), "level_then"]
    levels.attrs["each"] = len(levels) / len(helped)
    return levels


def users(scenario: Scenario) -> int:
    """Families who use a programme at the end of the runs."""
    return sum(int(model.state.cases.user.sum()) for model in models(scenario))


def wrong(rows: pd.DataFrame, yes: str, no: str, threshold: float = 3.0) -> float:
    """Share of the rows with outcome ``yes`` below the threshold or ``no`` at or above it."""
    rows = rows[rows["outcome"].isin([yes, no]) & (rows["kind"] != "day_care_request")]
    grave = rows["level"] >= threshold
    return float(((rows["outcome"] == yes) != grave).mean())


def no_links(**values: Any) -> Scenario:
    """A busy programme whose workers know nobody in the team."""
    return busy(collaboration__informal_links=0.0, **values)


def even_views(**values: Any) -> Scenario:
    """Workers who all know the threshold, trust fully and share all that they judge grave."""
    same = {
        "practice__threshold_gap": 0.0,
        "practice__threshold_gap_spread": 0.0,
        "practice__trust": 1.0,
        "practice__trust_spread": 0.0,
        "practice__sharing": 1.0,
    }
    return no_links(**(same | values))


def lively(**values: Any) -> Scenario:
    """A small authority for a whole year, with more going on, so that the rarer stages come often enough."""
    return authority(**({"trouble__rate": 0.3, "time__years": 1} | values))
