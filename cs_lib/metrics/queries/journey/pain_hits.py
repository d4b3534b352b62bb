"""SQL of who was hit by what on the way: one row a contact, made from the cases and their walk.

Every pain has three columns by its name: `is_` (1 hit, 0 not, NULL where it could not be seen), `at_` (the time from
which an answer can be its effect) and `of_` (how bad: a time, or a count).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.journey.walk import (
    ACTORS,
    CASES,
    MOVES,
    NEEDS,
    SURVEYS,
    TIMES,
    WALK,
    kinds,
)
from cs_lib.metrics.queries.sql import micros

if TYPE_CHECKING:
    from cs_lib.data.engines.base import Dialect
    from cs_lib.metrics.queries.journey.pains import Pain
    from cs_lib.metrics.queries.journey.read import Read

MESSAGES, HITS, BACK = (f"cs_journey_{name}" for name in ("messages", "hits", "back"))
TEAM_MOVES = MOVES["team"]
BACK_DAYS, SOON_DAYS = 30, 3
GRACE = MICROS_A_DAY  # after a follow-up was due: one that comes within it is late, not missed
AGENT, CUSTOMER = ACTORS.index("agent"), ACTORS.index("customer")
OURS = f"coalesce(actor, {AGENT})"
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


def messages() -> str:
    """Messages of customers and public replies of ours, in order, each with what came before it."""
    asks = kinds(("customer_wrote",))
    ours = f"{kinds(('replied',))} AND {OURS} = {AGENT}"
    order = "PARTITION BY number ORDER BY place"
    return (
        f"SELECT number, place, since, asks, lag(asks) OVER ({order}) AS asked_before,"
        f" lag(since) OVER ({order}) AS since_before,"
        f" max(CASE WHEN asks = 0 THEN place END) OVER ({order}) AS replied_at"
        f" FROM (SELECT number, place, since, CASE WHEN {asks} THEN 1 ELSE 0 END AS asks FROM {WALK}"
        f" WHERE {asks} OR ({ours})) m"
    )


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


def hits(read: Read, thresholds: dict[Pain, int], taken: tuple[Pain, ...], days: int) -> str:
    """Every contact with what it says of each pain that is taken, its survey and whether the customer came back."""
    columns = []
    for pain in taken:
        state, moment, size = _pain(pain, thresholds, days, micros(read.desk.cut))
        columns += [
            f"CAST({state} AS SMALLINT) AS is_{pain}",
            f"{moment} AS at_{pain}",
            f"CAST({size} AS BIGINT) AS of_{pain}",
        ]
    joins = {"k": BACK, "s": SURVEYS}
    for pain in taken:
        if pain in FOUND:
            joins[pain] = FOUND[pain](read.desk.engine.dialect)
    if {"promise_missed", "no_follow_up"} & set(taken):
        joins["f"] = _follow_ups(days)
    joined = "".join(
        f" LEFT JOIN {one if one in (BACK, SURVEYS) else f'({one})'} {name} ON {name}.number = c.number"
        for name, one in joins.items()
    )
    return (
        "SELECT c.number, c.need, c.stratum, c.customer, c.team, c.owner, k.back, s.answered, s.satisfied,"
        f" s.since AS answer, {', '.join(columns)}"
        f" FROM {CASES} c LEFT JOIN {TIMES} t ON t.number = c.number{joined}"
    )


def _pain(pain: Pain, thresholds: dict[Pain, int], days: int, cut: int) -> tuple[str, str, str]:
    """State, moment and size of one pain, as SQL over the joined tables."""
    seen = f"{cut} - c.opened"
    if pain in WAITS:
        phase, time, through = WAITS[pain]
        state = f"CASE WHEN {time} > {thresholds[pain]} THEN 1 WHEN {time} IS NOT NULL AND {through} THEN 0 END"
        return state, f"coalesce(t.{phase}_till, c.first)", time
    if pain in ("chased", "handed_on_twice", "wrote_after_handoff"):
        size = {"chased": "coalesce(chased.answer, c.till) - chased.first"}.get(
            pain, "handed_on_twice.n" if pain == "handed_on_twice" else "NULL"
        )
        state = f"CASE WHEN c.steps > 0 THEN CASE WHEN {pain}.moment IS NULL THEN 0 ELSE 1 END END"
        return state, f"{pain}.moment", size
    if pain == "reopened_soon":
        watched = f"c.first_resolved + {SOON_DAYS * MICROS_A_DAY} <= {seen}"
        state = f"CASE WHEN {pain}.moment IS NOT NULL THEN 1 WHEN {watched} THEN 0 END"
        return state, f"{pain}.moment", "NULL"
    if pain == "asked_for_more":
        held = "(t.others_customer + t.again_customer)"
        state = f"CASE WHEN {held} > 0 THEN 1 WHEN {held} = 0 AND c.ended IS NOT NULL THEN 0 END"
        return state, "coalesce(t.others_till, t.again_till, c.first)", held
    if pain == "promise_missed":
        state = (
            f"CASE WHEN c.due + {GRACE} <= {seen} THEN CASE WHEN f.kept = 1 THEN 0 ELSE 1 END END"
        )
        return state, "c.due", "f.late_promise - c.due"
    end = f"c.resolved + {days * MICROS_A_DAY}"
    state = f"CASE WHEN c.complaint AND {end} <= {seen} THEN CASE WHEN f.asked = 1 THEN 0 ELSE 1 END END"
    return state, end, f"f.late_asked - ({end})"


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


FOUND = {
    "chased": _chased,
    "handed_on_twice": _twice,
    "wrote_after_handoff": _wrote,
    "reopened_soon": _reopened,
}


def _follow_ups(days: int) -> str:
    """Follow-ups of ours against a promise (a day late at most), against the resolution, and the first after that."""
    end = f"c.resolved + {days * MICROS_A_DAY}"
    return (
        f"SELECT w.number, max(CASE WHEN w.since <= c.due + {GRACE} THEN 1 END) AS kept,"
        f" min(CASE WHEN w.since > c.due + {GRACE} THEN w.since END) AS late_promise,"
        f" max(CASE WHEN w.since >= c.resolved AND w.since <= {end} THEN 1 END) AS asked,"
        f" min(CASE WHEN w.since > {end} THEN w.since END) AS late_asked"
        f" FROM {WALK} w JOIN {CASES} c ON c.number = w.number"
        f" WHERE {kinds(('follow_up',), 'w.kind')} AND {OURS} <> {CUSTOMER} GROUP BY 1"
    )
