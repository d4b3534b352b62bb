"""Zones by table and column, days without a time, and stamps in hours that clocks left out or had twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from cs_lib.data import canonical
from cs_lib.data.clocks import changes
from cs_lib.data.sources import digests

NOTE = (
    "contacts: opened_at has {n} in an hour that the clocks of Europe/Berlin left out or had twice (first:"
    " {first}); the later reading is taken, and what lies before one of them only because the clocks were moved"
    " counts as the same moment."
)


def table(*rows):
    frame = pd.DataFrame(rows, columns=["contact_id", "opened_at", "resolved_at"])
    return frame.assign(status=["resolved" if row[2] else "open" for row in rows])


def write(source, frame, kind):
    if kind == "csv":
        source.file("contacts", frame.to_csv(index=False))
    else:
        stamps = {name: pd.to_datetime(frame[name]) for name in ("opened_at", "resolved_at")}
        (frame.assign(**stamps) if kind == "parquet" else frame).to_parquet(
            source.home / "contacts.parquet"
        )
        source.settings["tables"]["contacts"] = {"file": "contacts.parquet"}


def seen(source):
    desk = source.desk("2026-06-01")
    return desk, desk.engine.rows("SELECT * EXCLUDE (contact_id) FROM (SELECT contact_id, opened_at, resolved_at"
                                  " FROM all_contacts) ORDER BY contact_id")  # fmt: skip


ROWS = (
    (
        "A",
        "2025-10-26 02:50:00",
        "2025-10-26 02:10:00",
    ),  # the second pass and the first: both are taken for the second
    ("B", "2026-03-29 02:49:14", "2026-03-29 03:22:47"),  # no such hour
    ("C", "2026-03-29 03:30:00", "2026-03-29 03:40:00"),
    ("D", "2026-05-30 12:00:00", None),
)


@pytest.fixture
def berlin(source, monkeypatch):
    monkeypatch.setattr(digests, "SETTLED", 0)
    source.settings |= {"timezone": "Europe/Berlin", "observed_until": "2026-06-01T00:00:00"}
    return source


@pytest.mark.parametrize("kind", ["csv", "parquet", "text in parquet"])
def test_hours_that_clocks_moved_are_noted_and_no_refusal_whether_read_kept_or_cleaned(
    berlin, monkeypatch, kind
):
    write(berlin, table(*ROWS), kind)
    expected = [
        (datetime(2025, 10, 26, 1, 50), datetime(2025, 10, 26, 1, 50)),
        (datetime(2026, 3, 29, 1, 49, 14), datetime(2026, 3, 29, 1, 49, 14)),
        (datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 29, 1, 40)),
        (datetime(2026, 5, 30, 10), None),
    ]
    note = NOTE.format(n="2 stamps", first="2025-10-26 02:50:00")
    known = []
    for way in ("read", "known from before", "the slower way"):
        if way == "the slower way":
            monkeypatch.setattr(canonical, "_straight", lambda *_, **__: None)
            monkeypatch.setattr(canonical.kept, "restore", lambda *_: None)
            berlin.settings["title"] = "Another"
        desk, rows = seen(berlin)
        assert rows == expected and desk.notes[0] == note
        assert "contacts: resolved_at has 1 stamp in an hour" in desk.notes[1]
        known.append(desk.facts["contacts"])
        facts = known[-1].of("opened_at")
        assert (facts.unclear, facts.unclear_first) == (2, datetime(2025, 10, 26, 2, 50))
    assert known[0] == known[1] == known[2]


def test_an_order_that_the_clocks_do_not_explain_is_a_breach(berlin):
    rows = (
        *ROWS,
        ("E", "2026-03-29 02:30:00", "2026-03-29 01:20:00"),
        ("F", "2026-03-30 02:30:00", "2026-03-30 02:20:00"),
    )
    write(berlin, table(*rows), "csv")
    assert berlin.breaches("2026-06-01") == [
        "contacts: resolved_at lies before opened_at in 2 rows (first: contact_id E with opened_at 2026-03-29 02:30:00,"
        " resolved_at 2026-03-29 01:20:00)."
    ]


def test_stamps_with_an_offset_are_clear_in_every_hour(berlin):
    write(
        berlin,
        table(("A", "2025-10-26 02:50:00+02:00", None), ("B", "2026-03-29 01:49:14Z", None)),
        "csv",
    )
    desk, _ = seen(berlin)
    assert desk.notes == ()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_unclear_hours_are_those_that_come_back_otherwise(source, zone):
    from zoneinfo import ZoneInfo

    moves = changes(zone, datetime(2025, 1, 1), datetime(2026, 1, 1))
    assert len(moves) == 2
    known, utc, step = ZoneInfo(zone), ZoneInfo("UTC"), timedelta(minutes=5)
    for move in moves:
        local = move.first - timedelta(hours=2)
        while local < move.last + timedelta(hours=2):
            readings = {local.replace(tzinfo=known, fold=fold).astimezone(utc) for fold in (0, 1)}
            assert (len(readings) > 1) == (move.first <= local < move.last)
            local += step


@pytest.mark.parametrize("zone", ["Etc/UTC", "UTC", "Asia/Shanghai"])
def test_zones_without_moves_have_no_unclear_hours(zone):
    assert changes(zone, datetime(2025, 1, 1), datetime(2026, 1, 1)) == ()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_midnights_are_counted_in_the_zone_of_the_stamps(berlin, kind, zone):
    berlin.settings["timezone"] = zone
    rows = [
        (f"C{i}", f"2026-0{month}-1{i} 00:00:00", f"2026-0{month}-1{i} 12:00:00")
        for i, month in enumerate((1, 3, 4))
    ]
    write(berlin, table(*rows, ("C9", "2026-03-29 00:00:01", None)), kind)
    facts = seen(berlin)[0].facts["contacts"]
    assert facts.of("opened_at").midnight == 3 and facts.of("resolved_at").midnight == 0
    assert seen(berlin)[0].facts["contacts"] == facts


def test_days_beside_stamps_with_a_time_are_midnights(berlin):
    berlin.file(
        "contacts",
        "contact_id,opened_at,status\nA,2026-04-01,open\nB,2026-04-02 10:00,open\nC,2026-04-03T00:00,open\n",
    )
    desk = berlin.desk("2026-06-01")
    assert desk.facts["contacts"].of("opened_at").midnight == 2 and desk.facts["contacts"].rows == 3


def opened(source, **spec):
    write(
        source,
        table(
            ("A", "2026-02-01 12:00:00", "2026-02-01 20:00:00"), ("B", "2026-05-30 12:00:00", None)
        ),
        "csv",
    )
    source.settings["tables"]["contacts"] |= spec
    return seen(source)[1][0]


def test_a_table_and_a_column_may_have_a_zone_of_their_own(berlin):
    assert opened(berlin) == (datetime(2026, 2, 1, 11), datetime(2026, 2, 1, 19))
    assert opened(berlin, timezone="UTC") == (datetime(2026, 2, 1, 12), datetime(2026, 2, 1, 20))
    assert opened(berlin, zones={"resolved_at": "Asia/Shanghai"}) == (
        datetime(2026, 2, 1, 11),
        datetime(2026, 2, 1, 12),
    )
    both = {"timezone": "America/New_York", "zones": {"resolved_at": "UTC"}}
    assert opened(berlin, **both) == (datetime(2026, 2, 1, 17), datetime(2026, 2, 1, 20))


def test_zones_of_a_table_stand_in_for_the_sources_and_go_through_a_query(berlin):
    berlin.settings["timezone"] = None
    assert opened(berlin, timezone="Asia/Shanghai")[0] == datetime(2026, 2, 1, 4)
    write(berlin, table(("A", "2026-02-01 12:00:00", "2026-02-01 20:00:00")), "csv")
    berlin.settings["tables"]["contacts"]["zones"] = {"opened_at": "UTC"}
    assert berlin.breaches() == [
        "contacts: resolved_at carry no time zone; set `timezone` in the source."
    ]
    berlin.settings["files"] = {"log": "contacts.csv"}
    berlin.settings["tables"]["contacts"] = {
        "query": "SELECT * FROM log",
        "timezone": "Asia/Shanghai",
    }
    assert seen(berlin)[1][0][0] == datetime(2026, 2, 1, 4)


def test_a_zone_of_what_is_no_stamp_is_one_sentence(berlin):
    write(berlin, table(*ROWS), "csv")
    berlin.settings["tables"]["contacts"]["zones"] = {"open_at": "UTC", "status": "UTC"}
    assert berlin.breaches() == [
        "contacts: `zones` names open_at, which is none of its stamps; did you mean 'opened_at'?",
        "contacts: `zones` names status, which is none of its stamps.",
    ]
