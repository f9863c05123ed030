"""Sure Start Local Programmes: area, reach, staff, how their workers go about a concern (S1-S6); liaison (L0-L11)."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from .fields import (
    CheckError,
    HelpKeys,
    HelpKind,
    LiaisonKind,
    LiaisonKindKey,
    Name,
    Names,
    PartKind,
    PartKindKey,
    Problem,
    Section,
    choice,
    number,
    proportion,
    table,
)
from .population import check_shares


class Centre(Section):
    """What a programme becomes as a children's centre (S6): a larger area, slightly older children, more of them."""

    start: dt.date | None = choice(None, "day of the change; before the run if not given", unit="date")
    children_under_five: int = number(
        1000, "children", 0, 10_000, "children under five in the centre's area", "assumed; direction: report Ch. 5f"
    )
    age_limit: float = number(6.0, "years", 0.0, 18.0, "families with a child below this age are served")
    workers_kept: float = number(1.0, "ratio", 0.0, 5.0, "workers' posts in the centre relative to the programme's")
    keeps_posts: bool = choice(
        True, "the liaison posts that serve it go on", "report Ch. 2: kept in City Borough", "yes or no"
    )


class Programme(Section):
    """One programme: its area, its reach and its staff."""

    children_under_five: int = number(
        690, "children", 0, 5000, "children under five in the area",
        "mean of Appendix D: 362 to 902",
    )  # fmt: skip
    localities: dict[Name, float] = choice(
        {}, "locality -> share of the area in that team's patch (Ch. 5e); the first locality if not given",
        unit="shares",
    )  # fmt: skip
    studied: bool = choice(False, "belongs to the programmes that the report studied", "Tables 6.1, 6.2", "yes or no")
    workers: int = number(10, "workers", 0, 100, "workers who see families")
    services: HelpKeys = choice(
        (HelpKind.HEALTH_VISITING, HelpKind.PARENTING, HelpKind.ADVICE), "kinds of help that it offers (S8)",
        "report Ch. 2, Appendix D", "names",
    )  # fmt: skip
    packages_per_worker: int = number(6, "families", 0, 100, "support packages a worker can carry at a time (S4)")
    reach: float = proportion(0.5, "share of eligible families of need 1.0 who use the programme (S1)")
    reach_slope: float = number(
        -0.25, "log odds a tier", -3.0, 3.0, "change in use with need: below 0, the hard-to-reach stay away (S1)",
        "direction: report Ch. 4 (NAO 2006)",
    )  # fmt: skip
    age_limit: float = number(5.0, "years", 0.0, 18.0, "families with a child below this age are served (S5)")
    trust: float | None = choice(
        None, "this programme's own level of trust in social services; `practice.trust` if not given (R3)",
        "report Ch. 2: Midtown's offices differ", "share",
    )  # fmt: skip
    team_trust: float | None = choice(
        None, "the teams' trust in this programme; `front_door.trust_in_programmes` if not given (R1)",
        "report Ch. 2: Midtown's offices differ", "share",
    )  # fmt: skip
    centre: Centre | None = choice(None, "the children's centre that it becomes, if it does (S6)", unit="section")

    @model_validator(mode="after")
    def _areas(self) -> Programme:
        if self.localities:
            check_shares(self.localities, ("localities",))
        given = {"trust": self.trust, "team_trust": self.team_trust}
        wrong = {name: value for name, value in given.items() if value is not None and not 0.0 <= value <= 1.0}
        if wrong:
            raise CheckError(
                Problem((name,), f"is {value:g}, a share lies between 0 and 1") for name, value in wrong.items()
            )
        return self


class Practice(Section):
    """How the workers of every programme of the authority go about a concern (S2-S5)."""

    detection: float = proportion(
        0.45, "chance that a programme with time without end notices a sign at need 3.0 in a family that uses it (S7)"
    )
    detection_slope: float = number(
        0.1,
        "log chance a tier",
        0.0,
        3.0,
        "how much readier programmes notice graver need: they see families early (N4)",
    )
    contact_hours: float = number(15.0, "hours a week", 0.0, 40.0, "hours that a worker spends with families (S7)")
    hours_to_notice: float = number(
        1.5,
        "hours a week",
        0.01,
        40.0,
        "hours for each family with a young child that uses the programme, at which it notices 63% of what it can (S7)",
    )
    training_notices: float = proportion(
        0.5, "how much more a fully trained worker notices than one of mean training 0.5, and one without it less (S7)"
    )
    judgement_noise: float = number(0.6, "tiers", 0.0, 3.0, "error of an untrained worker's reading of severity (S2)")
    training: float = proportion(0.5, "mean training; full training halves the error of judgement (S2)")
    threshold_gap: float = number(
        0.2, "tiers", -2.0, 2.0, "how much higher than it is a new worker believes the authority's threshold (S2, R2)"
    )
    threshold_gap_spread: float = number(0.4, "tiers", 0.0, 2.0, "standard deviation of that gap between workers")
    trust: float = proportion(
        0.5, "trust in social services that a new worker starts from: the organisation's level (R3)"
    )
    trust_spread: float = number(0.15, "share", 0.0, 0.5, "standard deviation of a new worker's trust")
    outreach: float = number(
        0.03, "families a worker a month", 0.0, 5.0, "families who stay away whom a worker brings in (S1, S7)"
    )
    sharing: float = proportion(0.7, "willingness to share information of a worker with full trust (S2)")
    informal_share: float = proportion(
        0.3, "of what is not referred formally, the share told to social services without writing it down (S3)",
        "report Ch. 1.5a",
    )  # fmt: skip
    informal_first: float = proportion(
        0.3, "share of the fully trusting workers who tell what they would refer informally first (S3, S7)",
        "direction: report Ch. 4, 8a",
    )  # fmt: skip
    consult_band: float = number(
        0.8, "tiers", 0.0, 3.0, "distance from the believed threshold within which one consults"
    )
    meeting_gain: float = proportion(0.3, "share of the error of judgement removed by the weekly referral meeting (S3)")
    package_days: int = number(120, "days", 1, 1460, "length of a support package (S4)")
    package_effect: float = number(
        1.0,
        "ratio",
        0.0,
        5.0,
        "chance that a month of a package turns trouble, relative to other help (help.works) (S4)",
    )
    take_up: float = proportion(0.5, "share of families who take up a programme when social services refer them (S5)")
    take_up_accompanied: float = proportion(
        0.8, "the same when a worker takes them along (S5)", "direction: report Ch. 2, City Borough; size assumed"
    )
    day_care_referral: float = proportion(
        0.6, "share of day care requests seen in a programme that it passes to a front door which decides them (F6)",
        "report Ch. 3, City Borough: three of five referrals",
    )  # fmt: skip


class Arrangement(Section):
    """Something between the agencies that serves some programmes for some time."""

    programmes: Names = choice(
        (), "the programmes it serves; with `localities` also not given, all of them", unit="names"
    )
    localities: Names = choice(
        (), "serves the programmes most of whose area lies in these teams' patches", "report Ch. 2: Midtown's offices",
        "names",
    )  # fmt: skip
    start: dt.date | None = choice(None, "first day; before the run if not given", unit="date")
    end: dt.date | None = choice(None, "last day; after the run if not given", unit="date")

    @model_validator(mode="after")
    def _order(self) -> Arrangement:
        if self.start is not None and self.end is not None and self.end < self.start:
            message = f"{self.end} lies before start {self.start}"
            raise CheckError([Problem(("end",), message, (("start",),))])
        for key, what, names in (
            ("programmes", "programme", self.programmes),
            ("localities", "locality", self.localities),
        ):
            if len(set(names)) != len(names):
                raise CheckError([Problem((key,), f"a {what} is named twice")])
        return self


class LiaisonPractice(Section):
    """What a kind of liaison post does (L1-L3)."""

    availability: float = proportion(0.5, "chance that the post-holder can be asked when a worker wants to consult")
    judgement_noise: float = number(0.3, "tiers", 0.0, 3.0, "error of the post-holder's reading of severity")
    threshold_knowledge: float = proportion(0.9, "how much of the gap to the true threshold a consultation closes (R2)")
    carries: bool = choice(False, "carries referrals in person: better information, kept in touch", unit="yes or no")
    trust_gain: float = proportion(0.08, "step of a worker's trust towards full trust at each consultation (R1)")
    feedback: float = proportion(
        0.6, "chance that the referrer hears what became of a referral that the post handled (L8)"
    )
    filters: float = proportion(
        0.0,
        "share of other professionals' concerns about families of the area that come to the post-holder first, who "
        "sends on what crosses the threshold and finds support for the rest (L1)",
    )  # fmt: skip
    outreach: float = number(0.0, "families a month", 0.0, 50.0, "hard-to-reach families brought in (L1, S1)")
    joint_visits: float = proportion(0.1, "share of the referrals it handles that get a joint visit (L1, L2)")
    onward: float = number(1.5, "ratio", 0.1, 10.0, "how much more social services refer on to the programme (A9)")
    accompanies: float = proportion(0.0, "share of families referred on whom the post-holder takes along (S5)")
    turnover: float = number(0.10, "leavers a post a year", 0.0, 5.0, "turnover in the post (K1)")
    vacancy_days: float = number(120.0, "days", 0.0, 3650.0, "days until the post is filled again (K1)")


def _practices() -> dict[LiaisonKind, LiaisonPractice]:
    return {
        LiaisonKind.OUTPOSTED_SOCIAL_WORKER: LiaisonPractice(
            availability=0.85, judgement_noise=0.25, threshold_knowledge=0.9, carries=True, trust_gain=0.10,
            feedback=0.9, filters=0.4, outreach=2.0, joint_visits=0.3, onward=2.0, accompanies=0.7,
            turnover=0.08, vacancy_days=90.0,
        ),
        LiaisonKind.LINK_WORKER: LiaisonPractice(
            availability=0.5, judgement_noise=0.3, threshold_knowledge=0.8, trust_gain=0.06, feedback=0.6,
            joint_visits=0.08, onward=1.6, turnover=0.11,
        ),
        LiaisonKind.SOCIAL_WORK_ASSISTANT: LiaisonPractice(
            availability=0.6, judgement_noise=0.6, threshold_knowledge=0.4, carries=True, trust_gain=0.04,
            feedback=0.4, filters=0.1, outreach=1.0, joint_visits=0.1, onward=1.2, accompanies=0.4, turnover=0.7,
            vacancy_days=240.0,
        ),
    }  # fmt: skip


class LiaisonPost(Arrangement):
    """One post between a social work team and one or more programmes (L1-L3)."""

    kind: LiaisonKindKey = choice(LiaisonKind.LINK_WORKER, "what kind of post", "report Ch. 2", "kind")
    time: float = number(0.5, "full-time equivalents", 0.05, 2.0, "how much of the post is for the programmes")


class CollaborationPart(Arrangement):
    """One part of a collaboration besides the posts (L0, L4-L11)."""

    kind: PartKindKey = choice(PartKind.PLANNED_VISITS, "what kind of part", "report Ch. 2, 4", "kind")
    strength: float = proportion(1.0, "how fully it is carried out; at 0 it does nothing")


class PartEffect(Section):
    """What a kind of part does at full strength; effects of several parts combine like independent chances."""

    contact: float = proportion(
        0.0, "chance that a worker who wants to consult finds somebody of the team through it (L0, L4, L5)"
    )
    feedback: float = proportion(0.0, "chance that a referrer hears through it what became of a referral (L8)")
    joint_visits: float = proportion(0.0, "share of the accepted referrals that get a joint visit through it (L4, L5)")
    onward: float = number(1.0, "ratio", 0.1, 10.0, "how much more social services refer on to the programme (A9)")
    trust: float = proportion(0.0, "step of both sides' trust towards full trust each month (R1)")
    knowledge: float = proportion(0.0, "share of the threshold gap that it closes each month (R2)")
    learning: float = proportion(0.0, "step of the training of workers in post towards full training each month (L7)")
    induction: float = proportion(0.0, "step of a new worker's training towards full training (L7)")
    sharing: float = proportion(0.0, "step of the workers' willingness to share towards full willingness (L9)")
    completes: float = proportion(0.0, "share of the detail missing from an informal word that it supplies (L9)")
    knows_open_cases: float = proportion(
        0.0, "chance that a worker knows of a family's open case, and takes a concern straight to it (L9)"
    )
    deters: float = proportion(0.0, "share of a programme's users who stay away while it lasts (L4)")
    trust_needed: float = proportion(
        0.0, "trust between the two sides below which it does not help, and wears trust away (L4)"
    )
    lasting_trust: float = proportion(
        0.0, "how far it raises the level that trust returns to, towards full trust (L11, R3)"
    )
    months: float = number(0.0, "months", 0.0, 120.0, "months until half of its effect is there: slow parts (L11)")


def _effects() -> dict[PartKind, PartEffect]:
    return {
        PartKind.INFORMAL_LINKS: PartEffect(contact=1.0),
        PartKind.CO_LOCATION: PartEffect(
            contact=0.7, feedback=0.4, joint_visits=0.2, onward=1.6, trust=0.05, knowledge=0.10, deters=0.10,
            trust_needed=0.5,
        ),
        PartKind.PLANNED_VISITS: PartEffect(
            contact=0.5, feedback=0.5, joint_visits=0.15, onward=1.5, trust=0.03, knowledge=0.10
        ),
        PartKind.FAMILY_SUPPORT_PANEL: PartEffect(contact=0.1, feedback=0.3, onward=1.2, trust=0.01),
        PartKind.TRAINING: PartEffect(contact=0.05, knowledge=0.05, learning=0.05, induction=0.3, trust=0.005),
        PartKind.FEEDBACK: PartEffect(feedback=1.0),
        PartKind.SHARED_INFORMATION: PartEffect(sharing=0.3, completes=0.5, knows_open_cases=0.8),
        PartKind.COMMON_ASSESSMENT: PartEffect(sharing=0.2, knowledge=0.02),
        PartKind.STRATEGIC_COMMITMENT: PartEffect(onward=1.2, lasting_trust=0.4, months=12.0),
    }  # fmt: skip


class Panel(Section):
    """How a family support panel of full strength works (L6)."""

    places: float = number(
        8.0, "families per 1,000 under-fives", 0.0, 500.0, "families whom the panel's agencies support at a time"
    )
    lowest_need: float = number(2.0, "tiers", 1.0, 6.0, "need from which it takes a family", "report Ch. 2: tier 2")
    meeting_days: int = number(10, "working days", 1, 60, "days between two meetings")
    judgement_noise: float = number(0.3, "tiers", 0.0, 3.0, "error of the panel's reading of need")
    passes_up: float = number(
        0.3, "tiers", -2.0, 3.0, "how far above the authority's threshold it still works before it passes risk up",
        "direction: report Ch. 2, City Borough",
    )  # fmt: skip
    programmes: float = proportion(
        0.5, "share of what programme workers would refer, and is no emergency, that they take to the panel first"
    )
    professionals: float = proportion(
        0.3, "share of the concerns below the threshold that other professionals take to the panel instead"
    )
    front_door: float = proportion(0.4, "share of the contacts below the threshold that the teams pass on to it (F5)")
    package_days: int = number(150, "days", 1, 1460, "length of a family support plan")
    effect: float = number(
        1.2,
        "ratio",
        0.0,
        5.0,
        "chance that a month of a panel's support plan turns trouble, relative to other help (help.works)",
    )


class CommonAssessment(Section):
    """What the Common Assessment Framework does where all partners use it (L10)."""

    programmes: float = proportion(0.6, "share of the concerns of tier 2 and above for which a programme completes one")
    professionals: float = proportion(0.2, "the same of other professionals")
    consent: float = proportion(0.85, "share of families who agree to it", "report Ch. 2: consent is asked for")
    information: float = proportion(0.4, "share of the error in reading a contact that a completed one removes")
    saves_work: float = proportion(
        0.3, "share of the work and time of an initial assessment that it stands in for", "direction: report Ch. 2"
    )
    feedback: float = proportion(0.6, "chance that the lead professional it names hears what became of a referral")


class Collaboration(Section):
    """What joins programmes and social services where nothing else is said, and what each part does (L0-L11)."""

    nearness: float = number(
        0.5, "exponent", 0.0, 3.0,
        "how acquaintance thins out with the size of a team's patch: as (children / 25,000) to the power of minus this "
        "(L12)",
        "direction: report Ch. 2, East Borough",
    )  # fmt: skip
    informal_links: float = proportion(
        0.25, "chance that a worker can consult somebody they know in the team where no post exists (L0)",
        "report Ch. 2: Southshire in parts, East Borough's other teams",
    )  # fmt: skip
    informal_noise: float = number(0.4, "tiers", 0.0, 3.0, "error of judgement of somebody asked informally (L0)")
    informal_knowledge: float = proportion(0.5, "how much of the threshold gap an informal word closes (L0, R2)")
    informal_trust_gain: float = proportion(0.03, "step of trust up at an informal consultation (L0, R1)")
    feedback: float = proportion(
        0.3, "chance that a referrer hears what became of a referral, without a liaison post (L8)", "report Ch. 1.5a"
    )
    knows_programmes: float = proportion(
        0.12, "chance that social services refer an eligible family on to its programme (A9)",
        "Table 6.6: 3 of 28 to 6 of 17 files",
    )  # fmt: skip
    practices: dict[LiaisonKindKey, LiaisonPractice] = table(
        _practices, "kinds of post", "what each kind of liaison post does (L1-L3)", "directions: report Ch. 2, 4"
    )
    effects: dict[PartKindKey, PartEffect] = table(
        _effects, "kinds of part", "what each kind of part does at full strength (L0, L4-L11)",
        "directions: report Part One, Ch. 2, 4; sizes assumed",
    )  # fmt: skip
    panel: Panel = choice(Panel(), "how a family support panel works (L6)", unit="section")
    common_assessment: CommonAssessment = choice(
        CommonAssessment(), "what the Common Assessment Framework does (L10)", unit="section"
    )
