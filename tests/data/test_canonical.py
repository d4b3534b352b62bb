"""Columns pass through where their type is right: the slower way, which keeps all that was delivered, is the oracle."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from cs_lib.data import canonical
from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.duckdb import DuckDB
from cs_lib.data.exact import scale_of
from cs_lib.data.facts import ColumnFacts, TableFacts

N = 400


def delivered(source, table, frame):
    frame.to_parquet(source.home / f"{table}.parquet")
    source.settings["tables"][table] = {"file": f"{table}.parquet"}


def contacts(n=N, **columns):
    """Contacts in local stamps around both changes of clocks of a year in Berlin."""
    random = np.random.default_rng(5)
    opened = pd.Timestamp("2025-10-20") + pd.to_timedelta(random.integers(0, 170 * 86400, n), "s")
    resolved = opened + pd.to_timedelta(random.integers(7200, 20 * 86400, n), "s")
    frame = pd.DataFrame(
        {
            "contact_id": [f"K{i:04}" for i in range(n)],
            "customer_id": random.choice(["A", "B", ""], n),
            "opened_at": opened,
            "resolved_at": resolved.where(random.random(n) < 0.7),
            "channel": random.choice(["phone", "chat", None], n),
            "is_complaint": random.random(n) < 0.5,
            "handle_seconds": random.integers(0, 9000, n) / 4,
        }
    )
    frame["status"] = frame["resolved_at"].notna().map({True: "resolved", False: "open"})
    return frame.assign(**columns)


def surveys(n=N, **columns):
    random = np.random.default_rng(6)
    spread = pd.Series(pd.to_timedelta(random.integers(0, 9_000_000, n), "s"))
    offered = pd.Timestamp("2026-01-01") + spread
    answered = (offered + pd.Timedelta("3h")).where(random.random(n) < 0.6)
    frame = pd.DataFrame({"survey_id": range(n), "kind": "csat", "offered_at": offered})
    frame["answered_at"], frame["score"] = answered, answered.notna().map({True: 4, False: None})
    return frame.assign(scale_min=1, scale_max=5, **columns)


def both_ways(source, monkeypatch, **when):
    """What a desk or its refusal is, straight and the slower way."""
    told = []
    for slower in (False, True):
        with monkeypatch.context() as patch:
            if slower:
                patch.setattr(canonical, "_straight", lambda *_, **__: None)
            said = source.breaches(**when)
            if said:
                told.append(said)
                continue
            desk = source.desk(**when)
            rows = {
                name: desk.engine.rows(f"SELECT *, {desk.day_of(TABLES[name].row_time)} FROM {name} ORDER BY 1")
                for name in desk.rows
            }  # fmt: skip
            told.append((rows, desk.rows, desk.cut, desk.notes, desk.facts))
    return told


@pytest.mark.parametrize("as_of", ["2026-02-01", "2026-04-10", "2026-06-01"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_desk_is_the_same_either_way(source, monkeypatch, zone, as_of):
    source.settings["timezone"] = zone
    delivered(source, "contacts", contacts())
    delivered(source, "surveys", surveys())
    straight, slower = both_ways(source, monkeypatch, as_of=as_of)
    assert straight == slower and straight[1]["contacts"] > 100


@pytest.mark.parametrize("kind", ["float32", "int16", "str", "object"])
def test_foreign_types_become_the_contracts_either_way(source, monkeypatch, kind):
    frame = contacts(handle_seconds=(np.arange(N) % 900).astype(kind))
    frame["opened_at"] = frame["opened_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    frame["resolved_at"] = frame["resolved_at"].dt.tz_localize("Etc/GMT+5")
    delivered(source, "contacts", frame)
    straight, slower = both_ways(source, monkeypatch, as_of="2026-06-01")
    assert straight == slower
    assert source.desk("2026-06-01").engine.columns("contacts")["handle_seconds"] == "DOUBLE"


FAULTS = {
    "infinite": ("handle_seconds", [-np.inf, 5.0, np.nan]),
    "negative": ("handle_seconds", [-1.0, 2.0, 3.0]),
    "text": ("handle_seconds", ["7", "many", None]),
    "values": ("channel", ["phone", "pigeon", ""]),
    "blank status": ("status", ["open", "", "open"]),
    "blank key": ("contact_id", ["", "B", "C"]),
    "one key twice": ("contact_id", ["A", "B", "A"]),
    "empty stamp": ("opened_at", [None, datetime(2026, 2, 1), datetime(2026, 2, 2)]),
    "order": ("resolved_at", [datetime(2025, 2, 1), None, None]),
    "stamps that are none": ("opened_at", ["2026-02-01 10:00", "10:00 PM", "2026-02-30"]),
    "flags that are none": ("is_complaint", ["true", "perhaps", None]),
}


@pytest.mark.parametrize(("column", "values"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_alike_either_way(source, monkeypatch, column, values):
    frame = contacts(3).assign(
        opened_at=pd.Timestamp("2026-02-01"), resolved_at=None, status="open"
    )
    delivered(source, "contacts", frame.assign(**{column: values}))
    straight, slower = both_ways(source, monkeypatch)
    assert straight == slower and isinstance(straight, list) and straight


def test_stamps_without_zone_are_refused_where_the_source_names_none(source, monkeypatch):
    source.settings["timezone"] = None
    delivered(source, "contacts", contacts())
    straight, slower = both_ways(source, monkeypatch)
    assert straight == slower and "set `timezone`" in straight[0]


def test_numbers_of_a_query_that_are_no_numbers_are_a_breach(source):
    source.file("log", "contact_id,opened_at\nC1,2026-02-27 10:00\n")
    query = "SELECT *, 'open' AS status, CAST('nan' AS DOUBLE) AS handle_seconds FROM log"
    source.settings |= {"files": {"log": "log.csv"}, "tables": {"contacts": {"query": query}}}
    assert source.breaches() == [
        "contacts: handle_seconds is not a number in 1 row (first: contact_id C1 with handle_seconds nan)."
    ]


def test_a_key_may_be_empty_in_part_but_only_once(source, monkeypatch):
    source.settings["observed_until"] = "2026-02-20"
    days = [date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 2)]
    delivered(source, "contacts", contacts(1, opened_at=pd.Timestamp("2026-02-01")))
    for segment, sound in ((["", "a", None], True), (["", None, "a"], False)):
        frame = pd.DataFrame({"date": days, "segment": segment, "orders": [1, 2, 3]})
        delivered(source, "exposure", frame)
        said = source.breaches()
        assert bool(said) is not sound, said
        assert sound or "rows share their key (date, segment): 1 case" in said[0]


def test_equal_numbers_of_different_keys_are_looked_at(source, monkeypatch):
    monkeypatch.setattr("cs_lib.data.engines.duckdb.DuckDBDialect.number_of", lambda *_: "7")
    source.settings["observed_until"] = "2026-02-20"
    delivered(source, "contacts", contacts(opened_at=pd.Timestamp("2026-02-01"), resolved_at=None))
    assert source.breaches() == []


def test_columns_of_the_right_type_are_passed_through(source):
    source.settings["observed_until"] = "2026-08-30"
    delivered(source, "contacts", contacts(customer_id="A"))
    engine = source.desk("2026-09-01").engine
    [(whole,)] = engine.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'all_contacts'")
    [(seen,)] = engine.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'contacts'")
    for word in ("nullif", "TRY_CAST", "isfinite", "timezone", "regexp"):
        assert word not in whole
    assert "CASE" not in seen and "raw_contact_id" not in whole


def test_facts_are_those_of_all_rows_and_scales_ask_nothing_again(source, monkeypatch):
    delivered(source, "contacts", contacts(handle_seconds=(np.arange(N) % 7) + 0.125))
    desk = source.desk("2026-02-01")
    found = desk.facts["contacts"]
    asked = desk.engine.rows(
        "SELECT count(*), count(channel), min(opened_at), max(resolved_at), max(handle_seconds) FROM all_contacts"
    )[0]
    span, handle = found.span("opened_at"), found.of("handle_seconds")
    assert asked == (
        found.rows,
        found.of("channel").filled,
        span[0],
        found.of("resolved_at").last,
        handle.largest,
    )
    assert found.rows == N > desk.rows["contacts"] and handle.beside == (N, 0, 0)
    expected = scale_of(desk.engine, "all_contacts", "handle_seconds")
    monkeypatch.setattr(DuckDB, "rows", None)
    assert desk.scale("contacts", "handle_seconds") == expected and expected.steps == 10_000
    assert found.of("subject") == ColumnFacts() and found.span("subject") is None


def test_a_column_without_a_value_lies_before_everything():
    facts = TableFacts(3, {"a": ColumnFacts(1, datetime(2026, 1, 1), datetime(2026, 2, 1))})
    assert facts.all_before("b", datetime(1970, 1, 1))
    assert facts.all_before("a", datetime(2026, 2, 2)) and not facts.all_before(
        "a", datetime(2026, 2, 1)
    )


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_csv_file_gives_the_same_as_the_same_rows_in_parquet(source, zone):
    source.settings["timezone"] = zone
    frame, found = contacts(), []
    delivered(source, "contacts", frame)
    for _ in range(2):
        desk = source.desk("2026-04-10")
        found.append((desk.engine.rows("SELECT * FROM contacts ORDER BY 1"), desk.facts, desk.cut))
        source.file("contacts", frame.to_csv(index=False))
    assert found[0] == found[1]
