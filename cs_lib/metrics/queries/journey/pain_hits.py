"""SQL of who was hit by what on the way, made from the cases and their walk.

A contact is hit by a pain, surely not hit, or neither where it could not be seen. Who is hit has a moment (the time
from which an answer can be its effect) and a size (how bad: a time, or a count); some who are not have a moment too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.journey.signs import kinds
from cs_lib.metrics.queries.journey.walk import (
    CASES,
    MESSAGES,
    MOVES,
    NEEDS,
    OURS,
    TIMES,
    WALK,
)
from cs_lib.metrics.queries.sql import micros

if TYPE_CHECKING:
    from cs_lib.data.engines.base import Dialect
    from cs_lib.metrics.queries.journey.pains import Pain
    from cs_lib.metrics.queries.journey.read import Read

BACK, FOLLOWED = "cs_journey_back", "cs_journey_followed"
TEAM_MOVES = MOVES["team"]
BACK_DAYS, SOON_DAYS = 30, 3
GRACE = MICROS_A_DAY  # after a follow-up was due: one that comes within it is late, not missed
# Time of a wait that is not the customer's own, and who is through with it.
WAITS: dict[Pain, tuple[str, str, str]] = {
    "long_answer": ("answer", "t.answer", "t.answered = 1"),
    "long_work": ("work", "t.work", "t.over = 1"),
    "long_third_party": (
        "others",
        "CASE WHEN t.others_third > 0 THEN t.others_third END",
        "t.over = 1",
    ),
    "long_again": ("again", "t.again - t.again_customer", "t.over = 1"),
}


def back(read: Read) -> str:
    """Contacts that can be followed for 30 days, and whether the same customer came back with the same need.

    A customer may come back after the study's days and outside its scope.
    """
    dialect, cut = read.desk.engine.dialect, micros(read.desk.cut)
    opened = dialect.micros("c.opened_at")
    later = (
        f"SELECT {dialect.number_of(['c.customer_id'])} AS customer, n.number AS need, {opened} AS opened"
        f" FROM contacts c JOIN {NEEDS} n ON n.name = c.need_code WHERE {REAL} AND c.customer_id IS NOT NULL"
    )
    solved, days = "a.opened + a.resolved", BACK_DAYS * MICROS_A_DAY
    followed = (
        "a.resolved IS NOT NULL AND a.customer IS NOT NULL AND a.need IS NOT NULL"
        f" AND {solved} + {days} <= {cut}"
    )
    came = (
        f"SELECT DISTINCT a.number FROM {CASES} a JOIN ({later}) b ON b.customer = a.customer AND b.need = a.need"
        f" WHERE {followed} AND b.opened > {solved} AND b.opened <= {solved} + {days}"
    )
    return (
        f"SELECT a.number, CASE WHEN b.number IS NULL THEN 0 ELSE 1 END AS back FROM {CASES} a"
        f" LEFT JOIN ({came}) b ON b.number = a.number WHERE {followed}"
    )


@dataclass(frozen=True, slots=True)
class PainSql:
    """One pain as SQL over the contacts `c`, their times `t` and what was found of it.

    Attributes:
        hit, other: who is hit, and who is not, of those that are not hit.
        moment, size: see the module; size is NULL where a pain has none.
        found: the table by the name of the pain, or of follow-ups (`f`), that these speak of; empty without one.
        timed: whether they speak of times.
    """

    hit: str
    other: str
    moment: str
    size: str = "NULL"
    found: str = ""
    timed: bool = False

    def rows(self, columns: str) -> str:
        """Some columns of those hit."""
        times = f" JOIN {TIMES} t ON t.number = c.number" if self.timed else ""
        kind = "LEFT JOIN" if self.found == FOLLOWED else "JOIN"
        found = f" {kind} {self.found} f ON f.number = c.number" if self.found else ""
        return f"SELECT {columns} FROM {CASES} c{times}{found} WHERE {self.hit}"


def pain_sql(pain: Pain, thresholds: dict[Pain, int], days: int, cut: int) -> PainSql:
    """A pain; what was found of it is called `f`."""
    seen = f"{cut} - c.opened"
    if pain in WAITS:
        phase, time, through = WAITS[pain]
        moment = f"coalesce(t.{phase}_till, c.first)"
        other = f"{time} IS NOT NULL AND {through}"
        return PainSql(f"{time} > {thresholds[pain]}", other, moment, time, timed=True)
    if pain == "asked_for_more":
        held = "(t.others_customer + t.again_customer)"
        moment = "coalesce(t.others_till, t.again_till, c.first)"
        other = f"{held} = 0 AND c.ended IS NOT NULL"
        return PainSql(f"{held} > 0", other, moment, held, timed=True)
    if pain == "promise_missed":
        over = f"c.due + {GRACE} <= {seen}"
        late = "f.late_promise - c.due"
        return PainSql(f"{over} AND f.kept IS NULL", over, "c.due", late, FOLLOWED)
    if pain == "no_follow_up":
        end = f"c.resolved + {days * MICROS_A_DAY}"
        over = f"c.complaint AND {end} <= {seen}"
        return PainSql(
            f"{over} AND f.asked IS NULL", over, end, f"f.late_asked - ({end})", FOLLOWED
        )
    watched = f"c.first_resolved + {SOON_DAYS * MICROS_A_DAY} <= {seen}"
    size = {"chased": "coalesce(f.answer, c.till) - f.first", "handed_on_twice": "f.n"}
    return PainSql(
        "f.moment IS NOT NULL",
        watched if pain == "reopened_soon" else "c.steps > 0",
        "f.moment",
        size.get(pain, "NULL"),
        found_table(pain),
    )


def found_table(pain: Pain) -> str:
    """The table of what was found of a pain that the walk shows."""
    return f"cs_journey_{pain}"


def _chased(dialect: Dialect) -> str:
    """The first message that follows another without a public reply between, and the reply that came in the end."""
    first = f"SELECT number, min(place) AS place FROM {MESSAGES} WHERE asks = 1 AND asked_before = 1 GROUP BY 1"
    answer = (
        f"SELECT f.number, min(r.since) AS since FROM ({first}) f JOIN {MESSAGES} r ON r.number = f.number"
        " AND r.place > f.place AND r.asks = 0 GROUP BY 1"
    )
    return (
        f"SELECT m.number, m.since AS moment, m.since_before AS first, a.since AS answer FROM {MESSAGES} m"
        f" JOIN ({first}) f ON f.number = m.number AND f.place = m.place"
        f" LEFT JOIN ({answer}) a ON a.number = m.number"
    )


def _twice(dialect: Dialect) -> str:
    """The second change of team, and how many there are; times rise with places."""
    again = dialect.beside("number", -1, "number", "place")
    changes = f"SELECT number, since, {again} AS again FROM {TEAM_MOVES}"
    return (
        "SELECT number, min(CASE WHEN again IS NOT NULL THEN since END) AS moment, count(*) AS n"
        f" FROM ({changes}) v GROUP BY 1 HAVING count(*) > 1"
    )


def _wrote(dialect: Dialect) -> str:
    """The first message of the customer after a change of team and before our next public reply."""
    return (
        f"SELECT m.number, min(m.since) AS moment FROM {MESSAGES} m JOIN {TEAM_MOVES} v ON v.number = m.number"
        " AND v.place < m.place AND v.place > coalesce(m.replied_at, -1) WHERE m.asks = 1 GROUP BY 1"
    )


def _reopened(dialect: Dialect) -> str:
    """The first reopening within three days after the resolution before it."""
    solved = kinds(("resolved",), "w.kind")
    order = "PARTITION BY w.number ORDER BY w.place"
    turns = (
        f"SELECT w.number, w.since, {solved} AS solved, lag({solved}) OVER ({order}) AS was_solved,"
        f" lag(w.since) OVER ({order}) AS solved_since FROM {WALK} w JOIN {CASES} c ON c.number = w.number"
        f" WHERE c.again_at IS NOT NULL AND ({kinds(('resolved', 'reopened'), 'w.kind')} OR w.place = c.again_at)"
    )
    return (
        f"SELECT number, min(since) AS moment FROM ({turns}) r WHERE NOT solved AND was_solved"
        f" AND since - solved_since <= {SOON_DAYS * MICROS_A_DAY} GROUP BY 1"
    )


# Pains that the walk shows, each by a table with the moment of every contact hit.
FOUND: dict[Pain, Callable[[Dialect], str]] = {
    "chased": _chased,
    "handed_on_twice": _twice,
    "wrote_after_handoff": _wrote,
    "reopened_soon": _reopened,
}


def follow_ups(days: int) -> str:
    """Follow-ups of ours against a promise (a day late at most), against the resolution, and the first after that."""
    end = f"c.resolved + {days * MICROS_A_DAY}"
    return (
        f"SELECT w.number, max(CASE WHEN w.since <= c.due + {GRACE} THEN 1 END) AS kept,"
        f" min(CASE WHEN w.since > c.due + {GRACE} THEN w.since END) AS late_promise,"
        f" max(CASE WHEN w.since >= c.resolved AND w.since <= {end} THEN 1 END) AS asked,"
        f" min(CASE WHEN w.since > {end} THEN w.since END) AS late_asked"
        f" FROM {WALK} w JOIN {CASES} c ON c.number = w.number"
        f" WHERE {kinds(('follow_up',), 'w.kind')} AND {OURS} GROUP BY 1"
    )
