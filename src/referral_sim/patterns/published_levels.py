"""Patterns 1 to 4: the four authorities beside what was published of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..evidence import authorities, published
from ..scenario import Scenario, load_scenario
from .judging import Pattern, PatternRuns, Values, above, below, figure_only, near

AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire")
RATE = "per 10,000 children under 18 a year"
LEVEL_TOLERANCE = 0.05  # of a published referral rate: its own counting error is 1 to 3%
REGISTRATION_TOLERANCE = 0.15  # the two published series differ by up to 80%


def name_of(authority: str) -> str:
    """What the report calls an authority."""
    return authorities()[authority].name


def authority_scenarios() -> dict[str, Scenario]:
    """The four authorities."""
    return {name: load_scenario(name) for name in AUTHORITIES}


def published_value(authority: str, measure: str, series: str | None = None, group: str = "all") -> float:
    """The first published figure of a measure, of one series if there are several."""
    found = [p for p in published(authority, measure) if p.group == group and series in (None, p.series)]
    return found[0].value


def referral_rates(runs: PatternRuns) -> Pattern:
    """Midtown > City Borough > East Borough > Southshire in referral rate, at the published levels."""
    checks = [
        above(
            f"{name_of(more)} less {name_of(less)}",
            "above 0",
            runs.of(more, "referrals") - runs.of(less, "referrals"),
            RATE,
        )
        for more, less in pairwise(AUTHORITIES)
    ]
    checks += [
        near(
            f"referrals, {name_of(name)}",
            runs.of(name, "referrals"),
            RATE,
            published_value(name, "referrals"),
            LEVEL_TOLERANCE,
        )
        for name in AUTHORITIES
    ]
    reason = "the presets are fitted to these rates"
    return Pattern(1, "Referral rates", "in the published order, at the published levels", tuple(checks), reason)


def registrations(runs: PatternRuns) -> Pattern:
    """Registrations at the published levels without tracking referrals."""
    checks = [
        near(
            f"registrations, {name_of(name)} (Graph 6.2)", runs.of(name, "registrations"), RATE,
            published_value(name, "registrations", "graph_6_2"), REGISTRATION_TOLERANCE,
        )
        for name in AUTHORITIES
    ]  # fmt: skip
    south, east = (runs.of(name, "registrations") for name in ("southshire", "east-borough"))
    checks.append(above("Southshire less East Borough, which has more referrals", "above 0", south - east, RATE))
    checks += [
        figure_only(
            f"registrations, {name_of(name)}", runs.of(name, "registrations"), RATE,
            f"{published_value(name, 'registrations', 'overview_paragraph'):g} in the other series",
        )
        for name in AUTHORITIES
    ]  # fmt: skip
    reason = "the presets are fitted to the series of Graph 6.2; the other published series disagrees"
    return Pattern(2, "Registrations", "at the published levels, not in the order of referrals", tuple(checks), reason)


def files(runs: PatternRuns) -> Pattern:
    """Only City Borough shows SSLP referrals in the file sample; all four show the other direction."""
    city = runs.of("city-borough", "study_from_programme")
    checks = [above("chance that City Borough's files show one from its programme", "above 0.5", city, "chance", 0.5)]
    checks += [
        below(
            f"the same, {name_of(name)}", "below 0.5", runs.of(name, "study_from_programme"), "chance",
            0.5,
        )
        for name in AUTHORITIES if name != "city-borough"
    ]  # fmt: skip
    checks += [
        above(
            f"chance that {name_of(name)}'s files show one to a programme", "above 0.5",
            runs.of(name, "study_to_programme"), "chance", 0.5,
        )
        for name in AUTHORITIES
    ]  # fmt: skip
    return Pattern(
        3, "The file sample", "only City Borough's files show referrals from programmes; all show the other direction",
        tuple(checks),
        "rests on how often a file tells that a worker without a liaison post came from a programme (assumed, 0.3; "
        "`referral-sim file-study --assume profession_tells=1` shows the rest)",
    )  # fmt: skip


def sources(runs: PatternRuns) -> Pattern:
    """Police dominate in Midtown, then East Borough; self-referral leads in City Borough."""

    def share(name: str, source: str) -> Values:
        return runs.of(name, "study_source_recorded", f"source:{source}")

    def lead(name: str, source: str) -> Values:
        others = [g for g in runs.groups(name, "study_source_recorded", "source:") if g != f"source:{source}"]
        most = np.stack([np.nan_to_num(runs.of(name, "study_source_recorded", g)) for g in others]).mean(axis=1)
        return share(name, source) - float(most.max())

    leads = (("midtown", "police"), ("east-borough", "police"), ("city-borough", "self_or_carer"))
    checks = [
        above(
            f"{source.replace('_', ' ')} less the next source, {name_of(name)}", "above 0", lead(name, source), "share"
        )
        for name, source in leads
    ]
    checks += [
        above("police, Midtown less East Borough", "above 0",
              share("midtown", "police") - share("east-borough", "police"), "share"),
        above("police, East Borough less City Borough", "above 0",
              share("east-borough", "police") - share("city-borough", "police"), "share"),
    ]  # fmt: skip
    reason = "the presets are fitted to these shares; Southshire's are missing"
    predicted = "police lead in Midtown, then in East Borough; self-referral leads in City Borough"
    return Pattern(4, "Sources of referral", predicted, tuple(checks), reason)
