"""Who notices trouble and who decides what to do about it: sources, and families themselves (MODEL N1-N6, W9, F7)."""

from __future__ import annotations

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
    number,
    proportion,
    table,
)

# Relative weight of each source for each kind of trouble, before an authority's own mix. Assumed, with the order of
# the sources in Table 6.3 in mind. The police bring incidents of violence and nothing else (N3, W9). Schools notice
# families with a child of school age, health visitors and midwives those with a child below five and one.
_BY_KIND: dict[ConcernKind, dict[Source, float]] = {
    ConcernKind.DOMESTIC_VIOLENCE: {
        Source.POLICE: 6.0, Source.HEALTH_VISITOR: 0.5, Source.HOUSING_DEPARTMENT: 0.3, Source.SCHOOL: 0.4,
        Source.SELF_OR_CARER: 0.3, Source.FAMILY_OR_FRIEND: 0.4, Source.ACCIDENT_AND_EMERGENCY: 0.3,
        Source.PROBATION: 0.3, Source.GENERAL_PRACTITIONER: 0.2, Source.OTHER: 0.3, Source.OTHER_DEPARTMENT: 0.4,
    },
    ConcernKind.NEGLECT: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 1.5, Source.FAMILY_OR_FRIEND: 1.2, Source.ANONYMOUS: 1.0,
        Source.OTHER_DEPARTMENT: 0.8, Source.GENERAL_PRACTITIONER: 0.3, Source.OTHER: 0.5,
        Source.NSPCC: 0.3, Source.EDUCATION_SERVICES: 0.4, Source.OTHER_LOCAL_AUTHORITY: 0.4,
    },
    ConcernKind.PHYSICAL_HARM: {
        Source.SCHOOL: 2.5, Source.POLICE: 1.5, Source.HOSPITAL: 1.0, Source.ACCIDENT_AND_EMERGENCY: 0.8,
        Source.FAMILY_OR_FRIEND: 0.8, Source.HEALTH_VISITOR: 0.6, Source.GENERAL_PRACTITIONER: 0.4,
        Source.ANONYMOUS: 0.4, Source.NSPCC: 0.3, Source.OTHER: 0.3, Source.OTHER_LOCAL_AUTHORITY: 0.3,
    },
    ConcernKind.EMOTIONAL_HARM: {
        Source.SCHOOL: 2.0, Source.HEALTH_VISITOR: 0.8, Source.FAMILY_OR_FRIEND: 0.8,
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
        Source.FAMILY_OR_FRIEND: 0.8, Source.HOSPITAL: 0.8, Source.MIDWIFE: 0.8,
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


# How much readier each source is with graver need: families and their friends come early, the police bring incidents
# whatever the need, schools and health lie between, and the rest come late (N4). Log chance a tier; assumed.
_LEVEL_SLOPE: dict[Source, float] = {
    Source.POLICE: 0.0, Source.SELF_OR_CARER: 0.0, Source.FAMILY_OR_FRIEND: 0.1, Source.OCCUPATIONAL_THERAPY: 0.1,
    Source.HEALTH_VISITOR: 0.2, Source.MIDWIFE: 0.2, Source.SCHOOL: 0.3, Source.EDUCATION_SERVICES: 0.3,
    Source.GENERAL_PRACTITIONER: 0.3, Source.COMMUNITY_NURSE: 0.3, Source.HOUSING_DEPARTMENT: 0.3,
    Source.OTHER_DEPARTMENT: 0.4, Source.OTHER: 0.4, Source.OTHER_LOCAL_AUTHORITY: 0.5, Source.ANONYMOUS: 0.5,
    Source.NSPCC: 0.5, Source.PROBATION: 0.5, Source.HOSPITAL: 0.5, Source.ACCIDENT_AND_EMERGENCY: 0.5,
}  # fmt: skip


class Noticing(Section):
    """A sign is noticed by one source outside the programmes, or by nobody (N1, N4-N6, W9).

    The chance of a source is visibility x weight x the authority's factor x exp(slope x (need - 3)); the chances of all
    sources add up.
    """

    visibility: float = number(
        0.033, "share", 0.0, 1.0, "chance that a source of weight 1 brings a sign at need 3.0", "fitted"
    )
    by_kind: dict[KindKey, dict[SourceKey, float]] = table(
        _by_kind, "relative weight", "which source notices signs of which kind of trouble", "assumed, after Table 6.3"
    )
    level_slope: dict[SourceKey, float] = table(
        lambda: dict(_LEVEL_SLOPE), "log chance a tier", "how much readier each source is with graver need (N4)"
    )
    authority_mix: dict[SourceKey, float] = table(
        dict, "factor", "an authority's own factor on a source's weight (1 if not given)", "Table 6.3"
    )
    police_notification: float = proportion(
        0.9, "share of the domestic violence incidents seen by police that are notified (N3)",
        "report Ch. 3: required of the police",
    )  # fmt: skip
    siblings: float = proportion(
        0.5, "chance that a school notices trouble of a younger brother or sister, relative to a pupil's own (N5)",
        "direction: Table 6.3",
    )  # fmt: skip
    referred_by_others: dict[EthnicKey, float] = table(
        lambda: {EthnicGroup.WHITE: 1.0, EthnicGroup.ASIAN: 0.6, EthnicGroup.BLACK: 1.0, EthnicGroup.MIXED: 1.0,
                 EthnicGroup.OTHER: 0.8},
        "factor", "how readily others bring families of each group (N6)",
        "direction: report Ch. 3, East Borough; size assumed",
    )  # fmt: skip
    repeat_visibility: float = number(
        1.5, "ratio", 0.1, 10.0, "how much more is noticed in a family that social services heard of in 12 months (W8)"
    )

    @model_validator(mode="after")
    def _weights(self) -> Noticing:
        weights = {("by_kind", str(k), str(s)): w for k, row in self.by_kind.items() for s, w in row.items()}
        factors = {("authority_mix", str(source)): factor for source, factor in self.authority_mix.items()}
        slopes = {("level_slope", str(source)): slope for source, slope in self.level_slope.items()}
        ready = {("referred_by_others", str(group)): ratio for group, ratio in self.referred_by_others.items()}
        problems: list[Problem] = []
        for given, most, what in (
            (weights, 100, "weight"), (factors, 100, "factor"), (slopes, 3, "slope"), (ready, 10, "factor"),
        ):  # fmt: skip
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


class FamilyRules(Section):
    """What families decide, and how they learn from what happens to them (F7)."""

    stigma: float = proportion(0.3, "mean wariness of social services, before a group's own factor", "report Ch. 5a")
    wariness: dict[EthnicKey, float] = table(
        lambda: {EthnicGroup.WHITE: 1.0, EthnicGroup.ASIAN: 2.2, EthnicGroup.BLACK: 1.5, EthnicGroup.MIXED: 1.0,
                 EthnicGroup.OTHER: 1.6},
        "ratio", "wariness of each group relative to `stigma` (N2, N6)",
        "direction: report Ch. 3, Table 6.3; size assumed",
    )  # fmt: skip
    refusal: float = proportion(0.3, "share of the offers of a plan or package that a fully wary family refuses")
    withdrawal: float = number(
        1.0, "packages left a year", 0.0, 20.0, "how often a fully wary family leaves a package before its end"
    )
    avoidance: float = proportion(0.3, "share of the fully wary families who keep away from a programme they would use")
    helped: float = proportion(0.2, "step of wariness down when help turned a family's trouble")
    let_down: float = proportion(0.15, "step of wariness up when an assessment brought nothing")
    neighbours: float = number(
        1.0,
        "steps",
        0.0,
        20.0,
        "how many steps like a family's own its neighbours take together, shared out among them",
    )
    forgetting: float = proportion(0.03, "share of the way back to the first wariness each month")

    @model_validator(mode="after")
    def _ratios(self) -> FamilyRules:
        wrong = [
            Problem(("wariness", str(group)), f"is {ratio:g}, a ratio lies between 0 and 10")
            for group, ratio in self.wariness.items()
            if not 0.0 <= ratio <= 10.0
        ]
        if wrong:
            raise CheckError(wrong)
        return self
