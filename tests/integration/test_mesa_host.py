"""The model as users of Mesa know one: stepping, agents by type, the data collector, batch runs."""

import inspect

import mesa
import pandas as pd
import pytest

from helpers import digest, post, run, same_rows, small
from referral_sim import ReferralModel, load_scenario
from referral_sim.agents import (
    Family,
    IntakeTeam,
    LinkWorker,
    OutpostedSocialWorker,
    SSLPWorker,
    SureStartProgramme,
)
from referral_sim.agents.family_support import FamilySupportTeam
from referral_sim.measures.table import RATES, SHARES
from referral_sim.scenario import ScenarioError

POSTS = {"Out": post(programmes=["Hill"]), "Link": post("link_worker")}
DAILY = [
    "date", "contacts", "calls_about_open_cases", "referrals", "registrations", "on_register", "backlog_days",
    "applied_threshold", "trust_sslp", "trust_team", "threshold_gap", "leavers_intake",
]  # fmt: skip

OF_YEAR = [f"year.{name}" for name in (*RATES, *SHARES)]


def short(**values):
    return small(time__warm_up_months=1, time__years=1, **values)


def test_stepping_day_by_day_equals_running():
    stepped = ReferralModel(small(liaison=POSTS), rng=4)
    days = 0
    while stepped.running:
        stepped.step()
        days += 1
    ran = ReferralModel(small(liaison=POSTS), rng=4)
    assert ran.run() is ran
    assert days == stepped.calendar.days == stepped.day + 1 == stepped.steps
    for table in ("events", "measures", "monthly"):
        same_rows(getattr(stepped, table)(), getattr(ran, table)())
    modelled = ReferralModel(small(liaison=POSTS), rng=4)
    modelled.run_model()
    assert digest(modelled.events()) == digest(ran.events())


def test_steps_after_the_end_change_nothing():
    model = run(short())
    before = digest(model.events()), digest(model.measures()), model.day, len(model.agents)
    kept = model.datacollector.get_model_vars_dataframe()
    for _ in range(3):
        model.step()
    assert (digest(model.events()), digest(model.measures()), model.day, len(model.agents)) == before
    same_rows(model.datacollector.get_model_vars_dataframe(), kept)
    assert not model.running


@pytest.mark.parametrize("table", ["measures", "monthly"])
def test_results_before_the_end_say_what_to_do(table):
    model = ReferralModel(short(), rng=1)
    for _ in range(3):
        with pytest.raises(RuntimeError, match=r"has not ended; call model\.run\(\)"):
            getattr(model, table)()
        model.step()
    assert len(model.events()) > 0, "events may be read on any day"


def test_agents_are_mesa_agents_by_type():
    model = run(small(liaison=POSTS, population__mobility=0.0))
    found = {kind: list(model.agents_by_type[kind]) for kind in model.agent_types}
    assert set(found) == {
        Family,
        FamilySupportTeam,
        IntakeTeam,
        LinkWorker,
        OutpostedSocialWorker,
        SSLPWorker,
        SureStartProgramme,
    }
    assert [team.name for team in found[IntakeTeam]] == ["North", "South"]
    assert [each.name for each in found[SureStartProgramme]] == ["Hill", "Dale"]
    assert len(found[SSLPWorker]) == 6
    assert [worker.programme.name for worker in found[SSLPWorker]] == ["Hill"] * 3 + ["Dale"] * 3
    assert [len(worker.programmes) for worker in found[OutpostedSocialWorker]] == [1]
    assert [len(worker.programmes) for worker in found[LinkWorker]] == [2]
    assert all(isinstance(agent, mesa.Agent) and agent.model is model for agent in model.agents)
    numbers = [family.number for family in found[Family]]
    assert len(numbers) == len(set(numbers))
    events = model.events()
    opened = (events["stage"] == "referral") & (events["outcome"] == "initial_assessment")
    assert set(events.loc[opened, "family"]) <= set(numbers), "a family whose case is opened has an agent"
    assert len(numbers) < len(model.families), "a quiet family has none"


def test_an_agent_is_a_window_on_its_family():
    model = run(small(liaison=POSTS, population__mobility=0.0))
    events = model.events().drop_duplicates("family").set_index("family")
    for family in model.agents_by_type[Family]:
        assert model.family(family.number) is family
        assert family.need >= 1.0
        assert family.tier == min(4, int(family.need))
        row = events.loc[family.number]
        assert family.locality == row["locality"]
        assert family.ethnic_group == row["ethnic_group"]
        assert family.programme == (None if pd.isna(row["programme_area"]) else row["programme_area"])
        assert family.on_register == (model.state.cases.register_case[family.number] >= 0)
        assert not family.on_register or family.open_case is not None
    values = model.agents_by_type[SSLPWorker].get(["trust", "believed_threshold", "threshold_gap", "present"])
    assert len(values) == 6
    assert model.agents_by_type[Family].agg("need", max) <= 15.0


def test_data_collector_has_a_row_for_each_working_day():
    model = run(small())
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == [*DAILY, *OF_YEAR]
    assert frame[OF_YEAR].iloc[:-1].isna().all(axis=None)
    assert len(frame) == model.calendar.days
    assert list(pd.to_datetime(frame["date"])) == list(pd.to_datetime(model.calendar.dates))
    events = model.events()
    for column, stage in (("referrals", "referral"), ("registrations", "registration")):
        children = events[events["stage"] == stage].groupby("day")["children"].sum()
        assert frame[column].tolist() == children.reindex(range(len(frame)), fill_value=0).cumsum().tolist()
    calls = events[events["outcome"] == "to_open_case"]
    assert frame["calls_about_open_cases"].iloc[-1] == calls["children"].sum() > 0
    known = set(calls["case"]) - set(events.loc[events["stage"] == "panel", "case"])
    contacts = events[(events["stage"] == "contact") & ~events["case"].isin(known)]
    assert frame["contacts"].iloc[-1] == contacts["children"].sum() > 0


def test_the_host_does_not_write_into_the_scenario():
    scenario = short()
    model = ReferralModel(scenario, rng=1)
    assert model.scenario is scenario
    assert not hasattr(scenario, "model")
    assert isinstance(model.scenario.name, str)


# -- batch runs -------------------------------------------------------------------------------------------------------


def batch(scenarios, seeds, processes=1):
    """``mesa.batch_run`` over scenarios and seeds: Mesa 3.5 takes the seeds apart from the model's parameters."""
    parameters, more = {"scenario": scenarios}, {}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        more["rng"] = seeds
    else:
        parameters["rng"] = seeds
    return mesa.batch_run(
        ReferralModel, parameters, number_processes=processes, display_progress=False, max_steps=10_000, **more
    )


def own_numbers(scenario, seed):
    model = run(scenario, seed)
    return model.datacollector.get_model_vars_dataframe()[DAILY].iloc[-1].to_dict()


@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run_gives_the_models_own_numbers(processes):
    scenarios = [short(name="one"), short(name="other", front_door__threshold=2.0)]
    rows = batch(scenarios, [1, 2], processes)
    found = {(row["scenario"].name, row["rng"]): row for row in rows}
    assert set(found) == {("one", 1), ("one", 2), ("other", 1), ("other", 2)}
    for scenario in scenarios:
        for seed in (1, 2):
            own = own_numbers(scenario, seed)
            row = found[scenario.name, seed]
            assert row["scenario"] == scenario
            assert {column: row[column] for column in DAILY} == own
    assert len({row["contacts"] for row in rows}) > 1


def test_one_scenario_is_one_value_of_a_batch():
    scenario = short()
    with pytest.raises(TypeError):
        iter(scenario)
    rows = batch(scenario, [1, 2])
    assert [(row["scenario"].name, row["rng"]) for row in rows] == [("small", 1), ("small", 2)]
    assert {column: rows[0][column] for column in DAILY} == own_numbers(scenario, 1)


def test_batch_run_varies_any_key_and_has_the_measures_of_the_year():
    base = short()
    parameters = {"scenario": base, "seed": 1, "front_door.threshold": [2.0, 4.0]}
    rows = mesa.batch_run(ReferralModel, parameters, number_processes=1, display_progress=False, max_steps=10_000)
    for row in rows:
        model = ReferralModel(base.with_values(front_door__threshold=row["front_door.threshold"]), seed=1).run()
        own = model.measures().query("group == 'all'").set_index("measure")["value"]
        assert [row[name] for name in OF_YEAR] == pytest.approx([own[n[5:]] for n in OF_YEAR], nan_ok=True)
    assert rows[0]["year.initial_assessments"] > rows[1]["year.initial_assessments"]


def test_a_model_says_what_it_is_and_the_day():
    model = ReferralModel(short(), seed=3)
    assert model.today == model.calendar.start
    assert repr(model.run()) == (
        f"<ReferralModel of 'small', seed 3, on {model.calendar.date(model.day)}: {len(model.families):,} families, "
        f"{len(model.agents):,} agents>"
    )
    assert "<th>state</th><td>ended</td>" in model._repr_html_()
    assert "6 SSLPWorker" in model._repr_html_()
    assert len(model._repr_html_()) < 1000
    assert len(repr(model.scenario)) < 200
    assert "<th>programmes</th><td>Hill, Dale</td>" in model.scenario._repr_html_()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"front_door.treshold": 1.0}, r"^values: front_door.treshold: unknown key .did you mean 'threshold'"),
        ({"front_door__threshold": "high"}, "front_door.threshold"),
        ({"thing": 3}, "thing"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(changes, said):
    with pytest.raises(ScenarioError, match=said):
        ReferralModel(short(), seed=1, **changes)


def test_a_model_has_one_seed():
    with pytest.raises(TypeError, match="rng or seed"):
        ReferralModel(short(), rng=1, seed=2)


def test_batch_run_collects_every_day_when_asked():
    scenario = short()
    rows = mesa.batch_run(
        ReferralModel, {"scenario": scenario}, number_processes=1, data_collection_period=1, display_progress=False
    )
    assert [str(row["date"]) for row in rows] == [str(date) for date in run(scenario).calendar.dates]


# -- from names -------------------------------------------------------------------------------------------------------


def test_a_preset_is_named_or_loaded():
    by_name = ReferralModel("city-borough", rng=1)
    assert by_name.scenario == load_scenario("city-borough")
    assert by_name.scenario.name == "city-borough"
    assert OutpostedSocialWorker in by_name.agents_by_type


def test_without_arguments_the_average_authority_is_meant():
    assert ReferralModel().scenario.name == "england-average"
