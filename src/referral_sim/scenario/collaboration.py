"""What joins programmes and social services: liaison posts and the other parts of a collaboration (L0-L11)."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from .fields import (
    LiaisonKind,
    LiaisonKindKey,
    Names,
    PartKind,
    PartKindKey,
    Section,
    choice,
    number,
    proportion,
    table,
)


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
            raise ValueError(f"end {self.end} lies before start {self.start}")
        for key, what, names in (
            ("programmes", "programme", self.programmes),
            ("localities", "locality", self.localities),
        ):
            if len(set(names)) != len(names):
                raise ValueError(f"{key}: a {what} is named twice")
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


class Part(Arrangement):
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
    relief: float = number(0.5, "tiers", 0.0, 3.0, "by how much a family support plan lowers need while it lasts")


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
