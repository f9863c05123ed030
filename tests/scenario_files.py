"""Scenario files for tests: where they stand, writing one, and the lines that a faulty one gives."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from referral_sim.scenario import ScenarioError, load_scenario

ROOT = Path(__file__).parent.parent
INVALID = Path("tests/scenarios/invalid")
VALID = Path("tests/scenarios/valid")
BASE = VALID / "two-programmes.yaml"


@pytest.fixture
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def faults_of(
    source: str | os.PathLike[str], *overrides: str, policies: Sequence[str | os.PathLike[str]] = ()
) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(source, overrides, policies)
    return str(caught.value).split("\n")


def write(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def policy_file(folder: Path, text: str, name: str = "mine.yaml") -> str:
    return str(write(folder, f"title: mine\n{text}", name))
