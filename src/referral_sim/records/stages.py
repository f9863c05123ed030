"""The stages of a case, what each can come to, and which stage may follow which outcome."""

from __future__ import annotations

from enum import IntEnum


class Stage(IntEnum):
    """Stages of a case. Append only: the numbers are stored."""

    PROGRAMME_CONCERN = 0
    CONSULTATION = 1
    CONTACT = 2
    CONTACT_DECISION = 3
    REFERRAL = 4
    INITIAL_ASSESSMENT = 5
    STRATEGY_DISCUSSION = 6
    SECTION_47_ENQUIRY = 7
    SECTION_47_OUTCOME = 8
    CORE_ASSESSMENT = 9
    CONFERENCE = 10
    REGISTRATION = 11
    REGISTER_REVIEW = 12
    DEREGISTRATION = 13
    PLAN_START = 14
    PLAN_REVIEW = 15
    PLAN_END = 16
    REFERRAL_TO_PROGRAMME = 17
    PACKAGE = 18
    JOINT_VISIT = 19
    WAITING = 20
    OTHER_OFFICE = 22
    COMMON_ASSESSMENT = 23
    PANEL = 24
    TAKEN_TO_LIAISON = 25
    MOVE = 26


class Outcome(IntEnum):
    """What a stage came to. Append only: the numbers are stored."""

    NONE = 0
    SUPPORTED = 1
    NO_CAPACITY = 2
    REFERRED = 3
    TOLD_INFORMALLY = 4
    HELD_BACK = 5
    ADVISED_TO_REFER = 6
    ADVISED_TO_SUPPORT = 7
    ANSWERED_BY_ADMINISTRATOR = 8
    SIGNPOSTED_AT_DESK = 9
    ADVICE = 10
    REFERRED_TO_PROGRAMME = 11
    TO_OPEN_CASE = 12
    REFERRAL = 13
    NO_FURTHER_ACTION = 14
    INITIAL_ASSESSMENT = 15
    NOT_IN_NEED = 16
    CHILD_IN_NEED = 17
    CORE_ASSESSMENT = 18
    STRATEGY_DISCUSSION = 19
    SECTION_47_ENQUIRY = 20
    CONFERENCE = 21
    REGISTERED = 22
    NOT_REGISTERED = 23
    NEGLECT = 24
    PHYSICAL_ABUSE = 25
    SEXUAL_ABUSE = 26
    EMOTIONAL_ABUSE = 27
    REMAINS = 28
    ENDS = 29
    STEPPED_DOWN = 30
    STEPPED_UP = 31
    ACCEPTED = 32
    OUTSIDE_AGE = 33
    NOT_TAKEN_UP = 34
    AT_DESK = 35
    IN_SCREENING = 36
    IN_INITIAL_ASSESSMENT = 37
    IN_ENQUIRY = 38
    IN_CORE_ASSESSMENT = 39
    AWAITING_CONFERENCE = 40
    ON_REGISTER = 41
    ON_PLAN = 42
    JOINED = 44
    TOLD_OPEN_CASE = 45
    TO_PANEL = 46
    PASSED_UP = 47
    COMPLETED = 48
    NO_CONSENT = 49
    BEFORE_PANEL = 50
    REFUSED = 51
    TAKEN_INTO_CARE = 52
    CAME_OF_AGE = 53
    MOVED_WITHIN = 60
    MOVED_AWAY = 61


# The first stages a case may show, and the stages that may follow a stage with an outcome. Stages not named as
# following anything here (a referral on to the programme, a joint visit, a package, a move) run beside the main road.
# A registration ends without a review, and a plan too, only where the family moves away; nothing follows that.
FIRST_STAGES = frozenset(
    {
        Stage.PROGRAMME_CONCERN,
        Stage.CONSULTATION,
        Stage.CONTACT,
        Stage.OTHER_OFFICE,
        Stage.PANEL,
        Stage.TAKEN_TO_LIAISON,
    }
)
SIDE_STAGES = frozenset(
    {
        Stage.REFERRAL_TO_PROGRAMME,
        Stage.JOINT_VISIT,
        Stage.PACKAGE,
        Stage.CORE_ASSESSMENT,
        Stage.WAITING,
        Stage.COMMON_ASSESSMENT,
        Stage.MOVE,
    }
)
_DECIDED = frozenset({Stage.REFERRAL})
_ASSESSED_IN_NEED = frozenset({Stage.PLAN_START})
FOLLOWS: dict[tuple[Stage, Outcome], frozenset[Stage]] = {
    (Stage.CONSULTATION, Outcome.ADVISED_TO_REFER): frozenset({Stage.PROGRAMME_CONCERN}),
    (Stage.CONSULTATION, Outcome.ADVISED_TO_SUPPORT): frozenset({Stage.PROGRAMME_CONCERN}),
    (Stage.PROGRAMME_CONCERN, Outcome.REFERRED): frozenset({Stage.CONTACT}),
    (Stage.PROGRAMME_CONCERN, Outcome.TOLD_INFORMALLY): frozenset({Stage.CONTACT}),
    (Stage.PROGRAMME_CONCERN, Outcome.TOLD_OPEN_CASE): frozenset({Stage.CONTACT}),
    (Stage.PROGRAMME_CONCERN, Outcome.TO_PANEL): frozenset({Stage.PANEL}),
    (Stage.TAKEN_TO_LIAISON, Outcome.ADVISED_TO_REFER): frozenset({Stage.CONTACT}),
    (Stage.PANEL, Outcome.PASSED_UP): frozenset({Stage.CONTACT}),
    (Stage.CONTACT_DECISION, Outcome.TO_PANEL): frozenset({Stage.PANEL}),
    (Stage.CONTACT, Outcome.NONE): frozenset({Stage.CONTACT_DECISION}),
    (Stage.CONTACT_DECISION, Outcome.REFERRAL): _DECIDED,
    (Stage.CONTACT_DECISION, Outcome.TO_OPEN_CASE): frozenset({Stage.STRATEGY_DISCUSSION}),
    (Stage.REFERRAL, Outcome.INITIAL_ASSESSMENT): frozenset({Stage.INITIAL_ASSESSMENT}),
    (Stage.INITIAL_ASSESSMENT, Outcome.CHILD_IN_NEED): _ASSESSED_IN_NEED,
    (Stage.INITIAL_ASSESSMENT, Outcome.CORE_ASSESSMENT): _ASSESSED_IN_NEED,
    (Stage.INITIAL_ASSESSMENT, Outcome.STRATEGY_DISCUSSION): frozenset({Stage.STRATEGY_DISCUSSION}),
    (Stage.STRATEGY_DISCUSSION, Outcome.SECTION_47_ENQUIRY): frozenset({Stage.SECTION_47_ENQUIRY}),
    (Stage.STRATEGY_DISCUSSION, Outcome.CHILD_IN_NEED): _ASSESSED_IN_NEED,
    (Stage.SECTION_47_ENQUIRY, Outcome.NONE): frozenset({Stage.SECTION_47_OUTCOME}),
    (Stage.SECTION_47_OUTCOME, Outcome.CONFERENCE): frozenset({Stage.CONFERENCE}),
    (Stage.SECTION_47_OUTCOME, Outcome.CHILD_IN_NEED): _ASSESSED_IN_NEED,
    (Stage.CONFERENCE, Outcome.REGISTERED): frozenset({Stage.REGISTRATION}),
    (Stage.CONFERENCE, Outcome.NOT_REGISTERED): _ASSESSED_IN_NEED,
    **{
        (Stage.REGISTRATION, category): frozenset({Stage.REGISTER_REVIEW, Stage.DEREGISTRATION})
        for category in (Outcome.NEGLECT, Outcome.PHYSICAL_ABUSE, Outcome.SEXUAL_ABUSE, Outcome.EMOTIONAL_ABUSE)
    },
    (Stage.REGISTER_REVIEW, Outcome.REMAINS): frozenset({Stage.REGISTER_REVIEW, Stage.DEREGISTRATION}),
    (Stage.REGISTER_REVIEW, Outcome.ENDS): frozenset({Stage.DEREGISTRATION}),
    (Stage.DEREGISTRATION, Outcome.STEPPED_DOWN): _ASSESSED_IN_NEED,
    (Stage.PLAN_START, Outcome.NONE): frozenset({Stage.PLAN_REVIEW, Stage.PLAN_END}),
    (Stage.PLAN_REVIEW, Outcome.REMAINS): frozenset({Stage.PLAN_REVIEW, Stage.PLAN_END}),
    (Stage.PLAN_REVIEW, Outcome.ENDS): frozenset({Stage.PLAN_END}),
}


def label(code: IntEnum) -> str:
    """A stage's or outcome's name as tables print it."""
    return code.name.lower()
