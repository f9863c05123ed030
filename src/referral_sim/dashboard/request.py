"""The request of a study: checked, refused in plain words, and written as the files that its runs are made from."""

from __future__ import annotations

import dataclasses
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from .. import __version__
from ..experiment.plan_file import HIGHEST_SEED
from ..scenario import Scenario, ScenarioError, list_continuum, list_policies, list_presets, load_scenario
from ..scenario.errors import clipped, visible
from ..scenario.keys import parse_key, set_value
from ..scenario.scenario import declared_at
from . import uploads
from .levers import LEVERS, Setting, settings, shown

BASELINE = "baseline.yaml"
MOST_ALTERNATIVES, MOST_REPLICATES, MOST_YEARS, LONGEST_TITLE = 6, 1000, 10, 80

_KEY = re.compile(rf"\b(?:{'|'.join(Scenario.model_fields)})(?:\.[\w-]+)+")


class RequestError(Exception):
    """Something asked for cannot be done; the text says what, in plain words, one line a fault."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(visible(line) for line in lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class Alternative:
    """What is set against the baseline.

    Attributes:
        policies: names of policies of the package, or of uploaded files.
        levers: values by dotted key besides, which count over the policies.
        title: what its user calls it; empty for a title made of policies and levers.
        scenario: the uploaded scenario file that it starts from; empty for the baseline.
    """

    policies: tuple[str, ...] = ()
    levers: Mapping[str, Setting] = dataclasses.field(default_factory=dict)
    title: str = ""
    scenario: str = ""

    @property
    def changes_nothing(self) -> bool:
        """Whether it is the baseline."""
        return not (self.policies or self.levers or self.scenario)


@dataclass(frozen=True)
class StudyRequest:
    """What somebody asks a study to show.

    Attributes:
        authority: the baseline: the name of a preset, or of an uploaded scenario file.
        alternatives: one to six.
        replicates: runs of the baseline and of each alternative.
        seed: of all runs.
        years: reporting years that all are followed.
        draws: whether runs of a calibrated authority are made under the shipped draws of parameters.
        files: name -> text of the uploaded files that the above name.
    """

    authority: str
    alternatives: tuple[Alternative, ...] = ()
    replicates: int = 20
    seed: int = 1
    years: int = 1
    draws: bool = True
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)


def request_from(said: Mapping[str, Any]) -> StudyRequest:
    """A request from what :func:`dataclasses.asdict` made of it.

    Raises:
        TypeError, ValueError, KeyError, AttributeError: if it is none.
    """
    alternatives = tuple(
        Alternative(tuple(map(str, one["policies"])), dict(one["levers"]), str(one["title"]), str(one["scenario"]))
        for one in said["alternatives"]
    )
    files = {str(name): str(text) for name, text in said["files"].items()}
    return StudyRequest(**{**said, "alternatives": alternatives, "files": files})


@cache
def authorities() -> Mapping[str, str]:
    """Name -> title of the presets that stand for an authority; England's average last."""
    found = {p.name: p.title for p in list_presets() if p.authority is not None}
    return dict(sorted(found.items(), key=lambda item: (item[0] == "england-average", item[1])))


@cache
def policies() -> Mapping[str, tuple[str, str]]:
    """Name -> (title, description) of the policies, then of the points of the continuum."""
    return {p.name: (p.title, p.description) for p in (*list_policies(), *list_continuum())}


def title_of_authority(request: StudyRequest) -> str:
    """The baseline's title."""
    return authorities().get(request.authority) or uploads.title_of(request.authority, request.files)


def title_of(request: StudyRequest, number: int) -> str:
    """The title of an alternative: its user's, or one made of policies and levers that stays short."""
    one = request.alternatives[number]
    if one.title:
        return one.title
    known = policies()
    parts = [uploads.title_of(one.scenario, request.files)] if one.scenario else []
    parts += [known[n][0] if n in known else uploads.title_of(n, request.files) for n in one.policies]
    parts += [f"{LEVERS[key].label} {shown(value)}" for key, value in one.levers.items() if key in LEVERS]
    title = " + ".join(parts[:2]) + (f" and {len(parts) - 2} more" if len(parts) > 2 else "")
    return title[:1].upper() + title[1:]


def file_of(number: int) -> str:
    """The name of an alternative's scenario file."""
    return f"alternative-{number + 1}.yaml"


def baseline_name(request: StudyRequest) -> str:
    """The scenario name of the baseline."""
    return request.authority.removesuffix(".yaml")


def name_of(request: StudyRequest, number: int) -> str:
    """The scenario name of an alternative: as a scenario under a policy, so that both run under the same draws."""
    return f"{baseline_name(request)}+{file_of(number).removesuffix('.yaml')}"


def without_idle_levers(request: StudyRequest) -> StudyRequest:
    """The request without levers that stand where the scenario has them anyhow: they change nothing.

    Raises:
        ScenarioError: if a scenario without levers cannot be made.
    """
    bare = [dataclasses.replace(one, levers={}) for one in request.alternatives]
    found = []
    for number, one in enumerate(request.alternatives):
        levers = dict(one.levers)
        if levers:
            now = settings(scenario_of(dataclasses.replace(request, alternatives=tuple(bare)), number))
            levers = {key: value for key, value in levers.items() if key not in now or value != now[key]}
        found.append(dataclasses.replace(one, levers=levers))
    return dataclasses.replace(request, alternatives=tuple(found))


def check_request(request: StudyRequest) -> None:
    """Make sure that a study can be made.

    Raises:
        RequestError: with all that is wrong.
    """
    wrong = []
    if request.authority not in authorities() and request.authority not in request.files:
        wrong.append(f"there is no authority {clipped(request.authority)!r}; choose one of {', '.join(authorities())}")
    wrong += _out_of(len(request.alternatives), "the number of alternatives", 1, MOST_ALTERNATIVES)
    wrong += _out_of(request.replicates, "the number of runs", 2, MOST_REPLICATES)
    wrong += _out_of(request.years, "the number of reporting years", 1, MOST_YEARS)
    wrong += _out_of(request.seed, "the seed", 0, HIGHEST_SEED)
    for number, one in enumerate(request.alternatives, 1):
        wrong += [f"alternative {number}: {line}" for line in _wrong_with(one, request)]
    for name, text in request.files.items():
        wrong += uploads.faults(name, text, request.files)
    if wrong:
        raise RequestError(wrong)
    try:
        for number in range(-1, len(request.alternatives)):
            scenario_of(request, number)
    except ScenarioError as error:
        raise RequestError(faults_in_words(error)) from None


def _wrong_with(one: Alternative, request: StudyRequest) -> Iterator[str]:
    if one.scenario and one.scenario not in request.files:
        yield f"there is no file {clipped(one.scenario)!r}"
    for name in one.policies:
        if name not in policies() and name not in request.files:
            yield f"there is no policy {clipped(name)!r}"
    for key in one.levers:
        if key not in LEVERS:
            yield f"{clipped(key)} is no lever of the dashboard"
    if len(one.title) > LONGEST_TITLE:
        yield f"the name has {len(one.title)} characters; at most {LONGEST_TITLE} are allowed"
    if one.changes_nothing:
        yield "choose a policy or move a lever: nothing would change"


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
    """Faults in the words of the page: titles of policies, labels of levers and meanings in place of names and keys."""
    found = []
    for fault in error.faults:
        message = fault.message
        for name, (title, _) in policies().items():
            message = message.replace(f"'{name}'", f"“{title}”")
        for key in (fault.key, *_KEY.findall(message)):
            message = message.replace(key, _in_words(key)) if key else message
        where = _in_words(fault.key) if fault.key else ""
        found.append(message if not where or where in message else f"{message} ({where})")
    return list(dict.fromkeys(found))


def _in_words(key: str) -> str:
    """What a key of a scenario is, for somebody who does not know the key."""
    if key in LEVERS:
        return LEVERS[key].label
    try:
        declared = declared_at(parse_key(key))
    except ValueError:
        return ""
    if declared is not None and declared.kind == "value" and declared.meaning:
        return declared.meaning
    return key.rpartition(".")[2].replace("_", " ")


def study_files(request: StudyRequest) -> dict[str, str]:
    """Name -> text of the files that the runs are made from: uploads, baseline and alternatives as scenario files."""
    several = {} if request.years == 1 else {"time": {"years": request.years}}
    found = dict(request.files)
    found[BASELINE] = _text([f"extends: {request.authority}", f"name: {baseline_name(request)}"], several)
    for number, one in enumerate(request.alternatives):
        tree: dict[str, Any] = json.loads(json.dumps(several))
        for key, value in one.levers.items():
            set_value(tree, parse_key(key), value)
        lines = [
            f"extends: {one.scenario or request.authority}",
            f"name: {name_of(request, number)}",
            f"title: {json.dumps(title_of(request, number))}",
            *([f"policies: [{', '.join(one.policies)}]"] if one.policies else []),
        ]
        found[file_of(number)] = _text(lines, tree)
    return found


def _text(lines: Sequence[str], values: Mapping[str, Any]) -> str:
    head = f"# Written by the dashboard of referral-sim {__version__}."
    return "\n".join([head, *lines, *(f"{key}: {json.dumps(value)}" for key, value in values.items())]) + "\n"


def plan_file(request: StudyRequest) -> str:
    """The plan of its runs (docs/sweeps.md)."""
    files = ", ".join([BASELINE, *(file_of(number) for number in range(len(request.alternatives)))])
    return f"scenarios: [{files}]\nreplicates: {request.replicates}\nseed: {request.seed}\n"


def scenario_of(request: StudyRequest, number: int = -1) -> Scenario:
    """An alternative as the scenario that its runs are made of; the baseline for -1.

    Raises:
        ScenarioError: with every fault of its files.
    """
    file = BASELINE if number < 0 else file_of(number)
    return _scenario(tuple(sorted(study_files(request).items())), file)


@lru_cache(maxsize=200)
def _scenario(files: tuple[tuple[str, str], ...], file: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files:
            (Path(folder) / name).write_text(text, encoding="utf-8")
        try:
            return load_scenario(Path(folder) / file)
        except ScenarioError as error:
            raise ScenarioError(uploads.without_folder(error.faults, folder)) from None
