"""People's word counts first, then what the contact carries, then rules; on rows small enough to check by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.needs_and_causes import needs_of
from cs_lib.params import Scope
from cs_lib.params.attribution import Attribution

DAYS = date(2026, 1, 1), date(2026, 2, 28)
CONTACTS = """
contact_id customer_id need_code owner opened_at resolved_at status team_id subject
K1 C1 late business_process 2026-02-01T08:00 - open T1 late
K2 C2 late - 2026-02-05T08:00 - open T1 manual
K3 C3 rude agent 2026-02-05T08:00 - open T2 manual
K4 C4 - - 2026-02-06T08:00 - open T2 hello
"""
CODINGS = """
contact_id coder method coded_at need_code owner root_cause
K3 P1 human 2026-02-07T08:00 manual product P3
K3 P2 human 2026-02-08T08:00 rude agent A3
K1 P1 human 2026-02-07T08:00 - unknown -
K4 M1 model 2026-02-07T08:00 late agent A1
"""
RULES = Attribution.model_validate(
    {
        "rules": [
            {"name": "manual", "owner": "product", "root_cause": "P3", "when": {"subject_has": ["manual"]}},
            {"name": "order_late", "owner": "business_process", "when": {"late_order": True}},
        ]
    }
)  # fmt: skip


def cells(found):
    return sorted((c.need or "", c.owner or "", c.cause or "", c.contacts) for c in found.cells)


def test_what_a_person_coded_wins_also_where_no_need_was_found(source, observed):
    source.table("contacts", CONTACTS)
    source.table("codings", CODINGS)
    found = needs_of(observed(), *DAYS)
    assert cells(found) == [
        ("", "", "", 1), ("", "unknown", "", 1), ("late", "", "", 1), ("manual", "product", "P3", 1),
    ]  # fmt: skip
    assert found.teams["T2"] == {"product": 1, "unknown": 1}


def test_a_rule_speaks_only_where_nobody_named_an_owner(source, observed):
    source.table("contacts", CONTACTS)
    found = needs_of(
        observed(), *DAYS, attribution=RULES
    )  # without orders one of them is passed over
    assert cells(found) == [
        ("", "", "", 1), ("late", "business_process", "", 1), ("late", "product", "P3", 1), ("rude", "agent", "", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "contacts"), [({"team_id": ("T1",)}, 2), ({"need_code": ("rude",)}, 1)]
)
def test_only_contacts_in_scope_count(source, observed, scope, contacts):
    source.table("contacts", CONTACTS)
    found = needs_of(observed(), *DAYS, scope=Scope(**scope))
    assert sum(cell.contacts for cell in found.cells) == contacts == found.people.contacts
