"""What a calibration is asked: parameters and the space they span, published figures as targets, and how much work.

The space has one coordinate a shared parameter, and one a scenario for a parameter of which each has its own; all on
the scale from 0 to 1. A target says on which scale a published figure is compared, and how far chance alone moves it.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, Field, PlainValidator, RootModel

from ..experiment.plan_file import HIGHEST_SEED, VariableOrValues, read_variants
from ..experiment.variants import Point, ScenarioVariant, Variable, refusal
from ..measures.table import MEASURES, SHARE, unit_of
from ..scenario import ScenarioError
from ..scenario.documents import Document
from ..scenario.errors import Fault, did_you_mean
from ..scenario.faults import FileModel, described, limited, read_file
from ..scenario.keys import Key

MOST = 100_000
"""Most of any kind of work."""
DISCREPANCY = {"root": 0.10, "arcsine": 0.05}
"""Standard deviation of the model's own error where a target gives none: 10% of a rate, some 5 points of a share."""

Floats = NDArray[np.float64]
M = TypeVar("M", bound=BaseModel)


def _own(given: Any) -> bool | list[str]:
    if given is True or (isinstance(given, list) and given and all(isinstance(name, str) for name in given)):
        return given
    raise ValueError(f"must be true or a list of names of scenarios, not {described(given)}")


class ParameterEntry(FileModel):
    """An uncertain parameter in its file; ``own``: all scenarios, or those named, have a value of their own."""

    prior: VariableOrValues = Field(description="a distribution, such as {range: [0, 1]}")
    unit: str = ""
    source: str = ""
    own: Annotated[bool | list[str], PlainValidator(_own)] = False


@dataclass(frozen=True)
class UncertainParameter:
    """An uncertain parameter.

    Attributes:
        key: dotted key of the scenario.
        prior: its prior distribution.
        unit: in words.
        source: where the prior comes from.
        own: scenarios that each have a value of their own; empty for one that all share.
    """

    key: str
    prior: Variable
    unit: str
    source: str
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coordinate:
    """One coordinate: a parameter, and whose it is ("" if shared)."""

    parameter: UncertainParameter
    scenario: str = ""

    @property
    def name(self) -> str:
        """``KEY``, or ``SCENARIO/KEY`` for an own one."""
        return f"{self.scenario}/{self.parameter.key}" if self.scenario else self.parameter.key


class Space:
    """Where the inference works: the unit cube, each coordinate the share of its prior below the value.

    On this scale every prior is uniform. A scenario sees the shared coordinates and its own.

    Args:
        parameters: all of them.
        scenarios: names of the scenarios.

    Attributes:
        coordinates: in their order.
    """

    def __init__(self, parameters: Sequence[UncertainParameter], scenarios: Sequence[str]) -> None:
        shared = [Coordinate(p) for p in parameters if not p.own]
        own = [Coordinate(p, s) for s in scenarios for p in parameters if s in p.own]
        self.coordinates = (*shared, *own)
        self._columns = {
            s: np.array([i for i, c in enumerate(self.coordinates) if c.scenario in ("", s)]) for s in scenarios
        }

    @property
    def size(self) -> int:
        """How many coordinates."""
        return len(self.coordinates)

    @property
    def names(self) -> list[str]:
        """Names of the coordinates."""
        return [c.name for c in self.coordinates]

    def columns(self, scenario: str) -> NDArray[np.intp]:
        """Places of the coordinates that a scenario sees."""
        return self._columns[scenario]

    def values(self, shares: Floats) -> Floats:
        """Values of parameters at points of the cube, shape (points, coordinates)."""
        found = [[float(c.parameter.prior.at(float(u))) for u in shares[:, i]] for i, c in enumerate(self.coordinates)]
        return np.array(found).T

    def points(self, scenario: str, shares: Floats) -> list[Point]:
        """Points of a scenario's plan at points of the whole cube, shape (points, coordinates)."""
        columns = self.columns(scenario)
        values = self.values(shares)[:, columns]
        keys = [self.coordinates[i].parameter.key for i in columns]
        return [dict(zip(keys, row, strict=True)) for row in values.tolist()]


def _measure(name: str) -> str:
    if name not in MEASURES:
        raise ValueError(f"there is no measure {name!r}{did_you_mean(name, MEASURES)}")
    return name


def _not_negative(value: float) -> float:
    if value < 0:
        raise ValueError(f"must not be negative, and is {value:g}")
    return value


NotNegative = Annotated[float, AfterValidator(_not_negative)]


class TargetEntry(FileModel):
    """A published figure as its file gives it.

    Attributes:
        measure: simulated measure that it stands beside.
        group: of the measure.
        value: as published.
        role: ``fit`` or ``held-out``.
        numerator: count that it rests on, where known.
        denominator: what it was counted among, where known.
        low, high: 5th and 95th percentile of what a derived figure may have been, where that is worked out
            (:mod:`~referral_sim.evidence.intervals`); it then says how far chance moves the figure, and not its count.
        discrepancy: standard deviation of the model's error: relative for a rate or ratio, on the arcsine scale for a
            share; ``DISCREPANCY`` if not given.
        stock_or_flow: what was counted.
        window: the days it covers.
        source: table or paragraph.
        contradiction: what disagrees with it; empty if nothing is known.
        series: which of several printed versions.
    """

    measure: Annotated[str, AfterValidator(_measure)]
    group: str = "all"
    value: float
    role: Literal["fit", "held-out"]
    numerator: NotNegative | None = None
    denominator: NotNegative | None = None
    low: NotNegative | None = None
    high: NotNegative | None = None
    discrepancy: NotNegative | None = None
    stock_or_flow: Literal["stock", "flow"] = "flow"
    window: str = ""
    source: str = ""
    contradiction: str = ""
    series: str = ""


class Target(TargetEntry):
    """A published figure of a scenario.

    Attributes:
        scenario: whose.
    """

    scenario: str

    @property
    def name(self) -> str:
        """What tables call it."""
        where = "" if self.group == "all" else f"/{self.group}"
        return f"{self.scenario}: {self.measure}{where}" + (f" ({self.series})" if self.series else "")

    @property
    def scale(self) -> str:
        """``arcsine`` for shares, ``root`` for the rest: chance has one size on these, and 0 is allowed."""
        return "arcsine" if unit_of(self.measure) == SHARE else "root"

    @property
    def point(self) -> float:
        """The published value on the scale of comparison."""
        return float(scaled(np.array([self.value]), self.scale)[0])

    @property
    def sampling(self) -> float:
        """Variance of the published figure by chance, on the scale of comparison.

        A share of n: 1 / (4 n) on the arcsine scale; a rate or ratio that rests on a count: its value / (4 count) on
        the scale of roots, that is 1 / 4 for the root of a Poisson count (Anscombe 1948, leading terms). Where an
        interval from 5% to 95% is given, the square of its width on the scale over 2 x 1.645. 0 where neither is known.
        """
        if self.low is not None and self.high is not None:
            low, high = scaled(np.array([self.low, self.high]), self.scale).tolist()
            return float(((high - low) / (2.0 * 1.6449)) ** 2)
        if self.scale == "arcsine":
            return 0.25 / self.denominator if self.denominator else 0.0
        return 0.25 * self.value / self.numerator if self.numerator else 0.0

    def variance(self, discrepancy_factor: float = 1.0) -> float:
        """Sampling and discrepancy together, with the discrepancy's standard deviation so many times its size."""
        return self.sampling + (discrepancy_factor * self.error) ** 2

    @property
    def error(self) -> float:
        """Standard deviation of the model's error on the scale of comparison."""
        # The derivative of the root: a relative error of d is one of d x root / 2.
        discrepancy = DISCREPANCY[self.scale] if self.discrepancy is None else self.discrepancy
        return discrepancy if self.scale == "arcsine" else 0.5 * discrepancy * self.point


def scaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """Values on the scale of comparison: root, or arcsine of the root; NaN stays."""
    if scale == "arcsine":
        return np.arcsin(np.sqrt(np.clip(values, 0.0, 1.0)))
    return np.sqrt(values)


def figures_on_scale(outcomes: NDArray[np.float64], targets: Sequence[Target]) -> NDArray[np.float64]:
    """Outcomes on the scales of their targets; both of shape (points, targets)."""
    return np.stack([scaled(outcomes[:, j], target.scale) for j, target in enumerate(targets)], axis=1)


def unscaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """The inverse of :func:`scaled`."""
    if scale == "arcsine":
        return np.asarray(np.sin(np.clip(values, 0.0, math.pi / 2)) ** 2)
    return np.maximum(values, 0.0) ** 2


class Sizes(FileModel):
    """How much of each kind of work.

    Attributes:
        waves: runs of each wave, in each scenario; those after the first are also simulated truths for the coverage.
        centre: runs half-way between the mode and draws, in each scenario; none if 0.
        draws: from the posterior.
        files: draws under which the study of files is repeated; none if 0.
        steps: of each walker of the sampler.
    """

    waves: Annotated[list[Annotated[int, Field(ge=20, le=MOST)]], Field(min_length=1, max_length=5)] = Field(
        default_factory=lambda: [60, 100, 100]
    )
    centre: int = Field(40, ge=0, le=MOST)
    draws: int = Field(400, ge=20, le=MOST)
    files: int = Field(20, ge=0, le=MOST)
    steps: int = Field(6000, ge=400, le=MOST)


def _named(names: list[str]) -> list[str]:
    if not names:
        raise ValueError("must name a scenario at least")
    return names


class CalibrationFile(FileModel):
    """The plan of a calibration."""

    parameters: str = Field(description="the path of a file")
    targets: str = Field(description="the path of a file")
    scenarios: Annotated[list[str], AfterValidator(_named)] = Field(description="a list of presets or paths")
    seed: int = Field(1, ge=0, le=HIGHEST_SEED)
    size: Sizes = Sizes()


class ParametersFile(RootModel[dict[str, ParameterEntry]]):
    """Uncertain parameters by their dotted keys."""


class TargetsFile(RootModel[dict[str, list[TargetEntry]]]):
    """Published figures by scenario."""


@dataclass(frozen=True)
class Calibration:
    """What is asked.

    Attributes:
        parameters: shared ones first.
        targets: fitted and held out.
        scenarios: names of the scenarios.
        sources: name -> preset or path, as the sweep reads it.
        seed: of all runs and of the inference.
        size: how much of each kind of work.
        digest: of the three files' texts.
    """

    parameters: tuple[UncertainParameter, ...]
    targets: tuple[Target, ...]
    scenarios: tuple[str, ...]
    sources: dict[str, str]
    seed: int
    size: Sizes
    digest: str


def load_calibration(path: str | os.PathLike[str]) -> Calibration:
    """Read the plan of a calibration, and the files of parameters and targets that it names.

    Raises:
        ScenarioError: with every fault and its place.
    """
    texts: list[str] = []
    faults: list[Fault] = []
    plan, document = _read(Path(path), CalibrationFile, Path(), texts)
    folder = document.folder or Path()
    names: dict[Key, str] = {("scenarios", number): name for number, name in enumerate(plan.scenarios)}
    variants = {variant.scenario: variant for variant in read_variants(names, document, faults)}
    parameters: list[UncertainParameter] = []
    targets: list[Target] = []
    try:
        parameters_file, where = _read(Path(plan.parameters), ParametersFile, folder, texts)
        parameters = _parameters(where, parameters_file.root, variants, faults)
    except ScenarioError as error:
        faults += error.faults
    try:
        targets_file, where = _read(Path(plan.targets), TargetsFile, folder, texts)
        targets = _targets(where, targets_file.root, list(variants), faults)
    except ScenarioError as error:
        faults += error.faults
    if not faults and not any(t.role == "fit" for t in targets):
        faults.append(document.fault(("targets",), "none has the role fit"))
    if faults:
        raise ScenarioError(limited(faults))
    return Calibration(
        parameters=tuple(sorted(parameters, key=lambda p: bool(p.own))),
        targets=tuple(targets),
        scenarios=tuple(variants),
        sources={name: variant.source for name, variant in variants.items()},
        seed=plan.seed,
        size=plan.size,
        digest=hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16],
    )


def _read(path: Path, model: type[M], folder: Path, texts: list[str]) -> tuple[M, Document]:
    found, document = read_file(path, model, "calibration", folder)
    texts.append(((document.folder or Path()) / path.name).read_text("utf-8"))
    return found, document


def _parameters(
    document: Document,
    entries: Mapping[str, ParameterEntry],
    variants: Mapping[str, ScenarioVariant],
    faults: list[Fault],
) -> list[UncertainParameter]:
    found = []
    for key, entry in entries.items():
        own = list(variants) if entry.own is True else entry.own or []
        unknown = [n for n, name in enumerate(own) if name not in variants]
        faults += [document.fault((key, "own", n), f"{own[n]!r} {_no_scenario(own[n], variants)}") for n in unknown]
        prior = entry.prior.variable(key, "uncertainties")
        found.append(UncertainParameter(key, prior, entry.unit, entry.source, tuple(own)))
        seeing = [variant for name, variant in variants.items() if not own or name in own]
        points: list[Point] = [{key: value} for value in prior.samples()]
        refused = next((f"{why} (in {one.scenario})" for one in seeing if (why := refusal(one, points, key))), "")
        if refused:
            faults.append(document.fault((key,), refused, of_key=True))
    return found


def _targets(
    document: Document, entries: Mapping[str, Sequence[TargetEntry]], scenarios: Sequence[str], faults: list[Fault]
) -> list[Target]:
    found: dict[tuple[str, str, str, str], Target] = {}
    for scenario, figures in entries.items():
        if scenario not in scenarios:
            faults.append(document.fault((scenario,), _no_scenario(scenario, scenarios), of_key=True))
        for number, entry in enumerate(figures):
            mark = (scenario, entry.measure, entry.group, entry.series)
            if mark in found:
                faults.append(document.fault((scenario, number), "this figure is given twice"))
            found[mark] = Target(scenario=scenario, **entry.model_dump())
    return list(found.values())


def _no_scenario(name: str, scenarios: Sequence[str] | Mapping[str, object]) -> str:
    hint = did_you_mean(name, list(scenarios)) or f"; they are {', '.join(scenarios)}"
    return f"is no scenario of this calibration{hint}"
