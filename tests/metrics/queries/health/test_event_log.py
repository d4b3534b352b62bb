"""A log against itself and against its contacts."""

from __future__ import annotations

from cs_lib.metrics.queries.health import event_log as module
from cs_lib.metrics.queries.health.event_log import event_log
from cs_lib.metrics.queries.trust import looked_at

CONTACTS = """
contact_id opened_at first_response_at resolved_at status
K1 2026-02-01T08:00 2026-02-01T09:00 2026-02-02T10:00 resolved
K2 2026-02-01T08:00 2026-02-01T08:30 2026-02-01T12:00 resolved
K3 2026-02-01T08:00 - - open
K4 2026-02-01T08:00 - 2026-02-01T12:00 resolved
K5 2026-02-01T08:00 - - spam
K6 2026-02-01T08:00 - 2026-02-01T12:00 resolved
"""
EVENTS = """
contact_id ts seq stage raw_stage actor agent_id is_public
K1 2026-02-01T07:00 1 created new customer - true
K1 2026-02-01T09:00 2 replied answer agent A1 true
K1 2026-02-02T10:00 3 resolved done agent A1 -
K2 2026-02-01T08:00 1 created new customer - true
K2 2026-02-01T08:30 2 replied note agent A1 false
K2 2026-02-01T12:00 3 resolved done agent A2 -
K2 2026-02-01T12:00 4 resolved done agent A2 -
K2 2026-02-03T12:00 5 resolved done agent A2 -
K4 2026-02-01T12:00 1 resolved done agent A1 -
K4 2026-02-01T12:00 2 other tag system - -
K4 2026-02-01T13:00 3 other tag system - -
K6 2026-02-01T08:00 1 created new customer - true
"""


def test_each_contradiction_is_counted_among_those_that_could(source, observed):
    source.table("contacts", CONTACTS)
    source.table("events", EVENTS)
    log = event_log(observed())
    assert (log.rows, log.looked, log.cases, log.repeats, log.ties) == (12, 12, 4, 1, 2)
    assert (log.contacts, log.followed) == (6, 6)
    found = {
        code: (count, log.among[code], log.examples.get(code))
        for code, count in log.against.items()
    }
    assert found == {
        "before_opening": (1, 4, "K1"),
        "starts_with_end": (
            0,
            4,
            None,
        ),  # an end beside another step at one moment may come after it
        "no_event": (1, 5, "K3"),
        "resolved_unlogged": (1, 4, "K6"),
        "resolved_too_early": (1, 3, "K2"),
        "reopened_unlogged": (1, 1, "K2"),
        "answer_unlogged": (1, 2, "K2"),
    }
    assert log.people["resolved"] == (("A2", 3), ("A1", 2)) and log.work == {
        "resolved": 5,
        "closed": 0,
    }


def test_of_very_long_logs_some_seconds_and_some_contacts_are_looked_at_and_both_copies_of_an_event(
    source, observed, monkeypatch
):
    contacts, events = [], []
    for i in range(400):
        contacts.append(f"K{i} 2026-02-01T08:00 2026-02-01T09:00 resolved")
        moment = f"2026-02-01T{8 + i // 60:02}:{i % 60:02}:{i * 7 % 60:02}"
        events += [f"K{i} {moment} {n} resolved" for n in (1, 2)]
    source.table("contacts", "\n".join(["contact_id opened_at resolved_at status", *contacts]))
    source.table("events", "\n".join(["contact_id ts seq stage", *events]))
    whole = event_log(observed())
    monkeypatch.setattr(looked_at, "LOOKED_AT", 200)
    monkeypatch.setattr(module, "LOOKED_AT", 100)
    monkeypatch.setattr(module, "LEAST_LOOKED_AT", 20)
    some = event_log(observed())
    assert (whole.looked, whole.repeats, whole.followed) == (800, 400, 400)
    # Of every eighth second: one of 60 seconds in eight, each event with its copy.
    assert 60 <= some.looked <= 140 and some.repeats == some.looked / 2
    assert 25 <= some.followed <= 85 and some.against["reopened_unlogged"] == some.followed
    monkeypatch.setattr(module, "LEAST_LOOKED_AT", 200)  # too few such seconds: all are looked at
    assert event_log(observed()).looked == 800


def test_a_desk_without_events_has_no_log(source, observed):
    source.table("contacts", CONTACTS)
    assert event_log(observed()) is None
