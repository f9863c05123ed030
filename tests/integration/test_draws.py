"""Draws of parameters laid over replicates by run, compare and sweep."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from referral_sim import ReferralModel, compare, simulate
from referral_sim.cli import app
from referral_sim.cli.run_inputs import load_plan_with_draws
from referral_sim.experiment import MemoryStore, ParquetStore, ProcessExecutor
from referral_sim.experiment.draws import DrawsError, chosen_draws, kept_by, kept_keys, load_draws, write_draws
from referral_sim.experiment.plan import Plan
from referral_sim.experiment.plan_file import load_plan
from referral_sim.experiment.running import sweep_runs
from referral_sim.experiment.summaries import parameter_share
from referral_sim.experiment.variants import read_variant
from referral_sim.folders.read_folder import open_results
from referral_sim.report.grids import differences_table, published_table
from referral_sim.scenario import load_scenario
from sweeps import SCENARIO, plan_file, same_tables

TABLE = pd.DataFrame(
    {
        "draw": range(4),
        "trouble.rate": [0.2, 0.4, 0.6, 0.9],
        "front_door.referral_margin": [0.0, 0.0, 0.0, 0.0],
        "tiny/front_door.referral_margin": [0.1, 0.5, 1.0, 1.5],
        "midtown/protection.routing": [0.1, 0.2, 0.3, 0.4],
    }
)


@pytest.fixture
def folder(tmp_path):
    TABLE.to_parquet(tmp_path / "draws.parquet")
    (tmp_path / "tiny.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path


def command(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


def test_each_draw_is_met_by_two_replicates_and_own_values_count_over_shared_ones(folder):
    draws, tiny = load_draws(folder), load_scenario(folder / "tiny.yaml")
    rates = [draws.values(tiny, k)["trouble.rate"] for k in range(10)]
    assert rates == [0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.9, 0.9, 0.2, 0.2]
    assert draws.values(tiny, 2) == {"trouble.rate": 0.4, "front_door.referral_margin": 0.5}
    midtown = draws.values(load_scenario("midtown", policies=["no-change"]), 3)
    assert midtown == {"trouble.rate": 0.4, "front_door.referral_margin": 0.0, "protection.routing": 0.2}
    laid = draws.lay(tiny, 7)
    assert (laid.trouble.rate, laid.front_door.referral_margin, laid.name) == (0.9, 1.5, "tiny")


def test_what_a_user_or_a_policy_sets_stays(folder):
    bare = load_scenario("midtown")
    with_policy = load_scenario("midtown", ["trouble.rate=0.3"], ["threshold-up-a-tier"])
    kept = kept_keys(with_policy, bare, ["trouble.rate=0.3"])
    assert {"front_door.threshold", "trouble.rate"} <= kept
    assert "trouble.rate" not in load_draws(folder).values(with_policy, 0, kept)


def test_python_lays_draws_as_the_command_line_does(folder):
    tiny = folder / "tiny.yaml"
    found = simulate(tiny, replicates=3, draws=folder, **{"front_door.threshold": 2.5}).to_frame()
    last = found[found["replicate"] == 2]
    values = {"trouble.rate": 0.4, "front_door.referral_margin": 0.5, "front_door.threshold": 2.5}
    own = ReferralModel(tiny, seed=1, replicate=2, **values).run().measures()
    assert last["value"].tolist() == pytest.approx(own["value"].tolist(), abs=0.0, nan_ok=True)
    kept = simulate(tiny, replicates=1, draws=load_draws(folder), **{"trouble.rate": 0.3}).means
    point = {"trouble.rate": 0.3, "front_door.referral_margin": 0.1}
    assert kept == pytest.approx(simulate(tiny, replicates=1, draws="none", **point).means, abs=0.0, nan_ok=True)
    assert "parameter_share" in compare(tiny, "no-liaison", replicates=2, draws=load_draws(folder)).to_frame()
    assert "parameter_share" not in compare(tiny, "no-liaison", replicates=2, draws="none").to_frame()


@pytest.mark.long
def test_run_gives_bands_of_parameter_and_chance(folder):
    plain = command("run", folder / "tiny.yaml", "--replicates", 8, "--json")
    drawn = command("run", folder / "tiny.yaml", "--replicates", 8, "--json", "--draws", folder, "--out", folder / "o")
    assert drawn.exit_code == 0, drawn.stderr

    def contacts(result):
        rows = json.loads(result.stdout)[0]["measures"]
        return next(r for r in rows if (r["measure"], r["group"]) == ("contacts", "all"))

    one, two = contacts(plain), contacts(drawn)
    assert "parameter_share" not in one
    assert two["high"] - two["low"] > 2 * (one["high"] - one["low"])
    assert two["parameter_share"] > 0.6
    manifest = json.loads((folder / "o" / "manifest.json").read_text("utf-8"))
    assert manifest["draws"] == str(folder)
    again = command("run", folder / "tiny.yaml", "--replicates", 8, "--json", "--draws", folder, "--workers", 1)
    assert again.stdout == drawn.stdout
    fixed = command(
        "run", folder / "tiny.yaml", "--replicates", 8, "--json", "--draws", folder,
        "--set", "trouble.rate=0.5", "--set", "front_door.referral_margin=0.8",
    )  # fmt: skip
    same = command(
        "run", folder / "tiny.yaml", "--replicates", 8, "--json",
        "--set", "trouble.rate=0.5", "--set", "front_door.referral_margin=0.8",
    )  # fmt: skip
    assert contacts(fixed)["mean"] == contacts(same)["mean"]


def test_a_file_that_extends_a_preset_has_the_draws_of_its_authority(folder):
    """England's average is the authority ``england``: a file of another name ran without its draws."""
    draws = load_draws("shipped")
    for preset in ("england-average", "midtown"):
        ours = folder / f"ours-{preset}.yaml"
        ours.write_text(f"extends: {preset}\nname: ours\n", "utf-8")
        assert draws.columns(load_scenario(ours)) == draws.columns(load_scenario(preset))


@pytest.mark.long
def test_without_the_option_calibrated_authorities_alone_run_under_the_shipped_draws(folder):
    tiny, midtown = load_scenario(folder / "tiny.yaml"), load_scenario("midtown")
    assert chosen_draws(None, [tiny]) is None
    assert chosen_draws("none", [midtown]) is None
    default = chosen_draws(None, [tiny, midtown])
    assert default.label == "shipped"
    assert default.columns(tiny) == {}
    assert default.columns(midtown)["noticing.visibility"] == "midtown/noticing.visibility"
    assert set(chosen_draws("shipped", [tiny]).columns(tiny)) == {c for c in default.table if "/" not in c}
    ours = folder / "ours.yaml"
    ours.write_text(SCENARIO.replace("name: tiny", "name: ours\nauthority: midtown"), "utf-8")
    for words, under in (([], True), (["--draws", "none"], False)):
        out = folder / f"out-{under}"
        result = command("run", ours, folder / "tiny.yaml", "--replicates", 2, "--json", "--out", out, *words)
        assert result.exit_code == 0, result.stderr
        mine, other = ({k for row in one["measures"] for k in row} for one in json.loads(result.stdout))
        assert ("parameter_share" in mine) is under
        assert "parameter_share" not in other
        assert json.loads((out / "manifest.json").read_text("utf-8")).get("draws") == ("shipped" if under else None)
    assert plan_under(None, folder, ours).draws.label == "shipped"
    assert plan_under("none", folder, ours).draws is None
    assert plan_under(None, folder, folder / "tiny.yaml").draws is None


def plan_under(draws, folder, scenario):
    path = folder / "plan.yaml"
    path.write_text(f"scenario: {scenario}\n", "utf-8")
    return load_plan_with_draws(path, draws)


def test_a_value_outside_the_calibrated_range_is_said(folder):
    ours = folder / "ours.yaml"
    ours.write_text(SCENARIO.replace("name: tiny", "name: ours\nauthority: midtown"), "utf-8")
    result = command("run", ours, "--replicates", 1, "--set", "practice.trust=0.99")
    assert "warning: ours: practice.trust is 0.99, outside the calibrated range" in result.stderr


def test_compare_pairs_draws_and_seeds(folder):
    (folder / "other.yaml").write_text(SCENARIO.replace("name: tiny", "name: other"), "utf-8")
    table = TABLE.drop(columns="tiny/front_door.referral_margin")
    table.to_parquet(folder / "draws.parquet")
    result = command(
        "compare", folder / "tiny.yaml", folder / "other.yaml", "--replicates", 4, "--draws", folder, "--json"
    )
    assert result.exit_code == 0, result.stderr
    measures = json.loads(result.stdout)["comparisons"][0]["measures"]
    assert all(row["difference"] in (0, None) for row in measures)
    assert all("parameter_share" in row for row in measures)


@pytest.mark.long
def test_tables_for_people_say_how_much_of_a_band_is_parameter(folder):
    """On a terminal and in the report; without draws there is no such column."""
    one = folder / "tiny.yaml"
    for words in (("run", one), ("compare", one, "--policy", "threshold-up-a-tier")):
        plain = command(*words, "--replicates", 8)
        assert plain.exit_code == 0, plain.stderr
        assert "Param." not in plain.stdout
        told = command(*words, "--all", "--replicates", 8, "--draws", folder, "--out", folder / words[0])
        assert told.exit_code == 0, told.stderr
        assert "Param.: share of the variance" in " ".join(told.stdout.split())
        line = next(line for line in told.stdout.splitlines() if re.match(r"\s*Referrals\s+\d", line))
        results = open_results(folder / words[0])
        if results.comparisons:
            grid = differences_table(results.comparisons[0], results.comparisons[0].pairs[0])
        else:
            grid = published_table(results.profiles[0])
        place = grid.columns.index("Param.")
        (cell,) = [row[place] for row in grid.rows if row[0].text == "Referrals"]
        assert 0.0 <= cell.value <= 1.0
        assert re.search(rf"\s{cell.text}\s", line)
        assert len(grid.columns) == max(map(len, grid.rows))


def test_a_sweep_under_draws_has_the_same_rows_however_it_is_made(folder):
    path = plan_file(folder)
    drawn = Plan(**{**load_plan(path).__dict__, "draws": load_draws(folder)})
    one, two = MemoryStore(), ParquetStore(folder / "s")
    list(sweep_runs(drawn, store=one))
    list(sweep_runs(drawn, store=two, executor=ProcessExecutor(2)))
    same_tables(one, ParquetStore(folder / "s"))
    runs = one.runs().to_pandas()
    assert sorted(runs["trouble.rate"].unique()) == [0.2, 0.4]  # three replicates: two draws
    assert (runs.groupby("replicate")["trouble.rate"].nunique() == 1).all()
    assert set(runs["front_door.threshold"]) == {2.0, 3.0}
    assert runs["run"].is_unique


@pytest.mark.long
def test_a_folder_of_other_draws_is_refused(folder):
    path = plan_file(folder)
    assert command("sweep", path, "--out", folder / "s", "--draws", folder).exit_code == 0
    assert command("sweep", path, "--out", folder / "s", "--draws", folder).exit_code == 0
    refused = command("sweep", path, "--out", folder / "s")
    assert refused.exit_code == 2
    assert "draws: the folder has" in refused.stderr
    alone = command("run", path, "--point", 1, "--replicate", 2, "--draws", folder, "--json")
    assert json.loads(alone.stdout)[0]["values"]["trouble.rate"] == 0.4


def test_values_of_a_plan_count_over_draws(folder):
    text = "scenario: tiny.yaml\nlevers: {trouble.rate: [0.3, 0.7]}\ndesign: {kind: grid}\nreplicates: 2\n"
    drawn = Plan(**{**load_plan(plan_file(folder, text)).__dict__, "draws": load_draws(folder)})
    store = MemoryStore()
    list(sweep_runs(drawn, store=store))
    assert sorted(set(store.runs()["trouble.rate"].to_pylist())) == [0.3, 0.7]


def test_the_share_of_the_parameter_is_found_again():
    rng = np.random.default_rng(1)
    draw = np.repeat(rng.normal(0.0, 2.0, 2000), 2)
    values = pd.Series(draw + rng.normal(0.0, 1.0, 4000))
    assert parameter_share(values) == pytest.approx(0.8, abs=0.03)
    assert parameter_share(pd.Series(rng.normal(size=4000))) < 0.06
    assert np.isnan(parameter_share(values[:4]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.rename(columns={"trouble.rate": "trouble.rat"}), "did you mean 'trouble.rate'"),
        (lambda t: t.assign(**{"trouble.rate": [0.1, float("nan"), 0.2, 0.3]}), "finite numbers"),
        (lambda t: t.assign(**{"trouble.rate": "a"}), "finite numbers"),
        (lambda t: t[:0], "holds no draws"),
    ],
)
def test_faults_of_draws_are_named(folder, change, message):
    change(TABLE).to_parquet(folder / "draws.parquet")
    with pytest.raises(DrawsError, match=message):
        load_draws(folder)
    result = command("run", folder / "tiny.yaml", "--draws", folder)
    assert result.exit_code == 2
    assert result.stderr.startswith("--draws: ")


def test_a_folder_without_draws_and_values_out_of_range_are_refused(folder, tmp_path):
    assert "there is no draws.parquet" in command("run", "midtown", "--draws", tmp_path / "none").stderr
    TABLE.assign(**{"trouble.rate": -1.0}).to_parquet(folder / "draws.parquet")
    result = command("run", folder / "tiny.yaml", "--draws", folder)
    assert result.exit_code == 2
    assert "replicate 0 of tiny" in result.stderr


def test_draws_of_another_model_are_said(folder):
    (folder / "draws.json").write_text('{"model": "0.0.1+abc"}', "utf-8")
    result = command("run", folder / "tiny.yaml", "--draws", folder, "--replicates", 1)
    assert result.exit_code == 0
    assert "warning: the draws are of model 0.0.1+abc" in result.stderr


def test_policies_of_a_case_keep_their_keys(folder):
    case = read_variant("midtown", ("threshold-up-a-tier",))
    assert "front_door.threshold" in kept_by(case)
    assert kept_by(read_variant("midtown", ())) == frozenset()


def test_what_a_file_changes_of_its_preset_stays(folder):
    mine = folder / "mine.yaml"
    mine.write_text("extends: midtown\nname: mine\ntrouble: {rate: 0.3}\nfront_door: {threshold: 2.5}\n")
    case = read_variant(str(mine), ())
    assert kept_by(case) == {"name", "trouble.rate", "front_door.threshold"}
    draws = load_draws(folder)
    under = draws.lay(case.base, 3, kept_by(case))
    assert (under.trouble.rate, under.front_door.referral_margin) == (0.3, 0.0), "asked for; drawn"
    bare = load_scenario(mine)
    assert kept_keys(bare, bare) == kept_by(case), "the command line and a sweep keep the same"
    alone = load_scenario(folder / "tiny.yaml")
    assert kept_keys(alone, alone) == frozenset(), "of no preset's authority: all is drawn"


def test_fields_of_a_file_of_draws_say_what_they_hold_and_in_which_unit(tmp_path):
    table = pd.DataFrame({"draw": [0], "help.works": [0.2], "midtown/protection.routing": [0.5]})
    write_draws(tmp_path, table)
    draw, help_works, routing = pq.read_schema(tmp_path / "draws.parquet")
    assert draw.metadata is None
    assert help_works.metadata[b"unit"] == routing.metadata[b"unit"] == b"share"
    assert routing.metadata[b"description"]
