"""Logs with a row for the start of a step and one for its end."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cs_lib.data.guess.look import look
from cs_lib.data.guess.records import Choices, TableGuess
from cs_lib.runs.starting.source_text import _value

ROWS = """handling,patient,employee,handling_id,registration_type,time,order
Registration,7,ann,1,start,2024-03-01 09:00:00,1
Registration,7,ann,1,complete,2024-03-01 09:10:00,2
X-Ray,7,bob,2,start,2024-03-01 09:30:00,3
X-Ray,7,bob,2,complete,2024-03-01 09:45:00,4
X-Ray,7,bob,3,start,2024-03-01 11:00:00,5
Check-out,7,ann,4,start,2024-03-01 12:00:00,6
Check-out,7,ann,4,complete,2024-03-01 12:05:00,7
"""


def guessed(folder: Path, text: str) -> dict[str, TableGuess]:
    (folder / "log.csv").write_text(text, encoding="utf-8")
    return {one.table: one for one in look([folder / "log.csv"], Choices(), "clinic").tables}


def rows_of(guess: TableGuess, path: Path) -> list[tuple[str, ...]]:
    """The rows that the written query gives, by an engine of their own."""
    columns = ", ".join(f"CAST({_value(one)} AS VARCHAR) AS {one.column}" for one in guess.columns)
    source = f"read_csv('{path}', all_varchar = true)"
    group = f" GROUP BY {guess.group_by}" if guess.group_by else ""
    order = " ORDER BY " + ("opened_at" if guess.table == "contacts" else "ts")
    return duckdb.sql(f"SELECT {columns} FROM {source}{group}{order}").fetchall()


def test_start_and_end_become_one_step(tmp_path):
    events = guessed(tmp_path, ROWS)["events"]
    names = [one.column for one in events.columns]
    rows = [dict(zip(names, row, strict=True)) for row in rows_of(events, tmp_path / "log.csv")]
    told = [(r["raw_stage"], r["started_at"], r["ts"], r["agent_id"]) for r in rows]
    assert told == [
        ("Registration", "2024-03-01 09:00:00", "2024-03-01 09:10:00", "ann"),
        ("X-Ray", "2024-03-01 09:30:00", "2024-03-01 09:45:00", "bob"),
        ("X-Ray", "2024-03-01 11:00:00", "2024-03-01 11:00:00", "bob"),  # never ended
        ("Check-out", "2024-03-01 12:00:00", "2024-03-01 12:05:00", "ann"),
    ]
    assert [r["stage"] for r in rows] == ["created", "other", "other", "resolved"]


def test_the_contact_is_the_case_and_no_step_is_lost(tmp_path):
    contacts = guessed(tmp_path, ROWS)["contacts"]
    names = [one.column for one in contacts.columns]
    [row] = rows_of(contacts, tmp_path / "log.csv")
    told = dict(zip(names, row, strict=True))
    assert told["contact_id"] == "7"
    assert told["opened_at"] == "2024-03-01 09:00:00"
    assert told["resolved_at"] == "2024-03-01 12:05:00"
    assert "order_id" not in told  # the column numbers the rows


def test_without_a_number_of_the_step_both_rows_stay_and_it_is_said(tmp_path):
    text = ROWS.replace("handling_id", "room")
    events = guessed(tmp_path, text)["events"]
    assert events.group_by == ""
    assert [code for code, _ in events.caveats] == ["start_and_end_apart"]
    assert len(rows_of(events, tmp_path / "log.csv")) == 7


@pytest.mark.parametrize("header", ["activity", "活动", "Task Name"])
def test_steps_of_names_of_their_own_are_steps(tmp_path, header):
    text = f"case,{header},timestamp\n1,Blood test,2024-03-01 09:00\n1,Scan,2024-03-01 10:00\n"
    events = guessed(tmp_path, text)["events"]
    assert events.of("raw_stage") is not None
    stage = events.of("stage")
    assert stage is not None
    assert stage.unknown == ["Blood test", "Scan"]
