"""The folder that ``--out`` writes: whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..experiment.atomic_write import PART, write_whole
from ..experiment.manifest import MANIFEST, described, write_manifest
from ..experiment.model_version import versions
from ..measures.table_columns import described_schema, field_metadata

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..experiment.comparison import Comparison
    from ..experiment.jobs import JobResult
    from ..scenario import Scenario


_RESULTS = ("measures.parquet", "summary.parquet", "national.csv")
"""By one of these a folder of ``run``, ``compare`` or ``country`` is known."""


class FolderError(Exception):
    """The folder cannot be used; the text says which and why."""


def checked_folder(folder: Path, overwrite: bool = False) -> Path:
    """Make sure, before anything runs, that the folder can be written at the end. Leaves nothing behind.

    Args:
        folder: where results will go.
        overwrite: results that are there may be replaced.

    Returns:
        The folder with links followed.

    Raises:
        FolderError: if it holds something (but for results, with ``overwrite``), is not a folder, or cannot be made or
            filled.
    """
    target = Path(os.path.realpath(folder))
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):  # such a link leads to itself
            raise FolderError(f"{folder} is not a folder")
        if target.exists() and any(target.iterdir()):
            results = any((target / name).is_file() for name in _RESULTS)
            if not overwrite:
                hint = ", or give --overwrite" if results else ""
                raise FolderError(f"{folder} is not empty; name a new or an empty folder{hint}")
            if not results:
                raise FolderError(
                    f"{folder} holds no results of run, compare or country; --overwrite replaces nothing else"
                )
        above = next(p for p in target.parents if p.exists())
        probe = above / f".{target.name}.{uuid.uuid4().hex[:12]}.part"
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise FolderError(f"{folder} cannot be written: {error.strerror}: {error.filename}") from error
    return target


def write_folder(
    target: Path,
    scenarios: Sequence[Scenario],
    results: Sequence[JobResult],
    asked: Mapping[str, Any],
    overwrite: bool = False,
) -> None:
    """Write measures, monthly and events (Parquet) and manifest.json, and move them into place in one step.

    The tables have the columns of the runs after two more, scenario (its name) and replicate; their
    rows are in the order of ``results``. Text is dictionary-encoded, files are compressed with zstd.

    Args:
        target: what :func:`checked_folder` returned.
        scenarios: the scenarios that were run.
        results: the runs, failed ones included, in the order to write; their value is what
            :func:`~referral_sim.experiment.jobs.take_tables` gives.
        asked: seed, replicates and command, for the manifest.
        overwrite: what the folder holds is replaced; it stays if the new one could not be written.

    Raises:
        FolderError: if it could not be written; then nothing of it remains.
    """
    done = [(r.task.scenario.name, r.task.replicate, r.value) for r in results if r.value is not None]
    tables = (
        (name, _stacked((scenario, replicate, value[name]) for scenario, replicate, value in done))
        for name in ("measures", "monthly", "events")
    )
    failures = [r for r in results if r.failure is not None]
    _write(target, tables, _manifest(scenarios, failures, asked), overwrite)


def write_comparison(target: Path, comparison: Comparison, more: Mapping[str, Any], overwrite: bool = False) -> None:
    """Write differences, summary, changes and families (Parquet) and manifest.json, as :func:`write_folder` does.

    Args:
        target: what :func:`checked_folder` returned.
        comparison: what to write.
        more: what the manifest says besides.
        overwrite: as :func:`write_folder` has it.

    Raises:
        FolderError: if it could not be written; then nothing of it remains.
    """
    pairs = comparison.pairs
    tables = (
        (name, _stacked((p.scenario.name, None, getattr(p, name)) for p in pairs))
        for name in ("differences", "summary", "changes", "families")
    )
    asked = {
        "seed": comparison.seed,
        "replicates": comparison.replicates,
        "base": comparison.base.name,
        "warnings": [warning for p in pairs for warning in p.warnings],
        **more,
    }
    manifest = _manifest([comparison.base, *(p.scenario for p in pairs)], comparison.failures, asked)
    _write(target, tables, manifest, overwrite)


@contextmanager
def whole_folder(target: Path, overwrite: bool = False) -> Iterator[Path]:
    """A folder to fill, which takes the place of the target at the end, whole or not at all.

    Args:
        target: what :func:`checked_folder` returned.
        overwrite: what the target holds is replaced; it stays if the new one could not be written.

    Raises:
        FolderError: if it could not be written; then nothing of it remains.
    """
    before = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}{PART}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with write_whole(target) as part:
            part.mkdir()
            yield part
            if overwrite and target.exists():
                target.rename(before)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        if before.exists() and not target.exists():
            before.rename(target)
        raise FolderError(f"{target} could not be written: {error}") from error


def _write(target: Path, tables: Iterable[tuple[str, pa.Table]], manifest: Mapping[str, Any], overwrite: bool) -> None:
    import pyarrow.parquet as pq

    with whole_folder(target, overwrite) as part:
        files = {}
        for name, table in tables:
            file = part / f"{name}.parquet"
            labelled = table.cast(described_schema(table.schema, field_metadata(name)))
            pq.write_table(labelled, file, compression="zstd")
            files[file.name] = described(file, len(table))
        write_manifest(part / MANIFEST, {**manifest, "files": files})


def _stacked(frames: Iterable[tuple[str, int | None, pd.DataFrame | None]]) -> pa.Table:
    """One table of frames, each with its scenario and replicate (None: the frame has its own).

    A column that is empty in some frames takes its type from the others.
    """
    import pyarrow as pa

    tables = [_labelled(frame, scenario, replicate) for scenario, replicate, frame in frames if frame is not None]
    if not tables:
        return pa.table({"scenario": pa.array([], pa.string()), "replicate": pa.array([], pa.int32())})
    return pa.concat_tables(tables, promote_options="permissive").unify_dictionaries().combine_chunks()


def _labelled(frame: pd.DataFrame, scenario: str, replicate: int | None) -> pa.Table:
    """A frame with its scenario and replicate before it, and all text as codes of one type; an order stays."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type) and field.type.ordered:
            continue
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()).dictionary_encode())
    run = {"scenario": pa.array([scenario] * len(frame), pa.string()).dictionary_encode()}
    if replicate is not None:
        run["replicate"] = pa.array([replicate] * len(frame), pa.int32())
    return pa.table({**run, **{name: table.column(name) for name in table.column_names}})


def _manifest(scenarios: Sequence[Scenario], failed: Sequence[JobResult], asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        **asked,
        "scenarios": [
            {
                "name": s.name,
                "authority": s.authority,
                "hash": s.content_hash(),
                "values": s.model_dump(mode="json"),
            }
            for s in scenarios
        ],
        "failures": [
            {
                "scenario": r.task.scenario.name,
                "seed": r.task.seed,
                "replicate": r.task.replicate,
                "traceback": r.failure,
            }
            for r in failed
        ],
    }
