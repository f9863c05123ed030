"""``explore``, ``sensitivity``, ``power``, ``voi`` and ``costs`` on runs of a tiny authority."""

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
    words = ("--replicates", 60, "--draws", "shipped", "--out", place / "both")
    assert run("compare", tiny, f"{tiny}+family-support-panel", *words) == 0
    words = ("--replicates", 2, "--draws", "none", "--out", place / "bare")
    assert run("compare", tiny, f"{tiny}+no-liaison", *words) == 0
    return place


def tables(capsys, *words: object) -> dict[str, list[dict[str, float]]]:
    capsys.readouterr()
    assert run(*words, "--json") == 0
    found: dict[str, list[dict[str, float]]] = json.loads(capsys.readouterr().out)["tables"]
    return found


@pytest.mark.long
def test_an_exploration_has_regrets_and_scores(folder, capsys):
    found = tables(capsys, "explore", folder / "futures", "--measure", "referrals", "--figure", folder / "explore.svg")
    assert "<svg" in (folder / "explore.svg").read_text()
    regret, scores = found["tiny: benefit and regret over 40 futures"], list(found.values())[1]
    assert {row["policies"] for row in regret} == {"none", "family-support-panel"}
    assert min(row["most_regret"] for row in regret) >= 0.0
    assert {row["variable"] for row in scores} == {"noticing.visibility", "trouble.rate"}


@pytest.mark.long
def test_a_comparison_under_draws_is_explored_over_its_draws(folder, capsys):
    import pandas as pd

    found = tables(capsys, "explore", folder / "both", "--measure", "referrals", "--better", "more")
    regret = {row["policies"]: row for row in found["tiny: benefit and regret over 30 futures"]}
    assert set(regret) == {"none", "tiny+family-support-panel"}
    kept = pd.read_parquet(folder / "both" / "differences.parquet")
    kept = kept[(kept["measure"] == "referrals") & (kept["group"] == "all")]
    by_draw = kept["difference"].groupby(kept["replicate"] // 2).mean()
    mine = regret["tiny+family-support-panel"]
    assert [mine["mean"], mine["worst"]] == pytest.approx([by_draw.mean(), by_draw.min()])
    (scores,) = (rows for title, rows in found.items() if title.endswith("what its effect depends on"))
    assert "trouble.rate" in {row["variable"] for row in scores}


@pytest.mark.long
def test_the_report_of_a_comparison_under_draws_has_the_answers_to_decide_by(folder):
    page = folder / "page.html"
    assert run("report", folder / "both", folder / "bare", "--out", page) == 0
    text = page.read_text()
    for name in ("explore", "power", "voi", "costs"):
        assert text.count(f"referral-sim {name} {folder / 'both'}") == 1, name
    assert text.count("To decide: when it helps") == 2
    assert text.count("This part needs runs under draws of the parameters") == 1
    assert text.count("Figures to decide by") == 2  # the heading, and on paper where it is


@pytest.mark.long
@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_sensitivity_names_what_an_outcome_depends_on(folder, capsys, method):
    plan = folder / f"{method}.yaml"
    text = PLAN.replace("policies: [none, [family-support-panel]]\n", "").replace("size: 40", "size: 30")
    plan.write_text(text.replace("replicates: 1", "replicates: 3"))
    words = ("--out", folder / method, "--method", method, "--trajectories", 6, "--measure", "families_in_trouble")
    (rows,) = tables(capsys, "sensitivity", plan, *words).values()
    assert rows[0]["variable"] == "trouble.rate"
    assert rows[0]["value"] > 3 * abs(next(r["value"] for r in rows if r["variable"] == "noticing.visibility"))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("scenario: tiny.yaml\n", "the plan varies nothing"),
        ("scenario: tiny.yaml\nlevers: {trouble.rate: [0.1, 0.2]}\ndesign: {kind: grid}\n", "needs random points"),
    ],
)
def test_a_plan_without_random_points_has_no_indices(tmp_path, capsys, plan, said):
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    (tmp_path / "plan.yaml").write_text(plan)
    assert run("sensitivity", tmp_path / "plan.yaml", "--out", tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_power_has_a_row_a_design(folder, capsys):
    (rows,) = tables(capsys, "power", folder / "both", "--figure", folder / "power.svg").values()
    assert "<svg" in (folder / "power.svg").read_text()
    assert [row["design"] for row in rows] == ["with and without", "before and after", "stepped wedge"]
    assert all(row["low"] <= row["chance"] <= row["high"] for row in rows)


@pytest.mark.long
def test_value_of_information_names_the_parameters_of_the_draws(folder, capsys):
    words = ("--measure", "referrals", "--figure", folder / "voi.svg")
    known, narrowed = tables(capsys, "voi", folder / "both", *words).values()
    assert "<svg" in (folder / "voi.svg").read_text()
    assert {"trouble.rate", "all together"} <= {row["group"] for row in known}
    assert "referrals" in {row["figure"] for row in narrowed}


@pytest.mark.long
def test_costs_are_those_of_the_hours_at_the_users_prices(folder, capsys):
    prices = folder / "prices.yaml"
    hour = "{price: 2.0, year: 2006, source: a test}"
    agencies = ("intake", "family_support", "programmes", "liaison", "partners")
    prices.write_text("title: t\ncurrency: GBP\nhours:\n" + "".join(f"  {name}: {hour}\n" for name in agencies))
    in_hours, _ = tables(capsys, "costs", folder / "both").values()
    in_money, _ = tables(capsys, "costs", folder / "both", prices, "--figure", folder / "costs.svg").values()
    assert "<svg" in (folder / "costs.svg").read_text()
    assert [row["what"] for row in in_money] == [row["what"] for row in in_hours]
    assert [row["difference"] for row in in_money] == pytest.approx([2 * row["difference"] for row in in_hours])
    everybody, *each = (row["base"] for row in in_hours)
    assert everybody == pytest.approx(sum(each))
    assert everybody > 0.0


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explore", "bare"), "explore reads the folder of a sweep"),
        (("explore", "futures", "--measure", "referals"), "did you mean 'referrals'"),
        (("power", "both", "--group", "locality:South"), "referrals has no group locality:South"),
        (("voi", "futures"), "were not made under draws"),
        (("power", "nowhere"), "there is no such folder"),
        (("power", "both", "--figure", "x.txt"), "must end in .svg, .png, .pdf"),
    ],
)
def test_what_cannot_be_answered_is_one_line(folder, capsys, words, said):
    command, where, *rest = words
    assert run(command, folder / where, *rest) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
