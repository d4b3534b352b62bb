"""Every fault planted in a clean desk is found by its own check, with its count and dates, alone or beside others.

Faults that touch neither the same column nor the same check are planted in one desk, `FIRST` or `SECOND`: each must be
found, and nothing else.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from cs_lib.data.sources.files import DataError
from tests.diagnosis.data_health.conftest import CUSTOMERS, codes, failing, simulated, the

NEW_YEAR = "TIMESTAMPTZ '2026-01-01 00:00:00+08'"
SHANGHAI = "'Asia/Shanghai'"
BEFORE_MARCH_9 = "opened_at < TIMESTAMPTZ '2026-03-09 00:00:00+08'"
FROM_MARCH_30 = "opened_at >= TIMESTAMPTZ '2026-03-30 00:00:00+08'"


def shown(table, where="TRUE", **columns):
    """A query that shows a simulated table with other values in some columns."""
    others = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    star = f"* REPLACE ({others})" if others else "*"
    return f"SELECT {star} FROM simulated_{table} WHERE {where}"


FEBRUARY = "offered_at >= TIMESTAMPTZ '2026-02-01 00:00:00+08'"
FIRST = {
    "contacts": shown(
        "contacts",
        customer_id="coalesce(customer_id, 'Anonymous')",
        team_id="CASE WHEN team_id = 'T01' AND channel = 'chat' THEN ' t０１ ' ELSE team_id END",
        closed_at=f"CASE WHEN opened_at < {NEW_YEAR} THEN closed_at END",
    ),
    "orders": shown("orders", amount="CASE WHEN order_id LIKE '%5' THEN NULL ELSE amount END"),
    "surveys": "SELECT * FROM simulated_surveys UNION ALL "
    + shown(
        "surveys",
        where="kind = 'csat' AND score IS NOT NULL AND contact_id LIKE '%4'",
        survey_id="survey_id || 'b'",
        score="CASE WHEN score = 1 THEN 2 ELSE 1 END",
    ),
}
FIRST_CODES = {
    "no_placeholder_ids",
    "labels_written_alike",
    "keys_written_alike",  # the team's other form stands in no table of teams
    "columns_kept_filled",
    "amounts_there",
    "scores_stay",
}
SECOND = {
    "contacts": shown(
        "contacts",
        need_code=f"CASE WHEN opened_at >= {NEW_YEAR} THEN 'n/' || need_code ELSE need_code END",
        handled_by=f"CASE WHEN opened_at >= {NEW_YEAR} AND channel IN ('chat', 'app', 'web')"
        " AND handled_by IS NOT NULL THEN 'bot' ELSE handled_by END",
    ),
    "orders": shown("orders", amount=f"CASE WHEN ordered_at < {NEW_YEAR} THEN amount END"),
    "perk_assignments": shown("perk_assignments", customer_id="lower(customer_id)"),
    "surveys": shown(
        "surveys",
        answered_at=f"CASE WHEN {FEBRUARY} THEN NULL ELSE answered_at END",
        score=f"CASE WHEN {FEBRUARY} THEN NULL ELSE score END",
    ),
}
SECOND_CODES = {
    "labels_stay",
    "bots_stay",
    "columns_kept_filled",
    "amounts_there",
    "keys_written_alike",
    "answered_alike",
}


@pytest.fixture(scope="module")
def tables():
    """What was simulated, to count by another way what is planted in it."""
    return simulated(1, CUSTOMERS, "usual").tables


def utc(day):
    """Local midnight as the frames have it."""
    return pd.Timestamp(day, tz="Asia/Shanghai").tz_convert("UTC").tz_localize(None)


def state(result, analysis):
    return next(each for each in result.readiness if each.analysis == analysis)


# Volumes


def test_an_export_that_ends_early_is_found_though_some_rows_reach_the_end(health, tables):
    result = health(
        contacts=shown(
            "contacts",
            where="opened_at < TIMESTAMPTZ '2026-05-28 00:00:00+08' OR channel = 'email'",
        )
    )
    found = the(result, "tables_reach_end")
    assert (found.table, found.last) == ("contacts", date(2026, 6, 30)) and abs(
        (found.first - date(2026, 5, 28)).days
    ) <= 2
    ready = state(result, "before_after_rate")
    assert ready.state == "half" and ready.usable_to == found.first.replace(day=found.first.day - 1)


def test_three_weeks_without_contacts_are_a_hole_while_orders_go_on(health):
    result = health(contacts=shown("contacts", where=f"{BEFORE_MARCH_9} OR {FROM_MARCH_30}"))
    found = the(result, "no_silent_days")
    assert (found.table, found.first, found.last) == (
        "contacts",
        date(2026, 3, 9),
        date(2026, 3, 29),
    )


def test_days_that_the_settings_name_as_holidays_are_no_hole(health):
    named = [str(date(2026, 3, day)) for day in range(9, 30)]
    result = health(
        contacts=shown("contacts", where=f"{BEFORE_MARCH_9} OR {FROM_MARCH_30}"),
        design={"holidays": named},
    )
    assert "no_silent_days" not in codes(result)


def test_days_of_the_named_calendar_are_no_hole_and_are_told(health):
    labour_day = "CAST(opened_at AS DATE) BETWEEN DATE '2026-05-01' AND DATE '2026-05-05'"
    result = health(
        contacts=shown("contacts", where=f"NOT ({labour_day})"), design={"calendar": "CN"}
    )
    assert "no_silent_days" not in codes(result)
    told = next(f.check for f in result.findings if f.check.code == "public_holidays")
    assert "Holidays by the calendar CN" in told.finding and "1 May to 5 May 2026" in told.finding


def test_an_imported_backlog_is_no_work_of_the_desk(health):
    copies = " UNION ALL ".join(
        f"SELECT * REPLACE (contact_id || '-{i}' AS contact_id, NULL AS merged_into, NULL AS parent_contact_id)"
        f" FROM simulated_contacts WHERE NOT ({BEFORE_MARCH_9}) AND NOT ({FROM_MARCH_30})"
        for i in range(3)
    )
    result = health(contacts=f"SELECT * FROM simulated_contacts UNION ALL {copies}")
    found = the(result, "no_surge")
    assert found.table == "contacts" and found.count > 300
    assert (
        abs((found.first - date(2026, 3, 9)).days) <= 3
        and abs((found.last - date(2026, 3, 29)).days) <= 3
    )


def test_orders_that_fall_for_good_move_every_rate(health):
    kept = " OR ".join(
        f"order_id IN (SELECT order_id FROM simulated_{table})"
        for table in ("contacts", "perk_redemptions")
    )
    result = health(
        orders=shown("orders", where=f"ordered_at < {NEW_YEAR} OR {kept} OR order_id LIKE '%0'")
    )
    found = the(result, "orders_steady")
    assert found.table == "orders" and abs((found.first - date(2026, 1, 1)).days) <= 14


# Keys


def test_ids_without_their_zeros_are_named_as_such(health, tables):
    plain = {
        name: f"SELECT * REPLACE (replace(customer_id, 'U', '') AS customer_id) FROM simulated_{name}"
        for name in ("contacts", "surveys", "perk_assignments")
    }
    plain["customers"] = shown(
        "customers",
        customer_id="replace(customer_id, 'U', '')",
        referred_by="replace(referred_by, 'U', '')",
    )
    plain["orders"] = shown("orders", customer_id="ltrim(replace(customer_id, 'U', ''), '0')")
    result = health(**plain)
    assert codes(result) == {"keys_written_alike"}
    found = {(f.table, f.check.found.facts["place"]["other"]): f for f in failing(result)}
    assert (
        found["orders", "customers"].count
        == len(tables["orders"]) - tables["orders"].customer_id.str.match("U[1-9]").sum()
    )
    assert state(result, "perk_ab_test").state == "no"
    one, other = found["orders", "customers"].example.split(" / ")
    assert one == other.lstrip("0")


def test_other_cases_are_another_writing(health, tables):
    result = health(**SECOND)
    assert codes(result) == SECOND_CODES
    written = [f for f in failing(result) if f.check.code == "keys_written_alike"]
    assert {f.count for f in written} >= {len(tables["perk_assignments"])}


def test_events_of_contacts_that_are_not_there_are_counted(health, tables):
    result = health(contacts=shown("contacts", where="contact_id NOT LIKE '%7'"))
    gone = tables["events"].contact_id.str.endswith("7")
    found = [f for f in failing(result) if f.check.code == "keys_found" and f.table == "events"]
    contacts = tables["contacts"]
    begins = contacts.opened_at[~contacts.contact_id.str.endswith("7")].min()
    first_late = (begins + pd.Timedelta(days=60, hours=8)).date()  # by the days of Shanghai
    late = (tables["events"].ts + pd.Timedelta(hours=8)).dt.date >= first_late
    assert found[0].count == (gone & late).sum()


def test_keys_that_stop_being_found_have_a_date(health):
    result = health(
        surveys=shown(
            "surveys",
            contact_id=f"CASE WHEN offered_at < {NEW_YEAR} THEN contact_id ELSE 'X' || contact_id END",
        )
    )
    found = [f for f in failing(result) if f.check.code == "keys_found" and f.first]
    assert [(f.table, f.columns, f.first) for f in found] == [
        ("surveys", ("contact_id",), date(2026, 1, 1))
    ]


def test_anonymous_callers_are_no_customer(health, tables):
    result = health(**FIRST)
    assert codes(result) == FIRST_CODES
    found = the(result, "no_placeholder_ids")
    assert (found.count, found.example) == (
        tables["contacts"].customer_id.isna().sum(),
        "Anonymous",
    )
    assert state(result, "recurrence").state == "half"  # one contact in a hundred
    assert result.decision.verdict == "fit_with_limits"


def test_many_anonymous_callers_leave_no_study_of_who_comes_back(health):
    customer = "CASE WHEN channel = 'phone' THEN '匿名' ELSE customer_id END"
    result = health(contacts=shown("contacts", customer_id=customer))
    assert the(result, "no_placeholder_ids").example == "匿名"
    assert state(result, "recurrence").state == "no"


def test_one_id_for_many_is_named(health):
    result = health(
        contacts=shown(
            "contacts",
            customer_id="CASE WHEN channel = 'store' THEN 'U000001' ELSE customer_id END",
            order_id="CASE WHEN channel = 'phone' THEN 'U000002' ELSE order_id END",
        )
    )
    assert the(result, "no_dominating_id", "order_id").example == "U000002"


# Labels


def test_labels_that_differ_in_form_are_paired(health, tables):
    found = the(health(**FIRST), "labels_written_alike")
    contacts = tables["contacts"]
    assert (found.columns, found.count) == (
        ("team_id",),
        ((contacts.team_id == "T01") & (contacts.channel == "chat")).sum(),
    )


def test_a_new_list_of_codes_has_its_date(health):
    result = health(**SECOND)
    assert abs((the(result, "labels_stay").first - date(2026, 1, 1)).days) <= 14
    assert state(result, "needs").state == "half"


# Columns


def test_a_column_that_stops_being_filled_has_its_date_and_its_rows(health, tables):
    found = the(health(**SECOND), "columns_kept_filled", "amount")
    lost = (tables["orders"].ordered_at >= utc("2026-01-01")).sum()
    assert (found.columns, found.first, found.count) == (("amount",), date(2026, 1, 1), lost)


def test_amounts_that_some_orders_lack_are_counted(health, tables):
    result = health(**FIRST)
    assert the(result, "amounts_there").count == tables["orders"].order_id.str.endswith("5").sum()
    assert state(result, "perk_ab_test").state == "half"


def test_a_stamp_that_is_not_kept_any_more_is_told_from_one_that_has_not_come(health):
    assert the(health(**FIRST), "columns_kept_filled").columns == ("closed_at",)


def test_resolved_contacts_without_their_stamp_are_counted(health, tables):
    result = health(
        contacts=shown("contacts", resolved_at="CASE WHEN channel <> 'web' THEN resolved_at END")
    )
    contacts = tables["contacts"]
    ended = contacts.status.isin(["resolved", "closed"]) & (contacts.channel == "web")
    found = the(result, "ends_stamped")
    assert found.count == ended.sum() and state(result, "before_after_duration").state == "no"


def test_contacts_open_again_with_their_old_stamp_are_counted(health, tables):
    result = health(
        contacts=shown(
            "contacts",
            status=f"CASE WHEN status = 'closed' AND opened_at >= {NEW_YEAR} AND channel = 'web'"
            " THEN 'open' ELSE status END",
        )
    )
    contacts = tables["contacts"]
    count = (
        (contacts.status == "closed")
        & (contacts.opened_at >= utc("2026-01-01"))
        & (contacts.channel == "web")
    ).sum()
    found = the(result, "status_agrees")
    assert found.count == count and found.first >= date(2026, 1, 1)


def test_a_closing_before_the_resolution_cannot_be(health, tables):
    result = health(
        contacts=shown(
            "contacts",
            closed_at="CASE WHEN channel = 'web' AND resolved_at IS NOT NULL THEN opened_at ELSE closed_at END",
        )
    )
    contacts = tables["contacts"]
    assert (
        the(result, "stamps_in_order", "closed_at").count
        == ((contacts.channel == "web") & contacts.resolved_at.notna()).sum()
    )


def test_days_without_a_time_are_told(health, tables):
    day = f"timezone({SHANGHAI}, date_trunc('day', timezone({SHANGHAI}, ordered_at)))"
    result = health(orders=shown("orders", ordered_at=f"{day}"))
    assert codes(result) == {"stamps_have_a_time"}
    assert the(result, "stamps_have_a_time").count == len(tables["orders"])
    assert state(result, "perk_ab_test").state == "half"


def test_rows_in_an_hour_that_came_twice_are_counted(health, tables):
    moved = "order_id LIKE '%1' AND ordered_at BETWEEN '2025-10-26 01:00:00+00' AND '2025-11-20 00:00:00+00'"
    twice = f"CASE WHEN {moved} THEN TIMESTAMPTZ '2025-10-26 00:30:00+00' ELSE ordered_at END"
    result = health(zone="Europe/Berlin", orders=shown("orders", ordered_at=twice))
    assert codes(result) == {"clock_change"}
    orders = tables["orders"]
    between = orders.ordered_at.between("2025-10-26 01:00", "2025-11-20 00:00")
    there = orders.ordered_at.between("2025-10-26 00:00", "2025-10-26 00:59:59").sum()
    there += orders.ordered_at.between("2026-03-29 01:00", "2026-03-29 01:59:59").sum()
    found = the(result, "clock_change")
    assert abs(found.count - there - (orders.order_id.str.endswith("1") & between).sum()) <= 3


def test_a_resolution_that_repeats_the_opening_is_none(health, tables):
    result = health(
        contacts=shown(
            "contacts",
            resolved_at="CASE WHEN resolved_at IS NOT NULL AND opened_at < TIMESTAMPTZ '2026-02-02 00:00:00+08'"
            " THEN opened_at ELSE resolved_at END",
        )
    )
    contacts = tables["contacts"]
    found = the(result, "not_stamped_at_once")
    assert (
        found.count
        == (contacts.resolved_at.notna() & (contacts.opened_at < utc("2026-02-02"))).sum()
    )
    assert found.last == date(2026, 2, 1) and state(result, "before_after_duration").state == "no"


def test_a_resolution_that_is_the_closing_is_named(health):
    result = health(contacts=shown("contacts", resolved_at="coalesce(closed_at, resolved_at)"))
    assert "resolved_is_not_closed" in codes(result)


def test_a_batch_that_closes_in_one_second_is_no_work(health, tables):
    april = "closed_at BETWEEN TIMESTAMPTZ '2026-04-01 00:00:00+08' AND TIMESTAMPTZ '2026-05-01 00:00:00+08'"
    result = health(
        contacts=shown(
            "contacts",
            closed_at=f"CASE WHEN {april} THEN TIMESTAMPTZ '2026-05-01 03:00:07+08' ELSE closed_at END",
        )
    )
    assert codes(result) == {"no_bursts"}
    closed = tables["contacts"].closed_at
    assert (
        the(result, "no_bursts").count == closed.between(utc("2026-04-01"), utc("2026-05-01")).sum()
    )


def test_the_closing_timer_is_named_and_no_fault(health):
    timer = next(f for f in health().findings if f.check.code == "no_timer")
    assert (
        timer.check.passed is None
        and timer.check.found.facts["days"] == 7.0
        and 0.8 < timer.share < 0.9
    )


# The work


def test_repeated_events_are_counted(health, tables):
    result = health(
        events="SELECT * FROM simulated_events UNION ALL "
        + shown("events", where="contact_id LIKE '%3' AND stage = 'resolved'", seq="seq + 1000")
    )
    events = tables["events"]
    assert (
        the(result, "events_once").count
        == (events.contact_id.str.endswith("3") & (events.stage == "resolved")).sum()
    )


def test_internal_notes_taken_for_answers_are_counted(health, tables):
    notes = "SELECT contact_id, min(ts) AS noted FROM simulated_events WHERE raw_stage = 'internal note' GROUP BY 1"
    result = health(
        contacts="SELECT c.* REPLACE (CASE WHEN n.noted < c.first_response_at THEN n.noted ELSE c.first_response_at"
        f" END AS first_response_at) FROM simulated_contacts c LEFT JOIN ({notes}) n USING (contact_id)"
    )
    assert codes(result) == {"answers_public"}
    events, contacts = tables["events"], tables["contacts"].set_index("contact_id")
    noted = events[events.raw_stage == "internal note"].groupby("contact_id").ts.min()
    early = noted + pd.Timedelta(minutes=2) < contacts.first_response_at.reindex(noted.index)
    greeted = events[(events.actor == "bot") & (events.stage == "replied")].contact_id.unique()
    assert the(result, "answers_public").count == (early & ~early.index.isin(greeted)).sum()


def test_a_first_close_taken_for_the_last_is_counted(health, tables):
    first = "SELECT contact_id, min(ts) AS ended FROM simulated_events WHERE stage = 'resolved' GROUP BY 1"
    result = health(
        contacts="SELECT c.* REPLACE (CASE WHEN c.resolved_at IS NOT NULL THEN f.ended END AS resolved_at)"
        f" FROM simulated_contacts c LEFT JOIN ({first}) f USING (contact_id)"
    )
    found = the(result, "events_agree", "resolved_too_early")
    events, contacts = tables["events"], tables["contacts"]
    twice = events[events.stage == "resolved"].groupby("contact_id").size()
    ended = contacts[contacts.resolved_at.notna()].contact_id
    assert found.count == (twice.reindex(ended) > 1).sum()


def test_work_of_people_who_left_is_nobodys_or_the_customers(health, tables):
    for actor in ("NULL", "'customer'"):
        result = health(
            events=shown(
                "events",
                actor=f"CASE WHEN agent_id IN ('A010', 'A011', 'A012') AND actor = 'agent' THEN {actor} ELSE actor END",
            )
        )
        assert codes(result) - {"answers_public"} == {
            "actors_kept"
        }  # their replies are nobody's too
    events = tables["events"]
    theirs = events.agent_id.isin(["A010", "A011", "A012"]) & (events.actor == "agent")
    staff = events.stage.isin(
        ["queued", "assigned", "in_progress", "transferred", "escalated", "resolved", "follow_up"]
    )
    assert the(result, "actors_kept").count == (theirs & (staff | events.is_public.eq(False))).sum()


def test_one_name_behind_most_closings_is_told(health):
    result = health(
        events=shown(
            "events",
            agent_id="CASE WHEN stage = 'closed' AND contact_id NOT LIKE '%1' THEN 'A001' ELSE agent_id END",
        )
    )
    assert (
        codes(result) == {"no_single_person"} and the(result, "no_single_person").example == "A001"
    )


def test_tests_among_contacts_are_counted(health, tables):
    result = health(
        contacts=shown(
            "contacts",
            subject="CASE WHEN contact_id LIKE '%50' THEN 'Test ticket' ELSE subject END",
        )
    )
    assert codes(result) == {"real_contacts"}
    assert (
        the(result, "real_contacts").count == tables["contacts"].contact_id.str.endswith("50").sum()
    )


def test_an_export_of_closed_contacts_only_is_told(health):
    result = health(
        size=8_000,
        contacts=shown(
            "contacts",
            where="status NOT IN ('new', 'open', 'waiting_customer', 'waiting_third_party')",
        ),
    )
    assert "open_ones_kept" in codes(result)
    assert state(result, "before_after_duration").state == "no"


def test_a_bot_that_goes_live_has_its_date(health):
    assert abs((the(health(**SECOND), "bots_stay").first - date(2026, 1, 1)).days) <= 3


def test_an_assistant_that_goes_live_is_seen_in_the_desk_of_its_story(health):
    result = health(story="assistant_that_deflects")
    assert codes(result) == {"bots_stay"}
    assert abs((the(result, "bots_stay").first - date(2025, 12, 30)).days) <= 3


def test_answers_that_stop_have_their_date(health):
    stopped = [f for f in failing(health(**SECOND)) if f.table == "surveys" and f.first]
    assert "answered_alike" in {f.check.code for f in stopped}
    assert all(abs((f.first - date(2026, 2, 1)).days) <= 7 for f in stopped)


def test_scores_that_were_changed_are_counted(health, tables):
    surveys = tables["surveys"]
    mine = (surveys.kind == "csat") & surveys.score.notna() & surveys.contact_id.str.endswith("4")
    assert the(health(**FIRST), "scores_stay").count == mine.sum()


def test_days_without_their_follow_up_are_not_usable(health):
    ready = {each.analysis: each.usable_to for each in health().readiness}
    assert ready["recurrence"] == date(2026, 5, 31) and ready["containment"] == date(2026, 6, 27)
    assert ready["needs"] == date(2026, 6, 30)


def test_two_assignments_of_one_customer_never_reach_the_page(health):
    again = shown(
        "perk_assignments", where="assignment_id LIKE '%1'", assignment_id="assignment_id || 'b'"
    )
    with pytest.raises(DataError, match="assigned more than once"):
        health(perk_assignments=f"SELECT * FROM simulated_perk_assignments UNION ALL {again}")


def test_two_faults_at_once_are_both_found(health):
    result = health(
        contacts=shown(
            "contacts",
            where=f"{BEFORE_MARCH_9} OR {FROM_MARCH_30}",
            customer_id="coalesce(customer_id, 'N/A')",
        ),
        orders=shown("orders", amount=f"CASE WHEN ordered_at < {NEW_YEAR} THEN amount END"),
    )
    assert {"no_placeholder_ids", "no_silent_days", "columns_kept_filled"} <= codes(result)
    assert the(result, "no_silent_days").first == date(2026, 3, 9)
    assert the(result, "columns_kept_filled", "amount").first == date(2026, 1, 1)


def test_perks_that_nobody_was_assigned_to_go_without_are_no_test(health):
    """Given to resolved complaints only: those without one are others."""
    query = (
        "SELECT * FROM simulated_perk_assignments WHERE perk_kind <> 'none'"
        " AND experiment_id = 'perk_after_complaint'"
    )
    result = health(1, perk_assignments=query)
    found = the(result, "perks_by_chance")
    words = str(found.check.found)
    assert found.count == found.among > 700
    assert f"{found.count} perks of the experiment “perk_after_complaint” were given" in words
    assert "They followed resolved contacts, and " in words
    assert {one.analysis: one.state for one in result.readiness}["perk_ab_test"] == "no"
