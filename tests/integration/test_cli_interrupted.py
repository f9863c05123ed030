"""Ctrl-C in any command: one line on stderr, status 130, nothing on stdout and nothing left behind."""

from pathlib import Path

import pytest

from referral_sim import cli

COMMANDS = {
    "run": ("referral_sim.experiment.jobs.run_jobs", ["run", "midtown", "--out", "OUT"]),
    "compare": (
        "referral_sim.experiment.comparison.compare",
        ["compare", "midtown", "--policy", "no-liaison", "--out", "OUT"],
    ),
    "patterns": ("referral_sim.patterns.run_patterns", ["patterns", "--only", "5"]),
    "file-study": ("referral_sim.experiment.jobs.run_jobs", ["file-study", "midtown"]),
    "show": ("referral_sim.scenario.reader.read_chain", ["show", "midtown"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_interrupted_command_says_so_and_ends_with_130(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    place, words = COMMANDS[name]
    monkeypatch.setattr(place, interrupted)
    with pytest.raises(SystemExit) as end:
        cli.main([str(tmp_path / "out") if word == "OUT" else word for word in words])
    assert end.value.code == 130
    assert capsys.readouterr() == ("", "interrupted\n")
    assert list(tmp_path.iterdir()) == []
