"""``referral-sim evidence``: the published figures and what is wrong with them."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        "evidence",
        help="Show the published figures of an authority, or of all, and what contradicts them.",
        short_help="Show published figures and what contradicts them.",
    )(evidence)


def evidence(
    authority: Annotated[str | None, typer.Argument(help="An authority's id; all if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: published and contradictions.")] = False,
) -> None:
    """Print published figures and contradictions; an authority that has none is refused."""
    import json
    from dataclasses import asdict

    from ..evidence import AUTHORITIES, authorities, contradictions, published

    if authority is not None and authority not in AUTHORITIES:
        raise typer.BadParameter(
            f"there are no published figures of {authority!r}; there are of {', '.join(AUTHORITIES)}",
            param_hint="AUTHORITY",
        )
    figures, doubts = published(authority), contradictions(authority)
    if as_json:
        found = {"published": [asdict(f) for f in figures], "contradictions": [asdict(d) for d in doubts]}
        typer.echo(json.dumps(found, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from ..report.console import show_evidence

    names = {place.id: place.name for place in authorities().values()} | {"england": "England"}
    ordered = sorted(figures, key=lambda f: AUTHORITIES.index(f.authority))
    show_evidence(Console(), ordered, doubts, names)
