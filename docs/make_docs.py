"""Write the generated parts of the documents into place, between their markers.

    python docs/make_docs.py           # write
    python docs/make_docs.py --check   # write nothing; exit 1 if a part is stale

A part stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``; what is outside is written by hand.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from referral_sim.measures import MEASURES
from referral_sim.measures.table_columns import TABLES
from referral_sim.measures.what_matters import smallest_that_matters
from referral_sim.measures.wording import series_label
from referral_sim.model import YEAR_REPORTERS
from referral_sim.records.history import REPORTERS
from referral_sim.records.stages import Outcome, Stage, label
from referral_sim.scenario.schema import parameter_table, parameter_table_markdown

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))  # this file is also loaded from elsewhere

from stage_texts import OUTCOMES, STAGES  # noqa: E402

COLLECTED: dict[str, tuple[str, str]] = {
    "date": ("text", "the day, as YYYY-MM-DD"),
    "contacts": (
        "children",
        "in contacts so far, from the first day of the warm-up, without known calls about open cases",
    ),
    "calls_about_open_cases": ("children", "in calls about open cases so far"),
    "referrals": ("children", "referred so far"),
    "registrations": ("children", "registered so far"),
    "on_register": ("children", "on the register: registered so far, less those taken off it"),
    "backlog_days": ("days", "full days of work waiting that morning, mean of the teams"),
    "applied_threshold": ("tiers", "threshold that the teams applied that day, mean of the teams"),
    "trust_sslp": ("share", "trust of programme workers in social services, mean of the posts; NaN without any"),
    "trust_team": ("share", "trust of the teams in the programmes, mean of the programmes; NaN without any"),
    "threshold_gap": ("tiers", "believed less applied threshold, mean of the programme posts; NaN without any"),
    "leavers_intake": ("people", "leavers of intake posts so far"),
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table, ending in a line end."""
    head = list(head)
    lines = [head, ["---"] * len(head), *[[cell.replace("|", "\\|") for cell in row] for row in rows]]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def code(word: str) -> str:
    """A word as code."""
    return f"`{word}`"


def described(names: Iterable[str], texts: Mapping[str, object], what: str) -> None:
    """Make sure that each name has a text and each text a name.

    Raises:
        SystemExit: if one has not; its text says which.
    """
    have, want = set(texts), set(names)
    if have != want:
        raise SystemExit(f"{what}: no text for {sorted(want - have)}, no such thing as {sorted(have - want)}")


def measures() -> str:
    """Table of the measures of the reporting year."""
    rows = [
        (
            code(one.name),
            one.unit,
            f"{smallest_that_matters(one.name, one.unit):g}",
            ", ".join(one.groups),
            one.meaning,
            ", ".join(map(series_label, one.published)),
        )
        for one in MEASURES.values()
    ]
    return table(("measure", "unit", "matters from", "groups", "meaning", "compared with"), rows)


def monthly() -> str:
    """Table of the monthly series."""
    rows = [
        (code(one.name), one.monthly, ", ".join(one.groups), one.meaning) for one in MEASURES.values() if one.monthly
    ]
    return table(("measure", "unit", "groups", "meaning"), rows)


def stages() -> str:
    """Table of the stages."""
    described([s.name for s in Stage], {s.name: t for s, t in STAGES.items()}, "stages")
    rows = [
        (
            code(label(stage)),
            STAGES[stage].meaning,
            STAGES[stage].level,
            STAGES[stage].clock,
            ", ".join(code(label(o)) for o in STAGES[stage].outcomes),
        )
        for stage in Stage
    ]
    return table(("stage", "what happened", "`level` is", "`working_days` since", "outcomes"), rows)


def outcomes() -> str:
    """Table of the outcomes."""
    described([o.name for o in Outcome], {o.name: t for o, t in OUTCOMES.items()}, "outcomes")
    return table(("outcome", "meaning"), [(code(label(o)), OUTCOMES[o]) for o in Outcome])


def collected() -> str:
    """Table of the data collector's columns."""
    described(REPORTERS, COLLECTED, "data collector")
    daily = [(code(name), *COLLECTED[name]) for name in REPORTERS]
    yearly = [
        (code(name), MEASURES[of].unit, f"{MEASURES[of].label} in the last reporting year; NaN until it has ended")
        for name in YEAR_REPORTERS
        for of in [name.removeprefix("year.")]
    ]
    return table(("column", "unit", "meaning"), [*daily, *yearly])


def parameters() -> str:
    """Tables of all keys of a scenario, a heading for each section of the file."""
    head, line, *rows = parameter_table_markdown().splitlines()
    sections: dict[str, list[str]] = {}
    for row in rows:
        sections.setdefault(section_of(row.split("`")[1]), [f"{head}\n{line}"]).append(row)
    return "\n".join(f"## {name}\n\n" + "\n".join(some) + "\n" for name, some in sections.items())


def section_of(key: str) -> str:
    """The section of a scenario file in which a key stands; ``scenario`` for keys that stand in none."""
    return key.split(".")[0] if "." in key else "scenario"


@dataclass(frozen=True)
class Mechanism:
    """A mechanism of the model description.

    Attributes:
        id: as in the code, the scenario files and the tests.
        title: in words.
        page: file name in ``docs/odd``.
        text: what stands under its heading.
    """

    id: str
    title: str
    page: str
    text: str

    @property
    def anchor(self) -> str:
        """The anchor of its heading."""
        return re.sub(r"[^\w\- ]", "", f"{self.id} {self.title}".lower()).replace(" ", "-")


SUBMODELS = ("population", "noticing", "programmes", "collaboration", "front-door", "assessment", "relationships",
             "workforce", "recording")  # fmt: skip


def mechanisms() -> list[Mechanism]:
    """All mechanisms, in the order of the pages of the submodels."""
    found = []
    for name in SUBMODELS:
        page = f"{name}.md"
        pieces = re.split(r"^## ([A-Z]\d+) (.*)\n", (ROOT / "docs/odd" / page).read_text(encoding="utf-8"), flags=re.M)
        found += [Mechanism(*three[:2], page, three[2]) for three in zip(*[iter(pieces[1:])] * 3, strict=True)]
    return found


def mechanism_table() -> str:
    """Table of the mechanisms: their keys in a scenario, the measures that these move, and their tests.

    A measure comes first if its largest movements are due to these keys rather than to others.
    """
    keys = {".".join(row.key.split(".")[:n]) for row in parameter_table() for n in range(1, 9)}
    wild = re.compile(r"\b(NAME|KIND|SOURCE|GROUP|HELP)\b")
    strongest = effects()
    of_all = Counter(measure for measures in strongest.values() for measure in measures)
    tested = tests_by_mechanism()
    rows = []
    for one in mechanisms():
        named = re.findall(r"`([a-z_]+(?:\.\w+)+)`", one.text)
        named += [f"collaboration.effects.{kind}" for kind in re.findall(r"\(kind `(\w+)`\)", one.text)]
        named.append("collaboration.practices." + one.title.lower().replace("-", "").replace(" ", "_"))
        mine = list(dict.fromkeys(key for key in named if key in keys or wild.search(key)))
        counted = Counter(
            measure
            for key in mine
            for moved, measures in strongest.items()
            if re.match(wild.sub("[^.]+", re.escape(key)) + r"(\.|$)", moved)
            for measure in measures
        )
        first = sorted(counted, key=lambda measure: (-(counted[measure] ** 2) / of_all[measure], measure))[:4]
        rows.append(
            (
                f"[{one.id} {one.title}]({one.page}#{one.anchor})",
                ", ".join(f"[{code(key)}](parameters.md#{section_of(key)})" for key in mine) or "none of its own",
                ", ".join(code(measure) for measure in first),
                ", ".join(f"[{path.stem}](../../{path.as_posix()})" for path in tested.get(one.id, [])),
            )
        )
    return table(("mechanism", "keys of a scenario", "measures that these move", "tests"), rows)


def effects() -> dict[str, list[str]]:
    """The measures that each key moved most in ``results/levers``."""
    with (ROOT / "results/levers/tables/levers.csv").open(encoding="utf-8", newline="") as file:
        found: dict[str, list[str]] = {}
        for row in csv.DictReader(file):
            found.setdefault(row["key"], []).extend(re.findall(r"[a-z]\w+(?= )", row["strongest_effects"]))
    return found


def tests_by_mechanism() -> dict[str, list[Path]]:
    """The files of tests that name each mechanism, by itself or in a range such as ``F1-F5``."""
    found: dict[str, list[Path]] = {}
    for folder in ("unit", "integration", "statistical"):
        for path in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            if path.stem == "test_docs":
                continue  # which names them all
            text = path.read_text(encoding="utf-8")
            ids = set(re.findall(r"\b[WDNSLFARKOT]\d+\b", text))
            for letter, low, high in re.findall(r"\b([WDNSLFARKOT])(\d+)-\1(\d+)\b", text):
                ids |= {f"{letter}{number}" for number in range(int(low), int(high) + 1)}
            for name in ids:
                found.setdefault(name, []).append(path.relative_to(ROOT))
    return found


def columns_of(name: str) -> str:
    """Table of the columns of a table."""
    rows = [(code(one.name), one.type, one.unit, one.meaning) for one in TABLES[name]]
    return table(("column", "type", "unit", "meaning"), rows)


PARTS = {
    "odd/parameters.md": {"parameters": parameters},
    "odd/mechanisms.md": {"mechanisms": mechanism_table},
    "columns.md": {
        "measures": measures,
        "monthly": monthly,
        "stages": stages,
        "outcomes": outcomes,
        "datacollector": collected,
        **{f"{name}-columns": partial(columns_of, name) for name in TABLES if name != "of a run"},
        "run-columns": partial(columns_of, "of a run"),
    },
}


def with_part(text: str, name: str, body: str) -> str:
    """A text with a new body between the markers of a part.

    Raises:
        ValueError: if the markers do not stand there once each, in order.
    """
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->\n"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"the markers of {name!r} must stand once each, in order")
    before, rest = text.split(begin)
    return before + begin + "\n" + body + "\n" + end + rest.split(end)[1]


def current(name: str) -> tuple[str, str]:
    """The text of a document as it is, and as it ought to be."""
    found = (DOCS / name).read_text(encoding="utf-8")
    text = found
    for part, make in PARTS[name].items():
        text = with_part(text, part, make())
    return found, text


def main(arguments: list[str] | None = None) -> int:
    """Write the parts, or check them; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a part is stale")
    check = parser.parse_args(arguments).check
    stale = False
    for name in PARTS:
        found, text = current(name)
        if found == text:
            continue
        if check:
            stale = True
            sys.stderr.write(f"docs/{name} is stale; run: python docs/make_docs.py\n")
        else:
            (DOCS / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote docs/{name}\n")
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main())
