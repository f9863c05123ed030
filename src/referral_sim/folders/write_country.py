"""The folder that ``country --out`` writes, whole or not at all: tables as CSV, scenario files, figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..experiment.country import CountryResult
from ..experiment.drawn_authorities import scenario_text
from ..experiment.draws import Draws
from ..experiment.export import frame_without_formulas
from ..experiment.manifest import MANIFEST, described, write_manifest
from ..experiment.model_version import versions
from .write_folder import whole_folder


def write_country(
    target: Path,
    result: CountryResult,
    draws: Draws,
    asked: Mapping[str, Any],
    more: Mapping[str, bytes],
    overwrite: bool = False,
) -> None:
    """Write tables, scenarios and figures, with a manifest.

    ``national.csv``, ``effects.csv`` (with a policy) and ``authorities.csv`` (a row a run, with what was drawn for the
    authority) have the columns of :class:`~..experiment.country.CountryResult`. ``authorities/NAME.yaml`` is each
    authority under the draw of its first replicate, a scenario file that runs alone with the authority's seed.

    Args:
        target: what :func:`~.write_folder.checked_folder` returned.
        result: what to write.
        draws: that the runs were made under.
        asked: for the manifest: command and draws.
        more: name -> bytes of further files: figures.
        overwrite: what the folder holds is replaced.

    Raises:
        FolderError: if it could not be written; then nothing of it remains.
    """
    tables = {"national": result.national(), "authorities": _authorities(result)}
    if result.policies:
        tables["effects"] = result.effects()
    with whole_folder(target, overwrite) as part:
        (part / "authorities").mkdir()
        files = {}
        for name, table in tables.items():
            frame_without_formulas(table).to_csv(part / f"{name}.csv", index=False, lineterminator="\n")
            files[f"{name}.csv"] = described(part / f"{name}.csv", len(table))
        for name, data in more.items():
            (part / name).write_bytes(data)
            files[name] = described(part / name, 0)
        for one in result.authorities:
            name = f"authorities/{one.name}.yaml"
            (part / name).write_text(scenario_text(one.tree_under(draws)), "utf-8")
            files[name] = described(part / name, 0)
        about = {"created": datetime.now(UTC).isoformat(timespec="seconds"), "versions": versions(), **asked}
        about |= {"seed": result.seed, "replicates": result.replicates, "title": result.country.title}
        write_manifest(part / MANIFEST, {**about, "files": files})


def _authorities(result: CountryResult) -> pd.DataFrame:
    """Counts of each run, and what was drawn for the authority."""
    drawn = pd.DataFrame(
        [
            {
                "authority": one.name, **one.values, "programmes": one.programmes, "posts": sum(one.teams),
                "teams": len(one.teams), "own_values_of": one.own_values_of, "draw": one.draw, "seed": one.seed,
            }
            for one in result.authorities
        ]
    )  # fmt: skip
    return result.counts.merge(drawn, on="authority", how="left", validate="many_to_one")
