"""What a calibration is asked: parameters with priors, targets with their sampling noise, and how much work."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field, RootModel

from ..experiment.plan_file import HIGHEST_SEED
from ..experiment.variables import Variable
from ..experiment.variants import ScenarioVariant, fault_of_value, read_variant
from ..scenario import ScenarioError
from ..scenario.documents import Document
from ..scenario.errors import Fault, did_you_mean
from ..scenario.faults import FileModel, limited, read_file
from ..scenario.library import SCENARIOS, NotFoundError, find
from .parameters import ParameterEntry, UncertainParameter
from .targets import Target, TargetEntry

MOST = 100_000
"""Most of any kind of work."""

M = TypeVar("M", bound=BaseModel)


class Sizes(FileModel):
    """How much of each kind of work.

    Attributes:
        trajectories: of the screening, in each scenario.
        wave_1: runs of the first wave, in each scenario.
        wave_2: the same of the second.
        check: runs kept back, in each scenario.
        draws: from the posterior.
        files: draws under which the study of files is repeated; none if 0.
        transplants: draws under which the arrangement is put into the others; none if 0.
        steps: of each walker of the sampler.
    """

    trajectories: int = Field(4, ge=2, le=MOST)
    wave_1: int = Field(200, ge=20, le=MOST)
    wave_2: int = Field(240, ge=20, le=MOST)
    check: int = Field(200, ge=5, le=MOST)
    draws: int = Field(400, ge=20, le=MOST)
    files: int = Field(20, ge=0, le=MOST)
    transplants: int = Field(40, ge=0, le=MOST)
    steps: int = Field(6000, ge=400, le=MOST)


class TransplantEntry(FileModel):
    """A policy to put into the other scenarios, and the scenario that it was taken from."""

    policy: str = Field(description="the name of a policy")
    origin: str = Field(alias="from", description="the name of the scenario that it was taken from")


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
    transplant: TransplantEntry | None = None


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
        transplant: policy put into the other scenarios, and the scenario that it was taken from; or None.
        digest: of the three files' texts.
    """

    parameters: tuple[UncertainParameter, ...]
    targets: tuple[Target, ...]
    scenarios: tuple[str, ...]
    sources: dict[str, str]
    seed: int
    size: Sizes
    transplant: TransplantEntry | None
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
    variants = _variants(document, plan.scenarios, faults)
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
        transplant=plan.transplant,
        digest=hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16],
    )


def _read(path: Path, model: type[M], folder: Path, texts: list[str]) -> tuple[M, Document]:
    found, document = read_file(path, model, "calibration", folder)
    texts.append(((document.folder or Path()) / path.name).read_text("utf-8"))
    return found, document


def _variants(document: Document, names: Sequence[str], faults: list[Fault]) -> dict[str, ScenarioVariant]:
    """The scenarios by name."""
    found: dict[str, ScenarioVariant] = {}
    for number, name in enumerate(names):
        try:
            where = find(name, document.folder or Path(), SCENARIOS)
            variant = read_variant(name if where.folder is None else where.label)
        except NotFoundError as error:
            faults.append(document.fault(("scenarios", number), str(error)))
        except ScenarioError as error:
            faults += error.faults
        else:
            if variant.scenario in found:
                message = f"{variant.scenario!r} has the name of another"
                faults.append(document.fault(("scenarios", number), message))
            found[variant.scenario] = variant
    return found


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
        refused = _refusal(prior, seeing)
        if refused:
            faults.append(document.fault((key,), refused, of_key=True))
    return found


def _refusal(prior: Variable, variants: Sequence[ScenarioVariant]) -> str:
    """What is wrong with values of the prior that a scenario does not allow, of the first such scenario; or empty."""
    for variant in variants:
        for value in prior.samples():
            try:
                variant.at({prior.key: value})
            except ScenarioError as error:
                return f"{fault_of_value(error, prior.key)} (in {variant.scenario})"
    return ""


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
