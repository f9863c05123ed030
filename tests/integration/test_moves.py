"""Families who move within the authority and out of it (MODEL W5)."""

import datetime as dt

import numpy as np
import pytest

from directions import authority, by_month, events, measured, models, ratio
from generated import of
from helpers import post, run, same_columns, same_rows, small
from referral_sim.agents import Family
from referral_sim.model import ReferralModel
from referral_sim.records.casebook import NO_CASES, Casebook
from referral_sim.records.work_queue import Lane
from referral_sim.scenario.fields import EthnicGroup
from referral_sim.world.calendar import Calendar
from referral_sim.world.families import draw_families
from referral_sim.world.moves import draw_moves
from referral_sim.world.need import NeedState

CERTAIN = 4.5
BUSY = {"population__mobility": 1.0, "population__leave_authority": 0.5}


def drawn(seed=1, **values):
    scenario = small(population__children=40_000, **values)
    calendar = Calendar(scenario.time)
    families = draw_families(scenario, calendar, seed, 0)
    return scenario, calendar, families, draw_moves(scenario, calendar, len(families), seed, 0)


@pytest.mark.parametrize("rate", [0.0, 0.08, 0.5])
def test_so_many_families_move_and_so_many_of_them_leave(rate):
    scenario, calendar, families, moves = drawn(population__mobility=rate)
    expected = rate * len(families) * calendar.length / 365.25
    # Up to a week's moves fall after the last Monday, and of two moves at one weekend one counts.
    assert expected * 0.95 - CERTAIN * np.sqrt(expected) <= len(moves) <= expected + CERTAIN * np.sqrt(expected)
    if rate:
        share = scenario.population.leave_authority
        assert moves.away.mean() == pytest.approx(share, abs=CERTAIN * np.sqrt(share / len(moves)))
        within = moves.locality[~moves.away]
        assert (within == 0).mean() == pytest.approx(2 / 3, abs=CERTAIN * np.sqrt(0.25 / len(within)))
        assert (np.diff(moves.day) >= 0).all()
        assert len(set(zip(moves.family, moves.day, strict=True))) == len(moves)


def test_families_move_at_weekends():
    _, calendar, _, moves = drawn(population__mobility=0.5)
    weeks = calendar.dates.astype("datetime64[D]").astype(np.int64)[moves.day] + 3  # day 0 of numpy was a Thursday
    before = calendar.dates.astype("datetime64[D]").astype(np.int64)[np.maximum(moves.day - 1, 0)] + 3
    assert ((weeks // 7 > before // 7) | (moves.day == 0)).all(), "the first working day of a week"


POLICIES = {
    "post": {"liaison": {"Out": post(programmes=["Hill"])}},
    "threshold": {"front_door__threshold": 4.0},
    "routing": {"protection__routing": 0.1, "workforce__turnover": 2.0},
}


@pytest.mark.parametrize("change", POLICIES)
def test_no_policy_changes_who_moves_when_and_where_to(change):
    base, policy = run(small(**BUSY), 3), run(small(**(BUSY | POLICIES[change])), 3)
    same_columns(base.families, policy.families)
    for name in ("mover", "to_day", "departing", "departure_day", "occupant"):
        np.testing.assert_array_equal(getattr(base.state.residence, name), getattr(policy.state.residence, name))
    rows = np.arange(len(base.families))
    for day in (0, 50, 100):
        for one, other in zip(base.state.residence.at(rows, day), policy.state.residence.at(rows, day), strict=True):
            np.testing.assert_array_equal(one, other)


def test_without_mobility_the_mechanism_leaves_no_trace(monkeypatch):
    still = run(small(population__mobility=0.0), 3)
    monkeypatch.setattr("referral_sim.pathway.unfinished.Moving.begin_day", lambda moving: NO_CASES)
    without = run(small(population__mobility=0.0), 3)
    same_rows(still.events(), without.events())
    assert not of(still.events(), "move")
    assert (still.events()["family"] == still.concerns.family[still.events()["case"]]).all()


def test_moves_do_not_depend_on_how_many_leave():
    few, many = (drawn(population__leave_authority=share)[3] for share in (0.2, 0.6))
    np.testing.assert_array_equal(few.family, many.family)
    np.testing.assert_array_equal(few.day, many.day)
    assert (many.away | ~few.away).all()


def test_the_tables_of_the_world_say_what_the_columns_say_each_day():
    model = ReferralModel(small(**BUSY, programmes__Dale__centre={"start": dt.date(2005, 5, 10)}), rng=3)
    rows = np.arange(len(model.families))
    while model.running:
        model.step()
        locality, area = model.state.residence.at(rows, model.day)
        np.testing.assert_array_equal(locality, model.families.locality)
        np.testing.assert_array_equal(area, model.families.area)
        outside = model.families.area < 0
        assert not model.state.cases.user[outside].any()


def test_areas_keep_their_size():
    model = ReferralModel(small(**(BUSY | {"population__children": 30_000, "population__mobility": 2.0})), rng=3)
    rows, last = np.arange(len(model.families)), model.calendar.days - 1
    assert model.families.deprived[model.state.residence.at(rows, last)[1] >= 0].all(), "areas stay in deprived places"
    start, end = (np.bincount(model.state.residence.at(rows, day)[1] + 1, minlength=3)[1:] for day in (0, last))
    for before, after in zip(start, end, strict=True):
        assert abs(int(after) - int(before)) < CERTAIN * np.sqrt(2 * before)


def test_a_move_takes_a_family_in_and_out_of_use():
    values = {"programmes__Hill__reach": 1.0, "programmes__Dale__reach": 1.0, "programmes__Hill__reach_slope": 0.0}
    model = ReferralModel(small(**BUSY, **values, programmes__Dale__reach_slope=0.0), rng=3)
    moved = np.zeros(len(model.families), dtype=bool)
    start = model.families.area.copy()
    while model.running:
        model.step()
    inside = model.families.area >= 0
    np.testing.assert_array_equal(model.state.cases.user, inside)
    moved[model.state.residence.mover] = True
    assert (moved & (start < 0) & inside).sum() > 5
    assert (moved & (start >= 0) & ~inside).sum() > 5


def test_open_cases_pass_to_the_new_patchs_team():
    model = run(small(**BUSY, population__children=8000, workforce__unlimited=True), 3)
    rows = model.events()
    passed = rows[(rows["stage"] == "move") & (rows["outcome"] == "moved_within")]
    assert len(passed) > 20
    where = {(c, d): place for c, d, place in zip(rows["case"], rows["day"], rows["locality"], strict=True)}
    after = 0
    for case, day, place in zip(passed["case"], passed["day"], passed["locality"], strict=True):
        before, _ = model.state.residence.at(model.concerns.family[[case]], day - 1)
        assert model.state.places[before[0]] != place
        later = [p for (c, d), p in where.items() if c == case and d > day]
        after += bool(later)
    assert after > 5, "cases go on in the new patch"


def test_work_in_a_lane_stays_with_the_team_that_has_it():
    lane = Lane()
    for case, hours in ((1, 2.0), (2, 3.0), (3, 4.0)):
        lane.add([case], hours)
    assert lane.work(1.0) == ([], 1.0)
    lane.drop({1, 3, 9})
    assert lane.waiting().tolist() == [2]
    assert (lane.backlog, lane.dropped) == (3.0, 5.0)
    assert lane.work(10.0) == ([2], 3.0)
    lane.add([4], 1.0)
    lane.drop({4})
    assert not lane.waits
    assert lane.backlog == 0.0
    model = ReferralModel(small(population__mobility=0.0), rng=3)
    model.step()
    for team in model.teams:
        team.hours_today = 0.0
    cases = np.flatnonzero(model.families.locality[model.concerns.family] == 0)[:5]
    model.state.give_work("core", cases, 5.0)
    model.families.locality[model.concerns.family[cases]] = 1
    model.state.give_work("core", cases[:1], 5.0)
    assert [team.queue.lanes["core"].waiting().tolist() for team in model.teams] == [cases.tolist(), [cases[0]]]


def test_nothing_is_known_of_a_family_that_moves_in():
    model = ReferralModel(small(), rng=3)
    fresh, book, one = Casebook(model.concerns, len(model.families)), model.state.cases, np.array([7])
    columns = [name for name, column in vars(fresh).items() if np.shape(column) == (len(model.families),)]
    assert len(columns) >= 9
    assert len(model.families) != len(model.concerns)
    for name in columns:
        getattr(book, name)[7] = 1 if getattr(book, name).dtype != bool else True
    book.forget(one)
    for name in columns:
        assert getattr(book, name)[7] == getattr(fresh, name)[7], f"{name}: give it a line in Casebook.OF_FAMILIES"
    need = NeedState(model.families.baseline, 90.0)
    need.shock(one, np.array([2.0]), 1.0)
    need.begin_package(7, 0.5, 100.0)
    need.begin_plan(np.array([7]), 0.7)
    assert need.now(one, 5.0)[0] != model.families.baseline[7]
    need.forget(one)
    np.testing.assert_allclose(need.now(one, 5.0), model.families.baseline[one])


def test_families_who_leave_take_their_numbers_and_history_with_them():
    model = run(small(**(BUSY | {"population__mobility": 3.0})), 3)
    rows = model.events()
    home, count = model.state.residence, len(model.families)
    new = rows[rows["family"] >= count]
    assert len(new) > 100
    assert (home.departing[new["family"] - count] == model.concerns.family[new["case"]]).all()
    referrals = rows[rows["stage"] == "referral"]
    gaps = referrals.groupby("family")["date"].diff().dt.days
    reported = referrals["reported"]
    again = (gaps <= 365)[reported].mean()
    measures = model.measures().set_index(["measure", "group"])["value"]
    assert measures["re_referred_within_12_months", "all"] == pytest.approx(again)
    by_row = referrals.groupby(model.concerns.family[referrals["case"]])["date"].diff().dt.days
    assert (by_row <= 365)[reported].mean() > again, "rows that stand for several families would give more"


def test_the_register_of_a_place_is_who_lives_there_on_the_last_day():
    model = run(small(**BUSY, population__children=8000, workforce__unlimited=True), 3)
    on = np.flatnonzero(model.state.cases.register_case >= 0)
    there = model.families.locality[on]
    assert len(on) > 10
    assert (model.state.residence.at(on, 0)[0] != there).any()
    table = model.measures().set_index(["measure", "group"])["value"]
    middle = model.calendar.day_of_offset((59 + model.calendar.length) / 2)
    rows = np.arange(len(model.families))
    people = model.families.children_at((59 + model.calendar.length) / 2)
    lived = model.state.residence.at(rows, middle)[0]
    for index, name in enumerate(model.state.places):
        expected = (there == index).sum() * 1e4 / people[lived == index].sum()
        assert table["on_register", f"locality:{name}"] == pytest.approx(expected)


def test_the_more_families_leave_the_fewer_are_referred_again():
    year = {"time__reporting_months": 12, "population__leave_authority": 1.0}
    staying, leaving = (authority(population__mobility=m, **year) for m in (0.0, 2.0))
    assert measured(leaving, "re_referred_within_12_months").mean() < (
        0.8 * measured(staying, "re_referred_within_12_months").mean()
    )
    assert ratio(staying, leaving, "on_register") < 0.9
    assert of(events(leaving), "deregistration", "moved_away")
    assert by_month(leaving, "deregistrations").sum() > by_month(staying, "deregistrations").sum()


def test_who_moves_in_begins_with_their_lasting_need():
    """Neither trouble nor a plan's or package's relief stays with the row of a family that has left."""
    values = {"population__mobility": 2.0, "population__leave_authority": 1.0, "need__median_excess": 1.5}
    model, troubled, relieved = ReferralModel(small(**values), rng=3), 0, 0
    state = model.state
    while model.running:
        today = model.day + 1
        left = state.residence.departing[state.residence.departure_day == today]
        had = state.need.now(left, float(model.calendar.offsets[today]))
        model.step()
        first, end = state.concerns.first_of_day[today : today + 2]
        happened = state.concerns.family[first:end][np.isfinite(state.cases.level[first:end])]
        quiet = ~np.isin(left, happened) & ~np.isin(left, left[np.flatnonzero(state.cases.plan_case[left] >= 0)])
        lasting = state.families.baseline[left]
        np.testing.assert_allclose(state.need.now(left[quiet], state.offset), lasting[quiet])
        troubled += (had[quiet] > lasting[quiet] + 0.05).sum()
        relieved += (had[quiet] < lasting[quiet] - 0.05).sum()
    assert troubled > 20
    assert relieved > 2


def test_a_family_agent_goes_with_its_family():
    model, gone = ReferralModel(small(**BUSY), rng=3), 0
    while model.running:
        before = dict(model.files)
        model.step()
        left = model.state.residence.departing[model.state.residence.departure_day == model.day]
        for number in before.keys() & set(left.tolist()):
            gone += 1
            assert before[number] not in model.agents
            assert model.files.get(number) is not before[number], "who moved in has a file of their own, or none"
    assert gone > 5
    assert set(model.agents_by_type[Family]) == set(model.files.values())


def test_needs_unreached_knows_the_help_of_families_who_left():
    settings = {"plans__offered": 1.0, "population__leave_authority": 1.0, "front_door__threshold": 2.5}
    for model in models(authority(population__mobility=1.5, noticing__visibility=2.0, **settings)):
        home = model.state.residence
        left = home.departure[model.events().query("stage == 'plan_start'")["family"].unique()]
        left = left[left >= 0]
        assert len(left) > 10
        assert (model.state.cases.helped_before_leaving[left] >= 0).all()
    stay = authority(population__mobility=0.0, noticing__visibility=2.0, **settings)
    leave = authority(population__mobility=1.5, noticing__visibility=2.0, **settings)
    assert measured(leave, "needs_unreached").mean() == pytest.approx(measured(stay, "needs_unreached").mean(), abs=0.1)


# -- by ethnic group --------------------------------------------------------------------------------------------------


HALVES = {EthnicGroup.WHITE: 0.5, EthnicGroup.ASIAN: 0.5}


def test_groups_add_to_the_whole_and_a_group_without_children_has_no_rate():
    for model in models(authority(population__ethnic_groups=HALVES)):
        table = model.measures().set_index(["measure", "group"])["value"]
        rows = model.events().query("stage == 'referral' and reported")
        middle = model.calendar.length / 2
        for group in HALVES:
            mine = model.families.group == list(EthnicGroup).index(group)
            people = model.families.children_at(middle)[mine].sum()
            rate = (rows["ethnic_group"] == group).sum() * 1e4 / people * 12 / 8
            assert table["referrals", f"ethnic:{group}"] == pytest.approx(rate)
            level = rows.loc[rows["ethnic_group"] == group, "level"].mean()
            assert table["need_at_referral", f"ethnic:{group}"] == pytest.approx(level)
        assert np.isnan(table["referrals", "ethnic:black"])
        assert np.isnan(table["on_register", "ethnic:black"])
        assert np.isnan(table["referral_source_by_ethnic_group", "ethnic:black/source:police"])
        flows = [table["sslp_concerns", f"ethnic:{group}"] for group in EthnicGroup]
        assert sum(flows) == pytest.approx(table["sslp_concerns", "all"])
        monthly = model.monthly()
        months = monthly[monthly["measure"] == "contacts"].groupby(["month", "group"])["value"].sum().unstack()
        ethnic = months[[name for name in months if name.startswith("ethnic:")]].sum(axis=1)
        np.testing.assert_array_equal(ethnic, months["all"])


def test_N2_asian_families_of_east_borough_refer_themselves_less():  # noqa: N802
    east = {
        "population__ethnic_groups": HALVES, "concerns__rate": 0.3, "noticing__stigma": 0.4,
        "noticing__authority_mix": {"self_or_carer": 3.0},
    }  # fmt: skip

    def own(community, **values):
        group = f"ethnic:{community}/source:self_or_carer"
        return measured(authority(**(east | values)), "referral_source_by_ethnic_group", group).mean()

    assert own("asian") < 0.7 * own("white")
    alike = {"noticing__wariness": dict.fromkeys(EthnicGroup, 1.0)}
    assert own("asian", **alike) == pytest.approx(own("white", **alike), rel=0.3)
