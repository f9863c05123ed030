"""Patterns 6 and 11, which need not hold: how far off they are, and what makes them so, each shown by runs."""

from __future__ import annotations

from ..evidence import published
from ..scenario import Scenario, load_scenario
from .judging import Check, Pattern, PatternRuns, Values, below, figure_only, near
from .published_levels import AUTHORITIES, name_of

FUNNEL_TOLERANCE = 0.10
CITY = "city-borough"
OTHERS = tuple(name for name in AUTHORITIES if name != CITY)
NEED, DAYS = ("need_at_referral", "tiers"), ("days_to_referral", "calendar days")
LISTED = "study_need_at_referral"  # of the under-fives in studied areas, October to March, as the report read them
DEPRIVED = "southshire, as deprived as City Borough"
PANEL = "Family support panel"

# -- 6 ------------------------------------------------------------------------------------------------------------


def early_referral_scenarios() -> dict[str, Scenario]:
    """The four authorities, and some of them without what could keep need at referral low or high."""
    runs = {name: load_scenario(name) for name in AUTHORITIES}
    city, midtown = runs[CITY], runs["midtown"]
    parts = {name: part.model_dump() for name, part in city.parts.items() if name != PANEL}
    return runs | {
        "city-borough, no day care gateway": city.with_values(front_door__day_care_gateway=False),
        "city-borough, no panel": city.with_values(parts=parts),
        "city-borough, no posts": city.with_values(liaison={}),
        DEPRIVED: runs["southshire"].with_values(population__deprived_share=city.population.deprived_share),
        "midtown, City Borough's sources": midtown.with_values(
            noticing__authority_mix=dict(city.noticing.authority_mix)
        ),
    }


CHANGES = (
    ("City Borough's day care gateway", CITY, "city-borough, no day care gateway"),
    ("City Borough's panel", CITY, "city-borough, no panel"),
    ("City Borough's out-posted social workers", CITY, "city-borough, no posts"),
    ("City Borough's sources, in Midtown", "midtown, City Borough's sources", "midtown"),
    ("City Borough's deprivation, in Southshire", DEPRIVED, "southshire"),
)


def need_at_referral(runs: PatternRuns) -> Pattern:
    """Referrals in City Borough come earlier and at lower need than in the other three; what moves need at referral."""

    def less(one: str, other: str, measure: tuple[str, str]) -> Values:
        return runs.of(one, measure[0]) - runs.of(other, measure[0])

    predicted = (
        ("mean need at referral", NEED),
        ("days from first trouble to referral", DAYS),
        ("mean need of the listed under-fives of studied areas", (LISTED, "tiers")),
    )
    checks: list[Check] = [
        below(f"{words}, City Borough less {name_of(name)}", "below 0", less(CITY, name, measure), measure[1])
        for words, measure in predicted
        for name in OTHERS
    ]
    changes = {words: less(having, none, NEED) for words, having, none in CHANGES}
    checks += [figure_only(f"mean need at referral: change by {words}", change, NEED[1])
               for words, change in changes.items()]  # fmt: skip
    moved = ", ".join(f"{float(change.mean()):+.2f} by {words}" for words, change in changes.items())
    reason = (
        "need at referral goes by which families are in trouble, by who brings them and by what the front door counts "
        f"as a referral. Mean need at referral changes by these, in tiers: {moved}. What City Borough takes up early "
        "goes to programmes and panels and is no referral. The report judged some 20 files an authority, by reading"
    )
    return Pattern(
        6, "Early referral in City Borough", "referrals come earlier and at lower need than elsewhere", tuple(checks),
        reason, shown_only=True,
    )  # fmt: skip


# -- 11 -----------------------------------------------------------------------------------------------------------

AVERAGE, UNKNOWN, LONGER = "england-average", "england-average, none known", "england-average, none known, 6 years"
AGAIN = "re_registered"


def england_scenarios() -> dict[str, Scenario]:
    """The average authority; without registrations before the run, also with a run-in of six years."""
    average = load_scenario(AVERAGE)
    unknown = average.with_values(need__earlier_registrations=0.0)
    return {AVERAGE: average, UNKNOWN: unknown, LONGER: unknown.with_values(time__warm_up_months=72)}


def funnel(runs: PatternRuns) -> Pattern:
    """England's funnel for an average authority; where re-registrations come from."""
    checks: list[Check] = []
    for figure in published("england"):
        values = runs.of(AVERAGE, figure.measure, figure.group)
        of = f", {figure.group.partition(':')[2]}" if figure.group != "all" else ""
        what = figure.measure.replace("_", " ") + of
        checks.append(near(what, values, figure.unit, figure.value, FUNNEL_TOLERANCE))
    within, longer = (runs.of(name, AGAIN) for name in (UNKNOWN, LONGER))
    checks += [
        figure_only("re registered, counting registrations within the run alone", within, "share"),
        figure_only("the same with a run-in of six years", longer, "share"),
    ]
    known = load_scenario(AVERAGE).need
    reason = (
        "fitted to the figures whose role is target; the others are checks. Re-registrations come from families in "
        "which trouble begins again and again (trouble.need_sensitivity): of "
        f"{float(runs.of(AVERAGE, AGAIN).mean()):.3f} the run itself makes {float(within.mean()):.3f}, and "
        f"{float(longer.mean()):.3f} if its run-in is six years instead of three. The rest is the history of before "
        f"the run ({known.earlier_registrations:g} registrations a year of a family in need), such that the figure "
        "neither rises nor falls in later years"
    )
    return Pattern(11, "England's funnel", "each ratio within 10%", tuple(checks), reason, shown_only=True)
