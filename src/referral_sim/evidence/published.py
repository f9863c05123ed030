"""Published figures by the names of our measures, each with what a fair comparison needs to know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from .contradictions import contradictions
from .published_tables import authorities, england, england_ratios, sslp_area_referral_ratio, table

YEAR = "1 April 2005 to 31 March 2006"
HALF_YEAR = "1 October 2005 to 31 March 2006"
PER_YEAR = "per 10,000 children under 18 a year"
DFES = "DfES return for England, year to 31 March 2006"


@dataclass(frozen=True)
class Published:
    """One published or derived figure.

    Attributes:
        authority: id, for example "city-borough".
        measure: name of the simulated measure that it stands beside.
        unit: unit of ``value``, the same as the measure's.
        value: as printed, or computed from printed figures where ``series`` is "derived".
        series: which of several printed versions: "graph_6_1", "graph_6_2", "overview_paragraph",
            "table_6_3", "dfes_return" or "derived".
        source: table or paragraph.
        window: the days that it covers.
        denominator: what it is a rate or share of.
        stock_or_flow: "flow" counts events in the window, "stock" what stands on its last day.
        contradiction: what disagrees with it, or None.
        role: "target" (a model may be fitted to it) or "check" (kept back to test a fitted model).
        group: "all" for the whole authority, or a part such as "source:police".
        low, high: 5th and 95th percentile of what it may have been, by the counts and programme sizes that it rests on
            (:mod:`.intervals`); None where that is not worked out.
    """

    authority: str
    measure: str
    unit: str
    value: float
    series: str
    source: str
    window: str
    denominator: str
    stock_or_flow: Literal["stock", "flow"]
    contradiction: str | None
    role: Literal["target", "check"]
    group: str = "all"
    low: float | None = None
    high: float | None = None


def published(authority: str | None = None, measure: str | None = None) -> tuple[Published, ...]:
    """Published figures, in a fixed order.

    Args:
        authority: only this authority's; one without published figures has none.
        measure: only this measure's.
    """
    return tuple(p for p in _all() if authority in (None, p.authority) and measure in (None, p.measure))


@cache
def _all() -> tuple[Published, ...]:
    return (*_rates(), *_ratios(), *_sources(), *_england())


def _interval(authority: str, measure: str, group: str = "all") -> tuple[float, float]:
    """The stored interval of a figure: low, high."""
    rows = table("intervals").set_index(["authority", "measure", "group"])
    return float(rows["low"][authority, measure, group]), float(rows["high"][authority, measure, group])


def _contradiction(authority: str, measure: str) -> str | None:
    return " ".join(c.text for c in contradictions(authority, measure)) or None


def _rates() -> Iterator[Published]:
    """Graphs 6.1 and 6.2: per 10,000 children a year; the graphs are read from the text beside them."""
    rates = table("rates_2006")
    for slug in authorities():
        for row in rates[rates["authority"] == slug].to_dict("records"):
            yield Published(
                authority=slug,
                measure=row["measure"],
                unit=PER_YEAR,
                value=float(row["rate_per_10000"]),
                series=row["series"],
                source=row["source"],
                window=YEAR,
                denominator="children under 18 in the authority (the report says: children)",
                stock_or_flow="flow",
                contradiction=_contradiction(slug, row["measure"]),
                role="target",
            )


def _ratios() -> Iterator[Published]:
    for slug in authorities():
        ratio = sslp_area_referral_ratio(slug)
        if ratio is not None:
            low, high = _interval(slug, "sslp_area_referral_ratio")
            yield Published(
                authority=slug,
                measure="sslp_area_referral_ratio",
                unit="ratio",
                value=ratio,
                series="derived",
                source="Report Table 6.1, Ch. 2 and Appendix D",
                window=HALF_YEAR,
                denominator="children under five in the studied programme areas, against those elsewhere",
                stock_or_flow="flow",
                contradiction=_contradiction(slug, "sslp_area_referral_ratio"),
                role="check",
                low=low,
                high=high,
            )


def _sources() -> Iterator[Published]:
    """Table 6.3: referrals from a source over the printed total; a suppressed row gives no figure."""
    totals = table("table_6_3_totals").set_index("authority")["printed_total"]
    counts = table("table_6_3_sources").dropna(subset="referrals")
    for slug in authorities():
        for row in counts[counts["authority"] == slug].to_dict("records"):
            low, high = _interval(slug, "study_source_recorded", f"source:{row['source']}")
            yield Published(
                authority=slug,
                measure="study_source_recorded",
                unit="share",
                value=float(row["referrals"]) / float(totals[slug]),
                series="table_6_3",
                source="Report Table 6.3",
                window=HALF_YEAR,
                denominator="listed referrals of children from the studied programme areas that had a source",
                stock_or_flow="flow",
                contradiction=_contradiction(slug, "study_source_recorded"),
                role="target",
                group=f"source:{row['source']}",
                low=low,
                high=high,
            )


def _england() -> Iterator[Published]:
    def figure(measure: str, value: float, of: str, role: Literal["target", "check"]) -> Published:
        derived = measure.endswith("_per_referral")
        stock = measure == "on_register"
        return Published(
            authority="england",
            measure=measure,
            unit="per 10,000 children under 18 on the last day" if stock else "ratio" if derived else "share",
            value=value,
            series="derived" if derived else "dfes_return",
            source=DFES,
            window="31 March 2006" if stock else YEAR,
            denominator=of,
            stock_or_flow="stock" if stock else "flow",
            contradiction=_contradiction("england", measure),
            role=role,
            group="category:neglect" if measure == "registration_category" else "all",
        )

    for measure, ratio in england_ratios().items():
        yield figure(measure, ratio, "referrals", "target")
    in_time = ("initial_assessments_within_7_working_days", "core_assessments_within_35_working_days")
    neglect = table("context").set_index("figure")["value"]["neglect among categories of registration"]
    yield figure("initial_assessments_in_time", england(in_time[0]), "initial assessments", "target")
    yield figure("core_assessments_in_time", england(in_time[1]), "core assessments", "target")
    yield figure("re_referred_within_12_months", england("referrals_repeated_within_12_months"), "referrals", "check")
    yield figure("re_registered", england("registrations_of_children_registered_before"), "registrations", "check")
    yield figure("on_register", england("on_register_per_10000"), "children under 18", "check")
    yield figure("registration_category", float(neglect), "registrations", "target")
