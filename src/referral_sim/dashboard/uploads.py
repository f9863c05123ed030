"""Uploaded scenario and policy files: named harmlessly, checked as the command line checks them, never read elsewhere.

An uploaded file is a name made here and a text. It may name files of the package and other uploads, and nothing else.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..scenario import ScenarioError, load_scenario
from ..scenario.documents import decode
from ..scenario.errors import Fault, visible
from ..scenario.library import SCENARIOS
from ..scenario.named_layers import PolicyFile, read_policy

LARGEST = 200_000
"""Bytes of an uploaded file; scenarios are a few kilobytes."""
_NAMES_FILES = ("extends", "policies", "like", "continuum")
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.yaml)?")
_OWN = re.compile(r"(baseline|alternative-\d+|plan)\.yaml")
_ONLY_OF_POLICIES = set(PolicyFile.model_fields) - {"title", "description", "indicators"}


def harmless_name(given: str) -> str:
    """A name for an uploaded file: of letters, digits, - and _ alone, without folders, ending with .yaml."""
    last = PurePosixPath(given.replace("\\", "/")).name
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", re.sub(r"\.ya?ml$", "", last, flags=re.IGNORECASE)).strip("-_")[:40]
    name = f"{stem or 'file'}.yaml"
    return f"my-{name}" if _OWN.fullmatch(name) or name.removesuffix(".yaml") in SCENARIOS.files() else name


def decoded(data: bytes) -> tuple[str, list[str]]:
    """The text of an uploaded file, or what is wrong with it."""
    if len(data) > LARGEST:
        return "", [f"the file has {len(data):,} bytes; at most {LARGEST:,} are allowed"]
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return "", ["the file is no text in UTF-8"]


def faults(name: str, text: str, others: Mapping[str, str]) -> list[str]:
    """What is wrong with an uploaded file, as the command line says it, one line a fault.

    Args:
        name: of the file, as :func:`harmless_name` gives it.
        text: what it holds.
        others: name -> text of the uploaded files, which it may name.
    """
    if not _HARMLESS.fullmatch(name) or not name.endswith(".yaml") or _OWN.fullmatch(name):
        return [f"{visible(name)!r} is no name of an uploaded file"]
    if len(text.encode()) > LARGEST:
        return [f"{name}: the file is larger than {LARGEST:,} bytes"]
    document, found = decode(text.encode(), name, "file")
    if document is None or found:
        return [str(fault) for fault in found]
    strange = [word for word in _named(document.values) if not _HARMLESS.fullmatch(word)]
    if strange:
        return [f"{name}: {visible(word)!r} is neither of the package nor an uploaded file" for word in strange]
    with tempfile.TemporaryDirectory() as folder:
        for one, said in {**others, name: text}.items():
            (Path(folder) / harmless_name(one)).write_text(said, encoding="utf-8")
        wrong: list[Fault] = []
        if is_policy(text):
            wrong = read_policy(name, Path(folder))[1]
        else:
            try:
                load_scenario(Path(folder) / name)
            except ScenarioError as error:
                wrong = list(error.faults)
        return [str(fault) for fault in without_folder(wrong, folder)]


def without_folder(faults: Iterable[Fault], folder: str) -> list[Fault]:
    """Faults of files in a folder that nobody knows of, without its name."""
    before = re.compile(re.escape(folder) + r"[/\\]")
    return [replace(one, file=before.sub("", one.file), message=before.sub("", one.message)) for one in faults]


def needed(names: Iterable[str], files: Mapping[str, str]) -> dict[str, str]:
    """Of uploaded files, those of some names, and those that they name in turn."""
    found: dict[str, str] = {}
    left = [name for name in names if name in files]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = files[name]
            left += [other for other in _named(_values(files[name])) if other in files]
    return dict(sorted(found.items()))


def is_policy(text: str) -> bool:
    """Whether a file is a policy: it has a key that policies alone have. Else it is a scenario."""
    return bool(_ONLY_OF_POLICIES & set(_values(text)))


def title_of(name: str, files: Mapping[str, str]) -> str:
    """The title that an uploaded file gives itself, or else its name."""
    title = _values(files.get(name, "")).get("title")
    return " ".join(title.split()) if isinstance(title, str) and title.strip() else name.removesuffix(".yaml")


def _values(text: str) -> dict[str, Any]:
    document, _ = decode(text.encode(), "file", "file")
    return document.values if document is not None and isinstance(document.values, dict) else {}


def _named(value: Any, key: str = "") -> Iterator[str]:
    """The words of a document that name other files."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _named(one, name)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _named(one, key)
    elif isinstance(value, str) and key in _NAMES_FILES:
        yield value
