"""A file or folder that is there whole or not at all, whatever ends the process that writes it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

PART = ".part"
"""Ends the names of what is being written; what is left of them after a kill may be removed."""


@contextlib.contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """Give a place beside ``path`` to write a file or folder to, and move it in when that has gone well.

    A file is forced to the disk first. It replaces a regular file or nothing, a folder an empty folder or nothing; a
    link is followed.

    Raises:
        OSError: if something else is there, or it cannot be written; what was there stays, and nothing else is left.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}{PART}")
    try:
        yield part
        if not part.is_dir():
            if target.exists() and not target.is_file():
                raise FileExistsError(errno.EEXIST, "is not a regular file", str(path))
            with part.open("r+b") as file:
                os.fsync(file.fileno())
        os.replace(part, target)  # noqa: PTH105 - Path.replace says no more
        _settle(target.parent)
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                part.unlink()


def _settle(folder: Path) -> None:
    """Force the names in a folder to the disk, where a folder can be opened."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
