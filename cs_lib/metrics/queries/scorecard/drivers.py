"""Orders of two periods by what their first contact was about, how it came, and how many followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DriverCounts
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.language import later
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.scorecard.weeks import WEEK, Weeks, beginning, within
from cs_lib.metrics.queries.sql import (
    between,
    last_followed,
    matches,
    not_available,
    rows_by_day,
)
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

FOLLOWED_DAYS = 30  # after an order, in which contacts about it count
LEAST_FOUND = 0.5  # of the orders that contacts name, for the tree to be counted
MOST_NEEDS = 200  # kept apart; beyond them the rarest are one
Whole = NDArray[np.int64]

UNKNOWN, REST = "unknown", "other"
ABOUT, WROTE = "cs_score_about", "cs_score_near"
ORDERS_BEGIN = later("orders begin on {day}, and the earlier of the two periods on {first}")
CONTACTS_BEGIN = later("contacts begin on {day}, and the earlier of the two periods on {first}")


def driver_counts(
    desk: Desk, end: date, *, period_weeks: int = 4, scope: Scope | None = None
) -> tuple[DriverCounts, DriverCounts]:
    """Orders and the contacts about them within 30 days, of the previous and of the current period.

    Weeks are counted backwards from `end`, and the current period ends with the last one whose orders have all been
    observed for 30 days, so that both periods are equally old. Contacts count by their own codes; those without a need
    or a channel are `unknown`. Of two at one instant the first is that whose need comes first by name. Cancelled orders
    count; merged contacts, spam and cancelled ones do not.

    Args:
        desk: the source, as known at its data cut.
        end: the local day before `as_of`.
        period_weeks: weeks of a period.
        scope: which contacts are about a problem; all without it.

    Raises:
        NotAvailable: no orders, orders that begin too late, contacts that name none, or orders that are not there.
    """
    if not desk.has("orders"):
        raise not_available(_name(), desk.absent["orders"])
    last = min(last_followed(desk, FOLLOWED_DAYS), end)
    whole = (end - last).days
    ends = end - timedelta(days=-(-whole // WEEK) * WEEK)
    weeks = Weeks(ends - timedelta(days=2 * period_weeks * WEEK - 1), 2 * period_weeks)
    orders = _orders(desk, weeks, period_weeks)
    try:
        _about(desk, weeks, scope)
        named = _require_found(desk, weeks, period_weeks)
        rows = _cells(desk, weeks)
    finally:
        for table in (ABOUT, WROTE):
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")
    return _counts(weeks, period_weeks, orders, named, rows)


def _name() -> Text:
    return say("what drives problems per 1,000 orders")


def _orders(desk: Desk, weeks: Weeks, period: int) -> Whole:
    """Orders by week.

    Raises NotAvailable where a period has none, or orders or contacts do not cover what is asked of them.
    """
    until = weeks.end + timedelta(days=FOLLOWED_DAYS)
    placed, opened = (
        _by_day(desk, table, column, weeks, until)
        for table, column in (("orders", "ordered_at"), ("contacts", "opened_at"))
    )
    for rows, none, late in (
        (placed, say("there are no orders"), ORDERS_BEGIN),
        (opened, say("there are no such contacts"), CONTACTS_BEGIN),
    ):
        begins = beginning(rows, weeks.end)
        if begins is None:
            raise not_available(_name(), none)
        if begins >= weeks.first + timedelta(days=WEEK):
            raise not_available(_name(), say(late, day=begins, first=weeks.first))
    if max(opened) <= until - timedelta(days=WEEK):
        raise not_available(
            _name(),
            say(
                "contacts end on {day}, and orders are followed until {last}",
                day=max(opened),
                last=until,
            ),
        )
    found = np.zeros(weeks.number, dtype=np.int64)
    for day, n in placed.items():
        if weeks.first <= day <= weeks.end:
            found[(day - weeks.first).days // WEEK] += n
    if not found[:period].sum() or not found[period:].sum():
        raise not_available(_name(), say("one of the two periods has no orders"))
    return found


def _by_day(desk: Desk, table: str, column: str, weeks: Weeks, until: date) -> dict[date, int]:
    """Rows by local day, from as long before the periods as they are: enough to see whether rows begin before."""
    early = weeks.first - timedelta(weeks=weeks.number)
    inside = within(desk, column, early, until)
    return rows_by_day(desk, (table, column), lambda _: inside)


def _about(desk: Desk, weeks: Weeks, scope: Scope | None) -> None:
    """Contacts of the periods and the days after them, and those of them whose order is there.

    `own` is a contact's week, NULL after the periods; `placed` that of its order, where this is of the periods and the
    contact came in time, NULL elsewhere.
    """
    dialect, day = desk.engine.dialect, desk.day_of("c.opened_at")
    placed, ordered = desk.day_of("o.ordered_at"), dialect.micros("o.ordered_at")
    soon = f"c.opened - {ordered} BETWEEN 0 AND {FOLLOWED_DAYS * MICROS_A_DAY}"
    mine = f"{between(placed, weeks.first, weeks.end)} AND {soon}"
    until = weeks.end + timedelta(days=FOLLOWED_DAYS + 1)
    desk.engine.run(
        f"CREATE TEMP TABLE {WROTE} AS SELECT c.order_id, {dialect.micros('c.opened_at')} AS opened,"
        f" CASE WHEN {day} <= DATE {quote(weeks.end.isoformat())} THEN {weeks.of(desk, day)} END AS own,"
        f" coalesce(c.need_code, {quote(UNKNOWN)}) AS need, coalesce(c.channel, {quote(UNKNOWN)}) AS channel"
        f" FROM contacts c WHERE {REAL} AND {matches(scope)} AND {within(desk, 'c.opened_at', weeks.first, until)}"
    )
    # The few contacts are looked up by the many orders, not the other way round.
    desk.engine.run(
        f"CREATE TEMP TABLE {ABOUT} AS SELECT c.own, c.opened, c.need, c.channel,"
        f" {dialect.number_of(['c.order_id'])} AS about, CASE WHEN {mine} THEN {weeks.of(desk, placed)} END AS placed"
        f" FROM orders o JOIN {WROTE} c ON c.order_id = o.order_id"
    )


def _require_found(desk: Desk, weeks: Weeks, period: int) -> tuple[tuple[int, int], ...]:
    """Contacts of each period's own days, and those that name an order.

    Raises NotAvailable when a period has none that do, or most orders that they name are not there.
    """
    found = np.zeros((2, 2), dtype=np.int64)
    for week, *numbers in desk.engine.rows(
        f"SELECT c.own, count(*), count(c.order_id) FROM {WROTE} c WHERE c.own IS NOT NULL GROUP BY 1"
    ):
        found[week // period] += numbers
    [(there,)] = desk.engine.rows(f"SELECT count(*) FROM {ABOUT} a WHERE a.own IS NOT NULL")
    contacts, named = found.sum(axis=0).tolist()
    if not contacts:
        raise not_available(_name(), say("there are no such contacts"))
    if not named:
        raise not_available(_name(), say("no contact names its order"))
    if there < LEAST_FOUND * named:
        raise not_available(_name(), say("most orders that contacts name are not there"))
    for i, mine in enumerate(found[:, 1].tolist()):
        if not mine:
            first = weeks.first + timedelta(weeks=i * period)
            last = first + timedelta(days=period * WEEK - 1)
            raise not_available(
                _name(),
                say("no contact from {first} to {last} names its order", first=first, last=last),
            )
    return tuple((n, mine) for n, mine in found.tolist())


Cell = tuple[int, str, str, int, int, int]


def _cells(desk: Desk, weeks: Weeks) -> list[Cell]:
    """Week, need and channel of first contacts: orders, their further contacts, and the squares of these."""
    turn = "row_number() OVER (PARTITION BY a.about ORDER BY a.opened, a.need, a.channel)"
    every = "count(*) OVER (PARTITION BY a.about)"
    return desk.engine.rows(
        "SELECT f.placed, f.need, f.channel, count(*), CAST(sum(f.n - 1) AS BIGINT),"
        " CAST(sum((f.n - 1) * (f.n - 1)) AS BIGINT) FROM ("
        f"SELECT a.placed, a.need, a.channel, {turn} AS turn, {every} AS n FROM {ABOUT} a WHERE a.placed IS NOT NULL"
        ") f WHERE f.turn = 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def _counts(
    weeks: Weeks,
    period: int,
    orders: Whole,
    named: Sequence[tuple[int, int]],
    rows: Sequence[Cell],
) -> tuple[DriverCounts, DriverCounts]:
    """Both periods with the same cells: needs with most orders first, `other` and `unknown` last."""
    by_need: dict[str, int] = {}
    for _, need, _, n, *_ in rows:
        by_need[need] = by_need.get(need, 0) + n
    ranked = sorted(by_need, key=lambda need: (need == UNKNOWN, -by_need[need], need))
    kept = {need for need in ranked[:MOST_NEEDS]} | {UNKNOWN}
    place = {need: (ranked.index(need) if need in kept else len(ranked)) for need in ranked}
    called = {need: need if need in kept else REST for need in ranked}
    cells = sorted({(place[need], called[need], channel) for _, need, channel, *_ in rows})
    at = {(need, channel): i for i, (_, need, channel) in enumerate(cells)}
    found = np.zeros((3, weeks.number, len(cells)), dtype=np.int64)
    for week, need, channel, *numbers in rows:
        found[:, week, at[called[need], channel]] += numbers
    halves = [slice(0, period), slice(period, None)]
    previous, current = (
        DriverCounts(
            weeks.starts[half],
            orders[half],
            tuple((need, channel) for _, need, channel in cells),
            found[0, half],
            found[1, half],
            found[2, half].sum(axis=0),
            *told,
        )
        for half, told in zip(halves, named, strict=True)
    )
    return previous, current
