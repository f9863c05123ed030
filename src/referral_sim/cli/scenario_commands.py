"""Commands about scenario files: check them, show what they come to, list what comes with the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from referral_sim.scenario import ScenarioError
    from referral_sim.scenario.reader import Value

Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="NAME", help="Lay a policy (a name or a file) over it; may be repeated."),
]
FAULTY = 2  # exit status of every command where the scenario is at fault
_PIPE_WIDTH = 200


def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="scenario files or names of presets")],
    policies: Policies = None,
) -> None:
    """Check scenario files without running them."""
    from referral_sim.scenario import ScenarioError, load_scenario

    good = True
    for file in files:
        try:
            scenario = load_scenario(file, policies=policies or ())
        except ScenarioError as error:
            good = False
            _say_faults(error)
        else:
            _say([f"{file}: ok ({scenario.name}, {scenario.content_hash()[:12]})"])
    if not good:
        raise typer.Exit(FAULTY)


def show(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="scenario file or name of a preset")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="change a value; may be repeated")
    ] = None,
    policies: Policies = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Show every value of a scenario, its unit, where it comes from, and what scores of indicators moved."""
    from referral_sim.scenario import ScenarioError, resolve

    try:
        resolved = resolve(scenario, set_ or (), policies or ())
    except ScenarioError as error:
        _say_faults(error)
        raise typer.Exit(FAULTY) from None
    found = resolved.scenario
    if as_json:
        rows = [
            {"key": v.key, "value": v.value, "unit": v.unit, "from": v.origin, "source": v.source}
            for v in resolved.values
        ]
        moved = [
            {
                "indicator": m.indicator,
                "score": m.score,
                "key": m.key,
                "before": m.before,
                "after": m.after,
                "from": m.origin,
                "overruled": m.overruled,
            }
            for m in resolved.moved
        ]
        _say_json({"scenario": found.name, "hash": found.content_hash(), "values": rows, "indicators": moved})
        return
    _print_table(
        f"{found.title} ({found.name}, {found.content_hash()[:12]})",
        ("key", "value", "unit", "from"),
        ((v.key, _value_text(v.value), v.unit, _origin_text(v)) for v in resolved.values),
    )
    if resolved.moved:
        _print_table(
            "What the scores of the indicators moved",
            ("key", "indicator", "score", "before", "after", "from", "overruled by"),
            (
                (m.key, m.indicator, f"{m.score:g}", _value_text(m.before), _value_text(m.after), m.origin, m.overruled)
                for m in resolved.moved
            ),
        )


def scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """List what comes with the package: presets, policies, points of the continuum, indicators, programmes."""
    from referral_sim import scenario as room

    try:
        presets = room.list_presets()
        sections = {
            "policies": ("Policies (--policy NAME, or policies: [NAME] in a file)", room.list_policies()),
            "continuum": ("Points of the continuum (continuum: NAME in a file, or --policy)", room.list_continuum()),
            "indicators": ("Indicators (indicators: {NAME: 0 to 4} in a file)", room.list_indicators()),
            "programmes": ("Programmes (like: NAME in a programme of a file)", room.list_programmes()),
        }
    except room.ScenarioError as error:
        _say_faults(error)
        raise typer.Exit(FAULTY) from None
    moves = room.list_movements()
    if as_json:
        listed: dict[str, Any] = {"presets": [asdict(one) for one in presets]}
        listed |= {key: [asdict(one) for one in entries] for key, (_, entries) in sections.items()}
        for row in listed["indicators"]:
            own = [asdict(move) for move in moves if move.indicator == row["name"]]
            row["moves"] = [{key: move[key] for key in ("key", "at_0", "at_4")} for move in own]
        _say_json(listed)
        return
    rows = ((p.name, p.title, p.authority or "", p.description) for p in presets)
    _print_table("Presets", ("name", "title", "authority", "description"), rows)
    for title, entries in sections.values():
        _print_table(title, ("name", "title", "description"), ((e.name, e.title, e.description) for e in entries))
    ends = ((m.indicator, m.key, f"{m.at_0:g}", f"{m.at_4:g}") for m in moves)
    _print_table("What the indicators move", ("name", "key", "at 0", "at 4"), ends)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to an application."""
    app.command("validate")(validate)
    app.command("show")(show)
    app.command("scenarios")(scenarios)


def _value_text(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin_text(value: Value) -> str:
    return f"default ({value.source})" if value.origin == "default" and value.source else value.origin


def _say_faults(error: ScenarioError) -> None:
    _say((str(fault) for fault in error.faults), error=True)


def _say_json(data: Any) -> None:
    _say([json.dumps(data, indent=2, ensure_ascii=True)])


def _say(lines: Iterable[str], *, error: bool = False) -> None:
    """Print lines as they are; what the terminal's encoding lacks is written as escapes."""
    stream = sys.stderr if error else sys.stdout
    for line in lines:
        typer.echo(_printable(line, stream.encoding), err=error)


def _printable(text: str, encoding: str | None) -> str:
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _print_table(title: str, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table; cells are plain text, so brackets in them are not taken for markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from referral_sim.scenario.errors import visible

    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_WIDTH)

    def cell(text: str) -> Text:
        return Text(_printable(visible(text), sys.stdout.encoding), overflow="fold")

    table = Table(box=box.SIMPLE_HEAD)
    for position, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(cell(text) for text in row))
    console.print(cell(title))
    console.print(table)
