"""Tables that cannot be believed: what a perk test says of them instead of a zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cs_lib import experiment, metrics
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.trust import looked_at, rows_read
from cs_lib.params import PerkPlan
from tests.perk_pages import assigned, bought, csv, plan

CODES = ("keys_found", "columns_filled", "tables_whole", "moments_known")
CUT = "2026-06-01"
PLAN = {
    "study": "plan",
    "notebook": "experiment_plan",
    "question": "How large must a test of a coupon be?",
    "as_of": CUT,
    "source": "tiny",
    "design": {
        "experiment": "spring",
        "control": "control",
        "arms": ["coupon"],
        "split": {"control": 0.5, "coupon": 0.5},
        "start": "2026-06-06",
        "history": ["2026-01-01", "2026-02-28"],
    },
    "measure": {"primary_metric": "repurchase_30d"},
    "rule": {"alpha": 0.05, "power": 0.8, "min_effect": 0.05},
}


@pytest.fixture
def analyse(source):
    """The result of a study of these tables."""

    def result(study=None, **tables: pd.DataFrame):
        source.settings["observed_until"] = f"{CUT}T00:00:00"
        for name, frame in tables.items():
            source.file(name, csv(frame))
        study = study or plan()
        return experiment.analyze(metrics.gather(source.desk(CUT), study), study)

    return result


def told(result):
    """What failed of the checks of the tables: whether it blocks, and the sentence."""
    failed = [c for c in result.checks if c.code in CODES and c.passed is False]
    return {c.code: (c.blocks_decision, str(c.found).replace("\u202f", " ")) for c in failed}


def every_day(people, of_day=6):
    """So many orders of theirs on each day from November to the cut, at ten past noon."""
    days = pd.date_range("2025-11-01", "2026-05-31")
    at = np.repeat(days.to_numpy(), of_day) + np.timedelta64(730, "m")
    i = np.arange(len(at))
    who = people.customer_id.to_numpy()[i % len(people)]
    return pd.DataFrame(
        {"order_id": [f"O{k}" for k in i], "customer_id": who, "ordered_at": at, "amount": 10.0}
    )


def contacts_of(people):
    """One complaint of each customer a day after assignment."""
    frame = pd.DataFrame(
        {"contact_id": "K" + people.customer_id, "customer_id": people.customer_id}
    )
    frame["opened_at"] = people.assigned_at + pd.Timedelta(days=1)
    frame["status"], frame["is_complaint"] = "open", "true"
    return frame


def test_sound_tables_are_believed(analyse):
    people = assigned()
    result = analyse(perk_assignments=people, orders=every_day(people))
    assert told(result) == {}
    assert {c.code for c in result.checks} >= {"keys_found", "columns_filled", "tables_whole"}


@pytest.mark.parametrize(
    ("change", "example"),
    [
        (lambda ids: ids.str.lstrip("0").replace("", "0"), "'00000' for '0'"),
        (lambda ids: ids + ".0", "'00000' for '00000.0'"),
        (lambda ids: " " + ids, "'00000' for ' 00000'"),
        (lambda ids: ids.str.translate({48 + i: 0xFF10 + i for i in range(10)}), "'00000' for '０００００'"),
        (lambda ids: "\u200b" + ids, "'00000' for '\u200b00000'"),
    ],
    ids=["no leading zeros", "a point and zero", "a blank", "full width", "a sign nobody sees"],
)  # fmt: skip
def test_ids_written_in_two_ways_are_named(analyse, change, example):
    people = assigned()
    people["customer_id"] = people.customer_id.str.replace("C0", "0")
    orders = every_day(people)
    orders["customer_id"] = change(orders.customer_id)
    result = analyse(perk_assignments=people, orders=orders)
    blocks, sentence = told(result)["keys_found"]
    assert blocks and example in sentence
    assert result.decision.verdict == "invalid"


def test_ids_in_other_letters_are_named_though_some_agree(analyse):
    people = assigned()
    orders = every_day(people)
    late = orders.ordered_at >= pd.Timestamp("2026-01-20")
    orders.loc[late, "customer_id"] = orders.customer_id.str.lower()
    orders = orders[late | orders.customer_id.isin(people.customer_id[:200])]
    _, sentence = told(analyse(perk_assignments=people, orders=orders))["keys_found"]
    assert "'C00200' for 'c00200'" in sentence


@pytest.mark.parametrize(
    "written",
    [
        lambda ids: "'" + ids,
        lambda ids: ids.str.replace("C", "C-"),
        lambda ids: ids.str.replace("C", "") + "E+04",
    ],
    ids=["a quotation mark", "a hyphen", "as a number"],
)
def test_ids_written_anew_from_a_day_on_are_named(analyse, written):
    people = assigned()
    orders = every_day(people)
    late = orders.ordered_at >= pd.Timestamp("2026-01-20")
    orders.loc[late, "customer_id"] = written(orders.customer_id[late]).str.lower()
    orders.loc[~late, "customer_id"] = orders.customer_id[~late]
    blocks, sentence = told(analyse(perk_assignments=people, orders=orders))["keys_found"]
    assert blocks and "From 20 January 2026 on 100 % of rows in orders have no customer" in sentence


def test_orders_of_others_are_no_new_way_of_writing(analyse):
    people = assigned()
    orders = every_day(people)
    guests = orders.index % 5 == 0
    orders.loc[guests, "customer_id"] = "guest-" + orders.index.astype(str)[guests]
    assert told(analyse(perk_assignments=people, orders=orders)) == {}


def test_redemptions_that_lead_nowhere_are_a_doubt(analyse):
    people = assigned()
    used = people[people.variant == "coupon"][:100]
    uses = pd.DataFrame(
        {"redemption_id": "R" + used.assignment_id, "assignment_id": used.assignment_id}
    )
    uses["redeemed_at"] = used.assigned_at + pd.Timedelta(days=3)
    uses.loc[uses.index[:40], "assignment_id"] = "Z" + uses.assignment_id[:40]
    uses = uses.assign(discount_amount=1.0)
    result = analyse(perk_assignments=people, orders=every_day(people), perk_redemptions=uses)
    blocks, sentence = told(result)["keys_found"]
    assert not blocks and "40 of 100 perk_redemptions.assignment_id lead nowhere" in sentence


def test_orders_of_nobody_are_no_zeros(analyse):
    people = assigned()
    orders = every_day(people)
    orders["customer_id"] = "X" + orders.index.astype(str)
    blocks, sentence = told(analyse(perk_assignments=people, orders=orders))["keys_found"]
    assert blocks and "None of 400 customers is in orders" in sentence


def test_a_variant_that_nobody_knows_is_named(analyse):
    people = assigned()
    orders = every_day(people)
    gone = people.customer_id[people.variant == "coupon"]
    orders = orders[~orders.customer_id.isin(gone)]
    blocks, sentence = told(analyse(perk_assignments=people, orders=orders))["keys_found"]
    assert blocks and "No customer of coupon is in orders" in sentence


def test_who_bought_long_ago_and_never_again_is_known(analyse):
    people = assigned()
    orders = pd.concat(
        [
            every_day(people[people.variant == "control"]),
            bought(people[people.variant == "coupon"], after_days=-300).assign(order_id="Old" + people.customer_id),
        ]
    )  # fmt: skip
    assert "keys_found" not in told(analyse(perk_assignments=people, orders=orders))


@pytest.mark.parametrize("share", [0.4, 0.08])
def test_amounts_missing_in_one_variant_are_no_zeros(analyse, share):
    people = assigned()
    orders = every_day(people, of_day=12)
    odd = orders.customer_id.isin(people.customer_id[people.variant == "coupon"])
    orders["amount"] = orders.amount.where(
        ~odd | (np.arange(len(orders)) // 2 % 100 >= 100 * share)
    )
    result = analyse(perk_assignments=people, orders=orders)
    blocks, sentence = told(result)["columns_filled"]
    assert blocks and "lack orders.amount (0.0 % control and" in sentence


def test_amounts_nobody_needs_may_be_missing(analyse):
    people = assigned()
    orders = every_day(people).assign(amount=np.nan)
    result = analyse(plan(money=None), perk_assignments=people, orders=orders)
    assert told(result) == {}


def test_amounts_that_nobody_recorded_are_not_available(analyse):
    people = assigned()
    orders = every_day(people).assign(amount=np.nan)
    with pytest.raises(NotAvailable, match=r"amount is empty in every row of orders"):
        analyse(perk_assignments=people, orders=orders)


def test_a_margin_of_their_own_makes_amounts_needless(analyse):
    people = assigned()
    orders = every_day(people).assign(amount=np.nan, margin=3.0)
    result = analyse(perk_assignments=people, orders=orders)
    assert told(result) == {} and result.comparisons[0].net_value is not None


def test_a_guardrail_without_its_column_is_missing_and_says_so(analyse):
    people = assigned()
    contacts = contacts_of(people).drop(columns="is_complaint")
    result = analyse(perk_assignments=people, orders=every_day(people), contacts=contacts)
    assert "is_complaint is empty in every row of contacts" in str(
        result.absent["complaint_rate_30d"]
    )
    assert "usual guardrails missing" in str(result.decision.reason)
    assert all(g.metric != "complaint_rate_30d" for c in result.comparisons for g in c.guardrails)


def test_a_guardrail_filled_in_one_variant_only_is_missing_and_the_rest_stands(analyse):
    people = assigned()
    contacts = contacts_of(people)
    contacts["is_complaint"] = contacts.is_complaint.where(people.variant == "control")
    result = analyse(perk_assignments=people, orders=every_day(people), contacts=contacts)
    blocks, sentence = told(result)["columns_filled"]
    assert not blocks and "contacts.is_complaint" in sentence
    assert "complaint_rate_30d" in result.absent
    assert all(g.metric != "complaint_rate_30d" for c in result.comparisons for g in c.guardrails)
    assert result.decision.verdict != "invalid"


def test_a_guardrail_of_the_plan_that_cannot_be_had_blocks(analyse):
    people = assigned()
    contacts = contacts_of(people)
    contacts["is_complaint"] = contacts.is_complaint.where(people.variant == "control")
    study = plan(measure__guardrails={"complaint_rate_30d": 0.05})
    result = analyse(study, perk_assignments=people, orders=every_day(people), contacts=contacts)
    assert told(result)["columns_filled"][0] and result.decision.verdict == "invalid"


def test_a_perk_that_costs_nobody_knows_what_is_not_free(analyse):
    people = assigned().drop(columns="unit_cost")
    blocks, sentence = told(analyse(perk_assignments=people, orders=every_day(people)))[
        "columns_filled"
    ]
    assert blocks and "Neither unit_cost nor a discount" in sentence


def test_a_cost_without_deliveries_is_not_available(analyse):
    people = assigned().drop(columns="delivered_at")
    with pytest.raises(NotAvailable, match="delivered_at"):
        analyse(perk_assignments=people, orders=every_day(people))


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (lambda at: (at < "2026-02-05") | (at >= "2026-02-26"), "only 0 rows in orders from 5 February to 25"),
        (lambda at: at < "2026-02-09", "where it ends early"),
    ],
    ids=["a hole", "an early end"],
)  # fmt: skip
def test_orders_that_lack_weeks_are_named(analyse, kept, said):
    people = assigned()
    orders = every_day(people)
    result = analyse(perk_assignments=people, orders=orders[kept(orders.ordered_at)])
    blocks, sentence = told(result)["tables_whole"]
    assert blocks and said in sentence


def test_orders_copied_for_two_weeks_are_named(analyse):
    people = assigned()
    orders = every_day(people)
    copied = orders[orders.ordered_at.between("2026-02-01", "2026-02-15")]
    copies = [copied.assign(order_id=f"{i}" + copied.order_id) for i in range(3)]
    result = analyse(perk_assignments=people, orders=pd.concat([orders, *copies]))
    assert "were rows imported or copied?" in told(result)["tables_whole"][1]


def test_orders_that_begin_after_the_test_are_named(analyse):
    people = assigned()
    orders = every_day(people)
    result = analyse(perk_assignments=people, orders=orders[orders.ordered_at >= "2026-01-15"])
    blocks, sentence = told(result)["tables_whole"]
    assert blocks and "only 0 rows in orders from 3 January to 14 January 2026" in sentence


def test_orders_that_are_there_twice_are_copies_and_no_revenue(analyse):
    people = assigned()
    orders = every_day(people)
    twice = orders[orders.customer_id.isin(people.customer_id[people.variant == "coupon"])]
    every = pd.concat([orders, twice.assign(order_id="D" + twice.order_id)])
    blocks, sentence = told(analyse(perk_assignments=people, orders=every))["tables_whole"]
    assert blocks
    assert "have the customer, the minute and the amount of another: copies?" in sentence
    result = analyse(plan(money=None), perk_assignments=people, orders=every)
    assert "tables_whole" not in told(result)


@pytest.mark.parametrize(
    ("times", "said"),
    [(100, "are 16 or less in"), (0, "are 0 or less in")],
    ids=["cents", "nothing"],
)
def test_amounts_of_another_size_from_a_day_on_are_named(analyse, times, said):
    people = assigned(800)
    orders = every_day(people, of_day=30)
    late = orders.ordered_at >= pd.Timestamp("2026-01-25")
    orders["amount"] = orders.amount.where(~late, orders.amount * times)
    blocks, sentence = told(analyse(perk_assignments=people, orders=orders))["columns_filled"]
    assert blocks and said in sentence


def test_orders_for_nothing_may_be_the_perk(analyse):
    people = assigned(800)
    orders = every_day(people, of_day=30)
    theirs = orders.customer_id.isin(people.customer_id[people.variant == "coupon"])
    orders["amount"] = orders.amount.where(~theirs, 0.0)
    blocks, _ = told(analyse(perk_assignments=people, orders=orders))["columns_filled"]
    assert not blocks


@pytest.mark.parametrize("in_both", [True, False])
def test_complaints_that_are_nobodys_were_not_recorded(analyse, in_both):
    people = assigned(1200)
    contacts = contacts_of(people)
    theirs = in_both | (people.variant == "coupon")
    contacts["is_complaint"] = contacts.is_complaint.where(~theirs, "false")
    result = analyse(perk_assignments=people, orders=every_day(people), contacts=contacts)
    assert "so it looks as if nobody recorded it" in str(result.absent["complaint_rate_30d"])
    assert all(g.metric != "complaint_rate_30d" for c in result.comparisons for g in c.guardrails)


def test_days_in_place_of_moments_cannot_be_placed(analyse):
    people = assigned()
    orders = every_day(people)
    orders["ordered_at"] = orders.ordered_at.dt.normalize()
    blocks, sentence = told(analyse(perk_assignments=people, orders=orders))["moments_known"]
    assert blocks and "100 % of orders.ordered_at are midnight sharp" in sentence


def test_days_on_both_sides_are_days(analyse):
    people = assigned()
    people["assigned_at"] = people["delivered_at"] = people.assigned_at.dt.normalize()
    orders = every_day(people)
    orders["ordered_at"] = orders.ordered_at.dt.normalize()
    assert told(analyse(perk_assignments=people, orders=orders)) == {}


def test_windows_of_which_none_has_ended_are_not_complete(source):
    people = assigned()
    for name, frame in (("perk_assignments", people), ("orders", every_day(people)[:300])):
        source.file(name, csv(frame))
    study = plan()
    desk = source.desk("2026-06-01")
    result = experiment.analyze(metrics.gather(desk, study), study)
    check = next(c for c in result.checks if c.code == "outcome_windows")
    assert check.passed is False and "observed_until" in str(check.found)


@pytest.mark.parametrize("other", ["E", "e ", "\u200be", "ｅ"])
def test_an_experiment_spelt_in_two_ways_leaves_nobody_out_silently(analyse, other):
    people = assigned()
    people.loc[people.index % 10 == 0, "experiment_id"] = other
    with pytest.raises(NotAvailable, match=r"perk_assignments also has .* \(40 rows\)"):
        analyse(perk_assignments=people, orders=every_day(people))


def test_a_plan_whose_orders_are_of_nobody_has_no_usual_level(source):
    people = assigned()
    contacts = contacts_of(people).assign(status="resolved")
    contacts["resolved_at"] = contacts.opened_at + pd.Timedelta(hours=2)
    source.file("contacts", csv(contacts))
    source.file("orders", csv(every_day(people).assign(customer_id="X1")))
    source.settings["observed_until"] = f"{CUT}T00:00:00"
    study = PerkPlan.model_validate(PLAN)
    with pytest.raises(NotAvailable, match="none of 400 customers is in orders"):
        metrics.gather(source.desk(CUT), study)


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "all at once"])
def test_of_large_tables_some_rows_tell_the_same(analyse, monkeypatch, at_once):
    people = assigned()
    if at_once:
        people["assigned_at"] = people["delivered_at"] = pd.Timestamp("2026-01-05 10:00:01")
    orders = every_day(people, of_day=24)
    orders["ordered_at"] += pd.to_timedelta(np.arange(len(orders)) % 600, unit="s")
    late = orders.ordered_at >= pd.Timestamp("2026-01-20")
    twice = pd.concat([orders, orders[late].assign(order_id="twice" + orders.order_id)])
    anew = orders.assign(customer_id=orders.customer_id.where(~late, "#" + orders.customer_id))
    codes = []
    for rows in (200_000, 1_000):
        monkeypatch.setattr(looked_at, "LOOKED_AT", rows)
        for reader in (looked_at, rows_read):
            monkeypatch.setattr(reader, "LEAST_LOOKED_AT", 20)
        found = [told(analyse(perk_assignments=people, orders=o)) for o in (orders, twice, anew)]
        codes.append([sorted(one) for one in found])
    assert codes[0] == codes[1]
    assert codes[0][0] == [] and "tables_whole" in codes[0][1] and "keys_found" in codes[0][2]
