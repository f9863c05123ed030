"""``referral-sim sweep`` and ``referral-sim export``: plans of many runs, and what came of them."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from ..experiment.executors import usable_cores
from ..experiment.format import duration, size
from .options import DrawsFrom, Workers, takes
from .run_commands import FAILED, REFUSED, draws_of
from .sweep_progress import Progress

if TYPE_CHECKING:
    from ..experiment.executors import Executor
    from ..experiment.plan import Plan, PlannedRun
    from ..experiment.stores import FinishedRun

_MOST_NAMED = 20


class Where(StrEnum):
    """Who makes the runs."""

    LOCAL = "local"
    DASK = "dask"


class Format(StrEnum):
    """What export writes."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("sweep", short_help="Make the runs that a plan asks for.")(sweep)
    app.command("export", short_help="Write the tables of a sweep as CSV, Excel or Parquet files.")(export)


@dataclass(frozen=True)
class SweepOptions:
    """What ``sweep`` may be asked."""

    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's YAML file (docs/sweeps.md).")]
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="A new or empty folder, or one that this plan has begun to fill.")
    ]
    workers: Workers = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many runs, how long, how much disk; stop.")] = (
        False
    )
    executor: Annotated[Where, typer.Option(help="Make the runs here or on a Dask cluster.")] = Where.LOCAL
    address: Annotated[str | None, typer.Option(metavar="tcp://HOST:PORT", help="The scheduler of the cluster.")] = None
    limit_seconds: Annotated[float | None, typer.Option(help="Stop a run that takes longer.")] = None
    limit_memory: Annotated[int | None, typer.Option(min=1, metavar="MB", help="Stop a run that takes more.")] = None
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Make the failed runs again.")] = False
    draws: DrawsFrom = None


@takes(SweepOptions)
def sweep(asked: SweepOptions) -> None:
    """Make the runs that a plan asks for and DIR does not have yet. The same command goes on where it was."""
    with ended():
        plan, cores = loaded(asked.plan, asked.draws), asked.workers or usable_cores()
        made_by, count = _executor(asked.executor, asked.address, cores, asked.limit_seconds, asked.limit_memory)
        failed = _sweep(plan, asked.out, made_by, count, dry_run=asked.dry_run, retry_failed=asked.retry_failed)
    if failed:
        raise typer.Exit(FAILED)


@contextmanager
def ended() -> Iterator[None]:
    """Turn what may go wrong into lines on stderr and an exit status; SIGTERM is taken for Ctrl-C."""
    from ..experiment.executors import WorkersError
    from ..experiment.resume import OtherPlanError
    from ..experiment.stores import StoreError
    from ..scenario import ScenarioError

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (ScenarioError, OtherPlanError) as error:
        _say(str(error))
        raise typer.Exit(REFUSED) from None
    except StoreError as error:
        _say(f"--out: {error}")
        raise typer.Exit(FAILED) from None
    except WorkersError as error:
        _say(f"stopped: {error}")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the same command goes on") from None
    finally:
        signal.signal(signal.SIGTERM, before)


def loaded(path: Path, draws: str | None) -> Plan:
    """A plan from its file, with draws if wanted."""
    from ..experiment.plan_file import load_plan

    plan = load_plan(path)
    return plan if draws is None else replace(plan, draws=draws_of(draws))


def _refuse(line: str) -> typer.Exit:
    _say(line)
    return typer.Exit(REFUSED)


def _say(text: str) -> None:
    from ..scenario.errors import visible

    for line in text.splitlines():
        typer.echo(visible(line), err=True)


def _executor(
    where: Where, address: str | None, workers: int, limit_seconds: float | None, limit_memory: int | None
) -> tuple[Executor, int]:
    """Who makes the runs, and how many at once."""
    if where is Where.LOCAL:
        from ..experiment.process_executor import ProcessExecutor

        if address is not None:
            raise _refuse("--address belongs to --executor dask")
        try:
            return ProcessExecutor(workers, limit_seconds, limit_memory), workers
        except ValueError as error:
            raise _refuse(f"--{str(error).replace('_', '-')}") from None
    if limit_seconds is not None or limit_memory is not None:
        raise _refuse("--limit-seconds and --limit-memory hold for --executor local only")
    if address is None:
        raise _refuse("--executor dask needs --address tcp://HOST:PORT, the address of the scheduler")
    from ..experiment.dask_executor import ClusterError, DaskExecutor

    try:
        cluster = DaskExecutor(address)
        return cluster, cluster.workers()
    except ClusterError as error:
        raise _refuse(f"--executor dask: {error}") from None


def _sweep(plan: Plan, out: Path, executor: Executor, workers: int, *, dry_run: bool, retry_failed: bool) -> bool:
    """Say what will be done, do it, say what came of it; returns whether a run is not done."""
    from ..experiment.estimate import trials
    from ..experiment.parquet_store import ParquetStore
    from ..experiment.plan import runs_of
    from ..experiment.running import check_fit, make
    from ..experiment.running import sweep as runs_as_they_end
    from ..experiment.stores import StoreError

    total = sum(1 for _ in runs_of(plan))
    try:
        store = ParquetStore(out)
        check_fit(plan, store)
        there = store.status()
    except StoreError as error:
        raise _refuse(f"--out: {error}") from None
    if dry_run:
        left = [run for run in runs_of(plan) if run.id not in there]
        _announce(plan, total, left, list(make(plan, trials(left), executor)), workers, sys.stdout)
        return False
    failed: list[FinishedRun] = []
    progress = Progress(sys.stderr)

    def announce(left: list[PlannedRun], timed: list[FinishedRun]) -> None:
        _announce(plan, total, left, timed, workers, sys.stderr)
        progress.start(len(left))

    made = 0
    try:
        ends = runs_as_they_end(plan, executor=executor, store=store, retry_failed=retry_failed, announce=announce)
        with progress, closing(ends):
            for finished in ends:
                made += 1
                if finished.status != "done":
                    failed.append(finished)
                progress.ended(good=finished.status == "done")
    except StoreError as error:
        if made:
            raise
        raise _refuse(f"--out: {error}") from None
    return _summary(out, plan, store.status(), failed)


def _announce(
    plan: Plan, total: int, left: Sequence[PlannedRun], timed: Sequence[FinishedRun], workers: int, stream: TextIO
) -> None:
    from ..experiment.estimate import estimate

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


def _summary(out: Path, plan: Plan, status: Mapping[str, str], failed: Sequence[FinishedRun]) -> bool:
    """Name the runs that failed now, and say what the folder holds."""
    for finished in failed[:_MOST_NAMED]:
        run = finished.task
        where = f"scenario {run.variant.scenario}, policies {run.variant.policies}, point {run.number}, seed {run.seed}"
        again = f"referral-sim run {plan.file} --run {run.id}"
        _say(f"run {finished.status}: {where}, replicate {run.replicate}: {finished.reason} (alone: {again})")
    if len(failed) > _MOST_NAMED:
        _say(f"and {len(failed) - _MOST_NAMED} more; see the column reason of {out / 'runs'}")
    bad = sum(one != "done" for one in status.values())
    words = f"{len(status) - bad} runs done" + (f", {bad} failed" if bad else "")
    _say(f"{words}, in {out}" + ("; --retry-failed makes the failed ones again" if bad else ""))
    return bad > 0


def repeat(plan: Path, which: tuple[int | None, int, str | None], draws: str | None, *, as_json: bool) -> None:
    """Make runs of a plan again, alone, and show their outcomes: what ``run PLAN --point N --replicate K`` does.

    Args:
        plan: its file.
        which: point, replicate, and id of the run; either point or id.
        draws: as ``--draws`` says.
        as_json: print JSON instead of a table.
    """
    point, replicate, run_id = which
    from ..experiment.executors import SerialExecutor
    from ..experiment.plan import runs_of
    from ..experiment.running import make

    with ended():
        asked = loaded(plan, draws)
        runs = list(runs_of(asked))
        if run_id is not None:
            chosen = [run for run in runs if run.id.startswith(run_id)]
            if len(chosen) != 1:
                there = "no run of this plan has" if not chosen else f"{len(chosen)} runs of this plan have"
                raise _refuse(f"--run: {there} an id that begins with {run_id!r}")
        else:
            chosen = [run for run in runs if (run.number, run.replicate) == (point, replicate)]
            if not chosen:
                points = 1 + max(run.number for run in runs)
                allowed = f"points 0 to {points - 1}, replicates 0 to {asked.replicates - 1}"
                raise _refuse(f"--point {point} --replicate {replicate}: the plan has {allowed}")
        finished = list(make(asked, chosen, SerialExecutor()))
    _show(finished, as_json)
    if any(one.status != "done" for one in finished):
        raise typer.Exit(FAILED)


def _show(finished: Sequence[FinishedRun], as_json: bool) -> None:
    from ..experiment.plan import place_of_run

    found: list[dict[str, Any]] = []
    for one in finished:
        if one.traceback:
            _say(f"run {one.status}: {one.reason}")
            typer.echo(one.traceback, err=True)
        elif one.reason:
            _say(f"run {one.status}: {one.reason}")
        rows = [] if one.value is None else one.value[["measure", "group", "value", "unit"]].to_dict("records")
        rows = [{**row, "value": None if row["value"] != row["value"] else row["value"]} for row in rows]
        place = {"run": one.task.id, **place_of_run(one.task), "values": dict(one.task.point)}
        found.append({**place, "status": one.status, "reason": one.reason, "outcomes": rows})
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, allow_nan=False) + "\n")
        return
    from .scenario_commands import _print_table

    for run in found:
        at = ", ".join(f"{key} {value}" for key, value in run["values"].items())
        named = [f"{key} {run[key]}" for key in ("scenario", "policies", "point", "seed", "replicate")]
        _print_table(
            f"{run['run']}: {', '.join(named)}" + (f": {at}" if at else ""),
            ("measure", "group", "value", "unit"),
            (
                (r["measure"], r["group"], "" if r["value"] is None else repr(r["value"]), r["unit"])
                for r in run["outcomes"]
            ),
        )


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")],
    format_: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CSV,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; DIR/export if not given. Files there are replaced.")
    ] = None,
) -> None:
    """Write runs and outcomes of a sweep, sorted: two CSV or Parquet files, or one Excel workbook."""
    from ..experiment.export import ExportError, write_export
    from ..experiment.stores import StoreError

    try:
        for path in write_export(folder, format_.value, out or folder / "export"):
            _say(f"written to {path}")
    except (ExportError, StoreError) as error:
        raise _refuse(str(error)) from None
