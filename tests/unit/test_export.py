"""Tables as files for other programs: text is text in each of them."""

import io

import pandas as pd
import pyarrow as pa
import pytest

from referral_sim.dashboard.downloads import csv
from referral_sim.experiment.export import write_tables

NASTY = ["=1+1", "+1", "-1+1", "@SUM(X9)", "\t=1", "\r=1", "a\r=1", "＝1", '=HYPERLINK("x")', "plain", "a=b", ""]
TABLE = pd.DataFrame({"=name": NASTY, "value": [-0.1 * n for n in range(len(NASTY))]})


def no_formulas(frame):
    words = [*frame.columns, *frame["'=name"].dropna()]
    assert not [word for word in words if word[0] in "=+-@＝\t\r"]
    kept = [word.replace("\r", " ") for word in NASTY]
    assert [word.removeprefix("'") for word in frame["'=name"].fillna("")] == kept
    assert frame["value"].map(float).tolist() == TABLE["value"].tolist()


def test_no_text_of_a_csv_file_is_a_formula(tmp_path):
    write_tables({"t": pa.Table.from_pandas(TABLE)}, "csv", tmp_path, "x", {})
    no_formulas(pd.read_csv(tmp_path / "t.csv", dtype=str))
    no_formulas(pd.read_csv(io.BytesIO(csv(TABLE)), dtype=str))


def test_no_text_of_a_workbook_is_a_formula(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    (file,), _ = write_tables({"t": pa.Table.from_pandas(TABLE)}, "xlsx", tmp_path, "x", {"=what": "=1+1"})
    book = openpyxl.load_workbook(file)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    assert book["t"].cell(2, 1).value == "=1+1"
