"""What commands that make runs share: their options, scenarios and draws as asked for, and the folder of results."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import fail, say
from .printing import RunCounter

if TYPE_CHECKING:
    from ..experiment.draws import Draws
    from ..experiment.jobs import Job, JobResult
    from ..experiment.plan import Plan
    from ..scenario import Scenario
    from ..scenario.dated import PolicyDates

HIGHEST_SEED = 2**32 - 1

Seed = Annotated[int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of all randomness; 0 is a seed.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value in every scenario; may be repeated."),
]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the results to this new or empty folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; as many as usable cores if not given.")]
DrawsFrom = Annotated[
    str | None,
    typer.Option(
        "--draws",
        metavar="DIR",
        help="Draws of a calibration that replicates run under: its folder, 'shipped', or 'none' for the values of the "
        "files alone. If not given, calibrated authorities run under the shipped ones.",
    ),
]
Begins = Annotated[
    str | None,
    typer.Option("--begins", metavar="DATE", help="The policies begin on this day; on the run's first if not given."),
]
Ends = Annotated[
    str | None, typer.Option("--ends", metavar="DATE", help="First day on which the policies are in force no more.")
]
PhaseIn = Annotated[
    int | None,
    typer.Option("--phase-in", min=1, max=120, metavar="MONTHS", help="Their numbers move in steps, one a month."),
]
PhaseInProgrammes = Annotated[
    int | None,
    typer.Option(
        "--phase-in-programmes", min=1, max=120, metavar="MONTHS", help="Each further programme follows so much later."
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Show every measure and group.")]
ReportingYear = Annotated[
    str | None,
    typer.Option(
        "--year", metavar="YEAR", help="Of several reporting years, show this one (2006-07) and its intervals."
    ),
]


def check_year(year: str | None, scenarios: Iterable[Scenario]) -> None:
    """Make sure, before anything runs, that all scenarios report a year; the command ends with status 2 if not."""
    from ..scenario.errors import clipped, did_you_mean

    for one in scenarios if year is not None else ():
        there = one.time.year_names
        if year not in there:
            known = there[0] if len(there) == 1 else f"{there[0]} to {there[-1]}"
            fail([f"--year {clipped(str(year))}: {one.name} reports {known}{did_you_mean(str(year), there)}"])


def policy_dates(
    sources: Sequence[str],
    policies: Sequence[str],
    begins: str | None,
    ends: str | None,
    by_month: int | None,
    by_programme: int | None,
) -> PolicyDates:
    """When the policies of the command line are in force; dates without a policy end the command with status 2."""
    from ..scenario.dated import PolicyDates
    from ..scenario.reader import DATE_OPTIONS

    found = PolicyDates(_date("--begins", begins), _date("--ends", ends), by_month, by_programme)
    if found != PolicyDates() and not policies and not any("+" in source for source in sources):
        option = next(DATE_OPTIONS[name] for name, value in vars(found).items() if value is not None)
        fail([f"{option} says when a policy is in force; give one, with --policy NAME or as {sources[0]}+NAME"])
    return found


def _date(option: str, text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        fail([f"{option}: must be a date (YYYY-MM-DD), not {text!r}"])


def load_all(
    sources: Sequence[str], changes: Sequence[str], policies: Sequence[str], dates: PolicyDates | None = None
) -> list[Scenario]:
    """All scenarios, each once; every fault of every one is said before the command ends with status 2."""
    from ..scenario import ScenarioError, load_scenario
    from ..scenario.dated import PolicyDates

    scenarios: dict[str, Scenario] = {}
    wrong: list[str] = []
    for source in sources:
        try:
            scenario = load_scenario(source, changes, policies, dates=dates or PolicyDates())
        except ScenarioError as error:
            wrong += [line for line in str(error).splitlines() if line not in wrong]
            continue
        first = scenarios.setdefault(scenario.name, scenario)
        if first is not scenario and first.content_hash() != scenario.content_hash():
            wrong.append(f"{source}: another scenario here is also named {scenario.name!r}, with other values")
        elif first is not scenario:
            say([f"{source}: the same scenario as {scenario.name!r} above, run once"])
    if wrong:
        fail(wrong)
    return list(scenarios.values())


def load_warned_draws(source: str | None, scenarios: Sequence[Scenario]) -> Draws | None:
    """The draws that scenarios run under, by ``--draws``; what is doubtful about them is said on stderr.

    Raises:
        DrawsError: if they cannot be used.
    """
    from ..experiment.draws import chosen_draws, doubts

    draws = chosen_draws(source, scenarios)
    say(doubts(draws) if draws is not None else [], "warning: ")
    return draws


def with_draws(
    draws: Draws | None, scenarios: Sequence[Scenario], sources: Sequence[str], changes: Sequence[str]
) -> Callable[[Scenario, int], Scenario]:
    """What puts the draw of a replicate over a scenario; without draws it leaves the scenario as it is.

    Keys that a policy or a file changed, or that ``--set`` gives, keep their value. A draw that a scenario does not
    allow ends the command with status 2.

    Args:
        draws: of a calibration.
        scenarios: all that will be run.
        sources: how each was named on the command line.
        changes: of ``--set``.
    """
    if draws is None:
        return lambda scenario, replicate: scenario
    from ..experiment.draws import kept_keys
    from ..scenario import ScenarioError, load_scenario

    bare = {one.name: one for one in (load_scenario(source.partition("+")[0]) for source in sources)}
    kept = {one.name: kept_keys(one, bare.get(one.name.partition("+")[0], one), changes) for one in scenarios}

    def drawn(scenario: Scenario, replicate: int) -> Scenario:
        if not draws.columns(scenario):
            return scenario
        try:
            return draws.lay(scenario, replicate, kept[scenario.name])
        except ScenarioError as error:
            fail(str(error).splitlines(), before=f"--draws: replicate {replicate} of {scenario.name}: ")

    return drawn


def load_plan_with_draws(path: Path, draws: str | None) -> Plan:
    """A plan from its file, with the draws that its runs are made under."""
    from dataclasses import replace

    from ..experiment.plan_file import load_plan

    plan = load_plan(path)
    return replace(plan, draws=load_warned_draws(draws, [variant.base for variant in plan.variants]))


def record_of_draws(draws: Draws | None) -> dict[str, str]:
    """What a manifest says of the draws."""
    return {} if draws is None else {"draws": draws.label, "draws_digest": draws.digest}


def say_outside(scenarios: Iterable[Scenario]) -> None:
    """Say on stderr which values lie outside the range that the shipped calibration left."""
    from ..folders.result_warnings import outside_calibration

    found = {line: one.name for one in reversed(list(scenarios)) for line in outside_calibration(one)}
    say((f"{name}: {line}" for line, name in found.items()), "warning: ")


def usable_folder(out: Path | None) -> Path | None:
    """The folder of ``--out``, checked.

    Raises:
        FolderError: if it cannot be used.
    """
    if out is None:
        return None
    from ..folders.write_folder import checked_folder

    return checked_folder(out)


def written(folder: Path, write: Callable[[], None]) -> bool:
    """Write a folder; whether that worked. Says on stderr what came of it."""
    from ..folders.write_folder import FolderError

    try:
        write()
    except FolderError as error:
        say([f"--out: {error}"])
        return False
    say([f"written to {folder}"])
    return True


def simulate(jobs: Sequence[Job], workers: int) -> list[JobResult]:
    """One result for each job, in the order of ``jobs``."""
    from ..experiment.jobs import run_jobs

    found: dict[Job, JobResult] = {}
    with RunCounter(sys.stderr) as counter:
        for result in run_jobs(jobs, workers):
            found[result.task] = result
            counter.watch(len(found), len(jobs))
    return [found[job] for job in jobs]


def report_failures(results: Sequence[JobResult]) -> bool:
    """Say on stderr which runs failed; True if any did."""
    failed = [r for r in results if r.failure is not None]
    for r in failed:
        last = (r.failure or "").strip().splitlines()[-1:] or ["no traceback"]
        where = f"scenario {r.task.scenario.name}, seed {r.task.seed}, replicate {r.task.replicate}"
        say([f"run failed: {where}: {last[0]}"])
    return bool(failed)
