"""A country's YAML file: how many authorities it has, and what each of them is drawn from (E1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from ..scenario import Scenario, ScenarioError, load_scenario
from ..scenario.declared_keys import all_keys, declared
from ..scenario.errors import Fault, did_you_mean
from ..scenario.faults import FileModel, described, limited, read_file
from ..scenario.fields import CheckError, Problem
from ..scenario.keys import parse_key
from ..scenario.library import COUNTRIES, SCENARIOS
from ..scenario.scenario import declared_at
from .plan_file import VariableOrValues
from .variants import Variable, refusal, variant_of

EXTENDED = "baseline"
"""The preset that every drawn authority extends: what all authorities share."""
MOST_AUTHORITIES = 10_000
LEAST_CHILDREN = 100
"""Children that each authority has in the mean, at least."""


def _preset(given: Any) -> str:
    if not isinstance(given, str) or given not in SCENARIOS.files():
        known = list(SCENARIOS.files())
        near = did_you_mean(given, known) if isinstance(given, str) else ""
        raise ValueError(f"must be a preset, not {described(given)}{near or '; they are ' + ', '.join(known)}")
    return given


def _presets(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"must be a list of presets, not {'empty' if given == [] else described(given)}")
    wrong = []
    for place, item in enumerate(given):
        try:
            _preset(item)
        except ValueError as error:
            wrong.append(Problem((place,), str(error)))
    if wrong:
        raise CheckError(wrong)
    return tuple(given)


class CountryFile(FileModel):
    """What a country's file holds.

    Attributes:
        title: for people.
        description: what it assumes.
        published: whose published national figures stand beside the sums; nobody's if not given.
        authorities: how many there are.
        children: children under 18 of all of them together.
        log_size: natural logarithm of an authority's children; one factor for all then brings them to ``children``.
        own_values_of: presets of whose own calibrated values (noticing, protection) an authority takes one's, each as
            likely.
        values: dotted key of a scenario -> what its value is drawn from.
        programme_coverage: share of the under-fives of an authority's deprived places who live in a programme's area.
        posts_per_10000: posts in intake teams per 10,000 children under 18.
        posts_in_a_team: of these, in a team; each has a patch of the same size.
    """

    title: str = Field(min_length=1)
    description: str = ""
    published: Literal["england"] | None = None
    authorities: int = Field(ge=1, le=MOST_AUTHORITIES)
    children: int = Field(ge=LEAST_CHILDREN, le=1_000_000_000)
    log_size: VariableOrValues
    own_values_of: Annotated[tuple[str, ...], PlainValidator(_presets)]
    values: dict[str, VariableOrValues] = Field(default_factory=dict)
    programme_coverage: VariableOrValues
    posts_per_10000: VariableOrValues
    posts_in_a_team: int = Field(ge=1, le=500)

    @model_validator(mode="after")
    def _large_enough(self) -> CountryFile:
        if self.children < self.authorities * LEAST_CHILDREN:
            message = f"{self.authorities} authorities need {self.authorities * LEAST_CHILDREN:,} children or more"
            raise CheckError([Problem(("children",), message, (("authorities",),))])
        return self

    def variables(self) -> tuple[Variable, ...]:
        """What the values of an authority's scenario are drawn from."""
        return tuple(entry.variable(key, "uncertainties") for key, entry in self.values.items())


def read_country(source: str) -> CountryFile:
    """Read a country.

    Args:
        source: the name of a country of the package (``england``), or the path of a YAML file.

    Raises:
        ScenarioError: with every fault and its place.
    """
    found, document = read_file(source, CountryFile, "country", library=COUNTRIES)
    bare, faults = variant_of(load_scenario(EXTENDED)), list[Fault]()
    for variable in found.variables():
        key = ("values", variable.key)
        try:
            here = declared_at(parse_key(variable.key))
        except ValueError as error:
            faults.append(document.fault(key, str(error)))
            continue
        if here is None or here.kind != "value":
            near = did_you_mean(variable.key, map(".".join, all_keys(declared(Scenario))))
            faults.append(document.fault(key, f"is no single value of a scenario{near}"))
        elif wrong := refusal(bare, [{variable.key: value} for value in variable.samples()], variable.key):
            faults.append(document.fault(key, f"a scenario does not allow it: {wrong}"))
    for name, low, high, what in (
        ("log_size", -5.0, 20.0, "a logarithm from -5 to 20"),
        ("programme_coverage", 0.0, 1.0, "a share from 0 to 1"),
        ("posts_per_10000", 0.0, 500.0, "a number of posts from 0 to 500"),
    ):
        given = getattr(found, name).variable(name, "uncertainties").samples()
        wrong_ones = [v for v in given if isinstance(v, (str, bool)) or not low <= v <= high]
        if wrong_ones:
            faults.append(document.fault((name,), f"must give {what}, not {described(wrong_ones[0])}"))
    if faults:
        raise ScenarioError(limited(faults))
    return found
