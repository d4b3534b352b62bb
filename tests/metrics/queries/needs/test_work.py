"""Recorded work by need, team, channel and day, on rows small enough to check by eye."""

from __future__ import annotations

from datetime import date

from cs_lib.metrics.queries.needs.work import Recorded, work
from cs_lib.params import Scope

ROWS = """
contact_id need_code opened_at status team_id channel handled_by handle_seconds
K1 late 2026-02-01T08:00 open T1 chat human 100
K2 late 2026-02-01T09:00 open T1 chat human 100
K3 late 2026-02-02T08:00 open T2 phone human 40
K4 late 2026-02-02T08:00 open T2 phone human 0
K5 late 2026-02-02T08:00 open - phone - -
K6 lost 2026-02-02T08:00 open T2 chat bot 0
K7 lost 2026-02-02T08:00 open T2 chat bot -
K8 - 2026-02-02T08:00 open T2 chat human 70
K9 late 2026-02-02T08:00 spam T2 chat human 70
"""


def test_by_eye(source, read):
    source.table("contacts", ROWS)
    with read() as one:
        found = work(one)
    assert found.needs == (
        Recorded("late", 5, 3, 3, 2, 240),
        Recorded("lost", 2, 2, 0, 0, 0),
        Recorded(None, 1, 1, 1, 1, 70),
    )
    assert [(t.name, t.contacts, t.worked) for t in found.teams] == [("T2", 5, 4), ("T1", 2, 2)]
    assert [(t.name, t.contacts, t.worked) for t in found.channels] == [
        ("chat", 5, 5),
        ("phone", 3, 1),
    ]
    assert found.days == ((date(2026, 2, 1), 2, 2), (date(2026, 2, 2), 6, 4))
    assert (found.contacts, found.worked) == (8, 6) and found.of("late").share == 0.6


def test_only_contacts_in_scope_count(source, read):
    source.table("contacts", ROWS)
    with read(scope=Scope(team_id=("T1",))) as one:
        found = work(one)
    assert found.needs == (Recorded("late", 2, 2, 2, 2, 200),)
    assert [t.name for t in found.teams] == ["T1"]
    assert found.days == ((date(2026, 2, 1), 2, 2),)
