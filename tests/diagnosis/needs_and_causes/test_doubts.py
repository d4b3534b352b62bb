"""What the page says when the tables are wrong: never a zero, and never an order that nobody may trust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cs_lib.diagnosis.needs_and_causes.actions import reply
from cs_lib.diagnosis.needs_and_causes.analyze import analyze
from cs_lib.diagnosis.needs_and_causes.news import news
from cs_lib.metrics.queries.needs.around import People
from cs_lib.metrics.queries.needs.codings import CodedContacts
from cs_lib.metrics.queries.needs.work import Recorded


def failed(result):
    return {check.code for check in result.checks if check.passed is False}


def test_contacts_without_a_need_are_to_be_coded_first(plain):
    evidence, study = plain
    cells = tuple(replace(c, need=None) if i % 3 else c for i, c in enumerate(evidence.cells))
    result = analyze(replace(evidence, cells=cells), study)
    assert result.decision.verdict == "measure_first" and "needs_coded" in failed(result)
    assert result.decision.clause == "needs_coded"


def test_codes_that_people_contradict_are_to_be_mended_first(plain):
    evidence, study = plain
    shuffled = tuple(replace(s, coded=np.roll(s.coded, 1, axis=1)) for s in evidence.owners.strata)
    result = analyze(replace(evidence, owners=replace(evidence.owners, strata=shuffled)), study)
    assert result.decision.verdict == "measure_first" and result.decision.clause == "codes_agree"


def test_without_a_sample_of_people_nothing_is_passed_and_no_share_has_an_interval(plain):
    evidence, study = plain
    result = analyze(replace(evidence, owners=None, needs=None, causes=None), study)
    check = next(c for c in result.checks if c.code == "codes_agree")
    assert check.passed is None and result.coding is None
    assert not any(np.isfinite(one.low) for one in result.owners)


def test_no_contact_at_all_is_no_passed_check(plain):
    evidence, study = plain
    totals = replace(
        evidence.totals, contacts=evidence.totals.contacts * 0, seconds=evidence.totals.seconds * 0
    )
    none = replace(evidence, cells=(), totals=totals, people=People(0, 0, 0), returns=())
    result = analyze(none, study)
    assert result.decision.verdict == "measure_first" and "needs_coded" in failed(result)
    assert result.needs == () and result.actions == ()


def test_a_customer_number_for_every_contact_is_no_customer_who_stays_away(plain):
    evidence, study = plain
    contacts = evidence.people.contacts
    result = analyze(replace(evidence, people=People(contacts, contacts, 0)), study)
    assert "customers_named" in failed(result)
    assert result.overall == (None, None) and all(one.came_back[1] is None for one in result.needs)
    assert all(
        one.prizes is None or one.prizes.for_good is None for one in result.needs if one.repeats
    )


def test_work_that_is_not_recorded_makes_contacts_the_unit_and_no_minutes(plain):
    evidence, study = plain
    cells = tuple(replace(c, timed=0, seconds=0) for c in evidence.cells)
    none = replace(evidence.totals, seconds=evidence.totals.seconds * 0)
    needs = tuple(Recorded(one.name, one.contacts, 0) for one in evidence.work.needs)
    work = replace(evidence.work, needs=needs)
    result = analyze(replace(evidence, cells=cells, totals=none, work=work), study)
    assert result.unit == "contacts" and all(one.prizes is None for one in result.needs)
    assert result.needs[0].place.total == pytest.approx(result.needs[0].contacts * 365 / 364)


@pytest.mark.parametrize(
    ("found", "passed", "said"),
    [
        (CodedContacts(600, 600, 0, 0, 0, 0), "none", ""),
        (CodedContacts(600, 500, 60, 20, 20, 0), False, "20 are not in the table"),
        (CodedContacts(600, 540, 50, 10, 0, 0), None, "50 are of other days"),
        (CodedContacts(600, 600, 0, 0, 0, 30), False, "30 were coded before they were opened"),
        (CodedContacts(600, 0, 0, 0, 600, 0), False, "0 of them are used"),
    ],
)
def test_codings_that_are_not_used_are_counted(plain, found, passed, said):
    evidence, study = plain
    result = analyze(replace(evidence, coded_contacts=found), study)
    checks = [check for check in result.checks if check.code == "codings_found"]
    assert [check.passed for check in checks] == ([] if passed == "none" else [passed])
    assert all(said in str(check.found) for check in checks)


def test_one_need_in_two_spellings_is_named(plain):
    evidence, study = plain
    days = evidence.code_days | {"Product Defect": evidence.code_days["product_defect"]}
    assert "spelt_alike" in failed(analyze(replace(evidence, code_days=days), study))


def test_a_code_that_began_is_a_change_of_coding_and_not_a_new_need(plain):
    evidence, study = plain
    weekly = evidence.weekly
    i = weekly.needs.index("refund_slow")
    counts = weekly.contacts.copy()
    counts[i, :-10] = 0
    counts[i, -10:] += 40
    last = evidence.code_days["refund_slow"][1]
    began = evidence.end - np.timedelta64(70, "D").item()
    found = news(
        replace(
            evidence,
            weekly=replace(weekly, contacts=counts),
            code_days=evidence.code_days | {"refund_slow": (began, last)},
        ),
        study,
    )
    assert found.began == (("refund_slow", began),)
    assert "refund_slow" not in {one.name for one in found.tested}


def test_a_week_without_contacts_while_orders_go_on_is_missing(plain):
    evidence, study = plain
    counts = evidence.weekly.contacts.copy()
    counts[:, -3] = 0
    result = analyze(replace(evidence, weekly=replace(evidence.weekly, contacts=counts)), study)
    assert result.decision.clause == "weeks_whole" and result.decision.verdict == "measure_first"


def test_needs_of_one_size_do_not_stand_out(plain):
    evidence, study = plain
    totals = evidence.totals
    k = len(totals.needs)
    same = replace(
        totals,
        seconds=np.full(k, 600_000),
        contacts=np.full(k, 1_000),
        second_products=np.diag(np.full(k, 4e8)),
    )
    result = analyze(replace(evidence, totals=same), study)
    assert result.decision.verdict == "nothing_stands_out" and result.first == 0


def test_a_need_that_was_decided_to_be_welcome_is_on_no_action_list(plain):
    evidence, study = plain
    top = analyze(evidence, study).actions[0].need
    design = study.design.model_copy(update={"replies": {top: "keep"}})
    kept = study.model_copy(update={"design": design})
    assert top not in {one.need for one in analyze(evidence, kept).actions}


@pytest.mark.parametrize(
    ("cause", "said"),
    [("P1", "remove"), ("P3", "simplify"), ("S4", "automate"), ("unknown", "remove")],
)
def test_what_is_usually_done_about_a_cause(cause, said):
    assert reply(cause) == said
