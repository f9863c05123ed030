"""Measures, groups and series in plain words, and the order in which people read them."""

from __future__ import annotations

RATES = (
    "contacts",
    "referrals",
    "initial_assessments",
    "core_assessments",
    "section_47_enquiries",
    "conferences",
    "registrations",
    "deregistrations",
    "on_register",
)
SHARES = (
    "initial_assessments_in_time",
    "core_assessments_in_time",
    "re_referred_within_12_months",
    "re_registered",
    "referrals_from_sslp_areas",
    "initial_assessments_per_referral",
    "core_assessments_per_referral",
    "registrations_per_referral",
    "referrals_per_contact",
    "sslp_area_referral_ratio",
)
SOURCES = ("referral_source_recorded", "referral_source_true", "study_source_recorded")
"""What stands first, and second, in a table; the rest follows in the order in which it was measured."""

_MEASURES = {
    "section_47_enquiries": "Section 47 enquiries",
    "conferences": "Child protection conferences",
    "registrations": "Registrations",
    "deregistrations": "De-registrations",
    "on_register": "On the register",
    "initial_assessments_in_time": "Initial assessments in time (7 working days)",
    "core_assessments_in_time": "Core assessments in time (35, Southshire 42)",
    "re_referred_within_12_months": "Referrals repeated within 12 months",
    "re_registered": "Registrations of children registered before",
    "referrals_from_sslp_areas": "Referrals from programme areas",
    "initial_assessments_per_referral": "Initial assessments for each referral",
    "core_assessments_per_referral": "Core assessments for each referral",
    "registrations_per_referral": "Registrations for each referral",
    "referrals_per_contact": "Referrals for each contact",
    "sslp_area_referral_ratio": "Referral rate of under-fives in programme areas, against elsewhere",
    "referral_source_recorded": "Source of referral, as recorded",
    "referral_source_true": "Source of referral, in truth",
    "referral_source_by_ethnic_group": "Source of referral, in truth, by ethnic group",
    "study_source_recorded": "Recorded source, under-fives in programme areas, October to March",
    "registration_category": "Registrations by category",
    "referral_need_tier": "Referrals by tier of need",
    "sslp_referrals_to_social_services": "Referrals from programmes to social services",
    "sslp_concerns": "Concerns that programmes decided on",
    "sslp_contacts": "Concerns that programmes brought formally",
    "sslp_held_back": "Concerns that programmes held back",
    "sslp_informal_tellings": "Concerns that programmes told informally",
    "social_services_referrals_to_sslp": "Referrals from social services to programmes",
    "panel_cases": "Cases decided by family support panels",
    "joint_visits": "Joint visits",
    "consultations": "Consultations",
    "packages_started": "Packages of support started",
    "need_at_referral": "Need at referral",
    "referrals_right": "Referrals of families with need at or above the threshold",
    "needs_unreached": "Families in need whom nobody reached",
    "days_to_referral": "Days from onset to referral",
    "days_to_help": "Days from onset to help",
    "backlog_days": "Backlog",
    "applied_threshold": "Threshold as applied",
    "trust_sslp": "Programme workers' trust in social services",
    "trust_team": "Teams' trust in programmes",
    "threshold_gap": "Gap between the threshold and what programmes take it for",
    "turnover_intake": "Turnover of intake teams",
    "turnover_sslp": "Turnover of programme workers",
    "turnover_liaison": "Turnover of liaison posts",
}

_SERIES = {
    "graph_6_1": "Graph 6.1",
    "graph_6_2": "Graph 6.2",
    "overview_paragraph": "overview",
    "table_6_3": "Table 6.3",
    "dfes_return": "DfES",
    "derived": "derived",
}

_GROUPS = {
    "source:nspcc": "NSPCC",
    "source:sslp": "Sure Start programme",
    "source:other_local_authority_department": "other department of the authority",
    "source:accident_and_emergency": "accident and emergency",
    "ethnic:white": "White families",
    "ethnic:asian": "Asian families",
    "ethnic:black": "Black families",
    "ethnic:mixed": "mixed heritage",
    "ethnic:other": "other ethnic groups",
}


def measure_label(measure: str) -> str:
    """A measure in plain words: "initial_assessments" gives "Initial assessments"."""
    return _MEASURES.get(measure) or _plain(measure).capitalize()


def series_label(series: str) -> str:
    """A published series in a word or two."""
    return _SERIES.get(series) or _plain(series)


def group_label(group: str) -> str:
    """A group in plain words: "source:health_visitor" gives "health visitor"; names that users gave stay.

    A group of two kinds is read in their order: "ethnic:asian/source:nspcc" gives "Asian families, NSPCC".
    """
    if group in _GROUPS:
        return _GROUPS[group]
    kind, _, name = group.partition(":")
    if kind == "ethnic" and "/" in name:
        return ", ".join(map(group_label, group.split("/")))
    if kind in ("source", "category"):
        return _plain(name)
    return f"{_plain(kind)} {name}".strip()


def _plain(name: str) -> str:
    return name.replace("_", " ")
