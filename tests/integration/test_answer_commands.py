"""``explore``, ``power`` and ``voi`` on runs of a tiny authority."""

import json

import pytest

from referral_sim.cli import main
from sweeps import SCENARIO

pytest.importorskip("sklearn")
pytest.importorskip("ema_workbench")
PLAN = """scenario: tiny.yaml
policies: [none, [family-support-panel]]
uncertainties:
  noticing.visibility: {range: [0.02, 0.3]}
  trouble.rate: {range: [0.1, 0.9]}
design: {kind: latin-hypercube, size: 40}
replicates: 1
seed: 5
"""


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("answers")
    (place / "tiny.yaml").write_text(SCENARIO)
    (place / "plan.yaml").write_text(PLAN)
    tiny = place / "tiny.yaml"
    assert run("sweep", place / "plan.yaml", "--out", place / "futures") == 0
    words = ("--replicates", 40, "--draws", "shipped", "--out", place / "both")
    assert run("compare", tiny, f"{tiny}+family-support-panel", *words) == 0
    return place


def tables(capsys, *words: object) -> dict[str, list[dict[str, float]]]:
    capsys.readouterr()
    assert run(*words, "--json") == 0
    found: dict[str, list[dict[str, float]]] = json.loads(capsys.readouterr().out)["tables"]
    return found


@pytest.mark.long
def test_an_exploration_has_regrets_and_scores(folder, capsys):
    found = tables(capsys, "explore", folder / "futures", "--measure", "referrals")
    regret, scores = found["tiny: benefit and regret over 40 futures"], list(found.values())[1]
    assert {row["policies"] for row in regret} == {"none", "family-support-panel"}
    assert min(row["most_regret"] for row in regret) >= 0.0
    assert {row["variable"] for row in scores} == {"noticing.visibility", "trouble.rate"}


@pytest.mark.long
def test_power_has_a_row_a_design(folder, capsys):
    (rows,) = tables(capsys, "power", folder / "both").values()
    assert [row["design"] for row in rows] == ["with and without", "before and after", "stepped wedge"]
    assert all(row["low"] <= row["chance"] <= row["high"] for row in rows)


@pytest.mark.long
def test_value_of_information_names_the_parameters_of_the_draws(folder, capsys):
    known, narrowed = tables(capsys, "voi", folder / "both", "--measure", "referrals").values()
    assert {"trouble.rate", "all together"} <= {row["group"] for row in known}
    assert "referrals" in {row["figure"] for row in narrowed}


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explore", "both"), "explore reads the folder of a sweep"),
        (("explore", "futures", "--measure", "referals"), "did you mean 'referrals'"),
        (("power", "both", "--group", "locality:South"), "referrals has no group locality:South"),
        (("voi", "futures"), "were not made under draws"),
        (("power", "nowhere"), "there is no such folder"),
    ],
)
def test_what_cannot_be_answered_is_one_line(folder, capsys, words, said):
    command, where, *rest = words
    assert run(command, folder / where, *rest) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
