"""The command line ``referral-sim``; its exit statuses are those of :mod:`.app`.

Commands import what they need when they run, so that help comes at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from .app import INTERRUPTED, PROGRAM, app, remember, say

__all__ = ["app", "main"]

# The files that add their commands to the application; their order is that of the commands in the help.
for _file in ("run", "scenario", "evidence", "sweep", "answer", "report", "dashboard"):
    import_module(f".{_file}_commands", __name__)


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
        say([" ".join(message().split())], f"{PROGRAM}: error: ")
        status = getattr(error, "exit_code", 2)
    sys.exit(status if isinstance(status, int) else 0)
