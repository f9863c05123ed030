"""Studies: a baseline, an alternative and their runs, each in a folder of its own that outlives page and server.

A study is ``HOME/ID/``: ``study.json`` (the request), ``about.json`` (name and note), ``baseline.yaml``,
``alternative-1.yaml`` and so on (the scenarios), ``plan.yaml`` (the runs), ``store/`` (the sweep's store), ``details/``
(some replicates with months and events), ``log.txt``. Ids are made here; no text of a user is ever a path.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from ..experiment.atomic_write import write_whole
from ..scenario.errors import clipped
from .request import (
    BASELINE,
    LONGEST_TITLE,
    Alternative,
    RequestError,
    StudyRequest,
    check_request,
    file_of,
    plan_file,
    request_from,
    study_files,
    title_of,
    title_of_authority,
)
from .worker import DETAILS, ENDED, FAILED, FINISHED, LOCK, PLAN, REQUEST, STARTED, STOPPED, STORE, write_end

if TYPE_CHECKING:
    from ..experiment.parquet_store import ParquetStore

HOME = "REFERRAL_SIM_STUDIES"
"""The environment variable that names the folder of studies."""
WORKER = (sys.executable, "-P", "-m", "referral_sim.dashboard.worker")
"""The command that makes the runs of a study."""
RUNNING = "running"
LOG = "log.txt"
FORMAT = 2
LONGEST_NOTE = 2000
_ABOUT = "about.json"
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Study:
    """A study on disk."""

    id: str
    folder: Path
    request: StudyRequest
    created: str
    name: str = ""
    note: str = ""

    @property
    def store(self) -> Path:
        """The folder of its runs."""
        return self.folder / STORE

    @property
    def details(self) -> Path:
        """The folder of some replicates with months and events; there once the runs are done."""
        return self.folder / DETAILS

    @property
    def title(self) -> str:
        """The name that its user gave it, or else its authority and alternatives."""
        titles = [title_of(self.request, number) for number in range(len(self.request.alternatives))]
        more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
        return self.name or f"{title_of_authority(self.request)}: {titles[0]}{more}"

    @property
    def runs(self) -> int:
        """How many runs it asks for."""
        return self.request.replicates * (1 + len(self.request.alternatives))

    @property
    def command(self) -> str:
        """What gives the same numbers without the dashboard, from the folder that holds the scenario files."""
        request = self.request
        files = [BASELINE, *(file_of(number) for number in range(len(request.alternatives)))]
        draws = "" if request.draws else " --draws none"
        return f"referral-sim compare {' '.join(files)} --replicates {request.replicates} --seed {request.seed}{draws}"


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is.

    Attributes:
        state: running, finished, stopped or failed.
        done: runs that ended well.
        failed: runs that failed.
        total: runs in all.
        left: seconds that the rest will take, or None where it cannot be told.
        message: what went wrong, if anything.
    """

    state: str
    done: int
    failed: int
    total: int
    left: float | None
    message: str


def date_of(study: Study) -> str:
    """When a study was made, as people write it."""
    return f"{datetime.fromisoformat(study.created):%d %B %Y, %H:%M} UTC"


def create(home: Path, request: StudyRequest) -> Study:
    """Keep a new study; its runs are not started.

    Raises:
        RequestError: if it cannot be made, or not be written; nothing is left behind then.
    """
    check_request(request)
    now = datetime.now(UTC)
    digest = hashlib.sha256(f"{request}{now.isoformat()}{uuid.uuid4()}".encode()).hexdigest()[:8]
    id_ = f"{now:%Y%m%d-%H%M%S}-{digest}"
    created = now.isoformat(timespec="seconds")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with write_whole(home / id_) as part:
            part.mkdir()
            record = {"format": FORMAT, "created": created, "asked": dataclasses.asdict(request)}
            (part / REQUEST).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            for name, text in {**study_files(request), PLAN: plan_file(request)}.items():
                (part / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise RequestError([f"{home} cannot be written: {error.strerror or error}"]) from None
    return Study(id_, home / id_, request, created)


def find(home: Path, id_: str) -> Study:
    """A study by its id.

    Raises:
        RequestError: if the text is no id, or the study is not there or cannot be read.
    """
    if not _ID.fullmatch(id_):
        raise RequestError([f"{clipped(id_)!r} is no study"])
    folder = home / id_
    try:
        record = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise RequestError([f"the study {id_} was made by another version of the dashboard"])
        about = _read(folder / _ABOUT)
        name, note = str(about.get("name", "")), str(about.get("note", ""))
        return Study(id_, folder, request_from(record["asked"]), str(record["created"]), name, note)
    except FileNotFoundError:
        raise RequestError([f"there is no study {id_}; it may have been deleted"]) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise RequestError([f"the study {id_} cannot be read"]) from None


def describe(study: Study, name: str, note: str) -> Study:
    """Give a study another name and note; empty for none.

    Raises:
        RequestError: if one is too long or cannot be written.
    """
    name, note = " ".join(name.split()), note.strip()
    if len(name) > LONGEST_TITLE or len(note) > LONGEST_NOTE:
        raise RequestError([f"a name has at most {LONGEST_TITLE} characters, a note at most {LONGEST_NOTE:,}"])
    try:
        with write_whole(study.folder / _ABOUT) as part:
            part.write_text(json.dumps({"name": name, "note": note}) + "\n", encoding="utf-8")
    except OSError as error:
        raise RequestError([f"the study cannot be written: {error.strerror or error}"]) from None
    return dataclasses.replace(study, name=name, note=note)


def list_studies(home: Path) -> list[Study]:
    """All studies that can be read, newest first."""
    names = sorted((p.name for p in home.iterdir() if _ID.fullmatch(p.name)), reverse=True) if home.is_dir() else []
    found = []
    for name in names:
        with contextlib.suppress(RequestError):
            found.append(find(home, name))
    return found


def start(study: Study) -> None:
    """Start the runs that are left, in a process that goes on when page and server are gone.

    Nothing happens if they are being made already. Returns when the process holds the study's lock.

    Raises:
        RequestError: if the process cannot be started.
    """
    from ..experiment.stores import StoreError

    if is_running(study):
        return
    try:
        already = len(_store(study).status())
        with (study.folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                [*WORKER, str(study.folder), str(already)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=study.folder,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # what Windows has for sessions
            )
    except StoreError as error:
        raise RequestError([f"the runs cannot be started: {error}"]) from None
    except OSError as error:
        raise RequestError([f"the runs cannot be started: {error.strerror or error}"]) from None
    threading.Thread(target=process.wait, daemon=True).start()
    assert process.stdout is not None
    with process.stdout as pipe:
        has_begun = bool(pipe.readline())  # nothing, if it ended before
    if not has_begun and not is_running(study):
        raise RequestError([f"the runs cannot be started; {study.folder / LOG} says why"])


def is_running(study: Study) -> bool:
    """Whether a process makes its runs."""
    return not _unlocked(study, 0.05)


def _unlocked(study: Study, seconds: float) -> bool:
    """Whether nobody holds a study's lock, or lets go of it within some seconds."""
    if not (study.folder / LOCK).exists():
        return True
    try:
        with FileLock(study.folder / LOCK, timeout=seconds, poll_interval=0.01):
            return True
    except Timeout:
        return False


def stop(study: Study) -> None:
    """End the process that makes the runs; runs that are finished stay. Returns when it has ended, or after a while."""
    pid = _read(study.folder / STARTED).get("pid")
    if not isinstance(pid, int) or not is_running(study):
        return
    for at_once in (False, True):
        with contextlib.suppress(OSError):
            _end(pid, at_once=at_once)  # it holds the lock, so the number is still its own
        if _unlocked(study, 10.0):
            break
    if not (study.folder / ENDED).exists():  # it had no time to say so
        write_end(study.folder, STOPPED)


def _end(pid: int, *, at_once: bool) -> None:
    """End a process; not at once means that it may write what it has, which Windows does not allow."""
    if os.name == "posix":
        os.kill(pid, signal.SIGKILL if at_once else signal.SIGINT)
    else:
        os.kill(pid, signal.SIGTERM)


def delete(study: Study) -> None:
    """Stop a study and remove its folder."""
    stop(study)
    gone = study.folder.with_name(f".{study.id}.deleted")
    study.folder.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def progress(study: Study) -> StudyProgress:
    """How far a study is, from its store."""
    running = is_running(study)  # before the store is read, so that a finished one is never taken for a broken one
    message = ""
    try:
        found = list(_store(study).status().values())
    except Exception as error:  # a damaged store is said, and breaks no page
        found, message = [], f"its runs cannot be read: {error}"
    total = study.runs
    done = sum(status == "done" for status in found)
    began = _read(study.folder / STARTED)
    if len(found) >= total:
        state = FINISHED
    elif running:
        state = RUNNING
    elif not began:
        state = STOPPED
    else:
        ended = _read(study.folder / ENDED)
        state = STOPPED if ended.get("how") == STOPPED else FAILED
        if state == FAILED:
            message = message or next(iter(_store(study).damage()), "")
            message = message or str(ended.get("message") or "its process ended without a word")
    left = _left(began, len(found), total) if state == RUNNING else None
    return StudyProgress(state, done, len(found) - done, total, left, message)


def _left(began: Mapping[str, Any], there: int, total: int) -> float | None:
    made = there - int(began.get("already", 0))
    return (time.time() - float(began["time"])) / made * (total - there) if made > 0 else None


def _store(study: Study) -> ParquetStore:
    from ..experiment.parquet_store import ParquetStore

    return ParquetStore(study.store)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


EXAMPLE = StudyRequest("england-average", (Alternative(("link-worker-everywhere",)),))
"""What the dashboard begins with where nothing is saved: its runs are the quickest."""


_FIRST = threading.Lock()


def first(home: Path) -> Study:
    """The newest study; if there is none, an example that is started now.

    Raises:
        RequestError: if the example cannot be written or started.
    """
    with _FIRST:
        there = list_studies(home)
        if there:
            return there[0]
        study = create(home, EXAMPLE)
        start(study)
        return study
