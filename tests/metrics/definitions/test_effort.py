"""What contacts take and cost, and waiting by day, on tables small enough to check by eye."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.per_day import STEPS, durations_by_day
from cs_lib.metrics.queries.sql import NotAvailable

WORK = """
contact_id opened_at resolved_at status agent_id handle_seconds team_id
C1 2026-01-20T10:00 2026-02-01T10:00 resolved A1 600 T1
C2 2026-02-01T10:00 2026-02-01T12:00 closed A2 1800 T2
C3 2026-02-01T10:00 2026-02-01T12:00 resolved A1 - T1
C4 2026-02-01T10:00 - open A1 300 T1
C5 2026-02-01T10:00 2026-02-01T12:00 merged A1 300 T1
C6 2026-02-02T10:00 2026-02-02T12:00 resolved A3 1200 T1
C7 2026-02-02T10:00 2026-02-02T12:00 resolved - 1200 T1
"""
AGENTS = "agent_id cost_per_hour\nA1 30\nA2 60\nA3 -"


def test_handle_minutes_are_dated_to_the_resolution_and_leave_out_what_is_not_recorded(
    source, by_day
):
    source.table("contacts", WORK)
    assert by_day("handle_minutes") == {1: (10 + 30, 2), 2: (20 + 20, 2)}


def test_cost_is_handle_time_at_the_agents_own_rate_and_leaves_out_agents_without_one(
    source, by_day
):
    source.table("contacts", WORK)
    source.table("agents", AGENTS)
    assert by_day("cost_per_contact") == {1: (600 / 3600 * 30 + 0.5 * 60, 2)}


def test_a_handle_time_of_zero_counts_as_a_contact_without_cost(source, by_day):
    source.table("contacts", WORK.replace("A2 1800", "A2 0"))
    source.table("agents", AGENTS)
    assert by_day("cost_per_contact") == {1: (5, 2)}


@pytest.mark.parametrize(
    ("agents", "contacts", "reason"),
    [
        (None, WORK, "the source 'tiny' has no table agents (one row per agent)"),
        ("agent_id team_id\nA1 T1", WORK,
         "no contact has both a handle time (handle_seconds) and an agent with a cost_per_hour"),
        (AGENTS, "contact_id opened_at resolved_at status\nC1 2026-02-01 2026-02-02 resolved",
         "no contact has both a handle time (handle_seconds) and an agent with a cost_per_hour"),
    ],
)  # fmt: skip
def test_cost_that_cannot_be_had_says_what_is_missing(source, series, agents, contacts, reason):
    source.table("contacts", contacts)
    if agents:
        source.table("agents", agents)
    with pytest.raises(NotAvailable) as caught:
        series("cost_per_contact")
    assert str(caught.value) == f"'cost_per_contact' is not available because {reason}."


def test_handle_time_that_nobody_records_is_said(source, series):
    source.table("contacts", "contact_id opened_at status\nC1 2026-02-01 open")
    with pytest.raises(NotAvailable, match="handle_seconds is empty in every contact"):
        series("handle_minutes")


WAITS = """
contact_id opened_at first_response_at status
C1 2026-02-01T10:00 2026-02-01T10:00 open
C2 2026-02-01T10:00 2026-02-01T10:01 open
C3 2026-02-01T10:00 2026-02-01T20:00 open
C4 2026-02-01T10:00 - open
C5 2026-02-02T10:00 2026-02-06T10:00 open
C6 2026-02-27T10:00 2026-02-27T11:00 open
"""


def waits(desk):
    return durations_by_day(
        desk, DAILY["first_response_minutes"], start=date(2026, 2, 1), end=date(2026, 2, 28)
    )


def test_waits_by_day_keep_who_answered_late_or_never_at_the_horizon(source, observed):
    source.table("contacts", WAITS)
    found = waits(observed("2026-03-01"))
    assert [str(day) for day in found.days] == ["2026-02-01"] * 3 + ["2026-02-02"]
    by_time = dict(
        zip(found.seconds.tolist(), zip(found.ended, found.count, strict=True), strict=True)
    )
    assert by_time[60.0] == (True, 2)  # at once and within a minute
    assert by_time[3 * 86_400.0] == (False, 1)
    assert found.count.sum() == 5  # C6 lacks its follow-up


def test_the_grid_rounds_up_by_less_than_its_step(source, observed):
    source.table("contacts", WAITS)
    found = waits(observed("2026-03-01"))
    (long,) = found.seconds[found.ended & (found.seconds > 60)]
    assert 36_000 <= long < 36_000 * np.exp(1 / STEPS)


def test_waits_by_day_are_the_durations_of_the_period(source, observed):
    source.table("contacts", WAITS)
    desk = observed("2026-03-01")
    period = {"all": (date(2026, 2, 1), date(2026, 2, 28))}
    (whole,) = per_day.durations(desk, DAILY["first_response_minutes"], periods=period)
    found = waits(desk)
    assert found.count.sum() == whole.count.sum()
    assert found.count[found.ended].sum() == whole.count[whole.ended].sum()
