"""Plans: what they come to, and what is said of faulty ones."""

# ruff: noqa: E501 - a message is one line
import math

import numpy as np
import pytest

from referral_sim.experiment.plan import runs_of
from referral_sim.experiment.plan_file import load_plan
from referral_sim.experiment.variants import Variable, override, points_of, read_variant
from referral_sim.scenario import ScenarioError, load_scenario
from sweeps import PLAN, plan_file

DRAWN = """scenario: tiny.yaml
levers:
  front_door.threshold: {range: [2.0, 4.0]}
  localities.North.posts: {distribution: integers, range: [1, 3]}
uncertainties:
  trouble.rate: {distribution: loguniform, range: [0.01, 1.0]}
  practice.detection: {distribution: normal, mean: 0.5, sd: 0.3, range: [0.2, 0.9]}
  practice.trust: {distribution: triangular, range: [0.1, 0.7], mode: 0.2}
  programmes.Hill.studied: {distribution: categorical, values: [true, false]}
design: {kind: KIND, size: 64}
"""


def points_in(plan):
    return points_of(plan.design, plan.variables, plan.seed)


def drawn(folder, kind, size=64, name="plan.yaml"):
    return load_plan(plan_file(folder, DRAWN.replace("KIND", kind).replace("64", str(size)), name))


def test_a_grid_has_every_combination_in_order(tmp_path):
    plan = load_plan(plan_file(tmp_path))
    keys = ("front_door.threshold", "programmes.Hill.reach")
    points = [dict(zip(keys, v, strict=True)) for v in [(2.0, 0.3), (2.0, 0.9), (3.0, 0.3), (3.0, 0.9)]]
    assert points_in(plan) == points
    runs = list(runs_of(plan))
    assert [(r.number, r.replicate) for r in runs] == [(n, k) for n in range(4) for k in range(3)]
    assert len({r.id for r in runs}) == 12
    assert {r.seed for r in runs} == {5}
    assert [r.id for r in runs] == [r.id for r in runs_of(load_plan(tmp_path / "plan.yaml"))]
    assert (plan.variables[0].role, plan.variables[1].role) == ("levers", "uncertainties")


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_drawn_designs_fill_every_variable_evenly(tmp_path, kind):
    plan = drawn(tmp_path, kind)
    points = points_in(plan)
    assert len(points) == 64
    assert points == points_in(drawn(tmp_path, kind)), "the same seed, the same points"

    def column(key):
        return np.array([p[key] for p in points])

    slices = np.sort(((column("front_door.threshold") - 2.0) / 2.0 * 64).astype(int))
    assert slices.tolist() == list(range(64)), "one value in each slice"
    logs = np.sort(((np.log(column("trouble.rate")) - math.log(0.01)) / math.log(100.0) * 64).astype(int))
    assert logs.tolist() == list(range(64))
    assert np.unique(column("localities.North.posts"), return_counts=True)[1].tolist() == pytest.approx(
        [64 / 3] * 3, abs=2
    )
    assert [int((column("programmes.Hill.studied") == v).sum()) for v in (True, False)] == [32, 32]
    assert 0.2 <= column("practice.detection").min() < 0.25 < 0.85 < column("practice.detection").max() <= 0.9
    assert np.mean(column("practice.trust")) == pytest.approx((0.1 + 0.7 + 0.2) / 3, abs=0.005)
    assert all(type(p["localities.North.posts"]) is int for p in points)


def test_seeds_draw_other_points_and_sobol_goes_on(tmp_path):
    one = points_in(drawn(tmp_path, "latin-hypercube"))
    text = DRAWN.replace("KIND", "latin-hypercube") + "seed: 2\n"
    assert points_in(load_plan(plan_file(tmp_path, text))) != one
    assert points_in(drawn(tmp_path, "sobol", 128))[:64] == points_in(drawn(tmp_path, "sobol", 64))


@pytest.mark.parametrize("u", [0.0, 0.25, 0.5, 0.999, 1.0])
def test_distributions_against_scipy(u):
    from scipy import stats

    def at(law, low, high, **more):
        return Variable("k", "levers", law, low, high, **more).at(u)

    assert at("uniform", 2.0, 5.0) == pytest.approx(stats.uniform(2, 3).ppf(u))
    assert at("loguniform", 0.1, 10.0) == pytest.approx(stats.loguniform(0.1, 10).ppf(u))
    assert at("triangular", 1.0, 4.0, mode=2.0) == pytest.approx(stats.triang(1 / 3, 1, 3).ppf(u))
    law = stats.truncnorm(-1.0, 2.0, loc=3.0, scale=0.5)
    assert at("normal", 2.5, 4.0, mean=3.0, sd=0.5) == pytest.approx(law.ppf(u))
    if 0 < u < 1:
        assert at("normal", None, None, mean=3.0, sd=0.5) == pytest.approx(stats.norm(3, 0.5).ppf(u))
    assert at("integers", 2, 5) == min(2 + int(4 * u), 5)


def test_a_list_gives_its_points_in_the_order_of_the_variables(tmp_path):
    text = """scenario: tiny.yaml
levers: {front_door.threshold: {range: [2.0, 4.0]}, practice.trust: [0.2, 0.4]}
design:
  kind: list
  points:
    - {practice.trust: 0.4, front_door.threshold: 3.3}
    - {front_door.threshold: 2.0, practice.trust: 0.2}
"""
    points = points_in(load_plan(plan_file(tmp_path, text)))
    assert [list(p.items()) for p in points] == [
        [("front_door.threshold", 3.3), ("practice.trust", 0.4)],
        [("front_door.threshold", 2.0), ("practice.trust", 0.2)],
    ]


def test_scenarios_and_alternatives_make_cases(tmp_path):
    (tmp_path / "own.yaml").write_text("title: own\nset: {front_door: {threshold: 2.2}}\n")
    text = "scenarios: [tiny.yaml, midtown]\npolicies: [none, [own.yaml, recording-time-up], no-change]\n"
    plan = load_plan(plan_file(tmp_path, text + "replicates: 1\n"))
    assert [(c.scenario, c.policies, c.reads_no_values) for c in plan.variants] == [
        (name, label, plain)
        for name, none in (("tiny", True), ("midtown", True))
        for label, plain in (("none", none), ("own+recording-time-up", False), ("no-change", False))
    ]
    assert plan.variants[1].base.front_door.threshold == 2.2
    assert plan.variants[0].base == load_scenario(tmp_path / "tiny.yaml")


@pytest.mark.parametrize("name", ["midtown", "southshire", "east-borough", "city-borough", "england-average"])
def test_a_point_written_over_a_case_is_what_the_reader_makes_of_it(name):
    case = read_variant(name)
    assert case.reads_no_values
    rng = np.random.default_rng(3)
    for _ in range(5):
        point = {
            "front_door.threshold": float(rng.uniform(2, 4)),
            "trouble.rate": float(10 ** rng.uniform(-5, -1)),
            "assessment.urgent_days": int(rng.integers(1, 3)),
        }
        read = load_scenario(name, [override(k, v) for k, v in point.items()])
        assert case.at(point) == read
        assert case.at(point).content_hash() == read.content_hash()


def test_a_point_under_policies_moves_what_they_read():
    """A policy that scales a value scales the point's, as ``--set`` beside ``--policy`` would."""
    case = read_variant("midtown", ["recording-time-up"])
    assert not case.reads_no_values
    key = "workforce.turnover"
    assert case.at({key: 0.123}) == load_scenario("midtown", [f"{key}=0.123"], ["recording-time-up"])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("scenario: tiny.yaml", "scenario: tinny.yaml", "1:11: scenario: there is no file or preset 'tinny.yaml' (did you mean 'tiny.yaml'?)"),
        ("scenario: tiny.yaml", "scenario: midtwn", "1:11: scenario: there is no file or preset 'midtwn' (did you mean 'midtown'?)"),
        ("scenario: tiny.yaml\n", "", "1:1: give scenario: NAME, or scenarios"),
        ("scenario: tiny.yaml", "scenario: [tiny.yaml]", "1:11: scenario: must be the name of a preset or of a file, not a list"),
        ("levers:", "lever:", "2:1: lever: unknown key of a plan (did you mean 'levers'?)"),
        ("front_door.threshold", "front_door.treshold", "3:3: levers.front_door.treshold: unknown key (did you mean 'threshold'?)"),
        ("[2.0, 3.0]", "[2.0, 30.0]", "3:3: levers.front_door.threshold: must be between 1 and 6 tiers, not 30"),
        ("[2.0, 3.0]", "[2.0, high]", "3:31: levers.front_door.threshold: values must be of one kind: [2.0, 'high']"),
        ("[2.0, 3.0]", "[2.0, 2.0]", "3:31: levers.front_door.threshold: 2.0 is given twice"),
        ("[2.0, 3.0]", "3.0", "3:25: levers.front_door.threshold: must be a list of values, or a mapping with range or values, not 3"),
        ("[2.0, 3.0]", "{range: [3.0, 2.0]}", "3:33: levers.front_door.threshold.range: the first must be less than the second, not [3.0, 2.0]"),
        ("[2.0, 3.0]", "{range: [3.0]}", "3:33: levers.front_door.threshold.range: must be [lowest, highest], two numbers, not [3.0]"),
        ("[2.0, 3.0]", "{range: [2.0, 3.0]}", "6:1: levers.front_door.threshold: a grid needs values, or integers, not uniform"),
        ("[2.0, 3.0]", "{distribution: unifrm, range: [2.0, 3.0]}", "3:40: levers.front_door.threshold.distribution: must be uniform, loguniform, normal, triangular, integers or categorical, not text 'unifrm' (did you mean 'uniform'?)"),
        ("[2.0, 3.0]", "{distribution: normal, mean: 2.0}", "3:3: levers.front_door.threshold: normal needs sd"),
        ("[2.0, 3.0]", "{distribution: normal, mean: 2.0, sd: 0}", "3:63: levers.front_door.threshold.sd: must be above 0, not 0"),
        ("[2.0, 3.0]", "{distribution: loguniform, range: [0, 3]}", "3:59: levers.front_door.threshold.range: loguniform needs numbers above 0, not [0, 3]"),
        ("[2.0, 3.0]", "{distribution: integers, range: [1.5, 3]}", "3:57: levers.front_door.threshold.range: integers needs whole numbers, not [1.5, 3]"),
        ("[2.0, 3.0]", "{distribution: triangular, range: [2, 3], mode: 4}", "3:73: levers.front_door.threshold.mode: must lie between 2 and 3"),
        ("[2.0, 3.0]", "{values: [2.0], mean: 2}", "3:47: levers.front_door.threshold.mean: categorical has no mean; it takes values"),
        ("[2.0, 3.0]", "{vals: [2.0]}", "3:26: levers.front_door.threshold.vals: unknown key (did you mean 'values'?)"),
        ("design: {kind: grid}", "design: {kind: gird}", "6:16: design.kind: must be grid, list, latin-hypercube or sobol, not text 'gird' (did you mean 'grid'?)"),
        ("design: {kind: grid}", "design: {kind: grid, size: 3}", "6:28: design.size: grid has no size"),
        ("design: {kind: grid}", "design: {kind: sobol, size: 48}", "6:29: design.size: sobol needs a power of 2, such as 64, not 48"),
        ("design: {kind: grid}", "design: {kind: sobol}", "6:1: design: sobol needs size"),
        ("design: {kind: grid}", "design: {kind: list, points: [{front_door.threshold: 2.5, programmes.Hill.reach: 0.3}]}", "6:54: design.points.0.front_door.threshold: 2.5 is not among its values 2.0, 3.0"),
        ("design: {kind: grid}", "design: {kind: list, points: [{front_door.treshold: 2.0}]}", "6:32: design.points: front_door.treshold is no lever or uncertainty of this plan (did you mean 'front_door.threshold'?)"),
        ("design: {kind: grid}", "design: {kind: list, points: [{front_door.threshold: 2.0}]}", "6:31: design.points: gives no value of programmes.Hill.reach"),
        ("design: {kind: grid}\n", "", "1:1: levers and uncertainties need a design: {kind: one of grid, list, latin-hypercube, sobol}"),
        ("replicates: 3", "replicates: 0", "7:13: replicates: must be a whole number between 1 and 1,000,000, not 0"),
        ("replicates: 3", "replicates: 500_000", "7:13: replicates: this plan has 2000000 runs; at most 1000000 are allowed"),
        ("seed: 5", "seed: -1", "8:7: seed: must be a whole number between 0 and 4,294,967,295, not -1"),
        ("seed: 5", "seed: 5\nseed: 6", "9:1: seed: this key is given twice, first in line 8"),
        ("seed: 5", "outcomes: [referals]", "8:12: outcomes: there is no measure 'referals' (did you mean 'referrals'?)"),
        ("seed: 5", "outcomes: [referrals/locallity:North]", "8:12: outcomes: 'locallity:North' is no group; write one of all, locality:NAME, programme:NAME, source:NAME, category:NAME, tier:N"),
        ("seed: 5", "policies: [link-worker-everywere]", "8:12: policies: there is no file or policy 'link-worker-everywere' (did you mean 'link-worker-everywhere'?)"),
        ("seed: 5", "policies: none", "8:11: policies: must be a list of alternatives, not text 'none'"),
        ("seed: 5", "policies: [none, none]", "8:18: policies: the alternative none is given twice"),
        ("scenario: tiny.yaml", "scenarios: [tiny.yaml, midtown, tiny.yaml]", "1:33: scenarios: 'tiny' is given twice"),
        ("seed: 5", "policies: [[threshold-up-a-tier, threshold-up-a-tier]]", "8:12: "),
    ],
)  # fmt: skip
def test_faults_are_said_with_their_place(tmp_path, before, after, said):
    assert before in PLAN
    path = plan_file(tmp_path, PLAN.replace(before, after))
    with pytest.raises(ScenarioError) as caught:
        load_plan(path)
    lines = str(caught.value).splitlines()
    assert any(line.startswith(f"{path}:{said}") for line in lines), lines
    assert all(line.startswith(str(path)) for line in lines), lines


def test_a_faulty_scenario_is_said_with_its_own_place(tmp_path):
    path = plan_file(tmp_path)
    (tmp_path / "tiny.yaml").write_text("name: tiny\nfront_door: {threshold: high}\n")
    with pytest.raises(ScenarioError) as caught:
        load_plan(path)
    assert str(caught.value).startswith(f"{tmp_path / 'tiny.yaml'}:2:25: front_door.threshold: must be")


def test_a_missing_plan_is_said(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        load_plan(tmp_path / "no.yaml")
