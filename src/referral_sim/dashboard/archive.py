"""A study as one file: written as a zip, and read back without trusting anything in it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from .request import RequestError, request_from
from .studies import FORMAT, Study, create, delete, describe, is_running

LARGEST_MEGABYTES = 500
"""Of a file that is imported."""
_MOST_BYTES = 1_500_000_000
_MOST_FILES = 5_000
_STUDY, _RUNS = (
    "study.json",
    re.compile(
        r"(store/manifest\.json|store/(runs|outcomes)/[0-9]+\.parquet|details/(manifest\.json|[a-z]+\.parquet))"
    ),
)


def export_study(study: Study) -> bytes:
    """A study as a zip file: request, name and note, scenario files, runs and details."""
    buffer = io.BytesIO()
    about = {"format": FORMAT, "name": study.name, "note": study.note, "asked": dataclasses.asdict(study.request)}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_STUDY, json.dumps(about, indent=2))
        for path in sorted(study.folder.rglob("*")):
            name = path.relative_to(study.folder).as_posix()
            if path.is_file() and (_RUNS.fullmatch(name) or (path.suffix == ".yaml" and path.parent == study.folder)):
                file.write(path, name)
    return buffer.getvalue()


def import_study(home: Path, data: bytes) -> Study:
    """Keep the study that a zip file holds, under an id of its own.

    The request is checked as one that is asked on the page, and its scenario files are written anew; of the rest only
    the files that a study's runs have are taken. Names and sizes are looked at before anything is written.

    Raises:
        RequestError: if it is no study, or too large, or its request cannot be run; nothing is left behind then.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            entries = [one for one in file.infolist() if not one.is_dir()]
            if len(entries) > _MOST_FILES or sum(one.file_size for one in entries) > _MOST_BYTES:
                raise RequestError(["the file holds more than a study does; nothing was imported"])
            about = _about(file)
            study = create(home, request_from(about["asked"]))
            try:
                for one in entries:
                    if _RUNS.fullmatch(one.filename):
                        _extract(file, one, study.folder / one.filename)
                return describe(study, str(about.get("name", "")), str(about.get("note", "")))
            except BaseException:
                delete(study)
                raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError):
        raise RequestError(["the file is no study that the dashboard exported"]) from None
    except (KeyError, ValueError, TypeError, AttributeError):
        raise RequestError(["the file holds no request of this version of the dashboard"]) from None
    except OSError as error:
        raise RequestError([f"the study cannot be written: {error.strerror or error}"]) from None


def _about(file: zipfile.ZipFile) -> dict[str, Any]:
    with file.open(_STUDY) as stream:
        found = json.loads(stream.read(10_000_000))
    if found["format"] != FORMAT:
        raise ValueError("another format")
    return dict(found)


def _extract(file: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path) -> None:
    """Write one file, which has no more bytes than it says; else the zip file is refused as damaged."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.open(one) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)


def may_be_exported(study: Study) -> bool:
    """Whether nothing is being written to it."""
    return not is_running(study)
