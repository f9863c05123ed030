"""The dashboard as its users have it: a server of its own, and a real browser without a screen."""

import csv
import json
import math
import shutil
import subprocess
import zipfile

import openpyxl
import pytest

from dashboards import Visit, await_state, chromium, serving
from sweeps import COMMAND

pytest.importorskip("streamlit")
pytest.importorskip("playwright.sync_api")
if shutil.which("chromium") is None:
    pytest.skip("there is no chromium", allow_module_level=True)

from referral_sim.dashboard import archive, studies
from referral_sim.dashboard.request import LONGEST_TITLE, Alternative, StudyRequest
from referral_sim.dashboard.studies import FINISHED, STOPPED

TITLE = "<script>alert(1)</script> ![x](http://a.invalid/x.png) ../../etc $x$ :red[y]"
assert len(TITLE) <= LONGEST_TITLE
ANSWER = "A difference is what the model's rules make of the assumptions"
SIZES = [(1440, 900), (1024, 768), (390, 844)]
TABS = {  # tab -> words that stand in it when it is drawn
    "Answer": ANSWER,
    "For whom": "One family under both",
    "Who refers": "Shares of referrals, mean",
    "Path of cases": "Between programmes and social services",
    "Workload": "Beside what was published",
    "Decide": "All of it, without this page",
    "All figures": "measures and groups, in all digits",
    "Compare studies": "Mean difference from its own baseline",
    "Take away": "The same figures without this page",
}
POLICY = "title: A lower threshold of ours\nchange: {front_door.threshold: -0.5}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard") / "home"
    two = (Alternative(("link-worker-everywhere",)), Alternative((), {"front_door.threshold": 2.6}))
    study = studies.create(folder, StudyRequest("england-average", two, replicates=2))
    studies.start(study)
    await_state(study, FINISHED)
    return folder


@pytest.fixture(scope="module")
def first(home):
    """The study that is there before the page is opened: two alternatives."""
    return studies.list_studies(home)[-1]


@pytest.fixture(scope="module")
def visit(home):
    with serving(home, home.parent / "log.txt") as url, chromium() as browser:
        made = Visit(browser, url)
        yield made
        made.context.close()


@pytest.fixture(scope="module")
def asked(visit, home, first):
    """A study that was asked for on the page: a policy, a lever moved by hand, two years, seed 7."""
    visit.open(first.id)
    visit.page.get_by_text(ANSWER).wait_for()
    with visit.redrawn():
        visit.press("less")
    visit.unfold("alternative-1")
    visit.choose("levers-1", "Front door: need from which a referral is assessed")
    slider = visit.page.locator(".st-key-alternative-1").get_by_role("slider")
    assert slider.input_value() == "3"
    for _ in range(5):
        with visit.redrawn():
            slider.press("ArrowLeft")
    visit.page.get_by_text("Changed on the left, not run yet").wait_for()
    visit.type("seed", "7")
    visit.type("title-1", TITLE)
    before = {one.id for one in studies.list_studies(home)}
    visit.press("run")
    visit.page.get_by_role("heading", name="<script>").wait_for()
    (study,) = [one for one in studies.list_studies(home) if one.id not in before]
    await_state(study, FINISHED)
    visit.open(study.id)
    visit.page.get_by_text(ANSWER).wait_for()
    return study


@pytest.fixture(scope="module")
def said(asked):
    """What the command line says of the same: measure and group -> row, numbers that are missing as NaN."""
    words = asked.command.split()
    run = subprocess.run([*COMMAND, *words[1:], "--json"], cwd=asked.folder, check=True, capture_output=True, text=True)
    rows = json.loads(run.stdout)["comparisons"][0]["measures"]
    return {(r["measure"], r["group"]): {k: math.nan if v is None else v for k, v in r.items()} for r in rows}


def test_the_page_opens_with_a_result(visit, first):
    visit.open()
    visit.page.get_by_text(ANSWER).wait_for()
    assert visit.study_id() == first.id
    assert visit.page.get_by_text("Not for decisions about individual children").is_visible()


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES, ids=["desk", "tablet", "phone"])
def test_every_tab_fits_and_every_column_can_be_reached(visit, first, size):
    visit.resize(*size)
    try:
        visit.open(first.id)
        for tab, words in TABS.items():
            visit.tab(tab).get_by_text(words).first.wait_for()
            assert visit.overflow() == {"page": 0, "tables": 0}, tab
    finally:
        visit.resize(1366, 768)


@pytest.mark.long
def test_what_is_asked_on_the_page_is_what_is_run(asked):
    one = Alternative(("link-worker-everywhere",), {"front_door.threshold": 2.5}, TITLE)
    assert asked.request == StudyRequest("england-average", (one,), 2, 7)


@pytest.mark.long
def test_every_download_opens_and_holds_the_numbers_of_the_command_line(visit, asked, said, tmp_path):
    visit.open(asked.id)
    panel = visit.tab("Take away")
    panel.get_by_text(asked.command).wait_for()

    def download(name):
        with visit.page.expect_download() as waiting:
            panel.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    with download("Differences (CSV)").open(newline="", encoding="utf-8") as file:
        there = {(r["measure"], r["group"]): r for r in csv.DictReader(file)}
    assert there.keys() == said.keys()
    for key, row in said.items():
        shown = float(there[key]["difference"] or "nan")
        assert shown == row["difference"] or math.isnan(row["difference"])
    assert {row["complete"] for row in there.values()} == {"yes"}
    assert b"england-average+alternative-1" in download("Profiles (CSV)").read_bytes()
    book = openpyxl.load_workbook(download("Workbook (XLSX)"))
    assert book.sheetnames == ["about", "differences", "profiles"]
    book.close()
    with zipfile.ZipFile(download("Scenario files (ZIP)")) as file:
        assert sorted(file.namelist()) == ["alternative-1.yaml", "baseline.yaml", "plan.yaml"]
    assert "<html" in download("Report (HTML)").read_text("utf-8").lower()
    back = archive.import_study(tmp_path / "home", download("Whole study (ZIP)").read_bytes())
    assert back.request == asked.request
    assert studies.progress(back).state == FINISHED


@pytest.mark.long
def test_names_are_shown_as_text(visit, asked, home):
    visit.open(asked.id)
    assert visit.page.get_by_role("heading", name=TITLE).is_visible()
    assert visit.page.locator("script").filter(has_text="alert(1)").count() == 0
    assert visit.page.locator("img[src*=invalid]").count() == 0
    panel = visit.tab("Compare studies")
    panel.locator("th").filter(has_text="<script>alert(1)</script>").wait_for()
    assert sorted(p.name for p in home.parent.iterdir()) == ["home", "log.txt"]


@pytest.mark.long
@pytest.mark.parametrize("id_", ["../../etc", "<script>alert(1)</script>", "20260101-000000-01234567"])
def test_an_address_that_names_no_study_leads_nowhere(visit, home, id_):
    visit.page.goto(f"{visit.url}/?study={id_}")
    said = "there is no study" if id_.startswith("2026") else f"{id_!r} is no study"
    visit.page.get_by_text(said).wait_for()
    assert visit.page.get_by_role("tab").count() == 0
    visit.page.locator(".st-key-open button").wait_for()


@pytest.mark.long
def test_what_cannot_be_asked_is_said_and_nothing_is_run(visit, home, first):
    visit.open(first.id)
    count = len(studies.list_studies(home))
    visit.type("seed", "<img src=x onerror=alert(1)>")
    visit.press("run")
    visit.page.get_by_text("the seed must be a whole number from 0 to 4294967295, not '<img").wait_for()
    assert len(studies.list_studies(home)) == count


@pytest.mark.long
def test_a_slow_press_on_the_next_list_chooses_nothing(visit, asked):
    visit.open(asked.id)
    visit.empty("levers-1")
    visit.empty("policies-1")
    visit.choose("policies-1", "a link worker for every programme")
    field = visit.page.locator(".st-key-levers-1 input").first
    field.hover()
    visit.page.mouse.down()  # takes the focus from the list above, and opens this one
    visit.page.get_by_role("option").first.wait_for()
    assert field.evaluate("field => field.matches(':hover')"), "nothing has moved under the pointer"
    visit.page.mouse.up()
    visit.page.keyboard.press("Escape")
    assert visit.page.locator(".st-key-levers-1").get_by_label("Clear all").count() == 0


@pytest.mark.long
def test_a_policy_of_ones_own_is_uploaded_and_offered(visit, first, tmp_path):
    visit.open(first.id)
    visit.unfold("own_files")
    bad, good = tmp_path / "bad.yaml", tmp_path / "lower.yaml"
    bad.write_text(POLICY.replace("threshold:", "treshold:"))
    good.write_text(POLICY)
    chooser = visit.page.locator(".st-key-upload input[type=file]")
    chooser.set_input_files(bad)
    visit.page.get_by_text("bad.yaml:2:10: change.front_door.treshold: unknown key").wait_for()
    chooser.set_input_files(good)
    visit.page.get_by_text("Files of your own (1)").wait_for()
    visit.choose("policies-2", "A lower threshold of ours")
    visit.page.get_by_text("Changed on the left, not run yet").wait_for()


@pytest.mark.long
def test_a_study_is_imported(visit, asked, home, tmp_path):
    file = tmp_path / "study.zip"
    file.write_bytes(archive.export_study(asked))
    count = len(studies.list_studies(home))
    visit.open(asked.id)
    visit.unfold("saved_studies")
    visit.page.locator(".st-key-import input[type=file]").set_input_files(file)
    visit.page.get_by_text(f"Saved studies ({count + 1})").wait_for()
    visit.page.get_by_text(ANSWER).wait_for()
    copy = studies.list_studies(home)[0]
    assert copy.id != asked.id
    assert copy.request == asked.request
    studies.delete(copy)


@pytest.mark.long
def test_runs_are_stopped_found_again_gone_on_with_and_deleted(visit, home, first):
    visit.open(first.id)
    visit.type("replicates", "300")
    visit.type("title-2", "To be stopped")
    visit.press("run")
    visit.page.get_by_text("of 900 runs finished").wait_for()
    study = studies.list_studies(home)[0]
    assert visit.study_id() == study.id
    visit.page.reload()
    visit.page.get_by_text("To be stopped").first.wait_for()
    assert studies.is_running(study)
    visit.press("stop")
    visit.page.get_by_text("Stopped.").wait_for()
    assert studies.progress(study).state == STOPPED
    assert not studies.is_running(study)
    visit.open(study.id)
    visit.page.get_by_text("Stopped.").wait_for()
    visit.press("go_on")
    visit.page.get_by_role("button", name="Stop", exact=True).wait_for()
    assert studies.is_running(study)
    visit.unfold("saved_studies")
    visit.choose("saved", f"{study.title} ({studies.date_of(study)})")
    visit.press("delete")
    visit.page.get_by_text("To be stopped").first.wait_for(state="detached")
    assert study.id not in {one.id for one in studies.list_studies(home)}


@pytest.mark.long
def test_a_saved_study_is_opened_with_what_it_asked(visit, asked, first):
    visit.open(first.id)
    visit.unfold("saved_studies")
    visit.choose("saved", f"{asked.title} ({studies.date_of(asked)})")
    visit.press("open")
    visit.page.get_by_role("heading", name="<script>").wait_for()
    assert visit.study_id() == asked.id
    assert visit.page.locator(".st-key-seed input").input_value() == "7"
    visit.unfold("alternative-1")
    assert visit.page.locator(".st-key-alternative-1").get_by_role("slider").input_value() == "2.5"


@pytest.mark.long
def test_ten_browsers_at_once_each_see_the_answer(visit, first):
    browser = visit.context.browser
    visits = [Visit(browser, visit.url) for _ in range(10)]
    try:
        for one in visits:
            one.page.goto(f"{one.url}/?study={first.id}", wait_until="commit")  # none waits for the one before it
        for one in visits:
            one.page.get_by_text(ANSWER).wait_for()
            assert one.complaints == []
    finally:
        for one in visits:
            one.context.close()


def test_nothing_left_this_machine_and_the_console_is_clean(visit):
    """Last: what the whole visit asked for, and what the browser complained of."""
    visit.open()
    visit.page.get_by_text(ANSWER).wait_for()
    assert visit.outside == []
    assert visit.complaints == []
