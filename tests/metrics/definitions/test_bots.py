"""What a bot keeps from people, on tables small enough to check by eye."""

from __future__ import annotations

import pytest

from cs_lib.metrics.queries.sql import NotAvailable

STARTED = """
contact_id customer_id need_code opened_at resolved_at closed_at status handled_by
C1 A manual 2026-02-01T10:00 2026-02-01T10:05 - resolved bot
C2 B manual 2026-02-01T10:00 2026-02-01T12:00 - resolved mixed
C3 C manual 2026-02-01T10:00 2026-02-01T10:05 - resolved human
C4 D manual 2026-02-01T10:00 - 2026-02-01T10:02 cancelled bot
C5 E manual 2026-02-01T10:00 2026-02-01T10:05 - merged bot
C6 F manual 2026-02-01T10:00 2026-02-01T10:05 - spam bot
"""


def test_who_gives_up_on_the_bot_counts_as_deflected_but_not_as_contained(source, by_day):
    source.table("contacts", STARTED)
    assert by_day("deflection_rate") == {1: (2, 3)}
    assert by_day("resolved_containment") == {1: (1, 3)}


BOT = """contact_id customer_id need_code opened_at resolved_at status handled_by
C1 A manual 2026-02-01T10:00 2026-02-01T10:05 closed bot
"""


@pytest.mark.parametrize(
    ("second", "contained"),
    [
        ("A manual 2026-02-02T00:00 - open human", 0),
        ("A manual 2026-02-04T10:05 - open human", 0),
        ("A manual 2026-02-04T10:06 - open human", 1),
        ("A manual 2026-02-01T09:00 - open human", 1),
        ("A refund 2026-02-02T00:00 - open human", 1),
        ("B manual 2026-02-02T00:00 - open human", 1),
        ("A manual 2026-02-02T00:00 - spam human", 1),
        ("A manual 2026-02-02T00:00 - merged human", 1),
    ],
    ids=["next day", "last moment", "too late", "before", "other need", "other customer", "spam", "merged"],
)  # fmt: skip
def test_contained_means_no_repeat_of_the_same_need_within_72_hours(
    source, by_day, second, contained
):
    source.table("contacts", f"{BOT}C2 {second}")
    assert by_day("resolved_containment")[1] == (contained, 1)


def test_a_bot_contact_open_for_days_is_not_contained(source, by_day):
    source.table(
        "contacts",
        BOT
        + "C2 B manual 2026-02-01T10:00 2026-02-02T10:00 closed bot\n"
        + "C3 C manual 2026-02-01T10:00 2026-02-02T10:01 closed bot\n"
        + "C4 D manual 2026-02-01T10:00 - open bot",
    )
    assert by_day("resolved_containment") == {1: (2, 4)}


def test_a_repeat_cannot_be_seen_without_customer_and_need(source, by_day):
    source.table(
        "contacts",
        BOT
        + "C2 - manual 2026-02-01 2026-02-01T00:05 closed bot\n"
        + "C3 A - 2026-02-01 2026-02-01T00:05 closed bot",
    )
    assert by_day("resolved_containment") == {1: (1, 1)}
    assert by_day("deflection_rate") == {1: (3, 3)}


def test_containment_waits_four_days_for_the_repeat(source, series):
    source.table("contacts", BOT)
    assert series("resolved_containment", as_of="2026-02-05").denominator.size == 0
    assert series("resolved_containment", as_of="2026-02-06").denominator.tolist() == [1]


@pytest.mark.parametrize("name", ["deflection_rate", "resolved_containment"])
def test_a_desk_without_a_bot_has_neither(source, series, name):
    source.table("contacts", BOT.replace(" bot", " human"))
    with pytest.raises(NotAvailable, match="because no contact was started by a bot"):
        series(name)
