"""Service levels by the target in force, on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.definitions.targets import Target, service_level
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope

HEAD = "contact_id opened_at first_response_at resolved_at status channel priority handled_by\n"
HOUR = [Target(date(2026, 2, 2), 60)]


@pytest.fixture
def level(source, observed):
    """By day of the month, (met, due) of a service level."""

    def measure(rows, of, targets, *, as_of="2026-06-01", **how):
        if rows:
            source.table("contacts", HEAD + rows)
        metric = service_level(of, targets)
        span = {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
        found = per_day.daily(observed(as_of), metric, **span, **how)
        parts = zip(found.days, found.numerator, found.denominator, strict=True)
        return {d.item().day: (n, m) for d, n, m in parts if m}

    return measure


def test_a_reply_at_the_last_moment_meets_the_target_and_none_is_a_miss(level):
    rows = """
C1 2026-02-02T10:00 2026-02-02T11:00 - open chat - human
C2 2026-02-02T10:00 2026-02-02T11:01 - open chat - human
C3 2026-02-02T10:00 - - open chat - human
C4 2026-02-02T10:00 2026-02-02T10:01 - open bot - bot
C5 2026-02-02T10:00 2026-02-02T10:01 - spam chat - human
"""
    assert level(rows, "first_response", HOUR) == {2: (1, 3)}


def test_a_day_before_the_first_target_has_no_case_and_a_new_target_no_past(level):
    rows = """
C1 2026-02-01T23:59 2026-02-02T00:01 - open chat - human
C2 2026-02-02T00:00 2026-02-02T00:45 - open chat - human
C3 2026-02-04T23:59 2026-02-05T00:45 - open chat - human
C4 2026-02-05T00:00 2026-02-05T00:45 - open chat - human
"""
    targets = [Target(date(2026, 2, 5), 30), *HOUR]
    assert level(rows, "first_response", targets) == {2: (1, 1), 4: (1, 1), 5: (0, 1)}


def test_the_day_is_the_local_one(source, level):
    source.settings["timezone"] = "Asia/Shanghai"
    rows = "C1 2026-02-02T00:30 2026-02-02T00:45 - open chat - human\nC2 2026-02-01T23:30 - - open chat - human"
    assert level(rows, "first_response", HOUR) == {2: (1, 1)}


def test_the_narrower_target_counts_and_holds_until_its_own_next(level):
    rows = """
C1 2026-02-06T10:00 2026-02-06T10:20 - open chat urgent human
C2 2026-02-06T10:00 2026-02-06T10:20 - open email urgent human
C3 2026-02-06T10:00 2026-02-06T10:20 - open chat low human
C4 2026-02-06T10:00 2026-02-06T10:20 - open email - human
C5 2026-02-06T10:00 2026-02-06T10:20 - open - - human
"""
    targets = [
        *HOUR,
        Target(date(2026, 2, 2), 10, priority="urgent"),
        Target(date(2026, 2, 3), 19, channel="chat"),
        Target(date(2026, 2, 4), 20, priority="urgent", channel="chat"),
        Target(date(2026, 2, 5), 19),
    ]
    # 20 minutes for the first, 10 for the second, 19 for chat, 19 for all others.
    assert level(rows, "first_response", targets) == {6: (1, 5)}
    earlier = targets[:-1]
    assert level(None, "first_response", earlier) == {6: (3, 5)}


def test_only_those_to_whom_something_was_promised_are_cases(level):
    rows = """
C1 2026-02-06T10:00 2026-02-06T10:20 - open chat urgent human
C2 2026-02-06T10:00 2026-02-06T10:20 - open chat DAY human
C3 2026-02-06T10:00 2026-02-06T10:20 - open chat - human
"""
    targets = [Target(date(2026, 2, 2), 30, priority="DAY")]
    assert level(rows, "first_response", targets) == {6: (1, 1)}


def test_resolution_counts_to_the_last_resolution_and_leaves_out_ends_without_a_time(level):
    rows = """
C1 2026-02-02T10:00 - 2026-02-03T10:00 resolved chat - human
C2 2026-02-02T10:00 - 2026-02-03T10:01 resolved chat - human
C3 2026-02-02T10:00 - - open chat - human
C4 2026-02-02T10:00 - - closed chat - human
"""
    assert level(rows, "resolution", [Target(date(2026, 2, 1), 1440)]) == {2: (1, 3)}


def test_a_target_that_runs_at_the_cut_is_no_case_even_where_it_is_met(level):
    rows = "C1 2026-02-02T10:00 - 2026-02-02T10:01 resolved chat - human"
    days = [Target(date(2026, 2, 1), 1441)]
    assert level(rows, "resolution", days, as_of="2026-02-04") == {}
    assert level(None, "resolution", days, as_of="2026-02-05") == {2: (1, 1)}


def test_it_can_be_had_of_some_contacts(level):
    rows = """
C1 2026-02-02T10:00 2026-02-02T10:01 - open chat - human
C2 2026-02-02T10:00 - - open email - human
"""
    assert level(rows, "first_response", HOUR, scope=Scope(channel=("chat",))) == {2: (1, 1)}


def test_without_replies_there_is_no_level(level):
    with pytest.raises(NotAvailable, match="first_response_at is empty in every contact"):
        level("C1 2026-02-02T10:00 - - open chat - human", "first_response", HOUR)


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([], "needs a target"),
        ([Target(date(2026, 1, 1), 0)], "0 minutes cannot be met"),
        ([Target(date(2026, 1, 1), 5), Target(date(2026, 1, 1), 6)], "two targets"),
    ],
)
def test_targets_that_say_nothing_are_refused(targets, said):
    with pytest.raises(ValueError, match=said):
        service_level("resolution", targets)


@pytest.mark.parametrize("of", ["first_response", "resolution"])
def test_it_says_in_both_languages_what_it_counts(of):
    from cs_lib.language import say, speaking

    metric = service_level(of, HOUR)
    words = (metric.title, metric.population, metric.counted, metric.censoring)
    for text in (*words, metric.denominator, metric.source):
        with speaking("zh"):
            assert say(text) != text and "{" not in say(text)
