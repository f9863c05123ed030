"""A published figure as a target: on which scale it is compared, and how far chance alone moves it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..experiment.plan_file import Reader
from ..scenario.nearest import did_you_mean
from ..scenario.tree import Branch, Leaf, Node
from ..scenario.wording import described

DISCREPANCY = {"root": 0.10, "arcsine": 0.05}
"""Standard deviation of the model's own error where a target gives none: 10% of a rate, some 5 points of a share."""
ROLES = ("fit", "held-out")
STOCKS = ("stock", "flow")
_WORDS = ("source", "window", "contradiction", "series")
_NUMBERS = ("value", "numerator", "denominator", "discrepancy")


@dataclass(frozen=True)
class Target:
    """A published figure.

    Attributes:
        scenario: whose.
        measure: simulated measure that it stands beside.
        group: of the measure.
        value: as published.
        role: ``fit`` or ``held-out``.
        numerator: count that it rests on, where known.
        denominator: what it was counted among, where known.
        discrepancy: standard deviation of the model's error: relative for a rate or ratio, on the arcsine scale for a
            share.
        stock_or_flow: what was counted.
        window: the days it covers.
        source: table or paragraph.
        contradiction: what disagrees with it; empty if nothing is known.
        series: which of several printed versions.
    """

    scenario: str
    measure: str
    group: str
    value: float
    role: Literal["fit", "held-out"]
    numerator: float | None
    denominator: float | None
    discrepancy: float
    stock_or_flow: str
    window: str
    source: str
    contradiction: str
    series: str

    @property
    def name(self) -> str:
        """What tables call it."""
        where = "" if self.group == "all" else f"/{self.group}"
        return f"{self.scenario}: {self.measure}{where}" + (f" ({self.series})" if self.series else "")

    @property
    def scale(self) -> str:
        """``arcsine`` for shares, ``root`` for the rest: chance has one size on these, and 0 is allowed."""
        return "arcsine" if is_share(self.measure) else "root"

    @property
    def point(self) -> float:
        """The published value on the scale of comparison."""
        return float(scaled(np.array([self.value]), self.scale)[0])

    @property
    def sampling(self) -> float:
        """Variance of the published figure by chance, on the scale of comparison.

        A share of n: 1 / (4 n) on the arcsine scale; a rate or ratio that rests on a count: its value / (4 count) on
        the scale of roots, that is 1 / 4 for the root of a Poisson count (Anscombe 1948, leading terms). 0 where no
        count is known.
        """
        if self.scale == "arcsine":
            return 0.25 / self.denominator if self.denominator else 0.0
        return 0.25 * self.value / self.numerator if self.numerator else 0.0

    def variance(self, discrepancy_factor: float = 1.0) -> float:
        """Sampling and discrepancy together, with the discrepancy's standard deviation so many times its size."""
        return self.sampling + (discrepancy_factor * self.error) ** 2

    @property
    def error(self) -> float:
        """Standard deviation of the model's error on the scale of comparison."""
        # The derivative of the root: a relative error of d is one of d x root / 2.
        return self.discrepancy if self.scale == "arcsine" else 0.5 * self.discrepancy * self.point


def is_share(measure: str) -> bool:
    """Whether a measure is compared as a share."""
    from ..measures.table import unit_of

    return unit_of(measure) == "share"


def scaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """Values on the scale of comparison: root, or arcsine of the root; NaN stays."""
    if scale == "arcsine":
        return np.arcsin(np.sqrt(np.clip(values, 0.0, 1.0)))
    return np.sqrt(values)


def unscaled(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """The inverse of :func:`scaled`."""
    if scale == "arcsine":
        return np.asarray(np.sin(np.clip(values, 0.0, math.pi / 2)) ** 2)
    return np.maximum(values, 0.0) ** 2


def read_target(reader: Reader, path: tuple[str, str], node: Node, measures: Mapping[str, Any]) -> Target | None:
    """One target from its mapping; None after a fault."""
    if not isinstance(node, Branch):
        reader.fault(node.place, path, f"must be a mapping, not {described(node)}")
        return None
    before = len(reader.faults)
    reader.known(node, path, ("measure", "group", "role", "stock_or_flow", *_NUMBERS, *_WORDS))
    words = {k: v.value for k, v in node.entries.items() if isinstance(v, Leaf) and isinstance(v.value, str)}
    measure, role, stock = words.get("measure", ""), words.get("role", ""), words.get("stock_or_flow", "flow")
    for key, value, allowed in (
        ("measure", measure, measures),
        ("role", role, ROLES),
        ("stock_or_flow", stock, STOCKS),
    ):
        if value not in allowed:
            hint = did_you_mean(value, list(allowed)) or (
                f" (allowed: {', '.join(allowed)})" if key != "measure" else ""
            )
            reader.fault(node.place, (*path, key), f"there is no {key} {value!r}{hint}")
    given = {k: reader.number(node, (*path, k)) for k in _NUMBERS if k in node.entries}
    if "value" not in node.entries:
        reader.fault(node.place, (*path, "value"), "is missing")
    for key in ("numerator", "denominator", "discrepancy"):
        number = given.get(key)
        if number is not None and number < 0:
            reader.fault(node.entries[key].place, (*path, key), f"must not be negative, and is {number:g}")
    if len(reader.faults) > before:
        return None
    scale = "arcsine" if is_share(measure) else "root"
    disagreement = given.get("discrepancy")
    return Target(
        scenario=path[0],
        measure=measure,
        group=words.get("group", "all"),
        value=float(given["value"] or 0.0),
        role="fit" if role == "fit" else "held-out",
        numerator=given.get("numerator"),
        denominator=given.get("denominator"),
        discrepancy=DISCREPANCY[scale] if disagreement is None else float(disagreement),
        stock_or_flow=stock,
        window=words.get("window", ""),
        source=words.get("source", ""),
        contradiction=words.get("contradiction", ""),
        series=words.get("series", ""),
    )
