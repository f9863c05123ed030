"""Where cases go between agencies in a year, as a table of flows that add up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ..measures.table import RATE, REFERRAL_ROAD, unit_of
from ..measures.wording import measure_label

COLUMNS = ["part", "source", "target", "cases", "low", "high", "made_of"]
PARTS = ("referrals", "programmes")
REFERRALS, PROGRAMMES = PARTS

# Who brings a referral, in truth: name of the agency -> its sources of referral.
AGENCIES: dict[str, tuple[str, ...]] = {
    "Police and probation": ("police", "probation"),
    "Health services": (
        "accident_and_emergency", "community_nurse", "general_practitioner", "health_visitor", "hospital", "midwife",
        "occupational_therapy",
    ),
    "Schools and education": ("school", "education_services"),
    "Other local authority services": (
        "housing_department", "other_local_authority_department", "other_local_authority",
    ),
    "Families and neighbours": ("family_or_friend", "self_or_carer", "anonymous"),
    "Sure Start programmes": ("sslp",),
    "Others": ("nspcc", "other"),
}  # fmt: skip

# What is left of a stage of the road when the next one is taken away.
LEFT = (
    "No further action, or to a programme", "Support, a plan or nothing further", "Not taken to a conference",
    "Not registered",
)  # fmt: skip
STAGES = {measure: measure_label(measure) for measure in REFERRAL_ROAD} | {"conferences": "Conferences"}
ELSEWHERE = "From open cases or the year before"
FORMAL = "Brought as contacts"

# A place, its count, the counts it splits into, and the name of what is left.
SPLITS: tuple[tuple[str, str, dict[str, str], str], ...] = (
    (
        "Programmes' concerns", "sslp_concerns",
        {FORMAL: "sslp_contacts", "Told informally": "sslp_informal_tellings", "Held back": "sslp_held_back"},
        "Helped there, to a panel, or no room",
    ),
    (
        FORMAL, "sslp_contacts", {"Programmes' referrals": "sslp_referrals_to_social_services"},
        "Contacts, no referral",
    ),
    (
        "Sent on by social services", "social_services_referrals_to_sslp",
        {"Taken up": "social_services_referrals_taken_up"}, "Not taken up, or no room",
    ),
    (
        "Cases at support panels", "panel_cases",
        {"Supported by panels": "panel_cases_supported", "Up to social services": "panel_cases_passed_up"},
        "Advice, or no place",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """Cases of one year that go from one place to another; low and high NaN where no measure counts them alone."""

    part: str
    source: str
    target: str
    cases: float
    low: float
    high: float
    made_of: str


def flows(rows: pd.DataFrame, children: float) -> pd.DataFrame:
    """Where the cases of a year go, from whom to whom.

    Two parts, each of which adds up: what goes into a place comes out of it, unless it is an end of the road.

    *referrals*: each agency's referrals, by who truly brought them (``referral_source_true`` times ``referrals``, both
    means);
    then referrals, initial assessments, section 47 enquiries, conferences and registrations, each with what is left
    when the next stage is taken away. Stages are counted in the year in which they happen: a year's assessments are in
    part of the referrals of the year before, and some enquiries are begun in open cases. So what is left is a
    difference of counts, not a count of the same children; were a stage larger than the one before it, the difference
    comes in as "From open cases or the year before".

    *programmes*: the concerns that programmes decide on (``sslp_concerns``): brought as contacts (``sslp_contacts``),
    told informally, held back, and the rest, which is helped in the programme, taken to a panel or finds no room. Of
    the contacts, what became a referral (``sslp_referrals_to_social_services``). What social services refer to
    programmes (``social_services_referrals_to_sslp``), and how much of it is taken up. What family support panels
    decide (``panel_cases``): supported, passed up to social services, and the rest. Places of this part that have
    cases of their own are not added up with each other: a family may be at several. Its "Programmes' referrals" are
    those brought formally; those of "Sure Start programmes" in the other part hold what was told informally too.

    Args:
        rows: measure, group, mean, low and high of one scenario, as
            :func:`~referral_sim.experiment.authority_results.beside_published` gives them.
        children: children under 18 of the authority, which turn rates per 10,000 into cases a year. The model's own
            denominator is the number of its children in the middle of the year, which differs by what families are
            drawn: by less than one in a hundred in the presets.

    Returns:
        Columns part, source, target, cases (mean, a year), low and high (90% interval of single years, for flows that
        one measure counts; else NaN) and made_of (the measures). Flows of no cases are left out.

    Raises:
        ValueError: if children are not above 0, or a column is missing.
    """
    missing = [c for c in ("measure", "group", "mean", "low", "high") if c not in rows.columns]
    if missing:
        raise ValueError(f"the rows lack the column {', '.join(missing)}")
    if not children > 0:
        raise ValueError(f"children must be above 0, not {children}")
    counted = _Counted(rows, children)
    found = [*_referrals(counted), *_programmes(counted)]
    return pd.DataFrame([vars(f) for f in found if f.cases > 0.0], columns=COLUMNS)


class _Counted:
    """Cases a year by measure and group."""

    def __init__(self, rows: pd.DataFrame, children: float) -> None:
        kept = rows[["measure", "group", "mean", "low", "high"]].astype({"measure": str, "group": str})
        self._rows = {(m, g): values for m, g, *values in kept.itertuples(index=False, name=None)}
        self._children = children

    def of(self, measure: str) -> tuple[float, float, float]:
        """Mean, low and high of a measure of the whole authority, in cases a year; 0 where there is none."""
        times = self._children / 1e4 if unit_of(measure) == RATE else 1.0
        mean, low, high = self._rows.get((measure, "all"), (0.0, 0.0, 0.0))
        return (mean * times, low * times, high * times) if math.isfinite(mean) else (0.0, 0.0, 0.0)

    def share(self, group: str) -> float:
        mean = float(self._rows.get(("referral_source_true", group), [0.0])[0])
        return mean if math.isfinite(mean) else 0.0

    def flow(self, part: str, source: str, target: str, measure: str) -> Flow:
        return Flow(part, source, target, *self.of(measure), measure)


def _difference(part: str, source: str, target: str, cases: float, made_of: str) -> Flow:
    return Flow(part, source, target, cases, math.nan, math.nan, made_of)


def _referrals(counted: _Counted) -> Iterator[Flow]:
    total, named = counted.of("referrals")[0], 0.0
    shares = {agency: sum(counted.share(f"source:{s}") for s in sources) for agency, sources in AGENCIES.items()}
    for agency, share in shares.items():
        named += share
        made_of = "referrals x referral_source_true"
        yield _difference(REFERRALS, agency, STAGES["referrals"], total * share, made_of)
    if named < 1.0 - 1e-9:
        yield _difference(REFERRALS, "Not known", STAGES["referrals"], total * (1.0 - named), "referrals - agencies")
    for before, left, after in zip(REFERRAL_ROAD[:-1], LEFT, REFERRAL_ROAD[1:], strict=True):
        cases = counted.of(before)[0] - counted.of(after)[0]
        if cases < 0.0:
            yield _difference(REFERRALS, ELSEWHERE, STAGES[after], -cases, f"{after} - {before}")
            yield counted.flow(REFERRALS, STAGES[before], STAGES[after], before)
        else:
            yield counted.flow(REFERRALS, STAGES[before], STAGES[after], after)
            yield _difference(REFERRALS, STAGES[before], left, cases, f"{before} - {after}")


def _programmes(counted: _Counted) -> Iterator[Flow]:
    for source, whole, into, rest in SPLITS:
        left = counted.of(whole)[0]
        for target, measure in into.items():
            yield counted.flow(PROGRAMMES, source, target, measure)
            left -= counted.of(measure)[0]
        made_of = " - ".join([whole, *into.values()])
        if left < 0.0:
            yield _difference(PROGRAMMES, ELSEWHERE, source, -left, made_of)
        else:
            yield _difference(PROGRAMMES, source, rest, left, made_of)
