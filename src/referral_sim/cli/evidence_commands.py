"""The commands about what was published: ``evidence``, ``patterns`` and ``file-study``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, examples, fail, say
from .printing import EVERY, RunCounter, console, print_json
from .run_inputs import AsJson, Changes, Seed, Workers, refuse_plans, replicates_option, report_failures, simulate

if TYPE_CHECKING:
    from ..file_study import Assumptions, StudyDesign
    from ..scenario import Scenario

PATTERNS = 12


@app.command(
    "evidence",
    short_help="Show published figures and what contradicts them.",
    epilog=examples("evidence", "evidence midtown", "evidence midtown --json"),
)
def evidence(
    authority: Annotated[
        str | None, typer.Argument(metavar="AUTHORITY", help="An authority's id; all if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: published and contradictions.")] = False,
) -> None:
    """Show the published figures of an authority, or of all, and what contradicts them."""
    from dataclasses import asdict

    from ..evidence import AUTHORITIES, authorities, contradictions, published

    if authority is not None and authority not in AUTHORITIES:
        raise typer.BadParameter(
            f"there are no published figures of {authority!r}; there are of {', '.join(AUTHORITIES)}",
            param_hint="AUTHORITY",
        )
    figures, found = published(authority), contradictions(authority)
    if as_json:
        print_json({"published": [asdict(f) for f in figures], "contradictions": [asdict(c) for c in found]})
        return
    from ..report.console import show_evidence

    names = {place.id: place.name for place in authorities().values()} | {"england": "England"}
    ordered = sorted(figures, key=lambda f: AUTHORITIES.index(f.authority))
    show_evidence(console(), ordered, found, names)


@app.command(
    "patterns",
    short_help="Check the twelve patterns that the model must show.",
    epilog=examples("patterns", "patterns --only 7,12 -r 10", "patterns --json > patterns.json"),
)
def patterns(
    only: Annotated[
        str, typer.Option(metavar="N,N", help="Numbers of the patterns to show, 1 to 12; all if not given.")
    ] = "",
    replicates: Annotated[int, replicates_option(2)] = 40,
    seed: Seed = 1,
    as_json: AsJson = False,
    workers: Workers = None,
) -> None:
    """Run what the twelve patterns need and show each: predicted, observed, holds or not.

    All twelve with 40 replicates take about a quarter of an hour on two cores. Exit status 1: a pattern that should
    hold does not.
    """
    numbers = _numbers(only)
    from ..patterns import run_patterns

    with RunCounter(sys.stderr, EVERY) as counter:
        found = run_patterns(numbers, replicates, seed, workers or usable_cores(), counter.watch)
    from ..report.patterns_table import patterns_as_data, show_patterns

    if as_json:
        typer.echo(json.dumps(patterns_as_data(found), indent=2))
    else:
        show_patterns(console(), found, replicates, seed)
    if failing := [pattern for pattern in found if not pattern.holds and not pattern.shown_only]:
        say(f"pattern {pattern.number} does not hold: {pattern.name}" for pattern in failing)
        raise typer.Exit(FAILED)


def _numbers(text: str) -> list[int]:
    """Numbers of patterns from text like ``3,5``."""
    if not text:
        return list(range(1, PATTERNS + 1))
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.isdecimal() or not 1 <= int(part) <= PATTERNS]
    if wrong:
        fail([f"--only: {wrong[0]!r} is not a pattern; give numbers from 1 to {PATTERNS}, such as 3,5"])
    return [int(part) for part in parts]


@app.command(
    "file-study",
    epilog=examples("file-study midtown", "file-study midtown --assume use_noted=0.5 -r 40"),
    help="Repeat the report's study of files on a simulated authority: its tables as it would have printed them, "
    "how likely the published figures are, and what such a study would not have seen.",
    short_help="Repeat the report's file study on simulated files.",
)
def file_study(
    authority: Annotated[
        str, typer.Argument(metavar="AUTHORITY", help="A preset or YAML file whose authority the report studied.")
    ],
    samples: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000_000, help="Samples of files, over all runs.")
    ] = 400,
    replicates: Annotated[int, replicates_option()] = 20,
    seed: Seed = 1,
    changes: Changes = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change what is assumed of the study; may be repeated."),
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Repeat the file study; the output does not depend on the number of workers."""
    from ..evidence import contradictions
    from ..experiment.jobs import Job
    from ..file_study import file_study as repeat_study
    from ..file_study import list_files, to_json
    from ..measures.table import FILE_STUDY

    scenario, design, assumptions = _checked(authority, changes or [], assume or [])
    if samples < replicates:
        raise typer.BadParameter(
            f"{samples} samples cannot be spread over {replicates} runs; give as many samples as runs, or more",
            param_hint="--samples",
        )
    jobs = [Job(scenario, seed, replicate, list_files) for replicate in range(replicates)]
    results = simulate(jobs, workers or usable_cores())
    failed = report_failures(results)
    listings = [r.value for r in results if r.value is not None]
    if listings:
        study = repeat_study(listings, design, assumptions, samples)
        notes = [c.text for c in contradictions(design.authority) if set(FILE_STUDY).intersection(c.measures)]
        if as_json:
            numbers = {"scenario": scenario.name, "seed": seed, "replicates": replicates}
            typer.echo(to_json(study, numbers, notes))
        else:
            from ..report.file_study import show_file_study

            show_file_study(console(), study, f"{scenario.title or scenario.name} ({scenario.name})", seed, notes)
    if failed:
        raise typer.Exit(FAILED)


def _checked(source: str, changes: list[str], assume: list[str]) -> tuple[Scenario, StudyDesign, Assumptions]:
    """What was asked for, if the study can be made on it; else what is wrong and status 2."""
    from ..file_study import AssumptionError, Assumptions, NotStudiedError, check_scenario
    from ..scenario import load_scenario

    refuse_plans([source])
    scenario = load_scenario(source, changes)
    try:
        return scenario, check_scenario(scenario), Assumptions.read(assume)
    except NotStudiedError as error:
        raise typer.BadParameter(f"{source}: {error}", param_hint="AUTHORITY") from None
    except AssumptionError as error:
        raise typer.BadParameter(str(error), param_hint="--assume") from None
