"""The request of a study: checked, refused in plain words, and written as the files that its runs are made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import __version__
from ..experiment.plan_file import HIGHEST_SEED
from ..scenario import ScenarioError, list_continuum, list_policies, list_presets, load_scenario
from ..scenario.errors import clipped, visible
from ..scenario.keys import parse_key, set_value
from .levers import LEVERS, Setting, shown

BASELINE, ALTERNATIVE = "baseline.yaml", "alternative.yaml"
MOST_REPLICATES, MOST_YEARS, LONGEST_TITLE = 1000, 10, 80


class RequestError(Exception):
    """Something asked for cannot be done; the text says what, in plain words, one line a fault."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(visible(line) for line in lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class StudyRequest:
    """What somebody asks a study to show.

    Attributes:
        authority: name of the preset that is the baseline.
        policies: names of policies that the alternative has.
        levers: values by dotted key that the alternative has besides.
        replicates: runs of baseline and of alternative.
        seed: of all runs.
        title: what its user calls the alternative; empty for a title made of policies and levers.
        years: reporting years that both are followed.
    """

    authority: str
    policies: tuple[str, ...] = ()
    levers: Mapping[str, Setting] = dataclasses.field(default_factory=dict)
    replicates: int = 20
    seed: int = 1
    title: str = ""
    years: int = 1


@cache
def authorities() -> Mapping[str, str]:
    """Name -> title of the presets that stand for an authority; England's average last."""
    found = {p.name: p.title for p in list_presets() if p.authority is not None}
    return dict(sorted(found.items(), key=lambda item: (item[0] == "england-average", item[1])))


@cache
def policies() -> Mapping[str, tuple[str, str]]:
    """Name -> (title, description) of the policies, then of the points of the continuum."""
    return {p.name: (p.title, p.description) for p in (*list_policies(), *list_continuum())}


def title_of(request: StudyRequest) -> str:
    """A title made of authority, policies and levers."""
    known = policies()
    parts = [known[name][0] for name in request.policies if name in known]
    parts += [f"{LEVERS[key].label} {shown(value)}" for key, value in request.levers.items() if key in LEVERS]
    return " + ".join([authorities().get(request.authority, request.authority), *parts])


def check_request(request: StudyRequest) -> None:
    """Make sure that a study can be made.

    Raises:
        RequestError: with all that is wrong.
    """
    wrong = []
    if request.authority not in authorities():
        wrong.append(f"there is no authority {clipped(request.authority)!r}; choose one of {', '.join(authorities())}")
    wrong += [f"there is no policy {clipped(name)!r}" for name in request.policies if name not in policies()]
    wrong += [f"{clipped(key)} is no lever of the dashboard" for key in request.levers if key not in LEVERS]
    wrong += _out_of(request.replicates, "the number of runs", 2, MOST_REPLICATES)
    wrong += _out_of(request.years, "the number of reporting years", 1, MOST_YEARS)
    wrong += _out_of(request.seed, "the seed", 0, HIGHEST_SEED)
    if len(request.title) > LONGEST_TITLE:
        wrong.append(f"the name has {len(request.title)} characters; at most {LONGEST_TITLE} are allowed")
    if not request.policies and not request.levers:
        wrong.append("choose a policy or move a lever: nothing would change")
    if wrong:
        raise RequestError(wrong)
    changes = [f"{key}={json.dumps(value)}" for key, value in request.levers.items()]
    try:
        load_scenario(request.authority, changes, request.policies)
    except ScenarioError as error:
        raise RequestError(faults_in_words(error)) from None


def _out_of(value: int, what: str, low: int, high: int) -> list[str]:
    fine = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return [] if fine else [f"{what} must be a whole number from {low} to {high}, not {clipped(str(value))}"]


def read_seed(text: str) -> int:
    """A seed that somebody typed.

    Raises:
        RequestError: if it is none.
    """
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 10) or int(plain) > HIGHEST_SEED:
        raise RequestError([f"the seed must be a whole number from 0 to {HIGHEST_SEED}, not {clipped(plain)!r}"])
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


def scenario_file(request: StudyRequest) -> str:
    """The alternative as a scenario file (docs/scenario.schema.json)."""
    tree: dict[str, Any] = {} if request.years == 1 else {"time": {"years": request.years}}
    for key, value in request.levers.items():
        set_value(tree, parse_key(key), value)
    lines = [
        f"# Written by the dashboard of referral-sim {__version__}.",
        f"extends: {request.authority}",
        f"name: {request.authority}-alternative",
        f"title: {json.dumps(request.title or title_of(request))}",
        *([f"policies: [{', '.join(request.policies)}]"] if request.policies else []),
        *(f"{key}: {json.dumps(value)}" for key, value in tree.items()),
    ]
    return "\n".join(lines) + "\n"


def baseline_file(request: StudyRequest) -> str:
    """The baseline as a scenario file, where it is followed for more than one year; empty where it is the preset."""
    if request.years == 1:
        return ""
    return f"extends: {request.authority}\nname: {request.authority}\ntime: {{years: {request.years}}}\n"


def plan_file(request: StudyRequest) -> str:
    """The plan of its runs (docs/sweeps.md)."""
    baseline = BASELINE if baseline_file(request) else request.authority
    return f"scenarios: [{baseline}, {ALTERNATIVE}]\nreplicates: {request.replicates}\nseed: {request.seed}\n"
