"""Which contacts follow which, and that nothing is left in the engine."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.data.engines.base import EngineError
from cs_lib.metrics.queries.needs import codes
from cs_lib.metrics.queries.needs import contacts_read as room
from cs_lib.metrics.queries.needs.counts import cells

HEAD = "contact_id customer_id need_code opened_at resolved_at status\n"


def repeats(read, rows):
    """Contacts of the source that are repeats, by need."""
    with read() as one:
        return {cell.need: cell.contacts for cell in cells(one) if cell.repeat}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("C1 late 2026-02-01T08:00 2026-02-02T08:00", "C1 late 2026-03-04T08:00", 1),  # 30 days
        ("C1 late 2026-02-01T08:00 2026-02-02T08:00", "C1 late 2026-03-04T08:01", 0),
        ("C1 late 2026-02-01T08:00 2026-02-02T08:00", "C1 late 2026-02-02T08:00", 0),  # not after
        ("C1 late 2026-02-01T08:00 2026-02-02T08:00", "C2 late 2026-02-05T08:00", 0),
        ("C1 late 2026-02-01T08:00 2026-02-02T08:00", "C1 lost 2026-02-05T08:00", 0),
        ("C1 late 2026-02-01T08:00 -", "C1 late 2026-02-05T08:00", 0),  # still open
        ("- late 2026-02-01T08:00 2026-02-02T08:00", "- late 2026-02-05T08:00", 0),
        ("C1 - 2026-02-01T08:00 2026-02-02T08:00", "C1 - 2026-02-05T08:00", 0),
        ("C1 late 2025-12-20T08:00 2025-12-21T08:00", "C1 late 2026-01-05T08:00", 1),  # before
    ],
)
def test_a_repeat_is_the_same_need_of_the_same_customer_within_30_days(
    source, read, first, second, expected
):
    status = "open" if first.endswith("-") else "resolved"
    source.table("contacts", f"{HEAD}K1 {first} {status}\nK2 {second} - open\n")
    assert sum(repeats(read, source).values()) == expected


def test_withdrawn_contacts_repeat_nothing_and_nobody_has_no_repeats(source, read):
    source.table(
        "contacts",
        HEAD
        + "K1 C1 late 2026-02-01T08:00 2026-02-02T08:00 spam\nK2 C1 late 2026-02-05T08:00 - open\n"
        + "K3 guest late 2026-02-01T08:00 2026-02-02T08:00 resolved\nK4 guest late 2026-02-05T08:00 - open\n",
    )
    assert repeats(read, source) == {"late": 1}
    with read(nobody=["guest"]) as one:
        found = {cell.repeat: (cell.contacts, cell.customers) for cell in cells(one)}
    assert found == {False: (3, 1)}


def test_of_very_many_needs_the_rarest_are_one_that_has_no_repeats(source, read, monkeypatch):
    for module in (codes, room):
        monkeypatch.setattr(module, "MOST_NEEDS", 2)
    stamps = "2026-02-01T08:00 2026-02-02T08:00 resolved"
    needs = ["late", "late", "late", "lost", "lost", "rude", "slow"]
    source.table(
        "contacts", HEAD + "\n".join(f"K{i} C{i} {n} {stamps}" for i, n in enumerate(needs))
    )
    with read() as one:
        assert one.needs == ("late", "lost", "other")
        counts = {}
        for cell in cells(one):
            counts[cell.need] = counts.get(cell.need, 0) + cell.contacts
    assert counts == {"late": 3, "lost": 2, "other": 2}


def test_nothing_is_left_in_the_engine(source, observed):
    source.table("contacts", HEAD + "K1 C1 late 2026-02-01T08:00 - open\n")
    desk = observed()
    tables = "SELECT table_name FROM information_schema.tables ORDER BY 1"
    before = desk.engine.rows(tables)
    period = date(2026, 1, 1), date(2026, 2, 28)
    with pytest.raises(EngineError), room.contacts_read(desk, *period):
        desk.engine.run("SELECT 1 / no_such_column")
    assert desk.engine.rows(tables) == before
