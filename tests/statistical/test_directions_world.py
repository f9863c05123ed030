"""Directions of what no policy decides: time, families, need, concerns, noticing (MODEL Time, W1-W4, N1-N3)."""
# ruff: noqa: N802 - the tests carry the mechanisms' names

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from directions import HILL, LASTING, SEEDS, authority, busy, difference, events, measured, models, ratio, with_post
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario
from referral_sim.scenario.fields import ConcernKind, EthnicGroup, Source

HOLIDAYS_2005 = ["2005-05-02", "2005-05-30", "2005-08-29", "2005-12-26", "2005-12-27", "2006-01-02"]
YEAR = authority(time__years=1)


def kinds(**shares: float) -> dict[str, dict[str, Any]]:
    """The default kinds with some shares set and the others scaled to fill the rest."""
    table = {str(k): v.model_dump() for k, v in Scenario().trouble.kinds.items()}
    free = sum(row["share"] for name, row in table.items() if name not in shares)
    for name, row in table.items():
        row["share"] = shares.get(name, row["share"] * (1.0 - sum(shares.values())) / free)
    return table


def source_share(scenario: Scenario, source: str) -> float:
    return float(measured(scenario, "referral_source_true", f"source:{source}").mean())


# -- Time ---------------------------------------------------------------------------------------------------------


def test_Time_bank_holidays_are_not_worked() -> None:
    """The offices are shut on weekends and English bank holidays, and open on every other day."""
    dates = events(YEAR)["date"]
    assert not dates.isin(pd.to_datetime(HOLIDAYS_2005)).any()
    assert dates.dt.day_of_week.max() == 4
    worked = np.busday_count("2005-04-01", "2006-04-01") - len(HOLIDAYS_2005)
    assert models(YEAR)[0].calendar.days == worked
    # The day after a bank holiday gets what happened on it too.
    contacts = events(YEAR, "contact").groupby("date").size()
    after_one = pd.to_datetime(["2005-05-03", "2005-05-31", "2005-08-30", "2005-12-28", "2006-01-03"])
    assert contacts[after_one].mean() > 1.5 * contacts.median()


def test_Time_only_the_reporting_year_is_measured() -> None:
    """Rates are those of each reporting year, however long the warm-up and however many the years."""
    plain, warm = YEAR, YEAR.with_values(time__warm_up_months=4)
    two = YEAR.with_values(time__years=2)
    early = events(warm)
    assert early["date"].min() < pd.Timestamp("2005-01-01")
    assert not early.loc[early["date"] < pd.Timestamp("2005-04-01"), "reported"].any()
    assert early.loc[early["date"] >= pd.Timestamp("2005-04-01"), "reported"].all()
    assert ratio(plain, warm, "contacts") == pytest.approx(1.0, abs=0.2)
    assert ratio(plain, two, "contacts") == pytest.approx(1.0, abs=0.2)
    assert len(events(two)) > 1.65 * len(events(plain))


# -- World --------------------------------------------------------------------------------------------------------


def test_W1_a_programmes_area_may_be_cut_by_several_patches() -> None:
    """A programme that lies across two teams' patches brings its families' cases to both teams."""
    places = {"North": {"posts": 4}, "South": {"posts": 4}}
    programme = {"children_under_five": 300, "localities": {"North": 0.5, "South": 0.5}}
    one = authority(localities=places, programmes={"Hill": {"children_under_five": 300}})
    cut = authority(localities=places, programmes={"Hill": programme})
    inside = {name: events(s).dropna(subset="programme_area")["locality"] for name, s in (("one", one), ("cut", cut))}
    assert set(inside["one"]) == {"North"}
    shares = inside["cut"].value_counts(normalize=True)
    assert shares.min() > 0.35


def test_W1_a_larger_area_holds_more_children() -> None:
    """Twice as large an area has twice as many under-fives and about twice as many families seen."""
    small = authority(programmes={"Hill": {"children_under_five": 300}})
    large = authority(programmes={"Hill": {"children_under_five": 600}})
    for scenario, size in ((small, 300), (large, 600)):
        under_five = [m.families.children_at(0.0, 5.0)[m.families.area == 0].sum() for m in models(scenario)]
        assert np.mean(under_five) == pytest.approx(size, rel=0.15)
    assert 1.5 < ratio(small, large, "sslp_concerns") < 3.5


def test_W1_programmes_see_only_families_of_the_area_with_a_young_child() -> None:
    """A programme meets families inside its boundary who have a child under five, and nobody else."""
    rows = events(busy(), "programme_concern")
    assert len(rows) > 300
    assert rows["programme_area"].notna().all()
    assert rows["youngest"].max() < 5.0
    contacts = events(busy(), "contact")
    assert (contacts["youngest"] >= 5.0).any()
    assert contacts["programme_area"].isna().any()


def test_W2_deprivation_raises_need_and_referrals_in_the_areas() -> None:
    """Programmes lie in deprived areas; the more deprivation weighs, the more referrals come from there."""
    level, steep = authority(need__deprivation_ratio=1.0), authority(need__deprivation_ratio=3.5)
    assert ratio(level, steep, "referrals", HILL) > 1.5
    for place in (level, steep):
        for model in models(place):
            inside = model.families.area >= 0
            gap = model.families.baseline[inside].mean() - model.families.baseline[~model.families.deprived].mean()
            assert (gap > 0.4) == (place is steep)
    assert difference(level, steep, "referrals_from_sslp_areas") > 0.05


def test_W2_trouble_fades_and_help_lowers_need() -> None:
    """Need falls with time and with services: slow recovery keeps it high, plans that help bring it down."""
    quick, slow = authority(trouble__recovery_half_life=20.0), authority(trouble__recovery_half_life=365.0)
    assert ratio(quick, slow, "referrals") > 1.04
    weak, strong = (YEAR.with_values(plans__effect=effect, **LASTING) for effect in (0.0, 1.0))
    levels = [events(s, "plan_review")["level"].mean() for s in (weak, strong)]
    assert levels[1] < levels[0] - 0.4


def test_W3_more_of_a_kind_brings_more_of_its_sources() -> None:
    """Where more of what happens is domestic violence, more comes from the police; where poverty, from housing."""
    base = authority()
    violent = authority(trouble__kinds=kinds(domestic_violence=0.7))
    poor = authority(trouble__kinds=kinds(poverty_or_housing=0.5))
    assert source_share(violent, "police") > source_share(base, "police") + 0.08
    assert source_share(poor, "housing_department") > 1.5 * source_share(base, "housing_department")
    share = [(events(s, "contact")["kind"] == ConcernKind.DOMESTIC_VIOLENCE).mean() for s in (base, violent)]
    assert share[1] > 1.8 * share[0]


def test_W3_rate_and_severity_raise_referrals() -> None:
    """More events, or graver ones, bring more referrals; graver ones bring them at higher need."""
    base = authority()
    grave = {str(k): v.model_dump() | {"severity": 3 * v.severity} for k, v in base.trouble.kinds.items()}
    worse = authority(trouble__kinds=grave)
    assert ratio(base, authority(trouble__rate=0.4), "referrals") > 1.3
    assert ratio(base, worse, "referrals") > 1.3
    assert difference(base, worse, "need_at_referral") > 0.15


def test_W4_no_policy_changes_the_world() -> None:
    """Agencies may be set up as differently as one likes: families, events and chances stay what the seed made them."""
    one = authority()
    other = with_post(
        authority(
            front_door__threshold=2.0,
            practice__detection=1.0,
            programmes__Hill__reach=0.95,
            programmes__Hill__workers=3,
            protection__routing=1.0,
            plans__offered=0.1,
            workforce__unlimited=False,
            localities={"Central": {"posts": 12}},
            noticing__visibility=0.08,
        )
    )
    for a, b in zip(models(one), models(other), strict=True):
        for part in ("arrives", "leaves", "births", "locality", "area", "deprived", "group", "baseline", "use", "wary"):
            assert np.array_equal(getattr(a.families, part), getattr(b.families, part)), part
        for part in ("family", "kind", "onset", "growth", "end", "harm", "road"):
            assert np.array_equal(getattr(a.state.troubles, part), getattr(b.state.troubles, part)), part
        for part in ("family", "trouble", "offset", "kind", "shows", "child_age", "youngest", "chances"):
            assert np.array_equal(getattr(a.signs, part), getattr(b.signs, part)), part
    assert ratio(one, other, "referrals") > 1.3


def test_W4_a_post_in_a_programme_touches_no_family_elsewhere() -> None:
    """With hours to spare, what a programme's post changes stays with the families of its area, case by case."""
    without, post = (events(s).drop(columns="youngest") for s in (busy(), with_post(busy())))
    outside = [rows[rows["programme_area"].isna()].reset_index(drop=True) for rows in (without, post)]
    inside = [rows[rows["programme_area"].notna()].reset_index(drop=True) for rows in (without, post)]
    pd.testing.assert_frame_equal(*outside)
    assert not inside[0].equals(inside[1])


def test_W4_another_seed_is_another_world() -> None:
    """The seed and the replicate each make a world of their own."""
    first, again = models(authority())[0], ReferralModel(authority(), rng=SEEDS[0])
    replicate = ReferralModel(authority(), rng=SEEDS[0], replicate=1)
    assert np.array_equal(first.families.baseline, again.families.baseline)
    assert not np.array_equal(first.families.baseline, replicate.families.baseline)
    assert not np.array_equal(first.families.baseline, models(authority())[1].families.baseline)


# -- Noticing -----------------------------------------------------------------------------------------------------


def test_N1_visibility_raises_contacts() -> None:
    """The more is seen, the more is brought to social services, and graver need is seen better."""
    plain = Scenario().noticing.visibility
    dim, clear = (authority(noticing__visibility=plain * factor) for factor in (0.5, 2.5))
    assert ratio(dim, clear, "contacts") > 1.8
    flat, steep = (authority(noticing__level_slope=dict.fromkeys(map(str, Source), slope)) for slope in (0.0, 1.0))
    assert events(steep, "contact")["level"].mean() > events(flat, "contact")["level"].mean() + 0.1
    once, again = authority(noticing__repeat_visibility=1.0), authority(noticing__repeat_visibility=5.0)
    assert difference(once, again, "re_referred_within_12_months") > 0.02


def test_N1_the_authoritys_mix_moves_the_sources() -> None:
    """An authority where schools speak up more has more of its referrals from schools, and none where they are mute."""
    mute, plain, loud = (authority(noticing__authority_mix={"school": f}) for f in (0.0, 1.0, 4.0))
    assert source_share(loud, "school") > source_share(plain, "school") + 0.1
    assert source_share(mute, "school") == 0.0


LOUD = {"school": 8.0, "education_services": 8.0, "midwife": 60.0, "health_visitor": 5.0}


def test_N1_schools_see_children_from_five_and_midwives_infants() -> None:
    """Schools know children of school age, midwives families with one under one, health visitors under five."""
    rows = events(authority(noticing__authority_mix=LOUD, noticing__siblings=0.0), "contact")
    children, families = (rows.groupby("source", observed=True)[age] for age in ("child_age", "youngest"))
    assert children.min()[["school", "education_services"]].min() >= 5.0
    assert families.max()["midwife"] < 1.0
    assert families.max()["health_visitor"] < 5.0
    assert children.size()[["school", "midwife", "health_visitor"]].min() > 30


def test_N5_schools_see_younger_brothers_and_sisters_through_older_ones() -> None:
    """The more so the more they look beyond the pupil; never where no child of the family is at school."""
    young = []
    for siblings in (0.0, 0.5, 1.0):
        rows = events(authority(noticing__authority_mix=LOUD, noticing__siblings=siblings), "contact")
        rows = rows[(rows["source"] == "school") & (rows["child_age"] < 5.0)]
        oldest = [models(authority(noticing__authority_mix=LOUD, noticing__siblings=siblings))[run].signs.oldest[case]
                  for run, case in zip(rows["run"], rows["case"], strict=True)]  # fmt: skip
        assert min(oldest, default=5.0) >= 5.0
        young.append(len(rows))
    assert young[0] == 0
    assert young[2] > 1.4 * young[1] > 50


def test_N2_stigma_lowers_self_referral() -> None:
    """Families who fear social services come forward less."""
    bold, afraid = authority(families__stigma=0.0), authority(families__stigma=0.7)
    assert source_share(bold, "self_or_carer") > 1.4 * source_share(afraid, "self_or_carer")


def test_N2_wary_groups_refer_themselves_less() -> None:
    """Where one community is warier than another, its families are referred by others, and the events show it."""
    half = {EthnicGroup.WHITE: 0.5, EthnicGroup.ASIAN: 0.5}
    equal = dict.fromkeys(EthnicGroup, 1.0)
    settings = {"population__ethnic_groups": half, "families__stigma": 0.4, "trouble__rate": 0.3}
    settings["noticing__referred_by_others"] = equal
    wary, alike = authority(**settings), authority(families__wariness=equal, **settings)

    def self_share(scenario: Scenario) -> pd.Series:
        rows = events(scenario, "contact")
        return (rows["source"] == "self_or_carer").groupby(rows["ethnic_group"], observed=True).mean()

    assert self_share(wary)["asian"] < 0.6 * self_share(wary)["white"]
    assert self_share(wary)["asian"] < 0.6 * self_share(alike)["asian"]
    assert self_share(alike)["asian"] == pytest.approx(self_share(alike)["white"], rel=0.3)


def police_contacts(scenario: Scenario) -> pd.DataFrame:
    rows = events(scenario, "contact_decision")
    return rows[(rows["source"] == "police") & (rows["kind"] == ConcernKind.DOMESTIC_VIOLENCE)]


def test_N3_police_notify_domestic_violence() -> None:
    """The larger the share of incidents that the police pass on, the more contacts come from them."""
    few, all_of_them = authority(noticing__police_notification=0.2), authority(noticing__police_notification=1.0)
    assert len(police_contacts(all_of_them)) > 1.8 * len(police_contacts(few))


def test_N3_many_police_notifications_stay_contacts() -> None:
    """A front door that takes notifications lightly leaves more of them as contacts; it hears of as many."""
    grave, light = authority(front_door__police_discount=0.0), authority(front_door__police_discount=1.5)
    referred = [(police_contacts(s)["outcome"] == "referral").mean() for s in (grave, light)]
    assert referred[1] < 0.5 * referred[0]
    assert len(police_contacts(light)) == pytest.approx(len(police_contacts(grave)), rel=0.1)


def test_Time_start_follows_the_calendar() -> None:
    """A reporting year that begins elsewhere in time has its own holidays and its own months."""
    later = authority(time__reporting_year_start=dt.date(2006, 4, 1), time__years=1)
    dates = events(later)["date"]
    assert dates.min() >= pd.Timestamp("2006-04-03")
    assert not dates.isin(pd.to_datetime(["2006-04-14", "2006-04-17", "2006-05-01", "2006-05-29"])).any()
