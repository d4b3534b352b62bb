"""How the tables of a source are filled, by day over their whole life, and what marks an import of contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.cases import on_days
from cs_lib.metrics.queries.sql import between

# Tables, and stamps of contacts, with the column by whose day they are counted.
TABLES = {"contacts": "opened_at", "orders": "ordered_at", "events": "ts", "surveys": "offered_at"}
STAMPS = ("first_response_at", "resolved_at")
# The same weeks a year ago are looked at, feasts that move, and what was usual around them.
DAYS_BEFORE = 364 + 21 + 12 * 7
# A contact closed so soon after it was opened was hardly worked on.
QUICK_MINUTES = 10
# Contacts opened in one second are a batch from so many on.
LEAST_OF_A_BATCH = 5
# Batches are looked for on days with so many times the rows of an ordinary day, the fullest of them.
FULL_DAY, MOST_FULL_DAYS = 1.8, 60
# They are compared with about so many other days: where stamps have no seconds, all are batches.
ORDINARY_DAYS = 30
# So many contacts closed at one instant were closed together, and never one by one.
LEAST_CLOSED_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows of tables by local day, from about a year before the study to the data cut.

    Attributes:
        rows: by table, from its first day on with no day left out; `first_response_at` and `resolved_at` are
            contacts by the day of that stamp.
        quick: contacts closed within ten minutes of their opening, over all, by opening day.
        batched: contacts opened in one second with four others or more, over all, on the fullest days and on some
            ordinary ones.
    """

    rows: dict[str, Series] = field(default_factory=dict)
    quick: Series | None = None
    batched: Series | None = None


def filled(desk: Desk, *, start: date) -> Filled:
    """How the tables of a desk are filled, for a study that starts on a day."""
    span = start - timedelta(days=DAYS_BEFORE), desk.observed_until - timedelta(days=1)
    rows: dict[str, Series] = {}
    for table, column in TABLES.items():
        if desk.has(table) and (found := _by_day(desk, table, column, span)):
            rows[table] = _whole(table, found, span[1])
    for column in STAMPS:
        if found := _by_day(desk, "contacts", column, span):
            rows[column] = _whole(column, found, span[1])
    if "contacts" not in rows:
        return Filled(rows)
    every = rows["contacts"]
    full = full_days(every)
    looked = sorted({*full, *_ordinary(every, full)})
    quick, batched = _quick(desk, span), _batched(desk, looked)
    among = np.isin(every.days, np.array(looked, dtype="datetime64[D]"))
    some = Series("batched", every.days, on_days(every.days, batched), every.numerator * among)
    return Filled(
        rows, Series("quick", every.days, on_days(every.days, quick), every.numerator), some
    )


def closed_together(desk: Desk, column: str, *, start: date) -> list[datetime]:
    """Instants at which many contacts were closed at once, the largest first: see `LEAST_CLOSED_TOGETHER`.

    Only days with far more closings than usual are looked at. An instant counts when it holds ten times as
    many as are usual for one that holds any on these days: stamps may be kept to the minute or the day.
    """
    span = start - timedelta(days=DAYS_BEFORE), desk.observed_until - timedelta(days=1)
    found = _by_day(desk, "contacts", column, span)
    days = full_days(_whole(column, found, span[1])) if found else []
    if not days:
        return []
    day = desk.day_of(column)
    sizes = (
        f"SELECT {column} AS moment, count(*) AS n FROM contacts WHERE {_on(day, days)} GROUP BY 1"
    )
    usual = desk.engine.rows(f"SELECT n, count(*) FROM ({sizes}) s GROUP BY 1 ORDER BY 1")
    least = max(LEAST_CLOSED_TOGETHER, 10 * _median(usual))
    rows = desk.engine.rows(
        f"SELECT moment, n FROM ({sizes}) s WHERE n >= {least} ORDER BY 2 DESC, 1 LIMIT 50"
    )
    return [at for at, _ in rows]


def full_days(rows: Series) -> list[date]:
    """Days with far more rows than an ordinary day that has any, the fullest first."""
    busy = rows.numerator > 0
    least = FULL_DAY * float(np.median(rows.numerator[busy]))
    order = np.argsort(-rows.numerator, kind="stable")
    return [rows.days[i].item() for i in order if rows.numerator[i] >= least][:MOST_FULL_DAYS]


def _ordinary(rows: Series, full: list[date]) -> list[date]:
    """Some days with rows that are not among the full ones, spread over all."""
    others = [day for day in rows.days[rows.numerator > 0].tolist() if day not in set(full)]
    return others[:: max(len(others) // ORDINARY_DAYS, 1)]


def _median(usual: list[tuple[int, int]]) -> int:
    """The median size from sizes and how often each is met, in order."""
    half, passed = sum(times for _, times in usual) / 2, 0
    for size, times in usual:
        passed += times
        if passed >= half:
            return size
    return 0


def _by_day(desk: Desk, table: str, column: str, span: tuple[date, date]) -> dict[date, int]:
    day = desk.day_of(column)
    return dict(
        desk.engine.rows(
            f"SELECT {day}, count(*) FROM {table} WHERE {between(day, *span)} GROUP BY 1"
        )
    )


def _quick(desk: Desk, span: tuple[date, date]) -> dict[date, int]:
    """Contacts closed within minutes, by opening day."""
    day, micros = desk.day_of("opened_at"), desk.engine.dialect.micros
    took = f"{micros('resolved_at')} - {micros('opened_at')}"
    return dict(
        desk.engine.rows(
            f"SELECT {day}, count(*) FROM contacts WHERE {between(day, *span)}"
            f" AND {took} <= {QUICK_MINUTES * 60_000_000} GROUP BY 1"
        )
    )


def _batched(desk: Desk, days: list[date]) -> dict[date, int]:
    """Contacts opened in one second with others, on some days."""
    if not days:
        return {}
    day, micros = desk.day_of("opened_at"), desk.engine.dialect.micros("opened_at")
    by_second = (
        f"SELECT {day} AS day, {micros} - {micros} % 1000000 AS moment, count(*) AS n FROM contacts"
        f" WHERE {_on(day, days)} GROUP BY 1, 2"
    )
    return dict(
        desk.engine.rows(
            f"SELECT day, CAST(sum(n) AS BIGINT) FROM ({by_second}) s"
            f" WHERE n >= {LEAST_OF_A_BATCH} GROUP BY 1"
        )
    )


def _on(day: str, days: list[date]) -> str:
    return f"{day} IN ({', '.join(f'DATE {quote(one.isoformat())}' for one in days)})"


def _whole(name: str, found: Mapping[date, int], last: date) -> Series:
    days = np.arange(np.datetime64(min(found)), np.datetime64(last) + 1)
    return Series(name, days, on_days(days, found), np.ones(len(days)))
