"""What follows a contact, an order or a perk on a desk, counted again with pandas; and as the journey has it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.definitions.targets import Target, service_level
from cs_lib.metrics.queries.cases import opened
from cs_lib.metrics.queries.journey.pains import sizes_and_cells
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.metrics.queries.tables import Window
from tests.conftest import TinySource

START, END = date(2025, 7, 1), date(2026, 6, 30)
ZONE, DAY = "Asia/Shanghai", pd.Timedelta(days=1)
TARGETS = [
    Target(date(2025, 9, 1), 240),
    Target(date(2026, 1, 15), 120),
    Target(date(2025, 10, 1), 30, priority="urgent"),
    Target(date(2025, 11, 1), 45, channel="chat"),
]
LEVELS = (service_level("first_response", TARGETS), service_level("resolution", TARGETS))
NAMES = (
    "orders_with_problem_7d", "orders_with_problem_30d", "first_contact_resolution_7d",
    "first_contact_resolution_30d", "followed_up_7d", "promises_kept", "repurchase_after_contact_30d",
    "repurchase_after_contact_90d", "referral_rate", "promoter_score", "promoter_response_rate", "perk_redemption",
    "contact_rate", "repeat_contact_rate_30d", "resolved_containment", "reopen_rate",
)  # fmt: skip


class Counted:
    """The metrics of a desk, and its tables."""

    def __init__(self, desk) -> None:
        metrics = [*(DAILY[name] for name in NAMES), *LEVELS]
        with opened(desk, Window(START, END), metrics) as cases:
            self.series = {one.name: cases.series(one) for one in metrics}
            self.told = {one.name: cases.told(one) for one in metrics}
        with journey_read(desk, START, END) as read:
            self.pains = sizes_and_cells(read, {}, 7)[0]
        self.cut = pd.Timestamp(desk.cut)
        names = ("contacts", "orders", "events", "customers", "surveys", "perk_assignments",
                 "perk_redemptions")  # fmt: skip
        for name in names:
            setattr(self, name, desk.engine.frame(f"SELECT * FROM {name}"))
        self.real = self.contacts[~self.contacts.status.isin(["merged", "spam", "cancelled"])]

    def says(self, name, when, value, *, wait=0, below=None):
        """Whether a metric is the sum of some cases' values by the local day of a stamp, over their number."""
        found = self.series[name]
        done = when + wait * DAY <= self.cut
        days = local(when[done])
        above = value[done].groupby(days).sum()
        number = days.value_counts() if below is None else below
        place = pd.Index(found.days)
        assert np.array_equal(found.numerator, above.reindex(place, fill_value=0))
        assert np.array_equal(found.denominator, number.reindex(place, fill_value=0))
        assert found.denominator.sum() > 50 and found.numerator.any()


def local(stamps):
    """The local day of UTC stamps."""
    return stamps.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    home = tmp_path_factory.mktemp("desk")
    for folder in ("params/sources", "notebooks"):
        (home / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_HOME", str(home))
        patch.setenv("CS_CACHE", str(home / "cache"))
        source = TinySource(home)
        source.settings |= {
            "timezone": ZONE,
            "currency": "CNY",
            "simulate": {"seed": 7, "customers": 2_000, "story": "journey"},
        }
        found = source.desk("2026-07-01")
        yield Counted(found)
        found.close()


@pytest.mark.parametrize("days", [7, 30])
def test_orders_with_a_problem(desk, days):
    pairs = desk.orders.merge(desk.real[["order_id", "opened_at"]], on="order_id")
    late = pairs.opened_at - pairs.ordered_at
    hit = set(pairs[(late >= 0 * DAY) & (late <= days * DAY)].order_id)
    value = 1_000 * desk.orders.order_id.isin(hit)
    desk.says(f"orders_with_problem_{days}d", desk.orders.ordered_at, value, wait=days)


@pytest.mark.parametrize("days", [7, 30])
def test_resolved_at_the_first_contact(desk, days):
    unstamped = desk.real.status.isin(["resolved", "closed"]) & desk.real.resolved_at.isna()
    known = desk.real.customer_id.notna() & desk.real.need_code.notna()
    mine = desk.real[known & ~unstamped]
    both = mine.merge(desk.real, on=["customer_id", "need_code"], suffixes=("", "_then"))
    gap = both.opened_at_then - both.opened_at
    came = set(both[(gap > 0 * DAY) & (gap <= days * DAY)].contact_id)
    steps = desk.events.merge(mine[["contact_id", "opened_at"]], on="contact_id")
    first = steps[steps.stage == "resolved"].groupby("contact_id").ts.min().rename("first")
    again = steps[steps.stage == "reopened"].join(first, on="contact_id", how="inner")
    again = again[again.ts >= again["first"]].groupby("contact_id")[["ts", "opened_at"]].min()
    reopened = set(again[again.ts - again.opened_at <= days * DAY].index)
    value = (
        (mine.resolved_at - mine.opened_at <= days * DAY)
        & ~mine.contact_id.isin(came)
        & ~mine.contact_id.isin(reopened)
    )
    assert reopened and came
    desk.says(f"first_contact_resolution_{days}d", mine.opened_at, value.astype(int), wait=days)


def follow_ups(desk, mine):
    """Every follow-up of ours beside its contact."""
    ours = desk.events[(desk.events.stage == "follow_up") & (desk.events.actor != "customer")]
    return ours.merge(mine, on="contact_id")


def test_complaints_that_somebody_asked_back_about(desk):
    mine = desk.real[
        desk.real.is_complaint.fillna(False).astype(bool) & desk.real.resolved_at.notna()
    ]
    both = follow_ups(desk, mine)
    lag = both.ts - both.resolved_at
    asked = set(both[(lag >= 0 * DAY) & (lag <= 7 * DAY)].contact_id)
    value = mine.contact_id.isin(asked).astype(int)
    desk.says("followed_up_7d", mine.resolved_at, value, wait=7)


def test_promises(desk):
    mine = desk.real[desk.real.follow_up_due_at.notna()]
    both = follow_ups(desk, mine)
    kept = set(both[both.ts <= both.follow_up_due_at + DAY].contact_id)
    value = mine.contact_id.isin(kept).astype(int)
    desk.says("promises_kept", mine.follow_up_due_at, value, wait=1)


@pytest.mark.parametrize(
    ("name", "pain"), [("followed_up_7d", "no_follow_up"), ("promises_kept", "promise_missed")]
)
def test_the_journey_has_the_same_of_contacts_it_reads(desk, name, pain):
    size = next(one for one in desk.pains if one.pain == pain)
    found = desk.series[name]
    assert found.denominator.sum() == size.possible
    assert found.denominator.sum() - found.numerator.sum() == size.hit


@pytest.mark.parametrize("days", [30, 90])
def test_who_buys_again_after_a_contact(desk, days):
    mine = desk.real[desk.real.customer_id.notna() & desk.real.resolved_at.notna()]
    kept = desk.orders[desk.orders.cancelled_at.isna()]
    both = mine.merge(kept[["customer_id", "ordered_at"]], on="customer_id")
    gap = both.ordered_at - both.resolved_at
    bought = set(both[(gap > 0 * DAY) & (gap <= days * DAY)].contact_id)
    value = mine.contact_id.isin(bought).astype(int)
    desk.says(f"repurchase_after_contact_{days}d", mine.resolved_at, value, wait=days)


def test_referred_new_customers(desk):
    new = desk.customers[desk.customers.first_seen_at.notna()]
    value = 1_000 * new.referred_by.notna()
    orders = local(desk.orders.ordered_at).value_counts()
    desk.says("referral_rate", new.first_seen_at, value, below=orders)


def test_promoters(desk):
    asked = desk.surveys[desk.surveys.kind == "nps"]
    soon = asked.answered_at <= asked.offered_at + 7 * DAY
    desk.says("promoter_response_rate", asked.offered_at, soon.astype(int), wait=7)
    told = asked[soon]
    value = pd.cut(told.score, [-1, 6, 8, 10], labels=[-100, 0, 100]).astype(int)
    desk.says("promoter_score", told.offered_at, value, wait=7)


def test_used_perks(desk):
    sent = desk.perk_assignments[desk.perk_assignments.perk_kind.isin(["coupon", "discount"])]
    sent = sent[sent.delivered_at.notna()]
    used = desk.perk_redemptions.merge(sent[["assignment_id", "expires_at"]], on="assignment_id")
    used = set(used[used.redeemed_at <= used.expires_at].assignment_id)
    assert sent.expires_at.max() < desk.cut  # so every perk is over
    value = sent.assignment_id.isin(used).astype(int)
    desk.says("perk_redemption", sent.delivered_at, value)


def in_force(row):
    """Minutes of the target that counts for a contact, as the settings read."""
    day = row.day.date()
    for priority, channel in (
        (row.priority, row.channel),
        (row.priority, ""),
        ("", row.channel),
        ("", ""),
    ):
        mine = [t for t in TARGETS if t.who == (priority, channel) and t.since <= day]
        if mine:
            return max(mine, key=lambda t: t.since).minutes
    return np.nan


@pytest.mark.parametrize(
    ("name", "end"),
    [("first_response_in_target", "first_response_at"), ("resolution_in_target", "resolved_at")],
)
def test_service_levels(desk, name, end):
    mine = desk.real.assign(day=local(desk.real.opened_at))
    if end == "resolved_at":
        mine = mine[~(mine.status.isin(["resolved", "closed"]) & mine.resolved_at.isna())]
    else:
        mine = mine[mine.handled_by != "bot"]
    minutes = mine.apply(in_force, axis=1)
    mine, minutes = mine[minutes.notna()], minutes[minutes.notna()]
    met = (mine[end] - mine.opened_at <= pd.to_timedelta(minutes, unit="min")).astype(int)
    desk.says(name, mine.opened_at, met, wait=1)
    found = desk.series[name]
    assert not found.denominator[found.days < np.datetime64("2025-09-01")].any()


def test_what_is_looked_for_is_told_of_cases(desk):
    for name, told in desk.told.items():
        assert told is None or 0 < told.numerator.sum() <= told.denominator.sum(), name


def test_the_last_days_are_those_that_are_followed(desk):
    for name in ("orders_with_problem_30d", "first_contact_resolution_30d"):
        last = desk.series[name].days[-1].item()
        assert last == (desk.cut + timedelta(hours=8)).date() - timedelta(days=31)
