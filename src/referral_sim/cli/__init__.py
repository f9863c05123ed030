"""The command line ``referral-sim``.

Exit status: 0 all well, 1 a run failed or results could not be written, 2 something asked for is wrong
(an option, a scenario, a folder), 130 interrupted. Results go to stdout, everything else to stderr.
Commands import what they need when they run, so that help comes at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from . import (
    calibration_commands,
    compare_commands,
    dashboard_commands,
    evidence_commands,
    pattern_commands,
    plot_commands,
    report_commands,
    run_commands,
    scenario_commands,
    study_commands,
    sweep_commands,
)
from .options import PROGRAM, remember

INTERRUPTED = 130


class _Commands(TyperGroup):
    """The commands; Ctrl-C in any of them is one line on stderr and exit status 130.

    Typer takes a KeyboardInterrupt that gets as far as itself for its own, in each release in another way.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            typer.echo("; ".join(["interrupted", *map(str, stop.args)]), err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name=PROGRAM,
    cls=_Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Simulate how concerns about young children travel between Sure Start and social services.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


run_commands.register(app)
compare_commands.register(app)
scenario_commands.register(app)
evidence_commands.register(app)
pattern_commands.register(app)
study_commands.register(app)
sweep_commands.register(app)
calibration_commands.register(app)
plot_commands.register(app)
dashboard_commands.register(app)
report_commands.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process; a wrong option is one line on stderr and exit status 2.

    Args:
        arguments: words after the program's name; the process's own if not given.

    Raises:
        SystemExit: always, with the exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    remember(words)
    try:
        status = app(words, prog_name=PROGRAM, standalone_mode=False)
    except typer.Abort:
        status = INTERRUPTED
    except Exception as error:
        # The class of such an error is not the same in all releases of typer; its method is.
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        from ..scenario.errors import visible

        typer.echo(f"{PROGRAM}: error: {visible(' '.join(message().split()))}", err=True)
        status = getattr(error, "exit_code", 2)
    sys.exit(status if isinstance(status, int) else 0)
