"""The report: a page that holds all it shows, with the numbers that the commands print."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from referral_sim import cli
from referral_sim.folders.read_folder import open_results
from referral_sim.report.sentences import how_complete, title_of
from sweeps import PLAN, SCENARIO, plan_file

NASTY = "<script>alert(1)</script> ../../etc $x$ & \"'"
MANY = ("--replicates", 3, "--seed", 5, "--workers", 1, "--draws", "none")
VOID = {"meta", "br", "path", "use", "img", "link", "hr", "input", "image", "rect"}


class Page(HTMLParser):
    """Tags, attributes, text and table rows of a page; faults where elements do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text, self.rows = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID or (tag in ("path", "use", "image", "rect") and not self.get_starttag_text().endswith("/>")):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append(["", dict(attrs).get("data-value")])

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1][0] += data

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))

    def row(self, label, cells=None):
        """The first row with this label, of so many cells if that is said."""
        return next(row for row in self.rows if row[0][0] == label and cells in (None, len(row)))


@pytest.fixture
def call(capsys):
    def run(*words, status=0):
        with pytest.raises(SystemExit) as end:
            cli.main([str(w) for w in words])
        out, err = capsys.readouterr()
        assert end.value.code == status, err
        return err if status else out

    return run


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.yaml"
    text = SCENARIO.replace("A tiny authority", json.dumps(NASTY)).replace("warm_up_months: 0", "warm_up_months: 6")
    path.write_text(text + "authority: midtown\n", encoding="utf-8")
    return path


def written(call, *folders, out):
    call("report", *folders, "--out", out)
    return out.read_text("utf-8")


def test_a_run_with_the_numbers_of_its_json(call, tiny, tmp_path):
    printed = json.loads(call("run", tiny, *MANY, "--json", "--out", tmp_path / "r"))[0]["measures"]
    text = written(call, tmp_path / "r", out=tmp_path / "page.html")
    page = Page(text)
    by = {(m["measure"], m["group"]): m for m in printed}
    for label, measure in (("Contacts", "contacts"), ("Referrals", "referrals"), ("On the register", "on_register")):
        cells = page.row(label, 8)
        mine = by[measure, "all"]
        assert [float(cell[1]) for cell in cells[1:4]] == [mine["mean"], mine["low"], mine["high"]]
    assert float(page.row("Referrals", 8)[4][1]) == 628.0
    for said in (
        "Not for decisions about individual children",
        "3 replicates; the ends of a 90% interval rest on the outermost years",
        "describes Graph 6.2 and 32 where it introduces both graphs",
        "referral-sim run",
        "trouble.rate is 0.5, outside the calibrated range",
        "values changed against midtown",
    ):
        assert said in page.words, said
    assert len(text.encode()) < 3_000_000
    assert text == written(call, tmp_path / "r", out=tmp_path / "again.html")


def test_nothing_comes_from_elsewhere_and_ids_are_of_one_element(call, tiny, tmp_path):
    call("run", tiny, *MANY, "--out", tmp_path / "r")
    text = written(call, tmp_path / "r", tmp_path / "r", out=tmp_path / "page.html")
    page = Page(text)
    assert "svg" in page.tags
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "action", "data"):
            assert value.startswith(("#", "data:")), (tag, name, value)
    assert not re.search(r"https?:|@import|url\((?!#)", text)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    used = [value[1:] for _, name, value in page.attributes if name in ("href", "xlink:href") and value[0] == "#"]
    used += re.findall(r"url\(#([^)]*)\)", text)
    assert used
    assert set(used) <= set(ids)


def test_names_that_users_gave_are_text(call, tiny, tmp_path):
    call("compare", tiny, "--policy", "vacancies-40", *MANY, "--out", tmp_path / "c")
    text = written(call, tmp_path / "c", out=tmp_path / "page.html")
    page = Page(text)
    assert "script" not in page.tags
    assert NASTY in page.words
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c", "page.html", "tiny.yaml"]


def test_a_comparison_with_the_numbers_of_its_json(call, tiny, tmp_path):
    printed = call("compare", tiny, "--policy", "vacancies-40", *MANY, "--json", "--out", tmp_path / "c")
    measures = json.loads(printed)["comparisons"][0]["measures"]
    page = Page(written(call, tmp_path / "c", out=tmp_path / "page.html"))
    (mine,) = (m for m in measures if (m["measure"], m["group"]) == ("contacts", "all"))
    row = page.row("Contacts", 10)
    keys = ("base", "difference", "standard_error", "low_50", "high_50", "low_90", "high_90", "rises")
    assert [float(cell[1]) for cell in row[1:9]] == [mine[key] for key in keys]
    answer, children = page.row("Contacts (children)"), 0.03
    assert [float(cell[1]) for cell in answer[1:5]] == pytest.approx(
        [children * mine[key] for key in ("base", "difference", "low_90", "high_90")]
    )
    folded = page.words.index("More on how sure this is")
    first, rest = page.words[:folded], page.words[folded:]
    for said in (
        "what would change with 40% of intake posts vacant?",
        "300 children under 18",
        "families go another way",
    ):
        assert said in first, said
    for kept_for_the_end in ("workforce.vacancy", "values changed against tiny", "tiny+vacancies-40", "--policy"):
        assert kept_for_the_end not in first, kept_for_the_end
        assert rest.index(kept_for_the_end) > rest.index("Appendix"), kept_for_the_end
    assert "by more than chance" not in page.words
    families = json.loads(printed)["comparisons"][0]["families"]
    (newly,) = (f for f in families if (f["milestone"], f["change"], f["place"]) == ("contact", "newly", "all"))
    assert float(page.row("brought to social services")[1][1]) == newly["families"]


@pytest.mark.long
def test_a_sweep_a_calibration_and_patterns(call, tmp_path):
    from pathlib import Path

    call("sweep", plan_file(tmp_path), "--out", tmp_path / "s", "--workers", 1)
    shown = tmp_path / "patterns"
    shown.mkdir()
    found = [
        {
            "pattern": 11, "name": "A pattern", "predicted": "above 0", "what": "a thing", "observed": 0.125,
            "low": None, "high": 0.5, "unit": "share", "holds": False, "shown_only": False, "reason": "", "checks": [],
        }
    ]  # fmt: skip
    (shown / "patterns.json").write_text(json.dumps(found), "utf-8")
    calibration = Path(__file__).parents[2] / "results" / "calibration"
    page = Page(written(call, tmp_path / "s", calibration, shown, out=tmp_path / "page.html"))
    assert "front_door.threshold" in page.words
    assert "published figures fitted to" in page.words
    assert page.row("11")[4] == ["0.125", "0.125"]
    assert page.row("11")[-1][0] == "FAILS"
    (shown / "patterns.json").write_text("[3]", "utf-8")
    assert "not what 'referral-sim patterns --json' prints" in call("report", shown, status=2)


def test_another_year_than_the_published_one_says_so(call, tiny, tmp_path):
    call("run", tiny, *MANY, "--set", "time.reporting_year_start=2024-04-01", "--out", tmp_path / "r")
    page = Page(written(call, tmp_path / "r", out=tmp_path / "page.html"))
    assert "Reported: 2024-25. Figures were published for 2005-06 alone; none stand beside these years." in page.words


def test_a_study_says_what_it_asks_and_that_it_is_partial(call, tmp_path):
    text = PLAN.replace("uncertainties:\n  programmes.Hill.reach: {values: [0.3, 0.9]}\n", "")
    text = text.replace(
        "levers:\n  front_door.threshold: [2.0, 3.0]\ndesign: {kind: grid}\n", "policies: [none, vacancies-40]\n"
    )
    call("sweep", plan_file(tmp_path, text), "--out", tmp_path / "s", "--workers", 1)
    whole = open_results(tmp_path / "s")
    assert title_of(whole) == "A tiny authority: what would change with 40% of intake posts vacant?"
    assert not how_complete(whole)
    assert how_complete(replace(whole, replicates=20)) == "Partial results: 3 of 20 simulated years are there."


@pytest.mark.long
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium")
def test_a_comparison_is_six_pages_of_paper_at_most(call, tmp_path):
    call("compare", "midtown", "midtown+link-worker-everywhere", "midtown+outposted-half-posts-everywhere", *MANY,
         "--draws", "none", "--out", tmp_path / "c")  # fmt: skip
    written(call, tmp_path / "c", out=tmp_path / "page.html")
    pdf = tmp_path / "page.pdf"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={pdf}"]
    subprocess.run([*command, (tmp_path / "page.html").as_uri()], check=True, capture_output=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
    assert 1 <= pages <= 6


@pytest.mark.long
def test_a_year_in_which_nothing_happens_is_drawn_and_reported(call, tmp_path):
    quiet = tmp_path / "quiet.yaml"
    quiet.write_text(SCENARIO.replace("rate: 0.5", "rate: 0.00001").replace("children: 300", "children: 100"), "utf-8")
    quiet.write_text(quiet.read_text("utf-8").replace("children_under_five: 20", "children_under_five: 5"), "utf-8")
    call("run", quiet, "--replicates", 1, "--draws", "none", "--out", tmp_path / "r")
    call("plot", tmp_path / "r")
    call("compare", quiet, "--policy", "vacancies-40", "--replicates", 2, "--out", tmp_path / "c")
    page = Page(written(call, tmp_path / "r", tmp_path / "c", out=tmp_path / "page.html"))
    assert "nothing to show" in page.words
    assert page.row("Referrals")[1][1] == "0.0"


def test_what_is_no_folder_of_results_is_refused_and_nothing_written(call, tiny, tmp_path):
    assert "there is no such folder" in call("report", tmp_path / "nowhere", status=2)
    assert "holds nothing that run" in call("report", tmp_path, status=2)
    call("run", tiny, *MANY, "--out", tmp_path / "r")
    assert "is a folder" in call("report", tmp_path / "r", "--out", tmp_path, status=2)
    assert "no such folder" in call("report", tmp_path / "r", "--out", tmp_path / "a" / "b.html", status=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r", "tiny.yaml"]
    call("report", tmp_path / "r")
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.parametrize("format_", ["csv", "parquet", "xlsx"])
def test_every_table_of_a_comparison_is_exported_and_text_is_no_formula(call, tiny, tmp_path, format_):
    if format_ == "xlsx":
        pytest.importorskip("openpyxl")
    tiny.write_text(tiny.read_text("utf-8").replace(json.dumps(NASTY), '"=1+1"'), "utf-8")
    call("compare", tiny, "--policy", "vacancies-40", *MANY, "--out", tmp_path / "c")
    call("export", tmp_path / "c", "--format", format_, "--out", tmp_path / "e")
    names = ["changes", "differences", "families", "summary"]
    if format_ == "xlsx":
        sheets = pd.read_excel(tmp_path / "e" / "comparison.xlsx", sheet_name=None)
        assert list(sheets) == ["about", *names]
        about = dict(sheets["about"].to_numpy())
        assert about["scenario tiny"].startswith("=1+1, 300 children")
        assert about["seed"] == 5
        found = sheets["summary"]
    else:
        assert sorted(p.name for p in (tmp_path / "e").iterdir()) == [f"{name}.{format_}" for name in names]
        found = getattr(pd, f"read_{format_}")(tmp_path / "e" / f"summary.{format_}")
    kept = pd.read_parquet(tmp_path / "c" / "summary.parquet")
    assert found["difference"].tolist() == pytest.approx(kept["difference"].tolist(), nan_ok=True)
    assert found["measure"].tolist() == kept["measure"].tolist()
