"""`cslib check SOURCE`: what a source can answer in the terminal, or every breach of its contract."""

import shutil
from datetime import date, timedelta

import pytest

from cs_lib.cli import main
from cs_lib.runs import checking, overview

FIRST = date(2026, 1, 1)
HEAD = "contact_id customer_id opened_at status resolved_at"


def contact(number: int) -> str:
    """A contact of day `number`, resolved two hours later."""
    day = FIRST + timedelta(days=number // 4)
    return f"C{number} K{number % 40} {day}T09:00:00 resolved {day}T11:00:{number % 60:02}"


@pytest.fixture
def desk(source, monkeypatch):
    """A source of 120 days with four contacts each, and one whose contacts end before they begin."""
    monkeypatch.setenv("CS_LANGUAGE", "en")
    source.table("contacts", "\n".join([HEAD, *(contact(n) for n in range(480))]))
    source.study()
    folder = source.home / "params" / "sources"
    broken = (folder / "tiny.yaml").read_text(encoding="utf-8").replace("tiny", "torn")
    (folder / "torn.yaml").write_text(broken.replace("contacts.csv", "torn.csv"), encoding="utf-8")
    rows = [HEAD, "C1 K1 2026-01-02T09:00:00 resolved 2026-01-01T09:00:00"]
    (source.home / "torn.csv").write_text("\n".join(r.replace(" ", ",") for r in rows) + "\n")
    return source


def test_a_source_is_told_with_its_matrix_and_a_broken_one_with_its_breaches(desk, capsys):
    assert main(["check", "tiny", "torn", "--as-of", "2026-05-10"]) == 2
    told = capsys.readouterr()
    lines = {line.split("  ")[0]: line for line in told.out.splitlines()}
    assert told.out.startswith("tiny: Fit with limits. Of 9 kinds of study asked for, ")
    assert "✗ no       –" in lines["Surveys and their scores"]
    assert lines["Surveys and their scores"].endswith("  no surveys")
    assert "1 Jan to " in lines["Before/after by time taken"]
    assert told.out.splitlines()[-2].startswith("Next: ")
    assert told.out.splitlines()[-1].startswith(
        "The data end on 2026-04-30, before as_of 2026-05-10"
    )
    assert "torn: the data break their contract" in told.err
    assert "resolved_at lies before opened_at in 1 row" in told.err
    assert "Traceback" not in told.err


def test_a_word_means_a_study_before_it_means_a_source(desk):
    assert checking.source_meant("tiny") == "tiny"
    assert checking.source_meant("nothing") is None
    shutil.copy(desk.home / "params/sources/tiny.yaml", desk.home / "params" / "tiny.yaml")
    assert checking.source_meant("tiny") is None


def test_a_file_is_a_source_when_it_stands_among_them_or_says_so(desk, tmp_path):
    folder = desk.home / "params" / "sources"
    assert checking.source_meant(str(folder / "tiny.yaml")) == "tiny"
    other = desk.home / "elsewhere.yaml"
    shutil.copy(folder / "tiny.yaml", other)
    assert checking.source_meant(str(other)) == str(other)
    (desk.home / "study.yaml").write_text("study: x\nsource: tiny\n")
    assert checking.source_meant(str(desk.home / "study.yaml")) is None
    assert checking.source_meant(str(desk.home / "none.yaml")) is None


def test_a_faulty_source_is_refused_with_every_fault_and_no_process_is_started(
    desk, monkeypatch, capsys
):
    monkeypatch.setattr(overview.checking, "health", None)
    path = desk.home / "params" / "sources" / "tiny.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("timezone: UTC", "timezon: Nowhere"))
    assert main(["check", "tiny"]) == 2
    assert "timezon (line 3): unknown key; did you mean 'timezone'?" in capsys.readouterr().err
