"""What an A/B study reads of its customers, on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cs_lib import metrics, params
from cs_lib.metrics import PER_CUSTOMER
from cs_lib.metrics.perk_ab_test import USUAL_GUARDRAILS, look_days, next_look, usual_guardrails
from cs_lib.metrics.queries import beside
from cs_lib.metrics.queries import per_customer as pc
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.conftest import measured_of, moments, people_of, perk_study
from tests.perk_pages import assigned, bought, csv, faults, plan

HEAD = (
    "assignment_id experiment_id customer_id contact_id variant perk_kind assigned_at delivered_at"
    " expires_at face_value unit_cost stratum"
)
PEOPLE = f"""
{HEAD}
P1 e A K1 coupon coupon 2026-01-10T12:00 2026-01-10T13:00 2026-02-20 5 2 s1
P2 e B K2 control none 2026-01-11T12:00 - - - - s1
P3 e C K3 coupon coupon 2026-01-12T12:00 - - 7 2 s2
P4 e D - control none 2026-01-13T12:00 - - - - s2
"""
CONTACTS = """
contact_id customer_id opened_at status is_complaint need_code agent_id
K1 A 2026-01-09 resolved true late G1
K2 B 2026-01-10 resolved true late G2
K3 C 2026-01-11 resolved true broken G1
"""
ORDERS = """
order_id customer_id ordered_at cancelled_at amount
O1 A 2026-01-15 - 100
O2 A 2026-01-20 - 50
O3 A 2026-01-21 2026-01-22 999
O4 B 2026-01-20 - 30
O5 C 2026-03-20 - 30
"""


@pytest.fixture(autouse=True)
def people(source):
    source.table("perk_assignments", PEOPLE)


def test_orders_are_counted_each_and_cancelled_ones_never(source, units):
    source.table("orders", ORDERS)
    assert units("orders_30d") == {"P1": 2, "P2": 1, "P3": 0, "P4": 0}
    assert units("orders_90d")["P3"] == 1


@pytest.mark.parametrize(
    ("contact", "counted"),
    [
        ("2026-01-20 open - -", 1),
        ("2026-01-20 resolved false late", 1),
        ("2026-01-20 merged - -", 0),
        ("2026-01-20 spam - -", 0),
        ("2026-01-20 cancelled - -", 0),
        ("2026-02-09T12:00 open - -", 1),
        ("2026-02-09T12:00:01 open - -", 0),
        ("2026-01-10T12:00 open - -", 0),
    ],
    ids=[
        "open",
        "no complaint",
        "merged",
        "spam",
        "cancelled",
        "last moment",
        "too late",
        "same moment",
    ],
)
def test_contacts_count_what_was_opened_in_the_window_and_is_real(source, units, contact, counted):
    source.table("contacts", f"{CONTACTS}C9 A {contact} -")
    assert units("contacts_30d") == {"P1": counted, "P2": 0, "P3": 0, "P4": 0}


@pytest.mark.parametrize(
    ("contact", "value"),
    [
        ("A 2026-01-20 open true late", 1),
        ("A 2026-01-20 open true broken", 0),
        ("A 2026-01-20 open false late", 0),
        ("A 2026-01-20 open true -", 0),
        ("A 2026-01-20 spam true late", 0),
        ("A 2026-01-08 open true late", 0),
    ],
    ids=["same need", "other need", "no complaint", "no need", "spam", "before"],
)
def test_the_same_problem_again_is_a_complaint_with_the_need_that_led_to_the_perk(
    source, units, contact, value
):
    source.table("contacts", f"{CONTACTS}C9 {contact} -")
    assert units("repeat_complaint_30d") == {"P1": value, "P2": 0, "P3": 0, "P4": 0}


def test_a_customer_without_a_known_contact_has_no_problem_that_could_come_back(source, units):
    source.table("contacts", f"{CONTACTS}C9 D 2026-01-20 open true late -")
    assert units("repeat_complaint_30d")["P4"] == 0
    assert units("complaint_rate_30d")["P4"] == 1


def test_repeats_cannot_be_told_when_no_assignment_names_its_contact(source, observed, study):
    unnamed = PEOPLE.replace(" K1 ", " - ").replace(" K2 ", " - ").replace(" K3 ", " - ")
    source.table("perk_assignments", unnamed)
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="no assignment names a contact with a need"):
        moments(observed(), study, ["repeat_complaint_30d"])


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        ("f A - coupon coupon 2026-01-20", 1),
        ("f A - control none 2026-01-20", 0),
        ("f A - coupon - 2026-01-20", 0),
        ("f A - coupon coupon 2026-01-05", 0),
        ("f A - coupon coupon 2026-03-05", 0),
    ],
    ids=["a perk", "control there", "kind unknown", "before", "too late"],
)
def test_further_perks_are_those_of_other_tests_in_the_window(source, units, row, counted):
    source.table("perk_assignments", f"{PEOPLE}Q1 {row} - - - - -")
    assert units("perks_30d") == {"P1": counted, "P2": 0, "P3": 0, "P4": 0}


def test_two_further_perks_of_two_tests_are_two(source, units):
    more = "Q1 f A - x coupon 2026-01-20 - - - - -\nQ2 g A - x discount 2026-01-21 - - - - -"
    source.table("perk_assignments", PEOPLE + more)
    assert units("perks_30d")["P1"] == 2


def test_a_perk_is_used_within_the_window_after_assignment_or_not(source, units):
    source.table(
        "perk_redemptions",
        "assignment_id redeemed_at order_id discount_amount\nP1 2026-01-20 O1 5\nP1 2026-01-21 O2 5\n"
        "P3 2026-03-20 O5 5\nP2 2026-01-01 O9 5",
    )
    assert units("redeemed_30d") == {"P1": 1, "P2": 0, "P3": 0, "P4": 0}
    assert units("redeemed_90d")["P3"] == 1


def test_referrals_are_new_customers_who_name_this_one(source, units):
    source.table(
        "customers",
        "customer_id first_seen_at segment region referred_by\nA 2025-01-01 gold north -\n"
        "X 2026-01-20 new north A\nY 2026-01-21 new north A\nZ 2025-12-01 new north A\n"
        "W 2026-03-20 new north A\nV 2026-01-20 new north -",
    )
    assert units("referrals_30d") == {"P1": 2, "P2": 0, "P3": 0, "P4": 0}
    assert units("referrals_90d")["P1"] == 3


def test_a_ratio_brings_both_its_sums_and_no_column_of_its_own(source, observed, study):
    source.table("orders", ORDERS)
    source.table("contacts", f"{CONTACTS}C9 A 2026-01-20 open - - -")
    found = moments(observed(), study, ["order_value_30d", "contacts_per_1000_orders_30d"])
    coupon = found["order_value_30d"]["coupon"]
    assert sorted(coupon.names) == ["contacts_30d", "orders_30d", "revenue_30d"]
    sums = {name: coupon.n * coupon.of(name)[1] for name in coupon.names}
    assert sums == pytest.approx({"revenue_30d": 150, "orders_30d": 2, "contacts_30d": 1})


def surveys(*rows):
    head = "survey_id customer_id kind offered_at answered_at score scale_min scale_max"
    return "\n".join([head, *(f"S{i} {row} 1 5" for i, row in enumerate(rows))])


def heard(desk, study, name="csat_score_30d", until=None):
    """By variant: the scores heard, and how many were asked."""
    looks = [until] if until else []
    people = people_of(desk, study, [name], looks=looks)
    found = beside.answers(people, PER_CUSTOMER[name], until=until)
    return {
        v: (dict(zip(a.scores.values, a.scores.counts, strict=True)), a.offered)
        for v, a in found.items()
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["A csat 2026-01-15 2026-01-16 4"], ({4: 1}, 1)),
        (["A csat 2026-01-20 2026-01-21 1", "A csat 2026-01-15 2026-01-16 4"], ({4: 1}, 1)),
        (["A csat 2026-01-15 - -", "A csat 2026-01-20 2026-01-21 5"], ({}, 1)),
        (["A csat 2026-01-15 2026-02-20 4"], ({}, 1)),
        (["A csat 2026-02-09T12:00 2026-02-09T12:00 4"], ({4: 1}, 1)),
        (["A csat 2026-01-10T11:59 2026-01-12 4"], None),
        (["A csat 2026-02-10 2026-02-11 4"], None),
        (["A csat 2026-01-05 2026-01-06 1", "A csat 2026-01-15 2026-01-16 4"], ({4: 1}, 1)),
    ],
    ids=[
        "answered", "first counts", "silence first", "answered too late", "last moment",
        "offered before", "offered too late", "an earlier one does not count",
    ],
)  # fmt: skip
def test_the_first_survey_offered_in_the_window_speaks_if_answered_in_it(
    source, observed, study, rows, expected
):
    source.table("surveys", surveys(*rows))
    found = heard(observed(), study)
    assert found == ({} if expected is None else {"coupon": expected})


def test_recommendation_is_the_other_survey(source, observed, study):
    source.table("surveys", surveys("A csat 2026-01-15 2026-01-16 4", "B nps 2026-01-15 - -"))
    desk = observed()
    assert heard(desk, study, "recommend_score_30d") == {"control": ({}, 1)}
    assert heard(desk, study) == {"coupon": ({4: 1}, 1)}


def test_answers_of_customers_whose_window_is_open_are_not_read_yet(source, observed, study):
    source.table("surveys", surveys("A csat 2026-01-15 2026-01-16 4"))
    assert heard(observed("2026-02-09"), study) == {}


def test_answers_at_an_earlier_look_are_those_of_windows_over_by_then(source, observed, study):
    source.table("surveys", surveys("A csat 2026-01-15 2026-01-16 4"))
    desk = observed()
    assert heard(desk, study, until=date(2026, 2, 9)) == {}
    assert (
        heard(desk, study, until=date(2026, 2, 10)) == heard(desk, study) == {"coupon": ({4: 1}, 1)}
    )
    assert heard(observed("2026-02-10"), study) == {"coupon": ({4: 1}, 1)}


def test_histograms_count_customers_by_value_to_the_cent(source, observed, study):
    source.table("orders", ORDERS.replace("2026-01-20 - 50", "2026-01-20 - 50.004"))
    measured = measured_of(observed(), study, ["revenue_30d"])
    found = pc.histograms(measured, "revenue_30d")
    assert found["coupon"].values.tolist() == [0, 150] and found["coupon"].counts.tolist() == [1, 1]
    assert found["control"].values.tolist() == [0, 30]


def crowd(source, size=240, *, arms=("control", "coupon")):
    """Customers of ten agents with an amount each."""
    rng = np.random.default_rng(4)
    frame = assigned(size, arms)
    frame["contact_id"] = "K" + frame.customer_id
    frame["stratum"] = [f"s{i % 11:02}" for i in range(size)]
    contacts = pd.DataFrame(
        {
            "contact_id": frame.contact_id,
            "customer_id": frame.customer_id,
            "opened_at": frame.assigned_at - pd.Timedelta(days=1),
            "status": "resolved",
            "is_complaint": "true",
            "need_code": "n1",
            "agent_id": [None if i % 12 == 0 else f"G{i % 12}" for i in range(size)],
        }
    )
    amounts = rng.lognormal(3, 1, size).round(2) * (rng.random(size) < 0.6)
    frame["amount"], frame["agent"] = amounts, contacts.agent_id
    source.file("perk_assignments", csv(frame.drop(columns=["amount", "agent"])))
    source.file("contacts", csv(contacts))
    source.file("orders", csv(bought(frame[amounts > 0], amounts[amounts > 0])))
    return frame


def test_cluster_sums_equal_numpy_and_leave_out_customers_without_one(source, observed, study):
    frame = crowd(source)
    measured = measured_of(observed(), study, ["revenue_30d"], cluster="agent_id")
    found = pc.cluster_sums(measured, ["revenue_30d"], "agent_id")["revenue_30d"]
    cells = frame.dropna(subset="agent").groupby(["agent", "variant"]).amount
    expected = cells.agg(["size", "sum"])
    within = cells.agg(lambda v: ((v - v.mean()) ** 2).sum())
    assert [*zip(found.cluster, found.variant, strict=True)] == list(expected.index)
    assert found.n.tolist() == expected["size"].tolist()
    np.testing.assert_allclose(found.total, expected["sum"], rtol=1e-12)
    np.testing.assert_allclose(found.within, within, rtol=1e-9)


def test_cluster_moments_equal_numpy_with_the_covariates_beside_the_metric(source, observed, study):
    frame = crowd(source)
    names = ["revenue_30d", "orders_30d"]
    measured = measured_of(
        observed(), study, names, cluster="agent_id", covariates=["orders_before_30d"]
    )
    found = pc.cluster_moments(measured, names, ["orders_before_30d"], "agent_id")["revenue_30d"]
    known = frame.dropna(subset="agent")
    by = known.groupby(["agent", "variant"]).amount
    assert found.names == ("revenue_30d", "orders_before_30d")
    assert [*zip(found.cluster, found.variant, strict=True)] == list(by.size().index)
    np.testing.assert_allclose(found.mean[:, 0], by.mean(), rtol=1e-12)
    np.testing.assert_allclose(
        found.within[:, 0, 0], by.agg(lambda v: ((v - v.mean()) ** 2).sum()), rtol=1e-9
    )
    sums = pc.cluster_sums(measured, ["revenue_30d"], "agent_id")["revenue_30d"]
    np.testing.assert_array_equal(found.n, sums.n)
    assert not found.within[:, 0, 1].any()  # nobody had ordered before


@pytest.mark.parametrize("days", [1, 45, 100, 365])
def test_any_window_counts_to_its_last_moment_and_only_customers_followed_that_long(
    source, study, days
):
    """One buys exactly at the end of the window, one a second later; one is assigned a second too late."""
    last, second = pd.Timestamp("2026-06-01") - pd.Timedelta(days=days), pd.Timedelta(seconds=1)
    early = last - pd.Timedelta(days=1)
    frame = assigned(4)
    frame["assigned_at"] = [early, early, last + second, last]
    frame["delivered_at"] = frame.assigned_at.where(frame.variant == "coupon")
    orders = bought(frame.head(2), 10.0, after_days=days)
    orders["ordered_at"] += [0 * second, second]
    source.file("perk_assignments", csv(frame))
    source.file("orders", csv(orders))
    source.settings["observed_until"] = "2026-06-01T00:00:00"
    of = perk_study(period=[f"{early:%Y-%m-%d}", f"{last:%Y-%m-%d}"])
    found = moments(source.desk("2026-06-01"), of, [f"orders_{days}d"])[f"orders_{days}d"]
    known = {v: (m.n, m.mean.tolist()) for v, m in found.items()}
    assert known == {"control": (1, [1.0]), "coupon": (2, [0.0])}


def test_clusters_are_counted_by_variant_once_each(source, observed, study):
    frame = crowd(source)
    people = people_of(observed(), study)
    expected = frame.dropna(subset="agent").groupby("variant").agent.nunique().to_dict()
    assert people.clusters("agent_id") == expected


def test_moments_by_segment_equal_numpy_in_every_segment(source, observed, study):
    frame = crowd(source)
    frame["part"] = frame.agent.fillna("unknown")
    measured = measured_of(observed(), study, ["revenue_30d"], split_by=["agent_id"], days=30)
    found = pc.moments_by(measured, 30, "agent_id")
    sizes = frame.part.value_counts()
    largest = sorted(sizes.index, key=lambda p: (-sizes[p], p))[: pc.MOST_PARTS - 1]
    frame["part"] = frame.part.where(frame.part.isin(largest), pc.OTHERS)
    assert set(found) == {*largest, pc.OTHERS} and len(found) == pc.MOST_PARTS
    for (part, variant), amounts in frame.groupby(["part", "variant"]).amount:
        n, mean, variance = found[part][variant].of("revenue_30d")
        assert (n, mean) == (len(amounts), pytest.approx(amounts.mean(), rel=1e-12))
        assert variance == pytest.approx(amounts.var(), rel=1e-9)


def test_eight_segments_are_shown_as_they_are_and_a_ninth_is_put_with_the_smallest(
    source, observed, study
):
    for parts, shown in ((8, 8), (9, 8)):
        rows = [
            f"P{i} e C{i} - {'coupon' if i % 2 else 'control'} - 2026-01-10 - - - - s{i % parts}"
            for i in range(4 * parts)
        ]
        source.table("perk_assignments", "\n".join([HEAD, *rows]))
        source.table("orders", ORDERS)
        found = pc.moments_by(
            measured_of(observed(), study, ["orders_30d"], split_by=["stratum"], days=30),
            30,
            "stratum",
        )
        assert len(found) == shown
        assert (pc.OTHERS in found) == (parts > 8)
        assert sum(m.n for by in found.values() for m in by.values()) == 4 * parts


def test_a_segment_of_any_name_is_only_a_name(source, observed, study):
    name = "o'hara); DROP TABLE measured_30d; --"
    frame = assigned(40)
    frame["stratum"] = [name if i % 10 == 0 else f"s{i % 10}" for i in range(40)]
    source.file("perk_assignments", csv(frame))
    source.file("orders", csv(bought(frame.head(5))))
    found = pc.moments_by(
        measured_of(observed(), study, ["orders_30d"], split_by=["stratum"], days=30),
        30,
        "stratum",
    )
    assert found[name]["control"].n == 4


def test_a_segment_that_nobody_has_is_unknown(source, observed, study):
    source.table("orders", ORDERS)
    measured = measured_of(observed(), study, ["orders_30d"], split_by=["segment"], days=30)
    found = pc.moments_by(measured, 30, "segment")
    assert {part: {v: m.n for v, m in by.items()} for part, by in found.items()} == {
        "unknown": {"control": 2, "coupon": 2}
    }


def test_counts_by_part_and_by_day_count_everybody_assigned(source, observed, study):
    source.table("contacts", CONTACTS)
    people = people_of(observed("2026-01-20"), study)
    assert people.split_by("need_code", 30) == {
        "late": {"coupon": 1, "control": 1}, "broken": {"coupon": 1}, "unknown": {"control": 1},
    }  # fmt: skip
    assert people.arrivals["2026-01-12"] == {"coupon": 1}
    assert people.assigned == {"control": 2, "coupon": 2}


def test_days_are_those_of_the_shop_and_not_of_utc(source, observed, study):
    source.settings["timezone"] = "Asia/Shanghai"
    source.table("perk_assignments", PEOPLE.replace("2026-01-10T12:00", "2026-01-10T00:30"))
    people = people_of(observed(), study)
    assert people.arrivals["2026-01-10"] == {"coupon": 1}


def test_observed_are_those_whose_window_has_ended(source, observed, study):
    found = []
    for day in ("2026-02-10", "2026-02-11", "2026-02-12", "2026-02-13"):
        people = people_of(observed(day), study)
        found.append(people.observed(30))
    assert found == [
        {"coupon": 1}, {"coupon": 1, "control": 1}, {"coupon": 2, "control": 1},
        {"coupon": 2, "control": 2},
    ]  # fmt: skip


def test_delivered_are_those_who_got_theirs_before_the_cut(source, observed, study):
    people = people_of(observed(), study)
    assert people.delivered == {"control": 0, "coupon": 1}
    late = PEOPLE.replace("2026-01-10T13:00", "2026-03-10T13:00")
    source.table("perk_assignments", late)
    people = people_of(observed("2026-03-01"), study)
    assert people.delivered == {"control": 0, "coupon": 0}


REDEEMED = "assignment_id redeemed_at order_id discount_amount\n"


def test_a_redemption_before_its_assignment_is_counted_and_one_at_its_moment_is_not(
    source, observed, study
):
    rows = "P1 2026-01-10T11:59 O1 5\nP1 2026-01-10T12:00 O2 5\nP3 2026-01-11 O3 5"
    source.table("perk_redemptions", REDEEMED + rows)
    people = people_of(observed(), study)
    assert beside.redeemed(people) == ({"coupon": 2}, 2)


def test_without_a_table_of_redemptions_none_is_counted(observed, study):
    people = people_of(observed(), study)
    assert beside.redeemed(people) == ({}, 0)
    assert beside.unused_perks(people) == {}


@pytest.mark.parametrize(
    ("redeemed", "until", "left"),
    [
        ("P9 2026-01-15 O1 5", "2026-02-01", {"coupon": 5}),
        ("P9 2026-01-15 O1 5", "2026-02-21", {}),
        ("P1 2026-01-15 O1 5", "2026-02-01", {}),
    ],
    ids=["may still be used", "expired", "used"],
)
def test_perks_that_may_still_be_used_are_delivered_not_used_and_not_expired(
    source, observed, study, redeemed, until, left
):
    source.table("perk_redemptions", REDEEMED + redeemed)
    people = people_of(observed(until), study)
    assert beside.unused_perks(people) == left


@pytest.mark.parametrize(
    ("stamp", "both"),
    [("2026-01-20", 1), ("2025-12-20", 1), ("2026-02-20", 0), ("2025-12-01", 0)],
    ids=["after", "before", "long after", "long before"],
)
def test_overlaps_are_customers_in_another_test_within_the_window_either_side(
    source, observed, study, stamp, both
):
    source.table("perk_assignments", f"{PEOPLE}Q1 f A - coupon coupon {stamp} - - - - -")
    people = people_of(observed(), study)
    assert beside.overlaps(people, "e", days=30) == ({"f": {"coupon": 1}} if both else {})


def test_moments_at_a_look_are_those_that_data_cut_at_that_day_would_have_given(
    source, observed, study
):
    crowd(source)
    names = ["revenue_30d", "repurchase_30d", "order_value_30d", "revenue_7d"]
    days = ("2026-02-01", "2026-02-10", "2026-02-20", "2026-03-15")
    looks = [date.fromisoformat(day) for day in days]
    measured = measured_of(observed(), study, names, looks=looks)
    for day, look in zip(days, looks, strict=True):
        then = pc.moments(measured, until=look)
        now = pc.moments(measured_of(observed(day), study, names))
        assert {d: set(by) for d, by in then.items()} == {d: set(by) for d, by in now.items()}
        for days, by in now.items():
            for variant, expected in by.items():
                assert then[days][variant].n == expected.n
                np.testing.assert_allclose(then[days][variant].mean, expected.mean, rtol=1e-12)
                np.testing.assert_allclose(then[days][variant].cov, expected.cov, rtol=1e-9)
    assert then[30]["coupon"].n == 120


def test_a_look_in_the_future_sees_no_more_than_the_data_hold(source, observed, study):
    crowd(source)
    look = date(2026, 5, 1)
    measured = measured_of(observed("2026-02-15"), study, ["revenue_30d"], looks=[look])
    later = pc.moments(measured, until=look)[30]
    assert {v: m.n for v, m in later.items()} == {
        v: m.n for v, m in pc.moments(measured)[30].items()
    }


def gathered(source, study, as_of="2026-06-01"):
    source.settings["observed_until"] = f"{as_of}T00:00:00"
    return metrics.gather(source.desk(as_of), study)


def test_usual_guardrails_join_those_of_the_plan_and_give_way_to_them(source):
    crowd(source)
    study = plan(measure__guardrails={"complaint_rate_7d": 0.01, "contacts_30d": 0.5})
    found = gathered(source, study).guardrails
    assert found == {
        "complaint_rate_7d": 0.01, "contacts_30d": 0.5,
        "repeat_complaint_30d": USUAL_GUARDRAILS["repeat_complaint"],
        "perks_30d": USUAL_GUARDRAILS["perks"],
    }  # fmt: skip


def test_usual_guardrails_are_off_when_the_plan_says_so():
    assert usual_guardrails(plan(measure__usual_guardrails=False)) == {}


def test_a_secondary_metric_in_another_window_does_not_switch_a_guardrail_off():
    study = plan(measure__secondary=["complaint_rate_90d"])
    assert "complaint_rate_30d" in usual_guardrails(study)
    assert "complaint_rate_30d" not in usual_guardrails(
        plan(measure__secondary=["complaint_rate_30d"])
    )


def test_a_usual_guardrail_that_cannot_be_had_is_left_out_with_its_reason(source):
    source.table("orders", ORDERS)
    found = gathered(source, plan())
    assert set(found.guardrails) == {"perks_30d"}
    assert "has no table contacts" in found.absent["complaint_rate_30d"]
    assert "has no table contacts" in found.absent["repeat_complaint_30d"]


def test_a_guardrail_of_the_plan_that_cannot_be_had_is_refused(source):
    source.table("orders", ORDERS)
    with pytest.raises(NotAvailable, match="'visit_30d' is not available because"):
        gathered(source, plan(measure__guardrails={"visit_30d": 0.05}))


OPEN = {"design__period": ["2026-01-01", None]}


def test_planned_looks_are_those_that_are_past():
    study = plan(looks={"dates": ["2026-02-10", "2026-02-20", "2026-03-01"]})
    assert look_days(study, date(2026, 2, 20)) == [date(2026, 2, 10), date(2026, 2, 20)]
    assert look_days(plan(), date(2026, 2, 20)) == []


def test_looks_without_end_begin_when_the_first_window_has_ended_and_come_every_so_many_days():
    study = plan(looks={"spending": "always_valid", "every_days": 5}, **OPEN)
    assert look_days(study, date(2026, 1, 31)) == []
    assert look_days(study, date(2026, 2, 11)) == [
        date(2026, 2, 1), date(2026, 2, 6), date(2026, 2, 11),
    ]  # fmt: skip
    weekly = plan(looks={"spending": "always_valid"}, **OPEN)
    assert look_days(weekly, date(2026, 2, 8))[-1] == date(2026, 2, 8)


def test_looks_become_rarer_and_none_that_was_taken_is_ever_dropped():
    study = plan(looks={"spending": "always_valid", "every_days": 1}, **OPEN)
    seen: list[date] = []
    for days in range(25, 2500, 97):
        now = look_days(study, date(2026, 1, 1) + timedelta(days=days))
        assert now[: len(seen)] == seen
        seen = now
    assert 120 < len(seen) < 400
    gaps = {(b - a).days for a, b in pairwise(seen)}
    assert min(gaps) == 1 and gaps <= {1, 2, 4, 8, 16, 32}


def test_the_next_look_is_the_first_on_the_calendar_after_today():
    study = plan(looks={"spending": "always_valid", "every_days": 5}, **OPEN)
    assert next_look(study, date(2026, 2, 6)) == date(2026, 2, 11)
    assert next_look(study, date(2026, 2, 7)) == date(2026, 2, 11)
    assert next_look(study, date(2026, 1, 1)) == date(2026, 2, 1)


def test_stretches_cut_the_period_into_four_about_equal_parts_without_a_gap(source):
    crowd(source, 600)
    found = gathered(source, plan()).stretches
    ends = [[date.fromisoformat(day) for day in part.split("/")] for part in found]
    assert (ends[0][0], ends[-1][1]) == (date(2026, 1, 1), date(2026, 1, 30))
    assert all(b[0] == a[1] + timedelta(days=1) for a, b in pairwise(ends))
    sizes = [sum(m.n for m in by.values()) for by in found.values()]
    assert sum(sizes) == 600 and len(sizes) == 4
    assert max(sizes) - min(sizes) <= 2 * 20  # a day has 20


def test_stretches_of_a_few_days_or_of_one_busy_day_are_none_or_fewer(source):
    source.table("orders", ORDERS)
    assert len(gathered(source, plan()).stretches) == 4  # four days, a customer each
    source.table("perk_assignments", "\n".join(PEOPLE.strip().splitlines()[:4]))
    assert gathered(source, plan()).stretches == {}
    rows = [f"P{i} e C{i} - coupon - 2026-01-{d:02} - - - - -" for i, d in enumerate([5] * 90)]
    rest = [f"R{d} e R{d} - control - 2026-01-{d:02} - - - - -" for d in (6, 7, 8, 9)]
    source.table("perk_assignments", "\n".join([HEAD, *rows, *rest]))
    assert list(gathered(source, plan()).stretches) == [
        "2026-01-05/2026-01-05", "2026-01-06/2026-01-09",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"measure__covariates": ["redeemed_30d"]}, "'redeemed_30d' is measured after assignment"),
        ({"measure__covariates": ["orders_30d"]}, "'orders_30d' is measured after assignment"),
        ({"measure__segments": ["redeemed"]}, "measure.segments.0: must be one of"),
        ({"measure__segments": ["agent_id"]}, "measure.segments.0: must be one of"),
        ({"measure__segments": ["segment", "segment"]}, "'segment' stands twice; keep one"),
    ],
)  # fmt: skip
def test_what_was_not_known_before_is_refused_in_one_sentence(change, sentence):
    said = [fault for fault in faults(**change) if not fault.startswith("source")]
    assert len(said) == 1 and sentence in said[0]


def test_settings_edited_in_a_notebook_are_held_to_the_same_rules(source):
    """The parameters cell is not checked against the catalogue; what is computed from it is."""
    crowd(source)
    for change in (
        {"measure__covariates": ("orders_30d",)},
        {"measure__primary_metric": "repurchase_600d"},
    ):
        with pytest.raises(params.ParamsError, match=r"measured after|a window has"):
            gathered(source, plan(**change))


def test_a_cluster_in_two_variants_counts_once_where_most_of_its_customers_are(source, observed):
    source.table(
        "perk_assignments", f"{PEOPLE}P5 e E K1 control none 2026-01-14T12:00 - - - - s1\n"
    )
    source.table("contacts", CONTACTS)
    people = people_of(observed(), perk_study())
    # G1 has two with a coupon and one in control; of s2 it is one each, and control comes first.
    assert people.clusters("agent_id") == {"control": 1, "coupon": 1}
    assert people.clusters("stratum") == {"control": 2, "coupon": 0}
