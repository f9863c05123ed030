"""``referral-sim sweep``, ``export`` and ``calibrate``: plans of many runs, and single runs of a plan made again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from ..experiment.executors import usable_cores
from .app import FAILED, app, examples, fail, require, resumable, say
from .printing import EVERY, RunCounter, console, print_json, print_table
from .run_inputs import DrawsFrom, Workers, load_plan_with_draws

if TYPE_CHECKING:
    from ..experiment.executors import Executor
    from ..experiment.parquet_store import ParquetStore
    from ..experiment.plan import Plan, PlannedRun
    from ..experiment.stores import FinishedRun

POOR = 3
"""Exit status of a calibration whose fit is poor."""
_MOST_NAMED = 20


class ExecutorKind(StrEnum):
    """Who makes the runs."""

    LOCAL = "local"
    DASK = "dask"


MadeBy = Annotated[ExecutorKind, typer.Option(help="Make the runs here or on a Dask cluster.")]
Scheduler = Annotated[str | None, typer.Option(metavar="tcp://HOST:PORT", help="The scheduler of the cluster.")]


class ExportFormat(StrEnum):
    """What export writes."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@app.command(
    "sweep",
    short_help="Make the runs that a plan asks for.",
    epilog=examples(
        "validate plan.yaml",
        "sweep plan.yaml -o results/plan --dry-run",
        "sweep plan.yaml -o results/plan",
        "report results/plan",
    ),
)
def sweep(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file (docs/sweeps.md).")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="A new or empty folder, or one that this plan has begun to fill: it goes "
            "on there, and needs no --overwrite.",
        ),
    ],
    workers: Workers = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many runs, how long, how much disk; stop.")] = (
        False
    ),
    executor: MadeBy = ExecutorKind.LOCAL,
    address: Scheduler = None,
    limit_seconds: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Stop a run that takes longer.")
    ] = None,
    limit_memory: Annotated[int | None, typer.Option(min=1, metavar="MB", help="Stop a run that takes more.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make the failed runs again.")] = False,
    draws: DrawsFrom = None,
) -> None:
    """Make the runs that a plan asks for and DIR does not have yet.

    A sweep that was stopped in any way is continued by the same command.
    """
    with resumable():
        loaded = load_plan_with_draws(plan, draws)
        made_by, count = executor_of(executor, address, workers or usable_cores(), limit_seconds, limit_memory)
        failed = _sweep(loaded, out, made_by, count, dry_run=dry_run, retry_failed=retry_failed)
    if failed:
        raise typer.Exit(FAILED)


def executor_of(
    where: ExecutorKind, address: str | None, workers: int, limit_seconds: float | None, limit_memory: int | None
) -> tuple[Executor, int]:
    """Who makes the runs, and how many at once."""
    if where is ExecutorKind.LOCAL:
        from ..experiment.process_executor import ProcessExecutor

        if address is not None:
            fail(["--address belongs to --executor dask"])
        try:
            return ProcessExecutor(workers, limit_seconds, limit_memory), workers
        except ValueError as error:
            fail([f"--{str(error).replace('_', '-')}"])
    if limit_seconds is not None or limit_memory is not None:
        fail(["--limit-seconds and --limit-memory hold for --executor local only"])
    if address is None:
        fail(["--executor dask needs --address tcp://HOST:PORT, the address of the scheduler"])
    from ..experiment.dask_executor import ClusterError, DaskExecutor

    try:
        cluster = DaskExecutor(address)
        return cluster, cluster.workers()
    except ClusterError as error:
        fail([f"--executor dask: {error}"])


def _sweep(plan: Plan, out: Path, executor: Executor, workers: int, *, dry_run: bool, retry_failed: bool) -> bool:
    """Say what will be done, do it, say what came of it; returns whether a run is not done."""
    if dry_run:
        from ..experiment.estimate import trials
        from ..experiment.plan import runs_of
        from ..experiment.running import make

        there, total = _opened(plan, out).status(), sum(1 for _ in runs_of(plan))
        left = [run for run in runs_of(plan) if run.id not in there]
        _announce(plan, total, left, list(make(plan, trials(left), executor)), workers, sys.stdout)
        return False
    return _summary(out, plan, made_runs(plan, out, executor, workers, retry_failed=retry_failed))


def _opened(plan: Plan, out: Path) -> ParquetStore:
    """The store in a folder, which this plan may go on; the command ends with status 2 if it cannot be used."""
    from ..experiment.parquet_store import ParquetStore
    from ..experiment.resume import check_fit
    from ..experiment.stores import StoreError

    try:
        store = ParquetStore(out)
        check_fit(plan, store)
        say((f"{fault}; its runs are made again" for fault in store.damage()), "warning: ")
        store.status()
    except StoreError as error:
        fail([f"--out: {error}"])
    return store


def made_runs(plan: Plan, out: Path, executor: Executor, workers: int, *, retry_failed: bool = False) -> ParquetStore:
    """Make the runs of a plan that a folder does not have, with progress, and name those that failed on stderr.

    Returns:
        The store of the folder, closed.
    """
    from ..experiment.plan import runs_of
    from ..experiment.running import sweep_runs
    from ..experiment.stores import StoreError

    total = sum(1 for _ in runs_of(plan))
    store = _opened(plan, out)
    failed: list[FinishedRun] = []
    progress = RunCounter(sys.stderr, EVERY)

    def announce(left: list[PlannedRun], timed: list[FinishedRun]) -> None:
        _announce(plan, total, left, timed, workers, sys.stderr)
        progress.start(len(left))

    made = 0
    try:
        ends = sweep_runs(plan, executor=executor, store=store, retry_failed=retry_failed, announce=announce)
        with progress, closing(ends):
            for finished in ends:
                made += 1
                if finished.status != "done":
                    failed.append(finished)
                progress.ended(good=finished.status == "done")
    except StoreError as error:
        if made:
            raise
        fail([f"--out: {error}"])
    _say_failed(out, plan, failed)
    return store


def _say_failed(out: Path, plan: Plan, failed: Sequence[FinishedRun]) -> None:
    """Name the runs that failed now."""
    from ..experiment.plan import place_in_words, place_of_run

    for finished in failed[:_MOST_NAMED]:
        where = place_in_words(place_of_run(finished.task))
        again = f"referral-sim run {plan.file} --run {finished.task.id}"
        say([f"run {finished.status}: {where}: {finished.reason} (alone: {again})"])
    if len(failed) > _MOST_NAMED:
        say([f"and {len(failed) - _MOST_NAMED} more; see the column reason of {out / 'runs'}"])


def _announce(
    plan: Plan, total: int, left: Sequence[PlannedRun], timed: Sequence[FinishedRun], workers: int, stream: TextIO
) -> None:
    from ..experiment.estimate import duration, estimate, size

    scenarios = len({variant.scenario for variant in plan.variants})
    alternatives = len({variant.policies for variant in plan.variants})
    points = total // (len(plan.variants) * plan.replicates)
    parts = (
        (scenarios, "scenario", "scenarios"),
        (alternatives, "alternative", "alternatives"),
        (points, "point", "points"),
        (plan.replicates, "replicate", "replicates"),
    )
    product = " x ".join(f"{count} {one if count == 1 else many}" for count, one, many in parts)
    lines = [f"{total} runs: {product}"]
    there = total - len({run.id for run in left} | {finished.task.id for finished in timed})
    if there:
        lines.append(f"{there} are there already")
    if left:
        will = estimate(plan, left, timed, workers)
        if will.seconds is None or will.bytes is None:
            lines.append("how long they take cannot be said: no run that was tried for it came to its end")
        else:
            by = f"{workers} {'worker' if workers == 1 else 'workers'}"
            lines.append(f"about {duration(will.seconds)} with {by}, and {size(will.bytes)} of disk")
    stream.write("\n".join(lines) + "\n")
    stream.flush()


def _summary(out: Path, plan: Plan, store: ParquetStore) -> bool:
    """Say what the folder holds, what came out and what to do next; returns whether a run is not done."""
    status = store.status()
    bad = sum(one != "done" for one in status.values())
    words = f"{len(status) - bad} runs done" + (f", {bad} failed" if bad else "")
    say([f"{words}, in {out}" + ("; --retry-failed makes the failed ones again" if bad else "")])
    from ..report.answers import points_answer
    from ..report.console import show_grid

    levers = [variable.key for variable in plan.variables if variable.role == "levers"]
    grid = points_answer(store.runs().to_pandas(), store.outcomes().to_pandas(), levers)
    if grid is not None:
        show_grid(console(), grid)
    say([
        f"Next: 'referral-sim report {out}' writes what came out as a page, 'referral-sim export {out}' as files for "
        "other programs."
    ])  # fmt: skip
    return bad > 0


def repeat(
    plan: Path, point: int | None, replicate: int, run_id: str | None, draws: str | None, *, as_json: bool
) -> None:
    """Make runs of a plan again and show their outcomes, for ``run PLAN --point N --replicate K`` and ``--run ID``.

    Args:
        plan: its file.
        point: number of the point; not used with an id.
        replicate: number of the replicate at the point.
        run_id: what the id of one run begins with, or None.
        draws: as ``--draws`` says.
        as_json: print JSON instead of a table.
    """
    from ..experiment.executors import SerialExecutor
    from ..experiment.running import make

    with resumable():
        loaded = load_plan_with_draws(plan, draws)
        chosen = _at(loaded, point, replicate) if run_id is None else _with_id(loaded, run_id)
        finished = list(make(loaded, chosen, SerialExecutor()))
    _show_runs(finished, as_json)
    if any(one.status != "done" for one in finished):
        raise typer.Exit(FAILED)


def _with_id(plan: Plan, beginning: str) -> list[PlannedRun]:
    from ..experiment.plan import runs_of

    chosen = [run for run in runs_of(plan) if run.id.startswith(beginning)]
    if len(chosen) != 1:
        there = "no run of this plan has" if not chosen else f"{len(chosen)} runs of this plan have"
        fail([f"--run: {there} an id that begins with {beginning!r}"])
    return chosen


def _at(plan: Plan, point: int | None, replicate: int) -> list[PlannedRun]:
    from ..experiment.plan import runs_of

    runs = list(runs_of(plan))
    chosen = [run for run in runs if (run.number, run.replicate) == (point, replicate)]
    if not chosen:
        allowed = f"points 0 to {max(run.number for run in runs)}, replicates 0 to {plan.replicates - 1}"
        fail([f"--point {point} --replicate {replicate}: the plan has {allowed}"])
    return chosen


def _show_runs(finished: Sequence[FinishedRun], as_json: bool) -> None:
    from ..experiment.plan import place_in_words, place_of_run
    from ..experiment.summaries import finite_or_none

    found: list[dict[str, Any]] = []
    for one in finished:
        if one.reason or one.traceback:
            say([f"run {one.status}: {one.reason}"])
        if one.traceback:
            typer.echo(one.traceback, err=True)
        rows = [] if one.value is None else one.value[["year", "measure", "group", "value", "unit"]].to_dict("records")
        rows = [{**row, "value": finite_or_none(row["value"])} for row in rows]
        place = {"run": one.task.id, **place_of_run(one.task), "values": dict(one.task.point)}
        found.append({**place, "status": one.status, "reason": one.reason, "outcomes": rows})
    if as_json:
        print_json(found)
        return
    for run in found:
        at = ", ".join(f"{key} {value}" for key, value in run["values"].items())
        print_table(
            f"{run['run']}: {place_in_words(run)}" + (f": {at}" if at else ""),
            ("year", "measure", "group", "value", "unit"),
            (
                (r["year"], r["measure"], r["group"], "" if r["value"] is None else repr(r["value"]), r["unit"])
                for r in run["outcomes"]
            ),
        )


@app.command(
    "export",
    short_help="Write the tables of a folder of results as CSV, Excel or Parquet files.",
    epilog=examples("export results/mine", "export results/mine -f xlsx", "export results/plan -f parquet -o tables"),
)
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What --out of run, compare, sweep or calibrate has written.")
    ],
    format_: Annotated[ExportFormat, typer.Option("--format", "-f", help="What to write.")] = ExportFormat.CSV,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Where to; DIR/export if not given. Files there are replaced."),
    ] = None,
) -> None:
    """Write each table as a CSV or Parquet file, or all as the sheets of one Excel workbook."""
    from ..folders.export_folder import export_folder

    if out is not None and (out.is_file() or out.suffix.lstrip(".") in list(ExportFormat)):
        fail([f"--out: {out} names a file; name a folder, and what to write there with --format csv, xlsx or parquet"])
    files, too_long = export_folder(folder, format_.value, out or folder / "export")
    say(map(str, files), "written to ")
    say(f"{name} is too long for an Excel sheet and is left out; --format csv writes it" for name in too_long)


@app.command(
    "calibrate",
    short_help="Find the values that go with the published figures.",
    epilog=examples(
        "calibrate scenarios/plans/calibration/plan.yaml -o results/calibration",
        "calibrate my-return.csv -o results/mine",
        "run midtown --draws results/calibration",
    ),
)
def calibrate(
    plan: Annotated[
        Path,
        typer.Argument(metavar="PLAN", help="The calibration's YAML file, or the CSV file of one authority's return."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="A new or empty folder, or one that this calibration has begun to fill: "
            "it goes on there, and needs no --overwrite.",
        ),
    ],
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With a CSV file: the authority's scenario, if there is one.")
    ] = None,
    workers: Workers = None,
) -> None:
    """Calibrate scenarios to published figures. One that was stopped is continued by the same command.

    Writes README.md (the report), tables/ and draws.parquet to DIR. Exit status 3: the fit is poor, and the report
    names the figures that do not fit. From the CSV file of a yearly return (scenarios/authority-return.csv is one to
    fill in) it makes a scenario of that authority, and draws on top of the shipped ones, in a minute or two.
    """
    require(["sklearn", "emcee", "jinja2"], "calibrate needs {missing}", "calibration")
    if plan.suffix.lower() == ".csv":
        _calibrate_own(plan, out, scenario, workers or usable_cores())
        return
    if scenario is not None:
        fail(["--scenario goes with the CSV file of a return"])
    from ..calibration.calibrate import calibrate as calibrated
    from ..calibration.calibration_file import load_calibration
    from ..experiment.process_executor import ProcessExecutor

    with resumable():
        executor = ProcessExecutor(workers or usable_cores())
        result = calibrated(load_calibration(plan), out, executor, lambda line: say([line]))
    typer.echo(f"report in {out / 'README.md'}, draws in {out / 'draws.parquet'}")
    if result.misfits:
        fail(result.misfits, POOR, "does not fit: ")


def _calibrate_own(file: Path, out: Path, given_scenario: Path | None, workers: int) -> None:
    from ..calibration.own_authority import calibrate_own, read_return, scenario_text, write_own
    from ..experiment.process_executor import ProcessExecutor
    from ..folders.write_folder import checked_folder
    from ..scenario import load_scenario

    given = read_return(file)
    scenario = None if given_scenario is None else load_scenario(given_scenario)
    checked_folder(out).mkdir(parents=True, exist_ok=True)
    place = given_scenario or out / f"{given.name}.yaml"
    if scenario is None:
        place.write_text(scenario_text(given), "utf-8")
        scenario = load_scenario(place)
    found = calibrate_own(given, scenario, ProcessExecutor(workers))
    write_own(out, place, scenario.name, found)
    print_table(
        f"{scenario.name}: returned, and under the draws (per 10,000 children; 90% intervals)",
        ("figure", "role", "returned", "low", "mid", "high"),
        (
            (r["measure"], r["role"], *(f"{r[name]:.1f}" for name in ("returned", "low", "mid", "high")))
            for r in found.figures.to_dict("records")
        ),
    )
    typer.echo(f"run it: referral-sim run {place} --draws {out} --replicates 40")
