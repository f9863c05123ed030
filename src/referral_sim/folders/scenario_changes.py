"""What a scenario says otherwise than another one, with unit and source; and a scenario as the text of a file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from ..scenario import Scenario, ScenarioError, load_scenario
from ..scenario.keys import flatten, key_text
from ..scenario.library import SCENARIOS
from ..scenario.programmes import CollaborationPart, LiaisonPost
from ..scenario.scenario import declared_at

NAMING = ("name", "title", "description", "authority")
"""Keys that only name a scenario."""


@dataclass(frozen=True)
class Change:
    """One value that two scenarios have otherwise.

    Attributes:
        key: dotted path.
        before, after: the value in each as text; empty where it has no such key.
        unit, source: as the key is declared; empty where it declares none.
    """

    key: str
    before: str
    after: str
    unit: str
    source: str


def changes(before: Scenario, after: Scenario) -> tuple[Change, ...]:
    """The values that differ, in the order of ``after`` and then of what ``before`` alone has; names are left out."""
    old, new = (dict(flatten(one.model_dump(mode="json"))) for one in (before, after))
    found = []
    for key in {**new, **old}:
        one, other = old.get(key, _NOTHING), new.get(key, _NOTHING)
        if one == other or key[0] in NAMING or (_is_empty(one) and _is_empty(other)):
            continue
        declared = declared_at(key)
        unit, source = (declared.unit, declared.source) if declared else ("", "")
        found.append(Change(key_text(key), _words(one), _words(other), unit, source))
    return tuple(found)


_NOTHING = object()


def _is_empty(value: Any) -> bool:
    return value is _NOTHING or value is None or value in ([], {})


def _words(value: Any) -> str:
    if value is _NOTHING:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return "none" if value == {} else f"{value:g}" if isinstance(value, float) else str(value)


def preset_of(scenario: Scenario) -> Scenario | None:
    """The preset of the package that a scenario's changes are told against: its authority's, or England's average."""
    name = scenario.authority if scenario.authority in SCENARIOS.files() else "england-average"
    try:
        return load_scenario(name)
    except ScenarioError:
        return None


def coverage(scenario: Scenario) -> tuple[str, ...]:
    """How many programmes each kind of liaison post and other part serves, where it serves some of them alone.

    Returns:
        One line a kind, such as ``link worker: in 2 of 6 programmes (SSLP 1, SSLP 2)``, in the scenario's order.
    """
    served: dict[str, set[str]] = {}
    arrangements: list[LiaisonPost | CollaborationPart] = [*scenario.liaison.values(), *scenario.parts.values()]
    for one in arrangements:
        names = served.setdefault(str(one.kind).replace("_", " "), set())
        names.update(one.programmes)
        if not one.programmes and not one.localities:
            names.update(scenario.programmes)
        for name, programme in scenario.programmes.items():
            area = programme.localities
            if area and max(area, key=area.__getitem__) in one.localities:
                names.add(name)
    return tuple(
        f"{kind}: in {len(names)} of {len(scenario.programmes)} programmes"
        + (f" ({', '.join(name for name in scenario.programmes if name in names)})" if names else "")
        for kind, names in served.items()
        if len(names) < len(scenario.programmes)
    )


def scenario_text(scenario: Scenario) -> str:
    """The scenario as the YAML text of a file that gives the same scenario again."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    made = io.StringIO()
    yaml.dump(_plain(scenario.model_dump()), made)
    return made.getvalue()


def _plain(value: Any) -> Any:
    """Mappings, lists, dates and single values of YAML's own types."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
