"""Values of files held against pydantic models: the model, or every fault with its place, in the words of the file."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .declared_keys import DeclaredKey, all_keys, declared
from .documents import Document, decode
from .errors import Fault, ScenarioError, clipped, did_you_mean, nearest
from .fields import CheckError
from .keys import Key, key_text, parse_key, set_value
from .library import LibraryFolder, NotFoundError, find
from .programmes import Programme

MOST_FAULTS = 100
VALUES = "values"
"""What messages call values that Python gives."""

M = TypeVar("M", bound=BaseModel)
_KEY = "[key]"
_SINGULAR = ("share", "ratio", "rate", "factor", "score")
_NAME_RULE = "a name has 1 to 64 letters, digits, blanks and . _ ' - and begins with a letter or digit"
_EXPECTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "date_type": "a date (YYYY-MM-DD)",
    "date_from_datetime_inexact": "a date (YYYY-MM-DD)",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "tuple_type": "a list",
    "list_type": "a list",
}  # fmt: skip
_OUT_OF_BOUNDS = ("greater_than_equal", "less_than_equal", "greater_than", "less_than")


class FileModel(BaseModel):
    """A frozen part of a file that is no scenario; unknown keys, NaN and silent type changes are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def read_file(
    path: str | os.PathLike[str],
    model: type[M],
    word: str,
    folder: Path | None = None,
    library: LibraryFolder | None = None,
) -> tuple[M, Document]:
    """Read a file of the user and check it.

    Args:
        path: of the file.
        model: what it must hold.
        word: what messages call such a file: plan, calibration.
        folder: what a relative path starts from; the working directory if not given.
        library: files of the package that may be named instead of a path.

    Returns:
        The model, and the document, whose ``fault`` places what is found wrong later.

    Raises:
        ScenarioError: with every fault and its place.
    """
    named = library or LibraryFolder(word, f"{word}s", ())
    try:
        source = find(path if library else Path(path), folder if folder is not None else Path(), named)
    except NotFoundError as error:
        message = str(error) if library else str(error).replace(f"file or {word}", "file")
        raise ScenarioError([Fault(os.fspath(path), 1, 1, "", message)]) from None
    document, faults = decode(source.data, source.label, word)
    if document is None:
        raise ScenarioError(faults)
    document.folder = source.folder
    found, more = check(document, model, word)
    if faults or more or found is None:
        raise ScenarioError(limited([*faults, *more]))
    return found, document


def check(
    document: Document, model: type[M], word: str = "", *, between_keys: bool = True
) -> tuple[M | None, list[Fault]]:
    """The model that a document describes, or what is wrong with it.

    Args:
        document: plain values with their places.
        model: what they must be. Validators may raise ``ValueError`` with a message about the value, or
            :class:`~referral_sim.scenario.fields.CheckError` with messages about keys below.
        word: what messages call such a file, where a key of it is unknown.
        between_keys: tell of keys that do not go together; not where part of the values could not be read.

    Returns:
        The model, None if it has faults, and the faults.
    """
    try:
        return model.model_validate(document.values), []
    except ValidationError as error:
        return None, _faults(error, document, declared(model), word, between_keys)


def with_replaced(model: M, values: Mapping[str, Any]) -> M:
    """A copy of a model with keys replaced.

    Args:
        model: what they are laid over.
        values: dotted key, or its parts joined by two underscores, -> value; numpy numbers will do.

    Raises:
        ScenarioError: if a key is unknown or a value is not allowed, with the nearest spelling.
    """
    tree: dict[str, Any] = model.model_dump()
    for name, value in values.items():
        try:
            set_value(tree, key_of(name), plain(value))
        except ValueError as error:
            raise ScenarioError([Fault(VALUES, 0, 0, name, str(error))]) from None
    found, faults = check(Document(VALUES, tree, {}, quoted=True), type(model))
    if found is None:
        raise ScenarioError(replace(fault, line=0, column=0) for fault in faults)
    return found


def key_of(name: str) -> tuple[str, ...]:
    """The key that a name in Python stands for: dotted, or its parts joined by two underscores.

    Raises:
        ValueError: if it is no dotted key.
    """
    return parse_key(name) if "." in name else tuple(name.split("__"))


def keys_of(values: Mapping[str, Any]) -> list[str]:
    """The keys of values that Python gives, as dotted text."""
    return [key_text(key_of(name)) for name in values]


def plain(value: Any) -> Any:
    """A numpy number as one of Python's."""
    return value.item() if hasattr(value, "item") else value


def limited(faults: Iterable[Fault]) -> list[Fault]:
    """The first hundred faults, each once, and one more that says so if there are more."""
    ordered = list(ScenarioError(set(faults)).faults)
    if len(ordered) <= MOST_FAULTS:
        return ordered
    last = ordered[MOST_FAULTS - 1]
    more = Fault(last.file, last.line, last.column, "", f"there are more faults than these {MOST_FAULTS}")
    return [*ordered[:MOST_FAULTS], more]


def _faults(
    error: ValidationError, document: Document, root: DeclaredKey, word: str, between_keys: bool
) -> list[Fault]:
    details = error.errors(include_url=False)[: MOST_FAULTS * 2]
    bad_keys = {item["loc"][:-1] for item in details if item["loc"][-1:] == (_KEY,)}
    faults: list[Fault] = []
    for item in details:
        loc, kind = item["loc"], item["type"]
        of_key = loc[-1:] == (_KEY,)
        key = _key_in(document.values, loc[:-1] if of_key else loc, root)
        problem = item.get("ctx", {}).get("error")
        if not of_key and any(loc[: len(bad)] == bad for bad in bad_keys):
            continue
        if kind == "missing" and key in document.unreadable:
            continue
        if isinstance(problem, CheckError):
            faults += _between(problem, document, key) if between_keys else []
        elif isinstance(problem, (ValueError, AssertionError)):
            faults.append(document.fault(key, str(problem), of_key=of_key))
        elif kind == "extra_forbidden" or of_key:
            name = of_key and _is_free(root.below(key[:-1]))
            message = wrong_name(key) if name else unknown_key(key, root, word)
            faults.append(document.fault(key, message, of_key=True))
        elif kind in ("union_tag_invalid", "union_tag_not_found"):
            faults.append(_wrong_tag(item["ctx"], document, key))
        elif kind == "missing":
            meaning = getattr(root.below(key), "meaning", "")
            faults.append(document.fault(key, f"is missing{f'; give {meaning}' if meaning else ''}"))
        else:
            here = root.below(key) or DeclaredKey("value")
            faults.append(document.fault(key, wrong_value(kind, item["input"], here, item["msg"])))
    return faults


def _wrong_tag(ctx: Mapping[str, Any], document: Document, key: Key) -> Fault:
    """The fault of a mapping whose keys depend on the word under one of them."""
    key = (*key, ctx["discriminator"].strip("'"))
    if "expected_tags" not in ctx:
        return document.fault(key, "is missing")
    tag, allowed = document.at(key), [word.strip("'") for word in ctx["expected_tags"].split(", ")]
    meant = did_you_mean(tag, allowed) if isinstance(tag, str) else ""
    return document.fault(key, f"must be {_listed(allowed)}, not {described(tag)}{meant}")


def _key_in(values: Any, loc: Sequence[str | int], root: DeclaredKey) -> Key:
    """The key of a document that pydantic's location names: parts that only name a type are left out."""
    key: list[str | int] = []
    for number, part in enumerate(loc):
        there = part in values if isinstance(values, dict) else isinstance(values, list) and isinstance(part, int)
        if there:
            values = values[part]
        elif number < len(loc) - 1 or root.below((*key, part)) is None:
            continue
        key.append(part)
    return tuple(key)


def _between(error: CheckError, document: Document, key: Key) -> list[Fault]:
    """Faults between keys; of the keys that each names, the place of the one written last."""
    faults = []
    for one in error.problems:
        own = (*key, *one.key)
        named = [(*key, *name) for name in one.named]
        last = document.last_place([own, *named]) if named else None
        same = last is None or last == document.place(own, of_key=True)
        place = document.place(own) if same or last is None else last
        faults.append(document.fault_at(place, own, one.message))
    return faults


def _is_free(above: DeclaredKey | None) -> bool:
    return above is not None and above.kind == "names"


def described(value: object) -> str:
    """A value in words: ``text 'no'``, ``3``, ``a list``, ``empty``."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, str):
        return f"text {clipped(value, 40)!r}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return f"the time {value}"
    if isinstance(value, dt.date):
        return f"the date {value}"
    return _figure(value, "") if isinstance(value, (int, float)) else clipped(str(value), 40)


def wrong_value(kind: str, value: Any, here: DeclaredKey, message: str) -> str:
    """What is wrong with a value.

    Args:
        kind: pydantic's error type.
        value: the value.
        here: how its key is declared.
        message: pydantic's own words, used where there are none of ours.
    """
    if kind in _OUT_OF_BOUNDS:
        return f"must be {_bounds(here)}, not {described(value)}"
    if kind == "finite_number" or (isinstance(value, float) and not math.isfinite(value)):
        return f"must be a finite number, not {described(value)}"
    if kind in ("enum", "literal_error"):
        meant = did_you_mean(value, here.choices) if isinstance(value, str) else ""
        return f"must be {_listed(here.choices)}, not {described(value)}{meant}"
    if kind == "string_pattern_mismatch":
        return f"{described(value)} is not a name; {_NAME_RULE}"
    if kind not in _EXPECTED:
        return f"{message[:1].lower()}{message[1:]}, not {described(value)}"
    bounded = here.low is not None and here.high is not None and not here.unit
    too_long = kind == "float_type" and type(value) is int  # for a float
    if too_long or (bounded and kind in ("float_type", "int_type", "int_from_float")):
        return f"must be {_bounds(here)}, not {described(value)}"
    expected = f"one of {', '.join(here.choices)}" if here.choices and here.kind == "value" else _EXPECTED[kind]
    holds = here.holds or ", ".join(here.item.choices if here.kind == "list" and here.item is not None else ())
    if here.kind == "names" and (here.removable or here.unit):
        expected = "a mapping of names"
    elif holds:
        expected = f"{holds}, as text" if kind == "string_type" else f"{expected.removesuffix(' of keys')} of {holds}"
    return f"must be {expected}, not {described(value)}{_how_to_write(kind, value, here)}"


def unknown_key(key: Key, root: DeclaredKey, word: str = "") -> str:
    """What is wrong with a key that nothing declares: what is near, and where else it is a key."""
    part, above = str(key[-1]), root.below(key[:-1]) or root
    file_keys: tuple[str, ...] = getattr(root.model, "file_keys", ())  # a scenario has some
    if part in file_keys:
        more = "; on the command line write --policy NAME" if part in ("policies", "continuum") else ""
        return f"{part} stands at the top of a file, nowhere else{more}"
    known = [*above.children, *(file_keys if len(key) == 1 else ())]
    if above.model is Programme:
        known.append("like")
    hints = []
    close = nearest(part, known)
    if close is not None:
        hints.append(f"did you mean {close!r}?")
    elsewhere = [".".join(keys[:-1]) or "the top level" for keys in all_keys(root) if file_keys and keys[-1] == part]
    if elsewhere:
        hints.append(f"it is a key of {_listed(sorted(set(elsewhere))[:4], 'and')}")
    if not hints and len(known) <= 24:
        hints.append(f"allowed: {', '.join(known)}")
    of = f" of a {word}" if word and len(key) == 1 else ""
    return f"unknown {above.entry or 'key'}{of}" + (f" ({'; '.join(hints)})" if hints else "")


def wrong_name(key: Key) -> str:
    """What is wrong with a name that the user chose."""
    return f"{clipped(str(key[-1]), 40)!r} is not a name; {_NAME_RULE}"


def _bounds(here: DeclaredKey) -> str:
    low, high = (_figure(b) if b is not None else "" for b in (here.low, here.high))
    what = here.unit if here.unit in _SINGULAR else "" if here.unit else "whole number" if here.whole else "number"
    if here.low is None or here.high is None:
        end = f"of at least {low}" if low else f"of at most {high}"
        return f"a {what or 'number'} {end}"
    return f"a {what} between {low} and {high}" if what else f"between {low} and {high} {here.unit}".rstrip()


def _how_to_write(kind: str, value: Any, here: DeclaredKey) -> str:
    if kind == "string_type" and isinstance(value, (int, float, dt.date)):
        return "; write it in quotes"
    if kind in ("float_type", "int_type") and isinstance(value, str) and _is_number(value):
        return "; write it as a plain number, without quotes"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in ("yes", "on", "no", "off"):
        return f" (did you mean {'true' if value.lower() in ('yes', 'on') else 'false'}?)"
    if kind == "date_type" and isinstance(value, str) and _is_date(value):
        return "; write it without quotes"
    if kind in ("tuple_type", "list_type") and isinstance(value, str):
        return f"; write [{clipped(value, 40)}]"
    if here.kind in ("section", "table") and value is None:
        return "; give it keys or leave it out"
    if here.removable and value is None:
        return "; to take one entry out write its name and null"
    return ""


def _listed(words: Sequence[str], last: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _figure(value: float, separator: str = ",") -> str:
    """A number as people write it: 3,000,000; 0.5; 6."""
    try:
        if isinstance(value, float) and not value.is_integer():
            return str(value)
        text = f"{int(value):,}".replace(",", separator)
    except (ValueError, OverflowError):
        return str(value) if isinstance(value, float) else "a number of thousands of digits"
    return text if len(text) <= 24 else f"a number of {len(text.lstrip('-').replace(separator or ',', ''))} digits"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text.replace(",", "")))
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
