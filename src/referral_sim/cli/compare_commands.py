"""``referral-sim compare``: what a policy changes, replicate by replicate and family by family."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ..experiment.executors import usable_cores
from ..results.folders import write_comparison
from .options import AsJson, Changes, DrawsFrom, Everything, Folder, Seed, Workers, command_line, takes
from .pattern_commands import bar
from .run_commands import (
    FAILED,
    drawn_from,
    laid,
    load_all,
    refuse_if,
    report_failures,
    usable_folder,
    written,
)

if TYPE_CHECKING:
    from ..experiment.comparison import Comparison
    from ..scenario import Scenario


@dataclass(frozen=True)
class CompareOptions:
    """What ``compare`` may be asked."""

    scenarios: Annotated[
        list[str], typer.Argument(metavar="BASE [OTHER]...", help="Presets or YAML files; NAME+POLICY is understood.")
    ]
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME", help="With BASE alone: OTHER is BASE with this; may be repeated."),
    ] = None
    replicates: Annotated[int, typer.Option(min=2, help="Runs of each scenario.")] = 20
    seed: Seed = 1
    changes: Changes = None
    workers: Workers = None
    as_json: AsJson = False
    everything: Everything = False
    draws: DrawsFrom = None
    out: Folder = None


@takes(CompareOptions)
def compare(asked: CompareOptions) -> None:
    """Check all that was asked for, run, write, show. The output does not depend on the number of workers."""
    base, *others = _plans(asked.scenarios, asked.changes or [], asked.policies or [])
    folder = usable_folder(asked.out)
    from ..experiment.comparison import compare_scenarios

    under = None if asked.draws is None else laid(asked.draws, [base, *others], asked.scenarios, asked.changes or [])
    with bar() as watch:
        workers = asked.workers or usable_cores()
        found = compare_scenarios(base, others, asked.replicates, asked.seed, workers, watch, under)
    failed = report_failures(found.failures)
    for warning in (w for pair in found.pairs for w in pair.warnings):
        typer.echo(f"warning: {warning}", err=True)
    if folder is not None:
        failed |= not written(
            folder, partial(write_comparison, folder, found, {**drawn_from(asked.draws), "command": command_line()})
        )
    _show(found, asked.as_json, asked.everything)
    if failed:
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "compare",
        help="Compare scenarios with the first under common random numbers: differences of measures, and families "
        "whose path changed. A scenario is a preset or a file, with any policies: east-borough+family-support-panel.",
        short_help="Compare scenarios under common random numbers.",
    )(compare)


def _plans(scenarios: list[str], changes: list[str], policies: list[str]) -> list[Scenario]:
    """The base and the others, two or more, each under a name of its own."""
    if policies and len(scenarios) > 1:
        refuse_if([f"--policy goes with one scenario; for several write {scenarios[0]} {scenarios[1]}+{policies[0]}"])
    if policies:
        plans = load_all(scenarios, changes, []) + load_all(scenarios, changes, policies)
        same = plans[0].name == plans[1].name
        refuse_if([f"base and other are both named {plans[0].name!r}; give the base a shorter name"] if same else [])
        return plans
    if len(scenarios) < 2:
        refuse_if([f"name a second scenario, or give --policy NAME: nothing to compare {scenarios[0]} with"])
    plans = load_all(scenarios, changes, [])
    if len(plans) < 2:
        refuse_if([f"all of these are the scenario {plans[0].name!r}: nothing to compare it with"])
    return plans


def _show(found: Comparison, as_json: bool, everything: bool) -> None:
    if as_json:
        from ..experiment.comparison import comparison_to_json

        sys.stdout.write(comparison_to_json(found) + "\n")
        return
    from rich.console import Console

    from ..report.comparison_table import show_comparison

    console = Console()
    show_comparison(console if console.is_terminal else Console(width=120), found, everything)
