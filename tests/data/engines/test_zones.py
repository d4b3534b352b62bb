"""Stamps moved by plain offsets: the engine's own calendar is the oracle, stamp by stamp."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cs_lib.data.engines.duckdb import DuckDB
from cs_lib.data.engines.zones import Offsets, offsets, probes, stepwise

ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Danmarkshavn",  # at UTC since 1996, not before
]
RANGES = [
    (datetime(2025, 3, 1), datetime(2026, 2, 1)),
    (datetime(1985, 5, 5), datetime(2031, 1, 1)),
]


class Calendar:
    """The engine's own calendar."""

    @staticmethod
    def day_of(instant, zone):
        return f"CAST(timezone('{zone}', timezone('UTC', {instant})) AS DATE)"

    @staticmethod
    def to_utc(local, zone):
        return f"timezone('UTC', timezone('{zone}', {local}))"


SLOW = Calendar()


@pytest.fixture(scope="module")
def engine():
    opened = DuckDB()
    opened.run("SELECT setseed(0.7)")
    opened.run(
        "CREATE TABLE random_stamps AS SELECT TIMESTAMP '1950-01-01' + to_microseconds("
        "CAST(random() * 3.4e15 AS BIGINT)) AS x FROM range(60000)"
    )
    yield opened
    opened.close()


def knowing(engine, zone, first, last):
    engine.dialect.known.clear()
    engine.know_zone(zone, first, last)
    assert (zone in engine.dialect.known) is (zone != "UTC")
    return engine.dialect.known.get(zone)


def differing(engine, zone, stamps):
    """Stamps that the arithmetic moves otherwise than the calendar, either way."""
    fast = engine.dialect
    return engine.rows(
        f"SELECT x FROM ({stamps}) WHERE {fast.day_of('x', zone)} IS DISTINCT FROM {SLOW.day_of('x', zone)}"
        f" OR {fast.to_utc('x', zone)} IS DISTINCT FROM {SLOW.to_utc('x', zone)} LIMIT 3"
    )


@pytest.mark.parametrize("range_", RANGES, ids=["a year", "46 years"])
@pytest.mark.parametrize("zone", ZONES)
def test_every_stamp_is_moved_as_by_the_calendar(engine, zone, range_):
    knowing(engine, zone, *range_)
    odd = "VALUES (NULL), (TIMESTAMP 'infinity'), (TIMESTAMP '-infinity'), (TIMESTAMP '0001-01-01')"
    for stamps in ("FROM random_stamps", f"SELECT CAST(x AS TIMESTAMP) AS x FROM ({odd}) AS t(x)"):
        assert differing(engine, zone, stamps) == []


@pytest.mark.parametrize("zone", ZONES[1:])
def test_stamps_around_every_change_are_moved_as_by_the_calendar(engine, zone):
    known = knowing(engine, zone, datetime(1970, 3, 1), datetime(2029, 2, 1))
    assert known.changes
    edges = ", ".join(f"(TIMESTAMP '{stamp}')" for stamp in probes(known))
    stamps = f"SELECT edge + to_seconds(s * 450) AS x FROM (VALUES {edges}) AS e(edge), range(-17, 18) AS r(s)"
    assert differing(engine, zone, stamps) == []


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 02:30:00", "2026-03-29 01:30:00"),  # there is no such time: the offset before
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00"),
        ("2026-10-25 01:59:59", "2026-10-24 23:59:59"),
        ("2026-10-25 02:30:00", "2026-10-25 01:30:00"),  # it comes twice: the second
    ],
)
def test_gap_and_overlap_by_hand(engine, local, utc):
    knowing(engine, "Europe/Berlin", *RANGES[0])
    moved = engine.dialect.to_utc(f"TIMESTAMP '{local}'", "Europe/Berlin")
    assert engine.rows(f"SELECT {moved}") == [(datetime.fromisoformat(utc),)]


def test_a_stamp_with_its_zone_becomes_the_same_instant_as_by_the_calendar(engine):
    odd = "VALUES (TIMESTAMPTZ 'infinity'), (TIMESTAMPTZ '-infinity'), (NULL)"
    stamps = f"SELECT timezone('Asia/Tokyo', x) AS x FROM random_stamps UNION ALL {odd}"
    plain = engine.dialect.without_zone("x")
    assert (
        engine.rows(f"SELECT x FROM ({stamps}) WHERE {plain} IS DISTINCT FROM timezone('UTC', x)")
        == []
    )


def test_a_calendar_that_the_engine_does_not_share_is_not_used(engine, monkeypatch):
    wrong = Offsets(datetime(2024, 1, 1), datetime(2028, 1, 1), 3600)
    monkeypatch.setattr("cs_lib.data.engines.zones.offsets", lambda *_: wrong)
    engine.dialect.known.clear()
    engine.know_zone("Europe/Berlin", *RANGES[0])
    assert (
        engine.dialect.known == {}
        and differing(engine, "Europe/Berlin", "FROM random_stamps") == []
    )


def test_a_zone_the_engine_does_not_have_is_left_to_it(engine, monkeypatch):
    plain = Offsets(datetime(2024, 1, 1), datetime(2028, 1, 1), 3600)
    monkeypatch.setattr("cs_lib.data.engines.zones.offsets", lambda *_: plain)
    engine.dialect.known.clear()
    engine.know_zone("Mars/Olympus", *RANGES[0])
    assert engine.dialect.known == {}


def test_offsets_cover_whole_years_around_the_data():
    known = offsets("Europe/Berlin", datetime(2026, 3, 1), datetime(2026, 4, 1))
    assert (known.first, known.last, known.before) == (
        datetime(2025, 1, 1),
        datetime(2028, 1, 1),
        3600,
    )
    assert known.changes[:2] == (
        (datetime(2025, 3, 30, 1), 7200),
        (datetime(2025, 10, 26, 1), 3600),
    )
    assert known.local_changes()[0] == (datetime(2025, 3, 30, 3), 7200)
    assert known.local_changes()[1] == (datetime(2025, 10, 26, 2), 3600)


@pytest.mark.parametrize(("first", "last"), [(1, 2026), (1700, 2026), (2026, 9999)])
def test_a_range_that_no_data_have_is_left_to_the_calendar(first, last):
    assert offsets("Europe/Berlin", datetime(first, 1, 1), datetime(last, 1, 1)) is None


def test_many_changes_cost_few_comparisons():
    changes = [(datetime(2000, 1, 1) + timedelta(days=i), i) for i in range(63)]
    text, deepest, depth = stepwise("x", 0, changes), 0, 0
    for word in text.split():
        depth += {"CASE": 1, "END": -1}.get(word, 0)
        deepest = max(deepest, depth)
    assert deepest == 6 and text.count("CASE") == 63
