"""Which keys a file may hold and how each is declared, read off the pydantic models.

Merging, messages, the parameter table and ``show`` all walk this one tree.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, RootModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class DeclaredKey:
    """How one key of a file is declared.

    Attributes:
        kind: "section" (fixed keys, each declared by itself), "table" (fixed keys, all alike), "names" (keys
            that the user chooses), "list" or "value".
        children: key -> declaration, for sections and tables.
        item: declaration of each entry of a table, of names or of a list.
        merges: a file that gives the mapping changes the keys it gives; otherwise it replaces the mapping.
        removable: ``null`` under one of its keys takes that entry out.
        optional: ``null`` is a value.
        choices: the words allowed, if it is a word of a fixed list.
        unit: in words.
        source: where the default comes from.
        meaning: one sentence.
        low: least allowed value, if bounded.
        high: greatest allowed value, if bounded.
        entry: what messages call an entry of a table ("kind of part"); empty for "key".
        holds: what a list, a mapping or a text holds ("names of policies"), where messages say so.
        whole: it is a whole number.
        model: the class of a section.
    """

    kind: Literal["section", "table", "names", "list", "value"]
    children: Mapping[str, DeclaredKey] = field(default_factory=dict)
    item: DeclaredKey | None = None
    merges: bool = False
    removable: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    meaning: str = ""
    low: float | None = None
    high: float | None = None
    entry: str = ""
    holds: str = ""
    whole: bool = False
    model: type[BaseModel] | None = None

    def child(self, part: str | int) -> DeclaredKey | None:
        """The declaration under a key or a position, or None where nothing is declared."""
        return self.children.get(str(part)) or (self.item if self.kind in ("names", "list") else None)

    def below(self, key: Sequence[str | int]) -> DeclaredKey | None:
        """The declaration under several keys, or None where nothing is declared."""
        found: DeclaredKey | None = self
        for part in key:
            found = found.child(part) if found is not None else None
        return found


@cache
def declared(model: type[BaseModel]) -> DeclaredKey:
    """The keys of a file that is read by a model."""
    if issubclass(model, RootModel):
        return _field(model.model_fields["root"])
    return _section(model, DeclaredKey("section"))


def all_keys(here: DeclaredKey, key: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key below a declaration; a name that the user chooses is written ``NAME``."""
    if here.kind == "list":
        return
    for part, item in (("NAME", here.item),) if here.kind == "names" else here.children.items():
        if item is not None:
            yield (*key, part)
            yield from all_keys(item, (*key, part))


def _section(model: type[BaseModel], base: DeclaredKey) -> DeclaredKey:
    children = {info.alias or name: _field(info) for name, info in model.model_fields.items()}
    return replace(base, kind="section", children=children, merges=True, model=model)


def _field(info: FieldInfo) -> DeclaredKey:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    base = DeclaredKey(
        "value",
        merges=bool(extra.get("merges")),
        removable=bool(extra.get("named")),
        unit=str(extra.get("unit", "")),
        source=str(extra.get("source", "")),
        meaning=info.description or "",
        entry=str(extra.get("entry", "")),
        holds=str(extra.get("holds", "")),
    )
    return _typed(info.annotation, _bounded(base, info.metadata))


def _bounded(base: DeclaredKey, rules: Sequence[Any]) -> DeclaredKey:
    """With the bounds that annotations give."""
    for rule in rules:
        if isinstance(rule, FieldInfo):
            base = _bounded(base, rule.metadata)
        low, high = getattr(rule, "ge", None), getattr(rule, "le", None)
        base = replace(base, low=base.low if low is None else low, high=base.high if high is None else high)
    return base


def _typed(annotation: Any, base: DeclaredKey) -> DeclaredKey:
    """The declaration of a type; ``base`` carries what the field says, also for the entries of a table."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _typed(args[0], _bounded(base, args[1:]))
    if origin in (Union, types.UnionType):
        return _either([arg for arg in args if arg is not type(None)], replace(base, optional=type(None) in args))
    if origin is Literal:
        return replace(base, choices=tuple(map(str, args)))
    if origin is dict:
        key_type = get_args(args[0])[0] if get_origin(args[0]) is Annotated else args[0]
        item = _typed(args[1], replace(base, removable=False, optional=False))
        if isinstance(key_type, type) and issubclass(key_type, StrEnum):
            return replace(base, kind="table", children={str(member): item for member in key_type}, item=item)
        return replace(base, kind="names", item=item, merges=base.merges or base.removable)
    if origin in (tuple, list):
        return replace(base, kind="list", item=_typed(args[0], replace(base, holds="")) if args else None)
    if not isinstance(annotation, type):
        return base
    if issubclass(annotation, BaseModel):
        return _section(annotation, base)
    if issubclass(annotation, StrEnum):
        return replace(base, choices=tuple(str(member) for member in annotation))
    return replace(base, whole=issubclass(annotation, int) and not issubclass(annotation, bool))


def _either(options: Sequence[Any], base: DeclaredKey) -> DeclaredKey:
    """One of several types: of models all keys, those of the first count; else the first type."""
    found = [_typed(option, base) for option in options]
    sections = [one for one in found if one.kind == "section"]
    if len(sections) < 2:
        return sections[0] if sections else found[0]
    children = {name: child for one in reversed(sections) for name, child in one.children.items()}
    return replace(sections[0], children=children, model=None)
