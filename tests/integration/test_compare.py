"""Scenarios compared under common random numbers: intervals, probability, gain, families whose path changed."""

import io
import json
import math
import os
import signal

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from helpers import post, run, small
from referral_sim import Comparison, compare
from referral_sim.experiment import comparison as room
from referral_sim.experiment.comparison import comparison_to_json
from referral_sim.experiment.family_paths import CHANGES, MILESTONES, Paths, count_changes, paths_of, world_fingerprint
from referral_sim.experiment.summaries import differences, summarise_changes, summarise_differences
from referral_sim.measures.table import IN_SENTENCES, KEY_MEASURES
from referral_sim.report.console import show_comparison

LOOK = room.take_compared
PER_YEAR = "per 10,000 children under 18 a year"


def measured(values, measure="referrals", unit=PER_YEAR, group="all", first=0):
    replicates = range(first, first + len(values))
    return pd.DataFrame(
        {"replicate": replicates, "year": "2005-06", "measure": measure, "unit": unit, "group": group, "value": values}
    )


def summary(base, other):
    return summarise_differences(differences(measured(base), measured(other))).iloc[0]


# -- differences of measures ---------------------------------------------------------------------------------------


def test_intervals_are_percentiles_of_single_years_and_the_error_is_the_means():
    row = summary([10.0] * 101, [10.0 + k - 30.0 for k in range(101)])
    assert (row["base"], row["value"], row["difference"], row["n"]) == (10, 30, 20, 101)
    assert [row[c] for c in ("low_50", "high_50", "low_90", "high_90")] == [-5, 45, -25, 65]
    assert row["standard_error"] == pytest.approx(np.std(range(101), ddof=1) / math.sqrt(101))
    two = summary([0.0, 0.0], [0.0, 10.0])
    assert [two[c] for c in ("low_50", "high_50", "low_90", "high_90")] == pytest.approx([2.5, 7.5, 0.5, 9.5])


def test_a_tie_counts_half_in_the_probability_of_a_rise():
    assert summary([1.0] * 4, [2.0, 1.0, 0.0, 3.0])["rises"] == (1 + 0.5 + 0 + 1) / 4
    assert summary([1.0, 2.0], [1.0, 2.0])["rises"] == 0.5
    assert summary([1.0, 2.0], [0.5, 1.0])["rises"] == 0


def test_gain_is_the_variance_with_independent_seeds_over_the_paired_one():
    base, other = [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.5, 6.0]
    paired = np.var(np.subtract(other, base), ddof=1)
    expected = (np.var(base, ddof=1) + np.var(other, ddof=1)) / paired
    assert summary(base, other)["gain"] == pytest.approx(expected)
    assert expected > 10
    assert summary([1.0, 2.0], [3.0, 4.0])["gain"] == math.inf, "the difference never varies"
    assert math.isnan(summary([1.0, 1.0], [3.0, 3.0])["gain"]), "nothing varies"


def test_replicates_are_paired_by_number_not_by_place():
    base, other = measured([1.0, 20.0, 300.0]), measured([301.0, 21.0, 2.0])
    other["replicate"] = [2, 1, 0]
    assert list(differences(base, other)["difference"]) == [1, 1, 1]
    assert list(differences(base.iloc[::-1], other)["replicate"]) == [0, 1, 2]


def test_what_one_side_lacks_is_left_out():
    base = pd.concat([measured([1.0, math.nan, 3.0]), measured([5.0] * 3, group="programme:Hill")])
    other = pd.concat([measured([2.0, 2.0, 5.0]), measured([7.0] * 3, group="programme:Moor")])
    table = differences(base, other)
    assert list(table["group"])[:3] == ["all", "programme:Hill", "programme:Moor"]
    found = summarise_differences(table).set_index("group")
    row = found.loc["all"]
    assert (row["n"], row["base"], row["value"], row["difference"], row["rises"]) == (2, 2, 3.5, 1.5, 1)
    assert list(found.loc[["programme:Hill", "programme:Moor"], "n"]) == [0, 0]
    assert found.loc["programme:Hill"].drop(["year", "measure", "unit", "n"]).isna().all()
    late = differences(measured([1.0, 2.0], first=0), measured([5.0, 7.0], first=1))
    assert list(late["replicate"]) == [1], "a replicate that one side lacks"
    assert list(late["difference"]) == [3]


def test_one_replicate_has_no_interval_and_none_no_row():
    one = summary([1.0], [2.0])
    assert (one["difference"], one["rises"], one["n"]) == (1, 1, 1)
    assert one[["low_50", "high_50", "low_90", "high_90", "standard_error", "gain"]].isna().all()
    assert len(summarise_differences(differences(measured([]), measured([])))) == 0


def test_a_measure_twice_in_a_replicate_is_refused():
    with pytest.raises(ValueError, match="replicate 0 has referrals of all in 2005-06 twice"):
        differences(pd.concat([measured([1.0]), measured([1.0])]), measured([1.0]))


# -- families ------------------------------------------------------------------------------------------------------


def paths(rows, inside=()):
    """Paths from family -> first days of the milestones that it reached."""
    family = sorted(rows)
    first = [[rows[f].get(m, -1) for m in MILESTONES] for f in family]
    return Paths(
        np.array(family, dtype=np.int32),
        np.array(first, dtype=np.int32).reshape(-1, len(MILESTONES)),
        np.isin(family, list(inside)),
    )


def counted(base, other, place="all"):
    found = count_changes(base, other)
    found = found[found["place"] == place].set_index(["milestone", "change"])["families"]
    return {key: n for key, n in found.items() if n}


SEEN = {"found": 5, "contact": 5, "referral": 6}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (SEEN, SEEN | {"help": 30}, {("help", "newly"): 1}),
        (SEEN | {"help": 30}, SEEN, {("help", "no_longer"): 1}),
        ({"found": 5, "contact": 5}, SEEN, {("referral", "newly"): 1}),
        (SEEN, {"found": 5, "contact": 5}, {("referral", "no_longer"): 1}),
        (SEEN, SEEN | {"referral": 4}, {("referral", "earlier"): 1}),
        (SEEN, SEEN | {"contact": 9}, {("contact", "later"): 1}),
        (SEEN, SEEN | {"registration": 90}, {("registration", "newly"): 1}),
        (SEEN | {"registration": 0}, SEEN, {("registration", "no_longer"): 1}),
        (SEEN | {"initial_assessment": 0}, SEEN | {"initial_assessment": 1}, {("initial_assessment", "later"): 1}),
    ],
)
def test_each_kind_of_change(before, after, expected):
    assert counted(paths({7: before}), paths({7: after})) == expected | {("path", "changed"): 1}


def test_families_are_joined_by_number_and_counted_once():
    base = paths({1: SEEN, 4: SEEN, 9: SEEN}, inside={4})
    other = paths({1: SEEN, 4: {"found": 4, "contact": 4, "referral": 9}, 6: {"found": 2}}, inside={4, 6})
    expected = {
        ("found", "newly"): 1, ("found", "no_longer"): 1, ("found", "earlier"): 1,
        ("contact", "no_longer"): 1, ("contact", "earlier"): 1,
        ("referral", "no_longer"): 1, ("referral", "later"): 1,
        ("path", "changed"): 3, ("path", "unchanged"): 1,
    }  # fmt: skip
    assert counted(base, other) == expected
    assert counted(base, other, "programme_areas")["path", "changed"] == 2
    assert counted(base, other, "elsewhere")["path", "changed"] == 1
    back = {"newly": "no_longer", "no_longer": "newly", "earlier": "later", "later": "earlier"}
    assert counted(other, base) == {(m, back.get(c, c)): n for (m, c), n in expected.items()}


def test_nobody_found_and_everybody_the_same():
    assert counted(paths({}), paths({})) == {}
    assert counted(paths({3: SEEN}), paths({3: SEEN})) == {("path", "unchanged"): 1}


def test_changed_families_over_replicates():
    rows = [(k, "help", "newly", "all", n) for k, n in enumerate([0, 10])]
    row = summarise_changes(pd.DataFrame(rows, columns=["replicate", "milestone", "change", "place", "families"]))
    assert row.iloc[0].to_dict() == {
        "milestone": "help", "change": "newly", "place": "all", "families": 5.0,
        "low": pytest.approx(0.5), "high": pytest.approx(9.5), "n": 2,
    }  # fmt: skip


@pytest.fixture(scope="module")
def ended():
    return run(small(liaison={"Out": post(programmes=["Hill"])}, population__mobility=0.0), 3)


def test_paths_are_first_days_of_the_signs_of_the_year(ended):
    events = ended.events()
    year = events[events["case"] >= ended.signs.first_of_day[ended.calendar.first_reported]]
    found = paths_of(ended.state)
    assert sorted(set(year["family"])) == found.family.tolist()
    helps = ["package", "plan_start", "registration"]
    stages = {"found": None, "help": helps} | {
        m: [m] for m in ("contact", "referral", "initial_assessment", "registration")
    }
    for column, milestone in enumerate(MILESTONES):
        rows = year if stages[milestone] is None else year[year["stage"].isin(stages[milestone])]
        first = rows.groupby("family")["day"].min().reindex(found.family).fillna(-1).astype(int)
        assert first.tolist() == found.first[:, column].tolist(), milestone
        assert (first >= 0).sum() > 2, milestone
    assert found.in_area.tolist() == (ended.families.area[found.family] >= 0).tolist()
    last = ended.state.cases.helped[found.family]
    assert (found.first[:, MILESTONES.index("help")] <= np.maximum(last, -1)).all(), "no help that the model denies"


def test_a_world_is_known_by_its_families_and_signs(ended):
    def world(seed=3, **values):
        return world_fingerprint(run(small(**{"population__mobility": 0.0, **values}), seed).state)

    assert world_fingerprint(ended.state) == world() == world(front_door__threshold=3.5)
    others = [world(4), world(population__children=2400), world(trouble__need_sensitivity=0.9)]
    others += [world(signs__rate=5.0), world(day_care__requests=100.0), world(population__mobility=0.5)]
    assert len({world(), *others}) == 7


# -- whole comparisons ---------------------------------------------------------------------------------------------

BASE = small()
OUTPOSTED = small(name="outposted", liaison={"Out": post(programmes=["Hill"])})
SAME = small(name="same", title="The same")
ELSEWHERE = small(name="elsewhere", population__children=2400)


@pytest.fixture(scope="module")
def found():
    return compare(BASE, OUTPOSTED, SAME, ELSEWHERE, replicates=3, seed=5)


def test_nothing_changed_gives_no_difference_and_no_changed_family(found):
    same = found.pairs[1]
    assert len(same.differences) > 300
    assert set(same.differences["difference"].dropna()) == {0.0}
    assert set(same.summary["rises"].dropna()) == {0.5}
    counts = same.changes[same.changes["change"] != "unchanged"]
    assert set(counts["families"]) == {0}
    assert same.changes[same.changes["change"] == "unchanged"]["families"].min() > 10
    assert any("same values as small" in w for w in same.warnings)


def test_a_policy_changes_some_families_and_leaves_most(found):
    pair = found.pairs[0]
    counts = pair.families.set_index(["milestone", "change", "place"])["families"]
    assert 0 < counts["path", "changed", "all"] < counts["path", "unchanged", "all"]
    for change in ("changed", "unchanged"):
        parts = counts["path", change, "programme_areas"] + counts["path", change, "elsewhere"]
        assert parts == pytest.approx(counts["path", change, "all"])
    assert pair.same_world
    assert not any("same values" in w for w in pair.warnings)


def test_another_world_has_measures_and_no_families(found):
    pair = found.pairs[2]
    assert not pair.same_world
    assert (len(pair.changes), len(pair.families)) == (0, 0)
    assert pair.summary["n"].max() == 3
    assert pair.summary["gain"].isna().all()
    assert any("another world" in w for w in pair.warnings)


def test_few_replicates_are_warned_of(found):
    assert all(any("3 replicates" in w for w in p.warnings) for p in found.pairs)


def test_the_figures_are_those_of_the_runs(found):
    rows = found.pairs[0].differences
    row = rows[(rows["replicate"] == 2) & (rows["measure"] == "sslp_contacts") & (rows["group"] == "all")].iloc[0]
    for scenario, column in ((BASE, "base"), (OUTPOSTED, "value")):
        measures = run(scenario, 5, 2).measures()
        value = measures[(measures["measure"] == "sslp_contacts") & (measures["group"] == "all")]["value"].iloc[0]
        assert row[column] == value


@pytest.mark.long
def test_the_result_does_not_depend_on_the_number_of_workers(found):
    seen = []
    other = compare(BASE, OUTPOSTED, SAME, ELSEWHERE, replicates=3, seed=5, workers=2, watch=lambda *n: seen.append(n))
    assert comparison_to_json(found) == comparison_to_json(other)
    for one, two in zip(found.pairs, other.pairs, strict=True):
        for name in ("differences", "summary", "changes", "families"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert seen == [(n, 12) for n in range(1, 13)]


@pytest.mark.long
def test_the_result_does_not_depend_on_the_order_in_which_runs_end(found, monkeypatch):
    real = room.run_jobs
    monkeypatch.setattr(room, "run_jobs", lambda jobs, workers: list(real(jobs, workers))[::-1])
    other = compare(BASE, OUTPOSTED, SAME, ELSEWHERE, replicates=3, seed=5)
    for one, two in zip(found.pairs, other.pairs, strict=True):
        for name in ("differences", "summary", "changes", "families"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_a_pair_does_not_depend_on_what_else_is_compared(found):
    alone = compare(BASE, OUTPOSTED, replicates=3, seed=5).pairs[0]
    pd.testing.assert_frame_equal(alone.summary, found.pairs[0].summary)


def fails(model):
    if model.replicate == 1 and model.scenario.name == "outposted":
        raise ValueError("no families")
    if model.replicate == 2 and model.scenario.name == "outposted":
        os.kill(os.getpid(), signal.SIGKILL)
    return LOOK(model)


def test_a_failed_run_costs_its_pair_alone(monkeypatch):
    monkeypatch.setattr(room, "take_compared", lambda model: fails(model))
    found = compare(BASE, OUTPOSTED, SAME, replicates=2, seed=5)
    assert [(r.task.scenario.name, r.task.replicate) for r in found.failures] == [("outposted", 1)]
    assert [p.replicates for p in found.pairs] == [1, 2]
    assert "no families" in json.loads(comparison_to_json(found))["failures"][0]["reason"]
    assert show(found)


@pytest.mark.long
def test_a_dead_worker_leaves_what_had_ended(monkeypatch):
    monkeypatch.setattr(room, "take_compared", fails)
    found = compare(BASE, OUTPOSTED, replicates=3, seed=5, workers=2)
    names = {(r.task.scenario.name, r.task.replicate): r.failure for r in found.failures}
    assert "ValueError: no families" in names["outposted", 1]
    assert names["outposted", 2] == "no result: the worker process died 2 times (signal 9)"


@pytest.mark.parametrize(
    ("others", "options", "message"),
    [
        ([], {}, "one or more"),
        ([BASE], {}, "a name of its own"),
        ([SAME, SAME], {}, "a name of its own"),
        ([SAME], {"replicates": 1}, "2 or more, not 1"),
        ([SAME], {"workers": 0}, "workers must be 1 or more"),
        (["no-liaison"], {}, "no-liaison is a policy: name the base"),
    ],
)
def test_what_cannot_be_compared_is_refused(others, options, message):
    with pytest.raises(ValueError, match=message):
        compare(BASE, *others, **options)


def test_json_has_everything_and_no_number_that_json_lacks(found):
    data = json.loads(comparison_to_json(found), parse_constant=pytest.fail)
    assert (data["base"], data["seed"], data["replicates"], data["failures"]) == ("small", 5, 3, [])
    assert [c["scenario"] for c in data["comparisons"]] == ["outposted", "same", "elsewhere"]
    first = data["comparisons"][0]
    assert len(first["measures"]) == len(found.pairs[0].summary)
    assert set(first["measures"][0]) == {
        "year", "measure", "unit", "group", "base", "value", "difference", "standard_error", "low_50", "high_50",
        "low_90", "high_90", "rises", "gain", "n", "smallest", "verdict",
    }  # fmt: skip
    assert set(first["families"][0]) == {"milestone", "change", "place", "families", "low", "high", "n"}
    kinds = {(r["milestone"], r["change"]) for r in first["families"]}
    assert kinds == {(m, c) for m in MILESTONES for c in CHANGES} | {("path", "changed"), ("path", "unchanged")}
    assert data["comparisons"][1]["measures"][0]["gain"] is None, "infinite"
    assert data["comparisons"][2]["families"] == []


def show(comparison, width=120, everything=False):
    console = Console(file=io.StringIO(), width=width)
    show_comparison(console, comparison, everything)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_and_shows_what_matters(found, width):
    answer, whole = show(found, width), show(found, width, everything=True)
    for text in (answer, whole):
        assert max(len(line) for line in text.splitlines()) <= width
        assert "…" not in text, "no number is cut"
    assert answer.count("families go another way") == 2, "not for another world"
    assert "Hill" not in answer
    assert "Families whose path changed" in whole
    assert ("A wider terminal" in whole) == (width < 100)
    assert "programme Hill" in whole


def test_measures_of_the_short_table_exist_and_share_a_unit_under_their_heading(found):
    known = found.pairs[0].summary.set_index(["measure", "group"])["unit"]
    for heading, wanted in KEY_MEASURES.items():
        units = {known[key] for key in wanted}
        if heading != "Cases or families a year":
            assert len(units) == 1, heading
        else:
            assert all(unit.endswith(" a year") for unit in units)


def test_the_type_is_public():
    assert Comparison.__name__ == "Comparison"


def test_a_comparison_is_one_tidy_frame_and_a_short_text(found):
    frame = found.to_frame()
    assert list(frame.columns[:7]) == ["scenario", "year", "measure", "unit", "group", "group_kind", "group_name"]
    assert len(frame) == sum(len(pair.summary) for pair in found.pairs)
    assert list(frame["scenario"].cat.categories) == ["outposted", "same", "elsewhere"]
    north = frame[frame["group"] == "locality:North"]
    assert set(north["group_kind"]) == {"locality"}
    assert set(north["group_name"]) == {"North"}
    assert "matters" not in set(frame.loc[frame["scenario"] == "same", "verdict"])
    first, *lines = repr(found).splitlines()
    assert first == "<Comparison with 'small', 3 replicates, seed 5"
    for line, pair in zip(lines, found.pairs, strict=True):
        mine = frame[(frame["scenario"] == pair.scenario.name) & (frame["group"] == "all")]
        verdicts = mine.loc[mine["measure"].isin(IN_SENTENCES), "verdict"].tolist()
        counts = ", ".join(f"{one} {verdicts.count(one)}" for one in ("matters", "too small to matter", "cannot tell"))
        assert line.rstrip(">") == f"  {pair.scenario.name}: {len(IN_SENTENCES)} headline measures: {counts}"
    assert "same: 11 headline measures: matters 0, " in repr(found)
    assert len(repr(found)) < 400
