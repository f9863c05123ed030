"""Patterns 6 and 11, which need not hold: how far off they are, and what makes them so, each shown by runs."""

from __future__ import annotations

from ..evidence import published
from ..scenario import Scenario, load_scenario
from .judging import Check, Pattern, PatternRuns, Values, below, figure_only, near
from .published_levels import AUTHORITIES, RATE, name_of, published_value

FUNNEL_TOLERANCE = 0.10
CITY = "city-borough"
OTHERS = tuple(name for name in AUTHORITIES if name != CITY)
NEED, DAYS = ("need_at_referral", "tiers"), ("days_to_referral", "calendar days")
LISTED = "study_need_at_referral"  # of the under-fives in studied areas, October to March, as the report read them
DEPRIVED = "southshire, as deprived as City Borough"
PANEL = "Family support panel"

# -- 6 ------------------------------------------------------------------------------------------------------------


def early_referral_scenarios() -> dict[str, Scenario]:
    """The four authorities; City Borough with another's margin, or without what could keep its need low or high."""
    runs = {name: load_scenario(name) for name in AUTHORITIES}
    city, midtown = runs[CITY], runs["midtown"]
    parts = {name: part.model_dump() for name, part in city.parts.items() if name != PANEL}
    return (
        runs
        | {_with_margin(name): city.with_values(front_door__referral_margin=_margin(runs[name])) for name in OTHERS}
        | {
            "city-borough, no day care gateway": city.with_values(front_door__day_care_gateway=False),
            "city-borough, no panel": city.with_values(parts=parts),
            DEPRIVED: runs["southshire"].with_values(population__deprived_share=city.population.deprived_share),
            "midtown, City Borough's sources": midtown.with_values(
                noticing__authority_mix=dict(city.noticing.authority_mix)
            ),
        }
    )


def _with_margin(name: str) -> str:
    return f"city-borough, {name_of(name)}'s margin"


def _margin(scenario: Scenario) -> float:
    return scenario.front_door.referral_margin


def need_at_referral(runs: PatternRuns) -> Pattern:
    """Referrals in City Borough come earlier and at lower need than in the other three; what hides it if not."""

    def less(one: str, other: str, measure: tuple[str, str]) -> Values:
        return runs.of(one, measure[0]) - runs.of(other, measure[0])

    listed = (LISTED, "tiers")
    predicted = (
        ("mean need at referral", NEED),
        ("days from first trouble to referral", DAYS),
        ("mean need of the listed under-fives of studied areas", listed),
    )
    checks: list[Check] = [
        below(f"{words}, City Borough less {name_of(name)}", "below 0", less(CITY, name, measure), measure[1])
        for words, measure in predicted
        for name in OTHERS
    ]
    checks += [
        figure_only(f"{words}, City Borough with {name_of(name)}'s margin, less {name_of(name)}",
              less(_with_margin(name), name, measure), measure[1])
        for words, measure in predicted[:2]
        for name in OTHERS
    ]  # fmt: skip
    checks += [
        figure_only(
            f"referrals, City Borough with {name_of(name)}'s margin", runs.of(_with_margin(name), "referrals"), RATE
        )
        for name in OTHERS
    ]
    without = (
        ("City Borough's day care gateway", CITY, "city-borough, no day care gateway"),
        ("City Borough's panel", CITY, "city-borough, no panel"),
        ("Midtown's police and self-referral", "midtown", "midtown, City Borough's sources"),
        ("City Borough's deprivation, in Southshire", DEPRIVED, "southshire"),
    )
    checks += [
        figure_only(f"mean need at referral: change by {words}", less(having, none, NEED), NEED[1])
        for words, having, none in without
    ]
    return Pattern(
        6, "Early referral in City Borough", "referrals come earlier and at lower need than elsewhere", tuple(checks),
        _why_not_early(runs), shown_only=True,
    )  # fmt: skip


def _why_not_early(runs: PatternRuns) -> str:
    scenarios = {name: load_scenario(name) for name in AUTHORITIES}
    margins = {name: _margin(scenario) for name, scenario in scenarios.items()}
    deprived = {name: scenario.population.deprived_share for name, scenario in scenarios.items()}
    poorer = float((runs.of(DEPRIVED, NEED[0]) - runs.of("southshire", NEED[0])).mean())
    moved = []
    for name in ("midtown", "southshire"):
        gap = float((runs.of(_with_margin(name), NEED[0]) - runs.of(name, NEED[0])).mean())
        rate = float(runs.of(_with_margin(name), "referrals").mean())
        moved.append(
            f"with {name_of(name)}'s margin ({margins[name]:.2f}) City Borough's mean need is {gap:+.2f} tiers from "
            f"{name_of(name)}'s, and its rate {rate:.0f}"
        )
    return (
        "need at referral goes by where a contact begins to count as a referral (front_door.referral_margin), which is "
        f"fitted to the referral rates and lies {margins[CITY]:.2f} tiers below the threshold in City Borough: "
        f"{'; '.join(moved)}, where {published_value(CITY, 'referrals'):g} was published. With one threshold for all, "
        "the published rates (pattern 1) and this pattern do not go together. City Borough is also more deprived "
        f"({deprived[CITY]:.0%} of its places, {deprived['southshire']:.0%} of Southshire's; as deprived, Southshire's "
        f"mean need would change by {poorer:+.2f}). What City Borough takes up early goes to "
        "programmes and panels and is no referral. The report judged some 20 files an authority, by reading"
    )


# -- 11 -----------------------------------------------------------------------------------------------------------

AVERAGE, UNKNOWN, LONGER = "england-average", "england-average, none known", "england-average, none known, 3 years"
AGAIN = "re_registered"


def england_scenarios() -> dict[str, Scenario]:
    """The average authority; without registrations before the run, also with a warm-up of three years."""
    average = load_scenario(AVERAGE)
    unknown = average.with_values(need__previously_registered=0.0)
    return {AVERAGE: average, UNKNOWN: unknown, LONGER: unknown.with_values(time__warm_up_months=36)}


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
        figure_only("the same with a warm-up of three years", longer, "share"),
    ]
    known = load_scenario(AVERAGE).need.previously_registered
    reason = (
        "fitted to the figures whose role is target; the others are checks. Re-registrations rest on registrations "
        f"before the run: of {float(runs.of(AVERAGE, AGAIN).mean()):.3f} the run itself makes "
        f"{float(within.mean()):.3f}, and {float(longer.mean()):.3f} if its warm-up is three years instead of one. The "
        f"rest is an initial condition (need.previously_registered, {known:g}), fitted to the four authorities "
        "together and not again to this one"
    )
    return Pattern(11, "England's funnel", "each ratio within 10%", tuple(checks), reason, shown_only=True)
