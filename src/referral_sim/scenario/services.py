"""Social services: front door, assessment, protection, plans, staff, relationships, records (F, A, K, R, O)."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from .fields import CheckError, Problem, Section, SourceKey, choice, number, proportion, shares
from .population import DAYS_A_YEAR, check_shares

LONGEST_VACANCY = 36_500.0
LONGEST_EXPERIENCE = 20.0  # years


class CountyDesk(Section):
    """A desk of staff without social work qualification in front of the teams (F1; report Ch. 2, Southshire)."""

    enabled: bool = choice(False, "a county desk stands in front of the teams", "report Ch. 2", "yes or no")
    signposts: float = proportion(0.3, "share of the simple contacts that the desk answers itself")
    delay_days: int = number(1, "working days", 0, 20, "days that the desk takes to pass a contact on")


class ThresholdChange(Section):
    """A threshold that changes on a day; those who believed the old one have to learn the new one (R2)."""

    on: dt.date | None = choice(None, "day of the change; none if not given", unit="date")
    by: float = number(0.0, "tiers", -3.0, 3.0, "rise of the threshold on that day; below 0, a fall")


class FrontDoor(Section):
    """Contact or referral, threshold, decision (F1-F6)."""

    threshold: float = number(
        3.0, "tiers", 1.0, 6.0, "need from which the team takes a referral to assessment (F3)",
        "report Ch. 2, Midtown: level three",
    )  # fmt: skip
    threshold_change: ThresholdChange = choice(
        ThresholdChange(), "a change of the threshold during the run (R2)", unit="section"
    )
    referral_margin: float = number(
        0.8, "tiers", -2.0, 4.0, "how far below the threshold a contact is still recorded as a referral (F1)", "fitted"
    )
    backlog_shift: float = number(
        0.05, "tiers a day of backlog", 0.0, 1.0, "rise of the applied threshold with the team's backlog (F3, K3)"
    )
    backlog_shift_limit: float = number(0.8, "tiers", 0.0, 3.0, "most that backlog can raise the applied threshold")
    judgement_noise: float = number(0.45, "tiers", 0.0, 3.0, "error of a newly qualified worker's reading of a contact")
    experience_gain: float = proportion(0.4, "share of that error that five years' experience removes")
    partial_information: float = number(
        0.5, "tiers", 0.0, 3.0, "how much less grave a concern looks when told without detail", "report Ch. 1.5a"
    )
    carried_information: float = proportion(
        0.5, "share of the error of judgement removed when a liaison worker brings the referral in person (L1)"
    )
    police_discount: float = number(
        0.2, "tiers", -2.0, 3.0, "how much less grave a police notification is taken to be (N3: many stay contacts)",
        "report Ch. 3",
    )  # fmt: skip
    repeat_weight: float = number(
        0.3, "tiers", 0.0, 2.0, "added weight of a contact on a family heard of in the last 12 months (F1)"
    )
    repeat_call_is_referral: bool = choice(
        False, "a repeated contact about a family counts as a referral (F1)",
        "report Ch. 2, Southshire", "yes or no",
    )  # fmt: skip
    repeat_call_days: int = number(
        20, "working days", 0, 1000, "after how many days a contact about the same family is no longer a repeated call"
    )
    administrators_answer: bool = choice(
        False, "administrators answer simple enquiries themselves (F1)", "report Ch. 2, Midtown", "yes or no"
    )
    simple_enquiry: float = number(1.8, "tiers", 1.0, 6.0, "need below which an enquiry is simple")
    county_desk: CountyDesk = choice(CountyDesk(), "a desk in front of the teams", unit="section")
    day_care_gateway: bool = choice(
        False, "the front door also decides sponsored day care, so requests arrive as referrals (F6)",
        "report Ch. 3, City Borough", "yes or no",
    )  # fmt: skip
    day_care_elsewhere: float = proportion(
        0.95, "without that gateway, share of day care requests that go to another office", "report Ch. 3"
    )
    trust_in_programmes: float = proportion(0.5, "the teams' trust in a programme at the start (R1)")
    trust_weight: float = number(
        0.4, "tiers", 0.0, 2.0, "benefit of the doubt that full trust gives a programme's referral, against none (R1)"
    )
    contact_hours: float = number(0.25, "hours", 0.0, 20.0, "work to screen a contact")
    referral_hours: float = number(0.5, "hours", 0.0, 20.0, "work to open and close a referral")


class Assessment(Section):
    """Initial and core assessments (A1, A3)."""

    initial_deadline: int = number(
        7, "working days", 1, 60, "statutory limit of an initial assessment (A1)", "Framework for Assessment 2000"
    )
    urgent_days: int = number(1, "working days", 0, 10, "limit where significant harm is feared (A1)", "report Ch. 2")
    initial_days: float = number(
        5.0, "working days", 0.5, 60.0, "median time that visits and checks of an initial assessment take", "fitted"
    )
    initial_days_spread: float = number(0.7, "log units", 0.0, 2.0, "spread of that time (log-logistic)")
    initial_hours: float = number(2.5, "hours", 0.0, 80.0, "team work in an initial assessment")
    assessed_noise: float = number(0.25, "tiers", 0.0, 3.0, "error of the need that an assessment finds")
    in_need: float = number(2.7, "tiers", 1.0, 6.0, "need from which an assessed child is a child in need (A1)")
    complex_need: float = number(4.2, "tiers", 1.0, 9.0, "need from which a child in need gets a core assessment (A3)")
    core_deadline: int = number(
        35, "working days", 1, 120, "limit of a core assessment (A3)", "Framework 2000; Southshire 42, report Ch. 2"
    )
    core_days: float = number(26.0, "working days", 1.0, 120.0, "median time of a core assessment", "fitted")
    core_days_spread: float = number(0.45, "log units", 0.0, 2.0, "spread of that time (log-logistic)")
    core_hours: float = number(5.0, "hours", 0.0, 200.0, "intake team's work in a core assessment")


class Protection(Section):
    """Strategy discussion, section 47 enquiry, conference, register, reviews (A2, A4-A6)."""

    threshold: float = number(
        3.4, "tiers", 1.0, 6.0, "need from which possible harm leads to a strategy discussion (A2)"
    )
    routing: float = proportion(
        0.6, "share of the same grave cases that the authority routes down the protection road (A5)",
        "report Introduction 1b; fitted",
    )  # fmt: skip
    enquiry_share: float = proportion(0.85, "share of strategy discussions that lead to a section 47 enquiry (A2)")
    enquiry_days: int = number(10, "working days", 0, 60, "length of a section 47 enquiry")
    enquiry_hours: float = number(4.0, "hours", 0.0, 100.0, "team work in a section 47 enquiry")
    partners_share: float = proportion(
        0.0, "share of the work in enquiries and conferences that other agencies' members of one team do (A10, K5)",
        "0 in 2005; multi-agency child protection teams are proposed by the reforms of 2025",
    )  # fmt: skip
    substantiated: float = proportion(
        0.5, "share of enquiries that go on to a conference (A4)", "bracket in context.csv"
    )
    conference_days: int = number(
        15, "working days", 0, 60, "days from the strategy discussion to the conference (A4)", "Working Together 1999"
    )
    conference_hours: float = number(3.0, "hours", 0.0, 100.0, "team work in a conference")
    first_review_months: int = number(3, "months", 1, 24, "months to the first review (A6)", "Working Together 1999")
    review_months: int = number(6, "months", 1, 24, "months between later reviews (A6)", "Working Together 1999")
    continuing_harm: float = number(
        1.1, "tiers", 0.0, 6.0,
        "what trouble that may be harm adds to need, at which half of the conferences and reviews find children at "
        "continuing risk (A5, A6)",
        "Working Together 1999; size: mean stay about 10 months",
    )  # fmt: skip
    change_lasts_days: float = number(
        90.0, "days", 0.0, 730.0, "how long ago that must have been as low for a review to end registration (A10)"
    )
    proceedings_harm: float = number(
        2.0, "tiers", 0.0, 6.0, "what it adds to need from which a review may lead to proceedings (A10)"
    )
    proceedings: float = proportion(
        0.2, "chance at such a review that children are taken into care, which ends registration (A10)", "assumed"
    )
    plan_effect: float = number(
        2.0,
        "ratio",
        0.0,
        5.0,
        "chance that a month of a protection plan turns trouble, relative to other help (help.works)",
    )


class Plans(Section):
    """Plans for children in need (A7)."""

    offered: float = proportion(0.8, "share of children found in need who get a plan (A1)")
    effect: float = number(
        1.0, "ratio", 0.0, 5.0, "chance that a month of a plan turns trouble, relative to other help (help.works)"
    )
    review_months: int = number(6, "months", 1, 24, "months between reviews (A7)", "report Ch. 2")
    closing_need: float = number(2.6, "tiers", 1.0, 6.0, "need at which half of the reviews close the plan (A7)")


class FamilySupport(Section):
    """The teams after the front door: plans and registrations (A10, K5)."""

    posts: float = number(
        14.0, "posts per 10,000 children under 18", 0.0, 100.0, "social workers who work on plans and registrations",
        "assumed: England's 24,340 children's social workers of 2005 are 22 per 10,000 children, all work together",
    )  # fmt: skip
    plan_hours: float = number(4.0, "hours a month", 0.0, 200.0, "that each plan for a child in need asks for")
    register_hours: float = number(12.0, "hours a month", 0.0, 200.0, "that each registered family asks for")
    handover_days: int = number(
        14, "days", 0, 365, "days until a new worker takes up a plan or registration; 0 where the same worker goes on"
    )
    handover_hours: float = number(3.0, "hours", 0.0, 40.0, "that passing a family to a new worker takes")
    joint_gain: float = number(
        0.3, "ratio", 0.0, 5.0,
        "how much better a plan works with full trust where the programme that the family uses takes part",
        "direction: report Part One",
    )  # fmt: skip
    joint_hours: float = number(2.0, "hours a month", 0.0, 40.0, "of the programme for each plan that it takes part in")


class WorkHours(Section):
    """Hours of what is done outside the teams' queues (K5)."""

    consultation: float = number(0.5, "hours", 0.0, 40.0, "of each side, a consultation")
    joint_visit: float = number(2.0, "hours", 0.0, 40.0, "of each side, a joint visit")
    common_assessment: float = number(3.0, "hours", 0.0, 40.0, "of a programme, a common assessment")
    package_month: float = number(6.0, "hours a month", 0.0, 200.0, "of whoever gives it, a support package")
    panel_case: float = number(6.0, "hours", 0.0, 200.0, "of all agencies together, a case before a panel")


class Yardstick(Section):
    """What policies are judged by, whatever they define for themselves (C2)."""

    need: float = number(
        3.0, "tiers", 1.0, 6.0, "need from which a family should have help; no policy should move it",
        "tier 3 of the report (Ch. 2, Midtown, footnote 2)",
    )  # fmt: skip


class VacancyShock(Section):
    """Many intake workers leave on one day (K1, K3)."""

    on: dt.date | None = choice(None, "day on which they leave; none if not given", unit="date")
    share: float = proportion(0.0, "share of the intake posts that fall vacant on that day")


class Workforce(Section):
    """Posts, vacancies, turnover, hours (K1-K3)."""

    vacancy: float = proportion(
        0.11, "share of intake posts vacant, on the first day and, without overload, on average (K1)",
        "HL1267: 11.8% 2005, 9.5% 2006",
    )  # fmt: skip
    turnover: float = number(0.11, "leavers a post a year", 0.0, 5.0, "turnover without overload (K1)", "HL1267: 11%")
    vacancy_days: float | None = choice(
        None, "mean days until an empty post is filled; if not given, what vacancy and turnover imply (Little's law)",
        unit="days",
    )  # fmt: skip
    shock: VacancyShock = choice(VacancyShock(), "an exodus on one day (K3)", unit="section")
    moves_to_programmes: float = proportion(
        0.05,
        "share of new programme workers who come from the area's intake team (K4)",
        "direction: report Ch. 2, Midtown",
    )
    moves_to_teams: float = proportion(
        0.05,
        "share of new intake workers who come from a programme of the area (K4)",
        "direction: report Ch. 2, Midtown",
    )
    agency: float = proportion(0.3, "share of empty posts covered by agency staff within a fortnight (K1)")
    agency_work: float = proportion(
        0.8, "work that agency staff do in an hour, relative to one's own (K5)", "assumed: they do not know the patch"
    )
    starting_experience: float | None = choice(
        None, "mean experience of those in post on the first day; if not given, what turnover implies", unit="years"
    )
    hours_per_day: float = number(7.4, "hours", 0.0, 24.0, "paid hours of a post each working day (K2)")
    leave: float = proportion(0.15, "share of working time lost to leave, sickness and training")
    recording: float = proportion(
        0.35, "share of the time at work that recording takes (K2)", "report Ch. 4, 5c on the ICS"
    )
    workload_turnover: float = number(
        0.08,
        "ratio a day of backlog",
        0.0,
        2.0,
        "rise of turnover for each day of backlog (K3)",
        "report Ch. 2, Midtown",
    )
    unlimited: bool = choice(
        False, "teams have all the hours they need: no backlog (for comparisons)", unit="yes or no"
    )
    sslp_turnover: float = number(0.15, "leavers a post a year", 0.0, 5.0, "turnover of programme workers (K1)")
    sslp_vacancy_days: float = number(60.0, "days", 0.0, 3650.0, "mean days until a programme post is filled (K1)")

    @model_validator(mode="after")
    def _days(self) -> Workforce:
        if self.vacancy_days is not None and not 0.0 <= self.vacancy_days <= 3650.0:
            message = f"is {self.vacancy_days:g}, it lies between 0 and 3650 days"
            raise CheckError([Problem(("vacancy_days",), message)])
        if self.starting_experience is not None and not 0.0 <= self.starting_experience <= 40.0:
            message = f"is {self.starting_experience:g}, it lies between 0 and 40 years"
            raise CheckError([Problem(("starting_experience",), message)])
        return self

    @property
    def hours_with_families(self) -> float:
        """Hours that a post gives each working day, without leave and what recording takes (K2)."""
        return self.hours_per_day * (1.0 - self.leave) * (1.0 - self.recording)

    @property
    def experience(self) -> float:
        """Mean experience of those in post on the first day, in years: at rest, one over turnover."""
        if self.starting_experience is not None:
            return self.starting_experience
        return min(1.0 / self.turnover, LONGEST_EXPERIENCE) if self.turnover > 0.0 else LONGEST_EXPERIENCE

    @property
    def days_vacant(self) -> float:
        """Mean days until an empty intake post is filled (Little's law: vacant share = turnover x days vacant)."""
        if self.vacancy_days is not None:
            return self.vacancy_days
        if self.vacancy >= 1.0 or self.turnover <= 0.0:
            return LONGEST_VACANCY
        return min(DAYS_A_YEAR * self.vacancy / ((1.0 - self.vacancy) * self.turnover), LONGEST_VACANCY)


class Relationships(Section):
    """Trust and the threshold gap (R1, R2)."""

    accepted: float = proportion(0.06, "step of trust up when a referral is accepted and the worker hears of it (R1)")
    refused: float = proportion(
        0.12, "step of trust down when a referral is refused and the worker hears of it (R1)",
        "assumed; larger than the step up: trust is lost faster than gained (Slovic 1993)",
    )  # fmt: skip
    silence: float = proportion(0.04, "step of trust down when nothing is heard (R1)")
    sees_acceptance: float = proportion(
        0.6, "chance that a worker who is not told sees for themselves that social services took the family on (R1)"
    )
    delay: float = proportion(0.03, "step of trust down when the answer took more than a week (R1)")
    forgetting: float = proportion(0.05, "share of the way back to the organisation's level each month (R3)")
    gap_learning: float = proportion(0.2, "how much of the threshold gap one answered referral closes (R2)")
    colleagues: float = proportion(
        0.4, "how much of what a worker learns from an answer, or from none, the colleagues take from it at the weekly "
        "meeting (R1, R2)",
        "report Part One, 1c and 4b",
    )  # fmt: skip
    team_right: float = proportion(0.03, "step of a team's trust up for a referral that assessment bears out (R1)")
    team_wrong: float = proportion(0.03, "step of a team's trust down for one that it does not (R1)")
    joint_visit: float = proportion(0.05, "step of both sides' trust up at a joint visit (R1)")
    moved_colleague: float = proportion(
        0.05, "step of both sides' trust up when somebody changes from one to the other (K4)", "report Ch. 2, Midtown"
    )


def _recorded_as() -> dict[str, float]:
    return {"other": 0.55, "health_visitor": 0.25, "midwife": 0.1, "other_local_authority_department": 0.1}


class Recording(Section):
    """What the systems see (O1)."""

    sslp_identifier: bool = choice(
        False,
        "the system has a code for programmes as a source (O1)",
        "report Ch. 3: no authority had one",
        "yes or no",
    )
    sslp_recorded_as: dict[SourceKey, float] = shares(
        _recorded_as, "shares", "under what a programme's referral is recorded without that code", "Appendix B"
    )
    not_recorded: float = proportion(0.02, "share of referrals whose source is not recorded", "Table 6.3 and its note")

    @model_validator(mode="after")
    def _shares(self) -> Recording:
        check_shares(self.sslp_recorded_as, ("sslp_recorded_as",))
        return self
