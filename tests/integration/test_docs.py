"""The documents say what the code has: columns, measures, stages, outcomes, mechanisms, parameters."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from helpers import load_script, post, run, small
from referral_sim.experiment.jobs import Job, run_jobs, take_tables
from referral_sim.folders.write_folder import write_folder
from referral_sim.measures import MEASURES
from referral_sim.records.stages import Outcome, Stage, label
from referral_sim.scenario import Scenario
from referral_sim.scenario.schema import parameter_table

DOCS = Path(__file__).parents[2] / "docs"
COLUMNS, PARAMETERS, HOUSE = (DOCS / name for name in ("columns.md", "odd/parameters.md", "architecture.md"))
MECHANISMS = [
    "T3", "W1", "W2", "W4", "W5", "W7", "W8", "W9", "W10", "D1", "N1", "N2", "N3", "N4", "N5", "N6",
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8",
    "L0", "L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11", "L12",
    "F1", "F2", "F3", "F4", "F5", "F6", "F7", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10",
    "R1", "R2", "R3", "K1", "K2", "K3", "K4", "K5", "O1", "O2",
]  # fmt: skip


make_docs = load_script("make_docs", DOCS / "make_docs.py")
SUBMODELS = "".join((DOCS / "odd" / f"{name}.md").read_text(encoding="utf-8") for name in make_docs.SUBMODELS)


@pytest.fixture(scope="module")
def model():
    scenario = small(
        liaison={"Out": post(programmes=["Hill"])},
        parts={
            "Panel": {"kind": "family_support_panel"},
            "Assessment": {"kind": "common_assessment", "strength": 0.5},
            "Register": {"kind": "shared_information", "strength": 0.5},
        },
        front_door__day_care_gateway=True,
        practice__sharing=0.4,
        programmes__Hill__packages_per_worker=3,
    )
    return run(scenario, 2)


def section(text, title):
    """What stands under a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    level = len(found[1])
    rest = text[found.start() :].split("\n", 1)[1]
    stop = re.search(rf"^#{{1,{level}}} ", rest, re.MULTILINE)
    return rest[: stop.start()] if stop else rest


def tables(text):
    """The tables of a text, each as a list of rows without its head; a row is a list of cells."""
    found, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            rows.append([cell.strip() for cell in cells])
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def names(rows):
    """The first column of a table, which holds names as code."""
    assert all(re.fullmatch(r"`[^`]+`", row[0]) for row in rows), rows
    return [row[0].strip("`") for row in rows]


def documented(title, which=0, path=COLUMNS):
    return names(tables(section(path.read_text(encoding="utf-8"), title))[which])


# -- generated parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(make_docs.PARTS))
def test_generated_parts_are_current(name):
    found, made = make_docs.current(name)
    assert found == made, "run: python docs/make_docs.py"


def test_check_tells_a_stale_part_from_a_current_one(tmp_path, monkeypatch, capsys):
    (tmp_path / "odd").mkdir()
    for name in make_docs.PARTS:
        (tmp_path / name).write_text((DOCS / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(make_docs, "DOCS", tmp_path)
    assert make_docs.main(["--check"]) == 0
    changed = tmp_path / "columns.md"
    stale = changed.read_text(encoding="utf-8").replace("contacts recorded as referrals", "something else")
    changed.write_text(stale, encoding="utf-8")
    assert make_docs.main(["--check"]) == 1
    assert changed.read_text(encoding="utf-8") == stale, "--check writes nothing"
    assert "docs/columns.md is stale" in capsys.readouterr().err
    assert make_docs.main([]) == 0
    assert changed.read_text(encoding="utf-8") == COLUMNS.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "<!-- a:begin -->\n", "<!-- a:end -->\n<!-- a:begin -->\n"])
def test_lost_markers_are_a_fault(text):
    with pytest.raises(ValueError, match="markers of 'a'"):
        make_docs.with_part(text, "a", "body\n")


def test_a_stage_without_a_text_is_a_fault(monkeypatch):
    monkeypatch.setattr(make_docs, "STAGES", {s: t for s, t in make_docs.STAGES.items() if s is not Stage.REFERRAL})
    with pytest.raises(SystemExit, match="REFERRAL"):
        make_docs.stages()


# -- columns.md ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["measures", "monthly", "events"])
def test_every_column_is_in_the_dictionary_and_nothing_else(model, table):
    frame = getattr(model, table)()
    assert documented(f"`model.{table}()`") == list(frame.columns)


def test_collected_columns_are_in_the_dictionary(model):
    frame = model.datacollector.get_model_vars_dataframe()
    assert documented("`model.datacollector`") == list(frame.columns)


def test_types_of_the_event_table_are_those_in_the_dictionary(model):
    rows = tables(section(COLUMNS.read_text(encoding="utf-8"), "`model.events()`"))[0]
    assert [row[1] for row in rows] == [str(kind) for kind in model.events().dtypes]


def test_every_measure_is_in_the_dictionary_and_nothing_else(model):
    assert documented("`model.measures()`", 1) == list(MEASURES)
    assert set(MEASURES) == set(model.measures()["measure"])
    assert documented("`model.monthly()`", 1) == [name for name, one in MEASURES.items() if one.monthly]
    assert sorted(documented("`model.monthly()`", 1)) == sorted(model.monthly()["measure"].unique())


@pytest.mark.parametrize(("table", "groups"), [("measures", 3), ("monthly", 2)])
def test_units_and_groups_of_measures_are_those_that_come_out(model, table, groups):
    rows = tables(section(COLUMNS.read_text(encoding="utf-8"), f"`model.{table}()`"))[1]
    frame = getattr(model, table)()
    frame = frame.assign(kind=frame["group"].str.replace(r":[^/]*", "", regex=True))
    for cells in rows:
        mine = frame[frame["measure"] == cells[0].strip("`")]
        assert set(mine["unit"]) == {cells[1]}
        assert set(mine["kind"]) == set(cells[groups].split(", "))


def test_kinds_of_group_are_explained(model):
    explained = {name.split(":")[0] for name in documented("Groups")}
    assert explained == set(model.measures()["group"].str.split(":").str[0])


def test_every_stage_and_outcome_is_in_the_dictionary_and_nothing_else():
    assert documented("Stages") == [label(stage) for stage in Stage]
    assert documented("Outcomes") == [label(outcome) for outcome in Outcome]


def test_stages_come_to_what_the_dictionary_says(model):
    events = model.events()
    levels, clocks = events["level"].notna(), events["working_days"].notna()
    for name, _, level, clock, outcomes in tables(section(COLUMNS.read_text(encoding="utf-8"), "Stages"))[0]:
        mine = events["stage"] == name.strip("`")
        allowed = {word.strip("`") for word in outcomes.split(", ")}
        assert set(events.loc[mine, "outcome"]) <= allowed, name
        if mine.any():
            assert levels[mine].all() if level else not levels[mine].any(), name
            assert clocks[mine].all() if clock else not clocks[mine].any(), name
    rare = {"section_47_enquiry", "registration", "referral_to_programme", "joint_visit"}
    rare |= {"panel", "common_assessment"}
    assert rare <= set(events["stage"]), "the run must reach the rarer stages to test them"


def test_every_outcome_belongs_to_a_stage():
    rows = tables(section(COLUMNS.read_text(encoding="utf-8"), "Stages"))[0]
    used = {word for row in rows for word in row[4].split(", ")}
    assert {f"`{label(outcome)}`" for outcome in Outcome} == used


def test_the_results_folder_is_what_the_dictionary_says(tmp_path):
    scenario = small(time__warm_up_months=0, time__years=1)
    (result,) = run_jobs([Job(scenario, 3, 0, take_tables)])
    write_folder(tmp_path / "out", [scenario], [result], {"seed": 3, "replicates": 1, "command": "-"})
    title = "`referral-sim run --out DIR`"
    assert sorted(documented(title)) == sorted(path.name for path in (tmp_path / "out").iterdir())
    run_columns = documented(title, 1)
    for table in ("measures", "monthly", "events"):
        found = pq.read_schema(tmp_path / "out" / f"{table}.parquet").names
        assert found == [*run_columns, *documented(f"`model.{table}()`")]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(documented(title, 2)) == sorted(manifest)
    again = Scenario.model_validate_json(json.dumps(manifest["scenarios"][0]["values"]))
    assert again == scenario, "any run repeats alone"


# -- odd/, architecture.md --------------------------------------------------------------------------------------------


def test_every_mechanism_has_a_section_and_a_test_and_no_other_has():
    found = make_docs.mechanisms()
    assert [one.id for one in found] == MECHANISMS
    for one in found:
        assert len(one.text.split()) > 15, f"{one.id} says nothing"
    assert set(make_docs.tests_by_mechanism()) >= set(MECHANISMS)


def test_a_range_of_ids_names_all_of_them():
    named = make_docs.tests_by_mechanism()
    assert "test_rules_front_door" in {path.stem for path in named["F2"]}, "it says F1-F5"


def test_every_parameter_is_in_the_table():
    rows = [row for table in tables(PARAMETERS.read_text(encoding="utf-8")) for row in table]
    keys = [row.key for row in parameter_table()]
    assert sorted(names(rows)) == sorted(keys)
    assert len(keys) > 200


def test_every_parameter_is_explained_with_a_mechanism():
    """The key of every number stands in a submodel's text, in full or, for a table's entries, by the table."""
    for row in parameter_table():
        shown = re.sub(r"^(trouble\.kinds|collaboration\.(?:practices|effects))\.[^.]+", r"\1.KIND", row.key)
        shown = re.sub(r"^noticing\.by_kind\..*", "noticing.by_kind.KIND.SOURCE", shown)
        shown = re.sub(r"^noticing\.level_slope\..*", "noticing.level_slope.SOURCE", shown)
        shown = re.sub(r"^(families\.wariness|noticing\.referred_by_others)\..*", r"\1.GROUP", shown)
        shown = re.sub(r"^help\.fits\..*", "help.fits.HELP.KIND", shown)
        shown = re.sub(r"^recording\.sslp_recorded_as\..*", "recording.sslp_recorded_as.SOURCE", shown)
        shown = re.sub(r"^(population\.ethnic_groups)\..*", r"\1", shown)
        whole, last = f"`{shown}`", f"`{shown.split('.')[-1]}`"
        nested = shown.startswith(
            ("collaboration.practices.", "collaboration.effects.", "liaison.", "parts.", "front_door.county_desk.")
        )
        if "." not in shown or shown.startswith("programmes.NAME.studied"):
            continue
        if shown == "front_door.county_desk.enabled":
            whole = "`front_door.county_desk`"
        assert whole in SUBMODELS or (nested and last in SUBMODELS), f"{row.key} is in no submodel"


def test_keys_named_in_the_submodels_exist():
    """A backquoted word with a dot must be a parameter, a part of one, or a name of the code."""
    keys = [row.key for row in parameter_table()]
    known = {".".join(key.split(".")[:n]) for key in keys for n in range(1, 9)}
    wild = {"KIND": r"[^.]+", "SOURCE": r"[^.]+", "GROUP": r"[^.]+", "HELP": r"[^.]+"}
    for word in set(re.findall(r"`([a-z_]+(?:\.\w+)+)`", SUBMODELS)):
        pattern = re.compile(r"\.".join(wild.get(part, re.escape(part)) for part in word.split(".")))
        assert any(pattern.fullmatch(key) for key in known), f"`{word}` is no parameter"


def test_the_rooms_are_those_of_the_package():
    rooms = [name.rstrip("/") for name in documented("Rooms", path=HOUSE)]
    package = DOCS.parent / "src" / "referral_sim"
    there = {p.name for p in package.iterdir() if (p / "__init__.py").exists()}
    there |= {p.name for p in package.glob("*.py") if p.name not in ("__init__.py", "__main__.py")}
    assert set(rooms) == there
    assert len(rooms) == len(set(rooms))


PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *sorted(path for name in ("experiments", "results", "examples") for path in (DOCS.parent / name).rglob("*.md")),
    *sorted(DOCS.parent.glob("*.md")),
]
PAGES = [page for page in PAGES if not {"_build", "large"} & set(page.parts)]


def anchors(page):
    """The anchors of the headings of a page, as GitHub and the site make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS.parent).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if name.startswith(("http:", "https:")):
            continue
        there = (page.parent / name) if name else page
        assert there.exists(), f"{target}: no such file"
        assert not anchor or anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.long
def test_the_python_of_the_readme_runs():
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS.parent / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(block, names)
    assert not names["model"].running


def test_the_readme_is_read_in_one_sitting():
    assert len((DOCS.parent / "README.md").read_text(encoding="utf-8").splitlines()) < 150
