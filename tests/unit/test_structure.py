"""The house: no circle of imports (those for type checking count), rooms in their order, no name for two things."""

import ast
import graphlib
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from test_imports import ALONE, FILES, ORDER, PACKAGE, module_of, room, target

VERSION = "__version__"  # a constant at the top of the package, which loads nothing


def modules_named(tree, module):
    """Dotted names within the package of all that a file imports, anywhere in it, also by a name in quotes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if room(alias.name) == "referral_sim":
                    yield alias.name.removeprefix("referral_sim").lstrip(".")
        elif isinstance(node, ast.ImportFrom) and (base := target(node, module)) is not None:
            for alias in node.names:
                yield f"{base}.{alias.name}".lstrip(".")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            name = getattr(node.args[0], "value", None)
            if isinstance(name, str) and name.startswith("."):
                yield ".".join([*module[:-1], name[1:]])
            elif isinstance(name, str) and room(name) == "referral_sim":
                yield name.removeprefix("referral_sim").lstrip(".")


def file_of(name):
    """Parts of the file that a dotted name within the package leads to: the deepest part of it that is a module."""
    parts = tuple(name.split(".")) if name else ()
    while parts:
        if (PACKAGE.joinpath(*parts).with_suffix(".py")).is_file():
            return parts
        if PACKAGE.joinpath(*parts, "__init__.py").is_file():
            return (*parts, "__init__")
        parts = parts[:-1]
    return ("__init__",)


TREES = {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def edges_of(trees):
    """(file, file that it imports) for every import."""
    for module, tree in trees.items():
        there = {file_of(name) for name in modules_named(tree, module) if name != VERSION}
        yield from ((module, other) for other in sorted(there - {module}))


def circle_among(edges):
    """One circle of files that import one another, in a line; None where there is none."""
    graph = defaultdict(set)
    for module, other in edges:
        graph[module].add(other)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return " -> ".join(".".join(module) for module in reversed(error.args[1]))
    return None


def test_no_circle_of_imports():
    assert circle_among(edges_of(TREES)) is None


def test_rooms_know_only_the_rooms_above_them():
    places = {name: place for place, name in enumerate(ORDER)}
    upwards = [
        f"{'.'.join(module)} -> {'.'.join(other)}"
        for module, other in edges_of(TREES)
        if "__init__" not in (module[0], other[0]) and module[0] != other[0]
        if module[0] in ALONE or places[other[0]] > places[module[0]]
    ]
    assert not upwards


def test_no_class_has_the_name_of_another():
    where = defaultdict(set)
    for module, tree in TREES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                where[node.name].add(".".join(module))
    twice = {name: sorted(files) for name, files in where.items() if len(files) > 1}
    assert not twice


def test_no_file_has_the_name_of_another():
    names = Counter(path.name for path in FILES if path.name not in ("__init__.py", "__main__.py"))
    assert not {name for name, count in names.items() if count > 1}


@pytest.mark.parametrize(
    ("source", "leads_to"),
    [
        ("if TYPE_CHECKING:\n    from ..model import ReferralModel", ("model",)),
        ("def f():\n    from ..scenario.fields import Kind", ("scenario", "fields")),
        ("from ..scenario import fields", ("scenario", "fields")),
        ("from ..scenario import Scenario", ("scenario", "__init__")),
        ("import referral_sim.scenario", ("scenario", "__init__")),
        ("from .. import __version__", ("__init__",)),
        ("def f():\n    import_module('.families', __package__)", ("world", "families")),
        ("def f():\n    importlib.import_module('referral_sim.figures')", ("figures", "__init__")),
    ],
)
def test_every_kind_of_import_is_seen(source, leads_to):
    assert [file_of(name) for name in modules_named(ast.parse(source), ("world", "calendar"))] == [leads_to]


def test_a_circle_is_seen():
    names = [("a", "one"), ("b", "two"), ("c", "three")]
    road = [(("d",), names[0]), *pairwise(names)]
    assert circle_among(road) is None
    assert circle_among([*road, (names[-1], names[0])]).count("->") == 3
