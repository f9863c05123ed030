"""Sure Start Local Programmes: area, reach, staff, and how their workers go about a concern (S1-S6)."""

from __future__ import annotations

import datetime as dt

from pydantic import model_validator

from .fields import Name, Section, choice, number, proportion
from .world import check_shares


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
            check_shares(dict(self.localities), "localities")
        for name, value in (("trust", self.trust), ("team_trust", self.team_trust)):
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} is {value:g}, a share lies between 0 and 1")
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
