"""What comes with the package, by kind: presets, policies, points of the continuum, programmes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = "scenarios"


@dataclass(frozen=True)
class Shelf:
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


SCENARIOS = Shelf("preset", "presets", ("authorities",))
CONTINUUM = Shelf("point of the continuum", "points of the continuum", ("continuum",))
POLICIES = Shelf("policy", "policies", ("policies", "continuum"))
PROGRAMMES = Shelf("programme", "programmes", ("programmes",))


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
