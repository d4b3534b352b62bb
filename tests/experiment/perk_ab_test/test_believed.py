"""Tables that are wrong in one variant or from a day on: no perk test gives a verdict of them without a word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cs_lib import experiment, metrics
from tests.perk_pages import assigned, csv, plan

CUT = "2026-06-01"
LATE = pd.Timestamp("2026-01-20")


@pytest.fixture
def analyse(source):
    """The result of a study of these tables."""

    def result(**tables: pd.DataFrame):
        source.settings["observed_until"] = f"{CUT}T00:00:00"
        for name, frame in tables.items():
            source.file(name, csv(frame))
        study = plan()
        return experiment.analyze(metrics.gather(source.desk(CUT), study), study)

    return result


def told(result, code):
    """Whether a check that failed blocks, and its words; nothing where it passed."""
    failed = [c for c in result.checks if c.code == code and c.passed is False]
    return [(c.blocks_decision, str(c.found).replace("\u202f", " ")) for c in failed]


def orders(people, *, of_day=8):
    """Orders of many sizes, so many of theirs on each day from November to the cut."""
    days = pd.date_range("2025-11-01", "2026-05-31")
    rng = np.random.default_rng(5)
    at = np.repeat(days.to_numpy(), of_day) + rng.integers(1, 86_400, len(days) * of_day).astype(
        "timedelta64[s]"
    )
    frame = pd.DataFrame({"order_id": [f"O{k}" for k in range(len(at))], "ordered_at": at})
    frame["customer_id"] = rng.choice(people.customer_id.to_numpy(), len(at))
    return frame.assign(amount=rng.lognormal(4, 0.7, len(at)).round(2))


def of_coupon(people, frame):
    return frame.customer_id.map(people.set_index("customer_id").variant) == "coupon"


def uses(people, bought, n=60):
    """The first uses of the coupon, each on an order of its customer."""
    mine = bought[of_coupon(people, bought)].drop_duplicates("customer_id")
    mine = mine.merge(people[["customer_id", "assignment_id"]], on="customer_id")[:n]
    frame = mine[["assignment_id", "order_id"]].assign(discount_amount=5.0)
    when = people.set_index("assignment_id").assigned_at + pd.Timedelta(days=1)
    return frame.assign(redeemed_at=frame.assignment_id.map(when))


def test_sound_tables_are_believed(analyse):
    people = assigned()
    bought = orders(people)
    result = analyse(perk_assignments=people, orders=bought, perk_redemptions=uses(people, bought))
    for code in ("balance", "columns_filled", "keys_found", "tables_whole", "no_perk_in_control"):
        assert told(result, code) == []


@pytest.mark.parametrize("fault", ["in cents", "lost"])
def test_orders_of_one_variant_that_differ_before_the_start_withhold_the_effect(analyse, fault):
    people = assigned()
    frame = orders(people)
    mine = of_coupon(people, frame)
    if fault == "lost":
        frame = frame[~mine | (frame.index % 3 == 0)]
    else:
        frame.loc[mine, "amount"] *= 100
    result = analyse(perk_assignments=people, orders=frame)
    ((blocks, words),) = told(result, "balance")
    assert blocks and "Customers assigned by chance are never so different" in words
    assert result.decision.verdict == "invalid"


def test_a_large_customer_in_a_small_variant_is_bad_luck(analyse):
    people = assigned()
    frame = orders(people)
    frame.loc[frame.index[frame.customer_id == people.customer_id[1]][:1], "amount"] = 1e6
    assert not any(
        blocks for blocks, _ in told(analyse(perk_assignments=people, orders=frame), "balance")
    )


def test_a_control_that_was_given_the_perk_is_no_control(analyse):
    people = assigned()
    given = (people.variant == "control") & (people.index % 5 == 0)
    people.loc[given, "perk_kind"] = "coupon"
    people.loc[given, "delivered_at"] = people.assigned_at
    ((blocks, words),) = told(
        analyse(perk_assignments=people, orders=orders(people)), "no_perk_in_control"
    )
    assert blocks and f"{given.sum()} of 200 control customers were given a perk" in words


def test_perks_that_cost_nothing_are_a_doubt(analyse):
    people = assigned().assign(unit_cost=0.0)
    ((blocks, words),) = told(
        analyse(perk_assignments=people, orders=orders(people)), "columns_filled"
    )
    assert not blocks and "200 perks of coupon were delivered and not one cost anything" in words


def test_perks_used_on_orders_of_others_are_a_doubt(analyse):
    people = assigned()
    bought = orders(people)
    used = uses(people, bought)
    guests = bought.order_id.isin(used.order_id[:20])
    bought.loc[guests, "customer_id"] = "guest"
    result = analyse(perk_assignments=people, orders=bought, perk_redemptions=used)
    ((blocks, words),) = told(result, "keys_found")
    assert not blocks and "20 of 60 uses of a perk were on an order of another customer" in words


def test_amounts_in_another_currency_from_a_day_on_withhold_the_money(analyse):
    people = assigned()
    frame = orders(people)
    frame.loc[frame.ordered_at >= LATE, "amount"] *= 7
    result = analyse(perk_assignments=people, orders=frame)
    ((blocks, words),) = told(result, "columns_filled")
    assert blocks and "another unit or currency?" in words and "orders.amount" in words


def test_a_season_of_larger_orders_is_no_other_unit(analyse):
    people = assigned()
    frame = orders(people)
    feast = frame.ordered_at.between("2025-12-10", "2026-01-05")
    frame.loc[feast, "amount"] *= 1.3
    assert told(analyse(perk_assignments=people, orders=frame), "columns_filled") == []


def test_complaints_that_nobody_marks_from_a_day_on_are_no_fall_of_complaints(analyse):
    people = assigned()
    days = pd.date_range("2025-12-01", "2026-05-31", freq="2h")
    who = np.random.default_rng(6).choice(people.customer_id.to_numpy(), len(days))
    frame = pd.DataFrame({"contact_id": range(len(days)), "customer_id": who, "opened_at": days})
    frame["status"] = "open"
    frame["is_complaint"] = (frame.index % 2 == 0) & (frame.opened_at < "2026-02-10")
    result = analyse(perk_assignments=people, orders=orders(people), contacts=frame)
    ((blocks, words),) = told(result, "columns_filled")
    assert (
        not blocks
        and "10 February 2026 on 0 % of rows count by their contacts.is_complaint" in words
    )
    assert "complaint_rate_30d" in result.absent


def used_by_age(people, ages):
    """Uses of the coupon so many days after each was given, none of an order."""
    mine = people[people.variant == "coupon"].reset_index(drop=True)
    at = mine.assigned_at + pd.to_timedelta(ages[: len(mine)] + 0.3, unit="D")
    frame = pd.DataFrame({"assignment_id": mine.assignment_id, "redeemed_at": at})
    return frame.assign(order_id=None, discount_amount=5.0)


@pytest.mark.parametrize("fault", ["", "a hole", "ends early"])
def test_uses_of_a_perk_are_judged_by_what_was_given(analyse, fault):
    """They tail off after the last was given, and that is no early end."""
    people = assigned(2_000)
    used = used_by_age(people, np.random.default_rng(3).exponential(9, 1_000).clip(0, 60))
    lost = {
        "": used.redeemed_at < "2025",
        "a hole": used.redeemed_at.between("2026-01-20", "2026-01-26"),
        "ends early": used.redeemed_at >= "2026-02-01",
    }[fault]
    result = analyse(perk_assignments=people, orders=orders(people), perk_redemptions=used[~lost])
    found = told(result, "tables_whole")
    if not fault:
        assert found == []
        return
    ((blocks, words),) = found
    assert blocks and "There are only 0 rows in perk_redemptions" in words
    day = "from 20 January to 25 January" if fault == "a hole" else "from 1 February to "
    assert day in words and ("observed_until" in words) == (fault == "ends early")


def known(people):
    return pd.DataFrame({"customer_id": sorted(people.customer_id)})


@pytest.mark.parametrize(("every", "blocks"), [(2, True), (10, False), (50, None)])
def test_orders_of_guests_in_place_of_customers_are_told(analyse, every, blocks):
    people = assigned()
    bought = orders(people)
    guests = bought.index % every == 0
    bought.loc[guests, "customer_id"] = [f"C9{i:05}" for i in range(guests.sum())]
    result = analyse(perk_assignments=people, orders=bought, customers=known(people))
    found = told(result, "keys_found")
    assert [b for b, _ in found] == ([] if blocks is None else [blocks])
    assert all("name a customer who is not in customers" in words for _, words in found)


def test_assignments_after_contacts_of_others_take_the_guardrails_away(analyse):
    people = assigned()
    asked = pd.DataFrame({"contact_id": [f"K{i}" for i in people.index], "is_complaint": True})
    asked["opened_at"] = people.assigned_at - pd.Timedelta(hours=3)
    sessions = people.index % 2 == 0
    asked["customer_id"] = people.customer_id.where(~sessions, "C8" + people.customer_id.str[1:])
    asked["status"], people["contact_id"] = "closed", asked.contact_id
    result = analyse(perk_assignments=people, orders=orders(people), contacts=asked)
    ((blocks, words),) = told(result, "keys_found")
    assert not blocks and "200 of 400 rows in perk_assignments name another customer" in words
    ((_, missing),) = told(result, "usual_guardrails_available")
    assert "Complain again within 30 days cannot be had: 200 of 400 rows" in missing


def by_day(people):
    """Orders of people who sleep at night: from seven to midnight, to the second."""
    frame = orders(people, of_day=6)
    rng = np.random.default_rng(9)
    return frame.assign(
        ordered_at=frame.ordered_at.dt.normalize()
        + pd.to_timedelta(rng.integers(7 * 3_600, 86_400, len(frame)), unit="s")
    )


@pytest.mark.parametrize(
    ("hours", "since", "words"),
    [
        (0, "2025-11-01", ""),
        (-8, "2025-11-01", "Of orders only 0 % are from "),
        (8, "2026-01-10", "of orders are from 1:00 to 7:00, 0 % in the weeks before"),
    ],
)
def test_orders_of_another_time_zone_are_a_doubt(analyse, hours, since, words):
    people = assigned()
    bought = by_day(people)
    later = bought.ordered_at >= since
    bought.loc[later, "ordered_at"] += pd.Timedelta(hours=hours)
    found = told(analyse(perk_assignments=people, orders=bought), "clocks_agree")
    assert [blocks for blocks, _ in found] == ([False] if words else [])
    assert all(words in said for _, said in found)


def test_uses_of_a_perk_a_day_off_their_orders_are_a_doubt(analyse):
    people = assigned()
    bought = orders(people)
    used = uses(people, bought)
    used["redeemed_at"] = used.order_id.map(bought.set_index("order_id").ordered_at)
    used["redeemed_at"] += pd.Timedelta(hours=24)
    result = analyse(perk_assignments=people, orders=bought, perk_redemptions=used)
    ((blocks, words),) = told(result, "clocks_agree")
    assert not blocks and "60 of 60 uses of a perk are exactly 24.0 hours later than" in words


@pytest.mark.parametrize("arms", [["coupon"], ["control", "coupon"]])
def test_customers_assigned_as_they_bought_are_told(analyse, arms):
    """In one variant alone it decides; in both the split may still be fair."""
    people = assigned()
    bought = orders(people, of_day=4)
    buyers = people[people.variant.isin(arms) & (people.index % 5 < 2)]
    more = pd.DataFrame({"customer_id": buyers.customer_id, "amount": 50.0})
    more["order_id"], more["ordered_at"] = (
        [f"X{i}" for i in buyers.index],
        buyers.assigned_at + pd.Timedelta(minutes=2),
    )
    result = analyse(perk_assignments=people, orders=pd.concat([bought, more]))
    ((blocks, words),) = told(result, "assigned_beforehand")
    assert blocks == (arms == ["coupon"])
    assert " coupon have the outcome within 10 minutes of the assignment" in words


def test_copies_some_seconds_apart_are_copies(analyse):
    people = assigned()
    bought = orders(people)
    again = bought[bought.index % 4 == 0].copy()
    again["order_id"], again["ordered_at"] = (
        "D" + again.order_id,
        again.ordered_at + pd.Timedelta(seconds=3),
    )
    result = analyse(perk_assignments=people, orders=pd.concat([bought, again]))
    ((blocks, words),) = told(result, "tables_whole")
    assert blocks and "have the customer, the minute and the amount of another: copies?" in words
