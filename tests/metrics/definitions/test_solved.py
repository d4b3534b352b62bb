"""Resolved at the first contact, asked back about, promised and kept: on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.queries.sql import NotAvailable

HEAD = "contact_id customer_id need_code opened_at resolved_at status channel product_id\n"
EVENTS = "contact_id ts seq stage actor\n"
# Somebody else's contact, so that steps of both kinds are known of.
OTHER = "X1 X other 2026-01-01T10:00 2026-01-05T10:00 resolved chat -\n"
OTHERS = "X1 2026-01-02 1 resolved agent\nX1 2026-01-03 2 reopened customer\n"
FIRST = "C1 A late 2026-02-01T10:00 2026-02-02T10:00 resolved chat -\n"


@pytest.fixture
def contacts(source):
    def put(rows, steps=""):
        source.table("contacts", f"{HEAD}{OTHER}{rows}")
        source.table("events", f"{EVENTS}{OTHERS}{steps}")

    return put


def judged(contacts, by_product, cases, steps=""):
    """Whether the contact of each case was resolved at the first, seen over 7 and over 30 days.

    A case has the end and the status of its contact, and further contacts: own customers and needs by the case.
    """
    rows = []
    for name, (end, others, *_) in cases.items():
        rows.append(f"{name} {name} late 2026-02-01T10:00 {end} chat {name}")
        rows += [f"{name}{i} {one.format(name)} -" for i, one in enumerate(others)]
    contacts("\n".join(rows), steps)
    found = [by_product(f"first_contact_resolution_{days}d") for days in (7, 30)]
    assert all(one[name][1] == 1 for one in found for name in cases)
    assert {name: [one[name][0] for one in found] for name in cases} == {
        name: found for name, (_, _, *found) in cases.items()
    }


SOLVED = "2026-02-02T10:00 resolved"


def test_what_is_not_resolved_in_time_is_a_no_and_stays_in_the_denominator(contacts, by_product):
    ends = {
        "next_day": (SOLVED, [], 1, 1),
        "last_of_7": ("2026-02-08T10:00 resolved", [], 1, 1),
        "after_7": ("2026-02-08T10:01 resolved", [], 0, 1),
        "after_30": ("2026-03-03T10:01 resolved", [], 0, 0),
        "open": ("- open", [], 0, 0),
    }
    judged(contacts, by_product, ends)


def test_no_further_contact_counts_from_the_opening_on(contacts, by_product):
    seconds = {
        "chasing_elsewhere": ("{} late 2026-02-01T10:01 - open email", 0, 0),
        "last_of_7": ("{} late 2026-02-08T10:00 - open chat", 0, 0),
        "after_7": ("{} late 2026-02-08T10:01 - open chat", 1, 0),
        "after_30": ("{} late 2026-03-03T10:01 - open chat", 1, 1),
        "before": ("{} late 2026-01-31T10:00 - open chat", 1, 1),
        "other_need": ("{} refund 2026-02-02T10:00 - open chat", 1, 1),
        "other_customer": ("{}B late 2026-02-02T10:00 - open chat", 1, 1),
        "merged": ("{} late 2026-02-02T10:00 - merged chat", 1, 1),
        "spam": ("{} late 2026-02-02T10:00 - spam chat", 1, 1),
    }
    judged(
        contacts, by_product, {k: (SOLVED, [one], *found) for k, (one, *found) in seconds.items()}
    )


def test_of_several_further_contacts_the_first_counts_and_a_merged_one_hides_none(
    contacts, by_product
):
    merged, open_, late = (
        f"{{}} late 2026-02-0{day}T10:00 - {status} chat"
        for day, status in ((3, "merged"), (4, "open"), (9, "open"))
    )
    cases = {
        "one_is_merged": (SOLVED, [merged, open_], 0, 0),
        "late": (SOLVED, [merged, late], 1, 0),
    }
    judged(contacts, by_product, cases)


def test_a_reopened_contact_was_not_resolved_at_the_first(contacts, by_product):
    steps = """soon 2026-02-02T10:00 1 resolved agent
soon 2026-02-08T10:00 2 reopened customer
late 2026-02-02T10:00 1 resolved agent
late 2026-02-08T10:01 2 reopened customer
never 2026-02-02T10:00 1 resolved agent
"""
    judged(
        contacts,
        by_product,
        {"soon": (SOLVED, [], 0, 0), "late": (SOLVED, [], 1, 0), "never": (SOLVED, [], 1, 1)},
        steps,
    )


def test_nobody_known_no_need_and_no_time_of_the_end_are_in_no_part(contacts, by_day):
    contacts("""
C1 - late 2026-02-01T10:00 2026-02-02T10:00 resolved chat -
C2 A - 2026-02-01T10:00 2026-02-02T10:00 resolved chat -
C3 A late 2026-02-01T10:00 - closed chat -
C4 A late 2026-02-01T10:00 - cancelled chat -
C5 B late 2026-02-01T10:00 2026-02-02T10:00 resolved chat -
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


COMPLAINTS = "contact_id opened_at resolved_at status is_complaint follow_up_due_at product_id\n"


def stepped(source, by_product, name, contact, steps):
    """A metric of one contact per case, each with one step."""
    rows = [f"{case} {contact} {case}" for case in steps]
    source.table("contacts", COMPLAINTS + "\n".join(rows))
    source.table(
        "events", EVENTS + "\n".join(f"{case} {step}" for case, (step, _) in steps.items())
    )
    assert by_product(name) == {case: (found, 1) for case, (_, found) in steps.items()}


def test_asking_back_is_a_step_of_ours_within_seven_days_of_the_resolution(source, by_product):
    steps = {
        "at_once": ("2026-02-01T12:00 1 follow_up agent", 1),
        "nobody_named": ("2026-02-08T12:00 1 follow_up -", 1),
        "too_late": ("2026-02-08T12:01 1 follow_up agent", 0),
        "before_the_end": ("2026-02-01T11:59 1 follow_up agent", 0),
        "the_customers": ("2026-02-02T12:00 1 follow_up customer", 0),
        "a_reply": ("2026-02-02T12:00 1 replied agent", 0),
    }
    contact = "2026-02-01T10:00 2026-02-01T12:00 resolved true -"
    stepped(source, by_product, "followed_up_7d", contact, steps)


def test_only_resolved_complaints_are_cases(source, by_day):
    source.table(
        "contacts",
        COMPLAINTS + "C1 2026-02-01T10:00 2026-02-01T12:00 resolved true - -\n"
        "C2 2026-02-01T10:00 2026-02-01T12:00 resolved false - -\n"
        "C3 2026-02-01T10:00 2026-02-01T12:00 merged true - -\n"
        "C4 2026-02-01T10:00 - open true - -\n"
        "C5 2026-02-01T10:00 2026-02-01T12:00 resolved - - -\n",
    )
    source.table(
        "events", f"{EVENTS}C1 2026-02-02 1 follow_up agent\nC2 2026-02-02 1 follow_up agent"
    )
    assert by_day("followed_up_7d") == {1: (1, 1)}


def test_a_follow_up_before_the_resolution_does_not_hide_the_one_after_it(source, by_day):
    source.table("contacts", f"{COMPLAINTS}C1 2026-02-01T10:00 2026-02-01T12:00 resolved true - -")
    source.table(
        "events",
        f"{EVENTS}C1 2026-02-01T11:00 1 follow_up agent\nC1 2026-02-03T12:00 2 follow_up agent",
    )
    assert by_day("followed_up_7d") == {1: (1, 1)}


def test_a_promise_is_kept_until_a_day_after_it_was_due(source, by_product):
    steps = {
        "before_it_was_due": ("2026-02-01T11:00 1 follow_up agent", 1),
        "a_day_late": ("2026-02-04T12:00 1 follow_up agent", 1),
        "missed": ("2026-02-04T12:01 1 follow_up agent", 0),
        "the_customers": ("2026-02-02T12:00 1 follow_up customer", 0),
    }
    contact = "2026-01-20T10:00 - open - 2026-02-03T12:00"
    stepped(source, by_product, "promises_kept", contact, steps)


def test_a_promise_that_is_not_yet_due_is_no_case(source, series):
    source.table(
        "contacts",
        COMPLAINTS + "C1 2026-02-01T10:00 - open - 2026-02-02T12:00 -\n"
        "C2 2026-02-01T10:00 - spam - 2026-02-02T12:00 -\n"
        "C4 2026-02-01T10:00 - open - 2026-02-03T12:00 -\n"
        "C5 2026-02-01T10:00 - open - - -\n"
        "C3 2026-02-01T10:00 - open - 2026-02-20T12:00 -\n",
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
    source.table("contacts", f"{COMPLAINTS}C1 {contact} -")
    source.table("events", f"{EVENTS}C1 2026-02-01T12:00 1 {step}")
    with pytest.raises(NotAvailable) as caught:
        series(name)
    assert str(caught.value) == f"'{name}' is not available because {reason}."
