"""Policies that begin, are phased in and end on a date, and runs that branch from the history they share (T3)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from helpers import small
from referral_sim import ReferralModel, Scenario
from referral_sim.experiment import jobs as jobs_module
from referral_sim.experiment.jobs import BranchedJob, Job, branched, run_job, run_jobs, take_tables
from referral_sim.experiment.running import sweep_runs
from referral_sim.folders.scenario_changes import scenario_text
from referral_sim.scenario.dated import DatedValues, PolicyDates, dated_values

BEGINS, ENDS = dt.date(2005, 5, 9), dt.date(2005, 8, 1)
POST = {"liaison": {"Post": {"kind": "outposted_social_worker"}}}
PANEL = {"parts": {"Panel": {"kind": "family_support_panel"}}}
POLICIES: dict[str, dict[str, Any]] = {
    "threshold": {"front_door.threshold": 3.6, "front_door.judgement_noise": 0.9},
    "post": POST,
    "panel": PANEL,
    "everything": {
        **POST, **PANEL, "practice.detection": 0.9, "noticing.visibility": 0.9, "workforce.recording": 0.4,
        "workforce.turnover": 0.8, "protection.routing": 0.9, "help.works": 0.9, "families.refusal": 0.1,
        "collaboration.feedback": 0.9, "assessment.core_days": 10.0, "plans.effect": 0.9,
    },
}  # fmt: skip
DATES = {
    "whole": PolicyDates(BEGINS),
    "ends": PolicyDates(BEGINS, ENDS),
    "by month": PolicyDates(BEGINS, phase_in_months=3),
    "by programme": PolicyDates(BEGINS, phase_in_programmes_months=1),
}


def under(values: dict[str, Any], dates: PolicyDates, name: str = "dated", base: Scenario | None = None) -> Scenario:
    """The small authority under a policy with dates."""
    base = base or small()
    before, after = (one.model_dump(mode="json") for one in (base, base.with_values(**values)))
    tree = base.model_dump() | {"name": name, "dated": dated_values([(dates, before, after)])}
    return Scenario.model_validate(tree)


def tables(scenario: Scenario) -> dict[str, pd.DataFrame]:
    return take_tables(ReferralModel(scenario, rng=3).run())


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True)


def test_a_branched_run_has_the_rows_of_a_whole_one() -> None:
    scenarios = [small(name="base")]
    scenarios += [under(v, DATES["whole"], name) for name, v in POLICIES.items()]
    scenarios += [under(POLICIES["everything"], dates, when) for when, dates in DATES.items() if when != "whole"]
    scenarios.append(small(name="from the first day", front_door__threshold=3.6))
    jobs = [Job(scenario, 3, 0, take_tables) for scenario in scenarios]
    tasks = branched(jobs)
    assert [len(getattr(task, "jobs", (task,))) for task in tasks] == [8, 1]
    found = {result.task.scenario.name: result for result in run_jobs(jobs)}
    base = tables(scenarios[0])
    for scenario in scenarios:
        result = found[scenario.name]
        assert result.failure is None, result.failure
        assert_same(tables(scenario), result.value)
        assert (scenario.name == "base") == result.value["events"].equals(base["events"])


@pytest.mark.parametrize("when", DATES)
def test_nothing_happens_before_the_policy_begins_and_something_does_after(when: str) -> None:
    """The source that is recorded is the case's: a row from before the date has it when the case is brought after."""
    base, policy = (tables(one)["events"] for one in (small(), under(POLICIES["everything"], DATES[when])))
    first = BEGINS.isoformat()
    of_the_day = [name for name in base.columns if name != "recorded_source"]
    before, changed = (
        one.loc[one["date"].astype(str) < first, of_the_day].reset_index(drop=True) for one in (base, policy)
    )
    pd.testing.assert_frame_equal(before, changed, check_exact=True)
    assert not base.equals(policy)


def test_a_date_on_which_nothing_changes_changes_nothing() -> None:
    still = small().model_copy(update={"dated": (DatedValues(on=BEGINS, values={}),)})
    assert_same(
        tables(small(**POST, **PANEL)), tables(small(**POST, **PANEL).model_copy(update={"dated": still.dated}))
    )


def test_a_post_and_a_panel_are_there_from_the_day_on_which_they_begin_to_the_day_on_which_they_end() -> None:
    model = ReferralModel(under({**POST, **PANEL}, DATES["ends"]), rng=3)
    there: dict[dt.date, tuple[bool, bool]] = {}
    while model.running:
        model.step()
        post = any(one.present or one.first_day <= model.day <= one.last_day for one in model.liaison)
        there[model.calendar.date(model.day)] = post, any(one.present for one in model.panels.panels)
    assert {date for date, now in there.items() if now != (False, False)} == {d for d in there if BEGINS <= d < ENDS}
    assert {now for date, now in there.items() if BEGINS <= date < ENDS} == {(True, True)}


STOPS = {  # what a value from a date on puts an end to, but for the gravest cases: stage, outcome
    "front_door.threshold": (6.0, "referral", "initial_assessment"),
    "protection.enquiry_share": (0.0, "strategy_discussion", "section_47_enquiry"),
    "plans.offered": (0.0, "plan_start", "none"),
    "practice.sharing": (0.0, "programme_concern", "referred"),
}


@pytest.mark.parametrize("key", STOPS)
def test_from_the_day_on_the_new_value_is_followed(key: str) -> None:
    value, *what = STOPS[key]
    quiet = small(front_door__judgement_noise=0.0, front_door__trust_weight=0.0, trouble__rate=0.6)
    days = {}
    for name, scenario in (("base", quiet), ("dated", under({key: value}, DATES["whole"], base=quiet))):
        rows = tables(scenario)["events"].set_index(["stage", "outcome"]).sort_index().loc[tuple(what)]
        days[name] = rows["date"].dt.date
    assert (days["base"] >= BEGINS).sum() > 15
    assert (days["dated"] >= BEGINS).sum() < 0.4 * (days["base"] >= BEGINS).sum()
    assert (days["dated"] < BEGINS).sum() == (days["base"] < BEGINS).sum() > 0


def test_a_post_that_begins_serves_its_programmes() -> None:
    model = ReferralModel(under(POST, DATES["ends"]), rng=3)
    served = []
    while model.running:
        model.step()
        served += [model.calendar.date(model.day)] * any(programme.liaison for programme in model.programmes)
    assert BEGINS <= served[0] <= BEGINS + dt.timedelta(days=3)
    assert served[-1] < ENDS


def test_a_branch_of_another_history_is_refused() -> None:
    model = ReferralModel(small(), rng=3)
    with pytest.raises(ValueError, match="another history"):
        model.branch(small(name="other", front_door__threshold=3.6))


@pytest.mark.long
def test_a_sweep_branches_and_keeps_the_rows_of_whole_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yaml").write_text(scenario_text(small()))
    for by in (-0.4, 0.4):
        text = f"title: by {by}\nbegins: {BEGINS}\nchange: {{front_door.threshold: {by}}}\n"
        (tmp_path / f"by{by}.yaml").write_text(text)
    plan = "scenario: small.yaml\npolicies: [none, by-0.4.yaml, by0.4.yaml]\nreplicates: 2\nseed: 3\n"
    (tmp_path / "plan.yaml").write_text(plan)
    asked: list[int] = []

    def counted(job: Job | BranchedJob) -> Any:
        asked.append(len(job.jobs) if isinstance(job, BranchedJob) else 1)
        return run_job(job)

    monkeypatch.setattr(jobs_module, "run_job", counted)
    found = list(sweep_runs(tmp_path / "plan.yaml"))
    assert asked == [3, 3]
    assert len({run.task.id for run in found}) == 6
    for one in found:
        assert one.value is not None, one.reason
        whole = run_job(Job(one.task.variant.base, 3, one.task.replicate))
        pd.testing.assert_frame_equal(whole, one.value, check_exact=True)


def test_a_failure_of_one_branch_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose results cannot be taken fails alone; where the whole group ends badly, each is made by itself."""
    scenarios = [small(name="base"), under(POLICIES["threshold"], DATES["whole"], "threshold")]
    jobs = [Job(scenarios[0], 3, 0), Job(scenarios[1], 3, 0, take_nothing)]
    base, policy = run_jobs(jobs)
    assert base.failure is None
    assert policy.status == "failed"
    assert policy.reason == "ValueError: nothing to take"
    monkeypatch.setattr(jobs_module, "run_job", alone_only)
    assert sorted(one.value for one in run_jobs([Job(one, 3, 0) for one in scenarios])) == ["base", "threshold"]


def take_nothing(model: ReferralModel) -> None:
    raise ValueError("nothing to take")


def alone_only(job: Job | BranchedJob) -> str:
    if isinstance(job, BranchedJob):
        raise MemoryError
    return job.scenario.name
