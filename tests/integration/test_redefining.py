"""What policies are judged by does not move where only words, records or limits of time are defined anew (C1, C2)."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from helpers import run, small
from referral_sim.scenario import Scenario, list_policies, load_scenario

WELFARE = ("families_in_unmet_need", "days_of_unmet_need", "grave_trouble_unknown", "trouble_prevented")
ONLY_REDEFINE = ("no-change", "sslp-identifier")


def measured(scenario: Scenario) -> pd.Series:
    return run(scenario).measures().set_index(["measure", "group"])["value"]


@lru_cache(maxsize=1)
def usual() -> pd.Series:
    return measured(small())


def moved(base: pd.Series, other: pd.Series) -> set[str]:
    """The measures of which any group differs."""
    base, other = base.align(other, join="inner")  # a policy may take posts or programmes away, and their groups
    differs = ~np.isclose(base, other, rtol=0.0, atol=0.0, equal_nan=True)
    return {measure for measure, _ in base.index[differs]}


@pytest.mark.parametrize(
    ("key", "value", "shows"),
    [
        ("recording__sslp_identifier", True, "referral_source_recorded"),
        ("recording__not_recorded", 0.4, "referral_source_recorded"),
        ("front_door__referral_margin", 1.5, "referrals"),  # more is called a referral; nobody is assessed for it
        ("front_door__repeat_call_is_referral", True, "referrals"),
        ("assessment__initial_deadline", 10, "initial_assessments_in_time"),
        ("assessment__core_deadline", 42, "core_assessments_in_time"),
    ],
)
def test_what_is_only_defined_anew_moves_no_yardstick_of_welfare(key: str, value: object, shows: str) -> None:
    found = moved(usual(), measured(small(**{key: value})))
    assert shows in found
    assert not found & set(WELFARE)


@pytest.mark.long
def test_of_the_shipped_policies_those_that_only_redefine_move_no_yardstick() -> None:
    """A policy only redefines where all that happens stays as it was, but for the source on record."""
    base, policies = run(load_scenario("east-borough")), [one.name for one in list_policies()]
    happened = base.events().drop(columns="recorded_source")
    yardsticks = base.measures().set_index(["measure", "group"])["value"]
    redefine = set()
    for policy in policies:
        model = run(load_scenario(f"east-borough+{policy}"))
        if model.events().drop(columns="recorded_source").equals(happened):
            redefine.add(policy)
            found = moved(yardsticks, model.measures().set_index(["measure", "group"])["value"])
            assert found <= {"referral_source_recorded", "study_source_recorded"}, policy
    assert redefine == set(ONLY_REDEFINE)


@pytest.mark.long
def test_years_vary_as_clustered_counts_do() -> None:
    """Brothers and sisters come together: counts of children vary more than Poisson counts, and than families do."""
    years = [run(small(), replicate=replicate).measures() for replicate in range(36)]
    every = pd.concat([year[year["group"] == "all"].set_index("measure")["value"] for year in years], axis=1)
    counts = every * 0.25  # per 10,000 children, of 2,500
    dispersion = counts.var(axis=1) / counts.mean(axis=1)
    for children, families in (("referrals", "families_referred"), ("registrations", "families_registered")):
        assert dispersion[children] > 2.0, "1 for a Poisson count"
        assert dispersion[children] > dispersion[families]
