"""The command line ``referral-sim``; its exit statuses are those of :mod:`.app`.

Commands import what they need when they run, so that help comes at once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from .app import FAILED, INTERRUPTED, PROGRAM, REFUSED, app, remember, say

__all__ = ["app", "main"]

# The files that add their commands to the application; their order is that of the commands in the help.
for _file in ("run", "country", "scenario", "evidence", "sweep", "answer", "report", "dashboard"):
    import_module(f".{_file}_commands", __name__)


NO_ROOM = (errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EFBIG)
"""Faults of a stream that is full or closed."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process; a wrong option is one line on stderr and exit status 2.

    Args:
        arguments: words after the program's name; the process's own if not given.

    Raises:
        SystemExit: always, with the exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    remember(words)
    if sys.stderr is None:  # there is nobody to speak to; no file that is opened later may take its place
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as the process lives
    if sys.stdout is None:  # as Python has it where the process was started without one
        say(["standard output is closed"], f"{PROGRAM}: error: ")
        sys.exit(FAILED)
    if strange := [word for word in words if not _is_unicode(word)]:
        say([f"{strange[0]} is not UTF-8; give it another name"], f"{PROGRAM}: error: ")
        sys.exit(REFUSED)
    try:
        status = app(words, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        status = INTERRUPTED
    except OSError as error:
        if error.filename is not None:  # a name that is too long, a folder that may not be entered
            say([f"{os.fsdecode(error.filename)}: {error.strerror}"], f"{PROGRAM}: error: ")
            status = REFUSED
        elif error.errno in NO_ROOM:
            say([f"standard output cannot be written: {error.strerror}"], f"{PROGRAM}: error: ")
            _let_go_of_stdout()
            status = FAILED
        else:
            raise
    except MemoryError:
        say(["there is not enough memory"], f"{PROGRAM}: error: ")
        status = FAILED
    except ImportError as error:  # of a library: its files are damaged, or there is no memory for it
        say([f"a library cannot be loaded: {' '.join(str(error).split())}"], f"{PROGRAM}: error: ")
        status = FAILED
    except Exception as error:
        # The class of such an error is not the same in all releases of typer; its method is.
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        say([" ".join(message().replace("Value error, ", "").split())], f"{PROGRAM}: error: ")
        status = getattr(error, "exit_code", 2)
    sys.exit(status if isinstance(status, int) else 0)


def _is_unicode(text: str) -> bool:
    """Whether a word can be written in UTF-8, as the names in files of results are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _let_go_of_stdout() -> None:
    """Send to nowhere what is still to be written, so that the end of the process does not try again."""
    with contextlib.suppress(OSError, ValueError):  # a stream in memory has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
