"""Options that several commands have, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HIGHEST_SEED = 2**32 - 1

Seed = Annotated[int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of all randomness; 0 is a seed.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value in every scenario; may be repeated."),
]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the results to this new or empty folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; as many as usable cores if not given.")]
DrawsFrom = Annotated[
    str | None,
    typer.Option(
        "--draws", metavar="DIR", help="Replicates run under draws of a calibration: its folder, or 'shipped'."
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Show every measure and group.")]
