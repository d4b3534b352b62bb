"""Other changes of the log: for whom, when, whether a log is there to tell, and what a test's page says of them."""

from datetime import date

import pytest

from cs_lib.aggregates import LoggedChange
from cs_lib.experiment.logged import (
    apart,
    listed,
    scope_in_words,
    service_checks,
    when,
    without_log,
)
from cs_lib.params import Scope

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


def change(code="C9", *, day="2026-02-10", scope="", **days):
    days = {key: date.fromisoformat(text) for key, text in days.items()}
    return LoggedChange(code, "New script", date.fromisoformat(day), scope, **days)


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ("team_id in (T05) and channel in (chat)", True),
        ("channel in (chat) and team_id in (T01, T05)", False),
        ("TEAM_ID IN ('T05', \"T06\")", True),
        ("team_id in (T05) or channel in (chat)", False),
        ("team_id in (T05) and team_id in (T06)", False),
        ("tier in (2)", False),  # no column of a study's scope
        ("", False),
    ],
)
def test_several_conditions_are_apart_when_one_of_them_is(logged, expected):
    assert apart(logged, Scope(team_id=("T01", "T02"))) is expected


def test_what_touches_the_unchanged_queue_is_not_apart():
    ours, theirs = Scope(team_id=("T01",)), Scope(team_id=("T05",))
    assert apart("team_id in (T05)", ours) and not apart("team_id in (T05)", ours, theirs)


def test_a_change_is_told_by_its_days_and_by_whom_it_concerns():
    assert (
        str(scope_in_words("team_id in (T05) and channel in (chat)"))
        == "team: T05 and channel: chat"
    )
    assert str(scope_in_words("")) == "for whom is not logged"
    assert str(scope_in_words("all of the north")) == "all of the north"
    assert str(when(change(last="2026-02-20"), FIRST)) == "10 February to 20 February 2026"
    assert (
        str(when(change(day="2025-05-01", last="2026-02-20"), FIRST))
        == "taken back on 20 February 2026"
    )
    growing = change(day="2025-12-20", settled="2026-01-15")
    assert str(when(growing, FIRST)) == "since 20 December 2025, in full only from 15 January 2026"
    assert str(listed([change()], FIRST)) == "New script (10 February 2026, for whom is not logged)"


def test_without_a_log_and_with_one_that_ended_years_ago_nothing_is_said_to_be_unchanged():
    none = without_log(None, [], LAST)
    assert (none.code, none.passed, none.name) == ("changes_logged", None, "No log of changes")
    old = without_log(date(2024, 5, 1), [], LAST)
    assert (old.code, old.passed, old.name) == (
        "change_log_kept",
        None,
        "Change log may have ended",
    )
    assert "1 May 2024" in old.finding
    assert without_log(date(2025, 5, 1), [], LAST) is None
    assert without_log(None, [change()], LAST) is None


def test_a_change_during_a_test_is_a_note_on_whom_it_speaks_of_and_no_failure():
    [check] = service_checks([change()], date(2026, 2, 10), (FIRST, LAST))
    assert (check.passed, check.name) == (None, "Changed meanwhile")
    assert "New script (10 February 2026" in check.finding and "favours no variant" in check.finding


def test_a_change_for_some_of_those_assigned_as_a_whole_is_a_doubt():
    some = change("C1", scope="team_id in (T05)")
    [check] = service_checks([some], None, (FIRST, LAST), whole="team_id")
    assert check.passed is False and "not go through it alike" in check.finding
    [alike] = service_checks([some], None, (FIRST, LAST), whole="agent_id")
    assert alike.passed is None


def test_a_test_without_a_change_passes_only_where_a_log_was_kept():
    codes = {
        until: service_checks([], until, (FIRST, LAST))[0]
        for until in (None, date(2023, 1, 1), LAST)
    }
    assert [(c.code, c.passed) for c in codes.values()] == [
        ("changes_logged", None), ("change_log_kept", None), ("same_service", True),
    ]  # fmt: skip
