"""What the commands print is what they printed when the digests were stored (``golden.py``)."""

import pytest

from golden import CASES, SHORT, differences, sections_of, stored


def marks_of(case):
    return [] if case in SHORT else [pytest.mark.long]


@pytest.mark.parametrize("case", [pytest.param(case, marks=marks_of(case)) for case in CASES])
def test_values_are_those_stored(case):
    assert stored(case), f"nothing is stored for {case}"
    assert differences(case, sections_of(CASES[case]())) == [], "meant? then run tests/golden/golden.py --refresh"


def test_a_changed_value_is_named():
    found = sections_of({"measures": [{"measure": "referrals", "group": "all", "value": 1.0}]})
    other = sections_of({"measures": [{"measure": "referrals", "group": "all", "value": 1.0 + 1e-8}]})
    assert list(found) == list(other)
    assert found != other
