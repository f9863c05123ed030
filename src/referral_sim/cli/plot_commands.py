"""``referral-sim plot``: figures of a folder of results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .run_commands import FAILED, refuse_if

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Picture(StrEnum):
    """Format of the figures."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("plot", short_help="Draw the figures of a folder of results.")(plot)


def plot(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What --out of run, compare, sweep or calibrate has written.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; DIR/figures if not given. Files there are replaced.")
    ] = None,
    format_: Annotated[Picture, typer.Option("--format", help="Of the figures.")] = Picture.SVG,
) -> None:
    """Draw what DIR has tables for, and say where each figure is (extra figures)."""
    missing = [name for name in ("matplotlib",) if find_spec(name) is None]
    refuse_if([f"plot needs {', '.join(missing)}: pip install 'referral-sim[figures]'"] if missing else [])
    if not folder.is_dir():
        refuse_if([f"{folder}: there is no such folder"])
    target = out or folder / "figures"
    drawn = False
    for name, ax in _figures(folder):
        try:
            target.mkdir(parents=True, exist_ok=True)
            # No date in the file: the same tables give the same bytes.
            about = {"Date": None} if format_ is Picture.SVG else None
            _whole(ax).savefig(target / f"{name}.{format_.value}", dpi=150, metadata=about)
        except OSError as error:
            typer.echo(f"--out: {target}: {error.strerror}", err=True)
            raise typer.Exit(FAILED) from None
        typer.echo(f"written to {target / f'{name}.{format_.value}'}")
        drawn = True
    if not drawn:
        refuse_if([f"{folder}: no tables of run, compare, sweep or calibrate are in it"])


def _whole(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _figures(folder: Path) -> Iterator[tuple[str, Axes]]:
    """Name and axes of each figure that the folder's tables allow."""
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "referral-sim"
    if (folder / "measures.parquet").is_file():
        yield from _of_runs(folder)
    if (folder / "summary.parquet").is_file():
        yield from _of_comparison(folder)
    if (folder / "runs").is_dir() and (folder / "outcomes").is_dir():
        yield from _of_sweep(folder)
    if (folder / "tables" / "parameters.csv").is_file():
        yield from _of_calibration(folder)


def _of_runs(folder: Path) -> Iterator[tuple[str, Axes]]:
    import pandas as pd

    from .. import figures
    from ..comparison import compare, summarise

    measures, monthly = (pd.read_parquet(folder / f"{name}.parquet") for name in ("measures", "monthly"))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    authorities = {one["name"]: one.get("authority") for one in manifest["scenarios"]}
    parts = {
        str(name): compare(summarise(part), authorities.get(str(name))).assign(scenario=str(name))
        for name, part in measures.groupby("scenario", sort=False, observed=True)
    }
    table = pd.concat(parts.values(), ignore_index=True)
    for measure in ("referrals", "registrations"):
        yield f"profile-{measure}", figures.profile(table, measure=measure)
    yield "funnel", figures.funnel(table)
    yield "monthly-referrals", figures.monthly(monthly)
    for number, (name, part) in enumerate(parts.items()):
        yield f"sources-{number + 1}", _titled(figures.sources(part), name)
        yield f"loop-{number + 1}", _titled(figures.loop(monthly[monthly["scenario"] == name]), name)


def _of_comparison(folder: Path) -> Iterator[tuple[str, Axes]]:
    import pandas as pd

    from .. import figures

    summary = pd.read_parquet(folder / "summary.parquet")
    for number, (name, part) in enumerate(summary.groupby("scenario", sort=False, observed=True)):
        yield f"differences-{number + 1}", _titled(figures.differences(part), str(name))


def _of_sweep(folder: Path) -> Iterator[tuple[str, Axes]]:
    import pandas as pd

    from .. import figures
    from ..sweep.stores import TAKEN

    runs, outcomes = pd.read_parquet(folder / "runs"), pd.read_parquet(folder / "outcomes")
    keys = [c for c in runs.columns if c not in TAKEN and pd.api.types.is_numeric_dtype(runs[c])]
    levers = [key for key in keys if runs[key].nunique() > 1][:2]
    whole = outcomes[outcomes["group"] == "all"].merge(runs, on="run")
    few = [lever for lever in levers if whole[lever].nunique() <= 12]
    for measure, part in whole.groupby("measure", sort=False):
        for lever in few:
            yield f"response-{measure}-{lever}", _titled(figures.response(part, levers=(lever,)), str(measure))
        if len(few) == 2:
            yield f"response-{measure}", _titled(figures.response(part, levers=(few[0], few[1])), str(measure))


def _of_calibration(folder: Path) -> Iterator[tuple[str, Axes]]:
    import pandas as pd

    from .. import figures

    draw = {"parameters": figures.contraction, "predictions": figures.predictions, "coverage": figures.coverage}
    for name, function in draw.items():
        if (folder / "tables" / f"{name}.csv").is_file():
            yield name, function(pd.read_csv(folder / "tables" / f"{name}.csv"))


def _titled(ax: Axes, name: str) -> Axes:
    """The figure's title with a name that a user may have given, as text: a dollar begins no formula."""
    ax.set_title(f"{name}: {ax.get_title(loc='left')}".replace("$", r"\$"), fontsize=9, loc="left")
    return ax
