"""Every fault of a scenario file is one exact line with its place, and no input gives a traceback."""

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from referral_sim.scenario import Fault, Scenario, ScenarioError, load_scenario
from referral_sim.scenario.declared_keys import all_keys, declared
from scenario_files import BASE, INVALID, ROOT, VALID, faults_of, in_root, write

__all__ = ["in_root"]  # a fixture that every test here uses
pytestmark = pytest.mark.usefixtures("in_root")


@pytest.mark.parametrize("expected", sorted((ROOT / INVALID).glob("*.expected")), ids=lambda p: p.stem)
def test_invalid_file_gives_exactly_these_lines(expected: Path) -> None:
    assert faults_of(str(INVALID / f"{expected.stem}.yaml")) == expected.read_text("utf-8").splitlines()


def test_every_invalid_file_has_its_expected_lines() -> None:
    names = {path.stem for path in INVALID.glob("*.yaml")}
    expected = {path.stem for path in INVALID.glob("*.expected")}
    assert expected - names == {"missing-file"}
    assert names <= expected
    assert len(expected) >= 35


def test_no_fault_line_shows_pydantic_or_a_url() -> None:
    for path in INVALID.glob("*.expected"):
        text = path.read_text("utf-8")
        for word in ("Value error", "pydantic", "http", "Input should", "Traceback"):
            assert word not in text, path


def test_fault_is_one_line_with_place_and_key() -> None:
    assert str(Fault("a.yaml", 3, 5, "need.spread", "is wrong")) == "a.yaml:3:5: need.spread: is wrong"
    assert str(Fault("a\nb.yaml", 1, 1, "", "odd \x1b[31m text")) == "a\\nb.yaml:1:1: odd \\x1b[31m text"


def test_error_sorts_its_faults_and_survives_pickling() -> None:
    error = ScenarioError([Fault("a", 10, 1, "x", "m"), Fault("a", 9, 2, "y", "m"), Fault("a", 9, 1, "z", "m")])
    assert [fault.key for fault in error.faults] == ["z", "y", "x"]
    assert pickle.loads(pickle.dumps(error)).faults == error.faults


def test_long_lists_of_faults_are_cut(tmp_path: Path) -> None:
    path = write(tmp_path, "".join(f"key{i}: 1\n" for i in range(150)))
    lines = faults_of(path)
    assert len(lines) == 101
    assert "there are more faults than these 100" in "\n".join(lines)
    assert len(faults_of(write(tmp_path, "".join(f"key{i}: 1\n" for i in range(100))))) == 100


def test_path_object_is_never_a_preset() -> None:
    assert faults_of(Path("midtown"))[0].startswith("midtown:1:1: there is no file or preset 'midtown'")


def test_directory_and_special_files(tmp_path: Path) -> None:
    write(tmp_path, "name: a\n", "inside.yaml")
    assert faults_of(tmp_path) == [f"{tmp_path}:1:1: '{tmp_path}' is a directory, not a file; it holds inside.yaml"]
    assert "is not a regular file" in faults_of("/dev/zero")[0]
    assert "cannot be read" in faults_of("a\0b")[0]
    assert "cannot be read" in faults_of("x" * 5000)[0]


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "name: a\n")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert faults_of(path) == [f"{path}:1:1: no permission to read '{path}'"]


def test_file_that_is_too_large(tmp_path: Path) -> None:
    assert "is larger than 1,000,000 bytes" in faults_of(write(tmp_path, "# " + "x" * 1_000_000))[0]


def test_missing_file_names_the_file_beside_it() -> None:
    assert faults_of(str(VALID / "two_programmes.yml"))[0].endswith(
        f"(did you mean '{VALID / 'two-programmes.yaml'}'?)"
    )


def test_circle_through_ever_longer_paths(tmp_path: Path) -> None:
    path = write(tmp_path, f"extends: ../{tmp_path.name}/s.yaml\n")
    (line,) = faults_of(path)
    assert line.endswith(f"in a circle: {path} -> {tmp_path}/../{tmp_path.name}/s.yaml")


def test_circle_through_a_symbolic_link(tmp_path: Path) -> None:
    write(tmp_path, "extends: b.yaml\n", "a.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "extend each other in a circle" in faults_of(tmp_path / "a.yaml")[0]


def test_cross_fault_points_at_the_override_that_caused_it() -> None:
    assert faults_of(BASE, "programmes.Sunny Lane=null") == [
        "--set:1:12: liaison.Anna.programmes: there is no programme 'Sunny Lane'; there are Hill Top"
    ]
    assert faults_of(BASE, "name=x", "population.children=1000")[0].startswith("--set:1:12: programmes: their areas")


def test_cross_fault_of_the_parent_points_at_the_parent(tmp_path: Path) -> None:
    write(tmp_path, "assessment:\n  urgent_days: 9\n", "parent.yaml")
    child = write(tmp_path, "extends: parent.yaml\nassessment: {core_days: 20}\n", "child.yaml")
    assert faults_of(child) == [
        f"{tmp_path}/parent.yaml:2:16: assessment.urgent_days: must not exceed assessment.initial_deadline"
    ]


def test_section_check_points_at_the_file_that_overrides(tmp_path: Path) -> None:
    write(tmp_path, "population:\n  one_child: 0.4\n", "parent.yaml")
    child = write(tmp_path, "extends: parent.yaml\nname: c\npopulation:\n  two_children: 0.6\n", "child.yaml")
    (line,) = faults_of(child)
    assert line.startswith(f"{child}:4:3: population.one_child: one_child, two_children and three_children add")


def test_all_cross_faults_are_listed_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "assessment: {urgent_days: 9, core_deadline: 5}\nprogrammes: {A: {localities: {Nowhere: 1}}}\n",
    )
    lines = faults_of(path)
    assert [line.split(": ")[1] for line in lines] == [
        "assessment.urgent_days",
        "assessment.core_deadline",
        "programmes.A.localities",
    ]
    assert lines[2].split(": ")[0].endswith(":2:31")


# --- anything at all gives a scenario or faults ---

_ALL = sorted(all_keys(declared(Scenario)))
_KEYS = sorted(
    {path[-1] for path in _ALL}
    | {"extends", "<<", "North", "true", "1", "*a"}
    | {"continuum", "policies", "indicators", "training", "like"}
)
_SCALARS = st.sampled_from(
    [
        "1",
        "0.5",
        "'x'",
        "true",
        "null",
        "~",
        "",
        "2005-04-01",
        "2005-99-99",
        ".nan",
        "-.inf",
        "1e999",
        "!!int x",
        "!x y",
        "&a 1",
        "*a",
        "midtown",
        "[",
        "{",
        "9" * 400,
        "0x_",
        "1__0",
        "!!float ''",
        "!!bool z",
        "!!null x",
        "2005-04-01T10:00:00+25:00",
        "=",
        "|\n  text",
        "? a",
        "!!timestamp x",
        "0b",
        "0o",
        "-",
        "+",
        "!!str",
        "_1",
    ]
)
_FLOW = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4).map(
            lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"
        )
    ),
    max_leaves=8,
)


def _paths(path: tuple[str, ...], value: str) -> str:
    return "".join("  " * depth + f"{key}:\n" for depth, key in enumerate(path))[:-1] + f" {value}\n"


_DOCUMENTS = (
    st.text(max_size=80)
    | st.dictionaries(st.sampled_from(_KEYS), _FLOW, max_size=5).map(
        lambda d: "".join(f"{k}: {v}\n" for k, v in d.items())
    )
    | st.lists(st.builds(_paths, st.sampled_from(_ALL), _SCALARS), max_size=3).map("".join)
)
_FUZZ = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _faults(source: str | os.PathLike[str], overrides: tuple[str, ...] = ()) -> tuple[Fault, ...]:
    """No faults, or those of the ScenarioError; any other exception fails the test."""
    try:
        scenario = load_scenario(source, overrides)
    except ScenarioError as error:
        return error.faults
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    return ()


def _scenario_or_faults(source: str | os.PathLike[str], overrides: tuple[str, ...] = ()) -> None:
    for fault in _faults(source, overrides):
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.message
        assert len(str(fault).splitlines()) == 1


@_FUZZ
@given(text=_DOCUMENTS)
@example("a: !!python/name:os.system ''\n")
@example("&a ? *a\n: *a\n")
@example("need: {spread: !!float ''}\n")
@example("\ufeff\ufeffname: a")
def test_any_document_gives_a_scenario_or_faults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    _scenario_or_faults(path)


@_FUZZ
@given(data=st.binary(max_size=60))
def test_any_bytes_give_a_scenario_or_faults(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    _scenario_or_faults(path)


@_FUZZ
@given(text=st.text(max_size=40) | st.builds(lambda p, v: f"{'.'.join(p)}={v}", st.sampled_from(_ALL), _FLOW))
def test_any_override_gives_a_scenario_or_faults(text: str) -> None:
    _scenario_or_faults(BASE, (text,))


@_FUZZ
@given(name=st.text(max_size=30))
def test_any_source_gives_a_scenario_or_faults(name: str) -> None:
    _scenario_or_faults(name)
