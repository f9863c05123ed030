"""What troubles families, how it shows, what is asked for apart from it, and what help does (MODEL W7, W8, D1, S8)."""

from __future__ import annotations

from pydantic import model_validator

from .fields import CheckError, ConcernKind, HelpKey, HelpKind, KindKey, Problem, Section, number, proportion, table
from .population import DAYS_A_YEAR, check_shares

SURVEYS = "order of size: surveys of a year (Gilbert et al. 2009)"


class KindSpec(Section):
    """One kind of trouble."""

    share: float = proportion(0.0, "share of all onsets")
    severity: float = number(0.5, "tiers", 0.0, 3.0, "mean need that an onset adds at once (exponential)")
    harm: float = proportion(0.0, "weight of possible significant harm: 1 opens the protection road, 0 never does")
    all_children: float = proportion(
        0.5, "share of these troubles that concern all children of the family; the others concern one of them",
        "assumed; directions as in the guidance on each kind, sizes uncertain",
    )  # fmt: skip


def _kinds() -> dict[ConcernKind, KindSpec]:
    rows = {
        ConcernKind.DOMESTIC_VIOLENCE: (0.30, 0.55, 0.25, 0.95),
        ConcernKind.NEGLECT: (0.11, 0.60, 0.6, 0.9),
        ConcernKind.PHYSICAL_HARM: (0.06, 0.70, 0.7, 0.25),
        ConcernKind.EMOTIONAL_HARM: (0.07, 0.55, 0.5, 0.6),
        ConcernKind.SEXUAL_HARM: (0.03, 0.80, 0.9, 0.15),
        ConcernKind.PARENTAL_ILL_HEALTH: (0.14, 0.50, 0.15, 0.8),
        ConcernKind.SUBSTANCE_MISUSE: (0.07, 0.60, 0.3, 0.8),
        ConcernKind.DEVELOPMENT: (0.09, 0.45, 0.05, 0.1),
        ConcernKind.POVERTY: (0.13, 0.40, 0.05, 0.95),
    }
    return {k: KindSpec(share=a, severity=b, harm=c, all_children=d) for k, (a, b, c, d) in rows.items()}


class Trouble(Section):
    """Trouble has a course: an onset, growth while it is left, an end of its own, and recovery (W7)."""

    rate: float = number(
        0.22, "onsets a child a year", 0.0, 5.0, "onsets in a family of lasting need 1.0, for each child in it", SURVEYS
    )
    need_sensitivity: float = number(
        0.45, "log rate a tier", 0.0, 2.0, "how much more often trouble begins for each tier of lasting need"
    )
    kinds: dict[KindKey, KindSpec] = table(_kinds, "kinds", "the kinds of trouble: share, severity, harm, whom")
    growth: float = number(0.7, "tiers a year", 0.0, 10.0, "median growth of a trouble that is left")
    growth_spread: float = number(0.7, "log units", 0.0, 2.0, "standard deviation of the log of that growth")
    greatest: float = number(
        3.0, "tiers", 0.1, 5.0, "what one trouble adds to need at the most: no course grows for ever"
    )
    short_days: float = number(80.0, "days", 1.0, 3650.0, "mean length of most troubles, which end by themselves")
    lasting_share: float = proportion(0.06, "share of the troubles that last")
    lasting_days: float = number(550.0, "days", 1.0, 3650.0, "mean length of those")
    recovery_half_life: float = number(
        90.0, "days", 1.0, 3650.0, "days in which half of a trouble is gone once it has ended or turned"
    )
    history_years: float = number(
        8.0, "years", 0.0, 30.0, "years before the first day in which trouble has begun too, so that it is at rest then"
    )

    @model_validator(mode="after")
    def _courses(self) -> Trouble:
        check_shares({kind: one.share for kind, one in self.kinds.items()}, ("kinds",))
        problems = []
        if ConcernKind.DAY_CARE in self.kinds and self.kinds[ConcernKind.DAY_CARE].share > 0.0:
            message = "day care is asked for apart from trouble; see day_care.requests"
            problems.append(Problem(("kinds", str(ConcernKind.DAY_CARE), "share"), message))
        if self.lasting_days < self.short_days:
            message = f"is {self.lasting_days:g}; trouble that lasts is no shorter than the rest"
            problems.append(Problem(("lasting_days",), message, (("short_days",),)))
        if self.lasting_share > 0.0 and self.history_years * DAYS_A_YEAR < self.lasting_days:
            message = (
                f"is {self.history_years:g}; it must be longer than trouble that lasts, or the run begins half empty"
            )
            problems.append(Problem(("history_years",), message, (("lasting_days",),)))
        if problems:
            raise CheckError(problems)
        return self


class Signs(Section):
    """Along its course trouble shows itself again and again, the more the graver the family's need (W8)."""

    rate: float = number(6.0, "signs a year", 0.0, 60.0, "signs of one trouble in a family at need 4.0 and above")
    slope: float = number(0.3, "log rate a tier", 0.0, 3.0, "how much less often trouble shows for each tier below 4.0")


class DayCare(Section):
    """Sponsored day care is asked for apart from trouble, as there are places (D1)."""

    requests: float = number(
        15.0, "a year per 1,000 under-fives", 0.0, 1000.0,
        "requests for sponsored day care by families with a child under five; a scheme with places creates more",
        "report Ch. 3: City Borough's front door decides them; size assumed",
    )  # fmt: skip


def _fits() -> dict[HelpKind, dict[ConcernKind, float]]:
    kinds = (
        ConcernKind.DOMESTIC_VIOLENCE, ConcernKind.NEGLECT, ConcernKind.PHYSICAL_HARM, ConcernKind.EMOTIONAL_HARM,
        ConcernKind.SEXUAL_HARM, ConcernKind.PARENTAL_ILL_HEALTH, ConcernKind.SUBSTANCE_MISUSE,
        ConcernKind.DEVELOPMENT, ConcernKind.POVERTY,
    )  # fmt: skip
    rows = {
        HelpKind.HEALTH_VISITING: (0.2, 0.5, 0.3, 0.4, 0.1, 0.7, 0.3, 0.9, 0.2),
        HelpKind.PARENTING: (0.2, 0.8, 0.8, 0.8, 0.2, 0.4, 0.2, 0.5, 0.1),
        HelpKind.DOMESTIC_VIOLENCE: (1.0, 0.2, 0.4, 0.5, 0.2, 0.4, 0.2, 0.0, 0.1),
        HelpKind.ADVICE: (0.2, 0.3, 0.1, 0.2, 0.0, 0.3, 0.3, 0.2, 1.0),
        HelpKind.SOCIAL_WORK: (0.8, 0.8, 0.8, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6),
    }
    return {kind: dict(zip(kinds, row, strict=True)) for kind, row in rows.items()}


class Help(Section):
    """What help does to trouble: it turns, and recedes; the earlier and the better help fits, the surer (W7, S8)."""

    works: float = proportion(
        0.14, "chance that a month of fitting help turns a trouble in a family at need 2.0; at 0 help does nothing",
        "assumed; trials find effects from none to moderate, so 0 is plausible (context: evidence)",
    )  # fmt: skip
    hardness: float = number(
        0.6, "log chance a tier", 0.0, 3.0, "how much smaller that chance is for each tier of need above 2.0"
    )
    relapse: float = proportion(
        0.5,
        "chance that a turned trouble comes back when help ends while all of it is still there; in proportion to "
        "what is left",
    )
    fits: dict[HelpKey, dict[KindKey, float]] = table(
        _fits, "share", "how well each kind of help meets each kind of trouble, 0 to 1", "directions: report Ch. 2, 4"
    )

    @model_validator(mode="after")
    def _shares(self) -> Help:
        wrong = [
            Problem(("fits", str(help_kind), str(kind)), f"is {value:g}, a share lies between 0 and 1")
            for help_kind, row in self.fits.items()
            for kind, value in row.items()
            if not 0.0 <= value <= 1.0
        ]
        if wrong:
            raise CheckError(wrong)
        return self
