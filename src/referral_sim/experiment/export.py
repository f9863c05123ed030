"""Tables as files for other programs: CSV, Parquet, or one Excel workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa

from .atomic_write import write_whole
from .parquet_store import ParquetStore

EXCEL_ROWS = 1_048_576
_CELL = 32_767
_FORMULAS = tuple("=+-@＝＋－＠\t\r")
"""What text begins with that a spreadsheet runs when it opens a CSV file."""


class ExportError(Exception):
    """The tables cannot be written so; the text says why and what can be done."""


def sorted_tables(store: ParquetStore) -> dict[str, pa.Table]:
    """Runs and outcomes of a sweep in an order that does not depend on how the runs were made."""
    runs = store.runs().sort_by([(name, "ascending") for name in ("scenario", "policies", "point", "replicate")])
    order = pa.table({"run": runs["run"], "_at": pa.array(range(len(runs)), pa.int64())})
    outcomes = store.outcomes()
    numbered = outcomes.append_column("_row", pa.array(range(len(outcomes)), pa.int64())).join(order, "run")
    ordered = numbered.sort_by([("_at", "ascending"), ("_row", "ascending")])
    return {"runs": runs, "outcomes": ordered.select(outcomes.column_names)}


def write_tables(
    tables: Mapping[str, pa.Table], format_: str, out: Path, name: str, about: Mapping[str, Any]
) -> tuple[list[Path], list[str]]:
    """Write tables to a folder.

    Args:
        tables: name -> table.
        format_: csv or parquet, a file a table; or xlsx, a workbook with a sheet a table and one that says what of.
        out: the folder to write to; made if it is not there.
        name: of the workbook, without its ending.
        about: what the sheet ``about`` says.

    Returns:
        The files, and the tables that are too long for an Excel sheet and were left out.

    Raises:
        ExportError: if a library is missing, or the disk says no.
    """
    too_long = [one for one, table in tables.items() if format_ == "xlsx" and len(table) >= EXCEL_ROWS]
    try:
        out.mkdir(parents=True, exist_ok=True)
        if format_ == "xlsx":
            file = out / f"{name}.xlsx"
            left = {"left out, too long for a sheet": ", ".join(too_long)} if too_long else {}
            with write_whole(file) as part:
                _workbook({one: table for one, table in tables.items() if one not in too_long}, {**about, **left}, part)
            return [file], too_long
        for one, table in tables.items():
            with write_whole(out / f"{one}.{format_}") as part:
                _file(table, part, format_)
        return [out / f"{one}.{format_}" for one in tables], too_long
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror or error}") from error


def _file(table: pa.Table, path: Path, format_: str) -> None:
    if format_ == "csv":
        from pyarrow import csv

        csv.write_csv(_without_formulas(table), path)
        return
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")


def harmless(value: Any) -> Any:
    """What a cell of a CSV file may hold: an apostrophe before text that a spreadsheet would take for a formula.

    A carriage return, which would begin a line of its own, becomes a blank.
    """
    if not isinstance(value, str):
        return value
    return ("'" if value[:1] in _FORMULAS else "") + value.replace("\r", " ")


def frame_without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose text, headings included, is :func:`harmless`."""
    words = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.assign(**{name: frame[name].map(harmless) for name in words}).rename(columns=harmless)


def _without_formulas(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table.column(place)
            if any(harmless(word) != word for word in column.unique().to_pylist()):
                words = pa.array(map(harmless, column.to_pylist()), field.type)
                table = table.set_column(place, field.name, words)
    return table.rename_columns([harmless(name) for name in table.column_names])


def _workbook(tables: Mapping[str, pa.Table], about: Mapping[str, Any], path: Path) -> None:
    rows: dict[str, tuple[Sequence[str], Iterable[Iterable[Any]]]] = {"about": (["what", "value"], about.items())}
    rows |= {
        name: (
            table.column_names,
            (
                row
                for batch in table.to_batches(max_chunksize=10_000)
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            ),
        )
        for name, table in tables.items()
    }
    try:
        write_workbook(path, rows)
    except ImportError:
        raise ExportError('Excel files need openpyxl: pip install "referral-sim[export]"') from None


def write_workbook(
    target: Path | BinaryIO, sheets: Mapping[str, tuple[Sequence[str], Iterable[Iterable[Any]]]]
) -> None:
    """Write an Excel file in which text is text, never a formula, and NaN is an empty cell.

    Args:
        target: path or stream.
        sheets: name of a sheet -> its headings and rows.

    Raises:
        ImportError: if openpyxl is not installed.
    """
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    book = Workbook(write_only=True)

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return None if isinstance(value, float) and value != value else value
        text = ILLEGAL_CHARACTERS_RE.sub("?", value)[:_CELL]
        if text[:1] not in ("=", "#"):
            return text
        marked = WriteOnlyCell(sheet, value=text)
        marked.data_type = "s"
        return marked

    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append([cell(column) for column in columns])
        for row in rows:
            sheet.append([cell(value) for value in row])
    book.save(target)
