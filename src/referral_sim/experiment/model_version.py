"""Which version of the model made the numbers, and of the libraries below it."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

from .. import __version__

ROOMS = ("scenario", "world", "records", "state.py", "pathway", "agents", "measures", "model.py", "recording.py")
"""What decides on the numbers of a run, besides its scenario."""


@cache
def model_version() -> str:
    """Version of the package and a digest of what decides on the numbers: ``0.1.0+3f9a2c1d``.

    The digest covers the code of the model's rooms, so that runs of an edited model are never mixed with others.
    """
    digest = hashlib.sha256()
    package = resources.files("referral_sim")
    for name in ROOMS:
        for path, text in sorted(_texts(package.joinpath(name), name)):
            digest.update(f"{path}\0".encode() + text + b"\0")
    return f"{__version__.split('+')[0]}+{digest.hexdigest()[:12]}"


def _texts(item: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if item.is_dir():
        for child in item.iterdir():
            yield from _texts(child, f"{path}/{child.name}")
    elif path.endswith(".py"):
        yield path, item.read_bytes()


def versions() -> dict[str, str]:
    """Versions of all that a run's numbers may depend on."""
    libraries = {name: metadata.version(name) for name in ("numpy", "pandas", "mesa")}
    return {"referral-sim": __version__, "python": platform.python_version(), **libraries}
