"""Prints the lowest versions that pyproject.toml allows of what the package itself needs, as constraints for pip.

python tests/lowest.py > lowest.txt
"""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
extras = project["optional-dependencies"]
needed = project["dependencies"] + [line for extra in extras if extra not in ("test", "docs") for line in extras[extra]]
for line in sorted(set(needed)):
    if found := re.match(r"([\w.-]+)>=([\w.]+)", line):
        print(f"{found[1]}=={found[2]}")
