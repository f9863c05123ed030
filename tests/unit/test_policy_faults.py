"""Policies that are refused: each in one line that names file, key, what is allowed and what is near."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral_sim.scenario import ScenarioError, load_scenario
from referral_sim.scenario.named_layers import PolicyFile
from scenario_files import BASE, faults_of, in_root, policy_file, write

__all__ = ["in_root"]  # a fixture that every test here uses
pytestmark = pytest.mark.usefixtures("in_root")


def test_the_same_policy_twice_is_faults_of(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: midtown\npolicies: [threshold-up-a-tier]\n")
    assert faults_of(path, policies=["threshold-up-a-tier"]) == [
        f"--policy:1:1: policy threshold-up-a-tier is here already ({path}:2); a policy is applied once"
    ]
    twice = write(tmp_path, "policies: [no-change, no-change]\n", "twice.yaml")
    assert faults_of(twice)[0].startswith(f"{twice}:1:23: policies: policy no-change is here already")
    child = write(tmp_path, f"extends: {path.name}\ncontinuum: parallel-development\n", "child.yaml")
    assert "is here already" in faults_of(child, policies=["parallel-development"])[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("policies: no-change\n", "1:11: policies: must be a list of names of policies or of files, not text "
         "'no-change'; write [no-change]"),
        ("policies: [3]\n", "1:12: policies: must be text, not 3; write it in quotes"),
        ("policies: [no-chance]\n", "1:12: policies: there is no file or policy 'no-chance' "
         "(did you mean 'no-change'?)"),
        ("polices: [no-change]\n", "1:1: polices: unknown key (did you mean 'policies'?)"),
        ("continuum: maximal-collaboration\n", "1:12: continuum: there is no point of the continuum "
         "'maximal-collaboration' (did you mean 'maximum-collaboration'?)"),
        ("continuum: [a]\n", "1:12: continuum: must be one of aspirational-development, maximum-collaboration, "
         "parallel-development, not a list"),
        ("practice: {policies: [no-change]}\n", "1:12: practice.policies: policies stands at the top of a file, "
         "nowhere else; on the command line write --policy NAME"),
    ],
)  # fmt: skip
def test_faulty_names_in_a_scenario_file(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path, text)
    assert faults_of(path) == [f"{path}:{line}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sett: {}", "2:1: sett: unknown key of a policy (did you mean 'set'?)"),
        ("set: {practice: {trst: 1}}", "2:18: practice.trst: unknown key (did you mean 'trust'?)"),
        ("set: {practice: {trust: 3}}", "2:25: practice.trust: must be a share between 0 and 1, not 3"),
        ("set: 3", "2:6: set: must be a mapping of keys, not 3"),
        ('set: {liaison: {"A {programme}": {}}}', "2:17: liaison.\"A {programme}\": 'A {programme}' is not a name; "
         "a name has 1 to 64 letters, digits, blanks and . _ ' - and begins with a letter or digit"),
        ('each_programme: {programmes: {"{programme}": {raech: 1}}}', "2:47: programmes.Example.raech: unknown key "
         "(did you mean 'reach'?)"),
        ("replaces: liaison", "2:11: replaces: must be a list of localities, programmes, liaison, parts, not text "
         "'liaison'; write [liaison]"),
        ("replaces: [liason]", "2:12: replaces: must be localities, programmes, liaison or parts, not text 'liason' "
         "(did you mean 'liaison'?)"),
        ("everywhere: {trainings: 1}", "2:14: everywhere.trainings: unknown kind of part (did you mean 'training'?)"),
        ("everywhere: {training: 2}", "2:24: everywhere.training: must be a share between 0 and 1, not 2"),
        ("change: {front_door.treshold: 1}", "2:10: change.front_door.treshold: unknown key (did you mean "
         "'threshold'?)"),
        ("change: {front_door.threshold: high}", "2:32: change.front_door.threshold: must be a number, not text "
         "'high'"),
        ("change: {front_door: 1}", "2:10: change.front_door: is a section, a list or a mapping, no number"),
        ("change: {front_door.threshold: 5}", "2:32: front_door.threshold: must be between 1 and 6 tiers, not 8"),
        ("change: {workforce.vacancy_days: 5}", "2:34: workforce.vacancy_days: workforce.vacancy_days has no number "
         "in this scenario that could be changed"),
        ("scale: {front_door.threshold: {of: practice.trust, time: 2, by: 1}}", "2:52: "
         "scale.front_door.threshold.time: unknown key (allowed: of, by)"),
        ("indicators: {training: 9}", "2:24: indicators.training: must be a score from 0 to 4, not 9"),
        ("title: again", "2:1: title: this key is given twice, first in line 1"),
    ],
)  # fmt: skip
def test_faulty_policy_files(tmp_path: Path, text: str, line: str) -> None:
    path = policy_file(tmp_path, text + "\n")
    found = faults_of("midtown", policies=[path])
    assert found == [f"{path}:{line}"]


def test_a_policy_file_is_checked_even_where_it_has_nothing_to_do(tmp_path: Path) -> None:
    path = policy_file(tmp_path, 'each_programme: {programmes: {"{programme}": {reach: 7}}}\n')
    (line,) = faults_of(write(tmp_path, "name: bare\n"), policies=[path])
    assert line.startswith(f"{path}:2:54: programmes.Example.reach: must be a share")


def test_empty_and_untitled_policy_files(tmp_path: Path) -> None:
    empty = str(write(tmp_path, "", "empty.yaml"))
    assert faults_of("midtown", policies=[empty]) == [
        f"{empty}:1:1: this file is empty; a policy needs at least one key, such as title"
    ]
    untitled = str(write(tmp_path, "set: {}\n", "untitled.yaml"))
    assert faults_of("midtown", policies=[untitled]) == [f"{untitled}:1:1: title: is missing; give it a few words"]


def test_a_policy_named_as_a_scenario_is_pointed_out() -> None:
    assert "it is a policy: write --policy no-change after a scenario" in faults_of("no-change")[0]


_WORDS = [
    *PolicyFile.model_fields,
    "liaison",
    "training",
    "front_door.threshold",
    "{programme}",
    "programmes",
    "of",
    "by",
    "*a",
    "<<",
]
_VALUES = st.sampled_from(["1", "-1e400", "9" * 400, "x", "null", "[liaison]", "&a {}", "*a", ".nan", "{of: 1, by: 2}"])
_TREES = st.recursive(
    _VALUES,
    lambda inner: st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3).map(
        lambda found: "{" + ", ".join(f'"{key}": {value}' for key, value in found.items()) + "}"
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.dictionaries(st.sampled_from(_WORDS), _TREES, max_size=4))
def test_any_policy_file_gives_a_scenario_or_faults(tmp_path: Path, found: dict[str, str]) -> None:
    path = policy_file(tmp_path, "".join(f'"{key}": {value}\n' for key, value in found.items()))
    try:
        load_scenario(BASE, policies=[path])
    except ScenarioError as error:
        faults = error.faults
    else:
        faults = ()
    for fault in faults:
        assert fault.line >= 1
        assert fault.message
