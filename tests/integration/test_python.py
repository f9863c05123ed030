"""What a modeller types: simulate, compare, sweep; tidy frames, figures and short texts of what they give."""

import numpy as np
import pandas as pd
import pytest

import referral_sim
from helpers import run, same_rows
from referral_sim import ReferralModel, load_scenario
from referral_sim.experiment import MemoryStore, load_plan
from referral_sim.experiment.running import sweep_runs
from referral_sim.scenario import ScenarioError, list_policies, list_presets
from sweeps import PLAN, plan_file

IN_PYTHON = {
    "levers": {"front_door.threshold": np.array([2.0, 3.0])},
    "uncertainties": {"programmes.Hill.reach": {"values": (0.3, 0.9)}},
    "design": {"kind": "grid"},
    "replicates": np.int64(3),
    "seed": 5,
}
"""The plan of tests/sweeps.py."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return plan_file(tmp_path_factory.mktemp("tiny")).with_name("tiny.yaml")


@pytest.fixture(scope="module")
def swept(tiny):
    return referral_sim.sweep({"scenario": str(tiny), "policies": ["none", "no-liaison"], **IN_PYTHON})


@pytest.fixture
def plain_figures():
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    yield
    plt.close("all")


# -- simulate ---------------------------------------------------------------------------------------------------------


def test_simulate_gives_every_replicate_and_their_means(tiny):
    point = {"front_door.threshold": np.float64(2.5), "localities__North__posts": np.int64(1)}
    found = referral_sim.simulate(tiny, replicates=2, seed=3, **point)
    frame = found.to_frame()
    assert list(frame.columns) == [
        "scenario", "replicate", "year", "measure", "unit", "group", "group_kind", "group_name", "value"
    ]  # fmt: skip
    for replicate in (0, 1):
        own = ReferralModel(tiny, seed=3, replicate=replicate, **point).run().measures()
        mine = frame[frame["replicate"] == replicate].astype({"year": str, "measure": str})
        same_rows(mine[own.columns], own)
    whole = frame[(frame["measure"] == "contacts") & (frame["group"] == "all")]
    assert found.means["contacts"] == whole["value"].mean()
    assert "contacts/locality:North" in found.means
    assert frame["measure"].cat.ordered
    assert set(frame.loc[frame["group"] == "locality:North", "group_name"]) == {"North"}


def test_several_years_have_their_means_under_their_names(tiny):
    found = referral_sim.simulate(tiny, replicates=1, **{"time.years": 2})
    assert {"contacts/2005-06", "contacts/2006-07"} < set(found.means)


@pytest.mark.parametrize("name", ["file", "object"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"front_door.treshold": 2.0}, r"^values: front_door\.treshold: unknown key .did you mean 'threshold'"),
        ({"front_door.threshold": np.float64(99.0)}, r"^values: front_door\.threshold: must be between 1 and 6 tiers"),
        ({"a..b": 1}, r"^values: a\.\.b: write a dotted key"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(tiny, name, values, said):
    scenario = tiny if name == "file" else load_scenario(tiny)
    with pytest.raises(ScenarioError, match=said):
        referral_sim.simulate(scenario, **values)
    with pytest.raises(ScenarioError, match=said):
        load_scenario(tiny).with_values(**values)


def test_values_count_as_on_the_command_line_under_a_policy_that_reads_them(tiny):
    """A policy that serves every programme sees the programmes that values give."""
    name, more = "link-worker-everywhere", {"programmes": {"Dale": {"children_under_five": 10}}}
    by_name = load_scenario(f"{tiny}+{name}", more)
    assert sum(post.kind == "link_worker" for post in by_name.liaison.values()) == 2
    assert ReferralModel(f"{tiny}+{name}", seed=1, **more).scenario == by_name


@pytest.mark.parametrize("options", [{"replicates": 0}, {"workers": 0}])
def test_counts_that_cannot_be_are_refused(tiny, options):
    with pytest.raises(ValueError, match="must be 1 or more, not 0"):
        referral_sim.simulate(tiny, **options)


# -- compare ----------------------------------------------------------------------------------------------------------


def test_a_policy_is_compared_with_the_base_that_it_is_laid_over(tiny):
    found = referral_sim.compare(tiny, "link-worker-everywhere", replicates=2, **{"front_door.threshold": 2.5})
    (pair,) = found.pairs
    assert pair.scenario == load_scenario(tiny, {"front_door.threshold": 2.5}, ["link-worker-everywhere"])
    assert found.base.front_door.threshold == 2.5
    first = pair.differences[pair.differences["replicate"] == 0].set_index(["measure", "group"])["value"]
    own = run(pair.scenario).measures().set_index(["measure", "group"])["value"]
    pd.testing.assert_series_equal(first.reindex(own.index), own, check_exact=True)


def test_no_policy_has_the_name_of_a_preset():
    assert not {one.name for one in list_policies()} & {one.name for one in list_presets()}


def test_a_name_that_is_nothing_is_told_the_nearest_policy(tiny):
    with pytest.raises(ScenarioError, match=r"no file, preset or policy .*did you mean 'no-liaison'"):
        referral_sim.compare(tiny, "no-laison")


# -- sweep ------------------------------------------------------------------------------------------------------------


def test_a_plan_in_python_is_the_plan_of_a_file(tiny, swept):
    store = MemoryStore()
    for _ in sweep_runs(load_plan(plan_file(tiny.parent, PLAN)), store=store):
        pass
    own = {row["run"] for row in store.runs().to_pylist()}
    assert set(swept.runs.loc[swept.runs["policies"] == "none", "run"]) == own


def test_a_sweep_is_one_tidy_frame_with_the_columns_of_its_points(tiny, swept):
    frame = swept.to_frame()
    assert list(frame.columns) == [
        "scenario", "policies", "point", "front_door.threshold", "programmes.Hill.reach", "replicate", "year",
        "measure", "value", "unit", "group", "group_kind", "group_name",
    ]  # fmt: skip
    assert len(frame) == len(swept.outcomes)
    assert list(frame["policies"].cat.categories) == ["none", "no-liaison"]
    last = frame[(frame["policies"] == "no-liaison") & (frame["point"] == 3) & (frame["replicate"] == 2)]
    assert set(last["front_door.threshold"]) == {3.0}
    places = list(zip(frame["policies"].cat.codes, frame["point"], frame["replicate"], strict=True))
    assert places == sorted(places)
    point = {"front_door.threshold": 3.0, "programmes.Hill.reach": 0.9}
    own = ReferralModel(f"{tiny}+no-liaison", seed=5, replicate=2, **point).run().measures()
    assert last["value"].tolist() == pytest.approx(own["value"].tolist(), abs=0.0, nan_ok=True)


def test_a_sweep_in_a_folder_goes_on_there(tiny, tmp_path):
    plan = {"scenario": str(tiny), **IN_PYTHON}
    seen = []
    first = referral_sim.sweep(plan | {"replicates": 1}, out=tmp_path / "s", watch=lambda *n: seen.append(n))
    whole = referral_sim.sweep(plan | {"replicates": 2}, out=tmp_path / "s", watch=lambda *n: seen.append(n))
    assert (len(first.runs), len(whole.runs)) == (4, 8)
    assert seen == [(n, 4) for n in range(1, 5)] * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scenari": "midtown"}, r"^plan: scenari: unknown key of a plan .did you mean 'scenario'"),
        ({"outcomes": ["referals"]}, r"^plan: outcomes.*did you mean 'referrals'"),
        ({"levers": {"front_door.threshold": [2.0, 99.0]}}, r"^plan: levers.*99"),
    ],
)
def test_a_wrong_plan_in_python_is_one_clear_fault(tiny, change, said):
    with pytest.raises(ScenarioError, match=said):
        referral_sim.sweep({"scenario": str(tiny), **IN_PYTHON} | change)


# -- how results show themselves --------------------------------------------------------------------------------------


def test_results_are_short_texts_and_tables(tiny, swept):
    simulated = referral_sim.simulate(tiny, replicates=2)
    compared = referral_sim.compare(tiny, "no-liaison", replicates=2)
    for one, text in (
        (simulated, "<AuthorityResult of 'tiny', 2 replicates, seed 1, 2005-06>"),
        (compared, "<Comparison with 'tiny', 2 replicates, seed 1\n  tiny+no-liaison: "),
        (swept, "<SweepResults of 'plan': 24 runs; varied: front_door.threshold, programmes.Hill.reach>"),
    ):
        assert repr(one).startswith(text)
        assert len(repr(one)) < 300
        html = one._repr_html_()
        assert html.startswith("<table><caption>")
        assert len(html) < 10_000


def test_what_a_user_named_is_text_in_a_notebook(tiny):
    scenario = load_scenario(tiny).with_values(title="<b>mine</b>")
    assert "<b>" not in referral_sim.simulate(scenario, replicates=1)._repr_html_()


@pytest.mark.usefixtures("plain_figures")
def test_results_draw_themselves(tiny, swept):
    grid = referral_sim.simulate(tiny, replicates=2).plot(["referrals", "contacts"])
    assert set(grid.axes_dict) == {"Referrals", "Contacts"}
    compared = referral_sim.compare(tiny, "no-liaison", "link-worker-everywhere", replicates=2)
    assert [t.get_text() for t in compared.plot().figure.legends[0].get_texts()] == [
        "tiny+no-liaison", "tiny+link-worker-everywhere"
    ]  # fmt: skip
    line = swept.plot("referrals", "front_door.threshold").ax.lines[0]
    frame = swept.to_frame().query("measure == 'referrals' and group == 'all' and policies == 'none'")
    means = frame.groupby("front_door.threshold")["value"].mean()
    assert list(line.get_ydata()) == pytest.approx(means.tolist())


@pytest.mark.usefixtures("plain_figures")
def test_a_response_that_is_not_there_is_named_with_those_that_are(swept):
    with pytest.raises(ValueError, match=r"no such response; there are .*referrals along front_door\.threshold"):
        swept.plot("referals")
