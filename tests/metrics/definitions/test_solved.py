"""Resolved at the first contact, asked back about, promised and kept: on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.queries.sql import NotAvailable

HEAD = "contact_id customer_id need_code opened_at resolved_at status channel\n"
EVENTS = "contact_id ts seq stage actor\n"
# Somebody else's contact, so that steps of both kinds are known of.
OTHER = "X1 X other 2026-01-01T10:00 2026-01-05T10:00 resolved chat\n"
OTHERS = "X1 2026-01-02 1 resolved agent\nX1 2026-01-03 2 reopened customer\n"
FIRST = "C1 A late 2026-02-01T10:00 2026-02-02T10:00 resolved chat\n"


@pytest.fixture
def contacts(source):
    def put(rows, steps=""):
        source.table("contacts", f"{HEAD}{OTHER}{rows}")
        source.table("events", f"{EVENTS}{OTHERS}{steps}")

    return put


def test_a_resolved_contact_nobody_came_back_about_is_resolved_at_the_first(contacts, by_day):
    contacts(FIRST, "C1 2026-02-02T10:00 1 resolved agent")
    assert by_day("first_contact_resolution_7d") == {1: (1, 1)}


@pytest.mark.parametrize(
    ("first", "seven", "thirty"),
    [
        ("2026-02-08T10:00 resolved", 1, 1),
        ("2026-02-08T10:01 resolved", 0, 1),
        ("2026-03-03T10:01 resolved", 0, 0),
        ("- open", 0, 0),
    ],
    ids=["last moment of 7", "after 7", "after 30", "open"],
)
def test_what_is_not_resolved_in_time_is_a_no_and_stays_in_the_denominator(
    contacts, by_day, first, seven, thirty
):
    contacts(f"C1 A late 2026-02-01T10:00 {first} chat")
    assert by_day("first_contact_resolution_7d") == {1: (seven, 1)}
    assert by_day("first_contact_resolution_30d") == {1: (thirty, 1)}


@pytest.mark.parametrize(
    ("second", "seven", "thirty"),
    [
        ("A late 2026-02-01T10:01 - open email", 0, 0),
        ("A late 2026-02-08T10:00 - open chat", 0, 0),
        ("A late 2026-02-08T10:01 - open chat", 1, 0),
        ("A late 2026-03-03T10:01 - open chat", 1, 1),
        ("A late 2026-01-31T10:00 - open chat", 1, 1),
        ("A refund 2026-02-02T10:00 - open chat", 1, 1),
        ("B late 2026-02-02T10:00 - open chat", 1, 1),
        ("A late 2026-02-02T10:00 - merged chat", 1, 1),
        ("A late 2026-02-02T10:00 - spam chat", 1, 1),
    ],
    ids=["chasing in another channel", "last moment of 7", "after 7", "after 30", "before", "other need",
         "other customer", "merged", "spam"],
)  # fmt: skip
def test_no_further_contact_counts_from_the_opening_on(contacts, by_day, second, seven, thirty):
    contacts(f"{FIRST}C2 {second}")
    assert by_day("first_contact_resolution_7d")[1][0] == seven
    assert by_day("first_contact_resolution_30d")[1][0] == thirty


@pytest.mark.parametrize(("reopened", "found"), [("2026-02-08T10:00", 0), ("2026-02-08T10:01", 1)])
def test_a_reopened_contact_was_not_resolved_at_the_first(contacts, by_day, reopened, found):
    contacts(FIRST, f"C1 2026-02-02T10:00 1 resolved agent\nC1 {reopened} 2 reopened customer")
    assert by_day("first_contact_resolution_7d") == {1: (found, 1)}


def test_nobody_known_no_need_and_no_time_of_the_end_are_in_no_part(contacts, by_day):
    contacts("""
C1 - late 2026-02-01T10:00 2026-02-02T10:00 resolved chat
C2 A - 2026-02-01T10:00 2026-02-02T10:00 resolved chat
C3 A late 2026-02-01T10:00 - closed chat
C4 A late 2026-02-01T10:00 - cancelled chat
C5 B late 2026-02-01T10:00 2026-02-02T10:00 resolved chat
""")
    assert by_day("first_contact_resolution_7d") == {1: (1, 1)}


def test_it_waits_for_the_window_of_the_contact(contacts, series):
    contacts(FIRST)
    early = series("first_contact_resolution_7d", as_of="2026-02-09")
    assert early.days.tolist() == [date(2026, 2, 1)]
    assert series("first_contact_resolution_7d", as_of="2026-02-08").denominator.size == 0


def test_without_reopenings_in_the_log_nothing_is_called_resolved_at_the_first(
    contacts, source, series
):
    source.table("contacts", f"{HEAD}{FIRST}")
    source.table("events", f"{EVENTS}C1 2026-02-02 1 resolved agent")
    with pytest.raises(NotAvailable, match="because no event has the stage reopened"):
        series("first_contact_resolution_7d")


COMPLAINTS = "contact_id opened_at resolved_at status is_complaint follow_up_due_at\n"


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("2026-02-01T12:00 1 follow_up agent", 1),
        ("2026-02-08T12:00 1 follow_up -", 1),
        ("2026-02-08T12:01 1 follow_up agent", 0),
        ("2026-02-01T11:59 1 follow_up agent", 0),
        ("2026-02-02T12:00 1 follow_up customer", 0),
        ("2026-02-02T12:00 1 replied agent", 0),
    ],
    ids=["at once", "nobody named", "too late", "before the end", "the customer's", "a reply"],
)
def test_asking_back_is_a_step_of_ours_within_seven_days_of_the_resolution(
    source, by_day, step, found
):
    source.table(
        "contacts",
        COMPLAINTS + "C1 2026-02-01T10:00 2026-02-01T12:00 resolved true -\n"
        "C2 2026-02-01T10:00 2026-02-01T12:00 resolved false -\n"
        "C3 2026-02-01T10:00 2026-02-01T12:00 merged true -\n"
        "C4 2026-02-01T10:00 - open true -\n"
        "C5 2026-01-01T10:00 2026-01-01T12:00 resolved true -\n",
    )
    source.table("events", f"{EVENTS}C1 {step}\nC2 2026-02-02 1 follow_up agent")
    assert by_day("followed_up_7d") == {1: (found, 1)}


def test_a_follow_up_before_the_resolution_does_not_hide_the_one_after_it(source, by_day):
    source.table("contacts", f"{COMPLAINTS}C1 2026-02-01T10:00 2026-02-01T12:00 resolved true -")
    source.table(
        "events",
        f"{EVENTS}C1 2026-02-01T11:00 1 follow_up agent\nC1 2026-02-03T12:00 2 follow_up agent",
    )
    assert by_day("followed_up_7d") == {1: (1, 1)}


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("2026-02-01T11:00 1 follow_up agent", 1),
        ("2026-02-04T12:00 1 follow_up agent", 1),
        ("2026-02-04T12:01 1 follow_up agent", 0),
        ("2026-02-02T12:00 1 follow_up customer", 0),
    ],
    ids=["before it was due", "a day late", "missed", "the customer's"],
)
def test_a_promise_is_kept_until_a_day_after_it_was_due(source, by_day, step, found):
    due = "2026-02-03T12:00"
    source.table(
        "contacts",
        COMPLAINTS + f"C1 2026-01-20T10:00 - open - {due}\n"
        f"C2 2026-02-01T10:00 - spam - {due}\n"
        "C3 2026-02-03T10:00 - open - -\n",
    )
    source.table("events", f"{EVENTS}C1 {step}\nC3 2026-02-03T11:00 1 follow_up agent")
    assert by_day("promises_kept") == {3: (found, 1)}


def test_a_promise_that_is_not_yet_due_is_no_case(source, series):
    source.table(
        "contacts",
        COMPLAINTS + "C1 2026-02-01T10:00 - open - 2026-02-02T12:00\n"
        "C2 2026-02-01T10:00 - open - 2026-02-03T12:00\n"
        "C3 2026-02-01T10:00 - open - 2026-02-20T12:00\n",
    )
    source.table("events", f"{EVENTS}C1 2026-02-02T11:00 1 follow_up agent")
    found = series("promises_kept", as_of="2026-02-04")
    assert found.numerator.tolist() == [0, 1] and found.denominator.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "contact", "step", "reason"),
    [
        ("followed_up_7d", "2026-02-01 2026-02-01 resolved - -", "follow_up agent",
         "no contact is marked as a complaint (is_complaint)"),
        ("followed_up_7d", "2026-02-01 2026-02-01 resolved true -", "follow_up customer",
         "no event is a follow-up of ours (stage follow_up)"),
        ("promises_kept", "2026-02-01 2026-02-01 resolved true -", "follow_up agent",
         "no contact says when a follow-up was due (follow_up_due_at)"),
        ("promises_kept", "2026-02-01 2026-02-01 resolved true 2026-02-02", "replied agent",
         "no event is a follow-up of ours (stage follow_up)"),
    ],
)  # fmt: skip
def test_what_was_never_recorded_is_said(source, series, name, contact, step, reason):
    source.table("contacts", f"{COMPLAINTS}C1 {contact}")
    source.table("events", f"{EVENTS}C1 2026-02-01T12:00 1 {step}")
    with pytest.raises(NotAvailable) as caught:
        series(name)
    assert str(caught.value) == f"'{name}' is not available because {reason}."
