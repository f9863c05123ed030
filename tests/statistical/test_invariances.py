"""What changes nothing: names, who does nothing, another way to say the same; and what changes nothing but chance.

The first part is exact: the same rows, bit for bit. The second compares means of several seeds under other draws.
"""

import datetime as dt

import numpy as np
import pytest

from helpers import post, run, same_rows, small
from referral_sim.model import ReferralModel

# Nothing rests on who holds which post: posts are filled all the time, by people who differ in nothing.
ALIKE = {
    "workforce__unlimited": True,
    "workforce__vacancy": 0.0,
    "workforce__turnover": 0.0,
    "workforce__sslp_turnover": 0.0,
    "front_door__experience_gain": 0.0,
    "practice__trust_spread": 0.0,
    "practice__threshold_gap_spread": 0.0,
    "population__mobility": 0.2,
}
BOTH = {
    name: {
        "children_under_five": 120,
        "localities": places,
        "workers": 3,
        "reach": 0.8,
        "studied": name == "Hill",
        "packages_per_worker": 4,
    }
    for name, places in (("Hill", {"North": 1.0}), ("Dale", {"North": 0.4, "South": 0.6}))
}


def alike(**values):
    return small(**(ALIKE | {"programmes": BOTH} | values))


def rows(scenario, *without, seed=3):
    """Event table as plain words, without some columns."""
    table = run(scenario, seed).events().drop(columns=list(without))
    assert len(table) > 2000
    return table.astype({name: object for name in table.columns if table[name].dtype == "category"})


def test_names_of_localities_mean_nothing():
    names = {"North": "Zenith", "South": "Abbey"}
    one = alike()
    places = {names[name]: spec.model_dump() for name, spec in one.localities.items()}
    programmes = {
        name: spec | {"localities": {names[place]: part for place, part in spec["localities"].items()}}
        for name, spec in BOTH.items()
    }
    renamed = rows(alike(localities=places, programmes=programmes))
    renamed["locality"] = renamed["locality"].map({new: old for old, new in names.items()}).astype(object)
    same_rows(rows(one), renamed)


def test_localities_that_become_one_change_nothing_where_hours_do_not_count():
    merged, still = {"Whole": {"share": 3.0, "posts": 3}}, {"programmes": {}, "population__mobility": 0.0}
    same_rows(rows(alike(**still), "locality"), rows(alike(localities=merged, **still), "locality"))


@pytest.mark.parametrize(
    "nothing",
    [
        {"liaison": {"Past": post("link_worker", end=dt.date(1999, 1, 4))}},
        {"parts": {"Panel": {"kind": "family_support_panel", "strength": 0.0}}},
        {"parts": {"Panel": {"kind": "family_support_panel", "end": dt.date(1999, 1, 4)}}},
        {"parts": {"Forms": {"kind": "common_assessment", "strength": 0.0}}},
        {"parts": {"Visits": {"kind": "planned_visits", "end": dt.date(1999, 1, 4)}}},
    ],
    ids=["a post of the past", "a panel without strength", "a panel of the past", "unused forms", "visits of the past"],
)
def test_who_does_nothing_is_as_if_he_were_not_there(nothing):
    same_rows(rows(alike()), rows(alike(**nothing)))


def test_a_post_that_stands_empty_is_as_no_post():
    """Left on the first days and not filled again: from then on nobody is asked, carries or answers."""
    practice = "collaboration__practices__link_worker__"
    without = {f"{practice}turnover": 5.0, f"{practice}vacancy_days": 3650.0}
    posts = {"Link": post("link_worker", start=dt.date(2005, 2, 1))}
    model = ReferralModel(alike(**without, liaison=posts), rng=1)
    while model.running:
        model.step()
        if not model.liaison[0].present:
            break
    assert model.running, "somebody leaves before the end"
    away = model.day
    while model.running:
        model.step()
        assert not model.liaison[0].present
    later = model.events().loc[lambda table: table["day"] > away]
    consulted = later[later["stage"] == "consultation"]
    none = alike(**without, collaboration__informal_links=0.0, liaison=posts)
    quiet = run(none, 1).events()
    assert len(consulted), "colleagues in the team are asked"
    assert not (quiet.loc[quiet["day"] > away, "stage"] == "consultation").any()


def test_a_programme_of_nobody_that_nobody_knows_is_an_area_on_the_map():
    empty = {"Hill": BOTH["Hill"] | {"workers": 0}}
    unknown = {"collaboration__knows_programmes": 0.0}
    same_rows(rows(alike(programmes={}), "programme_area"), rows(alike(programmes=empty, **unknown), "programme_area"))


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_who_differ_in_nothing_may_be_one(workers):
    """One who carries all packages does what two or four do who share them, where nobody learns anything."""
    still = {f"relationships__{what}": 0.0 for what in ("accepted", "refused", "silence", "delay", "joint_visit")}
    still |= {f"relationships__{what}": 0.0 for what in ("gap_learning", "colleagues", "forgetting")}
    still |= {"collaboration__informal_links": 0.0, "practice__training_notices": 0.0, "practice__outreach": 0.0}

    def with_workers(count):
        hours = {"practice__contact_hours": 40.0 / count}  # so that they have as many hours together
        one = {name: spec | {"workers": count, "packages_per_worker": 8 // count} for name, spec in BOTH.items()}
        return alike(programmes=one, **still, **hours, recording__sslp_identifier=True)

    same_rows(rows(with_workers(1)), rows(with_workers(workers)))


# -- other draws ------------------------------------------------------------------------------------------------------


RATES = ("contacts", "referrals", "initial_assessments", "section_47_enquiries", "sslp_concerns", "need_at_referral")
SEEDS = range(8)


def means(scenario, measure_names=RATES):
    """Mean and variance of the mean over the seeds of some measures, and of flows per child."""
    tables = [run(scenario, seed).measures().set_index(["measure", "group"])["value"] for seed in SEEDS]
    children = scenario.population.children / 1e4
    scale = np.array([children if name.startswith("sslp") else 1.0 for name in measure_names])
    values = np.array([[table[name, "all"] for name in measure_names] for table in tables]) / scale
    return values.mean(axis=0), values.var(axis=0, ddof=1) / len(SEEDS)


def agree(one, other, measure_names=RATES):
    (a, var_a), (b, var_b) = means(one, measure_names), means(other, measure_names)
    for name, x, y, variance in zip(measure_names, a, b, var_a + var_b, strict=True):
        # The seeds are few, so their standard error is itself uncertain: hence 4.5 of them.
        assert abs(x - y) < 4.5 * np.sqrt(variance), (name, x, y)
        assert np.sqrt(variance) < 0.1 * max(abs(x), 1e-9), (name, "tells nothing")


def large(children=8000, **values):
    programmes = {name: spec | {"children_under_five": round(0.06 * children)} for name, spec in BOTH.items()}
    places = {"North": {"share": 2.0, "posts": 2}, "South": {"share": 1.0, "posts": 1}}
    year = {"time__warm_up_months": 12, "time__years": 1}
    return alike(**({"population__children": children, "programmes": programmes, "localities": places} | year | values))


@pytest.mark.long
def test_a_population_twice_as_large_has_the_same_rates():
    workers = {name: spec | {"children_under_five": 960, "workers": 6} for name, spec in BOTH.items()}
    agree(large(), large(16_000, programmes=workers))


@pytest.mark.long
def test_a_longer_warm_up_leaves_what_comes_in_as_it_is():
    """Not the protection road, nor what builds up: the register and the plans begin empty and take years to fill, and
    who has an open case is not referred again. Section 47 enquiries fall by a fifth from 12 months' warm-up to 30.
    """
    agree(large(), large(time__warm_up_months=30), ("contacts", "sslp_concerns", "need_at_referral"))


@pytest.mark.long
@pytest.mark.parametrize("first", [dt.date(2005, 8, 1), dt.date(2006, 2, 1), dt.date(2006, 10, 1)])
def test_the_weekday_on_which_the_year_starts_means_nothing(first):
    """Friday in the others; here Monday, Wednesday and Sunday."""
    agree(large(), large(time__reporting_year_start=first))
