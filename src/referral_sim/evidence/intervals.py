"""How sure the derived figures are: intervals from the counts and the programme sizes that they rest on.

    python -m referral_sim.evidence.intervals > src/referral_sim/evidence/tables/intervals.csv

makes the stored table again. Every interval is the 5th to 95th percentile, worked out without random numbers.
"""

from __future__ import annotations

import sys
from itertools import product
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc, betaincinv

from .published_tables import authorities, table

LEVEL = (0.05, 0.95)
PLANNED_SIZE = "planned size of a programme"
"""Row of the table ``context`` whose range stands for a programme's children under five, as its own number is not
published: 400 to 800. Seven programmes of Appendix D have 362 to 902."""
_SIZES = 24  # sizes that stand for the range, for each programme
DIGITS = 3


def exact_share(count: int, total: int) -> tuple[float, float]:
    """Interval of a share by the exact method (Clopper and Pearson 1934).

    Args:
        count: how many of ``total``, a binomial count.
        total: among how many; above 0.

    Returns:
        The shares at which ``count`` or more, and ``count`` or fewer, have a chance of 5%; 0 and 1 where the count is
        none or all.

    Raises:
        ValueError: if the count does not lie between 0 and the total, or the total is 0.
    """
    if not 0 <= count <= total or total == 0:
        raise ValueError(f"{count} of {total} is no share")
    low = float(betaincinv(count, total - count + 1, LEVEL[0])) if count else 0.0
    high = float(betaincinv(count + 1, total - count, LEVEL[1])) if count < total else 1.0
    return low, high


def area_ratio(inside: int, outside: int, programmes: int, under_five: float) -> tuple[float, float]:
    """Interval of the referral rate of programme areas relative to elsewhere.

    The ratio is ``(inside / outside) / (p / (1 - p))`` (:func:`~.published_tables.sslp_area_referral_ratio`). Both
    counts are Poisson, each rate with the reference prior of Jeffreys, so that ``inside / (inside + outside)`` follows
    Beta(inside + 1/2, outside + 1/2); ``p`` is the sum of the programmes' sizes over ``under_five``, each size uniform
    over the range of :data:`PLANNED_SIZE` and apart from the others.

    Args:
        inside: referrals of children under five in the studied areas (Table 6.1).
        outside: the same elsewhere in the authority.
        programmes: programmes studied.
        under_five: children under five in the authority.
    """
    share = _total_sizes(programmes) / under_five
    odds_of_living_there = share / (1.0 - share)

    def below(log_ratio: float) -> float:
        """Chance that the ratio is smaller."""
        odds = np.exp(log_ratio) * odds_of_living_there
        return float(betainc(inside + 0.5, outside + 0.5, odds / (1.0 + odds)).mean())

    low, high = (brentq(lambda x, level=level: below(x) - level, -5.0, 5.0, xtol=1e-9) for level in LEVEL)
    return float(np.exp(low)), float(np.exp(high))


def _total_sizes(programmes: int) -> NDArray[np.float64]:
    """Sizes that so many programmes may come to, all equally likely: the middles of equal parts of each one's range."""
    context = table("context").set_index("figure")
    least, most = float(context["low"][PLANNED_SIZE]), float(context["high"][PLANNED_SIZE])
    sizes = least + (most - least) * (np.arange(_SIZES) + 0.5) / _SIZES
    return np.array([sum(each) for each in product(sizes, repeat=programmes)])


def intervals() -> pd.DataFrame:
    """All intervals: authority, measure, group, low, high; one row a derived figure, to three significant digits."""
    rows: list[tuple[str, str, str, float, float]] = []
    lists = table("table_6_1_referrals").set_index("authority")
    for slug, place in authorities().items():
        inside, outside = float(lists["inside"][slug]), float(lists["outside"][slug])
        if place.share_0_4 is not None and not isnan(outside):
            under_five = place.population * place.share_0_4
            between = area_ratio(int(inside), int(outside), place.programmes_studied, under_five)
            rows.append((slug, "sslp_area_referral_ratio", "all", *between))
    totals = table("table_6_3_totals").set_index("authority")["printed_total"]
    counts = table("table_6_3_sources").dropna(subset="referrals")
    for slug in authorities():
        for row in counts[counts["authority"] == slug].to_dict("records"):
            between = exact_share(int(row["referrals"]), int(totals[slug]))
            rows.append((slug, "study_source_recorded", f"source:{row['source']}", *between))
    found = pd.DataFrame(rows, columns=["authority", "measure", "group", "low", "high"])
    return found.assign(**{end: found[end].map(lambda value: float(f"{value:.{DIGITS}g}")) for end in ("low", "high")})


if __name__ == "__main__":
    intervals().to_csv(sys.stdout, index=False, lineterminator="\n")
