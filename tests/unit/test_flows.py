"""Flows of cases: made of measures, and what goes in comes out."""

import math

import pandas as pd
import pytest

from referral_sim import ReferralModel, load_scenario
from referral_sim.experiment.authority_results import beside_published
from referral_sim.experiment.flows import AGENCIES, ELSEWHERE, flows
from referral_sim.experiment.summaries import summarise
from referral_sim.records.casebook import SOURCES
from sweeps import SCENARIO

CHILDREN = 20_000


def rows(**means):
    """Measures of the whole authority, and shares of sources, as a profile has them."""
    table = [(m, "all", v, v - 1.0, v + 1.0) for m, v in means.items()]
    table += [
        ("referral_source_true", "source:police", 0.6, 0.5, 0.7),
        ("referral_source_true", "source:sslp", 0.4, 0.3, 0.5),
    ]
    return pd.DataFrame(table, columns=["measure", "group", "mean", "low", "high"])


MEANS = {
    "referrals": 500.0, "initial_assessments": 200.0, "section_47_enquiries": 60.0, "conferences": 30.0,
    "registrations": 20.0, "sslp_concerns": 100.0, "sslp_contacts": 30.0, "sslp_informal_tellings": 10.0,
    "sslp_held_back": 25.0, "sslp_referrals_to_social_services": 12.0,
}  # fmt: skip


def of(table, source, target):
    (row,) = table[(table["source"] == source) & (table["target"] == target)].to_dict("records")
    return row


def balanced(table):
    """Whether what goes into each place that has both comes out of it."""
    for _, part in table.groupby("part"):
        into, out = part.groupby("target")["cases"].sum(), part.groupby("source")["cases"].sum()
        for place in into.index.intersection(out.index):
            assert into[place] == pytest.approx(out[place]), place


def test_flows_are_cases_a_year_and_add_up():
    table = flows(rows(**MEANS), CHILDREN)
    assert of(table, "Police and probation", "Referrals")["cases"] == pytest.approx(600.0)
    assert of(table, "Sure Start programmes", "Referrals")["cases"] == pytest.approx(400.0)
    assert of(table, "Referrals", "Initial assessments")["cases"] == 400.0
    assert of(table, "Referrals", "Initial assessments")["low"] == 398.0
    left = of(table, "Referrals", "No further action, or to a programme")
    assert left["cases"] == 600.0
    assert math.isnan(left["low"])
    assert of(table, "Programmes' concerns", "Helped there, to a panel, or no room")["cases"] == 35.0
    assert of(table, "Brought as contacts", "Contacts, no referral")["cases"] == 18.0
    balanced(table)


def test_a_stage_larger_than_the_one_before_gets_the_rest_from_elsewhere():
    table = flows(rows(**(MEANS | {"section_47_enquiries": 250.0})), CHILDREN)
    assert of(table, ELSEWHERE, "Section 47 enquiries")["cases"] == 100.0
    assert of(table, "Initial assessments", "Section 47 enquiries")["cases"] == 400.0
    balanced(table)


def test_what_never_happens_is_left_out_and_what_is_missing_refused():
    table = flows(rows(**MEANS), CHILDREN)
    assert not table["source"].str.contains("panel").any()
    with pytest.raises(ValueError, match="lack the column low"):
        flows(rows().drop(columns="low"), CHILDREN)
    with pytest.raises(ValueError, match="children must be above 0"):
        flows(rows(), 0)


def test_every_source_belongs_to_one_agency():
    assert sorted(s for sources in AGENCIES.values() for s in sources) == sorted(SOURCES)


def test_flows_of_a_run_add_up_to_its_measures(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(SCENARIO, "utf-8")
    plan = load_scenario(path)
    model = ReferralModel(plan, rng=1)
    model.run()
    measures = model.measures()
    table = flows(beside_published(summarise(measures.assign(replicate=0)), None), plan.population.children)
    balanced(table)
    by = measures.set_index(["measure", "group"])["value"]
    into = table[table["target"] == "Referrals"]["cases"].sum()
    assert into == pytest.approx(by["referrals", "all"] * plan.population.children / 1e4)
    told = table[table["source"] == "Programmes' concerns"]["cases"].sum()
    assert told == pytest.approx(by["sslp_concerns", "all"])
    assert set(table["part"]) == {"referrals", "programmes"}
