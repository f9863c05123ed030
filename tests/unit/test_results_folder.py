"""results/: each folder's README names what made it and every file that lies there, and nothing else lies there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
FOLDERS = sorted(p for p in RESULTS.iterdir() if p.is_dir() and p.name != "large")


def test_there_is_a_folder_for_each_experiment_and_nothing_beside_them():
    assert {p.name for p in FOLDERS} == {
        p.name for p in (ROOT / "experiments").iterdir() if (p / "README.md").is_file()
    }
    assert not [p for p in RESULTS.iterdir() if p.is_file()]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_page_of_a_folder_names_what_made_it_and_every_file(folder):
    page = (folder / "README.md").read_text("utf-8")
    for what in ("command", "version", "seed", "date"):
        assert re.search(rf"^\| {what} \| \S.* \|$", page, re.M), what
    named = re.findall(r"^- \[(\S+)\]\((\S+)\)$", page, re.M)
    assert all(text == link for text, link in named)
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {text for text, _ in named} == there - {"README.md"}
    assert any(name.startswith("tables/") and name.endswith(".csv") for name in there)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_make_makes_a_folder_again_and_its_figures_are_small(folder):
    assert re.search(rf"^results-{folder.name}:", (ROOT / "Makefile").read_text("utf-8"), re.M)
    for figure in folder.glob("figures/*"):
        assert figure.suffix == ".svg"
        assert figure.stat().st_size < 300_000, figure
        assert "<text" in figure.read_text("utf-8"), figure
