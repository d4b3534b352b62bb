"""Tables by day on rows small enough to check by eye."""

from __future__ import annotations

from datetime import date

from cs_lib.metrics.queries.health.by_day import table_days
from cs_lib.metrics.queries.health.faults import marks_of
from cs_lib.metrics.queries.health.gaps import bursts, gaps
from cs_lib.metrics.queries.health.values_found import holders, labels
from cs_lib.metrics.queries.trust import looked_at

CONTACTS = """
contact_id customer_id opened_at resolved_at closed_at status team_id
K1 A 2026-02-01T08:00 2026-02-01T09:00 2026-02-08T09:00 closed T1
K2 A 2026-02-01T10:00 2026-03-20T10:00 - resolved t1
K3 N/A 2026-02-03T00:00 - - closed T1
K4 N/A 2026-02-03T10:00 2026-02-03T10:00 - open -
K5 N/A 2026-05-20T10:00 - - open T2
"""


def contacts(source, zone="UTC"):
    source.settings["timezone"] = zone
    source.settings["observed_until"] = "2026-06-01T00:00:00"
    source.table("contacts", CONTACTS)
    return source.desk("2026-06-01")


def test_days_between_are_there_and_empty(source):
    found = table_days(contacts(source), "contacts", {})
    assert (found.first, found.last, len(found.days), found.rows) == (
        date(2026, 2, 1),
        date(2026, 5, 20),
        109,
        5,
    )
    assert found.counts[:4].tolist() == [2, 0, 2, 0] and found.counts.sum() == 5
    assert found.totals["team_id"] == 4 and not found.has("order_id")


def test_a_stamp_counts_when_it_comes_within_four_weeks(source):
    found = table_days(contacts(source), "contacts", {})
    assert found.filled["resolved_at"][:3].tolist() == [2, 0, 1]
    assert found.within["resolved_at"][:3].tolist() == [1, 0, 1]
    assert found.followed == date(2026, 5, 3)


def test_every_fault_of_a_row_is_counted_on_its_day(source):
    desk = contacts(source)
    found = table_days(desk, "contacts", marks_of(desk, "contacts"))
    marked = {mark: found.marked(mark) for mark in found.marks if found.marked(mark)}
    assert marked == {
        "ended": 3, "unstamped": 1, "closed_unstamped": 1, "still_open": 2, "open_with_end": 1, "both_ends": 1,
        "at_once:resolved_at": 1, "midnight:opened_at": 1,
    }  # fmt: skip
    assert found.marks["unstamped"][2] == 1


def test_midnight_is_that_of_the_place(source):
    desk = contacts(source, "Europe/Berlin")
    assert (
        table_days(desk, "contacts", marks_of(desk, "contacts")).marked("midnight:opened_at") == 1
    )


def test_rows_in_hours_of_a_clock_change_are_counted(source):
    stamps = [
        "2026-03-29T01:59", "2026-03-29T02:30", "2026-03-29T03:30", "2026-03-29T04:00",
        "2026-10-25T01:59", "2026-10-25T02:30", "2026-10-25T03:00",
    ]  # fmt: skip
    rows = "\n".join(f"K{i} {stamp} open" for i, stamp in enumerate(stamps))
    source.settings["timezone"] = "Europe/Berlin"
    source.settings["observed_until"] = "2026-12-01T00:00:00"
    source.table("contacts", f"contact_id opened_at status\n{rows}")
    desk = source.desk("2026-12-01")
    found = table_days(desk, "contacts", marks_of(desk, "contacts"))
    by_day = dict(zip(found.days.tolist(), found.marks["clock_change"].tolist(), strict=True))
    # 02:30 in March is no time and reads as 03:30; 02:30 in October comes twice.
    assert {day: n for day, n in by_day.items() if n} == {
        date(2026, 3, 29): 2,
        date(2026, 10, 25): 1,
    }


def test_a_table_without_time_has_totals_alone(source):
    source.table("agents", "agent_id team_id\nA1 T1\nA2 -")
    desk = contacts(source)
    found = table_days(desk, "agents", {})
    assert (found.rows, len(found.days), found.totals) == (2, 0, {"agent_id": 2, "team_id": 1})


def test_times_are_put_in_bins_of_a_tenth_of_an_hour(source):
    found = {(g.start, g.end): g for g in gaps(contacts(source))}
    resolved = found["opened_at", "resolved_at"]
    assert (resolved.rows, resolved.zero, resolved.negative) == (3, 1, 0)
    assert (resolved.bins.tolist(), resolved.counts.tolist()) == ([10, 47 * 240], [1, 1])
    assert found["resolved_at", "closed_at"].bins.tolist() == [7 * 240]


def test_many_stamps_on_one_second_are_a_burst_and_as_many_in_one_minute_are_none(source, observed):
    rows = [f"K{i} 2026-02-01T08:00:{i:02} 2026-02-03T09:00:30 resolved" for i in range(12)]
    source.table("contacts", "\n".join(["contact_id opened_at resolved_at status", *rows]))
    found = {b.column: b for b in bursts(observed())}
    assert (found["opened_at"].instants, found["opened_at"].held) == (0, 0)
    assert (found["resolved_at"].instants, found["resolved_at"].held) == (1, 12)
    assert found["resolved_at"].top[0].instant.isoformat() == "2026-02-03T09:00:30"


def test_of_very_many_rows_those_ids_are_counted_that_some_seconds_hold_most_of(
    source, observed, monkeypatch
):
    moments = [f"2026-02-{1 + i % 28:02}T08:{i // 60:02}:{i % 60:02}" for i in range(600)]
    rows = [
        f"K{i} {'N/A' if i % 3 == 0 else f'C{i}'} {moment} open" for i, moment in enumerate(moments)
    ]
    source.table("contacts", "\n".join(["contact_id customer_id opened_at status", *rows]))
    monkeypatch.setattr(looked_at, "LOOKED_AT", 200)
    [held] = holders(observed())
    assert held.filled == 600 and [(h.value, h.count) for h in held.top] == [("N/A", 200)]


def test_labels_and_holders_are_counted(source):
    desk = contacts(source)
    [team] = [each for each in labels(desk) if each.column == "team_id"]
    assert [(v.value, v.count) for v in team.labels] == [("T1", 2), ("T2", 1), ("t1", 1)]
    assert [[v.value for v in group] for group in team.alike] == [["T1", "t1"]]
    [held] = holders(desk)
    assert (held.filled, [h.value for h in held.nobody]) == (5, ["N/A"])
