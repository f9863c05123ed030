"""The measures, their units and their meaning. Words as the statutory guidance uses them."""

from __future__ import annotations

RATE = "per 10,000 children under 18 a year"

# name -> (unit, meaning); docs/columns.md is made from this table.
UNITS: dict[str, tuple[str, str]] = {
    "contacts": (RATE, "contacts made with social services"),
    "referrals": (RATE, "contacts recorded as referrals"),
    "initial_assessments": (RATE, "initial assessments completed"),
    "core_assessments": (RATE, "core assessments completed"),
    "section_47_enquiries": (RATE, "section 47 enquiries begun"),
    "conferences": (RATE, "initial child protection conferences held"),
    "registrations": (RATE, "children placed on the child protection register"),
    "deregistrations": (RATE, "children taken off the register"),
    "on_register": ("per 10,000 children under 18 on the last day", "children on the register; a stock"),
    "referrals_per_contact": ("ratio", "referrals over contacts"),
    "initial_assessments_per_referral": ("ratio", "initial assessments over referrals"),
    "core_assessments_per_referral": ("ratio", "core assessments over referrals"),
    "registrations_per_referral": ("ratio", "registrations over referrals"),
    "initial_assessments_in_time": ("share", "of initial assessments, completed within the limit (7 working days)"),
    "core_assessments_in_time": ("share", "of core assessments, completed within the limit (35 or 42 working days)"),
    "re_referred_within_12_months": ("share", "of referrals, within 12 months of the family's previous one"),
    "re_registered": ("share", "of registrations, of families registered before"),
    "referrals_from_sslp_areas": ("share", "of referrals, of families living in a programme's area"),
    "sslp_area_referral_ratio": (
        "ratio",
        "referrals a child under five in the studied programmes' areas over those of the under-fives elsewhere",
    ),
    "referral_source_true": ("share", "of referrals, by who truly brought them (group source:X)"),
    "referral_source_by_ethnic_group": (
        "share",
        "of the referrals of an ethnic group's families, by who truly brought them (group ethnic:X/source:Y)",
    ),
    "referral_source_recorded": ("share", "of referrals, by the source on record (group source:X)"),
    "study_source_recorded": (
        "share",
        "the same as Table 6.3 counts it: children under five in studied areas, October to March, sources on record",
    ),
    "registration_category": ("share", "of registrations, by category (group category:X)"),
    "referral_need_tier": ("share", "of referrals, by true tier of need (group tier:N)"),
    "need_at_referral": ("tiers", "mean true need at referral"),
    "referrals_right": ("share", "of referrals, with a true need at or above the authority's own threshold of the day"),
    "days_to_referral": ("calendar days", "mean time from the first sign of the family's trouble to a referral"),
    "needs_unreached": (
        "share",
        "of families with a concern at or above its day's threshold in the year, without any help",
    ),
    "days_to_help": ("calendar days", "mean time from the first sign of trouble to a package, plan or registration"),
    "sslp_concerns": ("concerns a year", "concerns that programmes noticed and decided on"),
    "sslp_referrals_to_social_services": (
        "referrals a year",
        "contacts that programmes brought and that became referrals",
    ),
    "sslp_contacts": ("contacts a year", "contacts that programmes brought formally"),
    "sslp_informal_tellings": ("contacts a year", "concerns told to social services without writing them down"),
    "sslp_held_back": ("concerns a year", "concerns that programmes held back"),
    "social_services_referrals_to_sslp": ("families a year", "families whom social services referred to a programme"),
    "social_services_referrals_taken_up": ("families a year", "of these, families who took the offer up"),
    "families_brought_in": ("families a year", "hard-to-reach families whom liaison workers brought into programmes"),
    "consultations": ("consultations a year", "consultations of a liaison worker or somebody known in the team"),
    "joint_visits": ("visits a year", "joint visits"),
    "packages_started": ("packages a year", "support packages begun in programmes"),
    "common_assessments": ("assessments a year", "common assessments completed"),
    "panel_cases": ("cases a year", "cases on which a family support panel decided"),
    "panel_cases_supported": ("cases a year", "of these, families who got a family support plan"),
    "panel_cases_passed_up": ("cases a year", "of these, cases passed up to social services"),
    "staff_moves": ("workers a year", "workers who changed between an intake team and a programme, either way"),
    "backlog_days": ("days", "mean days of full work waiting in the intake teams"),
    "applied_threshold": ("tiers", "mean threshold that the teams applied"),
    "trust_sslp": ("share", "mean trust of programme workers in social services"),
    "trust_team": ("share", "mean trust of the teams in the programmes"),
    "threshold_gap": ("tiers", "mean of believed less applied threshold of programme workers"),
    "turnover_intake": ("leavers a post a year", "leavers of intake posts"),
    "turnover_sslp": ("leavers a post a year", "leavers of programme workers' posts"),
    "turnover_liaison": ("leavers a post a year", "leavers of liaison posts, while there is a post"),
}


def unit_of(measure: str) -> str:
    """The unit of a measure.

    Raises:
        KeyError: if there is no such measure.
    """
    return UNITS[measure][0]
