"""Families who come, move within the authority and leave it (MODEL W5, W10)."""

import datetime as dt

import numpy as np
import pytest

from directions import authority, by_month, events, measured, models, ratio
from generated import of
from helpers import post, run, same_columns, same_rows, small
from referral_sim import load_scenario
from referral_sim.agents import Family
from referral_sim.model import ReferralModel
from referral_sim.records.casebook import NO_CASES, Casebook
from referral_sim.records.work_queue import Lane
from referral_sim.scenario import Scenario
from referral_sim.scenario.fields import EthnicGroup
from referral_sim.world.calendar import Calendar
from referral_sim.world.families import decline_with_age, draw_families
from referral_sim.world.moves import draw_moves, settle

CERTAIN = 4.5
ONE_CHILD = {f"trouble__kinds__{kind}__all_children": 0.0 for kind in Scenario().trouble.kinds}
BUSY = {"population__mobility": 1.0, "population__leave_authority": 0.5}


def drawn(seed=1, **values):
    scenario = small(population__children=40_000, **values)
    calendar = Calendar(scenario.time)
    families = draw_families(scenario, calendar, seed, 0)
    return scenario, calendar, families, draw_moves(scenario, calendar, families, seed, 0)


@pytest.mark.parametrize("rate", [0.0, 0.08, 0.5])
def test_so_many_families_move_and_so_many_of_them_leave(rate):
    scenario, calendar, families, moves = drawn(population__mobility=rate)
    here = np.maximum(np.minimum(families.leaves, calendar.length) - np.maximum(families.arrives, 0.0), 0.0)
    expected = rate * here.sum() / 365.25
    # Up to a week's moves fall after the last Monday, and of two moves at one weekend one counts.
    assert expected * 0.95 - CERTAIN * np.sqrt(expected) <= len(moves) <= expected + CERTAIN * np.sqrt(expected)
    if rate:
        share = scenario.population.leave_authority
        assert moves.away.mean() == pytest.approx(share, abs=CERTAIN * np.sqrt(share / len(moves)))
        within = moves.locality[~moves.away]
        assert (within == 0).mean() == pytest.approx(2 / 3, abs=CERTAIN * np.sqrt(0.25 / len(within)))
        assert (np.diff(moves.day) >= 0).all()
        assert len(set(zip(moves.home, moves.day, strict=True))) == len(moves)


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
    for name in ("home", "mover", "to_day"):
        np.testing.assert_array_equal(getattr(base.state.residence, name), getattr(policy.state.residence, name))
    rows = np.arange(len(base.families))
    for day in (0, 50, 100):
        for one, other in zip(base.state.residence.at(rows, day), policy.state.residence.at(rows, day), strict=True):
            np.testing.assert_array_equal(one, other)


def test_without_mobility_in_a_level_population_the_mechanism_leaves_no_trace(monkeypatch):
    nobody_moves = {"population__mobility": 0.0, "population__share_under_five": 5 / 18}
    still = run(small(**nobody_moves), 3)
    monkeypatch.setattr("referral_sim.pathway.unfinished.Moving.begin_day", lambda moving: NO_CASES)
    without = run(small(**nobody_moves), 3)
    same_rows(still.events(), without.events())
    assert not of(still.events(), "move")
    assert still.families.here_at(0.0).all()
    assert still.families.here_at(still.calendar.length).all()


def test_moves_do_not_depend_on_how_many_leave():
    few, many = (drawn(population__leave_authority=share)[3] for share in (0.2, 0.6))
    np.testing.assert_array_equal(few.home, many.home)
    np.testing.assert_array_equal(few.day, many.day)
    assert (many.away | ~few.away).all()


def test_the_tables_of_the_world_say_what_the_columns_say_each_day():
    model = ReferralModel(small(**BUSY, programmes__Dale__centre={"start": dt.date(2005, 5, 10)}), rng=3)
    rows = np.arange(len(model.families))
    while model.running:
        model.step()
        locality, area = model.state.residence.at(rows, model.day)
        here = model.families.here_at(model.state.offset)
        assert not here.all()
        np.testing.assert_array_equal(locality[here], model.families.locality[here])
        np.testing.assert_array_equal(np.where(here, area, -1), model.families.area)
        outside = model.families.area < 0
        assert not model.state.cases.user[outside].any()


def test_areas_keep_their_size():
    model = ReferralModel(small(**(BUSY | {"population__children": 30_000, "population__mobility": 2.0})), rng=3)
    rows, last = np.arange(len(model.families)), model.calendar.days - 1
    assert model.families.deprived[model.state.residence.at(rows, last)[1] >= 0].all(), "areas stay in deprived places"

    def living(day):
        here = rows[model.families.here_at(model.calendar.offsets[day])]
        return np.bincount(model.state.residence.at(here, day)[1] + 1, minlength=3)[1:]

    start, end = living(0), living(last)
    for before, after in zip(start, end, strict=True):
        assert abs(int(after) - int(before)) < CERTAIN * np.sqrt(2 * before)


def test_a_move_takes_a_family_in_and_out_of_use():
    values = {f"programmes__{name}__reach": 1.0 for name in ("Hill", "Dale")}
    values |= {f"programmes__{name}__reach_slope": 0.0 for name in ("Hill", "Dale")}
    model = ReferralModel(small(**BUSY, **values, families__avoidance=0.0), rng=3)
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
    model = run(small(**(BUSY | ONE_CHILD), population__children=8000, workforce__unlimited=True), 3)
    rows = model.events()
    passed = rows[(rows["stage"] == "move") & (rows["outcome"] == "moved_within")]
    assert len(passed) > 20
    where = {(c, d): place for c, d, place in zip(rows["case"], rows["day"], rows["locality"], strict=True)}
    after = 0
    for case, day, place in zip(passed["case"], passed["day"], passed["locality"], strict=True):
        before, _ = model.state.residence.at(model.signs.family[[case]], day - 1)
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
    cases = np.flatnonzero(model.families.locality[model.signs.family] == 0)[:5]
    model.state.give_work("core", cases, 5.0)
    model.families.locality[model.signs.family[cases]] = 1
    model.state.give_work("core", cases[:1], 5.0)
    assert [team.queue.lanes["core"].waiting().tolist() for team in model.teams] == [cases.tolist(), [cases[0]]]


def newcomers(model):
    """Rows of the families who come during the run."""
    return np.flatnonzero(model.families.arrives > 0.0)


def test_nothing_is_known_of_a_family_that_moves_in():
    model = ReferralModel(small(**(BUSY | {"population__mobility": 3.0})), rng=3)
    state, families = model.state, model.families
    fresh = Casebook(model.signs, len(families))
    columns = Casebook.OF_FAMILIES
    assert set(columns) == {name for name, column in vars(fresh).items() if np.shape(column) == (len(families),)}
    while model.running:
        model.step()
        ahead = np.flatnonzero(families.arrives > state.offset)
        for name in columns:
            np.testing.assert_array_equal(getattr(state.cases, name)[ahead], getattr(fresh, name)[ahead], err_msg=name)
    rows = model.events()
    days = model.calendar.offsets[rows["day"]]
    assert (days >= families.arrives[rows["family"]]).all()
    assert (days <= families.leaves[rows["family"]]).all()
    assert rows["family"].isin(newcomers(model)).sum() > 100
    assert not (set(rows["family"]) - set(model.signs.family.tolist()))


def test_families_who_leave_take_their_history_with_them():
    model = run(small(**(BUSY | ONE_CHILD | {"population__mobility": 3.0})), 3)
    rows = model.events()
    referrals = rows[rows["stage"] == "referral"]
    referrals = referrals.assign(child=model.signs.child[referrals["case"]])
    gaps = referrals.groupby(["family", "child"])["date"].diff().dt.days
    reported = referrals["reported"]
    again = (gaps <= 365)[reported].mean()
    measures = model.measures().set_index(["measure", "group"])["value"]
    assert measures["re_referred_within_12_months", "all"] == pytest.approx(again)
    by_home = referrals.groupby([model.state.residence.home[referrals["family"]], "child"])["date"].diff().dt.days
    assert (by_home <= 365)[reported].mean() > again, "homes, in which several families lived, would give more"


def test_families_come_with_need_and_trouble_like_those_who_live_here():
    """Their lasting need is that of their place, and they have had their troubles before they came (W7, W10)."""
    busy = {"population__mobility": 1.0, "population__leave_authority": 1.0, "population__children": 60_000}
    model = ReferralModel(small(programmes={}, **busy), rng=3)
    families, troubles = model.families, model.state.troubles
    came = newcomers(model)
    settled = model.state.residence.home[came]
    came, settled = came[settled != came], settled[settled != came]  # not those who come on balance, to a new home
    assert len(came) > 5000
    np.testing.assert_array_equal(families.rank[came], families.rank[settled])
    np.testing.assert_array_equal(families.births[came], families.births[settled])
    both = families.baseline[[came, settled]]
    assert ((both[0] != both[1]) | (both[0] == both.max())).all(), "drawn anew; at most the same highest need"
    offset = families.arrives[came]
    for what in (families.baseline.__getitem__, lambda rows: troubles.level(rows, offset) - families.baseline[rows]):
        one, other = what(came), what(settled)
        error = np.sqrt(one.var() / len(one) + other.var() / len(other))
        assert one.mean() == pytest.approx(other.mean(), abs=CERTAIN * error)
        assert other.mean() > 20 * error
    before = troubles.onset < families.arrives[troubles.family]
    assert (before & np.isin(troubles.family, came)).sum() > 1000


def test_the_register_of_a_place_is_who_lives_there_on_the_last_day():
    model = run(small(**(BUSY | ONE_CHILD), population__children=8000, workforce__unlimited=True), 3)
    on = np.flatnonzero(model.state.cases.register_case >= 0)
    there = model.families.locality[on]
    assert len(on) > 10
    assert (model.state.residence.at(on, 0)[0] != there).any()
    table = model.measures().set_index(["measure", "group"])["value"]
    middle = model.calendar.day_of_offset(model.calendar.years[0].middle)
    rows = np.arange(len(model.families))
    people = model.families.children_at(model.calendar.years[0].middle)
    lived = model.state.residence.at(rows, middle)[0]
    for index, name in enumerate(model.state.places):
        expected = (there == index).sum() * 1e4 / people[lived == index].sum()
        assert table["on_register", f"locality:{name}"] == pytest.approx(expected)


def test_the_more_families_leave_the_fewer_are_referred_again():
    year = {"time__years": 1, "population__leave_authority": 1.0}
    staying, leaving = (authority(population__mobility=m, **year) for m in (0.0, 2.0))
    assert measured(leaving, "re_referred_within_12_months").mean() < (
        0.8 * measured(staying, "re_referred_within_12_months").mean()
    )
    assert ratio(staying, leaving, "on_register") < 0.9
    assert of(events(leaving), "deregistration", "moved_away")
    assert by_month(leaving, "deregistrations").sum() > by_month(staying, "deregistrations").sum()


def test_a_family_agent_goes_with_its_family():
    model, gone = ReferralModel(small(**BUSY), rng=3), 0
    while model.running:
        before = dict(model.files)
        model.step()
        left = np.flatnonzero(model.families.leaves == model.state.offset)
        for number in before.keys() & set(left.tolist()):
            gone += 1
            assert before[number] not in model.agents
            assert number not in model.files
    assert gone > 5
    assert set(model.agents_by_type[Family]) == set(model.files.values())


# -- a level population -----------------------------------------------------------------------------------------------


BANDS = (0.0, 1.0, 5.0, 10.0, 16.0, 18.0)


@pytest.mark.parametrize("growth", [0.0, 0.04])
@pytest.mark.parametrize("name", ["midtown", "city-borough", "east-borough", "southshire", "england-average"])
def test_numbers_and_ages_of_children_stay_level_over_six_years(name, growth):
    """Children of each age are as many as the authority's share of under-fives says, or grow by e^(growth) (W10)."""
    scenario = load_scenario(name).with_values(
        time__warm_up_months=12, time__years=5, population__growth=growth, liaison={}, parts={}
    )
    people, calendar = scenario.population, Calendar(scenario.time)
    decline = decline_with_age(people.share_under_five)
    mass = np.exp(-decline * np.array(BANDS))
    shares = np.diff(mass) / (mass[-1] - mass[0])
    found, squares = np.zeros((7, len(shares))), np.zeros((7, len(shares)))
    seeds = range(3)
    for seed in seeds:
        families = settle(scenario, calendar, draw_families(scenario, calendar, seed, 0), seed, 0).families
        for year in range(7):
            offset = 365.0 * year
            below = np.column_stack([families.children_at(offset, age) if age else 0 * families.area for age in BANDS])
            each = np.diff(below, axis=1)
            found[year] += each.sum(axis=0)
            squares[year] += (each.astype(float) ** 2).sum(axis=0)
    expected = len(seeds) * people.children * shares * np.exp(growth * np.arange(7)[:, None] * 365.0 / 365.25)
    assert np.abs(found - expected).max() > 0
    assert (np.abs(found - expected) < CERTAIN * np.sqrt(squares)).all(), found / expected
    assert (np.sqrt(squares.sum(axis=1)) < 0.01 * found.sum(axis=1)).all(), "surely told to a few in a hundred"


# -- by ethnic group --------------------------------------------------------------------------------------------------


HALVES = {EthnicGroup.WHITE: 0.5, EthnicGroup.ASIAN: 0.5}


def test_groups_add_to_the_whole_and_a_group_without_children_has_no_rate():
    for model in models(authority(population__ethnic_groups=HALVES, **ONE_CHILD)):
        table = model.measures().set_index(["measure", "group"])["value"]
        rows = model.events().query("stage == 'referral' and reported")
        middle = model.calendar.years[0].middle
        for group in HALVES:
            mine = model.families.group == list(EthnicGroup).index(group)
            people = model.families.children_at(middle)[mine].sum()
            rate = (rows["ethnic_group"] == group).sum() * 1e4 / people
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
        "population__ethnic_groups": HALVES, "trouble__rate": 0.3, "families__stigma": 0.4,
        "noticing__referred_by_others": dict.fromkeys(EthnicGroup, 1.0),
        "noticing__authority_mix": {"self_or_carer": 3.0},
    }  # fmt: skip

    def own(community, **values):
        group = f"ethnic:{community}/source:self_or_carer"
        return measured(authority(**(east | values)), "referral_source_by_ethnic_group", group).mean()

    assert own("asian") < 0.7 * own("white")
    alike = {"families__wariness": dict.fromkeys(EthnicGroup, 1.0)}
    assert own("asian", **alike) == pytest.approx(own("white", **alike), rel=0.3)
