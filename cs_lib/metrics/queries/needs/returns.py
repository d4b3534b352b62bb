"""Customers who come back with the same need: sums over customers, by need and by owner."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cs_lib.aggregates import Returns
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.needs.codes import CELLS, MOST_NEEDS, UNKNOWN
from cs_lib.metrics.queries.needs.contacts_read import (
    BY_CUSTOMER,
    CONTACTS,
    LATER_DAYS,
    OFTEN,
    PAIRS,
    REPEAT_DAYS,
    REPEATS,
    WINDOWS,
    Read,
)

FOLLOWED, BASE = "cs_need_followed", "cs_need_base"
ALL = "all"
Group = Literal["need", "owner", "whole"]
GROUPS: tuple[Group, ...] = ("need", "owner", "whole")
# A customer's numbers in a window: contacts, those followed by another, those old enough to say what chance does,
# and the later windows in which the customer came anyway. The second and the last are of few customers.
SEEN, BACK, OLD, LATER = range(4)


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
    """One row for each resolved contact that another one followed: in which windows."""
    engine = read.desk.engine
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
    columns = ["c.customer", "c.need", "c.owned", "0 AS whole"]
    for step, days in enumerate(WINDOWS, 1):
        columns += [
            f"CASE WHEN f.gap <= {days * MICROS_A_DAY} AND c.ended >= {step} THEN 1 ELSE 0 END AS back_{days}",
            f"CASE WHEN c.ended >= 3 THEN f.later_{days} ELSE 0 END AS later_{days}",
        ]
    engine.run(
        f"CREATE TEMP TABLE {FOLLOWED} AS SELECT {', '.join(columns)} FROM {OFTEN} c"
        f" JOIN ({followed}) f ON f.number = c.number WHERE c.ended > 0"
    )


def _base(by: Group) -> str:
    """A query of each customer's contacts by group, with 7, 30 and 90 days observed."""
    known = f"need >= 0 AND need < {MOST_NEEDS}"
    sums = "sum(x.seen_7) AS seen_7, sum(x.seen_30) AS seen_30, sum(x.old) AS old"
    if by == "whole":
        return (
            f"SELECT 0 AS grp, x.customer, {sums} FROM {BY_CUSTOMER} x WHERE {known} AND x.seen_7 > 0"
            " GROUP BY x.customer"
        )
    if by == "need":
        return (
            f"SELECT x.need AS grp, x.customer, x.seen_7, x.seen_30, x.old FROM {BY_CUSTOMER} x"
            f" WHERE {known} AND x.seen_7 > 0"
        )
    return (
        "SELECT c.owned AS grp, c.customer, count(*) AS seen_7,"
        " count(CASE WHEN c.ended >= 2 THEN 1 END) AS seen_30, count(CASE WHEN c.ended >= 3 THEN 1 END) AS old"
        f" FROM {CONTACTS} c WHERE c.customer IS NOT NULL AND {known} AND c.ended > 0 GROUP BY 1, 2"
    )


def _returns(read: Read, by: Group) -> tuple[Returns, ...]:
    """Both windows of a group; a contact whose window is not observed is in none of its sums."""
    engine, named = read.desk.engine, _names(read, by)
    column = {"need": "need", "owner": "owned", "whole": "whole"}[by]
    engine.run(f"CREATE TEMP TABLE {BASE} AS {_base(by)}")
    try:
        asked = ", ".join(
            f"count(CASE WHEN {seen} > 0 THEN 1 END), sum({seen}), sum(b.old), sum({seen} * {seen}),"
            f" sum({seen} * b.old), sum(b.old * b.old)"
            for seen in (f"b.seen_{days}" for days in WINDOWS)
        )
        every = engine.rows(f"SELECT b.grp, {asked} FROM {BASE} b GROUP BY 1 ORDER BY 1")
        sums = ", ".join(
            f"sum({name}_{days}) AS {name}_{days}" for days in WINDOWS for name in ("back", "later")
        )
        mine = f"SELECT f.{column} AS grp, f.customer, {sums} FROM {FOLLOWED} f GROUP BY 1, 2"
        asked = ", ".join(_of_followed(days) for days in WINDOWS)
        some = engine.rows(
            f"SELECT b.grp, {asked} FROM {BASE} b JOIN ({mine}) f ON f.customer = b.customer AND f.grp = b.grp"
            " GROUP BY 1"
        )
    finally:
        engine.run(f"DROP TABLE {BASE}")
    followed = {grp: numbers for grp, *numbers in some}
    return tuple(
        _of(
            named[grp],
            days,
            numbers[6 * w : 6 * w + 6],
            followed.get(grp, [0] * 18)[9 * w : 9 * w + 9],
        )
        for w, days in enumerate(WINDOWS)
        for grp, *numbers in every
        if numbers[6 * w]
    )


def _of_followed(days: int) -> str:
    """Of customers whom another contact followed: the sums of two numbers, and of their products with all four."""
    seen, back, later = f"b.seen_{days}", f"f.back_{days}", f"f.later_{days}"
    products = (
        (seen, back), (seen, later), (back, back), (back, "b.old"), (back, later), ("b.old", later), (later, later),
    )  # fmt: skip
    return ", ".join(
        [f"sum({back})", f"sum({later})", *(f"sum({one} * {other})" for one, other in products)]
    )


def _names(read: Read, by: Group) -> dict[int, str]:
    if by == "whole":
        return {0: ALL}
    if by == "need":
        return dict(enumerate(read.needs))
    return dict(
        read.desk.engine.rows(
            f"SELECT DISTINCT g.owned, coalesce(g.owner, {quote(UNKNOWN)}) FROM {CELLS} g"
        )
    )


def _of(group: str, days: int, every: list[int], followed: list[int]) -> Returns:
    customers, seen, old, seen_seen, seen_old, old_old = map(int, every)
    back, later, seen_back, seen_later, back_back, back_old, back_later, old_later, later_later = (
        map(int, followed)
    )
    products = {
        (SEEN, SEEN): seen_seen, (SEEN, BACK): seen_back, (SEEN, OLD): seen_old, (SEEN, LATER): seen_later,
        (BACK, BACK): back_back, (BACK, OLD): back_old, (BACK, LATER): back_later, (OLD, OLD): old_old,
        (OLD, LATER): old_later, (LATER, LATER): later_later,
    }  # fmt: skip
    square = np.zeros((4, 4), dtype=np.int64)
    for (i, j), value in products.items():
        square[i, j] = square[j, i] = value
    totals = np.array([seen, back, old, later], dtype=np.int64)
    return Returns(group, days, _windows(days), customers, totals, square)
