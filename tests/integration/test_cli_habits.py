"""What holds for every command: help, one width, refusals of what would do nothing, a full or closed output."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from referral_sim import cli, patterns
from referral_sim.patterns.judging import Check, Pattern
from sweeps import plan_file

ROOT = Path(__file__).parents[2]
PLAN, CALIBRATION = (f"scenarios/plans/{name}.yaml" for name in ("thresholds", "calibration/plan"))
COMMANDS = sorted(get_command(cli.app).commands)
COMMAND = [sys.executable, "-m", "referral_sim"]
MINE = """extends: east-borough
name: east-borough-half-posts
title: East Borough with half a social worker in every programme
liaison:
  Link worker: null
  Half post 1: {kind: outposted_social_worker, programmes: [SSLP 1], time: 0.5}
  Half post 2: {kind: outposted_social_worker, programmes: [SSLP 2], time: 0.5}
"""


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def shell(*words, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")} | options.pop("env", {})
    return subprocess.run(
        [*COMMAND, *words], cwd=ROOT, text=True, check=False, env=environment, stderr=subprocess.PIPE, **options
    )


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_short_words_with_examples(call, name):
    words = [name] if name else []
    status, out, err = call(*words, "-h")
    assert (status, err) == (0, "")
    assert out == call(*words, "--help")[1]
    assert not re.search(r"<(list|str|int|float|path)", out)
    assert "Examples:\n" in out


def test_the_common_options_have_short_names(call):
    text = call("compare", "-h")[1]
    assert all(f"-{name[0]}, --{name}" in text for name in ("replicates", "seed", "out", "policy", "workers"))


@pytest.mark.parametrize("command", ["compare", "export", "plot", "report", "run", "sweep"])
def test_folders_have_the_same_short_name_everywhere(call, command):
    assert "-o, --out" in call(command, "-h")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("compare --matt", ["--matters"]),
        ("run mid", ["midtown"]),
        ("show midtown+no-l", ["midtown+no-liaison"]),
        ("compare midtown -p threshold-", ["threshold-down-a-tier", "threshold-up-a-tier"]),
        ("diff midtown sou", ["southshire"]),
    ],
)
def test_the_shell_completes_commands_options_and_names(words, said):
    place = str(len(words.split()))
    env = {"_REFERRAL_SIM_COMPLETE": "complete_bash", "COMP_WORDS": f"referral-sim {words}", "COMP_CWORD": place}
    done = shell(env=env, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout.split()) == (0, said)


@pytest.mark.parametrize(
    "words",
    [
        ("show", "midtown"), ("scenarios", "policies"), ("diff", "midtown", "southshire"), ("evidence",)
    ],
)  # fmt: skip
def test_a_pipe_has_80_columns_unless_the_environment_says_otherwise(call, monkeypatch, words):
    status, out, _ = call(*words)
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    monkeypatch.setenv("COLUMNS", "120")
    assert 80 < max(map(len, call(*words)[1].splitlines())) <= 120


def test_all_kinds_are_listed_by_title_alone(call):
    out = call("scenarios")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert "family support panels" in out
    assert "Multi-agency" not in out


def test_show_prints_the_keys_that_were_asked_for(call):
    status, out, _ = call("show", "midtown", "front_door.threshold", "workforce")
    assert status == 0
    assert "threshold" in out
    assert "turnover" in out
    assert "backlog_shift" not in out
    assert call("show", "midtown", "front_dor")[::2] == (
        2, "KEY: there is no key 'front_dor' in this scenario (did you mean 'front_door'?)\n"
    )  # fmt: skip


def test_scenarios_lists_one_kind(call):
    status, out, _ = call("scenarios", "policies")
    assert status == 0
    assert "family-support-panel" in out
    assert "midtown" not in out
    status, out, err = call("scenarios", "polices")
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_diff_says_what_the_second_changes_of_the_first(call, mine):
    status, out, _ = call("diff", "east-borough", mine)
    assert status == 0
    assert out.startswith("east-borough-half-posts changes 10 values of east-borough\n")
    assert re.search(r"liaison\.Half post 1 *\n  programmes +- +SSLP 1 ", out)
    assert call("diff", "midtown", "midtown")[1] == "midtown and midtown have the same values\n"


def test_validate_says_what_a_file_changes_and_how_far_it_reaches(call, mine):
    status, out, _ = call("validate", mine, "midtown", PLAN, CALIBRATION)
    assert status == 0
    assert "  changes 10 values of the preset east-borough:" in out
    assert "    liaison.Half post 1.programmes: SSLP 1 (new)" in out
    assert "    liaison.Link worker.time: taken away (was 0.5)" in out
    assert "  outposted social worker: in 2 of 7 programmes (SSLP 1, SSLP 2)" in out
    assert "of the preset midtown" not in out
    assert f"{PLAN}: ok (plan of 480 runs" in out
    assert f"{CALIBRATION}: ok (plan of a calibration)" in out
    assert call("validate", PLAN, "--policy", "no-change")[0] == 2


@pytest.mark.parametrize("words", [("run",), ("compare", "midtown"), ("show",), ("file-study",), ("diff", "midtown")])
def test_a_plan_in_the_place_of_a_scenario_is_recognised(call, words):
    status, out, err = call(*words, PLAN)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert f"'referral-sim sweep {PLAN} --out DIR'" in err
    assert f"'referral-sim calibrate {CALIBRATION} --out DIR'" in call(*words, CALIBRATION)[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "midtown", "--replicate", 3), "--replicates 3 makes 3 runs of each scenario"),
        (("run", "midtown", "--json", "--all"), "--all does nothing with --json"),
        (("compare", "midtown", "--json", "--year", "2005-06"), "--year does nothing with --json"),
        (("run", "midtown", "--overwrite"), "--overwrite goes with --out DIR"),
        (("run", "midtown", "--out", "x.csv"), "write --out x, and then 'referral-sim export x'"),
        (("run", "midtown", "-r", 1_000_000_000), "--replicates"),
        (("run", PLAN, "--point", 1, "--seed", 3), "--seed does nothing with --point"),
        (("run", PLAN, "--run", "a", "--replicate", 3), "--replicate does nothing with --run"),
    ],
)
def test_what_would_do_nothing_is_refused_in_one_line(call, words, said):
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("holds", "shown_only", "status"), [(True, False, 0), (False, False, 1), (False, True, 0)])
def test_patterns_end_with_1_where_one_that_should_hold_does_not(call, monkeypatch, holds, shown_only, status):
    found = Pattern(5, "a name", "said", (Check("what", "more", 1.0, 0.9, 1.1, "ratio", holds),), shown_only=shown_only)
    monkeypatch.setattr(patterns, "run_patterns", lambda *_: [found])
    for words in ((), ("--json",)):
        ended, _, err = call("patterns", "--only", "5", *words)
        assert ended == status
        assert ("pattern 5 does not hold: a name" in err) == (status == 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is a thing of Linux")
@pytest.mark.parametrize("words", [("show", "midtown"), ("evidence", "--json"), ("--help",)])
def test_a_full_output_is_one_line(words):
    with Path("/dev/full").open("w") as full:
        done = shell(*words, stdout=full)
    assert done.returncode == 1
    assert done.stderr == "referral-sim: error: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor in a shell")
def test_a_closed_output_is_one_line():
    line = f"{sys.executable} -m referral_sim scenarios >&-"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (1, "referral-sim: error: standard output is closed\n")


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor in a shell")
@pytest.mark.parametrize(("words", "status"), [("show midtown", 0), ("show nowhere", 2)])
def test_a_closed_standard_error_changes_no_status(words, status):
    line = f"{sys.executable} -m referral_sim {words} 2>&-"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False, env=environment)
    assert (done.returncode, bool(done.stdout), done.stderr) == (status, status == 0, b"")


@pytest.mark.skipif(os.name != "posix", reason="names of files are text elsewhere")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 300, "File name too long"),
        ("na\udcffme", r"na\\udcffme is not UTF-8; give it another name"),
        ("loop", "loop is not a folder"),
    ],
)
@pytest.mark.parametrize("command", ["run", "sweep", "report"])
def test_a_name_that_no_folder_can_have_is_one_line(call, tmp_path, monkeypatch, command, name, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    source = plan_file(tmp_path) if command == "sweep" else "tiny.yaml"
    plan_file(tmp_path)
    words = ("report", name) if command == "report" else (command, source, "--out", name)
    status, out, err = call(*words)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert re.search(said if command == "run" or name != "loop" else "loop", err)
