"""Where scenario text comes from: preset names, files, and the chain that ``extends`` makes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import Fault, clipped
from .library import POLICIES, SCENARIOS, Shelf
from .nearest import did_you_mean, nearest
from .tree import Branch, Leaf, Place
from .yaml_text import read_yaml

LARGEST = 1_000_000
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Source:
    """A text that was found.

    Attributes:
        label: what messages call it: the path as the user wrote it, or ``preset NAME``, ``policy NAME``.
        identity: the same for the same file, however it was named.
        folder: where the relative paths in it start; None for files of the package.
        data: the bytes of the file.
    """

    label: str
    identity: str
    folder: Path | None
    data: bytes


class NotFoundError(Exception):
    """A source cannot be read; the message says why and what is near."""


def find(source: str | os.PathLike[str], folder: Path | None, shelf: Shelf = SCENARIOS) -> Source:
    """Find and read a file of the package or of the user.

    Args:
        source: a name of the package, or a path; a path object is always a file.
        folder: what a relative path starts from; None looks in the package only.
        shelf: the kind of file wanted.

    Raises:
        NotFoundError: if there is no such thing or it cannot be read.
    """
    known = shelf.files()
    if isinstance(source, str):
        name = source if folder is not None else source.removesuffix(".yaml")
        if name in known:
            label = f"{shelf.word} {name}"
            return Source(label, label, None, known[name].read_bytes())
    if folder is None:
        hint = did_you_mean(str(source), known) or f"; the {shelf.plural} are {', '.join(known)}"
        raise NotFoundError(f"there is no {shelf.word} {clipped(str(source))!r}{hint}")
    path = folder / source
    return Source(str(path), _identity(path), path.parent, _read(path, source, shelf))


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


def _read(path: Path, source: str | os.PathLike[str], shelf: Shelf) -> bytes:
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
        raise NotFoundError(f"there is no file or {shelf.word} {name}{_similar(path, source, shelf)}") from None
    except PermissionError:
        raise NotFoundError(f"no permission to read {name}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotFoundError(f"{name} cannot be read: {str(reason).lower()}") from None
    if len(data) > LARGEST:
        message = f"{name} is larger than {LARGEST:,} bytes; scenarios are a few kilobytes"
        raise NotFoundError(message)
    return data


def _similar(path: Path, source: str | os.PathLike[str], shelf: Shelf) -> str:
    """A hint at something of the package or a file beside the missing one."""
    known = shelf.files()
    if shelf is SCENARIOS and str(source) in POLICIES.files():
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
    return f"; the {shelf.plural} are {', '.join(known)}" if known else ""


def _inside(path: Path) -> str:
    try:
        names = sorted(item.name for item in path.iterdir() if item.suffix in _ENDINGS)
    except OSError:
        return ""
    return f"; it holds {', '.join(clipped(name) for name in names[:5])}" if names else ""


@dataclass(frozen=True)
class Layer:
    """One file of a scenario.

    Attributes:
        tree: what it says, without ``extends``.
        folder: where the relative paths in it start; None for presets.
    """

    tree: Branch
    folder: Path | None


@dataclass(frozen=True)
class Chain:
    """The files of a scenario, the one that extends nothing first, and what was wrong with them.

    Attributes:
        layers: one a file.
        faults: what was found while reading.
        complete: every file of the chain could be read.
    """

    layers: tuple[Layer, ...]
    faults: tuple[Fault, ...]
    complete: bool


def read_chain(source: str | os.PathLike[str]) -> Chain:
    """Read a scenario file and everything that it extends."""
    layers: list[Layer] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    wanted: str | os.PathLike[str] | None = source
    folder: Path | None = Path()
    at = Place(os.fspath(source), 1, 1)
    key = ""
    while wanted is not None:
        try:
            found = find(wanted, folder)
            if found.identity in seen:
                labels = list(seen.values())
                circle = labels[list(seen).index(found.identity) :]
                chain = " -> ".join([*circle, found.label])
                raise NotFoundError(f"the files extend each other in a circle: {chain}")
        except NotFoundError as error:
            faults.append(Fault(at.file, at.line, at.column, key, str(error)))
            return Chain(tuple(layers), tuple(faults), False)
        seen[found.identity] = found.label
        tree, more = parse(found, "scenario")
        faults += more
        if tree is None:
            return Chain(tuple(layers), tuple(faults), False)
        parent = tree.entries.get("extends")
        layers.insert(0, Layer(tree.without("extends"), found.folder))
        if parent is None:
            break
        at, key, folder = parent.place or at, "extends", found.folder
        if not isinstance(parent, Leaf) or not isinstance(parent.value, str) or not parent.value:
            message = "must be the name of a preset or of a file, as text"
            faults.append(Fault(at.file, at.line, at.column, key, message))
            return Chain(tuple(layers), tuple(faults), False)
        wanted = parent.value
    return Chain(tuple(layers), tuple(faults), True)


def parse(source: Source, word: str) -> tuple[Branch | None, list[Fault]]:
    """The tree of a file, or None with the reason.

    Args:
        source: the file.
        word: what messages call such a file: scenario, policy, programme.
    """

    def fault(message: str, line: int = 1, column: int = 1) -> tuple[None, list[Fault]]:
        return None, [Fault(source.label, line, column, "", message)]

    if source.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return fault("this file is UTF-16 text; save it as UTF-8")
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source.data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return fault(f"this is not UTF-8 text (byte 0x{source.data[error.start]:02x})", line, column)
    tree, faults = read_yaml(text, lambda line, column, _index: Place(source.label, line + 1, column + 1))
    if isinstance(tree, Branch):
        return tree, faults
    if faults:
        return None, faults
    if tree is None or (isinstance(tree, Leaf) and tree.value is None):
        example = "name" if word == "scenario" else "title"
        return fault(f"this file is empty; a {word} needs at least one key, such as {example}")
    what = "a single value" if isinstance(tree, Leaf) else "a list"
    return fault(f"a {word} is a mapping of keys, not {what}")
