"""The authority without its services: time, families, need, concerns, who notices them (MODEL Time, W1-W4, N1-N3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from .fields import (
    CheckError,
    ConcernKind,
    EthnicGroup,
    EthnicKey,
    KindKey,
    Problem,
    Section,
    Source,
    SourceKey,
    choice,
    number,
    proportion,
    shares,
    table,
)
from .keys import Key

SHARE_TOLERANCE = 0.005
CENSUS_2001 = "Census 2001 in the report, Ch. 2"


def check_shares(given: Mapping[Any, float], key: Key) -> None:
    """Hold shares against each other: each 0 to 1, all together 1 (within half a point).

    Args:
        given: name -> share.
        key: where they stand, from the model whose validator asks.

    Raises:
        CheckError: if they are not so.
    """
    wrong = {name: value for name, value in given.items() if not 0.0 <= value <= 1.0}
    if wrong:
        raise CheckError(
            Problem((*key, str(name)), f"is {value:g}, a share lies between 0 and 1") for name, value in wrong.items()
        )
    total = sum(given.values())
    if abs(total - 1.0) > SHARE_TOLERANCE:
        raise CheckError([Problem(key, f"the shares add to {total:.3f}, they must add to 1")])


class Time(Section):
    """When the run starts and what year is reported."""

    reporting_year_start: dt.date = choice(
        dt.date(2005, 4, 1), "first day of the reporting year", "DfES return 2005-06; report Ch. 3", "date"
    )
    warm_up_months: int = number(12, "months", 0, 120, "months simulated before the reporting year")
    reporting_months: int = number(12, "months", 1, 60, "months reported; rates are put on a year's footing")

    @property
    def end(self) -> dt.date:
        """First day after the run."""
        years, month = divmod(self.reporting_year_start.month - 1 + self.reporting_months, 12)
        return dt.date(self.reporting_year_start.year + years, month + 1, 1)

    @model_validator(mode="after")
    def _first_of_month(self) -> Time:
        if self.reporting_year_start.day != 1:
            raise CheckError([Problem(("reporting_year_start",), "must be the first of a month")])
        if not 1990 <= self.reporting_year_start.year <= 2100:
            raise CheckError([Problem(("reporting_year_start",), "must lie between 1990 and 2100")])
        return self


class Population(Section):
    """Children in families, in places (W1)."""

    children: int = number(
        60_000, "children under 18", 0, 3_000_000, "children under 18 living in the authority",
        "derived from population and age shares, authorities.csv",
    )  # fmt: skip
    share_under_five: float = proportion(0.27, "share of the children under 18 who are under five", CENSUS_2001)
    one_child: float = proportion(0.43, "share of families with one dependent child")
    two_children: float = proportion(0.39, "share of families with two dependent children")
    three_children: float = proportion(0.13, "share of families with three dependent children; the rest have four")
    deprived_share: float = proportion(
        0.2, "share of families living in areas like the most deprived fifth of England",
        "report Ch. 2; assumed where it gives none",
    )  # fmt: skip
    mobility: float = number(
        0.08, "moves a family a year", 0.0, 5.0, "families who move house (W5)",
        "assumed; report Ch. 2: pupil turnover of a third in some City Borough schools",
    )  # fmt: skip
    leave_authority: float = proportion(
        0.4, "share of the moves that lead out of the authority; as many families move in (W5)"
    )
    ethnic_groups: dict[EthnicKey, float] = shares(
        lambda: {EthnicGroup.WHITE: 0.87, EthnicGroup.ASIAN: 0.05, EthnicGroup.BLACK: 0.03,
                 EthnicGroup.MIXED: 0.03, EthnicGroup.OTHER: 0.02},
        "share of families", "ethnic groups outside the deprived areas", CENSUS_2001,
    )  # fmt: skip
    ethnic_groups_deprived: dict[EthnicKey, float] | None = choice(
        None, "ethnic groups in the deprived areas; the same as elsewhere if not given", unit="share of families"
    )

    @model_validator(mode="after")
    def _shares(self) -> Population:
        if self.one_child + self.two_children + self.three_children > 1.0 + SHARE_TOLERANCE:
            message = "one_child, two_children and three_children add to more than 1"
            raise CheckError([Problem(("one_child",), message, (("two_children",), ("three_children",)))])
        check_shares(self.ethnic_groups, ("ethnic_groups",))
        if self.ethnic_groups_deprived is not None:
            check_shares(self.ethnic_groups_deprived, ("ethnic_groups_deprived",))
        return self


class Need(Section):
    """A family's need on the scale of the four tiers (W2; report Ch. 2, Midtown, footnote 2).

    Need 1.0 is a family at ease; the tier is the whole part of the need (4 and above: tier 4).
    """

    median_excess: float = number(0.25, "tiers", 0.0, 3.0, "median lasting need above 1 outside deprived areas")
    spread: float = number(0.88, "log units", 0.0, 2.0, "standard deviation of the log of the lasting need above 1")
    deprivation_ratio: float = number(
        6.0, "ratio", 0.2, 10.0,
        "lasting need above 1 in the most deprived places relative to the places that are not deprived; falls evenly "
        "between the two (need gradient)",
        "direction: report Introduction 1b; size assumed, plausible range 2-7",
    )  # fmt: skip
    recovery_half_life: float = number(
        90.0, "days", 1.0, 3650.0, "days in which half of what a shock added to need is gone without help"
    )
    previously_registered: float = proportion(
        0.02, "share of families of lasting need in tier 2 or above with a registration before the run"
    )


class KindSpec(Section):
    """One kind of concern."""

    share: float = proportion(0.0, "share of all concerns")
    severity: float = number(0.5, "tiers", 0.0, 3.0, "mean rise in need that the event brings (exponential)")
    harm: float = proportion(0.0, "weight of possible significant harm: 1 opens the protection road, 0 never does")


def _kinds() -> dict[ConcernKind, KindSpec]:
    rows = {
        ConcernKind.DOMESTIC_VIOLENCE: (0.17, 0.50, 0.7),
        ConcernKind.NEGLECT: (0.12, 0.55, 1.0),
        ConcernKind.PHYSICAL_HARM: (0.07, 0.65, 1.0),
        ConcernKind.EMOTIONAL_HARM: (0.07, 0.50, 0.9),
        ConcernKind.SEXUAL_HARM: (0.03, 0.80, 1.0),
        ConcernKind.PARENTAL_ILL_HEALTH: (0.16, 0.40, 0.3),
        ConcernKind.SUBSTANCE_MISUSE: (0.08, 0.50, 0.6),
        ConcernKind.DEVELOPMENT: (0.10, 0.35, 0.1),
        ConcernKind.POVERTY: (0.14, 0.30, 0.1),
        ConcernKind.DAY_CARE: (0.06, 0.20, 0.0),
    }
    return {k: KindSpec(share=a, severity=b, harm=c) for k, (a, b, c) in rows.items()}


class Concerns(Section):
    """What happens that somebody could notice (W3), drawn before the first day (W4)."""

    rate: float = number(
        0.12, "concerns a child a year", 0.0, 5.0, "concerns in a family of need 1.0, for each child in it"
    )
    need_sensitivity: float = number(0.6, "log rate a tier", 0.0, 2.0, "how much more happens for each tier of need")
    headroom: float = number(
        3.0, "ratio", 1.0, 10.0,
        "potential concerns drawn for each that would happen at lasting need; caps the rise with need",
    )  # fmt: skip
    kinds: dict[KindKey, KindSpec] = table(_kinds, "kinds", "the ten kinds of concern: share, severity, harm")

    @model_validator(mode="after")
    def _shares(self) -> Concerns:
        check_shares({kind: one.share for kind, one in self.kinds.items()}, ("kinds",))
        return self


# Relative weight of each source for each kind of concern, before an authority's own mix. Assumed, with the order
# of the sources in Table 6.3 in mind. School counts from age five, health visitor and midwife below five and one.
_BY_KIND: dict[ConcernKind, dict[Source, float]] = {
    ConcernKind.DOMESTIC_VIOLENCE: {
        Source.POLICE: 6.0, Source.HEALTH_VISITOR: 0.5, Source.HOUSING_DEPARTMENT: 0.3, Source.SCHOOL: 0.4,
        Source.SELF_OR_CARER: 0.3, Source.FAMILY_OR_FRIEND: 0.4, Source.ACCIDENT_AND_EMERGENCY: 0.3,
        Source.PROBATION: 0.3, Source.GENERAL_PRACTITIONER: 0.2, Source.OTHER: 0.3, Source.OTHER_DEPARTMENT: 0.4,
    },
    ConcernKind.NEGLECT: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 1.5, Source.FAMILY_OR_FRIEND: 1.2, Source.ANONYMOUS: 1.0,
        Source.POLICE: 1.0, Source.OTHER_DEPARTMENT: 0.8, Source.GENERAL_PRACTITIONER: 0.3, Source.OTHER: 0.5,
        Source.NSPCC: 0.3, Source.EDUCATION_SERVICES: 0.4, Source.OTHER_LOCAL_AUTHORITY: 0.4,
    },
    ConcernKind.PHYSICAL_HARM: {
        Source.SCHOOL: 2.5, Source.POLICE: 1.5, Source.HOSPITAL: 1.0, Source.ACCIDENT_AND_EMERGENCY: 0.8,
        Source.FAMILY_OR_FRIEND: 0.8, Source.HEALTH_VISITOR: 0.6, Source.GENERAL_PRACTITIONER: 0.4,
        Source.ANONYMOUS: 0.4, Source.NSPCC: 0.3, Source.OTHER: 0.3, Source.OTHER_LOCAL_AUTHORITY: 0.3,
    },
    ConcernKind.EMOTIONAL_HARM: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 0.8, Source.FAMILY_OR_FRIEND: 0.8, Source.POLICE: 0.8,
        Source.OTHER_DEPARTMENT: 0.5, Source.EDUCATION_SERVICES: 0.5, Source.OTHER: 0.5, Source.NSPCC: 0.2,
    },
    ConcernKind.SEXUAL_HARM: {
        Source.POLICE: 2.0, Source.SCHOOL: 1.5, Source.FAMILY_OR_FRIEND: 0.8, Source.SELF_OR_CARER: 0.5,
        Source.GENERAL_PRACTITIONER: 0.3, Source.HOSPITAL: 0.3, Source.OTHER: 0.4, Source.NSPCC: 0.3,
        Source.PROBATION: 0.4,
    },
    ConcernKind.PARENTAL_ILL_HEALTH: {
        Source.SELF_OR_CARER: 1.5, Source.HEALTH_VISITOR: 1.5, Source.GENERAL_PRACTITIONER: 1.0,
        Source.HOSPITAL: 0.8, Source.MIDWIFE: 0.8, Source.OTHER_DEPARTMENT: 0.8, Source.OTHER: 0.8,
        Source.SCHOOL: 0.6, Source.FAMILY_OR_FRIEND: 0.5, Source.COMMUNITY_NURSE: 0.3,
    },
    ConcernKind.SUBSTANCE_MISUSE: {
        Source.POLICE: 1.5, Source.FAMILY_OR_FRIEND: 0.8, Source.HOSPITAL: 0.8, Source.MIDWIFE: 0.8,
        Source.PROBATION: 0.6, Source.OTHER: 0.8, Source.HEALTH_VISITOR: 0.5, Source.ANONYMOUS: 0.5,
        Source.OTHER_DEPARTMENT: 0.6, Source.SCHOOL: 0.4,
    },
    ConcernKind.DEVELOPMENT: {
        Source.SELF_OR_CARER: 1.5, Source.HEALTH_VISITOR: 1.2, Source.HOSPITAL: 1.0, Source.SCHOOL: 1.0,
        Source.GENERAL_PRACTITIONER: 0.8, Source.OCCUPATIONAL_THERAPY: 0.4, Source.EDUCATION_SERVICES: 0.6,
        Source.COMMUNITY_NURSE: 0.3, Source.OTHER: 0.5,
    },
    ConcernKind.POVERTY: {
        Source.SELF_OR_CARER: 2.0, Source.HOUSING_DEPARTMENT: 1.2, Source.OTHER_DEPARTMENT: 1.5,
        Source.HEALTH_VISITOR: 0.6, Source.OTHER: 0.8, Source.FAMILY_OR_FRIEND: 0.3, Source.OTHER_LOCAL_AUTHORITY: 0.3,
    },
    ConcernKind.DAY_CARE: {
        Source.SELF_OR_CARER: 3.0, Source.HEALTH_VISITOR: 1.5, Source.OTHER_DEPARTMENT: 0.5, Source.OTHER: 0.5,
        Source.MIDWIFE: 0.2,
    },
}  # fmt: skip


def _by_kind() -> dict[ConcernKind, dict[Source, float]]:
    return {kind: dict(row) for kind, row in _BY_KIND.items()}


class Noticing(Section):
    """A concern is noticed by one source outside the programmes, or by nobody (N1)."""

    visibility: float = number(
        0.1, "rate", 0.0, 10.0, "strength of noticing at need 2.0: the chance is 1 - exp(-visibility x weight)"
    )
    visibility_slope: float = number(0.35, "log rate a tier", 0.0, 3.0, "how much better graver need is seen")
    by_kind: dict[KindKey, dict[SourceKey, float]] = table(
        _by_kind, "relative weight", "which source sees which kind of concern", "assumed, after Table 6.3"
    )
    authority_mix: dict[SourceKey, float] = table(
        dict, "factor", "an authority's own factor on a source's weight (1 if not given)", "Table 6.3"
    )
    police_notification: float = proportion(
        0.9, "share of the domestic violence incidents seen by police that are notified (N3)",
        "report Ch. 3: required of the police",
    )  # fmt: skip
    stigma: float = proportion(0.3, "share of self-referrals that fear of social services holds back", "report Ch. 5a")
    wariness: dict[EthnicKey, float] = table(
        lambda: {EthnicGroup.WHITE: 1.0, EthnicGroup.ASIAN: 2.2, EthnicGroup.BLACK: 1.5, EthnicGroup.MIXED: 1.0,
                 EthnicGroup.OTHER: 1.6},
        "ratio", "wariness of each group relative to stigma (N2)", "direction: report Ch. 3, Table 6.3; size assumed",
    )  # fmt: skip
    repeat_visibility: float = number(
        1.5, "ratio", 0.1, 10.0, "how much more is noticed in a family that social services heard of in 12 months"
    )

    @model_validator(mode="after")
    def _weights(self) -> Noticing:
        weights = {("by_kind", str(k), str(s)): w for k, row in self.by_kind.items() for s, w in row.items()}
        factors = {("authority_mix", str(source)): factor for source, factor in self.authority_mix.items()}
        ratios = {("wariness", str(group)): ratio for group, ratio in self.wariness.items()}
        problems: list[Problem] = []
        for given, most, what in ((weights, 100, "weight"), (factors, 100, "factor"), (ratios, 10, "ratio")):
            problems += [
                Problem(key, f"is {value:g}, a {what} lies between 0 and {most}")
                for key, value in given.items()
                if not 0.0 <= value <= most
            ]
        message = "'sslp' is not a weight; programmes notice by `practice.detection`"
        problems += [Problem(key[:2], message, (key,)) for key in weights if key[-1] == Source.SSLP]
        if problems:
            raise CheckError(problems)
        return self
