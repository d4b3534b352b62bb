"""What a spreadsheet opens holds no formula, and is otherwise what was written."""

import io
from pathlib import Path

import pandas as pd
import pytest

import cs_lib
from cs_lib.report.spreadsheet import as_csv

PACKAGE = Path(cs_lib.__file__).parent
FORMULAS = [
    '=HYPERLINK("http://evil","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u3000=1", "\uff1dcmd",
    "\uff0b1", "\uff0d1", "\uff20x", "-->x", "\n=1", "\ufeff=1", "\u200b=1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_no_cell_and_no_name_is_a_formula(text, kind):
    frame = pd.DataFrame({text: pd.Series([text, "plain"], dtype=kind), "n": [1.5, -2.0]})
    again = pd.read_csv(io.StringIO(as_csv(frame)), dtype=str, keep_default_na=False)
    told = "'" + text.replace("\r", "\n")
    assert again.columns[0] == told
    assert again.iloc[0, 0] == told and again.iloc[1, 0] == "plain"


def test_numbers_and_ordinary_words_stay(tmp_path):
    frame = pd.DataFrame(
        {
            "team": ["A-1", "b@c", "\u56de\u590d", "1=1"],
            "value": [-1.25, 2, float("nan"), -3e-9],
            "n": [-1, 2, 3, 4],
        }
    )
    frame["day"] = pd.to_datetime(["2026-01-01"] * 4)
    frame["mixed"] = pd.Series([-1, None, True, "x"], dtype=object)
    plain = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    assert as_csv(frame) == plain


def test_a_formula_behind_a_separator_and_an_object_are_text():
    class Call:
        def __str__(self):
            return "=cmd()"

    frame = pd.DataFrame({"a": ["x;=1+1", Call(), "a; b"]})
    assert as_csv(frame) == "a\nx;'=1+1\n'=cmd()\na; b\n"


def test_two_columns_of_one_name_are_both_written():
    frame = pd.DataFrame([["=1", "=2"]], columns=["a", "a"])
    assert as_csv(frame) == "a,a\n'=1,'=2\n"


def test_nothing_else_writes_csv():
    """The digest of a figure reads its data as CSV, a sheet becomes a temporary one; nobody is shown either."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(
            word in path.read_text() for word in ("to_csv", "csv.writer", "DictWriter", "to_excel")
        )
    }
    hidden = {"report/drawing/figure.py", "data/sources/workbook.py"}
    assert found == {"report/spreadsheet.py"} | hidden
    script = (PACKAGE / "report" / "template" / "page.js").read_text()
    assert "text/csv" not in script
