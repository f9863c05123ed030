"""Values that a scenario takes on a date, and the dates on which a policy begins, is phased in and ends (MODEL T3)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from .fields import Section, choice
from .keys import Key, get_value, key_text, parse_key, set_value
from .population import Time, add_months

ENTRIES = ("liaison", "parts")
"""Mappings of names whose entries may begin and end on a date."""
NAMING = ("name", "title", "description", "authority", "dated")
_FIXED = (
    "time", "population", "need", "trouble", "signs", "day_care", "localities", "agents", "recording", "yardstick",
    *NAMING,
)  # fmt: skip
_FIXED_KEYS = (
    ("assessment", "initial_deadline"), ("assessment", "core_deadline"), ("workforce", "shock"),
    ("workforce", "starting_experience"),
)  # fmt: skip
_OF_PROGRAMMES = ("trust", "team_trust", "services", "packages_per_worker")

Values: TypeAlias = dict[str, Any]
"""Values as in JSON by dotted key; null takes an entry of ``liaison`` or ``parts`` out."""


def _date(given: object) -> object:
    """A date; the list around it takes dates out of JSON mode, so their text is read here."""
    return dt.date.fromisoformat(given) if isinstance(given, str) else given


class DatedValues(Section):
    """From a date on, the scenario is what it says itself with these values over it, until the next date."""

    on: Annotated[dt.date, BeforeValidator(_date)] = choice(dt.date.min, "first day of the values", unit="date")
    values: dict[str, Any] = choice({}, "dotted key -> value; null takes a liaison post or a part out", unit="values")


@dataclass(frozen=True)
class PolicyDates:
    """When a policy is in force.

    Attributes:
        begins: first day; the first day of the run if not given.
        ends: first day on which it is in force no more; never if not given.
        phase_in_months: months in which its numbers move to where it has them, a step a month.
        phase_in_programmes_months: months after which each further programme follows, in the scenario's order.
    """

    begins: dt.date | None = None
    ends: dt.date | None = None
    phase_in_months: int | None = None
    phase_in_programmes_months: int | None = None

    def over(self, other: PolicyDates) -> PolicyDates:
        """These dates, and where one is not given that of the other."""
        mine = {name: value for name, value in vars(self).items() if value is not None}
        return PolicyDates(**{**vars(other), **mine})

    def from_first_day(self, time: Time) -> bool:
        """The policy is in force from the first day of the run to its end, in full."""
        rest = (self.ends, self.phase_in_months, self.phase_in_programmes_months)
        return self.begins in (None, time.start) and not any(rest)

    def in_words(self) -> str:
        """As titles say it: ``from 2005-07-01 in 3 monthly steps, to 2006-01-31``."""
        text = f"from {self.begins}"
        if self.phase_in_months:
            text += f" in {self.phase_in_months} monthly steps"
        if self.phase_in_programmes_months:
            text += f", a programme every {self.phase_in_programmes_months} months"
        return text if self.ends is None else f"{text}, to {self.ends - dt.timedelta(days=1)}"

    def phases(self, programmes: int) -> list[tuple[dt.date, float, int]]:
        """First day of each phase, the share that numbers have moved, and how many programmes have begun.

        Args:
            programmes: how many the scenario has.
        """
        assert self.begins is not None
        months = self.phase_in_months or 0
        if months:
            return [(add_months(self.begins, k), (k + 1) / months, programmes) for k in range(months)]
        every = self.phase_in_programmes_months or 0
        if every:
            return [(add_months(self.begins, k * every), 1.0, k + 1) for k in range(max(programmes, 1))]
        return [(self.begins, 1.0, programmes)]

    def faults(self, time: Time, programmes: int) -> Iterator[tuple[str, str]]:
        """What is wrong with the dates for a run: the name of one, and the message."""
        first, last = time.start + dt.timedelta(days=1), time.end - dt.timedelta(days=1)
        range_ = f"must lie after the first day of the run and within it, from {first} to {last}"
        if self.begins is None or not first <= self.begins <= last:
            given = "not given; a policy that ends or is phased in needs it, and it" if self.begins is None else ""
            yield "begins", f"{given or self.begins} {range_}"
            return
        if self.phase_in_months and self.phase_in_programmes_months:
            yield "phase_in_programmes_months", "give this or phase_in_months, not both"
            return
        end = time.end
        if self.ends is not None:
            if not self.begins < self.ends <= last:
                after = self.begins + dt.timedelta(days=1)
                yield "ends", f"{self.ends} must lie after the policy begins and within the run, from {after} to {last}"
                return
            end = self.ends
        if self.phases(programmes)[-1][0] >= end:
            name = "phase_in_months" if self.phase_in_months else "phase_in_programmes_months"
            steps = 1 if self.phase_in_months else max(programmes - 1, 1)
            most = 0
            while add_months(self.begins, (most + 1) * steps) < end:
                most += 1
            most += bool(self.phase_in_months)
            until = "the policy ends" if self.ends is not None else "the end of the run"
            what = f"between 1 and {most}" if most else "left out, for there is no room for another phase"
            yield name, f"the last phase would begin after {until}; from {self.begins} it must be {what}"


def dated_values(policies: Sequence[tuple[PolicyDates, dict[str, Any], dict[str, Any]]]) -> tuple[DatedValues, ...]:
    """Policies with dates as what a scenario says from each date on.

    Args:
        policies: of each its dates and the whole scenario as in JSON without and with it, in the order in which they
            count. Both hold the policies before it in full.

    Returns:
        By date, without those that change nothing.
    """
    days: set[dt.date] = set()
    for dates, _, after in policies:
        days |= {day for day, *_ in dates.phases(len(after["programmes"]))}
        days |= {dates.ends} if dates.ends is not None else set()
    found: list[DatedValues] = []
    for day in sorted(days):
        values: Values = {}
        for dates, before, after in policies:
            begun = [phase for phase in dates.phases(len(after["programmes"])) if phase[0] <= day]
            if begun and (dates.ends is None or day < dates.ends):
                assert dates.begins is not None
                _, share, count = begun[-1]
                values |= _phase(before, after, share, list(after["programmes"])[:count], dates.begins)
        if values != (found[-1].values if found else {}):
            found.append(DatedValues(on=day, values=values))
    return tuple(found)


def _phase(
    before: dict[str, Any], after: dict[str, Any], share: float, programmes: list[str], begins: dt.date
) -> Values:
    """What a policy comes to in one phase: its values, numbers in proportion, in the programmes that have begun."""
    values: Values = {}
    for key, one, other in _differences(before, after):
        if key[0] in NAMING:
            continue
        if key[0] == "programmes" and len(key) > 1 and key[1] not in programmes:
            continue
        if len(key) == 2 and key[0] in ENTRIES and isinstance(other, dict):
            entry = _entry(other, share, programmes, list(after["programmes"]), begins)
            if entry is not None:
                values[key_text(key)] = entry
        else:
            values[key_text(key)] = _between(one, other, share)
    return values


def _entry(
    entry: dict[str, Any], share: float, begun: list[str], programmes: list[str], begins: dt.date
) -> dict[str, Any] | None:
    """A post or part that a policy brings, for the programmes that have begun; None if that is none of its own."""
    entry = {**entry, "start": entry["start"] or begins.isoformat()}
    if "strength" in entry:
        entry["strength"] = _between(0.0, entry["strength"], share)
    if len(begun) < len(programmes) and (entry["programmes"] or not entry["localities"]):
        entry["programmes"] = [name for name in entry["programmes"] or programmes if name in begun]
        if not entry["programmes"]:
            return None
    return entry


def _differences(one: Mapping[str, Any], other: Mapping[str, Any], key: Key = ()) -> Iterator[tuple[Key, Any, Any]]:
    """Where two trees differ: key, value in each. Mappings whose names differ are one value, save :data:`ENTRIES`."""
    for name in [*one, *(name for name in other if name not in one)]:
        here: Key = (*key, name)
        before: Any = one.get(name)
        after: Any = other.get(name)
        if before == after:
            continue
        both = isinstance(before, dict) and isinstance(after, dict)
        if both and (set(before) == set(after) or here in [(name,) for name in ENTRIES]):
            yield from _differences(before, after, here)
        else:
            yield here, before, after


def _between(one: Any, other: Any, share: float) -> Any:
    """A number on its way from one value to another; anything else is the other at once."""
    if share >= 1.0 or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in (one, other)):
        return other
    value = one + (other - one) * share
    return math.floor(value + 0.5) if isinstance(other, int) else value


def with_dated_values(tree: dict[str, Any], values: Values) -> dict[str, Any]:
    """A scenario as in JSON with the values of a date; ``tree`` is changed.

    Raises:
        ValueError: if a text is no dotted key.
    """
    tree["dated"] = []
    for text, value in values.items():
        key = parse_key(text)
        if value is None and len(key) == 2 and key[0] in ENTRIES:
            tree[key[0]].pop(key[1], None)
        else:
            set_value(tree, key, value)
    return tree


def fixed_differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys that differ between two scenarios as in JSON and may not change on a date, each with the reason."""
    for key, _, _ in _differences(before, after):
        why = why_fixed(key_text(key), before) if key[0] not in NAMING else ""
        if why:
            yield key_text(key), why


def why_fixed(text: str, tree: dict[str, Any]) -> str:
    """Why a key may not change on a date; empty if it may.

    Args:
        text: dotted key.
        tree: the scenario as in JSON.
    """
    key = parse_key(text)
    if key[0] in ENTRIES and len(key) == 1:
        return "give one entry of it, not the whole"
    if key[0] == "programmes" and len(key) == 3 and key[2] in _OF_PROGRAMMES and get_value(tree, key[:2]):
        return ""
    if key[0] in _FIXED or key[0] == "programmes" or any(key[: len(fixed)] == fixed for fixed in _FIXED_KEYS):
        return (
            "may not change on a date: the people, their trouble, the places, the programmes and their posts, time, "
            "what is recorded and the yardstick hold for the whole run; what may change is how agencies and families "
            "act, liaison posts and parts"
        )
    return ""
