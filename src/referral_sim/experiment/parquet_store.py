"""A folder of Parquet files that is whole at every moment, whatever ends the process that fills it.

``manifest.json`` says what the folder holds, file by file with rows and checksums. ``outcomes/N.parquet`` and
``runs/N.parquet`` hold the same runs, and only when the manifest names both do its runs count. Each file is written
beside its place, forced to the disk, and moved in, the manifest last; what is interrupted on the way is written again
when the store closes. Files that are not as the manifest says are never read; their runs are made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from .atomic_write import PART, write_whole
from .executors import DONE
from .manifest import MANIFEST, DamagedError, check_files, described, read_manifest, write_manifest
from .stores import OUTCOMES, FinishedRun, StoreError, outcome_table, run_columns, run_table

MOST_RUNS = 500
LONGEST_SECONDS = 5.0
_RUNS, _OUTCOMES, _LOCK = "runs", "outcomes", ".lock"


class ParquetStore:
    """Keeps runs in a folder.

    Args:
        folder: a new or empty folder, or one that holds a sweep.
        most_runs: so many runs at most are held back before they are written.
        longest_seconds: when the last were written so long ago, or a run took so long, the next run that comes is
            written, and with it all that are held back.

    Raises:
        StoreError: if the folder holds something else, or a format that this version does not know.
    """

    def __init__(
        self, folder: str | os.PathLike[str], most_runs: int = MOST_RUNS, longest_seconds: float = LONGEST_SECONDS
    ) -> None:
        self.folder = Path(folder)
        self._most_runs, self._longest_seconds = most_runs, longest_seconds
        self._waiting: list[FinishedRun] = []
        self._written, self._failed = time.monotonic(), False
        self._columns: pa.Schema | None = None
        self._next = 1
        self._lock: FileLock | None = None
        self._record: dict[str, Any] | None = None
        self._files: dict[str, dict[str, Any]] = {}
        with self._said("read"):
            self._read_manifest()

    def record(self) -> Mapping[str, Any] | None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        return self._record

    def damage(self) -> list[str]:
        """What is wrong with the folder's files, one line a file; their runs count for nothing."""
        with self._said("read"):
            return list(check_files(self.folder, self._files))

    def begin(self, record: Mapping[str, Any], columns: pa.Schema, numbers: Mapping[str, int]) -> None:
        """As :class:`~referral_sim.experiment.stores.Store` says. Files that are damaged are let go of."""
        self._columns = columns
        with self._said("written"):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take()
            for name in (_RUNS, _OUTCOMES):
                (self.folder / name).mkdir(exist_ok=True)
            self._read_manifest()  # until now another process may have written here
            self._record = json.loads(json.dumps(record, allow_nan=False))
            whole = self._whole()
            self._files = {file: said for file, said in self._files.items() if Path(file).name in whole}
            self._next = 1 + max((int(path.stem) for path in self._there()), default=0)
            self._rewrite(partial(_renumbered, numbers=numbers))

    def status(self) -> dict[str, str]:
        """As :class:`~referral_sim.experiment.stores.Store` says; of runs whose files are as they were written."""
        with self._said("read"):
            tables = [self._table(_RUNS, name, ["run", "status"]) for name in self._whole()]
        found = {run: word for table in tables for run, word in zip(*table.to_pydict().values(), strict=True)}
        return found | {f.task.id: f.status for f in self._waiting}

    def add(self, finished: FinishedRun) -> None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        self._waiting.append(finished)
        since, many = time.monotonic() - self._written, len(self._waiting) >= self._most_runs
        if not many and max(since, finished.seconds) < self._longest_seconds:
            return
        try:
            self.flush()
        except StoreError:
            if many or self._failed:
                raise
            self._failed = True  # the disk may be full for a while: once more with the next run

    def flush(self) -> None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        self._written = time.monotonic()
        if not self._waiting:
            return
        if self._columns is None:
            raise RuntimeError("begin comes before add")
        tables = {_OUTCOMES: outcome_table(self._waiting), _RUNS: run_table(self._waiting, self._columns)}
        with self._said("written"):
            files = {**self._files, **self._put(f"{self._next:06d}.parquet", tables)}
            self._commit(files)
        # All or nothing, for Ctrl-C comes with calls: interrupted before, the same files are written again.
        self._files, self._waiting, self._next, self._failed = files, [], self._next + 1, False

    def forget_failed(self) -> int:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        with self._said("written"):
            return self._rewrite(_done)

    def close(self) -> None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        try:
            self.flush()
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def runs(self) -> pa.Table:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        stored = self._read(_RUNS, self._columns)
        return pa.concat_tables([stored, run_table(self._waiting, stored.schema)])

    def outcomes(self) -> pa.Table:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        return pa.concat_tables([self._read(_OUTCOMES, OUTCOMES), outcome_table(self._waiting)])

    def _strangers(self) -> list[str]:
        """What the folder holds besides the beginnings of a sweep that was killed before it wrote its manifest."""
        if not self.folder.exists():
            return []
        empty = [name for name in (_RUNS, _OUTCOMES) if not any((self.folder / name).glob("*"))]
        names = [item.name for item in self.folder.iterdir()]
        return [name for name in names if name not in (_LOCK, *empty) and not name.endswith(PART)]

    def _read_manifest(self) -> None:
        path = self.folder / MANIFEST
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"{self.folder} is not a folder")
        if not path.exists():
            strange = self._strangers()
            if MANIFEST in strange and not path.is_symlink():  # another process wrote it a moment ago
                self._read_manifest()
            elif strange:
                raise StoreError(f"{self.folder} is not empty and holds no sweep; name a new or an empty folder")
            return
        found = read_manifest(path)
        if not isinstance(found.get("sweep"), dict):
            raise StoreError(f"{path} is not the manifest of a sweep; `run --out` writes another kind of folder")
        self._record, self._files = found["sweep"], found["files"]

    def _take(self) -> None:
        """Let nobody else write here until this process closes the store, or ends."""
        if self._lock is not None:
            return
        lock = FileLock(self.folder / _LOCK, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(f"another sweep is writing to {self.folder}") from None
        self._lock = lock

    def _there(self) -> list[Path]:
        """The files of both tables that are there, whether they count or not."""
        return [path for name in (_RUNS, _OUTCOMES) for path in (self.folder / name).glob("[0-9]*.parquet")]

    def _clean(self) -> None:
        """Remove what an ended process left: half-written files, and those that the manifest does not name."""
        for folder in (self.folder, self.folder / _RUNS, self.folder / _OUTCOMES):
            for path in folder.glob(f".*{PART}"):
                path.unlink()
        for path in self._there():
            if f"{path.parent.name}/{path.name}" not in self._files:
                path.unlink()

    def _rewrite(self, change: Callable[[pa.Table], pa.Table]) -> int:
        """Change the tables of runs; returns how many rows that took out.

        What changes is written under a new name, so that a kill before the manifest is there leaves all as it was.
        """
        files, lost = dict(self._files), 0
        for name in self._shards():
            table = self._table(_RUNS, name)
            after = change(table)
            if not after.equals(table):
                lost += len(table) - len(after)
                new = f"{self._next:06d}.parquet"
                files |= self._put(new, {_OUTCOMES: self._table(_OUTCOMES, name), _RUNS: after})
                files = {file: said for file, said in files.items() if Path(file).name != name}
                self._next += 1
        self._commit(files)
        self._files = files
        self._clean()
        return lost

    def _shards(self) -> list[str]:
        """Names of the files that both tables have."""
        return sorted(file.removeprefix(f"{_RUNS}/") for file in self._files if file.startswith(f"{_RUNS}/"))

    def _whole(self) -> list[str]:
        """Those of them that are in both tables as they were written."""
        found = []
        for name in self._shards():
            pair = {file: said for file, said in self._files.items() if Path(file).name == name}
            if len(pair) == 2 and not any(check_files(self.folder, pair)):
                found.append(name)
        return found

    def _table(self, table: str, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        return pq.read_table(self.folder / table / name, columns=columns)

    def _read(self, name: str, columns: pa.Schema | None) -> pa.Table:
        for fault in self.damage():
            raise StoreError(fault)
        with self._said("read"):
            names = None if columns is None else columns.names
            tables = [self._table(name, shard, names) for shard in self._shards()]
        return pa.concat_tables(tables) if tables else (columns or run_columns(())).empty_table()

    def _put(self, name: str, tables: Mapping[str, pa.Table]) -> dict[str, dict[str, Any]]:
        """Write a file of each table, in their order; returns what the manifest says of them."""
        said = {}
        for folder, table in tables.items():
            with write_whole(self.folder / folder / name) as part:
                pq.write_table(table, part, compression="zstd")
                said[f"{folder}/{name}"] = described(part, len(table))
        return said

    def _commit(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        write_manifest(self.folder / MANIFEST, {"files": files, "sweep": self._record})

    @contextlib.contextmanager
    def _said(self, done: str) -> Iterator[None]:
        try:
            yield
        except DamagedError as error:
            raise StoreError(str(error)) from None
        except (OSError, pa.ArrowException) as error:
            lost = f"; {len(self._waiting)} finished runs are not in it" if self._waiting else ""
            why = getattr(error, "strerror", None) or " ".join(str(error).split())
            name = getattr(error, "filename", None)
            raise StoreError(f"{self.folder} cannot be {done}: {why}" + (f": {name}" if name else "") + lost) from error


def _done(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["status"], DONE))


def _renumbered(table: pa.Table, numbers: Mapping[str, int]) -> pa.Table:
    """A table of runs with the numbers that points have now."""
    before = table["point"].to_pylist()
    after = [numbers.get(run, old) for run, old in zip(table["run"].to_pylist(), before, strict=True)]
    at = table.schema.get_field_index("point")
    return table if after == before else table.set_column(at, "point", pa.array(after, pa.int64()))


def size_of(table: pa.Table) -> int:
    """Bytes of a table as a Parquet file."""
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd")
    return int(buffer.tell())
