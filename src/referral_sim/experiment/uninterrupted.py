"""What must not be left half done when somebody stops the command."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until what is inside is done; then they do what they do elsewhere.

    Holds for signals that Python handles, which is in the main thread; elsewhere, and inside itself, it does nothing.
    What is inside should take a second at most.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: found for number in _ENDING if callable(found := signal.getsignal(number))}
    came: list[tuple[int, FrameType | None]] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))

    try:
        for number in before:
            signal.signal(number, wait)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            handler = before[signal.Signals(came[0][0])]
            assert callable(handler)
            handler(*came[0])
