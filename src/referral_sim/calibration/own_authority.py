"""An authority of one's own: from the counts of its yearly return to a scenario, and draws on top of the shipped ones.

What all authorities share is taken from the shipped draws. Two values are the authority's own: how much of what shows
is brought to social services (``noticing.visibility``) and how much of what calls for registration is routed there
(``protection.routing``). They are found for each shipped draw by an emulator of referrals and registrations.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc, rankdata
from threadpoolctl import threadpool_limits

from ..experiment.authority_results import PUBLISHED_YEAR
from ..experiment.draws import SHIPPED, load_draws, write_draws
from ..experiment.executors import Executor
from ..experiment.export import frame_without_formulas
from ..experiment.jobs import Job, OutcomeSelector, run_jobs, take_measures
from ..scenario import Scenario, ScenarioError, load_scenario
from ..scenario.errors import Fault, clipped, did_you_mean
from .calibration_file import Floats, Target, figures_on_scale, unscaled
from .calibration_report import markdown_table
from .emulator import Emulator

PATTERN = "england-average"
"""The preset that an authority without more to say is made like."""
POPULATION = ("children", "share_under_five", "deprived_share")
COUNTS = (
    "contacts", "referrals", "initial_assessments", "core_assessments", "registrations", "deregistrations",
    "on_register",
)  # fmt: skip
FITTED = ("referrals", "registrations")
OWN = ("noticing.visibility", "protection.routing")
_GRID = 60
_WIDER = 3.0
"""The own values are looked for between the least and the greatest of the shipped authorities', so many times wider."""


@dataclass(frozen=True)
class YearlyReturn:
    """What an authority returned for a year.

    Attributes:
        name: of the authority: that of the file, in small letters.
        population: by key of a scenario's population; ``children`` is there.
        counts: children counted in the year, by measure; those of ``FITTED`` are there.
    """

    name: str
    population: dict[str, float]
    counts: dict[str, float]

    @property
    def targets(self) -> list[Target]:
        """The counts as rates per 10,000 children, those that are fitted first."""
        children = self.population["children"]
        return [
            Target(
                scenario=self.name, measure=measure, value=count / children * 10_000.0, numerator=count,
                denominator=children, role="fit" if measure in FITTED else "held-out",
            )
            for measure, count in sorted(self.counts.items(), key=lambda item: item[0] not in FITTED)
        ]  # fmt: skip


def read_return(path: Path) -> YearlyReturn:
    """Read a CSV file with the columns figure and value, as ``scenarios/authority-return.csv`` has them.

    Raises:
        ScenarioError: with every fault and its line.
    """
    faults: list[Fault] = []
    found: dict[str, float] = {}

    def wrong(line: int, figure: str, message: str) -> None:
        faults.append(Fault(str(path), line, 1, figure, message))

    for line, figure, text in _lines(path, wrong):
        known = (*POPULATION, *COUNTS)
        if figure not in known:
            hint = did_you_mean(figure, known) or f"; they are {', '.join(known)}"
            wrong(line, clipped(figure), f"is no figure of a return{hint}")
            continue
        if figure in found:
            wrong(line, figure, "is given twice")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        share = figure in POPULATION[1:]
        if not math.isfinite(value) or value < 0.0 or (share and value > 1.0):
            allowed = "a share from 0 to 1" if share else "a number of 0 or more"
            wrong(line, figure, f"must be {allowed}, not {clipped(text)!r}")
        found[figure] = value
    if not faults:
        for figure in ("children", *FITTED):
            if not found.get(figure):
                wrong(1, figure, "must be there and above 0")
    if faults:
        raise ScenarioError(faults)
    name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "authority"
    return YearlyReturn(
        name, {k: v for k, v in found.items() if k in POPULATION}, {k: v for k, v in found.items() if k in COUNTS}
    )


def _lines(path: Path, wrong: Callable[[int, str, str], None]) -> Iterator[tuple[int, str, str]]:
    """Line number, figure and value of the rows that say something."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        wrong(1, "", f"cannot be read: {getattr(error, 'strerror', None) or 'it is no text in UTF-8'}")
        return
    for line, row in enumerate(csv.reader(text.splitlines()), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or cells[:2] == ["figure", "value"] or not any(cells[1:2]):
            continue
        yield line, cells[0], cells[1]


def scenario_text(given: YearlyReturn) -> str:
    """The authority as a scenario file: like England's average, with posts and programmes by its children."""
    base = load_scenario(PATTERN)
    children = round(given.population["children"])
    size = children / base.population.children
    programmes = max(round(len(base.programmes) * size), 0)
    posts = max(round(sum(place.posts for place in base.localities.values()) * size), 1)
    lines = [
        "# Made from a yearly return. Posts and programmes are England's average by children:",
        "# put in what the authority has.",
        "extends: baseline",
        f"name: {given.name}",
        f"title: {given.name}",
        "population:",
        *(f"  {key}: {children if key == 'children' else value}" for key, value in given.population.items()),
        "localities:",
        f"  All: {{share: 1, posts: {posts}}}",
    ]
    if programmes:
        lines += ["programmes:", *(f"  Programme {n}: {{localities: {{All: 1.0}}}}" for n in range(1, programmes + 1))]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class OwnAuthority:
    """What came of it.

    Attributes:
        draws: shared columns as shipped, and the authority's own.
        figures: one row a count: measure, role, returned, low, mid, high (90% interval, per 10,000 children) and
            explained (share of the variance of runs that the emulator explains).
    """

    draws: pd.DataFrame
    figures: pd.DataFrame


def calibrate_own(
    given: YearlyReturn, scenario: Scenario, executor: Executor, runs: int = 100, seed: int = 1
) -> OwnAuthority:
    """Find the authority's own values for each shipped draw.

    Args:
        given: what it returned.
        scenario: the authority, with any values for what is found here.
        executor: who makes the runs.
        runs: how many runs the emulator learns from; one a shipped draw, from the first on.
        seed: of all chance.

    Returns:
        Draws and predictions. The same return, scenario, seed and number give the same.

    Raises:
        RuntimeError: if a run fails.
    """
    shipped = load_draws(SHIPPED).table
    shared = shipped[[c for c in shipped.columns if "/" not in c]]
    places = np.stack([rankdata(shared[c]) / (len(shared) + 1.0) for c in shared.columns], axis=1)
    priors = np.array([_ends(shipped, key) for key in OWN])
    chosen = np.arange(runs) % len(shared)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 19]))
    own = np.asarray(qmc.LatinHypercube(len(OWN), rng=rng).random(runs))
    points = [dict(shared.iloc[i]) | dict(zip(OWN, _values(priors, own[n]), strict=True)) for n, i in enumerate(chosen)]
    targets = given.targets
    take = partial(take_measures, outcomes=tuple(OutcomeSelector(t.measure, "all") for t in targets))
    jobs = [
        Job(scenario.with_values(**{k.replace(".", "__"): v for k, v in point.items()}), seed, n, take)
        for n, point in enumerate(points)
    ]
    outcomes = np.full((runs, len(targets)), np.nan)
    for result in run_jobs(jobs, executor=executor):
        if result.value is None:
            raise RuntimeError(f"a run of {given.name} failed: {result.failure}")
        rows = result.value[result.value["year"] == PUBLISHED_YEAR].set_index("measure")["value"]
        outcomes[result.task.replicate] = [rows[t.measure] for t in targets]
    with threadpool_limits(1):
        emulator = Emulator(np.concatenate([places[chosen], own], axis=1), figures_on_scale(outcomes, targets))
        found = _own_values(emulator, places, targets, rng)
    draws = shared.copy()
    for j, key in enumerate(OWN):
        draws[f"{scenario.name}/{key}"] = [_values(priors, u)[j] for u in found]
    draws.insert(0, "draw", np.arange(len(draws)))
    return OwnAuthority(draws, _figures(emulator, np.concatenate([places, found], axis=1), targets, rng))


def _ends(shipped: pd.DataFrame, key: str) -> tuple[float, float]:
    """Logarithms of the ends between which an own value is looked for."""
    values = shipped[[c for c in shipped.columns if c.endswith(f"/{key}")]].to_numpy()
    most = 1.0  # both are shares
    return math.log(values.min() / _WIDER), math.log(min(values.max() * _WIDER, most))


def _values(ends: Floats, shares: Floats) -> list[float]:
    return [float(math.exp(low + (high - low) * u)) for (low, high), u in zip(ends, shares, strict=True)]


def _own_values(emulator: Emulator, places: Floats, targets: list[Target], rng: np.random.Generator) -> Floats:
    """Own values for each draw, in shares of the space between the ends, shape (draws, own values).

    The posterior given the draw, on a grid: normal likelihood with the count's chance, the discrepancy and the
    emulator's error; uniform in the logarithms before.
    """
    fitted = [j for j, t in enumerate(targets) if t.role == "fit"]
    wanted = np.array([targets[j].point for j in fitted])
    variance = np.array([targets[j].variance() for j in fitted]) + emulator.error[fitted]
    cells = (np.arange(_GRID) + 0.5) / _GRID
    grid = np.stack(np.meshgrid(cells, cells, indexing="ij"), axis=-1).reshape(-1, 2)
    found = np.empty((len(places), 2))
    for n, place in enumerate(places):
        means = emulator(np.concatenate([np.tile(place, (len(grid), 1)), grid], axis=1), fitted)
        height = -0.5 * ((means - wanted) ** 2 / variance).sum(axis=1)
        weight = np.exp(height - height.max())
        cell = grid[rng.choice(len(grid), p=weight / weight.sum())]
        found[n] = cell + (rng.random(2) - 0.5) / _GRID
    return found


def _figures(emulator: Emulator, shares: Floats, targets: list[Target], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    means = emulator(shares)
    for j, (target, fit) in enumerate(zip(targets, emulator.fits, strict=True)):
        spread = np.sqrt(target.variance() + fit.error)
        simulated = means[:, j] + spread * rng.standard_normal(len(shares))
        low, mid, high = unscaled(np.quantile(simulated, [0.05, 0.5, 0.95]), target.scale)
        rows.append((target.measure, target.role, target.value, low, mid, high, fit.explained))
    return pd.DataFrame(rows, columns=["measure", "role", "returned", "low", "mid", "high", "explained"])


def write_own(folder: Path, scenario: Path, name: str, found: OwnAuthority) -> None:
    """Write draws, a table of the figures and a README beside the scenario.

    Args:
        folder: to write to.
        scenario: the file of the authority's scenario, for the README.
        name: of the scenario.
        found: what came of it.
    """
    write_draws(folder, found.draws)
    frame_without_formulas(found.figures).to_csv(folder / "figures.csv", index=False, float_format="%.6g")
    parts = [
        f"# {name}",
        "What the authority returned, and what the model gives under the draws (90% intervals, per 10,000 children). "
        f"Only {' and '.join(FITTED)} were fitted to; `explained`: share of the variance of runs that the emulator "
        "explains.",
        markdown_table(found.figures),
        f"Run it: `referral-sim run {scenario} --draws {folder} --replicates 40`. Put the authority's posts, "
        "programmes and shares into the scenario's file, and calibrate again with `--scenario` and this file.",
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", "utf-8")
