"""Commands about scenario files: check, show and compare their values, list what comes with the package."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .app import REFUSED, app, examples, fail, say
from .printing import print_json, print_table, print_text, under_sections
from .run_inputs import complete_policy, complete_scenario, kind_of_file, refuse_plans

if TYPE_CHECKING:
    from ..folders.scenario_changes import Change
    from ..scenario import Scenario
    from ..scenario.contents import Entry
    from ..scenario.reader import Value

MOST_CHANGES = 12
"""Changes of a file that validate prints one by one."""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="NAME",
        help="Lay a policy (a name or a file) over it; may be repeated.",
        autocompletion=complete_policy,
    ),
]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a value; may be repeated.")
]


class CatalogueKind(StrEnum):
    """What comes with the package."""

    PRESETS = "presets"
    POLICIES = "policies"
    CONTINUUM = "continuum"
    INDICATORS = "indicators"
    PROGRAMMES = "programmes"


@app.command(
    "validate",
    short_help="Check scenarios and plans, and say what they change.",
    epilog=examples("validate my-borough.yaml", "validate plan.yaml", "validate midtown -p my-policy.yaml"),
)
def validate(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE", help="Files of scenarios or plans, or presets.", autocompletion=complete_scenario
        ),
    ],
    policies: Policies = None,
) -> None:
    """Check files without running them, and say what each changes of the preset that it extends."""
    from ..scenario import ScenarioError

    good = True
    for file in files:
        kind = kind_of_file(file)
        if policies and kind != "scenario":
            fail([f"--policy does nothing with {file}, which is the plan of a {'sweep' if kind == 'plan' else kind}"])
        try:
            lines = {"plan": _plan_lines, "calibration": _calibration_lines}.get(kind)
            for line in _scenario_lines(file, policies or ()) if lines is None else lines(file):
                print_text(line)
        except ScenarioError as error:
            good = False
            say(str(error).splitlines())
    if not good:
        raise typer.Exit(REFUSED)


def _scenario_lines(file: str, policies: Sequence[str]) -> list[str]:
    from ..folders.scenario_changes import changes, coverage
    from ..scenario import load_scenario

    scenario = load_scenario(file, policies=policies)
    lines = [f"{file}: ok ({scenario.name}, {scenario.content_hash()[:12]})"]
    preset = _preset_below(file)
    if preset is not None and preset.content_hash() != scenario.content_hash():
        changed = changes(preset, scenario)
        many = f"{len(changed)} value{'' if len(changed) == 1 else 's'}" if changed else "nothing"
        lines.append(f"  changes {many} of the preset {preset.name}" + (":" if changed else ""))
        lines += [f"    {c.key}: {_change(c)}" for c in changed[:MOST_CHANGES]]
        if len(changed) > MOST_CHANGES:
            lines.append(f"    and {len(changed) - MOST_CHANGES} more: referral-sim diff {preset.name} {file}")
    return lines + [f"  {line}" for line in coverage(scenario)]


def _change(one: Change) -> str:
    if not one.before:
        return f"{one.after} (new)"
    return f"{one.before} -> {one.after}" if one.after else f"taken away (was {one.before})"


def _preset_below(source: str) -> Scenario | None:
    """The nearest preset that a source extends, or is; None if there is none."""
    from ..scenario import load_scenario
    from ..scenario.library import SCENARIOS, split_policies
    from ..scenario.reader import read_chain

    labels = [document.label for document in reversed(read_chain(split_policies(source)[0]).documents)]
    names = (label.removeprefix(f"{SCENARIOS.word} ") for label in labels if label.startswith(f"{SCENARIOS.word} "))
    name = next(names, None)
    return None if name is None else load_scenario(name)


def _plan_lines(file: str) -> list[str]:
    from ..experiment.plan import runs_of
    from ..experiment.plan_file import load_plan

    plan = load_plan(file)
    runs = sum(1 for _ in runs_of(plan))
    cases = [v.scenario if v.policies == "none" else f"{v.scenario} under {v.policies}" for v in plan.variants]
    lines = [f"{file}: ok (plan of {runs} runs, {plan.replicates} replicates at each point)"]
    lines += [f"  runs {case}" for case in cases]
    return lines + [f"  varies {variable.key}" for variable in plan.variables]


def _calibration_lines(file: str) -> list[str]:
    from ..calibration.calibration_file import load_calibration

    load_calibration(file)
    return [f"{file}: ok (plan of a calibration)"]


@app.command(
    "show",
    short_help="Print a scenario's values and where they come from.",
    epilog=examples(
        "show midtown",
        "show midtown front_door trust",
        "show my-borough.yaml liaison -p no-liaison",
        "show midtown --json",
    ),
)
def show(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A preset or YAML file.", autocompletion=complete_scenario)
    ],
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY", help="Keys, sections or parts of keys to print; all if not given."),
    ] = None,
    changes: Changes = None,
    policies: Policies = None,
    as_json: AsJson = False,
) -> None:
    """Print the values of a scenario, their units, where they come from, and what scores of indicators moved."""
    from ..scenario import resolve

    refuse_plans([scenario])
    resolved = resolve(scenario, changes or (), policies or ())
    found = resolved.scenario
    values = [value for value in resolved.values if _asked_for(value.key, keys or ())]
    shown = {value.key for value in values}
    moved = [one for one in resolved.moved if not keys or one.key in shown]
    _refuse_unknown(keys or (), [value.key for value in resolved.values])
    if as_json:
        rows = [{"key": v.key, "value": v.value, "unit": v.unit, "from": v.origin, "source": v.source} for v in values]
        scores = [
            {
                "indicator": m.indicator,
                "score": m.score,
                "key": m.key,
                "before": m.before,
                "after": m.after,
                "from": m.origin,
                "overruled": m.overruled,
            }
            for m in moved
        ]
        print_json({"scenario": found.name, "hash": found.content_hash(), "values": rows, "indicators": scores})
        return
    print_table(
        f"{found.title} ({found.name}, {found.content_hash()[:12]})",
        ("key", "value", "from"),
        under_sections((v.key, _with_unit(v), _origin_text(v)) for v in values),
    )
    if moved:
        print_table(
            "What the scores of the indicators moved",
            ("key", "indicator", "score", "before", "after", "from", "overruled by"),
            (
                (m.key, m.indicator, f"{m.score:g}", _value_text(m.before), _value_text(m.after), m.origin, m.overruled)
                for m in moved
            ),
        )


def _asked_for(key: str, asked: Sequence[str]) -> bool:
    """Whether a key is one of those asked for, or has one of them among its parts; nothing asked for is all."""
    from ..scenario.keys import parse_key

    parts = parse_key(key)
    return not asked or any(
        parts[start : start + len(wanted)] == wanted
        for wanted in map(_parts, asked)
        for start in range(len(parts) - len(wanted) + 1)
    )


def _parts(text: str) -> tuple[str, ...]:
    from ..scenario.keys import parse_key

    try:
        return parse_key(text)
    except ValueError as error:
        fail([f"KEY: {error}"])


def _refuse_unknown(asked: Sequence[str], there: Sequence[str]) -> None:
    """End the command with status 2 where no key of a scenario has what was asked for."""
    from ..scenario.errors import clipped, did_you_mean
    from ..scenario.keys import key_text, parse_key

    for text in asked:
        if not any(_asked_for(key, [text]) for key in there):
            names = {key_text(parts[:n]) for parts in map(parse_key, there) for n in range(1, len(parts) + 1)}
            names |= {part for key in there for part in parse_key(key)}
            fail([f"KEY: there is no key {clipped(text)!r} in this scenario{did_you_mean(text, sorted(names))}"])


@app.command(
    "diff",
    short_help="Print in which values two scenarios differ.",
    epilog=examples("diff east-borough my-borough.yaml", "diff midtown midtown+family-support-panel"),
)
def diff(
    one: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A preset or YAML file; NAME+POLICY is understood.", autocompletion=complete_scenario
        ),
    ],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.", autocompletion=complete_scenario)],
    as_json: AsJson = False,
) -> None:
    """Print what the second scenario changes of the first: key, both values, unit."""
    from ..folders.scenario_changes import changes
    from ..scenario import load_scenario

    refuse_plans([one, other])
    before, after = load_scenario(one), load_scenario(other)
    found = changes(before, after)
    if as_json:
        print_json({
            "before": before.name,
            "after": after.name,
            "changes": [{"key": c.key, "before": c.before, "after": c.after, "unit": c.unit} for c in found],
        })  # fmt: skip
        return
    if not found:
        print_text(f"{one} and {other} have the same values")
        return
    print_table(
        f"{after.name} changes {len(found)} value{'' if len(found) == 1 else 's'} of {before.name}",
        ("key", "A", "B", "unit"),
        under_sections((c.key, c.before or "-", c.after or "-", c.unit) for c in found),
    )


@app.command(
    "scenarios",
    short_help="List presets, policies and what else there is to name.",
    epilog=examples("scenarios", "scenarios policies", "scenarios presets --json"),
)
def scenarios(
    kind: Annotated[
        CatalogueKind | None,
        typer.Argument(metavar="KIND", help=f"One of {', '.join(CatalogueKind)}; all if not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what comes with the package: presets, policies, points of the continuum, indicators, programmes."""
    from .. import scenario as room

    titles: dict[CatalogueKind, tuple[str, Callable[[], Sequence[Entry]]]] = {
        CatalogueKind.PRESETS: ("Presets", room.list_presets),
        CatalogueKind.POLICIES: ("Policies (--policy NAME, or policies: [NAME] in a file)", room.list_policies),
        CatalogueKind.CONTINUUM: (
            "Points of the continuum (continuum: NAME in a file, or --policy)",
            room.list_continuum,
        ),
        CatalogueKind.INDICATORS: ("Indicators (indicators: {NAME: 0 to 4} in a file)", room.list_indicators),
        CatalogueKind.PROGRAMMES: ("Programmes (like: NAME in a programme of a file)", room.list_programmes),
    }
    wanted = [kind] if kind is not None else list(CatalogueKind)
    entries = {one: titles[one][1]() for one in wanted}
    moves = room.list_movements() if CatalogueKind.INDICATORS in wanted else []
    if as_json:
        listed: dict[str, Any] = {one.value: [asdict(entry) for entry in found] for one, found in entries.items()}
        for row in listed.get("indicators", ()):
            own = [asdict(move) for move in moves if move.indicator == row["name"]]
            row["moves"] = [{key: move[key] for key in ("key", "at_0", "at_4")} for move in own]
        print_json(listed)
        return
    for one, found in entries.items():
        rows = (
            (e.name, e.title if kind is None or not e.description else f"{e.title}: {e.description}") for e in found
        )
        print_table(titles[one][0], ("name", "what it is"), rows)
        print_text("")
    if kind is CatalogueKind.INDICATORS:
        ends = ((m.indicator, m.key, f"{m.at_0:g}", f"{m.at_4:g}") for m in moves)
        print_table("What the indicators move", ("name", "key", "at 0", "at 4"), ends)
    if kind is None:
        print_text("Next: 'referral-sim scenarios policies' describes them; so for each kind.")


def _with_unit(value: Value) -> str:
    """A value in words; a number has its unit."""
    is_number = isinstance(value.value, (int, float)) and not isinstance(value.value, bool)
    return _value_text(value.value) + (f" {value.unit}" if is_number else "")


def _value_text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin_text(value: Value) -> str:
    return f"default ({value.source})" if value.origin == "default" and value.source else value.origin
