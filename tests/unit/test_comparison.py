"""Means, intervals, and simulated beside published."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_sim.experiment.authority_results import AuthorityResult, beside_published, to_json
from referral_sim.experiment.summaries import summarise

PER_YEAR = "per 10,000 children under 18 a year"


def measured(values, measure="referrals", unit=PER_YEAR, group="all", year="2005-06"):
    return pd.DataFrame(
        {
            "replicate": range(len(values)),
            "year": year,
            "measure": measure,
            "unit": unit,
            "group": group,
            "value": values,
        }
    )


def test_interval_is_the_5th_and_95th_percentile_between_replicates():
    row = summarise(measured([float(v) for v in range(101)])).iloc[0]
    assert (row["mean"], row["low"], row["high"], row["n"]) == (50, 5, 95, 101)
    two = summarise(measured([0.0, 10.0])).iloc[0]
    assert (two["low"], two["high"]) == pytest.approx((0.5, 9.5)), "linear interpolation"
    half = summarise(measured([float(v) for v in range(101)]), level=0.5).iloc[0]
    assert (half["low"], half["high"]) == (25, 75)


def test_interval_is_of_single_years_and_does_not_shrink_with_more_of_them():
    rng = np.random.default_rng(1)
    few, many = (summarise(measured(rng.normal(0, 1, n))).iloc[0] for n in (200, 20_000))
    assert many["high"] - many["low"] == pytest.approx(2 * 1.645, rel=0.03)
    assert few["high"] - few["low"] == pytest.approx(2 * 1.645, rel=0.25)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_summary_does_not_depend_on_the_order_of_replicates(values, random):
    rows = pd.concat([measured(values), measured(values, group="locality:A")])
    order = list(range(len(rows)))
    random.shuffle(order)
    one = summarise(rows).set_index(["measure", "group"]).sort_index()
    other = summarise(rows.iloc[order]).set_index(["measure", "group"]).sort_index()
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    slack = 1e-9 * max(1.0, *map(abs, values))
    row = one.iloc[0]
    assert min(values) - slack <= row["low"] <= row["high"] + slack <= max(values) + 2 * slack


def test_order_of_measures_is_kept():
    rows = pd.concat([measured([1.0], "z"), measured([1.0], "a"), measured([1.0], "a", group="tier:1")])
    found = summarise(rows)
    assert list(zip(found["measure"], found["group"], strict=True)) == [
        ("z", "all"),
        ("a", "all"),
        ("a", "tier:1"),
    ]


def test_values_that_are_not_numbers_are_left_out_and_counted():
    row = summarise(measured([1.0, math.nan, 3.0])).iloc[0]
    assert (row["mean"], row["n"]) == (2, 2)
    none = summarise(measured([math.nan, math.nan])).iloc[0]
    assert math.isnan(none["mean"])
    assert none["n"] == 0


def test_what_cannot_be_summarised_is_refused():
    rows = measured([1.0, 2.0])
    with pytest.raises(ValueError, match="lack the column unit"):
        summarise(rows.drop(columns="unit"))
    with pytest.raises(ValueError, match="twice"):
        summarise(pd.concat([rows, rows]))
    for level in (0.0, 1.0, 90):
        with pytest.raises(ValueError, match="between 0 and 1"):
            summarise(rows, level)
    assert summarise(rows.iloc[:0]).empty


def row_of(frame, measure, group="all"):
    return frame[(frame["measure"] == measure) & (frame["group"] == group)].iloc[0]


def test_both_series_are_compared_each_for_itself():
    summary = summarise(measured([30.0, 32.0, 34.0, 36.0], "registrations"))
    row = row_of(beside_published(summary, "midtown"), "registrations")
    assert row["series"] == ("graph_6_2", "overview_paragraph")
    assert row["published"] == (34.0, 32.0)
    assert row["difference"] == (-1.0, 1.0)
    assert row["inside"] == (True, True)
    east = row_of(beside_published(summary, "east-borough"), "registrations")
    assert east["difference"] == (17.0, 4.0)
    assert east["inside"] == (False, False)
    mixed = row_of(
        beside_published(summarise(measured([28.0, 30.0, 31.0], "registrations")), "east-borough"), "registrations"
    )
    assert mixed["inside"] == (False, True)


def test_published_figures_that_were_not_simulated_still_show():
    found = beside_published(summarise(measured([600.0, 640.0])), "city-borough")
    police = row_of(found, "study_source_recorded", "source:police")
    assert police["published"] == pytest.approx((9 / 54,))
    assert math.isnan(police["mean"])
    assert police["inside"] == (None,)
    assert len(found[(found["measure"] == "referrals")]) == 1


def test_published_figures_stand_beside_their_own_year_alone():
    years = ("2004-05", "2005-06", "2006-07")
    rows = pd.concat([measured([600.0 + n, 640.0 + n], year=year) for n, year in enumerate(years)])
    found = beside_published(summarise(rows), "midtown")
    assert found[found["measure"] == "referrals"]["published"].tolist() == [(), (628.0,), ()]
    assert set(found[found["n"] == 0]["year"]) == {"2005-06"}, "what was not simulated"
    result = AuthorityResult("midtown", "Midtown", "midtown", 0, 2, found)
    assert result.years == years
    assert result.of_year().rows["mean"].tolist() == [622.0], "the last"
    assert result.of_year("2004-05").rows["mean"].tolist() == [620.0]
    assert result.beside_published().rows["mean"].iloc[0] == 621.0
    later = beside_published(summarise(rows[rows["year"] == "2006-07"]), "midtown")
    assert later["published"].tolist() == [()]


@pytest.mark.parametrize("authority", [None, "nowhere"])
def test_without_published_figures_the_rows_stay_as_they_are(authority):
    summary = summarise(measured([1.0, 2.0]))
    found = beside_published(summary, authority)
    pd.testing.assert_frame_equal(found[list(summary.columns)], summary)
    assert found.iloc[0]["series"] == found.iloc[0]["inside"] == ()


def test_one_replicate_has_no_spread_to_be_inside_of():
    assert row_of(beside_published(summarise(measured([628.0])), "midtown"), "referrals")["inside"] == (None,)


def test_figures_in_different_units_are_not_compared():
    with pytest.raises(ValueError, match="'share'"):
        beside_published(summarise(measured([1.0], unit="share")), "midtown")


def test_groups_get_no_figure_of_the_whole():
    found = beside_published(summarise(measured([1.0, 2.0], group="locality:A")), "midtown")
    assert row_of(found, "referrals", "locality:A")["published"] == ()


def test_json_has_exactly_the_agreed_form():
    rows = pd.concat([measured([600.0, 700.0]), measured([math.nan] * 2, "days_to_help", "days")])
    midtown = AuthorityResult(
        "midtown", "Midtown", "midtown", np.int64(0), 2, beside_published(summarise(rows), "midtown")
    )
    mine = AuthorityResult("mine", "Mine", None, 0, 2, beside_published(summarise(measured([1.0, 2.0])), None))
    found = json.loads(to_json([midtown, mine]))
    assert [set(o) for o in found] == [{"scenario", "authority", "seed", "replicates", "measures"}] * 2
    assert (found[0]["scenario"], found[0]["authority"], found[0]["seed"], found[0]["replicates"]) == (
        "midtown",
        "midtown",
        0,
        2,
    )
    assert found[0]["measures"][0] == {
        "year": "2005-06",
        "measure": "referrals",
        "unit": PER_YEAR,
        "group": "all",
        "mean": 650.0,
        "low": 605.0,
        "high": 695.0,
        "published": [{"series": "graph_6_1", "value": 628.0}],
    }
    help_row = found[0]["measures"][1]
    assert (help_row["mean"], help_row["low"], help_row["high"], help_row["published"]) == (
        None,
        None,
        None,
        [],
    )
    assert found[1]["authority"] is None
    assert [m["published"] for m in found[1]["measures"]] == [[]]


def test_json_writes_infinity_as_null():
    found = json.loads(
        to_json([AuthorityResult("a", "A", None, 1, 2, beside_published(summarise(measured([math.inf, 1.0])), None))])
    )
    assert found[0]["measures"][0]["mean"] is None
