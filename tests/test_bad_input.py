"""Bad input through the real command: every fault one sentence, exit 2, and the last good page stays as it was."""

import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cs_lib import cli

ROOT = Path(__file__).resolve().parents[1]
STUDY = """
study: queue
notebook: before_after
question: Did the new queue get problems solved sooner?
as_of: "2026-05-01"
source: desk
design:
  intervention_date: "2026-03-01"
  pre_period: ["2026-01-01", "2026-02-28"]
  post_period: ["2026-03-01", "2026-04-15"]
measure: {primary_metric: resolution_hours, horizon_days: 7}
rule: {alpha: 0.05, min_effect: 1}
"""
SOURCE = """
source: desk
title: A small desk
timezone: Europe/Rome
folder: files
tables:
  contacts: {file: contacts.csv}
"""
HEAD = "contact_id,customer_id,opened_at,resolved_at,status,subject"


def rows() -> list[str]:
    draw = random.Random(3)
    found, now = [], datetime(2026, 1, 1, 8)
    for i in range(1500):
        now += timedelta(hours=draw.expovariate(1 / 1.9))
        done = now + timedelta(hours=draw.expovariate(1 / 9))
        found.append(
            f"C{i:04d},K{i % 400},{now:%Y-%m-%d %H:%M:%S},{done:%Y-%m-%d %H:%M:%S},resolved,你好"
        )
    return found


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A project with one study of one CSV file."""
    for name in ("params/sources", "notebooks", "files"):
        (tmp_path / name).mkdir(parents=True)
    notebook = (ROOT / "notebooks/before_after.ipynb").read_text(encoding="utf-8")
    (tmp_path / "notebooks/before_after.ipynb").write_text(notebook, encoding="utf-8")
    (tmp_path / "params/queue.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "params/sources/desk.yaml").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "files/contacts.csv").write_text("\n".join([HEAD, *rows()]), encoding="utf-8")
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def good(home):
    """The same, with a good page published."""
    assert cli.main(["run", "queue"]) == 0
    return home


def published(home: Path) -> dict[str, bytes]:
    folder = home / "reports/queue/latest"
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def attempt(home, capsys) -> str:
    """What a failing run says; the page must not have changed."""
    before = published(home)
    capsys.readouterr()
    assert cli.main(["run", "queue"]) == 2
    assert published(home) == before
    told = capsys.readouterr()
    return told.out + told.err


def test_five_faults_in_settings_are_told_at_once_and_nothing_is_touched(good, capsys):
    faulty = (
        STUDY.replace("alpha: 0.05", "alpha: 5%")
        .replace('as_of: "2026-05-01"', "as_of: 2026-02-30")
        .replace("horizon_days: 7", "horizn_days: 7")
        .replace('["2026-03-01", "2026-04-15"]', '["2026-02-01", "2026-04-15"]')
        .replace("resolution_hours", "resolution_hour")
    )
    (good / "params/queue.yaml").write_text(faulty, encoding="utf-8")
    told = attempt(good, capsys)
    for sentence in (
        "rule.alpha (line 12): must be a number, got '5%'",
        "as_of (line 5): no such day in the calendar: 2026-02-30",
        "unknown key; did you mean 'horizon_days'?",
        "before the intervention on 2026-03-01",
        "no metric 'resolution_hour'; did you mean 'resolution_hours'?",
    ):
        assert sentence in told


def test_every_breach_of_the_data_is_told_at_once_in_the_log_and_on_the_failure_page(good, capsys):
    broken = rows()
    broken[1] = broken[0]  # a key twice
    broken[2] = (
        "C9001,K1,2026-01-05 10:00:00,2026-01-04 10:00:00,resolved,x"  # resolved before opened
    )
    broken[3] = "C9002,K1,soon,2026-01-04 10:00:00,resolved,x"  # not a date
    broken[4] = "C9003,K1,2026-01-05 10:00:00,,solved,x"  # not a status
    (good / "files/contacts.csv").write_text("\n".join([HEAD, *broken]), encoding="utf-8")
    told = attempt(good, capsys)
    page = (good / "reports/queue/failed/index.html").read_text(encoding="utf-8")
    for sentence in (
        "contacts: rows share their key (contact_id): 1 case (first: contact_id C0000, 2 times).",
        "contacts: resolved_at lies before opened_at in 1 row (first: contact_id C9001",
        "contacts: opened_at is not a date and time (like 2026-03-31 14:05:00) in 1 row",
        "contacts: status is none of new, open,",
    ):
        assert sentence in told
        assert sentence.split(" (first")[0] in page
    assert "The last good page stands" in page
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.write_bytes(b""), "the file contacts.csv is empty (0 bytes)"),
        (lambda p: p.unlink(), "the file contacts.csv does not exist"),
    ],
    ids=["0 bytes", "missing"],
)
def test_a_file_that_cannot_be_read_is_told_before_any_kernel_starts(good, capsys, spoil, sentence):
    spoil(good / "files/contacts.csv")
    assert sentence in attempt(good, capsys)


def check(capsys) -> str:
    capsys.readouterr()
    assert cli.main(["check", "queue"]) == 2
    told = capsys.readouterr()
    return told.out + told.err


def test_a_gbk_file_is_named_with_the_remedy_and_reads_once_it_is_declared(home, capsys):
    path = home / "files/contacts.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert "It reads as GBK: set `encoding: gbk` for this file in the source." in check(capsys)
    declared = SOURCE.replace("{file: contacts.csv}", "{file: {path: contacts.csv, encoding: gbk}}")
    (home / "params/sources/desk.yaml").write_text(declared, encoding="utf-8")
    assert cli.main(["check", "queue"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("opened_at", "opend_at", "contacts: column opened_at is missing"),
        (HEAD, HEAD, "contacts: no rows."),
    ],
    ids=["missing column", "empty table"],
)
def test_a_table_without_what_it_needs_is_named(home, capsys, old, new, sentence):
    path = home / "files/contacts.csv"
    text = path.read_text(encoding="utf-8").replace(old, new)
    path.write_text(HEAD + "\n" if sentence.endswith("rows.") else text, encoding="utf-8")
    assert sentence in check(capsys)


def test_stamps_without_a_zone_in_a_source_without_one_are_refused(home, capsys):
    without = SOURCE.replace("timezone: Europe/Rome\n", "")
    (home / "params/sources/desk.yaml").write_text(without, encoding="utf-8")
    assert "opened_at, resolved_at carry no time zone; set `timezone` in the source." in check(
        capsys
    )


def test_a_customer_in_two_arms_is_named(home, capsys):
    arms = "assignment_id,experiment_id,customer_id,variant,assigned_at\nA1,e,K1,control,2026-02-01 10:00:00\n"
    (home / "files/arms.csv").write_text(
        arms + "A2,e,K1,coupon,2026-02-02 10:00:00\n", encoding="utf-8"
    )
    both = SOURCE + "  perk_assignments: {file: arms.csv}\n"
    (home / "params/sources/desk.yaml").write_text(both, encoding="utf-8")
    told = check(capsys)
    assert "customers were assigned more than once in one experiment" in told
    assert "experiment_id e, customer_id K1" in told


def open_forever() -> list[str]:
    """The same contacts, none of them ever resolved."""
    return [",".join([*row.split(",")[:3], "", "open", "x"]) for row in rows()]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (None, None, "'resolution_hours' is not available because resolved_at is empty in every"),
        ("resolution_hours", "contact_rate", "because the source 'desk' has no table orders"),
    ],
    ids=["all tickets open", "no orders"],
)  # fmt: skip
def test_a_metric_that_cannot_be_had_is_one_sentence_and_no_traceback(
    home, capsys, old, new, sentence
):
    if old is None:
        (home / "files/contacts.csv").write_text(
            "\n".join([HEAD, *open_forever()]), encoding="utf-8"
        )
    else:
        (home / "params/queue.yaml").write_text(STUDY.replace(old, new), encoding="utf-8")
    assert cli.main(["run", "queue"]) == 2
    told = capsys.readouterr()
    assert sentence in told.out + told.err
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize(
    ("hostile", "sentence"),
    [
        ("{query: \"SELECT 1 AS contact_id; COPY (SELECT 1) TO 'OUT'\"}", "it must be one query that only reads"),
        ("{query: \"WITH a AS (COPY (SELECT 1) TO 'OUT') SELECT * FROM a\"}", "it may only read, it holds COPY"),
        ("{query: \"SELECT content AS contact_id FROM read_text('/etc/passwd')\"}", "not call read_text()"),
        ("{file: ../../../../../../../etc/passwd}", "leads outside the source's folder and the project"),
        ("{file: pipe.csv}", "pipe.csv is a pipe, a device or a socket"),
    ],
)  # fmt: skip
def test_a_hostile_source_is_checked_and_run_without_harm(
    good, tmp_path_factory, capsys, hostile, sentence
):
    out = tmp_path_factory.mktemp("away") / "out.csv"
    (good / "params/sources/desk.yaml").write_text(
        SOURCE.replace("{file: contacts.csv}", hostile.replace("OUT", str(out))), encoding="utf-8"
    )
    os.mkfifo(good / "files/pipe.csv")
    told = attempt(good, capsys)
    assert cli.main(["check", "queue"]) == 2
    told += (checked := "".join(capsys.readouterr()))
    assert sentence in told and sentence in checked
    assert not out.exists() and "root:" not in told and str(out.parent) not in told
