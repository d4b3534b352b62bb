"""Pieces of SQL that every query of the metrics shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

EPOCH = datetime(1970, 1, 1)


class NotAvailable(ValueError):
    """A metric cannot be had from this source; the reason says what is missing."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)


def not_available(name: Text, reason: Text) -> NotAvailable:
    """The refusal of a metric, for a reason without a full stop."""
    return NotAvailable(
        say("'{name}' is not available because {reason}.", name=name, reason=reason)
    )


def require(desk: Desk, metric: Metric, *, given: Collection[str] = (), called: Text = "") -> None:
    """Raises NotAvailable when a table or column a metric needs is absent or empty.

    `given` names tables in whose place something else stands; `called` is what cannot be had, when
    that is not the metric itself.
    """
    called = called or metric.name
    for table in metric.needs:
        if table not in given and not desk.has(table):
            raise not_available(called, desk.absent[table])
    if isinstance(metric, DailyMetric):
        for said in faults(desk, metric):
            raise not_available(called, said)


def faults(desk: Desk, metric: DailyMetric) -> Iterator[Text]:
    """Why the rows of tables that are there do not do for a metric."""
    asked = [(part, False) for part in metric.filled] + [(part, True) for part in metric.barred]
    for (table, condition, otherwise), wrong in asked:
        if bool(desk.engine.rows(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1")) == wrong:
            yield say(otherwise) if isinstance(otherwise, str) else otherwise


def require_columns(metric: DailyMetric, names: Iterable[str]) -> None:
    """Raises NotAvailable when a scope or a split names a column that the metric's cases do not have."""
    if metric.scoped_by is None:
        return
    lacking = [name for name in names if name not in metric.scoped_by]
    if lacking:
        what = say(
            "it counts {table}, and these have no {columns}",
            table=metric.needs[0],
            columns=w.joined(" and no ", lacking),
        )
        raise not_available(metric.name, what)


def moment(desk: Desk, until: date | None = None) -> datetime:
    """The data cut in UTC, or local midnight at the start of an earlier day."""
    if until is None:
        return desk.cut
    midnight = datetime.combine(until, time.min, ZoneInfo(desk.zone))
    return min(midnight.astimezone(UTC).replace(tzinfo=None), desk.cut)


def instant(desk: Desk) -> str:
    """The data cut, as SQL."""
    return stamp(desk.cut)


def stamp(instant: datetime) -> str:
    """A UTC instant, as SQL."""
    return f"TIMESTAMP {quote(instant.isoformat(sep=' '))}"


def between(day: str, start: date, end: date) -> str:
    """A local day within a period, both ends included."""
    return f"{day} BETWEEN DATE {quote(start.isoformat())} AND DATE {quote(end.isoformat())}"


def named(scope: Scope | None) -> list[str]:
    """The columns that a scope restricts."""
    return [name for name in Scope.COLUMNS if scope is not None and getattr(scope, name)]


def matches(scope: Scope | None) -> str:
    """A scope as a condition over contacts."""
    if scope is None:
        return "TRUE"
    lists = [(name, getattr(scope, name)) for name in Scope.COLUMNS]
    conditions = [
        f"c.{name} IN ({', '.join(quote(v) for v in values)})" for name, values in lists if values
    ]
    return " AND ".join(conditions) or "TRUE"


def micros(instant: datetime) -> int:
    """A UTC instant as whole microseconds since 1970."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def after(micros: int) -> datetime:
    """The UTC instant of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def last_followed(desk: Desk, follow: int) -> date:
    """The last local day of which every case has its follow-up; when clocks go forward a day is an hour short."""
    last = desk.observed_until - timedelta(days=1 + follow)
    midnight = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(desk.zone))
    followed = midnight.astimezone(UTC).replace(tzinfo=None) + timedelta(days=follow)
    return last if followed <= desk.cut else last - timedelta(days=1)


def rows_by_day(desk: Desk, per: tuple[str, str], holds: Callable[[str], str]) -> dict[date, int]:
    """Rows of a table by the local day of a stamp, on the days that hold a condition."""
    table, stamp = per
    day = desk.day_of(stamp)
    return dict(
        desk.engine.rows(f"SELECT {day}, count(*) FROM {table} WHERE {holds(day)} GROUP BY 1")
    )
