"""Commands about scenario files: check them, show what they come to, list the presets."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from referral_sim.scenario import ScenarioError
    from referral_sim.scenario.reader import Value

FAULTY = 2  # exit status of every command where the scenario is at fault
_PIPE_WIDTH = 200


def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="scenario files or names of presets")],
) -> None:
    """Check scenario files without running them."""
    from referral_sim.scenario import ScenarioError, load_scenario

    good = True
    for file in files:
        try:
            scenario = load_scenario(file)
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
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Show every value of a scenario, its unit, and where it comes from."""
    from referral_sim.scenario import ScenarioError, resolve

    try:
        resolved = resolve(scenario, set_ or ())
    except ScenarioError as error:
        _say_faults(error)
        raise typer.Exit(FAULTY) from None
    found = resolved.scenario
    if as_json:
        rows = [
            {"key": v.key, "value": v.value, "unit": v.unit, "from": v.origin, "source": v.source}
            for v in resolved.values
        ]
        _say_json({"scenario": found.name, "hash": found.content_hash(), "values": rows})
        return
    _print_table(
        f"{found.title} ({found.name}, {found.content_hash()[:12]})",
        ("key", "value", "unit", "from"),
        ((v.key, _value_text(v.value), v.unit, _origin_text(v)) for v in resolved.values),
    )


def scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """List the scenarios that come with the package."""
    from referral_sim.scenario import ScenarioError, list_presets

    try:
        presets = list_presets()
    except ScenarioError as error:
        _say_faults(error)
        raise typer.Exit(FAULTY) from None
    if as_json:
        _say_json(
            [
                {"name": p.name, "title": p.title, "description": p.description, "authority": p.authority}
                for p in presets
            ]
        )
        return
    rows = ((p.name, p.title, p.authority or "", p.description) for p in presets)
    _print_table("Presets", ("name", "title", "authority", "description"), rows)


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
