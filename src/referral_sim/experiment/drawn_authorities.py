"""The authorities of a country, drawn from its file: each from chances of its own, whoever else there is (E1)."""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from ..scenario import Scenario, load_scenario
from ..scenario.keys import differing_keys, key_text, parse_key, set_value
from ..scenario.library import FoundFile
from ..scenario.population import Population
from ..scenario.programmes import Programme
from ..world.streams import Stream, generator
from .country_file import EXTENDED, CountryFile
from .draws import Draws, DrawsError
from .summaries import REPLICATES_PER_DRAW
from .variants import Value, variant_of

OWN = ("noticing.", "protection.")
"""How the keys begin that an authority takes from the own values of another: who notices, and who is registered."""
LABEL = "drawn authority"
PROGRAMME_SIZE = Programme().children_under_five


@dataclass(frozen=True)
class DrawnAuthority:
    """One authority of a country.

    Attributes:
        number: from 1.
        children: under 18.
        values: dotted key -> what was drawn for it.
        programmes: how many there are.
        teams: posts in each intake team.
        own_values_of: the preset of whose own values it takes its own.
        draw: row of the draws that its first replicate runs under.
        seed: of its runs.
        lot: between 0 and 1; those with the lowest are chosen first where a policy comes to a share of all.
    """

    number: int
    children: int
    values: Mapping[str, Value]
    programmes: int
    teams: tuple[int, ...]
    own_values_of: str
    draw: int
    seed: int
    lot: float

    @property
    def name(self) -> str:
        """Its name: ``authority-001``."""
        return f"authority-{self.number:03d}"

    @cached_property
    def tree(self) -> dict[str, Any]:
        """The authority as a scenario file has it, without what it takes from the draws."""
        patches = [f"Team {n:02d}" for n in range(1, len(self.teams) + 1)]
        found: dict[str, Any] = {
            "extends": EXTENDED,
            "name": self.name,
            "title": f"Authority {self.number}",
            "description": "Drawn from distributions, with no arrangements of its own.",
            "authority": None,
            "localities": {
                patch: {"share": 1.0, "posts": posts} for patch, posts in zip(patches, self.teams, strict=True)
            },
            "programmes": {
                f"Programme {n:02d}": {
                    "localities": {patch: share for patch, share in zip(patches, shares, strict=True) if share}
                }
                for n, shares in enumerate(self._areas(), 1)
            },
        }
        for key, value in {"population.children": self.children, **self.values}.items():
            set_value(found, parse_key(key), value)
        return found

    def _areas(self) -> Iterator[list[float]]:
        """Shares of each programme's area in the teams' patches: along the patches, one after the other."""
        if not self.programmes:
            return
        covered = min(self.programmes * PROGRAMME_SIZE / max(self._deprived_under_fives, 1.0), 1.0)
        length, count = covered / self.programmes, len(self.teams)
        for number in range(self.programmes):
            start = number / self.programmes
            ends = [(max(start, t / count), min(start + length, (t + 1) / count)) for t in range(count)]
            yield [round(max(high - low, 0.0) / length, 6) for low, high in ends]

    @property
    def _deprived_under_fives(self) -> float:
        return _deprived_under_fives(self.children, self.values)

    def scenario(self, overrides: Sequence[str] = (), policies: Sequence[str] = ()) -> Scenario:
        """The authority as a scenario, before any draw.

        Args:
            overrides: ``key=value`` each, over everything.
            policies: names or files.

        Raises:
            ScenarioError: with every fault of a value or policy.
        """
        text = scenario_text(self.tree).encode()
        return load_scenario(FoundFile(self.name, f"{LABEL} {self.name}", self.name, None, text), overrides, policies)

    def drawn_values(self, draws: Draws, replicate: int = 0) -> dict[str, float]:
        """What it takes from the draws in a replicate: shared values, and its own from those of ``own_values_of``.

        Two replicates follow each other under one draw, as everywhere; the first is under that of ``draw``.
        """
        of = _preset(self.own_values_of)
        found = draws.values(of, self.draw * REPLICATES_PER_DRAW + replicate)
        columns = draws.columns(of)
        return {key: value for key, value in found.items() if "/" not in columns[key] or key.startswith(OWN)}

    def tree_under(self, draws: Draws) -> dict[str, Any]:
        """The authority under the draw of its first replicate, as a scenario file has it."""
        found = deepcopy(self.tree)
        for key, value in self.drawn_values(draws).items():
            set_value(found, parse_key(key), value)
        return found

    def under_draw(self, scenario: Scenario, draws: Draws, replicate: int = 0, kept: Collection[str] = ()) -> Scenario:
        """A scenario of the authority under the draw of a replicate.

        Args:
            scenario: what :meth:`scenario` gave.
            draws: of a calibration.
            replicate: of the run, from 0.
            kept: keys that keep the scenario's value, as :func:`changed_keys` gives them.

        Raises:
            ScenarioError: if the scenario does not allow a value.
        """
        values = self.drawn_values(draws, replicate)
        return variant_of(scenario).at({key: value for key, value in values.items() if key not in kept})


def changed_keys(scenario: Scenario, bare: Scenario, overrides: Sequence[str] = ()) -> frozenset[str]:
    """Keys that draws leave alone: those in which a scenario differs from the authority as drawn, and those set."""
    differing = {key_text(key) for key in differing_keys(bare.model_dump(), scenario.model_dump())}
    return frozenset(differing | {text.partition("=")[0].strip() for text in overrides})


def draw_authorities(
    country: CountryFile, draws: Draws, seed: int = 1, first: int | None = None
) -> list[DrawnAuthority]:
    """Draw the authorities of a country.

    Every number of an authority has a stream of its own, so that one more authority, or one more value in the file,
    leaves what is drawn for the others as it is. Their sizes are then brought to the country's children by one factor
    for all.

    Args:
        country: from its file.
        draws: of a calibration; only how many there are, and whose own values, counts.
        seed: of the authorities and of their runs.
        first: only the first so many; they are as among all.

    Raises:
        DrawsError: if the draws hold no own values of an authority that the file names.
    """
    for name in country.own_values_of:
        if not _has_own_values(draws, name):
            raise DrawsError(f"{draws.label}: there are no own values of {name}, which the country's file names")
    sizes = _sizes(country, seed)
    numbers = range(1, country.authorities + 1)[:first]
    return [_authority(country, len(draws.table), seed, number, sizes[number - 1]) for number in numbers]


def chosen_names(authorities: Sequence[DrawnAuthority], share: float) -> list[str]:
    """The authorities that a policy comes to first, a share of all, one or more; a larger share adds to them."""
    count = max(round(share * len(authorities)), 1)
    chosen = sorted(authorities, key=lambda one: (one.lot, one.number))[:count]
    return [one.name for one in sorted(chosen, key=lambda one: one.number)]


def scenario_text(tree: Mapping[str, Any]) -> str:
    """A mapping as the text of a scenario file."""
    made = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(dict(tree), made)
    return made.getvalue()


def _authority(country: CountryFile, draws: int, seed: int, number: int, children: int) -> DrawnAuthority:
    def chance(what: str) -> float:
        return _chance(seed, number, what)

    values = {variable.key: variable.at(chance(variable.key)) for variable in country.variables()}
    posts = _number(country, "posts_per_10000", chance("posts_per_10000")) * children / 1e4
    total = max(round(posts), 1)
    teams = max(round(total / country.posts_in_a_team), 1)
    there = _deprived_under_fives(children, values) / PROGRAMME_SIZE
    wanted = _number(country, "programme_coverage", chance("programme_coverage")) * there
    return DrawnAuthority(
        number=number,
        children=children,
        values=values,
        programmes=min(math.floor(wanted + chance("programmes")), math.floor(there)),
        teams=tuple(total // teams + (team < total % teams) for team in range(teams)),
        own_values_of=country.own_values_of[int(chance("own_values_of") * len(country.own_values_of))],
        draw=int(chance("draw") * draws),
        seed=int(chance("seed") * 2**32),
        lot=chance("lot"),
    )


def _chance(seed: int, number: int, what: str) -> float:
    return float(generator(seed, 0, Stream.AUTHORITIES, f"{number}/{what}").random())


def _number(country: CountryFile, name: str, share: float) -> float:
    return float(getattr(country, name).variable(name, "uncertainties").at(share))


def _sizes(country: CountryFile, seed: int) -> list[int]:
    """Children of each authority: whole numbers, together the country's (largest remainders)."""
    numbers = range(1, country.authorities + 1)
    sizes = np.exp([_number(country, "log_size", _chance(seed, number, "log_size")) for number in numbers])
    exact = sizes / sizes.sum() * country.children
    whole = np.floor(exact).astype(int)
    most = np.argsort(whole - exact, kind="stable")[: country.children - int(whole.sum())]
    whole[most] += 1
    return [int(one) for one in whole]


def _has_own_values(draws: Draws, preset: str) -> bool:
    columns = draws.columns(_preset(preset))
    return any("/" in column and key.startswith(OWN) for key, column in columns.items())


def _deprived_under_fives(children: int, values: Mapping[str, Value]) -> float:
    people = Population()
    shares = (values.get(f"population.{n}", getattr(people, n)) for n in ("share_under_five", "deprived_share"))
    return children * math.prod(map(float, shares))


@cache
def _preset(name: str) -> Scenario:
    return load_scenario(name)
