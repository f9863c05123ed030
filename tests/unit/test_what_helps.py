"""experiments/what-helps: what is asked, what is kept, and what its text makes of a table."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import load_script

FOLDER = Path(__file__).parents[2] / "experiments" / "what-helps"
YARDSTICK = "families_in_unmet_need"


@pytest.fixture(scope="module")
def report():
    return load_script("what_helps_report", FOLDER / "report.py")


@pytest.fixture(scope="module")
def recommendations():
    return load_script("what_helps_recommendations", FOLDER / "recommendations.py")


def table(verdict, difference, low, high, alternative="family-support-panel"):
    row = {"authority": "midtown", "alternative": alternative, "verdict": verdict, "difference": difference}
    row |= {"low_90": low, "high_90": high, "measure": YARDSTICK, "base": 1000}
    return pd.DataFrame([row])


def test_every_recommendation_stands_for_alternatives_that_are_run(report, recommendations):
    named = [name for one in recommendations.RECOMMENDATIONS for name in one.expected]
    assert sorted(set(named)) == sorted(named)
    assert set(named) <= set(report.known())
    assert set(report.indicators()) <= set(named)


@pytest.mark.parametrize(
    ("verdict", "difference", "low", "high", "expected", "said"),
    [
        ("matters", -50, -60, -40, "helps", "borne out"),
        ("matters", 50, 40, 60, "helps", "not borne out"),
        ("matters", 50, 40, 60, "harms", "borne out"),
        ("matters", -50, -60, -40, "neither", "not borne out"),
        ("too small to matter", -5, -6, -4, "helps", "the right way, too small to matter"),
        ("too small to matter", -5, -6, 1, "helps", "too small to matter"),
        ("too small to matter", 0, 0, 0, "neither", "borne out"),
        ("cannot tell", -50, -90, 2, "helps", "cannot tell"),
    ],
)
def test_what_is_said_of_a_recommendation(recommendations, verdict, difference, low, high, expected, said):
    assert recommendations.said_of(table(verdict, difference, low, high).iloc[0], expected) == said


def test_the_text_says_nothing_where_nothing_matters_and_names_what_does(recommendations):
    nothing = recommendations.text_of(table("too small to matter", -5, -6, -4))
    assert "fewer by as much as matters: nothing; more: nothing; too small to matter in 1 cases" in nothing
    assert nothing.startswith("**Nothing brings families in unmet need down by as much as matters.**")
    assert "largest fall is that of `family-support-panel` in midtown: 5 of 1,000 families a year." in nothing
    assert "Of 1 cases: 1 the right way, too small to matter." in nothing
    assert "| `family-support-panel` | helps | -5 (-6 to -4) |" in nothing
    assert "| -50 (-90 to +2) ? |" in recommendations.text_of(table("cannot tell", -50, -90, 2))
    something = recommendations.text_of(table("matters", -500, -600, -400))
    assert "Nothing" not in something
    assert "| **-500 (-600 to -400)** |" in something
    assert "fewer by as much as matters: `family-support-panel` (midtown); more: nothing" in something


def test_a_rate_becomes_a_count_of_the_authority_a_year(report):
    rows = [
        {"authority": "midtown", "alternative": "one-team", "dated": True, "same_world": True, "families": 4000,
         "replicate": k, "year": year, "measure": measure, "unit": unit, "group": "all", "base": 10.0, "value": value}
        for k in (0, 1)
        for year, value in (("2005-06", 10.0), ("2006-07", 16.0), ("2007-08", 19.0))
        for measure, unit in (("referrals", "per 10,000 children under 18 a year"),
                              (YARDSTICK, "per 1,000 families in the year"), ("days_to_help", "calendar days"))
    ]  # fmt: skip
    found = report.summary(pd.DataFrame(rows), {"midtown": 20_000}).set_index("measure")
    assert found["difference"].to_dict() == {"referrals": 10.0, YARDSTICK: 20.0, "days_to_help": 5.0}
    assert found.loc["referrals", ["base", "smallest", "unit"]].tolist() == [20.0, 10.0, "children a year"]
    assert found.loc[YARDSTICK, "unit"] == "families a year"
    assert (found["begins"] == "2005-04-01").all()


def test_what_cannot_begin_on_a_date_is_there_from_the_first_day(report, tmp_path):
    nothing, aims, size = report.alternatives("east-borough", ["aims", "childrens-centre-size"], tmp_path)
    assert (nothing.dated, aims.dated, size.dated) == (True, True, False)
    assert aims.scenario.history_hash() == nothing.scenario.history_hash() != size.scenario.history_hash()
    assert aims.scenario.dated[0].values["practice.threshold_gap"] == 0.0


def test_each_replicate_has_a_draw_of_its_own_and_a_file_of_its_own(report, tmp_path):
    of = {"east-borough": report.alternatives("east-borough", ["one-team"], tmp_path)}
    draws = report.chosen_draws("shipped", [of["east-borough"][0].scenario])
    drawn = list(report.parts(of, 3, draws))
    rates = [part.jobs[0].scenario.trouble.rate for part in drawn]
    assert len(set(rates)) == 3
    assert all(len({job.scenario.trouble.rate for job in part.jobs}) == 1 for part in drawn)
    assert all(len({job.scenario.history_hash() for job in part.jobs}) == 1 for part in drawn)  # they branch
    plain = list(report.parts(of, 3, None))
    assert len({part.file for part in drawn + plain}) == 6
    assert [part.file for part in report.parts(of, 2, None)] == [part.file for part in plain[:2]]
