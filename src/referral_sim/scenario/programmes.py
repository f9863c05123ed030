"""Sure Start Local Programmes, their practice, and the posts that link them to social services (S1-S5, L0-L3)."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from .fields import LiaisonKind, LiaisonKindKey, Name, Section, choice, number, proportion, table
from .world import check_shares


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
    packages_per_worker: int = number(6, "families", 0, 100, "support packages a worker can carry at a time (S4)")
    reach: float = proportion(0.5, "share of eligible families of need 1.0 who use the programme (S1)")
    reach_slope: float = number(
        -0.25, "log odds a tier", -3.0, 3.0, "change in use with need: below 0, the hard-to-reach stay away (S1)",
        "direction: report Ch. 4 (NAO 2006)",
    )  # fmt: skip
    age_limit: float = number(5.0, "years", 0.0, 18.0, "families with a child below this age are served (S5)")

    @model_validator(mode="after")
    def _areas(self) -> Programme:
        if self.localities:
            check_shares(dict(self.localities), "localities")
        return self


class Practice(Section):
    """How the workers of every programme of the authority go about a concern (S2-S5)."""

    detection: float = proportion(
        0.45, "chance that a programme notices a concern at need 2.0 in a family that uses it"
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
    sharing: float = proportion(0.7, "willingness to share information of a worker with full trust (S2)")
    informal_share: float = proportion(
        0.3, "of what is not referred formally, the share told to social services without writing it down (S3)",
        "report Ch. 1.5a",
    )  # fmt: skip
    consult_band: float = number(
        0.8, "tiers", 0.0, 3.0, "distance from the believed threshold within which one consults"
    )
    meeting_gain: float = proportion(0.3, "share of the error of judgement removed by the weekly referral meeting (S3)")
    escalation: float = number(0.4, "tiers", 0.0, 3.0, "how much worse a concern held back comes back (S4)")
    escalation_share: float = proportion(
        0.35, "share of the concerns held back that come back through another source (S4)"
    )
    escalation_days: float = number(60.0, "days", 1.0, 730.0, "mean days until a concern held back comes back")
    package_days: int = number(120, "days", 1, 1460, "length of a support package (S4)")
    package_relief: float = number(0.5, "tiers", 0.0, 3.0, "by how much a package lowers need while it lasts (S4)")
    take_up: float = proportion(0.5, "share of families who take up a programme when social services refer them (S5)")
    take_up_accompanied: float = proportion(
        0.8, "the same when a worker takes them along (S5)", "direction: report Ch. 2, City Borough; size assumed"
    )
    day_care_referral: float = proportion(
        0.6, "share of day care requests seen in a programme that it passes to a front door which decides them (F6)",
        "report Ch. 3, City Borough: three of five referrals",
    )  # fmt: skip


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
            feedback=0.9, outreach=2.0, joint_visits=0.3, onward=2.0, accompanies=0.7, turnover=0.08,
            vacancy_days=90.0,
        ),
        LiaisonKind.LINK_WORKER: LiaisonPractice(
            availability=0.5, judgement_noise=0.3, threshold_knowledge=0.8, trust_gain=0.06, feedback=0.6,
            joint_visits=0.08, onward=1.6, turnover=0.11,
        ),
        LiaisonKind.SOCIAL_WORK_ASSISTANT: LiaisonPractice(
            availability=0.6, judgement_noise=0.6, threshold_knowledge=0.4, carries=True, trust_gain=0.04,
            feedback=0.4, outreach=1.0, joint_visits=0.1, onward=1.2, accompanies=0.4, turnover=0.7,
            vacancy_days=240.0,
        ),
    }  # fmt: skip


class LiaisonPost(Section):
    """One post between a social work team and one or more programmes."""

    kind: LiaisonKindKey = choice(LiaisonKind.LINK_WORKER, "what kind of post", "report Ch. 2", "kind")
    programmes: tuple[Name, ...] = choice((), "the programmes it serves; all of them if not given", unit="names")
    time: float = number(0.5, "full-time equivalents", 0.05, 2.0, "how much of the post is for the programmes")
    start: dt.date | None = choice(None, "first day of the post; before the run if not given", unit="date")
    end: dt.date | None = choice(None, "last day of the post; after the run if not given", unit="date")

    @model_validator(mode="before")
    @classmethod
    def _list_to_tuple(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("programmes"), list):
            data = {**data, "programmes": tuple(data["programmes"])}
        return data

    @model_validator(mode="after")
    def _order(self) -> LiaisonPost:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} lies before start {self.start}")
        if len(set(self.programmes)) != len(self.programmes):
            raise ValueError("programmes: a programme is named twice")
        return self


class Collaboration(Section):
    """The parts that join programmes and social services (L0-L3, L8)."""

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
