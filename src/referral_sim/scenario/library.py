"""What comes with the package, by kind: presets, policies, points of the continuum, programmes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Shelf:
    """One kind of file that comes with the package.

    Attributes:
        word: what messages call one of them.
        plural: what messages call several.
        folders: the folders of ``presets/`` that hold them; the empty text is ``presets/`` itself.
    """

    word: str
    plural: str
    folders: tuple[str, ...]

    def files(self) -> dict[str, Traversable]:
        """Name -> file, in alphabetical order."""
        return _files(self.folders)


SCENARIOS = Shelf("preset", "presets", ("",))
CONTINUUM = Shelf("point of the continuum", "points of the continuum", ("continuum",))
POLICIES = Shelf("policy", "policies", ("policies", "continuum"))
PROGRAMMES = Shelf("programme", "programmes", ("programmes",))


def package_file(*path: str) -> Traversable:
    """A file or folder of ``presets/``."""
    return resources.files("referral_sim").joinpath("presets", *path)


@cache
def _files(folders: tuple[str, ...]) -> dict[str, Traversable]:
    found = {}
    for name in folders:
        folder = package_file(name) if name else package_file()
        if folder.is_dir():
            found.update({item.name: item for item in folder.iterdir() if item.name.endswith(".yaml")})
    return {name.removesuffix(".yaml"): found[name] for name in sorted(found)}
