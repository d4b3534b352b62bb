"""Customers who come back with the same need: sums over customers, by need and by owner."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cs_lib.aggregates import Returns
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.needs.contacts_read import (
    CONTACTS,
    KINDS,
    LATER_DAYS,
    MOST_NEEDS,
    PAIRS,
    REPEAT_DAYS,
    REPEATS,
    Read,
)
from cs_lib.metrics.queries.sql import micros

FOLLOWED = "cs_need_followed"
WINDOWS = (7, 30)  # days
PAIRS_OF_SUMS = tuple((i, j) for i in range(4) for j in range(i, 4))
UNKNOWN = "unknown"
Group = Literal["need", "owner", "whole"]
GROUPS: tuple[Group, ...] = ("need", "owner", "whole")


def returns(read: Read) -> dict[Group, tuple[Returns, ...]]:
    """Contacts resolved in the study's days, and whether the customer came back, by need, by owner and in all.

    A contact counts once its window is observed; its chance is looked at in windows of as many days between day 31 and
    day 90, once these are observed, and a contact that follows another resolution within 30 days is no chance.
    Contacts of nobody, without a need or among the needs too rare to be kept apart are left out.
    """
    _followed(read)
    try:
        return {by: _returns(read, by) for by in GROUPS}
    finally:
        read.desk.engine.run(f"DROP TABLE {FOLLOWED}")


def _windows(days: int) -> int:
    """How many windows of so many days lie between day 31 and day 90."""
    return (LATER_DAYS - REPEAT_DAYS) // days


def _followed(read: Read) -> None:
    """One row for each resolved contact: what followed it."""
    engine = read.desk.engine
    number, cut = engine.dialect.row_of("c"), micros(read.desk.cut)
    since = f"p.gap - {REPEAT_DAYS * MICROS_A_DAY}"
    later = ", ".join(
        f"count(DISTINCT CASE WHEN r.number IS NULL AND {since} > 0"
        f" AND {since} <= {_windows(days) * days * MICROS_A_DAY}"
        f" THEN {engine.dialect.divided(f'{since} - 1', str(days * MICROS_A_DAY))} END) AS later_{days}"
        for days in WINDOWS
    )
    followed = (
        f"SELECT p.number, min(p.gap) AS gap, {later} FROM {PAIRS} p"
        f" LEFT JOIN {REPEATS} r ON r.number = p.next GROUP BY 1"
    )
    day = read.desk.day_of(engine.dialect.instant("c.resolved"))
    columns = ["c.customer", "c.need", f"coalesce(g.owner, '{UNKNOWN}') AS owner", "'all' AS whole"]
    old = f"CASE WHEN c.resolved + {LATER_DAYS * MICROS_A_DAY} <= {cut} THEN 1 ELSE 0 END"
    columns.append(f"{old} AS old")
    for days in WINDOWS:
        columns += [
            f"CASE WHEN c.resolved + {days * MICROS_A_DAY} <= {cut} THEN 1 ELSE 0 END AS seen_{days}",
            f"CASE WHEN f.gap <= {days * MICROS_A_DAY} AND c.resolved + {days * MICROS_A_DAY} <= {cut}"
            f" THEN 1 ELSE 0 END AS back_{days}",
            f"{old} * coalesce(f.later_{days}, 0) AS later_{days}",
        ]
    engine.run(
        f"CREATE TEMP TABLE {FOLLOWED} AS SELECT {', '.join(columns)} FROM {CONTACTS} c"
        f" JOIN {KINDS} g ON g.kind = c.kind LEFT JOIN ({followed}) f ON f.number = {number}"
        f" WHERE c.resolved IS NOT NULL AND c.customer IS NOT NULL AND c.need < {MOST_NEEDS} AND {read.inside(day)}"
    )


def _returns(read: Read, by: Group) -> tuple[Returns, ...]:
    """Both windows in one grouping by customer; a contact whose window is not observed is in none of its sums."""
    each = ", ".join(
        f"{sql} AS v{w}{i}"
        for w, days in enumerate(WINDOWS)
        for i, sql in enumerate(_counted(days))
    )
    by_customer = f"SELECT f.{by} AS grp, f.customer, {each} FROM {FOLLOWED} f GROUP BY 1, 2"
    asked = ", ".join(_moments(w) for w in range(len(WINDOWS)))
    rows = read.desk.engine.rows(
        f"SELECT c.grp, {asked} FROM ({by_customer}) c GROUP BY 1 ORDER BY 1"
    )
    width = 1 + 4 + len(PAIRS_OF_SUMS)
    found = []
    for w, days in enumerate(WINDOWS):
        for row in rows:
            customers, *numbers = row[1 + w * width : 1 + (w + 1) * width]
            if customers:
                name = read.needs[row[0]] if by == "need" else row[0]
                found.append(_of(name, days, int(customers), [int(one) for one in numbers]))
    return tuple(found)


def _counted(days: int) -> tuple[str, str, str, str]:
    """The four numbers of a customer, as SQL; counts need less room than sums."""
    seen = f"f.seen_{days} = 1"
    return (
        f"count(CASE WHEN {seen} THEN 1 END)",
        f"count(CASE WHEN f.back_{days} = 1 THEN 1 END)",
        f"count(CASE WHEN {seen} AND f.old = 1 THEN 1 END)",
        f"sum(f.seen_{days} * f.later_{days})",
    )


def _moments(window: int) -> str:
    """Customers, and the sums of a window's four numbers and of their products, as SQL."""
    v = f"c.v{window}"
    sums = [f"sum({v}{i})" for i in range(4)]
    products = [f"sum({v}{i} * {v}{j})" for i, j in PAIRS_OF_SUMS]
    return ", ".join([f"count(CASE WHEN {v}0 > 0 THEN 1 END)", *sums, *products])


def _of(group: str, days: int, customers: int, numbers: list[int]) -> Returns:
    square = np.zeros((4, 4), dtype=np.int64)
    for (i, j), value in zip(PAIRS_OF_SUMS, numbers[4:], strict=True):
        square[i, j] = square[j, i] = value
    totals = np.array(numbers[:4], dtype=np.int64)
    return Returns(group, days, _windows(days), customers, totals, square)
