"""Imports of the package go downwards only, and importing the model loads nothing that it does not need."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import referral_sim

PACKAGE = Path(referral_sim.__file__).parent
ORDER = (
    "scenario", "evidence", "world", "records", "state", "pathway", "agents", "recording", "measures", "model",
    "file_study", "experiment", "calibration", "answers", "patterns", "folders", "figures", "report", "dashboard",
    "cli", "__main__",
)  # fmt: skip
ALONE = ("scenario", "evidence")
FILES = sorted(PACKAGE.rglob("*.py"))


def room(name):
    """The room of the package that a module belongs to: ``world`` for ``world.calendar``."""
    return name.split(".")[0]


def is_type_checking(node):
    test = node.test
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def imports(tree, module):
    """(imported module within the package, inside a function) for every import that is executed."""
    found = []

    def visit(node, inside):
        if isinstance(node, ast.If) and is_type_checking(node):
            for child in node.orelse:
                visit(child, inside)
            return
        if isinstance(node, ast.Import):
            found.extend(
                (alias.name.removeprefix("referral_sim").lstrip("."), inside)
                for alias in node.names
                if room(alias.name) == "referral_sim"
            )
        elif isinstance(node, ast.ImportFrom):
            base = target(node, module)
            if base is not None:
                found.extend((base or alias.name, inside) for alias in node.names)
        within = inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, within)

    visit(tree, False)
    return found


def target(node, module):
    """Dotted name within the package that a ``from`` import names; None for other packages."""
    if not node.level:
        name = node.module or ""
        return name.removeprefix("referral_sim").lstrip(".") if room(name) == "referral_sim" else None
    base = list(module)[: len(module) - node.level]
    return ".".join([*base, *([node.module] if node.module else [])])


def module_of(path):
    """Parts of a file's dotted name with a part for the file itself: ("world", "calendar"), ("world", "__init__")."""
    return path.relative_to(PACKAGE).with_suffix("").parts


def faults_of(source, module):
    here = module[0]
    for name, _ in imports(ast.parse(source), module):
        there = room(name)
        if here == "__init__" or there == here:
            continue
        if there in ("", "__version__"):  # the package itself, which is lazy: only its version may be asked for
            if here not in ("cli", "dashboard", "report", "folders", "experiment"):
                yield f"{here} imports the package itself"
        elif there not in ORDER:
            yield f"{name} is in no room"
        elif here in ALONE or ORDER.index(there) >= ORDER.index(here):
            yield f"{'.'.join(module)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(module_of(path)))
def test_imports_go_downwards_only(path):
    module = module_of(path)
    assert module[0] in (*ORDER, "__init__", "__main__"), f"{module[0]} has no place in the order of rooms"
    assert list(faults_of(path.read_text(encoding="utf-8"), module)) == []


@pytest.mark.parametrize(
    ("module", "source", "count"),
    [
        (("world", "calendar"), "from ..scenario.population import Time", 0),
        (("world", "calendar"), "from ..model import ReferralModel", 1),
        (("world", "calendar"), "if TYPE_CHECKING:\n    from ..model import ReferralModel", 0),
        (("world", "calendar"), "def f():\n    from ..measures import event_table", 1),
        (("world", "calendar"), "import referral_sim.agents.family", 1),
        (("world", "calendar"), "from referral_sim.agents import family", 1),
        (("world", "calendar"), "from .. import model", 1),
        (("world", "calendar"), "from . import streams\nimport numpy", 0),
        (("model",), "from .measures import event_table", 0),
        (("measures", "frames"), "from ..model import ReferralModel", 1),
        (("evidence", "__init__"), "from ..scenario import Scenario", 1),
        (("scenario", "__init__"), "from .model import Scenario", 0),
        (("cli", "__init__"), "def f():\n    from ..experiment.jobs import Job", 0),
    ],
)
def test_the_check_finds_what_it_should(module, source, count):
    assert len(list(faults_of(source, module))) == count


def loaded(code):
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_the_model_loads_no_plotting_dashboard_or_inference():
    names = loaded(
        "import sys, referral_sim.model; from referral_sim.experiment import jobs;"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    assert "mesa" in names
    assert not names & {"matplotlib", "seaborn", "streamlit", "dask", "solara", "altair", "plotly"}
    assert not names & {"sklearn", "emcee", "SALib", "threadpoolctl"}


def test_sweeps_load_no_cluster_database_or_spreadsheet_library():
    names = loaded(
        "import sys; from referral_sim.experiment import dask_executor, export, parquet_store, running;"
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    assert "pyarrow" in names
    assert not names & {"dask", "distributed", "duckdb", "openpyxl", "SALib", "ema_workbench", "sklearn", "matplotlib"}


def test_tables_for_a_terminal_load_no_plotting_or_templates():
    names = loaded(
        "import sys; from referral_sim.report import console; print(*{m.split('.')[0] for m in sys.modules})"
    )
    assert "rich" in names
    assert not names & {"matplotlib", "jinja2", "streamlit"}


def test_the_package_alone_loads_neither_mesa_nor_pandas():
    assert not loaded("import sys, referral_sim; print(*sys.modules)") & {"mesa", "pandas", "numpy", "pydantic"}
