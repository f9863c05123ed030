"""Layers that a scenario only names: policies, points of the continuum, scores of indicators, described programmes.

Each is read by a pydantic model, and comes to edits over the scenario that it is laid over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeGuard, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from .dated import PolicyDates
from .declared_keys import declared
from .documents import Document, Place, Written, decode
from .errors import Fault, ScenarioError, clipped, did_you_mean
from .faults import FileModel, check, described, unknown_key
from .fields import PartKindKey
from .keys import Key, key_text, parse_key
from .library import CONTINUUM, POLICIES, PROGRAMMES, FoundFile, LibraryFolder, find, library_folder
from .merge import REMOVE, Edit, MergedScenario, edits_of, opening_edits, single_edit
from .programmes import CollaborationPart
from .scenario import Scenario, declared_at

HIGHEST = 4.0
PROGRAMME, LOCALITY = "{programme}", "{locality}"
EACH = {"each_programme": PROGRAMME, "each_centre": PROGRAMME, "each_locality": LOCALITY}
TREES = ("set", *EACH)
# Where a programme has a level of its own, it counts over the authority's.
OWN_LEVELS = {("practice", "trust"): "trust", ("front_door", "trust_in_programmes"): "team_trust"}
_LONGEST_NAME = 64
_EXAMPLE = "Example"
Span = tuple[float, float]


# --- what stands in the files -----------------------------------------------------------------------------------------


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of a file is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too long for arithmetic
        return False


def _indicator_name(name: str) -> str:
    if name not in indicators():
        hint = did_you_mean(name, indicators()) or f" (the indicators are {', '.join(indicators())})"
        raise ValueError(f"unknown indicator{hint}")
    return name


def _score(value: object) -> object:
    if not is_number(value) or not 0.0 <= value <= HIGHEST:
        raise ValueError(f"must be a score from 0 to 4, not {described(value)}")
    return value


def _point(value: object) -> object:
    if not isinstance(value, str) or not value:
        raise ValueError(f"must be one of {', '.join(CONTINUUM.files())}, not {described(value)}")
    return value


def _number_key(text: str) -> str:
    parts = parse_key(text)
    for end in range(1, len(parts) + 1):
        if declared_at(parts[:end]) is None:
            raise ValueError(unknown_key(parts[:end], declared(Scenario)))
    here = declared_at(parts)
    if here is None or here.kind != "value":
        raise ValueError("is a section, a list or a mapping, no number")
    return text


Scores = dict[Annotated[str, AfterValidator(_indicator_name)], Annotated[float, BeforeValidator(_score)]]
SCORES: Any = Field(default_factory=dict, json_schema_extra={"holds": "indicators to scores from 0 to 4"})
Word = Annotated[str, Field(min_length=1)]
NumberKey = Annotated[str, AfterValidator(_number_key)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Scaling(FileModel):
    """A number made from another one, or from the one that is there, times a factor."""

    of: NumberKey | None = None
    by: float


class PolicyFile(FileModel):
    """A policy or a point of the continuum.

    Attributes:
        title: for people.
        description: what it asks or assumes.
        replaces: mappings of names that are emptied first.
        indicators: scores, from 0 to 4, whatever the authority had.
        at_most: scores that the authority comes down to where it has more; what it has less of stays.
        at_least: scores that the authority is raised to where it has less; what it has more of stays.
        everywhere: kinds of part that all programmes get, with their strengths.
        set: keys of a scenario.
        each_programme: keys of a scenario, once a programme, whose name stands for ``{programme}``.
        each_centre: the same, once a programme that becomes a children's centre.
        each_locality: the same, once a locality, whose name stands for ``{locality}``.
        change: key -> what is added to the number there.
        begins, ends, phase_in_months, phase_in_programmes_months: as in :class:`~.dated.PolicyDates`.
        scale: key -> what the number there, or under another key, is multiplied by.
    """

    title: str = Field(description="it a few words")
    description: str = ""
    replaces: list[Literal["localities", "programmes", "liaison", "parts"]] = Field(default_factory=list)
    indicators: Scores = SCORES
    at_most: Scores = SCORES
    at_least: Scores = SCORES
    everywhere: dict[PartKindKey, Share] = Field(
        default_factory=dict, json_schema_extra={"entry": "kind of part", "unit": "share"}
    )
    set: dict[str, Any] = Field(default_factory=dict)
    each_programme: dict[str, Any] = Field(default_factory=dict)
    each_centre: dict[str, Any] = Field(default_factory=dict)
    each_locality: dict[str, Any] = Field(default_factory=dict)
    begins: dt.date | None = None
    ends: dt.date | None = None
    phase_in_months: Annotated[int, Field(ge=1, le=120)] | None = None
    phase_in_programmes_months: Annotated[int, Field(ge=1, le=120)] | None = None
    change: dict[NumberKey, float] = Field(default_factory=dict)
    scale: dict[NumberKey, Annotated[Scaling, BeforeValidator(lambda v: v if isinstance(v, dict) else {"by": v})]] = (
        Field(default_factory=dict)
    )

    @property
    def dates(self) -> PolicyDates:
        """When it is in force."""
        return PolicyDates(self.begins, self.ends, self.phase_in_months, self.phase_in_programmes_months)


class ProgrammeFile(FileModel):
    """A described programme: title, what is known of it, and keys of a programme."""

    title: str = ""
    description: str = ""
    programme: dict[str, Any] = Field(default_factory=dict)


class NamedKeys(FileModel):
    """The keys of a scenario file that stand for values written elsewhere."""

    extends: Word | None = Field(None, json_schema_extra={"holds": "the name of a preset or of a file"})
    continuum: Annotated[str | None, BeforeValidator(_point)] = None
    policies: list[Word] = Field(default_factory=list, json_schema_extra={"holds": "names of policies or of files"})
    indicators: Scores = SCORES


@dataclass(frozen=True)
class Indicator:
    """One indicator of the report.

    Attributes:
        name: what to write for it.
        title: the report's heading, in short.
        description: why it moves what it moves.
        moves: key -> (value at 0, value at 4).
        everywhere: kind of part -> (strength at 0, strength at 4) of one part for all programmes.
    """

    name: str
    title: str
    description: str
    moves: Mapping[tuple[str, ...], Span]
    everywhere: Mapping[str, Span]


class _IndicatorEntry(FileModel):
    title: str
    description: str
    moves: dict[NumberKey, list[float]] = Field(default_factory=dict)
    everywhere: dict[PartKindKey, list[float]] = Field(default_factory=dict)


@cache
def indicators() -> dict[str, Indicator]:
    """Name -> indicator, in the report's order; ``scenarios/indicators.yaml`` says what each moves, and only it."""
    data = (library_folder() / "indicators.yaml").read_bytes()
    document, faults = decode(data, "indicators.yaml", "list of indicators")
    if document is None or faults:
        raise ScenarioError(faults)
    found = {}
    for name, values in document.values.items():
        one = _IndicatorEntry.model_validate(values)
        moves = {parse_key(key): (low, high) for key, (low, high) in one.moves.items()}
        parts = {str(kind): (low, high) for kind, (low, high) in one.everywhere.items()}
        found[name] = Indicator(name, one.title, " ".join(one.description.split()), moves, parts)
    return found


# --- reading them -----------------------------------------------------------------------------------------------------


F = TypeVar("F", PolicyFile, ProgrammeFile)


@dataclass(frozen=True)
class NamedLayer(Generic[F]):
    """A policy, a point of the continuum or a described programme that was read.

    Attributes:
        name: of the package, or the file's without its ending.
        identity: the same for the same file, however it was named.
        file: what it says.
        document: the same with places.
    """

    name: str
    identity: str
    file: F
    document: Document

    @property
    def title(self) -> str:
        """For people, on one line."""
        return " ".join(self.file.title.split())

    @property
    def description(self) -> str:
        """What it asks, assumes or describes, on one line."""
        return " ".join(self.file.description.split())


Policy = NamedLayer[PolicyFile]


def read_policy(
    source: str | os.PathLike[str], folder: Path | None, library: LibraryFolder = POLICIES
) -> tuple[Policy | None, list[Fault]]:
    """Read a policy and check it as far as that needs no scenario.

    Args:
        source: a name of the package, or the path of a YAML file.
        folder: what a relative path starts from; None looks in the package only.
        library: policies, or the points of the continuum alone.

    Returns:
        The policy, None if it has faults, and the faults.

    Raises:
        NotFoundError: if there is no such thing or it cannot be read.
    """
    sections = [((section,), (), EACH.get(section, "")) for section in TREES]
    return _read(find(source, folder, library), library.word, PolicyFile, "policy", sections)


def read_programme(
    source: str | os.PathLike[str], folder: Path | None
) -> tuple[NamedLayer[ProgrammeFile] | None, list[Fault]]:
    """Read the file of a described programme; arguments, result and errors are those of :func:`read_policy`."""
    section: tuple[Key, Key, str] = (("programme",), ("programmes", _EXAMPLE), "")
    return _read(find(source, folder, PROGRAMMES), PROGRAMMES.word, ProgrammeFile, "described programme", [section])


def _read(
    found: FoundFile, word: str, model: type[F], kind: str, sections: Iterable[tuple[Key, Key, str]]
) -> tuple[NamedLayer[F] | None, list[Fault]]:
    """Read a file with keys of a scenario in it.

    Args:
        found: the file.
        word: what messages call such a file as a whole.
        model: what it must hold.
        kind: what messages call it where a key of it is unknown.
        sections: where in it keys of a scenario stand, where they belong there, and the word that stands for a name.
    """
    document, faults = decode(found.data, found.label, word)
    if document is None:
        return None, faults
    file, more = check(document, model, kind)
    faults += more
    for start, at, each in sections:
        faults += _faults_of_keys(document, start, at, each)
    if file is None or faults:
        return None, faults
    identity = f"{kind} {found.name}" if found.folder is None else found.identity
    return NamedLayer(found.name, identity, file, document), []


def _faults_of_keys(document: Document, start: Key, at: Key, each: str) -> list[Fault]:
    """What is wrong with keys of a scenario that stand in another file, whatever scenario they are laid over.

    Args:
        document: the file.
        start: where in the file they stand.
        at: where in a scenario they belong.
        each: the word that stands for a name, if any.
    """
    edits = [named_edit(edit, each, _EXAMPLE) if each else edit for edit in edits_of(document, start, at)]
    if not edits:
        return []
    alone = MergedScenario(document.label, {}, {}, quoted=True)
    alone.apply(opening_edits(at, document.place(start)))
    alone.apply(edit for edit in edits if edit.value is not REMOVE)
    return check(alone, Scenario, between_keys=False)[1]


# --- what they come to ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One parameter that an indicator's score moved.

    Attributes:
        indicator: its name.
        score: from 0 to 4.
        key: dotted path of the parameter; for a kind of part, of the strength of the part that every programme gets.
        before: the value without the score; for a kind of part the greatest strength of such parts, 0 if none.
        after: the value that the score stands for.
        place: where the score is written.
    """

    indicator: str
    score: float
    key: str
    before: Any
    after: float
    place: Place


@dataclass
class Expanded:
    """What a named layer comes to over one scenario: edits in their order, what scores moved, and why it cannot be."""

    edits: list[Edit] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def expand_policy(policy: Policy, under: MergedScenario, whole: MergedScenario) -> Expanded:
    """What a policy comes to.

    Its edits come in this order: what it empties, its scores and their limits, parts for all, keys set, keys set for
    each programme, centre and locality, numbers made from others.

    Args:
        policy: as it was read.
        under: the scenario as far as it comes before the policy.
        whole: the same with all values that files and the command line give later; numbers are read from it.
    """
    file, document = policy.file, policy.document
    emptied = ((name, document.place(("replaces", position))) for position, name in enumerate(file.replaces))
    found = Expanded([Edit((name,), {}, Written(place)) for name, place in emptied])
    parts = {} if "parts" in file.replaces else _parts(under)
    _expand_scores(found, file.indicators, document, under, parts)
    for name, score in file.at_most.items():
        _comes_down(found, indicators()[name], score, document.place(("at_most", name)), under, parts)
    for name, score in file.at_least.items():
        _is_raised(found, indicators()[name], score, document.place(("at_least", name)), under, parts)
    for kind, strength in file.everywhere.items():
        edits, _, _ = _part_for_all(str(kind), strength, document.place(("everywhere", kind)), parts)
        found.edits += edits
    found.edits += edits_of(document, ("set",))
    names = _names(found.edits, whole)
    for section, word in EACH.items():
        for name in names[section]:
            found.edits += [named_edit(edit, word, name) for edit in edits_of(document, (section,))]
    for text, plus in file.change.items():
        _change(found, text, text, (1.0, plus), document.place(("change", text)), names, whole)
    for text, scaling in file.scale.items():
        inside = document.at(("scale", text, "by")) is not None
        place = document.place(("scale", text, "by") if inside else ("scale", text))
        _change(found, text, scaling.of or text, (scaling.by, 0.0), place, names, whole)
    return found


def expand_scores(scores: Mapping[str, float], document: Document, under: MergedScenario) -> Expanded:
    """What the scores of a scenario file or of an override come to.

    Args:
        scores: indicator -> score.
        document: where they are written, under ``indicators``.
        under: the scenario as far as it comes before them.
    """
    found = Expanded()
    _expand_scores(found, scores, document, under, _parts(under))
    return found


def _parts(under: MergedScenario) -> dict[str, Any]:
    there = under.values["parts"]
    return dict(there) if isinstance(there, dict) else {}


def _full_parts(parts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Parts with the defaults of what is not written."""
    defaults = CollaborationPart().model_dump(mode="json")
    return {name: {**defaults, **(part if isinstance(part, dict) else {})} for name, part in parts.items()}


def named_edit(edit: Edit, word: str, name: str) -> Edit:
    """An edit with a name in place of ``{programme}`` or ``{locality}``, in keys and texts."""

    def put(value: Any) -> Any:
        if isinstance(value, str):
            return _named(value, word, name)
        if isinstance(value, list):
            return [put(item) for item in value]
        return {put(key): put(item) for key, item in value.items()} if isinstance(value, dict) else value

    inner = tuple((tuple(map(put, key)), written) for key, written in edit.inner)
    return Edit(tuple(map(put, edit.key)), put(edit.value), edit.written, edit.opens, inner)


def _named(text: str, word: str, name: str) -> str:
    """A text with a name in place of a word, short enough to be a name itself."""
    return shortened(text.replace(word, name), _LONGEST_NAME) if word in text else text


def shortened(text: str, most: int) -> str:
    """The text, or where it is too long its beginning and six digits that stand for the whole of it."""
    if len(text) <= most:
        return text
    return f"{text[: most - 7]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _names(own: list[Edit], whole: MergedScenario) -> dict[str, list[str]]:
    """Whose names stand for ``{programme}`` and ``{locality}``: those of the whole scenario and the policy's own."""
    if any(edit.key[0] in ("programmes", "localities") for edit in own):
        whole = whole.copy()
        whole.apply(own)
    programmes = whole.names("programmes")
    centres = [name for name in programmes if isinstance(whole.at(("programmes", name, "centre")), dict)]
    return {"each_programme": programmes, "each_centre": centres, "each_locality": whole.names("localities")}


def _change(
    found: Expanded,
    text: str,
    of: str,
    amount: tuple[float, float],
    place: Place,
    names: Mapping[str, list[str]],
    whole: MergedScenario,
) -> None:
    """Numbers made from others: times the first of ``amount``, plus the second."""
    factor, plus = amount
    for key, source in _for_each_name(parse_key(text), parse_key(of), names):
        number = whole.single_value(source)
        if not is_number(number):
            what = "has no number" if number is None else f"is {clipped(str(number))}, no number"
            message = f"{key_text(source)} {what} in this scenario that could be changed"
            found.faults.append(whole.fault_at(place, key, message))
            continue
        made = round(number * factor + plus, 10)
        stays_whole = isinstance(number, int) and is_number(made) and (factor != 1.0 or made == int(made))
        found.edits += single_edit(key, round(made) if stays_whole else made, place)


def _for_each_name(
    key: tuple[str, ...], of: tuple[str, ...], names: Mapping[str, list[str]]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Two keys, once for each programme or locality that they name."""
    pairs = [(key, of)]
    for word, section in ((PROGRAMME, "each_programme"), (LOCALITY, "each_locality")):
        if any(word in part for part in (*key, *of)):
            pairs = [
                (tuple(_named(part, word, name) for part in one), tuple(_named(part, word, name) for part in other))
                for one, other in pairs
                for name in names[section]
            ]
    yield from pairs


def _expand_scores(
    found: Expanded, scores: Mapping[str, float], document: Document, under: MergedScenario, parts: dict[str, Any]
) -> None:
    for name, score in scores.items():
        place, indicator = document.place(("indicators", name)), indicators()[name]
        for key, span in indicator.moves.items():
            value = _value_at(score, span)
            found.edits += single_edit(key, value, place)
            found.moves.append(Move(name, score, key_text(key), under.single_value(key), value, place))
        for kind, span in indicator.everywhere.items():
            _strength_for_all(found, indicator, score, kind, _value_at(score, span), place, parts)


def _value_at(score: float, span: Span) -> float:
    low, high = span
    return round(low + (high - low) * score / HIGHEST, 10)


def _strength_for_all(
    found: Expanded, indicator: Indicator, score: float, kind: str, strength: float, place: Place, parts: dict[str, Any]
) -> None:
    edits, part, before = _part_for_all(kind, strength, place, parts)
    found.edits += edits
    key = key_text(("parts", part, "strength"))
    found.moves.append(Move(indicator.name, score, key, before, strength, place))


def _comes_down(
    found: Expanded, indicator: Indicator, score: float, place: Place, under: MergedScenario, parts: dict[str, Any]
) -> None:
    """What an authority has more of than a score stands for comes down to it.

    Its own parts of the indicator's kinds stay, for the programmes that they serve, up to the score's strength; also
    where the policy takes all other parts away.
    """
    _limit_values(found, indicator, score, place, under, rising=False)
    written = Written(place, place)
    for kind, span in indicator.everywhere.items():
        most = _value_at(score, span)
        for name, part in _full_parts(_parts(under)).items():
            strength = min(float(part["strength"]), most) if is_number(part["strength"]) else most
            if part["kind"] != kind or (strength == 0.0 and name not in parts):
                continue
            parts[name] = {**part, "strength": strength}
            inner = tuple((("parts", name, key), written) for key in parts[name])
            found.edits += [Edit(("parts",), {}, written, opens=True)]
            found.edits += [Edit(("parts", name), parts[name], written, inner=inner)]
            if strength != part["strength"]:
                key = key_text(("parts", name, "strength"))
                found.moves.append(Move(indicator.name, score, key, part["strength"], strength, place))


def _is_raised(
    found: Expanded, indicator: Indicator, score: float, place: Place, under: MergedScenario, parts: dict[str, Any]
) -> None:
    """What an authority has less of than a score stands for is raised to it, for all programmes."""
    _limit_values(found, indicator, score, place, under, rising=True)
    for kind, span in indicator.everywhere.items():
        own = [p["strength"] for p in _full_parts(parts).values() if p["kind"] == kind and is_number(p["strength"])]
        if (least := _value_at(score, span)) > 0.0:
            _strength_for_all(found, indicator, score, kind, max([least, *own]), place, parts)


def _limit_values(
    found: Expanded, indicator: Indicator, score: float, place: Place, under: MergedScenario, *, rising: bool
) -> None:
    for key, span in indicator.moves.items():
        limit, upwards = _value_at(score, span), (span[1] > span[0]) is rising
        keys = [key]
        if key in OWN_LEVELS:
            keys += [("programmes", name, OWN_LEVELS[key]) for name in under.names("programmes")]
        for one in keys:
            own = under.single_value(one)
            if is_number(own) and (own < limit if upwards else own > limit):
                found.edits += single_edit(one, limit, place)
                found.moves.append(Move(indicator.name, score, key_text(one), own, limit, place))


def _part_for_all(kind: str, strength: float, place: Place, parts: dict[str, Any]) -> tuple[list[Edit], str, float]:
    """One part of a kind for all programmes in place of the parts of that kind that there are.

    Args:
        kind: of the part.
        strength: of the part.
        place: where that is asked.
        parts: the parts that there are; it is brought up to date.

    Returns:
        The edits, the part's name, and the greatest strength of the parts that it takes the place of.
    """
    same = {name: part for name, part in _full_parts(parts).items() if part["kind"] == kind}
    name = kind.replace("_", " ").capitalize()
    while name in parts and name not in same:
        name += " for all"
    written = Written(place, place)
    edits = [Edit(("parts",), {}, written, opens=True)]
    for old in same:
        if old != name:
            edits.append(Edit(("parts", old), REMOVE, written))
            del parts[old]
    parts[name] = {"kind": kind, "strength": strength}
    inner = tuple((("parts", name, key), written) for key in parts[name])
    edits.append(Edit(("parts", name), parts[name], written, inner=inner))
    before = max((float(p["strength"]) if is_number(p["strength"]) else 0.0 for p in same.values()), default=0.0)
    return edits, name, before
