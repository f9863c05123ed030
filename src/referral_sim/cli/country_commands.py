"""``referral-sim country``: many authorities drawn from distributions, their sums beside a national return (E1)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, command_line, examples, fail, say
from .printing import EVERY, RunCounter, console, print_json
from .run_inputs import (
    AsJson,
    Changes,
    Folder,
    Overwrite,
    Seed,
    Workers,
    complete_policy,
    record_of_draws,
    usable_folder,
    written,
)
from .sweep_commands import ExecutorKind, MadeBy, Scheduler, executor_of

if TYPE_CHECKING:
    from ..experiment.country import CountryResult
    from ..experiment.drawn_authorities import DrawnAuthority

MOST_YEARS = 1000


def complete_country(incomplete: str) -> list[str]:
    """Names of countries for the shell; files it completes itself."""
    from ..scenario.library import COUNTRIES

    return [name for name in COUNTRIES.files() if name.startswith(incomplete)]


@app.command(
    "country",
    short_help="Sum many authorities beside a national return.",
    epilog=examples(
        "country england",
        "country england --authorities 10",
        "country england -p link-worker-everywhere --in 0.3 -o results/england",
        "country england -r 100 --executor dask --address tcp://HOST:8786",
    ),
)
def country(
    source: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY",
            help="england, or a YAML file of one's own (docs/how-to/england.md).",
            autocompletion=complete_country,
        ),
    ],
    seed: Seed = 1,
    replicates: Annotated[
        int, typer.Option("--replicates", "-r", metavar="N", min=1, max=MOST_YEARS, help="Years of the country.")
    ] = 1,
    authorities: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Run the first N authorities alone, to try something.")
    ] = None,
    changes: Changes = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            metavar="NAME",
            help="Compare with the country under this policy, in paired runs; several count together.",
            autocompletion=complete_policy,
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--in",
            metavar="WHERE",
            help="The policy is in force here alone: a share of the authorities (0.3), or names joined by commas "
            "(authority-003,authority-017).",
        ),
    ] = None,
    draws: Annotated[
        str,
        typer.Option("--draws", metavar="DIR", help="Draws of a calibration, one for each authority."),
    ] = "shipped",
    workers: Workers = None,
    executor: MadeBy = ExecutorKind.LOCAL,
    address: Scheduler = None,
    out: Folder = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Draw the authorities of a country, run each, and set their sums beside the national return.

    Each authority has a draw of the calibration and a seed of its own. Tables say too how far the authorities differ,
    and what a policy changes in all of them or in some.
    """
    from ..experiment.country import run_country
    from ..experiment.country_file import read_country
    from ..experiment.drawn_authorities import draw_authorities
    from ..experiment.draws import doubts, load_draws

    if where is not None and not policies:
        fail(["--in says where a policy is in force; give one, with --policy NAME"])
    loaded = read_country(source)
    if authorities is not None and authorities > loaded.authorities:
        fail([f"--authorities {authorities}: {loaded.title} has {loaded.authorities}"])
    folder = usable_folder(out, overwrite)
    parameters = load_draws(draws)
    say(doubts(parameters), "warning: ")
    drawn = draw_authorities(loaded, parameters, seed, authorities)
    chosen = _chosen(where, drawn)
    made_by, _ = executor_of(executor, address, workers or usable_cores(), None, None)
    with RunCounter(sys.stderr, EVERY) as counter:
        result = run_country(
            loaded, drawn, parameters, seed=seed, replicates=replicates, overrides=changes or (),
            policies=policies or (), chosen=chosen, executor=made_by, watch=counter.watch,
        )  # fmt: skip
    failed = False
    if folder is not None:
        from ..folders.write_country import write_country

        record = {**record_of_draws(parameters), "command": command_line()}
        figures = _figures(result)
        failed = not written(folder, partial(write_country, folder, result, parameters, record, figures, overwrite))
    _show(result, as_json)
    if failed:
        raise typer.Exit(FAILED)


def _chosen(where: str | None, authorities: Sequence[DrawnAuthority]) -> list[str]:
    """The authorities that ``--in`` names; all if it is not given."""
    from ..experiment.drawn_authorities import chosen_names
    from ..scenario.errors import clipped, did_you_mean

    if where is None:
        return []
    try:
        share = float(where)
    except ValueError:
        share = None
    if share is not None:
        if not 0.0 < share <= 1.0:
            fail([f"--in {clipped(where)}: a share must be above 0 and at most 1"])
        return chosen_names(authorities, share)
    known = [one.name for one in authorities]
    names = [name.strip() for name in where.split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; they are {known[0]} to {known[-1]}"
            fail([f"--in: there is no authority {clipped(name)!r}{hint}"])
    if not names:
        fail([f"--in {clipped(where)}: give a share, or names joined by commas"])
    return sorted(set(names), key=known.index)


def _figures(result: CountryResult) -> dict[str, bytes]:
    """The ranked figures as SVG and PNG."""
    from matplotlib import use

    from ..figures import project_theme, to_bytes
    from ..figures.country_figures import ranked

    use("agg")  # no windows
    national = result.national()
    tables = {"spread": (result.rates(), national, f"{result.country.title}: authorities by their rates")}
    if result.policies:
        tables["changes"] = (result.changes(), national[:0], f"What {result.policies} changes, authority by authority")
    found = {}
    with project_theme():
        for name, (table, lines, title) in tables.items():
            for kind in ("svg", "png"):
                found[f"{name}.{kind}"] = to_bytes(ranked(table, lines, title), kind)
    return found


def _show(result: CountryResult, as_json: bool) -> None:
    from ..report.country_tables import country_answer, country_as_data, country_effects, country_spread

    if as_json:
        print_json(country_as_data(result))
        return
    from ..report.console import show_grid

    screen = console()
    tables = [country_answer(result), country_spread(result)]
    for grid in [*tables, *([country_effects(result)] if result.policies else [])]:
        show_grid(screen, grid)
        screen.print()
