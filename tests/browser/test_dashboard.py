"""The dashboard as its users have it: a server of its own, and a real browser without a screen."""

import csv
import io
import json
import math
import shutil
import subprocess

import openpyxl
import pytest

from dashboards import Visit, await_state, chromium, serving
from sweeps import COMMAND

pytest.importorskip("streamlit")
pytest.importorskip("playwright.sync_api")
if shutil.which("chromium") is None:
    pytest.skip("there is no chromium", allow_module_level=True)

from referral_sim.dashboard import studies
from referral_sim.dashboard.request import LONGEST_TITLE, StudyRequest
from referral_sim.dashboard.studies import FINISHED, STOPPED
from referral_sim.experiment.draws import load_draws
from referral_sim.measures.table import HEADLINES
from referral_sim.measures.wording import digits_for, digits_of_difference, interval, number

TITLE = "<script>alert(1)</script> ![x](http://a.invalid/x.png) ../../etc $x$ :red[y]"
assert len(TITLE) <= LONGEST_TITLE


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard") / "home"
    study = studies.create(folder, StudyRequest("england-average", ("link-worker-everywhere",), replicates=2))
    studies.start(study)
    await_state(study, FINISHED)
    return folder


@pytest.fixture(scope="module")
def visit(home):
    with serving(home, home.parent / "log.txt") as url, chromium() as browser:
        made = Visit(browser, url)
        yield made
        made.context.close()


@pytest.fixture(scope="module")
def asked(visit, home):
    """A study that was asked for on the page: City Borough, a lever moved by hand, two years, seed 7."""
    visit.open()
    visit.page.get_by_text("In words").wait_for()
    visit.choose("authority", "City Borough")
    visit.empty("policies")
    visit.choose("policies", "a link worker for every programme")
    visit.choose("levers", "Front door: need from which a referral is assessed")
    slider = visit.page.get_by_role("slider")
    assert slider.input_value() == "3"
    for _ in range(5):
        with visit.redrawn():
            slider.press("ArrowLeft")
    visit.type("replicates", "2")
    visit.type("seed", "7")
    visit.type("title", TITLE)
    before = {one.id for one in studies.list_studies(home)}
    visit.press("run")
    visit.page.get_by_role("heading", name="<script>").wait_for()
    (study,) = [one for one in studies.list_studies(home) if one.id not in before]
    await_state(study, FINISHED)
    visit.open(study.id)
    visit.page.get_by_text("In words").wait_for()
    return study


@pytest.fixture(scope="module")
def said(asked):
    """What the command line says of the same: measure and group -> row, numbers that are missing as NaN."""
    words = asked.command.split()
    run = subprocess.run([*COMMAND, *words[1:], "--json"], cwd=asked.folder, check=True, capture_output=True, text=True)
    rows = json.loads(run.stdout)["comparisons"][0]["measures"]
    return {(r["measure"], r["group"]): {k: math.nan if v is None else v for k, v in r.items()} for r in rows}


class Texts:
    """A row of differences, as text."""

    def __init__(self, row):
        digits, fine = digits_for(row["base"] or row["value"]), digits_of_difference(row)
        self.base, self.value = number(row["base"], digits), number(row["value"], digits)
        self.difference, self.rises = number(row["difference"], fine, True), number(row["rises"], 2)
        self.half = interval(row["low_50"], row["high_50"], fine, True)
        self.most = interval(row["low_90"], row["high_90"], fine, True)
        if not row["n"]:
            self.base = self.value = self.difference = self.rises = self.half = self.most = "-"


def table_rows(panel):
    """The rows of all tables of a panel, as lists of texts."""
    read = "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText.trim()))"
    return panel.locator("tbody tr").evaluate_all(read)


def test_the_page_opens_with_a_result(visit, home):
    visit.open()
    visit.page.get_by_text("In words").wait_for()
    assert visit.study_id() == studies.list_studies(home)[-1].id
    assert visit.page.get_by_text("Not for decisions about individual children").is_visible()


@pytest.mark.long
def test_what_is_asked_on_the_page_is_what_is_run(asked):
    assert asked.request == StudyRequest(
        "city-borough", ("link-worker-everywhere",), {"front_door.threshold": 2.5}, 2, 7, TITLE
    )


@pytest.mark.long
def test_the_numbers_on_the_page_are_those_of_the_command_line(visit, asked, said):
    visit.open(asked.id)
    visit.page.get_by_test_id("stMetricDelta").nth(len(HEADLINES) - 1).wait_for()
    shown = visit.page.get_by_test_id("stMetricValue").all_inner_texts()
    changes = visit.page.get_by_test_id("stMetricDelta").all_inner_texts()
    wanted = [Texts(said[key]) for key in HEADLINES]
    assert [text.strip() for text in shown] == [one.value for one in wanted]
    assert len(set(shown)) > 3
    assert [text.strip() for text in changes] == [
        one.difference if one.difference.strip("+-0.") else "no difference" for one in wanted
    ]
    panel = visit.tab("All figures")
    panel.get_by_text("Every measure and group").wait_for()
    panel.get_by_text("pairs of years").wait_for()
    found = [row[1:] for row in table_rows(panel)]
    columns = ("base", "value", "difference", "half", "most", "rises")
    assert found == [[getattr(Texts(row), name) for name in columns] for row in said.values()]


@pytest.mark.long
def test_the_command_on_the_page_is_the_one_that_was_compared(visit, asked):
    visit.open(asked.id)
    panel = visit.tab("Take away")
    panel.get_by_text(asked.command).wait_for()
    assert asked.command == "referral-sim compare city-borough alternative.yaml --replicates 2 --seed 7"


@pytest.mark.long
def test_every_download_opens(visit, asked, said, tmp_path):
    visit.open(asked.id)
    panel = visit.tab("Take away")

    def download(name):
        with visit.page.expect_download() as waiting:
            panel.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    key, row = ("referrals", "all"), said["referrals", "all"]
    with download("Differences (CSV)").open(newline="", encoding="utf-8") as file:
        there = {(r["measure"], r["group"]): r for r in csv.DictReader(file)}
    assert there.keys() == said.keys()
    assert float(there[key]["difference"]) == row["difference"]
    profiles = list(csv.DictReader(io.StringIO(download("Profiles (CSV)").read_text("utf-8"))))
    assert {one["scenario"] for one in profiles} == {"city-borough", "city-borough-alternative"}
    book = openpyxl.load_workbook(download("Workbook (XLSX)"))
    assert book.sheetnames == ["about", "differences", "profiles"]
    book.close()
    scenario = download("Scenario (YAML)")
    assert scenario.name == "alternative.yaml"
    assert scenario.read_text("utf-8") == asked.scenario_text
    if panel.get_by_role("button", name="Report (HTML)").count():
        assert "<html" in download("Report (HTML)").read_text("utf-8").lower()


@pytest.mark.long
def test_names_are_shown_as_text(visit, asked, home):
    visit.open(asked.id)
    assert visit.page.get_by_role("heading", name=TITLE, exact=True).is_visible()
    assert visit.page.locator("script").filter(has_text="alert(1)").count() == 0
    assert visit.page.locator("img[src*=invalid]").count() == 0
    panel = visit.tab("Compare studies")
    panel.locator("th").filter(has_text="<script>alert(1)</script>").wait_for()
    assert sorted(p.name for p in home.parent.iterdir()) == ["home", "log.txt"]


@pytest.mark.long
@pytest.mark.parametrize("id_", ["../../etc", "<script>alert(1)</script>", "20260101-000000-01234567", ""])
def test_an_address_that_names_no_study_leads_nowhere(visit, home, id_):
    visit.page.goto(f"{visit.url}/?study={id_}")
    visit.page.get_by_text("What would a policy change?").wait_for()
    if id_:
        said = "there is no study" if id_.startswith("2026") else f"{id_!r} is no study"
        visit.page.get_by_text(said).wait_for()
        assert visit.page.get_by_role("tab").count() == 0
        visit.page.locator(".st-key-open button").wait_for()


@pytest.mark.long
@pytest.mark.parametrize("text", ["seven", "-1", "99999999999", "<img src=x onerror=alert(1)>"])
def test_a_bad_seed_is_said_and_nothing_is_run(visit, home, text):
    visit.open()
    count = len(studies.list_studies(home))
    visit.type("seed", text)
    visit.press("run")
    visit.page.get_by_text(f"the seed must be a whole number from 0 to 4294967295, not {text!r}").wait_for()
    assert len(studies.list_studies(home)) == count


@pytest.mark.long
def test_nothing_changed_is_said(visit):
    visit.open()
    visit.empty("policies")
    visit.empty("levers")
    visit.press("run")
    visit.page.get_by_text("choose a policy or move a lever: nothing would change").wait_for()


@pytest.mark.long
def test_a_slow_press_on_the_next_list_chooses_nothing(visit):
    visit.open()
    visit.empty("levers")
    visit.empty("policies")
    visit.choose("policies", "a link worker for every programme")
    field = visit.page.locator(".st-key-levers input").first
    field.hover()
    visit.page.mouse.down()  # takes the focus from the list above, and opens this one
    visit.page.get_by_role("option").first.wait_for()
    assert field.evaluate("field => field.matches(':hover')"), "nothing has moved under the pointer"
    visit.page.mouse.up()
    visit.page.keyboard.press("Escape")
    assert visit.page.locator(".st-key-levers").get_by_label("Clear all").count() == 0
    assert visit.page.get_by_role("slider").count() == 0


@pytest.mark.long
def test_a_lever_outside_its_calibrated_range_is_warned_of(visit):
    visit.open()
    visit.choose("authority", "Midtown")
    visit.empty("levers")
    visit.choose("levers", "Trust: programme workers' trust in social services")
    low, high = load_draws("shipped").table["practice.trust"].quantile([0.05, 0.95])
    visit.page.get_by_text(f"calibrated range {low:.2f} to {high:.2f}; evidence: assumed").wait_for()
    assert visit.page.get_by_text("lies outside the range").count() == 0
    slider = visit.page.get_by_role("slider")
    slider.press("End")
    told = f"1.00 lies outside the range that goes with the published figures ({low:.2f} to {high:.2f})"
    visit.page.get_by_text(told).wait_for()


@pytest.mark.long
def test_runs_are_stopped_found_again_and_gone_on_with(visit, home):
    visit.open()
    visit.choose("authority", "City Borough")
    visit.empty("policies")
    visit.choose("policies", "no liaison")
    visit.type("replicates", "300")
    visit.type("title", "To be stopped")
    visit.press("run")
    visit.page.get_by_text("of 600 runs finished").wait_for()
    study = studies.list_studies(home)[0]
    assert study.title == "To be stopped"
    assert visit.study_id() == study.id
    visit.page.reload()
    visit.page.get_by_role("heading", name="To be stopped").wait_for()
    assert studies.is_running(study)
    visit.press("stop")
    visit.page.get_by_text("Stopped.").wait_for()
    assert studies.progress(study).state == STOPPED
    assert not studies.is_running(study)
    visit.page.goto("about:blank")
    visit.open(study.id)
    visit.page.get_by_text("Stopped.").wait_for()
    visit.press("go_on")
    visit.page.get_by_role("button", name="Stop", exact=True).wait_for()
    assert studies.is_running(study)
    visit.page.get_by_text("Saved studies").click()
    visit.choose("saved", f"{study.title} ({studies.date_of(study)})")
    visit.press("delete")
    visit.page.get_by_role("heading", name="To be stopped").wait_for(state="detached")
    assert study.id not in {one.id for one in studies.list_studies(home)}


@pytest.mark.long
def test_a_saved_study_is_opened_with_what_it_asked(visit, asked, home):
    other = studies.list_studies(home)[-1]
    visit.open(other.id)
    visit.page.get_by_text("Saved studies").click()
    visit.choose("saved", f"{asked.title} ({studies.date_of(asked)})")
    visit.press("open")
    visit.page.get_by_role("heading", name="<script>").wait_for()
    assert visit.study_id() == asked.id
    assert visit.page.locator(".st-key-seed input").input_value() == "7"
    assert visit.page.get_by_role("slider").input_value() == "2.5"


@pytest.mark.long
def test_a_single_case_is_followed_under_both_scenarios(visit, asked):
    visit.open(asked.id)
    panel = visit.tab("Single cases")
    panel.get_by_text("Who brought it").wait_for()
    panel.locator("table").nth(1).wait_for()
    stages = [row[1] for row in table_rows(panel)]
    assert "Contact" in stages
    assert "Registration" in stages
    assert panel.locator("table").count() == 2


@pytest.mark.long
def test_workload_flows_and_sources_show_the_same_numbers(visit, asked, said):
    visit.open(asked.id)
    panel = visit.tab("Workload")
    panel.get_by_text("7 working days for an initial assessment, 35 for a core assessment").wait_for()
    panel.get_by_text("Beside what was published").wait_for()
    backlog = next(row for row in table_rows(panel) if row[0] == "Backlog")
    cells = Texts(said["backlog_days", "all"])
    assert backlog == [
        "Backlog",
        "days",
        cells.base,
        cells.value,
        cells.difference,
        cells.half,
        cells.most,
        cells.rises,
    ]
    panel = visit.tab("Path of cases")
    panel.get_by_text("Between programmes and social services").wait_for()
    panel.locator("table").nth(1).wait_for()
    cells = Texts(said["registrations", "all"])
    row = next(row for row in table_rows(panel) if row[0] == "Registrations")
    assert row[1:4] == [cells.base, cells.value, cells.difference]
    panel = visit.tab("Who refers")
    panel.get_by_text("Shares of referrals, mean").wait_for()
    panel.locator("tbody tr").first.wait_for()
    true = {row[0]: row[2] for row in table_rows(panel)}
    assert true["Sure Start programme"] == f"{said['referral_source_true', 'source:sslp']['base']:.3f}"


@pytest.mark.long
def test_saved_studies_are_set_beside_each_other(visit, asked, home):
    other = studies.list_studies(home)[-1]
    visit.open(asked.id)
    panel = visit.tab("Compare studies")
    visit.choose(f"compared-{asked.id}", f"{other.title} ({studies.date_of(other)})")
    panel.locator("th").filter(has_text=f"2. {other.title}").wait_for()
    assert len(table_rows(panel)) == len(HEADLINES)
    assert panel.get_by_text("did not meet the same families").is_visible()


def test_nothing_left_this_machine_and_the_console_is_clean(visit):
    """Last: what the whole visit asked for, and what the browser complained of."""
    visit.open()
    visit.page.get_by_text("In words").wait_for()
    assert visit.outside == []
    assert visit.complaints == []
