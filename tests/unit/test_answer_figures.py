"""Figures of answers, read from their axes."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection

from referral_sim import figures


@pytest.fixture(autouse=True)
def closed():
    with figures.project_theme():
        yield
    plt.close("all")


def points(ax):
    return sorted(
        tuple(map(float, xy)) for c in ax.collections if isinstance(c, PathCollection) for xy in c.get_offsets()
    )


def spans(ax):
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    return sorted(tuple(map(float, s[:, 0])) for c in lines for s in c.get_segments())


def test_dependence_has_a_row_a_variable_and_a_facet_an_outcome():
    row = {"variable": "trouble.rate", "index": "total", "value": 0.8, "low": 0.7, "high": 0.9, "of": "one"}
    other = row | {"index": "first", "value": 0.6, "low": 0.5, "high": 0.65}
    grid = figures.dependence(pd.DataFrame([row, other, row | {"of": "two", "value": 0.75}]))
    assert list(grid.axes_dict) == ["one", "two"]
    ax = grid.axes_dict["one"]
    assert [x for x, _ in points(ax)] == [0.6, 0.8]
    assert (0.5, 0.65) in spans(ax)
    assert (0.7, 0.9) in spans(ax)
    assert "onsets" in ax.get_yticklabels()[0].get_text()


def test_regret_shows_mean_worst_and_regret_of_each_policy():
    row = {"scenario": "s", "policies": "none", "mean": 0.0, "worst": -1.0, "most_regret": 4.0}
    grid = figures.regret(pd.DataFrame([row, row | {"policies": "p", "mean": 2.0, "worst": -3.0, "most_regret": 1.0}]))
    ax = grid.axes_dict["s"]
    assert [x for x, _ in points(ax)] == [-3.0, -1.0, 0.0, 1.0, 2.0, 4.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["none", "p"]


def test_power_has_a_line_at_the_wanted_chance():
    table = pd.DataFrame({"of": "e", "design": ["a", "b"], "chance": [0.2, 0.9], "low": [0.1, 0.8], "high": [0.3, 1.0]})
    ax = figures.power(table, 0.8).axes_dict["e"]
    assert 0.8 in [line.get_xdata()[0] for line in ax.lines]
    assert [x for x, _ in points(ax)] == [0.2, 0.9]


def test_information_value_has_two_standard_errors_and_never_less_than_nothing():
    table = pd.DataFrame({"group": ["trouble.rate", "all together"], "value": [1.0, 9.0], "standard_error": [2.0, 1.0]})
    (ax,) = figures.information_value(table, "days").axes_dict.values()
    assert spans(ax) == [(0.0, 5.0), (7.0, 11.0)]


def test_costs_show_the_plane_and_the_chance():
    plane = pd.DataFrame({"of": "p", "cost": [5.0, 7.0], "avoided": [1.0, 2.0]})
    curve = pd.DataFrame({"of": "p", "worth": [0.0, 4.0], "chance": [0.0, 0.5]})
    first, second = figures.costs(plane, curve, "GBP").axes.flat
    assert points(first) == [(1.0, 5.0), (2.0, 7.0)]
    assert [tuple(xy) for xy in second.lines[0].get_xydata()] == [(0.0, 0.0), (4.0, 0.5)]


def test_a_title_of_a_user_is_no_formula_in_a_key():
    plane = pd.DataFrame({"of": "a $x$ b", "cost": [5.0, 7.0], "avoided": [1.0, 2.0]})
    curve = pd.DataFrame({"of": "a $x$ b", "worth": [0.0, 4.0], "chance": [0.0, 0.5]})
    (key,) = figures.costs(plane, curve, "hours").figure.legends
    assert [text.get_text() for text in key.get_texts()] == [r"a \$x\$ b"]


def test_a_table_without_its_columns_is_named():
    with pytest.raises(ValueError, match="the table lacks the column"):
        figures.dependence(pd.DataFrame({"variable": []}))
