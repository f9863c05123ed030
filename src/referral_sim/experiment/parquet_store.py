"""A folder of Parquet files that is whole at every moment, whatever ends the process that fills it.

``manifest.json`` says what the folder holds. ``outcomes/N.parquet`` and ``runs/N.parquet`` hold the same runs; the file
under ``outcomes`` comes first, and only with the one under ``runs`` do its runs count. Each file is written beside its
place, forced to the disk, and moved in; what is interrupted while it is written is written again when the store closes.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from .atomic_write import PART, write_whole
from .executors import DONE
from .stores import OUTCOMES, FinishedRun, StoreError, outcome_table, run_columns, run_table

FORMAT = 2
"""Goes up when the meaning of a file or column changes."""
MOST_RUNS = 500
LONGEST_SECONDS = 5.0
_MANIFEST, _RUNS, _OUTCOMES, _LOCK = "manifest.json", "runs", "outcomes", ".lock"


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
        with self._said("read"):
            self._manifest = self._read_manifest()

    def record(self) -> Mapping[str, Any] | None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        return None if self._manifest is None else self._manifest["sweep"]

    def begin(self, record: Mapping[str, Any], columns: pa.Schema, numbers: Mapping[str, int]) -> None:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        self._columns = columns
        with self._said("written"):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take()
            for name in (_RUNS, _OUTCOMES):
                (self.folder / name).mkdir(exist_ok=True)
            self._clean()
            self._manifest = {"format": FORMAT, "sweep": json.loads(json.dumps(record, allow_nan=False))}
            self._put(self.folder / _MANIFEST, (json.dumps(self._manifest, indent=2) + "\n").encode())
            for path in self._shards(_RUNS):
                self._renumber(path, numbers)
                self._next = int(path.stem) + 1

    def status(self) -> dict[str, str]:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        table = self._read(_RUNS, pa.schema([("run", pa.string()), ("status", pa.string())]))
        found = dict(zip(table["run"].to_pylist(), table["status"].to_pylist(), strict=True))
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
        name = f"{self._next:06d}.parquet"
        with self._said("written"):
            self._put(self.folder / _OUTCOMES / name, table_bytes(outcome_table(self._waiting)))
            self._put(self.folder / _RUNS / name, table_bytes(run_table(self._waiting, self._columns)))
        # Both or none, for Ctrl-C comes with calls: interrupted before, the same files are written again.
        self._waiting, self._next, self._failed = [], self._next + 1, False

    def forget_failed(self) -> int:
        """As :class:`~referral_sim.experiment.stores.Store` says."""
        count = 0
        with self._said("written"):
            for path in self._shards(_RUNS):
                table = pq.read_table(path)
                kept = table.filter(pc.equal(table["status"], DONE))
                if len(kept) < len(table):
                    self._put(path, table_bytes(kept))
                    count += len(table) - len(kept)
        return count

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

    def _read_manifest(self) -> dict[str, Any] | None:
        path = self.folder / _MANIFEST
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"{self.folder} is not a folder")
        if not path.exists():
            strange = self._strangers()
            if _MANIFEST in strange:  # another process wrote it a moment ago
                return self._read_manifest()
            if strange:
                raise StoreError(f"{self.folder} is not empty and holds no sweep; name a new or an empty folder")
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            format_ = found["format"]
        except (ValueError, TypeError, KeyError):
            raise StoreError(f"{path} is not the manifest of a sweep") from None
        if not isinstance(found.get("sweep"), dict) and format_ == FORMAT:
            raise StoreError(f"{path} is not the manifest of a sweep; `run --out` writes another kind of folder")
        if format_ != FORMAT:
            raise StoreError(f"{self.folder} has format {format_!r}; this version knows format {FORMAT} only")
        return dict(found)

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

    def _clean(self) -> None:
        """Remove what an ended process left: half-written files, and outcomes whose runs never came."""
        for folder in (self.folder, self.folder / _RUNS, self.folder / _OUTCOMES):
            for path in folder.glob(f".*{PART}"):
                path.unlink()
        whole = {path.name for path in self._shards(_RUNS)}
        for path in (self.folder / _OUTCOMES).glob("*.parquet"):
            if path.name not in whole:
                path.unlink()

    def _renumber(self, path: Path, numbers: Mapping[str, int]) -> None:
        table = pq.read_table(path)
        before = table["point"].to_pylist()
        after = [numbers.get(run, old) for run, old in zip(table["run"].to_pylist(), before, strict=True)]
        if after != before:
            at = table.schema.get_field_index("point")
            self._put(path, table_bytes(table.set_column(at, "point", pa.array(after, pa.int64()))))

    def _shards(self, name: str) -> list[Path]:
        """The files of a table whose runs count."""
        names = sorted(path.name for path in (self.folder / _RUNS).glob("[0-9]*.parquet"))
        return [self.folder / name / file for file in names]

    def _read(self, name: str, columns: pa.Schema | None) -> pa.Table:
        with self._said("read"):
            names = None if columns is None else columns.names
            tables = [pq.read_table(path, columns=names) for path in self._shards(name)]
        return pa.concat_tables(tables) if tables else (columns or run_columns(())).empty_table()

    def _put(self, path: Path, data: bytes) -> None:
        with write_whole(path) as part:
            part.write_bytes(data)

    @contextlib.contextmanager
    def _said(self, done: str) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            lost = f"; {len(self._waiting)} finished runs are not in it" if self._waiting else ""
            why = getattr(error, "strerror", None) or " ".join(str(error).split())
            name = getattr(error, "filename", None)
            raise StoreError(f"{self.folder} cannot be {done}: {why}" + (f": {name}" if name else "") + lost) from error


def table_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
