"""What people coded: the first coding counts, strata and weights, and the planted owner shares on a whole desk."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib.methods.coding.agreement import agreement
from cs_lib.methods.coding.corrected_shares import Stratum, corrected_shares
from cs_lib.metrics.queries.needs.codings import CodedContacts, coded_contacts, sample
from cs_lib.metrics.queries.needs.contacts_read import contacts_read
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope
from cs_lib.params.attribution import Attribution

DAYS = date(2026, 1, 1), date(2026, 2, 28)
CONTACTS = """
contact_id opened_at status need_code owner
K1 2026-02-01T08:00 open late business_process
K2 2026-02-01T08:00 open late agent
K3 2026-02-01T08:00 open - -
K4 2026-02-01T08:00 open rude agent
K5 2026-02-01T08:00 spam rude agent
K6 2025-02-01T08:00 open rude agent
"""
CODINGS = """
contact_id coder method coded_at need_code owner stratum sampling_weight
K1 H1 human 2026-02-10T08:00 late business_process chat 2
K2 H2 human 2026-02-12T08:00 rude agent chat 1.5
K2 H1 human 2026-02-11T08:00 late business_process chat 1.5
K2 R1 rule 2026-02-01T08:00 rude agent - -
K3 H1 human 2026-02-11T08:00 late unknown - -
K5 H1 human 2026-02-11T08:00 late agent chat 2
K6 H1 human 2026-02-11T08:00 late agent chat 2
"""


def test_by_eye(source, read):
    source.table("contacts", CONTACTS)
    source.table("codings", CODINGS)
    with read(days=DAYS) as one:
        found = sample(one, "owner")
    assert found.labels == ("agent", "business_process", "unknown")
    assert found.ruled.tolist() == [2, 1, 1] and found.people == 2
    every, chat = found.strata
    assert (every.name, every.size, chat.name, chat.size) == ("all", 1, "chat", 3.5)
    # The first person's coding of K2 counts; the second's is for agreement.
    assert chat.coded.tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert every.coded.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert found.twice.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_needs_stand_by_name_and_none_is_last(source, read):
    source.table("contacts", CONTACTS)
    source.table("codings", CODINGS)
    with read(days=DAYS) as one:
        found = sample(one, "need_code")
    assert found.labels == ("late", "rude", "unknown") and found.ruled.tolist() == [2, 1, 1]
    assert sum(stratum.coded for stratum in found.strata).tolist() == [
        [2, 0, 0],
        [0, 0, 0],
        [1, 0, 0],
    ]


def test_nothing_coded_is_said(source, read):
    source.table("contacts", CONTACTS)
    with read(days=DAYS) as one, pytest.raises(NotAvailable, match="no table codings"):
        sample(one, "owner")
    source.table("codings", CODINGS)
    days = date(2026, 1, 1), date(2026, 1, 2)
    with (
        read(days=days) as one,
        pytest.raises(NotAvailable, match="people coded none of these contacts"),
    ):
        sample(one, "owner")


def test_what_became_of_the_contacts_that_people_coded(source, read):
    """K5 is spam, K6 of another year, K9 nowhere, K1 was coded before it came."""
    source.table("contacts", CONTACTS)
    early = CODINGS.replace("K1 H1 human 2026-02-10T08:00", "K1 H1 human 2026-01-31T08:00")
    source.table("codings", early + "K9 H1 human 2026-02-11T08:00 late agent chat 2\n")
    with read(days=DAYS) as one:
        found = coded_contacts(one)
    assert found == CodedContacts(coded=6, used=3, outside=1, withdrawn=1, lost=1, early=1)
    with read(days=DAYS, scope=Scope(need_code=("late",))) as one:
        found = coded_contacts(one)
    assert (found.used, found.outside, found.lost) == (2, 2, 1)


def test_where_a_contact_has_no_code_the_rule_is_what_people_correct(source, read):
    """K3 has no owner: the rule's word is the machine's, as it is in what counts."""
    source.table("codings", CODINGS)
    rule = {"name": "none", "owner": "product", "need_code": "lost", "when": {"issue": ["x"]}}
    rules = Attribution.model_validate({"rules": [rule]}).rules
    head, *rows = CONTACTS.strip().splitlines()
    issues = ["x" if row.startswith("K3") else "y" for row in rows]
    told = "\n".join(f"{row} {issue}" for row, issue in zip(rows, issues, strict=True))
    source.table("contacts", f"{head} issue\n{told}")
    with read(days=DAYS, rules=rules) as one:
        owners, needs = sample(one, "owner"), sample(one, "need_code")
    assert owners.labels == ("agent", "business_process", "product", "unknown")
    assert owners.ruled.tolist() == [2, 1, 1, 0]
    every, _ = owners.strata
    assert every.coded[2].tolist() == [0, 0, 0, 1]  # by the rule product, by the person unknown
    assert needs.labels == ("late", "lost", "rude") and needs.ruled.tolist() == [2, 1, 1]


def test_people_correct_what_rules_say_of_contacts_without_a_code(planted):
    """Two in three contacts lose their code; a rule names a wrong owner of them all, and the sample finds the truth."""
    desk, truth = planted
    everything = {"channel": desk_channels(desk)}
    rule = {"name": "all", "owner": "product", "when": everything}
    rules = Attribution.model_validate({"rules": [rule]}).rules
    emptied = (
        "CREATE OR REPLACE TEMP VIEW contacts AS SELECT * REPLACE ("
        "CASE WHEN hash(contact_id) % 3 = 0 THEN owner END AS owner) FROM memory.main.contacts"
    )
    desk.engine.run(emptied)
    try:
        with contacts_read(desk, date(2025, 7, 1), date(2026, 6, 30), rules=rules) as one:
            found = sample(one, "owner")
    finally:
        desk.engine.run("DROP VIEW temp.contacts")
    strata = [Stratum(one.name, one.size, one.coded) for one in found.strata]
    shares = {one.name: one for one in corrected_shares(found.labels, found.ruled, strata)}
    assert shares["product"].raw > 0.6 and shares["product"].high < 0.6
    assert all(shares[o].low <= share <= shares[o].high for o, share in truth.owner_shares.items())


def desk_channels(desk):
    return [
        row[0]
        for row in desk.engine.rows(
            "SELECT DISTINCT channel FROM contacts WHERE channel IS NOT NULL"
        )
    ]


def test_people_correct_the_planted_errors_of_the_rules(planted):
    """Owner shares within their intervals, which the rules' shares are not; kappa holds that of the population."""
    desk, truth = planted
    with contacts_read(desk, date(2025, 7, 1), date(2026, 6, 30)) as one:
        found = sample(one, "owner")
    strata = [Stratum(one.name, one.size, one.coded) for one in found.strata]
    shares = {one.name: one for one in corrected_shares(found.labels, found.ruled, strata)}
    true, naive = truth.owner_shares, truth.coded_owner_shares
    assert all(one.low <= true[name] <= one.high for name, one in shares.items())
    assert shares["agent"].raw == pytest.approx(naive["agent"], abs=0.01)
    assert not shares["agent"].low <= naive["agent"] <= shares["agent"].high
    weighted = sum(one.coded * one.size / one.coded.sum() for one in found.strata)
    n = sum(one.coded.sum() for one in found.strata)
    kappa = agreement(found.labels, np.rint(weighted / weighted.sum() * n).T).kappa
    assert kappa.low <= truth.kappa_owner <= kappa.high
    assert agreement(found.labels, found.twice).agreed.value > 0.85
