"""Names that change at a change: shared accounts, ids of another case, teams renamed, scores no longer given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cs_lib.metrics.queries.nobody import _shared
from tests.test_bad_flows import CHANGE, contacts, looking, orders

REPEATS = {
    "measure": {"primary_metric": "repeat_contact_rate_7d", "usual_guardrails": False},
    "rule": {"min_effect": 0.02},
}
SCOPED = {"design__scope": {"team_id": ["T1", "T2"]}}
CSAT = {
    "measure": {"primary_metric": "csat", "usual_guardrails": False},
    "rule": {"min_effect": 0.1},
}


@pytest.fixture
def see(source):
    """What a study of some tables comes to."""
    return looking(source)


def after(frame):
    return frame.opened_at >= CHANGE


def said(result, code):
    """Whether a check that failed blocks, and its words."""
    return [
        (c.blocks_decision, c.finding.replace("\u202f", " "))
        for c in result.checks
        if c.code == code and c.passed is False
    ]


def single():
    """Contacts of customers who seldom come twice."""
    frame = contacts()
    who = np.random.default_rng(4).integers(0, 3_000, len(frame))
    return frame.assign(customer_id=[f"K{i}a" for i in who])


def test_ten_accounts_that_many_share_are_no_customers(see):
    frame = single()
    shared = after(frame) & (frame.index % 2 == 0)
    frame.loc[shared, "customer_id"] = [f"S{i % 10}" for i in range(shared.sum())]
    ((_, words),) = said(see(contacts=frame, changes=REPEATS), "customers_known")
    assert "“S0” (" in words


def test_a_gap_below_many_values_is_wider_than_their_tail_makes():
    single_ones = [9, 8, 8, *[7] * 10, *[6] * 20, *[5] * 40]
    assert _shared([60] * 10 + single_ones, 3_000) == 10
    assert _shared(single_ones, 3_000) == 0
    # Firms: each next has its rank's share, and the first has three times the second.
    firms = [int(3_000 / rank) for rank in range(1, 80)]
    assert _shared(firms, sum(firms)) == 0
    assert _shared([9_000, *firms], sum(firms) + 9_000) == 0


def test_ids_in_small_letters_in_half_of_the_contacts_are_named(see):
    frame = single()
    half = after(frame) & (frame.index % 2 == 0)
    frame["customer_id"] = frame.customer_id.str.upper()
    frame.loc[half, "customer_id"] = frame.customer_id.str.lower()
    ((_, words),) = said(see(contacts=frame, changes=REPEATS), "spelt_alike")
    assert "Values are written in several ways" in words


def test_ids_that_count_with_both_cases_are_ids(see):
    frame = single()
    letters = np.array(list("abcdABCD"))
    who = np.random.default_rng(4).integers(0, 8, (len(frame), 4))
    frame["customer_id"] = ["".join(one) for one in letters[who]]
    assert said(see(contacts=frame, changes=REPEATS), "spelt_alike") == []


def test_a_team_of_the_scope_that_goes_on_under_another_name_withholds_the_effect(see):
    frame = contacts()
    frame.loc[after(frame) & (frame.team_id == "T2"), "team_id"] = "T2 new"
    ((blocks, words),) = said(see(contacts=frame, changes=SCOPED), "scope_kept")
    assert blocks and "“T2” (team" in words and "Outside the scope “T2 new” has contacts" in words


def test_a_team_named_by_both_its_names_is_one(see):
    frame = contacts()
    frame.loc[after(frame) & (frame.team_id == "T2"), "team_id"] = "T2 new"
    both = {"design__scope": {"team_id": ["T1", "T2", "T2 new"]}}
    assert said(see(contacts=frame, changes=both), "scope_kept") == []


def surveys(frame):
    """An answer to each contact, a score of 1 in a fifth of them and of 5 in the others."""
    asked = pd.DataFrame({"survey_id": frame.contact_id, "contact_id": frame.contact_id})
    asked["offered_at"] = asked["answered_at"] = frame.opened_at + pd.Timedelta(hours=1)
    score = np.where(np.random.default_rng(5).random(len(frame)) < 0.2, 1, 5)
    return asked.assign(kind="csat", score=score, scale_min=1, scale_max=5)


@pytest.mark.parametrize("lost", [False, True], ids=["all there", "low scores lost"])
def test_a_score_that_ends_at_the_change_withholds_satisfaction(see, lost):
    frame = contacts()
    asked = surveys(frame)
    if lost:
        asked = asked[(asked.offered_at < CHANGE) | (asked.score > 1)]
    found = said(see(contacts=frame, surveys=asked, changes=CSAT), "scores_kept")
    if not lost:
        assert found == []
    else:
        ((blocks, words),) = found
        assert blocks and "The score 1 was given before the change and never after it" in words


def test_satisfaction_whose_low_scores_end_cannot_be_a_guardrail(see):
    frame = contacts()
    asked = surveys(frame)
    asked = asked[(asked.offered_at < CHANGE) | (asked.score > 1)]
    measure = {"primary_metric": "contact_rate", "guardrails": {"csat": 0.1}}
    result = see(
        contacts=frame,
        surveys=asked,
        orders=orders(),
        changes={"measure": measure, "rule": {"min_effect": 20}},
    )
    assert "csat" not in {rail.metric for rail in result.guardrails}
    assert any("The score 1" in c.finding for c in result.checks if c.code == "guardrail_available")


@pytest.mark.parametrize("since", ["the change", "the start"])
def test_ids_of_sessions_in_place_of_customers_withhold_who_comes_back(see, since):
    frame = single()
    known = pd.DataFrame({"customer_id": sorted(frame.customer_id.unique())})
    half = (frame.index % 2 == 0) & (after(frame) if since == "the change" else True)
    frame.loc[half, "customer_id"] = [f"K{90_000 + i}a" for i in range(half.sum())]
    ((blocks, words),) = said(
        see(contacts=frame, customers=known, changes=REPEATS), "customers_known"
    )
    assert blocks and "rows in contacts name a customer who is not in customers" in words
    assert ("from 2 March 2026 on, 0 % in the weeks before" in words) == (since == "the change")


def test_customers_who_are_known_are_no_strangers(see):
    frame = single()
    known = pd.DataFrame({"customer_id": sorted(frame.customer_id.unique())})
    assert said(see(contacts=frame, customers=known, changes=REPEATS), "customers_known") == []


def test_contacts_about_orders_of_others_withhold_who_comes_back(see):
    """Without a table of customers the orders tell."""
    frame, bought = single(), orders()
    frame["order_id"] = np.resize(bought.order_id.to_numpy(), len(frame))
    owners = dict(zip(frame.order_id, frame.customer_id, strict=True))
    bought["customer_id"] = bought.order_id.map(owners).fillna("K0a")
    frame["customer_id"] = frame.order_id.map(owners)
    assert said(see(contacts=frame, orders=bought, changes=REPEATS), "customers_known") == []
    half = frame.index % 2 == 0
    frame.loc[half, "customer_id"] = [f"K{90_000 + i}a" for i in range(half.sum())]
    ((blocks, words),) = said(
        see(contacts=frame, orders=bought, changes=REPEATS), "customers_known"
    )
    assert blocks and "name another customer than their order_id in orders" in words
