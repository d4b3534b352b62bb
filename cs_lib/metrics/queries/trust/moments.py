"""When the rows behind an outcome were written: by hour of the day, against their perk, just after the assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.definition import MICROS_A_DAY, UnitMetric
from cs_lib.metrics.queries.people import TABLE, Counts, People
from cs_lib.metrics.queries.trust.looked_at import some_customers, some_seconds
from cs_lib.metrics.queries.values import Source

Days = NDArray[np.datetime64]

HOUR = 3_600_000_000  # microseconds
HALF_HOUR = HOUR // 2
AT_ONCE = HOUR // 6  # after the assignment: ten minutes
DAYS_AFTER = 7  # that are compared with them
MOST_HOURS_OFF = 26  # of two clocks: a day, and the widest zones


@dataclass(frozen=True, slots=True)
class Clock:
    """Rows of a table by local day and hour of the day, of large tables those looked at."""

    table: str
    days: Days
    hours: NDArray[np.int64]  # days x 24


@dataclass(frozen=True, slots=True)
class Soon:
    """By variant: customers looked at, those with the outcome in the first ten minutes, and in seven days."""

    table: str
    customers: Counts
    at_once: Counts
    later: Counts


@dataclass(frozen=True, slots=True)
class Moments:
    """What stamps tell of themselves.

    `apart` are uses of a perk by the half hours that their order's stamp is later (or earlier, below nothing), to the
    second; `uses` all that have an order.
    """

    clocks: tuple[Clock, ...] = ()
    soon: tuple[Soon, ...] = ()
    apart: dict[int, int] = field(default_factory=dict)
    uses: int = 0


def moments_of(people: People, sources: Sequence[Source], primary: UnitMetric | None) -> Moments:
    """Of tables of what customers do, and of the metric that decides."""
    apart, uses = _apart(people)
    own = [s for s in sources if s.key == s.ours == "customer_id"]
    clocks = tuple(_clock(people, source) for source in own)
    soon = tuple(
        _soon(people, term.table, term.stamp, term.when)
        for term in (primary.terms[:1] if primary else ())
        if term.table in {s.table for s in own} and term.key == "customer_id"
    )
    return Moments(clocks, soon, apart, uses)


def _clock(people: People, source: Source) -> Clock:
    desk, stamp = people.desk, f"t.{source.stamp}"
    some = some_seconds(desk.engine.dialect.micros(stamp), desk.rows[source.table])
    day = desk.day_of(stamp)
    midnight = desk.engine.dialect.micros(
        desk.engine.dialect.to_utc("CAST(d AS TIMESTAMP)", desk.zone)
    )
    hour = desk.engine.dialect.divided(f"m - {midnight}", str(HOUR))
    rows = desk.engine.rows(
        f"SELECT d, {hour} AS h, count(*) FROM (SELECT {day} AS d, {desk.engine.dialect.micros(stamp)} AS m"
        f" FROM {source.table} t WHERE {source.near(people)} AND {some}) r GROUP BY 1, 2 ORDER BY 1, 2"
    )
    known = np.array(sorted({row[0] for row in rows}), dtype="datetime64[D]")
    if not len(known):
        return Clock(source.table, known, np.zeros((0, 24), dtype=np.int64))
    days = np.arange(known[0], known[-1] + 1)
    hours = np.zeros((len(days), 24), dtype=np.int64)
    for at, h, n in rows:  # the day on which clocks are put back has an hour more
        hours[(np.datetime64(at) - days[0]).astype(int), min(int(h), 23)] += n
    return Clock(source.table, days, hours)


def _soon(people: People, table: str, stamp: str, when: str) -> Soon:
    since = f"{people.desk.engine.dialect.micros(f't.{stamp}')} - u.since"
    some = some_customers(people)
    unit = people.unit("u")
    first = (
        f"SELECT {unit} AS unit, min({since}) AS d FROM {table} t JOIN {TABLE} u ON t.customer_id = u.customer_id"
        f" WHERE {some} AND {when} AND {since} > 0 AND {since} <= {DAYS_AFTER * MICROS_A_DAY} GROUP BY 1"
    )
    rows = people.desk.engine.rows(
        f"SELECT u.variant, count(*), count(CASE WHEN f.d <= {AT_ONCE} THEN 1 END), count(f.d) FROM {TABLE} u"
        f" LEFT JOIN ({first}) f ON f.unit = {unit} WHERE {some} GROUP BY 1 ORDER BY 1"
    )
    counts = [{row[0]: int(row[i]) for row in rows} for i in (1, 2, 3)]
    return Soon(table, *counts)


def _apart(people: People) -> tuple[dict[int, int], int]:
    """Uses of a perk whose order was placed whole half hours, to the second, before or after them."""
    desk = people.desk
    if not desk.has("perk_redemptions", "orders"):
        return {}, 0
    micros = desk.engine.dialect.micros
    gap, reach = f"{micros('o.ordered_at')} - {micros('r.redeemed_at')}", MOST_HOURS_OFF * HOUR
    rows = desk.engine.rows(
        f"SELECT gap, count(*) FROM (SELECT {gap} AS gap FROM perk_redemptions r JOIN orders o"
        f" ON o.order_id = r.order_id WHERE {some_seconds(micros('r.redeemed_at'), desk.rows['perk_redemptions'])}) g"
        f" WHERE gap % {HALF_HOUR} = 0 AND gap <> 0 AND abs(gap) <= {reach} GROUP BY 1 ORDER BY 1"
    )
    return {int(gap) // HALF_HOUR: n for gap, n in rows}, _uses(people)


def _uses(people: People) -> int:
    desk = people.desk
    some = some_seconds(desk.engine.dialect.micros("r.redeemed_at"), desk.rows["perk_redemptions"])
    joined = "perk_redemptions r JOIN orders o ON o.order_id = r.order_id"
    return int(desk.engine.rows(f"SELECT count(*) FROM {joined} WHERE {some}")[0][0])
