"""What a study asks: checked, in plain words where it cannot be, and as the files that its runs are made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import __version__
from ..scenario import ScenarioError, list_continuum, list_policies, list_presets, load_scenario
from ..scenario.errors import clipped, visible
from ..scenario.overrides import split_key
from .levers import LEVERS, Setting, shown

ALTERNATIVE = "alternative.yaml"
MOST_REPLICATES, HIGHEST_SEED, LONGEST_TITLE = 1000, 2**32 - 1, 80


class StudyError(Exception):
    """Something asked for cannot be done; the text says what, in plain words, one line a fault."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(visible(line) for line in lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class Asked:
    """What a study asks.

    Attributes:
        authority: name of the preset that is the baseline.
        policies: names of policies that the alternative has.
        levers: values by dotted key that the alternative has besides.
        replicates: runs of baseline and of alternative.
        seed: of all runs.
        title: what its user calls the alternative; empty for a title made of policies and levers.
    """

    authority: str
    policies: tuple[str, ...] = ()
    levers: Mapping[str, Setting] = dataclasses.field(default_factory=dict)
    replicates: int = 20
    seed: int = 1
    title: str = ""


def authorities() -> dict[str, str]:
    """Name -> title of the presets that stand for an authority; England's average last."""
    found = {p.name: p.title for p in list_presets() if p.authority is not None}
    return dict(sorted(found.items(), key=lambda item: (item[0] == "england-average", item[1])))


def policies() -> dict[str, tuple[str, str]]:
    """Name -> (title, description) of the policies, then of the points of the continuum."""
    return {p.name: (p.title, p.description) for p in (*list_policies(), *list_continuum())}


def title_of(asked: Asked) -> str:
    """A title made of authority, policies and levers."""
    known = policies()
    parts = [known[name][0] for name in asked.policies if name in known]
    parts += [f"{LEVERS[key].label} {shown(value)}" for key, value in asked.levers.items() if key in LEVERS]
    return " + ".join([authorities().get(asked.authority, asked.authority), *parts])


def checked(asked: Asked) -> None:
    """Make sure that a study can be made.

    Raises:
        StudyError: with all that is wrong.
    """
    wrong = []
    if asked.authority not in authorities():
        wrong.append(f"there is no authority {clipped(asked.authority)!r}; choose one of {', '.join(authorities())}")
    wrong += [f"there is no policy {clipped(name)!r}" for name in asked.policies if name not in policies()]
    wrong += [f"{clipped(key)} is no lever of the dashboard" for key in asked.levers if key not in LEVERS]
    wrong += _out_of(asked.replicates, "the number of runs", 2, MOST_REPLICATES)
    wrong += _out_of(asked.seed, "the seed", 0, HIGHEST_SEED)
    if len(asked.title) > LONGEST_TITLE:
        wrong.append(f"the name has {len(asked.title)} characters; at most {LONGEST_TITLE} are allowed")
    if not asked.policies and not asked.levers:
        wrong.append("choose a policy or move a lever: nothing would change")
    if wrong:
        raise StudyError(wrong)
    changes = [f"{key}={json.dumps(value)}" for key, value in asked.levers.items()]
    try:
        load_scenario(asked.authority, changes, asked.policies)
    except ScenarioError as error:
        raise StudyError(faults_in_words(error)) from None


def _out_of(value: int, what: str, low: int, high: int) -> list[str]:
    fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return [] if fine else [f"{what} must be a whole number from {low} to {high}, not {clipped(str(value))}"]


def read_seed(text: str) -> int:
    """A seed that somebody typed.

    Raises:
        StudyError: if it is none.
    """
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 10) or int(plain) > HIGHEST_SEED:
        raise StudyError([f"the seed must be a whole number from 0 to {HIGHEST_SEED}, not {clipped(plain)!r}"])
    return int(plain)


def faults_in_words(error: ScenarioError) -> list[str]:
    """Faults in the words of the page: titles of policies and labels of levers in place of names and keys."""
    found = []
    for fault in error.faults:
        message = fault.message
        for name, (title, _) in policies().items():
            message = message.replace(f"'{name}'", f"“{title}”")
        lever = LEVERS.get(fault.key)
        where = lever.label if lever else fault.key
        found.append(f"{message} ({where})" if where else message)
    return list(dict.fromkeys(found))


def scenario_file(asked: Asked) -> str:
    """The alternative as a scenario file (docs/scenario.schema.json)."""
    tree: dict[str, Any] = {}
    for key, value in asked.levers.items():
        *path, last = split_key(key)[0]
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    lines = [
        f"# Written by the dashboard of referral-sim {__version__}.",
        f"extends: {asked.authority}",
        f"name: {asked.authority}-alternative",
        f"title: {json.dumps(asked.title or title_of(asked))}",
        *([f"policies: [{', '.join(asked.policies)}]"] if asked.policies else []),
        *(f"{key}: {json.dumps(value)}" for key, value in tree.items()),
    ]
    return "\n".join(lines) + "\n"


def plan_file(asked: Asked) -> str:
    """The plan of its runs (docs/sweeps.md)."""
    return f"scenarios: [{asked.authority}, {ALTERNATIVE}]\nreplicates: {asked.replicates}\nseed: {asked.seed}\n"
