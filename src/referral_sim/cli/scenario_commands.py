"""Commands about scenario files: check them, show what they come to, list what comes with the package."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .app import REFUSED, app, say
from .printing import print_json, print_table, print_text

if TYPE_CHECKING:
    from ..scenario.reader import Value

Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="NAME", help="Lay a policy (a name or a file) over it; may be repeated."),
]


@app.command("validate")
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="scenario files or names of presets")],
    policies: Policies = None,
) -> None:
    """Check scenario files without running them."""
    from ..scenario import ScenarioError, load_scenario

    good = True
    for file in files:
        try:
            scenario = load_scenario(file, policies=policies or ())
        except ScenarioError as error:
            good = False
            say(str(error).splitlines())
        else:
            print_text(f"{file}: ok ({scenario.name}, {scenario.content_hash()[:12]})")
    if not good:
        raise typer.Exit(REFUSED)


@app.command("show")
def show(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="scenario file or name of a preset")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="change a value; may be repeated")
    ] = None,
    policies: Policies = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Show every value of a scenario, its unit, where it comes from, and what scores of indicators moved."""
    from ..scenario import resolve

    resolved = resolve(scenario, changes or (), policies or ())
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
        print_json({"scenario": found.name, "hash": found.content_hash(), "values": rows, "indicators": moved})
        return
    print_table(
        f"{found.title} ({found.name}, {found.content_hash()[:12]})",
        ("key", "value", "unit", "from"),
        ((v.key, _value_text(v.value), v.unit, _origin_text(v)) for v in resolved.values),
    )
    if resolved.moved:
        print_table(
            "What the scores of the indicators moved",
            ("key", "indicator", "score", "before", "after", "from", "overruled by"),
            (
                (m.key, m.indicator, f"{m.score:g}", _value_text(m.before), _value_text(m.after), m.origin, m.overruled)
                for m in resolved.moved
            ),
        )


@app.command("scenarios")
def scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """List what comes with the package: presets, policies, points of the continuum, indicators, programmes."""
    from .. import scenario as room

    presets, moves = room.list_presets(), room.list_movements()
    sections = {
        "policies": ("Policies (--policy NAME, or policies: [NAME] in a file)", room.list_policies()),
        "continuum": ("Points of the continuum (continuum: NAME in a file, or --policy)", room.list_continuum()),
        "indicators": ("Indicators (indicators: {NAME: 0 to 4} in a file)", room.list_indicators()),
        "programmes": ("Programmes (like: NAME in a programme of a file)", room.list_programmes()),
    }
    if as_json:
        listed: dict[str, Any] = {"presets": [asdict(one) for one in presets]}
        listed |= {key: [asdict(one) for one in entries] for key, (_, entries) in sections.items()}
        for row in listed["indicators"]:
            own = [asdict(move) for move in moves if move.indicator == row["name"]]
            row["moves"] = [{key: move[key] for key in ("key", "at_0", "at_4")} for move in own]
        print_json(listed)
        return
    rows = ((p.name, p.title, p.authority or "", p.description) for p in presets)
    print_table("Presets", ("name", "title", "authority", "description"), rows)
    for title, entries in sections.values():
        print_table(title, ("name", "title", "description"), ((e.name, e.title, e.description) for e in entries))
    ends = ((m.indicator, m.key, f"{m.at_0:g}", f"{m.at_4:g}") for m in moves)
    print_table("What the indicators move", ("name", "key", "at 0", "at 4"), ends)


def _value_text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin_text(value: Value) -> str:
    return f"default ({value.source})" if value.origin == "default" and value.source else value.origin
