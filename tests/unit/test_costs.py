"""Costs of policies whose hours and effects are given."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from referral_sim.answers.costs import COUNTED, EVERYBODY, UNMET, costs_of, read_unit_costs
from referral_sim.experiment.paid_posts import posts_in_year
from referral_sim.records.hours import Agency
from referral_sim.scenario import ScenarioError, load_scenario
from referral_sim.scenario.library import library_folder

PRICES = """title: mine
currency: GBP
hours:
  intake: {price: 10.0, year: 2006, source: a survey}
  intake/conference: {price: 20.0, year: 2006, source: a survey}
  programmes: {price: 5.0, year: 2006, source: a survey}
each:
  packages_started: {price: 100.0, year: 2006, source: a survey}
  conferences: {price: 1000.0, year: 2006, source: a survey}
"""


@pytest.fixture
def prices(tmp_path):
    def read(text=PRICES):
        path = tmp_path / "prices.yaml"
        path.write_text(text)
        return read_unit_costs(path)

    return read


def differences(extra=(0.0, 0.0)):
    """Two replicates of an authority: hours of three kinds, packages, conferences per 10,000, days of unmet need."""
    rows = []
    for k in (0, 1):
        for measure, group, base, value in (
            ("hours_used", "all", 300.0, 0.0), ("hours_used", "agency:intake", 200.0, 0.0),
            ("hours_used", "agency:intake/work:contact", 100.0, 104.0),
            ("hours_used", "agency:intake/work:conference", 100.0, 98.0),
            ("hours_used", "agency:programmes/work:package", np.nan, 40.0 + extra[k]),
            ("hours_used", "agency:partners/work:conference", 7.0, 9.0),
            ("packages_started", "all", 10.0, 12.0), ("conferences", "all", 5.0, 4.5),
            (UNMET, "all", 9000.0, 9000.0 - 10.0),
        ):  # fmt: skip
            rows.append({"replicate": k, "measure": measure, "group": group, "base": base, "value": value})
    return pd.DataFrame(rows)


def test_costs_by_agency_and_for_each_day_avoided(prices):
    found = costs_of(differences(), children=20_000, families=4000.0, prices=prices())
    by = found.by_agency.set_index("what")["difference"]
    # Contacts 4 x 10, conferences -2 x 20; packages 40 x 5, and 2 x 100; conferences -0.5 per 10,000 x 2 x 1000.
    assert by.to_dict() == {EVERYBODY: -600.0, "intake": 0.0, "programmes": 200.0, "partners": 0.0, COUNTED: -800.0}
    assert found.by_agency.set_index("what").loc["intake", "base"] == 100 * 10 + 100 * 20
    assert found.plane["avoided"].tolist() == [40.0, 40.0]
    assert found.a_day == (-15.0, -15.0, -15.0)
    assert (found.curve["chance"] == 1.0).all()  # it saves, so at any price


def test_a_post_costs_the_same_however_much_it_works(prices):
    priced = prices(
        PRICES.replace("  programmes: {price: 5.0, year: 2006, source: a survey}\n", "").replace(
            "each:", "posts:\n  programmes: {price: 300.0, year: 2006, source: a survey}\neach:"
        )
    )
    posts = ({Agency.PROGRAMMES: 2.0}, {Agency.PROGRAMMES: 2.5})
    found = costs_of(differences((0.0, 20.0)), 20_000, 4000.0, priced, posts)
    row = found.by_agency.set_index("what").loc["programmes"]
    assert row.to_dict() == {"base": 600.0, "difference": 150.0, "low": 150.0, "high": 150.0}


def test_an_agency_is_paid_by_hours_or_by_posts(prices):
    both = "posts:\n  intake: {price: 1.0, year: 2006, source: a survey}\neach:"
    with pytest.raises(ScenarioError, match=r"(?s)hours.intake: its posts have a price.*intake/conference.: its posts"):
        prices(PRICES.replace("each:", both))
    with pytest.raises(ScenarioError, match="there are no posts of 'partners'; they are of intake"):
        prices(PRICES.replace("each:", both.replace("intake", "partners")))
    with pytest.raises(ScenarioError, match="give the price of an hour, or of a post"):
        prices("title: nothing\ncurrency: GBP\n")


def test_posts_are_paid_for_from_their_first_day_to_their_last():
    """The reporting year has 365 days from 1 April 2005; half a post begins with the 92nd and ends with the 164th."""
    post = {"time": 0.5, "start": dt.date(2005, 7, 1), "end": dt.date(2005, 9, 11)}
    scenario = load_scenario("midtown").with_values(
        time__reporting_year_start=dt.date(2005, 4, 1), time__years=1, liaison={"a": post}
    )
    found = posts_in_year(scenario)
    assert found[Agency.LIAISON] == pytest.approx(0.5 * 73 / 365)
    assert found[Agency.INTAKE] == sum(place.posts for place in scenario.localities.values())
    dated = scenario.with_values(dated=[{"on": dt.date(2005, 6, 13), "values": {"family_support.posts": 0.0}}])
    posts = scenario.family_support.posts * scenario.population.children / 10_000
    assert posts_in_year(dated)[Agency.FAMILY_SUPPORT] == pytest.approx(posts * 73 / 365)


def test_without_prices_hours_stand_for_costs():
    found = costs_of(differences((0.0, 20.0)), 20_000, 4000.0, None)
    assert found.by_agency.set_index("what")["difference"].to_dict() == {
        EVERYBODY: 54.0, "intake": 2.0, "programmes": 50.0, "partners": 2.0,
    }  # fmt: skip
    assert found.a_day[0] == pytest.approx(54.0 / 40.0)
    # The replicates cost 44 and 64 for 40 days each: 1.1 and 1.6 a day.
    chance = dict(zip(found.curve["worth"], found.curve["chance"], strict=True))
    assert {c for worth, c in chance.items() if worth < 1.1} == {0.0}
    assert {c for worth, c in chance.items() if 1.1 < worth < 1.6} == {0.5}
    assert {c for worth, c in chance.items() if worth > 1.6} == {1.0}


def test_where_no_days_are_avoided_there_is_no_ratio():
    table = differences()
    table.loc[table["measure"] == UNMET, "value"] = 9100.0
    assert np.isnan(costs_of(table, 20_000, 4000.0, None).a_day).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("intake:", "intakes:"), "did you mean 'intake'"),
        (("intake/conference", "intake/conferences"), "did you mean 'conference'"),
        (("packages_started", "package_started"), "did you mean 'packages_started'"),
        (("packages_started", "backlog_days"), "no measure that counts something in a year"),
        (
            ("price: 5.0, year: 2006", "price: 5.0, year: 2010"),
            "prices must be of one year, 2006 as the first, not 2010",
        ),
        (("price: 5.0", "price: -5.0"), "programmes.price"),
        ((", source: a survey}\\neach", "}\\neach"), "source"),
    ],
)
def test_a_fault_in_a_file_names_its_place(prices, change, said):
    with pytest.raises(ScenarioError) as error:
        prices(PRICES.replace(*(part.replace("\\n", "\n") for part in change)))
    assert said in str(error.value)
    assert "prices.yaml:" in str(error.value)


def test_the_file_that_is_shipped_says_that_its_prices_are_examples():
    file = library_folder() / "costs" / "example.yaml"
    found = read_unit_costs(file)
    assert "THESE PRICES ARE EXAMPLES" in file.read_text()
    assert {cost.source for cost in {**found.hours, **found.posts, **found.each}.values()} == {"an example"}
