"""Policies and points of the continuum: what they come to over any scenario, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from helpers import run as simulated
from helpers import small
from referral_sim.cli import app
from referral_sim.experiment.paid_posts import at_equal_hours, paid_posts
from referral_sim.scenario import Scenario, list_continuum, list_policies, load_scenario, resolve
from scenario_files import BASE, ROOT, in_root, policy_file, write

__all__ = ["in_root"]  # a fixture that every test here uses
pytestmark = pytest.mark.usefixtures("in_root")

AUTHORITIES = ["midtown", "city-borough", "east-borough", "southshire", "england-average"]
CONTINUUM = ["aspirational-development", "maximum-collaboration", "parallel-development"]
POLICIES = [
    "age-boundary-lifted", "assistants-instead-of-social-workers", "child-protection-team", "childrens-centre-size",
    "city-borough-model", "co-location-with-trust", "co-location-without-trust", "family-hub", "family-support-panel",
    "link-worker-everywhere", "no-change", "no-liaison", "one-team", "outposted-half-posts-everywhere",
    "planned-visits-everywhere", "recording-time-up", "sslp-identifier", "threshold-down-a-tier", "threshold-up-a-tier",
    "vacancies-10", "vacancies-25", "vacancies-40",
]  # fmt: skip


def values(scenario: Scenario) -> dict[str, Any]:
    return {key: value for key, value in scenario.model_dump().items() if key not in ("name", "title")}


def kinds(scenario: Scenario) -> list[str]:
    return sorted(str(part.kind) for part in scenario.parts.values())


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


# --- what comes with the package ---


def test_the_policies_are_these() -> None:
    assert [one.name for one in list_policies()] == POLICIES
    assert [one.name for one in list_continuum()] == CONTINUUM
    assert all(one.title and one.description for one in [*list_policies(), *list_continuum()])


@pytest.mark.parametrize("name", [*POLICIES, *CONTINUUM])
def test_every_policy_loads_on_every_authority_and_on_one_without_programmes(tmp_path: Path, name: str) -> None:
    for authority in AUTHORITIES:
        base, changed = load_scenario(authority), load_scenario(authority, policies=[name])
        assert changed.name == f"{authority}+{name}"
        assert changed.title.startswith(f"{base.title} + ")
        assert changed.authority == base.authority
        assert changed.population == base.population
        nothing_to_take = name == "no-liaison" and not base.liaison and not base.parts
        assert (values(changed) == values(base)) == (name == "no-change" or nothing_to_take)
    bare = load_scenario(write(tmp_path, "name: bare\n"), policies=[name])
    assert not bare.programmes


def test_no_change_runs_the_same_rows(tmp_path: Path) -> None:
    tree = {**small(time__years=1).model_dump(mode="json"), "name": "small"}
    path = tmp_path / "small.yaml"
    YAML(typ="safe").dump({**tree, "time": {"warm_up_months": 1, "years": 1}}, path)
    base, same = load_scenario(path), load_scenario(path, policies=["no-change"])
    assert (same.name, values(same)) == ("small+no-change", values(base))
    assert simulated(base).events().equals(simulated(same).events())


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_posts_everywhere_are_one_for_each_programme(authority: str) -> None:
    for name, kind in (
        ("link-worker-everywhere", "link_worker"),
        ("outposted-half-posts-everywhere", "outposted_social_worker"),
        ("assistants-instead-of-social-workers", "social_work_assistant"),
        ("city-borough-model", "outposted_social_worker"),
    ):
        changed = load_scenario(authority, policies=[name])
        served = [post.programmes for post in changed.liaison.values()]
        assert served == [(programme,) for programme in changed.programmes]
        assert {str(post.kind) for post in changed.liaison.values()} == {kind}
        assert {post.time for post in changed.liaison.values()} == {0.5}
    gone = load_scenario(authority, policies=["no-liaison"])
    assert not gone.liaison
    assert not gone.parts


@pytest.mark.parametrize(
    ("name", "trust", "team_trust"),
    [
        ("co-location-with-trust", 0.8, 0.8),
        ("co-location-without-trust", 0.2, 0.2),
    ],
)
def test_a_level_of_trust_for_all_counts_over_what_programmes_had(name: str, trust: float, team_trust: float) -> None:
    """Midtown's offices A and C have levels of their own; where both sides start with high trust, they do too."""
    assert load_scenario("midtown").programmes["SSLP 2"].trust == 0.3
    scenario = load_scenario("midtown", policies=[name])
    assert {(p.trust, p.team_trust) for p in scenario.programmes.values()} == {(None, None)}
    assert scenario.practice.trust == pytest.approx(trust)
    assert scenario.front_door.trust_in_programmes == pytest.approx(team_trust)


def test_city_boroughs_model_has_the_values_of_its_preset() -> None:
    own = resolve("city-borough")
    said = {
        v.key for v in own.values if v.origin.startswith("preset city-borough") and v.key.startswith("collaboration")
    }
    assert said
    for authority in AUTHORITIES:
        changed = resolve(authority, policies=["city-borough-model"])
        found = {value.key: value.value for value in changed.values}
        assert {value.key: found[value.key] for value in own.values if value.key in said} == {
            value.key: value.value for value in own.values if value.key in said
        }
        assert {"family_support_panel", "common_assessment", "strategic_commitment"} <= set(kinds(changed.scenario))
        assert changed.scenario.front_door == load_scenario(authority).front_door


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("threshold-up-a-tier", "front_door.threshold", lambda old: old + 1),
        ("threshold-down-a-tier", "front_door.threshold", lambda old: old - 1),
        ("recording-time-up", "workforce.recording", lambda old: round(old + 0.1, 10)),
        ("vacancies-25", "workforce.vacancy", lambda old: 0.25),
        ("sslp-identifier", "recording.sslp_identifier", lambda old: True),
        ("co-location-with-trust", "practice.trust", lambda old: 0.8),
        ("co-location-without-trust", "front_door.trust_in_programmes", lambda old: 0.2),
    ],
)
def test_single_values(name: str, key: str, expected: Any) -> None:
    for authority in AUTHORITIES:
        before = {value.key: value.value for value in resolve(authority).values}
        after = {value.key: value for value in resolve(authority, policies=[name]).values}
        assert after[key].value == expected(before[key])
        assert after[key].origin.startswith(f"policy {name}:")


def test_vacancies_last(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: midtown\nworkforce: {vacancy_days: 30.0}\n")
    assert load_scenario(path, policies=["vacancies-40"]).workforce.vacancy_days is None


def test_centres_and_ages() -> None:
    both = load_scenario(BASE, policies=["childrens-centre-size", "age-boundary-lifted"])
    for name, programme in load_scenario(BASE).programmes.items():
        grown = both.programmes[name]
        assert grown.centre is not None
        assert grown.centre.children_under_five == round(1.45 * programme.children_under_five)
        assert grown.centre.age_limit == grown.age_limit == 18.0
        assert grown.children_under_five == programme.children_under_five
    alone = load_scenario(BASE, policies=["age-boundary-lifted"])
    assert all(programme.centre is None for programme in alone.programmes.values())
    turned = load_scenario(BASE, policies=["age-boundary-lifted", "childrens-centre-size"])
    centres = [programme.centre for programme in turned.programmes.values() if programme.centre is not None]
    assert [centre.age_limit for centre in centres] == [6.0, 6.0]  # a policy knows no centres that a later one makes


def test_a_part_for_all_takes_the_place_of_its_kind_only(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "extends: england-average\nparts:\n  Visits: {programmes: [Programme 1]}\n  Course: {kind: training}\n"
        "  Planned visits: {kind: feedback}\n",
    )
    parts = load_scenario(path, policies=["planned-visits-everywhere"]).parts
    assert list(parts) == ["Course", "Planned visits", "Planned visits for all"]
    assert (str(parts["Planned visits"].kind), str(parts["Planned visits for all"].kind)) == (
        "feedback",
        "planned_visits",
    )
    assert parts["Planned visits for all"].programmes == ()


# --- precedence ---


def test_a_later_policy_counts_over_an_earlier_one() -> None:
    pair = ["co-location-with-trust", "co-location-without-trust"]
    for order, trust in ((pair, 0.2), (pair[::-1], 0.8)):
        resolved = resolve("east-borough", policies=order)
        assert resolved.scenario.practice.trust == trust
        assert resolved.origins()["practice.trust"].startswith(f"policy {order[1]}:")
    up_and_down = load_scenario("east-borough", policies=["threshold-up-a-tier", "threshold-down-a-tier"])
    assert up_and_down.front_door == load_scenario("east-borough").front_door
    assert not load_scenario("east-borough", policies=["link-worker-everywhere", "no-liaison"]).liaison
    posts = load_scenario("east-borough", policies=["no-liaison", "link-worker-everywhere"]).liaison
    assert {str(post.kind) for post in posts.values()} == {"link_worker"}


def test_a_policy_reads_what_earlier_policies_and_later_overrides_give(tmp_path: Path) -> None:
    bigger = policy_file(tmp_path, 'each_programme: {programmes: {"{programme}": {children_under_five: 100}}}\n')

    def size(overrides: tuple[str, ...], *policies: str) -> int | None:
        centre = load_scenario(BASE, overrides, policies).programmes["Hill Top"].centre
        return centre.children_under_five if centre is not None else None

    assert size((), bigger, "childrens-centre-size") == 145
    assert size((), "childrens-centre-size", bigger) == 435  # 1.45 x 300
    assert size(("programmes.Hill Top.children_under_five=200",), bigger, "childrens-centre-size") == 290
    changed = load_scenario("midtown", ["programmes.SSLP 1.children_under_five=500"], ["childrens-centre-size"])
    assert changed.programmes["SSLP 1"].centre is not None
    assert changed.programmes["SSLP 1"].centre.children_under_five == 725


def test_order_of_continuum_policies_indicators_own_keys_command_line_and_overrides(tmp_path: Path) -> None:
    policy_file(tmp_path, "set: {practice: {trust: 0.11}, front_door: {trust_in_programmes: 0.11}}\n")
    other = policy_file(tmp_path, "set: {practice: {trust: 0.22}}\n", "other.yaml")

    def trust(text: str, sets: tuple[str, ...] = (), policies: tuple[str, ...] = ()) -> float:
        path = write(tmp_path, f"extends: east-borough\n{text}")
        return load_scenario(path, sets, policies).practice.trust

    text = ""
    assert trust(text) == load_scenario("east-borough").practice.trust
    text += "continuum: maximum-collaboration\n"
    assert trust(text) == 0.7
    text += "policies: [mine.yaml]\n"
    assert trust(text) == 0.11
    text += "indicators: {strategic_commitment: 1}\n"
    assert trust(text) == 0.4
    text += "practice: {trust: 0.33}\n"
    assert trust(text) == 0.33
    assert trust(text, policies=(other,)) == 0.22
    assert trust(text, ("indicators.strategic_commitment=2",), (other,)) == 0.5
    assert trust(text, ("practice.trust=0.44", "indicators.strategic_commitment=2"), (other,)) == 0.44


def test_a_policy_sees_the_programmes_of_later_files_and_of_overrides(tmp_path: Path) -> None:
    parent = write(tmp_path, "extends: east-borough\npolicies: [link-worker-everywhere]\n", "parent.yaml")
    child = write(tmp_path, f"extends: {parent.name}\nprogrammes: {{New: {{children_under_five: 10}}, SSLP 3: null}}\n")
    served = [post.programmes[0] for post in load_scenario(child).liaison.values()]
    assert "New" in served
    assert "SSLP 3" not in served
    more = load_scenario(child, ["programmes.Newer={children_under_five: 10}"])
    assert "Link worker Newer" in more.liaison


def test_a_policy_of_a_file_changes_what_the_file_starts_from(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: midtown\nname: m\npolicies: [threshold-up-a-tier]\n")
    resolved = resolve(path)
    assert resolved.scenario.front_door.threshold == 4.0
    assert resolved.scenario.name == "m"
    assert resolved.origins()["front_door.threshold"] == "policy threshold-up-a-tier:4"
    own = write(tmp_path, "policies: [threshold-up-a-tier]\nfront_door: {threshold: 3.5}\n", "own.yaml")
    assert load_scenario(own).front_door.threshold == 3.5
    assert load_scenario(own, policies=["threshold-down-a-tier"]).front_door.threshold == 2.5


def test_a_policy_file_is_found_beside_the_scenario_file_and_on_the_command_line(tmp_path: Path) -> None:
    path = policy_file(tmp_path, 'each_locality: {localities: {"{locality}": {posts: 9}}}\n')
    scenario = write(tmp_path, "extends: midtown\npolicies: [./mine.yaml]\n")
    resolved = resolve(scenario)
    assert {place.posts for place in resolved.scenario.localities.values()} == {9}
    assert resolved.origins()["localities.Office A.posts"].endswith("mine.yaml:2")
    assert values(load_scenario("midtown", policies=[Path(path)])) == values(resolved.scenario)


def test_names_and_titles(tmp_path: Path) -> None:
    both = resolve("east-borough", policies=["sslp-identifier", "vacancies-10"])
    assert both.scenario.name == "east-borough+sslp-identifier+vacancies-10"
    assert both.origins()["name"] == both.origins()["title"] == "--policy"
    assert load_scenario("east-borough", ["name=mine"], ["no-change"]).name == "mine"
    long = policy_file(tmp_path, "set: {}\n", f"{'x' * 120}.yaml")
    longer = policy_file(tmp_path, "set: {}\n", f"{'x' * 121}.yaml")
    names = {load_scenario("midtown", policies=[one]).name for one in (long, longer)}
    assert len(names) == 2
    assert {len(name) for name in names} == {100}


def test_long_programme_names_still_give_names(tmp_path: Path) -> None:
    one, two = "P" * 64, "P" * 63 + "Q"
    path = write(
        tmp_path,
        f"extends: midtown\nprogrammes: {{{one}: {{children_under_five: 9}}, {two}: {{children_under_five: 9}}}}\n",
    )
    assert len(load_scenario(path, policies=["link-worker-everywhere"]).liaison) == 8


@pytest.mark.parametrize("policies", [["city-borough-model", "threshold-up-a-tier"], ["maximum-collaboration"]])
def test_a_dumped_scenario_applies_nothing_twice(tmp_path: Path, policies: list[str]) -> None:
    path = write(tmp_path, "extends: east-borough\npolicies: [recording-time-up]\nindicators: {aims: 1}\n")
    scenario = load_scenario(path, policies=policies)
    again = tmp_path / "again.yaml"
    YAML(typ="safe").dump(plain(scenario.model_dump()), again)
    assert load_scenario(again) == scenario


def test_policies_that_agree_go_together_in_any_order() -> None:
    for pair in (["city-borough-model", "family-support-panel"], ["planned-visits-everywhere", "vacancies-40"]):
        one, other = (load_scenario("midtown", policies=order) for order in (pair, pair[::-1]))
        assert values(one) == values(other)


def test_the_examples_of_the_how_to_page_load(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/scenarios-and-policies.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    (mine,) = (block for block in blocks if "each_programme" in block)
    write(tmp_path, mine, "my-policy.yaml")
    scenarios = [load_scenario(write(tmp_path, block)) for block in blocks if block != mine]
    assert [one.name for one in scenarios] == ["east-borough-half-posts", "southshire-2008"]
    assert scenarios[1].front_door.threshold == 2.5


# --- the command line ---


def command(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_show_and_validate_take_policies() -> None:
    result = command("show", str(BASE), "--policy", "vacancies-25", "--policy", "sslp-identifier", "--json")
    assert result.exit_code == 0
    shown = {row["key"]: row for row in json.loads(result.stdout)["values"]}
    assert shown["workforce.vacancy"]["value"] == 0.25
    assert shown["workforce.vacancy"]["from"] == "policy vacancies-25:5"
    checked = command("validate", str(BASE), "--policy", "no-change")
    assert checked.stdout.startswith(f"{BASE}: ok (two-programmes+no-change, ")
    wrong = command("validate", str(BASE), "--policy", "no-chance")
    assert wrong.exit_code == 2
    assert wrong.stderr == "--policy:1:1: there is no file or policy 'no-chance' (did you mean 'no-change'?)\n"


def test_run_takes_policies_and_writes_the_name(tmp_path: Path) -> None:
    scenario = write(
        tmp_path,
        "name: tiny\npopulation: {children: 300}\ntime: {warm_up_months: 0, years: 1}\n"
        "localities: {North: {posts: 1}}\n",
    )
    arguments = ["--replicates", "1", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]
    result = command("run", str(scenario), "--policy", "threshold-up-a-tier", *arguments)
    assert result.exit_code == 0, result.stderr
    (written,) = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["scenarios"]
    assert written["name"] == "tiny+threshold-up-a-tier"
    assert written["values"]["front_door"]["threshold"] == 4.0
    refused_run = command("run", str(scenario), "--policy", "nothing-like-it", "--json")
    assert (refused_run.exit_code, refused_run.stdout) == (2, "")


# --- equal hours ---


def test_at_equal_hours_family_support_gives_up_the_posts_that_a_policy_takes() -> None:
    base = load_scenario("midtown")
    other = load_scenario("midtown", policies=["outposted-half-posts-everywhere"])
    # Six programmes get half a post each: three posts for 72,600 children are 0.4132 per 10,000.
    equal = at_equal_hours(base, other)
    assert equal.family_support.posts == pytest.approx(base.family_support.posts - 3.0 / 7.26)
    before, more, same = (sum(paid_posts(one).values()) for one in (base, other, equal))
    assert same == pytest.approx(before)
    assert more == pytest.approx(before + 3.0)
    assert at_equal_hours(base, base) == base


def test_a_policy_that_takes_more_than_family_support_has_is_refused() -> None:
    base = load_scenario("midtown", ["family_support.posts=0.1"])
    other = load_scenario("midtown", ["family_support.posts=0.1"], policies=["outposted-half-posts-everywhere"])
    with pytest.raises(ValueError, match=r"takes 0\.4 posts per 10,000 more"):
        at_equal_hours(base, other)
