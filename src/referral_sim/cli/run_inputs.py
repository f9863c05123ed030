"""What commands that make runs share: their options, scenarios and draws as asked for, and the folder of results."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..experiment.executors import usable_cores
from .app import fail, say
from .printing import EVERY, RunCounter

if TYPE_CHECKING:
    from ..experiment.draws import Draws
    from ..experiment.jobs import Job, JobResult
    from ..experiment.plan import Plan
    from ..scenario import Scenario
    from ..scenario.dated import PolicyDates

HIGHEST_SEED = 2**32 - 1
FILES = (".csv", ".xlsx", ".xls", ".parquet", ".json", ".html")
"""Endings of files that somebody may expect of ``--out``."""
MOST_REPLICATES = 1000
"""What one command keeps in memory; more are made by a plan, whose sweep keeps them on the disk."""

MOST_WORKERS = max(64, 4 * usable_cores())


def complete_scenario(incomplete: str) -> list[str]:
    """Names of presets for the shell, and of policies after a plus; files it completes itself."""
    from ..scenario.library import POLICIES, SCENARIOS

    head, plus, last = incomplete.rpartition("+")
    return [head + plus + name for name in (POLICIES if plus else SCENARIOS).files() if name.startswith(last)]


def complete_policy(incomplete: str) -> list[str]:
    """Names of policies for the shell."""
    from ..scenario.library import POLICIES

    return [name for name in POLICIES.files() if name.startswith(incomplete)]


Seed = Annotated[
    int, typer.Option("--seed", "-s", metavar="N", min=0, max=HIGHEST_SEED, help="Seed of all randomness; 0 is a seed.")
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a value in every scenario; may be repeated."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Also write the results to this folder: a new or an empty one."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="With --out: replace a folder of results that is there already.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        "-w",
        metavar="N",
        min=1,
        max=MOST_WORKERS,
        help="Processes; as many as usable cores if not given.",
    ),
]
DrawsFrom = Annotated[
    str | None,
    typer.Option(
        "--draws",
        metavar="DIR",
        help="Draws of a calibration that replicates run under: its folder, 'shipped', or 'none' for the files' values "
        "alone. If not given, calibrated authorities run under the shipped ones.",
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
Everything = Annotated[bool, typer.Option("--all", help="Show every measure and group below the answer.")]
ReportingYear = Annotated[
    str | None,
    typer.Option(
        "--year", metavar="YEAR", help="Of several reporting years, show this one (2006-07) and its intervals."
    ),
]


def replicates_option(least: int = 1) -> Any:
    """The option ``--replicates`` of a command that keeps what its runs give in memory."""
    return typer.Option(
        "--replicates", "-r", metavar="N", min=least, max=MOST_REPLICATES, help="Runs of each scenario."
    )


def refuse_with_json(as_json: bool, *, everything: bool, year: str | None) -> None:
    """End the command with status 2 where an option would do nothing, for JSON holds every measure of every year."""
    for option, there in (("--all", everything), ("--year", year is not None)):
        if as_json and there:
            fail([f"{option} does nothing with --json, which holds every measure, group and year"])


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


def kind_of_file(source: str) -> Literal["scenario", "plan", "calibration"]:
    """What a file is, by its keys; what is no file, or cannot be read, is left to the reader of scenarios."""
    from ..scenario.documents import decode

    path = Path(source)
    try:
        document = decode(path.read_bytes(), "", "plan")[0] if path.is_file() else None
    except (OSError, ValueError):
        document = None
    keys = set(document.values) if document is not None and isinstance(document.values, dict) else set()
    if {"parameters", "targets"} <= keys:
        return "calibration"
    return "plan" if keys & {"scenario", "scenarios"} and "extends" not in keys else "scenario"


def refuse_plans(sources: Iterable[str]) -> None:
    """End the command with status 2 where a plan stands in the place of a scenario, and say what takes it."""
    taken = {
        "plan": "it is a plan of many runs: 'referral-sim sweep {0} --out DIR' makes them, 'referral-sim run {0} "
        "--point N' those of one point again",
        "calibration": "it is the plan of a calibration: 'referral-sim calibrate {0} --out DIR' takes it",
    }
    wrong = [f"{source}: {taken[kind].format(source)}" for source in sources if (kind := kind_of_file(source)) in taken]
    if wrong:
        fail(wrong)


def load_all(
    sources: Sequence[str], changes: Sequence[str], policies: Sequence[str], dates: PolicyDates | None = None
) -> list[Scenario]:
    """All scenarios, each once; every fault of every one is said before the command ends with status 2."""
    from ..scenario import ScenarioError, load_scenario
    from ..scenario.dated import PolicyDates

    scenarios: dict[str, Scenario] = {}
    wrong: list[str] = []
    refuse_plans(sources)
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
    """What puts the draw of a replicate over a scenario, as :func:`~referral_sim.experiment.draws.under_draws` says.

    Args:
        draws: of a calibration.
        scenarios: all that will be run.
        sources: how each was named on the command line.
        changes: of ``--set``.
    """
    from ..experiment.draws import under_draws
    from ..scenario import load_scenario

    heads = (source.partition("+")[0] for source in sources) if draws is not None else ()
    bare = {one.name: one for one in map(load_scenario, heads)}
    return under_draws(draws, scenarios, changes, bare)


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


def usable_folder(out: Path | None, overwrite: bool = False) -> Path | None:
    """The folder of ``--out``, checked.

    Args:
        out: as asked for.
        overwrite: a folder of results that is there will be replaced.

    Raises:
        FolderError: if it cannot be used.
    """
    if out is None:
        if overwrite:
            fail(["--overwrite goes with --out DIR"])
        return None
    from ..folders.write_folder import checked_folder

    if out.suffix.lower() in FILES and not out.is_dir():
        folder = out.with_suffix("")
        fail(
            [
                f"--out: {out} names a file, and results are a folder: write --out {folder}, and then "
                f"'referral-sim export {folder}' for tables in files"
            ]
        )
    return checked_folder(out, overwrite)


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
    with RunCounter(sys.stderr, EVERY) as counter:
        counter.start(len(jobs))
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
