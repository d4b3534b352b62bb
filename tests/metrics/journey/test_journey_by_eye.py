"""Tables small enough to walk by eye: ties, early steps, nothing but `other`, one step, strangers, clock changes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from cs_lib.metrics.journey_map import journey_of
from cs_lib.metrics.queries.journey import signs
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.metrics.queries.sql import NotAvailable

HOUR = 3_600_000_000
DAYS = date(2026, 2, 1), date(2026, 2, 28)
CONTACTS = """
contact_id customer_id opened_at resolved_at closed_at status owner
C1 K1 2026-02-01T00:00 2026-02-01T10:00 2026-02-08T10:00 closed agent
"""
STEPS = """
contact_id ts seq stage actor is_public team_id agent_id
C1 2026-02-01T01:00 1 queued system - T1 -
C1 2026-02-01T02:00 2 replied customer true - -
C1 2026-02-01T03:00 3 replied bot true - -
C1 2026-02-01T03:30 4 replied agent false T1 A1
C1 2026-02-01T04:00 5 replied agent true T1 A1
C1 2026-02-01T06:00 6 waiting_customer agent - T1 A1
C1 2026-02-01T09:00 7 replied customer true - -
C1 2026-02-01T10:00 8 resolved agent - T1 A1
C1 2026-02-08T10:00 9 closed system - - -
"""


@pytest.fixture
def journey(source, observed):
    def measure(contacts=CONTACTS, steps=STEPS, *, days=DAYS, as_of="2026-03-01", **how):
        source.table("contacts", contacts)
        source.table("events", steps)
        for name, rows in how.items():
            source.table(name, rows)
        return journey_of(observed(as_of), *days)

    return measure


def hours(found):
    """Hours by phase, holder and step."""
    told = defaultdict(float)
    for span in found.spans:
        told[span.phase, span.holder, span.step] += span.micros / HOUR
    return told


def by_phase(found):
    return {one.phase: one for one in found.phases}


def test_every_hour_has_a_phase_and_a_holder(journey):
    found = journey()
    assert hours(found) == {
        ("answer", "waiting_on_us", "created"): 1,
        ("answer", "waiting_on_us", "queued"): 1,
        ("answer", "waiting_on_us", "customer_wrote"): 1,
        ("answer", "waiting_on_us", "bot_replied"): 0.5,
        ("answer", "waiting_on_us", "noted"): 0.5,
        ("work", "in_hand", "replied"): 2,
        ("others", "customer", "waiting_customer"): 3,
        ("work", "waiting_on_us", "customer_wrote"): 1,
        ("solved", "nobody", "resolved"): 7 * 24,
        ("after", "nobody", "closed"): 0,
    }
    assert {span.owner for span in found.spans} == {"agent"}
    phases = by_phase(found)
    assert [phases[p].median for p in ("answer", "work", "others")] == [
        4 * HOUR,
        3 * HOUR,
        3 * HOUR,
    ]
    assert phases["others"].customer_micros == 3 * HOUR and phases["asks"].customers == 1
    assert (found.log.events, found.log.public, found.log.teams) == (9, (3, 3), 5)
    assert found.closings is not None and found.closings.micros == 7 * 24 * HOUR
    assert found.closings.bins.tolist() == [7 * 240] and found.closings.counts.tolist() == [1]
    assert "satisfaction" in found.absent and "surveys" in str(found.absent["satisfaction"])


REOPENED = """
contact_id ts seq stage actor
C1 2026-02-01T01:00 1 in_progress agent
C1 2026-02-01T02:00 2 resolved agent
C1 2026-02-01T05:00 3 reopened customer
C1 2026-02-01T06:00 4 waiting_third_party agent
C1 2026-02-01T09:00 5 in_progress agent
C1 2026-02-01T10:00 6 resolved agent
C1 2026-02-08T10:00 7 closed system
"""


def test_after_a_reopening_all_is_again_up_to_the_last_resolution(journey):
    found = journey(steps=REOPENED)
    assert hours(found) == {
        ("answer", "waiting_on_us", "created"): 1,
        ("work", "in_hand", "in_progress"): 1,
        ("solved", "nobody", "resolved"): 3 + 7 * 24,
        ("again", "waiting_on_us", "reopened"): 1,
        ("again", "third_party", "waiting_third_party"): 3,
        ("again", "in_hand", "in_progress"): 1,
        ("after", "nobody", "closed"): 0,
    }
    again = by_phase(found)["again"]
    assert (again.median, again.third_micros, again.customer_micros) == (5 * HOUR, 3 * HOUR, 0)
    assert "others" not in by_phase(found)


def test_work_after_a_resolution_is_a_reopening_that_nobody_wrote_down(journey):
    taken_up = "\n".join(line for line in REOPENED.splitlines() if "reopened" not in line)
    assert hours(journey(steps=taken_up))["again", "third_party", "waiting_third_party"] == 3


def test_work_after_the_last_resolution_is_none(journey):
    late = STEPS + "C1 2026-02-05T00:00 - in_progress agent - T1 A1\n"
    found = hours(journey(steps=late))
    assert found["after", "nobody", "in_progress"] == 3 * 24 + 10
    assert not any(phase == "again" for phase, *_ in found)


def test_a_contact_under_way_runs_to_the_data_cut_and_has_no_median(journey):
    open_ = CONTACTS + "C2 K1 2026-02-27T00:00 - - open agent\n"
    steps = STEPS + "C2 2026-02-27T06:00 1 replied agent true T1 A1\n"
    found = journey(open_, steps)
    assert found.log.unfinished == 1
    phases = by_phase(found)
    assert phases["answer"].all_micros == (4 + 6) * HOUR and phases["answer"].median == 5 * HOUR
    assert phases["work"].all_micros == (3 + 42) * HOUR and phases["work"].median == 3 * HOUR
    assert (phases["work"].cases, phases["work"].customers) == (2, 1)


@pytest.mark.parametrize("room", [signs.ROOM, 0])
def test_ties_stand_in_the_order_of_seq_and_then_of_stages(journey, monkeypatch, room):
    """Also where `seq` has no room in the number that steps are sorted by."""
    monkeypatch.setattr(signs, "ROOM", room)
    tied = """
contact_id ts seq stage actor
C1 2026-02-01T02:00 3 resolved agent
C1 2026-02-01T02:00 2 in_progress agent
C1 2026-02-01T01:00 0 in_progress agent
C1 2026-02-01T01:00 - queued system
C1 2026-02-01T01:00 -1 queued system
"""
    found = journey(steps=tied)
    assert found.ways.variants[0].steps == (
        "queued",
        "queued",
        "in_progress",
        "in_progress",
        "resolved",
    )
    assert (found.log.ties, found.log.unordered, found.log.repeated) == (3, 1, 1)
    queued = next(step for step in found.ways.steps if step.name == "queued")
    assert (queued.events, queued.cases, queued.repeated, queued.self_loops) == (2, 1, 1, 1)
    edges = {
        (edge.before, edge.after): (edge.count, edge.micros / HOUR) for edge in found.ways.edges
    }
    assert edges["in_progress", "in_progress"] == (1, 1) and edges["queued", "in_progress"] == (
        1,
        0,
    )


def test_steps_before_the_opening_take_no_time(journey):
    early = STEPS.replace("C1 2026-02-01T01:00 1", "C1 2026-01-31T23:00 1")
    found = journey(steps=early)
    assert found.log.early == 1
    assert hours(found)["answer", "waiting_on_us", "queued"] == 0
    assert hours(found)["answer", "waiting_on_us", "created"] == 2
    assert by_phase(found)["answer"].median == 4 * HOUR


def test_one_step_nothing_but_other_and_contacts_without_any(journey):
    contacts = (
        CONTACTS
        + "C2 - 2026-02-02T00:00 2026-02-02T05:00 - resolved -\nC3 - 2026-02-03T00:00 - - open -\n"
    )
    found = journey(
        contacts, "contact_id ts stage\nC1 2026-02-01T01:00 other\nC2 2026-02-02T01:00 other\n"
    )
    assert (found.log.contacts, found.log.with_steps, found.log.other) == (3, 2, 2)
    # No step says that it was solved: the contact's own stamp ends the time.
    assert hours(found)["work", "in_hand", "other"] == 9 + 4
    assert {(v.steps, v.cases) for v in found.ways.variants} == {(("other",), 2)}
    assert found.ways.edges == () and found.ways.cover_80 == 1 and found.ways.once == 0
    assert {span.owner for span in found.spans} == {"agent", "unknown"}
    assert by_phase(found)["solved"].cases == 2


def test_merged_contacts_are_no_contacts_and_strangers_no_steps(journey):
    contacts = CONTACTS + "C2 K1 2026-02-02T00:00 - - merged agent\n"
    steps = (
        STEPS
        + "C2 2026-02-02T01:00 1 queued system - T1 -\nC9 2026-02-02T01:00 1 queued system - T1 -\n"
    )
    found = journey(contacts, steps)
    assert (found.log.contacts, found.log.events, found.log.strangers) == (1, 9, 1)


def test_resolutions_are_the_steps_own_where_the_source_has_no_stamp(journey):
    contacts = "contact_id opened_at status\nC1 2026-02-01T00:00 closed\n"
    found = journey(contacts, REOPENED)
    assert found.log.unfinished == 0 and hours(found)["again", "in_hand", "in_progress"] == 1
    assert {"customers", "owners"} <= set(found.absent)
    assert all(one.customers is None for one in found.phases)


def test_names_of_the_log_where_it_has_names(journey):
    named = """
contact_id ts seq stage raw_stage agent_id
C1 2026-02-01T01:00 1 in_progress look A1
C1 2026-02-01T02:00 2 in_progress look A1
C1 2026-02-01T03:00 3 in_progress look A2
C1 2026-02-01T04:00 4 in_progress look -
C1 2026-02-01T10:00 5 resolved - A2
"""
    found = journey(steps=named)
    look, resolved = found.ways.steps
    assert (look.name, look.stage, look.phase, look.events) == ("look", "in_progress", "work", 4)
    assert (look.again_same, look.again_other, look.self_loops) == (1, 1, 3)
    assert (resolved.name, resolved.last) == ("resolved", 1)
    unnamed = named.replace("look A", "- A").replace("look -", "- -")
    assert [s.name for s in journey(steps=unnamed).ways.steps] == ["in_progress", "resolved"]


def test_an_hour_that_comes_twice_is_an_hour(source, journey):
    source.settings["timezone"] = "Europe/Rome"
    contacts = (
        "contact_id opened_at resolved_at status\nC1 2025-10-26T00:00 2025-10-26T06:00 resolved\n"
    )
    steps = """
contact_id ts seq stage actor
C1 2025-10-26T01:00 1 in_progress agent
C1 2025-10-26T06:00 2 resolved agent
"""
    found = journey(contacts, steps, days=(date(2025, 10, 26), date(2025, 10, 26)))
    assert hours(found)["work", "in_hand", "in_progress"] == 6  # five on the wall
    assert hours(found)["answer", "waiting_on_us", "created"] == 1


def test_the_first_survey_of_a_contact_counts_if_it_could_be_answered(journey):
    contacts = CONTACTS + "C2 K2 2026-02-02T00:00 2026-02-02T05:00 - resolved agent\n"
    surveys = """
survey_id contact_id kind offered_at answered_at score scale_min scale_max
S1 C1 csat 2026-02-02T00:00 2026-02-03T00:00 4 1 5
S2 C1 csat 2026-02-04T00:00 2026-02-05T00:00 1 1 5
S3 C1 nps 2026-02-01T12:00 2026-02-01T13:00 10 0 10
S4 C2 csat 2026-02-25T00:00 2026-02-26T00:00 5 1 5
"""
    steps = STEPS + "C2 2026-02-02T01:00 1 resolved agent - T1 A1\n"
    found = journey(contacts, steps, surveys=surveys)
    asks = by_phase(found)["asks"]
    assert (asks.offered, asks.answered, asks.satisfied) == (
        1,
        1,
        1,
    )  # S4 has not had its seven days
    assert by_phase(found)["work"].offered == 1 and "satisfaction" not in found.absent


def test_work_and_idle_time_of_steps_that_overlap(journey):
    steps = """
contact_id started_at ts seq stage agent_id
C1 2026-02-01T00:00 2026-02-01T04:00 1 in_progress A1
C1 2026-02-01T01:00 2026-02-01T02:00 2 in_progress A2
C1 2026-02-01T06:00 2026-02-01T10:00 3 resolved A1
"""
    worked = journey(steps=steps).worked
    assert worked is not None
    assert (worked.cases, worked.throughput_median) == (1, 10 * HOUR)
    assert (worked.processing_mean, worked.idle_mean) == (9 * HOUR, 2 * HOUR)
    assert worked.people == {"A1": 2 * HOUR, "A2": 0}


def test_what_is_not_there_is_said(source, observed, journey):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="has no table events"):
        journey_of(observed(), *DAYS)
    with pytest.raises(NotAvailable, match="no event belongs to a contact of these days"):
        journey(days=(date(2026, 1, 1), date(2026, 1, 31)))


def test_nothing_is_left_in_the_engine(source, observed):
    source.table("contacts", CONTACTS)
    source.table("events", STEPS)
    desk = observed()
    tables = (
        "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name LIKE 'cs_journey%'"
    )
    with journey_read(desk, *DAYS) as read:
        [(n,)] = read.rows(tables)
        assert n > 4
    assert desk.engine.rows(tables) == [(0,)]
