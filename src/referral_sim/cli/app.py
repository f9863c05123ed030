"""The application that the files of commands add to, and the one way in which a command says that it cannot go on.

Exit status: 0 all well, 1 a run failed or results could not be written, 2 something asked for is wrong (an option, a
scenario, a folder), 130 interrupted. Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from .. import __version__

PROGRAM = "referral-sim"
FAILED, REFUSED, INTERRUPTED = 1, 2, 130
KNOWN_ERRORS = {
    "DrawsError": ("--draws: ", REFUSED),
    "ExportError": ("", REFUSED),
    "FolderError": ("--out: ", REFUSED),
    "OtherCalibrationError": ("--out: ", REFUSED),
    "OtherPlanError": ("", REFUSED),
    "ResultsError": ("", REFUSED),
    "RunsFailedError": ("run failed: ", FAILED),
    "ScenarioError": ("", REFUSED),
    "StoreError": ("--out: ", FAILED),
    "WorkersError": ("stopped: ", FAILED),
}
"""The package's errors that are no fault of the program: class -> what stands before each line, exit status.

Named by text, so that no command loads what it does not need; no two classes of the package share a name.
"""
_words: ContextVar[tuple[str, ...]] = ContextVar("words", default=())


def say(lines: Iterable[str], before: str = "") -> None:
    """Print lines on stderr, each with the same words before it; control characters become escapes."""
    from ..scenario.errors import visible

    for line in lines:
        typer.echo(visible(before + line), err=True)


def fail(lines: Iterable[str], status: int = REFUSED, before: str = "") -> NoReturn:
    """Say what is wrong, one line a fault, and end the command.

    Args:
        lines: what is wrong.
        status: exit status.
        before: what stands before each line.
    """
    say(lines, before)
    raise typer.Exit(status)


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn an interruption and the errors of :data:`KNOWN_ERRORS` into lines on stderr and an exit status."""
    try:
        yield
    except KeyboardInterrupt as stop:
        fail(["; ".join(["interrupted", *map(str, stop.args)])], INTERRUPTED)
    except Exception as error:
        for kind in type(error).__mro__:
            if kind.__name__ in KNOWN_ERRORS and kind.__module__.startswith("referral_sim."):
                before, status = KNOWN_ERRORS[kind.__name__]
                fail(str(error).splitlines(), status, before)
        raise


@contextmanager
def resumable() -> Iterator[None]:
    """For commands that continue where they were: SIGTERM counts as Ctrl-C, and an interruption says how to go on."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command goes on") from None
    finally:
        signal.signal(signal.SIGTERM, before)


def require(libraries: Sequence[str], sentence: str, extra: str) -> None:
    """End the command if a library is not installed.

    Args:
        libraries: names of modules.
        sentence: how the message begins, with ``{missing}`` where the names of those that are missing go.
        extra: of this package, which brings them.
    """
    from importlib.util import find_spec

    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        fail([f'{sentence.format(missing=", ".join(missing))}: pip install "referral-sim[{extra}]"'])


def remember(words: Sequence[str]) -> None:
    """Keep the words of the command line, for :func:`command_line`."""
    _words.set(tuple(words))


def examples(*lines: str) -> str:
    """The end of a command's help: lines that somebody can type, without the program's name."""
    return "\n".join(["\b", "Examples:", *(f"  {PROGRAM} {line}" for line in lines)])


def given(context: typer.Context) -> list[str]:
    """The options of a command that stand on its command line, as they are written (``--set``)."""
    return [
        max(parameter.opts, key=len)
        for parameter in context.command.params
        if parameter.name is not None
        and parameter.param_type_name == "option"
        and getattr(context.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    ]


def command_line() -> str:
    """The command as somebody would give it again, for a manifest."""
    return shlex.join([PROGRAM, *_words.get()])


class _Commands(TyperGroup):
    """The commands; what goes wrong in any of them is reported in the same way.

    Typer takes a KeyboardInterrupt that gets as far as itself for its own, in each release in another way.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command; its help names arguments without the types of Python that some releases of typer add."""
        found = super().get_command(ctx, cmd_name)
        for parameter in found.params if found is not None else ():
            if parameter.param_type_name == "argument":
                parameter.display_type_rich = lambda ctx: None  # type: ignore[attr-defined]
        return found

    def invoke(self, ctx: Any) -> Any:
        with reporting_errors():
            return super().invoke(ctx)


app = typer.Typer(
    name=PROGRAM,
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Simulate how concerns about young children travel between Sure Start and social services.",
    epilog=examples("run midtown", "compare midtown --policy family-support-panel", "scenarios policies", "run --help"),
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
