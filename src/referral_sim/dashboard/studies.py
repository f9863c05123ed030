"""Studies: a baseline, an alternative and their runs, each in a folder of its own that outlives page and server.

A study is ``HOME/ID/``: ``study.json`` (what was asked), ``alternative.yaml`` (the scenario), ``plan.yaml`` (the runs),
``store/`` (the sweep's store), ``details/`` (one replicate with months and events), ``log.txt``. Ids are made here; no
text of a user is ever a path.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
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
from typing import Any

from ..experiment.atomic_write import write_whole
from ..scenario import ScenarioError, load_scenario
from ..scenario.errors import clipped
from .asked import ALTERNATIVE, Asked, StudyError, checked, faults_in_words, plan_file, scenario_file, title_of

PLAN, STORE, DETAILS, LOG = "plan.yaml", "store", "details", "log.txt"
ENDED, LOCK = "ended.json", "lock"
_ASKED, _STARTED = "study.json", "started.json"
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
RUNNING, FINISHED, STOPPED, FAILED = "running", "finished", "stopped", "failed"


@dataclass(frozen=True)
class Study:
    """A study on disk."""

    id: str
    folder: Path
    asked: Asked
    created: str

    @property
    def store(self) -> Path:
        """The folder of its runs."""
        return self.folder / STORE

    @property
    def details(self) -> Path:
        """The folder of one replicate with months and events; there once the runs are done."""
        return self.folder / DETAILS

    @property
    def scenario_text(self) -> str:
        """The alternative as a scenario file."""
        return (self.folder / ALTERNATIVE).read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        """Its alternative's title."""
        return self.asked.title or title_of(self.asked)

    @property
    def command(self) -> str:
        """What gives the same numbers without the dashboard, from the folder that holds the scenario file."""
        asked = self.asked
        counts = f"--replicates {asked.replicates} --seed {asked.seed}"
        return f"referral-sim compare {asked.authority} {ALTERNATIVE} {counts}"


@dataclass(frozen=True)
class Progress:
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


def create(home: Path, asked: Asked) -> Study:
    """Keep a new study; its runs are not started.

    Raises:
        StudyError: if it cannot be made, or not be written; nothing is left behind then.
    """
    checked(asked)
    now = datetime.now(UTC)
    digest = hashlib.sha256(f"{asked}{now.isoformat()}{uuid.uuid4()}".encode()).hexdigest()[:8]
    id_ = f"{now:%Y%m%d-%H%M%S}-{digest}"
    created = now.isoformat(timespec="seconds")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with write_whole(home / id_) as part:
            part.mkdir()
            record = {"format": 1, "created": created, "asked": dataclasses.asdict(asked)}
            (part / _ASKED).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            (part / ALTERNATIVE).write_text(scenario_file(asked), encoding="utf-8")
            (part / PLAN).write_text(plan_file(asked), encoding="utf-8")
            load_scenario(part / ALTERNATIVE)
    except ScenarioError as error:
        raise StudyError(faults_in_words(error)) from None
    except OSError as error:
        raise StudyError([f"{home} cannot be written: {error.strerror or error}"]) from None
    return Study(id_, home / id_, asked, created)


def find(home: Path, id_: str) -> Study:
    """A study by its id.

    Raises:
        StudyError: if the text is no id, or the study is not there or cannot be read.
    """
    if not _ID.fullmatch(id_):
        raise StudyError([f"{clipped(id_)!r} is no study"])
    folder = home / id_
    try:
        record = json.loads((folder / _ASKED).read_text(encoding="utf-8"))
        said = record["asked"]
        asked = Asked(**{**said, "policies": tuple(said["policies"]), "levers": dict(said["levers"])})
        return Study(id_, folder, asked, str(record["created"]))
    except FileNotFoundError:
        raise StudyError([f"there is no study {id_}; it may have been deleted"]) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise StudyError([f"the study {id_} cannot be read"]) from None


def list_studies(home: Path) -> list[Study]:
    """All studies that can be read, newest first."""
    names = sorted((p.name for p in home.iterdir() if _ID.fullmatch(p.name)), reverse=True) if home.is_dir() else []
    found = []
    for name in names:
        with contextlib.suppress(StudyError):
            found.append(find(home, name))
    return found


def start(study: Study) -> None:
    """Start the runs that are left, in a process that goes on when page and server are gone.

    Nothing happens if they are being made already.

    Raises:
        StudyError: if the process cannot be started.
    """
    try:
        with (study.folder / LOCK).open("ab") as lock:
            if not _taken(lock.fileno(), fcntl.LOCK_EX):
                return
            (study.folder / ENDED).unlink(missing_ok=True)
            already = len(_statuses(study))
            with (study.folder / LOG).open("ab") as log:
                # The process inherits the lock and holds it as long as it lives, however it ends.
                process = subprocess.Popen(
                    [sys.executable, "-m", "referral_sim.dashboard.making", str(study.folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=study.folder,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),
                )
            began = {"pid": process.pid, "time": time.time(), "already": already}
            (study.folder / _STARTED).write_text(json.dumps(began) + "\n", encoding="utf-8")
    except OSError as error:
        raise StudyError([f"the runs cannot be started: {error.strerror or error}"]) from None
    threading.Thread(target=process.wait, daemon=True).start()


def _taken(descriptor: int, kind: int) -> bool:
    for _ in range(5):
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def is_running(study: Study) -> bool:
    """Whether a process makes its runs."""
    try:
        with (study.folder / LOCK).open("rb") as lock:
            return not _taken(lock.fileno(), fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def stop(study: Study) -> None:
    """End the process that makes the runs; runs that are finished stay. Returns when it has ended, or after a while."""
    began = _read(study.folder / _STARTED)
    pid = began.get("pid")
    if not isinstance(pid, int) or not is_running(study):
        return
    for sign in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)  # it holds the lock, so the number is still its own
        for _ in range(200):
            if not is_running(study):
                return
            time.sleep(0.05)


def delete(study: Study) -> None:
    """Stop a study and remove its folder."""
    stop(study)
    gone = study.folder.with_name(f".{study.id}.deleted")
    study.folder.replace(gone)
    shutil.rmtree(gone, ignore_errors=True)


def progress(study: Study) -> Progress:
    """How far a study is, from its store."""
    running = is_running(study)  # before the store is read, so that a finished one is never taken for a broken one
    message = ""
    try:
        found = list(_statuses(study).values())
    except Exception as error:  # a damaged store is said, and breaks no page
        found, message = [], f"its runs cannot be read: {error}"
    total = 2 * study.asked.replicates
    done = sum(status == "done" for status in found)
    began = _read(study.folder / _STARTED)
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
            message = message or str(ended.get("message") or "its process ended without a word")
    left = _left(began, len(found), total) if state == RUNNING else None
    return Progress(state, done, len(found) - done, total, left, message)


def _left(began: Mapping[str, Any], there: int, total: int) -> float | None:
    made = there - int(began.get("already", 0))
    return (time.time() - float(began["time"])) / made * (total - there) if made > 0 else None


def _statuses(study: Study) -> dict[str, str]:
    from ..experiment.parquet_store import ParquetStore

    return ParquetStore(study.store).status()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


EXAMPLE = Asked("england-average", ("link-worker-everywhere",))
"""What the dashboard begins with where nothing is saved: its runs are the quickest."""


_FIRST = threading.Lock()


def first(home: Path) -> Study:
    """The newest study; if there is none, an example that is started now.

    Raises:
        StudyError: if the example cannot be written or started.
    """
    with _FIRST:
        there = list_studies(home)
        if there:
            return there[0]
        study = create(home, EXAMPLE)
        start(study)
        return study
