"""Countries: drawn authorities, their runs summed, and what a policy changes in some of them (E1)."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from referral_sim.cli import app
from referral_sim.experiment.country import FIGURES, CountryResult, run_country
from referral_sim.experiment.country_file import read_country
from referral_sim.experiment.drawn_authorities import chosen_names, draw_authorities, scenario_text
from referral_sim.experiment.draws import Draws, DrawsError
from referral_sim.figures.country_figures import ranked
from referral_sim.model import ReferralModel
from referral_sim.report.country_tables import country_answer, country_effects, country_spread
from referral_sim.scenario import ScenarioError, load_scenario

TINY = """title: Tinyland
published: england
authorities: 4
children: 6000
log_size: {distribution: normal, mean: 7.0, sd: 0.5}
own_values_of: [england-average, midtown]
values:
  population.share_under_five: {range: [0.22, 0.39]}
  population.deprived_share: {range: [0.4, 0.6]}
programme_coverage: {range: [0.9, 1.0]}
posts_per_10000: {range: [30, 50]}
posts_in_a_team: 2
"""
SHORT = ["time.warm_up_months=1"]


@pytest.fixture(scope="module")
def draws():
    """Three draws: a shared parameter, and own ones of two presets; one of city-borough's that nobody takes."""
    table = pd.DataFrame(
        {
            "trouble.rate": [0.15, 0.17, 0.19],
            "england-average/noticing.visibility": [0.02, 0.021, 0.022],
            "midtown/noticing.visibility": [0.01, 0.011, 0.012],
            "midtown/noticing.authority_mix.police": [4.0, 5.0, 6.0],
            "midtown/day_care.requests": [60.0, 61.0, 62.0],
        }
    )
    return Draws("three", table, "digest", "")


@pytest.fixture
def country(tmp_path):
    def read(text=TINY):
        path = tmp_path / "tiny.yaml"
        path.write_text(text)
        return read_country(str(path))

    return read


# -- what is drawn ----------------------------------------------------------------------------------------------------


def test_the_authorities_have_the_children_of_the_country(country, draws):
    drawn = draw_authorities(country(), draws)
    assert [one.name for one in drawn] == [f"authority-00{n}" for n in (1, 2, 3, 4)]
    assert sum(one.children for one in drawn) == 6000
    assert len({one.children for one in drawn}) == 4


def test_england_has_150_authorities_of_11_million_children_as_large_as_they_were(draws):
    england = read_country("england").model_copy(update={"own_values_of": ("midtown",)})
    for seed in (1, 2, 3):
        drawn = draw_authorities(england, draws, seed)
        sizes = np.array([one.children for one in drawn])
        assert (len(sizes), sizes.sum()) == (150, 11_000_000)
        assert 5_000 < sizes.min() < 25_000
        assert 200_000 < sizes.max() < 450_000
        deprived = sizes @ [one.values["population.deprived_share"] for one in drawn] / sizes.sum()
        assert deprived == pytest.approx(0.2, abs=0.04)
        assert sum(one.programmes for one in drawn) == pytest.approx(520, abs=80)


def test_one_seed_gives_the_same_authorities_and_another_others(country, draws):
    first, again, other = (draw_authorities(country(), draws, seed) for seed in (7, 7, 8))
    assert first == again
    assert {one.seed for one in first}.isdisjoint(one.seed for one in other)
    assert [one.children for one in first] != [one.children for one in other]


def test_the_first_authorities_are_as_among_all(country, draws):
    assert draw_authorities(country(), draws, first=2) == draw_authorities(country(), draws)[:2]


def test_one_more_authority_changes_the_others_by_the_one_factor_of_size(country, draws):
    four = draw_authorities(country(), draws)
    more = draw_authorities(country(TINY.replace("authorities: 4", "authorities: 5")), draws)[:4]
    for before, after in zip(four, more, strict=True):
        same = ("name", "values", "own_values_of", "draw", "seed", "lot")
        assert [getattr(before, key) for key in same] == [getattr(after, key) for key in same]
    factors = [after.children / before.children for before, after in zip(four, more, strict=True)]
    assert factors == pytest.approx([factors[0]] * 4, rel=0.003)  # whole children


def test_one_more_value_changes_no_other(country, draws):
    more = country(TINY.replace("values:\n", "values:\n  population.mobility: {range: [0.05, 0.1]}\n"))
    for before, after in zip(draw_authorities(country(), draws), draw_authorities(more, draws), strict=True):
        assert {**before.values, "population.mobility": after.values["population.mobility"]} == after.values
        assert (before.children, before.teams, before.draw) == (after.children, after.teams, after.draw)


def test_sizes_by_hand(country, draws):
    """All the same size: 1,000 children in 3 authorities are 334, 333, 333."""
    text = TINY.replace("authorities: 4", "authorities: 3").replace("children: 6000", "children: 1000")
    same = country(text.replace("{distribution: normal, mean: 7.0, sd: 0.5}", "[7.0]"))
    assert [one.children for one in draw_authorities(same, draws)] == [334, 333, 333]


def test_posts_and_programmes_by_hand(country, draws):
    """20,000 children, 40 posts per 10,000: 80 posts, in teams of 2; 20,000 x 0.25 x 0.6 / 690 = 4.3 programmes."""
    text = (
        TINY.replace("authorities: 4", "authorities: 1").replace("children: 6000", "children: 20000")
        .replace("{range: [0.22, 0.39]}", "[0.25]").replace("{range: [0.4, 0.6]}", "[0.6]")
        .replace("{range: [0.9, 1.0]}", "[1.0]").replace("{range: [30, 50]}", "[40]")
    )  # fmt: skip
    (one,) = draw_authorities(country(text), draws)
    assert one.teams == (2,) * 40
    assert one.programmes == 4  # no area may hold more under-fives than the deprived places
    scenario = one.scenario()
    assert scenario.population.children == 20_000
    assert [sum(p.localities.values()) for p in scenario.programmes.values()] == pytest.approx([1.0] * 4, abs=1e-4)
    assert next(iter(scenario.programmes["Programme 01"].localities)) == "Team 01"


def test_an_authority_takes_shared_values_and_another_ones_own_from_one_draw(country, draws):
    for one in draw_authorities(country(), draws):
        row = draws.table.iloc[one.draw]
        want = {"trouble.rate": row["trouble.rate"]}
        want["noticing.visibility"] = row[f"{one.own_values_of}/noticing.visibility"]
        if one.own_values_of == "midtown":
            want["noticing.authority_mix.police"] = row["midtown/noticing.authority_mix.police"]
        assert one.drawn_values(draws) == one.drawn_values(draws, 1) == want  # two replicates a draw
        after = draws.table.iloc[(one.draw + 1) % 3]
        assert one.drawn_values(draws, 2)["trouble.rate"] == after["trouble.rate"]
        assert one.under_draw(one.scenario(), draws).noticing.visibility == want["noticing.visibility"]


def test_a_share_of_the_authorities_is_part_of_a_larger_share(country, draws):
    drawn = draw_authorities(country(), draws)
    one, two, all_of_them = (chosen_names(drawn, share) for share in (0.01, 0.5, 1.0))
    assert [len(names) for names in (one, two, all_of_them)] == [1, 2, 4]
    assert set(one) < set(two) < set(all_of_them)


def test_an_authority_as_a_file_is_the_scenario_that_ran(country, draws, tmp_path):
    one = draw_authorities(country(), draws)[0]
    file = tmp_path / "one.yaml"
    file.write_text(scenario_text(one.tree_under(draws)))
    assert load_scenario(file) == one.under_draw(one.scenario(), draws)


# -- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(draws, tmp_path_factory):
    path = tmp_path_factory.mktemp("country") / "tiny.yaml"
    path.write_text(TINY)
    tiny = read_country(str(path))
    drawn = draw_authorities(tiny, draws)
    chosen = [drawn[0].name, drawn[2].name]
    return run_country(
        tiny, drawn, draws, replicates=2, overrides=SHORT, policies=["threshold-down-a-tier"], chosen=chosen
    )


def test_national_figures_are_the_sums_of_the_authorities_counts(compared):
    mine = compared.counts[compared.counts["policies"] == "none"]
    assert len(mine) == 8
    by_year = mine.groupby("replicate")[[*FIGURES]].sum()
    national = compared.national().set_index("measure")
    for name in FIGURES:
        assert national["count"][name] == pytest.approx(by_year[name].mean())
    assert national["count"]["referrals"] > 100
    children = mine.groupby("replicate")["children"].sum()
    rates = by_year["referrals"] / children * 10_000
    assert national["rate"]["referrals"] == pytest.approx(rates.mean())
    again = by_year["re_referred_within_12_months"] / by_year["referrals"]
    assert national["rate"]["re_referred_within_12_months"] == pytest.approx(again.mean())


def test_counts_are_those_of_a_run_of_the_authority_alone(compared, draws):
    one = compared.authorities[1]
    scenario = one.under_draw(one.scenario(SHORT), draws, 1, {"time.warm_up_months"})
    model = ReferralModel(scenario, rng=one.seed, replicate=1).run()
    table = model.events()
    row = compared.counts.query("policies == 'none' and replicate == 1").set_index("authority").loc[one.name]
    measures = model.measures().query("group == 'all'").set_index("measure")["value"]
    assert row["referrals"] == pytest.approx(measures["referrals"] * row["children"] / 10_000)
    assert row["re_registered"] <= row["registrations"]
    assert len(table)


def test_the_return_is_scaled_to_as_many_children(compared):
    national = compared.national().set_index("measure")
    children = compared.sums()["children"].mean()
    assert national["published_rate"]["referrals"] == pytest.approx(569_300 / 1_100.0)
    assert national["published"]["referrals"] == pytest.approx(569_300 * children / 11_000_000)
    assert national["published"]["re_registered"] == pytest.approx(0.14 * national["published"]["registrations"])


def test_a_policy_is_paired_and_changes_nothing_where_it_is_not_in_force(compared):
    assert compared.policies == "threshold-down-a-tier"
    counts = compared.counts.set_index(["policies", "replicate", "authority"])
    base, other = counts.loc["none"], counts.loc[compared.policies]
    assert (base["children"] == other["children"]).all(), "the same families"
    elsewhere = [one.name for one in compared.authorities if one.name not in compared.chosen]
    for replicate in (0, 1):
        for name in elsewhere:
            assert (base.loc[replicate, name] == other.loc[replicate, name]).all()
    effect = compared.effects().set_index("measure").loc["referrals"]
    by_hand = (other["referrals"] - base["referrals"]).groupby("replicate").sum().mean()
    assert effect["difference"] == pytest.approx(by_hand)
    assert effect["difference"] > 0  # a lower threshold takes more of the same contacts
    assert set(compared.changes()["authority"]) == set(compared.chosen)
    assert effect["falls"] == 0.0


def test_the_same_years_without_the_policy_are_the_same(compared, draws):
    alone = run_country(compared.country, compared.authorities, draws, replicates=1, overrides=SHORT)
    mine = compared.counts.query("policies == 'none' and replicate == 0").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.counts, mine)


def result_of(country, drawn, counts):
    """A result whose counts are given: (policies, authority, children, referrals); everything else is 0."""
    rows = [
        {"policies": p, "replicate": 0, "authority": a, "children": c, **dict.fromkeys(FIGURES, 0), "referrals": n}
        for p, a, c, n in counts
    ]
    names = tuple(one.name for one in drawn)
    return CountryResult(country, tuple(drawn), pd.DataFrame(rows), 1, "p", names[:1])


def test_spread_and_effect_by_hand(country, draws):
    """Rates 100 and 300: middle 200, quantiles 120 and 280; the policy takes 10 of 100 in the first: 20 per 10,000."""
    drawn = draw_authorities(country(), draws, first=2)
    a, b = (one.name for one in drawn)
    given = [("none", a, 5000, 50), ("none", b, 5000, 150), ("p", a, 5000, 40), ("p", b, 5000, 150)]
    result = result_of(country(), drawn, given)
    row = result.national().set_index("measure").loc["referrals"]
    assert row[["count", "rate", "q10", "q50", "q90"]].tolist() == pytest.approx([200, 200, 120, 200, 280])
    assert row["variation"] == pytest.approx(np.std([100, 300], ddof=1) / 200)
    assert np.isnan(row["low"])
    effect = result.effects().set_index("measure").loc["referrals"]
    assert effect[["base", "value", "difference", "q50", "falls"]].tolist() == pytest.approx([200, 190, -10, -20, 1])
    assert np.isnan(result.national().set_index("measure").loc["re_registered", "rate"])  # a share of nothing


def test_tables_say_what_they_rest_on(compared):
    answer, spread, effects = country_answer(compared), country_spread(compared), country_effects(compared)
    assert answer.caption == "Tinyland: 4 authorities, 6,000 children under 18"
    assert answer.column("A year")[0].text == "Referrals"
    assert "383 to 628" in spread.notes[1]
    assert "in 2 of 4 authorities" in effects.caption
    assert effects.column("Difference")[0].text.startswith("+")


def test_the_figure_ranks_the_authorities(compared):
    grid = ranked(compared.rates(), compared.national())
    points = grid.axes_dict["referrals"].collections[0].get_offsets()
    want = sorted(compared.rates().query("measure == 'referrals'")["rate"])
    order = np.argsort(points[:, 0])
    assert points[order, 1].tolist() == pytest.approx(want)
    with pytest.raises(ValueError, match="lacks the column rate"):
        ranked(compared.rates()[["authority", "measure"]], compared.national())


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("posts_in", "post_in", r"tiny.yaml:12:1: post_in_a_team: unknown key of a country \(did you mean 'posts_in"),
        ("authorities: 4", "authorities: 0", "authorities: must be .*not 0"),
        ("children: 6000", "children: 399", "children: 4 authorities need 400 children or more"),
        ("midtown]", "midtwon]", "own_values_of: must be a preset, not text 'midtwon' .did you mean 'midtown'"),
        ("share_under_five", "share_under_fiv", "is no single value of a scenario .did you mean 'population.share_un"),
        ("[0.4, 0.6]", "[0.4, 1.6]", "a scenario does not allow it: must be a share between 0 and 1"),
        ("coverage: {range: [0.9, 1.0]}", "coverage: {range: [0.9, 1.1]}", "must give a share from 0 to 1, not 1.0"),
        ("published: england", "published: wales", "published: must be 'england'|published: must be england"),
    ],
)
def test_a_fault_is_one_line_with_its_place(country, before, after, said):
    with pytest.raises(ScenarioError, match=said) as wrong:
        country(TINY.replace(before, after))
    others = [line for line in str(wrong.value).splitlines() if "is missing" not in line]
    assert len(others) == 1


def test_draws_without_own_values_are_refused(country, draws):
    bare = Draws("bare", draws.table[["trouble.rate"]], "digest", "")
    with pytest.raises(DrawsError, match="bare: there are no own values of england-average"):
        draw_authorities(country(), bare)


def test_a_draw_that_an_authority_does_not_allow_names_it(country, draws):
    wrong = Draws("wrong", draws.table.assign(**{"practice.trust": 1.5}), "digest", "")
    tiny = country()
    with pytest.raises(DrawsError, match=r"^authority-00\d: .*practice.trust: must be a share between 0 and 1"):
        run_country(tiny, draw_authorities(tiny, wrong), wrong)


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("command") / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--in", "0.5"], "--in says where a policy is in force; give one, with --policy NAME"),
        (["--authorities", "9"], "--authorities 9: Tinyland has 4"),
        (["-p", "no-liaison", "--in", "1.5"], "--in 1.5: a share must be above 0 and at most 1"),
        (["-p", "no-liaison", "--in", "authority-01"], "no authority 'authority-01' (did you mean 'authority-001'?)"),
        (["--executor", "dask"], "--executor dask needs --address"),
    ],
)
def test_wrong_options_are_one_line_and_status_2(tiny_file, words, said):
    ended = CliRunner().invoke(app, ["country", str(tiny_file), *words])
    assert ended.exit_code == 2
    assert said in ended.output
    assert len(ended.output.strip().splitlines()) == 1 or "warning" in ended.output


def test_the_command_writes_tables_scenarios_and_figures(tiny_file, tmp_path):
    out = tmp_path / "out"
    words = ["country", str(tiny_file), "--authorities", "2", "--set", *SHORT, "-w", "1", "-o", str(out), "--json"]
    ended = CliRunner().invoke(app, [*words, "-p", "threshold-down-a-tier"])
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert [one["name"] for one in told["authorities"]] == ["authority-001", "authority-002"]
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    tables = {"national.csv", "effects.csv", "authorities.csv", "manifest.json"}
    figures = {f"{name}.{kind}" for name in ("spread", "changes") for kind in ("svg", "png")}
    assert there == tables | figures | {f"authorities/authority-00{n}.yaml" for n in (1, 2)}
    national = pd.read_csv(out / "national.csv").set_index("measure")
    rows = pd.read_csv(out / "authorities.csv").query("policies == 'none'")
    assert national["count"]["referrals"] == rows["referrals"].sum()
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "or give --overwrite" in again.output
    assert CliRunner().invoke(app, [*words, "--overwrite"]).exit_code == 0
    assert not (out / "effects.csv").exists(), "nothing of the older results stays"
