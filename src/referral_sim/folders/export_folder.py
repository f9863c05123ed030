"""The tables of a folder of results for other programs: CSV, Parquet, or one Excel workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..experiment.export import sorted_tables, write_tables
from ..experiment.manifest import MANIFEST, read_manifest
from ..experiment.parquet_store import ParquetStore
from .read_folder import FolderKind, Results, open_results

NOTE = "planning and research; not decisions about individual children"


def export_folder(folder: Path, format_: str, out: Path) -> tuple[list[Path], list[str]]:
    """Write the tables of what ``run``, ``compare``, ``sweep`` or ``calibrate`` has written.

    Args:
        folder: of results.
        format_: csv or parquet, a file a table; or xlsx, a workbook with a sheet a table and one about the folder.
        out: the folder to write to; made if it is not there.

    Returns:
        The files, and the tables that are too long for an Excel sheet and were left out.

    Raises:
        ResultsError: if the folder holds no results.
        ExportError: if a library is missing, or the disk says no.
    """
    results = open_results(folder)
    return write_tables(_tables(results), format_, out, results.kind.value, _about(results))


def _tables(results: Results) -> dict[str, pa.Table]:
    if results.kind is FolderKind.SWEEP:
        return sorted_tables(ParquetStore(results.path))
    if results.kind is FolderKind.CALIBRATION:
        return {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in results.tables.items()}
    files = sorted(read_manifest(results.path / MANIFEST)["files"])
    return {Path(name).stem: _plain(pq.read_table(results.path / name)) for name in files}


def _plain(table: pa.Table) -> pa.Table:
    """The table with its words as words, not as codes."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            words = field.with_type(field.type.value_type)
            table = table.set_column(place, words, table.column(place).cast(words.type))
    return table


def _about(results: Results) -> dict[str, Any]:
    return {
        "command": results.command,
        "written": results.created,
        **{f"scenario {s.name}": f"{s.title or s.name}, {s.population.children} children" for s in results.scenarios},
        "seed": results.seed,
        "replicates asked for": results.replicates,
        "draws": results.draws or "none",
        **{f"failed run {place}": line for place, line in enumerate(results.failures, 1)},
        **{f"version of {name}": version for name, version in results.versions.items()},
        "for": NOTE,
    }
