"""Single simulated cases: which there are, and the stages that each went through under both scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

DIFFERS = "Another path than in the baseline"
WAYS: Mapping[str, tuple[str, str]] = {
    "Child placed on the register": ("registration", ""),
    "Section 47 enquiry": ("section_47_enquiry", ""),
    "Core assessment": ("core_assessment", ""),
    "Referral without further action": ("referral", "no_further_action"),
    "Brought by a programme": ("programme_concern", "referred"),
    "Held back by a programme": ("programme_concern", "held_back"),
    "Told informally by a programme": ("programme_concern", "told_informally"),
    "Decided by a family support panel": ("panel", ""),
}
"""What a case may be chosen by: stage, and the outcome that it must have had, if any."""
MOST = 300
"""Cases offered at a time."""
_COLUMNS = ["scenario", "case", "family", "date", "stage", "outcome", "working_days", "kind", "source",
            "recorded_source", "locality", "programme_area", "child_age", "reported"]  # fmt: skip
_ABOUT = ["family", "kind", "child_age"]


@dataclass(frozen=True)
class Followed:
    """One case under two scenarios.

    Attributes:
        facts: label -> text.
        stages: scenario -> Date, Stage, Outcome, Working days, one row a stage, in their order; empty where no agency
            heard of it.
        same: the case is the same sign of the same family in both.
    """

    facts: Mapping[str, str]
    stages: Mapping[str, pd.DataFrame]
    same: bool


def read_events(path: Path) -> pd.DataFrame:
    """The events of a folder of runs, text as plain words, without rows that only say that a case waits."""
    found = pd.read_parquet(path, columns=_COLUMNS)
    found = found.astype({c: object for c in found.columns if isinstance(found[c].dtype, pd.CategoricalDtype)})
    return found[found["stage"] != "waiting"].reset_index(drop=True)


def chosen(events: pd.DataFrame, way: str) -> list[int]:
    """Numbers of the reporting year's cases of one kind, rising, no more than :data:`MOST`.

    Args:
        events: what :func:`read_events` returns.
        way: a key of :data:`WAYS`, or :data:`DIFFERS`.
    """
    mine = events[events["reported"].astype(bool)]
    if way == DIFFERS:
        numbers = _differ(events)
        return sorted(set(numbers) & set(mine["case"].tolist()))[:MOST]
    stage, outcome = WAYS[way]
    fits = mine["stage"] == stage
    if outcome:
        fits &= mine["outcome"] == outcome
    return sorted({int(case) for case in mine.loc[fits, "case"]})[:MOST]


def _differ(events: pd.DataFrame) -> list[int]:
    """Cases of which one scenario has a stage, in its place and with its outcome, that the other has not."""
    place = events.groupby(["scenario", "case"], sort=False).cumcount()
    steps = events[["scenario", "case", "stage", "outcome"]].assign(place=place)
    alone = ~steps.duplicated(["case", "place", "stage", "outcome"], keep=False)
    return [int(case) for case in steps.loc[alone, "case"].unique()]


def titles(events: pd.DataFrame, numbers: list[int]) -> dict[int, str]:
    """Case -> number, what it is about, and the child's age."""
    first = events[events["case"].isin(numbers)].drop_duplicates("case").set_index("case")
    return {
        number: f"Case {number}: {words(str(kind)).lower()}, child aged {int(age)}"
        for number, kind, age in zip(first.index, first["kind"], first["child_age"], strict=True)
    }


def follow(events: pd.DataFrame, case: int, scenarios: tuple[str, ...]) -> Followed:
    """The stages of a case under each scenario.

    Args:
        events: what :func:`read_events` returns.
        case: its number, one that the events have.
        scenarios: names of the scenarios, baseline first.
    """
    rows = events[events["case"] == case]
    first = rows.iloc[0]
    facts = {
        "What it is about": words(str(first["kind"])),
        "Child's age": f"{int(first['child_age'])} years",
        "Who brought it": _known(first["source"]),
        "Source on record": _known(first["recorded_source"]),
        "Locality": _name(first["locality"]),
        "Programme's area": _name(first["programme_area"]),
    }
    stages = {name: _stages(rows[rows["scenario"] == name]) for name in scenarios}
    about = rows.groupby("scenario", sort=False)[_ABOUT].first()
    return Followed(facts, stages, len(about.drop_duplicates()) == 1)


def _stages(rows: pd.DataFrame) -> pd.DataFrame:
    days = [f"{int(d)}" if pd.notna(d) else "" for d in rows["working_days"]]
    return pd.DataFrame(
        {
            "Date": [f"{date:%d\N{NO-BREAK SPACE}%b\N{NO-BREAK SPACE}%Y}" for date in rows["date"]],
            "Stage": [words(str(stage)) for stage in rows["stage"]],
            "What came of it": ["" if o == "none" else words(str(o)) for o in rows["outcome"]],
            "Working days": days,
        }
    )


def words(name: str) -> str:
    """A stage, outcome or kind as words: "section_47_enquiry" gives "Section 47 enquiry"."""
    return name.replace("_", " ").capitalize()


def _known(value: object) -> str:
    return words(str(value)) if isinstance(value, str) else "nobody recorded it"


def _name(value: object) -> str:
    return value if isinstance(value, str) else "none"
