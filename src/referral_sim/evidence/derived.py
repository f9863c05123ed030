"""Figures that nobody printed but that follow from the printed ones; each docstring gives the formula."""

from __future__ import annotations

from math import isnan

from .reading import authorities, england, table


def children_under_18(authority: str) -> float:
    """Children under 18 living in one of the four authorities (about 72,600, 31,100, 50,700 and 292,500).

    ``population x (share_0_4 + (share_0_19 - share_0_4) x 13 / 15)``, ages 5-19 taken as uniform by
    year of age; where only 0-15 is known (Southshire), ``population x share_0_15 x 18 / 16``. Shares:
    report Ch. 2 (Census 2001).

    Raises:
        KeyError: if the authority is none of the four.
    """
    place = authorities()[authority]
    if place.share_0_19 is not None and place.share_0_4 is not None:
        return place.population * (place.share_0_4 + (place.share_0_19 - place.share_0_4) * 13 / 15)
    if place.share_0_15 is None:
        raise KeyError(f"{authority}: no share of the population by age")
    return place.population * place.share_0_15 * 18 / 16


def mean_programme_size() -> float:
    """Mean number of children aged 0-4 in a programme (about 689): seven of the eight in Appendix D."""
    return float(table("appendix_d_programmes")["children_0_4"].mean())


def sslp_area_referral_ratio(authority: str) -> float | None:
    """Referral rate of children under five in the studied programme areas, relative to those elsewhere.

    ``(inside / outside) / (p / (1 - p))``, where ``inside`` and ``outside`` are the referrals of
    Table 6.1 and ``p`` is the share of the authority's under-fives who live in the studied areas:
    ``programmes studied x mean programme size / (population x share_0_4)``. Each programme is taken to
    be of mean size (Appendix D), as its own is not published.

    Midtown 3.3, City Borough 1.2, East Borough 2.8 (2.7 if its shares are first rounded to 29% and 13%).

    Returns:
        The ratio, or None where Table 6.1 or the age shares do not have what it needs (Southshire).

    Raises:
        KeyError: if the authority is none of the four.
    """
    place = authorities()[authority]
    lists = table("table_6_1_referrals").set_index("authority")
    inside, outside = float(lists["inside"][authority]), float(lists["outside"][authority])
    if place.share_0_4 is None or isnan(outside):
        return None
    share = place.programmes_studied * mean_programme_size() / (place.population * place.share_0_4)
    return (inside / outside) / (share / (1 - share))


def england_ratios() -> dict[str, float]:
    """Assessments and registrations for each referral in England, year to 31 March 2006 (DfES return).

    Returns:
        Measure name to ratio: initial assessments 300,200, core assessments 84,800 and registrations
        31,500, each over 569,300 referrals (0.53, 0.15, 0.055).
    """
    counts = ("initial_assessments", "core_assessments", "registrations")
    return {f"{count}_per_referral": england(count) / england("referrals") for count in counts}
