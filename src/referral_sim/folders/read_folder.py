"""Reads a folder of results back as what the command that wrote it had in hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from ..experiment.authority_results import AuthorityResult, authority_result
from ..experiment.comparison import Comparison, Pair, pair_of, same_world
from ..experiment.executors import DONE
from ..experiment.manifest import MANIFEST, DamagedError, check_files, read_manifest
from ..experiment.parquet_store import ParquetStore
from ..experiment.plan import place_in_words
from ..experiment.stores import StoreError
from ..experiment.summaries import KEYS, with_verdicts
from ..scenario import Scenario

PATTERNS = "patterns.json"
"""The file in which somebody has kept what ``referral-sim patterns --json`` prints."""
_OF_CALIBRATION = "tables/parameters.csv"
PATTERN_KEYS = (
    "pattern", "name", "predicted", "what", "observed", "low", "high", "unit", "holds", "shown_only", "reason",
)  # fmt: skip
SweepCases: TypeAlias = Mapping[tuple[str, str], Scenario]
"""(scenario without policies, policies) -> the scenario under them, in the plan's order."""
SweepMeasures: TypeAlias = Mapping[tuple[str, str], pd.DataFrame]
"""The same keys -> replicate (numbered through the points), year, measure, unit, group, value of runs that are done."""


class ResultsError(Exception):
    """A folder cannot be read as results; the text says which and why."""


class FolderKind(StrEnum):
    """Which command wrote a folder."""

    RUNS = "runs"
    COMPARISON = "comparison"
    SWEEP = "sweep"
    CALIBRATION = "calibration"


@dataclass(frozen=True)
class Results:
    """What a folder holds.

    Attributes:
        path: the folder.
        kind: which command wrote it.
        scenarios: what was run; those of a sweep once for each alternative of policies. Empty for a calibration.
        profiles: one a scenario; none for a sweep over several points, where a mean over the points says nothing.
        comparisons: scenarios against a base. A folder of ``compare`` has one; a sweep has one a scenario if it lays
            policies, one in all if it has several scenarios, else none. Families are counted by ``compare`` alone: a
            sweep keeps no paths.
        monthly: scenario, replicate, month, measure, value, unit, group; of runs only.
        events: the file of events, one row a case stage; of runs only.
        tables: of a sweep ``runs`` and ``outcomes``; of a calibration all its tables, by the stem of their file.
        seed, replicates: as asked for; None for a calibration.
        created: when the folder was written, as text; empty where that is not kept.
        versions: name -> version of what the numbers depend on.
        failures: runs that gave no result, one line each.
        command: what makes the folder again; empty where that is not known.
        draws: the draws that replicates ran under, or None; a sweep says their digest.
        draws_digest: of their file; empty where it is not kept.
    """

    path: Path
    kind: FolderKind
    scenarios: tuple[Scenario, ...] = ()
    profiles: tuple[AuthorityResult, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    monthly: pd.DataFrame | None = None
    events: Path | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seed: int | None = None
    replicates: int | None = None
    created: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    command: str = ""
    draws: str | None = None
    draws_digest: str = ""


def open_results(path: str | os.PathLike[str]) -> Results:
    """Read a folder that ``run``, ``compare``, ``sweep`` or ``calibrate`` has written, or a sweep is writing.

    Every file is read against the folder's manifest. Tables of a calibration without one, such as those in
    ``results/``, are read as they are.

    Raises:
        ResultsError: if there is no such folder, or it is not of one of these commands, or of a format that this
            version does not know, or a file in it is missing or is not as it was written.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ResultsError(f"{folder}: there is no such folder")
    try:
        return _opened(folder)
    except (DamagedError, StoreError) as error:
        raise ResultsError(str(error)) from None
    except (OSError, LookupError, TypeError, AttributeError, ValueError, pa.ArrowException) as error:
        raise ResultsError(
            f"{folder} cannot be read: {' '.join(f'{type(error).__name__}: {error}'.split())}"
        ) from error


def _opened(folder: Path) -> Results:
    manifest = read_manifest(folder / MANIFEST) if (folder / MANIFEST).exists() else {}
    files = manifest.get("files", {})
    if "sweep" in manifest:
        return _sweep(folder)
    for fault in check_files(folder, files):
        raise ResultsError(fault)
    if "measures.parquet" in files:
        return _runs(folder, manifest)
    if "summary.parquet" in files:
        return _comparison(folder, manifest)
    if _OF_CALIBRATION in files or (folder / _OF_CALIBRATION).is_file():
        return _calibration(folder, files)
    if any((folder / name).exists() for name in ("measures.parquet", "summary.parquet", "runs")):
        raise ResultsError(f"{folder / MANIFEST} is missing, without which no file of the folder can be trusted")
    raise ResultsError(f"{folder}: holds nothing that run, compare, sweep or calibrate writes")


def read_patterns(folder: Path) -> list[dict[str, Any]]:
    """The patterns in a folder's ``patterns.json``, as :func:`~referral_sim.report.patterns_table.patterns_as_data`.

    Raises:
        ResultsError: if the file is not what ``patterns --json`` prints.
    """
    path = folder / PATTERNS
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, list) or not all(isinstance(p, dict) and set(PATTERN_KEYS) <= set(p) for p in found):
        raise ResultsError(f"{path}: not what 'referral-sim patterns --json' prints")
    return list(found)


def _common(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that runs and comparisons share."""
    return {
        "scenarios": tuple(scenario_of(one["values"]) for one in manifest["scenarios"]),
        "seed": manifest["seed"],
        "replicates": manifest["replicates"],
        "created": manifest["created"],
        "versions": manifest["versions"],
        "failures": tuple(_failure(one) for one in manifest["failures"]),
        "command": manifest.get("command", ""),
        "draws": manifest.get("draws"),
        "draws_digest": manifest.get("draws_digest", ""),
    }


def scenario_of(values: Mapping[str, Any]) -> Scenario:
    """A scenario from its values in a manifest.

    Raises:
        ValueError: if they are not those of a scenario of this version.
    """
    return Scenario.model_validate_json(json.dumps(values))


def _failure(one: Mapping[str, Any]) -> str:
    last = str(one["traceback"]).strip().splitlines()[-1:] or ["no traceback"]
    return f"scenario {one['scenario']}, seed {one['seed']}, replicate {one['replicate']}: {last[0]}"


def _runs(folder: Path, manifest: Mapping[str, Any]) -> Results:
    common = _common(manifest)
    measures = _table(folder, "measures")
    drawn = common["draws"] is not None
    profiles = tuple(
        authority_result(one, common["seed"], measures[measures["scenario"] == one.name], drawn)
        for one in common["scenarios"]
    )
    events = folder / "events.parquet"
    return Results(
        folder, FolderKind.RUNS, profiles=profiles, monthly=_table(folder, "monthly"), events=events, **common
    )


def _comparison(folder: Path, manifest: Mapping[str, Any]) -> Results:
    common = _common(manifest)
    base, *others = common["scenarios"]
    parts = {name: _table(folder, name) for name in ("differences", "summary", "changes", "families")}
    parts["summary"] = with_verdicts(parts["summary"], manifest.get("matters"))
    pairs = tuple(_pair((base, one), parts, manifest["warnings"]) for one in others)
    comparison = Comparison(base, pairs, common["seed"], common["replicates"], ())
    drawn = common["draws"] is not None
    profiles = [authority_result(base, common["seed"], _side(pairs[:1], "base"), drawn)] if pairs else []
    profiles += [authority_result(p.scenario, common["seed"], _side([p], "value"), drawn) for p in pairs]
    return Results(folder, FolderKind.COMPARISON, profiles=tuple(profiles), comparisons=(comparison,), **common)


def _pair(both: tuple[Scenario, Scenario], parts: Mapping[str, pd.DataFrame], warnings: Sequence[str]) -> Pair:
    base, other = both
    mine = {
        name: part[part["scenario"] == other.name].drop(columns="scenario").reset_index(drop=True)
        for name, part in parts.items()
    }
    same_world = not mine["families"].empty
    replicates = int(mine["differences"]["replicate"].nunique())
    said = tuple(w for w in warnings if w.startswith((f"{other.name} ", f"{other.name}:", f"{base.name} ")))
    return Pair(
        other, mine["differences"], mine["summary"], mine["changes"], mine["families"], same_world, replicates, said
    )


def _side(pairs: Sequence[Pair], column: str) -> pd.DataFrame:
    """Measures of one side of a pair: replicate, year, measure, unit, group, value."""
    table = pairs[0].differences
    return table[["replicate", *KEYS]].assign(value=table[column])


def _sweep(folder: Path) -> Results:
    store = ParquetStore(folder)
    record = store.record()
    assert record is not None
    tables = {"runs": store.runs().to_pandas(), "outcomes": store.outcomes().to_pandas()}
    plan = record["plan"]
    cases = {(c["scenario"], c["policies"]): scenario_of(c["values"]) for c in record["cases"]}
    drawn = plan.get("draws") is not None
    measures = {case: _measures_of_case(tables, case) for case in cases}
    return Results(
        folder,
        FolderKind.SWEEP,
        scenarios=tuple(cases.values()),
        profiles=_profiles_of_sweep(cases, measures, plan, drawn),
        comparisons=_comparisons_of_sweep(cases, measures, plan, drawn),
        tables=tables,
        seed=plan["seed"],
        replicates=plan["replicates"],
        versions={**record["versions"], "model": record["model"]},
        failures=_failures_of_sweep(tables["runs"]),
        command=f"referral-sim sweep {record['file']} --out {folder}" if record.get("file") else "",
        draws=plan.get("draws"),
    )


def _profiles_of_sweep(
    cases: SweepCases, measures: SweepMeasures, plan: Mapping[str, Any], drawn: bool
) -> tuple[AuthorityResult, ...]:
    """One profile a case; none where runs were made at several points."""
    if plan["variables"]:
        return ()
    return tuple(authority_result(one, plan["seed"], measures[key], drawn) for key, one in cases.items())


def _comparisons_of_sweep(
    cases: SweepCases, measures: SweepMeasures, plan: Mapping[str, Any], drawn: bool
) -> tuple[Comparison, ...]:
    """Cases against each other, run by run at each point.

    Under several alternatives of policies, each scenario's alternatives against its first; else the scenarios against
    the first. Replicates are numbered through the points, so that a pair is one point and replicate.
    """
    scenarios = list(dict.fromkeys(scenario for scenario, _ in cases))
    several = len({policies for _, policies in cases}) > 1
    families = [[key for key in cases if key[0] == name] for name in scenarios] if several else [list(cases)]
    found = []
    for first, *others in families:
        base, frame = cases[first], measures[first]
        pairs = tuple(
            pair_of(base, cases[key], (frame, measures[key]), same_world(base, cases[key], plan["seed"]), drawn)
            for key in others
        )
        if pairs:
            found.append(Comparison(base, pairs, plan["seed"], plan["replicates"], ()))
    return tuple(found)


def _failures_of_sweep(runs: pd.DataFrame) -> tuple[str, ...]:
    """One line a run that is not done."""
    rows = runs[runs["status"] != DONE].to_dict("records")
    return tuple(f"{place_in_words(row)}: {row['status']}: {row['reason']}" for row in rows)


def _measures_of_case(tables: Mapping[str, pd.DataFrame], case: tuple[str, str]) -> pd.DataFrame:
    """Measures of a case's runs: replicate (numbered through the points), year, measure, unit, group, value."""
    runs = tables["runs"]
    mine = runs[(runs["scenario"] == case[0]) & (runs["policies"] == case[1]) & (runs["status"] == DONE)]
    number = replicate_numbers(runs)[mine.index]
    found = tables["outcomes"].merge(pd.DataFrame({"run": mine["run"], "replicate": number}), on="run")
    found = found.sort_values("replicate", kind="stable", ignore_index=True)
    return found[["replicate", *KEYS, "value"]]


def replicate_numbers(runs: pd.DataFrame) -> pd.Series[int]:
    """Replicates of a sweep's table of runs, numbered through the points, by its index."""
    most = int(runs["replicate"].max()) + 1 if len(runs) else 1
    return (runs["point"] * most + runs["replicate"]).rename("replicate")


def _calibration(folder: Path, files: Iterable[str]) -> Results:
    paths = [folder / name for name in sorted(files) if name.endswith(".csv")]
    tables = {path.stem: pd.read_csv(path) for path in paths or sorted((folder / "tables").glob("*.csv"))}
    if (draws := folder / "draws.parquet").is_file():
        tables["draws"] = pd.read_parquet(draws)
    about = folder / "draws.json"
    versions = json.loads(about.read_text("utf-8")) if about.is_file() else {}
    known = {**versions.get("versions", {}), **({"model": versions["model"]} if versions.get("model") else {})}
    return Results(folder, FolderKind.CALIBRATION, tables=tables, versions=known)


def _table(folder: Path, name: str) -> pd.DataFrame:
    """A table with its text as plain words: categories of one table would not meet those of another."""
    found = pd.read_parquet(folder / f"{name}.parquet")
    return found.astype({c: object for c in found.columns if isinstance(found[c].dtype, pd.CategoricalDtype)})
