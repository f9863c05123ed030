"""The command ``file-study``, and what it refuses."""

import json

import pytest

from referral_sim import cli
from referral_sim.file_study import (
    AssumptionError,
    Assumptions,
    NotStudiedError,
    check_scenario,
    design_of,
    simulated_study,
)
from referral_sim.records.casebook import SOURCE_CODE, SSLP
from referral_sim.scenario import Scenario, load_scenario

# -- what cannot be studied --------------------------------------------------------------------------------------------


def test_scenarios_that_cannot_be_studied():
    assert check_scenario(load_scenario("southshire")).files == 25
    for scenario, message in [
        (Scenario(), "no authority"),
        (load_scenario("england-average"), "england"),
        (load_scenario("midtown", ["time.reporting_year_start=2005-11-01"]), "half year"),
        (load_scenario("city-borough", ["programmes.SSLP 1.studied=false"]), "studied: true"),
    ]:
        with pytest.raises(NotStudiedError, match=message):
            check_scenario(scenario)


def test_assumptions_are_checked():
    assert Assumptions.read(["use_noted=0.5", " purposive_weight = 1"]) == Assumptions(
        purposive_weight=1.0, use_noted=0.5
    )
    for text, message in [
        ("use_notd=1", "did you mean 'use_noted'"),
        ("use_noted", "NAME=VALUE"),
        ("use_noted=much", "must be a number"),
        ("use_noted=1.5", "from 0 to 1"),
        ("use_noted=nan", "from 0 to 1"),
        ("purposive_weight=0", "from 1 to 100"),
    ]:
        with pytest.raises(AssumptionError, match=message):
            Assumptions.read([text])


# -- the command -------------------------------------------------------------------------------------------------------

SMALL = """name: small
authority: city-borough
population: {children: 2500, share_under_five: 0.4, deprived_share: 0.5}
localities: {A: {posts: 2}}
programmes: {Docks: {children_under_five: 300, localities: {A: 1.0}, studied: true}}
time: {warm_up_months: 1}
front_door: {day_care_gateway: true}
"""


@pytest.fixture
def small_file(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def call(capsys):
    def run_it(*words):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run_it


@pytest.mark.long
def test_json_is_the_same_for_any_number_of_workers_and_another_for_another_seed(call, small_file):
    words = ["file-study", small_file, "--replicates", 3, "--samples", 9, "--json"]
    (status, one, err), two = call(*words, "--workers", 1), call(*words, "--workers", 2)
    assert (status, err) == (0, "")
    assert two == (0, one, "")
    found = json.loads(one)
    assert (found["scenario"], found["authority"], found["seed"]) == ("small", "city-borough", 1)
    assert (found["runs"], found["samples"], found["files"]) == (3, 9, 17)
    inside = next(c for c in found["cells"] if (c["table"], c["row"]) == ("6.1", "inside"))
    assert inside["published"] == 54
    assert inside["median"] > 0
    assert any("Table 6.3" in note for note in found["notes"])
    assert json.loads(call(*words, "--seed", 2)[1])["cells"] != found["cells"]
    assert json.loads(call(*words, "--assume", "use_noted=1")[1])["assumptions"]["use_noted"] == 1


def test_tables_print_the_same_figures(call, small_file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ["file-study", small_file, "--replicates", 2, "--samples", 4, "--workers", 1]
    status, out, err = call(*words)
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for part in ("Table 6.1", "Table 6.3", "Table 6.6", "would not have seen", "--assume"):
        assert part in out
    cells = json.loads(call(*words, "--json")[1])["cells"]
    mine = next(c for c in cells if (c["table"], c["row"]) == ("6.6", "to_programme"))
    line = next(x for x in out.splitlines() if x.strip().startswith("Referred to ")).split()[2:]
    assert line[:2] == ["6", f"{mine['median']:.0f}"]
    assert line[-1].endswith("%)"), "the last column is whole"
    status, out, _ = call(*words[:2], "--replicates", 1, "--samples", 1, "--workers", 1)
    assert status == 0
    assert "unknown with one run" in out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["england-average"], "midtown, city-borough, east-borough, southshire"),
        (["nowhere"], "no file or preset"),
        (["midtown", "--samples", "3"], "--samples"),
        (["midtown", "--samples", "0"], "--samples"),
        (["midtown", "--assume", "x=1"], "--assume"),
        (["midtown", "--set", "front_door.threshold=high"], "front_door.threshold"),
        (["city-borough", "--set", "time.reporting_year_start=2005-11-01"], "half year"),
        (["midtown", "--workers", "0"], "--workers"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(call, words, part):
    status, out, err = call("file-study", *words)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert part in err


def test_failed_runs_are_named_and_the_rest_is_studied(call, small_file, monkeypatch):
    import referral_sim.file_study as study

    whole = study.list_files

    def breaks(model):
        if model.replicate == 1:
            raise ValueError("no families")
        return whole(model)

    monkeypatch.setattr(study, "list_files", breaks)
    words = ["file-study", small_file, "--replicates", 3, "--samples", 5, "--workers", 1, "--json"]
    status, out, err = call(*words)
    assert status == 1
    assert "replicate 1: ValueError: no families" in err
    assert json.loads(out)["runs"] == 2


def test_rows_of_files_are_those_of_the_report():
    assert set(design_of("midtown").involvement) <= set(simulated_study.FILE_ROWS)
    assert SOURCE_CODE["sslp"] == SSLP
