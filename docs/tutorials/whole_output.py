"""The cell magic ``%%bash`` of the tutorials: as IPython's, but what a command prints is shown in one piece.

A command that ends with another status than 0 is an error, and ends the building of the site.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Put the magic into a notebook: ``%load_ext whole_output``."""

    def bash(line: str, cell: str) -> None:
        ended = subprocess.run(["bash", "-c", cell], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        sys.stdout.write(ended.stdout)
        ended.check_returncode()

    shell.register_magic_function(bash, "cell")
