"""The scenario: everything that a run depends on besides its seed and replicate."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Annotated, Any, ClassVar

from pydantic import ValidationError, model_validator

from .dated import DatedValues, why_fixed, with_dated_values
from .declared_keys import DeclaredKey, declared
from .faults import with_replaced
from .fields import CheckError, FromList, Name, Problem, Section, choice, named, number
from .keys import Key, key_text
from .noticing import FamilyRules, Noticing
from .population import Need, Population, Time
from .programmes import Arrangement, Collaboration, CollaborationPart, LiaisonPost, Practice, Programme
from .services import (
    Assessment,
    FamilySupport,
    FrontDoor,
    Plans,
    Protection,
    Recording,
    Relationships,
    Workforce,
    WorkHours,
    Yardstick,
)
from .trouble import DayCare, Help, Signs, Trouble


class Locality(Section):
    """One intake team's patch (W1)."""

    share: float = number(1.0, "parts", 0.0, 1000.0, "size of the patch; the patches' shares need not add to 1")
    posts: int = number(7, "posts", 0, 500, "posts in the intake team", "report Ch. 2: 6 to 8 workers")


class Scenario(Section):
    """A complete description of one authority under one policy. Frozen; two equal scenarios have equal hashes.

    Attributes:
        file_keys: keys of a scenario file that are no part of a scenario.
    """

    file_keys: ClassVar[tuple[str, ...]] = ("extends", "continuum", "policies", "indicators")

    name: str = choice("england-average", "name in tables and files", unit="text")
    title: str = choice("An average English authority", "name for people", unit="text")
    description: str = choice("", "what the scenario asks or assumes", unit="text")
    authority: str | None = choice(
        None, "authority of the report whose published figures belong beside it", unit="name"
    )
    time: Time = choice(Time(), "when", unit="section")
    population: Population = choice(Population(), "children, families, places (W1)", unit="section")
    need: Need = choice(Need(), "lasting need (W2)", unit="section")
    trouble: Trouble = choice(Trouble(), "the course of trouble (W7)", unit="section")
    signs: Signs = choice(Signs(), "how trouble shows (W8)", unit="section")
    day_care: DayCare = choice(DayCare(), "what is asked for apart from trouble (D1)", unit="section")
    help: Help = choice(Help(), "what help does to trouble (W7, S8)", unit="section")
    noticing: Noticing = choice(Noticing(), "who notices (N1-N6, W9)", unit="section")
    families: FamilyRules = choice(FamilyRules(), "what families decide and learn (F7)", unit="section")
    localities: dict[Name, Locality] = named(lambda: {"Central": Locality()}, "intake teams and their patches (W1)")
    programmes: dict[Name, Programme] = named(dict, "Sure Start Local Programmes (S1-S5)")
    practice: Practice = choice(Practice(), "how programmes go about a concern (S2-S5)", unit="section")
    liaison: dict[Name, LiaisonPost] = named(dict, "liaison posts (L1-L3)")
    parts: dict[Name, CollaborationPart] = named(dict, "the other parts of the collaboration (L0, L4-L11)")
    collaboration: Collaboration = choice(
        Collaboration(), "what joins the agencies, and what parts do (L0-L11)", unit="section"
    )
    front_door: FrontDoor = choice(FrontDoor(), "contact and referral (F1-F6)", unit="section")
    assessment: Assessment = choice(Assessment(), "assessments (A1, A3)", unit="section")
    protection: Protection = choice(Protection(), "enquiry, conference, register (A2, A4-A6)", unit="section")
    plans: Plans = choice(Plans(), "plans for children in need (A7)", unit="section")
    family_support: FamilySupport = choice(FamilySupport(), "the teams after the front door (A10, K5)", unit="section")
    hours: WorkHours = choice(WorkHours(), "hours of what is done outside the teams' queues (K5)", unit="section")
    yardstick: Yardstick = choice(Yardstick(), "what policies are judged by (C2)", unit="section")
    workforce: Workforce = choice(Workforce(), "staff and hours (K1-K3)", unit="section")
    relationships: Relationships = choice(Relationships(), "trust and threshold gap (R1-R3)", unit="section")
    recording: Recording = choice(Recording(), "what is recorded (O1)", unit="section")
    dated: Annotated[tuple[DatedValues, ...], FromList] = choice(
        (), "values that count from a date on, as a policy that begins in the run gives them (T3)", unit="dates"
    )
    agents: Annotated[tuple[str, ...], FromList] = choice(
        (), "dotted names of classes that take the place of the model's agents; only where the caller allows code",
        unit="names",
    )  # fmt: skip

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        problems = _problems(self) or _dated_problems(self)
        if problems:
            raise CheckError(problems)
        return self

    def on_dates(self) -> tuple[tuple[dt.date, Scenario], ...]:
        """What the scenario is from each date of ``dated`` on (T3), by date."""
        return tuple((one.on, self._with_dated(one)) for one in self.dated)

    def _with_dated(self, one: DatedValues) -> Scenario:
        tree = with_dated_values(self.model_dump(mode="json"), one.values)
        return Scenario.model_validate_json(json.dumps(tree, default=str))

    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON of all values, as 64 hexadecimal digits."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def history_hash(self) -> str:
        """The same for scenarios that are the same until the first of their dates, whatever they are called."""
        plain = {"name": "", "title": "", "description": "", "authority": None, "dated": ()}
        return self.model_copy(update=plain).content_hash()

    def with_values(self, **values: Any) -> Scenario:
        """A copy with keys replaced: ``front_door__threshold=3.5``, or ``**{"front_door.threshold": 3.5}``.

        Raises:
            ScenarioError: if a key is unknown or a value is not allowed, with the nearest right spelling.
        """
        return with_replaced(self, values)

    def __repr__(self) -> str:
        """Its name, title and size; ``model_dump()`` and ``referral-sim show`` have every value."""
        return (
            f"<Scenario {self.name!r}: {self.title}; {self.population.children:,} children under 18, "
            f"{len(self.programmes)} programmes, {len(self.liaison)} liaison posts>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The same as a short table, for notebooks."""
        rows = {
            "name": self.name, "title": self.title, "years": f"{self.time.reporting_year_start} to {self.time.end}",
            "children under 18": f"{self.population.children:,}", "intake teams": ", ".join(self.localities),
            "programmes": ", ".join(self.programmes) or "none", "liaison posts": ", ".join(self.liaison) or "none",
        }  # fmt: skip
        return as_html(rows)


def as_html(rows: Mapping[str, object]) -> str:
    """A short table for notebooks, a row a name and value."""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows.items())
    return f"<table>{cells}</table>"


def declared_at(key: Sequence[str | int]) -> DeclaredKey | None:
    """The declaration of a key of a scenario, or None where nothing is declared."""
    return declared(Scenario).below(key)


def leaf_keys(value: Any, here: DeclaredKey | None = None, key: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Keys of the single values of a dumped scenario, in order; an empty mapping and a list are one.

    Args:
        value: ``scenario.model_dump()`` or a part of it.
        here: the declaration of that part; of the whole scenario if not given.
        key: where that part stands.
    """
    here = here or declared(Scenario)
    if not isinstance(value, Mapping) or (key and not value):
        yield key
        return
    for part, item in value.items():
        yield from leaf_keys(item, here.child(str(part)) or DeclaredKey("value"), (*key, str(part)))


AREA_SLACK = 1.02
_AREA_KEYS: tuple[Key, ...] = (
    ("population", "children"), ("population", "share_under_five"), ("population", "deprived_share"),
)  # fmt: skip


def _problems(scenario: Scenario) -> list[Problem]:
    """What only shows when sections are held against each other."""
    places, programmes, time = scenario.localities, scenario.programmes, scenario.time
    if not places:
        message = "give at least one locality; every family lives in the patch of an intake team"
        return [Problem(("localities",), message)]
    problems: list[Problem] = []
    if scenario.population.children and sum(p.share for p in places.values()) <= 0:
        problems.append(Problem(("localities",), "give at least one locality a share above 0"))
    for name, programme in programmes.items():
        key = ("programmes", name)
        for place in programme.localities:
            if place not in places:
                problems.append(_not_there(key, "locality", place, list(places), (*key, "localities", place)))
        if programme.centre and programme.centre.start and programme.centre.start >= time.end:
            problems.append(_after_the_run((*key, "centre", "start"), programme.centre.start))
    problems += _area_problems(scenario)
    problems += _arrangement_problems(scenario)
    deadline: Key = ("assessment", "initial_deadline")
    if scenario.assessment.urgent_days > scenario.assessment.initial_deadline:
        message = "must not exceed assessment.initial_deadline"
        problems.append(Problem(("assessment", "urgent_days"), message, (deadline,)))
    if scenario.assessment.core_deadline < scenario.assessment.initial_deadline:
        message = "must not be shorter than assessment.initial_deadline"
        problems.append(Problem(("assessment", "core_deadline"), message, (deadline,)))
    return problems


def _dated_problems(scenario: Scenario) -> list[Problem]:
    """Dates outside the run or out of order; values that may not change on a date, or are not allowed."""
    problems: list[Problem] = []
    tree = scenario.model_dump(mode="json")
    first, last = scenario.time.start + dt.timedelta(days=1), scenario.time.end - dt.timedelta(days=1)
    for position, one in enumerate(scenario.dated):
        key: Key = ("dated", position)
        if one.on == dt.date.min:
            problems.append(Problem((*key, "on"), f"is missing; give the first day of the values, {first} to {last}"))
        elif not first <= one.on <= last:
            problems.append(Problem((*key, "on"), f"{one.on} lies outside the run; allowed: {first} to {last}"))
        elif position and one.on <= scenario.dated[position - 1].on:
            problems.append(Problem((*key, "on"), f"{one.on} must lie after the date before it"))
        try:
            wrong = [(text, why_fixed(text, tree)) for text in one.values]
        except ValueError as error:
            wrong = [("", str(error))]
        problems += [Problem((*key, "values", text), f"{text} {why}") for text, why in wrong if why]
        if not any(why for _, why in wrong):
            problems += _problems_of_values(scenario, one, (*key, "values"))
    return problems


def _problems_of_values(scenario: Scenario, one: DatedValues, key: Key) -> list[Problem]:
    """What is wrong with the scenario as it is from a date on."""
    try:
        scenario._with_dated(one)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = key_text(first["loc"])
        return [Problem(key, f"{where}: {first['msg']}" if where else first["msg"])]
    return []


def _not_there(key: Key, word: str, name: str, there: Sequence[str], item: Key) -> Problem:
    """A name under ``localities`` or ``programmes`` of an entry that the scenario has no such entry for."""
    section = {"locality": "localities", "programme": "programmes"}[word]
    message = f"there is no {word} {name!r}; there are {', '.join(there) or 'none'}"
    return Problem((*key, section), message, (item, (section, name)))


def _after_the_run(key: Key, start: dt.date) -> Problem:
    times = tuple(("time", name) for name in ("reporting_year_start", "years"))
    return Problem(key, f"{start} lies after the run", times)


def _arrangement_problems(scenario: Scenario) -> list[Problem]:
    """Posts and parts that serve what is not there, begin after the run, or have no rule."""
    problems: list[Problem] = []
    places, programmes, rules = scenario.localities, scenario.programmes, scenario.collaboration
    arrangements: list[tuple[Key, Arrangement]] = [(("liaison", n), a) for n, a in scenario.liaison.items()]
    arrangements += [(("parts", n), a) for n, a in scenario.parts.items()]
    for key, a in arrangements:
        for position, name in enumerate(a.programmes):
            if name not in programmes:
                problems.append(_not_there(key, "programme", name, list(programmes), (*key, "programmes", position)))
        for position, name in enumerate(a.localities):
            if name not in places:
                problems.append(_not_there(key, "locality", name, list(places), (*key, "localities", position)))
        if a.start is not None and a.start >= scenario.time.end:
            problems.append(_after_the_run((*key, "start"), a.start))
    for name, post in scenario.liaison.items():
        if post.kind not in rules.practices:
            rule: Key = ("collaboration", "practices", str(post.kind))
            problems.append(Problem(rule, f"liaison.{name} needs it", (("liaison", name, "kind"),)))
    for name, part in scenario.parts.items():
        if part.kind not in rules.effects:
            rule = ("collaboration", "effects", str(part.kind))
            problems.append(Problem(rule, f"parts.{name} needs it", (("parts", name, "kind"),)))
    return problems


def _area_problems(scenario: Scenario) -> list[Problem]:
    """Programme areas, before any becomes a centre, that hold more under-fives than the deprived areas they are in."""
    people, places = scenario.population, scenario.localities
    wanted = sum(p.children_under_five for p in scenario.programmes.values())
    there = people.children * people.share_under_five * people.deprived_share
    if wanted > there * AREA_SLACK:
        message = (
            f"their areas hold {wanted} children under five, the deprived areas of the authority "
            f"only {there:.0f} (children x share_under_five x deprived_share); give them fewer, or leave programmes "
            "out (NAME: null)"
        )
        return [Problem(("programmes",), message, _AREA_KEYS)]
    first, total = next(iter(places)), sum(p.share for p in places.values())
    problems = []
    for name, place in places.items():
        parts = [
            p.children_under_five * (p.localities or {first: 1.0}).get(name, 0.0) for p in scenario.programmes.values()
        ]
        here = there * place.share / total if total else 0.0
        if sum(parts) > here * AREA_SLACK:
            message = (
                f"their areas in {name} hold {sum(parts):.0f} children under five, its deprived areas "
                f"only {here:.0f} (its share of children x share_under_five x deprived_share); spread them over more "
                "localities (programmes.NAME.localities), give them fewer, or leave programmes out (NAME: null)"
            )
            problems.append(Problem(("programmes",), message, (*_AREA_KEYS, ("localities",))))
    return problems
