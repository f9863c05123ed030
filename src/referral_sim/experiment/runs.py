"""The runs of a plan: what identifies one, and what comes of it."""

from __future__ import annotations

import hashlib
import json
import platform
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from .. import __version__
from .design import points_of
from .plan import Case, Outcome, Plan, Point

if TYPE_CHECKING:
    from ..scenario import Scenario

DONE = "done"
ROOMS = ("scenario", "world", "records", "state.py", "pathway", "agents", "measures", "model.py", "recording.py")
"""What decides on the numbers of a run, besides its scenario."""


@dataclass(frozen=True)
class Run:
    """One run that a plan asks for.

    Attributes:
        id: 32 hexadecimal digits; the same for the same model, scenario with policies, point, seed and replicate.
        case: scenario and policies.
        number: place of the point in the plan's design, from 0.
        point: values of levers and uncertainties.
        seed: of the run.
        replicate: which replicate of the seed, from 0.
    """

    id: str
    case: Case
    number: int
    point: Point
    seed: int
    replicate: int


@dataclass(frozen=True)
class Task:
    """What a worker gets: the scenario is resolved, so it needs no files."""

    run: str
    scenario: Scenario
    seed: int
    replicate: int
    outcomes: tuple[Outcome, ...]
    model: str


@dataclass(frozen=True)
class Rows:
    """Outcomes of one run, one entry a measure and group, in the order of the measures."""

    measure: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Finished:
    """A run that has ended, well or not.

    Attributes:
        run: what was asked for.
        status: ``done``; ``failed`` (it raised), ``timeout`` or ``memory`` (over a limit), ``lost`` (its process died).
        reason: one line; empty if done.
        traceback: of a run that raised; else empty.
        seconds: how long it took, in its own process; until it was ended, for a run over the limit.
        rows: its outcomes; empty unless done.
    """

    run: Run
    status: str
    reason: str = ""
    traceback: str = ""
    seconds: float = 0.0
    rows: Rows = field(default_factory=Rows)


def runs_of(plan: Plan, points: list[Point] | None = None) -> Iterator[Run]:
    """All runs, case by case, point by point, the replicates of a point one after the other."""
    points = points_of(plan) if points is None else points
    model = model_version()
    for case in plan.cases:
        base = case.base.content_hash()
        kept = case.kept() if plan.draws is not None else frozenset()
        for number, point in enumerate(points):
            start = _start(model, base, point, plan.seed)
            first = number * plan.replicates if plan.apart else 0
            for replicate in range(first, first + plan.replicates):
                at = point
                if plan.draws is not None:
                    at = {**plan.draws.values(case.base, replicate, kept), **point}
                    start = _start(model, base, at, plan.seed)
                id_ = hashlib.sha256(f"{start}{replicate}".encode()).hexdigest()[:32]
                yield Run(id_, case, number, at, plan.seed, replicate)


def _start(model: str, base: str, point: Point, seed: int) -> str:
    return json.dumps([model, base, sorted(point.items()), seed])


def reason_of(error: BaseException) -> tuple[str, str]:
    """One line and the whole traceback of an exception that is being handled."""
    text = traceback.format_exc()
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__, text


@cache
def model_version() -> str:
    """Version of the package and a digest of what decides on the numbers: ``0.1.0+3f9a2c1d``.

    The digest covers the code of the model's rooms, so that runs of an edited model are never mixed with others.
    """
    digest = hashlib.sha256()
    package = resources.files("referral_sim")
    for name in ROOMS:
        for path, text in sorted(_texts(package.joinpath(name), name)):
            digest.update(f"{path}\0".encode() + text + b"\0")
    return f"{__version__.split('+')[0]}+{digest.hexdigest()[:12]}"


def _texts(item: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if item.is_dir():
        for child in item.iterdir():
            yield from _texts(child, f"{path}/{child.name}")
    elif path.endswith(".py"):
        yield path, item.read_bytes()


def versions() -> dict[str, str]:
    """Versions of all that a run's numbers may depend on."""
    libraries = {name: metadata.version(name) for name in ("numpy", "pandas", "mesa")}
    return {"referral-sim": __version__, "python": platform.python_version(), **libraries}


def place_of_run(run: Run) -> dict[str, Any]:
    """What names a run to people: scenario, policies, point, seed, replicate."""
    return {
        "scenario": run.case.scenario,
        "policies": run.case.policies,
        "point": run.number,
        "seed": run.seed,
        "replicate": run.replicate,
    }
