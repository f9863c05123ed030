"""``referral-sim file-study``: the report's study of files, repeated on simulated ones."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .run_commands import FAILED, HIGHEST_SEED, INTERRUPTED, report_failures, simulate, usable_cores

if TYPE_CHECKING:
    from ..scenario import Scenario
    from ..study import Assumptions, Design

STUDY_MEASURES = {
    "referrals_from_sslp_areas",
    "study_source_recorded",
    "sslp_referrals_to_social_services",
    "social_services_referrals_to_sslp",
}


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "file-study",
        help="Repeat the report's study of files on a simulated authority: its tables as it would have printed them, "
        "how likely the published figures are, and what such a study would not have seen.",
        short_help="Repeat the report's file study on simulated files.",
    )(file_study)


def file_study(  # noqa: PLR0913 - one parameter an option
    authority: Annotated[
        str, typer.Argument(metavar="AUTHORITY", help="A preset or YAML file whose authority the report studied.")
    ],
    samples: Annotated[int, typer.Option(min=1, max=1_000_000, help="Samples of files, over all runs.")] = 400,
    replicates: Annotated[int, typer.Option(min=1, help="Runs of the authority.")] = 20,
    seed: Annotated[int, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of all randomness; 0 is a seed.")] = 1,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a value; may be repeated.")
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change what is assumed of the study; may be repeated."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; as many as usable cores if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Check, run, repeat the study, show. The output does not depend on the number of workers."""
    from ..evidence import contradictions
    from ..study import file_study as repeat
    from ..study import list_files, to_json

    scenario, design, assumptions = _checked(authority, changes or [], assume or [])
    if samples < replicates:
        raise typer.BadParameter(
            f"{samples} samples cannot be spread over {replicates} runs; give as many samples as runs, or more",
            param_hint="--samples",
        )
    try:
        runs = [(scenario, seed, replicate, list_files) for replicate in range(replicates)]
        results = simulate(runs, workers or usable_cores())
        failed = report_failures(results)
        listings = [r.summary for r in results if r.failure is None]
        if listings:
            study = repeat(listings, design, assumptions, samples)
            notes = [c.text for c in contradictions(design.authority) if STUDY_MEASURES.intersection(c.measures)]
            if as_json:
                asked = {"scenario": scenario.name, "seed": seed, "replicates": replicates}
                sys.stdout.write(to_json(study, asked, notes) + "\n")
            else:
                from rich.console import Console

                from ..report.file_study import show_file_study

                show_file_study(Console(), study, f"{scenario.title or scenario.name} ({scenario.name})", seed, notes)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if failed:
        raise typer.Exit(FAILED)


def _checked(source: str, changes: list[str], assume: list[str]) -> tuple[Scenario, Design, Assumptions]:
    """What was asked for, if the study can be made on it; else what is wrong and status 2."""
    from ..scenario import ScenarioError, load_scenario
    from ..study import AssumptionError, Assumptions, StudyError, check_scenario

    try:
        scenario = load_scenario(source, changes)
        return scenario, check_scenario(scenario), Assumptions.read(assume)
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except StudyError as error:
        raise typer.BadParameter(f"{source}: {error}", param_hint="AUTHORITY") from None
    except AssumptionError as error:
        raise typer.BadParameter(str(error), param_hint="--assume") from None
