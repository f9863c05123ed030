"""The levers that the dashboard offers: what each is, what it rests on, and the range that the calibration found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from ..measures.wording import digits_for, number
from ..scenario import Resolved, Scenario, resolve
from ..scenario.declared_keys import DeclaredKey
from ..scenario.keys import get_value, parse_key
from ..scenario.library import SCENARIOS
from ..scenario.scenario import declared_at

Setting: TypeAlias = float | int | bool


@dataclass(frozen=True)
class Lever:
    """One value of a scenario that somebody may move.

    Attributes:
        key: dotted key of the scenario.
        group: what it belongs to, in a word or two.
        label: in plain words.
        low: least that is offered; within what the scenario allows.
        high: most that is offered.
        step: between two values offered; 0 for a switch.
    """

    key: str
    group: str
    label: str
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01

    @property
    def is_switch(self) -> bool:
        """Whether it is yes or no."""
        return self.step == 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return self.step >= 1.0

    def within(self, value: Setting) -> Setting:
        """The value, or the nearest that is offered."""
        near = min(max(value, self.low), self.high)
        return int(near) if self.is_whole else float(near)

    @property
    def title(self) -> str:
        """Group and label."""
        return f"{self.group}: {self.label}"

    @property
    def declared(self) -> DeclaredKey:
        """How the scenario declares it: unit, meaning, source, allowed range."""
        found = declared_at(parse_key(self.key))
        assert found is not None
        return found


_DOOR, _STAFF, _SSLP, _TRUST = "Front door", "Intake teams", "Programmes", "Trust"
_ASSESSED, _FAMILIES, _RECORD = "Assessment", "Families", "Records"
LEVERS: Mapping[str, Lever] = {
    lever.key: lever
    for lever in (
        Lever("front_door.threshold", _DOOR, "need from which a referral is assessed", 1.5, 5.0, 0.1),
        Lever("front_door.backlog_shift", _DOOR, "how much backlog raises the threshold", 0.0, 0.3),
        Lever("front_door.referral_margin", _DOOR, "how far below the threshold still counts as a referral", -1.0, 2.5),
        Lever("workforce.vacancy", _STAFF, "share of posts vacant", 0.0, 0.6),
        Lever("workforce.turnover", _STAFF, "share of workers who leave in a year", 0.0, 1.0),
        Lever("workforce.recording", _STAFF, "share of time that recording takes", 0.05, 0.7),
        Lever("workforce.leave", _STAFF, "share of time lost to leave and sickness", 0.0, 0.4),
        Lever("practice.detection", _SSLP, "how readily workers notice trouble"),
        Lever("practice.training", _SSLP, "training of workers"),
        Lever("practice.sharing", _SSLP, "willingness to share information"),
        Lever("practice.informal_share", _SSLP, "share told informally, not written down"),
        Lever("practice.threshold_gap", _SSLP, "how much too high workers take the threshold to be", -1.0, 1.5, 0.05),
        Lever("collaboration.informal_links", _SSLP, "how well workers know somebody in the team"),
        Lever("practice.trust", _TRUST, "programme workers' trust in social services"),
        Lever("front_door.trust_in_programmes", _TRUST, "social services' trust in programmes"),
        Lever("relationships.refused", _TRUST, "trust lost when a referral is refused", 0.0, 0.5),
        Lever("assessment.initial_deadline", _ASSESSED, "limit of an initial assessment", 3, 20, 1),
        Lever("assessment.core_deadline", _ASSESSED, "limit of a core assessment", 20, 60, 1),
        Lever("assessment.initial_days", _ASSESSED, "usual time of an initial assessment", 2.0, 20.0, 0.5),
        Lever("assessment.core_days", _ASSESSED, "usual time of a core assessment", 10.0, 50.0, 0.5),
        Lever("protection.routing", _ASSESSED, "share of grave cases taken down the protection road"),
        Lever("trouble.rate", _FAMILIES, "how often trouble begins", 0.05, 0.6),
        Lever("trouble.growth", _FAMILIES, "how fast trouble grows while it is left", 0.0, 3.0, 0.1),
        Lever("help.works", _FAMILIES, "how often help turns trouble"),
        Lever("noticing.visibility", _FAMILIES, "how readily others notice trouble", 0.005, 0.15, 0.001),
        Lever("families.stigma", _FAMILIES, "how wary families are of social services"),
        Lever("recording.sslp_identifier", _RECORD, "records have a code for programmes", step=0.0),
    )
}


def settings(scenario: Scenario) -> dict[str, Setting]:
    """The value that a scenario has of each lever."""
    values = scenario.model_dump()
    return {key: get_value(values, parse_key(key)) for key in LEVERS}


@cache
def _resolved(authority: str) -> Resolved:
    return resolve(authority)


def evidence(lever: Lever, scenario: Scenario) -> str:
    """What a scenario's value rests on, in a few words.

    Args:
        lever: which.
        scenario: a preset, or one of a file, of which nothing more is known than that the file may say it.
    """
    source = lever.declared.source
    if scenario.name not in SCENARIOS.files():
        return f"{source} (default); your file may say otherwise"
    value = next(v for v in _resolved(scenario.name).values if v.key == lever.key)
    if value.origin == "default":
        return source
    return f"{source} (default); this authority's value: {value.origin}"


def spread(lever: Lever, low: float, high: float, count: int) -> list[Setting]:
    """Some values of a lever from one to another, evenly, each one that the page offers, none twice."""
    steps = (low + (high - low) * place / (count - 1) for place in range(count))
    near = (low + round((one - low) / lever.step) * lever.step for one in steps)
    return list(dict.fromkeys(lever.within(round(one, 6)) for one in near))


def calibrated_range(lever: Lever, scenario: Scenario) -> tuple[float, float] | None:
    """Percentiles 5 and 95 of the shipped draws of a scenario's lever; None where it was not calibrated."""
    return _ranges(scenario.name.partition("+")[0], scenario.authority).get(lever.key)


@cache
def _ranges(name: str, authority: str | None) -> dict[str, tuple[float, float]]:
    from ..experiment.draws import SHIPPED, DrawsError, load_draws

    try:
        draws = load_draws(SHIPPED)
    except DrawsError:
        return {}
    columns = draws.columns(Scenario(name=name, authority=authority))
    ends = draws.table.quantile([0.05, 0.95])
    return {key: (float(ends[c].iloc[0]), float(ends[c].iloc[1])) for key, c in columns.items() if key in LEVERS}


def warning_outside_range(lever: Lever, value: Setting, scenario: Scenario) -> str:
    """What to know of a value that lies outside the calibrated range; empty where there is nothing."""
    ends = calibrated_range(lever, scenario)
    if ends is None or isinstance(value, bool) or ends[0] <= value <= ends[1]:
        return ""
    low, high = (shown(end) for end in ends)
    return (
        f"{shown(value)} lies outside the range that goes with the published figures ({low} to {high}): "
        "nothing shows that the model holds there"
    )


def shown(value: Setting) -> str:
    """A lever's value as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else number(value, digits_for(value))
