"""The verdict on a difference: worked by hand."""

import math

import pytest

from referral_sim.measures.table import MEASURES
from referral_sim.measures.what_matters import Verdict, smallest_that_matters, verdict


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (5.0, 9.0, Verdict.MATTERS),  # at the bound and beyond
        (-9.0, -5.0, Verdict.MATTERS),
        (4.9, 9.0, Verdict.CANNOT_TELL),
        (-9.0, 9.0, Verdict.CANNOT_TELL),
        (-4.9, 4.9, Verdict.TOO_SMALL),
        (0.0, 0.0, Verdict.TOO_SMALL),  # nothing was changed
        (-5.0, 0.0, Verdict.CANNOT_TELL),
        (math.nan, math.nan, Verdict.CANNOT_TELL),  # one replicate has no interval
    ],
)
def test_a_verdict_by_the_whole_interval(low, high, expected):
    assert verdict({"low_90": low, "high_90": high}, 5.0) is expected


def test_the_user_has_the_last_word_on_what_matters():
    assert smallest_that_matters("referrals", MEASURES["referrals"].unit) == 5.0
    assert smallest_that_matters("registrations", MEASURES["registrations"].unit) == 1.0
    assert smallest_that_matters("packages_started", MEASURES["packages_started"].unit) == 10.0
    assert smallest_that_matters("referrals", MEASURES["referrals"].unit, {"referrals": 12.0}) == 12.0


def test_the_rates_of_families_say_what_days_of_unmet_need_say():
    """500 days a year are those of 500 / 365 families at every month's end; 3.5 families at 500 / 3.5 = 143 days each.

    In the five presets a family in unmet need lives so for 134 to 157 days of the year (results/baseline).
    """
    days, ever, now = (
        smallest_that_matters(name, MEASURES[name].unit)
        for name in ("days_of_unmet_need", "families_in_unmet_need", "families_in_trouble")
    )
    assert 134.0 <= days / ever <= 157.0
    assert now == pytest.approx(days / 365.0, abs=0.05)
    assert smallest_that_matters("families_in_grave_trouble", MEASURES["families_in_grave_trouble"].unit) == now
    assert smallest_that_matters("children_harmed", MEASURES["children_harmed"].unit) == 5.0


@pytest.mark.parametrize(
    ("own", "said"), [({"referals": 1.0}, "no measure 'referals'"), ({"referrals": 0.0}, "must be above 0, not 0")]
)
def test_what_matters_must_be_a_measure_and_a_size(own, said):
    with pytest.raises(ValueError, match=said):
        smallest_that_matters("contacts", MEASURES["contacts"].unit, own)
