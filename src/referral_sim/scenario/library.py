"""Files that a user may name: those that come with the package, by kind, and the user's own, by path."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import clipped, did_you_mean, nearest

FOLDER = "scenarios"
LARGEST = 1_000_000
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class LibraryFolder:
    """One kind of file that comes with the package.

    Attributes:
        word: what messages call one of them.
        plural: what messages call several.
        folders: the folders of ``scenarios/`` that hold them.
    """

    word: str
    plural: str
    folders: tuple[str, ...]

    def files(self) -> dict[str, Path]:
        """Name -> file, in alphabetical order."""
        return _files(self.folders)


SCENARIOS = LibraryFolder("preset", "presets", ("authorities",))
CONTINUUM = LibraryFolder("point of the continuum", "points of the continuum", ("continuum",))
POLICIES = LibraryFolder("policy", "policies", ("policies", "continuum"))
PROGRAMMES = LibraryFolder("programme", "programmes", ("programmes",))
COUNTRIES = LibraryFolder("country", "countries", ("countries",))


def library_folder() -> Path:
    """The folder ``scenarios/``: inside an installed package, or beside ``src/`` in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / FOLDER
    return inside if inside.is_dir() else package.parents[1] / FOLDER


@cache
def _files(folders: tuple[str, ...]) -> dict[str, Path]:
    found = {}
    for name in folders:
        found.update({item.name: item for item in (library_folder() / name).glob("*.yaml")})
    return {name.removesuffix(".yaml"): found[name] for name in sorted(found)}


@dataclass(frozen=True)
class FoundFile:
    """A text that was found.

    Attributes:
        name: of the package, or the file's without its ending.
        label: what messages call it: the path as the user wrote it, or ``preset NAME``, ``policy NAME``.
        identity: the same for the same file, however it was named.
        folder: where the relative paths in it start; None for files of the package.
        data: the bytes of the file.
    """

    name: str
    label: str
    identity: str
    folder: Path | None
    data: bytes


class NotFoundError(Exception):
    """A source cannot be read; the message says why and what is near."""


def find(source: str | os.PathLike[str], folder: Path | None, library: LibraryFolder = SCENARIOS) -> FoundFile:
    """Find and read a file of the package or of the user.

    Args:
        source: a name of the package, or a path; a path object is always a file.
        folder: what a relative path starts from; None looks in the package only.
        library: the kind of file wanted.

    Raises:
        NotFoundError: if there is no such thing or it cannot be read.
    """
    known = library.files()
    if isinstance(source, str):
        name = source if folder is not None else source.removesuffix(".yaml")
        if name in known:
            label = f"{library.word} {name}"
            return FoundFile(name, label, label, None, known[name].read_bytes())
    if folder is None:
        hint = did_you_mean(str(source), known) or f"; the {library.plural} are {', '.join(known)}"
        raise NotFoundError(f"there is no {library.word} {clipped(str(source))!r}{hint}")
    path = folder / source
    return FoundFile(Path(source).stem, str(path), _identity(path), path.parent, _read(path, source, library))


def split_policies(source: str | os.PathLike[str]) -> tuple[str | os.PathLike[str], list[str]]:
    """A scenario and the policies that its name asks for: ``a+b+c`` is ``a`` under ``b`` and ``c``.

    A preset or file whose own name holds a ``+`` is taken as it is.
    """
    parts = source.split("+") if isinstance(source, str) else []
    if not isinstance(source, str) or len(parts) < 2 or not all(parts) or _is_there(source):
        return source, []
    heads = ["+".join(parts[:n]) for n in range(1, len(parts))]
    head = next((h for h in heads if _is_there(h)), parts[0] if os.sep not in parts[0] else source)
    rest = source[len(head) + 1 :]
    return head, rest.split("+") if head != source else []


def _is_there(source: str) -> bool:
    try:
        return source in SCENARIOS.files() or Path(source).is_file()
    except (OSError, ValueError):
        return False


def _identity(path: Path) -> str:
    try:
        return str(path.resolve())
    except (OSError, RuntimeError, ValueError):
        return str(path)


def _read(path: Path, source: str | os.PathLike[str], library: LibraryFolder) -> bytes:
    name = repr(clipped(str(source), 200))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise NotFoundError(f"{name} is a directory, not a file{_inside(path)}")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise NotFoundError(f"{name} is not a regular file")
        with path.open("rb") as handle:
            data = handle.read(LARGEST + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file or {library.word} {name}{_similar(path, source, library)}") from None
    except PermissionError:
        raise NotFoundError(f"no permission to read {name}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotFoundError(f"{name} cannot be read: {str(reason).lower()}") from None
    if len(data) > LARGEST:
        message = f"{name} is larger than {LARGEST:,} bytes; scenarios are a few kilobytes"
        raise NotFoundError(message)
    return data


def _similar(path: Path, source: str | os.PathLike[str], library: LibraryFolder) -> str:
    """A hint at something of the package or a file beside the missing one."""
    known = library.files()
    if library is SCENARIOS and str(source) in POLICIES.files():
        return f"; it is a policy: write --policy {source} after a scenario, or policies: [{source}] in a file"
    here: dict[str, str] = {}
    try:
        for item in sorted(path.parent.iterdir()):
            if item.suffix in _ENDINGS:
                here[item.name] = str(Path(source).with_name(item.name))
                here.setdefault(item.stem, here[item.name])
    except (OSError, ValueError):
        pass
    options = {**here, **{name: name for name in known}}
    close = nearest(path.name, options) or nearest(path.stem, options)
    if close is not None:
        return f" (did you mean {options[close]!r}?)"
    return f"; the {library.plural} are {', '.join(known)}" if known else ""


def _inside(path: Path) -> str:
    try:
        names = sorted(item.name for item in path.iterdir() if item.suffix in _ENDINGS)
    except OSError:
        return ""
    return f"; it holds {', '.join(clipped(name) for name in names[:5])}" if names else ""
