"""Functions that worker processes apply; apart, so that such a process begins without the libraries of the model."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def double(n: int) -> int:
    return 2 * n


def troubled(word: str) -> str:
    """Does what the word says: raise, hang, eat, die, or come back."""
    if word == "raise":
        raise ValueError("no families\nhere")
    while word == "hang":
        time.sleep(1.0)
    if word == "eat":
        return str(len(bytearray(400_000_000)))
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "odd":
        return lambda: word  # type: ignore[return-value]
    return word


def dies_once(path: str) -> str:
    """Dies the first time that it is applied to a path."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def stuck(n: int) -> int:
    """Hours in compiled code that gives no other thread its turn."""
    print("stuck", flush=True)
    return 7 ** (10**9 + n)
