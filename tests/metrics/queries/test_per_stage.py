"""Hours by stage on tables small enough to check by eye, and on the simulated desk."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib import data, params
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day, per_stage
from cs_lib.metrics.queries.sql import NotAvailable

CONTACTS = """
contact_id opened_at first_response_at resolved_at status
C1 2026-02-01T00:00 2026-02-01T04:00 2026-02-01T10:00 resolved
"""
STEPS = """
contact_id ts seq stage actor is_public team_id
C1 2026-02-01T00:00 1 created customer true -
C1 2026-02-01T01:00 2 queued system - T1
C1 2026-02-01T03:00 3 assigned system - T1
C1 2026-02-01T04:00 4 replied agent true T1
C1 2026-02-01T06:00 5 waiting_customer agent - T1
C1 2026-02-01T09:00 6 replied customer true -
C1 2026-02-01T10:00 7 resolved agent - T1
C1 2026-02-08T10:00 8 closed system - -
"""


@pytest.fixture
def staged(source, observed):
    """Stage evidence of February; `hours` of the first day by stage."""

    def measure(contacts=CONTACTS, steps=STEPS, metric="resolution_hours", **how):
        source.table("contacts", contacts)
        source.table("events", steps)
        return per_stage.stage_times(
            observed(), DAILY[metric], start=date(2026, 2, 1), end=date(2026, 2, 28), **how
        )

    return measure


def first_day(evidence):
    return {name: float(s.numerator[0]) for name, s in evidence.stages.items()}


def test_time_belongs_to_the_step_last_entered(staged):
    found = staged()
    assert first_day(found) == {
        "waiting_customer": 3, "queued": 2, "replied": 2,
        "created": 1, "assigned": 1, "customer_wrote": 1,
    }  # fmt: skip
    assert found.total.numerator[0] == 10 and found.total.denominator[0] == 1
    assert found.without_events == 0


def test_stages_come_largest_first_and_share_the_contacts_of_the_total(staged):
    found = staged()
    assert next(iter(found.stages)) == "waiting_customer"
    for name, series in found.stages.items():
        assert series.metric == name and len(series.days) == 28
        assert series.denominator.tolist() == found.total.denominator.tolist()


def test_steps_at_one_moment_go_by_their_number_and_the_last_has_the_time(staged):
    tied = """
    contact_id ts seq stage
    C1 2026-02-01T00:00 1 created
    C1 2026-02-01T02:00 3 in_progress
    C1 2026-02-01T02:00 2 assigned
    """
    assert first_day(staged(steps=tied)) == {"in_progress": 8, "created": 2}


def test_step_that_opens_a_contact_outranks_its_creation(staged):
    queued = "contact_id ts seq stage\nC1 2026-02-01T00:00 1 queued"
    assert first_day(staged(steps=queued)) == {"queued": 10}


def test_both_ways_of_handing_on_are_one_and_notes_and_bots_are_no_replies_of_ours(staged):
    moved = """
    contact_id ts seq stage actor is_public
    C1 2026-02-01T00:00 1 assigned system -
    C1 2026-02-01T01:00 2 transferred agent -
    C1 2026-02-01T03:00 3 escalated agent -
    C1 2026-02-01T06:00 4 replied agent false
    C1 2026-02-01T08:00 5 replied agent -
    C1 2026-02-01T09:30 6 replied bot true
    """
    assert first_day(staged(steps=moved)) == {
        "handed_on": 5, "noted": 2, "replied": 1.5, "assigned": 1, "bot_replied": 0.5,
    }  # fmt: skip


def test_reopened_contact_counts_the_time_it_was_thought_resolved(staged):
    again = """
    contact_id ts seq stage
    C1 2026-02-01T00:00 1 assigned
    C1 2026-02-01T02:00 2 resolved
    C1 2026-02-01T07:00 3 reopened
    C1 2026-02-01T10:00 4 resolved
    """
    assert first_day(staged(steps=again)) == {"resolved": 5, "reopened": 3, "assigned": 2}


def test_open_contact_is_held_in_its_last_stage_up_to_the_horizon(staged):
    done = "C2 2026-02-02T00:00 - 2026-02-02T01:00 resolved"
    still = CONTACTS.replace("2026-02-01T10:00 resolved", "- open") + done
    steps = "contact_id ts seq stage\nC1 2026-02-02T00:00 1 queued\nC1 2026-02-20T00:00 2 assigned"
    assert first_day(staged(still, steps)) == {"queued": 13 * 24, "created": 24}
    longer = first_day(staged(still, steps, horizon=30))
    assert longer == {"queued": 18 * 24, "assigned": 11 * 24, "created": 24}


def test_contact_without_events_is_left_out_and_counted(staged):
    rows = "C2 2026-02-01T00:00 - 2026-02-01T05:00 resolved\nC3 2026-02-02T00:00 - - open\n"
    spam = "C4 2026-02-01T00:00 - - spam"
    found = staged(CONTACTS + rows + spam)
    assert found.without_events == 2
    assert found.total.denominator.sum() == 1 and found.total.numerator.sum() == 10


def test_steps_before_opening_and_after_the_end_take_no_time(staged):
    early = "C1 2026-01-31T20:00 0 queued system - T1\nC1 2026-02-01T12:00 9 in_progress agent - T1"
    assert first_day(staged(steps=STEPS + early)) == first_day(staged())


def test_first_response_has_stages_too_in_its_own_unit_and_population(staged):
    found = staged(metric="first_response_minutes")
    assert first_day(found) == {"queued": 120, "created": 60, "assigned": 60}
    assert found.total.numerator[0] == 240


def test_handoffs_are_changes_of_team_per_contact(staged):
    assert staged().handoffs.numerator[0] == 0
    moved = STEPS.replace("- T1\nC1 2026-02-08", "- T2\nC1 2026-02-08")
    found = staged(steps=moved).handoffs
    assert (found.numerator[0], found.denominator[0]) == (1, 1)


def test_handoffs_are_absent_when_no_event_names_a_team(staged):
    assert staged(steps="contact_id ts seq stage\nC1 2026-02-01T00:00 1 queued").handoffs is None


def test_stages_are_not_available_without_events(source, observed):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match=r"stages of resolution_hours.*no table events"):
        per_stage.stage_times(observed(), start=date(2026, 2, 1), end=date(2026, 2, 28))


def test_a_share_has_no_stages(staged):
    with pytest.raises(ValueError, match="not a time to an event"):
        staged(metric="reopen_rate")


@pytest.mark.parametrize("name", ["resolution_hours", "first_response_minutes"])
def test_stages_of_the_demo_add_up_to_the_restricted_mean_every_day(name):
    study = params.load("faster_routing")
    desk = data.load(study)
    window = {"start": date(2025, 8, 1), "end": date(2026, 6, 30)}
    try:
        found = per_stage.stage_times(desk, DAILY[name], **window)
        whole = per_day.daily(desk, DAILY[name], **window)
    finally:
        desk.close()
    added = sum(s.numerator for s in found.stages.values())
    np.testing.assert_allclose(added, found.total.numerator, rtol=1e-10)
    assert found.without_events == 0
    np.testing.assert_allclose(found.total.numerator, whole.numerator, rtol=1e-10)
    assert found.total.denominator.tolist() == whole.denominator.tolist()
    assert found.total.days.tolist() == whole.days.tolist()
