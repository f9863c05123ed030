"""The table of measures: complete, and in step with what was published and with the lists made of it."""

import math

import pytest

from referral_sim.evidence import published
from referral_sim.measures import MEASURES, table, unit_of
from referral_sim.measures.wording import measure_label, number, percent, significant

LISTS = [name for name, value in vars(table).items() if name.isupper() and isinstance(value, tuple)]


def names(some):
    return [one if isinstance(one, str) else one[0] for one in some]


@pytest.mark.parametrize("name", [name for name in LISTS if not name.startswith("_")])
def test_every_list_names_measures_of_the_table_once(name):
    listed = getattr(table, name)
    assert set(names(listed)) <= set(MEASURES)
    assert len(set(listed)) == len(listed)


def test_key_measures_under_a_heading_share_their_unit():
    for keys in table.KEY_MEASURES.values():
        units = {unit_of(measure) for measure, _ in keys}
        assert len(units) == 1 or all(unit.endswith("s a year") for unit in units)


def test_rows_have_one_label_each_that_is_a_phrase():
    labels = [one.label for one in MEASURES.values()]
    assert len(set(labels)) == len(labels)
    assert all(label[0].isupper() and "_" not in label for label in labels)
    assert all(one.meaning and one.unit and one.groups for one in MEASURES.values())


def test_series_and_units_are_those_that_were_published():
    series = {}
    for figure in published():
        series.setdefault(figure.measure, set()).add(figure.series)
        assert figure.unit == unit_of(figure.measure)
    assert {name: set(one.published) for name, one in MEASURES.items() if one.published} == series


def test_parquet_fields_say_label_and_unit():
    assert table.column_metadata()["referrals"] == "Referrals (per 10,000 children under 18 a year)"
    assert list(table.column_metadata()) == list(MEASURES)


def test_a_name_that_is_not_in_the_table():
    assert measure_label("something_new") == "Something new"
    with pytest.raises(KeyError):
        unit_of("something_new")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0553, "0.0553"),
        (12.0, "12"),
        (999.6, "1,000"),
        (1234.6, "1,235"),
        (math.nan, "-"),
        (math.inf, "never"),
    ],
)
def test_significant_digits(value, text):
    assert significant(value) == text


def test_shares_in_per_cent():
    assert [percent(value) for value in (0.285, None, math.nan)] == ["28%", "-", "-"]
    assert number(-0.001, 2) == "0.00"
