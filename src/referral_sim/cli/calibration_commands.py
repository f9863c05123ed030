"""``referral-sim calibrate``: which values go with the published figures, and how sure that is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..experiment.executors import usable_cores
from .options import Workers
from .run_commands import REFUSED
from .sweep_commands import ended

POOR = 3


class Method(StrEnum):
    """How the posterior is found."""

    EMULATOR = "emulator"
    NEURAL = "neural"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("calibrate", short_help="Find the values that go with the published figures.")(calibrate)


def calibrate(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The calibration's YAML file (docs/calibration.md).")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="A new or empty folder, or one that this calibration has begun to fill.")
    ],
    method: Annotated[
        Method, typer.Option(help="neural adds a neural posterior on the same runs (extra neural).")
    ] = Method.EMULATOR,
    workers: Workers = None,
) -> None:
    """Calibrate scenarios to published figures. The same command goes on where it was.

    Writes README.md (the report), tables/ and draws.parquet to DIR. Exit status 3: the fit is poor, and the report
    names the figures that do not fit.
    """
    wanted = ["sklearn", "emcee", "SALib"] + (["sbi"] if method is Method.NEURAL else [])
    _installed(wanted, "neural" if method is Method.NEURAL else "calibration")
    from ..calibration.inputs import load_calibration
    from ..calibration.run import OtherCalibrationError
    from ..calibration.run import calibrate as calibrated
    from ..experiment.process_executor import ProcessExecutor

    with ended():
        asked = load_calibration(plan)
        try:
            result = calibrated(asked, out, ProcessExecutor(workers or usable_cores()), method.value, _tell)
        except OtherCalibrationError as error:
            typer.echo(f"--out: {error}", err=True)
            raise typer.Exit(REFUSED) from None
    typer.echo(f"report in {out / 'README.md'}, draws in {out / 'draws.parquet'}")
    for line in result.misfits:
        typer.echo(f"does not fit: {line}", err=True)
    if result.misfits:
        raise typer.Exit(POOR)


def _installed(names: list[str], extra: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in names if find_spec(name) is None]
    if missing:
        typer.echo(f"calibrate needs {', '.join(missing)}: pip install 'referral-sim[{extra}]'", err=True)
        raise typer.Exit(REFUSED)


def _tell(line: str) -> None:
    typer.echo(line, err=True)
