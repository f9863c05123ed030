"""The scenario: everything that a run depends on besides its seed and replicate."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import model_validator

from .collaboration import Arrangement, Collaboration, LiaisonPost, Part
from .fields import Name, Section, choice, named, number
from .noticing import Noticing
from .programmes import Practice, Programme
from .services import Assessment, FrontDoor, Plans, Protection, Recording, Relationships, Workforce
from .world import Concerns, Need, Population, Time


class Locality(Section):
    """One intake team's patch (W1)."""

    share: float = number(1.0, "parts", 0.0, 1000.0, "size of the patch; the patches' shares need not add to 1")
    posts: int = number(7, "posts", 0, 500, "posts in the intake team", "report Ch. 2: 6 to 8 workers")


class Scenario(Section):
    """A complete description of one authority under one policy. Frozen; two equal scenarios have equal hashes."""

    name: str = choice("england-average", "name in tables and files", unit="text")
    title: str = choice("An average English authority", "name for people", unit="text")
    description: str = choice("", "what the scenario asks or assumes", unit="text")
    authority: str | None = choice(
        None, "authority of the report whose published figures belong beside it", unit="name"
    )
    time: Time = choice(Time(), "when", unit="section")
    population: Population = choice(Population(), "children, families, places (W1)", unit="section")
    need: Need = choice(Need(), "need (W2)", unit="section")
    concerns: Concerns = choice(Concerns(), "what happens (W3)", unit="section")
    noticing: Noticing = choice(Noticing(), "who notices (N1-N3)", unit="section")
    localities: dict[Name, Locality] = named(lambda: {"Central": Locality()}, "intake teams and their patches (W1)")
    programmes: dict[Name, Programme] = named(dict, "Sure Start Local Programmes (S1-S5)")
    practice: Practice = choice(Practice(), "how programmes go about a concern (S2-S5)", unit="section")
    liaison: dict[Name, LiaisonPost] = named(dict, "liaison posts (L1-L3)")
    parts: dict[Name, Part] = named(dict, "the other parts of the collaboration (L0, L4-L11)")
    collaboration: Collaboration = choice(
        Collaboration(), "what joins the agencies, and what parts do (L0-L11)", unit="section"
    )
    front_door: FrontDoor = choice(FrontDoor(), "contact and referral (F1-F6)", unit="section")
    assessment: Assessment = choice(Assessment(), "assessments (A1, A3)", unit="section")
    protection: Protection = choice(Protection(), "enquiry, conference, register (A2, A4-A6)", unit="section")
    plans: Plans = choice(Plans(), "plans for children in need (A7)", unit="section")
    workforce: Workforce = choice(Workforce(), "staff and hours (K1-K3)", unit="section")
    relationships: Relationships = choice(Relationships(), "trust and threshold gap (R1-R3)", unit="section")
    recording: Recording = choice(Recording(), "what is recorded (O1)", unit="section")

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        faults = list(_cross_faults(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON of all values, as 64 hexadecimal digits."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def with_values(self, **values: Any) -> Scenario:
        """A copy with dotted keys replaced, written with two underscores: ``front_door__threshold=3.5``.

        Raises:
            pydantic.ValidationError: if a key is unknown or a value is not allowed.
        """
        tree: dict[str, Any] = self.model_dump()
        for key, value in values.items():
            *path, last = key.split("__")
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node[last] = value
        return Scenario.model_validate(tree)


def _cross_faults(scenario: Scenario) -> list[str]:
    """Faults that only show when sections are held against each other; each starts with its key."""
    faults: list[str] = []
    places, programmes = scenario.localities, scenario.programmes
    if not places:
        return ["localities: give at least one locality; every family lives in the patch of an intake team"]
    if scenario.population.children and sum(p.share for p in places.values()) <= 0:
        faults.append("localities: give at least one locality a share above 0")
    for name, programme in programmes.items():
        faults += [
            f"programmes.{name}.localities: there is no locality {place!r}; there are {', '.join(places)}"
            for place in programme.localities
            if place not in places
        ]
        if programme.centre and programme.centre.start and programme.centre.start >= scenario.time.end:
            faults.append(f"programmes.{name}.centre.start: {programme.centre.start} lies after the run")
    faults += _area_faults(scenario)
    faults += _arrangement_faults(scenario)
    if scenario.assessment.urgent_days > scenario.assessment.initial_deadline:
        faults.append("assessment.urgent_days: must not exceed assessment.initial_deadline")
    if scenario.assessment.core_deadline < scenario.assessment.initial_deadline:
        faults.append("assessment.core_deadline: must not be shorter than assessment.initial_deadline")
    return faults


def _arrangement_faults(scenario: Scenario) -> list[str]:
    """Posts and parts that serve what is not there, begin after the run, or have no rule."""
    faults: list[str] = []
    places, programmes, rules = scenario.localities, scenario.programmes, scenario.collaboration
    arrangements: list[tuple[str, Arrangement]] = [(f"liaison.{n}", a) for n, a in scenario.liaison.items()]
    arrangements += [(f"parts.{n}", a) for n, a in scenario.parts.items()]
    for key, a in arrangements:
        faults += [
            f"{key}.programmes: there is no programme {p!r}; there are {', '.join(programmes) or 'none'}"
            for p in a.programmes
            if p not in programmes
        ]
        faults += [
            f"{key}.localities: there is no locality {p!r}; there are {', '.join(places)}"
            for p in a.localities
            if p not in places
        ]
        if a.start is not None and a.start >= scenario.time.end:
            faults.append(f"{key}.start: {a.start} lies after the run")
    faults += [
        f"collaboration.practices.{post.kind}: liaison.{name} needs it"
        for name, post in scenario.liaison.items()
        if post.kind not in rules.practices
    ]
    return faults + [
        f"collaboration.effects.{part.kind}: parts.{name} needs it"
        for name, part in scenario.parts.items()
        if part.kind not in rules.effects
    ]


AREA_SLACK = 1.02


def _area_faults(scenario: Scenario) -> list[str]:
    """Programme areas, before any becomes a centre, that hold more under-fives than the deprived areas they are in."""
    people, places = scenario.population, scenario.localities
    wanted = sum(p.children_under_five for p in scenario.programmes.values())
    there = people.children * people.share_under_five * people.deprived_share
    if wanted > there * AREA_SLACK:
        return [
            f"programmes: their areas hold {wanted} children under five, the deprived areas of the authority "
            f"only {there:.0f} (children x share_under_five x deprived_share); give them fewer, or leave programmes "
            "out (NAME: null)"
        ]
    first, total = next(iter(places)), sum(p.share for p in places.values())
    faults = []
    for name, place in places.items():
        parts = [
            p.children_under_five * (p.localities or {first: 1.0}).get(name, 0.0) for p in scenario.programmes.values()
        ]
        here = there * place.share / total if total else 0.0
        if sum(parts) > here * AREA_SLACK:
            faults.append(
                f"programmes: their areas in {name} hold {sum(parts):.0f} children under five, its deprived areas "
                f"only {here:.0f} (its share of children x share_under_five x deprived_share); spread them over more "
                "localities (programmes.NAME.localities), give them fewer, or leave programmes out (NAME: null)"
            )
    return faults
