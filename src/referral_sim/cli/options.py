"""Commands with many options: the options are a dataclass, and the command takes one of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import MISSING, fields
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

Asked = TypeVar("Asked")
PROGRAM = "referral-sim"
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


_words: ContextVar[tuple[str, ...]] = ContextVar("words", default=())


def remember(words: Sequence[str]) -> None:
    """Keep the words of the command line, for :func:`command_line`."""
    _words.set(tuple(words))


def command_line() -> str:
    """The command as somebody would give it again, for a manifest."""
    return shlex.join([PROGRAM, *_words.get()])


def takes(options: type[Asked]) -> Callable[[Callable[[Asked], None]], Callable[..., None]]:
    """Make a command of a function of one dataclass.

    Each field of the dataclass is an argument or option of the command, as its ``Annotated`` type says; a field
    without a default is required.

    Args:
        options: the dataclass; its types must be importable from its module.
    """

    def command_of(function: Callable[[Asked], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            function(options(**given))

        hints = get_type_hints(options, include_extras=True)
        command.__signature__ = Signature(  # type: ignore[attr-defined]
            [
                Parameter(
                    field.name,
                    Parameter.KEYWORD_ONLY,
                    default=Parameter.empty if field.default is MISSING else field.default,
                    annotation=hints[field.name],
                )
                for field in fields(options)  # type: ignore[arg-type]
            ]
        )
        command.__annotations__ = hints
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        return command

    return command_of
