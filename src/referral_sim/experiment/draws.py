"""Draws from a posterior, laid over scenarios: replicate by replicate another draw, each met twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..measures.table_columns import described_schema
from ..scenario import Scenario, ScenarioError, list_presets, load_scenario
from ..scenario.errors import did_you_mean
from ..scenario.keys import differing_keys, flatten, key_text, parse_key
from ..scenario.library import library_folder
from ..scenario.scenario import declared_at
from .manifest import described
from .model_version import model_version, versions
from .summaries import REPLICATES_PER_DRAW
from .variants import ScenarioVariant, Variable, described_key, variant_of

FILE = "draws.parquet"
SHIPPED, NONE = "shipped", "none"
"""Names of the draws that come with the package, and of no draws."""


class DrawsError(ValueError):
    """Draws cannot be read or used; the text says why."""


@dataclass(frozen=True)
class Draws:
    """Draws of parameters.

    Attributes:
        label: what messages call them.
        table: one row a draw; columns are dotted keys, ``SCENARIO/KEY`` for a scenario's own.
        digest: of the file.
        model: version of the model that they were made with; empty if not known.
        calibrated_only: they are laid over scenarios alone that have columns of their own.
    """

    label: str
    table: pd.DataFrame
    digest: str
    model: str
    calibrated_only: bool = False

    def columns(self, scenario: Scenario) -> dict[str, str]:
        """Key -> column of the parameters that a scenario has; its own count over shared ones.

        An own column is meant by the scenario's name without policies, or else by its authority or the preset that
        stands for it (``england-average`` for ``england``).
        """
        own: dict[str, str] = {}
        authority = scenario.authority or ""
        for who in (_preset_of(authority), authority, scenario.name.partition("+")[0]):
            prefix = f"{who}/"
            own |= {c[len(prefix) :]: c for c in self.table.columns if who and c.startswith(prefix)}
        shared = {c: c for c in self.table.columns if "/" not in c}
        return own if self.calibrated_only and not own else shared | own

    def values(self, scenario: Scenario, replicate: int, kept: Iterable[str] = ()) -> dict[str, float]:
        """The values that a replicate of a scenario runs under.

        Args:
            scenario: which; only its name and authority count.
            replicate: from 0; two follow each other under one draw, and the draws start again after the last.
            kept: keys that keep the scenario's value.
        """
        row = self.table.iloc[(replicate // REPLICATES_PER_DRAW) % len(self.table)]
        return {key: float(row[column]) for key, column in self.columns(scenario).items() if key not in set(kept)}

    def lay(self, scenario: Scenario, replicate: int, kept: Iterable[str] = ()) -> Scenario:
        """A scenario under the draw of a replicate.

        Raises:
            ScenarioError: if it does not allow a value.
        """
        return variant_of(scenario).at(self.values(scenario, replicate, kept))

    def variables(self, scenarios: Iterable[Scenario]) -> tuple[Variable, ...]:
        """The keys that scenarios take from the draws, as columns of a table of runs."""
        keys = dict.fromkeys(key for s in scenarios for key in self.columns(s))
        return tuple(Variable(key, "uncertainties", "draws") for key in keys)


@cache
def _preset_of(authority: str) -> str:
    """The preset that stands for an authority; empty where there is none."""
    return next((preset.name for preset in list_presets() if authority and preset.authority == authority), "")


def load_draws(path: str | os.PathLike[str]) -> Draws:
    """Read draws.

    Args:
        path: a folder with ``draws.parquet``, such as ``calibrate`` writes, or such a file; or ``shipped``.

    Raises:
        DrawsError: if they are not there, or not fit to be laid over a scenario.
    """
    if os.fspath(path) == SHIPPED:
        return _read(library_folder() / "draws" / FILE, SHIPPED)
    place = Path(path)
    file = place / FILE if place.is_dir() else place
    if not file.is_file():
        raise DrawsError(f"{path}: there is no {FILE}; name the folder of a calibration")
    return _read(file, os.fspath(path))


def chosen_draws(source: Draws | str | os.PathLike[str] | None, scenarios: Sequence[Scenario]) -> Draws | None:
    """The draws that runs of scenarios are made under.

    Args:
        source: draws, or as :func:`load_draws` takes it, or ``none``; if not given the shipped draws, laid over the
            scenarios of calibrated authorities alone.
        scenarios: that will be run.

    Returns:
        The draws; None where no scenario takes a value from them.

    Raises:
        DrawsError: if they are not there, or not fit to be laid over a scenario.
    """
    if source is None:
        return shipped_draws(scenarios)
    if source == NONE:
        return None
    draws = source if isinstance(source, Draws) else load_draws(source)
    return draws if any(draws.columns(one) for one in scenarios) else None


def under_draws(
    draws: Draws | None,
    scenarios: Iterable[Scenario],
    changes: Iterable[str] = (),
    bare: Mapping[str, Scenario] | None = None,
) -> Callable[[Scenario, int], Scenario]:
    """What puts the draw of a replicate over a scenario; without draws it leaves the scenario as it is.

    Keys that a policy or a file changed, or that were set, keep their value.

    Args:
        draws: what to lay.
        scenarios: all that will be run.
        changes: keys that were set, or ``key=value`` as ``--set`` takes them.
        bare: name -> scenario without policies, where ``scenarios`` has not got it.

    Returns:
        A function of a scenario and a replicate, which raises :class:`DrawsError` if the scenario does not allow a
        draw.
    """
    if draws is None:
        return lambda scenario, replicate: scenario
    laid_over = list(scenarios)
    without = {one.name: one for one in laid_over} | dict(bare or {})
    kept = {one.name: kept_keys(one, without.get(one.name.partition("+")[0], one), list(changes)) for one in laid_over}
    laid: dict[tuple[str, tuple[float, ...]], Scenario] = {}

    def drawn(scenario: Scenario, replicate: int) -> Scenario:
        if not draws.columns(scenario):
            return scenario
        at = scenario.name, tuple(draws.values(scenario, replicate, kept[scenario.name]).values())
        if at not in laid:
            try:
                laid[at] = draws.lay(scenario, replicate, kept[scenario.name])
            except ScenarioError as error:
                lines = (f"replicate {replicate} of {scenario.name}: {line}" for line in str(error).splitlines())
                raise DrawsError("\n".join(lines)) from None
        return laid[at]

    return drawn


def shipped_draws(scenarios: Sequence[Scenario]) -> Draws | None:
    """The shipped draws, laid over the scenarios of calibrated authorities alone; None where there is none of these."""
    draws = replace(load_draws(SHIPPED), calibrated_only=True)
    return draws if any(draws.columns(one) for one in scenarios) else None


def write_draws(folder: Path, draws: pd.DataFrame, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write ``draws.parquet``, and beside it ``draws.json``: the model that they were made with and their checksum.

    Args:
        folder: to write to.
        draws: one row a draw.
        about: what the JSON says besides.

    Returns:
        What a manifest says of the Parquet file.
    """
    table = pa.Table.from_pandas(draws, preserve_index=False)
    keys = {c: described_key(c.rpartition("/")[2]) for c in draws.columns if c != "draw"}
    pq.write_table(table.cast(described_schema(table.schema, keys)), folder / FILE)
    said = described(folder / FILE, len(draws))
    found = {"model": model_version(), "versions": versions(), **(about or {}), "file": said}
    (folder / FILE).with_suffix(".json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return said


def _read(file: Path, label: str) -> Draws:
    try:
        table = pd.read_parquet(file)
    except Exception as error:
        raise DrawsError(f"{label}: {file.name} is no Parquet file ({type(error).__name__})") from None
    table = table.drop(columns="draw", errors="ignore")
    if table.empty:
        raise DrawsError(f"{label}: {file.name} holds no draws")
    for column in table.columns:
        key = str(column).rpartition("/")[2]
        if not _is_key(key):
            raise DrawsError(f"{label}: {key} is no key of a scenario{did_you_mean(key, _keys())}")
        if not pd.api.types.is_numeric_dtype(table[column]) or not np.isfinite(table[column]).all():
            raise DrawsError(f"{label}: column {column} must hold finite numbers alone")
    about = file.with_suffix(".json")
    model = ""
    digest = described(file, len(table))["sha256"]
    if about.is_file():
        try:
            told = json.loads(about.read_text("utf-8"))
            model = str(told.get("model", ""))
            said = told.get("file", {}).get("sha256", digest)  # folders of older versions and one's own draws say none
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            raise DrawsError(f"{label}: {about.name} is not what a calibration writes") from None
        if said != digest:
            raise DrawsError(f"{label}: {file.name} is damaged: its checksum is not the one in {about.name}")
    return Draws(label, table, digest[:16], model)


def doubts(draws: Draws) -> list[str]:
    """What a user of draws must know: that they are of another model, one sentence."""
    if draws.model in ("", model_version()):
        return []
    return [f"the draws are of model {draws.model}, this is {model_version()}: they may not fit it"]


def _is_key(text: str) -> bool:
    """Whether a single value of a scenario may stand under a dotted key."""
    try:
        declared = declared_at(parse_key(text))
    except ValueError:
        return False
    return declared is not None and declared.kind == "value"


def _keys() -> list[str]:
    return [key_text(key) for key, _ in flatten(load_scenario("baseline").model_dump())]


def kept_keys(scenario: Scenario, bare: Scenario, changes: Sequence[str] = ()) -> frozenset[str]:
    """Keys that draws leave alone: those in which a scenario differs from its authority's preset, and those set.

    So a policy, and a file that extends a preset, keep what they change; what is asked for is never drawn over.

    Args:
        scenario: with policies and changes.
        bare: the same without, which stands in for the preset of a scenario that is of no preset's authority.
        changes: ``key=value`` as ``--set`` takes them.
    """
    presets = {preset.name for preset in list_presets()}
    preset = next((n for n in (scenario.name.partition("+")[0], scenario.authority) if n in presets), None)
    start = load_scenario(preset) if preset else bare
    before, after = start.model_dump(), scenario.model_dump()
    changed = {key_text(key) for key in differing_keys(before, after)}
    return frozenset(changed | {change.partition("=")[0].strip() for change in changes})


def kept_by(variant: ScenarioVariant) -> frozenset[str]:
    """Keys that draws leave alone in a plan: those that the policies or the scenario's own file changed."""
    return kept_keys(variant.base, load_scenario(variant.source) if variant.source else variant.base)
