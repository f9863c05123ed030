"""When a policy is in force, as what a scenario says from each date on (T3): by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from helpers import small
from referral_sim.experiment.rest import changes_on_a_date
from referral_sim.scenario import Scenario, ScenarioError, load_scenario
from referral_sim.scenario.dated import PolicyDates, dated_values


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def steps(dates: PolicyDates, **values: Any) -> list[tuple[str, dict[str, Any]]]:
    before, after = (one.model_dump(mode="json") for one in (small(), small().with_values(**values)))
    return [(one.on.isoformat(), one.values) for one in dated_values([(dates, before, after)])]


def test_numbers_move_in_proportion_a_step_a_month_and_what_is_whole_begins_at_once() -> None:
    """From 3.0 to 3.6 in three months: 3.2, 3.4, 3.6; 20 to 25 working days: 21.67, 23.33, 25, in whole ones."""
    base = small(front_door__threshold=3.0, collaboration__panel__meeting_days=20)
    after = base.with_values(
        front_door__threshold=3.6, collaboration__panel__meeting_days=25, front_door__day_care_gateway=True
    )
    dates = PolicyDates(day("2005-05-01"), day("2005-09-01"), phase_in_months=3)
    found = dated_values([(dates, base.model_dump(mode="json"), after.model_dump(mode="json"))])
    assert [one.on.isoformat() for one in found] == ["2005-05-01", "2005-06-01", "2005-07-01", "2005-09-01"]
    assert [one.values.get("front_door.threshold") for one in found] == pytest.approx([3.2, 3.4, 3.6, None])
    assert [one.values.get("collaboration.panel.meeting_days") for one in found] == [22, 23, 25, None]
    assert [one.values.get("front_door.day_care_gateway") for one in found] == [True, True, True, None]


def test_programmes_follow_one_after_the_other() -> None:
    first, second = small().programmes
    dates = PolicyDates(day("2005-05-01"), phase_in_programmes_months=2)
    post = {"kind": "link_worker"}
    found = steps(dates, liaison={"Post": post}, **{f"programmes.{second}.trust": 0.9})
    assert [(on, values["liaison.Post"]["programmes"], set(values)) for on, values in found] == [
        ("2005-05-01", [first], {"liaison.Post"}),
        ("2005-07-01", [], {"liaison.Post", f"programmes.{second}.trust"}),
    ]
    assert {values["liaison.Post"]["start"] for _, values in found} == {"2005-05-01"}


def test_a_scenario_with_dates_is_the_same_after_json() -> None:
    found = load_scenario("midtown", policies=["no-liaison"], dates=PolicyDates(day("2005-09-01")))
    assert found.name == "midtown+no-liaison"
    assert Scenario.model_validate_json(found.model_dump_json()) == found
    assert [on for on, _ in found.on_dates()] == [day("2005-09-01")]
    assert changes_on_a_date(found)  # so nobody asks whether it is at rest


def test_from_the_first_day_is_no_date() -> None:
    plain = load_scenario("midtown", policies=["no-liaison"])
    assert load_scenario("midtown", policies=["no-liaison"], dates=PolicyDates(plain.time.start)) == plain


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("begins: 2008-07-01", "2:1: begins: 2008-07-01 must lie after the first day of the run and within it, from "
         "2004-04-02 to 2006-03-31"),
        ("begins: 2005-07-01\nends: 2005-02-01", "3:1: ends: 2005-02-01 must lie after the policy begins and within "
         "the run, from 2005-07-02 to 2006-03-31"),
        ("begins: 2005-07-01\nphase_in_months: 10", "3:1: phase_in_months: the last phase would begin after the end of "
         "the run; from 2005-07-01 it must be between 1 and 9"),
        ("ends: 2005-07-01", "1:1: begins: not given; a policy that ends or is phased in needs it, and it must lie "
         "after the first day of the run and within it, from 2004-04-02 to 2006-03-31"),
        ("begins: 2005-07-01\nset: {trouble.rate: 0.2}", "2:1: trouble.rate: may not change on a date"),
        ("begin: 2005-07-01", "2:1: begin: unknown key of a policy (did you mean 'begins'?)"),
    ],
)  # fmt: skip
def test_dates_that_do_not_fit_are_one_clear_fault(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "policy.yaml"
    more = "" if "set:" in line else "\nset: {front_door: {threshold: 3.3}}"
    path.write_text(f"title: A policy\n{line}{more}\n".replace("trouble.rate: 0.2", "trouble: {rate: 0.2}"))
    with pytest.raises(ScenarioError) as caught:
        load_scenario("midtown", ["time.warm_up_months=12"], policies=[path])
    (one,) = str(caught.value).splitlines()
    assert one.partition("policy.yaml:")[2].startswith(fault)
