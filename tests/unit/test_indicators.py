"""Indicators: scores that move named parameters; and described programmes, which entries start from."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from referral_sim.cli import app
from referral_sim.scenario import (
    Scenario,
    ScenarioError,
    list_indicators,
    list_movements,
    list_programmes,
    load_scenario,
    resolve,
)
from referral_sim.scenario.merge import merged
from referral_sim.scenario.named_layers import indicators
from referral_sim.scenario.scenario import declared_at
from scenario_files import BASE, ROOT, faults_of, in_root, write

__all__ = ["in_root"]  # a fixture that every test here uses
pytestmark = pytest.mark.usefixtures("in_root")

NAMES = [
    "aims", "barriers", "strategic_commitment", "roles", "information_sharing", "co_location", "training",
    "referral_bridges",
]  # fmt: skip


def strength(scenario: Scenario, kind: str) -> list[float]:
    return [part.strength for part in scenario.parts.values() if str(part.kind) == kind]


# --- the mapping ---


def test_the_indicators_are_the_reports_eight_in_its_order() -> None:
    assert [one.name for one in list_indicators()] == NAMES
    assert all(one.title and one.description for one in list_indicators())


def test_no_parameter_belongs_to_two_indicators_and_all_exist() -> None:
    keys = [move.key for move in list_movements()]
    assert len(keys) == len(set(keys)) >= 16
    for one in indicators().values():
        assert one.moves or one.everywhere
        for path, (low, high) in one.moves.items():
            shape = declared_at(path)
            assert shape is not None, path
            assert shape.low is not None, path
            assert shape.high is not None, path
            assert low != high
            assert shape.low <= min(low, high)
            assert max(low, high) <= shape.high
            assert isinstance(merged().single_value(path), float)


def test_the_middle_is_near_the_models_own_values() -> None:
    for one in indicators().values():
        for path, (low, high) in one.moves.items():
            default = merged().single_value(path)
            assert abs((low + high) / 2 - default) < 0.3 * abs(high - low), path


# --- scores ---


@pytest.mark.parametrize("score", [0, 1, 2.5, 4])
def test_a_score_moves_its_parameters_in_a_straight_line_and_no_others(tmp_path: Path, score: float) -> None:
    for name, one in indicators().items():
        path = write(tmp_path, f"extends: {BASE.absolute()}\nindicators: {{{name}: {score}}}\n")
        base = {value.key: value.value for value in resolve(BASE).values}
        resolved = resolve(path)
        moved = {value.key: value.value for value in resolved.values if base.get(value.key) != value.value}
        expected = {".".join(key): low + (high - low) * score / 4 for key, (low, high) in one.moves.items()}
        for key, value in expected.items():
            assert {**base, **moved}[key] == pytest.approx(value)
        for kind, (low, high) in one.everywhere.items():
            assert strength(resolved.scenario, kind) == [pytest.approx(low + (high - low) * score / 4)]
        assert {key for key in moved if not key.startswith("parts")} <= set(expected)


def test_scores_say_what_they_moved_from_what_to_what(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "extends: england-average\nparts:\n  Course: {kind: training, strength: 0.4, programmes: [Programme 1]}\n",
    )
    child = write(tmp_path, f"extends: {path.name}\nindicators: {{training: 4, aims: 0}}\n", "child.yaml")
    resolved = resolve(child, ["practice.threshold_gap=0.3"])
    rows = {moved.key: moved for moved in resolved.moved}
    assert set(rows) == {
        "practice.training",
        "parts.Training.strength",
        "practice.threshold_gap",
        "practice.threshold_gap_spread",
    }
    training = rows["practice.training"]
    assert (training.indicator, training.score, training.before, training.after) == ("training", 4.0, 0.5, 0.8)
    assert (training.origin, training.overruled) == (f"{child}:2", "")
    assert (rows["parts.Training.strength"].before, rows["parts.Training.strength"].after) == (0.4, 1.0)
    assert list(resolved.scenario.parts) == ["Training"]
    assert resolved.scenario.parts["Training"].programmes == ()
    assert rows["practice.threshold_gap"].overruled == "--set"
    assert resolved.scenario.practice.threshold_gap == 0.3
    assert resolved.origins()["practice.training"] == f"{child}:2"


def test_a_later_file_overrules_a_score_of_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path, "extends: midtown\nindicators: {training: 0, roles: 4}\n", "parent.yaml")
    child = resolve(write(tmp_path, "extends: parent.yaml\nindicators: {training: 2}\n"))
    assert child.scenario.practice.training == 0.5
    assert child.scenario.collaboration.informal_links == 0.45
    assert strength(child.scenario, "training") == [0.5]
    first, second = (moved for moved in child.moved if moved.key == "practice.training")
    assert (first.after, second.before, second.after) == (0.2, 0.2, 0.5)
    assert first.overruled.endswith("s.yaml:2")


def test_scores_on_the_command_line() -> None:
    one = load_scenario("midtown", ["indicators.training=4", "indicators.aims=0"])
    assert (one.practice.training, one.practice.threshold_gap) == (0.8, 0.4)
    assert load_scenario("midtown", ["indicators={training: 4, aims: 0}"]) == one
    assert load_scenario("midtown", ["indicators.training=4", "practice.training=0.6"]).practice.training == 0.6
    assert load_scenario("midtown", ["practice.training=0.6", "indicators.training=4"]).practice.training == 0.6


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{trainign: 3}", "1:14: indicators.trainign: unknown indicator (did you mean 'training'?)"),
        ("{training: 5}", "1:24: indicators.training: must be a score from 0 to 4, not 5"),
        ("{training: -0.5}", "1:24: indicators.training: must be a score from 0 to 4, not -0.5"),
        ("{training: .nan}", "1:24: indicators.training: must be a score from 0 to 4, not nan"),
        ("{training: true}", "1:24: indicators.training: must be a score from 0 to 4, not true"),
        ("{training: high}", "1:24: indicators.training: must be a score from 0 to 4, not text 'high'"),
        ("{training: }", "1:23: indicators.training: must be a score from 0 to 4, not empty"),
        ("3", "1:13: indicators: must be a mapping of indicators to scores from 0 to 4, not 3"),
    ],
)
def test_faulty_scores(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path, f"indicators: {text}\n")
    assert faults_of(path) == [f"{path}:{line}"]


def test_faulty_scores_on_the_command_line() -> None:
    assert faults_of("midtown", "indicators.rolls=2") == [
        "--set:1:12: indicators.rolls: unknown indicator (did you mean 'roles'?)"
    ]
    assert faults_of("midtown", "indicators.roles=4.5") == [
        "--set:1:18: indicators.roles: must be a score from 0 to 4, not 4.5"
    ]


def command(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_show_prints_what_scores_moved() -> None:
    shown = json.loads(command("show", str(BASE), "--set", "indicators.training=4", "--json").stdout)
    assert shown["indicators"][0] == {
        "indicator": "training",
        "score": 4.0,
        "key": "practice.training",
        "before": 0.5,
        "after": 0.8,
        "from": "--set",
        "overruled": "",
    }
    table = command("show", str(BASE), "--set", "indicators.training=4").stdout
    after = table.partition("What the scores of the indicators moved")[2]
    assert [line.split()[:5] for line in after.splitlines() if "practice.training" in line] == [
        ["practice.training", "training", "4", "0.5", "0.8"]
    ]
    assert "What the scores" not in command("show", str(BASE)).stdout


# --- the continuum ---


def test_collaboration_grows_along_the_continuum() -> None:
    points = ["parallel-development", "aspirational-development", "maximum-collaboration"]
    for authority in ("midtown", "east-borough", "southshire"):
        along = [load_scenario(authority, policies=[point]) for point in points]
        for values in (
            [one.practice.trust for one in along],
            [one.front_door.trust_in_programmes for one in along],
            [one.collaboration.feedback for one in along],
            [-one.practice.threshold_gap for one in along],
            [len(one.liaison) for one in along],
            [sum(part.strength for part in one.parts.values()) for one in along],
        ):
            assert values == sorted(values)
            assert values[0] < values[-1]


def levels(scenario: Scenario) -> dict[str, float]:
    """What indicators move, programme by programme where it has its own level; the more, the more collaboration."""
    values = {key: value for key, value in flat(scenario).items() if isinstance(value, (int, float))}
    found = {}
    for one in indicators().values():
        for path, (low, high) in one.moves.items():
            found[".".join(path)] = values[".".join(path)] * (1.0 if high > low else -1.0)
        for kind in one.everywhere:
            found[kind] = max(strength(scenario, kind), default=0.0)
    for name, programme in scenario.programmes.items():
        found[f"{name}, trust"] = scenario.practice.trust if programme.trust is None else programme.trust
        team = scenario.front_door.trust_in_programmes
        found[f"{name}, team trust"] = team if programme.team_trust is None else programme.team_trust
    return found


def flat(scenario: Scenario) -> dict[str, Any]:
    tree = scenario.model_dump(mode="json")
    return {f"{section}.{key}": value for section in ("practice", "collaboration", "front_door")
            for key, value in tree[section].items()}  # fmt: skip


@pytest.mark.parametrize("authority", ["midtown", "city-borough", "east-borough", "southshire"])
def test_a_step_down_the_continuum_adds_nothing_and_a_step_up_takes_nothing(authority: str) -> None:
    own = levels(load_scenario(authority))
    points = ["parallel-development", "aspirational-development", "maximum-collaboration"]
    lowest, lower, highest = (levels(load_scenario(authority, policies=[point])) for point in points)
    for key, value in own.items():
        assert lowest[key] <= lower[key] <= value <= highest[key], key
    assert lowest != own != highest


def test_on_the_way_down_parts_stay_for_whom_they_serve_up_to_the_score() -> None:
    parts = load_scenario("midtown", policies=["aspirational-development"]).parts
    assert set(parts) == {"Joint training in office C", "Inter-agency training", "Shared care record", "Boards"}
    assert parts["Joint training in office C"].localities == ("Office C",)
    assert (parts["Joint training in office C"].strength, parts["Inter-agency training"].strength) == (0.5, 0.5)
    assert parts["Shared care record"].start == load_scenario("midtown").parts["Shared care record"].start
    assert (parts["Boards"].strength, parts["Boards"].localities) == (0.25, ("Office A", "Office B"))
    assert resolve("midtown", policies=["aspirational-development"]).scenario.practice.sharing == 0.3


def test_limits_say_what_they_moved() -> None:
    moved = {move.key: move for move in resolve("midtown", policies=["parallel-development"]).moved}
    assert (moved["collaboration.knows_programmes"].before, moved["collaboration.knows_programmes"].after) == (
        0.26,
        pytest.approx(0.0725),
    )
    own = moved["programmes.SSLP 1.trust"]
    assert (own.indicator, own.score, own.before, own.after) == ("strategic_commitment", 0.5, 0.6, 0.35)
    assert "programmes.SSLP 2.trust" not in moved  # it has less
    assert "practice.sharing" not in moved


def test_a_file_and_the_command_line_name_the_same_point(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: midtown\ncontinuum: maximum-collaboration\n")
    named = load_scenario("midtown", ["name=midtown", "title=Midtown"], ["maximum-collaboration"])
    assert load_scenario(path) == named


# --- described programmes ---


def test_programmes_have_the_children_of_appendix_d() -> None:
    table = ROOT / "src/referral_sim/evidence/tables/appendix_d_programmes.csv"
    with table.open(encoding="utf-8") as handle:
        rows = {row["programme"].lower(): row["children_0_4"] for row in csv.DictReader(handle)}
    assert [one.name for one in list_programmes()] == [f"programme-{letter}" for letter in rows] == [
        f"programme-{letter}" for letter in "abcdefgh"
    ]  # fmt: skip
    for letter, children in rows.items():
        scenario = load_scenario(BASE, [f"programmes.Hill Top={{like: programme-{letter}, reach: 0.33}}",
                                        "population.children=90000"])  # fmt: skip
        assert scenario.programmes["Hill Top"].children_under_five == int(children or 690)
        assert scenario.programmes["Hill Top"].reach == 0.33
        assert scenario.programmes["Hill Top"].localities == {"North": 0.25, "South": 0.75}


@pytest.mark.parametrize("authority", ["midtown", "city-borough", "east-borough", "southshire", "england-average"])
@pytest.mark.parametrize("letter", "abcdefgh")
def test_every_described_programme_has_a_place_in_every_authority(authority: str, letter: str) -> None:
    """In the county the large ones lie in two districts: no district alone has so many deprived places."""
    name = next(iter(load_scenario(authority).programmes))
    place = ", localities: {District 01: 0.5, District 14: 0.5}" if authority == "southshire" else ""
    scenario = load_scenario(authority, [f"programmes.{name}={{like: programme-{letter}{place}}}"])
    assert scenario.programmes[name].children_under_five != 690 or letter == "d"


def test_own_keys_count_over_those_of_the_described_programme(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "extends: midtown\nprogrammes:\n"
        "  SSLP 1: {like: programme-h}\n  New: {like: programme-c, workers: 3, localities: {Office B: 1.0}}\n",
    )
    resolved = resolve(path)
    first, new = (resolved.scenario.programmes[name] for name in ("SSLP 1", "New"))
    assert (first.children_under_five, first.studied) == (436, True)
    assert (new.children_under_five, new.workers) == (362, 3)
    assert resolved.origins()["programmes.New.children_under_five"].startswith("programme programme-c:")
    assert load_scenario("midtown", ["programmes.SSLP 1.like=programme-h"]).programmes["SSLP 1"] == first


def test_a_described_programme_may_be_the_users_own_file(tmp_path: Path) -> None:
    write(tmp_path, "title: mine\nprogramme: {children_under_five: 77}\n", "mine.yaml")
    path = write(tmp_path, "programmes: {A: {like: mine.yaml}}\n")
    assert load_scenario(path).programmes["A"].children_under_five == 77
    faulty = write(tmp_path, "title: mine\nprogram: {}\nprogramme: {raech: 1, reach: 2}\n", "mine.yaml")
    assert faults_of(path) == [
        f"{faulty}:2:1: program: unknown key of a described programme (did you mean 'programme'?)",
        f"{faulty}:3:13: programmes.Example.raech: unknown key (did you mean 'reach'?)",
        f"{faulty}:3:30: programmes.Example.reach: must be a share between 0 and 1, not 2",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{A: {like: programm-a}}", "1:24: programmes.A.like: there is no file or programme 'programm-a' "
         "(did you mean 'programme-a'?)"),
        ("{A: {like: 3}}", "1:24: programmes.A.like: must be the name of a described programme or of a file, not 3"),
        ("{A: {lik: programme-a}}", "1:18: programmes.A.lik: unknown key (did you mean 'like'?)"),
    ],
)  # fmt: skip
def test_faulty_likes(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path, f"programmes: {text}\n")
    assert faults_of(path) == [f"{path}:{line}"]


def test_like_stands_in_programmes_only(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(tmp_path, "localities: {A: {like: programme-a}}\n"))
    assert "localities.A.like: unknown key" in str(caught.value)
