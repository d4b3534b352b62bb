"""Surveys: who was asked, who answered, and how their contacts went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.health.by_day import Counts, Days
from cs_lib.metrics.queries.health.gaps import BIN
from cs_lib.metrics.queries.sql import stamp

ANSWER_DAYS = 14  # in which an answer comes, if it comes
BINS_AN_HOUR = 10


@dataclass(frozen=True, slots=True)
class Offered:
    """Surveys of one kind by the local day of the offer, those old enough to have been answered.

    Attributes:
        days: `datetime64[D]` on which any was offered, in order.
        offered, answered: surveys of each day, and those answered within 14 days.
        answered_hours, silent_hours: median hours to resolution of contacts whose survey was and was not answered;
            not a number without any.
        changed: contacts whose surveys of this kind carry more than one score.
    """

    kind: str
    days: Days
    offered: Counts
    answered: Counts
    answered_hours: float
    silent_hours: float
    changed: int


def surveys(desk: Desk) -> tuple[Offered, ...]:
    """Every kind of survey; none without the table."""
    if not desk.rows.get("surveys"):
        return ()
    kinds = [row[0] for row in desk.engine.rows("SELECT DISTINCT kind FROM surveys ORDER BY 1")]
    return tuple(_offered(desk, kind) for kind in kinds)


def _offered(desk: Desk, kind: str) -> Offered:
    micros = desk.engine.dialect.micros
    old = f"kind = '{kind}' AND offered_at < {stamp(desk.cut - timedelta(days=ANSWER_DAYS))}"
    soon = f"{micros('answered_at')} <= {micros('offered_at')} + {ANSWER_DAYS * MICROS_A_DAY}"
    rows = desk.engine.rows(
        f"SELECT {desk.day_of('offered_at')}, count(*), count(CASE WHEN {soon} THEN 1 END)"
        f" FROM surveys WHERE {old} GROUP BY 1 ORDER BY 1"
    )
    days = np.array([row[0] for row in rows], dtype="datetime64[D]")
    offered, answered = (np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2))
    medians = _hours(desk, old) if desk.rows.get("contacts") else {}
    [(changed,)] = desk.engine.rows(
        f"SELECT count(*) FROM (SELECT contact_id FROM surveys WHERE kind = '{kind}' AND contact_id IS NOT NULL"
        " GROUP BY 1 HAVING count(DISTINCT score) > 1) s"
    )
    none = float("nan")
    return Offered(
        kind, days, offered, answered, medians.get(True, none), medians.get(False, none), changed
    )


def _hours(desk: Desk, whose: str) -> dict[bool, float]:
    """Median hours to resolution of contacts, by whether their survey was answered; to a tenth of an hour."""
    dialect = desk.engine.dialect
    bins = dialect.divided(
        f"{dialect.micros('c.resolved_at')} - {dialect.micros('c.opened_at')}", f"{BIN}"
    )
    rows = desk.engine.rows(
        f"SELECT s.answered_at IS NOT NULL, {bins}, count(*) FROM surveys s JOIN contacts c"
        f" ON c.contact_id = s.contact_id WHERE {whose} AND c.resolved_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found = dict[bool, float]()
    for side in (True, False):
        mine = [(b, n) for answered, b, n in rows if answered == side]
        if mine:
            sums = np.cumsum([n for _, n in mine])
            middle = int(np.searchsorted(sums, sums[-1] / 2))
            found[side] = mine[middle][0] / BINS_AN_HOUR
    return found
