"""Customers of the past on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib.metrics import gather
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import PerkPlan

CONTACTS = """
contact_id customer_id opened_at resolved_at status is_complaint channel agent_id need_code
K1 A 2026-01-01T09:00 2026-01-02T09:00 resolved true chat X late
K2 A 2026-01-03T09:00 2026-01-04T09:00 resolved true phone Y late
K3 B 2026-01-01T09:00 2026-01-03T09:00 resolved true phone X late
K4 C 2026-01-01T09:00 2026-01-02T09:00 resolved false chat X other
K5 D 2026-01-01T09:00 - open true chat X late
K6 E 2026-01-01T09:00 2026-01-02T09:00 spam true chat X late
K7 F 2025-12-01T09:00 2025-12-31T09:00 resolved true chat X late
K8 G 2026-01-01T09:00 2026-01-05T09:00 resolved true chat Y late
K9 - 2026-01-01T09:00 2026-01-05T09:00 resolved true chat Y late
"""
ORDERS = """
order_id customer_id ordered_at cancelled_at amount
O1 A 2026-01-10 - 100
O2 B 2026-01-01 - 50
O3 G 2026-03-01 - 70
O4 C 2026-01-10 - 10
"""


def plan(*, cluster=None, population=None, history=("2026-01-01", "2026-01-06"), **changes):
    return PerkPlan.model_validate(
        {
            "study": "plan",
            "notebook": "experiment_plan",
            "question": "How large must the test be?",
            "as_of": "2026-06-01",
            "source": "tiny",
            "design": {
                "experiment": "winter",
                "control": "control",
                "arms": ["coupon"],
                "split": {"control": 0.5, "coupon": 0.5},
                "start": "2026-06-01",
                "history": list(history),
                "cluster": cluster,
            },
            "population": population or {},
            "measure": {"primary_metric": "repurchase_30d", **changes.pop("measure", {})},
            "rule": {"min_effect": 0.1},
            **changes,
        }
    )


@pytest.fixture
def evidence(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    return lambda as_of="2026-06-01", **changes: gather(observed(as_of), plan(**changes))


def test_a_customer_enters_once_when_the_first_complaint_is_resolved(evidence):
    found = evidence()
    assert found.entered == 3  # A, B, G; not C (no complaint), D (open), E (spam), F (before)
    assert found.entries.first.tolist() == [0, 1, 1, 0, 1, 0]
    assert found.entries.days[0] == np.datetime64("2026-01-01")
    rows = np.c_[found.entries.day, found.entries.previous, found.entries.count].tolist()
    assert sorted(rows) == [[1, -1, 1], [2, -1, 1], [3, 1, 1], [4, -1, 1]]


def test_outcome_counts_from_the_resolution_on(evidence):
    moments = evidence().moments["repurchase_30d"]
    assert (moments.n, moments.variant) == (3, "history")
    assert moments.of("repurchase_30d")[1] == pytest.approx(1 / 3)  # A; B bought before, G too late


def test_covariates_are_what_happened_before(evidence):
    measure = {"covariates": ["spent_before_30d"]}
    moments = evidence(measure=measure).moments["repurchase_30d"]
    assert moments.of("spent_before_30d")[1] == pytest.approx(50 / 3)


def test_any_contact_may_lead_in_and_a_scope_narrows(evidence):
    assert evidence(population={"complaints_only": False}).entered == 4
    assert evidence(population={"channel": ["phone"]}).entered == 2  # A by its second, and B
    assert evidence(population={"channel": ["letter"]}).entered == 0


def test_who_is_not_followed_for_the_window_counts_for_the_intake_only(evidence):
    found = evidence("2026-02-02")
    assert (found.entered, found.moments["repurchase_30d"].n) == (3, 1)  # A alone has 30 days
    assert evidence("2026-01-20").moments == {}


def test_money_and_guardrails_are_measured_and_what_cannot_be_is_named(evidence):
    found = evidence(
        money={"margin_rate": 0.5, "window_days": 30},
        measure={"guardrails": {"complaint_rate_30d": 0.1, "perks_30d": 0.1, "visit_30d": 0.1}},
    )
    assert found.moments["net_value_30d"].of("net_value_30d")[1] == pytest.approx(50 / 3)
    assert found.moments["complaint_rate_30d"].of("complaint_rate_30d")[1] == pytest.approx(1 / 3)
    assert {name: str(why) for name, why in found.absent.items()} == {
        "perks_30d": "'perks_30d' is not available because the source 'tiny' has no table perk_assignments"
        " (one row per customer assigned to a variant of an experiment).",
        "visit_30d": str(found.absent["visit_30d"]),
    }
    assert "visits" in str(found.absent["visit_30d"])


def test_clusters_are_those_of_the_contact_that_led_in(evidence):
    sums = evidence(cluster="agent_id").clusters
    assert sums.cluster.tolist() == ["X", "Y"]
    assert (sums.n.tolist(), sums.total.tolist()) == ([2, 1], [1.0, 0.0])


def test_perks_of_the_past_are_counted(source, evidence):
    source.table(
        "perk_assignments",
        """
assignment_id experiment_id customer_id variant perk_kind assigned_at
P1 e A coupon coupon 2026-01-02T09:00
P2 e B control none 2026-01-03T10:00
P3 e G coupon coupon 2025-12-20T10:00
""",
    )
    assert evidence().with_perk == 1  # B was control, G's came before


def test_history_ends_where_the_data_do(evidence):
    found = evidence("2026-01-04")
    assert len(found.entries.days) == 3


def test_without_contacts_or_complaints_it_is_said(source, observed):
    source.table("orders", ORDERS)
    source.table(
        "perk_assignments",
        "assignment_id experiment_id customer_id variant assigned_at\nP e A coupon 2026-01-02",
    )
    with pytest.raises(NotAvailable, match="No plan can be made because the source 'tiny' has no"):
        gather(observed(), plan())
    source.table("contacts", CONTACTS.replace(" true ", " false "))
    with pytest.raises(NotAvailable, match="no contact is marked as one"):
        gather(observed(), plan())


def test_a_primary_metric_that_cannot_be_had_is_said(source, observed):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="'repurchase_30d' is not available because"):
        gather(observed(), plan())


def test_days_are_local(source, observed):
    source.settings["timezone"] = "Asia/Shanghai"
    late = "contact_id customer_id opened_at resolved_at status is_complaint\n"
    source.table("contacts", late + "K A 2026-01-01T09:00 2026-01-02T23:30 resolved true")
    source.table("orders", ORDERS)
    found = gather(observed(), plan())
    assert found.entries.days[found.entries.first > 0].tolist() == [date(2026, 1, 2)]


def test_covariates_stand_beside_the_metric_by_group(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    measure = {"primary_metric": "revenue_30d", "covariates": ["spent_before_180d"]}
    given = gather(observed(), plan(cluster="agent_id", measure=measure))
    sums, moments = given.clusters, given.cluster_moments
    assert moments.names == ("revenue_30d", "spent_before_180d")
    assert moments.n.tolist() == sums.n.tolist()
    assert (moments.n * moments.mean[:, 0]).tolist() == pytest.approx(sums.total.tolist())
