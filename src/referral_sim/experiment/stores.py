"""Where finished runs are kept: a protocol, its two tables, and the plainest store that keeps it, in memory."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import pandas as pd
import pyarrow as pa

from ..measures.table_columns import described_schema, field_metadata
from .executors import DONE, TaskResult
from .model_version import versions
from .plan import PlannedRun, place_of_run
from .variants import Variable, described_key

FinishedRun: TypeAlias = TaskResult[PlannedRun, pd.DataFrame]
"""A run of a plan that has ended; its value holds the outcomes that the plan keeps, as ``take_measures`` gives them."""


OUTCOMES = described_schema(
    pa.schema(
        [("run", pa.string()), ("year", pa.string()), ("measure", pa.string()), ("group", pa.string()),
         ("value", pa.float64()), ("unit", pa.string())]
    ),
    field_metadata("outcomes"),
)  # fmt: skip
_FIRST = [("run", pa.string()), ("scenario", pa.string()), ("policies", pa.string()), ("point", pa.int64())]
_LAST = [
    ("seed", pa.int64()), ("replicate", pa.int64()), ("status", pa.string()), ("reason", pa.string()),
    ("traceback", pa.string()), ("seconds", pa.float64()), ("versions", pa.string()),
]  # fmt: skip
_TYPES: dict[type, pa.DataType] = {bool: pa.bool_(), str: pa.string(), int: pa.int64(), float: pa.float64()}
TAKEN = tuple(name for name, _ in (*_FIRST, *_LAST))


class StoreError(Exception):
    """The store cannot be used or filled; the text says which and why."""


class Store(Protocol):
    """Keeps finished runs.

    ``begin`` comes first; then ``add`` as runs finish; ``close`` last. A run is in the tables at the latest when
    ``flush`` or ``close`` has come back. Both tables hold a run whole or not at all.
    """

    def record(self) -> Mapping[str, Any] | None:
        """What ``begin`` was given last, or None in a new store."""
        ...

    def begin(self, record: Mapping[str, Any], columns: pa.Schema, numbers: Mapping[str, int]) -> None:
        """Make ready for runs.

        Args:
            record: what the runs are of (plan, versions), as JSON.
            columns: of the table of runs; see :func:`run_columns`.
            numbers: run -> number of its point. Runs in the store whose number is another now get the new one.

        Raises:
            StoreError: if the store cannot be written, or somebody else writes it.
        """
        ...

    def status(self) -> dict[str, str]:
        """Run -> status, of every run in the store."""
        ...

    def add(self, finished: FinishedRun) -> None:
        """Keep a run.

        Raises:
            StoreError: if it cannot be written; what was written before stays.
        """
        ...

    def flush(self) -> None:
        """Write what was added.

        Raises:
            StoreError: as in ``add``.
        """
        ...

    def forget_failed(self) -> int:
        """Take out the runs that are not done; returns how many."""
        ...

    def close(self) -> None:
        """Write what was added and let go of the store."""
        ...

    def runs(self) -> pa.Table:
        """One row a run, in any order."""
        ...

    def outcomes(self) -> pa.Table:
        """One row a run, year, measure and group, in any order."""
        ...


def run_columns(variables: Sequence[Variable]) -> pa.Schema:
    """Columns of the table of runs: what it is, the values of its point, how it ended (docs/columns.md)."""
    mine = {v.key: described_key(v.key) for v in variables}
    columns = pa.schema([*_FIRST, *((v.key, _TYPES[v.value_type]) for v in variables), *_LAST])
    return described_schema(columns, field_metadata("runs") | mine)


def run_table(finished: Sequence[FinishedRun], columns: pa.Schema) -> pa.Table:
    """The rows of runs."""
    text = json.dumps(versions())
    rows = [
        {
            "run": f.task.id,
            **place_of_run(f.task),
            **{k: float(v) if columns.field(k).type == pa.float64() else v for k, v in f.task.point.items()},
            "status": f.status,
            "reason": f.reason,
            "traceback": f.traceback,
            "seconds": f.seconds,
            "versions": text,
        }
        for f in finished
    ]
    return pa.Table.from_pylist(rows, schema=columns)


def outcome_table(finished: Sequence[FinishedRun]) -> pa.Table:
    """The rows of outcomes; a share or mean of nothing is null, so that SQL leaves it out of averages."""
    done = [(f.task.id, f.value) for f in finished if f.value is not None]
    found: dict[str, Any] = {"run": [run for run, table in done for _ in range(len(table))]}
    for name in ("year", "measure", "group", "value", "unit"):
        found[name] = [word for _, table in done for word in table[name].tolist()]
    found["value"] = [None if math.isnan(value) else value for value in found["value"]]
    return pa.table(found, schema=OUTCOMES)


class MemoryStore:
    """Keeps runs as long as this object lives; what all other stores are held to."""

    def __init__(self) -> None:
        self._record: Mapping[str, Any] | None = None
        self._columns = run_columns(())
        self._runs: dict[str, dict[str, Any]] = {}
        self._outcomes: dict[str, pa.Table] = {}

    def record(self) -> Mapping[str, Any] | None:
        """As :class:`Store` says."""
        return self._record

    def begin(self, record: Mapping[str, Any], columns: pa.Schema, numbers: Mapping[str, int]) -> None:
        """As :class:`Store` says."""
        self._record, self._columns = json.loads(json.dumps(record)), columns
        for run, row in self._runs.items():
            row["point"] = numbers.get(run, row["point"])

    def status(self) -> dict[str, str]:
        """As :class:`Store` says."""
        return {run: row["status"] for run, row in self._runs.items()}

    def add(self, finished: FinishedRun) -> None:
        """As :class:`Store` says."""
        self._runs[finished.task.id] = run_table([finished], self._columns).to_pylist()[0]
        self._outcomes[finished.task.id] = outcome_table([finished])

    def flush(self) -> None:
        """As :class:`Store` says."""

    def forget_failed(self) -> int:
        """As :class:`Store` says."""
        failed = [run for run, row in self._runs.items() if row["status"] != DONE]
        for run in failed:
            del self._runs[run], self._outcomes[run]
        return len(failed)

    def close(self) -> None:
        """As :class:`Store` says."""

    def runs(self) -> pa.Table:
        """As :class:`Store` says."""
        return pa.Table.from_pylist(list(self._runs.values()), schema=self._columns)

    def outcomes(self) -> pa.Table:
        """As :class:`Store` says."""
        return pa.concat_tables([OUTCOMES.empty_table(), *self._outcomes.values()])
