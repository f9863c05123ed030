"""The virtual file study (MODEL O2): lists, drawing, reading, what it would print and what it would miss."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest

from helpers import post, run, small
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.file_study import (
    Assumptions,
    Listing,
    design_of,
    file_study,
    list_files,
)
from referral_sim.file_study.listing import TRACES, Involvement
from referral_sim.file_study.sampling import chance_of_none, draw, inclusion, samples, weights
from referral_sim.file_study.simulated_study import share_of, shown_by_files
from referral_sim.recording import RECORDED_SOURCES
from referral_sim.records.casebook import SSLP
from referral_sim.scenario import Scenario

POLICE, OTHER, VISITOR, NOWHERE = (
    RECORDED_SOURCES.index(name) for name in ("police", "other", "health_visitor", "not_recorded")
)
SURE = Assumptions(consultation_noted=1.0, package_noted=1.0, use_noted=1.0)
REFERRED, TO = (
    next(i for i, t in enumerate(TRACES) if t.involvement == kind and t.noted is None)
    for kind in (Involvement.FROM_PROGRAMME, Involvement.TO_PROGRAMME)
)
JOINT = next(i for i, t in enumerate(TRACES) if t.involvement == Involvement.JOINT_WORK and t.noted is None)
WORD = next(i for i, t in enumerate(TRACES) if t.noted == "informal_noted")
USE = next(i for i, t in enumerate(TRACES) if t.noted == "use_noted")


def listing(recorded, traces=(), source=None, replicate=0, **values):
    """A list of one line a file; ``traces`` are pairs (file, trace)."""
    recorded = np.array(recorded, dtype=np.int64)
    source = recorded if source is None else np.array(source, dtype=np.int64)
    found = np.zeros((len(recorded), len(TRACES)), dtype=bool)
    for file, trace in traces:
        found[file, trace] = True
    formal = (source == SSLP) & ~found[:, WORD]
    given = {
        "seed": 1,
        "replicate": replicate,
        "referrals": 10 * len(recorded),
        "any_age_inside": 3 * len(recorded),
        "any_age": 40 * len(recorded),
        "files_outside": 7,
        "recorded": recorded,
        "identified": source,
        "source": source,
        "need": np.full(len(recorded), 3.0),
        "formal": formal,
        "informal": found[:, WORD],
        "first_line": np.arange(len(recorded)),
        "traces": found,
    }
    return Listing(**given | values)


def cell(study, table, row, unit=None):
    found = [c for c in study.cells if (c.table, c.row) == (table, row) and unit in (None, c.unit)]
    assert len(found) == 1
    return found[0]


# -- drawing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "size", "expected"),
    [
        ([3, 3, 1, 1, 1, 1], 3, [0.9, 0.9, 0.3, 0.3, 0.3, 0.3]),
        ([10, 1, 1], 2, [1.0, 0.5, 0.5]),
        ([10, 4, 1, 1], 3, [1.0, 1.0, 0.5, 0.5]),
        ([2, 1], 5, [1.0, 1.0]),
        ([], 5, []),
    ],
)
def test_chances_follow_weights_and_stop_at_one(weight, size, expected):
    assert inclusion(np.array(weight, dtype=float), size) == pytest.approx(expected)


def test_every_sample_has_its_size_and_every_source_its_share():
    stratum = np.array([POLICE] * 20 + [OTHER] * 4 + [VISITOR] * 2)
    drawn = samples(1, 0, 4000, stratum, inclusion(weights(stratum, 3.0), 10))
    assert set(drawn.sum(axis=1)) == {10}
    # Ten files of weight 20 x 1 + 6 x 3 = 38: one of weight 1 comes in 10 of 38 samples, one of weight 3 in 30 of 38.
    chance = np.array([10 / 38] * 20 + [30 / 38] * 6)
    assert drawn.mean(axis=0) == pytest.approx(chance, abs=0.04)
    # So police have 5.26 files a sample, other 3.16, health visitors 1.58; each sample has one of the two next to it.
    for code, counts in ((POLICE, {5, 6}), (OTHER, {3, 4}), (VISITOR, {1, 2})):
        assert set(drawn[:, stratum == code].sum(axis=1)) == counts


def test_simple_random_sampling_has_equal_chances():
    stratum = np.array([POLICE] * 20 + [OTHER] * 4)
    assert set(weights(stratum, 1.0)) == {1.0}


def test_sources_are_drawn_independently_of_their_place_in_the_list_of_codes():
    """Of many sources with one file each, any two must be able to come together."""
    stratum = np.arange(8)
    drawn = samples(3, 0, 3000, stratum, inclusion(np.ones(8), 2))
    together = drawn.astype(float).T @ drawn.astype(float) / 3000
    off = together[~np.eye(8, dtype=bool)]
    assert off == pytest.approx(1 / 28, abs=0.02)


def test_a_list_smaller_than_the_sample_is_read_whole_and_an_empty_one_is_possible():
    for size in (0, 1, 5):
        stratum = np.full(size, POLICE)
        drawn = samples(1, 0, 3, stratum, inclusion(np.ones(size), 17))
        assert drawn.shape == (3, size)
        assert drawn.all()


def test_a_sample_keeps_its_number():
    stratum, chance = np.full(9, POLICE), inclusion(np.ones(9), 3)
    few, many = (samples(1, 2, n, stratum, chance) for n in (2, 5))
    assert (many[:2] == few).all()
    assert (samples(1, 3, 5, stratum, chance) != many).any()
    assert (samples(2, 2, 5, stratum, chance) != many).any()
    assert len({tuple(row) for row in many}) > 1


def test_draw_takes_what_the_numbers_say():
    u = np.zeros((1, 1 + len(RECORDED_SOURCES) + 3))
    u[0, 0] = 0.6  # marks at 0.6 and 1.6 on the running sums 2/3, 4/3, 2
    u[0, -3:] = [0.9, 0.1, 0.5]  # order of the files: 1, 2, 0
    assert draw(np.full(3, POLICE), np.full(3, 2 / 3), u).tolist() == [[True, True, False]]


@pytest.mark.parametrize(("files", "marked", "size"), [(10, 3, 4), (54, 5, 17), (5, 1, 5), (5, 0, 3), (3, 1, 9)])
def test_chance_of_none_is_the_hypergeometric_one(files, marked, size):
    expected = math.comb(files - marked, min(size, files)) / math.comb(files, min(size, files))
    assert chance_of_none(files, marked, size) == pytest.approx(expected)


# -- reading -----------------------------------------------------------------------------------------------------------


def test_counts_of_a_list_read_whole():
    """Six files: referred by the programme, to it, both, joint work, an informal word, nothing."""
    found = [(0, REFERRED), (1, TO), (1, JOINT), (2, REFERRED), (2, TO), (3, JOINT), (4, WORD)]
    source = [SSLP, POLICE, SSLP, POLICE, SSLP, POLICE]
    one = listing([OTHER, POLICE, POLICE, POLICE, OTHER, POLICE], found, source)
    study = file_study([one], design_of("city-borough"), SURE, 3)
    expected = {"files": 6, "any": 4, "from_programme": 2, "to_programme": 2, "joint_work": 1}
    for row, count in expected.items():
        mine = cell(study, "6.6", row)
        assert (mine.median, mine.low, mine.high, mine.truth) == (count,) * 4, row
        assert mine.truth_share == pytest.approx(count / 6)
    assert cell(study, "6.4", "sslp_source").median == 2
    assert study.missed_referrals.formal == (2, 2, 2)
    assert study.missed_referrals.informal == (1, 1, 1)


def test_published_figures_stand_beside_and_their_chances_are_counted():
    lists = [listing([POLICE] * 3, [(i, TO) for i in range(n)], replicate=n) for n in (0, 1, 2, 3)]
    design = replace(design_of("midtown"), involvement={**design_of("midtown").involvement, "to_programme": 2.0})
    study = file_study(lists, design, SURE, 8)
    mine = cell(study, "6.6", "to_programme")
    assert (mine.published, mine.at_most, mine.at_least) == (2.0, 0.75, 0.5)
    assert mine.exactly == 0.25
    assert (mine.median, mine.low, mine.high) == (1.5, 0.0, 3.0)
    assert (mine.studies, study.runs, study.samples) == (8, 4, 8)
    # Four runs with shares 1, 1, 1, 0, or 0, 0, 1, 1: standard deviation 0.577 over the root of 4.
    assert mine.error == pytest.approx(math.sqrt(1 / 3) / 2)


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("city-borough", (17, 13, 5, 6, 2, 5)),
        ("midtown", (19, 7, 0, 5, 2, 0)),
        ("east-borough", (28, 4, 0, 3, 1, 0)),
        ("southshire", (25, 8, 0, 4, 4, 0)),
    ],
)
def test_published_tables_are_the_reports(authority, expected):
    study = file_study([listing([POLICE] * 3)], design_of(authority), SURE, 1)
    rows = ("files", "any", "from_programme", "to_programme", "joint_work")
    found = [cell(study, "6.6", row).published for row in rows] + [cell(study, "6.4", "sslp_source").published]
    assert found == list(expected)


def test_the_list_is_counted_as_tables_6_1_and_6_3_count_it():
    source = [POLICE, POLICE, SSLP, SSLP, VISITOR]
    one = listing([POLICE, NOWHERE, OTHER, NOWHERE, VISITOR], source=source)
    study = file_study([one], design_of("east-borough"), SURE, 1)
    assert [cell(study, "6.1", r).median for r in ("inside", "total", "share")] == [5, 50, 0.1]
    assert [cell(study, "6.1 all ages", r).median for r in ("inside", "total", "share")] == [15, 200, 0.075]
    assert [cell(study, "6.1", r).published for r in ("inside", "total")] == [287, 981]
    police = cell(study, "6.3", "police", "share")
    assert police.median == pytest.approx(1 / 3), "of those with a source"
    assert police.published == pytest.approx(49 / 125)
    assert police.truth == pytest.approx(2 / 5), "of all, by who truly brought them"
    missing = cell(study, "6.3", "not_recorded", "share")
    assert (missing.median, missing.published) == pytest.approx((2 / 5, 95 / 217))
    programme = cell(study, "6.3", "sslp", "referrals")
    assert (programme.published, programme.median, programme.truth) == (None, 0, 2)
    assert cell(study, "6.2", "files_inside").median == 5
    assert cell(study, "6.2", "files_outside").median == 7


def test_missing_figures_are_missing():
    city = file_study([listing([POLICE])], design_of("city-borough"), SURE, 1)
    assert cell(city, "6.3", "family_or_friend", "share").published is None
    assert cell(city, "6.3", "anonymous", "share").published == 0
    shire = file_study([listing([POLICE])], design_of("southshire"), SURE, 1)
    assert cell(shire, "6.1", "total").published is None
    assert cell(shire, "6.1", "total").at_most is None
    assert cell(shire, "6.1", "total").exactly is None
    assert {c.published for c in shire.cells if c.table == "6.3"} == {None}
    assert not [c for c in shire.cells if c.row == "files_outside"]


def test_what_is_not_always_written_down_follows_its_assumption():
    one = listing([POLICE] * 2000, [(i, USE) for i in range(2000)] + [(0, WORD)])
    for share in (0.0, 0.3, 1.0):
        shown = shown_by_files(one, Assumptions(use_noted=share))
        assert shown["joint_work"].mean() == pytest.approx(share, abs=0.05)
        assert not shown["from_programme"].any()
    assert shown_by_files(one, Assumptions(informal_noted=1.0))["from_programme"].sum() == 1
    names = set(Assumptions.model_fields) - {"purposive_weight"}
    assert {t.noted for t in TRACES} - {None} == names


def test_the_aim_of_the_sample_finds_programmes_that_hide_under_other():
    one = listing([POLICE] * 40 + [OTHER] * 2, [(40, REFERRED), (41, REFERRED)], [POLICE] * 40 + [SSLP] * 2)
    design = replace(design_of("midtown"), files=6)
    missed = [
        file_study([one], d, SURE.model_copy(update={"purposive_weight": w}), 2000).missed_referrals.missed
        for d, w in ((design, 1.0), (design, 8.0), (replace(design, purposive=False), 8.0))
    ]
    assert missed[1] < missed[0] - 0.2
    assert missed[2] == missed[0], "a sample that nobody aimed has no weights"


def test_what_goes_unseen():
    """Two runs: one where a programme brought two of ten (one not recorded, one under other), one where it did not."""
    found = [(0, REFERRED), (1, REFERRED)]
    hidden = listing([POLICE] * 10, found, [SSLP] * 2 + [POLICE] * 8, 0, identified=np.full(10, NOWHERE))
    design = replace(design_of("southshire"), files=4)
    study = file_study([hidden, listing([POLICE] * 10, replicate=1)], design, SURE, 8000)
    blind = study.missed_referrals
    assert blind.truth_none == 0.5
    assert blind.missed_at_random == pytest.approx(chance_of_none(10, 2, 4))
    assert blind.missed == pytest.approx(chance_of_none(10, 2, 4), abs=0.02)
    assert blind.missed_with_code == 1.0
    seen = replace(hidden, identified=np.array([NOWHERE, SSLP, *[POLICE] * 8]))
    assert file_study([seen], design, SURE, 1).missed_referrals.missed_with_code == 0.0
    none = file_study([listing([POLICE] * 10)], design, SURE, 1).missed_referrals
    assert (none.truth_none, none.missed, none.missed_at_random, none.missed_with_code) == (1.0, None, None, None)


def test_a_share_and_its_error():
    assert share_of([np.array([True, False])]) == (0.5, None)
    assert share_of([np.array([True])] * 4) == (1.0, 0.25)
    share, error = share_of([np.array([True] * 5), np.array([False] * 5)])
    assert (share, error) == (0.5, pytest.approx(0.5)), "ten samples of two runs are two witnesses, not ten"


def test_the_order_of_runs_does_not_matter_and_samples_are_spread():
    lists = [listing([POLICE, OTHER] * 20, [(i, TO) for i in range(n)], replicate=n) for n in (0, 20, 40)]
    design = replace(design_of("midtown"), files=5)
    one, other = (file_study(order, design, SURE, 7) for order in (lists, lists[::-1]))
    assert one == other
    assert cell(one, "6.6", "files").studies == 7
    with pytest.raises(ValueError, match="2 samples cannot be spread over 3 runs"):
        file_study(lists, design, SURE, 2)


# -- lists from a run --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    scenario = small(
        liaison={"Out": post(programmes=["Hill"], end=dt.date(2006, 1, 15))},
        time__years=2,
        front_door__day_care_gateway=True,
        population__children=6000,
        population__share_under_five=0.4,
        programmes__Hill__children_under_five=600,
        programmes__Hill__workers=6,
        trouble__rate=0.8,
        workforce__unlimited=True,
        practice__hours_to_notice=0.1,
        **{f"trouble__kinds__{kind}__all_children": 0.0 for kind in Scenario().trouble.kinds},  # one file a line
    )
    return run(scenario, 1)


def test_lines_and_traces_are_those_of_the_event_table(model):
    events, found = model.events(), list_files(model)
    half = events["date"].between("2005-10-01", "2006-03-31")
    referral = events[(events["stage"] == "referral") & half]
    young = referral[referral["child_age"] < 5]
    mine = young[young["programme_area"] == "Hill"]
    assert (len(found.recorded), found.referrals, found.any_age) == (len(mine), len(young), len(referral))
    assert found.any_age_inside == (referral["programme_area"] == "Hill").sum()
    events["file"] = list(zip(events["family"], model.signs.child[events["case"]], strict=True))  # a child's
    young, mine = events.loc[young.index], events.loc[mine.index]
    assert found.files_outside == young.loc[young["programme_area"] != "Hill", "file"].nunique()
    assert [RECORDED_SOURCES[i] for i in found.recorded] == mine["recorded_source"].tolist()
    assert found.need.tolist() == mine["level"].tolist()
    truly = mine["source"] == "sslp"
    assert (found.formal | found.informal).tolist() == truly.tolist()
    assert (found.identified == SSLP).sum() > (found.recorded == SSLP).sum() == 0
    told = set(events.loc[events["outcome"] == "told_informally", "case"])
    assert found.informal.tolist() == (truly & mine["case"].isin(told)).tolist()
    assert found.formal.tolist() == (truly & ~mine["case"].isin(told)).tolist()
    assert found.formal.any()
    assert found.informal.any()

    files = sorted(set(mine["file"]))
    families = [family for family, _ in files]
    assert mine["file"].iloc[found.first_line].tolist() == files
    past = events[events["date"] <= "2006-03-31"]

    def of(rows):
        return [f in set(rows["family"]) for f in families]

    def about(rows):
        return [f in set(rows["file"]) for f in files]

    column = {(t.stage.name, t.involvement.value, t.noted): found.traces[:, i].tolist() for i, t in enumerate(TRACES)}
    brought = mine[truly & ~mine["case"].isin(told)]
    carried = model.state.cases.carried[brought["case"]]
    assert column["REFERRAL", "from_programme", None] == about(brought[carried])
    assert column["REFERRAL", "from_programme", "profession_tells"] == about(brought[~carried])
    sent = past[past["stage"] == "referral_to_programme"]
    assert column["REFERRAL_TO_PROGRAMME", "joint_work", None] == of(sent)
    assert column["REFERRAL_TO_PROGRAMME", "to_programme", None] == of(sent[sent["date"] >= "2005-10-01"])
    assert column["JOINT_VISIT", "joint_work", None] == of(past[past["stage"] == "joint_visit"])
    contacts = past[(past["stage"] == "contact") & (past["source"] == "sslp") & ~past["case"].isin(told)]
    assert column["CONTACT", "joint_work", None] == of(contacts[model.state.cases.carried[contacts["case"]]])
    taken = past[past["stage"] == "taken_to_liaison"]
    assert column["TAKEN_TO_LIAISON", "joint_work", "consultation_noted"] == of(taken)
    asked = past[(past["stage"] == "consultation") & (past["date"] <= "2006-01-15")]  # the post's last day
    asked = asked[asked["programme_area"] == "Hill"]  # the programme that the post serves
    assert column["CONSULTATION", "joint_work", "consultation_noted"] == of(asked)
    listed = mine.groupby("family", observed=True)["date"].min()
    packages = past[past["stage"] == "package"]
    runs_on = packages["date"] + np.timedelta64(model.scenario.practice.package_days, "D") > packages["family"].map(
        listed
    )
    assert column["PACKAGE", "joint_work", "package_noted"] == of(packages[runs_on])
    assert not runs_on[packages["family"].isin(families)].all()
    assert np.array(list(column.values())).any(axis=1).all(), "the run must meet every trace to test it"


@pytest.mark.parametrize(
    ("posts", "any_paper"),
    [
        ({}, False),
        ({"Out": post(programmes=["Dale"])}, False),
        ({"Out": post(programmes=["Hill"], start="2006-04-03")}, False),
        ({"Out": post(programmes=["Hill"], start="2005-10-03")}, True),
    ],
)
def test_consultations_leave_paper_only_where_a_post_serves(model, posts, any_paper):
    found = {
        name: {**p, "start": dt.date.fromisoformat(p["start"])} if "start" in p else p for name, p in posts.items()
    }
    mine = run(model.scenario.with_values(liaison=found, collaboration__informal_links=1.0), 1)
    at = next(i for i, t in enumerate(TRACES) if t.noted == "consultation_noted")
    assert (mine.events()["stage"] == "consultation").any()
    assert list_files(mine).traces[:, at].any() == any_paper


def test_a_job_gives_what_it_takes_from_the_model():
    scenario = small()
    good, bad = run_jobs([Job(scenario, 1, 0, len_of_log), Job(scenario, 1, 0, fails)])
    assert (good.value, good.failure) == (len(run(scenario, 1).state.log), None)
    assert (bad.value, bad.status) == (None, "failed")
    assert "ZeroDivisionError" in bad.failure


def len_of_log(model):
    return len(model.state.log)


def fails(model):
    return 1 / 0
