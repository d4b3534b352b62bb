"""Times that no work takes: clocks that moved, long times lost, answers of a machine, stamps written more coarsely."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.test_bad_flows import CHANGE, contacts, looking, orders

HOURS = {"rule__min_effect": 1}
MINUTES = {"measure": {"primary_metric": "first_response_minutes"}, "rule": {"min_effect": 5}}
GUARDED = {
    "measure": {"primary_metric": "contact_rate", "guardrails": {"first_response_minutes": 5}},
    "rule": {"min_effect": 20},
}


@pytest.fixture
def see(source):
    """What a study of some tables comes to."""
    return looking(source)


def answered():
    """Contacts with a first response too, 40 minutes after the opening on average."""
    frame = contacts()
    wait = np.random.default_rng(2).exponential(40 * 60, len(frame)).astype(int)
    frame["first_response_at"] = frame.opened_at + pd.to_timedelta(wait, unit="s")
    late = frame.resolved_at < frame.first_response_at
    frame.loc[late, "resolved_at"] = frame.first_response_at
    return frame


def after(frame):
    return frame.opened_at >= CHANGE


def later(frame, column, by):
    """Stamps of a column moved from the change on."""
    frame.loc[after(frame), column] = frame[column] + pd.Timedelta(by)
    return frame


def coarse(frame, column, step, *, last=False):
    """Stamps of a column cut to a step of the clock from the change on, or put on its last second."""
    cut = frame[column].dt.floor(step)
    if last:
        cut += pd.Timedelta(1, step) - pd.Timedelta(seconds=1)
    frame.loc[after(frame), column] = cut
    return frame


def said(result):
    """Whether the check of times blocks, and its words; nothing where it is silent."""
    return [
        (check.blocks_decision, check.finding.replace("\u202f", " "))
        for check in result.checks
        if check.code == "times_real"
    ]


def refused(result):
    ((blocks, words),) = said(result)
    assert blocks and result.decision.verdict == "invalid"
    return words


def test_times_of_work_are_left_alone(see):
    assert said(see(contacts=answered(), changes=MINUTES)) == []


@pytest.mark.parametrize("factor", [0.1, 20])
def test_a_service_that_became_faster_or_slower_has_no_edge(see, factor):
    frame = contacts()
    took = (frame.resolved_at - frame.opened_at) * factor
    frame.loc[after(frame), "resolved_at"] = (frame.opened_at + took).dt.floor("s")
    assert said(see(contacts=frame, changes=HOURS)) == []


def test_resolutions_written_in_another_zone_withhold_a_time(see):
    words = refused(see(contacts=later(contacts(), "resolved_at", "8h"), changes=HOURS))
    assert "No contact after the change has its time of resolution within 8.0 hours" in words


def test_openings_written_in_another_zone_withhold_a_time(see):
    frame = later(answered(), "opened_at", "-8h")
    assert "within 8.0 hours" in refused(see(contacts=frame, changes=MINUTES))


@pytest.mark.parametrize(
    ("step", "last", "told"),
    [("D", True, "first or last moment of a day"), ("min", False, "")],
    ids=["last second of the day", "whole minutes"],
)
def test_stamps_written_more_coarsely_withhold_what_that_can_move(see, step, last, told):
    frame = coarse(answered(), "first_response_at", step, last=last)
    frame["first_response_at"] = frame[["first_response_at", "opened_at"]].max(axis=1)
    frame["resolved_at"] = frame[["first_response_at", "resolved_at"]].max(axis=1)
    result = see(contacts=frame, changes=MINUTES)
    # Half a minute is less than five: nothing to say.
    assert (told in refused(result)) if told else said(result) == []


def test_openings_without_a_time_of_day_withhold_a_time(see):
    frame = coarse(contacts(), "opened_at", "D")
    assert "have their time of opening at the first or last moment" in refused(
        see(contacts=frame, changes=HOURS)
    )


@pytest.mark.parametrize("seconds", [60])
def test_answers_of_a_machine_withhold_the_time_to_a_first_response(see, seconds):
    frame = answered()
    machine = after(frame) & (frame.index % 2 == 0)
    frame.loc[machine, "first_response_at"] = frame.opened_at + pd.Timedelta(seconds=seconds)
    assert f"exactly {seconds} second" in refused(see(contacts=frame, changes=MINUTES))


def test_a_chat_that_answers_within_seconds_is_answered_by_people(see):
    frame = answered()
    wait = np.random.default_rng(3).lognormal(3.4, 0.8, len(frame)).astype(int)
    quick = frame.opened_at + pd.to_timedelta(wait, unit="s")
    frame.loc[after(frame) & (frame.index % 2 == 0), "first_response_at"] = quick
    assert said(see(contacts=frame, changes=MINUTES)) == []


def test_long_times_left_out_of_the_export_withhold_a_time(see):
    frame = contacts()
    lost = after(frame) & (frame.resolved_at - frame.opened_at > pd.Timedelta(hours=15))
    words = refused(see(contacts=frame[~lost], changes=HOURS))
    assert "Hardly any contact after the change took longer than 15.0 hours" in words


def test_contacts_that_are_all_ended_in_two_days_are_a_doubt_at_most(see):
    frame = contacts()
    most = frame.opened_at + pd.to_timedelta(14 + frame.index % 2, unit="h")
    frame.loc[after(frame), "resolved_at"] = frame[["resolved_at"]].assign(most=most).min(axis=1)
    assert not any(blocks for blocks, _ in said(see(contacts=frame, changes=HOURS)))


def test_a_guardrail_whose_times_no_work_takes_cannot_be_had(see):
    frame = later(answered(), "first_response_at", "8h")
    frame["resolved_at"] = frame[["first_response_at", "resolved_at"]].max(axis=1)
    result = see(
        contacts=frame,
        orders=orders(),
        changes=GUARDED,
    )
    assert said(result) == []
    assert any(
        check.code == "guardrail_available" and "8.0 hours" in check.finding
        for check in result.checks
    )
    assert "first_response_minutes" not in {rail.metric for rail in result.guardrails}


def at_all_hours():
    """Contacts opened and answered by day and night."""
    frame = answered()
    shift = pd.to_timedelta(np.random.default_rng(6).integers(0, 24, len(frame)), unit="h")
    for column in ("opened_at", "first_response_at", "resolved_at"):
        frame[column] += shift
    return frame


@pytest.mark.parametrize("hour", [20, 25])
def test_answers_at_hours_that_were_closed_before_are_other_hours(see, hour):
    frame = at_all_hours()
    answer = frame.first_response_at
    closed = ~after(frame) & (answer.dt.hour >= hour)
    frame.loc[closed, "first_response_at"] = answer.dt.normalize() + pd.Timedelta(hours=24)
    late = frame.resolved_at < frame.first_response_at
    frame.loc[late, "resolved_at"] = frame.first_response_at
    result = see(contacts=frame, changes=MINUTES)
    found = [c.finding for c in result.checks if c.code == "hours_alike"]
    assert len(found) == (hour == 20)
    assert all("Monday to Friday 20:00\u201324:00" in words for words in found)


@pytest.mark.parametrize("factor", [0.1, 10])
def test_a_faster_service_keeps_its_hours(see, factor):
    """Nobody asks at night: what is quick ends by day, and what is slow at night too."""
    frame = contacts()
    took = (frame.resolved_at - frame.opened_at) * factor
    frame.loc[after(frame), "resolved_at"] = (frame.opened_at + took).dt.floor("s")
    result = see(contacts=frame, changes=HOURS)
    assert [c for c in result.checks if c.code == "hours_alike"] == []
