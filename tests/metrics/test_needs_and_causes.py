"""All that a study of needs reads: what is there, why the rest is not, and the planted rise among its decoys."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.data.engines import duckdb
from cs_lib.metrics.needs_and_causes import needs_of
from cs_lib.params.attribution import Attribution

DAYS = date(2026, 1, 1), date(2026, 2, 28)
CONTACTS = """
contact_id customer_id need_code owner opened_at resolved_at status agent_id handle_seconds subject
K1 C1 late business_process 2026-02-01T08:00 2026-02-02T08:00 resolved A1 100 late
K2 C1 late business_process 2026-02-05T08:00 - open A2 300 late
K3 C2 rude agent 2026-02-05T08:00 - open - 50 rude
"""
RULE = {"name": "late", "owner": "business_process", "when": {"need_code": ["late"]}}


def rules(*more):
    return Attribution.model_validate({"rules": [RULE, *more]})


def test_a_source_of_contacts_alone(source, observed):
    source.table("contacts", CONTACTS)
    found = needs_of(observed(), *DAYS, attribution=rules())
    assert found.totals.needs == ("late", "rude") and found.totals.contacts.tolist() == [2, 1]
    assert sum(cell.contacts for cell in found.cells if cell.repeat) == 1
    assert {one.group for one in found.returns} == {"late"}
    assert {one.group for one in found.owner_returns} == {"business_process"}
    assert (found.owners, found.needs, found.weekly.orders, found.hour_cost) == (None,) * 4
    assert set(found.absent) == {"owners", "needs", "causes", "problem"} and "codings" in str(
        found.absent["owners"]
    )
    assert found.rules is not None and found.rules.counts.tolist() == [1, 2]
    assert [text.text for text in found.written.texts] == ["late", "rude"]
    assert found.observed_until == date(2026, 6, 1)


def test_an_hour_costs_what_those_who_worked_cost(source, observed):
    source.table("contacts", CONTACTS)
    source.table("agents", "agent_id cost_per_hour\nA1 20\nA2 40.5\nA3 1000\n")
    found = needs_of(observed(), *DAYS)
    assert found.hour_cost == pytest.approx((100 * 20 + 300 * 40.5) / 400) and found.rules is None


def test_a_rule_that_cannot_be_asked_is_told_and_the_rest_is_there(source, observed):
    source.table("contacts", CONTACTS)
    late = {"name": "order_late", "owner": "business_process", "when": {"late_order": True}}
    found = needs_of(observed(), *DAYS, attribution=rules(late))
    assert found.rules is None and "orders" in str(found.absent["rules"])
    assert found.totals.contacts.sum() == 3


def test_it_is_the_same_on_any_number_of_threads(source, observed, monkeypatch):
    source.settings["simulate"] = {"seed": 3, "customers": 1_500, "story": "emerging_needs"}
    source.settings |= {"timezone": "Asia/Shanghai", "currency": "CNY", "tables": {}}
    told = set()
    for threads in (1, 3):
        monkeypatch.setattr(duckdb, "usual_threads", lambda _, n=threads: n)
        found = needs_of(observed("2026-07-01"), date(2025, 7, 1), date(2026, 6, 30))
        assert found.owners is not None and found.totals.contacts.sum() > 500
        told.add(repr(found) + str(found.totals.second_products.tolist()))
    assert len(told) == 1
