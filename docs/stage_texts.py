"""What the column dictionary says of each stage and outcome of a case."""

from __future__ import annotations

from dataclasses import dataclass

from referral_sim.records.stages import Outcome, Stage

NO_LEVEL, NO_CLOCK = "", ""
TRUE_NEED = "true need"


@dataclass(frozen=True)
class StageText:
    """What the dictionary says of a stage.

    Attributes:
        meaning: what happened.
        level: what the row's ``level`` is; empty if it is missing.
        clock: what ``working_days`` count from; empty if they are missing.
        outcomes: what the stage can come to.
    """

    meaning: str
    level: str
    clock: str
    outcomes: tuple[Outcome, ...]


NONE = (Outcome.NONE,)
ENDS_OR_NOT = (Outcome.REMAINS, Outcome.ENDS)
STAGES: dict[Stage, StageText] = {
    Stage.PROGRAMME_CONCERN: StageText(
        "a programme noticed a sign of trouble in a family that uses it, and decided",
        f"{TRUE_NEED} when it showed",
        NO_CLOCK,
        (
            Outcome.SUPPORTED,
            Outcome.REFUSED,
            Outcome.NO_CAPACITY,
            Outcome.REFERRED,
            Outcome.TOLD_INFORMALLY,
            Outcome.HELD_BACK,
            Outcome.TOLD_OPEN_CASE,
            Outcome.TO_PANEL,
        ),
    ),
    Stage.CONSULTATION: StageText(
        "the programme worker asked a liaison worker, or somebody known in the team, before deciding",
        f"{TRUE_NEED} when it showed",
        NO_CLOCK,
        (Outcome.ADVISED_TO_REFER, Outcome.ADVISED_TO_SUPPORT),
    ),
    Stage.CONTACT: StageText(
        "somebody brought the concern to social services",
        f"{TRUE_NEED} when it showed, or when a panel passed it up",
        NO_CLOCK,
        NONE,
    ),
    Stage.CONTACT_DECISION: StageText(
        "the contact was screened and decided on",
        f"need as the team saw it; {TRUE_NEED} where an administrator or the county desk answered",
        "the contact",
        (
            Outcome.ANSWERED_BY_ADMINISTRATOR,
            Outcome.SIGNPOSTED_AT_DESK,
            Outcome.ADVICE,
            Outcome.REFERRED_TO_PROGRAMME,
            Outcome.TO_PANEL,
            Outcome.TO_OPEN_CASE,
            Outcome.JOINED,
            Outcome.REFERRAL,
        ),
    ),
    Stage.REFERRAL: StageText(
        "the contact was recorded as a referral",
        f"{TRUE_NEED} when it showed, or when a panel passed it up",
        "the contact",
        (Outcome.NO_FURTHER_ACTION, Outcome.REFERRED_TO_PROGRAMME, Outcome.INITIAL_ASSESSMENT),
    ),
    Stage.INITIAL_ASSESSMENT: StageText(
        "an initial assessment ended",
        "need as the assessment found it",
        "the referral",
        (Outcome.NOT_IN_NEED, Outcome.CHILD_IN_NEED, Outcome.CORE_ASSESSMENT, Outcome.STRATEGY_DISCUSSION),
    ),
    Stage.STRATEGY_DISCUSSION: StageText(
        "a strategy discussion was held",
        "need as the assessment found it; in an open case as the team saw it",
        NO_CLOCK,
        (Outcome.SECTION_47_ENQUIRY, Outcome.CHILD_IN_NEED),
    ),
    Stage.SECTION_47_ENQUIRY: StageText("a section 47 enquiry began", NO_LEVEL, NO_CLOCK, NONE),
    Stage.SECTION_47_OUTCOME: StageText(
        "a section 47 enquiry ended",
        NO_LEVEL,
        "the strategy discussion",
        (Outcome.CONFERENCE, Outcome.CHILD_IN_NEED),
    ),
    Stage.CORE_ASSESSMENT: StageText("a core assessment ended", NO_LEVEL, "its start", NONE),
    Stage.CONFERENCE: StageText(
        "an initial child protection conference met",
        NO_LEVEL,
        "the strategy discussion",
        (Outcome.REGISTERED, Outcome.NOT_REGISTERED),
    ),
    Stage.REGISTRATION: StageText(
        "the child was placed on the child protection register; the outcome is the category",
        NO_LEVEL,
        NO_CLOCK,
        (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE),
    ),
    Stage.REGISTER_REVIEW: StageText("a review conference met", f"{TRUE_NEED} that day", NO_CLOCK, ENDS_OR_NOT),
    Stage.DEREGISTRATION: StageText(
        "the child was taken off the register",
        NO_LEVEL,
        "the registration",
        (
            Outcome.NONE,
            Outcome.STEPPED_DOWN,
            Outcome.TAKEN_INTO_CARE,
            Outcome.CAME_OF_AGE,
            Outcome.MOVED_AWAY,
        ),
    ),
    Stage.PLAN_START: StageText("a plan for a child in need began", NO_LEVEL, NO_CLOCK, NONE),
    Stage.PLAN_REVIEW: StageText("such a plan was reviewed", f"{TRUE_NEED} that day", NO_CLOCK, ENDS_OR_NOT),
    Stage.PLAN_END: StageText(
        "such a plan ended", NO_LEVEL, NO_CLOCK, (Outcome.ENDS, Outcome.STEPPED_UP, Outcome.MOVED_AWAY)
    ),
    Stage.REFERRAL_TO_PROGRAMME: StageText(
        "social services referred the family to its programme, and the programme or the family answered",
        NO_LEVEL,
        NO_CLOCK,
        (Outcome.ACCEPTED, Outcome.OUTSIDE_AGE, Outcome.NOT_TAKEN_UP, Outcome.NO_CAPACITY, Outcome.REFUSED),
    ),
    Stage.PACKAGE: StageText("a programme's support package began", NO_LEVEL, NO_CLOCK, (Outcome.ACCEPTED,)),
    Stage.JOINT_VISIT: StageText("a programme worker and a social worker visited together", NO_LEVEL, NO_CLOCK, NONE),
    Stage.MOVE: StageText(
        "the family moved: an open case passed to another team, or what was on its way ended because the family left",
        NO_LEVEL,
        NO_CLOCK,
        (Outcome.MOVED_WITHIN, Outcome.MOVED_AWAY),
    ),
    Stage.OTHER_OFFICE: StageText(
        "a day care request went to another office and was no contact with social services",
        f"{TRUE_NEED} when it showed",
        NO_CLOCK,
        NONE,
    ),
    Stage.WAITING: StageText(
        "where the case stood when the run ended; a case may have more than one such row",
        NO_LEVEL,
        NO_CLOCK,
        (
            Outcome.BEFORE_PANEL,
            Outcome.AT_DESK,
            Outcome.IN_SCREENING,
            Outcome.IN_INITIAL_ASSESSMENT,
            Outcome.IN_CORE_ASSESSMENT,
            Outcome.IN_ENQUIRY,
            Outcome.AWAITING_CONFERENCE,
            Outcome.ON_REGISTER,
            Outcome.ON_PLAN,
        ),
    ),
    Stage.COMMON_ASSESSMENT: StageText(
        "a programme worker or another professional set out to complete a common assessment",
        f"{TRUE_NEED} when it showed",
        NO_CLOCK,
        (Outcome.COMPLETED, Outcome.NO_CONSENT),
    ),
    Stage.TAKEN_TO_LIAISON: StageText(
        "another professional took a concern to a programme's liaison worker first",
        f"{TRUE_NEED} when it showed",
        NO_CLOCK,
        (Outcome.ADVISED_TO_REFER, Outcome.SUPPORTED, Outcome.NO_CAPACITY, Outcome.REFUSED),
    ),
    Stage.PANEL: StageText(
        "a family support panel decided on a case that somebody had brought to it",
        f"{TRUE_NEED} that day",
        NO_CLOCK,
        (Outcome.SUPPORTED, Outcome.NO_CAPACITY, Outcome.REFUSED, Outcome.ADVICE, Outcome.PASSED_UP),
    ),
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.NONE: "the stage has no outcome of its own; at a de-registration: no plan follows",
    Outcome.SUPPORTED: "the programme, or the panel's agencies, support the family, by a new package or one that runs",
    Outcome.REFUSED: "the family does not want the support that it is offered",
    Outcome.TAKEN_INTO_CARE: "proceedings took the children into care",
    Outcome.CAME_OF_AGE: "nobody in the family is under 18 any more",
    Outcome.NO_CAPACITY: "the programme or the panel had no room; nothing else is done",
    Outcome.REFERRED: "referred to social services formally",
    Outcome.TOLD_INFORMALLY: "told to social services without detail and without writing it down",
    Outcome.HELD_BACK: "neither supported nor told",
    Outcome.ADVISED_TO_REFER: "the adviser took it to be above the threshold that the worker believes in",
    Outcome.ADVISED_TO_SUPPORT: "the adviser took it to be below that threshold",
    Outcome.ANSWERED_BY_ADMINISTRATOR: "a simple enquiry, answered by administrators",
    Outcome.SIGNPOSTED_AT_DESK: "a simple enquiry, answered at the county desk",
    Outcome.ADVICE: "advice or signposting; not a referral; of a panel: no plan",
    Outcome.REFERRED_TO_PROGRAMME: "sent on to the family's programme, without an assessment",
    Outcome.TO_OPEN_CASE: "the family has an open case; the contact goes there and is not a referral",
    Outcome.MOVED_WITHIN: "the family moved to another patch; its team takes over",
    Outcome.MOVED_AWAY: "the family left the authority; nothing of this case follows",
    Outcome.JOINED: "joins another contact on the same family that was decided on the same day; not a referral",
    Outcome.REFERRAL: "recorded as a referral",
    Outcome.NO_FURTHER_ACTION: "a referral without an assessment",
    Outcome.INITIAL_ASSESSMENT: "to an initial assessment",
    Outcome.NOT_IN_NEED: "not a child in need; the case is closed",
    Outcome.CHILD_IN_NEED: "a child in need, no need of protection; a plan may be offered",
    Outcome.CORE_ASSESSMENT: "a child in need whose needs call for a core assessment",
    Outcome.STRATEGY_DISCUSSION: "significant harm is feared; to a strategy discussion",
    Outcome.SECTION_47_ENQUIRY: "an enquiry is to be made",
    Outcome.CONFERENCE: "to a child protection conference",
    Outcome.REGISTERED: "the conference registers the child",
    Outcome.NOT_REGISTERED: "it does not",
    Outcome.NEGLECT: "category neglect",
    Outcome.PHYSICAL_ABUSE: "category physical abuse",
    Outcome.SEXUAL_ABUSE: "category sexual abuse",
    Outcome.EMOTIONAL_ABUSE: "category emotional abuse",
    Outcome.REMAINS: "registration or plan goes on",
    Outcome.ENDS: "registration or plan ends",
    Outcome.STEPPED_DOWN: "registration gives way to a plan for a child in need",
    Outcome.STEPPED_UP: "registration takes the plan's place",
    Outcome.ACCEPTED: "the programme accepts and the family comes; of a package: it began",
    Outcome.OUTSIDE_AGE: "the family's youngest child is too old for the programme",
    Outcome.NOT_TAKEN_UP: "the family does not go",
    Outcome.AT_DESK: "at the county desk",
    Outcome.IN_SCREENING: "waiting to be screened",
    Outcome.IN_INITIAL_ASSESSMENT: "in an initial assessment",
    Outcome.IN_ENQUIRY: "in a section 47 enquiry",
    Outcome.IN_CORE_ASSESSMENT: "in a core assessment",
    Outcome.AWAITING_CONFERENCE: "waiting for a conference",
    Outcome.ON_REGISTER: "on the register",
    Outcome.ON_PLAN: "on a plan",
    Outcome.TOLD_OPEN_CASE: "told to those who have the family's case open",
    Outcome.TO_PANEL: "taken or passed on to a family support panel",
    Outcome.PASSED_UP: "the panel takes it to be a matter for social services, who get a contact the same day",
    Outcome.COMPLETED: "completed",
    Outcome.NO_CONSENT: "the family did not agree",
    Outcome.BEFORE_PANEL: "waiting for the panel's next meeting",
}
