"""Which studies a source can carry, and the verdict for those that are wanted, on evidence small enough to read."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.diagnosis.data_health.analyze import analyze, fix_first
from cs_lib.diagnosis.data_health.kinds import failed, passed
from cs_lib.diagnosis.data_health.readiness import readiness
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from tests.diagnosis.data_health.conftest import health_study

FIRST = date(2026, 1, 1)


def table(name, length, *columns):
    """Twenty rows a day, these columns filled in all of them."""
    days = np.arange(np.datetime64(FIRST), np.datetime64(FIRST) + length)
    counts = np.full(length, 20)
    return TableDays(
        name,
        20 * length,
        days,
        counts,
        dict.fromkeys(columns, counts),
        marks=dict.fromkeys(("unreal", "bot"), 0 * counts),
        totals=dict.fromkeys(columns, 20 * length),
    )


def evidence(*tables, length):
    return HealthEvidence(
        {t.table: t for t in tables},
        {},
        (),
        (),
        (),
        (),
        (),
        None,
        (),
        FIRST + timedelta(days=length),
        "EUR",
        "UTC",
    )


CONTACTS = (
    "contact_id",
    "opened_at",
    "resolved_at",
    "customer_id",
    "need_code",
    "owner",
    "handle_seconds",
    "status",
)


def state_of(analysis, found, findings=(), **design):
    study = health_study("tiny", "2027-01-01", **design)
    whole = {name: (t.first, t.last) for name, t in found.tables.items() if len(t.days)}
    return next(r for r in readiness(found, findings, study, whole) if r.analysis == analysis)


def test_contacts_alone_carry_times_needs_and_recurrence_and_nothing_else():
    found = evidence(table("contacts", 300, *CONTACTS), length=300)
    result = analyze(found, health_study("tiny", "2027-01-01"))
    assert {r.analysis: r.state for r in result.readiness} == {
        "perk_ab_test": "no", "before_after_duration": "yes", "before_after_rate": "no", "recurrence": "yes",
        "needs": "yes", "journey": "no", "scorecard": "half", "containment": "no", "survey": "no",
    }  # fmt: skip
    assert result.decision.verdict == "fit_with_limits"
    missing = {r.analysis: r.missing for r in result.readiness}
    assert missing["perk_ab_test"] == ("perk_assignments",) and missing["containment"] == (
        "contacts.handled_by",
    )
    assert missing["scorecard"] == ("orders", "surveys")


def test_the_verdict_is_about_the_studies_that_are_wanted():
    found = evidence(table("contacts", 300, *CONTACTS), length=300)
    for wanted, verdict in (
        (["needs", "recurrence"], "fit"),
        (["survey", "journey"], "unfit"),
        (["survey", "needs"], "fit_with_limits"),
        (["scorecard"], "fit_with_limits"),
    ):
        result = analyze(found, health_study("tiny", "2027-01-01", studies=wanted))
        assert result.decision.verdict == verdict, wanted
        assert [r.analysis for r in result.readiness if r.wanted] == sorted(
            wanted, key=[r.analysis for r in result.readiness].index
        )


@pytest.mark.parametrize(("length", "state"), [(400, "yes"), (150, "half"), (60, "no")])
def test_a_study_needs_days_enough_once_every_case_is_followed(length, state):
    ready = state_of("recurrence", evidence(table("contacts", length, *CONTACTS), length=length))
    assert ready.state == state
    last = FIRST + timedelta(days=length - 31)
    assert (ready.usable_from, ready.usable_to) == (
        (FIRST, last) if state != "no" else (None, None)
    )


def test_a_fault_stops_or_limits_the_studies_that_wait_for_it_and_says_what_helps():
    found = evidence(table("contacts", 300, *CONTACTS), length=300)
    fault = failed(
        "no_placeholder_ids",
        "Strangers.",
        table="contacts",
        columns=("customer_id",),
        count=9,
        among=90,
    )
    stopped, limited, free = (
        state_of(a, found, [fault]) for a in ("recurrence", "scorecard", "needs")
    )
    assert (stopped.state, limited.state, free.state) == ("no", "half", "yes")
    assert str(stopped.reasons[0]) == "Strangers" and "contacts.customer_id" in str(
        stopped.changes_it
    )


def test_a_perk_test_may_be_short_and_says_how_long_outcomes_are_seen():
    perks = table("perk_assignments", 1, "customer_id", "variant")
    orders = table("orders", 15, "customer_id", "ordered_at", "amount")
    ready = state_of("perk_ab_test", evidence(perks, orders, length=15))
    assert (ready.state, ready.usable_from, ready.usable_to) == ("half", FIRST, FIRST)
    assert "14 days" in str(ready.reasons[0])


def test_what_most_wanted_studies_wait_for_is_put_right_first():
    small = failed("events_once", "Twice.", table="events", count=90, among=100)
    large = failed("no_placeholder_ids", "Strangers.", table="contacts", count=5, among=100)
    good = passed("keys_found", "All there.", table="contacts")
    assert fix_first([small, good, large], health_study("tiny")) is large
    assert fix_first([small, good, large], health_study("tiny", studies=["journey"])) is small
    assert fix_first([good], health_study("tiny")) is None


def test_the_fingerprint_counts_rows_of_every_day():
    result = analyze(evidence(table("contacts", 3, *CONTACTS), length=3), health_study("tiny"))
    assert result.per_day == {"contacts": {FIRST + timedelta(days=i): 20 for i in range(3)}}
