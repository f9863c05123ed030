"""Agents act: who is removed does nothing more, a modeller's own kind takes the place of one, copies go on alike."""

import copy
import datetime as dt
import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest

import own_agents
from helpers import digest, post, run, same_rows, small
from referral_sim import ReferralModel, ScenarioError, load_scenario
from referral_sim.agents import (
    Family,
    FamilySupportPanel,
    IntakeTeam,
    LinkWorker,
    OutpostedSocialWorker,
    SSLPWorker,
    SureStartProgramme,
)

POSTS = {"Out": post(programmes=["Hill"]), "Link": post("link_worker", programmes=["Dale"])}
PANEL = {"parts": {"Panel": {"kind": "family_support_panel"}}}
FILTERS = {"collaboration__practices__outposted_social_worker__filters": 0.6}


def model_of(seed=4, **values):
    return ReferralModel(small(**({"liaison": POSTS, "time__years": 1} | PANEL | FILTERS | values)), rng=seed)


def run_to(model, day):
    while model.day < day:
        model.step()
    return model


def after(model, day):
    """Rows of the events after a day."""
    rows = model.events()
    return rows[rows["day"] > day]


# -- who is removed ---------------------------------------------------------------------------------------------------


def test_without_programme_workers_no_concern_comes_from_a_programme():
    model = run_to(model_of(), 60)
    assert (model.events()["stage"] == "programme_concern").sum() > 10
    for worker in list(model.agents_by_type[SSLPWorker]):
        worker.remove()
    assert not len(model.agents_by_type[SSLPWorker])
    stages = after(model.run(), 60)["stage"]
    assert (stages == "contact").sum() > 100, "the others go on"
    assert not stages.isin(["programme_concern", "consultation", "package"]).any()
    assert model.measures()["value"].notna().any()


def test_without_workers_from_the_first_day_programmes_do_nothing():
    model = model_of(liaison={})
    for worker in list(model.agents_by_type[SSLPWorker]):
        worker.remove()
    rows = model.run().events()
    assert not rows["stage"].isin(["programme_concern", "consultation", "package"]).any()
    assert not (rows["source"] == "sslp").any()


def test_one_worker_less_sees_less_and_hears_nothing():
    model = run_to(model_of(), 60)
    (worker, *others) = model.programmes[0].workers
    kept = worker.trust
    before = float(model.state.programmes.notices[0])
    worker.remove()
    assert model.programmes[0].workers == others
    assert model.state.programmes.notices[0] < before
    model.run()
    assert worker.trust == kept
    rows = after(model, 60)
    assert not (model.state.cases.worker[rows.loc[rows["stage"] == "programme_concern", "case"]] == worker.post).any()
    assert set(model.state.history.workers[61:, 0]) == {2.0}


def test_a_removed_team_decides_on_nothing_more():
    model = run_to(model_of(population__mobility=0.0, workforce__unlimited=True), 60)
    model.teams[0].remove()
    rows = after(model.run(), 60)
    north = rows[rows["locality"] == "North"]
    assert (north["stage"] == "contact").sum() > 50
    assert not north["stage"].isin(["contact_decision", "referral"]).any()
    begun = model.events().query("stage == 'contact_decision' and day <= 60")["case"]
    assert north.loc[north["stage"].str.contains("assessment"), "case"].isin(begun).all()
    assert (rows.loc[rows["locality"] == "South", "stage"] == "contact_decision").sum() > 20


def test_a_removed_liaison_worker_is_asked_and_hears_of_nothing_more():
    quiet = {"collaboration__informal_links": 0.0, "parts": {}}
    kept, model = run_to(model_of(**quiet), 60), run_to(model_of(**quiet), 60)
    (out,) = model.agents_by_type[OutpostedSocialWorker]
    out.remove()
    rows = after(model.run(), 60)
    asked = ["consultation", "taken_to_liaison"]
    assert after(kept.run(), 60).query("programme_area == 'Hill'")["stage"].isin(asked).sum() > 5
    assert not rows.query("programme_area == 'Hill'")["stage"].isin(asked).any()
    assert not model.liaison[0].present
    assert model.liaison[1].programmes == [1]


def test_a_removed_programme_takes_nobody_and_becomes_no_centre():
    late = {"programmes__Hill__centre": {"start": dt.date(2005, 6, 1), "workers_kept": 2.0}}
    model = run_to(model_of(collaboration__knows_programmes=1.0, **late), 60)
    hill = model.programmes[0]
    hill.remove()
    assert hill not in model.agents
    assert not [worker for worker in model.agents_by_type[SSLPWorker] if worker.programme is hill]
    rows = after(model.run(), 60).query("programme_area == 'Hill'")
    assert (rows["stage"] == "contact").any()
    here = ["programme_concern", "referral_to_programme", "package", "consultation", "taken_to_liaison"]
    assert not rows["stage"].isin(here).any()
    assert not hill.workers
    assert (after(model, 60)["stage"] == "programme_concern").any(), "the other goes on"


def test_a_removed_panel_meets_no_more_and_leaves_what_it_was_brought():
    model = run_to(model_of(), 60)
    while not (waiting := set(model.state.agenda.waiting("panel").tolist())):
        model.step()  # until something waits for the next meeting
    removed_on = model.day
    assert (model.events()["stage"] == "panel").any()
    (panel,) = model.agents_by_type[FamilySupportPanel]
    panel.remove()
    rows = after(model.run(), removed_on)
    assert not (rows["stage"] == "panel").any()
    assert not rows["outcome"].isin(["to_panel"]).any()
    left = set(rows.loc[rows["outcome"] == "moved_away", "case"])
    assert set(rows.loc[rows["outcome"] == "before_panel", "case"]) == waiting - left


def test_a_removed_family_leaves_and_everything_ends_for_it():
    model = run_to(model_of(workforce__unlimited=True), 90)
    families = [family for family in model.agents_by_type[Family] if family.open_case is not None][:5]
    assert len(families) == 5
    for family in families:
        family.remove()
        family.remove()
    numbers = [family.number for family in families]
    model.step()
    assert not model.families.here_at(model.state.offset)[numbers].any()
    assert not (set(numbers) & set(model.files))
    rows = after(model.run(), 90)
    mine = rows[rows["family"].isin(numbers)]
    assert set(mine["day"]) == {91}
    assert (mine["outcome"] == "moved_away").all()
    assert set(mine.loc[mine["stage"] == "move", "family"]) == set(numbers)


@pytest.mark.parametrize("kind", [SSLPWorker, SureStartProgramme, IntakeTeam, LinkWorker, FamilySupportPanel, Family])
def test_all_agents_of_a_kind_may_go_on_any_day(kind):
    model = run_to(model_of(time__years=1), 30)
    for agent in list(model.agents_by_type[kind]):
        agent.remove()
    model.run()
    assert len(model.measures())
    assert len(model.monthly())


def test_what_an_ended_run_gives_does_not_change_when_agents_go():
    model = model_of(time__years=1).run()
    before = digest(model.events()), digest(model.measures())
    model.remove_all_agents()
    assert (digest(model.events()), digest(model.measures())) == before


# -- a modeller's own kinds -------------------------------------------------------------------------------------------


def test_own_kinds_take_the_place_of_those_they_derive_from():
    own = [own_agents.Silent, own_agents.Team, own_agents.Proud, own_agents.Nowhere]
    model = ReferralModel(model_of().scenario, rng=4, agents=own).run()
    assert {type(worker) for programme in model.programmes for worker in programme.workers} == {own_agents.Silent}
    assert {type(team) for team in model.teams} == {own_agents.Team}
    assert [type(one) for one in model.liaison] == [own_agents.Nowhere, LinkWorker]
    assert {type(one) for one in model.files.values()} == {own_agents.Proud}
    rows = model.events()
    decided = rows.loc[rows["stage"] == "programme_concern", "outcome"]
    assert set(decided) == {"held_back"}
    begun = rows[rows["stage"].isin(["plan_start", "package"])]
    stepped_down = rows.loc[rows["outcome"] == "stepped_down", "case"]
    assert set(begun["case"]) <= set(stepped_down), "no family accepts anything; who leaves the register is not asked"
    assert not (rows["source"] == "sslp").any()


def test_a_subclass_that_changes_nothing_changes_no_row():
    same_rows(
        ReferralModel(model_of().scenario, rng=4, agents=own_agents.ALIKE).run().events(), model_of().run().events()
    )


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([int], "derives from no agent"),
        ([mesa.Agent], "derives from no agent"),
        (["own_agents.Silent"], "derives from no agent"),
        ([own_agents.Silent, own_agents.AlsoSilent], "another class has taken"),
        ([own_agents.Nowhere, own_agents.Anywhere], "another class has taken"),
    ],
)
def test_what_is_no_agent_or_takes_a_taken_place_is_refused(own, message):
    with pytest.raises(TypeError, match=message):
        ReferralModel(small(), rng=1, agents=own)


NAMES = ("own_agents.Silent", "own_agents.Team")


def test_a_scenario_names_classes_only_where_the_caller_allows_it(tmp_path):
    scenario = model_of().scenario.with_values(agents=NAMES)
    with pytest.raises(PermissionError, match=r"own_agents\.Silent.*allow_code=True"):
        ReferralModel(scenario, rng=4)
    named = ReferralModel(scenario, rng=4, allow_code=True).run()
    given = ReferralModel(model_of().scenario, rng=4, agents=[own_agents.Silent, own_agents.Team]).run()
    same_rows(named.events(), given.events())
    file = tmp_path / "own.yaml"
    file.write_text(f"extends: midtown\nname: own\nagents:\n  - {NAMES[0]}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"own\.yaml:4:5: agents: 'own_agents.Silent' names a class"):
        load_scenario(file)
    assert load_scenario(file, allow_code=True).agents == NAMES[:1]
    model = ReferralModel(str(file), rng=1, allow_code=True)
    assert type(model.programmes[0].workers[0]) is own_agents.Silent


@pytest.mark.parametrize("name", ["own_agents.Missing", "no_such_module.Silent", "Silent", ".Silent", "own_agents."])
def test_a_class_that_is_not_there_is_named(name):
    with pytest.raises(ImportError, match=rf"agents: there is no class '{name}'"):
        ReferralModel(small(agents=(name,)), rng=1, allow_code=True)


@pytest.mark.parametrize("command", [("run",), ("compare", "midtown"), ("validate",), ("file-study",)])
def test_no_command_takes_code_from_a_scenario(command, tmp_path):
    (tmp_path / "spy.py").write_text("open('ran', 'w').close()\nclass Spy: pass\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text("extends: midtown\nname: own\nagents: [spy.Spy]\n", encoding="utf-8")
    out = [] if command[0] == "validate" else ["--out", "results"]
    if command[0] == "file-study":
        out = []
    done = subprocess.run(
        [sys.executable, "-m", "referral_sim", *command, "own.yaml", *out],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("own.yaml:3:10: agents: 'spy.Spy' names a class, whose code would run")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.yaml", "spy.py"]


ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_example_of_an_own_worker_runs_and_refers_more():
    command = [sys.executable, ROOT / "examples" / "own_worker.py", "midtown", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (usual, brought, held), (own, more, fewer) = re.findall(r"(\w+) +(\d+) contacts.* (\d+) concerns", done.stdout)
    assert (usual, own) == ("SSLPWorker", "GoesAlong")
    assert int(more) > int(brought)
    assert int(fewer) < int(held)


def test_what_the_page_about_agents_shows_works():
    page, names = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8"), {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    assert type(names["other"].programmes[0].workers[0]).__name__ == "Cautious"
    assert len(names["other"].programmes[0].workers) == len(names["model"].programmes[0].workers) - 1
    assert len(names["trust"]) == 20 * sum(len(programme.workers) for programme in names["model"].programmes)


# -- as Mesa's users know agents --------------------------------------------------------------------------------------


def test_agents_cannot_be_stepped_and_say_why():
    model = model_of()
    before = digest(model.events())
    for do in ("do", "shuffle_do"):
        with pytest.raises(NotImplementedError, match=r"no step of their own.*call model\.step\(\)"):
            getattr(model.agents, do)("step")
    assert (model.day, digest(model.events())) == (-1, before)


def test_agent_reporters_collect_by_agent_and_by_type():
    model = model_of(time__warm_up_months=0, time__years=1)
    model.datacollector = mesa.DataCollector(
        agent_reporters={"kind": lambda agent: type(agent).__name__},
        agenttype_reporters={
            SSLPWorker: {"trust": "trust"}, Family: {"need": "need"}, IntakeTeam: {"waits": "backlog_days"},
        },
    )  # fmt: skip
    model.run()
    everybody = model.datacollector.get_agent_vars_dataframe()
    assert set(everybody["kind"]) >= {"SSLPWorker", "SureStartProgramme", "IntakeTeam", "Family", "LinkWorker"}
    assert not everybody.index.duplicated().any()
    days = everybody.index.get_level_values("Step")
    assert days.nunique() == model.calendar.days
    trust = model.datacollector.get_agenttype_vars_dataframe(SSLPWorker)["trust"]
    assert len(trust) == 6 * model.calendar.days
    last = trust.xs(days.max(), level="Step")
    np.testing.assert_allclose(sorted(last), sorted(worker.trust for worker in model.agents_by_type[SSLPWorker]))
    need = model.datacollector.get_agenttype_vars_dataframe(Family)["need"]
    assert need.between(1.0, 6.0).all()
    assert len(model.datacollector.get_agenttype_vars_dataframe(IntakeTeam)) == 2 * model.calendar.days


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("copied", [copy.deepcopy, by_pickle], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("day", [-1, 47, 110])
def test_a_copy_in_the_middle_of_a_run_goes_on_like_the_run(copied, day):
    model = run_to(model_of(), day)
    other = copied(model)
    assert other is not model
    assert other.day == day
    assert other.families.baseline is other.state.troubles.baseline
    assert len(other.agents) == len(model.agents)
    assert all(agent.model is other for agent in other.agents)
    other.run()
    assert model.day == day, "the run stays where it was"
    model.run()
    for table in ("events", "measures", "monthly"):
        same_rows(getattr(model, table)(), getattr(other, table)())
    same_rows(*(one.datacollector.get_model_vars_dataframe() for one in (model, other)))
    numbers = [agent.unique_id for agent in other.agents]
    assert len(numbers) == len(set(numbers))


def test_a_copy_may_go_another_way():
    model = run_to(model_of(), 60)
    other = copy.deepcopy(model)
    for worker in list(other.agents_by_type[SSLPWorker]):
        worker.remove()
    other.run()
    same_rows(model.run().events(), model_of().run().events())
    assert digest(other.events()) != digest(model.events())


# -- batches ----------------------------------------------------------------------------------------------------------


def batch(parameters, processes=1, seed=1):
    """``mesa.batch_run`` over parameters with one seed, which Mesa 3.5 takes apart from them."""
    more = {"rng": [seed]} if "rng" in inspect.signature(mesa.batch_run).parameters else {}
    given = parameters if more else parameters | {"rng": [seed]}
    return mesa.batch_run(
        ReferralModel, given, number_processes=processes, display_progress=False, max_steps=10_000, **more
    )


def brief(**values):
    return small(time__warm_up_months=1, time__years=1, **values)


@pytest.mark.long
@pytest.mark.parametrize("processes", [1, 2])
def test_a_batch_varies_any_key_of_a_scenario(processes):
    services = [("parenting",), ("advice", "health_visiting")]
    rows = batch(
        {
            "scenario": brief(), "front_door.threshold": [2.0, 3.5], "programmes.Hill.services": services,
            "collaboration__nearness": 0.8,
        },
        processes,
    )  # fmt: skip
    assert len(rows) == 4
    for row in rows:
        values = {key: row[key] for key in ("front_door.threshold", "programmes.Hill.services")}
        own = run(brief().with_values(**values, collaboration__nearness=0.8)).datacollector
        last = own.get_model_vars_dataframe().iloc[-1]
        assert row["contacts"] == last["contacts"]
        assert row["referrals"] == last["referrals"]
    assert len({row["referrals"] for row in rows}) > 1


def test_a_batch_varies_lists_and_whole_sections_and_scenarios():
    programmes = [{}, {"Moor": {"children_under_five": 90, "workers": 2}}]
    rows = batch({"scenario": brief(), "programmes": programmes})
    trust = [row["trust_sslp"] for row in rows]
    assert np.isnan(trust[0])
    assert not np.isnan(trust[1])
    whole = [brief(name="one"), brief(name="other", trouble__rate=1.5)]
    rows = batch({"scenario": whole, "signs.rate": [3.0, 9.0]})
    found = pd.DataFrame(rows)
    assert sorted((s.name, rate) for s, rate in zip(found["scenario"], found["signs.rate"], strict=True)) == [
        ("one", 3.0), ("one", 9.0), ("other", 3.0), ("other", 9.0),
    ]  # fmt: skip
    assert found["contacts"].nunique() == 4


@pytest.mark.parametrize("key", ["front_door.treshold", "front_door", "programmes.Hill", "a.b"])
def test_a_key_that_is_not_there_or_a_value_that_is_not_allowed_is_refused(key):
    with pytest.raises(ScenarioError, match=f"^values: {key.split('.')[0]}"):
        ReferralModel(brief(), rng=1, **{key: "x"})


def test_a_key_with_a_dot_in_it_stands_in_quotes():
    named = small(programmes={"St. Mary's": {"children_under_five": 90}})
    model = ReferralModel(named, rng=1, **{'programmes."St. Mary\'s".workers': 2})
    assert len(model.programmes[0].workers) == 2
