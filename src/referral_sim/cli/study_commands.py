"""``referral-sim file-study``: the report's study of files, repeated on simulated ones."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ..experiment.spans import usable_cores
from .options import AsJson, Changes, Seed, Workers, takes
from .run_commands import FAILED, report_failures, simulate

if TYPE_CHECKING:
    from ..file_study import Assumptions, StudyDesign
    from ..scenario import Scenario

STUDY_MEASURES = {
    "referrals_from_sslp_areas",
    "study_source_recorded",
    "sslp_referrals_to_social_services",
    "social_services_referrals_to_sslp",
}


@dataclass(frozen=True)
class StudyOptions:
    """What ``file-study`` may be asked."""

    authority: Annotated[
        str, typer.Argument(metavar="AUTHORITY", help="A preset or YAML file whose authority the report studied.")
    ]
    samples: Annotated[int, typer.Option(min=1, max=1_000_000, help="Samples of files, over all runs.")] = 400
    replicates: Annotated[int, typer.Option(min=1, help="Runs of the authority.")] = 20
    seed: Seed = 1
    changes: Changes = None
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change what is assumed of the study; may be repeated."),
    ] = None
    workers: Workers = None
    as_json: AsJson = False


@takes(StudyOptions)
def file_study(asked: StudyOptions) -> None:
    """Check, run, repeat the study, show. The output does not depend on the number of workers."""
    from ..evidence import contradictions
    from ..file_study import file_study as repeat
    from ..file_study import list_files, to_json

    scenario, design, assumptions = _checked(asked.authority, asked.changes or [], asked.assume or [])
    if asked.samples < asked.replicates:
        raise typer.BadParameter(
            f"{asked.samples} samples cannot be spread over {asked.replicates} runs; give as many samples as runs, "
            "or more",
            param_hint="--samples",
        )
    runs = [(scenario, asked.seed, replicate, list_files) for replicate in range(asked.replicates)]
    results = simulate(runs, asked.workers or usable_cores())
    failed = report_failures(results)
    listings = [r.summary for r in results if r.failure is None]
    if listings:
        study = repeat(listings, design, assumptions, asked.samples)
        notes = [c.text for c in contradictions(design.authority) if STUDY_MEASURES.intersection(c.measures)]
        if asked.as_json:
            numbers = {"scenario": scenario.name, "seed": asked.seed, "replicates": asked.replicates}
            sys.stdout.write(to_json(study, numbers, notes) + "\n")
        else:
            from rich.console import Console

            from ..report.file_study import show_file_study

            title = f"{scenario.title or scenario.name} ({scenario.name})"
            show_file_study(Console(), study, title, asked.seed, notes)
    if failed:
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "file-study",
        help="Repeat the report's study of files on a simulated authority: its tables as it would have printed them, "
        "how likely the published figures are, and what such a study would not have seen.",
        short_help="Repeat the report's file study on simulated files.",
    )(file_study)


def _checked(source: str, changes: list[str], assume: list[str]) -> tuple[Scenario, StudyDesign, Assumptions]:
    """What was asked for, if the study can be made on it; else what is wrong and status 2."""
    from ..file_study import AssumptionError, Assumptions, NotStudiedError, check_scenario
    from ..scenario import ScenarioError, load_scenario

    try:
        scenario = load_scenario(source, changes)
        return scenario, check_scenario(scenario), Assumptions.read(assume)
    except ScenarioError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except NotStudiedError as error:
        raise typer.BadParameter(f"{source}: {error}", param_hint="AUTHORITY") from None
    except AssumptionError as error:
        raise typer.BadParameter(str(error), param_hint="--assume") from None
