"""The outline of a scenario file, read off the models: which keys there are, and how each is declared.

Merging, messages, the parameter table and ``show`` all walk this one tree.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from .fields import Section
from .model import Scenario


@dataclass(frozen=True)
class Shape:
    """How one key of a scenario is declared.

    Attributes:
        kind: "section" (fixed keys, each declared by itself), "table" (fixed keys, all alike), "names" (keys
            that the user chooses), "list" or "value".
        children: key -> shape, for sections and tables.
        item: shape under each key of a table or of names.
        merges: a file that gives the mapping changes the keys it gives; otherwise it replaces the mapping.
        removable: ``null`` under one of its keys takes that entry out.
        optional: ``null`` is a value.
        choices: the words allowed, if it is a word of a fixed list.
        unit: in words.
        source: where the default comes from.
        meaning: one sentence.
        low: least allowed value, if bounded.
        high: greatest allowed value, if bounded.
        model: the class of a section.
    """

    kind: Literal["section", "table", "names", "list", "value"]
    children: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None
    merges: bool = False
    removable: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    meaning: str = ""
    low: float | None = None
    high: float | None = None
    model: type[Section] | None = None

    def child(self, key: str | int) -> Shape | None:
        """The shape under a key, or None where nothing is declared."""
        return self.children.get(str(key)) or (self.item if self.kind == "names" else None)


@cache
def outline() -> Shape:
    """The shape of the whole scenario."""
    return _section(Scenario, Shape("section"))


def shape_at(path: Sequence[str | int]) -> Shape | None:
    """The shape at a key path, or None where nothing is declared."""
    shape: Shape | None = outline()
    for part in path:
        shape = shape.child(part) if shape is not None else None
    return shape


def leaf_paths(value: Any, shape: Shape | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Key paths of the single values of a dumped scenario, in order; an empty mapping and a list are one.

    Args:
        value: ``scenario.model_dump()`` or a part of it.
        shape: the shape of that part; of the whole scenario if not given.
        path: where that part stands.
    """
    shape = shape or outline()
    if not isinstance(value, Mapping) or (path and not value):
        yield path
        return
    for key, item in value.items():
        yield from leaf_paths(item, shape.child(str(key)) or Shape("value"), (*path, str(key)))


def all_keys(shape: Shape | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every declared key path; a name that the user chooses is written ``NAME``."""
    shape = shape or outline()
    for key, item in (("NAME", shape.item),) if shape.kind == "names" else shape.children.items():
        if item is not None:
            yield (*path, key)
            yield from all_keys(item, (*path, key))


def _section(model: type[Section], base: Shape) -> Shape:
    children = {name: _field(info) for name, info in model.model_fields.items()}
    return replace(base, kind="section", children=children, merges=True, model=model)


def _field(info: FieldInfo) -> Shape:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        bounds["low"] = getattr(rule, "ge", bounds.get("low"))
        bounds["high"] = getattr(rule, "le", bounds.get("high"))
    base = Shape(
        "value",
        merges=bool(extra.get("merges")),
        removable=bool(extra.get("named")),
        unit=str(extra.get("unit", "")),
        source=str(extra.get("source", "")),
        meaning=info.description or "",
        **bounds,
    )
    return _shape(info.annotation, base)


def _shape(annotation: Any, base: Shape) -> Shape:
    """The shape of a type; ``base`` carries what the field declares, also for the entries of a table."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(args[0], base)
    if origin in (Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        return _shape(inner[0], replace(base, optional=len(inner) < len(args)))
    if origin is dict:
        key_type = get_args(args[0])[0] if get_origin(args[0]) is Annotated else args[0]
        item = _shape(args[1], replace(base, removable=False, optional=False))
        if isinstance(key_type, type) and issubclass(key_type, StrEnum):
            children = {str(member): item for member in key_type}
            return replace(base, kind="table", children=children, item=item)
        return replace(base, kind="names", item=item, merges=base.merges or base.removable)
    if origin in (tuple, list):
        return replace(base, kind="list")
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return _section(annotation, base)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return replace(base, choices=tuple(str(member) for member in annotation))
    return base
