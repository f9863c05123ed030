"""Out-posting a social worker raises, lowers or does not change referrals: one authority of each, and why.

All three are one small authority with one busy programme whose workers see most of what happens; they differ in how
the programme's workers think of social services. Each is run with and without the post under the same seeds, so that
the interval is that of the difference between the two, family by family.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from directions import busy, with_post
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario

SEEDS = range(100, 112)
STUDENT = 2.201  # 97.5% quantile of Student's t with 11 degrees of freedom
# Workers know nobody to ask, and answers from social services do not tell them where the threshold lies.
ALONE = {"collaboration__informal_links": 0.0, "relationships__gap_learning": 0.0}
AUTHORITIES: dict[str, dict[str, Any]] = {
    "raises": {"practice__threshold_gap": 0.4, "practice__trust": 0.4},
    "lowers": {
        "practice__threshold_gap": -1.2,
        "practice__trust": 0.9,
        "practice__sharing": 0.95,
        **ALONE,
    },
    "does not change": {
        "practice__threshold_gap": -0.25,
        "practice__trust": 0.8,
        "practice__sharing": 0.9,
        **ALONE,
    },
}


class Change(NamedTuple):
    """What the post changes: mean over the seeds, and the limits of the 95% interval."""

    mean: float
    low: float
    high: float


def counts(scenario: Scenario, seed: int) -> dict[str, float]:
    """Referrals of a run by who brought them, packages, and what the programme brought below the threshold."""
    rows = ReferralModel(scenario, rng=seed).run().events()
    referrals = rows[rows["stage"] == "referral"]
    brought = rows[(rows["stage"] == "programme_concern") & (rows["outcome"] == "referred")]
    return {
        "all": len(referrals),
        "programme": int((referrals["source"] == "sslp").sum()),
        "others": int((referrals["source"] != "sslp").sum()),
        "packages": int((rows["stage"] == "package").sum()),
        "below": float((brought["level"] < 3.0).mean()),
    }


@lru_cache(maxsize=8)
def changes(name: str) -> tuple[dict[str, Change], float]:
    """What the post changes in one of the authorities, and the referrals of a year without it."""
    without = busy(time__years=1, **AUTHORITIES[name])
    pairs = [(counts(without, seed), counts(with_post(without), seed)) for seed in SEEDS]
    found = {}
    for what in pairs[0][0]:
        steps = np.array([after[what] - before[what] for before, after in pairs])
        half = STUDENT * steps.std(ddof=1) / np.sqrt(len(steps))
        found[what] = Change(steps.mean(), steps.mean() - half, steps.mean() + half)
    return found, float(np.mean([before["all"] for before, _ in pairs]))


@pytest.mark.long
def test_it_raises_referrals_where_workers_hold_back() -> None:
    """Workers who distrust social services, and believe its threshold higher than it is, hold much back.

    The post closes the gap and raises trust: what was held back comes, and comes as a referral.
    """
    change, _ = changes("raises")
    assert change["all"].low > 0
    assert change["programme"].low > 0


@pytest.mark.long
def test_it_lowers_referrals_where_workers_send_too_much() -> None:
    """Workers who trust social services, believe its threshold most of a tier too low and judge alone send too much.

    Consulting the post they learn where it lies: more is supported in the programme, and less that is below the
    threshold is sent. Others refer less too: families brought in or sent on are seen by the programme first, and
    less is held back that would come back through others.
    """
    change, _ = changes("lowers")
    assert change["all"].high < 0
    assert change["programme"].high < 0
    assert change["below"].high < 0
    assert change["packages"].low > 0
    assert change["others"].high < 0


@pytest.mark.long
def test_it_does_not_change_referrals_where_both_cancel() -> None:
    """Workers who believe the threshold somewhat too low, and share much but not all.

    With the post the programme brings more, as trust rises; others bring less, as more families use the programme and
    less is held back that would come back through others. Both effects are there, of about the same size, and the sum
    is known to within one in a hundred. With those two ways to others closed, referrals rise.
    """
    change, referrals = changes("does not change")
    assert change["all"].low < 0 < change["all"].high
    assert max(-change["all"].low, change["all"].high) < 0.01 * referrals
    assert change["programme"].low > 0
    assert change["others"].high < 0
