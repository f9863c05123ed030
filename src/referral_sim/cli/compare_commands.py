"""``referral-sim compare``: what a policy changes, replicate by replicate and family by family."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, command_line, fail, say
from .options import AsJson, Changes, DrawsFrom, Everything, Folder, Seed, Workers
from .progress import RunCounter
from .run_inputs import (
    load_all,
    load_warned_draws,
    record_of_draws,
    report_failures,
    usable_folder,
    with_draws,
    written,
)

if TYPE_CHECKING:
    from ..experiment.comparison import Comparison
    from ..scenario import Scenario


@app.command(
    "compare",
    help="Compare scenarios with the first under common random numbers: differences of measures, and families "
    "whose path changed. A scenario is a preset or a file, with any policies: east-borough+family-support-panel.",
    short_help="Compare scenarios under common random numbers.",
)
def compare(
    sources: Annotated[
        list[str], typer.Argument(metavar="BASE [OTHER]...", help="Presets or YAML files; NAME+POLICY is understood.")
    ],
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME", help="With BASE alone: OTHER is BASE with this; may be repeated."),
    ] = None,
    replicates: Annotated[int, typer.Option(min=2, help="Runs of each scenario.")] = 20,
    seed: Seed = 1,
    changes: Changes = None,
    workers: Workers = None,
    as_json: AsJson = False,
    everything: Everything = False,
    draws: DrawsFrom = None,
    out: Folder = None,
) -> None:
    """Compare scenarios; the output does not depend on the number of workers."""
    base, *others = _scenarios(sources, changes or [], policies or [])
    folder = usable_folder(out)
    from ..experiment.comparison import compare_scenarios

    loaded_draws = load_warned_draws(draws)
    drawn = None if draws is None else with_draws(loaded_draws, [base, *others], sources, changes or [])
    with RunCounter(sys.stderr) as counter:
        cores = workers or usable_cores()
        found = compare_scenarios(base, others, replicates, seed, cores, counter.watch, drawn)
    failed = report_failures(found.failures)
    say((line for pair in found.pairs for line in pair.warnings), "warning: ")
    if folder is not None:
        from ..folders.write_folder import write_comparison

        record = {**record_of_draws(draws, loaded_draws), "command": command_line()}
        failed |= not written(folder, partial(write_comparison, folder, found, record))
    _show(found, as_json, everything)
    if failed:
        raise typer.Exit(FAILED)


def _scenarios(sources: list[str], changes: list[str], policies: list[str]) -> list[Scenario]:
    """The base and the others, two or more, each under a name of its own."""
    if policies and len(sources) > 1:
        fail([f"--policy goes with one scenario; for several write {sources[0]} {sources[1]}+{policies[0]}"])
    if policies:
        scenarios = load_all(sources, changes, []) + load_all(sources, changes, policies)
        if scenarios[0].name == scenarios[1].name:
            fail([f"base and other are both named {scenarios[0].name!r}; give the base a shorter name"])
        return scenarios
    if len(sources) < 2:
        fail([f"name a second scenario, or give --policy NAME: nothing to compare {sources[0]} with"])
    scenarios = load_all(sources, changes, [])
    if len(scenarios) < 2:
        fail([f"all of these are the scenario {scenarios[0].name!r}: nothing to compare it with"])
    return scenarios


def _show(found: Comparison, as_json: bool, everything: bool) -> None:
    if as_json:
        from ..experiment.comparison import comparison_to_json

        typer.echo(comparison_to_json(found))
        return
    from ..report.console import show_comparison
    from .printing import console

    show_comparison(console(120), found, everything)
