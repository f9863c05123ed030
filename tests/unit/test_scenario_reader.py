"""Reading scenario files: merging, overrides, origins, presets."""

import copy
import datetime as dt
from pathlib import Path

import pytest

from referral_sim.scenario import Scenario, list_presets, load_scenario, resolve
from referral_sim.scenario.declared_keys import all_keys, declared
from referral_sim.scenario.merge import merged
from referral_sim.scenario.scenario import declared_at, leaf_keys
from scenario_files import BASE, VALID, faults_of, in_root, write

__all__ = ["in_root"]  # a fixture that every test here uses
pytestmark = pytest.mark.usefixtures("in_root")


# --- merging ---


def test_valid_files_load() -> None:
    names = {load_scenario(path).name for path in sorted(VALID.glob("*.yaml"))}
    assert names == {"two-programmes", "out-posted", "services"}


def test_extends_changes_what_it_names_and_keeps_the_rest() -> None:
    parent, child = load_scenario(BASE), load_scenario(VALID / "out-posted.yaml")
    assert list(child.programmes) == ["Sunny Lane"]
    assert child.programmes["Sunny Lane"] == parent.programmes["Sunny Lane"]
    assert child.localities == parent.localities
    assert child.liaison["Anna"].kind == "outposted_social_worker"
    assert child.liaison["Anna"].programmes == ("Sunny Lane",)
    assert parent.liaison["Anna"].start == dt.date(2005, 9, 1)
    assert child.liaison["Anna"].start is None


def test_tables_keep_the_keys_that_a_file_does_not_give() -> None:
    child, default = load_scenario(VALID / "out-posted.yaml"), Scenario()
    kinds = {str(kind): spec for kind, spec in child.trouble.kinds.items()}
    assert len(kinds) == 9
    assert kinds["neglect"].severity == 1.1
    assert kinds["neglect"].harm == default.trouble.kinds["neglect"].harm == 0.6
    row = child.noticing.by_kind["neglect"]
    assert row["police"] == 2.0
    assert row["school"] == default.noticing.by_kind["neglect"]["school"]
    posts = child.collaboration.practices
    assert posts["outposted_social_worker"].availability == 1.0
    assert posts["outposted_social_worker"].carries is True
    assert posts["link_worker"] == default.collaboration.practices["link_worker"]


def test_mappings_of_shares_are_replaced_as_a_whole() -> None:
    child = load_scenario(VALID / "out-posted.yaml")
    assert {str(k): v for k, v in child.population.ethnic_groups.items()} == {"white": 0.5, "asian": 0.5}
    moved = load_scenario(BASE, ["programmes.Hill Top={localities: {North: 1.0}}"])
    assert moved.programmes["Hill Top"].localities == {"North": 1.0}
    assert moved.programmes["Hill Top"].children_under_five == 300
    recorded = load_scenario(BASE, ["recording={sslp_recorded_as: {other: 1}}"])
    assert {str(k): v for k, v in recorded.recording.sslp_recorded_as.items()} == {"other": 1.0}


def test_names_start_empty_as_soon_as_a_file_gives_them(tmp_path: Path) -> None:
    assert list(Scenario().localities) == ["Central"]
    assert list(load_scenario(BASE).localities) == ["North", "South"]
    assert list(load_scenario(write(tmp_path, "name: a\n")).localities) == ["Central"]


def test_null_does_not_remove_keys_of_tables() -> None:
    (line,) = faults_of(BASE, "trouble.kinds.neglect=null")
    assert "trouble.kinds.neglect: must be a mapping of keys, not empty" in line


def test_yaml_1_2_and_encodings(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: no\r\ntitle: on\r\nneed:\r\n  spread: 1e-1\r\n")
    scenario = load_scenario(path)
    assert (scenario.name, scenario.title, scenario.need.spread) == ("no", "on", 0.1)


def test_defaults_of_an_empty_chain_are_the_models_own(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, "name: england-average\n"))
    assert scenario == Scenario()
    assert scenario.content_hash() == Scenario().content_hash()


def test_order_of_keys_does_not_change_the_hash(tmp_path: Path) -> None:
    one = write(tmp_path, "name: a\nneed: {spread: 1, median_excess: 1}\n", "one.yaml")
    two = write(tmp_path, "need: {median_excess: 1.0, spread: 1.0}\nname: a\n", "two.yaml")
    assert load_scenario(one).content_hash() == load_scenario(two).content_hash()


# --- overrides and origins ---


def test_overrides_are_typed_like_a_file() -> None:
    scenario = load_scenario(
        BASE,
        [
            "front_door.threshold=3.5",
            "front_door.threshold = 4",
            "front_door.county_desk.enabled=true",
            'programmes."St. Mary\'s"={reach: 0.25, children_under_five: 100}',
            "liaison.Anna.programmes=[Sunny Lane, Hill Top]",
            "liaison.Anna.end=2006-01-31",
            "authority=null",
            "title='a: b'",
        ],
    )
    assert scenario.front_door.threshold == 4.0
    assert scenario.front_door.county_desk.enabled is True
    assert scenario.programmes["St. Mary's"].reach == 0.25
    assert scenario.liaison["Anna"].programmes == ("Sunny Lane", "Hill Top")
    assert scenario.liaison["Anna"].end == dt.date(2006, 1, 31)
    assert scenario.title == "a: b"


def test_dotted_override_changes_one_share_only() -> None:
    changed = load_scenario(BASE, ["population.ethnic_groups.white=0.85", "population.ethnic_groups.asian=0.07"])
    shares = {str(k): v for k, v in changed.population.ethnic_groups.items()}
    assert shares == {"white": 0.85, "asian": 0.07, "black": 0.03, "mixed": 0.03, "other": 0.02}


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("front_door.threshold=9", "--set:1:22: front_door.threshold: must be between 1 and 6 tiers, not 9"),
        ("front_door.treshold=3", "--set:1:12: front_door.treshold: unknown key (did you mean 'threshold'?)"),
        ("threshold=3", "--set:1:1: threshold: unknown key (it is a key of front_door and protection)"),
        ("threshold", "--set:1:10: no '=' in 'threshold'; write threshold=VALUE"),
        ("a..b=3", "--set:1:3: write KEY.PATH=VALUE, not 'a..b=3'"),
        ("", "--set:1:1: write KEY.PATH=VALUE, not ''"),
        ("=3", "--set:1:1: write KEY.PATH=VALUE, not '=3'"),
        ("name=", "--set:1:6: name: no value after '='; for none write name=null"),
        ("need.spread=[1", "--set:1:15: need.spread: the text ends inside a bracket"),
        ("need={spread: x}", "--set:1:15: need.spread: must be a number, not text 'x'"),
        ("extends=midtown", "--set:1:1: extends: extends stands at the top of a file, nowhere else"),
        ("a." * 40 + "a=1", "--set:1:1: a key has no more than 30 parts, not 41"),
        ("name=\ud800", "--set:1:1: this is not UTF-8 text"),
    ],
)
def test_faulty_override(override: str, line: str) -> None:
    assert faults_of(BASE, override) == [line]


def test_origins_of_every_value() -> None:
    resolved = resolve(str(VALID / "out-posted.yaml"), ["front_door.threshold=3.5"])
    origins = resolved.origins()
    assert origins["front_door.threshold"] == "--set"
    assert origins["name"] == f"{VALID}/out-posted.yaml:3"
    assert origins["population.children"] == f"{VALID}/two-programmes.yaml:5"
    assert origins["programmes.Sunny Lane.children_under_five"] == f"{VALID}/two-programmes.yaml:11"
    assert origins["programmes.Sunny Lane.reach"] == "default"
    assert origins["liaison.Anna.start"] == f"{VALID}/out-posted.yaml:9"
    assert origins["liaison.Anna.end"] == "default"
    assert origins["trouble.kinds.neglect.severity"] == f"{VALID}/out-posted.yaml:15"
    assert origins["trouble.kinds.neglect.harm"] == "default"
    assert origins["population.ethnic_groups.asian"] == f"{VALID}/out-posted.yaml:20"
    dumped = resolved.scenario.model_dump(mode="json")
    assert len(origins) == len(list(leaf_keys(dumped)))
    sources = {value.key: value.source for value in resolved.values}
    assert sources["front_door.threshold"] == ""
    assert sources["workforce.turnover"] == "HL1267: 11%"


def test_resolve_and_load_agree() -> None:
    for path in sorted(VALID.glob("*.yaml")):
        assert resolve(path).scenario == load_scenario(path)


# --- presets ---


def test_presets_load_and_can_be_extended(tmp_path: Path) -> None:
    presets = list_presets()
    assert {"midtown", "city-borough", "east-borough", "southshire", "england-average"} <= {p.name for p in presets}
    for preset in presets:
        assert preset.title
        assert preset.description
        child = load_scenario(write(tmp_path, f"extends: {preset.name}\nname: child\n"))
        assert child == load_scenario(preset.name, ["name=child"])


def test_preset_origins_name_the_preset() -> None:
    assert resolve("midtown").origins()["name"].startswith("preset midtown:")


# --- the outline agrees with the models ---


def test_outline_knows_every_key() -> None:
    for path in leaf_keys(Scenario().model_dump(mode="json")):
        assert declared_at(path) is not None, path
    assert ("programmes", "NAME", "localities", "NAME") in set(all_keys(declared(Scenario)))
    assert {key for key, shape in declared(Scenario).children.items() if shape.removable} == {
        "localities",
        "programmes",
        "liaison",
        "parts",
    }
    assert declared_at(("trouble", "kinds")).merges  # type: ignore[union-attr]
    assert not declared_at(("population", "ethnic_groups")).merges  # type: ignore[union-attr]
    assert not declared_at(("programmes", "x", "localities")).merges  # type: ignore[union-attr]


def test_defaults_tree_is_never_changed() -> None:
    before = copy.deepcopy(Scenario().model_dump())
    load_scenario(VALID / "out-posted.yaml", ["localities.North=null", "localities.New={}", "programmes={}"][1:])
    assert Scenario.model_validate(merged().values) == Scenario()
    assert Scenario().model_dump() == before
