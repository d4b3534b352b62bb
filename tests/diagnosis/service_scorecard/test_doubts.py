"""What the scorecard says when its tables are wrong: never better, never zero, never an alarm of the export."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from tests.diagnosis.service_scorecard.made import result_of

HEADLINES = ("orders_with_problem_7d", "orders_with_problem_30d")


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Asia/Shanghai").tz_convert("UTC")


def failing(result) -> set[str]:
    return {one.code for one in result.checks if one.passed is False}


def test_a_quiet_desk_is_steady_and_every_row_is_there(calm):
    result = result_of(calm)
    assert result.decision.verdict == "steady", result.decision
    assert not failing(result) and not result.alarms
    assert not result.evidence.absent


def test_orders_of_another_system_are_no_orders_without_problems(calm):
    calm["orders"].order_id = "X" + calm["orders"].order_id
    result = result_of(calm)
    assert not set(HEADLINES) & set(result.rows)
    assert all("order_id" in str(result.evidence.absent[name]) for name in HEADLINES)
    assert result.drivers is None and result.decision.verdict != "better"


def test_an_export_that_ends_early_is_no_improvement(calm):
    cut = day("2026-05-18")
    calm["contacts"] = calm["contacts"][calm["contacts"].opened_at < cut]
    calm["events"] = calm["events"][calm["events"].ts < cut]
    result = result_of(calm)
    assert result.decision.verdict == "attention"
    assert result.decision.clause in ("tables_whole", "weeks_fresh")
    assert {"tables_whole", "weeks_fresh"} <= failing(result) and not result.alarms
    assert result.rows["contact_rate"].until == date(2026, 5, 17)


def test_a_hole_of_two_weeks_takes_its_weeks_away(calm):
    first, last = day("2026-03-09"), day("2026-03-23")
    gone = (calm["contacts"].opened_at >= first) & (calm["contacts"].opened_at < last)
    calm["contacts"] = calm["contacts"][~gone]
    result = result_of(calm)
    assert "tables_whole" in failing(result) and not result.alarms
    chart = result.rows["contact_rate"].chart
    inside = (chart.weeks.start >= np.datetime64("2026-03-09")) & (
        chart.weeks.start < np.datetime64("2026-03-23")
    )
    assert not chart.weeks.there[inside].any()
    assert not chart.outside[inside].any()


def test_resolutions_that_are_no_longer_stamped_are_no_slower_service(calm):
    late = calm["contacts"].opened_at >= day("2026-03-02")
    for column in ("resolved_at", "closed_at"):
        calm["contacts"].loc[late, column] = pd.NaT
    calm["contacts"].loc[late & calm["contacts"].status.isin(["resolved", "closed"]), "status"] = (
        "open"
    )
    result = result_of(calm)
    assert "columns_kept_filled" in failing(result)
    assert "resolution_hours" not in {one.metric for one in result.alarms}
    assert result.rows["resolution_hours"].until < date(2026, 3, 9)
    assert result.decision.verdict == "attention"


def test_orders_that_contacts_no_longer_name_are_not_orders_without_problems(calm):
    late = calm["contacts"].opened_at >= day("2026-01-05")
    calm["contacts"].loc[late, "order_id"] = None
    result = result_of(calm)
    assert result.decision.verdict != "better"
    assert not {one.metric for one in result.alarms} & set(HEADLINES)
    assert result.rows["orders_with_problem_7d"].until < date(2026, 1, 12)


def test_orders_that_half_of_contacts_name_explain_the_fall(calm):
    late = np.flatnonzero(calm["contacts"].opened_at >= day("2025-12-01"))
    calm["contacts"].iloc[late[::2], calm["contacts"].columns.get_loc("order_id")] = None
    result = result_of(calm)
    assert "columns_kept_filled" in failing(result)
    assert result.decision.verdict == "attention"
    of = {one.metric: one for one in result.signals}
    assert of["orders_with_problem_7d"].explained_by == ("contacts.order_id",)
    assert of["orders_with_problem_7d"].kind == "attention"


def test_needs_that_are_empty_leave_no_row_that_counts_repeats(calm):
    calm["contacts"].need_code = None
    result = result_of(calm)
    gone = {"repeat_contact_rate_7d", "repeat_contact_rate_30d", "first_contact_resolution_7d"}
    assert not gone & set(result.rows)
    assert all("need_code" in str(result.evidence.absent[name]) for name in gone)


def test_a_history_that_is_short_can_only_ask_for_attention(calm):
    for name, stamp in (
        ("contacts", "opened_at"),
        ("orders", "ordered_at"),
        ("surveys", "offered_at"),
    ):
        calm[name] = calm[name][calm[name][stamp] >= day("2025-12-01")]
    calm["events"] = calm["events"][calm["events"].contact_id.isin(calm["contacts"].contact_id)]
    result = result_of(calm, design={"baseline": ["2025-12-01", "2026-05-10"]})
    assert "usual_weeks" in failing(result) and not result.alarms
    assert all(
        row.alarm is None or row.alarm.standing == "attention" for row in result.rows.values()
    )


def test_without_surveys_events_and_orders_what_is_left_is_told(calm):
    result = result_of({"contacts": calm["contacts"]})
    assert {"csat", "promises_kept", "contact_rate", *HEADLINES} <= set(result.evidence.absent)
    assert {"resolution_hours", "first_response_minutes", "repeat_contact_rate_7d"} <= set(
        result.rows
    )


def test_a_late_run_says_what_a_punctual_one_did(calm):
    """Weeks are counted from the baseline, so some days more are no other weeks."""
    punctual, late = (result_of(calm, as_of=day) for day in ("2026-06-15", "2026-06-18"))
    assert late.decision.verdict == punctual.decision.verdict
    weekly = [name for name, row in punctual.rows.items() if row.metric.window_days in (0, 7)]
    assert len(weekly) > 8
    for name in weekly:
        if name in ("backlog", "perk_redemption"):  # what ended in between is known by then
            continue
        ours, theirs = (one.rows[name].change for one in (late, punctual))
        assert (ours.recent, ours.change, ours.low) == (theirs.recent, theirs.change, theirs.low)
        assert late.rows[name].until == punctual.rows[name].until


def test_weeks_of_a_holiday_neither_make_limits_nor_alarm(calm):
    """Spring Festival of the watched year: the calendar takes its weeks out, and nothing alarms right after it."""
    result = result_of(calm, as_of="2026-03-02")
    assert "2026-02-16" in {week.isoformat() for week in result.masked}
    assert not result.alarms
    chart = result.rows["contact_rate"].chart
    assert not chart.outside[chart.masked].any() and not chart.baseline[chart.masked].any()


def test_orders_that_half_of_contacts_name_by_another_number_explain_the_fall(calm):
    """The column is as full as before; what it points to is no longer found."""
    late = np.flatnonzero(calm["contacts"].opened_at >= day("2025-12-01"))[::2]
    place = calm["contacts"].columns.get_loc("order_id")
    calm["contacts"].iloc[late, place] = "X" + calm["contacts"].iloc[late, place]
    result = result_of(calm)
    assert "columns_kept_filled" in failing(result)
    [told] = [str(one.found) for one in result.checks if one.code == "columns_kept_filled"]
    assert "of those in contacts.order_id are found" in told
    of = {one.metric: one for one in result.signals}["orders_with_problem_7d"]
    assert (of.kind, of.explained_by) == ("attention", ("contacts.order_id",))
    assert result.decision.verdict == "attention"
