"""What the transplant found, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

SURE = 0.9
"""A direction counts as known when at least this share of the draws has it."""
NARROWER = 0.8
"""The figures count as saying something of the size when their band is at most this share of the prior's."""
_MEASURES = {
    "referrals": ("Referrals", "per 10,000 children a year", 1.0, 0),
    "registrations": ("Registrations", "per 10,000 children a year", 1.0, 2),
    "need_at_referral": ("Severity at referral (mean need)", "tiers", 1.0, 2),
    "needs_unreached": ("Unmet need (families in grave need without any help)", "percentage points", 100.0, 1),
}


def sentences(table: pd.DataFrame) -> list[str]:
    """One sentence or two for each scenario and measure of the study's question.

    Args:
        table: as :func:`.transplant.transplant` gives it.

    Returns:
        Lines of Markdown: the probability that the measure changes and which way, its band, what the priors alone say,
        and what follows for how much rests on them.
    """
    found = {(str(r["scenario"]), str(r["measure"]), str(r["distribution"])): r for r in table.to_dict("records")}
    lines = []
    for scenario in dict.fromkeys(s for s, _, _ in found):
        for measure in _MEASURES:
            posterior, prior = (found.get((scenario, measure, d)) for d in ("posterior", "prior"))
            if posterior is not None and prior is not None:
                lines.append(_sentence(scenario, measure, posterior, prior))
    return lines


def _sentence(scenario: str, measure: str, posterior: Mapping[Any, Any], prior: Mapping[Any, Any]) -> str:
    name, unit, times, places = _MEASURES[measure]
    down = posterior["falls"] >= posterior["rises"]
    way, key = ("lower", "falls") if down else ("higher", "rises")
    chance, before = float(posterior[key]), float(prior[key])

    def signed(value: float) -> str:
        return f"{value * times:+.{places}f}"

    width = (posterior["high"] - posterior["low"]) / max(prior["high"] - prior["low"], 1e-12)
    return (
        f"- **{name}, {scenario}**: {way} with probability {chance:.2f} ({posterior['draws']} draws); middle "
        f"{signed(posterior['mid'])}, 90% of single years between {signed(posterior['low'])} and "
        f"{signed(posterior['high'])} {unit}. With the priors alone: {way} with probability {before:.2f}, between "
        f"{signed(prior['low'])} and {signed(prior['high'])}. {_verdict(chance, before, width)}"
    )


def _verdict(chance: float, before: float, width: float) -> str:
    if chance < SURE:
        direction = "The direction is open"
    elif before >= SURE:
        direction = "The direction was there before any figure: it rests on the model and the priors"
    else:
        direction = "The direction comes from the published figures"
    if width <= NARROWER:
        return f"{direction}; the figures narrow the band to {width:.0%} of the prior's."
    return f"{direction}; the size rests on the priors (the band is {width:.0%} of theirs)."
