"""Who notices a concern (MODEL N1-N3)."""

from __future__ import annotations

from pydantic import model_validator

from .fields import EthnicGroup, EthnicKey, Kind, KindKey, Section, Source, SourceKey, number, proportion, table

# Relative weight of each source for each kind of concern, before an authority's own mix. Assumed, with the order
# of the sources in Table 6.3 in mind. School counts from age five, health visitor and midwife below five and one.
_BY_KIND: dict[Kind, dict[Source, float]] = {
    Kind.DOMESTIC_VIOLENCE: {
        Source.POLICE: 6.0, Source.HEALTH_VISITOR: 0.5, Source.HOUSING_DEPARTMENT: 0.3, Source.SCHOOL: 0.4,
        Source.SELF_OR_CARER: 0.3, Source.FAMILY_OR_FRIEND: 0.4, Source.ACCIDENT_AND_EMERGENCY: 0.3,
        Source.PROBATION: 0.3, Source.GENERAL_PRACTITIONER: 0.2, Source.OTHER: 0.3, Source.OTHER_DEPARTMENT: 0.4,
    },
    Kind.NEGLECT: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 1.5, Source.FAMILY_OR_FRIEND: 1.2, Source.ANONYMOUS: 1.0,
        Source.POLICE: 1.0, Source.OTHER_DEPARTMENT: 0.8, Source.GENERAL_PRACTITIONER: 0.3, Source.OTHER: 0.5,
        Source.NSPCC: 0.3, Source.EDUCATION_SERVICES: 0.4, Source.OTHER_LOCAL_AUTHORITY: 0.4,
    },
    Kind.PHYSICAL_HARM: {
        Source.SCHOOL: 2.5, Source.POLICE: 1.5, Source.HOSPITAL: 1.0, Source.ACCIDENT_AND_EMERGENCY: 0.8,
        Source.FAMILY_OR_FRIEND: 0.8, Source.HEALTH_VISITOR: 0.6, Source.GENERAL_PRACTITIONER: 0.4,
        Source.ANONYMOUS: 0.4, Source.NSPCC: 0.3, Source.OTHER: 0.3, Source.OTHER_LOCAL_AUTHORITY: 0.3,
    },
    Kind.EMOTIONAL_HARM: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 0.8, Source.FAMILY_OR_FRIEND: 0.8, Source.POLICE: 0.8,
        Source.OTHER_DEPARTMENT: 0.5, Source.EDUCATION_SERVICES: 0.5, Source.OTHER: 0.5, Source.NSPCC: 0.2,
    },
    Kind.SEXUAL_HARM: {
        Source.POLICE: 2.0, Source.SCHOOL: 1.5, Source.FAMILY_OR_FRIEND: 0.8, Source.SELF_OR_CARER: 0.5,
        Source.GENERAL_PRACTITIONER: 0.3, Source.HOSPITAL: 0.3, Source.OTHER: 0.4, Source.NSPCC: 0.3,
        Source.PROBATION: 0.4,
    },
    Kind.PARENTAL_ILL_HEALTH: {
        Source.SELF_OR_CARER: 1.5, Source.HEALTH_VISITOR: 1.5, Source.GENERAL_PRACTITIONER: 1.0,
        Source.HOSPITAL: 0.8, Source.MIDWIFE: 0.8, Source.OTHER_DEPARTMENT: 0.8, Source.OTHER: 0.8,
        Source.SCHOOL: 0.6, Source.FAMILY_OR_FRIEND: 0.5, Source.COMMUNITY_NURSE: 0.3,
    },
    Kind.SUBSTANCE_MISUSE: {
        Source.POLICE: 1.5, Source.FAMILY_OR_FRIEND: 0.8, Source.HOSPITAL: 0.8, Source.MIDWIFE: 0.8,
        Source.PROBATION: 0.6, Source.OTHER: 0.8, Source.HEALTH_VISITOR: 0.5, Source.ANONYMOUS: 0.5,
        Source.OTHER_DEPARTMENT: 0.6, Source.SCHOOL: 0.4,
    },
    Kind.DEVELOPMENT: {
        Source.SELF_OR_CARER: 1.5, Source.HEALTH_VISITOR: 1.2, Source.HOSPITAL: 1.0, Source.SCHOOL: 1.0,
        Source.GENERAL_PRACTITIONER: 0.8, Source.OCCUPATIONAL_THERAPY: 0.4, Source.EDUCATION_SERVICES: 0.6,
        Source.COMMUNITY_NURSE: 0.3, Source.OTHER: 0.5,
    },
    Kind.POVERTY: {
        Source.SELF_OR_CARER: 2.0, Source.HOUSING_DEPARTMENT: 1.2, Source.OTHER_DEPARTMENT: 1.5,
        Source.HEALTH_VISITOR: 0.6, Source.OTHER: 0.8, Source.FAMILY_OR_FRIEND: 0.3, Source.OTHER_LOCAL_AUTHORITY: 0.3,
    },
    Kind.DAY_CARE: {
        Source.SELF_OR_CARER: 3.0, Source.HEALTH_VISITOR: 1.5, Source.OTHER_DEPARTMENT: 0.5, Source.OTHER: 0.5,
        Source.MIDWIFE: 0.2,
    },
}  # fmt: skip


def _by_kind() -> dict[Kind, dict[Source, float]]:
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
        for kind, row in self.by_kind.items():
            for source, weight in row.items():
                if not 0.0 <= weight <= 100.0:
                    raise ValueError(f"by_kind.{kind}.{source} is {weight:g}, a weight lies between 0 and 100")
                if source is Source.SSLP:
                    raise ValueError(
                        f"by_kind.{kind}: 'sslp' is not a weight; programmes notice by `practice.detection`"
                    )
        for source, weight in self.authority_mix.items():
            if not 0.0 <= weight <= 100.0:
                raise ValueError(f"authority_mix.{source} is {weight:g}, a factor lies between 0 and 100")
        for group, ratio in self.wariness.items():
            if not 0.0 <= ratio <= 10.0:
                raise ValueError(f"wariness.{group} is {ratio:g}, a ratio lies between 0 and 10")
        return self
