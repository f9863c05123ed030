"""Studies, the process that makes them, and what the page is told; without a page."""

import dataclasses
import io
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dashboards import HELD_WORKER, await_held, await_state
from referral_sim import cli
from referral_sim.dashboard import answer, changed_families, downloads, levers, request, studies, views
from referral_sim.dashboard.request import Alternative, RequestError, StudyRequest
from referral_sim.dashboard.studies import FAILED, FINISHED, RUNNING, STOPPED
from referral_sim.experiment.flows import flows as flow_table
from referral_sim.experiment.plan_file import load_plan
from referral_sim.folders.read_folder import open_results
from referral_sim.measures.table import STAGES, WORKLOAD
from referral_sim.report import grids
from referral_sim.scenario import load_scenario

ONE = Alternative(("link-worker-everywhere",), {"front_door.threshold": 2.8})
ASKED = StudyRequest("england-average", (ONE,), 2, 3)


def asked(**changes):
    """The usual request with changes of its alternative, or of its own."""
    own = {key: value for key, value in changes.items() if key in ("policies", "levers", "title", "scenario")}
    rest = {key: value for key, value in changes.items() if key not in own}
    return dataclasses.replace(ASKED, alternatives=(dataclasses.replace(ONE, **own),), **rest)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study of two replicates that is finished, with its details."""
    study = studies.create(tmp_path_factory.mktemp("home"), ASKED)
    studies.start(study)
    await_state(study, FINISHED)
    return study


@pytest.fixture(scope="module")
def found(made):
    return open_results(made.store)


def test_a_study_is_made_and_found_again_as_it_was_asked(made):
    home = made.folder.parent
    assert studies.find(home, made.id) == made
    assert studies.list_studies(home) == [made]
    assert studies.progress(made) == studies.StudyProgress(FINISHED, 4, 0, 4, None, "")
    assert {"study.json", "baseline.yaml", "alternative-1.yaml", "plan.yaml", "store", "details"} <= {
        p.name for p in made.folder.iterdir()
    }


@pytest.mark.long
def test_a_study_gives_the_numbers_of_the_command_that_it_names(made, found, capsys, monkeypatch):
    monkeypatch.chdir(made.folder)
    words = made.command.split()
    assert words[0] == "referral-sim"
    with pytest.raises(SystemExit) as end:
        cli.main([*words[1:], "--json"])
    assert end.value.code == 0
    said = json.loads(capsys.readouterr().out)["comparisons"][0]["measures"]
    mine = found.comparisons[0].pairs[0].summary.to_dict("records")
    assert len(said) == len(mine) > 50
    for theirs, ours in zip(said, mine, strict=True):
        assert [theirs[key] for key in ("year", "measure", "group")] == [
            ours[key] for key in ("year", "measure", "group")
        ]
        for name in ("base", "value", "difference", "low_90", "high_50", "rises"):
            assert theirs[name] == (ours[name] if math.isfinite(ours[name]) else None), (theirs, name)


def test_its_scenario_file_is_the_alternative(made):
    scenario = load_scenario(made.folder / "alternative-1.yaml")
    assert scenario.front_door.threshold == 2.8
    assert scenario.liaison.keys() == load_scenario("england-average+link-worker-everywhere").liaison.keys()
    assert scenario.name == "england-average+alternative-1"


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "../../etc", "a: [b", '"; x: 1', "# not", "=1+1", "é 日本"]
)
def test_a_title_is_text_and_never_a_path_or_yaml(tmp_path, title):
    home = tmp_path / "deep" / "home"
    study = studies.describe(studies.create(home, asked(title=title)), title, f"{title}\n{title}")
    assert studies.find(home, study.id) == study
    assert study.title == title
    assert load_scenario(study.folder / "alternative-1.yaml").title == title
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]
    assert [p.name for p in home.iterdir()] == [study.id]


@pytest.mark.parametrize(
    "id_", ["../../etc", "..", "", "20260101-000000-0123456g", "20260101-000000-01234567/..", "x\n"]
)
def test_an_id_that_is_none_leads_nowhere(tmp_path, id_):
    elsewhere = studies.create(tmp_path / "other", ASKED)  # a study that is there, but not in this home
    elsewhere.folder.rename(tmp_path / "etc")
    with pytest.raises(RequestError, match=r"' is no study$"):
        studies.find(tmp_path / "a" / "home", id_)


def test_a_study_that_is_not_there_or_is_damaged_is_said(tmp_path):
    with pytest.raises(RequestError, match="there is no study"):
        studies.find(tmp_path, "20260101-000000-01234567")
    study = studies.create(tmp_path, ASKED)
    (study.folder / "study.json").write_text("{}")
    with pytest.raises(RequestError, match="cannot be read"):
        studies.find(tmp_path, study.id)
    assert studies.list_studies(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"authority": "nowhere"}, "there is no authority 'nowhere'"),
        ({"authority": "../../etc/passwd"}, "there is no authority"),
        ({"policies": ("no-such",)}, "there is no policy 'no-such'"),
        ({"levers": {"time.end": 1.0}}, "time.end is no lever"),
        ({"levers": {"front_door.threshold": 9.0}}, "must be between 1 and 6 tiers, not 9"),
        ({"levers": {"recording.sslp_identifier": 3}}, "records have a code for programmes"),
        ({"replicates": 1}, "the number of runs must be a whole number from 2 to 1000, not 1"),
        ({"replicates": 10**9}, "from 2 to 1000"),
        ({"years": 11}, "the number of reporting years must be a whole number from 1 to 10, not 11"),
        ({"seed": -1}, "the seed must be a whole number"),
        ({"title": "x" * 81}, "at most 80"),
        ({"policies": (), "levers": {}}, "nothing would change"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_plain_words_and_leaves_nothing(tmp_path, change, message):
    with pytest.raises(RequestError) as error:
        studies.create(tmp_path / "home", asked(**change))
    assert message in str(error.value)
    assert not any(tmp_path.rglob("*.yaml"))


@pytest.mark.parametrize("text", ["", "seven", "-1", "1.5", "4294967296", "９", "1 2"])
def test_a_seed_is_a_whole_number(text):
    with pytest.raises(RequestError, match="the seed must be a whole number from 0 to 4294967295"):
        request.read_seed(text)
    assert request.read_seed(" 4294967295 ") == 2**32 - 1


@pytest.fixture
def held(monkeypatch):
    """Studies are held after two runs, until this is undone."""
    monkeypatch.setattr(studies, "WORKER", HELD_WORKER)
    return monkeypatch


@pytest.mark.long
def test_a_stopped_study_keeps_its_runs_and_goes_on(tmp_path, held):
    study = studies.create(tmp_path, dataclasses.replace(ASKED, replicates=6))
    studies.start(study)
    studies.start(study)  # is running: nothing happens
    await_held(study)
    now = studies.progress(study)
    assert (now.state, now.done) == (RUNNING, 2)
    studies.stop(study)
    stopped = studies.progress(study)
    assert (stopped.state, stopped.done) == (STOPPED, 2)
    assert not studies.is_running(study)
    held.undo()
    studies.start(study)
    assert await_state(study, FINISHED).done == 12
    pair = open_results(study.store).comparisons[0].pairs[0]
    assert pair.replicates == 6


def test_two_who_start_a_study_at_once_start_one_process(tmp_path, held):
    study = studies.create(tmp_path, ASKED)
    held.setattr(studies, "is_running", lambda study: False)  # as if both had looked before either began
    studies.start(study)
    first = (study.folder / "started.json").read_text()
    with pytest.raises(RequestError, match="cannot be started"):
        studies.start(study)
    held.undo()
    assert (study.folder / "started.json").read_text() == first
    studies.delete(study)


@pytest.mark.long
def test_a_study_whose_process_was_killed_says_so(tmp_path, held):
    study = studies.create(tmp_path, ASKED)
    assert studies.progress(study).state == STOPPED
    studies.start(study)
    os.kill(json.loads((study.folder / "started.json").read_text())["pid"], signal.SIGKILL)
    now = await_state(study, FAILED)
    assert now.message == "its process ended without a word"


def test_a_process_that_ends_at_once_is_said(tmp_path, monkeypatch):
    study = studies.create(tmp_path, ASKED)
    monkeypatch.setattr(studies, "WORKER", (sys.executable, "-c", "import sys; sys.exit('no room')"))
    with pytest.raises(RequestError, match=r"cannot be started; .*log\.txt says why"):
        studies.start(study)
    assert studies.progress(study).state == STOPPED
    assert (study.folder / "log.txt").read_text() == "no room\n"


def test_a_study_that_cannot_be_made_says_why(tmp_path):
    study = studies.create(tmp_path, ASKED)
    (study.folder / "plan.yaml").write_text("scenario: nowhere\n")
    studies.start(study)
    assert "nowhere" in await_state(study, FAILED).message


@pytest.mark.long
def test_a_process_that_was_told_to_ignore_interrupts_can_be_stopped(tmp_path):
    study = studies.create(tmp_path, ASKED)
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from pathlib import Path\nfrom referral_sim.dashboard import studies\n"
        "studies.WORKER = sys.argv[3:]\n"
        "studies.start(studies.find(Path(sys.argv[1]), sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), study.id, *HELD_WORKER], check=True)
    assert studies.is_running(study)  # though the process that started it is gone
    await_held(study)
    studies.stop(study)
    assert studies.progress(study).state == STOPPED
    assert json.loads((study.folder / "ended.json").read_text())["how"] == STOPPED


@pytest.mark.long
def test_a_deleted_study_is_gone_with_its_process(tmp_path):
    study = studies.create(tmp_path, dataclasses.replace(ASKED, replicates=500))
    studies.start(study)
    studies.delete(study)
    assert list(tmp_path.iterdir()) == []


def test_the_first_study_is_the_newest_or_an_example(tmp_path):
    example = studies.first(tmp_path)
    try:
        assert example.request == studies.EXAMPLE
        assert studies.is_running(example)
        assert studies.first(tmp_path) == example
    finally:
        studies.delete(example)


@pytest.mark.parametrize("authority", request.authorities())
def test_every_lever_offers_what_every_authority_has_and_what_a_scenario_allows(authority):
    scenario = load_scenario(authority)
    for key, value in levers.settings(scenario).items():
        lever = levers.LEVERS[key]
        assert lever.declared.unit
        assert lever.declared.meaning
        assert levers.evidence(lever, scenario)
        assert lever.is_switch == isinstance(value, bool)
        if not lever.is_switch:
            assert lever.declared.low <= lever.low <= value <= lever.high <= lever.declared.high
            assert lever.is_whole == isinstance(value, int)
            assert lever.within(1000) == lever.high


def test_the_calibrated_range_is_that_of_the_shipped_draws():
    from referral_sim.experiment.draws import load_draws

    draws = load_draws("shipped").table
    midtown = load_scenario("midtown")
    assert levers.calibrated_range(levers.LEVERS["front_door.threshold"], midtown) is None
    for key, column in (("practice.trust", "practice.trust"), ("protection.routing", "midtown/protection.routing")):
        lever = levers.LEVERS[key]
        low, high = levers.calibrated_range(lever, midtown)
        assert (low, high) == pytest.approx(draws[column].quantile([0.05, 0.95]).tolist())
        assert not levers.warning_outside_range(lever, (low + high) / 2, midtown)
        assert "outside the range" in levers.warning_outside_range(lever, high + 0.01, midtown)
        assert "outside the range" in levers.warning_outside_range(lever, low - 0.01, midtown)


def test_tables_show_both_scenarios_and_every_source(found):
    base, other = found.profiles
    pair = found.comparisons[0].pairs[0]
    sources = grids.sources_table({"Baseline": base, "Alternative": other}).frame()
    assert {"police", "Sure Start programme"} <= set(sources["Source"])
    stages = views.differences_frame(pair, STAGES)
    assert list(stages["Measure"])[:2] == ["Contacts", "Referrals"]
    assert {"Backlog, days", "Threshold as applied, tiers"} <= set(views.differences_frame(pair, WORKLOAD)["Measure"])
    shown = [
        under.frame() for _, under in grids.both_beside_published(base, other, ("Baseline", "Alternative")).blocks()
    ]
    assert any("DfES" in text for frame in shown for text in frame["Published"])
    flows = {name: flow_table(one.rows, 10_000) for name, one in (("Baseline", base), ("Alternative", other))}
    both = grids.flows_side_by_side(flows).frame()
    assert len(both) == len(flows["Alternative"]) > 15
    assert list(both.columns) == ["From", "To", "Baseline", "Alternative"]


def test_downloads_hold_the_numbers_digit_by_digit(made, found):
    pair = found.comparisons[0].pairs[0]
    back = pd.read_csv(io.BytesIO(downloads.csv(downloads.differences(found))))
    assert back["difference"].tolist() == pytest.approx(pair.summary["difference"].tolist(), rel=0, abs=0, nan_ok=True)
    profiles = pd.read_csv(io.BytesIO(downloads.csv(downloads.profiles(found))))
    assert set(profiles["scenario"]) == {"england-average", "england-average+alternative-1"}
    assert profiles["published"].notna().any()
    book = openpyxl.load_workbook(io.BytesIO(downloads.workbook(made, found)))
    assert book.sheetnames == ["about", "differences", "profiles"]
    assert book["differences"].max_row == len(pair.summary) + 1
    cell = book["differences"].cell(2, list(pair.summary.columns).index("difference") + 1)
    assert cell.value == pytest.approx(pair.summary["difference"].iloc[0], rel=1e-15)


def test_text_in_a_workbook_is_never_a_formula(made, found):
    study = dataclasses.replace(made, request=asked(title="=HYPERLINK(1)"))
    book = openpyxl.load_workbook(io.BytesIO(downloads.workbook(study, found)))
    cell = next(row[1] for row in book["about"].iter_rows() if row[0].value == "alternative 1")
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_families_whose_path_changed_are_those_of_the_comparison(made):
    events = changed_families.read_events(made.details)
    base, other = events["scenario"].unique()
    found = changed_families.changes(events, base, other)
    assert set(found["replicate"]) == {0, 1}
    for milestone, way in (("registration", "newly registration"), ("referral", "no longer referral")):
        rows = events[events["reported"] & (events["stage"] == milestone)]
        who = {
            name: set(rows.loc[rows["scenario"] == name, ["replicate", "family"]].itertuples(index=False, name=None))
            for name in (base, other)
        }
        wanted = who[other] - who[base] if way.startswith("newly") else who[base] - who[other]
        assert set(found.loc[found[way], ["replicate", "family"]].itertuples(index=False, name=None)) == wanted
    assert found["newly referral"].any()  # a lower threshold
    for dimension in changed_families.DIMENSIONS:
        table = changed_families.by_group(found, dimension)
        assert 2 * table["heard_of"].sum() == pytest.approx(len(found))
        assert 2 * table["newly referral"].sum() == pytest.approx(found["newly referral"].sum())


def test_one_family_is_followed_under_both_scenarios(made):
    events = changed_families.read_events(made.details)
    base, other = events["scenario"].unique()
    found = changed_families.changes(events, base, other)
    who, title = next(iter(changed_families.chosen(found, "newly referral").items()))
    assert title.startswith(f"Family {who[1]} of simulated year {who[0] + 1}: ")
    before, after = changed_families.follow(events, who, (base, other)).timelines.values()
    assert "Referral" not in before["Stage"].tolist()
    assert "Referral" in after["Stage"].tolist()
    same = found[~found[changed_families.CHANGED]].iloc[0]
    for way in changed_families.WAYS:
        assert (same["replicate"], same["family"]) not in changed_families.chosen(found, way)


def test_the_answer_is_in_children_and_families_of_this_authority(made, found):
    (pair,) = found.comparisons[0].pairs
    row = pair.summary[(pair.summary["measure"] == "referrals") & (pair.summary["group"] == "all")].iloc[0]
    (said,) = answer.answer_of(pair, [("referrals", "all")])
    children = load_scenario("england-average").population.children
    assert said.unit == answer.CHILDREN
    assert said.difference == pytest.approx(row["difference"] * children / 10_000)
    assert said.low == pytest.approx(row["low_90"] * children / 10_000)
    assert said.verdict == row["verdict"]
    assert answer.frame_of([said])["Verdict"].tolist() == [row["verdict"]]
    whole = studies.progress(made)
    assert answer.how_complete(whole, found, made) == ""
    more = dataclasses.replace(made, request=dataclasses.replace(ASKED, replicates=9))
    assert answer.how_complete(whole, found, more) == "PARTIAL: 2 of 9 simulated years are finished"


def test_every_download_of_partial_results_says_so(made, found):
    said = "PARTIAL: 2 of 9 simulated years are finished"
    for table in (downloads.differences(found, said), downloads.profiles(found, said)):
        assert set(table["complete"]) == {said}
    book = openpyxl.load_workbook(io.BytesIO(downloads.workbook(made, found, said)))
    assert {row[0].value: row[1].value for row in book["about"].iter_rows()}["complete"] == said
    assert f"<strong>{said}.</strong>" in downloads.report(made, said)
    assert "PARTIAL" not in downloads.report(made)


def test_a_lever_left_where_it_was_is_no_change():
    threshold = load_scenario("england-average").front_door.threshold
    idle = request.without_idle_levers(asked(policies=(), levers={"front_door.threshold": threshold}))
    assert idle.alternatives[0].levers == {}
    with pytest.raises(RequestError, match="alternative 1: choose a policy or move a lever"):
        request.check_request(idle)
    moved = asked(levers={"front_door.threshold": threshold, "practice.trust": 0.9})
    assert request.without_idle_levers(moved).alternatives[0].levers == {"practice.trust": 0.9}


def test_a_long_list_of_changes_has_a_short_title():
    every = asked(levers=dict.fromkeys(levers.LEVERS, 1.0))
    assert len(request.title_of(every, 0)) < 150
    assert request.title_of(every, 0).endswith(f"and {len(levers.LEVERS) - 1} more")


@pytest.mark.parametrize("authority", ["england-average", "midtown"])
def test_baseline_and_alternatives_run_under_the_same_draws_but_for_what_was_moved(tmp_path, monkeypatch, authority):
    from referral_sim.experiment.draws import shipped_draws
    from referral_sim.experiment.plan import runs_of

    wanted = asked(authority=authority, policies=(), levers={"practice.trust": 0.9})
    monkeypatch.chdir(studies.create(tmp_path, wanted).folder)
    plan = load_plan("plan.yaml")
    draws = shipped_draws([variant.base for variant in plan.variants])
    base, other = (dict(run.point) for run in runs_of(dataclasses.replace(plan, draws=draws)) if run.replicate == 0)
    assert base.pop("practice.trust") != 0.9
    assert "practice.trust" not in other
    assert base == other != {}


def test_a_fault_is_told_without_keys_of_the_model():
    from referral_sim.scenario import Fault, ScenarioError

    fault = Fault("x.yaml", 1, 1, "liaison.Post 1.time", "'no-liaison' and liaison.Post 1.time cannot both be")
    (said,) = request.faults_in_words(ScenarioError([fault]))
    assert "liaison." not in said
    assert f"“{request.policies()['no-liaison'][0]}”" in said


def test_only_what_was_published_stands_beside_published_figures(found):
    grid = views.only_published(grids.both_beside_published(*found.profiles, ("Baseline", "Alternative")))
    assert "-" not in [cell.text for cell in grid.column("Published")]
    assert len(grid.lines) > 3
    assert all(len(under.lines) for heading, under in grid.blocks())


def test_every_figure_can_be_searched(found):
    (pair,) = found.comparisons[0].pairs
    assert len(views.every_figure(pair)) == len(pair.summary)
    some = views.every_figure(pair, "REFERRALS north")
    assert 0 < len(some) < 40
    assert all("north" in name.lower() for name in some["Measure"])


def test_the_page_and_its_parts_need_no_streamlit_but_where_they_show():
    modules = (
        "studies",
        "worker",
        "request",
        "levers",
        "changed_families",
        "answer",
        "uploads",
        "archive",
        "downloads",
    )
    code = "import sys\n" + "".join(f"import referral_sim.dashboard.{m}\n" for m in modules)
    code += "print(*{m.split('.')[0] for m in sys.modules})"
    names = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "streamlit" not in names
    assert "matplotlib" not in names


def test_the_process_is_started_in_the_studys_folder_alone(made):
    assert sorted(p.name for p in made.folder.parent.iterdir() if not p.name.startswith(".")) == [made.id]
    assert Path(made.folder / "log.txt").read_text() == ""


def test_both_scenarios_of_a_study_are_followed_for_the_years_asked_for(tmp_path, monkeypatch):
    wanted = dataclasses.replace(ASKED, years=3)
    study = studies.create(tmp_path, wanted)
    assert studies.find(tmp_path, study.id).request == wanted
    monkeypatch.chdir(study.folder)
    base, other = (variant.base for variant in load_plan("plan.yaml").variants)
    assert (base.time.years, other.time.years) == (3, 3)
    assert base.with_values(time__years=1).content_hash() == load_scenario("england-average").content_hash()
