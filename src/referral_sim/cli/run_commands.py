"""``referral-sim run``: simulate scenarios and set them beside the published figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..experiment.executors import usable_cores
from ..results.folders import FolderError, checked_folder, write_folder
from .options import AsJson, Changes, DrawsFrom, Everything, Folder, Seed, Workers, command_line, takes

if TYPE_CHECKING:
    from ..experiment.authority_results import AuthorityResult
    from ..experiment.draws import Draws
    from ..experiment.jobs import Job, JobResult
    from ..scenario import Scenario

FAILED, REFUSED = 1, 2


@dataclass(frozen=True)
class RunOptions:
    """What ``run`` may be asked."""

    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO", help="Presets or YAML files.")]
    seed: Seed = 1
    replicates: Annotated[int, typer.Option(min=1, help="Runs of each scenario.")] = 10
    changes: Changes = None
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policy", metavar="NAME", help="Lay a policy (a name or a file) over every scenario; may be repeated."
        ),
    ] = None
    out: Folder = None
    as_json: AsJson = False
    workers: Workers = None
    everything: Everything = False
    draws: DrawsFrom = None
    point: Annotated[int | None, typer.Option(min=0, help="Of a sweep's plan: make the runs at this point.")] = None
    replicate: Annotated[int, typer.Option(min=0, help="With --point: of this replicate.")] = 0
    run_id: Annotated[str | None, typer.Option("--run", metavar="ID", help="Of a sweep's plan: make this run.")] = None


@takes(RunOptions)
def run(asked: RunOptions) -> None:
    """Check all that was asked for, run, write, show. The output does not depend on the number of workers."""
    if asked.point is not None or asked.run_id is not None:
        _repeat(asked)
        return
    plans = load_all(asked.scenarios, asked.changes or [], asked.policies or [])
    folder = usable_folder(asked.out)
    from ..experiment.jobs import Job, take_measures, take_tables

    under = laid(asked.draws, plans, asked.scenarios, asked.changes or [])
    take = take_measures if folder is None else take_tables
    jobs = [Job(under(plan, k), asked.seed, k, take) for plan in plans for k in range(asked.replicates)]
    results = simulate(jobs, asked.workers or usable_cores())
    failed = report_failures(results)
    if folder is not None:
        numbers = {
            "seed": asked.seed,
            "replicates": asked.replicates,
            **drawn_from(asked.draws),
            "command": command_line(),
        }
        failed |= not written(folder, partial(write_folder, folder, plans, results, numbers))
    profiles = [_profile(plan, asked.seed, results, asked.draws is not None) for plan in plans]
    _show(profiles, asked.as_json, asked.everything)
    if failed:
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "run",
        help="Simulate scenarios (names of presets, or files) and set them beside the published figures.",
        short_help="Simulate scenarios beside the published figures.",
    )(run)


def _repeat(asked: RunOptions) -> None:
    """Make runs of a sweep's plan again, alone."""
    from .sweep_commands import repeat

    other = asked.changes or asked.policies or asked.out
    if len(asked.scenarios) != 1 or other or (asked.point is not None and asked.run_id is not None):
        refuse_if(["--point and --run go with one plan, and not with each other, --set, --policy or --out"])
    which = (asked.point, asked.replicate, asked.run_id)
    repeat(Path(asked.scenarios[0]), which, asked.draws, as_json=asked.as_json)


def load_all(sources: Sequence[str], changes: Sequence[str], policies: Sequence[str]) -> list[Scenario]:
    """All scenarios, each once; every fault of every one is said before the command ends with status 2."""
    from ..scenario import ScenarioError, load_scenario

    plans: dict[str, Scenario] = {}
    wrong: list[str] = []
    for source in sources:
        try:
            plan = load_scenario(source, changes, policies)
        except ScenarioError as error:
            wrong += [line for line in str(error).splitlines() if line not in wrong]
            continue
        first = plans.setdefault(plan.name, plan)
        if first is not plan and first.content_hash() != plan.content_hash():
            wrong.append(f"{source}: another scenario here is also named {plan.name!r}, with other values")
        elif first is not plan:
            typer.echo(f"{source}: the same scenario as {plan.name!r} above, run once", err=True)
    refuse_if(wrong)
    return list(plans.values())


def draws_of(asked: str) -> Draws:
    """The draws of ``--draws``; those that cannot be used end the command with status 2."""
    from ..experiment.draws import DrawsError, doubts, load_draws

    try:
        found = load_draws(asked)
    except DrawsError as error:
        refuse_if([f"--draws: {error}"])
        raise
    for line in doubts(found):
        typer.echo(f"warning: {line}", err=True)
    return found


def laid(
    asked: str | None, plans: Sequence[Scenario], sources: Sequence[str], changes: Sequence[str]
) -> Callable[[Scenario, int], Scenario]:
    """What puts the draw of a replicate over a scenario; without draws it leaves the scenario as it is.

    Keys that a policy or a file changed, or that ``--set`` gives, keep their value.
    """
    if asked is None:
        return lambda plan, replicate: plan
    from ..scenario import ScenarioError, load_scenario

    draws = draws_of(asked)
    bare = {one.name: one for one in (load_scenario(source.partition("+")[0]) for source in sources)}
    kept = {plan.name: _kept(plan, bare, changes) for plan in plans}

    def under(plan: Scenario, replicate: int) -> Scenario:
        try:
            return draws.lay(plan, replicate, kept[plan.name])
        except ScenarioError as error:
            refuse_if([f"--draws: replicate {replicate} of {plan.name}: {line}" for line in str(error).splitlines()])
            raise

    return under


def _kept(plan: Scenario, bare: dict[str, Scenario], changes: Sequence[str]) -> frozenset[str]:
    from ..experiment.draws import kept_keys

    return kept_keys(plan, bare.get(plan.name.partition("+")[0], plan), changes)


def drawn_from(asked: str | None) -> dict[str, str]:
    """What a manifest says of the draws."""
    return {} if asked is None else {"draws": asked, "draws_digest": draws_of(asked).digest}


def usable_folder(out: Path | None) -> Path | None:
    """The folder of ``--out``, checked; one that cannot be used ends the command with status 2."""
    try:
        return None if out is None else checked_folder(out)
    except FolderError as error:
        refuse_if([f"--out: {error}"])
        raise


def refuse_if(wrong: Sequence[str]) -> None:
    """Say what is wrong, if anything is, and end the command with status 2."""
    for line in wrong:
        typer.echo(line, err=True)
    if wrong:
        raise typer.Exit(REFUSED)


def simulate(jobs: Sequence[Job], workers: int) -> list[JobResult]:
    """One result for each job, in the order of ``jobs``."""
    from ..experiment.jobs import run_jobs

    found = {result.task: result for result in _watched(run_jobs(jobs, workers), len(jobs))}
    return [found[job] for job in jobs]


def _watched(results: Iterator[JobResult], total: int) -> Iterator[JobResult]:
    """The results, with a bar on stderr while they come in if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        yield from progress.track(results, total=total, description="Simulating")


def report_failures(results: Sequence[JobResult]) -> bool:
    """Say on stderr which runs failed; True if any did."""
    from ..scenario.errors import visible

    failed = [r for r in results if r.failure is not None]
    for r in failed:
        last = (r.failure or "").strip().splitlines()[-1:] or ["no traceback"]
        where = f"scenario {r.task.scenario.name}, seed {r.task.seed}, replicate {r.task.replicate}"
        typer.echo(f"run failed: {where}: {visible(last[0])}", err=True)
    return bool(failed)


def written(folder: Path, write: Callable[[], None]) -> bool:
    """Write a folder; whether that worked. Says on stderr what came of it."""
    try:
        write()
    except FolderError as error:
        typer.echo(f"--out: {error}", err=True)
        return False
    typer.echo(f"written to {folder}", err=True)
    return True


def _profile(plan: Scenario, seed: int, results: Sequence[JobResult], drawn: bool) -> AuthorityResult:
    import pandas as pd

    from ..experiment.authority_results import authority_result

    done = [r for r in results if r.task.scenario.name == plan.name and r.value is not None]
    frames = []
    for r in done:
        table: Any = r.value["measures"] if isinstance(r.value, dict) else r.value
        frames.append(table.assign(replicate=r.task.replicate))
    empty = pd.DataFrame(columns=["replicate", "measure", "unit", "group", "value"])
    return authority_result(plan, seed, pd.concat(frames, ignore_index=True) if frames else empty, drawn)


def _show(profiles: Sequence[AuthorityResult], as_json: bool, everything: bool) -> None:
    if as_json:
        from ..experiment.authority_results import to_json

        sys.stdout.write(to_json(profiles) + "\n")
        return
    from rich.console import Console

    from ..report.console import show_profiles

    show_profiles(Console(), [p for p in profiles if p.replicates], everything)
