"""What commands that make runs share: scenarios and draws as they were asked for, and the folder of results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .app import fail, say
from .progress import RunCounter

if TYPE_CHECKING:
    from ..experiment.draws import Draws
    from ..experiment.jobs import Job, JobResult
    from ..experiment.plan import Plan
    from ..scenario import Scenario


def load_all(sources: Sequence[str], changes: Sequence[str], policies: Sequence[str]) -> list[Scenario]:
    """All scenarios, each once; every fault of every one is said before the command ends with status 2."""
    from ..scenario import ScenarioError, load_scenario

    scenarios: dict[str, Scenario] = {}
    wrong: list[str] = []
    for source in sources:
        try:
            scenario = load_scenario(source, changes, policies)
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


def load_warned_draws(source: str | None) -> Draws | None:
    """The draws of ``--draws``, with what is doubtful about them said on stderr; None if none are asked for.

    Raises:
        DrawsError: if they cannot be used.
    """
    if source is None:
        return None
    from ..experiment.draws import doubts, load_draws

    draws = load_draws(source)
    say(doubts(draws), "warning: ")
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
        try:
            return draws.lay(scenario, replicate, kept[scenario.name])
        except ScenarioError as error:
            fail(str(error).splitlines(), before=f"--draws: replicate {replicate} of {scenario.name}: ")

    return drawn


def load_plan_with_draws(path: Path, draws: str | None) -> Plan:
    """A plan from its file, with draws if wanted."""
    from dataclasses import replace

    from ..experiment.plan_file import load_plan

    plan = load_plan(path)
    return plan if draws is None else replace(plan, draws=load_warned_draws(draws))


def record_of_draws(source: str | None, draws: Draws | None) -> dict[str, str]:
    """What a manifest says of the draws."""
    return {} if source is None or draws is None else {"draws": source, "draws_digest": draws.digest}


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
