"""Patterns 7 to 10: what posts, parts and thresholds do, by pairs of runs with common random numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from ..scenario import Scenario, load_scenario
from .judging import Check, Pattern, PatternRuns, Values, above, below, figure_only, interval

SHARE, TIERS = "share", "tiers"
CONTACTS, TO_SSLP = "sslp_contacts", "social_services_referrals_to_sslp"


def _without_liaison(scenario: Scenario) -> Scenario:
    return scenario.with_values(liaison={})


def _groups(scenario: Scenario, locality: str) -> list[str]:
    """The measure groups of the programmes of a locality."""
    return [f"programme:{name}" for name, p in scenario.programmes.items() if locality in p.localities]


def _sum(runs: PatternRuns, name: str, measure: str, groups: list[str]) -> Values:
    return sum((runs.of(name, measure, group) for group in groups), start=0.0 * runs.of(name, "referrals"))


# -- 7 ------------------------------------------------------------------------------------------------------------


def link_worker_scenarios() -> dict[str, Scenario]:
    """East Borough with its link worker and without."""
    east = load_scenario("east-borough")
    return {"east-borough": east, "east-borough, no link worker": _without_liaison(east)}


def link_worker(runs: PatternRuns) -> Pattern:
    """East Borough's link worker raises the flow from social services to the programmes after the post starts."""
    months = ["2005-11", "2005-12", "2006-01", "2006-02", "2006-03"]
    before = ["2005-05", "2005-06", "2005-07", "2005-08", "2005-09"]

    def gain(when: list[str]) -> Values:
        names = ("east-borough", "east-borough, no link worker")
        with_post, without = (np.mean([runs.of(n, TO_SSLP, f"month:{m}") for m in when], axis=0) for n in names)
        return np.asarray(with_post - without)

    unit = "families a month"
    checks = (
        above("gain in the five months from November 2005", "above 0", gain(months), unit),
        _zero("gain in the five months before October 2005", gain(before), unit),
    )
    return Pattern(
        7, "East Borough's link worker", "more families are referred on to programmes once the post has begun", checks
    )


def _zero(what: str, values: Values, unit: str) -> Check:
    mean, low, high = interval(values)
    return Check(what, "none at all", mean, low, high, unit, bool((values == 0).all()))


# -- 8 ------------------------------------------------------------------------------------------------------------


def midtown_scenarios() -> dict[str, Scenario]:
    """Midtown, and Midtown without the visits to office A or without the shared building of office C."""
    midtown = load_scenario("midtown")
    return {"midtown": midtown} | {
        f"midtown, no {name}": midtown.with_values(
            parts={k: p.model_dump() for k, p in midtown.parts.items() if k != name}
        )
        for name in ("Visits to office A", "Shared building")
    }


def co_location(runs: PatternRuns) -> Pattern:
    """Co-location without trust (office C) helps less than planned visits with it (office A)."""
    midtown = load_scenario("midtown")

    def gain(part: str, office: str, measure: str) -> Values:
        groups = _groups(midtown, office)
        return _sum(runs, "midtown", measure, groups) - _sum(runs, f"midtown, no {part}", measure, groups)

    def lead(measure: str) -> tuple[Values, Values, Values]:
        visits = gain("Visits to office A", "Office A", measure)
        building = gain("Shared building", "Office C", measure)
        return visits - building, visits, building

    sent, brought, trust = lead(TO_SSLP), lead(CONTACTS), lead("trust_sslp")
    checks = (
        above("referrals on to programmes: gain by visits less gain by the building", "above 0", sent[0], "a year"),
        above("programmes' contacts: gain by visits less gain by the building", "above 0", brought[0], "a year"),
        above("workers' trust: gain by visits less gain by the building", "above 0", trust[0] / 2, SHARE),
        figure_only("programmes' contacts gained by the visits to office A", brought[1], "a year"),
        figure_only("programmes' contacts gained by the shared building of office C", brought[2], "a year"),
    )
    return Pattern(
        8, "Co-location without trust", "planned visits where there is trust help more than sharing a building without",
        checks,
    )  # fmt: skip


# -- 9 ------------------------------------------------------------------------------------------------------------


def assistant_scenarios() -> dict[str, Scenario]:
    """Southshire with its assistants, with assistants who stay, and with nobody in the posts."""
    county = load_scenario("southshire")
    stay: dict[str, Any] = {
        "collaboration__practices__social_work_assistant__turnover": 0.0,
        "collaboration__practices__social_work_assistant__vacancy_days": 0.0,
    }
    return {
        "southshire": county,
        "southshire, assistants stay": county.with_values(**stay),
        "southshire, no assistants": _without_liaison(county),
    }


def assistants(runs: PatternRuns) -> Pattern:
    """Out-posting assistants with high turnover loses its effect (Southshire)."""
    county = load_scenario("southshire")
    served = sorted({p for post in county.liaison.values() for p in post.programmes})
    groups = [f"programme:{name}" for name in served]

    def effect(name: str, measure: str) -> Values:
        return _sum(runs, name, measure, groups) - _sum(runs, "southshire, no assistants", measure, groups)

    asked, asked_if_stay = effect("southshire", "consultations"), effect("southshire, assistants stay", "consultations")
    brought, brought_if_stay = effect("southshire", CONTACTS), effect("southshire, assistants stay", CONTACTS)
    checks = (
        below("consultations: effect of the posts as they are less that of assistants who stay", "below 0",
              asked - asked_if_stay, "a year"),
        below("programmes' contacts: the same", "below 0", brought - brought_if_stay, "a year"),
        figure_only("part of the effect on consultations that is kept", asked.mean() / asked_if_stay.mean() + 0 * asked,
              "ratio"),
        figure_only("programmes' contacts brought by assistants as they are", brought, "a year"),
        figure_only("programmes' contacts brought by assistants who stay", brought_if_stay, "a year"),
    )  # fmt: skip
    return Pattern(9, "Assistants with high turnover", "the posts lose effect where their holders leave", checks)


# -- 10 -----------------------------------------------------------------------------------------------------------

RAISED_ON = dt.date(2005, 4, 1)
FIRST, LAST = ("2005-04", "2005-05", "2005-06"), ("2006-01", "2006-02", "2006-03")


def threshold_scenarios() -> dict[str, Scenario]:
    """The average authority, also with a threshold raised by a tier, and both with trust that nothing moves."""
    average = load_scenario("england-average")
    still = {
        f"relationships__{key}": 0.0
        for key in ("accepted", "refused", "silence", "delay", "joint_visit", "moved_colleague")
    }
    raised = {"front_door__threshold_change__on": RAISED_ON, "front_door__threshold_change__by": 1.0}
    return {
        "england-average": average,
        "england-average, raised": average.with_values(**raised),
        "england-average, trust still": average.with_values(**still),
        "england-average, raised, trust still": average.with_values(**still, **raised),
    }


def raised_threshold(runs: PatternRuns) -> Pattern:
    """A raised threshold leaves only the gravest cases and lowers SSLP referrals later, through trust."""

    def change(measure: str, group: str = "all", still: str = "") -> Values:
        return runs.of(f"england-average, raised{still}", measure, group) - runs.of(
            f"england-average{still}", measure, group
        )

    def contacts(months: tuple[str, ...], still: str = "") -> Values:
        return sum((change(CONTACTS, f"month:{m}", still) for m in months), start=0.0 * change("referrals")) / 3.0

    later = contacts(LAST)
    checks = (
        above("mean need at referral", "rises", change("need_at_referral"), TIERS),
        below("initial assessments", "fall", change("initial_assessments"), "per 10,000 children a year"),
        below("programmes' trust, March 2006", "falls", change("trust_sslp", "month:2006-03"), SHARE),
        below("programmes' contacts, January to March 2006", "fall", later, "a month"),
        below("of this, through trust (less the change where nothing moves trust)", "below 0",
              later - contacts(LAST, ", trust still"), "a month"),
        figure_only("programmes' contacts, April to June 2005", contacts(FIRST), "a month"),
    )  # fmt: skip
    return Pattern(
        10, "A raised threshold", "only the gravest cases are left, and programmes refer less later, through trust",
        checks,
    )  # fmt: skip
