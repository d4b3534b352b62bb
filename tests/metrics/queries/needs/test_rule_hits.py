"""Which rules speak of which contacts: each kind of condition by eye, and what people say of the same ones."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from cs_lib import data, params
from cs_lib.methods.coding.rule_table import rule_table
from cs_lib.metrics.queries.needs.contacts_read import contacts_read
from cs_lib.metrics.queries.needs.rule_hits import rule_hits
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params.attribution import Attribution

DAYS = date(2026, 1, 1), date(2026, 2, 28)
CONTACTS = """
contact_id opened_at status issue channel subject order_id
K1 2026-02-05T08:00 open delivery chat WHERE_is_it O1
K2 2026-02-05T08:00 open delivery email where O2
K3 2026-02-05T08:00 open refund chat - O3
K4 2026-02-05T08:00 open - chat O'Neill -
K5 2026-02-05T08:00 spam delivery chat where O1
"""
ORDERS = """
order_id customer_id ordered_at promised_at delivered_at
O1 C1 2026-01-30T08:00 2026-02-04T08:00 -
O2 C1 2026-01-30T08:00 2026-02-04T08:00 2026-02-04T07:00
O3 C1 2026-01-30T08:00 2026-02-06T08:00 2026-02-09T08:00
"""
EVENTS = """
contact_id ts seq stage
K1 2026-02-05T08:00 1 transferred
K1 2026-02-05T09:00 2 transferred
K2 2026-02-05T08:00 1 transferred
K3 2026-02-05T08:00 1 reopened
"""


def spoken(desk, rules, days=DAYS):
    """What the rules say of the contacts of some days."""
    with contacts_read(desk, *days, rules=rules) as one:
        return rule_hits(one)


def hits(desk, *when):
    """The numbers of contacts of which each rule speaks."""
    rules = [{"name": f"r{i}", "owner": "agent", "when": one} for i, one in enumerate(when)]
    found = spoken(desk, Attribution.model_validate({"rules": rules}).rules)
    assert found.counts.sum() == 4
    return (found.hits * found.counts[:, None]).sum(axis=0).tolist()


def test_every_kind_of_condition(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    source.table("events", EVENTS)
    found = hits(
        observed(),
        {"issue": ["delivery", "refund"]},
        {"issue": ["delivery"], "channel": ["chat"]},
        {"subject_has": ["Where", "nobody"]},
        {"subject_has": ["o'neill"]},
        {"late_order": True},  # K3 wrote before the promised day
        {"steps": {"transferred": 2}},
        {"steps": {"transferred": 1, "reopened": 1}},
        {"steps": {"reopened": 1}},
    )
    assert found == [3, 1, 2, 1, 1, 1, 0, 1]


def test_sets_of_rules_and_what_people_say(source, observed):
    source.table("contacts", CONTACTS)
    source.table(
        "codings",
        "contact_id coder method coded_at owner\nK1 H1 human 2026-02-10T08:00 product\n"
        "K2 H1 human 2026-02-10T08:00 agent\nK4 H1 human 2026-02-10T08:00 agent\nK3 R1 rule 2026-02-10T08:00 agent\n",
    )
    rules = Attribution.model_validate(
        {
            "rules": [
                {"name": "delivery", "owner": "product", "when": {"issue": ["delivery"]}},
                {"name": "chat", "owner": "agent", "when": {"channel": ["chat"]}},
            ]
        }
    ).rules
    found = spoken(observed(), rules)
    assert found.hits.tolist() == [[False, True], [True, False], [True, True]]
    assert found.counts.tolist() == [2, 1, 1]
    assert {owner: n.tolist() for owner, n in found.coded.items()} == {
        "agent": [1, 1, 0],
        "product": [0, 0, 1],
    }
    delivery, chat = rule_table(found.rules, found.hits, found.counts, found.coded).rules
    assert (delivery.covered, delivery.conflicts, delivery.precision.value) == (2, 1, 0.5)
    assert (chat.covered, chat.decides, chat.precision.value) == (3, 2, 0.5)


def test_a_rule_without_its_table_is_said(source, observed):
    source.table("contacts", CONTACTS)
    desk = observed()
    with pytest.raises(NotAvailable, match=r"rule r0.*no table orders"):
        hits(desk, {"late_order": True})
    with pytest.raises(NotAvailable, match="no table events"):
        hits(desk, {"steps": {"reopened": 1}})


def test_late_orders_are_those_of_the_published_files(real_data):
    """Counted from the published files: low scores written after the promised day of what had not come by then."""
    study = params.load("helpdesk_new_year_2012")
    desk = data.load(study.model_copy(update={"source": "olist", "as_of": date(2018, 10, 23)}))
    late = {
        "name": "late",
        "owner": "business_process",
        "root_cause": "B1",
        "when": {"late_order": True},
    }
    rules = Attribution.model_validate({"rules": [late]}).rules
    found = spoken(desk, rules, (date(2016, 9, 1), date(2018, 10, 22)))
    desk.close()
    stamps = ["order_estimated_delivery_date", "order_delivered_customer_date"]
    orders = pd.read_csv(real_data / "olist_orders.csv.gz", parse_dates=stamps)
    reviews = pd.read_csv(
        real_data / "olist_order_reviews.csv.gz", parse_dates=["review_answer_timestamp"]
    )
    low = reviews[reviews["review_score"] <= 2].merge(orders, on="order_id")
    low = low[low["review_answer_timestamp"] < "2018-10-23"]
    promised, came = (low[name] for name in stamps)
    expected = (promised < low["review_answer_timestamp"]) & ~(came <= promised)
    assert found.counts.sum() == len(low)
    assert found.counts[found.hits[:, 0]].sum() == expected.sum() > 500
