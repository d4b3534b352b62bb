"""What customers wrote lately: each text once, with its week and how many wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.sql import between, matches
from cs_lib.params import Scope

WEEKS = 34  # read: the last eight are compared with the 26 before
MOST = 50_000  # texts that leave the engine; of more contacts a part is read


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text, the week it was written in (0 is the last, 1 the one before), whether it has no code, and how often."""

    text: str
    week: int
    coded: bool
    contacts: int


@dataclass(frozen=True, slots=True)
class Written:
    """Texts of the last weeks, in order of week and text; of all contacts one in `one_in` was read."""

    texts: tuple[WrittenText, ...]
    one_in: int


def written(
    desk: Desk,
    end: date,
    *,
    weeks: int = WEEKS,
    most: int = MOST,
    scope: Scope | None = None,
) -> Written:
    """The texts of contacts opened in whole weeks up to a local day.

    Of more contacts with a text than `most`, those are read whose id falls on one in so many: a part that does not
    depend on what was written, and is the same every time.
    """
    first = end - timedelta(days=7 * weeks - 1)
    day = desk.day_of("c.opened_at")
    those = f"c.subject IS NOT NULL AND {REAL} AND {matches(scope)} AND {between(day, first, end)}"
    [(contacts,)] = desk.engine.rows(f"SELECT count(*) FROM contacts c WHERE {those}")
    one_in = -(-contacts // most) or 1
    part = f"{desk.engine.dialect.number_of(['c.contact_id'])} % {one_in} = 0"
    rows = desk.engine.rows(
        f"SELECT c.subject, {day}, c.need_code IS NOT NULL, count(*) FROM contacts c"
        f" WHERE {those} AND {part} GROUP BY 1, 2, 3"
    )
    found: dict[tuple[int, str, bool], int] = {}
    for text, when, coded, n in rows:
        key = ((end - when).days // 7, text, coded)
        found[key] = found.get(key, 0) + n
    texts = (WrittenText(text, week, coded, n) for (week, text, coded), n in sorted(found.items()))
    return Written(tuple(texts), one_in)
