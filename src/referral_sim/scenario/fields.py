"""How a scenario field is declared: a default, a unit, a range, a meaning and a source.

Every number a user may change is declared with :func:`number`; the JSON Schema, the parameter table in
``docs/odd/parameters.md``, ``referral-sim show`` and the error messages are all made from these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from .keys import Key, key_text

ASSUMED = "assumed"


@dataclass(frozen=True)
class Problem:
    """What a validator finds wrong between keys.

    Attributes:
        key: the key at fault, from the model that the validator belongs to.
        message: what is wrong and what is allowed.
        named: other keys that it rests on, from the same model; of all of them, the one written last is shown.
    """

    key: Key
    message: str
    named: tuple[Key, ...] = ()


class CheckError(ValueError):
    """Raised by a validator whose fields do not go together; carries all that it found.

    Args:
        problems: at least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{key_text(one.key)}: {one.message}" for one in self.problems))


class Section(BaseModel):
    """A frozen part of a scenario; unknown keys, NaN and silent type changes are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)

    # A pydantic model iterates over its fields. ``mesa.batch_run`` would then take one scenario given as a
    # parameter value for a list of values; without iteration it is one value, as its user means it.
    __iter__ = None  # type: ignore[assignment]


def number(default: float | int, unit: str, low: float, high: float, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a bounded number.

    Args:
        default: the value where a scenario gives none.
        unit: in words ("share", "tiers", "hours", "working days", ...).
        low: least allowed value.
        high: greatest allowed value.
        meaning: one sentence for tables and help.
        source: where the default comes from: a place in the report or in the evidence, or "assumed".
    """
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra={"unit": unit, "source": source})


def proportion(default: float, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a share or probability between 0 and 1."""
    return number(default, "share", 0.0, 1.0, meaning, source)


def choice(default: Any, meaning: str, source: str = ASSUMED, unit: str = "choice") -> Any:
    """Declare a field that is not a plain number: a switch, a date, a word or a table."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "source": source})


def table(factory: Any, unit: str, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a mapping with a fixed set of keys; a file may give some of them and keeps the others."""
    return Field(
        default_factory=factory,
        description=meaning,
        json_schema_extra={"unit": unit, "source": source, "merges": True},
    )


def shares(factory: Any, unit: str, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a mapping of shares that must add to 1; a file that gives it replaces the whole default."""
    return Field(default_factory=factory, description=meaning, json_schema_extra={"unit": unit, "source": source})


def named(factory: Any, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a mapping whose keys are names that the user chooses; a file that gives it replaces the default."""
    return Field(
        default_factory=factory,
        description=meaning,
        json_schema_extra={"unit": "names", "source": source, "named": True},
    )


class EthnicGroup(StrEnum):
    """Broad groups of the 2001 census, as the report uses them (Ch. 2)."""

    WHITE = "white"
    ASIAN = "asian"
    BLACK = "black"
    MIXED = "mixed"
    OTHER = "other"


class ConcernKind(StrEnum):
    """What somebody could notice (MODEL W3)."""

    DOMESTIC_VIOLENCE = "domestic_violence"
    NEGLECT = "neglect"
    PHYSICAL_HARM = "physical_harm"
    EMOTIONAL_HARM = "emotional_harm"
    SEXUAL_HARM = "sexual_harm"
    PARENTAL_ILL_HEALTH = "parental_ill_health_or_isolation"
    SUBSTANCE_MISUSE = "substance_misuse"
    DEVELOPMENT = "development_or_disability"
    POVERTY = "poverty_or_housing"
    DAY_CARE = "day_care_request"


class HelpKind(StrEnum):
    """Kinds of help (MODEL S8): what programmes may offer, and the work of social services' plans."""

    HEALTH_VISITING = "health_visiting"
    PARENTING = "parenting"
    DOMESTIC_VIOLENCE = "domestic_violence_support"
    ADVICE = "advice"
    SOCIAL_WORK = "social_work"


class Source(StrEnum):
    """Who brings a concern to social services: the rows of Table 6.3 and the SSLP, which no table recorded."""

    ACCIDENT_AND_EMERGENCY = "accident_and_emergency"
    ANONYMOUS = "anonymous"
    COMMUNITY_NURSE = "community_nurse"
    FAMILY_OR_FRIEND = "family_or_friend"
    GENERAL_PRACTITIONER = "general_practitioner"
    HEALTH_VISITOR = "health_visitor"
    HOSPITAL = "hospital"
    MIDWIFE = "midwife"
    NSPCC = "nspcc"
    OCCUPATIONAL_THERAPY = "occupational_therapy"
    OTHER = "other"
    OTHER_LOCAL_AUTHORITY = "other_local_authority"
    OTHER_DEPARTMENT = "other_local_authority_department"
    POLICE = "police"
    PROBATION = "probation"
    SELF_OR_CARER = "self_or_carer"
    EDUCATION_SERVICES = "education_services"
    HOUSING_DEPARTMENT = "housing_department"
    SCHOOL = "school"
    SSLP = "sslp"


class LiaisonKind(StrEnum):
    """The liaison posts of the report (MODEL L1-L3)."""

    OUTPOSTED_SOCIAL_WORKER = "outposted_social_worker"
    LINK_WORKER = "link_worker"
    SOCIAL_WORK_ASSISTANT = "social_work_assistant"


class PartKind(StrEnum):
    """The parts of a collaboration besides posts (MODEL L0, L4-L11)."""

    INFORMAL_LINKS = "informal_links"
    CO_LOCATION = "co_location"
    PLANNED_VISITS = "planned_visits"
    FAMILY_SUPPORT_PANEL = "family_support_panel"
    TRAINING = "training"
    FEEDBACK = "feedback"
    SHARED_INFORMATION = "shared_information"
    COMMON_ASSESSMENT = "common_assessment"
    STRATEGIC_COMMITMENT = "strategic_commitment"


EthnicKey = Annotated[EthnicGroup, Strict(False)]
KindKey = Annotated[ConcernKind, Strict(False)]
SourceKey = Annotated[Source, Strict(False)]
HelpKey = Annotated[HelpKind, Strict(False)]
LiaisonKindKey = Annotated[LiaisonKind, Strict(False)]
PartKindKey = Annotated[PartKind, Strict(False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.'-]{0,63}$")]

# What turns a file's list into a tuple. It belongs to the field: one around the whole section would take all of it out
# of JSON mode, where dates are text. A set is refused, for the order of its names would change from one Python process
# to the next.
FromList = BeforeValidator(lambda given: tuple(given) if isinstance(given, list) else given)
Names = Annotated[tuple[Name, ...], FromList]
HelpKeys = Annotated[tuple[HelpKey, ...], FromList]
