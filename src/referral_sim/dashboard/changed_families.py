"""Families whose path changed: how many of which kind, and one family's time under two scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..folders.read_folder import open_results
from ..measures.wording import MILESTONE_LABELS, group_label

EVENTS = "events.parquet"
DIMENSIONS: Mapping[str, str] = {
    "place": "Where they live",
    "area": "In a programme's area or not",
    "age": "Age of the child",
    "need": "Need when it first showed",
    "ethnic_group": "Ethnic group",
}
"""What families are told apart by -> what the page calls it."""
MILESTONES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "referral": (("referral", ""),),
    "initial_assessment": (("initial_assessment", ""),),
    "help": (("package", ""), ("panel", "supported"), ("plan_start", ""), ("registration", "")),
    "registration": (("registration", ""),),
}
"""Milestone -> the stages that reach it, each with the outcome that it must have, if any; as
:func:`~referral_sim.experiment.family_paths.paths_of`."""
CHANGED = "changed"
WAYS: Mapping[str, str] = {
    CHANGED: "on another path",
    **{f"newly {m}": f"newly {MILESTONE_LABELS[m]}" for m in MILESTONES},
    **{f"no longer {m}": f"no longer {MILESTONE_LABELS[m]}" for m in MILESTONES},
}
"""How a family's path may have changed -> in words."""
MOST = 300
"""Families offered at a time."""
_COLUMNS = ["scenario", "replicate", "family", "date", "stage", "outcome", "level", "kind",
            "locality", "programme_area", "ethnic_group", "child_age", "reported"]  # fmt: skip
_KEY = ["replicate", "family"]
_AGES = ((1.0, "below 1"), (3.0, "1 and 2"), (5.0, "3 and 4"), (10.0, "5 to 9"), (99.0, "10 and above"))


@dataclass(frozen=True)
class FamilyUnderBoth:
    """One family under two scenarios.

    Attributes:
        facts: label -> text.
        timelines: scenario -> Date, Stage, Outcome, About, one row a stage, in their order; empty
            where no agency heard of the family.
    """

    facts: Mapping[str, str]
    timelines: Mapping[str, pd.DataFrame]


def read_events(folder: Path) -> pd.DataFrame:
    """The events of a folder of runs, text as plain words, without rows that only say that a case waits.

    Raises:
        ResultsError: if the folder is not as it was written.
    """
    open_results(folder)
    found = pd.read_parquet(folder / EVENTS, columns=_COLUMNS)
    found = found.astype({c: object for c in found.columns if isinstance(found[c].dtype, pd.CategoricalDtype)})
    return found[found["stage"] != "waiting"].reset_index(drop=True)


def changes(events: pd.DataFrame, base: str, other: str) -> pd.DataFrame:
    """What an alternative changed for each family that an agency heard of in the reporting years.

    Args:
        events: what :func:`read_events` returns.
        base: scenario.
        other: scenario.

    Returns:
        One row a replicate and family: replicate, family, the keys of :data:`WAYS` (bool), and those of
        :data:`DIMENSIONS` (text), as they were when an agency first heard of the family.
    """
    mine = events[events["reported"].astype(bool) & events["scenario"].isin([base, other])]
    about = mine.drop_duplicates(_KEY).set_index(_KEY)
    need = mine.dropna(subset=["level"]).drop_duplicates(_KEY).set_index(_KEY)["level"]
    found = pd.DataFrame(index=about.index)
    moved = pd.Series(data=False, index=about.index)
    for milestone, stages in MILESTONES.items():
        reached = _reached(mine, stages)
        first = {
            name: reached[reached["scenario"] == name].groupby(_KEY)["date"].min().reindex(about.index)
            for name in (base, other)
        }
        before, after = first[base], first[other]
        found[f"newly {milestone}"] = before.isna() & after.notna()
        found[f"no longer {milestone}"] = before.notna() & after.isna()
        moved |= (before != after) & ~(before.isna() & after.isna())
    found[CHANGED] = moved
    found["place"] = about["locality"].fillna("elsewhere")
    found["area"] = about["programme_area"].notna().map({True: "in a programme's area", False: "elsewhere"})
    found["age"] = [next(label for end, label in _AGES if age < end) for age in about["child_age"]]
    tiers = need.reindex(about.index)
    found["need"] = [f"{int(tier)} up to {int(tier) + 1} tiers" if tier == tier else "not read" for tier in tiers]
    found["ethnic_group"] = [group_label(f"ethnic:{group}") for group in about["ethnic_group"]]
    return found.reset_index()


def _reached(events: pd.DataFrame, stages: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    chosen = pd.Series(data=False, index=events.index)
    for stage, outcome in stages:
        chosen |= (events["stage"] == stage) & ((events["outcome"] == outcome) if outcome else True)
    return events[chosen]


def by_group(found: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Families a replicate by a dimension: mean numbers.

    Args:
        found: what :func:`changes` returns.
        dimension: a key of :data:`DIMENSIONS`.

    Returns:
        One row a group, the largest first but ages and needs in their order: group, heard_of (families that an agency
        heard of under either scenario), then the keys of :data:`WAYS`; families in one simulated run.
    """
    runs = max(found["replicate"].nunique(), 1)
    groups = found.groupby(dimension)
    table = groups[list(WAYS)].sum() / runs
    table.insert(0, "heard_of", groups.size() / runs)
    order = {label: place for place, (_, label) in enumerate(_AGES)}
    if dimension == "age":
        table = table.sort_index(key=lambda index: index.map(order))
    elif dimension != "need":
        table = table.sort_values("heard_of", ascending=False)
    return table.rename_axis("group").reset_index()


def chosen(found: pd.DataFrame, way: str) -> dict[tuple[int, int], str]:
    """(replicate, family) -> a title, of the families whose path changed in some way, no more than :data:`MOST`.

    Args:
        found: what :func:`changes` returns.
        way: a key of :data:`WAYS`.
    """
    rows = found[found[way]].sort_values(_KEY).head(MOST)
    return {
        (int(r["replicate"]), int(r["family"])): f"Family {r['family']} of simulated year {int(r['replicate']) + 1}: "
        f"{r['place']}, child {r['age']}"
        for r in rows.to_dict("records")
    }


def follow(events: pd.DataFrame, who: tuple[int, int], scenarios: tuple[str, str]) -> FamilyUnderBoth:
    """One family's time under two scenarios.

    Args:
        events: what :func:`read_events` returns.
        who: replicate and family, one that the events have.
        scenarios: names of the scenarios, baseline first.
    """
    rows = events[(events["replicate"] == who[0]) & (events["family"] == who[1]) & events["reported"].astype(bool)]
    rows = rows[rows["scenario"].isin(scenarios)]
    first = rows.iloc[0]
    area = first["programme_area"]
    facts = {
        "Lives in": str(first["locality"]),
        "Programme's area": area if isinstance(area, str) else "none",
        "Child's age": f"{int(first['child_age'])} years",
        "Ethnic group": group_label(f"ethnic:{first['ethnic_group']}"),
    }
    return FamilyUnderBoth(facts, {name: _timeline(rows[rows["scenario"] == name]) for name in scenarios})


def _timeline(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Date": rows["date"].to_numpy(),
            "Stage": [words(str(stage)) for stage in rows["stage"]],
            "Outcome": ["" if o == "none" else words(str(o)) for o in rows["outcome"]],
            "About": [words(str(kind)) for kind in rows["kind"]],
        }
    )


def words(name: str) -> str:
    """A stage, outcome or kind as words: "section_47_enquiry" gives "Section 47 enquiry"."""
    return name.replace("_", " ").capitalize()
