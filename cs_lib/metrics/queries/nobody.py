"""Values of customer_id that stand for many customers or for none."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.forms import means_nothing
from cs_lib.metrics.queries.sql import between
from cs_lib.metrics.queries.tables import Window

# A value is no single customer with so many contacts, this share of all, and so many times those of the next.
LEAST_CONTACTS, LEAST_SHARE, TIMES_THE_NEXT = 30, 0.01, 10
# So many values may stand out together; the next largest is compared with them.
MOST_VALUES = 5
# Several accounts that many share stand out together, at fewer times the next: the tail of the customers below them
# (Hill 1975, from so many) makes a gap so wide at this place no more often than this (Renyi 1953).
MOST_SHARED, LEAST_TIMES, OF_THE_TAIL, CHANCE_OF_A_GAP, STEEPEST = 100, 3, 50, 1e-6, 20.0
# A word for nobody does no harm with fewer contacts.
LEAST_OF_A_WORD, MOST_WORDS = 5, 20
COUNTED = "cs_counted_customers"


@dataclass(frozen=True, slots=True)
class Nobody:
    """A value of customer_id that is no single customer: contacts of the study's days; `word` when it says so."""

    value: str
    contacts: int
    word: bool


@dataclass(frozen=True, slots=True)
class Nobodies:
    """Such values, those with most contacts first, and all contacts of the study's days that name a customer."""

    values: tuple[Nobody, ...]
    contacts: int


def nobodies(desk: Desk, window: Window) -> Nobodies:
    """Which customers of the contacts opened in a study's days are no single customers."""
    rows, number = desk.engine.rows, desk.engine.dialect.number_of
    inside = (
        f"customer_id IS NOT NULL AND {between(desk.day_of('opened_at'), window.start, window.end)}"
    )
    words = rows(
        "SELECT v, n FROM (SELECT customer_id AS v, count(*) AS n FROM contacts"
        f" WHERE {inside} AND {_may_be_a_word('customer_id')} GROUP BY 1) s"
        f" WHERE n >= {LEAST_OF_A_WORD} AND {means_nothing('v')} ORDER BY 2 DESC, 1 LIMIT {MOST_WORDS}"
    )
    named = {rows(f"SELECT {number([quote(value)])}")[0][0] for value, _ in words}
    most = MOST_SHARED + OF_THE_TAIL + 1 + len(words)
    # Ten million texts are grouped by their numbers; the few texts that are asked for are looked up.
    counted = f"SELECT {number(['customer_id'])} AS h, count(*) AS n FROM contacts WHERE {inside} GROUP BY 1"
    desk.engine.run(f"CREATE TEMP TABLE {COUNTED} AS {counted}")
    try:
        total = int(rows(f"SELECT coalesce(sum(n), 0) FROM {COUNTED}")[0][0])
        largest = rows(f"SELECT h, n FROM {COUNTED} ORDER BY 2 DESC, 1 LIMIT {most}")
    finally:
        desk.engine.run(f"DROP TABLE {COUNTED}")
    others = [(h, n) for h, n in largest if h not in named]
    found = [Nobody(value, n, word=True) for value, n in words]
    if standing := dict(_standing_out(others, total)):
        texts = rows(
            f"SELECT DISTINCT {number(['customer_id'])}, customer_id FROM contacts"
            f" WHERE {inside} AND {number(['customer_id'])} IN ({', '.join(map(str, standing))})"
        )
        found += [Nobody(value, standing[h], word=False) for h, value in texts]
    return Nobodies(tuple(sorted(found, key=lambda one: (-one.contacts, one.value))), total)


def _may_be_a_word(column: str) -> str:
    """SQL of what is true of every placeholder and of few ids: none ends with a digit but zero."""
    return " AND ".join(f"{column} NOT LIKE '%{digit}'" for digit in range(1, 10))


def _standing_out(largest: list[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    """The first of the largest values, down to the last that has many times the contacts of the next."""
    kept = 0
    for i in range(min(MOST_VALUES, len(largest))):
        n, then = largest[i][1], largest[i + 1][1] if i + 1 < len(largest) else 0
        if n >= max(LEAST_CONTACTS, LEAST_SHARE * total) and n >= TIMES_THE_NEXT * then and then:
            kept = i + 1
    return largest[: max(kept, _shared([n for _, n in largest], total))]


def _shared(counts: list[int], total: int) -> int:
    """How many of the largest counts lie above a gap that the tail below it does not make."""
    kept, sum_above = 0, 0
    for i in range(min(MOST_SHARED, len(counts) - 1)):
        n, then = counts[i], counts[i + 1]
        sum_above += n
        if n < max(LEAST_CONTACTS, LEAST_TIMES * then) or sum_above < LEAST_SHARE * total:
            continue
        tail = counts[i + 1 : i + 2 + OF_THE_TAIL]
        spread = sum(log(one / tail[-1]) for one in tail[:-1])
        steepness = min((len(tail) - 1) / spread if spread else STEEPEST, STEEPEST)
        if len(tail) > OF_THE_TAIL and (then / n) ** (steepness * (i + 1)) < CHANCE_OF_A_GAP:
            kept = i + 1
    return kept
