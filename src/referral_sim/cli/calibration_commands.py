"""``referral-sim calibrate``: which values go with the published figures, and how sure that is."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..experiment.executors import usable_cores
from .app import app, fail, require, resumable, say
from .options import Workers

POOR = 3


class PosteriorMethod(StrEnum):
    """How the posterior is found."""

    EMULATOR = "emulator"
    NEURAL = "neural"


@app.command("calibrate", short_help="Find the values that go with the published figures.")
def calibrate(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The calibration's YAML file (docs/calibration.md).")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="A new or empty folder, or one that this calibration has begun to fill.")
    ],
    method: Annotated[
        PosteriorMethod, typer.Option(help="neural adds a neural posterior on the same runs (extra neural).")
    ] = PosteriorMethod.EMULATOR,
    workers: Workers = None,
) -> None:
    """Calibrate scenarios to published figures. The same command goes on where it was.

    Writes README.md (the report), tables/ and draws.parquet to DIR. Exit status 3: the fit is poor, and the report
    names the figures that do not fit.
    """
    neural = method is PosteriorMethod.NEURAL
    libraries = ["sklearn", "emcee", "SALib", "jinja2"] + (["sbi"] if neural else [])
    require(libraries, "calibrate needs {missing}", "neural" if neural else "calibration")
    from ..calibration.calibrate import calibrate as calibrated
    from ..calibration.calibration_file import load_calibration
    from ..experiment.process_executor import ProcessExecutor

    with resumable():
        executor = ProcessExecutor(workers or usable_cores())
        result = calibrated(load_calibration(plan), out, executor, method.value, lambda line: say([line]))
    typer.echo(f"report in {out / 'README.md'}, draws in {out / 'draws.parquet'}")
    if result.misfits:
        fail(result.misfits, POOR, "does not fit: ")
