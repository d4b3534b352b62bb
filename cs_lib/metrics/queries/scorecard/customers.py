"""Customers who had a problem in a week, over customers who could have had one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import EMPTY, REAL
from cs_lib.metrics.queries.scorecard.weeks import WEEK, Weeks, beginning, whole_weeks, within
from cs_lib.metrics.queries.sql import between, matches, not_available, rows_by_day
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Basis = Literal["ordered_90d", "active_users"]

ACTIVE_DAYS = 90
WEEKS_BACK = 12  # whole weeks before the first one in which an order still counts for it
MOST_ANONYMOUS = 0.5  # of a week's contacts; with more of them the week has no point
LEAST_FOUND = 0.1  # of customers with a contact who are to be found among the active ones, if any are to be told apart
SPANS, WROTE = "cs_score_spans", "cs_score_wrote"


@dataclass(frozen=True, slots=True)
class ProblemCustomers:
    """Customers with a contact and active customers by week, each customer once a week.

    Attributes:
        weeks: the first days of the weeks.
        with_problem: known customers who opened a contact in the week.
        active_with_problem: those of them who are active; None where hardly any is found among these.
        active: customers with an order in the 90 days up to the end of the week (`ordered_90d`); without orders, the
            mean of the week's daily active users (`active_users`), whom one person may be on many days.
        contacts, anonymous: contacts of the week, and those of nobody known; these are in no other number.
        there: whether a week has a point: it is observed, the 90 days before its end are in the table, it has orders
            and contacts (who can tell whether none came or none was recorded), and at most half of its contacts are
            of nobody known.
        begins: the first day from which orders come as they usually do; None without orders.
    """

    weeks: NDArray[np.datetime64]
    basis: Basis
    with_problem: Whole
    active_with_problem: Whole | None
    active: Whole
    contacts: Whole
    anonymous: Whole
    there: Flags
    begins: date | None

    @property
    def anonymous_share(self) -> float:
        """Contacts of nobody known over all contacts of the weeks that have a point."""
        return float(self.anonymous[self.there].sum() / max(self.contacts[self.there].sum(), 1))

    def series(self, *, among_active: bool = False) -> Series:
        """Customers with a problem per 1,000 active ones, one entry a week; weeks without a point have 0 below.

        With `among_active` only active customers count above too, which makes it a share.

        Raises:
            NotAvailable: they cannot be told apart.
        """
        counted = self.active_with_problem if among_active else self.with_problem
        if counted is None:
            raise not_available(_name(), say("hardly any customer with a contact is in the orders"))
        above = np.where(self.there, 1000.0 * counted, 0.0)
        below = np.where(self.there, self.active, 0).astype(float)
        return Series("customers_with_problem", self.weeks, above, below)

    def to_frame(self) -> pd.DataFrame:
        """One row per week, with the value where it has a point."""
        import pandas as pd

        frame = pd.DataFrame(
            {
                "week": self.weeks,
                "with_problem": self.with_problem,
                "active": self.active,
                "contacts": self.contacts,
                "anonymous": self.anonymous,
            }
        )
        if self.active_with_problem is not None:
            frame.insert(2, "active_with_problem", self.active_with_problem)
        value = 1000 * frame.with_problem / frame.active.where(frame.active > 0)
        return frame.assign(value=value.where(self.there))


def problem_customers(
    desk: Desk,
    start: date,
    end: date,
    *,
    nobody: Collection[str] = (),
    scope: Scope | None = None,
) -> ProblemCustomers:
    """Customers with a problem and active customers by the whole weeks of a period, counted backwards from its end.

    Orders tell who is active, because one customer can be told from another among them; `exposure` only says how many
    users were active on a day, and stands in where there are no orders.

    Args:
        desk: the source, as known at its data cut.
        start, end: the first and the last local day.
        nobody: values of customer_id that are no single customer.
        scope: which contacts are problems; all without it.

    Raises:
        NotAvailable: no orders and no active users, no contact with a customer, or no week with a point.
    """
    weeks = whole_weeks(start, end)
    if desk.has("orders"):
        return _by_orders(desk, weeks, nobody, scope)
    return _by_exposure(desk, weeks, nobody, scope)


def _name() -> Text:
    return say("customers with a problem")


def _by_orders(
    desk: Desk, weeks: Weeks, nobody: Collection[str], scope: Scope | None
) -> ProblemCustomers:
    run = desk.engine.run
    placed = rows_by_day(
        desk, ("orders", "ordered_at"), lambda day: f"{day} <= DATE {quote(weeks.end.isoformat())}"
    )
    begins = beginning(placed, weeks.end)
    if begins is None:
        raise not_available(_name(), say("there are no orders"))
    there = weeks.last_days - np.datetime64(begins) >= ACTIVE_DAYS - 1
    there &= _counted(weeks, placed) > 0
    try:
        run(f"CREATE TEMP TABLE {SPANS} AS {_spans(desk, weeks, nobody)}")
        run(f"CREATE TEMP TABLE {WROTE} AS {_wrote(desk, weeks, nobody, scope)}")
        active, found = _active(desk, weeks), _found(desk, weeks)
        wrote = _who_wrote(desk, weeks)
    finally:
        for table in (WROTE, SPANS):
            run(f"DROP TABLE IF EXISTS {table}")
    told = found if found[there].sum() >= LEAST_FOUND * wrote[0][there].sum() else None
    short = _short(weeks, begins)
    return _checked(desk, weeks, "ordered_90d", wrote, told, active, there, begins, short)


def _short(weeks: Weeks, begins: date) -> Text:
    """Why no week has active customers."""
    if (weeks.last_days - np.datetime64(begins) < ACTIVE_DAYS - 1).all():
        return say(
            "orders begin on {day}, so no week has all of the {n} days before its end",
            day=begins,
            n=ACTIVE_DAYS,
        )
    return say("no week is wholly observed with its orders")


def _by_exposure(
    desk: Desk, weeks: Weeks, nobody: Collection[str], scope: Scope | None
) -> ProblemCustomers:
    users, whole = _daily_users(desk, weeks)
    try:
        desk.engine.run(f"CREATE TEMP TABLE {WROTE} AS {_wrote(desk, weeks, nobody, scope)}")
        wrote = _who_wrote(desk, weeks)
    finally:
        desk.engine.run(f"DROP TABLE IF EXISTS {WROTE}")
    short = say("no week has active users on all of its days")
    return _checked(desk, weeks, "active_users", wrote, None, users, whole, None, short)


def _daily_users(desk: Desk, weeks: Weeks) -> tuple[Whole, Flags]:
    """The mean of each week's daily active users, half up, and whether all seven days have a number.

    Raises NotAvailable without such a table or column.
    """
    if not desk.has("exposure"):
        raise not_available(_name(), desk.absent["orders"])
    scale = desk.scale("exposure", "active_users").steps
    rows = desk.engine.rows(
        f"SELECT x.date, CAST(sum({desk.engine.dialect.fixed('x.active_users', scale)}) AS BIGINT)"
        f" FROM exposure x WHERE x.active_users IS NOT NULL AND {between('x.date', weeks.first, weeks.end)} GROUP BY 1"
    )
    if not rows:
        raise not_available(_name(), say("there are no orders, and active_users is empty"))
    total = _counted(weeks, dict(rows))
    days = _counted(weeks, {day: 1 for day, _ in rows})
    return (2 * total + WEEK * scale) // (2 * WEEK * scale), days == WEEK


def _checked(
    desk: Desk,
    weeks: Weeks,
    basis: Basis,
    wrote: tuple[Whole, Whole, Whole],
    found: Whole | None,
    active: Whole,
    there: Flags,
    begins: date | None,
    short: Text,
) -> ProblemCustomers:
    """The numbers with their points, or the reason why there are none.

    Raises NotAvailable.
    """
    with_problem, contacts, anonymous = wrote
    if not contacts.sum():
        raise not_available(_name(), say("there are no such contacts"))
    if not with_problem.sum():
        raise not_available(_name(), say(EMPTY["customer_id"]))
    there = there & (weeks.last_days < np.datetime64(desk.observed_until)) & (active > 0)
    if not there.any():
        raise not_available(_name(), short)
    there &= (contacts > 0) & (anonymous <= MOST_ANONYMOUS * contacts)
    if not there.any():
        raise not_available(_name(), say("most contacts name no customer"))
    return ProblemCustomers(
        weeks.starts, basis, with_problem, found, active, contacts, anonymous, there, begins
    )


def _counted(weeks: Weeks, by_day: dict[date, int]) -> Whole:
    """Numbers by day summed over the days of each week."""
    found = np.zeros(weeks.number, dtype=np.int64)
    for day, n in by_day.items():
        if weeks.first <= day <= weeks.end:
            found[(day - weeks.first).days // WEEK] += n
    return found


def _known(column: str, nobody: Collection[str]) -> str:
    """SQL of whether a value is a single customer."""
    values = ", ".join(map(quote, sorted(nobody)))
    return f"{column} IS NOT NULL" + (f" AND {column} NOT IN ({values})" if values else "")


def _spans(desk: Desk, weeks: Weeks, nobody: Collection[str]) -> str:
    """A query of customers and the weeks, from `since` to `until`, in which they are active; spans never overlap.

    An order counts from the week that holds it to the last one whose end lies at most 90 days after its day.
    """
    day = desk.day_of("o.ordered_at")
    early = weeks.first - timedelta(days=ACTIVE_DAYS - WEEK)
    entered = weeks.of(desk, day, before=WEEKS_BACK)
    left = weeks.of(desk, f"({day} + {ACTIVE_DAYS - WEEK})", before=WEEKS_BACK)
    mine = f"{within(desk, 'o.ordered_at', early, weeks.end)} AND {_known('o.customer_id', nobody)}"
    entries = (
        f"SELECT {desk.engine.dialect.number_of(['o.customer_id'])} AS customer, greatest({entered}, 0) AS since,"
        f" least(max({left}), {weeks.number - 1}) AS until FROM orders o WHERE {mine} GROUP BY 1, 2"
    )
    before = "lag(x.until) OVER (PARTITION BY x.customer ORDER BY x.since)"
    return (
        "SELECT s.customer, CAST(s.since AS SMALLINT) AS since, CAST(s.until AS SMALLINT) AS until FROM ("
        f"SELECT x.customer, greatest(x.since, coalesce({before} + 1, 0)) AS since, x.until FROM ({entries}) x) s"
        " WHERE s.since <= s.until"
    )


def _wrote(desk: Desk, weeks: Weeks, nobody: Collection[str], scope: Scope | None) -> str:
    """A query of weeks, customers who opened contacts in them (NULL for nobody known), and how many."""
    day = desk.day_of("c.opened_at")
    number = desk.engine.dialect.number_of(["c.customer_id"])
    return (
        f"SELECT CAST({weeks.of(desk, day)} AS SMALLINT) AS week,"
        f" CASE WHEN {_known('c.customer_id', nobody)} THEN {number} END AS customer, count(*) AS n FROM contacts c"
        f" WHERE {REAL} AND {matches(scope)} AND {within(desk, 'c.opened_at', weeks.first, weeks.end)} GROUP BY 1, 2"
    )


def _active(desk: Desk, weeks: Weeks) -> Whole:
    """Active customers by week."""
    change = np.zeros(weeks.number + 1, dtype=np.int64)
    rows = desk.engine.rows(
        f"SELECT s.since, s.until, count(*) FROM {SPANS} s GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for since, until, n in rows:
        change[since] += n
        change[until + 1] -= n
    return np.cumsum(change)[:-1]


def _found(desk: Desk, weeks: Weeks) -> Whole:
    """Customers with a contact in a week in which they are active."""
    found = np.zeros(weeks.number, dtype=np.int64)
    rows = desk.engine.rows(
        f"SELECT w.week, count(*) FROM {WROTE} w JOIN {SPANS} s ON s.customer = w.customer"
        " AND w.week BETWEEN s.since AND s.until GROUP BY 1"
    )
    for week, n in rows:
        found[week] = n
    return found


def _who_wrote(desk: Desk, weeks: Weeks) -> tuple[Whole, Whole, Whole]:
    """By week: known customers with a contact, contacts, and contacts of nobody known."""
    found = np.zeros((3, weeks.number), dtype=np.int64)
    rows = desk.engine.rows(
        "SELECT w.week, count(w.customer), CAST(sum(w.n) AS BIGINT),"
        f" CAST(coalesce(sum(CASE WHEN w.customer IS NULL THEN w.n END), 0) AS BIGINT) FROM {WROTE} w GROUP BY 1"
    )
    for week, *numbers in rows:
        found[:, week] = numbers
    return found[0], found[1], found[2]
