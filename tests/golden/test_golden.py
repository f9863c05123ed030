"""What the commands print is what they printed when the digests were stored (``golden.py``)."""

import pytest

from golden import CASES, SHORT, differences, sections_of, stored


@pytest.mark.parametrize(
    "case", [case if case in SHORT else pytest.param(case, marks=pytest.mark.long) for case in CASES]
)
def test_values_are_those_stored(case):
    assert stored(case), f"nothing is stored for {case}"
    assert differences(case, sections_of(CASES[case]())) == [], "meant? then run tests/golden/golden.py --refresh"


def test_a_changed_value_is_named():
    found = sections_of({"measures": [{"measure": "referrals", "group": "all", "value": 1.0}]})
    other = sections_of({"measures": [{"measure": "referrals", "group": "all", "value": 1.0 + 1e-8}]})
    assert list(found) == list(other)
    assert found != other
