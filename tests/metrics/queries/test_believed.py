"""What tables say of themselves, on rows small enough to check by eye."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import filled as filled_days
from cs_lib.metrics.queries.cases import opened
from cs_lib.metrics.queries.filled import closed_together, filled
from cs_lib.metrics.queries.nobody import Nobody, nobodies
from cs_lib.metrics.queries.recorded import recorded, watch
from cs_lib.metrics.queries.spellings import require_whole, spelt, visible
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.metrics.queries.told import silence, unrecorded, without_cases
from cs_lib.params import Scope

FEBRUARY = Window(date(2026, 2, 1), date(2026, 2, 28), 7)


def lines(head, rows):
    return head + "\n" + "\n".join(rows) + "\n"


def people(source, counts):
    """Contacts of 2 February by customer, as the file has them."""
    rows, k = [], 0
    for customer, n in counts.items():
        for _ in range(n):
            k += 1
            rows.append(f'C{k},"{customer}",2026-02-02 09:00:00,closed')
    source.file("contacts", lines("contact_id,customer_id,opened_at,status", rows))
    source.settings["observed_until"] = "2026-03-01T00:00:00"


def test_words_for_nobody_and_values_that_stand_out_are_nobodies(source):
    few = {f"K{i}": 2 for i in range(60)}
    people(source, {"anonymous": 6, "N/A": 5, "guest": 4, "desk@x.example": 40, **few})
    found = nobodies(source.desk(), FEBRUARY)
    assert found.contacts == 175
    assert found.values == (
        Nobody("desk@x.example", 40, word=False),
        Nobody("anonymous", 6, word=True),
        Nobody("N/A", 5, word=True),
    )


@pytest.mark.parametrize(
    "counts",
    [
        {"K1": 29, **{f"K{i}": 2 for i in range(2, 40)}},  # too few
        {
            "K1": 300,
            "K2": 31,
            "K3": 4,
            **{f"K{i}": 2 for i in range(4, 40)},
        },  # the next has a tenth
        {"K1": 300},  # the only customer
    ],
)
def test_large_customers_are_customers(source, counts):
    people(source, counts)
    assert nobodies(source.desk(), FEBRUARY).values == ()


def test_a_customer_that_is_nobody_is_unknown_to_the_metrics(source):
    source.table(
        "contacts",
        """
        contact_id customer_id opened_at           resolved_at         status   need_code
        C1         anonymous   2026-02-02T09:00:00 2026-02-02T10:00:00 resolved late
        C2         anonymous   2026-02-03T09:00:00 2026-02-03T10:00:00 resolved late
        C3         K1          2026-02-02T09:00:00 2026-02-02T10:00:00 resolved late
        C4         K1          2026-02-03T09:00:00 2026-02-03T10:00:00 resolved late
        """,
    )
    source.settings["observed_until"] = "2026-03-01T00:00:00"
    metric = DAILY["repeat_contact_rate_7d"]
    for nobody, expected in ((), ([2, 2], [2, 0])), (["anonymous"], ([1, 1], [1, 0])):
        with opened(source.desk(), FEBRUARY, [metric], nobody=nobody) as cases:
            series = cases.series(metric)
        assert series.denominator[1:3].tolist() == expected[0]
        assert series.numerator[1:3].tolist() == expected[1]


TEAMS = """
contact_id opened_at           status team_id
C1         2026-02-02T09:00:00 open   Chat
C2         2026-02-02T09:00:00 open   Chat
C3         2026-02-03T09:00:00 open   chat
C4         2026-02-03T09:00:00 open   Mail
C5         2026-03-03T09:00:00 open   MAIL
"""


def test_spellings_of_the_study_days_are_found_and_a_list_that_names_some_is_refused(source):
    source.table("contacts", TEAMS)
    source.settings["observed_until"] = "2026-04-01T00:00:00"
    desk = source.desk("2026-04-01")
    (both,) = spelt(desk, FEBRUARY, ["team_id"], {})
    assert (both.written, both.others) == ((("Chat", 2), ("chat", 1)), 1)
    asked = spelt(desk, FEBRUARY, ["team_id"], {"team_id": ["mail"]})
    assert [one.written for one in asked] == [(("Chat", 2), ("chat", 1)), (("Mail", 1),)]
    require_whole(desk, asked, [("design.scope.team_id", "team_id", ["Chat", "chat", "Mail"])])
    lists = [
        ("design.scope.team_id", "team_id", ["Chat"]),
        ("design.comparison.team_id", "team_id", ["mail"]),
    ]
    with pytest.raises(NotAvailable) as refusal:
        require_whole(desk, asked, lists)
    assert str(refusal.value) == (
        "design.scope.team_id names “Chat”, but the contacts have it as “chat” (1 contact) too: name every"
        " spelling, or make them one in the source. design.comparison.team_id names “mail”, but the contacts"
        " have it as “Mail” (1 contact) too: name every spelling, or make them one in the source."
    )


def test_unseen_characters_are_told_by_their_numbers():
    assert visible("a\u200bb\u3000c d") == "a<U+200B>b<U+3000>c d"


# What was recorded on each side

CHANGE = date(2026, 2, 11)


def told(before, after):
    """Cases that tell something over cases, (told, cases) a day on ten days before and ten from the change."""
    days = np.datetime64("2026-02-01") + np.arange(20)
    parts = zip(*[before] * 10, *[after] * 10, strict=True)
    above, below = (np.array(list(part), dtype=float) for part in parts)
    return Series("x", days, above, below)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((0, 20), (0, 20), "never"),
        ((0, 10), (0, 10), None),  # 200 cases are too few to say never
        ((5, 20), (0, 20), "after"),
        ((0, 20), (5, 20), "before"),
        ((0.1, 20), (0, 20), None),  # one of 200 before: none after may be chance
        ((0.1, 20), (18, 20), "before"),  # hardly any where most have it
        ((5, 20), (6, 20), None),
        ((5, 20), (0, 0), None),  # no case at all is another matter
    ],
)
def test_a_side_on_which_nothing_is_recorded(before, after, expected):
    assert silence(told(before, after), CHANGE) == expected


def test_the_reason_names_the_column_and_the_side():
    words = unrecorded(DAILY["first_response_minutes"], told((5, 20), (0, 20)), CHANGE)
    assert str(words) == (
        "'first_response_minutes' is not available because first_response_at is not recorded after the change."
    )
    assert unrecorded(DAILY["first_response_minutes"], told((5, 20), (5, 20)), CHANGE) == ""
    assert unrecorded(DAILY["contact_rate"], None, CHANGE) == ""


def test_a_metric_without_cases_says_on_which_side(source):
    source.table("contacts", TEAMS)
    desk, metric = source.desk(), DAILY["csat"]
    with_cases = told((1, 2), (1, 2))
    assert without_cases(desk, metric, with_cases, CHANGE) == ""
    gone = told((1, 2), (0, 0))
    assert "'csat' is not available because it has no case after" in str(
        without_cases(desk, metric, gone, CHANGE)
    )


# Days


def test_rows_by_day_quick_and_batched_contacts(source, monkeypatch):
    start = datetime(2026, 2, 2, 9)
    rows = [
        f"A{i},{start + timedelta(days=i)},{start + timedelta(days=i, hours=3)},closed"
        for i in range(20)
    ]
    burst = datetime(2026, 2, 10, 3)
    rows += [f"B{i},{burst},{burst + timedelta(minutes=i)},closed" for i in range(12)]
    source.file("contacts", lines("contact_id,opened_at,resolved_at,status", rows))
    source.file("orders", lines("order_id,customer_id,ordered_at", ["O1,K,2026-02-03 10:00:00"]))
    source.settings["observed_until"] = "2026-03-01T00:00:00"
    found = filled(source.desk(), start=date(2026, 2, 2))
    every = found.rows["contacts"]
    assert (every.days[0].item(), every.days[-1].item()) == (date(2026, 2, 2), date(2026, 2, 28))
    assert every.numerator.tolist() == [1.0] * 8 + [13.0] + [1.0] * 11 + [0.0] * 7
    assert found.rows["orders"].numerator.tolist()[:2] == [1.0, 0.0]
    assert set(found.rows) == {"contacts", "orders", "resolved_at"}
    assert found.quick.numerator[8] == 11.0  # within ten minutes
    assert found.batched.numerator[8] == 12.0 and found.batched.numerator.sum() == 12.0
    monkeypatch.setattr(filled_days, "LEAST_CLOSED_TOGETHER", 13)
    assert closed_together(source.desk(), "resolved_at", start=date(2026, 2, 2)) == []


def test_contacts_closed_at_one_instant_are_found_and_marked(source):
    rows = [
        f"A{i},2026-02-{1 + i % 20:02} 09:00:00,2026-02-{1 + i % 20:02} 1{i % 10}:{i % 60:02}:00,closed"
        for i in range(60)
    ]
    rows += [f"B{i},2026-02-{1 + i % 12:02} 09:00:00,2026-02-14 02:00:00,closed" for i in range(24)]
    source.file("contacts", lines("contact_id,opened_at,resolved_at,status", rows))
    source.settings["observed_until"] = "2026-04-01T00:00:00"
    desk = source.desk("2026-04-01")
    assert closed_together(desk, "resolved_at", start=FEBRUARY.start) == [datetime(2026, 2, 14, 2)]
    gap = gaps(desk)["together"]
    assert gap.series.numerator.tolist()[:13] == [2.0] * 12 + [0.0]
    assert gap.series.denominator.sum() == 84.0
    assert gap.inside.denominator.sum() == 24.0


def gaps(desk, **asked):
    """The faults of the time to resolution in February, by code."""
    metric, scope = DAILY["resolution_hours"], Scope()
    watched = watch(desk, metric, FEBRUARY, scope)
    with opened(desk, FEBRUARY, [metric], scopes=[scope], parts=("need_code",), marks=watched.marks,
                **asked) as cases:  # fmt: skip
        return {gap.fault: gap for gap in recorded(cases, watched).gaps}


def test_stamps_against_the_status_and_against_the_steps(source):
    source.table(
        "contacts",
        """
        contact_id opened_at           resolved_at         status
        C1         2026-02-02T09:00:00 2026-02-02T10:00:00 resolved
        C2         2026-02-02T09:00:00 2026-02-02T12:00:00 open
        C3         2026-02-02T09:00:00 -                   open
        C4         2026-02-02T09:00:00 2026-02-02T11:00:00 resolved
        C5         2026-02-02T09:00:00 2026-02-02T11:00:00 resolved
        C6         2026-02-02T09:00:00 -                   closed
        """,
    )
    source.table(
        "events",
        """
        contact_id ts                  stage
        C1         2026-02-02T10:00:30 resolved
        C4         2026-02-02T11:00:00 resolved
        C4         2026-02-03T09:00:00 reopened
        C4         2026-02-04T09:00:00 resolved
        C5         2026-02-02T11:00:00 resolved
        C5         2026-02-03T09:00:00 reopened
        """,
    )
    source.settings["observed_until"] = "2026-04-01T00:00:00"
    desk = source.desk("2026-04-01")
    found = gaps(desk, staged=DAILY["resolution_hours"])
    day = 1  # 2 February

    def read(fault):
        gap = found[fault]
        parts = (gap.series, gap.inside, gap.instead)
        return [None if p is None else (p.numerator[day], p.denominator[day]) for p in parts]

    # Contacts at fault over those with a stamp; their hours; what they would be.
    assert read("open_stamped") == [(1, 4), (3, 1), (168, 1)]
    assert read("not_the_last") == [(1, 5), (2, 1), (48, 1)]
    assert read("open_again") == [(1, 5), (2, 1), (168, 1)]
    assert read("unstamped")[0] == (1, 4)
    with opened(desk, FEBRUARY, [DAILY["resolution_hours"]]) as cases:
        hours = cases.series(DAILY["resolution_hours"])
    # One is left out: it is closed, and when is not known. The open one counts with the horizon.
    assert (hours.numerator[day], hours.denominator[day]) == (1 + 3 + 168 + 2 + 2, 5)


def test_cases_that_tell_something_are_counted_beside_the_metric(source):
    source.table(
        "contacts",
        """
        contact_id opened_at           first_response_at   status
        C1         2026-02-02T09:00:00 2026-02-02T10:00:00 open
        C2         2026-02-02T09:00:00 -                   open
        C3         2026-02-03T09:00:00 -                   spam
        """,
    )
    source.settings["observed_until"] = "2026-04-01T00:00:00"
    metric = DAILY["first_response_minutes"]
    with opened(source.desk("2026-04-01"), FEBRUARY, [metric]) as cases:
        found = cases.told(metric)
    assert (found.numerator[1], found.denominator[1], found.denominator.sum()) == (1, 2, 2)
