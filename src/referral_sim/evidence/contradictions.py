"""Where the published figures contradict each other or themselves; they are named here, and none is corrected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .published_tables import authorities, children_under_18, table


@dataclass(frozen=True)
class Contradiction:
    """One known contradiction.

    Attributes:
        authorities: ids of the authorities whose figures they are.
        measures: our measures that it touches; may be none.
        text: what the contradiction is, in a sentence or two.
    """

    authorities: tuple[str, ...]
    measures: tuple[str, ...]
    text: str


def contradictions(authority: str | None = None, measure: str | None = None) -> tuple[Contradiction, ...]:
    """The known contradictions in the published figures.

    Args:
        authority: only those about this authority; one without published figures has none.
        measure: only those that touch this measure.
    """
    return tuple(
        c
        for c in _all()
        if (authority is None or authority in c.authorities) and (measure is None or measure in c.measures)
    )


@cache
def _all() -> tuple[Contradiction, ...]:
    rates = tuple(_registrations(slug) for slug in authorities())
    lists = tuple(_listed(slug) for slug in ("city-borough", "east-borough"))
    return (*rates, *lists, *_FIXED)


def _registrations(slug: str) -> Contradiction:
    rates = table("rates_2006").query("authority == @slug and measure == 'registrations'")
    by_series = dict(zip(rates["series"], rates["rate_per_10000"], strict=True))
    text = (
        f"Registrations: the report gives {by_series['graph_6_2']:.0f} per 10,000 where it describes "
        f"Graph 6.2 and {by_series['overview_paragraph']:.0f} where it introduces both graphs. "
        "The graphs are lost; both figures are kept."
    )
    return Contradiction((slug,), ("registrations",), text)


def _listed(slug: str) -> Contradiction:
    total = table("table_6_1_referrals").set_index("authority")["total"][slug]
    rates = table("rates_2006").query("authority == @slug and measure == 'referrals'")
    half_year = children_under_18(slug) * float(rates["rate_per_10000"].iloc[0]) / 10_000 / 2
    text = (
        "Table 6.1: its lists are said to be of children aged 0-4 (Appendix B), but this one has "
        f"{total:.0f} referrals where half a year at the published rate is about "
        f"{round(half_year, -1):,.0f} at all ages. Only Midtown's list fits. "
        "Shares and ratios can be used, totals cannot."
    )
    return Contradiction((slug,), ("sslp_area_referral_ratio", "referrals_from_sslp_areas"), text)


_AREA = ("referrals_from_sslp_areas",)
_SOURCES = ("study_source_recorded",)
_TO_SERVICES = ("sslp_referrals_to_social_services",)
_TO_SSLP = ("social_services_referrals_to_sslp",)

_FIXED = (
    Contradiction(("midtown",), _AREA, "Table 6.1: 151 of 698 referrals is 21.6%; the table prints 21%."),
    Contradiction(
        ("midtown",),
        _SOURCES,
        "Table 6.3: the police made 87 of 151 referrals (58%); the text beside it says nearly half.",
    ),
    Contradiction(
        ("midtown",),
        _TO_SERVICES + _TO_SSLP,
        "Files studied inside and outside the programme areas: 19 and 20 in Table 6.2, 21 and 21 in Appendix Table 1.",
    ),
    Contradiction(
        ("city-borough",),
        _SOURCES,
        "Table 6.3: the rows add to 52, the printed total is 54; the row for family or friend is suppressed.",
    ),
    Contradiction(
        ("city-borough",),
        _TO_SSLP,
        "Referrals from social services to the programme: six in Table 6.6, seven in the text.",
    ),
    Contradiction(("city-borough",), (), "Duty and assessment teams: two in the text of Ch. 2, one in Table 2.2."),
    Contradiction(
        ("east-borough",),
        _SOURCES,
        "Table 6.3: the rows add to 120, the printed total is 125; 92 more referrals had no source, "
        "and the 217 together are not the 287 of Table 6.1.",
    ),
    Contradiction(
        ("southshire",),
        _TO_SERVICES + _TO_SSLP,
        "Files studied inside the programme areas: 25 in Table 6.6 and Appendix Table 1, 28 in Table 6.2.",
    ),
    Contradiction(
        ("southshire",),
        ("core_assessments_in_time",),
        "Core assessments: 42 working days in this authority, the statutory 35 in the others.",
    ),
    Contradiction(
        ("midtown", "city-borough", "east-borough", "southshire"),
        _TO_SERVICES,
        "Table 6.4 survives only in part; beyond the rows kept its columns cannot be told apart.",
    ),
)
