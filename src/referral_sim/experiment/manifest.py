"""``manifest.json`` of a folder of results: what is in the folder, file by file, with rows and checksums.

A manifest has a checksum of its own, so that what is missing, swapped, cut or changed in a folder is always told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from .atomic_write import write_whole

MANIFEST = "manifest.json"
FORMAT = 3
"""Goes up when the meaning of a file or column of any folder of results changes (docs/versions.md)."""
_SEAL = "checksum"


class DamagedError(Exception):
    """A file is not as it was written, or of another format; the text says which."""


def described(path: Path, rows: int) -> dict[str, Any]:
    """What a manifest says of a file: its rows, and the SHA-256 of its bytes.

    Args:
        path: of the file.
        rows: of the table that it holds.
    """
    with path.open("rb") as file:
        return {"rows": rows, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def check_files(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with the files of a folder, one line a file: which is missing, and which has other bytes.

    Raises:
        OSError: if one cannot be read.
    """
    for name, said in files.items():
        path = folder / name
        if not path.is_file():
            yield f"{path} is missing, which {MANIFEST} names"
        elif described(path, said["rows"]) != said:
            yield f"{path} is damaged: its checksum is not the one in {MANIFEST}"


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest with its format and its checksum, whole or not at all.

    Args:
        path: of the manifest.
        content: what it says besides, as JSON; ``files`` is name -> :func:`described`.

    Raises:
        ValueError: if the content is no JSON.
        OSError: if it cannot be written.
    """
    said = json.loads(json.dumps({"format": FORMAT, **content}, allow_nan=False))
    with write_whole(path) as part:
        part.write_text(json.dumps({**said, _SEAL: _checksum(said)}, indent=2) + "\n", encoding="utf-8")


def read_manifest(path: Path) -> dict[str, Any]:
    """What a manifest says, once it is known to be as it was written.

    Raises:
        DamagedError: if it is no manifest, or of another format, or was changed.
        OSError: if it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise DamagedError(f"{path} is no manifest of results: it is not JSON") from None
    if not isinstance(found, dict) or "format" not in found:
        raise DamagedError(f"{path} is no manifest of results: it says no format")
    if found["format"] != FORMAT:
        raise DamagedError(
            f"{path} has format {found['format']!r}{_maker(found)}; this version, {__version__}, reads format {FORMAT} "
            "only: read the folder with the version that made it, or make it again"
        )
    seal = found.pop(_SEAL, None)
    if seal != _checksum(found):
        raise DamagedError(f"{path} is damaged: its own checksum does not fit")
    return found


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _maker(found: Mapping[str, Any]) -> str:
    """Which version of the package wrote a manifest, in words, where it says so."""
    sweep = found.get("sweep")
    said = (sweep if isinstance(sweep, dict) else found).get("versions")
    version = said.get("referral-sim") if isinstance(said, dict) else None
    return f", written by referral-sim {version}" if isinstance(version, str) else ""
