"""The variants of a plan: each scenario under each alternative of policies, and its values at a point."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..scenario import Scenario, ScenarioError, load_scenario, resolve
from ..scenario.documents import Document
from ..scenario.errors import Fault
from ..scenario.faults import check
from ..scenario.keys import get_value, key_text, parse_key, set_value
from ..scenario.library import CONTINUUM, POLICIES
from ..scenario.reader import SET
from .variables import Point, Value

BASE = "none"
"""How a plan and the tables call the alternative without any policy."""


@dataclass(frozen=True)
class ScenarioVariant:
    """A scenario under one alternative of policies.

    Attributes:
        scenario: name of the scenario without the policies.
        policies: names of the policies joined by ``+``, or ``none``.
        source: preset or path that the scenario was read from; empty for a scenario that came as an object.
        policy_sources: policies as :func:`~referral_sim.scenario.load_scenario` takes them.
        base: the scenario under the policies, before any point.
        reads_no_values: no policy, score or point of the continuum reads other values, so that a point may be written
            over ``base`` and comes to the same.
    """

    scenario: str
    policies: str
    source: str
    policy_sources: tuple[str, ...]
    base: Scenario
    reads_no_values: bool

    def at(self, point: Point) -> Scenario:
        """The scenario with the values of a point, laid over it like ``--set``.

        Raises:
            ScenarioError: if the values are not allowed, alone or together; places are in ``--set``.
        """
        if not point:
            return self.base
        tree, known = _written_over(self.base, point)
        if self.reads_no_values and known:
            with contextlib.suppress(ValidationError):
                return Scenario.model_validate(tree)
        if self.source:  # the reader knows what else follows from a value, and says what is wrong with one
            return load_scenario(
                self.source, [override(key, value) for key, value in point.items()], self.policy_sources
            )
        found, faults = check(Document(SET, tree, {}, quoted=True), Scenario)
        if found is None:
            raise ScenarioError(faults)
        return found


def read_variant(source: str, policy_sources: Sequence[str] = ()) -> ScenarioVariant:
    """A variant from its sources.

    Raises:
        ScenarioError: with every fault of the scenario and the policies.
    """
    resolved = resolve(source, (), policy_sources)
    name = load_scenario(source).name if policy_sources else resolved.scenario.name
    label = resolved.scenario.name.removeprefix(f"{name}+") if policy_sources else BASE
    words = tuple(f"{shelf.word} " for shelf in (CONTINUUM, POLICIES))
    reads = policy_sources or resolved.moved or any(v.origin.startswith(words) for v in resolved.values)
    return ScenarioVariant(name, label, source, tuple(policy_sources), resolved.scenario, not reads)


def override(key: str, value: Value) -> str:
    """One value as ``--set`` takes it; JSON is YAML, and its numbers come back bit for bit."""
    return f"{key}={json.dumps(value)}"


def _written_over(base: Scenario, point: Point) -> tuple[dict[str, Any], bool]:
    """The values of a scenario with those of a point in their places, and whether each stands for a single value."""
    tree: dict[str, Any] = base.model_dump()
    known = True
    for key, value in point.items():
        parts = parse_key(key)
        known &= not isinstance(get_value(tree, parts, default=()), (dict, list, tuple))
        set_value(tree, parts, value)
    return tree, known


def fault_of_value(error: ScenarioError, key: str) -> str:
    """What a scenario's fault says of one value that was laid over it, without the place of ``--set``."""
    own: list[Fault] = [fault for fault in error.faults if fault.file == SET] or list(error.faults)
    first = own[0]
    same = first.key in ("", key, key_text(parse_key(key)))
    return first.message if same else f"{first.key}: {first.message}"
