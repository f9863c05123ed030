"""The measures: what each is called, its unit, what it means, for which groups it is given, and where it is shown.

Everything that names a measure for people is made from this table: console, figures, report, dashboard, the metadata of
the Parquet files and docs/columns.md. Words are those of the statutory guidance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..records.stages import Outcome, Stage

RATE = "per 10,000 children under 18 a year"
CHANGE = "relative change"
SHARE, RATIO, TIERS, CALENDAR_DAYS = "share", "ratio", "tiers", "calendar days"
FAMILY_RATE = "families per 10,000 children under 18 a year"
EVENTS, CHILDREN_A_MONTH, FAMILIES_A_MONTH = "events a month", "children a month", "families a month"


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: as it stands in tables and files.
        label: in plain words, for people.
        unit: of the reporting year's value.
        meaning: what is counted, as a phrase.
        groups: the kinds of group that it is given for, in the order of the tables: ``all``, ``locality``,
            ``programme``, ``ethnic``; or the parts that it splits into, as ``source``.
        singular: the label is a single thing: "Backlog rises", but "Referrals rise".
        monthly: unit of its monthly series; empty where it has none.
        counts: the rows of the event log that it counts, as their stage and outcomes (all outcomes if none are named);
            None where it is worked out otherwise.
        of_children: the children concerned are counted, or its shares and means are over them, not cases (C1).
        published: the published series that it is compared with.
        digits: digits after the point in a sentence (of percentage points, for a share); None: by size, as in tables.
    """

    name: str
    label: str
    unit: str
    meaning: str
    groups: tuple[str, ...]
    singular: bool = False
    monthly: str = ""
    counts: tuple[Stage, tuple[Outcome, ...]] | None = None
    of_children: bool = False
    published: tuple[str, ...] = ()
    digits: int | None = None


_EVERYWHERE = ("all", "locality", "programme", "ethnic")
_WHOLE, _LOCALITIES, _PROGRAMMES = ("all",), ("all", "locality"), ("all", "programme")


def _counted(
    name: str, label: str, unit: str, meaning: str, stage: Stage, *outcomes: Outcome,
    published: tuple[str, ...] = (), digits: int | None = None,
) -> Measure:  # fmt: skip
    """A measure that counts rows of the event log, or, as rates are, the children whom they concern."""
    monthly = {RATE: CHILDREN_A_MONTH, FAMILY_RATE: FAMILIES_A_MONTH}.get(unit, EVENTS)
    return Measure(
        name, label, unit, meaning, _EVERYWHERE, False, monthly, (stage, outcomes), unit == RATE, published, digits
    )


_TABLE = (
    _counted(
        "contacts", "Contacts", RATE,
        "children about whom social services were contacted, calls about open cases left out", Stage.CONTACT,
    ),
    _counted(
        "calls_about_open_cases", "Calls about open cases", RATE,
        "children about whose family's open case social services were called, on the day on which that was found",
        Stage.CONTACT_DECISION, Outcome.TO_OPEN_CASE,
    ),
    _counted(
        "referrals", "Referrals", RATE, "children in contacts recorded as referrals", Stage.REFERRAL,
        published=("graph_6_1",), digits=0,
    ),
    _counted(
        "initial_assessments", "Initial assessments", RATE, "children in initial assessments completed",
        Stage.INITIAL_ASSESSMENT,
    ),
    _counted(
        "core_assessments", "Core assessments", RATE, "children in core assessments completed", Stage.CORE_ASSESSMENT
    ),
    _counted(
        "section_47_enquiries", "Section 47 enquiries", RATE, "children in section 47 enquiries begun",
        Stage.SECTION_47_ENQUIRY,
    ),
    _counted(
        "conferences", "Child protection conferences", RATE, "children in initial child protection conferences held",
        Stage.CONFERENCE,
    ),
    _counted(
        "registrations", "Registrations", RATE, "children placed on the child protection register", Stage.REGISTRATION,
        published=("graph_6_2", "overview_paragraph"), digits=2,
    ),
    _counted("deregistrations", "De-registrations", RATE, "children taken off the register", Stage.DEREGISTRATION),
    Measure(
        "on_register", "On the register", "per 10,000 children under 18 on the last day",
        "children on the register; a stock", _EVERYWHERE, of_children=True, published=("dfes_return",),
    ),
    _counted(
        "families_contacted", "Contacts, in families", FAMILY_RATE,
        "contacts about a family, calls about open cases left out", Stage.CONTACT,
    ),
    _counted("families_referred", "Referrals, in families", FAMILY_RATE, "referrals of a family", Stage.REFERRAL),
    _counted(
        "families_registered", "Registrations, in families", FAMILY_RATE, "registrations of a family",
        Stage.REGISTRATION,
    ),
    Measure(
        "families_on_register", "Families with children on the register",
        "families per 10,000 children under 18 on the last day", "families with a child on the register; a stock",
        _EVERYWHERE,
    ),
    Measure(
        "referrals_per_contact", "Referrals for each contact", RATIO,
        "children referred over children in contacts, calls about open cases left out", _EVERYWHERE,
    ),
    Measure(
        "initial_assessments_per_referral", "Initial assessments for each referral", RATIO,
        "initial assessments over referrals", _EVERYWHERE, published=("derived",),
    ),
    Measure(
        "core_assessments_per_referral", "Core assessments for each referral", RATIO,
        "core assessments over referrals", _EVERYWHERE, published=("derived",),
    ),
    Measure(
        "registrations_per_referral", "Registrations for each referral", RATIO, "registrations over referrals",
        _EVERYWHERE, published=("derived",),
    ),
    Measure(
        "initial_assessments_in_time", "Initial assessments in time (7 working days)", SHARE,
        "of initial assessments, completed within the limit (7 working days)", _EVERYWHERE, published=("dfes_return",),
    ),
    Measure(
        "core_assessments_in_time", "Core assessments in time (35, Southshire 42)", SHARE,
        "of core assessments, completed within the limit (35 or 42 working days)", _EVERYWHERE,
        published=("dfes_return",),
    ),
    Measure(
        "re_referred_within_12_months", "Referrals repeated within 12 months", SHARE,
        "of children referred, within 12 months of the child's previous referral", _EVERYWHERE,
        published=("dfes_return",),
    ),
    Measure(
        "re_registered", "Registrations of children registered before", SHARE,
        "of children registered, registered before", _EVERYWHERE, published=("dfes_return",),
    ),
    Measure(
        "referrals_from_sslp_areas", "Referrals from programme areas", SHARE,
        "of children referred, living in a programme's area", _WHOLE,
    ),
    Measure(
        "sslp_area_referral_ratio", "Referral rate of under-fives in programme areas, against elsewhere", RATIO,
        "referrals a child under five in the studied programmes' areas over those of the under-fives elsewhere",
        _WHOLE, singular=True, published=("derived",),
    ),
    Measure(
        "referral_source_true", "Source of referral, in truth", SHARE,
        "of children referred, by who truly brought them (group source:X)", ("source",), singular=True,
    ),
    Measure(
        "referral_source_by_ethnic_group", "Source of referral, in truth, by ethnic group", SHARE,
        "of the children referred of an ethnic group, by who truly brought them (group ethnic:X/source:Y)",
        ("ethnic/source",), singular=True,
    ),
    Measure(
        "referral_source_recorded", "Source of referral, as recorded", SHARE,
        "of children referred, by the source on record (group source:X)", ("source",), singular=True,
    ),
    Measure(
        "study_source_recorded", "Recorded source, under-fives in programme areas, October to March", SHARE,
        "the same as Table 6.3 counts it: children under five in studied areas, October to March, sources on record",
        ("source",), singular=True, published=("table_6_3",),
    ),
    Measure(
        "registration_category", "Registrations by category", SHARE,
        "of children registered, by category (group category:X)", ("category",), published=("dfes_return",),
    ),
    Measure(
        "referral_need_tier", "Referrals by tier of need", SHARE,
        "of children referred, by their family's true tier of need (group tier:N)", ("tier",),
    ),
    Measure(
        "need_at_referral", "Need at referral", TIERS,
        "mean true need of their families, over the children referred", _EVERYWHERE, singular=True,
        monthly=TIERS, digits=2,
    ),
    Measure(
        "referrals_of_need", "Referrals of families in need", SHARE,
        "of the children referred, of families whose true need was at or above the yardstick (yardstick.need) when it "
        "showed: the positive predictive value", _EVERYWHERE,
    ),
    Measure(
        "families_in_need_referred", "Families in need who were referred", SHARE,
        "of the families at or above the yardstick at some month's end, with a referral in the year: the sensitivity",
        _EVERYWHERE,
    ),
    Measure(
        "days_to_referral", "Days from onset to referral", CALENDAR_DAYS,
        "mean time from the onset of the trouble that showed to a referral, over the children referred", _EVERYWHERE,
    ),
    Measure(
        "families_in_unmet_need", "Families in unmet need", "per 1,000 families in the year",
        "families at or above the yardstick at some month's end without a package, plan or registration", _EVERYWHERE,
        digits=1,
    ),
    Measure(
        "days_of_unmet_need", "Days of unmet need", "days a year for 1,000 families",
        "days that families live so; each month's end stands for its month", _EVERYWHERE, digits=0,
    ),
    Measure(
        "grave_trouble_unknown", "Grave trouble that no agency knows of", "per 1,000 families at a month's end",
        "families at need 4 and above of whom social services have not heard in the last 12 months, whom no programme "
        "has as users and nobody helps; mean over the year", _EVERYWHERE, singular=True,
    ),
    Measure(
        "trouble_prevented", "Trouble prevented", SHARE,
        "of the families who would have come to need 3 or 4 at some month's end if nobody had ever helped, those who "
        "did not (group tier:N)", ("tier",), singular=True,
    ),
    Measure(
        "days_to_help", "Days from onset to help", CALENDAR_DAYS,
        "mean time from the onset of a family's oldest trouble to a package, plan or registration", _EVERYWHERE,
    ),
    Measure(
        "families_in_trouble", "Families in trouble", "per 1,000 families at a month's end",
        "families at need 3 and above, known to anybody or not; mean over the year", _EVERYWHERE,
    ),
    Measure(
        "families_in_grave_trouble", "Families in grave trouble", "per 1,000 families at a month's end",
        "families at need 4 and above, known to anybody or not; mean over the year", _EVERYWHERE,
    ),
    Measure(
        "children_harmed", "Children who may have been harmed", "per 10,000 children under 18 in the year",
        "children concerned by trouble that may be significant harm in families at need 3 and above, seen or not",
        _EVERYWHERE,
    ),
    Measure(
        "harmed_for_each_registered", "Children who may have been harmed for each one registered", RATIO,
        "these over the children on the register at any time of the year", _EVERYWHERE,
    ),
    Measure(
        "signs_brought", "Signs of trouble that somebody brought", SHARE,
        "of the signs that showed, brought to a programme, a panel or social services (groups tier:N, kind:X)",
        ("all", "tier", "kind"),
    ),
    Measure(
        "families_in_trouble_brought", "Families in trouble whom somebody brought", SHARE,
        "of the families at need 3 and above at some month's end, with any sign brought in the year (group tier:N)",
        ("all", "tier"), singular=False,
    ),
    _counted(
        "sslp_concerns", "Concerns that programmes decided on", "concerns a year",
        "concerns that programmes noticed and decided on", Stage.PROGRAMME_CONCERN,
    ),
    Measure(
        "sslp_referrals_to_social_services", "Referrals from programmes to social services", "families a year",
        "families whom a programme brought formally and who were referred", _EVERYWHERE, monthly=EVENTS,
    ),
    _counted(
        "sslp_contacts", "Concerns that programmes brought formally", "contacts a year",
        "contacts that programmes brought formally", Stage.PROGRAMME_CONCERN, Outcome.REFERRED, Outcome.TOLD_OPEN_CASE,
    ),
    _counted(
        "sslp_informal_tellings", "Concerns that programmes told informally", "contacts a year",
        "concerns told to social services without writing them down", Stage.PROGRAMME_CONCERN, Outcome.TOLD_INFORMALLY,
    ),
    _counted(
        "sslp_held_back", "Concerns that programmes held back", "concerns a year",
        "concerns that programmes held back", Stage.PROGRAMME_CONCERN, Outcome.HELD_BACK,
    ),
    _counted(
        "social_services_referrals_to_sslp", "Referrals from social services to programmes", "families a year",
        "families whom social services referred to a programme", Stage.REFERRAL_TO_PROGRAMME,
    ),
    _counted(
        "social_services_referrals_taken_up", "Social services referrals taken up", "families a year",
        "of these, families who took the offer up", Stage.REFERRAL_TO_PROGRAMME, Outcome.ACCEPTED,
    ),
    Measure(
        "families_brought_in", "Families brought in", "families a year",
        "hard-to-reach families whom programme and liaison workers brought into programmes", _PROGRAMMES,
        monthly=EVENTS,
    ),
    _counted(
        "consultations", "Consultations", "consultations a year",
        "consultations of a liaison worker or somebody known in the team", Stage.CONSULTATION,
    ),
    _counted("joint_visits", "Joint visits", "visits a year", "joint visits", Stage.JOINT_VISIT),
    _counted(
        "packages_started", "Packages of support started", "packages a year", "support packages begun in programmes",
        Stage.PACKAGE,
    ),
    _counted(
        "common_assessments", "Common assessments", "assessments a year", "common assessments completed",
        Stage.COMMON_ASSESSMENT, Outcome.COMPLETED,
    ),
    _counted(
        "panel_cases", "Cases decided by family support panels", "cases a year",
        "cases on which a family support panel decided", Stage.PANEL,
    ),
    _counted(
        "panel_cases_supported", "Panel cases supported", "cases a year",
        "of these, families who got a family support plan", Stage.PANEL, Outcome.SUPPORTED,
    ),
    _counted(
        "panel_cases_passed_up", "Panel cases passed up", "cases a year",
        "of these, cases passed up to social services", Stage.PANEL, Outcome.PASSED_UP,
    ),
    Measure(
        "hours_used", "Hours used", "hours a year",
        "hours that agencies used, for whatever is done with families (groups agency:X, agency:X/work:Y)",
        ("all", "agency", "agency/work"),
    ),
    Measure(
        "staff_moves", "Staff moves", "workers a year",
        "workers who changed between an intake team and a programme, either way", _WHOLE, monthly=EVENTS,
    ),
    Measure(
        "drift", "Change since the run-in", CHANGE,
        "change of a main series from the last twelve months of the run-in to the year, relative to the mean of both",
        ("series",), singular=True,
    ),
    Measure(
        "backlog_days", "Backlog", "days", "mean days of full work waiting in the intake teams", _LOCALITIES,
        singular=True, monthly="days",
    ),
    Measure(
        "applied_threshold", "Threshold as applied", TIERS, "mean threshold that the teams applied", _LOCALITIES,
        singular=True, monthly=TIERS,
    ),
    Measure(
        "trust_sslp", "Programme workers' trust in social services", SHARE,
        "mean trust of programme workers in social services", _PROGRAMMES, singular=True, monthly=SHARE,
    ),
    Measure(
        "trust_team", "Teams' trust in programmes", SHARE, "mean trust of the teams in the programmes", _PROGRAMMES,
        singular=True, monthly=SHARE,
    ),
    Measure(
        "threshold_gap", "Gap between the threshold and what programmes take it for", TIERS,
        "mean of believed less applied threshold of programme workers", _PROGRAMMES, singular=True, monthly=TIERS,
    ),
    Measure(
        "turnover_intake", "Turnover of intake teams", "leavers a post a year", "leavers of intake posts", _LOCALITIES,
        singular=True, monthly="leavers a post a year",
    ),
    Measure(
        "turnover_sslp", "Turnover of programme workers", "leavers a post a year",
        "leavers of programme workers' posts", _PROGRAMMES, singular=True, monthly="leavers a post a year",
    ),
    Measure(
        "turnover_liaison", "Turnover of liaison posts", "leavers a post a year",
        "leavers of liaison posts, while there is a post", _WHOLE, singular=True, monthly="leavers a post a year",
    ),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {one.name: one for one in _TABLE}
"""Name -> measure, in the order of docs/columns.md."""

# What is shown where, in the order in which it is shown.

RATES = (
    "contacts", "referrals", "initial_assessments", "core_assessments", "section_47_enquiries", "conferences",
    "registrations", "deregistrations", "on_register",
)  # fmt: skip
"""First in a table of one scenario."""
SHARES = (
    "initial_assessments_in_time", "core_assessments_in_time", "re_referred_within_12_months", "re_registered",
    "referrals_from_sslp_areas", "initial_assessments_per_referral", "core_assessments_per_referral",
    "registrations_per_referral", "referrals_per_contact", "sslp_area_referral_ratio",
)  # fmt: skip
"""Next in it, still of the whole authority."""
SOURCES = ("referral_source_recorded", "referral_source_true", "study_source_recorded")
"""Then come these, by source of referral; the rest follows in the order in which it was measured."""

Key: TypeAlias = tuple[str, str]
"""A measure and a group."""
Headings: TypeAlias = Mapping[str, Sequence[Key]]
"""Heading -> what stands under it."""
KEY_MEASURES: Headings = {
    "Per 10,000 children under 18 a year": (
        ("contacts", "all"), ("referrals", "all"), ("initial_assessments", "all"), ("section_47_enquiries", "all"),
        ("conferences", "all"), ("registrations", "all"),
    ),
    "Cases or families a year": (
        ("sslp_contacts", "all"), ("sslp_referrals_to_social_services", "all"), ("sslp_informal_tellings", "all"),
        ("sslp_held_back", "all"), ("social_services_referrals_to_sslp", "all"), ("packages_started", "all"),
        ("panel_cases", "all"), ("consultations", "all"), ("joint_visits", "all"),
    ),
    "Share": (
        ("referral_source_true", "source:sslp"), ("referral_source_recorded", "source:sslp"),
        ("referrals_from_sslp_areas", "all"), ("referrals_of_need", "all"), ("families_in_need_referred", "all"),
        ("initial_assessments_in_time", "all"), ("trust_sslp", "all"), ("trust_team", "all"),
    ),
    "Days a year for 1,000 families": (("days_of_unmet_need", "all"),),
    "Calendar days": (("days_to_referral", "all"), ("days_to_help", "all")),
    "Days of work": (("backlog_days", "all"),),
    "Tiers of need": (("need_at_referral", "all"), ("applied_threshold", "all"), ("threshold_gap", "all")),
}  # fmt: skip
"""What tells most of a difference between two scenarios, under headings; those under one share its unit."""
HEADLINES: tuple[Key, ...] = (
    ("referrals", "all"), ("registrations", "all"), ("days_of_unmet_need", "all"), ("days_to_help", "all"),
    ("backlog_days", "all"), ("referral_source_true", "source:sslp"),
)  # fmt: skip
"""What stands first on the dashboard's page of results."""
IN_SENTENCES = (
    "contacts", "referrals", "initial_assessments", "registrations", "sslp_referrals_to_social_services",
    "social_services_referrals_to_sslp", "packages_started", "days_of_unmet_need", "initial_assessments_in_time",
    "days_to_help", "backlog_days",
)  # fmt: skip
"""Key measures of the whole authority that get a sentence each in the report; the others are in its table."""
STAGES = RATES[:-1]
"""The road of a case from contact to the end of a registration."""
FUNNEL = STAGES[:-1]
"""The road up to registration."""
REFERRAL_ROAD = ("referrals", "initial_assessments", "section_47_enquiries", "conferences", "registrations")
"""The stages of the diagram of flows."""
PROGRAMMES = (
    "sslp_concerns", "sslp_contacts", "sslp_referrals_to_social_services", "sslp_informal_tellings", "sslp_held_back",
    "social_services_referrals_to_sslp", "packages_started", "panel_cases", "panel_cases_passed_up", "consultations",
    "joint_visits",
)  # fmt: skip
"""What programmes, panels and liaison workers do."""
WORKLOAD = (
    "initial_assessments_in_time", "core_assessments_in_time", "backlog_days", "applied_threshold", "turnover_intake",
    "trust_sslp", "trust_team",
)  # fmt: skip
"""The work of the teams and what agencies think of each other."""
WORKLOAD_LOOP = ("backlog_days", "applied_threshold", "trust_sslp")
"""Work that waits raises the threshold that teams apply, and refusals cost trust."""
DRIFTING = ("contacts", "referrals", "on_register", "sslp_concerns", "backlog_days", "trust_sslp", "trust_team")
"""The main series, which stand still when nothing in a scenario changes."""
PATTERN_MONTHS = ("sslp_contacts", "social_services_referrals_to_sslp", "trust_sslp")
"""Monthly series that the patterns look at."""
FILE_STUDY = (
    "referrals_from_sslp_areas", "study_source_recorded", "sslp_referrals_to_social_services",
    "social_services_referrals_to_sslp",
)  # fmt: skip
"""What a study of files is about."""


def unit_of(measure: str) -> str:
    """The unit of a measure.

    Raises:
        KeyError: if there is no such measure.
    """
    return MEASURES[measure].unit


def column_metadata() -> dict[str, str]:
    """What the field ``measure`` of a Parquet schema says of the measures named in it: name -> label and unit."""
    return {one.name: f"{one.label} ({one.unit})" for one in _TABLE}
